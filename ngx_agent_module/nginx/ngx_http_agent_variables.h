
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The $agent_* variables, read from the run of the main request.
 */


#ifndef _NGX_HTTP_AGENT_VARIABLES_H_INCLUDED_
#define _NGX_HTTP_AGENT_VARIABLES_H_INCLUDED_


ngx_int_t ngx_http_agent_variables_add(ngx_conf_t *cf);


#endif /* _NGX_HTTP_AGENT_VARIABLES_H_INCLUDED_ */
