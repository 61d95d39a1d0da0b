
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A pattern is read into pieces, each a set of characters or a group of
 * alternatives with the number of times it comes, and written by walking them
 * and drawing.  Anchors are dropped: the text is the match and nothing else.
 */


#include "agt_plan.h"


#define AGT_PATTERN_DEPTH    16       /* groups within each other */
#define AGT_PATTERN_PIECES   1000     /* of a pattern */
#define AGT_PATTERN_REPEAT   10000    /* larger counts are not met */
#define AGT_PATTERN_STEPS    20000    /* of one walk: groups may be empty */
#define AGT_PATTERN_TRIES    12       /* walks, to come to the wanted length */
#define AGT_PATTERN_LOOSE    3        /* what an open count is over its least */

#define AGT_PATTERN_LOWER    0x07fffffe00000000u    /* bits of the high half */
#define AGT_PATTERN_UPPER    0x0000000007fffffeu
#define AGT_PATTERN_LETTER   (AGT_PATTERN_LOWER | AGT_PATTERN_UPPER)
#define AGT_PATTERN_DIGIT    0x03ff000000000000u    /* bits of the low half */
#define AGT_PATTERN_SPACE    0x0000000100003e00u
#define AGT_PATTERN_UNDER    0x0000000080000000u
#define AGT_PATTERN_PRINT_LOW    0xffffffff00000000u
#define AGT_PATTERN_PRINT_HIGH   0x7fffffffffffffffu


typedef struct agt_pattern_piece_s  agt_pattern_piece_t;


/* a set of ASCII characters, and one character beyond them */

typedef struct {
    uint64_t  low;
    uint64_t  high;
    uint32_t  other;
} agt_pattern_set_t;


typedef struct agt_pattern_branch_s  agt_pattern_branch_t;

struct agt_pattern_branch_s {
    agt_pattern_piece_t   *pieces;
    agt_pattern_branch_t  *next;
};


struct agt_pattern_piece_s {
    agt_pattern_set_t      set;
    agt_pattern_branch_t  *branches;    /* NULL: a set */
    uint32_t               n;           /* branches */
    uint32_t               min;
    uint32_t               max;
    agt_pattern_piece_t   *next;
};


struct agt_pattern_s {
    agt_pattern_piece_t  root;
    bool                 anchored;      /* its end is the text's end */
};


typedef struct {
    char       letter;
    uint32_t   c;                       /* 0: a class */
    uint64_t   low;
    uint64_t   high;
} agt_pattern_named_t;


typedef struct {
    const char  *pos;
    const char  *end;
    agt_mem_t   *mem;
    unsigned     pieces;
    bool         anchored;              /* the last thing read was a "$" */
} agt_pattern_parser_t;


typedef struct {
    agt_buf_t     *buf;
    agt_random_t  *random;
    uint32_t       count;               /* code points written */
    uint32_t       max;
    uint32_t       loose;
    uint32_t       steps;
} agt_pattern_writer_t;


static int agt_pattern_group(agt_pattern_parser_t *p,
    agt_pattern_piece_t *group, unsigned depth);
static int agt_pattern_branch(agt_pattern_parser_t *p,
    agt_pattern_branch_t *branch, unsigned depth);
static int agt_pattern_piece(agt_pattern_parser_t *p,
    agt_pattern_piece_t *piece, unsigned depth);
static int agt_pattern_group_start(agt_pattern_parser_t *p);
static int agt_pattern_repeat(agt_pattern_parser_t *p,
    agt_pattern_piece_t *piece);
static bool agt_pattern_braces(agt_pattern_parser_t *p, uint32_t *min,
    uint32_t *max);
static bool agt_pattern_number(const char **pos, const char *end, uint32_t *n);
static int agt_pattern_class(agt_pattern_parser_t *p, agt_pattern_set_t *set);
static int agt_pattern_class_atom(agt_pattern_parser_t *p,
    agt_pattern_set_t *set, uint32_t *c);
static int agt_pattern_escape(agt_pattern_parser_t *p, agt_pattern_set_t *set,
    uint32_t *c);
static int agt_pattern_property(agt_pattern_parser_t *p,
    agt_pattern_set_t *set);
static int agt_pattern_hex(agt_pattern_parser_t *p, unsigned n, uint32_t *c);
static uint32_t agt_pattern_char(agt_pattern_parser_t *p);
static void agt_pattern_add(agt_pattern_set_t *set, uint32_t from,
    uint32_t to);
static void agt_pattern_negate(agt_pattern_set_t *set);

static void agt_pattern_walk(agt_pattern_writer_t *w,
    const agt_pattern_piece_t *piece);
static void agt_pattern_draw(agt_pattern_writer_t *w,
    const agt_pattern_set_t *set);
static void agt_pattern_put(agt_pattern_writer_t *w, uint32_t c);
static bool agt_pattern_stopped(agt_pattern_writer_t *w);


/* letters behind a backslash: a character, or a class; negated ones within what
   can be printed */

static const agt_pattern_named_t  agt_pattern_names[] = {
    { 't', '\t', 0, 0 },
    { 'n', '\n', 0, 0 },
    { 'v', '\v', 0, 0 },
    { 'f', '\f', 0, 0 },
    { 'r', '\r', 0, 0 },
    { 'd', 0, AGT_PATTERN_DIGIT, 0 },
    { 'D', 0, AGT_PATTERN_PRINT_LOW & ~AGT_PATTERN_DIGIT,
      AGT_PATTERN_PRINT_HIGH },
    { 'w', 0, AGT_PATTERN_DIGIT, AGT_PATTERN_LETTER | AGT_PATTERN_UNDER },
    { 'W', 0, AGT_PATTERN_PRINT_LOW & ~AGT_PATTERN_DIGIT,
      AGT_PATTERN_PRINT_HIGH & ~(AGT_PATTERN_LETTER | AGT_PATTERN_UNDER) },
    { 's', 0, AGT_PATTERN_SPACE, 0 },
    { 'S', 0, AGT_PATTERN_PRINT_LOW & ~AGT_PATTERN_SPACE,
      AGT_PATTERN_PRINT_HIGH }
};


/* what is drawn from a set, the first that has something in common with it */

static const agt_pattern_set_t  agt_pattern_liked[] = {
    { AGT_PATTERN_DIGIT, AGT_PATTERN_LETTER, 0 },
    { 0x0000000100000000u, 0, 0 },
    { UINT64_MAX, UINT64_MAX, 0 }
};


int
agt_pattern_parse(agt_pattern_t **pattern, agt_str_t text, agt_mem_t *mem)
{
    int                   rc;
    agt_pattern_parser_t  p;

    *pattern = agt_calloc(mem, 1, sizeof(agt_pattern_t));
    if (*pattern == NULL) {
        return AGT_ERROR;
    }

    p.pos = text.data;
    p.end = text.data + text.len;
    p.mem = mem;
    p.pieces = 0;
    p.anchored = false;

    rc = agt_pattern_group(&p, &(*pattern)->root, 0);
    if (rc != AGT_OK) {
        return rc;
    }

    if (p.pos != p.end) {
        return AGT_DECLINED;
    }

    (*pattern)->root.min = 1;
    (*pattern)->root.max = 1;
    (*pattern)->anchored = p.anchored;

    return AGT_OK;
}


/* alternatives, up to the end or a closing parenthesis, which is not taken */

static int
agt_pattern_group(agt_pattern_parser_t *p, agt_pattern_piece_t *group,
    unsigned depth)
{
    int                    rc;
    agt_pattern_branch_t  *branch, **last;

    if (depth == AGT_PATTERN_DEPTH) {
        return AGT_DECLINED;
    }

    last = &group->branches;
    group->n = 0;

    for ( ;; ) {
        branch = agt_calloc(p->mem, 1, sizeof(agt_pattern_branch_t));
        if (branch == NULL) {
            return AGT_ERROR;
        }

        rc = agt_pattern_branch(p, branch, depth);
        if (rc != AGT_OK) {
            return rc;
        }

        *last = branch;
        last = &branch->next;
        group->n++;

        if (p->pos == p->end || *p->pos == ')') {
            return AGT_OK;
        }

        p->pos++;
    }
}


static int
agt_pattern_branch(agt_pattern_parser_t *p, agt_pattern_branch_t *branch,
    unsigned depth)
{
    int                   rc;
    agt_pattern_piece_t  *piece, **last;

    last = &branch->pieces;

    while (p->pos != p->end && *p->pos != '|' && *p->pos != ')') {

        p->anchored = (*p->pos == '$');

        if (*p->pos == '^' || *p->pos == '$') {
            p->pos++;
            continue;
        }

        if (++p->pieces > AGT_PATTERN_PIECES) {
            return AGT_DECLINED;
        }

        piece = agt_calloc(p->mem, 1, sizeof(agt_pattern_piece_t));
        if (piece == NULL) {
            return AGT_ERROR;
        }

        rc = agt_pattern_piece(p, piece, depth);
        if (rc != AGT_OK) {
            return rc;
        }

        rc = agt_pattern_repeat(p, piece);
        if (rc != AGT_OK) {
            return rc;
        }

        *last = piece;
        last = &piece->next;
    }

    return AGT_OK;
}


static int
agt_pattern_piece(agt_pattern_parser_t *p, agt_pattern_piece_t *piece,
    unsigned depth)
{
    int       rc;
    uint32_t  c;

    switch (*p->pos) {

    case '(':
        rc = agt_pattern_group_start(p);
        if (rc != AGT_OK) {
            return rc;
        }

        rc = agt_pattern_group(p, piece, depth + 1);
        if (rc != AGT_OK) {
            return rc;
        }

        if (p->pos == p->end) {
            return AGT_DECLINED;
        }

        p->pos++;

        return AGT_OK;

    case '[':
        p->pos++;
        return agt_pattern_class(p, &piece->set);

    case '.':
        p->pos++;
        agt_pattern_add(&piece->set, ' ', '~');
        return AGT_OK;

    case '\\':
        p->pos++;

        rc = agt_pattern_escape(p, &piece->set, &c);
        if (rc != AGT_OK) {
            return rc == AGT_DONE ? AGT_OK : rc;
        }

        break;

    case '*':
    case '+':
    case '?':
        return AGT_DECLINED;

    default:
        c = agt_pattern_char(p);
    }

    agt_pattern_add(&piece->set, c, c);

    return AGT_OK;
}


/* "(", "(?:" and "(?<name>"; the assertions that look alike are declined */

static int
agt_pattern_group_start(agt_pattern_parser_t *p)
{
    p->pos++;

    if (p->end - p->pos < 2 || *p->pos != '?') {
        return AGT_OK;
    }

    if (p->pos[1] == ':') {
        p->pos += 2;
        return AGT_OK;
    }

    if (p->pos[1] != '<' || p->end - p->pos < 3
        || p->pos[2] == '=' || p->pos[2] == '!')
    {
        return AGT_DECLINED;
    }

    while (p->pos != p->end) {
        if (*p->pos++ == '>') {
            return AGT_OK;
        }
    }

    return AGT_DECLINED;
}


static int
agt_pattern_repeat(agt_pattern_parser_t *p, agt_pattern_piece_t *piece)
{
    char  c;

    piece->min = 1;
    piece->max = 1;

    if (p->pos == p->end) {
        return AGT_OK;
    }

    c = *p->pos;

    switch (c) {

    case '*':
    case '+':
    case '?':
        piece->min = (c == '+');
        piece->max = (c == '?') ? 1 : AGT_PATTERN_REPEAT;
        p->pos++;
        break;

    case '{':
        if (!agt_pattern_braces(p, &piece->min, &piece->max)) {
            return AGT_OK;
        }

        if (piece->min > piece->max || piece->min > AGT_PATTERN_REPEAT) {
            return AGT_DECLINED;
        }

        break;

    default:
        return AGT_OK;
    }

    if (p->pos != p->end && *p->pos == '?') {
        p->pos++;
    }

    return AGT_OK;
}


/* "{2}", "{2,}", "{2,5}"; anything else is text and leaves all as it was */

static bool
agt_pattern_braces(agt_pattern_parser_t *p, uint32_t *min, uint32_t *max)
{
    uint32_t     from, to;
    const char  *pos = p->pos + 1;

    if (!agt_pattern_number(&pos, p->end, &from)) {
        return false;
    }

    to = from;

    if (pos != p->end && *pos == ',') {
        pos++;

        if (!agt_pattern_number(&pos, p->end, &to)) {
            to = AGT_PATTERN_REPEAT;
        }
    }

    if (pos == p->end || *pos != '}') {
        return false;
    }

    p->pos = pos + 1;
    *min = from;
    *max = to;

    return true;
}


static bool
agt_pattern_number(const char **pos, const char *end, uint32_t *n)
{
    const char  *start = *pos;

    for (*n = 0; *pos != end && **pos >= '0' && **pos <= '9'; (*pos)++) {
        *n = *n * 10 + (uint32_t) (**pos - '0');
        *n = agt_min(*n, 1000000u);
    }

    return *pos != start;
}


/* behind the "[" */

static int
agt_pattern_class(agt_pattern_parser_t *p, agt_pattern_set_t *set)
{
    int       rc;
    bool      negated;
    uint32_t  from, to;

    negated = (p->pos != p->end && *p->pos == '^');
    p->pos += negated;

    for ( ;; ) {
        if (p->pos == p->end) {
            return AGT_DECLINED;
        }

        if (*p->pos == ']') {
            p->pos++;
            break;
        }

        rc = agt_pattern_class_atom(p, set, &from);
        if (rc != AGT_OK && rc != AGT_DONE) {
            return rc;
        }

        if (rc == AGT_DONE) {
            continue;
        }

        to = from;

        if (p->end - p->pos >= 2 && p->pos[0] == '-' && p->pos[1] != ']') {
            p->pos++;

            rc = agt_pattern_class_atom(p, set, &to);
            if (rc != AGT_OK) {
                return rc == AGT_DONE ? AGT_DECLINED : rc;
            }
        }

        agt_pattern_add(set, from, to);
    }

    if (negated) {
        agt_pattern_negate(set);
    }

    return set->low != 0 || set->high != 0 || set->other != 0
           ? AGT_OK : AGT_DECLINED;
}


/* OK: one character, DONE: a class of them, which was added to the set */

static int
agt_pattern_class_atom(agt_pattern_parser_t *p, agt_pattern_set_t *set,
    uint32_t *c)
{
    if (*p->pos != '\\') {
        *c = agt_pattern_char(p);
        return AGT_OK;
    }

    p->pos++;

    if (p->pos != p->end && *p->pos == 'b') {
        p->pos++;
        *c = '\b';
        return AGT_OK;
    }

    return agt_pattern_escape(p, set, c);
}


/* behind the backslash; returns as agt_pattern_class_atom() does */

static int
agt_pattern_escape(agt_pattern_parser_t *p, agt_pattern_set_t *set,
    uint32_t *c)
{
    char                        e;
    size_t                      i;
    const agt_pattern_named_t  *named;

    if (p->pos == p->end) {
        return AGT_DECLINED;
    }

    e = *p->pos;

    for (i = 0; i < agt_array_n(agt_pattern_names); i++) {
        named = &agt_pattern_names[i];

        if (named->letter == e) {
            p->pos++;
            set->low |= named->low;
            set->high |= named->high;
            *c = named->c;

            return named->c != 0 ? AGT_OK : AGT_DONE;
        }
    }

    switch (e) {

    case 'p':
        p->pos++;
        return agt_pattern_property(p, set);

    case 'x':
        p->pos++;
        return agt_pattern_hex(p, 2, c);

    case 'u':
        p->pos++;
        return agt_pattern_hex(p, 4, c);

    default:
        break;
    }

    /* letters and digits left: assertions, references, and rarities */

    if ((e >= '0' && e <= '9') || (e >= 'a' && e <= 'z')
        || (e >= 'A' && e <= 'Z'))
    {
        return AGT_DECLINED;
    }

    *c = agt_pattern_char(p);

    return AGT_OK;
}


/* "\p{L}" and the like: their ASCII part */

static int
agt_pattern_property(agt_pattern_parser_t *p, agt_pattern_set_t *set)
{
    size_t  i, len;

    static const struct {
        agt_str_t          text;
        agt_pattern_set_t  set;
    } properties[] = {
        { agt_string("{L}"), { 0, AGT_PATTERN_LETTER, 0 } },
        { agt_string("{Letter}"), { 0, AGT_PATTERN_LETTER, 0 } },
        { agt_string("{Alphabetic}"), { 0, AGT_PATTERN_LETTER, 0 } },
        { agt_string("{Lu}"), { 0, AGT_PATTERN_UPPER, 0 } },
        { agt_string("{Uppercase_Letter}"), { 0, AGT_PATTERN_UPPER, 0 } },
        { agt_string("{Ll}"), { 0, AGT_PATTERN_LOWER, 0 } },
        { agt_string("{Lowercase_Letter}"), { 0, AGT_PATTERN_LOWER, 0 } },
        { agt_string("{N}"), { AGT_PATTERN_DIGIT, 0, 0 } },
        { agt_string("{Number}"), { AGT_PATTERN_DIGIT, 0, 0 } },
        { agt_string("{Nd}"), { AGT_PATTERN_DIGIT, 0, 0 } },
        { agt_string("{digit}"), { AGT_PATTERN_DIGIT, 0, 0 } },
    };

    for (i = 0; i < agt_array_n(properties); i++) {
        len = properties[i].text.len;

        if ((size_t) (p->end - p->pos) >= len
            && memcmp(p->pos, properties[i].text.data, len) == 0)
        {
            p->pos += len;
            set->low |= properties[i].set.low;
            set->high |= properties[i].set.high;
            return AGT_DONE;
        }
    }

    return AGT_DECLINED;
}


static int
agt_pattern_hex(agt_pattern_parser_t *p, unsigned n, uint32_t *c)
{
    char  ch;

    for (*c = 0; n != 0; n--) {
        if (p->pos == p->end) {
            return AGT_DECLINED;
        }

        ch = *p->pos++;

        if (ch >= '0' && ch <= '9') {
            *c = *c << 4 | (uint32_t) (ch - '0');

        } else {
            ch = (char) (ch | 0x20);

            if (ch < 'a' || ch > 'f') {
                return AGT_DECLINED;
            }

            *c = *c << 4 | (uint32_t) (ch - 'a' + 10);
        }
    }

    /* surrogates are no characters */

    return (*c & 0xfffff800u) == 0xd800 ? AGT_DECLINED : AGT_OK;
}


/* the text was valid UTF-8 when it was read */

static uint32_t
agt_pattern_char(agt_pattern_parser_t *p)
{
    uint32_t  c = (unsigned char) *p->pos++;

    if (c < 0xc0) {
        return c;
    }

    c &= (c < 0xe0) ? 0x1f : (c < 0xf0) ? 0x0f : 0x07;

    while (p->pos != p->end && ((unsigned char) *p->pos & 0xc0) == 0x80) {
        c = c << 6 | ((unsigned char) *p->pos++ & 0x3f);
    }

    return c;
}


static void
agt_pattern_add(agt_pattern_set_t *set, uint32_t from, uint32_t to)
{
    uint32_t  c;

    for (c = from; c <= to && c < 128; c++) {
        if (c < 64) {
            set->low |= UINT64_C(1) << c;

        } else {
            set->high |= UINT64_C(1) << (c - 64);
        }
    }

    if (from >= 128 && from <= to) {
        set->other = from;
    }
}


/* within what can be printed */

static void
agt_pattern_negate(agt_pattern_set_t *set)
{
    set->low = AGT_PATTERN_PRINT_LOW & ~set->low;
    set->high = AGT_PATTERN_PRINT_HIGH & ~set->high;
    set->other = 0;
}


void
agt_pattern_write(const agt_pattern_t *pattern, uint32_t min, uint32_t max,
    uint64_t *fuel, agt_random_t *random, agt_buf_t *buf)
{
    size_t                start = buf->len;
    unsigned              i;
    agt_pattern_writer_t  w;

    w.buf = buf;
    w.random = random;
    w.max = max;
    w.loose = AGT_PATTERN_LOOSE;

    w.count = 0;

    for (i = 0; i < AGT_PATTERN_TRIES && !buf->failed && *fuel != 0; i++) {
        buf->len = start;
        w.count = 0;
        w.steps = 0;

        agt_pattern_walk(&w, &pattern->root);

        *fuel -= agt_min(*fuel, w.steps);

        if (w.count > max) {
            w.loose /= 2;

        } else if (w.count < min) {
            w.loose = agt_min(w.loose * 2 + (min - w.count),
                              (uint32_t) AGT_PATTERN_REPEAT);

        } else {
            return;
        }
    }

    /* the expression may be met by the start of a longer text */

    while (w.count < min && !pattern->anchored && !buf->failed) {
        agt_pattern_put(&w, 'a');
    }
}


static void
agt_pattern_walk(agt_pattern_writer_t *w, const agt_pattern_piece_t *piece)
{
    uint32_t                     i, n, skip;
    const agt_pattern_piece_t   *p;
    const agt_pattern_branch_t  *branch;

    n = piece->max - piece->min;
    n = piece->min + (uint32_t) agt_random_below(w->random,
                                    (uint64_t) agt_min(n, w->loose) + 1);

    for (i = 0; i < n && !agt_pattern_stopped(w); i++) {

        if (piece->branches == NULL) {
            agt_pattern_draw(w, &piece->set);
            continue;
        }

        skip = (uint32_t) agt_random_below(w->random, piece->n);

        for (branch = piece->branches; skip != 0; skip--) {
            branch = branch->next;
        }

        for (p = branch->pieces; p != NULL; p = p->next) {
            agt_pattern_walk(w, p);
        }
    }
}


static void
agt_pattern_draw(agt_pattern_writer_t *w, const agt_pattern_set_t *set)
{
    size_t    i;
    uint32_t  n;
    uint64_t  low, high;

    low = 0;
    high = 0;

    for (i = 0; i < agt_array_n(agt_pattern_liked); i++) {
        low = set->low & agt_pattern_liked[i].low;
        high = set->high & agt_pattern_liked[i].high;

        if (low != 0 || high != 0) {
            break;
        }
    }

    n = (uint32_t) (__builtin_popcountll(low) + __builtin_popcountll(high));

    if (n == 0) {
        agt_pattern_put(w, set->other);
        return;
    }

    for (n = (uint32_t) agt_random_below(w->random, n); n != 0; n--) {
        if (low != 0) {
            low &= low - 1;

        } else {
            high &= high - 1;
        }
    }

    agt_pattern_put(w, (uint32_t) (low != 0 ? __builtin_ctzll(low)
                                            : 64 + __builtin_ctzll(high)));
}


/* a code point as it stands in a JSON string */

static void
agt_pattern_put(agt_pattern_writer_t *w, uint32_t c)
{
    w->count++;

    if (c == '"' || c == '\\') {
        agt_buf_char(w->buf, '\\');
        agt_buf_char(w->buf, (char) c);

    } else if (c < 0x20) {
        agt_buf_format(w->buf, "\\u%04x", (unsigned) c);

    } else if (c < 0x80) {
        agt_buf_char(w->buf, (char) c);

    } else if (c < 0x800) {
        agt_buf_char(w->buf, (char) (0xc0 | c >> 6));
        agt_buf_char(w->buf, (char) (0x80 | (c & 0x3f)));

    } else if (c < 0x10000) {
        agt_buf_char(w->buf, (char) (0xe0 | c >> 12));
        agt_buf_char(w->buf, (char) (0x80 | (c >> 6 & 0x3f)));
        agt_buf_char(w->buf, (char) (0x80 | (c & 0x3f)));

    } else {
        agt_buf_char(w->buf, (char) (0xf0 | c >> 18));
        agt_buf_char(w->buf, (char) (0x80 | (c >> 12 & 0x3f)));
        agt_buf_char(w->buf, (char) (0x80 | (c >> 6 & 0x3f)));
        agt_buf_char(w->buf, (char) (0x80 | (c & 0x3f)));
    }
}


static bool
agt_pattern_stopped(agt_pattern_writer_t *w)
{
    return ++w->steps > AGT_PATTERN_STEPS || w->count > w->max
           || w->buf->failed;
}
