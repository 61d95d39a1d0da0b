
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * UTF-8 (RFC 3629): strict, so that overlong forms, encoded surrogates and
 * code points above U+10FFFF are not valid.
 *
 * With AVX2, 32 bytes are checked at once by the method of J. Keiser and
 * D. Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte" (2020):
 * whatever can be wrong with two bytes that follow each other is told by three
 * of their four nibbles, each of which names, through a table of 16 entries,
 * the errors that it allows; what all three name is wrong.  Where something
 * is, or at the end, the bytes are looked at one sequence after the other,
 * which also tells the place.
 */


#include "agt_json.h"
#include "agt_scan.h"


#define AGT_UTF8_AVX2   __attribute__((target("avx2")))

/* pairs of bytes that are wrong: what the second may not be behind the first */

#define E_SHORT      0x01   /* a lead, and no continuation */
#define E_LONG       0x02   /* ASCII, and a continuation */
#define E_OVER_3     0x04   /* e0, 80..9f */
#define E_LARGE      0x08   /* f4, 90..bf; f5..ff, 90..bf */
#define E_SURROGATE  0x10   /* ed, a0..bf */
#define E_OVER_2     0x20   /* c0 and c1, 80..bf */
#define E_OVER_4     0x40   /* f0, 80..8f; f5..ff, 80..8f */
#define E_PAIR       0x80   /* two continuations: right in longer sequences */


static size_t agt_utf8_sequence(const uint8_t *p, size_t left);
static const char *agt_utf8_ascii(const char *p, const char *end);

#if (AGT_SCAN_SSE2)
static const char *agt_utf8_blocks(const char *p, const char *end);
#endif


size_t
agt_utf8_valid(agt_str_t s)
{
    size_t       n;
    const char  *p, *end;

    if (s.len == 0) {
        return 0;
    }

    p = s.data;
    end = p + s.len;

#if (AGT_SCAN_SSE2)

    if (s.len >= 64 && __builtin_cpu_supports("avx2")) {
        p = agt_utf8_blocks(p, end);
    }

#endif

    for ( ;; ) {

        p = agt_utf8_ascii(p, end);

        if (p == end) {
            break;
        }

        n = agt_utf8_sequence((const uint8_t *) p, (size_t) (end - p));

        if (n == 0) {
            break;
        }

        p += n;
    }

    return s.len - (size_t) (end - p);
}


size_t
agt_utf8_length(agt_str_t s)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < s.len; i++) {
        n += ((uint8_t) s.data[i] & 0xc0) != 0x80;
    }

    return n;
}


static const char *
agt_utf8_ascii(const char *p, const char *end)
{
    uint64_t  w, high = UINT64_MAX / 0xff * 0x80;

    while (end - p >= 32) {

        w = agt_scan_word(p) | agt_scan_word(p + 8)
            | agt_scan_word(p + 16) | agt_scan_word(p + 24);

        if (w & high) {
            break;
        }

        p += 32;
    }

    while (p < end && (uint8_t) *p < 0x80) {
        p++;
    }

    return p;
}


/*
 * The length of the sequence of two to four bytes at p, 0 if it is not valid.
 * The second byte's range depends on the first (RFC 3629, section 4).
 */

static size_t
agt_utf8_sequence(const uint8_t *p, size_t left)
{
    size_t   i, n;
    uint8_t  low, high;

    low = 0x80;
    high = 0xbf;

    if (p[0] < 0xc2 || p[0] > 0xf4) {
        return 0;
    }

    if (p[0] < 0xe0) {
        n = 2;

    } else if (p[0] < 0xf0) {
        n = 3;
        low = (p[0] == 0xe0) ? 0xa0 : 0x80;
        high = (p[0] == 0xed) ? 0x9f : 0xbf;

    } else {
        n = 4;
        low = (p[0] == 0xf0) ? 0x90 : 0x80;
        high = (p[0] == 0xf4) ? 0x8f : 0xbf;
    }

    if (left < n || p[1] < low || p[1] > high) {
        return 0;
    }

    for (i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    return n;
}


#if (AGT_SCAN_SSE2)

/* one entry for each nibble */

static const uint8_t  agt_utf8_first_high[16] = {
    E_LONG, E_LONG, E_LONG, E_LONG, E_LONG, E_LONG, E_LONG, E_LONG,
    E_PAIR, E_PAIR, E_PAIR, E_PAIR,
    E_SHORT|E_OVER_2,
    E_SHORT,
    E_SHORT|E_OVER_3|E_SURROGATE,
    E_SHORT|E_LARGE|E_OVER_4
};

#define E_ANY   (E_SHORT|E_LONG|E_PAIR)

static const uint8_t  agt_utf8_first_low[16] = {
    E_ANY|E_OVER_2|E_OVER_3|E_OVER_4,
    E_ANY|E_OVER_2,
    E_ANY,
    E_ANY,
    E_ANY|E_LARGE,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4|E_SURROGATE,
    E_ANY|E_LARGE|E_OVER_4,
    E_ANY|E_LARGE|E_OVER_4
};

#define E_CONT   (E_LONG|E_OVER_2|E_PAIR)

static const uint8_t  agt_utf8_second_high[16] = {
    E_SHORT, E_SHORT, E_SHORT, E_SHORT, E_SHORT, E_SHORT, E_SHORT, E_SHORT,
    E_CONT|E_OVER_3|E_OVER_4,
    E_CONT|E_OVER_3|E_LARGE,
    E_CONT|E_SURROGATE|E_LARGE,
    E_CONT|E_SURROGATE|E_LARGE,
    E_SHORT, E_SHORT, E_SHORT, E_SHORT
};


AGT_UTF8_AVX2 static inline __m256i
agt_utf8_lookup(const uint8_t *table, __m256i nibbles)
{
    __m128i  t;

    t = agt_scan_load((const char *) table);

    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(t), nibbles);
}


/* not zero where a byte is wrong behind the ones before it */

AGT_UTF8_AVX2 static inline __m256i
agt_utf8_wrong(__m256i v, __m256i last)
{
    __m256i  joined, prev1, prev2, prev3, low, pairs, third, fourth, longer;

    joined = _mm256_permute2x128_si256(last, v, 0x21);
    prev1 = _mm256_alignr_epi8(v, joined, 15);
    prev2 = _mm256_alignr_epi8(v, joined, 14);
    prev3 = _mm256_alignr_epi8(v, joined, 13);

    low = _mm256_set1_epi8(0x0f);

    pairs = agt_utf8_lookup(agt_utf8_first_high,
                            _mm256_and_si256(_mm256_srli_epi16(prev1, 4),
                                             low));
    pairs = _mm256_and_si256(pairs,
                             agt_utf8_lookup(agt_utf8_first_low,
                                             _mm256_and_si256(prev1, low)));
    pairs = _mm256_and_si256(pairs,
                             agt_utf8_lookup(agt_utf8_second_high,
                                       _mm256_and_si256(
                                           _mm256_srli_epi16(v, 4), low)));

    /* where a third or fourth byte belongs, two continuations are right, and
       nothing else is: the high bit, E_PAIR, must be set */

    third = _mm256_subs_epu8(prev2, _mm256_set1_epi8((char) (0xe0 - 0x80)));
    fourth = _mm256_subs_epu8(prev3, _mm256_set1_epi8((char) (0xf0 - 0x80)));
    longer = _mm256_and_si256(_mm256_or_si256(third, fourth),
                              _mm256_set1_epi8((char) E_PAIR));

    return _mm256_xor_si256(pairs, longer);
}


/*
 * How far whole blocks are valid, and back to where the sequence begins that
 * the last of them may have left unfinished.
 */

AGT_UTF8_AVX2 static const char *
agt_utf8_blocks(const char *p, const char *end)
{
    int          i;
    __m256i      v, last, wrong;
    const char  *start;

    start = p;
    last = _mm256_setzero_si256();

    while (end - p >= 32) {

        v = _mm256_loadu_si256((const __m256i *) (const void *) p);

        if (_mm256_movemask_epi8(_mm256_or_si256(v, last)) != 0) {

            wrong = agt_utf8_wrong(v, last);

            if (!_mm256_testz_si256(wrong, wrong)) {
                break;
            }
        }

        last = v;
        p += 32;
    }

    for (i = 1; i <= 3 && p - start >= i; i++) {
        if (((uint8_t) p[-i] & 0xc0) == 0xc0) {
            return p - i;
        }
    }

    return p;
}

#endif
