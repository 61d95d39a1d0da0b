
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_codec_read.h"
#include "agt_codec_strict.h"


/* limits of strict mode, as OpenAI publishes them */

#define AGT_STRICT_DEPTH        10
#define AGT_STRICT_PROPERTIES   5000
#define AGT_STRICT_ENUMS        1000
#define AGT_STRICT_CHARS        120000
#define AGT_STRICT_ENUM         250        /* values of an enum, of which ... */
#define AGT_STRICT_ENUM_CHARS   15000      /* ... no more than these chars */

#define KW_COMPOSED   (kw(KW_ANY_OF)|kw(KW_ONE_OF)|kw(KW_REF))
#define KW_OBJECT     (kw(KW_PROPERTIES)|kw(KW_REQUIRED)|kw(KW_ADDITIONAL))
#define KW_VALUES     (kw(KW_ENUM)|kw(KW_CONST))
#define KW_BREAKING   (kw(KW_SHAPE)|kw(KW_ALL_OF)|kw(KW_PREFIX_ITEMS)         \
                       |kw(KW_PATTERNS))

/* what a keyword's value may be; of those that are left out, anything */

#define AGT_JSON_NAMES    (AGT_JSON_STRING|AGT_JSON_ARRAY)
#define AGT_JSON_SCHEMA   (AGT_JSON_OBJECT|AGT_JSON_BOOLEAN)

/* what may stand beside a reference or a union */

#define KW_BESIDE     (kw(KW_TEXT)|kw(KW_LEAF)|kw(KW_DEFS))


static uint8_t agt_strict_types(const agt_json_t *doc, uint32_t i);
static uint8_t agt_strict_type(const agt_json_t *doc, uint32_t i);
static void agt_strict_implied(const agt_json_t *doc,
    agt_strict_facts_t *facts);
static void agt_strict_imply(const agt_json_node_t *node,
    agt_strict_facts_t *facts);
static bool agt_strict_type_fits(const agt_json_t *doc,
    const agt_strict_facts_t *facts);
static bool agt_strict_object_fits(const agt_json_t *doc,
    const agt_strict_facts_t *facts, agt_strict_count_t *count);
static bool agt_strict_enum_fits(const agt_json_t *doc,
    const agt_strict_facts_t *facts, agt_strict_count_t *count);
static bool agt_strict_listed(const agt_json_t *doc, uint32_t list,
    uint32_t key);
static bool agt_strict_nullable(const agt_json_t *doc, uint32_t i);
static bool agt_strict_null_in(const agt_json_t *doc, uint32_t list,
    bool schemas);


/* generators write allOf around a single reference: as good as anyOf */

static const agt_keyword_t  agt_keyword_single = {
    agt_string("anyOf"), KW_ANY_OF, AGT_JSON_ARRAY
};


static const agt_keyword_t  agt_keywords[] = {
    { agt_string("type"),                  KW_TYPE, AGT_JSON_NAMES },
    { agt_string("properties"),            KW_PROPERTIES, AGT_JSON_OBJECT },
    { agt_string("required"),              KW_REQUIRED, AGT_JSON_ARRAY },
    { agt_string("additionalProperties"),  KW_ADDITIONAL, AGT_JSON_SCHEMA },
    { agt_string("items"),                 KW_ITEMS, AGT_JSON_SCHEMA },
    { agt_string("description"),           KW_TEXT, AGT_JSON_STRING },
    { agt_string("title"),                 KW_TEXT, AGT_JSON_STRING },
    { agt_string("enum"),                  KW_ENUM, AGT_JSON_ARRAY },
    { agt_string("const"),                 KW_CONST, AGT_JSON_ANY },
    { agt_string("anyOf"),                 KW_ANY_OF, AGT_JSON_ARRAY },
    { agt_string("oneOf"),                 KW_ONE_OF, AGT_JSON_ARRAY },
    { agt_string("$ref"),                  KW_REF, AGT_JSON_STRING },
    { agt_string("$defs"),                 KW_DEFS, AGT_JSON_OBJECT },
    { agt_string("definitions"),           KW_DEFS, AGT_JSON_OBJECT },
    { agt_string("minimum"),               KW_NUMBER, AGT_JSON_NUMBER },
    { agt_string("maximum"),               KW_NUMBER, AGT_JSON_NUMBER },
    { agt_string("exclusiveMinimum"),      KW_NUMBER, AGT_JSON_NUMBER },
    { agt_string("exclusiveMaximum"),      KW_NUMBER, AGT_JSON_NUMBER },
    { agt_string("multipleOf"),            KW_NUMBER, AGT_JSON_NUMBER },
    { agt_string("pattern"),               KW_PATTERN, AGT_JSON_STRING },
    { agt_string("format"),                KW_FORMAT, AGT_JSON_STRING },
    { agt_string("minItems"),              KW_SIZE, AGT_JSON_NUMBER },
    { agt_string("maxItems"),              KW_SIZE, AGT_JSON_NUMBER },
    { agt_string("minLength"),             KW_LEAF, AGT_JSON_ANY },
    { agt_string("maxLength"),             KW_LEAF, AGT_JSON_ANY },
    { agt_string("uniqueItems"),           KW_LEAF, AGT_JSON_ANY },
    { agt_string("patternProperties"),     KW_PATTERNS, AGT_JSON_ANY },
    { agt_string("prefixItems"),           KW_PREFIX_ITEMS, AGT_JSON_ANY },
    { agt_string("allOf"),                 KW_ALL_OF, AGT_JSON_ARRAY },
    { agt_string("not"),                   KW_SHAPE, AGT_JSON_ANY },
    { agt_string("if"),                    KW_SHAPE, AGT_JSON_ANY },
    { agt_string("then"),                  KW_SHAPE, AGT_JSON_ANY },
    { agt_string("else"),                  KW_SHAPE, AGT_JSON_ANY },
    { agt_string("dependentRequired"),     KW_SHAPE, AGT_JSON_ANY },
    { agt_string("dependentSchemas"),      KW_SHAPE, AGT_JSON_ANY },
    { agt_string("dependencies"),          KW_SHAPE, AGT_JSON_ANY },
    { agt_string("propertyNames"),         KW_SHAPE, AGT_JSON_ANY },
    { agt_string("minProperties"),         KW_SHAPE, AGT_JSON_ANY },
    { agt_string("maxProperties"),         KW_SHAPE, AGT_JSON_ANY },
    { agt_string("contains"),              KW_SHAPE, AGT_JSON_ANY },
    { agt_string("minContains"),           KW_SHAPE, AGT_JSON_ANY },
    { agt_string("maxContains"),           KW_SHAPE, AGT_JSON_ANY },
    { agt_string("unevaluatedProperties"), KW_SHAPE, AGT_JSON_ANY },
    { agt_string("unevaluatedItems"),      KW_SHAPE, AGT_JSON_ANY },
    { agt_string("$dynamicRef"),           KW_SHAPE, AGT_JSON_ANY }
};


static const agt_str_t  agt_strict_formats[] = {
    agt_string("date-time"), agt_string("date"), agt_string("time"),
    agt_string("duration"), agt_string("email"), agt_string("hostname"),
    agt_string("ipv4"), agt_string("ipv6"), agt_string("uuid")
};


void
agt_strict_facts(const agt_json_t *doc, uint32_t i,
    agt_strict_facts_t *facts)
{
    uint32_t              k, end;
    const agt_keyword_t  *keyword;

    for (k = 0; k < KW_N; k++) {
        facts->at[k] = AGT_JSON_NONE;
    }

    facts->kinds = 0;
    facts->types = 0;
    facts->integer = false;

    end = doc->nodes[i].next;

    for (k = i + 1; k < end; k = doc->nodes[k + 1].next) {

        keyword = agt_strict_keyword(doc, k);

        if (keyword == NULL) {
            continue;
        }

        /* a second union: only one of them can be said */

        if (keyword->kind == KW_ANY_OF && (facts->kinds & kw(KW_ANY_OF))) {
            facts->kinds |= kw(KW_ALL_OF);
            continue;
        }

        facts->at[keyword->kind] = k + 1;
        facts->kinds |= kw(keyword->kind);
    }

    if (facts->at[KW_TYPE] != AGT_JSON_NONE) {
        facts->types = agt_strict_types(doc, facts->at[KW_TYPE]);

    } else {
        agt_strict_implied(doc, facts);
    }
}


const agt_keyword_t *
agt_strict_keyword(const agt_json_t *doc, uint32_t key)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_keywords); i++) {
        if (agt_json_string_is(doc, key, agt_keywords[i].name)) {
            break;
        }
    }

    if (i == agt_array_n(agt_keywords)
        || !(doc->nodes[key + 1].type & agt_keywords[i].types))
    {
        return NULL;
    }

    if (agt_keywords[i].kind == KW_ALL_OF && doc->nodes[key + 1].count == 1) {
        return &agt_keyword_single;
    }

    return &agt_keywords[i];
}


static uint8_t
agt_strict_types(const agt_json_t *doc, uint32_t i)
{
    uint8_t   types;
    uint32_t  k;

    if (doc->nodes[i].type != AGT_JSON_ARRAY) {
        return agt_strict_type(doc, i);
    }

    types = 0;

    for (k = i + 1; k < doc->nodes[i].next; k++) {
        types |= agt_strict_type(doc, k);
    }

    return types;
}


static uint8_t
agt_strict_type(const agt_json_t *doc, uint32_t i)
{
    size_t                  k;
    static const agt_str_t  integer = agt_string("integer");
    static const uint8_t    types[] = {
        AGT_JSON_STRING, AGT_JSON_NUMBER, AGT_JSON_BOOLEAN, AGT_JSON_OBJECT,
        AGT_JSON_ARRAY, AGT_JSON_NULL
    };

    if (doc->nodes[i].type != AGT_JSON_STRING) {
        return 0;
    }

    for (k = 0; k < agt_array_n(types); k++) {
        if (agt_json_string_is(doc, i,
                               agt_str_from(agt_json_type_name(types[k]))))
        {
            return types[k];
        }
    }

    return agt_json_string_is(doc, i, integer) ? AGT_JSON_NUMBER : 0;
}


static void
agt_strict_implied(const agt_json_t *doc, agt_strict_facts_t *facts)
{
    uint32_t  i, end;

    if (facts->kinds & kw(KW_PROPERTIES)) {
        facts->types = AGT_JSON_OBJECT;
        return;
    }

    facts->integer = true;

    i = facts->at[KW_CONST];

    if (i != AGT_JSON_NONE) {
        agt_strict_imply(&doc->nodes[i], facts);
        return;
    }

    i = facts->at[KW_ENUM];

    if (i != AGT_JSON_NONE) {
        end = doc->nodes[i].next;

        for (i++; i < end; i = doc->nodes[i].next) {
            agt_strict_imply(&doc->nodes[i], facts);
        }
    }
}


static void
agt_strict_imply(const agt_json_node_t *node, agt_strict_facts_t *facts)
{
    facts->types |= node->type;

    if (node->type == AGT_JSON_NUMBER && !(node->flags & AGT_JSON_INTEGER)) {
        facts->integer = false;
    }
}


bool
agt_strict_fits(const agt_json_t *doc, const agt_strict_facts_t *facts,
    bool root, uint32_t depth, agt_strict_count_t *count)
{
    uint8_t   type;
    unsigned  composed;

    if (depth > AGT_STRICT_DEPTH || (facts->kinds & KW_BREAKING)) {
        return false;
    }

    composed = facts->kinds & KW_COMPOSED;

    if (composed != 0) {
        return !root
               && (composed & (composed - 1)) == 0
               && (facts->kinds & ~(composed | KW_BESIDE)) == 0;
    }

    if (!agt_strict_type_fits(doc, facts)
        || (root && facts->types != AGT_JSON_OBJECT))
    {
        return false;
    }

    type = facts->types & (uint8_t) ~AGT_JSON_NULL;

    if (type == AGT_JSON_OBJECT) {
        return agt_strict_object_fits(doc, facts, count);
    }

    if (type == AGT_JSON_ARRAY) {
        return (facts->kinds & (KW_OBJECT|KW_VALUES)) == 0
               && agt_codec_type(doc, facts->at[KW_ITEMS], AGT_JSON_OBJECT);
    }

    return (facts->kinds & (KW_OBJECT|kw(KW_ITEMS))) == 0
           && agt_strict_enum_fits(doc, facts, count);
}


bool
agt_strict_within(const agt_strict_count_t *count)
{
    return count->properties <= AGT_STRICT_PROPERTIES
           && count->enums <= AGT_STRICT_ENUMS
           && count->chars <= AGT_STRICT_CHARS;
}


/* one type, and maybe null beside it */

static bool
agt_strict_type_fits(const agt_json_t *doc, const agt_strict_facts_t *facts)
{
    uint8_t                 type;
    uint32_t                n;
    const agt_json_node_t  *node;

    type = facts->types & (uint8_t) ~AGT_JSON_NULL;

    if (facts->types == 0 || (type & (type - 1)) != 0) {
        return false;
    }

    if (!(facts->kinds & kw(KW_TYPE))) {
        return true;
    }

    /* "integer" and "number" are one type here, and no more than one there */

    node = &doc->nodes[facts->at[KW_TYPE]];
    n = (type == 0 || type == facts->types) ? 1 : 2;

    return node->type != AGT_JSON_ARRAY || node->count == n;
}


static bool
agt_strict_object_fits(const agt_json_t *doc, const agt_strict_facts_t *facts,
    agt_strict_count_t *count)
{
    uint32_t  i, end, listed, required, properties, additional;

    properties = facts->at[KW_PROPERTIES];
    required = facts->at[KW_REQUIRED];
    additional = facts->at[KW_ADDITIONAL];

    if (!agt_codec_type(doc, properties, AGT_JSON_OBJECT)
        || doc->nodes[properties].count == 0
        || (facts->kinds & (kw(KW_ITEMS)|KW_VALUES)))
    {
        return false;
    }

    if (additional != AGT_JSON_NONE
        && (doc->nodes[additional].type != AGT_JSON_BOOLEAN
            || (doc->nodes[additional].flags & AGT_JSON_TRUE)))
    {
        return false;
    }

    /* the search below is quadratic in no more than these */

    count->properties += doc->nodes[properties].count;

    if (count->properties > AGT_STRICT_PROPERTIES
        || (required != AGT_JSON_NONE
            && doc->nodes[required].count > AGT_STRICT_PROPERTIES))
    {
        return false;
    }

    listed = 0;
    end = doc->nodes[properties].next;

    for (i = properties + 1; i < end; i = doc->nodes[i + 1].next) {
        count->chars += doc->nodes[i].len;

        if (doc->nodes[i].flags & AGT_JSON_ESCAPED) {
            return false;
        }

        if (agt_strict_listed(doc, required, i)) {
            listed++;

        } else if (!agt_strict_nullable(doc, i + 1)) {
            return false;
        }
    }

    return required == AGT_JSON_NONE || listed == doc->nodes[required].count;
}


static bool
agt_strict_enum_fits(const agt_json_t *doc, const agt_strict_facts_t *facts,
    agt_strict_count_t *count)
{
    size_t    chars;
    uint8_t   types;
    uint32_t  i, end, list;

    types = 0;

    i = facts->at[KW_CONST];

    if (i != AGT_JSON_NONE) {
        types |= doc->nodes[i].type;
        count->chars += doc->nodes[i].len;
    }

    list = facts->at[KW_ENUM];

    if (list != AGT_JSON_NONE) {
        chars = 0;
        end = doc->nodes[list].next;

        for (i = list + 1; i < end; i = doc->nodes[i].next) {
            types |= doc->nodes[i].type;
            chars += doc->nodes[i].len;
        }

        count->chars += chars;
        count->enums += doc->nodes[list].count;

        if (doc->nodes[list].count > AGT_STRICT_ENUM
            && chars > AGT_STRICT_ENUM_CHARS)
        {
            return false;
        }
    }

    return (types & ~facts->types) == 0;
}


/* the key has no escapes, and equals a string only without any */

static bool
agt_strict_listed(const agt_json_t *doc, uint32_t list, uint32_t key)
{
    uint32_t                i;
    const char             *text;
    const agt_json_node_t  *nodes;

    text = doc->text.data;
    nodes = doc->nodes;

    if (list == AGT_JSON_NONE) {
        return false;
    }

    for (i = list + 1; i < nodes[list].next; i = nodes[i].next) {
        if (nodes[i].len == nodes[key].len
            && nodes[i].type == AGT_JSON_STRING
            && memcmp(text + nodes[i].off, text + nodes[key].off,
                      nodes[i].len)
               == 0)
        {
            return true;
        }
    }

    return false;
}


/* whether null is valid, as far as it is easily seen */

static bool
agt_strict_nullable(const agt_json_t *doc, uint32_t i)
{
    uint32_t            value;
    agt_strict_facts_t  facts;

    if (doc->nodes[i].type != AGT_JSON_OBJECT) {
        return false;
    }

    agt_strict_facts(doc, i, &facts);

    if (facts.kinds & (KW_BREAKING|kw(KW_REF))) {
        return false;
    }

    /* strict mode has nothing beside a union */

    if (facts.kinds & kw(KW_ANY_OF)) {
        return agt_strict_null_in(doc, facts.at[KW_ANY_OF], true);
    }

    if (facts.kinds & kw(KW_ONE_OF)) {
        return agt_strict_null_in(doc, facts.at[KW_ONE_OF], true);
    }

    value = facts.at[KW_CONST];

    if (value != AGT_JSON_NONE && doc->nodes[value].type != AGT_JSON_NULL) {
        return false;
    }

    return (facts.types & AGT_JSON_NULL)
           && (!(facts.kinds & kw(KW_ENUM))
               || agt_strict_null_in(doc, facts.at[KW_ENUM], false));
}


static bool
agt_strict_null_in(const agt_json_t *doc, uint32_t list, bool schemas)
{
    uint32_t  i, end;

    end = doc->nodes[list].next;

    for (i = list + 1; i < end; i = doc->nodes[i].next) {

        if (schemas ? agt_strict_nullable(doc, i)
                    : doc->nodes[i].type == AGT_JSON_NULL)
        {
            return true;
        }
    }

    return false;
}


/*
 * Those engines are automata: no assertions, no references,
 * no classes of Unicode, and no laziness, which would change nothing.
 */

bool
agt_strict_pattern(const agt_json_t *doc, uint32_t i, agt_mem_t *mem)
{
    char       c, last;
    size_t     k;
    agt_str_t  s;

    if (agt_codec_string(doc, i, mem, &s) != AGT_OK) {
        return false;
    }

    last = '\0';

    for (k = 0; k < s.len; k++) {
        c = s.data[k];

        if (c == '\\') {
            k++;

            if (k == s.len || s.data[k] == '\0'
                || strchr("dDwWsSnrtfv\\/.*+?()[]{}|^$-", s.data[k]) == NULL)
            {
                return false;
            }

            c = '\0';

        } else if (c == '?' && last != '\0' && strchr("*+?}", last) != NULL) {
            return false;

        } else if (c == '?' && last == '('
                   && (k + 1 == s.len || s.data[k + 1] != ':'))
        {
            return false;
        }

        last = c;
    }

    return true;
}


bool
agt_strict_format(const agt_json_t *doc, uint32_t i)
{
    size_t  k;

    for (k = 0; k < agt_array_n(agt_strict_formats); k++) {
        if (agt_codec_type(doc, i, AGT_JSON_STRING)
            && agt_json_string_is(doc, i, agt_strict_formats[k]))
        {
            return true;
        }
    }

    return false;
}
