
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Peers: which address an attempt connects to, and the connections that are
 * kept between attempts.
 *
 * What belongs to a connection attempt is a copy of its address in the
 * request's pool: addresses may be replaced while it is under way.  An idle
 * connection belongs to an item of its provider's list; nginx closes it by its
 * handler when the worker leaves, exit_process() closes what is left.  An idle
 * connection on which anything arrives is closed, whatever it is: an answer
 * to nobody's question must never meet the next one.
 */


#include "ngx_http_agent.h"


/* servers close idle connections after a minute or more; the race with those
   that are faster is settled by the attempt's free retry */

#define NGX_HTTP_AGENT_PEER_IDLE      60000

/* old connections are closed for balance: they would stay at one address */

#define NGX_HTTP_AGENT_PEER_AGE       (60 * 60 * 1000)

/* addresses that one attempt may try to connect to */

#define NGX_HTTP_AGENT_PEER_TRIES     3

/* an address that did not connect is passed over, longer each time */

#define NGX_HTTP_AGENT_PEER_SKIP      5000
#define NGX_HTTP_AGENT_PEER_SKIP_MAX  60000


typedef struct {
    ngx_queue_t              queue;
    ngx_http_agent_peer_t   *peer;
    ngx_connection_t        *connection;
    ngx_http_agent_addr_t    addr;
} ngx_http_agent_idle_t;


typedef struct {
    ngx_http_agent_peer_t   *peer;
    ngx_http_request_t      *request;
    ngx_http_agent_addr_t    addr;
} ngx_http_agent_peer_data_t;


static ngx_int_t ngx_http_agent_peer_fixed(ngx_conf_t *cf,
    ngx_http_agent_peer_t *peer, ngx_url_t *url);
static void ngx_http_agent_peer_cleanup(void *data);
static ngx_int_t ngx_http_agent_peer_init(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us);
static ngx_int_t ngx_http_agent_peer_output(void *data, ngx_chain_t *in);
static ngx_int_t ngx_http_agent_peer_get(ngx_peer_connection_t *pc,
    void *data);
static ngx_uint_t ngx_http_agent_peer_reuse(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd);
static ngx_http_agent_addr_t *ngx_http_agent_peer_pick(
    ngx_http_agent_peer_t *peer);
static void ngx_http_agent_peer_use(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd, ngx_http_agent_addr_t *addr);
static void ngx_http_agent_peer_free(ngx_peer_connection_t *pc, void *data,
    ngx_uint_t state);
static void ngx_http_agent_peer_mark(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd, ngx_uint_t state);
static ngx_uint_t ngx_http_agent_peer_clean(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd, ngx_uint_t state);
static void ngx_http_agent_peer_keep(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd);
static void ngx_http_agent_idle_dummy(ngx_event_t *ev);
static void ngx_http_agent_idle_handler(ngx_event_t *ev);
static ngx_uint_t ngx_http_agent_idle_silent(ngx_connection_t *c);
static void ngx_http_agent_idle_close(ngx_http_agent_idle_t *item);
static void ngx_http_agent_idle_shutdown(ngx_connection_t *c);
static ngx_int_t ngx_http_agent_peer_set_session(ngx_peer_connection_t *pc,
    void *data);
static void ngx_http_agent_peer_save_session(ngx_peer_connection_t *pc,
    void *data);
static void ngx_http_agent_peer_drop_session(ngx_http_agent_peer_t *peer);


ngx_int_t
ngx_http_agent_peer_create(ngx_conf_t *cf, ngx_http_agent_provider_t *provider,
    ngx_url_t *url)
{
    ngx_uint_t              i;
    ngx_pool_cleanup_t     *cln;
    ngx_http_agent_peer_t  *peer;
    ngx_http_agent_idle_t  *items;

    peer = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_peer_t));
    if (peer == NULL) {
        return NGX_ERROR;
    }

    peer->provider = provider;
    peer->ident = -1;
    peer->name = url->host;
    peer->port = url->port;

    ngx_queue_init(&peer->waiters);
    ngx_queue_init(&peer->idle);
    ngx_queue_init(&peer->free);

    items = ngx_pcalloc(cf->pool,
                        provider->keepalive * sizeof(ngx_http_agent_idle_t));
    if (items == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < provider->keepalive; i++) {
        items[i].peer = peer;
        ngx_queue_insert_tail(&peer->free, &items[i].queue);
    }

    /* names the upstream in nginx's own messages and in no list of them */

    peer->uscf.host = url->host;
    peer->uscf.file_name = provider->file;
    peer->uscf.line = provider->line;
    peer->uscf.port = url->port;
    peer->uscf.peer.init = ngx_http_agent_peer_init;
    peer->uscf.peer.data = peer;

    provider->peer = peer;
    provider->upstream.upstream = &peer->uscf;

    if (ngx_http_agent_peer_fixed(cf, peer, url) != NGX_OK) {
        return NGX_ERROR;
    }

    /* cleanups run backwards: before that of the resolver, which may be new */

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_agent_peer_cleanup;
    cln->data = peer;

    return NGX_OK;
}


/*
 * Addresses that are known by what is written: of a socket, a literal, and of
 * "localhost", which by RFC 6761 (section 6.3) is asked of nobody.  A server
 * on this machine often listens on 127.0.0.1 alone, so there the order counts.
 */

static ngx_int_t
ngx_http_agent_peer_fixed(ngx_conf_t *cf, ngx_http_agent_peer_t *peer,
    ngx_url_t *url)
{
    ngx_uint_t           i, n;
    ngx_addr_t          *addrs;
    struct sockaddr_in   sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  sin6;
#endif

    n = url->naddrs;
    addrs = url->addrs;

    if (n == 0) {
        if (url->host.len != sizeof("localhost") - 1
            || ngx_strncasecmp(url->host.data, (u_char *) "localhost",
                               sizeof("localhost") - 1)
               != 0)
        {
            return ngx_http_agent_resolve_create(cf, peer);
        }

        n = 2;
    }

    peer->addrs = ngx_pcalloc(cf->pool, n * sizeof(ngx_http_agent_addr_t));
    if (peer->addrs == NULL) {
        return NGX_ERROR;
    }

    if (addrs) {

        for (i = 0; i < n; i++) {
            ngx_http_agent_addr_set(&peer->addrs[i], addrs[i].sockaddr,
                                    addrs[i].socklen, 0);
        }

        peer->naddrs = n;

        return NGX_OK;
    }

    peer->ordered = 1;

    ngx_memzero(&sin, sizeof(struct sockaddr_in));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    ngx_http_agent_addr_set(&peer->addrs[peer->naddrs++],
                            (struct sockaddr *) &sin, sizeof(sin), peer->port);

#if (NGX_HAVE_INET6)
    ngx_memzero(&sin6, sizeof(struct sockaddr_in6));
    sin6.sin6_family = AF_INET6;
    sin6.sin6_addr = in6addr_loopback;

    ngx_http_agent_addr_set(&peer->addrs[peer->naddrs++],
                            (struct sockaddr *) &sin6, sizeof(sin6),
                            peer->port);
#endif

    return NGX_OK;
}


void
ngx_http_agent_addr_set(ngx_http_agent_addr_t *addr, struct sockaddr *sockaddr,
    socklen_t socklen, in_port_t port)
{
    ngx_memzero(addr, sizeof(ngx_http_agent_addr_t));

    ngx_memcpy(&addr->sockaddr, sockaddr, socklen);
    addr->socklen = socklen;

    if (port) {
        ngx_inet_set_port(&addr->sockaddr.sockaddr, port);
    }

    addr->name.data = addr->text;
    addr->name.len = ngx_sock_ntop(&addr->sockaddr.sockaddr, socklen,
                                   addr->text, NGX_SOCKADDR_STRLEN, 1);
}


/* with the cycle's pool, when the worker exits */

static void
ngx_http_agent_peer_cleanup(void *data)
{
    ngx_http_agent_peer_t  *peer = data;

    ngx_http_agent_peer_close_idle(peer, 1);
    ngx_http_agent_peer_drop_session(peer);
    ngx_http_agent_resolve_stop(peer);
}


ngx_int_t
ngx_http_agent_peer_init_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf)
{
    ngx_uint_t                   i;
    ngx_http_agent_provider_t  **providers;

    providers = amcf->providers.elts;

    for (i = 0; i < amcf->providers.nelts; i++) {
        if (providers[i]->peer && providers[i]->peer->resolver) {
            ngx_http_agent_resolve_start(providers[i]->peer);
        }
    }

    return NGX_OK;
}


void
ngx_http_agent_peer_exit_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf)
{
    ngx_uint_t                   i;
    ngx_http_agent_provider_t  **providers;

    providers = amcf->providers.elts;

    for (i = 0; i < amcf->providers.nelts; i++) {
        if (providers[i]->peer) {
            ngx_http_agent_peer_close_idle(providers[i]->peer, 1);
        }
    }
}


ngx_int_t
ngx_http_agent_peer_ready(ngx_http_agent_provider_t *provider,
    ngx_http_agent_peer_waiter_t *waiter)
{
    ngx_http_agent_peer_t  *peer;

    peer = provider->peer;

    if (peer == NULL || peer->naddrs) {
        return NGX_OK;
    }

    if (peer->resolved) {
        return NGX_DECLINED;
    }

    waiter->waiting = 1;
    ngx_queue_insert_tail(&peer->waiters, &waiter->queue);

    return NGX_AGAIN;
}


void
ngx_http_agent_peer_forget(ngx_http_agent_peer_waiter_t *waiter)
{
    if (waiter->waiting) {
        waiter->waiting = 0;
        ngx_queue_remove(&waiter->queue);
    }
}


static ngx_int_t
ngx_http_agent_peer_init(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us)
{
    ngx_http_upstream_t         *u;
    ngx_http_agent_peer_data_t  *pd;

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "agent peer init");

    pd = ngx_palloc(r->pool, sizeof(ngx_http_agent_peer_data_t));
    if (pd == NULL) {
        return NGX_ERROR;
    }

    pd->peer = us->peer.data;
    pd->request = r;

    u = r->upstream;

    u->peer.data = pd;
    u->peer.get = ngx_http_agent_peer_get;
    u->peer.free = ngx_http_agent_peer_free;
    u->peer.set_session = ngx_http_agent_peer_set_session;
    u->peer.save_session = ngx_http_agent_peer_save_session;
    u->peer.tries = ngx_max(1, ngx_min(pd->peer->naddrs,
                                       NGX_HTTP_AGENT_PEER_TRIES));

    u->output.output_filter = ngx_http_agent_peer_output;
    u->output.filter_ctx = u;

    return NGX_OK;
}


/*
 * nginx's own last link of the output chain, on a connection that sends at
 * once: else the last segment of a request waits for what is before it to be
 * acknowledged.  nginx sees to that after TLS handshakes only.
 */

static ngx_int_t
ngx_http_agent_peer_output(void *data, ngx_chain_t *in)
{
    ngx_http_upstream_t  *u = data;

    ngx_connection_t  *c;

    c = u->peer.connection;

    if (c->tcp_nodelay == NGX_TCP_NODELAY_UNSET
        && ngx_tcp_nodelay(c) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chain_writer(&u->writer, in);
}


static ngx_int_t
ngx_http_agent_peer_get(ngx_peer_connection_t *pc, void *data)
{
    ngx_http_agent_peer_data_t  *pd = data;

    ngx_http_agent_addr_t     *addr;
    ngx_http_agent_peer_t     *peer;
    ngx_http_agent_attempt_t  *at;

    peer = pd->peer;
    at = ngx_http_get_module_ctx(pd->request, ngx_http_agent_filter_module);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, pc->log, 0,
                   "agent peer get: \"%V\" fresh:%d", &peer->provider->name,
                   at ? at->fresh : 0);

    pc->cached = 0;
    pc->connection = NULL;

    if ((at == NULL || !at->fresh) && ngx_http_agent_peer_reuse(pc, pd)) {
        return NGX_DONE;
    }

    addr = ngx_http_agent_peer_pick(peer);

    if (addr == NULL) {
        ngx_log_error(NGX_LOG_ERR, pc->log, 0,
                      "agent provider \"%V\": no address of \"%V\" is known",
                      &peer->provider->name, &peer->name);
        return NGX_DECLINED;
    }

    ngx_http_agent_peer_use(pc, pd, addr);

    return NGX_OK;
}


static ngx_uint_t
ngx_http_agent_peer_reuse(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd)
{
    ngx_queue_t            *q;
    ngx_connection_t       *c;
    ngx_http_agent_peer_t  *peer;
    ngx_http_agent_idle_t  *item;

    peer = pd->peer;

    for ( ;; ) {

        if (ngx_queue_empty(&peer->idle)) {
            return 0;
        }

        q = ngx_queue_head(&peer->idle);
        item = ngx_queue_data(q, ngx_http_agent_idle_t, queue);
        c = item->connection;

        /*
         * What came since the last turn of the event loop is not seen: to look
         * costs a system call for each request, and an answer that comes later
         * still would not be seen either.  A connection that is dead by now
         * costs no more than the free retry.
         */

        if (!c->read->ready) {
            break;
        }

        ngx_http_agent_idle_close(item);
    }

    ngx_queue_remove(q);
    ngx_queue_insert_head(&peer->free, q);

    c->idle = 0;
    c->sent = 0;
    c->data = NULL;
    c->log = pc->log;
    c->read->log = pc->log;
    c->write->log = pc->log;
    c->pool->log = pc->log;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, pc->log, 0,
                   "agent peer reuse: c:%p", c);

    ngx_http_agent_peer_use(pc, pd, &item->addr);

    pc->connection = c;
    pc->cached = 1;

    return 1;
}


static ngx_http_agent_addr_t *
ngx_http_agent_peer_pick(ngx_http_agent_peer_t *peer)
{
    ngx_uint_t              i, n, start, bad;
    ngx_http_agent_addr_t  *addr, *best;

    n = peer->naddrs;

    if (n == 0) {
        return NULL;
    }

    start = peer->ordered ? 0 : peer->next++ % n;

    best = NULL;
    bad = 3;

    /* of the least bad kind the next in turn: good, failed lately, no route */

    for (i = 0; i < n && bad; i++) {

        addr = &peer->addrs[(start + i) % n];

        if (addr->unroutable) {
            if (bad > 2) {
                best = addr;
                bad = 2;
            }

        } else if (addr->fails
                   && (ngx_msec_int_t) (addr->skip - ngx_current_msec) > 0)
        {
            if (bad > 1) {
                best = addr;
                bad = 1;
            }

        } else {
            best = addr;
            bad = 0;
        }
    }

    return best;
}


static void
ngx_http_agent_peer_use(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd, ngx_http_agent_addr_t *addr)
{
    pd->addr = *addr;
    pd->addr.name.data = pd->addr.text;

    pc->sockaddr = &pd->addr.sockaddr.sockaddr;
    pc->socklen = pd->addr.socklen;
    pc->name = &pd->addr.name;
}


static void
ngx_http_agent_peer_free(ngx_peer_connection_t *pc, void *data,
    ngx_uint_t state)
{
    ngx_http_agent_peer_data_t  *pd = data;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, pc->log, 0,
                   "agent peer free: \"%V\" s:%ui", &pd->peer->provider->name,
                   state);

    ngx_http_agent_peer_mark(pc, pd, state);

    if (pc->tries) {
        pc->tries--;
    }

    if (ngx_http_agent_peer_clean(pc, pd, state)) {
        ngx_http_agent_peer_keep(pc, pd);
    }
}


/*
 * An attempt that ended before its request was on the way did not connect,
 * unless it was called off before its time: then nothing is known.
 */

static void
ngx_http_agent_peer_mark(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd, ngx_uint_t state)
{
    ngx_uint_t                 shift;
    ngx_http_upstream_t       *u;
    ngx_http_agent_addr_t     *addr;
    ngx_http_agent_attempt_t  *at;

    u = pd->request->upstream;

    addr = ngx_http_agent_peer_addr(pd->peer, &pd->addr.sockaddr.sockaddr,
                                    pd->addr.socklen);

    if (u->request_sent) {

        if (addr) {
            addr->fails = 0;
        }

        return;
    }

    at = ngx_http_get_module_ctx(pd->request, ngx_http_agent_filter_module);

    if (!(state & NGX_PEER_FAILED)
        && (at == NULL || !at->timedout
            || ngx_current_msec - u->start_time
               < pd->peer->provider->connect_timeout))
    {
        return;
    }

    if (addr) {
        shift = ngx_min(addr->fails, 4);
        addr->fails++;
        addr->skip = ngx_current_msec
                     + ngx_min(NGX_HTTP_AGENT_PEER_SKIP << shift,
                               NGX_HTTP_AGENT_PEER_SKIP_MAX);
    }

    /*
     * A session remembers how the certificate was judged: kept, it would
     * repeat that after the server has got a better one.
     */

    if (pc->connection && pc->connection->ssl) {
        ngx_http_agent_peer_drop_session(pd->peer);
    }
}


/* whether the connection has nothing left of this request on it */

static ngx_uint_t
ngx_http_agent_peer_clean(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd, ngx_uint_t state)
{
    ngx_connection_t     *c;
    ngx_http_upstream_t  *u;

    c = pc->connection;
    u = pd->request->upstream;

    if ((state & NGX_PEER_FAILED)
        || c == NULL
        || c->read->eof
        || c->read->error
        || c->read->timedout
        || c->write->error
        || c->write->timedout)
    {
        return 0;
    }

    if (!u->keepalive || !u->request_body_sent || ngx_terminate || ngx_exiting)
    {
        return 0;
    }

    if (c->ssl && SSL_pending(c->ssl->connection)) {
        return 0;
    }

    if (pd->peer->provider->keepalive == 0
        || ngx_current_msec - c->start_time > NGX_HTTP_AGENT_PEER_AGE)
    {
        return 0;
    }

    /* an address that the name no longer has is left in peace */

    if (ngx_http_agent_peer_addr(pd->peer, &pd->addr.sockaddr.sockaddr,
                                 pd->addr.socklen)
        == NULL)
    {
        return 0;
    }

    return ngx_handle_read_event(c->read, 0) == NGX_OK;
}


static void
ngx_http_agent_peer_keep(ngx_peer_connection_t *pc,
    ngx_http_agent_peer_data_t *pd)
{
    ngx_queue_t            *q;
    ngx_connection_t       *c;
    ngx_http_agent_peer_t  *peer;
    ngx_http_agent_idle_t  *item;

    peer = pd->peer;
    c = pc->connection;

    if (ngx_queue_empty(&peer->free)) {
        q = ngx_queue_last(&peer->idle);
        ngx_http_agent_idle_close(ngx_queue_data(q, ngx_http_agent_idle_t,
                                                 queue));
    }

    q = ngx_queue_head(&peer->free);
    ngx_queue_remove(q);
    ngx_queue_insert_head(&peer->idle, q);

    item = ngx_queue_data(q, ngx_http_agent_idle_t, queue);

    item->connection = c;
    item->addr = pd->addr;
    item->addr.name.data = item->addr.text;

    pc->connection = NULL;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, pc->log, 0, "agent peer keep: c:%p", c);

    c->read->delayed = 0;
    ngx_add_timer(c->read, NGX_HTTP_AGENT_PEER_IDLE);

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    c->write->handler = ngx_http_agent_idle_dummy;
    c->read->handler = ngx_http_agent_idle_handler;

    c->data = item;
    c->idle = 1;
    c->log = ngx_cycle->log;
    c->read->log = ngx_cycle->log;
    c->write->log = ngx_cycle->log;
    c->pool->log = ngx_cycle->log;

    if (c->read->ready) {
        ngx_http_agent_idle_handler(c->read);
    }
}


static void
ngx_http_agent_idle_dummy(ngx_event_t *ev)
{
    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, ev->log, 0, "agent idle dummy");
}


static void
ngx_http_agent_idle_handler(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    c = ev->data;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ev->log, 0,
                   "agent idle handler: c:%p timedout:%d", c,
                   ev->timedout);

    if (!c->close && !c->read->timedout && ngx_http_agent_idle_silent(c)) {

        ev->ready = 0;

        if (ngx_handle_read_event(c->read, 0) == NGX_OK) {
            return;
        }
    }

    ngx_http_agent_idle_close(c->data);
}


/* neither a byte nor the end is there to be read */

static ngx_uint_t
ngx_http_agent_idle_silent(ngx_connection_t *c)
{
    int   n;
    char  buf[1];

    n = recv(c->fd, buf, 1, MSG_PEEK);

    return n == -1 && ngx_socket_errno == NGX_EAGAIN;
}


static void
ngx_http_agent_idle_close(ngx_http_agent_idle_t *item)
{
    ngx_connection_t  *c;

    c = item->connection;

    ngx_queue_remove(&item->queue);
    ngx_queue_insert_head(&item->peer->free, &item->queue);

    ngx_http_agent_idle_shutdown(c);
}


static void
ngx_http_agent_idle_shutdown(ngx_connection_t *c)
{
    if (c->ssl) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;

        if (ngx_ssl_shutdown(c) == NGX_AGAIN) {
            c->ssl->handler = ngx_http_agent_idle_shutdown;
            return;
        }
    }

    ngx_destroy_pool(c->pool);
    ngx_close_connection(c);
}


void
ngx_http_agent_peer_close_idle(ngx_http_agent_peer_t *peer, ngx_uint_t all)
{
    ngx_queue_t            *q, *next;
    ngx_http_agent_idle_t  *item;

    for (q = ngx_queue_head(&peer->idle);
         q != ngx_queue_sentinel(&peer->idle);
         q = next)
    {
        next = ngx_queue_next(q);
        item = ngx_queue_data(q, ngx_http_agent_idle_t, queue);

        if (all
            || ngx_http_agent_peer_addr(peer, &item->addr.sockaddr.sockaddr,
                                        item->addr.socklen)
               == NULL)
        {
            ngx_http_agent_idle_close(item);
        }
    }
}


ngx_http_agent_addr_t *
ngx_http_agent_peer_addr(ngx_http_agent_peer_t *peer, struct sockaddr *sockaddr,
    socklen_t socklen)
{
    ngx_uint_t  i;

    for (i = 0; i < peer->naddrs; i++) {
        if (ngx_cmp_sockaddr(&peer->addrs[i].sockaddr.sockaddr,
                             peer->addrs[i].socklen, sockaddr, socklen, 1)
            == NGX_OK)
        {
            return &peer->addrs[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_agent_peer_set_session(ngx_peer_connection_t *pc, void *data)
{
    ngx_http_agent_peer_data_t  *pd = data;

    return ngx_ssl_set_session(pc->connection, pd->peer->session);
}


static void
ngx_http_agent_peer_save_session(ngx_peer_connection_t *pc, void *data)
{
    ngx_http_agent_peer_data_t  *pd = data;

    ngx_ssl_session_t  *session;

    session = ngx_ssl_get_session(pc->connection);

    if (session == NULL) {
        return;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, pc->log, 0,
                   "agent peer session: %p", session);

    ngx_http_agent_peer_drop_session(pd->peer);

    pd->peer->session = session;
}


static void
ngx_http_agent_peer_drop_session(ngx_http_agent_peer_t *peer)
{
    if (peer->session) {
        ngx_ssl_free_session(peer->session);
        peer->session = NULL;
    }
}
