
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_schema_build.h"


struct agt_schema_set_s {
    agt_schema_index_t  index;
};


agt_schema_set_t *
agt_schema_set_create(agt_mem_t *mem)
{
    agt_schema_set_t  *set;

    set = agt_alloc(mem, sizeof(agt_schema_set_t));
    if (set == NULL) {
        return NULL;
    }

    agt_schema_index_init(&set->index, NULL, mem);

    return set;
}


int
agt_schema_set_add(agt_schema_set_t *set, agt_str_t uri, agt_str_t text,
    agt_error_t *err)
{
    int          rc;
    uint32_t     doc;
    agt_str_t    name;
    agt_json_t  *json;

    if (text.len > AGT_SCHEMA_TEXT) {
        agt_error_set(err, "a schema is longer than %d bytes", AGT_SCHEMA_TEXT);
        return AGT_DECLINED;
    }

    json = agt_alloc(set->index.mem, sizeof(agt_json_t));

    if (json == NULL
        || agt_str_copy(set->index.mem, &name, uri) != AGT_OK)
    {
        return AGT_ERROR;
    }

    rc = agt_json_parse(json, text, NULL, set->index.mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    return agt_schema_index_add(&set->index, json, name, false, &doc, err);
}


int
agt_schema_compile(agt_schema_t **schema, const agt_json_t *doc,
    agt_schema_set_t *set, bool formats, agt_mem_t *mem, agt_error_t *err)
{
    agt_str_t  none = agt_null_string;

    return agt_build(schema, doc, none, set != NULL ? &set->index : NULL,
                     formats, false, mem, err);
}


bool
agt_schema_has_property(const agt_schema_t *schema, agt_str_t name)
{
    uint32_t                      i, k, hash;
    const agt_schema_slot_t      *slot;
    const agt_schema_object_t    *object;
    const agt_schema_property_t  *property;

    hash = agt_json_hash(name);

    for (i = 0; i < schema->nops; i++) {

        if (schema->ops[i].kind != AGT_SCHEMA_OP_OBJECT) {
            continue;
        }

        object = schema->ops[i].u.object;

        for (k = hash & object->mask; /* void */; k = (k + 1) & object->mask) {
            slot = &object->slots[k];

            if (slot->index == 0) {
                break;
            }

            property = &object->properties[slot->index - 1];

            if (slot->hash == hash && property->node != AGT_SCHEMA_NONE
                && agt_str_eq(property->key.name, name))
            {
                return true;
            }
        }
    }

    return false;
}
