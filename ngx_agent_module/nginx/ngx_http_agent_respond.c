
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "ngx_http_agent.h"


#define NGX_HTTP_AGENT_FACTS_HINT     512
#define NGX_HTTP_AGENT_FACTS_MAX      (8 * 1024)
#define NGX_HTTP_AGENT_PROBLEM_HINT   512
#define NGX_HTTP_AGENT_PROBLEM_MAX    (256 * 1024)

#define NGX_HTTP_AGENT_TYPE_PREFIX    "urn:ngx-agent:problem:"


/* problems by type: the title, and whether a retry can mend it */

typedef struct {
    const char  *type;
    const char  *title;
    unsigned     retry:1;
} ngx_http_agent_type_t;


/* what nginx's own pages become */

typedef struct {
    ngx_uint_t   status;
    const char  *type;
    const char  *detail;
} ngx_http_agent_page_t;


typedef ngx_int_t (*ngx_http_agent_fact_pt)(ngx_http_agent_run_t *run,
    agt_buf_t *buf);

/* a fact of the execution as a response header; "basic" shows it too */

typedef struct {
    const char               *name;
    ngx_http_agent_fact_pt    format;
    unsigned                  basic:1;
} ngx_http_agent_fact_t;


static ngx_int_t ngx_http_agent_fact_execution(ngx_http_agent_run_t *run,
    agt_buf_t *buf);
static ngx_int_t ngx_http_agent_fact_model(ngx_http_agent_run_t *run,
    agt_buf_t *buf);
static ngx_int_t ngx_http_agent_fact_usage(ngx_http_agent_run_t *run,
    agt_buf_t *buf);
static ngx_int_t ngx_http_agent_respond_facts(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_respond_common(ngx_http_request_t *r);
static ngx_int_t ngx_http_agent_respond_send(ngx_http_request_t *r,
    const char *type, u_char *data, size_t len);
static void ngx_http_agent_respond_type(ngx_http_request_t *r,
    const char *type);
static void ngx_http_agent_respond_status(ngx_http_request_t *r,
    ngx_uint_t status);
static const ngx_http_agent_type_t *ngx_http_agent_problem_type(
    const char *type);
static ngx_int_t ngx_http_agent_problem_headers(ngx_http_agent_run_t *run,
    const ngx_http_agent_type_t *type);
static void ngx_http_agent_problem_errors(ngx_http_agent_problem_t *problem,
    agt_buf_t *body);


static const ngx_http_agent_type_t  ngx_http_agent_types[] = {
    { "bad-request", "Bad request", 0 },
    { "invalid-json", "Invalid JSON", 0 },
    { "invalid-header", "Invalid request header", 0 },
    { "unauthenticated", "Unauthenticated", 0 },
    { "forbidden", "Forbidden", 0 },
    { "unknown-agent", "Unknown agent", 0 },
    { "not-found", "Not found", 0 },
    { "method-not-allowed", "Method not allowed", 0 },
    { "request-timeout", "Request timeout", 1 },
    { "too-large", "Request too large", 0 },
    { "unsupported-media-type", "Unsupported media type", 0 },
    { "invalid-input", "Invalid input", 0 },
    { "context-overflow", "Context overflow", 0 },
    { "content-filtered", "Content filtered", 0 },
    { "too-many-requests", "Too many requests", 1 },
    { "internal", "Internal error", 1 },
    { "invalid-output", "Invalid output", 1 },
    { "provider-error", "Provider error", 1 },
    { "unavailable", "Unavailable", 1 },
    { "timeout", "Timeout", 1 },
    { NULL, "Error", 1 }
};


static const ngx_http_agent_page_t  ngx_http_agent_pages[] = {
    { NGX_HTTP_BAD_REQUEST, "bad-request", "the request can not be read" },
    { NGX_HTTP_UNAUTHORIZED, "unauthenticated", "who calls is not known" },
    { NGX_HTTP_FORBIDDEN, "forbidden", "access is not allowed" },
    { NGX_HTTP_NOT_FOUND, "not-found", "there is nothing here" },
    { NGX_HTTP_NOT_ALLOWED, "method-not-allowed",
      "the method is not allowed" },
    { NGX_HTTP_REQUEST_TIME_OUT, "request-timeout",
      "the request did not come in time" },
    { NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, "too-large",
      "the body is larger than client_max_body_size" },
    { NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type",
      "the media type is not supported" },
    { NGX_HTTP_TOO_MANY_REQUESTS, "too-many-requests",
      "there are too many requests" },
    { NGX_HTTP_SERVICE_UNAVAILABLE, "unavailable",
      "the server can not serve this now" },
    { 0, "internal", "the server failed" }
};


static const ngx_http_agent_fact_t  ngx_http_agent_facts[] = {
    { "Agent-Execution", ngx_http_agent_fact_execution, 1 },
    { "Agent-Version", ngx_http_agent_format_version, 1 },
    { "Agent-Model", ngx_http_agent_fact_model, 0 },
    { "Agent-Usage", ngx_http_agent_fact_usage, 0 },
    { "Agent-Attempts", ngx_http_agent_format_attempts, 0 },
    { NULL, NULL, 0 }
};


ngx_int_t
ngx_http_agent_respond_output(ngx_http_agent_run_t *run)
{
    ngx_http_request_t  *r;

    r = run->request;

    if (ngx_http_agent_respond_common(r) != NGX_OK
        || ngx_http_agent_respond_facts(run) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_OK;

    return ngx_http_agent_respond_send(r, run->def->spec->output
                                          ? "application/json"
                                          : "text/plain; charset=utf-8",
                                       run->output.data, run->output.len);
}


ngx_int_t
ngx_http_agent_respond_problem(ngx_http_agent_run_t *run)
{
    ngx_int_t            rc;
    agt_buf_t            body;
    ngx_http_request_t  *r;

    r = run->request;
    run->responded = 1;

    /* a body that nobody will read needs no "100 Continue" */

    r->expect_tested = 1;

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        run->responded = 0;
        return rc;
    }

    agt_buf_init(&body, &run->mem, NGX_HTTP_AGENT_PROBLEM_HINT,
                 NGX_HTTP_AGENT_PROBLEM_MAX);

    if (ngx_http_agent_problem_compose(run, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_agent_respond_send(r, "application/problem+json",
                                       (u_char *) body.data, body.len);
}


ngx_int_t
ngx_http_agent_respond_json(ngx_http_request_t *r, agt_buf_t *body)
{
    if (body->failed || ngx_http_agent_respond_common(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_OK;

    return ngx_http_agent_respond_send(r, "application/json",
                                       (u_char *) body->data, body->len);
}


static ngx_int_t
ngx_http_agent_respond_send(ngx_http_request_t *r, const char *type,
    u_char *data, size_t len)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    ngx_http_agent_respond_type(r, type);
    r->headers_out.content_length_n = (off_t) len;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->start = data;
    b->pos = data;
    b->last = data + len;
    b->end = b->last;
    b->memory = (len != 0);
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;
    b->sync = (len == 0 && r != r->main);

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static void
ngx_http_agent_respond_type(ngx_http_request_t *r, const char *type)
{
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = strcspn(type, ";");
    r->headers_out.content_type_lowcase = NULL;
}


/* nginx knows no line for 422 */

static void
ngx_http_agent_respond_status(ngx_http_request_t *r, ngx_uint_t status)
{
    r->headers_out.status = status;
    ngx_str_null(&r->headers_out.status_line);

    if (status == NGX_HTTP_UNPROCESSABLE) {
        ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content");
    }
}


ngx_int_t
ngx_http_agent_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    return NGX_OK;
}


/* on whatever an agent's location answers */

static ngx_int_t
ngx_http_agent_respond_common(ngx_http_request_t *r)
{
    static ngx_str_t  no_store = ngx_string("no-store");
    static ngx_str_t  nosniff = ngx_string("nosniff");

    if (ngx_http_agent_header(r, "Cache-Control", &no_store) != NGX_OK
        || ngx_http_agent_header(r, "X-Content-Type-Options", &nosniff)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_respond_facts(ngx_http_agent_run_t *run)
{
    size_t                        start;
    agt_buf_t                     buf;
    ngx_str_t                     value;
    const ngx_http_agent_fact_t  *fact;

    if (run->alcf->headers == NGX_HTTP_AGENT_HEADERS_OFF) {
        return NGX_OK;
    }

    agt_buf_init(&buf, &run->mem, NGX_HTTP_AGENT_FACTS_HINT,
                 NGX_HTTP_AGENT_FACTS_MAX);

    for (fact = ngx_http_agent_facts; fact->name; fact++) {

        if (!fact->basic
            && run->alcf->headers == NGX_HTTP_AGENT_HEADERS_BASIC)
        {
            continue;
        }

        start = buf.len;

        if (fact->format(run, &buf) != NGX_OK) {
            return NGX_ERROR;
        }

        if (buf.len == start) {
            continue;
        }

        value.data = (u_char *) buf.data + start;
        value.len = buf.len - start;

        if (ngx_http_agent_header(run->request, fact->name, &value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_fact_execution(ngx_http_agent_run_t *run, agt_buf_t *buf)
{
    return agt_buf_append(buf, (char *) run->id, NGX_HTTP_AGENT_ID_LEN);
}


static ngx_int_t
ngx_http_agent_fact_model(ngx_http_agent_run_t *run, agt_buf_t *buf)
{
    if (run->winner == NULL) {
        return NGX_OK;
    }

    return agt_buf_str(buf, ngx_http_agent_agt(run->winner->model->full));
}


/* nothing was asked: nothing was used */

static ngx_int_t
ngx_http_agent_fact_usage(ngx_http_agent_run_t *run, agt_buf_t *buf)
{
    return run->attempts_n ? ngx_http_agent_format_usage(run, buf) : NGX_OK;
}


static const ngx_http_agent_type_t *
ngx_http_agent_problem_type(const char *type)
{
    const ngx_http_agent_type_t  *t;

    for (t = ngx_http_agent_types; t->type; t++) {
        if (ngx_strcmp(t->type, type) == 0) {
            break;
        }
    }

    return t;
}


void
ngx_http_agent_problem_of_status(ngx_http_agent_run_t *run, ngx_uint_t status)
{
    const ngx_http_agent_page_t  *page;

    for (page = ngx_http_agent_pages; page->status; page++) {
        if (page->status == status) {
            break;
        }
    }

    if (page->status == 0 && status < NGX_HTTP_INTERNAL_SERVER_ERROR) {
        page = ngx_http_agent_pages;
    }

    /* nginx has chosen: an earlier problem would not match the status */

    run->problem.status = 0;
    run->problem.violations_n = 0;

    (void) ngx_http_agent_run_fail(run, status, page->type, "%s", page->detail);
}


/* sets status and headers too; the body is problem+json, RFC 9457 */

ngx_int_t
ngx_http_agent_problem_compose(ngx_http_agent_run_t *run, agt_buf_t *body)
{
    ngx_http_agent_problem_t     *problem;
    const ngx_http_agent_type_t  *type;

    problem = &run->problem;
    type = ngx_http_agent_problem_type(problem->type);

    ngx_http_agent_respond_status(run->request, problem->status);

    if (ngx_http_agent_respond_common(run->request) != NGX_OK
        || ngx_http_agent_problem_headers(run, type) != NGX_OK
        || ngx_http_agent_respond_facts(run) != NGX_OK)
    {
        return NGX_ERROR;
    }

    (void) agt_buf_text(body, "{\"type\":\"" NGX_HTTP_AGENT_TYPE_PREFIX);
    (void) agt_buf_text(body, problem->type);
    (void) agt_buf_text(body, "\",\"title\":\"");
    (void) agt_buf_text(body, type->title);
    (void) agt_buf_text(body, "\",\"status\":");
    (void) agt_buf_uint(body, problem->status);

    if (problem->detail.len) {
        (void) agt_buf_text(body, ",\"detail\":");
        (void) agt_json_quote(body, ngx_http_agent_agt(problem->detail));
    }

    (void) agt_buf_text(body, ",\"execution\":\"");
    (void) agt_buf_append(body, (char *) run->id, NGX_HTTP_AGENT_ID_LEN);
    (void) agt_buf_char(body, '"');

    if (problem->violations_n) {
        ngx_http_agent_problem_errors(problem, body);
    }

    (void) agt_buf_char(body, '}');

    return body->failed ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_agent_problem_headers(ngx_http_agent_run_t *run,
    const ngx_http_agent_type_t *type)
{
    u_char     *p;
    ngx_str_t   value;

    static ngx_str_t  no = ngx_string("false");

    if (!type->retry || run->problem.no_retry) {
        if (ngx_http_agent_header(run->request, "x-should-retry", &no)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (run->problem.retry_after < 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(run->request->pool, NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "%i", run->problem.retry_after) - p;

    return ngx_http_agent_header(run->request, "Retry-After", &value);
}


/* as many as fit: the list is cut before the document would be */

static void
ngx_http_agent_problem_errors(ngx_http_agent_problem_t *problem,
    agt_buf_t *body)
{
    size_t            need;
    ngx_uint_t        i;
    agt_violation_t  *v;

    (void) agt_buf_text(body, ",\"errors\":[");

    for (i = 0; i < problem->violations_n; i++) {

        v = &problem->violations[i];

        /* escapes make six bytes of one at most */

        need = 64 + 6 * (v->pointer.len + v->keyword.len + v->message.len);

        if (need > body->max - body->len) {
            break;
        }

        (void) agt_buf_text(body, i ? ",{\"pointer\":" : "{\"pointer\":");
        (void) agt_json_quote(body, v->pointer);
        (void) agt_buf_text(body, ",\"keyword\":");
        (void) agt_json_quote(body, v->keyword);
        (void) agt_buf_text(body, ",\"message\":");
        (void) agt_json_quote(body, v->message);
        (void) agt_buf_char(body, '}');
    }

    (void) agt_buf_char(body, ']');
}
