
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_proc.h"
#include "unit.h"


/* all fields between state and start time, and what comes behind */

#define PROC_MIDDLE  " 1 77 77 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 1 0 "
#define PROC_REST    " 1000000 200 18446744073709551615 0\n"


typedef struct {
    const char  *name;
    const char  *text;
    char         state;        /* 0: declined */
    uint64_t     started;
} proc_row_t;


static const proc_row_t  rows[] = {
    { "empty",               "",                                     0, 0 },
    { "no name",             "77 S" PROC_MIDDLE "4711" PROC_REST,     0, 0 },
    { "cut behind the name", "77 (nginx)",                           0, 0 },
    { "cut at the state",    "77 (nginx) S",                         0, 0 },
    { "cut in the middle",   "77 (nginx) S 1 77",                    0, 0 },
    { "cut before the time", "77 (nginx) S" PROC_MIDDLE,             0, 0 },
    { "cut in the time",     "77 (nginx) S" PROC_MIDDLE "47",        0, 0 },
    { "no number",           "77 (nginx) S" PROC_MIDDLE "x" PROC_REST, 0, 0 },
    { "an empty field",      "77 (nginx) S" PROC_MIDDLE PROC_REST,   0, 0 },
    { "a huge number",
      "77 (nginx) S" PROC_MIDDLE "99999999999999999999999" PROC_REST, 0, 0 },
    { "a long state",
      "77 (nginx) SS" PROC_MIDDLE "4711" PROC_REST,                  0, 0 },
    { "a sleeper",
      "77 (nginx) S" PROC_MIDDLE "4711" PROC_REST,
      'S', 4711 },
    { "a zombie",
      "77 (nginx) Z" PROC_MIDDLE "1" PROC_REST,                      'Z', 1 },
    { "blanks in the name",
      "77 (nginx: worker process) R" PROC_MIDDLE "4711" PROC_REST,
      'R', 4711 },
    { "parentheses in the name",
      "77 (a) Z 1 (b)) S" PROC_MIDDLE "4711" PROC_REST,              'S', 4711 }
};


int
main(void)
{
    int         rc;
    size_t      i;
    agt_proc_t  proc;

    for (i = 0; i < agt_array_n(rows); i++) {

        proc.state = 0;
        proc.started = 0;

        rc = agt_proc_parse(agt_str_from(rows[i].text), &proc);

        if (rows[i].state == 0) {
            ok(rc == AGT_DECLINED, "%s", rows[i].name);
            continue;
        }

        ok(rc == AGT_OK && proc.state == rows[i].state
           && proc.started == rows[i].started, "%s", rows[i].name);
    }

    return unit_done();
}
