
/*
 * Copyright (C) the ngx_agent_module authors
 */


#ifndef _AGT_HASH_H_INCLUDED_
#define _AGT_HASH_H_INCLUDED_


#include "agt_base.h"


#define AGT_HASH_SHA256   32   /* bytes of a digest */


/* ERROR where the library could not do it */

int agt_hash_sha256(agt_str_t data, uint8_t digest[AGT_HASH_SHA256]);


#endif /* _AGT_HASH_H_INCLUDED_ */
