
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Pseudorandom numbers for what has to be reproducible: the same seed gives
 * the same stream (splitmix64).  Nothing here is a secret.
 */


#ifndef _AGT_RANDOM_H_INCLUDED_
#define _AGT_RANDOM_H_INCLUDED_


#include "agt_base.h"


typedef struct {
    uint64_t  state;
} agt_random_t;


static inline uint64_t
agt_random(agt_random_t *random)
{
    uint64_t  z;

    random->state += 0x9e3779b97f4a7c15u;

    z = random->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;

    return z ^ (z >> 31);
}


/* a number below n, which is not 0; the bias does not matter here */

static inline uint64_t
agt_random_below(agt_random_t *random, uint64_t n)
{
    uint64_t  z = agt_random(random);

    if (n <= UINT32_MAX) {
        return ((z >> 32) * n) >> 32;
    }

    return z % n;
}


/* a seed made of a seed and a text */

static inline uint64_t
agt_random_seed(uint64_t seed, agt_str_t text)
{
    size_t        i;
    uint64_t      h, w;
    agt_random_t  random;

    h = seed ^ (text.len * 0x9e3779b97f4a7c15u);

    for (i = 0; text.len - i >= 8; i += 8) {
        memcpy(&w, text.data + i, 8);
        h = (h ^ w) * 0xd6e8feb86659fd93u;
        h ^= h >> 32;
    }

    for (w = 0; i < text.len; i++) {
        w = w << 8 | (unsigned char) text.data[i];
    }

    random.state = h ^ w;

    return agt_random(&random);
}


#endif /* _AGT_RANDOM_H_INCLUDED_ */
