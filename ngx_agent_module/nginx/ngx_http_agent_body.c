
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The request's body, read into memory in one piece.
 *
 * A body that came with the head is used where it lies, in the header buffer.
 * Any other is read unbuffered, so that it never lands in a temporary file
 * that would have to be read back with blocking I/O, and is copied together
 * as it comes.  client_max_body_size bounds it, client_body_timeout is the
 * timeout of the wait; both answer with nginx's own statuses.
 */


#include "ngx_http_agent.h"


#define NGX_HTTP_AGENT_BODY_HINT   (16 * 1024)


static void ngx_http_agent_body_post(ngx_http_request_t *r);
static void ngx_http_agent_body_event(ngx_http_request_t *r);
static ngx_int_t ngx_http_agent_body_read(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_body_take(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_body_append(ngx_http_agent_run_t *run,
    u_char *data, size_t len);
static ngx_int_t ngx_http_agent_body_refuse(ngx_http_agent_run_t *run,
    ngx_int_t status);


ngx_int_t
ngx_http_agent_step_body(ngx_http_agent_run_t *run)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = run->request;

    if (run->wait.what) {

        /* resumed: all of it was read, or it was refused */

        run->wait.what = NULL;
        return run->rc ? ngx_http_agent_body_refuse(run, run->rc) : NGX_OK;
    }

    r->request_body_no_buffering = (r == r->main);

    rc = ngx_http_read_client_request_body(r, ngx_http_agent_body_post);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return ngx_http_agent_body_refuse(run, rc);
    }

    /* the run holds a reference already */

    r->main->count--;

    rc = ngx_http_agent_body_read(run);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return ngx_http_agent_body_refuse(run, rc);
    }

    if (rc == NGX_AGAIN) {
        run->wait.what = "body";
        run->wait.abort = NULL;
        r->read_event_handler = ngx_http_agent_body_event;
    }

    return rc;
}


/* nothing to do: the step goes on where it called */

static void
ngx_http_agent_body_post(ngx_http_request_t *r)
{
}


static void
ngx_http_agent_body_event(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_http_agent_run_t  *run;

    run = ngx_http_get_module_ctx(r, ngx_http_agent_module);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "agent body event: %*s", (size_t) 36, run->id);

    rc = ngx_http_agent_body_read(run);

    if (rc == NGX_AGAIN) {
        return;
    }

    r->read_event_handler = ngx_http_block_reading;
    run->rc = rc;

    ngx_http_agent_run_wake(run);
}


/* NGX_OK: the body is whole; NGX_AGAIN; or a status */

static ngx_int_t
ngx_http_agent_body_read(ngx_http_agent_run_t *run)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = run->request;

    for ( ;; ) {

        if (r->request_body == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        rc = ngx_http_agent_body_take(run);

        if (rc == NGX_ERROR) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (!r->reading_body) {
            return NGX_OK;
        }

        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            return rc;
        }

        if (rc == NGX_AGAIN && r->request_body->bufs == NULL) {
            return NGX_AGAIN;
        }
    }
}


/* moves what was read out of nginx's buffers, which are then free again */

static ngx_int_t
ngx_http_agent_body_take(ngx_http_agent_run_t *run)
{
    ngx_buf_t           *b;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = run->request;
    cl = r->request_body->bufs;

    if (cl == NULL) {
        return NGX_OK;
    }

    if (!r->reading_body && run->input.len == 0 && cl->next == NULL
        && !cl->buf->in_file)
    {
        run->input.data = cl->buf->pos;
        run->input.len = cl->buf->last - cl->buf->pos;
        return NGX_OK;
    }

    for ( /* void */ ; cl; cl = cl->next) {

        b = cl->buf;

        if (b->in_file) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "agent body is in a file: no \"client_body_in_file_"
                          "only\" in an agent's location, and a \"client_"
                          "body_buffer_size\" that holds it where something "
                          "else reads it first, as \"mirror\" does");
            return NGX_ERROR;
        }

        if (ngx_http_agent_body_append(run, b->pos, b->last - b->pos)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        /* a body that was read before us, as by "mirror", is also others' */

        if (r->reading_body) {
            b->pos = b->last;
        }
    }

    if (r->reading_body) {
        r->request_body->bufs = NULL;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_body_append(ngx_http_agent_run_t *run, u_char *data, size_t len)
{
    off_t                length;
    size_t               size;
    u_char              *p;
    ngx_http_request_t  *r;

    if (len == 0) {

        /* a special buffer: there is nowhere to copy from */

        return NGX_OK;
    }

    r = run->request;

    if (len > run->input_size - run->input.len) {

        length = r->headers_in.content_length_n;

        if (run->input_size == 0 && length >= (off_t) len) {
            size = (size_t) length;

        } else {
            size = ngx_max(run->input_size * 2, run->input.len + len);
            size = ngx_max(size, NGX_HTTP_AGENT_BODY_HINT);
        }

        p = ngx_pnalloc(r->pool, size);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (run->input.len) {
            ngx_memcpy(p, run->input.data, run->input.len);
        }

        if (run->input_size) {
            (void) ngx_pfree(r->pool, run->input.data);
        }

        run->input.data = p;
        run->input_size = size;
    }

    ngx_memcpy(run->input.data + run->input.len, data, len);
    run->input.len += len;

    return NGX_OK;
}


/* what nginx refused becomes its page, and that a problem document */

static ngx_int_t
ngx_http_agent_body_refuse(ngx_http_agent_run_t *run, ngx_int_t status)
{
    run->outcome = NGX_HTTP_AGENT_REJECTED;

    if (status == NGX_HTTP_INTERNAL_SERVER_ERROR) {
        run->outcome = NGX_HTTP_AGENT_FAILED;
    }

    if (run->request->connection->error
        || status == NGX_HTTP_REQUEST_TIME_OUT
        || status == NGX_HTTP_CLIENT_CLOSED_REQUEST)
    {
        run->outcome = NGX_HTTP_AGENT_CANCELLED;
        run->error = AGT_CLASS_CANCELLED;
    }

    ngx_http_agent_run_close(run);
    ngx_http_finalize_request(run->request, status);

    return NGX_DONE;
}
