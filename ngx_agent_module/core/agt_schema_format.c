
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The formats that are asserted.  Names that are not in the table are
 * annotations.  Strings are valid UTF-8, and may be of any length.
 */


#include "agt_idna.h"
#include "agt_schema_op.h"
#include "agt_uri.h"


#define AGT_FORMAT_DOMAIN   253     /* bytes of a domain name, without dots */
#define AGT_FORMAT_LOCAL    64      /* bytes of an address before the "@" */


/* a string while it is read */

typedef struct {
    const char  *p;
    const char  *end;
} agt_format_t;


/* the minutes of a day in UTC, for leap seconds */

#define AGT_FORMAT_MIDNIGHT  (24 * 60)


static bool agt_format_date_time(agt_str_t s);
static bool agt_format_date(agt_str_t s);
static bool agt_format_time(agt_str_t s);
static bool agt_format_duration(agt_str_t s);
static bool agt_format_email(agt_str_t s);
static bool agt_format_idn_email(agt_str_t s);
static bool agt_format_hostname(agt_str_t s);
static bool agt_format_idn_hostname(agt_str_t s);
static bool agt_format_uri(agt_str_t s);
static bool agt_format_uri_reference(agt_str_t s);
static bool agt_format_iri(agt_str_t s);
static bool agt_format_iri_reference(agt_str_t s);
static bool agt_format_uri_template(agt_str_t s);
static bool agt_format_uuid(agt_str_t s);
static bool agt_format_pointer(agt_str_t s);
static bool agt_format_relative_pointer(agt_str_t s);
static bool agt_format_regex(agt_str_t s);

static bool agt_format_full_date(agt_format_t *f);
static bool agt_format_full_time(agt_format_t *f);
static int agt_format_offset(agt_format_t *f);
static int agt_format_number(agt_format_t *f, unsigned digits);
static bool agt_format_char(agt_format_t *f, const char *set);
static bool agt_format_units(agt_format_t *f, const char *units);
static bool agt_format_mailbox(agt_str_t s, bool wide);
static bool agt_format_local(agt_str_t s, bool wide);
static bool agt_format_quoted(agt_str_t s, bool wide);
static bool agt_format_domain(agt_str_t s, bool wide);
static bool agt_format_expression(agt_format_t *f);
static bool agt_format_variable(agt_format_t *f);
static bool agt_format_escape(agt_format_t *f);
static bool agt_format_digit(char c);
static bool agt_format_letter(char c);
static bool agt_format_hex(char c);


/* regular expressions look up names of properties */

static const agt_schema_format_t  agt_formats[] = {
    { "date-time",             agt_format_date_time,        1  },
    { "date",                  agt_format_date,             1  },
    { "time",                  agt_format_time,             1  },
    { "duration",              agt_format_duration,         1  },
    { "email",                 agt_format_email,            1  },
    { "idn-email",             agt_format_idn_email,        1  },
    { "hostname",              agt_format_hostname,         4  },
    { "idn-hostname",          agt_format_idn_hostname,     4  },
    { "ipv4",                  agt_uri_ipv4,                1  },
    { "ipv6",                  agt_uri_ipv6,                1  },
    { "uri",                   agt_format_uri,              1  },
    { "uri-reference",         agt_format_uri_reference,    1  },
    { "iri",                   agt_format_iri,              1  },
    { "iri-reference",         agt_format_iri_reference,    1  },
    { "uri-template",          agt_format_uri_template,     1  },
    { "uuid",                  agt_format_uuid,             1  },
    { "json-pointer",          agt_format_pointer,          1  },
    { "relative-json-pointer", agt_format_relative_pointer, 1  },
    { "regex",                 agt_format_regex,            64 }
};


const agt_schema_format_t *
agt_schema_format(agt_str_t name)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_formats); i++) {
        if (agt_str_is(name, agt_formats[i].name)) {
            return &agt_formats[i];
        }
    }

    return NULL;
}


/* RFC 3339, section 5.6 */

static bool
agt_format_date_time(agt_str_t s)
{
    agt_format_t  f = { s.data, s.data + s.len };

    return agt_format_full_date(&f)
           && agt_format_char(&f, "Tt")
           && agt_format_full_time(&f)
           && f.p == f.end;
}


static bool
agt_format_date(agt_str_t s)
{
    agt_format_t  f = { s.data, s.data + s.len };

    return agt_format_full_date(&f) && f.p == f.end;
}


static bool
agt_format_time(agt_str_t s)
{
    agt_format_t  f = { s.data, s.data + s.len };

    return agt_format_full_time(&f) && f.p == f.end;
}


static bool
agt_format_full_date(agt_format_t *f)
{
    int  year, month, day, last;

    static const int  days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    year = agt_format_number(f, 4);

    if (year < 0 || !agt_format_char(f, "-")) {
        return false;
    }

    month = agt_format_number(f, 2);

    if (month < 1 || month > 12 || !agt_format_char(f, "-")) {
        return false;
    }

    day = agt_format_number(f, 2);
    last = days[month - 1];

    if (month == 2
        && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
    {
        last = 29;
    }

    return day >= 1 && day <= last;
}


/* a leap second is the last one of a day in UTC */

static bool
agt_format_full_time(agt_format_t *f)
{
    int  hour, minute, second, offset;

    hour = agt_format_number(f, 2);

    if (hour < 0 || hour > 23 || !agt_format_char(f, ":")) {
        return false;
    }

    minute = agt_format_number(f, 2);

    if (minute < 0 || minute > 59 || !agt_format_char(f, ":")) {
        return false;
    }

    second = agt_format_number(f, 2);

    if (second < 0 || second > 60) {
        return false;
    }

    if (agt_format_char(f, ".")) {

        if (agt_format_number(f, 1) < 0) {
            return false;
        }

        while (agt_format_number(f, 1) >= 0) { /* void */ }
    }

    offset = agt_format_offset(f);

    if (offset == INT_MIN) {
        return false;
    }

    minute += hour * 60 - offset + AGT_FORMAT_MIDNIGHT;

    return second != 60
           || minute % AGT_FORMAT_MIDNIGHT == AGT_FORMAT_MIDNIGHT - 1;
}


/* "Z" or "+01:30", in minutes; INT_MIN: neither */

static int
agt_format_offset(agt_format_t *f)
{
    int   hour, minute;
    bool  negative;

    if (agt_format_char(f, "Zz")) {
        return 0;
    }

    negative = agt_format_char(f, "-");

    if (!negative && !agt_format_char(f, "+")) {
        return INT_MIN;
    }

    hour = agt_format_number(f, 2);

    if (hour < 0 || hour > 23 || !agt_format_char(f, ":")) {
        return INT_MIN;
    }

    minute = agt_format_number(f, 2);

    if (minute < 0 || minute > 59) {
        return INT_MIN;
    }

    minute += hour * 60;

    return negative ? -minute : minute;
}


/* so many digits, or -1 */

static int
agt_format_number(agt_format_t *f, unsigned digits)
{
    int  n;

    for (n = 0; digits != 0; digits--) {

        if (f->p == f->end || !agt_format_digit(*f->p)) {
            return -1;
        }

        n = n * 10 + (*f->p++ - '0');
    }

    return n;
}


static bool
agt_format_char(agt_format_t *f, const char *set)
{
    if (f->p == f->end || *f->p == '\0' || strchr(set, *f->p) == NULL) {
        return false;
    }

    f->p++;

    return true;
}


/* RFC 3339, appendix A */

static bool
agt_format_duration(agt_str_t s)
{
    agt_format_t  f = { s.data, s.data + s.len };

    if (!agt_format_char(&f, "P")) {
        return false;
    }

    if (agt_format_char(&f, "T")) {
        return agt_format_units(&f, "HMS") && f.p == f.end;
    }

    if (!agt_format_units(&f, "YMD")) {
        return agt_format_units(&f, "W") && f.p == f.end;
    }

    if (agt_format_char(&f, "T") && !agt_format_units(&f, "HMS")) {
        return false;
    }

    return f.p == f.end;
}


/* numbers with some of the units in a row, none of them left out between */

static bool
agt_format_units(agt_format_t *f, const char *units)
{
    const char  *start, *unit;

    start = f->p;
    unit = NULL;

    while (agt_format_number(f, 1) >= 0) {

        while (agt_format_number(f, 1) >= 0) { /* void */ }

        if (f->p == f->end || *f->p == '\0') {
            unit = NULL;

        } else if (unit == NULL) {
            unit = strchr(units, *f->p);

        } else if (*unit != *f->p) {
            unit = NULL;
        }

        if (unit == NULL) {
            break;
        }

        f->p++;
        unit++;
    }

    if (unit == NULL) {
        f->p = start;
    }

    return unit != NULL;
}


/* RFC 5321, section 4.1.2, and RFC 6531 */

static bool
agt_format_email(agt_str_t s)
{
    return agt_format_mailbox(s, false);
}


static bool
agt_format_idn_email(agt_str_t s)
{
    return agt_format_mailbox(s, true);
}


static bool
agt_format_mailbox(agt_str_t s, bool wide)
{
    size_t     n;
    agt_str_t  local, domain;

    /* the last "@", since a quoted part may have its own */

    n = s.len;

    while (n != 0 && s.data[n - 1] != '@') {
        n--;
    }

    if (n == 0) {
        return false;
    }

    local = agt_str_make(s.data, n - 1);
    domain = agt_str_make(s.data + n, s.len - n);

    return agt_format_local(local, wide) && agt_format_domain(domain, wide);
}


static bool
agt_format_local(agt_str_t s, bool wide)
{
    char    c;
    bool    dot;
    size_t  i;

    if (s.len == 0 || s.len > AGT_FORMAT_LOCAL) {
        return false;
    }

    if (s.data[0] == '"') {
        return agt_format_quoted(s, wide);
    }

    dot = true;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c == '.') {

            if (dot) {
                return false;
            }

            dot = true;
            continue;
        }

        dot = false;

        if ((unsigned char) c >= 128 ? !wide
            : !agt_format_letter(c) && !agt_format_digit(c)
              && (c == '\0' || strchr("!#$%&'*+-/=?^_`{|}~", c) == NULL))
        {
            return false;
        }
    }

    return !dot;
}


static bool
agt_format_quoted(agt_str_t s, bool wide)
{
    char    c;
    size_t  i;

    if (s.len < 2 || s.data[s.len - 1] != '"') {
        return false;
    }

    for (i = 1; i < s.len - 1; i++) {
        c = s.data[i];

        if (c == '"') {
            return false;
        }

        if (c == '\\') {
            i++;

            if (i == s.len - 1) {
                return false;
            }

            c = s.data[i];
        }

        if ((unsigned char) c >= 128 ? !wide : c < ' ' || c > '~') {
            return false;
        }
    }

    return true;
}


static bool
agt_format_domain(agt_str_t s, bool wide)
{
    bool    start;
    size_t  i;

    static const char  ipv6[] = "[IPv6:";

    if (s.len >= 2 && s.data[0] == '[' && s.data[s.len - 1] == ']') {

        if (s.len > sizeof(ipv6) && memcmp(s.data, ipv6, sizeof(ipv6) - 1) == 0)
        {
            return agt_uri_ipv6(agt_str_make(s.data + sizeof(ipv6) - 1,
                                             s.len - sizeof(ipv6)));
        }

        return agt_uri_ipv4(agt_str_make(s.data + 1, s.len - 2));
    }

    if (!wide) {
        return agt_format_hostname(s);
    }

    /* what a mail server may want of a wide name is left to it */

    start = true;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] == '.' || s.data[i] == '-') {

            if (start || (s.data[i] == '.' && s.data[i - 1] == '-')) {
                return false;
            }

            start = s.data[i] == '.';
            continue;
        }

        start = false;

        if ((unsigned char) s.data[i] < 128 && !agt_format_letter(s.data[i])
            && !agt_format_digit(s.data[i]))
        {
            return false;
        }
    }

    return !start && s.len <= AGT_FORMAT_DOMAIN && s.data[s.len - 1] != '-';
}


static bool
agt_format_hostname(agt_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] >= 128) {
            return false;
        }
    }

    return agt_idna_valid(s);
}


static bool
agt_format_idn_hostname(agt_str_t s)
{
    return agt_idna_valid(s);
}


static bool
agt_format_uri(agt_str_t s)
{
    return agt_uri_valid(s, 0);
}


static bool
agt_format_uri_reference(agt_str_t s)
{
    return agt_uri_valid(s, AGT_URI_REFERENCE);
}


static bool
agt_format_iri(agt_str_t s)
{
    return agt_uri_valid(s, AGT_URI_IRI);
}


static bool
agt_format_iri_reference(agt_str_t s)
{
    return agt_uri_valid(s, AGT_URI_IRI | AGT_URI_REFERENCE);
}


/* RFC 6570, section 2 */

static bool
agt_format_uri_template(agt_str_t s)
{
    agt_format_t  f = { s.data, s.data + s.len };

    while (f.p < f.end) {

        if (*f.p == '{') {
            f.p++;

            if (!agt_format_expression(&f)) {
                return false;
            }

        } else if (*f.p == '%') {

            if (!agt_format_escape(&f)) {
                return false;
            }

        } else if ((unsigned char) *f.p <= ' ' || *f.p == 0x7f
                   || strchr("\"<>\\^`|}", *f.p) != NULL)
        {
            return false;

        } else {
            f.p++;
        }
    }

    return true;
}


static bool
agt_format_expression(agt_format_t *f)
{
    (void) agt_format_char(f, "+#./;?&");

    do {
        if (!agt_format_variable(f)) {
            return false;
        }

        if (agt_format_char(f, "*") || !agt_format_char(f, ":")) {
            continue;
        }

        /* a prefix of up to 9999 characters */

        if (f->p == f->end || *f->p == '0' || agt_format_number(f, 1) < 0) {
            return false;
        }

        (void) (agt_format_number(f, 1) >= 0 && agt_format_number(f, 1) >= 0
                && agt_format_number(f, 1) >= 0);

    } while (agt_format_char(f, ","));

    return agt_format_char(f, "}");
}


/* dots may stand between the characters of a name */

static bool
agt_format_variable(agt_format_t *f)
{
    for ( ;; ) {

        if (f->p == f->end) {
            return false;
        }

        if (*f->p == '%') {

            if (!agt_format_escape(f)) {
                return false;
            }

        } else if (agt_format_letter(*f->p) || agt_format_digit(*f->p)
                   || *f->p == '_')
        {
            f->p++;

        } else {
            return false;
        }

        if (agt_format_char(f, ".")) {
            continue;
        }

        if (f->p == f->end
            || (*f->p != '%' && *f->p != '_' && !agt_format_letter(*f->p)
                && !agt_format_digit(*f->p)))
        {
            return true;
        }
    }
}


static bool
agt_format_escape(agt_format_t *f)
{
    if (f->end - f->p < 3 || !agt_format_hex(f->p[1])
        || !agt_format_hex(f->p[2]))
    {
        return false;
    }

    f->p += 3;

    return true;
}


static bool
agt_format_uuid(agt_str_t s)
{
    size_t  i;

    static const char  shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (s.len != sizeof(shape) - 1) {
        return false;
    }

    for (i = 0; i < s.len; i++) {
        if (shape[i] == 'x' ? !agt_format_hex(s.data[i]) : s.data[i] != '-') {
            return false;
        }
    }

    return true;
}


/* RFC 6901, section 3 */

static bool
agt_format_pointer(agt_str_t s)
{
    size_t  i;

    if (s.len != 0 && s.data[0] != '/') {
        return false;
    }

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '~'
            && (i + 1 == s.len
                || (s.data[i + 1] != '0' && s.data[i + 1] != '1')))
        {
            return false;
        }
    }

    return true;
}


static bool
agt_format_relative_pointer(agt_str_t s)
{
    size_t  n;

    for (n = 0; n < s.len && agt_format_digit(s.data[n]); n++) { /* void */ }

    if (n == 0 || (n > 1 && s.data[0] == '0')) {
        return false;
    }

    if (n + 1 == s.len && s.data[n] == '#') {
        return true;
    }

    return agt_format_pointer(agt_str_make(s.data + n, s.len - n));
}


static bool
agt_format_regex(agt_str_t s)
{
    return s.len <= AGT_REGEX_LENGTH
           && agt_regex_translate(s, NULL, NULL) == AGT_OK;
}


static bool
agt_format_digit(char c)
{
    return c >= '0' && c <= '9';
}


static bool
agt_format_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}


static bool
agt_format_hex(char c)
{
    return agt_format_digit(c) || (c >= 'a' && c <= 'f')
           || (c >= 'A' && c <= 'F');
}
