
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A growing buffer that must be given a maximum.  It fails sticky: after the
 * first append that did not fit (or found no memory) every later one fails
 * too, so that a composer may append a whole text and look at the result once.
 */


#ifndef _AGT_BUF_H_INCLUDED_
#define _AGT_BUF_H_INCLUDED_


#include "agt_mem.h"


/*
 * "size" is what is allocated; it is 0 before the first append, and set to len
 * by a failure, so that len + n <= size alone tells whether n bytes fit.
 */

typedef struct {
    char       *data;
    size_t      len;
    size_t      size;
    size_t      hint;       /* of the first allocation */
    size_t      max;        /* never more bytes than this */
    agt_mem_t  *mem;
    bool        failed;     /* no memory, or over max */
    bool        full;       /* failed because of max */
} agt_buf_t;


/* allocates nothing; "hint" is the size of the first allocation */

void agt_buf_init(agt_buf_t *buf, agt_mem_t *mem, size_t hint, size_t max);

/* works in memory of the caller, and never grows beyond it */

void agt_buf_fixed(agt_buf_t *buf, char *data, size_t size);

/* takes back what was appended since len was "len", and clears a failure */

void agt_buf_rewind(agt_buf_t *buf, size_t len);

/* empties the buffer, keeps its memory, clears the failure */

void agt_buf_reset(agt_buf_t *buf);

/* room for n bytes behind len, or NULL; the caller moves len itself */

char *agt_buf_reserve(agt_buf_t *buf, size_t n);

/* agt_buf_append() where there is no room yet */

int agt_buf_grow(agt_buf_t *buf, const char *data, size_t len);

int agt_buf_uint(agt_buf_t *buf, uint64_t n);
int agt_buf_int(agt_buf_t *buf, int64_t n);
int agt_buf_format(agt_buf_t *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


/*
 * Inline, since whatever is composed is composed of many small pieces: the
 * length of a literal and its copy are then known to the compiler.
 */

static inline int
agt_buf_append(agt_buf_t *buf, const char *data, size_t len)
{
    if (len > buf->size - buf->len || buf->size == 0) {
        return agt_buf_grow(buf, data, len);
    }

    if (len != 0) {
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
    }

    return AGT_OK;
}


static inline int
agt_buf_str(agt_buf_t *buf, agt_str_t s)
{
    return agt_buf_append(buf, s.data, s.len);
}


static inline int
agt_buf_text(agt_buf_t *buf, const char *text)
{
    return agt_buf_append(buf, text, strlen(text));
}


static inline int
agt_buf_char(agt_buf_t *buf, char c)
{
    if (buf->len == buf->size) {
        return agt_buf_grow(buf, &c, 1);
    }

    buf->data[buf->len++] = c;

    return AGT_OK;
}


static inline agt_str_t
agt_buf_slice(const agt_buf_t *buf)
{
    return agt_str_make(buf->data, buf->len);
}


#endif /* _AGT_BUF_H_INCLUDED_ */
