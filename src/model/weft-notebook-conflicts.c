/* weft-notebook-conflicts.c - the notebook's conflict cards
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What conflicts is found by pure functions of the documents (notebook/weft-conflicts.h): the notebook
 * doc, the pages that are open, and those that a fetch brought news for (weft-notebook-check.c). Here it
 * becomes words, and a choice becomes an edit. A page with conflicts has a mark in the journal, so that the
 * next run knows where to look without reading every page. So has the notebook doc: of a large notebook it is
 * loaded, soon after its outline is shown, where there are cards in it.
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "model/weft-conflict-item-private.h"
#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"
#include "notebook/weft-conflicts.h"
#include "notebook/weft-stretches.h"

/* Characters shown of a whole note. */
#define MAX_NOTE 400

/* Changes come in bursts: look once for all of them. */
#define LOOK_DELAY_MS 250

/* In the journal: this prefix and the id of a page that has conflicts. */
#define COLLIDED_PREFIX "collided:"

/* In the journal: the notebook doc has conflicts. */
#define TREE_COLLIDED "tree-collided"

/* The name without the device. */
static char *
dup_person (const WeftConflictSide *side)
{
  const char *dot = side->person ? strstr (side->person, " · ") : NULL;

  if (side->person == NULL)
    return g_strdup (_("Somebody"));

  return dot ? g_strndup (side->person, dot - side->person) : g_strdup (side->person);
}

static char *
dup_page_title (WeftNotebook     *self,
                const WeftPageId *page)
{
  if (weft_page_id_is_root (page))
    return g_strdup (_("Top of the notebook"));

  if (weft_page_id_is_trash (page))
    return g_strdup (_("Trash"));

  return g_strdup (weft_page_get_display_title (weft_notebook_ensure_page (self, page)));
}

static char *
describe_place (WeftNotebook  *self,
                const WeftAny *place)
{
  const WeftAny *parent = weft_any_lookup (place, "parent");
  const char *text = parent ? weft_any_get_string (parent) : NULL;
  g_autofree char *title = NULL;
  WeftPageId id;

  if (text == NULL || !weft_page_id_parse (&id, text))
    return g_strdup (_("Another place"));

  title = dup_page_title (self, &id);

  /* Translators: %s is the title of the page that another page is in */
  return weft_page_id_is_root (&id) || weft_page_id_is_trash (&id)
             ? g_steal_pointer (&title)
             : g_strdup_printf (_("In “%s”"), title);
}

/* Which page went where: of two, it is not clear by the place alone. */
static char *
describe_move (WeftNotebook     *self,
               const WeftPageId *page,
               const WeftAny    *place)
{
  const WeftAny *parent = weft_any_lookup (place, "parent");
  const char *text = parent != NULL ? weft_any_get_string (parent) : NULL;
  g_autofree char *title = dup_page_title (self, page);
  g_autofree char *above = NULL;
  WeftPageId id;

  if (text == NULL || !weft_page_id_parse (&id, text))
    return describe_place (self, place);

  above = dup_page_title (self, &id);

  /* Translators: the title of a page (%1$s), and of the page that it was moved into (%2$s) */
  return g_strdup_printf (_("“%1$s” in “%2$s”"), title, above);
}

/* What people call the properties of a shape, in the order that they are told in. */
static const struct
{
  const char *key;
  const char *name;
} property_names[] = {
  { "x", N_ ("Left") },
  { "y", N_ ("Top") },
  { "width", N_ ("Width") },
  { "height", N_ ("Height") },
  { "angle", N_ ("Rotation") },
  { "points", N_ ("Points") },
  { "strokeColor", N_ ("Line color") },
  { "backgroundColor", N_ ("Fill color") },
  { "fillStyle", N_ ("Fill style") },
  { "strokeWidth", N_ ("Line width") },
  { "strokeStyle", N_ ("Line style") },
  { "opacity", N_ ("Opacity") },
  { "index", N_ ("Order") },
  { "fontSize", N_ ("Text size") },
  { "text", N_ ("Text") },
};

/* Its own name where there is no better one. */
static const char *
describe_key (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (property_names); i++)
    if (g_str_equal (key, property_names[i].key))
      return _(property_names[i].name);

  return key;
}

static gboolean
is_named (const char *key)
{
  return describe_key (key) != key;
}

static char *
describe_property (const char    *key,
                   const WeftAny *value)
{
  switch (weft_any_get_kind (value))
    {
    case WEFT_ANY_NUMBER:
      if (g_str_equal (key, "angle"))
        return g_strdup_printf ("%.0f°", weft_any_get_number (value) * 180 / G_PI);
      return g_strdup_printf ("%.0f", weft_any_get_number (value));
    case WEFT_ANY_STRING:
      return g_strdup (weft_any_get_string (value));
    case WEFT_ANY_ARRAY:
      return g_strdup ("…");
    case WEFT_ANY_UNDEFINED:
    case WEFT_ANY_NULL:
    case WEFT_ANY_BOOLEAN:
    case WEFT_ANY_BIGINT:
    case WEFT_ANY_BYTES:
    case WEFT_ANY_OBJECT:
    default:
      return weft_any_to_json (value);
    }
}

static void
add_property (GString       *text,
              const char    *key,
              const WeftAny *value)
{
  g_autofree char *description = describe_property (key, value);

  if (text->len > 0)
    g_string_append_c (text, '\n');

  /* Translators: a property of a shape and its value, as in "Width: 120" */
  g_string_append_printf (text, _("%s: %s"), describe_key (key), description);
}

/* A property a line: "Left: 120". Always in the same order, so that two can be compared. */
char *
weft_notebook_describe_properties (const WeftAny *object)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (property_names); i++)
    {
      const WeftAny *value = weft_any_lookup (object, property_names[i].key);

      if (value != NULL)
        add_property (text, property_names[i].key, value);
    }

  for (gsize i = 0; i < weft_any_get_n_items (object); i++)
    if (!is_named (weft_any_get_key (object, i)))
      add_property (text, weft_any_get_key (object, i), weft_any_get_item (object, i));

  return g_string_free (text, FALSE);
}

static char *
describe_value (WeftNotebook           *self,
                const WeftConflictSide *side)
{
  if (side->value == NULL)
    return g_strdup (_("No longer kept by this relay"));

  switch (weft_any_get_kind (side->value))
    {
    case WEFT_ANY_STRING:
      return *weft_any_get_string (side->value) ? g_strdup (weft_any_get_string (side->value))
                                                : g_strdup (_("(empty)"));
    case WEFT_ANY_OBJECT:
      return weft_any_lookup (side->value, "parent") ? describe_place (self, side->value)
                                                     : weft_notebook_describe_properties (side->value);
    case WEFT_ANY_NULL:
    case WEFT_ANY_UNDEFINED:
      return g_strdup (_("(none)"));
    case WEFT_ANY_BOOLEAN:
    case WEFT_ANY_NUMBER:
    case WEFT_ANY_BIGINT:
    case WEFT_ANY_BYTES:
    case WEFT_ANY_ARRAY:
    default:
      return weft_any_to_json (side->value);
    }
}

static const char *
describe_kind (const WeftConflict *conflict)
{
  switch (conflict->kind)
    {
    case WEFT_CONFLICT_PROPERTY:
      if (weft_page_id_is_root (&conflict->page))
        return _("Two people renamed the notebook");
      if (g_strcmp0 (conflict->key, WEFT_PAGE_TITLE) == 0)
        return _("Two people renamed this page");
      return _("Two people changed this page’s details");
    case WEFT_CONFLICT_MOVE:
      return _("Two people moved this page");
    case WEFT_CONFLICT_CYCLE:
      return _("Two pages were moved into each other");
    case WEFT_CONFLICT_RETURNED:
      return _("This page was deleted while somebody changed it, and came back");
    case WEFT_CONFLICT_DELETED:
      return _("This page was changed while somebody deleted it");
    case WEFT_CONFLICT_ELEMENT:
      if (g_strcmp0 (conflict->key, "place") == 0)
        return _("Two people moved this shape");
      return _("Two people changed this shape");
    case WEFT_CONFLICT_LINE:
      return _("Two people rewrote this line");
    case WEFT_CONFLICT_TIE:
      return _("Two devices changed this note at the same time");
    case WEFT_CONFLICT_INSIDE:
    default:
      return _("This shape was changed while somebody deleted it");
    }
}

/* A line of a note; what is no text in it is shown as a box. */
static char *
describe_line (const WeftAny *line)
{
  g_autoptr(GString) text = NULL;

  if (line == NULL)
    return g_strdup (_("No longer kept by this relay"));
  if (weft_any_get_string_length (line) == 0)
    return g_strdup (_("(deleted)"));

  text = g_string_new (weft_any_get_string (line));
  g_string_replace (text, "\xef\xbf\xbc", "▢", 0);

  return g_strdup (text->str);
}

/* The beginning of a note's Markdown. */
static char *
describe_note (const WeftAny *note)
{
  g_autofree char *text = describe_line (note);

  if (g_utf8_strlen (text, -1) <= MAX_NOTE)
    return g_steal_pointer (&text);

  *g_utf8_offset_to_pointer (text, MAX_NOTE) = '\0';
  return g_strconcat (text, "…", NULL);
}

/* What a choice means differs by kind: a null beside a returned page is the page that stays. */
static char *
describe_side (WeftNotebook       *self,
               const WeftConflict *conflict,
               guint               side)
{
  if (conflict->kind == WEFT_CONFLICT_RETURNED)
    return g_strdup (side == 0 ? _("Keep the page") : _("Delete the page"));

  if (conflict->kind == WEFT_CONFLICT_DELETED)
    return g_strdup (side == 0 ? _("Leave it in the trash") : _("Restore the page"));

  if (conflict->kind == WEFT_CONFLICT_INSIDE)
    return g_strdup (side == 0 ? _("Leave it deleted") : _("Bring the shape back"));

  if (conflict->kind == WEFT_CONFLICT_LINE)
    return describe_line (conflict->sides[side].value);

  if (conflict->kind == WEFT_CONFLICT_CYCLE)
    return describe_move (self, side == 0 ? &conflict->other_page : &conflict->page,
                          conflict->sides[side].value);

  if (conflict->kind == WEFT_CONFLICT_TIE)
    return describe_note (conflict->sides[side].value);

  return describe_value (self, &conflict->sides[side]);
}

/* (nullable) (transfer full): the shape of a board as one side has it */
static WeftAny *
dup_shape (const WeftConflict *conflict,
           guint               side)
{
  const WeftAny *value = conflict->sides[side].value;
  WeftAny *shape;

  if (conflict->shape == NULL || (conflict->kind == WEFT_CONFLICT_INSIDE && side == 0))
    return NULL;

  shape = weft_any_new_object ();
  for (gsize i = 0; i < weft_any_get_n_items (conflict->shape); i++)
    weft_any_object_take (shape, weft_any_get_key (conflict->shape, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (conflict->shape, i)));
  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return shape;

  for (gsize i = 0; i < weft_any_get_n_items (value); i++)
    if (weft_any_get_kind (weft_any_get_item (value, i)) != WEFT_ANY_UNDEFINED)
      weft_any_object_take (shape, weft_any_get_key (value, i),
                            weft_any_ref ((WeftAny *) weft_any_get_item (value, i)));

  return shape;
}

static WeftConflictItem *
make_item (WeftNotebook       *self,
           const WeftConflict *conflict,
           const char         *page_id)
{
  WeftPageIdText own_page;
  g_autofree char *place = NULL;
  g_autofree char *this_value = describe_side (self, conflict, 0);
  g_autofree char *other_value = describe_side (self, conflict, 1);
  g_autofree char *both_value
      = conflict->kind == WEFT_CONFLICT_LINE ? describe_line (conflict->merged) : NULL;
  g_autofree char *this_person = dup_person (&conflict->sides[0]);
  g_autofree char *other_person = dup_person (&conflict->sides[1]);
  const char *texts[WEFT_CONFLICT_N_TEXTS] = { NULL };
  WeftPageId page = conflict->page;

  if (page_id != NULL && !weft_page_id_parse (&page, page_id))
    return NULL;

  place = dup_page_title (self, &page);
  texts[WEFT_CONFLICT_TEXT_ID] = conflict->id;
  texts[WEFT_CONFLICT_TEXT_TITLE] = describe_kind (conflict);
  texts[WEFT_CONFLICT_TEXT_PLACE] = place;
  texts[WEFT_CONFLICT_TEXT_PAGE_ID] = weft_page_id_format (&page, own_page);
  texts[WEFT_CONFLICT_TEXT_ELEMENT_ID] = conflict->element;
  texts[WEFT_CONFLICT_TEXT_THIS_VALUE] = this_value;
  texts[WEFT_CONFLICT_TEXT_OTHER_VALUE] = other_value;
  texts[WEFT_CONFLICT_TEXT_BOTH_VALUE] = both_value;
  texts[WEFT_CONFLICT_TEXT_THIS_PERSON] = this_person;
  texts[WEFT_CONFLICT_TEXT_OTHER_PERSON] = other_person;

  return weft_conflict_item_new (texts,
                                 conflict->kind == WEFT_CONFLICT_LINE ? &conflict->anchor : NULL,
                                 dup_shape (conflict, 0), dup_shape (conflict, 1),
                                 conflict->sides[0].time_ms, conflict->sides[1].time_ms);
}

static void
add_items (WeftNotebook *self,
           GPtrArray    *items,
           GPtrArray    *conflicts,
           const char   *page_id)
{
  for (guint i = 0; i < conflicts->len; i++)
    {
      WeftConflictItem *item = make_item (self, g_ptr_array_index (conflicts, i), page_id);

      if (item != NULL)
        g_ptr_array_add (items, item);
    }
}

static void schedule (WeftNotebook *self);

static void
mark (WeftNotebook *self,
      const char   *key,
      GPtrArray    *conflicts)
{
  gboolean is_marked = weft_store_get_journal (self->store, key) != NULL;

  if (is_marked != (conflicts->len > 0) && !self->read_only)
    {
      g_autoptr(GBytes) empty = conflicts->len > 0 ? g_bytes_new_static ("", 0) : NULL;

      weft_store_set_journal (self->store, key, empty);
    }
}

void
weft_notebook_take_page_conflicts (WeftNotebook *self,
                                   const char   *page_id,
                                   GPtrArray    *conflicts)
{
  g_autofree char *key = g_strconcat (COLLIDED_PREFIX, page_id, NULL);

  mark (self, key, conflicts);
  if (conflicts->len > 0)
    {
      g_hash_table_replace (self->page_conflicts, g_strdup (page_id), conflicts);
      schedule (self);
    }
  else
    {
      if (g_hash_table_remove (self->page_conflicts, page_id))
        schedule (self);
      g_ptr_array_unref (conflicts);
    }
}

static gboolean
same_items (WeftNotebook *self,
            GPtrArray    *items)
{
  GListModel *old = G_LIST_MODEL (self->conflicts);

  if (g_list_model_get_n_items (old) != items->len)
    return FALSE;

  for (guint i = 0; i < items->len; i++)
    {
      g_autoptr(WeftConflictItem) before = g_list_model_get_item (old, i);
      WeftConflictItem *after = g_ptr_array_index (items, i);

      if (g_strcmp0 (weft_conflict_item_get_id (before), weft_conflict_item_get_id (after)) != 0
          || g_strcmp0 (weft_conflict_item_get_this_value (before),
                        weft_conflict_item_get_this_value (after)) != 0
          || g_strcmp0 (weft_conflict_item_get_other_value (before),
                        weft_conflict_item_get_other_value (after)) != 0
          || g_strcmp0 (weft_conflict_item_get_both_value (before),
                        weft_conflict_item_get_both_value (after)) != 0
          || g_strcmp0 (weft_conflict_item_get_this_person (before),
                        weft_conflict_item_get_this_person (after)) != 0
          || g_strcmp0 (weft_conflict_item_get_other_person (before),
                        weft_conflict_item_get_other_person (after)) != 0
          || g_strcmp0 (weft_conflict_item_get_place (before), weft_conflict_item_get_place (after))
                 != 0)
        return FALSE;
    }

  return TRUE;
}

/* By the id of the card: so the order is the same on every device and in every run. */
static int
compare_items (gconstpointer a,
               gconstpointer b)
{
  return strcmp (weft_conflict_item_get_id (*(WeftConflictItem **) a),
                 weft_conflict_item_get_id (*(WeftConflictItem **) b));
}

static void
look_at_tree (WeftNotebook *self)
{
  if (self->tree_doc == NULL)
    {
      if (weft_store_get_journal (self->store, TREE_COLLIDED) != NULL)
        weft_notebook_need_tree (self);
      return;
    }

  if (self->tree_conflicts == NULL)
    {
      self->tree_conflicts = weft_conflicts_list_pages (self->tree_doc, weft_live_doc_get_users (self->live));
      mark (self, TREE_COLLIDED, self->tree_conflicts);
    }
}

/* Only the notebook doc is looked at here; pages are by weft-notebook-check.c. */
static gboolean
look_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer key = NULL;
  gpointer value = NULL;

  self->conflicts_source = 0;
  /* What is said of moves is right when the tree has followed; then this is called for again. */
  if (self->tree_doc != NULL && weft_notebook_is_behind (self))
    return G_SOURCE_REMOVE;

  look_at_tree (self);
  if (self->tree_conflicts != NULL)
    add_items (self, items, self->tree_conflicts, NULL);

  g_hash_table_iter_init (&iter, self->page_conflicts);
  while (g_hash_table_iter_next (&iter, &key, &value))
    add_items (self, items, value, key);
  g_ptr_array_sort (items, compare_items);

  if (!same_items (self, items))
    g_list_store_splice (self->conflicts, 0,
                         g_list_model_get_n_items (G_LIST_MODEL (self->conflicts)), items->pdata,
                         items->len);

  return G_SOURCE_REMOVE;
}

static void
schedule (WeftNotebook *self)
{
  if (self->conflicts_source == 0 && !self->closed && (self->tree_doc != NULL || self->outline_tree != NULL))
    self->conflicts_source = g_timeout_add (LOOK_DELAY_MS, look_cb, self);
}

void
weft_notebook_conflicts_changed (WeftNotebook *self)
{
  g_clear_pointer (&self->tree_conflicts, g_ptr_array_unref);
  schedule (self);
}

void
weft_notebook_conflicts_attach (WeftNotebook *self)
{
  g_auto(GStrv) keys = weft_store_list_journal (self->store);

  for (guint i = 0; keys[i] != NULL; i++)
    if (g_str_has_prefix (keys[i], COLLIDED_PREFIX))
      weft_notebook_check_page (self, keys[i] + strlen (COLLIDED_PREFIX));

  weft_notebook_conflicts_changed (self);
}

void
weft_notebook_conflicts_detach (WeftNotebook *self)
{
  if (self->conflicts_source != 0 && self->tree_doc != NULL)
    look_at_tree (self);
  g_clear_handle_id (&self->conflicts_source, g_source_remove);
}

GListModel *
weft_notebook_get_conflicts (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return G_LIST_MODEL (self->conflicts);
}

/* Settling */

static const WeftConflict *
find (GPtrArray  *conflicts,
      const char *id)
{
  for (guint i = 0; i < conflicts->len; i++)
    {
      const WeftConflict *conflict = g_ptr_array_index (conflicts, i);

      if (g_str_equal (conflict->id, id))
        return conflict;
    }

  return NULL;
}

typedef struct
{
  char *id;
  WeftConflictChoice choice;
} Settle;

/* It is gone at once; the thread finds out what else the choice has settled. */
static void
forget_card (WeftNotebook *self,
             const char   *page_id,
             const char   *id)
{
  GPtrArray *conflicts = g_hash_table_lookup (self->page_conflicts, page_id);

  for (guint i = 0; conflicts != NULL && i < conflicts->len; i++)
    if (g_str_equal (((const WeftConflict *) g_ptr_array_index (conflicts, i))->id, id))
      {
        g_ptr_array_remove_index (conflicts, i);
        break;
      }

  schedule (self);
  weft_notebook_check_page (self, page_id);
}

static void
settle_opened_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  WeftNotebook *self = WEFT_NOTEBOOK (source);
  Settle *settle = user_data;
  g_autoptr(WeftDocument) document = weft_notebook_open_document_finish (self, result, NULL);

  if (document != NULL)
    {
      WeftLiveDoc *live = weft_document_get_live (document);
      WeftDoc *doc = weft_live_doc_get_doc (live);
      g_autoptr(GPtrArray) conflicts
          = weft_notebook_list_content_conflicts (
              doc, weft_live_doc_get_users (live),
              weft_page_get_kind (weft_document_get_page (document)));
      const WeftConflict *conflict = find (conflicts, settle->id);

      /* A step of undo of its own. */
      weft_document_end_undo_step (document);

      if (conflict != NULL && settle->choice == WEFT_KEEP_BOTH)
        weft_conflict_settle_as_is (conflict, doc, NULL, weft_live_doc_get_author (live));
      else if (conflict != NULL)
        weft_conflict_settle_content (conflict, doc, NULL, settle->choice == WEFT_KEEP_OTHER,
                                      weft_live_doc_get_author (live));

      weft_document_end_undo_step (document);
      forget_card (self, weft_page_get_id (weft_document_get_page (document)), settle->id);
    }

  g_free (settle->id);
  g_free (settle);
}

static void
settle_content (WeftNotebook       *self,
                WeftPage           *page,
                const char         *id,
                WeftConflictChoice  choice)
{
  Settle *settle = g_new0 (Settle, 1);

  settle->id = g_strdup (id);
  settle->choice = choice;
  weft_notebook_open_document_async (self, page, NULL, settle_opened_cb, settle);
}

typedef struct
{
  WeftConflictItem *item;
  WeftConflictChoice choice;
} Later;

static void
later_free (gpointer data)
{
  Later *later = data;

  g_object_unref (later->item);
  g_free (later);
}

static void
resolve_later (WeftNotebook *self,
               gpointer      data)
{
  const Later *later = data;

  weft_notebook_resolve_conflict (self, later->item, later->choice);
}

/**
 * weft_notebook_resolve_conflict:
 * @self: a notebook
 * @item: one of its conflicts
 * @choice: what shall hold
 *
 * Settles it for everyone. Nothing is done where somebody has settled it meanwhile.
 */
void
weft_notebook_resolve_conflict (WeftNotebook       *self,
                                WeftConflictItem   *item,
                                WeftConflictChoice  choice)
{
  const char *id = NULL;
  g_autoptr(GPtrArray) conflicts = NULL;
  const WeftConflict *conflict = NULL;
  WeftPage *page = NULL;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_CONFLICT_ITEM (item));

  if (weft_notebook_is_behind (self))
    {
      Later *later = g_new0 (Later, 1);

      later->item = g_object_ref (item);
      later->choice = choice;
      weft_notebook_defer (self, resolve_later, later, later_free);
      return;
    }

  id = weft_conflict_item_get_id (item);
  conflicts = weft_conflicts_list_pages (self->tree_doc, weft_live_doc_get_users (self->live));
  conflict = find (conflicts, id);
  page = weft_notebook_lookup_page (self, weft_conflict_item_get_page_id (item));

  if (conflict != NULL)
    {
      weft_conflict_settle_page (conflict, self->tree_doc, choice == WEFT_KEEP_OTHER,
                                 weft_live_doc_get_author (self->live));
      weft_notebook_conflicts_changed (self);
    }
  else if (page != NULL)
    {
      settle_content (self, page, id, choice);
    }
}

/* Taking a choice back */

static void
return_undone (GTask    *task,
               gboolean  done)
{
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                             _("Something was changed here since. Undo that first."));
}

static void
undo_opened_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  WeftConflictItem *item = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftDocument) document
      = weft_notebook_open_document_finish (WEFT_NOTEBOOK (source), result, &error);

  if (document == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    return_undone (task, weft_document_undo_choice (document, weft_conflict_item_get_id (item)));
}

static void
undo_later (WeftNotebook *self,
            gpointer      data)
{
  GTask *task = data;
  WeftConflictItem *item = g_task_get_task_data (task);
  WeftPage *page = weft_notebook_lookup_page (self, weft_conflict_item_get_page_id (item));

  if (weft_notebook_doc_undo_choice (self->tree_doc, weft_conflict_item_get_id (item)))
    {
      weft_notebook_conflicts_changed (self);
      return_undone (task, TRUE);
    }
  else if (page != NULL)
    {
      weft_notebook_open_document_async (self, page, NULL, undo_opened_cb, g_object_ref (task));
    }
  else
    {
      return_undone (task, FALSE);
    }
}

/**
 * weft_notebook_undo_choice_async:
 * @self: a notebook
 * @item: a conflict that weft_notebook_resolve_conflict() was called for
 * @callback: called when it is done
 * @user_data: for @callback
 *
 * Fails where the page has been edited since.
 */
void
weft_notebook_undo_choice_async (WeftNotebook        *self,
                                 WeftConflictItem    *item,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr(GTask) task = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_CONFLICT_ITEM (item));

  g_task_set_source_tag (task, weft_notebook_undo_choice_async);
  g_task_set_task_data (task, g_object_ref (item), g_object_unref);

  if (self->closed)
    return_undone (task, FALSE);
  else if (self->tree_doc == NULL)
    weft_notebook_defer (self, undo_later, g_object_ref (task), g_object_unref);
  else
    undo_later (self, task);
}

gboolean
weft_notebook_undo_choice_finish (WeftNotebook  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
