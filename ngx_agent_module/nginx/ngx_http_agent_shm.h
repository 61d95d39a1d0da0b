
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The shared zone: a header with layout version, slots of workers, counters
 * of what is in flight at each provider.  What a killed worker held comes
 * back within a second: counters belong to the slot of their worker, and a
 * slot whose owner is gone is emptied by the others.
 */


#ifndef _NGX_HTTP_AGENT_SHM_H_INCLUDED_
#define _NGX_HTTP_AGENT_SHM_H_INCLUDED_


/* counted in each worker's slot: see ngx_http_agent_shm.c */

#define NGX_HTTP_AGENT_PROVIDERS_MAX  64


/* setter of "agent_zone"; the zone, of the default size where none was set */

char *ngx_http_agent_shm_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_agent_shm_create(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf);

ngx_int_t ngx_http_agent_shm_init_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf);
void ngx_http_agent_shm_exit_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf);

/*
 * Takes a place at the provider: OK, or BUSY where max_concurrency places are
 * taken by all workers together.  Lock-free.  Each OK needs one release by the
 * same worker.
 */

ngx_int_t ngx_http_agent_shm_acquire(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider);
void ngx_http_agent_shm_release(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider);

/* places taken now, by all workers */

ngx_uint_t ngx_http_agent_shm_in_flight(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider);


#endif /* _NGX_HTTP_AGENT_SHM_H_INCLUDED_ */
