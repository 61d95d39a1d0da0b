
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What JSON Schema costs: nanoseconds for a compilation, for a check of a
 * valid document (with and without a report) and of one with violations, the
 * best of some rounds.
 *
 *     cc -O2 -Ingx_agent_module/core -o build/bench-schema bench/schema.c \
 *         ngx_agent_module/core/agt_{base,mem,buf,scan,utf8,uri,number}.c \
 *         ngx_agent_module/core/agt_{idna,metaschema,regex}*.c \
 *         ngx_agent_module/core/agt_{json,schema}*.c -lpcre2-8
 *     taskset -c 1 build/bench-schema
 */


#define _POSIX_C_SOURCE   200809L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agt_schema.h"


#define BENCH_ROUNDS   7
#define BENCH_NS       20000000     /* of one round */
#define BENCH_ITEMS    10


typedef struct {
    agt_json_t     source;
    agt_json_t     valid;
    agt_json_t     invalid;
    agt_schema_t  *schema;
} bench_t;


typedef void (*bench_pt)(bench_t *b);


static agt_arena_t  arena;


/* a listing of a market place: 20 properties, enums, lengths, items */

static const char  bench_schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"id\",\"title\",\"price\",\"currency\",\"items\"],"
    "\"properties\":{"
    "\"id\":{\"type\":\"string\",\"minLength\":8,\"maxLength\":40},"
    "\"title\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
    "\"description\":{\"type\":\"string\",\"maxLength\":4000},"
    "\"price\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1000000},"
    "\"currency\":{\"enum\":[\"USD\",\"EUR\",\"GBP\",\"JPY\"]},"
    "\"quantity\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":999},"
    "\"category\":{\"enum\":[\"books\",\"music\",\"garden\",\"tools\","
        "\"toys\",\"clothing\"]},"
    "\"condition\":{\"enum\":[\"new\",\"used\",\"refurbished\"]},"
    "\"brand\":{\"type\":[\"string\",\"null\"],\"maxLength\":80},"
    "\"model\":{\"type\":\"string\",\"maxLength\":80},"
    "\"color\":{\"type\":\"string\",\"maxLength\":30},"
    "\"weight\":{\"type\":\"number\",\"exclusiveMinimum\":0},"
    "\"country\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":2},"
    "\"seller\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100},"
    "\"rating\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":5},"
    "\"negotiable\":{\"type\":\"boolean\"},"
    "\"listed\":{\"type\":\"string\",\"maxLength\":30},"
    "\"updated\":{\"type\":\"string\",\"maxLength\":30},"
    "\"tags\":{\"type\":\"array\",\"maxItems\":20,\"items\":"
        "{\"type\":\"string\",\"minLength\":1,\"maxLength\":40}},"
    "\"items\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":100,"
        "\"items\":{\"type\":\"object\",\"required\":[\"sku\",\"count\"],"
        "\"properties\":{\"sku\":{\"type\":\"string\",\"maxLength\":32},"
        "\"name\":{\"type\":\"string\",\"maxLength\":120},"
        "\"count\":{\"type\":\"integer\",\"minimum\":1},"
        "\"price\":{\"type\":\"number\",\"minimum\":0}}}}}}";


static void
bench_check(bool passed, const char *what)
{
    if (!passed) {
        fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}


static agt_str_t
bench_document(const char *currency, const char *count)
{
    int        i;
    agt_buf_t  buf;

    agt_buf_init(&buf, &arena.mem, 4096, 65536);

    agt_buf_format(&buf, "{\"id\":\"b8e1c0f2-2f5e-4a51\",\"title\":"
        "\"Vintage mechanical typewriter, fully working\",\"price\":149.50,"
        "\"description\":\"A solid machine from the fifties. All keys work,"
        " the ribbon is new, and the case has only a few scratches. It was"
        " used daily until last year and then cleaned and oiled. It comes"
        " with its manual, a brush and two spare ribbons; pick-up is"
        " preferred since it weighs a good deal, but it can be sent well"
        " packed. Please ask before bidding if anything is unclear; more"
        " photographs are there for whoever wants to see them, and so is a"
        " short film in which it is typed on. A receipt from the shop that"
        " serviced it is included, as is the original key of the case, which"
        " still locks. Smoke free household, no pets.\","
        "\"currency\":\"%s\",\"quantity\":1,\"category\":\"tools\","
        "\"condition\":\"used\",\"brand\":null,\"model\":\"Lettera 32\","
        "\"color\":\"green\",\"weight\":5.9,\"country\":\"IT\",\"seller\":"
        "\"anna.rossi\",\"rating\":5,\"negotiable\":true,\"listed\":"
        "\"2026-05-01T12:00:00Z\",\"updated\":\"2026-05-02T09:30:00Z\","
        "\"tags\":[\"typewriter\",\"vintage\",\"office\",\"writing\"],"
        "\"items\":[", currency);

    for (i = 0; i < BENCH_ITEMS; i++) {
        agt_buf_format(&buf, "%s{\"sku\":\"TW-%04d-GRN\",\"name\":\"Spare part"
                       " number %d, original\",\"count\":%s,\"price\":%d.25}",
                       i == 0 ? "" : ",", i * 37, i, count, i * 3);
    }

    agt_buf_text(&buf, "]}");

    return agt_buf_slice(&buf);
}


static void
bench_compile(bench_t *b)
{
    agt_arena_t    memory;
    agt_schema_t  *schema;

    agt_arena_init(&memory, 1 << 24);

    bench_check(agt_schema_compile(&schema, &b->source, NULL, true,
                                   &memory.mem, NULL) == AGT_OK, "compile");
    agt_schema_release(schema);
    agt_arena_release(&memory);
}


static void
bench_valid(bench_t *b)
{
    agt_schema_report_t  report;

    memset(&report, 0, sizeof(report));

    bench_check(agt_schema_check(b->schema, &b->valid, 0, NULL, &report)
                == AGT_OK, "valid");
}


static void
bench_quick(bench_t *b)
{
    bench_check(agt_schema_check(b->schema, &b->valid, 0, NULL, NULL)
                == AGT_OK, "valid, without a report");
}


static void
bench_invalid(bench_t *b)
{
    agt_arena_t          memory;
    agt_schema_report_t  report;

    memset(&report, 0, sizeof(report));
    agt_arena_init(&memory, 1 << 20);

    bench_check(agt_schema_check(b->schema, &b->invalid, 0, &memory.mem,
                                 &report) == AGT_DECLINED
                && report.n == BENCH_ITEMS + 1, "invalid");
    agt_arena_release(&memory);
}


static double
bench_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e9 + (double) ts.tv_nsec;
}


static void
bench_run(bench_t *b, const char *name, bench_pt run)
{
    int     i;
    long    n, k;
    double  start, best, ns;

    run(b);

    start = bench_now();
    run(b);
    n = (long) (BENCH_NS / (bench_now() - start + 1)) + 1;

    best = 1e18;

    for (i = 0; i < BENCH_ROUNDS; i++) {
        start = bench_now();

        for (k = 0; k < n; k++) {
            run(b);
        }

        ns = (bench_now() - start) / (double) n;
        best = ns < best ? ns : best;
    }

    printf("%-28s %10.0f ns\n", name, best);
}


int
main(void)
{
    bench_t    b;
    agt_str_t  valid, invalid;

    agt_arena_init(&arena, 1 << 24);

    valid = bench_document("EUR", "2");
    invalid = bench_document("eur", "0");

    bench_check(agt_json_parse(&b.source, agt_str_from(bench_schema), NULL,
                               &arena.mem, NULL) == AGT_OK
                && agt_json_parse(&b.valid, valid, NULL, &arena.mem, NULL)
                   == AGT_OK
                && agt_json_parse(&b.invalid, invalid, NULL, &arena.mem, NULL)
                   == AGT_OK
                && agt_schema_compile(&b.schema, &b.source, NULL, true,
                                      &arena.mem, NULL) == AGT_OK, "reading");

    printf("a document of %zu bytes and %u nodes\n", valid.len, b.valid.n);

    bench_run(&b, "compile", bench_compile);
    bench_run(&b, "check", bench_valid);
    bench_run(&b, "check without a report", bench_quick);
    bench_run(&b, "check with 11 violations", bench_invalid);

    agt_schema_release(b.schema);
    agt_arena_release(&arena);

    return 0;
}
