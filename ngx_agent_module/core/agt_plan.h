
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A plan says how a value of a schema is written: a tree of nodes in which
 * every choice that the schema leaves is bounded.  The builder makes it of a
 * schema, the writer makes values of it.
 */


#ifndef _AGT_PLAN_H_INCLUDED_
#define _AGT_PLAN_H_INCLUDED_


#include "agt_generate.h"
#include "agt_words.h"


#define AGT_PLAN_DEPTH     32      /* of a value; readers take twice as much */
#define AGT_PLAN_NODES     4096    /* of a plan: $ref may double them all */
#define AGT_PLAN_LEAN      0x100u
#define AGT_PLAN_NO_LIMIT  UINT32_MAX


typedef struct agt_plan_s          agt_plan_t;
typedef struct agt_plan_member_s   agt_plan_member_t;
typedef struct agt_pattern_s       agt_pattern_t;


typedef enum {
    AGT_PLAN_NULL = 0,
    AGT_PLAN_BOOLEAN,
    AGT_PLAN_NUMBER,
    AGT_PLAN_STRING,
    AGT_PLAN_CHOICE,
    AGT_PLAN_ARRAY,
    AGT_PLAN_OBJECT
} agt_plan_e;


/* numbers lo, lo + step, ...: n of them, in units of 10^-scale */

typedef struct {
    int64_t   lo;
    int64_t   step;
    uint64_t  n;
    uint8_t   scale;
} agt_plan_number_t;


typedef struct {
    agt_words_e           kind;
    uint32_t              min;       /* code points */
    uint32_t              max;
    const agt_pattern_t  *pattern;   /* or NULL */
    bool                  free;      /* neither pattern nor format */
} agt_plan_string_t;


/* texts of values, as the schema has them */

typedef struct {
    agt_str_t  *texts;
    uint32_t    n;
} agt_plan_choice_t;


/* "first" are the items that have plans of their own; "item" may be NULL */

typedef struct {
    agt_plan_t  **first;
    uint32_t      n;
    agt_plan_t   *item;
    uint32_t      min;
    uint32_t      max;
    bool          unique;
} agt_plan_array_t;


struct agt_plan_member_s {
    agt_str_t    key;        /* with its quotes and the colon */
    agt_plan_t  *value;
    bool         required;
};


/* "extra" members have made-up names, of the plan "name" unless it is NULL */

typedef struct {
    agt_plan_member_t  *members;
    uint32_t            n;
    agt_plan_t         *name;
    agt_plan_t         *extra;
    uint32_t            min;       /* members */
    uint32_t            max;
    uint32_t            required;
    uint32_t            wanted;    /* extra members, if max allows */
} agt_plan_object_t;


struct agt_plan_s {
    agt_plan_e             type;
    bool                   nullable;
    bool                   lead;    /* it is, or holds, the first free text */
    union {
        agt_plan_number_t  number;
        agt_plan_string_t  string;
        agt_plan_choice_t  choice;
        agt_plan_array_t   array;
        agt_plan_object_t  object;
    } u;
};


/*
 * Builds the plan of a schema.  Where the schema leaves a choice between
 * branches the variant says which one is tried first (in steps of 2); bit 0
 * forbids to take values from "examples", AGT_PLAN_LEAN to write what is not
 * required.  DECLINED: no plan was found.
 */

int agt_plan_build(agt_plan_t **plan, const agt_json_t *schema,
    unsigned variant, agt_mem_t *mem);

/*
 * Writes a value; DECLINED where that takes too long.  "wrong" is the number
 * of the scalar, counted from 0, that is replaced by one of another type;
 * AGT_PLAN_NO_LIMIT: none.
 */

int agt_plan_write(const agt_plan_t *plan,
    const agt_generate_options_t *options, uint32_t wrong, agt_buf_t *buf);


/*
 * Text for a pattern: of an ECMA-262 expression without assertions other than
 * anchors and without back references.  DECLINED where it has more than that.
 */

int agt_pattern_parse(agt_pattern_t **pattern, agt_str_t text,
    agt_mem_t *mem);

/* appends the inside of a JSON string, of min to max code points if it can;
   takes its steps from the fuel */

void agt_pattern_write(const agt_pattern_t *pattern, uint32_t min,
    uint32_t max, uint64_t *fuel, agt_random_t *random, agt_buf_t *buf);


#endif /* _AGT_PLAN_H_INCLUDED_ */
