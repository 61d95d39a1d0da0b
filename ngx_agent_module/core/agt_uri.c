
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The section numbers are those of RFC 3986.
 */


#include "agt_uri.h"


/* what a byte may be a part of, for the tables below */

#define AGT_URI_PCHAR     0x01   /* unreserved, sub-delims, ":", "@" */
#define AGT_URI_SLASH     0x02
#define AGT_URI_QUESTION  0x04
#define AGT_URI_USER      0x08   /* unreserved, sub-delims, ":" */
#define AGT_URI_NAME      0x10   /* unreserved, sub-delims */
#define AGT_URI_SCHEME    0x20

#define U                 (AGT_URI_PCHAR | AGT_URI_USER | AGT_URI_NAME)
#define S                 (U | AGT_URI_SCHEME)
#define C                 (AGT_URI_PCHAR | AGT_URI_USER)


static agt_str_t agt_uri_cut(agt_str_t *s, const char *stops, char lead);
static void agt_uri_merge(agt_buf_t *out, const agt_uri_t *base,
    agt_str_t path);
static void agt_uri_dots(agt_buf_t *out, size_t start);
static bool agt_uri_part(agt_str_t s, uint8_t mask, unsigned flags);
static size_t agt_uri_wide(const unsigned char *p, uint8_t mask);
static bool agt_uri_authority(agt_str_t s, unsigned flags);
static bool agt_uri_literal(agt_str_t s);
static bool agt_uri_future(agt_str_t s);
static bool agt_uri_scheme(agt_str_t s);
static size_t agt_uri_group(const char *p, const char *end);
static int agt_uri_hex(char c);


static const uint8_t  agt_uri_class[128] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,

    /*  !"#$%&'()*+,-./ */
    0, U, 0, 0, U, 0, U, U, U, U, U, S, U, S, S, AGT_URI_SLASH,

    /* 0123456789:;<=>? */
    S, S, S, S, S, S, S, S, S, S, C, U, 0, U, 0, AGT_URI_QUESTION,

    /* @A-Z[\]^_ */
    AGT_URI_PCHAR, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S,
    S, S, S, S, S, S, S, S, S, S, S, 0, 0, 0, 0, U,

    /* `a-z{|}~ */
    0, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S,
    S, S, S, S, S, S, S, S, S, S, S, 0, 0, 0, U, 0
};

#undef U
#undef S
#undef C


/* appendix B, without its regular expression */

void
agt_uri_split(agt_uri_t *uri, agt_str_t s)
{
    agt_str_t  head;

    memset(uri, 0, sizeof(agt_uri_t));

    /* a document without a URI has an empty slice for it, maybe of nothing */

    if (s.len == 0) {
        s.data = "";
    }

    head = s;
    head = agt_uri_cut(&head, ":/?#", '\0');

    if (head.len != 0 && head.len < s.len && s.data[head.len] == ':') {
        uri->scheme = head;
        s.data += head.len + 1;
        s.len -= head.len + 1;
    }

    if (s.len >= 2 && s.data[0] == '/' && s.data[1] == '/') {
        s.data += 2;
        s.len -= 2;
        uri->authority = agt_uri_cut(&s, "/?#", '\0');
    }

    uri->path = agt_uri_cut(&s, "?#", '\0');
    uri->query = agt_uri_cut(&s, "#", '?');
    uri->fragment = agt_uri_cut(&s, "", '#');
}


/*
 * Takes bytes up to one of the stops from the front of s.  With a lead, only
 * if s begins with it, and the lead is not part of the result.
 */

static agt_str_t
agt_uri_cut(agt_str_t *s, const char *stops, char lead)
{
    size_t     n;
    agt_str_t  part = agt_null_string;

    if (s->len == 0) {
        return part;
    }

    if (lead != '\0') {
        if (s->data[0] != lead) {
            return part;
        }

        s->data++;
        s->len--;
    }

    for (n = 0; n < s->len; n++) {
        if (s->data[n] != '\0' && strchr(stops, s->data[n]) != NULL) {
            break;
        }
    }

    part = agt_str_make(s->data, n);

    s->data += n;
    s->len -= n;

    return part;
}


/* section 5.2.2 */

int
agt_uri_resolve(agt_str_t base, agt_str_t ref, agt_buf_t *out)
{
    bool       own;
    size_t     start;
    agt_uri_t  b, r;

    agt_uri_split(&b, base);
    agt_uri_split(&r, ref);

    own = r.scheme.data != NULL;

    if (!own) {
        r.scheme = b.scheme;
    }

    if (r.scheme.data != NULL) {
        agt_buf_str(out, r.scheme);
        agt_buf_char(out, ':');
    }

    own = own || r.authority.data != NULL;

    if (!own) {
        r.authority = b.authority;
    }

    if (r.authority.data != NULL) {
        agt_buf_text(out, "//");
        agt_buf_str(out, r.authority);
    }

    start = out->len;

    if (!own && r.path.len == 0) {
        agt_buf_str(out, b.path);

        if (r.query.data == NULL) {
            r.query = b.query;
        }

    } else if (own || r.path.data[0] == '/') {
        agt_buf_str(out, r.path);
        agt_uri_dots(out, start);

    } else {
        agt_uri_merge(out, &b, r.path);
        agt_uri_dots(out, start);
    }

    if (r.query.data != NULL) {
        agt_buf_char(out, '?');
        agt_buf_str(out, r.query);
    }

    return out->failed ? AGT_ERROR : AGT_OK;
}


/* section 5.2.3 */

static void
agt_uri_merge(agt_buf_t *out, const agt_uri_t *base, agt_str_t path)
{
    size_t  n;

    if (base->authority.data != NULL && base->path.len == 0) {
        agt_buf_char(out, '/');

    } else {
        n = base->path.len;

        while (n != 0 && base->path.data[n - 1] != '/') {
            n--;
        }

        agt_buf_append(out, base->path.data, n);
    }

    agt_buf_str(out, path);
}


/*
 * Removes dot segments (section 5.2.4) from the path at the buffer's end, in
 * place: what is kept never overtakes what is read.
 */

static void
agt_uri_dots(agt_buf_t *out, size_t start)
{
    char    *p, *end, *seg, *dst, *floor;
    size_t   n;

    if (out->failed || out->len == start) {
        return;
    }

    p = out->data + start;
    end = out->data + out->len;

    if (*p == '/') {
        p++;
    }

    floor = p;
    dst = p;

    for ( ;; ) {
        seg = p;

        while (p < end && *p != '/') {
            p++;
        }

        n = (size_t) (p - seg);

        if (n == 2 && seg[0] == '.' && seg[1] == '.') {

            /* back over the slash and the segment before it */

            if (dst > floor) {
                dst--;
            }

            while (dst > floor && dst[-1] != '/') {
                dst--;
            }

        } else if (n != 1 || seg[0] != '.') {
            memmove(dst, seg, n);
            dst += n;

            if (p < end) {
                *dst++ = '/';
            }
        }

        if (p == end) {
            break;
        }

        p++;
    }

    out->len = (size_t) (dst - out->data);
}


int
agt_uri_decode(agt_str_t s, agt_buf_t *out)
{
    int     high, low;
    size_t  i;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] != '%') {
            agt_buf_char(out, s.data[i]);
            continue;
        }

        if (s.len - i < 3) {
            return AGT_DECLINED;
        }

        high = agt_uri_hex(s.data[i + 1]);
        low = agt_uri_hex(s.data[i + 2]);

        if (high < 0 || low < 0) {
            return AGT_DECLINED;
        }

        agt_buf_char(out, (char) (high * 16 + low));
        i += 2;
    }

    return out->failed ? AGT_ERROR : AGT_OK;
}


/* a digit's value, or -1 */

static int
agt_uri_hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c = (char) (c | 0x20);

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


bool
agt_uri_valid(agt_str_t s, unsigned flags)
{
    size_t     n;
    uint8_t    tail;
    agt_uri_t  uri;

    agt_uri_split(&uri, s);

    if (uri.scheme.data == NULL) {

        if (!(flags & AGT_URI_REFERENCE)) {
            return false;
        }

        /* a colon in the first segment would be read as a scheme's end */

        for (n = 0; n < uri.path.len && uri.path.data[n] != '/'; n++) {
            if (uri.path.data[n] == ':' && uri.authority.data == NULL) {
                return false;
            }
        }

    } else if (!agt_uri_scheme(uri.scheme)) {
        return false;
    }

    tail = AGT_URI_PCHAR | AGT_URI_SLASH | AGT_URI_QUESTION;

    return (uri.authority.data == NULL
            || agt_uri_authority(uri.authority, flags))
           && agt_uri_part(uri.path, AGT_URI_PCHAR | AGT_URI_SLASH, flags)
           && agt_uri_part(uri.query, tail, flags)
           && agt_uri_part(uri.fragment, tail, flags);
}


static bool
agt_uri_scheme(agt_str_t s)
{
    char    c;
    size_t  i;

    c = (char) (s.data[0] | 0x20);

    if (c < 'a' || c > 'z') {
        return false;
    }

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] >= 128
            || !(agt_uri_class[(unsigned char) s.data[i]] & AGT_URI_SCHEME))
        {
            return false;
        }
    }

    return true;
}


/* bytes of the classes in mask, and percent-encoded ones */

static bool
agt_uri_part(agt_str_t s, uint8_t mask, unsigned flags)
{
    size_t                i, n;
    const unsigned char  *p;

    p = (const unsigned char *) s.data;

    for (i = 0; i < s.len; i++) {

        if (p[i] >= 128) {

            if (!(flags & AGT_URI_IRI)) {
                return false;
            }

            n = agt_uri_wide(p + i, mask);

            if (n == 0) {
                return false;
            }

            i += n - 1;

        } else if (p[i] == '%') {

            if (s.len - i < 3 || agt_uri_hex(s.data[i + 1]) < 0
                || agt_uri_hex(s.data[i + 2]) < 0)
            {
                return false;
            }

            i += 2;

        } else if (!(agt_uri_class[p[i]] & mask)) {
            return false;
        }
    }

    return true;
}


/*
 * The bytes of a character that an IRI may have (ucschar and, in a query,
 * iprivate of RFC 3987), or 0.  The text is valid UTF-8.
 */

static size_t
agt_uri_wide(const unsigned char *p, uint8_t mask)
{
    size_t    i, n;
    uint32_t  c;

    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    c = p[0] & (0x7fU >> n);

    for (i = 1; i < n; i++) {
        c = c << 6 | (p[i] & 0x3f);
    }

    if ((c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000) {
        return mask & AGT_URI_QUESTION ? n : 0;
    }

    if (c < 0xa0 || (c >= 0xfdd0 && c <= 0xfdef)
        || (c >= 0xfff0 && c <= 0xffff) || (c & 0xfffe) == 0xfffe)
    {
        return 0;
    }

    return n;
}


/* section 3.2: [ userinfo "@" ] host [ ":" port ] */

static bool
agt_uri_authority(agt_str_t s, unsigned flags)
{
    size_t     n;
    agt_str_t  host, user;

    host = s;

    for (n = 0; n < s.len; n++) {
        if (s.data[n] == '@') {
            user = agt_str_make(s.data, n);
            host = agt_str_make(s.data + n + 1, s.len - n - 1);

            if (!agt_uri_part(user, AGT_URI_USER, flags)) {
                return false;
            }

            break;
        }
    }

    n = host.len;

    while (n != 0 && host.data[n - 1] >= '0' && host.data[n - 1] <= '9') {
        n--;
    }

    if (n != 0 && host.data[n - 1] == ':') {
        host.len = n - 1;
    }

    if (host.len != 0 && host.data[0] == '[') {
        return agt_uri_literal(host);
    }

    return agt_uri_part(host, AGT_URI_NAME, flags);
}


static bool
agt_uri_literal(agt_str_t s)
{
    if (s.len < 2 || s.data[s.len - 1] != ']') {
        return false;
    }

    s = agt_str_make(s.data + 1, s.len - 2);

    return agt_uri_ipv6(s) || agt_uri_future(s);
}


/* "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */

static bool
agt_uri_future(agt_str_t s)
{
    size_t     i;
    agt_str_t  tail;

    if (s.len == 0 || (s.data[0] | 0x20) != 'v') {
        return false;
    }

    for (i = 1; i < s.len && s.data[i] != '.'; i++) {
        if (agt_uri_hex(s.data[i]) < 0) {
            return false;
        }
    }

    if (i == 1 || i + 1 >= s.len) {
        return false;
    }

    tail = agt_str_make(s.data + i + 1, s.len - i - 1);

    return memchr(tail.data, '%', tail.len) == NULL
           && agt_uri_part(tail, AGT_URI_USER, 0);
}


/* four octets in decimal, without leading zeros */

bool
agt_uri_ipv4(agt_str_t s)
{
    size_t    i, start;
    unsigned  octets, value;

    octets = 0;
    value = 0;
    start = 0;

    for (i = 0; i <= s.len; i++) {

        if (i == s.len || s.data[i] == '.') {

            if (i == start || (i - start > 1 && s.data[start] == '0')) {
                return false;
            }

            octets++;
            value = 0;
            start = i + 1;
            continue;
        }

        if (s.data[i] < '0' || s.data[i] > '9' || octets == 4) {
            return false;
        }

        value = value * 10 + (unsigned) (s.data[i] - '0');

        if (value > 255) {
            return false;
        }
    }

    return octets == 4;
}


/* eight groups, or fewer around one "::"; the last two may be an IPv4 one */

bool
agt_uri_ipv6(agt_str_t s)
{
    bool         gap;
    size_t       n;
    unsigned     groups;
    const char  *p, *end;

    p = s.data;
    end = s.data + s.len;
    groups = 0;
    gap = false;

    if (s.len >= 2 && p[0] == ':' && p[1] == ':') {
        gap = true;
        p += 2;
    }

    while (p < end) {
        n = agt_uri_group(p, end);

        if (n == 0) {
            return false;
        }

        if (p + n < end && p[n] == '.') {
            groups += 2;

            return agt_uri_ipv4(agt_str_make(p, (size_t) (end - p)))
                   && (gap ? groups < 8 : groups == 8);
        }

        p += n;

        groups++;

        if (groups > 8) {
            return false;
        }

        if (p == end) {
            break;
        }

        if (*p != ':' || p + 1 == end) {
            return false;
        }

        p++;

        if (*p == ':') {

            if (gap) {
                return false;
            }

            gap = true;
            p++;
        }
    }

    return gap ? groups < 8 : groups == 8;
}


/* the length of one to four hexadecimal digits */

static size_t
agt_uri_group(const char *p, const char *end)
{
    size_t  n;

    for (n = 0; p + n < end && agt_uri_hex(p[n]) >= 0; n++) { /* void */ }

    return n <= 4 ? n : 0;
}
