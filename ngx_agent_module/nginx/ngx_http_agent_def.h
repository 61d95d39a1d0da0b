
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A compiled agent: made from its files, given away by reference.
 */


#ifndef _NGX_HTTP_AGENT_DEF_H_INCLUDED_
#define _NGX_HTTP_AGENT_DEF_H_INCLUDED_


#define NGX_HTTP_AGENT_DEF_ERROR  1024


/* one line about what is wrong: the agent, the file and the place in it */

typedef struct {
    size_t   len;
    u_char   data[NGX_HTTP_AGENT_DEF_ERROR];
} ngx_http_agent_def_error_t;


/*
 * Reads and compiles a draft, with one reference; blocks for the reading of
 * its files.  NULL where that fails, and error tells.
 */

ngx_http_agent_def_t *ngx_http_agent_def_compile(
    ngx_http_agent_main_conf_t *amcf, ngx_str_t *name,
    ngx_http_agent_def_error_t *error);

void ngx_http_agent_def_release(ngx_http_agent_def_t *def);

/* the output format for a codec, made with the agent; NULL for text agents */

const agt_format_t *ngx_http_agent_def_format(ngx_http_agent_def_t *def,
    const agt_codec_t *codec);


#endif /* _NGX_HTTP_AGENT_DEF_H_INCLUDED_ */
