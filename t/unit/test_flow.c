
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_class.h"
#include "agt_flow.h"
#include "unit.h"


typedef struct {
    agt_step_e   step;
    agt_step_e   next[AGT_FLOW_N];
} test_row_t;


static const test_row_t  rows[] = {
    { AGT_STEP_RESOLVE, { AGT_STEP_BODY, AGT_STEP_END, AGT_STEP_RESPOND } },
    { AGT_STEP_BODY, { AGT_STEP_INPUT, AGT_STEP_END, AGT_STEP_RESPOND } },
    { AGT_STEP_INPUT, { AGT_STEP_RENDER, AGT_STEP_END, AGT_STEP_RESPOND } },
    { AGT_STEP_RENDER, { AGT_STEP_CHOOSE, AGT_STEP_END, AGT_STEP_RESPOND } },
    { AGT_STEP_CHOOSE,
      { AGT_STEP_ATTEMPT, AGT_STEP_CHOOSE, AGT_STEP_RESPOND } },
    { AGT_STEP_ATTEMPT,
      { AGT_STEP_COLLECT, AGT_STEP_CHOOSE, AGT_STEP_RESPOND } },
    { AGT_STEP_COLLECT,
      { AGT_STEP_OUTPUT, AGT_STEP_CHOOSE, AGT_STEP_RESPOND } },
    { AGT_STEP_OUTPUT,
      { AGT_STEP_RESPOND, AGT_STEP_CHOOSE, AGT_STEP_RESPOND } },
    { AGT_STEP_RESPOND, { AGT_STEP_FINISH, AGT_STEP_END, AGT_STEP_FINISH } },
    { AGT_STEP_FINISH, { AGT_STEP_END, AGT_STEP_END, AGT_STEP_END } },
    { AGT_STEP_END, { AGT_STEP_END, AGT_STEP_END, AGT_STEP_END } }
};


static void
test_pairs(void)
{
    size_t      i;
    agt_flow_e  outcome;

    ok(agt_array_n(rows) == AGT_STEP_END + 1, "every step has a row");

    for (i = 0; i < agt_array_n(rows); i++) {
        for (outcome = AGT_FLOW_OK; outcome < AGT_FLOW_N; outcome++) {
            ok(agt_flow_next(rows[i].step, outcome) == rows[i].next[outcome],
               "%s, outcome %d", agt_flow_name(rows[i].step), (int) outcome);
        }
    }

    ok(agt_flow_next(AGT_STEP_RESOLVE, AGT_FLOW_N) == AGT_STEP_END,
       "no such outcome");
}


/* whatever happens, a run comes to its end: no step is left without FAILED */

static void
test_ends(void)
{
    unsigned    n;
    agt_step_e  step, at;

    for (step = 0; step < AGT_STEP_END; step++) {

        at = step;

        for (n = 0; at != AGT_STEP_END && n < AGT_STEP_END; n++) {
            at = agt_flow_next(at, AGT_FLOW_FAILED);
        }

        ok(at == AGT_STEP_END, "%s: failing leads to the end",
           agt_flow_name(step));
    }
}


static void
test_classes(void)
{
    agt_class_e  class;

    for (class = 0; class < AGT_CLASS_N; class++) {
        ok(strlen(agt_class_name(class)) > 1, "%s", agt_class_name(class));
    }

    ok(!agt_class_next_model(AGT_CLASS_CONTENT_FILTERED),
       "what one provider filtered is not shopped around");
    ok(!agt_class_next_model(AGT_CLASS_CANCELLED), "nobody waits any more");
    ok(agt_class_next_model(AGT_CLASS_CONNECT), "a dead provider is left");
    ok(!agt_class_next_model(AGT_CLASS_N), "no such class");
    ok(strcmp(agt_class_name(AGT_CLASS_N), "unknown") == 0, "nor name");
}


int
main(void)
{
    test_pairs();
    test_ends();
    test_classes();

    ok(agt_flow_waits(AGT_STEP_COLLECT) && !agt_flow_waits(AGT_STEP_INPUT),
       "what may suspend");

    return unit_done();
}
