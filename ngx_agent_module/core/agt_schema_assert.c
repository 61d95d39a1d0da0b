
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The operations that look at one value: scalars, and how many children.
 */


#include <inttypes.h>

#include "agt_schema_run.h"


#define AGT_ASSERT_SMALL    18     /* digits that 64 bits always hold */
#define AGT_ASSERT_PIECE    64     /* bytes that a unit of fuel pays for */
#define AGT_ASSERT_REGEX    4      /* steps of a match that one pays for */


static bool agt_assert_listed(agt_schema_check_t *c,
    const agt_schema_enum_t *e, uint32_t i);
static bool agt_assert_small(const agt_schema_check_t *c, uint32_t i,
    int64_t *value, bool *fraction);
static int agt_assert_compare(const agt_schema_check_t *c,
    const agt_schema_limit_t *limit, uint32_t i);


int
agt_schema_op_enumeration(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    (void) seen;

    if (agt_assert_listed(c, op->u.enumeration, i)) {
        return AGT_OK;
    }

    return c->stop ? AGT_DECLINED : agt_schema_fail_enum(c, op, i);
}


static bool
agt_assert_listed(agt_schema_check_t *c, const agt_schema_enum_t *e,
    uint32_t i)
{
    uint32_t                k, slot;
    uint64_t                hash;
    agt_str_t               s;
    const agt_json_node_t  *n;

    n = &c->nodes[i];

    if (!(e->types & n->type)) {
        return false;
    }

    if (n->type == AGT_JSON_STRING && e->nstrings <= AGT_SCHEMA_ENUM_LINEAR) {

        if (!agt_schema_string(c, i, &s)) {
            return false;
        }

        for (k = 0; k < e->nstrings; k++) {
            if (e->strings[k].len == s.len
                && agt_schema_same(e->strings[k].data, s.data, s.len))
            {
                return true;
            }
        }

        return false;
    }

    hash = agt_schema_hash(c, c->doc, i);

    for (slot = (uint32_t) hash & e->mask;
         e->slots[slot] != 0;
         slot = (slot + 1) & e->mask)
    {
        k = e->slots[slot] - 1;

        if (e->hashes[k] == hash
            && agt_schema_equal(c, c->doc, i, e->doc, e->values[k]))
        {
            return true;
        }
    }

    return false;
}


int
agt_schema_op_limit(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int                        rc;
    const char                *relation;
    const agt_schema_limit_t  *limit;

    (void) seen;

    limit = op->u.limit;

    if (!agt_schema_pay(c, c->nodes[i].len / AGT_ASSERT_PIECE)) {
        return AGT_DECLINED;
    }

    rc = agt_assert_compare(c, limit, i);

    switch (op->kind) {

    case AGT_SCHEMA_OP_MAXIMUM:
        relation = rc > 0 ? "at most" : NULL;
        break;

    case AGT_SCHEMA_OP_EXCL_MAXIMUM:
        relation = rc >= 0 ? "less than" : NULL;
        break;

    case AGT_SCHEMA_OP_MINIMUM:
        relation = rc < 0 ? "at least" : NULL;
        break;

    default: /* AGT_SCHEMA_OP_EXCL_MINIMUM */
        relation = rc <= 0 ? "greater than" : NULL;
        break;
    }

    if (relation == NULL) {
        return AGT_OK;
    }

    return agt_schema_fail(c, op, i, "must be %s %.*s", relation,
                           (int) limit->text.len, limit->text.data);
}


static int
agt_assert_compare(const agt_schema_check_t *c,
    const agt_schema_limit_t *limit, uint32_t i)
{
    bool          fraction;
    int64_t       value;
    agt_number_t  number;

    /* where the integers differ, a fraction makes no difference */

    if (limit->small && agt_assert_small(c, i, &value, &fraction)
        && (!fraction || value != limit->value))
    {
        return (value > limit->value) - (value < limit->value);
    }

    agt_number_read(&number, agt_json_raw(c->doc, i));

    return agt_number_cmp(&number, &limit->number);
}


/* the usual number, without an exponent: its integer, read at once */

static bool
agt_assert_small(const agt_schema_check_t *c, uint32_t i, int64_t *value,
    bool *fraction)
{
    bool                    negative;
    int64_t                 v;
    const char             *p, *end;
    const agt_json_node_t  *n;

    n = &c->nodes[i];

    if (n->len > AGT_ASSERT_SMALL) {
        return false;
    }

    p = c->doc->text.data + n->off;
    end = p + n->len;

    negative = *p == '-';
    p += negative;

    for (v = 0; p < end && *p >= '0' && *p <= '9'; p++) {
        v = v * 10 + (*p - '0');
    }

    *value = negative ? -v : v;
    *fraction = p < end;

    if (p < end && *p == '.') {
        for (p++; p < end && *p >= '0' && *p <= '9'; p++) { /* void */ }
    }

    return p == end;
}


int
agt_schema_op_multiple(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    bool                       valid, fraction;
    int64_t                    value;
    agt_number_t               number;
    const agt_schema_limit_t  *limit;

    (void) seen;

    limit = op->u.limit;

    if (limit->small && agt_assert_small(c, i, &value, &fraction)
        && !fraction)
    {
        valid = value % limit->value == 0;

    } else {
        agt_number_read(&number, agt_json_raw(c->doc, i));

        if (!agt_schema_pay(c, agt_number_multiple_cost(&number,
                                                        &limit->number)))
        {
            return AGT_DECLINED;
        }

        valid = agt_number_is_multiple(&number, &limit->number);
    }

    if (valid) {
        return AGT_OK;
    }

    return agt_schema_fail(c, op, i, "must be a multiple of %.*s",
                           (int) limit->text.len, limit->text.data);
}


/*
 * A character has one to four bytes, or twelve as two escapes, so that most
 * lengths are known to be right without counting.
 */

int
agt_schema_op_length(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    bool                    max;
    size_t                  length, longest;
    agt_str_t               s;
    const agt_json_node_t  *n;

    (void) seen;

    n = &c->nodes[i];
    max = op->kind == AGT_SCHEMA_OP_MAX_LENGTH;

    longest = n->flags & AGT_JSON_ESCAPED ? 12 : 4;

    if (max ? n->len <= op->u.number
        : (n->len + longest - 1) / longest >= op->u.number)
    {
        return AGT_OK;
    }

    if (!agt_schema_pay(c, n->len / AGT_ASSERT_PIECE)
        || !agt_schema_string(c, i, &s))
    {
        return AGT_DECLINED;
    }

    length = agt_utf8_length(s);

    if (max ? length <= op->u.number : length >= op->u.number) {
        return AGT_OK;
    }

    return agt_schema_fail(c, op, i, "must have at %s %" PRIu64 " character%s",
                           max ? "most" : "least", op->u.number,
                           op->u.number == 1 ? "" : "s");
}


int
agt_schema_op_format(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    agt_str_t  s;

    (void) seen;

    if (!agt_schema_pay(c, c->nodes[i].len / 4 * op->u.format->cost)
        || !agt_schema_string(c, i, &s))
    {
        return AGT_DECLINED;
    }

    if (op->u.format->valid(s)) {
        return AGT_OK;
    }

    return agt_schema_fail(c, op, i, "must match format \"%s\"",
                           op->u.format->name);
}


int
agt_schema_op_pattern(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    agt_str_t                    s;
    const agt_schema_pattern_t  *pattern;

    (void) seen;

    pattern = op->u.pattern;

    if (!agt_schema_string(c, i, &s)) {
        return AGT_DECLINED;
    }

    if (agt_schema_match(c, pattern, s, i)) {
        return AGT_OK;
    }

    if (c->stop) {
        return AGT_DECLINED;
    }

    return agt_schema_fail(c, op, i, "must match pattern \"%.*s\"",
                           agt_schema_shown(pattern->text),
                           pattern->text.data);
}


bool
agt_schema_match(agt_schema_check_t *c, const agt_schema_pattern_t *pattern,
    agt_str_t s, uint32_t i)
{
    int       rc;
    uint64_t  fuel;

    fuel = agt_min(c->fuel, UINT64_MAX / AGT_ASSERT_REGEX) * AGT_ASSERT_REGEX;

    rc = agt_regex_match(pattern->regex, s, 0, NULL, &fuel);

    c->fuel = fuel / AGT_ASSERT_REGEX;

    switch (rc) {

    case AGT_OK:
        return true;

    case AGT_DECLINED:
        return false;

    case AGT_AGAIN:
        (void) agt_schema_give_up(c, i,
                                  "takes too many steps to match a pattern");
        return false;

    default:
        (void) agt_schema_no_memory(c);
        return false;
    }
}


int
agt_schema_op_count(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    bool         max, object;
    uint32_t     count;
    const char  *what;

    (void) seen;

    count = c->nodes[i].count;

    object = op->kind == AGT_SCHEMA_OP_MAX_PROPERTIES
             || op->kind == AGT_SCHEMA_OP_MIN_PROPERTIES;

    max = op->kind == AGT_SCHEMA_OP_MAX_ITEMS
          || op->kind == AGT_SCHEMA_OP_MAX_PROPERTIES;

    if (max ? count <= op->u.number : count >= op->u.number) {
        return AGT_OK;
    }

    if (object) {
        what = op->u.number == 1 ? "property" : "properties";

    } else {
        what = op->u.number == 1 ? "item" : "items";
    }

    return agt_schema_fail(c, op, i, "must have at %s %" PRIu64 " %s, not %u",
                           max ? "most" : "least", op->u.number, what, count);
}
