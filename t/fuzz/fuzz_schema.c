
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Input: a schema and an instance, with a zero byte between them.
 */


#include <stdlib.h>

#include "agt_schema.h"


#define MEMORY   (64 * 1024 * 1024)
#define FUEL     100000
#define MAX      20


#define check(cond)   do { if (!(cond)) { abort(); } } while (0)


static void
check_report(const agt_schema_report_t *report, int rc)
{
    uint32_t                i;
    const agt_violation_t  *v;

    check(rc == AGT_OK || rc == AGT_DECLINED);
    check((rc == AGT_OK) == (report->total == 0));
    check(report->n == agt_min(report->total, (uint32_t) MAX));
    check(!report->exhausted || rc == AGT_DECLINED);

    for (i = 0; i < report->n; i++) {
        v = &report->violations[i];

        check(v->message.len != 0);
        check(agt_utf8_valid(v->message) == v->message.len);
        check(agt_utf8_valid(v->pointer) == v->pointer.len);
        check(v->pointer.len == 0 || v->pointer.data[0] == '/');
        check(v->keyword.len != 0 || report->exhausted);
    }
}


static int
run(const agt_schema_t *schema, const agt_json_t *doc, agt_mem_t *mem,
    bool *exhausted)
{
    int                  rc;
    agt_schema_report_t  report;

    memset(&report, 0, sizeof(report));

    report.fuel = FUEL;
    report.max = MAX;

    rc = agt_schema_check(schema, doc, 0, mem, &report);
    check_report(&report, rc);

    *exhausted = report.exhausted;

    return rc;
}


/* keys in another order, other escapes, no white space: the answer stays */

static void
check_canonical(const agt_schema_t *schema, const agt_json_t *doc, int rc,
    agt_mem_t *mem)
{
    int         other;
    bool        exhausted;
    agt_buf_t   buf;
    agt_json_t  canonical;

    agt_buf_init(&buf, mem, doc->text.len, doc->text.len * 8 + 64);
    check(agt_json_canonical(doc, 0, &buf) == AGT_OK);
    check(agt_json_parse(&canonical, agt_buf_slice(&buf), NULL, mem, NULL)
          == AGT_OK);

    other = run(schema, &canonical, mem, &exhausted);
    check(other == rc || exhausted);
}


static void
check_instance(const agt_schema_t *schema, const agt_json_t *doc,
    agt_mem_t *mem)
{
    int   rc, quick;
    bool  exhausted;

    rc = run(schema, doc, mem, &exhausted);
    quick = agt_schema_check(schema, doc, 0, mem, NULL);

    check(exhausted || quick == rc);

    if (!exhausted) {
        check_canonical(schema, doc, rc, mem);
    }
}


/* the same document twice: the same schema, or the same error */

static agt_schema_t *
compile(const agt_json_t *doc, agt_mem_t *mem)
{
    int            rc;
    agt_error_t    err, again;
    agt_schema_t  *schema, *other;

    agt_error_init(&err);
    agt_error_init(&again);

    rc = agt_schema_compile(&schema, doc, NULL, true, mem, &err);

    check(rc == AGT_OK || rc == AGT_DECLINED);
    check((rc == AGT_OK) == (schema != NULL));
    check((rc == AGT_OK) == !err.set);
    check(rc == AGT_OK || (err.line != 0 && err.column != 0));

    check(agt_schema_compile(&other, doc, NULL, true, mem, &again) == rc);
    check(strcmp(err.message, again.message) == 0);
    check(strcmp(err.pointer, again.pointer) == 0);

    agt_schema_release(other);

    return schema;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char          *text;
    agt_str_t      source, instance;
    agt_json_t     schema_doc, doc;
    const char    *zero;
    agt_arena_t    arena;
    agt_schema_t  *schema;

    agt_arena_init(&arena, MEMORY);

    text = malloc(size + 1);
    check(text != NULL);

    if (size != 0) {
        memcpy(text, data, size);
    }

    zero = memchr(text, '\0', size);

    source = agt_str_make(text, zero != NULL ? (size_t) (zero - text) : size);
    instance = agt_str_make(NULL, 0);

    if (zero != NULL) {
        instance = agt_str_make(zero + 1, size - source.len - 1);
    }

    schema = NULL;

    if (agt_json_parse(&schema_doc, source, NULL, &arena.mem, NULL) == AGT_OK) {
        schema = compile(&schema_doc, &arena.mem);
    }

    if (schema != NULL
        && agt_json_parse(&doc, instance, NULL, &arena.mem, NULL) == AGT_OK)
    {
        check_instance(schema, &doc, &arena.mem);
    }

    agt_schema_release(schema);
    agt_arena_release(&arena);
    free(text);

    return 0;
}
