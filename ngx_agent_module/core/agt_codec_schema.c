
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Strict mode is a promise of the provider: no token is sampled that leaves
 * the schema.  It takes only a part of JSON Schema, closes every object and
 * makes every property required, so a schema goes there only if that changes
 * nothing that its author could mean:
 *
 *     - an object has properties, names none as required that it lacks, and
 *       says nothing else about others than that there are none;
 *     - an optional property may be null: then null stands for its absence.
 *       One that may not be null would have to be invented by the model;
 *     - what is left out says something of one value alone (a length, a
 *       format), so that answers that are valid under the whole schema remain.
 *       allOf, if, not, dependent*, patternProperties and their kind say
 *       something of a value's members: without them it would be another
 *       object that is closed, maybe one that is never valid.
 *
 * A type is added where only properties or an enum tell it, oneOf and an
 * allOf of one become anyOf, a $ref has no neighbours.  All other schemas are
 * sent for the model to read: what no provider takes is left out, nothing is
 * closed, so that every valid answer stays valid even where a server does
 * enforce it.
 *
 * The schema is walked twice at most, first for strict mode.  Its depth is
 * bounded by the reader's.
 */


#include "agt_codec_read.h"
#include "agt_codec_schema.h"
#include "agt_codec_strict.h"


/* references that lead from the root to its true content */

#define AGT_REWRITE_HOPS        8


typedef struct {
    const agt_json_t  *doc;
    agt_mem_t         *mem;
    agt_buf_t          out;
    uint32_t           root;         /* behind the references at the top */
    uint32_t           defs;         /* the root's definitions, ... */
    agt_str_t          prefix;       /* ... and how references begin to them */
    uint32_t           dropped;
    agt_strict_count_t count;
    bool               strict;       /* what this pass is for */
    bool               unable;       /* strict mode cannot say it */
    bool               rebased;      /* an $id inside: references may lie */
} agt_rewrite_t;


static void agt_rewrite_init(agt_rewrite_t *rw, const agt_json_t *doc,
    agt_mem_t *mem);
static bool agt_rewrite_rebased(const agt_json_t *doc);
static uint32_t agt_rewrite_root(const agt_rewrite_t *rw);
static int agt_rewrite_pass(agt_rewrite_t *rw, bool strict);
static void agt_rewrite_schema(agt_rewrite_t *rw, uint32_t i, uint32_t depth);
static bool agt_rewrite_ref_known(const agt_rewrite_t *rw, uint32_t i,
    uint32_t *target, agt_str_t *name);

static void agt_rewrite_member(agt_rewrite_t *rw,
    const agt_strict_facts_t *facts, uint32_t key, uint32_t depth);
static void agt_rewrite_put_bound(agt_rewrite_t *rw,
    const agt_keyword_t *keyword, const agt_strict_facts_t *facts,
    uint32_t i);
static void agt_rewrite_put_rest(agt_rewrite_t *rw,
    const agt_keyword_t *keyword, const agt_strict_facts_t *facts,
    agt_keyword_e other, uint32_t i, uint32_t depth);
static void agt_rewrite_put_union(agt_rewrite_t *rw,
    const agt_keyword_t *keyword, const agt_strict_facts_t *facts,
    uint32_t list, uint32_t depth);
static void agt_rewrite_put_ref(agt_rewrite_t *rw,
    const agt_strict_facts_t *facts, uint32_t i);
static void agt_rewrite_put_defs(agt_rewrite_t *rw);
static void agt_rewrite_put_schemas(agt_rewrite_t *rw, agt_str_t name,
    uint32_t object, uint32_t depth);
static void agt_rewrite_put_closed(agt_rewrite_t *rw, uint32_t properties);
static void agt_rewrite_put_type(agt_rewrite_t *rw,
    const agt_strict_facts_t *facts);
static void agt_rewrite_put(agt_rewrite_t *rw, agt_str_t name, uint32_t i);
static void agt_rewrite_put_name(agt_rewrite_t *rw, agt_str_t name);


int
agt_codec_schema_rewrite(agt_codec_schema_t *schema, const agt_json_t *doc,
    agt_mem_t *mem)
{
    agt_rewrite_t       rw;
    agt_strict_facts_t  facts;

    memset(schema, 0, sizeof(agt_codec_schema_t));

    if (doc->nodes[0].type != AGT_JSON_OBJECT) {
        return AGT_OK;
    }

    agt_rewrite_init(&rw, doc, mem);
    agt_strict_facts(doc, rw.root, &facts);

    if (facts.types != AGT_JSON_OBJECT) {
        return AGT_OK;
    }

    schema->object = true;
    schema->named = (facts.kinds & kw(KW_PROPERTIES))
                    && doc->nodes[facts.at[KW_PROPERTIES]].count != 0;

    if (agt_rewrite_pass(&rw, true) != AGT_OK) {
        return AGT_ERROR;
    }

    if (rw.unable && agt_rewrite_pass(&rw, false) != AGT_OK) {
        return AGT_ERROR;
    }

    schema->text = agt_buf_slice(&rw.out);
    schema->dropped = rw.dropped;
    schema->strict = rw.strict;

    return AGT_OK;
}


static void
agt_rewrite_init(agt_rewrite_t *rw, const agt_json_t *doc, agt_mem_t *mem)
{
    static const agt_str_t  defs = agt_string("$defs");
    static const agt_str_t  definitions = agt_string("definitions");

    memset(rw, 0, sizeof(agt_rewrite_t));

    rw->doc = doc;
    rw->mem = mem;
    rw->rebased = agt_rewrite_rebased(doc);

    rw->defs = agt_json_member(doc, 0, defs);
    rw->prefix = agt_str_from("#/$defs/");

    if (rw->defs == AGT_JSON_NONE) {
        rw->defs = agt_json_member(doc, 0, definitions);
        rw->prefix = agt_str_from("#/definitions/");
    }

    if (!agt_codec_type(doc, rw->defs, AGT_JSON_OBJECT)) {
        rw->defs = AGT_JSON_NONE;
    }

    rw->root = agt_rewrite_root(rw);

    /*
     * The shortest object, {"properties":{"":0}}, becomes less than eight
     * times as long, and what the root refers to comes twice.
     */

    agt_buf_init(&rw->out, mem, doc->text.len, 16 * doc->text.len + 4096);
}


/* a property of that name counts as well: rare enough */

static bool
agt_rewrite_rebased(const agt_json_t *doc)
{
    uint32_t                i, root;
    static const agt_str_t  id = agt_string("$id");

    root = agt_json_member(doc, 0, id);

    for (i = 1; i < doc->n; i++) {
        if ((doc->nodes[i].flags & AGT_JSON_KEY) && i + 1 != root
            && agt_json_string_is(doc, i, id))
        {
            return true;
        }
    }

    return false;
}


/* generators like to have nothing but a reference at the top */

static uint32_t
agt_rewrite_root(const agt_rewrite_t *rw)
{
    uint32_t            n, root, target;
    agt_str_t           name;
    agt_strict_facts_t  facts;

    root = 0;

    for (n = 0; n < AGT_REWRITE_HOPS; n++) {
        agt_strict_facts(rw->doc, root, &facts);

        if (!(facts.kinds & kw(KW_REF))
            || (facts.kinds & ~(kw(KW_REF)|kw(KW_TEXT)|kw(KW_DEFS)))
            || !agt_rewrite_ref_known(rw, facts.at[KW_REF], &target, &name)
            || rw->doc->nodes[target].type != AGT_JSON_OBJECT)
        {
            break;
        }

        root = target;
    }

    return root;
}


static int
agt_rewrite_pass(agt_rewrite_t *rw, bool strict)
{
    agt_buf_reset(&rw->out);

    rw->strict = strict;
    rw->unable = false;
    rw->dropped = 0;
    memset(&rw->count, 0, sizeof(agt_strict_count_t));

    agt_rewrite_schema(rw, rw->root, 1);

    /* the definitions are still to come where the root was one of them */

    if (rw->root != 0 && rw->out.len != 0) {
        rw->out.len--;
        agt_rewrite_put_defs(rw);
        (void) agt_buf_char(&rw->out, '}');
    }

    rw->unable |= !agt_strict_within(&rw->count);

    return rw->out.failed ? AGT_ERROR : AGT_OK;
}


static void
agt_rewrite_schema(agt_rewrite_t *rw, uint32_t i, uint32_t depth)
{
    uint32_t            k, end;
    const agt_json_t   *doc;
    agt_strict_facts_t  facts;

    doc = rw->doc;

    /* true and false */

    if (doc->nodes[i].type != AGT_JSON_OBJECT) {
        rw->unable = true;
        (void) agt_json_minify(doc, i, &rw->out);
        return;
    }

    agt_strict_facts(doc, i, &facts);

    if (rw->strict
        && (rw->unable
            || !agt_strict_fits(doc, &facts, i == rw->root, depth,
                                &rw->count)))
    {
        rw->unable = true;
        return;
    }

    (void) agt_buf_char(&rw->out, '{');

    if (!(facts.kinds & kw(KW_TYPE)) && facts.types != 0
        && (rw->strict || i == rw->root))
    {
        agt_rewrite_put_type(rw, &facts);
    }

    end = doc->nodes[i].next;

    for (k = i + 1; k < end; k = doc->nodes[k + 1].next) {
        agt_rewrite_member(rw, &facts, k, depth);
    }

    (void) agt_buf_char(&rw->out, '}');
}


static void
agt_rewrite_member(agt_rewrite_t *rw, const agt_strict_facts_t *facts,
    uint32_t key, uint32_t depth)
{
    uint32_t              i;
    const agt_keyword_t  *keyword;

    i = key + 1;

    keyword = agt_strict_keyword(rw->doc, key);
    if (keyword == NULL) {
        return;
    }

    switch (keyword->kind) {

    case KW_NUMBER:
    case KW_PATTERN:
    case KW_FORMAT:
    case KW_SIZE:
        agt_rewrite_put_bound(rw, keyword, facts, i);
        break;

    case KW_ITEMS:
        agt_rewrite_put_rest(rw, keyword, facts, KW_PREFIX_ITEMS, i, depth);
        break;

    case KW_PROPERTIES:
        agt_rewrite_put_schemas(rw, keyword->name, i, depth + 1);

        if (rw->strict) {
            agt_rewrite_put_closed(rw, i);
        }

        break;

    case KW_REQUIRED:
        if (!rw->strict) {
            agt_rewrite_put(rw, keyword->name, i);
        }

        break;

    case KW_ADDITIONAL:
        if (!rw->strict) {
            agt_rewrite_put_rest(rw, keyword, facts, KW_PATTERNS, i, depth);
        }

        break;

    case KW_ANY_OF:
    case KW_ONE_OF:
        agt_rewrite_put_union(rw, keyword, facts, i, depth);
        break;

    case KW_REF:
        agt_rewrite_put_ref(rw, facts, i);
        break;

    case KW_DEFS:
        if (i == rw->defs) {
            agt_rewrite_put_defs(rw);
        }

        break;

    case KW_TEXT:
    case KW_TYPE:
    case KW_ENUM:
    case KW_CONST:
        agt_rewrite_put(rw, keyword->name, i);
        break;

    default: /* KW_LEAF, KW_SHAPE, KW_ALL_OF, KW_PREFIX_ITEMS, KW_PATTERNS */
        rw->dropped++;
    }
}


/* a keyword that means something to values of one type only */

static void
agt_rewrite_put_bound(agt_rewrite_t *rw, const agt_keyword_t *keyword,
    const agt_strict_facts_t *facts, uint32_t i)
{
    bool     fits;
    uint8_t  type;

    fits = true;

    switch (keyword->kind) {

    case KW_NUMBER:
        type = AGT_JSON_NUMBER;
        break;

    case KW_SIZE:
        type = AGT_JSON_ARRAY;
        break;

    case KW_PATTERN:
        type = AGT_JSON_STRING;
        fits = agt_strict_pattern(rw->doc, i, rw->mem);
        break;

    default: /* KW_FORMAT */
        type = AGT_JSON_STRING;
        fits = agt_strict_format(rw->doc, i);
    }

    if (facts->types != 0 && !(facts->types & type)) {
        return;
    }

    if (!fits) {
        rw->dropped++;
        return;
    }

    agt_rewrite_put(rw, keyword->name, i);
}


/* a schema for what another keyword leaves: without that one it says more */

static void
agt_rewrite_put_rest(agt_rewrite_t *rw, const agt_keyword_t *keyword,
    const agt_strict_facts_t *facts, agt_keyword_e other, uint32_t i,
    uint32_t depth)
{
    if (facts->kinds & kw(other)) {
        rw->dropped++;
        return;
    }

    agt_rewrite_put_name(rw, keyword->name);
    agt_rewrite_schema(rw, i, depth + 1);
}


/* that only one may be valid is not said any more */

static void
agt_rewrite_put_union(agt_rewrite_t *rw, const agt_keyword_t *keyword,
    const agt_strict_facts_t *facts, uint32_t list, uint32_t depth)
{
    uint32_t                i, end;
    static const agt_str_t  name = agt_string("anyOf");

    rw->dropped += (keyword->kind == KW_ONE_OF);

    if ((facts->kinds & kw(KW_ANY_OF)) && list != facts->at[KW_ANY_OF]) {
        rw->dropped += (keyword->kind == KW_ANY_OF);
        return;
    }

    agt_rewrite_put_name(rw, name);
    (void) agt_buf_char(&rw->out, '[');

    end = rw->doc->nodes[list].next;

    for (i = list + 1; i < end; i = rw->doc->nodes[i].next) {

        if (i != list + 1) {
            (void) agt_buf_char(&rw->out, ',');
        }

        agt_rewrite_schema(rw, i, depth);
    }

    (void) agt_buf_char(&rw->out, ']');
}


/* beside a description a reference stands in a union of its own */

static void
agt_rewrite_put_ref(agt_rewrite_t *rw, const agt_strict_facts_t *facts,
    uint32_t i)
{
    bool                    alone;
    uint32_t                target;
    agt_str_t               name;
    static const agt_str_t  ref = agt_string("$ref");
    static const agt_str_t  any_of = agt_string("anyOf");

    if (!agt_rewrite_ref_known(rw, i, &target, &name)) {
        rw->dropped++;
        rw->unable = true;
        return;
    }

    alone = !rw->strict || !(facts->kinds & kw(KW_TEXT));

    if (!alone) {
        agt_rewrite_put_name(rw, any_of);
        (void) agt_buf_text(&rw->out, "[{");
    }

    agt_rewrite_put_name(rw, ref);
    (void) agt_buf_text(&rw->out, name.len != 0 ? "\"#/$defs/" : "\"#");
    (void) agt_buf_str(&rw->out, name);
    (void) agt_buf_text(&rw->out, alone ? "\"" : "\"}]");
}


static void
agt_rewrite_put_defs(agt_rewrite_t *rw)
{
    uint32_t                i, end;
    static const agt_str_t  name = agt_string("$defs");

    if (rw->defs == AGT_JSON_NONE) {
        return;
    }

    end = rw->doc->nodes[rw->defs].next;

    for (i = rw->defs + 1; i < end; i = rw->doc->nodes[i + 1].next) {
        rw->count.chars += rw->doc->nodes[i].len;
    }

    agt_rewrite_put_schemas(rw, name, rw->defs, 1);
}


static void
agt_rewrite_put_schemas(agt_rewrite_t *rw, agt_str_t name, uint32_t object,
    uint32_t depth)
{
    uint32_t  i, end;

    agt_rewrite_put_name(rw, name);
    (void) agt_buf_char(&rw->out, '{');

    end = rw->doc->nodes[object].next;

    for (i = object + 1; i < end; i = rw->doc->nodes[i + 1].next) {

        if (i != object + 1) {
            (void) agt_buf_char(&rw->out, ',');
        }

        (void) agt_buf_str(&rw->out, agt_json_raw(rw->doc, i));
        (void) agt_buf_char(&rw->out, ':');

        agt_rewrite_schema(rw, i + 1, depth);
    }

    (void) agt_buf_char(&rw->out, '}');
}


static void
agt_rewrite_put_closed(agt_rewrite_t *rw, uint32_t properties)
{
    uint32_t                i, end;
    static const agt_str_t  name = agt_string("required");

    agt_rewrite_put_name(rw, name);
    (void) agt_buf_char(&rw->out, '[');

    end = rw->doc->nodes[properties].next;

    for (i = properties + 1; i < end; i = rw->doc->nodes[i + 1].next) {

        if (i != properties + 1) {
            (void) agt_buf_char(&rw->out, ',');
        }

        (void) agt_buf_str(&rw->out, agt_json_raw(rw->doc, i));
    }

    (void) agt_buf_text(&rw->out, "],\"additionalProperties\":false");
}


static void
agt_rewrite_put_type(agt_rewrite_t *rw, const agt_strict_facts_t *facts)
{
    bool                    null;
    uint8_t                 type;
    const char             *text;
    static const agt_str_t  name = agt_string("type");

    type = facts->types & (uint8_t) ~AGT_JSON_NULL;
    null = type != facts->types && type != 0;

    text = agt_json_type_name(type != 0 ? type : AGT_JSON_NULL);

    if (type == AGT_JSON_NUMBER && facts->integer) {
        text = "integer";
    }

    agt_rewrite_put_name(rw, name);
    (void) agt_buf_text(&rw->out, null ? "[\"" : "\"");
    (void) agt_buf_text(&rw->out, text);
    (void) agt_buf_text(&rw->out, null ? "\",\"null\"]" : "\"");
}


/* a list of one type is that type */

static void
agt_rewrite_put(agt_rewrite_t *rw, agt_str_t name, uint32_t i)
{
    const agt_json_node_t  *node;

    node = &rw->doc->nodes[i];

    if (node->type == AGT_JSON_ARRAY && node->count == 1
        && agt_str_is(name, "type"))
    {
        i++;
    }

    agt_rewrite_put_name(rw, name);
    (void) agt_json_minify(rw->doc, i, &rw->out);
}


static void
agt_rewrite_put_name(agt_rewrite_t *rw, agt_str_t name)
{
    agt_buf_t  *out = &rw->out;

    if (out->len != 0 && out->data[out->len - 1] != '{') {
        (void) agt_buf_char(out, ',');
    }

    (void) agt_buf_char(out, '"');
    (void) agt_buf_str(out, name);
    (void) agt_buf_text(out, "\":");
}


/*
 * References that remain after the rewriting: to the root, and to the root's
 * definitions, which are "$defs" or, in older schemas, "definitions".  *name
 * is empty for the root.
 */

static bool
agt_rewrite_ref_known(const agt_rewrite_t *rw, uint32_t i, uint32_t *target,
    agt_str_t *name)
{
    size_t                  k, n;
    agt_str_t               ref;
    const agt_json_node_t  *node;

    node = &rw->doc->nodes[i];

    if (rw->rebased || node->type != AGT_JSON_STRING
        || (node->flags & AGT_JSON_ESCAPED))
    {
        return false;
    }

    ref = agt_str_make(rw->doc->text.data + node->off, node->len);

    *target = 0;
    *name = agt_str_make(NULL, 0);

    if (agt_str_is(ref, "#")) {
        return true;
    }

    n = rw->prefix.len;

    if (rw->defs == AGT_JSON_NONE || ref.len <= n
        || memcmp(ref.data, rw->prefix.data, n) != 0)
    {
        return false;
    }

    *name = agt_str_make(ref.data + n, ref.len - n);

    for (k = 0; k < name->len; k++) {
        if (strchr("/~%", name->data[k]) != NULL) {
            return false;
        }
    }

    *target = agt_json_member(rw->doc, rw->defs, *name);

    return *target != AGT_JSON_NONE;
}
