
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_buf.h"
#include "agt_http.h"
#include "unit.h"


#define OK_LINE   "HTTP/1.1 200 OK\r\n"


typedef struct {
    const char  *name;
    const char  *text;
    const char  *reason;
} bad_row_t;


typedef struct {
    const char  *name;
    const char  *text;
    unsigned     status;
    int64_t      length;
    bool         chunked;
    bool         keepalive;
    const char  *rest;
} head_row_t;


typedef struct {
    const char  *name;
    const char  *text;
    int          rc;
    const char  *body;
    const char  *rest;
} chunked_row_t;


typedef struct {
    const char  *name;
    const char  *ms;
    const char  *value;
    int64_t      delay;
} retry_row_t;


static const bad_row_t  bad[] = {
    { "HTTP/0.9",                 "<html>hello</html>\n",
                                  "not an HTTP/1 status line" },
    { "no line at all",           "<",
                                  "not an HTTP/1 status line" },
    { "a line that does not end", "HTTP/2",
                                  "not an HTTP/1 status line" },
    { "nothing before the head",  "\r\nHTTP/1.1 200 OK\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "HTTP/2.0",                 "HTTP/2.0 200 OK\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "HTTP/1.2",                 "HTTP/1.2 200 OK\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "lower case",               "http/1.1 200 OK\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "two spaces",               "HTTP/1.1  200 OK\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "a status of two digits",   "HTTP/1.1 20 OK\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "a status of four digits",  "HTTP/1.1 2000 OK\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "no status",                "HTTP/1.1\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "a request",                "GET / HTTP/1.1\r\n\r\n",
                                  "not an HTTP/1 status line" },
    { "status 099",               "HTTP/1.1 099 No\r\n\r\n",
                                  "unexpected status" },
    { "status 600",               "HTTP/1.1 600 No\r\n\r\n",
                                  "unexpected status" },
    { "status 101",               "HTTP/1.1 101 Switching\r\n\r\n",
                                  "unexpected status" },
    { "101 after an interim",     "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 101 S\r\n",
                                  "unexpected status" },
    { "a folded line",            OK_LINE "A: b\r\n c\r\n\r\n",
                                  "invalid header name" },
    { "folded by a tab",          OK_LINE "A: b\r\n\tc\r\n\r\n",
                                  "invalid header name" },
    { "folded at once",           OK_LINE " A: b\r\n\r\n",
                                  "invalid header name" },
    { "no colon",                 OK_LINE "Server\r\n\r\n",
                                  "invalid header name" },
    { "no name",                  OK_LINE ": x\r\n\r\n",
                                  "invalid header name" },
    { "a space before the colon", OK_LINE "Content-Length : 5\r\n\r\n",
                                  "invalid header name" },
    { "a space in the name",      OK_LINE "Content Length: 5\r\n\r\n",
                                  "invalid header name" },
    { "a name beyond ASCII",      OK_LINE "Caf\xc3\xa9: 5\r\n\r\n",
                                  "invalid header name" },
    { "a bad name in an interim", "HTTP/1.1 103 E\r\nA b: c\r\n\r\n",
                                  "invalid header name" },
    { "a bare CR",                OK_LINE "A: b\rC: d\r\n\r\n",
                                  "control character in the head" },
    { "two CR",                   OK_LINE "A: b\r\r\n\r\n",
                                  "control character in the head" },
    { "an escape sequence",       OK_LINE "A: \x1b[31m\r\n\r\n",
                                  "control character in the head" },
    { "DEL",                      OK_LINE "A: long enough \x7f\r\n\r\n",
                                  "control character in the head" },
    { "two lengths",              OK_LINE "Content-Length: 5\r\n"
                                  "Content-Length: 6\r\n\r\n",
                                  "different content lengths" },
    { "a list of lengths",        OK_LINE "Content-Length: 5, 5\r\n\r\n",
                                  "invalid content length" },
    { "a negative length",        OK_LINE "Content-Length: -1\r\n\r\n",
                                  "invalid content length" },
    { "a signed length",          OK_LINE "Content-Length: +1\r\n\r\n",
                                  "invalid content length" },
    { "an empty length",          OK_LINE "Content-Length: \r\n\r\n",
                                  "invalid content length" },
    { "a hexadecimal length",     OK_LINE "Content-Length: 0x5\r\n\r\n",
                                  "invalid content length" },
    { "2^64",                     OK_LINE
                                  "Content-Length: 18446744073709551616\r\n",
                                  "invalid content length" },
    { "length and chunked",       OK_LINE "Content-Length: 5\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n",
                                  "both a length and a transfer coding" },
    { "chunked and length",       OK_LINE "Transfer-Encoding: chunked\r\n"
                                  "Content-Length: 5\r\n\r\n",
                                  "both a length and a transfer coding" },
    { "gzip, chunked",            OK_LINE
                                  "Transfer-Encoding: gzip, chunked\r\n\r\n",
                                  "unknown transfer coding" },
    { "chunked twice",            OK_LINE "Transfer-Encoding: chunked\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n",
                                  "unknown transfer coding" },
    { "identity",                 OK_LINE
                                  "Transfer-Encoding: identity\r\n\r\n",
                                  "unknown transfer coding" },
    { "an empty coding",          OK_LINE "Transfer-Encoding:\r\n\r\n",
                                  "unknown transfer coding" },
    { "a coding with a tail",     OK_LINE
                                  "Transfer-Encoding: chunkedx\r\n\r\n",
                                  "unknown transfer coding" },
    { "chunked in HTTP/1.0",      "HTTP/1.0 200 OK\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n",
                                  "a transfer coding in HTTP/1.0" }
};


static const head_row_t  heads[] = {
    { "the smallest",        "HTTP/1.1 200\n\n",
                             200, -1, false, false, "" },
    { "bare LF",             "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
                             200, 2, false, true, "{}" },
    { "a length",            OK_LINE "Content-Length: 2\r\n\r\n{}",
                             200, 2, false, true, "{}" },
    { "equal lengths",       OK_LINE "Content-Length: 2\r\n"
                             "content-length:2\r\n\r\n{}",
                             200, 2, false, true, "{}" },
    { "white space",         OK_LINE "Content-Length:\t 2 \t\r\n\r\n{}",
                             200, 2, false, true, "{}" },
    { "length 0",            OK_LINE "Content-Length: 0\r\n\r\n",
                             200, 0, false, true, "" },
    { "18 digits",           OK_LINE
                             "Content-Length: 999999999999999999\r\n\r\n",
                             200, INT64_C(999999999999999999), false, true,
                             "" },
    { "chunked",             OK_LINE "Transfer-Encoding: Chunked\r\n\r\n0",
                             200, -1, true, true, "0" },
    { "until the end",       OK_LINE "Server: x\r\n\r\n{}",
                             200, -1, false, false, "{}" },
    { "close",               OK_LINE "Connection: Close\r\n"
                             "Content-Length: 2\r\n\r\n{}",
                             200, 2, false, false, "{}" },
    { "close in a list",     OK_LINE "Connection: keep-alive, , x,close\r\n"
                             "Content-Length: 2\r\n\r\n{}",
                             200, 2, false, false, "{}" },
    { "closed later",        OK_LINE "Connection: keep-alive\r\n"
                             "Connection: close\r\nContent-Length: 2\r\n\r\n",
                             200, 2, false, false, "" },
    { "not close",           OK_LINE "Connection: closed\r\n"
                             "Content-Length: 2\r\n\r\n",
                             200, 2, false, true, "" },
    { "HTTP/1.0",            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n",
                             200, 2, false, false, "" },
    { "HTTP/1.0, kept",      "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n"
                             "Content-Length: 2\r\n\r\n",
                             200, 2, false, true, "" },
    { "an interim answer",   "HTTP/1.1 100 Continue\r\n\r\n" OK_LINE
                             "Content-Length: 2\r\n\r\n{}",
                             200, 2, false, true, "{}" },
    { "an interim's fields", "HTTP/1.1 103 Early\r\nContent-Length: 7\r\n"
                             "Transfer-Encoding: x\r\nConnection: close\r\n"
                             "Content-Encoding: gzip\r\n\r\n"
                             OK_LINE "Content-Length: 2\r\n\r\n{}",
                             200, 2, false, true, "{}" },
    { "204",                 "HTTP/1.1 204 No Content\r\n\r\n",
                             204, 0, false, true, "" },
    { "204 with a body",     "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n{}",
                             204, 0, false, false, "{}" },
    { "204 in chunks",       "HTTP/1.1 204 No\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n0",
                             204, 0, false, false, "0" },
    { "304 tells a length",  "HTTP/1.1 304 Not\r\nContent-Length: 9\r\n\r\n",
                             304, 0, false, true, "" },
    { "an error",            "HTTP/1.1 599 \r\nContent-Length: 9\r\n\r\n",
                             599, 9, false, true, "" },
    { "a reason of any kind", "HTTP/1.1 200 \xc3\xa9\t!\r\n"
                             "Content-Length: 0\r\n\r\n",
                             200, 0, false, true, "" },
    { "names are whole",     OK_LINE "X-Content-Length: 7\r\n"
                             "Content-Length-: 8\r\nTransfer-Encodin: x\r\n"
                             "A-Name-Of-More-Than-Thirty-Two-Bytes: y\r\n"
                             "Content-Length: 2\r\n\r\n",
                             200, 2, false, true, "" },
    { "proxy words",         OK_LINE "X-Accel-Redirect: /secret\r\n"
                             "X-Accel-Buffering: no\r\nSet-Cookie: a=b\r\n"
                             "Proxy-Connection: close\r\nTrailer: Date\r\n"
                             "Upgrade: h2c\r\nContent-Length: 2\r\n\r\n",
                             200, 2, false, true, "" }
};


static const chunked_row_t  chunked[] = {
    { "no size",             "\r\n",                  AGT_DECLINED, "", NULL },
    { "no digit",            "x\r\n",                 AGT_DECLINED, "", NULL },
    { "negative",            "-1\r\n",                AGT_DECLINED, "", NULL },
    { "0x",                  "0x2\r\n{}",             AGT_DECLINED, "", NULL },
    { "a space before",      " 2\r\n{}",              AGT_DECLINED, "", NULL },
    { "text behind a space", "2 x\r\n{}",             AGT_DECLINED, "", NULL },
    { "16 digits",           "0000000000000002\r\n",  AGT_DECLINED, "", NULL },
    { "2^64",                "10000000000000000\r\n", AGT_DECLINED, "", NULL },
    { "CR alone",            "2\r{}",                 AGT_DECLINED, "", NULL },
    { "CR in an extension",  "2;a\rb\r\n{}",          AGT_DECLINED, "", NULL },
    { "too little data",     "4\r\n{}\r\n0\r\n\r\n",  AGT_DECLINED, "{}\r\n",
                                                                    NULL },
    { "too much data",       "1\r\n{}\r\n0\r\n\r\n",  AGT_DECLINED, "{", NULL },
    { "no line end",         "2\r\n{}0\r\n\r\n",      AGT_DECLINED, "{}",
                                                                    NULL },
    { "CR x behind data",    "2\r\n{}\rx",            AGT_DECLINED, "{}",
                                                                    NULL },
    { "CR x at the end",     "0\r\n\rx",              AGT_DECLINED, "", NULL },
    { "CR x in a trailer",   "0\r\nA: b\rx",          AGT_DECLINED, "", NULL },
    { "nothing",             "",                      AGT_AGAIN, "", "" },
    { "cut in a size",       "2",                     AGT_AGAIN, "", "" },
    { "cut in data",         "5\r\n{}",               AGT_AGAIN, "{}", "" },
    { "cut behind data",     "2\r\n{}",               AGT_AGAIN, "{}", "" },
    { "no last line",        "2\r\n{}\r\n0\r\n",      AGT_AGAIN, "{}", "" },
    { "cut in the end",      "2\r\n{}\r\n0\r\n\r",    AGT_AGAIN, "{}", "" },
    { "empty",               "0\r\n\r\n",             AGT_OK, "", "" },
    { "many zeros",          "000\r\n\r\nrest",       AGT_OK, "", "rest" },
    { "one chunk",           "2\r\n{}\r\n0\r\n\r\n",  AGT_OK, "{}", "" },
    { "bare LF",             "2\n{}\n0\n\nx",         AGT_OK, "{}", "x" },
    { "three chunks",        "1\r\na\r\n2\r\nbc\r\n1\r\nd\r\n0\r\n\r\n",
                             AGT_OK, "abcd", "" },
    { "hexadecimal",         "0A\r\n0123456789\r\nc\r\n0123456789ab\r\n"
                             "0\r\n\r\n",
                             AGT_OK, "01234567890123456789ab", "" },
    { "extensions",          "2;a=b;c=\"d\"\r\n{}\r\n0 ; x\r\n\r\n",
                             AGT_OK, "{}", "" },
    { "white space",         "2 \t\r\n{}\r\n0 \r\n\r\n", AGT_OK, "{}", "" },
    { "trailers",            "2\r\n{}\r\n0\r\nA: b\r\nX-Accel-Redirect: /\r\n"
                             "\r\nHTTP/1.1", AGT_OK, "{}", "HTTP/1.1" }
};


static const retry_row_t  retries[] = {
    { "none",              "", "",            -1 },
    { "a word",            "", "soon",        -1 },
    { "negative",          "", "-5",          -1 },
    { "a sign",            "", "+5",          -1 },
    { "no digit before",   "", ".5",          -1 },
    { "an exponent",       "", "1e3",         -1 },
    { "a unit",            "", "5s",          -1 },
    { "two points",        "", "1.2.3",       -1 },
    { "zero",              "", "0",           0 },
    { "seconds",           "", "7",           7000 },
    { "leading zeros",     "", "007",         7000 },
    { "a fraction",        "", "1.5",         1500 },
    { "rounded up",        "", "0.0001",      1 },
    { "not rounded",       "", "0.0010000",   1 },
    { "a point",           "", "2.",          2000 },
    { "an hour",           "", "3600",        3600000 },
    { "more than an hour", "", "3600.1",      3600000 },
    { "absurd",            "", "99999999999999999999999999999", 3600000 },
    { "ms",                "1500", "",        1500 },
    { "ms first",          "1500", "7",       1500 },
    { "ms, rounded up",    "1500.2", "7",     1501 },
    { "ms not readable",   "soon", "7",       7000 },
    { "ms, absurd",        "99999999999", "", 3600000 },
    { "IMF-fixdate",       "", "Sun, 06 Nov 1994 08:49:47 GMT",  10000 },
    { "RFC 850",           "", "Sunday, 06-Nov-94 08:49:47 GMT", 10000 },
    { "asctime",           "", "Sun Nov  6 08:49:47 1994",       10000 },
    { "asctime, zero",     "", "Sun Nov 06 08:49:47 1994",       10000 },
    { "it is now",         "", "Sun, 06 Nov 1994 08:49:37 GMT",  0 },
    { "it was",            "", "Sun, 06 Nov 1994 08:49:36 GMT",  0 },
    { "long ago",          "", "Thu, 01 Jan 1970 00:00:00 GMT",  0 },
    { "tomorrow",          "", "Mon, 07 Nov 1994 08:49:37 GMT",  3600000 },
    { "the last year",     "", "Fri, 31 Dec 9999 23:59:59 GMT",  3600000 },
    { "in 30 years",       "", "Sunday, 06-Nov-24 08:49:37 GMT", 3600000 },
    { "95 years ago",      "", "Sunday, 06-Nov-99 08:49:37 GMT", 3600000 },
    { "a century back",    "", "Sunday, 06-Nov-60 08:49:37 GMT", 0 },
    { "a leap second",     "", "Sun, 06 Nov 1994 08:49:60 GMT",  23000 },
    { "hour 24",           "", "Sun, 06 Nov 1994 24:49:37 GMT",  -1 },
    { "minute 60",         "", "Sun, 06 Nov 1994 08:60:37 GMT",  -1 },
    { "second 61",         "", "Sun, 06 Nov 1994 08:49:61 GMT",  -1 },
    { "day 0",             "", "Sun, 00 Nov 1994 08:49:37 GMT",  -1 },
    { "day 32",            "", "Sun, 32 Nov 1994 08:49:37 GMT",  -1 },
    { "year 0",            "", "Sun, 06 Nov 0094 08:49:37 GMT",  -1 },
    { "another zone",      "", "Sun, 06 Nov 1994 08:49:37 CET",  -1 },
    { "no zone",           "", "Sun, 06 Nov 1994 08:49:37",      -1 },
    { "a tail",            "", "Sun, 06 Nov 1994 08:49:37 GMT+1", -1 },
    { "an unknown month",  "", "Sun, 06 Nox 1994 08:49:37 GMT",  -1 },
    { "an unknown day",    "", "Sux, 06 Nov 1994 08:49:37 GMT",  -1 },
    { "cut",               "", "Sun, 06 Nov 19",                 -1 }
};


static int
feed_head(agt_http_head_t *head, const char *text, size_t len, size_t first,
    size_t step, size_t *total)
{
    int     rc;
    size_t  n, used;

    agt_http_head_init(head);

    *total = 0;
    rc = AGT_AGAIN;
    n = agt_min(first, len);

    while (rc == AGT_AGAIN && *total < len) {
        rc = agt_http_head_feed(head, text + *total, n, &used);
        *total += used;
        n = agt_min(step, len - *total);
    }

    return rc;
}


static bool
same_head(const agt_http_head_t *a, const agt_http_head_t *b)
{
    return a->status == b->status && a->minor == b->minor
           && a->content_length == b->content_length
           && a->chunked == b->chunked && a->keepalive == b->keepalive
           && a->encoded == b->encoded && a->reason == b->reason
           && strcmp(a->content_type, b->content_type) == 0
           && strcmp(a->retry_after, b->retry_after) == 0
           && strcmp(a->retry_after_ms, b->retry_after_ms) == 0
           && strcmp(a->date, b->date) == 0
           && strcmp(a->request_id, b->request_id) == 0
           && strcmp(a->should_retry, b->should_retry) == 0;
}


/* in two pieces at every byte, and byte by byte */

static bool
splits_agree(const char *text, size_t len)
{
    int              rc;
    size_t           i, used, total;
    agt_http_head_t  whole, split;

    rc = feed_head(&whole, text, len, len, len, &used);

    for (i = 0; i <= len; i++) {

        if (feed_head(&split, text, len, i, len, &total) != rc
            || (rc == AGT_OK && total != used) || !same_head(&whole, &split))
        {
            return false;
        }
    }

    return feed_head(&split, text, len, 1, 1, &total) == rc
           && same_head(&whole, &split);
}


static void
test_bad_heads(void)
{
    size_t           i, len, used;
    agt_http_head_t  head;

    for (i = 0; i < agt_array_n(bad); i++) {
        len = strlen(bad[i].text);

        if (!ok(feed_head(&head, bad[i].text, len, len, len, &used)
                == AGT_DECLINED
                && strcmp(head.reason, bad[i].reason) == 0
                && splits_agree(bad[i].text, len)
                && agt_http_head_feed(&head, "x", 1, &used) == AGT_DECLINED,
                "head refused: %s", bad[i].name))
        {
            printf("# %s\n", head.reason != NULL ? head.reason : "accepted");
        }
    }
}


static void
test_heads(void)
{
    size_t             i, len, used;
    agt_http_head_t    head;
    const head_row_t  *row;

    for (i = 0; i < agt_array_n(heads); i++) {
        row = &heads[i];
        len = strlen(row->text);

        if (!ok(feed_head(&head, row->text, len, len, len, &used) == AGT_OK
                && head.status == row->status
                && head.content_length == row->length
                && head.chunked == row->chunked
                && head.keepalive == row->keepalive
                && strcmp(row->text + used, row->rest) == 0
                && splits_agree(row->text, len)
                && agt_http_head_feed(&head, "x", 1, &used) == AGT_DONE
                && used == 0,
                "head: %s", row->name))
        {
            printf("# %s: status %u, length %lld, chunked %d, keepalive %d\n",
                   head.reason != NULL ? head.reason : "", head.status,
                   (long long) head.content_length, head.chunked,
                   head.keepalive);
        }
    }
}


static void
test_values(void)
{
    size_t             len, used;
    agt_http_head_t    head;
    static const char  text[] =
        OK_LINE
        "CONTENT-TYPE: application/json; charset=utf-8\r\n"
        "date:Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Retry-After: \t 7 \r\n"
        "Retry-After: 9\r\n"
        "Retry-After-Ms: 6500\r\n"
        "X-Should-Retry: false\r\n"
        "X-Request-Id: req\xc3\xa9\t1\r\n"
        "request-id: second\r\n"
        "Content-Encoding: identity\r\n"
        "X-Accel-Redirect: /secret\r\n"
        "\r\n";

    len = sizeof(text) - 1;

    ok(feed_head(&head, text, len, len, len, &used) == AGT_OK && used == len
       && splits_agree(text, len), "a head of many fields");
    is_str(agt_str_from(head.content_type), "application/json; charset=utf-8",
           "content type");
    is_str(agt_str_from(head.date), "Sun, 06 Nov 1994 08:49:37 GMT", "date");
    is_str(agt_str_from(head.retry_after), "7", "the first Retry-After");
    is_str(agt_str_from(head.retry_after_ms), "6500", "Retry-After-Ms");
    is_str(agt_str_from(head.should_retry), "false", "X-Should-Retry");
    is_str(agt_str_from(head.request_id), "req???1", "a cleaned request id");
    ok(!head.encoded, "identity is no encoding");
}


static void
test_encodings(void)
{
    char               text[256];
    size_t             i, used;
    agt_http_head_t    head;
    static const char *const  values[] = {
        "gzip", "gzip, gzip", "br", "identity, gzip", "x", "Identityx"
    };

    for (i = 0; i < agt_array_n(values); i++) {
        snprintf(text, sizeof(text),
                 OK_LINE "Content-Encoding: identity\r\n"
                 "Content-Encoding: %s\r\nContent-Encoding:\r\n\r\n",
                 values[i]);

        ok(feed_head(&head, text, strlen(text), SIZE_MAX, SIZE_MAX, &used)
           == AGT_OK && head.encoded, "encoded: %s", values[i]);
    }
}


/* prefix, n times the byte, suffix */

static agt_str_t
fill(const char *prefix, char c, size_t n, const char *suffix)
{
    agt_buf_t  buf;

    agt_buf_init(&buf, unit_mem(), 0, 1 << 20);
    agt_buf_text(&buf, prefix);
    memset(agt_buf_reserve(&buf, n), c, n);
    buf.len += n;
    agt_buf_text(&buf, suffix);

    return agt_buf_slice(&buf);
}


static bool
refused(agt_str_t text, const char *reason)
{
    size_t           used;
    agt_http_head_t  head;

    return feed_head(&head, text.data, text.len, text.len, text.len, &used)
           == AGT_DECLINED
           && strcmp(head.reason, reason) == 0
           && feed_head(&head, text.data, text.len, 7, 7, &used)
              == AGT_DECLINED
           && strcmp(head.reason, reason) == 0;
}


static bool
accepted(agt_str_t text, agt_http_head_t *head)
{
    size_t  used;

    return feed_head(head, text.data, text.len, 7, 7, &used) == AGT_OK
           && used == text.len
           && feed_head(head, text.data, text.len, text.len, text.len, &used)
              == AGT_OK
           && used == text.len;
}


static void
test_limits(void)
{
    size_t           base;
    unsigned         i;
    agt_buf_t        buf;
    agt_http_head_t  head;

    ok(refused(fill("HTTP/1.1 ", '2', 40000, "\r\n\r\n"),
               "the head is too large"), "an endless status line");
    ok(refused(fill(OK_LINE "A: ", 'b', 40000, "\r\n\r\n"),
               "the head is too large"), "an endless value");
    ok(refused(fill("", '\0', 40000, ""), "not an HTTP/1 status line"),
       "zeros");
    ok(refused(fill(OK_LINE "A: b", '\0', 1, "\r\n\r\n"),
               "control character in the head"), "a NUL in a value");
    ok(refused(fill(OK_LINE, 'n', 600, ": v\r\n\r\n"), "invalid header name"),
       "a name over the line's limit");
    ok(refused(fill(OK_LINE "Content-Length: ", ' ', 600, "5\r\n\r\n"),
               "a framing header is too long"), "a framing field is not cut");
    ok(refused(fill(OK_LINE "Connection: a", ',', 600, "close\r\n\r\n"),
               "a framing header is too long"), "a list is not cut");

    base = sizeof(OK_LINE "A: \r\n\r\n") - 1;

    ok(accepted(fill(OK_LINE "A: ", 'b', AGT_HTTP_HEAD_MAX - base, "\r\n\r\n"),
                &head), "a head of the maximum");
    ok(refused(fill(OK_LINE "A: ", 'b', AGT_HTTP_HEAD_MAX - base + 1,
                    "\r\n\r\n"), "the head is too large"), "one byte more");

    ok(accepted(fill(OK_LINE "X-Request-Id: ", 'r', 255, "\r\n\r\n"), &head)
       && strlen(head.request_id) == 255, "a value that just fits");
    ok(accepted(fill(OK_LINE "X-Request-Id: ", 'r', 256, "\r\n\r\n"), &head)
       && strlen(head.request_id) == 255, "a value is cut");
    ok(accepted(fill(OK_LINE "X-Request-Id: ", 'r', 9000, "\r\n\r\n"), &head)
       && strlen(head.request_id) == 255, "a long value is cut");

    agt_buf_init(&buf, unit_mem(), 0, 1024);

    for (i = 0; i < AGT_HTTP_INTERIM_MAX; i++) {
        agt_buf_text(&buf, "HTTP/1.1 100 C\r\n\r\n");
    }

    agt_buf_text(&buf, OK_LINE "\r\n");
    ok(accepted(agt_buf_slice(&buf), &head), "as many interims as allowed");

    agt_buf_reset(&buf);

    for (i = 0; i <= AGT_HTTP_INTERIM_MAX; i++) {
        agt_buf_text(&buf, "HTTP/1.1 102 P\r\n\r\n");
    }

    ok(refused(agt_buf_slice(&buf), "too many interim answers"),
       "one interim more");
}


static int
feed_chunked(agt_http_chunked_t *ch, agt_str_t text, size_t first,
    size_t step, agt_buf_t *body, size_t *total)
{
    int        rc;
    size_t     n, used;
    agt_str_t  piece;

    agt_http_chunked_init(ch);
    agt_buf_reset(body);

    *total = 0;
    rc = AGT_AGAIN;
    n = agt_min(first, text.len);

    while (rc == AGT_AGAIN && *total < text.len) {
        rc = agt_http_chunked_feed(ch, text.data + *total, n, &used, &piece);
        agt_buf_str(body, piece);
        *total += used;
        n = agt_min(step, text.len - *total);
    }

    return rc;
}


static void
test_chunked(void)
{
    int                   rc;
    bool                  same;
    size_t                i, k, used;
    agt_str_t             text, piece;
    agt_buf_t             body;
    agt_http_chunked_t    ch;
    const chunked_row_t  *row;

    agt_buf_init(&body, unit_mem(), 64, 65536);

    for (i = 0; i < agt_array_n(chunked); i++) {
        row = &chunked[i];
        text = agt_str_from(row->text);
        same = true;

        for (k = 0; k <= text.len + 1; k++) {
            rc = feed_chunked(&ch, text, agt_max(k, 1),
                              k <= text.len ? SIZE_MAX : 1, &body, &used);

            same &= rc == row->rc
                    && agt_str_is(agt_buf_slice(&body), row->body)
                    && (row->rest == NULL
                        || strcmp(row->text + used, row->rest) == 0);
        }

        rc = agt_http_chunked_feed(&ch, "0", 0, &used, &piece);

        ok(same && rc == (row->rc == AGT_OK ? AGT_DONE : row->rc),
           "chunked: %s", row->name);
    }
}


static void
test_chunked_limits(void)
{
    size_t              used;
    agt_buf_t           body;
    agt_str_t           piece;
    agt_http_chunked_t  ch;

    agt_buf_init(&body, unit_mem(), 64, 65536);

    ok(feed_chunked(&ch, fill("2;", 'x', 1022, "\n{}\r\n0\r\n\r\n"), SIZE_MAX,
                    SIZE_MAX, &body, &used) == AGT_DECLINED,
       "an extension over the line's limit");
    ok(feed_chunked(&ch, fill("2;", 'x', 1021, "\n{}\r\n0\r\n\r\n"), SIZE_MAX,
                    SIZE_MAX, &body, &used) == AGT_OK,
       "an extension that just fits");
    ok(feed_chunked(&ch, fill("0\r\nA: ", 'x', 9000, "\r\n\r\n"), SIZE_MAX,
                    SIZE_MAX, &body, &used) == AGT_DECLINED,
       "a trailer over the limit");
    ok(feed_chunked(&ch, fill("0\r\n", '\n', 1, ""), SIZE_MAX, SIZE_MAX, &body,
                    &used) == AGT_OK, "no trailer");

    agt_http_chunked_init(&ch);
    ok(agt_http_chunked_feed(&ch, "2\r\n{}\r\n0\r\n\r\nx", 13, &used, &piece)
       == AGT_OK && used == 12 && agt_str_is(piece, "{}"),
       "the only chunk and the end in one call");

    agt_http_chunked_init(&ch);
    ok(agt_http_chunked_feed(&ch, "fffffffffffffff\r\nx", 18, &used, &piece)
       == AGT_AGAIN && piece.len == 1
       && ch.size == UINT64_C(0xffffffffffffffe), "the largest size");
}


static void
test_retry(void)
{
    size_t           i;
    int64_t          delay;
    agt_http_head_t  head;

    for (i = 0; i < agt_array_n(retries); i++) {
        agt_http_head_init(&head);
        strcpy(head.retry_after_ms, retries[i].ms);
        strcpy(head.retry_after, retries[i].value);

        delay = agt_http_retry_after(&head, 784111777);

        if (!ok(delay == retries[i].delay, "retry after: %s",
                retries[i].name))
        {
            printf("# %lld\n", (long long) delay);
        }
    }

    agt_http_head_init(&head);
    strcpy(head.retry_after, "Sun, 29 Feb 2032 00:00:01 GMT");
    ok(agt_http_retry_after(&head, 1961625600) == 1000, "a leap day");
    ok(agt_http_retry_after(&head, INT64_MIN) == AGT_HTTP_RETRY_MAX
       && agt_http_retry_after(&head, INT64_MAX) == 0, "any time of ours");
}


int
main(void)
{
    test_bad_heads();
    test_heads();
    test_values();
    test_encodings();
    test_limits();
    test_chunked();
    test_chunked_limits();
    test_retry();

    return unit_done();
}
