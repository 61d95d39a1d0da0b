
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The execution record: one JSON object that tells all about an execution.
 */


#ifndef _NGX_HTTP_AGENT_RECORD_H_INCLUDED_
#define _NGX_HTTP_AGENT_RECORD_H_INCLUDED_


/*
 * A line and its end fit in NGX_HTTP_AGENT_RECORD_MAX.  The buffer that a
 * record is composed in may be smaller, but not smaller than the minimum:
 * names and ids that are always told fit in that.
 */

#define NGX_HTTP_AGENT_RECORD_MAX  (64 * 1024)
#define NGX_HTTP_AGENT_RECORD_MIN  (8 * 1024)


/*
 * Appends the record without a line end: always whole and valid JSON in valid
 * UTF-8, with "truncated": true where something did not fit in out->max.
 * Bodies come last and give way first.
 */

ngx_int_t ngx_http_agent_record(ngx_http_agent_run_t *run, agt_buf_t *out,
    ngx_uint_t body);


#endif /* _NGX_HTTP_AGENT_RECORD_H_INCLUDED_ */
