/* path: ngx_agent_module/core/agt_good.h */

/*
 * Copyright (C) the ngx_agent_module authors
 */


#ifndef _AGT_GOOD_H_INCLUDED_
#define _AGT_GOOD_H_INCLUDED_


#include "agt_base.h"


static inline __attribute__((always_inline)) bool
agt_good_is(agt_str_t s)
{
    return s.len != 0;
}


#endif /* _AGT_GOOD_H_INCLUDED_ */
