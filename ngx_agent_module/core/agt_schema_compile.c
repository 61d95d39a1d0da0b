
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Keywords into operations.  The meta-schema has been over the schema, but it
 * may be the user's own and know less: types are looked at again.
 */


#include "agt_schema_compile.h"


#define K(id)               (UINT64_C(1) << AGT_KEYWORD_##id)


/* an operation is made where any of its keywords is there */

typedef struct {
    uint64_t          keywords;
    agt_schema_op_e   kind;
    uint8_t           types;
    uint8_t           value;         /* the keyword of a simple one */
    int             (*compile)(agt_build_t *b, agt_schema_op_t *op,
                               uint32_t at);
} agt_compile_rule_t;


static int agt_compile_values(agt_build_t *b, uint64_t *found);
static int agt_compile_type(agt_build_t *b, agt_schema_node_t *node);
static int agt_compile_type_name(agt_build_t *b, uint32_t at, uint8_t *types);
static int agt_compile_enum(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
static int agt_compile_const(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
static int agt_compile_listed(agt_build_t *b, agt_schema_op_t *op,
    uint32_t first, uint32_t n);
static int agt_compile_limit(agt_build_t *b, agt_schema_op_t *op, uint32_t at);
static int agt_compile_multiple(agt_build_t *b, agt_schema_op_t *op,
    uint32_t at);
static int agt_compile_number(agt_build_t *b, agt_schema_op_t *op,
    uint32_t at);
static int agt_compile_format(agt_build_t *b, agt_schema_op_t *op,
    uint32_t at);
static int agt_compile_pattern(agt_build_t *b, agt_schema_op_t *op,
    uint32_t at);


/* in the order of operations: a violation, or an annotation, early is cheap */

static const agt_compile_rule_t  agt_compile_rules[] = {

    { K(ENUM), AGT_SCHEMA_OP_ENUM, AGT_JSON_ANY,
      AGT_KEYWORD_ENUM, agt_compile_enum },

    { K(CONST), AGT_SCHEMA_OP_CONST, AGT_JSON_ANY,
      AGT_KEYWORD_CONST, agt_compile_const },

    { K(MAXIMUM), AGT_SCHEMA_OP_MAXIMUM, AGT_JSON_NUMBER,
      AGT_KEYWORD_MAXIMUM, agt_compile_limit },

    { K(EXCL_MAXIMUM), AGT_SCHEMA_OP_EXCL_MAXIMUM, AGT_JSON_NUMBER,
      AGT_KEYWORD_EXCL_MAXIMUM, agt_compile_limit },

    { K(MINIMUM), AGT_SCHEMA_OP_MINIMUM, AGT_JSON_NUMBER,
      AGT_KEYWORD_MINIMUM, agt_compile_limit },

    { K(EXCL_MINIMUM), AGT_SCHEMA_OP_EXCL_MINIMUM, AGT_JSON_NUMBER,
      AGT_KEYWORD_EXCL_MINIMUM, agt_compile_limit },

    { K(MULTIPLE), AGT_SCHEMA_OP_MULTIPLE, AGT_JSON_NUMBER,
      AGT_KEYWORD_MULTIPLE, agt_compile_multiple },

    { K(MAX_LENGTH), AGT_SCHEMA_OP_MAX_LENGTH, AGT_JSON_STRING,
      AGT_KEYWORD_MAX_LENGTH, agt_compile_number },

    { K(MIN_LENGTH), AGT_SCHEMA_OP_MIN_LENGTH, AGT_JSON_STRING,
      AGT_KEYWORD_MIN_LENGTH, agt_compile_number },

    { K(FORMAT), AGT_SCHEMA_OP_FORMAT, AGT_JSON_STRING,
      AGT_KEYWORD_FORMAT, agt_compile_format },

    { K(PATTERN), AGT_SCHEMA_OP_PATTERN, AGT_JSON_STRING,
      AGT_KEYWORD_PATTERN, agt_compile_pattern },

    { K(MAX_ITEMS), AGT_SCHEMA_OP_MAX_ITEMS, AGT_JSON_ARRAY,
      AGT_KEYWORD_MAX_ITEMS, agt_compile_number },

    { K(MIN_ITEMS), AGT_SCHEMA_OP_MIN_ITEMS, AGT_JSON_ARRAY,
      AGT_KEYWORD_MIN_ITEMS, agt_compile_number },

    { K(MAX_PROPERTIES), AGT_SCHEMA_OP_MAX_PROPERTIES, AGT_JSON_OBJECT,
      AGT_KEYWORD_MAX_PROPERTIES, agt_compile_number },

    { K(MIN_PROPERTIES), AGT_SCHEMA_OP_MIN_PROPERTIES, AGT_JSON_OBJECT,
      AGT_KEYWORD_MIN_PROPERTIES, agt_compile_number },

    { K(PROPERTIES) | K(PATTERNS) | K(MORE) | K(REQUIRED),
      AGT_SCHEMA_OP_OBJECT, AGT_JSON_OBJECT,
      AGT_KEYWORD_PROPERTIES, agt_compile_object },

    { K(NAMES), AGT_SCHEMA_OP_NAMES, AGT_JSON_OBJECT,
      AGT_KEYWORD_NAMES, agt_compile_one },

    { K(REQUIRED_IF) | K(DEPENDENCIES),
      AGT_SCHEMA_OP_REQUIRED_IF, AGT_JSON_OBJECT,
      AGT_KEYWORD_REQUIRED_IF, agt_compile_required_if },

    { K(PREFIX_ITEMS) | K(ITEMS), AGT_SCHEMA_OP_ITEMS, AGT_JSON_ARRAY,
      AGT_KEYWORD_ITEMS, agt_compile_items },

    { K(UNIQUE), AGT_SCHEMA_OP_UNIQUE, AGT_JSON_ARRAY,
      AGT_KEYWORD_UNIQUE, agt_compile_unique },

    { K(CONTAINS), AGT_SCHEMA_OP_CONTAINS, AGT_JSON_ARRAY,
      AGT_KEYWORD_CONTAINS, agt_compile_contains },

    { K(REF), AGT_SCHEMA_OP_REF, AGT_JSON_ANY,
      AGT_KEYWORD_REF, agt_compile_ref },

    { K(DYN_REF) | K(REC_REF), AGT_SCHEMA_OP_DYNAMIC_REF, AGT_JSON_ANY,
      AGT_KEYWORD_DYN_REF, agt_compile_dynamic_ref },

    { K(ALL_OF), AGT_SCHEMA_OP_ALL_OF, AGT_JSON_ANY,
      AGT_KEYWORD_ALL_OF, agt_compile_list },

    { K(ANY_OF), AGT_SCHEMA_OP_ANY_OF, AGT_JSON_ANY,
      AGT_KEYWORD_ANY_OF, agt_compile_list },

    { K(ONE_OF), AGT_SCHEMA_OP_ONE_OF, AGT_JSON_ANY,
      AGT_KEYWORD_ONE_OF, agt_compile_list },

    { K(NOT), AGT_SCHEMA_OP_NOT, AGT_JSON_ANY,
      AGT_KEYWORD_NOT, agt_compile_one },

    { K(IF), AGT_SCHEMA_OP_IF, AGT_JSON_ANY,
      AGT_KEYWORD_IF, agt_compile_condition },

    { K(SCHEMAS_IF) | K(DEPENDENCIES),
      AGT_SCHEMA_OP_SCHEMAS_IF, AGT_JSON_OBJECT,
      AGT_KEYWORD_SCHEMAS_IF, agt_compile_schemas_if },

    { K(REST_ITEMS), AGT_SCHEMA_OP_REST_ITEMS, AGT_JSON_ARRAY,
      AGT_KEYWORD_REST_ITEMS, agt_compile_one },

    { K(REST), AGT_SCHEMA_OP_REST_PROPERTIES, AGT_JSON_OBJECT,
      AGT_KEYWORD_REST, agt_compile_one }
};


int
agt_build_keywords(agt_build_t *b, agt_schema_node_t *node)
{
    int                        rc;
    size_t                     i;
    uint64_t                   found;
    agt_schema_op_t            op;
    const agt_compile_rule_t  *rule;

    rc = agt_compile_values(b, &found);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_compile_type(b, node);
    if (rc != AGT_OK) {
        return rc;
    }

    node->rest = (found & (K(REST) | K(REST_ITEMS))) != 0;

    for (i = 0; i < agt_array_n(agt_compile_rules); i++) {
        rule = &agt_compile_rules[i];

        if (!(rule->keywords & found)) {
            continue;
        }

        memset(&op, 0, sizeof(agt_schema_op_t));

        op.kind = (uint8_t) rule->kind;
        op.types = rule->types;

        rc = rule->compile(b, &op, b->values[rule->value]);

        /* DONE: there is nothing to check */

        if (rc == AGT_OK) {
            rc = agt_build_op(b, &op);
        }

        if (rc != AGT_OK && rc != AGT_DONE) {
            return rc;
        }
    }

    return AGT_OK;
}


/* where the values of the dialect's keywords are */

static int
agt_compile_values(agt_build_t *b, uint64_t *found)
{
    char                    text[80];
    uint32_t                key, end;
    agt_buf_t               buf;
    agt_keyword_e           id;
    const agt_keyword_t    *keyword;
    const agt_json_node_t  *nodes;

    *found = 0;
    memset(b->values, 0xff, sizeof(b->values));

    nodes = b->json->nodes;
    end = nodes[b->place.node].next;

    for (key = b->place.node + 1; key < end; key = nodes[key + 1].next) {

        id = agt_keyword_find(b->json, key);

        if (id == AGT_KEYWORD_N) {
            continue;
        }

        keyword = &agt_keywords[id];

        if (!(keyword->drafts & b->dialect->draft)
            || !(keyword->vocabulary & b->dialect->vocabularies))
        {
            continue;
        }

        if (!(keyword->types & nodes[key + 1].type)) {
            agt_buf_fixed(&buf, text, sizeof(text));
            agt_schema_types(&buf, keyword->types);

            return agt_build_error(b, key + 1, "\"%s\" must be %.*s, not %s",
                                   keyword->name.data, (int) buf.len, text,
                                   agt_json_type_name(nodes[key + 1].type));
        }

        b->values[id] = key + 1;
        *found |= UINT64_C(1) << id;
    }

    return AGT_OK;
}


static int
agt_compile_type(agt_build_t *b, agt_schema_node_t *node)
{
    int       rc;
    uint32_t  at, i;

    at = b->values[AGT_KEYWORD_TYPE];

    if (at == AGT_JSON_NONE) {
        node->types = AGT_JSON_ANY | AGT_SCHEMA_INTEGER;
        return AGT_OK;
    }

    node->types = 0;

    if (b->json->nodes[at].type == AGT_JSON_STRING) {
        return agt_compile_type_name(b, at, &node->types);
    }

    for (i = at + 1; i < b->json->nodes[at].next; i = b->json->nodes[i].next) {
        rc = agt_compile_type_name(b, i, &node->types);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


static int
agt_compile_type_name(agt_build_t *b, uint32_t at, uint8_t *types)
{
    uint8_t    type;
    agt_str_t  name;

    for (type = 1; type <= AGT_SCHEMA_INTEGER; type = (uint8_t) (type << 1)) {
        name = agt_str_from(type == AGT_SCHEMA_INTEGER
                            ? "integer" : agt_json_type_name(type));

        if (b->json->nodes[at].type == AGT_JSON_STRING
            && agt_json_string_is(b->json, at, name))
        {
            *types |= type;
            return AGT_OK;
        }
    }

    return agt_build_error(b, at, "\"type\" must be the name of a type");
}


static int
agt_compile_enum(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    return agt_compile_listed(b, op, at + 1, b->json->nodes[at].count);
}


static int
agt_compile_const(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    return agt_compile_listed(b, op, at, 1);
}


static int
agt_compile_listed(agt_build_t *b, agt_schema_op_t *op, uint32_t at,
    uint32_t n)
{
    uint32_t            i, slot, size;
    agt_schema_enum_t  *e;

    size = 4;

    while (size / 2 < n) {
        size *= 2;
    }

    e = agt_calloc(b->mem, 1, sizeof(agt_schema_enum_t));
    if (e == NULL) {
        return AGT_ERROR;
    }

    e->doc = b->json;
    e->n = n;
    e->mask = size - 1;

    e->values = agt_calloc(b->mem, n, sizeof(uint32_t));
    e->hashes = agt_calloc(b->mem, n, sizeof(uint64_t));
    e->strings = agt_calloc(b->mem, n, sizeof(agt_str_t));
    e->slots = agt_calloc(b->mem, size, sizeof(uint32_t));

    if (e->values == NULL || e->hashes == NULL || e->strings == NULL
        || e->slots == NULL)
    {
        return AGT_ERROR;
    }

    for (i = 0; i < n; i++, at = b->json->nodes[at].next) {
        e->types |= b->json->nodes[at].type;
        e->values[i] = at;
        e->hashes[i] = agt_schema_hash(&b->value, b->json, at);

        slot = (uint32_t) e->hashes[i] & e->mask;

        while (e->slots[slot] != 0) {
            slot = (slot + 1) & e->mask;
        }

        e->slots[slot] = i + 1;

        if (b->json->nodes[at].type == AGT_JSON_STRING
            && agt_json_string(b->json, at, b->mem, &e->strings[e->nstrings++])
               != AGT_OK)
        {
            return AGT_ERROR;
        }
    }

    op->u.enumeration = e;

    return b->value.stop ? AGT_ERROR : AGT_OK;
}


static int
agt_compile_limit(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    agt_schema_limit_t  *limit;

    limit = agt_calloc(b->mem, 1, sizeof(agt_schema_limit_t));
    if (limit == NULL) {
        return AGT_ERROR;
    }

    limit->text = agt_json_raw(b->json, at);

    agt_number_read(&limit->number, limit->text);

    limit->small = agt_number_int64(&limit->number, &limit->value);

    op->u.limit = limit;

    return AGT_OK;
}


static int
agt_compile_multiple(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    int                  rc;
    const agt_number_t  *number;

    rc = agt_compile_limit(b, op, at);
    if (rc != AGT_OK) {
        return rc;
    }

    number = &op->u.limit->number;

    if (number->n == 0 || number->negative) {
        return agt_build_error(b, at, "\"multipleOf\" must be greater than 0");
    }

    if (number->n > AGT_NUMBER_DIVISOR) {
        return agt_build_error(b, at, "\"multipleOf\" has more than %d digits",
                               AGT_NUMBER_DIVISOR);
    }

    return AGT_OK;
}


static int
agt_compile_number(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    op->u.number = agt_compile_count(b, at);

    return AGT_OK;
}


uint64_t
agt_compile_count(agt_build_t *b, uint32_t at)
{
    int64_t       value;
    agt_number_t  number;

    agt_number_read(&number, agt_json_raw(b->json, at));

    if (number.negative) {
        return 0;
    }

    return agt_number_int64(&number, &value) ? (uint64_t) value : INT64_MAX;
}


static int
agt_compile_format(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    agt_str_t  name;

    if (!b->formats && !(b->dialect->vocabularies & AGT_VOCAB_ASSERTION)) {
        return AGT_DONE;
    }

    if (agt_json_string(b->json, at, b->tmp, &name) != AGT_OK) {
        return AGT_ERROR;
    }

    op->u.format = agt_schema_format(name);

    return op->u.format != NULL ? AGT_OK : AGT_DONE;
}


static int
agt_compile_pattern(agt_build_t *b, agt_schema_op_t *op, uint32_t at)
{
    return agt_compile_regex(b, at, &op->u.pattern);
}


int
agt_compile_regex(agt_build_t *b, uint32_t at,
    const agt_schema_pattern_t **pattern)
{
    int                    rc;
    uint32_t               i;
    agt_str_t              text;
    agt_error_t            err;
    agt_schema_pattern_t  *p;

    rc = agt_json_string(b->json, at, b->mem, &text);
    if (rc != AGT_OK) {
        return rc;
    }

    for (i = 0; i < b->npatterns; i++) {
        if (agt_str_eq(b->patterns[i]->text, text)) {
            *pattern = b->patterns[i];
            return AGT_OK;
        }
    }

    if (b->npatterns == AGT_BUILD_PATTERNS) {
        return agt_build_error(b, at, "more than %d regular expressions",
                               AGT_BUILD_PATTERNS);
    }

    b->regex += text.len;

    if (b->regex > AGT_BUILD_REGEX) {
        return agt_build_error(b, at, "regular expressions of more than %d"
                               " bytes in all", AGT_BUILD_REGEX);
    }

    p = agt_alloc(b->mem, sizeof(agt_schema_pattern_t));
    if (p == NULL) {
        return AGT_ERROR;
    }

    agt_error_init(&err);
    p->text = text;

    rc = agt_regex_compile(&p->regex, text, AGT_REGEX_ECMA, b->mem, &err);

    if (rc == AGT_DECLINED) {
        return agt_build_error(b, at, "%s", err.message);
    }

    if (rc == AGT_OK) {
        b->patterns[b->npatterns++] = p;
        *pattern = p;
    }

    return rc;
}
