
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * All expressions see the original text, and what their matches cover
 * together is masked: no expression can hide half of what another one would
 * have found.
 */


#include "agt_redact.h"


/* empty matches that are passed over in one field, each one a step further */

#define AGT_REDACT_EMPTY   1000

#define AGT_REDACT_CHUNK   1024


/* one field; next[i] is the next match of rule i where found[i] is set */

typedef struct {
    const agt_redact_t   *set;
    agt_redact_state_t   *state;
    agt_buf_t            *out;
    agt_str_t             text;
    size_t                keep;       /* bytes of the text that are kept */
    uint32_t              empty;
    uint32_t              failed;     /* the rule that could not tell */
    bool                  escape;     /* out is the inside of a JSON string */
    bool                  found[AGT_REDACT_RULES];
    agt_regex_span_t      next[AGT_REDACT_RULES];
} agt_redact_field_t;


/* a container that is open while a document is written */

typedef struct {
    uint32_t              end;
    char                  close;
    bool                  empty;
} agt_redact_level_t;


typedef struct {
    const agt_redact_t   *set;
    const agt_json_t     *doc;
    agt_redact_state_t   *state;
    agt_buf_t            *out;
    agt_buf_t             value;      /* a string, its escapes read */
    bool                  secret;     /* the name says what the value is */
    uint32_t              depth;
    agt_redact_level_t    levels[AGT_JSON_DEPTH + 1];
} agt_redact_json_t;


static int agt_redact_field(agt_redact_field_t *field);
static int agt_redact_matches(agt_redact_field_t *field, size_t mark);
static bool agt_redact_may_match(const agt_redact_rule_t *rule,
    agt_str_t text);
static int agt_redact_find(agt_redact_field_t *field, uint32_t i,
    size_t offset);
static uint32_t agt_redact_first(const agt_redact_field_t *field);
static int agt_redact_extend(agt_redact_field_t *field, size_t *end);
static int agt_redact_put(agt_redact_field_t *field, size_t start,
    size_t end);
static int agt_redact_mask(agt_redact_field_t *field, uint32_t i);
static int agt_redact_all(agt_redact_field_t *field, size_t mark);

static int agt_redact_node(agt_redact_json_t *w, uint32_t i);
static int agt_redact_value(agt_redact_json_t *w, uint32_t i);
static int agt_redact_string(agt_redact_json_t *w, uint32_t i);
static int agt_redact_number(agt_redact_json_t *w, uint32_t i);
static int agt_redact_open(agt_redact_json_t *w, uint32_t i);
static int agt_redact_close(agt_redact_json_t *w, uint32_t i);
static int agt_redact_char(agt_buf_t *out, char c);
static size_t agt_redact_boundary(agt_str_t s, size_t n);
static bool agt_redact_continues(char c);


/*
 * What providers call their keys, in the forms in which an error text may
 * repeat them, starred ones included, and the headers and parameters that
 * carry them.
 */

static const char *const  agt_redact_patterns[AGT_REDACT_CREDENTIALS] = {

    "(?i)\\bbearer[ \\t]+(?:(?=[a-z]*[0-9._~+/=*-])[a-z0-9._~+/=*-]{8,}"
        "|[a-z]{20,})",

    "\\b(?:sk|rk|pk|gsk|xai|pplx|hf|ghp|glpat|xoxb|xoxp)[-_]"
        "[A-Za-z0-9_*.-]{6,}",

    "\\bAIza[A-Za-z0-9_*-]{16,}",

    "\\b(?:AKIA|ASIA)[A-Z0-9*]{12,}",

    "\\beyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)?",

    "(?i)(?:api[-_ ]?key(?: provided)?|authorization|access[-_]?token|secret|"
        "password|[?&]key)[\"']?[ \\t]*[:=][ \\t]*[\"']?"
        "(?:(?:basic|bearer)[ \\t]+)?[^\\s\"',;&]{4,}"
};


/* a byte of which each of them has to see: most texts have none */

static const char *const  agt_redact_needs[AGT_REDACT_CREDENTIALS] = {
    " \t", "-_", "z", "A", ".", ":="
};


static const char  agt_redact_names[] =
    "(?i)(?:api[-_ ]?key|authorization|token|secret|password)$";


int
agt_redact_credentials(agt_redact_rule_t rules[AGT_REDACT_CREDENTIALS],
    agt_regex_t **names, agt_mem_t *mem, agt_error_t *err)
{
    int       rc;
    uint32_t  i;

    *names = NULL;

    for (i = 0; i < AGT_REDACT_CREDENTIALS; i++) {
        rules[i].name = agt_str_from("credential");
        rules[i].regex = NULL;
        rules[i].needs = agt_redact_needs[i];
    }

    for (i = 0; i < AGT_REDACT_CREDENTIALS; i++) {
        rc = agt_regex_compile(&rules[i].regex,
                               agt_str_from(agt_redact_patterns[i]),
                               AGT_REGEX_PCRE, mem, err);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return agt_regex_compile(names, agt_str_from(agt_redact_names),
                             AGT_REGEX_PCRE, mem, err);
}


int
agt_redact_text(const agt_redact_t *set, agt_str_t text,
    agt_redact_state_t *state, agt_buf_t *out)
{
    int                 rc;
    agt_redact_field_t  field;

    field.set = set;
    field.state = state;
    field.out = out;
    field.text = text;
    field.keep = text.len;
    field.escape = false;

    rc = agt_redact_field(&field);

    return rc == AGT_DECLINED ? AGT_OK : rc;
}


/* DECLINED: out is full */


static int
agt_redact_field(agt_redact_field_t *field)
{
    size_t    mark;
    uint32_t  i;

    if (field->text.len > AGT_REDACT_SOURCE + AGT_REDACT_MARGIN) {
        field->text.len = AGT_REDACT_SOURCE + AGT_REDACT_MARGIN;
        field->keep = agt_min(field->keep, (size_t) AGT_REDACT_SOURCE);
    }

    field->keep = agt_redact_boundary(field->text, field->keep);

    if (field->keep < field->text.len) {
        field->state->cut = true;
    }

    field->empty = 0;
    mark = field->out->len;

    for (i = 0; i < field->set->n; i++) {

        if (!agt_redact_may_match(&field->set->rules[i], field->text)) {
            field->found[i] = false;
            continue;
        }

        if (agt_redact_find(field, i, 0) != AGT_OK) {
            return agt_redact_all(field, mark);
        }
    }

    return agt_redact_matches(field, mark);
}


static int
agt_redact_matches(agt_redact_field_t *field, size_t mark)
{
    int       rc;
    size_t    pos, end;
    uint32_t  i;

    pos = 0;

    while (pos < field->keep) {

        i = agt_redact_first(field);

        if (i == field->set->n || field->next[i].start >= field->keep) {
            return agt_redact_put(field, pos, field->keep);
        }

        end = field->next[i].end;

        rc = agt_redact_put(field, pos, field->next[i].start);
        if (rc != AGT_OK) {
            return rc;
        }

        if (agt_redact_extend(field, &end) != AGT_OK) {
            return agt_redact_all(field, mark);
        }

        rc = agt_redact_mask(field, i);
        if (rc != AGT_OK) {
            return rc;
        }

        pos = end;
    }

    return AGT_OK;
}


static bool
agt_redact_may_match(const agt_redact_rule_t *rule, agt_str_t text)
{
    const char  *p;

    if (rule->needs == NULL || text.len == 0) {
        return true;
    }

    for (p = rule->needs; *p != '\0'; p++) {
        if (memchr(text.data, *p, text.len) != NULL) {
            return true;
        }
    }

    return false;
}


/* anything but OK: it is not known what the rule would find */

static int
agt_redact_find(agt_redact_field_t *field, uint32_t i, size_t offset)
{
    int                rc;
    agt_regex_span_t  *span;

    span = &field->next[i];
    field->found[i] = false;

    while (offset <= field->text.len) {

        rc = agt_regex_match(field->set->rules[i].regex, field->text, offset,
                             span, &field->state->fuel);

        if (rc == AGT_DECLINED) {
            return AGT_OK;
        }

        if (rc != AGT_OK) {
            field->failed = i;
            return AGT_AGAIN;
        }

        if (span->end > span->start) {
            field->found[i] = true;
            return AGT_OK;
        }

        if (++field->empty > AGT_REDACT_EMPTY) {
            field->failed = i;
            return AGT_AGAIN;
        }

        offset = span->end + 1;

        while (offset < field->text.len
               && agt_redact_continues(field->text.data[offset]))
        {
            offset++;
        }
    }

    return AGT_OK;
}


static uint32_t
agt_redact_first(const agt_redact_field_t *field)
{
    uint32_t  i, first;

    first = field->set->n;

    for (i = 0; i < field->set->n; i++) {

        if (field->found[i]
            && (first == field->set->n
                || field->next[i].start < field->next[first].start))
        {
            first = i;
        }
    }

    return first;
}


/* *end grows while matches begin before it; those behind it become next */

static int
agt_redact_extend(agt_redact_field_t *field, size_t *end)
{
    bool      grown;
    uint32_t  i;

    do {
        grown = false;

        for (i = 0; i < field->set->n; i++) {

            while (field->found[i] && field->next[i].start < *end) {

                if (field->next[i].end > *end) {
                    *end = field->next[i].end;
                    grown = true;
                }

                if (agt_redact_find(field, i, field->next[i].end) != AGT_OK) {
                    return AGT_AGAIN;
                }
            }
        }

    } while (grown);

    return AGT_OK;
}


static int
agt_redact_put(agt_redact_field_t *field, size_t start, size_t end)
{
    int         rc;
    size_t      n;
    agt_str_t   piece;
    agt_buf_t  *out;

    out = field->out;
    piece = agt_str_make(field->text.data + start, end - start);

    if (field->escape) {
        rc = agt_redact_escape(out, piece);

    } else {
        n = agt_min(piece.len, out->max - out->len);
        n = agt_redact_boundary(piece, n);

        rc = agt_buf_append(out, piece.data, n);

        if (rc == AGT_OK && n < piece.len) {
            rc = AGT_DECLINED;
        }
    }

    if (rc == AGT_DECLINED) {
        field->state->cut = true;
    }

    return rc;
}


static int
agt_redact_mask(agt_redact_field_t *field, uint32_t i)
{
    agt_str_t   name;
    agt_buf_t  *out;

    out = field->out;
    name = field->set->rules[i].name;

    field->state->masked = true;

    if (sizeof("[redacted:]") - 1 + name.len > out->max - out->len) {
        field->state->cut = true;
        return AGT_DECLINED;
    }

    (void) agt_buf_text(out, "[redacted:");
    (void) agt_buf_str(out, name);

    return agt_buf_char(out, ']');
}


static int
agt_redact_all(agt_redact_field_t *field, size_t mark)
{
    field->out->len = mark;

    return agt_redact_mask(field, field->failed);
}


int
agt_redact_json(const agt_redact_t *set, const agt_json_t *doc,
    agt_redact_state_t *state, agt_mem_t *mem, agt_buf_t *out)
{
    int                rc;
    uint32_t           i;
    agt_redact_json_t  w;

    w.set = set;
    w.doc = doc;
    w.state = state;
    w.out = out;
    w.secret = false;
    w.depth = 0;

    agt_buf_init(&w.value, mem, 0, AGT_REDACT_SOURCE + AGT_REDACT_MARGIN);

    rc = AGT_OK;

    for (i = 0; i < doc->n && rc == AGT_OK; i++) {
        rc = agt_redact_close(&w, i);

        if (rc == AGT_OK) {
            rc = agt_redact_node(&w, i);
        }
    }

    if (rc == AGT_OK) {
        rc = agt_redact_close(&w, doc->n);
    }

    if (rc == AGT_DECLINED) {
        state->cut = true;
        rc = AGT_OK;
    }

    return rc;
}


/* closes the containers that end before node i */

static int
agt_redact_close(agt_redact_json_t *w, uint32_t i)
{
    int  rc;

    while (w->depth != 0 && w->levels[w->depth - 1].end == i) {

        w->depth--;

        rc = agt_redact_char(w->out, w->levels[w->depth].close);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


static int
agt_redact_node(agt_redact_json_t *w, uint32_t i)
{
    int                     rc;
    agt_redact_level_t     *level;
    const agt_json_node_t  *node;

    node = &w->doc->nodes[i];

    if (w->depth != 0) {
        level = &w->levels[w->depth - 1];

        if (level->close == ']' || (node->flags & AGT_JSON_KEY)) {

            if (!level->empty) {
                rc = agt_redact_char(w->out, ',');
                if (rc != AGT_OK) {
                    return rc;
                }
            }

            level->empty = false;
        }
    }

    if (node->flags & AGT_JSON_KEY) {
        rc = agt_redact_string(w, i);

        return rc == AGT_OK ? agt_redact_char(w->out, ':') : rc;
    }

    return agt_redact_value(w, i);
}


static int
agt_redact_value(agt_redact_json_t *w, uint32_t i)
{
    bool       secret;
    uint8_t    type;
    agt_str_t  raw;

    secret = w->secret;
    w->secret = false;

    type = w->doc->nodes[i].type;

    if (type == AGT_JSON_OBJECT || type == AGT_JSON_ARRAY) {
        return agt_redact_open(w, i);
    }

    if (secret && (type == AGT_JSON_STRING || type == AGT_JSON_NUMBER)) {
        w->state->masked = true;
        raw = agt_str_from("\"[redacted:credential]\"");

    } else if (type == AGT_JSON_STRING) {
        return agt_redact_string(w, i);

    } else if (type == AGT_JSON_NUMBER) {
        return agt_redact_number(w, i);

    } else {
        raw = agt_json_raw(w->doc, i);
    }

    if (raw.len > w->out->max - w->out->len) {
        return AGT_DECLINED;
    }

    return agt_buf_str(w->out, raw);
}


static int
agt_redact_open(agt_redact_json_t *w, uint32_t i)
{
    bool                 object;
    agt_redact_level_t  *level;

    if (w->depth == agt_array_n(w->levels)) {
        return AGT_DECLINED;
    }

    object = (w->doc->nodes[i].type == AGT_JSON_OBJECT);

    level = &w->levels[w->depth++];

    level->end = w->doc->nodes[i].next;
    level->close = object ? '}' : ']';
    level->empty = true;

    return agt_redact_char(w->out, object ? '{' : '[');
}


static int
agt_redact_string(agt_redact_json_t *w, uint32_t i)
{
    int                     rc;
    agt_redact_field_t      field;
    const agt_json_node_t  *node;

    node = &w->doc->nodes[i];

    field.set = w->set;
    field.state = w->state;
    field.out = w->out;
    field.text = agt_str_make(w->doc->text.data + node->off, node->len);
    field.keep = field.text.len;
    field.escape = true;

    if (node->flags & AGT_JSON_ESCAPED) {
        agt_buf_reset(&w->value);

        if (agt_json_unescape(&w->value, field.text) != AGT_OK
            && !w->value.full)
        {
            return AGT_ERROR;
        }

        field.text = agt_buf_slice(&w->value);
        field.keep = w->value.full
                     ? agt_min(field.text.len, (size_t) AGT_REDACT_SOURCE)
                     : field.text.len;
    }

    if ((node->flags & AGT_JSON_KEY) && w->set->names != NULL) {
        w->secret = agt_regex_match(w->set->names, field.text, 0, NULL,
                                    &w->state->fuel)
                    != AGT_DECLINED;
    }

    rc = agt_redact_char(w->out, '"');

    if (rc == AGT_OK) {
        rc = agt_redact_field(&field);
    }

    if (rc == AGT_OK) {
        rc = agt_redact_char(w->out, '"');
    }

    return rc;
}


/* one that is masked, in whole or in part, becomes a string */

static int
agt_redact_number(agt_redact_json_t *w, uint32_t i)
{
    int                 rc;
    size_t              mark;
    agt_redact_state_t  before;

    before = *w->state;
    mark = w->out->len;

    w->state->masked = false;
    w->state->cut = false;

    rc = agt_redact_string(w, i);

    if (rc == AGT_DECLINED) {
        w->out->len = mark;

    } else if (rc == AGT_OK && !w->state->masked && !w->state->cut) {
        w->out->len = mark;
        rc = agt_buf_str(w->out, agt_json_raw(w->doc, i));
    }

    w->state->masked |= before.masked;
    w->state->cut |= before.cut;

    return rc;
}


int
agt_redact_escape(agt_buf_t *out, agt_str_t s)
{
    size_t  n, mark, chunk;

    chunk = AGT_REDACT_CHUNK;

    while (s.len != 0) {

        n = agt_redact_boundary(s, agt_min(s.len, chunk));
        mark = out->len;

        if (agt_json_escape(out, agt_str_make(s.data, n)) == AGT_OK) {
            s.data += n;
            s.len -= n;
            continue;
        }

        if (!out->full) {
            return AGT_ERROR;
        }

        agt_buf_rewind(out, mark);

        if (chunk < 8) {
            return AGT_DECLINED;
        }

        chunk /= 2;
    }

    return AGT_OK;
}


/* n, or up to 3 less where that would cut a character */

static size_t
agt_redact_boundary(agt_str_t s, size_t n)
{
    size_t  i;

    if (n >= s.len) {
        return s.len;
    }

    for (i = 0; i < 4 && i <= n; i++) {
        if (!agt_redact_continues(s.data[n - i])) {
            return n - i;
        }
    }

    return n;
}


static bool
agt_redact_continues(char c)
{
    return ((unsigned char) c & 0xc0) == 0x80;
}


static int
agt_redact_char(agt_buf_t *out, char c)
{
    if (out->len == out->max) {
        return AGT_DECLINED;
    }

    return agt_buf_char(out, c);
}
