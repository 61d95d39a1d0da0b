
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The driver of runs.  A run is posted to its main request to go on, so that
 * it is always driven, and the request always finalized, from a handler of
 * its own: never from inside an upstream callback of one of its attempts.
 */


#include "ngx_http_agent.h"

#include <openssl/rand.h>


static void *ngx_http_agent_mem_alloc(void *ctx, size_t size);
static void ngx_http_agent_run_dequeue(ngx_http_agent_run_t *run);
static void ngx_http_agent_run_drive(ngx_http_agent_run_t *run);
static void ngx_http_agent_run_move(ngx_http_agent_run_t *run, ngx_int_t rc);
static void ngx_http_agent_run_suspend(ngx_http_agent_run_t *run);
static void ngx_http_agent_run_handler(ngx_http_request_t *r);
static void ngx_http_agent_run_watch(ngx_http_agent_run_t *run);
static void ngx_http_agent_run_check_client(ngx_http_request_t *r);
static ngx_int_t ngx_http_agent_run_client_gone(ngx_http_request_t *r);
static void ngx_http_agent_run_timeout(ngx_event_t *ev);
static void ngx_http_agent_run_cleanup(void *data);
static void ngx_http_agent_run_destroy(void *data);


static ngx_http_agent_step_pt  ngx_http_agent_steps[] = {
    ngx_http_agent_step_resolve,
    ngx_http_agent_step_body,
    ngx_http_agent_step_input,
    ngx_http_agent_step_render,
    ngx_http_agent_step_choose,
    ngx_http_agent_step_attempt,
    ngx_http_agent_step_collect,
    ngx_http_agent_step_output,
    ngx_http_agent_step_respond,
    ngx_http_agent_step_finish
};


static agt_uuid_t   ngx_http_agent_uuid;

/* runs that are due a record: what is open when the worker is terminated */

static ngx_queue_t  ngx_http_agent_runs;


ngx_int_t
ngx_http_agent_run_init_process(ngx_cycle_t *cycle)
{
    uint8_t  seed[32];

    if (ngx_http_agent_random(seed, sizeof(seed)) != NGX_OK) {
        ngx_log_error(NGX_LOG_CRIT, cycle->log, 0,
                      "no random numbers for execution ids");
        return NGX_ERROR;
    }

    agt_uuid_init(&ngx_http_agent_uuid, seed);
    ngx_queue_init(&ngx_http_agent_runs);

    return NGX_OK;
}


/*
 * A worker that is terminated (SIGTERM) leaves without the log phase: its open
 * executions are cancelled, and recorded, here.
 */

void
ngx_http_agent_run_exit_process(ngx_cycle_t *cycle)
{
    ngx_queue_t           *q;
    ngx_http_agent_run_t  *run;

    while (!ngx_queue_empty(&ngx_http_agent_runs)) {

        q = ngx_queue_head(&ngx_http_agent_runs);
        run = ngx_queue_data(q, ngx_http_agent_run_t, queue);

        ngx_http_agent_run_close(run);
        ngx_http_agent_run_dequeue(run);

        ngx_http_agent_log_run(run);
    }
}


static void
ngx_http_agent_run_dequeue(ngx_http_agent_run_t *run)
{
    if (run->queue.next) {
        ngx_queue_remove(&run->queue);
        run->queue.next = NULL;
    }
}


ngx_int_t
ngx_http_agent_random(void *buf, size_t size)
{
    return RAND_bytes(buf, (int) size) == 1 ? NGX_OK : NGX_ERROR;
}


/* the core wants 16 bytes of alignment, which is more than a pool gives */

static void *
ngx_http_agent_mem_alloc(void *ctx, size_t size)
{
    u_char  *p;

    p = ngx_pnalloc(ctx, size + 15);

    return p ? ngx_align_ptr(p, 16) : NULL;
}


void
ngx_http_agent_mem(agt_mem_t *mem, ngx_pool_t *pool)
{
    mem->alloc = ngx_http_agent_mem_alloc;
    mem->ctx = pool;
}


ngx_http_agent_run_t *
ngx_http_agent_run_get(ngx_http_request_t *r)
{
    ngx_time_t            *tp;
    ngx_http_cleanup_t    *cln;
    ngx_pool_cleanup_t    *pcln;
    ngx_http_agent_run_t  *run;

    run = ngx_http_get_module_ctx(r, ngx_http_agent_module);
    if (run) {
        return run;
    }

    run = ngx_pcalloc(r->pool, sizeof(ngx_http_agent_run_t));
    if (run == NULL) {
        return NULL;
    }

    cln = ngx_http_cleanup_add(r, 0);
    pcln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL || pcln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_agent_run_cleanup;
    cln->data = run;
    pcln->handler = ngx_http_agent_run_destroy;
    pcln->data = run;

    /*
     * set by ngx_pcalloc():
     *
     *     run->step = AGT_STEP_RESOLVE;
     *     run->deadline = 0;
     *     run->outcome = NGX_HTTP_AGENT_OUTCOME_NONE;
     *     run->error = AGT_CLASS_OK;
     *     and all flags, counters, strings
     */

    run->request = r;
    run->alcf = ngx_http_agent_loc_conf(r);
    run->problem.retry_after = -1;
    run->started = ngx_current_msec;

    ngx_http_agent_mem(&run->mem, r->pool);

    tp = ngx_timeofday();
    run->time_sec = tp->sec;
    run->time_msec = tp->msec;

    agt_uuid_next(&ngx_http_agent_uuid,
                  (uint64_t) tp->sec * 1000 + tp->msec, (char *) run->id);

    ngx_http_set_ctx(r, run, ngx_http_agent_module);

    return run;
}


ngx_http_agent_run_t *
ngx_http_agent_run_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t    *cln;
    ngx_http_agent_run_t  *run;

    run = ngx_http_get_module_ctx(r, ngx_http_agent_module);

    if (run || !(r->internal || r->filter_finalize)) {
        return run;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_agent_run_destroy) {
            run = cln->data;

            if (run->request == r) {
                return run;
            }
        }
    }

    return NULL;
}


void
ngx_http_agent_run_find_all(ngx_http_request_t *r,
    void (*handler)(ngx_http_agent_run_t *run))
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_agent_run_destroy) {
            handler(cln->data);
        }
    }
}


void
ngx_http_agent_run_start(ngx_http_agent_run_t *run)
{
    run->request->main->count++;
    run->admitted = 1;

    ngx_queue_insert_tail(&ngx_http_agent_runs, &run->queue);

    if (run->trace_id[0] == '\0') {
        agt_uuid_hex(&ngx_http_agent_uuid, (char *) run->trace_id, 32);
        ngx_memcpy(run->trace_flags, "00", 2);
    }

    agt_uuid_hex(&ngx_http_agent_uuid, (char *) run->span_id, 16);

    ngx_http_agent_run_drive(run);
}


static void
ngx_http_agent_run_drive(ngx_http_agent_run_t *run)
{
    ngx_int_t  rc;

    run->running = 1;

    for ( ;; ) {
        rc = ngx_http_agent_steps[run->step](run);

        if (rc == NGX_DONE) {
            return;
        }

        if (rc == NGX_AGAIN) {
            run->running = 0;
            ngx_http_agent_run_suspend(run);
            return;
        }

        ngx_http_agent_run_move(run, rc);
    }
}


static void
ngx_http_agent_run_move(ngx_http_agent_run_t *run, ngx_int_t rc)
{
    agt_flow_e  outcome;
    agt_step_e  next;

    outcome = (rc == NGX_OK) ? AGT_FLOW_OK
              : (rc == NGX_DECLINED) ? AGT_FLOW_RETRY : AGT_FLOW_FAILED;

    if (outcome == AGT_FLOW_FAILED && run->problem.status == 0) {
        (void) ngx_http_agent_run_fail(run, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                       "internal", "");
    }

    next = agt_flow_next(run->step, outcome);

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, run->request->connection->log, 0,
                   "agent run step: %*s s:%s n:%s", (size_t) 36, run->id,
                   agt_flow_name(run->step), agt_flow_name(next));

    if (next == AGT_STEP_END) {
        ngx_log_error(NGX_LOG_ALERT, run->request->connection->log, 0,
                      "agent run has no step after \"%s\"",
                      agt_flow_name(run->step));
        next = AGT_STEP_FINISH;
        run->rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    run->step = next;
}


static void
ngx_http_agent_run_suspend(ngx_http_agent_run_t *run)
{
    ngx_http_request_t  *r;

    r = run->request;

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "agent run wait: %*s s:%s w:%s", (size_t) 36, run->id,
                   agt_flow_name(run->step), run->wait.what);

    /* a write event of the client must not run the phases again */

    if (!run->resuming) {
        r->write_event_handler = ngx_http_request_empty_handler;
    }

    if (run->step != AGT_STEP_BODY) {
        ngx_http_agent_run_watch(run);
    }

    run->queued_since = ngx_current_msec;
}


void
ngx_http_agent_run_wake(ngx_http_agent_run_t *run)
{
    ngx_http_request_t  *r;

    if (run->finished || run->resuming) {
        return;
    }

    r = run->request;

    run->resuming = 1;
    r->write_event_handler = ngx_http_agent_run_handler;

    if (ngx_http_post_request(r, NULL) != NGX_OK) {

        /* the deadline, or the client's leaving, will end it */

        run->resuming = 0;
        r->write_event_handler = ngx_http_request_empty_handler;
    }
}


static void
ngx_http_agent_run_handler(ngx_http_request_t *r)
{
    ngx_http_agent_run_t  *run;

    run = ngx_http_get_module_ctx(r, ngx_http_agent_module);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "agent run resume: %*s", (size_t) 36, run->id);

    if (!run->resuming || run->finished) {
        return;
    }

    run->resuming = 0;
    run->wait.abort = NULL;
    r->write_event_handler = ngx_http_request_empty_handler;

    /* to choose is to wait in a queue; other waits are work, or the client */

    if (run->step == AGT_STEP_CHOOSE) {
        run->queued += ngx_current_msec - run->queued_since;
    }

    ngx_http_agent_run_drive(run);
}


/* from here on a client that leaves is noticed at once */

static void
ngx_http_agent_run_watch(ngx_http_agent_run_t *run)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = run->request;
    c = r->connection;

    if (run->watched || r != r->main) {
        return;
    }

    run->watched = 1;
    r->read_event_handler = ngx_http_agent_run_check_client;

    /* one event may have brought both the request and the client's leaving */

    if (c->read->ready || c->read->pending_eof) {
        ngx_post_event(c->read, &ngx_posted_events);
        return;
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {

        /* without the watch the deadline still holds */

        ngx_log_error(NGX_LOG_ERR, c->log, 0,
                      "agent run can not watch its client");
    }
}


static void
ngx_http_agent_run_check_client(ngx_http_request_t *r)
{
    ngx_http_agent_run_t  *run;

    run = ngx_http_get_module_ctx(r, ngx_http_agent_module);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "agent run check client: %*s", (size_t) 36, run->id);

    if (run->finished || ngx_http_agent_run_client_gone(r) != NGX_OK) {
        return;
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "client prematurely closed connection, "
                  "so its agent execution is cancelled");

    run->client_gone = 1;
    run->status = NGX_HTTP_CLIENT_CLOSED_REQUEST;
    run->outcome = NGX_HTTP_AGENT_CANCELLED;
    run->error = AGT_CLASS_CANCELLED;

    ngx_http_agent_run_close(run);
    ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
}


/* NGX_OK: the client is gone; the way of nginx's ngx_http_test_reading() */

static ngx_int_t
ngx_http_agent_run_client_gone(ngx_http_request_t *r)
{
    int                n;
    char               buf[1];
    ngx_event_t       *rev;
    ngx_connection_t  *c;

    c = r->connection;
    rev = c->read;

    if (c->error) {
        return NGX_OK;
    }

#if (NGX_HTTP_V2)
    if (r->stream) {
        return NGX_DECLINED;
    }
#endif

#if (NGX_HTTP_V3)
    if (c->quic) {
        return rev->error ? NGX_OK : NGX_DECLINED;
    }
#endif

#if (NGX_HAVE_EPOLLRDHUP)

    if ((ngx_event_flags & NGX_USE_EPOLL_EVENT) && ngx_use_epoll_rdhup) {

        if (!rev->pending_eof) {
            return NGX_DECLINED;
        }

        rev->eof = 1;
        c->error = 1;

        return NGX_OK;
    }

#endif

    n = recv(c->fd, buf, 1, MSG_PEEK);

    if (n > 0 || (n == -1 && ngx_socket_errno == NGX_EAGAIN)) {

        if (n > 0 && (ngx_event_flags & NGX_USE_LEVEL_EVENT) && rev->active) {
            (void) ngx_del_event(rev, NGX_READ_EVENT, 0);
        }

        return NGX_DECLINED;
    }

    rev->eof = 1;
    c->error = 1;

    return NGX_OK;
}


ngx_msec_t
ngx_http_agent_run_left(ngx_http_agent_run_t *run)
{
    ngx_msec_int_t  left;

    if (run->deadline == 0) {

        /* the clock of an execution starts when its input is there */

        left = (ngx_msec_int_t) run->route->timeout;

        if (run->def->spec->timeout) {
            left = ngx_min(left, (ngx_msec_int_t) run->def->spec->timeout);
        }

        if (run->timeout) {
            left = ngx_min(left, (ngx_msec_int_t) run->timeout);
        }

        run->deadline = ngx_current_msec + left;
        run->timer.handler = ngx_http_agent_run_timeout;
        run->timer.data = run;
        run->timer.log = run->request->connection->log;

        ngx_add_timer(&run->timer, (ngx_msec_t) left);

        return (ngx_msec_t) left;
    }

    left = (ngx_msec_int_t) (run->deadline - ngx_current_msec);

    if (left <= 0) {
        run->expired = 1;
        return 0;
    }

    return (ngx_msec_t) left;
}


static void
ngx_http_agent_run_timeout(ngx_event_t *ev)
{
    ngx_connection_t      *c;
    ngx_http_request_t    *r;
    ngx_http_agent_run_t  *run;

    run = ev->data;
    r = run->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "agent run deadline: %*s", (size_t) 36, run->id);

    run->expired = 1;

    if (run->wait.abort) {
        run->wait.abort(run);
        run->wait.abort = NULL;
    }

    ngx_http_agent_run_wake(run);
    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_http_agent_run_fail(ngx_http_agent_run_t *run, ngx_uint_t status,
    const char *type, const char *fmt, ...)
{
    u_char   *p, detail[1024];
    va_list   args;

    if (run->problem.status) {
        return NGX_ERROR;
    }

    va_start(args, fmt);
    p = ngx_vslprintf(detail, detail + sizeof(detail), fmt, args);
    va_end(args);

    run->problem.status = status;
    run->problem.type = type;

    run->problem.detail.data = ngx_pnalloc(run->request->pool,
                                           (size_t) (p - detail) + 1);

    if (run->problem.detail.data) {
        run->problem.detail.len = p - detail;
        ngx_memcpy(run->problem.detail.data, detail, p - detail);
    }

    if (run->outcome == NGX_HTTP_AGENT_OUTCOME_NONE) {
        run->outcome = status < NGX_HTTP_INTERNAL_SERVER_ERROR
                       ? NGX_HTTP_AGENT_REJECTED : NGX_HTTP_AGENT_FAILED;
    }

    return NGX_ERROR;
}


/*
 * Whatever the run holds of the event loop ends here: at its own end, and
 * when nginx terminates the request.  Idempotent.
 */

void
ngx_http_agent_run_close(ngx_http_agent_run_t *run)
{
    ngx_uint_t  i;

    if (run->finished) {
        return;
    }

    run->finished = 1;

    if (run->timer.timer_set) {
        ngx_del_timer(&run->timer);
    }

    ngx_http_agent_peer_forget(&run->waiter);

    if (run->chosen) {
        ngx_http_agent_shm_release(
                             ngx_http_get_module_main_conf(run->request,
                                                       ngx_http_agent_module),
                             run->chosen->provider);
        run->chosen = NULL;
    }

    for (i = 0; i < run->attempts_n; i++) {
        ngx_http_agent_attempt_abort(run->attempts[i], AGT_CLASS_CANCELLED);
    }

    if (run->admitted && run->outcome == NGX_HTTP_AGENT_OUTCOME_NONE) {
        run->outcome = NGX_HTTP_AGENT_CANCELLED;
        run->error = AGT_CLASS_CANCELLED;
    }
}


static void
ngx_http_agent_run_cleanup(void *data)
{
    ngx_http_agent_run_close(data);
}


/* after the log phase: the agent that the record named may go */

static void
ngx_http_agent_run_destroy(void *data)
{
    ngx_http_agent_run_t  *run = data;

    ngx_http_agent_run_dequeue(run);

    if (run->def) {
        ngx_http_agent_def_release(run->def);
        run->def = NULL;
    }
}
