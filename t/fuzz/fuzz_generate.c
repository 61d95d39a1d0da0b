
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Input: a schema; its length makes the seed.  What is made for it satisfies
 * it, what is made to break it does not, and both are the same the second
 * time.
 */


#include <stdlib.h>

#include "agt_generate.h"
#include "agt_schema.h"


#define SEEDS   4
#define SIZE    200
#define ARENA   ((size_t) 512 << 20)


#define check(cond)   do { if (!(cond)) { abort(); } } while (0)


static void
check_value(const agt_generate_t *gen, const agt_schema_t *schema,
    const agt_generate_options_t *options, bool broken, agt_mem_t *mem)
{
    int         rc;
    agt_buf_t   buf, again;
    agt_json_t  doc;

    agt_buf_init(&buf, mem, 0, AGT_GENERATE_SIZE);
    agt_buf_init(&again, mem, 0, AGT_GENERATE_SIZE);

    rc = broken ? agt_generate_broken(gen, options, mem, &buf)
                : agt_generate_value(gen, options, mem, &buf);

    check(rc == (broken ? agt_generate_broken(gen, options, mem, &again)
                        : agt_generate_value(gen, options, mem, &again)));

    if (rc == AGT_ERROR) {
        check(buf.full);
        return;
    }

    if (rc == AGT_DECLINED) {
        return;
    }

    check(rc == AGT_OK);
    check(agt_str_eq(agt_buf_slice(&buf), agt_buf_slice(&again)));
    check(agt_json_parse(&doc, agt_buf_slice(&buf), NULL, mem, NULL)
          == AGT_OK);

    check(agt_schema_check(schema, &doc, 0, mem, NULL)
          == (broken ? AGT_DECLINED : AGT_OK));
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                      rc;
    unsigned                 i;
    agt_json_t               doc;
    agt_arena_t              arena;
    agt_error_t              err;
    agt_schema_t            *schema;
    agt_generate_t          *gen;
    agt_generate_options_t   options;

    agt_arena_init(&arena, ARENA);
    agt_error_init(&err);

    if (agt_json_parse(&doc, agt_str_make((const char *) data, size), NULL,
                       &arena.mem, NULL)
        != AGT_OK)
    {
        goto done;
    }

    rc = agt_generate_compile(&gen, &doc, &arena.mem, &err);

    if (rc != AGT_OK) {
        check(rc == AGT_DECLINED && err.set && err.message[0] != '\0');
        goto done;
    }

    check(agt_schema_compile(&schema, &doc, NULL, true, &arena.mem, NULL)
          == AGT_OK);

    memset(&options, 0, sizeof(agt_generate_options_t));

    for (i = 0; i < SEEDS; i++) {
        options.seed = size + i;
        options.size = (i == 2) ? SIZE : 0;
        options.lead.data = "Zo\xc3\xab \"said\"";
        options.lead.len = (i == 3) ? strlen(options.lead.data) : 0;

        check_value(gen, schema, &options, false, &arena.mem);
        check_value(gen, schema, &options, true, &arena.mem);
    }

    agt_schema_release(schema);
    agt_generate_release(gen);

done:

    agt_arena_release(&arena);

    return 0;
}
