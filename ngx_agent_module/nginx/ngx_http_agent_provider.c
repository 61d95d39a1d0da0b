
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The block of "agent_provider".  What can be checked line by line is checked
 * while it is read; what needs the whole configuration (upstream blocks, the
 * resolver, clashes between providers) waits for provider_init(), whose
 * messages then name the block's own place.
 */


#include "ngx_http_agent.h"

#include "agt_provider.h"


#define NGX_HTTP_AGENT_CONNECT_TIMEOUT     2000
#define NGX_HTTP_AGENT_FIRST_BYTE_TIMEOUT  30000
#define NGX_HTTP_AGENT_IDLE_TIMEOUT        15000

/* an hour is beyond any answer that is worth waiting for; what nginx's own
   upstream timeouts are set to is beyond that, so that ours always bite */

#define NGX_HTTP_AGENT_TIMEOUT_MAX         (60 * 60 * 1000)
#define NGX_HTTP_AGENT_TIMEOUT_WIDE        (2 * NGX_HTTP_AGENT_TIMEOUT_MAX)

/* idle connections of a worker at one provider; sockets are a shared good */

#define NGX_HTTP_AGENT_KEEPALIVE_MAX       10000

/* a head with its usual fields, and a small answer behind it, in one read */

#define NGX_HTTP_AGENT_BUFFER_SIZE         8192


static ngx_int_t ngx_http_agent_provider_create(ngx_conf_t *cf,
    ngx_http_agent_provider_t **providerp);
static char *ngx_http_agent_provider_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf);
static char *ngx_http_agent_provider_done(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider);
static char *ngx_http_agent_provider_dialect(ngx_conf_t *cf, void *block,
    void *dst);
static void ngx_http_agent_provider_dialects(u_char *buf, u_char *last);
static char *ngx_http_agent_provider_header(ngx_conf_t *cf, void *block,
    void *dst);
static char *ngx_http_agent_provider_keepalive(ngx_conf_t *cf, void *block,
    void *dst);
static char *ngx_http_agent_provider_timeout(ngx_conf_t *cf, void *block,
    void *dst);
static char *ngx_http_agent_provider_bind(ngx_conf_t *cf, void *block,
    void *dst);
static char *ngx_http_agent_provider_flag(ngx_conf_t *cf, void *block,
    void *dst);
static char *ngx_http_agent_provider_path(ngx_conf_t *cf, void *block,
    void *dst);
static void ngx_http_agent_provider_upstream(
    ngx_http_agent_provider_t *provider);
static u_char *ngx_http_agent_provider_log(ngx_log_t *log, u_char *buf,
    size_t len);


static const ngx_http_agent_key_t  ngx_http_agent_provider_keys[] = {

    { ngx_string("dialect"), 1, 1, ngx_http_agent_provider_dialect, 0 },
    { ngx_string("pass"), 1, 1, ngx_http_agent_pass_key, 0 },
    { ngx_string("host"), 1, 1, ngx_http_agent_host_key, 0 },
    { ngx_string("api_key"), 1, 1, ngx_http_agent_secret_key, 0 },
    { ngx_string("header"), 2, 2, ngx_http_agent_provider_header, 0 },
    { ngx_string("model"), 1, 16, ngx_http_agent_model_key, 0 },
    { ngx_string("labels"), 1, 32, ngx_http_agent_labels_key, 0 },

    { ngx_string("connect_timeout"), 1, 1, ngx_http_agent_provider_timeout,
      offsetof(ngx_http_agent_provider_t, connect_timeout) },

    { ngx_string("first_byte_timeout"), 1, 1, ngx_http_agent_provider_timeout,
      offsetof(ngx_http_agent_provider_t, first_byte_timeout) },

    { ngx_string("idle_timeout"), 1, 1, ngx_http_agent_provider_timeout,
      offsetof(ngx_http_agent_provider_t, idle_timeout) },

    { ngx_string("keepalive"), 1, 1, ngx_http_agent_provider_keepalive,
      offsetof(ngx_http_agent_provider_t, keepalive) },

    { ngx_string("max_concurrency"), 1, 1, ngx_http_agent_conf_num,
      offsetof(ngx_http_agent_provider_t, max_concurrency) },

    { ngx_string("bind"), 1, 1, ngx_http_agent_provider_bind, 0 },

    { ngx_string("ssl_verify"), 1, 1, ngx_http_agent_provider_flag,
      offsetof(ngx_http_agent_provider_t, tls.verify) },

    { ngx_string("ssl_trusted_certificate"), 1, 1,
      ngx_http_agent_provider_path,
      offsetof(ngx_http_agent_provider_t, tls.trusted) },

    { ngx_string("ssl_certificate"), 1, 1, ngx_http_agent_provider_path,
      offsetof(ngx_http_agent_provider_t, tls.certificate) },

    { ngx_string("ssl_certificate_key"), 1, 1, ngx_http_agent_provider_path,
      offsetof(ngx_http_agent_provider_t, tls.certificate_key) },

    { ngx_null_string, 0, 0, NULL, 0 }
};


/* all that a build may have, for the message on one that it has not */

static const char  *ngx_http_agent_dialects[] = {
    "openai", "responses", "anthropic", "gemini", "perplexity", "azure",
    "ollama", NULL
};


char *
ngx_http_agent_provider_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_agent_main_conf_t  *amcf = conf;

    char                        *rv;
    ngx_str_t                   *value;
    ngx_conf_t                   save;
    ngx_http_agent_provider_t   *provider, **providerp;

    value = cf->args->elts;

    if (!agt_name_valid(ngx_http_agent_agt(value[1]))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid provider name \"%V\": it must match "
                           "[a-z0-9][a-z0-9_-]{0,62}", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_agent_provider_find(amcf, &value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate provider \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    if (amcf->providers.nelts == NGX_HTTP_AGENT_PROVIDERS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "too many providers, there may be %d",
                           NGX_HTTP_AGENT_PROVIDERS_MAX);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_agent_provider_create(cf, &provider) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    save = *cf;
    cf->handler = ngx_http_agent_provider_line;
    cf->handler_conf = (char *) provider;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rv = ngx_http_agent_provider_done(cf, provider);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    providerp = ngx_array_push(&amcf->providers);
    if (providerp == NULL) {
        return NGX_CONF_ERROR;
    }

    *providerp = provider;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_agent_provider_create(ngx_conf_t *cf,
    ngx_http_agent_provider_t **providerp)
{
    ngx_str_t                  *value;
    ngx_http_agent_provider_t  *provider;

    provider = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_provider_t));
    if (provider == NULL) {
        return NGX_ERROR;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     provider->codec = NULL;
     *     provider->pass = { 0, NULL };
     *     provider->host = { 0, NULL };
     *     provider->key = { 0, NULL };
     *     provider->tls.trusted = { 0, NULL };
     *     provider->tls.certificate = { 0, NULL };
     *     provider->tls.certificate_key = { 0, NULL };
     *     provider->peer = NULL;
     *     provider->ssl = 0;
     */

    value = cf->args->elts;

    provider->name = value[1];
    ngx_str_set(&provider->fields, "");
    provider->connect_timeout = NGX_CONF_UNSET_MSEC;
    provider->first_byte_timeout = NGX_CONF_UNSET_MSEC;
    provider->idle_timeout = NGX_CONF_UNSET_MSEC;
    provider->keepalive = NGX_CONF_UNSET_UINT;
    provider->max_concurrency = NGX_CONF_UNSET_UINT;
    provider->tls.verify = NGX_CONF_UNSET;
    provider->upstream.local = NGX_CONF_UNSET_PTR;
    provider->file = cf->conf_file->file.name.data;
    provider->line = cf->conf_file->line;

    if (ngx_array_init(&provider->models, cf->pool, 4, sizeof(void *))
        != NGX_OK
        || ngx_array_init(&provider->labels, cf->pool, 2, sizeof(ngx_keyval_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    *providerp = provider;

    return NGX_OK;
}


static char *
ngx_http_agent_provider_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    /* keys and models may stand in a file of their own */

    if (cf->args->nelts == 2 && ngx_strcmp(value[0].data, "include") == 0) {
        return ngx_conf_include(cf, dummy, conf);
    }

    return ngx_http_agent_conf_key(cf, ngx_http_agent_provider_keys,
                                   "agent_provider", conf);
}


/* what the block must have, what goes together, and defaults */

static char *
ngx_http_agent_provider_done(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider)
{
    const char            *missing, *stray;
    ngx_http_agent_tls_t  *tls;

    missing = provider->codec == NULL ? "dialect"
              : provider->pass.data == NULL ? "pass"
              : provider->models.nelts == 0 ? "model"
              : NULL;

    if (missing) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no \"%s\" in agent_provider \"%V\" in %s:%ui",
                      missing, &provider->name, provider->file,
                      provider->line);
        return NGX_CONF_ERROR;
    }

    tls = &provider->tls;

    stray = tls->verify != NGX_CONF_UNSET ? "ssl_verify"
            : tls->trusted.data ? "ssl_trusted_certificate"
            : tls->certificate.data ? "ssl_certificate"
            : tls->certificate_key.data ? "ssl_certificate_key"
            : NULL;

    if (stray && !provider->ssl) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%s\" without \"https://\" in \"pass\" of "
                      "agent_provider \"%V\" in %s:%ui",
                      stray, &provider->name, provider->file, provider->line);
        return NGX_CONF_ERROR;
    }

    if ((tls->certificate.data == NULL) != (tls->certificate_key.data == NULL))
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"ssl_certificate\" and \"ssl_certificate_key\" go "
                      "together in agent_provider \"%V\" in %s:%ui",
                      &provider->name, provider->file, provider->line);
        return NGX_CONF_ERROR;
    }

    ngx_conf_init_msec_value(provider->connect_timeout,
                             NGX_HTTP_AGENT_CONNECT_TIMEOUT);
    ngx_conf_init_msec_value(provider->first_byte_timeout,
                             NGX_HTTP_AGENT_FIRST_BYTE_TIMEOUT);
    ngx_conf_init_msec_value(provider->idle_timeout,
                             NGX_HTTP_AGENT_IDLE_TIMEOUT);
    ngx_conf_init_uint_value(provider->max_concurrency, 0);
    ngx_conf_init_value(tls->verify, 1);
    ngx_conf_init_ptr_value(provider->upstream.local, NULL);

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_provider_dialect(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_http_agent_provider_t  *provider = block;

    u_char       buf[128];
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (provider->codec) {
        return "is duplicate";
    }

    value = cf->args->elts;

    provider->codec = agt_codec_find(ngx_http_agent_agt(value[1]));

    if (provider->codec) {
        return NGX_CONF_OK;
    }

    ngx_http_agent_provider_dialects(buf, buf + sizeof(buf));

    for (i = 0; ngx_http_agent_dialects[i]; i++) {
        if (ngx_strcmp(value[1].data, ngx_http_agent_dialects[i]) == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "dialect \"%V\" is not supported by this "
                               "build, it has: %s", &value[1], buf);
            return NGX_CONF_ERROR;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown dialect \"%V\", this build has: %s",
                       &value[1], buf);

    return NGX_CONF_ERROR;
}


/* those of this build, as "openai, azure" */

static void
ngx_http_agent_provider_dialects(u_char *buf, u_char *last)
{
    u_char      *p;
    ngx_uint_t   i;

    p = buf;

    for (i = 0; ngx_http_agent_dialects[i]; i++) {
        if (agt_codec_find(agt_str_from(ngx_http_agent_dialects[i]))) {
            p = ngx_slprintf(p, last - 1, "%s%s", p == buf ? "" : ", ",
                             ngx_http_agent_dialects[i]);
        }
    }

    *p = '\0';
}


static char *
ngx_http_agent_provider_header(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_http_agent_provider_t  *provider = block;

    u_char      *p;
    size_t       len;
    ngx_str_t   *value;
    const char  *reason;

    value = cf->args->elts;

    if (agt_field_check(ngx_http_agent_agt(value[1]),
                        ngx_http_agent_agt(value[2]), &reason)
        != AGT_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"header\" \"%V\" %s",
                           &value[1], reason);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_script_variables_count(&value[2])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"header\" \"%V\" cannot have variables",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    if (value[1].len == sizeof("User-Agent") - 1
        && ngx_strncasecmp(value[1].data, (u_char *) "User-Agent",
                           sizeof("User-Agent") - 1)
           == 0)
    {
        provider->user_agent = 1;
    }

    len = provider->fields.len + value[1].len + value[2].len
          + sizeof(": " CRLF) - 1;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_sprintf(p, "%V%V: %V" CRLF, &provider->fields, &value[1], &value[2]);

    provider->fields.data = p;
    provider->fields.len = len;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_provider_keepalive(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_uint_t  *keepalive = dst;

    ngx_int_t   n;
    ngx_str_t  *value;

    if (*keepalive != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;
    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n > NGX_HTTP_AGENT_KEEPALIVE_MAX) {
        return "must be a number from 0 to 10000";
    }

    *keepalive = n;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_provider_timeout(ngx_conf_t *cf, void *block, void *dst)
{
    char        *rv;
    ngx_msec_t  *timeout = dst;

    rv = ngx_http_agent_conf_msec(cf, block, dst);

    if (rv == NGX_CONF_OK && *timeout > NGX_HTTP_AGENT_TIMEOUT_MAX) {
        return "must not be longer than 1h";
    }

    return rv;
}


static char *
ngx_http_agent_provider_bind(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_http_agent_provider_t  *provider = block;

    ngx_int_t                   rc;
    ngx_str_t                  *value;
    ngx_http_upstream_local_t  *local;

    if (provider->upstream.local != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    local = ngx_pcalloc(cf->pool, sizeof(ngx_http_upstream_local_t));
    if (local == NULL) {
        return NGX_CONF_ERROR;
    }

    local->addr = ngx_pcalloc(cf->pool, sizeof(ngx_addr_t));
    if (local->addr == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = ngx_parse_addr_port(cf->pool, local->addr, value[1].data,
                             value[1].len);

    if (rc == NGX_DECLINED) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"bind\" must be an address of this machine, "
                           "not \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (rc != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    local->addr->name = value[1];
    provider->upstream.local = local;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_provider_flag(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_flag_t  *flag = dst;

    ngx_str_t  *value;

    if (*flag != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "on") == 0) {
        *flag = 1;

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        *flag = 0;

    } else {
        return "must be \"on\" or \"off\"";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_provider_path(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_str_t  *path = dst;

    ngx_str_t  *value;

    if (path->data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "must name a file";
    }

    *path = value[1];

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_agent_provider_init(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf)
{
    ngx_log_t                   *log, place;
    ngx_int_t                    rc;
    ngx_uint_t                   i;
    ngx_http_agent_provider_t  **providers;

    rc = NGX_OK;
    log = cf->log;
    providers = amcf->providers.elts;

    /* nginx's own messages, as those on certificates, get the place too */

    place = *log;
    place.handler = ngx_http_agent_provider_log;
    cf->log = &place;

    for (i = 0; rc == NGX_OK && i < amcf->providers.nelts; i++) {

        place.data = providers[i];

        ngx_http_agent_provider_upstream(providers[i]);

        rc = ngx_http_agent_pass_create(cf, amcf, providers[i]);
    }

    /* after all of them: providers of one upstream block are compared by what
       was written */

    for (i = 0; rc == NGX_OK && i < amcf->providers.nelts; i++) {

        place.data = providers[i];

        if (providers[i]->ssl) {
            rc = ngx_http_agent_tls_create(cf, amcf, providers[i]);
        }

        if (rc == NGX_OK) {
            rc = ngx_http_agent_secret_create(cf, providers[i]);
        }
    }

    cf->log = log;

    return rc;
}


/* how nginx's upstream code serves attempts: it moves bytes, we decide */

static void
ngx_http_agent_provider_upstream(ngx_http_agent_provider_t *provider)
{
    ngx_http_upstream_conf_t  *conf;

    /*
     * set by ngx_pcalloc():
     *
     *     conf->buffering = 0;
     *     conf->pass_request_headers = 0;
     *     conf->pass_request_body = 0;
     *     conf->intercept_errors = 0;
     *     conf->hide_headers_hash = { NULL, 0 };
     *     conf->store = 0;
     */

    conf = &provider->upstream;

    conf->connect_timeout = NGX_HTTP_AGENT_TIMEOUT_WIDE;
    conf->send_timeout = NGX_HTTP_AGENT_TIMEOUT_WIDE;
    conf->read_timeout = NGX_HTTP_AGENT_TIMEOUT_WIDE;
    conf->buffer_size = NGX_HTTP_AGENT_BUFFER_SIZE;

    /*
     * An address that does not connect is no attempt that failed: the next
     * one is tried.  "error" alone means only that, since nginx takes no
     * request twice that has been sent and is not idempotent; all other
     * retries are the run's.
     */

    conf->next_upstream = NGX_CONF_BITMASK_SET|NGX_HTTP_UPSTREAM_FT_ERROR;
    conf->ignore_headers = NGX_CONF_BITMASK_SET;
    conf->ignore_client_abort = 1;

    /* a model may think for minutes without a byte: NATs forget silence */

    conf->socket_keepalive = 1;

    ngx_str_set(&conf->module, "agent");
}


static u_char *
ngx_http_agent_provider_log(ngx_log_t *log, u_char *buf, size_t len)
{
    ngx_http_agent_provider_t  *provider = log->data;

    return ngx_snprintf(buf, len, " in agent_provider \"%V\" in %s:%ui",
                        &provider->name, provider->file, provider->line);
}


ngx_http_agent_provider_t *
ngx_http_agent_provider_find(ngx_http_agent_main_conf_t *amcf, ngx_str_t *name)
{
    ngx_uint_t                   i;
    ngx_http_agent_provider_t  **providers;

    providers = amcf->providers.elts;

    for (i = 0; i < amcf->providers.nelts; i++) {
        if (providers[i]->name.len == name->len
            && ngx_memcmp(providers[i]->name.data, name->data, name->len) == 0)
        {
            return providers[i];
        }
    }

    return NULL;
}
