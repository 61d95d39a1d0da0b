
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Documents written again: without white space, and in canonical form.
 */


#include "agt_json_text.h"


/* documents of so many nodes are put in order without asking for memory */

#define AGT_JSON_LINKS   256

/* parts of a merge sort on lists: part i has 2^i keys, and keys are fewer
   than 2^32 */

#define AGT_JSON_PARTS   32


/*
 * The order of an object's keys, as a list through the table of nodes: "next"
 * of the object is its first key, of a key the one behind it, 0 is the end.
 * The table begins with node "first".
 */

typedef struct {
    const agt_json_t  *doc;
    uint32_t          *next;
    uint32_t           first;
} agt_json_links_t;


static void agt_json_put_between(agt_buf_t *buf, const char *p,
    const char *end);
static void agt_json_sort(agt_json_links_t *links, uint32_t object);
static uint32_t agt_json_merge(agt_json_links_t *links, uint32_t a,
    uint32_t b);
static void agt_json_put_sorted(agt_json_links_t *links, uint32_t i,
    agt_buf_t *buf);


/*
 * All that stands between scalars and keys is punctuation and white space:
 * containers need not be looked at.
 */

int
agt_json_minify(const agt_json_t *doc, uint32_t i, agt_buf_t *buf)
{
    uint32_t     last;
    agt_str_t    raw, token;
    const char  *p;

    raw = agt_json_raw(doc, i);

    if (doc->compact) {
        return agt_buf_str(buf, raw);
    }

    p = raw.data;

    for (last = doc->nodes[i].next; i < last; i++) {

        if (doc->nodes[i].type & (AGT_JSON_ARRAY|AGT_JSON_OBJECT)) {
            continue;
        }

        token = agt_json_raw(doc, i);
        agt_json_put_between(buf, p, token.data);
        (void) agt_buf_str(buf, token);
        p = token.data + token.len;
    }

    agt_json_put_between(buf, p, raw.data + raw.len);

    return buf->failed ? AGT_ERROR : AGT_OK;
}


static void
agt_json_put_between(agt_buf_t *buf, const char *p, const char *end)
{
    for ( ;; ) {
        p = agt_scan_space(p, end);

        if (p == end) {
            return;
        }

        (void) agt_buf_char(buf, *p++);
    }
}


int
agt_json_canonical(const agt_json_t *doc, uint32_t i, agt_buf_t *buf)
{
    uint32_t          k, n, local[AGT_JSON_LINKS];
    agt_json_links_t  links;

    n = doc->nodes[i].next - i;

    links.doc = doc;
    links.first = i;
    links.next = local;

    if (n > AGT_JSON_LINKS) {

        /* a fixed buffer has no memory to ask for */

        if (buf->mem == NULL) {
            buf->failed = true;
            return AGT_ERROR;
        }

        links.next = agt_alloc(buf->mem, n * sizeof(uint32_t));
        if (links.next == NULL) {
            buf->failed = true;
            return AGT_ERROR;
        }
    }

    for (k = i; k < i + n; k++) {
        if (doc->nodes[k].type == AGT_JSON_OBJECT) {
            agt_json_sort(&links, k);
        }
    }

    agt_json_put_sorted(&links, i, buf);

    return buf->failed ? AGT_ERROR : AGT_OK;
}


static void
agt_json_sort(agt_json_links_t *links, uint32_t object)
{
    uint32_t                i, key, end, list, parts[AGT_JSON_PARTS];
    const agt_json_node_t  *nodes;

    nodes = links->doc->nodes;
    end = nodes[object].next;

    memset(parts, 0, sizeof(parts));

    for (key = object + 1; key < end; key = nodes[key + 1].next) {

        links->next[key - links->first] = 0;
        list = key;

        for (i = 0; parts[i] != 0; i++) {
            list = agt_json_merge(links, parts[i], list);
            parts[i] = 0;
        }

        parts[i] = list;
    }

    list = 0;

    for (i = 0; i < AGT_JSON_PARTS; i++) {
        list = agt_json_merge(links, parts[i], list);
    }

    links->next[object - links->first] = list;
}


static uint32_t
agt_json_merge(agt_json_links_t *links, uint32_t a, uint32_t b)
{
    uint32_t  list, *last;

    last = &list;

    while (a != 0 && b != 0) {

        if (agt_json_compare(links->doc, a, b) < 0) {
            *last = a;
            last = &links->next[a - links->first];
            a = *last;

        } else {
            *last = b;
            last = &links->next[b - links->first];
            b = *last;
        }
    }

    *last = (a != 0) ? a : b;

    return list;
}


/* the reader bounds the depth of a document, and with it the recursion */

static void
agt_json_put_sorted(agt_json_links_t *links, uint32_t i, agt_buf_t *buf)
{
    char                    c;
    uint32_t                k;
    const agt_json_node_t  *nodes;

    nodes = links->doc->nodes;

    switch (nodes[i].type) {

    case AGT_JSON_STRING:
        agt_json_requote(links->doc, i, buf);
        return;

    case AGT_JSON_OBJECT:
        c = '{';

        for (k = links->next[i - links->first];
             k != 0;
             k = links->next[k - links->first])
        {
            (void) agt_buf_char(buf, c);
            agt_json_requote(links->doc, k, buf);
            (void) agt_buf_char(buf, ':');
            agt_json_put_sorted(links, k + 1, buf);
            c = ',';
        }

        (void) agt_buf_text(buf, c == '{' ? "{}" : "}");
        return;

    case AGT_JSON_ARRAY:
        c = '[';

        for (k = i + 1; k < nodes[i].next; k = nodes[k].next) {
            (void) agt_buf_char(buf, c);
            agt_json_put_sorted(links, k, buf);
            c = ',';
        }

        (void) agt_buf_text(buf, c == '[' ? "[]" : "]");
        return;

    default:
        (void) agt_buf_str(buf, agt_json_raw(links->doc, i));
    }
}
