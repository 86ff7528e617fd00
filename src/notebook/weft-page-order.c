/* weft-page-order.c - the children of one page in their order, of which there may be a million
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-order.h"

#include <string.h>

#define MAX_CHUNK 256
#define MIN_CHUNK 4

struct _PageChunk
{
  PageOrder *order;
  guint32    index; /* of this chunk */
  guint32    allocated;
  Page      *pages[];
};

struct _PageOrder
{
  guint       n_pages;
  guint32     n_chunks, allocated;
  PageChunk **chunks;
  guint16    *sizes;

  /* The chunk that was found last, and the place of its first page: who reads on begins there. */
  guint32     found;
  guint       found_at;
};

PageOrder *
weft_page_order_new (void)
{
  return g_new0 (PageOrder, 1);
}

void
weft_page_order_free (PageOrder *self)
{
  if (self == NULL)
    return;

  for (guint32 i = 0; i < self->n_chunks; i++)
    g_free (self->chunks[i]);
  g_free (self->chunks);
  g_free (self->sizes);
  g_free (self);
}

guint
weft_page_order_get_length (const PageOrder *self)
{
  return self->n_pages;
}

Page *
weft_page_order_get (PageOrder *self,
                     guint      index)
{
  if (index < self->found_at)
    self->found = self->found_at = 0;
  while (index - self->found_at >= self->sizes[self->found])
    self->found_at += self->sizes[self->found++];

  return self->chunks[self->found]->pages[index - self->found_at];
}

Page *
weft_page_order_next (const PageOrder   *self,
                      WeftPageOrderIter *iter)
{
  if (iter->at == self->sizes[iter->chunk])
    {
      iter->chunk++;
      iter->at = 0;
    }

  return self->chunks[iter->chunk]->pages[iter->at++];
}

static guint32
find_in_chunk (const Page *page)
{
  guint32 at = 0;

  while (page->chunk->pages[at] != page)
    at++;

  return at;
}

guint
weft_page_order_get_index (const Page *page)
{
  const PageOrder *self = page->chunk->order;
  guint index = 0;

  for (guint32 i = 0; i < page->chunk->index; i++)
    index += self->sizes[i];

  return index + find_in_chunk (page);
}

/* An empty chunk at @index. */
static void
add_chunk (PageOrder *self,
           guint32    index,
           guint32    size)
{
  PageChunk *chunk = g_malloc (sizeof (PageChunk) + size * sizeof (Page *));

  if (self->n_chunks == self->allocated)
    {
      self->allocated = self->allocated == 0 ? 1 : 2 * self->allocated;
      self->chunks = g_renew (PageChunk *, self->chunks, self->allocated);
      self->sizes = g_renew (guint16, self->sizes, self->allocated);
    }

  memmove (self->chunks + index + 1, self->chunks + index, (self->n_chunks - index) * sizeof *self->chunks);
  memmove (self->sizes + index + 1, self->sizes + index, (self->n_chunks - index) * sizeof *self->sizes);
  self->n_chunks++;
  chunk->order = self;
  chunk->allocated = size;
  self->chunks[index] = chunk;
  self->sizes[index] = 0;
  for (guint32 i = index; i < self->n_chunks; i++)
    self->chunks[i]->index = i;
}

static void
drop_chunk (PageOrder *self,
            guint32    index)
{
  g_free (self->chunks[index]);
  self->n_chunks--;
  memmove (self->chunks + index, self->chunks + index + 1, (self->n_chunks - index) * sizeof *self->chunks);
  memmove (self->sizes + index, self->sizes + index + 1, (self->n_chunks - index) * sizeof *self->sizes);
  for (guint32 i = index; i < self->n_chunks; i++)
    self->chunks[i]->index = i;
}

static void
grow_chunk (PageOrder *self,
            guint32    index)
{
  guint32 size = MIN (2 * self->chunks[index]->allocated, MAX_CHUNK);
  PageChunk *chunk = g_realloc (self->chunks[index], sizeof (PageChunk) + size * sizeof (Page *));

  chunk->allocated = size;
  self->chunks[index] = chunk;
  for (guint16 i = 0; i < self->sizes[index]; i++)
    chunk->pages[i]->chunk = chunk;
}

/* Half of what is in the chunk goes to one after it. */
static void
split_chunk (PageOrder *self,
             guint32    index)
{
  guint16 n_left = self->sizes[index] / 2, n_right = self->sizes[index] - n_left;
  PageChunk *right;

  add_chunk (self, index + 1, MAX_CHUNK);
  right = self->chunks[index + 1];
  memcpy (right->pages, self->chunks[index]->pages + n_left, n_right * sizeof (Page *));
  for (guint16 i = 0; i < n_right; i++)
    right->pages[i]->chunk = right;
  self->sizes[index] = n_left;
  self->sizes[index + 1] = n_right;
}

static void
put (PageOrder *self,
     guint32    index,
     guint32    at,
     Page      *page)
{
  PageChunk *chunk;

  if (self->sizes[index] == self->chunks[index]->allocated)
    grow_chunk (self, index);
  chunk = self->chunks[index];
  memmove (chunk->pages + at + 1, chunk->pages + at, (self->sizes[index] - at) * sizeof (Page *));
  chunk->pages[at] = page;
  page->chunk = chunk;
  self->sizes[index]++;
  self->n_pages++;
  self->found = self->found_at = 0;
}

void
weft_page_order_append (PageOrder *self,
                        Page      *page)
{
  guint32 last = self->n_chunks - 1;

  if (self->n_chunks == 0)
    add_chunk (self, last = 0, MIN_CHUNK);
  else if (self->sizes[last] == MAX_CHUNK)
    add_chunk (self, ++last, MAX_CHUNK);

  put (self, last, self->sizes[last], page);
}

void
weft_page_order_insert (PageOrder      *self,
                        Page           *page,
                        PageCompareFunc compare)
{
  guint32 low = 0, high = self->n_chunks, at_low = 0, at_high;

  if (self->n_chunks == 0)
    {
      weft_page_order_append (self, page);
      return;
    }

  /* The first chunk whose last page does not come before it, or the last one. */
  high--;
  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;

      if (compare (self->chunks[middle]->pages[self->sizes[middle] - 1], page) < 0)
        low = middle + 1;
      else
        high = middle;
    }

  at_high = self->sizes[low];
  while (at_low < at_high)
    {
      guint32 middle = at_low + (at_high - at_low) / 2;

      if (compare (self->chunks[low]->pages[middle], page) < 0)
        at_low = middle + 1;
      else
        at_high = middle;
    }

  if (self->sizes[low] == MAX_CHUNK)
    {
      split_chunk (self, low);
      if (at_low > self->sizes[low])
        at_low -= self->sizes[low++];
    }
  put (self, low, at_low, page);
}

void
weft_page_order_remove (Page *page)
{
  PageChunk *chunk = page->chunk;
  PageOrder *self = chunk->order;
  guint32 index = chunk->index, at = find_in_chunk (page);

  self->sizes[index]--;
  self->n_pages--;
  self->found = self->found_at = 0;
  memmove (chunk->pages + at, chunk->pages + at + 1, (self->sizes[index] - at) * sizeof (Page *));
  page->chunk = NULL;
  if (self->sizes[index] == 0)
    drop_chunk (self, index);
}
