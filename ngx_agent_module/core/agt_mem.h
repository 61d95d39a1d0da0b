
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Memory.  Core functions take an agt_mem_t and never free: what they
 * allocate lives as long as its owner, which is a request pool in nginx and
 * an arena for what outlives a request (a compiled agent).
 */


#ifndef _AGT_MEM_H_INCLUDED_
#define _AGT_MEM_H_INCLUDED_


#include "agt_base.h"


/* alloc returns NULL when it can't; memory is aligned to 16, not zeroed */

typedef struct {
    void  *(*alloc)(void *ctx, size_t size);
    void    *ctx;
} agt_mem_t;


typedef struct agt_arena_block_s  agt_arena_block_t;

/*
 * An arena: blocks from malloc(), freed together.  "max" bounds the sum of
 * what is allocated from it, in bytes; past it alloc returns NULL.
 * The arena must not move in memory after agt_arena_init().
 */

typedef struct {
    agt_mem_t           mem;
    agt_arena_block_t  *blocks;
    size_t              used;
    size_t              max;
} agt_arena_t;


void agt_arena_init(agt_arena_t *arena, size_t max);
void agt_arena_release(agt_arena_t *arena);

void *agt_alloc(agt_mem_t *mem, size_t size);
void *agt_calloc(agt_mem_t *mem, size_t n, size_t size);

/* copies s and adds a zero that is not counted; ERROR without memory */

int agt_str_copy(agt_mem_t *mem, agt_str_t *dst, agt_str_t s);


#endif /* _AGT_MEM_H_INCLUDED_ */
