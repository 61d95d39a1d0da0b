
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The options of the directive, and of the request header for those who turn
 * that on: one table for both.
 */


#include "ngx_http_agent_simulator.h"


#define NGX_HTTP_AGENT_SIMULATOR_INTERVAL   10     /* ms, of drip=BYTES */


typedef struct ngx_http_agent_simulator_option_s
    ngx_http_agent_simulator_option_t;

/* returns NULL, or what is wrong */

typedef const char *(*ngx_http_agent_simulator_option_pt)(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);

struct ngx_http_agent_simulator_option_s {
    ngx_str_t                           name;
    ngx_http_agent_simulator_option_pt  set;
    ngx_uint_t                          fault;    /* that the option is about */
    unsigned                            repeated:1;
    unsigned                            configured:1;   /* never a header's */
};


static const char *ngx_http_agent_simulator_set_seed(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_latency(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_error(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_retry_after(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_fault(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_malformed(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_drip(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_size(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_text(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_echo(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_usage(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_model(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_key(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);
static const char *ngx_http_agent_simulator_set_control(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option);

static ngx_http_agent_simulator_fault_t *ngx_http_agent_simulator_fault_add(
    ngx_http_agent_simulator_parser_t *parser, ngx_uint_t kind);
static ngx_str_t ngx_http_agent_simulator_split(ngx_str_t *s,
    const char *separator);
static ngx_int_t ngx_http_agent_simulator_rate(ngx_str_t *s,
    ngx_uint_t *rate);
static ngx_int_t ngx_http_agent_simulator_time(ngx_str_t *s, ngx_msec_t *ms);
static ngx_int_t ngx_http_agent_simulator_flag(ngx_str_t *s);
static ngx_uint_t ngx_http_agent_simulator_is(ngx_str_t *s,
    const char *text);


static const char  ngx_http_agent_simulator_bad_rate[] =
    "a rate is a share from 0 to 1, as 0.05, or a percentage, as 5%";
static const char  ngx_http_agent_simulator_bad_time[] =
    "a time is 0 to 1h, as 250ms or 2s";
static const char  ngx_http_agent_simulator_bad_flag[] =
    "it is on or off";
static const char  ngx_http_agent_simulator_too_many[] =
    "too many faults";


static const ngx_http_agent_simulator_option_t
    ngx_http_agent_simulator_option_table[] =
{
    { ngx_string("seed"), ngx_http_agent_simulator_set_seed, 0, 0, 0 },
    { ngx_string("latency"), ngx_http_agent_simulator_set_latency, 0, 0, 0 },
    { ngx_string("error"), ngx_http_agent_simulator_set_error,
      NGX_HTTP_AGENT_SIMULATOR_ERROR, 1, 0 },
    { ngx_string("retry_after"), ngx_http_agent_simulator_set_retry_after,
      0, 0, 0 },
    { ngx_string("malformed"), ngx_http_agent_simulator_set_malformed,
      NGX_HTTP_AGENT_SIMULATOR_MALFORMED, 1, 0 },
    { ngx_string("truncated"), ngx_http_agent_simulator_set_fault,
      NGX_HTTP_AGENT_SIMULATOR_TRUNCATED, 0, 0 },
    { ngx_string("invalid"), ngx_http_agent_simulator_set_fault,
      NGX_HTTP_AGENT_SIMULATOR_INVALID, 0, 0 },
    { ngx_string("refusal"), ngx_http_agent_simulator_set_fault,
      NGX_HTTP_AGENT_SIMULATOR_REFUSAL, 0, 0 },
    { ngx_string("cut"), ngx_http_agent_simulator_set_fault,
      NGX_HTTP_AGENT_SIMULATOR_CUT, 0, 0 },
    { ngx_string("drip"), ngx_http_agent_simulator_set_drip, 0, 0, 0 },
    { ngx_string("size"), ngx_http_agent_simulator_set_size, 0, 0, 0 },
    { ngx_string("text"), ngx_http_agent_simulator_set_text, 0, 0, 0 },
    { ngx_string("echo"), ngx_http_agent_simulator_set_echo, 0, 0, 0 },
    { ngx_string("usage"), ngx_http_agent_simulator_set_usage, 0, 0, 0 },
    { ngx_string("model"), ngx_http_agent_simulator_set_model, 0, 1, 1 },
    { ngx_string("key"), ngx_http_agent_simulator_set_key, 0, 0, 1 },
    { ngx_string("control"), ngx_http_agent_simulator_set_control, 0, 0, 1 }
};


void
ngx_http_agent_simulator_options_init(
    ngx_http_agent_simulator_options_t *options)
{
    ngx_memzero(options, sizeof(ngx_http_agent_simulator_options_t));

    /*
     * set by ngx_memzero():
     *
     *     options->seed = 0;
     *     options->latency = { 0, 0, 0 };
     *     options->nfaults = 0;
     *     options->drip = 0;
     *     options->size = 0;
     *     options->text = { 0, NULL };
     *     options->echo = 0;
     */

    options->retry_after = -1;
    options->usage = 1;
}


const char *
ngx_http_agent_simulator_options_check(
    ngx_http_agent_simulator_options_t *options)
{
    ngx_uint_t  i, sum;

    sum = 0;

    for (i = 0; i < options->nfaults; i++) {
        sum += options->faults[i].rate;
    }

    if (sum > NGX_HTTP_AGENT_SIMULATOR_ALWAYS) {
        return "the rates of all faults sum up to more than 1";
    }

    if (options->text.data && options->echo) {
        return "\"text\" and \"echo\" exclude each other";
    }

    return NULL;
}


const char *
ngx_http_agent_simulator_option(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *word)
{
    ngx_str_t                                 name, value;
    ngx_uint_t                                i;
    const ngx_http_agent_simulator_option_t  *option;

    value = *word;
    name = ngx_http_agent_simulator_split(&value, "=");

    if (value.data == NULL) {
        return "an option is name=value";
    }

    for (i = 0; /* void */ ; i++) {

        if (i == agt_array_n(ngx_http_agent_simulator_option_table)) {
            return "unknown option";
        }

        option = &ngx_http_agent_simulator_option_table[i];

        if (name.len == option->name.len
            && ngx_memcmp(name.data, option->name.data, name.len) == 0)
        {
            break;
        }
    }

    if (option->configured && parser->slcf == NULL) {
        return "it can not be set by a request";
    }

    if ((parser->seen & (1u << i)) && !option->repeated) {
        return "it is duplicate";
    }

    parser->seen |= 1u << i;

    return option->set(parser, &value, option);
}


static const char *
ngx_http_agent_simulator_set_seed(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    off_t  n;

    n = ngx_atoof(value->data, value->len);
    if (n == NGX_ERROR) {
        return "a seed is an integer that is not negative";
    }

    parser->options->seed = (uint64_t) n;

    return NULL;
}


/* TIME, TIME..TIME, or lognormal:MEDIAN,P95 */

static const char *
ngx_http_agent_simulator_set_latency(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ngx_str_t   first;
    ngx_msec_t  lo, hi;
    ngx_uint_t  lognormal;

    static ngx_str_t  prefix = ngx_string("lognormal:");

    lognormal = (value->len > prefix.len
                 && ngx_strncmp(value->data, prefix.data, prefix.len) == 0);

    if (lognormal) {
        value->data += prefix.len;
        value->len -= prefix.len;
    }

    first = ngx_http_agent_simulator_split(value, lognormal ? "," : "..");

    if (ngx_http_agent_simulator_time(&first, &lo) != NGX_OK) {
        return ngx_http_agent_simulator_bad_time;
    }

    hi = lo;

    if (value->data
        && ngx_http_agent_simulator_time(value, &hi) != NGX_OK)
    {
        return ngx_http_agent_simulator_bad_time;
    }

    if (hi < lo || (lognormal && (lo == 0 || value->data == NULL))) {
        return "it is TIME, TIME..TIME or lognormal:MEDIAN,P95";
    }

    if (lognormal) {
        agt_delay_lognormal(&parser->options->latency, lo, hi);

    } else {
        agt_delay_uniform(&parser->options->latency, lo, hi);
    }

    return NULL;
}


/* RATE[:STATUS[:CODE]], or STATUS[:CODE] for always */

static const char *
ngx_http_agent_simulator_set_error(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ngx_int_t                          status;
    ngx_str_t                          word;
    ngx_http_agent_simulator_fault_t  *fault;

    fault = ngx_http_agent_simulator_fault_add(parser, option->fault);
    if (fault == NULL) {
        return ngx_http_agent_simulator_too_many;
    }

    word = ngx_http_agent_simulator_split(value, ":");
    status = ngx_atoi(word.data, word.len);

    if (status == NGX_ERROR || status <= 1) {

        if (ngx_http_agent_simulator_rate(&word, &fault->rate) != NGX_OK) {
            return ngx_http_agent_simulator_bad_rate;
        }

        status = NGX_HTTP_INTERNAL_SERVER_ERROR;

        if (value->data) {
            word = ngx_http_agent_simulator_split(value, ":");
            status = ngx_atoi(word.data, word.len);
        }
    }

    if (status < 400 || status > 599) {
        return "a status is 400 to 599";
    }

    if (parser->dialect->error_find(status,
                                    ngx_http_agent_simulator_str(value),
                                    &fault->error)
        != NGX_OK)
    {
        return "the dialect has no such error code";
    }

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_retry_after(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option)
{
    ngx_msec_t  ms;

    if (ngx_http_agent_simulator_time(value, &ms) != NGX_OK) {
        return ngx_http_agent_simulator_bad_time;
    }

    parser->options->retry_after = (ms + 999) / 1000;

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_fault(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ngx_http_agent_simulator_fault_t  *fault;

    fault = ngx_http_agent_simulator_fault_add(parser, option->fault);
    if (fault == NULL) {
        return ngx_http_agent_simulator_too_many;
    }

    if (ngx_http_agent_simulator_rate(value, &fault->rate) != NGX_OK) {
        return ngx_http_agent_simulator_bad_rate;
    }

    return NULL;
}


/* RATE[:KIND] */

static const char *
ngx_http_agent_simulator_set_malformed(
    ngx_http_agent_simulator_parser_t *parser, ngx_str_t *value,
    const ngx_http_agent_simulator_option_t *option)
{
    ngx_str_t                          rate;
    ngx_uint_t                         i;
    ngx_http_agent_simulator_fault_t  *fault;

    /* by ngx_http_agent_simulator_malformed_e */

    static const char *const  kinds[] = { "json", "html", "empty" };

    fault = ngx_http_agent_simulator_fault_add(parser, option->fault);
    if (fault == NULL) {
        return ngx_http_agent_simulator_too_many;
    }

    rate = ngx_http_agent_simulator_split(value, ":");

    if (ngx_http_agent_simulator_rate(&rate, &fault->rate) != NGX_OK) {
        return ngx_http_agent_simulator_bad_rate;
    }

    if (value->data == NULL) {
        return NULL;
    }

    for (i = 0; i < agt_array_n(kinds); i++) {
        if (ngx_http_agent_simulator_is(value, kinds[i])) {
            fault->malformed = i;
            return NULL;
        }
    }

    return "it is RATE, RATE:json, RATE:html or RATE:empty";
}


/* TIME for a byte at a time, or BYTES/TIME */

static const char *
ngx_http_agent_simulator_set_drip(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ssize_t    bytes;
    ngx_str_t  word;

    bytes = 1;
    word = ngx_http_agent_simulator_split(value, "/");

    if (value->data) {
        bytes = ngx_parse_size(&word);
        word = *value;
    }

    if (bytes == NGX_ERROR || bytes == 0) {
        return "it is TIME or BYTES/TIME";
    }

    if (ngx_http_agent_simulator_time(&word, &parser->options->interval)
        != NGX_OK)
    {
        return ngx_http_agent_simulator_bad_time;
    }

    parser->options->drip = bytes;

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_size(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ssize_t  size;

    size = ngx_parse_size(value);

    if (size == NGX_ERROR || size > AGT_GENERATE_SIZE / 2) {
        return "a size is 0 to 512k";
    }

    parser->options->size = size;

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_text(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    parser->options->text = *value;

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_echo(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ngx_int_t  flag;

    flag = ngx_http_agent_simulator_flag(value);
    if (flag == NGX_ERROR) {
        return ngx_http_agent_simulator_bad_flag;
    }

    parser->options->echo = flag;

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_usage(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ngx_int_t  flag;

    flag = ngx_http_agent_simulator_flag(value);
    if (flag == NGX_ERROR) {
        return ngx_http_agent_simulator_bad_flag;
    }

    parser->options->usage = flag;

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_model(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ngx_str_t  *model;

    if (value->len == 0) {
        return "a model has a name";
    }

    model = ngx_array_push(&parser->slcf->models);
    if (model == NULL) {
        return "no memory";
    }

    *model = *value;

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_key(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    if (value->len == 0) {
        return "a key is not empty";
    }

    parser->slcf->key = *value;

    return NULL;
}


static const char *
ngx_http_agent_simulator_set_control(ngx_http_agent_simulator_parser_t *parser,
    ngx_str_t *value, const ngx_http_agent_simulator_option_t *option)
{
    ngx_int_t  flag;

    flag = ngx_http_agent_simulator_flag(value);
    if (flag == NGX_ERROR) {
        return ngx_http_agent_simulator_bad_flag;
    }

    parser->slcf->control = flag;

    return NULL;
}


/* the first fault that a header names replaces all of its location's */

static ngx_http_agent_simulator_fault_t *
ngx_http_agent_simulator_fault_add(ngx_http_agent_simulator_parser_t *parser,
    ngx_uint_t kind)
{
    ngx_http_agent_simulator_fault_t    *fault;
    ngx_http_agent_simulator_options_t  *options;

    options = parser->options;

    if (!parser->faults) {
        parser->faults = 1;
        options->nfaults = 0;
    }

    if (options->nfaults == NGX_HTTP_AGENT_SIMULATOR_FAULTS) {
        return NULL;
    }

    fault = &options->faults[options->nfaults++];

    ngx_memzero(fault, sizeof(ngx_http_agent_simulator_fault_t));

    fault->kind = kind;
    fault->rate = NGX_HTTP_AGENT_SIMULATOR_ALWAYS;

    return fault;
}


/* takes what stands before the separator; without one s becomes NULL */

static ngx_str_t
ngx_http_agent_simulator_split(ngx_str_t *s, const char *separator)
{
    size_t     i, n;
    ngx_str_t  first;

    first = *s;
    n = ngx_strlen(separator);

    for (i = 0; i + n <= s->len; i++) {

        if (ngx_strncmp(s->data + i, separator, n) == 0) {
            first.len = i;
            s->data += i + n;
            s->len -= i + n;
            return first;
        }
    }

    ngx_str_null(s);

    return first;
}


static ngx_int_t
ngx_http_agent_simulator_rate(ngx_str_t *s, ngx_uint_t *rate)
{
    ngx_int_t   n;
    ngx_uint_t  percent;

    percent = (s->len != 0 && s->data[s->len - 1] == '%');

    /* "5%" is 0.05: two more digits of the fraction */

    n = ngx_atofp(s->data, s->len - percent, percent ? 4 : 6);

    if (n == NGX_ERROR || n > NGX_HTTP_AGENT_SIMULATOR_ALWAYS) {
        return NGX_ERROR;
    }

    *rate = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_simulator_time(ngx_str_t *s, ngx_msec_t *ms)
{
    ngx_int_t  n;

    n = ngx_parse_time(s, 0);

    if (n == NGX_ERROR || n > AGT_DELAY_MAX) {
        return NGX_ERROR;
    }

    *ms = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_agent_simulator_flag(ngx_str_t *s)
{
    if (ngx_http_agent_simulator_is(s, "on")) {
        return 1;
    }

    return ngx_http_agent_simulator_is(s, "off") ? 0 : NGX_ERROR;
}


static ngx_uint_t
ngx_http_agent_simulator_is(ngx_str_t *s, const char *text)
{
    return s->len == ngx_strlen(text)
           && ngx_memcmp(s->data, text, s->len) == 0;
}
