
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The neutral conversation that codecs translate: messages of parts, the
 * request around them, and what comes back.
 */


#ifndef _AGT_MESSAGE_H_INCLUDED_
#define _AGT_MESSAGE_H_INCLUDED_


#include "agt_class.h"
#include "agt_json.h"
#include "agt_parameters.h"


typedef enum {
    AGT_PART_TEXT = 0,
    AGT_PART_TOOL_CALL,       /* id, name, text: the arguments as JSON */
    AGT_PART_TOOL_RESULT,     /* id, text */
    AGT_PART_IMAGE,           /* media_type, text: base64; or a URL, no type */
    AGT_PART_REASONING        /* text, id: the provider's signature */
} agt_part_e;


typedef struct {
    agt_part_e  type;
    bool        escaped;      /* text is the inside of a JSON string already */
    bool        failed;       /* of a tool result */
    agt_str_t   text;
    agt_str_t   id;
    agt_str_t   name;
    agt_str_t   media_type;
} agt_part_t;


typedef enum {
    AGT_ROLE_SYSTEM = 0,
    AGT_ROLE_USER,
    AGT_ROLE_ASSISTANT,
    AGT_ROLE_TOOL
} agt_role_e;


typedef struct {
    agt_role_e   role;
    agt_part_t  *parts;
    uint32_t     n;
} agt_message_t;


typedef struct {
    agt_str_t  name;
    agt_str_t  description;
    agt_str_t  schema;        /* JSON */
} agt_tool_t;


typedef struct {
    agt_str_t                model;        /* the provider's id of it */
    const agt_message_t     *messages;
    uint32_t                 messages_n;
    const agt_tool_t        *tools;
    uint32_t                 tools_n;
    const agt_parameters_t  *parameters;   /* may be NULL */
    const struct agt_format_s
                            *format;       /* NULL: free text */
    bool                     stream;
} agt_request_t;


/* tokens; -1: not reported.  input includes cached and cache_write,
   output includes reasoning */

typedef struct {
    int64_t    input;
    int64_t    cached;
    int64_t    cache_write;
    int64_t    output;
    int64_t    reasoning;
    agt_str_t  cost;      /* the provider's own figure in USD; mostly empty */
} agt_usage_t;


typedef enum {
    AGT_STOP_NONE = 0,        /* none was seen */
    AGT_STOP_END,
    AGT_STOP_LENGTH,
    AGT_STOP_TOOL,
    AGT_STOP_FILTER,          /* the provider withheld the answer */
    AGT_STOP_REFUSAL          /* the model refused, in answer.refusal */
} agt_stop_e;


/* one tool call of an answer */

typedef struct {
    agt_str_t  id;
    agt_str_t  name;
    agt_str_t  arguments;     /* JSON text */
} agt_tool_call_t;


typedef struct {
    agt_str_t         text;         /* of all text parts together */
    agt_str_t         reasoning;
    agt_str_t         refusal;
    agt_str_t         id;
    agt_str_t         model;        /* as the provider names it */
    agt_tool_call_t  *calls;
    uint32_t          calls_n;
    agt_stop_e        stop;
    agt_usage_t       usage;
} agt_answer_t;


typedef enum {
    AGT_DELTA_TEXT = 0,
    AGT_DELTA_REASONING,
    AGT_DELTA_REFUSAL,
    AGT_DELTA_TOOL_CALL,      /* index, id and name in the first piece; text */
    AGT_DELTA_USAGE,
    AGT_DELTA_STOP
} agt_delta_e;


typedef struct {
    agt_delta_e         type;
    uint32_t            index;
    agt_str_t           text;
    agt_str_t           id;
    agt_str_t           name;
    agt_stop_e          stop;
    const agt_usage_t  *usage;
} agt_delta_t;


/*
 * What went wrong at the provider.  retry_after is in ms, -1 where none was
 * told.  detail is for the log and the record only: no more than 200 bytes of
 * the provider's own words (or ours, of a malformed answer) in valid UTF-8,
 * control characters replaced.  Of class AUTH it is the error's code alone:
 * providers like to quote the key.
 */

#define AGT_FAILURE_DETAIL   200


typedef struct {
    agt_class_e  class;
    int64_t      retry_after;
    bool         billing;       /* quota or spend cap: no retry at this model */
    agt_str_t    detail;
} agt_failure_t;


void agt_usage_init(agt_usage_t *usage);
void agt_answer_init(agt_answer_t *answer);
const char *agt_stop_name(agt_stop_e stop);


#endif /* _AGT_MESSAGE_H_INCLUDED_ */
