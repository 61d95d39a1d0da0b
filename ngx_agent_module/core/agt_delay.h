
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * How long something that is only pretended takes: a constant, or a draw from
 * a uniform or a lognormal distribution, which is what the latencies of real
 * services look like.  All times are milliseconds.
 */


#ifndef _AGT_DELAY_H_INCLUDED_
#define _AGT_DELAY_H_INCLUDED_


#include "agt_random.h"


#define AGT_DELAY_MAX   3600000    /* an hour: more is a mistake */


typedef struct {
    uint32_t  lo;
    uint32_t  hi;      /* lo..hi, both included */
    double    sigma;   /* not 0: lognormal with the median lo, at most hi */
} agt_delay_t;


void agt_delay_uniform(agt_delay_t *delay, uint32_t lo, uint32_t hi);

/* 1 <= median <= p95, the 95th percentile */

void agt_delay_lognormal(agt_delay_t *delay, uint32_t median, uint32_t p95);

uint32_t agt_delay_draw(const agt_delay_t *delay, agt_random_t *random);


#endif /* _AGT_DELAY_H_INCLUDED_ */
