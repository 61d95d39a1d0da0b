
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_uuid.h"


#define AGT_UUID_COUNTER   0x1000


static const char  agt_uuid_digits[] = "0123456789abcdef";


static inline uint64_t
agt_uuid_rotl(uint64_t x, unsigned k)
{
    return (x << k) | (x >> (64 - k));
}


void
agt_uuid_init(agt_uuid_t *gen, const uint8_t seed[32])
{
    memcpy(gen->random, seed, sizeof(gen->random));

    gen->random[0] |= 1;      /* the state must not be all zeros */
    gen->ms = 0;
    gen->counter = 0;
}


/* xoshiro256** by Blackman and Vigna, prng.di.unimi.it */

uint64_t
agt_uuid_random(agt_uuid_t *gen)
{
    uint64_t  *s = gen->random, r, t;

    r = agt_uuid_rotl(s[1] * 5, 7) * 9;
    t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = agt_uuid_rotl(s[3], 45);

    return r;
}


void
agt_uuid_next(agt_uuid_t *gen, uint64_t now, char *out)
{
    char      *p;
    uint64_t   hi, lo;
    unsigned   i;

    if (now > gen->ms) {
        gen->ms = now;
        gen->counter = 0;

    } else if (++gen->counter == AGT_UUID_COUNTER) {

        /* the counter is full: borrow from the time that comes */

        gen->ms++;
        gen->counter = 0;
    }

    hi = (gen->ms << 16) | 0x7000 | gen->counter;
    lo = (agt_uuid_random(gen) >> 2) | ((uint64_t) 2 << 62);

    p = out;

    for (i = 0; i < 32; i++) {

        if (i == 8 || i == 12 || i == 16 || i == 20) {
            *p++ = '-';
        }

        *p++ = agt_uuid_digits[(i < 16 ? hi >> (60 - 4 * i)
                                       : lo >> (124 - 4 * i)) & 0xf];
    }
}


void
agt_uuid_hex(agt_uuid_t *gen, char *out, size_t n)
{
    size_t    i;
    uint64_t  r = 0;

    for (i = 0; i < n; i++) {

        if (i % 16 == 0) {
            r = agt_uuid_random(gen) | 1;
        }

        out[i] = agt_uuid_digits[r & 0xf];
        r >>= 4;
    }
}
