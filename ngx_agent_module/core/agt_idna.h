
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Host names, also internationalized ones (IDNA 2008).
 */


#ifndef _AGT_IDNA_H_INCLUDED_
#define _AGT_IDNA_H_INCLUDED_


#include "agt_base.h"


/* whether s, of valid UTF-8, is a host name, without a dot at its end */

bool agt_idna_valid(agt_str_t s);


#endif /* _AGT_IDNA_H_INCLUDED_ */
