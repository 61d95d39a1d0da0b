
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The search looks at four bytes out of five: where the second half of eight
 * bytes is nowhere in the secret, then neither is any piece that holds it,
 * and the next five places need no look.  Ordinary texts are passed over at
 * this pace.
 */


#include "agt_secret.h"


#define AGT_SECRET_HALF   (AGT_SECRET_PIECE / 2)

/* bits for the halves: a key of 200 bytes sets one in ten */

#define AGT_SECRET_BITS   2048


typedef struct {
    agt_str_t  secret;
    uint64_t   halves[AGT_SECRET_BITS / 64];
} agt_secret_search_t;


static void agt_secret_prepare(agt_secret_search_t *search, agt_str_t secret);
static uint32_t agt_secret_bit(const char *p);
static bool agt_secret_find(const agt_secret_search_t *search, agt_str_t text,
    size_t *start, size_t *end);
static size_t agt_secret_match(agt_str_t secret, agt_str_t text);


int
agt_secret_mask(agt_str_t secret, agt_str_t text, agt_buf_t *out)
{
    size_t               start, end;
    agt_secret_search_t  search;

    if (secret.len < AGT_SECRET_PIECE || text.len < AGT_SECRET_PIECE) {
        return AGT_DECLINED;
    }

    agt_secret_prepare(&search, secret);

    if (!agt_secret_find(&search, text, &start, &end)) {
        return AGT_DECLINED;
    }

    do {
        (void) agt_buf_append(out, text.data, start);
        (void) agt_buf_text(out, AGT_SECRET_MASK);

        text.data += end;
        text.len -= end;

    } while (agt_secret_find(&search, text, &start, &end));

    (void) agt_buf_str(out, text);

    return out->failed ? AGT_ERROR : AGT_OK;
}


static void
agt_secret_prepare(agt_secret_search_t *search, agt_str_t secret)
{
    size_t    i;
    uint32_t  bit;

    memset(search->halves, 0, sizeof(search->halves));
    search->secret = secret;

    for (i = 0; i + AGT_SECRET_HALF <= secret.len; i++) {
        bit = agt_secret_bit(secret.data + i);
        search->halves[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}


static uint32_t
agt_secret_bit(const char *p)
{
    uint32_t  n;

    memcpy(&n, p, AGT_SECRET_HALF);

    return n * UINT32_C(2654435761) >> 21;
}


/* the first piece of the secret, as long as it goes */

static bool
agt_secret_find(const agt_secret_search_t *search, agt_str_t text,
    size_t *start, size_t *end)
{
    size_t    i, len;
    uint32_t  bit;

    i = 0;

    while (i + AGT_SECRET_PIECE <= text.len) {

        bit = agt_secret_bit(text.data + i + AGT_SECRET_HALF);

        if ((search->halves[bit / 64] >> bit % 64 & 1) == 0) {
            i += AGT_SECRET_HALF + 1;
            continue;
        }

        len = agt_secret_match(search->secret,
                               agt_str_make(text.data + i, text.len - i));

        if (len != 0) {
            *start = i;
            *end = i + len;
            return true;
        }

        i++;
    }

    return false;
}


/* how much of the text's beginning is a piece of the secret; 0: too little */

static size_t
agt_secret_match(agt_str_t secret, agt_str_t text)
{
    size_t  i, n, max, longest;

    longest = 0;

    for (i = 0; i + AGT_SECRET_PIECE <= secret.len; i++) {

        if (memcmp(secret.data + i, text.data, AGT_SECRET_PIECE) != 0) {
            continue;
        }

        n = AGT_SECRET_PIECE;
        max = agt_min(secret.len - i, text.len);

        while (n < max && secret.data[i + n] == text.data[n]) {
            n++;
        }

        longest = agt_max(longest, n);
    }

    return longest;
}
