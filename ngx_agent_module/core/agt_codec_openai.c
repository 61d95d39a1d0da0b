
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * OpenAI's chat completions, and what speaks them: vLLM, llama.cpp and many
 * gateways.  The system prompt goes as "system", which all of them know and
 * OpenAI's newer models read as "developer".  The text parts of a message are
 * joined into one string, since not all take a list of parts; only beside an
 * image the list is needed.
 */


#include "agt_codec_chat.h"
#include "agt_codec_schema.h"


/* bytes of a rewritten schema: a file of 1 MB has room to grow */

#define AGT_OPENAI_FORMAT   (32 * 1024 * 1024)

#define agt_openai_put(out, text)                                             \
    ((void) agt_buf_append(out, text, sizeof(text) - 1))

#define agt_part_bit(type)   (1u << (type))


typedef struct {
    agt_str_t  name;        /* with all that stands before the value */
    size_t     offset;
    bool       quoted;
} agt_openai_parameter_t;


static int agt_openai_path(const agt_request_t *req, agt_buf_t *out);
static int agt_openai_headers(agt_str_t key, agt_buf_t *out);

static int agt_openai_format(agt_format_t *format, const agt_json_t *schema,
    agt_mem_t *mem, agt_error_t *err);
static int agt_openai_instruct(agt_format_t *format, const agt_json_t *schema,
    agt_mem_t *mem);

static int agt_openai_request(const agt_request_t *req, agt_buf_t *out);
static size_t agt_openai_estimate(const agt_request_t *req);
static int agt_openai_messages(const agt_request_t *req, agt_buf_t *out);
static int agt_openai_message(const agt_message_t *m, agt_str_t instruction,
    agt_buf_t *out);
static int agt_openai_message_check(const agt_message_t *m, unsigned *seen);
static void agt_openai_system(const agt_message_t *m, agt_str_t instruction,
    agt_buf_t *out);
static void agt_openai_user(const agt_message_t *m, unsigned seen,
    agt_buf_t *out);
static void agt_openai_assistant(const agt_message_t *m, unsigned seen,
    agt_buf_t *out);
static void agt_openai_tool_results(const agt_message_t *m, agt_buf_t *out);
static void agt_openai_texts(const agt_message_t *m, agt_buf_t *out);
static void agt_openai_text(const agt_part_t *part, agt_buf_t *out);
static void agt_openai_image(const agt_part_t *part, agt_buf_t *out);
static bool agt_openai_url(const agt_part_t *part);
static void agt_openai_tools(const agt_request_t *req, agt_buf_t *out);
static void agt_openai_parameters(const agt_parameters_t *parameters,
    agt_buf_t *out);


/* which parts a message of a role may have; reasoning is not sent back */

static const unsigned  agt_openai_roles[] = {
    /* system */     agt_part_bit(AGT_PART_TEXT),
    /* user */       agt_part_bit(AGT_PART_TEXT)
                     | agt_part_bit(AGT_PART_IMAGE)
                     | agt_part_bit(AGT_PART_TOOL_RESULT),
    /* assistant */  agt_part_bit(AGT_PART_TEXT)
                     | agt_part_bit(AGT_PART_TOOL_CALL)
                     | agt_part_bit(AGT_PART_REASONING),
    /* tool */       agt_part_bit(AGT_PART_TOOL_RESULT)
};


static const agt_str_t  agt_openai_json_object =
    agt_string("\"response_format\":{\"type\":\"json_object\"}");


static const agt_openai_parameter_t  agt_openai_parameter_table[] = {
    { agt_string(",\"temperature\":"),
      offsetof(agt_parameters_t, temperature), false },
    { agt_string(",\"top_p\":"),
      offsetof(agt_parameters_t, top_p), false },
    { agt_string(",\"presence_penalty\":"),
      offsetof(agt_parameters_t, presence_penalty), false },
    { agt_string(",\"frequency_penalty\":"),
      offsetof(agt_parameters_t, frequency_penalty), false },
    { agt_string(",\"seed\":"),
      offsetof(agt_parameters_t, seed), false },
    { agt_string(",\"reasoning_effort\":"),
      offsetof(agt_parameters_t, reasoning_effort), true },
    { agt_string(",\"verbosity\":"),
      offsetof(agt_parameters_t, verbosity), true }
};


const agt_codec_t  agt_codec_openai = {
    agt_string("openai"),
    agt_openai_path,
    agt_openai_headers,
    agt_openai_format,
    agt_openai_request,
    agt_codec_chat_answer
};


static int
agt_openai_path(const agt_request_t *req, agt_buf_t *out)
{
    (void) req;

    return agt_buf_text(out, "/chat/completions");
}


static int
agt_openai_headers(agt_str_t key, agt_buf_t *out)
{
    size_t  i;

    if (key.len == 0) {
        return AGT_OK;
    }

    for (i = 0; i < key.len; i++) {
        if (key.data[i] < '!' || key.data[i] > '~') {
            return AGT_DECLINED;
        }
    }

    agt_openai_put(out, "Authorization: Bearer ");
    (void) agt_buf_str(out, key);
    agt_openai_put(out, "\r\n");

    return out->failed ? AGT_ERROR : AGT_OK;
}


static int
agt_openai_format(agt_format_t *format, const agt_json_t *schema,
    agt_mem_t *mem, agt_error_t *err)
{
    agt_buf_t           out;
    agt_codec_schema_t  rewritten;

    (void) err;

    memset(format, 0, sizeof(agt_format_t));

    if (agt_codec_schema_rewrite(&rewritten, schema, mem) != AGT_OK) {
        return AGT_ERROR;
    }

    if (!rewritten.object) {
        format->mechanism = agt_str_from("prompt");
        return agt_openai_instruct(format, schema, mem);
    }

    /* of an object without names there is nothing to tell but that it is one */

    if (!rewritten.named) {
        format->mechanism = agt_str_from("json_object");
        format->members = agt_openai_json_object;

        return agt_openai_instruct(format, schema, mem);
    }

    agt_buf_init(&out, mem, rewritten.text.len + 128, AGT_OPENAI_FORMAT);

    agt_openai_put(&out, "\"response_format\":{\"type\":\"json_schema\","
                         "\"json_schema\":{\"name\":\"output\",\"strict\":");
    (void) agt_buf_text(&out, rewritten.strict ? "true" : "false");
    agt_openai_put(&out, ",\"schema\":");
    (void) agt_buf_str(&out, rewritten.text);
    agt_openai_put(&out, "}}");

    format->mechanism = agt_str_from("json_schema");
    format->members = agt_buf_slice(&out);
    format->dropped = rewritten.dropped;
    format->strict = rewritten.strict;

    return out.failed ? AGT_ERROR : AGT_OK;
}


static int
agt_openai_instruct(agt_format_t *format, const agt_json_t *schema,
    agt_mem_t *mem)
{
    agt_buf_t  text, out;

    agt_buf_init(&text, mem, schema->text.len, AGT_OPENAI_FORMAT);
    agt_buf_init(&out, mem, schema->text.len + 256, AGT_OPENAI_FORMAT);

    (void) agt_json_minify(schema, 0, &text);

    agt_openai_put(&out, "Answer with one JSON value and nothing else. "
                         "It must be valid under this JSON Schema:\\n");
    (void) agt_json_escape(&out, agt_buf_slice(&text));

    format->instruction = agt_buf_slice(&out);

    return text.failed || out.failed ? AGT_ERROR : AGT_OK;
}


static int
agt_openai_request(const agt_request_t *req, agt_buf_t *out)
{
    int     rc;
    size_t  size;

    if (req->stream) {
        return AGT_ERROR;
    }

    /* one allocation for nearly all requests */

    size = agt_openai_estimate(req);
    (void) agt_buf_reserve(out, agt_min(size, out->max - out->len));

    agt_openai_put(out, "{\"model\":");
    (void) agt_json_quote(out, req->model);

    agt_openai_put(out, ",\"messages\":[");

    rc = agt_openai_messages(req, out);
    if (rc != AGT_OK) {
        return rc;
    }

    agt_openai_put(out, "]");

    if (req->tools_n != 0) {
        agt_openai_tools(req, out);
    }

    if (req->parameters != NULL) {
        agt_openai_parameters(req->parameters, out);
    }

    if (req->format != NULL && req->format->members.len != 0) {
        agt_openai_put(out, ",");
        (void) agt_buf_str(out, req->format->members);
    }

    agt_openai_put(out, "}");

    return out->failed ? AGT_ERROR : AGT_OK;
}


/* what is known to be needed, and a little for escapes */

static size_t
agt_openai_estimate(const agt_request_t *req)
{
    size_t    size;
    uint32_t  i, k;

    size = 1024 + req->model.len;

    for (i = 0; i < req->messages_n; i++) {
        for (k = 0; k < req->messages[i].n; k++) {
            size += 128 + req->messages[i].parts[k].text.len;
        }
    }

    for (i = 0; i < req->tools_n; i++) {
        size += 128 + req->tools[i].description.len + req->tools[i].schema.len;
    }

    if (req->format != NULL) {
        size += req->format->members.len + req->format->instruction.len;
    }

    return size + size / 16;
}


/* a message without parts says nothing; an instruction comes in any case */

static int
agt_openai_messages(const agt_request_t *req, agt_buf_t *out)
{
    int        rc;
    bool       first;
    uint32_t   i;
    agt_str_t  instruction;

    first = true;
    instruction = agt_str_make(NULL, 0);

    if (req->format != NULL) {
        instruction = req->format->instruction;
    }

    if (instruction.len != 0
        && (req->messages_n == 0 || req->messages[0].n == 0
            || req->messages[0].role != AGT_ROLE_SYSTEM))
    {
        agt_openai_put(out, "{\"role\":\"system\",\"content\":\"");
        (void) agt_buf_str(out, instruction);
        agt_openai_put(out, "\"}");

        instruction.len = 0;
        first = false;
    }

    for (i = 0; i < req->messages_n; i++) {

        if (req->messages[i].n == 0) {
            continue;
        }

        if (!first) {
            agt_openai_put(out, ",");
        }

        rc = agt_openai_message(&req->messages[i], instruction, out);
        if (rc != AGT_OK) {
            return rc;
        }

        instruction.len = 0;
        first = false;
    }

    return AGT_OK;
}


static int
agt_openai_message(const agt_message_t *m, agt_str_t instruction,
    agt_buf_t *out)
{
    int       rc;
    unsigned  seen;

    rc = agt_openai_message_check(m, &seen);
    if (rc != AGT_OK) {
        return rc;
    }

    switch (m->role) {

    case AGT_ROLE_SYSTEM:
        agt_openai_system(m, instruction, out);
        break;

    case AGT_ROLE_ASSISTANT:
        agt_openai_assistant(m, seen, out);
        break;

    default: /* AGT_ROLE_USER, AGT_ROLE_TOOL */

        /* results are messages of their own, and come before what is said */

        if (seen & agt_part_bit(AGT_PART_TOOL_RESULT)) {
            agt_openai_tool_results(m, out);

            if (seen == agt_part_bit(AGT_PART_TOOL_RESULT)) {
                break;
            }

            agt_openai_put(out, ",");
        }

        agt_openai_user(m, seen, out);
    }

    return AGT_OK;
}


static int
agt_openai_message_check(const agt_message_t *m, unsigned *seen)
{
    uint32_t           i;
    const agt_part_t  *part;

    *seen = 0;

    for (i = 0; i < m->n; i++) {
        part = &m->parts[i];
        *seen |= agt_part_bit(part->type);

        if (part->type == AGT_PART_IMAGE && part->media_type.len == 0
            && !agt_openai_url(part))
        {
            return AGT_DECLINED;
        }
    }

    return (*seen & ~agt_openai_roles[m->role]) == 0 ? AGT_OK : AGT_DECLINED;
}


static void
agt_openai_system(const agt_message_t *m, agt_str_t instruction,
    agt_buf_t *out)
{
    agt_openai_put(out, "{\"role\":\"system\",\"content\":\"");
    agt_openai_texts(m, out);

    if (instruction.len != 0) {
        agt_openai_put(out, "\\n\\n");
        (void) agt_buf_str(out, instruction);
    }

    agt_openai_put(out, "\"}");
}


static void
agt_openai_user(const agt_message_t *m, unsigned seen, agt_buf_t *out)
{
    bool               first;
    uint32_t           i;
    const agt_part_t  *part;

    if (!(seen & agt_part_bit(AGT_PART_IMAGE))) {
        agt_openai_put(out, "{\"role\":\"user\",\"content\":\"");
        agt_openai_texts(m, out);
        agt_openai_put(out, "\"}");

        return;
    }

    agt_openai_put(out, "{\"role\":\"user\",\"content\":[");
    first = true;

    for (i = 0; i < m->n; i++) {
        part = &m->parts[i];

        if (part->type == AGT_PART_TOOL_RESULT) {
            continue;
        }

        if (!first) {
            agt_openai_put(out, ",");
        }

        first = false;

        if (part->type == AGT_PART_IMAGE) {
            agt_openai_image(part, out);
            continue;
        }

        agt_openai_put(out, "{\"type\":\"text\",\"text\":\"");
        agt_openai_text(part, out);
        agt_openai_put(out, "\"}");
    }

    agt_openai_put(out, "]}");
}


static void
agt_openai_assistant(const agt_message_t *m, unsigned seen, agt_buf_t *out)
{
    bool               first;
    uint32_t           i;
    const agt_part_t  *part;

    if (seen & agt_part_bit(AGT_PART_TEXT)) {
        agt_openai_put(out, "{\"role\":\"assistant\",\"content\":\"");
        agt_openai_texts(m, out);
        agt_openai_put(out, "\"");

    } else {
        agt_openai_put(out, "{\"role\":\"assistant\",\"content\":null");
    }

    first = true;

    for (i = 0; i < m->n; i++) {
        part = &m->parts[i];

        if (part->type != AGT_PART_TOOL_CALL) {
            continue;
        }

        if (first) {
            agt_openai_put(out, ",\"tool_calls\":[{\"id\":");

        } else {
            agt_openai_put(out, ",{\"id\":");
        }

        first = false;

        (void) agt_json_quote(out, part->id);
        agt_openai_put(out, ",\"type\":\"function\",\"function\":{\"name\":");
        (void) agt_json_quote(out, part->name);
        agt_openai_put(out, ",\"arguments\":\"");
        agt_openai_text(part, out);
        agt_openai_put(out, "\"}}");
    }

    if (first) {
        agt_openai_put(out, "}");

    } else {
        agt_openai_put(out, "]}");
    }
}


/* that a tool failed is for its text to say: there is no member for it */

static void
agt_openai_tool_results(const agt_message_t *m, agt_buf_t *out)
{
    bool               first;
    uint32_t           i;
    const agt_part_t  *part;

    first = true;

    for (i = 0; i < m->n; i++) {
        part = &m->parts[i];

        if (part->type != AGT_PART_TOOL_RESULT) {
            continue;
        }

        if (!first) {
            agt_openai_put(out, ",");
        }

        first = false;

        agt_openai_put(out, "{\"role\":\"tool\",\"tool_call_id\":");
        (void) agt_json_quote(out, part->id);
        agt_openai_put(out, ",\"content\":\"");
        agt_openai_text(part, out);
        agt_openai_put(out, "\"}");
    }
}


static void
agt_openai_texts(const agt_message_t *m, agt_buf_t *out)
{
    uint32_t  i;

    for (i = 0; i < m->n; i++) {
        if (m->parts[i].type == AGT_PART_TEXT) {
            agt_openai_text(&m->parts[i], out);
        }
    }
}


static void
agt_openai_text(const agt_part_t *part, agt_buf_t *out)
{
    if (part->escaped) {
        (void) agt_buf_str(out, part->text);

    } else {
        (void) agt_json_escape(out, part->text);
    }
}


static void
agt_openai_image(const agt_part_t *part, agt_buf_t *out)
{
    agt_openai_put(out, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"");

    if (part->media_type.len != 0) {
        agt_openai_put(out, "data:");
        (void) agt_json_escape(out, part->media_type);
        agt_openai_put(out, ";base64,");
    }

    agt_openai_text(part, out);
    agt_openai_put(out, "\"}}");
}


/* a server that fetches for the model has no business with other schemes */

static bool
agt_openai_url(const agt_part_t *part)
{
    size_t                  i;
    static const agt_str_t  schemes[] = {
        agt_string("https://"), agt_string("data:")
    };

    for (i = 0; i < agt_array_n(schemes); i++) {
        if (part->text.len > schemes[i].len
            && memcmp(part->text.data, schemes[i].data, schemes[i].len) == 0)
        {
            return true;
        }
    }

    return false;
}


static void
agt_openai_tools(const agt_request_t *req, agt_buf_t *out)
{
    uint32_t           i;
    const agt_tool_t  *tool;

    for (i = 0; i < req->tools_n; i++) {
        tool = &req->tools[i];

        if (i == 0) {
            agt_openai_put(out, ",\"tools\":[");

        } else {
            agt_openai_put(out, ",");
        }

        agt_openai_put(out, "{\"type\":\"function\",\"function\":{\"name\":");
        (void) agt_json_quote(out, tool->name);

        if (tool->description.len != 0) {
            agt_openai_put(out, ",\"description\":");
            (void) agt_json_quote(out, tool->description);
        }

        if (tool->schema.len != 0) {
            agt_openai_put(out, ",\"parameters\":");
            (void) agt_buf_str(out, tool->schema);
        }

        agt_openai_put(out, "}}");
    }

    agt_openai_put(out, "]");
}


static void
agt_openai_parameters(const agt_parameters_t *parameters, agt_buf_t *out)
{
    size_t                         i;
    const agt_str_t               *value;
    const agt_openai_parameter_t  *p;

    for (i = 0; i < agt_array_n(agt_openai_parameter_table); i++) {
        p = &agt_openai_parameter_table[i];
        value = (const agt_str_t *) ((const char *) parameters + p->offset);

        if (value->len == 0) {
            continue;
        }

        (void) agt_buf_str(out, p->name);

        if (p->quoted) {
            (void) agt_json_quote(out, *value);

        } else {
            (void) agt_buf_str(out, *value);
        }
    }

    if (parameters->max_output_tokens != 0) {
        agt_openai_put(out, ",\"max_completion_tokens\":");
        (void) agt_buf_int(out, parameters->max_output_tokens);
    }

    for (i = 0; i < parameters->stop_n; i++) {

        if (i == 0) {
            agt_openai_put(out, ",\"stop\":[");

        } else {
            agt_openai_put(out, ",");
        }

        (void) agt_json_quote(out, parameters->stop[i]);
    }

    if (parameters->stop_n != 0) {
        agt_openai_put(out, "]");
    }
}
