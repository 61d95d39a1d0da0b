
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Variables are read through the main request: an attempt, and whatever a
 * filter or a subrequest evaluates, sees the execution that it is part of.
 * None is cached, since the facts come in while the execution goes on.
 */


#include "ngx_http_agent.h"


/*
 * Values are composed in a buffer whose maximum leaves room for the longest:
 * the list of all attempts, each with two names and its outcome.
 */

#define NGX_HTTP_AGENT_VARIABLE_MAX  (8 * 1024)


/* OK, or DECLINED where there is nothing to tell (yet) */

typedef ngx_int_t (*ngx_http_agent_variable_pt)(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);


typedef struct {
    ngx_str_t                    name;
    ngx_http_agent_variable_pt   handler;
    size_t                       offset;
} ngx_http_agent_variable_t;


static ngx_int_t ngx_http_agent_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);

static ngx_int_t ngx_http_agent_variable_field(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_version(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_digest(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_execution(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_model(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_provider(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_route(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_cache(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_outcome(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_attempts(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_total(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_cost(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_ttft(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_time(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_error(ngx_http_agent_run_t *run,
    agt_buf_t *buf, size_t offset);
static ngx_int_t ngx_http_agent_variable_msec(agt_buf_t *buf,
    ngx_msec_int_t ms);


#define ngx_http_agent_run_offset(field)                                      \
    offsetof(ngx_http_agent_run_t, field)

#define ngx_http_agent_total_offset(field)                                    \
    offsetof(ngx_http_agent_totals_t, field)


static ngx_http_agent_variable_t  ngx_http_agent_variables[] = {

    { ngx_string("agent_name"),
      ngx_http_agent_variable_field,
      ngx_http_agent_run_offset(name) },

    { ngx_string("agent_alias"),
      ngx_http_agent_variable_field,
      ngx_http_agent_run_offset(alias) },

    { ngx_string("agent_version"),
      ngx_http_agent_variable_version,
      0 },

    { ngx_string("agent_digest"),
      ngx_http_agent_variable_digest,
      0 },

    { ngx_string("agent_execution"),
      ngx_http_agent_variable_execution,
      0 },

    { ngx_string("agent_consumer"),
      ngx_http_agent_variable_field,
      ngx_http_agent_run_offset(consumer) },

    { ngx_string("agent_team"),
      ngx_http_agent_variable_field,
      ngx_http_agent_run_offset(team) },

    { ngx_string("agent_model"),
      ngx_http_agent_variable_model,
      0 },

    { ngx_string("agent_provider"),
      ngx_http_agent_variable_provider,
      0 },

    { ngx_string("agent_route"),
      ngx_http_agent_variable_route,
      0 },

    { ngx_string("agent_cache"),
      ngx_http_agent_variable_cache,
      0 },

    { ngx_string("agent_outcome"),
      ngx_http_agent_variable_outcome,
      0 },

    { ngx_string("agent_attempts"),
      ngx_http_agent_variable_attempts,
      0 },

    { ngx_string("agent_input_tokens"),
      ngx_http_agent_variable_total,
      ngx_http_agent_total_offset(input) },

    { ngx_string("agent_cached_tokens"),
      ngx_http_agent_variable_total,
      ngx_http_agent_total_offset(cached) },

    { ngx_string("agent_output_tokens"),
      ngx_http_agent_variable_total,
      ngx_http_agent_total_offset(output) },

    { ngx_string("agent_cost"),
      ngx_http_agent_variable_cost,
      0 },

    { ngx_string("agent_ttft"),
      ngx_http_agent_variable_ttft,
      0 },

    { ngx_string("agent_time"),
      ngx_http_agent_variable_time,
      0 },

    { ngx_string("agent_error"),
      ngx_http_agent_variable_error,
      0 },

    { ngx_null_string, NULL, 0 }
};


ngx_int_t
ngx_http_agent_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t        *var;
    ngx_http_agent_variable_t  *v;

    for (v = ngx_http_agent_variables; v->name.len; v++) {

        var = ngx_http_add_variable(cf, &v->name, NGX_HTTP_VAR_NOCACHEABLE);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_http_agent_variable;
        var->data = (uintptr_t) v;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_http_agent_variable_t  *variable = (ngx_http_agent_variable_t *) data;

    ngx_int_t              rc;
    agt_buf_t              buf;
    agt_mem_t              mem;
    ngx_http_agent_run_t  *run;

    run = ngx_http_agent_run_find(r->main);

    if (run == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_agent_mem(&mem, r->pool);
    agt_buf_init(&buf, &mem, 0, NGX_HTTP_AGENT_VARIABLE_MAX);

    rc = variable->handler(run, &buf, variable->offset);

    if (rc == NGX_DECLINED) {
        v->not_found = 1;
        return NGX_OK;
    }

    if (rc != NGX_OK || buf.failed) {
        return NGX_ERROR;
    }

    v->len = buf.len;
    v->data = (u_char *) buf.data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* an ngx_str_t of the run */

static ngx_int_t
ngx_http_agent_variable_field(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    ngx_str_t  *value;

    value = (ngx_str_t *) ((u_char *) run + offset);

    if (value->len == 0) {
        return NGX_DECLINED;
    }

    return agt_buf_str(buf, ngx_http_agent_agt(*value));
}


static ngx_int_t
ngx_http_agent_variable_version(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    if (run->def == NULL) {
        return NGX_DECLINED;
    }

    return ngx_http_agent_format_number(run->def, buf);
}


static ngx_int_t
ngx_http_agent_variable_digest(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    if (run->def == NULL) {
        return NGX_DECLINED;
    }

    return agt_buf_append(buf, (char *) run->def->digest,
                          sizeof(run->def->digest));
}


static ngx_int_t
ngx_http_agent_variable_execution(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    return agt_buf_append(buf, (char *) run->id, sizeof(run->id));
}


static ngx_int_t
ngx_http_agent_variable_model(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_agent_attempt_shown(run);

    if (at == NULL) {
        return NGX_DECLINED;
    }

    return agt_buf_str(buf, ngx_http_agent_agt(at->model->full));
}


static ngx_int_t
ngx_http_agent_variable_provider(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_agent_attempt_shown(run);

    if (at == NULL) {
        return NGX_DECLINED;
    }

    return agt_buf_str(buf, ngx_http_agent_agt(at->provider->name));
}


static ngx_int_t
ngx_http_agent_variable_route(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    if (run->route == NULL) {
        return NGX_DECLINED;
    }

    return agt_buf_str(buf, ngx_http_agent_agt(run->route->name));
}


/* no answer comes from a cache: there is none */

static ngx_int_t
ngx_http_agent_variable_cache(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_agent_variable_outcome(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    const char  *name;

    name = ngx_http_agent_outcome_name(run->outcome);

    return name ? agt_buf_text(buf, name) : NGX_DECLINED;
}


static ngx_int_t
ngx_http_agent_variable_attempts(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    ngx_int_t  rc;

    rc = ngx_http_agent_format_attempts(run, buf);

    return (rc == NGX_OK && buf->len == 0) ? NGX_DECLINED : rc;
}


/* an int64_t of the sums */

static ngx_int_t
ngx_http_agent_variable_total(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    int64_t                  *total;
    ngx_http_agent_totals_t   totals;

    ngx_http_agent_totals(run, &totals);

    total = (int64_t *) ((u_char *) &totals + offset);

    return agt_buf_int(buf, *total);
}


static ngx_int_t
ngx_http_agent_variable_cost(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    ngx_http_agent_totals_t  totals;

    ngx_http_agent_totals(run, &totals);

    return agt_price_format(totals.cost, buf);
}


static ngx_int_t
ngx_http_agent_variable_ttft(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    return ngx_http_agent_variable_msec(buf, ngx_http_agent_ttft(run));
}


static ngx_int_t
ngx_http_agent_variable_time(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    ngx_msec_int_t  ms;

    ms = (ngx_msec_int_t) (ngx_current_msec - run->started);

    return ngx_http_agent_variable_msec(buf, ms);
}


static ngx_int_t
ngx_http_agent_variable_error(ngx_http_agent_run_t *run, agt_buf_t *buf,
    size_t offset)
{
    const char  *name;

    name = ngx_http_agent_error_name(run);

    return name ? agt_buf_text(buf, name) : NGX_DECLINED;
}


/* seconds with milliseconds, as $request_time */

static ngx_int_t
ngx_http_agent_variable_msec(agt_buf_t *buf, ngx_msec_int_t ms)
{
    if (ms < 0) {
        return NGX_DECLINED;
    }

    return agt_buf_format(buf, "%ld.%03ld", (long) ms / 1000,
                          (long) ms % 1000);
}
