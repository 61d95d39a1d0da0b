
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The module: its directives, and what a worker starts and ends.
 */


#include "ngx_http_agent.h"


static ngx_int_t ngx_http_agent_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_agent_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_agent_init_process(ngx_cycle_t *cycle);
static void ngx_http_agent_exit_process(ngx_cycle_t *cycle);
static ngx_http_agent_main_conf_t *ngx_http_agent_cycle_conf(
    ngx_cycle_t *cycle);


static ngx_conf_enum_t  ngx_http_agent_headers[] = {
    { ngx_string("all"), NGX_HTTP_AGENT_HEADERS_ALL },
    { ngx_string("basic"), NGX_HTTP_AGENT_HEADERS_BASIC },
    { ngx_string("off"), NGX_HTTP_AGENT_HEADERS_OFF },
    { ngx_null_string, 0 }
};


#define NGX_HTTP_AGENT_ANYWHERE                                               \
    (NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF)


static ngx_command_t  ngx_http_agent_commands[] = {

    { ngx_string("agent_headers"),
      NGX_HTTP_AGENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_agent_loc_conf_t, headers),
      &ngx_http_agent_headers },

    { ngx_string("agent_route_default"),
      NGX_HTTP_AGENT_ANYWHERE|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_agent_loc_conf_t, route_name),
      NULL },

    { ngx_string("agent"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_agent_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("agent_auth"),
      NGX_HTTP_AGENT_ANYWHERE|NGX_CONF_TAKE12,
      ngx_http_agent_auth_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("agent_drafts"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_agent_drafts_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("agent_log"),
      NGX_HTTP_AGENT_ANYWHERE|NGX_CONF_1MORE,
      ngx_http_agent_log_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("agent_provider"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_agent_provider_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("agent_redact"),
      NGX_HTTP_AGENT_ANYWHERE|NGX_CONF_TAKE2,
      ngx_http_agent_redact_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("agent_route"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_agent_route_block,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("agent_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_agent_shm_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_agent_module_ctx = {
    ngx_http_agent_preconfiguration,       /* preconfiguration */
    ngx_http_agent_postconfiguration,      /* postconfiguration */

    ngx_http_agent_create_main_conf,       /* create main configuration */
    ngx_http_agent_init_main_conf,         /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_agent_create_loc_conf,        /* create location configuration */
    ngx_http_agent_merge_loc_conf          /* merge location configuration */
};


ngx_module_t  ngx_http_agent_module = {
    NGX_MODULE_V1,
    &ngx_http_agent_module_ctx,            /* module context */
    ngx_http_agent_commands,               /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_agent_init_process,           /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_agent_exit_process,           /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/*
 * The core's return codes are returned as they are, and its slices are
 * converted field by field: both stand on this.
 */

typedef char  ngx_http_agent_assert_codes[
    (AGT_OK == NGX_OK && AGT_ERROR == NGX_ERROR && AGT_AGAIN == NGX_AGAIN
     && AGT_DONE == NGX_DONE && AGT_DECLINED == NGX_DECLINED) ? 1 : -1];


static ngx_int_t
ngx_http_agent_preconfiguration(ngx_conf_t *cf)
{
    uint64_t  seed;

    /* a reload keeps the seed: documents of the old cycle are still in use */

    static ngx_uint_t  seeded;

    if (!seeded) {
        if (ngx_http_agent_random(&seed, sizeof(seed)) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "no random numbers");
            return NGX_ERROR;
        }

        agt_json_seed(seed);
        seeded = 1;
    }

    return ngx_http_agent_variables_add(cf);
}


static ngx_int_t
ngx_http_agent_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_handler_pt         *h;
    ngx_http_core_main_conf_t   *cmcf;
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_agent_module);

    if (ngx_http_agent_provider_init(cf, amcf) != NGX_OK
        || ngx_http_agent_route_init(cf, amcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!amcf->used) {
        return NGX_OK;
    }

    if (ngx_http_agent_shm_create(cf, amcf) != NGX_OK
        || ngx_http_agent_conf_check(cf, amcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_agent_access_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_agent_log_handler;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_init_process(ngx_cycle_t *cycle)
{
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_http_agent_cycle_conf(cycle);

    if (amcf == NULL || !amcf->used) {
        return NGX_OK;
    }

    if (ngx_http_agent_run_init_process(cycle) != NGX_OK
        || ngx_http_agent_shm_init_process(cycle, amcf) != NGX_OK
        || ngx_http_agent_provider_init_process(cycle, amcf) != NGX_OK
        || ngx_http_agent_peer_init_process(cycle, amcf) != NGX_OK
        || ngx_http_agent_registry_init_process(cycle, amcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_agent_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_http_agent_cycle_conf(cycle);

    if (amcf == NULL || !amcf->used) {
        return;
    }

    ngx_http_agent_run_exit_process(cycle);
    ngx_http_agent_peer_exit_process(cycle, amcf);
    ngx_http_agent_registry_exit_process(cycle, amcf);
    ngx_http_agent_shm_exit_process(cycle, amcf);
}


/* NULL where the configuration has no http block, and in cache helpers */

static ngx_http_agent_main_conf_t *
ngx_http_agent_cycle_conf(ngx_cycle_t *cycle)
{
    if (ngx_process != NGX_PROCESS_WORKER
        && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NULL;
    }

    if (ngx_get_conf(cycle->conf_ctx, ngx_http_module) == NULL) {
        return NULL;
    }

    return ngx_http_cycle_get_module_main_conf(cycle, ngx_http_agent_module);
}
