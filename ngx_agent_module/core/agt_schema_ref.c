
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Where references lead: to what is in the documents at hand, nowhere else.
 */


#include "agt_metaschema.h"
#include "agt_schema_build.h"
#include "agt_uri.h"


static int agt_ref_fragment(agt_build_t *b, agt_str_t fragment, uint32_t at,
    uint32_t resource, uint32_t *id, agt_str_t *dynamic);
static int agt_ref_pointer(agt_build_t *b, agt_str_t pointer, uint32_t at,
    const agt_json_t *json, uint32_t *node);
static int agt_ref_builtin(agt_build_t *b, agt_str_t uri);


int
agt_build_target(agt_build_t *b, uint32_t at, uint32_t *id,
    agt_str_t *dynamic)
{
    int        rc;
    uint32_t   resource;
    agt_buf_t  buf;
    agt_str_t  ref, base;
    agt_uri_t  uri;

    rc = agt_json_string(b->json, at, b->tmp, &ref);
    if (rc != AGT_OK) {
        return rc;
    }

    agt_uri_split(&uri, ref);

    resource = b->resource;

    if (ref.len != 0 && ref.data[0] != '#') {
        base = agt_schema_index_resource(&b->index, resource)->uri;

        agt_buf_init(&buf, b->tmp, base.len + ref.len + 2, AGT_URI_MAX);

        if (agt_uri_resolve(base, ref, &buf) != AGT_OK) {
            return buf.full ? agt_build_error(b, at, "the URI is too long")
                            : AGT_ERROR;
        }

        rc = agt_build_resource(b, agt_buf_slice(&buf), at, &resource);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    agt_buf_init(&buf, b->tmp, uri.fragment.len + 1, AGT_URI_MAX);

    rc = agt_uri_decode(uri.fragment, &buf);

    if (rc != AGT_OK) {
        return rc == AGT_ERROR && !buf.full
               ? AGT_ERROR
               : agt_build_error(b, at, "the fragment is not valid");
    }

    return agt_ref_fragment(b, agt_buf_slice(&buf), at, resource, id,
                            dynamic);
}


int
agt_build_root(agt_build_t *b, uint32_t at, uint32_t *id, agt_str_t *dynamic)
{
    agt_str_t                     name;
    agt_build_place_t             place;
    const agt_schema_name_t      *anchor;
    const agt_schema_resource_t  *r;

    r = agt_schema_index_resource(&b->index, b->resource);

    name = agt_str_make("", 0);
    anchor = agt_schema_index_find(&b->index, b->resource, name);

    *dynamic = agt_str_make(NULL, 0);

    if (anchor != NULL && anchor->node == r->node) {
        *dynamic = name;
    }

    place.doc = r->doc;
    place.node = r->node;

    return agt_build_intern(b, &place, at, id);
}


static int
agt_ref_fragment(agt_build_t *b, agt_str_t fragment, uint32_t at,
    uint32_t resource, uint32_t *id, agt_str_t *dynamic)
{
    int                           rc;
    const agt_json_t             *json;
    agt_build_place_t             place;
    const agt_schema_name_t      *name;
    const agt_schema_resource_t  *r;

    *dynamic = agt_str_make(NULL, 0);

    r = agt_schema_index_resource(&b->index, resource);
    place.doc = r->doc;
    place.node = r->node;

    json = agt_schema_index_doc(&b->index, r->doc)->json;

    if (fragment.len != 0 && fragment.data[0] == '/') {

        rc = agt_ref_pointer(b, fragment, at, json, &place.node);
        if (rc != AGT_OK) {
            return rc;
        }

    } else if (fragment.len != 0) {
        name = agt_schema_index_find(&b->index, resource, fragment);

        if (name == NULL) {
            return agt_build_error(b, at, "the reference leads nowhere: no"
                                   " anchor \"%.*s\"",
                                   agt_schema_shown(fragment), fragment.data);
        }

        place.node = name->node;

        if (name->dynamic) {
            *dynamic = name->name;
        }
    }

    return agt_build_intern(b, &place, at, id);
}


static int
agt_ref_pointer(agt_build_t *b, agt_str_t pointer, uint32_t at,
    const agt_json_t *json, uint32_t *node)
{
    agt_str_t    token;
    const char  *p, *end;

    p = pointer.data;
    end = p + pointer.len;

    while (p < end) {
        token.data = ++p;

        while (p < end && *p != '/') {
            p++;
        }

        token.len = (size_t) (p - token.data);

        *node = agt_build_step(json, *node, token);

        if (*node == AGT_JSON_NONE) {
            pointer.len = (size_t) (p - pointer.data);

            return agt_build_error(b, at, "the reference leads nowhere: no"
                                   " \"%.*s\"", agt_schema_shown(pointer),
                                   pointer.data);
        }
    }

    return AGT_OK;
}


uint32_t
agt_build_step(const agt_json_t *json, uint32_t node, agt_str_t token)
{
    char       text[1024];
    size_t     i;
    uint32_t   k;
    uint64_t   index;
    agt_buf_t  buf;

    if (json->nodes[node].type == AGT_JSON_OBJECT) {
        agt_buf_fixed(&buf, text, sizeof(text));

        for (i = 0; i < token.len; i++) {

            if (token.data[i] != '~') {
                agt_buf_char(&buf, token.data[i]);
                continue;
            }

            i++;

            if (i == token.len
                || (token.data[i] != '0' && token.data[i] != '1'))
            {
                return AGT_JSON_NONE;
            }

            agt_buf_char(&buf, token.data[i] == '0' ? '~' : '/');
        }

        return buf.failed ? AGT_JSON_NONE
                          : agt_json_member(json, node, agt_buf_slice(&buf));
    }

    if (json->nodes[node].type != AGT_JSON_ARRAY || token.len == 0
        || token.len > 9 || (token.len > 1 && token.data[0] == '0'))
    {
        return AGT_JSON_NONE;
    }

    index = 0;

    for (i = 0; i < token.len; i++) {

        if (token.data[i] < '0' || token.data[i] > '9') {
            return AGT_JSON_NONE;
        }

        index = index * 10 + (uint64_t) (token.data[i] - '0');
    }

    if (index >= json->nodes[node].count) {
        return AGT_JSON_NONE;
    }

    for (k = node + 1; index != 0; index--) {
        k = json->nodes[k].next;
    }

    return k;
}


int
agt_build_resource(agt_build_t *b, agt_str_t uri, uint32_t at,
    uint32_t *resource)
{
    int                       rc;
    const agt_schema_name_t  *name;

    name = agt_schema_index_find(&b->index, AGT_INDEX_NONE, uri);

    if (name == NULL) {
        rc = agt_ref_builtin(b, uri);
        if (rc == AGT_ERROR) {
            return rc;
        }

        name = agt_schema_index_find(&b->index, AGT_INDEX_NONE, uri);
    }

    if (name == NULL) {
        return agt_build_error(b, at, "the reference leads nowhere: no schema"
                               " \"%.*s\" is known, and none is fetched",
                               agt_schema_shown(uri), uri.data);
    }

    *resource = name->resource;

    return AGT_OK;
}


/* its nodes stay with the schema, since values of it may be compared with */

static int
agt_ref_builtin(agt_build_t *b, agt_str_t uri)
{
    uint32_t     doc;
    agt_str_t    text;
    agt_json_t  *json;

    text = agt_metaschema(uri);

    if (text.len == 0) {
        return AGT_DECLINED;
    }

    json = agt_alloc(b->mem, sizeof(agt_json_t));

    if (json == NULL
        || agt_json_parse(json, text, NULL, b->mem, NULL) != AGT_OK
        || agt_schema_index_add(&b->index, json, uri, true, &doc, NULL)
           != AGT_OK)
    {
        return AGT_ERROR;
    }

    return AGT_OK;
}
