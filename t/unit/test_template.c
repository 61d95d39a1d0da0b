
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_template.h"
#include "unit.h"


#define SPEC   "t/data/mustache-spec/"


typedef struct {
    const char  *name;
    const char  *text;
} partial_t;


typedef struct {
    const char  *name;
    const char  *text;
    const char  *data;
    const char  *expected;
} render_t;


typedef struct {
    const char  *name;
    const char  *text;
    uint32_t     line;
    uint32_t     column;
    const char  *file;
    const char  *message;
} broken_t;


typedef struct {
    const char  *name;
    const char  *text;
    const char  *expected;      /* NULL: not static */
} static_t;


/* what names a callback has seen, each behind its file and offset */

typedef struct {
    agt_buf_t  buf;
    uint32_t   left;            /* calls until it stops the walk */
} names_t;


/* prompts are not HTML: a template that escaped would pass these */

static const char *const  spec_skipped[] = {
    "interpolation.json: HTML Escaping",
    "interpolation.json: Implicit Iterators - HTML Escaping",
    "sections.json: Implicit Iterator - HTML Escaping"
};


static const char *const  spec_files[] = {
    "comments.json", "delimiters.json", "interpolation.json", "inverted.json",
    "partials.json", "sections.json"
};


static const partial_t  partials[] = {
    { "plain.md", "plain\ntext\n" },
    { "empty.md", "" },
    { "comment.md", "a{{! nothing }}b" },
    { "name.md", "<{{name}}>" },
    { "lines.md", "one\n\n{{x}}two\n{{#no}}\n{{/no}}\nthree" },
    { "outer.md", "[\n  {{> inner.md}}\n]\n" },
    { "inner.md", "(\n {{> plain.md}}\n)\n" },
    { "inline.md", "{{#a}}x\n{{/a}}y\n" },
    { "broken.md", "first\n  {{#open}}" },
    { "missing.md", "\n {{> nowhere.md}}" },
    { "self.md", "x{{> self.md}}" },
    { "ping.md", "{{> pong.md}}" },
    { "pong.md", "\n{{> ping.md}}" },
    { "tree.md", "({{v}}{{#kids}}{{> tree.md}}{{/kids}})" },
    { "forever.md", "{{^x}}{{> forever.md}}{{/x}}" },
    { "double.md", "{{#two}}{{> double.md}}{{/two}}" },
    { "crlf.md", "a\r\nb\r\n" },
    { "footer.md", "footer" },
    { "uses-footer.md", "body {{> footer.md}}" },
    { "loop-a.md", "{{#a}}{{> loop-b.md}}{{/a}}" },
    { "loop-b.md", "{{#b}}{{> loop-a.md}}{{/b}}" }
};


static const broken_t  broken[] = {
    { "tag that is not closed",
      "Hi\n  {{name", 2, 3, "", "tag is not closed by \"}}\"" },
    { "tag that is opened at the very end",
      "a{{", 1, 2, "", "tag is not closed by \"}}\"" },
    { "half a delimiter at the end closes nothing",
      "{{a}", 1, 1, "", "tag is not closed by \"}}\"" },
    { "triple tag with two braces",
      "{{{a}}", 1, 1, "", "tag is not closed by \"}}}\"" },
    { "delimiter tag without its end",
      "{{=<% %>}}", 1, 1, "", "tag is not closed by \"=}}\"" },
    { "comment that is not closed",
      "{{! a\nb\n", 1, 1, "", "tag is not closed by \"}}\"" },
    { "tag that is not closed by the new delimiter",
      "{{=<% %>=}}\n<% a }}", 2, 1, "", "tag is not closed by \"%>\"" },
    { "empty tag", "{{}}", 1, 1, "", "empty tag" },
    { "tag of white space", "{{ \n }}", 1, 1, "", "empty tag" },
    { "empty section", "{{#}}{{/}}", 1, 1, "", "empty tag" },
    { "empty partial", "{{>}}", 1, 1, "", "empty tag" },
    { "empty triple tag", "{{{}}}", 1, 1, "", "empty tag" },
    { "name of two words", "\n\n{{first name}}", 3, 1, "",
      "white space or control character within the name in a tag" },
    { "name with a control character", "{{a\x01}}", 1, 1, "",
      "white space or control character within the name in a tag" },
    { "partial of two words", "{{> a b}}", 1, 1, "",
      "white space or control character within the name in a tag" },
    { "end of two words", "{{#a}}{{/a b}}", 1, 7, "",
      "white space or control character within the name in a tag" },
    { "two dots", "{{a..b}}", 1, 1, "", "a dotted name must have at most 64 "
      "parts, none of them empty" },
    { "leading dot", "{{.a}}", 1, 1, "", "a dotted name must have at most 64 "
      "parts, none of them empty" },
    { "trailing dot", "{{#a.}}{{/a.}}", 1, 1, "", "a dotted name must have at "
      "most 64 parts, none of them empty" },
    { "section that is not closed", "a\n{{#b}}\n{{#c}}x{{/c}}", 2, 1, "",
      "section \"b\" is not closed" },
    { "end without a section", "a\n {{/b}}", 2, 2, "",
      "no section \"b\" is open" },
    { "sections that cross", "{{#a}}{{^b}}{{/a}}{{/b}}", 1, 13, "",
      "section \"b\" is closed as \"a\"" },
    { "names in sections compare as they are written",
      "{{#a.b}}{{/a}}", 1, 9, "", "section \"a.b\" is closed as \"a\"" },
    { "one delimiter", "{{=<%=}}", 1, 1, "", "the tag must set two delimiters "
      "of up to 16 bytes without \"=\"" },
    { "no delimiter", "{{= =}}", 1, 1, "", "the tag must set two delimiters "
      "of up to 16 bytes without \"=\"" },
    { "three delimiters", "{{=a b c=}}", 1, 1, "", "the tag must set two "
      "delimiters of up to 16 bytes without \"=\"" },
    { "delimiter with an equals sign", "{{=<= =>=}}", 1, 1, "", "the tag must "
      "set two delimiters of up to 16 bytes without \"=\"" },
    { "delimiter that is too long", "{{=01234567890123456 %=}}", 1, 1, "",
      "the tag must set two delimiters of up to 16 bytes without \"=\"" },
    { "block", "{{$b}}{{/b}}", 1, 1, "",
      "tags that begin with \"$\" are not supported" },
    { "parent", "{{<b}}{{/b}}", 1, 1, "",
      "tags that begin with \"<\" are not supported" },
    { "dynamic name", "{{*b}}", 1, 1, "",
      "tags that begin with \"*\" are not supported" },
    { "partial that is missing", "\n {{> nowhere.md }}", 2, 2, "",
      "partial \"nowhere.md\" is not found" },
    { "long names are clipped, characters whole",
      "{{> 0123456789012345678901234567890123456789012345678901234567890\xc3"
      "\xa4\xc3\xa4\xc3\xa4\xc3\xa4}}", 1, 1, "",
      "partial \"0123456789012345678901234567890123456789012345678901234567890"
      "\xc3\xa4\" is not found" },
    { "error in a partial", "{{> broken.md}}", 2, 3, "broken.md",
      "section \"open\" is not closed" },
    { "partial that is missing in a partial", "{{> missing.md}}", 2, 2,
      "missing.md", "partial \"nowhere.md\" is not found" },
    { "partial that includes itself", "{{> self.md}}", 1, 2, "self.md",
      "partial \"self.md\" includes itself, and no section ends it" },
    { "partials that include each other", "{{> ping.md}}", 2, 1, "pong.md",
      "partial \"ping.md\" includes itself, and no section ends it" }
};


static const render_t  rendered[] = {
    { "no tags", "a }} b { c", "{}", "a }} b { c" },
    { "values are not scanned again", "{{a}}{{{a}}}",
      "{\"a\": \"{{b}}{{> plain.md}}\", \"b\": 1}",
      "{{b}}{{> plain.md}}{{b}}{{> plain.md}}" },
    { "a set delimiter in a value is text", "{{a}}{{b}}",
      "{\"a\": \"{{=<% %>=}}\", \"b\": 1}", "{{=<% %>=}}1" },
    { "nothing is escaped", "{{a}}", "{\"a\": \"<&>\\\"'\"}", "<&>\"'" },
    { "escapes of JSON are read", "{{a}}",
      "{\"a\": \"\\u00e4\\n\\ud83d\\ude00\\\\\"}",
      "\xc3\xa4\n\xf0\x9f\x98\x80\\" },
    { "numbers keep their text", "{{a}} {{b}} {{c}}",
      "{\"a\": 1.50, \"b\": 1E+2, \"c\": 123456789012345678901234567890}",
      "1.50 1E+2 123456789012345678901234567890" },
    { "booleans", "{{a}} {{b}}", "{\"a\": true, \"b\": false}",
      "true false" },
    { "null is nothing", "<{{a}}>", "{\"a\": null}", "<>" },
    { "objects and arrays are compact JSON", "{{a}} {{.}}",
      "{ \"a\": [ 1, { \"b\" : \"x y\" } ] }",
      "[1,{\"b\":\"x y\"}] {\"a\":[1,{\"b\":\"x y\"}]}" },
    { "the whole input", "{{.}}", "\"text\"", "text" },
    { "a key with escapes is found", "{{name}}", "{\"n\\u0061me\": 1}", "1" },
    { "an empty key is no name", "{{a}}", "{\"\": 1}", "" },
    { "array elements have no names", "{{a.0}}", "{\"a\": [1]}", "" },
    { "names of strings", "{{a.b}}", "{\"a\": \"b\"}", "" },
    { "null found inside hides what is outside",
      "{{#o}}{{a}}{{/o}}", "{\"a\": 1, \"o\": {\"a\": null}}", "" },
    { "false: null, false, zero, empty",
      "{{#n}}1{{/n}}{{#f}}2{{/f}}{{#z}}3{{/z}}{{#m}}4{{/m}}{{#d}}5{{/d}}"
      "{{#s}}6{{/s}}{{#a}}7{{/a}}{{#x}}8{{/x}}",
      "{\"n\": null, \"f\": false, \"z\": 0, \"m\": -0, \"d\": 0.00e9, "
      "\"s\": \"\", \"a\": []}", "" },
    { "inverted: null, false, zero, empty",
      "{{^n}}1{{/n}}{{^f}}2{{/f}}{{^z}}3{{/z}}{{^m}}4{{/m}}{{^d}}5{{/d}}"
      "{{^s}}6{{/s}}{{^a}}7{{/a}}{{^x}}8{{/x}}",
      "{\"n\": null, \"f\": false, \"z\": 0, \"m\": -0, \"d\": 0.00e9, "
      "\"s\": \"\", \"a\": []}", "12345678" },
    { "true: what is not false",
      "{{#a}}1{{/a}}{{#b}}2{{/b}}{{#c}}3{{/c}}{{#d}}4{{/d}}{{#e}}5{{/e}}",
      "{\"a\": true, \"b\": 0.01, \"c\": 1e-999, \"d\": {}, \"e\": \"0\"}",
      "12345" },
    { "array of arrays", "{{#a}}{{#.}}{{.}},{{/.}};{{/a}}",
      "{\"a\": [[1, 2], [], [[3]]]}", "1,2,;;[3],;" },
    { "array of mixed values", "{{#a}}({{.}}{{b}}){{/a}}",
      "{\"a\": [null, {\"b\": 1}, false], \"b\": 2}",
      "(2)({\"b\":1}1)(false2)" },
    { "nested section over the same array", "{{#a}}{{#a}}{{.}}{{/a}};{{/a}}",
      "{\"a\": [1, 2]}", "12;12;" },
    { "inverted within a section", "{{#a}}{{^b}}{{.}}{{/b}}{{/a}}",
      "{\"a\": [1, 2]}", "12" },
    { "white space before the sign",
      "{{ #a }}{{ & . }}{{ /a }}{{ ! c }}{{ > plain.md }}", "{\"a\": \"x\"}",
      "xplain\ntext\n" },
    { "tag over several lines", "{{#\n a\n}}b{{/ a\n}}", "{\"a\": 1}", "b" },
    { "two tags on a line do not stand alone", "{{#a}} {{/a}}\nx",
      "{\"a\": 1}", " \nx" },
    { "a name does not stand alone", " {{a}} \nx", "{}", "  \nx" },
    { "lines of white space", " {{#a}}\t\r\n b\n {{/a}} ", "{\"a\": 1}",
      " b\n" },
    { "a carriage return alone ends no line", "{{! c }}\rx", "{}", "\rx" },
    { "partial with a name", "{{> name.md}}", "{\"name\": \"n\"}", "<n>" },
    { "indentation of all lines, standalone ones excepted",
      "  {{> lines.md}}\nend", "{\"x\": \"a\\nb\"}",
      "  one\n  \n  a\nbtwo\n  threeend" },
    { "indentation adds up", "\t{{> outer.md}}\n", "{}",
      "\t[\n\t  (\n\t   plain\n\t   text\n\t  )\n\t]\n" },
    { "indentation ends with its partial", " {{> outer.md}}\n\nx\n", "{}",
      " [\n   (\n    plain\n    text\n   )\n ]\n\nx\n" },
    { "a line that begins with a tag is indented where it begins",
      "  {{> inline.md}}\n", "{\"a\": [1, 2]}",
      "  x\n  x\n  y\n" },
    { "no line ends by itself: a false section", "  {{> inline.md}}\n", "{}",
      "  y\n" },
    { "indented, with carriage returns", " {{> crlf.md}}\r\nx", "{}",
      " a\r\n b\r\nx" },
    { "an inline partial is not indented", "x  {{> plain.md}}", "{}",
      "x  plain\ntext\n" },
    { "tree", "{{> tree.md}}", "{\"v\": 1, \"kids\": [{\"v\": 2, \"kids\": []},"
      " {\"v\": 3, \"kids\": [{\"v\": 4, \"kids\": null}]}]}",
      "(1(2)(3(4)))" },
    { "delimiters within delimiters", "{{=| |=}}|a| {{a}} |={{ }}=| {{a}}",
      "{\"a\": 1}", "1 {{a}}  1" },
    { "triple with other delimiters", "{{=<% %>=}}<%{a}%>", "{\"a\": 1}",
      "1" },
    { "delimiter of one letter", "{{=x y=}}xay{{a}}", "{\"a\": 1}", "1{{a}}" },
    { "opening brace before a tag", "{{{a}}}}{ {{a}}", "{\"a\": 1}", "1}{ 1" }
};


static const static_t  statics[] = {
    { "a name", "a{{x}}", NULL },
    { "a section", "a{{#x}}{{/x}}", NULL },
    { "an inverted section", "a{{^x}}{{/x}}", NULL },
    { "the whole input", "{{.}}", NULL },
    { "a name in a partial", "{{> name.md}}", NULL },
    { "empty", "", "" },
    { "text", "text", "text" },
    { "comments", "a {{! b }}c\n{{! d }}\n", "a c\n" },
    { "delimiters", "{{=[ ]=}}{{a}}", "{{a}}" },
    { "partials", "a {{> comment.md}}\n {{> outer.md}}\n",
      "a ab\n [\n   (\n    plain\n    text\n   )\n ]\n" }
};


static int
find_partial(void *ctx, agt_str_t name, agt_str_t *text)
{
    size_t  i;

    (void) ctx;

    for (i = 0; i < agt_array_n(partials); i++) {
        if (agt_str_is(name, partials[i].name)) {
            *text = agt_str_from(partials[i].text);
            return AGT_OK;
        }
    }

    return AGT_DECLINED;
}


static const agt_template_options_t  options = { .partial = find_partial };


static agt_template_t *
compile(const char *text, const agt_template_options_t *opts)
{
    agt_error_t      err;
    agt_template_t  *tmpl;

    agt_error_init(&err);

    if (agt_template_compile(&tmpl, agt_str_from(text), opts, unit_mem(), &err)
        != AGT_OK)
    {
        printf("# %s:%u:%u: %s\n", err.file, err.line, err.column,
               err.message);
        return NULL;
    }

    return tmpl;
}


/* the code of the rendering; the buffer is initialized */

static int
render(const agt_template_t *tmpl, agt_str_t data, agt_buf_t *out, size_t max)
{
    agt_json_t  doc;

    agt_buf_init(out, unit_mem(), 0, max);

    if (agt_json_parse(&doc, data, NULL, unit_mem(), NULL) != AGT_OK) {
        return AGT_AGAIN;
    }

    return agt_template_render(tmpl, &doc, out);
}


static void
test_broken(void)
{
    int              rc;
    size_t           i;
    agt_error_t      err;
    const broken_t  *t;
    agt_template_t  *tmpl;

    for (i = 0; i < agt_array_n(broken); i++) {
        t = &broken[i];
        agt_error_init(&err);

        rc = agt_template_compile(&tmpl, agt_str_from(t->text), &options,
                                  unit_mem(), &err);

        ok(rc == AGT_DECLINED && err.line == t->line && err.column == t->column
           && strcmp(err.file, t->file) == 0, "refused: %s", t->name);

        if (!is_str(agt_str_from(err.message), t->message, t->name)) {
            printf("# %s:%u:%u\n", err.file, err.line, err.column);
        }
    }
}


static void
test_render(void)
{
    size_t           i;
    agt_buf_t        out;
    agt_template_t  *tmpl;
    const render_t  *t;

    for (i = 0; i < agt_array_n(rendered); i++) {
        t = &rendered[i];
        tmpl = compile(t->text, &options);

        if (ok(tmpl != NULL, "compiles: %s", t->name)
            && ok(render(tmpl, agt_str_from(t->data), &out, 10000) == AGT_OK,
                  "renders: %s", t->name))
        {
            is_str(agt_buf_slice(&out), t->expected, t->name);
        }
    }

    tmpl = compile("a{{> nowhere.md}}b", NULL);
    ok(tmpl == NULL, "no options, no partials");
}


static void
test_static(void)
{
    bool             constant;
    size_t           i;
    agt_str_t        text;
    agt_template_t  *tmpl;
    const static_t  *t;

    for (i = 0; i < agt_array_n(statics); i++) {
        t = &statics[i];
        text = agt_str_from("untouched");
        tmpl = compile(t->text, &options);

        if (!ok(tmpl != NULL, "compiles: %s", t->name)) {
            continue;
        }

        constant = agt_template_static(tmpl, &text);

        ok(constant == (t->expected != NULL), "%s is %sstatic", t->name,
           t->expected != NULL ? "" : "not ");
        is_str(text, t->expected != NULL ? t->expected : "untouched", t->name);
    }
}


static int
add_name(void *ctx, agt_str_t name, agt_str_t file, agt_str_t text,
    size_t offset)
{
    names_t  *names = ctx;

    agt_buf_format(&names->buf, "%.*s:%zu:%.*s ", (int) file.len, file.data,
                   offset, (int) name.len, name.data);

    if (text.len <= offset || text.data[offset] != '{') {
        agt_buf_text(&names->buf, "not a tag ");
    }

    return (--names->left == 0) ? AGT_DECLINED : AGT_OK;
}


static void
test_names(void)
{
    names_t          names;
    agt_template_t  *tmpl;

    tmpl = compile("{{a}} {{{b.c}}} {{.}}{{#d}}{{^e}}{{/e}}{{/d}}\n"
                   "{{> name.md}}{{! f }}{{> name.md}}{{> tree.md}}", &options);

    agt_buf_init(&names.buf, unit_mem(), 0, 1000);
    names.left = 100;

    ok(agt_template_names(tmpl, add_name, &names) == AGT_OK, "all names");
    is_str(agt_buf_slice(&names.buf),
           ":0:a :6:b :6:c :21:d :27:e name.md:1:name "
           "tree.md:1:v tree.md:6:kids ", "each part of a name, once a tag");

    agt_buf_reset(&names.buf);
    names.left = 2;

    ok(agt_template_names(tmpl, add_name, &names) == AGT_DECLINED,
       "the handler stops the walk");
    is_str(agt_buf_slice(&names.buf), ":0:a :6:b ", "and is not called again");

    ok(agt_template_uses(tmpl, agt_str_from("name.md")), "partial in use");
    ok(agt_template_uses(tmpl, agt_str_from("tree.md")), "recursive partial");
    ok(!agt_template_uses(tmpl, agt_str_from("plain.md")), "partial not used");
    ok(!agt_template_uses(tmpl, agt_str_from("")), "the text is no partial");
}


static void
append(const char *text, const agt_str_t *list, uint32_t n,
    const char *expected, const char *name)
{
    agt_buf_t               out;
    agt_template_t         *tmpl;
    agt_template_options_t  opts = { .partial = find_partial };

    opts.append = list;
    opts.append_n = n;

    tmpl = compile(text, &opts);

    if (ok(tmpl != NULL, "compiles: %s", name)
        && ok(render(tmpl, agt_str_from("{\"name\":\"n\"}"), &out, 1000)
              == AGT_OK, "renders: %s", name))
    {
        is_str(agt_buf_slice(&out), expected, name);
    }
}


static void
test_append(void)
{
    agt_str_t               list[4];
    agt_error_t             err;
    agt_template_t         *tmpl;
    agt_template_options_t  opts = { .partial = find_partial, .append = list };

    list[0] = agt_str_from("plain.md");
    list[1] = agt_str_from("empty.md");
    list[2] = agt_str_from("name.md");

    append("", list, 3, "plain\ntext\n\n<n>", "append to nothing");
    append("a", list, 3, "a\n\nplain\ntext\n\n<n>", "text without a line end");
    append("a\n", list, 3, "a\n\nplain\ntext\n\n<n>", "text with a line end");
    append("a\n\n", list, 3, "a\n\nplain\ntext\n\n<n>", "an empty line");
    append("a\r\n\r\n", list, 1, "a\r\n\r\nplain\ntext\n", "CRLF");
    append("\n", list, 1, "\n\nplain\ntext\n", "nothing but a line end");
    append("a {{> name.md}}", list, 3, "a <n>\n\nplain\ntext\n",
           "not what a tag places");
    append("{{=| |=}}a", list, 1, "a\n\nplain\ntext\n", "after new delimiters");

    list[0] = agt_str_from("footer.md");
    list[1] = agt_str_from("uses-footer.md");

    append("a", list, 2, "a\n\nbody footer",
           "not what a tag of another file places");

    list[0] = agt_str_from("tree.md");

    append("a", list, 1, "a\n\n()", "but what only its own tag names");

    list[0] = agt_str_from("loop-a.md");
    list[1] = agt_str_from("loop-b.md");
    opts.append_n = 2;

    agt_error_init(&err);
    ok(agt_template_compile(&tmpl, agt_str_from("a"), &opts, unit_mem(), &err)
       == AGT_DECLINED, "files that only each other place");
    is_str(agt_str_from(err.message), "\"loop-a.md\" is placed only by "
           "partials that it places itself", "would be lost");

    list[1] = agt_str_from("nowhere.md");

    agt_error_init(&err);
    ok(agt_template_compile(&tmpl, agt_str_from("a"), &opts, unit_mem(), &err)
       == AGT_DECLINED, "append what is not there");

    opts.append_n = 1;
    list[0] = agt_str_from("plain.md");
    tmpl = compile("{{> name.md}}", &opts);
    ok(!agt_template_uses(tmpl, list[0]), "appended is not used");
}


/* text repeated n times, and more behind */

static const char *
repeat(const char *text, unsigned n, const char *more)
{
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), 0, 16 * 1024 * 1024);

    while (n-- > 0) {
        agt_buf_text(&buf, text);
    }

    agt_buf_text(&buf, more);
    agt_buf_char(&buf, '\0');

    return buf.data;
}


/* "0" to "100": each includes the next one twice; "chain" once */

static int
find_numbered(void *ctx, agt_str_t name, agt_str_t *text)
{
    int        n;
    char       digits[16];
    agt_buf_t  buf;

    memcpy(digits, name.data, agt_min(name.len, sizeof(digits) - 1));
    digits[agt_min(name.len, sizeof(digits) - 1)] = '\0';

    n = atoi(digits);

    agt_buf_init(&buf, unit_mem(), 0, 1000);

    if (n < *(int *) ctx) {
        agt_buf_format(&buf, "{{> %d}}{{> %d}}", n + 1, n + 1);

    } else {
        agt_buf_text(&buf, "");
    }

    *text = agt_buf_slice(&buf);

    return AGT_OK;
}


static int
compile_numbered(int n, agt_error_t *err)
{
    agt_template_t          *tmpl;
    agt_template_options_t   opts = { .partial = find_numbered, .ctx = &n };

    agt_error_init(err);

    return agt_template_compile(&tmpl, agt_str_from("{{> 1}}"), &opts,
                                unit_mem(), err);
}


static void
test_limits(void)
{
    agt_buf_t        out;
    const char      *data;
    agt_error_t      err;
    agt_template_t  *tmpl;

    tmpl = compile(repeat("{{#a}}", 32, repeat("{{/a}}", 32, "")), NULL);
    ok(tmpl != NULL, "32 sections within each other");

    tmpl = compile(repeat("{{#a}}", 33, repeat("{{/a}}", 33, "")), NULL);
    ok(tmpl == NULL, "33 sections within each other");

    tmpl = compile(repeat("a.", 0, repeat("{{", 1, repeat("a.", 63, "a}}"))),
                   NULL);
    ok(tmpl != NULL, "64 parts of a name");

    tmpl = compile(repeat("{{", 1, repeat("a.", 64, "a}}")), NULL);
    ok(tmpl == NULL, "65 parts of a name");

    tmpl = compile(repeat("{{a}}", 131071, ""), NULL);
    ok(tmpl != NULL, "many tags");

    tmpl = compile(repeat("{{a}}", 131072, ""), NULL);
    ok(tmpl == NULL, "too many tags");

    ok(compile_numbered(12, &err) == AGT_OK, "partials that branch");

    ok(compile_numbered(33, &err) == AGT_DECLINED, "partials 33 deep");
    is_str(agt_str_from(err.message), "partials nest deeper than 32",
           "33 deep is an error");

    ok(compile_numbered(32, &err) == AGT_DECLINED, "2^32 empty partials");
    is_str(agt_str_from(err.message), "expands to more than 4194304 bytes, or "
           "takes too many steps", "too many steps is an error");

    /* what recurses as long as the document lets it */

    tmpl = compile("{{> forever.md}}", &options);
    ok(tmpl != NULL, "a section may end a recursion");
    ok(render(tmpl, agt_str_from("{}"), &out, 1000) == AGT_DECLINED,
       "and is declined where it does not");
    ok(render(tmpl, agt_str_from("{\"x\": 1}"), &out, 1000) == AGT_OK,
       "and is fine where it does");

    data = repeat("{\"v\":1,\"kids\":", 31, repeat("{\"kids\":0}", 1,
                  repeat("}", 31, "")));
    tmpl = compile("{{> tree.md}}", &options);
    ok(render(tmpl, agt_str_from(data), &out, 1000) == AGT_OK,
       "a tree 32 deep");

    data = repeat("{\"v\":1,\"kids\":", 32, repeat("{\"kids\":0}", 1,
                  repeat("}", 32, "")));
    ok(render(tmpl, agt_str_from(data), &out, 1000) == AGT_DECLINED,
       "a tree 33 deep");

    tmpl = compile("{{> double.md}}", &options);
    ok(render(tmpl, agt_str_from("{\"two\": {\"two\": 0}}"), &out, 1000)
       == AGT_OK, "an inner value hides the outer one");

    /* the inner "two" is the outer one, again and again: 3^32 */

    ok(render(tmpl, agt_str_from("{\"two\": [1, 1, 1]}"), &out, 1000)
       == AGT_DECLINED, "depth is met first");

    tmpl = compile("{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{b}}{{/a}}{{/a}}{{/a}}"
                   "{{/a}}{{/a}}", NULL);
    data = repeat("{\"a\":[", 1, repeat("1,", 99, "1]}"));
    ok(render(tmpl, agt_str_from(data), &out, 1000) == AGT_ERROR && out.full
       && out.failed && out.len == 0, "100^5 turns: out of fuel");

    tmpl = compile("{{#a}}{{.}}{{/a}}", NULL);
    data = repeat("{\"a\":[", 1, repeat("1,", 500000, "1]}"));
    ok(render(tmpl, agt_str_from(data), &out, 1000000) == AGT_OK
       && out.len == 500001, "an ordinary megabyte is within the fuel");
    ok(render(tmpl, agt_str_from(data), &out, 1000) == AGT_ERROR && out.full,
       "over the maximum of the output");
}


static void
unescape_html(agt_str_t s, agt_buf_t *out)
{
    size_t                    i, k;
    static const char *const  entities[][2] = {
        { "&amp;", "&" }, { "&quot;", "\"" }, { "&lt;", "<" }, { "&gt;", ">" }
    };

    for (i = 0; i < s.len; i++) {

        for (k = 0; k < agt_array_n(entities); k++) {
            if (s.len - i >= strlen(entities[k][0])
                && memcmp(s.data + i, entities[k][0], strlen(entities[k][0]))
                   == 0)
            {
                break;
            }
        }

        if (k < agt_array_n(entities)) {
            agt_buf_text(out, entities[k][1]);
            i += strlen(entities[k][0]) - 1;

        } else {
            agt_buf_char(out, s.data[i]);
        }
    }
}


typedef struct {
    const agt_json_t  *doc;
    uint32_t           partials;
} spec_t;


static int
spec_partial(void *ctx, agt_str_t name, agt_str_t *text)
{
    spec_t    *spec = ctx;
    uint32_t   i;

    if (spec->partials == AGT_JSON_NONE) {
        return AGT_DECLINED;
    }

    i = agt_json_member(spec->doc, spec->partials, name);

    if (i == AGT_JSON_NONE) {
        return AGT_DECLINED;
    }

    return agt_json_string(spec->doc, i, unit_mem(), text);
}


static agt_str_t
spec_string(const agt_json_t *doc, uint32_t test, const char *key)
{
    agt_str_t  s = agt_null_string;

    agt_json_string(doc, agt_json_member(doc, test, agt_str_from(key)),
                    unit_mem(), &s);

    return s;
}


static bool
spec_skip(const char *name)
{
    size_t  i;

    for (i = 0; i < agt_array_n(spec_skipped); i++) {
        if (strcmp(spec_skipped[i], name) == 0) {
            return true;
        }
    }

    return false;
}


static void
spec_test(const char *file, const agt_json_t *doc, uint32_t test)
{
    bool                     skip;
    char                     name[256];
    spec_t                   spec;
    agt_buf_t                out, plain;
    agt_str_t                s, expected;
    agt_template_t          *tmpl;
    agt_template_options_t   opts = { .partial = spec_partial,
                                      .ctx = &spec, .lenient = true };

    s = spec_string(doc, test, "name");
    snprintf(name, sizeof(name), "%s: %.*s", file, (int) s.len, s.data);
    skip = spec_skip(name);

    spec.doc = doc;
    spec.partials = agt_json_member(doc, test, agt_str_from("partials"));

    s = spec_string(doc, test, "template");

    if (agt_template_compile(&tmpl, s, &opts, unit_mem(), NULL) != AGT_OK) {
        ok(false, "%s", name);
        return;
    }

    s = agt_json_raw(doc, agt_json_member(doc, test, agt_str_from("data")));

    if (render(tmpl, s, &out, 10000) != AGT_OK) {
        ok(false, "%s", name);
        return;
    }

    expected = spec_string(doc, test, "expected");

    if (skip) {
        ok(!agt_str_eq(agt_buf_slice(&out), expected),
           "%s (differs, as we do not escape)", name);

        agt_buf_init(&plain, unit_mem(), 0, 10000);
        unescape_html(expected, &plain);
        expected = agt_buf_slice(&plain);
    }

    ok(agt_str_eq(agt_buf_slice(&out), expected), "%s", name);
}


static void
test_spec(void)
{
    char        path[256];
    size_t      i;
    uint32_t    tests, test, n, skipped;
    agt_str_t   text;
    agt_json_t  doc;

    n = 0;
    skipped = 0;

    for (i = 0; i < agt_array_n(spec_files); i++) {

        snprintf(path, sizeof(path), SPEC "%s", spec_files[i]);
        text = unit_file(path);

        if (!ok(agt_json_parse(&doc, text, NULL, unit_mem(), NULL) == AGT_OK,
                "%s is read", path))
        {
            continue;
        }

        tests = agt_json_member(&doc, 0, agt_str_from("tests"));

        for (test = tests + 1;
             test < doc.nodes[tests].next;
             test = doc.nodes[test].next)
        {
            spec_test(spec_files[i], &doc, test);
            n++;
        }
    }

    ok(n == 136, "the suite has 136 tests, not %u", n);

    for (i = 0; i < agt_array_n(spec_skipped); i++) {
        skipped += spec_skip(spec_skipped[i]);
    }

    ok(skipped == agt_array_n(spec_skipped), "the table of exceptions");
}


int
main(void)
{
    test_broken();
    test_limits();
    test_render();
    test_static();
    test_names();
    test_append();
    test_spec();

    return unit_done();
}
