
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What strict mode takes: the keywords of a schema by what becomes of them,
 * and whether a schema is one that strict mode can say without changing it.
 */


#ifndef _AGT_CODEC_STRICT_H_INCLUDED_
#define _AGT_CODEC_STRICT_H_INCLUDED_


#include "agt_json.h"


typedef enum {
    KW_TEXT = 0,      /* an annotation that the model should read */
    KW_LEAF,          /* left out: says something of one value */
    KW_SHAPE,         /* left out: says something of a value's members */
    KW_TYPE,
    KW_ENUM,
    KW_CONST,
    KW_NUMBER,        /* bounds of a number */
    KW_PATTERN,
    KW_FORMAT,
    KW_SIZE,          /* bounds of an array's length */
    KW_ITEMS,
    KW_PREFIX_ITEMS,
    KW_PROPERTIES,
    KW_REQUIRED,
    KW_ADDITIONAL,
    KW_PATTERNS,      /* patternProperties */
    KW_ALL_OF,        /* of more than one; of one it counts as anyOf */
    KW_ANY_OF,
    KW_ONE_OF,
    KW_REF,
    KW_DEFS,
    KW_N
} agt_keyword_e;


#define kw(kind)   (1u << (kind))


typedef struct {
    agt_str_t      name;
    agt_keyword_e  kind;
    uint8_t        types;      /* that its value may have */
} agt_keyword_t;


/* one schema: its keywords' values, and the types that it names or implies */

typedef struct {
    uint32_t  at[KW_N];
    unsigned  kinds;          /* a bit for each kind that is there */
    uint8_t   types;
    bool      integer;        /* of implied types: no fraction */
} agt_strict_facts_t;


/* what strict mode limits for the whole schema */

typedef struct {
    uint32_t  properties;
    uint32_t  enums;          /* values of all enums */
    size_t    chars;          /* of names, enums and consts */
} agt_strict_count_t;


/* i: an object of the document */

void agt_strict_facts(const agt_json_t *doc, uint32_t i,
    agt_strict_facts_t *facts);

/* NULL: an annotation, not known, or its value has a wrong type */

const agt_keyword_t *agt_strict_keyword(const agt_json_t *doc, uint32_t key);

/* whether it can be said in strict mode, but for its children; adds to count */

bool agt_strict_fits(const agt_json_t *doc, const agt_strict_facts_t *facts,
    bool root, uint32_t depth, agt_strict_count_t *count);
bool agt_strict_within(const agt_strict_count_t *count);

/* whether the engines behind strict mode take the value of such a keyword */

bool agt_strict_pattern(const agt_json_t *doc, uint32_t i, agt_mem_t *mem);
bool agt_strict_format(const agt_json_t *doc, uint32_t i);


#endif /* _AGT_CODEC_STRICT_H_INCLUDED_ */
