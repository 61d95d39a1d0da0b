
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Checks a JSON object that people write by a table of its members, and stores
 * what it finds.  The first thing that is wrong is reported with its name and
 * what was expected, its JSON pointer, line and column.
 */


#ifndef _AGT_VLDT_H_INCLUDED_
#define _AGT_VLDT_H_INCLUDED_


#include "agt_json.h"


typedef struct agt_vldt_member_s  agt_vldt_member_t;


typedef struct {
    const agt_json_t  *doc;
    agt_mem_t         *mem;
    agt_error_t       *err;
} agt_vldt_t;


/*
 * All functions return OK, DECLINED with the error set, or ERROR without
 * memory.  A handler gets the member's value, whose type was checked, and the
 * address of its field.
 */

typedef int (*agt_vldt_pt)(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field);


/* a table ends with a member without a name */

struct agt_vldt_member_s {
    const char   *name;
    uint8_t       types;        /* mask; 0: refused as "not supported" */
    bool          required;
    agt_vldt_pt   handler;
    const void   *data;         /* the handler's */
    size_t        offset;       /* of the field in the destination */
};


/* the bounds of a number, as JSON writes it; integers must have neither "."
   nor exponent, as other readers of the text may not take them */

typedef struct {
    const char   *min;
    const char   *max;
    bool          integer;
} agt_vldt_range_t;


int agt_vldt_object(const agt_vldt_t *v, uint32_t object,
    const agt_vldt_member_t *members, void *dst);

/* sets the error at a node, and returns DECLINED */

int agt_vldt_fail(const agt_vldt_t *v, uint32_t node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* handlers: what "data" is, and the field's type */

/* a table of members; a struct */
int agt_vldt_members(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field);

/* NULL; agt_str_t: a string that is not empty */
int agt_vldt_string(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field);

/* strings, ended by NULL; agt_str_t */
int agt_vldt_enum(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field);

/* agt_vldt_range_t; agt_str_t: the number's text */
int agt_vldt_number(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field);

/* agt_vldt_range_t; int64_t */
int agt_vldt_integer(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field);

/* the longest, in ms, as uint64_t; uint64_t: milliseconds.  The notation is
   nginx's: "250ms", "20s", "1m 30s"; a bare number means seconds */
int agt_vldt_time(const agt_vldt_t *v, uint32_t value,
    const agt_vldt_member_t *member, void *field);


#endif /* _AGT_VLDT_H_INCLUDED_ */
