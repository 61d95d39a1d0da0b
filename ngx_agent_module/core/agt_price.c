
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_price.h"


#define AGT_PRICE_RATE_DECIMALS   6
#define AGT_PRICE_RATE_MAX        INT64_C(1000000000000)    /* 10^6 USD */
#define AGT_PRICE_USD             UINT64_C(1000000000000)   /* units of cost */
#define AGT_PRICE_COST_DECIMALS   12

/* far over any exponent with a meaning, far below an overflow */

#define AGT_PRICE_EXPONENT_MAX    1000


static const agt_price_band_t *agt_price_band(const agt_price_t *price,
    int64_t input);
static int64_t agt_price_part(int64_t cost, int64_t rate, int64_t tokens);
static const char *agt_price_digits(const char *p, const char *end,
    uint64_t *value, int64_t *skipped);
static const char *agt_price_exponent(const char *p, const char *end,
    int64_t *exponent);
static int agt_price_scale(uint64_t value, int64_t exponent, int64_t *cost);


void
agt_price_init(agt_price_t *price)
{
    memset(price, 0, sizeof(agt_price_t));

    price->bands[0].cached = AGT_PRICE_NONE;
    price->bands[0].cache_write = AGT_PRICE_NONE;
    price->n = 1;
}


int
agt_price_rate(agt_str_t text, int64_t *rate)
{
    bool     point;
    size_t   i, decimals;
    int64_t  value;

    value = 0;
    decimals = 0;
    point = false;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] == '.' && !point && i != 0) {
            point = true;
            continue;
        }

        if (text.data[i] < '0' || text.data[i] > '9') {
            return AGT_DECLINED;
        }

        if (point && ++decimals > AGT_PRICE_RATE_DECIMALS) {
            return AGT_DECLINED;
        }

        value = value * 10 + (text.data[i] - '0');

        if (value > AGT_PRICE_RATE_MAX) {
            return AGT_DECLINED;
        }
    }

    if (text.len == 0 || (point && decimals == 0)) {
        return AGT_DECLINED;
    }

    /* at most 10^12 times 10^6 here */

    for ( /* void */ ; decimals < AGT_PRICE_RATE_DECIMALS; decimals++) {
        value *= 10;
    }

    if (value > AGT_PRICE_RATE_MAX) {
        return AGT_DECLINED;
    }

    *rate = value;

    return AGT_OK;
}


int64_t
agt_price_cost(const agt_price_t *price, int64_t input, int64_t cached,
    int64_t cache_write, int64_t output)
{
    int64_t                  cost, rate;
    const agt_price_band_t  *band;

    if (price->n == 0) {
        return 0;
    }

    input = agt_max(input, 0);
    cached = agt_min(agt_max(cached, 0), input);
    cache_write = agt_min(agt_max(cache_write, 0), input - cached);

    band = agt_price_band(price, input);

    cost = agt_price_part(0, band->input, input - cached - cache_write);

    rate = band->cached < 0 ? band->input : band->cached;
    cost = agt_price_part(cost, rate, cached);

    rate = band->cache_write < 0 ? band->input : band->cache_write;
    cost = agt_price_part(cost, rate, cache_write);

    return agt_price_part(cost, band->output, agt_max(output, 0));
}


static const agt_price_band_t *
agt_price_band(const agt_price_t *price, int64_t input)
{
    uint32_t  i;

    for (i = price->n - 1; i > 0; i--) {
        if (input > price->bands[i].over) {
            break;
        }
    }

    return &price->bands[i];
}


static int64_t
agt_price_part(int64_t cost, int64_t rate, int64_t tokens)
{
    if (rate <= 0 || tokens == 0) {
        return cost;
    }

    if (tokens > INT64_MAX / rate || rate * tokens > INT64_MAX - cost) {
        return INT64_MAX;
    }

    return cost + rate * tokens;
}


int
agt_price_format(int64_t cost, agt_buf_t *out)
{
    char      digits[AGT_PRICE_COST_DECIMALS + 1];
    size_t    i, len;
    uint64_t  value, fraction;

    value = cost > 0 ? (uint64_t) cost : 0;
    fraction = value % AGT_PRICE_USD;

    if (agt_buf_uint(out, value / AGT_PRICE_USD) != AGT_OK) {
        return AGT_ERROR;
    }

    if (fraction == 0) {
        return AGT_OK;
    }

    len = 1;
    digits[0] = '.';

    for (i = AGT_PRICE_COST_DECIMALS; i > 0; i--) {
        digits[i] = (char) ('0' + fraction % 10);
        fraction /= 10;

        if (digits[i] != '0') {
            len = agt_max(len, i + 1);
        }
    }

    return agt_buf_append(out, digits, len);
}


int
agt_price_parse(agt_str_t text, int64_t *cost)
{
    int64_t      exponent, integers, decimals;
    uint64_t     value;
    const char  *p, *q, *end;

    if (text.len == 0) {
        return AGT_DECLINED;
    }

    p = text.data;
    end = p + text.len;
    value = 0;
    exponent = 0;
    integers = 0;
    decimals = 0;

    q = agt_price_digits(p, end, &value, &integers);
    if (q == p) {
        return AGT_DECLINED;
    }

    p = q;

    if (p < end && *p == '.') {
        p++;

        q = agt_price_digits(p, end, &value, &decimals);
        if (q == p) {
            return AGT_DECLINED;
        }

        /* digits that were skipped moved nothing */

        decimals = (int64_t) (q - p) - decimals;
        p = q;
    }

    if (p < end) {
        p = agt_price_exponent(p, end, &exponent);
        if (p != end) {
            return AGT_DECLINED;
        }
    }

    return agt_price_scale(value, AGT_PRICE_COST_DECIMALS + exponent
                                  + integers - decimals, cost);
}


/* digits behind the first 19, all that 64 bits hold, are counted only */

static const char *
agt_price_digits(const char *p, const char *end, uint64_t *value,
    int64_t *skipped)
{
    static const uint64_t  max = UINT64_C(1000000000000000000);

    while (p < end && *p >= '0' && *p <= '9') {

        if (*value >= max) {
            (*skipped)++;

        } else {
            *value = *value * 10 + (uint64_t) (*p - '0');
        }

        p++;
    }

    return p;
}


/* the text's end, or NULL where this is no exponent */

static const char *
agt_price_exponent(const char *p, const char *end, int64_t *exponent)
{
    bool     negative;
    int64_t  n;

    if (*p != 'e' && *p != 'E') {
        return NULL;
    }

    p++;
    negative = p < end && *p == '-';

    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }

    if (p == end) {
        return NULL;
    }

    n = 0;

    for ( /* void */ ; p < end && *p >= '0' && *p <= '9'; p++) {
        n = agt_min(n * 10 + (*p - '0'), AGT_PRICE_EXPONENT_MAX);
    }

    *exponent = negative ? -n : n;

    return p;
}


static int
agt_price_scale(uint64_t value, int64_t exponent, int64_t *cost)
{
    uint64_t  rest;

    for ( /* void */ ; exponent > 0 && value != 0; exponent--) {

        if (value > INT64_MAX / 10) {
            return AGT_DECLINED;
        }

        value *= 10;
    }

    rest = 0;

    for ( /* void */ ; exponent < 0 && (value | rest) != 0; exponent++) {
        rest = value % 10;
        value /= 10;
    }

    value += rest >= 5;

    if (value > INT64_MAX) {
        return AGT_DECLINED;
    }

    *cost = (int64_t) value;

    return AGT_OK;
}
