
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Where a provider is: "pass" and "host".  A pass names an upstream block, or
 * else a host, an address or a socket, which get a peer layer of ours.  Which
 * of the two is known when all of nginx.conf was read: blocks may come later.
 */


#include "ngx_http_agent.h"


#define NGX_HTTP_AGENT_KEEPALIVE  32


static ngx_uint_t ngx_http_agent_pass_secret(ngx_str_t *url);
static ngx_int_t ngx_http_agent_pass_scheme(
    ngx_http_agent_provider_t *provider, ngx_str_t *value);
static char *ngx_http_agent_pass_base(ngx_http_agent_provider_t *provider);
static ngx_int_t ngx_http_agent_pass_host(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider);
static void ngx_http_agent_pass_tls_name(ngx_http_agent_provider_t *provider);
static ngx_http_upstream_srv_conf_t *ngx_http_agent_pass_block(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider);
static ngx_int_t ngx_http_agent_pass_use_block(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_provider_t *provider,
    ngx_http_upstream_srv_conf_t *uscf);
static ngx_int_t ngx_http_agent_pass_use_host(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider);
static ngx_uint_t ngx_http_agent_pass_host_valid(ngx_str_t *host);
static ngx_uint_t ngx_http_agent_pass_same(ngx_http_agent_provider_t *a,
    ngx_http_agent_provider_t *b);
static ngx_uint_t ngx_http_agent_pass_same_str(ngx_str_t *a, ngx_str_t *b);


char *
ngx_http_agent_pass_key(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_http_agent_provider_t  *provider = block;

    char       *err;
    ngx_str_t  *value;
    ngx_url_t  *url;

    if (provider->pass.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    provider->pass = value[1];

    if (ngx_http_script_variables_count(&value[1])) {
        return "cannot have variables: no request may name a provider";
    }

    url = &provider->url;

    if (ngx_http_agent_pass_scheme(provider, &value[1]) != NGX_OK) {
        return "must begin with \"http://\", \"https://\" or \"unix:\", or "
               "name an upstream block";
    }

    if (ngx_http_agent_pass_secret(&url->url)) {
        return "takes no user, password or query: a key belongs into "
               "\"api_key\"";
    }

    url->default_port = provider->ssl ? 443 : 80;
    url->uri_part = 1;
    url->no_resolve = 1;

    err = NULL;

    if (ngx_parse_url(cf->pool, url) != NGX_OK) {
        err = url->err ? url->err : "no memory";

    } else if (url->family != AF_UNIX
               && !ngx_http_agent_pass_host_valid(&url->host))
    {
        err = "invalid host";

    } else {
        err = ngx_http_agent_pass_base(provider);
    }

    if (err) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in \"pass\" \"%V\"",
                           err, &value[1]);
        return NGX_CONF_ERROR;
    }

    /* names are fully qualified here anyway, and no certificate has the dot */

    if (url->family != AF_UNIX && url->host.len > 1
        && url->host.data[url->host.len - 1] == '.')
    {
        url->host.len--;
    }

    return NGX_CONF_OK;
}


/* takes the scheme off; without one there must be a socket, or a bare name */

static ngx_int_t
ngx_http_agent_pass_scheme(ngx_http_agent_provider_t *provider,
    ngx_str_t *value)
{
    size_t     skip;
    ngx_str_t  url;

    url = *value;
    skip = 0;
    provider->scheme = 1;

    if (url.len > 7 && ngx_strncasecmp(url.data, (u_char *) "http://", 7) == 0)
    {
        skip = 7;

    } else if (url.len > 8
               && ngx_strncasecmp(url.data, (u_char *) "https://", 8) == 0)
    {
        skip = 8;
        provider->ssl = 1;

    } else if (url.len <= 5
               || ngx_strncasecmp(url.data, (u_char *) "unix:", 5) != 0)
    {
        provider->scheme = 0;

        if (url.len == 0 || ngx_strlchr(url.data, url.data + url.len, ':')) {
            return NGX_DECLINED;
        }
    }

    provider->url.url.data = url.data + skip;
    provider->url.url.len = url.len - skip;

    return NGX_OK;
}


/* where others have their keys; what is there is not repeated */

static ngx_uint_t
ngx_http_agent_pass_secret(ngx_str_t *url)
{
    u_char  *p, *end;

    end = url->data + url->len;

    if (ngx_strlchr(url->data, end, '?')) {
        return 1;
    }

    p = ngx_strlchr(url->data, end, '/');

    return ngx_strlchr(url->data, p ? p : end, '@') != NULL;
}


/* the path that the codec's own is added to, without a slash at its end */

static char *
ngx_http_agent_pass_base(ngx_http_agent_provider_t *provider)
{
    u_char     *p;
    ngx_str_t   base;

    base = provider->url.uri;

    if (base.len == 0) {
        return NULL;
    }

    if (base.data[0] != '/') {
        return "invalid path";
    }

    for (p = base.data; p < base.data + base.len; p++) {
        if (*p <= 0x20 || *p >= 0x7f || *p == '?' || *p == '#' || *p == '"'
            || *p == '\\')
        {
            return "invalid path";
        }
    }

    while (base.len && base.data[base.len - 1] == '/') {
        base.len--;
    }

    provider->base = base;

    return NULL;
}


char *
ngx_http_agent_host_key(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_http_agent_provider_t  *provider = block;

    u_char     *p, *last;
    ngx_str_t  *value, host;

    if (provider->host.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    host = value[1];
    last = host.data + host.len;

    /* the port is cut off for the check; an address in brackets has colons */

    p = host.len && host.data[0] == '[' ? ngx_strlchr(host.data, last, ']')
                                        : host.data;
    p = p ? ngx_strlchr(p, last, ':') : NULL;

    if (p) {
        host.len = p - host.data;

        if (ngx_atoi(p + 1, last - p - 1) < 1
            || ngx_atoi(p + 1, last - p - 1) > 65535)
        {
            return "has an invalid port";
        }
    }

    if (!ngx_http_agent_pass_host_valid(&host)) {
        return "must be a host name, with a port where it is not the default";
    }

    provider->host = value[1];

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_agent_pass_create(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider)
{
    ngx_http_upstream_srv_conf_t  *uscf;

    if (ngx_http_agent_pass_host(cf, provider) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_agent_pass_tls_name(provider);

    uscf = ngx_http_agent_pass_block(cf, provider);

    if (uscf) {
        return ngx_http_agent_pass_use_block(cf, amcf, provider, uscf);
    }

    return ngx_http_agent_pass_use_host(cf, provider);
}


/* the Host field, where it was not given: as RFC 9110, section 7.2, has it */

static ngx_int_t
ngx_http_agent_pass_host(ngx_conf_t *cf, ngx_http_agent_provider_t *provider)
{
    ngx_url_t  *url;

    url = &provider->url;

    if (provider->host.data) {
        return NGX_OK;
    }

    if (url->family == AF_UNIX) {
        ngx_str_set(&provider->host, "localhost");
        return NGX_OK;
    }

    if (url->no_port || url->port == url->default_port) {
        provider->host = url->host;
        return NGX_OK;
    }

    provider->host.data = ngx_pnalloc(cf->pool,
                                      url->host.len + sizeof(":65535") - 1);
    if (provider->host.data == NULL) {
        return NGX_ERROR;
    }

    provider->host.len = ngx_sprintf(provider->host.data, "%V:%ui",
                                     &url->host, (ngx_uint_t) url->port)
                         - provider->host.data;

    return NGX_OK;
}


static void
ngx_http_agent_pass_tls_name(ngx_http_agent_provider_t *provider)
{
    u_char     *p, *last;
    ngx_str_t   host;

    host = provider->host;
    last = host.data + host.len;

    p = host.data[0] == '[' ? ngx_strlchr(host.data, last, ']') : host.data;
    p = p ? ngx_strlchr(p, last, ':') : NULL;

    if (p) {
        host.len = p - host.data;
    }

    provider->tls_name = host;
}


static ngx_http_upstream_srv_conf_t *
ngx_http_agent_pass_block(ngx_conf_t *cf, ngx_http_agent_provider_t *provider)
{
    ngx_str_t                       *host;
    ngx_uint_t                       i;
    ngx_http_upstream_srv_conf_t   **uscfp;
    ngx_http_upstream_main_conf_t   *umcf;

    if (provider->url.family == AF_UNIX) {
        return NULL;
    }

    host = &provider->url.host;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {

        /* others were made by some proxy_pass, and are no blocks */

        if (!(uscfp[i]->flags & NGX_HTTP_UPSTREAM_CREATE)) {
            continue;
        }

        if (uscfp[i]->host.len == host->len
            && ngx_strncasecmp(uscfp[i]->host.data, host->data, host->len) == 0)
        {
            return uscfp[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_agent_pass_use_block(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider, ngx_http_upstream_srv_conf_t *uscf)
{
    ngx_uint_t                   i;
    ngx_http_agent_provider_t  **providers;

    if (!provider->url.no_port) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "upstream \"%V\" may not have a port in \"pass\"",
                      &uscf->host);
        return NGX_ERROR;
    }

    if (provider->keepalive != NGX_CONF_UNSET_UINT && provider->keepalive) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"keepalive\" belongs in upstream \"%V\"",
                      &uscf->host);
        return NGX_ERROR;
    }

    /* whether connections are kept is the block's decision */

    ngx_conf_init_uint_value(provider->keepalive, NGX_HTTP_AGENT_KEEPALIVE);

    provider->upstream.upstream = uscf;

    /*
     * The block's own pool of connections is keyed by address alone: one that
     * was opened in the clear, or to another name, or verified otherwise,
     * would serve both.
     */

    providers = amcf->providers.elts;

    for (i = 0; providers[i] != provider; i++) {

        if (providers[i]->upstream.upstream == uscf
            && !ngx_http_agent_pass_same(provider, providers[i]))
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "upstream \"%V\" is used with another host or other "
                          "TLS settings by agent_provider \"%V\"",
                          &uscf->host, &providers[i]->name);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_pass_use_host(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider)
{
    ngx_url_t  *url;

    url = &provider->url;

    if (!provider->scheme) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"pass\" must begin with \"http://\", \"https://\" or "
                      "\"unix:\", or name an upstream block, and there is no "
                      "upstream \"%V\"", &url->host);
        return NGX_ERROR;
    }

    /* a plain word is more often a block that was misspelled than a host */

    if (url->naddrs == 0 && url->no_port
        && ngx_strlchr(url->host.data, url->host.data + url->host.len, '.')
           == NULL
        && (url->host.len != sizeof("localhost") - 1
            || ngx_strncasecmp(url->host.data, (u_char *) "localhost",
                               sizeof("localhost") - 1)
               != 0))
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no upstream \"%V\" for \"pass\"; if it is a host, "
                      "write its port too", &url->host);
        return NGX_ERROR;
    }

    ngx_conf_init_uint_value(provider->keepalive, NGX_HTTP_AGENT_KEEPALIVE);

    return ngx_http_agent_peer_create(cf, provider, url);
}


/* a name or an address; RFC 1035's limits, and "_" as found in the wild */

static ngx_uint_t
ngx_http_agent_pass_host_valid(ngx_str_t *host)
{
    u_char  *p, c;

    if (host->len == 0 || host->len > 253
        || (host->data[0] == '[') != (host->data[host->len - 1] == ']'))
    {
        return 0;
    }

    for (p = host->data; p < host->data + host->len; p++) {

        c = *p | 0x20;

        if ((c >= 'a' && c <= 'z') || (*p >= '0' && *p <= '9')
            || *p == '-' || *p == '.' || *p == '_')
        {
            continue;
        }

        if (host->data[0] == '[' && (*p == '[' || *p == ']' || *p == ':')) {
            continue;
        }

        return 0;
    }

    return 1;
}


static ngx_uint_t
ngx_http_agent_pass_same(ngx_http_agent_provider_t *a,
    ngx_http_agent_provider_t *b)
{
    return a->ssl == b->ssl
           && ngx_http_agent_pass_same_str(&a->host, &b->host)
           && a->tls.verify == b->tls.verify
           && ngx_http_agent_pass_same_str(&a->tls.trusted, &b->tls.trusted)
           && ngx_http_agent_pass_same_str(&a->tls.certificate,
                                           &b->tls.certificate)
           && ngx_http_agent_pass_same_str(&a->tls.certificate_key,
                                           &b->tls.certificate_key);
}


static ngx_uint_t
ngx_http_agent_pass_same_str(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len
           && (a->len == 0 || ngx_memcmp(a->data, b->data, a->len) == 0);
}
