
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Regular expressions on PCRE2, with every match bounded.  Those of schemas
 * are ECMA-262's, in its unicode mode, and are translated: what PCRE2 reads
 * differently, or only PCRE2 knows, never gets through as it is.
 *
 * A compiled expression keeps scratch memory of its own: it is not for two
 * threads at a time.
 */


#ifndef _AGT_REGEX_H_INCLUDED_
#define _AGT_REGEX_H_INCLUDED_


#include "agt_buf.h"


#define AGT_REGEX_LENGTH       4096      /* bytes: the longest in earnest use */
#define AGT_REGEX_DEPTH        100       /* groups within each other */
#define AGT_REGEX_NAMES        100       /* named groups */
#define AGT_REGEX_MATCH_LIMIT  100000    /* backtracks of one match */
#define AGT_REGEX_FUEL         1000000   /* of a match without a given fuel */

#define AGT_REGEX_PCRE         0         /* as PCRE2 has it; any subject */
#define AGT_REGEX_ECMA         1         /* ECMA-262; subjects of valid UTF-8 */


typedef struct agt_regex_s  agt_regex_t;


typedef struct {
    size_t  start;
    size_t  end;
} agt_regex_span_t;


/* DECLINED: not a regular expression, or not one that can be had; err tells */

int agt_regex_compile(agt_regex_t **regex, agt_str_t pattern, unsigned syntax,
    agt_mem_t *mem, agt_error_t *err);

/* releases what is not memory of mem; the object must not be used again */

void agt_regex_release(agt_regex_t *regex);

/*
 * Looks for the first match from offset on.  Fuel goes down by what the match
 * may have cost at most, a unit for 32 bytes looked at; NULL: as much as
 * AGT_REGEX_FUEL.  span may be NULL.
 *
 *     AGT_OK        found
 *     AGT_DECLINED  there is none
 *     AGT_AGAIN     not known: the limits, or the fuel, were too small
 *     AGT_ERROR     no memory
 */

int agt_regex_match(const agt_regex_t *regex, agt_str_t subject, size_t offset,
    agt_regex_span_t *span, uint64_t *fuel);

/*
 * Writes an expression of ECMA-262, given as valid UTF-8, in PCRE2's syntax.
 * With out NULL it is only checked.  DECLINED where it is none.  Beyond the
 * standard, "\" before any ASCII punctuation stands for the character itself,
 * since so many patterns have it.
 */

int agt_regex_translate(agt_str_t pattern, agt_buf_t *out, agt_error_t *err);

/* whether the library knows a property, "Script" or "sc" forms included */

bool agt_regex_property(agt_str_t name);


#endif /* _AGT_REGEX_H_INCLUDED_ */
