
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The umbrella of the glue: configuration, the run of an execution, its
 * attempts, and what the files next to it offer each other.
 *
 *     amcf, ascf, alcf   main, server and location configuration
 *     run                one execution of one agent: one main request
 *     at                 one attempt: one request to one model
 *     sr                 the background subrequest that carries an attempt
 */


#ifndef _NGX_HTTP_AGENT_H_INCLUDED_
#define _NGX_HTTP_AGENT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "agt_codec.h"
#include "agt_extract.h"
#include "agt_flow.h"
#include "agt_header.h"
#include "agt_http.h"
#include "agt_price.h"
#include "agt_redact.h"
#include "agt_spec.h"
#include "agt_uuid.h"


typedef struct ngx_http_agent_main_conf_s  ngx_http_agent_main_conf_t;
typedef struct ngx_http_agent_loc_conf_s   ngx_http_agent_loc_conf_t;
typedef struct ngx_http_agent_provider_s   ngx_http_agent_provider_t;
typedef struct ngx_http_agent_model_s      ngx_http_agent_model_t;
typedef struct ngx_http_agent_route_s      ngx_http_agent_route_t;
typedef struct ngx_http_agent_def_s        ngx_http_agent_def_t;
typedef struct ngx_http_agent_registry_s   ngx_http_agent_registry_t;
typedef struct ngx_http_agent_peer_s       ngx_http_agent_peer_t;
typedef struct ngx_http_agent_secret_s     ngx_http_agent_secret_t;
typedef struct ngx_http_agent_log_s        ngx_http_agent_log_t;
typedef struct ngx_http_agent_run_s        ngx_http_agent_run_t;
typedef struct ngx_http_agent_attempt_s    ngx_http_agent_attempt_t;
typedef struct ngx_http_agent_problem_s    ngx_http_agent_problem_t;


/*
 * Limits.  An answer of a provider and what an agent may cost in memory are
 * bounded whatever the configuration says.
 */

#define NGX_HTTP_AGENT_ANSWER_MAX     (4 * 1024 * 1024)
#define NGX_HTTP_AGENT_REQUEST_MAX    (16 * 1024 * 1024)
#define NGX_HTTP_AGENT_DEF_MAX        (64 * 1024 * 1024)
#define NGX_HTTP_AGENT_ATTEMPTS_MAX   16
#define NGX_HTTP_AGENT_MODELS_MAX     256
#define NGX_HTTP_AGENT_TAGS_MAX       512
#define NGX_HTTP_AGENT_DEPTH_MAX      8

#define NGX_HTTP_AGENT_HEADERS_ALL    0
#define NGX_HTTP_AGENT_HEADERS_BASIC  1
#define NGX_HTTP_AGENT_HEADERS_OFF    2

#define NGX_HTTP_AGENT_BODY_NONE      0
#define NGX_HTTP_AGENT_BODY_REDACTED  1
#define NGX_HTTP_AGENT_BODY_FULL      2

#define NGX_HTTP_AGENT_ID_LEN         36

/* a status that nginx has no name for: RFC 9110, section 15.5.21 */

#define NGX_HTTP_UNPROCESSABLE        422


/* ---- configuration ---- */

/* one model of a provider; immutable after configuration */

struct ngx_http_agent_model_s {
    ngx_http_agent_provider_t    *provider;
    ngx_str_t                     name;          /* local name */
    ngx_str_t                     full;          /* "provider/name" */
    ngx_str_t                     id;            /* the provider's name of it */
    int64_t                       context;       /* tokens; 0: not known */
    int64_t                       max_output;    /* tokens; 0: not known */
    agt_price_t                   price;
};


/* how a provider's certificate is checked, and ours shown */

typedef struct {
    ngx_flag_t                    verify;
    ngx_str_t                     trusted;       /* files; empty: not given */
    ngx_str_t                     certificate;
    ngx_str_t                     certificate_key;
    ngx_http_complex_value_t      name;          /* tls_name for the upstream */
} ngx_http_agent_tls_t;


/*
 * A provider block.  "upstream" is shared by all attempts and never changes
 * after configuration; "peer" is the worker's own state (addresses, idle
 * connections).  "key" is replaced as a whole when its file changes.
 */

struct ngx_http_agent_provider_s {
    ngx_str_t                     name;
    const agt_codec_t            *codec;

    ngx_str_t                     pass;          /* as written, for messages */
    ngx_str_t                     host;          /* the Host field */
    ngx_str_t                     tls_name;      /* SNI and certificate name */
    ngx_str_t                     base;          /* path before the codec's */

    ngx_str_t                     key;           /* secret: never logged */
    ngx_str_t                     key_file;      /* full path; empty: none */
    ngx_http_agent_secret_t      *secret;        /* state of key_file */
    ngx_str_t                     head;          /* of a request: composed in
                                                    ngx_http_agent_secret.c */
    ngx_str_t                     fields;        /* "Name: value" lines of
                                                    "header" */

    ngx_array_t                   models;        /* ngx_http_agent_model_t * */
    ngx_array_t                   labels;        /* ngx_keyval_t */

    ngx_msec_t                    connect_timeout;
    ngx_msec_t                    first_byte_timeout;
    ngx_msec_t                    idle_timeout;
    ngx_uint_t                    keepalive;
    ngx_uint_t                    max_concurrency;  /* 0: no limit */
    ngx_uint_t                    slot;          /* of its counters in the
                                                    zone */

    ngx_url_t                     url;           /* pass, without its scheme */
    ngx_http_agent_tls_t          tls;
    ngx_http_upstream_conf_t      upstream;
    ngx_http_agent_peer_t        *peer;          /* NULL: an upstream block's */

    u_char                       *file;          /* where the block is */
    ngx_uint_t                    line;

    unsigned                      ssl:1;
    unsigned                      scheme:1;      /* pass begins with one */
    unsigned                      key_set:1;
    unsigned                      user_agent:1;  /* a "header" of that name */
};


/* a model of a route; the model itself is known once all blocks were read */

typedef struct {
    ngx_http_agent_model_t       *model;
    ngx_str_t                     name;          /* "provider/model" */
    u_char                       *file;
    ngx_uint_t                    line;
} ngx_http_agent_choice_t;


struct ngx_http_agent_route_s {
    ngx_str_t                     name;
    ngx_array_t                   choices;       /* ngx_http_agent_choice_t */
    ngx_uint_t                    tries;
    ngx_msec_t                    timeout;
    ngx_msec_t                    attempt_timeout;  /* 0: by default rule */
    u_char                       *file;
    ngx_uint_t                    line;
};


struct ngx_http_agent_main_conf_s {
    ngx_array_t                   providers;  /* ngx_http_agent_provider_t * */
    ngx_array_t                   routes;        /* ngx_http_agent_route_t * */
    ngx_array_t                   locations;     /* ngx_http_agent_loc_conf_t *
                                                    with a content handler */
    ngx_array_t                   logs;          /* of ngx_http_agent_log.c */
    ngx_array_t                  *credentials;   /* agt_redact_rule_t */
    agt_regex_t                  *names;         /* of members with them */
    ngx_int_t                     request_id;    /* index of the variable */
    ngx_str_t                     drafts;  /* full path of the directory */
    ngx_str_t                     root;    /* how this process reaches it */
    ssize_t                       zone_size;
    ngx_shm_zone_t               *zone;
    ngx_resolver_t               *resolver;      /* of resolv.conf, if needed */
    ngx_http_agent_registry_t    *registry;
    unsigned                      used:1;  /* some location has an agent */
};


struct ngx_http_agent_loc_conf_s {
    /* "agent": the location's own, never inherited */
    ngx_http_complex_value_t     *agent;         /* NULL: no agent here */
    ngx_str_t                     agent_text;    /* as written */
    ngx_str_t                     agent_name;    /* literal name, or empty */
    ngx_str_t                     location;      /* the location's name */
    unsigned                      draft:1;       /* "@draft" is spelled out */
    unsigned                      exact:1;       /* no path below it exists */
    u_char                       *file;
    ngx_uint_t                    line;

    /* of an "if" or "limit_except" in an agent's location: that location */
    ngx_http_agent_loc_conf_t    *outer;

    /* inherited */
    ngx_str_t                     route_name;
    ngx_http_agent_route_t       *route;         /* agent_route_default */
    ngx_flag_t                    auth;          /* 0: off, 1: variable */
    ngx_http_complex_value_t     *auth_consumer;
    ngx_http_complex_value_t     *auth_team;
    ngx_http_agent_log_t         *log;           /* NULL: off */
    ngx_array_t                  *redact;        /* agt_redact_rule_t */
    ngx_uint_t                    headers;
};


/* an agent's output schema, made ready for one dialect */

typedef struct {
    const agt_codec_t            *codec;
    agt_format_t                  format;
} ngx_http_agent_def_format_t;


/*
 * A compiled agent: immutable, shared by reference.  The registry holds one
 * reference, each run another; the last to leave frees it.
 */

struct ngx_http_agent_def_s {
    ngx_uint_t                    refs;
    agt_arena_t                   arena;
    agt_spec_t                   *spec;
    agt_str_t                     name;
    ngx_uint_t                    number;        /* version; 0: a draft */
    u_char                        digest[64];    /* hex */
    agt_files_t                   files;
    agt_files_t                   schemas;
    ngx_http_agent_def_format_t  *formats;       /* by codec */
    ngx_uint_t                    formats_n;
    agt_str_t                     prompt;        /* a static prompt, escaped */
};


/* ---- an execution ---- */

/* waits for a provider's first addresses: see ngx_http_agent_peer.h */

typedef struct {
    ngx_queue_t                   queue;
    void                        (*handler)(void *data);
    void                         *data;
    unsigned                      waiting:1;
} ngx_http_agent_peer_waiter_t;


typedef enum {
    NGX_HTTP_AGENT_FIRST = 0,
    NGX_HTTP_AGENT_RETRY,
    NGX_HTTP_AGENT_FAILOVER,
    NGX_HTTP_AGENT_HEDGE,
    NGX_HTTP_AGENT_REPAIR,
    NGX_HTTP_AGENT_STEP
} ngx_http_agent_kind_e;


struct ngx_http_agent_attempt_s {
    ngx_http_agent_run_t         *run;
    ngx_http_request_t           *request;       /* sr */
    ngx_http_agent_model_t       *model;
    ngx_http_agent_provider_t    *provider;
    ngx_http_agent_kind_e         kind;

    agt_http_head_t              *head;          /* NULL: no byte of it yet */
    agt_http_chunked_t            chunked;
    int64_t                       left;  /* of the body; -1: not known */
    agt_codec_reader_t            reader;

    ngx_event_t                   timer;         /* the next of its timeouts */
    ngx_msec_t                    started;
    ngx_msec_t                    first_byte_at; /* of the body; 0: none yet */
    ngx_msec_t                    idle_since;    /* when the last byte came */
    ngx_msec_t                    limit;  /* absolute: when it must end */

    /* the outcome, valid once done */
    agt_class_e                   class;
    ngx_uint_t                    status;        /* of the provider; 0: none */
    ngx_msec_t                    ms;
    ngx_msec_t                    ttft;
    agt_usage_t                   usage;
    int64_t                       cost;
    int64_t                       retry_after;   /* ms; -1: none */
    ngx_str_t                     request_id;
    ngx_str_t                     detail;        /* for the record only */
    const char                   *expired;       /* the timeout that is next */

    unsigned                      started_sr:1;  /* the subrequest has run */
    unsigned                      replayed:1;    /* the free retry was used */
    unsigned                      fresh:1;       /* wants a new connection */
    unsigned                      holding:1;     /* counted in the zone */
    unsigned                      framed:1;  /* the body says where it ends */
    /* the body is read, or given up */
    unsigned                      complete:1;
    unsigned                      surplus:1;  /* there were bytes behind it */
    unsigned                      answered:1;    /* the reader has an answer */
    unsigned                      failed:1;      /* the reader has a failure */
    unsigned                      stale:1;  /* a pooled connection was dead */
    unsigned                      cancelled:1;
    unsigned                      timedout:1;    /* by its own timer */
    unsigned                      done:1;
    unsigned                      collected:1;   /* the run has looked at it */
};


/* what ends a run without an output: see ngx_http_agent_respond.c */

struct ngx_http_agent_problem_s {
    ngx_uint_t                    status;
    const char                   *type;
    const char                   *title;
    ngx_str_t                     detail;
    ngx_int_t                     retry_after;   /* seconds; -1: none */
    agt_violation_t              *violations;
    ngx_uint_t                    violations_n;
    unsigned                      no_retry:1;    /* x-should-retry: false */
};


typedef enum {
    NGX_HTTP_AGENT_OUTCOME_NONE = 0,
    NGX_HTTP_AGENT_OK,
    NGX_HTTP_AGENT_DEGRADED,
    NGX_HTTP_AGENT_REJECTED,      /* the request was at fault, or not let in */
    NGX_HTTP_AGENT_LIMITED,
    NGX_HTTP_AGENT_FAILED,
    NGX_HTTP_AGENT_CANCELLED
} ngx_http_agent_outcome_e;


/*
 * Why a run is suspended: what it waits for, in words for the debug log, and
 * how that is given up.  The timeout is the run's deadline, or nginx's own
 * while the client sends its body.
 */

typedef struct {
    const char                   *what;
    void                        (*abort)(ngx_http_agent_run_t *run);
} ngx_http_agent_wait_t;


struct ngx_http_agent_run_s {
    ngx_queue_t                   queue;         /* of the worker's open runs */
    ngx_http_request_t           *request;
    ngx_http_agent_loc_conf_t    *alcf;
    agt_mem_t                     mem;           /* the request's pool */

    agt_step_e                    step;
    ngx_http_agent_wait_t         wait;
    ngx_event_t                   timer;         /* the deadline */
    ngx_msec_t                    started;       /* monotonic */
    ngx_msec_t                    deadline;      /* absolute; 0: not set yet */
    ngx_msec_t                    timeout;       /* Agent-Timeout; 0: none */
    ngx_msec_t                    queued;        /* ms spent waiting */
    ngx_msec_t                    queued_since;
    time_t                        time_sec;      /* of the record, UTC */
    ngx_msec_t                    time_msec;

    u_char                        id[NGX_HTTP_AGENT_ID_LEN];
    u_char                        trace_id[32];
    u_char                        span_id[16];
    u_char                        trace_flags[2];

    ngx_str_t                     consumer;
    ngx_str_t                     team;
    ngx_str_t                     tags;  /* Agent-Tags as sent, checked */

    ngx_str_t                     name;          /* of the agent */
    ngx_str_t                     alias;         /* "draft" */
    ngx_http_agent_def_t         *def;
    ngx_http_agent_route_t       *route;

    ngx_str_t                     input;         /* the body, contiguous */
    size_t                        input_size;  /* allocated, while it is read */
    agt_json_t                    input_doc;
    agt_message_t                 messages[2];
    agt_part_t                    parts[2];
    agt_request_t                 llm;
    size_t                        request_hint;  /* bytes of a composed one */

    ngx_http_agent_attempt_t     *attempts[NGX_HTTP_AGENT_ATTEMPTS_MAX];
    ngx_uint_t                    attempts_n;
    ngx_uint_t                    active;        /* of them not done */
    ngx_uint_t                    tries;  /* of them sent, or meant to be */
    ngx_uint_t                    next;          /* next choice of the route */
    ngx_http_agent_model_t       *chosen;        /* holds a place in the zone */
    ngx_http_agent_attempt_t     *winner;
    ngx_http_agent_peer_waiter_t  waiter;
    u_char                       *spare;  /* a buffer of a failed attempt */

    agt_json_t                    output_doc;
    ngx_str_t                     output;        /* what the client gets */
    ngx_str_t                     raw_output;    /* the model's text */

    ngx_http_agent_problem_t      problem;
    ngx_http_agent_outcome_e      outcome;
    agt_class_e                   error;         /* of the last failure */
    ngx_uint_t                    status;        /* 499 where the client left */
    ngx_int_t                     rc;  /* to finalize the request with */
    ngx_chain_t                  *page;  /* instead of nginx's own page */
    agt_schema_report_t           report;        /* of the last check */
    const char                   *validation_input;  /* "ok", "invalid", NULL */
    const char                   *validation_output;
    agt_str_t                     mechanism;     /* of structured output */

    unsigned                      admitted:1;    /* a record is due */
    unsigned                      resuming:1;    /* posted, not yet run */
    unsigned                      running:1;  /* the driver is on the stack */
    unsigned                      expired:1;     /* the deadline passed */
    /* some answer failed validation */
    unsigned                      invalid:1;
    /* some model's window was too small */
    /* fence or prose was cut away */
    unsigned                      extracted:1;
    unsigned                      responded:1;   /* the header is on its way */
    unsigned                      client_gone:1;
    unsigned                      watched:1;  /* the client's leaving is seen */
    unsigned                      paged:1;       /* page is on its way */
    unsigned                      finished:1;
};


/* ---- services, one file each ---- */

#include "ngx_http_agent_attempt.h"
#include "ngx_http_agent_card.h"
#include "ngx_http_agent_conf.h"
#include "ngx_http_agent_def.h"
#include "ngx_http_agent_format.h"
#include "ngx_http_agent_handler.h"
#include "ngx_http_agent_log.h"
#include "ngx_http_agent_peer.h"
#include "ngx_http_agent_provider.h"
#include "ngx_http_agent_record.h"
#include "ngx_http_agent_redact.h"
#include "ngx_http_agent_registry.h"
#include "ngx_http_agent_respond.h"
#include "ngx_http_agent_route.h"
#include "ngx_http_agent_run.h"
#include "ngx_http_agent_shm.h"
#include "ngx_http_agent_step.h"
#include "ngx_http_agent_upstream.h"
#include "ngx_http_agent_variables.h"


extern ngx_module_t  ngx_http_agent_module;
extern ngx_module_t  ngx_http_agent_filter_module;


static ngx_inline ngx_http_agent_loc_conf_t *
ngx_http_agent_loc_conf(ngx_http_request_t *r)
{
    ngx_http_agent_loc_conf_t  *alcf;

    alcf = ngx_http_get_module_loc_conf(r, ngx_http_agent_module);

    return alcf->outer ? alcf->outer : alcf;
}


static ngx_inline ngx_str_t
ngx_http_agent_str(agt_str_t s)
{
    ngx_str_t  str;

    str.len = s.len;
    str.data = (u_char *) s.data;

    return str;
}


static ngx_inline agt_str_t
ngx_http_agent_agt(ngx_str_t s)
{
    return agt_str_make((char *) s.data, s.len);
}


#endif /* _NGX_HTTP_AGENT_H_INCLUDED_ */
