
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_proc.h"


/* counted from "state", the first behind the name in parentheses */

#define AGT_PROC_STARTED   19


int
agt_proc_parse(agt_str_t text, agt_proc_t *proc)
{
    bool      digits;
    size_t    i, field;
    uint64_t  value;

    /* a process chooses its name: it may hold anything, parentheses too */

    for (i = text.len; i != 0; i--) {
        if (text.data[i - 1] == ')') {
            break;
        }
    }

    if (i == 0 || text.len - i < 3 || text.data[i] != ' '
        || text.data[i + 2] != ' ')
    {
        return AGT_DECLINED;
    }

    proc->state = text.data[i + 1];

    field = 0;
    value = 0;
    digits = false;

    for (i++; i < text.len; i++) {

        if (text.data[i] == ' ') {

            if (field == AGT_PROC_STARTED) {
                break;
            }

            field++;
            continue;
        }

        if (field != AGT_PROC_STARTED) {
            continue;
        }

        if (text.data[i] < '0' || text.data[i] > '9'
            || value > UINT64_MAX / 10 - 1)
        {
            return AGT_DECLINED;
        }

        value = value * 10 + (uint64_t) (text.data[i] - '0');
        digits = true;
    }

    /* a number that ends with the text may have been cut */

    if (!digits || i == text.len) {
        return AGT_DECLINED;
    }

    proc->started = value;

    return AGT_OK;
}
