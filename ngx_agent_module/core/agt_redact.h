
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Masks what must not be stored: every match of a set of expressions becomes
 * "[redacted:name]".  Fails closed: where the expressions' limits or the fuel
 * do not suffice to know, the whole field is masked.
 */


#ifndef _AGT_REDACT_H_INCLUDED_
#define _AGT_REDACT_H_INCLUDED_


#include "agt_json.h"
#include "agt_regex.h"


#define AGT_REDACT_RULES         64           /* of a set */
#define AGT_REDACT_CREDENTIALS   6            /* rules built in */

/*
 * Of a longer text only the first AGT_REDACT_SOURCE bytes are kept, as nobody
 * stores more; some more are looked at, so that a match is seen whole.
 */

#define AGT_REDACT_SOURCE        65536
#define AGT_REDACT_MARGIN        8192

/*
 * For all fields of one record.  A match is paid for by the most that it may
 * look at, which is far more than it mostly does: this is enough for thousands
 * of matches in a body of full length, and is used up in 20 milliseconds by
 * the worst expressions that were tried.
 */

#define AGT_REDACT_FUEL          256000000


/* "needs": bytes, without any of which nothing matches; NULL: not known */

typedef struct {
    agt_str_t      name;
    agt_regex_t   *regex;
    const char    *needs;
} agt_redact_rule_t;


/* values of members whose names match "names" are masked whole; NULL: none */

typedef struct {
    const agt_redact_rule_t  *rules;
    uint32_t                  n;
    const agt_regex_t        *names;
} agt_redact_t;


/* set "fuel", clear the rest; what was done adds up over the calls */

typedef struct {
    uint64_t  fuel;
    bool      masked;        /* something was */
    bool      cut;           /* something is left out for its length */
} agt_redact_state_t;


/*
 * Both append to out what is left of the text; what does not fit is cut.
 * ERROR without memory only.
 */

int agt_redact_text(const agt_redact_t *set, agt_str_t text,
    agt_redact_state_t *state, agt_buf_t *out);

/*
 * Without white space, values and keys masked one by one, their escapes read:
 * the result is JSON again unless it was cut.
 */

int agt_redact_json(const agt_redact_t *set, const agt_json_t *doc,
    agt_redact_state_t *state, agt_mem_t *mem, agt_buf_t *out);

/*
 * Appends as much of s as fits, as the inside of a JSON string and whole
 * characters.  DECLINED where that is not all; out has not failed then.
 */

int agt_redact_escape(agt_buf_t *out, agt_str_t s);

/*
 * What is always in force: rules for API keys, tokens and passwords, and the
 * names that members with such values have.  Whatever was compiled is to be
 * released, also after a failure.
 */

int agt_redact_credentials(agt_redact_rule_t rules[AGT_REDACT_CREDENTIALS],
    agt_regex_t **names, agt_mem_t *mem, agt_error_t *err);


#endif /* _AGT_REDACT_H_INCLUDED_ */
