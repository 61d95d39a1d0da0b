
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_class.h"


typedef struct {
    const char  *name;
    bool         next_model;
} agt_class_t;


static const agt_class_t  agt_classes[] = {
#define AGT_CLASS_ROW(id, name, next)   { name, next },
    AGT_CLASS_MAP(AGT_CLASS_ROW)
#undef AGT_CLASS_ROW
};


const char *
agt_class_name(agt_class_e class)
{
    return class < AGT_CLASS_N ? agt_classes[class].name : "unknown";
}


bool
agt_class_next_model(agt_class_e class)
{
    return class < AGT_CLASS_N && agt_classes[class].next_model;
}
