
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Lines of agent_provider that say what it serves: "model" and "labels".
 */


#include "ngx_http_agent.h"

#include "agt_provider.h"


#define NGX_HTTP_AGENT_LABELS_MAX  32


typedef struct {
    ngx_str_t      name;
    char        *(*handler)(ngx_http_agent_model_t *model, ngx_str_t *value,
                            void *dst);
    ngx_uint_t     offset;
} ngx_http_agent_model_parameter_t;


static char *ngx_http_agent_model_parameter(ngx_conf_t *cf,
    ngx_http_agent_model_t *model, ngx_str_t *word, ngx_uint_t *seen);
static char *ngx_http_agent_model_id(ngx_http_agent_model_t *model,
    ngx_str_t *value, void *dst);
static char *ngx_http_agent_model_tokens(ngx_http_agent_model_t *model,
    ngx_str_t *value, void *dst);
static char *ngx_http_agent_model_rate(ngx_http_agent_model_t *model,
    ngx_str_t *value, void *dst);
static char *ngx_http_agent_model_over(ngx_http_agent_model_t *model,
    ngx_str_t *value, void *dst);
static ngx_uint_t ngx_http_agent_split(ngx_str_t *word, ngx_str_t *name,
    ngx_str_t *value);


#define NGX_HTTP_AGENT_RATE(field)                                            \
    offsetof(ngx_http_agent_model_t, price)                                   \
    + offsetof(agt_price_t, bands) + offsetof(agt_price_band_t, field)


static const ngx_http_agent_model_parameter_t
    ngx_http_agent_model_parameters[] =
{
    { ngx_string("id"), ngx_http_agent_model_id,
      offsetof(ngx_http_agent_model_t, id) },

    { ngx_string("context"), ngx_http_agent_model_tokens,
      offsetof(ngx_http_agent_model_t, context) },

    { ngx_string("max_output"), ngx_http_agent_model_tokens,
      offsetof(ngx_http_agent_model_t, max_output) },

    { ngx_string("input"), ngx_http_agent_model_rate,
      NGX_HTTP_AGENT_RATE(input) },

    { ngx_string("cached"), ngx_http_agent_model_rate,
      NGX_HTTP_AGENT_RATE(cached) },

    { ngx_string("cache_write"), ngx_http_agent_model_rate,
      NGX_HTTP_AGENT_RATE(cache_write) },

    { ngx_string("output"), ngx_http_agent_model_rate,
      NGX_HTTP_AGENT_RATE(output) },

    { ngx_string("over"), ngx_http_agent_model_over, 0 },

    { ngx_string("drop"), NULL, 0 },

    { ngx_null_string, NULL, 0 }
};


/* model name [id=id] [context=1050k] [input=0.10] ...; */

char *
ngx_http_agent_model_key(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_http_agent_provider_t  *provider = block;

    char                     *rv;
    u_char                   *p;
    ngx_str_t                *value;
    ngx_uint_t                i, seen;
    ngx_http_agent_model_t   *model, **models;

    value = cf->args->elts;

    if (!agt_model_name_valid(ngx_http_agent_agt(value[1]))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid model name \"%V\": it must match "
                           "[A-Za-z0-9._:/@+-]{1,128}", &value[1]);
        return NGX_CONF_ERROR;
    }

    models = provider->models.elts;

    for (i = 0; i < provider->models.nelts; i++) {
        if (models[i]->name.len == value[1].len
            && ngx_memcmp(models[i]->name.data, value[1].data, value[1].len)
               == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate model \"%V\"",
                               &value[1]);
            return NGX_CONF_ERROR;
        }
    }

    if (provider->models.nelts == NGX_HTTP_AGENT_MODELS_MAX) {
        return "is one too many, there may be 256";
    }

    model = ngx_pcalloc(cf->pool, sizeof(ngx_http_agent_model_t));
    if (model == NULL) {
        return NGX_CONF_ERROR;
    }

    model->provider = provider;
    model->name = value[1];
    model->id = value[1];

    agt_price_init(&model->price);

    model->full.len = provider->name.len + 1 + value[1].len;
    model->full.data = ngx_pnalloc(cf->pool, model->full.len);
    if (model->full.data == NULL) {
        return NGX_CONF_ERROR;
    }

    p = ngx_cpymem(model->full.data, provider->name.data, provider->name.len);
    *p++ = '/';
    ngx_memcpy(p, value[1].data, value[1].len);

    seen = 0;

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_agent_model_parameter(cf, model, &value[i], &seen);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    models = ngx_array_push(&provider->models);
    if (models == NULL) {
        return NGX_CONF_ERROR;
    }

    *models = model;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_model_parameter(ngx_conf_t *cf, ngx_http_agent_model_t *model,
    ngx_str_t *word, ngx_uint_t *seen)
{
    char                                    *rv;
    ngx_str_t                                name, value;
    ngx_uint_t                               i;
    const ngx_http_agent_model_parameter_t  *p;

    p = ngx_http_agent_model_parameters;

    if (!ngx_http_agent_split(word, &name, &value)) {
        goto invalid;
    }

    for (i = 0; p[i].name.len; i++) {

        if (p[i].name.len != name.len
            || ngx_memcmp(p[i].name.data, name.data, name.len) != 0)
        {
            continue;
        }

        if (p[i].handler == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V=\" of \"model\" is not supported by this "
                               "build", &name);
            return NGX_CONF_ERROR;
        }

        /* "over" may come several times */

        if ((*seen & (1 << i)) && p[i].handler != ngx_http_agent_model_over) {
            rv = "is duplicate";

        } else {
            *seen |= 1 << i;
            rv = p[i].handler(model, &value, (char *) model + p[i].offset);
        }

        if (rv == NGX_CONF_OK) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" of model \"%V\" %s", word, &model->name, rv);
        return NGX_CONF_ERROR;
    }

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown parameter \"%V\" of model \"%V\"", word,
                       &model->name);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_agent_model_id(ngx_http_agent_model_t *model, ngx_str_t *value,
    void *dst)
{
    if (!agt_model_name_valid(ngx_http_agent_agt(*value))) {
        return "must match [A-Za-z0-9._:/@+-]{1,128}";
    }

    model->id = *value;

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_model_tokens(ngx_http_agent_model_t *model, ngx_str_t *value,
    void *dst)
{
    int64_t  *tokens = dst;

    if (agt_tokens_parse(ngx_http_agent_agt(*value), tokens) != AGT_OK) {
        return "must be a number of tokens, as \"8192\", \"1050k\" or \"2m\"";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_model_rate(ngx_http_agent_model_t *model, ngx_str_t *value,
    void *dst)
{
    int64_t  *rate = dst;

    if (agt_price_rate(ngx_http_agent_agt(*value), rate) != AGT_OK) {
        return "must be USD for a million tokens, as \"0.125\"";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_agent_model_over(ngx_http_agent_model_t *model, ngx_str_t *value,
    void *dst)
{
    agt_price_t       *price;
    agt_price_band_t   band;

    price = &model->price;

    if (agt_band_parse(ngx_http_agent_agt(*value), &band) != AGT_OK) {
        return "must be tokens and four rates, "
               "as \"over=272k:4.00,0.40,5.00,15.00\"";
    }

    if (price->n == AGT_PRICE_BANDS) {
        return "is one too many, there may be 3";
    }

    if (band.over <= price->bands[price->n - 1].over) {
        return "must be more tokens than the \"over\" before it";
    }

    price->bands[price->n++] = band;

    return NGX_CONF_OK;
}


/* labels name=value ...; */

char *
ngx_http_agent_labels_key(ngx_conf_t *cf, void *block, void *dst)
{
    ngx_http_agent_provider_t  *provider = block;

    ngx_str_t     *value, name, text;
    ngx_uint_t     i, n;
    ngx_keyval_t  *labels;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (!ngx_http_agent_split(&value[i], &name, &text)
            || !agt_name_valid(ngx_http_agent_agt(name))
            || !agt_name_valid(ngx_http_agent_agt(text)))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "label \"%V\" must be \"name=value\", both "
                               "matching [a-z0-9][a-z0-9_-]{0,62}", &value[i]);
            return NGX_CONF_ERROR;
        }

        labels = provider->labels.elts;

        for (n = 0; n < provider->labels.nelts; n++) {
            if (labels[n].key.len == name.len
                && ngx_memcmp(labels[n].key.data, name.data, name.len) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "duplicate label \"%V\"", &name);
                return NGX_CONF_ERROR;
            }
        }

        if (n == NGX_HTTP_AGENT_LABELS_MAX) {
            return "are too many, there may be 32";
        }

        labels = ngx_array_push(&provider->labels);
        if (labels == NULL) {
            return NGX_CONF_ERROR;
        }

        labels->key = name;
        labels->value = text;
    }

    return NGX_CONF_OK;
}


/* "name=value"; the value may be empty */

static ngx_uint_t
ngx_http_agent_split(ngx_str_t *word, ngx_str_t *name, ngx_str_t *value)
{
    u_char  *p, *last;

    last = word->data + word->len;
    p = ngx_strlchr(word->data, last, '=');

    if (p == NULL) {
        return 0;
    }

    name->data = word->data;
    name->len = p - word->data;

    value->data = p + 1;
    value->len = last - value->data;

    return 1;
}


ngx_http_agent_model_t *
ngx_http_agent_model_find(ngx_http_agent_main_conf_t *amcf, ngx_str_t *name)
{
    u_char                      *p;
    ngx_str_t                    provider_name;
    ngx_uint_t                   i;
    ngx_http_agent_model_t     **models;
    ngx_http_agent_provider_t   *provider;

    /* names of providers have no slash, those of models may */

    p = ngx_strlchr(name->data, name->data + name->len, '/');

    if (p == NULL) {
        return NULL;
    }

    provider_name.data = name->data;
    provider_name.len = p - name->data;

    provider = ngx_http_agent_provider_find(amcf, &provider_name);

    if (provider == NULL) {
        return NULL;
    }

    models = provider->models.elts;

    for (i = 0; i < provider->models.nelts; i++) {
        if (models[i]->full.len == name->len
            && ngx_memcmp(models[i]->full.data, name->data, name->len) == 0)
        {
            return models[i];
        }
    }

    return NULL;
}
