
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Runs of bytes: where a plain run inside of a JSON string ends, and where
 * white space ends.  For the JSON files alone.
 *
 * A scan looks at 64 bytes at once and keeps what it saw as a mask of bits,
 * one for each byte that ends a run.  The next string mostly ends in the same
 * 64 bytes, so that its end is found by shifting the mask, without waiting for
 * memory.  What fills the mask is chosen for the processor when a scan begins;
 * with AGT_JSON_NO_SIMD it is the portable one.  Nothing outside of the text
 * is ever read.
 */


#ifndef _AGT_SCAN_H_INCLUDED_
#define _AGT_SCAN_H_INCLUDED_


#include "agt_base.h"


#if defined(__SSE2__) && !defined(AGT_JSON_NO_SIMD)

#include <immintrin.h>

#define AGT_SCAN_SSE2   1

#endif


#define AGT_SCAN_BLOCK    64

/* runs are copied by so many bytes where there is room, which is faster than
   to count them; long ones are worth a call */

#define AGT_SCAN_CHUNK    16
#define AGT_SCAN_RUN      128


/* classes of bytes */

#define AGT_BYTE_SPACE    0x01   /* white space between tokens */
#define AGT_BYTE_STOP     0x02   /* quote, backslash, control characters */
#define AGT_BYTE_DIGIT    0x04
#define AGT_BYTE_ESCAPE   0x08   /* may follow a backslash, "u" excepted */
#define AGT_BYTE_HEX      0x10


typedef struct agt_scan_s  agt_scan_t;

/* finds the first stop from p on, in what the mask tells nothing about */

typedef const char *(*agt_scan_fill_pt)(agt_scan_t *scan, const char *p);


struct agt_scan_s {
    const char        *base;     /* bit 0 of the mask */
    const char        *limit;    /* the mask says nothing from here on */
    const char        *end;
    uint64_t           mask;
    uint64_t           high;     /* not 0: some byte was not ASCII */
    agt_scan_fill_pt   fill;
};


extern const uint8_t  agt_scan_class[256];


void agt_scan_init(agt_scan_t *scan, const char *start, const char *end);

/* each processor has one, and tests look at all */

#if (AGT_SCAN_SSE2)
const char *agt_scan_fill_avx2(agt_scan_t *scan, const char *p);
const char *agt_scan_fill_sse2(agt_scan_t *scan, const char *p);
#else
const char *agt_scan_fill_words(agt_scan_t *scan, const char *p);
#endif

/* bytes of [p, end) that are one of , : [ { */

size_t agt_scan_count(const char *p, const char *end);


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
 * Copies n bytes, and maybe more: up to AGT_SCAN_CHUNK - 1 bytes behind them
 * are read and written, so that both sides must have those.
 */

static inline void
agt_scan_copy(char *dst, const char *src, size_t n)
{
    size_t  i;

    if (n > AGT_SCAN_RUN) {
        memcpy(dst, src, n);
        return;
    }

    for (i = 0; i < n; i += AGT_SCAN_CHUNK) {
        memcpy(dst + i, src + i, AGT_SCAN_CHUNK);
    }
}


#if (AGT_SCAN_SSE2)

static inline __m128i
agt_scan_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *) (const void *) p);
}

#endif


/* the first stop from p on, or end; p never goes back */

static inline const char *
agt_scan_next(agt_scan_t *scan, const char *p)
{
    uint64_t  mask;

    if (p < scan->limit) {

        mask = scan->mask >> (p - scan->base);

        if (mask != 0) {
            return p + __builtin_ctzll(mask);
        }

        p = scan->limit;
    }

    return scan->fill(scan, p);
}


/* the first byte that is not white space, or end */

static inline const char *
agt_scan_space(const char *p, const char *end)
{
#if (AGT_SCAN_SSE2)

    __m128i   v, space;
    unsigned  mask;

    while (end - p >= 16) {

        v = agt_scan_load(p);

        space = _mm_or_si128(_mm_or_si128(
                    _mm_cmpeq_epi8(v, _mm_set1_epi8(' ')),
                    _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))),
                _mm_or_si128(
                    _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')),
                    _mm_cmpeq_epi8(v, _mm_set1_epi8('\t'))));

        mask = (unsigned) _mm_movemask_epi8(space) ^ 0xffff;

        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }

        p += 16;
    }

#endif

    while (p < end && agt_scan_is(*p, AGT_BYTE_SPACE)) {
        p++;
    }

    return p;
}


#endif /* _AGT_SCAN_H_INCLUDED_ */
