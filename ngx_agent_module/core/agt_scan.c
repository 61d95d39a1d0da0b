
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include "agt_scan.h"


#define SPACE   AGT_BYTE_SPACE
#define STOP    AGT_BYTE_STOP
#define DIGIT   AGT_BYTE_DIGIT
#define ESC     AGT_BYTE_ESCAPE
#define HEX     AGT_BYTE_HEX


const uint8_t  agt_scan_class[256] = {

    [0x00 ... 0x08] = STOP,
    [0x0b] = STOP,
    [0x0c] = STOP,
    [0x0e ... 0x1f] = STOP,

    ['\t'] = SPACE|STOP,
    ['\n'] = SPACE|STOP,
    ['\r'] = SPACE|STOP,
    [' '] = SPACE,

    ['"'] = STOP|ESC,
    ['\\'] = STOP|ESC,
    ['/'] = ESC,

    ['0' ... '9'] = DIGIT|HEX,
    ['A'] = HEX,
    ['B' ... 'F'] = HEX,
    ['a'] = HEX,
    ['b'] = HEX|ESC,
    ['c' ... 'e'] = HEX,
    ['f'] = HEX|ESC,
    ['n'] = ESC,
    ['r'] = ESC,
    ['t'] = ESC
};
