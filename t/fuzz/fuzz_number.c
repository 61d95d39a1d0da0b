
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Input: two numbers of JSON, with a zero byte between them.
 */


#include <stdlib.h>

#include "agt_json.h"
#include "agt_number.h"


#define MEMORY   (16 * 1024 * 1024)
#define LONGEST  2000                 /* bytes of a number */


#define check(cond)   do { if (!(cond)) { abort(); } } while (0)


static bool
is_number(agt_str_t s, agt_mem_t *mem)
{
    agt_json_t  doc;

    return s.len < LONGEST
           && agt_json_parse(&doc, s, NULL, mem, NULL) == AGT_OK
           && doc.nodes[0].type == AGT_JSON_NUMBER
           && doc.nodes[0].len == s.len;
}


static bool
equal(const agt_number_t *a, const agt_number_t *b)
{
    bool  same;

    same = agt_number_cmp(a, b) == 0;

    check(!same || agt_number_hash(a, 1) == agt_number_hash(b, 1));
    check(same == (agt_number_cmp(b, a) == 0));

    return same;
}


/* the same number with zeros behind its fraction, and with an exponent */

static void
check_forms(agt_str_t s, const agt_number_t *number)
{
    char          text[LONGEST + 8];
    size_t        n;
    agt_number_t  other;

    check(equal(number, number));

    if (memchr(s.data, 'e', s.len) != NULL
        || memchr(s.data, 'E', s.len) != NULL)
    {
        return;
    }

    memcpy(text, s.data, s.len);
    n = s.len;

    memcpy(text + n, "e+0", 3);
    agt_number_read(&other, agt_str_make(text, n + 3));
    check(equal(number, &other));

    if (memchr(s.data, '.', s.len) == NULL) {
        memcpy(text + n, "0e-1", 4);
        agt_number_read(&other, agt_str_make(text, n + 4));
        check(equal(number, &other));

        text[n++] = '.';
    }

    memcpy(text + n, "000", 3);
    agt_number_read(&other, agt_str_make(text, n + 3));
    check(equal(number, &other));
}


static void
check_pair(const agt_number_t *a, const agt_number_t *b)
{
    int64_t  x, y;

    check(agt_number_cmp(a, b) == -agt_number_cmp(b, a));
    check(equal(a, b) == (agt_number_cmp(a, b) == 0));

    if (agt_number_int64(a, &x)) {
        check(agt_number_is_integer(a));

        if (agt_number_int64(b, &y)) {
            check(agt_number_cmp(a, b) == (x > y) - (x < y));

            if (y > 0) {
                check(agt_number_is_multiple(a, b) == (x % y == 0));
            }
        }
    }

    if (b->n != 0 && !b->negative && b->n <= AGT_NUMBER_DIVISOR) {
        check(agt_number_is_multiple(b, b));

        if (agt_number_is_multiple(a, b) && agt_number_is_integer(b)) {
            check(agt_number_is_integer(a));
        }
    }
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char          *text;
    agt_str_t      s, t;
    const char    *zero;
    agt_arena_t    arena;
    agt_number_t   a, b;

    text = malloc(size + 1);
    check(text != NULL);

    if (size != 0) {
        memcpy(text, data, size);
    }

    zero = memchr(text, '\0', size);

    if (zero != NULL) {
        s = agt_str_make(text, (size_t) (zero - text));
        t = agt_str_make(zero + 1, size - s.len - 1);

        agt_arena_init(&arena, MEMORY);

        if (is_number(s, &arena.mem) && is_number(t, &arena.mem)) {
            agt_number_read(&a, s);
            agt_number_read(&b, t);

            check_forms(s, &a);
            check_forms(t, &b);
            check_pair(&a, &b);
        }

        agt_arena_release(&arena);
    }

    free(text);

    return 0;
}
