
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The second module of the shared object: header and body filters, ordered
 * before the copy filter (docs/dev/order.md tells why the two modules need
 * different places).
 *
 * They do two things.  All output of an attempt's subrequest is swallowed,
 * flushes and last buffers too: no other filter ever sees a provider's bytes.
 * And a page that nginx itself made for an agent's location (401, 403, 408,
 * 413, ...) becomes a problem document; what error_page mapped has left the
 * location by then and is not touched.
 */


#include "ngx_http_agent.h"


static ngx_int_t ngx_http_agent_filter_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_agent_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_agent_filter_page(ngx_http_request_t *r,
    ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_http_agent_filter_consume(ngx_chain_t *in);


static ngx_http_module_t  ngx_http_agent_filter_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_agent_filter_init,            /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_agent_filter_module = {
    NGX_MODULE_V1,
    &ngx_http_agent_filter_module_ctx,     /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


/* without an agent in the configuration there is nothing to filter */

static ngx_int_t
ngx_http_agent_filter_init(ngx_conf_t *cf)
{
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_agent_module);

    if (!amcf->used) {
        return NGX_OK;
    }

    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_agent_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_agent_body_filter;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_header_filter(ngx_http_request_t *r)
{
    ngx_http_agent_run_t       *run;
    ngx_http_agent_loc_conf_t  *alcf;

    if (ngx_http_get_module_ctx(r, ngx_http_agent_filter_module)) {

        /* an attempt */

        r->header_sent = 1;
        return NGX_OK;
    }

    if (r->headers_out.status < NGX_HTTP_BAD_REQUEST || r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    alcf = ngx_http_agent_loc_conf(r);

    if (alcf->agent == NULL) {
        return ngx_http_next_header_filter(r);
    }

    run = ngx_http_agent_run_get(r);

    if (run == NULL || run->responded) {
        return ngx_http_next_header_filter(r);
    }

    return ngx_http_agent_filter_page(r, run);
}


static ngx_int_t
ngx_http_agent_filter_page(ngx_http_request_t *r, ngx_http_agent_run_t *run)
{
    agt_buf_t     body;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    agt_buf_init(&body, &run->mem, 512, 64 * 1024);

    run->responded = 1;
    ngx_http_agent_problem_of_status(run, r->headers_out.status);

    cl = ngx_alloc_chain_link(r->pool);
    b = ngx_calloc_buf(r->pool);

    if (cl == NULL || b == NULL
        || ngx_http_agent_problem_compose(run, &body) != NGX_OK)
    {
        /* nginx's page is better than none */

        return ngx_http_next_header_filter(r);
    }

    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);
    ngx_http_clear_content_length(r);

    ngx_str_set(&r->headers_out.content_type, "application/problem+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);
    r->headers_out.content_length_n = (off_t) body.len;

    b->start = (u_char *) body.data;
    b->pos = b->start;
    b->last = b->start + body.len;
    b->end = b->last;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    cl->buf = b;
    cl->next = NULL;

    run->page = cl;

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_agent_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_chain_t           *page;
    ngx_http_agent_run_t  *run;

    if (ngx_http_get_module_ctx(r, ngx_http_agent_filter_module)) {
        ngx_http_agent_filter_consume(in);
        return NGX_OK;
    }

    run = ngx_http_get_module_ctx(r, ngx_http_agent_module);

    if (run == NULL || (run->page == NULL && !run->paged)) {
        return ngx_http_next_body_filter(r, in);
    }

    /* nginx's page goes, ours comes in its place, once */

    ngx_http_agent_filter_consume(in);

    page = run->page;
    run->page = NULL;
    run->paged = 1;

    return ngx_http_next_body_filter(r, page);
}


static void
ngx_http_agent_filter_consume(ngx_chain_t *in)
{
    for ( /* void */ ; in; in = in->next) {
        in->buf->pos = in->buf->last;
        in->buf->file_pos = in->buf->file_last;
    }
}
