
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Questions about a document's nodes.
 */


#include "agt_json_text.h"


/* 2^63 has 19 digits */

#define AGT_JSON_INT64_DIGITS   19

/* beyond the length of any text: an exponent of more has the same effect */

#define AGT_JSON_EXPONENT_MAX   ((int64_t) 1 << 40)


/* value * 10^exp, exactly; of zero, only the value counts */

typedef struct {
    uint64_t  value;
    int64_t   exp;
    int64_t   digits;     /* of value: from AGT_JSON_INT64_DIGITS + 1 on it is
                             not kept */
} agt_json_decimal_t;


static void agt_json_decimal(agt_json_decimal_t *d, const char *p,
    const char *end);
static int64_t agt_json_exponent(const char *p, const char *end);
static uint32_t agt_json_child_with(const agt_json_t *doc, uint32_t parent,
    uint32_t i, uint32_t *index);
static int agt_json_pointer_key(const agt_json_t *doc, uint32_t key,
    agt_buf_t *buf);


uint32_t
agt_json_member(const agt_json_t *doc, uint32_t object, agt_str_t key)
{
    uint32_t                i, hash, end;
    const agt_json_node_t  *nodes;

    nodes = doc->nodes;

    if (nodes[object].type != AGT_JSON_OBJECT || nodes[object].count == 0) {
        return AGT_JSON_NONE;
    }

    hash = agt_json_hash(key);
    end = nodes[object].next;

    for (i = object + 1; i < end; i = nodes[i + 1].next) {
        if (nodes[i].count == hash && agt_json_string_is(doc, i, key)) {
            return i + 1;
        }
    }

    return AGT_JSON_NONE;
}


agt_str_t
agt_json_raw(const agt_json_t *doc, uint32_t i)
{
    const char             *p;
    const agt_json_node_t  *node;

    node = &doc->nodes[i];
    p = doc->text.data + node->off;

    if (node->type == AGT_JSON_STRING) {
        return agt_str_make(p - 1, (size_t) node->len + 2);
    }

    return agt_str_make(p, node->len);
}


int
agt_json_int64(const agt_json_t *doc, uint32_t i, int64_t *value)
{
    bool                    negative;
    uint64_t                limit;
    const char             *p;
    agt_json_decimal_t      d;
    const agt_json_node_t  *node;

    node = &doc->nodes[i];

    if (node->type != AGT_JSON_NUMBER) {
        return AGT_DECLINED;
    }

    p = doc->text.data + node->off;
    negative = (*p == '-');
    limit = (uint64_t) INT64_MAX + negative;

    agt_json_decimal(&d, p + negative, p + node->len);

    if (d.value == 0) {
        *value = 0;
        return AGT_OK;
    }

    if (d.exp < 0 || d.digits + d.exp > AGT_JSON_INT64_DIGITS) {
        return AGT_DECLINED;
    }

    while (d.exp-- > 0) {
        d.value *= 10;
    }

    if (d.value > limit) {
        return AGT_DECLINED;
    }

    *value = negative ? -(int64_t) (d.value - 1) - 1 : (int64_t) d.value;

    return AGT_OK;
}


/* zeros count only once a digit follows them, and none before the first */

static void
agt_json_decimal(agt_json_decimal_t *d, const char *p, const char *end)
{
    bool     fraction;
    int64_t  zeros;

    d->value = 0;
    d->exp = 0;
    d->digits = 0;

    zeros = 0;
    fraction = false;

    for ( /* void */ ; p < end && *p != 'e' && *p != 'E'; p++) {

        if (*p == '.') {
            fraction = true;
            continue;
        }

        d->exp -= fraction;

        if (*p == '0') {
            zeros += (d->value != 0);
            continue;
        }

        d->digits += zeros + 1;

        if (d->digits <= AGT_JSON_INT64_DIGITS) {

            for ( /* void */ ; zeros > 0; zeros--) {
                d->value *= 10;
            }

            d->value = d->value * 10 + (uint64_t) (*p - '0');
        }

        zeros = 0;
    }

    d->exp += zeros;

    if (p < end) {
        d->exp += agt_json_exponent(p + 1, end);
    }
}


static int64_t
agt_json_exponent(const char *p, const char *end)
{
    bool     negative;
    int64_t  n;

    negative = (*p == '-');

    if (*p == '-' || *p == '+') {
        p++;
    }

    for (n = 0; p < end && n < AGT_JSON_EXPONENT_MAX; p++) {
        n = n * 10 + (*p - '0');
    }

    return negative ? -n : n;
}


int
agt_json_pointer(const agt_json_t *doc, uint32_t i, agt_buf_t *buf)
{
    uint32_t  parent, child, index;

    /* a key's value is in its place */

    if (doc->nodes[i].flags & AGT_JSON_KEY) {
        i++;
    }

    for (parent = 0; parent != i; parent = child) {

        child = agt_json_child_with(doc, parent, i, &index);

        (void) agt_buf_char(buf, '/');

        if (doc->nodes[parent].type == AGT_JSON_OBJECT) {
            (void) agt_json_pointer_key(doc, child - 1, buf);

        } else {
            (void) agt_buf_uint(buf, index);
        }
    }

    return buf->failed ? AGT_ERROR : AGT_OK;
}


/* the child of parent that is node i, or has it inside */

static uint32_t
agt_json_child_with(const agt_json_t *doc, uint32_t parent, uint32_t i,
    uint32_t *index)
{
    bool      object;
    uint32_t  child;

    object = (doc->nodes[parent].type == AGT_JSON_OBJECT);
    child = parent + 1 + object;

    for (*index = 0; doc->nodes[child].next <= i; (*index)++) {
        child = doc->nodes[child].next + object;
    }

    return child;
}


static int
agt_json_pointer_key(const agt_json_t *doc, uint32_t key, agt_buf_t *buf)
{
    size_t             i, start;
    agt_str_t          piece;
    agt_json_pieces_t  pieces;

    agt_json_pieces_init(&pieces, doc, key);

    while (agt_json_pieces_next(&pieces, &piece)) {

        start = 0;

        for (i = 0; i < piece.len; i++) {

            if (piece.data[i] != '~' && piece.data[i] != '/') {
                continue;
            }

            (void) agt_buf_append(buf, piece.data + start, i - start);
            (void) agt_buf_text(buf, piece.data[i] == '~' ? "~0" : "~1");
            start = i + 1;
        }

        (void) agt_buf_append(buf, piece.data + start, piece.len - start);
    }

    return buf->failed ? AGT_ERROR : AGT_OK;
}


void
agt_json_position(agt_str_t text, size_t offset, uint32_t *line,
    uint32_t *column)
{
    size_t  i, start;

    *line = 1;
    start = 0;

    for (i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n') {
            (*line)++;
            start = i + 1;
        }
    }

    *column = (uint32_t) (offset - start + 1);
}


const char *
agt_json_type_name(uint8_t type)
{
    switch (type) {

    case AGT_JSON_NULL:
        return "null";

    case AGT_JSON_BOOLEAN:
        return "boolean";

    case AGT_JSON_NUMBER:
        return "number";

    case AGT_JSON_STRING:
        return "string";

    case AGT_JSON_ARRAY:
        return "array";

    default:
        return "object";
    }
}
