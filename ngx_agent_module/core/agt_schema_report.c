
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What a check tells of an instance that is not valid.
 */


#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "agt_schema_run.h"


#define AGT_REPORT_FIRST     8       /* violations that are made room for */
#define AGT_REPORT_MESSAGE   512     /* bytes */
#define AGT_REPORT_VALUES    300     /* bytes of a list of values */
#define AGT_REPORT_POINTER   4096    /* bytes: a pointer may be all of a body */


static int agt_report_add(agt_schema_check_t *c, const char *keyword,
    uint32_t i, const char *fmt, va_list args);
static int agt_report_room(agt_schema_check_t *c);
static int agt_report_pointer(agt_schema_check_t *c, uint32_t i,
    agt_str_t *pointer);


static const char  *agt_report_keywords[] = {
#define AGT_REPORT_KEYWORD(id, handler, keyword)   keyword,
    AGT_SCHEMA_OP_MAP(AGT_REPORT_KEYWORD)
#undef AGT_REPORT_KEYWORD
};


int
agt_schema_fail(agt_schema_check_t *c, const agt_schema_op_t *op, uint32_t i,
    const char *fmt, ...)
{
    int      rc;
    va_list  args;

    c->failed = i;
    c->failed_kind = op->kind;

    if (c->report == NULL) {
        return AGT_DECLINED;
    }

    va_start(args, fmt);
    rc = agt_report_add(c, agt_report_keywords[op->kind], i, fmt, args);
    va_end(args);

    return rc;
}


int
agt_schema_fail_keyword(agt_schema_check_t *c, const char *keyword, uint32_t i,
    const char *fmt, ...)
{
    int      rc;
    va_list  args;

    c->failed = i;
    c->failed_kind = AGT_SCHEMA_OP_OBJECT;

    if (c->report == NULL) {
        return AGT_DECLINED;
    }

    va_start(args, fmt);
    rc = agt_report_add(c, keyword, i, fmt, args);
    va_end(args);

    return rc;
}


int
agt_schema_fail_type(agt_schema_check_t *c, uint8_t types, uint32_t i)
{
    int          rc;
    char         text[80];
    agt_buf_t    buf;
    const char  *is;

    if (c->report == NULL) {
        c->failed = i;
        c->failed_kind = AGT_SCHEMA_OP_N;
        c->failed_types = types;
        return AGT_DECLINED;
    }

    if (types == 0) {
        rc = agt_schema_fail_keyword(c, "false", i, "is not allowed here");

    } else {
        agt_buf_fixed(&buf, text, sizeof(text));
        agt_schema_types(&buf, types);

        /* the only way for a number to be no number */

        is = c->nodes[i].type == AGT_JSON_NUMBER
             && (types & AGT_SCHEMA_INTEGER)
             ? "a number with a fraction"
             : agt_json_type_name(c->nodes[i].type);

        rc = agt_schema_fail_keyword(c, "type", i, "must be %.*s, not %s",
                                     (int) buf.len, text, is);
    }

    c->failed_kind = AGT_SCHEMA_OP_N;
    c->failed_types = types;

    return rc;
}


void
agt_schema_types(agt_buf_t *buf, uint8_t types)
{
    size_t   i;
    uint8_t  left;

    /* as one would say it */

    static const uint8_t  order[] = {
        AGT_JSON_STRING, AGT_JSON_NUMBER, AGT_SCHEMA_INTEGER,
        AGT_JSON_BOOLEAN, AGT_JSON_OBJECT, AGT_JSON_ARRAY, AGT_JSON_NULL
    };

    left = types;

    if (types & AGT_JSON_NUMBER) {
        left = left & (uint8_t) ~AGT_SCHEMA_INTEGER;
    }

    for (i = 0; i < agt_array_n(order); i++) {

        if (!(left & order[i])) {
            continue;
        }

        left = left & (uint8_t) ~order[i];

        agt_buf_text(buf, order[i] == AGT_SCHEMA_INTEGER
                          ? "integer" : agt_json_type_name(order[i]));

        if (left != 0) {
            agt_buf_text(buf, (left & (left - 1)) ? ", " : " or ");
        }
    }
}


int
agt_schema_fail_enum(agt_schema_check_t *c, const agt_schema_op_t *op,
    uint32_t i)
{
    char                      text[AGT_REPORT_VALUES];
    uint32_t                  k;
    agt_str_t                 s;
    agt_buf_t                 buf;
    const agt_schema_enum_t  *e;

    if (c->report == NULL) {
        return agt_schema_fail(c, op, i, "%s", "");
    }

    e = op->u.enumeration;

    agt_buf_fixed(&buf, text, sizeof(text));

    for (k = 0; k < e->n; k++) {
        s = agt_json_raw(e->doc, e->values[k]);

        if (s.len + 6 > sizeof(text) - buf.len) {
            agt_buf_text(&buf, "...");
            break;
        }

        agt_buf_str(&buf, s);

        if (k + 1 < e->n) {
            agt_buf_text(&buf, ", ");
        }
    }

    return agt_schema_fail(c, op, i, "must be %s%.*s",
                           e->n == 1 ? "" : e->n == 0 ? "none at all"
                                                      : "one of ",
                           (int) buf.len, text);
}


static int
agt_report_add(agt_schema_check_t *c, const char *keyword, uint32_t i,
    const char *fmt, va_list args)
{
    int               n;
    char              text[AGT_REPORT_MESSAGE];
    size_t            start;
    agt_str_t         message;
    agt_violation_t  *v;

    if (c->stop) {
        return AGT_DECLINED;
    }

    c->report->total++;

    if (c->report->n == c->report->max) {
        return AGT_DECLINED;
    }

    if (agt_report_room(c) != AGT_OK) {
        return agt_schema_no_memory(c);
    }

    start = 0;

    if (c->naming) {
        start = sizeof("name ") - 1;
        memcpy(text, "name ", start);
    }

    n = vsnprintf(text + start, sizeof(text) - start, fmt, args);

    message = agt_str_make(text, start + (size_t) agt_max(n, 0));
    message.len = agt_min(message.len, sizeof(text) - 1);
    message.len = agt_utf8_valid(message);

    v = &c->report->violations[c->report->n];

    v->keyword = agt_str_from(keyword);

    if (agt_report_pointer(c, i, &v->pointer) != AGT_OK
        || agt_str_copy(c->mem, &v->message, message) != AGT_OK)
    {
        return agt_schema_no_memory(c);
    }

    c->report->n++;

    return AGT_DECLINED;
}


/* the array doubles where its length is a power of two */

static int
agt_report_room(agt_schema_check_t *c)
{
    uint32_t              n;
    agt_violation_t      *grown;
    agt_schema_report_t  *report;

    report = c->report;
    n = report->n;

    if (n != 0 && (n < AGT_REPORT_FIRST || (n & (n - 1)) != 0)) {
        return AGT_OK;
    }

    grown = agt_calloc(c->mem, n == 0 ? AGT_REPORT_FIRST : n * 2,
                       sizeof(agt_violation_t));
    if (grown == NULL) {
        return AGT_ERROR;
    }

    if (n != 0) {
        memcpy(grown, report->violations, n * sizeof(agt_violation_t));
    }

    report->violations = grown;

    return AGT_OK;
}


/* relative to the value that is checked, which may be part of a document */

static int
agt_report_pointer(agt_schema_check_t *c, uint32_t i, agt_str_t *pointer)
{
    char       text[AGT_REPORT_POINTER];
    agt_buf_t  buf;
    agt_str_t  s;

    agt_buf_fixed(&buf, text, sizeof(text));
    (void) agt_json_pointer(c->doc, i, &buf);

    s = agt_buf_slice(&buf);
    s.len = agt_utf8_valid(s);

    s.data += agt_min(c->root, s.len);
    s.len -= agt_min(c->root, s.len);

    return agt_str_copy(c->mem, pointer, s);
}


int
agt_schema_give_up(agt_schema_check_t *c, uint32_t i, const char *reason)
{
    if (c->stop == AGT_OK) {
        c->stop = AGT_DECLINED;
        c->where = i;
        c->reason = reason;
    }

    c->quick = true;

    return AGT_DECLINED;
}


int
agt_schema_no_memory(agt_schema_check_t *c)
{
    c->stop = AGT_ERROR;
    c->quick = true;

    return AGT_DECLINED;
}


bool
agt_schema_pay(agt_schema_check_t *c, uint64_t n)
{
    if (n > c->fuel) {
        c->fuel = 0;
        (void) agt_schema_give_up(c, c->start, AGT_SCHEMA_TOO_MANY);
        return false;
    }

    c->fuel -= n;

    return true;
}
