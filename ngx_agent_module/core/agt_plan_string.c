
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_plan_build.h"


static agt_words_e agt_plan_kind(const agt_plan_place_t *place);


int
agt_plan_string(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan)
{
    int                 rc;
    bool                known;
    agt_str_t           text;
    agt_pattern_t      *pattern;
    agt_plan_string_t  *string = &plan->u.string;

    if (shape->min_length > shape->max_length) {
        return AGT_DECLINED;
    }

    plan->type = AGT_PLAN_STRING;

    string->min = shape->min_length;
    string->max = shape->max_length;
    string->kind = agt_plan_kind(place);
    string->free = (shape->format == AGT_JSON_NONE
                    && shape->pattern == AGT_JSON_NONE);

    known = false;

    if (shape->format != AGT_JSON_NONE) {
        rc = agt_json_string(b->doc, shape->format, b->reader.mem, &text);
        if (rc != AGT_OK) {
            return rc;
        }

        known = (agt_words_format(text, &string->kind) == AGT_OK);
    }

    /* a known format is likelier to meet the pattern than the other way round;
       the other way is for another turn */

    if (shape->pattern == AGT_JSON_NONE || (known && b->turn % 2 == 0)) {
        return AGT_OK;
    }

    rc = agt_json_string(b->doc, shape->pattern, b->reader.mem, &text);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_pattern_parse(&pattern, text, b->mem);

    if (rc == AGT_OK) {
        string->pattern = pattern;
    }

    return rc == AGT_DECLINED ? AGT_OK : rc;
}


/* the "name" of a customer is a person's, that of a supplier a company's */

static agt_words_e
agt_plan_kind(const agt_plan_place_t *place)
{
    agt_words_e  kind, owner;

    kind = agt_words_kind(place->name);

    if (kind == AGT_WORDS_LABEL) {
        owner = agt_words_kind(place->owner);

        if (owner == AGT_WORDS_NAME || owner == AGT_WORDS_COMPANY) {
            return owner;
        }
    }

    return kind;
}
