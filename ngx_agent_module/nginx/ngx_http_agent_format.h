
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Facts of a run as text: what response headers, variables and the record
 * have in common.  Functions that take a buffer append to it, and return its
 * state: NGX_OK, or NGX_ERROR once it has failed.
 */


#ifndef _NGX_HTTP_AGENT_FORMAT_H_INCLUDED_
#define _NGX_HTTP_AGENT_FORMAT_H_INCLUDED_


/* sums over all attempts; a count that was not reported is none */

typedef struct {
    int64_t    input;
    int64_t    cached;
    int64_t    output;
    int64_t    cost;
    unsigned   reported:1;        /* some provider told its usage */
} ngx_http_agent_totals_t;


void ngx_http_agent_totals(ngx_http_agent_run_t *run,
    ngx_http_agent_totals_t *totals);

/* input=812, cached=0, output=96, cost=0.0001292 */

ngx_int_t ngx_http_agent_format_usage(ngx_http_agent_run_t *run,
    agt_buf_t *buf);

/* openai/gpt-6-luna;outcome=timeout;ms=2003, anthropic/...;outcome=ok;ms=840;
   nothing for an attempt that is not done */

ngx_int_t ngx_http_agent_format_attempts(ngx_http_agent_run_t *run,
    agt_buf_t *buf);

/* moderate-listing@production;v=7;digest=ab12cd34; nothing without an agent */

ngx_int_t ngx_http_agent_format_version(ngx_http_agent_run_t *run,
    agt_buf_t *buf);

/* "draft", or the number */

ngx_int_t ngx_http_agent_format_number(ngx_http_agent_def_t *def,
    agt_buf_t *buf);

/* the W3C header: 00-trace-span-flags */

ngx_int_t ngx_http_agent_format_traceparent(ngx_http_agent_run_t *run,
    agt_buf_t *buf);

/* the attempt that the answer came from, else the last one, else NULL */

ngx_http_agent_attempt_t *ngx_http_agent_attempt_shown(
    ngx_http_agent_run_t *run);

/* from the execution's start to the first byte of the answer in ms; -1: none */

ngx_msec_int_t ngx_http_agent_ttft(ngx_http_agent_run_t *run);

/* the class of the failure, else the problem's type; NULL where all is well */

const char *ngx_http_agent_error_name(ngx_http_agent_run_t *run);

const char *ngx_http_agent_outcome_name(ngx_http_agent_outcome_e outcome);
const char *ngx_http_agent_kind_name(ngx_http_agent_kind_e kind);


#endif /* _NGX_HTTP_AGENT_FORMAT_H_INCLUDED_ */
