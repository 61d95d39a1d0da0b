
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Addresses of a provider's name, in each worker, in the background.  nginx's
 * resolver is asked when the worker starts, and again when the answer's time
 * to live is over; requests never wait for it, but for those that come before
 * the first answer.  An answer replaces the addresses; a failure leaves them
 * as they are, however old, and is tried again with growing pauses.
 *
 * One resolution is under way at a time: peer->ctx.  Its end, the next one's
 * timer and the waiters are all in ngx_http_agent_resolve_done().  Timer and
 * resolution are cancelable, so they keep no worker from leaving.
 */


#include "ngx_http_agent.h"

#include "agt_provider.h"


/* where the http block's resolver_timeout is longer: its default is 30 s, and
   the next try asks another name server */

#define NGX_HTTP_AGENT_RESOLVE_TIMEOUT  5000

/* pauses after failures, in ms: the first, the longest */

#define NGX_HTTP_AGENT_RESOLVE_PAUSE    1000
#define NGX_HTTP_AGENT_RESOLVE_PAUSES   30000

/* bounds of a time to live, in seconds */

#define NGX_HTTP_AGENT_RESOLVE_MIN      1
#define NGX_HTTP_AGENT_RESOLVE_MAX      86400

/* an answer over TCP may have thousands; more than these serve no one */

#define NGX_HTTP_AGENT_RESOLVE_ADDRS    64

#define NGX_HTTP_AGENT_RESOLV_CONF      "/etc/resolv.conf"
#define NGX_HTTP_AGENT_RESOLV_SIZE      65536

/* as many as the C library asks */

#define NGX_HTTP_AGENT_RESOLV_SERVERS   3


static ngx_resolver_t *ngx_http_agent_resolve_system(ngx_conf_t *cf,
    ngx_http_agent_peer_t *peer);
static ngx_int_t ngx_http_agent_resolve_conf(ngx_conf_t *cf,
    ngx_str_t *servers, ngx_uint_t *n);
static ngx_int_t ngx_http_agent_resolve_server(ngx_conf_t *cf,
    agt_str_t server, ngx_str_t *name);
static void ngx_http_agent_resolve_timer(ngx_event_t *ev);
static void ngx_http_agent_resolve_handler(ngx_resolver_ctx_t *ctx);
static void ngx_http_agent_resolve_done(ngx_http_agent_peer_t *peer,
    ngx_int_t state, ngx_msec_t next);
static ngx_int_t ngx_http_agent_resolve_accept(ngx_http_agent_peer_t *peer,
    ngx_resolver_ctx_t *ctx);
static ngx_uint_t ngx_http_agent_resolve_routable(struct sockaddr *sockaddr,
    socklen_t socklen);
static ngx_uint_t ngx_http_agent_resolve_usable(ngx_http_agent_peer_t *peer,
    struct sockaddr *sockaddr);
static void ngx_http_agent_resolve_replace(ngx_http_agent_peer_t *peer,
    ngx_http_agent_addr_t *addrs, ngx_uint_t n);
static void ngx_http_agent_resolve_log(ngx_http_agent_peer_t *peer,
    ngx_int_t state);


ngx_int_t
ngx_http_agent_resolve_create(ngx_conf_t *cf, ngx_http_agent_peer_t *peer)
{
    u_char                    *p;
    ngx_resolver_t            *resolver;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    resolver = clcf->resolver;

    /* without the directive the http block has one that asks nobody */

    if (resolver == NULL || resolver->connections.nelts == 0) {
        resolver = ngx_http_agent_resolve_system(cf, peer);
    }

    if (resolver == NULL) {
        return NGX_ERROR;
    }

    /* the resolver writes into names: it wants them in lower case */

    p = ngx_pstrdup(cf->pool, &peer->name);
    if (p == NULL) {
        return NGX_ERROR;
    }

    peer->name.data = p;
    peer->resolver = resolver;

    peer->timeout = NGX_HTTP_AGENT_RESOLVE_TIMEOUT;

    if (clcf->resolver_timeout != NGX_CONF_UNSET_MSEC
        && clcf->resolver_timeout < peer->timeout)
    {
        peer->timeout = clcf->resolver_timeout;
    }

    return NGX_OK;
}


/* one for all providers, of the name servers that the system itself asks */

static ngx_resolver_t *
ngx_http_agent_resolve_system(ngx_conf_t *cf, ngx_http_agent_peer_t *peer)
{
    ngx_str_t                    servers[NGX_HTTP_AGENT_RESOLV_SERVERS];
    ngx_uint_t                   n;
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_agent_module);

    if (amcf->resolver) {
        return amcf->resolver;
    }

    if (ngx_http_agent_resolve_conf(cf, servers, &n) != NGX_OK) {
        return NULL;
    }

    if (n == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no name server is known to resolve \"%V\": write "
                      "\"resolver ADDRESS;\"", &peer->name);
        return NULL;
    }

    amcf->resolver = ngx_resolver_create(cf, servers, n);

    return amcf->resolver;
}


static ngx_int_t
ngx_http_agent_resolve_conf(ngx_conf_t *cf, ngx_str_t *servers, ngx_uint_t *n)
{
    u_char     *buf;
    ssize_t     size;
    ngx_fd_t    fd;
    agt_str_t   rest, server;

    *n = 0;

    fd = ngx_open_file((u_char *) NGX_HTTP_AGENT_RESOLV_CONF,
                       NGX_FILE_RDONLY|NGX_FILE_NONBLOCK, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return NGX_OK;
    }

    buf = ngx_palloc(cf->pool, NGX_HTTP_AGENT_RESOLV_SIZE);
    if (buf == NULL) {
        (void) ngx_close_file(fd);
        return NGX_ERROR;
    }

    size = ngx_read_fd(fd, buf, NGX_HTTP_AGENT_RESOLV_SIZE);

    (void) ngx_close_file(fd);

    rest = agt_str_make((char *) buf, size > 0 ? size : 0);

    while (*n < NGX_HTTP_AGENT_RESOLV_SERVERS
           && agt_resolv_next(&rest, &server) == AGT_OK)
    {
        switch (ngx_http_agent_resolve_server(cf, server, &servers[*n])) {

        case NGX_OK:
            (*n)++;
            break;

        case NGX_DECLINED:
            break;

        default:
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * In the notation of "resolver".  What is no plain address (as one with a
 * scope, "fe80::1%eth0") is passed over: nginx can't ask it.
 */

static ngx_int_t
ngx_http_agent_resolve_server(ngx_conf_t *cf, agt_str_t server,
    ngx_str_t *name)
{
    u_char      *p;
    ngx_int_t    rc;
    ngx_addr_t   addr;

    rc = ngx_parse_addr(cf->pool, &addr, (u_char *) server.data, server.len);

    if (rc != NGX_OK) {
        return rc;
    }

    p = ngx_pnalloc(cf->pool, server.len + sizeof("[]"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    name->data = p;
    name->len = ngx_sprintf(p, addr.sockaddr->sa_family == AF_INET
                               ? "%*s%Z" : "[%*s]%Z",
                            server.len, server.data)
                - p - 1;

    return NGX_OK;
}


/* asks now; nothing where an answer is awaited already */

void
ngx_http_agent_resolve_start(ngx_http_agent_peer_t *peer)
{
    ngx_resolver_ctx_t  *ctx;

    if (peer->ctx || peer->resolver == NULL) {
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "agent resolve start: \"%V\" \"%V\"",
                   &peer->provider->name, &peer->name);

    peer->timer.handler = ngx_http_agent_resolve_timer;
    peer->timer.data = peer;
    peer->timer.log = ngx_cycle->log;
    peer->timer.cancelable = 1;

    ctx = ngx_resolve_start(peer->resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        ngx_http_agent_resolve_done(peer, NGX_ERROR, 0);
        return;
    }

    ctx->name = peer->name;
    ctx->handler = ngx_http_agent_resolve_handler;
    ctx->data = peer;
    ctx->timeout = peer->timeout;
    ctx->cancelable = 1;

    /* the handler may be called before this returns, and forgets ctx then */

    peer->ctx = ctx;

    if (ngx_resolve_name(ctx) != NGX_OK) {
        peer->ctx = NULL;
        ngx_http_agent_resolve_done(peer, NGX_ERROR, 0);
    }
}


void
ngx_http_agent_resolve_stop(ngx_http_agent_peer_t *peer)
{
    if (peer->ctx) {
        ngx_resolve_name_done(peer->ctx);
        peer->ctx = NULL;
    }

    if (peer->timer.timer_set) {
        ngx_del_timer(&peer->timer);
    }

    /* fixed addresses are the pool's */

    if (peer->resolver && peer->addrs) {
        ngx_free(peer->addrs);
        peer->addrs = NULL;
        peer->naddrs = 0;
    }
}


static void
ngx_http_agent_resolve_timer(ngx_event_t *ev)
{
    ngx_http_agent_peer_t  *peer;

    peer = ev->data;

    ngx_log_debug1(NGX_LOG_DEBUG_CORE, ev->log, 0,
                   "agent resolve timer: \"%V\"", &peer->name);

    ngx_http_agent_resolve_start(peer);
}


static void
ngx_http_agent_resolve_handler(ngx_resolver_ctx_t *ctx)
{
    time_t                  ttl;
    ngx_int_t               state;
    ngx_http_agent_peer_t  *peer;

    peer = ctx->data;
    state = ctx->state;
    ttl = ctx->valid - ngx_time();

    ngx_log_debug4(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "agent resolve handler: \"%V\" s:%i n:%ui ttl:%T",
                   &peer->name, state, ctx->naddrs, ttl);

    if (state == NGX_OK && ngx_http_agent_resolve_accept(peer, ctx) != NGX_OK) {
        state = NGX_ERROR;
    }

    peer->ctx = NULL;
    ngx_resolve_name_done(ctx);

    /* the resolver's own cache answers up to the last second of its time */

    ttl = ngx_max(ttl + 1, NGX_HTTP_AGENT_RESOLVE_MIN);
    ttl = ngx_min(ttl, NGX_HTTP_AGENT_RESOLVE_MAX);

    ngx_http_agent_resolve_done(peer, state, (ngx_msec_t) ttl * 1000);
}


static void
ngx_http_agent_resolve_done(ngx_http_agent_peer_t *peer, ngx_int_t state,
    ngx_msec_t next)
{
    ngx_queue_t                   *q;
    ngx_http_agent_peer_waiter_t  *waiter;

    ngx_http_agent_resolve_log(peer, state);

    if (state == NGX_OK) {
        peer->backoff = 0;

    } else {
        peer->backoff = peer->backoff ? peer->backoff * 2
                                      : NGX_HTTP_AGENT_RESOLVE_PAUSE;
        peer->backoff = ngx_min(peer->backoff, NGX_HTTP_AGENT_RESOLVE_PAUSES);

        next = peer->backoff;
    }

    peer->resolved = 1;

    ngx_add_timer(&peer->timer, next);

    while (!ngx_queue_empty(&peer->waiters)) {

        q = ngx_queue_head(&peer->waiters);
        waiter = ngx_queue_data(q, ngx_http_agent_peer_waiter_t, queue);

        ngx_http_agent_peer_forget(waiter);

        waiter->handler(waiter->data);
    }
}


static ngx_int_t
ngx_http_agent_resolve_accept(ngx_http_agent_peer_t *peer,
    ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t              i, n;
    struct sockaddr        *sockaddr;
    ngx_http_agent_addr_t  *addrs, *old;

    n = ngx_min(ctx->naddrs, NGX_HTTP_AGENT_RESOLVE_ADDRS);

    addrs = ngx_alloc(n * sizeof(ngx_http_agent_addr_t), ngx_cycle->log);
    if (addrs == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = 0; i < ctx->naddrs && n < NGX_HTTP_AGENT_RESOLVE_ADDRS; i++) {

        sockaddr = ctx->addrs[i].sockaddr;

        if (!ngx_http_agent_resolve_usable(peer, sockaddr)) {
            continue;
        }

        ngx_http_agent_addr_set(&addrs[n], sockaddr, ctx->addrs[i].socklen,
                                peer->port);

        /* what is known of an address outlives the answer it came in */

        old = ngx_http_agent_peer_addr(peer, &addrs[n].sockaddr.sockaddr,
                                       addrs[n].socklen);
        if (old) {
            addrs[n].fails = old->fails;
            addrs[n].skip = old->skip;
        }

        addrs[n].unroutable =
            !ngx_http_agent_resolve_routable(&addrs[n].sockaddr.sockaddr,
                                             addrs[n].socklen);
        n++;
    }

    if (n == 0) {
        ngx_free(addrs);
        return NGX_ERROR;
    }

    ngx_http_agent_resolve_replace(peer, addrs, n);

    return NGX_OK;
}


/* "bind" leaves addresses of its own family alone */

static ngx_uint_t
ngx_http_agent_resolve_usable(ngx_http_agent_peer_t *peer,
    struct sockaddr *sockaddr)
{
    ngx_http_upstream_local_t  *local;

    local = peer->provider->upstream.local;

    return local == NULL
           || local->addr->sockaddr->sa_family == sockaddr->sa_family;
}


/*
 * Whether there is a route, as RFC 6724 (section 6, rule 1) wants to know: a
 * datagram socket is connected without a packet.  Many hosts get IPv6
 * addresses from DNS and have no way to use them.
 */

static ngx_uint_t
ngx_http_agent_resolve_routable(struct sockaddr *sockaddr, socklen_t socklen)
{
    int           rc;
    ngx_err_t     err;
    ngx_socket_t  s;

    s = ngx_socket(sockaddr->sa_family, SOCK_DGRAM, 0);

    if (s == (ngx_socket_t) -1) {
        return ngx_socket_errno != EAFNOSUPPORT;
    }

    rc = connect(s, sockaddr, socklen);
    err = ngx_socket_errno;

    (void) ngx_close_socket(s);

    return rc == 0
           || (err != NGX_ENETUNREACH && err != NGX_EHOSTUNREACH
               && err != EADDRNOTAVAIL);
}


static void
ngx_http_agent_resolve_replace(ngx_http_agent_peer_t *peer,
    ngx_http_agent_addr_t *addrs, ngx_uint_t n)
{
    ngx_http_agent_addr_t  *old;

    old = peer->addrs;

    peer->addrs = addrs;
    peer->naddrs = n;

    ngx_http_agent_peer_close_idle(peer, 0);

    if (old) {
        ngx_free(old);
    }
}


/* once for each change: a name server may be down for days */

static void
ngx_http_agent_resolve_log(ngx_http_agent_peer_t *peer, ngx_int_t state)
{
    if (state == peer->state) {
        return;
    }

    peer->state = state;

    if (state == NGX_OK) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "agent provider \"%V\": \"%V\" is resolved again",
                      &peer->provider->name, &peer->name);
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "agent provider \"%V\": \"%V\" could not be resolved "
                  "(%i: %s), %ui known addresses stay in use",
                  &peer->provider->name, &peer->name, state,
                  state == NGX_ERROR ? "no usable address or no memory"
                                     : ngx_resolver_strerror(state),
                  peer->naddrs);
}
