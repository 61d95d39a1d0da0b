
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Input: a template, a document and two partials, "p" and "q", each ended by
 * a zero byte.  What is missing at the end is empty.
 */


#include <stdlib.h>

#include "agt_template.h"


#define PARTS    4
#define OUTPUT   65536


#define check(cond)   do { if (!(cond)) { abort(); } } while (0)


static int
find_partial(void *ctx, agt_str_t name, agt_str_t *text)
{
    const agt_str_t  *parts = ctx;

    if (agt_str_is(name, "p")) {
        *text = parts[2];
        return AGT_OK;
    }

    if (agt_str_is(name, "q")) {
        *text = parts[3];
        return AGT_OK;
    }

    return AGT_DECLINED;
}


static int
check_name(void *ctx, agt_str_t name, agt_str_t file, agt_str_t text,
    size_t offset)
{
    const agt_str_t  *parts = ctx;

    check(name.len != 0 && offset < text.len);
    check(name.data > text.data + offset);
    check(name.data + name.len < text.data + text.len);
    check(text.data == parts[0].data || text.data == parts[2].data
          || text.data == parts[3].data);
    check((file.len == 0) == (text.data == parts[0].data));

    return AGT_OK;
}


/* a buffer of exactly the size is enough, and one byte less is not */

static void
check_bounds(const agt_template_t *tmpl, const agt_json_t *doc,
    const agt_buf_t *out)
{
    char       *data;
    agt_buf_t   fixed;

    data = malloc(out->len + 1);
    check(data != NULL);

    agt_buf_fixed(&fixed, data, out->len);
    check(agt_template_render(tmpl, doc, &fixed) == AGT_OK);
    check(agt_str_eq(agt_buf_slice(&fixed), agt_buf_slice(out)));

    if (out->len != 0) {
        agt_buf_fixed(&fixed, data, out->len - 1);
        check(agt_template_render(tmpl, doc, &fixed) == AGT_ERROR);
        check(fixed.full);
    }

    free(data);
}


static void
check_render(const agt_template_t *tmpl, const agt_str_t *parts,
    agt_mem_t *mem)
{
    int         rc;
    agt_buf_t   out;
    agt_str_t   text;
    agt_json_t  doc;

    if (agt_json_parse(&doc, parts[1], NULL, mem, NULL) != AGT_OK) {
        return;
    }

    agt_buf_init(&out, mem, 0, OUTPUT);

    rc = agt_template_render(tmpl, &doc, &out);

    if (rc == AGT_ERROR) {
        check(out.failed && out.full);
        return;
    }

    if (rc == AGT_DECLINED) {
        check(!agt_template_static(tmpl, &text));
        return;
    }

    check(rc == AGT_OK && !out.failed);

    if (agt_template_static(tmpl, &text)) {
        check(agt_str_eq(text, agt_buf_slice(&out)));
    }

    /* delimiters are whole characters, and so is what is between them */

    if (agt_utf8_valid(parts[0]) == parts[0].len
        && agt_utf8_valid(parts[2]) == parts[2].len
        && agt_utf8_valid(parts[3]) == parts[3].len)
    {
        check(agt_utf8_valid(agt_buf_slice(&out)) == out.len);
    }

    check_bounds(tmpl, &doc, &out);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                      rc;
    size_t                   i, n;
    uint8_t                 *copy;
    agt_str_t                parts[PARTS], append;
    agt_arena_t              arena;
    agt_error_t              err;
    const uint8_t           *p, *zero;
    agt_template_t          *tmpl;
    agt_template_options_t   options = { .partial = find_partial };

    copy = malloc(size + 1);
    check(copy != NULL);

    p = copy;
    n = size;

    if (size != 0) {
        memcpy(copy, data, size);
    }

    for (i = 0; i < PARTS; i++) {
        zero = memchr(p, '\0', n);
        parts[i].data = (const char *) p;
        parts[i].len = (zero != NULL) ? (size_t) (zero - p) : n;
        p += parts[i].len + (zero != NULL);
        n -= parts[i].len + (zero != NULL);
    }

    agt_arena_init(&arena, (size_t) 64 << 20);
    agt_error_init(&err);

    append = agt_str_from("q");

    options.ctx = parts;
    options.append = &append;
    options.append_n = (size % 2);

    rc = agt_template_compile(&tmpl, parts[0], &options, &arena.mem, &err);

    if (rc == AGT_OK) {
        check(!err.set);
        check(agt_template_names(tmpl, check_name, parts) == AGT_OK);
        check_render(tmpl, parts, &arena.mem);

    } else {
        check(rc == AGT_DECLINED && err.set && err.message[0] != '\0');
    }

    agt_arena_release(&arena);
    free(copy);

    return 0;
}
