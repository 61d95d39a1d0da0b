
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_buf.h"
#include "agt_hash.h"
#include "unit.h"


/* FIPS 180-4, examples of the algorithm */

static const struct {
    const char  *name;
    agt_str_t    text;
    const char  *hex;
} digests[] = {
    { "nothing", agt_null_string,
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "one block", agt_string("abc"),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "two blocks",
      agt_string("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" }
};


int
main(void)
{
    size_t     i, k;
    uint8_t    digest[AGT_HASH_SHA256];
    agt_buf_t  hex;

    for (i = 0; i < agt_array_n(digests); i++) {

        agt_buf_init(&hex, unit_mem(), 0, 100);

        ok(agt_hash_sha256(digests[i].text, digest) == AGT_OK, "%s is hashed",
           digests[i].name);

        for (k = 0; k < sizeof(digest); k++) {
            agt_buf_format(&hex, "%02x", digest[k]);
        }

        is_str(agt_buf_slice(&hex), digests[i].hex, digests[i].name);
    }

    return unit_done();
}
