
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Compiled agents by name.  Drafts are compiled when the configuration is
 * read, and again by a timer in each worker when their files have changed and
 * then been still; what breaks leaves the last good one in place.
 */


#ifndef _NGX_HTTP_AGENT_REGISTRY_H_INCLUDED_
#define _NGX_HTTP_AGENT_REGISTRY_H_INCLUDED_


/* configuration: an empty one */

ngx_int_t ngx_http_agent_registry_create(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf);

/* configuration: a draft that a location spells out; EMERG with the place in
   the agent's file, and in nginx.conf, and DECLINED, where it is broken */

ngx_int_t ngx_http_agent_registry_require(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_loc_conf_t *alcf);

/* configuration: every draft, for locations that take the name of a variable,
   and those that come later; a broken one is a warning */

ngx_int_t ngx_http_agent_registry_require_all(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf);

/* worker: starts the timer that looks for changes; stops it */

ngx_int_t ngx_http_agent_registry_init_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf);
void ngx_http_agent_registry_exit_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf);

/* a reference to the draft, or NULL; agt_name_valid() has seen the name */

ngx_http_agent_def_t *ngx_http_agent_registry_draft(
    ngx_http_agent_main_conf_t *amcf, ngx_str_t *name);


#endif /* _NGX_HTTP_AGENT_REGISTRY_H_INCLUDED_ */
