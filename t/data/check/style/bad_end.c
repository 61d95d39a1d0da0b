/* path: t/unit/bad_end.c */

/*
 * Copyright (C) the ngx_agent_module authors
 */


/* expect: 8 space */