
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * One attempt.  It is a cloned background subrequest whose write handler is
 * replaced before it runs, so that no phase sees it; its upstream's callbacks
 * are in ngx_http_agent_upstream.c, and the filters of this module swallow
 * all that the upstream sends "to the client".
 *
 * Who holds what: the subrequest holds a reference on the main request until
 * it is finalized; the attempt's memory is the main request's pool, so the
 * record may still read it in the log phase.  If the client goes away first,
 * the run's close aborts the attempt, which closes its connection.  A worker
 * that exits gracefully waits for it, since its timer is not cancelable.
 *
 * An attempt ends in ngx_http_agent_attempt_done(), once, whoever saw it end:
 * the upstream's finalizer, the attempt's timer, or an abort.
 */


#include "ngx_http_agent.h"


static ngx_http_agent_attempt_t *ngx_http_agent_attempt_create(
    ngx_http_agent_run_t *run, ngx_http_agent_model_t *model,
    ngx_http_agent_kind_e kind);
static ngx_int_t ngx_http_agent_attempt_post(ngx_http_agent_attempt_t *at);
static void ngx_http_agent_attempt_handler(ngx_http_request_t *sr);
static ngx_int_t ngx_http_agent_attempt_finalized(ngx_http_request_t *sr,
    void *data, ngx_int_t rc);
static void ngx_http_agent_attempt_timer(ngx_event_t *ev);
static ngx_int_t ngx_http_agent_attempt_arm(ngx_http_agent_attempt_t *at);
static ngx_msec_t ngx_http_agent_attempt_due(ngx_http_agent_attempt_t *at);
static void ngx_http_agent_attempt_expire(ngx_http_agent_attempt_t *at);
static void ngx_http_agent_attempt_settle(ngx_http_agent_attempt_t *at);
static void ngx_http_agent_attempt_states(ngx_http_agent_attempt_t *at);


ngx_http_agent_attempt_t *
ngx_http_agent_attempt_start(ngx_http_agent_run_t *run,
    ngx_http_agent_model_t *model, ngx_http_agent_kind_e kind,
    ngx_msec_t timeout)
{
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_agent_attempt_create(run, model, kind);

    if (at == NULL) {
        ngx_http_agent_shm_release(
                       ngx_http_get_module_main_conf(run->request,
                                                     ngx_http_agent_module),
                       model->provider);
        return NULL;
    }

    at->holding = 1;
    at->limit = at->started + timeout;

    run->active++;

    if (ngx_http_agent_attempt_post(at) != NGX_OK) {
        at->class = AGT_CLASS_INTERNAL;
        ngx_http_agent_attempt_done(at);
        return NULL;
    }

    return at;
}


ngx_int_t
ngx_http_agent_attempt_skip(ngx_http_agent_run_t *run,
    ngx_http_agent_model_t *model, agt_class_e class, const char *why)
{
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_agent_attempt_create(run, model,
                                       run->attempts_n
                                       ? NGX_HTTP_AGENT_FAILOVER
                                       : NGX_HTTP_AGENT_FIRST);
    if (at == NULL) {
        return NGX_ERROR;
    }

    at->class = class;
    at->detail.data = (u_char *) why;
    at->detail.len = ngx_strlen(why);
    at->done = 1;
    at->collected = 1;

    run->error = class;

    ngx_log_error(NGX_LOG_ERR, run->request->connection->log, 0,
                  "agent attempt not made: %s, %s, model \"%V\", agent \"%V\"",
                  agt_class_name(class), why, &model->full, &run->name);

    return NGX_OK;
}


static ngx_http_agent_attempt_t *
ngx_http_agent_attempt_create(ngx_http_agent_run_t *run,
    ngx_http_agent_model_t *model, ngx_http_agent_kind_e kind)
{
    ngx_http_agent_attempt_t  *at;

    if (run->attempts_n == NGX_HTTP_AGENT_ATTEMPTS_MAX) {
        return NULL;
    }

    at = ngx_pcalloc(run->request->pool, sizeof(ngx_http_agent_attempt_t));
    if (at == NULL) {
        return NULL;
    }

    at->run = run;
    at->model = model;
    at->provider = model->provider;
    at->kind = kind;
    at->started = ngx_current_msec;
    at->retry_after = -1;
    at->class = AGT_CLASS_OK;

    agt_usage_init(&at->usage);

    at->timer.handler = ngx_http_agent_attempt_timer;
    at->timer.data = at;
    at->timer.log = run->request->connection->log;

    run->attempts[run->attempts_n++] = at;

    return at;
}


/* posts the subrequest; it runs when the current handler has returned */

static ngx_int_t
ngx_http_agent_attempt_post(ngx_http_agent_attempt_t *at)
{
    ngx_http_request_t          *r, *sr;
    ngx_http_post_subrequest_t  *ps;

    r = at->run->request;

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    if (ps == NULL) {
        return NGX_ERROR;
    }

    ps->handler = ngx_http_agent_attempt_finalized;
    ps->data = at;

    if (ngx_http_subrequest(r, &r->uri, NULL, &sr, ps,
                            NGX_HTTP_SUBREQUEST_CLONE
                            |NGX_HTTP_SUBREQUEST_BACKGROUND)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    sr->request_body = NULL;
    sr->write_event_handler = ngx_http_agent_attempt_handler;

    ngx_http_set_ctx(sr, at, ngx_http_agent_filter_module);

    at->request = sr;
    at->started_sr = 0;

    if (ngx_http_agent_attempt_arm(at) != NGX_OK) {
        ngx_add_timer(&at->timer, 1);
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "agent attempt post: %*s m:%V", (size_t) 36, at->run->id,
                   &at->model->full);

    return NGX_OK;
}


ngx_int_t
ngx_http_agent_attempt_replay(ngx_http_agent_attempt_t *at)
{
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_http_get_module_main_conf(at->run->request,
                                         ngx_http_agent_module);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, at->run->request->connection->log, 0,
                   "agent attempt replay: %*s", (size_t) 36, at->run->id);

    at->stale = 0;
    at->replayed = 1;
    at->fresh = 1;
    at->done = 0;
    at->class = AGT_CLASS_OK;
    at->head = NULL;

    at->run->active++;

    /* its own place was given back a moment ago; another may have taken it */

    if (ngx_http_agent_shm_acquire(amcf, at->provider) != NGX_OK) {
        at->class = AGT_CLASS_CAPACITY;
        ngx_http_agent_attempt_done(at);
        return NGX_OK;
    }

    at->holding = 1;

    if (ngx_http_agent_attempt_post(at) != NGX_OK) {
        at->class = AGT_CLASS_INTERNAL;
        ngx_http_agent_attempt_done(at);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* the subrequest's first and only run */

static void
ngx_http_agent_attempt_handler(ngx_http_request_t *sr)
{
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_get_module_ctx(sr, ngx_http_agent_filter_module);

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, sr->connection->log, 0,
                   "agent attempt start: %*s d:%d", (size_t) 36, at->run->id,
                   at->done);

    if (at->done || at->request != sr) {

        /* aborted before it began */

        ngx_http_finalize_request(sr, NGX_DONE);
        return;
    }

    at->started_sr = 1;
    sr->write_event_handler = ngx_http_request_empty_handler;

    if (ngx_http_agent_upstream_start(sr, at) != NGX_OK) {
        ngx_http_finalize_request(sr, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }
}


/*
 * The subrequest ends.  Always NGX_OK: any other code would make nginx answer
 * or terminate the main request.  What did not come through the upstream's
 * finalizer failed before there was one.
 */

static ngx_int_t
ngx_http_agent_attempt_finalized(ngx_http_request_t *sr, void *data,
    ngx_int_t rc)
{
    ngx_http_agent_attempt_t  *at = data;

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, sr->connection->log, 0,
                   "agent attempt finalized: %*s rc:%i", (size_t) 36,
                   at->run->id, rc);

    if (at->request == sr && !at->done) {
        at->class = AGT_CLASS_INTERNAL;
        ngx_http_agent_attempt_done(at);
        ngx_http_agent_run_wake(at->run);
    }

    return NGX_OK;
}


void
ngx_http_agent_attempt_abort(ngx_http_agent_attempt_t *at, agt_class_e class)
{
    ngx_http_request_t   *sr;
    ngx_http_upstream_t  *u;

    if (at->done) {
        return;
    }

    at->cancelled = 1;
    at->class = class;

    sr = at->request;

    if (at->started_sr && sr->upstream && sr->upstream->cleanup) {

        /* this finalizes the subrequest without its post handler */

        u = sr->upstream;
        (*u->cleanup)(sr);
    }

    ngx_http_agent_attempt_done(at);
}


void
ngx_http_agent_attempt_done(ngx_http_agent_attempt_t *at)
{
    ngx_http_agent_run_t  *run;

    if (at->done) {
        return;
    }

    run = at->run;

    at->done = 1;
    at->ms = ngx_current_msec - at->started;

    if (at->timer.timer_set) {
        ngx_del_timer(&at->timer);
    }

    if (at->holding) {
        at->holding = 0;
        ngx_http_agent_shm_release(
                       ngx_http_get_module_main_conf(run->request,
                                                     ngx_http_agent_module),
                       at->provider);
    }

    run->active--;

    ngx_http_agent_attempt_settle(at);
    ngx_http_agent_attempt_states(at);

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, run->request->connection->log, 0,
                   "agent attempt done: %*s c:%s ms:%M", (size_t) 36, run->id,
                   agt_class_name(at->class), at->ms);

    if (at->class == AGT_CLASS_OK || at->class == AGT_CLASS_CANCELLED
        || at->stale)
    {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, run->request->connection->log, 0,
                  "agent attempt failed: %s%s%s, status %ui, %M ms, "
                  "model \"%V\", agent \"%V\"", agt_class_name(at->class),
                  at->timedout ? " in " : "", at->timedout ? at->expired : "",
                  at->status, at->ms, &at->model->full, &run->name);
}


/* what it cost: figures that the provider did not report stay unknown */

static void
ngx_http_agent_attempt_settle(ngx_http_agent_attempt_t *at)
{
    agt_usage_t  *usage;

    usage = &at->usage;

    if (at->answered) {
        *usage = at->reader.answer.usage;
    }

    if (usage->cost.len
        && agt_price_parse(usage->cost, &at->cost) == AGT_OK)
    {
        return;
    }

    at->cost = agt_price_cost(&at->model->price, usage->input, usage->cached,
                              usage->cache_write, usage->output);
}


/* for $upstream_*: copied, since an array that grows moves under its readers */

static void
ngx_http_agent_attempt_states(ngx_http_agent_attempt_t *at)
{
    ngx_uint_t                  n;
    ngx_http_request_t         *r, *sr;
    ngx_http_upstream_state_t  *state;

    r = at->run->request;
    sr = at->request;

    if (sr == NULL || sr->upstream_states == NULL
        || sr->upstream_states->nelts == 0)
    {
        return;
    }

    if (r->upstream_states == NULL) {
        r->upstream_states = ngx_array_create(r->pool, 2,
                                            sizeof(ngx_http_upstream_state_t));
        if (r->upstream_states == NULL) {
            return;
        }
    }

    n = sr->upstream_states->nelts;

    state = ngx_array_push_n(r->upstream_states, n);
    if (state == NULL) {
        return;
    }

    ngx_memcpy(state, sr->upstream_states->elts,
               n * sizeof(ngx_http_upstream_state_t));

    state[n - 1].status = at->status;
}


static void
ngx_http_agent_attempt_timer(ngx_event_t *ev)
{
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_agent_run_t      *run;
    ngx_http_agent_attempt_t  *at;

    at = ev->data;
    run = at->run;
    r = run->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "agent attempt timer: %*s", (size_t) 36, run->id);

    if (ngx_http_agent_attempt_arm(at) == NGX_OK) {
        return;
    }

    ngx_http_agent_attempt_expire(at);
    ngx_http_agent_run_wake(run);
    ngx_http_run_posted_requests(c);
}


/*
 * NGX_DECLINED: the next timeout is due.  Nothing tells when an attempt enters
 * the next of its phases, so the timer never sleeps longer than the shortest
 * timeout that a later phase has: whichever begins meanwhile is seen in time.
 */

static ngx_int_t
ngx_http_agent_attempt_arm(ngx_http_agent_attempt_t *at)
{
    ngx_msec_int_t  left;

    left = (ngx_msec_int_t) (ngx_http_agent_attempt_due(at) - ngx_current_msec);

    if (left <= 0) {
        return NGX_DECLINED;
    }

    left = ngx_min(left, (ngx_msec_int_t) at->provider->first_byte_timeout);
    left = ngx_min(left, (ngx_msec_int_t) at->provider->idle_timeout);

    ngx_add_timer(&at->timer, (ngx_msec_t) left);

    return NGX_OK;
}


/*
 * The next of the attempt's timeouts: to connect (handshake included), to the
 * first byte of the body, between bytes, and of the whole.
 */

static ngx_msec_t
ngx_http_agent_attempt_due(ngx_http_agent_attempt_t *at)
{
    ngx_msec_t            due;
    ngx_http_upstream_t  *u;

    u = at->started_sr ? at->request->upstream : NULL;

    if (u == NULL || !u->request_sent) {
        due = at->started + at->provider->connect_timeout;
        at->expired = "connecting";

    } else if (at->first_byte_at == 0) {
        due = u->start_time + at->provider->first_byte_timeout;
        at->expired = "waiting for the first byte";

        if (u->state && u->state->connect_time != (ngx_msec_t) -1) {
            due += u->state->connect_time;
        }

    } else {
        due = at->idle_since + at->provider->idle_timeout;
        at->expired = "waiting for the next byte";
    }

    if ((ngx_msec_int_t) (at->limit - due) < 0) {
        due = at->limit;
        at->expired = "the time it had";
    }

    return due;
}


static void
ngx_http_agent_attempt_expire(ngx_http_agent_attempt_t *at)
{
    agt_class_e           class;
    ngx_http_upstream_t  *u;

    class = AGT_CLASS_TIMEOUT;
    u = at->started_sr ? at->request->upstream : NULL;

    /* nobody there, or somebody who does not finish the handshake */

    if (u == NULL || u->peer.connection == NULL
        || (!u->request_sent && u->peer.connection->ssl == NULL))
    {
        class = AGT_CLASS_CONNECT;
    }

    at->timedout = 1;

    ngx_http_agent_attempt_abort(at, class);
}
