
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The operations that go into objects and arrays.
 */


#include <inttypes.h>

#include "agt_schema_run.h"


#define AGT_CHILDREN_KEYS   8      /* that a unit of fuel pays for */


typedef struct {
    uint64_t  hash;
    uint32_t  node;
    uint32_t  position;
} agt_children_slot_t;


static const agt_schema_property_t *agt_children_property(
    const agt_schema_check_t *c, const agt_schema_object_t *object,
    uint32_t key);
static int agt_children_patterns(agt_schema_check_t *c,
    const agt_schema_object_t *object, uint32_t key, bool *matched);
static int agt_children_member(agt_schema_check_t *c, const char *keyword,
    uint32_t node, uint32_t i);
static int agt_children_missing(agt_schema_check_t *c,
    const agt_schema_object_t *object, uint32_t i);
static bool agt_children_has(agt_schema_check_t *c, uint32_t object,
    const agt_schema_key_t *key);
static int agt_children_twice(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_children_slot_t *slots, uint32_t mask);
static int agt_children_rest(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen, uint32_t step);


int
agt_schema_op_object(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int                           rc;
    bool                          matched;
    uint32_t                      key, end, required, position;
    const agt_schema_object_t    *object;
    const agt_schema_property_t  *property;

    rc = AGT_OK;
    required = 0;
    position = 0;

    object = op->u.object;
    end = c->nodes[i].next;

    for (key = i + 1; key < end; key = c->nodes[key + 1].next, position++) {

        property = agt_children_property(c, object, key);
        matched = false;

        if (property != NULL) {
            required += property->required;
            matched = property->node != AGT_SCHEMA_NONE;

            if (matched
                && agt_children_member(c, "properties", property->node,
                                       key + 1) != AGT_OK)
            {
                rc = AGT_DECLINED;
            }
        }

        if (object->npatterns != 0
            && agt_children_patterns(c, object, key, &matched) != AGT_OK)
        {
            rc = AGT_DECLINED;
        }

        if (!matched && object->rest != AGT_SCHEMA_NONE) {
            matched = true;

            if (agt_children_member(c, "additionalProperties", object->rest,
                                    key + 1) != AGT_OK)
            {
                rc = AGT_DECLINED;
            }
        }

        if (rc != AGT_OK && c->quick) {
            return rc;
        }

        if (matched) {
            agt_schema_see(seen, position);
        }
    }

    if (required != object->nrequired) {
        return agt_children_missing(c, object, i);
    }

    return rc;
}


static const agt_schema_property_t *
agt_children_property(const agt_schema_check_t *c,
    const agt_schema_object_t *object, uint32_t key)
{
    uint32_t                      i, hash;
    const agt_json_node_t        *n;
    const agt_schema_slot_t      *slot;
    const agt_schema_property_t  *property;

    n = &c->nodes[key];
    hash = n->count;

    for (i = hash & object->mask; /* void */; i = (i + 1) & object->mask) {
        slot = &object->slots[i];

        if (slot->index == 0) {
            return NULL;
        }

        if (slot->hash != hash) {
            continue;
        }

        property = &object->properties[slot->index - 1];

        if (n->flags & AGT_JSON_ESCAPED) {
            if (agt_json_string_is(c->doc, key, property->key.name)) {
                return property;
            }

        } else if (n->len == property->key.name.len
                   && agt_schema_same(c->doc->text.data + n->off,
                                      property->key.name.data, n->len))
        {
            return property;
        }
    }
}


static int
agt_children_patterns(agt_schema_check_t *c, const agt_schema_object_t *object,
    uint32_t key, bool *matched)
{
    int        rc;
    uint32_t   i;
    agt_str_t  name;

    rc = AGT_OK;

    for (i = 0; i < object->npatterns; i++) {

        /* again for each, since a value's own strings may be decoded between */

        if (!agt_schema_string(c, key, &name)) {
            return AGT_DECLINED;
        }

        if (!agt_schema_match(c, object->patterns[i].pattern, name, key)) {

            if (c->stop) {
                return AGT_DECLINED;
            }

            continue;
        }

        *matched = true;

        if (agt_children_member(c, "patternProperties",
                                object->patterns[i].node, key + 1) != AGT_OK)
        {
            rc = AGT_DECLINED;

            if (c->quick) {
                break;
            }
        }
    }

    return rc;
}


static int
agt_children_member(agt_schema_check_t *c, const char *keyword, uint32_t node,
    uint32_t i)
{
    const agt_schema_node_t  *n;

    n = &c->schema->nodes[node];

    /* all that many a member is asked for is its type */

    if (n->nops == 0 && (n->types & c->nodes[i].type)) {
        return AGT_OK;
    }

    if (node == AGT_SCHEMA_FALSE) {
        return agt_schema_fail_keyword(c, keyword, i, "is not allowed here");
    }

    return agt_schema_run(c, node, i, NULL);
}


/* which ones are missing matters only if somebody wants to know */

static int
agt_children_missing(agt_schema_check_t *c, const agt_schema_object_t *object,
    uint32_t i)
{
    char                         *found;
    uint32_t                      k;
    agt_scratch_t                 mark;
    const agt_schema_property_t  *property;

    if (c->report == NULL) {
        return agt_schema_fail_keyword(c, "required", i, "%s", "");
    }

    mark = agt_schema_mark(c);

    found = agt_schema_scratch(c, object->n);
    if (found == NULL) {
        return AGT_DECLINED;
    }

    for (k = i + 1; k < c->nodes[i].next; k = c->nodes[k + 1].next) {
        property = agt_children_property(c, object, k);

        if (property != NULL) {
            found[property - object->properties] = true;
        }
    }

    for (k = 0; k < object->n && !c->stop; k++) {
        property = &object->properties[k];

        if (!property->required || found[k]) {
            continue;
        }

        (void) agt_schema_fail_keyword(c, "required", i, "\"%.*s\" is required",
                                       agt_schema_shown(property->key.name),
                                       property->key.name.data);

        if (c->quick) {
            break;
        }
    }

    agt_schema_unmark(c, mark);

    return AGT_DECLINED;
}


static bool
agt_children_has(agt_schema_check_t *c, uint32_t object,
    const agt_schema_key_t *key)
{
    uint32_t  i;

    if (!agt_schema_pay(c, c->nodes[object].count / AGT_CHILDREN_KEYS)) {
        return false;
    }

    for (i = object + 1;
         i < c->nodes[object].next;
         i = c->nodes[i + 1].next)
    {
        if (c->nodes[i].count == key->hash
            && agt_json_string_is(c->doc, i, key->name))
        {
            return true;
        }
    }

    return false;
}


int
agt_schema_op_names(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int       rc;
    bool      naming;
    uint32_t  key;

    (void) seen;

    rc = AGT_OK;

    naming = c->naming;
    c->naming = true;

    for (key = i + 1; key < c->nodes[i].next; key = c->nodes[key + 1].next) {

        if (agt_schema_apply(c, op, op->n, key, NULL) != AGT_OK) {
            rc = AGT_DECLINED;

            if (c->quick) {
                break;
            }
        }
    }

    c->naming = naming;

    return rc;
}


int
agt_schema_op_required_if(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int                             rc;
    uint32_t                        k, m;
    const agt_schema_key_t         *key;
    const agt_schema_dependency_t  *d;

    (void) seen;

    rc = AGT_OK;

    for (k = 0; k < op->n; k++) {
        d = &op->u.dependencies[k];

        if (!agt_children_has(c, i, &d->key)) {
            continue;
        }

        for (m = 0; m < d->n; m++) {
            key = &d->required[m];

            if (agt_children_has(c, i, key) || c->stop) {
                continue;
            }

            rc = agt_schema_fail(c, op, i, "\"%.*s\" is required with"
                                 " \"%.*s\"",
                                 agt_schema_shown(key->name), key->name.data,
                                 agt_schema_shown(d->key.name),
                                 d->key.name.data);

            if (c->quick) {
                return rc;
            }
        }
    }

    return rc;
}


int
agt_schema_op_schemas_if(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int                             rc;
    uint32_t                        k;
    const agt_schema_dependency_t  *d;

    rc = AGT_OK;

    for (k = 0; k < op->n; k++) {
        d = &op->u.dependencies[k];

        if (!agt_children_has(c, i, &d->key)) {
            continue;
        }

        if (agt_schema_apply(c, op, d->node, i, seen) != AGT_OK) {
            rc = AGT_DECLINED;

            if (c->quick) {
                break;
            }
        }
    }

    return rc;
}


int
agt_schema_op_items(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int                        rc;
    uint32_t                   k, end, node, position;
    const agt_schema_items_t  *items;

    rc = AGT_OK;
    position = 0;

    items = op->u.items;
    end = c->nodes[i].next;

    for (k = i + 1; k < end; k = c->nodes[k].next, position++) {

        node = position < items->n ? items->prefix[position] : items->rest;

        if (node == AGT_SCHEMA_NONE) {
            break;
        }

        agt_schema_see(seen, position);

        if (agt_children_member(c, position < items->n ? "prefixItems"
                                                       : "items",
                                node, k) != AGT_OK)
        {
            rc = AGT_DECLINED;

            if (c->quick) {
                break;
            }
        }
    }

    return rc;
}


/* through a hash table, so that the cost is that of the elements */

int
agt_schema_op_unique(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    int                   rc;
    uint32_t              n, size;
    agt_scratch_t         mark;
    agt_children_slot_t  *slots;

    (void) seen;

    n = c->nodes[i].count;

    if (n < 2) {
        return AGT_OK;
    }

    size = 4;

    while (size / 2 < n) {
        size *= 2;
    }

    mark = agt_schema_mark(c);

    slots = agt_schema_scratch(c, (size_t) size * sizeof(agt_children_slot_t));

    rc = slots != NULL ? agt_children_twice(c, op, i, slots, size - 1)
                       : AGT_DECLINED;

    agt_schema_unmark(c, mark);

    return rc;
}


/* a slot with node 0 is free: no element is the document's root */

static int
agt_children_twice(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_children_slot_t *slots, uint32_t mask)
{
    uint32_t              k, position;
    uint64_t              hash;
    agt_children_slot_t  *slot;

    position = 0;

    for (k = i + 1; k < c->nodes[i].next; k = c->nodes[k].next, position++) {

        hash = agt_schema_hash(c, c->doc, k);

        for (slot = &slots[hash & mask];
             slot->node != 0;
             slot = &slots[(uint32_t) (slot - slots + 1) & mask])
        {
            if (slot->hash == hash
                && agt_schema_equal(c, c->doc, k, c->doc, slot->node))
            {
                return agt_schema_fail(c, op, i,
                                       "must not have equal items, as %u and"
                                       " %u are", slot->position, position);
            }
        }

        if (c->stop) {
            return AGT_DECLINED;
        }

        slot->hash = hash;
        slot->node = k;
        slot->position = position;
    }

    return AGT_OK;
}


int
agt_schema_op_contains(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    uint32_t                      k, end, position;
    uint64_t                      found, limit;
    const agt_schema_contains_t  *contains;

    contains = op->u.contains;

    if (!contains->annotates) {
        seen = NULL;
    }

    found = 0;
    position = 0;
    end = c->nodes[i].next;

    for (k = i + 1; k < end; k = c->nodes[k].next, position++) {

        if (agt_schema_try(c, contains->node, k, NULL) != AGT_OK) {

            if (c->stop) {
                return AGT_DECLINED;
            }

            continue;
        }

        agt_schema_see(seen, position);
        found++;

        if (seen == NULL && found >= contains->min
            && contains->max == UINT64_MAX)
        {
            break;
        }
    }

    if (found >= contains->min && found <= contains->max) {
        return AGT_OK;
    }

    limit = found < contains->min ? contains->min : contains->max;

    return agt_schema_fail(c, op, i, "must contain at %s %" PRIu64
                           " matching item%s, not %" PRIu64,
                           found < contains->min ? "least" : "most", limit,
                           limit == 1 ? "" : "s", found);
}


int
agt_schema_op_rest_items(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen)
{
    return agt_children_rest(c, op, i, seen, 0);
}


int
agt_schema_op_rest_properties(agt_schema_check_t *c,
    const agt_schema_op_t *op, uint32_t i, agt_schema_seen_t *seen)
{
    return agt_children_rest(c, op, i, seen, 1);
}


/* what nobody has seen before; step: from where a child begins to its value */

static int
agt_children_rest(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i, agt_schema_seen_t *seen, uint32_t step)
{
    int       rc;
    uint32_t  k, end, position;

    rc = AGT_OK;
    position = 0;
    end = c->nodes[i].next;

    for (k = i + 1 + step; k < end; k = c->nodes[k].next + step, position++) {

        if (seen->bits[position / 64] >> position % 64 & 1) {
            continue;
        }

        if (agt_schema_apply(c, op, op->n, k, NULL) != AGT_OK) {
            rc = AGT_DECLINED;

            if (c->quick) {
                return rc;
            }
        }
    }

    agt_schema_see_all(seen);

    return rc;
}
