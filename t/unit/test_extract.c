
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_extract.h"
#include "unit.h"


#define EIGHT(s)   s s s s s s s s
#define F          "```"


/* value: what must be found, NULL for nothing; message: its beginning */

typedef struct {
    const char  *name;
    const char  *text;
    const char  *value;
    bool         extracted;
    const char  *message;
} row_t;


static const row_t  rows[] = {

    /* nothing, or not one */

    { "empty", "", NULL, 0, "no JSON value in the text" },
    { "white space", " \n\t ", NULL, 0, "no JSON value in the text" },
    { "prose", "I can't help with that.", NULL, 0, "no JSON value" },
    { "prose with brackets", "See [below] and {name}, f(x) = [0; 1).", NULL, 0,
      "no JSON value" },
    { "two values", "{\"a\":1}\n{\"a\":2}", NULL, 0, "more than one" },
    { "two values in prose", "Either {\"a\":1} or {\"a\":2}.", NULL, 0,
      "more than one" },
    { "a value and a footnote", "{\"a\":1} as in [1]", NULL, 0,
      "more than one" },
    { "a second value that is broken", "{\"a\":1} or {\"a\":}", NULL, 0,
      "more than one" },
    { "two fences", F "json\n{\"a\":1}\n" F "\nor\n" F "json\n{\"a\":2}\n" F,
      NULL, 0, "more than one" },
    { "a fence and a value", "{\"a\":1}\n" F "\n{\"a\":2}\n" F, NULL, 0,
      "more than one" },
    { "two values in a fence", F "json\n{\"a\":1}\n{\"a\":2}\n" F, NULL, 0,
      "trailing text" },
    { "two values in a bare fence", F "\n{\"a\":1}\n{\"a\":2}\n" F, NULL, 0,
      "more than one" },
    { "two scalars in fences", F "\n1\n" F "\n" F "\n2\n" F, NULL, 0,
      "more than one" },

    { "scalar with prose", "The answer is 42.", NULL, 0, "no JSON value" },
    { "scalar, then prose", "42 is the answer", NULL, 0, "no JSON value" },
    { "a string, then prose", "\"no\" is the answer", NULL, 0,
      "no JSON value" },
    { "scalar in a fence of something else", F "python\n42\n" F, NULL, 0,
      "no JSON value" },

    { "truncated", "{\"a\": [1, 2", NULL, 0, "the text ends where" },
    { "truncated in a string", "Here: {\"a\": \"b", NULL, 0,
      "a string without its closing quote" },
    { "truncated behind a whole value", "{\"a\": {\"b\": 1}, \"c\": ", NULL, 0,
      "the text ends where" },
    { "broken around a whole value", "{\"a\": {\"b\": 1}, c: 2}", NULL, 0,
      "unexpected character 'c' where a key" },
    { "broken before a whole value", "x {\"a\": 1, b: {\"c\": 2}} y", NULL, 0,
      "unexpected character 'b' where a key" },
    { "broken array around a value", "[1, two, {\"a\":1}]", NULL, 0,
      "unexpected character 't'" },
    { "unquoted keys", "{a: 1}", NULL, 0,
      "unexpected character 'a' where a key" },
    { "trailing comma", F "\n{\"a\": 1,}\n" F, NULL, 0,
      "unexpected character '}' where a key" },
    { "duplicate key", "Sure! {\"a\":1,\"a\":2}", NULL, 0,
      "duplicate key \"a\"" },
    { "end of what lost its beginning", "\"a\": {\"b\": 1}}", NULL, 0,
      "a closing bracket that nothing opened" },
    { "a comment in a fence", F "json\n// note\n{\"a\":1}\n" F, NULL, 0,
      "unexpected character '/'" },
    { "an empty fence", F "json\n" F, NULL, 0, "the text ends where" },
    { "unquoted key in a fence", F "json\n{a:1}\n" F, NULL, 0,
      "unexpected character 'a'" },
    { "an empty bare fence", F "\n" F, NULL, 0, "no JSON value" },
    { "too deep", EIGHT(EIGHT("[")) "[0" EIGHT(EIGHT("]")) "]", NULL, 0,
      "nested deeper than 64" },
    { "byte order mark alone", "\xef\xbb\xbf", NULL, 0, "no JSON value" },
    { "a second byte order mark", "\xef\xbb\xbf\xef\xbb\xbf 1", NULL, 0,
      "no JSON value" },
    { "invalid UTF-8 in a value", "ok: {\"a\":\"\xff\"}", NULL, 0,
      "byte 0xff is not valid UTF-8" },

    { "invalid UTF-8 in a value, and another",
      "[\"\xff\"] or {\"a\":1}", NULL, 0, "byte 0xff is not valid UTF-8" },
    { "invalid UTF-8 in a scalar", "\"\xff\" or {\"a\":1}", NULL, 0,
      "byte 0xff is not valid UTF-8" },

    /* the text itself */

    { "an object", "{\"a\":1}", "{\"a\":1}", false, NULL },
    { "white space around", " \r\n[1, 2]\n", "[1, 2]", false, NULL },
    { "scalar", "42", "42", false, NULL },
    { "scalar and white space", "\"a\"\n", "\"a\"", false, NULL },
    { "null", "null", "null", false, NULL },
    { "a fence in a string", "{\"a\":\"" F "json\\n{}\\n" F "\"}",
      "{\"a\":\"" F "json\\n{}\\n" F "\"}", false, NULL },

    /* with something around */

    { "byte order mark", "\xef\xbb\xbf{\"a\":1}", "{\"a\":1}", true, NULL },
    { "byte order mark and a scalar", "\xef\xbb\xbf 1", "1", true, NULL },
    { "byte order mark and prose", "\xef\xbb\xbfSo: {\"a\":1}", "{\"a\":1}",
      true, NULL },
    { "prose before", "Sure, here you are: {\"a\":1}", "{\"a\":1}", true,
      NULL },
    { "prose after", "{\"a\":1}\n\nI hope this helps!", "{\"a\":1}", true,
      NULL },
    { "prose around an array", "It is [ {\"a\":1} ], I think.",
      "[ {\"a\":1} ]", true, NULL },
    { "brackets in prose", "Use {name} and [this], {{x}}: {\"a\":1} [sic]",
      "{\"a\":1}", true, NULL },
    { "brackets and white space", "{ name } [ ] { \"a\" : 1 }", NULL, 0,
      "more than one" },
    { "quotes in prose", "Open with \"{\" or \"[\". So: {\"a\":1}",
      "{\"a\":1}", true, NULL },
    { "a quoted word in brackets", "[\"so to say\" it is]: {\"a\":1}",
      "{\"a\":1}", true, NULL },
    { "invalid UTF-8 outside", "caf\xe9: {\"a\":\"\xc3\xa9\"}",
      "{\"a\":\"\xc3\xa9\"}", true, NULL },
    { "a scalar before", "42, that is {\"a\":42}", "{\"a\":42}", true, NULL },
    { "an empty object", "Nothing: {}.", "{}", true, NULL },

    /* fences */

    { "fenced", F "\n{\"a\":1}\n" F, "{\"a\":1}", true, NULL },
    { "fenced with a language", F "json\n{\"a\":1}\n" F "\n", "{\"a\":1}",
      true, NULL },
    { "language in upper case", F " JSON \n{\"a\":1}\n" F, "{\"a\":1}", true,
      NULL },
    { "CRLF", F "json\r\n{\"a\":1}\r\n" F "\r\n", "{\"a\":1}", true, NULL },
    { "tildes", "~~~\n{\"a\":1}\n~~~", "{\"a\":1}", true, NULL },
    { "indented", "- so:\n\n    " F "json\n    {\"a\":1}\n    " F "\n",
      "{\"a\":1}", true, NULL },
    { "more marks", F "`\n{\"a\":1}\n" F "`", "{\"a\":1}", true, NULL },
    { "fewer marks do not close", F "`json\n" F "\n{\"a\":1}\n" F "`", NULL,
      0, "unexpected character '`'" },
    { "fenced scalar", F "json\n42\n" F, "42", true, NULL },
    { "scalar in a bare fence", "So:\n" F "\n\"yes\"\n" F "\nDone.",
      "\"yes\"", true, NULL },
    { "fence on one line", F "json {\"a\":1} " F, "{\"a\":1}", true, NULL },
    { "fence behind prose", "So: " F "json\n{\"a\":1}\n" F, "{\"a\":1}", true,
      NULL },
    { "fence never closed", F "json\n{\"a\":1}\n", "{\"a\":1}", true, NULL },
    { "prose around a fence",
      "I [think] {so}:\n\n" F "json\n{\"a\":1}\n" F "\n\nAll right?",
      "{\"a\":1}", true, NULL },
    { "fence of something else before",
      F "sh\nmake [all]\n" F "\n" F "json\n{\"a\":1}\n" F, "{\"a\":1}", true,
      NULL },
    { "fence of something else behind",
      F "json\n{\"a\":1}\n" F "\n" F "sh\nmake [all]\n" F, "{\"a\":1}", true,
      NULL },
    { "a value in a fence of something else",
      F "python\nx = {\"a\": 1}\nprint(x)\n" F, "{\"a\": 1}", true, NULL },
    { "prose and a value in a bare fence", F "\nso: {\"a\":1}\n" F,
      "{\"a\":1}", true, NULL },
    { "a fence in a string in a fence",
      F "json\n{\"a\":\"" F "\\nx\\n" F "\"}\n" F,
      "{\"a\":\"" F "\\nx\\n" F "\"}", true, NULL }
};


static void
test_row(const row_t *row)
{
    int          rc;
    bool         extracted;
    char        *text;
    size_t       len;
    agt_json_t   doc;
    agt_error_t  err;

    /* exactly as long as it is, so that the sanitizer sees a byte too much */

    len = strlen(row->text);
    text = malloc(len != 0 ? len : 1);
    memcpy(text, row->text, len);

    agt_error_init(&err);
    rc = agt_extract(&doc, agt_str_make(text, len), NULL, unit_mem(),
                     &extracted, &err);

    if (row->value == NULL) {
        ok(rc == AGT_DECLINED && err.line != 0
           && strncmp(err.message, row->message, strlen(row->message)) == 0,
           "%s: %s", row->name, rc == AGT_OK ? "accepted" : err.message);

    } else if (ok(rc == AGT_OK && !err.set && extracted == row->extracted,
                  "%s%s", row->name, err.message))
    {
        is_str(doc.text, row->value, row->name);
    }

    free(text);
}


static void
test_limits(void)
{
    bool               extracted;
    agt_json_t         doc;
    agt_error_t        err;
    agt_json_limits_t  limits;

    memset(&limits, 0, sizeof(limits));
    limits.max_nodes = 3;

    agt_error_init(&err);
    ok(agt_extract(&doc, agt_str_from("so: [1, 2, 3]"), &limits, unit_mem(),
                   &extracted, &err)
       == AGT_DECLINED
       && strcmp(err.message, "more than 3 values") == 0
       && err.line == 1 && err.column == 12, "limits hold in prose");
}


typedef struct {
    const char  *name;
    const char  *head;
    const char  *piece;     /* a megabyte of it */
    const char  *tail;
    int          rc;
} hostile_t;


static const hostile_t  hostiles[] = {
    { "braces", "", "{", "", AGT_DECLINED },
    { "brackets", "", "[", "", AGT_DECLINED },
    { "braces and quotes", "", "{\"", "", AGT_DECLINED },
    { "brackets and quotes", "", "[\"", "", AGT_DECLINED },
    { "brackets and numbers", "", "[1 ", "", AGT_DECLINED },
    { "brackets and a value", "", "{name} ", "{\"a\":1}", AGT_OK },
    { "brackets and broken values", "", "[0,", "", AGT_DECLINED },
    { "an array's zeros in prose", "so [", "0,", "0] [sic]", AGT_OK },
    { "two arrays of zeros", "[0] [", "0,", "0]", AGT_DECLINED },
    { "objects", "", "{}", "", AGT_DECLINED },
    { "fences", "", "```\n", "", AGT_DECLINED },
    { "fences that open", "", "```a\n", "{\"a\":1}", AGT_OK },
    { "fences with a word", "", "```\nx\n```\n", "", AGT_DECLINED },
    { "fences with a bracket", "", "```\n[1\n```\n", "", AGT_DECLINED },
    { "line feeds", "", "\n", "1", AGT_OK },
    { "white space in brackets", "", "{ ", "", AGT_DECLINED },
    { "marks", "", "~", "", AGT_DECLINED }
};


/* all of these would take minutes if the rest were read for each bracket */

static void
test_hostile(const hostile_t *row)
{
    int          rc;
    bool         extracted;
    agt_buf_t    text;
    agt_json_t   doc;
    agt_arena_t  arena;
    agt_error_t  err;

    agt_buf_init(&text, unit_mem(), 2 * 1024 * 1024, 2 * 1024 * 1024);
    agt_buf_text(&text, row->head);

    while (text.len < 1024 * 1024) {
        agt_buf_text(&text, row->piece);
    }

    agt_buf_text(&text, row->tail);

    agt_arena_init(&arena, 11 * 1024 * 1024);
    agt_error_init(&err);

    rc = agt_extract(&doc, agt_buf_slice(&text), NULL, &arena.mem, &extracted,
                     &err);
    ok(rc == row->rc && err.set == (rc != AGT_OK), "a megabyte of %s: %s",
       row->name, rc == AGT_OK ? "a value" : err.message);

    agt_arena_release(&arena);
    unit_mem_reset();
}


int
main(void)
{
    size_t  i;

    for (i = 0; i < agt_array_n(rows); i++) {
        test_row(&rows[i]);
    }

    test_limits();

    for (i = 0; i < agt_array_n(hostiles); i++) {
        test_hostile(&hostiles[i]);
    }

    return unit_done();
}
