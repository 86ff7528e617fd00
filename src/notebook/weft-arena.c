/* weft-arena.c - many small things that live and die together
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-arena.h"

#include <sys/mman.h>

typedef struct _Block Block;

struct _Block
{
  Block *before;
  gsize  size; /* of the data */
  gsize  used;
  gint64 data[];
};

/* The first block is small, since most notebooks are. */
#define FIRST_BLOCK 1024
#define MAX_BLOCK (((gsize) 1 << 20) - sizeof (Block))

struct _WeftArena
{
  Block *last;
};

WeftArena *
weft_arena_new (void)
{
  return g_new0 (WeftArena, 1);
}

void
weft_arena_free (WeftArena *self)
{
  Block *before;

  if (self == NULL)
    return;

  for (Block *block = self->last; block != NULL; block = before)
    {
      before = block->before;
      if (block->size >= MAX_BLOCK)
        munmap (block, sizeof (Block) + block->size);
      else
        g_free (block);
    }
  g_free (self);
}

static void
add_block (WeftArena *self,
           gsize      n_bytes)
{
  gsize size = self->last == NULL ? FIRST_BLOCK : MIN (2 * self->last->size, MAX_BLOCK);
  Block *block;

  size = MAX (size, n_bytes);
  /* Large blocks go back to the system at once, whatever lies between them. */
  if (size >= MAX_BLOCK)
    {
      block = mmap (NULL, sizeof (Block) + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (block == MAP_FAILED)
        g_error ("There is no memory for %" G_GSIZE_FORMAT " more bytes", size);
    }
  else
    {
      block = g_malloc0 (sizeof (Block) + size);
    }
  block->before = self->last;
  block->size = size;
  self->last = block;
}

gpointer
weft_arena_alloc (WeftArena *self,
                  gsize      n_bytes)
{
  gpointer piece;

  n_bytes = (n_bytes + sizeof (gint64) - 1) / sizeof (gint64) * sizeof (gint64);
  if (self->last == NULL || self->last->size - self->last->used < n_bytes)
    add_block (self, n_bytes);

  piece = (guint8 *) self->last->data + self->last->used;
  self->last->used += n_bytes;

  return piece;
}
