
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Keywords that apply further schemas into operations.
 */


#include "agt_schema_compile.h"


int
agt_compile_ref(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    agt_str_t  dynamic;

    return agt_build_target(b, at, &op->n, &dynamic);
}


/* without a dynamic anchor where it leads first, it is a $ref */

int
agt_compile_dynamic_ref(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    int        rc;
    uint32_t   name;
    agt_str_t  dynamic;

    if (at == AGT_JSON_NONE) {
        at = b->values[AGT_KEYWORD_REC_REF];

        rc = agt_build_root(b, at, &op->n, &dynamic);

    } else {
        rc = agt_build_target(b, at, &op->n, &dynamic);
    }

    if (rc != AGT_OK) {
        return rc;
    }

    if (dynamic.data == NULL) {
        op->kind = AGT_SCHEMA_OP_REF;
        return AGT_OK;
    }

    rc = agt_build_dynamic(b, dynamic, at, &name);
    op->u.number = name;

    return rc;
}


int
agt_compile_list(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    op->n = b->json->nodes[at].count;

    return agt_compile_nodes(b, at, &op->u.nodes);
}


int
agt_compile_nodes(agt_build_t *b, uint32_t at, const uint32_t **ids)
{
    int        rc;
    uint32_t   i;
    uint32_t  *id;

    id = agt_calloc(b->mem, b->json->nodes[at].count, sizeof(uint32_t));
    if (id == NULL) {
        return AGT_ERROR;
    }

    *ids = id;

    for (i = at + 1; i < b->json->nodes[at].next; i = b->json->nodes[i].next) {
        rc = agt_build_child(b, i, id++);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


int
agt_compile_one(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    return agt_build_child(b, at, &op->n);
}


int
agt_compile_condition(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    int                      rc;
    agt_schema_condition_t  *condition;

    condition = agt_alloc(b->mem, sizeof(agt_schema_condition_t));
    if (condition == NULL) {
        return AGT_ERROR;
    }

    op->u.condition = condition;

    rc = agt_build_child(b, at, &condition->if_node);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_compile_optional(b, b->values[AGT_KEYWORD_THEN], AGT_SCHEMA_TRUE,
                              &condition->then_node);
    if (rc != AGT_OK) {
        return rc;
    }

    return agt_compile_optional(b, b->values[AGT_KEYWORD_ELSE],
                                AGT_SCHEMA_TRUE, &condition->else_node);
}


int
agt_compile_optional(agt_build_t *b, uint32_t at, uint32_t absent,
    uint32_t *id)
{
    *id = absent;

    return at != AGT_JSON_NONE ? agt_build_child(b, at, id) : AGT_OK;
}
