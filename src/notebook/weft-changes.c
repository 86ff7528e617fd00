/* weft-changes.c - what became of a page between two moments, by person and place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-changes-private.h"

#include <string.h>

#include "crdt/weft-type.h"

static const char *
intern (WeftComparison *self,
        const char     *name)
{
  char *known = g_hash_table_lookup (self->names, name);

  if (known == NULL)
    {
      known = g_strdup (name);
      g_hash_table_add (self->names, known);
    }

  return known;
}

const char *
weft_comparison_name_client (WeftComparison *self,
                             WeftClientId    client)
{
  const char *name = self->users != NULL ? weft_users_lookup_client (self->users, client) : NULL;

  return name != NULL ? intern (self, name) : NULL;
}

const char *
weft_comparison_name_deletion (WeftComparison *self,
                               WeftId          id)
{
  const char *name = self->users != NULL ? weft_users_lookup_deletion (self->users, id) : NULL;

  return name != NULL ? intern (self, name) : NULL;
}

WeftChangeEntry *
weft_change_entry_new (WeftChangeKind kind,
                       const char    *person,
                       WeftClientId   client)
{
  WeftChangeEntry *self = g_new0 (WeftChangeEntry, 1);

  self->change.kind = kind;
  self->change.person = g_strdup (person);
  self->change.client = client;

  return self;
}

void
weft_change_entry_free (gpointer entry)
{
  WeftChangeEntry *self = entry;

  g_free (self->change.person);
  g_free (self->change.element);
  g_free (self->change.key);
  g_clear_pointer (&self->change.before, weft_any_unref);
  g_clear_pointer (&self->change.after, weft_any_unref);
  g_clear_pointer (&self->added, weft_delete_set_free);
  g_clear_pointer (&self->removed, weft_delete_set_free);
  g_clear_pointer (&self->marked, weft_delete_set_free);
  g_clear_pointer (&self->values, g_array_unref);
  g_free (self);
}

static gboolean
find_type_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  *(WeftType **) user_data = item->type;

  return FALSE;
}

WeftType *
weft_doc_find_type (WeftDoc *doc,
                    WeftId   id)
{
  WeftType *type = NULL;

  weft_doc_foreach_item (doc, id.client, id.clock, id.clock + 1, find_type_cb, &type);

  return type;
}

/* Those nobody is known for come last, each client for itself. */
static int
compare_people (const WeftChange *a,
                const WeftChange *b)
{
  if (a->person == NULL || b->person == NULL)
    {
      if (a->person != b->person)
        return a->person == NULL ? 1 : -1;

      return a->client < b->client ? -1 : a->client > b->client;
    }

  return strcmp (a->person, b->person);
}

typedef struct
{
  WeftChangeEntry *entry;
  guint            place; /* where it was found */
} Sorted;

static int
compare_sorted (gconstpointer a,
                gconstpointer b)
{
  const Sorted *one = a, *other = b;
  int order = compare_people (&one->entry->change, &other->entry->change);

  return order != 0 ? order : (int) one->place - (int) other->place;
}

/* Sorts the entries, and has the runs follow them. */
static void
sort_entries (WeftChanges *self)
{
  /* Not of size 0: qsort takes no NULL. */
  g_autofree Sorted *sorted = g_new (Sorted, self->entries->len + 1);
  g_autofree guint *moved = g_new (guint, self->entries->len + 1);

  for (guint i = 0; i < self->entries->len; i++)
    sorted[i] = (Sorted) { self->entries->pdata[i], i };
  qsort (sorted, self->entries->len, sizeof *sorted, compare_sorted);

  for (guint i = 0; i < self->entries->len; i++)
    {
      moved[sorted[i].place] = i;
      self->entries->pdata[i] = sorted[i].entry;
    }

  for (guint i = 0; self->runs != NULL && i < self->runs->runs->len; i++)
    {
      WeftTextRun *run = &g_array_index (self->runs->runs, WeftTextRun, i);

      if (run->entry >= 0)
        run->entry = (gint) moved[run->entry];
    }
}

/**
 * weft_changes_new:
 * @doc: a page's document, which keeps deleted content
 * @before: the earlier moment
 * @at: (nullable): the later one; %NULL: now
 * @users: (nullable): the people of @doc
 *
 * Returns: (transfer full): what changed
 */
WeftChanges *
weft_changes_new (WeftDoc      *doc,
                  WeftSnapshot *before,
                  WeftSnapshot *at,
                  WeftUsers    *users)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  WeftComparison comparison = { doc, before, at, users, names };
  WeftChanges *self;

  g_return_val_if_fail (doc != NULL && before != NULL, NULL);

  self = g_new0 (WeftChanges, 1);
  self->before = weft_snapshot_ref (before);
  self->entries = g_ptr_array_new_with_free_func (weft_change_entry_free);
  self->revived = g_array_new (FALSE, FALSE, sizeof (WeftRevived));
  self->runs = weft_text_runs_new (&comparison, weft_doc_get_text (doc, "quill"), self->entries);
  for (guint i = 0; i < self->entries->len; i++)
    ((WeftChangeEntry *) self->entries->pdata[i])->in_root = TRUE;
  weft_board_compare (&comparison, self->entries);
  sort_entries (self);

  return self;
}

void
weft_changes_free (WeftChanges *self)
{
  weft_snapshot_unref (self->before);
  g_ptr_array_unref (self->entries);
  g_array_unref (self->revived);
  weft_text_runs_free (self->runs);
  g_free (self);
}

WeftSnapshot *
weft_changes_get_before (WeftChanges *self)
{
  return self->before;
}

guint
weft_changes_get_n (WeftChanges *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->entries->len;
}

const WeftChange *
weft_changes_get (WeftChanges *self,
                  guint        index)
{
  g_return_val_if_fail (self != NULL && index < self->entries->len, NULL);

  return &((WeftChangeEntry *) self->entries->pdata[index])->change;
}

gboolean
weft_changes_get_unit (WeftChanges *self,
                       guint        index,
                       WeftId      *id)
{
  g_return_val_if_fail (self != NULL && id != NULL, FALSE);

  for (guint i = 0; i < self->runs->runs->len; i++)
    {
      const WeftTextRun *run = &g_array_index (self->runs->runs, WeftTextRun, i);

      if (run->entry != (gint) index)
        continue;
      *id = run->id;
      return TRUE;
    }

  return FALSE;
}

guint
weft_changes_get_n_runs (WeftChanges *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->runs->runs->len;
}

WeftDiffRun
weft_changes_get_run (WeftChanges *self,
                      guint        index)
{
  const WeftTextRun *run = &g_array_index (self->runs->runs, WeftTextRun, index);
  gboolean removed = run->change == WEFT_PIECE_REMOVED;

  return (WeftDiffRun) {
    .kind = run->marked                             ? WEFT_DIFF_MARKED
            : run->change == WEFT_PIECE_KEPT         ? WEFT_DIFF_KEPT
            : removed                                ? WEFT_DIFF_REMOVED
                                                     : WEFT_DIFF_ADDED,
    .change = run->entry,
    .text = run->embed == NULL ? self->runs->text->str + run->offset : NULL,
    .n_bytes = run->n_bytes,
    .embed = run->embed,
    .attributes = removed ? run->then : run->now,
  };
}

/**
 * weft_changes_take_back:
 * @self: a list of changes up to now
 * @index: one of them
 * @doc: the document, or what has become of it
 * @origin: of the edit
 *
 * What was changed again since by somebody is left as it is.
 */
gboolean
weft_changes_take_back (WeftChanges  *self,
                        guint         index,
                        WeftDoc      *doc,
                        gconstpointer origin)
{
  WeftChangeEntry *entry;
  WeftType *text;
  gboolean changed;

  g_return_val_if_fail (self != NULL && index < self->entries->len && doc != NULL, FALSE);

  entry = self->entries->pdata[index];
  weft_doc_begin (doc, origin);
  if (entry->change.kind == WEFT_CHANGE_TEXT)
    {
      text = entry->in_root ? weft_doc_get_text (doc, "quill") : weft_doc_find_type (doc, entry->text_id);
      changed = text != NULL && !weft_type_is_deleted (text)
                && weft_text_take_back (doc, text, self->before, entry, self->revived);
    }
  else
    changed = weft_board_take_back (doc, self->before, entry);
  weft_doc_commit (doc);

  return changed;
}

/**
 * weft_changes_restore:
 * @self: a list of changes up to now
 * @doc: the document, as it was when the list was made
 * @origin: of the edit
 */
void
weft_changes_restore (WeftChanges  *self,
                      WeftDoc      *doc,
                      gconstpointer origin)
{
  g_autoptr(WeftDelta) delta = NULL;

  g_return_if_fail (self != NULL && doc != NULL);

  delta = weft_text_runs_make_way_back (self->runs);
  weft_doc_begin (doc, origin);
  weft_text_apply_delta (weft_doc_get_text (doc, "quill"), delta);
  for (guint i = 0; i < self->entries->len; i++)
    {
      WeftChangeEntry *entry = self->entries->pdata[i];

      if (!entry->in_root)
        weft_changes_take_back (self, i, doc, origin);
    }
  weft_doc_commit (doc);
}

/**
 * weft_doc_restore_version:
 * @doc: a page's document, which keeps deleted content
 * @version: a moment of it
 * @origin: of the edit
 */
void
weft_doc_restore_version (WeftDoc      *doc,
                          WeftSnapshot *version,
                          gconstpointer origin)
{
  g_autoptr(WeftChanges) changes = NULL;

  g_return_if_fail (doc != NULL && version != NULL);

  changes = weft_changes_new (doc, version, NULL, NULL);
  weft_doc_begin (doc, origin);
  /* All of a text at once: its deletions need not find their order among what is put back. */
  weft_text_take_back (doc, weft_doc_get_text (doc, "quill"), version, NULL, NULL);
  for (guint i = 0; i < changes->entries->len; i++)
    {
      WeftChangeEntry *entry = changes->entries->pdata[i];

      if (!entry->in_root)
        weft_changes_take_back (changes, i, doc, origin);
    }
  weft_doc_commit (doc);
}
