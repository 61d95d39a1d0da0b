
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Where the second half of eight bytes of a text is nowhere in the secret, then
 * neither is any piece that holds it, and the next look is five bytes further
 * on.  Ordinary texts are passed over at this pace.  Places of the halves are
 * chained by their hash, so that a text made to look like the secret costs
 * little more: its writer does not choose how long a chain is.
 */


#include "agt_secret.h"


#define AGT_SECRET_HALF    (AGT_SECRET_PIECE / 2)

/* a key of 200 bytes fills one in ten */

#define AGT_SECRET_SLOTS   2048


/* where the halves are, by hash: places from 1 on, each with the next one */

typedef struct {
    agt_str_t  secret;
    uint16_t   first[AGT_SECRET_SLOTS];
    uint16_t   next[AGT_SECRET_LONGEST + 1];
} agt_secret_search_t;


static void agt_secret_prepare(agt_secret_search_t *search, agt_str_t secret);
static uint32_t agt_secret_slot(const char *p);
static bool agt_secret_find(const agt_secret_search_t *search, agt_str_t text,
    size_t *start, size_t *end);
static size_t agt_secret_match(const agt_secret_search_t *search,
    uint32_t place, agt_str_t text);


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
    uint32_t  slot;

    secret.len = agt_min(secret.len, (size_t) AGT_SECRET_LONGEST);

    memset(search->first, 0, sizeof(search->first));
    search->secret = secret;

    for (i = 0; i + AGT_SECRET_HALF <= secret.len; i++) {
        slot = agt_secret_slot(secret.data + i);

        search->next[i + 1] = search->first[slot];
        search->first[slot] = (uint16_t) (i + 1);
    }
}


static uint32_t
agt_secret_slot(const char *p)
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
    uint32_t  place;

    i = 0;

    while (i + AGT_SECRET_PIECE <= text.len) {

        place = search->first[agt_secret_slot(text.data + i
                                              + AGT_SECRET_HALF)];

        if (place == 0) {
            i += AGT_SECRET_HALF + 1;
            continue;
        }

        len = agt_secret_match(search, place,
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


/*
 * How much of the text's beginning is a piece of the secret whose second half
 * is at one of the places; 0: too little.
 */

static size_t
agt_secret_match(const agt_secret_search_t *search, uint32_t place,
    agt_str_t text)
{
    size_t       n, max, longest;
    const char  *piece;

    longest = 0;

    for ( /* void */ ; place != 0; place = search->next[place]) {

        if (place <= AGT_SECRET_HALF) {
            continue;
        }

        piece = search->secret.data + place - 1 - AGT_SECRET_HALF;

        if (memcmp(piece, text.data, AGT_SECRET_PIECE) != 0) {
            continue;
        }

        n = AGT_SECRET_PIECE;
        max = search->secret.len + 1 + AGT_SECRET_HALF - place;
        max = agt_min(max, text.len);

        while (n < max && piece[n] == text.data[n]) {
            n++;
        }

        longest = agt_max(longest, n);
    }

    return longest;
}
