
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What makes an operation of a keyword's value.  "at" is where that is, or
 * AGT_JSON_NONE where the operation has several keywords and others of them
 * are there.  AGT_DONE: there is nothing to check.
 */


#ifndef _AGT_SCHEMA_COMPILE_H_INCLUDED_
#define _AGT_SCHEMA_COMPILE_H_INCLUDED_


#include "agt_schema_build.h"


int agt_compile_object(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_required_if(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_schemas_if(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_items(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_unique(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_contains(agt_build_t *b, agt_schema_op_t *op, uint32_t at);

int agt_compile_ref(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_dynamic_ref(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_list(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_one(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
int agt_compile_condition(agt_build_t *b, agt_schema_op_t *op, uint32_t at);


/* a number that counts things; there are never more than 2^63 of them */

uint64_t agt_compile_count(agt_build_t *b, uint32_t at);

/* a regular expression; the same one is compiled once */

int agt_compile_regex(agt_build_t *b, uint32_t at,
    const agt_schema_pattern_t **pattern);

/* the nodes of an array of schemas, and that of a schema, if it is there */

int agt_compile_nodes(agt_build_t *b, uint32_t at, const uint32_t **ids);
int agt_compile_optional(agt_build_t *b, uint32_t at, uint32_t absent,
    uint32_t *id);


#endif /* _AGT_SCHEMA_COMPILE_H_INCLUDED_ */
