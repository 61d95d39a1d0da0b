
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What GET shows of an agent: its card, and an OpenAPI document.
 */


#ifndef _NGX_HTTP_AGENT_CARD_H_INCLUDED_
#define _NGX_HTTP_AGENT_CARD_H_INCLUDED_


/* both return what the request is to be finalized with */

ngx_int_t ngx_http_agent_card(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_openapi(ngx_http_agent_run_t *run);


#endif /* _NGX_HTTP_AGENT_CARD_H_INCLUDED_ */
