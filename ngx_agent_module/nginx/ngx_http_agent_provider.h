
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * "agent_provider name { ... }": its block, its models, where it is, its TLS
 * settings and its key.
 */


#ifndef _NGX_HTTP_AGENT_PROVIDER_H_INCLUDED_
#define _NGX_HTTP_AGENT_PROVIDER_H_INCLUDED_


/* the directive's setter */

char *ngx_http_agent_provider_block(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* after the whole configuration was read: names of upstream blocks, TLS
   contexts, clashes between providers; logs EMERG with the block's place */

ngx_int_t ngx_http_agent_provider_init(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf);

ngx_http_agent_provider_t *ngx_http_agent_provider_find(
    ngx_http_agent_main_conf_t *amcf, ngx_str_t *name);

/* worker: reads keys from files that changed, from a timer */

ngx_int_t ngx_http_agent_provider_init_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf);


/* ngx_http_agent_model.c: "model", "labels" */

char *ngx_http_agent_model_key(ngx_conf_t *cf, void *block, void *dst);
char *ngx_http_agent_labels_key(ngx_conf_t *cf, void *block, void *dst);

/* "provider/model"; NULL where there is none */

ngx_http_agent_model_t *ngx_http_agent_model_find(
    ngx_http_agent_main_conf_t *amcf, ngx_str_t *name);


/* ngx_http_agent_pass.c: "pass", "host", and what becomes of them; create()
   is called for each provider in their order */

char *ngx_http_agent_pass_key(ngx_conf_t *cf, void *block, void *dst);
char *ngx_http_agent_host_key(ngx_conf_t *cf, void *block, void *dst);
ngx_int_t ngx_http_agent_pass_create(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_provider_t *provider);


/* ngx_http_agent_tls.c: the context; what earlier providers loaded is shared */

ngx_int_t ngx_http_agent_tls_create(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_provider_t *provider);


/* ngx_http_agent_secret.c: "api_key", and provider->head */

char *ngx_http_agent_secret_key(ngx_conf_t *cf, void *block, void *dst);
ngx_int_t ngx_http_agent_secret_create(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider);


#endif /* _NGX_HTTP_AGENT_PROVIDER_H_INCLUDED_ */
