
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include <stdarg.h>
#include <stdio.h>

#include "agt_schema_index.h"
#include "agt_schema_keyword.h"
#include "agt_schema_op.h"
#include "agt_uri.h"


#define AGT_INDEX_GROWTH   16       /* elements that an array begins with */


typedef struct {
    agt_schema_index_t  *index;
    const agt_json_t    *json;
    agt_schema_doc_t    *doc;
    uint32_t             id;        /* of the document */
    agt_error_t         *err;
} agt_index_walk_t;


static int agt_index_document(agt_index_walk_t *w, agt_str_t uri,
    bool trusted);
static int agt_index_schema(agt_index_walk_t *w, uint32_t node,
    uint32_t resource, unsigned depth);
static int agt_index_keyword(agt_index_walk_t *w, agt_keyword_e id,
    uint32_t value, uint32_t resource, unsigned depth);
static int agt_index_identify(agt_index_walk_t *w, uint32_t node,
    uint32_t *resource);
static int agt_index_resource(agt_index_walk_t *w, uint32_t node,
    uint32_t value, uint32_t *resource);
static int agt_index_anchor(agt_index_walk_t *w, uint32_t node, uint32_t value,
    uint32_t resource, bool dynamic);
static int agt_index_name(agt_index_walk_t *w, agt_schema_name_t *name,
    uint32_t node);
static int agt_index_rehash(agt_schema_index_t *index);
static void agt_index_fill(agt_schema_index_t *index);
static uint32_t agt_index_hash(uint32_t scope, agt_str_t name);
static const agt_schema_name_t *agt_index_lookup(
    const agt_schema_index_t *index, uint32_t hash, uint32_t scope,
    agt_str_t name);


void
agt_schema_index_init(agt_schema_index_t *index,
    const agt_schema_index_t *base, agt_mem_t *mem)
{
    memset(index, 0, sizeof(agt_schema_index_t));

    index->mem = mem;
    index->base = base;

    if (base != NULL) {
        index->first_doc = base->first_doc + base->ndocs;
        index->first_resource = base->first_resource + base->nresources;
    }
}


int
agt_schema_index_add(agt_schema_index_t *index, const agt_json_t *json,
    agt_str_t uri, bool trusted, uint32_t *id, agt_error_t *err)
{
    int                rc;
    uint32_t           ndocs, nresources, nnames;
    agt_index_walk_t   w;
    agt_schema_name_t  name;

    ndocs = index->ndocs;
    nresources = index->nresources;
    nnames = index->nnames;

    w.index = index;
    w.json = json;
    w.err = err;

    rc = agt_index_document(&w, uri, trusted);

    if (rc == AGT_OK) {
        memset(&name, 0, sizeof(agt_schema_name_t));

        name.name = uri;
        name.scope = AGT_INDEX_NONE;
        name.resource = w.doc->resource;

        rc = agt_index_name(&w, &name, 0);
    }

    if (rc == AGT_OK) {
        rc = agt_index_schema(&w, 0, w.doc->resource, 0);
    }

    if (rc == AGT_OK) {
        *id = w.id;
        return AGT_OK;
    }

    /* as if it had never been there */

    index->ndocs = ndocs;
    index->nresources = nresources;
    index->nnames = nnames;

    agt_index_fill(index);

    return rc;
}


/* the root is a resource even without an $id, known by where it was */

static int
agt_index_document(agt_index_walk_t *w, agt_str_t uri, bool trusted)
{
    agt_schema_doc_t       *doc;
    agt_schema_index_t     *index;
    agt_schema_resource_t  *root;

    index = w->index;

    if (index->ndocs == AGT_INDEX_DOCS) {
        agt_error_set(w->err, "more than %d schemas", AGT_INDEX_DOCS);
        return AGT_DECLINED;
    }

    if (agt_schema_grow(index->mem, &index->docs, index->ndocs,
                        &index->docs_size, sizeof(agt_schema_doc_t))
        != AGT_OK
        || agt_schema_grow(index->mem, &index->resources, index->nresources,
                           &index->resources_size,
                           sizeof(agt_schema_resource_t))
           != AGT_OK)
    {
        return AGT_ERROR;
    }

    w->id = index->first_doc + index->ndocs;

    doc = &index->docs[index->ndocs++];
    doc->json = w->json;
    doc->uri = uri;
    doc->resource = index->first_resource + index->nresources;
    doc->nresources = 1;
    doc->trusted = trusted;

    root = &index->resources[index->nresources++];
    root->uri = uri;
    root->doc = w->id;
    root->node = 0;
    root->parent = AGT_INDEX_NONE;

    w->doc = doc;

    return AGT_OK;
}


static int
agt_index_schema(agt_index_walk_t *w, uint32_t node, uint32_t resource,
    unsigned depth)
{
    int                     rc;
    uint32_t                key;
    agt_keyword_e           id;
    const agt_json_node_t  *nodes = w->json->nodes;

    if (nodes[node].type != AGT_JSON_OBJECT) {
        return AGT_OK;
    }

    if (depth == AGT_INDEX_DEPTH) {
        return agt_schema_index_error(w->doc, node, w->err,
                                      "schemas are nested too deep");
    }

    rc = agt_index_identify(w, node, &resource);
    if (rc != AGT_OK) {
        return rc;
    }

    for (key = node + 1; key < nodes[node].next; key = nodes[key + 1].next) {

        if (nodes[key + 1].count == 0
            || !(nodes[key + 1].type & (AGT_JSON_ARRAY | AGT_JSON_OBJECT)))
        {
            continue;
        }

        id = agt_keyword_find(w->json, key);

        if (id == AGT_KEYWORD_N) {
            continue;
        }

        rc = agt_index_keyword(w, id, key + 1, resource, depth + 1);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


/* what is no schema there is left to who compiles it, or checks it */

static int
agt_index_keyword(agt_index_walk_t *w, agt_keyword_e id, uint32_t value,
    uint32_t resource, unsigned depth)
{
    int                     rc;
    bool                    map;
    uint32_t                i;
    const agt_json_node_t  *nodes = w->json->nodes;

    if (agt_keywords[id].shape == AGT_SHAPE_NONE) {
        return AGT_OK;
    }

    map = agt_keywords[id].shape == AGT_SHAPE_MAP;

    if (!map && nodes[value].type == AGT_JSON_OBJECT) {
        return agt_index_schema(w, value, resource, depth);
    }

    for (i = value + 1; i < nodes[value].next; i = nodes[i].next) {
        i += map;

        rc = agt_index_schema(w, i, resource, depth);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


/* $id comes first: the anchors beside it are in the resource that it begins */

static int
agt_index_identify(agt_index_walk_t *w, uint32_t node, uint32_t *resource)
{
    int        rc;
    size_t     i;
    uint32_t   value;
    agt_str_t  key;

    static const agt_keyword_e  ids[] = {
        AGT_KEYWORD_ID, AGT_KEYWORD_ANCHOR, AGT_KEYWORD_DYN_ANCHOR,
        AGT_KEYWORD_REC_ANCHOR
    };

    for (i = 0; i < agt_array_n(ids); i++) {
        key = agt_keywords[ids[i]].name;
        value = agt_json_member(w->json, node, key);

        if (value == AGT_JSON_NONE
            || !(w->json->nodes[value].type & agt_keywords[ids[i]].types))
        {
            continue;
        }

        if (ids[i] == AGT_KEYWORD_ID) {
            rc = agt_index_resource(w, node, value, resource);

        } else if (ids[i] != AGT_KEYWORD_REC_ANCHOR
                   || (w->json->nodes[value].flags & AGT_JSON_TRUE))
        {
            rc = agt_index_anchor(w, node, value, *resource,
                                  ids[i] != AGT_KEYWORD_ANCHOR);

        } else {
            rc = AGT_OK;
        }

        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


static int
agt_index_resource(agt_index_walk_t *w, uint32_t node, uint32_t value,
    uint32_t *resource)
{
    agt_buf_t               buf;
    agt_str_t               id;
    agt_schema_name_t       name;
    agt_schema_index_t     *index;
    agt_schema_resource_t  *r;

    index = w->index;

    if (agt_json_string(w->json, value, index->mem, &id) != AGT_OK) {
        return AGT_ERROR;
    }

    /* "#name" was an anchor once, and is left to the meta-schema to refuse */

    if (id.len != 0 && id.data[0] == '#') {
        return AGT_OK;
    }

    r = &index->resources[*resource - index->first_resource];

    agt_buf_init(&buf, index->mem, r->uri.len + id.len + 1, AGT_URI_MAX);

    if (agt_uri_resolve(r->uri, id, &buf) != AGT_OK) {
        return buf.full ? agt_schema_index_error(w->doc, value, w->err,
                                                 "the URI is too long")
                        : AGT_ERROR;
    }

    memset(&name, 0, sizeof(agt_schema_name_t));

    name.name = agt_buf_slice(&buf);
    name.scope = AGT_INDEX_NONE;
    name.node = node;

    if (agt_str_eq(name.name, r->uri) && node == r->node) {
        return AGT_OK;
    }

    if (node == 0) {

        /* the root keeps its id, and the URI it was retrieved from */

        r->uri = name.name;
        name.resource = *resource;

        return agt_index_name(w, &name, value);
    }

    if (agt_schema_grow(index->mem, &index->resources, index->nresources,
                        &index->resources_size, sizeof(agt_schema_resource_t))
        != AGT_OK)
    {
        return AGT_ERROR;
    }

    name.resource = index->first_resource + index->nresources;

    r = &index->resources[index->nresources++];
    r->uri = name.name;
    r->doc = w->id;
    r->node = node;
    r->parent = *resource;

    w->doc->nresources++;
    *resource = name.resource;

    return agt_index_name(w, &name, value);
}


/* $recursiveAnchor has no name of its own: it is "", which no other can be */

static int
agt_index_anchor(agt_index_walk_t *w, uint32_t node, uint32_t value,
    uint32_t resource, bool dynamic)
{
    agt_schema_name_t  name;

    memset(&name, 0, sizeof(agt_schema_name_t));

    if (w->json->nodes[value].type == AGT_JSON_STRING
        && agt_json_string(w->json, value, w->index->mem, &name.name)
           != AGT_OK)
    {
        return AGT_ERROR;
    }

    name.scope = resource;
    name.resource = resource;
    name.node = node;
    name.dynamic = dynamic;

    return agt_index_name(w, &name, value);
}


/* node is where an error is reported */

static int
agt_index_name(agt_index_walk_t *w, agt_schema_name_t *name, uint32_t node)
{
    uint32_t             i;
    agt_schema_index_t  *index;

    index = w->index;
    name->hash = agt_index_hash(name->scope, name->name);

    if (agt_index_lookup(index, name->hash, name->scope, name->name) != NULL) {
        return agt_schema_index_error(w->doc, node, w->err,
                                      "\"%.*s\" is already the name of another"
                                      " schema", agt_schema_shown(name->name),
                                      name->name.data);
    }

    if (index->nnames == AGT_INDEX_NAMES) {
        return agt_schema_index_error(w->doc, node, w->err,
                                      "more than %d identifiers",
                                      AGT_INDEX_NAMES);
    }

    if (agt_schema_grow(index->mem, &index->names, index->nnames,
                        &index->names_size, sizeof(agt_schema_name_t))
        != AGT_OK)
    {
        return AGT_ERROR;
    }

    index->names[index->nnames++] = *name;

    /* at most half of the slots are taken */

    if (index->slots == NULL || index->nnames * 2 > index->mask) {
        return agt_index_rehash(index);
    }

    i = name->hash & index->mask;

    while (index->slots[i] != 0) {
        i = (i + 1) & index->mask;
    }

    index->slots[i] = index->nnames;

    return AGT_OK;
}


static int
agt_index_rehash(agt_schema_index_t *index)
{
    uint32_t   size;
    uint32_t  *slots;

    size = index->slots == NULL ? 64 : (index->mask + 1) * 4;

    slots = agt_alloc(index->mem, size * sizeof(uint32_t));
    if (slots == NULL) {
        return AGT_ERROR;
    }

    index->slots = slots;
    index->mask = size - 1;

    agt_index_fill(index);

    return AGT_OK;
}


static void
agt_index_fill(agt_schema_index_t *index)
{
    uint32_t  i, k;

    if (index->slots == NULL) {
        return;
    }

    memset(index->slots, 0, (index->mask + 1) * sizeof(uint32_t));

    for (i = 0; i < index->nnames; i++) {
        k = index->names[i].hash & index->mask;

        while (index->slots[k] != 0) {
            k = (k + 1) & index->mask;
        }

        index->slots[k] = i + 1;
    }
}


static uint32_t
agt_index_hash(uint32_t scope, agt_str_t name)
{
    return agt_json_hash(name) ^ (scope * 0x9e3779b1U);
}


const agt_schema_name_t *
agt_schema_index_find(const agt_schema_index_t *index, uint32_t scope,
    agt_str_t name)
{
    uint32_t                  hash;
    const agt_schema_name_t  *found;

    hash = agt_index_hash(scope, name);
    found = NULL;

    for (/* void */; index != NULL && found == NULL; index = index->base) {
        found = agt_index_lookup(index, hash, scope, name);
    }

    return found;
}


static const agt_schema_name_t *
agt_index_lookup(const agt_schema_index_t *index, uint32_t hash,
    uint32_t scope, agt_str_t name)
{
    uint32_t                  i;
    const agt_schema_name_t  *found;

    if (index->slots == NULL) {
        return NULL;
    }

    for (i = hash & index->mask;
         index->slots[i] != 0;
         i = (i + 1) & index->mask)
    {
        found = &index->names[index->slots[i] - 1];

        if (found->hash == hash && found->scope == scope
            && agt_str_eq(found->name, name))
        {
            return found;
        }
    }

    return NULL;
}


const agt_schema_doc_t *
agt_schema_index_doc(const agt_schema_index_t *index, uint32_t doc)
{
    while (doc < index->first_doc) {
        index = index->base;
    }

    return &index->docs[doc - index->first_doc];
}


const agt_schema_resource_t *
agt_schema_index_resource(const agt_schema_index_t *index, uint32_t resource)
{
    while (resource < index->first_resource) {
        index = index->base;
    }

    return &index->resources[resource - index->first_resource];
}


/* the resources of a document are in the order of their nodes */

uint32_t
agt_schema_index_enclosing(const agt_schema_index_t *index, uint32_t doc,
    uint32_t node)
{
    uint32_t                      low, high, middle;
    const agt_schema_doc_t       *d;
    const agt_schema_resource_t  *resource;

    d = agt_schema_index_doc(index, doc);

    low = d->resource;
    high = d->resource + d->nresources;

    while (high - low > 1) {
        middle = low + (high - low) / 2;

        if (agt_schema_index_resource(index, middle)->node <= node) {
            low = middle;

        } else {
            high = middle;
        }
    }

    /* the last that begins before the node, or one around that */

    resource = agt_schema_index_resource(index, low);

    while (d->json->nodes[resource->node].next <= node) {
        low = resource->parent;
        resource = agt_schema_index_resource(index, low);
    }

    return low;
}


int
agt_schema_index_error(const agt_schema_doc_t *doc, uint32_t node,
    agt_error_t *err, const char *fmt, ...)
{
    char                    pointer[AGT_ERROR_POINTER];
    char                    message[AGT_ERROR_MESSAGE];
    va_list                 args;
    agt_buf_t               buf;
    const agt_json_node_t  *n;

    if (err == NULL || err->set) {
        return AGT_DECLINED;
    }

    va_start(args, fmt);
    (void) vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);

    agt_error_set(err, "%s", message);

    /* a string begins with its quote */

    n = &doc->json->nodes[node];
    agt_error_locate(err, doc->json->text,
                     n->off - (n->type == AGT_JSON_STRING));

    agt_buf_fixed(&buf, pointer, sizeof(pointer));
    (void) agt_json_pointer(doc->json, node, &buf);

    agt_error_pointer(err, agt_buf_slice(&buf));

    if (doc->uri.len != 0) {
        agt_error_file(err, doc->uri);
    }

    return AGT_DECLINED;
}


int
agt_schema_grow(agt_mem_t *mem, void *array, uint32_t n, uint32_t *size,
    size_t elt_size)
{
    void      *elts, *grown;
    uint32_t   wanted;

    if (n < *size) {
        return AGT_OK;
    }

    wanted = agt_max(*size * 2, (uint32_t) AGT_INDEX_GROWTH);

    grown = agt_alloc(mem, wanted * elt_size);
    if (grown == NULL) {
        return AGT_ERROR;
    }

    /* a pointer to a pointer to any type, which C has no name for */

    memcpy(&elts, array, sizeof(void *));

    if (n != 0) {
        memcpy(grown, elts, n * elt_size);
    }

    memcpy(array, &grown, sizeof(void *));
    *size = wanted;

    return AGT_OK;
}
