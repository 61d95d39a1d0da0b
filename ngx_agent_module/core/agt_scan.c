
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_scan.h"


#define SPACE   AGT_BYTE_SPACE
#define STOP    AGT_BYTE_STOP
#define DIGIT   AGT_BYTE_DIGIT
#define ESC     AGT_BYTE_ESCAPE
#define HEX     AGT_BYTE_HEX

#define AGT_SCAN_INLINE   static inline __attribute__((always_inline))
#define AGT_SCAN_AVX2     __attribute__((target("avx2")))


/* the mask of a block; *high gets bits where it is not ASCII */

typedef uint64_t (*agt_scan_block_pt)(const char *p, uint64_t *high);


AGT_SCAN_INLINE const char *agt_scan_fill(agt_scan_t *scan, const char *p,
    agt_scan_block_pt block);


const uint8_t  agt_scan_class[256] = {

    [0x00 ... 0x08] = STOP,
    [0x0b] = STOP,
    [0x0c] = STOP,
    [0x0e ... 0x1f] = STOP,

    ['\t'] = SPACE|STOP,
    ['\n'] = SPACE|STOP,
    ['\r'] = SPACE|STOP,
    [' '] = SPACE,

    ['"'] = STOP|ESC,
    ['\\'] = STOP|ESC,
    ['/'] = ESC,

    ['0' ... '9'] = DIGIT|HEX,
    ['A' ... 'F'] = HEX,
    ['a'] = HEX,
    ['b'] = HEX|ESC,
    ['c' ... 'e'] = HEX,
    ['f'] = HEX|ESC,
    ['n'] = ESC,
    ['r'] = ESC,
    ['t'] = ESC
};


void
agt_scan_init(agt_scan_t *scan, const char *start, const char *end)
{
    scan->base = start;
    scan->limit = start;
    scan->end = end;
    scan->mask = 0;
    scan->high = 0;

#if (AGT_SCAN_SSE2)
    scan->fill = __builtin_cpu_supports("avx2") ? agt_scan_fill_avx2
                                                : agt_scan_fill_sse2;
#else
    scan->fill = agt_scan_fill_words;
#endif
}


AGT_SCAN_INLINE const char *
agt_scan_fill(agt_scan_t *scan, const char *p, agt_scan_block_pt block)
{
    char      tail[AGT_SCAN_BLOCK];
    uint64_t  mask, high;

    high = 0;

    for ( /* void */ ; scan->end - p >= AGT_SCAN_BLOCK; p += AGT_SCAN_BLOCK) {

        mask = block(p, &high);

        if (mask != 0) {
            scan->limit = p + AGT_SCAN_BLOCK;
            goto found;
        }
    }

    /* the zeros behind the last bytes are stops: the first is the end */

    memset(tail, 0, sizeof(tail));
    memcpy(tail, p, (size_t) (scan->end - p));

    mask = block(tail, &high);
    scan->limit = scan->end;

found:

    scan->base = p;
    scan->mask = mask;
    scan->high |= high;

    return p + __builtin_ctzll(mask);
}


#if (AGT_SCAN_SSE2)

AGT_SCAN_AVX2 static inline uint64_t
agt_scan_stops_avx2(__m256i v)
{
    __m256i  stops;

    stops = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
    stops = _mm256_or_si256(stops,
                            _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')));
    stops = _mm256_or_si256(stops,
                            _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));

    return (uint32_t) _mm256_movemask_epi8(stops);
}


AGT_SCAN_AVX2 static inline uint64_t
agt_scan_block_avx2(const char *p, uint64_t *high)
{
    __m256i  a, b;

    a = _mm256_loadu_si256((const __m256i *) (const void *) p);
    b = _mm256_loadu_si256((const __m256i *) (const void *) (p + 32));

    *high |= (uint32_t) _mm256_movemask_epi8(_mm256_or_si256(a, b));

    return agt_scan_stops_avx2(a) | agt_scan_stops_avx2(b) << 32;
}


AGT_SCAN_AVX2 const char *
agt_scan_fill_avx2(agt_scan_t *scan, const char *p)
{
    return agt_scan_fill(scan, p, agt_scan_block_avx2);
}


static inline uint64_t
agt_scan_stops_sse2(__m128i v)
{
    __m128i  stops;

    stops = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
    stops = _mm_or_si128(stops, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    stops = _mm_or_si128(stops, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));

    return (uint32_t) _mm_movemask_epi8(stops);
}


static inline uint64_t
agt_scan_block_sse2(const char *p, uint64_t *high)
{
    __m128i  a, b, c, d;

    a = agt_scan_load(p);
    b = agt_scan_load(p + 16);
    c = agt_scan_load(p + 32);
    d = agt_scan_load(p + 48);

    *high |= (uint32_t) _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b),
                                                       _mm_or_si128(c, d)));

    return agt_scan_stops_sse2(a) | agt_scan_stops_sse2(b) << 16
           | agt_scan_stops_sse2(c) << 32 | agt_scan_stops_sse2(d) << 48;
}


const char *
agt_scan_fill_sse2(agt_scan_t *scan, const char *p)
{
    return agt_scan_fill(scan, p, agt_scan_block_sse2);
}


#else

/*
 * Eight bytes of a word at once, each in its own lane: a sum below 0x100 never
 * carries over.  With its high bit cleared, a byte that is not zero gets that
 * bit from adding 0x7f, and one not below 0x20 from adding 0x60.
 */

static inline uint64_t
agt_scan_stops_word(const char *p, uint64_t *high)
{
    uint64_t  w, quote, slash, stops, ones = UINT64_MAX / 0xff;

#if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
    w = __builtin_bswap64(agt_scan_word(p));
#else
    w = agt_scan_word(p);
#endif

    *high |= w & (ones * 0x80);

    quote = w ^ (ones * '"');
    slash = w ^ (ones * '\\');

    quote |= (quote & (ones * 0x7f)) + ones * 0x7f;
    slash |= (slash & (ones * 0x7f)) + ones * 0x7f;
    stops = ((w & (ones * 0x7f)) + ones * 0x60) | w;

    stops = ~(quote & slash & stops) & (ones * 0x80);

    /* the lanes' bits, side by side at the top */

    return (stops >> 7) * 0x0102040810204080 >> 56;
}


static inline uint64_t
agt_scan_block_words(const char *p, uint64_t *high)
{
    size_t    i;
    uint64_t  mask;

    mask = 0;

    for (i = 0; i < AGT_SCAN_BLOCK; i += 8) {
        mask |= agt_scan_stops_word(p + i, high) << i;
    }

    return mask;
}


const char *
agt_scan_fill_words(agt_scan_t *scan, const char *p)
{
    return agt_scan_fill(scan, p, agt_scan_block_words);
}

#endif


#if (AGT_SCAN_SSE2)

size_t
agt_scan_count(const char *p, const char *end)
{
    char     tail[16];
    __m128i  v, hits, sum;

    sum = _mm_setzero_si128();

    while (p < end) {

        if (end - p >= 16) {
            v = agt_scan_load(p);
            p += 16;

        } else {
            memset(tail, 0, sizeof(tail));
            memcpy(tail, p, (size_t) (end - p));
            v = agt_scan_load(tail);
            p = end;
        }

        /* "[" and "{" differ in one bit, which neither "," nor ":" has */

        hits = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)),
                              _mm_set1_epi8('{'));
        hits = _mm_or_si128(hits, _mm_cmpeq_epi8(v, _mm_set1_epi8(',')));
        hits = _mm_or_si128(hits, _mm_cmpeq_epi8(v, _mm_set1_epi8(':')));

        hits = _mm_and_si128(hits, _mm_set1_epi8(1));
        sum = _mm_add_epi64(sum, _mm_sad_epu8(hits, _mm_setzero_si128()));
    }

    return (size_t) _mm_cvtsi128_si64(sum)
           + (size_t) _mm_cvtsi128_si64(_mm_srli_si128(sum, 8));
}

#else

size_t
agt_scan_count(const char *p, const char *end)
{
    size_t  n;

    n = 0;

    while (p < end) {
        n += (*p == ',' || *p == ':' || *p == '[' || *p == '{');
        p++;
    }

    return n;
}

#endif
