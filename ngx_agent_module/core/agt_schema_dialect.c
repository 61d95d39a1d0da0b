
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What "$schema" says: which keywords there are, and the meta-schema by which
 * a document is checked before it is compiled.
 */


#include "agt_metaschema.h"
#include "agt_schema_build.h"


#define AGT_DIALECT_STEPS   1000     /* of fuel, for each node of a document */


typedef struct {
    const char  *name;
    uint8_t      bits;
} agt_dialect_vocab_t;


static int agt_dialect_find(agt_build_t *b, uint32_t resource,
    agt_str_t uri, uint32_t at, agt_build_dialect_t **found);
static int agt_dialect_custom(agt_build_t *b, uint32_t resource, uint32_t at,
    agt_build_dialect_t *dialect);
static int agt_dialect_vocabulary(agt_build_t *b,
    const agt_schema_resource_t *r, agt_build_dialect_t *dialect);
static int agt_dialect_draft(const agt_json_t *json, uint32_t node,
    agt_build_dialect_t *dialect);
static void agt_dialect_violation(const agt_schema_doc_t *doc,
    const agt_violation_t *violation, agt_error_t *err);


/* those that have no keywords here, like meta-data, are known with no bits */

static const agt_dialect_vocab_t  agt_dialect_vocabs[] = {
    { "https://json-schema.org/draft/2020-12/vocab/core",
      AGT_VOCAB_CORE },
    { "https://json-schema.org/draft/2020-12/vocab/applicator",
      AGT_VOCAB_APPLY },
    { "https://json-schema.org/draft/2020-12/vocab/unevaluated",
      AGT_VOCAB_REST },
    { "https://json-schema.org/draft/2020-12/vocab/validation",
      AGT_VOCAB_CHECK },
    { "https://json-schema.org/draft/2020-12/vocab/format-annotation",
      AGT_VOCAB_FORMAT },
    { "https://json-schema.org/draft/2020-12/vocab/format-assertion",
      AGT_VOCAB_FORMAT | AGT_VOCAB_ASSERTION },
    { "https://json-schema.org/draft/2020-12/vocab/meta-data", 0 },
    { "https://json-schema.org/draft/2020-12/vocab/content", 0 },

    { "https://json-schema.org/draft/2019-09/vocab/core",
      AGT_VOCAB_CORE },
    { "https://json-schema.org/draft/2019-09/vocab/applicator",
      AGT_VOCAB_APPLY | AGT_VOCAB_REST },
    { "https://json-schema.org/draft/2019-09/vocab/validation",
      AGT_VOCAB_CHECK },
    { "https://json-schema.org/draft/2019-09/vocab/format",
      AGT_VOCAB_FORMAT },
    { "https://json-schema.org/draft/2019-09/vocab/meta-data", 0 },
    { "https://json-schema.org/draft/2019-09/vocab/content", 0 }
};


int
agt_build_dialect(agt_build_t *b, uint32_t resource,
    agt_build_dialect_t **dialect)
{
    int                           rc;
    uint8_t                      *known;
    uint32_t                      at, outer;
    agt_str_t                     uri;
    const agt_json_t             *json;
    const agt_schema_resource_t  *r;

    known = agt_build_byte(b, &b->resource_dialects, resource);
    if (known == NULL) {
        return AGT_ERROR;
    }

    if (*known != 0) {
        *dialect = &b->dialects[*known - 1];
        return AGT_OK;
    }

    /* a resource without a "$schema" is of the dialect that it is within */

    uri = agt_str_from(AGT_METASCHEMA_2020);
    at = AGT_JSON_NONE;

    for (outer = resource; outer != AGT_INDEX_NONE; outer = r->parent) {
        r = agt_schema_index_resource(&b->index, outer);
        json = agt_schema_index_doc(&b->index, r->doc)->json;

        if (json->nodes[r->node].type != AGT_JSON_OBJECT) {
            break;
        }

        at = agt_json_member(json, r->node,
                             agt_keywords[AGT_KEYWORD_SCHEMA].name);

        if (at != AGT_JSON_NONE && json->nodes[at].type == AGT_JSON_STRING) {
            rc = agt_json_string(json, at, b->tmp, &uri);
            if (rc != AGT_OK) {
                return rc;
            }

            break;
        }
    }

    rc = agt_dialect_find(b, resource, uri, at, dialect);

    if (rc == AGT_OK) {
        *known = (uint8_t) (*dialect - b->dialects + 1);
    }

    return rc;
}


static int
agt_dialect_find(agt_build_t *b, uint32_t resource, agt_str_t uri, uint32_t at,
    agt_build_dialect_t **found)
{
    int                      rc;
    uint32_t                 i;
    agt_build_dialect_t     *dialect;
    const agt_schema_doc_t  *doc;

    if (uri.len != 0 && uri.data[uri.len - 1] == '#') {
        uri.len--;
    }

    for (i = 0; i < b->ndialects; i++) {
        if (agt_str_eq(b->dialects[i].uri, uri)) {
            *found = &b->dialects[i];
            return AGT_OK;
        }
    }

    if (i == AGT_BUILD_DIALECTS) {
        i = agt_schema_index_resource(&b->index, resource)->doc;
        doc = agt_schema_index_doc(&b->index, i);

        return agt_schema_index_error(doc, at, b->err,
                                      "more than %d dialects",
                                      AGT_BUILD_DIALECTS);
    }

    dialect = &b->dialects[i];

    dialect->uri = uri;
    dialect->vocabularies = AGT_VOCAB_ALL;
    dialect->draft = AGT_DRAFT_2020;
    dialect->meta = NULL;

    if (agt_str_is(uri, AGT_METASCHEMA_2019)) {
        dialect->draft = AGT_DRAFT_2019;

    } else if (!agt_str_is(uri, AGT_METASCHEMA_2020)) {
        rc = agt_dialect_custom(b, resource, at, dialect);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    b->ndialects++;
    *found = dialect;

    return AGT_OK;
}


/* a meta-schema of the user's own, among the documents at hand */

static int
agt_dialect_custom(agt_build_t *b, uint32_t resource, uint32_t at,
    agt_build_dialect_t *dialect)
{
    const agt_schema_doc_t       *doc;
    const agt_schema_name_t      *name;
    const agt_schema_resource_t  *r;

    name = agt_schema_index_find(&b->index, AGT_INDEX_NONE, dialect->uri);

    if (name == NULL) {
        r = agt_schema_index_resource(&b->index, resource);
        doc = agt_schema_index_doc(&b->index, r->doc);

        return agt_schema_index_error(doc, at, b->err, "\"$schema\" must be"
                                      " \"%s\", not \"%.*s\"",
                                      AGT_METASCHEMA_2020,
                                      agt_schema_shown(dialect->uri),
                                      dialect->uri.data);
    }

    r = agt_schema_index_resource(&b->index, name->resource);

    return agt_dialect_vocabulary(b, r, dialect);
}


static int
agt_dialect_vocabulary(agt_build_t *b, const agt_schema_resource_t *r,
    agt_build_dialect_t *dialect)
{
    size_t                   i;
    uint32_t                 key, end, object;
    agt_str_t                uri;
    const agt_json_t        *json;
    const agt_schema_doc_t  *doc;

    doc = agt_schema_index_doc(&b->index, r->doc);
    json = doc->json;

    if (agt_dialect_draft(json, r->node, dialect) != AGT_OK) {
        return agt_schema_index_error(doc, r->node, b->err,
                                      "a meta-schema must be an object");
    }

    object = agt_json_member(json, r->node,
                             agt_keywords[AGT_KEYWORD_VOCABULARY].name);

    if (object == AGT_JSON_NONE || json->nodes[object].type != AGT_JSON_OBJECT)
    {
        return AGT_OK;
    }

    dialect->vocabularies = AGT_VOCAB_CORE;
    end = json->nodes[object].next;

    for (key = object + 1; key < end; key = json->nodes[key + 1].next) {

        for (i = 0; i < agt_array_n(agt_dialect_vocabs); i++) {
            uri = agt_str_from(agt_dialect_vocabs[i].name);

            if (agt_json_string_is(json, key, uri)) {
                dialect->vocabularies |= agt_dialect_vocabs[i].bits;
                break;
            }
        }

        if (i == agt_array_n(agt_dialect_vocabs)
            && (json->nodes[key + 1].flags & AGT_JSON_TRUE))
        {
            return agt_schema_index_error(doc, key + 1, b->err,
                                          "a vocabulary that is required, but"
                                          " not known");
        }
    }

    return AGT_OK;
}


/* the keywords of a meta-schema's dialect are those of the meta-schema's own */

static int
agt_dialect_draft(const agt_json_t *json, uint32_t node,
    agt_build_dialect_t *dialect)
{
    uint32_t   at;
    agt_str_t  uri;

    if (json->nodes[node].type != AGT_JSON_OBJECT) {
        return AGT_DECLINED;
    }

    at = agt_json_member(json, node, agt_keywords[AGT_KEYWORD_SCHEMA].name);
    uri = agt_str_from(AGT_METASCHEMA_2019);

    if (at != AGT_JSON_NONE && json->nodes[at].type == AGT_JSON_STRING
        && agt_json_string_is(json, at, uri))
    {
        dialect->draft = AGT_DRAFT_2019;
    }

    return AGT_OK;
}


int
agt_build_check(agt_build_t *b, uint32_t id)
{
    int                      rc;
    uint8_t                 *checked;
    agt_build_dialect_t     *dialect;
    agt_schema_report_t      report;
    const agt_schema_doc_t  *doc;

    doc = agt_schema_index_doc(&b->index, id);

    if (b->trusted || doc->trusted) {
        return AGT_OK;
    }

    checked = agt_build_byte(b, &b->checked, id);
    if (checked == NULL) {
        return AGT_ERROR;
    }

    if (*checked) {
        return AGT_OK;
    }

    *checked = true;

    rc = agt_build_dialect(b, doc->resource, &dialect);
    if (rc != AGT_OK) {
        return rc;
    }

    if (dialect->meta == NULL) {
        rc = agt_build(&dialect->meta, NULL, dialect->uri, &b->index, false,
                       true, b->tmp, b->err);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    memset(&report, 0, sizeof(agt_schema_report_t));

    report.max = 1;
    report.fuel = AGT_SCHEMA_FUEL + (uint64_t) doc->json->n
                                    * AGT_DIALECT_STEPS;

    rc = agt_schema_check(dialect->meta, doc->json, 0, b->tmp, &report);

    if (rc == AGT_DECLINED) {
        agt_dialect_violation(doc, &report.violations[0], b->err);
    }

    return rc;
}


/* a violation of a meta-schema as an error at a place of the schema */

static void
agt_dialect_violation(const agt_schema_doc_t *doc,
    const agt_violation_t *violation, agt_error_t *err)
{
    size_t       start;
    uint32_t     node, next;
    agt_str_t    token;
    const char  *p, *end;

    node = 0;
    start = 0;

    p = violation->pointer.data;
    end = p + violation->pointer.len;

    while (p < end) {
        token.data = ++p;

        while (p < end && *p != '/') {
            p++;
        }

        token.len = (size_t) (p - token.data);

        next = agt_build_step(doc->json, node, token);

        if (next == AGT_JSON_NONE) {
            break;
        }

        /* an element is told by its keyword and its index */

        if (doc->json->nodes[node].type == AGT_JSON_OBJECT) {
            start = (size_t) (token.data - violation->pointer.data);
        }

        node = next;
    }

    if (start == 0) {
        (void) agt_schema_index_error(doc, node, err, "a schema %.*s",
                                      (int) violation->message.len,
                                      violation->message.data);
        return;
    }

    token = agt_str_make(violation->pointer.data + start,
                         violation->pointer.len - start);

    (void) agt_schema_index_error(doc, node, err, "\"%.*s\" %.*s",
                                  agt_schema_shown(token), token.data,
                                  (int) violation->message.len,
                                  violation->message.data);
}
