
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_redact.h"
#include "unit.h"


#define RULES_MAX  8


typedef struct {
    const char  *name;
    const char  *rules[RULES_MAX];      /* name, expression, ... */
    const char  *text;
    const char  *expected;
} row_t;


static agt_redact_rule_t  rules[RULES_MAX];
static agt_redact_rule_t  credentials[AGT_REDACT_CREDENTIALS];
static agt_regex_t       *names;
static agt_redact_t       builtin = { credentials, AGT_REDACT_CREDENTIALS,
                                      NULL };


static const row_t  texts[] = {

    { "an expression that runs out of its limits masks the field",
      { "slow", "(?:(?:a+)+)+(?:b|\\1)()$" },
      "x aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
      "[redacted:slow]" },

    { "no rules",
      { NULL },
      "a b", "a b" },

    { "empty text",
      { "digits", "\\d+" },
      "", "" },

    { "one match",
      { "email", "[\\w.]+@[\\w.]+" },
      "mail joe@x.org, now", "mail [redacted:email], now" },

    { "the whole text",
      { "digits", "\\d+" },
      "12345", "[redacted:digits]" },

    { "matches side by side",
      { "one", "a", "two", "b" },
      "aab", "[redacted:one][redacted:one][redacted:two]" },

    { "overlapping matches are one, named by the first",
      { "left", "abc", "right", "cde" },
      "_abcde_", "_[redacted:left]_" },

    { "a match that begins in a mask and goes beyond it",
      { "one", "ab", "two", "bc", "three", "cd" },
      "xabcdx", "x[redacted:one]x" },

    { "a mask is not searched again",
      { "one", "secret", "two", "redacted" },
      "secret", "[redacted:one]" },

    { "rules see the original text",
      { "one", "b", "two", "a.c" },
      "abc", "[redacted:two]" },

    { "empty matches mask nothing",
      { "empty", "x*" },
      "a\xc3\xa9xxb", "a\xc3\xa9[redacted:empty]b" },

    { "a match that is empty behind what it looked at",
      { "odd", "a\\K" },
      "1ab", "1ab" },

    { "text that is not UTF-8",
      { "digits", "\\d+" },
      "\xff 12 \xc3", "\xff [redacted:digits] \xc3" },
};


static const row_t  secrets[] = {

    { "an OpenAI key", { NULL },
      "Incorrect API key provided: sk-proj-abc123DEF456. You can find it",
      "Incorrect [redacted:credential] You can find it" },

    { "a starred key", { NULL },
      "key sk-ab*************wxyz!", "key [redacted:credential]!" },

    { "an Anthropic key", { NULL },
      "got 'sk-ant-api03-x_y-z'", "got '[redacted:credential]'" },

    { "a Google key", { NULL },
      "AIzaSyA1234567890abcdefghijk_-lmnopq is wrong",
      "[redacted:credential] is wrong" },

    { "a bearer token", { NULL },
      "header Authorization: Bearer abc.def-123 seen",
      "header [redacted:credential] seen" },

    { "a bearer token alone", { NULL },
      "bearer 0123456789abcdef", "[redacted:credential]" },

    { "basic credentials", { NULL },
      "authorization: Basic am9lOmpvZQ==", "[redacted:credential]" },

    { "x-api-key", { NULL },
      "x-api-key: 0123abcd, next", "x-[redacted:credential], next" },

    { "a key in a query", { NULL },
      "GET /v1?a=b&key=abcdef12&c=d", "GET /v1?a=b[redacted:credential]&c=d" },

    { "a member of JSON", { NULL },
      "{\"api_key\": \"hunter22\"}", "{\"[redacted:credential]\"}" },

    { "a JSON web token", { NULL },
      "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.",
      "t=[redacted:credential]." },

    { "an AWS key id", { NULL },
      "AKIAIOSFODNN7EXAMPLE", "[redacted:credential]" },

    { "words that only look like it", { NULL },
      "the bearer of news asked for a basic API key: no; sk-1",
      "the bearer of news asked for a basic API key: no; sk-1" },
};


static const row_t  documents[] = {

    { "escapes do not hide a match",
      { "email", "[\\w.]+@[\\w.]+" },
      "{\"a\": \"joe\\u0040x.org\"}",
      "{\"a\":\"[redacted:email]\"}" },

    { "keys too",
      { "email", "[\\w.]+@[\\w.]+" },
      "{\"joe@x.org\": {\"b\": []}}",
      "{\"[redacted:email]\":{\"b\":[]}}" },

    { "a number becomes a string",
      { "card", "\\d{16}" },
      "[4111111111111111, 12, -1.50e3]",
      "[\"[redacted:card]\",12,-1.50e3]" },

    { "all kinds of values",
      { "card", "\\d{16}" },
      " { \"a\" : [ true , false , null ] , \"b\" : { } , \"c\" : \"\" } ",
      "{\"a\":[true,false,null],\"b\":{},\"c\":\"\"}" },

    { "a scalar",
      { "digits", "\\d+" },
      "\"a\\n12\"", "\"a\\n[redacted:digits]\"" },

    { "values of members that are named so",
      { NULL },
      "{\"Api_Key\":1,\"pass\\u0077ord\":\"x\",\"token\":[\"y\",1],"
      "\"secret\":null,\"secretary\":\"z\",\"max_token\":{\"a\":2}}",
      "{\"Api_Key\":\"[redacted:credential]\","
      "\"password\":\"[redacted:credential]\",\"token\":[\"y\",1],"
      "\"secret\":null,\"secretary\":\"z\",\"max_token\":{\"a\":2}}" },

    { "escapes are written anew",
      { "digits", "\\d+" },
      "[\"\\u0022 \\/ \\t \\ud83d\\ude00 \\u0000\"]",
      "[\"\\\" / \\t \xf0\x9f\x98\x80 \\u0000\"]" },
};


static agt_redact_t
compile(const row_t *row)
{
    uint32_t      i;
    agt_error_t   err;
    agt_redact_t  set;

    agt_error_init(&err);

    for (i = 0; 2 * i < RULES_MAX && row->rules[2 * i] != NULL; i++) {
        rules[i].name = agt_str_from(row->rules[2 * i]);

        if (agt_regex_compile(&rules[i].regex,
                              agt_str_from(row->rules[2 * i + 1]),
                              AGT_REGEX_PCRE, unit_mem(), &err)
            != AGT_OK)
        {
            printf("# %s: %s\n", row->name, err.message);
            exit(1);
        }
    }

    set.rules = rules;
    set.n = i;
    set.names = names;

    return set;
}


static void
release(const agt_redact_t *set)
{
    uint32_t  i;

    for (i = 0; i < set->n; i++) {
        agt_regex_release(set->rules[i].regex);
    }
}


static void
test_text(const row_t *row, bool known)
{
    agt_buf_t           out;
    agt_redact_t        set;
    agt_redact_state_t  state = { AGT_REDACT_FUEL, false, false };

    set = known ? builtin : compile(row);

    agt_buf_init(&out, unit_mem(), 0, 4096);

    ok(agt_redact_text(&set, agt_str_from(row->text), &state, &out) == AGT_OK
       && !state.cut
       && state.masked == (strcmp(row->text, row->expected) != 0),
       "%s: state", row->name);

    is_str(agt_buf_slice(&out), row->expected, row->name);

    if (!known) {
        release(&set);
    }
}


static void
test_document(const row_t *row)
{
    agt_buf_t           out;
    agt_json_t          doc;
    agt_redact_t        set;
    agt_redact_state_t  state = { AGT_REDACT_FUEL, false, false };

    if (!ok(agt_json_parse(&doc, agt_str_from(row->text), NULL, unit_mem(),
                           NULL) == AGT_OK,
            "%s: read", row->name))
    {
        return;
    }

    set = compile(row);

    agt_buf_init(&out, unit_mem(), 0, 4096);

    ok(agt_redact_json(&set, &doc, &state, unit_mem(), &out) == AGT_OK
       && !state.cut, "%s: state", row->name);

    is_str(agt_buf_slice(&out), row->expected, row->name);

    release(&set);
}


static void
test_fuel(void)
{
    agt_buf_t           out;
    agt_redact_state_t  state = { 0, false, false };

    agt_buf_init(&out, unit_mem(), 0, 4096);

    (void) agt_redact_text(&builtin, agt_str_from("not known"), &state, &out);
    (void) agt_redact_text(&builtin, agt_str_from("as well"), &state, &out);

    is_str(agt_buf_slice(&out), "[redacted:credential][redacted:credential]",
           "without fuel every field is masked");

    agt_buf_reset(&out);
    (void) agt_redact_text(&builtin, agt_str_from("harmless"), &state, &out);

    is_str(agt_buf_slice(&out), "harmless",
           "but one that no rule could match");
    ok(state.masked && !state.cut, "without fuel: state");
}


/* as many matches as a text can have */

static void
test_many(void)
{
    char                *text;
    size_t               i;
    agt_buf_t            out;
    agt_redact_t         set;
    agt_redact_state_t   state = { AGT_REDACT_FUEL, false, false };

    static const row_t  row = { "many", { "d", "\\d+" }, NULL, NULL };

    set = compile(&row);
    text = agt_alloc(unit_mem(), 16384);

    for (i = 0; i < 16384; i++) {
        text[i] = (i % 2 == 0) ? '1' : ' ';
    }

    agt_buf_init(&out, unit_mem(), 0, 1 << 20);

    ok(agt_redact_text(&set, agt_str_make(text, 16384), &state, &out) == AGT_OK
       && out.len == 8192 * sizeof("[redacted:d]"),
       "thousands of matches, each masked by itself");

    release(&set);
}


/* a long text is cut, but a match over the cut is seen whole */

static void
test_long(void)
{
    char                *text;
    size_t               size;
    agt_buf_t            out;
    agt_redact_t         set;
    agt_redact_state_t   state = { AGT_REDACT_FUEL, false, false };

    static const row_t  row = {
        "long", { "end", "a1+b" }, NULL, NULL
    };

    set = compile(&row);
    size = 3 * AGT_REDACT_SOURCE;
    text = agt_alloc(unit_mem(), size);

    memset(text, '.', size);
    memset(text + AGT_REDACT_SOURCE - 10, '1', 20);
    text[AGT_REDACT_SOURCE - 10] = 'a';
    text[AGT_REDACT_SOURCE + 10] = 'b';

    agt_buf_init(&out, unit_mem(), 0, size);

    ok(agt_redact_text(&set, agt_str_make(text, size), &state, &out) == AGT_OK
       && state.cut && state.masked, "a long text is cut");
    ok(out.len == AGT_REDACT_SOURCE - 10 + sizeof("[redacted:end]") - 1
       && memcmp(out.data + AGT_REDACT_SOURCE - 10, "[redacted:end]",
                 sizeof("[redacted:end]") - 1) == 0,
       "a match over the cut is masked whole");

    release(&set);
}


/* at every size of the buffer: no failure, and a prefix of the whole */

static void
test_room(void)
{
    char                room[128];
    bool                good;
    size_t              n;
    agt_buf_t           out, whole;
    agt_json_t          doc;
    agt_redact_t        set;
    agt_redact_state_t  state;

    static const row_t  row = {
        "room", { "digits", "\\d{3}" },
        "{\"k\":[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\",123,12,true,"
        "\"a\\nb\"]}", NULL
    };

    set = compile(&row);

    (void) agt_json_parse(&doc, agt_str_from(row.text), NULL, unit_mem(),
                          NULL);

    agt_buf_init(&whole, unit_mem(), 0, 4096);
    memset(&state, 0, sizeof(state));
    state.fuel = AGT_REDACT_FUEL;
    (void) agt_redact_json(&set, &doc, &state, unit_mem(), &whole);

    good = !state.cut;

    for (n = 0; n < whole.len; n++) {
        memset(&state, 0, sizeof(state));
        state.fuel = AGT_REDACT_FUEL;

        agt_buf_fixed(&out, room, n);

        if (agt_redact_json(&set, &doc, &state, unit_mem(), &out) != AGT_OK
            || !state.cut || out.failed || out.len > n
            || memcmp(out.data, whole.data, out.len) != 0
            || agt_utf8_valid(agt_buf_slice(&out)) != out.len)
        {
            printf("# room %zu: %.*s\n", n, (int) out.len, out.data);
            good = false;
        }
    }

    ok(good, "a document in too small a buffer is cut between characters");

    release(&set);
}


static void
test_escape(void)
{
    char       room[16];
    agt_buf_t  out;

    agt_buf_fixed(&out, room, 9);

    ok(agt_redact_escape(&out, agt_str_from("abc\"\xe2\x82\xac" "def"))
       == AGT_DECLINED && !out.failed, "escape: what does not fit is cut");
    ok(out.len <= 9 && out.len >= 4
       && memcmp(out.data, "abc\\\"\xe2\x82\xac" "d", out.len) == 0
       && agt_utf8_valid(agt_buf_slice(&out)) == out.len,
       "escape: between characters");

    agt_buf_fixed(&out, room, sizeof(room));
    ok(agt_redact_escape(&out, agt_str_from("\x80\x80\x80\x80")) == AGT_OK,
       "escape: what is no UTF-8");
}


int
main(void)
{
    size_t       i;
    agt_error_t  err;

    agt_error_init(&err);

    if (agt_redact_credentials(credentials, &names, unit_mem(), &err)
        != AGT_OK)
    {
        printf("# %s\n", err.message);
        return 1;
    }

    for (i = 0; i < agt_array_n(texts); i++) {
        test_text(&texts[i], false);
    }

    for (i = 0; i < agt_array_n(secrets); i++) {
        test_text(&secrets[i], true);
    }

    for (i = 0; i < agt_array_n(documents); i++) {
        test_document(&documents[i]);
    }

    test_fuel();
    test_many();
    test_long();
    test_room();
    test_escape();

    release(&builtin);
    agt_regex_release(names);

    return unit_done();
}
