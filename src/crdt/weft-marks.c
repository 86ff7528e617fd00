/* weft-marks.c - the marks that hold at a place of a text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-marks-private.h"

/* So many marks are looked through one by one. */
#define SHORT_LIST 16

static guint32
get_key (const WeftMarks *marks,
         const WeftDoc   *doc,
         guint            at)
{
  return weft_format (doc, g_array_index (marks->list, guint32, at))->key;
}

guint
weft_marks_find (const WeftMarks *marks,
                 const WeftDoc   *doc,
                 guint32          key)
{
  if (marks->index != NULL)
    {
      gpointer at;

      return g_hash_table_lookup_extended (marks->index, GUINT_TO_POINTER (key), NULL, &at) ? GPOINTER_TO_UINT (at)
                                                                                            : G_MAXUINT;
    }
  for (guint i = 0; marks->list != NULL && i < marks->list->len; i++)
    if (get_key (marks, doc, i) == key)
      return i;

  return G_MAXUINT;
}

/* Notes where the marks from @first on are. */
static void
index_marks (WeftMarks     *marks,
             const WeftDoc *doc,
             guint          first)
{
  if (marks->index == NULL && marks->list->len <= SHORT_LIST)
    return;
  if (marks->index == NULL)
    {
      marks->index = g_hash_table_new (NULL, NULL);
      first = 0;
    }
  for (guint i = first; i < marks->list->len; i++)
    g_hash_table_insert (marks->index, GUINT_TO_POINTER (get_key (marks, doc, i)), GUINT_TO_POINTER (i));
}

void
weft_marks_append (WeftMarks     *marks,
                   const WeftDoc *doc,
                   guint32        format)
{
  if (marks->list == NULL)
    marks->list = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_array_append_val (marks->list, format);
  index_marks (marks, doc, marks->list->len - 1);
}

void
weft_marks_set (WeftMarks     *marks,
                const WeftDoc *doc,
                guint32        format)
{
  guint at = weft_marks_find (marks, doc, weft_format (doc, format)->key);

  if (at == G_MAXUINT)
    weft_marks_append (marks, doc, format);
  else
    g_array_index (marks->list, guint32, at) = format;
}

void
weft_marks_remove (WeftMarks     *marks,
                   const WeftDoc *doc,
                   guint32        key)
{
  guint at = weft_marks_find (marks, doc, key);

  if (at == G_MAXUINT)
    return;
  g_array_remove_index (marks->list, at);
  if (marks->index == NULL)
    return;
  g_hash_table_remove (marks->index, GUINT_TO_POINTER (key));
  index_marks (marks, doc, at);
}

/* The members of Object.prototype. */
gboolean
weft_marks_is_inherited (const WeftDoc *doc,
                         guint32        key)
{
  static const char *const members[] = {
    "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__", "constructor",
    "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
  };
  const char *name = weft_key (doc, key)->string;

  if (*name == '\0' || strchr ("_chiptv", *name) == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (strcmp (members[i], name) == 0)
      return TRUE;

  return FALSE;
}

/* What a format item does to the marks that hold after it. */
void
weft_marks_update (WeftMarks     *marks,
                   const WeftDoc *doc,
                   guint32        format)
{
  if (weft_format (doc, format)->is_null)
    weft_marks_remove (marks, doc, weft_format (doc, format)->key);
  else
    weft_marks_set (marks, doc, format);
}

WeftMarks
weft_marks_copy (const WeftMarks *marks,
                 const WeftDoc   *doc)
{
  WeftMarks copy = { NULL };

  if (marks->list != NULL)
    {
      copy.list = g_array_copy (marks->list);
      index_marks (&copy, doc, 0);
    }

  return copy;
}

void
weft_marks_clear (WeftMarks *marks)
{
  g_clear_pointer (&marks->list, g_array_unref);
  g_clear_pointer (&marks->index, g_hash_table_unref);
}

guint
weft_marks_size (const WeftMarks *marks)
{
  return marks->list != NULL ? marks->list->len : 0;
}

guint32
weft_marks_nth (const WeftMarks *marks,
                guint            index)
{
  return g_array_index (marks->list, guint32, index);
}

/* The format (key, null). */
guint32
weft_marks_null (WeftDoc *doc,
                 guint32  key)
{
  g_autoptr(WeftAny) null = weft_any_new_null ();

  return weft_formats_intern (doc, key, "null", strlen ("null"), null);
}

/* The value of @key, or (key, null). */
guint32
weft_marks_get (const WeftMarks *marks,
                WeftDoc         *doc,
                guint32          key)
{
  guint at = weft_marks_find (marks, doc, key);

  return at != G_MAXUINT ? weft_marks_nth (marks, at) : weft_marks_null (doc, key);
}

/* Whether JavaScript takes a key of an object for an index of an array. */
static gboolean
is_array_index (const char *key,
                guint64    *value)
{
  gsize length = strlen (key);

  *value = 0;
  if (length == 0 || length > 10 || (key[0] == '0' && length > 1))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (key[i]))
        return FALSE;
      *value = *value * 10 + (key[i] - '0');
    }

  return *value < G_MAXUINT32;
}

static gboolean
is_container (const WeftAny *value)
{
  return weft_any_get_kind (value) == WEFT_ANY_OBJECT || weft_any_get_kind (value) == WEFT_ANY_ARRAY;
}

/* Whether an object has the items of @array under their indexes: to Yjs it is the same. */
static gboolean
object_is_array (const WeftAny *object,
                 const WeftAny *array)
{
  for (gsize i = 0; i < weft_any_get_n_items (object); i++)
    {
      guint64 at;

      if (!is_array_index (weft_any_get_key (object, i), &at) || at >= weft_any_get_n_items (array)
          || !weft_any_equal (weft_any_get_item (object, i), weft_any_get_item (array, at)))
        return FALSE;
    }

  return TRUE;
}

/* Whether two formats of one key have the same value: equalAttrs() of Yjs, which looks one level into
 * objects. */
gboolean
weft_marks_same_value (const WeftDoc *doc,
                       guint32        a,
                       guint32        b)
{
  const WeftAny *x = weft_format (doc, a)->value, *y = weft_format (doc, b)->value;

  if (a == b)
    return TRUE;
  if (!is_container (x) || !is_container (y) || weft_any_get_n_items (x) != weft_any_get_n_items (y))
    return FALSE;

  for (gsize i = 0; i < weft_any_get_n_items (x); i++)
    if (is_container (weft_any_get_item (x, i)))
      return FALSE;

  if (weft_any_get_kind (x) == weft_any_get_kind (y))
    return weft_any_equal (x, y);

  return weft_any_get_kind (x) == WEFT_ANY_OBJECT ? object_is_array (x, y) : object_is_array (y, x);
}

/* A key that is an index, and its format. */
typedef struct
{
  guint64 index;
  guint32 format;
} IndexKey;

static int
compare_index_keys (gconstpointer a,
                    gconstpointer b)
{
  const IndexKey *x = a, *y = b;

  return (x->index > y->index) - (x->index < y->index);
}

/* Puts the formats in the order in which JavaScript walks over an object's keys. */
void
weft_marks_sort_as_object (WeftMarks     *marks,
                           const WeftDoc *doc)
{
  g_autoptr(GArray) sorted = NULL;
  guint n_others = 0;

  for (guint i = 0; i < weft_marks_size (marks); i++)
    {
      IndexKey key = { 0, weft_marks_nth (marks, i) };

      if (is_array_index (weft_key (doc, get_key (marks, doc, i))->string, &key.index))
        {
          if (sorted == NULL)
            sorted = g_array_new (FALSE, FALSE, sizeof (IndexKey));
          g_array_append_val (sorted, key);
        }
      else
        {
          g_array_index (marks->list, guint32, n_others++) = key.format;
        }
    }
  if (sorted == NULL)
    return;

  g_array_sort (sorted, compare_index_keys);
  memmove (&g_array_index (marks->list, guint32, sorted->len), marks->list->data, n_others * sizeof (guint32));
  for (guint i = 0; i < sorted->len; i++)
    g_array_index (marks->list, guint32, i) = g_array_index (sorted, IndexKey, i).format;
  index_marks (marks, doc, 0);
}

WeftMarks
weft_marks_from_any (WeftDoc       *doc,
                     const WeftAny *attributes)
{
  WeftMarks marks = { NULL };

  for (gsize i = 0; attributes != NULL && i < weft_any_get_n_items (attributes); i++)
    {
      const WeftAny *value = weft_any_get_item (attributes, i);
      const char *key = weft_any_get_key (attributes, i);
      g_autoptr(GString) json = NULL;

      if (weft_any_get_kind (value) == WEFT_ANY_UNDEFINED)
        continue;
      json = g_string_new (NULL);
      weft_json_put_exact (json, value);
      weft_marks_set (&marks, doc,
                      weft_formats_intern (doc, weft_keys_intern (doc, key, strlen (key)), json->str,
                                           json->len, (WeftAny *) value));
    }
  weft_marks_sort_as_object (&marks, doc);

  return marks;
}

/* The marks that hold after all items before @end. */
void
weft_marks_collect (WeftDoc   *doc,
                    WeftType  *type,
                    WeftHandle end,
                    WeftMarks *marks)
{
  if (weft_order_collect_marks (doc, type, end, marks))
    return;
  for (WeftHandle at = type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    {
      const WeftLeaf *leaf = weft_leaf (doc, at);

      for (guint i = 0; i < leaf->n; i++)
        {
          const WeftItem *item;

          if (leaf->item[i] == end)
            return;
          if (leaf->vis[i] != 0)
            continue;
          item = weft_item (doc, leaf->item[i]);
          if (item->kind == WEFT_CONTENT_FORMAT && !item->deleted)
            weft_marks_update (marks, doc, item->content);
        }
    }
}

WeftAny *
weft_marks_to_any (const WeftMarks *marks,
                   const WeftDoc   *doc)
{
  WeftAny *object;

  if (weft_marks_size (marks) == 0)
    return NULL;
  object = weft_any_new_object ();
  for (guint i = 0; i < weft_marks_size (marks); i++)
    {
      const WeftFormat *format = weft_format (doc, weft_marks_nth (marks, i));

      weft_any_object_take (object, weft_key (doc, format->key)->string, weft_any_ref (format->value));
    }

  return object;
}

