
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The meta-schemas of the dialects, reduced to what they check and name.
 */


#ifndef _AGT_METASCHEMA_H_INCLUDED_
#define _AGT_METASCHEMA_H_INCLUDED_


#include "agt_base.h"


#define AGT_METASCHEMA_2019  "https://json-schema.org/draft/2019-09/schema"
#define AGT_METASCHEMA_2020  "https://json-schema.org/draft/2020-12/schema"


/* the text of the meta-schema with that URI; empty: there is none */

agt_str_t agt_metaschema(agt_str_t uri);


#endif /* _AGT_METASCHEMA_H_INCLUDED_ */
