
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A codec speaks one provider dialect: it composes requests from the neutral
 * form, and reads answers as an incremental parser.  One file a dialect; the
 * table in agt_codec.c names them.  No codec knows another.
 */


#ifndef _AGT_CODEC_H_INCLUDED_
#define _AGT_CODEC_H_INCLUDED_


#include "agt_message.h"


typedef struct agt_codec_s         agt_codec_t;
typedef struct agt_codec_reader_s  agt_codec_reader_t;


/*
 * An output schema made ready for a dialect, once for an agent and a codec:
 * the mechanism's name as the record shows it ("json_schema", "json_object",
 * "prompt"), the request members that ask for it, rewritten to the subset that
 * the provider takes, and how much was dropped on the way (all of it is still
 * validated by us).  Where the mechanism does not tell the model the schema,
 * the instruction does: request() puts it behind the system prompt.
 */

typedef struct agt_format_s {
    agt_str_t   mechanism;
    agt_str_t   members;     /* JSON members without braces: "a":1,"b":2 */
    agt_str_t   instruction; /* the inside of a JSON string; mostly empty */
    uint32_t    dropped;     /* keywords that were left out of the members */
    bool        strict;      /* the provider guarantees the shape */
} agt_format_t;


/* takes deltas as they come; not OK ends the reading */

typedef int (*agt_codec_delta_pt)(void *ctx, const agt_delta_t *delta);


/*
 * What reads one answer.  feed() may be called with any split of the bytes;
 * "last" says that these are the answer's last.  Bytes that come whole (the
 * first call has "last") are read in place and must then live as long as mem;
 * pieces are copied together, up to "max".  Of an answer whose status is not
 * 2xx no more than AGT_CODEC_ERROR_MAX is read.
 *
 *     AGT_AGAIN     more is needed
 *     AGT_OK        the answer is complete: reader->answer
 *     AGT_DECLINED  the provider failed: reader->failure
 *     AGT_ERROR     we failed: memory, or the delta handler's word
 *     AGT_DONE      one of these was said before
 *
 * Whether the bytes were all that the head had promised is not known here.
 */

#define AGT_CODEC_ANSWER_MAX   (4 * 1024 * 1024)
#define AGT_CODEC_ERROR_MAX    (64 * 1024)


struct agt_codec_reader_s {
    const agt_codec_t   *codec;
    agt_mem_t           *mem;
    size_t               max;          /* of the answer; 0: the default */
    size_t               expected;     /* Content-Length if known, else 0 */
    unsigned             status;       /* the HTTP status of the answer */
    bool                 stream;
    agt_codec_delta_pt   delta;        /* NULL: only the whole answer matters */
    void                *ctx;

    agt_buf_t            buf;
    void                *state;        /* the dialect's own */
    agt_answer_t         answer;
    agt_failure_t        failure;      /* retry_after is the HTTP head's */
    bool                 done;
};


struct agt_codec_s {
    agt_str_t   dialect;

    /* the path behind the provider's base path: "/chat/completions" */
    int       (*path)(const agt_request_t *req, agt_buf_t *out);

    /* request headers of the dialect beside content type, length and host:
       "name: value" lines ended by CRLF; key may be empty, DECLINED where it
       cannot stand in a header */
    int       (*headers)(agt_str_t key, agt_buf_t *out);

    /* the schema's document is the whole one that we validate against;
       OK or ERROR: a schema that the dialect cannot take is no failure */
    int       (*format)(agt_format_t *format, const agt_json_t *schema,
                        agt_mem_t *mem, agt_error_t *err);

    /* DECLINED: a part that the dialect cannot carry; ERROR also when out
       has failed */
    int       (*request)(const agt_request_t *req, agt_buf_t *out);

    /* one whole answer with status 2xx, in reader->buf or in place */
    int       (*answer)(agt_codec_reader_t *reader, agt_str_t text);
};


extern const agt_codec_t  agt_codec_openai;


const agt_codec_t *agt_codec_find(agt_str_t dialect);

void agt_codec_reader_init(agt_codec_reader_t *reader,
    const agt_codec_t *codec, unsigned status, agt_mem_t *mem);
int agt_codec_feed(agt_codec_reader_t *reader, const char *data, size_t len,
    bool last);


#endif /* _AGT_CODEC_H_INCLUDED_ */
