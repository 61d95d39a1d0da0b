
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_codec.h"
#include "unit.h"


#define NUL       agt_null_string
#define S(text)   agt_string(text)

#define T(text) \
    { AGT_PART_TEXT, false, false, S(text), NUL, NUL, NUL }
#define TE(text) \
    { AGT_PART_TEXT, true, false, S(text), NUL, NUL, NUL }
#define CALL(id, name, text) \
    { AGT_PART_TOOL_CALL, false, false, S(text), S(id), S(name), NUL }
#define RESULT(id, text) \
    { AGT_PART_TOOL_RESULT, false, true, S(text), S(id), NUL, NUL }
#define IMAGE(type, text) \
    { AGT_PART_IMAGE, false, false, S(text), NUL, NUL, S(type) }
#define THOUGHT(text) \
    { AGT_PART_REASONING, false, false, S(text), S("sig"), NUL, NUL }


typedef struct {
    agt_role_e  role;
    uint32_t    n;
    agt_part_t  parts[4];
} message_row_t;


typedef struct {
    const char              *name;
    message_row_t            messages[5];
    uint32_t                 messages_n;
    const agt_parameters_t  *parameters;
    const agt_format_t      *format;
    const agt_tool_t        *tools;
    uint32_t                 tools_n;
    const char              *body;       /* NULL: DECLINED */
} request_row_t;


/* status 0: 200 */

typedef struct {
    const char  *file;
    unsigned     status;
    const char  *result;
} file_row_t;


typedef struct {
    const char  *name;
    unsigned     status;
    const char  *text;
    const char  *result;
} text_row_t;


static const agt_parameters_t  all_parameters = {
    S("0"), S("0.9"), S("-0.5"), S("1.25"), S("42"), S("low"), S("high"),
    { S("END"), S("\"\n") }, 2, 800
};


static const agt_parameters_t  few_parameters = {
    S("0"), NUL, NUL, NUL, NUL, NUL, NUL, { NUL }, 0, 800
};


static const agt_format_t  json_schema = {
    S("json_schema"), S("\"response_format\":{}"), NUL, 0, true
};


static const agt_format_t  prompt = {
    S("prompt"), NUL, S("Obey:\\n[]"), 0, false
};


static const agt_tool_t  tools[] = {
    { S("lookup"), S("Finds \"it\""), S("{\"type\":\"object\"}") },
    { S("now"), NUL, NUL }
};


static const request_row_t  requests[] = {

    { "an image of the system",
      { { AGT_ROLE_SYSTEM, 1, { IMAGE("image/png", "AA==") } } }, 1,
      NULL, NULL, NULL, 0, NULL },

    { "a call by the user",
      { { AGT_ROLE_USER, 1, { CALL("1", "f", "{}") } } }, 1,
      NULL, NULL, NULL, 0, NULL },

    { "an image of the assistant",
      { { AGT_ROLE_ASSISTANT, 1, { IMAGE("image/png", "AA==") } } }, 1,
      NULL, NULL, NULL, 0, NULL },

    { "text of a tool",
      { { AGT_ROLE_TOOL, 1, { T("x") } } }, 1,
      NULL, NULL, NULL, 0, NULL },

    { "an image by http",
      { { AGT_ROLE_USER, 1, { IMAGE("", "http://127.0.0.1/") } } }, 1,
      NULL, NULL, NULL, 0, NULL },

    { "an image of a file",
      { { AGT_ROLE_USER, 1, { IMAGE("", "file:///etc/passwd") } } }, 1,
      NULL, NULL, NULL, 0, NULL },

    { "an image of nothing",
      { { AGT_ROLE_USER, 1, { IMAGE("", "https://") } } }, 1,
      NULL, NULL, NULL, 0, NULL },

    { "no messages",
      { { AGT_ROLE_USER, 0, { T("") } } }, 0, NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":[]}" },

    { "messages without parts",
      { { AGT_ROLE_SYSTEM, 0, { T("") } }, { AGT_ROLE_USER, 1, { T("Hi") } },
        { AGT_ROLE_ASSISTANT, 0, { T("") } } }, 3, NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}"
      "]}" },

    { "system and user",
      { { AGT_ROLE_SYSTEM, 1, { TE("Be\\nbrief.") } },
        { AGT_ROLE_USER, 1, { T("a \"b\"\n\x01 \xc3\xa9") } } }, 2,
      NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"system\",\"content\":\"Be\\nbrief.\"},"
      "{\"role\":\"user\",\"content\":\"a \\\"b\\\"\\n\\u0001 \xc3\xa9\"}]}" },

    { "text that is not UTF-8",
      { { AGT_ROLE_USER, 1, { T("a\xff") } } }, 1, NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"user\",\"content\":\"a\xef\xbf\xbd\"}]}" },

    { "parts of text are joined",
      { { AGT_ROLE_USER, 3, { T("a"), TE("\\\""), T("\"") } } }, 1,
      NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"user\",\"content\":\"a\\\"\\\"\"}]}" },

    { "images",
      { { AGT_ROLE_USER, 4, { T("see"), IMAGE("image/png", "iVBORw=="),
                              IMAGE("", "https://e.org/\"x"), TE("\\n") } } },
      1, NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":["
      "{\"type\":\"text\",\"text\":\"see\"},"
      "{\"type\":\"image_url\",\"image_url\":"
      "{\"url\":\"data:image/png;base64,iVBORw==\"}},"
      "{\"type\":\"image_url\",\"image_url\":"
      "{\"url\":\"https://e.org/\\\"x\"}},"
      "{\"type\":\"text\",\"text\":\"\\n\"}]}]}" },

    { "calls and results",
      { { AGT_ROLE_USER, 1, { T("Hi") } },
        { AGT_ROLE_ASSISTANT, 4, { THOUGHT("hm"), T("Wait."),
                                   CALL("c1", "lookup", "{\"a\":1}"),
                                   CALL("c2", "now", "{}") } },
        { AGT_ROLE_TOOL, 2, { RESULT("c1", "\"x\""), RESULT("c2", "no") } } },
      3, NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"user\",\"content\":\"Hi\"},"
      "{\"role\":\"assistant\",\"content\":\"Wait.\",\"tool_calls\":["
      "{\"id\":\"c1\",\"type\":\"function\",\"function\":"
      "{\"name\":\"lookup\",\"arguments\":\"{\\\"a\\\":1}\"}},"
      "{\"id\":\"c2\",\"type\":\"function\",\"function\":"
      "{\"name\":\"now\",\"arguments\":\"{}\"}}]},"
      "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"\\\"x\\\"\"},"
      "{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"no\"}]}" },

    { "a call without words",
      { { AGT_ROLE_ASSISTANT, 1, { CALL("c\"", "f", "") } } }, 1,
      NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
      "{\"id\":\"c\\\"\",\"type\":\"function\",\"function\":"
      "{\"name\":\"f\",\"arguments\":\"\"}}]}]}" },

    { "only a thought",
      { { AGT_ROLE_ASSISTANT, 1, { THOUGHT("hm") } } }, 1,
      NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"assistant\",\"content\":null}]}" },

    { "results in a user's turn come first",
      { { AGT_ROLE_USER, 2, { T("and?"), RESULT("c1", "x") } } }, 1,
      NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"x\"},"
      "{\"role\":\"user\",\"content\":\"and?\"}]}" },

    { "results and an image",
      { { AGT_ROLE_USER, 2, { RESULT("c1", "x"), IMAGE("a/b", "AA==") } } },
      1, NULL, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"x\"},"
      "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":"
      "{\"url\":\"data:a/b;base64,AA==\"}}]}]}" },

    { "all parameters",
      { { AGT_ROLE_USER, 1, { T("Hi") } } }, 1,
      &all_parameters, NULL, NULL, 0,
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
      "\"temperature\":0,\"top_p\":0.9,\"presence_penalty\":-0.5,"
      "\"frequency_penalty\":1.25,\"seed\":42,\"reasoning_effort\":\"low\","
      "\"verbosity\":\"high\",\"max_completion_tokens\":800,"
      "\"stop\":[\"END\",\"\\\"\\n\"]}" },

    { "a format",
      { { AGT_ROLE_USER, 1, { T("Hi") } } }, 1,
      &few_parameters, &json_schema, NULL, 0,
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
      "\"temperature\":0,\"max_completion_tokens\":800,"
      "\"response_format\":{}}" },

    { "an instruction behind the prompt",
      { { AGT_ROLE_SYSTEM, 1, { T("Be.") } },
        { AGT_ROLE_SYSTEM, 1, { T("Or not.") } },
        { AGT_ROLE_USER, 1, { T("Hi") } } }, 3, NULL, &prompt, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"system\",\"content\":\"Be.\\n\\nObey:\\n[]\"},"
      "{\"role\":\"system\",\"content\":\"Or not.\"},"
      "{\"role\":\"user\",\"content\":\"Hi\"}]}" },

    { "an instruction without a prompt",
      { { AGT_ROLE_USER, 1, { T("Hi") } } }, 1, NULL, &prompt, NULL, 0,
      "{\"model\":\"m\",\"messages\":["
      "{\"role\":\"system\",\"content\":\"Obey:\\n[]\"},"
      "{\"role\":\"user\",\"content\":\"Hi\"}]}" },

    { "tools",
      { { AGT_ROLE_USER, 1, { T("Hi") } } }, 1, NULL, NULL, tools, 2,
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"lookup\","
      "\"description\":\"Finds \\\"it\\\"\","
      "\"parameters\":{\"type\":\"object\"}}},"
      "{\"type\":\"function\",\"function\":{\"name\":\"now\"}}]}" }
};


/*
 * stop|text|reasoning|refusal|calls|tokens|cost|id|model, where tokens are
 * input, cached, cache_write, output, reasoning
 */

#define TOKENS   "812,512,128,96,20"
#define NONE     "-1,-1,-1,-1,-1"
#define WHO      "||chatcmpl-A1|gpt-6-luna"


static const file_row_t  answers[] = {
    { "ok.json", 200,
      "end|{\"decision\":\"allow\",\"score\":0.97,"
      "\"note\":\"caf\xc3\xa9 \\\"quoted\\\"\\n\"}||||" TOKENS WHO },
    { "ok_compact.json", 200, "end|Hi.||||" TOKENS WHO },
    { "ok_compact.json", 201, "end|Hi.||||" TOKENS WHO },
    { "ok_parts.json", 200, "end|Hello, \"world\"||||" TOKENS WHO },
    { "reasoning.json", 200, "end|42|six by seven|||" NONE WHO },
    { "reasoning_content.json", 200, "end|42|six by seven|||" NONE WHO },
    { "refusal.json", 200,
      "refusal|||I can't help with that.||" TOKENS WHO },
    { "refusal_part.json", 200, "refusal|||No.||" TOKENS WHO },
    { "tool_calls.json", 200,
      "tool||||call_1 lookup_sku {\"sku\":\"A-1\"} call_2 now {} |" TOKENS
      WHO },
    { "tool_calls_object.json", 200, "tool||||c f {\"a\":1} |" TOKENS WHO },
    { "length.json", 200, "length|{\"decision\":\"al||||" TOKENS WHO },
    { "length_empty.json", 200, "length|||||" TOKENS WHO },
    { "content_filter.json", 200, "filter|||||" TOKENS WHO },
    { "unknown_finish.json", 200, "end|x||||" TOKENS WHO },
    { "no_finish.json", 200, "none|x||||" TOKENS WHO },
    { "cost.json", 200, "end|x||||10,-1,-1,2,-1|0.00123|g|m" },
    { "null_content.json", 200, "malformed||no content" },
    { "empty_content.json", 200, "malformed||no content" },

    { "error_openai_context.json", 400,
      "context_overflow||context_length_exceeded: This model's maximum "
      "context length is 128000 tokens. However, your messages resulted in "
      "150000 tokens." },
    { "error_openai_auth.json", 401, "auth||invalid_api_key" },
    { "error_openai_quota.json", 429,
      "rate_limited|billing|insufficient_quota: You exceeded your current "
      "quota, please check your plan and billing details." },
    { "error_openai_rate.json", 429,
      "rate_limited||rate_limit_exceeded: Rate limit reached for gpt-6-luna "
      "on requests per min (RPM)." },
    { "error_openai_overloaded.json", 503,
      "overloaded||server_is_overloaded: The server is overloaded" },
    { "error_openai_overloaded.json", 200,
      "overloaded||server_is_overloaded: The server is overloaded" },
    { "error_openai_rate.json", 200,
      "rate_limited||rate_limit_exceeded: Rate limit reached for gpt-6-luna "
      "on requests per min (RPM)." },
    { "error_openai_policy.json", 400,
      "content_filtered||content_policy_violation: Your request was "
      "rejected." },
    { "error_openai_parameter.json", 400,
      "bad_request||unsupported_parameter: Unsupported parameter: "
      "'temperature'." },
    { "error_azure_filter.json", 400,
      "content_filtered||content_filter: The response was filtered" },
    { "error_vllm_context.json", 400,
      "context_overflow||BadRequestError: This model's maximum context length "
      "is 4096 tokens. However, you requested 5000 tokens." },
    { "error_vllm_context.json", 200,
      "context_overflow||BadRequestError: This model's maximum context length "
      "is 4096 tokens. However, you requested 5000 tokens." },
    { "error_vllm_old.json", 404,
      "not_found||NotFoundError: The model `x` does not exist." },
    { "error_vllm_validation.json", 422, "bad_request||Field required" },
    { "error_llamacpp_context.json", 400,
      "context_overflow||exceed_context_size_error: request (5000 tokens) "
      "exceeds the available context size (4096 tokens), try increasing it" },
    { "error_llamacpp_loading.json", 503,
      "overloaded||unavailable_error: Loading model" },
    { "error_ollama.json", 404,
      "not_found||not_found_error: model \"x\" not found, try pulling it "
      "first" },
    { "error_ollama_native.json", 404, "not_found||model 'x' not found" },
    { "error_nginx.html", 502,
      "server_error||<html> <head><title>502 Bad Gateway</title></head> "
      "<body> <center><h1>502 Bad Gateway</h1></center> </body> </html> " },
    { "error_nginx.html", 403, "auth||" },
    { "error_nginx.html", 200, "malformed||not valid JSON" },
    { "ok.json", 500, "server_error||" }
};


#define CHOICE(message)   "{\"choices\":[{\"message\":" message "}]}"
#define USAGE(usage) \
    "{\"choices\":[{\"message\":{\"content\":\"x\"}}],\"usage\":" usage "}"


static const text_row_t  texts[] = {

    /* not an answer */

    { "empty", 200, "", "malformed||empty answer" },
    { "204", 204, "", "malformed||empty answer" },
    { "white space", 200, " \n", "malformed||not valid JSON" },
    { "a byte order mark", 200, "\xef\xbb\xbf{}", "malformed||not valid JSON" },
    { "UTF-16", 200, "\xff\xfe{", "malformed||not valid JSON" },
    { "invalid UTF-8", 200, CHOICE("{\"content\":\"\xff\"}"),
      "malformed||not valid JSON" },
    { "two values", 200, "{}{}", "malformed||not valid JSON" },
    { "cut", 200, "{\"choices\":[{\"message\":{\"content\":\"x\"}}",
      "malformed||not valid JSON" },
    { "a member twice", 200, "{\"choices\":[],\"choices\":[]}",
      "malformed||not valid JSON" },
    { "an array", 200, "[]", "malformed||no choices" },
    { "a number", 200, "1", "malformed||no choices" },
    { "nothing in it", 200, "{}", "malformed||no choices" },
    { "choices: null", 200, "{\"choices\":null}", "malformed||no choices" },
    { "choices: {}", 200, "{\"choices\":{}}", "malformed||no choices" },
    { "choices: []", 200, "{\"choices\":[]}", "malformed||no choices" },
    { "choices: [1]", 200, "{\"choices\":[1]}", "malformed||no message" },
    { "choices: [{}]", 200, "{\"choices\":[{}]}", "malformed||no message" },
    { "a choice's text", 200, "{\"choices\":[{\"text\":\"x\"}]}",
      "malformed||no message" },
    { "a message of text", 200, CHOICE("\"x\""), "malformed||no message" },
    { "an empty message", 200, CHOICE("{}"), "malformed||no content" },
    { "content: 1", 200, CHOICE("{\"content\":1}"),
      "malformed||content is no text" },
    { "content: {}", 200, CHOICE("{\"content\":{}}"),
      "malformed||content is no text" },
    { "content: []", 200, CHOICE("{\"content\":[]}"),
      "malformed||no content" },
    { "parts of nothing", 200,
      CHOICE("{\"content\":[1,null,{\"text\":2},{\"type\":\"text\"},[]]}"),
      "malformed||no content" },
    { "finish_reason: 1", 200,
      "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":1}]}",
      "malformed||finish_reason is no string" },
    { "tool_calls: {}", 200, CHOICE("{\"tool_calls\":{}}"),
      "malformed||tool_calls is no list of calls" },
    { "tool_calls: []", 200, CHOICE("{\"tool_calls\":[]}"),
      "malformed||no content" },
    { "tool_calls: [1]", 200, CHOICE("{\"tool_calls\":[1]}"),
      "malformed||a tool call without a name" },
    { "a call without a name", 200,
      CHOICE("{\"tool_calls\":[{\"id\":\"1\",\"function\":{}}]}"),
      "malformed||a tool call without a name" },
    { "only thoughts", 200, CHOICE("{\"reasoning\":\"hm\"}"),
      "malformed||no content" },
    { "an empty refusal", 200, CHOICE("{\"refusal\":\"\"}"),
      "malformed||no content" },

    /* an answer nevertheless */

    { "error: null", 200, "{\"error\":null,\"choices\":[{\"message\":"
      "{\"content\":\"x\"}}]}", "none|x||||" NONE "|||" },
    { "error: false", 200, "{\"error\":false,\"choices\":[{\"message\":"
      "{\"content\":\"x\"}}]}", "none|x||||" NONE "|||" },
    { "error: \"\"", 200, "{\"error\":\"\",\"choices\":[{\"message\":"
      "{\"content\":\"x\"}}]}", "none|x||||" NONE "|||" },
    { "wrong types elsewhere", 200, "{\"id\":1,\"model\":[],\"usage\":\"x\","
      "\"choices\":[{\"message\":{\"content\":\"x\",\"refusal\":1,"
      "\"reasoning\":{},\"role\":7,\"tool_calls\":null}}]}",
      "none|x||||" NONE "|||" },
    { "escaped names", 200, "{\"ch\\u006fices\":[{\"m\\u0065ssage\":"
      "{\"\\u0063ontent\":\"x\"}}]}", "none|x||||" NONE "|||" },
    { "the first of two choices", 200, "{\"choices\":[{\"message\":"
      "{\"content\":\"x\"}},{\"message\":{\"content\":\"y\"}}]}",
      "none|x||||" NONE "|||" },
    { "strings as parts", 200, CHOICE("{\"content\":[\"a\",\"b\"]}"),
      "none|ab||||" NONE "|||" },
    { "both reasonings", 200, CHOICE("{\"content\":\"x\",\"reasoning\":\"a\","
      "\"reasoning_content\":\"b\"}"), "none|x|a|||" NONE "|||" },
    { "text and a refusal", 200, CHOICE("{\"content\":\"x\","
      "\"refusal\":\"no\"}"), "refusal|x||no||" NONE "|||" },
    { "a call without an id", 200,
      CHOICE("{\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]}"),
      "tool|||| f  |" NONE "|||" },

    /* usage */

    { "usage: null", 200, USAGE("null"), "none|x||||" NONE "|||" },
    { "usage: []", 200, USAGE("[]"), "none|x||||" NONE "|||" },
    { "details: null", 200,
      USAGE("{\"prompt_tokens\":5,\"prompt_tokens_details\":null,"
            "\"completion_tokens_details\":null}"),
      "none|x||||5,-1,-1,-1,-1|||" },
    { "zero", 200,
      USAGE("{\"prompt_tokens\":0,\"completion_tokens\":0,"
            "\"prompt_tokens_details\":{\"cached_tokens\":0}}"),
      "none|x||||0,0,-1,0,-1|||" },
    { "negative", 200,
      USAGE("{\"prompt_tokens\":-5,\"completion_tokens\":-0}"),
      "none|x||||-1,-1,-1,0,-1|||" },
    { "fractions", 200,
      USAGE("{\"prompt_tokens\":5.5,\"completion_tokens\":5.0}"),
      "none|x||||-1,-1,-1,5,-1|||" },
    { "exponents", 200,
      USAGE("{\"prompt_tokens\":1e3,\"completion_tokens\":1e300}"),
      "none|x||||1000,-1,-1,-1,-1|||" },
    { "strings", 200,
      USAGE("{\"prompt_tokens\":\"5\",\"completion_tokens\":true}"),
      "none|x||||" NONE "|||" },
    { "the most", 200,
      USAGE("{\"prompt_tokens\":1000000000,\"completion_tokens\":1000000001}"),
      "none|x||||1000000000,-1,-1,-1,-1|||" },
    { "2^64", 200,
      USAGE("{\"prompt_tokens\":18446744073709551616}"),
      "none|x||||" NONE "|||" },
    { "cached over input", 200,
      USAGE("{\"prompt_tokens\":10,\"prompt_tokens_details\":"
            "{\"cached_tokens\":8,\"cache_write_tokens\":3}}"),
      "none|x||||10,-1,-1,-1,-1|||" },
    { "cached without input", 200,
      USAGE("{\"prompt_tokens_details\":{\"cached_tokens\":8}}"),
      "none|x||||" NONE "|||" },
    { "reasoning over output", 200,
      USAGE("{\"completion_tokens\":10,\"completion_tokens_details\":"
            "{\"reasoning_tokens\":11}}"),
      "none|x||||-1,-1,-1,10,-1|||" },
    { "a cost of text", 200, USAGE("{\"cost\":\"0.1\"}"),
      "none|x||||" NONE "|||" },

    /* errors: by their status alone */

    { "100", 100, "", "server_error||" },
    { "301", 301, "moved", "server_error||moved" },
    { "302 says billing", 302,
      "{\"error\":{\"code\":\"insufficient_quota\"}}",
      "server_error||insufficient_quota" },
    { "400", 400, "", "bad_request||" },
    { "401", 401, "sk-secret", "auth||" },
    { "402", 402, "pay", "rate_limited|billing|pay" },
    { "403", 403, "", "auth||" },
    { "404", 404, "", "not_found||" },
    { "408", 408, "", "timeout||" },
    { "409", 409, "", "bad_request||" },
    { "413", 413, "", "context_overflow||" },
    { "422", 422, "", "bad_request||" },
    { "429", 429, "", "rate_limited||" },
    { "451", 451, "", "bad_request||" },
    { "500", 500, "", "server_error||" },
    { "502", 502, "", "server_error||" },
    { "503", 503, "", "overloaded||" },
    { "504", 504, "", "timeout||" },
    { "520", 520, "", "server_error||" },
    { "527", 527, "", "server_error||" },
    { "529", 529, "", "overloaded||" },
    { "599", 599, "", "server_error||" },

    /* errors: what is said beside it */

    { "a code that the status knows better", 404,
      "{\"error\":{\"code\":\"invalid_api_key\"}}",
      "not_found||invalid_api_key" },
    { "a code that 400 does not say", 400,
      "{\"error\":{\"code\":\"invalid_api_key\",\"message\":\"sk-1\"}}",
      "auth||invalid_api_key" },
    { "billing by 403", 403,
      "{\"error\":{\"type\":\"insufficient_quota\"}}",
      "rate_limited|billing|insufficient_quota" },
    { "overflow by 500", 500,
      "{\"error\":{\"code\":500,\"type\":\"exceed_context_size_error\"}}",
      "context_overflow||exceed_context_size_error" },
    { "overflow by words", 400,
      "{\"message\":\"exceeds the maximum model length\"}",
      "context_overflow||exceeds the maximum model length" },
    { "overflow by words at the end", 400, "maximum context length",
      "context_overflow||maximum context length" },
    { "nearly overflow", 400, "mmmaximum context lengt",
      "bad_request||mmmaximum context lengt" },
    { "billing in a good answer", 200,
      "{\"error\":{\"code\":\"insufficient_quota\"},\"choices\":[]}",
      "rate_limited|billing|insufficient_quota" },
    { "a status in a good answer", 200,
      "{\"error\":{\"code\":429,\"message\":\"slow\"}}",
      "rate_limited||slow" },
    { "no status in a good answer", 200, "{\"error\":{\"code\":200}}",
      "server_error||" },
    { "an error of text", 200, "{\"error\":\"model crashed\"}",
      "server_error||model crashed" },

    { "wrong types", 400,
      "{\"error\":{\"code\":[],\"type\":{},\"message\":1}}",
      "bad_request||" },
    { "error: 1", 400, "{\"error\":1}", "bad_request||" },
    { "detail: text", 400, "{\"detail\":\"no\"}", "bad_request||no" },
    { "detail: []", 422, "{\"detail\":[]}", "bad_request||" },
    { "detail: [1]", 422, "{\"detail\":[1]}", "bad_request||" },
    { "an array of errors", 400, "[{\"error\":{\"message\":\"no\"}}]",
      "bad_request||no" },
    { "an empty array", 400, "[]", "bad_request||" },
    { "a word", 400, "\"no\"", "bad_request||no" },
    { "control characters", 500, "a\x01\r\n\t\x7f b\xff\xfe",
      "server_error||a b??" },
    { "an escape sequence in JSON", 500,
      "{\"message\":\"\\u001b[31m\\u0000x\"}", "server_error||[31m x" }
};


static void
render_answer(agt_buf_t *out, const agt_answer_t *answer)
{
    uint32_t            i;
    const agt_usage_t  *u;

    u = &answer->usage;

    agt_buf_format(out, "%s|", agt_stop_name(answer->stop));
    agt_buf_str(out, answer->text);
    agt_buf_char(out, '|');
    agt_buf_str(out, answer->reasoning);
    agt_buf_char(out, '|');
    agt_buf_str(out, answer->refusal);
    agt_buf_char(out, '|');

    for (i = 0; i < answer->calls_n; i++) {
        agt_buf_str(out, answer->calls[i].id);
        agt_buf_char(out, ' ');
        agt_buf_str(out, answer->calls[i].name);
        agt_buf_char(out, ' ');
        agt_buf_str(out, answer->calls[i].arguments);
        agt_buf_char(out, ' ');
    }

    agt_buf_format(out, "|%lld,%lld,%lld,%lld,%lld|", (long long) u->input,
                   (long long) u->cached, (long long) u->cache_write,
                   (long long) u->output, (long long) u->reasoning);
    agt_buf_str(out, u->cost);
    agt_buf_char(out, '|');
    agt_buf_str(out, answer->id);
    agt_buf_char(out, '|');
    agt_buf_str(out, answer->model);
}


static agt_str_t
render(const agt_codec_reader_t *reader, int rc)
{
    agt_buf_t  out;

    agt_buf_init(&out, unit_mem(), 1024, 1 << 20);

    switch (rc) {

    case AGT_OK:
        render_answer(&out, &reader->answer);
        break;

    case AGT_DECLINED:
        agt_buf_format(&out, "%s|%s|",
                       agt_class_name(reader->failure.class),
                       reader->failure.billing ? "billing" : "");
        agt_buf_str(&out, reader->failure.detail);
        break;

    default:
        agt_buf_format(&out, "rc %d", rc);
    }

    return agt_buf_slice(&out);
}


static agt_str_t
feed(unsigned status, agt_str_t text, size_t first, size_t step)
{
    int                 rc;
    size_t              n, pos;
    agt_codec_reader_t  reader;

    agt_codec_reader_init(&reader, &agt_codec_openai, status, unit_mem());

    pos = 0;
    n = agt_min(first, text.len);

    do {
        rc = agt_codec_feed(&reader, text.data + pos, n, pos + n == text.len);
        pos += n;
        n = agt_min(step, text.len - pos);

    } while (rc == AGT_AGAIN);

    return render(&reader, rc);
}


/* in two pieces at every byte, and byte by byte */

static bool
check_answer(unsigned status, agt_str_t text, const char *expected,
    const char *name)
{
    bool       same;
    size_t     i;
    agt_str_t  whole;

    whole = feed(status, text, text.len, text.len);
    same = text.len == 0 || agt_str_eq(feed(status, text, 1, 1), whole);

    for (i = 0; i < text.len && same; i++) {
        same = agt_str_eq(feed(status, text, i, text.len), whole);
    }

    is_str(whole, expected, name);

    return ok(same, "%s, in pieces", name);
}


static void
test_answers(void)
{
    char       path[256];
    size_t     i;
    agt_str_t  text;

    for (i = 0; i < agt_array_n(answers); i++) {
        snprintf(path, sizeof(path), "t/data/openai/%s", answers[i].file);

        text = unit_file(path);
        ok(text.len != 0, "%s is there", path);

        check_answer(answers[i].status, text, answers[i].result,
                     answers[i].file);
        unit_mem_reset();
    }

    for (i = 0; i < agt_array_n(texts); i++) {
        check_answer(texts[i].status, agt_str_from(texts[i].text),
                     texts[i].result, texts[i].name);
        unit_mem_reset();
    }
}


static void
test_escapes(void)
{
    agt_str_t                text, expected;
    agt_codec_reader_t       reader;
    static const agt_str_t   decoded = agt_string(
        "\xf0\x9f\x98\x80 \xc3\xa9 \xef\xbf\xbd \0 /");

    text = unit_file("t/data/openai/ok_escapes.json");
    expected = decoded;

    agt_codec_reader_init(&reader, &agt_codec_openai, 200, unit_mem());
    ok(agt_codec_feed(&reader, text.data, text.len, true) == AGT_OK
       && agt_str_eq(reader.answer.text, expected), "text is decoded");
    is_str(reader.answer.id, "abc", "so is the id");
    ok(agt_codec_feed(&reader, "x", 1, true) == AGT_DONE, "once is enough");

    text = unit_file("t/data/openai/ok_compact.json");

    agt_codec_reader_init(&reader, &agt_codec_openai, 200, unit_mem());
    ok(agt_codec_feed(&reader, text.data, text.len, true) == AGT_OK
       && reader.answer.text.data > text.data
       && reader.answer.text.data < text.data + text.len,
       "text without escapes is not copied");
}


static void
test_limits(void)
{
    size_t              i;
    agt_buf_t           buf;
    agt_str_t           text;
    agt_arena_t         arena;
    agt_codec_reader_t  reader;

    text = agt_str_from(CHOICE("{\"content\":\"x\"}"));

    agt_codec_reader_init(&reader, &agt_codec_openai, 200, unit_mem());
    reader.max = text.len;
    ok(agt_codec_feed(&reader, text.data, text.len, true) == AGT_OK,
       "an answer of the maximum");

    agt_codec_reader_init(&reader, &agt_codec_openai, 200, unit_mem());
    reader.max = text.len - 1;
    is_str(render(&reader, agt_codec_feed(&reader, text.data, text.len, true)),
           "malformed||answer too large", "one byte more");

    agt_codec_reader_init(&reader, &agt_codec_openai, 200, unit_mem());
    reader.max = text.len - 1;
    ok(agt_codec_feed(&reader, text.data, text.len - 1, false) == AGT_AGAIN,
       "as much as fits");
    is_str(render(&reader, agt_codec_feed(&reader, "}", 1, false)),
           "malformed||answer too large", "one byte more, later");

    agt_codec_reader_init(&reader, &agt_codec_openai, 200, unit_mem());
    reader.expected = AGT_CODEC_ANSWER_MAX + 1;
    is_str(render(&reader, agt_codec_feed(&reader, "", 0, false)),
           "malformed||answer too large", "more was announced");

    text = unit_file("t/data/openai/ok.json");

    agt_codec_reader_init(&reader, &agt_codec_openai, 200, unit_mem());
    reader.expected = text.len;
    ok(agt_codec_feed(&reader, text.data, 5, false) == AGT_AGAIN
       && reader.buf.size == text.len
       && agt_codec_feed(&reader, text.data + 5, text.len - 5, true)
          == AGT_OK, "what was announced is allocated");

    agt_buf_init(&buf, unit_mem(), 1 << 20, 1 << 20);
    memset(agt_buf_reserve(&buf, 1 << 19), 'm', 1 << 19);

    agt_codec_reader_init(&reader, &agt_codec_openai, 500, unit_mem());
    ok(agt_codec_feed(&reader, buf.data, 1 << 19, false) == AGT_DECLINED
       && reader.failure.class == AGT_CLASS_SERVER_ERROR
       && reader.failure.detail.len == AGT_FAILURE_DETAIL,
       "an endless error ends early");

    agt_codec_reader_init(&reader, &agt_codec_openai, 400, unit_mem());
    ok(agt_codec_feed(&reader, buf.data, 60000, false) == AGT_AGAIN
       && agt_codec_feed(&reader, buf.data, 60000, false) == AGT_DECLINED
       && reader.buf.len == AGT_CODEC_ERROR_MAX,
       "an endless error in pieces");

    agt_buf_reset(&buf);
    agt_buf_text(&buf, "{\"choices\":[{\"message\":{\"tool_calls\":[");

    for (i = 0; i < 129; i++) {
        agt_buf_text(&buf, i == 0 ? "" : ",");
        agt_buf_text(&buf, "{\"function\":{\"name\":\"f\"}}");
    }

    agt_buf_text(&buf, "]}}]}");
    is_str(feed(200, agt_buf_slice(&buf), buf.len, 1),
           "malformed||tool_calls is no list of calls", "129 tool calls");

    agt_buf_reset(&buf);
    agt_buf_text(&buf, "[0");

    for (i = 0; i < 70000; i++) {
        agt_buf_text(&buf, ",0");
    }

    agt_buf_text(&buf, "]");
    is_str(feed(200, agt_buf_slice(&buf), buf.len, 1),
           "malformed||not valid JSON", "too many nodes");

    agt_codec_reader_init(&reader, &agt_codec_openai, 200, unit_mem());
    reader.stream = true;
    ok(agt_codec_feed(&reader, text.data, text.len, true) == AGT_ERROR,
       "streams are not read");

    /* fail each allocation once */

    text = unit_file("t/data/openai/ok_escapes.json");

    for (i = 0; i < 4096; i += 16) {
        agt_arena_init(&arena, i);
        agt_codec_reader_init(&reader, &agt_codec_openai, 200, &arena.mem);

        if (agt_codec_feed(&reader, text.data, 9, false) == AGT_AGAIN
            && agt_codec_feed(&reader, text.data + 9, text.len - 9, true)
               == AGT_OK)
        {
            agt_arena_release(&arena);
            break;
        }

        agt_arena_release(&arena);
    }

    ok(i > 256 && i < 4096, "an answer without memory is an error");
}


/* a detail is cut between characters */

static void
test_detail(void)
{
    size_t              i;
    agt_buf_t           buf;
    agt_codec_reader_t  reader;

    agt_buf_init(&buf, unit_mem(), 1024, 1024);

    agt_buf_text(&buf, "{\"error\":{\"message\":\"x");

    for (i = 0; i < 100; i++) {
        agt_buf_text(&buf, "\xe2\x82\xac");
    }

    agt_buf_text(&buf, "\"}}");

    agt_codec_reader_init(&reader, &agt_codec_openai, 500, unit_mem());

    ok(agt_codec_feed(&reader, buf.data, buf.len, true) == AGT_DECLINED
       && reader.failure.detail.len == 199
       && agt_utf8_valid(reader.failure.detail) == 199,
       "a detail is cut between characters");
    ok(reader.failure.retry_after == -1, "a body tells no wait");
}


static void
test_requests(void)
{
    int                   rc;
    size_t                i;
    uint32_t              k;
    agt_buf_t             out;
    agt_json_t            doc;
    agt_message_t         messages[8];
    agt_request_t         req;
    const request_row_t  *row;

    for (i = 0; i < agt_array_n(requests); i++) {
        row = &requests[i];

        for (k = 0; k < row->messages_n; k++) {
            messages[k].role = row->messages[k].role;
            messages[k].parts = (agt_part_t *) row->messages[k].parts;
            messages[k].n = row->messages[k].n;
        }

        memset(&req, 0, sizeof(agt_request_t));
        req.model = agt_str_from("m");
        req.messages = messages;
        req.messages_n = row->messages_n;
        req.parameters = row->parameters;
        req.format = row->format;
        req.tools = row->tools;
        req.tools_n = row->tools_n;

        agt_buf_init(&out, unit_mem(), 0, 1 << 20);
        rc = agt_codec_openai.request(&req, &out);

        if (row->body == NULL) {
            ok(rc == AGT_DECLINED, "request refused: %s", row->name);
            continue;
        }

        ok(rc == AGT_OK
           && agt_json_parse(&doc, agt_buf_slice(&out), NULL, unit_mem(), NULL)
              == AGT_OK && doc.compact, "request: %s", row->name);
        is_str(agt_buf_slice(&out), row->body, row->name);

        agt_buf_init(&out, unit_mem(), 0, strlen(row->body) - 1);
        ok(agt_codec_openai.request(&req, &out) == AGT_ERROR && out.full,
           "no room: %s", row->name);
    }

    req.stream = true;
    agt_buf_init(&out, unit_mem(), 0, 1 << 20);
    ok(agt_codec_openai.request(&req, &out) == AGT_ERROR,
       "streams are not asked for");
}


static void
test_head(void)
{
    size_t     i;
    agt_buf_t  out;

    static const char *const  keys[] = {
        "sk\r\nX: y", "sk\n", "a b", "\xc3\xa9", "sk\x7f", "\t"
    };

    ok(agt_codec_find(agt_str_from("openai")) == &agt_codec_openai,
       "the dialect");
    ok(agt_codec_find(agt_str_from("OpenAI")) == NULL
       && agt_codec_find(agt_str_from("")) == NULL, "no such dialect");

    agt_buf_init(&out, unit_mem(), 0, 1024);
    ok(agt_codec_openai.path(NULL, &out) == AGT_OK, "path");
    is_str(agt_buf_slice(&out), "/chat/completions", "its text");

    agt_buf_reset(&out);
    ok(agt_codec_openai.headers(agt_str_from("sk-1"), &out) == AGT_OK, "key");
    is_str(agt_buf_slice(&out), "Authorization: Bearer sk-1\r\n", "its line");

    agt_buf_reset(&out);
    ok(agt_codec_openai.headers(agt_str_from(""), &out) == AGT_OK
       && out.len == 0, "no key");

    for (i = 0; i < agt_array_n(keys); i++) {
        agt_buf_reset(&out);
        ok(agt_codec_openai.headers(agt_str_from(keys[i]), &out)
           == AGT_DECLINED && out.len == 0, "no header of key %zu", i);
    }
}


int
main(void)
{
    test_head();
    test_requests();
    test_answers();
    test_escapes();
    test_detail();
    test_limits();

    return unit_done();
}
