
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Input: a regular expression of ECMA-262 and a subject, with a zero byte
 * between them; the subject is cut where it is no UTF-8 any more.
 */


#include <stdlib.h>

#include "agt_json.h"
#include "agt_regex.h"


#define MEMORY   (16 * 1024 * 1024)
#define FUEL     20000
#define OUTPUT   (1024 * 1024)


#define check(cond)   do { if (!(cond)) { abort(); } } while (0)


static void
check_match(const agt_regex_t *regex, agt_str_t subject)
{
    int               rc;
    uint64_t          fuel, before;
    agt_regex_span_t  span;

    fuel = FUEL;
    rc = agt_regex_match(regex, subject, 0, &span, &fuel);

    check(rc != AGT_ERROR && fuel <= FUEL);

    if (rc != AGT_OK) {
        return;
    }

    check(span.start <= span.end && span.end <= subject.len);
    check(agt_utf8_valid(agt_str_make(subject.data, span.start))
          == span.start);

    /* the same again, and the next one is behind */

    before = fuel = FUEL;
    check(agt_regex_match(regex, subject, 0, NULL, &fuel) == AGT_OK);
    check(fuel < before);

    before = span.end;
    fuel = FUEL;

    if (agt_regex_match(regex, subject, span.end, &span, &fuel) == AGT_OK) {
        check(span.end >= before && span.end <= subject.len);
    }
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int           rc, translated;
    char         *text;
    agt_buf_t     buf;
    agt_str_t     pattern, subject;
    const char   *zero;
    agt_error_t   err;
    agt_arena_t   arena;
    agt_regex_t  *regex;

    agt_arena_init(&arena, MEMORY);

    text = malloc(size + 1);
    check(text != NULL);

    if (size != 0) {
        memcpy(text, data, size);
    }

    zero = memchr(text, '\0', size);

    pattern = agt_str_make(text, zero != NULL ? (size_t) (zero - text) : size);
    pattern.len = agt_utf8_valid(pattern);

    subject = agt_str_make("", 0);

    if (zero != NULL) {
        subject = agt_str_make(zero + 1, size - (size_t) (zero - text) - 1);
        subject.len = agt_utf8_valid(subject);
    }

    agt_buf_init(&buf, &arena.mem, 0, OUTPUT);

    translated = agt_regex_translate(pattern, &buf, NULL);
    check(translated == AGT_OK || translated == AGT_DECLINED);

    /* what is written is valid where what was read is; not the other way
       round, since more than 65535 repetitions are */

    if (translated == AGT_OK) {
        check(agt_regex_translate(pattern, NULL, NULL) == AGT_OK);
    }

    agt_error_init(&err);

    rc = agt_regex_compile(&regex, pattern, AGT_REGEX_ECMA, &arena.mem, &err);

    check(rc == AGT_OK || rc == AGT_DECLINED);
    check((rc == AGT_OK) == !err.set);
    check(rc != AGT_OK || translated == AGT_OK);

    if (rc == AGT_OK) {
        check_match(regex, subject);
        agt_regex_release(regex);
    }

    agt_arena_release(&arena);
    free(text);

    return 0;
}
