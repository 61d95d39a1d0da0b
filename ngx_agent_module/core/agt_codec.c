
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_codec.h"
#include "agt_codec_error.h"


static int agt_codec_take(agt_codec_reader_t *reader, const char *data,
    size_t len, bool last);
static int agt_codec_whole(agt_codec_reader_t *reader, agt_str_t text);


static const agt_codec_t *const  agt_codecs[] = {
    &agt_codec_openai
};


const agt_codec_t *
agt_codec_find(agt_str_t dialect)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_codecs); i++) {
        if (agt_str_eq(agt_codecs[i]->dialect, dialect)) {
            return agt_codecs[i];
        }
    }

    return NULL;
}


void
agt_codec_reader_init(agt_codec_reader_t *reader, const agt_codec_t *codec,
    unsigned status, agt_mem_t *mem)
{
    memset(reader, 0, sizeof(agt_codec_reader_t));

    reader->codec = codec;
    reader->mem = mem;
    reader->max = AGT_CODEC_ANSWER_MAX;
    reader->status = status;
    reader->failure.retry_after = -1;

    agt_answer_init(&reader->answer);
}


int
agt_codec_feed(agt_codec_reader_t *reader, const char *data, size_t len,
    bool last)
{
    int  rc;

    if (reader->done) {
        return AGT_DONE;
    }

    rc = agt_codec_take(reader, data, len, last);

    reader->done = (rc != AGT_AGAIN);

    return rc;
}


static int
agt_codec_take(agt_codec_reader_t *reader, const char *data, size_t len,
    bool last)
{
    bool    failed;
    size_t  max;

    if (reader->stream) {
        return AGT_ERROR;
    }

    failed = reader->status < 200 || reader->status > 299;
    max = reader->max != 0 ? reader->max : AGT_CODEC_ANSWER_MAX;

    if (failed) {
        max = agt_min(max, AGT_CODEC_ERROR_MAX);

        /* what was said first is enough for an error */

        if (len > max - reader->buf.len) {
            len = max - reader->buf.len;
            last = true;
        }

    } else if (len > max - reader->buf.len || reader->expected > max) {
        return agt_codec_malformed(reader, "answer too large");
    }

    if (last && reader->buf.len == 0) {
        return agt_codec_whole(reader, agt_str_make(data, len));
    }

    if (reader->buf.mem == NULL) {
        agt_buf_init(&reader->buf, reader->mem,
                     agt_min(agt_max(reader->expected, 2 * len), max), max);
    }

    if (len != 0 && agt_buf_append(&reader->buf, data, len) != AGT_OK) {
        return AGT_ERROR;
    }

    if (!last) {
        return AGT_AGAIN;
    }

    return agt_codec_whole(reader, agt_buf_slice(&reader->buf));
}


static int
agt_codec_whole(agt_codec_reader_t *reader, agt_str_t text)
{
    if (reader->status < 200 || reader->status > 299) {
        return agt_codec_error(reader, text);
    }

    if (text.len == 0) {
        return agt_codec_malformed(reader, "empty answer");
    }

    return reader->codec->answer(reader, text);
}
