
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_secret.h"
#include "unit.h"


#define M   AGT_SECRET_MASK


typedef struct {
    const char  *name;
    const char  *secret;
    const char  *text;
    const char  *masked;         /* NULL: there is nothing to mask */
} secret_row_t;


static const secret_row_t  rows[] = {
    { "an empty text",           "0123456789", "",                    NULL },
    { "an empty secret",         "",           "0123456789",          NULL },
    { "a short secret",          "0123456",    "0123456 0123456",     NULL },
    { "a short text",            "0123456789", "0123456",             NULL },
    { "another text",            "0123456789", "nothing of it here",  NULL },
    { "seven bytes of it",       "0123456789", "x0123456x",           NULL },
    { "seven at the end",        "0123456789", "xxxxxx3456789",       NULL },
    { "halves that fit apart",   "abcd0000efgh", "abcdefghabcdefgh",  NULL },
    { "the other case",          "abcdefghij", "ABCDEFGHIJ",          NULL },

    { "all of it",               "01234567",   "01234567",            M },
    { "with text around",        "0123456789", "key 0123456789 bad",
      "key " M " bad" },
    { "its first eight",         "0123456789", "01234567...",         M "..." },
    { "its last eight",          "0123456789", "...23456789",         "..." M },
    { "eight in the middle",     "0123456789", "x12345678x",
      "x" M "x" },
    { "twice",                   "0123456789", "0123456789,0123456789.",
      M "," M "." },
    { "one behind the other",    "01234567",   "0123456701234567",    M M },
    { "two pieces",              "0123456789abcdefghij",
      "01234567 and cdefghij",   M " and " M },
    { "the longest of several",  "01234567x01234567yz", "01234567yz!", M "!" },
    { "a start that misleads",   "0123456789", "0123012345670123",
      "0123" M "0123" },
    { "repeated bytes",          "aaaaaaaa",   "baaaaaaaaaaab",
      "b" M "aaab" },
};


/* each place in the text and in the secret, each length */

static void
test_places(void)
{
    bool       found;
    char       text[64];
    size_t     at, from, len;
    unsigned   wrong;
    agt_str_t  secret;
    agt_buf_t  buf;

    secret = agt_str_from("The0quick1brown2fox3jumps");
    wrong = 0;

    for (at = 0; at <= 20; at++) {
        for (from = 0; from < secret.len; from++) {
            for (len = 1; len <= secret.len - from; len++) {

                memset(text, '-', sizeof(text));
                memcpy(text + at, secret.data + from, len);

                agt_buf_init(&buf, unit_mem(), 0,
                             agt_secret_masked_max(sizeof(text)));

                found = agt_secret_mask(secret,
                                        agt_str_make(text, sizeof(text)), &buf)
                        == AGT_OK;

                wrong += found != (len >= AGT_SECRET_PIECE);
                wrong += found && buf.len != sizeof(text) - len
                                             + strlen(AGT_SECRET_MASK);
            }
        }

        unit_mem_reset();
    }

    ok(wrong == 0, "found wherever it is, from eight bytes on");
}


/* the end of a key that is as long as keys may be, and a text full of halves */

static void
test_long(void)
{
    char       secret[AGT_SECRET_LONGEST + 100], text[AGT_SECRET_PIECE];
    size_t     i;
    agt_buf_t  buf;

    for (i = 0; i < sizeof(secret); i++) {
        secret[i] = (char) ('a' + (i * i / 7 + i / 26) % 26);
    }

    memcpy(text, "A-secret", AGT_SECRET_PIECE);
    memcpy(secret + AGT_SECRET_LONGEST - AGT_SECRET_PIECE, text,
           AGT_SECRET_PIECE);

    agt_buf_init(&buf, unit_mem(), 0, 100);

    ok(agt_secret_mask(agt_str_make(secret, sizeof(secret)),
                       agt_str_make(text, sizeof(text)), &buf) == AGT_OK,
       "the end of a long secret");
}


static void
test_full(void)
{
    char       room[30];
    agt_buf_t  buf;

    agt_buf_fixed(&buf, room, sizeof(room));

    ok(agt_secret_mask(agt_str_from("01234567"),
                       agt_str_from("01234567 0123456701234567"), &buf)
       == AGT_ERROR, "no room");
}


int
main(void)
{
    int        rc;
    size_t     i;
    agt_buf_t  buf;

    for (i = 0; i < agt_array_n(rows); i++) {

        agt_buf_init(&buf, unit_mem(), 0,
                     agt_secret_masked_max(strlen(rows[i].text)));

        rc = agt_secret_mask(agt_str_from(rows[i].secret),
                             agt_str_from(rows[i].text), &buf);

        if (rows[i].masked == NULL) {
            ok(rc == AGT_DECLINED && buf.len == 0, "%s", rows[i].name);

        } else {
            is_str(agt_buf_slice(&buf), rows[i].masked, rows[i].name);
        }
    }

    test_places();
    test_long();
    test_full();

    return unit_done();
}
