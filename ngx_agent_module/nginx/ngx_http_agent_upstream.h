
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The upstream callbacks of an attempt: what is sent, and how what comes back
 * is read.
 */


#ifndef _NGX_HTTP_AGENT_UPSTREAM_H_INCLUDED_
#define _NGX_HTTP_AGENT_UPSTREAM_H_INCLUDED_


/* gives sr its upstream and starts it; ends in finalize_request(), or, before
   that could be called, in the subrequest's post handler */

ngx_int_t ngx_http_agent_upstream_start(ngx_http_request_t *sr,
    ngx_http_agent_attempt_t *at);


#endif /* _NGX_HTTP_AGENT_UPSTREAM_H_INCLUDED_ */
