
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The answer that OpenAI's chat completions and all that is compatible with
 * them share, whatever their requests look like.
 */


#ifndef _AGT_CODEC_CHAT_H_INCLUDED_
#define _AGT_CODEC_CHAT_H_INCLUDED_


#include "agt_codec.h"


/* the "answer" of a codec */

int agt_codec_chat_answer(agt_codec_reader_t *reader, agt_str_t text);


#endif /* _AGT_CODEC_CHAT_H_INCLUDED_ */
