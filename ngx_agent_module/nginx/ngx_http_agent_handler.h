
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The entry of "agent" locations: who may come in, and what is asked.
 */


#ifndef _NGX_HTTP_AGENT_HANDLER_H_INCLUDED_
#define _NGX_HTTP_AGENT_HANDLER_H_INCLUDED_


/* the access phase, after auth_request, auth_basic and access */

ngx_int_t ngx_http_agent_access_handler(ngx_http_request_t *r);

/* the content handler */

ngx_int_t ngx_http_agent_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_AGENT_HANDLER_H_INCLUDED_ */
