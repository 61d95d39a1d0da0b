
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_header.h"


static agt_str_t agt_header_trim(agt_str_t s);
static bool agt_tags_key_char(char c);
static bool agt_trace_hex(agt_str_t s, bool zero);


static agt_str_t
agt_header_trim(agt_str_t s)
{
    while (s.len != 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len != 0
           && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
    {
        s.len--;
    }

    return s;
}


static bool
agt_tags_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}


int
agt_tags_next(agt_str_t *rest, agt_str_t *key, agt_str_t *value)
{
    size_t       i;
    agt_str_t    pair;
    const char  *comma, *equals;

    if (rest->len == 0) {
        return AGT_DONE;
    }

    comma = memchr(rest->data, ',', rest->len);

    pair = *rest;

    if (comma != NULL) {
        pair.len = (size_t) (comma - rest->data);
        rest->data = comma + 1;
        rest->len -= pair.len + 1;

    } else {
        rest->data += rest->len;
        rest->len = 0;
    }

    pair = agt_header_trim(pair);

    equals = pair.len != 0 ? memchr(pair.data, '=', pair.len) : NULL;

    if (equals == NULL) {
        return AGT_DECLINED;
    }

    *key = agt_str_make(pair.data, (size_t) (equals - pair.data));
    *value = agt_str_make(equals + 1, pair.len - key->len - 1);

    if (key->len == 0 || key->len > AGT_TAGS_KEY) {
        return AGT_DECLINED;
    }

    for (i = 0; i < key->len; i++) {
        if (!agt_tags_key_char(key->data[i])) {
            return AGT_DECLINED;
        }
    }

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < 0x20 || value->data[i] > 0x7e
            || value->data[i] == '"' || value->data[i] == '\\')
        {
            return AGT_DECLINED;
        }
    }

    return AGT_OK;
}


int
agt_tags_check(agt_str_t tags, agt_error_t *err)
{
    int        rc;
    size_t     n, i;
    agt_str_t  rest, key, value, keys[AGT_TAGS_MAX];

    if (tags.len > AGT_TAGS_LENGTH) {
        agt_error_set(err, "longer than %d bytes", AGT_TAGS_LENGTH);
        return AGT_DECLINED;
    }

    rest = tags;

    for (n = 0; /* void */; n++) {

        rc = agt_tags_next(&rest, &key, &value);

        if (rc == AGT_DONE) {
            break;
        }

        if (rc != AGT_OK) {
            agt_error_set(err, "pair %u is not \"name=value\" of visible "
                          "characters", (unsigned) n + 1);
            return AGT_DECLINED;
        }

        if (n == AGT_TAGS_MAX) {
            agt_error_set(err, "more than %d pairs", AGT_TAGS_MAX);
            return AGT_DECLINED;
        }

        for (i = 0; i < n; i++) {
            if (agt_str_eq(keys[i], key)) {
                agt_error_set(err, "\"%.*s\" is given twice", (int) key.len,
                              key.data);
                return AGT_DECLINED;
            }
        }

        keys[n] = key;
    }

    if (n == 0) {
        agt_error_set(err, "no \"name=value\" pair");
        return AGT_DECLINED;
    }

    return AGT_OK;
}


/* lower case hex digits; "zero" tells whether zeros alone are good enough */

static bool
agt_trace_hex(agt_str_t s, bool zero)
{
    char    c;
    size_t  i;

    for (i = 0; i < s.len; i++) {

        c = s.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }

        if (c != '0') {
            zero = true;
        }
    }

    return zero;
}


int
agt_trace_parse(agt_str_t header, agt_trace_t *trace)
{
    const char  *p;

    header = agt_header_trim(header);

    /* a version above 00 may append fields, its first four are the same */

    if (header.len < 55 || (header.len > 55 && header.data[55] != '-')) {
        return AGT_DECLINED;
    }

    p = header.data;

    if (p[2] != '-' || p[35] != '-' || p[52] != '-'
        || !agt_trace_hex(agt_str_make(p, 2), true)
        || memcmp(p, "ff", 2) == 0
        || (header.len > 55 && memcmp(p, "00", 2) == 0))
    {
        return AGT_DECLINED;
    }

    trace->trace_id = agt_str_make(p + 3, 32);
    trace->parent_id = agt_str_make(p + 36, 16);
    trace->flags = agt_str_make(p + 53, 2);

    if (!agt_trace_hex(trace->trace_id, false)
        || !agt_trace_hex(trace->parent_id, false)
        || !agt_trace_hex(trace->flags, true))
    {
        return AGT_DECLINED;
    }

    return AGT_OK;
}


bool
agt_media_json(agt_str_t header)
{
    size_t       len;
    agt_str_t    type, rest, param;
    const char  *semicolon;

    semicolon = header.len != 0 ? memchr(header.data, ';', header.len) : NULL;

    type = header;
    rest = agt_str_make(header.data + header.len, 0);

    if (semicolon != NULL) {
        type.len = (size_t) (semicolon - header.data);
        rest = agt_str_make(semicolon + 1, header.len - type.len - 1);
    }

    type = agt_header_trim(type);
    len = sizeof("+json") - 1;

    if (!agt_str_lower_is(type, "application/json")
        && !(type.len > len
             && memchr(type.data, '/', type.len) != NULL
             && agt_str_lower_is(
                           agt_str_make(type.data + type.len - len, len),
                           "+json")))
    {
        return false;
    }

    while (rest.len != 0) {

        semicolon = memchr(rest.data, ';', rest.len);
        param = rest;

        if (semicolon != NULL) {
            param.len = (size_t) (semicolon - rest.data);
            rest = agt_str_make(semicolon + 1, rest.len - param.len - 1);

        } else {
            rest.len = 0;
        }

        param = agt_header_trim(param);
        len = sizeof("charset=") - 1;

        if (param.len < len
            || !agt_str_lower_is(agt_str_make(param.data, len), "charset="))
        {
            continue;
        }

        param = agt_str_make(param.data + len, param.len - len);

        if (param.len >= 2 && param.data[0] == '"'
            && param.data[param.len - 1] == '"')
        {
            param = agt_str_make(param.data + 1, param.len - 2);
        }

        if (!agt_str_lower_is(param, "utf-8")
            && !agt_str_lower_is(param, "utf8"))
        {
            return false;
        }
    }

    return true;
}
