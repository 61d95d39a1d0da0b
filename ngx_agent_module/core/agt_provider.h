
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The texts of which a provider is made: numbers of tokens, price bands,
 * names of models, keys, header fields, and the name servers that a system
 * has.  Each is one line or a slice of one, checked here and nowhere else.
 */


#ifndef _AGT_PROVIDER_H_INCLUDED_
#define _AGT_PROVIDER_H_INCLUDED_


#include "agt_price.h"


#define AGT_TOKENS_MAX           INT64_C(1000000000000)

/* a model's local name stands in headers and metrics, its id in paths */

#define AGT_MODEL_NAME_MAX       128

/* beyond what servers take in one header field (8 KB with most of them) */

#define AGT_PROVIDER_SECRET_MAX  8192

#define AGT_FIELD_NAME_MAX       128
#define AGT_FIELD_VALUE_MAX      4096


/*
 * "8192", "1050k", "2m"; suffixes are decimal, as providers' own documents
 * have it: 1050k is 1,050,000.  DECLINED: not a number, zero, over the
 * maximum.
 */

int agt_tokens_parse(agt_str_t text, int64_t *tokens);

/*
 * "272k:4.00,0.40,5.00,15.00": rates of input, cached, cache write and output
 * for prompts of more than 272k tokens.  The two in the middle may be empty:
 * not given.
 */

int agt_band_parse(agt_str_t text, agt_price_band_t *band);

/* [A-Za-z0-9._:/@+-], 1 to 128 bytes */

bool agt_model_name_valid(agt_str_t name);

/*
 * A key out of a file or the environment: blanks and ends of lines around it
 * are cut.  DECLINED where nothing is left, it is too long, or it holds
 * control characters (a second line is one); reason says which, and never
 * what.
 */

int agt_provider_secret(agt_str_t text, agt_str_t *key, const char **reason);

/*
 * A header field that the configuration adds to requests.  DECLINED where it
 * is no valid field, or one that is ours to write: the message's framing, the
 * body's type, credentials.
 */

int agt_field_check(agt_str_t name, agt_str_t value, const char **reason);

/*
 * Takes the next "nameserver" off a text in resolv.conf's format: OK, server
 * is its address as written; DONE: none is left.
 */

int agt_resolv_next(agt_str_t *rest, agt_str_t *server);


#endif /* _AGT_PROVIDER_H_INCLUDED_ */
