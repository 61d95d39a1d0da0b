
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * From a provider's failure to its class: by the status, and by what the body
 * says where the status alone does not tell.
 */


#ifndef _AGT_CODEC_ERROR_H_INCLUDED_
#define _AGT_CODEC_ERROR_H_INCLUDED_


#include "agt_codec.h"


/*
 * All fill reader->failure and return DECLINED, or ERROR without memory.
 */

/* an answer whose status is not 2xx; the body may be anything */

int agt_codec_error(agt_codec_reader_t *reader, agt_str_t body);

/* an error within an answer that began well: value i of doc */

int agt_codec_error_value(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t i);

/* an answer that is none; what: literal text, or of reader's memory */

int agt_codec_malformed(agt_codec_reader_t *reader, const char *what);


#endif /* _AGT_CODEC_ERROR_H_INCLUDED_ */
