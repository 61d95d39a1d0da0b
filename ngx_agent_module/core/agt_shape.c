
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_shape.h"


#define AGT_SHAPE_POINTER   1024    /* bytes of a "$ref" */


typedef struct agt_shape_keyword_s  agt_shape_keyword_t;

/* "value" is the keyword's value, its key is the node before it */

typedef int (*agt_shape_pt)(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);


/* "offset" is the field of the shape that the keyword is about */

struct agt_shape_keyword_s {
    agt_str_t     name;
    uint8_t       type;      /* mask: what its value must be */
    uint8_t       about;     /* mask: what it says something of */
    agt_shape_pt  add;
    size_t        offset;
};


static int agt_shape_add_keyword(agt_shape_reader_t *reader,
    agt_shape_t *shape, uint32_t key);

static int agt_shape_type(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_value(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_key(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_members(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_dependent(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_parent(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_string(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_min(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_max(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_unique(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_all(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_not(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);
static int agt_shape_ref(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value);

static const agt_shape_list_t **agt_shape_list(agt_shape_t *shape,
    const agt_shape_keyword_t *keyword);
static uint32_t *agt_shape_number(agt_shape_t *shape,
    const agt_shape_keyword_t *keyword);
static uint8_t agt_shape_types(const agt_json_t *doc, uint32_t value);
static uint32_t agt_shape_resolve(agt_shape_reader_t *reader, agt_str_t ref);
static uint32_t agt_shape_named(agt_shape_reader_t *reader,
    const char *keyword, agt_str_t name);
static uint32_t agt_shape_pointed(const agt_json_t *doc, agt_str_t pointer);
static uint32_t agt_shape_child(const agt_json_t *doc, uint32_t i,
    agt_str_t token);
static int agt_shape_unpercent(agt_str_t *s, char *buf, size_t size);


#define AGT_SHAPE_NUMBER    (AGT_JSON_NUMBER | AGT_SHAPE_INTEGER)
#define AGT_SHAPE_SCHEMA    (AGT_JSON_OBJECT | AGT_JSON_BOOLEAN)

#define agt_shape_field(name)   offsetof(agt_shape_t, name)


static const agt_shape_keyword_t  agt_shape_keywords[] = {

    { agt_string("type"), AGT_JSON_STRING | AGT_JSON_ARRAY, 0,
      agt_shape_type, 0 },

    { agt_string("enum"), AGT_JSON_ARRAY, 0,
      agt_shape_value, agt_shape_field(enums) },

    { agt_string("const"), AGT_JSON_ANY, 0,
      agt_shape_key, agt_shape_field(enums) },

    { agt_string("examples"), AGT_JSON_ARRAY, 0,
      agt_shape_value, agt_shape_field(examples) },

    { agt_string("properties"), AGT_JSON_OBJECT, AGT_JSON_OBJECT,
      agt_shape_members, agt_shape_field(properties) },

    { agt_string("required"), AGT_JSON_ARRAY, AGT_JSON_OBJECT,
      agt_shape_value, agt_shape_field(required) },

    { agt_string("additionalProperties"), AGT_SHAPE_SCHEMA, AGT_JSON_OBJECT,
      agt_shape_value, agt_shape_field(additional) },

    { agt_string("unevaluatedProperties"), AGT_SHAPE_SCHEMA, AGT_JSON_OBJECT,
      agt_shape_value, agt_shape_field(additional) },

    { agt_string("patternProperties"), AGT_JSON_OBJECT, AGT_JSON_OBJECT,
      agt_shape_members, agt_shape_field(patterned) },

    { agt_string("propertyNames"), AGT_SHAPE_SCHEMA, AGT_JSON_OBJECT,
      agt_shape_value, agt_shape_field(names) },

    { agt_string("minProperties"), AGT_JSON_NUMBER, AGT_JSON_OBJECT,
      agt_shape_min, agt_shape_field(min_members) },

    { agt_string("maxProperties"), AGT_JSON_NUMBER, AGT_JSON_OBJECT,
      agt_shape_max, agt_shape_field(max_members) },

    { agt_string("dependentRequired"), AGT_JSON_OBJECT, AGT_JSON_OBJECT,
      agt_shape_dependent, agt_shape_field(required) },

    { agt_string("dependentSchemas"), AGT_JSON_OBJECT, AGT_JSON_OBJECT,
      agt_shape_dependent, 0 },

    { agt_string("prefixItems"), AGT_JSON_ARRAY, AGT_JSON_ARRAY,
      agt_shape_value, agt_shape_field(prefixes) },

    { agt_string("items"), AGT_SHAPE_SCHEMA, AGT_JSON_ARRAY,
      agt_shape_value, agt_shape_field(items) },

    { agt_string("unevaluatedItems"), AGT_SHAPE_SCHEMA, AGT_JSON_ARRAY,
      agt_shape_value, agt_shape_field(items) },

    { agt_string("contains"), AGT_SHAPE_SCHEMA, AGT_JSON_ARRAY,
      agt_shape_value, agt_shape_field(contains) },

    { agt_string("minContains"), AGT_JSON_NUMBER, AGT_JSON_ARRAY,
      agt_shape_min, agt_shape_field(min_contains) },

    { agt_string("minItems"), AGT_JSON_NUMBER, AGT_JSON_ARRAY,
      agt_shape_min, agt_shape_field(min_items) },

    { agt_string("maxItems"), AGT_JSON_NUMBER, AGT_JSON_ARRAY,
      agt_shape_max, agt_shape_field(max_items) },

    { agt_string("uniqueItems"), AGT_JSON_BOOLEAN, AGT_JSON_ARRAY,
      agt_shape_unique, 0 },

    { agt_string("minimum"), AGT_JSON_NUMBER, AGT_SHAPE_NUMBER,
      agt_shape_key, agt_shape_field(minimums) },

    { agt_string("exclusiveMinimum"), AGT_JSON_NUMBER, AGT_SHAPE_NUMBER,
      agt_shape_key, agt_shape_field(minimums) },

    { agt_string("maximum"), AGT_JSON_NUMBER, AGT_SHAPE_NUMBER,
      agt_shape_key, agt_shape_field(maximums) },

    { agt_string("exclusiveMaximum"), AGT_JSON_NUMBER, AGT_SHAPE_NUMBER,
      agt_shape_key, agt_shape_field(maximums) },

    { agt_string("multipleOf"), AGT_JSON_NUMBER, AGT_SHAPE_NUMBER,
      agt_shape_value, agt_shape_field(multiples) },

    { agt_string("minLength"), AGT_JSON_NUMBER, AGT_JSON_STRING,
      agt_shape_min, agt_shape_field(min_length) },

    { agt_string("maxLength"), AGT_JSON_NUMBER, AGT_JSON_STRING,
      agt_shape_max, agt_shape_field(max_length) },

    { agt_string("pattern"), AGT_JSON_STRING, AGT_JSON_STRING,
      agt_shape_string, agt_shape_field(pattern) },

    { agt_string("format"), AGT_JSON_STRING, AGT_JSON_STRING,
      agt_shape_string, agt_shape_field(format) },

    { agt_string("allOf"), AGT_JSON_ARRAY, 0, agt_shape_all, 0 },

    { agt_string("anyOf"), AGT_JSON_ARRAY, 0,
      agt_shape_value, agt_shape_field(choices) },

    { agt_string("oneOf"), AGT_JSON_ARRAY, 0,
      agt_shape_value, agt_shape_field(choices) },

    { agt_string("if"), AGT_SHAPE_SCHEMA, 0,
      agt_shape_parent, agt_shape_field(choices) },

    { agt_string("not"), AGT_SHAPE_SCHEMA, 0, agt_shape_not, 0 },

    { agt_string("$ref"), AGT_JSON_STRING, 0, agt_shape_ref, 0 },

    { agt_string("$dynamicRef"), AGT_JSON_STRING, 0, agt_shape_ref, 0 }
};


static const struct {
    agt_str_t  name;
    uint8_t    types;
} agt_shape_type_names[] = {
    { agt_string("null"), AGT_JSON_NULL },
    { agt_string("boolean"), AGT_JSON_BOOLEAN },
    { agt_string("integer"), AGT_SHAPE_INTEGER },
    { agt_string("number"), AGT_SHAPE_NUMBER },
    { agt_string("string"), AGT_JSON_STRING },
    { agt_string("array"), AGT_JSON_ARRAY },
    { agt_string("object"), AGT_JSON_OBJECT }
};


void
agt_shape_init(agt_shape_t *shape, const agt_shape_list_t *refs)
{
    memset(shape, 0, sizeof(agt_shape_t));

    shape->types = AGT_SHAPE_ANY;
    shape->max_length = UINT32_MAX;
    shape->max_items = UINT32_MAX;
    shape->max_members = UINT32_MAX;
    shape->pattern = AGT_JSON_NONE;
    shape->format = AGT_JSON_NONE;
    shape->refs = refs;
}


int
agt_shape_push(agt_shape_reader_t *reader, const agt_shape_list_t **list,
    uint32_t node)
{
    agt_shape_list_t  *head;

    head = agt_alloc(reader->mem, sizeof(agt_shape_list_t));
    if (head == NULL) {
        return AGT_ERROR;
    }

    head->node = node;
    head->next = *list;
    *list = head;

    return AGT_OK;
}


int
agt_shape_reverse(agt_shape_reader_t *reader, const agt_shape_list_t **list)
{
    const agt_shape_list_t  *item, *reversed;

    reversed = NULL;

    for (item = *list; item != NULL; item = item->next) {
        if (agt_shape_push(reader, &reversed, item->node) != AGT_OK) {
            return AGT_ERROR;
        }
    }

    *list = reversed;

    return AGT_OK;
}


int
agt_shape_add(agt_shape_reader_t *reader, agt_shape_t *shape, uint32_t schema)
{
    int                     rc;
    uint32_t                i, parent;
    const agt_json_node_t  *node = &reader->doc->nodes[schema];

    if (reader->fuel == 0 || reader->depth == AGT_SHAPE_DEPTH) {
        return AGT_DECLINED;
    }

    if (node->type == AGT_JSON_BOOLEAN) {
        return (node->flags & AGT_JSON_TRUE) ? AGT_OK : AGT_DECLINED;
    }

    if (node->type != AGT_JSON_OBJECT) {
        return AGT_DECLINED;
    }

    (void) agt_shape_burn(reader, 1 + node->count / 4);

    parent = reader->schema;
    reader->depth++;
    rc = AGT_OK;

    for (i = schema + 1; i < node->next && rc == AGT_OK;
         i = reader->doc->nodes[i + 1].next)
    {
        reader->schema = schema;
        rc = agt_shape_add_keyword(reader, shape, i);
    }

    reader->schema = parent;
    reader->depth--;

    return rc;
}


static int
agt_shape_add_keyword(agt_shape_reader_t *reader, agt_shape_t *shape,
    uint32_t key)
{
    size_t                      i;
    const agt_shape_keyword_t  *keyword;

    for (i = 0; i < agt_array_n(agt_shape_keywords); i++) {
        keyword = &agt_shape_keywords[i];

        if (!agt_json_string_is(reader->doc, key, keyword->name)) {
            continue;
        }

        if (!(reader->doc->nodes[key + 1].type & keyword->type)) {
            return AGT_DECLINED;
        }

        shape->used |= keyword->about;

        return keyword->add(reader, shape, keyword, key + 1);
    }

    return AGT_OK;
}


static int
agt_shape_type(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    uint8_t                 types;
    uint32_t                i;
    const agt_json_node_t  *nodes = reader->doc->nodes;

    (void) keyword;

    if (nodes[value].type == AGT_JSON_STRING) {
        types = agt_shape_types(reader->doc, value);

    } else {
        types = 0;

        for (i = value + 1; i < nodes[value].next; i = nodes[i].next) {
            types |= agt_shape_types(reader->doc, i);
        }
    }

    shape->types &= types;

    return shape->types != 0 ? AGT_OK : AGT_DECLINED;
}


static uint8_t
agt_shape_types(const agt_json_t *doc, uint32_t value)
{
    size_t  i;

    if (doc->nodes[value].type != AGT_JSON_STRING) {
        return 0;
    }

    for (i = 0; i < agt_array_n(agt_shape_type_names); i++) {
        if (agt_json_string_is(doc, value, agt_shape_type_names[i].name)) {
            return agt_shape_type_names[i].types;
        }
    }

    return 0;
}


static const agt_shape_list_t **
agt_shape_list(agt_shape_t *shape, const agt_shape_keyword_t *keyword)
{
    return (const agt_shape_list_t **) (void *)
           ((char *) shape + keyword->offset);
}


static uint32_t *
agt_shape_number(agt_shape_t *shape, const agt_shape_keyword_t *keyword)
{
    return (uint32_t *) (void *) ((char *) shape + keyword->offset);
}


static int
agt_shape_value(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    return agt_shape_push(reader, agt_shape_list(shape, keyword), value);
}


/* keeps the key, which tells const from enum and the kinds of a bound apart */

static int
agt_shape_key(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    return agt_shape_push(reader, agt_shape_list(shape, keyword), value - 1);
}


static int
agt_shape_members(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    uint32_t                  i;
    const agt_json_node_t    *nodes = reader->doc->nodes;
    const agt_shape_list_t  **list = agt_shape_list(shape, keyword);

    for (i = value + 1; i < nodes[value].next; i = nodes[i + 1].next) {
        if (agt_shape_push(reader, list, i) != AGT_OK) {
            return AGT_ERROR;
        }
    }

    return AGT_OK;
}


/* takes every condition as met: what is asked then does no harm otherwise */

static int
agt_shape_dependent(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    int                     rc;
    uint32_t                i;
    const agt_json_node_t  *nodes = reader->doc->nodes;

    for (i = value + 1; i < nodes[value].next; i = nodes[i + 1].next) {

        if (keyword->offset == 0) {
            rc = agt_shape_add(reader, shape, i + 1);

        } else if (nodes[i + 1].type == AGT_JSON_ARRAY) {
            rc = agt_shape_push(reader, agt_shape_list(shape, keyword), i + 1);

        } else {
            rc = AGT_DECLINED;
        }

        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


/* keeps the schema that has the keyword */

static int
agt_shape_parent(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    (void) value;

    return agt_shape_push(reader, agt_shape_list(shape, keyword),
                          reader->schema);
}


/* of several the last: that the others hold is for the check to say */

static int
agt_shape_string(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    (void) reader;

    *agt_shape_number(shape, keyword) = value;

    return AGT_OK;
}


static int
agt_shape_min(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    int64_t    n;
    uint32_t  *field = agt_shape_number(shape, keyword);

    if (agt_json_int64(reader->doc, value, &n) != AGT_OK || n < 0
        || n > INT32_MAX)
    {
        return AGT_DECLINED;
    }

    *field = agt_max(*field, (uint32_t) n);

    return AGT_OK;
}


static int
agt_shape_max(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    int64_t    n;
    uint32_t  *field = agt_shape_number(shape, keyword);

    if (agt_json_int64(reader->doc, value, &n) != AGT_OK || n > INT32_MAX) {
        return AGT_OK;
    }

    if (n < 0) {
        return AGT_DECLINED;
    }

    *field = agt_min(*field, (uint32_t) n);

    return AGT_OK;
}


static int
agt_shape_unique(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    (void) keyword;

    if (reader->doc->nodes[value].flags & AGT_JSON_TRUE) {
        shape->unique = true;
    }

    return AGT_OK;
}


static int
agt_shape_all(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    int                     rc;
    uint32_t                i;
    const agt_json_node_t  *nodes = reader->doc->nodes;

    (void) keyword;

    for (i = value + 1; i < nodes[value].next; i = nodes[i].next) {
        rc = agt_shape_add(reader, shape, i);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


/* "not" anything is nothing; the rest of it is for the check */

static int
agt_shape_not(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    const agt_json_node_t  *node = &reader->doc->nodes[value];

    (void) shape;
    (void) keyword;

    if ((node->flags & AGT_JSON_TRUE)
        || (node->type == AGT_JSON_OBJECT && node->count == 0))
    {
        return AGT_DECLINED;
    }

    return AGT_OK;
}


static int
agt_shape_ref(agt_shape_reader_t *reader, agt_shape_t *shape,
    const agt_shape_keyword_t *keyword, uint32_t value)
{
    uint32_t                 n, target;
    agt_str_t                ref;
    const agt_shape_list_t  *item;

    (void) keyword;

    if (agt_json_string(reader->doc, value, reader->mem, &ref) != AGT_OK) {
        return AGT_ERROR;
    }

    target = agt_shape_resolve(reader, ref);

    if (target == AGT_JSON_NONE) {
        return AGT_DECLINED;
    }

    n = 0;

    for (item = shape->refs; item != NULL; item = item->next) {
        n += (item->node == target);
    }

    if (n == reader->cycles) {
        return AGT_DECLINED;
    }

    if (agt_shape_push(reader, &shape->refs, target) != AGT_OK) {
        return AGT_ERROR;
    }

    return agt_shape_add(reader, shape, target);
}


static uint32_t
agt_shape_resolve(agt_shape_reader_t *reader, agt_str_t ref)
{
    char       buf[AGT_SHAPE_POINTER];
    agt_str_t  fragment;

    if (ref.len == 0 || agt_str_is(ref, "#")) {
        return 0;
    }

    if (ref.data[0] != '#') {
        return agt_shape_named(reader, "$id", ref);
    }

    fragment = agt_str_make(ref.data + 1, ref.len - 1);

    if (agt_shape_unpercent(&fragment, buf, sizeof(buf)) != AGT_OK) {
        return AGT_JSON_NONE;
    }

    if (fragment.data[0] == '/') {
        return agt_shape_pointed(reader->doc, fragment);
    }

    /* "$dynamicRef" finds its outermost anchor, which is the first in all
       but contrived documents */

    return agt_min(agt_shape_named(reader, "$anchor", fragment),
                   agt_shape_named(reader, "$dynamicAnchor", fragment));
}


/* the object that has this keyword with this value */

static uint32_t
agt_shape_named(agt_shape_reader_t *reader, const char *keyword,
    agt_str_t name)
{
    uint32_t           i, value;
    const agt_json_t  *doc = reader->doc;

    (void) agt_shape_burn(reader, doc->n / 16);

    for (i = 0; i < doc->n; i++) {
        if (doc->nodes[i].type != AGT_JSON_OBJECT) {
            continue;
        }

        value = agt_json_member(doc, i, agt_str_from(keyword));

        if (value != AGT_JSON_NONE
            && doc->nodes[value].type == AGT_JSON_STRING
            && agt_json_string_is(doc, value, name))
        {
            return i;
        }
    }

    return AGT_JSON_NONE;
}


static uint32_t
agt_shape_pointed(const agt_json_t *doc, agt_str_t pointer)
{
    char      buf[AGT_SHAPE_POINTER];
    size_t    i, n, start;
    uint32_t  node;

    node = 0;
    i = 0;

    while (i < pointer.len && node != AGT_JSON_NONE) {

        start = ++i;

        for (n = 0; i < pointer.len && pointer.data[i] != '/'; i++) {
            buf[n++] = pointer.data[i];

            if (i > start && pointer.data[i - 1] == '~') {

                /* "~1" is a slash, "~0" a tilde; "~01" is "~1" */

                if (pointer.data[i] == '1') {
                    buf[--n - 1] = '/';

                } else if (pointer.data[i] == '0') {
                    n--;
                }
            }
        }

        node = agt_shape_child(doc, node, agt_str_make(buf, n));
    }

    return node;
}


static uint32_t
agt_shape_child(const agt_json_t *doc, uint32_t i, agt_str_t token)
{
    size_t    k;
    uint32_t  child, n;

    if (doc->nodes[i].type == AGT_JSON_OBJECT) {
        return agt_json_member(doc, i, token);
    }

    if (doc->nodes[i].type != AGT_JSON_ARRAY || token.len == 0
        || token.len > 9)
    {
        return AGT_JSON_NONE;
    }

    for (n = 0, k = 0; k < token.len; k++) {
        if (token.data[k] < '0' || token.data[k] > '9') {
            return AGT_JSON_NONE;
        }

        n = n * 10 + (uint32_t) (token.data[k] - '0');
    }

    if (n >= doc->nodes[i].count) {
        return AGT_JSON_NONE;
    }

    for (child = i + 1; n != 0; n--) {
        child = doc->nodes[child].next;
    }

    return child;
}


static int
agt_shape_unpercent(agt_str_t *s, char *buf, size_t size)
{
    size_t    i, n;
    unsigned  c, k, digit;

    n = 0;

    for (i = 0; i < s->len; i++) {
        if (n == size) {
            return AGT_DECLINED;
        }

        if (s->data[i] != '%' || s->len - i < 3) {
            buf[n++] = s->data[i];
            continue;
        }

        for (c = 0, k = 0; k < 2; k++) {
            digit = (unsigned char) s->data[++i];
            c = c * 16 + (digit <= '9' ? digit - '0'
                                       : (digit | 0x20) - 'a' + 10);
        }

        buf[n++] = (char) c;
    }

    *s = agt_str_make(buf, n);

    return AGT_OK;
}
