
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A worker looks at each draft's fingerprint four times a second, a slice of
 * the drafts at a time, so that many of them cost no more at once than a few.
 * One that has changed is compiled when the next look finds it as the one
 * before: half a checkout never compiles.  It is compiled one draft a turn of
 * the event loop, and only kept if the files are still the same then.
 *
 * The timer is cancelable, and a worker that is leaving looks no more: it
 * finishes with what it has.
 */


#include "ngx_http_agent.h"
#include "agt_dir.h"


#define NGX_HTTP_AGENT_DRAFTS_MAX       1024   /* names that are followed */
#define NGX_HTTP_AGENT_DRAFTS_LISTED    8192   /* entries of the directory */

#define NGX_HTTP_AGENT_DRAFTS_ROUND     250    /* ms, in which all are seen */
#define NGX_HTTP_AGENT_DRAFTS_SLICE     32
#define NGX_HTTP_AGENT_DRAFTS_BUSY      1      /* ms to the next compilation */


typedef struct {
    ngx_str_node_t               sn;           /* its name */
    ngx_queue_t                  queue;        /* of all */
    ngx_queue_t                  ready;        /* to be compiled */
    ngx_http_agent_def_t        *def;          /* the last good one, or NULL */

    agt_dir_print_t              seen;         /* at the last look */
    agt_dir_print_t              tried;        /* of what was compiled last */
    ngx_uint_t                   generation;   /* of the schemas, likewise */

    unsigned                     compiled:1;   /* tried, well or not */
    unsigned                     settling:1;   /* has changed since */
    unsigned                     waiting:1;    /* is in the queue "ready" */
    unsigned                     gone:1;
} ngx_http_agent_draft_t;


/* of the schemas that all agents may refer to: a change concerns all */

typedef struct {
    agt_dir_print_t              seen;
    agt_dir_print_t              live;
    ngx_uint_t                   generation;
    unsigned                     settling:1;
} ngx_http_agent_schemas_t;


struct ngx_http_agent_registry_s {
    ngx_http_agent_main_conf_t  *amcf;
    ngx_pool_t                  *pool;         /* the cycle's */
    ngx_rbtree_t                 tree;
    ngx_rbtree_node_t            sentinel;
    ngx_queue_t                  drafts;
    ngx_uint_t                   n;
    ngx_queue_t                  ready;
    ngx_queue_t                 *next;         /* to look at */
    ngx_fd_t                     fd;           /* of the directory, or -1 */
    ngx_http_agent_schemas_t     schemas;
    ngx_event_t                  timer;
    unsigned                     dynamic:1;    /* new drafts are of interest */
    unsigned                     full:1;       /* and there are too many */
};


static ngx_http_agent_draft_t *ngx_http_agent_registry_find(
    ngx_http_agent_registry_t *registry, ngx_str_t *name);
static ngx_http_agent_draft_t *ngx_http_agent_registry_add(
    ngx_http_agent_registry_t *registry, ngx_str_t *name, ngx_log_t *log);
static ngx_int_t ngx_http_agent_registry_first(
    ngx_http_agent_registry_t *registry, ngx_http_agent_draft_t *draft,
    ngx_http_agent_def_error_t *error);
static void ngx_http_agent_registry_list(ngx_http_agent_registry_t *registry,
    ngx_log_t *log);
static ngx_int_t ngx_http_agent_registry_entry(
    ngx_http_agent_registry_t *registry, ngx_dir_t *dir, ngx_str_t *name);
static void ngx_http_agent_registry_cleanup(void *data);

static void ngx_http_agent_registry_timer(ngx_event_t *ev);
static void ngx_http_agent_registry_look(ngx_http_agent_registry_t *registry,
    ngx_log_t *log);
static void ngx_http_agent_registry_look_draft(
    ngx_http_agent_registry_t *registry, ngx_http_agent_draft_t *draft,
    ngx_log_t *log);
static void ngx_http_agent_registry_look_schemas(
    ngx_http_agent_registry_t *registry);
static void ngx_http_agent_registry_gone(ngx_http_agent_registry_t *registry,
    ngx_http_agent_draft_t *draft, ngx_log_t *log);
static void ngx_http_agent_registry_compile(
    ngx_http_agent_registry_t *registry, ngx_http_agent_draft_t *draft,
    ngx_log_t *log);
static ngx_uint_t ngx_http_agent_registry_moved(
    ngx_http_agent_registry_t *registry, ngx_http_agent_draft_t *draft);
static ngx_uint_t ngx_http_agent_registry_differs(agt_dir_print_t *a,
    agt_dir_print_t *b);
static void ngx_http_agent_registry_reach(ngx_cycle_t *cycle,
    ngx_http_agent_registry_t *registry);
static ngx_uint_t ngx_http_agent_registry_level(ngx_uint_t level);


#define ngx_http_agent_registry_root(registry)                                \
    ((char *) (registry)->amcf->root.data)


ngx_int_t
ngx_http_agent_registry_create(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_agent_registry_t  *registry;

    registry = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_registry_t));
    if (registry == NULL) {
        return NGX_ERROR;
    }

    registry->amcf = amcf;
    registry->pool = cf->pool;
    registry->fd = open((char *) amcf->drafts.data,
                        O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    amcf->root = amcf->drafts;

    ngx_rbtree_init(&registry->tree, &registry->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&registry->drafts);
    ngx_queue_init(&registry->ready);

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_agent_registry_cleanup;
    cln->data = registry;

    amcf->registry = registry;

    return NGX_OK;
}


static void
ngx_http_agent_registry_cleanup(void *data)
{
    ngx_http_agent_registry_t  *registry = data;

    ngx_queue_t             *q;
    ngx_http_agent_draft_t  *draft;

    for (q = ngx_queue_head(&registry->drafts);
         q != ngx_queue_sentinel(&registry->drafts);
         q = ngx_queue_next(q))
    {
        draft = ngx_queue_data(q, ngx_http_agent_draft_t, queue);

        if (draft->def) {
            ngx_http_agent_def_release(draft->def);
            draft->def = NULL;
        }
    }

    if (registry->fd != -1) {
        (void) close(registry->fd);
        registry->fd = -1;
    }
}


ngx_int_t
ngx_http_agent_registry_require(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf, ngx_http_agent_loc_conf_t *alcf)
{
    ngx_http_agent_draft_t      *draft;
    ngx_http_agent_registry_t   *registry;
    ngx_http_agent_def_error_t   error;

    registry = amcf->registry;

    draft = ngx_http_agent_registry_find(registry, &alcf->agent_name);

    if (draft) {
        return NGX_OK;
    }

    draft = ngx_http_agent_registry_add(registry, &alcf->agent_name, cf->log);
    if (draft == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_agent_registry_first(registry, draft, &error) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%*s in %s:%ui",
                      error.len, error.data, alcf->file, alcf->line);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_agent_registry_require_all(ngx_conf_t *cf,
    ngx_http_agent_main_conf_t *amcf)
{
    ngx_queue_t                 *q;
    ngx_http_agent_draft_t      *draft;
    ngx_http_agent_registry_t   *registry;
    ngx_http_agent_def_error_t   error;

    registry = amcf->registry;
    registry->dynamic = 1;

    ngx_http_agent_registry_list(registry, cf->log);

    for (q = ngx_queue_head(&registry->drafts);
         q != ngx_queue_sentinel(&registry->drafts);
         q = ngx_queue_next(q))
    {
        draft = ngx_queue_data(q, ngx_http_agent_draft_t, queue);

        if (draft->compiled) {
            continue;
        }

        if (ngx_http_agent_registry_first(registry, draft, &error) != NGX_OK) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0, "%*s",
                          error.len, error.data);
        }
    }

    return NGX_OK;
}


static ngx_http_agent_draft_t *
ngx_http_agent_registry_find(ngx_http_agent_registry_t *registry,
    ngx_str_t *name)
{
    uint32_t  hash;

    hash = ngx_crc32_short(name->data, name->len);

    return (ngx_http_agent_draft_t *)
               ngx_str_rbtree_lookup(&registry->tree, name, hash);
}


static ngx_http_agent_draft_t *
ngx_http_agent_registry_add(ngx_http_agent_registry_t *registry,
    ngx_str_t *name, ngx_log_t *log)
{
    ngx_http_agent_draft_t  *draft;

    if (registry->n == NGX_HTTP_AGENT_DRAFTS_MAX) {

        if (!registry->full) {
            registry->full = 1;
            ngx_log_error(ngx_http_agent_registry_level(NGX_LOG_ERR), log, 0,
                          "agent \"%V\": more than %d drafts, "
                          "no new one is served", name,
                          NGX_HTTP_AGENT_DRAFTS_MAX);
        }

        return NULL;
    }

    draft = ngx_pcalloc(registry->pool, sizeof(ngx_http_agent_draft_t));
    if (draft == NULL) {
        return NULL;
    }

    draft->sn.str.data = ngx_pstrdup(registry->pool, name);
    if (draft->sn.str.data == NULL) {
        return NULL;
    }

    draft->sn.str.len = name->len;
    draft->sn.node.key = ngx_crc32_short(name->data, name->len);

    ngx_rbtree_insert(&registry->tree, &draft->sn.node);
    ngx_queue_insert_tail(&registry->drafts, &draft->queue);
    registry->n++;

    return draft;
}


/* configuration: the fingerprint comes before the files, so that a change
   while they are read is seen by the workers */

static ngx_int_t
ngx_http_agent_registry_first(ngx_http_agent_registry_t *registry,
    ngx_http_agent_draft_t *draft, ngx_http_agent_def_error_t *error)
{
    const char  *root;

    root = ngx_http_agent_registry_root(registry);

    if (registry->schemas.generation == 0) {
        registry->schemas.generation = 1;

        (void) agt_dir_schemas_print(root, &registry->schemas.live);
    }

    (void) agt_dir_print(root, ngx_http_agent_agt(draft->sn.str),
                         &draft->tried);

    draft->compiled = 1;
    draft->generation = registry->schemas.generation;
    draft->def = ngx_http_agent_def_compile(registry->amcf, &draft->sn.str,
                                            error);

    return draft->def ? NGX_OK : NGX_DECLINED;
}


/* adds the drafts that are not known yet */

static void
ngx_http_agent_registry_list(ngx_http_agent_registry_t *registry,
    ngx_log_t *log)
{
    ngx_dir_t   dir;
    ngx_str_t   name;
    ngx_uint_t  i;

    if (ngx_open_dir(&registry->amcf->root, &dir) == NGX_ERROR) {
        return;
    }

    for (i = 0; i < NGX_HTTP_AGENT_DRAFTS_LISTED; i++) {

        if (ngx_read_dir(&dir) == NGX_ERROR) {
            break;
        }

        if (ngx_http_agent_registry_entry(registry, &dir, &name) == NGX_OK
            && ngx_http_agent_registry_find(registry, &name) == NULL
            && ngx_http_agent_registry_add(registry, &name, log) == NULL)
        {
            break;
        }
    }

    if (ngx_close_dir(&dir) == NGX_ERROR) {
        ngx_log_error(NGX_LOG_CRIT, log, ngx_errno,
                      ngx_close_dir_n " \"%V\" failed",
                      &registry->amcf->drafts);
    }
}


/* NGX_OK where the entry may be a draft; what it is shows when it is read */

static ngx_int_t
ngx_http_agent_registry_entry(ngx_http_agent_registry_t *registry,
    ngx_dir_t *dir, ngx_str_t *name)
{
    name->data = ngx_de_name(dir);
    name->len = ngx_de_namelen(dir);

    if (!agt_spec_name_valid(ngx_http_agent_agt(*name))) {
        return NGX_DECLINED;
    }

#if (NGX_HAVE_D_TYPE)
    if (dir->type && !ngx_de_is_dir(dir)) {
        return NGX_DECLINED;
    }
#endif

    return NGX_OK;
}


ngx_http_agent_def_t *
ngx_http_agent_registry_draft(ngx_http_agent_main_conf_t *amcf,
    ngx_str_t *name)
{
    ngx_http_agent_draft_t  *draft;

    draft = ngx_http_agent_registry_find(amcf->registry, name);

    if (draft == NULL || draft->def == NULL) {
        return NULL;
    }

    draft->def->refs++;

    return draft->def;
}


/*
 * A worker may not be let through to the drafts by their path, though it may
 * read them: /root/project/agents, say.  Then it goes through the descriptor
 * that the master has opened.
 */

static void
ngx_http_agent_registry_reach(ngx_cycle_t *cycle,
    ngx_http_agent_registry_t *registry)
{
    int                          fd;
    ngx_http_agent_main_conf_t  *amcf;

    static u_char                path[sizeof("/proc/self/fd/") + NGX_INT_T_LEN];

    amcf = registry->amcf;

    fd = open((char *) amcf->drafts.data, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (fd != -1) {
        (void) close(fd);
        return;
    }

    if (ngx_errno != NGX_EACCES || registry->fd == -1) {
        return;
    }

    amcf->root.data = path;
    amcf->root.len = ngx_sprintf(path, "/proc/self/fd/%d%Z", registry->fd)
                     - path - 1;

    ngx_log_error(NGX_LOG_INFO, cycle->log, 0,
                  "agent drafts in \"%V\" are read as \"%V\"", &amcf->drafts,
                  &amcf->root);
}


ngx_int_t
ngx_http_agent_registry_init_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf)
{
    ngx_event_t                *ev;
    ngx_http_agent_registry_t  *registry;

    registry = amcf->registry;

    if (registry->n == 0 && !registry->dynamic) {
        return NGX_OK;
    }

    registry->next = ngx_queue_head(&registry->drafts);

    ngx_http_agent_registry_reach(cycle, registry);

    ev = &registry->timer;

    ev->handler = ngx_http_agent_registry_timer;
    ev->data = registry;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, NGX_HTTP_AGENT_DRAFTS_ROUND);

    return NGX_OK;
}


void
ngx_http_agent_registry_exit_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf)
{
    if (amcf->registry->timer.timer_set) {
        ngx_del_timer(&amcf->registry->timer);
    }
}


static void
ngx_http_agent_registry_timer(ngx_event_t *ev)
{
    ngx_msec_t                  next;
    ngx_queue_t                *q;
    ngx_http_agent_draft_t     *draft;
    ngx_http_agent_registry_t  *registry;

    if (ngx_exiting) {
        return;
    }

    registry = ev->data;

    if (ngx_queue_empty(&registry->ready)) {
        ngx_http_agent_registry_look(registry, ev->log);

    } else {
        q = ngx_queue_head(&registry->ready);
        draft = ngx_queue_data(q, ngx_http_agent_draft_t, ready);

        ngx_queue_remove(q);
        draft->waiting = 0;

        ngx_http_agent_registry_compile(registry, draft, ev->log);
    }

    if (ngx_queue_empty(&registry->ready)) {
        next = NGX_HTTP_AGENT_DRAFTS_ROUND
               / (registry->n / NGX_HTTP_AGENT_DRAFTS_SLICE + 1);

    } else {
        next = NGX_HTTP_AGENT_DRAFTS_BUSY;
    }

    ngx_add_timer(ev, next);
}


/* a slice of the drafts; once in a round at what they have in common */

static void
ngx_http_agent_registry_look(ngx_http_agent_registry_t *registry,
    ngx_log_t *log)
{
    ngx_uint_t               i;
    ngx_http_agent_draft_t  *draft;

    if (registry->next == ngx_queue_head(&registry->drafts)) {
        ngx_http_agent_registry_look_schemas(registry);

        if (registry->dynamic) {
            ngx_http_agent_registry_list(registry, log);
            registry->next = ngx_queue_head(&registry->drafts);
        }
    }

    for (i = 0; i < NGX_HTTP_AGENT_DRAFTS_SLICE; i++) {

        if (registry->next == ngx_queue_sentinel(&registry->drafts)) {
            registry->next = ngx_queue_head(&registry->drafts);
            return;
        }

        draft = ngx_queue_data(registry->next, ngx_http_agent_draft_t, queue);
        registry->next = ngx_queue_next(registry->next);

        ngx_http_agent_registry_look_draft(registry, draft, log);
    }
}


static void
ngx_http_agent_registry_look_draft(ngx_http_agent_registry_t *registry,
    ngx_http_agent_draft_t *draft, ngx_log_t *log)
{
    int              rc;
    ngx_uint_t       still;
    agt_dir_print_t  print;

    if (draft->waiting) {
        return;
    }

    rc = agt_dir_print(ngx_http_agent_registry_root(registry),
                       ngx_http_agent_agt(draft->sn.str), &print);

    if (rc != AGT_OK) {
        draft->settling = 0;

        if (rc == AGT_DECLINED) {
            ngx_http_agent_registry_gone(registry, draft, log);
        }

        return;
    }

    draft->gone = 0;

    if (draft->compiled
        && !ngx_http_agent_registry_differs(&print, &draft->tried))
    {
        draft->settling = 0;
        still = 1;

        if (draft->generation == registry->schemas.generation) {
            return;
        }

    } else {
        still = draft->settling
                && !ngx_http_agent_registry_differs(&print, &draft->seen);
        draft->settling = 1;
    }

    draft->seen = print;

    if (still && !registry->schemas.settling) {
        draft->waiting = 1;
        ngx_queue_insert_tail(&registry->ready, &draft->ready);
    }
}


static void
ngx_http_agent_registry_look_schemas(ngx_http_agent_registry_t *registry)
{
    agt_dir_print_t            print;
    ngx_http_agent_schemas_t  *schemas;

    schemas = &registry->schemas;

    if (agt_dir_schemas_print(ngx_http_agent_registry_root(registry), &print)
        != AGT_OK)
    {
        return;
    }

    if (!ngx_http_agent_registry_differs(&print, &schemas->live)) {
        schemas->settling = 0;
        return;
    }

    if (schemas->settling
        && !ngx_http_agent_registry_differs(&print, &schemas->seen))
    {
        schemas->settling = 0;
        schemas->live = print;
        schemas->generation++;
        return;
    }

    schemas->settling = 1;
    schemas->seen = print;
}


/* also where the master could look, and a worker's user may not */

static void
ngx_http_agent_registry_gone(ngx_http_agent_registry_t *registry,
    ngx_http_agent_draft_t *draft, ngx_log_t *log)
{
    u_char           path[NGX_MAX_PATH];
    ngx_err_t        err;
    ngx_file_info_t  fi;

    if (draft->gone || draft->def == NULL) {
        return;
    }

    draft->gone = 1;

    (void) ngx_snprintf(path, sizeof(path) - 1, "%V/%V%Z",
                        &registry->amcf->drafts, &draft->sn.str);
    path[sizeof(path) - 1] = '\0';

    err = (ngx_file_info(path, &fi) == NGX_FILE_ERROR) ? ngx_errno
                                                        : NGX_EACCES;

    ngx_log_error(ngx_http_agent_registry_level(NGX_LOG_ERR), log, err,
                  "agent \"%V\": \"%s\" can not be read, what was read before "
                  "is served on", &draft->sn.str, path);
}


static void
ngx_http_agent_registry_compile(ngx_http_agent_registry_t *registry,
    ngx_http_agent_draft_t *draft, ngx_log_t *log)
{
    ngx_http_agent_def_t        *def;
    ngx_http_agent_def_error_t   error;

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, log, 0,
                   "agent draft compile: \"%V\"", &draft->sn.str);

    def = ngx_http_agent_def_compile(registry->amcf, &draft->sn.str, &error);

    if (ngx_http_agent_registry_moved(registry, draft)) {

        if (def) {
            ngx_http_agent_def_release(def);
        }

        draft->settling = 0;
        return;
    }

    draft->compiled = 1;
    draft->settling = 0;
    draft->tried = draft->seen;
    draft->generation = registry->schemas.generation;

    if (def == NULL) {
        ngx_log_error(ngx_http_agent_registry_level(NGX_LOG_ERR), log, 0,
                      "%*s%s", error.len, error.data,
                      draft->def ? "; what was read before is served on" : "");
        return;
    }

    /* runs that have the old one keep it by their references */

    if (draft->def) {
        ngx_http_agent_def_release(draft->def);
    }

    draft->def = def;

    ngx_log_error(ngx_http_agent_registry_level(NGX_LOG_NOTICE), log, 0,
                  "agent \"%V\": draft is live, digest %*s",
                  &draft->sn.str, (size_t) 8, def->digest);
}


/* whether something has changed while it was read */

static ngx_uint_t
ngx_http_agent_registry_moved(ngx_http_agent_registry_t *registry,
    ngx_http_agent_draft_t *draft)
{
    char             *root;
    agt_dir_print_t   print, schemas;

    root = ngx_http_agent_registry_root(registry);

    return agt_dir_print(root, ngx_http_agent_agt(draft->sn.str), &print)
               != AGT_OK
           || agt_dir_schemas_print(root, &schemas) != AGT_OK
           || ngx_http_agent_registry_differs(&print, &draft->seen)
           || ngx_http_agent_registry_differs(&schemas,
                                              &registry->schemas.live);
}


static ngx_uint_t
ngx_http_agent_registry_differs(agt_dir_print_t *a, agt_dir_print_t *b)
{
    return a->a != b->a || a->b != b->b;
}


/* all workers see the same: one of them tells, for the others it is detail */

static ngx_uint_t
ngx_http_agent_registry_level(ngx_uint_t level)
{
    return ngx_process == NGX_PROCESS_WORKER && ngx_worker != 0 ? NGX_LOG_INFO
                                                                : level;
}
