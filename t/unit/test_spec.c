
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_spec.h"
#include "unit.h"


#define FILES   4


/* files of an agent: path and text, ended by NULL */

typedef struct {
    const char  *name;
    const char  *files[FILES * 2 + 1];
    const char  *file;
    uint32_t     line;
    uint32_t     column;
    const char  *pointer;
    const char  *message;
} broken_t;


typedef struct {
    const char  *name;
    const char  *files[FILES * 2 + 1];
    const char  *input;
    bool         constant;
    const char  *prompt;
    const char  *message;
} prompt_t;


#define TITLE                                                                 \
    "input.schema.json", "{\"properties\": {\"title\": {\"properties\": "     \
    "{\"name\": true}}}}"


static const broken_t  broken[] = {

    /* the set of files */

    { "nothing", { NULL }, "agent.json", 0, 0, "", "agent.json is missing" },
    { "no settings", { "prompt.md", "Hi" }, "agent.json", 0, 0, "",
      "agent.json is missing" },
    { "unknown file", { "agent.json", "{}", "README.md", "" }, "README.md",
      0, 0, "", "unknown file \"README.md\"" },
    { "path that climbs", { "agent.json", "{}", "../agent.json", "" },
      "../agent.json", 0, 0, "", "unknown file \"../agent.json\"" },
    { "hidden context", { "agent.json", "{}", "context/.md", "" },
      "context/.md", 0, 0, "", "unknown file \"context/.md\"" },
    { "context folder", { "agent.json", "{}", "context/a/b.md", "" },
      "context/a/b.md", 0, 0, "", "unknown file \"context/a/b.md\"" },
    { "context that climbs", { "agent.json", "{}", "context/../a.md", "" },
      "context/../a.md", 0, 0, "", "unknown file \"context/../a.md\"" },
    { "context of another type", { "agent.json", "{}", "context/a.txt", "" },
      "context/a.txt", 0, 0, "", "unknown file \"context/a.txt\"" },
    { "control character in a path",
      { "agent.json", "{}", "context/a\n.md", "" }, "context/a?.md", 0, 0, "",
      "unknown file \"context/a?.md\"" },
    { "empty path", { "agent.json", "{}", "", "" }, "", 0, 0, "",
      "unknown file \"\"" },
    { "file given twice",
      { "prompt.md", "a", "agent.json", "{}", "prompt.md", "a" }, "prompt.md",
      0, 0, "", "the file is given twice" },
    { "byte order mark", { "agent.json", "\xef\xbb\xbf{}" }, "agent.json",
      1, 1, "", "starts with a byte order mark, which must go" },
    { "byte order mark in a prompt",
      { "agent.json", "{}", "prompt.md", "\xef\xbb\xbfHi" }, "prompt.md",
      1, 1, "", "starts with a byte order mark, which must go" },
    { "invalid UTF-8",
      { "agent.json", "{}", "context/a.md", "a\nb\xe4" }, "context/a.md",
      2, 2, "", "invalid UTF-8" },

    /* agent.json */

    { "empty settings", { "agent.json", "" }, "agent.json", 1, 1, "",
      "the text ends where a value was expected" },
    { "settings that are no JSON", { "agent.json", "{\n  \"route\": small\n}" },
      "agent.json", 2, 12, "",
      "unexpected character 's' where a value was expected" },
    { "settings that are no object", { "agent.json", "[]" }, "agent.json",
      1, 1, "", "an object was expected, not an array" },
    { "duplicate key", { "agent.json", "{\"route\": \"a\", \"route\": 1}" },
      "agent.json", 1, 16, "", "duplicate key \"route\"" },
    { "unknown key", { "agent.json", "{\n  \"foo\": 1\n}" }, "agent.json",
      2, 3, "/foo", "unknown key \"foo\"" },
    { "unknown key of the parameters",
      { "agent.json", "{\"parameters\": {\n \"top_k\": 1}}" }, "agent.json",
      2, 2, "/parameters/top_k", "unknown key \"top_k\"" },
    { "routes", { "agent.json", "{\"routes\": []}" }, "agent.json", 1, 2,
      "/routes", "\"routes\" is not supported by this build" },
    { "cache", { "agent.json", "{\"cache\": {}}" }, "agent.json", 1, 2,
      "/cache", "\"cache\" is not supported by this build" },
    { "validation", { "agent.json", "{\"validation\": {}}" }, "agent.json",
      1, 2, "/validation", "\"validation\" is not supported by this build" },
    { "fallback", { "agent.json", "{\"fallback\": {}}" }, "agent.json", 1, 2,
      "/fallback", "\"fallback\" is not supported by this build" },
    { "requires", { "agent.json", "{\"requires\": {}}" }, "agent.json", 1, 2,
      "/requires", "\"requires\" is not supported by this build" },
    { "tools", { "agent.json", "{\"tools\": []}" }, "agent.json", 1, 2,
      "/tools", "\"tools\" is not supported by this build" },
    { "limit of input", { "agent.json", "{\"limits\": {\"input_tokens\": 1}}" },
      "agent.json", 1, 13, "/limits/input_tokens",
      "\"input_tokens\" is not supported by this build" },
    { "limit of steps", { "agent.json", "{\"limits\": {\"steps\": 1}}" },
      "agent.json", 1, 13, "/limits/steps",
      "\"steps\" is not supported by this build" },
    { "limit of cost", { "agent.json", "{\"limits\": {\"cost\": 1}}" },
      "agent.json", 1, 13, "/limits/cost",
      "\"cost\" is not supported by this build" },
    { "route", { "agent.json", "{\"route\": null}" }, "agent.json", 1, 11,
      "/route", "\"route\" must be a string, not null" },
    { "empty route", { "agent.json", "{\"route\": \"\"}" }, "agent.json",
      1, 11, "/route", "\"route\" must not be empty" },
    { "temperature as a string",
      { "agent.json", "{\"parameters\": {\"temperature\": \"0\"}}" },
      "agent.json", 1, 32, "/parameters/temperature",
      "\"temperature\" must be a number, not a string" },
    { "temperature too high",
      { "agent.json", "{\"parameters\": {\"temperature\": 2.1}}" },
      "agent.json", 1, 32, "/parameters/temperature",
      "\"temperature\" must be a number from 0 to 2" },
    { "top_p too high",
      { "agent.json", "{\"parameters\": {\"top_p\": 1.0000000000000000001}}" },
      "agent.json", 1, 26, "/parameters/top_p",
      "\"top_p\" must be a number from 0 to 1" },
    { "penalty too low",
      { "agent.json", "{\"parameters\": {\"presence_penalty\": -3}}" },
      "agent.json", 1, 37, "/parameters/presence_penalty",
      "\"presence_penalty\" must be a number from -2 to 2" },
    { "seed with a fraction",
      { "agent.json", "{\"parameters\": {\"seed\": 1.0}}" },
      "agent.json", 1, 25, "/parameters/seed", "\"seed\" must be an integer "
      "from -9223372036854775808 to 9223372036854775807" },
    { "no output",
      { "agent.json", "{\"parameters\": {\"max_output_tokens\": 0}}" },
      "agent.json", 1, 38, "/parameters/max_output_tokens",
      "\"max_output_tokens\" must be an integer from 1 to 2147483647" },
    { "stop number", { "agent.json", "{\"parameters\": {\"stop\": 1}}" },
      "agent.json", 1, 25, "/parameters/stop",
      "\"stop\" must be a string or an array, not a number" },
    { "stop list empty", { "agent.json", "{\"parameters\": {\"stop\": []}}" },
      "agent.json", 1, 25, "/parameters/stop",
      "\"stop\" must have 1 to 4 strings" },
    { "stop list too long", { "agent.json", "{\"parameters\": {\"stop\": "
      "[\"a\", \"b\", \"c\", \"d\", \"e\"]}}" },
      "agent.json", 1, 25, "/parameters/stop",
      "\"stop\" must have 1 to 4 strings" },
    { "stop list of numbers",
      { "agent.json", "{\"parameters\": {\"stop\": [\"a\", 1]}}" },
      "agent.json", 1, 31, "/parameters/stop/1",
      "\"stop\" must have strings that are not empty" },
    { "stop list with an empty string",
      { "agent.json", "{\"parameters\": {\"stop\": [\"\"]}}" },
      "agent.json", 1, 26, "/parameters/stop/0",
      "\"stop\" must have strings that are not empty" },
    { "effort",
      { "agent.json", "{\"parameters\": {\"reasoning_effort\": \"huge\"}}" },
      "agent.json", 1, 37, "/parameters/reasoning_effort",
      "\"reasoning_effort\" must be one of \"none\", \"minimal\", \"low\", "
      "\"medium\", \"high\", \"xhigh\", \"max\"" },
    { "verbosity",
      { "agent.json", "{\"parameters\": {\"verbosity\": \"none\"}}" },
      "agent.json", 1, 30, "/parameters/verbosity",
      "\"verbosity\" must be one of \"low\", \"medium\", \"high\"" },
    { "timeout as a number",
      { "agent.json", "{\"limits\": {\"timeout\": 20}}" },
      "agent.json", 1, 24, "/limits/timeout",
      "\"timeout\" must be a string, not a number" },
    { "timeout of no known unit",
      { "agent.json", "{\"limits\": {\"timeout\": \"20sec\"}}" },
      "agent.json", 1, 24, "/limits/timeout", "\"timeout\" must be a time "
      "such as \"20s\", \"250ms\" or \"1m 30s\"" },
    { "timeout too long",
      { "agent.json", "{\"limits\": {\"timeout\": \"25h\"}}" },
      "agent.json", 1, 24, "/limits/timeout",
      "\"timeout\" must be a time from 1ms to 86400s" },

    /* schemas */

    { "input schema that is no JSON",
      { "agent.json", "{}", "input.schema.json", "{\n\"type\": }" },
      "input.schema.json", 2, 9, "",
      "unexpected character '}' where a value was expected" },
    { "empty output schema",
      { "agent.json", "{}", "output.schema.json", "" },
      "output.schema.json", 1, 1, "",
      "the text ends where a value was expected" },

    /* templates */

    { "prompt that is no template",
      { "agent.json", "{}", "prompt.md", "Hi\n {{text" }, "prompt.md", 2, 2,
      "", "tag is not closed by \"}}\"" },
    { "message that is no template",
      { "agent.json", "{}", "message.md", "Hi\n{{#text}}" }, "message.md",
      2, 1, "", "section \"text\" is not closed" },
    { "context that is no template",
      { "agent.json", "{}", "context/a.md", "{{#text}}" }, "context/a.md",
      1, 1, "", "section \"text\" is not closed" },
    { "context file that is missing",
      { "agent.json", "{}", "prompt.md", "\n  {{> policy.md}}" },
      "prompt.md", 2, 3, "", "partial \"policy.md\" is not found" },
    { "context file that a context file misses",
      { "agent.json", "{}", "context/a.md", "\n{{> policy.md}}" },
      "context/a.md", 2, 1, "", "partial \"policy.md\" is not found" },
    { "context files are named without their folder",
      { "agent.json", "{}", "context/a.md", "", "message.md",
        "{{> context/a.md}}" }, "message.md", 1, 1, "",
      "partial \"context/a.md\" is not found" },
    { "the prompt is no context file",
      { "agent.json", "{}", "prompt.md", "", "message.md",
        "{{> ../prompt.md}}" }, "message.md", 1, 1, "",
      "partial \"../prompt.md\" is not found" },
    { "context file that includes itself",
      { "agent.json", "{}", "context/a.md", "{{> a.md}}" }, "context/a.md",
      1, 1, "", "partial \"a.md\" includes itself, and no section ends it" },
    { "context files that only each other place",
      { "agent.json", "{}", "context/a.md", "{{#text}}{{> b.md}}{{/text}}",
        "context/b.md", "{{#text}}{{> a.md}}{{/text}}" }, "context/a.md",
      1, 1, "",
      "\"a.md\" is placed only by partials that it places itself" },
    { "empty message", { "agent.json", "{}", "message.md", " \r\n\t" },
      "message.md", 0, 0, "",
      "empty; without the file the message is the input as JSON" },

    /* names */

    { "name in the prompt",
      { "agent.json", "{}", "prompt.md", "Title:\n{{titel}}", TITLE },
      "prompt.md", 2, 1, "",
      "\"{{titel}}\" is found in no \"properties\" of the input schema" },
    { "name in the message",
      { "agent.json", "{}", "message.md", "{{#titel}}{{/titel}}", TITLE },
      "message.md", 1, 1, "",
      "\"{{titel}}\" is found in no \"properties\" of the input schema" },
    { "name in a context file",
      { "agent.json", "{}", "context/a.md", "{{title}}\n  {{^titel}}{{/titel}}",
        TITLE }, "context/a.md", 2, 3, "",
      "\"{{titel}}\" is found in no \"properties\" of the input schema" },
    { "second part of a name",
      { "agent.json", "{}", "prompt.md", "{{title.naem}}", TITLE },
      "prompt.md", 1, 1, "",
      "\"{{naem}}\" is found in no \"properties\" of the input schema" },
    { "a keyword is no property",
      { "agent.json", "{}", "prompt.md", "{{properties}}", TITLE },
      "prompt.md", 1, 1, "",
      "\"{{properties}}\" is found in no \"properties\" of the input schema" },
    { "name without an input schema",
      { "agent.json", "{}", "prompt.md", "{{text}} {{title}}" },
      "prompt.md", 1, 10, "",
      "\"{{title}}\" is found in no \"properties\" of the input schema" },
    { "name with an empty schema",
      { "agent.json", "{}", "prompt.md", "{{.}}{{text}}", "input.schema.json",
        "{}" }, "prompt.md", 1, 6, "",
      "\"{{text}}\" is found in no \"properties\" of the input schema" },
    { "name with a schema that is true",
      { "agent.json", "{}", "prompt.md", "{{.}}{{text}}", "input.schema.json",
        "true" }, "prompt.md", 1, 6, "",
      "\"{{text}}\" is found in no \"properties\" of the input schema" }
};


static const prompt_t  prompts[] = {
    { "nothing but settings", { "agent.json", "{}" }, "{\"text\" : \"a\\n\"}",
      true, "", "{\"text\":\"a\\n\"}" },
    { "empty prompt", { "agent.json", "{}", "prompt.md", "" },
      "{\"text\": \"a\"}", true, "", "{\"text\":\"a\"}" },
    { "blank prompt", { "agent.json", "{}", "prompt.md", " \n" },
      "{\"text\": \"a\"}", true, "", "{\"text\":\"a\"}" },
    { "empty context", { "agent.json", "{}", "context/a.md", "" },
      "{\"text\": \"a\"}", true, "", "{\"text\":\"a\"}" },
    { "static prompt, message with the input",
      { "agent.json", "{}", "prompt.md", "Be kind.\r\n", "message.md",
        "Say: {{text}}" }, "{\"text\": \"a\\n{{text}}\"}", true,
      "Be kind.\r\n", "Say: a\n{{text}}" },
    { "the whole input", { "agent.json", "{}", "prompt.md", "{{.}}" },
      "{\"text\": \"a\"}", false, "{\"text\":\"a\"}", "{\"text\":\"a\"}" },
    { "context without a prompt",
      { "agent.json", "{}", "context/b.md", "B\n", "context/a.md", "A" },
      "{\"text\": \"a\"}", true, "A\n\nB\n", "{\"text\":\"a\"}" },
    { "context in name order behind the prompt",
      { "context/b.md", "B", "agent.json", "{}", "prompt.md", "P\n",
        "context/B.md", "b {{! by bytes }}" },
      "{\"text\": \"a\"}", true, "P\n\nb \n\nB", "{\"text\":\"a\"}" },
    { "context that is placed, and context that is not",
      { "agent.json", "{}", "prompt.md", "P\n  {{> a.md}}\nQ\n",
        "context/a.md", "A\n", "context/b.md", "B {{text}}" },
      "{\"text\": \"t\"}", false, "P\n  A\nQ\n\nB t", "{\"text\":\"t\"}" },
    { "context that the message places",
      { "agent.json", "{}", "message.md", "{{> a.md}}", "context/a.md", "A",
        "context/b.md", "B" }, "{\"text\": \"t\"}", true, "B", "A" },
    { "context that both place",
      { "agent.json", "{}", "message.md", "m{{> a.md}}", "context/a.md", "A",
        "prompt.md", "p{{> a.md}}" }, "{\"text\": \"t\"}", true, "pA", "mA" },
    { "an inner property",
      { "agent.json", "{}", "message.md", "{{title.name}} {{name}}", TITLE },
      "{\"title\": {\"name\": 1.50}}", true, "", "1.50 " }
};


static agt_files_t
files_of(const char *const *list)
{
    agt_files_t        files;
    static agt_file_t  elts[FILES];

    files.elts = elts;

    for (files.n = 0; files.n < FILES && *list != NULL; files.n++) {
        elts[files.n].path = agt_str_from(*list++);
        elts[files.n].text = agt_str_from(*list++);
    }

    return files;
}


static int
compile(agt_spec_t **spec, const char *const *list, agt_error_t *err)
{
    agt_files_t  files = files_of(list);

    agt_error_init(err);

    return agt_spec_compile(spec, agt_str_from("unit"), &files,
                            agt_schema_set_create(unit_mem()), unit_mem(),
                            err);
}


static void
test_broken(void)
{
    int              rc;
    size_t           i;
    agt_spec_t      *spec;
    agt_error_t      err;
    const broken_t  *t;

    for (i = 0; i < agt_array_n(broken); i++) {
        t = &broken[i];

        rc = compile(&spec, t->files, &err);

        ok(rc == AGT_DECLINED && err.line == t->line && err.column == t->column
           && strcmp(err.file, t->file) == 0, "refused: %s", t->name);

        if (!is_str(agt_str_from(err.message), t->message, t->name)) {
            printf("# %s:%u:%u\n", err.file, err.line, err.column);
        }

        is_str(agt_str_from(err.pointer), t->pointer, t->name);
    }
}


static void
test_prompts(void)
{
    size_t           i;
    agt_buf_t        prompt, message;
    agt_json_t       input;
    agt_spec_t      *spec;
    agt_error_t      err;
    const prompt_t  *t;

    for (i = 0; i < agt_array_n(prompts); i++) {
        t = &prompts[i];

        if (!ok(compile(&spec, t->files, &err) == AGT_OK, "compiles: %s",
                t->name))
        {
            printf("# %s:%u:%u: %s\n", err.file, err.line, err.column,
                   err.message);
            continue;
        }

        agt_json_parse(&input, agt_str_from(t->input), NULL, unit_mem(), NULL);

        agt_buf_init(&prompt, unit_mem(), 0, 1000);
        agt_buf_init(&message, unit_mem(), 0, 1000);

        ok(spec->prompt_static == t->constant, "%s: is%s static", t->name,
           t->constant ? "" : " not");
        ok((spec->prompt == NULL) == (t->prompt[0] == '\0'),
           "%s: has%s a prompt", t->name, t->prompt[0] == '\0' ? " not" : "");

        if (t->constant) {
            is_str(spec->prompt_text, t->prompt, t->name);
        }

        ok(agt_spec_prompt(spec, &input, &prompt) == AGT_OK
           && agt_spec_message(spec, &input, &message) == AGT_OK,
           "renders: %s", t->name);
        is_str(agt_buf_slice(&prompt), t->prompt, t->name);
        is_str(agt_buf_slice(&message), t->message, t->name);

        agt_spec_release(spec);
    }
}


static void
test_settings(void)
{
    agt_spec_t   *spec;
    agt_error_t   err;

    static const char *const  empty[] = { "agent.json", " {} ", NULL };
    static const char *const  full[] = {
        "agent.json",
        "{\"description\": \"Says \\\"hi\\\".\", \"owner\": \"us\","
        " \"route\": \"small\", \"parameters\": {\"temperature\": 0.70,"
        " \"top_p\": 1, \"presence_penalty\": -2, \"frequency_penalty\": 2.0,"
        " \"seed\": -7, \"max_output_tokens\": 800, \"stop\": [\"\\n\","
        " \"END\"], \"reasoning_effort\": \"xhigh\", \"verbosity\": \"low\"},"
        " \"limits\": {\"timeout\": \"1m 250ms\"}}",
        "output.schema.json", "{\"type\": \"object\"}", NULL
    };
    static const char *const  stop[] = {
        "agent.json", "{\"parameters\": {\"stop\": \"x\"}}", NULL
    };

    ok(compile(&spec, empty, &err) == AGT_OK && !err.set, "no settings");
    is_str(spec->name, "unit", "the name is kept");
    ok(spec->route.len == 0 && spec->timeout == 0 && spec->output == NULL
       && spec->output_doc.n == 0 && spec->parameters.temperature.len == 0
       && spec->parameters.stop_n == 0
       && spec->parameters.max_output_tokens == 0, "nothing is set");
    ok(spec->input != NULL && spec->input_doc.n != 0,
       "the input has a schema");
    agt_spec_release(spec);
    agt_spec_release(spec);

    ok(compile(&spec, full, &err) == AGT_OK, "all settings");
    is_str(spec->description, "Says \"hi\".", "description");
    is_str(spec->owner, "us", "owner");
    is_str(spec->route, "small", "route");
    is_str(spec->parameters.temperature, "0.70", "temperature");
    is_str(spec->parameters.top_p, "1", "top_p");
    is_str(spec->parameters.presence_penalty, "-2", "presence_penalty");
    is_str(spec->parameters.frequency_penalty, "2.0", "frequency_penalty");
    is_str(spec->parameters.seed, "-7", "seed");
    ok(spec->parameters.max_output_tokens == 800, "max_output_tokens");
    ok(spec->parameters.stop_n == 2, "two stops");
    is_str(spec->parameters.stop[0], "\n", "first stop");
    is_str(spec->parameters.stop[1], "END", "second stop");
    is_str(spec->parameters.reasoning_effort, "xhigh", "reasoning_effort");
    is_str(spec->parameters.verbosity, "low", "verbosity");
    ok(spec->timeout == 60250, "timeout");
    ok(spec->output != NULL && spec->output_doc.n == 3, "output schema");
    agt_spec_release(spec);

    ok(compile(&spec, stop, &err) == AGT_OK, "one stop");
    ok(spec->parameters.stop_n == 1, "is a list of one");
    agt_spec_release(spec);
}


static void
test_schemas(void)
{
    agt_spec_t        *spec;
    agt_error_t        err;
    agt_files_t        files;
    agt_schema_set_t  *set;

    static const char *const  wrong[] = {
        "agent.json", "{}",
        "output.schema.json", "{\n  \"properties\": {\"a\": 1}\n}", NULL
    };
    static const char *const  shared[] = {
        "agent.json", "{}", "prompt.md", "{{amount}}",
        "input.schema.json", "{\"$ref\": \"https://example.com/money\"}", NULL
    };

    ok(compile(&spec, wrong, &err) == AGT_DECLINED && err.line == 2
       && err.column == 23, "a schema that is not valid");
    is_str(agt_str_from(err.file), "output.schema.json", "its file");
    is_str(agt_str_from(err.pointer), "/properties/a", "its pointer");
    ok(err.message[0] != '\0', "and what is wrong");

    ok(compile(&spec, shared, &err) == AGT_DECLINED,
       "a reference to a document that is not there");

    set = agt_schema_set_create(unit_mem());
    agt_schema_set_add(set, agt_str_from("schemas/money.json"),
                       agt_str_from("{\"$id\": \"https://example.com/money\","
                                    "\"properties\": {\"amount\": true}}"),
                       NULL);

    files = files_of(shared);
    agt_error_init(&err);
    ok(agt_spec_compile(&spec, agt_str_from("unit"), &files, set, unit_mem(),
                        &err) == AGT_OK, "a name found through a reference");
    agt_spec_release(spec);
}


static void
test_names(void)
{
    size_t       i;
    agt_spec_t  *spec;
    agt_error_t  err;
    agt_files_t  files = { NULL, 0 };

    static const struct {
        const char  *name;
        bool         valid;
    } names[] = {
        { "", false }, { "-a", false }, { "_a", false }, { "A", false },
        { "a.b", false }, { "a/b", false }, { "..", false }, { "a b", false },
        { "\xc3\xa4", false },
        { "a123456789012345678901234567890123456789012345678901234567890123",
          false },
        { "a12345678901234567890123456789012345678901234567890123456789012",
          true },
        { "a", true }, { "0", true }, { "a-b_c", true }, { "a-", true }
    };

    for (i = 0; i < agt_array_n(names); i++) {
        ok(agt_name_valid(agt_str_from(names[i].name)) == names[i].valid,
           "name \"%s\"", names[i].name);
    }

    ok(agt_name_valid(agt_str_from("schemas")), "\"schemas\" is a name");
    ok(!agt_spec_name_valid(agt_str_from("schemas")), "but not an agent's");
    ok(agt_spec_name_valid(agt_str_from("schema")), "\"schema\" is");

    agt_error_init(&err);
    ok(agt_spec_compile(&spec, agt_str_from("a/\n"), &files, NULL, unit_mem(),
                        &err) == AGT_DECLINED, "agents need a name");
    is_str(agt_str_from(err.message), "\"a/?\" is no name of an agent",
           "and say so");
}


/* a schema with n properties, and a template that names them all */

static int
compile_names(unsigned n, agt_error_t *err)
{
    int           rc;
    unsigned      i;
    agt_buf_t     schema, tmpl;
    agt_file_t    elts[3];
    agt_spec_t   *spec;
    agt_files_t   files = { elts, 3 };

    agt_buf_init(&schema, unit_mem(), 0, 1000000);
    agt_buf_init(&tmpl, unit_mem(), 0, 1000000);

    agt_buf_text(&schema, "{\"properties\":{\"p\":true");
    agt_buf_text(&tmpl, "{{p}}");

    for (i = 1; i < n; i++) {
        agt_buf_format(&schema, ",\"p%u\":true", i);
        agt_buf_format(&tmpl, "{{p%u}}{{p}}", i);
    }

    agt_buf_text(&schema, "}}");

    elts[0].path = agt_str_from("agent.json");
    elts[0].text = agt_str_from("{}");
    elts[1].path = agt_str_from("input.schema.json");
    elts[1].text = agt_buf_slice(&schema);
    elts[2].path = agt_str_from("message.md");
    elts[2].text = agt_buf_slice(&tmpl);

    agt_error_init(err);

    rc = agt_spec_compile(&spec, agt_str_from("a"), &files, NULL, unit_mem(),
                          err);

    if (rc == AGT_OK) {
        agt_spec_release(spec);
    }

    return rc;
}


static void
test_limits(void)
{
    char         paths[AGT_SPEC_FILES_MAX + 1][32];
    char        *large;
    uint32_t     i;
    agt_spec_t  *spec;
    agt_file_t   elts[AGT_SPEC_FILES_MAX + 1];
    agt_error_t  err;
    agt_files_t  files = { elts, 0 };

    large = agt_alloc(unit_mem(), AGT_SPEC_FILE_MAX + 1);
    memset(large, 'a', AGT_SPEC_FILE_MAX + 1);

    elts[0].path = agt_str_from("agent.json");
    elts[0].text = agt_str_from("{}");

    for (i = 1; i <= AGT_SPEC_FILES_MAX; i++) {
        snprintf(paths[i], sizeof(paths[i]), "context/%u.md", i);
        elts[i].path = agt_str_from(paths[i]);
        elts[i].text = agt_str_from("a");
    }

    files.n = AGT_SPEC_FILES_MAX;
    agt_error_init(&err);
    ok(agt_spec_compile(&spec, agt_str_from("a"), &files, NULL, unit_mem(),
                        &err) == AGT_OK, "as many files as there may be");
    agt_spec_release(spec);

    files.n = AGT_SPEC_FILES_MAX + 1;
    agt_error_init(&err);
    ok(agt_spec_compile(&spec, agt_str_from("a"), &files, NULL, unit_mem(),
                        &err) == AGT_DECLINED, "one file more");
    is_str(agt_str_from(err.message), "more than 256 files", "is too many");

    files.n = 2;
    elts[1].text = agt_str_make(large, AGT_SPEC_FILE_MAX + 1);
    agt_error_init(&err);
    ok(agt_spec_compile(&spec, agt_str_from("a"), &files, NULL, unit_mem(),
                        &err) == AGT_DECLINED, "a file too large");
    is_str(agt_str_from(err.message), "larger than 1048576 bytes", "says so");
    is_str(agt_str_from(err.file), "context/1.md", "and which");

    for (i = 1; i < 10; i++) {
        elts[i].text = agt_str_make(large, AGT_SPEC_FILE_MAX);
    }

    files.n = 9;
    agt_error_init(&err);
    ok(agt_spec_compile(&spec, agt_str_from("a"), &files, NULL, unit_mem(),
                        &err) == AGT_DECLINED, "all files too large");
    is_str(agt_str_from(err.message), "all files together are larger than "
           "8388608 bytes", "says so");

    ok(compile_names(1024, &err) == AGT_OK, "many names");
    ok(compile_names(1025, &err) == AGT_DECLINED && err.column != 0,
       "too many names");
    is_str(agt_str_from(err.message), "more than 1024 different names in "
           "templates", "says so");
    is_str(agt_str_from(err.file), "message.md", "and where");
}


static void
test_snapshot(void)
{
    size_t       i;
    agt_buf_t    out, again, hex;
    agt_file_t   swap;
    agt_spec_t  *spec;
    agt_error_t  err;
    agt_files_t  files;

    static const char *const  list[] = {
        "prompt.md", "Say \"hi\",\r\n\xc3\xa4\t\x01.",
        "agent.json", "{ \"route\": \"\\u0061\",\n \"parameters\": "
        "{\"top_p\": 1, \"temperature\": 0.0} }",
        "context/b.md", "",
        "output.schema.json", "{ \"const\": 1 }",
        NULL
    };
    static const char *const  same[] = {
        "agent.json", "{\"parameters\":{\"temperature\":0.0,\"top_p\":1},"
        "\"route\":\"a\"}",
        "context/b.md", "",
        "output.schema.json", "{ \"const\": 1 }",
        "prompt.md", "Say \"hi\",\r\n\xc3\xa4\t\x01.",
        NULL
    };

    files = files_of(list);
    agt_buf_init(&out, unit_mem(), 0, 1000);

    ok(agt_spec_snapshot(&files, &out, unit_mem(), NULL) == AGT_OK,
       "snapshot");
    is_str(agt_buf_slice(&out),
           "{\"agent\":{\"parameters\":{\"temperature\":0.0,\"top_p\":1},"
           "\"route\":\"a\"},\"files\":{\"context/b.md\":\"\","
           "\"output.schema.json\":\"{ \\\"const\\\": 1 }\","
           "\"prompt.md\":\"Say \\\"hi\\\",\\r\\n\xc3\xa4\\t\\u0001.\"},"
           "\"format\":1}", "keys sorted, no spaces, minimal escapes");

    swap = files.elts[0];
    files.elts[0] = files.elts[3];
    files.elts[3] = swap;

    agt_buf_init(&again, unit_mem(), 0, 1000);
    agt_spec_snapshot(&files, &again, unit_mem(), NULL);
    ok(agt_str_eq(agt_buf_slice(&out), agt_buf_slice(&again)),
       "the order of the files does not matter");

    files = files_of(same);
    agt_buf_reset(&again);
    agt_spec_snapshot(&files, &again, unit_mem(), NULL);
    ok(agt_str_eq(agt_buf_slice(&out), agt_buf_slice(&again)),
       "nor how agent.json is written");

    agt_buf_init(&again, unit_mem(), 0, out.len - 1);
    ok(agt_spec_snapshot(&files, &again, unit_mem(), NULL) == AGT_ERROR
       && again.full, "over the buffer's maximum");

    files.elts[3].text = agt_str_from("\xff");
    agt_error_init(&err);
    agt_buf_init(&again, unit_mem(), 0, 1000);
    ok(agt_spec_snapshot(&files, &again, unit_mem(), &err) == AGT_DECLINED
       && again.len == 0, "not of what is no text");
    is_str(agt_str_from(err.file), "prompt.md", "and says which");

    /* printf '{"agent":{},"files":{},"format":1}' | sha256sum */

    agt_buf_init(&hex, unit_mem(), 0, 100);

    if (ok(compile(&spec, (const char *const[]) { "agent.json", "{ }", NULL },
                   &err) == AGT_OK, "smallest agent"))
    {
        for (i = 0; i < sizeof(spec->digest); i++) {
            agt_buf_format(&hex, "%02x", spec->digest[i]);
        }

        agt_spec_release(spec);
    }

    is_str(agt_buf_slice(&hex), "c28dea95864191f2da464882b3d7470a6e882a91"
           "0dd851a61ef0bfcb6707ea03", "its digest");
}


/* fails the n-th allocation: every one of them must be looked at */

typedef struct {
    agt_arena_t  arena;
    unsigned     left;
} chaos_t;


static void *
chaos_alloc(void *ctx, size_t size)
{
    chaos_t  *chaos = ctx;

    if (chaos->left == 0) {
        return NULL;
    }

    chaos->left--;

    return agt_alloc(&chaos->arena.mem, size);
}


static void
test_memory(void)
{
    int          rc;
    chaos_t      chaos;
    unsigned     n;
    agt_mem_t    mem = { chaos_alloc, &chaos };
    agt_spec_t  *spec;
    agt_error_t  err;
    agt_files_t  files;

    static const char *const  list[] = {
        "agent.json", "{\"route\": \"\\u0061\"}",
        "prompt.md", "{{text}}{{> a.md}}",
        "context/a.md", "{{#text}}{{/text}}",
        "context/b.md", "b",
        NULL
    };

    files = files_of(list);

    for (n = 0, rc = AGT_ERROR; n < 10000 && rc == AGT_ERROR; n++) {

        chaos.left = n;
        agt_arena_init(&chaos.arena, (size_t) 1 << 26);
        agt_error_init(&err);

        rc = agt_spec_compile(&spec, agt_str_from("unit"), &files, NULL, &mem,
                              &err);

        if (rc == AGT_OK) {
            agt_spec_release(spec);
        }

        agt_arena_release(&chaos.arena);
    }

    ok(rc == AGT_OK && n > 10 && !err.set, "each allocation may fail");
}


int
main(void)
{
    test_broken();
    test_limits();
    test_names();
    test_memory();
    test_settings();
    test_schemas();
    test_prompts();
    test_snapshot();

    return unit_done();
}
