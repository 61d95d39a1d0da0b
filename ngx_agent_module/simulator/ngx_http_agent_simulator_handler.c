
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * One request: its body is read whole, the answer is made at once, and is
 * held back as long as the latency says.  While it waits the request owns one
 * timer, and watches its client: whichever ends first ends the other.
 */


#include "ngx_http_agent_simulator.h"


static ngx_http_agent_simulator_ctx_t *ngx_http_agent_simulator_create_ctx(
    ngx_http_request_t *r);
static void *ngx_http_agent_simulator_alloc(void *ctx, size_t size);
static ngx_int_t ngx_http_agent_simulator_reject(
    ngx_http_agent_simulator_ctx_t *ctx, ngx_uint_t status, const char *code,
    const char *message);
static ngx_int_t ngx_http_agent_simulator_error(
    ngx_http_agent_simulator_ctx_t *ctx, ngx_uint_t status, const char *code,
    const char *message);
static ngx_int_t ngx_http_agent_simulator_key(
    ngx_http_agent_simulator_ctx_t *ctx);
static const char *ngx_http_agent_simulator_control(
    ngx_http_agent_simulator_ctx_t *ctx);
static ngx_str_t *ngx_http_agent_simulator_header(ngx_http_request_t *r);
static const char *ngx_http_agent_simulator_words(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *header);
static void ngx_http_agent_simulator_draw(ngx_http_agent_simulator_ctx_t *ctx);
static void ngx_http_agent_simulator_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_agent_simulator_body_take(
    ngx_http_agent_simulator_ctx_t *ctx);
static ngx_int_t ngx_http_agent_simulator_answer(
    ngx_http_agent_simulator_ctx_t *ctx);
static void ngx_http_agent_simulator_late(ngx_event_t *ev);
static void ngx_http_agent_simulator_cleanup(void *data);


ngx_int_t
ngx_http_agent_simulator_handler(ngx_http_request_t *r)
{
    size_t                           len;
    ngx_int_t                        rc;
    const char                      *error;
    ngx_http_agent_simulator_ctx_t  *ctx;

    ctx = ngx_http_agent_simulator_create_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    len = ctx->slcf->dialect->path.len;

    if (r->uri.len < len
        || ngx_memcmp(r->uri.data + r->uri.len - len,
                      ctx->slcf->dialect->path.data, len)
           != 0)
    {
        return ngx_http_agent_simulator_reject(ctx, NGX_HTTP_NOT_FOUND, "",
                                               "unknown path");
    }

    if (r->method != NGX_HTTP_POST) {
        return ngx_http_agent_simulator_reject(ctx, NGX_HTTP_NOT_ALLOWED, "",
                                               "only POST is allowed here");
    }

    if (ngx_http_agent_simulator_key(ctx) != NGX_OK) {
        return ngx_http_agent_simulator_reject(ctx, NGX_HTTP_UNAUTHORIZED,
                                               "invalid_api_key",
                                               "incorrect API key provided");
    }

    error = ngx_http_agent_simulator_control(ctx);

    if (error) {
        return ngx_http_agent_simulator_reject(ctx, NGX_HTTP_BAD_REQUEST, "",
                                               error);
    }

    ngx_http_agent_simulator_draw(ctx);

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_agent_simulator_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static ngx_http_agent_simulator_ctx_t *
ngx_http_agent_simulator_create_ctx(ngx_http_request_t *r)
{
    ngx_http_agent_simulator_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_agent_simulator_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     ctx->fault = NULL;
     *     ctx->body = { 0, NULL };
     *     ctx->latency = 0;
     *     ctx->timer = { 0 };
     *     ctx->free = NULL;
     *     ctx->busy = NULL;
     *     ctx->sent = 0;
     *     ctx->limit = 0;
     *     ctx->cleaned = 0;
     */

    ctx->request = r;
    ctx->id = ngx_http_agent_simulator_id();
    ctx->slcf = ngx_http_get_module_loc_conf(r,
                                             ngx_http_agent_simulator_module);
    ctx->options = &ctx->slcf->options;
    ctx->retry_after = -1;
    ctx->mem.alloc = ngx_http_agent_simulator_alloc;
    ctx->mem.ctx = r->pool;

    ngx_str_set(&ctx->content_type, "application/json");

    ngx_http_set_ctx(r, ctx, ngx_http_agent_simulator_module);

    return ctx;
}


static void *
ngx_http_agent_simulator_alloc(void *ctx, size_t size)
{
    return ngx_palloc(ctx, size);
}


/* answers before the body was read */

static ngx_int_t
ngx_http_agent_simulator_reject(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_uint_t status, const char *code, const char *message)
{
    ngx_int_t  rc;

    rc = ngx_http_discard_request_body(ctx->request);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_agent_simulator_error(ctx, status, code, message) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* sending finalizes, and so does the caller of the handler */

    ctx->request->main->count++;

    ngx_http_agent_simulator_send(ctx);

    return NGX_DONE;
}


static ngx_int_t
ngx_http_agent_simulator_error(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_uint_t status, const char *code, const char *message)
{
    ngx_http_agent_simulator_error_t  error;

    if (ctx->slcf->dialect->error_find(status, agt_str_from(code), &error)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    error.message = agt_str_from(message);

    return ctx->slcf->dialect->error(ctx, &error);
}


static ngx_int_t
ngx_http_agent_simulator_key(ngx_http_agent_simulator_ctx_t *ctx)
{
    ngx_str_t        *key;
    ngx_table_elt_t  *h;

    static ngx_str_t  bearer = ngx_string("Bearer ");

    key = &ctx->slcf->key;

    if (key->len == 0) {
        return NGX_OK;
    }

    h = ctx->request->headers_in.authorization;

    if (h == NULL
        || h->value.len != bearer.len + key->len
        || ngx_strncasecmp(h->value.data, bearer.data, bearer.len) != 0
        || ngx_memcmp(h->value.data + bearer.len, key->data, key->len) != 0)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* what a request may ask for itself; returns NULL, or what is wrong with it */

static const char *
ngx_http_agent_simulator_control(ngx_http_agent_simulator_ctx_t *ctx)
{
    ngx_str_t                           *header;
    const char                          *error;
    ngx_http_agent_simulator_parser_t    parser;
    ngx_http_agent_simulator_options_t  *options;

    if (!ctx->slcf->control) {
        return NULL;
    }

    header = ngx_http_agent_simulator_header(ctx->request);
    if (header == NULL) {
        return NULL;
    }

    options = ngx_palloc(ctx->request->pool,
                         sizeof(ngx_http_agent_simulator_options_t));
    if (options == NULL) {
        return "no memory";
    }

    *options = *ctx->options;

    ngx_memzero(&parser, sizeof(ngx_http_agent_simulator_parser_t));

    parser.options = options;
    parser.dialect = ctx->slcf->dialect;
    parser.pool = ctx->request->pool;

    error = ngx_http_agent_simulator_words(&parser, header);

    if (error) {
        return error;
    }

    ctx->options = options;

    return ngx_http_agent_simulator_options_check(options);
}


static ngx_str_t *
ngx_http_agent_simulator_header(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static ngx_str_t  name = ngx_string("simulator");

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == name.len
                && ngx_memcmp(h[i].lowcase_key, name.data, name.len) == 0)
            {
                return &h[i].value;
            }
        }
    }

    return NULL;
}


/* words between spaces; "text=" takes all that is left */

static const char *
ngx_http_agent_simulator_words(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *header)
{
    u_char      *p, *last;
    ngx_str_t    word;
    const char  *error;

    static ngx_str_t  text = ngx_string("text=");

    p = header->data;
    last = header->data + header->len;

    while (p < last) {

        if (*p == ' ') {
            p++;
            continue;
        }

        word.data = p;

        if ((size_t) (last - p) >= text.len
            && ngx_memcmp(p, text.data, text.len) == 0)
        {
            p = last;

        } else {
            while (p < last && *p != ' ') {
                p++;
            }
        }

        word.len = p - word.data;

        error = ngx_http_agent_simulator_option(parser, &word);

        if (error) {
            return error;
        }
    }

    return NULL;
}


/*
 * What happens to the n-th request of a location in this worker depends on
 * the seed and n alone: its fault, its latency, the place of a cut.
 */

static void
ngx_http_agent_simulator_draw(ngx_http_agent_simulator_ctx_t *ctx)
{
    ngx_uint_t                                 i, n;
    const ngx_http_agent_simulator_options_t  *options;

    options = ctx->options;

    ctx->random.state = options->seed
                        + ctx->slcf->requests++ * 0xd1342543de82ef95u;

    n = agt_random_below(&ctx->random, NGX_HTTP_AGENT_SIMULATOR_ALWAYS);

    for (i = 0; i < options->nfaults; i++) {

        if (n < options->faults[i].rate) {
            ctx->fault = &options->faults[i];
            break;
        }

        n -= options->faults[i].rate;
    }

    ctx->latency = agt_delay_draw(&options->latency, &ctx->random);
}


static void
ngx_http_agent_simulator_body(ngx_http_request_t *r)
{
    ngx_int_t                        rc;
    ngx_http_agent_simulator_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_agent_simulator_module);

    rc = ngx_http_agent_simulator_body_take(ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_agent_simulator_answer(ctx);

    } else if (rc == NGX_DECLINED) {
        rc = ngx_http_agent_simulator_error(ctx,
                                            NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                            "", "the body is too large");
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "agent simulator answer: s:%ui ms:%M", ctx->status,
                   ctx->latency);

    if (ctx->latency == 0) {
        ngx_http_agent_simulator_send(ctx);
        return;
    }

    r->write_event_handler = ngx_http_request_empty_handler;
    ngx_http_agent_simulator_watch(r);

    if (ngx_http_agent_simulator_wait(ctx, ctx->latency,
                                      ngx_http_agent_simulator_late)
        != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }
}


/* what came in one piece is used where it lies; NGX_DECLINED: too large */

static ngx_int_t
ngx_http_agent_simulator_body_take(ngx_http_agent_simulator_ctx_t *ctx)
{
    size_t               len;
    u_char              *p;
    ngx_buf_t           *b;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = ctx->request;

    if (r->request_body == NULL) {
        return NGX_ERROR;
    }

    len = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {

        /* larger than any buffer, or client_body_in_file_only */

        if (cl->buf->in_file) {
            return NGX_DECLINED;
        }

        len += cl->buf->last - cl->buf->pos;
    }

    cl = r->request_body->bufs;

    if (cl == NULL || cl->next == NULL) {
        b = cl ? cl->buf : NULL;
        ctx->body = agt_str_make(b ? (const char *) b->pos : "", len);
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->body = agt_str_make((const char *) p, len);

    for ( /* void */ ; cl; cl = cl->next) {
        b = cl->buf;

        /* the end of a chunked body is a buffer without memory */

        if (b->last != b->pos) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_simulator_answer(ngx_http_agent_simulator_ctx_t *ctx)
{
    ngx_int_t                                  rc;
    const ngx_http_agent_simulator_error_t    *error;
    const ngx_http_agent_simulator_options_t  *options;

    options = ctx->options;

    if (ctx->fault && ctx->fault->kind == NGX_HTTP_AGENT_SIMULATOR_ERROR) {

        error = &ctx->fault->error;
        ctx->retry_after = options->retry_after;

        if (ctx->retry_after == -1
            && (error->status == NGX_HTTP_TOO_MANY_REQUESTS
                || error->status == NGX_HTTP_SERVICE_UNAVAILABLE))
        {
            ctx->retry_after = 1;
        }

        rc = ctx->slcf->dialect->error(ctx, error);

    } else {
        rc = ctx->slcf->dialect->answer(ctx);
    }

    ngx_http_agent_simulator_scratch_reset();

    return rc;
}


/*
 * Looks for a client that leaves.  One that left right behind its request was
 * reported by the event that brought the request, and no other event comes.
 */

void
ngx_http_agent_simulator_watch(ngx_http_request_t *r)
{
    r->read_event_handler = ngx_http_test_reading;

#if (NGX_HTTP_V2)
    if (r->stream) {
        return;
    }
#endif

    if (r->connection->read->ready) {
        ngx_post_event(r->connection->read, &ngx_posted_events);
    }
}


ngx_int_t
ngx_http_agent_simulator_wait(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_msec_t delay, ngx_event_handler_pt handler)
{
    ngx_http_cleanup_t  *cln;

    if (!ctx->cleaned) {

        cln = ngx_http_cleanup_add(ctx->request, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }

        cln->handler = ngx_http_agent_simulator_cleanup;
        cln->data = ctx;

        ctx->cleaned = 1;
        ctx->timer.data = ctx;
        ctx->timer.log = ctx->request->connection->log;
    }

    ctx->timer.handler = handler;

    ngx_add_timer(&ctx->timer, delay);

    return NGX_OK;
}


static void
ngx_http_agent_simulator_late(ngx_event_t *ev)
{
    ngx_connection_t                *c;
    ngx_http_agent_simulator_ctx_t  *ctx = ev->data;

    c = ctx->request->connection;

    ngx_http_set_log_request(c->log, ctx->request);

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, c->log, 0, "agent simulator late");

    ngx_http_agent_simulator_send(ctx);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_agent_simulator_cleanup(void *data)
{
    ngx_http_agent_simulator_ctx_t  *ctx = data;

    if (ctx->timer.timer_set) {
        ngx_del_timer(&ctx->timer);
    }
}
