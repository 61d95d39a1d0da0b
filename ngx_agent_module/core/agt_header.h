
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The values of request headers that an execution takes from its caller.
 */


#ifndef _AGT_HEADER_H_INCLUDED_
#define _AGT_HEADER_H_INCLUDED_


#include "agt_base.h"


#define AGT_TAGS_MAX       16     /* pairs */
#define AGT_TAGS_LENGTH    512    /* bytes of the header */
#define AGT_TAGS_KEY       64


/*
 * Agent-Tags: "project=checkout, user=42".  Takes the next pair off *rest.
 * OK: key and value; DONE: none is left; DECLINED: not a pair.  Keys are
 * [A-Za-z0-9_.-], 1 to 64 bytes; values are visible ASCII and spaces within,
 * without commas and quotes, and may be empty.
 */

int agt_tags_next(agt_str_t *rest, agt_str_t *key, agt_str_t *value);

/* the whole header: pairs, their number, no key twice; err tells more */

int agt_tags_check(agt_str_t tags, agt_error_t *err);


/*
 * traceparent (W3C Trace Context, section 3.2): 00-32 hex-16 hex-2 hex, ids
 * not all zeros.  The slices point into the header.
 */

typedef struct {
    agt_str_t  trace_id;
    agt_str_t  parent_id;
    agt_str_t  flags;
} agt_trace_t;

int agt_trace_parse(agt_str_t header, agt_trace_t *trace);


/*
 * Content-Type: whether the media type is JSON (application/json or +json)
 * and its charset, if it names one, is UTF-8.
 */

bool agt_media_json(agt_str_t header);


#endif /* _AGT_HEADER_H_INCLUDED_ */
