
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * exp() and log() are a few lines here, to the six digits that a millisecond
 * needs, so that the module asks nothing of libm.
 */


#include "agt_delay.h"


#define AGT_DELAY_Z95     1.6449    /* the 95th percentile of N(0, 1) */
#define AGT_DELAY_SQUARE  10        /* halvings before exp()'s series */
#define AGT_DELAY_STEPS   20        /* of log(), 2 at most each; it reaches
                                       log(AGT_DELAY_MAX) = 15.1 in 8 */
#define AGT_DELAY_SUM     12        /* uniform numbers; see below */


static double agt_delay_exp(double x);
static double agt_delay_log(double x);


void
agt_delay_uniform(agt_delay_t *delay, uint32_t lo, uint32_t hi)
{
    delay->lo = lo;
    delay->hi = hi;
    delay->sigma = 0;
}


/* the 95th percentile of a lognormal variable is median * exp(z95 * sigma) */

void
agt_delay_lognormal(agt_delay_t *delay, uint32_t median, uint32_t p95)
{
    agt_delay_uniform(delay, median, median);

    if (p95 == median) {
        return;
    }

    delay->hi = AGT_DELAY_MAX;
    delay->sigma = agt_delay_log((double) p95 / median) / AGT_DELAY_Z95;
}


uint32_t
agt_delay_draw(const agt_delay_t *delay, agt_random_t *random)
{
    double    z, ms;
    unsigned  i;

    if (delay->sigma == 0) {
        return delay->lo + (uint32_t) agt_random_below(random,
                                          (uint64_t) delay->hi - delay->lo + 1);
    }

    /* the sum of 12 uniform numbers has the variance 1 and nearly is normal */

    z = -AGT_DELAY_SUM / 2.0;

    for (i = 0; i < AGT_DELAY_SUM; i++) {
        z += (double) (agt_random(random) >> 11) / 9007199254740992.0;
    }

    ms = delay->lo * agt_delay_exp(delay->sigma * z);

    return ms < delay->hi ? (uint32_t) (ms + 0.5) : delay->hi;
}


static double
agt_delay_exp(double x)
{
    double    sum, term;
    unsigned  i;

    x /= 1 << AGT_DELAY_SQUARE;
    sum = 1;
    term = 1;

    for (i = 1; i < 8; i++) {
        term *= x / i;
        sum += term;
    }

    for (i = 0; i < AGT_DELAY_SQUARE; i++) {
        sum *= sum;
    }

    return sum;
}


/* Halley's method on exp(y) = x */

static double
agt_delay_log(double x)
{
    double    y, e;
    unsigned  i;

    y = 0;

    for (i = 0; i < AGT_DELAY_STEPS; i++) {
        e = agt_delay_exp(y);
        y += 2 * (x - e) / (x + e);
    }

    return y;
}
