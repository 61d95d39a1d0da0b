
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The compiled form of a schema.  Each subschema is a node: the types it
 * takes, and a run of operations, each of which is a keyword or a few that
 * work together.  Operations stand in the order in which they are done, and
 * say to which types of instances they apply.  All of it is immutable.
 */


#ifndef _AGT_SCHEMA_OP_H_INCLUDED_
#define _AGT_SCHEMA_OP_H_INCLUDED_


#include "agt_number.h"
#include "agt_regex.h"
#include "agt_schema.h"


/* beside AGT_JSON_NUMBER, which takes all numbers, in the types of a node */

#define AGT_SCHEMA_INTEGER   0x40

/* the two nodes that every schema has: everything is valid, nothing is */

#define AGT_SCHEMA_TRUE      0
#define AGT_SCHEMA_FALSE     1

#define AGT_SCHEMA_NONE      UINT32_MAX     /* no such node */

#define AGT_SCHEMA_TEXT      (1024 * 1024)  /* bytes of a schema's document */

#define AGT_SCHEMA_SHOWN     100            /* bytes of a name in a message */


/*
 *      kind              keyword, as violations name it
 *
 * The order is the one of execution: what is cheap before what may be dear,
 * what looks at annotations (the last two) after what makes them.
 */

#define AGT_SCHEMA_OP_MAP(X)                                                  \
    X(  ENUM,             enumeration,        "enum"                  )       \
    X(  CONST,            enumeration,        "const"                 )       \
    X(  MAXIMUM,          limit,              "maximum"               )       \
    X(  EXCL_MAXIMUM,     limit,              "exclusiveMaximum"      )       \
    X(  MINIMUM,          limit,              "minimum"               )       \
    X(  EXCL_MINIMUM,     limit,              "exclusiveMinimum"      )       \
    X(  MULTIPLE,         multiple,           "multipleOf"            )       \
    X(  MAX_LENGTH,       length,             "maxLength"             )       \
    X(  MIN_LENGTH,       length,             "minLength"             )       \
    X(  FORMAT,           format,             "format"                )       \
    X(  PATTERN,          pattern,            "pattern"               )       \
    X(  MAX_ITEMS,        count,              "maxItems"              )       \
    X(  MIN_ITEMS,        count,              "minItems"              )       \
    X(  MAX_PROPERTIES,   count,              "maxProperties"         )       \
    X(  MIN_PROPERTIES,   count,              "minProperties"         )       \
    X(  OBJECT,           object,             "properties"            )       \
    X(  NAMES,            names,              "propertyNames"         )       \
    X(  REQUIRED_IF,      required_if,        "dependentRequired"     )       \
    X(  ITEMS,            items,              "items"                 )       \
    X(  UNIQUE,           unique,             "uniqueItems"           )       \
    X(  CONTAINS,         contains,           "contains"              )       \
    X(  REF,              ref,                "$ref"                  )       \
    X(  DYNAMIC_REF,      dynamic_ref,        "$dynamicRef"           )       \
    X(  ALL_OF,           all_of,             "allOf"                 )       \
    X(  ANY_OF,           any_of,             "anyOf"                 )       \
    X(  ONE_OF,           one_of,             "oneOf"                 )       \
    X(  NOT,              not,                "not"                   )       \
    X(  IF,               condition,          "if"                    )       \
    X(  SCHEMAS_IF,       schemas_if,         "dependentSchemas"      )       \
    X(  REST_ITEMS,       rest_items,         "unevaluatedItems"      )       \
    X(  REST_PROPERTIES,  rest_properties,    "unevaluatedProperties" )


typedef enum {
#define AGT_SCHEMA_OP_ID(id, handler, keyword)   AGT_SCHEMA_OP_##id,
    AGT_SCHEMA_OP_MAP(AGT_SCHEMA_OP_ID)
#undef AGT_SCHEMA_OP_ID
    AGT_SCHEMA_OP_N
} agt_schema_op_e;


typedef bool (*agt_schema_format_pt)(agt_str_t s);


typedef struct {
    const char            *name;
    agt_schema_format_pt   valid;
    uint32_t               cost;   /* of four bytes, in fuel */
} agt_schema_format_t;


/*
 * enum and const.  Strings are compared with each other where they are few;
 * else, and for other types, values are found by their hash.
 */

#define AGT_SCHEMA_ENUM_LINEAR   8

typedef struct {
    const agt_json_t  *doc;
    uint32_t          *values;     /* nodes of doc */
    uint64_t          *hashes;     /* of the values */
    uint32_t           n;
    agt_str_t         *strings;    /* those of the values that are strings */
    uint32_t           nstrings;
    uint32_t          *slots;      /* 1 + index of a value, by its hash */
    uint32_t           mask;
    uint8_t            types;      /* of the values */
} agt_schema_enum_t;


typedef struct {
    agt_number_t  number;
    agt_str_t     text;
    int64_t       value;
    bool          small;           /* value is the number */
} agt_schema_limit_t;


typedef struct {
    agt_regex_t  *regex;
    agt_str_t     text;
} agt_schema_pattern_t;


/* a member's name, and the hash that the reader gives it */

typedef struct {
    agt_str_t  name;
    uint32_t   hash;
} agt_schema_key_t;


/*
 * properties, required, patternProperties and additionalProperties: one pass
 * over the members, each looked up by the hash that the reader gave its key.
 * Keys of an object are unique, so required ones need only be counted.
 */

typedef struct {
    agt_schema_key_t  key;
    uint32_t          node;        /* AGT_SCHEMA_NONE: only required */
    bool              required;
} agt_schema_property_t;


typedef struct {
    const agt_schema_pattern_t  *pattern;
    uint32_t                     node;
} agt_schema_pattern_property_t;


typedef struct {
    uint32_t                        hash;
    uint32_t                        index;    /* 1 + that of a property */
} agt_schema_slot_t;


typedef struct {
    agt_schema_slot_t              *slots;
    uint32_t                        mask;
    uint32_t                        n;
    uint32_t                        nrequired;
    uint32_t                        npatterns;
    agt_schema_property_t          *properties;
    agt_schema_pattern_property_t  *patterns;
    uint32_t                        rest;     /* additionalProperties */
} agt_schema_object_t;


/* prefixItems and items */

typedef struct {
    const uint32_t  *prefix;
    uint32_t         n;
    uint32_t         rest;
} agt_schema_items_t;


typedef struct {
    uint64_t  min;
    uint64_t  max;
    uint32_t  node;
    bool      annotates;           /* what it finds counts as evaluated */
} agt_schema_contains_t;


typedef struct {
    uint32_t  if_node;
    uint32_t  then_node;
    uint32_t  else_node;
} agt_schema_condition_t;


/* what a member being there asks for */

typedef struct {
    agt_schema_key_t   key;
    agt_schema_key_t  *required;   /* dependentRequired */
    uint32_t           n;
    uint32_t           node;       /* dependentSchemas */
} agt_schema_dependency_t;


typedef struct {
    uint8_t    kind;
    uint8_t    types;              /* of instances */
    uint32_t   n;                  /* elements at the pointer; a node */

    union {
        uint64_t                        number;
        const uint32_t                 *nodes;
        const agt_schema_enum_t        *enumeration;
        const agt_schema_limit_t       *limit;
        const agt_schema_pattern_t     *pattern;
        const agt_schema_format_t      *format;
        const agt_schema_object_t      *object;
        const agt_schema_items_t       *items;
        const agt_schema_contains_t    *contains;
        const agt_schema_condition_t   *condition;
        const agt_schema_dependency_t  *dependencies;
    } u;
} agt_schema_op_t;


typedef struct {
    uint32_t  ops;                 /* the first */
    uint16_t  nops;
    uint8_t   types;
    bool      rest;                /* has unevaluatedItems or -Properties */
    uint32_t  resource;            /* what dynamic scopes are made of */
} agt_schema_node_t;


/* sorted by name, then by resource */

typedef struct {
    uint32_t  name;
    uint32_t  resource;
    uint32_t  node;
} agt_schema_anchor_t;


struct agt_schema_s {
    agt_schema_node_t     *nodes;
    agt_schema_op_t       *ops;
    agt_schema_anchor_t   *anchors;     /* targets of $dynamicRef */
    agt_schema_pattern_t **patterns;
    uint32_t               root;
    uint32_t               n;           /* nodes */
    uint32_t               nops;
    uint32_t               nanchors;
    uint32_t               npatterns;
    bool                   dynamic;     /* scopes matter */
};


/* the bytes of a text that a message shows, by whole characters */

static inline int
agt_schema_shown(agt_str_t s)
{
    if (s.len > AGT_SCHEMA_SHOWN) {
        s.len = AGT_SCHEMA_SHOWN;
        s.len = agt_utf8_valid(s);
    }

    return (int) s.len;
}


/* NULL: no format that is asserted */

const agt_schema_format_t *agt_schema_format(agt_str_t name);


#endif /* _AGT_SCHEMA_OP_H_INCLUDED_ */
