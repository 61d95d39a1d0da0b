/* path: ngx_agent_module/core/agt_good.c */

/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_buf.h"


#define AGT_GOOD_MAX   64


typedef struct {
    size_t       n;
    const char  *name;
} agt_good_t;


static int agt_good_one(const agt_good_t *good, agt_buf_t *buf);
static agt_good_t *agt_good_find(agt_good_t *list, size_t n,
    const char *name);


static const agt_good_t  agt_good[] = {
    { 1, "time(0) // no comment, and an assignment: if (a = b)" },
    { 0, NULL }
};


/* what comes before a function belongs to it */

int
agt_good_all(agt_good_t *list, size_t n, agt_buf_t *buf)
{
    int          rc;
    size_t       i;
    agt_good_t  *found;

    found = agt_good_find(list, n, "a");
    if (found == NULL) {
        goto failed;
    }

    for (i = 0; i < n; i++) {
        rc = agt_good_one(&list[i], buf);

        switch (rc) {

        case AGT_OK:
            break;

        default:
            goto failed;
        }
    }

    return (int) sizeof(agt_good_t) > 4 ? AGT_OK : AGT_ERROR;

failed:

    return AGT_ERROR;
}


static int
agt_good_one(const agt_good_t *good, agt_buf_t *buf)
{
    if (good->n == 0) {
        return AGT_OK;

    } else if (good->n > AGT_GOOD_MAX) {
        return AGT_DECLINED;
    }

    /* style: banned, a suppression with its reason */
    return sprintf(buf->data, "%s", good->name);
}


static agt_good_t *
agt_good_find(agt_good_t *list, size_t n, const char *name)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return &list[i];
        }
    }

    return NULL;
}
