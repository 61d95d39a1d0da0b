
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Titles, defaults and comments are left out: nothing here looks at them.
 */


#include "agt_metaschema.h"


#define D2019  "https://json-schema.org/draft/2019-09/"
#define D2020  "https://json-schema.org/draft/2020-12/"

/* a document's beginning: what it is, and the vocabulary that it describes */

#define HEAD2020(name, vocabulary)                                            \
    "{\"$schema\":\"" D2020 "schema\",\"$id\":\"" D2020 "meta/" name "\","    \
    "\"$vocabulary\":{\"" D2020 "vocab/" vocabulary "\":true},"               \
    "\"$dynamicAnchor\":\"meta\",\"type\":[\"object\",\"boolean\"],"

#define HEAD2019(name, vocabulary)                                            \
    "{\"$schema\":\"" D2019 "schema\",\"$id\":\"" D2019 "meta/" name "\","    \
    "\"$vocabulary\":{\"" D2019 "vocab/" vocabulary "\":true},"               \
    "\"$recursiveAnchor\":true,\"type\":[\"object\",\"boolean\"],"

#define M2020  "{\"$dynamicRef\":\"#meta\"}"
#define M2019  "{\"$recursiveRef\":\"#\"}"

#define MAP(schema)                                                           \
    "{\"type\":\"object\",\"additionalProperties\":" schema "}"

#define LIST   "{\"$ref\":\"#/$defs/schemaArray\"}"
#define COUNT  "{\"$ref\":\"#/$defs/nonNegativeInteger\"}"
#define NAMES  "{\"$ref\":\"#/$defs/stringArray\"}"


typedef struct {
    const char  *uri;
    const char  *text;
} agt_metaschema_t;


/* the keywords that both dialects have, of validation, meta-data and content */

#define VALIDATION                                                            \
    "\"properties\":{"                                                        \
    "\"type\":{\"anyOf\":[{\"$ref\":\"#/$defs/simpleTypes\"},"                \
        "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/simpleTypes\"},"   \
        "\"minItems\":1,\"uniqueItems\":true}]},"                             \
    "\"const\":true,"                                                         \
    "\"enum\":{\"type\":\"array\",\"items\":true},"                           \
    "\"multipleOf\":{\"type\":\"number\",\"exclusiveMinimum\":0},"            \
    "\"maximum\":{\"type\":\"number\"},"                                      \
    "\"exclusiveMaximum\":{\"type\":\"number\"},"                             \
    "\"minimum\":{\"type\":\"number\"},"                                      \
    "\"exclusiveMinimum\":{\"type\":\"number\"},"                             \
    "\"maxLength\":" COUNT ",\"minLength\":" COUNT ","                        \
    "\"pattern\":{\"type\":\"string\",\"format\":\"regex\"},"                 \
    "\"maxItems\":" COUNT ",\"minItems\":" COUNT ","                          \
    "\"uniqueItems\":{\"type\":\"boolean\"},"                                 \
    "\"maxContains\":" COUNT ",\"minContains\":" COUNT ","                    \
    "\"maxProperties\":" COUNT ",\"minProperties\":" COUNT ","                \
    "\"required\":" NAMES ","                                                 \
    "\"dependentRequired\":" MAP(NAMES) "},"                                  \
    "\"$defs\":{"                                                             \
    "\"nonNegativeInteger\":{\"type\":\"integer\",\"minimum\":0},"            \
    "\"simpleTypes\":{\"enum\":[\"array\",\"boolean\",\"integer\",\"null\","  \
        "\"number\",\"object\",\"string\"]},"                                 \
    "\"stringArray\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"    \
        "\"uniqueItems\":true}}}"

#define METADATA                                                              \
    "\"properties\":{"                                                        \
    "\"title\":{\"type\":\"string\"},"                                        \
    "\"description\":{\"type\":\"string\"},"                                  \
    "\"default\":true,"                                                       \
    "\"deprecated\":{\"type\":\"boolean\"},"                                  \
    "\"readOnly\":{\"type\":\"boolean\"},"                                    \
    "\"writeOnly\":{\"type\":\"boolean\"},"                                   \
    "\"examples\":{\"type\":\"array\",\"items\":true}}}"

#define FORMAT                                                                \
    "\"properties\":{\"format\":{\"type\":\"string\"}}}"

#define CONTENT(meta)                                                         \
    "\"properties\":{"                                                        \
    "\"contentEncoding\":{\"type\":\"string\"},"                              \
    "\"contentMediaType\":{\"type\":\"string\"},"                             \
    "\"contentSchema\":" meta "}}"

#define APPLICATOR(meta)                                                      \
    "\"contains\":" meta ","                                                  \
    "\"additionalProperties\":" meta ","                                      \
    "\"properties\":" MAP(meta) ","                                           \
    "\"patternProperties\":{\"type\":\"object\",\"additionalProperties\":"    \
        meta ",\"propertyNames\":{\"format\":\"regex\"}},"                    \
    "\"dependentSchemas\":" MAP(meta) ","                                     \
    "\"propertyNames\":" meta ","                                             \
    "\"if\":" meta ",\"then\":" meta ",\"else\":" meta ","                    \
    "\"allOf\":" LIST ",\"anyOf\":" LIST ",\"oneOf\":" LIST ","               \
    "\"not\":" meta

#define LISTDEF(meta)                                                         \
    "\"$defs\":{\"schemaArray\":{\"type\":\"array\",\"minItems\":1,"          \
        "\"items\":" meta "}}}"

/* keywords that were, and should not be given another meaning */

#define DEPRECATED(meta)                                                      \
    "\"definitions\":" MAP(meta) ","                                          \
    "\"dependencies\":{\"type\":\"object\",\"additionalProperties\":"         \
        "{\"anyOf\":[" meta ","                                               \
        "{\"$ref\":\"meta/validation#/$defs/stringArray\"}]}}"


static const agt_metaschema_t  agt_metaschemas[] = {

    { AGT_METASCHEMA_2020,
      "{\"$schema\":\"" D2020 "schema\",\"$id\":\"" D2020 "schema\","
      "\"$vocabulary\":{"
      "\"" D2020 "vocab/core\":true,"
      "\"" D2020 "vocab/applicator\":true,"
      "\"" D2020 "vocab/unevaluated\":true,"
      "\"" D2020 "vocab/validation\":true,"
      "\"" D2020 "vocab/meta-data\":true,"
      "\"" D2020 "vocab/format-annotation\":true,"
      "\"" D2020 "vocab/content\":true},"
      "\"$dynamicAnchor\":\"meta\",\"type\":[\"object\",\"boolean\"],"
      "\"allOf\":["
      "{\"$ref\":\"meta/core\"},"
      "{\"$ref\":\"meta/applicator\"},"
      "{\"$ref\":\"meta/unevaluated\"},"
      "{\"$ref\":\"meta/validation\"},"
      "{\"$ref\":\"meta/meta-data\"},"
      "{\"$ref\":\"meta/format-annotation\"},"
      "{\"$ref\":\"meta/content\"}],"
      "\"properties\":{" DEPRECATED(M2020) ","
      "\"$recursiveAnchor\":{\"$ref\":\"meta/core#/$defs/anchorString\"},"
      "\"$recursiveRef\":{\"$ref\":\"meta/core#/$defs/uriReferenceString\"}"
      "}}" },

    { D2020 "meta/core",
      HEAD2020("core", "core")
      "\"properties\":{"
      "\"$id\":{\"$ref\":\"#/$defs/uriReferenceString\","
          "\"pattern\":\"^[^#]*#?$\"},"
      "\"$schema\":{\"$ref\":\"#/$defs/uriString\"},"
      "\"$ref\":{\"$ref\":\"#/$defs/uriReferenceString\"},"
      "\"$anchor\":{\"$ref\":\"#/$defs/anchorString\"},"
      "\"$dynamicRef\":{\"$ref\":\"#/$defs/uriReferenceString\"},"
      "\"$dynamicAnchor\":{\"$ref\":\"#/$defs/anchorString\"},"
      "\"$vocabulary\":{\"type\":\"object\","
          "\"propertyNames\":{\"$ref\":\"#/$defs/uriString\"},"
          "\"additionalProperties\":{\"type\":\"boolean\"}},"
      "\"$comment\":{\"type\":\"string\"},"
      "\"$defs\":" MAP(M2020) "},"
      "\"$defs\":{"
      "\"anchorString\":{\"type\":\"string\","
          "\"pattern\":\"^[A-Za-z_][-A-Za-z0-9._]*$\"},"
      "\"uriString\":{\"type\":\"string\",\"format\":\"uri\"},"
      "\"uriReferenceString\":{\"type\":\"string\","
          "\"format\":\"uri-reference\"}}}" },

    { D2020 "meta/applicator",
      HEAD2020("applicator", "applicator")
      "\"properties\":{" APPLICATOR(M2020) ","
      "\"prefixItems\":" LIST ",\"items\":" M2020 "},"
      LISTDEF(M2020) },

    { D2020 "meta/unevaluated",
      HEAD2020("unevaluated", "unevaluated")
      "\"properties\":{\"unevaluatedItems\":" M2020 ","
      "\"unevaluatedProperties\":" M2020 "}}" },

    { D2020 "meta/validation",
      HEAD2020("validation", "validation") VALIDATION },

    { D2020 "meta/meta-data", HEAD2020("meta-data", "meta-data") METADATA },

    { D2020 "meta/format-annotation",
      HEAD2020("format-annotation", "format-annotation") FORMAT },

    { D2020 "meta/format-assertion",
      HEAD2020("format-assertion", "format-assertion") FORMAT },

    { D2020 "meta/content", HEAD2020("content", "content") CONTENT(M2020) },

    { AGT_METASCHEMA_2019,
      "{\"$schema\":\"" D2019 "schema\",\"$id\":\"" D2019 "schema\","
      "\"$vocabulary\":{"
      "\"" D2019 "vocab/core\":true,"
      "\"" D2019 "vocab/applicator\":true,"
      "\"" D2019 "vocab/validation\":true,"
      "\"" D2019 "vocab/meta-data\":true,"
      "\"" D2019 "vocab/format\":false,"
      "\"" D2019 "vocab/content\":true},"
      "\"$recursiveAnchor\":true,\"type\":[\"object\",\"boolean\"],"
      "\"allOf\":["
      "{\"$ref\":\"meta/core\"},"
      "{\"$ref\":\"meta/applicator\"},"
      "{\"$ref\":\"meta/validation\"},"
      "{\"$ref\":\"meta/meta-data\"},"
      "{\"$ref\":\"meta/format\"},"
      "{\"$ref\":\"meta/content\"}],"
      "\"properties\":{" DEPRECATED(M2019) "}}" },

    { D2019 "meta/core",
      HEAD2019("core", "core")
      "\"properties\":{"
      "\"$id\":{\"type\":\"string\",\"format\":\"uri-reference\","
          "\"pattern\":\"^[^#]*#?$\"},"
      "\"$schema\":{\"type\":\"string\",\"format\":\"uri\"},"
      "\"$anchor\":{\"type\":\"string\","
          "\"pattern\":\"^[A-Za-z][-A-Za-z0-9.:_]*$\"},"
      "\"$ref\":{\"type\":\"string\",\"format\":\"uri-reference\"},"
      "\"$recursiveRef\":{\"const\":\"#\"},"
      "\"$recursiveAnchor\":{\"type\":\"boolean\"},"
      "\"$vocabulary\":{\"type\":\"object\",\"propertyNames\":"
          "{\"type\":\"string\",\"format\":\"uri\"},"
          "\"additionalProperties\":{\"type\":\"boolean\"}},"
      "\"$comment\":{\"type\":\"string\"},"
      "\"$defs\":" MAP(M2019) "}}" },

    { D2019 "meta/applicator",
      HEAD2019("applicator", "applicator")
      "\"properties\":{" APPLICATOR(M2019) ","
      "\"additionalItems\":" M2019 ",\"unevaluatedItems\":" M2019 ","
      "\"items\":{\"anyOf\":[" M2019 "," LIST "]},"
      "\"unevaluatedProperties\":" M2019 "},"
      LISTDEF(M2019) },

    { D2019 "meta/validation",
      HEAD2019("validation", "validation") VALIDATION },

    { D2019 "meta/meta-data", HEAD2019("meta-data", "meta-data") METADATA },
    { D2019 "meta/format", HEAD2019("format", "format") FORMAT },
    { D2019 "meta/content", HEAD2019("content", "content") CONTENT(M2019) }
};


agt_str_t
agt_metaschema(agt_str_t uri)
{
    size_t     i;
    agt_str_t  none = agt_null_string;

    for (i = 0; i < agt_array_n(agt_metaschemas); i++) {
        if (agt_str_is(uri, agt_metaschemas[i].uri)) {
            return agt_str_from(agt_metaschemas[i].text);
        }
    }

    return none;
}
