
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A strict JSON reader (RFC 8259) that makes no tree: it yields a flat table
 * of nodes that are spans over the source text, in document order.  Numbers
 * keep their text, strings their escapes, objects the order of their keys.
 *
 *     {"a": [1, 2], "b": null}
 *
 *     0 object  1 key "a"  2 array  3 number 1  4 number 2  5 key "b"  6 null
 *
 * A member is a key node followed by its value node.  "next" of a node is the
 * index behind its whole subtree: the first child of container i is i + 1,
 * the sibling of node i is nodes[i].next, and a container ends where the
 * index reaches its own "next".
 *
 * The text must live, unchanged, as long as the document.  Refused beyond the
 * grammar: duplicate keys (compared after their escapes are read), invalid
 * UTF-8 (also in the shape of an encoded surrogate), and whatever passes the
 * limits.  A lone surrogate escape ("\ud800") is accepted and kept as text.
 */


#ifndef _AGT_JSON_H_INCLUDED_
#define _AGT_JSON_H_INCLUDED_


#include "agt_buf.h"


/* types are bits, so that a set of types is a mask */

#define AGT_JSON_NULL      0x01
#define AGT_JSON_BOOLEAN   0x02
#define AGT_JSON_NUMBER    0x04
#define AGT_JSON_STRING    0x08
#define AGT_JSON_ARRAY     0x10
#define AGT_JSON_OBJECT    0x20
#define AGT_JSON_ANY       0x3f

#define AGT_JSON_KEY       0x01   /* flag: a member's name, of type STRING */
#define AGT_JSON_ESCAPED   0x02   /* flag: the string has a backslash */
#define AGT_JSON_TRUE      0x04   /* flag of a boolean */
#define AGT_JSON_INTEGER   0x08   /* flag: a number without "." or exponent */

#define AGT_JSON_NONE      UINT32_MAX   /* no such node */

#define AGT_JSON_DEPTH     64           /* default of max_depth */
#define AGT_JSON_KEYS      10000        /* default of max_keys */


typedef struct {
    uint32_t  off;      /* start in the text; of a string: behind its quote */
    uint32_t  len;      /* bytes of the text; of a string: without quotes */
    uint32_t  next;
    uint32_t  count;    /* elements or members; of a key: its hash */
    uint8_t   type;
    uint8_t   flags;
} agt_json_node_t;


typedef struct {
    agt_str_t         text;
    agt_json_node_t  *nodes;     /* nodes[0] is the document's value */
    uint32_t          n;
    bool              compact;   /* the text has no insignificant white space */
} agt_json_t;


/* zero in a field means its default */

typedef struct {
    uint32_t  max_depth;    /* containers within each other; 64, at most 512 */
    uint32_t  max_keys;     /* of one object; 10,000: bounds hash flooding */
    uint32_t  max_nodes;    /* of the document; half its length bounds it too */
} agt_json_limits_t;


/*
 * The whole text must be one value, with white space around it at most.
 * limits and err may be NULL.  DECLINED with line and column in err where the
 * text is not valid, ERROR without memory.
 */

int agt_json_parse(agt_json_t *doc, agt_str_t text,
    const agt_json_limits_t *limits, agt_mem_t *mem, agt_error_t *err);

/* seeds the hash of keys for the process: once, before any document is read */

void agt_json_seed(uint64_t seed);

/* the value of a member, or AGT_JSON_NONE; the key is given without escapes */

uint32_t agt_json_member(const agt_json_t *doc, uint32_t object,
    agt_str_t key);

/* the hash that key nodes carry in "count", of a key without escapes */

uint32_t agt_json_hash(agt_str_t key);

/* whether a string node, its escapes read, equals s */

bool agt_json_string_is(const agt_json_t *doc, uint32_t i, agt_str_t s);

/*
 * A string node's value: a slice of the text where it has no escapes, else
 * memory of mem.  A lone surrogate becomes U+FFFD.
 */

int agt_json_string(const agt_json_t *doc, uint32_t i, agt_mem_t *mem,
    agt_str_t *value);

/*
 * Reads the escapes of a string's inside.  It must come from the reader: what
 * is no escape in other text is copied as it is.
 */

int agt_json_unescape(agt_buf_t *buf, agt_str_t inside);

/* writes s as the inside of a JSON string; invalid UTF-8 becomes U+FFFD */

int agt_json_escape(agt_buf_t *buf, agt_str_t s);

/* the same with the quotes around it */

int agt_json_quote(agt_buf_t *buf, agt_str_t s);

/* a value's text; of a string: with its quotes */

agt_str_t agt_json_raw(const agt_json_t *doc, uint32_t i);

/* a value's text without insignificant white space */

int agt_json_minify(const agt_json_t *doc, uint32_t i, agt_buf_t *buf);

/*
 * Canonical form: keys sorted by bytes, minimal escapes, number text kept; a
 * lone surrogate stays an escape.  The order of a value of more than 256 nodes
 * takes memory of the buffer's mem, so that it is ERROR for a fixed buffer.
 */

int agt_json_canonical(const agt_json_t *doc, uint32_t i, agt_buf_t *buf);

/* a number node as an integer; DECLINED if it is none or does not fit.
   1.0 and 1e2 are integers */

int agt_json_int64(const agt_json_t *doc, uint32_t i, int64_t *value);

/* the pointer (RFC 6901) of a node, "" of the document; a key names its
   member */

int agt_json_pointer(const agt_json_t *doc, uint32_t i, agt_buf_t *buf);

/* line and column, both from 1, of a byte of the text; columns are bytes */

void agt_json_position(agt_str_t text, size_t offset, uint32_t *line,
    uint32_t *column);

/* the type's name as JSON Schema has it: "null", "boolean", ... */

const char *agt_json_type_name(uint8_t type);

/* the length of the longest valid UTF-8 prefix */

size_t agt_utf8_valid(agt_str_t s);

/* code points of valid UTF-8 */

size_t agt_utf8_length(agt_str_t s);


#endif /* _AGT_JSON_H_INCLUDED_ */
