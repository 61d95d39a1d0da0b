
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Finds nodes that apply themselves to the instance that they were applied
 * to: such a check would never end.  A reference that goes into the instance
 * first is fine, since instances do end.  What $dynamicRef may lead to is not
 * known here: that is left to the depth of a check.
 */


#include "agt_schema_build.h"


typedef enum {
    AGT_LOOP_NEW = 0,
    AGT_LOOP_OPEN,          /* on the way from where we began */
    AGT_LOOP_DONE
} agt_loop_state_e;


/* the nodes that each applies in place: targets[first[i] .. first[i + 1]] */

typedef struct {
    uint32_t  *first;
    uint32_t  *targets;
    uint32_t  *path;        /* nodes that are open */
    uint32_t  *next;        /* of each node, the target to go to next */
    uint8_t   *states;
    uint32_t   n;           /* targets so far */
} agt_loop_t;


static void agt_loop_edges(agt_build_t *b, agt_loop_t *l);
static void agt_loop_op(const agt_schema_op_t *op, agt_loop_t *l);
static void agt_loop_edge(agt_loop_t *l, uint32_t target);
static uint32_t agt_loop_from(agt_loop_t *l, uint32_t start);


int
agt_build_loops(agt_build_t *b)
{
    uint32_t    i, found;
    agt_loop_t  l;

    memset(&l, 0, sizeof(agt_loop_t));

    l.first = agt_calloc(b->tmp, (size_t) b->n + 1, sizeof(uint32_t));
    l.path = agt_calloc(b->tmp, b->n, sizeof(uint32_t));
    l.next = agt_calloc(b->tmp, b->n, sizeof(uint32_t));
    l.states = agt_calloc(b->tmp, b->n, 1);

    if (l.first == NULL || l.path == NULL || l.next == NULL
        || l.states == NULL)
    {
        return AGT_ERROR;
    }

    /* once to count them, once to note them */

    agt_loop_edges(b, &l);

    l.targets = agt_calloc(b->tmp, (size_t) l.n + 1, sizeof(uint32_t));
    if (l.targets == NULL) {
        return AGT_ERROR;
    }

    agt_loop_edges(b, &l);

    for (i = 0; i < b->n; i++) {
        found = agt_loop_from(&l, i);

        if (found != AGT_SCHEMA_NONE) {
            b->place = b->places[found];

            return agt_build_error(b, b->place.node, "leads back to itself,"
                                   " and not to a part of the instance");
        }
    }

    return AGT_OK;
}


static void
agt_loop_edges(agt_build_t *b, agt_loop_t *l)
{
    uint32_t                  i, k;
    const agt_schema_node_t  *node;

    l->n = 0;

    for (i = 0; i < b->n; i++) {
        node = &b->nodes[i];

        l->first[i] = l->n;
        l->next[i] = l->n;

        for (k = 0; k < node->nops; k++) {
            agt_loop_op(&b->ops[node->ops + k], l);
        }
    }

    l->first[i] = l->n;
}


static void
agt_loop_op(const agt_schema_op_t *op, agt_loop_t *l)
{
    uint32_t  i;

    switch (op->kind) {

    case AGT_SCHEMA_OP_REF:
    case AGT_SCHEMA_OP_NOT:
        agt_loop_edge(l, op->n);
        break;

    case AGT_SCHEMA_OP_ALL_OF:
    case AGT_SCHEMA_OP_ANY_OF:
    case AGT_SCHEMA_OP_ONE_OF:
        for (i = 0; i < op->n; i++) {
            agt_loop_edge(l, op->u.nodes[i]);
        }

        break;

    case AGT_SCHEMA_OP_IF:
        agt_loop_edge(l, op->u.condition->if_node);
        agt_loop_edge(l, op->u.condition->then_node);
        agt_loop_edge(l, op->u.condition->else_node);
        break;

    case AGT_SCHEMA_OP_SCHEMAS_IF:
        for (i = 0; i < op->n; i++) {
            agt_loop_edge(l, op->u.dependencies[i].node);
        }

        break;
    }
}


static void
agt_loop_edge(agt_loop_t *l, uint32_t target)
{
    if (l->targets != NULL) {
        l->targets[l->n] = target;
    }

    l->n++;
}


/* a walk in depth; a node of a loop, or AGT_SCHEMA_NONE */

static uint32_t
agt_loop_from(agt_loop_t *l, uint32_t start)
{
    uint32_t  depth, node, target;

    if (l->states[start] != AGT_LOOP_NEW) {
        return AGT_SCHEMA_NONE;
    }

    depth = 0;
    l->path[depth++] = start;
    l->states[start] = AGT_LOOP_OPEN;

    while (depth != 0) {
        node = l->path[depth - 1];

        if (l->next[node] == l->first[node + 1]) {
            l->states[node] = AGT_LOOP_DONE;
            depth--;
            continue;
        }

        target = l->targets[l->next[node]++];

        if (l->states[target] == AGT_LOOP_OPEN) {
            return node;
        }

        if (l->states[target] == AGT_LOOP_NEW) {
            l->path[depth++] = target;
            l->states[target] = AGT_LOOP_OPEN;
        }
    }

    return AGT_SCHEMA_NONE;
}
