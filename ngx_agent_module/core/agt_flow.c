
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_flow.h"


typedef struct {
    const char  *name;
    bool         waits;
    agt_step_e   next[AGT_FLOW_N];
} agt_flow_step_t;


static const agt_flow_step_t  agt_flow_steps[] = {
#define AGT_STEP_ROW(id, name, waits, ok, retry, failed)                      \
    { name, waits, { AGT_STEP_##ok, AGT_STEP_##retry, AGT_STEP_##failed } },
    AGT_STEP_MAP(AGT_STEP_ROW)
#undef AGT_STEP_ROW
};


agt_step_e
agt_flow_next(agt_step_e step, agt_flow_e outcome)
{
    if (step >= AGT_STEP_END || outcome >= AGT_FLOW_N) {
        return AGT_STEP_END;
    }

    return agt_flow_steps[step].next[outcome];
}


bool
agt_flow_waits(agt_step_e step)
{
    return step < AGT_STEP_END && agt_flow_steps[step].waits;
}


const char *
agt_flow_name(agt_step_e step)
{
    return step < AGT_STEP_END ? agt_flow_steps[step].name : "end";
}
