
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What dialects need to read a provider's JSON without trusting its types: a
 * member that is missing, null or of another type than hoped for reads as
 * nothing.
 */


#ifndef _AGT_CODEC_READ_H_INCLUDED_
#define _AGT_CODEC_READ_H_INCLUDED_


#include "agt_json.h"


#define AGT_CODEC_COUNT_MAX   1000000000   /* tokens: more is no figure */


/*
 * One pass over an object: values[k] becomes the node of the member names[k],
 * or AGT_JSON_NONE where there is none, it is null, or i is no object.
 */

void agt_codec_members(const agt_json_t *doc, uint32_t i,
    const agt_str_t *names, uint32_t n, uint32_t *values);

/* a string's value, empty where i is no string; ERROR without memory */

int agt_codec_string(const agt_json_t *doc, uint32_t i, agt_mem_t *mem,
    agt_str_t *value);

/* a count of tokens; -1 where it is none */

int64_t agt_codec_count(const agt_json_t *doc, uint32_t i);


static inline bool
agt_codec_type(const agt_json_t *doc, uint32_t i, uint8_t types)
{
    return i != AGT_JSON_NONE && (doc->nodes[i].type & types) != 0;
}


#endif /* _AGT_CODEC_READ_H_INCLUDED_ */
