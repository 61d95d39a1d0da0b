
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The rewriting of schemas, held to the public suite of JSON Schema.  Each of
 * its schemas is rewritten as it is and as that of a property.  What becomes
 * strict obeys the rules, and where nothing was dropped it allows nothing that
 * the schema does not; what does not allows all that the schema does.
 */


#include <dirent.h>

#include "agt_codec_schema.h"
#include "agt_schema.h"
#include "strict.h"
#include "unit.h"


#define SUITE   "t/data/json-schema-test-suite/tests/draft2020-12"


/* one schema, before and after */

typedef struct {
    agt_json_t           doc;
    agt_json_t           after_doc;
    agt_schema_t        *before;
    agt_schema_t        *after;
    agt_codec_schema_t   rewritten;
} pair_t;


static unsigned  schemas, strict_schemas, instances;


static bool
parse(agt_json_t *doc, agt_str_t text)
{
    return agt_json_parse(doc, text, NULL, unit_mem(), NULL) == AGT_OK;
}


static agt_str_t
wrap(const char *prefix, agt_str_t s, const char *suffix)
{
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), s.len + 128, 1 << 24);
    agt_buf_text(&buf, prefix);
    agt_buf_str(&buf, s);
    agt_buf_text(&buf, suffix);

    return agt_buf_slice(&buf);
}


static bool
valid(const agt_schema_t *schema, agt_str_t instance)
{
    agt_json_t  doc;

    return parse(&doc, instance)
           && agt_schema_check(schema, &doc, 0, unit_mem(), NULL) == AGT_OK;
}


/* false: the rewriting is wrong; schemas that do not compile are no matter */

static bool
pair_init(pair_t *pair, agt_str_t text)
{
    pair->before = NULL;
    pair->after = NULL;

    if (!parse(&pair->doc, text)
        || agt_schema_compile(&pair->before, &pair->doc, NULL, true,
                              unit_mem(), NULL) != AGT_OK)
    {
        pair->before = NULL;
        return true;
    }

    if (agt_codec_schema_rewrite(&pair->rewritten, &pair->doc, unit_mem())
        != AGT_OK)
    {
        return false;
    }

    if (!pair->rewritten.object) {
        return true;
    }

    if (!parse(&pair->after_doc, pair->rewritten.text)
        || agt_schema_compile(&pair->after, &pair->after_doc, NULL, true,
                              unit_mem(), NULL) != AGT_OK)
    {
        pair->after = NULL;
        return false;
    }

    schemas++;
    strict_schemas += pair->rewritten.strict;

    return !pair->rewritten.strict || strict_obeys(&pair->after_doc);
}


static void
pair_release(pair_t *pair)
{
    if (pair->before != NULL) {
        agt_schema_release(pair->before);
    }

    if (pair->after != NULL) {
        agt_schema_release(pair->after);
    }
}


static bool
has(agt_str_t s, const char *part)
{
    size_t  i, len;

    len = strlen(part);

    for (i = 0; i + len <= s.len; i++) {
        if (memcmp(s.data + i, part, len) == 0) {
            return true;
        }
    }

    return false;
}


static bool
pair_agrees(const pair_t *pair, agt_str_t instance)
{
    bool  before, after;

    if (pair->after == NULL) {
        return true;
    }

    instances++;

    before = valid(pair->before, instance);
    after = valid(pair->after, instance);

    if (pair->rewritten.strict) {
        return pair->rewritten.dropped != 0 || !after || before;
    }

    /*
     * That the answer is an object is taken for granted, and so that of a
     * reference to the root; a schema may have meant less.
     */

    return !before || after || instance.data[0] != '{'
           || (strict_get(&pair->doc, 0, "type") == AGT_JSON_NONE
               && has(pair->rewritten.text, "\"$ref\":\"#\""));
}


static void
test_pair(agt_str_t schema, const agt_json_t *suite, uint32_t tests,
    bool wrapped, const char *name)
{
    bool       right;
    pair_t     pair;
    uint32_t   i;
    agt_str_t  instance;

    right = pair_init(&pair, schema);

    for (i = tests + 1; i < suite->nodes[tests].next && right;
         i = suite->nodes[i].next)
    {
        instance = agt_json_raw(suite, strict_get(suite, i, "data"));

        if (wrapped) {
            instance = wrap("{\"value\":", instance, "}");
        }

        right = pair_agrees(&pair, instance);

        if (!right) {
            printf("# %.*s\n", (int) instance.len, instance.data);
        }
    }

    if (!right) {
        printf("# %.*s\n# %.*s\n", (int) schema.len, schema.data,
               (int) pair.rewritten.text.len,
               pair.rewritten.text.len != 0 ? pair.rewritten.text.data : "");
    }

    if (!right || pair.after != NULL) {
        ok(right, "%s%s", name, wrapped ? ", as a property" : "");
    }

    pair_release(&pair);
}


static void
test_group(const agt_json_t *suite, uint32_t group, const char *file)
{
    char       name[512];
    uint32_t   tests;
    agt_str_t  schema, description;

    schema = agt_json_raw(suite, strict_get(suite, group, "schema"));
    description = agt_json_raw(suite,
                               strict_get(suite, group, "description"));
    tests = strict_get(suite, group, "tests");

    snprintf(name, sizeof(name), "%s: %.*s", file, (int) description.len - 2,
             description.data + 1);

    test_pair(schema, suite, tests, false, name);

    /* inside of another document references would lead elsewhere */

    if (!has(schema, "\"$id\"") && !has(schema, "ef\"")
        && !has(schema, "nchor\""))
    {
        schema = wrap("{\"type\":\"object\",\"required\":[\"value\"],"
                      "\"properties\":{\"value\":", schema, "}}");
        test_pair(schema, suite, tests, true, name);
    }
}


static int
by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


int
main(void)
{
    DIR            *dir;
    char            path[512], *names[128];
    size_t          i, n;
    uint32_t        group;
    agt_json_t      suite;
    struct dirent  *entry;

    dir = opendir(SUITE);
    if (dir == NULL) {
        printf("Bail out! no " SUITE "\n");
        return 1;
    }

    n = 0;

    while (n < agt_array_n(names)) {

        entry = readdir(dir);
        if (entry == NULL) {
            break;
        }

        if (strstr(entry->d_name, ".json") != NULL) {
            names[n++] = strdup(entry->d_name);
        }
    }

    closedir(dir);
    qsort(names, n, sizeof(char *), by_name);

    for (i = 0; i < n; i++) {
        snprintf(path, sizeof(path), SUITE "/%s", names[i]);

        if (ok(parse(&suite, unit_file(path)), "%s", names[i])) {

            for (group = 1; group < suite.n; group = suite.nodes[group].next) {
                test_group(&suite, group, names[i]);
            }
        }

        unit_mem_reset();
        free(names[i]);
    }

    printf("# %u schemas, %u of them strict, %u instances\n", schemas,
           strict_schemas, instances);
    ok(schemas > 300 && strict_schemas > 30 && instances > 1000,
       "enough of them are of objects");

    return unit_done();
}
