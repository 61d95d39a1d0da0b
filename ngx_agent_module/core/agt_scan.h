
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Runs of bytes, looked at 16 or 8 at a time: where a plain run inside a JSON
 * string ends, and where white space ends.  Inside of the JSON files only.
 *
 * Nothing outside of [p, end) is ever read.  With AGT_JSON_NO_SIMD, or on a
 * machine without SSE2, words of 8 bytes do the same; on either path the last
 * few bytes are looked at one by one.
 */


#ifndef _AGT_SCAN_H_INCLUDED_
#define _AGT_SCAN_H_INCLUDED_


#include "agt_base.h"


#if defined(__SSE2__) && !defined(AGT_JSON_NO_SIMD)

#include <emmintrin.h>

#define AGT_SCAN_SSE2   1

#endif


/* the classes of bytes, all in one table */

#define AGT_BYTE_SPACE    0x01   /* white space between tokens */
#define AGT_BYTE_STOP     0x02   /* ends a plain run of a string */
#define AGT_BYTE_DIGIT    0x04
#define AGT_BYTE_ESCAPE   0x08   /* may follow a backslash, "u" excepted */
#define AGT_BYTE_HEX      0x10


extern const uint8_t  agt_scan_class[256];


static inline bool
agt_scan_is(char c, unsigned class)
{
    return (agt_scan_class[(uint8_t) c] & class) != 0;
}


static inline uint64_t
agt_scan_word(const char *p)
{
    uint64_t  w;

    memcpy(&w, p, sizeof(w));

    return w;
}


/*
 * Whether a word may have a byte that ends a plain run: never a wrong "no".
 * A byte of x is zero, or below n <= 0x80, where the high bit of its
 * difference is set and its own is not.
 */

static inline bool
agt_scan_word_stops(uint64_t w)
{
    uint64_t  quote, slash, ones = UINT64_MAX / 0xff;

    quote = w ^ (ones * '"');
    slash = w ^ (ones * '\\');

    return ((((quote - ones) & ~quote)
             | ((slash - ones) & ~slash)
             | ((w - ones * 0x20) & ~w))
            & (ones * 0x80)) != 0;
}


#if (AGT_SCAN_SSE2)

static inline __m128i
agt_scan_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *) (const void *) p);
}


static inline unsigned
agt_scan_stops(__m128i v)
{
    __m128i  quote, slash, control;

    quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);

    return (unsigned) _mm_movemask_epi8(_mm_or_si128(control,
                                                 _mm_or_si128(quote, slash)));
}

#endif


/* the first quote, backslash or control character, or end */

static inline const char *
agt_scan_string(const char *p, const char *end)
{
#if (AGT_SCAN_SSE2)

    unsigned  mask;

    while (end - p >= 16) {

        mask = agt_scan_stops(agt_scan_load(p));

        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }

        p += 16;
    }

#endif

    while (end - p >= 8 && !agt_scan_word_stops(agt_scan_word(p))) {
        p += 8;
    }

    while (p < end && !agt_scan_is(*p, AGT_BYTE_STOP)) {
        p++;
    }

    return p;
}


/* the first byte that is not white space, or end */

static inline const char *
agt_scan_space(const char *p, const char *end)
{
    while (p < end && agt_scan_is(*p, AGT_BYTE_SPACE)) {
        p++;
    }

    return p;
}


#endif /* _AGT_SCAN_H_INCLUDED_ */
