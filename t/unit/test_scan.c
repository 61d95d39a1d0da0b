
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What is looked at in blocks against what is looked at byte by byte.
 */


#include "agt_scan.h"
#include "unit.h"


#define TEXT   400


typedef struct {
    const char        *name;
    agt_scan_fill_pt   fill;
} path_t;


/* every byte is something's limit: of a class, of a comparison */

static const char  bytes[] = {
    '"', '\\', '\0', '\x01', '\x1f', ' ', '!', '#', '[', ']', '\x5d', '~',
    '\x7f', '\x80', '\x9f', '\xa0', '\xa2', '\xdc', '\xff', ',', ':', '{',
    '\n', '\r', '\t', ';', '-', 'Z', '|', '}'
};


static const char *
naive_stop(const char *p, const char *end)
{
    while (p < end && *p != '"' && *p != '\\' && (uint8_t) *p >= 0x20) {
        p++;
    }

    return p;
}


static const char *
naive_space(const char *p, const char *end)
{
    while (p < end
           && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    {
        p++;
    }

    return p;
}


/* text of plain bytes, one in "rare" of them not */

static char *
text_make(size_t len, unsigned rare, unsigned *seed)
{
    char    *text;
    size_t   i;

    text = malloc(len != 0 ? len : 1);

    for (i = 0; i < len; i++) {
        *seed = *seed * 1664525 + 1013904223;
        text[i] = (*seed >> 8) % rare == 0
                  ? bytes[(*seed >> 16) % sizeof(bytes)] : 'x';
    }

    return text;
}


static void
test_stops(const path_t *path)
{
    char        *text;
    size_t       i, len, wrong;
    unsigned     rare, seed;
    agt_scan_t   scan;
    const char  *p, *q, *end;

    seed = 1;
    wrong = 0;

    for (rare = 1; rare < 200; rare = rare * 3 + 1) {
        for (len = 0; len < TEXT; len++) {

            text = text_make(len, rare, &seed);
            end = text + len;

            agt_scan_init(&scan, text, end);
            scan.fill = path->fill;

            for (p = text; p < end; p = q + 1 + seed % 5) {

                q = agt_scan_next(&scan, p);
                wrong += q != naive_stop(p, end);

                seed = seed * 1664525 + 1013904223;

                if (end - q < 10) {
                    break;
                }
            }

            if (agt_scan_next(&scan, end) != end) {
                wrong++;
            }

            free(text);
        }
    }

    ok(wrong == 0, "%s: the next stop", path->name);

    /* every byte alone, at every place of a block */

    wrong = 0;
    text = text_make(3 * AGT_SCAN_BLOCK, 100000, &seed);
    end = text + 3 * AGT_SCAN_BLOCK;

    for (i = 0; i < 256 * 2 * AGT_SCAN_BLOCK; i++) {

        memset(text, 'x', 3 * AGT_SCAN_BLOCK);
        text[i / 256] = (char) i;

        agt_scan_init(&scan, text, end);
        scan.fill = path->fill;

        wrong += agt_scan_next(&scan, text) != naive_stop(text, end)
                 || (naive_stop(text, end) == end
                     && (scan.high != 0) != ((i & 0x80) != 0));
    }

    ok(wrong == 0, "%s: each byte at each place", path->name);

    free(text);
}


static void
test_others(void)
{
    char      *text;
    size_t     i, len, n, spaces, counts;
    unsigned   seed, rare;

    seed = 1;
    spaces = 0;
    counts = 0;

    for (rare = 1; rare < 50; rare = rare * 3 + 1) {
        for (len = 0; len < TEXT; len++) {

            text = text_make(len, rare, &seed);
            n = 0;

            for (i = 0; i < len; i++) {
                n += text[i] == ',' || text[i] == ':' || text[i] == '['
                     || text[i] == '{';
            }

            counts += agt_scan_count(text, text + len) != n;

            for (i = 0; i < len; i++) {

                seed = seed * 1664525 + 1013904223;

                if ((seed >> 8) % rare == 0) {
                    text[i] = bytes[(seed >> 16) % sizeof(bytes)];

                } else {
                    text[i] = " \n\r\t"[(seed >> 16) % 4];
                }
            }

            for (i = 0; i < len; i++) {
                spaces += agt_scan_space(text + i, text + len)
                          != naive_space(text + i, text + len);
            }

            free(text);
        }
    }

    ok(counts == 0, "bytes that stand before a value are counted");
    ok(spaces == 0, "white space is passed over");
}


int
main(void)
{
    size_t  i;

    const path_t  paths[] = {
#if (AGT_SCAN_SSE2)
        { "SSE2", agt_scan_fill_sse2 },
        { "AVX2", agt_scan_fill_avx2 }
#else
        { "words", agt_scan_fill_words }
#endif
    };

    for (i = 0; i < agt_array_n(paths); i++) {

#if (AGT_SCAN_SSE2)
        if (paths[i].fill == agt_scan_fill_avx2
            && !__builtin_cpu_supports("avx2"))
        {
            ok(true, "%s # SKIP not on this processor", paths[i].name);
            continue;
        }
#endif

        test_stops(&paths[i]);
    }

    test_others();

    return unit_done();
}
