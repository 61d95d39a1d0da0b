
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * How long a provider asks to be left alone.  A wait is rounded up, so that
 * nobody comes back earlier than told; a date that has passed is no wait.
 */


#include "agt_http.h"


typedef struct {
    int64_t  year;
    int64_t  month;     /* from 1 */
    int64_t  day;
    int64_t  second;    /* of the day */
} agt_http_date_t;


static int64_t agt_http_delay(const char *p, int64_t unit);
static int64_t agt_http_date_delay(const char *text, int64_t now);
static bool agt_http_date_match(const char *pattern, const char *p,
    agt_http_date_t *date);
static const char *agt_http_date_item(char item, const char *p,
    agt_http_date_t *date);
static const char *agt_http_date_name(const char *p, const char *const *names,
    int64_t n, int64_t *index);
static const char *agt_http_date_number(const char *p, unsigned digits,
    int64_t *value);
static const char *agt_http_date_time(const char *p, agt_http_date_t *date);
static int64_t agt_http_date_seconds(const agt_http_date_t *date);


/*
 * IMF-fixdate, RFC 850 and asctime() (RFC 9110, 5.6.7).  w and W are the day
 * of the week, short and long, d and e the day with a zero and with a space,
 * m the month, y and Y the year, t the time; all else is literal.
 */

static const char *const  agt_http_dates[] = {
    "w, d m Y t GMT",
    "W, d-m-y t GMT",
    "w m e t Y"
};


static const char *const  agt_http_weekdays[] = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    "Sunday"
};


static const char *const  agt_http_days[] = {
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
};


static const char *const  agt_http_months[] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
    "Nov", "Dec"
};


int64_t
agt_http_retry_after(const agt_http_head_t *head, int64_t now)
{
    int64_t  delay;

    delay = agt_http_delay(head->retry_after_ms, 1);

    if (delay == -1) {
        delay = agt_http_delay(head->retry_after, 1000);
    }

    if (delay == -1) {
        delay = agt_http_date_delay(head->retry_after, now);
    }

    return delay;
}


/* digits, maybe a point and more digits, of so many ms each */

static int64_t
agt_http_delay(const char *p, int64_t unit)
{
    bool     rest;
    int64_t  delay;

    if (*p < '0' || *p > '9') {
        return -1;
    }

    delay = 0;

    for ( /* void */ ; *p >= '0' && *p <= '9'; p++) {
        delay = agt_min(delay * 10 + (*p - '0'), AGT_HTTP_RETRY_MAX);
    }

    delay *= unit;
    rest = false;

    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9'; p++) {
            unit /= 10;
            delay += unit * (*p - '0');
            rest |= (unit == 0 && *p != '0');
        }
    }

    if (*p != '\0') {
        return -1;
    }

    return agt_min(delay + rest, AGT_HTTP_RETRY_MAX);
}


static int64_t
agt_http_date_delay(const char *text, int64_t now)
{
    size_t           i;
    int64_t          time;
    agt_http_date_t  date;

    memset(&date, 0, sizeof(agt_http_date_t));

    for (i = 0; i < agt_array_n(agt_http_dates); i++) {
        if (agt_http_date_match(agt_http_dates[i], text, &date)) {
            break;
        }
    }

    if (i == agt_array_n(agt_http_dates)) {
        return -1;
    }

    now = agt_max(now, 0);
    time = agt_http_date_seconds(&date);

    /* two digits mean no more than 50 years from now (RFC 9110, 5.6.7) */

    if (date.year < 100) {
        date.year += 2000;
        time = agt_http_date_seconds(&date);

        if (time > now && time - now > INT64_C(50) * 365 * 86400) {
            date.year -= 100;
            time = agt_http_date_seconds(&date);
        }
    }

    if (time <= now) {
        return 0;
    }

    if (now < time - AGT_HTTP_RETRY_MAX / 1000) {
        return AGT_HTTP_RETRY_MAX;
    }

    return (time - now) * 1000;
}


static bool
agt_http_date_match(const char *pattern, const char *p, agt_http_date_t *date)
{
    for ( /* void */ ; *pattern != '\0'; pattern++) {
        p = agt_http_date_item(*pattern, p, date);
        if (p == NULL) {
            return false;
        }
    }

    return *p == '\0' && date->day >= 1 && date->day <= 31;
}


static const char *
agt_http_date_item(char item, const char *p, agt_http_date_t *date)
{
    int64_t  ignored;

    switch (item) {

    case 'w':
        return agt_http_date_name(p, agt_http_days,
                                  agt_array_n(agt_http_days), &ignored);

    case 'W':
        return agt_http_date_name(p, agt_http_weekdays,
                                  agt_array_n(agt_http_weekdays), &ignored);

    case 'm':
        return agt_http_date_name(p, agt_http_months,
                                  agt_array_n(agt_http_months), &date->month);

    case 'e':
        if (*p == ' ') {
            return agt_http_date_number(p + 1, 1, &date->day);
        }

        /* fall through */

    case 'd':
        return agt_http_date_number(p, 2, &date->day);

    case 'Y':
        return *p != '0' ? agt_http_date_number(p, 4, &date->year) : NULL;

    case 'y':
        return agt_http_date_number(p, 2, &date->year);

    case 't':
        return agt_http_date_time(p, date);

    default:
        return *p == item ? p + 1 : NULL;
    }
}


static const char *
agt_http_date_name(const char *p, const char *const *names, int64_t n,
    int64_t *index)
{
    size_t   len;
    int64_t  i;

    for (i = 0; i < n; i++) {
        len = strlen(names[i]);

        if (strncmp(p, names[i], len) == 0) {
            *index = i + 1;
            return p + len;
        }
    }

    return NULL;
}


static const char *
agt_http_date_number(const char *p, unsigned digits, int64_t *value)
{
    *value = 0;

    for ( /* void */ ; digits > 0; digits--, p++) {

        if (*p < '0' || *p > '9') {
            return NULL;
        }

        *value = *value * 10 + (*p - '0');
    }

    return p;
}


static const char *
agt_http_date_time(const char *p, agt_http_date_t *date)
{
    size_t                i;
    int64_t               n;
    static const int64_t  max[] = { 23, 59, 60 };    /* a leap second */

    date->second = 0;

    for (i = 0; i < agt_array_n(max); i++) {

        if (i != 0 && *p++ != ':') {
            return NULL;
        }

        p = agt_http_date_number(p, 2, &n);

        if (p == NULL || n > max[i]) {
            return NULL;
        }

        date->second = date->second * 60 + n;
    }

    return p;
}


/*
 * Days since 1970-01-01 of the Gregorian calendar, in years that begin with
 * March: then the leap day is a year's last, and the months' lengths follow
 * one linear formula.
 */

static int64_t
agt_http_date_seconds(const agt_http_date_t *date)
{
    int64_t  year, month, days;

    year = date->month > 2 ? date->year : date->year - 1;
    month = date->month > 2 ? date->month - 3 : date->month + 9;

    days = 365 * year + year / 4 - year / 100 + year / 400
           + (153 * month + 2) / 5 + date->day - 1 - 719468;

    return days * 86400 + date->second;
}
