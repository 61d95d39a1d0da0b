
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Labels are checked as RFC 5891 has it for registration: what a browser
 * would map first, like capitals beyond ASCII, is not valid.  An ASCII label
 * that begins with "xn--" is checked by what it stands for.
 */


#include "agt_idna.h"
#include "agt_idna_table.h"


#define AGT_IDNA_NAME    253     /* bytes of a name, in ASCII */
#define AGT_IDNA_LABEL   63      /* and of a label: it has no more characters */
#define AGT_IDNA_NONE    UINT16_MAX

/* punycode, RFC 3492, section 5 */

#define AGT_PUNY_BASE    36
#define AGT_PUNY_TMIN    1
#define AGT_PUNY_TMAX    26
#define AGT_PUNY_SKEW    38
#define AGT_PUNY_DAMP    700
#define AGT_PUNY_BIAS    72
#define AGT_PUNY_FIRST   128

/* no step is larger: 59 places for each character of 17 planes */

#define AGT_PUNY_MAX     (UINT32_C(1) << 26)


typedef struct {
    uint32_t  n;
    uint32_t  ascii;                     /* bytes that it has in ASCII */
    bool      wide;                      /* has, or stands for, others */
    uint32_t  chars[AGT_IDNA_LABEL];
    uint16_t  attributes[AGT_IDNA_LABEL];
} agt_idna_label_t;


static bool agt_idna_name(agt_str_t s, bool bidi, bool *rtl);
static bool agt_idna_label(agt_idna_label_t *label, agt_str_t s);
static bool agt_idna_ascii(agt_idna_label_t *label, agt_str_t s);
static bool agt_idna_wide(agt_idna_label_t *label, agt_str_t s);
static bool agt_idna_rules(agt_idna_label_t *label);
static bool agt_idna_context(const agt_idna_label_t *label, uint32_t i);
static bool agt_idna_joined(const agt_idna_label_t *label, uint32_t i);
static bool agt_idna_has(const agt_idna_label_t *label, uint32_t first,
    uint32_t last);
static bool agt_idna_bidi(const agt_idna_label_t *label);
static uint16_t agt_idna_attributes(uint32_t c);
static size_t agt_idna_dot(const char *p, const char *end);
static uint32_t agt_idna_next(const char **p, const char *end);

static bool agt_puny_decode(agt_idna_label_t *label, agt_str_t s);
static bool agt_puny_number(agt_str_t s, size_t *pos, uint32_t bias,
    uint32_t *value);
static uint32_t agt_puny_encode(const agt_idna_label_t *label, char *out);
static uint32_t agt_puny_write(char *out, uint32_t len, uint32_t value,
    uint32_t bias);
static uint32_t agt_puny_adapt(uint32_t delta, uint32_t points, bool first);
static uint32_t agt_puny_threshold(uint32_t k, uint32_t bias);


bool
agt_idna_valid(agt_str_t s)
{
    bool  rtl;

    rtl = false;

    if (!agt_idna_name(s, false, &rtl)) {
        return false;
    }

    /* a character from right to left anywhere binds all of the labels */

    return !rtl || agt_idna_name(s, true, &rtl);
}


static bool
agt_idna_name(agt_str_t s, bool bidi, bool *rtl)
{
    size_t             dot, ascii;
    uint32_t           i, class;
    const char        *p, *end, *start;
    agt_idna_label_t   label;

    ascii = 0;
    p = s.data;
    end = s.data + s.len;

    for ( ;; ) {
        start = p;
        dot = 0;

        while (p < end) {
            dot = agt_idna_dot(p, end);

            if (dot != 0) {
                break;
            }

            p++;
        }

        if (!agt_idna_label(&label, agt_str_make(start, (size_t) (p - start))))
        {
            return false;
        }

        ascii += label.ascii;

        if (ascii > AGT_IDNA_NAME || (bidi && !agt_idna_bidi(&label))) {
            return false;
        }

        for (i = 0; i < label.n; i++) {
            class = label.attributes[i] & AGT_IDNA_BIDI;
            *rtl = *rtl || class == AGT_IDNA_R || class == AGT_IDNA_AL
                   || class == AGT_IDNA_AN;
        }

        if (dot == 0) {
            return true;
        }

        p += dot;
        ascii++;
    }
}


/* the bytes of a separator of labels, also of an ideographic one, or 0 */

static size_t
agt_idna_dot(const char *p, const char *end)
{
    size_t  i;

    static const char  *wide[] = {
        "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"
    };

    if (*p == '.') {
        return 1;
    }

    for (i = 0; i < agt_array_n(wide); i++) {
        if (end - p >= 3 && memcmp(p, wide[i], 3) == 0) {
            return 3;
        }
    }

    return 0;
}


static bool
agt_idna_label(agt_idna_label_t *label, agt_str_t s)
{
    size_t  i;

    label->n = 0;
    label->wide = false;

    /* of four bytes at most; longer ones are not even looked at */

    if (s.len == 0 || s.len > AGT_IDNA_LABEL * 4
        || s.data[0] == '-' || s.data[s.len - 1] == '-')
    {
        return false;
    }

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] >= 128) {
            return agt_idna_wide(label, s);
        }
    }

    return agt_idna_ascii(label, s);
}


static bool
agt_idna_ascii(agt_idna_label_t *label, agt_str_t s)
{
    char    c, encoded[AGT_IDNA_LABEL], lower[AGT_IDNA_LABEL];
    size_t  i;

    if (s.len > AGT_IDNA_LABEL) {
        return false;
    }

    for (i = 0; i < s.len; i++) {
        c = s.data[i];
        c = (char) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
            return false;
        }

        lower[i] = c;
        label->chars[i] = (unsigned char) c;
        label->attributes[i] = agt_idna_attributes((unsigned char) c);
    }

    label->n = (uint32_t) s.len;
    label->ascii = label->n;

    if (s.len < 4 || memcmp(lower, "xn--", 4) != 0) {
        return true;
    }

    /* there is one way only to write a label in ASCII */

    return agt_puny_decode(label, agt_str_make(lower + 4, s.len - 4))
           && agt_idna_rules(label)
           && agt_puny_encode(label, encoded) == s.len
           && memcmp(encoded, lower, s.len) == 0;
}


static bool
agt_idna_wide(agt_idna_label_t *label, agt_str_t s)
{
    char         encoded[AGT_IDNA_LABEL];
    const char  *p, *end;

    p = s.data;
    end = s.data + s.len;

    while (p < end) {

        if (label->n == AGT_IDNA_LABEL) {
            return false;
        }

        label->chars[label->n++] = agt_idna_next(&p, end);
    }

    if (!agt_idna_rules(label)) {
        return false;
    }

    label->ascii = agt_puny_encode(label, encoded);

    return label->ascii != 0;
}


static uint32_t
agt_idna_next(const char **p, const char *end)
{
    size_t    n;
    uint32_t  c;

    c = (unsigned char) *(*p)++;

    if (c < 0x80) {
        return c;
    }

    n = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

    for (c &= 0x3fU >> n; n != 0 && *p < end; n--) {
        c = c << 6 | ((unsigned char) *(*p)++ & 0x3f);
    }

    return c;
}


/* RFC 5891, section 5.4 */

static bool
agt_idna_rules(agt_idna_label_t *label)
{
    bool      wide;
    uint32_t  i;

    wide = false;

    if (label->n == 0 || label->chars[0] == '-'
        || label->chars[label->n - 1] == '-'
        || (label->n >= 4 && label->chars[2] == '-' && label->chars[3] == '-'))
    {
        return false;
    }

    for (i = 0; i < label->n; i++) {
        wide = wide || label->chars[i] >= 128;

        label->attributes[i] = agt_idna_attributes(label->chars[i]);

        if (label->attributes[i] == AGT_IDNA_NONE) {
            return false;
        }
    }

    if (!wide || (label->attributes[0] & AGT_IDNA_MARK)) {
        return false;
    }

    for (i = 0; i < label->n; i++) {
        if (!agt_idna_context(label, i)) {
            return false;
        }
    }

    return true;
}


static uint16_t
agt_idna_attributes(uint32_t c)
{
    uint32_t               low, high, middle, step;
    const agt_idna_run_t  *run;

    low = 0;
    high = agt_idna_runs_n;

    while (low < high) {
        middle = low + (high - low) / 2;
        run = &agt_idna_runs[middle];
        step = run->attributes & AGT_IDNA_STEP ? 2 : 1;

        if (c < run->first) {
            high = middle;

        } else if (c > run->first + (run->n - 1U) * step) {
            low = middle + 1;

        } else {
            return (c - run->first) % step == 0 ? run->attributes
                                                : AGT_IDNA_NONE;
        }
    }

    return AGT_IDNA_NONE;
}


/* RFC 5892, appendix A */

static bool
agt_idna_context(const agt_idna_label_t *label, uint32_t i)
{
    uint32_t  k, before, after;
    uint16_t  attr_before, attr_after;

    before = i != 0 ? label->chars[i - 1] : 0;
    after = i + 1 < label->n ? label->chars[i + 1] : 0;
    attr_before = i != 0 ? label->attributes[i - 1] : 0;
    attr_after = i + 1 < label->n ? label->attributes[i + 1] : 0;

    switch (label->chars[i]) {

    case 0x200c:
        return (attr_before & AGT_IDNA_VIRAMA) || agt_idna_joined(label, i);

    case 0x200d:
        return (attr_before & AGT_IDNA_VIRAMA) != 0;

    case 0x00b7:
        return before == 'l' && after == 'l';

    case 0x0375:
        return (attr_after & AGT_IDNA_GREEK) != 0;

    case 0x05f3:
    case 0x05f4:
        return (attr_before & AGT_IDNA_HEBREW) != 0;

    case 0x30fb:
        for (k = 0; k < label->n; k++) {
            if (label->attributes[k] & AGT_IDNA_KANA) {
                return true;
            }
        }

        return false;
    }

    if (label->chars[i] >= 0x0660 && label->chars[i] <= 0x0669) {
        return !agt_idna_has(label, 0x06f0, 0x06f9);
    }

    return true;
}


/* between characters that would join, but for this one */

static bool
agt_idna_joined(const agt_idna_label_t *label, uint32_t i)
{
    uint32_t  k;

    for (k = i; k != 0; k--) {
        if (!(label->attributes[k - 1] & AGT_IDNA_CLEAR)) {
            break;
        }
    }

    if (k == 0 || !(label->attributes[k - 1] & AGT_IDNA_JOIN)) {
        return false;
    }

    for (k = i + 1; k < label->n; k++) {
        if (!(label->attributes[k] & AGT_IDNA_CLEAR)) {
            break;
        }
    }

    return k < label->n && (label->attributes[k] & AGT_IDNA_JOINED);
}


static bool
agt_idna_has(const agt_idna_label_t *label, uint32_t first, uint32_t last)
{
    uint32_t  i;

    for (i = 0; i < label->n; i++) {
        if (label->chars[i] >= first && label->chars[i] <= last) {
            return true;
        }
    }

    return false;
}


/* RFC 5893, section 2 */

static bool
agt_idna_bidi(const agt_idna_label_t *label)
{
    unsigned  first, last, class, seen;
    uint32_t  i;

    seen = 0;
    last = AGT_IDNA_NEUTRAL;
    first = label->attributes[0] & AGT_IDNA_BIDI;

    for (i = 0; i < label->n; i++) {
        class = label->attributes[i] & AGT_IDNA_BIDI;
        seen |= 1U << class;

        if (class != AGT_IDNA_NSM) {
            last = class;
        }
    }

    if (first == AGT_IDNA_L) {
        return (last == AGT_IDNA_L || last == AGT_IDNA_EN)
               && !(seen & (1U << AGT_IDNA_R | 1U << AGT_IDNA_AL
                            | 1U << AGT_IDNA_AN));
    }

    if (first != AGT_IDNA_R && first != AGT_IDNA_AL) {
        return false;
    }

    return (last == AGT_IDNA_R || last == AGT_IDNA_AL || last == AGT_IDNA_EN
            || last == AGT_IDNA_AN)
           && !(seen & 1U << AGT_IDNA_L)
           && (~seen & (1U << AGT_IDNA_EN | 1U << AGT_IDNA_AN));
}


/* RFC 3492, section 6.2; s is in lower case */

static bool
agt_puny_decode(agt_idna_label_t *label, agt_str_t s)
{
    bool      first;
    size_t    pos, basic;
    uint32_t  n, c, at, bias, value;

    basic = s.len;

    while (basic != 0 && s.data[basic - 1] != '-') {
        basic--;
    }

    n = 0;

    for (pos = 0; pos + 1 < basic; pos++) {
        label->chars[n++] = (unsigned char) s.data[pos];
    }

    c = AGT_PUNY_FIRST;
    at = 0;
    bias = AGT_PUNY_BIAS;
    first = true;

    for (pos = basic; pos < s.len; /* void */) {

        if (n == AGT_IDNA_LABEL || !agt_puny_number(s, &pos, bias, &value)) {
            return false;
        }

        bias = agt_puny_adapt(value, n + 1, first);
        first = false;

        value += at;
        c += value / (n + 1);
        at = value % (n + 1);

        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
            return false;
        }

        memmove(&label->chars[at + 1], &label->chars[at],
                (n - at) * sizeof(uint32_t));

        label->chars[at++] = c;
        n++;
    }

    label->n = n;

    return true;
}


/* a number of variable length, in base 36 */

static bool
agt_puny_number(agt_str_t s, size_t *pos, uint32_t bias, uint32_t *value)
{
    char      c;
    uint32_t  k, digit, weight, threshold;

    *value = 0;
    weight = 1;

    for (k = AGT_PUNY_BASE; *pos < s.len; k += AGT_PUNY_BASE) {
        c = s.data[(*pos)++];

        if (c == '-') {
            return false;
        }

        digit = (uint32_t) (c >= 'a' ? c - 'a' : c - '0' + 26);

        if (digit != 0 && weight > AGT_PUNY_MAX / digit) {
            return false;
        }

        *value += digit * weight;

        if (*value > AGT_PUNY_MAX) {
            return false;
        }

        threshold = agt_puny_threshold(k, bias);

        if (digit < threshold) {
            return true;
        }

        if (weight <= AGT_PUNY_MAX) {
            weight *= AGT_PUNY_BASE - threshold;
        }
    }

    return false;
}


/* RFC 3492, section 6.3: the bytes of the label in ASCII, 0 if too many */

static uint32_t
agt_puny_encode(const agt_idna_label_t *label, char *out)
{
    uint32_t  i, len, done, basic, c, next, delta, bias;

    memcpy(out, "xn--", 4);
    len = 4;

    for (i = 0; i < label->n; i++) {
        if (label->chars[i] < AGT_PUNY_FIRST) {

            if (len == AGT_IDNA_LABEL) {
                return 0;
            }

            out[len++] = (char) label->chars[i];
        }
    }

    basic = len - 4;
    done = basic;

    if (basic != 0) {

        if (len == AGT_IDNA_LABEL) {
            return 0;
        }

        out[len++] = '-';
    }

    c = AGT_PUNY_FIRST;
    delta = 0;
    bias = AGT_PUNY_BIAS;

    while (done < label->n) {
        next = UINT32_MAX;

        for (i = 0; i < label->n; i++) {
            if (label->chars[i] >= c && label->chars[i] < next) {
                next = label->chars[i];
            }
        }

        /* at most 63 characters and 17 planes: far from an overflow */

        delta += (next - c) * (done + 1);
        c = next;

        for (i = 0; i < label->n; i++) {
            delta += label->chars[i] < c;

            if (label->chars[i] != c) {
                continue;
            }

            len = agt_puny_write(out, len, delta, bias);

            if (len == 0) {
                return 0;
            }

            bias = agt_puny_adapt(delta, done + 1, done == basic);
            delta = 0;
            done++;
        }

        delta++;
        c++;
    }

    return len;
}


static uint32_t
agt_puny_write(char *out, uint32_t len, uint32_t value, uint32_t bias)
{
    uint32_t  k, digit, threshold;

    for (k = AGT_PUNY_BASE; /* void */; k += AGT_PUNY_BASE) {

        if (len == AGT_IDNA_LABEL) {
            return 0;
        }

        threshold = agt_puny_threshold(k, bias);

        if (value < threshold) {
            out[len++] = (char) (value < 26 ? 'a' + value : '0' + value - 26);
            return len;
        }

        digit = threshold + (value - threshold) % (AGT_PUNY_BASE - threshold);
        value = (value - threshold) / (AGT_PUNY_BASE - threshold);

        out[len++] = (char) (digit < 26 ? 'a' + digit : '0' + digit - 26);
    }
}


/* RFC 3492, section 6.1 */

static uint32_t
agt_puny_adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t  k;

    delta /= first ? AGT_PUNY_DAMP : 2;
    delta += delta / points;

    for (k = 0;
         delta > (AGT_PUNY_BASE - AGT_PUNY_TMIN) * AGT_PUNY_TMAX / 2;
         k += AGT_PUNY_BASE)
    {
        delta /= AGT_PUNY_BASE - AGT_PUNY_TMIN;
    }

    return k + (AGT_PUNY_BASE - AGT_PUNY_TMIN + 1) * delta
               / (delta + AGT_PUNY_SKEW);
}


static uint32_t
agt_puny_threshold(uint32_t k, uint32_t bias)
{
    if (k <= bias + AGT_PUNY_TMIN) {
        return AGT_PUNY_TMIN;
    }

    return agt_min(k - bias, (uint32_t) AGT_PUNY_TMAX);
}
