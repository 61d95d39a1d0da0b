
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * All that an agent needs at run time is in one arena, the texts of its files
 * included, and goes with it.
 */


#include "ngx_http_agent.h"
#include "agt_dir.h"


static ngx_int_t ngx_http_agent_def_read(ngx_http_agent_def_t *def,
    const char *root, agt_error_t *err);
static agt_schema_set_t *ngx_http_agent_def_schemas(ngx_http_agent_def_t *def,
    const char *root, agt_error_t *err);
static ngx_int_t ngx_http_agent_def_route(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_def_t *def, agt_error_t *err);
static ngx_int_t ngx_http_agent_def_formats(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_def_t *def, agt_error_t *err);
static ngx_int_t ngx_http_agent_def_prompt(ngx_http_agent_def_t *def);
static void ngx_http_agent_def_describe(ngx_http_agent_main_conf_t *amcf,
    ngx_str_t *name, agt_error_t *err, ngx_http_agent_def_error_t *error);


ngx_http_agent_def_t *
ngx_http_agent_def_compile(ngx_http_agent_main_conf_t *amcf, ngx_str_t *name,
    ngx_http_agent_def_error_t *error)
{
    agt_error_t            err;
    ngx_http_agent_def_t  *def;

    agt_error_init(&err);

    def = ngx_calloc(sizeof(ngx_http_agent_def_t), ngx_cycle->log);

    if (def == NULL) {
        ngx_http_agent_def_describe(amcf, name, &err, error);
        return NULL;
    }

    /*
     * set by ngx_calloc():
     *
     *     def->spec = NULL;
     *     def->number = 0;
     */

    def->refs = 1;

    agt_arena_init(&def->arena, NGX_HTTP_AGENT_DEF_MAX);

    if (agt_str_copy(&def->arena.mem, &def->name, ngx_http_agent_agt(*name))
            != AGT_OK
        || ngx_http_agent_def_read(def, (char *) amcf->root.data, &err)
               != NGX_OK
        || ngx_http_agent_def_route(amcf, def, &err) != NGX_OK
        || ngx_http_agent_def_formats(amcf, def, &err) != NGX_OK
        || ngx_http_agent_def_prompt(def) != NGX_OK)
    {
        ngx_http_agent_def_describe(amcf, name, &err, error);
        ngx_http_agent_def_release(def);
        return NULL;
    }

    (void) ngx_hex_dump(def->digest, def->spec->digest,
                        sizeof(def->spec->digest));

    return def;
}


static ngx_int_t
ngx_http_agent_def_read(ngx_http_agent_def_t *def, const char *root,
    agt_error_t *err)
{
    int                rc;
    agt_mem_t         *mem;
    agt_schema_set_t  *set;

    mem = &def->arena.mem;

    rc = agt_dir_read(root, def->name, &def->files, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    set = ngx_http_agent_def_schemas(def, root, err);
    if (set == NULL) {
        return NGX_ERROR;
    }

    return agt_spec_compile(&def->spec, def->name, &def->files, set, mem, err);
}


static agt_schema_set_t *
ngx_http_agent_def_schemas(ngx_http_agent_def_t *def, const char *root,
    agt_error_t *err)
{
    uint32_t           i;
    agt_mem_t         *mem;
    agt_file_t        *file;
    agt_schema_set_t  *set;

    mem = &def->arena.mem;

    set = agt_schema_set_create(mem);

    if (set == NULL
        || agt_dir_schemas(root, &def->schemas, mem, err) != AGT_OK)
    {
        return NULL;
    }

    for (i = 0; i < def->schemas.n; i++) {
        file = &def->schemas.elts[i];

        if (agt_schema_set_add(set, file->path, file->text, err) != AGT_OK) {
            agt_error_file(err, file->path);
            return NULL;
        }
    }

    return set;
}


/* whether a location has a default for agents that name none is its matter */

static ngx_int_t
ngx_http_agent_def_route(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_def_t *def, agt_error_t *err)
{
    ngx_str_t  route;

    route = ngx_http_agent_str(def->spec->route);

    if (route.len == 0 || ngx_http_agent_route_find(amcf, &route)) {
        return NGX_OK;
    }

    agt_error_set(err, "unknown route \"%.*s\"",
                  (int) agt_min(route.len, (size_t) 64), route.data);
    agt_error_file(err, agt_str_from("agent.json"));
    agt_error_pointer(err, agt_str_from("/route"));

    return NGX_DECLINED;
}


/* for every dialect that is in use: any provider may come to be asked */

static ngx_int_t
ngx_http_agent_def_formats(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_def_t *def, agt_error_t *err)
{
    int                           rc;
    ngx_uint_t                    i;
    const agt_codec_t            *codec;
    ngx_http_agent_provider_t   **providers;
    ngx_http_agent_def_format_t  *format;

    if (def->spec->output == NULL) {
        return NGX_OK;
    }

    def->formats = agt_calloc(&def->arena.mem, amcf->providers.nelts,
                              sizeof(ngx_http_agent_def_format_t));
    if (def->formats == NULL) {
        return NGX_ERROR;
    }

    providers = amcf->providers.elts;

    for (i = 0; i < amcf->providers.nelts; i++) {
        codec = providers[i]->codec;

        if (ngx_http_agent_def_format(def, codec)) {
            continue;
        }

        format = &def->formats[def->formats_n];

        rc = codec->format(&format->format, &def->spec->output_doc,
                           &def->arena.mem, err);
        if (rc != AGT_OK) {
            agt_error_file(err, agt_str_from("output.schema.json"));
            return rc;
        }

        format->codec = codec;
        def->formats_n++;
    }

    return NGX_OK;
}


/* a static prompt goes into every request as it is here */

static ngx_int_t
ngx_http_agent_def_prompt(ngx_http_agent_def_t *def)
{
    agt_buf_t  buf;
    agt_str_t  text;

    text = def->spec->prompt_text;

    if (!def->spec->prompt_static || text.len == 0) {
        return NGX_OK;
    }

    /* escapes make six bytes of one at most */

    agt_buf_init(&buf, &def->arena.mem, text.len + text.len / 8,
                 6 * text.len + 1);

    if (agt_json_escape(&buf, text) != AGT_OK) {
        return NGX_ERROR;
    }

    def->prompt = agt_buf_slice(&buf);

    return NGX_OK;
}


/*
 * agent "name": /path/name/agent.json:3:5: "/pointer": what is wrong
 *
 * Shared schemas lie beside the agents, and their paths say so.  The names of
 * files and members may be anything: what could break the line becomes "?".
 */

static void
ngx_http_agent_def_describe(ngx_http_agent_main_conf_t *amcf, ngx_str_t *name,
    agt_error_t *err, ngx_http_agent_def_error_t *error)
{
    u_char  *p, *c, *last;

    p = error->data;
    last = p + sizeof(error->data);

    p = ngx_slprintf(p, last, "agent \"%V\": %V", name, &amcf->drafts);

    if (ngx_strncmp(err->file, "schemas/", sizeof("schemas/") - 1) == 0) {
        p = ngx_slprintf(p, last, "/%s", err->file);

    } else if (err->file[0]) {
        p = ngx_slprintf(p, last, "/%V/%s", name, err->file);

    } else {
        p = ngx_slprintf(p, last, "/%V", name);
    }

    if (err->line) {
        p = ngx_slprintf(p, last, ":%uD:%uD", err->line, err->column);
    }

    if (err->pointer[0]) {
        p = ngx_slprintf(p, last, ": \"%s\"", err->pointer);
    }

    p = ngx_slprintf(p, last, ": %s",
                     err->set ? err->message
                              : "not enough memory, or system resources");

    for (c = error->data; c < p; c++) {
        if (*c < ' ' || *c == 0x7f) {
            *c = '?';
        }
    }

    error->len = p - error->data;
}


void
ngx_http_agent_def_release(ngx_http_agent_def_t *def)
{
    if (--def->refs) {
        return;
    }

    if (def->spec) {
        agt_spec_release(def->spec);
    }

    agt_arena_release(&def->arena);
    ngx_free(def);
}


const agt_format_t *
ngx_http_agent_def_format(ngx_http_agent_def_t *def, const agt_codec_t *codec)
{
    ngx_uint_t  i;

    for (i = 0; i < def->formats_n; i++) {
        if (def->formats[i].codec == codec) {
            return &def->formats[i].format;
        }
    }

    return NULL;
}
