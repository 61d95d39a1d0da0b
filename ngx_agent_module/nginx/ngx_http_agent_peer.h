
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * How a worker reaches a provider, behind u->peer: addresses resolved in the
 * background with nginx's resolver, the last good ones kept; a pool of idle
 * connections of its own, never shared by providers (so an address, a TLS
 * name and trust settings always belong together); a fresh connection on
 * demand.
 */


#ifndef _NGX_HTTP_AGENT_PEER_H_INCLUDED_
#define _NGX_HTTP_AGENT_PEER_H_INCLUDED_


/*
 * Configuration: url was parsed with no_resolve; makes provider->peer, and
 * points provider->upstream.upstream to a server conf whose peer.init is this
 * file's.  Not called for a pass that names an upstream block: such a provider
 * has no peer.
 */

ngx_int_t ngx_http_agent_peer_create(ngx_conf_t *cf,
    ngx_http_agent_provider_t *provider, ngx_url_t *url);

/* worker start: begins to resolve; worker exit: closes every idle connection */

ngx_int_t ngx_http_agent_peer_init_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf);
void ngx_http_agent_peer_exit_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf);

/*
 * OK: there are addresses (or the provider needs none: address, unix socket,
 * upstream block).  AGAIN: the first resolution is under way; handler(data) is
 * called once, when it ended either way, unless the waiter is removed before.
 * DECLINED: the name does not resolve now.
 */

ngx_int_t ngx_http_agent_peer_ready(ngx_http_agent_provider_t *provider,
    ngx_http_agent_peer_waiter_t *waiter);
void ngx_http_agent_peer_forget(ngx_http_agent_peer_waiter_t *waiter);


/* an address, and what its last connections came to */

typedef struct {
    ngx_sockaddr_t               sockaddr;
    socklen_t                    socklen;
    ngx_str_t                    name;
    u_char                       text[NGX_SOCKADDR_STRLEN];

    ngx_uint_t                   fails;         /* in a row, to connect */
    ngx_msec_t                   skip;          /* until then, if fails */
    unsigned                     unroutable:1;  /* no route from here */
} ngx_http_agent_addr_t;


/* a worker's own: the configuration's memory, written after the fork */

struct ngx_http_agent_peer_s {
    ngx_http_agent_provider_t   *provider;
    ngx_resolver_t              *resolver;      /* NULL: addresses are fixed */
    ngx_resolver_ctx_t          *ctx;           /* NULL: nothing is asked */

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                    ident;

    ngx_event_t                  timer;         /* when to resolve again */
    ngx_str_t                    name;
    in_port_t                    port;
    ngx_msec_t                   timeout;       /* of one resolution */
    ngx_msec_t                   backoff;       /* before the next try; 0: none
                                                   failed */
    ngx_int_t                    state;         /* that was logged last */
    ngx_queue_t                  waiters;

    ngx_http_agent_addr_t       *addrs;
    ngx_uint_t                   naddrs;
    ngx_uint_t                   next;          /* round robin */

    ngx_queue_t                  idle;          /* the latest used is first */
    ngx_queue_t                  free;
    ngx_ssl_session_t           *session;

    ngx_http_upstream_srv_conf_t  uscf;

    unsigned                     ordered:1;     /* the first that works */
    unsigned                     resolved:1;    /* a first answer came */
};


/* ngx_http_agent_resolve.c */

ngx_int_t ngx_http_agent_resolve_create(ngx_conf_t *cf,
    ngx_http_agent_peer_t *peer);
void ngx_http_agent_resolve_start(ngx_http_agent_peer_t *peer);
void ngx_http_agent_resolve_stop(ngx_http_agent_peer_t *peer);

/* the address that a connection had, or NULL where it is no longer one */

ngx_http_agent_addr_t *ngx_http_agent_peer_addr(ngx_http_agent_peer_t *peer,
    struct sockaddr *sockaddr, socklen_t socklen);

/* closes idle connections; of addresses that are gone, or all of them */

void ngx_http_agent_peer_close_idle(ngx_http_agent_peer_t *peer,
    ngx_uint_t all);

/* an address from nginx's own, with a port; its name is made too */

void ngx_http_agent_addr_set(ngx_http_agent_addr_t *addr,
    struct sockaddr *sockaddr, socklen_t socklen, in_port_t port);


#endif /* _NGX_HTTP_AGENT_PEER_H_INCLUDED_ */
