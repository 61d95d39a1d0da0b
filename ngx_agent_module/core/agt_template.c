
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Compiling: loads the text and the partials it names, and theirs, each once;
 * then looks at how they include each other.
 */


#include <stdarg.h>
#include <stdio.h>

#include "agt_template_op.h"
#include "agt_text.h"


/* offsets are 32 bits wide; an agent's files are far smaller */

#define AGT_TEMPLATE_TEXT_MAX    (64 * 1024 * 1024)

/*
 * Tags and the pieces of text between them: 4 MB of operations.  A megabyte
 * of "{{a}}" would take 200,000.
 */

#define AGT_TEMPLATE_OPS_MAX     (128 * 1024)

/* an agent has no more files */

#define AGT_TEMPLATE_UNITS_MAX   256


static int agt_template_load(agt_template_compiler_t *c);
static int agt_template_load_unit(agt_template_compiler_t *c, uint32_t unit);
static int agt_template_add_unit(agt_template_compiler_t *c, agt_str_t name,
    agt_str_t text);
static int agt_template_append(agt_template_compiler_t *c);
static int agt_template_depth(agt_template_compiler_t *c, uint32_t unit,
    uint32_t level);
static int agt_template_inner_depth(agt_template_compiler_t *c,
    uint32_t unit, const agt_template_op_t *op, uint32_t level);
static int agt_template_reach(agt_template_compiler_t *c);
static bool agt_template_includes(const agt_template_t *tmpl,
    const agt_template_op_t *op);
static int agt_template_evaluate(agt_template_compiler_t *c);


int
agt_template_compile(agt_template_t **tmpl, agt_str_t text,
    const agt_template_options_t *options, agt_mem_t *mem, agt_error_t *err)
{
    int                      rc;
    agt_template_compiler_t  c;

    memset(&c, 0, sizeof(agt_template_compiler_t));

    c.options = options;
    c.mem = mem;
    c.err = err;

    c.tmpl = agt_calloc(mem, 1, sizeof(agt_template_t));
    if (c.tmpl == NULL) {
        return AGT_ERROR;
    }

    rc = agt_template_add_unit(&c, agt_str_make("", 0), text);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_template_load(&c);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_template_reach(&c);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_template_depth(&c, 0, 0);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_template_evaluate(&c);
    if (rc != AGT_OK) {
        return rc;
    }

    *tmpl = c.tmpl;

    return AGT_OK;
}


/* the array of units grows while its partials are met */

static int
agt_template_load(agt_template_compiler_t *c)
{
    int       rc;
    uint32_t  i;

    for (i = 0; i < c->tmpl->units_n; i++) {
        rc = agt_template_load_unit(c, i);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


static int
agt_template_load_unit(agt_template_compiler_t *c, uint32_t unit)
{
    int                   rc;
    agt_template_op_t    *op;
    agt_template_unit_t  *u = &c->tmpl->units[unit];

    if (u->text.len > AGT_TEMPLATE_TEXT_MAX) {
        return agt_template_fail(c, unit, 0, "longer than %d bytes",
                                 AGT_TEMPLATE_TEXT_MAX);
    }

    u->first = c->tmpl->ops_n;

    rc = agt_template_parse(c, unit);

    if (rc == AGT_OK && unit == 0) {
        rc = agt_template_append(c);
    }

    if (rc != AGT_OK) {
        return rc;
    }

    return agt_template_op(c, unit, 0, AGT_TEMPLATE_RETURN, &op);
}


static int
agt_template_append(agt_template_compiler_t *c)
{
    int                 rc;
    uint32_t            i, unit;
    agt_str_t           name;
    agt_template_op_t  *op;

    if (c->options == NULL) {
        return AGT_OK;
    }

    for (i = 0; i < c->options->append_n; i++) {

        rc = agt_template_unit(c, c->options->append[i], &unit);

        if (rc == AGT_DECLINED) {
            name = agt_text_clip(c->options->append[i]);
            return agt_template_fail(c, 0, 0, "partial \"%.*s\" is not found",
                                     (int) name.len, name.data);
        }

        if (rc != AGT_OK) {
            return rc;
        }

        rc = agt_template_op(c, 0, 0, AGT_TEMPLATE_APPEND, &op);
        if (rc != AGT_OK) {
            return rc;
        }

        op->arg = unit;
    }

    return AGT_OK;
}


int
agt_template_unit(agt_template_compiler_t *c, agt_str_t name, uint32_t *unit)
{
    int              rc;
    uint32_t         i;
    agt_str_t        text = agt_null_string;
    agt_template_t  *tmpl = c->tmpl;

    /* the first unit, the template's own text, has no name */

    for (i = 1; i < tmpl->units_n; i++) {
        if (agt_str_eq(tmpl->units[i].name, name)) {
            *unit = i;
            return AGT_OK;
        }
    }

    if (c->options == NULL) {
        return AGT_DECLINED;
    }

    rc = (c->options->partial != NULL)
         ? c->options->partial(c->options->ctx, name, &text)
         : AGT_DECLINED;

    if (rc == AGT_DECLINED && c->options->lenient) {
        text = agt_str_make("", 0);
        rc = AGT_OK;
    }

    if (rc != AGT_OK) {
        return rc;
    }

    *unit = tmpl->units_n;

    return agt_template_add_unit(c, name, text);
}


static int
agt_template_add_unit(agt_template_compiler_t *c, agt_str_t name,
    agt_str_t text)
{
    agt_template_t       *tmpl = c->tmpl;
    agt_template_unit_t  *units;

    if (tmpl->units_n == AGT_TEMPLATE_UNITS_MAX) {
        agt_error_set(c->err, "more than %d partials",
                      AGT_TEMPLATE_UNITS_MAX - 1);
        return AGT_DECLINED;
    }

    units = agt_template_grow(c->mem, tmpl->units, sizeof(agt_template_unit_t),
                              tmpl->units_n, &c->units_size);
    if (units == NULL) {
        return AGT_ERROR;
    }

    memset(&units[tmpl->units_n], 0, sizeof(agt_template_unit_t));

    units[tmpl->units_n].name = name;
    units[tmpl->units_n].text = text;

    tmpl->units = units;
    tmpl->units_n++;

    return AGT_OK;
}


int
agt_template_op(agt_template_compiler_t *c, uint32_t unit, size_t offset,
    uint8_t type, agt_template_op_t **op)
{
    agt_template_t     *tmpl = c->tmpl;
    agt_template_op_t  *ops;

    if (tmpl->ops_n == AGT_TEMPLATE_OPS_MAX) {
        return agt_template_fail(c, unit, offset,
                                 "more than %d tags and pieces of text",
                                 AGT_TEMPLATE_OPS_MAX);
    }

    ops = agt_template_grow(c->mem, tmpl->ops, sizeof(agt_template_op_t),
                            tmpl->ops_n, &c->ops_size);
    if (ops == NULL) {
        return AGT_ERROR;
    }

    tmpl->ops = ops;

    *op = &ops[tmpl->ops_n++];

    memset(*op, 0, sizeof(agt_template_op_t));
    (*op)->type = type;
    (*op)->tag = (uint32_t) offset;

    return AGT_OK;
}


void *
agt_template_grow(agt_mem_t *mem, void *elts, size_t elt_size, uint32_t n,
    uint32_t *size)
{
    void  *grown;

    if (n < *size) {
        return elts;
    }

    /* n is below AGT_TEMPLATE_OPS_MAX, or a 64th of a file: no overflow */

    *size = (n == 0) ? 8 : n * 2;

    grown = agt_alloc(mem, *size * elt_size);
    if (grown == NULL) {
        return NULL;
    }

    if (n != 0) {
        memcpy(grown, elts, n * elt_size);
    }

    return grown;
}


/*
 * Marks what the template's own text reaches.  The array of units doubles as
 * the queue: a unit that is reached late sends the loop around again, at most
 * once for each unit.
 */

static int
agt_template_reach(agt_template_compiler_t *c)
{
    bool                      more;
    uint32_t                  i;
    agt_str_t                 name;
    agt_template_t           *tmpl = c->tmpl;
    const agt_template_op_t  *op;

    tmpl->units[0].reached = true;

    do {
        more = false;

        for (i = 0; i < tmpl->units_n; i++) {

            if (!tmpl->units[i].reached || tmpl->units[i].visiting) {
                continue;
            }

            tmpl->units[i].visiting = true;
            op = &tmpl->ops[tmpl->units[i].first];

            for ( /* void */ ; op->type != AGT_TEMPLATE_RETURN; op++) {
                if (agt_template_includes(tmpl, op)) {
                    tmpl->units[op->arg].reached = true;
                    more = true;
                }
            }
        }

    } while (more);

    for (i = 0; i < tmpl->units_n; i++) {
        tmpl->units[i].visiting = false;

        if (!tmpl->units[i].reached) {
            name = agt_text_clip(tmpl->units[i].name);
            return agt_template_fail(c, i, 0, "\"%.*s\" is placed only by "
                                     "partials that it places itself",
                                     (int) name.len, name.data);
        }
    }

    return AGT_OK;
}


static bool
agt_template_includes(const agt_template_t *tmpl, const agt_template_op_t *op)
{
    return op->type == AGT_TEMPLATE_PARTIAL
           || (op->type == AGT_TEMPLATE_APPEND
               && !tmpl->units[op->arg].placed);
}


/*
 * Follows the partials that are rendered whatever the input is.  A unit is
 * entered once, so the time is that of reading the operations.
 */

static int
agt_template_depth(agt_template_compiler_t *c, uint32_t unit, uint32_t level)
{
    int                       rc;
    uint32_t                  pc;
    agt_template_t           *tmpl = c->tmpl;
    agt_template_unit_t      *u = &tmpl->units[unit];
    const agt_template_op_t  *op;

    u->visiting = true;

    pc = u->first;

    for ( ;; ) {
        op = &tmpl->ops[pc];

        if (op->type == AGT_TEMPLATE_RETURN) {
            break;
        }

        if (op->type == AGT_TEMPLATE_SECTION
            || op->type == AGT_TEMPLATE_INVERTED)
        {
            pc = op->jump;
            continue;
        }

        if (agt_template_includes(tmpl, op)) {
            rc = agt_template_inner_depth(c, unit, op, level);
            if (rc != AGT_OK) {
                return rc;
            }
        }

        pc++;
    }

    u->visiting = false;
    u->depth++;

    return AGT_OK;
}


/* the depth below one partial; u->depth is the deepest so far */

static int
agt_template_inner_depth(agt_template_compiler_t *c, uint32_t unit,
    const agt_template_op_t *op, uint32_t level)
{
    int                   rc;
    agt_str_t             name;
    agt_template_unit_t  *u = &c->tmpl->units[unit];
    agt_template_unit_t  *partial = &c->tmpl->units[op->arg];

    name = agt_text_clip(partial->name);

    if (partial->visiting) {
        return agt_template_fail(c, unit, op->tag, "partial \"%.*s\" includes "
                                 "itself, and no section ends it",
                                 (int) name.len, name.data);
    }

    if (level == AGT_TEMPLATE_DEPTH) {
        goto invalid;
    }

    if (partial->depth == 0) {
        rc = agt_template_depth(c, op->arg, level + 1);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    if (level + partial->depth > AGT_TEMPLATE_DEPTH) {
        goto invalid;
    }

    u->depth = agt_max(u->depth, partial->depth);

    return AGT_OK;

invalid:

    return agt_template_fail(c, unit, op->tag,
                             "partials nest deeper than %d",
                             AGT_TEMPLATE_DEPTH);
}


/* a template that looks up nothing is rendered here, once */

static int
agt_template_evaluate(agt_template_compiler_t *c)
{
    int              rc;
    uint32_t         i;
    agt_buf_t        out;
    agt_json_t       doc;
    agt_template_t  *tmpl = c->tmpl;
    agt_json_node_t  null;

    for (i = 0; i < tmpl->ops_n; i++) {
        if (tmpl->ops[i].type == AGT_TEMPLATE_NAME
            || tmpl->ops[i].type == AGT_TEMPLATE_SECTION
            || tmpl->ops[i].type == AGT_TEMPLATE_INVERTED)
        {
            return AGT_OK;
        }
    }

    tmpl->constant = true;

    /* text without any tag needs no copy */

    if (tmpl->ops_n == 2 && tmpl->ops[0].type == AGT_TEMPLATE_TEXT
        && tmpl->ops[0].len == tmpl->units[0].text.len)
    {
        tmpl->text = tmpl->units[0].text;
        return AGT_OK;
    }

    memset(&null, 0, sizeof(agt_json_node_t));
    memset(&doc, 0, sizeof(agt_json_t));

    null.type = AGT_JSON_NULL;
    null.next = 1;
    doc.nodes = &null;
    doc.n = 1;

    agt_buf_init(&out, c->mem, tmpl->units[0].text.len, AGT_TEMPLATE_OUTPUT);

    rc = agt_template_render(tmpl, &doc, &out);

    if (rc == AGT_ERROR && out.full) {
        agt_error_set(c->err, "expands to more than %d bytes, "
                      "or takes too many steps", AGT_TEMPLATE_OUTPUT);
        return AGT_DECLINED;
    }

    tmpl->text = agt_buf_slice(&out);

    return rc;
}


bool
agt_template_static(const agt_template_t *tmpl, agt_str_t *text)
{
    if (tmpl->constant) {
        *text = tmpl->text;
    }

    return tmpl->constant;
}


int
agt_template_names(const agt_template_t *tmpl, agt_template_name_pt handler,
    void *ctx)
{
    int                         rc;
    uint32_t                    i, k;
    const agt_template_op_t    *op;
    const agt_template_unit_t  *u;

    for (i = 0; i < tmpl->units_n; i++) {

        u = &tmpl->units[i];
        op = &tmpl->ops[u->first];

        for ( /* void */ ; op->type != AGT_TEMPLATE_RETURN; op++) {

            for (k = 0; k < op->parts; k++) {
                rc = handler(ctx, tmpl->names[op->arg + k], u->name, u->text,
                             op->tag);
                if (rc != AGT_OK) {
                    return rc;
                }
            }
        }
    }

    return AGT_OK;
}


bool
agt_template_uses(const agt_template_t *tmpl, agt_str_t partial)
{
    uint32_t  i;

    for (i = 1; i < tmpl->units_n; i++) {
        if (agt_str_eq(tmpl->units[i].name, partial)) {
            return tmpl->units[i].placed;
        }
    }

    return false;
}


int
agt_template_fail(agt_template_compiler_t *c, uint32_t unit, size_t offset,
    const char *fmt, ...)
{
    char                        message[AGT_ERROR_MESSAGE];
    va_list                     args;
    const agt_template_unit_t  *u = &c->tmpl->units[unit];

    va_start(args, fmt);
    (void) vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);

    agt_error_set(c->err, "%s", message);
    agt_error_locate(c->err, u->text, offset);
    agt_error_file(c->err, u->name);

    return AGT_DECLINED;
}
