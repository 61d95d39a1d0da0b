
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The answer on its way out: in one piece, or in pieces of it, one after the
 * other, with a pause in between, perhaps not all of them.  A piece refers to
 * the answer's memory and its buffer is used again, so that a slow answer
 * takes no more memory than a fast one.  No piece is added while the one
 * before has not left: a client that does not read holds up its answer, until
 * send_timeout.
 */


#include "ngx_http_agent_simulator.h"


static ngx_int_t ngx_http_agent_simulator_head(
    ngx_http_agent_simulator_ctx_t *ctx);
static ngx_int_t ngx_http_agent_simulator_push(ngx_http_request_t *r,
    const ngx_str_t *name, u_char *data, size_t len);
static void ngx_http_agent_simulator_whole(
    ngx_http_agent_simulator_ctx_t *ctx);
static void ngx_http_agent_simulator_piece(
    ngx_http_agent_simulator_ctx_t *ctx);
static void ngx_http_agent_simulator_next(ngx_http_agent_simulator_ctx_t *ctx);
static void ngx_http_agent_simulator_paused(ngx_event_t *ev);
static void ngx_http_agent_simulator_writer(ngx_http_request_t *r);


void
ngx_http_agent_simulator_send(ngx_http_agent_simulator_ctx_t *ctx)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = ctx->request;

    rc = ngx_http_agent_simulator_head(ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_send_header(r);
    }

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    ctx->limit = ctx->out.len;

    if (ctx->fault && ctx->fault->kind == NGX_HTTP_AGENT_SIMULATOR_CUT) {
        ctx->limit = 1 + agt_random_below(&ctx->random,
                                          ngx_max(ctx->out.len, 2) - 1);

    } else if (ctx->options->drip == 0) {
        ngx_http_agent_simulator_whole(ctx);
        return;
    }

    r->connection->log->action = "sending to client";

    r->write_event_handler = ngx_http_agent_simulator_writer;
    ngx_http_agent_simulator_watch(r);

    ngx_http_agent_simulator_piece(ctx);
}


static ngx_int_t
ngx_http_agent_simulator_head(ngx_http_agent_simulator_ctx_t *ctx)
{
    u_char              *p, *last;
    ngx_http_request_t  *r;

    const ngx_http_agent_simulator_dialect_t  *dialect;

    static const ngx_str_t  allow = ngx_string("Allow");
    static const ngx_str_t  retry_after = ngx_string("Retry-After");

    r = ctx->request;
    dialect = ctx->slcf->dialect;

    r->headers_out.status = ctx->status;
    r->headers_out.content_length_n = ctx->out.len;
    r->headers_out.content_type = ctx->content_type;
    r->headers_out.content_type_len = ctx->content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    /* the strings of all three headers in one piece */

    p = ngx_pnalloc(r->pool, sizeof("req_") + 16 + 2 * NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = ngx_sprintf(p, "req_%016xL", ctx->id);

    if (ngx_http_agent_simulator_push(r, &dialect->request_id, p, last - p)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = last;
    last = ngx_sprintf(p, "%M", ctx->latency);

    if (ngx_http_agent_simulator_push(r, &dialect->processing, p, last - p)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->status == NGX_HTTP_NOT_ALLOWED
        && ngx_http_agent_simulator_push(r, &allow, (u_char *) "POST", 4)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->retry_after <= 0) {
        return NGX_OK;
    }

    p = last;
    last = ngx_sprintf(p, "%i", ctx->retry_after);

    return ngx_http_agent_simulator_push(r, &retry_after, p, last - p);
}


static ngx_int_t
ngx_http_agent_simulator_push(ngx_http_request_t *r, const ngx_str_t *name,
    u_char *data, size_t len)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key = *name;
    h->value.data = data;
    h->value.len = len;

    return NGX_OK;
}


static void
ngx_http_agent_simulator_whole(ngx_http_agent_simulator_ctx_t *ctx)
{
    ngx_buf_t           *b;
    ngx_chain_t          out;
    ngx_http_request_t  *r;

    r = ctx->request;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    if (ctx->out.len) {
        b->memory = 1;
        b->pos = (u_char *) ctx->out.data;
        b->last = b->pos + ctx->out.len;
    }

    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    ngx_http_finalize_request(r, ngx_http_output_filter(r, &out));
}


static void
ngx_http_agent_simulator_piece(ngx_http_agent_simulator_ctx_t *ctx)
{
    size_t               len;
    ngx_buf_t           *b;
    ngx_int_t            rc;
    ngx_chain_t         *out;
    ngx_http_request_t  *r;

    r = ctx->request;

    out = ngx_chain_get_free_buf(r->pool, &ctx->free);
    if (out == NULL) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    len = ctx->limit - ctx->sent;

    if (ctx->options->drip) {
        len = ngx_min(len, ctx->options->drip);
    }

    b = out->buf;

    ngx_memzero(b, sizeof(ngx_buf_t));

    b->tag = (ngx_buf_tag_t) &ngx_http_agent_simulator_module;
    b->memory = (len != 0);
    b->pos = (u_char *) ctx->out.data + ctx->sent;
    b->last = b->pos + len;
    b->flush = 1;

    ctx->sent += len;

    if (ctx->sent == ctx->out.len) {
        b->last_buf = (r == r->main);
        b->last_in_chain = 1;
        b->sync = (len == 0);
    }

    rc = ngx_http_output_filter(r, out);

    if (rc == NGX_ERROR || ctx->sent == ctx->out.len) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    ngx_chain_update_chains(r->pool, &ctx->free, &ctx->busy, &out,
                            (ngx_buf_tag_t) &ngx_http_agent_simulator_module);

    ngx_http_agent_simulator_next(ctx);
}


/* a piece was given to the filters: what comes behind it, and when */

static void
ngx_http_agent_simulator_next(ngx_http_agent_simulator_ctx_t *ctx)
{
    ngx_event_t               *wev;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = ctx->request;
    wev = r->connection->write;

    if (ctx->busy || r->connection->buffered) {

        clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

        if (!wev->delayed) {
            ngx_add_timer(wev, clcf->send_timeout);
        }

        if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_ERROR);
        }

        return;
    }

    if (wev->timer_set) {
        ngx_del_timer(wev);
    }

    if (ctx->sent == ctx->limit) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "agent simulator cut its answer at byte %uz of %uz",
                      ctx->sent, ctx->out.len);

        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    if (!ctx->timer.timer_set
        && ngx_http_agent_simulator_wait(ctx, ctx->options->interval,
                                         ngx_http_agent_simulator_paused)
           != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_ERROR);
    }
}


static void
ngx_http_agent_simulator_paused(ngx_event_t *ev)
{
    ngx_connection_t                *c;
    ngx_http_agent_simulator_ctx_t  *ctx = ev->data;

    c = ctx->request->connection;

    ngx_http_set_log_request(c->log, ctx->request);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "agent simulator piece at:%uz", ctx->sent);

    ngx_http_agent_simulator_piece(ctx);

    ngx_http_run_posted_requests(c);
}


/* the client takes more */

static void
ngx_http_agent_simulator_writer(ngx_http_request_t *r)
{
    ngx_int_t                        rc;
    ngx_event_t                     *wev;
    ngx_chain_t                     *none;
    ngx_connection_t                *c;
    ngx_http_agent_simulator_ctx_t  *ctx;

    c = r->connection;
    wev = c->write;

    ctx = ngx_http_get_module_ctx(r, ngx_http_agent_simulator_module);

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, c->log, 0, "agent simulator writer");

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT,
                      "client timed out");
        c->timedout = 1;

        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (ctx->timer.timer_set) {
        return;
    }

    rc = ngx_http_output_filter(r, NULL);

    if (rc == NGX_ERROR) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    none = NULL;

    ngx_chain_update_chains(r->pool, &ctx->free, &ctx->busy, &none,
                            (ngx_buf_tag_t) &ngx_http_agent_simulator_module);

    ngx_http_agent_simulator_next(ctx);
}
