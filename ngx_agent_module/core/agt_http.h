
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Reads a provider's response head and its chunked body: incremental, pure,
 * bounded.  Of the header fields only those of the allowlist are kept; none
 * of the others has a meaning, whatever its name.
 */


#ifndef _AGT_HTTP_H_INCLUDED_
#define _AGT_HTTP_H_INCLUDED_


#include "agt_base.h"


#define AGT_HTTP_HEAD_MAX       (32 * 1024)   /* bytes of a head, all interim ones included */
#define AGT_HTTP_INTERIM_MAX    10            /* 1xx answers before the final one */
#define AGT_HTTP_VALUE_MAX      256           /* kept bytes of one field's value */


typedef struct {
    /* result, valid after OK */
    unsigned    status;
    unsigned    minor;               /* HTTP/1.minor */
    int64_t     content_length;      /* -1: none */
    bool        chunked;
    bool        keepalive;           /* the connection may be used again */
    bool        encoded;             /* a Content-Encoding but identity */
    char        content_type[AGT_HTTP_VALUE_MAX];
    char        retry_after[AGT_HTTP_VALUE_MAX];
    char        retry_after_ms[AGT_HTTP_VALUE_MAX];
    char        date[AGT_HTTP_VALUE_MAX];
    char        request_id[AGT_HTTP_VALUE_MAX];   /* x-request-id, request-id, apim-request-id */
    char        should_retry[AGT_HTTP_VALUE_MAX];
    const char *reason;              /* of DECLINED: what was wrong */

    /* state */
    unsigned    state;
    size_t      seen;
    unsigned    interim;
    unsigned    name_len;
    unsigned    value_len;
    bool        failed;
    bool        length_seen;
    bool        close_seen;
    bool        keepalive_seen;
    bool        bad_encoding;
    char        name[64];
    char        value[AGT_HTTP_VALUE_MAX];
} agt_http_head_t;


void agt_http_head_init(agt_http_head_t *head);

/*
 * Any split of the bytes gives the same result.  *used tells how many were
 * taken: with OK the rest is the body's.  AGAIN: all were taken.  DECLINED:
 * not HTTP/1.x, over a limit, a conflict in the framing (two lengths, length
 * and chunked together, an unknown transfer coding), 101 or a status out of
 * 100 to 599; head->reason tells.  Sticky.
 */

int agt_http_head_feed(agt_http_head_t *head, const char *data, size_t len,
    size_t *used);

/*
 * How long to wait in ms by retry-after-ms or Retry-After (seconds, with a
 * fraction, or an HTTP date, against "now" in seconds), at most an hour;
 * -1: none, or not readable.
 */

int64_t agt_http_retry_after(const agt_http_head_t *head, int64_t now);


typedef struct {
    unsigned  state;
    uint64_t  size;         /* left of the chunk */
    uint32_t  line;         /* bytes of the current chunk line or trailers */
    bool      failed;
} agt_http_chunked_t;


void agt_http_chunked_init(agt_http_chunked_t *chunked);

/*
 * Takes bytes up to the next piece of body: *piece is a slice of data, maybe
 * empty.  AGAIN: more to come, call again with what is behind *used;
 * OK: the body is complete (trailers are skipped); DECLINED: not valid.
 */

int agt_http_chunked_feed(agt_http_chunked_t *chunked, const char *data,
    size_t len, size_t *used, agt_str_t *piece);


#endif /* _AGT_HTTP_H_INCLUDED_ */
