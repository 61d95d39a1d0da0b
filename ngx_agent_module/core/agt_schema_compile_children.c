
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Keywords of objects and arrays into operations.
 */


#include "agt_schema_compile.h"


static int agt_compile_properties(agt_build_t *b, agt_schema_object_t *object,
    uint32_t at);
static int agt_compile_required(agt_build_t *b, agt_schema_object_t *object,
    uint32_t at);
static agt_schema_property_t *agt_compile_property(agt_schema_object_t *object,
    const agt_schema_key_t *key);
static int agt_compile_key(agt_build_t *b, uint32_t at,
    agt_schema_key_t *key);
static int agt_compile_patterns(agt_build_t *b, agt_schema_object_t *object,
    uint32_t at);
static int agt_compile_dependencies(agt_build_t *b, agt_schema_op_t *op,
    const uint32_t *maps, bool lists);
static int agt_compile_names(agt_build_t *b, agt_schema_dependency_t *d,
    uint32_t at);


int
agt_compile_object(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    int                   rc;
    uint32_t              n, size, required;
    agt_schema_object_t  *object;

    object = agt_calloc(b->mem, 1, sizeof(agt_schema_object_t));
    if (object == NULL) {
        return AGT_ERROR;
    }

    n = 0;
    required = b->values[AGT_KEYWORD_REQUIRED];

    if (at != AGT_JSON_NONE) {
        n += b->json->nodes[at].count;
    }

    if (required != AGT_JSON_NONE) {
        n += b->json->nodes[required].count;
    }

    size = 4;

    while (size / 2 < n) {
        size *= 2;
    }

    object->mask = size - 1;

    object->slots = agt_calloc(b->mem, size, sizeof(agt_schema_slot_t));
    object->properties = agt_calloc(b->mem, n, sizeof(agt_schema_property_t));

    if (object->slots == NULL || object->properties == NULL) {
        return AGT_ERROR;
    }

    rc = agt_compile_properties(b, object, at);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_compile_required(b, object, required);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_compile_patterns(b, object, b->values[AGT_KEYWORD_PATTERNS]);
    if (rc != AGT_OK) {
        return rc;
    }

    op->u.object = object;

    return agt_compile_optional(b, b->values[AGT_KEYWORD_MORE],
                                AGT_SCHEMA_NONE, &object->rest);
}


static int
agt_compile_properties(agt_build_t *b, agt_schema_object_t *object,
    uint32_t at)
{
    int                     rc;
    uint32_t                i, id;
    agt_schema_key_t        key;
    agt_schema_property_t  *property;

    if (at == AGT_JSON_NONE) {
        return AGT_OK;
    }

    for (i = at + 1;
         i < b->json->nodes[at].next;
         i = b->json->nodes[i + 1].next)
    {
        rc = agt_compile_key(b, i, &key);
        if (rc != AGT_OK) {
            return rc;
        }

        rc = agt_build_child(b, i + 1, &id);
        if (rc != AGT_OK) {
            return rc;
        }

        property = agt_compile_property(object, &key);
        property->node = id;
    }

    return AGT_OK;
}


static int
agt_compile_required(agt_build_t *b, agt_schema_object_t *object, uint32_t at)
{
    int                     rc;
    uint32_t                i;
    agt_schema_key_t        key;
    agt_schema_property_t  *property;

    if (at == AGT_JSON_NONE) {
        return AGT_OK;
    }

    for (i = at + 1; i < b->json->nodes[at].next; i = b->json->nodes[i].next) {

        rc = agt_compile_key(b, i, &key);
        if (rc != AGT_OK) {
            return rc;
        }

        property = agt_compile_property(object, &key);

        object->nrequired += !property->required;
        property->required = true;
    }

    return AGT_OK;
}


/* the property of that name, a new one if need be: there is room for it */

static agt_schema_property_t *
agt_compile_property(agt_schema_object_t *object, const agt_schema_key_t *key)
{
    uint32_t                i;
    agt_schema_slot_t      *slot;
    agt_schema_property_t  *property;

    for (i = key->hash & object->mask; /* void */; i = (i + 1) & object->mask) {
        slot = &object->slots[i];

        if (slot->index == 0) {
            break;
        }

        property = &object->properties[slot->index - 1];

        if (slot->hash == key->hash
            && agt_str_eq(property->key.name, key->name))
        {
            return property;
        }
    }

    property = &object->properties[object->n++];

    property->key = *key;
    property->node = AGT_SCHEMA_NONE;

    slot->hash = key->hash;
    slot->index = object->n;

    return property;
}


static int
agt_compile_key(agt_build_t *b, uint32_t at, agt_schema_key_t *key)
{
    if (b->json->nodes[at].type != AGT_JSON_STRING) {
        return agt_build_error(b, at, "the name of a property must be string,"
                               " not %s",
                               agt_json_type_name(b->json->nodes[at].type));
    }

    if (agt_json_string(b->json, at, b->mem, &key->name) != AGT_OK) {
        return AGT_ERROR;
    }

    key->hash = agt_json_hash(key->name);

    return AGT_OK;
}


static int
agt_compile_patterns(agt_build_t *b, agt_schema_object_t *object, uint32_t at)
{
    int                             rc;
    uint32_t                        i;
    agt_schema_pattern_property_t  *p;

    if (at == AGT_JSON_NONE) {
        return AGT_OK;
    }

    p = agt_calloc(b->mem, b->json->nodes[at].count,
                   sizeof(agt_schema_pattern_property_t));
    if (p == NULL) {
        return AGT_ERROR;
    }

    object->patterns = p;
    object->npatterns = b->json->nodes[at].count;

    for (i = at + 1;
         i < b->json->nodes[at].next;
         i = b->json->nodes[i + 1].next, p++)
    {
        rc = agt_compile_regex(b, i, &p->pattern);
        if (rc != AGT_OK) {
            return rc;
        }

        rc = agt_build_child(b, i + 1, &p->node);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


/* "dependencies", of earlier dialects, is the one or the other */

int
agt_compile_required_if(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    uint32_t  maps[2] = { at, b->values[AGT_KEYWORD_DEPENDENCIES] };

    return agt_compile_dependencies(b, op, maps, true);
}


int
agt_compile_schemas_if(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    uint32_t  maps[2] = { at, b->values[AGT_KEYWORD_DEPENDENCIES] };

    return agt_compile_dependencies(b, op, maps, false);
}


static int
agt_compile_dependencies(agt_build_t *b, agt_schema_op_t *op,
    const uint32_t *maps, bool lists)
{
    int                       rc;
    uint32_t                  i, k, n;
    agt_schema_dependency_t  *all, *d;

    n = 0;

    for (i = 0; i < 2; i++) {
        n += maps[i] != AGT_JSON_NONE ? b->json->nodes[maps[i]].count : 0;
    }

    all = agt_calloc(b->mem, n, sizeof(agt_schema_dependency_t));
    if (all == NULL) {
        return AGT_ERROR;
    }

    d = all;

    for (i = 0; i < 2; i++) {

        if (maps[i] == AGT_JSON_NONE) {
            continue;
        }

        for (k = maps[i] + 1;
             k < b->json->nodes[maps[i]].next;
             k = b->json->nodes[k + 1].next)
        {
            /* of the first map all are of the kind, or an error */

            if (i == 1
                && (b->json->nodes[k + 1].type == AGT_JSON_ARRAY) != lists)
            {
                continue;
            }

            rc = agt_compile_key(b, k, &d->key);
            if (rc != AGT_OK) {
                return rc;
            }

            rc = lists ? agt_compile_names(b, d, k + 1)
                       : agt_build_child(b, k + 1, &d->node);
            if (rc != AGT_OK) {
                return rc;
            }

            d++;
        }
    }

    op->n = (uint32_t) (d - all);
    op->u.dependencies = all;

    return op->n != 0 ? AGT_OK : AGT_DONE;
}


static int
agt_compile_names(agt_build_t *b, agt_schema_dependency_t *d, uint32_t at)
{
    int       rc;
    uint32_t  i;

    if (b->json->nodes[at].type != AGT_JSON_ARRAY) {
        return agt_build_error(b, at, "what a property requires must be array,"
                               " not %s",
                               agt_json_type_name(b->json->nodes[at].type));
    }

    d->required = agt_calloc(b->mem, b->json->nodes[at].count,
                             sizeof(agt_schema_key_t));
    if (d->required == NULL) {
        return AGT_ERROR;
    }

    for (i = at + 1; i < b->json->nodes[at].next; i = b->json->nodes[i].next) {
        rc = agt_compile_key(b, i, &d->required[d->n++]);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


/* draft 2019-09 had the prefix in an array that was the value of "items" */

int
agt_compile_items(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    int                  rc;
    bool                 list;
    uint32_t             prefix, rest;
    agt_schema_items_t  *items;

    items = agt_calloc(b->mem, 1, sizeof(agt_schema_items_t));
    if (items == NULL) {
        return AGT_ERROR;
    }

    prefix = b->values[AGT_KEYWORD_PREFIX_ITEMS];
    rest = at;

    list = at != AGT_JSON_NONE && b->json->nodes[at].type == AGT_JSON_ARRAY;

    if (list && b->dialect->draft == AGT_DRAFT_2020) {
        return agt_build_error(b, at, "\"items\" must be object or boolean,"
                               " not array: see \"prefixItems\"");
    }

    if (list) {
        prefix = at;
        rest = b->values[AGT_KEYWORD_MORE_ITEMS];
    }

    if (prefix != AGT_JSON_NONE) {
        items->n = b->json->nodes[prefix].count;

        rc = agt_compile_nodes(b, prefix, &items->prefix);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    op->u.items = items;

    return agt_compile_optional(b, rest, AGT_SCHEMA_NONE, &items->rest);
}


int
agt_compile_unique(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    (void) op;

    return b->json->nodes[at].flags & AGT_JSON_TRUE ? AGT_OK : AGT_DONE;
}


int
agt_compile_contains(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    uint32_t                min, max;
    agt_schema_contains_t  *contains;

    contains = agt_alloc(b->mem, sizeof(agt_schema_contains_t));
    if (contains == NULL) {
        return AGT_ERROR;
    }

    min = b->values[AGT_KEYWORD_MIN_CONTAINS];
    max = b->values[AGT_KEYWORD_MAX_CONTAINS];

    contains->min = min != AGT_JSON_NONE ? agt_compile_count(b, min) : 1;
    contains->max = max != AGT_JSON_NONE ? agt_compile_count(b, max)
                                         : UINT64_MAX;
    contains->annotates = b->dialect->draft == AGT_DRAFT_2020;

    op->u.contains = contains;

    return agt_build_child(b, at, &contains->node);
}
