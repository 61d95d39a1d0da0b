
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * UTF-8 against the definition: what a sequence decodes to, and that there is
 * no shorter one for it.  Every sequence stands once at each distance from the
 * edges of what is checked at once.
 */


#include "agt_json.h"
#include "unit.h"


#define TEXT   160


typedef struct {
    const char  *name;
    const char  *text;
    size_t       valid;
} row_t;


static const row_t  rows[] = {
    { "empty", "", 0 },
    { "ASCII", "abc", 3 },
    { "lone continuation", "a\x80", 1 },
    { "cut after two of three", "a\xe2\x82", 1 },
    { "cut after three of four", "\xf0\x9f\x98", 0 },
    { "overlong slash", "\xc0\xaf", 0 },
    { "overlong in three", "\xe0\x80\xaf", 0 },
    { "overlong in four", "\xf0\x80\x80\xaf", 0 },
    { "surrogate", "\xed\xa0\x80", 0 },
    { "above U+10FFFF", "\xf4\x90\x80\x80", 0 },
    { "five bytes", "\xf8\x88\x80\x80\x80", 0 },
    { "UTF-16", "\xff\xfe", 0 },
    { "the least of each length", "\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80", 9 },
    { "the greatest of each length",
      "\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf", 9 },
    { "around the surrogates", "\xed\x9f\xbf\xee\x80\x80", 6 }
};

/* of a third and a fourth byte, what differs in any way */

static const uint8_t  thirds[] = {
    0x00, 0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2,
    0xe0, 0xed, 0xf0, 0xf4, 0xff
};


/* how long the sequence at p is by the definition, 0: it is none */

static size_t
sequence(const uint8_t *p, size_t left)
{
    size_t    i, n;
    uint32_t  cp;

    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    n = (p[0] < 0x80) ? 1
        : (p[0] & 0xe0) == 0xc0 ? 2
        : (p[0] & 0xf0) == 0xe0 ? 3
        : (p[0] & 0xf8) == 0xf0 ? 4 : 0;

    if (n == 0 || n > left) {
        return 0;
    }

    cp = (n == 1) ? p[0] : p[0] & (0xffu >> (n + 1));

    for (i = 1; i < n; i++) {

        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        cp = cp << 6 | (p[i] & 0x3f);
    }

    if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
        return 0;
    }

    return n;
}


static size_t
reference(const char *text, size_t len)
{
    size_t  i, n;

    for (i = 0; i < len; i += n) {

        n = sequence((const uint8_t *) text + i, len - i);

        if (n == 0) {
            break;
        }
    }

    return i;
}


/* in the middle of ASCII, of two-byte sequences, and at the very end */

static bool
same(const uint8_t *bytes, size_t n)
{
    bool             passed;
    char             text[TEXT];
    size_t           i, end;
    static unsigned  at;

    at = (at + 1) % 100;

    for (i = 0; i < TEXT; i++) {
        text[i] = 'a';
    }

    memcpy(text + at, bytes, n);
    end = at + n;

    passed = agt_utf8_valid(agt_str_make(text, TEXT)) == reference(text, TEXT)
             && agt_utf8_valid(agt_str_make(text, end))
                == reference(text, end);

    for (i = at & 1; i + 1 < at; i += 2) {
        memcpy(text + i, "\xc3\xbc", 2);
    }

    for (i = end; i + 2 < TEXT; i += 3) {
        memcpy(text + i, "\xe2\x82\xac", 3);
    }

    return passed
           && agt_utf8_valid(agt_str_make(text, TEXT))
              == reference(text, TEXT);
}


static void
test_all(void)
{
    uint8_t   bytes[4];
    unsigned  i, wrong;

    wrong = 0;

    for (i = 0; i < 0x10000; i++) {
        bytes[0] = (uint8_t) (i >> 8);
        bytes[1] = (uint8_t) i;
        wrong += !same(bytes, 2);
    }

    ok(wrong == 0, "all pairs");

    wrong = 0;

    for (i = 0; i < 0x10000 * agt_array_n(thirds); i++) {
        bytes[0] = (uint8_t) (i >> 8);
        bytes[1] = (uint8_t) i;
        bytes[2] = thirds[i >> 16];

        if (bytes[0] >= 0x80) {
            wrong += !same(bytes, 3);
        }
    }

    ok(wrong == 0, "three bytes");

    wrong = 0;

    for (i = 0; i < 0x1000 * agt_array_n(thirds) * agt_array_n(thirds); i++) {
        bytes[0] = (uint8_t) (0xf0 | (i >> 8 & 0x0f));
        bytes[1] = (uint8_t) i;
        bytes[2] = thirds[(i >> 12) % agt_array_n(thirds)];
        bytes[3] = thirds[(i >> 12) / agt_array_n(thirds)];
        wrong += !same(bytes, 4);
    }

    ok(wrong == 0, "four bytes");
}


int
main(void)
{
    size_t     i;
    agt_str_t  s;

    for (i = 0; i < agt_array_n(rows); i++) {
        s = agt_str_from(rows[i].text);
        ok(agt_utf8_valid(s) == rows[i].valid, "%s", rows[i].name);
    }

    ok(agt_utf8_valid(agt_str_make(NULL, 0)) == 0, "nothing at all");

    ok(agt_utf8_length(agt_str_from("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x9a\xb2"))
       == 4, "length");
    ok(agt_utf8_length(agt_str_make(NULL, 0)) == 0, "length of nothing");

    test_all();

    return unit_done();
}
