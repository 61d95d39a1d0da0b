
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_schema_keyword.h"


const agt_keyword_t  agt_keywords[AGT_KEYWORD_N] = {
#define AGT_KEYWORD_ROW(id, name, vocab, value, shape, draft)                 \
    { agt_string(name), AGT_VOCAB_##vocab, AGT_JSON_##value,                  \
      AGT_SHAPE_##shape, AGT_DRAFT_##draft },
    AGT_KEYWORD_MAP(AGT_KEYWORD_ROW)
#undef AGT_KEYWORD_ROW
};


agt_keyword_e
agt_keyword_find(const agt_json_t *json, uint32_t key)
{
    agt_keyword_e  id;

    for (id = 0; id < AGT_KEYWORD_N; id++) {
        if (agt_json_string_is(json, key, agt_keywords[id].name)) {
            break;
        }
    }

    return id;
}
