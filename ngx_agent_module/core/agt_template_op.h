
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The compiled form of a template, between agt_template.c, which makes it, and
 * agt_template_render.c, which runs it.  The text and each partial are a unit:
 * a run of operations that ends in RETURN.  All units share one array, and a
 * partial is compiled once, however often it is named.
 *
 *     Dear {{name}},{{#items}}        0 text "Dear "    4 text "\n- "
 *     - {{.}}                         1 name "name"     5 name "."
 *     {{/items}}                      2 text ","        6 end, back to 4
 *                                     3 section, to 7   7 return
 */


#ifndef _AGT_TEMPLATE_OP_H_INCLUDED_
#define _AGT_TEMPLATE_OP_H_INCLUDED_


#include "agt_template.h"


/*
 * Sections within each other, in one file.  With the bound on partials it
 * makes the renderer's stack an array of fixed size, 17 KB.
 */

#define AGT_TEMPLATE_NESTING   32

#define AGT_TEMPLATE_FRAMES                                                   \
    (AGT_TEMPLATE_NESTING * (AGT_TEMPLATE_DEPTH + 1) + AGT_TEMPLATE_DEPTH + 1)


/* the order is that of the tables in agt_template_render.c */

typedef enum {
    AGT_TEMPLATE_TEXT = 0,
    AGT_TEMPLATE_NAME,
    AGT_TEMPLATE_SECTION,
    AGT_TEMPLATE_INVERTED,
    AGT_TEMPLATE_END,           /* of a section; inverted ones need none */
    AGT_TEMPLATE_PARTIAL,
    AGT_TEMPLATE_APPEND,        /* a partial behind an empty line */
    AGT_TEMPLATE_RETURN
} agt_template_op_e;


typedef struct {
    const char  *data;      /* the text; a partial's indentation */
    uint32_t     len;
    uint32_t     tag;       /* the tag's offset in its file */
    uint32_t     arg;       /* the first part of the name; the partial's unit */
    uint32_t     jump;      /* SECTION, INVERTED: behind the section;
                               END: the section's first operation */
    uint16_t     parts;     /* of the name; none: "." */
    uint8_t      type;
    bool         line;      /* the text starts a line, to be indented */
} agt_template_op_t;


typedef struct {
    agt_str_t    name;      /* empty: the template's own text */
    agt_str_t    text;
    uint32_t     first;     /* operation */
    uint32_t     depth;     /* of partials that no section guards, itself
                               included; 0: not known yet */
    bool         placed;    /* a tag of another unit names it */
    bool         reached;   /* from the template's own text */
    bool         visiting;
} agt_template_unit_t;


struct agt_template_s {
    agt_template_op_t    *ops;
    agt_str_t            *names;
    agt_template_unit_t  *units;
    uint32_t              ops_n;
    uint32_t              names_n;
    uint32_t              units_n;
    bool                  constant;
    agt_str_t             text;     /* of a constant template */
};


/* what making it takes; the sizes are those of the growing arrays */

typedef struct {
    agt_template_t                *tmpl;
    const agt_template_options_t  *options;
    agt_mem_t                     *mem;
    agt_error_t                   *err;
    uint32_t                       ops_size;
    uint32_t                       names_size;
    uint32_t                       units_size;
} agt_template_compiler_t;


/* appends the operations of a unit, RETURN excepted */

int agt_template_parse(agt_template_compiler_t *c, uint32_t unit);

/*
 * A zeroed operation at the end of the array; it moves when the next one is
 * made.  unit and offset say where the tag is that asks for it.
 */

int agt_template_op(agt_template_compiler_t *c, uint32_t unit, size_t offset,
    uint8_t type, agt_template_op_t **op);

/* the index of a partial, which is loaded where it is new; DECLINED where it
   is missing, the error not set */

int agt_template_unit(agt_template_compiler_t *c, agt_str_t name,
    uint32_t *unit);

/* makes room for one more element behind n of them */

void *agt_template_grow(agt_mem_t *mem, void *elts, size_t elt_size,
    uint32_t n, uint32_t *size);

/* sets the error, with its place in a unit's text; returns DECLINED */

int agt_template_fail(agt_template_compiler_t *c, uint32_t unit,
    size_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));


#endif /* _AGT_TEMPLATE_OP_H_INCLUDED_ */
