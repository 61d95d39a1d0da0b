
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * UUID version 7 (RFC 9562, section 5.7): time-ordered ids of executions.
 * Those of one generator never decrease, also when the clock is set back:
 * a 12 bit counter orders those of one millisecond.  Trace ids come from the
 * same stream of random numbers.  None of them is a secret.
 */


#ifndef _AGT_UUID_H_INCLUDED_
#define _AGT_UUID_H_INCLUDED_


#include "agt_base.h"


#define AGT_UUID_LEN   36


typedef struct {
    uint64_t  random[4];
    uint64_t  ms;           /* of the last id */
    uint32_t  counter;
} agt_uuid_t;


/* seed: 32 random bytes, another for each process */

void agt_uuid_init(agt_uuid_t *gen, const uint8_t seed[32]);

/* now: milliseconds since 1970; writes 36 characters, no zero behind */

void agt_uuid_next(agt_uuid_t *gen, uint64_t now, char *out);

uint64_t agt_uuid_random(agt_uuid_t *gen);

/* n hex digits in lower case, not all of them zero */

void agt_uuid_hex(agt_uuid_t *gen, char *out, size_t n);


#endif /* _AGT_UUID_H_INCLUDED_ */
