
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A text is tried from its first byte; where that is no value, it is cut into
 * fenced blocks and the prose between them, and prose is searched for brackets
 * that begin an object or an array.
 *
 * Prose has brackets too: "[see below]", "{name}".  What goes wrong before the
 * first ":" or "," is taken for prose.  What goes wrong later is a broken
 * value, and then there is no answer: neither may a whole part of a broken
 * value be taken for the value, nor another value beside it.  A value that was
 * read is not read again, so that the time is linear in the text.
 */


#include "agt_extract.h"
#include "agt_json_text.h"


/* places where a value might begin, and does not; nobody writes that many
   around one */

#define AGT_EXTRACT_TRIES   64

/* any value beyond the first is refused, so a table for it need not be large */

#define AGT_EXTRACT_NODES   1024

/* prose nests brackets too, but not as deep as so many opened in a row */

#define AGT_EXTRACT_DEPTH   8

/* marks that make a fence */

#define AGT_EXTRACT_MARKS   3

#define AGT_BOM             "\xef\xbb\xbf"


typedef struct {
    agt_str_t                 text;
    agt_json_t               *doc;
    bool                      found;
    unsigned                  tries;
    const agt_json_limits_t  *limits;
    agt_mem_t                *mem;
    agt_error_t              *err;
} agt_extract_t;


/* a fenced block: its inside is [from, to), behind it "end" */

typedef struct {
    size_t     from;
    size_t     to;
    size_t     end;
    agt_str_t  tag;
} agt_extract_block_t;


static int agt_extract_search(agt_extract_t *x, size_t from, bool begun);
static int agt_extract_block(agt_extract_t *x, agt_extract_block_t *block);
static int agt_extract_prose(agt_extract_t *x, size_t from, size_t to);
static int agt_extract_try(agt_extract_t *x, agt_json_t *doc, size_t from,
    size_t to, bool whole, agt_error_t *err, size_t *end);
static int agt_extract_found(agt_extract_t *x, const agt_json_t *doc,
    size_t end, size_t to);
static int agt_extract_refuse(agt_extract_t *x, const char *message,
    size_t at);
static bool agt_extract_broken(const agt_json_t *doc);
static bool agt_extract_plausible(agt_extract_t *x, size_t at, size_t to);
static int agt_extract_fence(agt_extract_t *x, size_t line,
    agt_extract_block_t *block);
static size_t agt_extract_marks(agt_str_t line, agt_str_t *info);
static bool agt_extract_is_json(agt_str_t tag);
static agt_str_t agt_extract_line(agt_extract_t *x, size_t at);
static size_t agt_extract_space(agt_extract_t *x, size_t at, size_t to);


static inline bool
agt_extract_container(const agt_json_t *doc)
{
    return (doc->nodes[0].type & (AGT_JSON_ARRAY|AGT_JSON_OBJECT)) != 0;
}


int
agt_extract(agt_json_t *doc, agt_str_t text, const agt_json_limits_t *limits,
    agt_mem_t *mem, bool *extracted, agt_error_t *err)
{
    int            rc;
    size_t         from, first, end;
    agt_error_t    start;
    agt_extract_t  x;

    x.text = text;
    x.doc = doc;
    x.found = false;
    x.tries = 0;
    x.limits = limits;
    x.mem = mem;
    x.err = err;

    *extracted = true;

    from = 0;

    if (text.len >= sizeof(AGT_BOM) - 1
        && memcmp(text.data, AGT_BOM, sizeof(AGT_BOM) - 1) == 0)
    {
        from = sizeof(AGT_BOM) - 1;
    }

    first = agt_extract_space(&x, from, text.len);

    agt_error_init(&start);
    rc = agt_extract_try(&x, doc, first, text.len, true, &start, &end);

    if (rc == AGT_OK && agt_extract_space(&x, end, text.len) == text.len) {
        *extracted = (from != 0);
        return AGT_OK;
    }

    if (rc == AGT_OK && agt_extract_container(doc)) {

        rc = agt_extract_found(&x, doc, end, text.len);

        if (rc == AGT_OK) {
            rc = agt_extract_search(&x, end, true);
        }

    } else if (rc == AGT_OK || rc == AGT_AGAIN) {
        rc = agt_extract_search(&x, from, false);
    }

    if (rc != AGT_OK || x.found) {
        return rc;
    }

    /* why the beginning is no value is worth telling if it looked like one */

    if (first < text.len
        && (text.data[first] == '{' || text.data[first] == '['))
    {
        agt_error_set(err, "%s", start.message);
        agt_error_locate(err, text, start.offset);

        return AGT_DECLINED;
    }

    return agt_extract_refuse(&x, "no JSON value in the text", first);
}


/* "begun": from is behind a value, and may be within a line */

static int
agt_extract_search(agt_extract_t *x, size_t from, bool begun)
{
    int                  rc;
    size_t               line;
    agt_extract_block_t  block;

    line = from;

    if (begun) {
        line += agt_extract_line(x, line).len;
    }

    while (line < x->text.len) {

        rc = agt_extract_fence(x, line, &block);

        if (rc == AGT_DONE) {
            break;
        }

        if (rc == AGT_DECLINED) {
            line += agt_extract_line(x, line).len;
            continue;
        }

        rc = agt_extract_prose(x, from, line);
        if (rc != AGT_OK) {
            return rc;
        }

        rc = agt_extract_block(x, &block);
        if (rc != AGT_OK) {
            return rc;
        }

        from = block.end;
        line = block.end;
    }

    return agt_extract_prose(x, from, x->text.len);
}


/*
 * A block that says it is JSON must be.  Another may be, or have a value
 * inside of it; a scalar counts only where the block does not say that it is
 * something else.
 */

static int
agt_extract_block(agt_extract_t *x, agt_extract_block_t *block)
{
    int          rc;
    bool         json, whole;
    size_t       from, end;
    agt_json_t   doc;
    agt_error_t  err;

    json = agt_extract_is_json(block->tag);
    from = agt_extract_space(x, block->from, block->to);

    if (from == block->to && !json) {
        return AGT_OK;
    }

    agt_error_init(&err);
    rc = agt_extract_try(x, &doc, from, block->to, true, &err, &end);

    if (rc == AGT_OK) {

        whole = agt_extract_space(x, end, block->to) == block->to;

        if (json && !whole) {
            return agt_extract_refuse(x, "trailing text after the value", end);
        }

        if (agt_extract_container(&doc)
            || (whole && (json || block->tag.len == 0)))
        {
            rc = agt_extract_found(x, &doc, end, block->to);
            if (rc != AGT_OK) {
                return rc;
            }

            return agt_extract_prose(x, end, block->to);
        }

    } else if (rc != AGT_AGAIN) {
        return rc;

    } else if (json) {
        return agt_extract_refuse(x, err.message, err.offset);
    }

    return agt_extract_prose(x, from, block->to);
}


static int
agt_extract_prose(agt_extract_t *x, size_t from, size_t to)
{
    int          rc;
    size_t       end;
    agt_json_t   doc;
    agt_error_t  err;

    while (from < to) {

        if (!agt_extract_plausible(x, from, to)) {
            from++;
            continue;
        }

        agt_error_init(&err);
        rc = agt_extract_try(x, &doc, from, to, false, &err, &end);

        if (rc == AGT_AGAIN) {
            from++;
            continue;
        }

        if (rc == AGT_OK) {
            rc = agt_extract_found(x, &doc, end, to);
        }

        if (rc != AGT_OK) {
            return rc;
        }

        from = end;
    }

    return AGT_OK;
}


/*
 * Reads a value.  AGAIN: there is none, and err tells why; DECLINED: there is
 * a broken one, and nothing more need be said.
 */

static int
agt_extract_try(agt_extract_t *x, agt_json_t *doc, size_t from, size_t to,
    bool whole, agt_error_t *err, size_t *end)
{
    int                rc;
    bool               broken;
    agt_str_t          text;
    agt_json_limits_t  limits;

    if (x->tries++ == AGT_EXTRACT_TRIES) {
        return agt_extract_refuse(x, "too many brackets that begin no JSON"
                                  " value", from);
    }

    memset(&limits, 0, sizeof(limits));

    if (x->limits != NULL) {
        limits = *x->limits;
    }

    if (x->found) {
        limits.max_nodes = limits.max_nodes
                           ? agt_min(limits.max_nodes, AGT_EXTRACT_NODES)
                           : AGT_EXTRACT_NODES;
        whole = false;
    }

    text = agt_str_make(x->text.len != 0 ? x->text.data + from : NULL,
                        to - from);

    rc = agt_json_read(doc, text, whole, &limits, x->mem, err, end);

    broken = (*end != 0 || agt_extract_broken(doc));

    *end += from;
    err->offset += from;

    if (rc != AGT_DECLINED) {
        return rc;
    }

    if (!broken) {
        return AGT_AGAIN;
    }

    return x->found ? agt_extract_refuse(x, "more than one JSON value", from)
                    : agt_extract_refuse(x, err->message, err->offset);
}


static int
agt_extract_found(agt_extract_t *x, const agt_json_t *doc, size_t end,
    size_t to)
{
    size_t  at;

    if (x->found) {
        return agt_extract_refuse(x, "more than one JSON value",
                                  (size_t) (doc->text.data - x->text.data));
    }

    /* it may be a part of what lost its beginning */

    at = agt_extract_space(x, end, to);

    if (at < to && (x->text.data[at] == '}' || x->text.data[at] == ']')) {
        return agt_extract_refuse(x, "a closing bracket that nothing opened",
                                  at);
    }

    *x->doc = *doc;
    x->found = true;

    return AGT_OK;
}


static int
agt_extract_refuse(agt_extract_t *x, const char *message, size_t at)
{
    agt_error_set(x->err, "%s", message);
    agt_error_locate(x->err, x->text, at);

    return AGT_DECLINED;
}


/* whether a ":" or "," was read of what is no value, or too much else */

static bool
agt_extract_broken(const agt_json_t *doc)
{
    uint32_t  i;

    if (doc->n > AGT_EXTRACT_DEPTH) {
        return true;
    }

    for (i = 0; i < doc->n; i++) {

        if ((doc->nodes[i].flags & AGT_JSON_KEY)
            || (doc->nodes[i].type == AGT_JSON_ARRAY
                && doc->nodes[i].count > 1))
        {
            return true;
        }
    }

    return false;
}


/* a cheap look at the two characters that most prose fails at */

static bool
agt_extract_plausible(agt_extract_t *x, size_t at, size_t to)
{
    char  c;

    c = x->text.data[at];

    if (c != '{' && c != '[') {
        return false;
    }

    at = agt_extract_space(x, at + 1, to);

    if (at == to) {
        return false;
    }

    if (c == '{') {
        return x->text.data[at] == '"' || x->text.data[at] == '}';
    }

    c = x->text.data[at];

    return agt_scan_is(c, AGT_BYTE_DIGIT)
           || memchr("{[]\"-tfn", c, sizeof("{[]\"-tfn") - 1) != NULL;
}


/*
 * Whether a line opens a fenced block: marks, and what they fence.  It ends
 * with a line of at least as many of the same marks and nothing else.  DONE:
 * it is opened and never closed, and so no later one is looked for.
 */

static int
agt_extract_fence(agt_extract_t *x, size_t line, agt_extract_block_t *block)
{
    char       mark;
    size_t     at, n;
    agt_str_t  text, info;

    text = agt_extract_line(x, line);
    n = agt_extract_marks(text, &block->tag);

    if (n < AGT_EXTRACT_MARKS) {
        return AGT_DECLINED;
    }

    mark = block->tag.data[-1];

    at = line + text.len;
    block->from = at;

    while (at < x->text.len) {

        text = agt_extract_line(x, at);

        if (agt_extract_marks(text, &info) >= n
            && info.len == 0 && info.data[-1] == mark)
        {
            block->to = at;
            block->end = at + text.len;

            return AGT_OK;
        }

        at += text.len;
    }

    return AGT_DONE;
}


/*
 * How many marks a line begins with, whatever its indentation, and what stands
 * behind them: info->data[-1] is the mark.
 */

static size_t
agt_extract_marks(agt_str_t line, agt_str_t *info)
{
    char         mark;
    const char  *p, *end, *start;

    p = line.data;
    end = p + line.len;

    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    if (p == end || (*p != '`' && *p != '~')) {
        return 0;
    }

    start = p;
    mark = *p;

    while (p < end && *p == mark) {
        p++;
    }

    while (end > p && agt_scan_is(end[-1], AGT_BYTE_SPACE)) {
        end--;
    }

    *info = agt_str_make(p, (size_t) (end - p));

    /* code within a line */

    if (mark == '`' && memchr(p, '`', info->len) != NULL) {
        return 0;
    }

    return (size_t) (p - start);
}


/* "json", and what is named after it: "jsonc", "json5" */

static bool
agt_extract_is_json(agt_str_t tag)
{
    size_t  i;

    static const agt_str_t  json = agt_string("json");

    while (tag.len != 0 && (*tag.data == ' ' || *tag.data == '\t')) {
        tag.data++;
        tag.len--;
    }

    if (tag.len < json.len) {
        return false;
    }

    for (i = 0; i < json.len; i++) {
        if ((tag.data[i] | 0x20) != json.data[i]) {
            return false;
        }
    }

    return true;
}


/* the rest of a line, with its line feed */

static agt_str_t
agt_extract_line(agt_extract_t *x, size_t at)
{
    size_t       left;
    const char  *p, *lf;

    p = x->text.data + at;
    left = x->text.len - at;

    lf = (left != 0) ? memchr(p, '\n', left) : NULL;

    return agt_str_make(p, lf != NULL ? (size_t) (lf + 1 - p) : left);
}


static size_t
agt_extract_space(agt_extract_t *x, size_t at, size_t to)
{
    if (at == to) {
        return to;
    }

    return (size_t) (agt_scan_space(x->text.data + at, x->text.data + to)
                     - x->text.data);
}
