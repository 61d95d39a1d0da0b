
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * URI references (RFC 3986): split, resolve against a base, check.
 */


#ifndef _AGT_URI_H_INCLUDED_
#define _AGT_URI_H_INCLUDED_


#include "agt_buf.h"


#define AGT_URI_MAX        8192   /* bytes of a resolved URI: two long parts */

#define AGT_URI_REFERENCE  0x01   /* a scheme is not required */
#define AGT_URI_IRI        0x02   /* RFC 3987: characters beyond ASCII */


/* a part that may be absent, as opposed to empty, has data NULL then */

typedef struct {
    agt_str_t  scheme;
    agt_str_t  authority;
    agt_str_t  path;         /* always there, often empty */
    agt_str_t  query;
    agt_str_t  fragment;
} agt_uri_t;


/* splits whatever the text is; nothing is checked */

void agt_uri_split(agt_uri_t *uri, agt_str_t s);

/*
 * Writes the target of a reference, without its fragment.  An empty base
 * gives the reference itself.  ERROR when out failed.
 */

int agt_uri_resolve(agt_str_t base, agt_str_t ref, agt_buf_t *out);

/* undoes percent-encoding; DECLINED where an escape is broken */

int agt_uri_decode(agt_str_t s, agt_buf_t *out);

/* whether s is a URI, or what flags make of the word */

bool agt_uri_valid(agt_str_t s, unsigned flags);

/* addresses as the grammar of URIs has them */

bool agt_uri_ipv4(agt_str_t s);
bool agt_uri_ipv6(agt_str_t s);


#endif /* _AGT_URI_H_INCLUDED_ */
