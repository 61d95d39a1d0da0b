
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include <stdarg.h>
#include <stdio.h>

#include "agt_base.h"


static void agt_error_copy(char *dst, size_t size, agt_str_t src);


void
agt_error_init(agt_error_t *err)
{
    err->set = false;
    err->offset = 0;
    err->line = 0;
    err->column = 0;
    err->file[0] = '\0';
    err->pointer[0] = '\0';
    err->message[0] = '\0';
}


void
agt_error_set(agt_error_t *err, const char *fmt, ...)
{
    va_list  args;

    if (err == NULL || err->set) {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(err->message, sizeof(err->message), fmt, args);
    va_end(args);

    err->set = true;
}


void
agt_error_locate(agt_error_t *err, agt_str_t text, size_t offset)
{
    size_t  i, start;

    if (err == NULL || !err->set || err->line != 0) {
        return;
    }

    err->offset = offset;
    err->line = 1;
    start = 0;

    for (i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n') {
            err->line++;
            start = i + 1;
        }
    }

    err->column = (uint32_t) (offset - start + 1);
}


void
agt_error_file(agt_error_t *err, agt_str_t path)
{
    if (err != NULL && err->file[0] == '\0') {
        agt_error_copy(err->file, sizeof(err->file), path);
    }
}


void
agt_error_pointer(agt_error_t *err, agt_str_t pointer)
{
    if (err != NULL && err->pointer[0] == '\0') {
        agt_error_copy(err->pointer, sizeof(err->pointer), pointer);
    }
}


static void
agt_error_copy(char *dst, size_t size, agt_str_t src)
{
    size_t  n = agt_min(src.len, size - 1);

    if (n != 0) {
        memcpy(dst, src.data, n);
    }

    dst[n] = '\0';
}


bool
agt_str_lower_is(agt_str_t s, const char *text)
{
    char    c;
    size_t  i;

    if (s.len != strlen(text)) {
        return false;
    }

    for (i = 0; i < s.len; i++) {

        c = s.data[i];

        if (c >= 'A' && c <= 'Z') {
            c = (char) (c | 0x20);
        }

        if (c != text[i]) {
            return false;
        }
    }

    return true;
}
