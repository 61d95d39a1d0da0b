
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The reader: one pass over the text, one entry of the table for each value
 * and key, no recursion and no stack.  While a container is open its "next"
 * holds the index of the container around it; it gets its meaning when the
 * container ends.
 *
 * UTF-8 is checked at the end, and only if some byte was not ASCII: outside of
 * strings such bytes are errors anyway, and nothing before depends on it.
 */


#include <stdio.h>

#include "agt_json_text.h"


/*
 * The first guess at the table: a value each 16 bytes is more than typed input
 * and chats have.  Where it does not do, the text is looked through once for
 * how many there may be, and the table gets its final size.  The bound on the
 * guess keeps a wrong one below 1 MiB.
 */

#define AGT_JSON_GUESS       16
#define AGT_JSON_GUESS_MAX   40000

/* the same where nobody knows how much of the text the value is */

#define AGT_JSON_GUESS_MIN   64

/* objects of up to so many members compare hashes pairwise, larger ones use a
   table */

#define AGT_JSON_PAIRWISE    16

/* whatever a caller sets: what walks over a document may use a stack of it */

#define AGT_JSON_DEPTH_MAX   512

/* bytes of a key that a message shows */

#define AGT_JSON_KEY_SHOWN   64


/* the hot path is one function, written as several */

#define AGT_JSON_INLINE      static inline __attribute__((always_inline))


typedef struct {
    const char         *start;
    const char         *end;
    agt_json_node_t    *nodes;
    uint32_t            n;
    uint32_t            size;
    uint32_t            table_size;
    uint32_t           *table;       /* of keys, for large objects */
    size_t              space;       /* bytes of white space */
    agt_scan_t          scan;
    agt_json_limits_t   limits;
    agt_mem_t          *mem;
    agt_error_t        *err;
    int                 rc;          /* of what failed */
} agt_json_reader_t;


/* where the reader is: in registers, and so not in the structure above */

typedef struct {
    agt_json_node_t    *nodes;
    uint32_t            n;
    uint32_t            current;     /* the innermost open container */
    uint32_t            depth;
    char                close;       /* the bracket that ends it */
} agt_json_place_t;


static int agt_json_reader_init(agt_json_reader_t *r, agt_str_t text,
    bool whole, const agt_json_limits_t *limits, agt_mem_t *mem,
    agt_error_t *err);
static void agt_json_reader_limits(agt_json_reader_t *r,
    const agt_json_limits_t *limits);
static const char *agt_json_read_text(agt_json_reader_t *r);
static const char *agt_json_read_utf8(agt_json_reader_t *r, const char *end);
static const char *agt_json_string_rest(agt_json_reader_t *r,
    const char *start, const char *p);
AGT_JSON_INLINE const char *agt_json_escape_token(agt_json_reader_t *r,
    const char *p);
static int agt_json_grow(agt_json_reader_t *r, uint32_t n, uint32_t need,
    const char *p);

AGT_JSON_INLINE int agt_json_key_hash(agt_json_reader_t *r,
    agt_json_node_t *key);
static int agt_json_key_hash_escaped(agt_json_reader_t *r,
    agt_json_node_t *key);
static int agt_json_unique(agt_json_reader_t *r, uint32_t object);
static int agt_json_unique_pairs(agt_json_reader_t *r, uint32_t object);
static int agt_json_unique_table(agt_json_reader_t *r, uint32_t object);
static int agt_json_different(agt_json_reader_t *r, uint32_t a, uint32_t b);

static const char *agt_json_unexpected(agt_json_reader_t *r, const char *p,
    const char *expected);
static const char *agt_json_refuse(agt_json_reader_t *r, const char *p);


int
agt_json_parse(agt_json_t *doc, agt_str_t text,
    const agt_json_limits_t *limits, agt_mem_t *mem, agt_error_t *err)
{
    int          rc;
    size_t       end;
    const char  *p;

    rc = agt_json_read(doc, text, true, limits, mem, err, &end);

    if (rc != AGT_OK || end == text.len) {
        return rc;
    }

    p = agt_scan_space(text.data + end, text.data + text.len);

    if (p != text.data + text.len) {
        agt_error_set(err, "trailing text after the value");
        agt_error_locate(err, text, (size_t) (p - text.data));

        return AGT_DECLINED;
    }

    doc->text = text;
    doc->compact = false;

    return AGT_OK;
}


int
agt_json_read(agt_json_t *doc, agt_str_t text, bool whole,
    const agt_json_limits_t *limits, agt_mem_t *mem, agt_error_t *err,
    size_t *end)
{
    const char         *p;
    agt_json_reader_t   r;

    p = NULL;

    if (agt_json_reader_init(&r, text, whole, limits, mem, err) == AGT_OK) {
        p = agt_json_read_text(&r);
    }

    *end = (p != NULL) ? (size_t) (p - r.start) : 0;

    if (p != NULL && r.scan.high != 0) {
        p = agt_json_read_utf8(&r, p);
    }

    doc->text = agt_str_make(text.data, *end);
    doc->nodes = r.nodes;
    doc->n = r.n;
    doc->compact = (r.space == 0);

    return (p != NULL) ? AGT_OK : r.rc;
}


static int
agt_json_reader_init(agt_json_reader_t *r, agt_str_t text, bool whole,
    const agt_json_limits_t *limits, agt_mem_t *mem, agt_error_t *err)
{
    size_t  guess;

    memset(r, 0, sizeof(agt_json_reader_t));

    r->start = (text.len != 0) ? text.data : "";
    r->end = r->start;
    r->mem = mem;
    r->err = err;

    /* offsets are 32 bits, and the last value says "none" */

    if (text.len >= AGT_JSON_NONE) {
        agt_error_set(err, "longer than 4 GiB");
        (void) agt_json_refuse(r, r->start);

        return AGT_DECLINED;
    }

    r->end += text.len;

    agt_json_reader_limits(r, limits);
    agt_scan_init(&r->scan, r->start, r->end);

    guess = whole ? text.len / AGT_JSON_GUESS + 8 : AGT_JSON_GUESS_MIN;
    guess = agt_min(guess, AGT_JSON_GUESS_MAX);
    r->size = (uint32_t) agt_min(guess, r->limits.max_nodes);

    r->nodes = agt_alloc(mem, r->size * sizeof(agt_json_node_t));
    if (r->nodes == NULL) {
        r->rc = AGT_ERROR;
        return AGT_ERROR;
    }

    return AGT_OK;
}


static void
agt_json_reader_limits(agt_json_reader_t *r, const agt_json_limits_t *limits)
{
    if (limits != NULL) {
        r->limits = *limits;
    }

    if (r->limits.max_depth == 0) {
        r->limits.max_depth = AGT_JSON_DEPTH;
    }

    if (r->limits.max_keys == 0) {
        r->limits.max_keys = AGT_JSON_KEYS;
    }

    if (r->limits.max_nodes == 0) {
        r->limits.max_nodes = AGT_JSON_NONE;
    }

    r->limits.max_depth = agt_min(r->limits.max_depth, AGT_JSON_DEPTH_MAX);
}


AGT_JSON_INLINE const char *
agt_json_space(agt_json_reader_t *r, const char *p)
{
    const char  *start;

    if (p == r->end || (uint8_t) *p > ' ') {
        return p;
    }

    start = p;
    p = agt_scan_space(p, r->end);
    r->space += (size_t) (p - start);

    return p;
}


/* whether c is next, behind white space if there is any */

AGT_JSON_INLINE bool
agt_json_next_is(agt_json_reader_t *r, const char **p, char c)
{
    if (*p < r->end && **p == c) {
        return true;
    }

    *p = agt_json_space(r, *p);

    return *p < r->end && **p == c;
}


AGT_JSON_INLINE agt_json_node_t *
agt_json_add(agt_json_reader_t *r, agt_json_place_t *at, const char *start,
    const char *end, uint8_t type, uint8_t flags)
{
    agt_json_node_t  *node;

    node = &at->nodes[at->n++];

    node->off = (uint32_t) (start - r->start);
    node->len = (uint32_t) (end - start);
    node->next = at->n;
    node->count = 0;
    node->type = type;
    node->flags = flags;

    return node;
}


/* what reads a token returns where it ended, or NULL */

AGT_JSON_INLINE const char *
agt_json_string_token(agt_json_reader_t *r, agt_json_place_t *at,
    const char *p, uint8_t flags)
{
    const char  *start;

    start = p + 1;
    p = agt_scan_next(&r->scan, start);

    if (p == r->end || *p != '"') {

        p = agt_json_string_rest(r, start, p);
        if (p == NULL) {
            return NULL;
        }

        flags |= AGT_JSON_ESCAPED;
    }

    (void) agt_json_add(r, at, start, p, AGT_JSON_STRING, flags);

    return p + 1;
}


AGT_JSON_INLINE const char *
agt_json_key(agt_json_reader_t *r, agt_json_place_t *at, const char *p)
{
    agt_json_node_t  *key;

    if (!agt_json_next_is(r, &p, '"')) {
        return agt_json_unexpected(r, p, "a key");
    }

    key = &at->nodes[at->n];

    p = agt_json_string_token(r, at, p, AGT_JSON_KEY);
    if (p == NULL) {
        return NULL;
    }

    if (agt_json_key_hash(r, key) != AGT_OK) {
        return NULL;
    }

    if (!agt_json_next_is(r, &p, ':')) {
        at->n--;
        return agt_json_unexpected(r, p, "':'");
    }

    return p + 1;
}


AGT_JSON_INLINE const char *
agt_json_digits(agt_json_reader_t *r, const char *p)
{
    if (p == r->end || !agt_scan_is(*p, AGT_BYTE_DIGIT)) {
        return agt_json_unexpected(r, p, "a digit");
    }

    do {
        p++;
    } while (p < r->end && agt_scan_is(*p, AGT_BYTE_DIGIT));

    return p;
}


AGT_JSON_INLINE const char *
agt_json_number(agt_json_reader_t *r, agt_json_place_t *at, const char *p)
{
    uint8_t      flags;
    const char  *start, *digits;

    start = p;
    flags = AGT_JSON_INTEGER;

    digits = p + (*p == '-');
    p = agt_json_digits(r, digits);

    if (p != NULL && *digits == '0' && p - digits > 1) {
        agt_error_set(r->err, "a number with a leading zero");
        return agt_json_refuse(r, start);
    }

    if (p != NULL && p < r->end && *p == '.') {
        flags = 0;
        p = agt_json_digits(r, p + 1);
    }

    if (p != NULL && p < r->end && (*p == 'e' || *p == 'E')) {

        flags = 0;
        p++;

        if (p < r->end && (*p == '+' || *p == '-')) {
            p++;
        }

        p = agt_json_digits(r, p);
    }

    if (p != NULL) {
        (void) agt_json_add(r, at, start, p, AGT_JSON_NUMBER, flags);
    }

    return p;
}


AGT_JSON_INLINE const char *
agt_json_literal(agt_json_reader_t *r, agt_json_place_t *at, const char *p,
    const char *word, size_t len, uint8_t type, uint8_t flags)
{
    if ((size_t) (r->end - p) < len || memcmp(p, word, len) != 0) {
        return agt_json_unexpected(r, p, "a value");
    }

    (void) agt_json_add(r, at, p, p + len, type, flags);

    return p + len;
}


AGT_JSON_INLINE const char *
agt_json_open(agt_json_reader_t *r, agt_json_place_t *at, const char *p)
{
    uint8_t           type;
    agt_json_node_t  *node;

    if (at->depth == r->limits.max_depth) {
        agt_error_set(r->err, "nested deeper than %u",
                      (unsigned) r->limits.max_depth);
        return agt_json_refuse(r, p);
    }

    /* in ASCII either bracket closes two behind the one that opens */

    at->close = (char) (*p + 2);
    type = (*p == '{') ? AGT_JSON_OBJECT : AGT_JSON_ARRAY;

    node = agt_json_add(r, at, p, p, type, 0);

    node->next = at->current;
    at->current = at->n - 1;
    at->depth++;

    return agt_json_space(r, p + 1);
}


/* p is at the closing bracket */

AGT_JSON_INLINE const char *
agt_json_close(agt_json_reader_t *r, agt_json_place_t *at, const char *p)
{
    uint32_t          i;
    agt_json_node_t  *node;

    p++;

    i = at->current;
    node = &at->nodes[i];
    node->len = (uint32_t) (p - r->start) - node->off;

    at->current = node->next;
    at->depth--;

    node->next = at->n;

    if (at->close == '}' && node->count > 1
        && agt_json_unique(r, i) != AGT_OK)
    {
        return NULL;
    }

    if (at->current != AGT_JSON_NONE) {
        at->close = (at->nodes[at->current].type == AGT_JSON_OBJECT) ? '}'
                                                                     : ']';
    }

    return p;
}


AGT_JSON_INLINE const char *
agt_json_scalar(agt_json_reader_t *r, agt_json_place_t *at, const char *p)
{
    switch (*p) {

    case '"':
        return agt_json_string_token(r, at, p, 0);

    case 't':
        return agt_json_literal(r, at, p, "true", 4, AGT_JSON_BOOLEAN,
                                AGT_JSON_TRUE);
    case 'f':
        return agt_json_literal(r, at, p, "false", 5, AGT_JSON_BOOLEAN, 0);

    case 'n':
        return agt_json_literal(r, at, p, "null", 4, AGT_JSON_NULL, 0);

    default:

        if (*p == '-' || agt_scan_is(*p, AGT_BYTE_DIGIT)) {
            return agt_json_number(r, at, p);
        }

        return agt_json_unexpected(r, p, "a value");
    }
}


/*
 * From behind a value to the next one of the same container, or of the one
 * around it; at the end of the document current is none.
 */

AGT_JSON_INLINE const char *
agt_json_behind(agt_json_reader_t *r, agt_json_place_t *at, const char *p)
{
    uint32_t  count;

    while (at->current != AGT_JSON_NONE) {

        if (agt_json_next_is(r, &p, ',')) {

            count = ++at->nodes[at->current].count;

            if (count > r->limits.max_keys && at->close == '}') {
                agt_error_set(r->err, "an object of more than %u members",
                              (unsigned) r->limits.max_keys);
                return agt_json_refuse(r, p);
            }

            return p + 1;
        }

        if (p == r->end || *p != at->close) {
            return agt_json_unexpected(r, p, at->close == '}' ? "',' or '}'"
                                                              : "',' or ']'");
        }

        p = agt_json_close(r, at, p);
        if (p == NULL) {
            return NULL;
        }
    }

    return p;
}


static const char *
agt_json_read_text(agt_json_reader_t *r)
{
    const char        *p;
    agt_json_place_t   at;

    at.nodes = r->nodes;
    at.n = 0;
    at.current = AGT_JSON_NONE;
    at.depth = 0;
    at.close = '\0';

    p = r->start;

    do {
        if (r->size - at.n < 2) {

            if (agt_json_grow(r, at.n, at.close == '}' ? 2 : 1, p) != AGT_OK) {
                goto failed;
            }

            at.nodes = r->nodes;
        }

        if (at.close == '}') {
            p = agt_json_key(r, &at, p);
            if (p == NULL) {
                goto failed;
            }
        }

        p = agt_json_space(r, p);

        if (p == r->end) {
            (void) agt_json_unexpected(r, p, "a value");
            goto failed;
        }

        if (*p == '{' || *p == '[') {

            p = agt_json_open(r, &at, p);
            if (p == NULL) {
                goto failed;
            }

            if (p == r->end || *p != at.close) {
                at.nodes[at.current].count = 1;
                continue;
            }

        } else {
            p = agt_json_scalar(r, &at, p);
            if (p == NULL) {
                goto failed;
            }
        }

        p = agt_json_behind(r, &at, p);
        if (p == NULL) {
            goto failed;
        }

    } while (at.current != AGT_JSON_NONE);

    r->n = at.n;

    return p;

failed:

    r->n = at.n;

    return NULL;
}


/* nothing before depends on it, and most documents are ASCII */

static const char *
agt_json_read_utf8(agt_json_reader_t *r, const char *end)
{
    size_t     valid;
    agt_str_t  text;

    text = agt_str_make(r->start, (size_t) (end - r->start));
    valid = agt_utf8_valid(text);

    return (valid == text.len)
           ? end : agt_json_unexpected(r, r->start + valid, "UTF-8");
}


/* from a string's first byte that is not plain to its closing quote */

static const char *
agt_json_string_rest(agt_json_reader_t *r, const char *start, const char *p)
{
    for ( ;; ) {

        if (p == r->end) {
            agt_error_set(r->err, "a string without its closing quote");
            return agt_json_refuse(r, start - 1);
        }

        if (*p == '"') {
            return p;
        }

        if (*p != '\\') {
            agt_error_set(r->err, "control character 0x%02x in a string",
                          (unsigned) *p);
            return agt_json_refuse(r, p);
        }

        p = agt_json_escape_token(r, p);
        if (p == NULL) {
            return NULL;
        }

        p = agt_scan_next(&r->scan, p);
    }
}


AGT_JSON_INLINE const char *
agt_json_escape_token(agt_json_reader_t *r, const char *p)
{
    size_t  i;

    if (r->end - p > 1) {

        if (agt_scan_is(p[1], AGT_BYTE_ESCAPE)) {
            return p + 2;
        }

        if (p[1] == 'u') {

            for (i = 2; i < 6; i++) {
                if (p + i == r->end || !agt_scan_is(p[i], AGT_BYTE_HEX)) {
                    agt_error_set(r->err, "\\u without four hexadecimal"
                                  " digits");
                    return agt_json_refuse(r, p);
                }
            }

            return p + 6;
        }
    }

    agt_error_set(r->err, "a backslash that begins no escape");

    return agt_json_refuse(r, p);
}


static int
agt_json_grow(agt_json_reader_t *r, uint32_t n, uint32_t need, const char *p)
{
    size_t            size;
    agt_json_node_t  *nodes;

    if (need <= r->size - n) {
        return AGT_OK;
    }

    if (need > r->limits.max_nodes - n) {
        agt_error_set(r->err, "more than %u values",
                      (unsigned) r->limits.max_nodes);
        (void) agt_json_refuse(r, agt_scan_space(p, r->end));

        return AGT_DECLINED;
    }

    /* each node but the first stands behind one of four characters, and takes
       two bytes, what separates it from the next included */

    size = agt_min(agt_scan_count(p, r->end), (size_t) (r->end - p) / 2);
    size = agt_min(n + need + size, r->limits.max_nodes);

    nodes = agt_alloc(r->mem, size * sizeof(agt_json_node_t));
    if (nodes == NULL) {
        r->rc = AGT_ERROR;
        return AGT_ERROR;
    }

    memcpy(nodes, r->nodes, n * sizeof(agt_json_node_t));

    r->nodes = nodes;
    r->size = (uint32_t) size;

    return AGT_OK;
}


/* of the key as it reads: "\u0061" has the hash of "a" */

AGT_JSON_INLINE int
agt_json_key_hash(agt_json_reader_t *r, agt_json_node_t *key)
{
    agt_str_t  s;

    s = agt_str_make(r->start + key->off, key->len);

    if (key->flags & AGT_JSON_ESCAPED) {
        return agt_json_key_hash_escaped(r, key);
    }

    key->count = (s.len <= 16 && r->end - s.data >= 16)
                 ? agt_json_hash_short(s.data, s.len) : agt_json_hash(s);

    return AGT_OK;
}


static int
agt_json_key_hash_escaped(agt_json_reader_t *r, agt_json_node_t *key)
{
    char        *p;
    agt_str_t    s;
    const char  *pos, *end;

    p = agt_alloc(r->mem, key->len + AGT_JSON_SLACK);
    if (p == NULL) {
        r->rc = AGT_ERROR;
        return AGT_ERROR;
    }

    pos = r->start + key->off;
    end = pos + key->len;

    s = agt_str_make(p, (size_t) (agt_json_decode(p, &pos, end, end) - p));
    key->count = agt_json_hash(s);

    return AGT_OK;
}


static int
agt_json_unique(agt_json_reader_t *r, uint32_t object)
{
    int  rc;

    rc = (r->nodes[object].count <= AGT_JSON_PAIRWISE)
         ? agt_json_unique_pairs(r, object)
         : agt_json_unique_table(r, object);

    if (rc != AGT_OK) {
        r->rc = rc;
    }

    return rc;
}


/* a key is compared with others only if one of them shares its bit */

static int
agt_json_unique_pairs(agt_json_reader_t *r, uint32_t object)
{
    uint32_t                i, j, end, hash;
    uint64_t                bit, bits;
    const agt_json_node_t  *nodes;

    bits = 0;
    nodes = r->nodes;
    end = nodes[object].next;

    for (i = object + 1; i < end; i = nodes[i + 1].next) {

        hash = nodes[i].count;
        bit = (uint64_t) 1 << (hash & 63);

        if (bits & bit) {

            for (j = object + 1; j < i; j = nodes[j + 1].next) {
                if (nodes[j].count == hash
                    && agt_json_different(r, j, i) != AGT_OK)
                {
                    return AGT_DECLINED;
                }
            }
        }

        bits |= bit;
    }

    return AGT_OK;
}


/* open addressing, at most half full; 0 is free, since no key is node 0 */

static int
agt_json_unique_table(agt_json_reader_t *r, uint32_t object)
{
    uint32_t  i, at, end, hash, size;

    size = AGT_JSON_PAIRWISE * 2;

    while (size / 2 < r->nodes[object].count) {
        size *= 2;
    }

    if (r->table_size < size) {

        r->table = agt_alloc(r->mem, size * sizeof(uint32_t));
        if (r->table == NULL) {
            return AGT_ERROR;
        }

        r->table_size = size;
    }

    memset(r->table, 0, size * sizeof(uint32_t));

    end = r->nodes[object].next;

    for (i = object + 1; i < end; i = r->nodes[i + 1].next) {

        hash = r->nodes[i].count;
        at = hash & (size - 1);

        while (r->table[at] != 0) {

            if (r->nodes[r->table[at]].count == hash
                && agt_json_different(r, r->table[at], i) != AGT_OK)
            {
                return AGT_DECLINED;
            }

            at = (at + 1) & (size - 1);
        }

        r->table[at] = i;
    }

    return AGT_OK;
}


/* two keys of equal hash: nearly always they are the same */

static int
agt_json_different(agt_json_reader_t *r, uint32_t a, uint32_t b)
{
    agt_str_t   key;
    agt_json_t  doc;

    doc.text = agt_str_make(r->start, (size_t) (r->end - r->start));
    doc.nodes = r->nodes;

    if (agt_json_compare(&doc, a, b) != 0) {
        return AGT_OK;
    }

    key = agt_str_make(r->start + r->nodes[b].off,
                       agt_min(r->nodes[b].len, AGT_JSON_KEY_SHOWN));
    key.len = agt_utf8_valid(key);

    agt_error_set(r->err, "duplicate key \"%.*s\"", (int) key.len, key.data);
    (void) agt_json_refuse(r, key.data - 1);

    return AGT_DECLINED;
}


static const char *
agt_json_unexpected(agt_json_reader_t *r, const char *p, const char *expected)
{
    int      n;
    size_t   left;
    uint8_t  c;

    if (p == r->end) {
        agt_error_set(r->err, "the text ends where %s was expected", expected);
        return agt_json_refuse(r, p);
    }

    c = (uint8_t) *p;

    left = agt_min((size_t) (r->end - p), (size_t) 4);

    if (agt_utf8_valid(agt_str_make(p, left)) == 0) {
        agt_error_set(r->err, "byte 0x%02x is not valid UTF-8", c);

    } else if (p == r->start && left >= 3
               && memcmp(p, "\xef\xbb\xbf", 3) == 0)
    {
        agt_error_set(r->err, "the text begins with a byte order mark");

    } else if (c < ' ' || c == 0x7f) {
        agt_error_set(r->err, "unexpected byte 0x%02x where %s was expected",
                      c, expected);

    } else {
        n = 1 + (c >= 0xc0) + (c >= 0xe0) + (c >= 0xf0);
        agt_error_set(r->err,
                      "unexpected character '%.*s' where %s was expected",
                      n, p, expected);
    }

    return agt_json_refuse(r, p);
}


static const char *
agt_json_refuse(agt_json_reader_t *r, const char *p)
{
    agt_str_t  text;

    text = agt_str_make(r->start, (size_t) (r->end - r->start));
    agt_error_locate(r->err, text, (size_t) (p - r->start));
    r->rc = AGT_DECLINED;

    return NULL;
}
