
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Plans of schemas, kept by each worker: a test, a demo or a benchmark asks
 * with a handful of schemas, again and again.  They are found by the bytes of
 * the schema; the least recently used one goes when there are too many or
 * when together they take too much.
 *
 * Also the memory for what a request needs only while it is answered.
 */


#include "ngx_http_agent_simulator.h"


#define NGX_HTTP_AGENT_SIMULATOR_PLANS       64
#define NGX_HTTP_AGENT_SIMULATOR_PLAN_SIZE   (8 * 1024 * 1024)
#define NGX_HTTP_AGENT_SIMULATOR_PLANS_SIZE  (32 * 1024 * 1024)

/* enough for a usual request; what is over comes from malloc() */

#define NGX_HTTP_AGENT_SIMULATOR_SCRATCH     (256 * 1024)
#define NGX_HTTP_AGENT_SIMULATOR_OVERFLOW    (256 * 1024 * 1024)


typedef struct {
    ngx_queue_t      queue;      /* the most recently used one first */
    uint64_t         hash;
    agt_str_t        schema;     /* in the arena, as all below */
    agt_json_t       doc;
    agt_generate_t  *gen;
    agt_arena_t      arena;
} ngx_http_agent_simulator_plan_t;


typedef struct {
    u_char          *start;
    u_char          *pos;
    u_char          *end;
    agt_mem_t        mem;
    agt_arena_t      overflow;
} ngx_http_agent_simulator_scratch_t;


static ngx_http_agent_simulator_plan_t *ngx_http_agent_simulator_plan_create(
    agt_str_t schema, uint64_t hash);
static ngx_int_t ngx_http_agent_simulator_plan_compile(
    ngx_http_agent_simulator_plan_t *plan, agt_str_t schema,
    agt_error_t *err);
static void ngx_http_agent_simulator_plan_destroy(
    ngx_http_agent_simulator_plan_t *plan);
static void ngx_http_agent_simulator_plan_evict(size_t size);
static void *ngx_http_agent_simulator_scratch_alloc(void *ctx, size_t size);


static ngx_queue_t                         ngx_http_agent_simulator_plans;
static ngx_uint_t                          ngx_http_agent_simulator_nplans;
static size_t                              ngx_http_agent_simulator_plans_size;
static ngx_http_agent_simulator_scratch_t  ngx_http_agent_simulator_memory;
static agt_random_t                        ngx_http_agent_simulator_ids;


ngx_int_t
ngx_http_agent_simulator_generator_init(ngx_cycle_t *cycle)
{
    ngx_http_agent_simulator_scratch_t  *scratch;

    ngx_queue_init(&ngx_http_agent_simulator_plans);
    ngx_http_agent_simulator_nplans = 0;
    ngx_http_agent_simulator_plans_size = 0;

    ngx_http_agent_simulator_ids.state = ((uint64_t) ngx_random() << 32)
                                         ^ ((uint64_t) ngx_time() << 20)
                                         ^ (uint64_t) ngx_pid;

    scratch = &ngx_http_agent_simulator_memory;

    scratch->start = ngx_alloc(NGX_HTTP_AGENT_SIMULATOR_SCRATCH, cycle->log);
    if (scratch->start == NULL) {
        return NGX_ERROR;
    }

    scratch->pos = scratch->start;
    scratch->end = scratch->start + NGX_HTTP_AGENT_SIMULATOR_SCRATCH;
    scratch->mem.alloc = ngx_http_agent_simulator_scratch_alloc;
    scratch->mem.ctx = scratch;

    agt_arena_init(&scratch->overflow, NGX_HTTP_AGENT_SIMULATOR_OVERFLOW);

    return NGX_OK;
}


void
ngx_http_agent_simulator_generator_exit(ngx_cycle_t *cycle)
{
    ngx_http_agent_simulator_scratch_t  *scratch;

    ngx_http_agent_simulator_plan_evict(
                                       NGX_HTTP_AGENT_SIMULATOR_PLANS_SIZE);

    scratch = &ngx_http_agent_simulator_memory;

    if (scratch->start) {
        agt_arena_release(&scratch->overflow);
        ngx_free(scratch->start);
        scratch->start = NULL;
    }
}


uint64_t
ngx_http_agent_simulator_id(void)
{
    return agt_random(&ngx_http_agent_simulator_ids);
}


ngx_int_t
ngx_http_agent_simulator_generator(agt_str_t schema,
    const agt_generate_t **gen, agt_error_t *err)
{
    uint64_t                          hash;
    ngx_int_t                         rc;
    ngx_queue_t                      *q;
    ngx_http_agent_simulator_plan_t  *plan;

    hash = agt_random_seed(0, schema);

    for (q = ngx_queue_head(&ngx_http_agent_simulator_plans);
         q != ngx_queue_sentinel(&ngx_http_agent_simulator_plans);
         q = ngx_queue_next(q))
    {
        plan = ngx_queue_data(q, ngx_http_agent_simulator_plan_t, queue);

        if (plan->hash == hash && agt_str_eq(plan->schema, schema)) {

            ngx_queue_remove(q);
            ngx_queue_insert_head(&ngx_http_agent_simulator_plans, q);

            *gen = plan->gen;

            return NGX_OK;
        }
    }

    plan = ngx_http_agent_simulator_plan_create(schema, hash);
    if (plan == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_agent_simulator_plan_compile(plan, schema, err);

    if (rc != NGX_OK) {
        ngx_http_agent_simulator_plan_destroy(plan);
        return rc;
    }

    ngx_http_agent_simulator_plan_evict(plan->arena.used);

    ngx_queue_insert_head(&ngx_http_agent_simulator_plans, &plan->queue);
    ngx_http_agent_simulator_nplans++;
    ngx_http_agent_simulator_plans_size += plan->arena.used;

    *gen = plan->gen;

    return NGX_OK;
}


static ngx_http_agent_simulator_plan_t *
ngx_http_agent_simulator_plan_create(agt_str_t schema, uint64_t hash)
{
    ngx_http_agent_simulator_plan_t  *plan;

    plan = ngx_alloc(sizeof(ngx_http_agent_simulator_plan_t), ngx_cycle->log);
    if (plan == NULL) {
        return NULL;
    }

    plan->hash = hash;
    plan->gen = NULL;

    agt_arena_init(&plan->arena, NGX_HTTP_AGENT_SIMULATOR_PLAN_SIZE);

    return plan;
}


static ngx_int_t
ngx_http_agent_simulator_plan_compile(ngx_http_agent_simulator_plan_t *plan,
    agt_str_t schema, agt_error_t *err)
{
    agt_mem_t  *mem;
    ngx_int_t   rc;

    mem = &plan->arena.mem;

    if (agt_str_copy(mem, &plan->schema, schema) != AGT_OK) {
        return NGX_ERROR;
    }

    rc = agt_json_parse(&plan->doc, plan->schema, NULL, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_generate_compile(&plan->gen, &plan->doc, mem, err);

    if (rc == AGT_ERROR
        && plan->arena.used > NGX_HTTP_AGENT_SIMULATOR_PLAN_SIZE / 2)
    {
        agt_error_set(err, "the schema is too large");
        return NGX_DECLINED;
    }

    return rc;
}


static void
ngx_http_agent_simulator_plan_destroy(ngx_http_agent_simulator_plan_t *plan)
{
    agt_generate_release(plan->gen);
    agt_arena_release(&plan->arena);
    ngx_free(plan);
}


/* makes room for one more plan of this size */

static void
ngx_http_agent_simulator_plan_evict(size_t size)
{
    ngx_queue_t                      *q;
    ngx_http_agent_simulator_plan_t  *plan;

    while (ngx_http_agent_simulator_nplans
           && (ngx_http_agent_simulator_nplans
               >= NGX_HTTP_AGENT_SIMULATOR_PLANS
               || ngx_http_agent_simulator_plans_size + size
                  > NGX_HTTP_AGENT_SIMULATOR_PLANS_SIZE))
    {
        q = ngx_queue_last(&ngx_http_agent_simulator_plans);
        plan = ngx_queue_data(q, ngx_http_agent_simulator_plan_t, queue);

        ngx_queue_remove(q);
        ngx_http_agent_simulator_nplans--;
        ngx_http_agent_simulator_plans_size -= plan->arena.used;

        ngx_http_agent_simulator_plan_destroy(plan);
    }
}


agt_mem_t *
ngx_http_agent_simulator_scratch(void)
{
    return &ngx_http_agent_simulator_memory.mem;
}


void
ngx_http_agent_simulator_scratch_reset(void)
{
    ngx_http_agent_simulator_scratch_t  *scratch;

    scratch = &ngx_http_agent_simulator_memory;

    scratch->pos = scratch->start;

    if (scratch->overflow.blocks) {
        agt_arena_release(&scratch->overflow);
    }
}


static void *
ngx_http_agent_simulator_scratch_alloc(void *ctx, size_t size)
{
    u_char                              *p;
    ngx_http_agent_simulator_scratch_t  *scratch = ctx;

    p = ngx_align_ptr(scratch->pos, 16);

    if (p <= scratch->end && size <= (size_t) (scratch->end - p)) {
        scratch->pos = p + size;
        return p;
    }

    return agt_alloc(&scratch->overflow.mem, size);
}
