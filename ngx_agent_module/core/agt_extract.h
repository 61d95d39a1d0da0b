
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Finds the one JSON value in a model's text: the text itself, the inside of
 * a Markdown code fence, or a value with prose around it.  Only what cannot
 * change the meaning: the value is a slice of the text, and where there is
 * more than one candidate there is none.
 */


#ifndef _AGT_EXTRACT_H_INCLUDED_
#define _AGT_EXTRACT_H_INCLUDED_


#include "agt_json.h"


/*
 * OK: doc is read, and *extracted tells whether anything but white space was
 * around it.  DECLINED: no value, more than one, or not valid JSON; err tells.
 * Without a fence and with prose around, only an object or an array counts.
 */

int agt_extract(agt_json_t *doc, agt_str_t text,
    const agt_json_limits_t *limits, agt_mem_t *mem, bool *extracted,
    agt_error_t *err);


#endif /* _AGT_EXTRACT_H_INCLUDED_ */
