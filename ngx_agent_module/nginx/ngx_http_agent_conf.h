
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Configuration: creating and merging it, "agent", "agent_auth", and the
 * checks that need all of it.  Blocks and services have files of their own.
 */


#ifndef _NGX_HTTP_AGENT_CONF_H_INCLUDED_
#define _NGX_HTTP_AGENT_CONF_H_INCLUDED_


void *ngx_http_agent_create_main_conf(ngx_conf_t *cf);
char *ngx_http_agent_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_agent_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_agent_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);

/* after everything was read: routes, drafts, warnings */

ngx_int_t ngx_http_agent_conf_check(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf);

/* setters */

char *ngx_http_agent_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_agent_drafts_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_agent_auth_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/*
 * A block of "key value ...;" lines, checked by a table: each key's handler
 * gets the line's words in cf->args.  A handler of NULL marks what a later
 * build may know.
 */

typedef struct {
    ngx_str_t      name;
    ngx_uint_t     min;        /* values, the key not counted */
    ngx_uint_t     max;
    char        *(*handler)(ngx_conf_t *cf, void *block, void *dst);
    ngx_uint_t     offset;     /* of dst in the block */
} ngx_http_agent_key_t;

/* finds the key of the line in cf->args and calls its handler; logs EMERG */

char *ngx_http_agent_conf_key(ngx_conf_t *cf, const ngx_http_agent_key_t *keys,
    const char *where, void *block);

/* handlers for usual values; "is duplicate" where the value was set before */

char *ngx_http_agent_conf_msec(ngx_conf_t *cf, void *block, void *dst);
char *ngx_http_agent_conf_num(ngx_conf_t *cf, void *block, void *dst);


#endif /* _NGX_HTTP_AGENT_CONF_H_INCLUDED_ */
