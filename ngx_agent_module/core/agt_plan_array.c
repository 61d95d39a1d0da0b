
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_plan_build.h"


static int agt_plan_first(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, uint32_t *schemas, agt_plan_array_t *array);
static uint32_t agt_plan_at(const agt_json_t *doc, uint32_t array, uint32_t i);
static uint32_t agt_plan_longest(const agt_json_t *doc,
    const agt_shape_list_t *list);
static unsigned agt_plan_append(uint32_t *schemas, unsigned n,
    const agt_shape_list_t *list);
static unsigned agt_plan_length(const agt_shape_list_t *list);


int
agt_plan_array(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan)
{
    int                rc;
    unsigned           n;
    uint32_t          *schemas;
    agt_plan_place_t   inside;
    agt_plan_array_t  *array = &plan->u.array;

    plan->type = AGT_PLAN_ARRAY;

    array->unique = shape->unique;
    array->min = shape->min_items;
    array->max = shape->max_items;

    inside = *place;
    inside.depth++;
    inside.many = shape->unique ? shape->min_items : 0;
    inside.refs = shape->refs;

    n = agt_plan_length(shape->prefixes) + agt_plan_length(shape->items)
        + agt_plan_length(shape->contains);

    schemas = agt_alloc(b->reader.mem, (n + 1) * sizeof(uint32_t));
    if (schemas == NULL) {
        return AGT_ERROR;
    }

    rc = agt_plan_first(b, shape, &inside, schemas, array);
    if (rc != AGT_OK) {
        return rc;
    }

    if (array->n < array->max) {
        n = agt_plan_append(schemas, 0, shape->items);

        if (shape->min_contains > AGT_PLAN_CONTAINS) {
            n = agt_plan_append(schemas, n, shape->contains);
        }

        rc = agt_plan_value(b, schemas, n, &inside, &array->item);
        if (rc == AGT_ERROR) {
            return AGT_ERROR;
        }

        /* behind a tuple nothing is expected unless the schema says so */

        if (rc == AGT_DECLINED
            || (shape->prefixes != NULL && shape->items == NULL
                && array->min <= array->n))
        {
            array->item = NULL;
            array->max = array->n;
        }
    }

    if (b->lean) {
        array->max = agt_min(array->max, agt_max(array->min, array->n));
    }

    return array->min <= array->max ? AGT_OK : AGT_DECLINED;
}


/* the items that have a place of their own, and those that are contained */

static int
agt_plan_first(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, uint32_t *schemas, agt_plan_array_t *array)
{
    int                      rc;
    unsigned                 n;
    uint32_t                 i, prefix, contains, schema;
    const agt_shape_list_t  *item;

    prefix = agt_plan_longest(b->doc, shape->prefixes);
    contains = 0;

    if (shape->contains != NULL && shape->min_contains <= AGT_PLAN_CONTAINS) {
        contains = agt_max(shape->min_contains, 1u);
    }

    if (prefix > b->nodes) {
        return AGT_DECLINED;
    }

    array->first = agt_calloc(b->mem, prefix + contains + 1,
                              sizeof(agt_plan_t *));
    if (array->first == NULL) {
        return AGT_ERROR;
    }

    for (i = 0; i < prefix + contains && i < array->max; i++) {

        n = 0;

        for (item = shape->prefixes; item != NULL; item = item->next) {
            schema = agt_plan_at(b->doc, item->node, i);

            if (schema != AGT_JSON_NONE) {
                schemas[n++] = schema;
            }
        }

        if (i >= prefix) {
            n = agt_plan_append(schemas, 0, shape->items);
            n = agt_plan_append(schemas, n, shape->contains);
        }

        rc = agt_plan_value(b, schemas, n, place, &array->first[i]);

        if (rc == AGT_ERROR) {
            return AGT_ERROR;
        }

        if (rc == AGT_DECLINED) {
            array->max = i;
            break;
        }

        array->n++;
    }

    return (contains != 0 && array->n < prefix + contains) ? AGT_DECLINED
                                                           : AGT_OK;
}


static uint32_t
agt_plan_at(const agt_json_t *doc, uint32_t array, uint32_t i)
{
    uint32_t  node;

    if (i >= doc->nodes[array].count) {
        return AGT_JSON_NONE;
    }

    for (node = array + 1; i != 0; i--) {
        node = doc->nodes[node].next;
    }

    return node;
}


static uint32_t
agt_plan_longest(const agt_json_t *doc, const agt_shape_list_t *list)
{
    uint32_t  n;

    for (n = 0; list != NULL; list = list->next) {
        n = agt_max(n, doc->nodes[list->node].count);
    }

    return n;
}


static unsigned
agt_plan_append(uint32_t *schemas, unsigned n, const agt_shape_list_t *list)
{
    for ( /* void */ ; list != NULL; list = list->next) {
        schemas[n++] = list->node;
    }

    return n;
}


static unsigned
agt_plan_length(const agt_shape_list_t *list)
{
    unsigned  n;

    for (n = 0; list != NULL; list = list->next) {
        n++;
    }

    return n;
}
