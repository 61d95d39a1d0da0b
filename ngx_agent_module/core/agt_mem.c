
/*
 * Copyright (C) the ngx_agent_module authors
 */


#include <stdlib.h>

#include "agt_mem.h"


#define AGT_ARENA_BLOCK   4096
#define AGT_MEM_ALIGN     16


struct agt_arena_block_s {
    agt_arena_block_t  *next;
    size_t              size;
    size_t              used;
    max_align_t         data[];
};


static void *agt_arena_alloc(void *ctx, size_t size);


void
agt_arena_init(agt_arena_t *arena, size_t max)
{
    arena->mem.alloc = agt_arena_alloc;
    arena->mem.ctx = arena;
    arena->blocks = NULL;
    arena->used = 0;
    arena->max = max;
}


void
agt_arena_release(agt_arena_t *arena)
{
    agt_arena_block_t  *block, *next;

    for (block = arena->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }

    arena->blocks = NULL;
    arena->used = 0;
}


static void *
agt_arena_alloc(void *ctx, size_t size)
{
    char               *p;
    size_t              room;
    agt_arena_t        *arena = ctx;
    agt_arena_block_t  *block;

    if (size > arena->max) {
        return NULL;
    }

    size = (size + AGT_MEM_ALIGN - 1) & ~(size_t) (AGT_MEM_ALIGN - 1);

    if (size > arena->max - agt_min(arena->used, arena->max)) {
        return NULL;
    }

    block = arena->blocks;

    if (block == NULL || block->size - block->used < size) {

        room = agt_max(size, (size_t) AGT_ARENA_BLOCK);

        block = malloc(sizeof(agt_arena_block_t) + room);
        if (block == NULL) {
            return NULL;
        }

        block->size = room;
        block->used = 0;
        block->next = arena->blocks;
        arena->blocks = block;
    }

    p = (char *) block->data + block->used;
    block->used += size;
    arena->used += size;

    return p;
}


void *
agt_alloc(agt_mem_t *mem, size_t size)
{
    return mem->alloc(mem->ctx, size);
}


void *
agt_calloc(agt_mem_t *mem, size_t n, size_t size)
{
    void  *p;

    if (size != 0 && n > SIZE_MAX / size) {
        return NULL;
    }

    p = mem->alloc(mem->ctx, n * size);

    if (p != NULL) {
        memset(p, 0, n * size);
    }

    return p;
}


int
agt_str_copy(agt_mem_t *mem, agt_str_t *dst, agt_str_t s)
{
    char  *p;

    p = agt_alloc(mem, s.len + 1);
    if (p == NULL) {
        return AGT_ERROR;
    }

    if (s.len != 0) {
        memcpy(p, s.data, s.len);
    }

    p[s.len] = '\0';

    *dst = agt_str_make(p, s.len);

    return AGT_OK;
}
