
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A schema while it is compiled.  Places in documents become nodes when they
 * are first met and are compiled in that order, so that references may go
 * anywhere and nothing recurses.  What does not outlive the compilation is in
 * memory of its own.
 *
 * The functions return AGT_DECLINED, with the error set, where the schema is
 * not valid, and AGT_ERROR without memory.
 */


#ifndef _AGT_SCHEMA_BUILD_H_INCLUDED_
#define _AGT_SCHEMA_BUILD_H_INCLUDED_


#include "agt_schema_index.h"
#include "agt_schema_keyword.h"
#include "agt_schema_run.h"


#define AGT_BUILD_NODES      20000           /* subschemas */
#define AGT_BUILD_PATTERNS   256             /* regular expressions ... */
#define AGT_BUILD_REGEX      65536           /* and their bytes: some 10 ms */
#define AGT_BUILD_DIALECTS   8
#define AGT_BUILD_DYNAMIC    64              /* names of $dynamicRef */


/* where a node comes from */

typedef struct {
    uint32_t  doc;
    uint32_t  node;
} agt_build_place_t;


typedef struct {
    agt_str_t      uri;
    uint8_t        vocabularies;
    uint8_t        draft;
    agt_schema_t  *meta;               /* compiled when it is needed */
} agt_build_dialect_t;


/* its anchors were looked for in the first so many entered resources */

typedef struct {
    agt_str_t  name;
    uint32_t   done;
} agt_build_dynamic_t;


/* a byte for each id of something */

typedef struct {
    uint8_t   *bytes;
    uint32_t   size;
} agt_build_bytes_t;


typedef struct {
    agt_mem_t              *mem;       /* of the schema */
    agt_mem_t              *tmp;       /* of the compilation */
    agt_error_t            *err;
    bool                    formats;
    bool                    trusted;   /* is a meta-schema: is not checked */

    agt_schema_index_t      index;
    agt_build_dialect_t     dialects[AGT_BUILD_DIALECTS];
    uint32_t                ndialects;
    agt_build_bytes_t       resource_dialects;   /* 1 + their index */
    agt_build_bytes_t       checked;             /* documents */

    agt_schema_node_t      *nodes;
    agt_build_place_t      *places;    /* of the nodes */
    uint32_t               *slots;     /* 1 + id of a node, by its place */
    uint32_t                n;
    uint32_t                done;      /* nodes that were compiled */
    uint32_t                nodes_size;
    uint32_t                places_size;
    uint32_t                mask;

    agt_schema_op_t        *ops;
    uint32_t                nops;
    uint32_t                ops_size;

    agt_schema_pattern_t   *patterns[AGT_BUILD_PATTERNS];
    uint32_t                npatterns;
    size_t                  regex;     /* bytes of the patterns */

    /* resources that have nodes, in the order they were met */

    uint32_t               *entered;
    agt_build_bytes_t       is_entered;
    uint32_t                nentered;
    uint32_t                entered_size;

    agt_build_dynamic_t     dynamic[AGT_BUILD_DYNAMIC];
    uint32_t                ndynamic;
    agt_schema_anchor_t    *anchors;
    uint32_t                nanchors;
    uint32_t                anchors_size;

    /* the node that is being compiled */

    const agt_json_t       *json;
    agt_build_place_t       place;
    uint32_t                resource;
    agt_build_dialect_t    *dialect;
    uint32_t                values[AGT_KEYWORD_N];   /* or AGT_JSON_NONE */

    agt_schema_check_t      value;     /* for hashes of values */
} agt_build_t;


/* compiles a document, or else what has the URI, and puts it into *schema */

int agt_build(agt_schema_t **schema, const agt_json_t *doc, agt_str_t uri,
    const agt_schema_index_t *base, bool formats, bool trusted,
    agt_mem_t *mem, agt_error_t *err);

/* the node of a place; errors are at a node of the current document */

int agt_build_intern(agt_build_t *b, const agt_build_place_t *place,
    uint32_t at, uint32_t *id);

/* the node of a subschema of the current one */

int agt_build_child(agt_build_t *b, uint32_t at, uint32_t *id);

/* the node that a reference, a string of the current node, leads to; dynamic
   is the name of the dynamic anchor that it is by, else its data is NULL */

int agt_build_target(agt_build_t *b, uint32_t at, uint32_t *id,
    agt_str_t *dynamic);

/* the same for the root of the current resource, and $recursiveAnchor */

int agt_build_root(agt_build_t *b, uint32_t at, uint32_t *id,
    agt_str_t *dynamic);

/* a resource by its URI; also loads the meta-schemas that are built in */

int agt_build_resource(agt_build_t *b, agt_str_t uri, uint32_t at,
    uint32_t *resource);

/* the number of a name that $dynamicRef may look for */

int agt_build_dynamic(agt_build_t *b, agt_str_t name, uint32_t at,
    uint32_t *id);

/* compiles the current node's keywords */

int agt_build_keywords(agt_build_t *b, agt_schema_node_t *node);

/* the dialect of a resource */

int agt_build_dialect(agt_build_t *b, uint32_t resource,
    agt_build_dialect_t **dialect);

/* checks a document against its meta-schema, once */

int agt_build_check(agt_build_t *b, uint32_t doc);

/* DECLINED where a node applies itself to the same instance, in the end */

int agt_build_loops(agt_build_t *b);

/* one more operation of the current node */

int agt_build_op(agt_build_t *b, const agt_schema_op_t *op);

/* the byte of an id; NULL: no memory */

uint8_t *agt_build_byte(agt_build_t *b, agt_build_bytes_t *bytes, uint32_t id);

/* what a token of a JSON pointer leads to, or AGT_JSON_NONE */

uint32_t agt_build_step(const agt_json_t *json, uint32_t node,
    agt_str_t token);

/* an error at a node of the current document */

#define agt_build_error(b, at, ...)                                           \
    agt_schema_index_error(agt_schema_index_doc(&(b)->index,                  \
                                                (b)->place.doc),              \
                           at, (b)->err, __VA_ARGS__)


#endif /* _AGT_SCHEMA_BUILD_H_INCLUDED_ */
