
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


/* bytes of a head, all interim ones included; eight times what
   nginx's proxy takes by default */

#define AGT_HTTP_HEAD_MAX       (32 * 1024)

#define AGT_HTTP_INTERIM_MAX    10              /* 1xx before the final one */
#define AGT_HTTP_LINE_MAX       512             /* read bytes of one line */
#define AGT_HTTP_VALUE_MAX      256             /* kept bytes of one value */
#define AGT_HTTP_RETRY_MAX      (3600 * 1000)   /* ms: the longest wait */


/*
 * Values that are kept end with a zero, are cut where they are longer, and
 * hold visible ASCII and spaces only: other bytes become "?".  Of a repeated
 * field the first counts.
 */

typedef struct {
    /* result, valid after OK */
    unsigned    status;
    unsigned    minor;               /* HTTP/1.minor */
    int64_t     content_length;      /* -1: none; of a 204 and a 304: 0 */
    bool        chunked;
    bool        keepalive;           /* the connection may be used again */
    bool        encoded;             /* a Content-Encoding but identity */
    char        content_type[AGT_HTTP_VALUE_MAX];
    char        retry_after[AGT_HTTP_VALUE_MAX];
    char        retry_after_ms[AGT_HTTP_VALUE_MAX];
    char        date[AGT_HTTP_VALUE_MAX];
    char        request_id[AGT_HTTP_VALUE_MAX];   /* of any spelling */
    char        should_retry[AGT_HTTP_VALUE_MAX];
    const char *reason;              /* of DECLINED: what was wrong */

    /* state */
    unsigned    state;
    unsigned    interim;
    size_t      seen;
    size_t      line_len;            /* so far, also what is not kept */
    bool        cr;                  /* seen, the LF behind it not yet */
    bool        close_seen;
    bool        keepalive_seen;
    bool        failed;
    char        line[AGT_HTTP_LINE_MAX];
} agt_http_head_t;


void agt_http_head_init(agt_http_head_t *head);

/*
 * Any split of the bytes gives the same result.  *used tells how many were
 * taken: with OK the rest is the body's.  AGAIN: all were taken.  DECLINED:
 * not HTTP/1.0 or 1.1, over a limit, a control character or a folded line, a
 * conflict in the framing (two different lengths, length and chunked together,
 * an unknown transfer coding), 101 or a status out of 100 to 599;
 * head->reason tells.  Sticky.  DONE: OK was said before.
 */

int agt_http_head_feed(agt_http_head_t *head, const char *data, size_t len,
    size_t *used);

/*
 * How long to wait in ms by retry-after-ms or Retry-After (seconds, with a
 * fraction, or an HTTP date, against "now" in seconds), at most an hour;
 * -1: none, or not readable.
 */

int64_t agt_http_retry_after(const agt_http_head_t *head, int64_t now);


#define AGT_HTTP_CHUNK_LINE_MAX   1024         /* bytes of a size line */
#define AGT_HTTP_TRAILER_MAX      (8 * 1024)   /* bytes of all trailers */


typedef struct {
    unsigned  state;
    uint64_t  size;         /* left of the chunk */
    uint32_t  line;         /* bytes of the current chunk line or trailers */
    uint32_t  digits;
    bool      failed;
} agt_http_chunked_t;


void agt_http_chunked_init(agt_http_chunked_t *chunked);

/*
 * Takes bytes up to the next piece of body and the framing behind it: *piece
 * is a slice of data, maybe empty, also with OK.  AGAIN: more to come, call
 * again with what is behind *used; OK: the body is complete (trailers are
 * skipped); DECLINED: not valid, sticky.  DONE: OK was said before.
 */

int agt_http_chunked_feed(agt_http_chunked_t *chunked, const char *data,
    size_t len, size_t *used, agt_str_t *piece);


#endif /* _AGT_HTTP_H_INCLUDED_ */
