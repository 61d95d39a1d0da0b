
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_delay.h"
#include "unit.h"


#define DRAWS   10000


static int
test_order(const void *a, const void *b)
{
    uint32_t  x = *(const uint32_t *) a;
    uint32_t  y = *(const uint32_t *) b;

    return (x > y) - (x < y);
}


static void
test_draws(const agt_delay_t *delay, uint32_t *draws)
{
    unsigned      i;
    agt_random_t  random = { 1 };

    for (i = 0; i < DRAWS; i++) {
        draws[i] = agt_delay_draw(delay, &random);
    }

    qsort(draws, DRAWS, sizeof(uint32_t), test_order);
}


static void
test_uniform(void)
{
    agt_delay_t      delay;
    static uint32_t  draws[DRAWS];

    agt_delay_uniform(&delay, 7, 7);
    test_draws(&delay, draws);
    ok(draws[0] == 7 && draws[DRAWS - 1] == 7, "a constant");

    agt_delay_uniform(&delay, 0, 9);
    test_draws(&delay, draws);
    ok(draws[0] == 0 && draws[DRAWS - 1] == 9, "both ends are drawn");
    ok(draws[DRAWS / 2] >= 4 && draws[DRAWS / 2] <= 5, "none is preferred");
}


static void
test_lognormal(void)
{
    unsigned         i;
    agt_delay_t      delay;
    static uint32_t  draws[DRAWS];

    static const struct {
        uint32_t     median;
        uint32_t     p95;
        const char  *name;
    } tests[] = {
        { 100, 100, "no spread" },
        { 100, 101, "nearly no spread" },
        { 800, 2500, "a usual one" },
        { 1000, 60000, "a wide one" }
    };

    for (i = 0; i < agt_array_n(tests); i++) {
        agt_delay_lognormal(&delay, tests[i].median, tests[i].p95);
        test_draws(&delay, draws);

        ok(draws[DRAWS / 2] > tests[i].median * 0.9
           && draws[DRAWS / 2] < tests[i].median * 1.1,
           "%s: the median", tests[i].name);
        ok(draws[DRAWS * 95 / 100] > tests[i].p95 * 0.8
           && draws[DRAWS * 95 / 100] < tests[i].p95 * 1.2,
           "%s: the 95th percentile", tests[i].name);
    }

    agt_delay_lognormal(&delay, 1, AGT_DELAY_MAX);
    test_draws(&delay, draws);
    ok(draws[DRAWS - 1] == AGT_DELAY_MAX, "never over the maximum");
}


static void
test_random(void)
{
    agt_str_t     text = agt_string("0123456789abc");
    agt_random_t  a = { 42 }, b = { 42 }, c = { 43 };

    ok(agt_random(&a) == agt_random(&b), "the same seed, the same numbers");
    ok(agt_random(&a) != agt_random(&c), "another seed, other numbers");
    ok(agt_random_below(&a, 1) == 0, "below one there is only zero");

    ok(agt_random_seed(1, text) == agt_random_seed(1, text),
       "a text's seed is its own");
    ok(agt_random_seed(1, text) != agt_random_seed(2, text),
       "a text's seed depends on the seed");

    text.len--;
    ok(agt_random_seed(1, text)
       != agt_random_seed(1, agt_str_from("0123456789abc")),
       "a text's seed depends on its end");
}


int
main(void)
{
    test_uniform();
    test_lognormal();
    test_random();

    return unit_done();
}
