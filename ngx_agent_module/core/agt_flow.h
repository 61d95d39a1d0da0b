
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * An execution as a table of steps.  Which step follows which is data, so
 * that it can be read in one place and tested without a server.
 */


#ifndef _AGT_FLOW_H_INCLUDED_
#define _AGT_FLOW_H_INCLUDED_


#include "agt_base.h"


/*
 * The steps in the order of a run without trouble: its name in debug lines,
 * whether it may suspend, then the step that follows each outcome.
 *
 *     OK      the step did its work
 *     RETRY   what came was not good enough, another model may do better
 *     FAILED  nothing more can be tried: the problem is set
 *
 * END stands for "no such outcome".
 */

/*     id        name        waits    OK        RETRY    FAILED */

#define AGT_STEP_MAP(X)                                                       \
    X( RESOLVE,  "resolve",  false,   BODY,     END,     RESPOND )            \
    X( BODY,     "body",     true,    INPUT,    END,     RESPOND )            \
    X( INPUT,    "input",    false,   RENDER,   END,     RESPOND )            \
    X( RENDER,   "render",   false,   CHOOSE,   END,     RESPOND )            \
    X( CHOOSE,   "choose",   true,    ATTEMPT,  CHOOSE,  RESPOND )            \
    X( ATTEMPT,  "attempt",  true,    COLLECT,  CHOOSE,  RESPOND )            \
    X( COLLECT,  "collect",  true,    OUTPUT,   CHOOSE,  RESPOND )            \
    X( OUTPUT,   "output",   false,   RESPOND,  CHOOSE,  RESPOND )            \
    X( RESPOND,  "respond",  false,   FINISH,   END,     FINISH  )            \
    X( FINISH,   "finish",   false,   END,      END,     END     )


typedef enum {
#define AGT_STEP_ID(id, name, waits, ok, retry, failed)   AGT_STEP_##id,
    AGT_STEP_MAP(AGT_STEP_ID)
#undef AGT_STEP_ID
    AGT_STEP_END
} agt_step_e;


typedef enum {
    AGT_FLOW_OK = 0,
    AGT_FLOW_RETRY,
    AGT_FLOW_FAILED,
    AGT_FLOW_N
} agt_flow_e;


/* AGT_STEP_END where the step has no such outcome */

agt_step_e agt_flow_next(agt_step_e step, agt_flow_e outcome);

bool agt_flow_waits(agt_step_e step);
const char *agt_flow_name(agt_step_e step);


#endif /* _AGT_FLOW_H_INCLUDED_ */
