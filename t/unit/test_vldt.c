
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_vldt.h"
#include "unit.h"


typedef struct {
    agt_str_t  word;
    agt_str_t  number;
    agt_str_t  level;
    int64_t    count;
    uint64_t   time;
} inner_t;


typedef struct {
    int        before;
    inner_t    inner;
    agt_str_t  last;
} outer_t;


typedef struct {
    const char  *name;
    const char  *text;
    uint32_t     column;
    const char  *pointer;
    const char  *message;
} broken_t;


typedef struct {
    const char  *text;
    uint64_t     ms;            /* 0: not a time */
} time_case_t;


static const agt_vldt_range_t  unit_range = { "-1.5", "2e1", false };
static const agt_vldt_range_t  count_range = { "1", "1000", true };
static const uint64_t  time_max = 3600 * 1000;
static const char *const  levels[] = { "low", "high", NULL };


static const agt_vldt_member_t  inner_members[] = {
    { "word", AGT_JSON_STRING, true, agt_vldt_string, NULL,
      offsetof(inner_t, word) },
    { "number", AGT_JSON_NUMBER, false, agt_vldt_number, &unit_range,
      offsetof(inner_t, number) },
    { "level", AGT_JSON_STRING, false, agt_vldt_enum, levels,
      offsetof(inner_t, level) },
    { "count", AGT_JSON_NUMBER, false, agt_vldt_integer, &count_range,
      offsetof(inner_t, count) },
    { "time", AGT_JSON_STRING, false, agt_vldt_time, &time_max,
      offsetof(inner_t, time) },
    { "later", 0, false, NULL, NULL, 0 },
    { NULL, 0, false, NULL, NULL, 0 }
};

static const agt_vldt_member_t  outer_members[] = {
    { "inner", AGT_JSON_OBJECT, false, agt_vldt_members, inner_members,
      offsetof(outer_t, inner) },
    { "a/b~c", AGT_JSON_STRING|AGT_JSON_NULL|AGT_JSON_BOOLEAN, false,
      agt_vldt_string, NULL, offsetof(outer_t, last) },
    { NULL, 0, false, NULL, NULL, 0 }
};


static const broken_t  broken[] = {
    { "not an object", " [1]", 2, "", "an object was expected, not an array" },
    { "null", "null", 1, "", "an object was expected, not null" },
    { "unknown key", "{\"inner\": {\"word\": \"w\", \"foo\": 1}}", 25,
      "/inner/foo", "unknown key \"foo\"" },
    { "unknown key with escapes", "{\"f\\\"\\n\": 1}", 2, "/f\"\n",
      "unknown key \"f\\\"\\n\"" },
    { "part of a known key", "{\"inne\": 1}", 2, "/inne",
      "unknown key \"inne\"" },
    { "empty key", "{\"\": 1}", 2, "/", "unknown key \"\"" },
    { "member that is missing", "{\"inner\": {\"level\": \"low\"}}", 11,
      "/inner", "\"word\" is missing" },
    { "not supported", "{\"inner\": {\"later\": 1}}", 12, "/inner/later",
      "\"later\" is not supported by this build" },
    { "wrong type", "{\"inner\": 1}", 11, "/inner",
      "\"inner\" must be an object, not a number" },
    { "wrong type of three", "{\"a/b~c\": {}}", 11, "/a~1b~0c",
      "\"a/b~c\" must be a string or a boolean or null, not an object" },
    { "boolean", "{\"inner\": {\"word\": true}}", 20, "/inner/word",
      "\"word\" must be a string, not a boolean" },
    { "column of a string", "{\"inner\": \"x\"}", 11, "/inner",
      "\"inner\" must be an object, not a string" },
    { "empty string", "{\"inner\": {\"word\": \"\"}}", 20, "/inner/word",
      "\"word\" must not be empty" },
    { "below the range", "{\"inner\": {\"number\": -1.50001}}", 22,
      "/inner/number", "\"number\" must be a number from -1.5 to 2e1" },
    { "above the range", "{\"inner\": {\"number\": 1e999999999999}}", 22,
      "/inner/number", "\"number\" must be a number from -1.5 to 2e1" },
    { "not an integer", "{\"inner\": {\"count\": 1.5}}", 21, "/inner/count",
      "\"count\" must be an integer from 1 to 1000" },
    { "an integer with an exponent", "{\"inner\": {\"count\": 1e1}}", 21,
      "/inner/count", "\"count\" must be an integer from 1 to 1000" },
    { "integer below the range", "{\"inner\": {\"count\": 0}}", 21,
      "/inner/count", "\"count\" must be an integer from 1 to 1000" },
    { "integer of any size",
      "{\"inner\": {\"count\": 18446744073709551617}}", 21, "/inner/count",
      "\"count\" must be an integer from 1 to 1000" },
    { "not in the list", "{\"inner\": {\"level\": \"Low\"}}", 21,
      "/inner/level", "\"level\" must be one of \"low\", \"high\"" },
    { "time too long", "{\"inner\": {\"time\": \"61m\"}}", 20,
      "/inner/time", "\"time\" must be a time from 1ms to 3600s" },
    { "no time at all", "{\"inner\": {\"time\": \"0s\"}}", 20, "/inner/time",
      "\"time\" must be a time from 1ms to 3600s" },
    { "not a time", "{\"inner\": {\"time\": \"soon\"}}", 20, "/inner/time",
      "\"time\" must be a time such as \"20s\", \"250ms\" or \"1m 30s\"" }
};


static const time_case_t  times[] = {
    { "", 0 }, { " ", 0 }, { "s", 0 }, { "-1s", 0 }, { "1.5s", 0 },
    { "1 s", 0 }, { " 1s", 0 }, { "1x", 0 }, { "1sx", 0 }, { "1s1m", 0 },
    { "1s 1s", 0 }, { "5 5", 0 }, { "1e2s", 0 }, { "1ms5", 0 },
    { "99999999999999999999s", 0 },
    { "250ms", 250 }, { "20s", 20000 }, { "1m", 60000 }, { "7", 7000 },
    { "1h", 3600000 }, { "1m30s", 90000 }, { "1m 30s", 90000 },
    { "1m  30s ", 90000 }, { "1m 30", 90000 }, { "1s 1ms", 1001 },
    { "0d 0h 1m", 60000 }, { "3600000ms", 3600000 }, { "007s", 7000 }
};


static int
validate(const char *text, outer_t *outer, agt_error_t *err)
{
    agt_json_t  doc;
    agt_vldt_t  v;

    memset(outer, 0, sizeof(outer_t));
    agt_error_init(err);

    if (agt_json_parse(&doc, agt_str_from(text), NULL, unit_mem(), err)
        != AGT_OK)
    {
        return AGT_ERROR;
    }

    v.doc = &doc;
    v.mem = unit_mem();
    v.err = err;

    return agt_vldt_object(&v, 0, outer_members, outer);
}


static void
test_broken(void)
{
    int          rc;
    size_t       i;
    outer_t      outer;
    agt_error_t  err;

    for (i = 0; i < agt_array_n(broken); i++) {
        rc = validate(broken[i].text, &outer, &err);

        ok(rc == AGT_DECLINED && err.line == 1
           && err.column == broken[i].column, "%s at column %u, not %u",
           broken[i].name, broken[i].column, err.column);
        is_str(agt_str_from(err.pointer), broken[i].pointer, broken[i].name);
        is_str(agt_str_from(err.message), broken[i].message, broken[i].name);
    }
}


static void
test_times(void)
{
    int          rc;
    char         text[128];
    size_t       i;
    outer_t      outer;
    agt_error_t  err;

    for (i = 0; i < agt_array_n(times); i++) {
        snprintf(text, sizeof(text),
                 "{\"inner\": {\"word\": \"w\", \"time\": \"%s\"}}",
                 times[i].text);

        rc = validate(text, &outer, &err);

        ok(rc == (times[i].ms != 0 ? AGT_OK : AGT_DECLINED)
           && outer.inner.time == times[i].ms, "time \"%s\" is %u ms",
           times[i].text, (unsigned) times[i].ms);
    }
}


static void
test_values(void)
{
    outer_t      outer;
    agt_error_t  err;

    ok(validate("{}", &outer, &err) == AGT_OK && !err.set, "empty object");

    ok(validate("{\"inn\\u0065r\": {\"word\": \"\\u00e4\", \"number\": 20.0, "
                "\"level\": \"hi\\u0067h\", \"count\": 1000}, "
                "\"a/b~c\": \"x\"}", &outer, &err) == AGT_OK,
       "all members, escapes in keys and values");

    is_str(outer.inner.word, "\xc3\xa4", "a string is decoded");
    is_str(outer.inner.number, "20.0", "a number keeps its text");
    is_str(outer.inner.level, "high", "a name of a list");
    ok(outer.inner.count == 1000, "an integer");
    is_str(outer.last, "x", "members of two tables");
    ok(outer.before == 0 && outer.inner.time == 0, "the rest is not touched");
}


int
main(void)
{
    test_broken();
    test_times();
    test_values();

    return unit_done();
}
