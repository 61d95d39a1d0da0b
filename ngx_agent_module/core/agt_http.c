
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The head is read by lines.  A line that is whole in the caller's buffer is
 * read where it is; only one that the buffer's end cuts is gathered in
 * head->line.  Both ways see the first AGT_HTTP_LINE_MAX bytes of a line and
 * its length, so that no split of the input changes the result.
 */


#include "agt_http.h"


#define AGT_HTTP_NAME_MAX      32    /* longer than any name that is known */

#define AGT_HTTP_VERSION       "HTTP/1."
#define AGT_HTTP_VERSION_LEN   (sizeof(AGT_HTTP_VERSION) - 1)

/* eight bytes at once: the same byte everywhere */

#define agt_http_bytes(c)   (UINT64_C(0x0101010101010101) * (c))


typedef struct agt_http_field_s  agt_http_field_t;

typedef int (*agt_http_field_pt)(agt_http_head_t *head,
    const agt_http_field_t *field, agt_str_t value);


struct agt_http_field_s {
    agt_str_t           name;
    agt_http_field_pt   handler;
    size_t              offset;
    bool                framing;    /* refused, not cut, where it is too long */
};


static int agt_http_head_next(agt_http_head_t *head, const char **pos,
    const char *end);
static const char *agt_http_line_end(const char *p, const char *end);
static void agt_http_line_save(agt_http_head_t *head, const char *p,
    const char *end);
static int agt_http_line(agt_http_head_t *head, const char *line, size_t len);
static int agt_http_status_line(agt_http_head_t *head, agt_str_t line);
static int agt_http_field_line(agt_http_head_t *head, agt_str_t line,
    bool cut);
static int agt_http_field(agt_http_head_t *head, agt_str_t name,
    agt_str_t value, bool cut);
static int agt_http_head_end(agt_http_head_t *head);
static void agt_http_final(agt_http_head_t *head);
static int agt_http_keep(agt_http_head_t *head, const agt_http_field_t *field,
    agt_str_t value);
static int agt_http_content_length(agt_http_head_t *head,
    const agt_http_field_t *field, agt_str_t value);
static int agt_http_transfer_encoding(agt_http_head_t *head,
    const agt_http_field_t *field, agt_str_t value);
static int agt_http_content_encoding(agt_http_head_t *head,
    const agt_http_field_t *field, agt_str_t value);
static int agt_http_connection(agt_http_head_t *head,
    const agt_http_field_t *field, agt_str_t value);
static agt_str_t agt_http_trim(const char *p, const char *end);
static int agt_http_refuse(agt_http_head_t *head, const char *reason);


enum {
    sw_status = 0,
    sw_fields,
    sw_done
};


/* token characters (RFC 9110, 5.6.2), as they look in lower case */

static const char  agt_http_token[256] =
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0!\0#$%&'\0\0*+\0-.\0"
    "0123456789\0\0\0\0\0\0"
    "\0abcdefghijklmno"
    "pqrstuvwxyz\0\0\0^_"
    "`abcdefghijklmno"
    "pqrstuvwxyz\0|\0~\0";


#define agt_http_kept(text, field)                                            \
    { agt_string(text), agt_http_keep, offsetof(agt_http_head_t, field), false }
#define agt_http_framing(text, handler)                                       \
    { agt_string(text), handler, 0, true }


/* the allowlist */

static const agt_http_field_t  agt_http_fields[] = {
    agt_http_framing("content-length", agt_http_content_length),
    agt_http_framing("transfer-encoding", agt_http_transfer_encoding),
    agt_http_framing("content-encoding", agt_http_content_encoding),
    agt_http_framing("connection", agt_http_connection),
    agt_http_kept("content-type", content_type),
    agt_http_kept("retry-after", retry_after),
    agt_http_kept("retry-after-ms", retry_after_ms),
    agt_http_kept("date", date),
    agt_http_kept("x-request-id", request_id),
    agt_http_kept("request-id", request_id),
    agt_http_kept("apim-request-id", request_id),
    agt_http_kept("x-should-retry", should_retry)
};


/* the large fields are left as they are: nothing reads behind their zeros */

void
agt_http_head_init(agt_http_head_t *head)
{
    head->status = 0;
    head->minor = 0;
    head->content_length = -1;
    head->chunked = false;
    head->keepalive = false;
    head->encoded = false;
    head->content_type[0] = '\0';
    head->retry_after[0] = '\0';
    head->retry_after_ms[0] = '\0';
    head->date[0] = '\0';
    head->request_id[0] = '\0';
    head->should_retry[0] = '\0';
    head->reason = NULL;

    head->state = sw_status;
    head->interim = 0;
    head->seen = 0;
    head->line_len = 0;
    head->cr = false;
    head->close_seen = false;
    head->keepalive_seen = false;
    head->failed = false;
}


int
agt_http_head_feed(agt_http_head_t *head, const char *data, size_t len,
    size_t *used)
{
    int          rc;
    const char  *p, *end;

    *used = 0;

    if (head->failed) {
        return AGT_DECLINED;
    }

    if (head->state == sw_done) {
        return AGT_DONE;
    }

    if (len == 0) {
        return AGT_AGAIN;
    }

    p = data;
    end = data + agt_min(len, AGT_HTTP_HEAD_MAX - head->seen);
    rc = AGT_AGAIN;

    while (p < end && rc == AGT_AGAIN) {
        rc = agt_http_head_next(head, &p, end);
    }

    *used = (size_t) (p - data);
    head->seen += *used;

    if (rc == AGT_AGAIN && *used < len) {
        return agt_http_refuse(head, "the head is too large");
    }

    return rc;
}


/* takes a line, or what there is of it */

static int
agt_http_head_next(agt_http_head_t *head, const char **pos, const char *end)
{
    size_t       len;
    const char  *p, *start;

    start = *pos;

    if (head->cr && *start != '\n') {
        return agt_http_refuse(head, "control character in the head");
    }

    /* what is not HTTP may never end its first line: it is not waited for */

    if (head->state == sw_status && head->line_len < AGT_HTTP_VERSION_LEN
        && memcmp(start, &AGT_HTTP_VERSION[head->line_len],
                  agt_min((size_t) (end - start),
                          AGT_HTTP_VERSION_LEN - head->line_len))
           != 0)
    {
        return agt_http_refuse(head, "not an HTTP/1 status line");
    }

    p = agt_http_line_end(start, end);

    if (p == end || (*p == '\r' && p + 1 == end)) {
        agt_http_line_save(head, start, p);
        head->cr = (p != end);
        *pos = end;

        return AGT_AGAIN;
    }

    *pos = p + 1 + (*p == '\r');

    if ((*pos)[-1] != '\n') {
        return agt_http_refuse(head, "control character in the head");
    }

    if (head->line_len != 0) {
        agt_http_line_save(head, start, p);
        start = head->line;
        len = head->line_len;

    } else {
        len = (size_t) (p - start);
    }

    head->line_len = 0;
    head->cr = false;

    return agt_http_line(head, start, len);
}


/*
 * The first control character but a tab.  In the difference the high bit of a
 * byte that had none shows that it, or one below it, was less than a space;
 * likewise for what is zero after the exclusive or with DEL.
 */

static const char *
agt_http_line_end(const char *p, const char *end)
{
    uint64_t     x, y;
    const char  *stop;

    while (p < end) {
        stop = end;

        if (end - p >= 8) {
            memcpy(&x, p, 8);
            y = x ^ agt_http_bytes(0x7f);

            if (((((x - agt_http_bytes(0x20)) & ~x)
                  | ((y - agt_http_bytes(0x01)) & ~y))
                 & agt_http_bytes(0x80))
                == 0)
            {
                p += 8;
                continue;
            }

            stop = p + 8;
        }

        for ( /* void */ ; p < stop; p++) {
            if (((unsigned char) *p < ' ' && *p != '\t') || *p == 0x7f) {
                return p;
            }
        }
    }

    return end;
}


static void
agt_http_line_save(agt_http_head_t *head, const char *p, const char *end)
{
    size_t  n, room;

    n = (size_t) (end - p);
    room = AGT_HTTP_LINE_MAX - agt_min(head->line_len, AGT_HTTP_LINE_MAX);

    if (n != 0 && room != 0) {
        memcpy(head->line + head->line_len, p, agt_min(n, room));
    }

    head->line_len += n;
}


static int
agt_http_line(agt_http_head_t *head, const char *line, size_t len)
{
    bool  cut = len > AGT_HTTP_LINE_MAX;

    len = agt_min(len, AGT_HTTP_LINE_MAX);

    if (head->state == sw_status) {
        return agt_http_status_line(head, agt_str_make(line, len));
    }

    if (len == 0) {
        return agt_http_head_end(head);
    }

    return agt_http_field_line(head, agt_str_make(line, len), cut);
}


static int
agt_http_status_line(agt_http_head_t *head, agt_str_t line)
{
    unsigned     i, status;
    const char  *p;

    p = line.data;

    if (line.len < sizeof("HTTP/1.1 200") - 1
        || memcmp(p, AGT_HTTP_VERSION, AGT_HTTP_VERSION_LEN) != 0
        || (p[7] != '0' && p[7] != '1')
        || p[8] != ' '
        || (line.len > 12 && p[12] != ' '))
    {
        return agt_http_refuse(head, "not an HTTP/1 status line");
    }

    status = 0;

    for (i = 9; i < 12; i++) {

        if (p[i] < '0' || p[i] > '9') {
            return agt_http_refuse(head, "not an HTTP/1 status line");
        }

        status = status * 10 + (unsigned) (p[i] - '0');
    }

    if (status < 100 || status > 599 || status == 101) {
        return agt_http_refuse(head, "unexpected status");
    }

    head->status = status;
    head->minor = (unsigned) (p[7] - '0');
    head->state = sw_fields;

    return AGT_AGAIN;
}


static int
agt_http_field_line(agt_http_head_t *head, agt_str_t line, bool cut)
{
    char         c, name[AGT_HTTP_NAME_MAX];
    size_t       n;
    const char  *p, *end;

    p = line.data;
    end = p + line.len;

    for (n = 0; p < end; p++, n++) {
        c = agt_http_token[(unsigned char) *p];

        if (c == '\0') {
            break;
        }

        if (n < AGT_HTTP_NAME_MAX) {
            name[n] = c;
        }
    }

    /* this is also where a folded line or a space before the colon ends */

    if (n == 0 || p == end || *p != ':') {
        return agt_http_refuse(head, "invalid header name");
    }

    if (n > AGT_HTTP_NAME_MAX || head->status < 200) {
        return AGT_AGAIN;
    }

    return agt_http_field(head, agt_str_make(name, n),
                          agt_http_trim(p + 1, end), cut);
}


static int
agt_http_field(agt_http_head_t *head, agt_str_t name, agt_str_t value,
    bool cut)
{
    size_t                   i;
    const agt_http_field_t  *field;

    for (i = 0; i < agt_array_n(agt_http_fields); i++) {
        field = &agt_http_fields[i];

        if (!agt_str_eq(field->name, name)) {
            continue;
        }

        if (cut && field->framing) {
            return agt_http_refuse(head, "a framing header is too long");
        }

        return field->handler(head, field, value);
    }

    return AGT_AGAIN;
}


static int
agt_http_head_end(agt_http_head_t *head)
{
    if (head->status < 200) {

        if (++head->interim > AGT_HTTP_INTERIM_MAX) {
            return agt_http_refuse(head, "too many interim answers");
        }

        head->state = sw_status;

        return AGT_AGAIN;
    }

    /* either could be a way to smuggle a second answer (RFC 9112, 6.1) */

    if (head->chunked && head->content_length != -1) {
        return agt_http_refuse(head, "both a length and a transfer coding");
    }

    if (head->chunked && head->minor == 0) {
        return agt_http_refuse(head, "a transfer coding in HTTP/1.0");
    }

    agt_http_final(head);
    head->state = sw_done;

    return AGT_OK;
}


static void
agt_http_final(agt_http_head_t *head)
{
    head->keepalive = !head->close_seen
                      && (head->minor == 1 || head->keepalive_seen);

    if (head->status == 204 || head->status == 304) {

        /* a body that must not be there may follow nevertheless */

        if (head->chunked || (head->status == 204 && head->content_length > 0))
        {
            head->keepalive = false;
        }

        head->chunked = false;
        head->content_length = 0;
    }

    /* such a body ends with its connection */

    if (!head->chunked && head->content_length == -1) {
        head->keepalive = false;
    }
}


static int
agt_http_keep(agt_http_head_t *head, const agt_http_field_t *field,
    agt_str_t value)
{
    char    *dst;
    size_t   i, n;

    dst = (char *) head + field->offset;

    if (dst[0] != '\0') {
        return AGT_AGAIN;
    }

    n = agt_min(value.len, AGT_HTTP_VALUE_MAX - 1);

    for (i = 0; i < n; i++) {
        dst[i] = (value.data[i] >= ' ' && value.data[i] <= '~') ? value.data[i]
                                                                : '?';
    }

    dst[n] = '\0';

    return AGT_AGAIN;
}


static int
agt_http_content_length(agt_http_head_t *head, const agt_http_field_t *field,
    agt_str_t value)
{
    size_t   i;
    int64_t  n;

    (void) field;

    n = 0;

    /* eighteen digits always fit */

    if (value.len == 0 || value.len > 18) {
        return agt_http_refuse(head, "invalid content length");
    }

    for (i = 0; i < value.len; i++) {

        if (value.data[i] < '0' || value.data[i] > '9') {
            return agt_http_refuse(head, "invalid content length");
        }

        n = n * 10 + (value.data[i] - '0');
    }

    if (head->content_length != -1 && head->content_length != n) {
        return agt_http_refuse(head, "different content lengths");
    }

    head->content_length = n;

    return AGT_AGAIN;
}


static int
agt_http_transfer_encoding(agt_http_head_t *head,
    const agt_http_field_t *field, agt_str_t value)
{
    (void) field;

    if (head->chunked || !agt_str_lower_is(value, "chunked")) {
        return agt_http_refuse(head, "unknown transfer coding");
    }

    head->chunked = true;

    return AGT_AGAIN;
}


static int
agt_http_content_encoding(agt_http_head_t *head,
    const agt_http_field_t *field, agt_str_t value)
{
    (void) field;

    if (value.len != 0 && !agt_str_lower_is(value, "identity")) {
        head->encoded = true;
    }

    return AGT_AGAIN;
}


static int
agt_http_connection(agt_http_head_t *head, const agt_http_field_t *field,
    agt_str_t value)
{
    agt_str_t    token;
    const char  *p, *end, *comma;

    (void) field;

    p = value.data;
    end = p + value.len;

    while (p < end) {
        comma = memchr(p, ',', (size_t) (end - p));

        if (comma == NULL) {
            comma = end;
        }

        token = agt_http_trim(p, comma);

        if (agt_str_lower_is(token, "close")) {
            head->close_seen = true;

        } else if (agt_str_lower_is(token, "keep-alive")) {
            head->keepalive_seen = true;
        }

        p = comma + (comma < end);
    }

    return AGT_AGAIN;
}


static agt_str_t
agt_http_trim(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }

    return agt_str_make(p, (size_t) (end - p));
}


static int
agt_http_refuse(agt_http_head_t *head, const char *reason)
{
    head->failed = true;
    head->reason = reason;

    return AGT_DECLINED;
}
