
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_uuid.h"
#include "unit.h"


static const uint8_t  seed[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };


static void
test_shape(void)
{
    char        id[AGT_UUID_LEN + 1] = { 0 };
    agt_uuid_t  gen;

    agt_uuid_init(&gen, seed);
    agt_uuid_next(&gen, 0x019af3d27c1e, id);

    ok(memcmp(id, "019af3d2-7c1e-7000-", 19) == 0, "time, version, counter");
    ok(strchr("89ab", id[19]) != NULL, "variant");
    ok(id[23] == '-' && strlen(id) == AGT_UUID_LEN, "length");
    ok(strspn(id, "0123456789abcdef-") == AGT_UUID_LEN, "alphabet");
}


static void
test_order(void)
{
    char        last[AGT_UUID_LEN], id[AGT_UUID_LEN];
    unsigned    i, wrong;
    uint64_t    now;
    agt_uuid_t  gen;

    agt_uuid_init(&gen, seed);
    agt_uuid_next(&gen, 1000, last);

    for (i = 0, wrong = 0; i < 100000; i++) {

        /* the clock stands, runs, and is set back */

        now = i < 30000 ? 1000 : i < 60000 ? 1000 + i : 500;

        agt_uuid_next(&gen, now, id);

        if (memcmp(last, id, AGT_UUID_LEN) >= 0) {
            wrong++;
        }

        memcpy(last, id, AGT_UUID_LEN);
    }

    ok(wrong == 0, "ids always increase, whatever the clock does");
}


static void
test_hex(void)
{
    char        a[33] = { 0 }, b[33] = { 0 };
    uint8_t     zero[32] = { 0 };
    agt_uuid_t  gen;

    agt_uuid_init(&gen, zero);
    agt_uuid_hex(&gen, a, 32);
    agt_uuid_hex(&gen, b, 32);

    ok(strlen(a) == 32 && strspn(a, "0123456789abcdef") == 32, "hex digits");
    ok(strcmp(a, b) != 0, "another each time");
    ok(strspn(a, "0") < 32, "never all zeros, also from a seed of zeros");
}


int
main(void)
{
    test_shape();
    test_order();
    test_hex();

    return unit_done();
}
