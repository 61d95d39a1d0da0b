
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Chunked bodies (RFC 9112, 7.1).  Framing is read byte by byte, data is
 * handed out in slices.  A line may end with LF alone, as nginx has it.
 */


#include "agt_http.h"


/* a size of more digits is nonsense long before it overflows */

#define AGT_HTTP_SIZE_DIGITS   15


static int agt_http_chunked_byte(agt_http_chunked_t *chunked, char c);
static bool agt_http_chunked_digit(agt_http_chunked_t *chunked, char c);
static unsigned agt_http_chunked_line(agt_http_chunked_t *chunked);


enum {
    sw_size_start = 0,
    sw_size,
    sw_space,            /* behind a size, before ";" or the line's end */
    sw_extension,
    sw_size_lf,
    sw_data,
    sw_data_end,
    sw_data_lf,
    sw_trailer_start,
    sw_trailer,
    sw_trailer_lf,
    sw_last_lf,
    sw_done,
    sw_invalid
};


void
agt_http_chunked_init(agt_http_chunked_t *chunked)
{
    chunked->state = sw_size_start;
    chunked->size = 0;
    chunked->line = 0;
    chunked->digits = 0;
    chunked->failed = false;
}


int
agt_http_chunked_feed(agt_http_chunked_t *chunked, const char *data,
    size_t len, size_t *used, agt_str_t *piece)
{
    int     rc;
    size_t  i, n;

    *used = 0;
    *piece = agt_str_make(NULL, 0);

    if (chunked->failed) {
        return AGT_DECLINED;
    }

    if (chunked->state == sw_done) {
        return AGT_DONE;
    }

    i = 0;
    rc = AGT_AGAIN;

    while (i < len && rc == AGT_AGAIN) {

        if (chunked->state != sw_data) {
            rc = agt_http_chunked_byte(chunked, data[i++]);
            continue;
        }

        if (piece->len != 0) {
            break;
        }

        n = (size_t) agt_min(chunked->size, (uint64_t) (len - i));

        *piece = agt_str_make(data + i, n);
        chunked->size -= n;
        i += n;

        if (chunked->size == 0) {
            chunked->state = sw_data_end;
        }
    }

    *used = i;

    return rc;
}


static int
agt_http_chunked_byte(agt_http_chunked_t *chunked, char c)
{
    unsigned  state;
    uint32_t  max;

    state = sw_invalid;
    max = chunked->state >= sw_trailer_start ? AGT_HTTP_TRAILER_MAX
                                             : AGT_HTTP_CHUNK_LINE_MAX;

    if (++chunked->line > max) {
        chunked->failed = true;
        return AGT_DECLINED;
    }

    switch (chunked->state) {

    case sw_size_start:
        if (agt_http_chunked_digit(chunked, c)) {
            state = sw_size;
        }

        break;

    case sw_size:
        if (agt_http_chunked_digit(chunked, c)) {
            state = sw_size;
            break;
        }

        /* fall through */

    case sw_space:
        if (c == ' ' || c == '\t') {
            state = sw_space;
            break;
        }

        if (c == ';') {
            state = sw_extension;
            break;
        }

        if (c != '\r' && c != '\n') {
            break;
        }

        /* fall through */

    case sw_extension:
        state = c == '\n' ? agt_http_chunked_line(chunked)
                          : (c == '\r' ? sw_size_lf : sw_extension);
        break;

    case sw_size_lf:
        if (c == '\n') {
            state = agt_http_chunked_line(chunked);
        }

        break;

    case sw_data_end:
        state = c == '\n' ? sw_size_start
                          : (c == '\r' ? sw_data_lf : sw_invalid);
        break;

    case sw_data_lf:
        if (c == '\n') {
            state = sw_size_start;
        }

        break;

    case sw_trailer_start:
        if (c == '\r' || c == '\n') {
            state = c == '\n' ? sw_done : sw_last_lf;
            break;
        }

        /* fall through */

    case sw_trailer:
        state = c == '\n' ? sw_trailer_start
                          : (c == '\r' ? sw_trailer_lf : sw_trailer);
        break;

    case sw_trailer_lf:
        if (c == '\n') {
            state = sw_trailer_start;
        }

        break;

    default: /* sw_last_lf */
        if (c == '\n') {
            state = sw_done;
        }
    }

    if (state == sw_invalid) {
        chunked->failed = true;
        return AGT_DECLINED;
    }

    chunked->state = state;

    return state == sw_done ? AGT_OK : AGT_AGAIN;
}


static bool
agt_http_chunked_digit(agt_http_chunked_t *chunked, char c)
{
    unsigned  value;

    if (c >= '0' && c <= '9') {
        value = (unsigned) (c - '0');

    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        value = (unsigned) ((c | 0x20) - 'a' + 10);

    } else {
        return false;
    }

    if (++chunked->digits > AGT_HTTP_SIZE_DIGITS) {
        return false;
    }

    chunked->size = chunked->size * 16 + value;

    return true;
}


/* what follows the line with a size */

static unsigned
agt_http_chunked_line(agt_http_chunked_t *chunked)
{
    chunked->line = 0;
    chunked->digits = 0;

    return chunked->size == 0 ? sw_trailer_start : sw_data;
}
