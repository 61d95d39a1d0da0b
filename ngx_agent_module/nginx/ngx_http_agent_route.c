
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "ngx_http_agent.h"


#define NGX_HTTP_AGENT_TRIES     3
#define NGX_HTTP_AGENT_TIMEOUT   60000


static char *ngx_http_agent_route_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf);
static char *ngx_http_agent_route_model(ngx_conf_t *cf, void *block, void *dst);
static char *ngx_http_agent_route_policy(ngx_conf_t *cf, void *block,
    void *dst);
static char *ngx_http_agent_route_off(ngx_conf_t *cf, void *block, void *dst);
static char *ngx_http_agent_route_tries(ngx_conf_t *cf, void *block, void *dst);


static const ngx_http_agent_key_t  ngx_http_agent_route_keys[] = {

    { ngx_string("model"), 1, 8, ngx_http_agent_route_model,
      offsetof(ngx_http_agent_route_t, choices) },

    { ngx_string("policy"), 1, 1, ngx_http_agent_route_policy, 0 },

    { ngx_string("tries"), 1, 1, ngx_http_agent_route_tries,
      offsetof(ngx_http_agent_route_t, tries) },

    { ngx_string("timeout"), 1, 1, ngx_http_agent_conf_msec,
      offsetof(ngx_http_agent_route_t, timeout) },

    { ngx_string("attempt_timeout"), 1, 1, ngx_http_agent_conf_msec,
      offsetof(ngx_http_agent_route_t, attempt_timeout) },

    { ngx_string("stream"), 1, 1, ngx_http_agent_route_off, 0 },
    { ngx_string("hedge"), 1, 1, ngx_http_agent_route_off, 0 },

    { ngx_string("backoff"), 0, 0, NULL, 0 },
    { ngx_string("breaker"), 0, 0, NULL, 0 },

    { ngx_null_string, 0, 0, NULL, 0 }
};


char *
ngx_http_agent_route_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_agent_main_conf_t  *amcf = conf;

    char                     *rv;
    ngx_str_t                *value;
    ngx_conf_t                save;
    ngx_http_agent_route_t   *route, **routep;

    value = cf->args->elts;

    if (!agt_name_valid(ngx_http_agent_agt(value[1]))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid route name \"%V\": it must match "
                           "[a-z0-9][a-z0-9_-]{0,62}", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_agent_route_find(amcf, &value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate route \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    route = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_route_t));
    if (route == NULL) {
        return NGX_CONF_ERROR;
    }

    route->name = value[1];
    route->tries = NGX_CONF_UNSET_UINT;
    route->timeout = NGX_CONF_UNSET_MSEC;
    route->attempt_timeout = NGX_CONF_UNSET_MSEC;
    route->file = cf->conf_file->file.name.data;
    route->line = cf->conf_file->line;

    if (ngx_array_init(&route->choices, cf->pool, 4,
                       sizeof(ngx_http_agent_choice_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    save = *cf;
    cf->handler = ngx_http_agent_route_line;
    cf->handler_conf = (char *) route;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (route->choices.nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "route \"%V\" has no \"model\"", &route->name);
        return NGX_CONF_ERROR;
    }

    ngx_conf_init_uint_value(route->tries, NGX_HTTP_AGENT_TRIES);
    ngx_conf_init_msec_value(route->timeout, NGX_HTTP_AGENT_TIMEOUT);
    ngx_conf_init_msec_value(route->attempt_timeout, 0);

    routep = ngx_array_push(&amcf->routes);
    if (routep == NULL) {
        return NGX_CONF_ERROR;
    }

    *routep = route;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_route_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    return ngx_http_agent_conf_key(cf, ngx_http_agent_route_keys,
                                   "agent_route", conf);
}


static char *
ngx_http_agent_route_model(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_array_t  *choices = dst;

    ngx_str_t                *value;
    ngx_http_agent_choice_t  *choice;

    value = cf->args->elts;

    if (cf->args->nelts > 2) {

        if (ngx_strncmp(value[2].data, "weight=", 7) == 0) {
            return "has a \"weight\", which is not supported by this build";
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown parameter \"%V\" of \"model\" in "
                           "\"agent_route\"", &value[2]);
        return NGX_CONF_ERROR;
    }

    if (ngx_strlchr(value[1].data, value[1].data + value[1].len, '/') == NULL) {
        return "must be \"provider/model\"";
    }

    choice = ngx_array_push(choices);
    if (choice == NULL) {
        return NGX_CONF_ERROR;
    }

    choice->model = NULL;
    choice->name = value[1];
    choice->file = cf->conf_file->file.name.data;
    choice->line = cf->conf_file->line;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_route_policy(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    static const char  *later[] = { "weighted", "cheapest", "fastest", NULL };

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "failover") == 0) {
        return NGX_CONF_OK;
    }

    for (i = 0; later[i]; i++) {
        if (ngx_strcmp(value[1].data, later[i]) == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "policy \"%V\" is not supported by this build",
                               &value[1]);
            return NGX_CONF_ERROR;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown policy \"%V\", it must be \"failover\"",
                       &value[1]);

    return NGX_CONF_ERROR;
}


/* what can only be switched off so far */

static char *
ngx_http_agent_route_off(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    return "other than \"off\" is not supported by this build";
}


static char *
ngx_http_agent_route_tries(ngx_conf_t *cf, void *block, void *dst)
{
    char        *rv;
    ngx_uint_t  *tries = dst;

    rv = ngx_http_agent_conf_num(cf, block, dst);

    if (rv == NGX_CONF_OK && *tries > NGX_HTTP_AGENT_ATTEMPTS_MAX) {
        return "must not be greater than 16";
    }

    return rv;
}


ngx_int_t
ngx_http_agent_route_init(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf)
{
    ngx_uint_t                 i, n;
    ngx_http_agent_route_t   **routes;
    ngx_http_agent_choice_t   *choice;

    routes = amcf->routes.elts;

    for (i = 0; i < amcf->routes.nelts; i++) {

        choice = routes[i]->choices.elts;

        for (n = 0; n < routes[i]->choices.nelts; n++) {

            choice[n].model = ngx_http_agent_model_find(amcf, &choice[n].name);

            if (choice[n].model == NULL) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "unknown model \"%V\" in route \"%V\" in %s:%ui",
                              &choice[n].name, &routes[i]->name,
                              choice[n].file, choice[n].line);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


ngx_http_agent_route_t *
ngx_http_agent_route_find(ngx_http_agent_main_conf_t *amcf, ngx_str_t *name)
{
    ngx_uint_t                i;
    ngx_http_agent_route_t  **routes;

    routes = amcf->routes.elts;

    for (i = 0; i < amcf->routes.nelts; i++) {
        if (routes[i]->name.len == name->len
            && ngx_memcmp(routes[i]->name.data, name->data, name->len) == 0)
        {
            return routes[i];
        }
    }

    return NULL;
}
