
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The files of an agent as a set, whether they come from a directory or from
 * a client: which there may be, that they are text, and their snapshot.
 */


#include <stdlib.h>

#include "agt_spec_part.h"
#include "agt_text.h"


/* the longest name that file systems take */

#define AGT_SPEC_NAME_MAX   255


static bool agt_spec_in_context(agt_str_t path);
static int agt_spec_file_cmp(const void *a, const void *b);
static int agt_spec_files_check(const agt_files_t *files, agt_error_t *err);
static int agt_spec_file_check(const agt_file_t *file, agt_error_t *err);


static const char *const  agt_spec_paths[] = {
    "agent.json",
    "input.schema.json",
    "message.md",
    "output.schema.json",
    "prompt.md"
};


bool
agt_spec_path_valid(agt_str_t path)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_spec_paths); i++) {
        if (agt_str_is(path, agt_spec_paths[i])) {
            return true;
        }
    }

    i = sizeof(AGT_SPEC_CONTEXT) - 1;

    return agt_spec_in_context(path)
           && agt_spec_file_valid(agt_str_make(path.data + i, path.len - i),
                                  ".md");
}


bool
agt_spec_file_valid(agt_str_t name, const char *suffix)
{
    char    c;
    size_t  i, n = strlen(suffix);

    if (name.len <= n || name.len > AGT_SPEC_NAME_MAX || name.data[0] == '.'
        || memcmp(name.data + name.len - n, suffix, n) != 0)
    {
        return false;
    }

    for (i = 0; i < name.len; i++) {
        c = name.data[i];

        if ((unsigned char) c < 0x20 || c == 0x7f || c == '/') {
            return false;
        }
    }

    return agt_utf8_valid(name) == name.len;
}


static bool
agt_spec_in_context(agt_str_t path)
{
    size_t  n = sizeof(AGT_SPEC_CONTEXT) - 1;

    return path.len > n && memcmp(path.data, AGT_SPEC_CONTEXT, n) == 0;
}


void
agt_spec_files_sort(agt_files_t *files)
{
    if (files->n > 1) {
        qsort(files->elts, files->n, sizeof(agt_file_t), agt_spec_file_cmp);
    }
}


static int
agt_spec_file_cmp(const void *a, const void *b)
{
    int                rc;
    size_t             n;
    const agt_file_t  *one = a, *two = b;

    n = agt_min(one->path.len, two->path.len);
    rc = (n != 0) ? memcmp(one->path.data, two->path.data, n) : 0;

    if (rc != 0) {
        return rc;
    }

    return (one->path.len > two->path.len) - (one->path.len < two->path.len);
}


int
agt_spec_files(agt_spec_files_t *sorted, const agt_files_t *files,
    agt_mem_t *mem, agt_error_t *err)
{
    uint32_t      i;
    agt_files_t  *all = &sorted->all;

    if (files->n > AGT_SPEC_FILES_MAX) {
        agt_error_set(err, "more than %d files", AGT_SPEC_FILES_MAX);
        return AGT_DECLINED;
    }

    all->n = files->n;

    all->elts = agt_calloc(mem, files->n + 1, sizeof(agt_file_t));
    if (all->elts == NULL) {
        return AGT_ERROR;
    }

    if (files->n != 0) {
        memcpy(all->elts, files->elts, files->n * sizeof(agt_file_t));
    }

    agt_spec_files_sort(all);

    memset(&sorted->context, 0, sizeof(agt_files_t));

    for (i = 0; i < all->n; i++) {
        if (agt_spec_in_context(all->elts[i].path)) {

            if (sorted->context.n == 0) {
                sorted->context.elts = &all->elts[i];
            }

            sorted->context.n++;
        }
    }

    return agt_spec_files_check(all, err);
}


static int
agt_spec_files_check(const agt_files_t *files, agt_error_t *err)
{
    int                rc;
    size_t             total;
    uint32_t           i;
    const agt_file_t  *file;

    total = 0;

    for (i = 0; i < files->n; i++) {
        file = &files->elts[i];

        rc = agt_spec_file_check(file, err);
        if (rc != AGT_OK) {
            agt_error_file(err, file->path);
            return rc;
        }

        if (i > 0 && agt_str_eq(file[-1].path, file->path)) {
            agt_error_set(err, "the file is given twice");
            agt_error_file(err, file->path);
            return AGT_DECLINED;
        }

        total += file->text.len;
    }

    if (total > AGT_SPEC_TOTAL_MAX) {
        agt_error_set(err, "all files together are larger than %d bytes",
                      AGT_SPEC_TOTAL_MAX);
        return AGT_DECLINED;
    }

    return AGT_OK;
}


static int
agt_spec_file_check(const agt_file_t *file, agt_error_t *err)
{
    char       buf[AGT_TEXT_CLIP];
    agt_str_t  name;

    if (!agt_spec_path_valid(file->path)) {
        name = agt_text_clean(buf, file->path);
        agt_error_set(err, "unknown file \"%.*s\"", (int) name.len, name.data);
        agt_error_file(err, name);
        return AGT_DECLINED;
    }

    if (file->text.len > AGT_SPEC_FILE_MAX) {
        agt_error_set(err, "larger than %d bytes", AGT_SPEC_FILE_MAX);
        return AGT_DECLINED;
    }

    return agt_text_check(file->text, err);
}


const agt_file_t *
agt_spec_find(const agt_spec_files_t *files, const char *path)
{
    uint32_t  i;

    for (i = 0; i < files->all.n; i++) {
        if (agt_str_is(files->all.elts[i].path, path)) {
            return &files->all.elts[i];
        }
    }

    return NULL;
}


int
agt_spec_snapshot(const agt_files_t *files, agt_buf_t *out, agt_mem_t *mem,
    agt_error_t *err)
{
    int                rc;
    bool               first;
    uint32_t           i;
    agt_json_t         agent;
    const agt_file_t  *file;
    agt_spec_files_t   sorted;

    rc = agt_spec_files(&sorted, files, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_spec_read_agent(&agent, &sorted, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    (void) agt_buf_text(out, "{\"agent\":");
    (void) agt_json_canonical(&agent, 0, out);
    (void) agt_buf_text(out, ",\"files\":{");

    first = true;

    for (i = 0; i < sorted.all.n; i++) {
        file = &sorted.all.elts[i];

        if (agt_str_is(file->path, "agent.json")) {
            continue;
        }

        if (!first) {
            (void) agt_buf_char(out, ',');
        }

        (void) agt_json_quote(out, file->path);
        (void) agt_buf_char(out, ':');
        (void) agt_json_quote(out, file->text);

        first = false;
    }

    return agt_buf_text(out, "},\"format\":1}");
}
