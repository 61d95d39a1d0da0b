
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A run: one execution of one agent, driven over the steps of agt_flow.h.
 *
 * A run belongs to its main request and dies with it.  While it is driven it
 * holds one reference (main->count), taken by ngx_http_agent_run_start() and
 * given back by the step that finalizes the request.  Whoever suspends names
 * in run->wait what will wake the run and how that is given up; the deadline
 * timer and the client-gone check stand beside every wait but that for the
 * request's body, which has nginx's own timeouts.
 */


#ifndef _NGX_HTTP_AGENT_RUN_H_INCLUDED_
#define _NGX_HTTP_AGENT_RUN_H_INCLUDED_


/* seeds the ids of this worker */

ngx_int_t ngx_http_agent_run_init_process(ngx_cycle_t *cycle);

/* cancels and records what is open; before the logs are flushed */

void ngx_http_agent_run_exit_process(ngx_cycle_t *cycle);

/* the request's run, made at the first call; NULL without memory */

ngx_http_agent_run_t *ngx_http_agent_run_get(ngx_http_request_t *r);

/*
 * The request's run, or NULL; also after an internal redirect (error_page)
 * took the request's contexts away.  For the log phase and variables.
 */

ngx_http_agent_run_t *ngx_http_agent_run_find(ngx_http_request_t *r);

/* calls the handler for each run of the main request and its subrequests */

void ngx_http_agent_run_find_all(ngx_http_request_t *r,
    void (*handler)(ngx_http_agent_run_t *run));

/* drives a POST from its first step; the content handler returns NGX_DONE */

void ngx_http_agent_run_start(ngx_http_agent_run_t *run);

/*
 * Wakes a suspended run: it goes on from its own handler, after the caller
 * has returned to the event loop's run of posted requests.  Safe to call more
 * than once, and from upstream callbacks.
 */

void ngx_http_agent_run_wake(ngx_http_agent_run_t *run);

/* gives back what the run holds of the event loop and the zone; idempotent */

void ngx_http_agent_run_close(ngx_http_agent_run_t *run);

/* ends the run in a problem (the first one wins); returns NGX_ERROR, which is
   the step's outcome FAILED */

ngx_int_t ngx_http_agent_run_fail(ngx_http_agent_run_t *run, ngx_uint_t status,
    const char *type, const char *fmt, ...);

/* time left until the deadline in ms; 0: it passed */

ngx_msec_t ngx_http_agent_run_left(ngx_http_agent_run_t *run);

ngx_int_t ngx_http_agent_random(void *buf, size_t size);

/* an allocator over a request's pool */

void ngx_http_agent_mem(agt_mem_t *mem, ngx_pool_t *pool);


#endif /* _NGX_HTTP_AGENT_RUN_H_INCLUDED_ */
