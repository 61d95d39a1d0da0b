
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The zone "agent".  Its layout:
 *
 *     header      magic, layout version, size; names of providers
 *     slots       one of a worker: its owner, and what it has in flight
 *
 * A worker writes to its own slot alone, so a count needs no lock, and what a
 * worker held when it was killed is in one place.  Every worker looks twice a
 * second for slots whose owner is gone and empties them.
 *
 * The owner of a slot is one word, of the process's number and the time it was
 * started: a process that got a dead one's number is another.  One word, so
 * that compare-and-set settles who claims a slot and who empties it.  Who
 * empties a slot owns it meanwhile: killed at that, it leaves a slot like any
 * other.
 *
 * A reload keeps the zone, where size and module are the same; providers are
 * found by their names then.  A module that was replaced on disk, a new size,
 * and a binary upgrade begin with an empty zone, while old workers count in
 * the old one until they have left.
 */


#include "ngx_http_agent.h"

#include <signal.h>

#include "agt_proc.h"


#define NGX_HTTP_AGENT_SHM_SIZE       (16 * 1024 * 1024)
#define NGX_HTTP_AGENT_SHM_MIN        (1024 * 1024)

#define NGX_HTTP_AGENT_SHM_MAGIC      0x61677431      /* "agt1" */

/* moves with every change of the structures below */

#define NGX_HTTP_AGENT_SHM_LAYOUT     1

/* workers of a machine with many processors, twice while a reload lasts;
   those beyond work too, see ngx_http_agent_shm_claim() */

#define NGX_HTTP_AGENT_SHM_SLOTS      256

#define NGX_HTTP_AGENT_SHM_NAME       64      /* names are shorter: 63 */

#define NGX_HTTP_AGENT_SHM_INTERVAL   500

/* Linux numbers processes up to 2^22 */

#define NGX_HTTP_AGENT_SHM_PID_BITS   22
#define NGX_HTTP_AGENT_SHM_PID_MASK   ((1 << NGX_HTTP_AGENT_SHM_PID_BITS) - 1)


/* a multiple of a cache line, so that no two workers write to one */

typedef struct {
    ngx_atomic_t                 owner;         /* 0: free */
    ngx_atomic_t                 generation;    /* of the claim */
    ngx_atomic_t                 reserved[6];

    /* by provider->slot */
    ngx_atomic_t                 in_flight[NGX_HTTP_AGENT_PROVIDERS_MAX];
} ngx_http_agent_slot_t;


/* written by the master, while it reads a configuration */

typedef struct {
    ngx_uint_t                   epoch;         /* of the last configuration
                                                   that had it; 0: free */
    size_t                       len;
    u_char                       name[NGX_HTTP_AGENT_SHM_NAME];
} ngx_http_agent_shm_provider_t;


typedef struct {
    ngx_uint_t                   magic;
    ngx_uint_t                   layout;
    size_t                       size;          /* of this structure */
    ngx_uint_t                   epoch;         /* configurations so far */
    ngx_atomic_t                 generation;    /* claims so far */
    ngx_atomic_t                 used;          /* no slot from here on ever
                                                   was claimed */
    ngx_uint_t                   reserved[2];   /* slots begin with a line */

    ngx_http_agent_shm_provider_t
                                 providers[NGX_HTTP_AGENT_PROVIDERS_MAX];
    ngx_http_agent_slot_t        slots[NGX_HTTP_AGENT_SHM_SLOTS];
} ngx_http_agent_shm_header_t;


/* zone->data: a cycle's own; slot and self are a worker's */

typedef struct {
    ngx_http_agent_main_conf_t   *amcf;
    ngx_http_agent_shm_header_t  *header;
    ngx_http_agent_slot_t        *slot;
    ngx_http_agent_slot_t         spare;        /* where no slot is free */
    ngx_atomic_uint_t             self;
} ngx_http_agent_shm_t;


static ngx_int_t ngx_http_agent_shm_init_zone(ngx_shm_zone_t *zone,
    void *data);
static ngx_int_t ngx_http_agent_shm_header(ngx_shm_zone_t *zone,
    ngx_http_agent_shm_t *shm);
static void ngx_http_agent_shm_names(ngx_http_agent_shm_t *shm);
static ngx_http_agent_shm_provider_t *ngx_http_agent_shm_name(
    ngx_http_agent_shm_header_t *header, ngx_str_t *name);
static ngx_atomic_uint_t ngx_http_agent_shm_self(void);
static ngx_int_t ngx_http_agent_shm_proc(ngx_pid_t pid, agt_proc_t *proc);
static void ngx_http_agent_shm_claim(ngx_http_agent_shm_t *shm);
static void ngx_http_agent_shm_raise(ngx_atomic_t *used, ngx_uint_t n);
static void ngx_http_agent_shm_sweep(ngx_http_agent_shm_t *shm);
static ngx_uint_t ngx_http_agent_shm_dead(ngx_atomic_uint_t owner);
static void ngx_http_agent_shm_empty(ngx_http_agent_slot_t *slot);
static void ngx_http_agent_shm_handler(ngx_event_t *ev);
static ngx_uint_t ngx_http_agent_shm_sum(ngx_http_agent_shm_t *shm,
    ngx_uint_t n);


static ngx_str_t         ngx_http_agent_shm_zone = ngx_string("agent");

static ngx_event_t       ngx_http_agent_shm_event;
static ngx_connection_t  ngx_http_agent_shm_dumb;


/* agent_zone size; */

char *
ngx_http_agent_shm_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_agent_main_conf_t  *amcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    if (amcf->zone_size != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size \"%V\" in \"agent_zone\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (size < NGX_HTTP_AGENT_SHM_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "size \"%V\" in \"agent_zone\" is too small, it "
                           "must be at least 1m", &value[1]);
        return NGX_CONF_ERROR;
    }

    amcf->zone_size = size;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_agent_shm_create(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf)
{
    ngx_shm_zone_t        *zone;
    ngx_http_agent_shm_t  *shm;

    if (amcf->zone_size == NGX_CONF_UNSET) {
        amcf->zone_size = NGX_HTTP_AGENT_SHM_SIZE;
    }

    shm = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_shm_t));
    if (shm == NULL) {
        return NGX_ERROR;
    }

    shm->amcf = amcf;

    zone = ngx_shared_memory_add(cf, &ngx_http_agent_shm_zone,
                                 amcf->zone_size, &ngx_http_agent_module);
    if (zone == NULL) {
        return NGX_ERROR;
    }

    zone->init = ngx_http_agent_shm_init_zone;
    zone->data = shm;

    amcf->zone = zone;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_shm_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_agent_shm_t  *oshm = data;

    ngx_slab_pool_t       *shpool;
    ngx_http_agent_shm_t  *shm;

    shm = zone->data;
    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (oshm) {
        shm->header = oshm->header;

    } else if (zone->shm.exists) {
        shm->header = shpool->data;

    } else if (ngx_http_agent_shm_header(zone, shm) != NGX_OK) {
        return NGX_ERROR;
    }

    /*
     * nginx gives a zone to the same module only, so this can't be another
     * layout's.  If it ever is, the zone can't be made anew either: workers
     * of the old configuration use it.
     */

    if (shm->header->magic != NGX_HTTP_AGENT_SHM_MAGIC
        || shm->header->layout != NGX_HTTP_AGENT_SHM_LAYOUT
        || shm->header->size != sizeof(ngx_http_agent_shm_header_t))
    {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "zone \"%V\" has layout %ui and this module has %d: "
                      "change the size of \"agent_zone\", or restart nginx",
                      &zone->shm.name, shm->header->layout,
                      NGX_HTTP_AGENT_SHM_LAYOUT);
        return NGX_ERROR;
    }

    ngx_http_agent_shm_names(shm);

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_shm_header(ngx_shm_zone_t *zone, ngx_http_agent_shm_t *shm)
{
    size_t                        len;
    ngx_slab_pool_t              *shpool;
    ngx_http_agent_shm_header_t  *header;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    header = ngx_slab_calloc(shpool, sizeof(ngx_http_agent_shm_header_t));
    if (header == NULL) {
        return NGX_ERROR;
    }

    len = sizeof(" in zone \"\"") + zone->shm.name.len;

    shpool->log_ctx = ngx_slab_alloc(shpool, len);
    if (shpool->log_ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(shpool->log_ctx, " in zone \"%V\"%Z", &zone->shm.name);

    /* a full zone is no error: what is only kept in it makes room */

    shpool->log_nomem = 0;

    header->magic = NGX_HTTP_AGENT_SHM_MAGIC;
    header->layout = NGX_HTTP_AGENT_SHM_LAYOUT;
    header->size = sizeof(ngx_http_agent_shm_header_t);

    shpool->data = header;
    shm->header = header;

    return NGX_OK;
}


/* a provider keeps its place over reloads, so that old and new workers count
   together */

static void
ngx_http_agent_shm_names(ngx_http_agent_shm_t *shm)
{
    ngx_uint_t                      i;
    ngx_http_agent_provider_t     **providers;
    ngx_http_agent_shm_header_t    *header;
    ngx_http_agent_shm_provider_t  *entry;

    header = shm->header;
    header->epoch++;

    providers = shm->amcf->providers.elts;

    /* those that have a place first: the others may take what is left over */

    for (i = 0; i < shm->amcf->providers.nelts; i++) {
        entry = ngx_http_agent_shm_name(header, &providers[i]->name);

        if (entry) {
            entry->epoch = header->epoch;
            providers[i]->slot = entry - header->providers;

        } else {
            providers[i]->slot = NGX_HTTP_AGENT_PROVIDERS_MAX;
        }
    }

    for (i = 0; i < shm->amcf->providers.nelts; i++) {

        if (providers[i]->slot != NGX_HTTP_AGENT_PROVIDERS_MAX) {
            continue;
        }

        entry = ngx_http_agent_shm_name(header, NULL);

        /* entries are as many as providers may be: there is one */

        entry->epoch = header->epoch;
        entry->len = providers[i]->name.len;
        ngx_memcpy(entry->name, providers[i]->name.data, entry->len);

        providers[i]->slot = entry - header->providers;
    }
}


/*
 * The entry of the name; or without one, the entry to take for a new name:
 * free, else of the provider that was configured the longest ago.  Nothing but
 * its last requests could still be counted there.
 */

static ngx_http_agent_shm_provider_t *
ngx_http_agent_shm_name(ngx_http_agent_shm_header_t *header, ngx_str_t *name)
{
    ngx_uint_t                      i;
    ngx_http_agent_shm_provider_t  *entry, *oldest;

    oldest = NULL;

    for (i = 0; i < NGX_HTTP_AGENT_PROVIDERS_MAX; i++) {

        entry = &header->providers[i];

        if (name && entry->epoch && entry->len == name->len
            && ngx_memcmp(entry->name, name->data, name->len) == 0)
        {
            return entry;
        }

        if (oldest == NULL || entry->epoch < oldest->epoch) {
            oldest = entry;
        }
    }

    return name ? NULL : oldest;
}


ngx_int_t
ngx_http_agent_shm_init_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf)
{
    ngx_event_t  *ev;

    if (amcf->zone == NULL) {
        return NGX_OK;
    }

    ngx_http_agent_shm_claim(amcf->zone->data);

    ngx_http_agent_shm_dumb.fd = (ngx_socket_t) -1;

    ev = &ngx_http_agent_shm_event;

    ev->handler = ngx_http_agent_shm_handler;
    ev->data = &ngx_http_agent_shm_dumb;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, NGX_HTTP_AGENT_SHM_INTERVAL);

    return NGX_OK;
}


void
ngx_http_agent_shm_exit_process(ngx_cycle_t *cycle,
    ngx_http_agent_main_conf_t *amcf)
{
    ngx_http_agent_shm_t   *shm;
    ngx_http_agent_slot_t  *slot;

    if (amcf->zone == NULL) {
        return;
    }

    shm = amcf->zone->data;
    slot = shm->slot;
    shm->slot = NULL;

    if (slot && slot != &shm->spare) {
        ngx_http_agent_shm_empty(slot);
    }
}


/* the owner's word of this process */

static ngx_atomic_uint_t
ngx_http_agent_shm_self(void)
{
    agt_proc_t         proc;
    ngx_atomic_uint_t  started;

    started = 0;

    if (ngx_http_agent_shm_proc(ngx_pid, &proc) == NGX_OK) {
        started = (ngx_atomic_uint_t) proc.started;
    }

    return (started << NGX_HTTP_AGENT_SHM_PID_BITS)
           | (ngx_pid & NGX_HTTP_AGENT_SHM_PID_MASK);
}


static ngx_int_t
ngx_http_agent_shm_proc(ngx_pid_t pid, agt_proc_t *proc)
{
#if (NGX_LINUX)

    u_char    path[sizeof("/proc//stat") + NGX_INT64_LEN], buf[1024];
    ssize_t   n;
    ngx_fd_t  fd;

    ngx_sprintf(path, "/proc/%P/stat%Z", pid);

    fd = ngx_open_file(path, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));

    (void) ngx_close_file(fd);

    return agt_proc_parse(agt_str_make((char *) buf, n > 0 ? n : 0), proc);

#else

    return NGX_DECLINED;

#endif
}


/* a worker without a slot counts for itself: its limits are its own then */

static void
ngx_http_agent_shm_claim(ngx_http_agent_shm_t *shm)
{
    ngx_uint_t                    i;
    ngx_http_agent_slot_t        *slot;
    ngx_http_agent_shm_header_t  *header;

    header = shm->header;
    shm->self = ngx_http_agent_shm_self();

    ngx_http_agent_shm_sweep(shm);

    for (i = 0; i < NGX_HTTP_AGENT_SHM_SLOTS; i++) {

        slot = &header->slots[i];

        if (ngx_atomic_cmp_set(&slot->owner, 0, shm->self)) {
            slot->generation = ngx_atomic_fetch_add(&header->generation, 1)
                               + 1;
            ngx_http_agent_shm_raise(&header->used, i + 1);

            shm->slot = slot;

            ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                           "agent shm claim: n:%ui g:%uA", i,
                           slot->generation);
            return;
        }
    }

    shm->slot = &shm->spare;

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "all %d worker slots of zone \"%V\" are taken, this worker "
                  "counts for itself", NGX_HTTP_AGENT_SHM_SLOTS,
                  &ngx_http_agent_shm_zone);
}


static void
ngx_http_agent_shm_raise(ngx_atomic_t *used, ngx_uint_t n)
{
    ngx_atomic_uint_t  old;

    for (old = *used; old < n; old = *used) {
        if (ngx_atomic_cmp_set(used, old, n)) {
            break;
        }
    }
}


static void
ngx_http_agent_shm_sweep(ngx_http_agent_shm_t *shm)
{
    ngx_uint_t                    i;
    ngx_atomic_uint_t             owner;
    ngx_http_agent_slot_t        *slot;
    ngx_http_agent_shm_header_t  *header;

    header = shm->header;

    for (i = 0; i < header->used; i++) {

        slot = &header->slots[i];
        owner = slot->owner;

        if (owner == 0 || owner == shm->self
            || !ngx_http_agent_shm_dead(owner)
            || !ngx_atomic_cmp_set(&slot->owner, owner, shm->self))
        {
            continue;
        }

        ngx_http_agent_shm_empty(slot);

        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "agent worker %P is gone, what it held is free",
                      (ngx_pid_t) (owner & NGX_HTTP_AGENT_SHM_PID_MASK));
    }
}


static ngx_uint_t
ngx_http_agent_shm_dead(ngx_atomic_uint_t owner)
{
    ngx_pid_t          pid;
    agt_proc_t         proc;
    ngx_atomic_uint_t  started;

    pid = (ngx_pid_t) (owner & NGX_HTTP_AGENT_SHM_PID_MASK);
    started = owner >> NGX_HTTP_AGENT_SHM_PID_BITS;

    if (kill(pid, 0) == -1 && ngx_errno == NGX_ESRCH) {
        return 1;
    }

    if (started == 0 || ngx_http_agent_shm_proc(pid, &proc) != NGX_OK) {
        return 0;
    }

    /* the word keeps as many bits of the time as it has */

    return proc.state == 'Z' || proc.state == 'X'
           || ((ngx_atomic_uint_t) proc.started
               << NGX_HTTP_AGENT_SHM_PID_BITS)
              != (started << NGX_HTTP_AGENT_SHM_PID_BITS);
}


/* of the caller's own slot: counts first, the slot is another's then */

static void
ngx_http_agent_shm_empty(ngx_http_agent_slot_t *slot)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_AGENT_PROVIDERS_MAX; i++) {
        slot->in_flight[i] = 0;
    }

    ngx_memory_barrier();

    slot->owner = 0;
}


static void
ngx_http_agent_shm_handler(ngx_event_t *ev)
{
    ngx_http_agent_main_conf_t  *amcf;

    ev->log = ngx_cycle->log;

    amcf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_http_agent_module);

    if (amcf && amcf->zone) {
        ngx_http_agent_shm_sweep(amcf->zone->data);
    }

    ngx_add_timer(ev, NGX_HTTP_AGENT_SHM_INTERVAL);
}


/*
 * A place is taken first and counted then: of two workers that race for the
 * last one, at least one sees both and gives its own back.  If both did, one
 * may still have it: they look again, a few times.
 */

ngx_int_t
ngx_http_agent_shm_acquire(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider)
{
    ngx_uint_t             i, max;
    ngx_atomic_t          *in_flight;
    ngx_http_agent_shm_t  *shm;

    shm = amcf->zone->data;

    max = provider->max_concurrency;
    in_flight = &shm->slot->in_flight[provider->slot];

    for (i = 0; i < 3; i++) {

        (void) ngx_atomic_fetch_add(in_flight, 1);

        if (max == 0 || ngx_http_agent_shm_sum(shm, provider->slot) <= max) {
            return NGX_OK;
        }

        (void) ngx_atomic_fetch_add(in_flight, -1);

        if (ngx_http_agent_shm_sum(shm, provider->slot) >= max) {
            break;
        }
    }

    ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "agent shm acquire: \"%V\" max:%ui", &provider->name, max);

    return NGX_BUSY;
}


void
ngx_http_agent_shm_release(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider)
{
    ngx_atomic_t          *in_flight;
    ngx_http_agent_shm_t  *shm;

    shm = amcf->zone->data;

    /* the worker leaves, and has given back all it held */

    if (shm->slot == NULL) {
        return;
    }

    in_flight = &shm->slot->in_flight[provider->slot];

    if (*in_flight == 0) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "agent provider \"%V\": a place that was not taken is "
                      "given back", &provider->name);
        return;
    }

    (void) ngx_atomic_fetch_add(in_flight, -1);
}


ngx_uint_t
ngx_http_agent_shm_in_flight(ngx_http_agent_main_conf_t *amcf,
    ngx_http_agent_provider_t *provider)
{
    return ngx_http_agent_shm_sum(amcf->zone->data, provider->slot);
}


static ngx_uint_t
ngx_http_agent_shm_sum(ngx_http_agent_shm_t *shm, ngx_uint_t n)
{
    ngx_uint_t                    i, sum;
    ngx_http_agent_shm_header_t  *header;

    header = shm->header;
    sum = 0;

    for (i = 0; i < header->used; i++) {
        sum += header->slots[i].in_flight[n];
    }

    if (shm->slot == &shm->spare) {
        sum += shm->spare.in_flight[n];
    }

    return sum;
}
