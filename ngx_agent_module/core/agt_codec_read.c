
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_codec_read.h"


static uint32_t agt_codec_name(const agt_json_t *doc, uint32_t key,
    const agt_str_t *names, uint32_t n);


void
agt_codec_members(const agt_json_t *doc, uint32_t i, const agt_str_t *names,
    uint32_t n, uint32_t *values)
{
    uint32_t  k, end;

    for (k = 0; k < n; k++) {
        values[k] = AGT_JSON_NONE;
    }

    if (!agt_codec_type(doc, i, AGT_JSON_OBJECT)) {
        return;
    }

    end = doc->nodes[i].next;

    for (i++; i < end; i = doc->nodes[i + 1].next) {

        if (doc->nodes[i + 1].type == AGT_JSON_NULL) {
            continue;
        }

        k = agt_codec_name(doc, i, names, n);

        if (k < n) {
            values[k] = i + 1;
        }
    }
}


static uint32_t
agt_codec_name(const agt_json_t *doc, uint32_t key, const agt_str_t *names,
    uint32_t n)
{
    uint32_t                k;
    const char             *p;
    const agt_json_node_t  *node;

    node = &doc->nodes[key];
    p = doc->text.data + node->off;

    for (k = 0; k < n; k++) {

        if (node->flags & AGT_JSON_ESCAPED) {
            if (agt_json_string_is(doc, key, names[k])) {
                break;
            }

        } else if (agt_str_eq(agt_str_make(p, node->len), names[k])) {
            break;
        }
    }

    return k;
}


int
agt_codec_string(const agt_json_t *doc, uint32_t i, agt_mem_t *mem,
    agt_str_t *value)
{
    if (!agt_codec_type(doc, i, AGT_JSON_STRING)) {
        *value = agt_str_make(NULL, 0);
        return AGT_OK;
    }

    return agt_json_string(doc, i, mem, value);
}


int64_t
agt_codec_count(const agt_json_t *doc, uint32_t i)
{
    int64_t  n;

    if (!agt_codec_type(doc, i, AGT_JSON_NUMBER)
        || agt_json_int64(doc, i, &n) != AGT_OK
        || n < 0
        || n > AGT_CODEC_COUNT_MAX)
    {
        return -1;
    }

    return n;
}
