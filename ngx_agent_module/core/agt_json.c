
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The reader: one pass over the text, one entry of the table for each value
 * and key, no recursion and no stack.  While a container is open its "next"
 * holds the index of the container around it; it gets its meaning when the
 * container ends.
 *
 * UTF-8 is checked for the whole text at once, which costs a fraction of
 * checking it string by string: a string is invalid if it reaches beyond the
 * valid part, and outside of strings such bytes are errors anyway.  Only where
 * the value may be a small part of the text each string is checked when it
 * ends.
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


typedef struct {
    const char         *start;
    const char         *end;
    agt_json_node_t    *nodes;
    uint32_t            n;
    uint32_t            size;
    uint32_t            current;     /* the innermost open container */
    uint32_t            depth;
    size_t              valid;       /* bytes of valid UTF-8 */
    size_t              space;       /* bytes of white space */
    uint32_t           *table;       /* of keys, for large objects */
    uint32_t            table_size;
    int                 rc;          /* of what returned NULL */
    agt_json_limits_t   limits;
    agt_mem_t          *mem;
    agt_error_t        *err;
} agt_json_reader_t;


static int agt_json_reader_init(agt_json_reader_t *r, agt_str_t text,
    bool whole, const agt_json_limits_t *limits, agt_mem_t *mem,
    agt_error_t *err);
static void agt_json_reader_limits(agt_json_reader_t *r,
    const agt_json_limits_t *limits);
static const char *agt_json_read_text(agt_json_reader_t *r);
static const char *agt_json_read_value(agt_json_reader_t *r, const char *p,
    bool *opened);
static const char *agt_json_read_behind(agt_json_reader_t *r, const char *p,
    bool opened);
static const char *agt_json_read_key(agt_json_reader_t *r, const char *p);
static const char *agt_json_read_string(agt_json_reader_t *r, const char *p,
    uint8_t flags);
static const char *agt_json_read_escape(agt_json_reader_t *r, const char *p);
static const char *agt_json_read_number(agt_json_reader_t *r, const char *p);
static const char *agt_json_read_digits(agt_json_reader_t *r, const char *p);
static const char *agt_json_read_literal(agt_json_reader_t *r, const char *p);
static const char *agt_json_read_space(agt_json_reader_t *r, const char *p);
static const char *agt_json_open(agt_json_reader_t *r, const char *p,
    uint8_t type);
static const char *agt_json_close(agt_json_reader_t *r, const char *p);

static agt_json_node_t *agt_json_add(agt_json_reader_t *r, const char *p,
    size_t len, uint8_t type, uint8_t flags);
static int agt_json_grow(agt_json_reader_t *r, const char *p);
static size_t agt_json_bound(const char *p, const char *end);

static int agt_json_key_hash(agt_json_reader_t *r, agt_json_node_t *key);
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
    r->end = r->start + text.len;
    r->current = AGT_JSON_NONE;
    r->mem = mem;
    r->err = err;

    agt_json_reader_limits(r, limits);

    /* offsets are 32 bits, and the last value says "none" */

    if (text.len >= AGT_JSON_NONE) {
        agt_error_set(err, "longer than 4 GiB");
        r->rc = AGT_DECLINED;
        return AGT_DECLINED;
    }

    guess = AGT_JSON_GUESS_MIN;

    if (whole) {
        r->valid = agt_utf8_valid(text);
        guess = agt_min(text.len / AGT_JSON_GUESS + 8, AGT_JSON_GUESS_MAX);
    }

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


static const char *
agt_json_read_text(agt_json_reader_t *r)
{
    bool         opened;
    const char  *p;

    p = agt_json_read_space(r, r->start);

    do {
        p = agt_json_read_value(r, p, &opened);
        if (p == NULL) {
            return NULL;
        }

        p = agt_json_read_behind(r, p, opened);
        if (p == NULL) {
            return NULL;
        }

    } while (r->current != AGT_JSON_NONE);

    return p;
}


/* a scalar as a whole, or the beginning of a container */

static const char *
agt_json_read_value(agt_json_reader_t *r, const char *p, bool *opened)
{
    *opened = false;

    if (p == r->end) {
        return agt_json_unexpected(r, p, "a value");
    }

    switch (*p) {

    case '"':
        return agt_json_read_string(r, p, 0);

    case '{':
        *opened = true;
        return agt_json_open(r, p, AGT_JSON_OBJECT);

    case '[':
        *opened = true;
        return agt_json_open(r, p, AGT_JSON_ARRAY);

    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return agt_json_read_number(r, p);

    case 't':
    case 'f':
    case 'n':
        return agt_json_read_literal(r, p);

    default:
        return agt_json_unexpected(r, p, "a value");
    }
}


/*
 * From behind a value, or from inside of a container that was opened, to where
 * the next value begins; containers that end on the way are closed.
 */

static const char *
agt_json_read_behind(agt_json_reader_t *r, const char *p, bool opened)
{
    bool              object;
    agt_json_node_t  *container;

    while (r->current != AGT_JSON_NONE) {

        p = agt_json_read_space(r, p);

        container = &r->nodes[r->current];
        object = (container->type == AGT_JSON_OBJECT);

        if (p < r->end && *p == (object ? '}' : ']')) {

            p = agt_json_close(r, p);
            if (p == NULL) {
                return NULL;
            }

            opened = false;
            continue;
        }

        if (!opened) {

            if (p == r->end || *p != ',') {
                return agt_json_unexpected(r, p, object ? "',' or '}'"
                                                        : "',' or ']'");
            }

            p = agt_json_read_space(r, p + 1);
        }

        container->count++;

        return object ? agt_json_read_key(r, p) : p;
    }

    return p;
}


static const char *
agt_json_read_key(agt_json_reader_t *r, const char *p)
{
    const char  *start;

    start = p;

    if (r->nodes[r->current].count > r->limits.max_keys) {
        agt_error_set(r->err, "an object of more than %u members",
                      (unsigned) r->limits.max_keys);
        return agt_json_refuse(r, p);
    }

    if (p == r->end || *p != '"') {
        return agt_json_unexpected(r, p, "a key");
    }

    p = agt_json_read_string(r, p, AGT_JSON_KEY);
    if (p == NULL) {
        return NULL;
    }

    if (agt_json_key_hash(r, &r->nodes[r->n - 1]) != AGT_OK) {
        r->rc = AGT_ERROR;
        return NULL;
    }

    p = agt_json_read_space(r, p);

    if (p == r->end || *p != ':') {

        /* nothing but a member leaves a key in the table */

        r->n--;

        if (p == r->end) {
            agt_error_set(r->err, "the text ends behind a key");
            return agt_json_refuse(r, start);
        }

        return agt_json_unexpected(r, p, "':'");
    }

    return agt_json_read_space(r, p + 1);
}


static const char *
agt_json_read_string(agt_json_reader_t *r, const char *p, uint8_t flags)
{
    const char  *start;

    start = ++p;

    for ( ;; ) {
        p = agt_scan_string(p, r->end);

        if (p == r->end) {
            agt_error_set(r->err, "a string without its closing quote");
            return agt_json_refuse(r, start - 1);
        }

        if (*p == '"') {
            break;
        }

        if (*p != '\\') {
            agt_error_set(r->err, "control character 0x%02x in a string",
                          (unsigned) *p);
            return agt_json_refuse(r, p);
        }

        p = agt_json_read_escape(r, p);
        if (p == NULL) {
            return NULL;
        }

        flags |= AGT_JSON_ESCAPED;
    }

    if ((size_t) (p - r->start) > r->valid) {

        /* nobody looked yet, or there is a reason */

        r->valid += agt_utf8_valid(agt_str_make(r->start + r->valid,
                                                (size_t) (p - r->start)
                                                - r->valid));

        if ((size_t) (p - r->start) > r->valid) {
            return agt_json_unexpected(r, r->start + r->valid, "UTF-8");
        }
    }

    if (agt_json_add(r, start, (size_t) (p - start), AGT_JSON_STRING, flags)
        == NULL)
    {
        return NULL;
    }

    return p + 1;
}


static const char *
agt_json_read_escape(agt_json_reader_t *r, const char *p)
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


static const char *
agt_json_read_number(agt_json_reader_t *r, const char *p)
{
    uint8_t      flags;
    const char  *start;

    start = p;
    flags = AGT_JSON_INTEGER;

    if (*p == '-') {
        p++;
    }

    if (p < r->end && *p == '0') {
        p++;

        if (p < r->end && agt_scan_is(*p, AGT_BYTE_DIGIT)) {
            agt_error_set(r->err, "a number with a leading zero");
            return agt_json_refuse(r, start);
        }

    } else {
        p = agt_json_read_digits(r, p);
    }

    if (p != NULL && p < r->end && *p == '.') {
        flags = 0;
        p = agt_json_read_digits(r, p + 1);
    }

    if (p != NULL && p < r->end && (*p == 'e' || *p == 'E')) {
        flags = 0;
        p++;

        if (p < r->end && (*p == '+' || *p == '-')) {
            p++;
        }

        p = agt_json_read_digits(r, p);
    }

    if (p == NULL
        || agt_json_add(r, start, (size_t) (p - start), AGT_JSON_NUMBER, flags)
           == NULL)
    {
        return NULL;
    }

    return p;
}


static const char *
agt_json_read_digits(agt_json_reader_t *r, const char *p)
{
    if (p == r->end || !agt_scan_is(*p, AGT_BYTE_DIGIT)) {
        return agt_json_unexpected(r, p, "a digit");
    }

    do {
        p++;
    } while (p < r->end && agt_scan_is(*p, AGT_BYTE_DIGIT));

    return p;
}


static const char *
agt_json_read_literal(agt_json_reader_t *r, const char *p)
{
    size_t    i;
    uint8_t   type, flags;
    agt_str_t  word;

    static const agt_str_t  words[] = {
        agt_string("true"), agt_string("false"), agt_string("null")
    };

    i = (*p == 't') ? 0 : (*p == 'f') ? 1 : 2;
    word = words[i];
    type = (i == 2) ? AGT_JSON_NULL : AGT_JSON_BOOLEAN;
    flags = (i == 0) ? AGT_JSON_TRUE : 0;

    if ((size_t) (r->end - p) < word.len
        || memcmp(p, word.data, word.len) != 0)
    {
        return agt_json_unexpected(r, p, "a value");
    }

    if (agt_json_add(r, p, word.len, type, flags) == NULL) {
        return NULL;
    }

    return p + word.len;
}


static const char *
agt_json_read_space(agt_json_reader_t *r, const char *p)
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


static const char *
agt_json_open(agt_json_reader_t *r, const char *p, uint8_t type)
{
    agt_json_node_t  *node;

    if (r->depth == r->limits.max_depth) {
        agt_error_set(r->err, "nested deeper than %u",
                      (unsigned) r->limits.max_depth);
        return agt_json_refuse(r, p);
    }

    node = agt_json_add(r, p, 0, type, 0);
    if (node == NULL) {
        return NULL;
    }

    node->next = r->current;
    r->current = r->n - 1;
    r->depth++;

    return p + 1;
}


static const char *
agt_json_close(agt_json_reader_t *r, const char *p)
{
    int               rc;
    uint32_t          current;
    agt_json_node_t  *node;

    current = r->current;
    node = &r->nodes[current];

    node->len = (uint32_t) (p + 1 - r->start) - node->off;

    r->current = node->next;
    r->depth--;
    node->next = r->n;

    if (node->type == AGT_JSON_OBJECT && node->count > 1) {

        rc = (node->count <= AGT_JSON_PAIRWISE)
             ? agt_json_unique_pairs(r, current)
             : agt_json_unique_table(r, current);

        if (rc != AGT_OK) {
            r->rc = rc;
            return NULL;
        }
    }

    return p + 1;
}


static agt_json_node_t *
agt_json_add(agt_json_reader_t *r, const char *p, size_t len, uint8_t type,
    uint8_t flags)
{
    agt_json_node_t  *node;

    if (r->n == r->size && agt_json_grow(r, p) != AGT_OK) {
        return NULL;
    }

    node = &r->nodes[r->n++];

    node->off = (uint32_t) (p - r->start);
    node->len = (uint32_t) len;
    node->next = r->n;
    node->count = 0;
    node->type = type;
    node->flags = flags;

    return node;
}


static int
agt_json_grow(agt_json_reader_t *r, const char *p)
{
    size_t            size;
    agt_json_node_t  *nodes;

    if (r->n == r->limits.max_nodes) {
        agt_error_set(r->err, "more than %u values",
                      (unsigned) r->limits.max_nodes);
        (void) agt_json_refuse(r, p);

        return AGT_DECLINED;
    }

    size = r->n + 1 + agt_json_bound(p, r->end);
    size = agt_min(size, r->limits.max_nodes);

    nodes = agt_alloc(r->mem, size * sizeof(agt_json_node_t));
    if (nodes == NULL) {
        r->rc = AGT_ERROR;
        return AGT_ERROR;
    }

    memcpy(nodes, r->nodes, r->n * sizeof(agt_json_node_t));

    r->nodes = nodes;
    r->size = (uint32_t) size;

    return AGT_OK;
}


/* all nodes but a document's first stand behind one of four characters */

static size_t
agt_json_bound(const char *p, const char *end)
{
    size_t  n;

    n = 0;

    while (p < end) {
        n += (*p == ',' || *p == ':' || *p == '[' || *p == '{');
        p++;
    }

    return n;
}


/* of the key as it reads: "\u0061" has the hash of "a" */

static int
agt_json_key_hash(agt_json_reader_t *r, agt_json_node_t *key)
{
    char        *p;
    const char  *pos;

    pos = r->start + key->off;

    if (!(key->flags & AGT_JSON_ESCAPED)) {

        key->count = (key->len <= 16 && r->end - pos >= 16)
                     ? agt_json_hash_short(pos, key->len)
                     : agt_json_hash(agt_str_make(pos, key->len));

        return AGT_OK;
    }

    p = agt_alloc(r->mem, key->len + AGT_JSON_SLACK);
    if (p == NULL) {
        return AGT_ERROR;
    }

    key->count = agt_json_hash(agt_str_make(p,
                     (size_t) (agt_json_decode(p, &pos, pos + key->len,
                                               pos + key->len)
                               - p)));

    return AGT_OK;
}


static int
agt_json_unique_pairs(agt_json_reader_t *r, uint32_t object)
{
    uint32_t  i, j, n, end, hash, keys[AGT_JSON_PAIRWISE];

    n = 0;
    end = r->nodes[object].next;

    for (i = object + 1; i < end; i = r->nodes[i + 1].next) {

        hash = r->nodes[i].count;

        for (j = 0; j < n; j++) {
            if (r->nodes[keys[j]].count == hash
                && agt_json_different(r, keys[j], i) != AGT_OK)
            {
                return AGT_DECLINED;
            }
        }

        keys[n++] = i;
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
    agt_error_locate(r->err, agt_str_make(r->start, (size_t) (r->end - r->start)),
                     (size_t) (p - r->start));
    r->rc = AGT_DECLINED;

    return NULL;
}
