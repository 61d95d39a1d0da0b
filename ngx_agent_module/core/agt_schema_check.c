
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Walks the instance and the compiled schema side by side.
 */


#include "agt_schema_run.h"


#define AGT_CHECK_CHUNK   4096     /* bytes of scratch that are asked for */


static int agt_check_entered(agt_schema_check_t *c, uint32_t node, uint32_t i,
    agt_schema_seen_t *seen);
static inline int agt_check_ops(agt_schema_check_t *c,
    const agt_schema_node_t *node, uint32_t i, agt_schema_seen_t *seen);
static bool agt_check_type(const agt_schema_check_t *c, uint8_t types,
    uint32_t i);
static int agt_check_result(agt_schema_check_t *c, int rc);


static const agt_schema_op_pt  agt_check_handlers[] = {
#define AGT_CHECK_HANDLER(id, handler, keyword)   agt_schema_op_##handler,
    AGT_SCHEMA_OP_MAP(AGT_CHECK_HANDLER)
#undef AGT_CHECK_HANDLER
};


int
agt_schema_check(const agt_schema_t *schema, const agt_json_t *doc, uint32_t i,
    agt_mem_t *mem, agt_schema_report_t *report)
{
    char                pointer[AGT_ERROR_POINTER];
    agt_buf_t           buf;
    agt_schema_check_t  c;
    _Alignas(16) char   memory[AGT_SCHEMA_SCRATCH];

    c.schema = schema;
    c.doc = doc;
    c.nodes = doc->nodes;
    c.mem = mem;
    c.fuel = AGT_SCHEMA_FUEL;
    c.report = report;
    c.quick = report == NULL;
    c.stop = AGT_OK;
    c.reason = NULL;
    c.start = i;
    c.where = i;
    c.depth = 0;
    c.scope = NULL;
    c.failed = i;
    c.failed_kind = 0;
    c.failed_types = 0;
    c.naming = false;
    c.decoded = AGT_JSON_NONE;
    c.root = 0;

    c.first.next = NULL;
    c.first.data = memory;
    c.first.size = sizeof(memory);
    c.scratch.chunk = &c.first;
    c.scratch.used = 0;

    /* strings of the schema are read there too */

    agt_buf_init(&c.buf, mem, 256, doc->text.len + AGT_SCHEMA_TEXT);

    if (report != NULL) {
        report->max = report->max != 0 ? report->max : AGT_SCHEMA_VIOLATIONS;
        report->violations = NULL;
        report->n = 0;
        report->total = 0;
        report->exhausted = false;

        c.fuel = report->fuel != 0 ? report->fuel : AGT_SCHEMA_FUEL;

        if (i != 0) {
            agt_buf_fixed(&buf, pointer, sizeof(pointer));
            (void) agt_json_pointer(doc, i, &buf);
            c.root = buf.len;
        }
    }

    return agt_check_result(&c, agt_schema_run(&c, schema->root, i, NULL));
}


/* what ended a check early is its last violation, also over the maximum */

static int
agt_check_result(agt_schema_check_t *c, int rc)
{
    agt_schema_report_t  *report;

    if (c->stop == AGT_OK) {
        return rc;
    }

    report = c->report;

    if (c->stop == AGT_ERROR || report == NULL) {
        return c->stop;
    }

    report->exhausted = true;
    report->n = agt_min(report->n, report->max - 1);

    c->stop = AGT_OK;
    (void) agt_schema_fail_keyword(c, "", c->where, "%s", c->reason);

    return c->stop == AGT_OK ? AGT_DECLINED : AGT_ERROR;
}


static inline int
agt_check_ops(agt_schema_check_t *c, const agt_schema_node_t *node, uint32_t i,
    agt_schema_seen_t *seen)
{
    int                     rc;
    uint8_t                 type;
    const agt_schema_op_t  *op, *end;

    rc = AGT_OK;
    type = c->nodes[i].type;

    op = &c->schema->ops[node->ops];
    end = op + node->nops;

    for (/* void */; op < end; op++) {

        if (!(op->types & type)) {
            continue;
        }

        if (agt_check_handlers[op->kind](c, op, i, seen) != AGT_OK) {
            rc = AGT_DECLINED;

            if (c->quick) {
                break;
            }
        }
    }

    return rc;
}


int
agt_schema_run(agt_schema_check_t *c, uint32_t id, uint32_t i,
    agt_schema_seen_t *seen)
{
    int                       rc;
    const agt_schema_node_t  *node;

    node = &c->schema->nodes[id];

    if (c->depth == AGT_SCHEMA_DEPTH) {
        return agt_schema_give_up(c, i, "is nested too deep to check");
    }

    if (c->fuel == 0) {
        return agt_schema_give_up(c, i, AGT_SCHEMA_TOO_MANY);
    }

    c->fuel--;

    if (!(node->types & c->nodes[i].type)
        && !agt_check_type(c, node->types, i))
    {
        rc = agt_schema_fail_type(c, node->types, i);

        if (c->quick) {
            return rc;
        }

    } else {
        rc = AGT_OK;
    }

    if (node->nops == 0) {
        return rc;
    }

    c->depth++;

    if (c->schema->dynamic || node->rest) {
        if (agt_check_entered(c, id, i, seen) != AGT_OK) {
            rc = AGT_DECLINED;
        }

    } else if (agt_check_ops(c, node, i, seen) != AGT_OK) {
        rc = AGT_DECLINED;
    }

    c->depth--;

    return rc;
}


/* 1.0 is an integer too */

static bool
agt_check_type(const agt_schema_check_t *c, uint8_t types, uint32_t i)
{
    agt_number_t  number;

    if (c->nodes[i].type != AGT_JSON_NUMBER || !(types & AGT_SCHEMA_INTEGER)) {
        return false;
    }

    if (c->nodes[i].flags & AGT_JSON_INTEGER) {
        return true;
    }

    agt_number_read(&number, agt_json_raw(c->doc, i));

    return agt_number_is_integer(&number);
}


/*
 * Nodes that begin a dynamic scope, or that have to know what was evaluated:
 * that is what they and their applicators in place saw, no cousin of theirs.
 */

static int
agt_check_entered(agt_schema_check_t *c, uint32_t id, uint32_t i,
    agt_schema_seen_t *seen)
{
    int                        rc;
    agt_scratch_t              mark;
    agt_schema_seen_t         *own;
    agt_schema_scope_t         scope;
    const agt_schema_node_t   *node;
    const agt_schema_scope_t  *outer;

    node = &c->schema->nodes[id];
    outer = c->scope;

    if (c->schema->dynamic
        && (outer == NULL || outer->resource != node->resource))
    {
        scope.outer = outer;
        scope.resource = node->resource;
        c->scope = &scope;
    }

    if (node->rest
        && (c->nodes[i].type & (AGT_JSON_ARRAY | AGT_JSON_OBJECT)))
    {
        mark = agt_schema_mark(c);

        own = agt_schema_seen(c, i);

        rc = own != NULL ? agt_check_ops(c, node, i, own) : AGT_DECLINED;

        if (seen != NULL && own != NULL) {
            agt_schema_seen_merge(seen, own);
        }

        agt_schema_unmark(c, mark);

    } else {
        rc = agt_check_ops(c, node, i, seen);
    }

    c->scope = outer;

    return rc;
}


int
agt_schema_apply(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t node, uint32_t i, agt_schema_seen_t *seen)
{
    if (node == AGT_SCHEMA_FALSE) {
        return agt_schema_fail(c, op, i, "is not allowed here");
    }

    return agt_schema_run(c, node, i, seen);
}


int
agt_schema_try(agt_schema_check_t *c, uint32_t node, uint32_t i,
    agt_schema_seen_t *seen)
{
    int                   rc;
    bool                  quick;
    agt_schema_report_t  *report;

    if (c->stop) {
        return AGT_DECLINED;
    }

    report = c->report;
    quick = c->quick;

    c->report = NULL;
    c->quick = true;

    rc = agt_schema_run(c, node, i, seen);

    c->report = report;
    c->quick = quick || c->stop;

    return c->stop ? AGT_DECLINED : rc;
}


bool
agt_schema_string(agt_schema_check_t *c, uint32_t i, agt_str_t *s)
{
    const agt_json_node_t  *n;

    n = &c->nodes[i];

    *s = agt_str_make(c->doc->text.data + n->off, n->len);

    if (!(n->flags & AGT_JSON_ESCAPED)) {
        return true;
    }

    if (c->decoded != i) {
        agt_buf_reset(&c->buf);

        if (agt_json_unescape(&c->buf, *s) != AGT_OK) {
            (void) agt_schema_no_memory(c);
            return false;
        }

        c->decoded = i;
    }

    *s = agt_buf_slice(&c->buf);

    return true;
}


void *
agt_schema_scratch(agt_schema_check_t *c, size_t size)
{
    void                 *p;
    agt_scratch_chunk_t  *chunk, *next;

    size = (size + 15) & ~(size_t) 15;

    if (!agt_schema_pay(c, size / 64)) {
        return NULL;
    }

    chunk = c->scratch.chunk;

    if (size > chunk->size - c->scratch.used) {
        next = chunk->next;

        if (next == NULL || next->size < size) {
            next = agt_alloc(c->mem, sizeof(agt_scratch_chunk_t));
            if (next == NULL) {
                (void) agt_schema_no_memory(c);
                return NULL;
            }

            next->size = agt_max(size, agt_max(chunk->size * 2,
                                               (size_t) AGT_CHECK_CHUNK));

            next->data = agt_alloc(c->mem, next->size);
            if (next->data == NULL) {
                (void) agt_schema_no_memory(c);
                return NULL;
            }

            next->next = chunk->next;
            chunk->next = next;
        }

        c->scratch.chunk = next;
        c->scratch.used = 0;
    }

    p = c->scratch.chunk->data + c->scratch.used;
    c->scratch.used += size;

    memset(p, 0, size);

    return p;
}


agt_schema_seen_t *
agt_schema_seen(agt_schema_check_t *c, uint32_t i)
{
    uint32_t            words;
    agt_schema_seen_t  *seen;

    words = c->nodes[i].count / 64 + 1;

    seen = agt_schema_scratch(c, sizeof(agt_schema_seen_t)
                                 + words * sizeof(uint64_t));
    if (seen == NULL) {
        return NULL;
    }

    seen->bits = (uint64_t *) (seen + 1);
    seen->n = words;

    return seen;
}


void
agt_schema_see_all(agt_schema_seen_t *seen)
{
    if (seen != NULL) {
        memset(seen->bits, 0xff, seen->n * sizeof(uint64_t));
    }
}


void
agt_schema_seen_merge(agt_schema_seen_t *seen, const agt_schema_seen_t *other)
{
    uint32_t  i;

    for (i = 0; i < seen->n; i++) {
        seen->bits[i] |= other->bits[i];
    }
}


void
agt_schema_release(agt_schema_t *schema)
{
    uint32_t  i;

    if (schema == NULL) {
        return;
    }

    for (i = 0; i < schema->npatterns; i++) {
        agt_regex_release(schema->patterns[i]->regex);
    }

    schema->npatterns = 0;
}
