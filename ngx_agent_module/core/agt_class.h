
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The class of a failure decides what happens next.  Each has its name as
 * records and headers show it, whether another model may be tried, and the
 * problem that the caller gets when nothing else helped.
 */


#ifndef _AGT_CLASS_H_INCLUDED_
#define _AGT_CLASS_H_INCLUDED_


#include "agt_base.h"


/*      id                name                next model */

#define AGT_CLASS_MAP(X)                                                      \
    X(  OK,               "ok",               false  )                        \
    X(  CONNECT,          "connect",          true   )                        \
    X(  TLS,              "tls",              true   )                        \
    X(  TIMEOUT,          "timeout",          true   )                        \
    X(  RATE_LIMITED,     "rate_limited",     true   )                        \
    X(  OVERLOADED,       "overloaded",       true   )                        \
    X(  SERVER_ERROR,     "server_error",     true   )                        \
    X(  CUT,              "cut",              true   )                        \
    X(  TRUNCATED,        "truncated",        true   )                        \
    X(  MALFORMED,        "malformed",        true   )                        \
    X(  INVALID_OUTPUT,   "invalid_output",   true   )                        \
    X(  CONTEXT_OVERFLOW, "context_overflow", true   )                        \
    X(  CONTENT_FILTERED, "content_filtered", false  )                        \
    X(  AUTH,             "auth",             true   )                        \
    X(  NOT_FOUND,        "not_found",        true   )                        \
    X(  BAD_REQUEST,      "bad_request",      true   )                        \
    X(  CAPACITY,         "capacity",         true   )                        \
    X(  CANCELLED,        "cancelled",        false  )                        \
    X(  INTERNAL,         "internal",         false  )


typedef enum {
#define AGT_CLASS_ID(id, name, next)   AGT_CLASS_##id,
    AGT_CLASS_MAP(AGT_CLASS_ID)
#undef AGT_CLASS_ID
    AGT_CLASS_N
} agt_class_e;


const char *agt_class_name(agt_class_e class);
bool agt_class_next_model(agt_class_e class);


#endif /* _AGT_CLASS_H_INCLUDED_ */
