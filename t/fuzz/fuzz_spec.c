
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Input: the files of an agent, path and text in turn, each ended by a zero
 * byte.
 */


#include <stdlib.h>

#include "agt_spec.h"


#define FILES    16
#define OUTPUT   65536


#define check(cond)   do { if (!(cond)) { abort(); } } while (0)


/* what was published compiles again, and is the same */

static void
check_snapshot(const agt_spec_t *spec, const agt_str_t text, agt_mem_t *mem)
{
    uint32_t           i, list;
    agt_buf_t          again;
    agt_json_t         doc;
    agt_file_t         elts[FILES + 1];
    agt_spec_t        *copy;
    agt_files_t        files = { elts, 1 };
    agt_schema_set_t  *set;

    check(agt_json_parse(&doc, text, NULL, mem, NULL) == AGT_OK);

    agt_buf_init(&again, mem, text.len, text.len);
    check(agt_json_canonical(&doc, 0, &again) == AGT_OK);
    check(agt_str_eq(agt_buf_slice(&again), text));

    elts[0].path = agt_str_from("agent.json");
    elts[0].text = agt_json_raw(&doc, agt_json_member(&doc, 0,
                                                      agt_str_from("agent")));

    list = agt_json_member(&doc, 0, agt_str_from("files"));

    for (i = list + 1; i < doc.nodes[list].next; i = doc.nodes[i + 1].next) {
        check(files.n <= FILES);
        check(agt_json_string(&doc, i, mem, &elts[files.n].path) == AGT_OK);
        check(agt_json_string(&doc, i + 1, mem, &elts[files.n].text)
              == AGT_OK);
        files.n++;
    }

    set = agt_schema_set_create(mem);
    check(set != NULL);

    check(agt_spec_compile(&copy, spec->name, &files, set, mem, NULL)
          == AGT_OK);
    check(memcmp(copy->digest, spec->digest, sizeof(spec->digest)) == 0);
    check(copy->prompt_static == spec->prompt_static);
    check(agt_str_eq(copy->prompt_text, spec->prompt_text));
    check(copy->timeout == spec->timeout);

    agt_spec_release(copy);
}


static void
check_render(const agt_spec_t *spec, agt_mem_t *mem)
{
    int         rc;
    agt_buf_t   out;
    agt_json_t  doc;

    check(agt_json_parse(&doc, agt_str_from("{\"text\":\"a\",\"b\":[1,{}]}"),
                         NULL, mem, NULL) == AGT_OK);

    agt_buf_init(&out, mem, 0, OUTPUT);
    rc = agt_spec_prompt(spec, &doc, &out);

    check(rc == AGT_OK || rc == AGT_DECLINED || out.full);

    if (spec->prompt_static && rc == AGT_OK) {
        check(agt_str_eq(agt_buf_slice(&out), spec->prompt_text));
    }

    check(spec->prompt != NULL || out.len == 0);

    agt_buf_reset(&out);
    rc = agt_spec_message(spec, &doc, &out);

    check(rc == AGT_OK || rc == AGT_DECLINED || out.full);
    check(agt_utf8_valid(agt_buf_slice(&out)) == out.len);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                rc;
    char              *copy;
    size_t             i, n;
    agt_buf_t          snapshot;
    agt_str_t          pieces[FILES * 2];
    agt_file_t         elts[FILES];
    agt_spec_t        *spec;
    const char        *p, *zero;
    agt_arena_t        arena;
    agt_error_t        err;
    agt_files_t        files = { elts, 0 };
    agt_schema_set_t  *set;

    copy = malloc(size + 1);
    check(copy != NULL);

    if (size != 0) {
        memcpy(copy, data, size);
    }

    p = copy;

    for (n = 0; n < FILES * 2 && p < copy + size; n++) {
        zero = memchr(p, '\0', (size_t) (copy + size - p));
        zero = (zero != NULL) ? zero : copy + size;
        pieces[n] = agt_str_make(p, (size_t) (zero - p));
        p = zero + 1;
    }

    for (i = 0; i + 1 < n; i += 2) {
        elts[files.n].path = pieces[i];
        elts[files.n].text = pieces[i + 1];
        files.n++;
    }

    agt_arena_init(&arena, (size_t) 256 << 20);
    agt_error_init(&err);

    set = agt_schema_set_create(&arena.mem);
    check(set != NULL);

    rc = agt_spec_compile(&spec, agt_str_from("fuzz"), &files, set, &arena.mem,
                          &err);

    if (rc == AGT_OK) {
        check(!err.set);

        agt_buf_init(&snapshot, &arena.mem, 0, (size_t) 16 << 20);
        check(agt_spec_snapshot(&files, &snapshot, &arena.mem, NULL)
              == AGT_OK);

        check_snapshot(spec, agt_buf_slice(&snapshot), &arena.mem);
        check_render(spec, &arena.mem);
        agt_spec_release(spec);

    } else {
        check(rc == AGT_DECLINED && err.set && err.message[0] != '\0');
    }

    agt_arena_release(&arena);
    free(copy);

    return 0;
}
