
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * JSON Schema 2020-12: compiled once, checked in place over a document's
 * nodes.  The formats that are asserted are listed in agt_schema_format.c.
 * Numbers compare as decimals of any size.  References resolve within the
 * document, to the dialect's meta-schemas and to the documents of a set;
 * nothing is ever fetched.  A document may also say that it is of draft
 * 2019-09, or of a dialect whose meta-schema is in the set.
 *
 * A document is 1 MiB at most, and what is compiled for it has 20,000
 * subschemas, 256 regular expressions and 64 KiB of them at most.  Those keep
 * scratch memory: a schema is not for two threads at a time.
 */


#ifndef _AGT_SCHEMA_H_INCLUDED_
#define _AGT_SCHEMA_H_INCLUDED_


#include "agt_json.h"


typedef struct agt_schema_s      agt_schema_t;
typedef struct agt_schema_set_s  agt_schema_set_t;


#define AGT_SCHEMA_FUEL         1000000   /* steps a check may take; default */
#define AGT_SCHEMA_VIOLATIONS   100       /* that a report holds; default */


/*
 * The pointer begins at the value that was checked.  The strings are memory of
 * the check's mem, or constant.
 */

typedef struct {
    agt_str_t  pointer;
    agt_str_t  keyword;
    agt_str_t  message;
} agt_violation_t;


typedef struct {
    uint32_t          max;          /* set by the caller; 0: the default */
    uint64_t          fuel;         /* set by the caller; 0: the default */
    agt_violation_t  *violations;
    uint32_t          n;
    uint32_t          total;        /* found, also those over max */
    bool              exhausted;    /* fuel ran out: the answer is not known */
} agt_schema_report_t;


/*
 * Documents that a $ref may name.  "uri" is the document's retrieval URI,
 * used where it has no $id of its own (may be empty if it has one).
 * The set, its texts and its memory must outlive what is compiled with it.
 */

agt_schema_set_t *agt_schema_set_create(agt_mem_t *mem);
int agt_schema_set_add(agt_schema_set_t *set, agt_str_t uri, agt_str_t text,
    agt_error_t *err);

/*
 * Compiles a document that was read; the document must outlive the schema.
 * The set may be NULL.  formats: whether "format" is asserted (agents: yes).
 * DECLINED with pointer, line and column in err where the schema is not valid.
 */

int agt_schema_compile(agt_schema_t **schema, const agt_json_t *doc,
    agt_schema_set_t *set, bool formats, agt_mem_t *mem, agt_error_t *err);

/* releases what is not memory of mem: compiled patterns */

void agt_schema_release(agt_schema_t *schema);

/*
 * Checks value i of a document.  OK: it is valid.  DECLINED: it is not, and
 * report lists every violation up to max; also when fuel ran out ("exhausted",
 * one violation says so).  ERROR without memory.  report may be NULL: then the
 * first violation ends the check.  A valid document allocates nothing or next
 * to nothing.
 */

int agt_schema_check(const agt_schema_t *schema, const agt_json_t *doc,
    uint32_t i, agt_mem_t *mem, agt_schema_report_t *report);

/* whether any "properties" has the name, at any depth of what is reached */

bool agt_schema_has_property(const agt_schema_t *schema, agt_str_t name);


#endif /* _AGT_SCHEMA_H_INCLUDED_ */
