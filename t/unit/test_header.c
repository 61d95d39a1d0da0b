
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_header.h"
#include "unit.h"


typedef struct {
    const char  *value;
    bool         valid;
} test_row_t;


static const test_row_t  tags[] = {
    { "", false },
    { ",", false },
    { "project", false },
    { "=x", false },
    { "a=1,", true },
    { "a=1,,b=2", false },
    { "a b=1", false },
    { "a=\x01", false },
    { "a=\xc3\xa9", false },
    { "a=\"x\"", false },
    { "a=1, a=2", false },
    { "a=", true },
    { "a=x=y", true },
    { "project=checkout, user=42", true },
    { " project=two words ,\tuser=42", true },
    { "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1,o=1,p=1",
      true },
    { "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1,o=1,p=1,q=1",
      false }
};


static const test_row_t  traces[] = {
    { "", false },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true },
    { " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00 ", true },
    { "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", true },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", false },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x", false },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", false },
    { "00-00000000000000000000000000000000-00f067aa0ba902b7-01", false },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false },
    { "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false },
    { "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false },
    { "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01", false }
};


static const test_row_t  media[] = {
    { "", false },
    { "text/plain", false },
    { "application/jsonp", false },
    { "application/x-www-form-urlencoded", false },
    { "+json", false },
    { "/+json", true },
    { "application/json", true },
    { "Application/JSON", true },
    { "application/json;", true },
    { "application/json; charset=utf-8", true },
    { "application/json;charset=\"UTF-8\"", true },
    { "application/json; charset=utf8; x=y", true },
    { "application/json; charset=iso-8859-1", false },
    { "application/json; x=y; charset=utf-16", false },
    { "application/vnd.example+json", true }
};


int
main(void)
{
    char         wide[600];
    size_t       i;
    agt_str_t    rest, key, value;
    agt_trace_t  trace;
    agt_error_t  err;

    for (i = 0; i < agt_array_n(tags); i++) {

        agt_error_init(&err);

        ok((agt_tags_check(agt_str_from(tags[i].value), &err) == AGT_OK)
           == tags[i].valid && err.set != tags[i].valid,
           "tags: %zu: %s", i, tags[i].valid ? "valid" : err.message);
    }

    memset(wide, 'x', sizeof(wide));
    wide[1] = '=';

    agt_error_init(&err);
    ok(agt_tags_check(agt_str_make(wide, 512), &err) == AGT_OK,
       "tags: at the limit");
    ok(agt_tags_check(agt_str_make(wide, 513), &err) == AGT_DECLINED,
       "tags: over the limit");

    rest = agt_str_from("project=check out , user=42");

    ok(agt_tags_next(&rest, &key, &value) == AGT_OK, "first pair");
    is_str(key, "project", "its name");
    is_str(value, "check out", "its value, trimmed");
    ok(agt_tags_next(&rest, &key, &value) == AGT_OK, "second pair");
    ok(agt_tags_next(&rest, &key, &value) == AGT_DONE, "no third");

    for (i = 0; i < agt_array_n(traces); i++) {
        ok((agt_trace_parse(agt_str_from(traces[i].value), &trace) == AGT_OK)
           == traces[i].valid, "traceparent: \"%s\"", traces[i].value);
    }

    ok(agt_trace_parse(agt_str_from(traces[1].value), &trace) == AGT_OK,
       "traceparent is taken apart");
    is_str(trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736", "trace id");
    is_str(trace.parent_id, "00f067aa0ba902b7", "parent id");
    is_str(trace.flags, "01", "flags");

    for (i = 0; i < agt_array_n(media); i++) {
        ok(agt_media_json(agt_str_from(media[i].value)) == media[i].valid,
           "media type \"%s\"", media[i].value);
    }

    return unit_done();
}
