
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Records are composed right in their file's buffer.  The first one of a turn
 * of the event loop posts an event, and that writes out what the turn brought
 * in: a record is on disk at once where there are few, and under load one
 * write() takes many.  Between turns nothing is held back, so reopened files,
 * reloads and a worker's exit find the buffers empty, but for what a closing
 * connection may still log.
 *
 * A file whose end is a partial line, since a disk was full, gets a line end
 * before the next line, whichever worker writes that: its inode is kept in
 * memory that the workers share.
 */


#include "ngx_http_agent.h"


/* a record always fits behind what is written out at the latest */

#define NGX_HTTP_AGENT_LOG_FLUSH     (64 * 1024)
#define NGX_HTTP_AGENT_LOG_BUFFER    (NGX_HTTP_AGENT_LOG_FLUSH                \
                                      + NGX_HTTP_AGENT_RECORD_MAX)

/* what common syslog servers take in one message, the header included */

#define NGX_HTTP_AGENT_LOG_SYSLOG    (8 * 1024)

#define NGX_HTTP_AGENT_LOG_TARGETS   256     /* their inodes fit in a page */
#define NGX_HTTP_AGENT_LOG_QUIET     59      /* seconds between error lines */
#define NGX_HTTP_AGENT_LOG_SAMPLES   1000000


/* where records go; locations that name the same file share it */

typedef struct {
    ngx_queue_t                   queue;     /* while something is buffered */
    ngx_open_file_t              *file;
    ngx_syslog_peer_t            *peer;      /* NULL: the file */
    u_char                       *start;     /* behind room for a line end */
    u_char                       *pos;
    ngx_uint_t                    lines;
    ngx_atomic_t                 *torn;      /* inode; shared */

    ngx_uint_t                    dropped;   /* lines, since last told */
    time_t                        told;
    time_t                        failed;    /* not tried again in it */
} ngx_http_agent_log_target_t;


struct ngx_http_agent_log_s {
    ngx_http_agent_log_target_t  *target;
    ngx_http_complex_value_t     *filter;
    ngx_uint_t                    body;
    ngx_uint_t                    sample;    /* of a million */
};


typedef char *(*ngx_http_agent_log_parameter_pt)(ngx_conf_t *cf,
    ngx_http_agent_log_t *log, ngx_str_t *value);


typedef struct {
    ngx_str_t                         name;
    ngx_http_agent_log_parameter_pt   handler;
} ngx_http_agent_log_parameter_t;


static char *ngx_http_agent_log_parameters(ngx_conf_t *cf,
    ngx_http_agent_log_t *log);
static char *ngx_http_agent_log_body(ngx_conf_t *cf,
    ngx_http_agent_log_t *log, ngx_str_t *value);
static char *ngx_http_agent_log_sample(ngx_conf_t *cf,
    ngx_http_agent_log_t *log, ngx_str_t *value);
static char *ngx_http_agent_log_if(ngx_conf_t *cf, ngx_http_agent_log_t *log,
    ngx_str_t *value);
static char *ngx_http_agent_log_file(ngx_conf_t *cf,
    ngx_http_agent_log_t *log, ngx_str_t *path);
static char *ngx_http_agent_log_syslog(ngx_conf_t *cf,
    ngx_http_agent_log_t *log);
static ngx_http_agent_log_target_t *ngx_http_agent_log_target(ngx_conf_t *cf,
    ngx_open_file_t *file);
static ngx_atomic_t *ngx_http_agent_log_shared(ngx_conf_t *cf,
    ngx_array_t *targets);
static void ngx_http_agent_log_unshare(void *data);
static void ngx_http_agent_log_inspect(ngx_http_agent_log_target_t *target,
    ngx_log_t *log);

static ngx_uint_t ngx_http_agent_log_wanted(ngx_http_agent_run_t *run);
static void ngx_http_agent_log_add(ngx_http_agent_run_t *run);
static void ngx_http_agent_log_send(ngx_http_agent_run_t *run);
static void ngx_http_agent_log_posted(ngx_event_t *ev);
static void ngx_http_agent_log_flush(ngx_open_file_t *file, ngx_log_t *log);
static void ngx_http_agent_log_exit(void *data);
static void ngx_http_agent_log_write(ngx_http_agent_log_target_t *target,
    ngx_log_t *log);
static void ngx_http_agent_log_short(ngx_http_agent_log_target_t *target,
    u_char *start, ssize_t n, ngx_uint_t lines, ngx_err_t err, ngx_log_t *log);
static void ngx_http_agent_log_drop(ngx_http_agent_log_target_t *target,
    ngx_uint_t lines, ngx_err_t err, ngx_log_t *log);
static ngx_uint_t ngx_http_agent_log_mend(
    ngx_http_agent_log_target_t *target);
static void ngx_http_agent_log_tear(ngx_http_agent_log_target_t *target);


static ngx_http_agent_log_parameter_t  ngx_http_agent_log_parameter[] = {
    { ngx_string("body="), ngx_http_agent_log_body },
    { ngx_string("sample="), ngx_http_agent_log_sample },
    { ngx_string("if="), ngx_http_agent_log_if },
    { ngx_null_string, NULL }
};


/* the worker's: what has something buffered, and what will write it out */

static ngx_queue_t  ngx_http_agent_log_pending = {
    &ngx_http_agent_log_pending, &ngx_http_agent_log_pending
};

static ngx_event_t  ngx_http_agent_log_event;


/* agent_log path|syslog:...|off [body=] [sample=] [if=]; */

char *
ngx_http_agent_log_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_agent_loc_conf_t  *alcf = conf;

    char                        *rv;
    ngx_str_t                   *value;
    ngx_http_agent_log_t        *log;
    ngx_http_agent_main_conf_t  *amcf;

    if (alcf->log != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        alcf->log = NULL;

        return cf->args->nelts == 2 ? NGX_CONF_OK
                                    : "takes no parameters with \"off\"";
    }

    log = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_log_t));
    if (log == NULL) {
        return NGX_CONF_ERROR;
    }

    log->body = NGX_CONF_UNSET_UINT;
    log->sample = NGX_CONF_UNSET_UINT;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_agent_module);

    if (ngx_http_agent_record_init(cf, amcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_strncmp(value[1].data, "syslog:", 7) == 0) {
        rv = ngx_http_agent_log_syslog(cf, log);

    } else {
        rv = ngx_http_agent_log_file(cf, log, &value[1]);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_agent_log_parameters(cf, log);
    }

    alcf->log = log;

    return rv;
}


static char *
ngx_http_agent_log_parameters(ngx_conf_t *cf, ngx_http_agent_log_t *log)
{
    char                            *rv;
    ngx_str_t                       *value, s;
    ngx_uint_t                       i;
    ngx_http_agent_log_parameter_t  *p;

    value = cf->args->elts;

    for (i = 2; i < cf->args->nelts; i++) {

        for (p = ngx_http_agent_log_parameter; p->name.len; p++) {
            if (ngx_strncmp(value[i].data, p->name.data, p->name.len) == 0) {
                break;
            }
        }

        if (p->name.len == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown parameter \"%V\" of \"agent_log\"",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        s.data = value[i].data + p->name.len;
        s.len = value[i].len - p->name.len;

        rv = p->handler(cf, log, &s);

        if (rv == NGX_CONF_ERROR) {
            return rv;
        }

        if (rv != NGX_CONF_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" of \"agent_log\" %s", &value[i], rv);
            return NGX_CONF_ERROR;
        }
    }

    if (log->body == NGX_CONF_UNSET_UINT) {
        log->body = NGX_HTTP_AGENT_BODY_NONE;
    }

    if (log->sample == NGX_CONF_UNSET_UINT) {
        log->sample = NGX_HTTP_AGENT_LOG_SAMPLES;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_log_body(ngx_conf_t *cf, ngx_http_agent_log_t *log,
    ngx_str_t *value)
{
    if (log->body != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    if (ngx_strcmp(value->data, "none") == 0) {
        log->body = NGX_HTTP_AGENT_BODY_NONE;

    } else if (ngx_strcmp(value->data, "redacted") == 0) {
        log->body = NGX_HTTP_AGENT_BODY_REDACTED;

    } else if (ngx_strcmp(value->data, "full") == 0) {
        log->body = NGX_HTTP_AGENT_BODY_FULL;

    } else {
        return "must be \"none\", \"redacted\" or \"full\"";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_log_sample(ngx_conf_t *cf, ngx_http_agent_log_t *log,
    ngx_str_t *value)
{
    ngx_int_t  sample;

    if (log->sample != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    sample = ngx_atofp(value->data, value->len, 6);

    if (sample == NGX_ERROR || sample > NGX_HTTP_AGENT_LOG_SAMPLES) {
        return "must be a share from 0 to 1, with six decimals at most";
    }

    log->sample = (ngx_uint_t) sample;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_log_if(ngx_conf_t *cf, ngx_http_agent_log_t *log,
    ngx_str_t *value)
{
    ngx_http_compile_complex_value_t  ccv;

    if (log->filter) {
        return "is duplicate";
    }

    if (value->len == 0) {
        return "must be a condition";
    }

    log->filter = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (log->filter == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = log->filter;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_log_syslog(ngx_conf_t *cf, ngx_http_agent_log_t *log)
{
    ngx_syslog_peer_t  *peer;

    peer = ngx_pcalloc(cf->pool, sizeof(ngx_syslog_peer_t));
    if (peer == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_syslog_process_conf(cf, peer) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    /* a server that is away is told of here, with the number of records */

    peer->conn.log_error = NGX_ERROR_INFO;

    log->target = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_log_target_t));
    if (log->target == NULL) {
        return NGX_CONF_ERROR;
    }

    log->target->peer = peer;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_log_file(ngx_conf_t *cf, ngx_http_agent_log_t *log,
    ngx_str_t *path)
{
    ngx_open_file_t  *file;

    if (path->len == 0) {
        return "must name a file, a syslog server, or \"off\"";
    }

    if (ngx_http_script_variables_count(path)) {
        return "takes no variables in the path";
    }

    file = ngx_conf_open_file(cf->cycle, path);
    if (file == NULL) {
        return NGX_CONF_ERROR;
    }

    log->target = ngx_http_agent_log_target(cf, file);

    return log->target ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_http_agent_log_target_t *
ngx_http_agent_log_target(ngx_conf_t *cf, ngx_open_file_t *file)
{
    u_char                        *p;
    ngx_uint_t                     i;
    ngx_pool_cleanup_t            *cln;
    ngx_http_agent_main_conf_t    *amcf;
    ngx_http_agent_log_target_t  **targets, *target;

    amcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_agent_module);
    targets = amcf->logs.elts;

    for (i = 0; i < amcf->logs.nelts; i++) {
        if (targets[i]->file == file) {
            return targets[i];
        }
    }

    target = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_log_target_t));
    if (target == NULL) {
        return NULL;
    }

    p = ngx_palloc(cf->pool, 1 + NGX_HTTP_AGENT_LOG_BUFFER);
    if (p == NULL) {
        return NULL;
    }

    *p++ = LF;

    target->file = file;
    target->start = p;
    target->pos = p;

    target->torn = ngx_http_agent_log_shared(cf, &amcf->logs);
    if (target->torn == NULL) {
        return NULL;
    }

    ngx_http_agent_log_inspect(target, cf->log);

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_agent_log_exit;

    /*
     * "data" is not ours to set: an access_log with the same file takes it
     * for its own, and then brings a flush handler as well.
     */

    if (file->flush == NULL) {
        file->flush = ngx_http_agent_log_flush;
    }

    targets = ngx_array_push(&amcf->logs);
    if (targets == NULL) {
        return NULL;
    }

    *targets = target;

    return target;
}


/* a word for the next target; the first of the page comes with the page */

static ngx_atomic_t *
ngx_http_agent_log_shared(ngx_conf_t *cf, ngx_array_t *targets)
{
    ngx_shm_t                     *shm;
    ngx_pool_cleanup_t            *cln;
    ngx_http_agent_log_target_t  **target;

    if (targets->nelts == NGX_HTTP_AGENT_LOG_TARGETS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "more than %d files in \"agent_log\"",
                           NGX_HTTP_AGENT_LOG_TARGETS);
        return NULL;
    }

    if (targets->nelts) {
        target = targets->elts;
        return target[0]->torn + targets->nelts;
    }

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_shm_t));
    if (cln == NULL) {
        return NULL;
    }

    shm = cln->data;

    ngx_memzero(shm, sizeof(ngx_shm_t));

    shm->size = NGX_HTTP_AGENT_LOG_TARGETS * sizeof(ngx_atomic_t);
    shm->log = cf->cycle->log;
    ngx_str_set(&shm->name, "agent_log");

    if (ngx_shm_alloc(shm) != NGX_OK) {
        return NULL;
    }

    cln->handler = ngx_http_agent_log_unshare;

    return (ngx_atomic_t *) shm->addr;
}


static void
ngx_http_agent_log_unshare(void *data)
{
    ngx_shm_t  *shm = data;

    shm->log = ngx_cycle->log;

    ngx_shm_free(shm);
}


/* what an earlier nginx has left at the end of the file */

static void
ngx_http_agent_log_inspect(ngx_http_agent_log_target_t *target, ngx_log_t *log)
{
    u_char           last;
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  fi;

    /* a pipe would block */

    if (ngx_file_info(target->file->name.data, &fi) == NGX_FILE_ERROR
        || !ngx_is_file(&fi)
        || ngx_file_size(&fi) == 0)
    {
        return;
    }

    fd = ngx_open_file(target->file->name.data, NGX_FILE_RDONLY,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return;
    }

    n = pread(fd, &last, 1, ngx_file_size(&fi) - 1);

    if (n == 1 && last != LF) {
        *target->torn = (ngx_atomic_uint_t) ngx_file_uniq(&fi);
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &target->file->name);
    }
}


ngx_int_t
ngx_http_agent_log_handler(ngx_http_request_t *r)
{
    /* runs of subrequests, as of "mirror", are on record too */

    if (r == r->main) {
        ngx_http_agent_run_find_all(r, ngx_http_agent_log_run);
    }

    return NGX_OK;
}


void
ngx_http_agent_log_run(ngx_http_agent_run_t *run)
{
    if (!run->admitted || run->alcf->log == NULL) {
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, run->request->connection->log, 0,
                   "agent log run: %*s", (size_t) NGX_HTTP_AGENT_ID_LEN,
                   run->id);

    if (!ngx_http_agent_log_wanted(run)) {
        return;
    }

    if (run->alcf->log->target->peer) {
        ngx_http_agent_log_send(run);

    } else {
        ngx_http_agent_log_add(run);
    }
}


/*
 * The sample is drawn by the execution's id, so that whoever else keeps a
 * share of the same executions keeps the same ones.
 */

static ngx_uint_t
ngx_http_agent_log_wanted(ngx_http_agent_run_t *run)
{
    uint64_t               hash;
    ngx_str_t              value;
    ngx_http_agent_log_t  *log;

    log = run->alcf->log;

    if (log->sample < NGX_HTTP_AGENT_LOG_SAMPLES) {
        hash = ngx_murmur_hash2(run->id, NGX_HTTP_AGENT_ID_LEN);

        if ((hash * NGX_HTTP_AGENT_LOG_SAMPLES) >> 32 >= log->sample) {
            return 0;
        }
    }

    if (log->filter == NULL) {
        return 1;
    }

    if (ngx_http_complex_value(run->request, log->filter, &value) != NGX_OK) {
        return 0;
    }

    return value.len != 0 && !(value.len == 1 && value.data[0] == '0');
}


static void
ngx_http_agent_log_add(ngx_http_agent_run_t *run)
{
    agt_buf_t                     out;
    ngx_log_t                    *log;
    ngx_event_t                  *ev;
    ngx_http_agent_log_target_t  *target;

    log = run->request->connection->log;
    target = run->alcf->log->target;

    agt_buf_fixed(&out, (char *) target->pos, NGX_HTTP_AGENT_RECORD_MAX - 1);

    if (ngx_http_agent_record(run, &out, run->alcf->log->body) != NGX_OK) {
        ngx_http_agent_log_drop(target, 1, 0, log);
        return;
    }

    if (target->lines == 0) {
        ngx_queue_insert_tail(&ngx_http_agent_log_pending, &target->queue);
    }

    target->pos += out.len;
    *target->pos++ = LF;
    target->lines++;

    if (target->pos - target->start >= NGX_HTTP_AGENT_LOG_FLUSH) {
        ngx_http_agent_log_write(target, log);
        return;
    }

    ev = &ngx_http_agent_log_event;

    if (!ev->posted) {
        ev->handler = ngx_http_agent_log_posted;
        ev->log = ngx_cycle->log;

        ngx_post_event(ev, &ngx_posted_events);
    }
}


static void
ngx_http_agent_log_send(ngx_http_agent_run_t *run)
{
    u_char                       *msg, *p;
    size_t                        size;
    ssize_t                       n;
    agt_buf_t                     out;
    ngx_log_t                    *log;
    ngx_http_agent_log_target_t  *target;

    log = run->request->connection->log;
    target = run->alcf->log->target;

    if (ngx_time() == target->failed) {
        ngx_http_agent_log_drop(target, 1, 0, log);
        return;
    }

    msg = ngx_pnalloc(run->request->pool, NGX_HTTP_AGENT_LOG_SYSLOG);
    if (msg == NULL) {
        ngx_http_agent_log_drop(target, 1, 0, log);
        return;
    }

    p = ngx_syslog_add_header(target->peer, msg);

    agt_buf_fixed(&out, (char *) p, NGX_HTTP_AGENT_LOG_SYSLOG - (p - msg));

    if (ngx_http_agent_record(run, &out, run->alcf->log->body) != NGX_OK) {
        ngx_http_agent_log_drop(target, 1, 0, log);
        return;
    }

    size = (p - msg) + out.len;

    n = ngx_syslog_send(target->peer, msg, size);

    if (n == NGX_ERROR) {
        target->failed = ngx_time();
    }

    if (n != (ssize_t) size) {
        ngx_http_agent_log_drop(target, 1, 0, log);

    } else if (target->dropped) {
        ngx_http_agent_log_drop(target, 0, 0, log);
    }
}


/* the end of the turn */

static void
ngx_http_agent_log_posted(ngx_event_t *ev)
{
    ngx_log_debug0(NGX_LOG_DEBUG_EVENT, ev->log, 0, "agent log posted");

    ngx_http_agent_log_flush(NULL, ev->log);
}


/* all of them: the file at hand may be an access_log's */

static void
ngx_http_agent_log_flush(ngx_open_file_t *file, ngx_log_t *log)
{
    ngx_queue_t                  *q;
    ngx_http_agent_log_target_t  *target;

    while (!ngx_queue_empty(&ngx_http_agent_log_pending)) {

        q = ngx_queue_head(&ngx_http_agent_log_pending);
        target = ngx_queue_data(q, ngx_http_agent_log_target_t, queue);

        ngx_http_agent_log_write(target, log);
    }
}


static void
ngx_http_agent_log_exit(void *data)
{
    ngx_http_agent_log_flush(NULL, ngx_cycle->log);
}


static void
ngx_http_agent_log_write(ngx_http_agent_log_target_t *target, ngx_log_t *log)
{
    u_char      *start;
    size_t       len;
    ssize_t      n;
    ngx_err_t    err;
    ngx_uint_t   lines;

    start = target->start;
    lines = target->lines;
    len = target->pos - start;

    /* the buffer is free again, whatever comes */

    ngx_queue_remove(&target->queue);
    target->pos = start;
    target->lines = 0;

    if (ngx_time() == target->failed) {

        /* writing to a full file system may take long: once a second */

        ngx_http_agent_log_drop(target, lines, NGX_ENOSPC, log);
        return;
    }

    if (ngx_http_agent_log_mend(target)) {
        start--;
        len++;
    }

    n = ngx_write_fd(target->file->fd, start, len);

    if (n != (ssize_t) len) {
        err = (n == -1) ? ngx_errno : 0;
        ngx_http_agent_log_short(target, start, n, lines, err, log);

    } else if (target->dropped) {
        ngx_http_agent_log_drop(target, 0, 0, log);
    }
}


/* of n bytes that were written, or -1, the last ones may be half a line */

static void
ngx_http_agent_log_short(ngx_http_agent_log_target_t *target, u_char *start,
    ssize_t n, ngx_uint_t lines, ngx_err_t err, ngx_log_t *log)
{
    u_char  *p;

    if (err == NGX_ENOSPC) {
        target->failed = ngx_time();
    }

    if ((n > 0) ? start[n - 1] != LF : start != target->start) {
        ngx_http_agent_log_tear(target);
    }

    for (p = target->start; p < start + n; p++) {
        if (*p == LF) {
            lines--;
        }
    }

    ngx_http_agent_log_drop(target, lines, err, log);
}


static void
ngx_http_agent_log_drop(ngx_http_agent_log_target_t *target, ngx_uint_t lines,
    ngx_err_t err, ngx_log_t *log)
{
    time_t     now;
    ngx_str_t  name = ngx_string("syslog");

    target->dropped += lines;
    now = ngx_time();

    if (now - target->told <= NGX_HTTP_AGENT_LOG_QUIET) {
        return;
    }

    if (target->file) {
        name = target->file->name;
    }

    ngx_log_error(NGX_LOG_CRIT, log, err,
                  "agent log \"%V\": %ui records were not written", &name,
                  target->dropped);

    target->told = now;
    target->dropped = 0;
}


/* whether the file ends in half a line; the one who asks first mends it */

static ngx_uint_t
ngx_http_agent_log_mend(ngx_http_agent_log_target_t *target)
{
    ngx_file_info_t    fi;
    ngx_atomic_uint_t  torn;

    torn = *target->torn;

    /* the file may have been rotated since */

    if (torn == 0
        || ngx_fd_info(target->file->fd, &fi) == NGX_FILE_ERROR
        || (ngx_atomic_uint_t) ngx_file_uniq(&fi) != torn)
    {
        return 0;
    }

    return ngx_atomic_cmp_set(target->torn, torn, 0);
}


static void
ngx_http_agent_log_tear(ngx_http_agent_log_target_t *target)
{
    ngx_file_info_t  fi;

    if (ngx_fd_info(target->file->fd, &fi) != NGX_FILE_ERROR) {
        *target->torn = (ngx_atomic_uint_t) ngx_file_uniq(&fi);
    }
}
