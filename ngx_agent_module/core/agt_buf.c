
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include <stdarg.h>
#include <stdio.h>

#include "agt_buf.h"


#define AGT_BUF_MIN   64


void
agt_buf_init(agt_buf_t *buf, agt_mem_t *mem, size_t hint, size_t max)
{
    buf->data = NULL;
    buf->len = 0;
    buf->size = 0;
    buf->hint = agt_min(agt_max(hint, (size_t) AGT_BUF_MIN), max);
    buf->max = max;
    buf->mem = mem;
    buf->failed = false;
    buf->full = false;
}


void
agt_buf_fixed(agt_buf_t *buf, char *data, size_t size)
{
    buf->data = data;
    buf->len = 0;
    buf->size = size;
    buf->hint = size;
    buf->max = size;
    buf->mem = NULL;
    buf->failed = false;
    buf->full = false;
}


void
agt_buf_rewind(agt_buf_t *buf, size_t len)
{
    /* what a failure made of the size is found again in the hint */

    if (buf->failed) {
        buf->size = buf->data != NULL ? buf->hint : 0;
    }

    buf->len = len;
    buf->failed = false;
    buf->full = false;
}


void
agt_buf_reset(agt_buf_t *buf)
{
    agt_buf_rewind(buf, 0);
}


char *
agt_buf_reserve(agt_buf_t *buf, size_t n)
{
    char    *data;
    size_t   size;

    if (n <= buf->size - buf->len && buf->size != 0 && !buf->failed) {
        return buf->data + buf->len;
    }

    if (buf->failed) {
        return NULL;
    }

    if (n > buf->max - buf->len) {
        buf->full = true;
        goto failed;
    }

    if (buf->mem == NULL) {

        /* a fixed buffer of no size, and nothing to put there */

        return buf->data;
    }

    size = agt_max(buf->hint, buf->len + n);

    if (buf->data != NULL) {
        size = agt_max(size, agt_min(buf->size * 2, buf->max));
    }

    data = agt_alloc(buf->mem, size);
    if (data == NULL) {
        goto failed;
    }

    if (buf->len != 0) {
        memcpy(data, buf->data, buf->len);
    }

    buf->data = data;
    buf->size = size;
    buf->hint = size;

    return data + buf->len;

failed:

    buf->failed = true;
    buf->size = buf->len;

    return NULL;
}


int
agt_buf_grow(agt_buf_t *buf, const char *data, size_t len)
{
    char  *p;

    p = agt_buf_reserve(buf, len);
    if (p == NULL) {
        return AGT_ERROR;
    }

    if (len != 0) {
        memcpy(p, data, len);
        buf->len += len;
    }

    return AGT_OK;
}


int
agt_buf_uint(agt_buf_t *buf, uint64_t n)
{
    char    digits[20];
    size_t  i = sizeof(digits);

    do {
        digits[--i] = (char) ('0' + n % 10);
        n /= 10;
    } while (n != 0);

    return agt_buf_append(buf, digits + i, sizeof(digits) - i);
}


int
agt_buf_int(agt_buf_t *buf, int64_t n)
{
    if (n >= 0) {
        return agt_buf_uint(buf, (uint64_t) n);
    }

    if (agt_buf_char(buf, '-') != AGT_OK) {
        return AGT_ERROR;
    }

    return agt_buf_uint(buf, (uint64_t) -(n + 1) + 1);
}


int
agt_buf_format(agt_buf_t *buf, const char *fmt, ...)
{
    int      n;
    char    *p;
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (n < 0) {
        buf->failed = true;
        return AGT_ERROR;
    }

    /* vsnprintf() writes a zero behind the text */

    p = agt_buf_reserve(buf, (size_t) n + 1);
    if (p == NULL) {
        return AGT_ERROR;
    }

    va_start(args, fmt);
    (void) vsnprintf(p, (size_t) n + 1, fmt, args);
    va_end(args);

    buf->len += (size_t) n;

    return AGT_OK;
}
