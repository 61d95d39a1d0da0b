
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The text of /proc/PID/stat (proc(5)), of which two fields tell whether a
 * process still is the one that had this number before.
 */


#ifndef _AGT_PROC_H_INCLUDED_
#define _AGT_PROC_H_INCLUDED_


#include "agt_base.h"


typedef struct {
    char      state;      /* 'R', 'S', ...; 'Z' and 'X' run no more */
    uint64_t  started;    /* clock ticks after the system's start */
} agt_proc_t;


/* DECLINED where the text is none, or was cut before the fields */

int agt_proc_parse(agt_str_t text, agt_proc_t *proc);


#endif /* _AGT_PROC_H_INCLUDED_ */
