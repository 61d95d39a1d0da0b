
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The addresses of the resolving table are the examples of RFC 3986, 5.4.
 */


#include "agt_uri.h"
#include "unit.h"


typedef struct {
    const char  *name;
    const char  *base;
    const char  *ref;
    const char  *expected;
} test_resolve_t;


typedef struct {
    const char  *name;
    const char  *text;
    bool         uri;
    bool         reference;
    bool         iri;
} test_valid_t;


typedef struct {
    const char  *text;
    const char  *expected;    /* NULL: declined */
} test_decode_t;


#define BASE  "http://a/b/c/d;p?q"


static const test_resolve_t  test_resolves[] = {
    { "scheme",                     BASE, "g:h", "g:h" },
    { "segment",                    BASE, "g", "http://a/b/c/g" },
    { "dot segment",                BASE, "./g", "http://a/b/c/g" },
    { "folder",                     BASE, "g/", "http://a/b/c/g/" },
    { "absolute path",              BASE, "/g", "http://a/g" },
    { "authority",                  BASE, "//g", "http://g" },
    { "query",                      BASE, "?y", "http://a/b/c/d;p?y" },
    { "segment and query",          BASE, "g?y", "http://a/b/c/g?y" },
    { "fragment is dropped",        BASE, "#s", "http://a/b/c/d;p?q" },
    { "parameter",                  BASE, ";x", "http://a/b/c/;x" },
    { "empty",                      BASE, "", "http://a/b/c/d;p?q" },
    { "dot",                        BASE, ".", "http://a/b/c/" },
    { "dot slash",                  BASE, "./", "http://a/b/c/" },
    { "two dots",                   BASE, "..", "http://a/b/" },
    { "two dots slash",             BASE, "../", "http://a/b/" },
    { "up",                         BASE, "../g", "http://a/b/g" },
    { "up twice",                   BASE, "../..", "http://a/" },
    { "up twice, down",             BASE, "../../g", "http://a/g" },
    { "up beyond the root",         BASE, "../../../g", "http://a/g" },
    { "up far beyond the root",     BASE, "../../../../g", "http://a/g" },
    { "absolute dot",               BASE, "/./g", "http://a/g" },
    { "absolute two dots",          BASE, "/../g", "http://a/g" },
    { "dot at the end",             BASE, "g.", "http://a/b/c/g." },
    { "dot in front",               BASE, ".g", "http://a/b/c/.g" },
    { "two dots at the end",        BASE, "g..", "http://a/b/c/g.." },
    { "two dots in front",          BASE, "..g", "http://a/b/c/..g" },
    { "dot and two dots",           BASE, "./../g", "http://a/b/g" },
    { "dot behind",                 BASE, "./g/.", "http://a/b/c/g/" },
    { "dot between",                BASE, "g/./h", "http://a/b/c/g/h" },
    { "two dots between",           BASE, "g/../h", "http://a/b/c/h" },
    { "dots in the query stay",     BASE, "g?y/../x",
      "http://a/b/c/g?y/../x" },
    { "same scheme",                BASE, "http:g", "http:g" },
    { "authority without a path",   "http://a", "g", "http://a/g" },
    { "a name of its own as base",  "urn:uuid:1", "#/a", "urn:uuid:1" },
    { "a name beside a name",       "urn:x:y", "z", "urn:z" },
    { "no base",                    "", "a/../b", "b" },
    { "no base and nothing",        "", "", "" },
    { "empty segments stay",        "http://a//b//c", "..//d",
      "http://a//b//d" },
    { "file",                       "file:///a/b.json", "c.json",
      "file:///a/c.json" }
};


static const test_valid_t  test_valids[] = {
    { "empty",                 "",                     0, 1, 1 },
    { "scheme only",           "a:",                   1, 1, 1 },
    { "scheme with a digit first", "1a:b",             0, 0, 0 },
    { "colon first",           ":a",                   0, 0, 0 },
    { "colon in first segment", "a b:c",               0, 0, 0 },
    { "colon in second segment", "a/b:c",              0, 1, 1 },
    { "space",                 "http://a/b c",         0, 0, 0 },
    { "brace",                 "http://a/{b}",         0, 0, 0 },
    { "bracket in a path",     "http:/[::1]",          0, 0, 0 },
    { "address",               "http://[::1]:80/",     1, 1, 1 },
    { "address without end",   "http://[::1",          0, 0, 0 },
    { "text behind address",   "http://[::1]a/",       0, 0, 0 },
    { "future address",        "http://[v1.a:b]/",     1, 1, 1 },
    { "future address, empty", "http://[v1.]/",        0, 0, 0 },
    { "future address, no version", "http://[v.a]/",   0, 0, 0 },
    { "two users",             "http://a@b@c/",        0, 0, 0 },
    { "port is not a number",  "http://a:b/",          0, 0, 0 },
    { "empty port",            "http://a:/",           1, 1, 1 },
    { "two ports",             "http://a:1:2/",        0, 0, 0 },
    { "escape",                "http://a/%2f%2F",      1, 1, 1 },
    { "escape, cut",           "http://a/%2",          0, 0, 0 },
    { "escape, no digit",      "http://a/%2g",         0, 0, 0 },
    { "escape of control bytes", "http://a/%\x12\x13", 0, 0, 0 },
    { "two fragments",         "http://a/#b#c",        0, 0, 0 },
    { "wide character",        "http://a/\xc3\xa9",    0, 0, 1 },
    { "C1 control",            "http://a/\xc2\x85",    0, 0, 0 },
    { "noncharacter",          "http://a/\xef\xbf\xbf", 0, 0, 0 },
    { "private character in a path", "http://a/\xee\x80\x80", 0, 0, 0 },
    { "private character in a query", "http://a/?\xee\x80\x80", 0, 0, 1 },
    { "character of plane 16", "http://a/\xf4\x80\x80\x80", 0, 0, 0 },
    { "backslash",             "a\\b",                 0, 0, 0 },
    { "DEL",                   "a\x7f",                0, 0, 0 }
};


static const test_decode_t  test_decodes[] = {
    { "",           "" },
    { "a%2Fb%2fc",  "a/b/c" },
    { "%41",        "A" },
    { "%",          NULL },
    { "a%4",        NULL },
    { "%4g",        NULL },
    { "%g4",        NULL },
    { "%\x14\x14",  NULL }
};


static const char  *test_ipv6_bad[] = {
    "", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2::3", "12345::", "::g",
    "1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "::01.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:1.2.3.4", "::1%a"
};

static const char  *test_ipv6_good[] = {
    "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "1::1.2.3.4", "FFFF::ffff"
};


static void
test_resolve(void)
{
    size_t                 i;
    agt_buf_t              buf;
    const test_resolve_t  *t;

    for (i = 0; i < agt_array_n(test_resolves); i++) {
        t = &test_resolves[i];

        agt_buf_init(&buf, unit_mem(), 0, AGT_URI_MAX);
        agt_uri_resolve(agt_str_from(t->base), agt_str_from(t->ref), &buf);
        is_str(agt_buf_slice(&buf), t->expected, t->name);
    }

    agt_buf_init(&buf, unit_mem(), 0, 4);
    ok(agt_uri_resolve(agt_str_from(BASE), agt_str_from("g"), &buf)
       == AGT_ERROR, "longer than the buffer may be");
}


static void
test_valid(void)
{
    size_t               i;
    agt_str_t            s;
    const test_valid_t  *t;

    for (i = 0; i < agt_array_n(test_valids); i++) {
        t = &test_valids[i];
        s = agt_str_from(t->text);

        ok(agt_uri_valid(s, 0) == t->uri
           && agt_uri_valid(s, AGT_URI_REFERENCE) == t->reference
           && agt_uri_valid(s, AGT_URI_REFERENCE | AGT_URI_IRI) == t->iri,
           "valid: %s", t->name);
    }
}


static void
test_decode(void)
{
    int        rc;
    size_t     i;
    agt_buf_t  buf;

    for (i = 0; i < agt_array_n(test_decodes); i++) {
        agt_buf_init(&buf, unit_mem(), 0, 100);
        rc = agt_uri_decode(agt_str_from(test_decodes[i].text), &buf);

        if (test_decodes[i].expected == NULL) {
            ok(rc == AGT_DECLINED, "decode declined: %zu", i);

        } else {
            is_str(agt_buf_slice(&buf), test_decodes[i].expected, "decode");
        }
    }
}


static void
test_addresses(void)
{
    size_t  i;

    for (i = 0; i < agt_array_n(test_ipv6_bad); i++) {
        ok(!agt_uri_ipv6(agt_str_from(test_ipv6_bad[i])), "not IPv6: \"%s\"",
           test_ipv6_bad[i]);
    }

    for (i = 0; i < agt_array_n(test_ipv6_good); i++) {
        ok(agt_uri_ipv6(agt_str_from(test_ipv6_good[i])), "IPv6: \"%s\"",
           test_ipv6_good[i]);
    }

    ok(!agt_uri_ipv4(agt_str_from("")), "not IPv4: empty");
    ok(!agt_uri_ipv4(agt_str_from("1.2.3")), "not IPv4: three octets");
    ok(!agt_uri_ipv4(agt_str_from("1.2.3.4.")), "not IPv4: dot behind");
    ok(!agt_uri_ipv4(agt_str_from("1.2.3.04")), "not IPv4: leading zero");
    ok(!agt_uri_ipv4(agt_str_from("1.2.3.999999999999")), "not IPv4: large");
    ok(agt_uri_ipv4(agt_str_from("0.10.255.4")), "IPv4");
}


int
main(void)
{
    test_resolve();
    test_valid();
    test_decode();
    test_addresses();

    return unit_done();
}
