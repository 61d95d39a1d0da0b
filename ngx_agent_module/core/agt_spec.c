
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_hash.h"
#include "agt_spec_part.h"
#include "agt_text.h"


#define AGT_SPEC_NAME          63
#define AGT_SPEC_SCHEMAS       "schemas"

/* control characters of text take six bytes each; an array of memory that
   doubles holds up to three times what it ends with */

#define AGT_SPEC_SNAPSHOT_MAX  (AGT_SPEC_TOTAL_MAX * 6 + 1024 * 1024)
#define AGT_SPEC_SCRATCH_MAX   (AGT_SPEC_SNAPSHOT_MAX * 4)


static int agt_spec_schema(agt_schema_t **schema, agt_json_t *doc,
    const agt_file_t *file, agt_schema_set_t *set, agt_mem_t *mem,
    agt_error_t *err);
static int agt_spec_parts(agt_spec_t *spec, const agt_spec_files_t *files,
    agt_schema_set_t *set, agt_mem_t *mem, agt_error_t *err);
static int agt_spec_digest(agt_spec_t *spec, const agt_files_t *files,
    agt_error_t *err);


static const agt_file_t  agt_spec_input = {
    agt_string("input.schema.json"),
    agt_string("{\"type\":\"object\",\"properties\":{\"text\":{\"type\":"
               "\"string\"}},\"required\":[\"text\"],"
               "\"additionalProperties\":false}")
};


bool
agt_name_valid(agt_str_t name)
{
    char    c;
    size_t  i;

    if (name.len == 0 || name.len > AGT_SPEC_NAME) {
        return false;
    }

    for (i = 0; i < name.len; i++) {
        c = name.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
            || (i > 0 && (c == '_' || c == '-')))
        {
            continue;
        }

        return false;
    }

    return true;
}


bool
agt_spec_name_valid(agt_str_t name)
{
    return agt_name_valid(name) && !agt_str_is(name, AGT_SPEC_SCHEMAS);
}


int
agt_spec_compile(agt_spec_t **spec, agt_str_t name, const agt_files_t *files,
    agt_schema_set_t *set, agt_mem_t *mem, agt_error_t *err)
{
    int                rc;
    char               buf[AGT_TEXT_CLIP];
    agt_spec_t        *s;
    agt_spec_files_t   sorted;

    if (!agt_spec_name_valid(name)) {
        name = agt_text_clean(buf, name);
        agt_error_set(err, "\"%.*s\" is no name of an agent",
                      (int) name.len, name.data);
        return AGT_DECLINED;
    }

    rc = agt_spec_files(&sorted, files, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    s = agt_calloc(mem, 1, sizeof(agt_spec_t));
    if (s == NULL) {
        return AGT_ERROR;
    }

    rc = agt_str_copy(mem, &s->name, name);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_spec_parts(s, &sorted, set, mem, err);

    if (rc == AGT_OK) {
        rc = agt_spec_digest(s, files, err);
    }

    if (rc != AGT_OK) {
        agt_spec_release(s);
        return rc;
    }

    *spec = s;

    return AGT_OK;
}


static int
agt_spec_parts(agt_spec_t *spec, const agt_spec_files_t *files,
    agt_schema_set_t *set, agt_mem_t *mem, agt_error_t *err)
{
    int                rc;
    const agt_file_t  *file;

    rc = agt_spec_settings(spec, files, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    file = agt_spec_find(files, "input.schema.json");
    file = (file != NULL) ? file : &agt_spec_input;

    rc = agt_spec_schema(&spec->input, &spec->input_doc, file, set, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    file = agt_spec_find(files, "output.schema.json");

    if (file != NULL) {
        rc = agt_spec_schema(&spec->output, &spec->output_doc, file, set, mem,
                             err);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return agt_spec_templates(spec, files, mem, err);
}


static int
agt_spec_schema(agt_schema_t **schema, agt_json_t *doc,
    const agt_file_t *file, agt_schema_set_t *set, agt_mem_t *mem,
    agt_error_t *err)
{
    int  rc;

    rc = agt_json_parse(doc, file->text, NULL, mem, err);

    if (rc == AGT_OK) {
        rc = agt_schema_compile(schema, doc, set, true, mem, err);
    }

    if (rc == AGT_DECLINED) {
        agt_error_file(err, file->path);
    }

    return rc;
}


static int
agt_spec_digest(agt_spec_t *spec, const agt_files_t *files, agt_error_t *err)
{
    int          rc;
    size_t       hint;
    uint32_t     i;
    agt_buf_t    snapshot;
    agt_arena_t  scratch;

    /* what escapes usually add, so that it seldom grows */

    hint = 4096;

    for (i = 0; i < files->n; i++) {
        hint += files->elts[i].text.len + files->elts[i].text.len / 8;
    }

    agt_arena_init(&scratch, AGT_SPEC_SCRATCH_MAX);
    agt_buf_init(&snapshot, &scratch.mem, hint, AGT_SPEC_SNAPSHOT_MAX);

    rc = agt_spec_snapshot(files, &snapshot, &scratch.mem, err);

    if (rc == AGT_OK) {
        rc = agt_hash_sha256(agt_buf_slice(&snapshot), spec->digest);
    }

    agt_arena_release(&scratch);

    return rc;
}


void
agt_spec_release(agt_spec_t *spec)
{
    if (spec->input != NULL) {
        agt_schema_release(spec->input);
        spec->input = NULL;
    }

    if (spec->output != NULL) {
        agt_schema_release(spec->output);
        spec->output = NULL;
    }
}


int
agt_spec_prompt(const agt_spec_t *spec, const agt_json_t *input,
    agt_buf_t *out)
{
    if (spec->prompt_static) {
        return agt_buf_str(out, spec->prompt_text);
    }

    return agt_template_render(spec->prompt, input, out);
}


int
agt_spec_message(const agt_spec_t *spec, const agt_json_t *input,
    agt_buf_t *out)
{
    if (spec->message == NULL) {
        return agt_json_minify(input, 0, out);
    }

    return agt_template_render(spec->message, input, out);
}
