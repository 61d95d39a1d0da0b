
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The steps of a run, one function each, in the order of agt_flow.h.
 *
 *     NGX_OK        outcome OK
 *     NGX_DECLINED  outcome RETRY
 *     NGX_ERROR     outcome FAILED: run->problem is set
 *     NGX_AGAIN     suspended: run->wait tells what for
 *     NGX_DONE      the request was finalized: the run must not be touched
 */


#ifndef _NGX_HTTP_AGENT_STEP_H_INCLUDED_
#define _NGX_HTTP_AGENT_STEP_H_INCLUDED_


typedef ngx_int_t (*ngx_http_agent_step_pt)(ngx_http_agent_run_t *run);


ngx_int_t ngx_http_agent_step_resolve(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_body(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_input(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_render(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_choose(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_attempt(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_collect(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_output(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_respond(ngx_http_agent_run_t *run);
ngx_int_t ngx_http_agent_step_finish(ngx_http_agent_run_t *run);


/* the agent that the location means for this request: run->def, and the
   names; NGX_ERROR with the problem set */

ngx_int_t ngx_http_agent_resolve(ngx_http_agent_run_t *run);


#endif /* _NGX_HTTP_AGENT_STEP_H_INCLUDED_ */
