
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_provider.h"


static int agt_band_rate(agt_str_t *rest, bool needed, int64_t *rate);
static agt_str_t agt_provider_until(agt_str_t *rest, char end);
static agt_str_t agt_provider_word(agt_str_t *line);
static bool agt_provider_alnum(char c);
static bool agt_provider_blank(char c);


/* RFC 9110, section 5.6.2, beside letters and digits */

#define AGT_FIELD_MARKS   "!#$%&'*+-.^_`|~"


typedef struct {
    const char  *name;
    const char  *reason;
} agt_field_t;


static const agt_field_t  agt_fields[] = {
    { "host",                "is set by \"host\"" },
    { "content-length",      "belongs to the message's framing" },
    { "transfer-encoding",   "belongs to the message's framing" },
    { "connection",          "belongs to the message's framing" },
    { "keep-alive",          "belongs to the message's framing" },
    { "proxy-connection",    "belongs to the message's framing" },
    { "te",                  "belongs to the message's framing" },
    { "trailer",             "belongs to the message's framing" },
    { "upgrade",             "belongs to the message's framing" },
    { "expect",              "belongs to the message's framing" },
    { "content-type",        "is set by the dialect" },
    { "content-encoding",    "is set by the dialect" },
    { "accept",              "is set by the dialect" },
    { "accept-encoding",     "is set by the dialect" },
    { "traceparent",         "is set for each request" },
    { "authorization",       "is a credential: use \"api_key\"" },
    { "proxy-authorization", "is a credential: use \"api_key\"" },
    { "x-api-key",           "is a credential: use \"api_key\"" },
    { "api-key",             "is a credential: use \"api_key\"" },
    { "x-goog-api-key",      "is a credential: use \"api_key\"" },
    { "cookie",              "is a credential: use \"api_key\"" }
};


int
agt_tokens_parse(agt_str_t text, int64_t *tokens)
{
    size_t   i;
    int64_t  value, unit;

    unit = 1;

    if (text.len != 0) {

        switch (text.data[text.len - 1]) {

        case 'k':
        case 'K':
            unit = 1000;
            text.len--;
            break;

        case 'm':
        case 'M':
            unit = 1000000;
            text.len--;
            break;

        default:
            break;
        }
    }

    value = 0;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            return AGT_DECLINED;
        }

        value = value * 10 + (text.data[i] - '0');

        if (value > AGT_TOKENS_MAX) {
            return AGT_DECLINED;
        }
    }

    /* at most 10^12 times 10^6 here */

    value *= unit;

    if (value == 0 || value > AGT_TOKENS_MAX) {
        return AGT_DECLINED;
    }

    *tokens = value;

    return AGT_OK;
}


int
agt_band_parse(agt_str_t text, agt_price_band_t *band)
{
    agt_str_t  over;

    over = agt_provider_until(&text, ':');

    if (agt_tokens_parse(over, &band->over) != AGT_OK
        || agt_band_rate(&text, true, &band->input) != AGT_OK
        || agt_band_rate(&text, false, &band->cached) != AGT_OK
        || agt_band_rate(&text, false, &band->cache_write) != AGT_OK)
    {
        return AGT_DECLINED;
    }

    /* the last one has nothing behind it, no comma either */

    return agt_price_rate(text, &band->output);
}


static int
agt_band_rate(agt_str_t *rest, bool needed, int64_t *rate)
{
    agt_str_t  text;

    text = agt_provider_until(rest, ',');

    if (text.len == 0 && !needed) {
        *rate = AGT_PRICE_NONE;
        return AGT_OK;
    }

    return agt_price_rate(text, rate);
}


bool
agt_model_name_valid(agt_str_t name)
{
    size_t  i;

    if (name.len == 0 || name.len > AGT_MODEL_NAME_MAX) {
        return false;
    }

    for (i = 0; i < name.len; i++) {
        if (!agt_provider_alnum(name.data[i])
            && memchr("._:/@+-", name.data[i], 7) == NULL)
        {
            return false;
        }
    }

    return true;
}


int
agt_provider_secret(agt_str_t text, agt_str_t *key, const char **reason)
{
    size_t  i;

    while (text.len != 0 && agt_provider_blank(text.data[0])) {
        text.data++;
        text.len--;
    }

    while (text.len != 0 && agt_provider_blank(text.data[text.len - 1])) {
        text.len--;
    }

    if (text.len == 0) {
        *reason = "is empty";
        return AGT_DECLINED;
    }

    if (text.len > AGT_PROVIDER_SECRET_MAX) {
        *reason = "is longer than 8192 bytes";
        return AGT_DECLINED;
    }

    for (i = 0; i < text.len; i++) {
        if ((unsigned char) text.data[i] < 0x20 || text.data[i] == 0x7f) {
            *reason = "contains control characters";
            return AGT_DECLINED;
        }
    }

    *key = text;

    return AGT_OK;
}


int
agt_field_check(agt_str_t name, agt_str_t value, const char **reason)
{
    size_t  i;

    *reason = "has an invalid name";

    if (name.len == 0 || name.len > AGT_FIELD_NAME_MAX) {
        return AGT_DECLINED;
    }

    for (i = 0; i < name.len; i++) {
        if (!agt_provider_alnum(name.data[i])
            && memchr(AGT_FIELD_MARKS, name.data[i],
                      sizeof(AGT_FIELD_MARKS) - 1) == NULL)
        {
            return AGT_DECLINED;
        }
    }

    for (i = 0; i < agt_array_n(agt_fields); i++) {
        if (agt_str_lower_is(name, agt_fields[i].name)) {
            *reason = agt_fields[i].reason;
            return AGT_DECLINED;
        }
    }

    *reason = "has a value that is empty, too long, or not of printable bytes";

    if (value.len == 0 || value.len > AGT_FIELD_VALUE_MAX
        || value.data[0] == ' ' || value.data[value.len - 1] == ' ')
    {
        return AGT_DECLINED;
    }

    for (i = 0; i < value.len; i++) {
        if ((unsigned char) value.data[i] < 0x20 || value.data[i] == 0x7f) {
            return AGT_DECLINED;
        }
    }

    return AGT_OK;
}


int
agt_resolv_next(agt_str_t *rest, agt_str_t *server)
{
    agt_str_t  line;

    while (rest->len != 0) {

        line = agt_provider_until(rest, '\n');

        /* the key begins its line, as in the C library's own reader */

        if (line.len == 0 || line.data[0] == ' ' || line.data[0] == '\t'
            || !agt_str_is(agt_provider_word(&line), "nameserver"))
        {
            continue;
        }

        *server = agt_provider_word(&line);

        if (server->len != 0) {
            return AGT_OK;
        }
    }

    return AGT_DONE;
}


/* takes what is before "end" off the text, and "end" with it */

static agt_str_t
agt_provider_until(agt_str_t *rest, char end)
{
    agt_str_t    head;
    const char  *p;

    head = *rest;
    p = rest->len != 0 ? memchr(rest->data, end, rest->len) : NULL;

    if (p == NULL) {
        *rest = agt_str_make(NULL, 0);
        return head;
    }

    head.len = (size_t) (p - head.data);
    *rest = agt_str_make(p + 1, rest->len - head.len - 1);

    return head;
}


static agt_str_t
agt_provider_word(agt_str_t *line)
{
    size_t     i, n;
    agt_str_t  word;

    for (i = 0; i < line->len; i++) {
        if (line->data[i] != ' ' && line->data[i] != '\t') {
            break;
        }
    }

    for (n = i; n < line->len; n++) {
        if (memchr(" \t\r", line->data[n], 3) != NULL) {
            break;
        }
    }

    word = agt_str_make(line->data + i, n - i);
    *line = agt_str_make(line->data + n, line->len - n);

    return word;
}


static bool
agt_provider_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9');
}


static bool
agt_provider_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
