
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Which numbers a schema leaves: an arithmetic series in units of 10^-scale.
 * Bounds are rounded into the interval, so that a text of any length does.
 */


#include "agt_plan_build.h"


#define AGT_NUMBER_SCALE   17                     /* digits of a fraction */
#define AGT_NUMBER_MAX     1000000000000000000    /* units; room for sums */
#define AGT_NUMBER_SPAN    100                    /* of an open interval */
#define AGT_NUMBER_FEW     5    /* values that a name's range must leave */


typedef struct {
    int64_t  lo;
    int64_t  hi;
    bool     has_lo;
    bool     has_hi;
} agt_number_bounds_t;


static int agt_number_steps(agt_plan_builder_t *b, const agt_shape_t *shape,
    uint8_t *scale, int64_t *step);
static int agt_number_fill(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, uint8_t scale, int64_t step,
    agt_plan_number_t *number);
static void agt_number_bounds(agt_plan_builder_t *b, const agt_shape_t *shape,
    uint8_t scale, agt_number_bounds_t *bounds);
static void agt_number_usual(const agt_plan_place_t *place, uint8_t scale,
    const agt_number_bounds_t *bounds, int64_t *lo, int64_t *hi);
static int agt_number_series(int64_t lo, int64_t hi, int64_t step,
    agt_plan_number_t *number);
static int agt_number_far(agt_plan_builder_t *b, const agt_shape_t *shape,
    agt_plan_t *plan);
static bool agt_number_units(agt_str_t text, uint8_t scale, int64_t *units);
static int64_t agt_number_exponent(const char *p, const char *end);
static int64_t agt_number_gcd(int64_t a, int64_t b);
static int64_t agt_number_power(uint8_t n);


int
agt_plan_number(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan)
{
    int      rc;
    bool     integer;
    int64_t  step, one, gcd;
    uint8_t  scale;

    plan->type = AGT_PLAN_NUMBER;

    integer = !(shape->types & AGT_JSON_NUMBER);
    scale = integer ? 0 : 2;

    rc = agt_number_steps(b, shape, &scale, &step);
    if (rc != AGT_OK) {
        return rc;
    }

    if (integer) {
        one = agt_number_power(scale);
        gcd = agt_number_gcd(step, one);

        if (step / gcd > AGT_NUMBER_MAX / one) {
            return AGT_DECLINED;
        }

        step = step / gcd * one;

        return agt_number_fill(b, shape, place, scale, step, &plan->u.number)
               == AGT_OK ? AGT_OK : agt_number_far(b, shape, plan);
    }

    /* a narrow interval may need more digits */

    for ( ;; ) {
        rc = agt_number_fill(b, shape, place, scale, step, &plan->u.number);

        if (rc == AGT_OK) {
            return AGT_OK;
        }

        if (scale == AGT_NUMBER_SCALE || step > AGT_NUMBER_MAX / 10) {
            return agt_number_far(b, shape, plan);
        }

        scale++;

        if (shape->multiples != NULL) {
            step *= 10;
        }
    }
}


/* the least common multiple of all multipleOf; 1 unit where there is none */

static int
agt_number_steps(agt_plan_builder_t *b, const agt_shape_t *shape,
    uint8_t *scale, int64_t *step)
{
    int64_t                  n, gcd;
    const agt_shape_list_t  *item;

    *step = 1;

    if (shape->multiples == NULL) {
        return AGT_OK;
    }

    *scale = 0;

    for (item = shape->multiples; item != NULL; item = item->next) {
        while (!agt_number_units(agt_json_raw(b->doc, item->node), *scale,
                                 &n))
        {
            if (++*scale > AGT_NUMBER_SCALE) {
                return AGT_DECLINED;
            }
        }
    }

    for (item = shape->multiples; item != NULL; item = item->next) {

        (void) agt_number_units(agt_json_raw(b->doc, item->node), *scale, &n);

        if (n <= 0 || n > AGT_NUMBER_MAX) {
            return AGT_DECLINED;
        }

        gcd = agt_number_gcd(n, *step);

        if (n / gcd > AGT_NUMBER_MAX / *step) {
            return AGT_DECLINED;
        }

        *step = n / gcd * *step;
    }

    return AGT_OK;
}


static int
agt_number_fill(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, uint8_t scale, int64_t step,
    agt_plan_number_t *number)
{
    int64_t              lo, hi;
    agt_number_bounds_t  bounds;

    number->scale = scale;

    agt_number_bounds(b, shape, scale, &bounds);
    agt_number_usual(place, scale, &bounds, &lo, &hi);

    if (agt_number_series(lo, hi, step, number) == AGT_OK) {
        return AGT_OK;
    }

    /* a step that is too long for that: the first ones of all that there are */

    lo = bounds.has_lo ? bounds.lo : -AGT_NUMBER_MAX;
    hi = bounds.has_hi ? bounds.hi : AGT_NUMBER_MAX;

    if (lo < 0 && hi > 0) {
        lo = 0;
    }

    if (agt_number_series(lo, hi, step, number) != AGT_OK) {
        return AGT_DECLINED;
    }

    if (!bounds.has_lo || !bounds.has_hi) {
        number->n = agt_min(number->n,
                            agt_max((uint64_t) AGT_NUMBER_SPAN, place->many));
    }

    return AGT_OK;
}


static void
agt_number_bounds(agt_plan_builder_t *b, const agt_shape_t *shape,
    uint8_t scale, agt_number_bounds_t *bounds)
{
    bool                     exact, exclusive;
    int64_t                  n;
    agt_str_t                text;
    const agt_shape_list_t  *item;

    static const agt_str_t  minimum = agt_string("minimum");
    static const agt_str_t  maximum = agt_string("maximum");

    memset(bounds, 0, sizeof(agt_number_bounds_t));

    for (item = shape->minimums; item != NULL; item = item->next) {

        text = agt_json_raw(b->doc, item->node + 1);
        exact = agt_number_units(text, scale, &n);
        exclusive = !agt_json_string_is(b->doc, item->node, minimum);

        /* units are rounded towards zero */

        if ((exact && exclusive) || (!exact && text.data[0] != '-')) {
            n++;
        }

        bounds->lo = bounds->has_lo ? agt_max(bounds->lo, n) : n;
        bounds->has_lo = true;
    }

    for (item = shape->maximums; item != NULL; item = item->next) {

        text = agt_json_raw(b->doc, item->node + 1);
        exact = agt_number_units(text, scale, &n);
        exclusive = !agt_json_string_is(b->doc, item->node, maximum);

        if ((exact && exclusive) || (!exact && text.data[0] == '-')) {
            n--;
        }

        bounds->hi = bounds->has_hi ? agt_min(bounds->hi, n) : n;
        bounds->has_hi = true;
    }
}


/* where the name's range and the bounds meet, or the nearest of the bounds */

static void
agt_number_usual(const agt_plan_place_t *place, uint8_t scale,
    const agt_number_bounds_t *bounds, int64_t *lo, int64_t *hi)
{
    int64_t            few, span, from, to;
    agt_words_range_t  range;

    range = agt_words_range(place->name);

    from = range.lo;
    to = range.hi;

    for ( /* void */ ; range.scale < scale; range.scale++) {
        from = agt_max(-AGT_NUMBER_MAX / 10, agt_min(from,
                       AGT_NUMBER_MAX / 10)) * 10;
        to = agt_max(-AGT_NUMBER_MAX / 10, agt_min(to,
                     AGT_NUMBER_MAX / 10)) * 10;
    }

    for ( /* void */ ; range.scale > scale; range.scale--) {
        from = (from + 9) / 10;
        to /= 10;
    }

    *lo = bounds->has_lo ? agt_max(bounds->lo, from) : from;
    *hi = bounds->has_hi ? agt_min(bounds->hi, to) : to;

    few = (bounds->has_lo && bounds->has_hi) ? AGT_NUMBER_FEW : 1;

    if (*hi - *lo >= agt_max(few, (int64_t) place->many)) {
        return;
    }

    span = AGT_NUMBER_SPAN * agt_min(agt_number_power(scale),
                                     AGT_NUMBER_MAX / AGT_NUMBER_SPAN);
    span = agt_max(span, (int64_t) place->many);

    *lo = bounds->lo;
    *hi = bounds->hi;

    if (!bounds->has_lo) {
        *lo = bounds->has_hi ? bounds->hi - span : from;
    }

    if (!bounds->has_hi) {
        *hi = *lo + span;
    }
}


static int
agt_number_series(int64_t lo, int64_t hi, int64_t step,
    agt_plan_number_t *number)
{
    int64_t  rest;

    if (lo > AGT_NUMBER_MAX || hi < -AGT_NUMBER_MAX) {
        return AGT_DECLINED;
    }

    lo = agt_max(lo, -AGT_NUMBER_MAX);
    hi = agt_min(hi, AGT_NUMBER_MAX);

    rest = lo % step;

    if (rest != 0) {
        lo += (rest > 0) ? step - rest : -rest;
    }

    if (lo > hi) {
        return AGT_DECLINED;
    }

    number->lo = lo;
    number->step = step;
    number->n = (uint64_t) ((hi - lo) / step) + 1;

    return AGT_OK;
}


/* so far out that there are no units: a bound is all that can be written */

static int
agt_number_far(agt_plan_builder_t *b, const agt_shape_t *shape,
    agt_plan_t *plan)
{
    int64_t                  n;
    uint32_t                 value;
    const agt_shape_list_t  *item;

    item = shape->minimums != NULL ? shape->minimums : shape->maximums;

    if (item == NULL) {
        return AGT_DECLINED;
    }

    value = item->node + 1;

    (void) agt_number_units(agt_json_raw(b->doc, value), 0, &n);

    if (n <= AGT_NUMBER_MAX && n >= -AGT_NUMBER_MAX) {
        return AGT_DECLINED;
    }

    return agt_plan_choice(b, &value, 1, plan);
}


/*
 * A number's text in units of 10^-scale, rounded towards zero; whether that is
 * exact.  What is over AGT_NUMBER_MAX is one more than that.
 */

static bool
agt_number_units(agt_str_t text, uint8_t scale, int64_t *units)
{
    bool         exact, fraction;
    int64_t      n, shift;
    const char  *p, *end;

    p = text.data;
    end = text.data + text.len;

    n = 0;
    shift = scale;
    exact = true;
    fraction = false;

    for (p += (*p == '-'); p != end && (*p | 0x20) != 'e'; p++) {

        if (*p == '.') {
            fraction = true;
            continue;
        }

        if (n < AGT_NUMBER_MAX / 100) {
            n = n * 10 + (*p - '0');
            shift -= fraction;

        } else {
            exact = exact && *p == '0';
            shift += !fraction;
        }
    }

    if (p != end) {
        shift += agt_number_exponent(p + 1, end);
    }

    for ( /* void */ ; shift > 0 && n != 0; shift--) {
        if (n > AGT_NUMBER_MAX / 10) {
            n = AGT_NUMBER_MAX + 1;
            break;
        }

        n *= 10;
    }

    for ( /* void */ ; shift < 0 && n != 0; shift++) {
        exact = exact && n % 10 == 0;
        n /= 10;
    }

    *units = (text.data[0] == '-') ? -n : n;

    return exact;
}


static int64_t
agt_number_exponent(const char *p, const char *end)
{
    bool     negative;
    int64_t  n;

    negative = (*p == '-');

    if (*p == '-' || *p == '+') {
        p++;
    }

    for (n = 0; p != end; p++) {
        n = agt_min(n * 10 + (*p - '0'), 1000000);
    }

    return negative ? -n : n;
}


static int64_t
agt_number_gcd(int64_t a, int64_t b)
{
    int64_t  rest;

    while (b != 0) {
        rest = a % b;
        a = b;
        b = rest;
    }

    return a;
}


static int64_t
agt_number_power(uint8_t n)
{
    int64_t  power;

    for (power = 1; n != 0; n--) {
        power *= 10;
    }

    return power;
}
