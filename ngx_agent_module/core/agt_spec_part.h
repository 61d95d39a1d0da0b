
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What the files agt_spec*.c share: the set of files, checked and sorted, and
 * the steps of compiling them.
 */


#ifndef _AGT_SPEC_PART_H_INCLUDED_
#define _AGT_SPEC_PART_H_INCLUDED_


#include "agt_spec.h"


#define AGT_SPEC_CONTEXT   "context/"


/* sorted by path; the context files stand together */

typedef struct {
    agt_files_t  all;
    agt_files_t  context;
} agt_spec_files_t;


/* checks and sorts; DECLINED names the file */

int agt_spec_files(agt_spec_files_t *sorted, const agt_files_t *files,
    agt_mem_t *mem, agt_error_t *err);

/* NULL where there is none */

const agt_file_t *agt_spec_find(const agt_spec_files_t *files,
    const char *path);

/* agent.json, which must be there, and what it says */

int agt_spec_read_agent(agt_json_t *doc, const agt_spec_files_t *files,
    agt_mem_t *mem, agt_error_t *err);
int agt_spec_settings(agt_spec_t *spec, const agt_spec_files_t *files,
    agt_mem_t *mem, agt_error_t *err);

/* needs the input schema */

int agt_spec_templates(agt_spec_t *spec, const agt_spec_files_t *files,
    agt_mem_t *mem, agt_error_t *err);


#endif /* _AGT_SPEC_PART_H_INCLUDED_ */
