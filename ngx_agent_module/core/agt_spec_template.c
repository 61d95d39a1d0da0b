
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The templates of an agent, prompt.md, message.md and the context files, and
 * whether the input can have what they name.
 */


#include "agt_spec_part.h"
#include "agt_text.h"


/*
 * Different names in all templates of an agent: looking for one goes through
 * the whole input schema.
 */

#define AGT_SPEC_NAMES_MAX     1024
#define AGT_SPEC_NAMES_SLOTS   (AGT_SPEC_NAMES_MAX * 2)


typedef struct {
    agt_spec_t              *spec;
    const agt_spec_files_t  *files;
    agt_mem_t               *mem;
    agt_error_t             *err;
    uint32_t                 n;
    agt_str_t                found[AGT_SPEC_NAMES_SLOTS];   /* by hash */
} agt_spec_names_t;


static int agt_spec_message_compile(agt_spec_names_t *names);
static int agt_spec_prompt_compile(agt_spec_names_t *names);
static int agt_spec_template(agt_spec_names_t *names, agt_template_t **tmpl,
    const agt_file_t *file, agt_template_options_t *options);
static int agt_spec_partial(void *ctx, agt_str_t name, agt_str_t *text);
static int agt_spec_name(void *ctx, agt_str_t name, agt_str_t file,
    agt_str_t text, size_t offset);
static agt_str_t *agt_spec_name_slot(agt_spec_names_t *names, agt_str_t name);
static void agt_spec_template_file(agt_error_t *err, agt_str_t path);
static agt_str_t agt_spec_context_name(const agt_file_t *file);
static bool agt_spec_blank(agt_str_t text);


/* the message first: what it places is not appended to the prompt */

int
agt_spec_templates(agt_spec_t *spec, const agt_spec_files_t *files,
    agt_mem_t *mem, agt_error_t *err)
{
    int               rc;
    agt_spec_names_t  names;

    memset(&names, 0, sizeof(agt_spec_names_t));

    names.spec = spec;
    names.files = files;
    names.mem = mem;
    names.err = err;

    rc = agt_spec_message_compile(&names);
    if (rc != AGT_OK) {
        return rc;
    }

    return agt_spec_prompt_compile(&names);
}


static int
agt_spec_message_compile(agt_spec_names_t *names)
{
    const agt_file_t        *file;
    agt_template_options_t   options;

    file = agt_spec_find(names->files, "message.md");

    if (file == NULL) {
        return AGT_OK;
    }

    /* providers refuse a turn that says nothing */

    if (agt_spec_blank(file->text)) {
        agt_error_set(names->err, "empty; without the file the message is the "
                      "input as JSON");
        agt_error_file(names->err, file->path);
        return AGT_DECLINED;
    }

    memset(&options, 0, sizeof(agt_template_options_t));

    return agt_spec_template(names, &names->spec->message, file, &options);
}


static int
agt_spec_prompt_compile(agt_spec_names_t *names)
{
    int                      rc;
    uint32_t                 i;
    agt_str_t                name, *append;
    agt_file_t               none = { agt_string("prompt.md"),
                                      agt_null_string };
    agt_spec_t              *spec = names->spec;
    const agt_file_t        *file;
    const agt_files_t       *context = &names->files->context;
    agt_template_options_t   options;

    append = agt_calloc(names->mem, context->n + 1, sizeof(agt_str_t));
    if (append == NULL) {
        return AGT_ERROR;
    }

    memset(&options, 0, sizeof(agt_template_options_t));
    options.append = append;

    for (i = 0; i < context->n; i++) {
        name = agt_spec_context_name(&context->elts[i]);

        if (spec->message == NULL || !agt_template_uses(spec->message, name)) {
            append[options.append_n++] = name;
        }
    }

    file = agt_spec_find(names->files, "prompt.md");
    file = (file != NULL) ? file : &none;

    spec->prompt_static = true;

    if (file->text.len == 0 && options.append_n == 0) {
        return AGT_OK;
    }

    rc = agt_spec_template(names, &spec->prompt, file, &options);
    if (rc != AGT_OK) {
        return rc;
    }

    spec->prompt_static = agt_template_static(spec->prompt,
                                              &spec->prompt_text);

    /* instructions that say nothing: providers refuse them */

    if (spec->prompt_static && agt_spec_blank(spec->prompt_text)) {
        spec->prompt = NULL;
        spec->prompt_text = agt_str_make("", 0);
    }

    return AGT_OK;
}


static int
agt_spec_template(agt_spec_names_t *names, agt_template_t **tmpl,
    const agt_file_t *file, agt_template_options_t *options)
{
    int  rc;

    options->partial = agt_spec_partial;
    options->ctx = names;

    rc = agt_template_compile(tmpl, file->text, options, names->mem,
                              names->err);

    if (rc == AGT_OK) {
        rc = agt_template_names(*tmpl, agt_spec_name, names);
    }

    if (rc == AGT_DECLINED) {
        agt_spec_template_file(names->err, file->path);
    }

    return rc;
}


static int
agt_spec_partial(void *ctx, agt_str_t name, agt_str_t *text)
{
    uint32_t            i;
    const agt_file_t   *file;
    agt_spec_names_t   *names = ctx;
    const agt_files_t  *context = &names->files->context;

    for (i = 0; i < context->n; i++) {
        file = &context->elts[i];

        if (agt_str_eq(agt_spec_context_name(file), name)) {
            *text = file->text;
            return AGT_OK;
        }
    }

    return AGT_DECLINED;
}


static int
agt_spec_name(void *ctx, agt_str_t name, agt_str_t file, agt_str_t text,
    size_t offset)
{
    agt_str_t         *slot;
    agt_spec_names_t  *names = ctx;

    slot = agt_spec_name_slot(names, name);

    if (slot->len != 0) {
        return AGT_OK;
    }

    if (names->n == AGT_SPEC_NAMES_MAX) {
        agt_error_set(names->err, "more than %d different names in templates",
                      AGT_SPEC_NAMES_MAX);
        goto failed;
    }

    if (agt_schema_has_property(names->spec->input, name)) {
        *slot = name;
        names->n++;
        return AGT_OK;
    }

    name = agt_text_clip(name);

    agt_error_set(names->err, "\"{{%.*s}}\" is found in no \"properties\" of "
                  "the input schema", (int) name.len, name.data);

failed:

    agt_error_locate(names->err, text, offset);
    agt_error_file(names->err, file);

    return AGT_DECLINED;
}


/* of the name, or a free one; names are never empty */

static agt_str_t *
agt_spec_name_slot(agt_spec_names_t *names, agt_str_t name)
{
    uint32_t  i;

    i = agt_json_hash(name) % AGT_SPEC_NAMES_SLOTS;

    while (names->found[i].len != 0 && !agt_str_eq(names->found[i], name)) {
        i = (i + 1) % AGT_SPEC_NAMES_SLOTS;
    }

    return &names->found[i];
}


/* templates know partials by their names, people by their paths */

static void
agt_spec_template_file(agt_error_t *err, agt_str_t path)
{
    size_t  prefix = sizeof(AGT_SPEC_CONTEXT) - 1;

    if (err == NULL) {
        return;
    }

    if (err->file[0] == '\0') {
        agt_error_file(err, path);
        return;
    }

    memmove(err->file + prefix, err->file, sizeof(err->file) - prefix);
    memcpy(err->file, AGT_SPEC_CONTEXT, prefix);
    err->file[sizeof(err->file) - 1] = '\0';
}


static agt_str_t
agt_spec_context_name(const agt_file_t *file)
{
    size_t  prefix = sizeof(AGT_SPEC_CONTEXT) - 1;

    return agt_str_make(file->path.data + prefix, file->path.len - prefix);
}


static bool
agt_spec_blank(agt_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\n' && text.data[i] != '\t'
            && text.data[i] != '\r')
        {
            return false;
        }
    }

    return true;
}
