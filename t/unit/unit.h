
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The little that C tests need: TAP on standard output, so that prove runs
 * them, and memory from malloc() that is freed at the end.  A test is one
 * program, test_<what>.c, with tables of named rows.
 */


#ifndef _UNIT_H_INCLUDED_
#define _UNIT_H_INCLUDED_


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agt_mem.h"


static unsigned     unit_n;
static unsigned     unit_failures;
static agt_arena_t  unit_arena;


static inline agt_mem_t *
unit_mem(void)
{
    if (unit_arena.mem.alloc == NULL) {
        agt_arena_init(&unit_arena, (size_t) 1 << 30);
    }

    return &unit_arena.mem;
}


/* frees what tests allocated so far */

static inline void
unit_mem_reset(void)
{
    if (unit_arena.mem.alloc != NULL) {
        agt_arena_release(&unit_arena);
    }
}


static inline bool __attribute__((format(printf, 2, 3)))
ok(bool passed, const char *fmt, ...)
{
    va_list  args;

    unit_n++;

    if (!passed) {
        unit_failures++;
    }

    printf("%s %u - ", passed ? "ok" : "not ok", unit_n);

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);

    putchar('\n');

    return passed;
}


static inline bool
is_str(agt_str_t got, const char *expected, const char *name)
{
    bool  same = agt_str_is(got, expected);

    ok(same, "%s", name);

    if (!same) {
        printf("#      got: %.*s\n# expected: %s\n", (int) got.len,
               got.len != 0 ? got.data : "", expected);
    }

    return same;
}


/* prints the plan; main() returns what it gives */

static inline int
unit_done(void)
{
    unit_mem_reset();
    printf("1..%u\n", unit_n);

    return unit_failures != 0;
}


/* a whole file in memory of unit_mem(), ended by a zero that is not counted */

static inline agt_str_t
unit_file(const char *path)
{
    long       size;
    FILE      *f;
    char      *p;
    agt_str_t  s = agt_null_string;

    f = fopen(path, "rb");
    if (f == NULL) {
        return s;
    }

    (void) fseek(f, 0, SEEK_END);
    size = ftell(f);
    rewind(f);

    p = agt_alloc(unit_mem(), (size_t) size + 1);

    if (p != NULL && fread(p, 1, (size_t) size, f) == (size_t) size) {
        p[size] = '\0';
        s = agt_str_make(p, (size_t) size);
    }

    fclose(f);

    return s;
}


#endif /* _UNIT_H_INCLUDED_ */
