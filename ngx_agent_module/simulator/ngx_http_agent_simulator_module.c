
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "ngx_http_agent_simulator.h"


typedef struct {
    ngx_uint_t  locations;
} ngx_http_agent_simulator_main_conf_t;


static void *ngx_http_agent_simulator_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_agent_simulator_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_agent_simulator_merge_loc_conf(ngx_conf_t *cf,
    void *parent, void *child);
static char *ngx_http_agent_simulator(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_agent_simulator_init_module(ngx_cycle_t *cycle);


static const ngx_http_agent_simulator_dialect_t *const
    ngx_http_agent_simulator_dialects[] =
{
    &ngx_http_agent_simulator_openai
};


static ngx_command_t  ngx_http_agent_simulator_commands[] = {

    { ngx_string("agent_simulator"),
      NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_agent_simulator,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_agent_simulator_module_ctx = {
    NULL,                                      /* preconfiguration */
    NULL,                                      /* postconfiguration */

    ngx_http_agent_simulator_create_main_conf, /* create main conf */
    NULL,                                      /* init main conf */

    NULL,                                      /* create server conf */
    NULL,                                      /* merge server conf */

    ngx_http_agent_simulator_create_loc_conf,  /* create location conf */
    ngx_http_agent_simulator_merge_loc_conf    /* merge location conf */
};


ngx_module_t  ngx_http_agent_simulator_module = {
    NGX_MODULE_V1,
    &ngx_http_agent_simulator_module_ctx,      /* module context */
    ngx_http_agent_simulator_commands,         /* module directives */
    NGX_HTTP_MODULE,                           /* module type */
    NULL,                                      /* init master */
    ngx_http_agent_simulator_init_module,      /* init module */
    ngx_http_agent_simulator_generator_init,   /* init process */
    NULL,                                      /* init thread */
    NULL,                                      /* exit thread */
    ngx_http_agent_simulator_generator_exit,   /* exit process */
    NULL,                                      /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_http_agent_simulator_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_simulator_main_conf_t));
}


static void *
ngx_http_agent_simulator_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_agent_simulator_loc_conf_t  *slcf;

    slcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_simulator_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     slcf->dialect = NULL;
     *     slcf->models.nelts = 0;
     *     slcf->key = { 0, NULL };
     *     slcf->control = 0;
     *     slcf->requests = 0;
     */

    return slcf;
}


/*
 * Nothing is inherited: a content handler is not, either.  A body has to be
 * read into memory, for there is nobody to read a temporary file back without
 * blocking, so the buffer holds whatever may come.
 */

static char *
ngx_http_agent_simulator_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child)
{
    off_t                                 max;
    ngx_http_core_loc_conf_t             *clcf;
    ngx_http_agent_simulator_loc_conf_t  *slcf = child;

    if (slcf->dialect == NULL) {
        return NGX_CONF_OK;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    max = clcf->client_max_body_size;

    if (max == 0 || max > NGX_HTTP_AGENT_SIMULATOR_BODY) {
        max = NGX_HTTP_AGENT_SIMULATOR_BODY;
    }

    clcf->client_body_buffer_size = ngx_max(clcf->client_body_buffer_size,
                                            (size_t) max);

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_simulator(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                             *value;
    ngx_uint_t                             i;
    const char                            *error;
    ngx_http_core_loc_conf_t              *clcf;
    ngx_http_agent_simulator_parser_t      parser;
    ngx_http_agent_simulator_loc_conf_t   *slcf = conf;
    ngx_http_agent_simulator_main_conf_t  *smcf;

    if (slcf->dialect) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 0; slcf->dialect == NULL; i++) {

        if (i == agt_array_n(ngx_http_agent_simulator_dialects)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dialect \"%V\" is not supported by this build",
                               &value[1]);
            return NGX_CONF_ERROR;
        }

        if (value[1].len == ngx_http_agent_simulator_dialects[i]->name.len
            && ngx_strcmp(value[1].data,
                          ngx_http_agent_simulator_dialects[i]->name.data)
               == 0)
        {
            slcf->dialect = ngx_http_agent_simulator_dialects[i];
        }
    }

    if (ngx_array_init(&slcf->models, cf->pool, 1, sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&parser, sizeof(ngx_http_agent_simulator_parser_t));

    parser.options = &slcf->options;
    parser.slcf = slcf;
    parser.dialect = slcf->dialect;
    parser.pool = cf->pool;

    ngx_http_agent_simulator_options_init(&slcf->options);

    for (i = 2; i < cf->args->nelts; i++) {

        error = ngx_http_agent_simulator_option(&parser, &value[i]);

        if (error) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\": %s",
                               &value[i], error);
            return NGX_CONF_ERROR;
        }
    }

    error = ngx_http_agent_simulator_options_check(&slcf->options);

    if (error) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", error);
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_agent_simulator_handler;

    smcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_agent_simulator_module);
    smcf->locations++;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_agent_simulator_init_module(ngx_cycle_t *cycle)
{
    ngx_http_agent_simulator_main_conf_t  *smcf;

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_http_agent_simulator_module);

    ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                  "agent simulator is loaded, not for production: its "
                  "answers are made up, locations:%ui",
                  smcf ? smcf->locations : 0);

    return NGX_OK;
}
