
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What the public suite does not ask: messages, pointers, limits, and what
 * schemas and instances do that mean harm.
 */


#include "agt_schema.h"
#include "unit.h"


typedef struct {
    const char  *name;
    const char  *schema;
    const char  *pointer;
    const char  *message;      /* how it begins */
    uint32_t     line;
    uint32_t     column;
} test_invalid_t;


/* expected: a line for each violation, "pointer keyword: message" */

typedef struct {
    const char  *name;
    const char  *schema;
    const char  *instance;
    const char  *expected;
} test_violation_t;


typedef struct {
    const char  *name;
    const char  *schema;
    const char  *instance;
    int          expected;
} test_answer_t;


typedef struct {
    agt_mem_t   mem;
    agt_mem_t  *inner;
    long        left;          /* allocations that succeed */
} test_memory_t;


#define YES  AGT_OK
#define NO   AGT_DECLINED

#define D2020  "https://json-schema.org/draft/2020-12/schema"

#define X40    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X400   X40 X40 X40 X40 X40 X40 X40 X40 X40 X40


static const test_invalid_t  test_invalids[] = {
    { "no schema at all", "5", "",
      "a schema must be object or boolean, not number", 1, 1 },
    { "no schema as a property", "{\"properties\":\n {\"a\": null}}",
      "/properties/a", "\"a\" must be boolean or object, not null", 2, 8 },
    { "type that does not exist", "{\"type\": \"strnig\"}", "/type",
      "\"type\" must match one of 2 alternatives; by the nearest, it must be"
      " one of \"array\"", 1, 10 },
    { "types twice", "{\"type\": [\"null\", \"null\"]}", "/type",
      "\"type\" must match one of 2 alternatives; by the nearest, it must not"
      " have equal items", 1, 10 },
    { "length as a string", "{\"minLength\": \"3\"}", "/minLength",
      "\"minLength\" must be integer, not string", 1, 15 },
    { "negative length", "{\"maxLength\": -1}", "/maxLength",
      "\"maxLength\" must be at least 0", 1, 15 },
    { "length with a fraction", "{\"maxItems\": 1.5}", "/maxItems",
      "\"maxItems\" must be integer, not a number with a fraction", 1, 14 },
    { "required twice", "{\"required\": [\"a\", \"a\"]}", "/required",
      "\"required\" must not have equal items, as 0 and 1 are", 1, 14 },
    { "required number", "{\"required\": [\"a\", 1]}", "/required/1",
      "\"required/1\" must be string, not number", 1, 20 },
    { "no alternatives", "{\"anyOf\": []}", "/anyOf",
      "\"anyOf\" must have at least 1 item", 1, 11 },
    { "multiple of nothing", "{\"multipleOf\": 0}", "/multipleOf",
      "\"multipleOf\" must be greater than 0", 1, 16 },
    { "items in an array", "{\"items\": [{}]}", "/items",
      "\"items\" must be boolean or object, not array", 1, 11 },
    { "deep inside",
      "{\"$defs\": {\"a\": {\"items\": {\"allOf\": [{\"enum\": 1}]}}}}",
      "/$defs/a/items/allOf/0/enum", "\"enum\" must be array, not number",
      1, 47 },
    { "dialect that is not known",
      "{\"$schema\": \"http://json-schema.org/draft-07/schema#\"}",
      "/$schema", "\"$schema\" must be \"" D2020 "\"", 1, 13 },
    { "pattern that is none", "{\"pattern\": \"(a\"}", "/pattern",
      "invalid regular expression: \"(\" is not closed", 1, 13 },
    { "pattern that can't be had", "{\"pattern\": \"(?<=a+)b\"}", "/pattern",
      "invalid regular expression: ", 1, 13 },
    { "pattern as a name", "{\"patternProperties\": {\"[\": true}}",
      "/patternProperties/[",
      "invalid regular expression: \"[\" is not closed", 1, 24 },
    { "reference to nothing", "{\"$ref\": \"#/$defs/a\"}", "/$ref",
      "the reference leads nowhere: no \"/$defs\"", 1, 10 },
    { "reference to no anchor", "{\"$ref\": \"#a\"}", "/$ref",
      "the reference leads nowhere: no anchor \"a\"", 1, 10 },
    { "reference elsewhere", "{\"$ref\": \"http://example.com/a\"}", "/$ref",
      "the reference leads nowhere: no schema \"http://example.com/a\" is"
      " known, and none is fetched", 1, 10 },
    { "reference to no schema", "{\"$ref\": \"#/type\", \"type\": \"null\"}",
      "/$ref", "a schema must be object or boolean, not string", 1, 10 },
    { "index that is none", "{\"$ref\": \"#/allOf/01\", \"allOf\": [{}, {}]}",
      "/$ref", "the reference leads nowhere: no \"/allOf/01\"", 1, 10 },
    { "index beyond the end", "{\"$ref\": \"#/allOf/2\", \"allOf\": [{}, {}]}",
      "/$ref", "the reference leads nowhere: no \"/allOf/2\"", 1, 10 },
    { "broken escape of a pointer", "{\"$ref\": \"#/$defs/~2\","
      " \"$defs\": {\"~2\": {}}}", "/$ref",
      "the reference leads nowhere: no \"/$defs/~2\"", 1, 10 },
    { "broken escape of a fragment", "{\"$ref\": \"#/%4\"}", "/$ref",
      "the fragment is not valid", 1, 10 },
    { "reference to itself", "{\"$ref\": \"#\"}", "",
      "leads back to itself", 1, 1 },
    { "references in a circle",
      "{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"$ref\": \"#/$defs/b\"},"
      " \"b\": {\"anyOf\": [true, {\"$ref\": \"#/$defs/a\"}]}}}",
      "/$defs/b/anyOf/1", "leads back to itself", 1, 83 },
    { "condition that leads back",
      "{\"if\": {\"type\": \"null\"}, \"then\": {\"$ref\": \"#\"}}", "/then",
      "leads back to itself", 1, 34 },
    { "dependency that leads back",
      "{\"dependentSchemas\": {\"a\": {\"not\": {\"$ref\": \"#\"}}}}",
      "/dependentSchemas/a/not", "leads back to itself", 1, 36 },
    { "anchor twice", "{\"$anchor\": \"a\","
      " \"$defs\": {\"b\": {\"$anchor\": \"a\"}}}",
      "/$defs/b/$anchor", "\"a\" is already the name", 1, 45 },
    { "identifier twice", "{\"$defs\": {\"a\": {\"$id\": \"x\"},"
      " \"b\": {\"$id\": \"./x\"}}}",
      "/$defs/b/$id", "\"x\" is already the name", 1, 44 },
    { "identifier with a fragment", "{\"$id\": \"#a\"}", "/$id",
      "\"$id\" must match pattern", 1, 9 },
    { "anchor that is no name", "{\"$anchor\": \"a b\"}", "/$anchor",
      "\"$anchor\" must match pattern", 1, 13 },
    { "no vocabulary", "{\"$vocabulary\": 5}", "/$vocabulary",
      "\"$vocabulary\" must be object, not number", 1, 17 },
    { "dependency of a string", "{\"dependentRequired\": {\"a\": \"b\"}}",
      "/dependentRequired/a", "\"a\" must be array, not string", 1, 29 },
    { "key with an escape", "{\"min\\u0049tems\": \"1\"}", "/minItems",
      "\"minItems\" must be integer, not string", 1, 19 }
};


static const test_violation_t  test_violations[] = {
    { "types", "{\"type\": [\"integer\", \"null\"]}", "\"a\"",
      " type: must be integer or null, not string\n" },
    { "three types", "{\"type\": [\"null\", \"array\", \"string\"]}", "1",
      " type: must be string, array or null, not number\n" },
    { "number that is no integer", "{\"type\": \"integer\"}", "1.5",
      " type: must be integer, not a number with a fraction\n" },
    { "integer and number", "{\"type\": [\"integer\", \"number\"]}", "null",
      " type: must be number, not null\n" },
    { "nothing is valid", "false", "1", " false: is not allowed here\n" },
    { "limits of numbers",
      "{\"minimum\": 1, \"exclusiveMinimum\": 2, \"maximum\": -1,"
      " \"exclusiveMaximum\": -2.50, \"multipleOf\": 0.3}", "0.5",
      " maximum: must be at most -1\n"
      " exclusiveMaximum: must be less than -2.50\n"
      " minimum: must be at least 1\n"
      " exclusiveMinimum: must be greater than 2\n"
      " multipleOf: must be a multiple of 0.3\n" },
    { "lengths", "{\"minLength\": 3, \"maxLength\": 1}", "\"\\u00e9\\u00e9\"",
      " maxLength: must have at most 1 character\n"
      " minLength: must have at least 3 characters\n" },
    { "counts of items", "{\"minItems\": 3, \"maxItems\": 1}", "[1, 2]",
      " maxItems: must have at most 1 item, not 2\n"
      " minItems: must have at least 3 items, not 2\n" },
    { "counts of properties", "{\"minProperties\": 3, \"maxProperties\": 1}",
      "{\"a\": 1, \"b\": 2}",
      " maxProperties: must have at most 1 property, not 2\n"
      " minProperties: must have at least 3 properties, not 2\n" },
    { "enum", "{\"enum\": [\"a\", \"b\", 1, null, {\"c\": []}]}", "\"c\"",
      " enum: must be one of \"a\", \"b\", 1, null, {\"c\": []}\n" },
    { "const", "{\"const\": \"a\"}", "\"b\"", " const: must be \"a\"\n" },
    { "pattern and format", "{\"pattern\": \"^\\\\d+$\", \"format\": \"date\"}",
      "\"x\"",
      " format: must match format \"date\"\n"
      " pattern: must match pattern \"^\\d+$\"\n" },
    { "required",
      "{\"properties\": {\"o\": {\"required\": [\"a\", \"b\", \"c\"]}}}",
      "{\"o\": {\"b\": 1}}",
      "/o required: \"a\" is required\n"
      "/o required: \"c\" is required\n" },
    { "required with others",
      "{\"dependentRequired\": {\"a\": [\"b\", \"c\"]}}",
      "{\"a\": 1, \"c\": 1}",
      " dependentRequired: \"b\" is required with \"a\"\n" },
    { "additional properties",
      "{\"properties\": {\"a\": false}, \"patternProperties\": {\"^x\": false},"
      " \"additionalProperties\": false}",
      "{\"a\": 1, \"xy\": 2, \"b/c~\": 3}",
      "/a properties: is not allowed here\n"
      "/xy patternProperties: is not allowed here\n"
      "/b~1c~0 additionalProperties: is not allowed here\n" },
    { "additional properties by a schema",
      "{\"additionalProperties\": {\"type\": \"null\"}}", "{\"a\": 1}",
      "/a type: must be null, not number\n" },
    { "names", "{\"propertyNames\": {\"maxLength\": 1, \"pattern\": \"^a\"}}",
      "{\"bb\": 1, \"a\": 2}",
      "/bb maxLength: name must have at most 1 character\n"
      "/bb pattern: name must match pattern \"^a\"\n" },
    { "names, and none of them", "{\"propertyNames\": false}", "{\"a\": 1}",
      "/a propertyNames: name is not allowed here\n" },
    { "values are not names after names",
      "{\"propertyNames\": {\"maxLength\": 1}, \"unevaluatedProperties\":"
      " {\"type\": \"null\"}}", "{\"a\": 1}",
      "/a type: must be null, not number\n" },
    { "unevaluated properties", "{\"allOf\": [{\"properties\": {\"a\": true}}],"
      " \"unevaluatedProperties\": false}", "{\"a\": 1, \"b\": 2}",
      "/b unevaluatedProperties: is not allowed here\n" },
    { "a property that is wrong was evaluated",
      "{\"allOf\": [{\"properties\": {\"a\": {\"type\": \"null\"}}}],"
      " \"unevaluatedProperties\": false}", "{\"a\": 1}",
      "/a type: must be null, not number\n" },
    { "unevaluated items",
      "{\"prefixItems\": [true], \"unevaluatedItems\": false}",
      "[1, 2, 3]",
      "/1 unevaluatedItems: is not allowed here\n"
      "/2 unevaluatedItems: is not allowed here\n" },
    { "items",
      "{\"prefixItems\": [{\"type\": \"null\"}, false], \"items\": false}",
      "[1, 2, 3]",
      "/0 type: must be null, not number\n"
      "/1 prefixItems: is not allowed here\n"
      "/2 items: is not allowed here\n" },
    { "unique items", "{\"uniqueItems\": true}",
      "[{\"a\": 1, \"b\": [1.0]}, 2, {\"b\": [1e0], \"a\": 10e-1}]",
      " uniqueItems: must not have equal items, as 0 and 2 are\n" },
    { "too few found",
      "{\"contains\": {\"type\": \"null\"}, \"minContains\": 2}",
      "[null, 1]",
      " contains: must contain at least 2 matching items, not 1\n" },
    { "too many found",
      "{\"contains\": {\"type\": \"null\"}, \"maxContains\": 1}",
      "[null, null]",
      " contains: must contain at most 1 matching item, not 2\n" },
    { "alternatives of types",
      "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": [\"null\","
      " \"integer\"]}]}",
      "[]", " anyOf: must be string, integer or null, not array\n" },
    { "alternatives, and none at all", "{\"anyOf\": [false, false]}", "[]",
      " anyOf: must match one of 2 alternatives\n" },
    { "the nearest alternative has the right constant",
      "{\"oneOf\": [{\"properties\": {\"t\": {\"const\": \"a\"},"
      " \"v\": {\"type\": \"null\"}}}, {\"properties\": {\"t\": {\"const\":"
      " \"b\"},"
      " \"v\": {\"minLength\": 2}}}]}", "{\"t\": \"b\", \"v\": \"x\"}",
      " oneOf: must match one of 2 alternatives; by the nearest, \"/v\" must"
      " have at least 2 characters\n" },
    { "the nearest alternative has the right type",
      "{\"anyOf\": [{\"type\": \"string\"}, {\"minimum\": 5}]}", "3",
      " anyOf: must match one of 2 alternatives; by the nearest, it must be at"
      " least 5\n" },
    { "alternatives in alternatives",
      "{\"anyOf\": [{\"type\": \"null\"}, {\"anyOf\": [{\"type\": \"string\"},"
      " {\"items\": {\"type\": \"null\"}}]}]}", "[1]",
      " anyOf: must match one of 2 alternatives; by the nearest, it must match"
      " one of 2 alternatives; by the nearest, \"/0\" must be null, not"
      " number\n" },
    { "more than one", "{\"oneOf\": [{\"type\": \"null\"}, true, true]}", "1",
      " oneOf: must match exactly one of 3 alternatives, not both 1 and 2\n" },
    { "not", "{\"not\": {}}", "1",
      " not: must not match the schema in \"not\"\n" },
    { "then and else", "{\"if\": {\"type\": \"null\"}, \"then\": false,"
      " \"else\": {\"minimum\": 1}}", "0", " minimum: must be at least 1\n" },
    { "then", "{\"if\": true, \"then\": false}", "0",
      " then: is not allowed here\n" },
    { "by reference",
      "{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": false}}", "0",
      " $ref: is not allowed here\n" },
    { "a name with an escape", "{\"required\": [\"\\u00e9\\n\"]}", "{}",
      " required: \"\xc3\xa9\n\" is required\n" },
    { "strings with escapes",
      "{\"properties\": {\"\\u0061\": {\"enum\": [\"\\u0062\"]}}}",
      "{\"\\u0061\": \"\\u0063\"}", "/a enum: must be \"\\u0062\"\n" }
};


static const test_answer_t  test_answers[] = {

    /* escapes do not matter */

    { "escaped key", "{\"properties\": {\"a\": false}}", "{\"\\u0061\": 1}",
      NO },
    { "escaped keyword", "{\"typ\\u0065\": \"null\"}", "1", NO },
    { "escaped enum", "{\"enum\": [\"\\u0061\\n\"]}", "\"a\\u000a\"", YES },
    { "escaped values in an object", "{\"const\": {\"a\": [\"\\u0062\"]}}",
      "{\"\\u0061\": [\"\\u0062\"]}", YES },
    { "escaped surrogates have one length", "{\"maxLength\": 1}",
      "\"\\ud83d\\udca9\"", YES },
    { "escaped pattern", "{\"pattern\": \"^a$\"}", "\"\\u0061\"", YES },
    { "escaped required", "{\"required\": [\"\\u0061\"]}", "{\"a\": 1}", YES },

    /* values */

    { "large enum of strings",
      "{\"enum\": [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\","
      "\"g\",\"h\",\"i\",\"j\"]}", "\"j\"", YES },
    { "large enum of strings, not", "{\"enum\": [\"a\",\"b\",\"c\",\"d\",\"e\","
      "\"f\",\"g\",\"h\",\"i\",\"j\"]}", "\"k\"", NO },
    { "enum of numbers", "{\"enum\": [1.50, 2]}", "15e-1", YES },
    { "enum of long numbers", "{\"enum\": [1234567890123456789012]}",
      "1234567890123456789013", NO },
    { "objects with one key too many", "{\"const\": {\"a\": 1}}",
      "{\"a\": 1, \"b\": 1}", NO },
    { "objects with another key", "{\"const\": {\"a\": 1}}", "{\"b\": 1}", NO },
    { "objects in another order", "{\"const\": {\"a\": 1, \"b\": 2, \"c\": 3}}",
      "{\"c\": 3, \"b\": 2, \"a\": 1}", YES },
    { "arrays in another order", "{\"const\": [1, 2]}", "[2, 1]", NO },
    { "the longest uint64", "{\"maximum\": 18446744073709551615}",
      "18446744073709551616", NO },
    { "fractions beside an integer", "{\"maximum\": 3}", "3.000001", NO },
    { "negative fractions beside an integer", "{\"minimum\": -3}", "-3.1", NO },
    { "zeros beside an integer", "{\"exclusiveMaximum\": 3}", "3.000", NO },
    { "exponent beside an integer", "{\"maximum\": 3}", "3e1", NO },
    { "length beyond counting", "{\"maxLength\": 1e400}", "\"a\"", YES },
    { "length never reached", "{\"minLength\": 1e400}", "\"a\"", NO },
    { "huge exponent of a multiple", "{\"multipleOf\": 0.1}", "1e999999999",
      YES },
    { "tiny exponent of a multiple", "{\"multipleOf\": 0.1}", "1e-999999999",
      NO },

    /* where keywords are, and where not */

    { "unknown format", "{\"format\": \"nothing\"}", "\"a\"", YES },
    { "siblings of a reference", "{\"$ref\": \"#/$defs/a\", \"maximum\": 1,"
      " \"$defs\": {\"a\": {}}}", "2", NO },
    { "no schema in an enum", "{\"enum\": [{\"$ref\": \"#/nowhere\"}]}",
      "{\"$ref\": \"#/nowhere\"}", YES },
    { "older dialect", "{\"$schema\":"
      " \"https://json-schema.org/draft/2019-09/schema\", \"items\":"
      " [{\"type\": \"null\"}], \"additionalItems\": false}", "[null, 1]", NO },
    { "older dialect, recursive", "{\"$schema\":"
      " \"https://json-schema.org/draft/2019-09/schema\","
      " \"$recursiveAnchor\": true, \"type\": [\"object\", \"null\"],"
      " \"additionalProperties\": {\"$recursiveRef\": \"#\"}}",
      "{\"a\": {\"b\": 1}}", NO },
    { "empty fragment of a dialect", "{\"$schema\": \"" D2020 "#\","
      " \"type\": \"null\"}", "1", NO },
    { "reference to a meta-schema", "{\"$ref\": \"" D2020 "\"}",
      "{\"type\": 1}", NO },
    { "tree", "{\"properties\": {\"left\": {\"$ref\": \"#\"},"
      " \"value\": {\"type\": \"integer\"}}, \"required\": [\"value\"]}",
      "{\"value\": 1, \"left\": {\"value\": 2, \"left\": {}}}", NO }
};


static agt_json_t
test_json(const char *text)
{
    agt_json_t   doc;
    agt_error_t  err;

    agt_error_init(&err);

    if (agt_json_parse(&doc, agt_str_from(text), NULL, unit_mem(), &err)
        != AGT_OK)
    {
        printf("# %s: %s\n", text, err.message);
        exit(1);
    }

    return doc;
}


/* the document lives as long as the schema: it is never freed here */

static agt_schema_t *
test_compile(const char *text)
{
    agt_json_t    *doc;
    agt_error_t    err;
    agt_schema_t  *schema;

    doc = agt_alloc(unit_mem(), sizeof(agt_json_t));
    *doc = test_json(text);

    agt_error_init(&err);

    if (agt_schema_compile(&schema, doc, NULL, true, unit_mem(), &err)
        != AGT_OK)
    {
        printf("# %s: %s: %s\n", text, err.pointer, err.message);
        return NULL;
    }

    return schema;
}


static void
test_compiling(void)
{
    int                    rc;
    size_t                 i;
    agt_json_t             doc;
    agt_error_t            err;
    agt_schema_t          *schema;
    const test_invalid_t  *t;

    for (i = 0; i < agt_array_n(test_invalids); i++) {
        t = &test_invalids[i];
        doc = test_json(t->schema);

        agt_error_init(&err);
        rc = agt_schema_compile(&schema, &doc, NULL, true, unit_mem(), &err);

        if (!ok(rc == AGT_DECLINED && schema == NULL
                && strncmp(err.message, t->message, strlen(t->message)) == 0
                && strcmp(err.pointer, t->pointer) == 0
                && err.line == t->line && err.column == t->column,
                "compile: %s", t->name))
        {
            printf("# %d %u:%u %s: %s\n", rc, err.line, err.column,
                   err.pointer, err.message);
            agt_schema_release(schema);
        }
    }
}


static void
test_reports(void)
{
    int                      rc;
    size_t                   i;
    uint32_t                 k;
    agt_buf_t                buf;
    agt_json_t               doc;
    agt_schema_t            *schema;
    agt_schema_report_t      report;
    const agt_violation_t   *v;
    const test_violation_t  *t;

    for (i = 0; i < agt_array_n(test_violations); i++) {
        t = &test_violations[i];
        schema = test_compile(t->schema);

        if (schema == NULL) {
            ok(false, "violation: %s", t->name);
            continue;
        }

        doc = test_json(t->instance);
        agt_buf_init(&buf, unit_mem(), 0, 10000);

        memset(&report, 0, sizeof(report));
        rc = agt_schema_check(schema, &doc, 0, unit_mem(), &report);

        for (k = 0; k < report.n; k++) {
            v = &report.violations[k];
            agt_buf_format(&buf, "%.*s %.*s: %.*s\n",
                           (int) v->pointer.len, v->pointer.data,
                           (int) v->keyword.len, v->keyword.data,
                           (int) v->message.len, v->message.data);
        }

        is_str(agt_buf_slice(&buf), t->expected, t->name);

        ok(rc == AGT_DECLINED && report.total == report.n && !report.exhausted
           && agt_schema_check(schema, &doc, 0, unit_mem(), NULL)
              == AGT_DECLINED, "violation: %s", t->name);

        agt_schema_release(schema);
    }
}


static void
test_answer(void)
{
    size_t                i;
    agt_json_t            doc;
    agt_schema_t         *schema;
    const test_answer_t  *t;

    for (i = 0; i < agt_array_n(test_answers); i++) {
        t = &test_answers[i];
        doc = test_json(t->instance);
        schema = test_compile(t->schema);

        ok(schema != NULL
           && agt_schema_check(schema, &doc, 0, unit_mem(), NULL)
              == t->expected, "check: %s", t->name);

        agt_schema_release(schema);
    }
}


static void
test_report_limits(void)
{
    uint32_t              at;
    agt_buf_t             buf;
    agt_json_t            doc;
    agt_schema_t         *schema;
    agt_schema_report_t   report;

    schema = test_compile("{\"items\": {\"type\": \"null\"}}");

    agt_buf_init(&buf, unit_mem(), 0, 10000);
    agt_buf_text(&buf, "{\"a\": [0");

    while (buf.len < 1000) {
        agt_buf_text(&buf, ",1");
    }

    agt_buf_text(&buf, "]}");
    agt_buf_char(&buf, '\0');

    doc = test_json(buf.data);
    at = agt_json_member(&doc, 0, agt_str_from("a"));

    memset(&report, 0, sizeof(report));
    (void) agt_schema_check(schema, &doc, at, unit_mem(), &report);
    ok(report.n == AGT_SCHEMA_VIOLATIONS
       && report.total == doc.nodes[at].count, "a report is bounded");
    is_str(report.violations[12].pointer, "/12",
           "pointers begin at the value that is checked");

    memset(&report, 0, sizeof(report));
    report.max = 3;
    (void) agt_schema_check(schema, &doc, at, unit_mem(), &report);
    ok(report.n == 3 && report.total == doc.nodes[at].count,
       "the caller says how much");

    memset(&report, 0, sizeof(report));
    report.max = 1;
    report.fuel = 20;
    ok(agt_schema_check(schema, &doc, at, unit_mem(), &report)
       == AGT_DECLINED && report.exhausted && report.n == 1,
       "fuel runs out");
    is_str(report.violations[0].message, "takes too many steps to check",
           "and a violation says so");

    agt_schema_release(schema);
}


/* {"a": 1, "b": 1, ...}, of n members or elements */

static char *
test_many(char open, char close, unsigned n, const char *fmt)
{
    unsigned   i;
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), n * 20, 64 * 1024 * 1024);
    agt_buf_char(&buf, open);

    for (i = 0; i < n; i++) {
        agt_buf_text(&buf, i == 0 ? "" : ",");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        agt_buf_format(&buf, fmt, i, i);
#pragma GCC diagnostic pop
    }

    agt_buf_char(&buf, close);
    agt_buf_char(&buf, '\0');

    return buf.data;
}


static void
test_exhausted(const char *name, const char *schema_text, const char *text)
{
    agt_json_t            doc;
    agt_schema_t         *schema;
    agt_schema_report_t   report;

    schema = test_compile(schema_text);

    if (schema == NULL) {
        ok(false, "%s", name);
        return;
    }

    doc = test_json(text);
    memset(&report, 0, sizeof(report));

    ok(agt_schema_check(schema, &doc, 0, unit_mem(), &report) == AGT_DECLINED
       && report.exhausted && report.n >= 1
       && agt_schema_check(schema, &doc, 0, unit_mem(), NULL) == AGT_DECLINED,
       "%s", name);

    agt_schema_release(schema);
}


/* {"$defs": {"d0": {}, "d1": {keyword: [d0, d0]}, ...}, "$ref": the last} */

static char *
test_family(const char *keyword, unsigned n, const char *first)
{
    unsigned   i;
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), n * 100, 1024 * 1024);
    agt_buf_format(&buf, "{\"$ref\":\"#/$defs/d%u\",\"$defs\":{\"d0\":%s", n,
                   first);

    for (i = 1; i <= n; i++) {
        agt_buf_format(&buf, ",\"d%u\":{\"%s\":[{\"$ref\":\"#/$defs/d%u\"},"
                       "{\"$ref\":\"#/$defs/d%u\"}]}", i, keyword, i - 1,
                       i - 1);
    }

    agt_buf_text(&buf, "}}");
    agt_buf_char(&buf, '\0');

    return buf.data;
}


static void
test_harm(void)
{
    char          *text;
    unsigned       i;
    agt_buf_t      buf;
    agt_json_t     doc;
    agt_schema_t  *schema;

    test_exhausted("a family of allOf", test_family("allOf", 60, "{}"), "1");
    test_exhausted("a family of anyOf",
                   test_family("anyOf", 60, "{\"type\":\"null\"}"), "1");
    test_exhausted("a family of oneOf", test_family("oneOf", 60, "false"),
                   "1");

    test_exhausted("a dynamic reference to itself",
                   "{\"$dynamicAnchor\": \"a\", \"$dynamicRef\": \"#a\","
                   " \"$defs\": {\"b\": {\"$id\": \"b\","
                   " \"$dynamicAnchor\": \"a\"}}}", "1");

    test_exhausted("a chain of references longer than may be",
                   test_family("allOf", 2000, "{}"), "1");

    text = test_many('[', ']', 100, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa%u%u!\"");
    test_exhausted("a pattern that backtracks", "{\"items\": {\"pattern\":"
                   " \"^([a-z0-9]+)+$\"}}", text);

    agt_buf_init(&buf, unit_mem(), 0, 400000);
    agt_buf_char(&buf, '"');

    while (buf.len < 300000) {
        agt_buf_text(&buf, "aaaaaaaaaa");
    }

    agt_buf_text(&buf, "\"");
    agt_buf_char(&buf, '\0');
    test_exhausted("a pattern that is quadratic", "{\"pattern\":"
                   " \"[ab]+[a-c]+[0-9]\"}", buf.data);

    /* work that is not too much */

    schema = test_compile("{\"uniqueItems\": true}");

    doc = test_json(test_many('[', ']', 100000, "%u"));
    ok(agt_schema_check(schema, &doc, 0, unit_mem(), NULL) == AGT_OK,
       "100,000 unique numbers");
    doc = test_json(test_many('[', ']', 20000, "{\"a\":\"%u\",\"b\":[%u]}"));
    ok(agt_schema_check(schema, &doc, 0, unit_mem(), NULL) == AGT_OK,
       "20,000 unique objects");
    agt_schema_release(schema);

    text = test_many('[', ']', 10000, "\"value %u\"");
    agt_buf_init(&buf, unit_mem(), 0, 1024 * 1024);
    agt_buf_format(&buf, "{\"enum\": %s}", text);
    agt_buf_char(&buf, '\0');

    schema = test_compile(buf.data);
    doc = test_json(text);
    ok(agt_schema_check(schema, &doc, doc.n - 1, unit_mem(), NULL) == AGT_OK
       && agt_schema_check(schema, &doc, 0, unit_mem(), NULL) == AGT_DECLINED,
       "an enum of 10,000 strings");
    agt_schema_release(schema);

    text = test_many('{', '}', 10000, "\"key%u\":{\"type\":\"integer\"}");
    agt_buf_init(&buf, unit_mem(), 0, 1024 * 1024);
    agt_buf_format(&buf, "{\"properties\": %s, \"additionalProperties\":"
                   " false}", text);
    agt_buf_char(&buf, '\0');

    schema = test_compile(buf.data);
    doc = test_json(test_many('{', '}', 10000, "\"key%u\":%u"));
    ok(agt_schema_check(schema, &doc, 0, unit_mem(), NULL) == AGT_OK,
       "10,000 properties");
    agt_schema_release(schema);

    /* as deep as an instance may be, through what every level costs most */

    agt_buf_init(&buf, unit_mem(), 0, 10000);

    for (i = 0; i < AGT_JSON_DEPTH - 2; i += 2) {
        agt_buf_text(&buf, "{\"allOf\":[");
    }

    agt_buf_text(&buf, "{\"type\":\"null\"}");

    for (i = 0; i < AGT_JSON_DEPTH - 2; i += 2) {
        agt_buf_text(&buf, "]}");
    }

    agt_buf_char(&buf, '\0');
    doc = test_json(buf.data);
    schema = test_compile("{\"$ref\": \"" D2020 "\"}");
    ok(agt_schema_check(schema, &doc, 0, unit_mem(), NULL) == AGT_OK,
       "a schema as deep as may be");
    agt_schema_release(schema);
}


static void
test_limits(void)
{
    agt_buf_t      buf;
    agt_json_t     doc;
    agt_error_t    err;
    agt_schema_t  *schema;

    agt_error_init(&err);
    doc = test_json(test_many('{', '}', 9000,
                              "\"a%u\":{\"not\":{\"not\":{\"$id\":\"%u\"}}}"));

    agt_buf_init(&buf, unit_mem(), 0, 1024 * 1024);
    agt_buf_format(&buf, "{\"properties\":%.*s}", (int) doc.text.len,
                   doc.text.data);
    agt_buf_char(&buf, '\0');
    doc = test_json(buf.data);
    ok(agt_schema_compile(&schema, &doc, NULL, true, unit_mem(), &err)
       == AGT_DECLINED && strstr(err.message, "20000 subschemas") != NULL,
       "too many subschemas");

    agt_error_init(&err);
    agt_buf_reset(&buf);
    agt_buf_format(&buf, "{\"patternProperties\":%s}",
                   test_many('{', '}', 257, "\"^a%u\":{}"));
    agt_buf_char(&buf, '\0');
    doc = test_json(buf.data);
    ok(agt_schema_compile(&schema, &doc, NULL, true, unit_mem(), &err)
       == AGT_DECLINED && strstr(err.message, "256 regular") != NULL,
       "too many regular expressions");

    agt_error_init(&err);
    agt_buf_reset(&buf);
    agt_buf_format(&buf, "{\"patternProperties\":%s}",
                   test_many('{', '}', 200, "\"^a%u" X400 "\":{}"));
    agt_buf_char(&buf, '\0');
    doc = test_json(buf.data);
    ok(agt_schema_compile(&schema, &doc, NULL, true, unit_mem(), &err)
       == AGT_DECLINED && strstr(err.message, "65536 bytes") != NULL,
       "too long regular expressions, together");

    agt_error_init(&err);
    agt_buf_reset(&buf);
    agt_buf_text(&buf, "{\"multipleOf\":1");

    while (buf.len < 300) {
        agt_buf_text(&buf, "1");
    }

    agt_buf_text(&buf, "}");
    agt_buf_char(&buf, '\0');
    doc = test_json(buf.data);
    ok(agt_schema_compile(&schema, &doc, NULL, true, unit_mem(), &err)
       == AGT_DECLINED && strstr(err.message, "256 digits") != NULL,
       "a divisor of too many digits");

    agt_error_init(&err);
    agt_buf_init(&buf, unit_mem(), 1100000, 1100000);
    agt_buf_text(&buf, "{\"title\":\"");

    while (buf.len < 1048576) {
        agt_buf_text(&buf, "0123456789");
    }

    agt_buf_text(&buf, "\"}");
    agt_buf_char(&buf, '\0');
    doc = test_json(buf.data);
    ok(agt_schema_compile(&schema, &doc, NULL, true, unit_mem(), &err)
       == AGT_DECLINED && strstr(err.message, "1048576 bytes") != NULL,
       "too long a schema");
}


static void
test_set(void)
{
    agt_json_t         doc;
    agt_error_t        err;
    agt_schema_t      *schema;
    agt_schema_set_t  *set;

    set = agt_schema_set_create(unit_mem());

    agt_error_init(&err);
    ok(agt_schema_set_add(set, agt_str_from("a"), agt_str_from("{\n1}"), &err)
       == AGT_DECLINED && err.line == 2, "a document that is not JSON");

    agt_error_init(&err);
    ok(agt_schema_set_add(set, agt_str_from("urn:a"),
                          agt_str_from("{\"$id\": \"http://x/a\", \"$defs\":"
                                       " {\"b\": {\"$anchor\": \"b\","
                                       " \"type\": \"null\"}}}"), &err)
       == AGT_OK, "a document with two names");
    ok(agt_schema_set_add(set, agt_str_from("http://x/a"), agt_str_from("{}"),
                          &err) == AGT_DECLINED && err.set,
       "another with one of them");

    agt_error_init(&err);
    ok(agt_schema_set_add(set, agt_str_from("urn:b"),
                          agt_str_from("{\"$id\": \"http://x/b\", \"$anchor\":"
                                       " \"c\", \"not\": {\"$anchor\":"
                                       " \"c\"}}"), &err) == AGT_DECLINED
       && agt_schema_set_add(set, agt_str_from("urn:b"),
                             agt_str_from("{\"$id\": \"http://x/b\"}"), NULL)
          == AGT_OK,
       "what was refused leaves nothing behind");

    agt_error_init(&err);
    ok(agt_schema_set_add(set, agt_str_from("http://x/bad"),
                          agt_str_from("{\"type\": 1}"), &err) == AGT_OK,
       "a schema that is not valid is found when it is needed");
    ok(agt_schema_set_add(set, agt_str_from("http://x/meta"),
                          agt_str_from("{\"$schema\": \"" D2020 "\","
                                       "\"$vocabulary\": {\"http://x/v\":"
                                       " true}}"), &err) == AGT_OK,
       "a meta-schema");

    doc = test_json("{\"$id\": \"http://x/c\", \"$ref\": \"a#b\"}");
    ok(agt_schema_compile(&schema, &doc, set, true, unit_mem(), &err)
       == AGT_OK, "a reference to another document");
    agt_schema_release(schema);

    doc = test_json("{\"$ref\": \"urn:a#/$defs/b\"}");
    ok(agt_schema_compile(&schema, &doc, set, true, unit_mem(), &err)
       == AGT_OK, "a reference by where it was");
    agt_schema_release(schema);

    doc = test_json("{\"$ref\": \"http://x/bad\"}");
    ok(agt_schema_compile(&schema, &doc, set, true, unit_mem(), &err)
       == AGT_DECLINED && strcmp(err.file, "http://x/bad") == 0
       && strcmp(err.pointer, "/type") == 0,
       "errors name the document that they are in");

    agt_error_init(&err);
    doc = test_json("{\"$schema\": \"http://x/meta\"}");
    ok(agt_schema_compile(&schema, &doc, set, true, unit_mem(), &err)
       == AGT_DECLINED && strstr(err.message, "vocabulary") != NULL,
       "a vocabulary that is required and not known");

    agt_error_init(&err);
    doc = test_json("{\"$schema\": \"http://y/own\", \"$id\": \"http://y/own\","
                    " \"type\": [\"object\", \"boolean\"], \"required\":"
                    " [\"title\"]}");
    ok(agt_schema_compile(&schema, &doc, set, true, unit_mem(), &err)
       == AGT_DECLINED && strstr(err.message, "\"title\" is required") != NULL,
       "a schema that is its own meta-schema");
}


static void
test_has_property(void)
{
    size_t         i;
    agt_schema_t  *schema;

    static const struct {
        const char  *name;
        bool         found;
    } rows[] = {
        { "a", true }, { "b", true }, { "c", true }, { "d", true },
        { "e", true }, { "f", true }, { "\xc3\xa9", true },
        { "g", false }, { "h", false }, { "i", false }, { "", false }
    };

    schema = test_compile(
        "{\"properties\": {\"a\": {\"items\": {\"properties\": {\"b\": {}}}}},"
        " \"anyOf\": [{\"properties\": {\"c\": true}}, {\"$ref\":"
        " \"#/$defs/x\"}],"
        " \"additionalProperties\": {\"properties\": {\"d\": {}}},"
        " \"if\": {\"properties\": {\"e\": {}}},"
        " \"$defs\": {\"x\": {\"properties\": {\"f\": {}, \"\\u00e9\": {}}},"
        " \"y\": {\"properties\": {\"g\": {}}}},"
        " \"required\": [\"h\"], \"patternProperties\": {\"i\": {}}}");

    for (i = 0; i < agt_array_n(rows); i++) {
        ok(agt_schema_has_property(schema, agt_str_from(rows[i].name))
           == rows[i].found, "has property \"%s\"", rows[i].name);
    }

    agt_schema_release(schema);
    agt_schema_release(schema);
    agt_schema_release(NULL);
}


static void *
test_memory_alloc(void *ctx, size_t size)
{
    test_memory_t  *memory = ctx;

    return memory->left-- > 0 ? agt_alloc(memory->inner, size) : NULL;
}


/* each allocation fails once; what was compiled by then must not leak */

static void
test_memory(void)
{
    int                   rc;
    long                  n;
    char                 *many;
    unsigned              errors, wrong;
    agt_buf_t             buf;
    agt_json_t            source, doc;
    agt_schema_t         *schema, *other;
    test_memory_t         memory;
    agt_schema_set_t     *set;
    agt_schema_report_t   report;

    static const char  text[] =
        "{\"$ref\": \"" D2020 "\", \"properties\": {\"a\\n\": {\"pattern\":"
        " \"a\"},"
        " \"b\": {\"enum\": [1, \"\\u0061\"]}}, \"patternProperties\":"
        " {\"^x\": {}},"
        " \"uniqueItems\": true, \"dependentRequired\": {\"a\": [\"b\"]},"
        " \"contains\": {}, \"minimum\": 1, \"if\": true, \"anyOf\": [{}, {}],"
        " \"unevaluatedProperties\": false}";

    many = test_many('[', ']', 60, "{\"$id\":\"%u\",\"$anchor\":\"a%u\"}");

    agt_buf_init(&buf, unit_mem(), 0, 10000);
    agt_buf_format(&buf, "{\"allOf\":%s}", many);
    agt_buf_char(&buf, '\0');
    many = buf.data;

    memory.mem.alloc = test_memory_alloc;
    memory.mem.ctx = &memory;
    memory.inner = unit_mem();

    source = test_json(text);
    doc = test_json("{\"a\\u000a\": \"\\u0062\", \"b\": 2, \"title\": 1,"
                    " \"c\": [1, 2, 3]}");

    errors = 0;
    wrong = 0;
    schema = NULL;

    for (n = 0; n < 10000; n++) {
        memory.left = n;
        rc = agt_schema_compile(&schema, &source, NULL, true, &memory.mem,
                                NULL);
        if (rc == AGT_OK) {
            break;
        }

        errors++;
        wrong += rc != AGT_ERROR || schema != NULL;
    }

    ok(errors > 50 && wrong == 0 && schema != NULL,
       "compile: no memory, %u times", errors);

    errors = 0;
    wrong = 0;

    for (n = 0; n < 10000 && schema != NULL; n++) {
        memory.left = n;
        memset(&report, 0, sizeof(report));

        rc = agt_schema_check(schema, &doc, 0, &memory.mem, &report);

        if (rc == AGT_DECLINED && report.n == 4) {
            break;
        }

        errors++;
        wrong += rc != AGT_ERROR;
    }

    ok(errors > 5 && wrong == 0 && n < 10000, "check: no memory, %u times",
       errors);

    wrong = 0;
    errors = 0;
    source = test_json("{\"$ref\": \"a:1#x\"}");

    for (n = 0; n < 1000; n++) {
        memory.left = 1000;
        set = agt_schema_set_create(&memory.mem);
        (void) agt_schema_set_add(set, agt_str_from("a:1"),
                                  agt_str_from("{\"$anchor\": \"x\"}"), NULL);

        memory.left = n;
        rc = agt_schema_set_add(set, agt_str_from("b:x"), agt_str_from(many),
                                NULL);

        if (agt_schema_compile(&other, &source, set, true, unit_mem(), NULL)
            != AGT_OK)
        {
            wrong++;
            break;
        }

        agt_schema_release(other);

        if (rc == AGT_OK) {
            break;
        }

        errors++;
        wrong += rc != AGT_ERROR;
    }

    ok(errors > 5 && wrong == 0 && n < 1000, "set: no memory, %u times",
       errors);

    /* a valid document needs none at all */

    agt_schema_release(schema);
    schema = test_compile("{\"properties\": {\"a\": {\"pattern\": \"^a\"}},"
                          " \"unevaluatedProperties\": false}");
    doc = test_json("{\"a\": \"abc\"}");
    memory.left = 0;
    ok(agt_schema_check(schema, &doc, 0, &memory.mem, NULL) == AGT_OK,
       "check: without memory");
    agt_schema_release(schema);
}


int
main(void)
{
    test_compiling();
    test_reports();
    test_answer();
    test_report_limits();
    test_harm();
    test_limits();
    test_set();
    test_has_property();
    test_memory();

    return unit_done();
}
