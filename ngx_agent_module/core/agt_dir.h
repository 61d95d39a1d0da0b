
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Reads an agent's directory: agent.json, prompt.md, message.md,
 * input.schema.json, output.schema.json and context/ *.md.  The directory
 * tests/, files that begin with a dot and what editors leave behind are passed
 * over; anything else is an error that names it.  Opens relative to a
 * directory descriptor, and follows no symbolic link below the drafts'
 * directory; what is not a regular file is never waited for.
 *
 * All functions return DECLINED where the directory's content is to blame, and
 * ERROR where the system is: out of memory or of descriptors.
 */


#ifndef _AGT_DIR_H_INCLUDED_
#define _AGT_DIR_H_INCLUDED_


#include "agt_spec.h"


/* a fingerprint of a directory's files: names, sizes, inodes, times */

typedef struct {
    uint64_t  a, b;
} agt_dir_print_t;


/*
 * root: the drafts' directory.  DECLINED: not there, not readable, too large,
 * an unknown file; err tells which.  files->elts are sorted by path.
 */

int agt_dir_read(const char *root, agt_str_t name, agt_files_t *files,
    agt_mem_t *mem, agt_error_t *err);

/*
 * DECLINED where the directory is not there; never reads a file's content.
 * Files that agt_dir_read() would complain about count, too: as they come and
 * go, it is worth another try.
 */

int agt_dir_print(const char *root, agt_str_t name, agt_dir_print_t *print);

/* the same for ROOT/schemas/ *.json, the documents that a $ref may name, with
   paths like "schemas/a.json"; a directory that is not there is empty */

int agt_dir_schemas(const char *root, agt_files_t *files, agt_mem_t *mem,
    agt_error_t *err);
int agt_dir_schemas_print(const char *root, agt_dir_print_t *print);


#endif /* _AGT_DIR_H_INCLUDED_ */
