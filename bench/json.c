
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What the JSON of the core costs, beside jansson's: nanoseconds a document
 * and MB/s, the best of some rounds, on documents that are made here.
 *
 *     cc -O2 -Ingx_agent_module/core -o build/bench-json bench/json.c \
 *         ngx_agent_module/core/agt_{base,mem,buf,scan,utf8}.c \
 *         ngx_agent_module/core/agt_json*.c -ljansson
 *     taskset -c 1 build/bench-json
 */


#define _POSIX_C_SOURCE   200809L

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agt_json.h"


#define BENCH_ROUNDS   7
#define BENCH_NS       20000000     /* of one round */
#define BENCH_POOL     (16 * 1024 * 1024)


typedef struct {
    const char   *name;
    agt_str_t     text;
    agt_str_t     escaped;      /* the text as the inside of a string */
    agt_json_t    doc;
} bench_doc_t;


typedef void (*bench_pt)(bench_doc_t *d);


typedef struct {
    const char  *name;
    bench_pt     run;
    size_t       (*size)(bench_doc_t *d);
} bench_t;


/* memory as a request has it: handed out one piece behind the other */

static char        bench_pool[BENCH_POOL] __attribute__((aligned(64)));
static size_t      bench_used;
static char        bench_out[4 * 1024 * 1024];
static agt_mem_t   bench_mem;


static void *
bench_alloc(void *ctx, size_t size)
{
    char  *p;

    (void) ctx;

    size = (size + 15) & ~(size_t) 15;

    if (size > BENCH_POOL - bench_used) {
        return NULL;
    }

    p = bench_pool + bench_used;
    bench_used += size;

    return p;
}


static void
bench_check(bool passed, const char *what)
{
    if (!passed) {
        fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}


static void
bench_parse(bench_doc_t *d)
{
    agt_json_t  doc;

    bench_used = 0;
    bench_check(agt_json_parse(&doc, d->text, NULL, &bench_mem, NULL)
                == AGT_OK, "parse");
}


static void
bench_escape(bench_doc_t *d)
{
    agt_buf_t  buf;

    agt_buf_fixed(&buf, bench_out, sizeof(bench_out));
    bench_check(agt_json_escape(&buf, d->text) == AGT_OK, "escape");
}


static void
bench_unescape(bench_doc_t *d)
{
    agt_buf_t  buf;

    agt_buf_fixed(&buf, bench_out, sizeof(bench_out));
    bench_check(agt_json_unescape(&buf, d->escaped) == AGT_OK, "unescape");
}


static void
bench_minify(bench_doc_t *d)
{
    agt_buf_t  buf;

    agt_buf_fixed(&buf, bench_out, sizeof(bench_out));
    bench_check(agt_json_minify(&d->doc, 0, &buf) == AGT_OK, "minify");
}


static void
bench_canonical(bench_doc_t *d)
{
    agt_buf_t  buf;

    bench_used = 0;
    agt_buf_init(&buf, &bench_mem, d->text.len, 2 * d->text.len);
    bench_check(agt_json_canonical(&d->doc, 0, &buf) == AGT_OK, "canonical");
}


static void
bench_jansson(bench_doc_t *d)
{
    json_t  *root;

    root = json_loadb(d->text.data, d->text.len, 0, NULL);
    bench_check(root != NULL, "jansson");
    json_decref(root);
}


static size_t
bench_size_text(bench_doc_t *d)
{
    return d->text.len;
}


static size_t
bench_size_escaped(bench_doc_t *d)
{
    return d->escaped.len;
}


static const bench_t  benches[] = {
    { "parse", bench_parse, bench_size_text },
    { "escape", bench_escape, bench_size_text },
    { "unescape", bench_unescape, bench_size_escaped },
    { "minify", bench_minify, bench_size_text },
    { "canonical", bench_canonical, bench_size_text },
    { "jansson", bench_jansson, bench_size_text }
};


static double
bench_now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec * 1e9 + (double) ts.tv_nsec;
}


/* nanoseconds a call */

static double
bench_time(const bench_t *b, bench_doc_t *d)
{
    double    start, ns, best;
    unsigned  i, n, round;

    n = 1;
    best = 0;

    for (round = 0; round < BENCH_ROUNDS; /* void */ ) {

        start = bench_now();

        for (i = 0; i < n; i++) {
            b->run(d);
        }

        ns = bench_now() - start;

        if (ns < BENCH_NS) {
            n *= 2;
            continue;
        }

        if (round == 0 || ns / n < best) {
            best = ns / n;
        }

        round++;
    }

    return best;
}


static const char  *words[] = {
    "the", "listing", "shows", "a", "used", "bicycle", "with", "new", "tyres",
    "and", "lights", "seller", "in", "Zurich", "asks", "for", "250", "francs",
    "shipping", "is", "not", "included", "please", "write", "before", "you",
    "come", "condition:", "good,", "frame", "size", "54"
};

static const char  *foreign[] = {
    "\xc3\xbc" "ber", "Stra\xc3\x9f" "e",
    "\xe8\x87\xaa\xe8\xbb\xa2\xe8\xbb\x8a",
    "\xe4\xb8\xad\xe5\x8f\xa4\xe3\x81\xa7\xe3\x81\x99",
    "\xd0\xb2\xd0\xb5\xd0\xbb\xd0\xbe\xd1\x81\xd0\xb8\xd0\xbf\xd0\xb5\xd0\xb4",
    "\xf0\x9f\x9a\xb2", "caf\xc3\xa9", "na\xc3\xafve"
};


static void
bench_text(agt_buf_t *buf, size_t len, bool utf8)
{
    size_t           end;
    static uint32_t  seed = 1;

    end = buf->len + len;

    while (buf->len < end) {

        seed = seed * 1664525 + 1013904223;

        if (utf8 && seed >> 30 != 0) {
            agt_buf_text(buf, foreign[(seed >> 20) % agt_array_n(foreign)]);

        } else {
            agt_buf_text(buf, words[(seed >> 20) % agt_array_n(words)]);
        }

        agt_buf_text(buf, (seed >> 8) % 16 == 0 ? ".\\n" : " ");
    }
}


static void
bench_make_chat(agt_buf_t *buf, size_t len, bool utf8)
{
    size_t  n;

    n = (len - 250) / 3;

    agt_buf_text(buf, "{\"model\":\"gpt-6-luna\",\"messages\":[{\"role\":"
                 "\"system\",\"content\":\"");
    bench_text(buf, n, utf8);
    agt_buf_text(buf, "\"},{\"role\":\"user\",\"content\":\"");
    bench_text(buf, 2 * n, utf8);
    agt_buf_text(buf, "\"}],\"temperature\":0.2,\"max_completion_tokens\":800,"
                 "\"stream\":false,\"response_format\":{\"type\":"
                 "\"json_object\"},\"user\":\"u-1043\",\"seed\":7}");
}


/* an input as agents have it: some fields, and one of them a text */

static void
bench_make_listing(agt_buf_t *buf, size_t len)
{
    agt_buf_text(buf, "{\"id\":\"L-204811\",\"title\":\"City bicycle, 54 cm, "
                 "with new tyres\",\"category\":\"sports/bicycles\","
                 "\"price\":249.95,\"currency\":\"CHF\",\"negotiable\":true,"
                 "\"quantity\":1,\"condition\":\"used\",\"year\":2019,"
                 "\"brand\":\"Velo Basel\",\"colour\":null,"
                 "\"shipping\":{\"offered\":false,\"cost\":0},"
                 "\"seller\":{\"name\":\"anna_k\",\"verified\":true,"
                 "\"rating\":4.87,\"since\":\"2019-04-02\"},"
                 "\"location\":{\"zip\":\"8004\",\"city\":\"Zurich\","
                 "\"country\":\"CH\"},\"tags\":[\"bicycle\",\"city\",\"used\"],"
                 "\"images\":[\"https://img.example/204811/1.jpg\","
                 "\"https://img.example/204811/2.jpg\"],\"language\":\"en\","
                 "\"created\":\"2026-03-02T10:15:00Z\",\"description\":\"");
    bench_text(buf, len - buf->len - 2, false);
    agt_buf_text(buf, "\"}");
}


static void
bench_make_rows(agt_buf_t *buf, size_t len, const char *lf, const char *in)
{
    unsigned  i;

    agt_buf_format(buf, "{%s%s\"id\":%s\"L-204811\",", lf, in, *lf ? " " : "");
    agt_buf_format(buf, "%s%s\"seller\":{\"name\":\"Velo Basel\",\"verified\":"
                   "true,\"rating\":4.87,\"since\":\"2019-04-02\"},%s%s"
                   "\"items\":[", lf, in, lf, in);

    for (i = 0; buf->len < len - 100; i++) {
        agt_buf_format(buf, "%s%s%s%s{\"sku\":\"SKU-%06u\",\"title\":\"",
                       i ? "," : "", lf, in, in, i * 7919);
        bench_text(buf, 60, false);
        agt_buf_format(buf, "\",%s%s%s\"quantity\":%u,\"price\":%u.95,"
                       "\"used\":%s,\"tags\":[\"bike\",\"city\"]}",
                       lf, in, in, i + 1, 100 + i, i % 2 ? "true" : "false");
    }

    agt_buf_format(buf, "%s%s],%s%s\"currency\":\"CHF\",\"note\":null}",
                   lf, in, lf, in);
}


/* a chat completion whose content is JSON in a string */

static void
bench_make_answer(agt_buf_t *buf, size_t len, agt_buf_t *tmp)
{
    agt_buf_reset(tmp);
    bench_make_rows(tmp, len - 400, "", "");

    agt_buf_text(buf, "{\"id\":\"chatcmpl-9tq\","
                 "\"object\":\"chat.completion\",\"created\":1760000000,"
                 "\"model\":\"gpt-6-luna\",\"choices\":[{\"index\":0,"
                 "\"message\":{\"role\":\"assistant\",\"content\":");
    agt_json_quote(buf, agt_buf_slice(tmp));
    agt_buf_text(buf, ",\"refusal\":null},\"finish_reason\":\"stop\"}],"
                 "\"usage\":{\"prompt_tokens\":812,\"completion_tokens\":96,"
                 "\"total_tokens\":908,\"prompt_tokens_details\":{"
                 "\"cached_tokens\":0}},\"system_fingerprint\":\"fp_1\"}");
}


static agt_str_t
bench_copy(agt_buf_t *buf)
{
    char  *p;

    p = malloc(buf->len);
    memcpy(p, buf->data, buf->len);

    return agt_str_make(p, buf->len);
}


static void
bench_prepare(bench_doc_t *d, const char *name, agt_buf_t *buf)
{
    static agt_arena_t  arena;

    if (arena.mem.alloc == NULL) {
        agt_arena_init(&arena, 256 * 1024 * 1024);
    }

    d->name = name;
    d->text = bench_copy(buf);

    agt_buf_reset(buf);
    bench_check(agt_json_escape(buf, d->text) == AGT_OK, "escape");
    d->escaped = bench_copy(buf);

    bench_check(agt_json_parse(&d->doc, d->text, NULL, &arena.mem, NULL)
                == AGT_OK, "parse");

    agt_buf_reset(buf);
}


int
main(void)
{
    double        ns[agt_array_n(benches)];
    size_t        i, k, n;
    agt_buf_t     buf, tmp;
    bench_doc_t   docs[9];

    static char  mem[2][4 * 1024 * 1024];

    bench_mem.alloc = bench_alloc;

    agt_buf_fixed(&buf, mem[0], sizeof(mem[0]));
    agt_buf_fixed(&tmp, mem[1], sizeof(mem[1]));

    n = 0;

    bench_make_answer(&buf, 1024, &tmp);
    bench_prepare(&docs[n++], "answer 1k", &buf);
    bench_make_chat(&buf, 2048, false);
    bench_prepare(&docs[n++], "chat 2k", &buf);
    bench_make_listing(&buf, 2048);
    bench_prepare(&docs[n++], "listing 2k", &buf);
    bench_make_rows(&buf, 2048, "", "");
    bench_prepare(&docs[n++], "rows 2k", &buf);
    bench_make_rows(&buf, 2048, "\n", "    ");
    bench_prepare(&docs[n++], "rows 2k, spaced", &buf);
    bench_make_chat(&buf, 32768, false);
    bench_prepare(&docs[n++], "chat 32k", &buf);
    bench_make_chat(&buf, 32768, true);
    bench_prepare(&docs[n++], "chat 32k, utf-8", &buf);
    bench_make_rows(&buf, 32768, "", "");
    bench_prepare(&docs[n++], "rows 32k", &buf);
    bench_make_chat(&buf, 262144, false);
    bench_prepare(&docs[n++], "chat 256k", &buf);

    printf("%-17s %7s %6s", "ns (MB/s)", "bytes", "nodes");

    for (k = 0; k < agt_array_n(benches); k++) {
        printf(" %16s", benches[k].name);
    }

    printf(" %6s\n", "ratio");

    for (i = 0; i < n; i++) {

        printf("%-17s %7zu %6u", docs[i].name, docs[i].text.len,
               (unsigned) docs[i].doc.n);

        for (k = 0; k < agt_array_n(benches); k++) {
            ns[k] = bench_time(&benches[k], &docs[i]);
            printf(" %8.0f (%5.0f)", ns[k],
                   (double) benches[k].size(&docs[i]) / ns[k] * 1e3);
        }

        printf(" %5.0fx\n", ns[agt_array_n(benches) - 1] / ns[0]);
        fflush(stdout);
    }

    return 0;
}
