
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * "agent_log": execution records, one a line, in a file or to syslog.
 */


#ifndef _NGX_HTTP_AGENT_LOG_H_INCLUDED_
#define _NGX_HTTP_AGENT_LOG_H_INCLUDED_


/* the directive's setter */

char *ngx_http_agent_log_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* the log phase's handler */

ngx_int_t ngx_http_agent_log_handler(ngx_http_request_t *r);

/* the record of one run, where it is due one that is wanted */

void ngx_http_agent_log_run(ngx_http_agent_run_t *run);


#endif /* _NGX_HTTP_AGENT_LOG_H_INCLUDED_ */
