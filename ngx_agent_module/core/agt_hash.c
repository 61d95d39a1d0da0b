
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Digests by libcrypto: no other file of the core includes its headers.
 */


#include <openssl/evp.h>

#include "agt_hash.h"


int
agt_hash_sha256(agt_str_t data, uint8_t digest[AGT_HASH_SHA256])
{
    if (EVP_Digest(data.data, data.len, digest, NULL, EVP_sha256(), NULL) != 1)
    {
        return AGT_ERROR;
    }

    return AGT_OK;
}
