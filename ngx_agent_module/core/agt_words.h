
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Made-up text that reads well: what a string is called decides what it says,
 * a "title" is a title and an "email" an address.  All of it is ASCII without
 * quotes, backslashes and control characters, so that bytes are code points
 * and nothing of it needs an escape in JSON.
 */


#ifndef _AGT_WORDS_H_INCLUDED_
#define _AGT_WORDS_H_INCLUDED_


#include "agt_buf.h"
#include "agt_random.h"


/* how a string reads */

typedef enum {
    AGT_WORDS_PHRASE = 0,
    AGT_WORDS_WORD,
    AGT_WORDS_TITLE,
    AGT_WORDS_LABEL,        /* a name, of whatever has it */
    AGT_WORDS_SENTENCE,
    AGT_WORDS_PARAGRAPH,

    AGT_WORDS_NAME,
    AGT_WORDS_FIRST_NAME,
    AGT_WORDS_LAST_NAME,
    AGT_WORDS_COMPANY,
    AGT_WORDS_STREET,
    AGT_WORDS_CITY,
    AGT_WORDS_COUNTRY,
    AGT_WORDS_COUNTRY_CODE,
    AGT_WORDS_LANGUAGE,
    AGT_WORDS_CURRENCY,
    AGT_WORDS_COLOR,
    AGT_WORDS_UNIT,
    AGT_WORDS_CODE,
    AGT_WORDS_PHONE,

    AGT_WORDS_DATE_TIME,
    AGT_WORDS_DATE,
    AGT_WORDS_TIME,
    AGT_WORDS_DURATION,
    AGT_WORDS_EMAIL,
    AGT_WORDS_HOSTNAME,
    AGT_WORDS_URI,
    AGT_WORDS_UUID,
    AGT_WORDS_IPV4,
    AGT_WORDS_IPV6,
    AGT_WORDS_REGEX,
    AGT_WORDS_POINTER,
    AGT_WORDS_RELATIVE_POINTER
} agt_words_e;


/* what numbers of a name usually are: lo..hi, in units of 10^-scale */

typedef struct {
    int64_t  lo;
    int64_t  hi;
    uint8_t  scale;
} agt_words_range_t;


/* what a property's name says about its strings and its numbers */

agt_words_e agt_words_kind(agt_str_t name);
agt_words_range_t agt_words_range(agt_str_t name);

/* the kind of a format's strings; DECLINED if the format is not known */

int agt_words_format(agt_str_t format, agt_words_e *kind);

/* appends text of that kind; failures are the buffer's */

void agt_words_put(agt_buf_t *buf, agt_words_e kind, agt_random_t *random);

/* appends the i-th of the names that unnamed things have */

void agt_words_name(agt_buf_t *buf, uint64_t i);

/*
 * Makes what stands in the buffer behind "start" min to max bytes long: more
 * words behind it, or fewer of them.
 */

void agt_words_fit(agt_buf_t *buf, size_t start, size_t min, size_t max,
    agt_random_t *random);


#endif /* _AGT_WORDS_H_INCLUDED_ */
