
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Bytes as text, and as JSON where they are that, against a set of rules: what
 * comes out holds no match that could have been masked, is JSON again, and is
 * valid UTF-8 once it was escaped.  The first byte says how much room there is.
 */


#include <stdlib.h>

#include "agt_redact.h"


#define ROOM_MAX   4096


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static agt_redact_rule_t  rules[AGT_REDACT_CREDENTIALS + 3];
static agt_redact_t       set = { rules, AGT_REDACT_CREDENTIALS + 3, NULL };


static void
check(bool holds)
{
    if (!holds) {
        abort();
    }
}


static void
setup(void)
{
    size_t        i;
    agt_regex_t  *names;

    static agt_arena_t        arena;
    static const char *const  patterns[] = { "\\d{4,}", "x*", "a[a-z]*q" };

    agt_arena_init(&arena, (size_t) 1 << 20);

    check(agt_redact_credentials(rules, &names, &arena.mem, NULL) == AGT_OK);
    set.names = names;

    for (i = 0; i < agt_array_n(patterns); i++) {
        rules[AGT_REDACT_CREDENTIALS + i].name = agt_str_from("r");
        check(agt_regex_compile(&rules[AGT_REDACT_CREDENTIALS + i].regex,
                                agt_str_from(patterns[i]), AGT_REGEX_PCRE,
                                &arena.mem, NULL) == AGT_OK);
    }
}


static bool
has_digits(agt_str_t s)
{
    size_t  i, run;

    run = 0;

    for (i = 0; i < s.len; i++) {
        run = (s.data[i] >= '0' && s.data[i] <= '9') ? run + 1 : 0;

        if (run == 4) {
            return true;
        }
    }

    return false;
}


static void
text(agt_str_t s, size_t room, agt_mem_t *mem)
{
    agt_buf_t           out, line;
    agt_redact_state_t  state = { AGT_REDACT_FUEL, false, false };

    agt_buf_init(&out, mem, 0, room);
    check(agt_redact_text(&set, s, &state, &out) == AGT_OK);
    check(!out.failed && out.len <= room);
    check(!has_digits(agt_buf_slice(&out)));
    check(state.masked || state.cut || agt_str_eq(agt_buf_slice(&out), s));

    agt_buf_init(&line, mem, 0, room);
    check(agt_redact_escape(&line, agt_buf_slice(&out)) != AGT_ERROR);
    check(agt_utf8_valid(agt_buf_slice(&line)) == line.len);
}


static void
json(agt_str_t s, size_t room, agt_mem_t *mem)
{
    agt_buf_t           out;
    agt_json_t          doc, again;
    agt_redact_state_t  state = { AGT_REDACT_FUEL, false, false };

    if (agt_json_parse(&doc, s, NULL, mem, NULL) != AGT_OK) {
        return;
    }

    agt_buf_init(&out, mem, 0, room);
    check(agt_redact_json(&set, &doc, &state, mem, &out) == AGT_OK);
    check(!out.failed && out.len <= room);

    if (!state.cut && !state.masked) {
        check(agt_json_parse(&again, agt_buf_slice(&out), NULL, mem, NULL)
              == AGT_OK);
        check(again.n == doc.n && again.compact);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t       room;
    agt_str_t    s;
    agt_arena_t  arena;

    if (rules[0].regex == NULL) {
        setup();
    }

    if (size == 0) {
        return 0;
    }

    room = data[0] == 0 ? (size_t) 1 << 20 : data[0];
    s = agt_str_make((const char *) data + 1, size - 1);

    agt_arena_init(&arena, (size_t) 1 << 26);

    text(s, room, &arena.mem);
    json(s, room, &arena.mem);

    agt_arena_release(&arena);

    return 0;
}
