
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * OpenAI's chat completions.
 */


#include "ngx_http_agent_simulator.h"


#define NGX_HTTP_AGENT_SIMULATOR_TOKEN   4     /* bytes, about */

/* what an answer has beside its content and the model's name */

#define NGX_HTTP_AGENT_SIMULATOR_FRAME   1024

/* room for a usual content */

#define NGX_HTTP_AGENT_SIMULATOR_CONTENT (16 * 1024)


/* what was found in a request; nodes, AGT_JSON_NONE where there is none */

typedef struct {
    agt_json_t   doc;
    uint32_t     model;
    uint32_t     messages;
    uint32_t     response_format;
    uint32_t     stream;
    uint32_t     n;
    uint32_t     seed;
    uint32_t     tool_choice;
    uint32_t     max_tokens;
    uint32_t     max_completion_tokens;
} ngx_http_agent_simulator_request_t;


typedef struct {
    agt_str_t    name;
    size_t       offset;
    uint8_t      types;      /* null is always taken, as if it was not there */
} ngx_http_agent_simulator_member_t;


static ngx_int_t ngx_http_agent_simulator_openai_answer(
    ngx_http_agent_simulator_ctx_t *ctx);
static ngx_int_t ngx_http_agent_simulator_openai_error(
    ngx_http_agent_simulator_ctx_t *ctx,
    const ngx_http_agent_simulator_error_t *error);
static ngx_int_t ngx_http_agent_simulator_openai_error_find(ngx_uint_t status,
    agt_str_t code, ngx_http_agent_simulator_error_t *error);

static ngx_int_t ngx_http_agent_simulator_openai_bad(
    ngx_http_agent_simulator_ctx_t *ctx, ngx_uint_t status, const char *code,
    const char *param, const char *fmt, ...);
static ngx_int_t ngx_http_agent_simulator_openai_document(
    ngx_http_agent_simulator_ctx_t *ctx,
    const ngx_http_agent_simulator_error_t *error, const char *param);
static ngx_int_t ngx_http_agent_simulator_openai_read(
    ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req);
static ngx_int_t ngx_http_agent_simulator_openai_check(
    ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req);
static ngx_uint_t ngx_http_agent_simulator_openai_known(
    ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req);
static ngx_int_t ngx_http_agent_simulator_openai_content(
    ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req, agt_buf_t *content);
static ngx_int_t ngx_http_agent_simulator_openai_schema(
    ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req, agt_str_t *schema);
static ngx_int_t ngx_http_agent_simulator_openai_user(
    ngx_http_agent_simulator_request_t *req, agt_str_t *text);
static ngx_int_t ngx_http_agent_simulator_openai_typed(
    ngx_http_agent_simulator_ctx_t *ctx, agt_str_t schema,
    const agt_generate_options_t *options, agt_buf_t *content);
static ngx_uint_t ngx_http_agent_simulator_openai_truncate(
    ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req, agt_str_t *content);
static ngx_int_t ngx_http_agent_simulator_openai_compose(
    ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req, agt_str_t content,
    ngx_uint_t truncated);
static void ngx_http_agent_simulator_openai_usage(agt_buf_t *out,
    uint64_t prompt, uint64_t completion);
static void ngx_http_agent_simulator_openai_malformed(
    ngx_http_agent_simulator_ctx_t *ctx);


static const ngx_http_agent_simulator_member_t
    ngx_http_agent_simulator_openai_members[] =
{
    { agt_string("model"),
      offsetof(ngx_http_agent_simulator_request_t, model),
      AGT_JSON_STRING },

    { agt_string("messages"),
      offsetof(ngx_http_agent_simulator_request_t, messages),
      AGT_JSON_ARRAY },

    { agt_string("response_format"),
      offsetof(ngx_http_agent_simulator_request_t, response_format),
      AGT_JSON_OBJECT },

    { agt_string("stream"),
      offsetof(ngx_http_agent_simulator_request_t, stream),
      AGT_JSON_BOOLEAN },

    { agt_string("n"),
      offsetof(ngx_http_agent_simulator_request_t, n),
      AGT_JSON_NUMBER },

    { agt_string("seed"),
      offsetof(ngx_http_agent_simulator_request_t, seed),
      AGT_JSON_NUMBER },

    { agt_string("tool_choice"),
      offsetof(ngx_http_agent_simulator_request_t, tool_choice),
      AGT_JSON_STRING | AGT_JSON_OBJECT },

    { agt_string("max_tokens"),
      offsetof(ngx_http_agent_simulator_request_t, max_tokens),
      AGT_JSON_NUMBER },

    { agt_string("max_completion_tokens"),
      offsetof(ngx_http_agent_simulator_request_t, max_completion_tokens),
      AGT_JSON_NUMBER }
};


/* the first of a status is the usual one */

static const ngx_http_agent_simulator_error_t
    ngx_http_agent_simulator_openai_errors[] =
{
    { 400, agt_string("invalid_request_error"), agt_null_string,
      agt_string("the request is not valid") },
    { 400, agt_string("invalid_request_error"),
      agt_string("context_length_exceeded"),
      agt_string("the messages are longer than this model's maximum context "
                 "length of 8192 tokens") },
    { 400, agt_string("invalid_request_error"),
      agt_string("content_policy_violation"),
      agt_string("the request was refused by the content policy") },
    { 400, agt_string("invalid_request_error"), agt_string("content_filter"),
      agt_string("the request was stopped by the content filter") },
    { 401, agt_string("invalid_request_error"), agt_string("invalid_api_key"),
      agt_string("incorrect API key provided") },
    { 403, agt_string("request_forbidden"),
      agt_string("unsupported_country_region_territory"),
      agt_string("country, region or territory is not supported") },
    { 404, agt_string("invalid_request_error"), agt_null_string,
      agt_string("not found") },
    { 404, agt_string("invalid_request_error"), agt_string("model_not_found"),
      agt_string("the model does not exist") },
    { 429, agt_string("requests"), agt_string("rate_limit_exceeded"),
      agt_string("rate limit reached for requests") },
    { 429, agt_string("insufficient_quota"), agt_string("insufficient_quota"),
      agt_string("the current quota is exceeded") },
    { 429, agt_string("rate_limit_error"), agt_string("slow_down"),
      agt_string("the number of requests grew too fast") },
    { 500, agt_string("server_error"), agt_null_string,
      agt_string("the server had an error") },
    { 503, agt_string("service_unavailable_error"),
      agt_string("server_is_overloaded"),
      agt_string("the server is overloaded") }
};


const ngx_http_agent_simulator_dialect_t  ngx_http_agent_simulator_openai = {
    ngx_string("openai"),
    ngx_string("/chat/completions"),
    ngx_string("x-request-id"),
    ngx_string("openai-processing-ms"),
    ngx_http_agent_simulator_openai_answer,
    ngx_http_agent_simulator_openai_error,
    ngx_http_agent_simulator_openai_error_find
};


static ngx_int_t
ngx_http_agent_simulator_openai_error_find(ngx_uint_t status, agt_str_t code,
    ngx_http_agent_simulator_error_t *error)
{
    ngx_uint_t                               i;
    const ngx_http_agent_simulator_error_t  *known;

    for (i = 0; i < agt_array_n(ngx_http_agent_simulator_openai_errors); i++) {

        known = &ngx_http_agent_simulator_openai_errors[i];

        if (known->status == status
            && (code.len == 0 || agt_str_eq(known->code, code)))
        {
            *error = *known;
            return NGX_OK;
        }
    }

    if (code.len != 0) {
        return NGX_DECLINED;
    }

    error->status = status;
    error->type = agt_str_from(status < 500 ? "invalid_request_error"
                                            : "server_error");
    error->code = code;
    error->message = agt_str_from("the request failed");

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_simulator_openai_answer(ngx_http_agent_simulator_ctx_t *ctx)
{
    ngx_int_t                           rc;
    agt_str_t                           text;
    agt_buf_t                           content;
    ngx_uint_t                          truncated;
    ngx_http_agent_simulator_request_t  req;

    rc = ngx_http_agent_simulator_openai_read(ctx, &req);

    if (rc == NGX_OK) {
        rc = ngx_http_agent_simulator_openai_check(ctx, &req);
    }

    if (rc != NGX_OK) {
        return rc == NGX_DONE ? NGX_OK : rc;
    }

    agt_buf_init(&content, ngx_http_agent_simulator_scratch(),
                 NGX_HTTP_AGENT_SIMULATOR_CONTENT, AGT_GENERATE_SIZE);

    rc = ngx_http_agent_simulator_openai_content(ctx, &req, &content);

    if (rc != NGX_OK) {
        return rc == NGX_DONE ? NGX_OK : rc;
    }

    text = agt_buf_slice(&content);
    truncated = ngx_http_agent_simulator_openai_truncate(ctx, &req, &text);

    ctx->status = NGX_HTTP_OK;

    if (ngx_http_agent_simulator_openai_compose(ctx, &req, text, truncated)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->fault && ctx->fault->kind == NGX_HTTP_AGENT_SIMULATOR_MALFORMED) {
        ngx_http_agent_simulator_openai_malformed(ctx);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_simulator_openai_error(ngx_http_agent_simulator_ctx_t *ctx,
    const ngx_http_agent_simulator_error_t *error)
{
    return ngx_http_agent_simulator_openai_document(ctx, error, NULL);
}


/* answers with an error; NGX_DONE, or NGX_ERROR without memory */

static ngx_int_t
ngx_http_agent_simulator_openai_bad(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_uint_t status, const char *code, const char *param, const char *fmt,
    ...)
{
    u_char                            text[512], *last;
    va_list                           args;
    ngx_http_agent_simulator_error_t  error;

    if (ngx_http_agent_simulator_openai_error_find(status, agt_str_from(code),
                                                   &error)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    va_start(args, fmt);
    last = ngx_vslprintf(text, text + sizeof(text), fmt, args);
    va_end(args);

    error.message = agt_str_make((const char *) text, last - text);

    if (ngx_http_agent_simulator_openai_document(ctx, &error, param)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_DONE;
}


static ngx_int_t
ngx_http_agent_simulator_openai_document(ngx_http_agent_simulator_ctx_t *ctx,
    const ngx_http_agent_simulator_error_t *error, const char *param)
{
    agt_buf_t  *out;

    ctx->status = error->status;

    out = &ctx->out;

    agt_buf_init(out, &ctx->mem, NGX_HTTP_AGENT_SIMULATOR_FRAME,
                 NGX_HTTP_AGENT_SIMULATOR_ANSWER);

    agt_buf_text(out, "{\"error\":{\"message\":");
    agt_json_quote(out, error->message);
    agt_buf_text(out, ",\"type\":");
    agt_json_quote(out, error->type);
    agt_buf_text(out, ",\"param\":");

    if (param) {
        agt_json_quote(out, agt_str_from(param));

    } else {
        agt_buf_text(out, "null");
    }

    agt_buf_text(out, ",\"code\":");

    if (error->code.len) {
        agt_json_quote(out, error->code);

    } else {
        agt_buf_text(out, "null");
    }

    return agt_buf_text(out, "}}\n") == AGT_OK ? NGX_OK : NGX_ERROR;
}


/* finds what matters here; NGX_DONE: it was answered with an error */

static ngx_int_t
ngx_http_agent_simulator_openai_read(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req)
{
    uint32_t                                  i, *field;
    ngx_int_t                                 rc;
    ngx_uint_t                                k;
    agt_error_t                               err;
    const agt_json_node_t                    *nodes;
    const ngx_http_agent_simulator_member_t  *member;

    ngx_memset(req, 0xff, sizeof(ngx_http_agent_simulator_request_t));

    agt_error_init(&err);

    rc = agt_json_parse(&req->doc, ctx->body, NULL,
                        ngx_http_agent_simulator_scratch(), &err);

    if (rc == AGT_DECLINED) {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "", NULL,
                   "the body is not valid JSON: %s at line %uD, column %uD",
                   err.message, err.line, err.column);
    }

    if (rc != AGT_OK) {
        return NGX_ERROR;
    }

    nodes = req->doc.nodes;

    if (nodes[0].type != AGT_JSON_OBJECT) {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "", NULL,
                                                   "the body is not an object");
    }

    for (i = 1; i < nodes[0].next; i = nodes[i + 1].next) {

        for (k = 0; k < agt_array_n(ngx_http_agent_simulator_openai_members);
             k++)
        {
            member = &ngx_http_agent_simulator_openai_members[k];

            if (!agt_json_string_is(&req->doc, i, member->name)) {
                continue;
            }

            if (nodes[i + 1].type & member->types) {
                field = (uint32_t *) (void *) ((u_char *) req
                                               + member->offset);
                *field = i + 1;

            } else if (nodes[i + 1].type != AGT_JSON_NULL) {
                return ngx_http_agent_simulator_openai_bad(ctx, 400, "",
                           member->name.data, "invalid type for \"%s\"",
                           member->name.data);
            }

            break;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_simulator_openai_check(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req)
{
    int64_t                 n;
    uint32_t                i, role;
    const agt_json_node_t  *nodes;

    nodes = req->doc.nodes;

    if (req->model == AGT_JSON_NONE) {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "", "model",
                                                   "you must provide a model");
    }

    if (!ngx_http_agent_simulator_openai_known(ctx, req)) {
        return ngx_http_agent_simulator_openai_bad(ctx, 404,
                   "model_not_found", NULL, "the model does not exist");
    }

    if (req->messages == AGT_JSON_NONE || nodes[req->messages].count == 0) {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "", "messages",
                   "\"messages\" must be an array of messages");
    }

    for (i = req->messages + 1; i < nodes[req->messages].next;
         i = nodes[i].next)
    {
        role = (nodes[i].type == AGT_JSON_OBJECT)
               ? agt_json_member(&req->doc, i, agt_str_from("role"))
               : AGT_JSON_NONE;

        if (role == AGT_JSON_NONE || nodes[role].type != AGT_JSON_STRING) {
            return ngx_http_agent_simulator_openai_bad(ctx, 400, "",
                       "messages", "a message is an object with a \"role\"");
        }
    }

    if (req->stream != AGT_JSON_NONE
        && (nodes[req->stream].flags & AGT_JSON_TRUE))
    {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "", "stream",
                   "streaming is not supported by this build of the "
                   "simulator");
    }

    if (req->n != AGT_JSON_NONE
        && (agt_json_int64(&req->doc, req->n, &n) != AGT_OK || n != 1))
    {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "", "n",
                   "the simulator makes one choice only");
    }

    if (req->tool_choice != AGT_JSON_NONE
        && !agt_json_string_is(&req->doc, req->tool_choice,
                               agt_str_from("auto"))
        && !agt_json_string_is(&req->doc, req->tool_choice,
                               agt_str_from("none")))
    {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "",
                   "tool_choice", "tool calls are not supported by this "
                   "build of the simulator");
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_agent_simulator_openai_known(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req)
{
    ngx_str_t   *models;
    ngx_uint_t   i, n;

    models = ctx->slcf->models.elts;
    n = ctx->slcf->models.nelts;

    for (i = 0; i < n; i++) {
        if (agt_json_string_is(&req->doc, req->model,
                               ngx_http_agent_simulator_str(&models[i])))
        {
            return 1;
        }
    }

    return n == 0;
}


/* what the model says; NGX_DONE: it was answered with an error */

static ngx_int_t
ngx_http_agent_simulator_openai_content(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req, agt_buf_t *content)
{
    ngx_int_t                                  rc;
    agt_str_t                                  schema, none = agt_null_string;
    agt_generate_options_t                     generate;
    const ngx_http_agent_simulator_options_t  *options;

    options = ctx->options;

    rc = ngx_http_agent_simulator_openai_schema(ctx, req, &schema);
    if (rc != NGX_OK) {
        return rc;
    }

    if (options->text.data) {
        return agt_buf_str(content,
                           ngx_http_agent_simulator_str(&options->text));
    }

    generate.lead = none;
    generate.size = options->size;
    generate.seed = agt_random_seed(options->seed,
                                    agt_json_raw(&req->doc, req->messages));

    if (req->seed != AGT_JSON_NONE) {
        generate.seed = agt_random_seed(generate.seed,
                                        agt_json_raw(&req->doc, req->seed));
    }

    if (options->echo
        && ngx_http_agent_simulator_openai_user(req, &generate.lead)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (schema.len) {
        return ngx_http_agent_simulator_openai_typed(ctx, schema, &generate,
                                                     content);
    }

    return agt_generate_text(&generate, content);
}


/* the schema of the answer; empty for a text */

static ngx_int_t
ngx_http_agent_simulator_openai_schema(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req, agt_str_t *schema)
{
    uint32_t           i, type;
    const agt_json_t  *doc;

    doc = &req->doc;

    schema->len = 0;

    if (req->response_format == AGT_JSON_NONE) {
        return NGX_OK;
    }

    type = agt_json_member(doc, req->response_format, agt_str_from("type"));

    if (type == AGT_JSON_NONE || doc->nodes[type].type != AGT_JSON_STRING) {
        goto invalid;
    }

    if (agt_json_string_is(doc, type, agt_str_from("text"))) {
        return NGX_OK;
    }

    *schema = agt_str_from("{\"type\":\"object\"}");

    if (agt_json_string_is(doc, type, agt_str_from("json_object"))) {
        return NGX_OK;
    }

    i = agt_json_member(doc, req->response_format,
                        agt_str_from("json_schema"));

    if (!agt_json_string_is(doc, type, agt_str_from("json_schema"))
        || i == AGT_JSON_NONE || doc->nodes[i].type != AGT_JSON_OBJECT)
    {
        goto invalid;
    }

    i = agt_json_member(doc, i, agt_str_from("schema"));

    if (i != AGT_JSON_NONE) {
        *schema = agt_json_raw(doc, i);
    }

    return NGX_OK;

invalid:

    return ngx_http_agent_simulator_openai_bad(ctx, 400, "",
               "response_format", "invalid \"response_format\"");
}


/* the text of the last message of the user */

static ngx_int_t
ngx_http_agent_simulator_openai_user(ngx_http_agent_simulator_request_t *req,
    agt_str_t *text)
{
    uint32_t                i, last, role, content;
    agt_buf_t               buf;
    agt_str_t               part;
    agt_mem_t              *mem;
    const agt_json_t       *doc;
    const agt_json_node_t  *nodes;

    doc = &req->doc;
    nodes = doc->nodes;
    mem = ngx_http_agent_simulator_scratch();
    last = AGT_JSON_NONE;

    for (i = req->messages + 1; i < nodes[req->messages].next;
         i = nodes[i].next)
    {
        role = agt_json_member(doc, i, agt_str_from("role"));
        content = agt_json_member(doc, i, agt_str_from("content"));

        if (content != AGT_JSON_NONE
            && agt_json_string_is(doc, role, agt_str_from("user")))
        {
            last = content;
        }
    }

    if (last == AGT_JSON_NONE) {
        return NGX_OK;
    }

    if (nodes[last].type == AGT_JSON_STRING) {
        return agt_json_string(doc, last, mem, text);
    }

    if (nodes[last].type != AGT_JSON_ARRAY) {
        return NGX_OK;
    }

    agt_buf_init(&buf, mem, nodes[last].len, AGT_GENERATE_SIZE);

    for (i = last + 1; i < nodes[last].next; i = nodes[i].next) {

        content = (nodes[i].type == AGT_JSON_OBJECT)
                  ? agt_json_member(doc, i, agt_str_from("text"))
                  : AGT_JSON_NONE;

        if (content == AGT_JSON_NONE
            || nodes[content].type != AGT_JSON_STRING)
        {
            continue;
        }

        if (agt_json_string(doc, content, mem, &part) != AGT_OK
            || agt_buf_str(&buf, part) != AGT_OK)
        {
            return NGX_ERROR;
        }
    }

    *text = agt_buf_slice(&buf);

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_simulator_openai_typed(ngx_http_agent_simulator_ctx_t *ctx,
    agt_str_t schema, const agt_generate_options_t *options,
    agt_buf_t *content)
{
    ngx_int_t              rc;
    agt_mem_t             *mem;
    agt_error_t            err;
    const agt_generate_t  *gen;

    agt_error_init(&err);

    rc = ngx_http_agent_simulator_generator(schema, &gen, &err);

    if (rc == NGX_DECLINED) {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "",
                   "response_format", "invalid schema: %s%s%s",
                   err.message, err.pointer[0] ? " at " : "", err.pointer);
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    mem = ngx_http_agent_simulator_scratch();

    if (ctx->fault && ctx->fault->kind == NGX_HTTP_AGENT_SIMULATOR_INVALID) {
        rc = agt_generate_broken(gen, options, mem, content);

        if (rc == AGT_DECLINED) {

            /* any JSON will do for this schema, so it is none */

            rc = agt_generate_text(options, content);
        }

        return rc;
    }

    rc = agt_generate_value(gen, options, mem, content);

    if (rc == AGT_DECLINED || (rc == AGT_ERROR && content->full)) {
        return ngx_http_agent_simulator_openai_bad(ctx, 400, "",
                   "response_format", "no value was found that satisfies "
                   "the schema");
    }

    return rc;
}


/* keeps what the limits allow, whole characters; whether that is not all */

static ngx_uint_t
ngx_http_agent_simulator_openai_truncate(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req, agt_str_t *content)
{
    size_t    len;
    int64_t   max;
    uint32_t  node;

    len = content->len;

    if (ctx->fault && ctx->fault->kind == NGX_HTTP_AGENT_SIMULATOR_TRUNCATED) {
        len = len * 2 / 3;
    }

    node = (req->max_completion_tokens != AGT_JSON_NONE)
           ? req->max_completion_tokens : req->max_tokens;

    if (node != AGT_JSON_NONE
        && agt_json_int64(&req->doc, node, &max) == AGT_OK
        && max >= 0
        && max < (int64_t) (len / NGX_HTTP_AGENT_SIMULATOR_TOKEN))
    {
        len = (size_t) max * NGX_HTTP_AGENT_SIMULATOR_TOKEN;
    }

    if (len == content->len) {
        return 0;
    }

    while (len && ((u_char) content->data[len] & 0xc0) == 0x80) {
        len--;
    }

    content->len = len;

    return 1;
}


static ngx_int_t
ngx_http_agent_simulator_openai_compose(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_http_agent_simulator_request_t *req, agt_str_t content,
    ngx_uint_t truncated)
{
    u_char      id[16];
    uint64_t    tokens;
    agt_buf_t  *out;
    agt_str_t   model;
    ngx_uint_t  refusal;

    static const char  refused[] = "I can not help with that.";

    out = &ctx->out;
    model = agt_json_raw(&req->doc, req->model);
    refusal = (ctx->fault
               && ctx->fault->kind == NGX_HTTP_AGENT_SIMULATOR_REFUSAL);

    /* a quarter more: quotes within the content double */

    agt_buf_init(out, &ctx->mem,
                 content.len + content.len / 4 + model.len
                 + NGX_HTTP_AGENT_SIMULATOR_FRAME,
                 NGX_HTTP_AGENT_SIMULATOR_ANSWER);

    ngx_sprintf(id, "%016xL", ctx->id);

    agt_buf_text(out, "{\"id\":\"chatcmpl-");
    agt_buf_append(out, (const char *) id, sizeof(id));
    agt_buf_text(out, "\",\"object\":\"chat.completion\",\"created\":");
    agt_buf_uint(out, (uint64_t) ngx_time());
    agt_buf_text(out, ",\"model\":");
    agt_buf_str(out, model);
    agt_buf_text(out, ",\"service_tier\":\"default\","
                 "\"system_fingerprint\":null,"
                 "\"choices\":[{\"index\":0,\"message\":"
                 "{\"role\":\"assistant\",\"content\":");

    if (refusal) {
        content.len = sizeof(refused) - 1;
        agt_buf_text(out, "null,\"refusal\":\"");
        agt_buf_text(out, refused);
        agt_buf_char(out, '"');

    } else {
        agt_json_quote(out, content);
        agt_buf_text(out, ",\"refusal\":null");
    }

    agt_buf_text(out, ",\"annotations\":[]},\"logprobs\":null,"
                 "\"finish_reason\":");
    agt_buf_text(out, truncated && !refusal ? "\"length\"}]" : "\"stop\"}]");

    if (ctx->options->usage) {
        tokens = agt_json_raw(&req->doc, req->messages).len;

        ngx_http_agent_simulator_openai_usage(out,
            tokens / NGX_HTTP_AGENT_SIMULATOR_TOKEN + 1,
            content.len / NGX_HTTP_AGENT_SIMULATOR_TOKEN + 1);
    }

    return agt_buf_text(out, "}\n") == AGT_OK ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_agent_simulator_openai_usage(agt_buf_t *out, uint64_t prompt,
    uint64_t completion)
{
    agt_buf_text(out, ",\"usage\":{\"prompt_tokens\":");
    agt_buf_uint(out, prompt);
    agt_buf_text(out, ",\"completion_tokens\":");
    agt_buf_uint(out, completion);
    agt_buf_text(out, ",\"total_tokens\":");
    agt_buf_uint(out, prompt + completion);
    agt_buf_text(out, ",\"prompt_tokens_details\":{\"cached_tokens\":0,"
                 "\"cache_write_tokens\":0,\"audio_tokens\":0},"
                 "\"completion_tokens_details\":{\"reasoning_tokens\":0,"
                 "\"audio_tokens\":0,\"accepted_prediction_tokens\":0,"
                 "\"rejected_prediction_tokens\":0}}");
}


static void
ngx_http_agent_simulator_openai_malformed(ngx_http_agent_simulator_ctx_t *ctx)
{
    static const char  html[] =
        "<html>\n<head><title>200 OK</title></head>\n"
        "<body><h1>Please wait</h1></body>\n</html>\n";

    switch (ctx->fault->malformed) {

    case NGX_HTTP_AGENT_SIMULATOR_HTML:
        ngx_str_set(&ctx->content_type, "text/html");
        agt_buf_reset(&ctx->out);
        agt_buf_text(&ctx->out, html);
        break;

    case NGX_HTTP_AGENT_SIMULATOR_EMPTY:
        ctx->out.len = 0;
        break;

    default:
        ctx->out.len = ctx->out.len * 2 / 3;
    }
}
