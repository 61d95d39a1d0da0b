
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What the files that build plans share.
 */


#ifndef _AGT_PLAN_BUILD_H_INCLUDED_
#define _AGT_PLAN_BUILD_H_INCLUDED_


#include "agt_plan.h"
#include "agt_shape.h"


#define AGT_PLAN_CYCLES     2          /* a list of lists shows what it is */
#define AGT_PLAN_CHOICES    256        /* open at a time: they recurse */
#define AGT_PLAN_CONTAINS   16         /* items made for "contains" alone */
#define AGT_PLAN_EXAMPLES   16         /* of one schema that are used */
#define AGT_PLAN_SCRATCH    (16 * 1024 * 1024)


/* where in the answer a value stands */

typedef struct {
    agt_str_t                name;     /* of the nearest member */
    agt_str_t                owner;    /* of the member that it is in */
    uint32_t                 depth;
    uint32_t                 many;     /* that have to differ */
    const agt_shape_list_t  *refs;
} agt_plan_place_t;


typedef struct {
    agt_shape_reader_t   reader;
    const agt_json_t    *doc;
    agt_mem_t           *mem;          /* of the plan */
    uint32_t             nodes;        /* that may still be made */
    uint32_t             choices;      /* that may still be opened */
    unsigned             turn;         /* the branch that is tried first */
    bool                 examples;
    bool                 lean;         /* nothing that is not required */
} agt_plan_builder_t;


/*
 * OK: the plan is filled, DECLINED: none was found, ERROR: no memory.
 * The value has to satisfy all n schemas.
 */

int agt_plan_value(agt_plan_builder_t *b, const uint32_t *schemas, unsigned n,
    const agt_plan_place_t *place, agt_plan_t **plan);

/* one of the values that stand in the schema */

int agt_plan_choice(agt_plan_builder_t *b, const uint32_t *values, uint32_t n,
    agt_plan_t *plan);

int agt_plan_string(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan);
int agt_plan_number(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan);
int agt_plan_array(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan);
int agt_plan_object(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan);


#endif /* _AGT_PLAN_BUILD_H_INCLUDED_ */
