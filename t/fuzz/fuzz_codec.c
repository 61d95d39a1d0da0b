
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A provider's answer, or an error of it: the first byte chooses the status,
 * the second seeds the splits.  The same bytes whole and in pieces give the
 * same result, and nothing of it is out of its bounds.  With an odd first byte
 * the bytes are a user's text, which must come out of a request as it was.
 */


#include <stdlib.h>

#include "agt_codec.h"


#define MEM_MAX   ((size_t) 64 << 20)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static const unsigned  statuses[] = {
    200, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 504, 301, 204
};


static void
check(bool holds)
{
    if (!holds) {
        abort();
    }
}


static void
check_text(agt_str_t s)
{
    check(agt_utf8_valid(s) == s.len);
}


static void
check_count(int64_t n)
{
    check(n >= -1 && n <= 1000000000);
}


static void
check_answer(const agt_answer_t *answer)
{
    uint32_t            i;
    const agt_usage_t  *u;

    u = &answer->usage;

    check(answer->text.len != 0 || answer->calls_n != 0
          || answer->stop >= AGT_STOP_LENGTH);
    check((answer->stop == AGT_STOP_REFUSAL) <= (answer->refusal.len != 0));
    check(answer->calls_n <= 128);

    check_text(answer->text);
    check_text(answer->reasoning);
    check_text(answer->refusal);
    check_text(answer->id);
    check_text(answer->model);

    for (i = 0; i < answer->calls_n; i++) {
        check(answer->calls[i].name.len != 0);
        check_text(answer->calls[i].name);
        check_text(answer->calls[i].arguments);
    }

    check_count(u->input);
    check_count(u->output);
    check_count(u->cached);
    check_count(u->cache_write);
    check(u->cached <= u->input && u->cache_write <= u->input);
    check(u->reasoning <= u->output);
}


static void
check_failure(const agt_failure_t *failure)
{
    size_t  i;

    check(failure->class != AGT_CLASS_OK && failure->class < AGT_CLASS_N);
    check(failure->detail.len <= AGT_FAILURE_DETAIL);
    check_text(failure->detail);

    for (i = 0; i < failure->detail.len; i++) {
        check((unsigned char) failure->detail.data[i] >= ' '
              && failure->detail.data[i] != 0x7f);
    }
}


static void
check_same(const agt_codec_reader_t *a, const agt_codec_reader_t *b)
{
    uint32_t  i;

    check(a->failure.class == b->failure.class
          && a->failure.billing == b->failure.billing
          && agt_str_eq(a->failure.detail, b->failure.detail));

    check(a->answer.stop == b->answer.stop
          && a->answer.calls_n == b->answer.calls_n
          && a->answer.usage.input == b->answer.usage.input
          && a->answer.usage.output == b->answer.usage.output
          && a->answer.usage.cached == b->answer.usage.cached
          && agt_str_eq(a->answer.usage.cost, b->answer.usage.cost)
          && agt_str_eq(a->answer.text, b->answer.text)
          && agt_str_eq(a->answer.reasoning, b->answer.reasoning)
          && agt_str_eq(a->answer.refusal, b->answer.refusal)
          && agt_str_eq(a->answer.id, b->answer.id)
          && agt_str_eq(a->answer.model, b->answer.model));

    for (i = 0; i < a->answer.calls_n; i++) {
        check(agt_str_eq(a->answer.calls[i].id, b->answer.calls[i].id)
              && agt_str_eq(a->answer.calls[i].name, b->answer.calls[i].name)
              && agt_str_eq(a->answer.calls[i].arguments,
                            b->answer.calls[i].arguments));
    }
}


static int
feed_split(agt_codec_reader_t *reader, const char *data, size_t size,
    unsigned seed)
{
    int     rc;
    size_t  n, pos;

    pos = 0;

    do {
        seed = seed * 1103515245 + 12345;
        n = agt_min(size - pos, (seed >> 16) % (1 + size));

        rc = agt_codec_feed(reader, data + pos, n, pos + n == size);
        pos += n;

    } while (rc == AGT_AGAIN);

    return rc;
}


static void
fuzz_answer(agt_str_t text, unsigned status, unsigned seed, agt_mem_t *mem)
{
    int                 rc;
    agt_codec_reader_t  whole, split;

    agt_codec_reader_init(&whole, &agt_codec_openai, status, mem);
    rc = agt_codec_feed(&whole, text.data, text.len, true);

    agt_codec_reader_init(&split, &agt_codec_openai, status, mem);
    check(feed_split(&split, text.data, text.len, seed) == rc);

    check_same(&whole, &split);

    if (rc == AGT_OK) {
        check(status < 300);
        check_answer(&whole.answer);

    } else {
        check(rc == AGT_DECLINED);
        check_failure(&whole.failure);
    }
}


static void
fuzz_request(agt_str_t text, agt_mem_t *mem)
{
    uint32_t       i;
    agt_buf_t      out;
    agt_str_t      got;
    agt_part_t     part;
    agt_json_t     doc;
    agt_message_t  message;
    agt_request_t  req;

    static const agt_str_t  messages = agt_string("messages");
    static const agt_str_t  content = agt_string("content");

    memset(&part, 0, sizeof(agt_part_t));
    memset(&req, 0, sizeof(agt_request_t));

    part.text = text;
    message.role = AGT_ROLE_USER;
    message.parts = &part;
    message.n = 1;

    req.model = text;
    req.messages = &message;
    req.messages_n = 1;

    agt_buf_init(&out, mem, 0, MEM_MAX);

    check(agt_codec_openai.request(&req, &out) == AGT_OK);
    check(agt_json_parse(&doc, agt_buf_slice(&out), NULL, mem, NULL)
          == AGT_OK);

    i = agt_json_member(&doc, 0, messages);
    check(i != AGT_JSON_NONE && doc.nodes[i].count == 1);

    i = agt_json_member(&doc, i + 1, content);
    check(i != AGT_JSON_NONE
          && agt_json_string(&doc, i, mem, &got) == AGT_OK);
    check(agt_utf8_valid(text) != text.len || agt_str_eq(got, text));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    agt_str_t    text;
    agt_arena_t  arena;

    if (size < 2) {
        return 0;
    }

    text = agt_str_make((const char *) data + 2, size - 2);

    agt_arena_init(&arena, MEM_MAX);

    if (data[0] & 1) {
        fuzz_request(text, &arena.mem);

    } else {
        fuzz_answer(text, statuses[(data[0] / 2) % agt_array_n(statuses)],
                    data[1], &arena.mem);
    }

    agt_arena_release(&arena);

    return 0;
}
