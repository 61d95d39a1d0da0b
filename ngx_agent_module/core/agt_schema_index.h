
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Documents of schemas, and what identifies places in them: the URIs of
 * resources ($id) and anchors.  An index may stand on another one: its ids
 * go on where the other's end, and what it has itself is found first.
 */


#ifndef _AGT_SCHEMA_INDEX_H_INCLUDED_
#define _AGT_SCHEMA_INDEX_H_INCLUDED_


#include "agt_schema.h"


#define AGT_INDEX_DOCS    1024         /* documents of a set */
#define AGT_INDEX_NAMES   100000       /* URIs and anchors: all may be $ids */
#define AGT_INDEX_DEPTH   128          /* twice what the reader allows */

#define AGT_INDEX_NONE    UINT32_MAX


typedef struct {
    const agt_json_t  *json;
    agt_str_t          uri;            /* where it was retrieved; may be "" */
    uint32_t           resource;       /* that of its root, and the first */
    uint32_t           nresources;     /* in it, with consecutive ids */
    bool               trusted;        /* a meta-schema of ours */
} agt_schema_doc_t;


typedef struct {
    agt_str_t  uri;
    uint32_t   doc;
    uint32_t   node;
    uint32_t   parent;                 /* AGT_INDEX_NONE for a root */
} agt_schema_resource_t;


/* scope: the resource of an anchor; AGT_INDEX_NONE where the name is a URI */

typedef struct {
    agt_str_t  name;
    uint32_t   hash;
    uint32_t   scope;
    uint32_t   resource;
    uint32_t   node;
    bool       dynamic;
} agt_schema_name_t;


typedef struct agt_schema_index_s  agt_schema_index_t;

struct agt_schema_index_s {
    const agt_schema_index_t  *base;
    agt_mem_t                 *mem;

    agt_schema_doc_t          *docs;
    agt_schema_resource_t     *resources;
    agt_schema_name_t         *names;
    uint32_t                  *slots;          /* 1 + index of a name */

    uint32_t                   ndocs;
    uint32_t                   nresources;
    uint32_t                   nnames;
    uint32_t                   docs_size;
    uint32_t                   resources_size;
    uint32_t                   names_size;
    uint32_t                   mask;

    uint32_t                   first_doc;      /* ids of the base before */
    uint32_t                   first_resource;
};


void agt_schema_index_init(agt_schema_index_t *index,
    const agt_schema_index_t *base, agt_mem_t *mem);

/*
 * Adds a document with its identifiers; both must outlive the index.
 * DECLINED where one is not valid or used twice: err has pointer and position.
 */

int agt_schema_index_add(agt_schema_index_t *index, const agt_json_t *json,
    agt_str_t uri, bool trusted, uint32_t *doc, agt_error_t *err);

const agt_schema_doc_t *agt_schema_index_doc(const agt_schema_index_t *index,
    uint32_t doc);
const agt_schema_resource_t *agt_schema_index_resource(
    const agt_schema_index_t *index, uint32_t resource);

/* NULL: not there */

const agt_schema_name_t *agt_schema_index_find(
    const agt_schema_index_t *index, uint32_t scope, agt_str_t name);

/* the innermost resource that a node is in */

uint32_t agt_schema_index_enclosing(const agt_schema_index_t *index,
    uint32_t doc, uint32_t node);

/* sets an error at a node: message, pointer, line and column, and the file
   where the document has a URI; returns DECLINED */

int agt_schema_index_error(const agt_schema_doc_t *doc, uint32_t node,
    agt_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));


/* makes room for one more element: array is where the pointer to n of them is,
   which moves if need be */

int agt_schema_grow(agt_mem_t *mem, void *array, uint32_t n, uint32_t *size,
    size_t elt_size);


#endif /* _AGT_SCHEMA_INDEX_H_INCLUDED_ */
