
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Rewrites an output schema to the subset that providers enforce.
 */


#ifndef _AGT_CODEC_SCHEMA_H_INCLUDED_
#define _AGT_CODEC_SCHEMA_H_INCLUDED_


#include "agt_json.h"


typedef struct {
    agt_str_t  text;        /* compact JSON; empty: the root is no object */
    uint32_t   dropped;     /* keywords left out that say what is valid */
    bool       object;      /* an answer can only be an object */
    bool       named;       /* and its members have names */
    bool       strict;      /* the text obeys the rules of strict mode */
} agt_codec_schema_t;


/*
 * The document is a schema that was compiled before.  ERROR without memory.
 * What is valid under the text in strict mode is valid under the schema too,
 * as far as nothing was dropped; without strict mode, what is valid under the
 * schema is valid under the text.  An answer is taken to be an object where
 * the schema has "properties" and no "type".
 */

int agt_codec_schema_rewrite(agt_codec_schema_t *schema,
    const agt_json_t *doc, agt_mem_t *mem);


#endif /* _AGT_CODEC_SCHEMA_H_INCLUDED_ */
