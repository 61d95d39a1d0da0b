
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "agt_sample.h"


static ngx_int_t ngx_http_agent_simulator_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_agent_simulator_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_agent_simulator_init,         /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_agent_simulator_module = {
    NGX_MODULE_V1,
    &ngx_http_agent_simulator_module_ctx,
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_agent_simulator_init(ngx_conf_t *cf)
{
    return agt_sample(0) == 0 ? NGX_OK : NGX_ERROR;
}
