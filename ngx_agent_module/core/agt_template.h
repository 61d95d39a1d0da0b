
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Mustache (mustache.github.io/spec) without HTML escaping and lambdas, over
 * a JSON document read in place.  {{name}} and {{{name}}} and {{&name}} mean
 * the same.  Strings are inserted as they are, once, and never scanned again;
 * numbers as their text; objects and arrays as compact JSON; null and missing
 * values as nothing.  A section's value is false as in JavaScript: null,
 * false, 0, "", an empty array, or missing.
 */


#ifndef _AGT_TEMPLATE_H_INCLUDED_
#define _AGT_TEMPLATE_H_INCLUDED_


#include "agt_json.h"


typedef struct agt_template_s  agt_template_t;


/* a partial's text by its name; DECLINED where there is none */

typedef int (*agt_template_partial_pt)(void *ctx, agt_str_t name,
    agt_str_t *text);


/*
 * "append" names partials that follow the text, each behind an empty line and
 * without indentation, unless a tag of another file places them.
 */

typedef struct {
    agt_template_partial_pt   partial;     /* NULL: no partials */
    void                     *ctx;
    const agt_str_t          *append;
    uint32_t                  append_n;
    bool                      lenient;     /* a missing partial is empty, as
                                              the specification has it, and
                                              no error */
} agt_template_options_t;


/* the suggested maximum of a rendering */

#define AGT_TEMPLATE_OUTPUT   (4 * 1024 * 1024)

/*
 * Partials within each other.  One that includes itself without a section
 * between would never end and is refused when compiled; with a section the
 * input decides, and the rendering is declined where it goes deeper.
 */

#define AGT_TEMPLATE_DEPTH    32


/*
 * DECLINED with line and column in err, and the partial's name as its file;
 * text and the partials' texts must outlive the template.  options may be
 * NULL.
 */

int agt_template_compile(agt_template_t **tmpl, agt_str_t text,
    const agt_template_options_t *options, agt_mem_t *mem, agt_error_t *err);

/* whether neither it nor its partials look up a name: then *text is what
   every rendering gives */

bool agt_template_static(const agt_template_t *tmpl, agt_str_t *text);

/*
 * DECLINED where the document makes partials nest too deep, ERROR when out
 * has failed (out->full: over its maximum, or the rendering took too many
 * steps).
 */

int agt_template_render(const agt_template_t *tmpl, const agt_json_t *doc,
    agt_buf_t *out);

/*
 * Calls handler for each name that the template and its partials look up, one
 * call for each part of a dotted name, "." excepted; file is the partial's
 * name or empty, text is that of the file, offset that of the tag.  Stops at
 * the first that is not OK.
 */

typedef int (*agt_template_name_pt)(void *ctx, agt_str_t name, agt_str_t file,
    agt_str_t text, size_t offset);

int agt_template_names(const agt_template_t *tmpl,
    agt_template_name_pt handler, void *ctx);

/* whether a tag of the text, or of another file, names the partial, so that
   it need not be appended as context */

bool agt_template_uses(const agt_template_t *tmpl, agt_str_t partial);


#endif /* _AGT_TEMPLATE_H_INCLUDED_ */
