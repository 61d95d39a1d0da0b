
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The first byte is the secret's length, the secret and the text follow.  The
 * search finds what looking everywhere finds, and masking leaves no piece.
 */


#include <stdlib.h>

#include "agt_mem.h"
#include "agt_secret.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fuzz_has_piece(agt_str_t secret, agt_str_t text);
static void fuzz_left(agt_str_t secret, agt_str_t out, agt_str_t text);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int          rc;
    size_t       len;
    agt_buf_t    buf;
    agt_str_t    secret, text;
    agt_arena_t  arena;

    if (size == 0) {
        return 0;
    }

    len = agt_min((size_t) data[0], size - 1);
    secret = agt_str_make((const char *) data + 1, len);
    text = agt_str_make((const char *) data + 1 + len, size - 1 - len);

    agt_arena_init(&arena, (size_t) 1 << 24);
    agt_buf_init(&buf, &arena.mem, 0, agt_secret_masked_max(text.len));

    rc = agt_secret_mask(secret, text, &buf);

    if (rc == AGT_ERROR
        || (rc == AGT_OK) != fuzz_has_piece(secret, text)
        || (rc == AGT_DECLINED && buf.len != 0))
    {
        abort();
    }

    if (rc == AGT_OK) {
        fuzz_left(secret, agt_buf_slice(&buf), text);
    }

    agt_arena_release(&arena);

    return 0;
}


static bool
fuzz_has_piece(agt_str_t secret, agt_str_t text)
{
    size_t  i, k;

    for (i = 0; i + AGT_SECRET_PIECE <= text.len; i++) {
        for (k = 0; k + AGT_SECRET_PIECE <= secret.len; k++) {
            if (memcmp(text.data + i, secret.data + k, AGT_SECRET_PIECE) == 0) {
                return true;
            }
        }
    }

    return false;
}


/* what stands before the first mask is the text's, and has no piece */

static void
fuzz_left(agt_str_t secret, agt_str_t out, agt_str_t text)
{
    size_t  n;

    n = 0;

    while (n < out.len && n < text.len && out.data[n] == text.data[n]) {
        n++;
    }

    while (n + strlen(AGT_SECRET_MASK) > out.len
           || memcmp(out.data + n, AGT_SECRET_MASK, strlen(AGT_SECRET_MASK))
              != 0)
    {
        if (n == 0) {
            abort();
        }

        n--;
    }

    if (fuzz_has_piece(secret, agt_str_make(out.data, n))) {
        abort();
    }
}
