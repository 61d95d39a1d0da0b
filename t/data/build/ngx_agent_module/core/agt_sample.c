
/*
 * Copyright (C) the ngx_agent_module authors
 */


#define PCRE2_CODE_UNIT_WIDTH  8
#include <pcre2.h>

#include "agt_sample.h"


int
agt_sample(int n)
{
    return pcre2_config(PCRE2_CONFIG_JIT, NULL) > 0 ? n : n + 1;
}
