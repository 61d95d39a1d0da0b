
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * An attempt: one request to one model, carried by a background subrequest
 * with an upstream of its own.  See ngx_http_agent_attempt.c.
 */


#ifndef _NGX_HTTP_AGENT_ATTEMPT_H_INCLUDED_
#define _NGX_HTTP_AGENT_ATTEMPT_H_INCLUDED_


/*
 * Makes an attempt at the model and posts its subrequest; the place at the
 * provider was taken by ngx_http_agent_shm_acquire() and is given back at the
 * attempt's end.  NULL: no memory, nothing was posted, the place is free.
 * "timeout" is what
 * the whole of it may take.
 */

ngx_http_agent_attempt_t *ngx_http_agent_attempt_start(
    ngx_http_agent_run_t *run, ngx_http_agent_model_t *model,
    ngx_http_agent_kind_e kind, ngx_msec_t timeout);

/* a model that was passed over, and why, for records; it is done at once */

ngx_int_t ngx_http_agent_attempt_skip(ngx_http_agent_run_t *run,
    ngx_http_agent_model_t *model, agt_class_e class, const char *why);

/* a done attempt once more on a fresh connection: NGX_OK or NGX_ERROR */

ngx_int_t ngx_http_agent_attempt_replay(ngx_http_agent_attempt_t *at);

/*
 * Ends an attempt now, at any moment of its life: its connection is closed,
 * its place is free, at->class is the given one.  Does not wake the run.
 */

void ngx_http_agent_attempt_abort(ngx_http_agent_attempt_t *at,
    agt_class_e class);

/* what ends an attempt, whoever saw it end; once */

void ngx_http_agent_attempt_done(ngx_http_agent_attempt_t *at);


#endif /* _NGX_HTTP_AGENT_ATTEMPT_H_INCLUDED_ */
