
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include <dirent.h>

#include "agt_generate.h"
#include "agt_plan.h"
#include "agt_schema.h"
#include "unit.h"


#define SEEDS   20


typedef struct {
    const char  *schema;
    const char  *name;
} test_schema_t;


/* what no value satisfies, and what is no schema */

static const test_schema_t  test_refused[] = {
    { "false", "false" },
    { "{\"not\": {}}", "not anything" },
    { "{\"type\": \"txt\"}", "a type that there is not" },
    { "[]", "an array is no schema" },
    { "{\"type\": \"string\", \"minLength\": 3, \"maxLength\": 2}",
      "a string of no length" },
    { "{\"type\": \"integer\", \"minimum\": 3, \"maximum\": 2}",
      "an empty interval" },
    { "{\"type\": \"integer\", \"exclusiveMinimum\": 3,"
      " \"exclusiveMaximum\": 4}", "an empty open interval" },
    { "{\"type\": \"integer\", \"minimum\": 11, \"maximum\": 19,"
      " \"multipleOf\": 10}", "no multiple within" },
    { "{\"type\": \"string\", \"enum\": [1, 2]}", "no value of the type" },
    { "{\"enum\": [1, 2], \"const\": 3}", "const is not listed" },
    { "{\"allOf\": [{\"type\": \"string\"}, {\"type\": \"number\"}]}",
      "types that exclude each other" },
    { "{\"type\": \"object\", \"required\": [\"a\"],"
      " \"properties\": {\"a\": false}}", "a required member that can't be" },
    { "{\"type\": \"object\", \"required\": [\"a\"],"
      " \"additionalProperties\": false}", "a required member not allowed" },
    { "{\"type\": \"object\", \"minProperties\": 2, \"maxProperties\": 1}",
      "more members than there may be" },
    { "{\"type\": \"array\", \"minItems\": 2, \"maxItems\": 1}",
      "more items than there may be" },
    { "{\"type\": \"array\", \"minItems\": 1, \"items\": false}",
      "an item that can't be" },
    { "{\"type\": \"array\", \"minItems\": 3, \"uniqueItems\": true,"
      " \"items\": {\"type\": \"boolean\"}}", "three different booleans" },
    { "{\"$ref\": \"#\"}", "itself" },
    { "{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"type\": \"object\","
      " \"required\": [\"a\"], \"properties\": {"
      "\"a\": {\"$ref\": \"#/$defs/a\"}}}}}", "required without end" },
    { "{\"$ref\": \"#/$defs/none\"}", "a reference to nothing" },
    { "{\"type\": \"array\", \"minItems\": 2000000}", "a list too long" },
    { "{\"type\": \"string\", \"minLength\": 2000000}", "a text too long" },
    { "{\"anyOf\": []}", "no branch" },
    { "{\"anyOf\": [false, {\"type\": \"string\", \"maxLength\": -1}]}",
      "no branch that can be" }
};


static const test_schema_t  test_schemas[] = {
    { "{}", "anything" },
    { "true", "true" },
    { "{\"type\": \"null\"}", "null" },
    { "{\"type\": \"boolean\"}", "boolean" },
    { "{\"type\": [\"string\", \"null\"]}", "nullable" },
    { "{\"type\": \"string\", \"nullable\": true}", "nullable, as OpenAPI" },

    { "{\"type\": \"integer\"}", "integer" },
    { "{\"type\": \"number\"}", "number" },
    { "{\"type\": \"number\", \"minimum\": 0, \"maximum\": 1}", "a share" },
    { "{\"type\": \"number\", \"exclusiveMinimum\": 0.001,"
      " \"exclusiveMaximum\": 0.002}", "a narrow interval" },
    { "{\"type\": \"number\", \"minimum\": 0.12345678901234567,"
      " \"maximum\": 0.12345678901234568}", "a very narrow interval" },
    { "{\"type\": \"number\", \"minimum\": -3.5, \"maximum\": -3.5}",
      "one negative number" },
    { "{\"type\": \"number\", \"exclusiveMaximum\": -1e-3}",
      "negative numbers" },
    { "{\"type\": \"number\", \"multipleOf\": 0.01, \"minimum\": 5}",
      "cents" },
    { "{\"type\": \"number\", \"multipleOf\": 1e-9}", "billionths" },
    { "{\"type\": \"integer\", \"multipleOf\": 7, \"minimum\": 700,"
      " \"maximum\": 710}", "few multiples" },
    { "{\"type\": \"integer\", \"multipleOf\": 1000}", "large multiples" },
    { "{\"type\": \"integer\", \"multipleOf\": 0.4}", "whole of fractions" },
    { "{\"allOf\": [{\"multipleOf\": 4}, {\"multipleOf\": 6}],"
      " \"type\": \"integer\", \"minimum\": 1}", "of both" },
    { "{\"type\": \"integer\", \"minimum\": 1e20}", "a large minimum" },
    { "{\"type\": \"integer\", \"maximum\": -1e400}", "a large maximum" },
    { "{\"type\": \"integer\", \"minimum\": 2.5, \"maximum\": 3.5}",
      "the integer between" },

    { "{\"type\": \"string\", \"minLength\": 200}", "a long string" },
    { "{\"type\": \"string\", \"maxLength\": 3}", "a short string" },
    { "{\"type\": \"string\", \"maxLength\": 0}", "the empty string" },
    { "{\"type\": \"string\", \"minLength\": 9, \"maxLength\": 9}",
      "a length" },
    { "{\"type\": \"string\", \"format\": \"date-time\"}", "date-time" },
    { "{\"type\": \"string\", \"format\": \"date\"}", "date" },
    { "{\"type\": \"string\", \"format\": \"time\"}", "time" },
    { "{\"type\": \"string\", \"format\": \"duration\"}", "duration" },
    { "{\"type\": \"string\", \"format\": \"email\"}", "email" },
    { "{\"type\": \"string\", \"format\": \"hostname\"}", "hostname" },
    { "{\"type\": \"string\", \"format\": \"uri\"}", "uri" },
    { "{\"type\": \"string\", \"format\": \"uuid\"}", "uuid" },
    { "{\"type\": \"string\", \"format\": \"ipv4\"}", "ipv4" },
    { "{\"type\": \"string\", \"format\": \"ipv6\"}", "ipv6" },
    { "{\"type\": \"string\", \"format\": \"regex\"}", "regex" },
    { "{\"type\": \"string\", \"format\": \"json-pointer\"}",
      "json-pointer" },
    { "{\"type\": \"string\", \"format\": \"of-our-own\"}",
      "an unknown format" },
    { "{\"type\": \"string\", \"format\": \"date\","
      " \"pattern\": \"^2[0-9]+-\"}", "a format with a pattern" },
    { "{\"format\": \"email\"}", "a format without a type" },

    { "{\"enum\": [\"a\", 1, null, {\"b\": [ 2 ]}]}", "enum" },
    { "{\"enum\": [\"a\", \"b\"], \"type\": [\"string\", \"null\"]}",
      "enum with types" },
    { "{\"allOf\": [{\"enum\": [1, 2, 3]}, {\"enum\": [3, 4, 2]}]}",
      "what two lists have in common" },
    { "{\"const\": {\"a\": \"\\u0041\\\"\"}}", "const" },
    { "{\"type\": \"string\", \"examples\": [\"red fox\", 7]}",
      "examples" },
    { "{\"type\": \"string\", \"minLength\": 9, \"examples\": [\"short\"]}",
      "examples that don't satisfy" },

    { "{\"type\": \"object\"}", "an object of which nothing is known" },
    { "{\"type\": \"object\", \"properties\": {\"title\": {\"type\":"
      " \"string\"}, \"tags\": {\"type\": \"array\", \"items\": {\"type\":"
      " \"string\"}}, \"price\": {\"type\": \"number\"}},"
      " \"required\": [\"title\", \"tags\", \"price\"],"
      " \"additionalProperties\": false}", "an object" },
    { "{\"properties\": {\"\\u0061 \\\"b\\\"\": {\"type\": \"integer\"}},"
      " \"required\": [\"a \\\"b\\\"\"], \"type\": \"object\"}",
      "names with escapes" },
    { "{\"type\": \"object\", \"required\": [\"x\", \"y\"]}",
      "required, not described" },
    { "{\"type\": \"object\", \"required\": [\"x\"],"
      " \"additionalProperties\": {\"type\": \"integer\"}}",
      "required, described for all" },
    { "{\"type\": \"object\", \"required\": [\"x1\"], \"patternProperties\":"
      " {\"^x\": {\"type\": \"integer\"}}, \"additionalProperties\": false}",
      "required, described by a pattern" },
    { "{\"type\": \"object\", \"patternProperties\": {\"^[a-f]{4}$\":"
      " {\"type\": \"boolean\"}}, \"additionalProperties\": false,"
      " \"minProperties\": 3}", "names of a pattern" },
    { "{\"type\": \"object\", \"propertyNames\": {\"pattern\": \"^k_\"},"
      " \"minProperties\": 2}", "names with a schema" },
    { "{\"type\": \"object\", \"minProperties\": 30}", "many members" },
    { "{\"type\": \"object\", \"properties\": {\"summary\": {},"
      " \"a\": {}, \"b\": {}}, \"minProperties\": 5}", "more than described" },
    { "{\"type\": \"object\", \"properties\": {\"a\": {}, \"b\": {},"
      " \"c\": {}}, \"maxProperties\": 1}", "fewer than described" },
    { "{\"type\": \"object\", \"properties\": {\"a\": {}, \"b\": {},"
      " \"c\": {}}, \"required\": [\"c\"], \"maxProperties\": 2}",
      "fewer, with one required" },
    { "{\"type\": \"object\", \"maxProperties\": 0}", "the empty object" },
    { "{\"type\": \"object\", \"properties\": {\"card\": {\"type\":"
      " \"string\"}, \"zip\": {\"type\": \"string\"}},"
      " \"dependentRequired\": {\"card\": [\"zip\", \"owner\"]}}",
      "dependentRequired" },
    { "{\"type\": \"object\", \"properties\": {\"card\": {\"type\":"
      " \"string\"}}, \"dependentSchemas\": {\"card\": {\"required\":"
      " [\"zip\"], \"properties\": {\"zip\": {\"type\": \"integer\"}}}}}",
      "dependentSchemas" },

    { "{\"type\": \"array\"}", "an array of anything" },
    { "{\"type\": \"array\", \"maxItems\": 0}", "the empty array" },
    { "{\"type\": \"array\", \"minItems\": 5, \"maxItems\": 5, \"items\":"
      " {\"type\": \"integer\"}}", "five items" },
    { "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 3,"
      " \"items\": {\"enum\": [\"a\", \"b\", \"c\"]}}", "all of a list" },
    { "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 2,"
      " \"items\": {\"type\": \"boolean\"}}", "both booleans" },
    { "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 50,"
      " \"items\": {\"type\": \"integer\", \"minimum\": 1,"
      " \"maximum\": 50}}", "fifty of fifty" },
    { "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 500,"
      " \"items\": {\"type\": \"integer\"}}", "five hundred integers" },
    { "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 100,"
      " \"items\": {\"type\": \"string\", \"maxLength\": 20}}",
      "a hundred strings" },
    { "{\"type\": \"array\", \"uniqueItems\": true, \"minItems\": 3,"
      " \"items\": {\"type\": \"object\", \"required\": [\"n\"],"
      " \"properties\": {\"n\": {\"enum\": [1, 2, 3, 4, 5, 6]}}}}",
      "different objects" },
    { "{\"type\": \"array\", \"prefixItems\": [{\"type\": \"integer\"},"
      " {\"type\": \"string\"}], \"items\": false, \"minItems\": 2}",
      "a tuple" },
    { "{\"type\": \"array\", \"prefixItems\": [{\"const\": 1}],"
      " \"items\": {\"const\": 2}, \"minItems\": 4}", "a tuple and more" },
    { "{\"type\": \"array\", \"contains\": {\"const\": 7},"
      " \"minContains\": 2, \"maxContains\": 3}", "contains" },

    { "{\"anyOf\": [{\"type\": \"null\"}, {\"type\": \"integer\"}]}",
      "anyOf null first" },
    { "{\"anyOf\": [{\"type\": \"string\", \"minLength\": 2,"
      " \"maxLength\": 1}, {\"type\": \"integer\"}]}",
      "the first branch can't be" },
    { "{\"oneOf\": [{\"type\": \"number\"}, {\"type\": \"integer\"}]}",
      "oneOf, overlapping" },
    { "{\"oneOf\": [{\"properties\": {\"kind\": {\"const\": \"a\"}},"
      " \"required\": [\"kind\"]}, {\"properties\": {\"kind\": {\"const\":"
      " \"b\"}}, \"required\": [\"kind\"]}], \"type\": \"object\"}",
      "oneOf by a tag" },
    { "{\"allOf\": [{\"anyOf\": [{\"minimum\": 5}, {\"maximum\": 3}]},"
      " {\"anyOf\": [{\"maximum\": 2}, {\"const\": 9}]}],"
      " \"type\": \"integer\"}", "branches of both that fit together" },
    { "{\"allOf\": [{\"properties\": {\"a\": {\"type\": \"integer\"}}},"
      " {\"properties\": {\"a\": {\"minimum\": 5}, \"b\": {}}},"
      " {\"required\": [\"a\", \"b\"]}], \"type\": \"object\"}", "allOf" },
    { "{\"not\": {\"type\": \"string\"}}", "not a string" },
    { "{\"type\": \"integer\", \"not\": {\"multipleOf\": 2}}", "odd" },
    { "{\"type\": \"object\", \"properties\": {\"a\": {\"enum\": [1, 2]},"
      " \"b\": {\"type\": \"string\"}}, \"required\": [\"a\"], \"if\":"
      " {\"properties\": {\"a\": {\"const\": 1}}}, \"then\": {\"required\":"
      " [\"b\"]}, \"else\": {\"not\": {\"required\": [\"b\"]}}}",
      "if, then, else" },
    { "{\"if\": false, \"then\": false, \"else\": {\"type\": \"integer\"}}",
      "else" },

    { "{\"$ref\": \"#/$defs/a~1b%25\", \"$defs\": {\"a/b%\": {\"type\":"
      " \"integer\"}}}", "a pointer with escapes" },
    { "{\"$ref\": \"#here\", \"$defs\": {\"x\": {\"$anchor\": \"here\","
      " \"type\": \"boolean\"}}}", "an anchor" },
    { "{\"$ref\": \"http://example.com/x\", \"$defs\": {\"x\": {\"$id\":"
      " \"http://example.com/x\", \"type\": \"boolean\"}}}", "an id" },
    { "{\"type\": \"object\", \"properties\": {\"value\": {\"type\":"
      " \"integer\"}, \"children\": {\"type\": \"array\", \"items\":"
      " {\"$ref\": \"#\"}}}, \"required\": [\"value\", \"children\"]}",
      "a tree" },
    { "{\"$ref\": \"#/$defs/n\", \"$defs\": {\"n\": {\"type\": \"object\","
      " \"properties\": {\"next\": {\"anyOf\": [{\"$ref\": \"#/$defs/n\"},"
      " {\"type\": \"null\"}]}}, \"required\": [\"next\"]}}}", "a list" },
    { "{\"$ref\": \"#/$defs/n\", \"$defs\": {\"n\": {\"type\": \"object\","
      " \"properties\": {\"a\": {\"$ref\": \"#/$defs/n\"}, \"b\":"
      " {\"$ref\": \"#/$defs/n\"}}}}}", "optional recursion" },
    { "{\"$ref\": \"#/$defs/a\", \"$defs\": {"
      "\"a\": {\"properties\": {\"x\": {\"$ref\": \"#/$defs/b\"},"
      " \"y\": {\"$ref\": \"#/$defs/b\"}}, \"type\": \"object\"},"
      "\"b\": {\"properties\": {\"x\": {\"$ref\": \"#/$defs/c\"},"
      " \"y\": {\"$ref\": \"#/$defs/c\"}}, \"type\": \"object\"},"
      "\"c\": {\"properties\": {\"x\": {\"$ref\": \"#/$defs/a\"},"
      " \"y\": {\"$ref\": \"#/$defs/a\"}}, \"type\": \"object\"}}}",
      "recursion that doubles" }
};


/* patterns; "max" 0 means none */

static const struct {
    const char  *pattern;
    unsigned     min;
    unsigned     max;
} test_patterns[] = {
    { "^[A-Z]{2}[0-9]{4}$", 0, 0 },
    { "^(foo|bar)-\\\\d+$", 0, 0 },
    { "^\\\\+?[1-9]\\\\d{1,14}$", 0, 0 },
    { "^[a-z0-9]+(?:-[a-z0-9]+)*$", 20, 30 },
    { "^#[0-9a-fA-F]{6}$", 0, 0 },
    { "a{3,}b?c*", 10, 12 },
    { "^.*$", 5, 5 },
    { "^[^\\\"\\\\\\\\]{3}$", 0, 0 },
    { "^\\\\w+\\\\s\\\\S+\\\\D\\\\W$", 0, 0 },
    { "\\\\u0041\\\\x42\\\\t\\\\/", 0, 0 },
    { "^\\\\p{Lu}\\\\p{L}*$", 8, 0 },
    { "^(?<year>\\\\d{4})-(?<month>0[1-9]|1[0-2])$", 0, 0 },
    { "^[\\\\d-]+$", 0, 0 },
    { "^[-a]{4}|x$", 0, 0 },
    { "^\xc3\xa9[\xc3\xa0-\xc3\xbf]+$", 0, 0 },
    { "^()(()*)+$", 0, 0 },
    { "^$", 0, 0 },
    { "abc", 40, 0 },
    { "^x?y?z?$", 3, 3 },
    { "\\\"", 0, 0 }
};


static bool
test_parse(agt_json_t *doc, agt_str_t text)
{
    return agt_json_parse(doc, text, NULL, unit_mem(), NULL) == AGT_OK;
}


/* whether values of several seeds satisfy; explains the first that does not */

static bool
test_values(const agt_json_t *doc, const char *name)
{
    int                      rc;
    agt_buf_t                buf;
    agt_json_t               value;
    agt_error_t              err;
    agt_schema_t            *schema;
    agt_generate_t          *gen;
    agt_schema_report_t      report;
    agt_generate_options_t   options = { 0, agt_null_string, 0 };

    agt_error_init(&err);

    rc = agt_generate_compile(&gen, doc, unit_mem(), &err);
    if (rc != AGT_OK) {
        printf("# %s: %s\n", name, err.message);
        return false;
    }

    if (agt_schema_compile(&schema, doc, NULL, true, unit_mem(), NULL)
        != AGT_OK)
    {
        return false;
    }

    for (options.seed = 100; options.seed < 100 + SEEDS; options.seed++) {

        agt_buf_init(&buf, unit_mem(), 256, AGT_GENERATE_SIZE);
        memset(&report, 0, sizeof(agt_schema_report_t));

        rc = agt_generate_value(gen, &options, unit_mem(), &buf);

        if (rc != AGT_OK
            || !test_parse(&value, agt_buf_slice(&buf))
            || agt_schema_check(schema, &value, 0, unit_mem(), &report)
               != AGT_OK)
        {
            printf("# %s: seed %u, rc %d: %.*s\n", name,
                   (unsigned) options.seed, rc, (int) agt_min(buf.len, 500u),
                   buf.data);

            if (report.n != 0) {
                printf("# %.*s: %.*s\n", (int) report.violations[0].pointer.len,
                       report.violations[0].pointer.data,
                       (int) report.violations[0].message.len,
                       report.violations[0].message.data);
            }

            rc = AGT_DECLINED;
            break;
        }
    }

    agt_schema_release(schema);
    agt_generate_release(gen);

    return rc == AGT_OK;
}


static void
test_refusals(void)
{
    int              rc;
    size_t           i;
    agt_json_t       doc;
    agt_error_t      err;
    agt_generate_t  *gen;

    for (i = 0; i < agt_array_n(test_refused); i++) {
        agt_error_init(&err);

        rc = AGT_ERROR;

        if (test_parse(&doc, agt_str_from(test_refused[i].schema))) {
            rc = agt_generate_compile(&gen, &doc, unit_mem(), &err);
        }

        ok(rc == AGT_DECLINED && err.set, "refused: %s", test_refused[i].name);
        unit_mem_reset();
    }
}


static void
test_satisfies(void)
{
    size_t      i;
    agt_json_t  doc;

    for (i = 0; i < agt_array_n(test_schemas); i++) {
        ok(test_parse(&doc, agt_str_from(test_schemas[i].schema))
           && test_values(&doc, test_schemas[i].name),
           "satisfies: %s", test_schemas[i].name);
        unit_mem_reset();
    }
}


static void
test_pattern(void)
{
    char        schema[512];
    size_t      i;
    unsigned    max;
    agt_json_t  doc;

    for (i = 0; i < agt_array_n(test_patterns); i++) {
        max = test_patterns[i].max;

        (void) snprintf(schema, sizeof(schema), "{\"type\": \"string\", "
                        "\"pattern\": \"%s\", \"minLength\": %u, "
                        "\"maxLength\": %u}", test_patterns[i].pattern,
                        test_patterns[i].min, max != 0 ? max : 1000);

        ok(test_parse(&doc, agt_str_from(schema))
           && test_values(&doc, test_patterns[i].pattern),
           "matches: %s", test_patterns[i].pattern);
        unit_mem_reset();
    }
}


/* what the reader of patterns does not know has to be said, not guessed */

static void
test_pattern_unknown(void)
{
    size_t          i;
    agt_pattern_t  *pattern;

    static const char *const  unknown[] = {
        "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a", "a)", "[a", "[]", "*",
        "a{2,1}", "a{20000}", "\\1", "\\k<a>", "\\b", "\\p{Script=Greek}",
        "\\", "\\ud800", "\\xg0", "(((((((((((((((((a)))))))))))))))))",
        "(?<a", "[\\", "[a-\\d]"
    };

    for (i = 0; i < agt_array_n(unknown); i++) {
        ok(agt_pattern_parse(&pattern, agt_str_from(unknown[i]), unit_mem())
           == AGT_DECLINED, "not known: %s", unknown[i]);
    }

    unit_mem_reset();
}


static agt_str_t
test_generate(const char *schema, const agt_generate_options_t *options,
    bool broken)
{
    int              rc;
    agt_buf_t        buf;
    agt_json_t       doc;
    agt_generate_t  *gen;

    agt_buf_init(&buf, unit_mem(), 256, AGT_GENERATE_SIZE);

    if (!test_parse(&doc, agt_str_from(schema))
        || agt_generate_compile(&gen, &doc, unit_mem(), NULL) != AGT_OK)
    {
        return agt_str_from("not compiled");
    }

    rc = broken ? agt_generate_broken(gen, options, unit_mem(), &buf)
                : agt_generate_value(gen, options, unit_mem(), &buf);

    agt_generate_release(gen);

    return rc == AGT_OK ? agt_buf_slice(&buf) : agt_str_from("failed");
}


static void
test_options(void)
{
    agt_str_t               a, b;
    agt_generate_options_t  options = { 1, agt_null_string, 0 };

    static const char  object[] =
        "{\"type\": \"object\", \"properties\": {\"at\": {\"type\":"
        " \"string\", \"format\": \"date\"}, \"n\": {\"type\": [\"object\","
        " \"null\"], \"properties\": {\"text\": {\"type\": \"string\","
        " \"maxLength\": 2000}}}, \"z\": {\"const\": 1}},"
        " \"required\": [\"at\", \"z\"]}";

    a = test_generate(object, &options, false);
    b = test_generate(object, &options, false);
    ok(agt_str_eq(a, b), "the same seed, the same value");

    options.seed = 2;
    b = test_generate(object, &options, false);
    ok(!agt_str_eq(a, b), "another seed, another value");

    options.lead = agt_str_from("Tell me \"why\"\n\xc3\xa9");
    a = test_generate(object, &options, false);
    ok(strstr(a.data, "\"text\":\"Tell me \\\"why\\\"\\n\xc3\xa9\"") != NULL,
       "the lead is the first free string, optional or not");

    is_str(test_generate("{\"type\": \"string\", \"maxLength\": 16}", &options,
                         false),
           "\"Tell me \\\"why\\\"\\n\xc3\xa9\"", "a lead as long as it may be");
    is_str(test_generate("{\"type\": \"string\", \"maxLength\": 4}", &options,
                         false), "\"Tell\"", "a lead is cut");
    ok(test_generate("{\"type\": \"string\", \"minLength\": 50}", &options,
                     false).len >= 52, "a lead is filled up");

    options.lead = agt_str_from("\xc3\xa9\xc3\xa9\xc3\xa9");
    is_str(test_generate("{\"type\": \"string\", \"maxLength\": 2}", &options,
                         false), "\"\xc3\xa9\xc3\xa9\"",
           "a lead is cut between characters");

    options.lead.len = 0;
    options.size = 1000;
    a = test_generate(object, &options, false);
    ok(a.len == 1000, "a value grows to the wanted size");

    options.size = 5000;
    a = test_generate(object, &options, false);
    ok(a.len > 2000 && a.len < 2200, "but not over maxLength");

    options.size = 10;
    a = test_generate(object, &options, false);
    ok(a.len > 20, "and it does not shrink");

    options.size = 100;
    is_str(test_generate("{\"const\": 1}", &options, false), "1",
           "nothing that could grow");
}


static void
test_broken(void)
{
    int                      rc;
    size_t                   i;
    agt_str_t                text;
    agt_json_t               doc, value;
    agt_schema_t            *schema;
    agt_generate_options_t   options = { 1, agt_null_string, 0 };

    static const char *const  schemas[] = {
        "{\"type\": \"object\", \"properties\": {\"a\": {\"type\":"
        " \"string\"}, \"b\": {\"type\": \"integer\"}}, \"required\":"
        " [\"a\", \"b\"]}",
        "{\"type\": \"object\"}",
        "{\"type\": \"array\", \"items\": {}}",
        "{\"enum\": [1, 2]}",
        "{\"properties\": {\"a\": {}, \"b\": {\"type\": \"null\"}}}"
    };

    for (i = 0; i < agt_array_n(schemas); i++) {
        for (options.seed = 0; options.seed < SEEDS; options.seed++) {
            text = test_generate(schemas[i], &options, true);

            rc = AGT_ERROR;

            if (test_parse(&doc, agt_str_from(schemas[i]))
                && test_parse(&value, text)
                && agt_schema_compile(&schema, &doc, NULL, true, unit_mem(),
                                      NULL) == AGT_OK)
            {
                rc = agt_schema_check(schema, &value, 0, unit_mem(), NULL);
                agt_schema_release(schema);
            }

            if (rc != AGT_DECLINED) {
                break;
            }
        }

        ok(rc == AGT_DECLINED, "breaks: %s", schemas[i]);
        unit_mem_reset();
    }

    is_str(test_generate("{}", &options, true), "failed",
           "nothing breaks the empty schema");
}


static void
test_text(void)
{
    agt_buf_t               buf;
    agt_generate_options_t  options = { 1, agt_null_string, 0 };

    agt_buf_init(&buf, unit_mem(), 64, 10000);
    ok(agt_generate_text(&options, &buf) == AGT_OK && buf.len > 40
       && buf.data[buf.len - 1] == '.', "a text");

    agt_buf_reset(&buf);
    options.size = 3000;
    ok(agt_generate_text(&options, &buf) == AGT_OK && buf.len == 3000,
       "a text of a size");

    agt_buf_reset(&buf);
    options.lead = agt_str_from("yes");
    agt_generate_text(&options, &buf);
    is_str(agt_buf_slice(&buf), "yes", "a text that is given");

    agt_buf_init(&buf, unit_mem(), 64, 100);
    options.lead.len = 0;
    ok(agt_generate_text(&options, &buf) == AGT_ERROR && buf.full,
       "a text without room");
}


/*
 * Each schema of the official suite that has a valid instance: what is made
 * for it satisfies.  Those that are refused are counted, and may not become
 * more.
 */

static unsigned
test_suite_group(const agt_json_t *suite, uint32_t group, unsigned *wrong,
    unsigned *refused)
{
    uint32_t         i, tests, valid, schema;
    agt_buf_t        buf;
    agt_json_t       doc;
    agt_generate_t  *gen;

    tests = agt_json_member(suite, group, agt_str_from("tests"));

    for (i = tests + 1; i < suite->nodes[tests].next;
         i = suite->nodes[i].next)
    {
        valid = agt_json_member(suite, i, agt_str_from("valid"));

        if (suite->nodes[valid].flags & AGT_JSON_TRUE) {
            break;
        }
    }

    if (i >= suite->nodes[tests].next) {
        return 0;
    }

    schema = agt_json_member(suite, group, agt_str_from("schema"));

    agt_buf_init(&buf, unit_mem(), 256, 100000);
    agt_json_minify(suite, schema, &buf);

    if (!test_parse(&doc, agt_buf_slice(&buf))) {
        (*wrong)++;

    } else if (agt_generate_compile(&gen, &doc, unit_mem(), NULL) != AGT_OK) {
        (*refused)++;
        printf("# refused: %.*s\n", (int) buf.len, buf.data);

    } else {
        agt_generate_release(gen);
        *wrong += !test_values(&doc, "suite");
    }

    return 1;
}


static void
test_suite(void)
{
    DIR            *dir;
    char            path[512];
    unsigned        n, wrong, refused;
    uint32_t        i;
    agt_json_t      suite;
    struct dirent  *entry;

    static const char  root[] =
        "t/data/json-schema-test-suite/tests/draft2020-12";

    n = 0;
    wrong = 0;
    refused = 0;

    dir = opendir(root);

    if (!ok(dir != NULL, "the suite is there")) {
        return;
    }

    for ( ;; ) {
        entry = readdir(dir);
        if (entry == NULL) {
            break;
        }

        (void) snprintf(path, sizeof(path), "%s/%s", root, entry->d_name);

        if (strstr(path, ".json") == NULL) {
            continue;
        }

        if (!test_parse(&suite, unit_file(path))) {
            wrong++;
            continue;
        }

        for (i = 1; i < suite.n; i = suite.nodes[i].next) {
            n += test_suite_group(&suite, i, &wrong, &refused);
        }

        unit_mem_reset();
    }

    closedir(dir);

    printf("# %u schemas, %u refused\n", n, refused);

    ok(n > 300, "the suite has schemas");
    ok(wrong == 0, "what is made for them satisfies");
    ok(refused < n / 8, "few of them are refused");
}


int
main(void)
{
    test_refusals();
    test_satisfies();
    test_pattern();
    test_pattern_unknown();
    test_options();
    test_broken();
    test_text();
    test_suite();

    return unit_done();
}
