
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What an agent may ask of the sampling, under neutral names that codecs map.
 */


#ifndef _AGT_PARAMETERS_H_INCLUDED_
#define _AGT_PARAMETERS_H_INCLUDED_


#include "agt_base.h"


#define AGT_PARAMETERS_STOP   4


/* numbers keep their text; an empty slice means "not given" */

typedef struct {
    agt_str_t  temperature;
    agt_str_t  top_p;
    agt_str_t  presence_penalty;
    agt_str_t  frequency_penalty;
    agt_str_t  seed;
    agt_str_t  reasoning_effort;  /* none minimal low medium high xhigh max */
    agt_str_t  verbosity;            /* low medium high */
    agt_str_t  stop[AGT_PARAMETERS_STOP];
    uint32_t   stop_n;
    int64_t    max_output_tokens;    /* 0: not given */
} agt_parameters_t;


#endif /* _AGT_PARAMETERS_H_INCLUDED_ */
