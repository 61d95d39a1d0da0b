/* path: t/unit/bad_space.c */

/*
 * Copyright (C) the ngx_agent_module authors
 */ 



int  a;	/* expect: tab empty */
/* expect: 5 space */
/* expect: 12 space */

