
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * "agent_route name { ... }": an ordered set of equivalent models.
 */


#ifndef _NGX_HTTP_AGENT_ROUTE_H_INCLUDED_
#define _NGX_HTTP_AGENT_ROUTE_H_INCLUDED_


/* the directive's setter */

char *ngx_http_agent_route_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* after the whole configuration was read: the models that it names */

ngx_int_t ngx_http_agent_route_init(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf);

ngx_http_agent_route_t *ngx_http_agent_route_find(
    ngx_http_agent_main_conf_t *amcf, ngx_str_t *name);


#endif /* _NGX_HTTP_AGENT_ROUTE_H_INCLUDED_ */
