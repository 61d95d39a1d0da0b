
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include <stdlib.h>

#include "agt_schema_build.h"


#define AGT_BUILD_MEMORY   (256 * 1024 * 1024)   /* of one compilation */


static int agt_build_all(agt_build_t *b, const agt_json_t *doc, agt_str_t uri,
    agt_schema_t *schema);
static int agt_build_start(agt_build_t *b, const agt_json_t *doc,
    agt_str_t uri, uint32_t *root);
static int agt_build_nodes(agt_build_t *b);
static int agt_build_node(agt_build_t *b, uint32_t id);
static int agt_build_anchors(agt_build_t *b);
static int agt_build_anchor(agt_build_t *b, uint32_t dynamic,
    uint32_t resource);
static int agt_build_finish(agt_build_t *b, agt_schema_t *schema);
static void agt_build_settle(agt_build_t *b, agt_schema_t *schema);
static int agt_build_compare(const void *one, const void *two);
static int agt_build_add(agt_build_t *b, const agt_build_place_t *place,
    uint32_t resource, uint32_t *id);
static int agt_build_rehash(agt_build_t *b);
static uint32_t agt_build_slot(const agt_build_t *b,
    const agt_build_place_t *place);
static int agt_build_enter(agt_build_t *b, uint32_t resource);
static void *agt_build_copy(agt_build_t *b, const void *elts, size_t n,
    size_t size);


int
agt_build(agt_schema_t **schema, const agt_json_t *doc, agt_str_t uri,
    const agt_schema_index_t *base, bool formats, bool trusted,
    agt_mem_t *mem, agt_error_t *err)
{
    int            rc;
    uint32_t       i;
    agt_arena_t    arena;
    agt_build_t   *b;
    agt_schema_t  *s;

    *schema = NULL;

    s = agt_calloc(mem, 1, sizeof(agt_schema_t));
    if (s == NULL) {
        return AGT_ERROR;
    }

    agt_arena_init(&arena, AGT_BUILD_MEMORY);

    b = agt_calloc(&arena.mem, 1, sizeof(agt_build_t));
    if (b == NULL) {
        return AGT_ERROR;
    }

    b->mem = mem;
    b->tmp = &arena.mem;
    b->err = err;
    b->formats = formats;
    b->trusted = trusted;

    b->value.fuel = UINT64_MAX;
    agt_buf_init(&b->value.buf, &arena.mem, 256, AGT_SCHEMA_TEXT);

    agt_schema_index_init(&b->index, base, &arena.mem);

    rc = agt_build_all(b, doc, uri, s);

    if (rc == AGT_OK) {
        *schema = s;

    } else {
        for (i = 0; i < b->npatterns; i++) {
            agt_regex_release(b->patterns[i]->regex);
        }
    }

    for (i = 0; i < b->ndialects; i++) {
        agt_schema_release(b->dialects[i].meta);
    }

    agt_arena_release(&arena);

    return rc;
}


static int
agt_build_all(agt_build_t *b, const agt_json_t *doc, agt_str_t uri,
    agt_schema_t *schema)
{
    int  rc;

    rc = agt_build_start(b, doc, uri, &schema->root);
    if (rc != AGT_OK) {
        return rc;
    }

    /* nodes may name further anchors, and anchors lead to further nodes */

    while (b->done < b->n) {

        rc = agt_build_nodes(b);
        if (rc != AGT_OK) {
            return rc;
        }

        rc = agt_build_anchors(b);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    rc = agt_build_loops(b);
    if (rc != AGT_OK) {
        return rc;
    }

    return agt_build_finish(b, schema);
}


static int
agt_build_start(agt_build_t *b, const agt_json_t *doc, agt_str_t uri,
    uint32_t *root)
{
    int                           rc;
    uint32_t                      id, resource;
    agt_str_t                     none = agt_null_string;
    agt_build_place_t             place;
    const agt_schema_resource_t  *r;

    /* AGT_SCHEMA_TRUE and AGT_SCHEMA_FALSE have no places of their own */

    memset(&place, 0xff, sizeof(agt_build_place_t));

    for (id = 0; id <= AGT_SCHEMA_FALSE; id++) {
        rc = agt_build_add(b, &place, 0, &id);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    b->nodes[AGT_SCHEMA_TRUE].types = AGT_JSON_ANY | AGT_SCHEMA_INTEGER;
    b->done = b->n;

    if (doc == NULL) {
        rc = agt_build_resource(b, uri, 0, &resource);
        if (rc != AGT_OK) {
            return rc;
        }

        r = agt_schema_index_resource(&b->index, resource);
        place.doc = r->doc;
        place.node = r->node;
        b->place = place;

        return agt_build_intern(b, &place, r->node, root);
    }

    if (doc->text.len > AGT_SCHEMA_TEXT) {
        agt_error_set(b->err, "a schema is longer than %d bytes",
                      AGT_SCHEMA_TEXT);
        return AGT_DECLINED;
    }

    rc = agt_schema_index_add(&b->index, doc, none, false, &place.doc, b->err);
    if (rc != AGT_OK) {
        return rc;
    }

    place.node = 0;
    b->place = place;

    return agt_build_intern(b, &place, 0, root);
}


static int
agt_build_nodes(agt_build_t *b)
{
    int  rc;

    while (b->done < b->n) {
        rc = agt_build_node(b, b->done);
        if (rc != AGT_OK) {
            return rc;
        }

        b->done++;
    }

    return AGT_OK;
}


static int
agt_build_node(agt_build_t *b, uint32_t id)
{
    int                rc;
    agt_schema_node_t  node;

    b->place = b->places[id];
    b->json = agt_schema_index_doc(&b->index, b->place.doc)->json;
    b->resource = b->nodes[id].resource;

    rc = agt_build_dialect(b, b->resource, &b->dialect);
    if (rc != AGT_OK) {
        return rc;
    }

    /* a copy, since the nodes move when subschemas are met */

    node = b->nodes[id];
    node.ops = b->nops;

    rc = agt_build_keywords(b, &node);
    if (rc != AGT_OK) {
        return rc;
    }

    node.nops = (uint16_t) (b->nops - node.ops);
    b->nodes[id] = node;

    return AGT_OK;
}


/* each name in each resource that may be in a dynamic scope */

static int
agt_build_anchors(agt_build_t *b)
{
    int                   rc;
    uint32_t              i;
    agt_build_dynamic_t  *d;

    for (i = 0; i < b->ndynamic; i++) {
        d = &b->dynamic[i];

        for (/* void */; d->done < b->nentered; d->done++) {
            rc = agt_build_anchor(b, i, b->entered[d->done]);
            if (rc != AGT_OK) {
                return rc;
            }
        }
    }

    return AGT_OK;
}


static int
agt_build_anchor(agt_build_t *b, uint32_t dynamic, uint32_t resource)
{
    int                       rc;
    uint32_t                  id;
    agt_build_place_t         place;
    agt_schema_anchor_t      *anchor;
    const agt_schema_name_t  *name;

    name = agt_schema_index_find(&b->index, resource, b->dynamic[dynamic].name);

    if (name == NULL || !name->dynamic) {
        return AGT_OK;
    }

    place.doc = agt_schema_index_resource(&b->index, resource)->doc;
    place.node = name->node;

    rc = agt_build_intern(b, &place, 0, &id);
    if (rc != AGT_OK) {
        return rc;
    }

    if (agt_schema_grow(b->tmp, &b->anchors, b->nanchors, &b->anchors_size,
                        sizeof(agt_schema_anchor_t))
        != AGT_OK)
    {
        return AGT_ERROR;
    }

    anchor = &b->anchors[b->nanchors++];
    anchor->name = dynamic;
    anchor->resource = resource;
    anchor->node = id;

    return AGT_OK;
}


static int
agt_build_finish(agt_build_t *b, agt_schema_t *schema)
{
    if (b->nanchors != 0) {
        qsort(b->anchors, b->nanchors, sizeof(agt_schema_anchor_t),
              agt_build_compare);
    }

    agt_build_settle(b, schema);

    schema->nodes = agt_build_copy(b, b->nodes, b->n,
                                   sizeof(agt_schema_node_t));
    schema->ops = agt_build_copy(b, b->ops, b->nops, sizeof(agt_schema_op_t));
    schema->anchors = agt_build_copy(b, b->anchors, b->nanchors,
                                     sizeof(agt_schema_anchor_t));
    schema->patterns = agt_build_copy(b, b->patterns, b->npatterns,
                                      sizeof(agt_schema_pattern_t *));

    if (schema->nodes == NULL || schema->ops == NULL
        || schema->anchors == NULL || schema->patterns == NULL)
    {
        return AGT_ERROR;
    }

    schema->n = b->n;
    schema->nops = b->nops;
    schema->nanchors = b->nanchors;
    schema->npatterns = b->npatterns;

    return AGT_OK;
}


/* where a name has one anchor in all, a dynamic reference has no choice */

static void
agt_build_settle(agt_build_t *b, agt_schema_t *schema)
{
    uint32_t          i, k, n;
    agt_schema_op_t  *op;

    for (i = 0; i < b->nops; i++) {
        op = &b->ops[i];

        if (op->kind != AGT_SCHEMA_OP_DYNAMIC_REF) {
            continue;
        }

        n = 0;

        for (k = 0; k < b->nanchors; k++) {
            n += b->anchors[k].name == op->u.number;
        }

        if (n > 1) {
            schema->dynamic = true;

        } else {
            op->kind = AGT_SCHEMA_OP_REF;
        }
    }
}


static int
agt_build_compare(const void *one, const void *two)
{
    const agt_schema_anchor_t  *a = one, *b = two;

    if (a->name != b->name) {
        return a->name < b->name ? -1 : 1;
    }

    return a->resource < b->resource ? -1 : a->resource > b->resource;
}


static void *
agt_build_copy(agt_build_t *b, const void *elts, size_t n, size_t size)
{
    void  *copy;

    copy = agt_alloc(b->mem, agt_max(n, (size_t) 1) * size);

    if (copy != NULL && n != 0) {
        memcpy(copy, elts, n * size);
    }

    return copy;
}


int
agt_build_child(agt_build_t *b, uint32_t at, uint32_t *id)
{
    agt_build_place_t  place;

    place.doc = b->place.doc;
    place.node = at;

    return agt_build_intern(b, &place, at, id);
}


int
agt_build_intern(agt_build_t *b, const agt_build_place_t *place, uint32_t at,
    uint32_t *id)
{
    int                     rc;
    uint32_t                i;
    const agt_json_t       *json;
    const agt_json_node_t  *n;

    json = agt_schema_index_doc(&b->index, place->doc)->json;
    n = &json->nodes[place->node];

    if (n->type == AGT_JSON_BOOLEAN) {
        *id = n->flags & AGT_JSON_TRUE ? AGT_SCHEMA_TRUE : AGT_SCHEMA_FALSE;
        return AGT_OK;
    }

    if (n->type != AGT_JSON_OBJECT) {
        return agt_build_error(b, at, "a schema must be object or boolean,"
                               " not %s", agt_json_type_name(n->type));
    }

    for (i = agt_build_slot(b, place);
         b->slots[i] != 0;
         i = (i + 1) & b->mask)
    {
        *id = b->slots[i] - 1;

        if (b->places[*id].doc == place->doc
            && b->places[*id].node == place->node)
        {
            return AGT_OK;
        }
    }

    rc = agt_build_check(b, place->doc);
    if (rc != AGT_OK) {
        return rc;
    }

    if (b->n == AGT_BUILD_NODES) {
        return agt_build_error(b, at, "more than %d subschemas",
                               AGT_BUILD_NODES);
    }

    return agt_build_add(b, place,
                         agt_schema_index_enclosing(&b->index, place->doc,
                                                    place->node), id);
}


static int
agt_build_add(agt_build_t *b, const agt_build_place_t *place,
    uint32_t resource, uint32_t *id)
{
    uint32_t  i;

    if (agt_schema_grow(b->tmp, &b->nodes, b->n, &b->nodes_size,
                        sizeof(agt_schema_node_t))
        != AGT_OK
        || agt_schema_grow(b->tmp, &b->places, b->n, &b->places_size,
                           sizeof(agt_build_place_t))
           != AGT_OK)
    {
        return AGT_ERROR;
    }

    memset(&b->nodes[b->n], 0, sizeof(agt_schema_node_t));

    b->nodes[b->n].resource = resource;
    b->places[b->n] = *place;
    *id = b->n++;

    if (b->n * 2 > b->mask) {
        if (agt_build_rehash(b) != AGT_OK) {
            return AGT_ERROR;
        }

    } else {
        i = agt_build_slot(b, place);

        while (b->slots[i] != 0) {
            i = (i + 1) & b->mask;
        }

        b->slots[i] = b->n;
    }

    return *id <= AGT_SCHEMA_FALSE ? AGT_OK : agt_build_enter(b, resource);
}


/* no more than half of the slots are taken */

static int
agt_build_rehash(agt_build_t *b)
{
    uint32_t  i, k;

    b->mask = b->mask == 0 ? 63 : b->mask * 4 + 3;

    b->slots = agt_calloc(b->tmp, (size_t) b->mask + 1, sizeof(uint32_t));
    if (b->slots == NULL) {
        return AGT_ERROR;
    }

    for (i = 0; i < b->n; i++) {
        k = agt_build_slot(b, &b->places[i]);

        while (b->slots[k] != 0) {
            k = (k + 1) & b->mask;
        }

        b->slots[k] = i + 1;
    }

    return AGT_OK;
}


static uint32_t
agt_build_slot(const agt_build_t *b, const agt_build_place_t *place)
{
    return (uint32_t) agt_number_mix(place->doc, place->node) & b->mask;
}


static int
agt_build_enter(agt_build_t *b, uint32_t resource)
{
    uint8_t  *entered;

    entered = agt_build_byte(b, &b->is_entered, resource);
    if (entered == NULL) {
        return AGT_ERROR;
    }

    if (*entered) {
        return AGT_OK;
    }

    if (agt_schema_grow(b->tmp, &b->entered, b->nentered, &b->entered_size,
                        sizeof(uint32_t))
        != AGT_OK)
    {
        return AGT_ERROR;
    }

    *entered = true;
    b->entered[b->nentered++] = resource;

    return AGT_OK;
}


int
agt_build_dynamic(agt_build_t *b, agt_str_t name, uint32_t at, uint32_t *id)
{
    uint32_t  i;

    for (i = 0; i < b->ndynamic; i++) {
        if (agt_str_eq(b->dynamic[i].name, name)) {
            *id = i;
            return AGT_OK;
        }
    }

    if (b->ndynamic == AGT_BUILD_DYNAMIC) {
        return agt_build_error(b, at, "more than %d names of dynamic anchors",
                               AGT_BUILD_DYNAMIC);
    }

    b->dynamic[i].name = name;
    b->ndynamic++;
    *id = i;

    return AGT_OK;
}


int
agt_build_op(agt_build_t *b, const agt_schema_op_t *op)
{
    if (agt_schema_grow(b->tmp, &b->ops, b->nops, &b->ops_size,
                        sizeof(agt_schema_op_t))
        != AGT_OK)
    {
        return AGT_ERROR;
    }

    b->ops[b->nops++] = *op;

    return AGT_OK;
}


uint8_t *
agt_build_byte(agt_build_t *b, agt_build_bytes_t *bytes, uint32_t id)
{
    uint8_t   *grown;
    uint32_t   size;

    if (id >= bytes->size) {
        size = agt_max(bytes->size * 2, id + 64);

        grown = agt_calloc(b->tmp, size, 1);
        if (grown == NULL) {
            return NULL;
        }

        if (bytes->size != 0) {
            memcpy(grown, bytes->bytes, bytes->size);
        }

        bytes->bytes = grown;
        bytes->size = size;
    }

    return &bytes->bytes[id];
}
