
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * From a plan to a value.  Items that must differ are numbered: what can be
 * counted takes the next value, what can't is drawn again when it was there
 * before, and at last says its number.
 */


#include "agt_plan.h"


#define AGT_WRITE_FUEL     1000000   /* nodes and pattern steps of a value */
#define AGT_WRITE_UNIQUE   256       /* items that a new one is compared with */
#define AGT_WRITE_EXTRAS   16        /* names that a new one is compared with */
#define AGT_WRITE_TRIES    8
#define AGT_WRITE_MORE     3         /* items: the least, or up to 2 more */
#define AGT_WRITE_WRONG    "{\"unexpected\":true}"

#define AGT_WRITE_ANY      UINT64_MAX   /* no number: draw */


typedef struct {
    agt_buf_t                     *buf;
    const agt_generate_options_t  *options;
    agt_random_t                   random;
    uint64_t                       fuel;
    uint32_t                       wrong;     /* scalars until the wrong one */
    size_t                         lead_end;  /* 0: not written yet */
    uint32_t                       lead_room; /* that its maximum leaves */
} agt_writer_t;


/* where the made-up names of an object stand, with their quotes and colons */

typedef struct {
    size_t                         offs[AGT_WRITE_EXTRAS];
    size_t                         lens[AGT_WRITE_EXTRAS];
    uint32_t                       n;
} agt_extras_t;


static void agt_write_value(agt_writer_t *w, const agt_plan_t *plan,
    uint64_t i);
static void agt_write_scalar(agt_writer_t *w, const agt_plan_t *plan,
    uint64_t i);
static void agt_write_number(agt_writer_t *w, const agt_plan_number_t *number,
    uint64_t i);
static void agt_write_string(agt_writer_t *w, const agt_plan_t *plan,
    uint64_t i);
static void agt_write_lead(agt_writer_t *w, const agt_plan_string_t *string,
    size_t start);
static void agt_write_array(agt_writer_t *w, const agt_plan_array_t *array);
static uint32_t agt_write_count(agt_writer_t *w,
    const agt_plan_array_t *array);
static bool agt_write_item(agt_writer_t *w, const agt_plan_array_t *array,
    uint32_t i, uint64_t base, size_t *starts);
static uint64_t agt_write_values(const agt_plan_t *plan);
static bool agt_write_known(const agt_buf_t *buf, const size_t *starts,
    uint32_t i);
static void agt_write_object(agt_writer_t *w, const agt_plan_object_t *object);
static uint32_t agt_write_members(agt_writer_t *w,
    const agt_plan_object_t *object);
static void agt_write_extra(agt_writer_t *w, const agt_plan_object_t *object,
    uint32_t n, agt_extras_t *extras);
static bool agt_write_taken(agt_writer_t *w, const agt_plan_object_t *object,
    const agt_extras_t *extras, size_t start);
static void agt_write_grow(agt_writer_t *w);
static size_t agt_write_prefix(agt_str_t text, uint32_t points);


int
agt_plan_write(const agt_plan_t *plan, const agt_generate_options_t *options,
    uint32_t wrong, agt_buf_t *buf)
{
    size_t        start;
    agt_writer_t  w;

    w.buf = buf;
    w.options = options;
    w.random.state = options->seed;
    w.fuel = AGT_WRITE_FUEL;
    w.wrong = wrong;
    w.lead_end = 0;
    w.lead_room = 0;

    start = buf->len;

    agt_write_value(&w, plan, AGT_WRITE_ANY);

    if (w.fuel == 0) {
        return AGT_DECLINED;
    }

    if (options->size > buf->len - start && w.lead_room != 0) {
        w.lead_room = (uint32_t) agt_min(options->size - (buf->len - start),
                                         (size_t) w.lead_room);
        agt_write_grow(&w);
    }

    return buf->failed ? AGT_ERROR : AGT_OK;
}


static void
agt_write_value(agt_writer_t *w, const agt_plan_t *plan, uint64_t i)
{
    if (w->fuel == 0 || w->buf->failed) {
        return;
    }

    w->fuel--;

    if (plan->nullable && !plan->lead && agt_random_below(&w->random, 8) == 0)
    {
        agt_buf_text(w->buf, "null");
        return;
    }

    switch (plan->type) {

    case AGT_PLAN_ARRAY:
        agt_write_array(w, &plan->u.array);
        return;

    case AGT_PLAN_OBJECT:
        agt_write_object(w, &plan->u.object);
        return;

    default:
        break;
    }

    if (w->wrong != AGT_PLAN_NO_LIMIT && w->wrong-- == 0) {
        w->wrong = AGT_PLAN_NO_LIMIT;
        agt_buf_text(w->buf, AGT_WRITE_WRONG);
        return;
    }

    agt_write_scalar(w, plan, i);
}


static void
agt_write_scalar(agt_writer_t *w, const agt_plan_t *plan, uint64_t i)
{
    uint64_t  k = (i != AGT_WRITE_ANY) ? i : agt_random(&w->random) >> 1;

    switch (plan->type) {

    case AGT_PLAN_NULL:
        agt_buf_text(w->buf, "null");
        break;

    case AGT_PLAN_BOOLEAN:
        agt_buf_text(w->buf, k % 2 ? "true" : "false");
        break;

    case AGT_PLAN_NUMBER:
        agt_write_number(w, &plan->u.number, k);
        break;

    case AGT_PLAN_CHOICE:
        agt_buf_str(w->buf, plan->u.choice.texts[k % plan->u.choice.n]);
        break;

    default:
        agt_write_string(w, plan, i);
    }
}


static void
agt_write_number(agt_writer_t *w, const agt_plan_number_t *number, uint64_t i)
{
    char      digits[40];
    size_t    n;
    int64_t   value;
    uint8_t   scale;
    uint64_t  units;

    value = number->lo + (int64_t) (i % number->n) * number->step;
    scale = number->scale;
    units = value < 0 ? (uint64_t) -value : (uint64_t) value;

    while (scale != 0 && units % 10 == 0) {
        units /= 10;
        scale--;
    }

    n = sizeof(digits);

    do {
        digits[--n] = (char) ('0' + units % 10);
        units /= 10;

        if (scale != 0 && --scale == 0) {
            digits[--n] = '.';
            digits[--n] = (char) ('0' + units % 10);
            units /= 10;
        }

    } while (units != 0 || scale != 0);

    if (value < 0) {
        digits[--n] = '-';
    }

    agt_buf_append(w->buf, digits + n, sizeof(digits) - n);
}


static void
agt_write_string(agt_writer_t *w, const agt_plan_t *plan, uint64_t i)
{
    size_t                    start;
    uint32_t                  min;
    const agt_plan_string_t  *string = &plan->u.string;

    agt_buf_char(w->buf, '"');
    start = w->buf->len;

    if (plan->lead && w->lead_end == 0) {
        agt_write_lead(w, string, start);

    } else if (string->pattern != NULL) {

        /* what must differ gets longer, if the pattern has room for that */

        min = (i == AGT_WRITE_ANY) ? 0 : (uint32_t) agt_min(i, string->max);

        agt_pattern_write(string->pattern, agt_max(string->min, min),
                          string->max, &w->fuel, &w->random, w->buf);

    } else {
        if (string->free && i != AGT_WRITE_ANY) {
            agt_buf_uint(w->buf, i + 1);
            agt_buf_char(w->buf, ' ');
        }

        agt_words_put(w->buf, string->kind, &w->random);

        if (string->free || string->min != 0
            || string->max != AGT_PLAN_NO_LIMIT)
        {
            agt_words_fit(w->buf, start, string->min, string->max,
                          &w->random);
        }
    }

    agt_buf_char(w->buf, '"');
}


static void
agt_write_lead(agt_writer_t *w, const agt_plan_string_t *string, size_t start)
{
    size_t     points;
    agt_str_t  text = w->options->lead;

    if (text.len == 0) {
        agt_words_put(w->buf, string->kind, &w->random);
        agt_words_fit(w->buf, start, string->min, string->max, &w->random);
        points = w->buf->len - start;

    } else {
        text.len = agt_write_prefix(text, string->max);
        points = agt_utf8_length(text);

        agt_json_escape(w->buf, text);

        if (points < string->min) {
            agt_words_fit(w->buf, w->buf->len, string->min - points,
                          string->max - points, &w->random);
            points = string->min;
        }
    }

    w->lead_end = w->buf->len;
    w->lead_room = string->max - (uint32_t) agt_min(points, string->max);
}


/* the bytes of the first code points */

static size_t
agt_write_prefix(agt_str_t text, uint32_t points)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (((unsigned char) text.data[i] & 0xc0) != 0x80 && points-- == 0) {
            break;
        }
    }

    return i;
}


static void
agt_write_array(agt_writer_t *w, const agt_plan_array_t *array)
{
    size_t    end, starts[AGT_WRITE_UNIQUE];
    uint32_t  i, n;
    uint64_t  base;

    n = agt_write_count(w, array);
    base = agt_random(&w->random) >> 1;

    agt_buf_char(w->buf, '[');

    for (i = 0; i < n && w->fuel != 0 && !w->buf->failed; i++) {

        end = w->buf->len;

        if (i != 0) {
            agt_buf_char(w->buf, ',');
        }

        if (!agt_write_item(w, array, i, base, starts)) {

            /* nothing more that differs */

            if (i >= array->min) {
                w->buf->len = end;
            }

            break;
        }
    }

    agt_buf_char(w->buf, ']');
}


static uint32_t
agt_write_count(agt_writer_t *w, const agt_plan_array_t *array)
{
    uint32_t  n;

    n = agt_max(array->min, agt_min(array->n, array->max));

    if (array->item == NULL) {
        return array->n;
    }

    n += (n == 0);
    n += (uint32_t) agt_random_below(&w->random, AGT_WRITE_MORE);

    return agt_min(n, array->max);
}


/* false: it was there before, whatever was tried */

static bool
agt_write_item(agt_writer_t *w, const agt_plan_array_t *array, uint32_t i,
    uint64_t base, size_t *starts)
{
    size_t             start;
    unsigned           tries;
    uint64_t           number;
    const agt_plan_t  *plan;

    plan = i < array->n ? array->first[i] : array->item;

    if (!array->unique) {
        agt_write_value(w, plan, AGT_WRITE_ANY);
        return true;
    }

    if (array->n == 0 && !plan->nullable && agt_write_values(plan) != 0) {

        if (i >= agt_write_values(plan)) {
            return false;
        }

        agt_write_value(w, plan, base + i);
        return true;
    }

    start = w->buf->len;
    starts[i % AGT_WRITE_UNIQUE] = start;

    for (tries = 0; tries < AGT_WRITE_TRIES && w->fuel != 0; tries++) {

        w->buf->len = start;
        w->fuel -= agt_min(w->fuel, 1 + agt_min(i, AGT_WRITE_UNIQUE) / 32);
        number = base + i + tries;

        if (plan->type == AGT_PLAN_STRING) {
            number = (tries < AGT_WRITE_TRIES / 2 && i < AGT_WRITE_UNIQUE)
                     ? AGT_WRITE_ANY : i;
        }

        agt_write_value(w, plan, number);

        if (w->buf->failed || !agt_write_known(w->buf, starts, i)) {
            return true;
        }
    }

    return false;
}


/* how many there are that can be counted; 0: they can't */

static uint64_t
agt_write_values(const agt_plan_t *plan)
{
    switch (plan->type) {

    case AGT_PLAN_BOOLEAN:
        return 2;

    case AGT_PLAN_NUMBER:
        return plan->u.number.n;

    case AGT_PLAN_CHOICE:
        return plan->u.choice.n;

    default:
        return 0;
    }
}


/* an item before it begins behind a comma and ends before the next one's */

static bool
agt_write_known(const agt_buf_t *buf, const size_t *starts, uint32_t i)
{
    uint32_t   k;
    agt_str_t  item, other;

    item.data = buf->data + starts[i % AGT_WRITE_UNIQUE];
    item.len = buf->len - starts[i % AGT_WRITE_UNIQUE];

    k = i < AGT_WRITE_UNIQUE ? 0 : i - AGT_WRITE_UNIQUE + 1;

    for ( /* void */ ; k < i; k++) {
        other.data = buf->data + starts[k % AGT_WRITE_UNIQUE];
        other.len = starts[(k + 1) % AGT_WRITE_UNIQUE] - 1
                    - starts[k % AGT_WRITE_UNIQUE];

        if (agt_str_eq(item, other)) {
            return true;
        }
    }

    return false;
}


static void
agt_write_object(agt_writer_t *w, const agt_plan_object_t *object)
{
    uint32_t      n, wanted;
    agt_extras_t  extras;

    agt_buf_char(w->buf, '{');

    n = agt_write_members(w, object);

    if (object->extra != NULL) {
        extras.n = 0;
        wanted = agt_max(object->min, agt_min(n + object->wanted,
                                              object->max));

        while (n < wanted && w->fuel != 0 && !w->buf->failed) {
            agt_write_extra(w, object, n++, &extras);
        }
    }

    agt_buf_char(w->buf, '}');
}


/* optional ones three times in four, and when there would be too few */

static uint32_t
agt_write_members(agt_writer_t *w, const agt_plan_object_t *object)
{
    uint32_t                  i, n, required;
    const agt_plan_member_t  *member;

    n = 0;
    required = object->required;

    for (i = 0; i < object->n; i++) {
        member = &object->members[i];

        if (member->required) {
            required--;

        } else {
            if (n + required >= object->max) {
                continue;
            }

            if (agt_random_below(&w->random, 4) == 0
                && n + (object->n - i) > object->min)
            {
                continue;
            }
        }

        if (n++ != 0) {
            agt_buf_char(w->buf, ',');
        }

        agt_buf_str(w->buf, member->key);
        agt_write_value(w, member->value, AGT_WRITE_ANY);
    }

    return n;
}


static void
agt_write_extra(agt_writer_t *w, const agt_plan_object_t *object, uint32_t n,
    agt_extras_t *extras)
{
    size_t    start;
    uint32_t  i;

    if (n != 0) {
        agt_buf_char(w->buf, ',');
    }

    start = w->buf->len;

    for (i = n; i < n + AGT_WRITE_TRIES; i++) {

        w->buf->len = start;

        if (object->name != NULL) {
            agt_write_scalar(w, object->name, i);

        } else {
            agt_buf_char(w->buf, '"');
            agt_words_name(w->buf, i);
            agt_buf_char(w->buf, '"');
        }

        agt_buf_char(w->buf, ':');

        if (w->buf->failed || !agt_write_taken(w, object, extras, start)) {
            break;
        }
    }

    if (extras->n < AGT_WRITE_EXTRAS) {
        extras->offs[extras->n] = start;
        extras->lens[extras->n++] = w->buf->len - start;
    }

    agt_write_value(w, object->extra, AGT_WRITE_ANY);
}


/* whether another member has the name that stands at the buffer's end */

static bool
agt_write_taken(agt_writer_t *w, const agt_plan_object_t *object,
    const agt_extras_t *extras, size_t start)
{
    uint32_t   i;
    agt_str_t  key;

    key = agt_str_make(w->buf->data + start, w->buf->len - start);

    for (i = 0; i < object->n; i++) {
        if (agt_str_eq(object->members[i].key, key)) {
            return true;
        }
    }

    for (i = 0; i < extras->n; i++) {
        if (agt_str_eq(agt_str_make(w->buf->data + extras->offs[i],
                                    extras->lens[i]), key))
        {
            return true;
        }
    }

    return false;
}


/* more words behind the lead: written at the end, and moved to their place */

static void
agt_write_grow(agt_writer_t *w)
{
    char       *p;
    size_t      end, tail, pad;
    agt_buf_t  *buf = w->buf;

    pad = w->lead_room;
    end = buf->len;
    tail = end - w->lead_end;

    agt_buf_char(buf, ' ');
    agt_words_put(buf, AGT_WORDS_PARAGRAPH, &w->random);
    agt_words_fit(buf, end, pad, pad, &w->random);

    p = agt_buf_reserve(buf, tail);
    if (p == NULL) {
        return;
    }

    memcpy(p, buf->data + w->lead_end, tail);
    memmove(buf->data + w->lead_end, buf->data + end, pad + tail);
}
