
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Answers: the output, the problem document, and the headers on both.
 */


#ifndef _NGX_HTTP_AGENT_RESPOND_H_INCLUDED_
#define _NGX_HTTP_AGENT_RESPOND_H_INCLUDED_


/*
 * Each sends header and body and returns what the request is to be finalized
 * with.  A request body that was not read is discarded first.
 */

ngx_int_t ngx_http_agent_respond_output(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_respond_problem(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_respond_json(ngx_http_request_t *r, agt_buf_t *body);

/* composes run->problem, headers included; for pages that nginx began */

ngx_int_t ngx_http_agent_problem_compose(ngx_http_agent_run_t *run,
    agt_buf_t *body);

/* type, title and usual detail of a status that nginx itself answered with */

void ngx_http_agent_problem_of_status(ngx_http_agent_run_t *run,
    ngx_uint_t status);

/* a response header; the value must live as long as the request */

ngx_int_t ngx_http_agent_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);


#endif /* _NGX_HTTP_AGENT_RESPOND_H_INCLUDED_ */
