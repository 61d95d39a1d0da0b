
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include <stdarg.h>
#include <stdio.h>

#include "agt_number.h"
#include "agt_text.h"
#include "agt_vldt.h"


/* a pointer's memory; the error object cuts it anyway */

#define AGT_VLDT_POINTER   4096


static const agt_vldt_member_t *agt_vldt_find(const agt_vldt_t *v,
    uint32_t key, const agt_vldt_member_t *members);
static int agt_vldt_member(const agt_vldt_t *v, uint32_t key,
    const agt_vldt_member_t *members, void *dst);
static int agt_vldt_required(const agt_vldt_t *v, uint32_t object,
    const agt_vldt_member_t *members);
static int agt_vldt_type(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member);
static const char *agt_vldt_type_name(uint8_t type);
static bool agt_vldt_in_range(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_range_t *range);
static bool agt_vldt_parse_time(agt_str_t text, uint64_t *ms);
static size_t agt_vldt_unit(const char *p, const char *end);


static const struct {
    uint8_t      type;
    const char  *name;
} agt_vldt_types[] = {
    { AGT_JSON_STRING,  "a string" },
    { AGT_JSON_NUMBER,  "a number" },
    { AGT_JSON_BOOLEAN, "a boolean" },
    { AGT_JSON_ARRAY,   "an array" },
    { AGT_JSON_OBJECT,  "an object" },
    { AGT_JSON_NULL,    "null" }
};


/* from the largest, which must come first in a text; "ms" is looked for
   before "m", so the order in the table is only that of the sizes */

static const struct {
    const char  *name;
    uint64_t     ms;
} agt_vldt_units[] = {
    { "y",  (uint64_t) 365 * 24 * 60 * 60 * 1000 },
    { "M",  (uint64_t) 30 * 24 * 60 * 60 * 1000 },
    { "w",  (uint64_t) 7 * 24 * 60 * 60 * 1000 },
    { "d",  (uint64_t) 24 * 60 * 60 * 1000 },
    { "h",  60 * 60 * 1000 },
    { "m",  60 * 1000 },
    { "s",  1000 },
    { "ms", 1 }
};

#define AGT_VLDT_SECONDS   6    /* index in the table */

/* no sum of times below overflows 64 bits */

#define AGT_VLDT_TIME_MAX   10000000


int
agt_vldt_object(const agt_vldt_t *v, uint32_t object,
    const agt_vldt_member_t *members, void *dst)
{
    int                     rc;
    uint32_t                key;
    const agt_json_node_t  *nodes = v->doc->nodes;

    if (nodes[object].type != AGT_JSON_OBJECT) {
        return agt_vldt_fail(v, object, "an object was expected, not %s",
                             agt_vldt_type_name(nodes[object].type));
    }

    for (key = object + 1;
         key < nodes[object].next;
         key = nodes[key + 1].next)
    {
        rc = agt_vldt_member(v, key, members, dst);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return agt_vldt_required(v, object, members);
}


static int
agt_vldt_member(const agt_vldt_t *v, uint32_t key,
    const agt_vldt_member_t *members, void *dst)
{
    int                       rc;
    agt_str_t                 name;
    const agt_vldt_member_t  *member;

    member = agt_vldt_find(v, key, members);

    if (member == NULL) {
        name = agt_text_clip(agt_str_make(v->doc->text.data
                                          + v->doc->nodes[key].off,
                                          v->doc->nodes[key].len));

        return agt_vldt_fail(v, key, "unknown key \"%.*s\"",
                             (int) name.len, name.data);
    }

    if (member->types == 0) {
        return agt_vldt_fail(v, key, "\"%s\" is not supported by this build",
                             member->name);
    }

    rc = agt_vldt_type(v, key + 1, member);
    if (rc != AGT_OK) {
        return rc;
    }

    return member->handler(v, key + 1, member, (char *) dst + member->offset);
}


static const agt_vldt_member_t *
agt_vldt_find(const agt_vldt_t *v, uint32_t key,
    const agt_vldt_member_t *members)
{
    const agt_vldt_member_t  *member;

    for (member = members; member->name != NULL; member++) {
        if (agt_json_string_is(v->doc, key, agt_str_from(member->name))) {
            return member;
        }
    }

    return NULL;
}


static int
agt_vldt_required(const agt_vldt_t *v, uint32_t object,
    const agt_vldt_member_t *members)
{
    const agt_vldt_member_t  *member;

    for (member = members; member->name != NULL; member++) {

        if (member->required
            && agt_json_member(v->doc, object, agt_str_from(member->name))
               == AGT_JSON_NONE)
        {
            return agt_vldt_fail(v, object, "\"%s\" is missing",
                                 member->name);
        }
    }

    return AGT_OK;
}


static int
agt_vldt_type(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member)
{
    char       text[128];
    size_t     i;
    uint8_t    type = v->doc->nodes[value].type;
    agt_buf_t  buf;

    if (member->types & type) {
        return AGT_OK;
    }

    agt_buf_fixed(&buf, text, sizeof(text));

    for (i = 0; i < agt_array_n(agt_vldt_types); i++) {
        if (member->types & agt_vldt_types[i].type) {
            (void) agt_buf_text(&buf, buf.len != 0 ? " or " : "");
            (void) agt_buf_text(&buf, agt_vldt_types[i].name);
        }
    }

    return agt_vldt_fail(v, value, "\"%s\" must be %.*s, not %s",
                         member->name, (int) buf.len, buf.data,
                         agt_vldt_type_name(type));
}


static const char *
agt_vldt_type_name(uint8_t type)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_vldt_types) - 1; i++) {
        if (agt_vldt_types[i].type == type) {
            break;
        }
    }

    return agt_vldt_types[i].name;
}


int
agt_vldt_fail(const agt_vldt_t *v, uint32_t node, const char *fmt, ...)
{
    char                    message[AGT_ERROR_MESSAGE];
    va_list                 args;
    agt_buf_t               pointer;
    const agt_json_node_t  *n = &v->doc->nodes[node];

    va_start(args, fmt);
    (void) vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);

    agt_error_set(v->err, "%s", message);

    /* a string's offset is behind its quote */

    agt_error_locate(v->err, v->doc->text,
                     n->off - (n->type == AGT_JSON_STRING));

    agt_buf_init(&pointer, v->mem, AGT_ERROR_POINTER, AGT_VLDT_POINTER);
    (void) agt_json_pointer(v->doc, node, &pointer);
    agt_error_pointer(v->err, agt_buf_slice(&pointer));

    return AGT_DECLINED;
}


int
agt_vldt_members(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field)
{
    return agt_vldt_object(v, value, member->data, field);
}


int
agt_vldt_string(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field)
{
    if (v->doc->nodes[value].len == 0) {
        return agt_vldt_fail(v, value, "\"%s\" must not be empty",
                             member->name);
    }

    return agt_json_string(v->doc, value, v->mem, field);
}


int
agt_vldt_enum(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field)
{
    char               text[192];
    agt_buf_t          buf;
    const char *const *name;
    const char *const *names = member->data;

    for (name = names; *name != NULL; name++) {
        if (agt_json_string_is(v->doc, value, agt_str_from(*name))) {
            *(agt_str_t *) field = agt_str_from(*name);
            return AGT_OK;
        }
    }

    agt_buf_fixed(&buf, text, sizeof(text));

    for (name = names; *name != NULL; name++) {
        (void) agt_buf_text(&buf, name != names ? ", \"" : "\"");
        (void) agt_buf_text(&buf, *name);
        (void) agt_buf_char(&buf, '"');
    }

    return agt_vldt_fail(v, value, "\"%s\" must be one of %.*s", member->name,
                         (int) buf.len, buf.data);
}


int
agt_vldt_number(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field)
{
    const agt_vldt_range_t  *range = member->data;

    if (!agt_vldt_in_range(v, value, range)) {
        return agt_vldt_fail(v, value, "\"%s\" must be %s from %s to %s",
                             member->name,
                             range->integer ? "an integer" : "a number",
                             range->min, range->max);
    }

    *(agt_str_t *) field = agt_json_raw(v->doc, value);

    return AGT_OK;
}


int
agt_vldt_integer(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field)
{
    int        rc;
    agt_str_t  text;

    rc = agt_vldt_number(v, value, member, &text);
    if (rc != AGT_OK) {
        return rc;
    }

    return agt_json_int64(v->doc, value, field);
}


static bool
agt_vldt_in_range(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_range_t *range)
{
    agt_number_t  number, min, max;

    if (range->integer
        && !(v->doc->nodes[value].flags & AGT_JSON_INTEGER))
    {
        return false;
    }

    agt_number_read(&number, agt_json_raw(v->doc, value));
    agt_number_read(&min, agt_str_from(range->min));
    agt_number_read(&max, agt_str_from(range->max));

    return agt_number_cmp(&number, &min) >= 0
           && agt_number_cmp(&number, &max) <= 0;
}


int
agt_vldt_time(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field)
{
    int              rc;
    uint64_t         ms;
    agt_str_t        text;
    const uint64_t  *max = member->data;

    rc = agt_json_string(v->doc, value, v->mem, &text);
    if (rc != AGT_OK) {
        return rc;
    }

    if (!agt_vldt_parse_time(text, &ms)) {
        return agt_vldt_fail(v, value, "\"%s\" must be a time such as "
                             "\"20s\", \"250ms\" or \"1m 30s\"",
                             member->name);
    }

    if (ms == 0 || ms > *max) {
        return agt_vldt_fail(v, value, "\"%s\" must be a time from 1ms to "
                             "%llus", member->name,
                             (unsigned long long) (*max / 1000));
    }

    *(uint64_t *) field = ms;

    return AGT_OK;
}


/* numbers with units, each unit smaller than the one before */

static bool
agt_vldt_parse_time(agt_str_t text, uint64_t *ms)
{
    size_t       unit, least;
    uint64_t     n;
    const char  *p, *end, *digits;

    p = text.data;
    end = text.data + text.len;
    *ms = 0;

    for (least = 0; /* void */; least = unit + 1) {

        n = 0;
        digits = p;

        while (p < end && *p >= '0' && *p <= '9' && n < AGT_VLDT_TIME_MAX) {
            n = n * 10 + (uint64_t) (*p++ - '0');
        }

        unit = agt_vldt_unit(p, end);

        if (p == digits || unit < least || unit == agt_array_n(agt_vldt_units))
        {
            return false;
        }

        *ms += n * agt_vldt_units[unit].ms;

        if (p == end) {
            return true;
        }

        p += strlen(agt_vldt_units[unit].name);

        while (p < end && *p == ' ') {
            p++;
        }

        if (p == end) {
            return true;
        }
    }
}


/* a number at the text's end means seconds */

static size_t
agt_vldt_unit(const char *p, const char *end)
{
    size_t  i, len;

    if (p == end) {
        return AGT_VLDT_SECONDS;
    }

    for (i = agt_array_n(agt_vldt_units); i > 0; i--) {
        len = strlen(agt_vldt_units[i - 1].name);

        if ((size_t) (end - p) >= len
            && memcmp(p, agt_vldt_units[i - 1].name, len) == 0)
        {
            return i - 1;
        }
    }

    return agt_array_n(agt_vldt_units);
}
