
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "ngx_http_agent.h"


#define NGX_HTTP_AGENT_DIGEST_SHOWN  8


static void ngx_http_agent_totals_add(int64_t *sum, int64_t n);


static const char  *ngx_http_agent_outcomes[] = {
    NULL,                       /* not known yet */
    "ok",
    "degraded",
    "rejected",
    "limited",
    "failed",
    "cancelled"
};


static const char  *ngx_http_agent_kinds[] = {
    "first",
    "retry",
    "failover",
    "hedge",
    "repair",
    "step"
};


void
ngx_http_agent_totals(ngx_http_agent_run_t *run,
    ngx_http_agent_totals_t *totals)
{
    ngx_uint_t                 i;
    ngx_http_agent_attempt_t  *at;

    ngx_memzero(totals, sizeof(ngx_http_agent_totals_t));

    for (i = 0; i < run->attempts_n; i++) {
        at = run->attempts[i];

        if (!at->done) {
            continue;
        }

        if (at->usage.input >= 0 || at->usage.output >= 0) {
            totals->reported = 1;
        }

        ngx_http_agent_totals_add(&totals->input, at->usage.input);
        ngx_http_agent_totals_add(&totals->cached, at->usage.cached);
        ngx_http_agent_totals_add(&totals->output, at->usage.output);
        ngx_http_agent_totals_add(&totals->cost, at->cost);
    }
}


/* saturates: the counts are a provider's words */

static void
ngx_http_agent_totals_add(int64_t *sum, int64_t n)
{
    if (n > 0) {
        *sum = (n > INT64_MAX - *sum) ? INT64_MAX : *sum + n;
    }
}


ngx_int_t
ngx_http_agent_format_usage(ngx_http_agent_run_t *run, agt_buf_t *buf)
{
    ngx_http_agent_totals_t  totals;

    ngx_http_agent_totals(run, &totals);

    (void) agt_buf_text(buf, "input=");
    (void) agt_buf_int(buf, totals.input);
    (void) agt_buf_text(buf, ", cached=");
    (void) agt_buf_int(buf, totals.cached);
    (void) agt_buf_text(buf, ", output=");
    (void) agt_buf_int(buf, totals.output);
    (void) agt_buf_text(buf, ", cost=");

    return agt_price_format(totals.cost, buf);
}


ngx_int_t
ngx_http_agent_format_attempts(ngx_http_agent_run_t *run, agt_buf_t *buf)
{
    ngx_uint_t                 i, n;
    ngx_http_agent_attempt_t  *at;

    n = 0;

    for (i = 0; i < run->attempts_n; i++) {
        at = run->attempts[i];

        if (!at->done) {
            continue;
        }

        if (n++) {
            (void) agt_buf_text(buf, ", ");
        }

        (void) agt_buf_str(buf, ngx_http_agent_agt(at->model->full));
        (void) agt_buf_text(buf, ";outcome=");
        (void) agt_buf_text(buf, agt_class_name(at->class));
        (void) agt_buf_text(buf, ";ms=");
        (void) agt_buf_uint(buf, at->ms);
    }

    return buf->failed ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_agent_format_version(ngx_http_agent_run_t *run, agt_buf_t *buf)
{
    if (run->def == NULL) {
        return buf->failed ? NGX_ERROR : NGX_OK;
    }

    (void) agt_buf_str(buf, run->def->name);
    (void) agt_buf_char(buf, '@');
    (void) agt_buf_str(buf, ngx_http_agent_agt(run->alias));
    (void) agt_buf_text(buf, ";v=");
    (void) ngx_http_agent_format_number(run->def, buf);
    (void) agt_buf_text(buf, ";digest=");

    return agt_buf_append(buf, (char *) run->def->digest,
                          NGX_HTTP_AGENT_DIGEST_SHOWN);
}


ngx_int_t
ngx_http_agent_format_number(ngx_http_agent_def_t *def, agt_buf_t *buf)
{
    if (def->number == 0) {
        return agt_buf_text(buf, "draft");
    }

    return agt_buf_uint(buf, def->number);
}


ngx_int_t
ngx_http_agent_format_traceparent(ngx_http_agent_run_t *run, agt_buf_t *buf)
{
    (void) agt_buf_text(buf, "00-");
    (void) agt_buf_append(buf, (char *) run->trace_id, sizeof(run->trace_id));
    (void) agt_buf_char(buf, '-');
    (void) agt_buf_append(buf, (char *) run->span_id, sizeof(run->span_id));
    (void) agt_buf_char(buf, '-');

    return agt_buf_append(buf, (char *) run->trace_flags,
                          sizeof(run->trace_flags));
}


ngx_http_agent_attempt_t *
ngx_http_agent_attempt_shown(ngx_http_agent_run_t *run)
{
    if (run->winner) {
        return run->winner;
    }

    return run->attempts_n ? run->attempts[run->attempts_n - 1] : NULL;
}


ngx_msec_int_t
ngx_http_agent_ttft(ngx_http_agent_run_t *run)
{
    if (run->winner == NULL || run->winner->first_byte_at == 0) {
        return -1;
    }

    return (ngx_msec_int_t) (run->winner->first_byte_at - run->started);
}


/*
 * A problem of ours tells the caller what to do; where a provider failed, the
 * class of its last failure tells the operator more.
 */

const char *
ngx_http_agent_error_name(ngx_http_agent_run_t *run)
{
    if (run->outcome == NGX_HTTP_AGENT_OUTCOME_NONE
        || run->outcome == NGX_HTTP_AGENT_OK)
    {
        return NULL;
    }

    if (run->outcome == NGX_HTTP_AGENT_CANCELLED) {
        return agt_class_name(AGT_CLASS_CANCELLED);
    }

    if (run->outcome != NGX_HTTP_AGENT_REJECTED
        && run->error != AGT_CLASS_OK
        && !run->expired)
    {
        return agt_class_name(run->error);
    }

    return run->problem.type;
}


const char *
ngx_http_agent_outcome_name(ngx_http_agent_outcome_e outcome)
{
    return ngx_http_agent_outcomes[outcome];
}


const char *
ngx_http_agent_kind_name(ngx_http_agent_kind_e kind)
{
    return ngx_http_agent_kinds[kind];
}
