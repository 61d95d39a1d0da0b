
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_words.h"


#define AGT_WORDS_HINT   64     /* longer names say nothing more */

#define AGT_WORDS_CYCLE  16     /* nouns, and sentences */

#define agt_words_list(list)   list, agt_array_n(list)


typedef void (*agt_words_pt)(agt_buf_t *buf, agt_random_t *random);


/* a kind is a list to choose from, or a function that composes */

typedef struct {
    const agt_str_t  *list;
    size_t            n;
    agt_words_pt      put;
} agt_words_source_t;


/* "text" is looked for in a name written as " lower case words " */

typedef struct {
    const char       *text;
    agt_words_e       kind;
} agt_words_hint_t;


typedef struct {
    const char         *text;
    agt_words_range_t   range;
} agt_words_number_t;


static void agt_words_pick(agt_buf_t *buf, const agt_str_t *list, size_t n,
    agt_random_t *random);
static size_t agt_words_normal(char *dst, agt_str_t name);
static bool agt_words_upper(agt_str_t s, size_t i);
static void agt_words_digits(agt_buf_t *buf, uint64_t n, unsigned width);
static void agt_words_hex(agt_buf_t *buf, uint64_t n, unsigned width);
static void agt_words_lower(agt_buf_t *buf, const agt_str_t *list, size_t n,
    agt_random_t *random);

static void agt_words_put_phrase(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_title(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_paragraph(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_name(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_street(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_code(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_phone(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_date_time(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_date(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_time(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_email(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_hostname(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_uri(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_uuid(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_ipv4(agt_buf_t *buf, agt_random_t *random);
static void agt_words_put_ipv6(agt_buf_t *buf, agt_random_t *random);


static const agt_str_t  agt_words_adjectives[] = {
    agt_string("clear"), agt_string("recent"), agt_string("regular"),
    agt_string("complete"), agt_string("minor"), agt_string("original"),
    agt_string("typical"), agt_string("careful"), agt_string("new"),
    agt_string("separate"), agt_string("useful"), agt_string("steady"),
    agt_string("detailed"), agt_string("quiet"), agt_string("second"),
    agt_string("plain")
};

static const agt_str_t  agt_words_nouns[AGT_WORDS_CYCLE] = {
    agt_string("order"), agt_string("report"), agt_string("listing"),
    agt_string("account"), agt_string("delivery"), agt_string("invoice"),
    agt_string("review"), agt_string("garden"), agt_string("bicycle"),
    agt_string("window"), agt_string("contract"), agt_string("shipment"),
    agt_string("notebook"), agt_string("schedule"), agt_string("harbour"),
    agt_string("question")
};

static const agt_str_t  agt_words_sentences[AGT_WORDS_CYCLE] = {
    agt_string("The text was read and nothing unusual was found."),
    agt_string("All of the details agree with what was given."),
    agt_string("One point stays open and can be settled later."),
    agt_string("The price is within the usual range."),
    agt_string("Delivery is expected within three working days."),
    agt_string("The customer asked for a short written answer."),
    agt_string("No further action is needed at this time."),
    agt_string("The description matches the item that is shown."),
    agt_string("Two of the figures were rounded to whole numbers."),
    agt_string("A person should look at this before it is final."),
    agt_string("The request was clear and complete."),
    agt_string("This follows from the second part of the message."),
    agt_string("Nothing in the document speaks against it."),
    agt_string("The dates fit together and none of them is missing."),
    agt_string("It was compared with earlier cases of the same kind."),
    agt_string("The tone is friendly and to the point.")
};

static const agt_str_t  agt_words_first_names[] = {
    agt_string("Ada"), agt_string("Emil"), agt_string("Grace"),
    agt_string("Ivan"), agt_string("Lena"), agt_string("Mei"),
    agt_string("Nora"), agt_string("Omar"), agt_string("Priya"),
    agt_string("Rosa"), agt_string("Tomas"), agt_string("Yuki")
};

static const agt_str_t  agt_words_last_names[] = {
    agt_string("Almeida"), agt_string("Berg"), agt_string("Costa"),
    agt_string("Dubois"), agt_string("Fischer"), agt_string("Haddad"),
    agt_string("Jensen"), agt_string("Kowalski"), agt_string("Moreau"),
    agt_string("Novak"), agt_string("Silva"), agt_string("Tanaka")
};

static const agt_str_t  agt_words_companies[] = {
    agt_string("Northwind Paper"), agt_string("Blue Harbour Ltd"),
    agt_string("Meridian Tools"), agt_string("Oakfield Foods"),
    agt_string("Lumen Instruments"), agt_string("Silverline Freight")
};

static const agt_str_t  agt_words_streets[] = {
    agt_string("Station Road"), agt_string("Mill Lane"),
    agt_string("Harbour Street"), agt_string("Linden Avenue"),
    agt_string("Market Square"), agt_string("Church Street")
};

static const agt_str_t  agt_words_cities[] = {
    agt_string("Lisbon"), agt_string("Oslo"), agt_string("Kyoto"),
    agt_string("Porto"), agt_string("Ghent"), agt_string("Toronto"),
    agt_string("Vienna"), agt_string("Cork")
};

static const agt_str_t  agt_words_countries[] = {
    agt_string("Portugal"), agt_string("Norway"), agt_string("Japan"),
    agt_string("Belgium"), agt_string("Canada"), agt_string("Austria")
};

static const agt_str_t  agt_words_country_codes[] = {
    agt_string("PT"), agt_string("NO"), agt_string("JP"), agt_string("BE"),
    agt_string("CA"), agt_string("AT")
};

static const agt_str_t  agt_words_languages[] = {
    agt_string("en"), agt_string("de"), agt_string("fr"), agt_string("es"),
    agt_string("pt"), agt_string("ja")
};

static const agt_str_t  agt_words_currencies[] = {
    agt_string("EUR"), agt_string("USD"), agt_string("GBP"),
    agt_string("JPY"), agt_string("CAD"), agt_string("NOK")
};

static const agt_str_t  agt_words_colors[] = {
    agt_string("red"), agt_string("green"), agt_string("blue"),
    agt_string("black"), agt_string("white"), agt_string("grey")
};

static const agt_str_t  agt_words_units[] = {
    agt_string("piece"), agt_string("box"), agt_string("kg"),
    agt_string("m"), agt_string("litre"), agt_string("hour")
};

static const agt_str_t  agt_words_durations[] = {
    agt_string("PT15M"), agt_string("PT2H"), agt_string("P1D"),
    agt_string("P2W"), agt_string("P1Y6M"), agt_string("P3DT4H30M")
};

static const agt_str_t  agt_words_regexes[] = {
    agt_string("^[a-z]+$"), agt_string("[0-9]{4}"), agt_string("^(a|b)c*$")
};

static const agt_str_t  agt_words_pointers[] = {
    agt_string("/items/0"), agt_string("/order/total"), agt_string("/name")
};

static const agt_str_t  agt_words_relative_pointers[] = {
    agt_string("0/name"), agt_string("1/items/0"), agt_string("2#")
};

static const agt_str_t  agt_words_names[] = {
    agt_string("summary"), agt_string("category"), agt_string("priority"),
    agt_string("subject"), agt_string("reference"), agt_string("source"),
    agt_string("topic"), agt_string("note"), agt_string("origin"),
    agt_string("detail"), agt_string("group"), agt_string("result")
};


/* by agt_words_e */

static const agt_words_source_t  agt_words_sources[] = {
    { NULL, 0, agt_words_put_phrase },
    { agt_words_list(agt_words_nouns), NULL },
    { NULL, 0, agt_words_put_title },
    { NULL, 0, agt_words_put_title },
    { agt_words_list(agt_words_sentences), NULL },
    { NULL, 0, agt_words_put_paragraph },

    { NULL, 0, agt_words_put_name },
    { agt_words_list(agt_words_first_names), NULL },
    { agt_words_list(agt_words_last_names), NULL },
    { agt_words_list(agt_words_companies), NULL },
    { NULL, 0, agt_words_put_street },
    { agt_words_list(agt_words_cities), NULL },
    { agt_words_list(agt_words_countries), NULL },
    { agt_words_list(agt_words_country_codes), NULL },
    { agt_words_list(agt_words_languages), NULL },
    { agt_words_list(agt_words_currencies), NULL },
    { agt_words_list(agt_words_colors), NULL },
    { agt_words_list(agt_words_units), NULL },
    { NULL, 0, agt_words_put_code },
    { NULL, 0, agt_words_put_phone },

    { NULL, 0, agt_words_put_date_time },
    { NULL, 0, agt_words_put_date },
    { NULL, 0, agt_words_put_time },
    { agt_words_list(agt_words_durations), NULL },
    { NULL, 0, agt_words_put_email },
    { NULL, 0, agt_words_put_hostname },
    { NULL, 0, agt_words_put_uri },
    { NULL, 0, agt_words_put_uuid },
    { NULL, 0, agt_words_put_ipv4 },
    { NULL, 0, agt_words_put_ipv6 },
    { agt_words_list(agt_words_regexes), NULL },
    { agt_words_list(agt_words_pointers), NULL },
    { agt_words_list(agt_words_relative_pointers), NULL }
};


/* the first that is found in a name wins: "first name" before " name " */

static const agt_words_hint_t  agt_words_hints[] = {
    { " email ", AGT_WORDS_EMAIL },
    { " mail ", AGT_WORDS_EMAIL },
    { " phone ", AGT_WORDS_PHONE },
    { " telephone ", AGT_WORDS_PHONE },
    { " uuid ", AGT_WORDS_UUID },
    { " guid ", AGT_WORDS_UUID },
    { " url ", AGT_WORDS_URI },
    { " uri ", AGT_WORDS_URI },
    { " link ", AGT_WORDS_URI },
    { " website ", AGT_WORDS_URI },
    { " host ", AGT_WORDS_HOSTNAME },
    { " hostname ", AGT_WORDS_HOSTNAME },
    { " domain ", AGT_WORDS_HOSTNAME },
    { " ip ", AGT_WORDS_IPV4 },
    { " timestamp ", AGT_WORDS_DATE_TIME },
    { " datetime ", AGT_WORDS_DATE_TIME },
    { "ed at ", AGT_WORDS_DATE_TIME },
    { " date ", AGT_WORDS_DATE },
    { " birthday ", AGT_WORDS_DATE },
    { " deadline ", AGT_WORDS_DATE },
    { " first name ", AGT_WORDS_FIRST_NAME },
    { " given name ", AGT_WORDS_FIRST_NAME },
    { " last name ", AGT_WORDS_LAST_NAME },
    { " family name ", AGT_WORDS_LAST_NAME },
    { " surname ", AGT_WORDS_LAST_NAME },
    { " country code ", AGT_WORDS_COUNTRY_CODE },
    { " currency code ", AGT_WORDS_CURRENCY },
    { " language code ", AGT_WORDS_LANGUAGE },
    { " id ", AGT_WORDS_CODE },
    { " sku ", AGT_WORDS_CODE },
    { " code ", AGT_WORDS_CODE },
    { " reference ", AGT_WORDS_CODE },
    { " number ", AGT_WORDS_CODE },
    { " company ", AGT_WORDS_COMPANY },
    { " organization ", AGT_WORDS_COMPANY },
    { " supplier ", AGT_WORDS_COMPANY },
    { " vendor ", AGT_WORDS_COMPANY },
    { " seller ", AGT_WORDS_COMPANY },
    { " brand ", AGT_WORDS_COMPANY },
    { " product ", AGT_WORDS_TITLE },
    { " author ", AGT_WORDS_NAME },
    { " customer ", AGT_WORDS_NAME },
    { " buyer ", AGT_WORDS_NAME },
    { " person ", AGT_WORDS_NAME },
    { " country ", AGT_WORDS_COUNTRY },
    { " city ", AGT_WORDS_CITY },
    { " town ", AGT_WORDS_CITY },
    { " location ", AGT_WORDS_CITY },
    { " street ", AGT_WORDS_STREET },
    { " address ", AGT_WORDS_STREET },
    { " language ", AGT_WORDS_LANGUAGE },
    { " locale ", AGT_WORDS_LANGUAGE },
    { " currency ", AGT_WORDS_CURRENCY },
    { " color ", AGT_WORDS_COLOR },
    { " colour ", AGT_WORDS_COLOR },
    { " unit ", AGT_WORDS_UNIT },
    { " title ", AGT_WORDS_TITLE },
    { " subject ", AGT_WORDS_TITLE },
    { " headline ", AGT_WORDS_TITLE },
    { " name ", AGT_WORDS_LABEL },
    { " description ", AGT_WORDS_PARAGRAPH },
    { " text ", AGT_WORDS_PARAGRAPH },
    { " body ", AGT_WORDS_PARAGRAPH },
    { " content ", AGT_WORDS_PARAGRAPH },
    { " answer ", AGT_WORDS_PARAGRAPH },
    { " explanation ", AGT_WORDS_PARAGRAPH },
    { " reasoning ", AGT_WORDS_PARAGRAPH },
    { " summary ", AGT_WORDS_PARAGRAPH },
    { " reason", AGT_WORDS_SENTENCE },
    { " rationale", AGT_WORDS_SENTENCE },
    { " message", AGT_WORDS_SENTENCE },
    { " comment", AGT_WORDS_SENTENCE },
    { " note", AGT_WORDS_SENTENCE },
    { " detail", AGT_WORDS_SENTENCE },
    { " finding", AGT_WORDS_SENTENCE },
    { " issue", AGT_WORDS_SENTENCE },
    { " question", AGT_WORDS_SENTENCE },
    { " result", AGT_WORDS_SENTENCE },
    { " tag", AGT_WORDS_WORD },
    { " label", AGT_WORDS_WORD },
    { " keyword", AGT_WORDS_WORD },
    { " categor", AGT_WORDS_WORD },
    { " topic", AGT_WORDS_WORD },
    { " key ", AGT_WORDS_WORD },
    { " kind ", AGT_WORDS_WORD },
    { " type ", AGT_WORDS_WORD },
    { " group ", AGT_WORDS_WORD }
};


static const agt_words_number_t  agt_words_numbers[] = {
    { " confidence ", { 50, 99, 2 } },
    { " probability ", { 1, 99, 2 } },
    { " score ", { 1, 99, 2 } },
    { " ratio ", { 1, 99, 2 } },
    { " rating ", { 1, 5, 0 } },
    { " percent", { 1, 100, 0 } },
    { " priority ", { 1, 5, 0 } },
    { " age ", { 18, 80, 0 } },
    { " year ", { 1995, 2025, 0 } },
    { " month ", { 1, 12, 0 } },
    { " day ", { 1, 28, 0 } },
    { " hour ", { 0, 23, 0 } },
    { " latitude ", { -500000, 650000, 4 } },
    { " lat ", { -500000, 650000, 4 } },
    { " longitude ", { -1200000, 1400000, 4 } },
    { " lon ", { -1200000, 1400000, 4 } },
    { " price ", { 195, 24990, 2 } },
    { " amount ", { 195, 24990, 2 } },
    { " total ", { 995, 99990, 2 } },
    { " cost ", { 195, 24990, 2 } },
    { " weight ", { 10, 500, 1 } },
    { " quantity ", { 1, 24, 0 } },
    { " qty ", { 1, 24, 0 } },
    { " count ", { 1, 24, 0 } },
    { " id ", { 1000, 99999, 0 } }
};


static const struct {
    agt_str_t    name;
    agt_words_e  kind;
} agt_words_formats[] = {
    { agt_string("date-time"), AGT_WORDS_DATE_TIME },
    { agt_string("date"), AGT_WORDS_DATE },
    { agt_string("time"), AGT_WORDS_TIME },
    { agt_string("duration"), AGT_WORDS_DURATION },
    { agt_string("email"), AGT_WORDS_EMAIL },
    { agt_string("idn-email"), AGT_WORDS_EMAIL },
    { agt_string("hostname"), AGT_WORDS_HOSTNAME },
    { agt_string("idn-hostname"), AGT_WORDS_HOSTNAME },
    { agt_string("uri"), AGT_WORDS_URI },
    { agt_string("uri-reference"), AGT_WORDS_URI },
    { agt_string("uri-template"), AGT_WORDS_URI },
    { agt_string("iri"), AGT_WORDS_URI },
    { agt_string("iri-reference"), AGT_WORDS_URI },
    { agt_string("uuid"), AGT_WORDS_UUID },
    { agt_string("ipv4"), AGT_WORDS_IPV4 },
    { agt_string("ipv6"), AGT_WORDS_IPV6 },
    { agt_string("regex"), AGT_WORDS_REGEX },
    { agt_string("json-pointer"), AGT_WORDS_POINTER },
    { agt_string("relative-json-pointer"), AGT_WORDS_RELATIVE_POINTER }
};


agt_words_e
agt_words_kind(agt_str_t name)
{
    char    text[2 * AGT_WORDS_HINT + 3];
    size_t  i;

    (void) agt_words_normal(text, name);

    for (i = 0; i < agt_array_n(agt_words_hints); i++) {
        if (strstr(text, agt_words_hints[i].text) != NULL) {
            return agt_words_hints[i].kind;
        }
    }

    return AGT_WORDS_PHRASE;
}


agt_words_range_t
agt_words_range(agt_str_t name)
{
    char                      text[2 * AGT_WORDS_HINT + 3];
    size_t                    i;
    static agt_words_range_t  range = { 1, 100, 0 };

    (void) agt_words_normal(text, name);

    for (i = 0; i < agt_array_n(agt_words_numbers); i++) {
        if (strstr(text, agt_words_numbers[i].text) != NULL) {
            return agt_words_numbers[i].range;
        }
    }

    return range;
}


int
agt_words_format(agt_str_t format, agt_words_e *kind)
{
    size_t  i;

    for (i = 0; i < agt_array_n(agt_words_formats); i++) {
        if (agt_str_eq(agt_words_formats[i].name, format)) {
            *kind = agt_words_formats[i].kind;
            return AGT_OK;
        }
    }

    return AGT_DECLINED;
}


void
agt_words_put(agt_buf_t *buf, agt_words_e kind, agt_random_t *random)
{
    const agt_words_source_t  *source = &agt_words_sources[kind];

    if (source->put != NULL) {
        source->put(buf, random);

    } else {
        agt_words_pick(buf, source->list, source->n, random);
    }
}


void
agt_words_name(agt_buf_t *buf, uint64_t i)
{
    size_t  n = agt_array_n(agt_words_names);

    agt_buf_str(buf, agt_words_names[i % n]);

    if (i >= n) {
        agt_buf_uint(buf, i / n + 1);
    }
}


void
agt_words_fit(agt_buf_t *buf, size_t start, size_t min, size_t max,
    agt_random_t *random)
{
    char              last;
    uint64_t          i;
    const agt_str_t  *list;

    /* neighbours in the lists, so that nothing comes twice in a row */

    for (i = agt_random(random) >> 1; buf->len - start < min; i++) {

        last = buf->len > start ? buf->data[buf->len - 1] : ' ';
        list = agt_words_nouns;

        if (last == '.') {
            list = agt_words_sentences;
        }

        if (last != ' ') {
            agt_buf_char(buf, ' ');
        }

        if (agt_buf_str(buf, list[i % AGT_WORDS_CYCLE]) != AGT_OK) {
            return;
        }
    }

    if (buf->len - start <= max) {
        return;
    }

    buf->len = start + max;

    if (max != 0 && buf->data[buf->len - 1] == ' ') {
        buf->data[buf->len - 1] = 's';
    }
}


static void
agt_words_pick(agt_buf_t *buf, const agt_str_t *list, size_t n,
    agt_random_t *random)
{
    agt_buf_str(buf, list[agt_random_below(random, n)]);
}


/* writes "firstName", "first_name" and "FirstName" as " first name " */

static size_t
agt_words_normal(char *dst, agt_str_t name)
{
    char    c;
    size_t  i, n;

    n = 0;
    dst[n++] = ' ';

    for (i = 0; i < name.len && i < AGT_WORDS_HINT; i++) {
        c = name.data[i];

        if (c >= 'A' && c <= 'Z') {

            if (dst[n - 1] != ' ' && !agt_words_upper(name, i - 1)) {
                dst[n++] = ' ';
            }

            c = (char) (c | 0x20);
        }

        if ((c >= 'a' && c <= 'z') || (unsigned char) c >= 0x80) {
            dst[n++] = c;

        } else if (dst[n - 1] != ' ') {
            dst[n++] = ' ';
        }
    }

    if (dst[n - 1] != ' ') {
        dst[n++] = ' ';
    }

    dst[n] = '\0';

    return n;
}


static bool
agt_words_upper(agt_str_t s, size_t i)
{
    return s.data[i] >= 'A' && s.data[i] <= 'Z';
}


static void
agt_words_digits(agt_buf_t *buf, uint64_t n, unsigned width)
{
    char     *p;
    unsigned  i;

    p = agt_buf_reserve(buf, width);
    if (p == NULL) {
        return;
    }

    for (i = width; i != 0; i--) {
        p[i - 1] = (char) ('0' + n % 10);
        n /= 10;
    }

    buf->len += width;
}


static void
agt_words_hex(agt_buf_t *buf, uint64_t n, unsigned width)
{
    char               *p;
    unsigned            i;
    static const char   hex[] = "0123456789abcdef";

    p = agt_buf_reserve(buf, width);
    if (p == NULL) {
        return;
    }

    for (i = width; i != 0; i--) {
        p[i - 1] = hex[n & 15];
        n >>= 4;
    }

    buf->len += width;
}


/* one of a list of single words, in lower case */

static void
agt_words_lower(agt_buf_t *buf, const agt_str_t *list, size_t n,
    agt_random_t *random)
{
    size_t  start = buf->len;

    agt_words_pick(buf, list, n, random);

    if (!buf->failed) {
        buf->data[start] = (char) (buf->data[start] | 0x20);
    }
}


static void
agt_words_put_phrase(agt_buf_t *buf, agt_random_t *random)
{
    agt_words_pick(buf, agt_words_list(agt_words_adjectives), random);
    agt_buf_char(buf, ' ');
    agt_words_pick(buf, agt_words_list(agt_words_nouns), random);
}


static void
agt_words_put_title(agt_buf_t *buf, agt_random_t *random)
{
    size_t  start = buf->len;

    agt_words_put_phrase(buf, random);

    if (agt_random_below(random, 2) != 0) {
        agt_buf_text(buf, " and ");
        agt_words_put_phrase(buf, random);
    }

    if (!buf->failed) {
        buf->data[start] = (char) (buf->data[start] & ~0x20);
    }
}


static void
agt_words_put_paragraph(agt_buf_t *buf, agt_random_t *random)
{
    size_t  i, n;

    i = agt_random_below(random, AGT_WORDS_CYCLE);
    n = i + 2 + agt_random_below(random, 2);

    for ( ;; ) {
        agt_buf_str(buf, agt_words_sentences[i % AGT_WORDS_CYCLE]);

        if (++i == n) {
            return;
        }

        agt_buf_char(buf, ' ');
    }
}


static void
agt_words_put_name(agt_buf_t *buf, agt_random_t *random)
{
    agt_words_pick(buf, agt_words_list(agt_words_first_names), random);
    agt_buf_char(buf, ' ');
    agt_words_pick(buf, agt_words_list(agt_words_last_names), random);
}


static void
agt_words_put_street(agt_buf_t *buf, agt_random_t *random)
{
    agt_buf_uint(buf, 1 + agt_random_below(random, 120));
    agt_buf_char(buf, ' ');
    agt_words_pick(buf, agt_words_list(agt_words_streets), random);
}


static void
agt_words_put_code(agt_buf_t *buf, agt_random_t *random)
{
    uint64_t  n = agt_random(random);

    agt_buf_char(buf, (char) ('A' + n % 26));
    agt_buf_char(buf, '-');
    agt_words_digits(buf, n >> 8, 5);
}


/* numbers that are reserved for stories */

static void
agt_words_put_phone(agt_buf_t *buf, agt_random_t *random)
{
    agt_buf_text(buf, "+1-202-555-01");
    agt_words_digits(buf, agt_random_below(random, 100), 2);
}


static void
agt_words_put_date_time(agt_buf_t *buf, agt_random_t *random)
{
    agt_words_put_date(buf, random);
    agt_buf_char(buf, 'T');
    agt_words_put_time(buf, random);
}


static void
agt_words_put_date(agt_buf_t *buf, agt_random_t *random)
{
    agt_words_digits(buf, 2021 + agt_random_below(random, 5), 4);
    agt_buf_char(buf, '-');
    agt_words_digits(buf, 1 + agt_random_below(random, 12), 2);
    agt_buf_char(buf, '-');
    agt_words_digits(buf, 1 + agt_random_below(random, 28), 2);
}


static void
agt_words_put_time(agt_buf_t *buf, agt_random_t *random)
{
    agt_words_digits(buf, agt_random_below(random, 24), 2);
    agt_buf_char(buf, ':');
    agt_words_digits(buf, agt_random_below(random, 60), 2);
    agt_buf_char(buf, ':');
    agt_words_digits(buf, agt_random_below(random, 60), 2);
    agt_buf_char(buf, 'Z');
}


static void
agt_words_put_email(agt_buf_t *buf, agt_random_t *random)
{
    agt_words_lower(buf, agt_words_list(agt_words_first_names), random);
    agt_buf_char(buf, '.');
    agt_words_lower(buf, agt_words_list(agt_words_last_names), random);
    agt_buf_text(buf, "@example.com");
}


static void
agt_words_put_hostname(agt_buf_t *buf, agt_random_t *random)
{
    agt_words_pick(buf, agt_words_list(agt_words_nouns), random);
    agt_buf_text(buf, ".example.com");
}


static void
agt_words_put_uri(agt_buf_t *buf, agt_random_t *random)
{
    agt_buf_text(buf, "https://example.com/");
    agt_words_pick(buf, agt_words_list(agt_words_nouns), random);
    agt_buf_char(buf, '/');
    agt_buf_uint(buf, 1 + agt_random_below(random, 9999));
}


/* version 4, RFC 9562 */

static void
agt_words_put_uuid(agt_buf_t *buf, agt_random_t *random)
{
    uint64_t  a, b;

    a = agt_random(random);
    b = agt_random(random);

    agt_words_hex(buf, a >> 32, 8);
    agt_buf_char(buf, '-');
    agt_words_hex(buf, a >> 16, 4);
    agt_buf_text(buf, "-4");
    agt_words_hex(buf, a, 3);
    agt_buf_char(buf, '-');
    agt_words_hex(buf, 8 | ((b >> 60) & 3), 1);
    agt_words_hex(buf, b >> 48, 3);
    agt_buf_char(buf, '-');
    agt_words_hex(buf, b, 12);
}


/* addresses of RFC 5737 and RFC 3849, which belong to nobody */

static void
agt_words_put_ipv4(agt_buf_t *buf, agt_random_t *random)
{
    agt_buf_text(buf, "192.0.2.");
    agt_buf_uint(buf, 1 + agt_random_below(random, 254));
}


static void
agt_words_put_ipv6(agt_buf_t *buf, agt_random_t *random)
{
    agt_buf_text(buf, "2001:db8::");
    agt_words_hex(buf, agt_random(random), 4);
}
