
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Masks a secret whose value is known, whatever it looks like, also where a
 * text repeats only a part of it.  A text that was encoded (base64, hex) is
 * not seen through.
 */


#ifndef _AGT_SECRET_H_INCLUDED_
#define _AGT_SECRET_H_INCLUDED_


#include "agt_buf.h"


/* shorter pieces are found in any text, and tell little of a secret */

#define AGT_SECRET_PIECE   8

/* more than servers take in a header field; what is behind is not looked for */

#define AGT_SECRET_LONGEST   8192

#define AGT_SECRET_MASK    "[redacted:credential]"

/* of the result: a mask is longer than what it may stand for */

#define agt_secret_masked_max(len)   ((len) / AGT_SECRET_PIECE * 21 + (len))


/*
 * OK: the text is in out, a mask in place of each piece of the secret;
 * DECLINED: there is none in it, out is as it was; ERROR: no memory, or out
 * is full.
 */

int agt_secret_mask(agt_str_t secret, agt_str_t text, agt_buf_t *out);


#endif /* _AGT_SECRET_H_INCLUDED_ */
