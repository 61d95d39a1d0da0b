
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
 * points provider->upstream.upstream to a server conf whose init_upstream and
 * peer.init are this file's.  Not called for a pass that names an upstream
 * block: such a provider has no peer.
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


#endif /* _NGX_HTTP_AGENT_PEER_H_INCLUDED_ */
