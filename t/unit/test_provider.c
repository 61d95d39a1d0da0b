
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_provider.h"
#include "unit.h"


typedef struct {
    const char  *name;
    const char  *text;
    int64_t      tokens;         /* 0: declined */
} tokens_row_t;


typedef struct {
    const char  *name;
    const char  *text;
    const char  *rates;          /* NULL: declined */
} band_row_t;


typedef struct {
    const char  *name;
    const char  *text;
    size_t       len;            /* 0: all of it */
    const char  *key;            /* NULL: declined */
    const char  *reason;
} secret_row_t;


typedef struct {
    const char  *name;
    const char  *field;
    const char  *value;
    const char  *reason;         /* NULL: allowed */
} field_row_t;


typedef struct {
    const char  *name;
    const char  *text;
    const char  *servers;        /* joined by blanks */
} resolv_row_t;


static const tokens_row_t  tokens[] = {
    { "empty",               "",                 0 },
    { "a suffix alone",      "k",                0 },
    { "zero",                "0",                0 },
    { "zero thousand",       "0k",               0 },
    { "negative",            "-1",               0 },
    { "a fraction",          "1.5k",             0 },
    { "two suffixes",        "1kk",              0 },
    { "an unknown suffix",   "1g",               0 },
    { "a blank",             "1 k",              0 },
    { "over the maximum",    "1000000000001",    0 },
    { "over it by suffix",   "1000001m",         0 },
    { "far over",            "99999999999999999999999999k", 0 },
    { "the maximum",         "1000000m",         INT64_C(1000000000000) },
    { "one",                 "1",                1 },
    { "decimal thousands",   "1050k",            1050000 },
    { "capital suffixes",    "128K",             128000 },
    { "millions",            "2m",               2000000 },
    { "capital millions",    "1M",               1000000 }
};


static const band_row_t  bands[] = {
    { "empty",                "",                       NULL },
    { "no rates",             "272k",                   NULL },
    { "no rates, a colon",    "272k:",                  NULL },
    { "three rates",          "272k:4,0.4,5",           NULL },
    { "five rates",           "272k:4,0.4,5,15,1",      NULL },
    { "a comma behind",       "272k:4,0.4,5,15,",       NULL },
    { "no input",             "272k:,0.4,5,15",         NULL },
    { "no output",            "272k:4,0.4,5,",          NULL },
    { "no tokens",            ":4,0.4,5,15",            NULL },
    { "a bad rate",           "272k:4,0.4,x,15",        NULL },
    { "all",                  "272k:4.00,0.40,5.00,15.00",
      "272000 4000000 400000 5000000 15000000" },
    { "cache rates not given", "1m:3,,,15",
      "1000000 3000000 -1 -1 15000000" }
};


static const secret_row_t  secrets[] = {
    { "empty",                 "",              0, NULL, "is empty" },
    { "blanks",                " \t\r\n",       0, NULL, "is empty" },
    { "two lines",             "one\ntwo\n",    0, NULL,
      "contains control characters" },
    { "a tab within",          "one\ttwo",      0, NULL,
      "contains control characters" },
    { "a carriage return",     "one\rtwo",      0, NULL,
      "contains control characters" },
    { "a zero",                "one\0two",      7, NULL,
      "contains control characters" },
    { "a zero at the end",     "one\0",         4, NULL,
      "contains control characters" },
    { "a delete",              "one\x7f",       0, NULL,
      "contains control characters" },
    { "plain",                 "sk-1",          0, "sk-1", NULL },
    { "an end of line",        "sk-1\n",        0, "sk-1", NULL },
    { "blanks around",         " \tsk-1 \r\n\n", 0, "sk-1", NULL },
    { "a blank within",        "sk 1",          0, "sk 1", NULL }
};


static const field_row_t  fields[] = {
    { "no name",          "",               "x",  "invalid name" },
    { "a blank",          "a b",            "x",  "invalid name" },
    { "a colon",          "a:",             "x",  "invalid name" },
    { "an end of line",   "a\r\nb",         "x",  "invalid name" },
    { "not ASCII",        "\xc3\xa9",       "x",  "invalid name" },
    { "host",             "Host",           "x",  "\"host\"" },
    { "length",           "Content-Length", "1",  "framing" },
    { "encoding",         "transfer-ENCODING", "chunked", "framing" },
    { "connection",       "Connection",     "close", "framing" },
    { "te",               "TE",             "trailers", "framing" },
    { "expect",           "Expect",         "100-continue", "framing" },
    { "type",             "Content-Type",   "text/plain", "dialect" },
    { "compression",      "Accept-Encoding", "gzip", "dialect" },
    { "trace",            "traceparent",    "00-1", "each request" },
    { "credentials",      "Authorization",  "Bearer x", "credential" },
    { "another's",        "x-api-key",      "x",  "credential" },
    { "a cookie",         "Cookie",         "x",  "credential" },
    { "no value",         "X-Org",          "",   "value" },
    { "a blank value",    "X-Org",          " ",  "value" },
    { "a blank before",   "X-Org",          " x", "value" },
    { "a blank behind",   "X-Org",          "x ", "value" },
    { "two lines",        "X-Org",          "x\r\nHost: y", "value" },
    { "a line feed",      "X-Org",          "x\ny", "value" },
    { "plain",            "OpenAI-Organization", "org-1", NULL },
    { "all marks",        "!#$%&'*+-.^_`|~", "x", NULL },
    { "blanks within",    "X-Org",          "a b", NULL },
    { "UTF-8",            "X-Org",          "\xc3\xa9", NULL },
    { "a longer name",    "Hosts",          "x",  NULL },
    { "an agent",         "User-Agent",     "x",  NULL }
};


static const resolv_row_t  resolvs[] = {
    { "empty",               "",                                "" },
    { "no address",          "nameserver\n",                    "" },
    { "blanks alone",        "nameserver   \t\n",               "" },
    { "other keys",          "search a.b\noptions ndots:1\n",   "" },
    { "a comment",           "# nameserver 1.1.1.1\n;nameserver 2.2.2.2\n",
      "" },
    { "a longer key",        "nameservers 1.1.1.1\n",           "" },
    { "an indented key",     " nameserver 1.1.1.1\n",           "" },
    { "one",                 "nameserver 127.0.0.53\n",         "127.0.0.53" },
    { "no end of line",      "nameserver 127.0.0.53",           "127.0.0.53" },
    { "tabs, two words",     "nameserver\t1.1.1.1\t# x\n",      "1.1.1.1" },
    { "ends of lines of DOS", "nameserver 1.1.1.1\r\n",         "1.1.1.1" },
    { "several", "domain x\nnameserver ::1\n\nnameserver 1.1.1.1\n"
      "options edns0\nnameserver fe80::1%eth0\n",
      "::1 1.1.1.1 fe80::1%eth0" }
};


static void
test_tokens(void)
{
    int      rc;
    size_t   i;
    int64_t  value;

    for (i = 0; i < agt_array_n(tokens); i++) {

        value = 0;
        rc = agt_tokens_parse(agt_str_from(tokens[i].text), &value);

        ok(rc == (tokens[i].tokens ? AGT_OK : AGT_DECLINED)
           && value == tokens[i].tokens, "tokens: %s", tokens[i].name);
    }
}


static void
test_bands(void)
{
    int               rc;
    char              text[128];
    size_t            i;
    agt_price_band_t  b;

    for (i = 0; i < agt_array_n(bands); i++) {

        rc = agt_band_parse(agt_str_from(bands[i].text), &b);

        if (bands[i].rates == NULL) {
            ok(rc == AGT_DECLINED, "band: %s", bands[i].name);
            continue;
        }

        snprintf(text, sizeof(text), "%lld %lld %lld %lld %lld",
                 (long long) b.over, (long long) b.input,
                 (long long) b.cached, (long long) b.cache_write,
                 (long long) b.output);

        ok(rc == AGT_OK, "band: %s is one", bands[i].name);
        is_str(agt_str_from(text), bands[i].rates, bands[i].name);
    }
}


static void
test_names(void)
{
    char  longest[AGT_MODEL_NAME_MAX + 1];

    memset(longest, 'a', sizeof(longest));

    ok(!agt_model_name_valid(agt_str_make("", 0)), "name: empty");
    ok(!agt_model_name_valid(agt_str_from("a b")), "name: a blank");
    ok(!agt_model_name_valid(agt_str_from("a,b")), "name: a comma");
    ok(!agt_model_name_valid(agt_str_from("a;b")), "name: a semicolon");
    ok(!agt_model_name_valid(agt_str_from("a\"b")), "name: a quote");
    ok(!agt_model_name_valid(agt_str_from("a\nb")), "name: two lines");
    ok(!agt_model_name_valid(agt_str_from("\xc3\xa9")), "name: not ASCII");
    ok(!agt_model_name_valid(agt_str_make("a\0b", 3)), "name: a zero");
    ok(!agt_model_name_valid(agt_str_make(longest, sizeof(longest))),
       "name: too long");
    ok(agt_model_name_valid(agt_str_make(longest, AGT_MODEL_NAME_MAX)),
       "name: the longest");
    ok(agt_model_name_valid(agt_str_from("meta-llama/Llama_4.1:8b@x+y")),
       "name: all characters");
}


static void
test_secrets(void)
{
    int          rc;
    char        *longest;
    size_t       i;
    agt_str_t    text, key;
    const char  *reason;

    for (i = 0; i < agt_array_n(secrets); i++) {

        text = agt_str_from(secrets[i].text);

        if (secrets[i].len) {
            text.len = secrets[i].len;
        }

        reason = NULL;
        rc = agt_provider_secret(text, &key, &reason);

        if (secrets[i].key) {
            ok(rc == AGT_OK, "secret: %s is one", secrets[i].name);
            is_str(key, secrets[i].key, secrets[i].name);
            continue;
        }

        ok(rc == AGT_DECLINED && strcmp(reason, secrets[i].reason) == 0,
           "secret: %s", secrets[i].name);
    }

    longest = agt_alloc(unit_mem(), AGT_PROVIDER_SECRET_MAX + 2);
    memset(longest, 'k', AGT_PROVIDER_SECRET_MAX + 1);
    longest[AGT_PROVIDER_SECRET_MAX + 1] = '\n';

    text = agt_str_make(longest, AGT_PROVIDER_SECRET_MAX + 1);
    ok(agt_provider_secret(text, &key, &reason) == AGT_DECLINED,
       "secret: too long");

    text.data++;
    ok(agt_provider_secret(text, &key, &reason) == AGT_OK
       && key.len == AGT_PROVIDER_SECRET_MAX,
       "secret: the longest, with an end of line");
}


static void
test_fields(void)
{
    int          rc;
    char         longest[AGT_FIELD_VALUE_MAX + 1];
    size_t       i;
    const char  *reason;

    for (i = 0; i < agt_array_n(fields); i++) {

        rc = agt_field_check(agt_str_from(fields[i].field),
                             agt_str_from(fields[i].value), &reason);

        if (fields[i].reason == NULL) {
            ok(rc == AGT_OK, "field: %s", fields[i].name);
            continue;
        }

        ok(rc == AGT_DECLINED && strstr(reason, fields[i].reason) != NULL,
           "field: %s", fields[i].name);
    }

    memset(longest, 'x', sizeof(longest));

    ok(agt_field_check(agt_str_make(longest, AGT_FIELD_NAME_MAX + 1),
                       agt_str_from("x"), &reason)
       == AGT_DECLINED, "field: too long a name");
    ok(agt_field_check(agt_str_from("X-Org"),
                       agt_str_make(longest, sizeof(longest)), &reason)
       == AGT_DECLINED, "field: too long a value");
    ok(agt_field_check(agt_str_from("X-Org"),
                       agt_str_make(longest, AGT_FIELD_VALUE_MAX), &reason)
       == AGT_OK, "field: the longest value");
}


static void
test_resolv(void)
{
    char       text[256];
    size_t     i, n;
    agt_str_t  rest, server;

    for (i = 0; i < agt_array_n(resolvs); i++) {

        n = 0;
        rest = agt_str_from(resolvs[i].text);

        while (agt_resolv_next(&rest, &server) == AGT_OK
               && n + server.len + 1 < sizeof(text))
        {
            if (n) {
                text[n++] = ' ';
            }

            memcpy(text + n, server.data, server.len);
            n += server.len;
        }

        is_str(agt_str_make(text, n), resolvs[i].servers, resolvs[i].name);
    }
}


int
main(void)
{
    test_tokens();
    test_bands();
    test_names();
    test_secrets();
    test_fields();
    test_resolv();

    return unit_done();
}
