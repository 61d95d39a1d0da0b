
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_price.h"
#include "unit.h"


typedef struct {
    const char  *name;
    const char  *text;
    int          rc;
    int64_t      value;
} number_row_t;


typedef struct {
    const char  *name;
    int64_t      input;
    int64_t      cached;
    int64_t      cache_write;
    int64_t      output;
    const char  *usd;
} cost_row_t;


static const number_row_t  rates[] = {
    { "empty",                  "",               AGT_DECLINED, 0 },
    { "no digit",               ".",              AGT_DECLINED, 0 },
    { "no digit before",        ".5",             AGT_DECLINED, 0 },
    { "no digit behind",        "5.",             AGT_DECLINED, 0 },
    { "two points",             "1.2.3",          AGT_DECLINED, 0 },
    { "negative",               "-1",             AGT_DECLINED, 0 },
    { "a sign",                 "+1",             AGT_DECLINED, 0 },
    { "a space",                "1 ",             AGT_DECLINED, 0 },
    { "an exponent",            "1e3",            AGT_DECLINED, 0 },
    { "a comma",                "1,5",            AGT_DECLINED, 0 },
    { "seven decimals",         "0.1234567",      AGT_DECLINED, 0 },
    { "seven decimals of zero", "0.0000000",      AGT_DECLINED, 0 },
    { "over the maximum",       "1000000.000001", AGT_DECLINED, 0 },
    { "far over the maximum",   "99999999999999999999999999", AGT_DECLINED, 0 },
    { "the maximum",            "1000000",        AGT_OK, 1000000000000 },
    { "the maximum, decimals",  "1000000.000000", AGT_OK, 1000000000000 },
    { "zero",                   "0",              AGT_OK, 0 },
    { "an integer",             "10",             AGT_OK, 10000000 },
    { "the smallest",           "0.000001",       AGT_OK, 1 },
    { "three decimals",         "0.125",          AGT_OK, 125000 },
    { "trailing zeros",         "0.500000",       AGT_OK, 500000 },
    { "leading zeros",          "000.5",          AGT_OK, 500000 }
};


static const number_row_t  figures[] = {
    { "empty",               "",            AGT_DECLINED, 0 },
    { "negative",            "-0.1",        AGT_DECLINED, 0 },
    { "a word",              "NaN",         AGT_DECLINED, 0 },
    { "no digit behind",     "1.",          AGT_DECLINED, 0 },
    { "no digit before",     ".1",          AGT_DECLINED, 0 },
    { "an empty exponent",   "1e",          AGT_DECLINED, 0 },
    { "a signed nothing",    "1e-",         AGT_DECLINED, 0 },
    { "text behind",         "1 USD",       AGT_DECLINED, 0 },
    { "text in exponent",    "1e3x",        AGT_DECLINED, 0 },
    { "hexadecimal",         "0x10",        AGT_DECLINED, 0 },
    { "too much",            "9223373",     AGT_DECLINED, 0 },
    { "far too much",        "1e300",       AGT_DECLINED, 0 },
    { "an endless exponent", "1e99999999999999999999", AGT_DECLINED, 0 },
    { "40 digits",           "1234567890123456789012345678901234567890",
                             AGT_DECLINED, 0 },
    { "the most",            "9223372.036854775807", AGT_OK, INT64_MAX },
    { "zero",                "0",           AGT_OK, 0 },
    { "zero, much scaled",   "0e999999",    AGT_OK, 0 },
    { "a plain figure",      "0.00123",     AGT_OK, 1230000000 },
    { "an exponent",         "1.23e-3",     AGT_OK, 1230000000 },
    { "a large E",           "123E-5",      AGT_OK, 1230000000 },
    { "a plus",              "0.0123e+1",   AGT_OK, 123000000000 },
    { "one USD",             "1",           AGT_OK, 1000000000000 },
    { "the unit",            "1e-12",       AGT_OK, 1 },
    { "half a unit, up",     "5e-13",       AGT_OK, 1 },
    { "less than half",      "4.9e-13",     AGT_OK, 0 },
    { "a hundredth",         "5e-14",       AGT_OK, 0 },
    { "next to nothing",     "1e-999999",   AGT_OK, 0 },
    { "a float's tail",      "0.00012920000000000002", AGT_OK, 129200000 },
    { "30 decimals",         "0.000000000000000000000000000001", AGT_OK, 0 },
    { "leading zeros count", "0.00000000000000000000e20", AGT_OK, 0 }
};


/* the rates of a model in the documentation: 0.10 0.01 0.125 0.50,
   and 4.00 0.40 5.00 15.00 over 272k */

static const agt_price_t  price = {
    { { 0, 100000, 10000, 125000, 500000 },
      { 272000, 4000000, 400000, 5000000, 15000000 } },
    2
};


static const cost_row_t  costs[] = {
    { "nothing",              0,      0,      0,     0,    "0" },
    { "nothing reported",     -1,     -1,     -1,    -1,   "0" },
    { "an ordinary call",     812,    0,      0,     96,   "0.0001292" },
    { "one token",            1,      0,      0,     0,    "0.0000001" },
    { "only output",          -1,     -1,     -1,    1000, "0.0005" },
    { "a cached prefix",      1000,   900,    -1,    0,    "0.000019" },
    { "a written prefix",     1000,   0,      800,   0,    "0.00012" },
    { "read and written",     1000,   500,    300,   10,   "0.0000675" },
    { "all cached",           1000,   1000,   0,     0,    "0.00001" },
    { "cached over input",    10,     999999, 0,     0,    "0.0000001" },
    { "both over input",      10,     8,      8,     0,    "0.00000033" },
    { "cached, no input",     -1,     500,    500,   0,    "0" },
    { "the band's edge",      272000, 0,      0,     0,    "0.0272" },
    { "over the band's edge", 272001, 0,      0,     0,    "1.088004" },
    { "output over the edge", 300000, 200000, 50000, 1000, "0.545" },
    { "a million and more",   1000000, 0, 0, 1000000,      "19" },
    { "over what is held",    INT64_MAX, 0, 0, 0, "9223372.036854775807" },
    { "the sum is over",      INT64_MAX / 4000000, 0, 0, 1000000,
                              "9223372.036854775807" }
};


static void
test_numbers(const char *what, int (*parse)(agt_str_t text, int64_t *value),
    const number_row_t *rows, size_t n)
{
    int      rc;
    size_t   i;
    int64_t  value;

    for (i = 0; i < n; i++) {
        value = 0;
        rc = parse(agt_str_from(rows[i].text), &value);

        if (!ok(rc == rows[i].rc && value == rows[i].value, "%s: %s", what,
                rows[i].name))
        {
            printf("# %s: rc %d, %lld\n", rows[i].text, rc, (long long) value);
        }
    }
}


static void
test_costs(void)
{
    size_t     i;
    int64_t    cost;
    agt_buf_t  buf;

    for (i = 0; i < agt_array_n(costs); i++) {
        cost = agt_price_cost(&price, costs[i].input, costs[i].cached,
                              costs[i].cache_write, costs[i].output);

        agt_buf_init(&buf, unit_mem(), 0, 64);
        agt_price_format(cost, &buf);
        is_str(agt_buf_slice(&buf), costs[i].usd, costs[i].name);
    }
}


static void
test_defaults(void)
{
    agt_price_t  p;

    agt_price_init(&p);
    ok(agt_price_cost(&p, 1000, 100, 100, 1000) == 0, "no price is free");

    p.bands[0].input = 2000000;
    ok(agt_price_cost(&p, 1000, 500, 300, 0) == 2000000000,
       "rates not given are that of input");

    p.bands[0].cached = 0;
    ok(agt_price_cost(&p, 1000, 500, 300, 0) == 1000000000,
       "a rate of 0 is a rate");

    p.n = 0;
    ok(agt_price_cost(&p, 1000, 0, 0, 1000) == 0, "no band at all");
}


static void
test_format(void)
{
    char       data[8];
    int64_t    back, cost;
    uint64_t   seed;
    unsigned   i, wrong;
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), 0, 64);
    agt_price_format(-5, &buf);
    is_str(agt_buf_slice(&buf), "0", "a cost is never negative");

    agt_buf_reset(&buf);
    agt_price_format(1, &buf);
    is_str(agt_buf_slice(&buf), "0.000000000001", "the smallest cost");

    agt_buf_fixed(&buf, data, sizeof(data));
    ok(agt_price_format(129200000, &buf) == AGT_ERROR, "no room");

    agt_buf_init(&buf, unit_mem(), 0, 64);
    wrong = 0;
    seed = 1;

    for (i = 0; i < 10000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        cost = (int64_t) ((seed >> 1) >> (i % 60));

        agt_buf_reset(&buf);
        agt_price_format(cost, &buf);

        back = -1;
        wrong += agt_price_parse(agt_buf_slice(&buf), &back) != AGT_OK
                 || back != cost;
    }

    ok(wrong == 0, "what is written is read back");
}


int
main(void)
{
    test_numbers("rate", agt_price_rate, rates, agt_array_n(rates));
    test_numbers("figure", agt_price_parse, figures, agt_array_n(figures));
    test_costs();
    test_defaults();
    test_format();

    return unit_done();
}
