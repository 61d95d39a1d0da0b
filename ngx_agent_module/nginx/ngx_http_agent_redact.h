
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * "agent_redact", and the rules for credentials that are always in force.
 */


#ifndef _NGX_HTTP_AGENT_REDACT_H_INCLUDED_
#define _NGX_HTTP_AGENT_REDACT_H_INCLUDED_


/* the directive's setter */

char *ngx_http_agent_redact_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* configuration: amcf->credentials, made at the first call */

ngx_int_t ngx_http_agent_redact_init(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf);

/* the rules of a location, those for credentials included */

void ngx_http_agent_redact_set(ngx_http_agent_run_t *run, agt_redact_t *set);


#endif /* _NGX_HTTP_AGENT_REDACT_H_INCLUDED_ */
