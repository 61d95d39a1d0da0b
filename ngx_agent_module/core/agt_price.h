
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Prices and costs as integers: no sum of floats anywhere.  A rate is USD for
 * a million tokens, held in units of 10^-6 USD; a cost is held in units of
 * 10^-12 USD, so that a rate times a token is exact.
 */


#ifndef _AGT_PRICE_H_INCLUDED_
#define _AGT_PRICE_H_INCLUDED_


#include "agt_buf.h"


#define AGT_PRICE_BANDS   4


/*
 * Rates for prompts of more than "over" tokens, for the whole request.  A
 * cached or cache_write rate that was not given is AGT_PRICE_NONE: then the
 * tokens cost what input costs.
 */

#define AGT_PRICE_NONE    -1


typedef struct {
    int64_t  over;
    int64_t  input;
    int64_t  cached;
    int64_t  cache_write;
    int64_t  output;
} agt_price_band_t;


/* bands[0] has over = 0; the rest ascend */

typedef struct {
    agt_price_band_t  bands[AGT_PRICE_BANDS];
    uint32_t          n;
} agt_price_t;


/* one band in which everything is free and the cache's rates are not given */

void agt_price_init(agt_price_t *price);

/* "0.125" to 125000; at most six decimals and 10^6 USD; DECLINED else */

int agt_price_rate(agt_str_t text, int64_t *rate);

/*
 * input includes cached and cache_write; of what claims to be more than input
 * only input is counted.  Negative counts (not reported) count as none.  The
 * result is never negative, and stays at INT64_MAX where it would be more.
 */

int64_t agt_price_cost(const agt_price_t *price, int64_t input,
    int64_t cached, int64_t cache_write, int64_t output);

/* exact decimal USD of a cost, without trailing zeros: "0.0001292", "0" */

int agt_price_format(int64_t cost, agt_buf_t *out);

/*
 * A provider's own figure, a JSON number as "0.00123" or "1.23e-3", to a cost,
 * rounded to the nearest unit.  DECLINED where it is none, is negative, or is
 * more than a cost can hold (9.2 million USD).
 */

int agt_price_parse(agt_str_t text, int64_t *cost);


#endif /* _AGT_PRICE_H_INCLUDED_ */
