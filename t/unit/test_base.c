
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_buf.h"
#include "unit.h"


static void
test_error(void)
{
    agt_error_t  err;

    agt_error_init(&err);
    agt_error_set(&err, "unknown key \"%s\"", "a");
    agt_error_set(&err, "second");
    agt_error_locate(&err, agt_str_from("{\n  \"a\": 1\n}"), 4);
    agt_error_locate(&err, agt_str_from("{\n  \"a\": 1\n}"), 9);

    ok(strcmp(err.message, "unknown key \"a\"") == 0, "the first error wins");
    ok(err.line == 2 && err.column == 3, "line and column count from 1");

    agt_error_set(NULL, "nobody listens");
    ok(true, "an error object may be absent");
}


static void
test_arena(void)
{
    char         *p;
    agt_arena_t   arena;

    agt_arena_init(&arena, 10000);

    p = agt_alloc(&arena.mem, 1);
    ok(p != NULL && (uintptr_t) p % 16 == 0, "memory is aligned");
    p = agt_calloc(&arena.mem, 5000, 1);
    ok(p != NULL && p[0] == 0 && p[4999] == 0, "a large piece, zeroed");
    ok(agt_alloc(&arena.mem, 5000) == NULL, "over the maximum");
    ok(agt_calloc(&arena.mem, SIZE_MAX, 2) == NULL, "n * size overflows");
    ok(agt_alloc(&arena.mem, SIZE_MAX) == NULL, "size rounds over");

    agt_arena_release(&arena);
    agt_arena_release(&arena);
    ok(arena.used == 0, "release twice");
}


static void
test_buf(void)
{
    char       mem[8];
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), 0, 100);
    agt_buf_text(&buf, "n=");
    agt_buf_uint(&buf, UINT64_MAX);
    agt_buf_char(&buf, ' ');
    agt_buf_int(&buf, INT64_MIN);
    agt_buf_format(&buf, " %s", "x");
    is_str(agt_buf_slice(&buf),
           "n=18446744073709551615 -9223372036854775808 x", "numbers");

    while (agt_buf_text(&buf, "0123456789") == AGT_OK) { /* void */ }

    ok(buf.failed && buf.full && buf.len <= 100, "stops at its maximum");
    ok(agt_buf_char(&buf, 'x') == AGT_ERROR, "fails sticky");

    agt_buf_reset(&buf);
    ok(agt_buf_char(&buf, 'x') == AGT_OK && buf.len == 1, "reset");

    agt_buf_fixed(&buf, mem, sizeof(mem));
    ok(agt_buf_text(&buf, "12345678") == AGT_OK, "fixed: exactly full");
    ok(agt_buf_char(&buf, '9') == AGT_ERROR, "fixed: never grows");

    agt_buf_fixed(&buf, mem, 0);
    ok(agt_buf_text(&buf, "") == AGT_OK, "fixed: nothing fits in nothing");
    ok(agt_buf_text(&buf, "x") == AGT_ERROR, "fixed: but nothing else");

    agt_buf_fixed(&buf, mem, sizeof(mem));
    ok(agt_buf_text(&buf, "123456789") == AGT_ERROR, "fixed: too long");

    agt_buf_fixed(&buf, mem, sizeof(mem));
    (void) agt_buf_text(&buf, "12345678");
    (void) agt_buf_char(&buf, '9');

    agt_buf_rewind(&buf, 6);
    ok(!buf.failed && agt_buf_text(&buf, "xy") == AGT_OK, "rewind");
    is_str(agt_buf_slice(&buf), "123456xy", "fixed: what was taken back");
    ok(agt_buf_text(&buf, "z") == AGT_ERROR, "fixed: full again");
}


int
main(void)
{
    test_error();
    test_arena();
    test_buf();

    return unit_done();
}
