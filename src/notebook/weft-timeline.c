/* weft-timeline.c - the versions of a page: who worked on it when
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-timeline.h"

#include <string.h>

#include "crdt/weft-type.h"

/* Two edits of a person that are closer than this are one go; the store knows times to a minute. */
#define GO_MS (90 * 1000)
/* A go that follows another of the same people sooner than this belongs to it. */
#define PAUSE_MS (5 * 60 * 1000)
/* And who never stops gets a version as often as this. */
#define MAX_VERSION_MS (15 * 60 * 1000)

typedef struct
{
  WeftVersion version;
  guint       end; /* the first edit behind it */
} Entry;

struct _WeftTimeline
{
  gatomicrefcount  ref_count;
  WeftStateVector *base;         /* what nothing is known of */
  WeftDeleteSet   *base_deletes;
  GArray          *edits;        /* WeftTimelineEdit */
  GArray          *entries;      /* Entry */
  GHashTable      *names;        /* utf8 -> itself: who the versions name */
};

static void
entry_clear (gpointer data)
{
  Entry *self = data;

  g_ptr_array_unref (self->version.people);
}

/* What is not known */

static void
find_base (WeftTimeline *self,
           WeftDoc      *doc)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (doc);
  g_autoptr(GHashTable) firsts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);

  for (guint i = 0; i < self->edits->len; i++)
    {
      const WeftTimelineEdit *edit = &g_array_index (self->edits, WeftTimelineEdit, i);
      guint64 *first = g_hash_table_lookup (firsts, &edit->client);

      if (edit->deleted)
        continue;
      if (first == NULL)
        g_hash_table_insert (firsts, g_memdup2 (&edit->client, sizeof edit->client),
                             g_memdup2 (&edit->clock, sizeof edit->clock));
      else
        *first = MIN (*first, edit->clock);
    }

  self->base = weft_state_vector_new ();
  for (gsize i = 0; i < weft_state_vector_get_n_clients (state); i++)
    {
      WeftClientId client;
      WeftClock clock;
      const guint64 *first;

      weft_state_vector_get_entry (state, i, &client, &clock);
      first = g_hash_table_lookup (firsts, &client);
      if (first == NULL || *first > 0)
        weft_state_vector_set (self->base, client, first != NULL ? MIN (*first, clock) : clock);
    }
}

/* Both sets are sorted alike: clients descending, clocks ascending. */
static void
find_base_deletes (WeftTimeline *self,
                   WeftDoc      *doc)
{
  g_autoptr(WeftDeleteSet) all = weft_doc_get_delete_set (doc);
  g_autoptr(WeftDeleteSet) known = weft_delete_set_new ();
  gsize at = 0;

  for (guint i = 0; i < self->edits->len; i++)
    {
      const WeftTimelineEdit *edit = &g_array_index (self->edits, WeftTimelineEdit, i);

      if (edit->deleted)
        weft_delete_set_add (known, edit->client, edit->clock, edit->length);
    }
  weft_delete_set_normalize (known);
  weft_delete_set_normalize (all);

  self->base_deletes = weft_delete_set_new ();
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (all); i++)
    {
      WeftIdRange left = *weft_delete_set_get_range (all, i);
      WeftClock end = left.clock + left.length;

      for (; at < weft_delete_set_get_n_ranges (known); at++)
        {
          const WeftIdRange *range = weft_delete_set_get_range (known, at);

          if (range->client > left.client
              || (range->client == left.client && range->clock + range->length <= left.clock))
            continue;
          if (range->client < left.client || range->clock >= end)
            break;
          if (range->clock > left.clock)
            weft_delete_set_add (self->base_deletes, left.client, left.clock, range->clock - left.clock);
          left.clock = MIN (end, range->clock + range->length);
          if (range->clock + range->length > end)
            break;
        }
      if (left.clock < end)
        weft_delete_set_add (self->base_deletes, left.client, left.clock, end - left.clock);
    }
  weft_delete_set_normalize (self->base_deletes);
}

/* What counts */

static gboolean
find_content_cb (const WeftItemInfo *item,
                 gpointer            user_data)
{
  static const char *const own_roots[] = { "users", "stretches", "resolved", NULL };
  WeftType *type = item->parent;
  const char *name;

  while (type != NULL && weft_type_get_parent (type) != NULL)
    type = weft_type_get_parent (type);
  name = type != NULL ? weft_type_get_root_name (type) : NULL;
  if (name != NULL && g_strv_contains (own_roots, name))
    return TRUE;

  *(gboolean *) user_data = TRUE;
  return FALSE;
}

static gboolean
has_content (WeftDoc                *doc,
             const WeftTimelineEdit *edit)
{
  gboolean found = FALSE;

  weft_doc_foreach_item (doc, edit->client, edit->clock, edit->clock + edit->length, find_content_cb, &found);

  return found;
}

static const char *
intern (WeftTimeline *self,
        const char   *name)
{
  char *known;

  if (name == NULL)
    return NULL;

  known = g_hash_table_lookup (self->names, name);
  if (known == NULL)
    {
      known = g_strdup (name);
      g_hash_table_add (self->names, known);
    }

  return known;
}

/* Grouping */

typedef struct
{
  guint       *edits;  /* indexes of those that count */
  guint        n;
  const char **people; /* of each of them, interned; NULL: not known */
  guint       *reach;  /* the next of the same person's in the same go, or itself */
} Sweep;

static void
sweep_clear (Sweep *sweep)
{
  g_free (sweep->edits);
  g_free (sweep->people);
  g_free (sweep->reach);
}

static void
sweep_init (Sweep        *sweep,
            WeftTimeline *self,
            WeftDoc      *doc,
            WeftUsers    *users)
{
  g_autoptr(GHashTable) next = g_hash_table_new (NULL, NULL);

  *sweep = (Sweep) { g_new (guint, self->edits->len), 0, g_new (const char *, self->edits->len),
                     g_new (guint, self->edits->len) };

  for (guint i = 0; i < self->edits->len; i++)
    {
      const WeftTimelineEdit *edit = &g_array_index (self->edits, WeftTimelineEdit, i);

      if (!has_content (doc, edit))
        continue;
      sweep->edits[sweep->n] = i;
      sweep->people[sweep->n]
        = intern (self, edit->deleted
                          ? weft_users_lookup_deletion (users, (WeftId) { edit->client, edit->clock })
                          : weft_users_lookup_client (users, edit->client));
      sweep->n++;
    }

  for (guint i = sweep->n; i-- > 0;)
    {
      const WeftTimelineEdit *edit = &g_array_index (self->edits, WeftTimelineEdit, sweep->edits[i]);
      guint later = GPOINTER_TO_UINT (g_hash_table_lookup (next, sweep->people[i]));

      sweep->reach[i] = i;
      if (later > 0
          && g_array_index (self->edits, WeftTimelineEdit, sweep->edits[later]).time - edit->time < GO_MS)
        sweep->reach[i] = later;
      g_hash_table_insert (next, (gpointer) sweep->people[i], GUINT_TO_POINTER (i));
    }
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

/* Interned and sorted. */
static gboolean
have_same_people (GPtrArray *a,
                  GPtrArray *b)
{
  return a->len == b->len && (a->len == 0 || memcmp (a->pdata, b->pdata, a->len * sizeof *a->pdata) == 0);
}

static void
append_go (WeftTimeline *self,
           const Sweep  *sweep,
           guint         first,
           guint         last)
{
  const WeftTimelineEdit *from = &g_array_index (self->edits, WeftTimelineEdit, sweep->edits[first]);
  const WeftTimelineEdit *to = &g_array_index (self->edits, WeftTimelineEdit, sweep->edits[last]);
  Entry entry = { { from->time, to->time, g_ptr_array_new () }, sweep->edits[last] + 1 };
  Entry *before = self->entries->len > 0
                    ? &g_array_index (self->entries, Entry, self->entries->len - 1)
                    : NULL;

  for (guint i = first; i <= last; i++)
    if (sweep->people[i] != NULL && !g_ptr_array_find (entry.version.people, sweep->people[i], NULL))
      g_ptr_array_add (entry.version.people, (gpointer) sweep->people[i]);
  g_ptr_array_sort (entry.version.people, compare_names);

  if (before != NULL && before->version.from_ms > 0 && from->time - before->version.to_ms < PAUSE_MS
      && to->time - before->version.from_ms < MAX_VERSION_MS
      && (have_same_people (before->version.people, entry.version.people) || entry.version.people->len == 0))
    {
      before->version.to_ms = to->time;
      before->end = entry.end;
      entry_clear (&entry);
      return;
    }

  g_array_append_val (self->entries, entry);
}

static void
group (WeftTimeline *self,
       const Sweep  *sweep)
{
  guint first = 0, reach = 0;

  if (weft_state_vector_get_n_clients (self->base) > 0)
    {
      Entry entry = { { 0, 0, g_ptr_array_new () }, 0 };

      g_array_append_val (self->entries, entry);
    }

  for (guint i = 0; i < sweep->n; i++)
    {
      gint64 begun = g_array_index (self->edits, WeftTimelineEdit, sweep->edits[first]).time;
      gint64 now = g_array_index (self->edits, WeftTimelineEdit, sweep->edits[i]).time;
      gboolean is_last = i + 1 == sweep->n;
      gint64 next = is_last ? 0 : g_array_index (self->edits, WeftTimelineEdit, sweep->edits[i + 1]).time;

      reach = MAX (reach, sweep->reach[i]);
      /* What has one time is never torn apart. */
      if (is_last || (next > now && (reach <= i || next - begun >= MAX_VERSION_MS))
          || (reach <= i && sweep->people[i] != sweep->people[i + 1]))
        {
          append_go (self, sweep, first, i);
          first = i + 1;
        }
    }

  /* What Weft noted behind the last one makes it no older version. */
  if (self->entries->len > 0)
    g_array_index (self->entries, Entry, self->entries->len - 1).end = self->edits->len;
}

/**
 * weft_timeline_new:
 * @doc: a page's document, which keeps deleted content
 * @edits: (element-type WeftTimelineEdit): what is known of how it came about, oldest first
 * @users: the people of @doc
 *
 * Returns: (transfer full): its versions
 */
WeftTimeline *
weft_timeline_new (WeftDoc   *doc,
                   GArray    *edits,
                   WeftUsers *users)
{
  WeftTimeline *self;
  Sweep sweep;

  g_return_val_if_fail (doc != NULL && edits != NULL && users != NULL, NULL);

  self = g_new0 (WeftTimeline, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->edits = g_array_ref (edits);
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  find_base (self, doc);
  find_base_deletes (self, doc);
  sweep_init (&sweep, self, doc, users);
  group (self, &sweep);
  sweep_clear (&sweep);

  return self;
}

WeftTimeline *
weft_timeline_ref (WeftTimeline *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
weft_timeline_unref (WeftTimeline *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  weft_state_vector_free (self->base);
  weft_delete_set_free (self->base_deletes);
  g_array_unref (self->edits);
  g_array_unref (self->entries);
  g_hash_table_unref (self->names);
  g_free (self);
}

guint
weft_timeline_get_n (WeftTimeline *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->entries->len;
}

const WeftVersion *
weft_timeline_get (WeftTimeline *self,
                   guint         index)
{
  g_return_val_if_fail (self != NULL && index < self->entries->len, NULL);

  return &g_array_index (self->entries, Entry, index).version;
}

WeftSnapshot *
weft_timeline_dup_snapshot (WeftTimeline *self,
                            guint         index)
{
  WeftStateVector *state;
  WeftDeleteSet *deletes;

  g_return_val_if_fail (self != NULL && index < self->entries->len, NULL);

  state = weft_state_vector_copy (self->base);
  deletes = weft_delete_set_copy (self->base_deletes);
  for (guint i = 0; i < g_array_index (self->entries, Entry, index).end; i++)
    {
      const WeftTimelineEdit *edit = &g_array_index (self->edits, WeftTimelineEdit, i);

      if (edit->deleted)
        weft_delete_set_add (deletes, edit->client, edit->clock, edit->length);
      else if (edit->clock + edit->length > weft_state_vector_get (state, edit->client))
        weft_state_vector_set (state, edit->client, edit->clock + edit->length);
    }
  weft_delete_set_normalize (deletes);

  return weft_snapshot_new_take (state, deletes);
}

WeftSnapshot *
weft_timeline_dup_before (WeftTimeline *self,
                          guint         index)
{
  return index > 0 ? weft_timeline_dup_snapshot (self, index - 1) : weft_snapshot_new_empty ();
}
