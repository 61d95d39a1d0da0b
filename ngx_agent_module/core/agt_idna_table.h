
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * The characters that a label may have (RFC 5892), also by context, with what
 * the rules want to know of them.
 */


#ifndef _AGT_IDNA_TABLE_H_INCLUDED_
#define _AGT_IDNA_TABLE_H_INCLUDED_


#include "agt_base.h"


/* the classes of RFC 5893, in the lowest bits; all neutral ones are one */

#define AGT_IDNA_L        0
#define AGT_IDNA_R        1
#define AGT_IDNA_AL       2
#define AGT_IDNA_AN       3
#define AGT_IDNA_EN       4
#define AGT_IDNA_NSM      5
#define AGT_IDNA_NEUTRAL  6
#define AGT_IDNA_BIDI     0x07

#define AGT_IDNA_MARK     0x08
#define AGT_IDNA_VIRAMA   0x10
#define AGT_IDNA_JOIN     0x20     /* joins what follows */
#define AGT_IDNA_JOINED   0x40     /* joins what was before */
#define AGT_IDNA_CLEAR    0x80     /* transparent to joining */
#define AGT_IDNA_GREEK    0x100
#define AGT_IDNA_HEBREW   0x200
#define AGT_IDNA_KANA     0x400    /* Hiragana, Katakana, Han */
#define AGT_IDNA_STEP     0x800    /* of the run, every other character */


/* sorted, and not overlapping */

typedef struct {
    uint32_t  first;
    uint16_t  n;
    uint16_t  attributes;
} agt_idna_run_t;


extern const uint32_t        agt_idna_runs_n;
extern const agt_idna_run_t  agt_idna_runs[];


#endif /* _AGT_IDNA_TABLE_H_INCLUDED_ */
