/* weft-text.c - Y.Text: insert, delete, format
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rules of YText.js. WeftMarks are format items that stand between the characters: one that begins
 * (key, value) and one that ends it (key, null). An edit never writes a mark that says nothing new.
 */

#include "config.h"

#include "crdt/weft-cursor-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-any-private.h"
#include "crdt/weft-marks-private.h"
#include "crdt/weft-quick-private.h"

/* Text of so many bytes and less is copied as one piece of this size. */
#define SHORT_RUN 32

/* A place between two items; see ItemTextListPosition of Yjs. */
typedef struct
{
  WeftTransaction *tx;
  WeftDoc         *doc;
  WeftType        *type;
  WeftHandle       left, right;
  WeftSpot         spot; /* of @right; leaf NULL: to be looked up */
  WeftMarks            current;
} Place;

static void
place_forward (Place *place)
{
  const WeftItem *item = weft_item (place->doc, place->right);

  if (item->kind == WEFT_CONTENT_FORMAT && !item->deleted)
    weft_marks_update (&place->current, place->doc, item->content);
  if (place->spot.leaf == NULL)
    place->spot = weft_order_spot (place->doc, place->right);
  place->left = place->right;
  if (weft_order_step (place->doc, &place->spot))
    {
      place->right = place->spot.leaf->item[place->spot.slot];
      return;
    }
  place->right = WEFT_NONE;
  place->spot.leaf = NULL;
}

/* Where what is at the right is deleted: goes on to what is not. */
static void
place_skip_deleted (Place *place)
{
  WeftDoc *doc = place->doc;

  if (place->spot.leaf == NULL)
    place->spot = weft_order_spot (doc, place->right);
  if (weft_order_skip_deleted (doc, &place->spot))
    {
      place->right = place->spot.leaf->item[place->spot.slot];
      place->left = weft_order_prev (doc, place->right);
      return;
    }
  place->left = weft_order_last (doc, place->type);
  place->right = WEFT_NONE;
  place->spot.leaf = NULL;
}

/* Cuts the item at the right after @length units. */
static void
place_split (Place  *place,
             guint64 length)
{
  const WeftItem *item = weft_item (place->doc, place->right);

  if (length < item->len)
    {
      weft_clean_start (place->tx, item->client, item->clock + length);
      place->spot.leaf = NULL;
    }
}

/* A position within a surrogate pair moves to before it. */
static guint64
snap (WeftType *type,
      guint64   position)
{
  guint32 offset;
  WeftHandle handle;

  if (position == 0 || position >= type->length || !type->has_wide)
    return MIN (position, type->length);
  handle = weft_order_find (type->doc, type, position, &offset);

  return position - weft_content_is_inside_pair (type->doc, weft_item (type->doc, handle), offset);
}

static void
place_find (Place    *place,
            WeftType *type,
            guint64   index)
{
  WeftDoc *doc = type->doc;

  *place = (Place) { doc->transaction, doc, type };
  if (index == 0)
    {
      place->right = weft_order_first (doc, type);
      return;
    }

  if (index > type->length)
    {
      place->left = weft_order_last (doc, type);
    }
  else
    {
      guint32 offset;
      const WeftItem *item;

      place->left = weft_order_find (doc, type, index - 1, &offset);
      item = weft_item (doc, place->left);
      if (offset + 1 < item->len)
        weft_clean_start (place->tx, item->client, item->clock + offset + 1);
      place->right = weft_order_next (doc, place->left);
    }
  if (type->has_formats)
    weft_marks_collect (doc, type, place->right, &place->current);
}

/* Puts a new item at the place and steps over it. */
static void
place_insert (Place     *place,
              WeftHandle handle)
{
  weft_integrate (place->tx, handle, place->left, place->right, place->type, 0);
  place->right = handle;
  place->spot.leaf = NULL;
  place_forward (place);
}

static void
place_insert_format (Place  *place,
                     guint32 format)
{
  WeftHandle handle
      = weft_new_local_item (place->tx, WEFT_CONTENT_FORMAT, 1, place->left, place->right);

  weft_item (place->doc, handle)->content = format;
  place_insert (place, handle);
}

/* Goes right over what is deleted and over formats that say what @marks says. */
static void
minimize_changes (Place           *place,
                  const WeftMarks *marks)
{
  while (place->right != WEFT_NONE)
    {
      const WeftItem *item = weft_item (place->doc, place->right);
      guint32 key;

      if (item->deleted)
        {
          place_skip_deleted (place);
          continue;
        }
      if (item->kind != WEFT_CONTENT_FORMAT)
        return;
      key = weft_format (place->doc, item->content)->key;
      if (!weft_marks_same_value (place->doc, item->content, weft_marks_get (marks, place->doc, key))
          || (weft_marks_find (marks, place->doc, key) == G_MAXUINT && weft_marks_is_inherited (place->doc, key)))
        return;
      place_forward (place);
    }
}

/* Writes the formats that begin @marks; returns those that end them. */
static WeftMarks
insert_marks (Place           *place,
              const WeftMarks *marks)
{
  WeftMarks negated = { NULL };

  for (guint i = 0; i < weft_marks_size (marks); i++)
    {
      guint32 format = weft_marks_nth (marks, i);
      guint32 current
          = weft_marks_get (&place->current, place->doc, weft_format (place->doc, format)->key);

      if (weft_marks_same_value (place->doc, current, format))
        continue;
      weft_marks_set (&negated, place->doc, current);
      place_insert_format (place, format);
    }

  return negated;
}

static void
insert_negated (Place     *place,
                WeftMarks *negated)
{
  while (place->right != WEFT_NONE)
    {
      const WeftItem *item = weft_item (place->doc, place->right);
      guint32 key;
      guint at;

      if (item->deleted)
        {
          place_skip_deleted (place);
          continue;
        }
      if (item->kind != WEFT_CONTENT_FORMAT)
        break;
      key = weft_format (place->doc, item->content)->key;
      at = weft_marks_find (negated, place->doc, key);
      if (at == G_MAXUINT || !weft_marks_same_value (place->doc, item->content, weft_marks_nth (negated, at)))
        break;
      weft_marks_remove (negated, place->doc, key);
      place_forward (place);
    }

  for (guint i = 0; i < weft_marks_size (negated); i++)
    place_insert_format (place, weft_marks_nth (negated, i));
}

/* Marks that hold here but are not in @marks shall end. */
static void
end_others (Place     *place,
            WeftMarks *marks)
{
  for (guint i = 0; i < weft_marks_size (&place->current); i++)
    {
      guint32 key = weft_format (place->doc, weft_marks_nth (&place->current, i))->key;

      if (weft_marks_find (marks, place->doc, key) == G_MAXUINT && !weft_marks_is_inherited (place->doc, key))
        weft_marks_set (marks, place->doc, weft_marks_null (place->doc, key));
    }
  weft_marks_sort_as_object (marks, place->doc);
}

/* What is inserted: text, or an embedded value, or a new type. */
typedef struct
{
  const char *utf8;
  gsize       n_bytes;
  WeftAny    *embed;
  WeftType   *type;
  guint32     type_index;
} Insert;

static WeftHandle
new_content (Place        *place,
             const Insert *insert)
{
  WeftDoc *doc = place->doc;
  WeftHandle handle;
  WeftItem *item;
  WeftClient *client;

  handle = weft_new_local_item (place->tx, WEFT_CONTENT_STRING, 1, place->left, place->right);
  item = weft_item (doc, handle);
  client = weft_client (doc, item->client);
  if (insert->utf8 != NULL)
    {
      gboolean ascii;

      item->len = weft_utf8_measure (insert->utf8, insert->n_bytes, &ascii);
      item->ascii = ascii;
      item->content = weft_arena_append (client, insert->utf8, insert->n_bytes);
    }
  else if (insert->embed != NULL)
    {
      g_autoptr(GString) json = g_string_new (NULL);
      WeftWriter writer;

      weft_writer_init (&writer);
      weft_json_put_exact (json, insert->embed);
      weft_writer_put_buffer (&writer, json->str, json->len);
      item->kind = WEFT_CONTENT_EMBED;
      item->content = weft_arena_append (client, writer.data, writer.size);
      weft_writer_clear (&writer);
    }
  else
    {
      item->kind = WEFT_CONTENT_TYPE;
      item->content = insert->type_index;
    }

  return handle;
}

/* insertText() of Yjs; takes over @marks. */
static void
insert_content (Place        *place,
                const Insert *insert,
                WeftMarks    *marks)
{
  WeftMarks negated;

  end_others (place, marks);
  minimize_changes (place, marks);
  negated = insert_marks (place, marks);
  place_insert (place, new_content (place, insert));
  insert_negated (place, &negated);
  weft_marks_clear (&negated);
  weft_marks_clear (marks);
}

static void
insert_newlines (Place  *place,
                 guint64 n)
{
  g_autofree char *newlines = g_malloc (n);
  Insert insert = { newlines, n };

  memset (newlines, '\n', n);
  place_insert (place, new_content (place, &insert));
}

/* formatText() of Yjs */
static void
format_range (Place           *place,
              guint64          length,
              const WeftMarks *marks)
{
  WeftDoc *doc = place->doc;
  WeftMarks negated;

  minimize_changes (place, marks);
  negated = insert_marks (place, marks);
  while (place->right != WEFT_NONE)
    {
      const WeftItem *item = weft_item (doc, place->right);

      if (length == 0
          && (weft_marks_size (&negated) == 0 || !(item->deleted || item->kind == WEFT_CONTENT_FORMAT)))
        break;
      if (item->deleted)
        {
          place_skip_deleted (place);
          continue;
        }
      if (item->kind == WEFT_CONTENT_FORMAT)
        {
          guint32 key = weft_format (doc, item->content)->key;
          guint at = weft_marks_find (marks, doc, key);

          if (at != G_MAXUINT || weft_marks_is_inherited (doc, key))
            {
              if (at != G_MAXUINT && weft_marks_same_value (doc, weft_marks_nth (marks, at), item->content))
                {
                  weft_marks_remove (&negated, doc, key);
                }
              else
                {
                  if (length == 0)
                    break;
                  weft_marks_set (&negated, doc, item->content);
                }
              weft_delete_item (place->tx, place->right);
            }
          else
            {
              /* As Yjs has it, also where the value is null; stepping over it puts that right. */
              weft_marks_set (&place->current, doc, item->content);
            }
        }
      else
        {
          place_split (place, length);
          length -= item->len;
        }
      place_forward (place);
    }

  /* Quill's documents end with a newline that is not there: formatting it makes it. */
  if (length > 0)
    insert_newlines (place, length);
  insert_negated (place, &negated);
  weft_marks_clear (&negated);
}

/* The first item from @handle on that is not deleted */
static WeftHandle
skip_deleted (WeftDoc   *doc,
              WeftHandle handle)
{
  WeftSpot spot = weft_order_spot (doc, handle);

  return weft_order_skip_deleted (doc, &spot) ? spot.leaf->item[spot.slot] : WEFT_NONE;
}

/* cleanupFormattingGap() of Yjs: after a deletion, formats from @start to the next character that
 * are overwritten or say nothing new are deleted. */
static void
clean_gap (Place           *place,
           WeftHandle       start,
           WeftHandle       current,
           const WeftMarks *start_marks,
           WeftMarks       *marks)
{
  WeftDoc *doc = place->doc;
  g_autoptr(GHashTable) last = g_hash_table_new (NULL, NULL);
  WeftHandle end = start;
  gboolean reached = FALSE;

  while (end != WEFT_NONE)
    {
      const WeftItem *item = weft_item (doc, end);

      if (item->deleted)
        {
          end = skip_deleted (doc, end);
          continue;
        }
      if (weft_kind_is_countable (item->kind))
        break;
      if (item->kind == WEFT_CONTENT_FORMAT)
        g_hash_table_insert (last, GUINT_TO_POINTER (weft_format (doc, item->content)->key),
                             GUINT_TO_POINTER (end));
      end = weft_order_next (doc, end);
    }

  while (start != end)
    {
      WeftHandle format = start;
      const WeftItem *item = weft_item (doc, format);
      guint32 key, before;

      reached = reached || start == current;
      if (item->deleted)
        {
          start = skip_deleted (doc, start);
          reached = reached || (current != WEFT_NONE && start != current
                                && (start == WEFT_NONE || weft_order_is_before (doc, current, start)));
          continue;
        }
      start = weft_order_next (doc, start);
      if (item->kind != WEFT_CONTENT_FORMAT)
        continue;
      key = weft_format (doc, item->content)->key;
      before = weft_marks_get (start_marks, doc, key);
      if (GPOINTER_TO_UINT (g_hash_table_lookup (last, GUINT_TO_POINTER (key))) != format
          || before == item->content)
        {
          weft_delete_item (place->tx, format);
          if (!reached && before != item->content
              && weft_marks_get (marks, doc, key) == item->content)
            {
              if (weft_format (doc, before)->is_null)
                weft_marks_remove (marks, doc, key);
              else
                weft_marks_set (marks, doc, before);
            }
        }
      else if (!reached)
        {
          weft_marks_update (marks, doc, item->content);
        }
    }
}

/* deleteText() of Yjs */
static void
delete_range (Place  *place,
              guint64 length)
{
  WeftDoc *doc = place->doc;
  WeftMarks start_marks = weft_marks_copy (&place->current, doc);
  WeftHandle start = place->right;

  while (length > 0 && place->right != WEFT_NONE)
    {
      const WeftItem *item = weft_item (doc, place->right);

      if (item->deleted)
        {
          place_skip_deleted (place);
          continue;
        }
      if (item->kind == WEFT_CONTENT_STRING || item->kind == WEFT_CONTENT_EMBED || item->kind == WEFT_CONTENT_TYPE)
        {
          place_split (place, length);
          length -= item->len;
          weft_delete_item (place->tx, place->right);
        }
      place_forward (place);
    }
  if (start != WEFT_NONE && place->type->has_formats)
    clean_gap (place, start, place->right, &start_marks, &place->current);
  weft_marks_clear (&start_marks);
}

/* Whether there is something to edit; begins a transaction. */
static gboolean
begin (WeftType *type)
{
  if (weft_type_is_deleted (type))
    return FALSE;
  weft_doc_begin (type->doc, NULL);

  return TRUE;
}

static void
insert_at (WeftType     *self,
           guint64       position,
           const Insert *insert,
           WeftAny      *attributes,
           gboolean      inherit)
{
  Place place;
  WeftMarks marks;

  place_find (&place, self, snap (self, position));
  if (attributes == NULL && inherit)
    {
      marks = weft_marks_copy (&place.current, self->doc);
      weft_marks_sort_as_object (&marks, self->doc);
    }
  else
    {
      marks = weft_marks_from_any (self->doc, attributes);
    }
  insert_content (&place, insert, &marks);
  weft_marks_clear (&place.current);
}

/* The next character may go on where this edit ended. */
static void
place_cursor_after (WeftType *self,
                    guint64   end)
{
  WeftDoc *doc = self->doc;

  if (doc->transaction == NULL && !doc->cleaning && !self->has_formats)
    weft_cursor_place_after (doc, weft_clients_lookup (doc, doc->client_id), end);
}

/* The next deletion may go on at @start. */
static void
place_cursor_at (WeftType *self,
                 guint64   start)
{
  WeftDoc *doc = self->doc;
  WeftHandle left = WEFT_NONE, right = WEFT_NONE;
  guint32 offset;

  if (doc->transaction != NULL || doc->cleaning || self->has_formats || start > self->length)
    return;
  if (start > 0)
    left = weft_order_find (doc, self, start - 1, &offset);
  if (left != WEFT_NONE && offset + 1 < weft_item (doc, left)->len)
    return;
  if (start < self->length)
    right = weft_order_find (doc, self, start, &offset);
  weft_cursor_place_between (doc, left, right, start);
}

/* Not within weft_text_delete(), which would have to make room for it each time. */
static G_GNUC_NO_INLINE void
delete_text (WeftType *self,
             guint64   pos_utf16,
             guint64   n_utf16)
{
  guint64 start, end;
  Place place;

  if (weft_cursor_delete_text (self, pos_utf16, n_utf16) || weft_quick_delete (self, pos_utf16, n_utf16, TRUE)
      || !begin (self))
    return;
  start = snap (self, pos_utf16);
  end = pos_utf16 + MIN (n_utf16, self->length - pos_utf16);
  if (snap (self, end) != end)
    end++;
  if (!weft_quick_delete (self, start, end - start, TRUE))
    {
      place_find (&place, self, start);
      delete_range (&place, end - start);
      weft_marks_clear (&place.current);
    }
  weft_doc_commit (self->doc);
  place_cursor_at (self, start);
}

/* What is deleted after the last unit is nothing, but Yjs drops the marks there that mark nothing. */
static void
clean_end (WeftType *self)
{
  Place place;

  if (!self->has_formats || !begin (self))
    return;
  place_find (&place, self, self->length);
  delete_range (&place, 1);
  weft_marks_clear (&place.current);
  weft_doc_commit (self->doc);
}

static G_GNUC_NO_INLINE void
insert_text (WeftType   *self,
             guint64     pos_utf16,
             const char *utf8,
             gssize      n_bytes,
             WeftAny    *attributes)
{
  Insert insert = { utf8, n_bytes < 0 ? strlen (utf8) : (gsize) n_bytes };
  guint64 before;

  if (insert.n_bytes == 0
      || (attributes == NULL
          && ((weft_cursor_is_typing_at (self, pos_utf16)
               && weft_cursor_type_text (self, pos_utf16, utf8, insert.n_bytes))
              || weft_quick_insert (self, pos_utf16, utf8, insert.n_bytes)))
      || !begin (self))
    return;
  before = self->length;
  pos_utf16 = snap (self, pos_utf16);
  if (attributes != NULL || !weft_quick_insert (self, pos_utf16, utf8, insert.n_bytes))
    insert_at (self, pos_utf16, &insert, attributes, TRUE);
  weft_doc_commit (self->doc);
  place_cursor_after (self, pos_utf16 + self->length - before);
}

/**
 * weft_text_insert:
 * @self: a text
 * @pos_utf16: where; past the end means at the end
 * @utf8: what
 * @n_bytes: its length, or -1 where it is zero-terminated
 * @attributes: (nullable): exactly these marks; %NULL: those of what stands before
 */
void
weft_text_insert (WeftType   *self,
                  guint64     pos_utf16,
                  const char *utf8,
                  gssize      n_bytes,
                  WeftAny    *attributes)
{
  g_return_if_fail (self != NULL && utf8 != NULL);

  if (n_bytes != 1 || attributes != NULL || !weft_cursor_type_unit (self, pos_utf16, (guint8) *utf8))
    insert_text (self, pos_utf16, utf8, n_bytes, attributes);
}

void
weft_text_insert_embed (WeftType *self,
                        guint64   pos_utf16,
                        WeftAny  *embed,
                        WeftAny  *attributes)
{
  Insert insert = { .embed = embed };

  g_return_if_fail (self != NULL && embed != NULL);

  if (!begin (self))
    return;
  insert_at (self, pos_utf16, &insert, attributes, FALSE);
  weft_doc_commit (self->doc);
}

/**
 * weft_text_insert_type:
 * @self: a text
 * @pos_utf16: where
 * @kind: of the new type
 * @attributes: (nullable): its marks
 *
 * Returns: (transfer none) (nullable): the new type; %NULL where @self was deleted
 */
WeftType *
weft_text_insert_type (WeftType *self,
                       guint64   pos_utf16,
                       WeftKind  kind,
                       WeftAny  *attributes)
{
  return weft_text_insert_named (self, pos_utf16, kind, NULL, attributes);
}

/**
 * weft_text_insert_named:
 * @self: a text
 * @pos_utf16: where
 * @kind: of the new type
 * @name: (nullable): of an XML element or hook
 * @attributes: (nullable): its marks
 *
 * Returns: (transfer none) (nullable): the new type; %NULL where @self was deleted
 */
WeftType *
weft_text_insert_named (WeftType   *self,
                        guint64     pos_utf16,
                        WeftKind    kind,
                        const char *name,
                        WeftAny    *attributes)
{
  Insert insert = { NULL };

  g_return_val_if_fail (self != NULL && kind <= WEFT_KIND_XML_TEXT, NULL);

  if (!begin (self))
    return NULL;
  insert.type = weft_type_new (self->doc, kind);
  weft_type_set_name (insert.type, name);
  insert.type_index = insert.type->index;
  insert_at (self, pos_utf16, &insert, attributes, FALSE);
  weft_doc_commit (self->doc);

  return insert.type;
}

void
weft_text_delete (WeftType *self,
                  guint64   pos_utf16,
                  guint64   n_utf16)
{
  g_return_if_fail (self != NULL);

  if (n_utf16 == 0 || pos_utf16 > self->length)
    return;
  if (pos_utf16 == self->length)
    clean_end (self);
  else if (!weft_cursor_delete_units (self, pos_utf16, n_utf16))
    delete_text (self, pos_utf16, n_utf16);
}

void
weft_text_format (WeftType *self,
                  guint64   pos_utf16,
                  guint64   n_utf16,
                  WeftAny  *attributes)
{
  guint64 start, end;
  Place place;
  WeftMarks marks;

  g_return_if_fail (self != NULL && attributes != NULL);

  if (n_utf16 == 0 || pos_utf16 >= self->length || !begin (self))
    return;
  start = snap (self, pos_utf16);
  end = pos_utf16 + MIN (n_utf16, self->length - pos_utf16);
  if (snap (self, end) != end)
    end++;
  place_find (&place, self, start);
  marks = weft_marks_from_any (self->doc, attributes);
  if (place.right != WEFT_NONE)
    format_range (&place, end - start, &marks);
  weft_marks_clear (&marks);
  weft_marks_clear (&place.current);
  weft_doc_commit (self->doc);
}

/**
 * weft_text_apply_delta:
 * @self: a text
 * @delta: what to change
 *
 * Applies a delta from the start, in one transaction, as Y.Text.applyDelta().
 */
void
weft_text_apply_delta (WeftType        *self,
                       const WeftDelta *delta)
{
  Place place;

  g_return_if_fail (self != NULL && delta != NULL);

  if (!begin (self))
    return;
  place_find (&place, self, 0);
  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      WeftMarks marks = weft_marks_from_any (self->doc, op->attributes);
      Insert insert = { NULL };

      switch (op->kind)
        {
        case WEFT_DELTA_RETAIN:
          format_range (&place, op->length, &marks);
          break;
        case WEFT_DELTA_DELETE:
          delete_range (&place, op->length);
          break;
        case WEFT_DELTA_INSERT_TEXT:
          insert.utf8 = op->text;
          insert.n_bytes = op->n_bytes;
          if (op->n_bytes > 0)
            insert_content (&place, &insert, &marks);
          break;
        case WEFT_DELTA_INSERT_EMBED:
          insert.embed = op->embed;
          insert_content (&place, &insert, &marks);
          break;
        default:
          /* A type cannot be copied into another place. */
          break;
        }
      weft_marks_clear (&marks);
    }
  weft_marks_clear (&place.current);
  weft_doc_commit (self->doc);
}

/* Puts the text of an ASCII run at @to, where there is room for SHORT_RUN bytes at least; mostly it is one piece. */
static inline char *
put_ascii (WeftDoc        *doc,
           const WeftItem *item,
           char           *to)
{
  const WeftClient *client = weft_client (doc, item->client);
  const guint8 *data = client->arena + item->content;

  if (item->len <= SHORT_RUN && client->arena_allocated - item->content >= SHORT_RUN)
    memcpy (to, data, SHORT_RUN);
  else
    memcpy (to, data, item->len);

  return to + item->len;
}

/* Text that is ASCII only, units are bytes. */
static char *
ascii_to_string (WeftType *self)
{
  WeftDoc *doc = self->doc;
  char *string = g_malloc (self->length + SHORT_RUN + 1), *end = string;

  for (WeftHandle at = self->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    {
      const WeftLeaf *leaf = weft_leaf (doc, at);
      WeftHandle visible[WEFT_NODE_SIZE];
      guint n = 0;

      /* Which of them are there is not to be foreseen. */
      for (guint i = 0; i < leaf->n; i++)
        {
          visible[n] = leaf->item[i];
          n += leaf->vis[i] > 0;
        }
      for (guint i = 0; i < n; i++)
        {
          const WeftItem *item = weft_item (doc, visible[i]);

          if (item->kind == WEFT_CONTENT_STRING)
            end = put_ascii (doc, item, end);
        }
    }
  *end = '\0';

  return string;
}

char *
weft_text_to_string (WeftType *self)
{
  WeftDoc *doc;
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  doc = self->doc;
  if (!self->has_wide)
    return ascii_to_string (self);
  text = g_string_sized_new (self->length);
  for (WeftHandle at = self->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    {
      const WeftLeaf *leaf = weft_leaf (doc, at);

      for (guint i = 0; i < leaf->n; i++)
        {
          const WeftItem *item;
          const guint8 *data;
          gsize n_bytes;

          if (leaf->vis[i] == 0)
            continue;
          item = weft_item (doc, leaf->item[i]);
          if (item->kind != WEFT_CONTENT_STRING)
            continue;
          data = weft_content_bytes (doc, item, 0, &n_bytes);
          g_string_append_len (text, (const char *) data, n_bytes);
        }
    }

  return g_string_free (text, FALSE);
}

WeftDelta *
weft_text_to_delta (WeftType *self)
{
  WeftDelta *delta = weft_delta_new ();
  WeftAny *attributes = NULL;
  WeftMarks marks = { NULL };
  WeftDoc *doc;

  g_return_val_if_fail (self != NULL, NULL);

  doc = self->doc;
  for (WeftHandle at = self->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    for (guint i = 0; i < weft_leaf (doc, at)->n; i++)
      {
        const WeftItem *item = weft_item (doc, weft_leaf (doc, at)->item[i]);
        g_autoptr(WeftAny) embed = NULL;
        const guint8 *data;
        gsize n_bytes;

        if (item->deleted)
          continue;
        switch (item->kind)
          {
          case WEFT_CONTENT_STRING:
            data = weft_content_bytes (doc, item, 0, &n_bytes);
            weft_delta_insert_text (delta, (const char *) data, n_bytes, attributes);
            break;
          case WEFT_CONTENT_EMBED:
            embed = weft_content_get (doc, item, 0);
            weft_delta_insert_embed (delta, embed, attributes);
            break;
          case WEFT_CONTENT_TYPE:
            weft_delta_insert_type (delta, weft_content_get_type (doc, item), attributes);
            break;
          case WEFT_CONTENT_FORMAT:
            weft_marks_update (&marks, doc, item->content);
            g_clear_pointer (&attributes, weft_any_unref);
            attributes = weft_marks_to_any (&marks, doc);
            break;
          default:
            break;
          }
      }
  g_clear_pointer (&attributes, weft_any_unref);
  weft_marks_clear (&marks);

  return delta;
}
