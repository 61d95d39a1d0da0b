
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_text.h"
#include "unit.h"


#define A60   "012345678901234567890123456789012345678901234567890123456789"


typedef struct {
    const char  *name;
    agt_str_t    text;
    uint32_t     line;
    uint32_t     column;
    const char  *message;       /* NULL: it is text */
} check_t;


typedef struct {
    const char  *name;
    const char  *text;
    const char  *expected;
} clean_t;


static const check_t  checks[] = {
    { "byte order mark", agt_string("\xef\xbb\xbf{}"), 1, 1,
      "starts with a byte order mark, which must go" },
    { "nothing but a byte order mark", agt_string("\xef\xbb\xbf"), 1, 1,
      "starts with a byte order mark, which must go" },
    { "UTF-16 without a mark", agt_string("{\0}\0"), 1, 2,
      "zero byte, where text in UTF-8 was expected" },
    { "UTF-16 with a mark", agt_string("\xff\xfe{\0}\0"), 1, 1,
      "invalid UTF-8" },
    { "zero byte", agt_string("a\nbc\0d"), 2, 3,
      "zero byte, where text in UTF-8 was expected" },
    { "Latin-1", agt_string("a\n\nb\xe4" "c"), 3, 2, "invalid UTF-8" },
    { "zero byte behind invalid UTF-8", agt_string("\xff\0"), 1, 1,
      "invalid UTF-8" },
    { "cut in a character", agt_string("a\xe2\x82"), 1, 2, "invalid UTF-8" },
    { "encoded surrogate", agt_string("\xed\xa0\x80"), 1, 1, "invalid UTF-8" },
    { "empty", agt_null_string, 0, 0, NULL },
    { "text", agt_string("a\r\n\xe2\x82\xac\t\x7f"), 0, 0, NULL },
    { "byte order mark within", agt_string("a\xef\xbb\xbf"), 0, 0, NULL },
    { "half a byte order mark", agt_string("\xef\xbb"), 1, 1,
      "invalid UTF-8" }
};


static const clean_t  cleans[] = {
    { "control characters", "a\x01\n\x7f" "b", "a???b" },
    { "invalid UTF-8", "\xc3\xa4\xff" "b\xe4", "\xc3\xa4?b?" },
    { "64 bytes", A60 "abcd", A60 "abcd" },
    { "65 bytes", A60 "abcde", A60 "abcd" },
    { "character on the limit", A60 "abc\xc3\xa4", A60 "abc" },
    { "character before the limit", A60 "ab\xc3\xa4" "c", A60 "ab\xc3\xa4" },
    { "empty", "", "" }
};


/* JSON strings, and whether half a surrogate pair is in them */

static const struct {
    const char  *text;
    bool         halved;
} surrogates[] = {
    { "\"\"", false },
    { "\"plain text, and longer\"", false },
    { "\"\\u0041\"", false },
    { "\"\\ud7ff\\ue000\\uffff\"", false },
    { "\"\\ud83d\\ude00\"", false },
    { "\"\\uD83D\\uDE00\\uD83D\\uDE00\"", false },
    { "\"\\\\ud800\"", false },
    { "\"\\n\\n\\n\\n\"", false },
    { "\"\\ud800\"", true },
    { "\"\\udc00\"", true },
    { "\"\\uDFFF\"", true },
    { "\"\\ud800abcdefgh\"", true },
    { "\"\\ud800\\n\\n\\n\\n\"", true },
    { "\"\\ud800\\u0041\"", true },
    { "\"\\ud800\\ud800\\udc00\"", true },
    { "\"\\udc00\\ud800\"", true },
    { "\"\\ud83d\\ude00\\ude00\"", true },
    { "\"\\\\\\ud800\"", true },
    { "{\"\\ud800\":1}", true }
};


int
main(void)
{
    int             rc;
    char            buf[AGT_TEXT_CLIP];
    size_t          i;
    agt_error_t     err;
    const check_t  *c;

    for (i = 0; i < agt_array_n(checks); i++) {
        c = &checks[i];
        agt_error_init(&err);

        rc = agt_text_check(c->text, &err);

        ok(rc == (c->message != NULL ? AGT_DECLINED : AGT_OK)
           && err.line == c->line && err.column == c->column, "%s", c->name);
        is_str(agt_str_from(err.message), c->message != NULL ? c->message : "",
               c->name);
    }

    for (i = 0; i < agt_array_n(cleans); i++) {
        is_str(agt_text_clean(buf, agt_str_from(cleans[i].text)),
               cleans[i].expected, cleans[i].name);
    }

    is_str(agt_text_clip(agt_str_from(A60 "\xf0\x9f\x98\x80x")),
           A60 "\xf0\x9f\x98\x80", "a clipped character is whole");
    is_str(agt_text_clip(agt_str_from(A60 "x\xf0\x9f\x98\x80")), A60 "x",
           "or not there");

    for (i = 0; i < agt_array_n(surrogates); i++) {
        ok(agt_text_halved(agt_str_from(surrogates[i].text))
           == surrogates[i].halved, "%s", surrogates[i].text);
    }

    return unit_done();
}
