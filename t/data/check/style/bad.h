/* path: ngx_agent_module/core/agt_bad.h */
/*
 * Someone else
 */

#ifndef AGT_BAD_H
#define AGT_BAD_H
#endif
/* expect: 1 copyright */
/* expect: 6 guard */
