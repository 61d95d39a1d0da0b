
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * A record is composed in place, in a buffer that never grows.  Parts whose
 * size others decide have a share of it each; a part that comes to its end
 * is cut there and the record says so.  The bodies get what is left.
 */


#include "ngx_http_agent.h"

#include "agt_secret.h"
#include "agt_text.h"


#define NGX_HTTP_AGENT_RECORD_END      sizeof(",\"truncated\":true}")

#define NGX_HTTP_AGENT_RECORD_BODIES   3

/* a field of somebody else's words, masked */

#define NGX_HTTP_AGENT_RECORD_TEXT     1024


/* names of members are literals, so that their lengths are known */

#define ngx_http_agent_record_key(rec, name)                                  \
    (void) agt_buf_text((rec)->out, ",\"" name "\":")

#define ngx_http_agent_record_member(put, rec, name, value)                   \
    do {                                                                      \
        ngx_http_agent_record_key(rec, name);                                 \
        put(rec, value);                                                      \
    } while (0)

#define ngx_http_agent_record_str(rec, name, value)                           \
    ngx_http_agent_record_member(ngx_http_agent_record_put_str, rec, name,    \
                                 value)

#define ngx_http_agent_record_name(rec, name, value)                          \
    ngx_http_agent_record_member(ngx_http_agent_record_put_name, rec, name,   \
                                 value)

#define ngx_http_agent_record_int(rec, name, value)                           \
    ngx_http_agent_record_member(ngx_http_agent_record_put_int, rec, name,    \
                                 value)

#define ngx_http_agent_record_text(rec, name, value)                          \
    ngx_http_agent_record_member(ngx_http_agent_record_put_text, rec, name,   \
                                 value)


typedef struct {
    ngx_http_agent_run_t  *run;
    agt_buf_t             *out;
    agt_redact_t           set;
    agt_redact_state_t     state;         /* "cut": the record is truncated */
} ngx_http_agent_record_t;


typedef struct {
    const char            *name;
    const agt_json_t      *doc;           /* NULL: the text is no document */
    ngx_str_t              text;
} ngx_http_agent_record_body_t;


static void ngx_http_agent_record_head(ngx_http_agent_record_t *rec);
static void ngx_http_agent_record_second(time_t sec, u_char *text);
static void ngx_http_agent_record_agent(ngx_http_agent_record_t *rec);
static void ngx_http_agent_record_tags(ngx_http_agent_record_t *rec);
static void ngx_http_agent_record_outcome(ngx_http_agent_record_t *rec);
static int64_t ngx_http_agent_record_status(ngx_http_agent_run_t *run);
static void ngx_http_agent_record_usage(ngx_http_agent_record_t *rec);
static void ngx_http_agent_record_attempts(ngx_http_agent_record_t *rec);
static void ngx_http_agent_record_attempt(ngx_http_agent_record_t *rec,
    ngx_http_agent_attempt_t *at);
static void ngx_http_agent_record_validation(ngx_http_agent_record_t *rec);
static void ngx_http_agent_record_error(ngx_http_agent_record_t *rec,
    agt_violation_t *violation);
static void ngx_http_agent_record_trace(ngx_http_agent_record_t *rec);
static void ngx_http_agent_record_bodies(ngx_http_agent_record_t *rec,
    ngx_uint_t body);
static size_t ngx_http_agent_record_room(ngx_http_agent_record_t *rec,
    ngx_http_agent_record_body_t *bodies, ngx_uint_t n);
static ngx_int_t ngx_http_agent_record_body(ngx_http_agent_record_t *rec,
    ngx_http_agent_record_body_t *part, ngx_uint_t body, size_t room);
static ngx_uint_t ngx_http_agent_record_compact(ngx_http_agent_record_t *rec,
    ngx_http_agent_record_body_t *part, agt_str_t *text, size_t room);
static ngx_int_t ngx_http_agent_record_masked(ngx_http_agent_record_t *rec,
    ngx_http_agent_record_body_t *part, agt_buf_t *masked, ngx_uint_t *json);
static ngx_uint_t ngx_http_agent_record_is_json(
    ngx_http_agent_record_t *rec, agt_buf_t *text);
static void ngx_http_agent_record_string(ngx_http_agent_record_t *rec,
    agt_str_t text, size_t room);

static void ngx_http_agent_record_put_str(ngx_http_agent_record_t *rec,
    agt_str_t value);
static void ngx_http_agent_record_put_name(ngx_http_agent_record_t *rec,
    const char *value);
static void ngx_http_agent_record_put_int(ngx_http_agent_record_t *rec,
    int64_t value);
static void ngx_http_agent_record_cost(ngx_http_agent_record_t *rec,
    int64_t cost);
static void ngx_http_agent_record_put_text(ngx_http_agent_record_t *rec,
    agt_str_t value);
static void ngx_http_agent_record_quote(ngx_http_agent_record_t *rec,
    agt_str_t value);
static ngx_uint_t ngx_http_agent_record_secrets(ngx_http_agent_record_t *rec,
    agt_str_t *text);
static ngx_uint_t ngx_http_agent_record_fields(ngx_http_agent_record_t *rec,
    agt_str_t fields, agt_str_t *text);
static ngx_uint_t ngx_http_agent_record_secret(ngx_http_agent_record_t *rec,
    agt_str_t secret, agt_str_t *text);
static ngx_uint_t ngx_http_agent_record_over(ngx_http_agent_record_t *rec,
    size_t mark, size_t end);


ngx_int_t
ngx_http_agent_record_init(ngx_conf_t *cf, ngx_http_agent_main_conf_t *amcf)
{
    ngx_str_t  name = ngx_string("request_id");

    amcf->request_id = ngx_http_get_variable_index(cf, &name);

    if (amcf->request_id == NGX_ERROR) {
        return NGX_ERROR;
    }

    return ngx_http_agent_redact_init(cf, amcf);
}


ngx_int_t
ngx_http_agent_record(ngx_http_agent_run_t *run, agt_buf_t *out,
    ngx_uint_t body)
{
    ngx_http_agent_record_t  rec;

    rec.run = run;
    rec.out = out;
    rec.state.fuel = AGT_REDACT_FUEL;
    rec.state.masked = false;
    rec.state.cut = false;

    ngx_http_agent_redact_set(run, &rec.set);

    ngx_http_agent_record_head(&rec);
    ngx_http_agent_record_agent(&rec);
    ngx_http_agent_record_tags(&rec);
    ngx_http_agent_record_outcome(&rec);
    ngx_http_agent_record_usage(&rec);
    ngx_http_agent_record_attempts(&rec);
    ngx_http_agent_record_validation(&rec);
    ngx_http_agent_record_trace(&rec);
    ngx_http_agent_record_bodies(&rec, body);

    if (rec.state.cut) {
        (void) agt_buf_text(out, ",\"truncated\":true");
    }

    (void) agt_buf_char(out, '}');

    return out->failed ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_agent_record_head(ngx_http_agent_record_t *rec)
{
    ngx_uint_t             msec;
    ngx_http_agent_run_t  *run;

    /* the second of the last record, which mostly is that of this one */

    static time_t          sec = -1;
    static char            time[sizeof("{\"time\":\"1970-09-28T12:00:00.")];

    run = rec->run;

    if (run->time_sec != sec) {
        ngx_http_agent_record_second(run->time_sec, (u_char *) time);
        sec = run->time_sec;
    }

    msec = run->time_msec;

    (void) agt_buf_append(rec->out, time, sizeof(time) - 1);
    (void) agt_buf_char(rec->out, (char) ('0' + msec / 100));
    (void) agt_buf_char(rec->out, (char) ('0' + msec / 10 % 10));
    (void) agt_buf_char(rec->out, (char) ('0' + msec % 10));
    (void) agt_buf_text(rec->out, "Z\"");

    ngx_http_agent_record_str(rec, "id",
                              agt_str_make((char *) run->id, sizeof(run->id)));
}


static void
ngx_http_agent_record_second(time_t sec, u_char *text)
{
    ngx_tm_t  tm;

    ngx_gmtime(sec, &tm);

    (void) ngx_sprintf(text, "{\"time\":\"%4d-%02d-%02dT%02d:%02d:%02d.%Z",
                       tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                       tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec);
}


static void
ngx_http_agent_record_agent(ngx_http_agent_record_t *rec)
{
    ngx_http_agent_def_t  *def;
    ngx_http_agent_run_t  *run;

    run = rec->run;
    def = run->def;

    ngx_http_agent_record_str(rec, "agent", ngx_http_agent_agt(run->name));
    ngx_http_agent_record_str(rec, "alias", ngx_http_agent_agt(run->alias));

    if (def == NULL) {
        ngx_http_agent_record_name(rec, "version", NULL);
        ngx_http_agent_record_name(rec, "digest", NULL);

    } else {

        if (def->number) {
            ngx_http_agent_record_int(rec, "version", (int64_t) def->number);

        } else {
            ngx_http_agent_record_name(rec, "version", "draft");
        }

        ngx_http_agent_record_str(rec, "digest",
                                  agt_str_make((char *) def->digest,
                                               sizeof(def->digest)));
    }

    ngx_http_agent_record_str(rec, "consumer",
                              ngx_http_agent_agt(run->consumer));
    ngx_http_agent_record_str(rec, "team", ngx_http_agent_agt(run->team));
}


static void
ngx_http_agent_record_tags(ngx_http_agent_record_t *rec)
{
    size_t      mark, end;
    agt_str_t   rest, key, value;
    ngx_uint_t  n;

    rest = ngx_http_agent_agt(rec->run->tags);
    end = rec->out->max / 4;
    n = 0;

    ngx_http_agent_record_key(rec, "tags");
    (void) agt_buf_char(rec->out, '{');

    while (agt_tags_next(&rest, &key, &value) == AGT_OK) {
        mark = rec->out->len;

        if (n++) {
            (void) agt_buf_char(rec->out, ',');
        }

        (void) agt_json_quote(rec->out, key);
        (void) agt_buf_char(rec->out, ':');
        ngx_http_agent_record_quote(rec, value);

        if (ngx_http_agent_record_over(rec, mark, end)) {
            break;
        }
    }

    (void) agt_buf_char(rec->out, '}');
}


static void
ngx_http_agent_record_outcome(ngx_http_agent_record_t *rec)
{
    ngx_str_t                  empty = ngx_null_string;
    ngx_http_agent_run_t      *run;
    ngx_http_agent_attempt_t  *at;

    run = rec->run;
    at = ngx_http_agent_attempt_shown(run);

    ngx_http_agent_record_name(rec, "outcome",
                               ngx_http_agent_outcome_name(run->outcome));

    ngx_http_agent_record_int(rec, "status",
                              ngx_http_agent_record_status(run));

    ngx_http_agent_record_name(rec, "error", ngx_http_agent_error_name(run));

    /* what a later build will have to tell of */

    ngx_http_agent_record_name(rec, "cache", NULL);
    ngx_http_agent_record_name(rec, "degraded", NULL);

    ngx_http_agent_record_str(rec, "route",
                              ngx_http_agent_agt(run->route ? run->route->name
                                                            : empty));
    ngx_http_agent_record_str(rec, "provider",
                              ngx_http_agent_agt(at ? at->provider->name
                                                    : empty));
    ngx_http_agent_record_str(rec, "model",
                              ngx_http_agent_agt(at ? at->model->full
                                                    : empty));
}


/* what $status is, but for a client that left before all was sent */

static int64_t
ngx_http_agent_record_status(ngx_http_agent_run_t *run)
{
    ngx_http_request_t  *r;

    r = run->request;

    if (run->client_gone) {
        return NGX_HTTP_CLIENT_CLOSED_REQUEST;
    }

    if (r->err_status) {
        return (int64_t) r->err_status;
    }

    return r->headers_out.status ? (int64_t) r->headers_out.status : -1;
}


static void
ngx_http_agent_record_usage(ngx_http_agent_record_t *rec)
{
    ngx_http_agent_run_t     *run;
    ngx_http_agent_totals_t   totals;

    run = rec->run;

    ngx_http_agent_totals(run, &totals);

    ngx_http_agent_record_int(rec, "input_tokens", totals.input);
    ngx_http_agent_record_int(rec, "cached_tokens", totals.cached);
    ngx_http_agent_record_int(rec, "output_tokens", totals.output);
    ngx_http_agent_record_cost(rec, totals.cost);
    ngx_http_agent_record_name(rec, "usage_source",
                               totals.reported ? "provider" : NULL);

    ngx_http_agent_record_int(rec, "duration_ms",
                              (int64_t) (ngx_current_msec - run->started));
    ngx_http_agent_record_int(rec, "ttft_ms", ngx_http_agent_ttft(run));
    ngx_http_agent_record_int(rec, "queue_ms", (int64_t) run->queued);
}


static void
ngx_http_agent_record_attempts(ngx_http_agent_record_t *rec)
{
    size_t                     mark, end;
    ngx_uint_t                 i, n;
    ngx_http_agent_attempt_t  *at;

    ngx_http_agent_record_key(rec, "attempts");
    (void) agt_buf_char(rec->out, '[');

    end = rec->out->max / 2;
    n = 0;

    for (i = 0; i < rec->run->attempts_n; i++) {
        at = rec->run->attempts[i];

        if (!at->done) {
            continue;
        }

        mark = rec->out->len;

        if (n++) {
            (void) agt_buf_char(rec->out, ',');
        }

        ngx_http_agent_record_attempt(rec, at);

        if (ngx_http_agent_record_over(rec, mark, end)) {
            break;
        }
    }

    (void) agt_buf_char(rec->out, ']');
}


static void
ngx_http_agent_record_attempt(ngx_http_agent_record_t *rec,
    ngx_http_agent_attempt_t *at)
{
    (void) agt_buf_text(rec->out, "{\"provider\":");
    (void) agt_json_quote(rec->out, ngx_http_agent_agt(at->provider->name));

    ngx_http_agent_record_str(rec, "model",
                              ngx_http_agent_agt(at->model->full));
    ngx_http_agent_record_name(rec, "kind",
                               ngx_http_agent_kind_name(at->kind));
    ngx_http_agent_record_name(rec, "outcome", agt_class_name(at->class));
    ngx_http_agent_record_int(rec, "status",
                              at->status ? (int64_t) at->status : -1);
    ngx_http_agent_record_int(rec, "ms", (int64_t) at->ms);
    ngx_http_agent_record_int(rec, "ttft_ms",
                              at->first_byte_at ? (int64_t) at->ttft : -1);
    ngx_http_agent_record_int(rec, "input_tokens", at->usage.input);
    ngx_http_agent_record_int(rec, "output_tokens", at->usage.output);
    ngx_http_agent_record_cost(rec, at->cost);
    ngx_http_agent_record_text(rec, "request_id",
                               ngx_http_agent_agt(at->request_id));
    ngx_http_agent_record_text(rec, "detail", ngx_http_agent_agt(at->detail));

    (void) agt_buf_char(rec->out, '}');
}


static void
ngx_http_agent_record_validation(ngx_http_agent_record_t *rec)
{
    size_t                 mark, end;
    ngx_uint_t             i, repairs;
    ngx_http_agent_run_t  *run;

    run = rec->run;
    repairs = 0;

    for (i = 0; i < run->attempts_n; i++) {
        repairs += (run->attempts[i]->kind == NGX_HTTP_AGENT_REPAIR);
    }

    ngx_http_agent_record_key(rec, "validation");
    (void) agt_buf_text(rec->out, "{\"input\":");

    ngx_http_agent_record_put_name(rec, run->validation_input);

    ngx_http_agent_record_name(rec, "output", run->validation_output);
    ngx_http_agent_record_int(rec, "repairs", (int64_t) repairs);
    ngx_http_agent_record_key(rec, "errors");
    (void) agt_buf_char(rec->out, '[');

    end = rec->out->max / 4 * 3;

    for (i = 0; i < run->report.n; i++) {
        mark = rec->out->len;

        if (i) {
            (void) agt_buf_char(rec->out, ',');
        }

        ngx_http_agent_record_error(rec, &run->report.violations[i]);

        if (ngx_http_agent_record_over(rec, mark, end)) {
            break;
        }
    }

    (void) agt_buf_text(rec->out, "]}");

    ngx_http_agent_record_key(rec, "limits");
    (void) agt_buf_text(rec->out, "[]");

    ngx_http_agent_record_str(rec, "format", run->mechanism);

    if (run->extracted) {
        (void) agt_buf_text(rec->out, ",\"extracted\":true");
    }
}


/* pointers too: their members are named by whoever wrote the document */

static void
ngx_http_agent_record_error(ngx_http_agent_record_t *rec,
    agt_violation_t *violation)
{
    (void) agt_buf_text(rec->out, "{\"pointer\":");
    ngx_http_agent_record_quote(rec, violation->pointer);
    ngx_http_agent_record_str(rec, "keyword", violation->keyword);
    ngx_http_agent_record_key(rec, "message");
    ngx_http_agent_record_quote(rec, violation->message);
    (void) agt_buf_char(rec->out, '}');
}


static void
ngx_http_agent_record_trace(ngx_http_agent_record_t *rec)
{
    agt_str_t                    none = agt_null_string;
    ngx_http_request_t          *r;
    ngx_http_agent_run_t        *run;
    ngx_http_variable_value_t   *v;
    ngx_http_agent_main_conf_t  *amcf;

    run = rec->run;
    r = run->request;
    amcf = ngx_http_get_module_main_conf(r, ngx_http_agent_module);

    /* a request that was refused has begun no trace of its own */

    ngx_http_agent_record_str(rec, "trace_id", run->trace_id[0] == '\0' ? none
                              : agt_str_make((char *) run->trace_id,
                                             sizeof(run->trace_id)));
    ngx_http_agent_record_str(rec, "span_id", run->span_id[0] == '\0' ? none
                              : agt_str_make((char *) run->span_id,
                                             sizeof(run->span_id)));
    ngx_http_agent_record_str(rec, "remote_addr",
                              ngx_http_agent_agt(r->connection->addr_text));

    /* of use only where something else has shown it */

    v = &r->variables[amcf->request_id];

    ngx_http_agent_record_str(rec, "request_id",
                              v->valid ? agt_str_make((char *) v->data, v->len)
                                       : none);
}


static void
ngx_http_agent_record_bodies(ngx_http_agent_record_t *rec, ngx_uint_t body)
{
    size_t                         room;
    ngx_uint_t                     i;
    ngx_http_agent_run_t          *run;
    ngx_http_agent_record_body_t   bodies[NGX_HTTP_AGENT_RECORD_BODIES];

    if (body == NGX_HTTP_AGENT_BODY_NONE) {
        return;
    }

    run = rec->run;

    ngx_memzero(bodies, sizeof(bodies));

    /* documents are those that were read to their end */

    bodies[0].name = "input";
    bodies[0].text = run->input;
    bodies[0].doc = run->validation_input ? &run->input_doc : NULL;

    bodies[1].name = "output";
    bodies[1].text = run->output;
    bodies[1].doc = run->output.len && run->def->spec->output
                    ? &run->output_doc : NULL;

    bodies[2].name = "raw_output";
    bodies[2].text = run->raw_output;

    for (i = 0; i < NGX_HTTP_AGENT_RECORD_BODIES; i++) {

        if (bodies[i].text.len == 0) {
            continue;
        }

        room = ngx_http_agent_record_room(rec, &bodies[i],
                                          NGX_HTTP_AGENT_RECORD_BODIES - i);

        if (rec->out->failed
            || ngx_http_agent_record_body(rec, &bodies[i], body, room)
               != NGX_OK)
        {
            rec->out->failed = true;
            return;
        }
    }
}


/*
 * What the first of n bodies may take: all that the others leave, and they
 * need no more than an equal part each.
 */

static size_t
ngx_http_agent_record_room(ngx_http_agent_record_t *rec,
    ngx_http_agent_record_body_t *bodies, ngx_uint_t n)
{
    size_t      room, part, used;
    ngx_uint_t  i;

    used = rec->out->len + NGX_HTTP_AGENT_RECORD_END
           + n * sizeof(",\"raw_output\":\"\"");

    if (used >= rec->out->max) {
        return 0;
    }

    room = rec->out->max - used;
    part = room / n;

    for (i = 1; i < n; i++) {

        /* with what quotes and line ends grow by */

        room -= ngx_min(bodies[i].text.len + bodies[i].text.len / 8, part);
    }

    return room;
}


/* a document that does not fit whole is a string of its beginning */

static ngx_int_t
ngx_http_agent_record_body(ngx_http_agent_record_t *rec,
    ngx_http_agent_record_body_t *part, ngx_uint_t body, size_t room)
{
    agt_buf_t   *out, masked;
    agt_str_t    text;
    ngx_uint_t   json;

    (void) agt_buf_text(rec->out, ",\"");
    (void) agt_buf_text(rec->out, part->name);
    (void) agt_buf_text(rec->out, "\":");

    out = rec->out;
    text = ngx_http_agent_agt(part->text);
    json = (part->doc != NULL);

    if (body == NGX_HTTP_AGENT_BODY_REDACTED) {

        if (ngx_http_agent_record_masked(rec, part, &masked, &json) != NGX_OK)
        {
            return NGX_ERROR;
        }

        text = agt_buf_slice(&masked);

    } else if (json) {
        json = ngx_http_agent_record_compact(rec, part, &text, room);
    }

    /* no more than this fits, and a search has its price */

    if (text.len > AGT_REDACT_SOURCE) {
        text.len = AGT_REDACT_SOURCE;
        rec->state.cut = true;
    }

    if (ngx_http_agent_record_secrets(rec, &text)) {

        /* a mask may have cut through the document */

        json = 0;
    }

    if (!json || text.len > room) {
        ngx_http_agent_record_string(rec, text, room);
        return NGX_OK;
    }

    if (text.data == out->data + out->len) {
        out->len += text.len;
        return NGX_OK;
    }

    return agt_buf_str(out, text);
}


/* 1: the document is behind the record's end, in its place, as text */

static ngx_uint_t
ngx_http_agent_record_compact(ngx_http_agent_record_t *rec,
    ngx_http_agent_record_body_t *part, agt_str_t *text, size_t room)
{
    agt_buf_t  whole;

    agt_buf_fixed(&whole, rec->out->data + rec->out->len, room);

    if (agt_json_minify(part->doc, 0, &whole) != AGT_OK
        || agt_text_halved(agt_buf_slice(&whole)))
    {
        return 0;
    }

    *text = agt_buf_slice(&whole);

    return 1;
}


/*
 * A document's members are masked one by one, with their escapes read; then
 * the whole by the location's own rules, which may look at names and values
 * together.
 */

static ngx_int_t
ngx_http_agent_record_masked(ngx_http_agent_record_t *rec,
    ngx_http_agent_record_body_t *part, agt_buf_t *masked, ngx_uint_t *json)
{
    agt_buf_t            values;
    agt_str_t            text;
    agt_mem_t           *mem;
    agt_redact_t         own;
    agt_redact_state_t   before;

    mem = &rec->run->mem;
    text = ngx_http_agent_agt(part->text);

    agt_buf_init(masked, mem, agt_min(text.len, (size_t) AGT_REDACT_SOURCE),
                 AGT_REDACT_SOURCE);

    if (part->doc == NULL) {
        return agt_redact_text(&rec->set, text, &rec->state, masked);
    }

    before = rec->state;
    rec->state.cut = false;

    values = *masked;

    if (agt_redact_json(&rec->set, part->doc, &rec->state, mem, &values)
        != AGT_OK)
    {
        return NGX_ERROR;
    }

    own = rec->set;
    own.rules += AGT_REDACT_CREDENTIALS;
    own.n -= AGT_REDACT_CREDENTIALS;

    rec->state.masked = false;

    if (own.n == 0) {
        *masked = values;

    } else if (agt_redact_text(&own, agt_buf_slice(&values), &rec->state,
                               masked)
               != AGT_OK)
    {
        return NGX_ERROR;
    }

    *json = !rec->state.cut
            && (!rec->state.masked
                || ngx_http_agent_record_is_json(rec, masked));

    rec->state.cut |= before.cut;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_agent_record_is_json(ngx_http_agent_record_t *rec, agt_buf_t *text)
{
    agt_json_t  doc;

    return agt_json_parse(&doc, agt_buf_slice(text), NULL, &rec->run->mem,
                          NULL)
           == AGT_OK;
}


static void
ngx_http_agent_record_string(ngx_http_agent_record_t *rec, agt_str_t text,
    size_t room)
{
    agt_buf_t  piece;

    (void) agt_buf_char(rec->out, '"');

    agt_buf_fixed(&piece, rec->out->data + rec->out->len, room);

    if (agt_redact_escape(&piece, text) != AGT_OK) {
        rec->state.cut = true;
    }

    rec->out->len += piece.len;

    (void) agt_buf_char(rec->out, '"');
}


/* ,"name":"value", or null for an empty one */

static void
ngx_http_agent_record_put_str(ngx_http_agent_record_t *rec,
    agt_str_t value)
{
    if (value.len == 0) {
        (void) agt_buf_text(rec->out, "null");
        return;
    }

    (void) agt_json_quote(rec->out, value);
}


/* the value is a name of ours */

static void
ngx_http_agent_record_put_name(ngx_http_agent_record_t *rec,
    const char *value)
{
    agt_str_t  none = agt_null_string;

    ngx_http_agent_record_put_str(rec, value ? agt_str_from(value) : none);
}


/* a negative value is not known */

static void
ngx_http_agent_record_put_int(ngx_http_agent_record_t *rec,
    int64_t value)
{
    if (value < 0) {
        (void) agt_buf_text(rec->out, "null");
        return;
    }

    (void) agt_buf_int(rec->out, value);
}


static void
ngx_http_agent_record_cost(ngx_http_agent_record_t *rec, int64_t cost)
{
    ngx_http_agent_record_key(rec, "cost");
    (void) agt_price_format(cost, rec->out);
}


/* somebody else's words, masked */

static void
ngx_http_agent_record_put_text(ngx_http_agent_record_t *rec,
    agt_str_t value)
{
    if (value.len == 0) {
        (void) agt_buf_text(rec->out, "null");
        return;
    }

    ngx_http_agent_record_quote(rec, value);
}


static void
ngx_http_agent_record_quote(ngx_http_agent_record_t *rec, agt_str_t value)
{
    char       text[NGX_HTTP_AGENT_RECORD_TEXT];
    agt_buf_t  buf;

    agt_buf_fixed(&buf, text, sizeof(text));

    (void) ngx_http_agent_record_secrets(rec, &value);

    if (value.len
        && agt_redact_text(&rec->set, value, &rec->state, &buf) != AGT_OK)
    {
        rec->out->failed = true;
        return;
    }

    (void) agt_json_quote(rec->out, agt_buf_slice(&buf));
}


/*
 * A provider may repeat what it was given to know us by: its key, and values
 * of "header", which are masked in whatever others have said.
 */

static ngx_uint_t
ngx_http_agent_record_secrets(ngx_http_agent_record_t *rec, agt_str_t *text)
{
    ngx_uint_t                  i, found;
    ngx_http_agent_run_t       *run;
    ngx_http_agent_provider_t  *provider, *last;

    run = rec->run;
    found = 0;
    last = NULL;

    for (i = 0; i < run->attempts_n; i++) {

        provider = run->attempts[i]->provider;

        if (provider == last) {
            continue;
        }

        last = provider;

        found |= ngx_http_agent_record_secret(rec,
                                         ngx_http_agent_agt(provider->key),
                                         text);
        found |= ngx_http_agent_record_fields(rec,
                                         ngx_http_agent_agt(provider->fields),
                                         text);
    }

    return found;
}


/* fields are lines: "Name: value" CRLF */

static ngx_uint_t
ngx_http_agent_record_fields(ngx_http_agent_record_t *rec, agt_str_t fields,
    agt_str_t *text)
{
    const char  *value, *end;
    ngx_uint_t   found;

    found = 0;

    while (fields.len) {

        value = memchr(fields.data, ':', fields.len);
        end = memchr(fields.data, CR, fields.len);

        if (value == NULL || end == NULL) {
            break;
        }

        value += 2;
        found |= ngx_http_agent_record_secret(rec,
                                              agt_str_make(value, end - value),
                                              text);

        end += 2;
        fields.len -= end - fields.data;
        fields.data = end;
    }

    return found;
}


/* what can not be masked for want of memory is masked whole */

static ngx_uint_t
ngx_http_agent_record_secret(ngx_http_agent_record_t *rec, agt_str_t secret,
    agt_str_t *text)
{
    ngx_int_t  rc;
    agt_buf_t  buf;

    agt_buf_init(&buf, &rec->run->mem, text->len + sizeof(AGT_SECRET_MASK),
                 agt_secret_masked_max(text->len));

    rc = agt_secret_mask(secret, *text, &buf);

    if (rc == AGT_DECLINED) {
        return 0;
    }

    *text = (rc == AGT_OK) ? agt_buf_slice(&buf)
                           : agt_str_from(AGT_SECRET_MASK);
    rec->state.masked = true;

    return 1;
}


/* takes back what was written since the mark if that went over the end */

static ngx_uint_t
ngx_http_agent_record_over(ngx_http_agent_record_t *rec, size_t mark,
    size_t end)
{
    if (!rec->out->failed && rec->out->len <= end) {
        return 0;
    }

    agt_buf_rewind(rec->out, mark);
    rec->state.cut = true;

    return 1;
}
