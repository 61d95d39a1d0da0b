
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The simulator: an LLM API that answers from within nginx, for tests, demos,
 * benchmarks and drills.  A module of its own, which production never loads.
 *
 *     slcf     location configuration
 *     ctx      one request
 *     options  what a location, or a request that may, asks for
 *     fault    what goes wrong on purpose: at most one a request
 */


#ifndef _NGX_HTTP_AGENT_SIMULATOR_H_INCLUDED_
#define _NGX_HTTP_AGENT_SIMULATOR_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "agt_delay.h"
#include "agt_generate.h"


/* a request's body, and an answer with what size= and text= make of it */

#define NGX_HTTP_AGENT_SIMULATOR_BODY     (16 * 1024 * 1024)
#define NGX_HTTP_AGENT_SIMULATOR_ANSWER   (4 * AGT_GENERATE_SIZE)

/* of a location; more would be a mistake */

#define NGX_HTTP_AGENT_SIMULATOR_FAULTS   16

/* rates are counted in millionths */

#define NGX_HTTP_AGENT_SIMULATOR_ALWAYS   1000000


typedef struct ngx_http_agent_simulator_ctx_s  ngx_http_agent_simulator_ctx_t;


typedef enum {
    NGX_HTTP_AGENT_SIMULATOR_NONE = 0,
    NGX_HTTP_AGENT_SIMULATOR_ERROR,       /* a status and an error document */
    NGX_HTTP_AGENT_SIMULATOR_MALFORMED,   /* 200, but no document */
    NGX_HTTP_AGENT_SIMULATOR_TRUNCATED,   /* as if the token limit was met */
    NGX_HTTP_AGENT_SIMULATOR_INVALID,     /* the content breaks the schema */
    NGX_HTTP_AGENT_SIMULATOR_REFUSAL,     /* the model declines */
    NGX_HTTP_AGENT_SIMULATOR_CUT          /* closed in the middle of the body */
} ngx_http_agent_simulator_fault_e;


typedef enum {
    NGX_HTTP_AGENT_SIMULATOR_JSON = 0,    /* a document without its end */
    NGX_HTTP_AGENT_SIMULATOR_HTML,
    NGX_HTTP_AGENT_SIMULATOR_EMPTY
} ngx_http_agent_simulator_malformed_e;


/* an error as a client of the API sees it; code may be empty */

typedef struct {
    ngx_uint_t   status;
    agt_str_t    type;
    agt_str_t    code;
    agt_str_t    message;
} ngx_http_agent_simulator_error_t;


typedef struct {
    ngx_http_agent_simulator_fault_e      kind;
    ngx_http_agent_simulator_malformed_e  malformed;
    ngx_http_agent_simulator_error_t      error;
    ngx_uint_t                            rate;
} ngx_http_agent_simulator_fault_t;


typedef struct {
    uint64_t                           seed;
    agt_delay_t                        latency;
    ngx_http_agent_simulator_fault_t   faults[NGX_HTTP_AGENT_SIMULATOR_FAULTS];
    ngx_uint_t                         nfaults;
    ngx_int_t                          retry_after;   /* s; -1: by status */
    size_t                             drip;          /* bytes; 0: all */
    ngx_msec_t                         interval;      /* between drips */
    size_t                             size;
    ngx_str_t                          text;          /* data NULL: none */
    unsigned                           echo:1;
    unsigned                           usage:1;
} ngx_http_agent_simulator_options_t;


/*
 * What differs between APIs.  answer() reads ctx->body and appends the whole
 * answer to ctx->out, error() appends an error document; both set ctx->status.
 * NGX_ERROR: no memory.  error_find() returns NGX_DECLINED for a code that the
 * API does not have; an empty code is the usual one of its status.
 */

typedef struct {
    ngx_str_t    name;
    ngx_str_t    path;       /* how the URI ends */
    ngx_str_t    request_id; /* names of headers */
    ngx_str_t    processing;
    ngx_int_t  (*answer)(ngx_http_agent_simulator_ctx_t *ctx);
    ngx_int_t  (*error)(ngx_http_agent_simulator_ctx_t *ctx,
                        const ngx_http_agent_simulator_error_t *error);
    ngx_int_t  (*error_find)(ngx_uint_t status, agt_str_t code,
                             ngx_http_agent_simulator_error_t *error);
} ngx_http_agent_simulator_dialect_t;


typedef struct {
    const ngx_http_agent_simulator_dialect_t  *dialect;    /* NULL: off */
    ngx_http_agent_simulator_options_t         options;
    ngx_array_t                                models;     /* ngx_str_t */
    ngx_str_t                                  key;
    ngx_uint_t                                 control;    /* header obeyed */
    uint64_t                                   requests;   /* of the worker */
} ngx_http_agent_simulator_loc_conf_t;


struct ngx_http_agent_simulator_ctx_s {
    ngx_http_request_t                        *request;
    ngx_http_agent_simulator_loc_conf_t       *slcf;
    const ngx_http_agent_simulator_options_t  *options;
    const ngx_http_agent_simulator_fault_t    *fault;

    uint64_t                                   id;
    agt_random_t                               random;
    agt_str_t                                  body;

    ngx_uint_t                                 status;
    ngx_int_t                                  retry_after;  /* -1: none */
    ngx_msec_t                                 latency;
    ngx_str_t                                  content_type;
    agt_mem_t                                  mem;          /* the pool */
    agt_buf_t                                  out;

    ngx_event_t                                timer;
    ngx_chain_t                               *free;
    ngx_chain_t                               *busy;
    size_t                                     sent;         /* of out */
    size_t                                     limit;        /* cut here */

    unsigned                                   cleaned:1;    /* hook is set */
};


/* options of one word, "name=value" */

typedef struct {
    ngx_http_agent_simulator_options_t        *options;
    ngx_http_agent_simulator_loc_conf_t       *slcf;    /* NULL: a header */
    const ngx_http_agent_simulator_dialect_t  *dialect;
    ngx_pool_t                                *pool;
    uint32_t                                   seen;    /* by their number */
    unsigned                                   faults:1; /* its own so far */
} ngx_http_agent_simulator_parser_t;


/* returns NULL, or what is wrong */

const char *ngx_http_agent_simulator_option(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *word);
const char *ngx_http_agent_simulator_options_check(
    ngx_http_agent_simulator_options_t *options);
void ngx_http_agent_simulator_options_init(
    ngx_http_agent_simulator_options_t *options);

ngx_int_t ngx_http_agent_simulator_handler(ngx_http_request_t *r);

/* sends ctx->out as the options say, and finalizes the request */

void ngx_http_agent_simulator_send(ngx_http_agent_simulator_ctx_t *ctx);

void ngx_http_agent_simulator_watch(ngx_http_request_t *r);

/* wakes the request after so long; a request that ends before is left alone */

ngx_int_t ngx_http_agent_simulator_wait(ngx_http_agent_simulator_ctx_t *ctx,
    ngx_msec_t delay, ngx_event_handler_pt handler);

/*
 * The plan of a schema, from the worker's cache or compiled.  It stays valid
 * until the next call.  NGX_DECLINED: err says what is wrong with the schema.
 */

ngx_int_t ngx_http_agent_simulator_generator(agt_str_t schema,
    const agt_generate_t **gen, agt_error_t *err);

/* of a request: no two are the same in a worker, and hardly two anywhere */

uint64_t ngx_http_agent_simulator_id(void);

ngx_int_t ngx_http_agent_simulator_generator_init(ngx_cycle_t *cycle);
void ngx_http_agent_simulator_generator_exit(ngx_cycle_t *cycle);

/*
 * Memory of the worker for what ends before the handler returns; reset
 * empties it.  There is one, and it is not used recursively.
 */

agt_mem_t *ngx_http_agent_simulator_scratch(void);
void ngx_http_agent_simulator_scratch_reset(void);


extern ngx_module_t  ngx_http_agent_simulator_module;

extern const ngx_http_agent_simulator_dialect_t
    ngx_http_agent_simulator_openai;


static ngx_inline agt_str_t
ngx_http_agent_simulator_str(const ngx_str_t *s)
{
    return agt_str_make((const char *) s->data, s->len);
}


#endif /* _NGX_HTTP_AGENT_SIMULATOR_H_INCLUDED_ */
