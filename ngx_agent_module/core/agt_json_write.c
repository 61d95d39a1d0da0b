
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Documents written again: without white space, and in canonical form.  In
 * either a document is never longer than it was.
 */


#include "agt_json_text.h"


/* documents of so many nodes are put in order without asking for memory */

#define AGT_JSON_LINKS   256

/* parts of a merge sort on lists: part i has 2^i keys, and keys are fewer
   than 2^32 */

#define AGT_JSON_PARTS   32


/* the end of a buffer, at hand: "room" is what can be written without it */

typedef struct {
    char             *dst;
    size_t            room;
    agt_buf_t        *buf;
    const char       *end;     /* of the text that is read */
} agt_json_out_t;


/*
 * The order of an object's keys, as a list through the table of nodes: "next"
 * of the object is its first key, of a key the one behind it, 0 is the end.
 * The table begins with node "first".
 */

typedef struct {
    const agt_json_t  *doc;
    uint32_t          *next;
    uint32_t           first;
} agt_json_links_t;


static int agt_json_out_init(agt_json_out_t *out, agt_buf_t *buf,
    const agt_json_t *doc, uint32_t i);
static int agt_json_out_done(agt_json_out_t *out);
static void agt_json_out_slow(agt_json_out_t *out, const char *p, size_t n);
static void agt_json_put_between(agt_json_out_t *out, const char *p,
    const char *end);
static void agt_json_put_sorted(agt_json_out_t *out, agt_json_links_t *links,
    uint32_t i);
static void agt_json_put_string(agt_json_out_t *out, const agt_json_t *doc,
    uint32_t i);

static void agt_json_sort(agt_json_links_t *links, uint32_t object);
static uint32_t agt_json_merge(agt_json_links_t *links, uint32_t a,
    uint32_t b);
static bool agt_json_key_less(const agt_json_t *doc, uint32_t a, uint32_t b);
static uint64_t agt_json_key_begin(const agt_json_t *doc, uint32_t i);


static inline void
agt_json_put(agt_json_out_t *out, const char *p, size_t n)
{
    if (out->room >= n + AGT_SCAN_CHUNK
        && (size_t) (out->end - p) >= n + AGT_SCAN_CHUNK)
    {
        agt_scan_copy(out->dst, p, n);
        out->dst += n;
        out->room -= n;

    } else {
        agt_json_out_slow(out, p, n);
    }
}


static inline void
agt_json_put_char(agt_json_out_t *out, char c)
{
    if (out->room != 0) {
        *out->dst++ = c;
        out->room--;

    } else {
        agt_json_out_slow(out, &c, 1);
    }
}


/*
 * All that stands between scalars and keys is punctuation and white space:
 * containers need not be looked at.
 */

int
agt_json_minify(const agt_json_t *doc, uint32_t i, agt_buf_t *buf)
{
    uint32_t         last;
    agt_str_t        raw, token;
    const char      *p;
    agt_json_out_t   out;

    raw = agt_json_raw(doc, i);

    if (doc->compact) {
        return agt_buf_str(buf, raw);
    }

    if (agt_json_out_init(&out, buf, doc, i) != AGT_OK) {
        return AGT_ERROR;
    }

    p = raw.data;

    for (last = doc->nodes[i].next; i < last; i++) {

        if (doc->nodes[i].type & (AGT_JSON_ARRAY|AGT_JSON_OBJECT)) {
            continue;
        }

        token = agt_json_raw(doc, i);
        agt_json_put_between(&out, p, token.data);
        agt_json_put(&out, token.data, token.len);
        p = token.data + token.len;
    }

    agt_json_put_between(&out, p, raw.data + raw.len);

    return agt_json_out_done(&out);
}


static void
agt_json_put_between(agt_json_out_t *out, const char *p, const char *end)
{
    while (p < end) {

        if ((uint8_t) *p > ' ') {
            agt_json_put_char(out, *p++);

        } else {
            p = agt_scan_space(p, end);
        }
    }
}


int
agt_json_canonical(const agt_json_t *doc, uint32_t i, agt_buf_t *buf)
{
    uint32_t          k, n, local[AGT_JSON_LINKS];
    agt_json_out_t    out;
    agt_json_links_t  links;

    n = doc->nodes[i].next - i;

    links.doc = doc;
    links.first = i;
    links.next = local;

    if (n > AGT_JSON_LINKS) {

        /* a fixed buffer has no memory to ask for */

        links.next = (buf->mem != NULL)
                     ? agt_alloc(buf->mem, n * sizeof(uint32_t)) : NULL;

        if (links.next == NULL) {
            buf->failed = true;
            return AGT_ERROR;
        }
    }

    for (k = i; k < i + n; k++) {
        if (doc->nodes[k].type == AGT_JSON_OBJECT) {
            agt_json_sort(&links, k);
        }
    }

    if (agt_json_out_init(&out, buf, doc, i) != AGT_OK) {
        return AGT_ERROR;
    }

    agt_json_put_sorted(&out, &links, i);

    return agt_json_out_done(&out);
}


/* the reader bounds the depth of a document, and with it the recursion */

static void
agt_json_put_sorted(agt_json_out_t *out, agt_json_links_t *links, uint32_t i)
{
    char                    c;
    uint32_t                k;
    agt_str_t               raw;
    const agt_json_node_t  *nodes;

    nodes = links->doc->nodes;

    switch (nodes[i].type) {

    case AGT_JSON_STRING:
        agt_json_put_string(out, links->doc, i);
        return;

    case AGT_JSON_OBJECT:
        c = '{';

        for (k = links->next[i - links->first];
             k != 0;
             k = links->next[k - links->first])
        {
            agt_json_put_char(out, c);
            agt_json_put_string(out, links->doc, k);
            agt_json_put_char(out, ':');
            agt_json_put_sorted(out, links, k + 1);
            c = ',';
        }

        if (c == '{') {
            agt_json_put_char(out, '{');
        }

        agt_json_put_char(out, '}');
        return;

    case AGT_JSON_ARRAY:
        agt_json_put_char(out, '[');

        for (k = i + 1; k < nodes[i].next; k = nodes[k].next) {

            if (k != i + 1) {
                agt_json_put_char(out, ',');
            }

            agt_json_put_sorted(out, links, k);
        }

        agt_json_put_char(out, ']');
        return;

    default:
        raw = agt_json_raw(links->doc, i);
        agt_json_put(out, raw.data, raw.len);
    }
}


/* with its quotes, and no more escapes than it needs */

static void
agt_json_put_string(agt_json_out_t *out, const agt_json_t *doc, uint32_t i)
{
    char         escape[AGT_JSON_ESCAPE_MAX];
    size_t       n;
    agt_str_t    raw;
    agt_scan_t   scan;
    const char  *p, *end, *run;

    raw = agt_json_raw(doc, i);

    if (!(doc->nodes[i].flags & AGT_JSON_ESCAPED)) {
        agt_json_put(out, raw.data, raw.len);
        return;
    }

    run = raw.data;
    end = run + raw.len - 1;
    p = run + 1;

    agt_scan_init(&scan, p, end);

    for ( ;; ) {
        p = agt_scan_next(&scan, p);

        if (p == end) {
            break;
        }

        /* all others are as short as can be */

        if (p[1] != 'u' && p[1] != '/') {
            p += 2;
            continue;
        }

        agt_json_put(out, run, (size_t) (p - run));

        run = agt_json_fewest(escape, &n, p, end);
        agt_json_out_slow(out, escape, n);

        p = run;
    }

    agt_json_put(out, run, (size_t) (end + 1 - run));
}


static int
agt_json_out_init(agt_json_out_t *out, agt_buf_t *buf, const agt_json_t *doc,
    uint32_t i)
{
    size_t  len;

    /* so that it need not grow */

    len = agt_min(agt_json_raw(doc, i).len, buf->max - buf->len);

    if (agt_buf_reserve(buf, len) == NULL) {
        return AGT_ERROR;
    }

    out->buf = buf;
    out->dst = buf->data + buf->len;
    out->room = buf->size - buf->len;
    out->end = doc->text.data + doc->text.len;

    return AGT_OK;
}


static int
agt_json_out_done(agt_json_out_t *out)
{
    if (out->buf->failed) {
        return AGT_ERROR;
    }

    out->buf->len = (size_t) (out->dst - out->buf->data);

    return AGT_OK;
}


/* at the end of the buffer, at the end of the text, or not of the text */

static void
agt_json_out_slow(agt_json_out_t *out, const char *p, size_t n)
{
    agt_buf_t  *buf = out->buf;

    if (buf->failed) {
        return;
    }

    buf->len = (size_t) (out->dst - buf->data);

    if (agt_buf_append(buf, p, n) != AGT_OK) {
        out->room = 0;
        return;
    }

    out->dst = buf->data + buf->len;
    out->room = buf->size - buf->len;
}


static void
agt_json_sort(agt_json_links_t *links, uint32_t object)
{
    uint32_t                i, n, key, end, list, parts[AGT_JSON_PARTS];
    const agt_json_node_t  *nodes;

    n = 0;
    nodes = links->doc->nodes;
    end = nodes[object].next;

    for (key = object + 1; key < end; key = nodes[key + 1].next) {

        links->next[key - links->first] = 0;
        list = key;

        for (i = 0; i < n && parts[i] != 0; i++) {
            list = agt_json_merge(links, parts[i], list);
            parts[i] = 0;
        }

        parts[i] = list;
        n = agt_max(n, i + 1);
    }

    list = 0;

    for (i = 0; i < n; i++) {
        list = agt_json_merge(links, parts[i], list);
    }

    links->next[object - links->first] = list;
}


static uint32_t
agt_json_merge(agt_json_links_t *links, uint32_t a, uint32_t b)
{
    uint32_t  list, *last;

    last = &list;

    while (a != 0 && b != 0) {

        if (agt_json_key_less(links->doc, a, b)) {
            *last = a;
            last = &links->next[a - links->first];
            a = *last;

        } else {
            *last = b;
            last = &links->next[b - links->first];
            b = *last;
        }
    }

    *last = (a != 0) ? a : b;

    return list;
}


/* most keys differ in their first eight bytes */

static bool
agt_json_key_less(const agt_json_t *doc, uint32_t a, uint32_t b)
{
    uint64_t  first, second;

    if (!((doc->nodes[a].flags | doc->nodes[b].flags) & AGT_JSON_ESCAPED)) {

        first = agt_json_key_begin(doc, a);
        second = agt_json_key_begin(doc, b);

        if (first != second) {
            return first < second;
        }
    }

    return agt_json_compare(doc, a, b) < 0;
}


/* as a number of the same order; what is shorter has zeros behind it */

static uint64_t
agt_json_key_begin(const agt_json_t *doc, uint32_t i)
{
    size_t       n;
    uint64_t     w;
    const char  *p;

    p = doc->text.data + doc->nodes[i].off;
    n = doc->nodes[i].len;
    w = 0;

    if (n >= sizeof(w) || doc->text.len - doc->nodes[i].off >= sizeof(w)) {
        w = agt_scan_word(p);

    } else if (n != 0) {
        memcpy(&w, p, n);
    }

#if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
    w = __builtin_bswap64(w);
#endif

    if (n < sizeof(w)) {
        w = (n != 0) ? w & (UINT64_MAX << 8 * (sizeof(w) - n)) : 0;
    }

    return w;
}
