/* weft-page-tree.c - the pages of a notebook as a tree that any order of arrival leaves whole
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is added, and what is asked; what becomes of it is in weft-page-tree-merge.c.
 */

#include "config.h"

#include "notebook/weft-page-tree.h"
#include "notebook/weft-page-tree-private.h"

#include "crdt/weft-hash.h"
#include "notebook/weft-page-order.h"

#include <string.h>

/* Keys of properties are hardly ever longer. */
#define MAX_SHORT_KEY 64

static Page *
ensure_page (WeftPageTree     *self,
             const WeftPageId *id)
{
  Page *page;

  /* The ops of an element are mostly about one page. */
  if (self->last_page != NULL && weft_page_id_equal (&self->last_page->id, id))
    return self->last_page;

  page = weft_page_table_lookup (self->pages, id);
  if (page == NULL)
    {
      page = weft_arena_alloc (self->page_arena, sizeof (Page));
      page->id = *id;
      weft_page_table_add (self->pages, page);
    }

  return page;
}

Page *
weft_page_tree_lookup (WeftPageTree     *self,
                       const WeftPageId *id)
{
  return weft_page_table_lookup (self->pages, id);
}

/* The number of a property's key; with @add, of one that was not heard of before too. Else -1 */
static int
find_key (WeftPageTree *self,
          const char   *key,
          gboolean      add)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->key_numbers, key));

  if (number == 0 && add)
    {
      g_ptr_array_add (self->keys, g_strdup (key));
      number = self->keys->len;
      g_hash_table_insert (self->key_numbers, self->keys->pdata[number - 1], GUINT_TO_POINTER (number));
    }

  return (int) number - 1;
}

static guint
find_client (WeftPageTree *self,
             WeftClientId  client)
{
  if (self->last_number != 0 && self->last_client == client)
    return self->last_number - 1;

  self->last_client = client;
  self->last_number = GPOINTER_TO_UINT (g_hash_table_lookup (self->client_numbers, &client));
  if (self->last_number == 0)
    {
      g_array_append_val (self->clients, client);
      self->last_number = self->clients->len;
      g_hash_table_insert (self->client_numbers, g_memdup2 (&client, sizeof client),
                           GUINT_TO_POINTER (self->last_number));
    }

  return self->last_number - 1;
}

static WeftOpId
get_property_op (WeftPageTree           *self,
                 const WeftPageProperty *property)
{
  return (WeftOpId){ g_array_index (self->clients, WeftClientId, property->client), property->clock,
                     property->index };
}

/**
 * weft_page_tree_new:
 *
 * Returns: (transfer full): an empty tree
 */
WeftPageTree *
weft_page_tree_new (void)
{
  WeftPageTree *self = g_new0 (WeftPageTree, 1);

  self->pages = weft_page_table_new ();
  self->page_arena = weft_arena_new ();
  self->move_arena = weft_arena_new ();
  self->root = ensure_page (self, &weft_page_id_root);
  self->trash = ensure_page (self, &weft_page_id_trash);
  self->log = g_ptr_array_new ();
  self->pending = g_ptr_array_new ();
  self->merging = g_ptr_array_new ();
  self->later = g_ptr_array_new ();
  self->seen = g_hash_table_new_full (weft_hash_client, g_int64_equal, g_free,
                                      (GDestroyNotify) weft_seen_unref);
  self->edited = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->key_numbers = g_hash_table_new (g_str_hash, g_str_equal);
  self->keys = g_ptr_array_new_with_free_func (g_free);
  self->client_numbers = g_hash_table_new_full (weft_hash_client, g_int64_equal, g_free, NULL);
  self->clients = g_array_new (FALSE, FALSE, sizeof (WeftClientId));
  self->unseen = g_hash_table_new (NULL, NULL);
  self->stale = g_ptr_array_new ();
  self->returned = g_ptr_array_new ();
  self->touched = g_ptr_array_new ();
  self->changed = g_ptr_array_new ();
  self->garbage = g_ptr_array_new_with_free_func (g_free);

  return self;
}

WeftPageTree *
weft_page_tree_new_from_outline (WeftPageOutline *outline)
{
  WeftPageTree *self = weft_page_tree_new ();

  self->outline = outline;

  return self;
}

static void
free_pages (WeftPageTree *self)
{
  guint at = 0;
  Page *page;

  while ((page = weft_page_table_next (self->pages, &at)) != NULL)
    {
      weft_page_order_free (page->children);
      g_free (page->properties);
    }
  weft_page_table_free (self->pages);
  weft_arena_free (self->page_arena);
}

void
weft_page_tree_seal (WeftPageTree *self)
{
  g_ptr_array_foreach (self->log, (GFunc) (void (*) (void)) weft_page_tree_clear_move, NULL);
  g_ptr_array_foreach (self->pending, (GFunc) (void (*) (void)) weft_page_tree_clear_move, NULL);
  g_ptr_array_foreach (self->returned, (GFunc) (void (*) (void)) g_free, NULL);
  g_clear_pointer (&self->log, g_ptr_array_unref);
  g_clear_pointer (&self->touched, g_ptr_array_unref);
  self->log = g_ptr_array_new ();
  self->touched = g_ptr_array_new ();
  g_ptr_array_set_size (self->pending, 0);
  g_ptr_array_set_size (self->returned, 0);
  g_clear_pointer (&self->move_arena, weft_arena_free);
}

void
weft_page_tree_free (WeftPageTree *self)
{
  if (self == NULL)
    return;

  weft_page_outline_free (self->outline);
  g_ptr_array_foreach (self->log, (GFunc) (void (*) (void)) weft_page_tree_clear_move, NULL);
  g_ptr_array_foreach (self->pending, (GFunc) (void (*) (void)) weft_page_tree_clear_move, NULL);
  g_ptr_array_foreach (self->returned, (GFunc) (void (*) (void)) g_free, NULL);
  g_ptr_array_foreach (self->later, (GFunc) (void (*) (void)) weft_page_tree_clear_move, NULL);
  for (guint i = self->n_merged; i < self->merging->len; i++)
    weft_page_tree_clear_move (self->merging->pdata[i]);
  g_clear_pointer (&self->moving, g_ptr_array_unref);
  g_clear_pointer (&self->in_order, g_ptr_array_unref);
  g_clear_pointer (&self->ordered, g_ptr_array_unref);
  g_ptr_array_unref (self->log);
  g_ptr_array_unref (self->pending);
  g_ptr_array_unref (self->merging);
  g_ptr_array_unref (self->later);
  g_ptr_array_unref (self->returned);
  g_ptr_array_unref (self->stale);
  g_ptr_array_unref (self->touched);
  g_ptr_array_unref (self->changed);
  g_ptr_array_unref (self->garbage);
  g_hash_table_unref (self->unseen);
  g_hash_table_unref (self->seen);
  free_pages (self);
  g_clear_pointer (&self->move_arena, weft_arena_free);
  g_hash_table_unref (self->edited);
  g_hash_table_unref (self->key_numbers);
  g_ptr_array_unref (self->keys);
  g_hash_table_unref (self->client_numbers);
  g_array_unref (self->clients);
  g_free (self);
}

/**
 * weft_page_tree_set_observer:
 * @self: a tree
 * @observer: (nullable): what to call; copied
 * @user_data: given to the calls
 */
void
weft_page_tree_set_observer (WeftPageTree               *self,
                             const WeftPageTreeObserver *observer,
                             gpointer                    user_data)
{
  self->observer = observer != NULL ? *observer : (WeftPageTreeObserver){ 0 };
  self->observer_data = user_data;
}

static void
add_seen (WeftPageTree     *self,
          Move             *move,
          const WeftOpView *op)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (op->seen, op->n_seen);
  g_autoptr(WeftStateVector) changes = weft_state_vector_decode (bytes, NULL);
  WeftSeen *before = g_hash_table_lookup (self->seen, &move->id.client);

  /* It was checked when the op was unpacked. */
  g_return_if_fail (changes != NULL);

  move->seen = weft_seen_new (before, changes);
  g_hash_table_insert (self->seen, g_memdup2 (&move->id.client, sizeof move->id.client),
                       weft_seen_ref (move->seen));
}

static void
add_move (WeftPageTree     *self,
          const WeftOpId   *id,
          const WeftOpView *op)
{
  Move *move;

  /* These two stay where they are; a peer that says otherwise is not heard. */
  if (weft_page_id_is_root (&op->page) || weft_page_id_is_trash (&op->page))
    return;

  move = weft_arena_alloc (self->move_arena, offsetof (Move, position) + op->n_position + 1);
  memcpy (move->position, op->position, op->n_position);
  move->lamport = op->lamport;
  move->id = *id;
  move->placement.parent = ensure_page (self, &op->parent);
  move->placement.page = self->last_page = ensure_page (self, &op->page);
  move->placement.position = move->position;
  move->placement.move = move;
  if (op->seen != NULL)
    add_seen (self, move, op);

  g_ptr_array_add (self->pending, move);
}

static void
set_property (WeftPageTree     *self,
              const WeftOpId   *id,
              const WeftOpView *op)
{
  Page *page = ensure_page (self, &op->page);
  g_autofree char *long_key = op->n_key < MAX_SHORT_KEY ? NULL : g_strndup (op->key, op->n_key);
  char short_key[MAX_SHORT_KEY] = "";
  WeftPageProperty property, old;

  if (long_key == NULL)
    memcpy (short_key, op->key, op->n_key);
  if (self->keeps_shown_only && !weft_page_outline_has_key (short_key))
    return;
  property = (WeftPageProperty){
    .key = (guint32) find_key (self, long_key != NULL ? long_key : short_key, TRUE),
    .changed = self->observer.page_changed != NULL,
    .lamport = op->lamport,
    .client = find_client (self, id->client),
    .clock = id->clock,
    .index = id->index,
    .value = op->value,
    .n_value = op->n_value,
  };

  if (weft_page_properties_find (page->properties, property.key, &old) && old.n_value > 0)
    {
      WeftOpId old_id = get_property_op (self, &old);

      if (weft_op_order (old.lamport, &old_id, op->lamport, id) >= 0)
        return;
    }

  weft_page_properties_put (&page->properties, &property);
  if (property.changed && !page->has_new_properties)
    {
      page->has_new_properties = TRUE;
      g_ptr_array_add (self->changed, page);
    }
}

/**
 * weft_page_tree_add_view:
 * @self: a tree
 * @id: where the op stands in the document
 * @op: an op; those of unknown kinds only count for the Lamport timestamp
 */
void
weft_page_tree_add_view (WeftPageTree     *self,
                         const WeftOpId   *id,
                         const WeftOpView *op)
{
  g_return_if_fail (!self->is_committing && self->outline == NULL);

  self->lamport = MAX (self->lamport, op->lamport);

  if (op->kind == WEFT_OP_MOVE)
    add_move (self, id, op);
  else if (op->kind == WEFT_OP_SET)
    set_property (self, id, op);
}

/**
 * weft_page_tree_add:
 * @self: a tree
 * @id: where the op stands in the document
 * @op: the same as a struct
 */
void
weft_page_tree_add (WeftPageTree   *self,
                    const WeftOpId *id,
                    const WeftOp   *op)
{
  WeftOpView view = { .kind = op->kind, .lamport = op->lamport, .page = op->page, .parent = op->parent };
  g_autoptr(GBytes) seen = op->seen != NULL ? weft_state_vector_encode (op->seen) : NULL;
  WeftWriter writer;

  weft_writer_init (&writer);
  view.position = op->position;
  view.n_position = op->position != NULL ? strlen (op->position) : 0;
  if (seen != NULL)
    view.seen = g_bytes_get_data (seen, &view.n_seen);
  if (op->value != NULL)
    {
      weft_any_write (op->value, &writer);
      view.key = op->key;
      view.n_key = strlen (op->key);
      view.value = writer.data;
      view.n_value = writer.size;
    }

  weft_page_tree_add_view (self, id, &view);
  weft_writer_clear (&writer);
}

/**
 * weft_page_tree_set_edited:
 * @self: a tree
 * @page: a page
 * @entry: (nullable): the id of the newest entry of @page in the map `edited`
 */
void
weft_page_tree_set_edited (WeftPageTree     *self,
                           const WeftPageId *page,
                           const WeftId     *entry)
{
  Page *edited = entry != NULL ? ensure_page (self, page) : weft_page_tree_lookup (self, page);

  g_return_if_fail (!self->is_committing && self->outline == NULL);

  if (edited == NULL)
    return;

  edited->has_edited = entry != NULL;
  if (entry != NULL)
    g_hash_table_insert (self->edited, edited, g_memdup2 (entry, sizeof *entry));
  else
    g_hash_table_remove (self->edited, edited);
  weft_page_tree_ask_again (self, edited);
}

guint64
weft_page_tree_get_lamport (WeftPageTree *self)
{
  return self->lamport;
}

guint
weft_page_tree_get_n_pages (WeftPageTree *self)
{
  return self->outline != NULL ? weft_page_outline_get_n_pages (self->outline) : self->n_pages;
}

gboolean
weft_page_tree_contains (WeftPageTree     *self,
                         const WeftPageId *id)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_contains (self->outline, id);

  /* One that is between two lists has not gone. */
  return page != NULL && (page->shown != NULL || (page->is_moving && page->placement != NULL) || page == self->root
                          || page == self->trash);
}

/* Where others see it, and while a commit is under way the one before. */
static Page *
get_shown_parent (const Page *page)
{
  return page->shown != NULL ? page->shown->parent : NULL;
}

/* The topmost page on the way up from @page, as others see it. */
static const Page *
find_top (const Page *page)
{
  const Page *parent;

  while ((parent = get_shown_parent (page)) != NULL)
    page = parent;

  return page;
}

gboolean
weft_page_tree_is_living (WeftPageTree     *self,
                          const WeftPageId *id)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_is_below (self->outline, id, &weft_page_id_root);

  return page != NULL && find_top (page) == self->root;
}

gboolean
weft_page_tree_is_trashed (WeftPageTree     *self,
                           const WeftPageId *id)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_is_below (self->outline, id, &weft_page_id_trash);

  return page != NULL && find_top (page) == self->trash;
}

gboolean
weft_page_tree_is_below (WeftPageTree     *self,
                         const WeftPageId *id,
                         const WeftPageId *ancestor)
{
  if (self->outline != NULL)
    return weft_page_outline_is_below (self->outline, id, ancestor);

  for (const Page *page = weft_page_tree_lookup (self, id); page != NULL; page = get_shown_parent (page))
    if (weft_page_id_equal (&page->id, ancestor))
      return TRUE;

  return FALSE;
}

static gboolean
lookup_property (WeftPageTree     *self,
                 const WeftPageId *id,
                 const char       *key,
                 WeftPageProperty *property)
{
  const Page *page = weft_page_tree_lookup (self, id);
  int number = find_key (self, key, FALSE);

  return page != NULL && number >= 0
         && weft_page_properties_find (page->properties, (guint32) number, property);
}

WeftAny *
weft_page_tree_dup_property (WeftPageTree     *self,
                             const WeftPageId *id,
                             const char       *key)
{
  WeftPageProperty property;
  WeftReader reader;

  if (!lookup_property (self, id, key, &property) || !weft_page_property_is_set (&property))
    return NULL;

  weft_reader_init (&reader, property.value, property.n_value);

  return weft_any_read (&reader);
}

const char *
weft_page_tree_read_string (WeftPageTree *self,
                            const Page   *page,
                            const char   *key)
{
  int number = find_key (self, key, FALSE);
  WeftPageProperty property;

  return number >= 0 && weft_page_properties_find (page->properties, (guint32) number, &property)
             ? weft_page_property_get_string (&property)
             : NULL;
}

const char *
weft_page_tree_get_string (WeftPageTree     *self,
                           const WeftPageId *id,
                           const char       *key)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (self->outline != NULL)
    return weft_page_outline_get_string (self->outline, id, key);

  return page != NULL ? weft_page_tree_read_string (self, page, key) : NULL;
}

gboolean
weft_page_tree_get_property_op (WeftPageTree     *self,
                                const WeftPageId *id,
                                const char       *key,
                                WeftOpId         *op)
{
  WeftPageProperty property;

  if (!lookup_property (self, id, key, &property) || property.n_value == 0)
    return FALSE;

  *op = get_property_op (self, &property);
  return TRUE;
}

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

GPtrArray *
weft_page_tree_list_keys (WeftPageTree     *self,
                          const WeftPageId *id)
{
  const Page *page = weft_page_tree_lookup (self, id);
  GPtrArray *keys = g_ptr_array_new ();
  WeftPageProperty property;
  gsize at = 0;

  while (page != NULL && weft_page_properties_next (page->properties, &at, &property))
    if (weft_page_property_is_set (&property))
      g_ptr_array_add (keys, self->keys->pdata[property.key]);
  g_ptr_array_sort (keys, compare_keys);

  return keys;
}

gboolean
weft_page_tree_get_move_op (WeftPageTree     *self,
                            const WeftPageId *id,
                            guint64          *lamport,
                            WeftOpId         *op)
{
  const Page *page = weft_page_tree_lookup (self, id);

  if (page == NULL || page->shown == NULL)
    return FALSE;

  *lamport = page->shown->move->lamport;
  *op = page->shown->move->id;
  return TRUE;
}
