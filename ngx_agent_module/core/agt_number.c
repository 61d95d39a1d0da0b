
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_number.h"


#define AGT_NUMBER_EXPONENT   INT64_C(1000000000000000000)

#define AGT_NUMBER_SMALL      18        /* digits whose tenfold fits 64 bits */
#define AGT_NUMBER_BASE       1000000000
#define AGT_NUMBER_PLACES     9         /* decimal digits of a limb */
#define AGT_NUMBER_LIMBS                                                      \
    ((AGT_NUMBER_DIVISOR + AGT_NUMBER_PLACES - 1) / AGT_NUMBER_PLACES)


/* a non-negative integer, the least significant limb first */

typedef struct {
    size_t    n;
    uint32_t  limbs[AGT_NUMBER_LIMBS + 1];    /* and one for the tenfold */
} agt_number_big_t;


static int64_t agt_number_exponent(const char *p, const char *end);
static int agt_number_cmp_digits(const agt_number_t *a, const agt_number_t *b);
static bool agt_number_divides(const agt_number_t *a, const agt_number_t *b,
    size_t zeros);
static bool agt_number_divides_big(const agt_number_t *a,
    const agt_number_t *b, size_t zeros);
static void agt_number_big_push(agt_number_big_t *big, unsigned digit);
static bool agt_number_big_subtract(agt_number_big_t *a,
    const agt_number_big_t *b);


void
agt_number_read(agt_number_t *number, agt_str_t text)
{
    int64_t      exponent;
    const char  *p, *end, *point, *first, *last;

    p = text.data;
    end = text.data + text.len;

    number->negative = *p == '-';
    p += number->negative;

    point = NULL;
    first = NULL;
    last = NULL;

    for (/* void */; p < end && (*p | 0x20) != 'e'; p++) {

        if (*p == '.') {
            point = p;

        } else if (*p != '0') {
            first = first != NULL ? first : p;
            last = p;
        }
    }

    if (first == NULL) {
        number->digits = text.data;
        number->span = 0;
        number->n = 0;
        number->exponent = 0;
        number->negative = false;
        return;
    }

    exponent = p < end ? agt_number_exponent(p + 1, end) : 0;

    if (point == NULL || first < point) {
        exponent += (point != NULL ? point : p) - first;

    } else {
        exponent -= first - point - 1;
    }

    number->digits = first;
    number->span = (size_t) (last - first) + 1;
    number->n = number->span;

    if (point != NULL && first < point && point < last) {
        number->n--;
    }

    number->exponent = exponent;
}


static int64_t
agt_number_exponent(const char *p, const char *end)
{
    bool     negative;
    int64_t  value;

    negative = *p == '-';

    if (*p == '-' || *p == '+') {
        p++;
    }

    for (value = 0; p < end; p++) {

        if (value >= AGT_NUMBER_EXPONENT / 10) {
            value = AGT_NUMBER_EXPONENT;
            break;
        }

        value = value * 10 + (*p - '0');
    }

    return negative ? -value : value;
}


int
agt_number_cmp(const agt_number_t *a, const agt_number_t *b)
{
    int  sign;

    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }

    sign = a->negative ? -1 : 1;

    if (a->n == 0 || b->n == 0) {
        return a->n == b->n ? 0 : a->n == 0 ? -sign : sign;
    }

    if (a->exponent != b->exponent) {
        return a->exponent < b->exponent ? -sign : sign;
    }

    return sign * agt_number_cmp_digits(a, b);
}


static int
agt_number_cmp_digits(const agt_number_t *a, const agt_number_t *b)
{
    const char  *p, *q, *p_end, *q_end;

    p = a->digits;
    q = b->digits;
    p_end = p + a->span;
    q_end = q + b->span;

    for ( ;; ) {

        if (p < p_end && *p == '.') {
            p++;
        }

        if (q < q_end && *q == '.') {
            q++;
        }

        if (p == p_end || q == q_end) {
            break;
        }

        if (*p != *q) {
            return *p < *q ? -1 : 1;
        }

        p++;
        q++;
    }

    return (p < p_end) - (q < q_end);
}


bool
agt_number_is_integer(const agt_number_t *number)
{
    return number->n == 0 || number->exponent >= (int64_t) number->n;
}


uint64_t
agt_number_hash(const agt_number_t *number, uint64_t seed)
{
    size_t    i, n;
    uint64_t  h, word;

    h = agt_number_mix(seed, (uint64_t) number->exponent);
    h = agt_number_mix(h, number->negative);

    word = 0;
    n = 0;

    for (i = 0; i < number->span; i++) {

        if (number->digits[i] == '.') {
            continue;
        }

        word = word * 10 + (uint64_t) (number->digits[i] - '0');
        n++;

        if (n % AGT_NUMBER_SMALL == 0) {
            h = agt_number_mix(h, word);
            word = 0;
        }
    }

    return agt_number_mix(h, word);
}


/*
 * Let a = A * 10^i and b = B * 10^k, with integers A and B that do not end in
 * a zero.  If i < k, the quotient would need B * 10^(k-i) to divide A, which
 * ends in no zero: never.  Else B has to divide A * 10^(i-k).  The factor only
 * serves the twos and fives in B, and B < 16^n has less than 4n of either: so
 * 4n zeros are as good as 10^18 of them.
 */

bool
agt_number_is_multiple(const agt_number_t *a, const agt_number_t *b)
{
    size_t   zeros;
    int64_t  shift;

    if (a->n == 0) {
        return true;
    }

    if (b->n == 0 || b->n > AGT_NUMBER_DIVISOR) {
        return false;
    }

    shift = (a->exponent - (int64_t) a->n) - (b->exponent - (int64_t) b->n);

    if (shift < 0) {
        return false;
    }

    zeros = shift < (int64_t) (4 * b->n) ? (size_t) shift : 4 * b->n;

    if (b->n > AGT_NUMBER_SMALL) {
        return agt_number_divides_big(a, b, zeros);
    }

    return agt_number_divides(a, b, zeros);
}


static bool
agt_number_divides(const agt_number_t *a, const agt_number_t *b, size_t zeros)
{
    size_t    i;
    uint64_t  divisor, rest;

    divisor = 0;
    rest = 0;

    for (i = 0; i < b->span; i++) {
        if (b->digits[i] != '.') {
            divisor = divisor * 10 + (uint64_t) (b->digits[i] - '0');
        }
    }

    for (i = 0; i < a->span; i++) {
        if (a->digits[i] != '.') {
            rest = (rest * 10 + (uint64_t) (a->digits[i] - '0')) % divisor;
        }
    }

    for (i = 0; i < zeros && rest != 0; i++) {
        rest = rest * 10 % divisor;
    }

    return rest == 0;
}


static bool
agt_number_divides_big(const agt_number_t *a, const agt_number_t *b,
    size_t zeros)
{
    char              c;
    size_t            i;
    agt_number_big_t  divisor, rest;

    divisor.n = 0;
    rest.n = 0;

    for (i = 0; i < b->span; i++) {
        if (b->digits[i] != '.') {
            agt_number_big_push(&divisor, (unsigned) (b->digits[i] - '0'));
        }
    }

    for (i = 0; i < a->span + zeros; i++) {
        c = i < a->span ? a->digits[i] : '0';

        if (c == '.') {
            continue;
        }

        agt_number_big_push(&rest, (unsigned) (c - '0'));

        /* the rest was less than the divisor: nine times at most */

        while (agt_number_big_subtract(&rest, &divisor)) { /* void */ }
    }

    return rest.n == 0;
}


/* big = big * 10 + digit */

static void
agt_number_big_push(agt_number_big_t *big, unsigned digit)
{
    size_t    i;
    uint64_t  carry;

    carry = digit;

    for (i = 0; i < big->n; i++) {
        carry += (uint64_t) big->limbs[i] * 10;
        big->limbs[i] = (uint32_t) (carry % AGT_NUMBER_BASE);
        carry /= AGT_NUMBER_BASE;
    }

    if (carry != 0) {
        big->limbs[big->n++] = (uint32_t) carry;
    }
}


/* a -= b, unless a is less */

static bool
agt_number_big_subtract(agt_number_big_t *a, const agt_number_big_t *b)
{
    size_t    i;
    int64_t   limb;
    uint32_t  borrow;

    if (a->n < b->n) {
        return false;
    }

    for (i = a->n; a->n == b->n && i-- > 0; /* void */) {

        if (a->limbs[i] < b->limbs[i]) {
            return false;
        }

        if (a->limbs[i] > b->limbs[i]) {
            break;
        }
    }

    borrow = 0;

    for (i = 0; i < a->n; i++) {
        limb = (int64_t) a->limbs[i] - borrow - (i < b->n ? b->limbs[i] : 0);

        borrow = limb < 0;
        a->limbs[i] = (uint32_t) (borrow ? limb + AGT_NUMBER_BASE : limb);
    }

    while (a->n != 0 && a->limbs[a->n - 1] == 0) {
        a->n--;
    }

    return true;
}


uint64_t
agt_number_multiple_cost(const agt_number_t *a, const agt_number_t *b)
{
    uint64_t  digits, limbs;

    digits = a->span + 4 * b->n;
    limbs = b->n / AGT_NUMBER_PLACES + 1;

    return b->n > AGT_NUMBER_SMALL ? digits * 10 * limbs : digits;
}


bool
agt_number_int64(const agt_number_t *number, int64_t *value)
{
    size_t    i;
    int64_t   zeros;
    uint64_t  v;

    if (!agt_number_is_integer(number) || number->exponent > 19) {
        return false;
    }

    v = 0;

    for (i = 0; i < number->span; i++) {

        if (number->digits[i] == '.') {
            continue;
        }

        if (v > UINT64_MAX / 10 - 1) {
            return false;
        }

        v = v * 10 + (uint64_t) (number->digits[i] - '0');
    }

    for (zeros = (int64_t) number->n; zeros < number->exponent; zeros++) {

        if (v > UINT64_MAX / 10) {
            return false;
        }

        v *= 10;
    }

    if (v > (uint64_t) INT64_MAX + number->negative) {
        return false;
    }

    *value = number->negative ? (int64_t) (0 - v) : (int64_t) v;

    return true;
}
