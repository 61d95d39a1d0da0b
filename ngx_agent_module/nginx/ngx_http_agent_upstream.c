
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What an attempt sends and how its answer is read, as callbacks of nginx's
 * upstream code.  Nothing of the answer goes on to a client: the bytes go to
 * the codec's reader, and of the head only the allowlist of agt_http.h is
 * known.  An answer that came whole with its head is read where it lies.
 *
 * nginx tells failures apart by 502 and 504 only, so the class is derived in
 * finalize_request(), where the connection still exists.
 */


#include "ngx_http_agent.h"


#define NGX_HTTP_AGENT_HEAD_HINT   512
#define NGX_HTTP_AGENT_HEAD_MAX    (64 * 1024)


static ngx_int_t ngx_http_agent_upstream_create_request(ngx_http_request_t *sr);
static ngx_int_t ngx_http_agent_upstream_compose(ngx_http_agent_attempt_t *at,
    agt_buf_t *head, agt_buf_t *body);
static ngx_int_t ngx_http_agent_upstream_reinit_request(
    ngx_http_request_t *sr);
static ngx_int_t ngx_http_agent_upstream_process_header(
    ngx_http_request_t *sr);
static ngx_int_t ngx_http_agent_upstream_head_done(ngx_http_request_t *sr,
    ngx_http_agent_attempt_t *at);
static ngx_int_t ngx_http_agent_upstream_filter_init(void *data);
static ngx_int_t ngx_http_agent_upstream_filter(void *data, ssize_t bytes);
static ngx_int_t ngx_http_agent_upstream_body(ngx_http_agent_attempt_t *at,
    u_char *data, size_t len);
static ngx_int_t ngx_http_agent_upstream_chunked(ngx_http_agent_attempt_t *at,
    u_char *data, size_t len);
static ngx_int_t ngx_http_agent_upstream_feed(ngx_http_agent_attempt_t *at,
    const char *data, size_t len, bool last);
static ngx_int_t ngx_http_agent_upstream_malformed(
    ngx_http_agent_attempt_t *at, const char *why);
static void ngx_http_agent_upstream_abort_request(ngx_http_request_t *sr);
static void ngx_http_agent_upstream_finalize_request(ngx_http_request_t *sr,
    ngx_int_t rc);
static agt_class_e ngx_http_agent_upstream_class(ngx_http_agent_attempt_t *at,
    ngx_http_upstream_t *u, ngx_int_t rc);
static void ngx_http_agent_upstream_facts(ngx_http_agent_attempt_t *at);
static void ngx_http_agent_upstream_stale(ngx_http_agent_attempt_t *at,
    ngx_http_upstream_t *u);


ngx_int_t
ngx_http_agent_upstream_start(ngx_http_request_t *sr,
    ngx_http_agent_attempt_t *at)
{
    ngx_http_upstream_t        *u;
    ngx_http_agent_provider_t  *provider;

    provider = at->provider;

    if (ngx_http_upstream_create(sr) != NGX_OK) {
        return NGX_ERROR;
    }

    u = sr->upstream;

    u->conf = &provider->upstream;
    u->output.tag = (ngx_buf_tag_t) &ngx_http_agent_module;
    u->buffering = 0;

#if (NGX_HTTP_SSL)
    u->ssl = provider->ssl;
#endif

    u->create_request = ngx_http_agent_upstream_create_request;
    u->reinit_request = ngx_http_agent_upstream_reinit_request;
    u->process_header = ngx_http_agent_upstream_process_header;
    u->abort_request = ngx_http_agent_upstream_abort_request;
    u->finalize_request = ngx_http_agent_upstream_finalize_request;

    u->input_filter_init = ngx_http_agent_upstream_filter_init;
    u->input_filter = ngx_http_agent_upstream_filter;
    u->input_filter_ctx = sr;

    if (at->run->spare) {

        /* what a failed attempt has left */

        u->buffer.start = at->run->spare;
        u->buffer.pos = u->buffer.start;
        u->buffer.last = u->buffer.start;
        u->buffer.end = u->buffer.start + u->conf->buffer_size;
        u->buffer.temporary = 1;
        u->buffer.tag = u->output.tag;

        at->run->spare = NULL;
    }

    ngx_http_upstream_init(sr);

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_upstream_create_request(ngx_http_request_t *sr)
{
    agt_buf_t                  parts[2];
    ngx_buf_t                 *b;
    ngx_uint_t                 i;
    ngx_chain_t               *cl, **ll;
    ngx_http_agent_run_t      *run;
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_get_module_ctx(sr, ngx_http_agent_filter_module);
    run = at->run;

    agt_buf_init(&parts[0], &run->mem, NGX_HTTP_AGENT_HEAD_HINT,
                 NGX_HTTP_AGENT_HEAD_MAX);
    agt_buf_init(&parts[1], &run->mem, run->request_hint,
                 NGX_HTTP_AGENT_REQUEST_MAX);

    if (ngx_http_agent_upstream_compose(at, &parts[0], &parts[1]) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, sr->connection->log, 0,
                      "agent attempt could not compose its request%s",
                      parts[1].full ? ": it is too large" : "");
        return NGX_ERROR;
    }

    ll = &sr->upstream->request_bufs;

    for (i = 0; i < 2; i++) {

        cl = ngx_alloc_chain_link(sr->pool);
        b = ngx_calloc_buf(sr->pool);

        if (cl == NULL || b == NULL) {
            return NGX_ERROR;
        }

        b->start = (u_char *) parts[i].data;
        b->pos = b->start;
        b->last = b->start + parts[i].len;
        b->end = b->last;
        b->memory = 1;
        b->flush = (i == 1);

        cl->buf = b;
        *ll = cl;
        ll = &cl->next;
    }

    *ll = NULL;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_upstream_compose(ngx_http_agent_attempt_t *at, agt_buf_t *head,
    agt_buf_t *body)
{
    agt_request_t               req;
    const agt_codec_t          *codec;
    ngx_http_agent_run_t       *run;
    ngx_http_agent_provider_t  *provider;

    run = at->run;
    provider = at->provider;
    codec = provider->codec;

    req = run->llm;
    req.model = ngx_http_agent_agt(at->model->id);
    req.format = ngx_http_agent_def_format(run->def, codec);

    if (req.format) {
        run->mechanism = req.format->mechanism;
    }

    if (codec->request(&req, body) != AGT_OK) {
        return NGX_ERROR;
    }

    (void) agt_buf_text(head, "POST ");
    (void) agt_buf_str(head, ngx_http_agent_agt(provider->base));
    (void) codec->path(&req, head);
    (void) agt_buf_text(head, " HTTP/1.1\r\n");
    (void) agt_buf_str(head, ngx_http_agent_agt(provider->head));

    (void) agt_buf_text(head, "traceparent: 00-");
    (void) agt_buf_append(head, (char *) run->trace_id, 32);
    (void) agt_buf_char(head, '-');
    (void) agt_buf_append(head, (char *) run->span_id, 16);
    (void) agt_buf_char(head, '-');
    (void) agt_buf_append(head, (char *) run->trace_flags, 2);

    (void) agt_buf_text(head, "\r\nContent-Length: ");
    (void) agt_buf_uint(head, body->len);
    (void) agt_buf_text(head, "\r\n\r\n");

    return head->failed ? NGX_ERROR : NGX_OK;
}


/*
 * nginx goes on to the next address of a provider where nothing was sent yet
 * (peer.tries, next_upstream "error"); then there is nothing to undo.  It is
 * not called for a request that went out: retries of those are the run's.
 */

static ngx_int_t
ngx_http_agent_upstream_reinit_request(ngx_http_request_t *sr)
{
    return NGX_ERROR;
}


static ngx_int_t
ngx_http_agent_upstream_process_header(ngx_http_request_t *sr)
{
    size_t                     used;
    ngx_int_t                  rc;
    ngx_buf_t                 *b;
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_get_module_ctx(sr, ngx_http_agent_filter_module);
    b = &sr->upstream->buffer;

    if (at->head == NULL) {

        /* not before it is needed: waiting executions stay small */

        at->head = ngx_palloc(sr->pool, sizeof(agt_http_head_t));
        if (at->head == NULL) {
            return NGX_ERROR;
        }

        agt_http_head_init(at->head);
    }

    rc = agt_http_head_feed(at->head, (char *) b->pos, b->last - b->pos,
                            &used);

    if (rc == AGT_AGAIN) {

        /* all of it was taken: the buffer is free again */

        b->pos = b->start;
        b->last = b->start;

        return NGX_AGAIN;
    }

    if (rc != AGT_OK) {
        (void) ngx_http_agent_upstream_malformed(at, at->head->reason);
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    b->pos += used;

    return ngx_http_agent_upstream_head_done(sr, at);
}


static ngx_int_t
ngx_http_agent_upstream_head_done(ngx_http_request_t *sr,
    ngx_http_agent_attempt_t *at)
{
    ngx_buf_t            *b;
    agt_http_head_t      *head;
    ngx_http_upstream_t  *u;

    u = sr->upstream;
    b = &u->buffer;
    head = at->head;

    at->status = head->status;

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, sr->connection->log, 0,
                   "agent attempt head: %*s s:%ui l:%O", (size_t) 36,
                   at->run->id, at->status, (off_t) head->content_length);

    /* nginx acts on neither: the status is ours to judge */

    u->headers_in.status_n = NGX_HTTP_OK;

    if (head->encoded) {
        (void) ngx_http_agent_upstream_malformed(at, "an encoded answer");
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    if (head->content_length > NGX_HTTP_AGENT_ANSWER_MAX) {
        (void) ngx_http_agent_upstream_malformed(at, "too long an answer");
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    agt_codec_reader_init(&at->reader, at->provider->codec, head->status,
                          &at->run->mem);

    at->reader.max = NGX_HTTP_AGENT_ANSWER_MAX;
    at->left = head->content_length;
    at->framed = head->chunked || head->content_length >= 0;

    if (head->content_length > 0) {
        at->reader.expected = (size_t) head->content_length;
    }

    agt_http_chunked_init(&at->chunked);

    if (at->left == 0 || b->last != b->pos) {

        if (ngx_http_agent_upstream_body(at, b->pos, b->last - b->pos)
            == NGX_ERROR)
        {
            return NGX_ERROR;
        }

        b->pos = b->last;
    }

    if (at->complete) {

        /* all of it is here: no body is awaited, none is "sent on" */

        sr->header_only = 1;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_upstream_filter_init(void *data)
{
    ngx_http_request_t  *sr = data;

    ngx_http_agent_attempt_t  *at;

    at = ngx_http_get_module_ctx(sr, ngx_http_agent_filter_module);

    /*
     * 0 ends the reading, -1 reads until the connection is closed; any other
     * value makes nginx see a connection closed early as what it is
     */

    sr->upstream->length = at->complete ? 0 : at->framed ? 1 : -1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_upstream_filter(void *data, ssize_t bytes)
{
    ngx_http_request_t  *sr = data;

    ngx_int_t                  rc;
    ngx_http_upstream_t       *u;
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_get_module_ctx(sr, ngx_http_agent_filter_module);
    u = sr->upstream;

    rc = ngx_http_agent_upstream_body(at, u->buffer.last, (size_t) bytes);

    if (at->complete) {
        u->length = 0;
    }

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/*
 * NGX_OK, also where the answer turned out to be a failure: at->complete then
 * ends the reading as a whole answer does.  NGX_ERROR: we failed.
 */

static ngx_int_t
ngx_http_agent_upstream_body(ngx_http_agent_attempt_t *at, u_char *data,
    size_t len)
{
    size_t     take;
    ngx_int_t  rc;

    if (at->complete) {
        at->surplus = 1;
        return NGX_OK;
    }

    at->idle_since = ngx_current_msec;

    if (at->first_byte_at == 0) {
        at->first_byte_at = ngx_current_msec;
        at->ttft = at->first_byte_at - at->started;
    }

    if (at->head->chunked) {
        return ngx_http_agent_upstream_chunked(at, data, len);
    }

    if (at->left < 0) {
        return ngx_http_agent_upstream_feed(at, (char *) data, len, false);
    }

    take = ngx_min(len, (size_t) at->left);
    at->left -= take;

    rc = ngx_http_agent_upstream_feed(at, (char *) data, take, at->left == 0);

    if (at->left == 0) {
        at->complete = 1;
        at->surplus = (take < len);
    }

    return rc;
}


static ngx_int_t
ngx_http_agent_upstream_chunked(ngx_http_agent_attempt_t *at, u_char *data,
    size_t len)
{
    size_t     used;
    ngx_int_t  rc;
    agt_str_t  piece;

    for ( ;; ) {
        rc = agt_http_chunked_feed(&at->chunked, (char *) data, len, &used,
                                   &piece);

        if (rc == AGT_DECLINED) {
            return ngx_http_agent_upstream_malformed(at, "a bad chunk");
        }

        data += used;
        len -= used;

        if (rc == AGT_OK) {
            at->complete = 1;
            at->surplus = (len != 0);
        }

        if ((piece.len || at->complete)
            && ngx_http_agent_upstream_feed(at, piece.data, piece.len,
                                            at->complete)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (at->complete || len == 0) {
            return NGX_OK;
        }
    }
}


static ngx_int_t
ngx_http_agent_upstream_feed(ngx_http_agent_attempt_t *at, const char *data,
    size_t len, bool last)
{
    int  rc;

    rc = agt_codec_feed(&at->reader, data, len, last);

    switch (rc) {

    case AGT_AGAIN:
        return NGX_OK;

    case AGT_OK:
        at->answered = 1;
        return NGX_OK;

    case AGT_DECLINED:

        /* what is left of it, if anything, is of no interest */

        at->failed = 1;
        at->surplus = !last;
        at->complete = 1;
        at->detail = ngx_http_agent_str(at->reader.failure.detail);
        return NGX_OK;

    default:
        return NGX_ERROR;
    }
}


/* the provider does not speak the protocol; the reading ends */

static ngx_int_t
ngx_http_agent_upstream_malformed(ngx_http_agent_attempt_t *at,
    const char *why)
{
    at->failed = 1;
    at->surplus = 1;
    at->complete = 1;
    at->reader.failure.class = AGT_CLASS_MALFORMED;
    at->detail.data = (u_char *) why;
    at->detail.len = ngx_strlen(why);

    return NGX_OK;
}


static void
ngx_http_agent_upstream_abort_request(ngx_http_request_t *sr)
{
    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, sr->connection->log, 0,
                   "agent upstream abort");
}


/* the connection and what is known of it exist until this returns */

static void
ngx_http_agent_upstream_finalize_request(ngx_http_request_t *sr, ngx_int_t rc)
{
    ngx_http_upstream_t       *u;
    ngx_http_agent_attempt_t  *at;

    at = ngx_http_get_module_ctx(sr, ngx_http_agent_filter_module);
    u = sr->upstream;

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, sr->connection->log, 0,
                   "agent upstream finalize: %*s rc:%i", (size_t) 36,
                   at->run->id, rc);

    if (at->done || at->request != sr) {
        return;
    }

    if (!at->cancelled) {

        if (rc == NGX_OK && at->head && !at->complete) {

            /* an answer that ends with its connection */

            at->complete = 1;

            if (ngx_http_agent_upstream_feed(at, "", 0, true) != NGX_OK) {
                rc = NGX_ERROR;
            }
        }

        at->class = ngx_http_agent_upstream_class(at, u, rc);
        ngx_http_agent_upstream_stale(at, u);
    }

    u->keepalive = at->complete && at->framed && !at->surplus
                   && !at->cancelled && at->head->keepalive;

    ngx_http_agent_upstream_facts(at);

    if (!at->answered && u->buffer.start && at->run->spare == NULL) {
        at->run->spare = u->buffer.start;
    }

    if (at->cancelled) {
        return;
    }

    ngx_http_agent_attempt_done(at);
    ngx_http_agent_run_wake(at->run);
}


static agt_class_e
ngx_http_agent_upstream_class(ngx_http_agent_attempt_t *at,
    ngx_http_upstream_t *u, ngx_int_t rc)
{
    ngx_connection_t  *c;

    if (at->failed) {
        return at->reader.failure.class;
    }

    if (rc == NGX_OK && at->answered) {
        return AGT_CLASS_OK;
    }

    if (rc == NGX_HTTP_INTERNAL_SERVER_ERROR || rc == NGX_ERROR) {
        return AGT_CLASS_INTERNAL;
    }

    if (rc == NGX_HTTP_GATEWAY_TIME_OUT) {
        return AGT_CLASS_TIMEOUT;
    }

    c = u->peer.connection;

    if (c == NULL) {
        return AGT_CLASS_CONNECT;
    }

#if (NGX_HTTP_SSL)

    /* no byte is sent before the certificate was verified */

    if (u->ssl && !u->request_sent) {
        return c->ssl ? AGT_CLASS_TLS : AGT_CLASS_CONNECT;
    }

#endif

    return u->request_sent ? AGT_CLASS_CUT : AGT_CLASS_CONNECT;
}


/* of the head, what the record and the final answer may use */

static void
ngx_http_agent_upstream_facts(ngx_http_agent_attempt_t *at)
{
    if (at->head == NULL || at->status == 0) {
        return;
    }

    at->request_id.data = (u_char *) at->head->request_id;
    at->request_id.len = ngx_strlen(at->head->request_id);

    at->retry_after = agt_http_retry_after(at->head, ngx_time());
}


/*
 * A pooled connection that the provider had closed meanwhile: nothing of an
 * answer came, so the request was not served, and one more try on a fresh
 * connection is free.  No breaker or budget hears of it.
 */

static void
ngx_http_agent_upstream_stale(ngx_http_agent_attempt_t *at,
    ngx_http_upstream_t *u)
{
    at->stale = u->peer.cached
                && !at->replayed
                && at->class == AGT_CLASS_CUT
                && (at->head == NULL || at->head->seen == 0)
                && u->state
                && u->state->bytes_received == 0;
}
