
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_json.h"
#include "unit.h"


#define EIGHT(s)   s s s s s s s s
#define MEGABYTE   (1024 * 1024)


typedef struct {
    const char  *name;
    const char  *text;
    uint32_t     line;
    uint32_t     column;
    const char  *message;
} refusal_t;


typedef struct {
    const char  *name;
    const char  *text;
    const char  *expected;
} rewrite_t;


static const refusal_t  refusals[] = {
    { "nothing", "", 1, 1, "the text ends where a value was expected" },
    { "white space", " \n ", 2, 2,
      "the text ends where a value was expected" },
    { "byte order mark", "\xef\xbb\xbf{}", 1, 1,
      "the text begins with a byte order mark" },
    { "another bracket", "[1}", 1, 3,
      "unexpected character '}' where ',' or ']' was expected" },
    { "no value", "{\n  \"a\": }", 2, 8,
      "unexpected character '}' where a value was expected" },
    { "trailing comma of an array", "[1, ]", 1, 5,
      "unexpected character ']' where a value was expected" },
    { "trailing comma of an object", "{\"a\":1,}", 1, 8,
      "unexpected character '}' where a key was expected" },
    { "a comma first", "[,1]", 1, 2,
      "unexpected character ',' where a value was expected" },
    { "two commas", "{\"a\":1,,\"b\":2}", 1, 8,
      "unexpected character ',' where a key was expected" },
    { "no comma", "{\"a\":1 \"b\":2}", 1, 8,
      "unexpected character '\"' where ',' or '}' was expected" },
    { "no colon", "{\"a\" 1}", 1, 6,
      "unexpected character '1' where ':' was expected" },
    { "the text ends behind a key", "{\"a\"", 1, 5,
      "the text ends where ':' was expected" },
    { "the text ends behind a colon", "{\"a\":", 1, 6,
      "the text ends where a value was expected" },
    { "the text ends in an array", "[1,", 1, 4,
      "the text ends where a value was expected" },
    { "the text ends behind an element", "[1", 1, 3,
      "the text ends where ',' or ']' was expected" },
    { "a key without quotes", "{a:1}", 1, 2,
      "unexpected character 'a' where a key was expected" },
    { "curly quotes", "{\xe2\x80\x9c" "a\xe2\x80\x9d:1}", 1, 2,
      "unexpected character '\xe2\x80\x9c' where a key was expected" },
    { "two values", "{} {}", 1, 4, "trailing text after the value" },
    { "a comment behind", "1 // one", 1, 3, "trailing text after the value" },
    { "a bracket too many", "[]]", 1, 3, "trailing text after the value" },
    { "NUL behind", "1\0", 1, 2, "trailing text after the value" },

    { "no closing quote", "[\"a, 1]", 1, 2,
      "a string without its closing quote" },
    { "backslash at the end", "\"a\\", 1, 3,
      "a backslash that begins no escape" },
    { "escaped closing quote", "\"a\\\"", 1, 1,
      "a string without its closing quote" },
    { "no such escape", "[\"a\\x\"]", 1, 4,
      "a backslash that begins no escape" },
    { "short \\u", "\"\\u12\"", 1, 2,
      "\\u without four hexadecimal digits" },
    { "\\u cut by the end", "\"\\u123", 1, 2,
      "\\u without four hexadecimal digits" },
    { "line feed in a string", "\"a\nb\"", 1, 3,
      "control character 0x0a in a string" },
    { "NUL in a string", "\"a\0b\"", 1, 3,
      "control character 0x00 in a string" },
    { "control character in a key", "{\"\x1f\":1}", 1, 3,
      "control character 0x1f in a string" },
    { "invalid UTF-8 in a string", "[\"\xc3\xbc\", \"\xc3\"]", 1, 9,
      "byte 0xc3 is not valid UTF-8" },
    { "invalid UTF-8 in a key", "{\"\xff\": 1}", 1, 3,
      "byte 0xff is not valid UTF-8" },
    { "invalid UTF-8 outside", "[1, \xff]", 1, 5,
      "byte 0xff is not valid UTF-8" },
    { "an encoded surrogate", "\"\xed\xa0\x80\"", 1, 2,
      "byte 0xed is not valid UTF-8" },
    { "control character outside", "[1,\x01]", 1, 4,
      "unexpected byte 0x01 where a value was expected" },
    { "DEL outside", "\x7f", 1, 1,
      "unexpected byte 0x7f where a value was expected" },

    { "leading zero", "[-01]", 1, 2, "a number with a leading zero" },
    { "minus alone", "-", 1, 2, "the text ends where a digit was expected" },
    { "plus", "+1", 1, 1,
      "unexpected character '+' where a value was expected" },
    { "no digit behind the point", "[1.]", 1, 4,
      "unexpected character ']' where a digit was expected" },
    { "no digit before the point", "[.5]", 1, 2,
      "unexpected character '.' where a value was expected" },
    { "no digit in the exponent", "1e+", 1, 4,
      "the text ends where a digit was expected" },
    { "not a number", "NaN", 1, 1,
      "unexpected character 'N' where a value was expected" },
    { "a literal cut", "[tru]", 1, 2,
      "unexpected character 't' where a value was expected" },
    { "a literal cut by the end", "nul", 1, 1,
      "unexpected character 'n' where a value was expected" },
    { "a literal in capitals", "True", 1, 1,
      "unexpected character 'T' where a value was expected" },
    { "a literal that goes on", "[nullx]", 1, 6,
      "unexpected character 'x' where ',' or ']' was expected" },

    { "duplicate key", "{\"a\":1,\n \"b\":2, \"a\":3}", 2, 9,
      "duplicate key \"a\"" },
    { "duplicate empty key", "{\"\":1,\"\":2}", 1, 7,
      "duplicate key \"\"" },
    { "duplicate behind an escape", "{\"ab\":1,\"\\u0061b\":2}", 1, 9,
      "duplicate key \"\\u0061b\"" },
    { "duplicate by two escapes", "{\"\\u0061\":1,\"\\u0061\":2}", 1, 13,
      "duplicate key \"\\u0061\"" },
    { "duplicate by a pair of surrogates",
      "{\"\xf0\x9f\x9a\xb2\":1,\"\\ud83d\\udeb2\":2}", 1, 11,
      "duplicate key \"\\ud83d\\udeb2\"" },
    { "lone surrogates are all U+FFFD", "{\"\\ud800\":1,\"\\udfff\":2}", 1,
      13, "duplicate key \"\\udfff\"" },
    { "duplicate with a slash", "{\"/\":1,\"\\/\":2}", 1, 8,
      "duplicate key \"\\/\"" },
    { "duplicate far inside", "[[{\"a\":{\"b\":1,\"c\":2,\"b\":3}}]]", 1,
      21, "duplicate key \"b\"" },
    { "duplicate in a large object",
      "{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,"
      "\"9\":0,\"10\":0,\"11\":0,\"12\":0,\"13\":0,\"14\":0,\"15\":0,"
      "\"16\":0,\"17\":0,\"18\":0,\"9\":0}", 1, 119, "duplicate key \"9\"" },
    { "the key is shown in part", "{\"" EIGHT("123456789") "\":1,\""
      EIGHT("123456789") "\":2}", 1, 79,
      "duplicate key \"1234567891234567891234567891234567891234567891234567"
      "891234567891\"" },

    { "deeper than 64", EIGHT(EIGHT("[")) "[", 1, 65,
      "nested deeper than 64" },
    { "deeper than 64, objects too", EIGHT(EIGHT("{\"a\":")) "[", 1, 321,
      "nested deeper than 64" }
};


/* a refusal may hold a NUL: its length is up to the last byte of the literal */

static size_t
refusal_length(const refusal_t *row)
{
    size_t  len;

    len = strlen(row->text);

    if (strncmp(row->name, "NUL behind", 10) == 0) {
        return len + 1;
    }

    if (strncmp(row->name, "NUL in", 6) == 0) {
        return len + 3;
    }

    return len;
}


/* memory of just the text's size, so that the sanitizer sees a byte too much */

static agt_str_t
exactly(const char *text, size_t len)
{
    char  *p;

    p = malloc(len != 0 ? len : 1);
    memcpy(p, text, len);

    return agt_str_make(p, len);
}


static void
release(agt_str_t s)
{
    free((char *) (uintptr_t) s.data);
}


static bool
parse(agt_json_t *doc, const char *text)
{
    return agt_json_parse(doc, agt_str_from(text), NULL, unit_mem(), NULL)
           == AGT_OK;
}


static void
test_refusals(void)
{
    int               rc;
    size_t            i;
    agt_str_t         text;
    agt_json_t        doc;
    agt_error_t       err;
    const refusal_t  *row;

    for (i = 0; i < agt_array_n(refusals); i++) {

        row = &refusals[i];
        text = exactly(row->text, refusal_length(row));

        agt_error_init(&err);
        rc = agt_json_parse(&doc, text, NULL, unit_mem(), &err);

        if (!ok(rc == AGT_DECLINED && err.line == row->line
                && err.column == row->column
                && strcmp(err.message, row->message) == 0, "%s", row->name))
        {
            printf("#      got: %d, %u:%u %s\n# expected: %u:%u %s\n", rc,
                   err.line, err.column, err.message, row->line, row->column,
                   row->message);
        }

        release(text);
    }
}


/* whatever is cut off a document, the rest is none */

static void
test_prefixes(void)
{
    size_t      i, n;
    agt_str_t   text;
    agt_json_t  doc;

    static const char  whole[] =
        "{\"a\": [1, -2.5e+10, \"x\\n\\u00fc\\ud83d\\udeb2\xc3\xbc\"], \"b\":"
        " {\"c\": null, \"d\": [true, false, {}, []]}, \"long\": \""
        EIGHT("0123456789") "\"}";

    n = 0;

    for (i = 0; i < sizeof(whole) - 1; i++) {
        text = exactly(whole, i);
        n += agt_json_parse(&doc, text, NULL, unit_mem(), NULL) == AGT_OK;
        release(text);
    }

    ok(n == 0, "no beginning of a document is one");
    ok(parse(&doc, whole), "but the whole is");
}


/* every place of a string's end, and of its first escape, in blocks of 64 */

static void
test_strings(void)
{
    char        text[300], mem[300];
    size_t      n, at, wrong;
    agt_str_t   s, value;
    agt_buf_t   buf;
    agt_json_t  doc;

    wrong = 0;

    for (n = 0; n < 200; n++) {

        memset(text, 'x', sizeof(text));
        text[0] = '"';
        text[n + 1] = '"';

        s = exactly(text, n + 2);

        wrong += agt_json_parse(&doc, s, NULL, unit_mem(), NULL) != AGT_OK
                 || doc.n != 1 || doc.nodes[0].len != n
                 || doc.nodes[0].flags != 0;
        release(s);

        for (at = 0; at + 2 <= n; at += (n < 70 ? 1 : 7)) {

            memset(text + 1, 'x', n);
            text[at + 1] = '\\';
            text[at + 2] = '\\';

            s = exactly(text, n + 2);

            wrong += agt_json_parse(&doc, s, NULL, unit_mem(), NULL) != AGT_OK
                     || doc.nodes[0].len != n
                     || doc.nodes[0].flags != AGT_JSON_ESCAPED
                     || agt_json_string(&doc, 0, unit_mem(), &value) != AGT_OK
                     || value.len != n - 1 || value.data[at] != '\\';

            /* and back, in memory that is just enough */

            agt_buf_fixed(&buf, mem, n);
            wrong += agt_json_escape(&buf, value) != AGT_OK || buf.len != n
                     || memcmp(mem, text + 1, n) != 0;

            agt_buf_fixed(&buf, mem, n - 1);
            wrong += agt_json_escape(&buf, value) != AGT_ERROR || !buf.full;

            agt_buf_fixed(&buf, mem, n - 1);
            wrong += agt_json_unescape(&buf, agt_str_make(text + 1, n))
                     != AGT_OK || buf.len != n - 1;

            if (n > 2) {
                agt_buf_fixed(&buf, mem, n - 2);
                wrong += agt_json_unescape(&buf, agt_str_make(text + 1, n))
                         != AGT_ERROR || !buf.full;
            }

            release(s);
        }

        unit_mem_reset();
    }

    ok(wrong == 0, "strings of all lengths, an escape at all places");
}


static const rewrite_t  values[] = {
    { "plain", "abc", "abc" },
    { "empty", "", "" },
    { "simple escapes", "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t" },
    { "one byte", "\\u0041\\u007F", "A\x7f" },
    { "two bytes", "\\u00fc\\u07FF", "\xc3\xbc\xdf\xbf" },
    { "three bytes", "\\u20ac\\uffff", "\xe2\x82\xac\xef\xbf\xbf" },
    { "a pair", "\\ud83d\\udeb2", "\xf0\x9f\x9a\xb2" },
    { "the greatest pair", "\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf" },
    { "a high one alone", "\\ud800", "\xef\xbf\xbd" },
    { "a low one alone", "\\udc00x", "\xef\xbf\xbdx" },
    { "two high ones", "\\ud83d\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "a high one, then a pair", "\\ud800\\ud83d\\udeb2",
      "\xef\xbf\xbd\xf0\x9f\x9a\xb2" },
    { "in the wrong order", "\\udeb2\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "a high one and another escape", "\\ud83d\\n", "\xef\xbf\xbd\n" },
    { "around the surrogates", "\\ud7ff\\ue000", "\xed\x9f\xbf\xee\x80\x80" },
    { "runs between", "abc\\ndef\\u00fcghi\\\\",
      "abc\ndef\xc3\xbcghi\\" },
    { "a long run", EIGHT(EIGHT("0123456789")) "\\n" EIGHT(EIGHT("x")),
      EIGHT(EIGHT("0123456789")) "\n" EIGHT(EIGHT("x")) }
};


static void
test_values(void)
{
    size_t      i;
    agt_str_t   value;
    agt_buf_t   text, buf;
    agt_json_t  doc;

    for (i = 0; i < agt_array_n(values); i++) {

        agt_buf_init(&text, unit_mem(), 0, 10000);
        agt_buf_format(&text, "\"%s\"", values[i].text);

        ok(agt_json_parse(&doc, agt_buf_slice(&text), NULL, unit_mem(), NULL)
           == AGT_OK
           && agt_json_string(&doc, 0, unit_mem(), &value) == AGT_OK
           && agt_json_string_is(&doc, 0, value)
           && !agt_json_string_is(&doc, 0, agt_str_from("?")),
           "value is read: %s", values[i].name);

        is_str(value, values[i].expected, values[i].name);

        agt_buf_init(&buf, unit_mem(), 0, 10000);
        agt_json_unescape(&buf, agt_str_from(values[i].text));
        is_str(agt_buf_slice(&buf), values[i].expected, values[i].name);
    }

    /* what never passed the reader: the rest stays as it is */

    agt_buf_init(&buf, unit_mem(), 0, 100);
    agt_json_unescape(&buf, agt_str_from("a\\"));
    agt_json_unescape(&buf, agt_str_from("\\u12\\u00g0,\\x"));
    agt_json_unescape(&buf, agt_str_from("\"\nabcdef\\t\\ud800\\u12"));
    is_str(agt_buf_slice(&buf), "a\\\\u12\\u00g0,\\x\"\nabcdef\t"
           "\xef\xbf\xbd\\u12", "unescape of what is no inside of a string");

    /* compared piece by piece: an escape across each of them */

    agt_buf_init(&text, unit_mem(), 0, 10000);
    agt_buf_init(&buf, unit_mem(), 0, 10000);
    agt_buf_text(&text, "\"x");
    agt_buf_text(&buf, "x");

    for (i = 0; i < 400; i++) {
        agt_buf_text(&text, i % 3 == 0 ? "\\ud83d\\udeb2" : "\\t");
        agt_buf_text(&buf, i % 3 == 0 ? "\xf0\x9f\x9a\xb2" : "\t");
    }

    agt_buf_text(&text, "\"");
    value = agt_buf_slice(&buf);

    ok(agt_json_parse(&doc, agt_buf_slice(&text), NULL, unit_mem(), NULL)
       == AGT_OK && agt_json_string_is(&doc, 0, value), "a long string");

    value.len--;
    ok(!agt_json_string_is(&doc, 0, value), "a byte less");

    buf.data[buf.len - 1] = '?';
    value.len++;
    ok(!agt_json_string_is(&doc, 0, value), "another byte at the end");
}


static const rewrite_t  escapes[] = {
    { "plain", "abc /'\x7f", "abc /'\x7f" },
    { "empty", "", "" },
    { "quote and backslash", "\"a\\b\"", "\\\"a\\\\b\\\"" },
    { "short", "\b\f\n\r\t", "\\b\\f\\n\\r\\t" },
    { "others", "\x01\x0b\x1f", "\\u0001\\u000b\\u001f" },
    { "UTF-8", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x9a\xb2",
      "\xc3\xbc\xe2\x82\xac\xf0\x9f\x9a\xb2" },
    { "what is not", "a\xff\"b\x80", "a\xef\xbf\xbd\\\"b\xef\xbf\xbd" },
    { "one for each maximal part", "\xe2\x82|\xf0\x9f\x98|\xf0\x9f|\xe2|",
      "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|" },
    { "cut at the end", "\xf0\x9f\x98", "\xef\xbf\xbd" },
    { "overlong: each byte", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "a surrogate: each byte", "\xed\xa0\x80",
      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "a long text", EIGHT(EIGHT("a\"")), EIGHT(EIGHT("a\\\"")) },
    { "a long run", EIGHT(EIGHT("0123456789")) "\n",
      EIGHT(EIGHT("0123456789")) "\\n" },
    { "invalid far behind", EIGHT(EIGHT("0123456789")) "\n\xff\n",
      EIGHT(EIGHT("0123456789")) "\\n\xef\xbf\xbd\\n" }
};


static void
test_escapes(void)
{
    char       small[8];
    size_t     i;
    agt_str_t  s;
    agt_buf_t  buf;

    for (i = 0; i < agt_array_n(escapes); i++) {

        s = exactly(escapes[i].text, strlen(escapes[i].text));

        agt_buf_init(&buf, unit_mem(), 0, 10000);
        agt_json_escape(&buf, s);
        is_str(agt_buf_slice(&buf), escapes[i].expected, escapes[i].name);

        release(s);
    }

    agt_buf_init(&buf, unit_mem(), 0, 100);
    agt_json_escape(&buf, agt_str_make(NULL, 0));
    agt_json_escape(&buf, agt_str_make("\0", 1));
    agt_json_quote(&buf, agt_str_from("\n"));
    agt_json_quote(&buf, agt_str_make(NULL, 0));
    is_str(agt_buf_slice(&buf), "\\u0000\"\\n\"\"\"", "NUL, quotes, nothing");

    agt_buf_fixed(&buf, small, sizeof(small));
    ok(agt_json_escape(&buf, agt_str_from("\xff\xff\xff")) == AGT_ERROR
       && buf.full, "replacements are longer than what they stand for");
    ok(agt_json_quote(&buf, agt_str_from("a")) == AGT_ERROR,
       "a buffer that failed stays so");
}


/* {"a": [1, 2], "b": null} and the table that it gives */

static void
test_nodes(void)
{
    size_t            i;
    agt_json_t        doc;
    agt_json_node_t  *node;

    static const char  text[] = "{\"a\": [1, -2.5], \"\\u0062\": null,"
                                " \"c\": true, \"d\": \"e\\n\"}";

    static const agt_json_node_t  nodes[] = {
        {  0, 55, 11, 4, AGT_JSON_OBJECT, 0 },
        {  2,  1,  2, 0, AGT_JSON_STRING, AGT_JSON_KEY },
        {  6,  9,  5, 2, AGT_JSON_ARRAY, 0 },
        {  7,  1,  4, 0, AGT_JSON_NUMBER, AGT_JSON_INTEGER },
        { 10,  4,  5, 0, AGT_JSON_NUMBER, 0 },
        { 18,  6,  6, 0, AGT_JSON_STRING, AGT_JSON_KEY|AGT_JSON_ESCAPED },
        { 27,  4,  7, 0, AGT_JSON_NULL, 0 },
        { 34,  1,  8, 0, AGT_JSON_STRING, AGT_JSON_KEY },
        { 38,  4,  9, 0, AGT_JSON_BOOLEAN, AGT_JSON_TRUE },
        { 45,  1, 10, 0, AGT_JSON_STRING, AGT_JSON_KEY },
        { 50,  3, 11, 0, AGT_JSON_STRING, AGT_JSON_ESCAPED }
    };

    ok(parse(&doc, text) && doc.n == agt_array_n(nodes) && !doc.compact,
       "a document");

    for (i = 0; i < agt_array_n(nodes); i++) {

        node = &doc.nodes[i];

        ok(node->off == nodes[i].off && node->len == nodes[i].len
           && node->next == nodes[i].next && node->type == nodes[i].type
           && node->flags == nodes[i].flags
           && ((node->flags & AGT_JSON_KEY) || node->count == nodes[i].count),
           "node %zu", i);
    }

    ok(doc.nodes[1].count == agt_json_hash(agt_str_from("a"))
       && doc.nodes[5].count == agt_json_hash(agt_str_from("b")),
       "a key's hash is that of what it reads");

    ok(agt_json_member(&doc, 0, agt_str_from("a")) == 2
       && agt_json_member(&doc, 0, agt_str_from("b")) == 6
       && agt_json_member(&doc, 0, agt_str_from("d")) == 10, "members");
    ok(agt_json_member(&doc, 0, agt_str_from("e")) == AGT_JSON_NONE
       && agt_json_member(&doc, 0, agt_str_make(NULL, 0)) == AGT_JSON_NONE
       && agt_json_member(&doc, 2, agt_str_from("a")) == AGT_JSON_NONE,
       "no such member, no such object");

    is_str(agt_json_raw(&doc, 10), "\"e\\n\"", "raw string");
    is_str(agt_json_raw(&doc, 2), "[1, -2.5]", "raw array");
    is_str(agt_json_raw(&doc, 8), "true", "raw literal");

    ok(parse(&doc, " {\"\":{}} ") && agt_json_member(&doc, 0,
                                                 agt_str_make(NULL, 0)) == 2
       && doc.nodes[2].count == 0, "empty key, empty object");
}


static const struct {
    const char  *text;
    bool         compact;
} compacts[] = {
    { "{\"a\":[1,2]}", true },
    { "\"a b\"", true },
    { "1", true },
    { " 1", false },
    { "1\n", false },
    { "[1, 2]", false },
    { "[ ]", false },
    { "{\"a\" :1}", false },
    { "{\"a\":\r1}", false },
    { "[1\t]", false }
};


static void
test_compact(void)
{
    size_t      i;
    agt_json_t  doc;

    for (i = 0; i < agt_array_n(compacts); i++) {
        ok(parse(&doc, compacts[i].text)
           && doc.compact == compacts[i].compact, "%s: %s", compacts[i].text,
           compacts[i].compact ? "compact" : "not compact");
    }
}


static const rewrite_t  minified[] = {
    { "scalar", " 1.50 ", "1.50" },
    { "white space of all kinds",
      "\r\n{ \"a b\" :\t[ 1 , 2.0,\n \" \\n \" ] ,\"c\" : { } , \"d\":[ ] }\n",
      "{\"a b\":[1,2.0,\" \\n \"],\"c\":{},\"d\":[]}" },
    { "a long run of it", "[" EIGHT(EIGHT(" ")) "1" EIGHT(EIGHT("\n")) "]",
      "[1]" },
    { "compact already", "{\"a\":[1,\" \"]}", "{\"a\":[1,\" \"]}" },
    { "escapes stay", "[ \"\\u0041\\/\" ]", "[\"\\u0041\\/\"]" }
};

static const rewrite_t  canonical[] = {
    { "keys by their bytes",
      "{\"b\":1,\"a\":2,\"B\":3,\"\":4,\"aa\":5,\"\xc3\xbc\":6,\"z\":7}",
      "{\"\":4,\"B\":3,\"a\":2,\"aa\":5,\"b\":1,\"z\":7,\"\xc3\xbc\":6}" },
    { "keys behind escapes", "{\"\\u0062\":1,\"a\":2,\"\\u0000\":3}",
      "{\"\\u0000\":3,\"a\":2,\"b\":1}" },
    { "inside too", "[ {\"b\": {\"d\":1, \"c\":2}, \"a\": [ ] }, { } ]",
      "[{\"a\":[],\"b\":{\"c\":2,\"d\":1}},{}]" },
    { "number text", "[1.0, 1e2, 1E+2, -0, 10000000000000000000000]",
      "[1.0,1e2,1E+2,-0,10000000000000000000000]" },
    { "fewest escapes",
      "\"\\u0041\\/\\u000a\\u001F\\u00fc\\ud83d\\udeb2\\\"\\\\\\u0022\\u005c\"",
      "\"A/\\n\\u001f\xc3\xbc\xf0\x9f\x9a\xb2\\\"\\\\\\\"\\\\\"" },
    { "lone surrogates stay", "\"\\uD800x\\uDfFf\"",
      "\"\\ud800x\\udfff\"" },
    { "a scalar", " null ", "null" }
};


static void
test_rewrites(void)
{
    size_t      i;
    agt_buf_t   buf;
    agt_json_t  doc;

    for (i = 0; i < agt_array_n(minified); i++) {
        agt_buf_init(&buf, unit_mem(), 0, 1000);
        ok(parse(&doc, minified[i].text)
           && agt_json_minify(&doc, 0, &buf) == AGT_OK, "minify");
        is_str(agt_buf_slice(&buf), minified[i].expected, minified[i].name);
    }

    for (i = 0; i < agt_array_n(canonical); i++) {
        agt_buf_init(&buf, unit_mem(), 0, 1000);
        ok(parse(&doc, canonical[i].text)
           && agt_json_canonical(&doc, 0, &buf) == AGT_OK, "canonical");
        is_str(agt_buf_slice(&buf), canonical[i].expected, canonical[i].name);
    }

    /* of a part */

    parse(&doc, "{\"x\": [ {\"b\": 1, \"a\": [ ] } ] }");
    agt_buf_init(&buf, unit_mem(), 0, 1000);
    agt_json_minify(&doc, 3, &buf);
    agt_json_canonical(&doc, 3, &buf);
    agt_json_minify(&doc, 1, &buf);
    is_str(agt_buf_slice(&buf), "{\"b\":1,\"a\":[]}{\"a\":[],\"b\":1}\"x\"",
           "a part");

    agt_buf_init(&buf, unit_mem(), 0, 10);
    ok(agt_json_minify(&doc, 0, &buf) == AGT_ERROR && buf.full,
       "minify: over the maximum");
    agt_buf_init(&buf, unit_mem(), 0, 10);
    ok(agt_json_canonical(&doc, 0, &buf) == AGT_ERROR && buf.full,
       "canonical: over the maximum");
}


/* 3,000 keys in an order of their own, written in order */

static void
test_canonical_large(void)
{
    char        key[16];
    size_t      i, wrong;
    agt_buf_t   text, buf;
    agt_json_t  doc;

    static char  fixed[100000];

    agt_buf_init(&text, unit_mem(), 0, MEGABYTE);

    for (i = 0; i < 3000; i++) {
        agt_buf_format(&text, "%s\"%04zu\":%zu", i ? "," : "{",
                       i * 1789 % 3000, i);
    }

    agt_buf_text(&text, "}");

    agt_buf_init(&buf, unit_mem(), 0, MEGABYTE);
    ok(agt_json_parse(&doc, agt_buf_slice(&text), NULL, unit_mem(), NULL)
       == AGT_OK && agt_json_canonical(&doc, 0, &buf) == AGT_OK
       && buf.len == text.len, "canonical form of a large object");

    ok(agt_json_parse(&doc, agt_buf_slice(&buf), NULL, unit_mem(), NULL)
       == AGT_OK, "it is read again");

    wrong = 0;

    for (i = 0; i < 3000; i++) {
        (void) snprintf(key, sizeof(key), "%04zu", i);
        wrong += !agt_json_string_is(&doc, (uint32_t) (1 + 2 * i),
                                     agt_str_from(key));
    }

    ok(wrong == 0, "all keys in order");

    agt_buf_fixed(&buf, fixed, sizeof(fixed));
    ok(agt_json_canonical(&doc, 0, &buf) == AGT_ERROR && !buf.full,
       "a fixed buffer has no memory for the order of many keys");
}


static const struct {
    const char  *text;
    int          rc;
    int64_t      value;
} integers[] = {
    { "0", AGT_OK, 0 },
    { "-0", AGT_OK, 0 },
    { "0.000e99999999999999999999", AGT_OK, 0 },
    { "0e-5", AGT_OK, 0 },
    { "42", AGT_OK, 42 },
    { "-7", AGT_OK, -7 },
    { "1.0", AGT_OK, 1 },
    { "1e2", AGT_OK, 100 },
    { "1.5e1", AGT_OK, 15 },
    { "1500e-2", AGT_OK, 15 },
    { "0.00012e5", AGT_OK, 12 },
    { "1200.00e-2", AGT_OK, 12 },
    { "100000000000000000000000e-20", AGT_OK, 1000 },
    { "9223372036854775807", AGT_OK, INT64_MAX },
    { "9223372036854775808", AGT_DECLINED, 0 },
    { "-9223372036854775808", AGT_OK, INT64_MIN },
    { "-9223372036854775809", AGT_DECLINED, 0 },
    { "922337203685477580.7e1", AGT_OK, INT64_MAX },
    { "9999999999999999999", AGT_DECLINED, 0 },
    { "1e18", AGT_OK, 1000000000000000000 },
    { "1e19", AGT_DECLINED, 0 },
    { "1e99999999999999999999999", AGT_DECLINED, 0 },
    { "1e-99999999999999999999999", AGT_DECLINED, 0 },
    { "1.5", AGT_DECLINED, 0 },
    { "1e-1", AGT_DECLINED, 0 },
    { "0.1", AGT_DECLINED, 0 },
    { "12345678901234567890123", AGT_DECLINED, 0 },
    { "1.00000000000000000000000000000001", AGT_DECLINED, 0 },
    { "true", AGT_DECLINED, 0 },
    { "\"1\"", AGT_DECLINED, 0 },
    { "[1]", AGT_DECLINED, 0 }
};


static void
test_integers(void)
{
    size_t      i;
    int64_t     value;
    agt_json_t  doc;

    for (i = 0; i < agt_array_n(integers); i++) {
        value = 1;
        ok(parse(&doc, integers[i].text)
           && agt_json_int64(&doc, 0, &value) == integers[i].rc
           && (integers[i].rc != AGT_OK || value == integers[i].value),
           "%s %s", integers[i].text,
           integers[i].rc == AGT_OK ? "is an integer" : "is none");
    }
}


static void
test_pointers(void)
{
    uint32_t    i, line, column;
    agt_buf_t   buf;
    agt_json_t  doc;

    static const char  *pointers[] = {
        "", "/a", "/a", "/a/0", "/a/1", "/a/1/~1~0", "/a/1/~1~0",
        "/a/1/~1~0/0", "/", "/", "/\xc3\xbc", "/\xc3\xbc"
    };

    parse(&doc, "{\"a\": [1, {\"\\/~\": [2]}], \"\": 3, \"\\u00fc\": 4}");
    ok(doc.n == agt_array_n(pointers), "a document");

    for (i = 0; i < doc.n; i++) {

        agt_buf_init(&buf, unit_mem(), 0, 100);
        ok(agt_json_pointer(&doc, i, &buf) == AGT_OK, "pointer");
        is_str(agt_buf_slice(&buf), pointers[i], pointers[i]);
    }

    agt_buf_init(&buf, unit_mem(), 0, 4);
    ok(agt_json_pointer(&doc, 6, &buf) == AGT_ERROR, "a buffer that is full");

    agt_json_position(agt_str_from("a\nbc\n"), 3, &line, &column);
    ok(line == 2 && column == 2, "position within a line");
    agt_json_position(agt_str_from("a\nbc\n"), 5, &line, &column);
    ok(line == 3 && column == 1, "position at the end");

    ok(strcmp(agt_json_type_name(AGT_JSON_NULL), "null") == 0
       && strcmp(agt_json_type_name(AGT_JSON_BOOLEAN), "boolean") == 0
       && strcmp(agt_json_type_name(AGT_JSON_NUMBER), "number") == 0
       && strcmp(agt_json_type_name(AGT_JSON_STRING), "string") == 0
       && strcmp(agt_json_type_name(AGT_JSON_ARRAY), "array") == 0
       && strcmp(agt_json_type_name(AGT_JSON_OBJECT), "object") == 0,
       "names of types");
}


static int
parse_limited(const char *text, uint32_t depth, uint32_t keys, uint32_t nodes,
    agt_error_t *err)
{
    agt_json_t         doc;
    agt_json_limits_t  limits;

    limits.max_depth = depth;
    limits.max_keys = keys;
    limits.max_nodes = nodes;

    agt_error_init(err);

    return agt_json_parse(&doc, agt_str_from(text), &limits, unit_mem(), err);
}


static void
test_limits(void)
{
    char         deep[1100];
    agt_json_t   doc;
    agt_error_t  err;

    ok(parse(&doc, EIGHT(EIGHT("[")) EIGHT(EIGHT("]"))), "64 levels");

    ok(parse_limited("[{}]", 1, 0, 0, &err) == AGT_DECLINED
       && strcmp(err.message, "nested deeper than 1") == 0, "one level");
    ok(parse_limited("[1]", 1, 0, 0, &err) == AGT_OK, "one level is enough");

    memset(deep, '[', 513);
    memset(deep + 513, ']', 513);
    deep[1026] = '\0';
    ok(parse_limited(deep, 100000, 0, 0, &err) == AGT_DECLINED
       && strcmp(err.message, "nested deeper than 512") == 0,
       "no deeper than 512, whatever is asked for");
    deep[1025] = '\0';
    ok(parse_limited(deep + 1, 100000, 0, 0, &err) == AGT_OK, "512 levels");

    ok(parse_limited("{\"a\":1,\"b\":2,\"c\":3}", 0, 2, 0, &err)
       == AGT_DECLINED && err.column == 13
       && strcmp(err.message, "an object of more than 2 members") == 0,
       "members of one object");
    ok(parse_limited("{\"a\":1,\"b\":{\"a\":1,\"b\":2}}", 0, 2, 0, &err)
       == AGT_OK, "of each alone");

    ok(parse_limited("[1,2]", 0, 0, 2, &err) == AGT_DECLINED
       && err.column == 4 && strcmp(err.message, "more than 2 values") == 0,
       "values");
    ok(parse_limited("[1,2]", 0, 0, 3, &err) == AGT_OK, "just enough values");
    ok(parse_limited("{\"a\":1}", 0, 0, 2, &err) == AGT_DECLINED
       && parse_limited("{\"a\":1}", 0, 0, 3, &err) == AGT_OK,
       "keys are values");
    ok(parse_limited("1", 0, 0, 1, &err) == AGT_OK, "one value");

    ok(agt_json_parse(&doc, agt_str_make("", SIZE_MAX), NULL, unit_mem(), NULL)
       == AGT_DECLINED, "longer than offsets can tell");
}


typedef struct {
    const char  *name;
    const char  *head;
    const char  *piece;      /* a megabyte of it; %u is its number */
    const char  *tail;
    int          rc;
} hostile_t;


static const hostile_t  hostiles[] = {
    { "brackets", "", "[", "", AGT_DECLINED },
    { "objects within each other", "", "{\"a\":", "", AGT_DECLINED },
    { "zeros", "[", "0,", "0]", AGT_OK },
    { "empty arrays", "[", "[],", "[]]", AGT_OK },
    { "empty strings", "[", "\"\",", "0]", AGT_OK },
    { "short objects", "[", "{\"\":0},", "0]", AGT_OK },
    { "short objects of two", "[", "{\"\":0,\"a\":0},", "0]", AGT_OK },
    { "digits", "", "1111111111", "", AGT_OK },
    { "digits behind the point", "0.", "1", "", AGT_OK },
    { "digits of an exponent", "1e", "1", "", AGT_OK },
    { "a key", "{\"", "a", "\":1}", AGT_OK },
    { "an escaped key", "{\"", "\\n", "\":1}", AGT_OK },
    { "two large keys", "{\"", "\\n", "\":1,\"\\u000a\":2}", AGT_OK },
    { "backslashes", "\"", "\\\\", "\"", AGT_OK },
    { "no closing quote", "\"", "\\\"", "", AGT_DECLINED },
    { "white space", "[", " \n", "1]", AGT_OK },
    { "commas in a string", "[\"", ",[{:", "\"]", AGT_OK },
    { "commas in a string behind values",
      "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,\"", ",[{:", "\"]", AGT_OK },
    { "text that is not ASCII", "\"", "\xe4\xb8\xad", "\"", AGT_OK },
    { "invalid at the end", "\"", "\xe4\xb8\xad", "\xff\"", AGT_DECLINED },
    { "objects of 17 keys", "[",
      "{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,"
      "\"i\":0,\"j\":0,\"k\":0,\"l\":0,\"m\":0,\"n\":0,\"o\":0,\"p\":0,"
      "\"q\":0},", "0]", AGT_OK },
    { "too many keys", "{", "\"%u\":0,", "\"a\":0}", AGT_DECLINED }
};


/* no more memory than ten times the text, and a megabyte */

static void
test_hostile(const hostile_t *row)
{
    int          rc;
    uint32_t     n;
    agt_buf_t    text, out;
    agt_json_t   doc;
    agt_arena_t  arena;
    agt_error_t  err;

    agt_buf_init(&text, unit_mem(), 2 * MEGABYTE, 2 * MEGABYTE);
    agt_buf_text(&text, row->head);

    for (n = 0; text.len < MEGABYTE; n++) {

        if (strstr(row->piece, "%u") != NULL) {
            agt_buf_format(&text, "\"%u\":0,", n);

        } else {
            agt_buf_text(&text, row->piece);
        }
    }

    agt_buf_text(&text, row->tail);

    agt_arena_init(&arena, 10 * text.len + MEGABYTE);
    agt_error_init(&err);

    rc = agt_json_parse(&doc, agt_buf_slice(&text), NULL, &arena.mem, &err);

    ok(rc == row->rc && err.set == (rc != AGT_OK), "a megabyte of %s%s%s",
       row->name, err.set ? ": " : "", err.message);

    if (rc == AGT_OK) {
        agt_buf_init(&out, unit_mem(), 3 * MEGABYTE, 3 * MEGABYTE);
        ok(agt_json_minify(&doc, 0, &out) == AGT_OK, "it is minified");
        agt_buf_reset(&out);
        ok(agt_json_canonical(&doc, 0, &out) == AGT_OK,
           "and has a canonical form");
    }

    agt_arena_release(&arena);
    unit_mem_reset();
}


/* the hash on the fast path and on the slow one, and what seeds do to it */

static void
test_hash(void)
{
    char        text[200], key[16];
    size_t      i, n, wrong, same;
    uint32_t    hashes[2], *all;
    agt_json_t  doc;

    wrong = 0;

    for (n = 0; n < 80; n++) {

        (void) snprintf(text, sizeof(text), "{\"%.*s\":1}", (int) n,
                        EIGHT("abcdefghij"));
        wrong += !parse(&doc, text)
                 || doc.nodes[1].count
                    != agt_json_hash(agt_str_make(text + 2, n));

        /* with nothing behind it that could be read as well */

        (void) snprintf(text, sizeof(text), "{\"%.*s\":1              }",
                        (int) n, EIGHT("abcdefghij"));
        wrong += !parse(&doc, text)
                 || doc.nodes[1].count
                    != agt_json_hash(agt_str_make(text + 2, n));
    }

    ok(wrong == 0, "keys of all lengths");

    ok(agt_json_hash(agt_str_make("a\0", 2)) != agt_json_hash(
           agt_str_make("a", 1)), "zeros are not the padding");

    hashes[0] = agt_json_hash(agt_str_from("key"));
    agt_json_seed(1);
    hashes[1] = agt_json_hash(agt_str_from("key"));
    agt_json_seed(2);
    ok(hashes[0] != hashes[1]
       && hashes[1] != agt_json_hash(agt_str_from("key"))
       && hashes[0] != agt_json_hash(agt_str_from("key")),
       "seeds give other hashes");

    /* 20,000 keys like each other: of all pairs, 0.05 share 32 bits, and of
       the 2^16 low ones all but 15,000 or so are alone */

    all = agt_calloc(unit_mem(), 65536, sizeof(uint32_t));
    same = 0;

    for (i = 0; i < 20000; i++) {
        (void) snprintf(key, sizeof(key), "key%zu", i);
        same += all[agt_json_hash(agt_str_from(key)) & 0xffff]++ != 0;
    }

    ok(same < 3200, "keys that differ little: %zu of 20000 share 16 bits",
       same);

    memset(all, 0, 65536 * sizeof(uint32_t));
    same = 0;

    for (i = 0; i < 20000; i++) {
        (void) snprintf(key, sizeof(key), "key%zu", i);
        same += all[agt_json_hash(agt_str_from(key)) >> 16]++ != 0;
    }

    ok(same < 3200, "and of the high ones: %zu", same);
}


/* 10,000 keys, and then the first once more, at both ends of the order */

static void
test_many_keys(void)
{
    size_t       i;
    agt_buf_t    text;
    agt_json_t   doc;
    agt_error_t  err;

    agt_buf_init(&text, unit_mem(), MEGABYTE, MEGABYTE);

    for (i = 0; i < 10000; i++) {
        agt_buf_format(&text, "%s\"k%zu\":0", i ? "," : "{", i);
    }

    agt_buf_text(&text, "}");

    ok(agt_json_parse(&doc, agt_buf_slice(&text), NULL, unit_mem(), NULL)
       == AGT_OK && doc.nodes[0].count == 10000, "10,000 keys");

    text.len -= strlen("\"k9999\":0}");
    agt_buf_text(&text, "\"k17\":0}");
    agt_error_init(&err);

    ok(agt_json_parse(&doc, agt_buf_slice(&text), NULL, unit_mem(), &err)
       == AGT_DECLINED && strcmp(err.message, "duplicate key \"k17\"") == 0,
       "one of them twice");

    unit_mem_reset();
}


/* the n-th allocation fails */

typedef struct {
    agt_mem_t    mem;
    unsigned     left;
} stingy_t;


static void *
stingy_alloc(void *ctx, size_t size)
{
    stingy_t  *stingy = ctx;

    if (stingy->left == 0) {
        return NULL;
    }

    stingy->left--;

    return agt_alloc(unit_mem(), size);
}


static void
test_no_memory(void)
{
    int          rc;
    unsigned     n, failed;
    stingy_t     stingy;
    agt_buf_t    text, buf;
    agt_str_t    value;
    agt_json_t   doc;
    agt_error_t  err;

    stingy.mem.alloc = stingy_alloc;
    stingy.mem.ctx = &stingy;

    agt_buf_init(&text, unit_mem(), 0, 100000);
    agt_buf_text(&text, "{\"\\u0061\":\"\\n\"");

    for (n = 0; n < 300; n++) {
        agt_buf_format(&text, ",\"k%u\":[0,0]", n);
    }

    agt_buf_text(&text, "}");

    for (failed = 0; failed < 10; failed++) {

        stingy.left = failed;
        agt_error_init(&err);

        rc = agt_json_parse(&doc, agt_buf_slice(&text), NULL, &stingy.mem,
                            &err);
        if (rc == AGT_OK) {
            break;
        }

        ok(rc == AGT_ERROR && !err.set, "allocation %u fails", failed);
    }

    ok(rc == AGT_OK && failed == 4, "table, its growth, key, order of keys");

    stingy.left = 0;
    ok(agt_json_string(&doc, 2, &stingy.mem, &value) == AGT_ERROR,
       "a string's value");

    agt_buf_init(&buf, &stingy.mem, 0, 100000);
    ok(agt_json_canonical(&doc, 0, &buf) == AGT_ERROR && !buf.full,
       "the canonical form");

    agt_buf_init(&buf, &stingy.mem, 0, 100000);
    ok(agt_json_unescape(&buf, agt_str_from("\\n")) == AGT_ERROR && !buf.full,
       "unescape");

    agt_buf_init(&buf, &stingy.mem, 0, 100000);
    ok(agt_json_escape(&buf, agt_str_from("\n")) == AGT_ERROR && !buf.full,
       "escape");
}


int
main(void)
{
    size_t  i;

    test_refusals();
    test_prefixes();
    test_limits();
    test_nodes();
    test_compact();
    test_strings();
    test_values();
    test_escapes();
    test_rewrites();
    test_canonical_large();
    test_integers();
    test_pointers();
    test_hash();
    test_many_keys();
    test_no_memory();

    for (i = 0; i < agt_array_n(hostiles); i++) {
        test_hostile(&hostiles[i]);
    }

    return unit_done();
}
