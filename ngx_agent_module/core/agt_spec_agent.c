
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The settings of an agent, agent.json, by tables.
 */


#include "agt_spec_part.h"
#include "agt_vldt.h"


static int agt_spec_stop(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field);
static int agt_spec_stop_add(const agt_vldt_t *v, uint32_t value,
    agt_parameters_t *parameters);


/* what the chat APIs take */

static const agt_vldt_range_t  agt_spec_temperature = { "0", "2", false };
static const agt_vldt_range_t  agt_spec_top_p = { "0", "1", false };
static const agt_vldt_range_t  agt_spec_penalty = { "-2", "2", false };

static const agt_vldt_range_t  agt_spec_seed = {
    "-9223372036854775808", "9223372036854775807", true
};

/* counters of tokens are 32 bits wide at many a provider */

static const agt_vldt_range_t  agt_spec_tokens = { "1", "2147483647", true };

/* a caller that waits a day waits for ever */

static const uint64_t  agt_spec_timeout = (uint64_t) 24 * 60 * 60 * 1000;

static const char *const  agt_spec_efforts[] = {
    "none", "minimal", "low", "medium", "high", "xhigh", "max", NULL
};

static const char *const  agt_spec_verbosities[] = {
    "low", "medium", "high", NULL
};


#define agt_spec_later(name)   { name, 0, false, NULL, NULL, 0 }
#define agt_spec_end           { NULL, 0, false, NULL, NULL, 0 }


static const agt_vldt_member_t  agt_spec_parameters[] = {

    { "temperature", AGT_JSON_NUMBER, false,
      agt_vldt_number, &agt_spec_temperature,
      offsetof(agt_parameters_t, temperature) },

    { "top_p", AGT_JSON_NUMBER, false,
      agt_vldt_number, &agt_spec_top_p,
      offsetof(agt_parameters_t, top_p) },

    { "presence_penalty", AGT_JSON_NUMBER, false,
      agt_vldt_number, &agt_spec_penalty,
      offsetof(agt_parameters_t, presence_penalty) },

    { "frequency_penalty", AGT_JSON_NUMBER, false,
      agt_vldt_number, &agt_spec_penalty,
      offsetof(agt_parameters_t, frequency_penalty) },

    { "seed", AGT_JSON_NUMBER, false,
      agt_vldt_number, &agt_spec_seed,
      offsetof(agt_parameters_t, seed) },

    { "max_output_tokens", AGT_JSON_NUMBER, false,
      agt_vldt_integer, &agt_spec_tokens,
      offsetof(agt_parameters_t, max_output_tokens) },

    { "stop", AGT_JSON_STRING|AGT_JSON_ARRAY, false,
      agt_spec_stop, NULL, 0 },

    { "reasoning_effort", AGT_JSON_STRING, false,
      agt_vldt_enum, agt_spec_efforts,
      offsetof(agt_parameters_t, reasoning_effort) },

    { "verbosity", AGT_JSON_STRING, false,
      agt_vldt_enum, agt_spec_verbosities,
      offsetof(agt_parameters_t, verbosity) },

    agt_spec_end
};


static const agt_vldt_member_t  agt_spec_limits[] = {

    { "timeout", AGT_JSON_STRING, false,
      agt_vldt_time, &agt_spec_timeout,
      offsetof(agt_spec_t, timeout) },

    agt_spec_later("input_tokens"),
    agt_spec_later("steps"),
    agt_spec_later("cost"),

    agt_spec_end
};


static const agt_vldt_member_t  agt_spec_members[] = {

    { "description", AGT_JSON_STRING, false,
      agt_vldt_string, NULL,
      offsetof(agt_spec_t, description) },

    { "owner", AGT_JSON_STRING, false,
      agt_vldt_string, NULL,
      offsetof(agt_spec_t, owner) },

    { "route", AGT_JSON_STRING, false,
      agt_vldt_string, NULL,
      offsetof(agt_spec_t, route) },

    { "parameters", AGT_JSON_OBJECT, false,
      agt_vldt_members, agt_spec_parameters,
      offsetof(agt_spec_t, parameters) },

    { "limits", AGT_JSON_OBJECT, false,
      agt_vldt_members, agt_spec_limits, 0 },

    agt_spec_later("routes"),
    agt_spec_later("cache"),
    agt_spec_later("validation"),
    agt_spec_later("fallback"),
    agt_spec_later("requires"),
    agt_spec_later("tools"),

    agt_spec_end
};


int
agt_spec_read_agent(agt_json_t *doc, const agt_spec_files_t *files,
    agt_mem_t *mem, agt_error_t *err)
{
    int                rc;
    const agt_file_t  *file;

    file = agt_spec_find(files, "agent.json");

    if (file == NULL) {
        agt_error_set(err, "agent.json is missing");
        agt_error_file(err, agt_str_from("agent.json"));
        return AGT_DECLINED;
    }

    rc = agt_json_parse(doc, file->text, NULL, mem, err);

    if (rc == AGT_DECLINED) {
        agt_error_file(err, file->path);
    }

    return rc;
}


int
agt_spec_settings(agt_spec_t *spec, const agt_spec_files_t *files,
    agt_mem_t *mem, agt_error_t *err)
{
    int         rc;
    agt_json_t  doc;
    agt_vldt_t  v;

    rc = agt_spec_read_agent(&doc, files, mem, err);
    if (rc != AGT_OK) {
        return rc;
    }

    v.doc = &doc;
    v.mem = mem;
    v.err = err;

    rc = agt_vldt_object(&v, 0, agt_spec_members, spec);

    if (rc == AGT_DECLINED) {
        agt_error_file(err, agt_str_from("agent.json"));
    }

    return rc;
}


/* a string, or a list of them; the field is the whole struct of parameters */

static int
agt_spec_stop(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field)
{
    int                     rc;
    uint32_t                i;
    agt_parameters_t       *parameters = field;
    const agt_json_node_t  *node = &v->doc->nodes[value];

    if (node->type == AGT_JSON_STRING) {
        return agt_spec_stop_add(v, value, parameters);
    }

    if (node->count == 0 || node->count > AGT_PARAMETERS_STOP) {
        return agt_vldt_fail(v, value, "\"%s\" must have 1 to %d strings",
                             member->name, AGT_PARAMETERS_STOP);
    }

    for (i = value + 1; i < node->next; i = v->doc->nodes[i].next) {

        rc = agt_spec_stop_add(v, i, parameters);
        if (rc != AGT_OK) {
            return rc;
        }
    }

    return AGT_OK;
}


static int
agt_spec_stop_add(const agt_vldt_t *v, uint32_t value,
    agt_parameters_t *parameters)
{
    const agt_json_node_t  *node = &v->doc->nodes[value];

    if (node->type != AGT_JSON_STRING || node->len == 0) {
        return agt_vldt_fail(v, value, "\"stop\" must have strings that are "
                             "not empty");
    }

    return agt_json_string(v->doc, value, v->mem,
                           &parameters->stop[parameters->stop_n++]);
}
