
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "ngx_http_agent.h"


static ngx_array_t *ngx_http_agent_redact_array(ngx_conf_t *cf,
    ngx_array_t *credentials);
static ngx_int_t ngx_http_agent_redact_own(ngx_conf_t *cf,
    agt_regex_t *regex);
static void ngx_http_agent_redact_cleanup(void *data);


/* agent_redact name regex; */

char *
ngx_http_agent_redact_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_agent_loc_conf_t  *alcf = conf;

    int                          rc;
    agt_mem_t                    mem;
    agt_str_t                    empty = agt_null_string;
    ngx_str_t                   *value;
    agt_error_t                  err;
    agt_redact_rule_t           *rule, compiled;
    ngx_http_agent_main_conf_t  *amcf;

    value = cf->args->elts;

    if (!agt_name_valid(ngx_http_agent_agt(value[1]))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\" in \"agent_redact\": it must "
                           "match [a-z0-9][a-z0-9_-]{0,62}", &value[1]);
        return NGX_CONF_ERROR;
    }

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_agent_module);

    if (ngx_http_agent_redact_init(cf, amcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (alcf->redact == NGX_CONF_UNSET_PTR) {
        alcf->redact = ngx_http_agent_redact_array(cf, amcf->credentials);
        if (alcf->redact == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (alcf->redact->nelts == AGT_REDACT_RULES) {
        return "is given too often: a level takes "
               "no more than 58 expressions";
    }

    ngx_http_agent_mem(&mem, cf->pool);
    agt_error_init(&err);

    compiled.name = ngx_http_agent_agt(value[1]);
    compiled.needs = NULL;

    rc = agt_regex_compile(&compiled.regex, ngx_http_agent_agt(value[2]),
                           AGT_REGEX_PCRE, &mem, &err);

    if (rc != AGT_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in \"agent_redact %V %V\"",
                           err.set ? err.message : "no memory", &value[1],
                           &value[2]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_agent_redact_own(cf, compiled.regex) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (agt_regex_match(compiled.regex, empty, 0, NULL, NULL)
        != AGT_DECLINED)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"agent_redact %V %V\" matches the empty text",
                           &value[1], &value[2]);
        return NGX_CONF_ERROR;
    }

    rule = ngx_array_push(alcf->redact);
    if (rule == NULL) {
        return NGX_CONF_ERROR;
    }

    *rule = compiled;

    return NGX_CONF_OK;
}


/* a level's set begins with the credentials' rules: one set is all to match */

static ngx_array_t *
ngx_http_agent_redact_array(ngx_conf_t *cf, ngx_array_t *credentials)
{
    ngx_array_t        *rules;
    agt_redact_rule_t  *rule;

    rules = ngx_array_create(cf->pool, credentials->nelts + 4,
                             sizeof(agt_redact_rule_t));
    if (rules == NULL) {
        return NULL;
    }

    rule = ngx_array_push_n(rules, credentials->nelts);
    if (rule == NULL) {
        return NULL;
    }

    ngx_memcpy(rule, credentials->elts,
               credentials->nelts * sizeof(agt_redact_rule_t));

    return rules;
}


ngx_int_t
ngx_http_agent_redact_init(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf)
{
    agt_mem_t           mem;
    ngx_uint_t          i;
    ngx_array_t        *rules;
    agt_error_t         err;
    agt_redact_rule_t  *rule;

    if (amcf->credentials) {
        return NGX_OK;
    }

    rules = ngx_array_create(cf->pool, AGT_REDACT_CREDENTIALS,
                             sizeof(agt_redact_rule_t));
    if (rules == NULL) {
        return NGX_ERROR;
    }

    rule = ngx_array_push_n(rules, AGT_REDACT_CREDENTIALS);
    if (rule == NULL) {
        return NGX_ERROR;
    }

    ngx_http_agent_mem(&mem, cf->pool);
    agt_error_init(&err);

    if (agt_redact_credentials(rule, &amcf->names, &mem, &err) != AGT_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the expressions for credentials do not compile: "
                           "%s", err.set ? err.message : "no memory");
        return NGX_ERROR;
    }

    for (i = 0; i < AGT_REDACT_CREDENTIALS; i++) {
        if (ngx_http_agent_redact_own(cf, rule[i].regex) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_agent_redact_own(cf, amcf->names) != NGX_OK) {
        return NGX_ERROR;
    }

    amcf->credentials = rules;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_redact_own(ngx_conf_t *cf, agt_regex_t *regex)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        agt_regex_release(regex);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_agent_redact_cleanup;
    cln->data = regex;

    return NGX_OK;
}


static void
ngx_http_agent_redact_cleanup(void *data)
{
    agt_regex_release(data);
}


void
ngx_http_agent_redact_set(ngx_http_agent_run_t *run, agt_redact_t *set)
{
    ngx_array_t                 *rules;
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_http_get_module_main_conf(run->request, ngx_http_agent_module);

    rules = run->alcf->redact ? run->alcf->redact : amcf->credentials;

    set->rules = rules->elts;
    set->n = (uint32_t) rules->nelts;
    set->names = amcf->names;
}
