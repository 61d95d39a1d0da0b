
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The public suite of JSON Schema, with its optional parts.  What is not
 * passed is in a table with the reason, and the table must be right: a test
 * in it that passes is a failure too.
 */


#define _DEFAULT_SOURCE

#include <dirent.h>

#include "agt_schema.h"
#include "unit.h"


#define SUITE    "t/data/json-schema-test-suite"
#define DRAFT    SUITE "/tests/draft2020-12"
#define REMOTES  SUITE "/remotes"

#define SUITE_REQUIRED   1299
#define SUITE_OPTIONAL   162
#define SUITE_FORMATS    764


typedef struct {
    const char  *file;
    const char  *group;
    const char  *test;
    const char  *reason;
} exception_t;


typedef struct {
    const char  *dir;
    bool         formats;       /* are asserted */
    unsigned     tests;         /* that there are */
} part_t;


static const exception_t  exceptions[] = {
    { NULL, NULL, NULL, NULL }
};


static const part_t  parts[] = {
    { DRAFT,                    false, SUITE_REQUIRED },
    { DRAFT "/optional",        false, SUITE_OPTIONAL },
    { DRAFT "/optional/format", true,  SUITE_FORMATS }
};


static bool               listed[agt_array_n(exceptions)];
static agt_schema_set_t  *remotes;


static const exception_t *
find_exception(const char *file, agt_str_t group, agt_str_t test)
{
    size_t  i;

    for (i = 0; exceptions[i].file != NULL; i++) {
        if (strcmp(exceptions[i].file, file) == 0
            && agt_str_is(group, exceptions[i].group)
            && agt_str_is(test, exceptions[i].test))
        {
            listed[i] = true;
            return &exceptions[i];
        }
    }

    return NULL;
}


static agt_str_t
text_of(const agt_json_t *doc, uint32_t object, const char *key)
{
    agt_str_t  s = agt_null_string;

    (void) agt_json_string(doc, agt_json_member(doc, object, agt_str_from(key)),
                           unit_mem(), &s);

    return s;
}


/* with and without a report the answer must be the same */

static int
check(const agt_schema_t *schema, const agt_json_t *doc, uint32_t data)
{
    int                  rc;
    agt_schema_report_t  report;

    memset(&report, 0, sizeof(report));

    rc = agt_schema_check(schema, doc, data, unit_mem(), &report);

    if (agt_schema_check(schema, doc, data, unit_mem(), NULL) != rc
        || (rc == AGT_OK) != (report.total == 0)
        || (rc == AGT_OK) != (report.n == 0) || report.exhausted)
    {
        printf("# the report does not tell what the check does\n");
        return AGT_ERROR;
    }

    return rc;
}


static unsigned
run_group(const char *file, const agt_json_t *doc, uint32_t group,
    bool formats)
{
    int                 rc, expected;
    unsigned            n;
    uint32_t            i, schema_at, tests, data;
    agt_str_t           title, test;
    agt_json_t          source;
    agt_error_t         err;
    agt_schema_t       *schema;
    const exception_t  *exception;

    title = text_of(doc, group, "description");
    schema_at = agt_json_member(doc, group, agt_str_from("schema"));
    tests = agt_json_member(doc, group, agt_str_from("tests"));

    agt_error_init(&err);

    rc = agt_json_parse(&source, agt_json_raw(doc, schema_at), NULL,
                        unit_mem(), &err);
    if (rc == AGT_OK) {
        rc = agt_schema_compile(&schema, &source, remotes, formats, unit_mem(),
                                &err);
    }

    if (rc != AGT_OK) {
        schema = NULL;
        printf("# %s: %.*s: %s %s %s\n", file, (int) title.len, title.data,
               err.file, err.pointer, err.message);
    }

    n = 0;

    for (i = tests + 1; i < doc->nodes[tests].next; i = doc->nodes[i].next) {

        test = text_of(doc, i, "description");
        data = agt_json_member(doc, i, agt_str_from("data"));

        expected = doc->nodes[agt_json_member(doc, i, agt_str_from("valid"))]
                   .flags & AGT_JSON_TRUE ? AGT_OK : AGT_DECLINED;

        rc = schema != NULL ? check(schema, doc, data) : AGT_ERROR;

        exception = find_exception(file, title, test);

        ok((rc == expected) == (exception == NULL), "%s: %.*s: %.*s%s%s", file,
           (int) title.len, title.data, (int) test.len, test.data,
           exception != NULL ? " is not passed: " : "",
           exception != NULL ? exception->reason : "");

        n++;
    }

    agt_schema_release(schema);

    return n;
}


static int
is_json(const struct dirent *entry)
{
    size_t  n = strlen(entry->d_name);

    return n > 5 && strcmp(entry->d_name + n - 5, ".json") == 0;
}


static void
run_part(const part_t *part)
{
    int              i, n;
    char             path[512];
    uint32_t         group;
    unsigned         tests;
    agt_str_t        text;
    agt_json_t       doc;
    struct dirent  **entries;

    tests = 0;

    n = scandir(part->dir, &entries, is_json, alphasort);

    for (i = 0; i < n; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", part->dir,
                        entries[i]->d_name);

        text = unit_file(path);

        if (agt_json_parse(&doc, text, NULL, unit_mem(), NULL) != AGT_OK) {
            ok(false, "%s is read", path);
            continue;
        }

        for (group = 1; group < doc.n; group = doc.nodes[group].next) {
            tests += run_group(path + sizeof(DRAFT), &doc, group,
                               part->formats);
        }

        free(entries[i]);
    }

    if (n >= 0) {
        free(entries);
    }

    ok(tests == part->tests, "%s has %u tests", part->dir, part->tests);
}


/* all of the remotes, at the addresses that the suite has them at */

static void
add_remotes(const char *dir)
{
    int              i, n;
    char             path[512], uri[512];
    agt_str_t        address;
    agt_error_t      err;
    struct dirent  **entries;

    n = scandir(dir, &entries, NULL, alphasort);

    for (i = 0; i < n; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);

        if (is_json(entries[i])) {
            (void) snprintf(uri, sizeof(uri), "http://localhost:1234%s",
                            path + sizeof(REMOTES) - 1);

            agt_error_init(&err);
            (void) agt_str_copy(unit_mem(), &address, agt_str_from(uri));

            ok(agt_schema_set_add(remotes, address, unit_file(path), &err)
               == AGT_OK, "remote %s%s", uri, err.message);

        } else if (entries[i]->d_name[0] != '.') {
            add_remotes(path);
        }

        free(entries[i]);
    }

    if (n >= 0) {
        free(entries);
    }
}


int
main(void)
{
    size_t  i;

    remotes = agt_schema_set_create(unit_mem());
    add_remotes(REMOTES);

    for (i = 0; i < agt_array_n(parts); i++) {
        run_part(&parts[i]);
    }

    for (i = 0; exceptions[i].file != NULL; i++) {
        ok(listed[i], "an exception is a test: %s", exceptions[i].test);
    }

    return unit_done();
}
