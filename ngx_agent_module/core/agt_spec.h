
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * An agent's definition: from the files of its directory (a draft) to what
 * an execution needs, checked by tables.  Compiled once, immutable, shared.
 *
 *     agent.json           settings; required, {} is enough
 *     prompt.md            instructions, a template over the input
 *     message.md           the user's turn, a template; absent: the input as
 *                          compact JSON
 *     input.schema.json    absent: an object with one required string, "text"
 *     output.schema.json   absent: a text agent
 *     context/NAME.md      templates too: appended to the instructions in the
 *                          order of their names, each behind an empty line,
 *                          but not where a tag {{> NAME.md}} of any other file
 *                          places them
 */


#ifndef _AGT_SPEC_H_INCLUDED_
#define _AGT_SPEC_H_INCLUDED_


#include "agt_parameters.h"
#include "agt_schema.h"
#include "agt_template.h"


#define AGT_SPEC_FILE_MAX     (1024 * 1024)        /* bytes of one file */
#define AGT_SPEC_FILES_MAX    256                  /* files of one agent */
#define AGT_SPEC_TOTAL_MAX    (8 * 1024 * 1024)    /* bytes of all files */


/* a file of the agent; path is relative to its directory: "context/a.md" */

typedef struct {
    agt_str_t  path;
    agt_str_t  text;
} agt_file_t;


typedef struct {
    agt_file_t  *elts;
    uint32_t     n;
} agt_files_t;


typedef struct {
    agt_str_t          name;
    agt_str_t          description;
    agt_str_t          owner;
    agt_str_t          route;           /* empty: the location's default */
    agt_parameters_t   parameters;
    uint64_t           timeout;         /* limits.timeout in ms; 0: none */

    agt_template_t    *prompt;          /* prompt.md with its context files;
                                           NULL: no instructions */
    agt_template_t    *message;         /* NULL: the input as compact JSON */
    agt_str_t          prompt_text;     /* where the prompt is static: all of
                                           it, context files included */
    bool               prompt_static;   /* also where there is no prompt */

    agt_schema_t      *input;
    agt_schema_t      *output;          /* NULL: a text agent */
    agt_json_t         input_doc;       /* the schemas' documents */
    agt_json_t         output_doc;      /* n == 0 for a text agent */

    uint8_t            digest[32];      /* SHA-256 of the canonical snapshot */
} agt_spec_t;


/* [a-z0-9][a-z0-9_-]{0,62}: agents, aliases, consumers, teams */

bool agt_name_valid(agt_str_t name);

/* the same for an agent; "schemas", where drafts share schemas, is none */

bool agt_spec_name_valid(agt_str_t name);

/* whether an agent may have a file of that path */

bool agt_spec_path_valid(agt_str_t path);

/* NAME and a suffix: not hidden, no folder of its own, fit for a log line */

bool agt_spec_file_valid(agt_str_t name, const char *suffix);

/* by the bytes of their paths */

void agt_spec_files_sort(agt_files_t *files);

/*
 * Compiles the files; they, the set and mem must outlive the result.  DECLINED
 * with file, line and column (or pointer) and message in err.  What a later
 * build may know is refused by name: "... is not supported by this build".
 */

int agt_spec_compile(agt_spec_t **spec, agt_str_t name,
    const agt_files_t *files, agt_schema_set_t *set, agt_mem_t *mem,
    agt_error_t *err);

/* releases what is not memory of mem */

void agt_spec_release(agt_spec_t *spec);

/* the system prompt for an input, context included; static prompts need no
   call.  Returns what agt_template_render() does */

int agt_spec_prompt(const agt_spec_t *spec, const agt_json_t *input,
    agt_buf_t *out);

/* the user's turn */

int agt_spec_message(const agt_spec_t *spec, const agt_json_t *input,
    agt_buf_t *out);

/*
 * {"agent": ..., "files": {path: text}, "format": 1}: keys sorted, no spaces;
 * the order of the files does not matter.  mem is for the time of the call.
 */

int agt_spec_snapshot(const agt_files_t *files, agt_buf_t *out,
    agt_mem_t *mem, agt_error_t *err);


#endif /* _AGT_SPEC_H_INCLUDED_ */
