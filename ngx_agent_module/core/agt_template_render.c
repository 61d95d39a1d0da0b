
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Rendering: runs the operations over a document.  Two stacks in one array:
 * sections, which are also the context that names are looked up in, from the
 * innermost outwards, and partials, which remember where to return to.
 *
 * The output goes to the caller's buffer as it comes; nothing is allocated
 * beside it.
 */


#include "agt_template_op.h"


/*
 * Bounds the time, not the output: sections over long arrays that print
 * nothing, or lookups through objects with many members.  One unit takes 1 to
 * 4 ns; a document of 1 MB whose every element takes a handful of
 * operations stays below.
 */

#define AGT_TEMPLATE_FUEL    4000000

#define AGT_TEMPLATE_NO_VALUE   AGT_JSON_NONE


/* of a partial: value is AGT_TEMPLATE_NO_VALUE */

typedef struct {
    uint32_t  value;        /* node that names are looked up in */
    uint32_t  end;          /* behind the array that is walked; 0: no array */
    uint32_t  pc;           /* of a partial: where it returns to */
    bool      indented;
} agt_template_frame_t;


typedef struct {
    const agt_template_t  *tmpl;
    const agt_json_t      *doc;
    agt_buf_t             *out;
    size_t                 start;       /* of out->len */
    uint32_t               fuel;
    uint32_t               pc;
    uint32_t               n;           /* frames */
    uint32_t               partials;
    uint32_t               indents_n;
    agt_str_t              indents[AGT_TEMPLATE_DEPTH];
    agt_template_frame_t   frames[AGT_TEMPLATE_FRAMES];
} agt_template_run_t;


/*
 * A step sets what comes next.  OK: go on; DONE: the template's end; ERROR:
 * the buffer has failed; DECLINED: too deep.
 */

typedef int (*agt_template_step_pt)(agt_template_run_t *r,
    const agt_template_op_t *op);


static int agt_template_step_text(agt_template_run_t *r,
    const agt_template_op_t *op);
static int agt_template_step_name(agt_template_run_t *r,
    const agt_template_op_t *op);
static int agt_template_step_section(agt_template_run_t *r,
    const agt_template_op_t *op);
static int agt_template_step_inverted(agt_template_run_t *r,
    const agt_template_op_t *op);
static int agt_template_step_end(agt_template_run_t *r,
    const agt_template_op_t *op);
static int agt_template_step_partial(agt_template_run_t *r,
    const agt_template_op_t *op);
static int agt_template_step_append(agt_template_run_t *r,
    const agt_template_op_t *op);
static int agt_template_step_return(agt_template_run_t *r,
    const agt_template_op_t *op);
static agt_template_frame_t *agt_template_push(agt_template_run_t *r);
static int agt_template_indented(agt_template_run_t *r,
    const agt_template_op_t *op);
static int agt_template_indent(agt_template_run_t *r);
static int agt_template_gap(agt_template_run_t *r);
static int agt_template_value(agt_template_run_t *r, uint32_t i);
static uint32_t agt_template_resolve(agt_template_run_t *r,
    const agt_template_op_t *op);
static uint32_t agt_template_member(agt_template_run_t *r, uint32_t object,
    agt_str_t name);
static bool agt_template_true(const agt_json_t *doc, uint32_t i);
static bool agt_template_zero(agt_str_t number);
static void agt_template_spend(agt_template_run_t *r, size_t n);


static const agt_template_step_pt  agt_template_steps[] = {
    agt_template_step_text,
    agt_template_step_name,
    agt_template_step_section,
    agt_template_step_inverted,
    agt_template_step_end,
    agt_template_step_partial,
    agt_template_step_append,
    agt_template_step_return
};


int
agt_template_render(const agt_template_t *tmpl, const agt_json_t *doc,
    agt_buf_t *out)
{
    int                       rc;
    agt_template_run_t        r;
    agt_template_frame_t     *frame;
    const agt_template_op_t  *op;

    r.tmpl = tmpl;
    r.doc = doc;
    r.out = out;
    r.start = out->len;
    r.fuel = AGT_TEMPLATE_FUEL;
    r.pc = tmpl->units[0].first;
    r.n = 0;
    r.partials = 0;
    r.indents_n = 0;

    /* the outermost context is the whole document */

    frame = agt_template_push(&r);
    frame->value = 0;

    do {
        if (r.fuel == 0) {
            out->failed = true;
            out->full = true;
            return AGT_ERROR;
        }

        r.fuel--;

        op = &tmpl->ops[r.pc++];
        rc = agt_template_steps[op->type](&r, op);

    } while (rc == AGT_OK);

    return (rc == AGT_DONE) ? AGT_OK : rc;
}


static int
agt_template_step_text(agt_template_run_t *r, const agt_template_op_t *op)
{
    if (r->indents_n != 0) {
        return agt_template_indented(r, op);
    }

    agt_template_spend(r, op->len / 256);

    return agt_buf_append(r->out, op->data, op->len);
}


static int
agt_template_step_name(agt_template_run_t *r, const agt_template_op_t *op)
{
    uint32_t  i;

    i = agt_template_resolve(r, op);

    return (i != AGT_JSON_NONE) ? agt_template_value(r, i) : AGT_OK;
}


static int
agt_template_step_section(agt_template_run_t *r, const agt_template_op_t *op)
{
    uint32_t               i;
    agt_template_frame_t  *frame;

    i = agt_template_resolve(r, op);

    if (!agt_template_true(r->doc, i)) {
        r->pc = op->jump;
        return AGT_OK;
    }

    frame = agt_template_push(r);

    if (r->doc->nodes[i].type == AGT_JSON_ARRAY) {
        frame->value = i + 1;
        frame->end = r->doc->nodes[i].next;

    } else {
        frame->value = i;
    }

    return AGT_OK;
}


static int
agt_template_step_inverted(agt_template_run_t *r, const agt_template_op_t *op)
{
    if (agt_template_true(r->doc, agt_template_resolve(r, op))) {
        r->pc = op->jump;
    }

    return AGT_OK;
}


static int
agt_template_step_end(agt_template_run_t *r, const agt_template_op_t *op)
{
    agt_template_frame_t  *frame = &r->frames[r->n - 1];

    if (frame->end != 0) {
        frame->value = r->doc->nodes[frame->value].next;

        if (frame->value < frame->end) {
            r->pc = op->jump;
            return AGT_OK;
        }
    }

    r->n--;

    return AGT_OK;
}


static int
agt_template_step_partial(agt_template_run_t *r, const agt_template_op_t *op)
{
    agt_template_frame_t  *frame;

    if (r->partials == AGT_TEMPLATE_DEPTH) {
        return AGT_DECLINED;
    }

    r->partials++;

    frame = agt_template_push(r);
    frame->value = AGT_TEMPLATE_NO_VALUE;
    frame->pc = r->pc;
    frame->indented = (op->len != 0);

    if (frame->indented) {
        r->indents[r->indents_n++] = agt_str_make(op->data, op->len);
    }

    r->pc = r->tmpl->units[op->arg].first;

    return AGT_OK;
}


static int
agt_template_step_append(agt_template_run_t *r, const agt_template_op_t *op)
{
    const agt_template_unit_t  *u = &r->tmpl->units[op->arg];

    if (u->placed || u->text.len == 0) {
        return AGT_OK;
    }

    if (agt_template_gap(r) != AGT_OK) {
        return AGT_ERROR;
    }

    return agt_template_step_partial(r, op);
}


static int
agt_template_step_return(agt_template_run_t *r, const agt_template_op_t *op)
{
    agt_template_frame_t  *frame;

    (void) op;

    if (r->partials == 0) {
        return AGT_DONE;
    }

    /* its sections are closed, so the partial's frame is on top */

    frame = &r->frames[--r->n];

    r->pc = frame->pc;
    r->partials--;

    if (frame->indented) {
        r->indents_n--;
    }

    return AGT_OK;
}


/*
 * There is always room: AGT_TEMPLATE_FRAMES is what the bounds on sections in
 * a file and on partials allow.
 */

static agt_template_frame_t *
agt_template_push(agt_template_run_t *r)
{
    agt_template_frame_t  *frame = &r->frames[r->n++];

    frame->end = 0;
    frame->pc = 0;
    frame->indented = false;

    return frame;
}


/* lines of a partial's text, not of what is inserted, are indented */

static int
agt_template_indented(agt_template_run_t *r, const agt_template_op_t *op)
{
    bool         line = op->line;
    const char  *p, *end, *next;

    p = op->data;
    end = op->data + op->len;

    do {
        if (line && agt_template_indent(r) != AGT_OK) {
            return AGT_ERROR;
        }

        next = (p < end) ? memchr(p, '\n', (size_t) (end - p)) : NULL;
        next = (next != NULL) ? next + 1 : end;

        if (agt_buf_append(r->out, p, (size_t) (next - p)) != AGT_OK) {
            return AGT_ERROR;
        }

        agt_template_spend(r, 1);

        p = next;
        line = true;

    } while (p < end);

    return AGT_OK;
}


static int
agt_template_indent(agt_template_run_t *r)
{
    uint32_t  i;

    for (i = 0; i < r->indents_n; i++) {
        if (agt_buf_str(r->out, r->indents[i]) != AGT_OK) {
            return AGT_ERROR;
        }
    }

    return AGT_OK;
}


/* ends the line, and adds an empty one, where the output has not done so */

static int
agt_template_gap(agt_template_run_t *r)
{
    size_t       len;
    const char  *end;

    len = r->out->len - r->start;

    if (len == 0) {
        return AGT_OK;
    }

    end = r->out->data + r->out->len;

    if (end[-1] != '\n') {
        return agt_buf_text(r->out, "\n\n");
    }

    if ((len >= 2 && end[-2] == '\n')
        || (len >= 3 && end[-2] == '\r' && end[-3] == '\n'))
    {
        return AGT_OK;
    }

    return agt_buf_char(r->out, '\n');
}


static int
agt_template_value(agt_template_run_t *r, uint32_t i)
{
    agt_str_t               raw;
    const agt_json_node_t  *node = &r->doc->nodes[i];

    raw = agt_str_make(r->doc->text.data + node->off, node->len);

    agt_template_spend(r, raw.len / 16);

    switch (node->type) {

    case AGT_JSON_NULL:
        return AGT_OK;

    case AGT_JSON_STRING:
        if (node->flags & AGT_JSON_ESCAPED) {
            return agt_json_unescape(r->out, raw);
        }

        break;

    case AGT_JSON_ARRAY:
    case AGT_JSON_OBJECT:
        return agt_json_minify(r->doc, i, r->out);
    }

    return agt_buf_str(r->out, raw);
}


/* the first part is looked for in all contexts, the rest only in its value */

static uint32_t
agt_template_resolve(agt_template_run_t *r, const agt_template_op_t *op)
{
    uint32_t  i, k, value;

    for (i = r->n; i > 0; i--) {

        value = r->frames[i - 1].value;
        agt_template_spend(r, 1);

        if (value == AGT_TEMPLATE_NO_VALUE) {
            continue;
        }

        if (op->parts == 0) {
            return value;
        }

        value = agt_template_member(r, value, r->tmpl->names[op->arg]);

        if (value != AGT_JSON_NONE) {
            goto found;
        }
    }

    return AGT_JSON_NONE;

found:

    for (k = 1; k < op->parts && value != AGT_JSON_NONE; k++) {
        value = agt_template_member(r, value, r->tmpl->names[op->arg + k]);
    }

    return value;
}


static uint32_t
agt_template_member(agt_template_run_t *r, uint32_t object, agt_str_t name)
{
    const agt_json_node_t  *node = &r->doc->nodes[object];

    /* without fuel nothing is found, and the rendering ends at once */

    if (node->type != AGT_JSON_OBJECT || r->fuel == 0) {
        return AGT_JSON_NONE;
    }

    agt_template_spend(r, node->count / 2);

    return agt_json_member(r->doc, object, name);
}


static bool
agt_template_true(const agt_json_t *doc, uint32_t i)
{
    const agt_json_node_t  *node;

    if (i == AGT_JSON_NONE) {
        return false;
    }

    node = &doc->nodes[i];

    switch (node->type) {

    case AGT_JSON_BOOLEAN:
        return (node->flags & AGT_JSON_TRUE) != 0;

    case AGT_JSON_NUMBER:
        return !agt_template_zero(agt_json_raw(doc, i));

    case AGT_JSON_STRING:
        return node->len != 0;

    case AGT_JSON_ARRAY:
        return node->count != 0;

    default:
        return node->type == AGT_JSON_OBJECT;
    }
}


/* -0, 0.000 and 0e9, but not 1e-999 */

static bool
agt_template_zero(agt_str_t number)
{
    size_t  i;

    for (i = 0; i < number.len; i++) {

        if (number.data[i] >= '1' && number.data[i] <= '9') {
            return false;
        }

        if (number.data[i] == 'e' || number.data[i] == 'E') {
            break;
        }
    }

    return true;
}


static void
agt_template_spend(agt_template_run_t *r, size_t n)
{
    r->fuel = (n < r->fuel) ? r->fuel - (uint32_t) n : 0;
}
