
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Values as such: numbers are equal by what they mean, strings by their
 * characters, objects whatever the order of their members.  What is compared
 * may be in two documents.
 */


#include "agt_schema_run.h"


#define AGT_VALUE_PIECE   64      /* bytes that a unit of fuel pays for */


static bool agt_value_equal_strings(agt_schema_check_t *c, const agt_json_t *a,
    uint32_t i, const agt_json_t *b, uint32_t k);
static bool agt_value_equal_objects(agt_schema_check_t *c, const agt_json_t *a,
    uint32_t i, const agt_json_t *b, uint32_t k);
static uint32_t agt_value_same_key(agt_schema_check_t *c, const agt_json_t *a,
    uint32_t key, const agt_json_t *b, uint32_t object, uint32_t from);
static void agt_value_number(agt_number_t *number, const agt_json_t *doc,
    uint32_t i);


bool
agt_schema_equal(agt_schema_check_t *c, const agt_json_t *a, uint32_t i,
    const agt_json_t *b, uint32_t k)
{
    uint32_t                end;
    agt_number_t            x, y;
    const agt_json_node_t  *m, *n;

    m = &a->nodes[i];
    n = &b->nodes[k];

    if (m->type != n->type || !agt_schema_pay(c, 1)) {
        return false;
    }

    switch (m->type) {

    case AGT_JSON_BOOLEAN:
        return ((m->flags ^ n->flags) & AGT_JSON_TRUE) == 0;

    case AGT_JSON_NUMBER:
        agt_value_number(&x, a, i);
        agt_value_number(&y, b, k);
        return agt_schema_pay(c, (m->len + n->len) / AGT_VALUE_PIECE)
               && agt_number_cmp(&x, &y) == 0;

    case AGT_JSON_STRING:
        return agt_value_equal_strings(c, a, i, b, k);

    case AGT_JSON_ARRAY:
        if (m->count != n->count) {
            return false;
        }

        end = m->next;

        for (i++, k++; i < end; i = a->nodes[i].next, k = b->nodes[k].next) {
            if (!agt_schema_equal(c, a, i, b, k)) {
                return false;
            }
        }

        return true;

    case AGT_JSON_OBJECT:
        return m->count == n->count && agt_value_equal_objects(c, a, i, b, k);
    }

    return true;
}


static void
agt_value_number(agt_number_t *number, const agt_json_t *doc, uint32_t i)
{
    agt_number_read(number, agt_json_raw(doc, i));
}


static bool
agt_value_equal_strings(agt_schema_check_t *c, const agt_json_t *a, uint32_t i,
    const agt_json_t *b, uint32_t k)
{
    agt_str_t               s, t;
    const agt_json_node_t  *m, *n;

    m = &a->nodes[i];
    n = &b->nodes[k];

    s = agt_str_make(a->text.data + m->off, m->len);
    t = agt_str_make(b->text.data + n->off, n->len);

    if (!agt_schema_pay(c, (s.len + t.len) / AGT_VALUE_PIECE)) {
        return false;
    }

    if (!(n->flags & AGT_JSON_ESCAPED)) {
        return agt_json_string_is(a, i, t);
    }

    if (!(m->flags & AGT_JSON_ESCAPED)) {
        return agt_json_string_is(b, k, s);
    }

    c->decoded = AGT_JSON_NONE;
    agt_buf_reset(&c->buf);

    if (agt_json_unescape(&c->buf, t) != AGT_OK) {
        (void) agt_schema_no_memory(c);
        return false;
    }

    return agt_json_string_is(a, i, agt_buf_slice(&c->buf));
}


/*
 * Both have equally many members, and no key twice.  A member is looked for
 * from where the one before was found, so that equal orders cost one pass.
 */

static bool
agt_value_equal_objects(agt_schema_check_t *c, const agt_json_t *a, uint32_t i,
    const agt_json_t *b, uint32_t k)
{
    uint32_t  key, other;

    other = k + 1;

    for (key = i + 1;
         key < a->nodes[i].next;
         key = a->nodes[key + 1].next)
    {
        other = agt_value_same_key(c, a, key, b, k, other);

        if (other == AGT_JSON_NONE
            || !agt_schema_equal(c, a, key + 1, b, other + 1))
        {
            return false;
        }

        other = b->nodes[other + 1].next;
    }

    return true;
}


/* the key of an object that is the same, from "from" on and then around */

static uint32_t
agt_value_same_key(agt_schema_check_t *c, const agt_json_t *a, uint32_t key,
    const agt_json_t *b, uint32_t object, uint32_t from)
{
    uint32_t  left, hash, end;

    hash = a->nodes[key].count;
    end = b->nodes[object].next;

    for (left = b->nodes[object].count; left != 0; left--) {

        if (from == end) {
            from = object + 1;
        }

        if (b->nodes[from].count == hash
            && agt_value_equal_strings(c, a, key, b, from))
        {
            return from;
        }

        if (!agt_schema_pay(c, 1)) {
            return AGT_JSON_NONE;
        }

        from = b->nodes[from + 1].next;
    }

    return AGT_JSON_NONE;
}


/*
 * The hashes of strings, and with them all of it, are seeded: values that
 * collide can't be chosen.
 */

uint64_t
agt_schema_hash(agt_schema_check_t *c, const agt_json_t *doc, uint32_t i)
{
    uint32_t                k, end;
    uint64_t                h, sum;
    agt_str_t               s = agt_null_string;
    agt_number_t            number;
    const agt_json_node_t  *n;

    n = &doc->nodes[i];

    if (!agt_schema_pay(c, 1)) {
        return 0;
    }

    switch (n->type) {

    case AGT_JSON_BOOLEAN:
        return agt_number_mix(n->type, n->flags & AGT_JSON_TRUE);

    case AGT_JSON_NUMBER:
        (void) agt_schema_pay(c, n->len / AGT_VALUE_PIECE);
        agt_value_number(&number, doc, i);
        return agt_number_hash(&number, agt_json_hash(s));

    case AGT_JSON_STRING:
        s = agt_str_make(doc->text.data + n->off, n->len);
        (void) agt_schema_pay(c, n->len / AGT_VALUE_PIECE);

        if (n->flags & AGT_JSON_ESCAPED) {
            c->decoded = AGT_JSON_NONE;
            agt_buf_reset(&c->buf);

            if (agt_json_unescape(&c->buf, s) != AGT_OK) {
                (void) agt_schema_no_memory(c);
                return 0;
            }

            s = agt_buf_slice(&c->buf);
        }

        return agt_number_mix(n->type, agt_json_hash(s));

    case AGT_JSON_ARRAY:
        h = n->type;
        end = n->next;

        for (k = i + 1; k < end; k = doc->nodes[k].next) {
            h = agt_number_mix(h, agt_schema_hash(c, doc, k));
        }

        return h;

    case AGT_JSON_OBJECT:

        /* a sum does not know the order of what was added */

        sum = n->type;
        end = n->next;

        for (k = i + 1; k < end; k = doc->nodes[k + 1].next) {
            h = agt_number_mix(n->type, doc->nodes[k].count);
            sum += agt_number_mix(h, agt_schema_hash(c, doc, k + 1));
        }

        return sum;
    }

    return n->type;
}
