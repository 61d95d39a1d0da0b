
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_text.h"


#define AGT_TEXT_ESCAPE   6      /* bytes of "\uXXXX" */


static unsigned agt_text_unit(const char *p);


agt_str_t
agt_text_clip(agt_str_t s)
{
    size_t  n;

    if (s.len <= AGT_TEXT_CLIP) {
        return s;
    }

    /* back to the first byte of the character that the limit is in */

    n = AGT_TEXT_CLIP;

    while (n > 0 && ((unsigned char) s.data[n] & 0xc0) == 0x80) {
        n--;
    }

    return agt_str_make(s.data, n);
}


agt_str_t
agt_text_clean(char buf[AGT_TEXT_CLIP], agt_str_t s)
{
    char    c;
    size_t  i, valid;

    s = agt_text_clip(s);
    valid = agt_utf8_valid(s);

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if ((unsigned char) c < 0x20 || c == 0x7f) {
            c = '?';
        }

        if (i >= valid && (unsigned char) c >= 0x80) {
            c = '?';
        }

        buf[i] = c;
    }

    return agt_str_make(buf, s.len);
}


int
agt_text_check(agt_str_t s, agt_error_t *err)
{
    size_t       valid;
    const char  *zero;

    if (s.len >= 3 && memcmp(s.data, "\xef\xbb\xbf", 3) == 0) {
        agt_error_set(err, "starts with a byte order mark, which must go");
        agt_error_locate(err, s, 0);
        return AGT_DECLINED;
    }

    valid = agt_utf8_valid(s);

    /* most often it is a text in UTF-16 */

    zero = (valid != 0) ? memchr(s.data, '\0', valid) : NULL;

    if (zero != NULL) {
        agt_error_set(err, "zero byte, where text in UTF-8 was expected");
        agt_error_locate(err, s, (size_t) (zero - s.data));
        return AGT_DECLINED;
    }

    if (valid != s.len) {
        agt_error_set(err, "invalid UTF-8");
        agt_error_locate(err, s, valid);
        return AGT_DECLINED;
    }

    return AGT_OK;
}


bool
agt_text_halved(agt_str_t json)
{
    unsigned     unit;
    const char  *p, *end;

    p = json.data;
    end = p + json.len;

    while (p != end) {
        p = memchr(p, '\\', (size_t) (end - p));

        if (p == NULL || end - p < AGT_TEXT_ESCAPE) {
            return false;
        }

        unit = agt_text_unit(p);

        if (unit < 0xd800 || unit > 0xdfff) {
            p += 2;
            continue;
        }

        p += AGT_TEXT_ESCAPE;

        if (unit > 0xdbff || end - p < AGT_TEXT_ESCAPE) {
            return true;
        }

        unit = agt_text_unit(p);

        if (unit < 0xdc00 || unit > 0xdfff) {
            return true;
        }

        p += AGT_TEXT_ESCAPE;
    }

    return false;
}


/* of "\uXXXX", six bytes of a valid text; 0 for anything else */

static unsigned
agt_text_unit(const char *p)
{
    unsigned  n, digit;

    if (p[0] != '\\' || p[1] != 'u') {
        return 0;
    }

    n = 0;

    for (p += 2, digit = 0; digit < 4; p++, digit++) {
        n = n * 16 + (unsigned) (*p <= '9' ? *p - '0' : (*p | 0x20) - 'a' + 10);
    }

    return n;
}
