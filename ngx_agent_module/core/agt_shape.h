
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What a value must be when several schemas hold at once: a schema with what
 * its "allOf" and "$ref" add, and the branches that were taken.  Collected
 * without judging: the builder of plans makes sense of it.
 *
 * A shape is copied before a branch is tried and the copy is dropped when it
 * leads nowhere; the lists grow at their heads, so that copies share tails.
 */


#ifndef _AGT_SHAPE_H_INCLUDED_
#define _AGT_SHAPE_H_INCLUDED_


#include "agt_json.h"


#define AGT_SHAPE_INTEGER   0x40    /* beside the types of agt_json.h: NUMBER
                                       stands for numbers with a fraction */
#define AGT_SHAPE_ANY       (AGT_JSON_ANY | AGT_SHAPE_INTEGER)

#define AGT_SHAPE_FUEL      100000  /* schemas that one plan may read */
#define AGT_SHAPE_DEPTH     128     /* of $ref and allOf in each other */


typedef struct agt_shape_list_s  agt_shape_list_t;

struct agt_shape_list_s {
    const agt_shape_list_t  *next;
    uint32_t                 node;
};


typedef struct {
    uint8_t                  types;      /* that are left */
    uint8_t                  used;       /* that some keyword speaks of */
    bool                     unique;

    uint32_t                 min_length;
    uint32_t                 max_length;
    uint32_t                 min_items;
    uint32_t                 max_items;
    uint32_t                 min_contains;
    uint32_t                 min_members;
    uint32_t                 max_members;

    uint32_t                 pattern;    /* string nodes, or AGT_JSON_NONE */
    uint32_t                 format;

    const agt_shape_list_t  *enums;      /* arrays, and values of const */
    const agt_shape_list_t  *examples;   /* arrays */
    const agt_shape_list_t  *minimums;   /* the keys of the four keywords */
    const agt_shape_list_t  *maximums;
    const agt_shape_list_t  *multiples;  /* numbers */
    const agt_shape_list_t  *properties; /* keys */
    const agt_shape_list_t  *required;   /* arrays */
    const agt_shape_list_t  *additional; /* schemas */
    const agt_shape_list_t  *patterned;  /* keys of patternProperties */
    const agt_shape_list_t  *names;      /* schemas */
    const agt_shape_list_t  *prefixes;   /* arrays */
    const agt_shape_list_t  *items;      /* schemas */
    const agt_shape_list_t  *contains;   /* schemas */
    const agt_shape_list_t  *choices;    /* anyOf, oneOf: arrays; if: objects */
    const agt_shape_list_t  *refs;       /* targets that led here */
} agt_shape_t;


typedef struct {
    const agt_json_t  *doc;
    agt_mem_t         *mem;      /* of the lists */
    uint32_t           fuel;
    uint32_t           depth;
    uint32_t           schema;   /* the one that is being read */
    uint32_t           cycles;   /* times that a $ref may lead to itself */
} agt_shape_reader_t;


/* pays for work that grows faster than what was read; false: too much */

static inline bool
agt_shape_burn(agt_shape_reader_t *reader, uint32_t n)
{
    reader->fuel -= agt_min(reader->fuel, n);

    return reader->fuel != 0;
}


void agt_shape_init(agt_shape_t *shape, const agt_shape_list_t *refs);

/* DECLINED: nothing can satisfy, or it needs what is not known or too much */

int agt_shape_add(agt_shape_reader_t *reader, agt_shape_t *shape,
    uint32_t schema);

/* puts a node at the head of a list */

int agt_shape_push(agt_shape_reader_t *reader, const agt_shape_list_t **list,
    uint32_t node);

/* the same list from its other end: in the order of the schema */

int agt_shape_reverse(agt_shape_reader_t *reader,
    const agt_shape_list_t **list);


#endif /* _AGT_SHAPE_H_INCLUDED_ */
