
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The execution record: one JSON object that tells all about an execution.
 */


#ifndef _NGX_HTTP_AGENT_RECORD_H_INCLUDED_
#define _NGX_HTTP_AGENT_RECORD_H_INCLUDED_


/* a line, its end included */

#define NGX_HTTP_AGENT_RECORD_MAX  (64 * 1024)


/* configuration: before any record is made */

ngx_int_t ngx_http_agent_record_init(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf);

/*
 * Appends the record without a line end: always whole and valid JSON in valid
 * UTF-8, with "truncated": true where something did not fit in out->max,
 * which is 4 KB at least.  Bodies come last and give way first.
 */

ngx_int_t ngx_http_agent_record(ngx_http_agent_run_t *run, agt_buf_t *out,
    ngx_uint_t body);


#endif /* _NGX_HTTP_AGENT_RECORD_H_INCLUDED_ */
