
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The tree below t/data/build stands in for the real sources where a test
 * looks at the build itself: it compiles in a moment.
 */


#ifndef _AGT_SAMPLE_H_INCLUDED_
#define _AGT_SAMPLE_H_INCLUDED_


int agt_sample(int n);


#endif /* _AGT_SAMPLE_H_INCLUDED_ */
