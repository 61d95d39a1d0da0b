
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Objects: the members that "properties" names, in its order; those that are
 * required without being described; and made-up ones, where the schema only
 * says what any member would be or how many there must be.
 */


#include "agt_plan_build.h"


#define AGT_PLAN_MADE_UP   2    /* members of an object that names none */


typedef struct {
    agt_plan_builder_t   *b;
    const agt_shape_t    *shape;
    agt_plan_place_t      place;
    agt_plan_object_t    *object;
    agt_str_t            *names;      /* of the members, without escapes */
    uint32_t             *schemas;    /* room for the longest list */
} agt_plan_members_t;


static int agt_plan_members_init(agt_plan_members_t *m, agt_plan_t *plan);
static int agt_plan_described(agt_plan_members_t *m);
static int agt_plan_undescribed(agt_plan_members_t *m);
static int agt_plan_extra(agt_plan_members_t *m);
static int agt_plan_extra_name(agt_plan_members_t *m);
static int agt_plan_pattern_name(agt_plan_members_t *m);
static unsigned agt_plan_extra_schemas(agt_plan_members_t *m);
static int agt_plan_member(agt_plan_members_t *m, uint32_t key,
    unsigned schemas, bool required);
static bool agt_plan_present(agt_plan_members_t *m, uint32_t key);
static bool agt_plan_required(agt_plan_members_t *m, agt_str_t name);


int
agt_plan_object(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan)
{
    int                 rc;
    agt_plan_object_t  *object = &plan->u.object;
    agt_plan_members_t  m;

    plan->type = AGT_PLAN_OBJECT;

    m.b = b;
    m.shape = shape;
    m.place = *place;
    m.place.depth++;
    m.place.many = 0;
    m.place.owner = place->name;
    m.place.refs = shape->refs;
    m.object = object;

    object->min = shape->min_members;
    object->max = shape->max_members;

    rc = agt_plan_members_init(&m, plan);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_plan_described(&m);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_plan_undescribed(&m);
    if (rc != AGT_OK) {
        return rc;
    }

    if (object->required > object->max || object->min > object->max) {
        return AGT_DECLINED;
    }

    if (object->n != 0 && object->n >= object->min) {
        return AGT_OK;
    }

    m.place.name = place->name;

    return agt_plan_extra(&m);
}


/* room for all members, and for the schemas of one */

static int
agt_plan_members_init(agt_plan_members_t *m, agt_plan_t *plan)
{
    uint32_t                 n, schemas;
    const agt_shape_list_t  *item;

    n = 0;
    schemas = 1;

    for (item = m->shape->properties; item != NULL; item = item->next) {
        n++;
    }

    schemas += n;

    for (item = m->shape->required; item != NULL; item = item->next) {
        n += m->b->doc->nodes[item->node].count;
    }

    /* each member is looked for in all of them */

    if (n > 2 * AGT_PLAN_NODES
        || !agt_shape_burn(&m->b->reader, (n / 64) * (n / 64)))
    {
        return AGT_DECLINED;
    }

    for (item = m->shape->additional; item != NULL; item = item->next) {
        schemas++;
    }

    for (item = m->shape->names; item != NULL; item = item->next) {
        schemas++;
    }

    plan->u.object.members = agt_calloc(m->b->mem, n + 1,
                                        sizeof(agt_plan_member_t));
    m->names = agt_alloc(m->b->reader.mem, (n + 1) * sizeof(agt_str_t));
    m->schemas = agt_alloc(m->b->reader.mem, schemas * sizeof(uint32_t));

    return plan->u.object.members != NULL && m->names != NULL
           && m->schemas != NULL ? AGT_OK : AGT_ERROR;
}


static int
agt_plan_described(agt_plan_members_t *m)
{
    int                      rc;
    unsigned                 n;
    agt_str_t                name;
    const agt_shape_list_t  *item, *other, *properties;

    properties = m->shape->properties;

    if (agt_shape_reverse(&m->b->reader, &properties) != AGT_OK) {
        return AGT_ERROR;
    }

    for (item = properties; item != NULL; item = item->next) {

        if (agt_plan_present(m, item->node)) {
            continue;
        }

        if (agt_json_string(m->b->doc, item->node, m->b->reader.mem, &name)
            != AGT_OK)
        {
            return AGT_ERROR;
        }

        n = 0;

        for (other = item; other != NULL; other = other->next) {
            if (agt_json_string_is(m->b->doc, other->node, name)) {
                m->schemas[n++] = other->node + 1;
            }
        }

        rc = agt_plan_member(m, item->node, n, agt_plan_required(m, name));
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


static int
agt_plan_undescribed(agt_plan_members_t *m)
{
    int                      rc;
    uint32_t                 i;
    const agt_json_node_t   *nodes = m->b->doc->nodes;
    const agt_shape_list_t  *item;

    for (item = m->shape->required; item != NULL; item = item->next) {

        for (i = item->node + 1; i < nodes[item->node].next;
             i = nodes[i].next)
        {
            if (nodes[i].type != AGT_JSON_STRING) {
                return AGT_DECLINED;
            }

            if (agt_plan_present(m, i)) {
                continue;
            }

            rc = agt_plan_member(m, i, agt_plan_extra_schemas(m), true);
            if (rc != AGT_OK) {
                return rc;
            }
        }
    }

    return AGT_OK;
}


static int
agt_plan_extra(agt_plan_members_t *m)
{
    int                 rc;
    agt_plan_object_t  *object = m->object;

    rc = agt_plan_extra_name(m);

    if (rc == AGT_OK) {
        rc = agt_plan_value(m->b, m->schemas, agt_plan_extra_schemas(m),
                            &m->place, &object->extra);
    }

    if (rc == AGT_ERROR) {
        return AGT_ERROR;
    }

    if (rc == AGT_DECLINED) {
        object->extra = NULL;
        return object->n >= object->min ? AGT_OK : AGT_DECLINED;
    }

    if (object->n == 0 && !m->b->lean) {
        object->wanted = AGT_PLAN_MADE_UP;
    }

    return AGT_OK;
}


/* made-up names have a plan only where the schema says something of them */

static int
agt_plan_extra_name(agt_plan_members_t *m)
{
    int                      rc;
    unsigned                 n;
    const agt_shape_list_t  *item;

    if (m->shape->patterned != NULL && m->b->turn % 2 == 0) {
        return agt_plan_pattern_name(m);
    }

    if (m->shape->names == NULL) {
        return AGT_OK;
    }

    n = 0;

    for (item = m->shape->names; item != NULL; item = item->next) {
        m->schemas[n++] = item->node;
    }

    rc = agt_plan_value(m->b, m->schemas, n, &m->place, &m->object->name);
    if (rc != AGT_OK) {
        return rc;
    }

    return m->object->name->type == AGT_PLAN_STRING
           || m->object->name->type == AGT_PLAN_CHOICE
           ? AGT_OK : AGT_DECLINED;
}


static int
agt_plan_pattern_name(agt_plan_members_t *m)
{
    agt_str_t       text;
    agt_plan_t     *name;
    agt_pattern_t  *pattern;

    name = agt_calloc(m->b->mem, 1, sizeof(agt_plan_t));
    if (name == NULL) {
        return AGT_ERROR;
    }

    m->object->name = name;

    if (agt_json_string(m->b->doc, m->shape->patterned->node,
                        m->b->reader.mem, &text)
        != AGT_OK)
    {
        return AGT_ERROR;
    }

    name->type = AGT_PLAN_STRING;
    name->u.string.max = AGT_PLAN_NO_LIMIT;

    if (agt_pattern_parse(&pattern, text, m->b->mem) != AGT_OK) {
        return AGT_DECLINED;
    }

    name->u.string.pattern = pattern;

    return AGT_OK;
}


/*
 * What holds for members without a description: with the schemas of
 * patternProperties it is taken for granted, in this turn, that the first
 * pattern matches.
 */

static unsigned
agt_plan_extra_schemas(agt_plan_members_t *m)
{
    unsigned                 n;
    const agt_shape_list_t  *item;

    n = 0;

    if (m->shape->patterned != NULL && m->b->turn % 2 == 0) {
        m->schemas[n++] = m->shape->patterned->node + 1;
        return n;
    }

    for (item = m->shape->additional; item != NULL; item = item->next) {
        m->schemas[n++] = item->node;
    }

    return n;
}


/* an optional member that can't be built is left out */

static int
agt_plan_member(agt_plan_members_t *m, uint32_t key, unsigned schemas,
    bool required)
{
    int                 rc;
    agt_buf_t           buf;
    agt_plan_member_t  *member;

    if (m->b->lean && !required) {
        return AGT_OK;
    }

    member = &m->object->members[m->object->n];

    if (agt_json_string(m->b->doc, key, m->b->mem, &m->place.name)
        != AGT_OK)
    {
        return AGT_ERROR;
    }

    rc = agt_plan_value(m->b, m->schemas, schemas, &m->place, &member->value);

    if (rc == AGT_DECLINED && !required) {
        return AGT_OK;
    }

    if (rc != AGT_OK) {
        return rc;
    }

    agt_buf_init(&buf, m->b->mem, m->b->doc->nodes[key].len + 3,
                 AGT_GENERATE_SIZE);

    agt_buf_str(&buf, agt_json_raw(m->b->doc, key));

    if (agt_buf_char(&buf, ':') != AGT_OK) {
        return AGT_ERROR;
    }

    member->key = agt_buf_slice(&buf);
    member->required = required;

    m->names[m->object->n++] = m->place.name;
    m->object->required += required;

    return AGT_OK;
}


static bool
agt_plan_present(agt_plan_members_t *m, uint32_t key)
{
    uint32_t  i;

    for (i = 0; i < m->object->n; i++) {
        if (agt_json_string_is(m->b->doc, key, m->names[i])) {
            return true;
        }
    }

    return false;
}


static bool
agt_plan_required(agt_plan_members_t *m, agt_str_t name)
{
    uint32_t                 i;
    const agt_json_node_t   *nodes = m->b->doc->nodes;
    const agt_shape_list_t  *item;

    for (item = m->shape->required; item != NULL; item = item->next) {
        for (i = item->node + 1; i < nodes[item->node].next;
             i = nodes[i].next)
        {
            if (nodes[i].type == AGT_JSON_STRING
                && agt_json_string_is(m->b->doc, i, name))
            {
                return true;
            }
        }
    }

    return false;
}
