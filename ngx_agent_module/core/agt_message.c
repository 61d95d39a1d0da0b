
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_message.h"


static const char *const  agt_stop_names[] = {
    "none",
    "end",
    "length",
    "tool",
    "filter",
    "refusal"
};


void
agt_usage_init(agt_usage_t *usage)
{
    usage->input = -1;
    usage->cached = -1;
    usage->cache_write = -1;
    usage->output = -1;
    usage->reasoning = -1;
    usage->cost = agt_str_make(NULL, 0);
}


void
agt_answer_init(agt_answer_t *answer)
{
    memset(answer, 0, sizeof(agt_answer_t));

    answer->stop = AGT_STOP_NONE;
    agt_usage_init(&answer->usage);
}


const char *
agt_stop_name(agt_stop_e stop)
{
    return (size_t) stop < agt_array_n(agt_stop_names) ? agt_stop_names[stop]
                                                       : "unknown";
}
