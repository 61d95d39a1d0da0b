
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "ngx_http_agent.h"


#define NGX_HTTP_AGENT_CARD_HINT   4096
#define NGX_HTTP_AGENT_CARD_MAX    (4 * 1024 * 1024)


static void ngx_http_agent_card_member(agt_buf_t *buf, const char *name,
    agt_str_t value);
static void ngx_http_agent_card_schema(agt_buf_t *buf, const agt_json_t *doc);
static void ngx_http_agent_openapi_problem(agt_buf_t *buf);


ngx_int_t
ngx_http_agent_card(ngx_http_agent_run_t *run)
{
    agt_buf_t    buf;
    agt_spec_t  *spec;

    spec = run->def->spec;

    agt_buf_init(&buf, &run->mem, NGX_HTTP_AGENT_CARD_HINT,
                 NGX_HTTP_AGENT_CARD_MAX);

    (void) agt_buf_text(&buf, "{\"name\":");
    (void) agt_json_quote(&buf, spec->name);
    ngx_http_agent_card_member(&buf, "description", spec->description);
    (void) agt_buf_text(&buf, ",\"version\":\"");
    (void) ngx_http_agent_format_number(run->def, &buf);
    (void) agt_buf_text(&buf, "\",\"input_schema\":");
    ngx_http_agent_card_schema(&buf, &spec->input_doc);

    if (spec->output) {
        (void) agt_buf_text(&buf, ",\"output_schema\":");
        ngx_http_agent_card_schema(&buf, &spec->output_doc);
    }

    (void) agt_buf_char(&buf, '}');

    return ngx_http_agent_respond_json(run->request, &buf);
}


static void
ngx_http_agent_card_member(agt_buf_t *buf, const char *name, agt_str_t value)
{
    if (value.len == 0) {
        return;
    }

    (void) agt_buf_text(buf, ",\"");
    (void) agt_buf_text(buf, name);
    (void) agt_buf_text(buf, "\":");
    (void) agt_json_quote(buf, value);
}


static void
ngx_http_agent_card_schema(agt_buf_t *buf, const agt_json_t *doc)
{
    (void) agt_json_minify(doc, 0, buf);
}


/* OpenAPI 3.1 has schemas of JSON Schema 2020-12: ours stand as they are */

ngx_int_t
ngx_http_agent_openapi(ngx_http_agent_run_t *run)
{
    agt_buf_t    buf;
    agt_spec_t  *spec;

    spec = run->def->spec;

    agt_buf_init(&buf, &run->mem, NGX_HTTP_AGENT_CARD_HINT,
                 NGX_HTTP_AGENT_CARD_MAX);

    (void) agt_buf_text(&buf, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":");
    (void) agt_json_quote(&buf, spec->name);
    (void) agt_buf_text(&buf, ",\"version\":\"");
    (void) ngx_http_agent_format_number(run->def, &buf);
    (void) agt_buf_char(&buf, '"');
    ngx_http_agent_card_member(&buf, "description", spec->description);

    (void) agt_buf_text(&buf, "},\"paths\":{");
    (void) agt_json_quote(&buf, ngx_http_agent_agt(run->alcf->location));
    (void) agt_buf_text(&buf, ":{\"post\":{\"operationId\":");
    (void) agt_json_quote(&buf, spec->name);
    ngx_http_agent_card_member(&buf, "summary", spec->description);

    (void) agt_buf_text(&buf, ",\"requestBody\":{\"required\":true,"
                              "\"content\":{\"application/json\":{"
                              "\"schema\":");
    ngx_http_agent_card_schema(&buf, &spec->input_doc);

    (void) agt_buf_text(&buf, "}}},\"responses\":{\"200\":{\"description\":"
                              "\"the output\",\"content\":{");

    if (spec->output) {
        (void) agt_buf_text(&buf, "\"application/json\":{\"schema\":");
        ngx_http_agent_card_schema(&buf, &spec->output_doc);

    } else {
        (void) agt_buf_text(&buf, "\"text/plain\":{\"schema\":"
                                  "{\"type\":\"string\"}");
    }

    (void) agt_buf_text(&buf, "}}},\"default\":");
    ngx_http_agent_openapi_problem(&buf);
    (void) agt_buf_text(&buf, "}}}}}");

    return ngx_http_agent_respond_json(run->request, &buf);
}


static void
ngx_http_agent_openapi_problem(agt_buf_t *buf)
{
    (void) agt_buf_text(buf,
        "{\"description\":\"a problem (RFC 9457)\",\"content\":{"
        "\"application/problem+json\":{\"schema\":{\"type\":\"object\","
        "\"required\":[\"type\",\"title\",\"status\",\"execution\"],"
        "\"properties\":{"
        "\"type\":{\"type\":\"string\",\"format\":\"uri\"},"
        "\"title\":{\"type\":\"string\"},"
        "\"status\":{\"type\":\"integer\"},"
        "\"detail\":{\"type\":\"string\"},"
        "\"execution\":{\"type\":\"string\",\"format\":\"uuid\"},"
        "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
        "\"properties\":{"
        "\"pointer\":{\"type\":\"string\"},"
        "\"keyword\":{\"type\":\"string\"},"
        "\"message\":{\"type\":\"string\"}}}}}}}}}");
}
