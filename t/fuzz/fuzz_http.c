
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A provider's answer as bytes: the head, and behind it the chunks of a body
 * if the head says so (or at once, if the first byte is odd).  The same bytes
 * whole and split at points that the second byte seeds give the same result.
 */


#include <stdlib.h>

#include "agt_http.h"


#define BODY_MAX   65536


typedef struct {
    int              rc;
    size_t           used;
    size_t           len;
    char             body[BODY_MAX];
    agt_http_head_t  head;
} result_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static result_t  whole, split;


static void
check(bool holds)
{
    if (!holds) {
        abort();
    }
}


/* a few bytes at a time; everything where the seed is 0 */

static size_t
step(unsigned *seed, size_t len)
{
    if (*seed == 0) {
        return len;
    }

    *seed = *seed * 1103515245 + 12345;

    return agt_min(len, 1 + (*seed >> 16) % ((*seed >> 8) % 3 != 0 ? 3 : 60));
}


static void
read_head(result_t *r, const char *data, size_t size, unsigned seed)
{
    size_t  n, used;

    agt_http_head_init(&r->head);

    r->rc = AGT_AGAIN;
    r->used = 0;

    while (r->rc == AGT_AGAIN && r->used < size) {
        n = step(&seed, size - r->used);
        r->rc = agt_http_head_feed(&r->head, data + r->used, n, &used);

        check(used <= n && (r->rc != AGT_AGAIN || used == n));
        r->used += used;
    }
}


static void
read_body(result_t *r, const char *data, size_t size, unsigned seed)
{
    size_t              n, used;
    agt_str_t           piece;
    agt_http_chunked_t  ch;

    agt_http_chunked_init(&ch);

    r->rc = AGT_AGAIN;
    r->used = 0;
    r->len = 0;

    while (r->rc == AGT_AGAIN && r->used < size) {
        n = step(&seed, size - r->used);
        r->rc = agt_http_chunked_feed(&ch, data + r->used, n, &used, &piece);

        check(used <= n && (r->rc != AGT_AGAIN || used != 0));
        check(piece.len == 0 || (piece.data >= data + r->used
                                 && piece.data + piece.len
                                    <= data + r->used + used));
        check(piece.len <= BODY_MAX - r->len);

        if (piece.len != 0) {
            memcpy(r->body + r->len, piece.data, piece.len);
        }

        r->len += piece.len;
        r->used += used;
    }
}


static bool
clean(const char *value)
{
    check(memchr(value, '\0', AGT_HTTP_VALUE_MAX) != NULL);

    for ( /* void */ ; *value != '\0'; value++) {
        if (*value < ' ' || *value > '~') {
            return false;
        }
    }

    return true;
}


static void
check_head(agt_http_head_t *head)
{
    int64_t  delay;

    check(head->status >= 200 && head->status <= 599 && head->minor <= 1);
    check(head->content_length >= -1);
    check(!head->chunked || (head->content_length == -1 && head->minor == 1));
    check(!head->keepalive || head->chunked || head->content_length >= 0);
    check(clean(head->content_type) && clean(head->date)
          && clean(head->retry_after) && clean(head->retry_after_ms)
          && clean(head->request_id) && clean(head->should_retry));

    delay = agt_http_retry_after(head, 784111777);
    check(delay >= -1 && delay <= AGT_HTTP_RETRY_MAX);
}


static void
check_same_heads(const agt_http_head_t *a, const agt_http_head_t *b)
{
    check(a->status == b->status && a->minor == b->minor
          && a->content_length == b->content_length
          && a->chunked == b->chunked && a->keepalive == b->keepalive
          && a->encoded == b->encoded && a->reason == b->reason);
    check(strcmp(a->content_type, b->content_type) == 0
          && strcmp(a->date, b->date) == 0
          && strcmp(a->retry_after, b->retry_after) == 0
          && strcmp(a->retry_after_ms, b->retry_after_ms) == 0
          && strcmp(a->request_id, b->request_id) == 0
          && strcmp(a->should_retry, b->should_retry) == 0);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned     seed;
    const char  *p;

    if (size < 2 || size > BODY_MAX) {
        return 0;
    }

    p = (const char *) data + 2;
    size -= 2;
    seed = data[1] + 1u;

    if ((data[0] & 1) == 0) {
        read_head(&whole, p, size, 0);
        read_head(&split, p, size, seed);

        check(whole.rc == split.rc);
        check(whole.rc == AGT_DECLINED || whole.used == split.used);
        check_same_heads(&whole.head, &split.head);

        if (whole.rc != AGT_OK) {
            check((whole.rc == AGT_DECLINED) == (whole.head.reason != NULL));
            return 0;
        }

        check_head(&whole.head);

        if (!whole.head.chunked) {
            return 0;
        }

        p += whole.used;
        size -= whole.used;
    }

    read_body(&whole, p, size, 0);
    read_body(&split, p, size, seed);

    check(whole.rc == split.rc && whole.len == split.len);
    check(whole.rc == AGT_DECLINED || whole.used == split.used);
    check(memcmp(whole.body, split.body, whole.len) == 0);

    return 0;
}
