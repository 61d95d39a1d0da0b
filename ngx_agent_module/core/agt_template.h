
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Mustache (mustache.github.io/spec) without HTML escaping and lambdas, over
 * a JSON document read in place.  {{name}} and {{{name}}} and {{&name}} mean
 * the same.  Strings are inserted as they are, once, and never scanned again;
 * numbers as their text; objects and arrays as compact JSON; null and missing
 * values as nothing.
 */


#ifndef _AGT_TEMPLATE_H_INCLUDED_
#define _AGT_TEMPLATE_H_INCLUDED_


#include "agt_json.h"


typedef struct agt_template_s  agt_template_t;


/* a partial's text by its name; DECLINED where there is none */

typedef int (*agt_template_partial_pt)(void *ctx, agt_str_t name,
    agt_str_t *text);


/*
 * "missing" decides what a partial without a text does: an error (agents) or
 * nothing (the specification).
 */

typedef struct {
    agt_template_partial_pt   partial;     /* NULL: no partials */
    void                     *ctx;
    bool                      lenient;     /* a missing partial is empty */
} agt_template_options_t;


#define AGT_TEMPLATE_OUTPUT   (4 * 1024 * 1024)   /* suggested max of a render */


/* DECLINED with line and column in err; text must outlive the template */

int agt_template_compile(agt_template_t **tmpl, agt_str_t text,
    const agt_template_options_t *options, agt_mem_t *mem, agt_error_t *err);

/* whether it has no tags but comments and partials without tags: then
   *text is what every rendering gives */

bool agt_template_static(const agt_template_t *tmpl, agt_str_t *text);

/* ERROR when out has failed (out->full: over its maximum, fuel included) */

int agt_template_render(const agt_template_t *tmpl, const agt_json_t *doc,
    agt_buf_t *out);

/*
 * Calls handler for each name that the template and its partials look up, one
 * call for each part of a dotted name, "." excepted; file is the partial's
 * name or empty, offset is that of the tag.  Stops at the first that is not OK.
 */

typedef int (*agt_template_name_pt)(void *ctx, agt_str_t name, agt_str_t file,
    agt_str_t text, size_t offset);

int agt_template_names(const agt_template_t *tmpl,
    agt_template_name_pt handler, void *ctx);

/* whether the partial was used, so that it need not be appended as context */

bool agt_template_uses(const agt_template_t *tmpl, agt_str_t partial);


#endif /* _AGT_TEMPLATE_H_INCLUDED_ */
