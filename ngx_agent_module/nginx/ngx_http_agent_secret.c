
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A provider's key, and the part of each request's head that never changes
 * between requests: Host, the dialect's fields (which hold the key), those of
 * "header", and the module's own.
 *
 * A key from a file is read again when the file changes.  Key and head then
 * get a block of memory of their own, which replaces the last one at once; who
 * composes a request copies the head, so no reference outlives an event.  A
 * changed file must be still for one turn of the timer before it is read:
 * half a key is no key.  A file that can't be read leaves the key as it was.
 *
 * The key stands in no message of any level.
 */


#include "ngx_http_agent.h"

#include "agt_provider.h"


#define NGX_HTTP_AGENT_SECRET_INTERVAL  1000

/* room for the dialect's names and marks around the key, and for ours */

#define NGX_HTTP_AGENT_SECRET_HEAD      1024

/* a key with the ends of lines that editors leave behind it */

#define NGX_HTTP_AGENT_SECRET_FILE      (AGT_PROVIDER_SECRET_MAX + 16)


/* what tells that a file is not the one that was read */

typedef struct {
    ngx_file_uniq_t   uniq;
    off_t             size;
    time_t            mtime;
    time_t            ctime;
    long              nsec;
} ngx_http_agent_secret_print_t;


struct ngx_http_agent_secret_s {
    ngx_http_agent_secret_print_t   seen;       /* of the file that was read */
    ngx_http_agent_secret_print_t   pending;    /* of one that changed */
    u_char                         *block;      /* key and head; NULL: the
                                                   configuration's own */
    size_t                          size;
    unsigned                        changed:1;  /* pending is one */
    unsigned                        failed:1;   /* was logged */
};


static char *ngx_http_agent_secret_env(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider, ngx_str_t *name);
static ngx_int_t ngx_http_agent_secret_keep_env(ngx_conf_t *cf,
    ngx_str_t *name);
static char *ngx_http_agent_secret_path(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider, ngx_str_t *path);
static ngx_int_t ngx_http_agent_secret_read(ngx_str_t *path, u_char *buf,
    ngx_str_t *key, ngx_http_agent_secret_print_t *print, const char **reason);
static void ngx_http_agent_secret_print(ngx_http_agent_secret_print_t *print,
    ngx_file_info_t *fi);
static size_t ngx_http_agent_secret_size(ngx_http_agent_provider_t *provider,
    ngx_str_t *key);
static ngx_int_t ngx_http_agent_secret_compose(
    ngx_http_agent_provider_t *provider, ngx_str_t *key, u_char *block,
    size_t size);
static void ngx_http_agent_secret_cleanup(void *data);
static void ngx_http_agent_secret_warn(ngx_cycle_t *cycle,
    ngx_http_agent_provider_t *provider);
static void ngx_http_agent_secret_handler(ngx_event_t *ev);
static void ngx_http_agent_secret_check(ngx_http_agent_provider_t *provider);
static void ngx_http_agent_secret_reload(ngx_http_agent_provider_t *provider);
static void ngx_http_agent_secret_failed(ngx_http_agent_provider_t *provider,
    ngx_err_t err, const char *reason);


static ngx_event_t       ngx_http_agent_secret_event;
static ngx_connection_t  ngx_http_agent_secret_dumb;


/* api_key env:NAME | file:PATH | ""; */

char *
ngx_http_agent_secret_key(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_http_agent_provider_t  *provider = block;

    ngx_str_t  *value, rest;

    if (provider->key_set) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "several \"api_key\" are not supported by this "
                           "build");
        return NGX_CONF_ERROR;
    }

    provider->key_set = 1;

    value = cf->args->elts;

    if (value[1].len == 0) {
        return NGX_CONF_OK;
    }

    if (value[1].len > 4 && ngx_strncmp(value[1].data, "env:", 4) == 0) {
        rest.data = value[1].data + 4;
        rest.len = value[1].len - 4;

        return ngx_http_agent_secret_env(cf, provider, &rest);
    }

    if (value[1].len > 5 && ngx_strncmp(value[1].data, "file:", 5) == 0) {
        rest.data = value[1].data + 5;
        rest.len = value[1].len - 5;

        return ngx_http_agent_secret_path(cf, provider, &rest);
    }

    /* whatever this is, it may be a key: it is not repeated */

    return "must be \"env:NAME\", \"file:PATH\" or \"\": a key does not "
           "belong in the configuration itself";
}


static char *
ngx_http_agent_secret_env(ngx_conf_t *cf, ngx_http_agent_provider_t *provider,
    ngx_str_t *name)
{
    char        *env;
    u_char      *p;
    agt_str_t    key;
    const char  *reason;

    for (p = name->data; p < name->data + name->len; p++) {
        if (*p == '=' || *p <= 0x20 || *p >= 0x7f) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid name of an environment variable in "
                               "\"api_key\"");
            return NGX_CONF_ERROR;
        }
    }

    /* words of the configuration end with a zero */

    env = getenv((char *) name->data);

    if (env == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "environment variable \"%V\" of \"api_key\" is not "
                           "set", name);
        return NGX_CONF_ERROR;
    }

    if (agt_provider_secret(agt_str_from(env), &key, &reason) != AGT_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "environment variable \"%V\" of \"api_key\" %s",
                           name, reason);
        return NGX_CONF_ERROR;
    }

    provider->key.len = key.len;
    provider->key.data = ngx_pnalloc(cf->pool, key.len);
    if (provider->key.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(provider->key.data, key.data, key.len);

    if (ngx_http_agent_secret_keep_env(cf, name) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* as "env NAME;" would: a binary upgrade starts with listed variables alone */

static ngx_int_t
ngx_http_agent_secret_keep_env(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_str_t        *var;
    ngx_uint_t        i;
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);
    var = ccf->env.elts;

    for (i = 0; i < ccf->env.nelts; i++) {
        if (var[i].len == name->len
            && ngx_strncmp(var[i].data, name->data, name->len) == 0)
        {
            return NGX_OK;
        }
    }

    var = ngx_array_push(&ccf->env);
    if (var == NULL) {
        return NGX_ERROR;
    }

    *var = *name;

    return NGX_OK;
}


static char *
ngx_http_agent_secret_path(ngx_conf_t *cf, ngx_http_agent_provider_t *provider,
    ngx_str_t *path)
{
    u_char                    buf[NGX_HTTP_AGENT_SECRET_FILE];
    ngx_str_t                 key;
    const char               *reason;
    ngx_pool_cleanup_t       *cln;
    ngx_http_agent_secret_t  *secret;

    provider->key_file = *path;

    if (ngx_conf_full_name(cf->cycle, &provider->key_file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_http_agent_secret_t));
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    secret = cln->data;
    ngx_memzero(secret, sizeof(ngx_http_agent_secret_t));

    cln->handler = ngx_http_agent_secret_cleanup;
    provider->secret = secret;

    if (ngx_http_agent_secret_read(&provider->key_file, buf, &key,
                                   &secret->seen, &reason)
        != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, reason ? 0 : ngx_errno,
                           "file \"%V\" of \"api_key\" %s",
                           &provider->key_file,
                           reason ? reason : "can't be read");
        return NGX_CONF_ERROR;
    }

    provider->key.len = key.len;
    provider->key.data = ngx_pnalloc(cf->pool, key.len);
    if (provider->key.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(provider->key.data, key.data, key.len);
    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
}


/* key points into buf; reason is NULL where ngx_errno tells what went wrong */

static ngx_int_t
ngx_http_agent_secret_read(ngx_str_t *path, u_char *buf, ngx_str_t *key,
    ngx_http_agent_secret_print_t *print, const char **reason)
{
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_err_t        err;
    agt_str_t        text;
    ngx_file_info_t  fi;

    *reason = NULL;

    /* without blocking: a pipe has no writer */

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    n = -1;

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR) {

        if (ngx_is_file(&fi)) {
            n = ngx_read_fd(fd, buf, NGX_HTTP_AGENT_SECRET_FILE);

        } else {
            *reason = "is not a regular file";
        }
    }

    err = ngx_errno;
    (void) ngx_close_file(fd);
    ngx_set_errno(err);

    if (n == -1) {
        return NGX_ERROR;
    }

    ngx_http_agent_secret_print(print, &fi);

    if (agt_provider_secret(agt_str_make((char *) buf, n), &text, reason)
        != AGT_OK)
    {
        return NGX_ERROR;
    }

    *key = ngx_http_agent_str(text);

    return NGX_OK;
}


static void
ngx_http_agent_secret_print(ngx_http_agent_secret_print_t *print,
    ngx_file_info_t *fi)
{
    /* prints are compared as memory */

    ngx_memzero(print, sizeof(ngx_http_agent_secret_print_t));

    print->uniq = ngx_file_uniq(fi);
    print->size = ngx_file_size(fi);
    print->mtime = ngx_file_mtime(fi);
    print->ctime = fi->st_ctime;

#if (NGX_LINUX)
    print->nsec = fi->st_mtim.tv_nsec;
#endif
}


ngx_int_t
ngx_http_agent_secret_create(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider)
{
    size_t      size;
    u_char     *block;
    ngx_str_t   key;

    key = provider->key;
    size = ngx_http_agent_secret_size(provider, &key);

    block = ngx_pnalloc(cf->pool, size);
    if (block == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_agent_secret_compose(provider, &key, block, size) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the request's head can't be composed");
        return NGX_ERROR;
    }

    if (key.len) {
        ngx_explicit_memzero(key.data, key.len);
    }

    return NGX_OK;
}


static size_t
ngx_http_agent_secret_size(ngx_http_agent_provider_t *provider, ngx_str_t *key)
{
    /* the key itself, and once in a field, with room for an encoding */

    return NGX_HTTP_AGENT_SECRET_HEAD + 3 * key->len + provider->host.len
           + provider->fields.len;
}


/* key and head of the provider are set to the block, on success alone */

static ngx_int_t
ngx_http_agent_secret_compose(ngx_http_agent_provider_t *provider,
    ngx_str_t *key, u_char *block, size_t size)
{
    u_char     *head;
    agt_buf_t   buf;

    head = block + key->len;

    if (key->len) {
        ngx_memcpy(block, key->data, key->len);
    }

    agt_buf_fixed(&buf, (char *) head, size - key->len);

    (void) agt_buf_text(&buf, "Host: ");
    (void) agt_buf_str(&buf, ngx_http_agent_agt(provider->host));
    (void) agt_buf_text(&buf, CRLF);

    if (provider->codec->headers(agt_str_make((char *) block, key->len), &buf)
        != AGT_OK)
    {
        return NGX_ERROR;
    }

    (void) agt_buf_str(&buf, ngx_http_agent_agt(provider->fields));

    if (!provider->user_agent) {
        (void) agt_buf_text(&buf, "User-Agent: nginx-agent" CRLF);
    }

    if (provider->keepalive == 0) {
        (void) agt_buf_text(&buf, "Connection: close" CRLF);
    }

    (void) agt_buf_text(&buf, "Content-Type: application/json" CRLF
                              "Accept: application/json" CRLF
                              "Accept-Encoding: identity" CRLF);

    if (buf.failed) {
        return NGX_ERROR;
    }

    provider->key.data = block;
    provider->key.len = key->len;
    provider->head.data = head;
    provider->head.len = buf.len;

    return NGX_OK;
}


static void
ngx_http_agent_secret_cleanup(void *data)
{
    ngx_http_agent_secret_t  *secret = data;

    if (secret->block) {
        ngx_explicit_memzero(secret->block, secret->size);
        ngx_free(secret->block);
        secret->block = NULL;
    }
}


ngx_int_t
ngx_http_agent_provider_init_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf)
{
    ngx_uint_t                   i, n;
    ngx_event_t                 *ev;
    ngx_http_agent_provider_t  **providers;

    n = 0;
    providers = amcf->providers.elts;

    for (i = 0; i < amcf->providers.nelts; i++) {
        if (providers[i]->secret) {
            ngx_http_agent_secret_warn(cycle, providers[i]);
            n++;
        }
    }

    if (n == 0) {
        return NGX_OK;
    }

    ngx_http_agent_secret_dumb.fd = (ngx_socket_t) -1;

    ev = &ngx_http_agent_secret_event;

    ev->handler = ngx_http_agent_secret_handler;
    ev->data = &ngx_http_agent_secret_dumb;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, NGX_HTTP_AGENT_SECRET_INTERVAL);

    return NGX_OK;
}


/* the master could read it; one worker says that it will not see changes */

static void
ngx_http_agent_secret_warn(ngx_cycle_t *cycle,
    ngx_http_agent_provider_t *provider)
{
    ngx_fd_t  fd;

    if (ngx_worker != 0) {
        return;
    }

    fd = ngx_open_file(provider->key_file.data,
                       NGX_FILE_RDONLY|NGX_FILE_NONBLOCK, NGX_FILE_OPEN, 0);

    if (fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(fd);
        return;
    }

    ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_errno,
                  "agent provider \"%V\": workers can't read \"%V\": a changed "
                  "key will need a reload", &provider->name,
                  &provider->key_file);
}


static void
ngx_http_agent_secret_handler(ngx_event_t *ev)
{
    ngx_uint_t                    i;
    ngx_http_agent_provider_t   **providers;
    ngx_http_agent_main_conf_t   *amcf;

    ngx_log_debug0(NGX_LOG_DEBUG_CORE, ev->log, 0, "agent secret timer");

    ev->log = ngx_cycle->log;

    amcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_agent_module);

    if (amcf) {
        providers = amcf->providers.elts;

        for (i = 0; i < amcf->providers.nelts; i++) {
            if (providers[i]->secret) {
                ngx_http_agent_secret_check(providers[i]);
            }
        }
    }

    ngx_add_timer(ev, NGX_HTTP_AGENT_SECRET_INTERVAL);
}


static void
ngx_http_agent_secret_check(ngx_http_agent_provider_t *provider)
{
    ngx_file_info_t                 fi;
    ngx_http_agent_secret_t        *secret;
    ngx_http_agent_secret_print_t   print;

    secret = provider->secret;

    if (ngx_file_info(provider->key_file.data, &fi) == NGX_FILE_ERROR) {
        ngx_http_agent_secret_failed(provider, ngx_errno, "can't be read");
        secret->changed = 0;
        return;
    }

    ngx_http_agent_secret_print(&print, &fi);

    if (ngx_memcmp(&print, &secret->seen, sizeof(print)) == 0) {
        secret->changed = 0;
        secret->failed = 0;
        return;
    }

    if (!secret->changed
        || ngx_memcmp(&print, &secret->pending, sizeof(print)) != 0)
    {
        secret->pending = print;
        secret->changed = 1;
        return;
    }

    ngx_http_agent_secret_reload(provider);
}


static void
ngx_http_agent_secret_reload(ngx_http_agent_provider_t *provider)
{
    size_t                          size;
    u_char                         *block, buf[NGX_HTTP_AGENT_SECRET_FILE];
    ngx_str_t                       key;
    const char                     *reason;
    ngx_http_agent_secret_t        *secret;
    ngx_http_agent_secret_print_t   print;

    secret = provider->secret;

    if (ngx_http_agent_secret_read(&provider->key_file, buf, &key, &print,
                                   &reason)
        != NGX_OK)
    {
        ngx_http_agent_secret_failed(provider, reason ? 0 : ngx_errno,
                                     reason ? reason : "can't be read");
        ngx_explicit_memzero(buf, sizeof(buf));
        return;
    }

    size = ngx_http_agent_secret_size(provider, &key);

    block = ngx_alloc(size, ngx_cycle->log);

    if (block == NULL
        || ngx_http_agent_secret_compose(provider, &key, block, size)
           != NGX_OK)
    {
        if (block) {
            ngx_free(block);
        }

        ngx_explicit_memzero(buf, sizeof(buf));
        ngx_http_agent_secret_failed(provider, 0, "can't be used: no memory");
        return;
    }

    ngx_explicit_memzero(buf, sizeof(buf));

    /* the last one, unless it is the configuration's */

    ngx_http_agent_secret_cleanup(secret);

    secret->block = block;
    secret->size = size;
    secret->seen = print;
    secret->changed = 0;
    secret->failed = 0;

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "agent provider \"%V\": key was read again from \"%V\"",
                  &provider->name, &provider->key_file);
}


/* once until it works again: the timer comes every second */

static void
ngx_http_agent_secret_failed(ngx_http_agent_provider_t *provider,
    ngx_err_t err, const char *reason)
{
    if (provider->secret->failed) {
        return;
    }

    provider->secret->failed = 1;

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, err,
                  "agent provider \"%V\": file \"%V\" of \"api_key\" %s, the "
                  "last key stays in use", &provider->name,
                  &provider->key_file, reason);
}
