
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The hash of keys: 16 bytes are two words, and each pair of words is folded
 * into the state by one long multiplication, the high half onto the low one.
 * Both factors are masked by words that nobody outside knows, so that keys
 * which collide cannot be chosen beforehand.  The last pair is padded with
 * zeros; the length, which is hashed first, tells padding from data.
 */


#include "agt_json_text.h"


#define AGT_HASH_PAIR   16


static uint64_t agt_hash_fold(uint64_t a, uint64_t b);
static uint32_t agt_hash_last(uint64_t hash, uint64_t a, uint64_t b);


/* what a process has that was never seeded, as tests: digits of pi */

static uint64_t  agt_hash_seeds[2] = {
    0x243f6a8885a308d3, 0x13198a2e03707344
};

/* the mask of n bytes begins at 16 - n */

static const uint8_t  agt_hash_mask[2 * AGT_HASH_PAIR] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00
};


void
agt_json_seed(uint64_t seed)
{
    size_t    i;
    uint64_t  z;

    /* a counter through a mixer of full avalanche: related seeds diverge */

    for (i = 0; i < agt_array_n(agt_hash_seeds); i++) {
        seed += 0x9e3779b97f4a7c15;
        z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        agt_hash_seeds[i] = z ^ (z >> 31);
    }
}


uint32_t
agt_json_hash(agt_str_t key)
{
    char         last[AGT_HASH_PAIR];
    size_t       left;
    uint64_t     hash;
    const char  *p;

    p = key.data;
    hash = key.len;

    for (left = key.len; left > AGT_HASH_PAIR; left -= AGT_HASH_PAIR) {
        hash = agt_hash_fold(agt_scan_word(p) ^ hash ^ agt_hash_seeds[0],
                             agt_scan_word(p + 8) ^ agt_hash_seeds[1]);
        p += AGT_HASH_PAIR;
    }

    memset(last, 0, sizeof(last));

    if (left != 0) {
        memcpy(last, p, left);
    }

    return agt_hash_last(hash, agt_scan_word(last), agt_scan_word(last + 8));
}


uint32_t
agt_json_hash_short(const char *p, size_t n)
{
    const char  *mask;

    mask = (const char *) agt_hash_mask + AGT_HASH_PAIR - n;

    return agt_hash_last(n, agt_scan_word(p) & agt_scan_word(mask),
                         agt_scan_word(p + 8) & agt_scan_word(mask + 8));
}


static uint32_t
agt_hash_last(uint64_t hash, uint64_t a, uint64_t b)
{
    hash = agt_hash_fold(a ^ hash ^ agt_hash_seeds[0], b ^ agt_hash_seeds[1]);

    return (uint32_t) (hash ^ (hash >> 32));
}


#if defined(__SIZEOF_INT128__) && !defined(AGT_JSON_NO_SIMD)

static uint64_t
agt_hash_fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128  product = a;

    product *= b;

    return (uint64_t) product ^ (uint64_t) (product >> 64);
}

#else

static uint64_t
agt_hash_fold(uint64_t a, uint64_t b)
{
    uint64_t  low, mid1, mid2, high, carry;

    low = (a & UINT32_MAX) * (b & UINT32_MAX);
    mid1 = (a >> 32) * (b & UINT32_MAX);
    mid2 = (a & UINT32_MAX) * (b >> 32);
    high = (a >> 32) * (b >> 32);

    carry = ((low >> 32) + (mid1 & UINT32_MAX) + (mid2 & UINT32_MAX)) >> 32;
    high += (mid1 >> 32) + (mid2 >> 32) + carry;
    low += (mid1 << 32) + (mid2 << 32);

    return low ^ high;
}

#endif
