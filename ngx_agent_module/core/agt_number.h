
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Decimals of any size, over the text of a JSON number.  Nothing is rounded
 * and nothing is allocated; the cost is that of the digits that are written,
 * whatever the exponent.  Exponents beyond +-10^18 count as that.
 */


#ifndef _AGT_NUMBER_H_INCLUDED_
#define _AGT_NUMBER_H_INCLUDED_


#include "agt_base.h"


#define AGT_NUMBER_DIVISOR   256   /* digits of a divisor: bounds its limbs */


/* the value is 0.DIGITS * 10^exponent, where neither end of DIGITS is 0 */

typedef struct {
    const char  *digits;      /* in the text; one "." may be among them */
    size_t       span;        /* bytes from the first digit to the last */
    size_t       n;           /* digits; 0: the number is zero */
    int64_t      exponent;
    bool         negative;
} agt_number_t;


/* the text must be a JSON number, and outlive the result */

void agt_number_read(agt_number_t *number, agt_str_t text);

/* less than, equal to or greater than 0, as a is than b */

int agt_number_cmp(const agt_number_t *a, const agt_number_t *b);

bool agt_number_is_integer(const agt_number_t *number);


/* one more word in a hash; for a given word no two hashes become one */

static inline uint64_t
agt_number_mix(uint64_t h, uint64_t word)
{
    h += UINT64_C(0x2d358dccaa6c78a5);
    h = (h ^ word) * UINT64_C(0x8bb84b93962eacc9);
    h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);

    return h ^ h >> 29;
}


/* equal numbers have equal hashes, however they are written */

uint64_t agt_number_hash(const agt_number_t *number, uint64_t seed);

/*
 * Whether a is an integer times b; b is greater than 0 and has at most
 * AGT_NUMBER_DIVISOR digits.  The cost is about that many single steps.
 */

bool agt_number_is_multiple(const agt_number_t *a, const agt_number_t *b);
uint64_t agt_number_multiple_cost(const agt_number_t *a,
    const agt_number_t *b);

/* the value as an integer, or false where it is none or does not fit */

bool agt_number_int64(const agt_number_t *number, int64_t *value);


#endif /* _AGT_NUMBER_H_INCLUDED_ */
