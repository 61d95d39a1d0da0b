
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The public suite of JSON texts: what begins with y_ must be accepted, with
 * n_ refused, and i_ is up to a reader; what ours does is written down here,
 * so that it does not change by accident.
 */


#define _DEFAULT_SOURCE

#include <dirent.h>

#include "agt_json.h"
#include "unit.h"


#define SUITE   "t/data/json-test-suite/test_parsing"


typedef struct {
    const char  *name;
    int          rc;
    const char  *reason;
} verdict_t;


static const verdict_t  verdicts[] = {

    /* of the y_, what the specification allows and we refuse */

    { "y_object_duplicated_key", AGT_DECLINED,
      "duplicate keys are read differently by different readers" },
    { "y_object_duplicated_key_and_value", AGT_DECLINED,
      "duplicate keys, even of equal values" },

    /* numbers are text: neither size nor precision matters */

    { "i_number_double_huge_neg_exp", AGT_OK, "numbers are text" },
    { "i_number_huge_exp", AGT_OK, "numbers are text" },
    { "i_number_neg_int_huge_exp", AGT_OK, "numbers are text" },
    { "i_number_pos_double_huge_exp", AGT_OK, "numbers are text" },
    { "i_number_real_neg_overflow", AGT_OK, "numbers are text" },
    { "i_number_real_pos_overflow", AGT_OK, "numbers are text" },
    { "i_number_real_underflow", AGT_OK, "numbers are text" },
    { "i_number_too_big_neg_int", AGT_OK, "numbers are text" },
    { "i_number_too_big_pos_int", AGT_OK, "numbers are text" },
    { "i_number_very_big_negative_int", AGT_OK, "numbers are text" },

    /* an escape of a lone surrogate is kept as it is */

    { "i_object_key_lone_2nd_surrogate", AGT_OK, "a lone escape is kept" },
    { "i_string_1st_surrogate_but_2nd_missing", AGT_OK,
      "a lone escape is kept" },
    { "i_string_1st_valid_surrogate_2nd_invalid", AGT_OK,
      "a lone escape is kept" },
    { "i_string_incomplete_surrogate_and_escape_valid", AGT_OK,
      "a lone escape is kept" },
    { "i_string_incomplete_surrogate_pair", AGT_OK, "a lone escape is kept" },
    { "i_string_incomplete_surrogates_escape_valid", AGT_OK,
      "lone escapes are kept" },
    { "i_string_invalid_lonely_surrogate", AGT_OK, "a lone escape is kept" },
    { "i_string_invalid_surrogate", AGT_OK, "a lone escape is kept" },
    { "i_string_inverted_surrogates_U+1D11E", AGT_OK,
      "lone escapes are kept" },
    { "i_string_lone_second_surrogate", AGT_OK, "a lone escape is kept" },

    /* only UTF-8 is, and it is strict */

    { "i_string_UTF-16LE_with_BOM", AGT_DECLINED, "not UTF-8" },
    { "i_string_UTF-8_invalid_sequence", AGT_DECLINED, "not UTF-8" },
    { "i_string_UTF8_surrogate_U+D800", AGT_DECLINED, "encoded surrogate" },
    { "i_string_invalid_utf-8", AGT_DECLINED, "not UTF-8" },
    { "i_string_iso_latin_1", AGT_DECLINED, "not UTF-8" },
    { "i_string_lone_utf8_continuation_byte", AGT_DECLINED, "not UTF-8" },
    { "i_string_not_in_unicode_range", AGT_DECLINED, "above U+10FFFF" },
    { "i_string_overlong_sequence_2_bytes", AGT_DECLINED, "overlong" },
    { "i_string_overlong_sequence_6_bytes", AGT_DECLINED, "overlong" },
    { "i_string_overlong_sequence_6_bytes_null", AGT_DECLINED, "overlong" },
    { "i_string_truncated-utf-8", AGT_DECLINED, "not UTF-8" },
    { "i_string_utf16BE_no_BOM", AGT_DECLINED, "not UTF-8" },
    { "i_string_utf16LE_no_BOM", AGT_DECLINED, "not UTF-8" },

    { "i_structure_500_nested_arrays", AGT_DECLINED, "nested deeper than 64" },
    { "i_structure_UTF-8_BOM_empty_object", AGT_DECLINED,
      "no byte order mark" }
};


static bool  verdict_used[agt_array_n(verdicts)];


static const verdict_t *
verdict_find(const char *name)
{
    size_t  i, len;

    len = strlen(name) - strlen(".json");

    for (i = 0; i < agt_array_n(verdicts); i++) {
        if (strlen(verdicts[i].name) == len
            && memcmp(verdicts[i].name, name, len) == 0)
        {
            verdict_used[i] = true;
            return &verdicts[i];
        }
    }

    return NULL;
}


static void
test_file(const char *name)
{
    int               expected, rc;
    char              path[512];
    agt_str_t         text;
    agt_json_t        doc;
    agt_error_t       err;
    const verdict_t  *verdict;

    (void) snprintf(path, sizeof(path), SUITE "/%s", name);
    text = unit_file(path);

    agt_error_init(&err);
    rc = agt_json_parse(&doc, text, NULL, unit_mem(), &err);

    verdict = verdict_find(name);
    expected = (name[0] == 'y') ? AGT_OK : AGT_DECLINED;

    if (verdict != NULL) {
        expected = verdict->rc;
    }

    ok(rc == expected && (verdict != NULL || name[0] != 'i')
       && err.set == (rc != AGT_OK) && (err.line != 0) == err.set,
       "%s: %s%s%s", name, rc == AGT_OK ? "accepted" : err.message,
       verdict != NULL ? ", since: " : "",
       verdict != NULL ? verdict->reason : "");
}


int
main(void)
{
    DIR            *dir;
    size_t          i;
    unsigned        count[3];
    const char     *kind;
    struct dirent  *entry;

    static const char  kinds[] = "yni";

    memset(count, 0, sizeof(count));

    dir = opendir(SUITE);

    while (dir != NULL) {

        entry = readdir(dir);
        if (entry == NULL) {
            break;
        }

        kind = strchr(kinds, entry->d_name[0]);

        if (kind != NULL) {
            count[kind - kinds]++;
            test_file(entry->d_name);
            unit_mem_reset();
        }
    }

    if (dir != NULL) {
        closedir(dir);
    }

    ok(count[0] == 95 && count[1] == 188 && count[2] == 35,
       "the suite is whole");

    for (i = 0; i < agt_array_n(verdicts); i++) {
        ok(verdict_used[i], "%s is in the suite", verdicts[i].name);
    }

    return unit_done();
}
