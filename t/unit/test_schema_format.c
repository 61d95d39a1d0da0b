
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Formats, beyond what the public suite has of them.
 */


#include "agt_idna.h"
#include "agt_schema.h"
#include "unit.h"


typedef struct {
    const char  *format;
    const char  *text;
    bool         valid;
} test_format_t;


#define L10  "aaaaaaaaaa"
#define L60  L10 L10 L10 L10 L10 L10


static const test_format_t  test_formats[] = {
    { "date", "2000-02-29", true },
    { "date", "1900-02-29", false },
    { "date", "0000-01-01", true },
    { "date", "2020-1-01", false },
    { "time", "00:00:00.Z", false },
    { "time", "00:00:00.0", false },
    { "time", "00:00:00+00", false },
    { "time", "23:59:60.999z", true },
    { "date-time", "2020-01-01 00:00:00Z", false },
    { "date-time", "2020-01-01T00:00:00", false },
    { "duration", "P1YT1S", true },
    { "duration", "PT1H1S", false },
    { "duration", "P1W1D", false },
    { "duration", "P1S", false },
    { "duration", "P1Y1Y", false },
    { "duration", "PT", false },

    { "email", "", false },
    { "email", "@", false },
    { "email", "a@b@c", false },
    { "email", "\"a@b\"@c", true },
    { "email", "\"a\"b\"@c", false },
    { "email", "\"a\\\"@c", false },
    { "email", "\"a\\\"\"@c", true },
    { "email", "\"@c", false },
    { "email", "\"\"@c", true },
    { "email", "a@[1.2.3]", false },
    { "email", "a@[IPv6:::]", true },
    { "email", "a@[IPv6:1]", false },
    { "email", "a@[x:y]", false },
    { "email", "\xc3\xa9@c", false },
    { "email", L60 "aaaaa@c", false },
    { "idn-email", "\xc3\xa9@\xc3\xa9.c", true },
    { "idn-email", "a@-b", false },
    { "idn-email", "a@b-.c", false },
    { "idn-email", "a@b..c", false },
    { "idn-email", "a@b_c", false },
    { "idn-email", "a@", false },

    { "hostname", "a.b-c.D1", true },
    { "hostname", "a..b", false },
    { "hostname", "xn--", false },
    { "hostname", "xn--a", false },
    { "hostname", "xn--a-", false },
    { "hostname", "XN--BCHER-KVA", true },
    { "hostname", "xn--bcher-kva8445foa", false },
    { "hostname", "xn--99999999", false },
    { "hostname", "xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", false },
    { "hostname", "b\xc3\xbc" "cher", false },
    { "hostname", L60 "aaaa", false },
    { "hostname", L60 "." L60 "." L60 "." L60 "." L10, false },
    { "hostname", L60 "." L60 "." L60 "." L60 ".aaaaaaaaa", true },
    { "idn-hostname", "b\xc3\xbc" "cher.example", true },
    { "idn-hostname", "B\xc3\xbc" "cher", false },
    { "idn-hostname", "\xc3\xbc--a", true },
    { "idn-hostname", "a\xc3\xbc--a", false },
    { "idn-hostname", "\xc3\xbc-", false },
    { "idn-hostname", "\xf0\x9f\x98\x80", false },
    { "idn-hostname", "\xe2\x80\x8d", false },
    { "idn-hostname", "\xd7\x90.a", true },
    { "idn-hostname", "\xd7\x90" "1\xd7\x90", true },
    { "idn-hostname", "\xd7\x90.1a", false },
    { "idn-hostname", "a\xe3\x80\x82", false },

    { "ipv4", "1.2.3.4", true },
    { "ipv6", "::ffff:1.2.3.4", true },
    { "uri", "a:", true },
    { "uri-reference", "a:b:c", true },
    { "uri-reference", "1:b", false },
    { "iri", "http://\xc3\xa9/", true },
    { "uri-template", "{", false },
    { "uri-template", "{a", false },
    { "uri-template", "{a:", false },
    { "uri-template", "{a:12345}", false },
    { "uri-template", "{a.}", false },
    { "uri-template", "{.a.b.c}", true },
    { "uri-template", "%4", false },
    { "uri-template", "{%4}", false },
    { "uri-template", "{a*:1}", false },
    { "uuid", "00000000-0000-0000-0000-00000000000g", false },
    { "json-pointer", "~0", false },
    { "json-pointer", "/~", false },
    { "relative-json-pointer", "0#/", false },
    { "relative-json-pointer", "00", false },
    { "regex", "^\\d+$", true },
    { "regex", "\\Z", false }
};


static void
test_format(const test_format_t *t)
{
    agt_buf_t      buf;
    agt_json_t     source, doc;
    agt_schema_t  *schema;

    agt_buf_init(&buf, unit_mem(), 0, 10000);
    agt_buf_format(&buf, "{\"format\":\"%s\"}", t->format);

    if (agt_json_parse(&source, agt_buf_slice(&buf), NULL, unit_mem(), NULL)
        != AGT_OK
        || agt_schema_compile(&schema, &source, NULL, true, unit_mem(), NULL)
           != AGT_OK)
    {
        ok(false, "%s", t->format);
        return;
    }

    agt_buf_init(&buf, unit_mem(), 0, 10000);
    agt_json_quote(&buf, agt_str_from(t->text));

    ok(agt_json_parse(&doc, agt_buf_slice(&buf), NULL, unit_mem(), NULL)
       == AGT_OK
       && agt_schema_check(schema, &doc, 0, unit_mem(), NULL)
          == (t->valid ? AGT_OK : AGT_DECLINED),
       "%s %s: \"%s\"", t->valid ? "is" : "is no", t->format, t->text);

    agt_schema_release(schema);
}


/* "format" is an annotation where nobody asks for more */

static void
test_annotation(void)
{
    agt_json_t     source, doc;
    agt_schema_t  *schema;

    (void) agt_json_parse(&source, agt_str_from("{\"format\":\"ipv4\"}"), NULL,
                          unit_mem(), NULL);
    (void) agt_json_parse(&doc, agt_str_from("\"a\""), NULL, unit_mem(), NULL);

    ok(agt_schema_compile(&schema, &source, NULL, false, unit_mem(), NULL)
       == AGT_OK
       && agt_schema_check(schema, &doc, 0, unit_mem(), NULL) == AGT_OK,
       "a format is not asserted");

    agt_schema_release(schema);
}


/* a name of 63 characters of which none takes less than three bytes */

static void
test_long_label(void)
{
    size_t     i;
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), 0, 1000);

    for (i = 0; i < 57; i++) {
        agt_buf_text(&buf, "\xe3\x81\x82");
    }

    ok(agt_idna_valid(agt_buf_slice(&buf)), "a label of 57 equal characters");

    for (/* void */; i < 64; i++) {
        agt_buf_text(&buf, "\xe3\x81\x82");
    }

    ok(!agt_idna_valid(agt_buf_slice(&buf)), "a label of 64 characters");
}


int
main(void)
{
    size_t  i;

    for (i = 0; i < agt_array_n(test_formats); i++) {
        test_format(&test_formats[i]);
    }

    test_annotation();
    test_long_label();

    return unit_done();
}
