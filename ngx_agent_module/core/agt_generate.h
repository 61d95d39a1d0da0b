
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Values that satisfy a JSON Schema, made from a seed: what a model would
 * answer, without a model.  A schema is compiled once into a plan, from which
 * a value costs little more than the copying of its words.
 *
 * Whatever the plan cannot promise ("not", "if", overlapping "oneOf", hard
 * patterns) is tried.  The compiler checks values of several seeds against the
 * schema and takes another plan if they fail; and each value is checked before
 * it is handed out, and made again from another seed if it fails.
 */


#ifndef _AGT_GENERATE_H_INCLUDED_
#define _AGT_GENERATE_H_INCLUDED_


#include "agt_json.h"


/* a value, also of a hostile schema, is never longer */

#define AGT_GENERATE_SIZE   (1024 * 1024)


typedef struct agt_generate_s  agt_generate_t;


typedef struct {
    uint64_t   seed;
    agt_str_t  lead;     /* what the first free string says; "": made up */
    size_t     size;     /* the first free string grows until the value has
                            about so many bytes; 0: it does not */
} agt_generate_options_t;


/*
 * The document is the schema; it and mem must outlive the plan.
 * DECLINED with err where the schema is not valid, or where no value that
 * satisfies it was found; ERROR without memory.
 */

int agt_generate_compile(agt_generate_t **gen, const agt_json_t *schema,
    agt_mem_t *mem, agt_error_t *err);

/* releases what is not memory of mem */

void agt_generate_release(agt_generate_t *gen);

/*
 * Appends a value, without its lead where the schema has something against
 * it.  mem is needed for little: it holds what checks need, and may go when
 * the function returns.  DECLINED: no value was found for this seed, ERROR: no
 * memory, or no room in the buffer.
 */

int agt_generate_value(const agt_generate_t *gen,
    const agt_generate_options_t *options, agt_mem_t *mem, agt_buf_t *buf);

/*
 * Appends a value that does not satisfy the schema, but comes as close to it
 * as one wrong member.  DECLINED: everything satisfies this schema.
 */

int agt_generate_broken(const agt_generate_t *gen,
    const agt_generate_options_t *options, agt_mem_t *mem, agt_buf_t *buf);

/* appends sentences, about options->size bytes of them, or the lead alone */

int agt_generate_text(const agt_generate_options_t *options, agt_buf_t *buf);


#endif /* _AGT_GENERATE_H_INCLUDED_ */
