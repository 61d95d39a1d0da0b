
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * PCRE2's match limit counts backtracks, but a single step may look at the
 * whole subject ("[a-z]+[0-9]" over letters is quadratic and hardly counts).
 * So a match is first tried with a small limit and then with larger ones, and
 * each try is paid for by the most that it may look at: cheap expressions
 * stay cheap, and no series of matches outlives its fuel.
 */


#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>

#include "agt_regex.h"


#define AGT_REGEX_OUTPUT      65536    /* bytes of a translated expression */
#define AGT_REGEX_HEAP        4096     /* KiB of backtracking, without JIT */
#define AGT_REGEX_FIRST       16       /* match limit of the first try */
#define AGT_REGEX_GROWTH      8        /* of the limit, from try to try */
#define AGT_REGEX_OVERHEAD    16       /* what a step costs beyond its bytes */
#define AGT_REGEX_UNIT        32       /* bytes that a unit of fuel pays for */
#define AGT_REGEX_CALL        16       /* units that any try costs */


struct agt_regex_s {
    pcre2_code           *code;
    pcre2_match_data     *data;
    pcre2_match_context  *context;
    size_t                reach;    /* bytes a step may look at; 0: all */
    uint32_t              options;  /* of a match */
    bool                  jit;
};


static int agt_regex_ecma_compile(agt_regex_t *regex, agt_str_t pattern,
    agt_error_t *err);
static int agt_regex_pcre_compile(agt_regex_t *regex, agt_str_t pattern,
    uint32_t options, agt_error_t *err);
static size_t agt_regex_reach(agt_str_t pattern);
static int agt_regex_try(const agt_regex_t *regex, agt_str_t subject,
    size_t offset, agt_regex_span_t *span);
static int agt_regex_interpret(const agt_regex_t *regex, agt_str_t subject,
    size_t offset, agt_regex_span_t *span);
static void agt_regex_span(agt_regex_span_t *span, pcre2_match_data *data);


int
agt_regex_compile(agt_regex_t **regex, agt_str_t pattern, unsigned syntax,
    agt_mem_t *mem, agt_error_t *err)
{
    int           rc;
    agt_regex_t  *re;

    *regex = NULL;

    if (pattern.len > AGT_REGEX_LENGTH) {
        agt_error_set(err, "regular expression is longer than %d bytes",
                      AGT_REGEX_LENGTH);
        return AGT_DECLINED;
    }

    re = agt_calloc(mem, 1, sizeof(agt_regex_t));
    if (re == NULL) {
        return AGT_ERROR;
    }

    if (syntax == AGT_REGEX_ECMA) {
        rc = agt_regex_ecma_compile(re, pattern, err);

    } else {
        rc = agt_regex_pcre_compile(re, pattern,
                                    PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C
                                    | PCRE2_MATCH_INVALID_UTF, err);
    }

    if (rc != AGT_OK) {
        agt_regex_release(re);
        return rc;
    }

    re->reach = agt_regex_reach(pattern);

    *regex = re;

    return AGT_OK;
}


/* the translation is of no use afterwards, and takes memory of its own */

static int
agt_regex_ecma_compile(agt_regex_t *regex, agt_str_t pattern, agt_error_t *err)
{
    int          rc;
    agt_buf_t    buf;
    agt_arena_t  arena;

    agt_arena_init(&arena, AGT_REGEX_OUTPUT * 4);
    agt_buf_init(&buf, &arena.mem, pattern.len * 2, AGT_REGEX_OUTPUT);

    rc = agt_regex_translate(pattern, &buf, err);

    if (rc == AGT_OK) {
        rc = agt_regex_pcre_compile(regex, agt_buf_slice(&buf),
                                    PCRE2_UTF | PCRE2_NO_UTF_CHECK
                                    | PCRE2_DOLLAR_ENDONLY
                                    | PCRE2_MATCH_UNSET_BACKREF, err);
    }

    agt_arena_release(&arena);

    regex->options = PCRE2_NO_UTF_CHECK;

    return rc;
}


static int
agt_regex_pcre_compile(agt_regex_t *regex, agt_str_t pattern, uint32_t options,
    agt_error_t *err)
{
    int                     code;
    char                    message[128];
    PCRE2_SIZE              offset;
    pcre2_compile_context  *context;

    context = pcre2_compile_context_create(NULL);
    if (context == NULL) {
        return AGT_ERROR;
    }

    (void) pcre2_set_parens_nest_limit(context, AGT_REGEX_DEPTH);

    regex->code = pcre2_compile((PCRE2_SPTR) (pattern.len ? pattern.data : ""),
                                pattern.len, options, &code, &offset, context);

    pcre2_compile_context_free(context);

    if (regex->code == NULL) {

        if (code == PCRE2_ERROR_HEAP_FAILED) {
            return AGT_ERROR;
        }

        (void) pcre2_get_error_message(code, (PCRE2_UCHAR *) message,
                                       sizeof(message));

        /* of a translated expression the offset would tell nothing */

        if (options & PCRE2_MATCH_INVALID_UTF) {
            agt_error_set(err, "invalid regular expression: %s at offset %zu",
                          message, offset);

        } else {
            agt_error_set(err, "invalid regular expression: %s", message);
        }

        return AGT_DECLINED;
    }

    /* without memory that may be executed the interpreter does as well */

    regex->jit = pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0;

    regex->data = pcre2_match_data_create(1, NULL);
    regex->context = pcre2_match_context_create(NULL);

    if (regex->data == NULL || regex->context == NULL) {
        return AGT_ERROR;
    }

    (void) pcre2_set_depth_limit(regex->context, AGT_REGEX_MATCH_LIMIT);
    (void) pcre2_set_heap_limit(regex->context, AGT_REGEX_HEAP);

    return AGT_OK;
}


/*
 * Without repetitions, recursions and references to groups a step can't see
 * more characters than the expression has.
 */

static size_t
agt_regex_reach(agt_str_t pattern)
{
    char    c, next;
    size_t  i;

    for (i = 0; i < pattern.len; i++) {
        c = pattern.data[i];
        next = i + 1 < pattern.len ? pattern.data[i + 1] : '\0';

        if (c == '*' || c == '+' || c == '{'
            || (c == '(' && next == '?')
            || (c == '\\' && strchr("123456789gkRX", next) != NULL))
        {
            return 0;
        }
    }

    return pattern.len * 4;
}


void
agt_regex_release(agt_regex_t *regex)
{
    if (regex == NULL) {
        return;
    }

    pcre2_match_context_free(regex->context);
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);

    regex->context = NULL;
    regex->data = NULL;
    regex->code = NULL;
}


int
agt_regex_match(const agt_regex_t *regex, agt_str_t subject, size_t offset,
    agt_regex_span_t *span, uint64_t *fuel)
{
    int       rc;
    size_t    reach;
    uint32_t  limit;
    uint64_t  cost, own;

    own = AGT_REGEX_FUEL;

    if (fuel == NULL) {
        fuel = &own;
    }

    if (subject.data == NULL) {
        subject.data = "";
    }

    reach = subject.len - offset;

    if (regex->reach != 0) {
        reach = agt_min(reach, regex->reach);
    }

    limit = AGT_REGEX_FIRST;

    for ( ;; ) {
        cost = (uint64_t) limit * (reach + AGT_REGEX_OVERHEAD)
               / AGT_REGEX_UNIT + AGT_REGEX_CALL;

        if (cost > *fuel) {
            return AGT_AGAIN;
        }

        *fuel -= cost;

        (void) pcre2_set_match_limit(regex->context, limit);

        rc = agt_regex_try(regex, subject, offset, span);

        if (rc != AGT_AGAIN || limit == AGT_REGEX_MATCH_LIMIT) {
            return rc;
        }

        limit = agt_min(limit * AGT_REGEX_GROWTH, AGT_REGEX_MATCH_LIMIT);
    }
}


static int
agt_regex_try(const agt_regex_t *regex, agt_str_t subject, size_t offset,
    agt_regex_span_t *span)
{
    int  rc;

    if (!regex->jit) {
        return agt_regex_interpret(regex, subject, offset, span);
    }

    rc = pcre2_match(regex->code, (PCRE2_SPTR) subject.data, subject.len,
                     offset, regex->options, regex->data, regex->context);

    if (rc >= 0) {
        agt_regex_span(span, regex->data);
        return AGT_OK;
    }

    switch (rc) {

    case PCRE2_ERROR_NOMATCH:
        return AGT_DECLINED;

    case PCRE2_ERROR_MATCHLIMIT:
        return AGT_AGAIN;

    case PCRE2_ERROR_JIT_STACKLIMIT:

        /* the interpreter backtracks on the heap */

        return agt_regex_interpret(regex, subject, offset, span);

    default:
        return AGT_ERROR;
    }
}


/* the match data is of its own, since the heap it took stays with it */

static int
agt_regex_interpret(const agt_regex_t *regex, agt_str_t subject, size_t offset,
    agt_regex_span_t *span)
{
    int                rc;
    pcre2_match_data  *data;

    data = pcre2_match_data_create(1, NULL);
    if (data == NULL) {
        return AGT_ERROR;
    }

    rc = pcre2_match(regex->code, (PCRE2_SPTR) subject.data, subject.len,
                     offset, regex->options | PCRE2_NO_JIT, data,
                     regex->context);

    if (rc >= 0) {
        agt_regex_span(span, data);
    }

    pcre2_match_data_free(data);

    if (rc >= 0) {
        return AGT_OK;
    }

    switch (rc) {

    case PCRE2_ERROR_NOMATCH:
        return AGT_DECLINED;

    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
        return AGT_AGAIN;

    default:
        return AGT_ERROR;
    }
}


static void
agt_regex_span(agt_regex_span_t *span, pcre2_match_data *data)
{
    PCRE2_SIZE  *vector;

    if (span == NULL) {
        return;
    }

    vector = pcre2_get_ovector_pointer(data);

    span->start = vector[0];
    span->end = vector[1];
}


bool
agt_regex_property(agt_str_t name)
{
    int          code;
    char         text[80];
    agt_buf_t    buf;
    PCRE2_SIZE   offset;
    pcre2_code  *re;

    agt_buf_fixed(&buf, text, sizeof(text));
    agt_buf_text(&buf, "\\p{");
    agt_buf_str(&buf, name);

    if (agt_buf_char(&buf, '}') != AGT_OK) {
        return false;
    }

    re = pcre2_compile((PCRE2_SPTR) text, buf.len, PCRE2_UTF, &code, &offset,
                       NULL);
    pcre2_code_free(re);

    return re != NULL;
}
