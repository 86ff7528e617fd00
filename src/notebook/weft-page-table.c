/* weft-page-table.c - the pages of a tree by their ids
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-table.h"

#include "crdt/weft-hash.h"

/* As a power of two. */
#define FIRST_SIZE 16

struct _WeftPageTable
{
  gpointer *slots;
  guint     n_slots; /* a power of two */
  guint     n_pages;
  guint64   secret;  /* so that nobody can choose ids that meet in one slot */
};

WeftPageTable *
weft_page_table_new (void)
{
  WeftPageTable *self = g_new0 (WeftPageTable, 1);

  self->n_slots = FIRST_SIZE;
  self->slots = g_new0 (gpointer, self->n_slots);
  self->secret = (guint64) g_random_int () << 32 | g_random_int ();

  return self;
}

void
weft_page_table_free (WeftPageTable *self)
{
  g_free (self->slots);
  g_free (self);
}

guint
weft_page_table_get_size (WeftPageTable *self)
{
  return self->n_pages;
}

/* Where the page is, or would be. */
static gpointer *
find_slot (WeftPageTable    *self,
           const WeftPageId *id)
{
  guint at = weft_hash_bytes (self->secret, id, sizeof *id) & (self->n_slots - 1);

  while (self->slots[at] != NULL && !weft_page_id_equal (self->slots[at], id))
    at = (at + 1) & (self->n_slots - 1);

  return &self->slots[at];
}

gpointer
weft_page_table_lookup (WeftPageTable    *self,
                        const WeftPageId *id)
{
  return *find_slot (self, id);
}

static void
grow (WeftPageTable *self)
{
  g_autofree gpointer *old = g_steal_pointer (&self->slots);
  guint n_old = self->n_slots;

  self->n_slots *= 2;
  self->slots = g_new0 (gpointer, self->n_slots);
  for (guint i = 0; i < n_old; i++)
    if (old[i] != NULL)
      *find_slot (self, old[i]) = old[i];
}

void
weft_page_table_add (WeftPageTable *self,
                     gpointer       page)
{
  if (++self->n_pages > self->n_slots / 4 * 3)
    grow (self);

  *find_slot (self, page) = page;
}

gpointer
weft_page_table_next (WeftPageTable *self,
                      guint         *at)
{
  while (*at < self->n_slots)
    {
      gpointer page = self->slots[(*at)++];

      if (page != NULL)
        return page;
    }

  return NULL;
}
