
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The operations that apply further schemas to the same instance.
 */


#include "agt_schema_run.h"


/* how the nearest of alternatives failed */

typedef struct {
    uint32_t  node;
    uint32_t  failed;
    unsigned  rank;          /* 0: all so far had another type */
    uint8_t   types;         /* that those expected */
} agt_apply_nearest_t;


static uint32_t agt_apply_target(agt_schema_check_t *c,
    const agt_schema_op_t *op);
static uint32_t agt_apply_anchor(const agt_schema_t *schema, uint32_t name,
    uint32_t resource);
static int agt_apply_branch(agt_schema_check_t *c, uint32_t node, uint32_t i,
    agt_schema_seen_t *seen);
static void agt_apply_compare(const agt_schema_check_t *c,
    agt_apply_nearest_t *nearest, uint32_t node, uint32_t i);
static int agt_apply_none(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, const agt_apply_nearest_t *nearest);


int
agt_schema_op_ref(agt_schema_check_t *c, const agt_schema_op_t *op, uint32_t i,
    agt_schema_seen_t *seen)
{
    return agt_schema_apply(c, op, op->n, i, seen);
}


int
agt_schema_op_dynamic_ref(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    return agt_schema_apply(c, op, agt_apply_target(c, op), i, seen);
}


/* the outermost resource that was entered and has the anchor decides */

static uint32_t
agt_apply_target(agt_schema_check_t *c, const agt_schema_op_t *op)
{
    uint32_t                   node, target;
    const agt_schema_scope_t  *scope;

    target = op->n;

    for (scope = c->scope; scope != NULL; scope = scope->outer) {

        if (!agt_schema_pay(c, 1)) {
            break;
        }

        node = agt_apply_anchor(c->schema, (uint32_t) op->u.number,
                                scope->resource);

        if (node != AGT_SCHEMA_NONE) {
            target = node;
        }
    }

    return target;
}


static uint32_t
agt_apply_anchor(const agt_schema_t *schema, uint32_t name, uint32_t resource)
{
    uint32_t                    low, high, middle;
    const agt_schema_anchor_t  *a;

    low = 0;
    high = schema->nanchors;

    while (low < high) {
        middle = low + (high - low) / 2;
        a = &schema->anchors[middle];

        if (a->name == name && a->resource == resource) {
            return a->node;
        }

        if (a->name < name || (a->name == name && a->resource < resource)) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return AGT_SCHEMA_NONE;
}


int
agt_schema_op_all_of(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int       rc;
    uint32_t  k;

    rc = AGT_OK;

    for (k = 0; k < op->n; k++) {
        if (agt_schema_apply(c, op, op->u.nodes[k], i, seen) != AGT_OK) {
            rc = AGT_DECLINED;

            if (c->quick) {
                break;
            }
        }
    }

    return rc;
}


/* the first valid one decides, unless others would see more */

int
agt_schema_op_any_of(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    uint32_t             k, valid;
    agt_apply_nearest_t  nearest;

    memset(&nearest, 0, sizeof(agt_apply_nearest_t));

    valid = 0;

    for (k = 0; k < op->n; k++) {

        if (agt_apply_branch(c, op->u.nodes[k], i, seen) == AGT_OK) {
            valid++;

            if (seen == NULL) {
                break;
            }

            continue;
        }

        if (c->stop) {
            return AGT_DECLINED;
        }

        agt_apply_compare(c, &nearest, op->u.nodes[k], i);
    }

    return valid != 0 ? AGT_OK : agt_apply_none(c, op, i, &nearest);
}


int
agt_schema_op_one_of(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    uint32_t             k, first, valid;
    agt_apply_nearest_t  nearest;

    memset(&nearest, 0, sizeof(agt_apply_nearest_t));

    valid = 0;
    first = 0;

    for (k = 0; k < op->n; k++) {

        if (agt_apply_branch(c, op->u.nodes[k], i, seen) == AGT_OK) {

            if (valid == 1) {
                return agt_schema_fail(c, op, i, "must match exactly one of %u"
                                       " alternatives, not both %u and %u",
                                       op->n, first, k);
            }

            valid = 1;
            first = k;
            continue;
        }

        if (c->stop) {
            return AGT_DECLINED;
        }

        agt_apply_compare(c, &nearest, op->u.nodes[k], i);
    }

    return valid != 0 ? AGT_OK : agt_apply_none(c, op, i, &nearest);
}


/* what a branch sees counts only if the instance is valid by it */

static int
agt_apply_branch(agt_schema_check_t *c, uint32_t node, uint32_t i,
    agt_schema_seen_t *seen)
{
    int                 rc;
    agt_scratch_t       mark;
    agt_schema_seen_t  *own;

    if (seen == NULL) {
        return agt_schema_try(c, node, i, NULL);
    }

    mark = agt_schema_mark(c);

    own = agt_schema_seen(c, i);
    if (own == NULL) {
        return AGT_DECLINED;
    }

    rc = agt_schema_try(c, node, i, own);

    if (rc == AGT_OK) {
        agt_schema_seen_merge(seen, own);
    }

    agt_schema_unmark(c, mark);

    return rc;
}


/*
 * An alternative is the nearer the later in the instance it failed.  One that
 * failed at a constant is not meant, most likely, and one of another type
 * hardly ever: of such only the types are noted.
 */

static void
agt_apply_compare(const agt_schema_check_t *c, agt_apply_nearest_t *nearest,
    uint32_t node, uint32_t i)
{
    unsigned  rank;

    if (c->failed_kind == AGT_SCHEMA_OP_N && c->failed == i) {
        nearest->types |= c->failed_types;
        return;
    }

    rank = c->failed_kind == AGT_SCHEMA_OP_ENUM
           || c->failed_kind == AGT_SCHEMA_OP_CONST ? 1 : 2;

    if (rank > nearest->rank
        || (rank == nearest->rank && c->failed > nearest->failed))
    {
        nearest->node = node;
        nearest->failed = c->failed;
        nearest->rank = rank;
    }
}


/* one violation for all, with the first one of the nearest alternative */

static int
agt_apply_none(agt_schema_check_t *c, const agt_schema_op_t *op, uint32_t i,
    const agt_apply_nearest_t *nearest)
{
    bool                  quick, naming;
    char                  text[80];
    agt_buf_t             buf;
    agt_violation_t      *v;
    agt_schema_report_t   own, *report;

    if (c->report == NULL) {
        return agt_schema_fail(c, op, i, "%s", "");
    }

    if (nearest->rank == 0 && nearest->types != 0) {
        agt_buf_fixed(&buf, text, sizeof(text));
        agt_schema_types(&buf, nearest->types);

        return agt_schema_fail(c, op, i, "must be %.*s, not %s",
                               (int) buf.len, text,
                               agt_json_type_name(c->nodes[i].type));
    }

    memset(&own, 0, sizeof(agt_schema_report_t));

    own.max = 1;

    if (nearest->rank != 0) {
        report = c->report;
        quick = c->quick;

        naming = c->naming;

        c->report = &own;
        c->quick = true;
        c->naming = false;

        (void) agt_schema_run(c, nearest->node, i, NULL);

        c->report = report;
        c->naming = naming;
        c->quick = quick || c->stop;

        if (c->stop) {
            return AGT_DECLINED;
        }
    }

    if (own.n == 0) {
        return agt_schema_fail(c, op, i, "must match one of %u alternatives",
                               op->n);
    }

    v = &own.violations[0];

    if (nearest->failed == i) {
        return agt_schema_fail(c, op, i, "must match one of %u alternatives;"
                               " by the nearest, it %.*s", op->n,
                               (int) v->message.len, v->message.data);
    }

    return agt_schema_fail(c, op, i, "must match one of %u alternatives; by"
                           " the nearest, \"%.*s\" %.*s", op->n,
                           agt_schema_shown(v->pointer), v->pointer.data,
                           (int) v->message.len, v->message.data);
}


int
agt_schema_op_not(agt_schema_check_t *c, const agt_schema_op_t *op, uint32_t i,
    agt_schema_seen_t *seen)
{
    (void) seen;

    if (agt_schema_try(c, op->n, i, NULL) == AGT_OK) {
        return agt_schema_fail(c, op, i,
                               "must not match the schema in \"not\"");
    }

    return c->stop ? AGT_DECLINED : AGT_OK;
}


int
agt_schema_op_condition(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int                            rc;
    uint32_t                       node;
    const agt_schema_condition_t  *condition;

    condition = op->u.condition;

    /* alone it matters only by what it sees */

    if (condition->then_node == AGT_SCHEMA_TRUE
        && condition->else_node == AGT_SCHEMA_TRUE && seen == NULL)
    {
        return AGT_OK;
    }

    rc = agt_apply_branch(c, condition->if_node, i, seen);

    if (c->stop) {
        return AGT_DECLINED;
    }

    node = rc == AGT_OK ? condition->then_node : condition->else_node;

    if (node == AGT_SCHEMA_FALSE) {
        return agt_schema_fail_keyword(c, rc == AGT_OK ? "then" : "else", i,
                                       "is not allowed here");
    }

    return agt_schema_run(c, node, i, seen);
}
