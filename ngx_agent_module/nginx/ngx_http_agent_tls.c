
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * TLS to a provider: certificates are verified against the system's bundle
 * unless the configuration says otherwise, and nothing older than TLS 1.2 is
 * spoken.  nginx's upstream code makes the handshake and checks its outcome
 * before the first byte of a request; here is what it does that with.
 */


#include "ngx_http_agent.h"


/* as nginx's default would be 1; public chains end at a depth of 2 or 3 */

#define NGX_HTTP_AGENT_TLS_DEPTH  4


static ngx_int_t ngx_http_agent_tls_name(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider);
static ngx_int_t ngx_http_agent_tls_context(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider);
static ngx_int_t ngx_http_agent_tls_trust(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_provider_t *provider);
static ngx_int_t ngx_http_agent_tls_bundle(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider);
static ngx_int_t ngx_http_agent_tls_share(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider);


/* Debian and Alpine, Red Hat, BSD; after them what OpenSSL was built with */

static const char  *ngx_http_agent_tls_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    NULL
};


ngx_int_t
ngx_http_agent_tls_create(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider)
{
    ngx_http_agent_tls_t      *tls;
    ngx_http_upstream_conf_t  *conf;

    tls = &provider->tls;
    conf = &provider->upstream;

    if (ngx_http_agent_tls_name(cf, provider) != NGX_OK
        || ngx_http_agent_tls_context(cf, provider) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (tls->certificate.data
        && ngx_ssl_certificate(cf, conf->ssl, &tls->certificate,
                               &tls->certificate_key, NULL)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (tls->verify) {
        if (ngx_http_agent_tls_trust(cf, amcf, provider) != NGX_OK) {
            return NGX_ERROR;
        }

    } else {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"ssl_verify off\": whoever answers at the provider's "
                      "address gets its key");
    }

    /* nginx's own log lives as long as the context, cf->log does not */

    conf->ssl->log = &cf->cycle->new_log;

    conf->ssl_verify = tls->verify;
    conf->ssl_server_name = 1;
    conf->ssl_session_reuse = 1;
    conf->ssl_name = &tls->name;

    return NGX_OK;
}


/* a constant for code that evaluates a complex value */

static ngx_int_t
ngx_http_agent_tls_name(ngx_conf_t *cf, ngx_http_agent_provider_t *provider)
{
    if (provider->tls.verify && provider->tls_name.data[0] == '[') {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "a certificate can't be verified for %V: write \"host\" "
                      "with the name that it is for", &provider->tls_name);
        return NGX_ERROR;
    }

    provider->tls.name.value = provider->tls_name;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_tls_context(ngx_conf_t *cf, ngx_http_agent_provider_t *provider)
{
    ngx_ssl_t           *ssl;
    ngx_pool_cleanup_t  *cln;

    ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    ssl->log = cf->log;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    if (ngx_ssl_create(ssl, NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = ssl;

    if (ngx_ssl_client_session_cache(cf, ssl, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    provider->upstream.ssl = ssl;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_tls_trust(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider)
{
    ngx_ssl_t  *ssl;

    ssl = provider->upstream.ssl;

    if (provider->tls.trusted.len == 0
        && ngx_http_agent_tls_bundle(cf, provider) != NGX_OK)
    {
        return NGX_ERROR;
    }

    SSL_CTX_set_verify_depth(ssl->ctx, NGX_HTTP_AGENT_TLS_DEPTH);

    /* a bundle of the system is a megabyte in memory, and 20 ms to read */

    if (ngx_http_agent_tls_share(amcf, provider) == NGX_OK) {
        return NGX_OK;
    }

    return ngx_ssl_trusted_certificate(cf, ssl, &provider->tls.trusted,
                                       NGX_HTTP_AGENT_TLS_DEPTH);
}


static ngx_int_t
ngx_http_agent_tls_bundle(ngx_conf_t *cf, ngx_http_agent_provider_t *provider)
{
    ngx_uint_t        i;
    const char       *path;
    ngx_file_info_t   fi;

    for (i = 0; /* void */; i++) {

        path = ngx_http_agent_tls_bundles[i];

        if (path == NULL) {
            path = X509_get_default_cert_file();
        }

        if (ngx_file_info(path, &fi) != NGX_FILE_ERROR && ngx_is_file(&fi)
            && ngx_file_size(&fi) > 0)
        {
            break;
        }

        if (ngx_http_agent_tls_bundles[i] == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "the system has no bundle of CA certificates: "
                          "install one (ca-certificates), or write "
                          "\"ssl_trusted_certificate\"");
            return NGX_ERROR;
        }
    }

    provider->tls.trusted.data = (u_char *) path;
    provider->tls.trusted.len = ngx_strlen(path);

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_tls_share(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider)
{
    ngx_str_t                   *path;
    X509_STORE                  *store;
    ngx_uint_t                   i;
    ngx_http_agent_provider_t  **providers;

    path = &provider->tls.trusted;
    providers = amcf->providers.elts;

    for (i = 0; providers[i] != provider; i++) {

        if (!providers[i]->ssl || !providers[i]->tls.verify
            || providers[i]->tls.trusted.len != path->len
            || ngx_memcmp(providers[i]->tls.trusted.data, path->data, path->len)
               != 0)
        {
            continue;
        }

        store = SSL_CTX_get_cert_store(providers[i]->upstream.ssl->ctx);

        if (X509_STORE_up_ref(store) != 1) {
            return NGX_DECLINED;
        }

        SSL_CTX_set_cert_store(provider->upstream.ssl->ctx, store);

        return NGX_OK;
    }

    return NGX_DECLINED;
}
