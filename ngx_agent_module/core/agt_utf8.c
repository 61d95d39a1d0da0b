
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * UTF-8 (RFC 3629): strict, so that overlong forms, encoded surrogates and
 * code points above U+10FFFF are not valid.
 */


#include "agt_json.h"
#include "agt_scan.h"


static size_t agt_utf8_sequence(const uint8_t *p, size_t left);
static const char *agt_utf8_ascii(const char *p, const char *end);


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
