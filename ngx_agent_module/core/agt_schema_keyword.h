
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The keywords: which vocabulary and which dialects have them, what their
 * values may be, and where in them there are subschemas.
 */


#ifndef _AGT_SCHEMA_KEYWORD_H_INCLUDED_
#define _AGT_SCHEMA_KEYWORD_H_INCLUDED_


#include "agt_json.h"


/* vocabularies; those without a keyword that means anything here have no bit */

#define AGT_VOCAB_CORE       0x01
#define AGT_VOCAB_APPLY      0x02   /* applicator */
#define AGT_VOCAB_REST       0x04   /* unevaluated */
#define AGT_VOCAB_CHECK      0x08   /* validation */
#define AGT_VOCAB_FORMAT     0x10
#define AGT_VOCAB_ASSERTION  0x20   /* "format" is one, whoever asks */
#define AGT_VOCAB_ALL        0x1f

/* dialects */

#define AGT_DRAFT_2019       0x01
#define AGT_DRAFT_2020       0x02
#define AGT_DRAFT_BOTH       0x03


typedef enum {
    AGT_SHAPE_NONE = 0,
    AGT_SHAPE_ONE,           /* the value is a schema */
    AGT_SHAPE_LIST,          /* an array of schemas */
    AGT_SHAPE_EITHER,        /* one of both */
    AGT_SHAPE_MAP            /* an object of schemas; arrays in it are not */
} agt_shape_e;


#define AGT_JSON_SCHEMA  (AGT_JSON_OBJECT | AGT_JSON_BOOLEAN)
#define AGT_JSON_ITEMS   (AGT_JSON_SCHEMA | AGT_JSON_ARRAY)
#define AGT_JSON_TYPE    (AGT_JSON_STRING | AGT_JSON_ARRAY)


/*    id             name                     vocab   value    shape   draft */

#define AGT_KEYWORD_MAP(X)                                                    \
    X(ID,            "$id",                   CORE,   STRING,  NONE,   BOTH)  \
    X(SCHEMA,        "$schema",               CORE,   STRING,  NONE,   BOTH)  \
    X(REF,           "$ref",                  CORE,   STRING,  NONE,   BOTH)  \
    X(ANCHOR,        "$anchor",               CORE,   STRING,  NONE,   BOTH)  \
    X(DYN_REF,       "$dynamicRef",           CORE,   STRING,  NONE,   2020)  \
    X(DYN_ANCHOR,    "$dynamicAnchor",        CORE,   STRING,  NONE,   2020)  \
    X(REC_REF,       "$recursiveRef",         CORE,   STRING,  NONE,   2019)  \
    X(REC_ANCHOR,    "$recursiveAnchor",      CORE,   BOOLEAN, NONE,   2019)  \
    X(VOCABULARY,    "$vocabulary",           CORE,   OBJECT,  NONE,   BOTH)  \
    X(DEFS,          "$defs",                 CORE,   OBJECT,  MAP,    BOTH)  \
    X(DEFINITIONS,   "definitions",           CORE,   OBJECT,  MAP,    BOTH)  \
    X(DEPENDENCIES,  "dependencies",          APPLY,  OBJECT,  MAP,    BOTH)  \
    X(ALL_OF,        "allOf",                 APPLY,  ARRAY,   LIST,   BOTH)  \
    X(ANY_OF,        "anyOf",                 APPLY,  ARRAY,   LIST,   BOTH)  \
    X(ONE_OF,        "oneOf",                 APPLY,  ARRAY,   LIST,   BOTH)  \
    X(NOT,           "not",                   APPLY,  SCHEMA,  ONE,    BOTH)  \
    X(IF,            "if",                    APPLY,  SCHEMA,  ONE,    BOTH)  \
    X(THEN,          "then",                  APPLY,  SCHEMA,  ONE,    BOTH)  \
    X(ELSE,          "else",                  APPLY,  SCHEMA,  ONE,    BOTH)  \
    X(SCHEMAS_IF,    "dependentSchemas",      APPLY,  OBJECT,  MAP,    BOTH)  \
    X(PREFIX_ITEMS,  "prefixItems",           APPLY,  ARRAY,   LIST,   2020)  \
    X(ITEMS,         "items",                 APPLY,  ITEMS,   EITHER, BOTH)  \
    X(MORE_ITEMS,    "additionalItems",       APPLY,  SCHEMA,  ONE,    2019)  \
    X(CONTAINS,      "contains",              APPLY,  SCHEMA,  ONE,    BOTH)  \
    X(PROPERTIES,    "properties",            APPLY,  OBJECT,  MAP,    BOTH)  \
    X(PATTERNS,      "patternProperties",     APPLY,  OBJECT,  MAP,    BOTH)  \
    X(MORE,          "additionalProperties",  APPLY,  SCHEMA,  ONE,    BOTH)  \
    X(NAMES,         "propertyNames",         APPLY,  SCHEMA,  ONE,    BOTH)  \
    X(REST_ITEMS,    "unevaluatedItems",      REST,   SCHEMA,  ONE,    BOTH)  \
    X(REST,          "unevaluatedProperties", REST,   SCHEMA,  ONE,    BOTH)  \
    X(TYPE,          "type",                  CHECK,  TYPE,    NONE,   BOTH)  \
    X(ENUM,          "enum",                  CHECK,  ARRAY,   NONE,   BOTH)  \
    X(CONST,         "const",                 CHECK,  ANY,     NONE,   BOTH)  \
    X(MULTIPLE,      "multipleOf",            CHECK,  NUMBER,  NONE,   BOTH)  \
    X(MAXIMUM,       "maximum",               CHECK,  NUMBER,  NONE,   BOTH)  \
    X(EXCL_MAXIMUM,  "exclusiveMaximum",      CHECK,  NUMBER,  NONE,   BOTH)  \
    X(MINIMUM,       "minimum",               CHECK,  NUMBER,  NONE,   BOTH)  \
    X(EXCL_MINIMUM,  "exclusiveMinimum",      CHECK,  NUMBER,  NONE,   BOTH)  \
    X(MAX_LENGTH,    "maxLength",             CHECK,  NUMBER,  NONE,   BOTH)  \
    X(MIN_LENGTH,    "minLength",             CHECK,  NUMBER,  NONE,   BOTH)  \
    X(PATTERN,       "pattern",               CHECK,  STRING,  NONE,   BOTH)  \
    X(MAX_ITEMS,     "maxItems",              CHECK,  NUMBER,  NONE,   BOTH)  \
    X(MIN_ITEMS,     "minItems",              CHECK,  NUMBER,  NONE,   BOTH)  \
    X(UNIQUE,        "uniqueItems",           CHECK,  BOOLEAN, NONE,   BOTH)  \
    X(MAX_CONTAINS,  "maxContains",           CHECK,  NUMBER,  NONE,   BOTH)  \
    X(MIN_CONTAINS,  "minContains",           CHECK,  NUMBER,  NONE,   BOTH)  \
    X(MAX_PROPERTIES,"maxProperties",         CHECK,  NUMBER,  NONE,   BOTH)  \
    X(MIN_PROPERTIES,"minProperties",         CHECK,  NUMBER,  NONE,   BOTH)  \
    X(REQUIRED,      "required",              CHECK,  ARRAY,   NONE,   BOTH)  \
    X(REQUIRED_IF,   "dependentRequired",     CHECK,  OBJECT,  NONE,   BOTH)  \
    X(FORMAT,        "format",                FORMAT, STRING,  NONE,   BOTH)  \
    X(CONTENT_SCHEMA,"contentSchema",         CORE,   SCHEMA,  ONE,    BOTH)


typedef enum {
#define AGT_KEYWORD_ID(id, name, vocab, value, shape, draft)  AGT_KEYWORD_##id,
    AGT_KEYWORD_MAP(AGT_KEYWORD_ID)
#undef AGT_KEYWORD_ID
    AGT_KEYWORD_N
} agt_keyword_e;


typedef struct {
    agt_str_t  name;
    uint8_t    vocabulary;
    uint8_t    types;          /* that the value may have */
    uint8_t    shape;
    uint8_t    drafts;
} agt_keyword_t;


/* indexed by agt_keyword_e */

extern const agt_keyword_t  agt_keywords[AGT_KEYWORD_N];

/* the keyword that a key is, or AGT_KEYWORD_N */

agt_keyword_e agt_keyword_find(const agt_json_t *json, uint32_t key);


#endif /* _AGT_SCHEMA_KEYWORD_H_INCLUDED_ */
