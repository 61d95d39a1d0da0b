
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The insides of strings: escapes read, and written.  What is read here has
 * passed the reader, so that its escapes are whole.
 */


#include "agt_json_text.h"


#define AGT_UTF8_REPLACEMENT   "\xef\xbf\xbd"

/* bytes, up to which a plain loop is faster than setting up a scan */

#define AGT_JSON_SHORT         40


static const char *agt_json_decode_escape(char **dst, const char *p,
    const char *end);
static bool agt_json_is_hex4(const char *p, const char *end);
static uint32_t agt_json_hex4(const char *p);
static char *agt_json_put_utf8(char *dst, uint32_t cp);
static bool agt_json_escape_short(agt_buf_t *buf, agt_str_t s);
static int agt_json_escape_any(agt_buf_t *buf, agt_str_t s);
static int agt_json_escape_run(agt_buf_t *buf, agt_str_t s, uint64_t *high);
static inline char *agt_json_put_escape(char *dst, char c);
static size_t agt_json_invalid_length(agt_str_t s);


/* what may follow a backslash, and what it means */

static const char  agt_json_escapes[256] = {
    ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f',
    ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'
};

/* what follows the backslash of a byte that must be escaped; 0: "u" */

static const char  agt_json_letters[256] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    ['"'] = '"', ['\\'] = '\\'
};


bool
agt_json_string_is(const agt_json_t *doc, uint32_t i, agt_str_t s)
{
    agt_str_t          piece;
    agt_json_pieces_t  pieces;

    agt_json_pieces_init(&pieces, doc, i);

    while (agt_json_pieces_next(&pieces, &piece)) {

        if (piece.len > s.len || memcmp(piece.data, s.data, piece.len) != 0) {
            return false;
        }

        s.data += piece.len;
        s.len -= piece.len;
    }

    return s.len == 0;
}


int
agt_json_string(const agt_json_t *doc, uint32_t i, agt_mem_t *mem,
    agt_str_t *value)
{
    char                   *p;
    const char             *pos, *end;
    const agt_json_node_t  *node;

    node = &doc->nodes[i];
    pos = doc->text.data + node->off;
    end = pos + node->len;

    if (!(node->flags & AGT_JSON_ESCAPED)) {
        *value = agt_str_make(pos, node->len);
        return AGT_OK;
    }

    p = agt_alloc(mem, node->len);
    if (p == NULL) {
        return AGT_ERROR;
    }

    *value = agt_str_make(p, (size_t) (agt_json_decode(p, &pos, end, end) - p));

    return AGT_OK;
}


int
agt_json_unescape(agt_buf_t *buf, agt_str_t inside)
{
    char        *p, piece[AGT_JSON_PIECE + AGT_JSON_SLACK];
    size_t       n;
    const char  *pos, *end;

    if (inside.len == 0) {
        return AGT_OK;
    }

    pos = inside.data;
    end = pos + inside.len;

    /* a value is never longer than its escaped form */

    if (inside.len <= buf->max - buf->len) {

        p = agt_buf_reserve(buf, inside.len);
        if (p == NULL) {
            return AGT_ERROR;
        }

        buf->len += (size_t) (agt_json_decode(p, &pos, end, end) - p);

        return AGT_OK;
    }

    while (pos < end) {

        n = agt_min((size_t) (end - pos), (size_t) AGT_JSON_PIECE);
        n = (size_t) (agt_json_decode(piece, &pos, pos + n, end) - piece);

        if (agt_buf_append(buf, piece, n) != AGT_OK) {
            return AGT_ERROR;
        }
    }

    return AGT_OK;
}


int
agt_json_quote(agt_buf_t *buf, agt_str_t s)
{
    (void) agt_buf_char(buf, '"');
    (void) agt_json_escape(buf, s);

    return agt_buf_char(buf, '"');
}


int
agt_json_escape(agt_buf_t *buf, agt_str_t s)
{
    size_t    start;
    uint64_t  high;

    if (s.len == 0) {
        return AGT_OK;
    }

    /* the escaped form is never shorter, so less would not do anyway */

    if (agt_buf_reserve(buf, s.len) == NULL) {
        return AGT_ERROR;
    }

    if (s.len <= AGT_JSON_SHORT && agt_json_escape_short(buf, s)) {
        return AGT_OK;
    }

    /* what is ASCII, which the scan tells on the way, need not be checked */

    start = buf->len;
    high = 0;

    if (agt_json_escape_run(buf, s, &high) == AGT_OK
        && (high == 0 || agt_utf8_valid(s) == s.len))
    {
        return AGT_OK;
    }

    if (buf->failed) {
        return AGT_ERROR;
    }

    buf->len = start;

    return agt_json_escape_any(buf, s);
}


/* names, ids and the like; false, with nothing appended, for anything else */

static bool
agt_json_escape_short(agt_buf_t *buf, agt_str_t s)
{
    char    *dst;
    size_t   i;
    uint8_t  c;

    dst = buf->data + buf->len;

    for (i = 0; i < s.len; i++) {

        c = (uint8_t) s.data[i];

        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') {
            return false;
        }

        dst[i] = (char) c;
    }

    buf->len += s.len;

    return true;
}


/* with a replacement for each part that is not UTF-8 */

static int
agt_json_escape_any(agt_buf_t *buf, agt_str_t s)
{
    size_t    n;
    uint64_t  high;

    for ( ;; ) {

        n = agt_utf8_valid(s);

        if (n != 0
            && agt_json_escape_run(buf, agt_str_make(s.data, n), &high)
               != AGT_OK)
        {
            return AGT_ERROR;
        }

        if (n == s.len) {
            return AGT_OK;
        }

        if (agt_buf_text(buf, AGT_UTF8_REPLACEMENT) != AGT_OK) {
            return AGT_ERROR;
        }

        n += agt_json_invalid_length(agt_str_make(s.data + n, s.len - n));
        s.data += n;
        s.len -= n;
    }
}


static int
agt_json_escape_run(agt_buf_t *buf, agt_str_t s, uint64_t *high)
{
    char         escape[AGT_JSON_ESCAPE_MAX], *dst, *limit;
    size_t       n;
    agt_scan_t   scan;
    const char  *p, *run, *end;

    p = s.data;
    end = p + s.len;

    dst = buf->data + buf->len;
    limit = buf->data + buf->size;

    agt_scan_init(&scan, p, end);

    for ( ;; ) {

        run = p;
        p = agt_scan_next(&scan, p);
        n = (size_t) (p - run);

        if (end - p >= AGT_SCAN_CHUNK
            && (size_t) (limit - dst) >= n + AGT_SCAN_CHUNK)
        {
            agt_scan_copy(dst, run, n);
            dst = agt_json_put_escape(dst + n, *p++);

            continue;
        }

        /* near the end of the text or of the buffer */

        buf->len = (size_t) (dst - buf->data);

        (void) agt_buf_append(buf, run, n);

        if (p == end) {
            break;
        }

        n = (size_t) (agt_json_put_escape(escape, *p++) - escape);

        if (agt_buf_append(buf, escape, n) != AGT_OK) {
            break;
        }

        dst = buf->data + buf->len;
        limit = buf->data + buf->size;
    }

    *high |= scan.high;

    return buf->failed ? AGT_ERROR : AGT_OK;
}


static inline char *
agt_json_put_escape(char *dst, char c)
{
    char  letter;

    static const char  hex[] = "0123456789abcdef";

    letter = agt_json_letters[(uint8_t) c];

    dst[0] = '\\';
    dst[1] = letter;

    if (letter != '\0') {
        return dst + 2;
    }

    dst[1] = 'u';
    dst[2] = '0';
    dst[3] = '0';
    dst[4] = hex[(uint8_t) c >> 4];
    dst[5] = hex[c & 0x0f];

    return dst + AGT_JSON_ESCAPE_MAX;
}


/*
 * How much of what is not UTF-8 one replacement stands for: the longest part
 * that begins a sequence (Unicode, 3.9, "maximal subpart"), or one byte.
 */

static size_t
agt_json_invalid_length(agt_str_t s)
{
    char    c[4];
    size_t  n;

    for (n = agt_min(s.len, (size_t) 3); n > 1; n--) {

        /* it begins a sequence if more of it makes it valid */

        memset(c, 0x80, sizeof(c));
        memcpy(c, s.data, n);

        if (agt_utf8_valid(agt_str_make(c, sizeof(c))) > n) {
            return n;
        }
    }

    return 1;
}


char *
agt_json_decode(char *dst, const char **pos, const char *stop,
    const char *end)
{
    char         c;
    size_t       n;
    agt_scan_t   scan;
    const char  *p, *run;

    p = *pos;

    agt_scan_init(&scan, p, stop);

    while (p < stop) {

        run = p;
        p = agt_scan_next(&scan, p);
        n = (size_t) (p - run);

        /* what was written is not longer than what was read, so that a chunk
           which may be read may also be written */

        if (stop - p >= AGT_SCAN_CHUNK) {
            agt_scan_copy(dst, run, n);

        } else {
            memcpy(dst, run, n);
        }

        dst += n;

        if (p == stop) {
            break;
        }

        c = (end - p >= 2) ? agt_json_escapes[(uint8_t) p[1]] : '\0';

        if (c != '\0' && *p == '\\') {
            *dst++ = c;
            p += 2;

        } else {
            p = agt_json_decode_escape(&dst, p, end);
        }
    }

    *pos = p;

    return dst;
}


/* what is no escape, which only a text that was not read can have, stays */

static const char *
agt_json_decode_escape(char **dst, const char *p, const char *end)
{
    char      c;
    uint32_t  cp, low;

    c = (*p == '\\' && end - p >= 2) ? agt_json_escapes[(uint8_t) p[1]] : '\0';

    if (c != '\0') {
        *(*dst)++ = c;
        return p + 2;
    }

    if (!agt_json_is_hex4(p, end)) {
        *(*dst)++ = *p;
        return p + 1;
    }

    cp = agt_json_hex4(p + 2);
    p += 6;

    if (cp >= 0xd800 && cp <= 0xdfff) {

        low = agt_json_is_hex4(p, end) ? agt_json_hex4(p + 2) : 0;

        if (cp <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
            p += 6;

        } else {
            cp = 0xfffd;
        }
    }

    *dst = agt_json_put_utf8(*dst, cp);

    return p;
}


static bool
agt_json_is_hex4(const char *p, const char *end)
{
    return end - p >= 6 && p[0] == '\\' && p[1] == 'u'
           && agt_scan_is(p[2], AGT_BYTE_HEX)
           && agt_scan_is(p[3], AGT_BYTE_HEX)
           && agt_scan_is(p[4], AGT_BYTE_HEX)
           && agt_scan_is(p[5], AGT_BYTE_HEX);
}


static uint32_t
agt_json_hex4(const char *p)
{
    size_t    i;
    uint32_t  c, n;

    n = 0;

    for (i = 0; i < 4; i++) {
        c = (uint8_t) p[i];
        n = n << 4 | ((c & 0x0f) + (c >> 6) * 9);
    }

    return n;
}


static char *
agt_json_put_utf8(char *dst, uint32_t cp)
{
    if (cp < 0x80) {
        *dst++ = (char) cp;
        return dst;
    }

    if (cp < 0x800) {
        *dst++ = (char) (0xc0 | cp >> 6);

    } else if (cp < 0x10000) {
        *dst++ = (char) (0xe0 | cp >> 12);
        *dst++ = (char) (0x80 | (cp >> 6 & 0x3f));

    } else {
        *dst++ = (char) (0xf0 | cp >> 18);
        *dst++ = (char) (0x80 | (cp >> 12 & 0x3f));
        *dst++ = (char) (0x80 | (cp >> 6 & 0x3f));
    }

    *dst++ = (char) (0x80 | (cp & 0x3f));

    return dst;
}


/*
 * What a "\u" or "\/" of a string is written as in canonical form.  A lone
 * surrogate stays an escape: as U+FFFD it would equal strings that it is not
 * equal to.
 */

const char *
agt_json_fewest(char *dst, size_t *n, const char *p, const char *end)
{
    char        *last;
    size_t       i;
    uint32_t     cp;
    const char  *start;

    static const char  hex[] = "0123456789abcdef";

    start = p;
    last = dst;
    p = agt_json_decode_escape(&last, p, end);

    if (p - start == 6) {

        cp = agt_json_hex4(start + 2);

        if (cp >= 0xd800 && cp <= 0xdfff) {

            dst[0] = '\\';
            dst[1] = 'u';

            for (i = 0; i < 4; i++) {
                dst[5 - i] = hex[cp >> 4 * i & 0x0f];
            }

            *n = 6;

            return p;
        }
    }

    if (last - dst == 1 && agt_scan_is(*dst, AGT_BYTE_STOP)) {
        last = agt_json_put_escape(dst, *dst);
    }

    *n = (size_t) (last - dst);

    return p;
}


void
agt_json_pieces_init(agt_json_pieces_t *pieces, const agt_json_t *doc,
    uint32_t i)
{
    const agt_json_node_t  *node = &doc->nodes[i];

    pieces->pos = doc->text.data + node->off;
    pieces->end = pieces->pos + node->len;
    pieces->plain = !(node->flags & AGT_JSON_ESCAPED);
}


bool
agt_json_pieces_next(agt_json_pieces_t *pieces, agt_str_t *piece)
{
    size_t  n;

    n = (size_t) (pieces->end - pieces->pos);

    if (n == 0) {
        return false;
    }

    if (pieces->plain) {
        *piece = agt_str_make(pieces->pos, n);
        pieces->pos = pieces->end;

        return true;
    }

    n = agt_min(n, (size_t) AGT_JSON_PIECE);
    n = (size_t) (agt_json_decode(pieces->buf, &pieces->pos, pieces->pos + n,
                                  pieces->end)
                  - pieces->buf);

    *piece = agt_str_make(pieces->buf, n);

    return true;
}


int
agt_json_compare(const agt_json_t *doc, uint32_t a, uint32_t b)
{
    int                rc;
    bool               more[2];
    size_t             n;
    agt_str_t          piece[2];
    agt_json_pieces_t  pieces[2];

    agt_json_pieces_init(&pieces[0], doc, a);
    agt_json_pieces_init(&pieces[1], doc, b);

    memset(piece, 0, sizeof(piece));

    for ( ;; ) {

        more[0] = piece[0].len != 0
                  || agt_json_pieces_next(&pieces[0], &piece[0]);
        more[1] = piece[1].len != 0
                  || agt_json_pieces_next(&pieces[1], &piece[1]);

        if (!more[0] || !more[1]) {
            return more[0] - more[1];
        }

        n = agt_min(piece[0].len, piece[1].len);
        rc = memcmp(piece[0].data, piece[1].data, n);

        if (rc != 0) {
            return rc;
        }

        piece[0].data += n;
        piece[0].len -= n;
        piece[1].data += n;
        piece[1].len -= n;
    }
}
