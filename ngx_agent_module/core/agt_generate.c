
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_plan.h"
#include "agt_schema.h"


#define AGT_GENERATE_TRIALS    8      /* seeds that a plan is tried with */
#define AGT_GENERATE_LONG      4000   /* bytes */
#define AGT_GENERATE_TRIES     16     /* values until one satisfies */
#define AGT_GENERATE_WRONG     4      /* scalars of which one is made wrong */
#define AGT_GENERATE_SCRATCH   (64 * 1024 * 1024)   /* of the trials */


struct agt_generate_s {
    agt_plan_t    *plan;
    agt_schema_t  *schema;
};


static int agt_generate_trial(agt_generate_t *gen);
static int agt_generate_once(const agt_generate_t *gen,
    const agt_generate_options_t *options, uint32_t wrong, int expected,
    agt_mem_t *mem, agt_buf_t *buf);
static int agt_generate_check(const agt_generate_t *gen, agt_str_t text,
    agt_mem_t *mem);


/* see agt_plan_build(): with examples, then without, then other branches,
   then as little as possible */

static const unsigned  agt_generate_variants[] = {
    0, 1, 3, 5, AGT_PLAN_LEAN | 1, AGT_PLAN_LEAN | 3
};

/* when no wrong member breaks a schema: the other types */

static const char *const  agt_generate_wrong[] = {
    "{}", "[]", "null", "\"unexpected\"", "0"
};


int
agt_generate_compile(agt_generate_t **gen, const agt_json_t *schema,
    agt_mem_t *mem, agt_error_t *err)
{
    int              rc;
    size_t           i;
    agt_plan_t      *second;
    agt_generate_t  *g;

    g = agt_calloc(mem, 1, sizeof(agt_generate_t));
    if (g == NULL) {
        return AGT_ERROR;
    }

    rc = agt_schema_compile(&g->schema, schema, NULL, true, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    second = NULL;

    for (i = 0; i < agt_array_n(agt_generate_variants); i++) {

        rc = agt_plan_build(&g->plan, schema, agt_generate_variants[i], mem);

        if (rc == AGT_OK) {
            rc = agt_generate_trial(g);
        }

        if (rc == AGT_ERROR) {
            goto failed;
        }

        if (rc == AGT_OK) {
            *gen = g;
            return AGT_OK;
        }

        if (rc == AGT_AGAIN && second == NULL) {
            second = g->plan;
        }
    }

    if (second != NULL) {
        g->plan = second;
        *gen = g;
        return AGT_OK;
    }

    agt_error_set(err, "no value was found that satisfies the schema");
    rc = AGT_DECLINED;

failed:

    agt_generate_release(g);

    return rc;
}


void
agt_generate_release(agt_generate_t *gen)
{
    if (gen != NULL && gen->schema != NULL) {
        agt_schema_release(gen->schema);
        gen->schema = NULL;
    }
}


/* OK: all seeds gave good values, AGAIN: some did, DECLINED: none */

static int
agt_generate_trial(agt_generate_t *gen)
{
    int                     rc;
    unsigned                good;
    agt_buf_t               buf;
    agt_arena_t             scratch;
    agt_generate_options_t  options;

    good = 0;
    memset(&options, 0, sizeof(agt_generate_options_t));

    for (options.seed = 0; options.seed < AGT_GENERATE_TRIALS; options.seed++)
    {
        /* the last one shows whether a longer text does any harm */

        if (options.seed == AGT_GENERATE_TRIALS - 1) {
            options.size = AGT_GENERATE_LONG;
        }

        agt_arena_init(&scratch, AGT_GENERATE_SCRATCH);
        agt_buf_init(&buf, &scratch.mem, 1024, AGT_GENERATE_SIZE);

        rc = agt_generate_once(gen, &options, AGT_PLAN_NO_LIMIT, AGT_OK,
                               &scratch.mem, &buf);

        agt_arena_release(&scratch);

        if (rc == AGT_OK) {
            good++;
        }

        if (rc == AGT_ERROR) {
            return buf.full ? AGT_DECLINED : AGT_ERROR;
        }
    }

    if (good == AGT_GENERATE_TRIALS) {
        return AGT_OK;
    }

    return good != 0 ? AGT_AGAIN : AGT_DECLINED;
}


/* a value, taken back unless the check says what is expected */

static int
agt_generate_once(const agt_generate_t *gen,
    const agt_generate_options_t *options, uint32_t wrong, int expected,
    agt_mem_t *mem, agt_buf_t *buf)
{
    int     rc;
    size_t  start = buf->len;

    rc = agt_plan_write(gen->plan, options, wrong, buf);

    if (rc == AGT_OK) {
        rc = agt_generate_check(gen, agt_str_make(buf->data + start,
                                                  buf->len - start), mem);
        if (rc == expected) {
            return AGT_OK;
        }
    }

    buf->len = start;

    return rc == AGT_ERROR ? AGT_ERROR : AGT_DECLINED;
}


/* AGAIN: not even JSON, because two made-up names are the same */

static int
agt_generate_check(const agt_generate_t *gen, agt_str_t text, agt_mem_t *mem)
{
    int         rc;
    agt_json_t  doc;

    rc = agt_json_parse(&doc, text, NULL, mem, NULL);
    if (rc != AGT_OK) {
        return rc == AGT_DECLINED ? AGT_AGAIN : rc;
    }

    return agt_schema_check(gen->schema, &doc, 0, mem, NULL);
}


int
agt_generate_value(const agt_generate_t *gen,
    const agt_generate_options_t *options, agt_mem_t *mem, agt_buf_t *buf)
{
    int                     rc;
    unsigned                i;
    agt_random_t            random;
    agt_generate_options_t  next;

    next = *options;
    random.state = options->seed;
    rc = AGT_DECLINED;

    for (i = 0; i < AGT_GENERATE_TRIES && rc == AGT_DECLINED; i++) {

        /* a value that satisfies matters more than its lead and its size */

        if (i == AGT_GENERATE_TRIES / 2) {
            next.lead.len = 0;
            next.size = 0;
        }

        rc = agt_generate_once(gen, &next, AGT_PLAN_NO_LIMIT, AGT_OK, mem,
                               buf);
        next.seed = agt_random(&random);
    }

    return rc;
}


int
agt_generate_broken(const agt_generate_t *gen,
    const agt_generate_options_t *options, agt_mem_t *mem, agt_buf_t *buf)
{
    int                     rc;
    size_t                  i;
    agt_random_t            random;
    agt_generate_options_t  next;

    next = *options;
    random.state = options->seed;

    /* one of the first scalars, in this value or in another */

    for (i = 0; i < AGT_GENERATE_TRIES; i++) {
        rc = agt_generate_once(gen, &next,
                               (uint32_t) ((options->seed + i)
                                           % AGT_GENERATE_WRONG),
                               AGT_DECLINED, mem, buf);

        if (rc != AGT_DECLINED) {
            return rc;
        }

        if (i % AGT_GENERATE_WRONG == AGT_GENERATE_WRONG - 1) {
            next.seed = agt_random(&random);
        }
    }

    for (i = 0; i < agt_array_n(agt_generate_wrong); i++) {
        rc = agt_generate_check(gen, agt_str_from(agt_generate_wrong[i]),
                                mem);
        if (rc == AGT_ERROR) {
            return AGT_ERROR;
        }

        if (rc == AGT_DECLINED) {
            return agt_buf_text(buf, agt_generate_wrong[i]);
        }
    }

    return AGT_DECLINED;
}


int
agt_generate_text(const agt_generate_options_t *options, agt_buf_t *buf)
{
    size_t        start;
    agt_random_t  random;

    if (options->lead.len != 0) {
        return agt_buf_str(buf, options->lead);
    }

    start = buf->len;
    random.state = options->seed;

    agt_words_put(buf, AGT_WORDS_PARAGRAPH, &random);

    if (options->size != 0) {
        agt_words_fit(buf, start, options->size, options->size, &random);
    }

    return buf->failed ? AGT_ERROR : AGT_OK;
}
