
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_number.h"
#include "unit.h"


typedef struct {
    const char  *name;
    const char  *a;
    const char  *b;
    int          expected;
} test_pair_t;


typedef struct {
    const char  *text;
    bool         integer;
    bool         fits;
    int64_t      value;
} test_single_t;


#define D40  "1234567890123456789012345678901234567890"


static const test_pair_t  test_cmps[] = {
    { "zeros",                 "0", "-0.00e-5", 0 },
    { "zero, positive",        "0", "1e-999999999999", -1 },
    { "zero, negative",        "0", "-1e-999999999999", 1 },
    { "signs",                 "-1", "1", -1 },
    { "as integer, fraction",  "1", "1.000", 0 },
    { "as exponent",           "100", "1e2", 0 },
    { "as negative exponent",  "0.01", "1E-2", 0 },
    { "exponent with plus",    "10", "1e+1", 0 },
    { "exponent with zeros",   "10", "1e0001", 0 },
    { "fraction and exponent", "123.456e3", "123456", 0 },
    { "zeros behind",          "1200e-2", "12", 0 },
    { "magnitude",             "9", "10", -1 },
    { "magnitude, negative",   "-9", "-10", 1 },
    { "digits",                "12", "13", -1 },
    { "more digits",           "1.2", "1.25", -1 },
    { "point elsewhere",       "1.25", "12.5e-1", 0 },
    { "beyond doubles",        "9007199254740992", "9007199254740993", -1 },
    { "forty digits",          D40 "1", D40 "0", 1 },
    { "forty digits, fraction", "0." D40 "1", "0." D40 "10", 0 },
    { "huge exponents",        "1e1000000000", "1e1000000001", -1 },
    { "tiny exponents",        "1e-1000000000", "1e-1000000001", 1 },
    { "exponents beyond all",  "1e99999999999999999999999",
      "1e99999999999999999999999", 0 },
    { "exponents beyond all, both signs", "1e99999999999999999999999",
      "1e-99999999999999999999999", 1 }
};


static const test_pair_t  test_multiples[] = {
    { "of one",                "7", "1", 1 },
    { "zero",                  "0", "7", 1 },
    { "integer",               "10", "2", 1 },
    { "integer, not",          "7", "2", 0 },
    { "negative",              "-4.5", "1.5", 1 },
    { "smaller",               "1", "2", 0 },
    { "fraction",              "0.0075", "0.0001", 1 },
    { "fraction, not",         "0.00751", "0.0001", 0 },
    { "what doubles get wrong", "0.3", "0.1", 1 },
    { "prices",                "19.99", "0.01", 1 },
    { "of a quarter",          "1", "0.25", 1 },
    { "of a third and a bit",  "1", "0.33", 0 },
    { "huge",                  "1e1000000000", "0.1", 1 },
    { "huge, not",             "1e1000000000", "0.3", 0 },
    { "huge, of three",        "3e1000000000", "0.3", 1 },
    { "huge, powers of two",   "1e1000000000", "1024", 1 },
    { "large over odd",        "1e308", "0.123456789", 0 },
    { "tiny",                  "1e-1000000000", "0.1", 0 },
    { "all exponents",         "1e999999999999999999999",
      "1e-999999999999999999999", 1 },
    { "of a large power of two", "1e18", "262144", 1 },
    { "zeros that are too few", "1e17", "262144", 0 },
    { "forty digits by two",   D40, "2", 1 },
    { "forty digits by seven", D40, "7", 0 },
    { "forty digits by themselves", D40, D40, 1 },
    { "eighty digits by forty", D40 D40, D40, 1 },
    { "eighty digits by forty, not", D40 "0000000000000000000000000000000000000"
      "001", D40, 0 },
    { "of 2^64",               "18446744073709551616e3",
      "18446744073709551616", 1 },
    { "10^64 of 2^64",         "1e64", "18446744073709551616", 1 },
    { "10^63 of 2^64",         "1e63", "18446744073709551616", 0 }
};


static const test_single_t  test_singles[] = {
    { "0",                      1, 1, 0 },
    { "-0.0",                   1, 1, 0 },
    { "1.5",                    0, 0, 0 },
    { "1.50e1",                 1, 1, 15 },
    { "1.55e1",                 0, 0, 0 },
    { "1e-1",                   0, 0, 0 },
    { "10e-1",                  1, 1, 1 },
    { "-12",                    1, 1, -12 },
    { "9223372036854775807",    1, 1, INT64_MAX },
    { "9223372036854775808",    1, 0, 0 },
    { "-9223372036854775808",   1, 1, INT64_MIN },
    { "-9223372036854775809",   1, 0, 0 },
    { "1e18",                   1, 1, INT64_C(1000000000000000000) },
    { "1e19",                   1, 0, 0 },
    { "99999999999999999999",   1, 0, 0 },
    { "18446744073709551617",   1, 0, 0 },
    { "1e1000000000",           1, 0, 0 }
};


static agt_number_t
test_read(const char *text)
{
    agt_number_t  number;

    agt_number_read(&number, agt_str_from(text));

    return number;
}


static void
test_cmp(void)
{
    int           rc;
    bool          equal;
    size_t        i;
    agt_number_t  a, b;

    for (i = 0; i < agt_array_n(test_cmps); i++) {
        a = test_read(test_cmps[i].a);
        b = test_read(test_cmps[i].b);
        rc = test_cmps[i].expected;
        equal = agt_number_hash(&a, 1) == agt_number_hash(&b, 1);

        ok(agt_number_cmp(&a, &b) == rc && agt_number_cmp(&b, &a) == -rc
           && equal == (rc == 0),
           "compare: %s", test_cmps[i].name);
    }
}


static void
test_multiple(void)
{
    size_t        i;
    agt_number_t  a, b;

    for (i = 0; i < agt_array_n(test_multiples); i++) {
        a = test_read(test_multiples[i].a);
        b = test_read(test_multiples[i].b);

        ok(agt_number_is_multiple(&a, &b) == test_multiples[i].expected
           && agt_number_multiple_cost(&a, &b) < 20000,
           "multiple: %s", test_multiples[i].name);
    }
}


static void
test_integer(void)
{
    size_t                i;
    int64_t               value;
    agt_number_t          a;
    const test_single_t  *t;

    for (i = 0; i < agt_array_n(test_singles); i++) {
        t = &test_singles[i];
        a = test_read(t->text);
        value = 0;

        ok(agt_number_is_integer(&a) == t->integer
           && agt_number_int64(&a, &value) == t->fits && value == t->value,
           "integer: %s", t->text);
    }
}


static void
test_long(void)
{
    char          *p;
    size_t         n = 1000000;
    agt_str_t      s;
    agt_number_t   a, b;

    p = agt_alloc(unit_mem(), n);
    memset(p, '9', n);
    s = agt_str_make(p, n);

    agt_number_read(&a, s);
    agt_number_read(&b, agt_str_from("0.9"));

    ok(a.n == n && agt_number_is_multiple(&a, &b), "a million digits");

    b = test_read(D40);
    ok(agt_number_multiple_cost(&a, &b) > n * 10,
       "a long divisor makes them dear");

    memset(p + 1, '0', n - 1);
    agt_number_read(&a, s);
    b = test_read("9e999999");
    ok(agt_number_cmp(&a, &b) == 0, "a million zeros");
}


int
main(void)
{
    test_cmp();
    test_multiple();
    test_integer();
    test_long();

    return unit_done();
}
