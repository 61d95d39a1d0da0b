
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Input: what a model may have said.
 */


#include <stdlib.h>

#include "agt_extract.h"


#define check(cond)   do { if (!(cond)) { abort(); } } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int          rc, plain;
    bool         extracted;
    agt_str_t    text;
    agt_json_t   doc, again;
    agt_arena_t  arena, others;
    agt_error_t  err;

    text = agt_str_make((const char *) data, size);

    agt_arena_init(&arena, 11 * size + 512 * 1024);
    agt_arena_init(&others, 100 * size + 1024 * 1024);
    agt_error_init(&err);

    plain = agt_json_parse(&again, text, NULL, &others.mem, NULL);
    rc = agt_extract(&doc, text, NULL, &arena.mem, &extracted, &err);

    check(rc == AGT_OK || rc == AGT_DECLINED);
    check(err.set == (rc == AGT_DECLINED));

    /* what is JSON by itself is not searched, and nothing else is by itself */

    check(plain != AGT_OK || (rc == AGT_OK && doc.n == again.n));

    if (rc == AGT_OK) {
        check(extracted == (plain != AGT_OK));
        check(doc.text.data >= text.data
              && doc.text.data + doc.text.len <= text.data + text.len);

        /* the value is one, and all of the slice */

        check(agt_json_parse(&again, doc.text, NULL, &others.mem, NULL)
              == AGT_OK);
        check(again.n == doc.n && again.compact == doc.compact);
        check(agt_json_raw(&again, 0).len == doc.text.len);

    } else {
        check(err.offset <= size && err.line != 0);
    }

    agt_arena_release(&arena);
    agt_arena_release(&others);

    return 0;
}
