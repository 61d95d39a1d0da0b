
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_codec.h"
#include "agt_codec_schema.h"
#include "unit.h"


/* text NULL: as the schema, compact */

typedef struct {
    const char  *name;
    const char  *schema;
    bool         strict;
    uint32_t     dropped;
    const char  *text;
} schema_row_t;


/* one property "a", or one and "b" */

#define OBJECT(a) \
    "{\"type\":\"object\",\"properties\":{\"a\":" a "},\"required\":[\"a\"]," \
    "\"additionalProperties\":false}"
#define OPEN(a) \
    "{\"type\":\"object\",\"properties\":{\"a\":" a "},\"required\":[\"a\"]}"
#define STRING   "{\"type\":\"string\"}"


static const schema_row_t  rows[] = {

    /* as it is */

    { "a closed object", OBJECT(STRING), true, 0, NULL },
    { "all that strict mode takes",
      "{\"title\":\"T\",\"description\":\"D\",\"type\":\"object\","
      "\"properties\":{"
      "\"s\":{\"type\":\"string\",\"pattern\":\"^[a-z]+(?:-\\\\d{2})?$\","
      "\"format\":\"date-time\"},"
      "\"n\":{\"type\":\"number\",\"minimum\":0,\"exclusiveMaximum\":1e2,"
      "\"multipleOf\":0.01},"
      "\"i\":{\"type\":[\"integer\",\"null\"],\"maximum\":5},"
      "\"e\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},"
      "\"c\":{\"type\":\"string\",\"const\":\"x\"},"
      "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},"
      "\"minItems\":1,\"maxItems\":9},"
      "\"u\":{\"description\":\"U\",\"anyOf\":[{\"type\":\"string\"},"
      "{\"type\":\"null\"}]},"
      "\"r\":{\"$ref\":\"#/$defs/R\"},\"o\":{\"$ref\":\"#\"}},"
      "\"required\":[\"s\",\"n\",\"i\",\"e\",\"c\",\"l\",\"u\",\"r\",\"o\"],"
      "\"additionalProperties\":false,"
      "\"$defs\":{\"R\":" OBJECT("{\"$ref\":\"#/$defs/R\"}") "}}",
      true, 0, NULL },
    { "an open object says so",
      "{\"type\":\"object\",\"properties\":{\"a\":" STRING "},"
      "\"required\":[\"a\"],\"additionalProperties\":true}", false, 0, NULL },
    { "a map", OBJECT("{\"type\":\"object\","
                      "\"additionalProperties\":{\"type\":\"number\"}}"),
      false, 0, NULL },
    { "an object without names inside", OBJECT("{\"type\":\"object\"}"),
      false, 0, NULL },
    { "an object without properties",
      OBJECT("{\"type\":\"object\",\"properties\":{}}"), false, 0, NULL },
    { "an array of anything", OBJECT("{\"type\":\"array\"}"),
      false, 0, NULL },
    { "an array of true",
      OBJECT("{\"type\":\"array\",\"items\":true}"), false, 0, NULL },
    { "anything", OBJECT("{}"), false, 0, NULL },
    { "true", OBJECT("true"), false, 0, NULL },
    { "false", OBJECT("false"), false, 0, NULL },
    { "types of two kinds", OBJECT("{\"type\":[\"string\",\"number\"]}"),
      false, 0, NULL },
    { "integer or number", OBJECT("{\"type\":[\"integer\",\"number\"]}"),
      false, 0, NULL },
    { "an enum of other types",
      OBJECT("{\"type\":\"string\",\"enum\":[\"a\",1]}"), false, 0, NULL },
    { "an enum of objects", OBJECT("{\"enum\":[{\"x\":1}]}"), false, 0, NULL },
    { "an enum of two types", OBJECT("{\"enum\":[1,\"a\"]}"), false, 0, NULL },
    { "properties of a string",
      OBJECT("{\"type\":\"string\",\"properties\":{\"x\":" STRING "}}"),
      false, 0, NULL },
    { "a type beside a union",
      OBJECT("{\"type\":\"string\",\"anyOf\":[" STRING "]}"), false, 0, NULL },
    { "a bound beside a reference",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/A\","
      "\"pattern\":\"^x\"}},\"required\":[\"a\"],\"additionalProperties\":"
      "false,\"$defs\":{\"A\":" STRING "}}", false, 0, NULL },
    { "a union at the top",
      "{\"type\":\"object\",\"properties\":{\"a\":" STRING "},"
      "\"anyOf\":[" OPEN(STRING) "]}", false, 0, NULL },
    { "a name that is required but not there",
      "{\"type\":\"object\",\"properties\":{\"a\":" STRING "},"
      "\"required\":[\"a\",\"b\"]}", false, 0, NULL },
    { "an optional property",
      "{\"type\":\"object\",\"properties\":{\"a\":" STRING ",\"b\":" STRING
      "},\"required\":[\"a\"],\"additionalProperties\":false}",
      false, 0, NULL },
    { "an optional property of an inner object",
      OBJECT("{\"type\":\"object\",\"properties\":{\"b\":" STRING "}}"),
      false, 0, NULL },
    { "an optional enum without null",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\","
      "\"null\"],\"enum\":[\"x\"]}}}", false, 0, NULL },
    { "an optional reference",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/A\"}},"
      "\"$defs\":{\"A\":{\"type\":\"null\"}}}", false, 0, NULL },
    { "names with escapes",
      "{\"type\":\"object\",\"properties\":{\"\\u0061\":" STRING "},"
      "\"required\":[\"\\u0061\"]}", false, 0, NULL },

    /* made strict */

    { "white space goes",
      "{ \"type\" : \"object\",\n\t\"properties\" : { \"a\" : " STRING " },\n"
      "\"required\" : [ \"a\" ] }", true, 0, OBJECT(STRING) },
    { "annotations go",
      "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
      "\"$id\":\"https://e.org/x\",\"$comment\":\"c\",\"x-unknown\":1,"
      "\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\","
      "\"default\":\"x\",\"examples\":[\"y\"],\"readOnly\":true}},"
      "\"required\":[\"a\"]}", true, 0, OBJECT(STRING) },
    { "closed", OPEN(STRING), true, 0, OBJECT(STRING) },
    { "closed inside", OBJECT(OPEN(STRING)), true, 0,
      OBJECT(OBJECT(STRING)) },
    { "the type of properties",
      "{\"properties\":{\"a\":" STRING "},\"required\":[\"a\"]}", true, 0,
      OBJECT(STRING) },
    { "a list of one type",
      "{\"type\":[\"object\"],\"properties\":{\"a\":{\"type\":[\"string\"]}},"
      "\"required\":[\"a\"]}", true, 0, OBJECT(STRING) },
    { "the type of an enum", OBJECT("{\"enum\":[\"a\",\"b\"]}"), true, 0,
      OBJECT("{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}") },
    { "the type of an enum with null", OBJECT("{\"enum\":[1,null]}"), true, 0,
      OBJECT("{\"type\":[\"integer\",\"null\"],\"enum\":[1,null]}") },
    { "the type of fractions", OBJECT("{\"enum\":[1,1.5]}"), true, 0,
      OBJECT("{\"type\":\"number\",\"enum\":[1,1.5]}") },
    { "the type of null", OBJECT("{\"enum\":[null]}"), true, 0,
      OBJECT("{\"type\":\"null\",\"enum\":[null]}") },
    { "the type of a const", OBJECT("{\"const\":true}"), true, 0,
      OBJECT("{\"type\":\"boolean\",\"const\":true}") },
    { "optional, but null",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\","
      "\"null\"]}}}", true, 0, OBJECT("{\"type\":[\"string\",\"null\"]}") },
    { "optional, one of null",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":[" STRING ","
      "{\"enum\":[1,null]}]}}}", true, 0,
      OBJECT("{\"anyOf\":[" STRING ",{\"type\":[\"integer\",\"null\"],"
             "\"enum\":[1,null]}]}") },
    { "a description beside a reference",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"description\":\"D\","
      "\"$ref\":\"#/$defs/A\"}},\"required\":[\"a\"],"
      "\"$defs\":{\"A\":" STRING "}}", true, 0,
      "{\"type\":\"object\",\"properties\":{\"a\":{\"description\":\"D\","
      "\"anyOf\":[{\"$ref\":\"#/$defs/A\"}]}},\"required\":[\"a\"],"
      "\"additionalProperties\":false,\"$defs\":{\"A\":" STRING "}}" },
    { "allOf of one",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"allOf\":["
      "{\"$ref\":\"#/$defs/A\"}],\"title\":\"T\"}},\"required\":[\"a\"],"
      "\"$defs\":{\"A\":" STRING "}}", true, 0,
      "{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":["
      "{\"$ref\":\"#/$defs/A\"}],\"title\":\"T\"}},\"required\":[\"a\"],"
      "\"additionalProperties\":false,\"$defs\":{\"A\":" STRING "}}" },
    { "older definitions",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":"
      "\"#/definitions/A\"}},\"required\":[\"a\"],"
      "\"definitions\":{\"A\":" STRING "}}", true, 0,
      "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/A\"}},"
      "\"required\":[\"a\"],\"additionalProperties\":false,"
      "\"$defs\":{\"A\":" STRING "}}" },
    { "a reference at the top",
      "{\"title\":\"T\",\"$defs\":{\"A\":" OPEN(STRING) "},"
      "\"$ref\":\"#/$defs/A\"}", true, 0,
      "{\"type\":\"object\",\"properties\":{\"a\":" STRING "},"
      "\"required\":[\"a\"],\"additionalProperties\":false,"
      "\"$defs\":{\"A\":" OBJECT(STRING) "}}" },
    { "bounds of other types say nothing",
      OBJECT("{\"type\":\"string\",\"minimum\":5,\"maxItems\":1}"), true, 0,
      OBJECT(STRING) },

    /* less is said */

    { "lengths", OBJECT("{\"type\":\"string\",\"minLength\":1,"
                        "\"maxLength\":9}"), true, 2, OBJECT(STRING) },
    { "other formats", OBJECT("{\"type\":\"string\",\"format\":\"uri\"}"),
      true, 1, OBJECT(STRING) },
    { "uniqueItems",
      OBJECT("{\"type\":\"array\",\"items\":" STRING ",\"uniqueItems\":true}"),
      true, 1, OBJECT("{\"type\":\"array\",\"items\":" STRING "}") },
    { "a lookahead",
      OBJECT("{\"type\":\"string\",\"pattern\":\"^(?!x)\"}"), true, 1,
      OBJECT(STRING) },
    { "a word's edge",
      OBJECT("{\"type\":\"string\",\"pattern\":\"\\\\bx\"}"), true, 1,
      OBJECT(STRING) },
    { "a backreference",
      OBJECT("{\"type\":\"string\",\"pattern\":\"(x)\\\\1\"}"), true, 1,
      OBJECT(STRING) },
    { "a property of Unicode",
      OBJECT("{\"type\":\"string\",\"pattern\":\"\\\\p{L}\"}"), true, 1,
      OBJECT(STRING) },
    { "a lazy pattern",
      OBJECT("{\"type\":\"string\",\"pattern\":\"x+?\"}"), true, 1,
      OBJECT(STRING) },
    { "a pattern of escapes",
      OBJECT("{\"type\":\"string\",\"pattern\":\"\\\\?\\\\\\\\?[?]x?\"}"),
      true, 0, NULL },
    { "oneOf",
      OBJECT("{\"oneOf\":[" STRING ",{\"type\":\"null\"}]}"), true, 1,
      OBJECT("{\"anyOf\":[" STRING ",{\"type\":\"null\"}]}") },

    /* less is said, and not strictly */

    { "allOf of two",
      OBJECT("{\"allOf\":[" STRING "," STRING "]}"), false, 1, OBJECT("{}") },
    { "not", OBJECT("{\"type\":\"string\",\"not\":{\"const\":\"x\"}}"),
      false, 1, OBJECT(STRING) },
    { "if", OBJECT("{\"if\":" STRING ",\"then\":{\"minLength\":1},"
                   "\"else\":false}"), false, 3, OBJECT("{}") },
    { "dependencies",
      OBJECT("{\"dependentRequired\":{\"a\":[\"b\"]},"
             "\"dependentSchemas\":{},\"propertyNames\":true,"
             "\"unevaluatedProperties\":false}"), false, 4, OBJECT("{}") },
    { "a number of properties",
      OBJECT("{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"null\"}},"
             "\"maxProperties\":0}"), false, 1,
      OBJECT("{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"null\"}"
             "}}") },
    { "contains",
      OBJECT("{\"type\":\"array\",\"items\":" STRING ",\"contains\":{},"
             "\"minContains\":2}"), false, 2,
      OBJECT("{\"type\":\"array\",\"items\":" STRING "}") },
    { "items behind prefixItems",
      OBJECT("{\"type\":\"array\",\"prefixItems\":[" STRING "],"
             "\"items\":false}"), false, 2, OBJECT("{\"type\":\"array\"}") },
    { "additionalProperties behind patternProperties",
      OBJECT("{\"type\":\"object\",\"patternProperties\":{\"^x\":true},"
             "\"additionalProperties\":false}"), false, 2,
      OBJECT("{\"type\":\"object\"}") },
    { "oneOf beside anyOf",
      OBJECT("{\"anyOf\":[" STRING "],\"oneOf\":[" STRING "]}"), false, 1,
      OBJECT("{\"anyOf\":[" STRING "]}") },
    { "allOf of one beside anyOf",
      OBJECT("{\"anyOf\":[" STRING "],\"allOf\":[true]}"), false, 1,
      OBJECT("{\"anyOf\":[" STRING "]}") },
    { "a reference out of the document",
      OBJECT("{\"$ref\":\"https://e.org/x\"}"), false, 1, OBJECT("{}") },
    { "a reference to an anchor",
      OBJECT("{\"$ref\":\"#x\",\"$anchor\":\"x\"}"), false, 1, OBJECT("{}") },
    { "a reference to a property",
      OBJECT("{\"$ref\":\"#/properties/a\"}"), false, 1, OBJECT("{}") },
    { "a reference to nothing",
      OBJECT("{\"$ref\":\"#/$defs/A\"}"), false, 1, OBJECT("{}") },
    { "a dynamic reference",
      OBJECT("{\"$dynamicRef\":\"#x\"}"), false, 1, OBJECT("{}") },
    { "a reference where an $id moved the base",
      "{\"type\":\"object\",\"properties\":{\"a\":{\"$id\":\"https://e.org/x\""
      ",\"$ref\":\"#/$defs/A\"}},\"$defs\":{\"A\":" STRING "}}", false, 1,
      "{\"type\":\"object\",\"properties\":{\"a\":{}},"
      "\"$defs\":{\"A\":" STRING "}}" },
    { "a definition within",
      OBJECT("{\"type\":\"string\",\"$defs\":{\"x\":true}}"), true, 0,
      OBJECT(STRING) },
    { "nothing is closed",
      "{\"type\":\"object\",\"properties\":{\"a\":" OPEN(STRING) ",\"b\":true}"
      "}", false, 0, NULL }
};


/* not an object, or one without names */

static const char *const  others[] = {
    "true", "false", "{}", "{\"type\":\"array\",\"items\":{}}",
    "{\"type\":\"string\"}", "{\"type\":[\"object\",\"null\"]}",
    "{\"type\":[\"object\",\"array\"]}", "{\"enum\":[1]}",
    "{\"anyOf\":[{\"type\":\"object\"}]}", "{\"$ref\":\"#\"}",
    "{\"$ref\":\"#/$defs/A\"}",
    "{\"$ref\":\"#/$defs/A\",\"$defs\":{\"A\":{\"type\":\"string\"}}}",
    "{\"$ref\":\"#/$defs/A\",\"$defs\":{\"A\":true}}",
    "{\"$ref\":\"#/$defs/A\",\"$defs\":{\"A\":{\"$ref\":\"#/$defs/A\"}}}",
    "{\"$ref\":\"https://e.org/\"}"
};


static agt_json_t
read_schema(agt_str_t text)
{
    agt_json_t  doc;

    if (agt_json_parse(&doc, text, NULL, unit_mem(), NULL) != AGT_OK) {
        printf("Bail out! not JSON: %.*s\n", (int) text.len, text.data);
        exit(1);
    }

    return doc;
}


static void
test_rows(void)
{
    size_t               i;
    agt_buf_t            compact;
    agt_json_t           doc, check;
    agt_codec_schema_t   schema;
    const schema_row_t  *row;

    for (i = 0; i < agt_array_n(rows); i++) {
        row = &rows[i];
        doc = read_schema(agt_str_from(row->schema));

        if (!ok(agt_codec_schema_rewrite(&schema, &doc, unit_mem()) == AGT_OK
                && schema.object && schema.named
                && schema.strict == row->strict
                && schema.dropped == row->dropped, "schema: %s", row->name))
        {
            printf("# strict %d, dropped %u\n", schema.strict,
                   schema.dropped);
        }

        agt_buf_init(&compact, unit_mem(), 1024, 65536);
        agt_json_minify(&doc, 0, &compact);
        agt_buf_char(&compact, '\0');

        is_str(schema.text, row->text != NULL ? row->text : compact.data,
               row->name);
        ok(agt_json_parse(&check, schema.text, NULL, unit_mem(), NULL)
           == AGT_OK && check.compact, "valid JSON: %s", row->name);
    }
}


static void
test_others(void)
{
    size_t              i;
    agt_json_t          doc;
    agt_codec_schema_t  schema;

    for (i = 0; i < agt_array_n(others); i++) {
        doc = read_schema(agt_str_from(others[i]));

        ok(agt_codec_schema_rewrite(&schema, &doc, unit_mem()) == AGT_OK
           && !schema.object && schema.text.len == 0, "no object: %s",
           others[i]);
    }

    doc = read_schema(agt_str_from("{\"type\":\"object\"}"));
    ok(agt_codec_schema_rewrite(&schema, &doc, unit_mem()) == AGT_OK
       && schema.object && !schema.named, "an object without names");
}


/* prefix, then n times the piece, a comma between them, then suffix */

static agt_json_t
repeat(const char *prefix, const char *piece, unsigned n, const char *comma,
    const char *suffix)
{
    unsigned   i;
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), 1024, 1 << 22);
    agt_buf_text(&buf, prefix);

    for (i = 0; i < n; i++) {
        agt_buf_text(&buf, i == 0 ? "" : comma);
        agt_buf_format(&buf, piece, i);
    }

    agt_buf_text(&buf, suffix);

    return read_schema(agt_buf_slice(&buf));
}


static bool
strict(agt_json_t doc)
{
    agt_codec_schema_t  schema;

    return agt_codec_schema_rewrite(&schema, &doc, unit_mem()) == AGT_OK
           && schema.object && schema.text.len != 0 && schema.strict;
}


static void
test_limits(void)
{
    char         text[20000];
    size_t       i;
    agt_json_t   doc;
    agt_arena_t  arena;

    agt_codec_schema_t  schema;

    static const char  open[] =
        "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":";
    static const char  values[] = "{\"type\":\"object\",\"properties\":"
                                  "{\"a\":{\"enum\":[";

    ok(strict(repeat("", open, 9, "", "{\"type\":\"null\"}"
                     "}}}}}}}}}}}}}}}}}}")), "10 levels");
    ok(!strict(repeat("", open, 10, "", "{\"type\":\"null\"}"
                      "}}}}}}}}}}}}}}}}}}}}")), "11 levels");

    ok(strict(repeat("{\"properties\":{", "\"p%u\":{\"type\":\"null\"}", 5000,
                     ",", "}}")), "5000 properties");
    ok(!strict(repeat("{\"properties\":{", "\"p%u\":{\"type\":\"null\"}", 5001,
                      ",", "}}")), "5001 properties");

    ok(strict(repeat(values, "\"v%u\"", 999, ",", ",null]}}}")),
       "1000 values of an enum");
    ok(!strict(repeat(values, "\"v%u\"", 1000, ",", ",null]}}}")),
       "1001 values of an enum");

    memset(text, 'x', sizeof(text));
    memcpy(text, "\"v%u", 4);
    memcpy(text + 60, "\"", 2);

    ok(strict(repeat(values, text, 240, ",", ",null]}}}")),
       "240 long values of an enum");
    ok(!strict(repeat(values, text, 260, ",", ",null]}}}")),
       "260 long values of an enum");

    memset(text, 'x', sizeof(text));
    memcpy(text, "\"p%u", 4);
    strcpy(text + 1200, "\":{\"type\":\"null\"}");

    ok(strict(repeat("{\"properties\":{", text, 99, ",", "}}")),
       "99 names of 1200 bytes");
    ok(!strict(repeat("{\"properties\":{", text, 101, ",", "}}")),
       "101 names of 1200 bytes");

    /* fail each allocation once */

    doc = read_schema(agt_str_from(rows[1].schema));

    for (i = 0; i < 65536; i += 16) {
        agt_arena_init(&arena, i);

        if (agt_codec_schema_rewrite(&schema, &doc, &arena.mem) == AGT_OK) {
            agt_arena_release(&arena);
            break;
        }

        agt_arena_release(&arena);
    }

    ok(i > 512 && i < 65536, "no rewriting without memory");
}


static void
test_format(void)
{
    agt_json_t    doc;
    agt_format_t  format;

    doc = read_schema(agt_str_from(OPEN("{\"type\":\"string\",\n"
                                        "\"minLength\":1}")));

    ok(agt_codec_openai.format(&format, &doc, unit_mem(), NULL) == AGT_OK
       && format.strict && format.dropped == 1
       && format.instruction.len == 0, "an object");
    is_str(format.mechanism, "json_schema", "its mechanism");
    is_str(format.members,
           "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
           "{\"name\":\"output\",\"strict\":true,\"schema\":" OBJECT(STRING)
           "}}", "its members");

    doc = read_schema(agt_str_from(OBJECT("{}")));

    ok(agt_codec_openai.format(&format, &doc, unit_mem(), NULL) == AGT_OK
       && !format.strict, "an object that is not strict");
    is_str(format.members,
           "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
           "{\"name\":\"output\",\"strict\":false,\"schema\":" OBJECT("{}")
           "}}", "its members");

    doc = read_schema(agt_str_from("{\"type\":\"object\"}"));

    ok(agt_codec_openai.format(&format, &doc, unit_mem(), NULL) == AGT_OK,
       "an object without names");
    is_str(format.mechanism, "json_object", "its mechanism");
    is_str(format.members, "\"response_format\":{\"type\":\"json_object\"}",
           "its members");
    is_str(format.instruction,
           "Answer with one JSON value and nothing else. It must be valid "
           "under this JSON Schema:\\n{\\\"type\\\":\\\"object\\\"}",
           "its instruction");

    doc = read_schema(agt_str_from("{ \"type\": \"array\" }"));

    ok(agt_codec_openai.format(&format, &doc, unit_mem(), NULL) == AGT_OK
       && format.members.len == 0, "an array");
    is_str(format.mechanism, "prompt", "its mechanism");
    is_str(format.instruction,
           "Answer with one JSON value and nothing else. It must be valid "
           "under this JSON Schema:\\n{\\\"type\\\":\\\"array\\\"}",
           "its instruction");
}


int
main(void)
{
    test_rows();
    test_others();
    test_limits();
    test_format();

    return unit_done();
}
