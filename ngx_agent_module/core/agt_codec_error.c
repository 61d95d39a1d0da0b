
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * OpenAI and what is compatible with it, Azure, vLLM, llama.cpp and Ollama,
 * agree on little: the error is an object, a string or the whole body, its
 * code a word or a number, its type of one vocabulary or another; a proxy in
 * front of it answers HTML.  So all is read as far as it goes, nothing is
 * expected, and what remains is text for the log.
 */


#include "agt_codec_error.h"
#include "agt_codec_read.h"


/* the provider's words, each empty where there are none */

typedef struct {
    agt_str_t  code;
    agt_str_t  type;
    agt_str_t  message;
    unsigned   status;      /* 0: none */
} agt_codec_words_t;


typedef struct {
    unsigned     first;
    unsigned     last;
    agt_class_e  class;
    bool         billing;
} agt_codec_status_t;


typedef struct {
    agt_str_t    word;
    agt_class_e  class;
    bool         billing;
} agt_codec_word_t;


static int agt_codec_error_read(agt_codec_words_t *words, agt_str_t body,
    agt_mem_t *mem);
static int agt_codec_error_words(agt_codec_words_t *words,
    const agt_json_t *doc, uint32_t i, agt_mem_t *mem);
static int agt_codec_error_message(agt_codec_words_t *words,
    const agt_json_t *doc, const uint32_t *values, agt_mem_t *mem);
static int agt_codec_fail(agt_codec_reader_t *reader, unsigned status,
    const agt_codec_words_t *words);
static const agt_codec_status_t *agt_codec_status(unsigned status);
static const agt_codec_word_t *agt_codec_word(const agt_codec_words_t *words);
static const agt_codec_word_t *agt_codec_word_find(agt_str_t word);
static bool agt_codec_has(agt_str_t text, const char *part);
static agt_str_t agt_codec_detail(agt_mem_t *mem, agt_str_t code,
    agt_str_t message);
static size_t agt_codec_detail_put(char *dst, size_t len, agt_str_t s);


/* the first that fits */

static const agt_codec_status_t  agt_codec_statuses[] = {
    { 401, 401, AGT_CLASS_AUTH,             false },
    { 402, 402, AGT_CLASS_RATE_LIMITED,     true  },
    { 403, 403, AGT_CLASS_AUTH,             false },
    { 404, 404, AGT_CLASS_NOT_FOUND,        false },
    { 408, 408, AGT_CLASS_TIMEOUT,          false },
    { 413, 413, AGT_CLASS_CONTEXT_OVERFLOW, false },
    { 429, 429, AGT_CLASS_RATE_LIMITED,     false },
    { 400, 499, AGT_CLASS_BAD_REQUEST,      false },
    { 503, 503, AGT_CLASS_OVERLOADED,       false },
    { 504, 504, AGT_CLASS_TIMEOUT,          false },
    { 529, 529, AGT_CLASS_OVERLOADED,       false },
    { 0, UINT_MAX, AGT_CLASS_SERVER_ERROR,  false }
};


/* codes first: the types behind them are less exact */

static const agt_codec_word_t  agt_codec_word_table[] = {
    { agt_string("context_length_exceeded"),   AGT_CLASS_CONTEXT_OVERFLOW,
                                               false },
    { agt_string("exceed_context_size_error"), AGT_CLASS_CONTEXT_OVERFLOW,
                                               false },
    { agt_string("content_filter"),            AGT_CLASS_CONTENT_FILTERED,
                                               false },
    { agt_string("content_policy_violation"),  AGT_CLASS_CONTENT_FILTERED,
                                               false },
    { agt_string("insufficient_quota"),        AGT_CLASS_RATE_LIMITED, true },
    { agt_string("credit_balance_exhausted"),  AGT_CLASS_RATE_LIMITED, true },
    { agt_string("organization_spend_limit_exceeded"),
                                               AGT_CLASS_RATE_LIMITED, true },
    { agt_string("project_spend_limit_exceeded"),
                                               AGT_CLASS_RATE_LIMITED, true },
    { agt_string("organization_usage_limit_exceeded"),
                                               AGT_CLASS_RATE_LIMITED, true },
    { agt_string("invalid_api_key"),           AGT_CLASS_AUTH, false },
    { agt_string("model_not_found"),           AGT_CLASS_NOT_FOUND, false },
    { agt_string("rate_limit_exceeded"),       AGT_CLASS_RATE_LIMITED, false },
    { agt_string("slow_down"),                 AGT_CLASS_RATE_LIMITED, false },
    { agt_string("server_is_overloaded"),      AGT_CLASS_OVERLOADED, false },

    { agt_string("rate_limit_error"),          AGT_CLASS_RATE_LIMITED, false },
    { agt_string("service_unavailable_error"), AGT_CLASS_OVERLOADED, false },
    { agt_string("unavailable_error"),         AGT_CLASS_OVERLOADED, false },
    { agt_string("overloaded_error"),          AGT_CLASS_OVERLOADED, false },
    { agt_string("authentication_error"),      AGT_CLASS_AUTH, false },
    { agt_string("not_found_error"),           AGT_CLASS_NOT_FOUND, false },
    { agt_string("NotFoundError"),             AGT_CLASS_NOT_FOUND, false },
    { agt_string("invalid_request_error"),     AGT_CLASS_BAD_REQUEST, false },
    { agt_string("BadRequestError"),           AGT_CLASS_BAD_REQUEST, false }
};


static const agt_codec_word_t  agt_codec_overflow = {
    agt_string(""), AGT_CLASS_CONTEXT_OVERFLOW, false
};


int
agt_codec_error(agt_codec_reader_t *reader, agt_str_t body)
{
    agt_codec_words_t  words;

    if (agt_codec_error_read(&words, body, reader->mem) != AGT_OK) {
        return AGT_ERROR;
    }

    return agt_codec_fail(reader, reader->status, &words);
}


int
agt_codec_error_value(agt_codec_reader_t *reader, const agt_json_t *doc,
    uint32_t i)
{
    agt_codec_words_t  words;

    if (agt_codec_error_words(&words, doc, i, reader->mem) != AGT_OK) {
        return AGT_ERROR;
    }

    /* vLLM has the status that it could not send any more as the code */

    return agt_codec_fail(reader, words.status, &words);
}


int
agt_codec_malformed(agt_codec_reader_t *reader, const char *what)
{
    reader->failure.class = AGT_CLASS_MALFORMED;
    reader->failure.detail = agt_str_from(what);

    return AGT_DECLINED;
}


static int
agt_codec_error_read(agt_codec_words_t *words, agt_str_t body, agt_mem_t *mem)
{
    int                     rc;
    uint32_t                i, error;
    agt_json_t              doc;
    static const agt_str_t  name = agt_string("error");

    memset(words, 0, sizeof(agt_codec_words_t));

    rc = agt_json_parse(&doc, body, NULL, mem, NULL);

    if (rc == AGT_DECLINED) {
        words->message = body;
        return AGT_OK;
    }

    if (rc != AGT_OK) {
        return AGT_ERROR;
    }

    /* some wrap the object in an array */

    i = doc.nodes[0].type == AGT_JSON_ARRAY && doc.nodes[0].count != 0;

    agt_codec_members(&doc, i, &name, 1, &error);

    return agt_codec_error_words(words, &doc,
                                 error != AGT_JSON_NONE ? error : i, mem);
}


static int
agt_codec_error_words(agt_codec_words_t *words, const agt_json_t *doc,
    uint32_t i, agt_mem_t *mem)
{
    enum { CODE, TYPE, MESSAGE, DETAIL, N };

    int64_t                 status;
    uint32_t                values[N];
    static const agt_str_t  names[N] = {
        agt_string("code"), agt_string("type"), agt_string("message"),
        agt_string("detail")
    };

    memset(words, 0, sizeof(agt_codec_words_t));

    if (agt_codec_type(doc, i, AGT_JSON_STRING)) {
        return agt_json_string(doc, i, mem, &words->message);
    }

    agt_codec_members(doc, i, names, N, values);

    status = agt_codec_count(doc, values[CODE]);

    if (status >= 400 && status <= 599) {
        words->status = (unsigned) status;
    }

    if (agt_codec_string(doc, values[CODE], mem, &words->code) != AGT_OK
        || agt_codec_string(doc, values[TYPE], mem, &words->type) != AGT_OK)
    {
        return AGT_ERROR;
    }

    return agt_codec_error_message(words, doc, values + MESSAGE, mem);
}


/* values: of "message", and of "detail", which may be a list of objects */

static int
agt_codec_error_message(agt_codec_words_t *words, const agt_json_t *doc,
    const uint32_t *values, agt_mem_t *mem)
{
    uint32_t                i;
    static const agt_str_t  name = agt_string("msg");

    i = values[0];

    if (!agt_codec_type(doc, i, AGT_JSON_STRING)) {
        i = values[1];
    }

    if (agt_codec_type(doc, i, AGT_JSON_ARRAY) && doc->nodes[i].count != 0) {
        agt_codec_members(doc, i + 1, &name, 1, &i);
    }

    return agt_codec_string(doc, i, mem, &words->message);
}


static int
agt_codec_fail(agt_codec_reader_t *reader, unsigned status,
    const agt_codec_words_t *words)
{
    agt_failure_t             *failure;
    const agt_codec_word_t    *word;
    const agt_codec_status_t  *st;

    failure = &reader->failure;

    st = agt_codec_status(status);
    word = agt_codec_word(words);

    failure->class = st->class;
    failure->billing = st->billing;

    /*
     * Statuses say what they mean, but for 400, 422 and none at all; an input
     * that does not fit and a bill that is not paid come with any of them.
     */

    if (word != NULL
        && (status == 0 || status == 400 || status == 422
            || (status >= 400
                && (word->billing || word->class == AGT_CLASS_CONTEXT_OVERFLOW
                    || word->class == AGT_CLASS_CONTENT_FILTERED))))
    {
        failure->class = word->class;
        failure->billing = word->billing;
    }

    failure->detail = agt_codec_detail(reader->mem,
                                       words->code.len != 0 ? words->code
                                                            : words->type,
                                       failure->class != AGT_CLASS_AUTH
                                       ? words->message
                                       : agt_str_make(NULL, 0));

    return AGT_DECLINED;
}


static const agt_codec_status_t *
agt_codec_status(unsigned status)
{
    const agt_codec_status_t  *st;

    for (st = agt_codec_statuses; status < st->first || status > st->last; st++)
    {
        /* void: the last takes them all */
    }

    return st;
}


static const agt_codec_word_t *
agt_codec_word(const agt_codec_words_t *words)
{
    const agt_codec_word_t  *word;

    word = agt_codec_word_find(words->code);

    if (word == NULL) {
        word = agt_codec_word_find(words->type);
    }

    /* no server that says it so has a code for it */

    if ((word == NULL || word->class == AGT_CLASS_BAD_REQUEST)
        && (agt_codec_has(words->message, "maximum context length")
            || agt_codec_has(words->message, "maximum model length")
            || agt_codec_has(words->message, "available context size")))
    {
        return &agt_codec_overflow;
    }

    return word;
}


static const agt_codec_word_t *
agt_codec_word_find(agt_str_t word)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_codec_word_table); i++) {
        if (agt_str_eq(agt_codec_word_table[i].word, word)) {
            return &agt_codec_word_table[i];
        }
    }

    return NULL;
}


static bool
agt_codec_has(agt_str_t text, const char *part)
{
    size_t       len;
    const char  *p, *end;

    len = strlen(part);

    if (text.len < len) {
        return false;
    }

    p = text.data;
    end = p + text.len - len + 1;

    for ( ;; ) {
        p = memchr(p, part[0], (size_t) (end - p));

        if (p == NULL) {
            return false;
        }

        if (memcmp(p, part, len) == 0) {
            return true;
        }

        p++;
    }
}


/* "code: message"; without memory there is none */

static agt_str_t
agt_codec_detail(agt_mem_t *mem, agt_str_t code, agt_str_t message)
{
    char    *p;
    size_t   len, valid;

    p = agt_alloc(mem, AGT_FAILURE_DETAIL);
    if (p == NULL) {
        return agt_str_make(NULL, 0);
    }

    len = agt_codec_detail_put(p, 0, code);

    if (len != 0 && message.len != 0) {
        len = agt_codec_detail_put(p, len, agt_str_from(": "));
    }

    len = agt_codec_detail_put(p, len, message);

    for ( ;; ) {
        valid = agt_utf8_valid(agt_str_make(p, len));

        if (valid == len) {
            return agt_str_make(p, len);
        }

        /* at the end: probably a character that was cut */

        if (len == AGT_FAILURE_DETAIL && len - valid < 4) {
            len = valid;

        } else {
            p[valid] = '?';
        }
    }
}


/* control characters become spaces, and of many spaces one is left */

static size_t
agt_codec_detail_put(char *dst, size_t len, agt_str_t s)
{
    char    c;
    size_t  i;

    for (i = 0; i < s.len && len < AGT_FAILURE_DETAIL; i++) {
        c = s.data[i];

        if ((unsigned char) c < ' ' || c == 0x7f) {
            c = ' ';
        }

        if (c != ' ' || (len != 0 && dst[len - 1] != ' ')) {
            dst[len++] = c;
        }
    }

    return len;
}
