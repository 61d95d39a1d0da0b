
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Reads a regular expression of ECMA-262 in unicode mode and writes what
 * means the same to PCRE2.  Every character but letters and digits leaves as
 * \x{...}, so that no text of the expression meets a meaning of PCRE2's own.
 * Named groups become numbered ones: their names know fewer rules there.
 */


#include "agt_regex.h"


#define AGT_ECMA_SURROGATE(c)  ((c) >= 0xd800 && (c) <= 0xdfff)
#define AGT_ECMA_MAX           0x10ffff
#define AGT_ECMA_SET           UINT32_MAX      /* a class escape, written */
#define AGT_ECMA_REPEAT        65535           /* PCRE2's most */
#define AGT_ECMA_NEVER         "[^\\x{0}-\\x{10ffff}]"
#define AGT_ECMA_ALWAYS        "[\\x{0}-\\x{10ffff}]"


typedef struct {
    const char   *start;
    const char   *p;
    const char   *end;
    agt_buf_t    *out;             /* NULL: the syntax only */
    agt_error_t  *err;
    uint32_t      groups;          /* in the whole expression */
    uint32_t      nnames;
    uint32_t      depth;
    bool          atom;            /* what was read last may be repeated */
    bool          lookaround[AGT_REGEX_DEPTH];
    agt_str_t     names[AGT_REGEX_NAMES];
    uint32_t      numbers[AGT_REGEX_NAMES];
} agt_ecma_t;


typedef struct {
    const char  *name;
    const char  *value;
} agt_ecma_pair_t;


static int agt_ecma_groups(agt_ecma_t *e);
static int agt_ecma_name(agt_ecma_t *e, agt_str_t *name);
static uint32_t agt_ecma_number(const agt_ecma_t *e, agt_str_t name);
static int agt_ecma_term(agt_ecma_t *e);
static int agt_ecma_open(agt_ecma_t *e);
static int agt_ecma_quantifier(agt_ecma_t *e);
static int agt_ecma_braces(agt_ecma_t *e);
static uint32_t agt_ecma_decimal(agt_ecma_t *e);
static int agt_ecma_escape(agt_ecma_t *e);
static int agt_ecma_reference(agt_ecma_t *e);
static int agt_ecma_class(agt_ecma_t *e);
static int agt_ecma_range(agt_ecma_t *e);
static int agt_ecma_class_atom(agt_ecma_t *e, uint32_t *c);
static int agt_ecma_set(agt_ecma_t *e, bool class, bool *found);
static int agt_ecma_property(agt_ecma_t *e);
static int agt_ecma_property_put(agt_ecma_t *e, char escape,
    const char *prefix, agt_str_t name);
static const char *agt_ecma_category(agt_str_t name);
static int agt_ecma_character(agt_ecma_t *e, uint32_t *c);
static int agt_ecma_unicode(agt_ecma_t *e, uint32_t *c);
static bool agt_ecma_hex(agt_ecma_t *e, unsigned digits, uint32_t *c);
static uint32_t agt_ecma_utf8(agt_ecma_t *e);
static void agt_ecma_put(agt_ecma_t *e, uint32_t c);
static void agt_ecma_put_text(agt_ecma_t *e, const char *text);
static int agt_ecma_error(agt_ecma_t *e, const char *what);


/* \s: white space and line terminators, and all the rest */

static const char  agt_ecma_space[] =
    "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"
    "\\x{205f}\\x{3000}\\x{feff}";

static const char  agt_ecma_no_space[] =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}"
    "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}"
    "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}"
    "\\x{ff00}-\\x{10ffff}";


/* the long names of general categories; PCRE2 knows the short ones */

static const agt_ecma_pair_t  agt_ecma_categories[] = {
    { "Cased_Letter",          "L&" },
    { "LC",                    "L&" },
    { "Close_Punctuation",     "Pe" },
    { "Connector_Punctuation", "Pc" },
    { "Control",               "Cc" },
    { "cntrl",                 "Cc" },
    { "Currency_Symbol",       "Sc" },
    { "Dash_Punctuation",      "Pd" },
    { "Decimal_Number",        "Nd" },
    { "digit",                 "Nd" },
    { "Enclosing_Mark",        "Me" },
    { "Final_Punctuation",     "Pf" },
    { "Format",                "Cf" },
    { "Initial_Punctuation",   "Pi" },
    { "Letter",                "L" },
    { "Letter_Number",         "Nl" },
    { "Line_Separator",        "Zl" },
    { "Lowercase_Letter",      "Ll" },
    { "Mark",                  "M" },
    { "Combining_Mark",        "M" },
    { "Math_Symbol",           "Sm" },
    { "Modifier_Letter",       "Lm" },
    { "Modifier_Symbol",       "Sk" },
    { "Nonspacing_Mark",       "Mn" },
    { "Number",                "N" },
    { "Open_Punctuation",      "Ps" },
    { "Other",                 "C" },
    { "Other_Letter",          "Lo" },
    { "Other_Number",          "No" },
    { "Other_Punctuation",     "Po" },
    { "Other_Symbol",          "So" },
    { "Paragraph_Separator",   "Zp" },
    { "Private_Use",           "Co" },
    { "Punctuation",           "P" },
    { "punct",                 "P" },
    { "Separator",             "Z" },
    { "Space_Separator",       "Zs" },
    { "Spacing_Mark",          "Mc" },
    { "Surrogate",             "Cs" },
    { "Symbol",                "S" },
    { "Titlecase_Letter",      "Lt" },
    { "Unassigned",            "Cn" },
    { "Uppercase_Letter",      "Lu" }
};


static const agt_ecma_pair_t  agt_ecma_properties[] = {
    { "General_Category=",  "" },
    { "gc=",                "" },
    { "Script=",            "sc:" },
    { "sc=",                "sc:" },
    { "Script_Extensions=", "scx:" },
    { "scx=",               "scx:" }
};


int
agt_regex_translate(agt_str_t pattern, agt_buf_t *out, agt_error_t *err)
{
    int         rc;
    agt_ecma_t  e;

    memset(&e, 0, offsetof(agt_ecma_t, lookaround));

    e.start = pattern.len != 0 ? pattern.data : "";
    e.end = e.start + pattern.len;
    e.err = err;

    e.p = e.start;

    rc = agt_ecma_groups(&e);
    if (rc != AGT_OK) {
        return rc;
    }

    e.p = e.start;
    e.out = out;

    while (e.p < e.end) {
        rc = agt_ecma_term(&e);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    if (e.depth != 0) {
        return agt_ecma_error(&e, "\"(\" is not closed");
    }

    if (out == NULL || !out->failed) {
        return AGT_OK;
    }

    if (out->full) {
        return agt_ecma_error(&e, "it is too long");
    }

    return AGT_ERROR;
}


/* counts groups and notes their names: references may come before them */

static int
agt_ecma_groups(agt_ecma_t *e)
{
    bool       class;
    agt_str_t  name;

    class = false;

    for (/* void */; e->p < e->end; e->p++) {

        if (*e->p == '\\') {
            e->p += e->p + 1 < e->end;
            continue;
        }

        if (*e->p == '[' || (*e->p == ']' && class)) {
            class = *e->p == '[';
            continue;
        }

        if (*e->p != '(' || class) {
            continue;
        }

        if (e->end - e->p < 2 || e->p[1] != '?') {
            e->groups++;
            continue;
        }

        if (e->end - e->p < 4 || e->p[2] != '<'
            || e->p[3] == '=' || e->p[3] == '!')
        {
            continue;
        }

        e->groups++;
        e->p += 3;

        if (agt_ecma_name(e, &name) != AGT_OK) {
            return agt_ecma_error(e, "a group's name is not valid");
        }

        if (agt_ecma_number(e, name) != 0) {
            return agt_ecma_error(e, "two groups have the same name");
        }

        if (e->nnames == AGT_REGEX_NAMES) {
            return agt_ecma_error(e, "too many named groups");
        }

        e->names[e->nnames] = name;
        e->numbers[e->nnames++] = e->groups;
    }

    return AGT_OK;
}


/* a name, beyond ASCII of any characters, up to ">"; p is left on the ">" */

static int
agt_ecma_name(agt_ecma_t *e, agt_str_t *name)
{
    char         c;
    const char  *start;

    for (start = e->p; e->p < e->end && *e->p != '>'; e->p++) {
        c = *e->p;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
            || c == '$' || (unsigned char) c >= 128
            || (c >= '0' && c <= '9' && e->p != start))
        {
            continue;
        }

        return AGT_DECLINED;
    }

    *name = agt_str_make(start, (size_t) (e->p - start));

    return e->p < e->end && name->len != 0 ? AGT_OK : AGT_DECLINED;
}


/* 0: no group has the name */

static uint32_t
agt_ecma_number(const agt_ecma_t *e, agt_str_t name)
{
    uint32_t  i;

    for (i = 0; i < e->nnames; i++) {
        if (agt_str_eq(e->names[i], name)) {
            return e->numbers[i];
        }
    }

    return 0;
}


static int
agt_ecma_term(agt_ecma_t *e)
{
    char  c = *e->p;

    switch (c) {

    case '(':
        return agt_ecma_open(e);

    case ')':
        if (e->depth == 0) {
            return agt_ecma_error(e, "\")\" has no \"(\"");
        }

        e->depth--;
        e->atom = !e->lookaround[e->depth];
        break;

    case '|':
    case '^':
    case '$':
        e->atom = false;
        break;

    case '.':
        e->p++;
        e->atom = true;
        agt_ecma_put_text(e, "[^\\n\\r\\x{2028}\\x{2029}]");
        return AGT_OK;

    case '*':
    case '+':
    case '?':
    case '{':
        return agt_ecma_quantifier(e);

    case '[':
        return agt_ecma_class(e);

    case '\\':
        return agt_ecma_escape(e);

    case ']':
        return agt_ecma_error(e, "\"]\" has no \"[\"");

    case '}':
        return agt_ecma_error(e, "\"}\" has no \"{\"");

    default:
        e->atom = true;
        agt_ecma_put(e, agt_ecma_utf8(e));
        return AGT_OK;
    }

    e->p++;

    if (e->out != NULL) {
        agt_buf_char(e->out, c);
    }

    return AGT_OK;
}


static int
agt_ecma_open(agt_ecma_t *e)
{
    bool       lookaround;
    size_t     left;
    agt_str_t  name;

    if (e->depth == AGT_REGEX_DEPTH) {
        return agt_ecma_error(e, "groups are nested too deep");
    }

    left = (size_t) (e->end - e->p);
    lookaround = false;

    if (left < 2 || e->p[1] != '?') {
        e->p++;
        agt_ecma_put_text(e, "(");

    } else if (left >= 3 && e->p[2] == ':') {
        e->p += 3;
        agt_ecma_put_text(e, "(?:");

    } else if (left >= 3 && (e->p[2] == '=' || e->p[2] == '!')) {
        agt_ecma_put_text(e, e->p[2] == '=' ? "(?=" : "(?!");
        e->p += 3;
        lookaround = true;

    } else if (left >= 4 && e->p[2] == '<'
               && (e->p[3] == '=' || e->p[3] == '!'))
    {
        agt_ecma_put_text(e, e->p[3] == '=' ? "(?<=" : "(?<!");
        e->p += 4;
        lookaround = true;

    } else if (left >= 4 && e->p[2] == '<') {
        e->p += 3;

        if (agt_ecma_name(e, &name) != AGT_OK) {
            return agt_ecma_error(e, "a group's name is not valid");
        }

        e->p++;
        agt_ecma_put_text(e, "(");

    } else {
        return agt_ecma_error(e, "\"(?\" is followed by what is not known");
    }

    e->lookaround[e->depth++] = lookaround;
    e->atom = false;

    return AGT_OK;
}


static int
agt_ecma_quantifier(agt_ecma_t *e)
{
    int   rc;
    char  c[2] = { *e->p, '\0' };

    if (!e->atom) {
        return agt_ecma_error(e, "there is nothing to repeat");
    }

    if (c[0] == '{') {
        rc = agt_ecma_braces(e);
        if (rc != AGT_OK) {
            return rc;
        }

    } else {
        e->p++;
        agt_ecma_put_text(e, c);
    }

    if (e->p < e->end && *e->p == '?') {
        e->p++;
        agt_ecma_put_text(e, "?");
    }

    e->atom = false;

    return AGT_OK;
}


/* {n}, {n,} or {n,m} */

static int
agt_ecma_braces(agt_ecma_t *e)
{
    bool         valid;
    uint32_t     least, most;
    const char  *start;

    start = e->p++;

    valid = e->p < e->end && *e->p >= '0' && *e->p <= '9';
    least = agt_ecma_decimal(e);
    most = least;

    if (e->p < e->end && *e->p == ',') {
        e->p++;
        most = UINT32_MAX;

        if (e->p < e->end && *e->p != '}') {
            valid = valid && *e->p >= '0' && *e->p <= '9';
            most = agt_ecma_decimal(e);
        }
    }

    if (!valid || e->p == e->end || *e->p != '}') {
        return agt_ecma_error(e, "\"{\" does not begin a repetition");
    }

    e->p++;

    if (least > most) {
        return agt_ecma_error(e, "a repetition's bounds are out of order");
    }

    if (e->out == NULL) {
        return AGT_OK;
    }

    if (least > AGT_ECMA_REPEAT
        || (most > AGT_ECMA_REPEAT && most != UINT32_MAX))
    {
        return agt_ecma_error(e, "more than 65535 repetitions");
    }

    agt_buf_append(e->out, start, (size_t) (e->p - start));

    return AGT_OK;
}


/* numbers too large to matter are all the same */

static uint32_t
agt_ecma_decimal(agt_ecma_t *e)
{
    uint32_t  n;

    for (n = 0; e->p < e->end && *e->p >= '0' && *e->p <= '9'; e->p++) {
        n = agt_min(n * 10 + (uint32_t) (*e->p - '0'), 1000000U);
    }

    return n;
}


static int
agt_ecma_escape(agt_ecma_t *e)
{
    int       rc;
    char      c;
    bool      found;
    uint32_t  value;

    c = e->end - e->p < 2 ? '\0' : e->p[1];

    if (c == 'b' || c == 'B') {
        e->p += 2;
        e->atom = false;
        agt_ecma_put_text(e, c == 'b' ? "\\b" : "\\B");
        return AGT_OK;
    }

    e->atom = true;

    if (c == 'k' || (c >= '1' && c <= '9')) {
        return agt_ecma_reference(e);
    }

    rc = agt_ecma_set(e, false, &found);
    if (rc != AGT_OK || found) {
        return rc;
    }

    rc = agt_ecma_character(e, &value);
    if (rc == AGT_OK) {
        agt_ecma_put(e, value);
    }

    return rc;
}


/* \1 or \k<name> */

static int
agt_ecma_reference(agt_ecma_t *e)
{
    uint32_t   n;
    agt_str_t  name;

    e->p++;

    if (*e->p == 'k') {

        if (e->end - e->p < 2 || e->p[1] != '<') {
            return agt_ecma_error(e, "\"\\k\" is not followed by a name");
        }

        e->p += 2;

        n = agt_ecma_name(e, &name) == AGT_OK ? agt_ecma_number(e, name) : 0;
        e->p++;

    } else {
        n = agt_ecma_decimal(e);
    }

    if (n == 0 || n > e->groups) {
        return agt_ecma_error(e, "a reference to a group that is not there");
    }

    if (e->out != NULL) {
        agt_buf_format(e->out, "\\g{%u}", n);
    }

    return AGT_OK;
}


static int
agt_ecma_class(agt_ecma_t *e)
{
    int     rc;
    bool    negated;
    size_t  start, empty;

    e->p++;
    e->atom = true;

    negated = e->p < e->end && *e->p == '^';
    e->p += negated;

    start = e->out != NULL ? e->out->len : 0;
    agt_ecma_put_text(e, negated ? "[^" : "[");
    empty = e->out != NULL ? e->out->len : 0;

    while (e->p < e->end && *e->p != ']') {
        rc = agt_ecma_range(e);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    if (e->p == e->end) {
        return agt_ecma_error(e, "\"[\" is not closed");
    }

    e->p++;

    if (e->out == NULL) {
        return AGT_OK;
    }

    if (e->out->len != empty) {
        agt_ecma_put_text(e, "]");
        return AGT_OK;
    }

    /* PCRE2 takes "]" for a member where the class would be empty */

    if (!e->out->failed) {
        e->out->len = start;
    }

    agt_ecma_put_text(e, negated ? AGT_ECMA_ALWAYS : AGT_ECMA_NEVER);

    return AGT_OK;
}


/* one member of a class, or two with a dash between them */

static int
agt_ecma_range(agt_ecma_t *e)
{
    int       rc;
    uint32_t  low, high;

    rc = agt_ecma_class_atom(e, &low);
    if (rc != AGT_OK) {
        return rc;
    }

    high = low;

    if (e->end - e->p >= 2 && e->p[0] == '-' && e->p[1] != ']') {
        e->p++;

        if (low == AGT_ECMA_SET) {
            return agt_ecma_error(e, "a range that begins with a class");
        }

        rc = agt_ecma_class_atom(e, &high);
        if (rc != AGT_OK) {
            return rc;
        }

        if (high == AGT_ECMA_SET) {
            return agt_ecma_error(e, "a range that ends with a class");
        }

        if (low > high) {
            return agt_ecma_error(e, "a range is out of order");
        }
    }

    if (low == AGT_ECMA_SET || e->out == NULL) {
        return AGT_OK;
    }

    /* no subject has surrogates, and PCRE2 would not take them */

    low = AGT_ECMA_SURROGATE(low) ? 0xe000 : low;
    high = AGT_ECMA_SURROGATE(high) ? 0xd7ff : high;

    if (low == high) {
        agt_ecma_put(e, low);

    } else if (low < high) {
        agt_buf_format(e->out, "\\x{%x}-\\x{%x}", low, high);
    }

    return AGT_OK;
}


static int
agt_ecma_class_atom(agt_ecma_t *e, uint32_t *c)
{
    int   rc;
    bool  found;

    if (e->p == e->end) {
        return agt_ecma_error(e, "\"[\" is not closed");
    }

    if (*e->p != '\\') {
        *c = agt_ecma_utf8(e);
        return AGT_OK;
    }

    rc = agt_ecma_set(e, true, &found);

    if (rc != AGT_OK || found) {
        *c = AGT_ECMA_SET;
        return rc;
    }

    return agt_ecma_character(e, c);
}


/* escapes that stand for sets of characters */

static int
agt_ecma_set(agt_ecma_t *e, bool class, bool *found)
{
    char  c, text[3] = { '\\', '\0', '\0' };

    c = e->end - e->p < 2 ? '\0' : e->p[1];
    *found = true;

    switch (c) {

    case 'd':
    case 'D':
    case 'w':
    case 'W':
        text[1] = c;
        agt_ecma_put_text(e, text);
        break;

    case 's':
    case 'S':
        agt_ecma_put_text(e, class ? "" : "[");
        agt_ecma_put_text(e, c == 's' ? agt_ecma_space : agt_ecma_no_space);
        agt_ecma_put_text(e, class ? "" : "]");
        break;

    case 'p':
    case 'P':
        return agt_ecma_property(e);

    default:
        *found = false;
        return AGT_OK;
    }

    e->p += 2;

    return AGT_OK;
}


/* \p{Name}, \p{Name=Value} */

static int
agt_ecma_property(agt_ecma_t *e)
{
    char         escape;
    size_t       i, n;
    agt_str_t    name;
    const char  *prefix;

    escape = e->p[1];
    e->p += 2;

    if (e->p == e->end || *e->p != '{') {
        return agt_ecma_error(e, "a property has no name in braces");
    }

    name.data = ++e->p;

    while (e->p < e->end && (*e->p == '_' || *e->p == '='
                             || (*e->p >= '0' && *e->p <= '9')
                             || (*e->p >= 'a' && *e->p <= 'z')
                             || (*e->p >= 'A' && *e->p <= 'Z')))
    {
        e->p++;
    }

    name.len = (size_t) (e->p - name.data);

    if (e->p == e->end || *e->p != '}') {
        return agt_ecma_error(e, "a property's name is not valid");
    }

    e->p++;
    prefix = NULL;

    for (i = 0; i < agt_array_n(agt_ecma_properties); i++) {
        n = strlen(agt_ecma_properties[i].name);

        if (name.len > n
            && memcmp(name.data, agt_ecma_properties[i].name, n) == 0)
        {
            prefix = agt_ecma_properties[i].value;
            name = agt_str_make(name.data + n, name.len - n);
            break;
        }
    }

    return agt_ecma_property_put(e, escape, prefix, name);
}


/* prefix: "" before a general category, NULL where none was written */

static int
agt_ecma_property_put(agt_ecma_t *e, char escape, const char *prefix,
    agt_str_t name)
{
    char         text[64];
    agt_buf_t    buf;
    const char  *category;

    agt_buf_fixed(&buf, text, sizeof(text));

    category = NULL;

    if (prefix == NULL || prefix[0] == '\0') {
        category = agt_ecma_category(name);
    }

    if (category != NULL) {
        agt_buf_text(&buf, category);

    } else if (prefix == NULL && agt_str_is(name, "Assigned")) {
        escape = escape == 'p' ? 'P' : 'p';
        agt_buf_text(&buf, "Cn");

    } else if (prefix != NULL && prefix[0] == '\0' && name.len > 2) {
        return agt_ecma_error(e, "a general category that is not known");

    } else {
        agt_buf_text(&buf, prefix != NULL ? prefix : "");
        agt_buf_str(&buf, name);
    }

    /* names like "Xan" are PCRE2's own */

    if (buf.failed || text[0] == 'X' || memchr(name.data, '=', name.len) != NULL
        || !agt_regex_property(agt_buf_slice(&buf)))
    {
        return agt_ecma_error(e, "a property that is not known");
    }

    if (e->out != NULL) {
        agt_buf_format(e->out, "\\%c{%.*s}", escape, (int) buf.len, text);
    }

    return AGT_OK;
}


static const char *
agt_ecma_category(agt_str_t name)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_ecma_categories); i++) {
        if (agt_str_is(name, agt_ecma_categories[i].name)) {
            return agt_ecma_categories[i].value;
        }
    }

    return NULL;
}


/* escapes that stand for one character; p is on the backslash */

static int
agt_ecma_character(agt_ecma_t *e, uint32_t *c)
{
    char         letter;
    const char  *p;

    static const char  controls[] = "t\tn\nv\vf\fr\r";

    if (e->end - e->p < 2) {
        return agt_ecma_error(e, "\"\\\" is the last character");
    }

    letter = e->p[1];
    e->p += 2;

    for (p = controls; *p != '\0'; p += 2) {
        if (*p == letter) {
            *c = (uint32_t) p[1];
            return AGT_OK;
        }
    }

    switch (letter) {

    case 'b':
        /* outside of a class it is a word's boundary, and read before */
        *c = '\b';
        return AGT_OK;

    case '0':
        *c = 0;

        if (e->p < e->end && *e->p >= '0' && *e->p <= '9') {
            return agt_ecma_error(e, "an octal escape");
        }

        return AGT_OK;

    case 'c':
        *c = e->p < e->end ? (uint32_t) (*e->p | 0x20) : 0;

        if (*c < 'a' || *c > 'z') {
            return agt_ecma_error(e, "\"\\c\" is not followed by a letter");
        }

        *c &= 31;
        e->p++;
        return AGT_OK;

    case 'x':
        if (!agt_ecma_hex(e, 2, c)) {
            return agt_ecma_error(e, "\"\\x\" is not followed by two digits");
        }

        return AGT_OK;

    case 'u':
        return agt_ecma_unicode(e, c);
    }

    *c = (unsigned char) letter;

    if (*c < ' ' || *c > '~' || *c == '_' || (*c >= '0' && *c <= '9')
        || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z'))
    {
        return agt_ecma_error(e, "\"\\\" before what needs no escape");
    }

    return AGT_OK;
}


/* \uXXXX, two of them as a surrogate pair, or \u{X...} */

static int
agt_ecma_unicode(agt_ecma_t *e, uint32_t *c)
{
    uint32_t     low;
    const char  *mark;

    if (e->p < e->end && *e->p == '{') {
        mark = ++e->p;

        for (*c = 0; e->p < e->end && *e->p != '}'; /* void */) {
            if (!agt_ecma_hex(e, 1, &low) || *c > AGT_ECMA_MAX) {
                break;
            }

            *c = *c * 16 + low;
        }

        if (e->p < e->end && *e->p == '}' && e->p != mark
            && *c <= AGT_ECMA_MAX)
        {
            e->p++;
            return AGT_OK;
        }

        return agt_ecma_error(e, "\"\\u{\" has no code point");
    }

    if (!agt_ecma_hex(e, 4, c)) {
        return agt_ecma_error(e, "\"\\u\" is not followed by four digits");
    }

    if (*c < 0xd800 || *c > 0xdbff || e->end - e->p < 6
        || e->p[0] != '\\' || e->p[1] != 'u')
    {
        return AGT_OK;
    }

    mark = e->p;
    e->p += 2;

    if (agt_ecma_hex(e, 4, &low) && low >= 0xdc00 && low <= 0xdfff) {
        *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);

    } else {
        e->p = mark;
    }

    return AGT_OK;
}


/* exactly so many hexadecimal digits */

static bool
agt_ecma_hex(agt_ecma_t *e, unsigned digits, uint32_t *c)
{
    uint32_t  digit;

    for (*c = 0; digits != 0; digits--) {

        if (e->p == e->end) {
            return false;
        }

        digit = (unsigned char) *e->p;

        if (digit >= '0' && digit <= '9') {
            digit -= '0';

        } else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') {
            digit = (digit | 0x20) - 'a' + 10;

        } else {
            return false;
        }

        *c = *c * 16 + digit;
        e->p++;
    }

    return true;
}


/* the next character; a sequence that is cut short gives a replacement */

static uint32_t
agt_ecma_utf8(agt_ecma_t *e)
{
    size_t    n;
    uint32_t  c;

    c = (unsigned char) *e->p++;

    if (c < 0x80) {
        return c;
    }

    n = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

    if ((size_t) (e->end - e->p) < n) {
        e->p = e->end;
        return 0xfffd;
    }

    for (c &= 0x3fU >> n; n != 0; n--) {
        c = c << 6 | ((unsigned char) *e->p++ & 0x3f);
    }

    return c <= AGT_ECMA_MAX ? c : 0xfffd;
}


static void
agt_ecma_put(agt_ecma_t *e, uint32_t c)
{
    if (e->out == NULL) {
        return;
    }

    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9'))
    {
        agt_buf_char(e->out, (char) c);

    } else if (AGT_ECMA_SURROGATE(c)) {
        agt_buf_text(e->out, AGT_ECMA_NEVER);

    } else {
        agt_buf_format(e->out, "\\x{%x}", c);
    }
}


static void
agt_ecma_put_text(agt_ecma_t *e, const char *text)
{
    if (e->out != NULL) {
        agt_buf_text(e->out, text);
    }
}


static int
agt_ecma_error(agt_ecma_t *e, const char *what)
{
    agt_error_set(e->err, "invalid regular expression: %s, near byte %zu",
                  what, (size_t) (e->p - e->start));

    return AGT_DECLINED;
}
