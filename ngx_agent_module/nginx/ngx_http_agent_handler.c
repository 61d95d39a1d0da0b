
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "ngx_http_agent.h"

#include "agt_hash.h"


typedef ngx_int_t (*ngx_http_agent_field_pt)(ngx_http_agent_run_t *run,
    ngx_str_t *value);

/* a request header that an execution takes from its caller */

typedef struct {
    ngx_str_t                 name;          /* in lower case */
    ngx_http_agent_field_pt   handler;
} ngx_http_agent_field_t;


static ngx_int_t ngx_http_agent_identify(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_identity(ngx_http_agent_run_t *run,
    ngx_http_complex_value_t *cv, ngx_str_t *name);
static ngx_int_t ngx_http_agent_unauthenticated(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_get(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_post(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_below(ngx_http_agent_run_t *run,
    ngx_str_t *rest);
static ngx_int_t ngx_http_agent_method_not_allowed(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_media(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_fields(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_field_timeout(ngx_http_agent_run_t *run,
    ngx_str_t *value);
static ngx_int_t ngx_http_agent_field_tags(ngx_http_agent_run_t *run,
    ngx_str_t *value);
static ngx_int_t ngx_http_agent_field_traceparent(ngx_http_agent_run_t *run,
    ngx_str_t *value);
static ngx_int_t ngx_http_agent_field_encoding(ngx_http_agent_run_t *run,
    ngx_str_t *value);


static ngx_http_agent_field_t  ngx_http_agent_field_table[] = {
    { ngx_string("agent-tags"), ngx_http_agent_field_tags },
    { ngx_string("traceparent"), ngx_http_agent_field_traceparent },
    { ngx_string("agent-timeout"), ngx_http_agent_field_timeout },
    { ngx_string("content-encoding"), ngx_http_agent_field_encoding },
    { ngx_null_string, NULL }
};


ngx_int_t
ngx_http_agent_access_handler(ngx_http_request_t *r)
{
    ngx_http_agent_run_t       *run;
    ngx_http_agent_loc_conf_t  *alcf;

    alcf = ngx_http_agent_loc_conf(r);

    if (alcf->agent == NULL || alcf->auth != 1) {
        return NGX_DECLINED;
    }

    run = ngx_http_agent_run_get(r);
    if (run == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_agent_identify(run);
}


static ngx_int_t
ngx_http_agent_identify(ngx_http_agent_run_t *run)
{
    ngx_int_t                   rc;
    ngx_http_agent_loc_conf_t  *alcf;

    alcf = run->alcf;

    rc = ngx_http_agent_identity(run, alcf->auth_consumer, &run->consumer);

    if (rc == NGX_OK && alcf->auth_team) {
        rc = ngx_http_agent_identity(run, alcf->auth_team, &run->team);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (run->consumer.len == 0) {
        return ngx_http_agent_unauthenticated(run);
    }

    return NGX_OK;
}


/*
 * A value outside the alphabet of names becomes "h-" and 32 hex digits of its
 * SHA-256: keys and logs never carry arbitrary bytes of a caller.
 */

static ngx_int_t
ngx_http_agent_identity(ngx_http_agent_run_t *run,
    ngx_http_complex_value_t *cv, ngx_str_t *name)
{
    u_char     *p;
    uint8_t     digest[AGT_HASH_SHA256];
    ngx_str_t   value;

    if (ngx_http_complex_value(run->request, cv, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (value.len == 0 || agt_name_valid(ngx_http_agent_agt(value))) {
        *name = value;
        return NGX_OK;
    }

    if (agt_hash_sha256(ngx_http_agent_agt(value), digest) != AGT_OK) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(run->request->pool, 2 + 32);
    if (p == NULL) {
        return NGX_ERROR;
    }

    name->data = p;
    name->len = 2 + 32;

    *p++ = 'h';
    *p++ = '-';
    (void) ngx_hex_dump(p, digest, 16);

    return NGX_OK;
}


/*
 * The status is returned, not answered, so that "satisfy any" may still let
 * the request in; the page that nginx makes of it becomes a problem document
 * in the header filter.
 */

static ngx_int_t
ngx_http_agent_unauthenticated(ngx_http_agent_run_t *run)
{
    ngx_table_elt_t     *h;
    ngx_http_request_t  *r;

    r = run->request;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    ngx_str_set(&h->key, "WWW-Authenticate");
    ngx_str_set(&h->value, "Bearer");

    r->headers_out.www_authenticate = h;

    if (r->method == NGX_HTTP_POST) {
        run->admitted = 1;
        run->outcome = NGX_HTTP_AGENT_REJECTED;
        run->problem.type = "unauthenticated";
    }

    return NGX_HTTP_UNAUTHORIZED;
}


ngx_int_t
ngx_http_agent_handler(ngx_http_request_t *r)
{
    ngx_http_agent_run_t  *run;

    run = ngx_http_agent_run_get(r);
    if (run == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "agent handler: %*s", (size_t) 36, run->id);

    /* an earlier refusal was overruled by "satisfy any" */

    run->outcome = NGX_HTTP_AGENT_OUTCOME_NONE;
    run->problem.type = NULL;

    switch (r->method) {

    case NGX_HTTP_POST:
        return ngx_http_agent_post(run);

    case NGX_HTTP_GET:
    case NGX_HTTP_HEAD:
        return ngx_http_agent_get(run);

    default:
        return ngx_http_agent_method_not_allowed(run);
    }
}


static ngx_int_t
ngx_http_agent_get(ngx_http_agent_run_t *run)
{
    ngx_int_t  rc;
    ngx_str_t  rest;

    rc = ngx_http_discard_request_body(run->request);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_agent_below(run, &rest);

    if (rc != NGX_OK || ngx_http_agent_resolve(run) != NGX_OK) {
        return ngx_http_agent_respond_problem(run);
    }

    if (rest.len) {
        return ngx_http_agent_openapi(run);
    }

    return ngx_http_agent_card(run);
}


/* what is wrong with a POST before its body is read is told before it is */

static ngx_int_t
ngx_http_agent_post(ngx_http_agent_run_t *run)
{
    ngx_str_t  rest;

    if (ngx_http_agent_below(run, &rest) == NGX_OK) {

        if (rest.len) {
            return ngx_http_agent_method_not_allowed(run);
        }

        if (ngx_http_agent_fields(run) == NGX_OK) {
            (void) ngx_http_agent_media(run);
        }
    }

    if (run->problem.status) {
        run->step = AGT_STEP_RESPOND;
    }

    ngx_http_agent_run_start(run);

    return NGX_DONE;
}


/*
 * The path: the location itself, or below a prefix location its
 * openapi.json, which is then in "rest".
 */

static ngx_int_t
ngx_http_agent_below(ngx_http_agent_run_t *run, ngx_str_t *rest)
{
    ngx_str_t                  *uri, *location;
    ngx_http_agent_loc_conf_t  *alcf;

    static ngx_str_t  openapi = ngx_string("openapi.json");

    alcf = run->alcf;
    uri = &run->request->uri;
    location = &alcf->location;

    ngx_str_null(rest);

    if (alcf->exact || uri->len <= location->len) {
        return NGX_OK;
    }

    rest->data = uri->data + location->len;
    rest->len = uri->len - location->len;

    if (rest->data[0] == '/' && rest->data[-1] != '/') {
        rest->data++;
        rest->len--;

        if (rest->len == 0) {
            return NGX_OK;
        }

    } else if (rest->data[-1] != '/') {
        rest->len = 0;
    }

    if (rest->len == openapi.len
        && ngx_memcmp(rest->data, openapi.data, openapi.len) == 0)
    {
        return NGX_OK;
    }

    return ngx_http_agent_run_fail(run, NGX_HTTP_NOT_FOUND, "not-found",
                                   "there is nothing at this path below the "
                                   "agent's location");
}


static ngx_int_t
ngx_http_agent_method_not_allowed(ngx_http_agent_run_t *run)
{
    static ngx_str_t  allow = ngx_string("GET, HEAD, POST");

    if (ngx_http_agent_header(run->request, "Allow", &allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    (void) ngx_http_agent_run_fail(run, NGX_HTTP_NOT_ALLOWED,
                                   "method-not-allowed",
                                   "an agent takes POST, and GET for its card");

    return ngx_http_agent_respond_problem(run);
}


static ngx_int_t
ngx_http_agent_media(ngx_http_agent_run_t *run)
{
    ngx_table_elt_t  *type;

    type = run->request->headers_in.content_type;

    if (type && agt_media_json(ngx_http_agent_agt(type->value))) {
        return NGX_OK;
    }

    return ngx_http_agent_run_fail(run, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                   "unsupported-media-type",
                                   "send the input as \"Content-Type: "
                                   "application/json\", in UTF-8");
}


static ngx_int_t
ngx_http_agent_fields(ngx_http_agent_run_t *run)
{
    ngx_uint_t               i;
    ngx_list_part_t         *part;
    ngx_table_elt_t         *h;
    ngx_http_agent_field_t  *f;

    part = &run->request->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        for (f = ngx_http_agent_field_table; f->name.len; f++) {

            if (h[i].key.len == f->name.len
                && ngx_memcmp(h[i].lowcase_key, f->name.data, f->name.len) == 0
                && f->handler(run, &h[i].value) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_field_timeout(ngx_http_agent_run_t *run, ngx_str_t *value)
{
    ngx_int_t  timeout;

    timeout = ngx_parse_time(value, 0);

    if (timeout == NGX_ERROR || timeout == 0) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_BAD_REQUEST,
                                       "invalid-header",
                                       "Agent-Timeout must be a time greater "
                                       "than zero, as \"250ms\" or \"5s\"");
    }

    if (run->timeout) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_BAD_REQUEST,
                                       "invalid-header",
                                       "Agent-Timeout is given twice");
    }

    run->timeout = (ngx_msec_t) timeout;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_field_tags(ngx_http_agent_run_t *run, ngx_str_t *value)
{
    agt_error_t  err;

    if (run->tags.data) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_BAD_REQUEST,
                                       "invalid-header",
                                       "Agent-Tags is given twice");
    }

    agt_error_init(&err);

    if (agt_tags_check(ngx_http_agent_agt(*value), &err) != AGT_OK) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_BAD_REQUEST,
                                       "invalid-header", "Agent-Tags: %s",
                                       err.message);
    }

    run->tags = *value;

    return NGX_OK;
}


/* one that is not valid is not there (W3C Trace Context, section 3.2.2) */

static ngx_int_t
ngx_http_agent_field_traceparent(ngx_http_agent_run_t *run, ngx_str_t *value)
{
    agt_trace_t  trace;

    if (agt_trace_parse(ngx_http_agent_agt(*value), &trace) == AGT_OK) {
        ngx_memcpy(run->trace_id, trace.trace_id.data, 32);
        ngx_memcpy(run->trace_flags, trace.flags.data, 2);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_field_encoding(ngx_http_agent_run_t *run, ngx_str_t *value)
{
    if (value->len == sizeof("identity") - 1
        && ngx_strncasecmp(value->data, (u_char *) "identity", value->len) == 0)
    {
        return NGX_OK;
    }

    return ngx_http_agent_run_fail(run, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                   "unsupported-media-type",
                                   "a compressed body is not accepted");
}
