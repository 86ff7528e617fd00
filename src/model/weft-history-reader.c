/* weft-history-reader.c - what is done in a thread to look back at a page
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-history-private.h"

#include "crdt/weft-snapshot-view.h"
#include "model/weft-person.h"
#include "notebook/weft-element.h"
#include "weft-debug.h"

/* Of those nobody is known for: reads on light and dark. */
#define UNKNOWN_COLOR "#818186"

WeftHistoryReader *
weft_history_reader_new (void)
{
  WeftHistoryReader *self = g_new0 (WeftHistoryReader, 1);

  self->shown = weft_shown_page_new ();

  return self;
}

static void
forget_doc (WeftHistoryReader *self)
{
  g_clear_pointer (&self->timeline, weft_timeline_unref);
  g_clear_pointer (&self->users, weft_users_free);
  g_clear_pointer (&self->doc, weft_doc_free);
}

void
weft_history_reader_free (WeftHistoryReader *self)
{
  forget_doc (self);
  weft_shown_page_free (self->shown);
  g_free (self);
}

static void
content_free (WeftHistoryContent *self)
{
  g_clear_pointer (&self->text, weft_delta_free);
  g_clear_pointer (&self->board, weft_any_unref);
  g_clear_pointer (&self->meta, weft_any_unref);
  g_free (self);
}

void
weft_history_job_free (WeftHistoryJob *self)
{
  g_clear_pointer (&self->doc, weft_doc_free);
  g_clear_pointer (&self->edits, g_array_unref);
  g_clear_pointer (&self->since, weft_snapshot_unref);
  g_clear_pointer (&self->colors, g_hash_table_unref);
  g_clear_object (&self->task);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->timeline, weft_timeline_unref);
  g_clear_pointer (&self->step, weft_shown_step_free);
  g_clear_pointer (&self->changes, weft_changes_free);
  g_clear_pointer (&self->content, content_free);
  g_free (self);
}

char *
weft_history_make_color (const char *author,
                         GHashTable *colors)
{
  g_autofree char *name = weft_person_dup_author_name (author);
  const char *known = name != NULL && colors != NULL ? g_hash_table_lookup (colors, name) : NULL;

  if (name == NULL)
    return g_strdup (UNKNOWN_COLOR);

  return g_strdup (known != NULL ? known : weft_person_color_for_id (name));
}

static char *
color_cb (const char *person,
          gpointer    user_data)
{
  return weft_history_make_color (person, user_data);
}

static void
load (WeftHistoryReader *self,
      WeftHistoryJob    *job)
{
  forget_doc (self);
  self->doc = g_steal_pointer (&job->doc);
  self->users = weft_users_new (self->doc);
  self->timeline = weft_timeline_new (self->doc, job->edits, self->users);
  job->timeline = weft_timeline_ref (self->timeline);
}

static void
show (WeftHistoryReader *self,
      WeftHistoryJob    *job)
{
  g_autoptr(WeftSnapshot) at = NULL;
  g_autoptr(WeftSnapshot) before = NULL;

  if (job->since != NULL)
    before = weft_snapshot_ref (job->since);
  else if (job->index < weft_timeline_get_n (self->timeline))
    {
      at = weft_timeline_dup_snapshot (self->timeline, job->index);
      before = job->with_changes ? weft_timeline_dup_before (self->timeline, job->index) : NULL;
    }

  job->step = weft_shown_page_show (self->shown, self->doc, before, at, self->users, color_cb, job->colors);
}

static WeftAny *
read_map_at (WeftType           *map,
             const WeftSnapshot *at);

static WeftAny *
read_value_at (WeftType           *map,
               const char         *key,
               const WeftSnapshot *at)
{
  WeftType *type = NULL;
  WeftAny *value = weft_map_get_at (map, key, at, &type);
  g_autofree char *text = NULL;

  if (type == NULL)
    return value;
  if (weft_type_get_kind (type) != WEFT_KIND_TEXT)
    return read_map_at (type, at);

  text = weft_text_to_string_at (type, at);
  return weft_any_new_string (text);
}

static WeftAny *
read_map_at (WeftType           *map,
             const WeftSnapshot *at)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys_at (map, at);
  WeftAny *object = weft_any_new_object ();

  for (guint i = 0; i < keys->len; i++)
    {
      WeftAny *value = read_value_at (map, keys->pdata[i], at);

      if (value != NULL)
        weft_any_object_take (object, keys->pdata[i], value);
    }

  return object;
}

static void
copy (WeftHistoryReader *self,
      WeftHistoryJob    *job)
{
  g_autoptr(WeftSnapshot) at = weft_timeline_dup_snapshot (self->timeline, job->index);

  job->content = g_new0 (WeftHistoryContent, 1);
  job->content->text = weft_text_to_delta_at (weft_doc_get_text (self->doc, "quill"), at, NULL);
  job->content->board = read_map_at (weft_doc_get_map (self->doc, "board"), at);
  job->content->meta = read_map_at (weft_doc_get_map (self->doc, "meta"), at);
}

void
weft_history_reader_run (WeftHistoryReader *self,
                         WeftHistoryJob    *job)
{
  g_autoptr(WeftSnapshot) at = NULL;

  if (job->kind == WEFT_HISTORY_JOB_LOAD)
    {
      load (self, job);
      return;
    }

  if (self->doc == NULL)
    return;
  if (job->kind == WEFT_HISTORY_JOB_SHOW)
    {
      show (self, job);
      return;
    }

  if (job->index >= weft_timeline_get_n (self->timeline))
    return;
  if (job->kind == WEFT_HISTORY_JOB_COPY)
    {
      copy (self, job);
      return;
    }

  at = weft_timeline_dup_snapshot (self->timeline, job->index);
  job->changes = weft_changes_new (self->doc, at, NULL, NULL);
}

void
weft_history_content_write (const WeftHistoryContent *self,
                            WeftDoc                  *doc)
{
  WeftType *board = NULL;

  weft_doc_begin (doc, NULL);
  if (weft_delta_get_n_ops (self->text) > 0)
    weft_text_apply_delta (weft_doc_get_text (doc, "quill"), self->text);
  for (gsize i = 0; i < weft_any_get_n_items (self->board); i++)
    {
      board = weft_doc_get_map (doc, "board");
      weft_element_create (board, weft_any_get_key (self->board, i), weft_any_get_item (self->board, i));
    }
  for (gsize i = 0; i < weft_any_get_n_items (self->meta); i++)
    weft_map_set (weft_doc_get_map (doc, "meta"), weft_any_get_key (self->meta, i),
                  (WeftAny *) weft_any_get_item (self->meta, i));
  weft_doc_commit (doc);
}
