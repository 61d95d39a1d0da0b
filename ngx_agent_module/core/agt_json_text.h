
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * What the JSON files share and nobody else needs: the hash of keys, and
 * strings read piece by piece.
 */


#ifndef _AGT_JSON_TEXT_H_INCLUDED_
#define _AGT_JSON_TEXT_H_INCLUDED_


#include "agt_json.h"
#include "agt_scan.h"


/* bytes of a string decoded at once where there is no buffer for all */

#define AGT_JSON_PIECE   256

/* a decoder may write so many bytes more than it was asked to read: an escape
   that begins with the last of them gives four */

#define AGT_JSON_SLACK   4


/*
 * Reads a value at the text's start, after white space, whatever is behind it:
 * *end is the offset behind the value, and doc->text ends there.  "whole" says
 * that the value is expected to be all of the text.
 *
 * Where it is DECLINED the document has the nodes that were read, which tell
 * how far that was: a key is there if its ":" was, and an array's count has
 * each element that was begun.  *end is 0, unless all of a value was read and
 * it is only not UTF-8.
 */

int agt_json_read(agt_json_t *doc, agt_str_t text, bool whole,
    const agt_json_limits_t *limits, agt_mem_t *mem, agt_error_t *err,
    size_t *end);

/* the longest escape, "\u0000" */

#define AGT_JSON_ESCAPE_MAX   6


/* a string read in pieces; "plain" strings are one piece, and not copied */

typedef struct {
    const char  *pos;
    const char  *end;
    bool         plain;
    char         buf[AGT_JSON_PIECE + AGT_JSON_SLACK];
} agt_json_pieces_t;


/*
 * Reads escapes from *pos on until "stop" is reached or passed, and returns
 * the end of what was written; an escape that begins before stop is read whole,
 * up to "end".
 */

char *agt_json_decode(char *dst, const char **pos, const char *stop,
    const char *end);

void agt_json_pieces_init(agt_json_pieces_t *pieces, const agt_json_t *doc,
    uint32_t i);

/* false at the end */

bool agt_json_pieces_next(agt_json_pieces_t *pieces, agt_str_t *piece);

/* the order of two string nodes by their decoded bytes, as memcmp() has it */

int agt_json_compare(const agt_json_t *doc, uint32_t a, uint32_t b);

/*
 * Writes the escape at p to dst, of AGT_JSON_ESCAPE_MAX bytes, in the least
 * bytes that it takes; returns what is behind it.
 */

const char *agt_json_fewest(char *dst, size_t *n, const char *p,
    const char *end);

/* the hash of the n <= 16 bytes at p, of which 16 can be read */

uint32_t agt_json_hash_short(const char *p, size_t n);


#endif /* _AGT_JSON_TEXT_H_INCLUDED_ */
