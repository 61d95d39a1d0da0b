
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What every file of the core stands on: slices, return codes, the error
 * object.  The core is plain C11 on libc: it knows no nginx type, no clock,
 * no socket, no environment and no randomness; time and seeds are arguments.
 */


#ifndef _AGT_BASE_H_INCLUDED_
#define _AGT_BASE_H_INCLUDED_


#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>


/*
 * Return codes have nginx's values, so that glue may return them as they are.
 *
 *     AGT_OK        done
 *     AGT_ERROR     we could not do it: memory, a bug; the caller answers 5xx
 *     AGT_AGAIN     more input, or another turn, is needed
 *     AGT_DONE      the end was reached before
 *     AGT_DECLINED  the input is invalid: a client's 4xx, a provider's failure
 */

#define AGT_OK          0
#define AGT_ERROR      -1
#define AGT_AGAIN      -2
#define AGT_DONE       -4
#define AGT_DECLINED   -5


/*
 * A slice: bytes that somebody else owns, not terminated by a zero.
 * The order of the fields is ngx_str_t's.
 */

typedef struct {
    size_t       len;
    const char  *data;
} agt_str_t;


#define agt_string(text)     { sizeof(text) - 1, text }
#define agt_null_string      { 0, NULL }
#define agt_array_n(a)       (sizeof(a) / sizeof((a)[0]))
#define agt_min(a, b)        (((a) < (b)) ? (a) : (b))
#define agt_max(a, b)        (((a) > (b)) ? (a) : (b))


/*
 * One error, the first that was met: later calls of agt_error_set() on the
 * same object change nothing.  "offset" counts bytes from the text's start;
 * "line" and "column" count from 1 (columns are bytes) and are 0 where no
 * text is meant.  The message is lower case, without a full stop; "pointer"
 * is a JSON pointer (RFC 6901), cut if longer.  "file" is the path, relative
 * to the agent's directory, that the position is in; "" where none is.
 */

#define AGT_ERROR_MESSAGE   256
#define AGT_ERROR_POINTER   256
#define AGT_ERROR_FILE      128


typedef struct {
    bool      set;
    size_t    offset;
    uint32_t  line;
    uint32_t  column;
    char      file[AGT_ERROR_FILE];
    char      pointer[AGT_ERROR_POINTER];
    char      message[AGT_ERROR_MESSAGE];
} agt_error_t;


void agt_error_init(agt_error_t *err);

/* err may be NULL; the format is printf's; over-long text is cut */

void agt_error_set(agt_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* sets offset, line and column of an error already set, once */

void agt_error_locate(agt_error_t *err, agt_str_t text, size_t offset);

void agt_error_file(agt_error_t *err, agt_str_t path);
void agt_error_pointer(agt_error_t *err, agt_str_t pointer);


/* whether s, its ASCII letters made small, equals the text */

bool agt_str_lower_is(agt_str_t s, const char *text);


static inline agt_str_t
agt_str_make(const char *data, size_t len)
{
    agt_str_t  s;

    s.len = len;
    s.data = data;

    return s;
}


static inline agt_str_t
agt_str_from(const char *text)
{
    return agt_str_make(text, strlen(text));
}


static inline bool
agt_str_eq(agt_str_t a, agt_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


static inline bool
agt_str_is(agt_str_t s, const char *text)
{
    size_t  len = strlen(text);

    return s.len == len && (len == 0 || memcmp(s.data, text, len) == 0);
}


#endif /* _AGT_BASE_H_INCLUDED_ */
