
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The execution record: one JSON object a line, written in the log phase.
 */


#ifndef _NGX_HTTP_AGENT_LOG_H_INCLUDED_
#define _NGX_HTTP_AGENT_LOG_H_INCLUDED_


/* setters of "agent_log" and "agent_redact" */

char *ngx_http_agent_log_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_agent_redact_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* the log phase's handler */

ngx_int_t ngx_http_agent_log_handler(ngx_http_request_t *r);

/* the record as one line without its end; never invalid JSON, at most max
   bytes ("truncated": true where something was left out) */

ngx_int_t ngx_http_agent_record(ngx_http_agent_run_t *run, agt_buf_t *out,
    ngx_uint_t body);

const char *ngx_http_agent_outcome_name(ngx_http_agent_outcome_e outcome);
const char *ngx_http_agent_kind_name(ngx_http_agent_kind_e kind);


#endif /* _NGX_HTTP_AGENT_LOG_H_INCLUDED_ */
