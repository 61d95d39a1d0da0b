
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Input: a text.  The reader must agree with the plain grammar below about
 * what is JSON, and whatever is written from a document must say the same.
 */


#include <stdlib.h>

#include "agt_json.h"


#define check(cond)   do { if (!(cond)) { abort(); } } while (0)


typedef struct {
    const char  *p;
    const char  *end;
    unsigned     depth;
} grammar_t;


static bool grammar_value(grammar_t *g);


static bool
grammar_char(grammar_t *g, const char *set)
{
    if (g->p < g->end && *g->p != '\0' && strchr(set, *g->p) != NULL) {
        g->p++;
        return true;
    }

    return false;
}


static void
grammar_space(grammar_t *g)
{
    while (grammar_char(g, " \t\r\n")) { /* void */ }
}


static bool
grammar_digits(grammar_t *g)
{
    if (!grammar_char(g, "0123456789")) {
        return false;
    }

    while (grammar_char(g, "0123456789")) { /* void */ }

    return true;
}


static bool
grammar_number(grammar_t *g)
{
    (void) grammar_char(g, "-");

    if (!grammar_char(g, "0") && !grammar_digits(g)) {
        return false;
    }

    if (grammar_char(g, ".") && !grammar_digits(g)) {
        return false;
    }

    if (grammar_char(g, "eE")) {
        (void) grammar_char(g, "+-");
        return grammar_digits(g);
    }

    return true;
}


static bool
grammar_string(grammar_t *g)
{
    unsigned  i;

    if (!grammar_char(g, "\"")) {
        return false;
    }

    while (!grammar_char(g, "\"")) {

        if (grammar_char(g, "\\")) {

            if (grammar_char(g, "u")) {
                for (i = 0; i < 4; i++) {
                    if (!grammar_char(g, "0123456789abcdefABCDEF")) {
                        return false;
                    }
                }

            } else if (!grammar_char(g, "\"\\/bfnrt")) {
                return false;
            }

            continue;
        }

        if (g->p == g->end || (uint8_t) *g->p < 0x20) {
            return false;
        }

        g->p++;
    }

    return true;
}


static bool
grammar_list(grammar_t *g, bool object)
{
    const char  *close = object ? "}" : "]";

    g->p++;
    grammar_space(g);

    if (grammar_char(g, close)) {
        return true;
    }

    if (g->depth++ == AGT_JSON_DEPTH) {
        return false;
    }

    do {
        grammar_space(g);

        if (object) {

            if (!grammar_string(g)) {
                return false;
            }

            grammar_space(g);

            if (!grammar_char(g, ":")) {
                return false;
            }

            grammar_space(g);
        }

        if (!grammar_value(g)) {
            return false;
        }

        grammar_space(g);

    } while (grammar_char(g, ","));

    g->depth--;

    return grammar_char(g, close);
}


static bool
grammar_word(grammar_t *g, const char *word)
{
    size_t  len = strlen(word);

    if ((size_t) (g->end - g->p) < len || memcmp(g->p, word, len) != 0) {
        return false;
    }

    g->p += len;

    return true;
}


static bool
grammar_value(grammar_t *g)
{
    if (g->p == g->end) {
        return false;
    }

    switch (*g->p) {

    case '{':
    case '[':

        /* also of one that is empty */

        return g->depth < AGT_JSON_DEPTH && grammar_list(g, *g->p == '{');

    case '"':
        return grammar_string(g);

    case 't':
        return grammar_word(g, "true");

    case 'f':
        return grammar_word(g, "false");

    case 'n':
        return grammar_word(g, "null");

    default:
        return grammar_number(g);
    }
}


static bool
grammar(agt_str_t text)
{
    grammar_t  g;

    g.p = text.data;
    g.end = text.data + text.len;
    g.depth = 0;

    grammar_space(&g);

    if (!grammar_value(&g)) {
        return false;
    }

    grammar_space(&g);

    return g.p == g.end && agt_utf8_valid(text) == text.len;
}


/* every node within the one around it, and behind the one before */

static void
check_nodes(const agt_json_t *doc)
{
    uint32_t                i, child, n;
    const agt_json_node_t  *node;

    check(doc->n != 0 && doc->nodes[0].next == doc->n);

    for (i = 0; i < doc->n; i++) {

        node = &doc->nodes[i];

        check((size_t) node->off + node->len <= doc->text.len);
        check(node->next > i && node->next <= doc->n);

        if (!(node->type & (AGT_JSON_ARRAY|AGT_JSON_OBJECT))) {
            check(node->next == i + 1);
            continue;
        }

        n = 0;

        for (child = i + 1; child < node->next;
             child = doc->nodes[child].next)
        {
            check(doc->nodes[child].off > node->off);
            check(doc->nodes[child].off + doc->nodes[child].len
                  < node->off + node->len);
            check((node->type == AGT_JSON_OBJECT && n % 2 == 0)
                  == ((doc->nodes[child].flags & AGT_JSON_KEY) != 0));
            n++;
        }

        check(child == node->next);
        check(n == node->count * (node->type == AGT_JSON_OBJECT ? 2 : 1));
    }
}


static void
check_strings(const agt_json_t *doc, agt_mem_t *mem)
{
    uint32_t          i, parent;
    agt_buf_t         buf;
    agt_str_t         value, inside;
    agt_json_node_t  *node;

    parent = 0;

    for (i = 0; i < doc->n; i++) {

        node = &doc->nodes[i];

        if (node->type == AGT_JSON_OBJECT) {
            parent = i;
        }

        if (node->type != AGT_JSON_STRING) {
            continue;
        }

        check(agt_json_string(doc, i, mem, &value) == AGT_OK);
        check(value.len <= node->len);
        check(agt_utf8_valid(value) == value.len);
        check(agt_json_string_is(doc, i, value));

        inside = agt_str_make(doc->text.data + node->off, node->len);
        agt_buf_init(&buf, mem, 0, node->len);
        check(agt_json_unescape(&buf, inside) == AGT_OK);
        check(agt_str_eq(agt_buf_slice(&buf), value));

        if (node->flags & AGT_JSON_KEY) {
            check(node->count == agt_json_hash(value));

            if (i == parent + 1 && doc->nodes[parent].next > i) {
                check(agt_json_member(doc, parent, value) == i + 1);
            }
        }
    }
}


/* the same values in the same order, and nothing more to drop */

static void
check_minify(const agt_json_t *doc, agt_mem_t *mem)
{
    uint32_t    i;
    agt_buf_t   buf;
    agt_json_t  again;

    agt_buf_init(&buf, mem, 0, doc->text.len);
    check(agt_json_minify(doc, 0, &buf) == AGT_OK);
    check(agt_json_parse(&again, agt_buf_slice(&buf), NULL, mem, NULL)
          == AGT_OK);
    check(again.n == doc->n && again.compact);
    check(!doc->compact || buf.len == doc->text.len);

    for (i = 0; i < doc->n; i++) {
        check(again.nodes[i].type == doc->nodes[i].type);
        check(again.nodes[i].flags == doc->nodes[i].flags);
        check(again.nodes[i].next == doc->nodes[i].next);
        check(again.nodes[i].count == doc->nodes[i].count);

        if (doc->nodes[i].type & (AGT_JSON_NUMBER|AGT_JSON_STRING)) {
            check(agt_str_eq(agt_json_raw(doc, i), agt_json_raw(&again, i)));
        }
    }
}


static void
check_canonical(const agt_json_t *doc, agt_mem_t *mem)
{
    agt_buf_t   buf, twice;
    agt_json_t  again;

    agt_buf_init(&buf, mem, 0, doc->text.len);
    check(agt_json_canonical(doc, 0, &buf) == AGT_OK);
    check(agt_json_parse(&again, agt_buf_slice(&buf), NULL, mem, NULL)
          == AGT_OK);
    check(again.n == doc->n && again.compact);

    agt_buf_init(&twice, mem, 0, buf.len);
    check(agt_json_canonical(&again, 0, &twice) == AGT_OK);
    check(agt_str_eq(agt_buf_slice(&buf), agt_buf_slice(&twice)));
}


static void
check_pointers(const agt_json_t *doc)
{
    char       data[1024];
    int64_t    value;
    uint32_t   i;
    agt_buf_t  buf;

    for (i = 0; i < doc->n && i < 100; i++) {

        agt_buf_fixed(&buf, data, sizeof(data));
        check(agt_json_pointer(doc, i, &buf) == AGT_OK || buf.full);

        if (agt_json_int64(doc, i, &value) == AGT_OK) {
            check(doc->nodes[i].type == AGT_JSON_NUMBER);
            check(value != 0 || memchr("-0", *agt_json_raw(doc, i).data, 2));
        }
    }
}


/* any bytes, written as a string and read again */

static void
check_escape(agt_str_t text, agt_mem_t *mem)
{
    agt_buf_t   buf, back;
    agt_str_t   value;
    agt_json_t  doc;

    agt_buf_init(&buf, mem, 0, text.len * 6 + 2);
    check(agt_json_quote(&buf, text) == AGT_OK);
    check(agt_json_parse(&doc, agt_buf_slice(&buf), NULL, mem, NULL)
          == AGT_OK && doc.n == 1);
    check(agt_json_string(&doc, 0, mem, &value) == AGT_OK);
    check(agt_utf8_valid(text) != text.len || agt_str_eq(value, text));

    /* what never was a string's inside is read within its bounds at least */

    agt_buf_init(&back, mem, 0, text.len);
    check(agt_json_unescape(&back, text) == AGT_OK);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int          rc;
    uint32_t     line, column;
    agt_str_t    text;
    agt_json_t   doc;
    agt_arena_t  arena, others;
    agt_error_t  err;

    text = agt_str_make((const char *) data, size);

    agt_arena_init(&arena, 10 * size + 65536);
    agt_arena_init(&others, 1000 * size + 1024 * 1024);
    agt_error_init(&err);

    rc = agt_json_parse(&doc, text, NULL, &arena.mem, &err);

    check(rc == AGT_OK || rc == AGT_DECLINED);
    check(err.set == (rc == AGT_DECLINED));

    if (rc == AGT_OK) {
        check(size != 0 && grammar(text));
        check_nodes(&doc);
        check_strings(&doc, &others.mem);
        check_minify(&doc, &others.mem);
        check_canonical(&doc, &others.mem);
        check_pointers(&doc);

    } else {
        check(err.offset <= size && err.message[0] != '\0');
        agt_json_position(text, err.offset, &line, &column);
        check(err.line == line && err.column == column);

        check(size == 0 || !grammar(text)
              || strncmp(err.message, "duplicate key", 13) == 0
              || strncmp(err.message, "an object of more", 17) == 0);
    }

    check_escape(text, &others.mem);

    agt_arena_release(&arena);
    agt_arena_release(&others);

    return 0;
}
