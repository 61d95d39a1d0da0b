
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "ngx_http_agent.h"


static void ngx_http_agent_conf_inner(ngx_conf_t *cf,
    ngx_http_agent_loc_conf_t *prev, ngx_http_agent_loc_conf_t *conf);
static void ngx_http_agent_conf_place(ngx_conf_t *cf, u_char **file,
    ngx_uint_t *line);
static char *ngx_http_agent_directive_name(ngx_conf_t *cf,
    ngx_http_agent_loc_conf_t *alcf, ngx_uint_t variables);
static ngx_int_t ngx_http_agent_conf_check_location(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_loc_conf_t *alcf);
static ngx_int_t ngx_http_agent_conf_check_route(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_loc_conf_t *alcf);


static ngx_str_t  ngx_http_agent_draft_suffix = ngx_string("@draft");


void *
ngx_http_agent_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_main_conf_t));
    if (amcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     amcf->drafts = { 0, NULL };
     *     amcf->zone = NULL;
     *     amcf->registry = NULL;
     *     amcf->used = 0;
     */

    if (ngx_array_init(&amcf->providers, cf->pool, 4, sizeof(void *)) != NGX_OK
        || ngx_array_init(&amcf->routes, cf->pool, 4, sizeof(void *)) != NGX_OK
        || ngx_array_init(&amcf->locations, cf->pool, 4, sizeof(void *))
           != NGX_OK
        || ngx_array_init(&amcf->logs, cf->pool, 2, sizeof(void *)) != NGX_OK)
    {
        return NULL;
    }

    amcf->zone_size = NGX_CONF_UNSET;

    return amcf;
}


char *
ngx_http_agent_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_agent_main_conf_t  *amcf = conf;

    if (amcf->drafts.data == NULL) {
        ngx_str_set(&amcf->drafts, "agents");

        if (ngx_conf_full_name(cf->cycle, &amcf->drafts, 1) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_agent_registry_create(cf, amcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


void *
ngx_http_agent_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_agent_loc_conf_t  *alcf;

    alcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_loc_conf_t));
    if (alcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     alcf->agent = NULL;
     *     alcf->agent_text = { 0, NULL };
     *     alcf->agent_name = { 0, NULL };
     *     alcf->location = { 0, NULL };
     *     alcf->outer = NULL;
     *     alcf->route_name = { 0, NULL };
     *     alcf->route = NULL;
     *     alcf->auth_consumer = NULL;
     *     alcf->auth_team = NULL;
     */

    alcf->auth = NGX_CONF_UNSET;
    alcf->log = NGX_CONF_UNSET_PTR;
    alcf->redact = NGX_CONF_UNSET_PTR;
    alcf->headers = NGX_CONF_UNSET_UINT;

    return alcf;
}


char *
ngx_http_agent_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_agent_loc_conf_t  *prev = parent;
    ngx_http_agent_loc_conf_t  *conf = child;

    ngx_http_agent_conf_inner(cf, prev, conf);

    ngx_conf_merge_str_value(conf->route_name, prev->route_name, "");

    if (conf->auth == NGX_CONF_UNSET) {
        conf->auth = prev->auth;
        conf->auth_consumer = prev->auth_consumer;
        conf->auth_team = prev->auth_team;
    }

    ngx_conf_merge_ptr_value(conf->log, prev->log, NULL);
    ngx_conf_merge_ptr_value(conf->redact, prev->redact, NULL);
    ngx_conf_merge_uint_value(conf->headers, prev->headers,
                              NGX_HTTP_AGENT_HEADERS_ALL);

    return NGX_CONF_OK;
}


/*
 * The unnamed locations that "if" and "limit_except" make replace their
 * location's configuration, while the request is still the agent's; none of
 * our directives may stand in them, so they have nothing of their own.
 */

static void
ngx_http_agent_conf_inner(ngx_conf_t *cf, ngx_http_agent_loc_conf_t *prev,
    ngx_http_agent_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* a handler: something else answers there, as "proxy_pass" in an "if" */

    if (!clcf->noname || clcf->handler) {
        return;
    }

    conf->outer = prev->outer ? prev->outer : prev->agent ? prev : NULL;

    if (conf->outer && clcf->lmt_excpt) {
        clcf->handler = ngx_http_agent_handler;
    }
}


static void
ngx_http_agent_conf_place(ngx_conf_t *cf, u_char **file, ngx_uint_t *line)
{
    if (cf->conf_file == NULL) {
        *file = (u_char *) "-g option";
        *line = 0;
        return;
    }

    *file = cf->conf_file->file.name.data;
    *line = cf->conf_file->line;
}


/* agent name[@alias|@number|@draft]; */

char *
ngx_http_agent_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_agent_loc_conf_t  *alcf = conf;

    ngx_str_t                          *value;
    ngx_uint_t                          variables;
    ngx_http_core_loc_conf_t           *clcf;
    ngx_http_agent_loc_conf_t         **location;
    ngx_http_agent_main_conf_t         *amcf;
    ngx_http_compile_complex_value_t    ccv;

    if (alcf->agent) {
        return "is duplicate";
    }

    value = cf->args->elts;

    alcf->agent = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (alcf->agent == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[1];
    ccv.complex_value = alcf->agent;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    variables = (alcf->agent->lengths != NULL);
    alcf->agent_text = value[1];

    ngx_http_agent_conf_place(cf, &alcf->file, &alcf->line);

    if (ngx_http_agent_directive_name(cf, alcf, variables) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    alcf->location = clcf->name;
    alcf->exact = clcf->exact_match || clcf->named || clcf->noname;

#if (NGX_PCRE)
    if (clcf->regex) {
        alcf->exact = 1;
    }
#endif

    clcf->handler = ngx_http_agent_handler;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_agent_module);

    location = ngx_array_push(&amcf->locations);
    if (location == NULL) {
        return NGX_CONF_ERROR;
    }

    *location = alcf;
    amcf->used = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_directive_name(ngx_conf_t *cf, ngx_http_agent_loc_conf_t *alcf,
    ngx_uint_t variables)
{
    u_char     *p;
    ngx_str_t   name, *text;

    text = &alcf->agent_text;
    p = ngx_strlchr(text->data, text->data + text->len, '@');

    name.data = text->data;
    name.len = p ? (size_t) (p - text->data) : text->len;

    alcf->draft = p != NULL
                  && (size_t) (text->data + text->len - p)
                     == ngx_http_agent_draft_suffix.len
                  && ngx_memcmp(p, ngx_http_agent_draft_suffix.data,
                                ngx_http_agent_draft_suffix.len) == 0;

    if (!variables && !agt_name_valid(ngx_http_agent_agt(name))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid agent name \"%V\": it must match "
                           "[a-z0-9][a-z0-9_-]{0,62}", &name);
        return NGX_CONF_ERROR;
    }

    if (!alcf->draft) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "agent \"%V\" names a published version, which is "
                           "not supported by this build: only drafts are "
                           "served, write \"agent %V@draft\"", text, &name);
        return NGX_CONF_ERROR;
    }

    if (!variables) {
        alcf->agent_name = name;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_agent_drafts_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_agent_main_conf_t  *amcf = conf;

    ngx_str_t  *value;

    if (amcf->drafts.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "must name a directory";
    }

    amcf->drafts = value[1];

    if (ngx_conf_full_name(cf->cycle, &amcf->drafts, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* agent_auth off | $variable [team=$variable]; */

char *
ngx_http_agent_auth_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_agent_loc_conf_t  *alcf = conf;

    ngx_str_t                           team, *value;
    ngx_http_compile_complex_value_t    ccv;

    if (alcf->auth != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {

        if (cf->args->nelts > 2) {
            return "takes no parameters with \"off\"";
        }

        alcf->auth = 0;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[1].data, "keys") == 0) {
        return "\"keys\" is not supported by this build";
    }

    if (value[1].data[0] != '$') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"agent_auth\", it must be "
                           "\"off\" or a variable", &value[1]);
        return NGX_CONF_ERROR;
    }

    alcf->auth_consumer = ngx_palloc(cf->pool,
                                     2 * sizeof(ngx_http_complex_value_t));
    if (alcf->auth_consumer == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[1];
    ccv.complex_value = alcf->auth_consumer;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    alcf->auth = 1;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (value[2].len < sizeof("team=$") - 1
        || ngx_strncmp(value[2].data, "team=$", sizeof("team=$") - 1) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"agent_auth\", it "
                           "must be \"team=$variable\"", &value[2]);
        return NGX_CONF_ERROR;
    }

    team.data = value[2].data + sizeof("team=") - 1;
    team.len = value[2].len - (sizeof("team=") - 1);

    alcf->auth_team = alcf->auth_consumer + 1;

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &team;
    ccv.complex_value = alcf->auth_team;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_agent_conf_check(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf)
{
    ngx_uint_t                   i, dynamic;
    ngx_http_agent_loc_conf_t  **locations;

    dynamic = 0;
    locations = amcf->locations.elts;

    for (i = 0; i < amcf->locations.nelts; i++) {

        if (ngx_http_agent_conf_check_location(cf, amcf, locations[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (locations[i]->agent_name.len == 0) {
            dynamic = 1;
        }
    }

    if (dynamic) {
        return ngx_http_agent_registry_require_all(cf, amcf);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_conf_check_location(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_loc_conf_t *alcf)
{
    if (alcf->auth == NGX_CONF_UNSET) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "agent \"%V\" has no \"agent_auth\": whoever reaches it "
                      "can spend money; write \"agent_auth off\" if that is "
                      "meant, in %s:%ui", &alcf->agent_text, alcf->file,
                      alcf->line);
        alcf->auth = 0;
    }

    if (alcf->route_name.len) {

        alcf->route = ngx_http_agent_route_find(amcf, &alcf->route_name);

        if (alcf->route == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "unknown route \"%V\" in \"agent_route_default\" "
                          "for agent \"%V\" in %s:%ui", &alcf->route_name,
                          &alcf->agent_text, alcf->file, alcf->line);
            return NGX_ERROR;
        }
    }

    if (alcf->agent_name.len == 0) {
        return NGX_OK;
    }

    if (ngx_http_agent_registry_require(cf, amcf, alcf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_agent_conf_check_route(cf, amcf, alcf);
}


/* the route that the agent will take exists */

static ngx_int_t
ngx_http_agent_conf_check_route(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_loc_conf_t *alcf)
{
    ngx_int_t              rc;
    ngx_str_t              route;
    ngx_http_agent_def_t  *def;

    def = ngx_http_agent_registry_draft(amcf, &alcf->agent_name);
    if (def == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_OK;
    route = ngx_http_agent_str(def->spec->route);

    if (route.len == 0 && alcf->route == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "agent \"%V\" names no \"route\" and there is no "
                      "\"agent_route_default\" in %s:%ui",
                      &alcf->agent_text, alcf->file, alcf->line);
        rc = NGX_ERROR;

    } else if (route.len && ngx_http_agent_route_find(amcf, &route) == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "agent \"%V\": agent.json: \"/route\": unknown route "
                      "\"%V\" in %s:%ui",
                      &alcf->agent_text, &route, alcf->file, alcf->line);
        rc = NGX_ERROR;
    }

    ngx_http_agent_def_release(def);

    return rc;
}


char *
ngx_http_agent_conf_key(ngx_conf_t *cf, const ngx_http_agent_key_t *keys,
    const char *where, void *block)
{
    char                        *rv;
    ngx_str_t                   *value;
    ngx_uint_t                   n;
    const ngx_http_agent_key_t  *key;

    value = cf->args->elts;
    n = cf->args->nelts - 1;

    for (key = keys; key->name.len; key++) {

        if (key->name.len != value[0].len
            || ngx_memcmp(key->name.data, value[0].data, value[0].len) != 0)
        {
            continue;
        }

        if (key->handler == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" in \"%s\" is not supported by this "
                               "build", &value[0], where);
            return NGX_CONF_ERROR;
        }

        if (n < key->min || n > key->max) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid number of values of \"%V\" in \"%s\"",
                               &value[0], where);
            return NGX_CONF_ERROR;
        }

        rv = key->handler(cf, block, (char *) block + key->offset);

        if (rv == NGX_CONF_OK || rv == NGX_CONF_ERROR) {
            return rv;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" in \"%s\" %s",
                           &value[0], where, rv);

        return NGX_CONF_ERROR;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "unknown key \"%V\" in \"%s\"",
                       &value[0], where);

    return NGX_CONF_ERROR;
}


char *
ngx_http_agent_conf_msec(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_msec_t  *msec = dst;

    ngx_int_t   parsed;
    ngx_str_t  *value;

    if (*msec != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    value = cf->args->elts;
    parsed = ngx_parse_time(&value[1], 0);

    if (parsed == NGX_ERROR || parsed == 0) {
        return "must be a time greater than zero, as \"250ms\" or \"20s\"";
    }

    *msec = (ngx_msec_t) parsed;

    return NGX_CONF_OK;
}


char *
ngx_http_agent_conf_num(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_uint_t  *num = dst;

    ngx_int_t   parsed;
    ngx_str_t  *value;

    if (*num != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    parsed = ngx_atoi(value[1].data, value[1].len);

    if (parsed == NGX_ERROR || parsed == 0) {
        return "must be a number greater than zero";
    }

    *num = (ngx_uint_t) parsed;

    return NGX_CONF_OK;
}
