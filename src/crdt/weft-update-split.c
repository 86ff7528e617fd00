/* weft-update-split.c - one large update as several small ones
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-update-split.h"

#include "crdt/weft-update-private.h"

/* More than what stands around the content of a struct: info, two ids, a parent, a length. */
#define STRUCT_OVERHEAD 80

struct _WeftUpdateSplitter
{
  GBytes     *whole;  /* the decoded one points into it */
  WeftUpdate  update;
  gsize       max_bytes;
  GHashTable *runs;   /* client -> index of its run; borrowed keys; NULL: @whole goes as it is */
  guint      *nexts;  /* by run: the first struct that is in no piece yet */
  gboolean   *opens;  /* by run: whether something of it is being sought */
  GArray     *stack;  /* of guint: runs; each waits for the one above it */
  guint       run;    /* those before it are done */
  gboolean    ended;

  /* The piece under way */
  guint      *firsts; /* by run: its first struct there, up to the one in @nexts */
  gsize       n_bytes;
};

static const WeftStruct *
get_struct (WeftUpdateSplitter *self,
            guint               index)
{
  return &g_array_index (self->update.structs, WeftStruct, index);
}

static const WeftStructRun *
get_run (WeftUpdateSplitter *self,
         guint               r)
{
  return &g_array_index (self->update.runs, WeftStructRun, r);
}

static GBytes *
finish_piece (WeftUpdateSplitter *self,
              WeftDeleteSet      *deletes)
{
  guint n_runs = self->update.runs->len;
  guint n_parts = 0;
  WeftWriter writer;

  for (guint r = 0; r < n_runs; r++)
    n_parts += self->nexts[r] > self->firsts[r];

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_parts);
  for (guint r = 0; r < n_runs; r++)
    {
      guint n = self->nexts[r] - self->firsts[r];

      if (n == 0)
        continue;

      weft_writer_put_varuint (&writer, n);
      weft_writer_put_varuint (&writer, get_run (self, r)->client);
      weft_writer_put_varuint (&writer, get_struct (self, self->firsts[r])->clock);
      for (; self->firsts[r] < self->nexts[r]; self->firsts[r]++)
        weft_update_write_struct (get_struct (self, self->firsts[r]), FALSE, &writer);
    }
  weft_delete_set_write (deletes, &writer);

  self->n_bytes = 0;
  return weft_writer_steal_bytes (&writer);
}

static gboolean
is_done (WeftUpdateSplitter *self,
         guint               r)
{
  const WeftStructRun *run = get_run (self, r);

  return self->nexts[r] == run->first + run->n;
}

/* Whether @id is still to come, in @r. */
static gboolean
is_to_come (WeftUpdateSplitter *self,
            WeftId              id,
            guint              *r)
{
  gpointer value;

  if (!g_hash_table_lookup_extended (self->runs, &id.client, NULL, &value))
    return FALSE;

  *r = GPOINTER_TO_UINT (value);
  return !is_done (self, *r) && !self->opens[*r] && get_struct (self, self->nexts[*r])->clock <= id.clock;
}

/* Whether what @item names must come before it, in @r. */
static gboolean
find_before (WeftUpdateSplitter *self,
             const WeftStruct   *item,
             guint              *r)
{
  if ((item->info & WEFT_INFO_KIND) == WEFT_CONTENT_GC || (item->info & WEFT_INFO_KIND) == WEFT_CONTENT_SKIP)
    return FALSE;

  return ((item->info & WEFT_INFO_ORIGIN) != 0 && is_to_come (self, item->origin, r)) ||
         ((item->info & WEFT_INFO_RIGHT_ORIGIN) != 0 && is_to_come (self, item->right_origin, r)) ||
         (item->parent_kind == WEFT_PARENT_ITEM && is_to_come (self, item->parent, r));
}

/* Puts structs in the piece under way, each behind all of other clients that it needs, until it is full.
 * Returns: %FALSE where all are in pieces */
static gboolean
fill_piece (WeftUpdateSplitter *self)
{
  for (;;)
    {
      const WeftStruct *item;
      guint top, before;
      gsize size;

      while (self->stack->len == 0 && self->run < self->update.runs->len && is_done (self, self->run))
        self->run++;
      if (self->stack->len == 0)
        {
          if (self->run == self->update.runs->len)
            return FALSE;
          g_array_append_val (self->stack, self->run);
        }

      top = g_array_index (self->stack, guint, self->stack->len - 1);
      item = get_struct (self, self->nexts[top]);
      size = (gsize) item->n_content + item->n_text + item->n_sub + STRUCT_OVERHEAD;
      self->opens[top] = TRUE;
      if (find_before (self, item, &before))
        {
          g_array_append_val (self->stack, before);
          continue;
        }
      if (self->n_bytes > 0 && self->n_bytes + size > self->max_bytes)
        return TRUE;

      self->n_bytes += size;
      self->nexts[top]++;
      self->opens[top] = FALSE;
      g_array_set_size (self->stack, self->stack->len - 1);
    }
}

/* The same as weft_update_split(), part by part: together the parts take as much memory as @update. */
WeftUpdateSplitter *
weft_update_splitter_new (GBytes *update,
                          gsize   max_bytes)
{
  WeftUpdateSplitter *self = g_new0 (WeftUpdateSplitter, 1);

  self->whole = g_bytes_ref (update);
  self->max_bytes = max_bytes;
  if (g_bytes_get_size (update) <= max_bytes || !weft_update_decode (&self->update, update, NULL))
    return self;

  self->runs = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->stack = g_array_new (FALSE, FALSE, sizeof (guint));
  self->nexts = g_new (guint, self->update.runs->len);
  self->firsts = g_new (guint, self->update.runs->len);
  self->opens = g_new0 (gboolean, self->update.runs->len);
  for (guint r = 0; r < self->update.runs->len; r++)
    {
      WeftStructRun *run = &g_array_index (self->update.runs, WeftStructRun, r);

      self->nexts[r] = self->firsts[r] = run->first;
      g_hash_table_insert (self->runs, &run->client, GUINT_TO_POINTER (r));
    }

  return self;
}

void
weft_update_splitter_free (WeftUpdateSplitter *self)
{
  if (self->runs != NULL)
    {
      g_hash_table_unref (self->runs);
      g_array_unref (self->stack);
      g_free (self->nexts);
      g_free (self->firsts);
      g_free (self->opens);
    }
  weft_update_clear (&self->update);
  g_bytes_unref (self->whole);
  g_free (self);
}

GBytes *
weft_update_splitter_next (WeftUpdateSplitter *self)
{
  g_autoptr(WeftDeleteSet) nothing = NULL;

  if (self->ended)
    return NULL;

  if (self->runs != NULL && fill_piece (self))
    {
      nothing = weft_delete_set_new ();
      return finish_piece (self, nothing);
    }

  self->ended = TRUE;
  return self->runs != NULL ? finish_piece (self, self->update.deletes) : g_bytes_ref (self->whole);
}

/**
 * weft_update_split:
 * @update: an update of the first format, checked
 * @max_bytes: how large a part should be at most
 *
 * Each part needs only those before it, so that whoever takes them in turn never has to keep one for later.
 *
 * Returns: (transfer full) (element-type GBytes): the parts; @update alone where it is small enough
 */
GPtrArray *
weft_update_split (GBytes *update,
                   gsize   max_bytes)
{
  GPtrArray *pieces = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftUpdateSplitter) splitter = weft_update_splitter_new (update, max_bytes);
  GBytes *piece;

  while ((piece = weft_update_splitter_next (splitter)) != NULL)
    g_ptr_array_add (pieces, piece);

  return pieces;
}

/**
 * weft_update_add_to_state_vector:
 * @update: an update of the first format
 * @state_vector: what is known so far
 *
 * Raises @state_vector to the end of what @update brings.
 */
void
weft_update_add_to_state_vector (GBytes          *update,
                                 WeftStateVector *state_vector)
{
  g_auto(WeftUpdate) decoded = { 0 };

  if (!weft_update_decode (&decoded, update, NULL))
    return;

  for (guint r = 0; r < decoded.runs->len; r++)
    {
      const WeftStructRun *run = &g_array_index (decoded.runs, WeftStructRun, r);
      const WeftStruct *last;
      WeftClock end;

      if (run->n == 0)
        continue;

      last = &g_array_index (decoded.structs, WeftStruct, run->first + run->n - 1);
      end = last->clock + last->len;
      if (end > weft_state_vector_get (state_vector, run->client))
        weft_state_vector_set (state_vector, run->client, end);
    }
}
