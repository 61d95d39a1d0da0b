
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_regex.h"
#include "unit.h"


typedef struct {
    const char  *name;
    const char  *pattern;
} test_pattern_t;


typedef struct {
    const char  *name;
    const char  *pattern;
    const char  *subject;
    int          expected;
} test_match_t;


#define YES  AGT_OK
#define NO   AGT_DECLINED


/* neither a pattern nor, by its syntax, the format "regex" */

static const test_pattern_t  test_invalid[] = {
    { "open group",               "(a" },
    { "open group at the end",    "a(" },
    { "closed group",             "a)" },
    { "open class",               "[a" },
    { "open class at the end",    "a[" },
    { "open class behind a dash", "[a-" },
    { "negated open class",       "[^" },
    { "class in a class's way",   "^(abc]" },
    { "closing bracket",          "a]" },
    { "closing brace",            "a}" },
    { "opening brace",            "a{" },
    { "brace without a number",   "a{b}" },
    { "brace without a start",    "a{,2}" },
    { "brace cut",                "a{1," },
    { "bounds out of order",      "a{2,1}" },
    { "nothing to repeat",        "*a" },
    { "nothing in a group",       "(*a)" },
    { "a verb",                   "(*UTF8)a" },
    { "possessive",               "a++" },
    { "twice repeated",           "a**" },
    { "a repeated assertion",     "^*" },
    { "a repeated boundary",      "\\b+" },
    { "a repeated lookahead",     "(?=a)*" },
    { "a repeated lookbehind",    "(?<!a){2}" },
    { "backslash at the end",     "a\\" },
    { "backslash in a class at the end", "[\\" },
    { "escape of a letter",       "\\a" },
    { "PCRE2's end of text",      "a\\Z" },
    { "PCRE2's quotes",           "\\Qa\\E" },
    { "escape of underscore",     "\\_" },
    { "octal",                    "\\01" },
    { "control without a letter", "\\c1" },
    { "control at the end",       "\\c" },
    { "hexadecimal cut",          "\\x1" },
    { "hexadecimal, no digits",   "\\xgg" },
    { "code unit cut",            "\\u123" },
    { "code point too large",     "\\u{110000}" },
    { "code point much too large", "\\u{fffffffffffffffff}" },
    { "code point empty",         "\\u{}" },
    { "code point open",          "\\u{41" },
    { "reference to no group",    "\\1" },
    { "reference to a later group that is not there", "(a)\\2" },
    { "named reference without a name", "\\k" },
    { "named reference to no group", "(?<a>.)\\k<b>" },
    { "named reference open",     "(?<a>.)\\k<a" },
    { "name twice",               "(?<a>.)(?<a>.)" },
    { "name empty",               "(?<>.)" },
    { "name open",                "(?<a" },
    { "name with a digit first",  "(?<1a>.)" },
    { "name in Python's manner",  "(?P<a>.)" },
    { "reference in Python's manner", "(?<n>a)(?P=n)" },
    { "comment",                  "(?#a)" },
    { "flags",                    "(?i)a" },
    { "atomic group",             "(?>a)" },
    { "recursion",                "(?R)" },
    { "callout",                  "(?C1)" },
    { "question mark at the end", "(?" },
    { "range out of order",       "[b-a]" },
    { "range from a class",       "[\\d-z]" },
    { "range to a class",         "[a-\\d]" },
    { "boundary in a class",      "[\\B]" },
    { "reference in a class",     "(a)[\\1]" },
    { "property without a name",  "\\p" },
    { "property without braces",  "\\pL" },
    { "property open",            "\\p{L" },
    { "property empty",           "\\p{}" },
    { "property not known",       "\\p{Lettuce}" },
    { "property of PCRE2",        "\\p{Xan}" },
    { "property with a hat",      "\\p{^L}" },
    { "category not known",       "\\p{gc=Greek}" },
    { "script not known",         "\\p{Script=Klingonese}" },
    { "two signs",                "\\p{sc=Greek=Latin}" },
    { "key not known",            "\\p{bidi_class=L}" }
};


/* right by the standard, but nothing that PCRE2 can do */

static const test_pattern_t  test_unable[] = {
    { "lookbehind of any length", "(?<=a+)b" },
    { "very many repetitions",    "a{100000}" },
    { "expressions that multiply", "((a{1,1000}){1,1000}){1,1000}" }
};


static const test_match_t  test_matches[] = {
    { "empty",                    "", "", YES },
    { "not anchored",             "b", "abc", YES },
    { "end is the end",           "^abc$", "abc\n", NO },
    { "dot and line feed",        "^.$", "\n", NO },
    { "dot and carriage return",  "^.$", "\r", NO },
    { "dot and line separator",   "^.$", "\xe2\x80\xa8", NO },
    { "dot and a wide character", "^.$", "\xf0\x9f\x90\xb2", YES },
    { "space, ideographic",       "^\\s$", "\xe3\x80\x80", YES },
    { "space, byte order mark",   "^\\s$", "\xef\xbb\xbf", YES },
    { "space, next line",         "^\\s$", "\xc2\x85", NO },
    { "no space",                 "^\\S$", "\xc2\xa0", NO },
    { "no space in a class",      "^[\\Sb]$", "\xe3\x80\x80", NO },
    { "no space in a class, other", "^[\\S]$", "\xc3\xa9", YES },
    { "spaces in a negated class", "^[^\\s]$", "\t", NO },
    { "digits are ASCII",         "^\\d$", "\xdf\x80", NO },
    { "words are ASCII",          "^\\w$", "\xc3\xa9", NO },
    { "no word",                  "^\\W$", "\xc3\xa9", YES },
    { "boundaries are ASCII's",   "a\\b", "a\xc3\xa9", YES },
    { "vertical tab alone",       "^\\v$", "\n", NO },
    { "vertical tab",             "^\\v$", "\x0b", YES },
    { "control, upper case",      "^\\cC$", "\x03", YES },
    { "control, lower case",      "^\\cc$", "\x03", YES },
    { "code unit",                "^\\u00e9$", "\xc3\xa9", YES },
    { "surrogate pair",           "^\\uD83D\\uDC32$", "\xf0\x9f\x90\xb2", YES },
    { "surrogate, alone",         "\\ud83d", "\xf0\x9f\x90\xb2", NO },
    { "surrogate, not a pair",    "^\\ud83d\\u0041", "A", NO },
    { "surrogates, none of",      "^[^\\ud800-\\udfff]*$", "a\xc3\xa9", YES },
    { "surrogates, only",         "[\\ud800-\\udfff]", "a\xc3\xa9", NO },
    { "range across surrogates",  "^[\\ud000-\\ue000]$", "\xee\x80\x80", YES },
    { "code point",               "^\\u{1F432}$", "\xf0\x9f\x90\xb2", YES },
    { "slash",                    "^\\/\\/$", "//", YES },
    { "punctuation",              "^\\-\\@\\\"\\'\\ $", "-@\"' ", YES },
    { "meta characters",          "^\\^\\$\\.\\|\\(\\)\\[\\]\\{\\}$",
      "^$.|()[]{}", YES },
    { "number sign is no comment", "^a #b$", "a #b", YES },
    { "empty class",              "[]", "]", NO },
    { "negated empty class",      "^[^]$", "\n", YES },
    { "POSIX class is a class",   "^[[:alpha:]$", "[", YES },
    { "bracket in a class",       "^[[]$", "[", YES },
    { "dash last",                "^[a-]$", "-", YES },
    { "dash first",               "^[-a]$", "-", YES },
    { "backspace in a class",     "^[\\b]$", "\b", YES },
    { "letter, long",             "^\\p{Letter}+$", "\xcf\x80", YES },
    { "letter, long, not",        "^\\p{Letter}+$", "1", NO },
    { "no letter",                "^\\P{Letter}$", "1", YES },
    { "digit",                    "^\\p{digit}+$", "\xe0\xa7\xaa", YES },
    { "category by key",          "^\\p{General_Category=Uppercase_Letter}$",
      "A", YES },
    { "category by short key",    "^\\p{gc=Lu}$", "a", NO },
    { "script",                   "^\\p{Script=Greek}$", "\xcf\x80", YES },
    { "script, short",            "^\\p{sc=Grek}$", "p", NO },
    { "script extensions",        "^\\p{scx=Greek}$", "\xcf\x80", YES },
    { "binary property",          "^\\p{Alphabetic}$", "\xcf\x80", YES },
    { "any",                      "^\\p{Any}$", "\n", YES },
    { "ASCII",                    "^\\p{ASCII}$", "\xcf\x80", NO },
    { "assigned",                 "^\\p{Assigned}$", "\xcd\xb8", NO },
    { "not assigned",             "^\\P{Assigned}$", "\xcd\xb8", YES },
    { "property in a class",      "^[\\p{Lu}\\d]$", "A", YES },
    { "named reference",          "^(?<n>a|b)\\k<n>$", "bb", YES },
    { "named reference first",    "^\\k<$a>(?<$a>b)$", "b", YES },
    { "wide name",                "^(?<\xc3\xa9>a)\\k<\xc3\xa9>$", "aa", YES },
    { "reference and a digit",    "^(a)\\1[0]$", "aa0", YES },
    { "reference to what did not match", "^(?:(a)|b)\\1$", "b", YES },
    { "lazy",                     "^a{1,2}?$", "aa", YES },
    { "lookahead",                "^(?=.*b)a", "ab", YES },
    { "lookbehind",               "(?<=a)b", "cb", NO },
    { "bracket after a class",    "^[a](?:[)])$", "a)", YES }
};


static void
test_syntax(void)
{
    size_t        i;
    agt_str_t     s;
    agt_error_t   err;
    agt_regex_t  *re;

    for (i = 0; i < agt_array_n(test_invalid); i++) {
        s = agt_str_from(test_invalid[i].pattern);
        agt_error_init(&err);

        ok(agt_regex_translate(s, NULL, &err) == AGT_DECLINED && err.set
           && agt_regex_compile(&re, s, AGT_REGEX_ECMA, unit_mem(), NULL)
              == AGT_DECLINED,
           "declined: %s", test_invalid[i].name);
    }

    for (i = 0; i < agt_array_n(test_unable); i++) {
        s = agt_str_from(test_unable[i].pattern);
        agt_error_init(&err);

        ok(agt_regex_translate(s, NULL, NULL) == AGT_OK
           && agt_regex_compile(&re, s, AGT_REGEX_ECMA, unit_mem(), &err)
              == AGT_DECLINED && err.set,
           "valid, but declined: %s", test_unable[i].name);
    }
}


static void
test_match(void)
{
    int                  rc;
    size_t               i;
    agt_error_t          err;
    agt_regex_t         *re;
    const test_match_t  *t;

    for (i = 0; i < agt_array_n(test_matches); i++) {
        t = &test_matches[i];
        agt_error_init(&err);

        rc = agt_regex_compile(&re, agt_str_from(t->pattern), AGT_REGEX_ECMA,
                               unit_mem(), &err);

        if (rc == AGT_OK) {
            rc = agt_regex_match(re, agt_str_from(t->subject), 0, NULL, NULL);
            agt_regex_release(re);
        }

        ok(rc == t->expected && !err.set, "match: %s%s", t->name, err.message);
    }
}


/* every character that \s matches, \S does not, also in classes */

static void
test_space(void)
{
    char          text[4];
    size_t        i, n;
    unsigned      wrong;
    uint32_t      c;
    agt_str_t     s;
    agt_regex_t  *re[4];

    static const char  *patterns[] = { "\\s", "\\S", "[\\s]", "[^\\S]" };

    for (i = 0; i < 4; i++) {
        (void) agt_regex_compile(&re[i], agt_str_from(patterns[i]),
                                 AGT_REGEX_ECMA, unit_mem(), NULL);
    }

    wrong = 0;

    for (c = 0; c <= 0xffff; c++) {

        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }

        n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        text[0] = (char) (n == 1 ? c : n == 2 ? 0xc0 | c >> 6 : 0xe0 | c >> 12);
        text[1] = (char) (0x80 | (n == 2 ? c & 0x3f : (c >> 6 & 0x3f)));
        text[2] = (char) (0x80 | (c & 0x3f));
        s = agt_str_make(text, n);

        i = agt_regex_match(re[0], s, 0, NULL, NULL) == AGT_OK;

        wrong += (agt_regex_match(re[1], s, 0, NULL, NULL) == AGT_OK) == i
                 || (agt_regex_match(re[2], s, 0, NULL, NULL) == AGT_OK) != i
                 || (agt_regex_match(re[3], s, 0, NULL, NULL) == AGT_OK) != i;
    }

    ok(wrong == 0, "space and no space share no character");

    for (i = 0; i < 4; i++) {
        agt_regex_release(re[i]);
    }
}


static void
test_limits(void)
{
    char          text[AGT_REGEX_LENGTH + 1], *p;
    size_t        i;
    uint64_t      fuel;
    agt_buf_t     buf;
    agt_str_t     s;
    agt_regex_t  *re;

    static const test_pattern_t  bad[] = {
        { "nested repetition",         "^(a+)+$" },
        { "alternatives that overlap", "^(a|a)*$" },
        { "alternatives that overlap, deep", "^(a|aa)+$" },
        { "three stars",               "a*a*a*b" },
        { "a reference",               "^(a+)\\1+\\1+\\1+c$" }
    };

    memset(text, 'a', sizeof(text));

    s = agt_str_make(text, sizeof(text));
    ok(agt_regex_compile(&re, s, AGT_REGEX_ECMA, unit_mem(), NULL)
       == AGT_DECLINED, "too long");

    s.len--;
    ok(agt_regex_compile(&re, s, AGT_REGEX_ECMA, unit_mem(), NULL) == AGT_OK,
       "exactly as long as may be");
    agt_regex_release(re);

    agt_buf_init(&buf, unit_mem(), 0, 1000);

    for (i = 0; i <= AGT_REGEX_DEPTH; i++) {
        agt_buf_text(&buf, "(?:");
    }

    for (i = 0; i <= AGT_REGEX_DEPTH; i++) {
        agt_buf_text(&buf, ")");
    }

    s = agt_buf_slice(&buf);
    ok(agt_regex_translate(s, NULL, NULL) == AGT_DECLINED, "nested too deep");
    s = agt_str_make(s.data + 3, s.len - 4);
    ok(agt_regex_compile(&re, s, AGT_REGEX_ECMA, unit_mem(), NULL) == AGT_OK,
       "exactly as deep as may be");
    agt_regex_release(re);

    agt_buf_init(&buf, unit_mem(), 0, AGT_REGEX_LENGTH);

    while (buf.len + 4 < AGT_REGEX_LENGTH) {
        agt_buf_text(&buf, "[\\S]");
    }

    ok(agt_regex_compile(&re, agt_buf_slice(&buf), AGT_REGEX_ECMA, unit_mem(),
                         NULL) == AGT_DECLINED, "translated too long");

    memcpy(text + 40, "!", 1);

    for (i = 0; i < agt_array_n(bad); i++) {
        (void) agt_regex_compile(&re, agt_str_from(bad[i].pattern),
                                 AGT_REGEX_ECMA, unit_mem(), NULL);

        fuel = AGT_REGEX_FUEL;
        ok(agt_regex_match(re, agt_str_make(text, 41), 0, NULL, &fuel)
           != AGT_OK && fuel < AGT_REGEX_FUEL, "costly: %s", bad[i].name);

        fuel = 1;
        ok(agt_regex_match(re, agt_str_make(text, 41), 0, NULL, &fuel)
           == AGT_AGAIN && fuel <= 1, "no fuel: %s", bad[i].name);

        agt_regex_release(re);
    }

    /* backtracking that neither the machine's stack nor a limit may end */

    p = agt_alloc(unit_mem(), 100000);
    memset(p, 'a', 100000);
    s = agt_str_make(p, 100000);
    p[99999] = 'c';

    (void) agt_regex_compile(&re, agt_str_from("^(?:a|b)*[cd]$"),
                             AGT_REGEX_ECMA, unit_mem(), NULL);
    ok(agt_regex_match(re, s, 0, NULL, NULL) == AGT_AGAIN,
       "a long subject and many ways back");
    ok(agt_regex_match(re, agt_str_make(p + 97000, 3000), 0, NULL, NULL)
       == AGT_OK, "more ways back than the machine's stack holds");
    agt_regex_release(re);

    p[99999] = 'a';

    (void) agt_regex_compile(&re, agt_str_from("^[a-z]*$"), AGT_REGEX_ECMA,
                             unit_mem(), NULL);
    ok(agt_regex_match(re, s, 0, NULL, NULL) == AGT_OK,
       "a long subject and a straight way");
    agt_regex_release(re);
}


static void
test_find(void)
{
    agt_str_t          s;
    agt_error_t        err;
    agt_regex_t       *re;
    agt_regex_span_t   span;

    agt_error_init(&err);
    ok(agt_regex_compile(&re, agt_str_from("(a"), AGT_REGEX_PCRE, unit_mem(),
                         &err) == AGT_DECLINED && err.set,
       "plain: not an expression");
    ok(agt_regex_compile(&re, agt_str_from("a\xff"), AGT_REGEX_PCRE,
                         unit_mem(), NULL) == AGT_DECLINED,
       "plain: not UTF-8");
    ok(agt_regex_compile(&re, agt_str_from("\\C"), AGT_REGEX_PCRE, unit_mem(),
                         NULL) == AGT_DECLINED,
       "plain: single bytes are not to be had");

    (void) agt_regex_compile(&re, agt_str_from("(?i)sk-[a-z0-9]+"),
                             AGT_REGEX_PCRE, unit_mem(), NULL);

    s = agt_str_from("\xff key SK-1a, sk-2b");

    ok(agt_regex_match(re, s, 0, &span, NULL) == AGT_OK
       && span.start == 6 && span.end == 11, "first match");
    ok(agt_regex_match(re, s, span.end, &span, NULL) == AGT_OK
       && span.start == 13 && span.end == 18, "next match");
    ok(agt_regex_match(re, s, span.end, &span, NULL) == AGT_DECLINED,
       "no more");

    agt_regex_release(re);
    agt_regex_release(re);
    agt_regex_release(NULL);
}


int
main(void)
{
    test_syntax();
    test_match();
    test_space();
    test_limits();
    test_find();

    return unit_done();
}
