
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The steps of a run but that of the body.  What each may return is in
 * ngx_http_agent_step.h; which follows which in agt_flow.h.
 */


#include "ngx_http_agent.h"


#define NGX_HTTP_AGENT_RENDER_HINT   1024

/* of what remains, while another model could still be tried */

#define NGX_HTTP_AGENT_SHARE         60

/* seconds, where every provider was busy and none said for how long */

#define NGX_HTTP_AGENT_RETRY_AFTER   1
#define NGX_HTTP_AGENT_BILLING       60


static ngx_int_t ngx_http_agent_resolve_route(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_unknown(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_render_prompt(ngx_http_agent_run_t *run,
    agt_part_t *part);
static ngx_int_t ngx_http_agent_render_message(ngx_http_agent_run_t *run,
    agt_part_t *part);
static ngx_int_t ngx_http_agent_rendered(ngx_http_agent_run_t *run,
    agt_buf_t *buf, ngx_int_t rc, const char *what);
static void ngx_http_agent_choose_wake(void *data);
static void ngx_http_agent_choose_abort(ngx_http_agent_run_t *run);
static void ngx_http_agent_collect_abort(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_collect_one(ngx_http_agent_run_t *run,
    ngx_http_agent_attempt_t *at);
static ngx_int_t ngx_http_agent_output_json(ngx_http_agent_run_t *run,
    ngx_http_agent_attempt_t *at);
static ngx_int_t ngx_http_agent_output_invalid(ngx_http_agent_run_t *run,
    ngx_http_agent_attempt_t *at, agt_class_e class);
static ngx_int_t ngx_http_agent_exhausted(ngx_http_agent_run_t *run);
static ngx_int_t ngx_http_agent_unavailable(ngx_http_agent_run_t *run);


/* whether all failed attempts are of these classes: bits by class */

#define ngx_http_agent_bit(class)   ((ngx_uint_t) 1 << (class))

#define NGX_HTTP_AGENT_BUSY                                                   \
    (ngx_http_agent_bit(AGT_CLASS_RATE_LIMITED)                               \
     |ngx_http_agent_bit(AGT_CLASS_OVERLOADED)                                \
     |ngx_http_agent_bit(AGT_CLASS_CAPACITY))

#define NGX_HTTP_AGENT_OPERATOR                                               \
    (ngx_http_agent_bit(AGT_CLASS_AUTH)                                       \
     |ngx_http_agent_bit(AGT_CLASS_NOT_FOUND)                                 \
     |ngx_http_agent_bit(AGT_CLASS_BAD_REQUEST))


ngx_int_t
ngx_http_agent_step_resolve(ngx_http_agent_run_t *run)
{
    if (ngx_http_agent_resolve(run) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_agent_resolve_route(run);
}


ngx_int_t
ngx_http_agent_resolve(ngx_http_agent_run_t *run)
{
    ngx_http_agent_loc_conf_t   *alcf;
    ngx_http_agent_main_conf_t  *amcf;

    alcf = run->alcf;
    amcf = ngx_http_get_module_main_conf(run->request, ngx_http_agent_module);

    ngx_str_set(&run->alias, "draft");

    if (alcf->agent_name.len) {
        run->name = alcf->agent_name;

    } else {

        if (ngx_http_complex_value(run->request, alcf->agent, &run->name)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        run->name.len -= sizeof("@draft") - 1;

        if (!agt_name_valid(ngx_http_agent_agt(run->name))) {
            ngx_str_null(&run->name);
            return ngx_http_agent_unknown(run);
        }
    }

    run->def = ngx_http_agent_registry_draft(amcf, &run->name);

    return run->def ? NGX_OK : ngx_http_agent_unknown(run);
}


static ngx_int_t
ngx_http_agent_unknown(ngx_http_agent_run_t *run)
{
    return ngx_http_agent_run_fail(run, NGX_HTTP_NOT_FOUND, "unknown-agent",
                                   "there is no agent of this name");
}


static ngx_int_t
ngx_http_agent_resolve_route(ngx_http_agent_run_t *run)
{
    ngx_str_t                    name;
    ngx_http_agent_main_conf_t  *amcf;

    amcf = ngx_http_get_module_main_conf(run->request, ngx_http_agent_module);
    name = ngx_http_agent_str(run->def->spec->route);

    run->route = name.len ? ngx_http_agent_route_find(amcf, &name)
                          : run->alcf->route;

    if (run->route) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_ERR, run->request->connection->log, 0,
                  "agent \"%V\" has no route: \"%V\" is not configured",
                  &run->name, &name);

    return ngx_http_agent_run_fail(run, NGX_HTTP_SERVICE_UNAVAILABLE,
                                   "unavailable",
                                   "the agent's route is not configured here");
}


ngx_int_t
ngx_http_agent_step_input(ngx_http_agent_run_t *run)
{
    ngx_int_t    rc;
    agt_error_t  err;

    /* the deadline starts here, bad input or not */

    (void) ngx_http_agent_run_left(run);

    agt_error_init(&err);

    if (run->input.len == 0) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_BAD_REQUEST,
                                       "invalid-json",
                                       "the body is empty, JSON was expected");
    }

    rc = agt_json_parse(&run->input_doc, ngx_http_agent_agt(run->input), NULL,
                        &run->mem, &err);

    if (rc == AGT_DECLINED) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_BAD_REQUEST,
                                       "invalid-json",
                                       "line %uD, column %uD: %s",
                                       err.line, err.column, err.message);
    }

    if (rc != AGT_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(&run->report, sizeof(agt_schema_report_t));

    rc = agt_schema_check(run->def->spec->input, &run->input_doc, 0, &run->mem,
                          &run->report);

    if (rc == AGT_OK) {
        run->validation_input = "ok";
        return NGX_OK;
    }

    if (rc != AGT_DECLINED) {
        return NGX_ERROR;
    }

    run->validation_input = "invalid";
    run->problem.violations = run->report.violations;
    run->problem.violations_n = run->report.n;

    return ngx_http_agent_run_fail(run, NGX_HTTP_UNPROCESSABLE,
                                   "invalid-input",
                                   "the input does not satisfy the agent's "
                                   "schema: %uD violation%s",
                                   run->report.total,
                                   run->report.total == 1 ? "" : "s");
}


ngx_int_t
ngx_http_agent_step_render(ngx_http_agent_run_t *run)
{
    ngx_uint_t      n;
    agt_message_t  *message;

    n = 0;
    message = run->messages;

    if (ngx_http_agent_render_prompt(run, &run->parts[0]) != NGX_OK
        || ngx_http_agent_render_message(run, &run->parts[1]) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (run->parts[0].text.len) {
        message[n].role = AGT_ROLE_SYSTEM;
        message[n].parts = &run->parts[0];
        message[n++].n = 1;
    }

    message[n].role = AGT_ROLE_USER;
    message[n].parts = &run->parts[1];
    message[n++].n = 1;

    run->llm.messages = message;
    run->llm.messages_n = n;
    run->llm.parameters = &run->def->spec->parameters;

    run->request_hint = NGX_HTTP_AGENT_RENDER_HINT + run->parts[0].text.len
                        + run->parts[1].text.len * 5 / 4
                        + run->def->spec->output_doc.text.len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_render_prompt(ngx_http_agent_run_t *run, agt_part_t *part)
{
    ngx_int_t              rc;
    agt_buf_t              buf;
    ngx_http_agent_def_t  *def;

    def = run->def;

    if (def->spec->prompt_static) {
        part->text = def->prompt;
        part->escaped = 1;
        return NGX_OK;
    }

    agt_buf_init(&buf, &run->mem, NGX_HTTP_AGENT_RENDER_HINT,
                 AGT_TEMPLATE_OUTPUT);

    rc = agt_spec_prompt(def->spec, &run->input_doc, &buf);
    part->text = agt_buf_slice(&buf);

    return ngx_http_agent_rendered(run, &buf, rc, "prompt");
}


static ngx_int_t
ngx_http_agent_render_message(ngx_http_agent_run_t *run, agt_part_t *part)
{
    ngx_int_t  rc;
    agt_buf_t  buf;

    if (run->def->spec->message == NULL && run->input_doc.compact) {
        part->text = agt_json_raw(&run->input_doc, 0);
        return NGX_OK;
    }

    agt_buf_init(&buf, &run->mem,
                 ngx_max(run->input.len, NGX_HTTP_AGENT_RENDER_HINT),
                 AGT_TEMPLATE_OUTPUT);

    rc = agt_spec_message(run->def->spec, &run->input_doc, &buf);
    part->text = agt_buf_slice(&buf);

    return ngx_http_agent_rendered(run, &buf, rc, "message");
}


/* an input that makes a template grow, or nest, without end is the caller's */

static ngx_int_t
ngx_http_agent_rendered(ngx_http_agent_run_t *run, agt_buf_t *buf,
    ngx_int_t rc, const char *what)
{
    if (rc == AGT_OK || (rc == AGT_ERROR && !buf->full)) {
        return rc;
    }

    return ngx_http_agent_run_fail(run, NGX_HTTP_UNPROCESSABLE,
                                   "context-overflow",
                                   "with this input the %s grows over its "
                                   "limits", what);
}


/* the next model of the route that can be asked now */

ngx_int_t
ngx_http_agent_step_choose(ngx_http_agent_run_t *run)
{
    ngx_int_t                    rc;
    ngx_http_agent_model_t      *model;
    ngx_http_agent_route_t      *route;
    ngx_http_agent_choice_t     *choice;
    ngx_http_agent_main_conf_t  *amcf;

    route = run->route;
    choice = route->choices.elts;
    amcf = ngx_http_get_module_main_conf(run->request, ngx_http_agent_module);

    while (run->next < route->choices.nelts
           && run->tries < route->tries
           && ngx_http_agent_run_left(run))
    {
        model = choice[run->next].model;

        run->waiter.handler = ngx_http_agent_choose_wake;
        run->waiter.data = run;

        rc = ngx_http_agent_peer_ready(model->provider, &run->waiter);

        if (rc == NGX_AGAIN) {
            run->wait.what = "resolver";
            run->wait.abort = ngx_http_agent_choose_abort;
            return NGX_AGAIN;
        }

        run->next++;

        if (rc != NGX_OK) {
            if (ngx_http_agent_attempt_skip(run, model, AGT_CLASS_CONNECT,
                                            "the name does not resolve")
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            run->tries++;
            continue;
        }

        if (ngx_http_agent_shm_acquire(amcf, model->provider) == NGX_OK) {
            run->chosen = model;
            return NGX_OK;
        }

        if (ngx_http_agent_attempt_skip(run, model, AGT_CLASS_CAPACITY,
                                        "max_concurrency is reached")
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_agent_exhausted(run);
}


static void
ngx_http_agent_choose_wake(void *data)
{
    ngx_connection_t      *c;
    ngx_http_request_t    *r;
    ngx_http_agent_run_t  *run = data;

    r = run->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_http_agent_run_wake(run);
    ngx_http_run_posted_requests(c);
}


static void
ngx_http_agent_choose_abort(ngx_http_agent_run_t *run)
{
    ngx_http_agent_peer_forget(&run->waiter);
}


ngx_int_t
ngx_http_agent_step_attempt(ngx_http_agent_run_t *run)
{
    ngx_msec_t               left;
    ngx_http_agent_kind_e    kind;
    ngx_http_agent_model_t  *model;
    ngx_http_agent_route_t  *route;

    model = run->chosen;
    route = run->route;
    run->chosen = NULL;

    left = ngx_http_agent_run_left(run);

    run->tries++;

    if (route->attempt_timeout) {
        left = ngx_min(left, route->attempt_timeout);

    } else if (run->next < route->choices.nelts && run->tries < route->tries) {
        left = left / 100 * NGX_HTTP_AGENT_SHARE
               + left % 100 * NGX_HTTP_AGENT_SHARE / 100;
    }

    kind = run->attempts_n ? NGX_HTTP_AGENT_FAILOVER : NGX_HTTP_AGENT_FIRST;

    /* the place at the provider is the attempt's now, also where it fails */

    if (ngx_http_agent_attempt_start(run, model, kind, left) == NULL) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* waits for attempts, and takes the first one that answered */

ngx_int_t
ngx_http_agent_step_collect(ngx_http_agent_run_t *run)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_http_agent_attempt_t  *at;

    for (i = 0; i < run->attempts_n; i++) {

        at = run->attempts[i];

        if (!at->done || at->collected) {
            continue;
        }

        rc = ngx_http_agent_collect_one(run, at);

        if (rc != NGX_AGAIN) {
            return rc;
        }
    }

    if (run->active) {
        run->wait.what = "attempt";
        run->wait.abort = ngx_http_agent_collect_abort;
        return NGX_AGAIN;
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_agent_collect_one(ngx_http_agent_run_t *run,
    ngx_http_agent_attempt_t *at)
{
    if (at->stale && !run->expired) {

        /* a pooled connection that had died: once more, on a fresh one */

        return ngx_http_agent_attempt_replay(at) == NGX_OK ? NGX_AGAIN
                                                           : NGX_ERROR;
    }

    at->collected = 1;
    run->error = at->class;

    if (at->class == AGT_CLASS_OK) {
        run->winner = at;
        return NGX_OK;
    }

    if (at->class == AGT_CLASS_CONTENT_FILTERED) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_UNPROCESSABLE,
                                       "content-filtered",
                                       "the provider refused this input");
    }

    if (!agt_class_next_model(at->class)) {
        return NGX_ERROR;
    }

    return run->active ? NGX_AGAIN : NGX_DECLINED;
}


/* the deadline passed: what is in flight is cancelled at once */

static void
ngx_http_agent_collect_abort(ngx_http_agent_run_t *run)
{
    ngx_uint_t  i;

    for (i = 0; i < run->attempts_n; i++) {
        ngx_http_agent_attempt_abort(run->attempts[i], AGT_CLASS_TIMEOUT);
    }
}


ngx_int_t
ngx_http_agent_step_output(ngx_http_agent_run_t *run)
{
    agt_answer_t              *answer;
    ngx_http_agent_attempt_t  *at;

    at = run->winner;
    answer = &at->reader.answer;

    run->raw_output = ngx_http_agent_str(answer->text);

    switch (answer->stop) {

    case AGT_STOP_FILTER:
    case AGT_STOP_REFUSAL:
        at->class = AGT_CLASS_CONTENT_FILTERED;
        run->error = at->class;
        return ngx_http_agent_run_fail(run, NGX_HTTP_UNPROCESSABLE,
                                       "content-filtered",
                                       answer->stop == AGT_STOP_REFUSAL
                                       ? "the model refused this input"
                                       : "the provider withheld the answer");

    case AGT_STOP_LENGTH:
        return ngx_http_agent_output_invalid(run, at, AGT_CLASS_TRUNCATED);

    case AGT_STOP_TOOL:
        return ngx_http_agent_output_invalid(run, at, AGT_CLASS_MALFORMED);

    default:
        break;
    }

    if (run->def->spec->output == NULL) {
        run->output = run->raw_output;
        run->outcome = NGX_HTTP_AGENT_OK;
        return NGX_OK;
    }

    return ngx_http_agent_output_json(run, at);
}


static ngx_int_t
ngx_http_agent_output_json(ngx_http_agent_run_t *run,
    ngx_http_agent_attempt_t *at)
{
    int          rc;
    bool         extracted;
    agt_buf_t    buf;
    agt_error_t  err;

    agt_error_init(&err);

    rc = agt_extract(&run->output_doc, at->reader.answer.text, NULL, &run->mem,
                     &extracted, &err);

    if (rc == AGT_DECLINED) {
        run->validation_output = "malformed";
        return ngx_http_agent_output_invalid(run, at, AGT_CLASS_MALFORMED);
    }

    if (rc != AGT_OK) {
        return NGX_ERROR;
    }

    run->extracted = extracted;

    ngx_memzero(&run->report, sizeof(agt_schema_report_t));

    rc = agt_schema_check(run->def->spec->output, &run->output_doc, 0,
                          &run->mem, &run->report);

    if (rc == AGT_DECLINED) {
        run->validation_output = "invalid";
        run->problem.violations = run->report.violations;
        run->problem.violations_n = run->report.n;
        return ngx_http_agent_output_invalid(run, at, AGT_CLASS_INVALID_OUTPUT);
    }

    if (rc != AGT_OK) {
        return NGX_ERROR;
    }

    run->validation_output = "ok";

    if (run->output_doc.compact) {
        run->output = ngx_http_agent_str(agt_json_raw(&run->output_doc, 0));

    } else {
        agt_buf_init(&buf, &run->mem, run->output_doc.text.len,
                     run->output_doc.text.len);

        if (agt_json_minify(&run->output_doc, 0, &buf) != AGT_OK) {
            return NGX_ERROR;
        }

        run->output = ngx_http_agent_str(agt_buf_slice(&buf));
    }

    run->problem.violations_n = 0;
    run->outcome = NGX_HTTP_AGENT_OK;

    return NGX_OK;
}


/* the answer is no output; another model may give one */

static ngx_int_t
ngx_http_agent_output_invalid(ngx_http_agent_run_t *run,
    ngx_http_agent_attempt_t *at, agt_class_e class)
{
    at->class = class;

    run->invalid = 1;
    run->error = class;
    run->winner = NULL;

    ngx_log_error(NGX_LOG_ERR, run->request->connection->log, 0,
                  "agent attempt gave no output: %s, model \"%V\", "
                  "agent \"%V\"", agt_class_name(class), &at->model->full,
                  &run->name);

    return NGX_DECLINED;
}


/* no model is left: what the caller gets after mixed failures */

static ngx_int_t
ngx_http_agent_exhausted(ngx_http_agent_run_t *run)
{
    ngx_uint_t  i, classes;

    classes = 0;

    for (i = 0; i < run->attempts_n; i++) {
        classes |= ngx_http_agent_bit(run->attempts[i]->class);
    }

    if (run->expired || ngx_http_agent_run_left(run) == 0) {
        run->error = AGT_CLASS_TIMEOUT;
        return ngx_http_agent_run_fail(run, NGX_HTTP_GATEWAY_TIME_OUT,
                                       "timeout",
                                       "the execution's deadline passed after "
                                       "%M ms",
                                       ngx_current_msec - run->started);
    }

    if (run->invalid) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_BAD_GATEWAY,
                                       "invalid-output",
                                       "no model gave an output that satisfies "
                                       "the agent's schema; the last one "
                                       "was: %s", agt_class_name(run->error));
    }

    if (classes && (classes & ~NGX_HTTP_AGENT_BUSY) == 0) {
        return ngx_http_agent_unavailable(run);
    }

    if (classes == ngx_http_agent_bit(AGT_CLASS_CONTEXT_OVERFLOW)) {
        return ngx_http_agent_run_fail(run, NGX_HTTP_UNPROCESSABLE,
                                       "context-overflow",
                                       "the input is longer than the context "
                                       "window of every model of the route");
    }

    run->problem.no_retry = classes
                            && (classes & ~NGX_HTTP_AGENT_OPERATOR) == 0;

    return ngx_http_agent_run_fail(run, NGX_HTTP_BAD_GATEWAY,
                                   "provider-error",
                                   "no model of the route answered; the last "
                                   "failure was: %s",
                                   agt_class_name(run->error));
}


/* Retry-After is the least that any provider told, and never less */

static ngx_int_t
ngx_http_agent_unavailable(ngx_http_agent_run_t *run)
{
    int64_t                    least;
    ngx_uint_t                 i, billing;
    ngx_http_agent_attempt_t  *at;

    least = -1;
    billing = 0;

    for (i = 0; i < run->attempts_n; i++) {

        at = run->attempts[i];

        if (at->reader.failure.billing) {
            billing++;
        }

        if (at->retry_after >= 0 && (least == -1 || at->retry_after < least)) {
            least = at->retry_after;
        }
    }

    if (least != -1) {
        run->problem.retry_after = (ngx_int_t) ((least + 999) / 1000);

    } else {
        run->problem.retry_after = (billing == run->attempts_n)
                                   ? NGX_HTTP_AGENT_BILLING
                                   : NGX_HTTP_AGENT_RETRY_AFTER;
    }

    return ngx_http_agent_run_fail(run, NGX_HTTP_SERVICE_UNAVAILABLE,
                                   "unavailable",
                                   "every model of the route is busy: %s",
                                   agt_class_name(run->error));
}


ngx_int_t
ngx_http_agent_step_respond(ngx_http_agent_run_t *run)
{
    run->responded = 1;

    if (run->problem.status) {
        run->rc = ngx_http_agent_respond_problem(run);

    } else {
        run->rc = ngx_http_agent_respond_output(run);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_agent_step_finish(ngx_http_agent_run_t *run)
{
    ngx_http_agent_run_close(run);
    ngx_http_finalize_request(run->request, run->rc);

    return NGX_DONE;
}
