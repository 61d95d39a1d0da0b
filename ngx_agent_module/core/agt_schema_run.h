
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What one check works with.  Handlers return AGT_OK where the instance is
 * valid by their operation, else AGT_DECLINED; with "stop" set nothing that
 * they return means anything any more, and everybody leaves.
 */


#ifndef _AGT_SCHEMA_RUN_H_INCLUDED_
#define _AGT_SCHEMA_RUN_H_INCLUDED_


#include "agt_schema_op.h"


/*
 * Subschemas within each other; 64 levels of the instance leave some twenty
 * for each.  It bounds the C stack to well below 1 MiB.
 */

#define AGT_SCHEMA_DEPTH     1500

#define AGT_SCHEMA_SCRATCH   1024    /* bytes of a first chunk */

#define AGT_SCHEMA_TOO_MANY  "takes too many steps to check"


/*
 * Whether n bytes are equal: names and constants are short, so that a call
 * would cost more than the comparison.
 */

static inline bool
agt_schema_same(const char *a, const char *b, size_t n)
{
    size_t    i;
    uint64_t  x, y;

    if (n < 8) {
        for (i = 0; i < n; i++) {
            if (a[i] != b[i]) {
                return false;
            }
        }

        return true;
    }

    /* the last word may overlap with the one before */

    for (i = 0; /* void */; i = agt_min(i + 8, n - 8)) {
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);

        if (x != y) {
            return false;
        }

        if (i == n - 8) {
            return true;
        }
    }
}


/*
 * Memory that goes back in the order it came: sets of evaluated members and
 * hash tables.  Chunks stay for the next who asks.
 */

typedef struct agt_scratch_chunk_s  agt_scratch_chunk_t;

struct agt_scratch_chunk_s {
    agt_scratch_chunk_t  *next;
    char                 *data;
    size_t                size;
};


typedef struct {
    agt_scratch_chunk_t  *chunk;
    size_t                used;
} agt_scratch_t;


/* the members or elements of an instance that were evaluated, by position */

typedef struct {
    uint64_t  *bits;
    uint32_t   n;
} agt_schema_seen_t;


/* the resources that were entered, the innermost first */

typedef struct agt_schema_scope_s  agt_schema_scope_t;

struct agt_schema_scope_s {
    const agt_schema_scope_t  *outer;
    uint32_t                   resource;
};


typedef struct {
    const agt_schema_t        *schema;
    const agt_json_t          *doc;
    const agt_json_node_t     *nodes;       /* those of doc */
    agt_mem_t                 *mem;
    uint64_t                   fuel;

    /*
     * Where there is no report, nobody asks what is wrong but only whether:
     * the first violation ends the check ("quick") of this branch.
     */

    agt_schema_report_t       *report;
    bool                       quick;
    int                        stop;        /* not OK: ERROR or DECLINED */
    const char                *reason;      /* of DECLINED: why not known */

    uint32_t                   start;       /* the instance of it all */
    uint32_t                   where;       /* that of the reason */
    uint32_t                   depth;
    const agt_schema_scope_t  *scope;

    /* where and how a quick check failed, for alternatives to compare */

    uint32_t                   failed;      /* the instance */
    uint8_t                    failed_kind; /* AGT_SCHEMA_OP_N: its type */
    uint8_t                    failed_types;/* that it should have had */
    bool                       naming;      /* instances are members' names */

    /* the last string whose escapes were read */

    agt_buf_t                  buf;
    uint32_t                   decoded;
    agt_scratch_t              scratch;
    agt_scratch_chunk_t        first;
    size_t                     root;        /* length of the root's pointer */
} agt_schema_check_t;


/* whether an instance is valid by a node; seen may be NULL */

int agt_schema_run(agt_schema_check_t *c, uint32_t node, uint32_t i,
    agt_schema_seen_t *seen);

/* the same, where a false schema is the fault of a keyword */

int agt_schema_apply(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t node, uint32_t i, agt_schema_seen_t *seen);

/* the same, but only whether */

int agt_schema_try(agt_schema_check_t *c, uint32_t node, uint32_t i,
    agt_schema_seen_t *seen);


/* the handlers of operations */

typedef int (*agt_schema_op_pt)(agt_schema_check_t *c,
    const agt_schema_op_t *op, uint32_t i, agt_schema_seen_t *seen);

#define AGT_SCHEMA_OP_PROTO(id, handler, keyword)                             \
    int agt_schema_op_##handler(agt_schema_check_t *c,                        \
        const agt_schema_op_t *op, uint32_t i, agt_schema_seen_t *seen);
AGT_SCHEMA_OP_MAP(AGT_SCHEMA_OP_PROTO)
#undef AGT_SCHEMA_OP_PROTO


/* violations; the functions return AGT_DECLINED */

int agt_schema_fail(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
int agt_schema_fail_keyword(agt_schema_check_t *c, const char *keyword,
    uint32_t i, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
int agt_schema_fail_type(agt_schema_check_t *c, uint8_t types, uint32_t i);
int agt_schema_fail_enum(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i);

/* the whole check ends: its answer is not known, or there is no memory */

int agt_schema_give_up(agt_schema_check_t *c, uint32_t i, const char *reason);
int agt_schema_no_memory(agt_schema_check_t *c);

/* takes n units of fuel; false where there are not so many */

bool agt_schema_pay(agt_schema_check_t *c, uint64_t n);

/* names of types, "string or null" */

void agt_schema_types(agt_buf_t *buf, uint8_t types);


/* a string instance with its escapes read; false: no memory, and stop is set */

bool agt_schema_string(agt_schema_check_t *c, uint32_t i, agt_str_t *s);

/* whether a string matches; false also with stop set: i takes too long */

bool agt_schema_match(agt_schema_check_t *c,
    const agt_schema_pattern_t *pattern, agt_str_t s, uint32_t i);

/*
 * Equality of values as JSON Schema has it, and a hash that is equal for
 * equal ones.  Both are paid for, and without fuel tell nothing.
 */

bool agt_schema_equal(agt_schema_check_t *c, const agt_json_t *a, uint32_t i,
    const agt_json_t *b, uint32_t k);
uint64_t agt_schema_hash(agt_schema_check_t *c, const agt_json_t *doc,
    uint32_t i);


/* zeroed memory until the mark is released; NULL: stop is set */

void *agt_schema_scratch(agt_schema_check_t *c, size_t size);


static inline agt_scratch_t
agt_schema_mark(const agt_schema_check_t *c)
{
    return c->scratch;
}


static inline void
agt_schema_unmark(agt_schema_check_t *c, agt_scratch_t mark)
{
    c->scratch = mark;
}


static inline void
agt_schema_see(agt_schema_seen_t *seen, uint32_t position)
{
    if (seen != NULL) {
        seen->bits[position / 64] |= UINT64_C(1) << position % 64;
    }
}


/* all of them */

void agt_schema_see_all(agt_schema_seen_t *seen);

/* an empty set for an instance's members, or elements; NULL: stop is set */

agt_schema_seen_t *agt_schema_seen(agt_schema_check_t *c, uint32_t i);
void agt_schema_seen_merge(agt_schema_seen_t *seen,
    const agt_schema_seen_t *other);


#endif /* _AGT_SCHEMA_RUN_H_INCLUDED_ */
