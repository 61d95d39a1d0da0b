
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Reads a chat completion.  Servers that are compatible with OpenAI's differ
 * in what they leave out, send as null or call otherwise; what makes an answer
 * is asked for, all else may be missing.
 */


#include "agt_codec_chat.h"
#include "agt_codec_error.h"
#include "agt_codec_read.h"


#define AGT_CHAT_CALLS   128      /* tool calls of an answer: OpenAI's limit */
#define AGT_CHAT_NODES   65536    /* JSON nodes of an answer, 1.3 MB of them */


typedef struct {
    agt_str_t   name;
    agt_stop_e  stop;
} agt_chat_stop_t;


static int agt_chat_choice(agt_codec_reader_t *reader,
    const agt_json_t *doc, uint32_t choices);
static int agt_chat_content(agt_codec_reader_t *reader,
    const agt_json_t *doc, uint32_t i);
static int agt_chat_parts(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t list);
static int agt_chat_calls(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t list);
static int agt_chat_call(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t i, agt_tool_call_t *call);
static int agt_chat_stop(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t reason);
static void agt_chat_usage(agt_usage_t *usage, const agt_json_t *doc,
    uint32_t i);


static const agt_chat_stop_t  agt_chat_stops[] = {
    { agt_string("stop"),           AGT_STOP_END },
    { agt_string("length"),         AGT_STOP_LENGTH },
    { agt_string("tool_calls"),     AGT_STOP_TOOL },
    { agt_string("function_call"),  AGT_STOP_TOOL },
    { agt_string("content_filter"), AGT_STOP_FILTER }
};


int
agt_codec_chat_answer(agt_codec_reader_t *reader, agt_str_t text)
{
    enum { ERROR, ID, MODEL, CHOICES, USAGE, N };

    int                             rc;
    uint32_t                        values[N];
    agt_json_t                      doc;
    static const agt_str_t          names[N] = {
        agt_string("error"), agt_string("id"), agt_string("model"),
        agt_string("choices"), agt_string("usage")
    };
    static const agt_json_limits_t  limits = { 0, 0, AGT_CHAT_NODES };

    rc = agt_json_parse(&doc, text, &limits, reader->mem, NULL);

    if (rc != AGT_OK) {
        return rc == AGT_DECLINED
               ? agt_codec_malformed(reader, "not valid JSON") : AGT_ERROR;
    }

    agt_codec_members(&doc, 0, names, N, values);

    /* neither "error": false nor "error": "" is one */

    if (agt_codec_type(&doc, values[ERROR], AGT_JSON_OBJECT|AGT_JSON_STRING)
        && agt_json_raw(&doc, values[ERROR]).len > 2)
    {
        return agt_codec_error_value(reader, &doc, values[ERROR]);
    }

    if (agt_codec_string(&doc, values[ID], reader->mem, &reader->answer.id)
        != AGT_OK
        || agt_codec_string(&doc, values[MODEL], reader->mem,
                            &reader->answer.model)
           != AGT_OK)
    {
        return AGT_ERROR;
    }

    agt_chat_usage(&reader->answer.usage, &doc, values[USAGE]);

    return agt_chat_choice(reader, &doc, values[CHOICES]);
}


static int
agt_chat_choice(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t choices)
{
    enum { MESSAGE, FINISH_REASON, CHOICE_N };
    enum { CONTENT, REFUSAL, CALLS, REASONING, REASONING_CONTENT, N };

    int                     rc;
    uint32_t                choice[CHOICE_N], values[N];
    agt_mem_t              *mem;
    agt_answer_t           *answer;
    static const agt_str_t  choice_names[CHOICE_N] = {
        agt_string("message"), agt_string("finish_reason")
    };
    static const agt_str_t  names[N] = {
        agt_string("content"), agt_string("refusal"),
        agt_string("tool_calls"), agt_string("reasoning"),
        agt_string("reasoning_content")
    };

    mem = reader->mem;
    answer = &reader->answer;

    if (!agt_codec_type(doc, choices, AGT_JSON_ARRAY)
        || doc->nodes[choices].count == 0)
    {
        return agt_codec_malformed(reader, "no choices");
    }

    agt_codec_members(doc, choices + 1, choice_names, CHOICE_N, choice);

    if (!agt_codec_type(doc, choice[MESSAGE], AGT_JSON_OBJECT)) {
        return agt_codec_malformed(reader, "no message");
    }

    agt_codec_members(doc, choice[MESSAGE], names, N, values);

    if (!agt_codec_type(doc, values[REASONING], AGT_JSON_STRING)) {
        values[REASONING] = values[REASONING_CONTENT];
    }

    if (agt_codec_string(doc, values[REFUSAL], mem, &answer->refusal)
        != AGT_OK
        || agt_codec_string(doc, values[REASONING], mem, &answer->reasoning)
           != AGT_OK)
    {
        return AGT_ERROR;
    }

    rc = agt_chat_content(reader, doc, values[CONTENT]);

    if (rc == AGT_OK) {
        rc = agt_chat_calls(reader, doc, values[CALLS]);
    }

    if (rc == AGT_OK) {
        rc = agt_chat_stop(reader, doc, choice[FINISH_REASON]);
    }

    return rc;
}


static int
agt_chat_content(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t i)
{
    if (i == AGT_JSON_NONE) {
        return AGT_OK;
    }

    switch (doc->nodes[i].type) {

    case AGT_JSON_STRING:
        return agt_json_string(doc, i, reader->mem, &reader->answer.text);

    case AGT_JSON_ARRAY:
        return agt_chat_parts(reader, doc, i);

    default:
        return agt_codec_malformed(reader, "content is no text");
    }
}


/* parts of a kind that is not known, thoughts among them, are no answer */

static int
agt_chat_parts(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t list)
{
    enum { TEXT, REFUSAL, N };

    uint32_t                i, end, values[N];
    agt_buf_t               text;
    agt_str_t               s;
    static const agt_str_t  names[N] = {
        agt_string("text"), agt_string("refusal")
    };

    agt_buf_init(&text, reader->mem, doc->nodes[list].len,
                 doc->nodes[list].len);

    end = doc->nodes[list].next;

    for (i = list + 1; i < end; i = doc->nodes[i].next) {

        agt_codec_members(doc, i, names, N, values);

        if (agt_codec_type(doc, values[REFUSAL], AGT_JSON_STRING)
            && agt_json_string(doc, values[REFUSAL], reader->mem,
                               &reader->answer.refusal)
               != AGT_OK)
        {
            return AGT_ERROR;
        }

        if (agt_codec_type(doc, i, AGT_JSON_STRING)) {
            values[TEXT] = i;
        }

        if (agt_codec_string(doc, values[TEXT], reader->mem, &s) != AGT_OK
            || (s.len != 0 && agt_buf_str(&text, s) != AGT_OK))
        {
            return AGT_ERROR;
        }
    }

    reader->answer.text = agt_buf_slice(&text);

    return AGT_OK;
}


static int
agt_chat_calls(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t list)
{
    int            rc;
    uint32_t       i, k, end;
    agt_answer_t  *answer;

    if (list == AGT_JSON_NONE) {
        return AGT_OK;
    }

    if (doc->nodes[list].type != AGT_JSON_ARRAY
        || doc->nodes[list].count > AGT_CHAT_CALLS)
    {
        return agt_codec_malformed(reader, "tool_calls is no list of calls");
    }

    if (doc->nodes[list].count == 0) {
        return AGT_OK;
    }

    answer = &reader->answer;

    answer->calls = agt_calloc(reader->mem, doc->nodes[list].count,
                               sizeof(agt_tool_call_t));
    if (answer->calls == NULL) {
        return AGT_ERROR;
    }

    k = 0;
    end = doc->nodes[list].next;

    for (i = list + 1; i < end; i = doc->nodes[i].next) {

        rc = agt_chat_call(reader, doc, i, &answer->calls[k++]);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    answer->calls_n = k;

    return AGT_OK;
}


/* some servers send the arguments as they are and not as a string */

static int
agt_chat_call(agt_codec_reader_t *reader, const agt_json_t *doc, uint32_t i,
    agt_tool_call_t *call)
{
    enum { ID, FUNCTION, CALL_N };
    enum { NAME, ARGUMENTS, N };

    uint32_t                values[CALL_N], function[N];
    agt_mem_t              *mem;
    static const agt_str_t  call_names[CALL_N] = {
        agt_string("id"), agt_string("function")
    };
    static const agt_str_t  names[N] = {
        agt_string("name"), agt_string("arguments")
    };

    mem = reader->mem;

    agt_codec_members(doc, i, call_names, CALL_N, values);
    agt_codec_members(doc, values[FUNCTION], names, N, function);

    if (agt_codec_string(doc, values[ID], mem, &call->id) != AGT_OK
        || agt_codec_string(doc, function[NAME], mem, &call->name) != AGT_OK
        || agt_codec_string(doc, function[ARGUMENTS], mem, &call->arguments)
           != AGT_OK)
    {
        return AGT_ERROR;
    }

    if (agt_codec_type(doc, function[ARGUMENTS], AGT_JSON_OBJECT)) {
        call->arguments = agt_json_raw(doc, function[ARGUMENTS]);
    }

    if (call->name.len == 0) {
        return agt_codec_malformed(reader, "a tool call without a name");
    }

    return AGT_OK;
}


static int
agt_chat_stop(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t reason)
{
    size_t         i;
    agt_answer_t  *answer;

    answer = &reader->answer;

    if (reason != AGT_JSON_NONE) {

        if (doc->nodes[reason].type != AGT_JSON_STRING) {
            return agt_codec_malformed(reader, "finish_reason is no string");
        }

        answer->stop = AGT_STOP_END;

        for (i = 0; i < agt_array_n(agt_chat_stops); i++) {
            if (agt_json_string_is(doc, reason, agt_chat_stops[i].name)) {
                answer->stop = agt_chat_stops[i].stop;
                break;
            }
        }
    }

    /* a refusal says "stop", and so do servers that call tools their own way */

    if (answer->refusal.len != 0 && answer->stop != AGT_STOP_FILTER) {
        answer->stop = AGT_STOP_REFUSAL;

    } else if (answer->calls_n != 0 && answer->stop <= AGT_STOP_END) {
        answer->stop = AGT_STOP_TOOL;
    }

    if (answer->text.len == 0 && answer->calls_n == 0
        && answer->stop != AGT_STOP_LENGTH && answer->stop != AGT_STOP_FILTER
        && answer->stop != AGT_STOP_REFUSAL)
    {
        return agt_codec_malformed(reader, "no content");
    }

    return AGT_OK;
}


/* parts that are more than their whole are no figures */

static void
agt_chat_usage(agt_usage_t *usage, const agt_json_t *doc, uint32_t i)
{
    enum { PROMPT, COMPLETION, PROMPT_DETAILS, COMPLETION_DETAILS, COST, N };
    enum { CACHED, CACHE_WRITE, PROMPT_N };

    uint32_t                values[N], prompt[PROMPT_N], reasoning;
    static const agt_str_t  names[N] = {
        agt_string("prompt_tokens"), agt_string("completion_tokens"),
        agt_string("prompt_tokens_details"),
        agt_string("completion_tokens_details"), agt_string("cost")
    };
    static const agt_str_t  prompt_names[PROMPT_N] = {
        agt_string("cached_tokens"), agt_string("cache_write_tokens")
    };
    static const agt_str_t  reasoning_name = agt_string("reasoning_tokens");

    agt_codec_members(doc, i, names, N, values);
    agt_codec_members(doc, values[PROMPT_DETAILS], prompt_names, PROMPT_N,
                      prompt);
    agt_codec_members(doc, values[COMPLETION_DETAILS], &reasoning_name, 1,
                      &reasoning);

    usage->input = agt_codec_count(doc, values[PROMPT]);
    usage->output = agt_codec_count(doc, values[COMPLETION]);
    usage->cached = agt_codec_count(doc, prompt[CACHED]);
    usage->cache_write = agt_codec_count(doc, prompt[CACHE_WRITE]);
    usage->reasoning = agt_codec_count(doc, reasoning);

    if (agt_max(usage->cached, 0) + agt_max(usage->cache_write, 0)
        > agt_max(usage->input, 0))
    {
        usage->cached = -1;
        usage->cache_write = -1;
    }

    if (usage->reasoning > usage->output) {
        usage->reasoning = -1;
    }

    if (agt_codec_type(doc, values[COST], AGT_JSON_NUMBER)) {
        usage->cost = agt_json_raw(doc, values[COST]);
    }
}
