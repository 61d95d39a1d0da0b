
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Text that people wrote: whether a file is text at all, and pieces of it
 * made fit for a message.
 */


#ifndef _AGT_TEXT_H_INCLUDED_
#define _AGT_TEXT_H_INCLUDED_


#include "agt_json.h"


#define AGT_TEXT_CLIP   64


/* the start of s for a message: AGT_TEXT_CLIP bytes at most, and no character
   cut in half */

agt_str_t agt_text_clip(agt_str_t s);

/* the same for bytes of unknown origin, a file's name: control characters
   and what is not UTF-8 become "?" in the buffer */

agt_str_t agt_text_clean(char buf[AGT_TEXT_CLIP], agt_str_t s);

/* DECLINED with line and column where s is not UTF-8, starts with a byte
   order mark or has a zero byte */

int agt_text_check(agt_str_t s, agt_error_t *err);

/* whether a valid JSON text escapes half a surrogate pair: the grammar has
   nothing against it, many a reader has */

bool agt_text_halved(agt_str_t json);


#endif /* _AGT_TEXT_H_INCLUDED_ */
