
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * From a schema to a plan.  The schemas that hold for a value are put into a
 * shape; branches are tried in order until one can be built.  A "$ref" that
 * leads to itself once more than the limit, and whatever is too deep, cannot
 * be built: an optional member goes without it, a list stays empty, a branch
 * is skipped, and only where none of that helps there is no plan.
 */


#include "agt_plan_build.h"


typedef int (*agt_plan_build_pt)(agt_plan_builder_t *b,
    const agt_shape_t *shape, const agt_plan_place_t *place,
    agt_plan_t *plan);


typedef struct {
    uint8_t            types;
    agt_plan_build_pt  build;
} agt_plan_type_t;


static int agt_plan_try(agt_plan_t **plan, const agt_json_t *schema,
    unsigned variant, uint32_t cycles, agt_mem_t *mem);
static int agt_plan_branch(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t **plan);
static int agt_plan_branches(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, uint32_t choice, bool null,
    agt_plan_t **plan);
static int agt_plan_condition(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, uint32_t schema, agt_plan_t **plan);
static int agt_plan_take(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, const uint32_t *schemas, unsigned n,
    agt_plan_t **plan);
static bool agt_plan_only_null(const agt_json_t *doc, uint32_t schema);
static int agt_plan_shape(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t **plan);
static int agt_plan_type(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan);
static int agt_plan_simple(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan);
static int agt_plan_examples(agt_plan_builder_t *b, const agt_shape_t *shape,
    agt_plan_t *plan);
static int agt_plan_enum(agt_plan_builder_t *b, const agt_shape_t *shape,
    agt_plan_t *plan);
static bool agt_plan_fits(agt_plan_builder_t *b, const agt_shape_t *shape,
    uint32_t value);
static bool agt_plan_listed(const agt_json_t *doc,
    const agt_shape_list_t *item, uint32_t value);
static uint8_t agt_plan_type_of(const agt_json_t *doc, uint32_t value);
static bool agt_plan_lead(agt_plan_t *plan);


/* in the order in which a value of several types is tried */

static const agt_plan_type_t  agt_plan_types[] = {
    { AGT_JSON_OBJECT, agt_plan_object },
    { AGT_JSON_ARRAY, agt_plan_array },
    { AGT_JSON_STRING, agt_plan_string },
    { AGT_JSON_NUMBER | AGT_SHAPE_INTEGER, agt_plan_number },
    { AGT_JSON_BOOLEAN, agt_plan_simple },
    { AGT_JSON_NULL, agt_plan_simple }
};


int
agt_plan_build(agt_plan_t **plan, const agt_json_t *schema, unsigned variant,
    agt_mem_t *mem)
{
    int       rc;
    uint32_t  cycles;

    rc = AGT_DECLINED;

    for (cycles = AGT_PLAN_CYCLES; cycles != 0 && rc == AGT_DECLINED;
         cycles--)
    {
        rc = agt_plan_try(plan, schema, variant, cycles, mem);
    }

    if (rc == AGT_OK) {
        (void) agt_plan_lead(*plan);
    }

    return rc;
}


static int
agt_plan_try(agt_plan_t **plan, const agt_json_t *schema, unsigned variant,
    uint32_t cycles, agt_mem_t *mem)
{
    int                 rc;
    uint32_t            root;
    agt_arena_t         scratch;
    agt_plan_place_t    place;
    agt_plan_builder_t  b;

    agt_arena_init(&scratch, AGT_PLAN_SCRATCH);

    memset(&b, 0, sizeof(agt_plan_builder_t));

    b.reader.doc = schema;
    b.reader.mem = &scratch.mem;
    b.reader.fuel = AGT_SHAPE_FUEL;
    b.reader.cycles = cycles;
    b.doc = schema;
    b.mem = mem;
    b.nodes = AGT_PLAN_NODES;
    b.choices = AGT_PLAN_CHOICES;
    b.examples = !(variant & 1);
    b.lean = (variant & AGT_PLAN_LEAN) != 0;
    b.turn = (variant & ~AGT_PLAN_LEAN) >> 1;

    memset(&place, 0, sizeof(agt_plan_place_t));

    root = 0;
    rc = agt_plan_value(&b, &root, 1, &place, plan);

    agt_arena_release(&scratch);

    return rc;
}


int
agt_plan_value(agt_plan_builder_t *b, const uint32_t *schemas, unsigned n,
    const agt_plan_place_t *place, agt_plan_t **plan)
{
    agt_shape_t  shape;

    if (place->depth == AGT_PLAN_DEPTH) {
        return AGT_DECLINED;
    }

    agt_shape_init(&shape, place->refs);

    return agt_plan_take(b, &shape, place, schemas, n, plan);
}


/* adds schemas to the copy of a shape, and goes on with that */

static int
agt_plan_take(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, const uint32_t *schemas, unsigned n,
    agt_plan_t **plan)
{
    int          rc;
    unsigned     i;
    agt_shape_t  copy = *shape;

    for (i = 0; i < n; i++) {
        rc = agt_shape_add(&b->reader, &copy, schemas[i]);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return agt_plan_branch(b, &copy, place, plan);
}


/*
 * Takes the first choice that is left and tries its branches; those that are
 * no more than null come last, so that a nullable value is one.
 */

static int
agt_plan_branch(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t **plan)
{
    int                     rc;
    uint32_t                choice;
    agt_shape_t             rest;
    const agt_json_node_t  *nodes = b->doc->nodes;

    if (shape->choices == NULL) {
        return agt_plan_shape(b, shape, place, plan);
    }

    if (b->choices == 0) {
        return AGT_DECLINED;
    }

    b->choices--;

    rest = *shape;
    choice = shape->choices->node;
    rest.choices = shape->choices->next;

    if (nodes[choice].type == AGT_JSON_OBJECT) {
        rc = agt_plan_condition(b, &rest, place, choice, plan);

    } else {
        rc = agt_plan_branches(b, &rest, place, choice, false, plan);

        if (rc == AGT_DECLINED) {
            rc = agt_plan_branches(b, &rest, place, choice, true, plan);
        }
    }

    b->choices++;

    return rc;
}


static int
agt_plan_branches(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, uint32_t choice, bool null,
    agt_plan_t **plan)
{
    int                     rc;
    uint32_t                i, k, n, schema;
    const agt_json_node_t  *nodes = b->doc->nodes;

    n = nodes[choice].count;

    for (i = 0; i < n; i++) {
        schema = choice + 1;

        for (k = (i + b->turn) % n; k != 0; k--) {
            schema = nodes[schema].next;
        }

        if (agt_plan_only_null(b->doc, schema) != null) {
            continue;
        }

        rc = agt_plan_take(b, shape, place, &schema, 1, plan);
        if (rc != AGT_DECLINED) {
            return rc;
        }
    }

    return AGT_DECLINED;
}


/* "if" and "then" together, or "else" */

static int
agt_plan_condition(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, uint32_t schema, agt_plan_t **plan)
{
    int       rc;
    unsigned  n, turn;
    uint32_t  schemas[2], otherwise;

    static const agt_str_t  names[] = {
        agt_string("if"), agt_string("then"), agt_string("else")
    };

    rc = AGT_DECLINED;
    otherwise = agt_json_member(b->doc, schema, names[2]);

    for (turn = 0; turn < 2 && rc == AGT_DECLINED; turn++) {

        n = 0;

        if ((turn + b->turn) % 2 == 0) {
            schemas[n++] = agt_json_member(b->doc, schema, names[0]);
            schemas[n++] = agt_json_member(b->doc, schema, names[1]);
            n -= (schemas[1] == AGT_JSON_NONE);

        } else if (otherwise != AGT_JSON_NONE) {
            schemas[n++] = otherwise;
        }

        rc = agt_plan_take(b, shape, place, schemas, n, plan);
    }

    return rc;
}


static bool
agt_plan_only_null(const agt_json_t *doc, uint32_t schema)
{
    uint32_t                type;
    static const agt_str_t  null = agt_string("null");
    static const agt_str_t  name = agt_string("type");

    if (doc->nodes[schema].type != AGT_JSON_OBJECT) {
        return false;
    }

    type = agt_json_member(doc, schema, name);

    return type != AGT_JSON_NONE
           && doc->nodes[type].type == AGT_JSON_STRING
           && agt_json_string_is(doc, type, null);
}


static int
agt_plan_shape(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t **plan)
{
    int          rc;
    agt_plan_t  *p;

    if (b->nodes == 0) {
        return AGT_DECLINED;
    }

    b->nodes--;

    p = agt_calloc(b->mem, 1, sizeof(agt_plan_t));
    if (p == NULL) {
        return AGT_ERROR;
    }

    *plan = p;

    if (shape->enums != NULL) {
        return agt_plan_enum(b, shape, p);
    }

    if (shape->examples != NULL && b->examples) {
        rc = agt_plan_examples(b, shape, p);
        if (rc != AGT_DECLINED) {
            return rc;
        }
    }

    return agt_plan_type(b, shape, place, p);
}


/* types that the schema says more about are tried before the others */

static int
agt_plan_type(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan)
{
    int      rc;
    size_t   i;
    uint8_t  types, tried;

    tried = 0;
    types = shape->types & shape->used;

    for ( ;; ) {
        for (i = 0; i < agt_array_n(agt_plan_types); i++) {

            if ((agt_plan_types[i].types & types) == 0) {
                continue;
            }

            memset(plan, 0, sizeof(agt_plan_t));

            rc = agt_plan_types[i].build(b, shape, place, plan);
            if (rc == AGT_DECLINED) {
                continue;
            }

            plan->nullable = (shape->types & AGT_JSON_NULL)
                             && shape->types != AGT_SHAPE_ANY;
            return rc;
        }

        tried |= types;

        if (tried == shape->types) {
            return AGT_DECLINED;
        }

        /* of what is left text is the plainest; in another turn, anything */

        types = shape->types & (uint8_t) ~tried;

        if ((types & AGT_JSON_STRING) && b->turn % 2 == 0) {
            types = AGT_JSON_STRING;
        }
    }
}


static int
agt_plan_simple(agt_plan_builder_t *b, const agt_shape_t *shape,
    const agt_plan_place_t *place, agt_plan_t *plan)
{
    (void) b;
    (void) place;

    plan->type = (shape->types & AGT_JSON_BOOLEAN) ? AGT_PLAN_BOOLEAN
                                                   : AGT_PLAN_NULL;
    return AGT_OK;
}


int
agt_plan_choice(agt_plan_builder_t *b, const uint32_t *values, uint32_t n,
    agt_plan_t *plan)
{
    uint32_t   i;
    agt_buf_t  buf;
    agt_str_t  raw;

    plan->type = AGT_PLAN_CHOICE;
    plan->u.choice.n = n;

    plan->u.choice.texts = agt_calloc(b->mem, n, sizeof(agt_str_t));
    if (plan->u.choice.texts == NULL) {
        return AGT_ERROR;
    }

    for (i = 0; i < n; i++) {
        raw = agt_json_raw(b->doc, values[i]);

        if (b->doc->nodes[values[i]].type >= AGT_JSON_ARRAY) {
            agt_buf_init(&buf, b->mem, raw.len, raw.len);

            if (agt_json_minify(b->doc, values[i], &buf) != AGT_OK) {
                return AGT_ERROR;
            }

            raw = agt_buf_slice(&buf);
        }

        plan->u.choice.texts[i] = raw;
    }

    return n != 0 ? AGT_OK : AGT_DECLINED;
}


/* strings and numbers only: larger examples would hide what is in them */

static int
agt_plan_examples(agt_plan_builder_t *b, const agt_shape_t *shape,
    agt_plan_t *plan)
{
    uint32_t                n, i, array;
    uint32_t                values[AGT_PLAN_EXAMPLES];
    const agt_json_node_t  *nodes = b->doc->nodes;

    n = 0;
    array = shape->examples->node;

    for (i = array + 1; i < nodes[array].next && n < AGT_PLAN_EXAMPLES;
         i = nodes[i].next)
    {
        if ((nodes[i].type & (AGT_JSON_STRING | AGT_JSON_NUMBER))
            && (agt_plan_type_of(b->doc, i) & shape->types))
        {
            values[n++] = i;
        }
    }

    return n != 0 ? agt_plan_choice(b, values, n, plan) : AGT_DECLINED;
}


static int
agt_plan_enum(agt_plan_builder_t *b, const agt_shape_t *shape,
    agt_plan_t *plan)
{
    uint32_t                i, n, list, *values;
    const agt_json_node_t  *nodes = b->doc->nodes;

    list = shape->enums->node;

    if (nodes[list].flags & AGT_JSON_KEY) {
        i = list + 1;
        return agt_plan_fits(b, shape, i) ? agt_plan_choice(b, &i, 1, plan)
                                          : AGT_DECLINED;
    }

    values = agt_alloc(b->reader.mem,
                       (nodes[list].count + 1) * sizeof(uint32_t));
    if (values == NULL) {
        return AGT_ERROR;
    }

    n = 0;

    for (i = list + 1; i < nodes[list].next; i = nodes[i].next) {
        if (agt_plan_fits(b, shape, i)) {
            values[n++] = i;
        }
    }

    return n != 0 ? agt_plan_choice(b, values, n, plan) : AGT_DECLINED;
}


static bool
agt_plan_fits(agt_plan_builder_t *b, const agt_shape_t *shape, uint32_t value)
{
    const agt_shape_list_t  *item;

    if ((agt_plan_type_of(b->doc, value) & shape->types) == 0) {
        return false;
    }

    for (item = shape->enums->next; item != NULL; item = item->next) {
        if (!agt_shape_burn(&b->reader, b->doc->nodes[item->node].count / 64)
            || !agt_plan_listed(b->doc, item, value))
        {
            return false;
        }
    }

    return true;
}


/* by their texts: 1 and 1.0 are the same value, but hardly in one schema */

static bool
agt_plan_listed(const agt_json_t *doc, const agt_shape_list_t *item,
    uint32_t value)
{
    uint32_t                i;
    agt_str_t               text;
    const agt_json_node_t  *nodes = doc->nodes;

    text = agt_json_raw(doc, value);

    if (nodes[item->node].flags & AGT_JSON_KEY) {
        return agt_str_eq(agt_json_raw(doc, item->node + 1), text);
    }

    for (i = item->node + 1; i < nodes[item->node].next; i = nodes[i].next) {
        if (agt_str_eq(agt_json_raw(doc, i), text)) {
            return true;
        }
    }

    return false;
}


static uint8_t
agt_plan_type_of(const agt_json_t *doc, uint32_t value)
{
    int64_t  n;

    if (doc->nodes[value].type == AGT_JSON_NUMBER
        && ((doc->nodes[value].flags & AGT_JSON_INTEGER)
            || agt_json_int64(doc, value, &n) == AGT_OK))
    {
        return AGT_SHAPE_INTEGER;
    }

    return doc->nodes[value].type;
}


/*
 * Marks the way to the first free string, in the order of the answer; what is
 * on the way has to be there.
 */

static bool
agt_plan_lead(agt_plan_t *plan)
{
    uint32_t  i;

    plan->lead = false;

    switch (plan->type) {

    case AGT_PLAN_STRING:
        plan->lead = plan->u.string.free;
        break;

    case AGT_PLAN_ARRAY:
        for (i = 0; i < plan->u.array.n && !plan->lead; i++) {
            plan->lead = agt_plan_lead(plan->u.array.first[i]);
        }

        if (!plan->lead && plan->u.array.item != NULL
            && plan->u.array.max > plan->u.array.n)
        {
            plan->lead = agt_plan_lead(plan->u.array.item);

            if (plan->lead) {
                plan->u.array.min = agt_max(plan->u.array.min,
                                            plan->u.array.n + 1);
            }
        }

        break;

    case AGT_PLAN_OBJECT:
        for (i = 0; i < plan->u.object.n && !plan->lead; i++) {
            plan->lead = agt_plan_lead(plan->u.object.members[i].value);

            if (plan->lead && !plan->u.object.members[i].required) {
                plan->u.object.members[i].required = true;
                plan->u.object.required++;
            }
        }

        break;

    default:
        break;
    }

    return plan->lead;
}
