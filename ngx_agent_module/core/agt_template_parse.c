
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Reads the text of a template, or of a partial, once from start to end.
 * A tag that prints nothing by itself takes its whole line with it when
 * nothing else is on the line: the specification's "standalone" tags.
 */


#include "agt_template_op.h"
#include "agt_text.h"


/* the time to find one is the product of its length and that of the text */

#define AGT_TEMPLATE_DELIMITER   16

/* no document is deeper (AGT_JSON_DEPTH) */

#define AGT_TEMPLATE_PARTS       64


typedef struct agt_template_kind_s  agt_template_kind_t;


typedef struct {
    const agt_template_kind_t  *kind;
    agt_str_t                   content;    /* no white space around it */
    size_t                      start;      /* delimiters included */
    size_t                      end;
    size_t                      from;       /* what it takes from the text: */
    size_t                      to;         /* its line if it stands alone */
    bool                        alone;
} agt_template_tag_t;


typedef struct {
    agt_str_t  name;
    uint32_t   op;
    uint32_t   tag;
} agt_template_open_t;


typedef struct {
    agt_template_compiler_t  *c;
    agt_str_t                 text;
    agt_str_t                 open;
    agt_str_t                 close;
    size_t                    pos;      /* behind the tags read so far */
    uint32_t                  unit;
    uint32_t                  nesting;
    agt_template_open_t       sections[AGT_TEMPLATE_NESTING];
} agt_template_parser_t;


struct agt_template_kind_s {
    char                      sign;
    char                      close;        /* before the closing delimiter */
    uint8_t                   op;
    bool                      standalone;
    int                     (*handler)(agt_template_parser_t *p,
                                       const agt_template_tag_t *tag);
};


static int agt_template_tag(agt_template_parser_t *p, agt_template_tag_t *tag);
static const agt_template_kind_t *agt_template_kind(char sign);
static void agt_template_standalone(const agt_template_parser_t *p,
    agt_template_tag_t *tag);
static int agt_template_text(agt_template_parser_t *p, size_t end, bool tag);
static int agt_template_piece(agt_template_parser_t *p, size_t start,
    size_t end);
static bool agt_template_line(const agt_template_parser_t *p, size_t pos);
static int agt_template_name(agt_template_parser_t *p,
    const agt_template_tag_t *tag);
static int agt_template_section(agt_template_parser_t *p,
    const agt_template_tag_t *tag);
static int agt_template_end(agt_template_parser_t *p,
    const agt_template_tag_t *tag);
static int agt_template_partial(agt_template_parser_t *p,
    const agt_template_tag_t *tag);
static int agt_template_delimiters(agt_template_parser_t *p,
    const agt_template_tag_t *tag);
static int agt_template_comment(agt_template_parser_t *p,
    const agt_template_tag_t *tag);
static int agt_template_refuse(agt_template_parser_t *p,
    const agt_template_tag_t *tag);
static int agt_template_word(agt_template_parser_t *p,
    const agt_template_tag_t *tag);
static int agt_template_parts(agt_template_parser_t *p,
    const agt_template_tag_t *tag, agt_template_op_t *op);
static int agt_template_part(agt_template_compiler_t *c, agt_str_t part);
static size_t agt_template_find(agt_str_t text, size_t from, char first,
    agt_str_t s);
static bool agt_template_space(char c);
static agt_str_t agt_template_trim(const char *data, size_t len);


/*
 * The last row is for what has no sign.  "<", "$" and "*" belong to optional
 * parts of the specification (inheritance, dynamic names): taken for names
 * they would be looked up in vain.
 */

static const agt_template_kind_t  agt_template_kinds[] = {
    { '{', '}', AGT_TEMPLATE_NAME,     false, agt_template_name },
    { '&', 0,   AGT_TEMPLATE_NAME,     false, agt_template_name },
    { '#', 0,   AGT_TEMPLATE_SECTION,  true,  agt_template_section },
    { '^', 0,   AGT_TEMPLATE_INVERTED, true,  agt_template_section },
    { '/', 0,   AGT_TEMPLATE_END,      true,  agt_template_end },
    { '>', 0,   AGT_TEMPLATE_PARTIAL,  true,  agt_template_partial },
    { '=', '=', 0,                     true,  agt_template_delimiters },
    { '!', 0,   0,                     true,  agt_template_comment },
    { '<', 0,   0,                     false, agt_template_refuse },
    { '$', 0,   0,                     false, agt_template_refuse },
    { '*', 0,   0,                     false, agt_template_refuse },
    { 0,   0,   AGT_TEMPLATE_NAME,     false, agt_template_name }
};


int
agt_template_parse(agt_template_compiler_t *c, uint32_t unit)
{
    int                     rc;
    agt_template_tag_t      tag;
    agt_template_open_t    *last;
    agt_template_parser_t   p;

    p.c = c;
    p.text = c->tmpl->units[unit].text;
    p.open = agt_str_from("{{");
    p.close = agt_str_from("}}");
    p.pos = 0;
    p.unit = unit;
    p.nesting = 0;

    for ( ;; ) {
        rc = agt_template_tag(&p, &tag);

        if (rc == AGT_DONE) {
            break;
        }

        if (rc != AGT_OK) {
            return rc;
        }

        rc = agt_template_text(&p, tag.from, !tag.alone);
        if (rc != AGT_OK) {
            return rc;
        }

        p.pos = tag.to;

        rc = tag.kind->handler(&p, &tag);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    if (p.nesting != 0) {
        last = &p.sections[p.nesting - 1];
        last->name = agt_text_clip(last->name);

        return agt_template_fail(c, unit, last->tag,
                                 "section \"%.*s\" is not closed",
                                 (int) last->name.len, last->name.data);
    }

    return agt_template_text(&p, p.text.len, false);
}


/* the next tag; DONE where there is none */

static int
agt_template_tag(agt_template_parser_t *p, agt_template_tag_t *tag)
{
    size_t       i, end;
    const char  *data = p->text.data;

    tag->start = agt_template_find(p->text, p->pos, 0, p->open);

    if (tag->start == p->text.len) {
        return AGT_DONE;
    }

    i = tag->start + p->open.len;

    while (i < p->text.len && agt_template_space(data[i])) {
        i++;
    }

    tag->kind = agt_template_kind(i < p->text.len ? data[i] : 0);

    if (tag->kind->sign != 0) {
        i++;
    }

    end = agt_template_find(p->text, i, tag->kind->close, p->close);

    if (end == p->text.len) {
        return agt_template_fail(p->c, p->unit, tag->start,
                                 "tag is not closed by \"%s%.*s\"",
                                 tag->kind->close == '}' ? "}" :
                                 tag->kind->close == '=' ? "=" : "",
                                 (int) p->close.len, p->close.data);
    }

    tag->content = agt_template_trim(data + i, end - i);
    tag->end = end + (tag->kind->close != 0) + p->close.len;
    tag->from = tag->start;
    tag->to = tag->end;
    tag->alone = false;

    if (tag->kind->standalone) {
        agt_template_standalone(p, tag);
    }

    return AGT_OK;
}


static const agt_template_kind_t *
agt_template_kind(char sign)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_template_kinds) - 1; i++) {
        if (agt_template_kinds[i].sign == sign && sign != 0) {
            break;
        }
    }

    return &agt_template_kinds[i];
}


/*
 * Looks at what is around the tag.  The way back ends at p->pos: it is behind
 * another tag, or at the start of a line whose predecessor a tag took.
 */

static void
agt_template_standalone(const agt_template_parser_t *p,
    agt_template_tag_t *tag)
{
    size_t       from, to;
    const char  *data = p->text.data;

    from = tag->start;

    while (from > p->pos && (data[from - 1] == ' ' || data[from - 1] == '\t')) {
        from--;
    }

    if (!agt_template_line(p, from)) {
        return;
    }

    to = tag->end;

    while (to < p->text.len && (data[to] == ' ' || data[to] == '\t')) {
        to++;
    }

    if (to + 1 < p->text.len && data[to] == '\r' && data[to + 1] == '\n') {
        to++;
    }

    if (to < p->text.len) {
        if (data[to] != '\n') {
            return;
        }

        to++;
    }

    tag->from = from;
    tag->to = to;
    tag->alone = true;
}


/*
 * The text up to "end".  A line of a partial that starts with a tag still needs
 * a place where its indentation is written, before the tag decides on anything.
 */

static int
agt_template_text(agt_template_parser_t *p, size_t end, bool tag)
{
    int  rc;

    if (end != p->pos) {
        rc = agt_template_piece(p, p->pos, end);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    if (tag && p->unit != 0 && agt_template_line(p, end)) {
        return agt_template_piece(p, end, end);
    }

    return AGT_OK;
}


static int
agt_template_piece(agt_template_parser_t *p, size_t start, size_t end)
{
    int                 rc;
    agt_template_op_t  *op;

    rc = agt_template_op(p->c, p->unit, start, AGT_TEMPLATE_TEXT, &op);
    if (rc != AGT_OK) {
        return rc;
    }

    op->data = p->text.data + start;
    op->len = (uint32_t) (end - start);
    op->line = agt_template_line(p, start);

    return AGT_OK;
}


/* whether a line starts at pos */

static bool
agt_template_line(const agt_template_parser_t *p, size_t pos)
{
    return pos == 0 || p->text.data[pos - 1] == '\n';
}


static int
agt_template_name(agt_template_parser_t *p, const agt_template_tag_t *tag)
{
    int                 rc;
    agt_template_op_t  *op;

    rc = agt_template_word(p, tag);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_template_op(p->c, p->unit, tag->start, tag->kind->op, &op);
    if (rc != AGT_OK) {
        return rc;
    }

    return agt_template_parts(p, tag, op);
}


static int
agt_template_section(agt_template_parser_t *p, const agt_template_tag_t *tag)
{
    int                   rc;
    agt_template_open_t  *section;

    if (p->nesting == AGT_TEMPLATE_NESTING) {
        return agt_template_fail(p->c, p->unit, tag->start,
                                 "sections nest deeper than %d",
                                 AGT_TEMPLATE_NESTING);
    }

    rc = agt_template_name(p, tag);
    if (rc != AGT_OK) {
        return rc;
    }

    section = &p->sections[p->nesting++];
    section->name = tag->content;
    section->op = p->c->tmpl->ops_n - 1;
    section->tag = (uint32_t) tag->start;

    return AGT_OK;
}


static int
agt_template_end(agt_template_parser_t *p, const agt_template_tag_t *tag)
{
    int                   rc;
    agt_str_t             name, open;
    agt_template_t       *tmpl = p->c->tmpl;
    agt_template_op_t    *op;
    agt_template_open_t  *section;

    name = agt_text_clip(tag->content);

    rc = agt_template_word(p, tag);
    if (rc != AGT_OK) {
        return rc;
    }

    if (p->nesting == 0) {
        return agt_template_fail(p->c, p->unit, tag->start,
                                 "no section \"%.*s\" is open",
                                 (int) name.len, name.data);
    }

    section = &p->sections[--p->nesting];

    if (!agt_str_eq(section->name, tag->content)) {
        open = agt_text_clip(section->name);

        return agt_template_fail(p->c, p->unit, tag->start,
                                 "section \"%.*s\" is closed as \"%.*s\"",
                                 (int) open.len, open.data,
                                 (int) name.len, name.data);
    }

    if (tmpl->ops[section->op].type == AGT_TEMPLATE_SECTION) {
        rc = agt_template_op(p->c, p->unit, tag->start, AGT_TEMPLATE_END, &op);
        if (rc != AGT_OK) {
            return rc;
        }

        op->jump = section->op + 1;
    }

    tmpl->ops[section->op].jump = tmpl->ops_n;

    return AGT_OK;
}


static int
agt_template_partial(agt_template_parser_t *p, const agt_template_tag_t *tag)
{
    int                 rc;
    uint32_t            unit;
    agt_str_t           name;
    agt_template_op_t  *op;

    rc = agt_template_word(p, tag);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_template_unit(p->c, tag->content, &unit);

    if (rc == AGT_DECLINED) {
        name = agt_text_clip(tag->content);

        return agt_template_fail(p->c, p->unit, tag->start,
                                 "partial \"%.*s\" is not found",
                                 (int) name.len, name.data);
    }

    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_template_op(p->c, p->unit, tag->start, AGT_TEMPLATE_PARTIAL, &op);
    if (rc != AGT_OK) {
        return rc;
    }

    op->data = p->text.data + tag->from;
    op->len = (uint32_t) (tag->start - tag->from);
    op->arg = unit;

    if (unit != p->unit) {
        p->c->tmpl->units[unit].placed = true;
    }

    return AGT_OK;
}


static int
agt_template_delimiters(agt_template_parser_t *p,
    const agt_template_tag_t *tag)
{
    size_t     n;
    agt_str_t  open, close;

    n = 0;

    while (n < tag->content.len && !agt_template_space(tag->content.data[n])) {
        n++;
    }

    open = agt_str_make(tag->content.data, n);
    close = agt_template_trim(tag->content.data + n, tag->content.len - n);

    for (n = 0; n < close.len; n++) {
        if (agt_template_space(close.data[n])) {
            goto invalid;
        }
    }

    if (open.len == 0 || open.len > AGT_TEMPLATE_DELIMITER
        || memchr(open.data, '=', open.len) != NULL
        || close.len == 0 || close.len > AGT_TEMPLATE_DELIMITER
        || memchr(close.data, '=', close.len) != NULL)
    {
        goto invalid;
    }

    p->open = open;
    p->close = close;

    return AGT_OK;

invalid:

    return agt_template_fail(p->c, p->unit, tag->start,
                             "the tag must set two delimiters of up to %d "
                             "bytes without \"=\"", AGT_TEMPLATE_DELIMITER);
}


static int
agt_template_comment(agt_template_parser_t *p, const agt_template_tag_t *tag)
{
    (void) p;
    (void) tag;

    return AGT_OK;
}


static int
agt_template_refuse(agt_template_parser_t *p, const agt_template_tag_t *tag)
{
    return agt_template_fail(p->c, p->unit, tag->start,
                             "tags that begin with \"%c\" are not supported",
                             tag->kind->sign);
}


/* what is within a tag must be one word */

static int
agt_template_word(agt_template_parser_t *p, const agt_template_tag_t *tag)
{
    char    c;
    size_t  i;

    if (tag->content.len == 0) {
        return agt_template_fail(p->c, p->unit, tag->start, "empty tag");
    }

    for (i = 0; i < tag->content.len; i++) {
        c = tag->content.data[i];

        if ((unsigned char) c <= ' ' || c == 0x7f) {
            return agt_template_fail(p->c, p->unit, tag->start,
                                     "white space or control character "
                                     "within the name in a tag");
        }
    }

    return AGT_OK;
}


static int
agt_template_parts(agt_template_parser_t *p, const agt_template_tag_t *tag,
    agt_template_op_t *op)
{
    size_t       n;
    agt_str_t    rest = tag->content;
    const char  *dot;

    op->arg = p->c->tmpl->names_n;

    if (agt_str_is(rest, ".")) {
        return AGT_OK;
    }

    for ( ;; ) {
        dot = (rest.len != 0) ? memchr(rest.data, '.', rest.len) : NULL;
        n = (dot != NULL) ? (size_t) (dot - rest.data) : rest.len;

        if (n == 0 || op->parts == AGT_TEMPLATE_PARTS) {
            break;
        }

        if (agt_template_part(p->c, agt_str_make(rest.data, n)) != AGT_OK) {
            return AGT_ERROR;
        }

        op->parts++;

        if (dot == NULL) {
            return AGT_OK;
        }

        rest = agt_str_make(dot + 1, rest.len - n - 1);
    }

    return agt_template_fail(p->c, p->unit, tag->start,
                             "a dotted name must have at most %d parts, "
                             "none of them empty", AGT_TEMPLATE_PARTS);
}


static int
agt_template_part(agt_template_compiler_t *c, agt_str_t part)
{
    agt_str_t       *names;
    agt_template_t  *tmpl = c->tmpl;

    names = agt_template_grow(c->mem, tmpl->names, sizeof(agt_str_t),
                              tmpl->names_n, &c->names_size);
    if (names == NULL) {
        return AGT_ERROR;
    }

    tmpl->names = names;
    tmpl->names[tmpl->names_n++] = part;

    return AGT_OK;
}


/* where s begins, with "first" before it if that is not 0; else text.len */

static size_t
agt_template_find(agt_str_t text, size_t from, char first, agt_str_t s)
{
    char         c;
    size_t       skip;
    const char  *p, *last;

    skip = (first != 0);
    c = (first != 0) ? first : s.data[0];

    if (text.len - from < skip + s.len) {
        return text.len;
    }

    p = text.data + from;
    last = text.data + text.len - skip - s.len;

    while (p <= last) {
        p = memchr(p, c, (size_t) (last - p) + 1);

        if (p == NULL) {
            break;
        }

        if (memcmp(p + skip, s.data, s.len) == 0) {
            return (size_t) (p - text.data);
        }

        p++;
    }

    return text.len;
}


static bool
agt_template_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}


static agt_str_t
agt_template_trim(const char *data, size_t len)
{
    while (len > 0 && agt_template_space(*data)) {
        data++;
        len--;
    }

    while (len > 0 && agt_template_space(data[len - 1])) {
        len--;
    }

    return agt_str_make(data, len);
}
