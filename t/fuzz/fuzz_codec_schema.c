
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A JSON text as an output schema, though not one that compiles: whatever it
 * is, the rewriting is valid JSON, obeys the rules of strict mode where it
 * says so, and rewritten again it is the same.
 */


#include <stdlib.h>

#include "agt_codec_schema.h"
#include "strict.h"


#define MEM_MAX   ((size_t) 64 << 20)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check(bool holds)
{
    if (!holds) {
        abort();
    }
}


static void
fuzz_schema(const agt_json_t *doc, agt_mem_t *mem)
{
    agt_json_t          check_doc;
    agt_codec_schema_t  schema, again;

    check(agt_codec_schema_rewrite(&schema, doc, mem) == AGT_OK);

    if (!schema.object) {
        check(schema.text.len == 0);
        return;
    }

    check(agt_json_parse(&check_doc, schema.text, NULL, mem, NULL) == AGT_OK);
    check(check_doc.compact);

    check(agt_codec_schema_rewrite(&again, &check_doc, mem) == AGT_OK);
    check(again.object && again.named == schema.named);

    if (schema.strict) {
        check(schema.named && strict_obeys(&check_doc));
        check(again.strict && again.dropped == 0
              && agt_str_eq(again.text, schema.text));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    agt_json_t   doc;
    agt_arena_t  arena;

    agt_arena_init(&arena, MEM_MAX);

    if (agt_json_parse(&doc, agt_str_make((const char *) data, size), NULL,
                       &arena.mem, NULL) == AGT_OK)
    {
        fuzz_schema(&doc, &arena.mem);
    }

    agt_arena_release(&arena);

    return 0;
}
