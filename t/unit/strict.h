
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The rules that providers publish for schemas in strict mode, checked without
 * a look at the code that has to obey them.
 */


#ifndef _STRICT_H_INCLUDED_
#define _STRICT_H_INCLUDED_


#include "agt_json.h"


#define STRICT_DEPTH   10


static const char *const  strict_keywords[] = {
    "type", "properties", "required", "additionalProperties", "items", "anyOf",
    "enum", "const", "$ref", "$defs", "title", "description", "minimum",
    "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "pattern", "format", "minItems", "maxItems"
};


static bool strict_schema(const agt_json_t *doc, uint32_t i, unsigned depth);


static inline uint32_t
strict_get(const agt_json_t *doc, uint32_t i, const char *name)
{
    return agt_json_member(doc, i, agt_str_from(name));
}


static inline bool
strict_is(const agt_json_t *doc, uint32_t i, const char *text)
{
    return i != AGT_JSON_NONE && doc->nodes[i].type == AGT_JSON_STRING
           && agt_json_string_is(doc, i, agt_str_from(text));
}


/* every member of an object, or every element of an array, is a schema */

static inline bool
strict_each(const agt_json_t *doc, uint32_t list, unsigned depth)
{
    uint32_t  i, object;

    object = doc->nodes[list].type == AGT_JSON_OBJECT;

    for (i = list + 1; i < doc->nodes[list].next; i = doc->nodes[i].next) {

        i += object;

        if (!strict_schema(doc, i, depth)) {
            return false;
        }
    }

    return true;
}


static inline bool
strict_known(const agt_json_t *doc, uint32_t i)
{
    size_t    n;
    uint32_t  k;

    for (k = i + 1; k < doc->nodes[i].next; k = doc->nodes[k + 1].next) {

        for (n = 0; n < agt_array_n(strict_keywords); n++) {
            if (strict_is(doc, k, strict_keywords[n])) {
                break;
            }
        }

        if (n == agt_array_n(strict_keywords)) {
            return false;
        }
    }

    return true;
}


static inline bool
strict_object(const agt_json_t *doc, uint32_t i, unsigned depth)
{
    uint32_t  k, properties, required, additional;

    properties = strict_get(doc, i, "properties");
    required = strict_get(doc, i, "required");
    additional = strict_get(doc, i, "additionalProperties");

    if (properties == AGT_JSON_NONE || required == AGT_JSON_NONE
        || additional == AGT_JSON_NONE
        || !agt_str_is(agt_json_raw(doc, additional), "false")
        || doc->nodes[properties].type != AGT_JSON_OBJECT
        || doc->nodes[properties].count == 0
        || doc->nodes[properties].count != doc->nodes[required].count)
    {
        return false;
    }

    /* in the same order, so that none is missing and none comes twice */

    required++;

    for (k = properties + 1; k < doc->nodes[properties].next;
         k = doc->nodes[k + 1].next)
    {
        if (!agt_str_eq(agt_json_raw(doc, k), agt_json_raw(doc, required++))) {
            return false;
        }
    }

    return strict_each(doc, properties, depth + 1);
}


static inline bool
strict_ref(const agt_json_t *doc, uint32_t ref)
{
    uint32_t   defs;
    agt_str_t  raw;

    if (strict_is(doc, ref, "#")) {
        return true;
    }

    raw = agt_json_raw(doc, ref);
    defs = strict_get(doc, 0, "$defs");

    return defs != AGT_JSON_NONE
           && raw.len > 10
           && memcmp(raw.data, "\"#/$defs/", 9) == 0
           && agt_json_member(doc, defs,
                              agt_str_make(raw.data + 9, raw.len - 10))
              != AGT_JSON_NONE;
}


/* one type, or one and null */

static inline bool
strict_type(const agt_json_t *doc, uint32_t type, uint32_t *one)
{
    if (doc->nodes[type].type == AGT_JSON_STRING) {
        *one = type;
        return true;
    }

    if (doc->nodes[type].type != AGT_JSON_ARRAY
        || doc->nodes[type].count != 2)
    {
        return false;
    }

    *one = strict_is(doc, type + 1, "null") ? type + 2 : type + 1;

    return strict_is(doc, type + 1, "null") != strict_is(doc, type + 2, "null");
}


static bool
strict_schema(const agt_json_t *doc, uint32_t i, unsigned depth)
{
    uint32_t  k, n, one, items;

    if (doc->nodes[i].type != AGT_JSON_OBJECT || depth > STRICT_DEPTH
        || !strict_known(doc, i))
    {
        return false;
    }

    n = (strict_get(doc, i, "title") != AGT_JSON_NONE)
        + (strict_get(doc, i, "description") != AGT_JSON_NONE);

    k = strict_get(doc, i, "$ref");

    if (k != AGT_JSON_NONE) {
        return doc->nodes[i].count == 1 && strict_ref(doc, k);
    }

    k = strict_get(doc, i, "anyOf");

    if (k != AGT_JSON_NONE) {
        return doc->nodes[i].count == n + 1
               && doc->nodes[k].type == AGT_JSON_ARRAY
               && strict_each(doc, k, depth);
    }

    k = strict_get(doc, i, "type");

    if (k == AGT_JSON_NONE || !strict_type(doc, k, &one)) {
        return false;
    }

    if (strict_is(doc, one, "object")) {
        return strict_object(doc, i, depth);
    }

    items = strict_get(doc, i, "items");

    if (strict_is(doc, one, "array")) {
        return items != AGT_JSON_NONE && strict_schema(doc, items, depth + 1);
    }

    return items == AGT_JSON_NONE
           && strict_get(doc, i, "properties") == AGT_JSON_NONE;
}


/* whether the whole document obeys them */

static inline bool
strict_obeys(const agt_json_t *doc)
{
    uint32_t  defs;

    defs = strict_get(doc, 0, "$defs");

    return strict_is(doc, strict_get(doc, 0, "type"), "object")
           && strict_get(doc, 0, "anyOf") == AGT_JSON_NONE
           && strict_schema(doc, 0, 1)
           && (defs == AGT_JSON_NONE || strict_each(doc, defs, 1));
}


#endif /* _STRICT_H_INCLUDED_ */
