/* weft-g-text.c - a shared text with attributes and embedded values
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-g-private.h"
#include "weft-g-value.h"

#include "crdt/weft-snapshot-view.h"

/**
 * WeftGText:
 *
 * A shared text.
 *
 * Places and lengths are UTF-16 code units, as in JavaScript: a character beyond U+FFFF counts as two, an embedded
 * value or a nested type as one. Where the text has only characters up to U+FFFF that is the number of characters;
 * weft_g_text_index_of_char() converts.
 */
G_DEFINE_TYPE (WeftGText, weft_g_text, WEFT_G_TYPE_SHARED_TYPE)

static WeftType *
get_engine (WeftGText *self)
{
  return weft_g_shared_type_get_engine (WEFT_G_SHARED_TYPE (self));
}

static void
weft_g_text_class_init (WeftGTextClass *klass)
{
}

static void
weft_g_text_init (WeftGText *self)
{
}

/**
 * weft_g_text_insert:
 * @self: a text
 * @index: where, in UTF-16 code units
 * @text: what
 *
 * The new text takes the attributes of what stands before it.
 */
void
weft_g_text_insert (WeftGText  *self,
                    guint64     index,
                    const char *text)
{
  g_return_if_fail (WEFT_G_IS_TEXT (self) && text != NULL);
  g_return_if_fail (index <= weft_type_get_length (get_engine (self)));

  weft_text_insert (get_engine (self), index, text, -1, NULL);
}

/**
 * weft_g_text_append:
 * @self: a text
 * @text: what
 *
 * Inserts at the end.
 */
void
weft_g_text_append (WeftGText  *self,
                    const char *text)
{
  g_return_if_fail (WEFT_G_IS_TEXT (self) && text != NULL);

  weft_text_insert (get_engine (self), weft_type_get_length (get_engine (self)), text, -1, NULL);
}

/**
 * weft_g_text_insert_with_attributes:
 * @self: a text
 * @index: where, in UTF-16 code units
 * @text: what
 * @attributes: (nullable): `a{sv}`: exactly the attributes that it has
 */
void
weft_g_text_insert_with_attributes (WeftGText  *self,
                                    guint64     index,
                                    const char *text,
                                    GVariant   *attributes)
{
  g_autoptr(WeftAny) marks = weft_g_value_from_attributes (attributes);

  g_return_if_fail (WEFT_G_IS_TEXT (self) && text != NULL);
  g_return_if_fail (index <= weft_type_get_length (get_engine (self)));

  weft_text_insert (get_engine (self), index, text, -1, marks);
}

/**
 * weft_g_text_insert_embed:
 * @self: a text
 * @index: where, in UTF-16 code units
 * @embed: a value; it takes one place
 * @attributes: (nullable): `a{sv}`
 */
void
weft_g_text_insert_embed (WeftGText *self,
                          guint64    index,
                          GVariant  *embed,
                          GVariant  *attributes)
{
  g_autoptr(WeftAny) marks = weft_g_value_from_attributes (attributes);
  g_autoptr(WeftAny) value = NULL;

  g_return_if_fail (WEFT_G_IS_TEXT (self) && embed != NULL);
  g_return_if_fail (index <= weft_type_get_length (get_engine (self)));

  value = weft_g_value_from_argument (embed);
  if (value != NULL)
    weft_text_insert_embed (get_engine (self), index, value, marks);
}

/**
 * weft_g_text_remove:
 * @self: a text
 * @index: where, in UTF-16 code units
 * @length: how much, in UTF-16 code units; what lies past the end is not there
 */
void
weft_g_text_remove (WeftGText *self,
                    guint64    index,
                    guint64    length)
{
  g_return_if_fail (WEFT_G_IS_TEXT (self));

  weft_text_delete (get_engine (self), index, length);
}

/**
 * weft_g_text_format:
 * @self: a text
 * @index: where, in UTF-16 code units
 * @length: how much, in UTF-16 code units
 * @attributes: `a{sv}`; a null (an empty `mv`) removes an attribute
 */
void
weft_g_text_format (WeftGText *self,
                    guint64    index,
                    guint64    length,
                    GVariant  *attributes)
{
  g_autoptr(WeftAny) marks = NULL;

  g_return_if_fail (WEFT_G_IS_TEXT (self) && attributes != NULL);

  marks = weft_g_value_from_attributes (attributes);
  if (marks != NULL)
    weft_text_format (get_engine (self), index, length, marks);
}

/**
 * weft_g_text_apply_delta_json:
 * @self: a text
 * @json: an array of operations, as Quill writes them: `[{"retain":3},{"insert":"x","attributes":{"bold":true}}]`
 * @error: return location for an error
 *
 * Returns: whether @json is such an array; if not, nothing was changed
 */
gboolean
weft_g_text_apply_delta_json (WeftGText  *self,
                              const char *json,
                              GError    **error)
{
  g_autoptr(WeftDelta) delta = NULL;

  g_return_val_if_fail (WEFT_G_IS_TEXT (self) && json != NULL, FALSE);

  delta = weft_delta_from_json (json, -1, error);
  if (delta == NULL)
    return FALSE;
  weft_text_apply_delta (get_engine (self), delta);

  return TRUE;
}

/**
 * weft_g_text_to_string:
 * @self: a text
 *
 * Returns: (transfer full): the text, without attributes and embedded values
 */
char *
weft_g_text_to_string (WeftGText *self)
{
  g_return_val_if_fail (WEFT_G_IS_TEXT (self), NULL);

  return weft_text_to_string (get_engine (self));
}

/**
 * weft_g_text_to_delta:
 * @self: a text
 *
 * Returns: (transfer full): everything as `aa{sv}`: dictionaries with `insert` and `attributes`
 */
GVariant *
weft_g_text_to_delta (WeftGText *self)
{
  g_autoptr(WeftDelta) delta = NULL;

  g_return_val_if_fail (WEFT_G_IS_TEXT (self), NULL);
  delta = weft_text_to_delta (get_engine (self));

  return weft_g_value_delta_to_variant (delta);
}

/**
 * weft_g_text_to_delta_json:
 * @self: a text
 *
 * Returns: (transfer full): the same as JSON text
 */
char *
weft_g_text_to_delta_json (WeftGText *self)
{
  g_autoptr(WeftDelta) delta = NULL;

  g_return_val_if_fail (WEFT_G_IS_TEXT (self), NULL);
  delta = weft_text_to_delta (get_engine (self));

  return weft_delta_to_json (delta);
}

/**
 * weft_g_text_to_delta_at:
 * @self: a text of a document that keeps deleted content ([property@Document:gc] is false)
 * @snapshot: (nullable): a moment, as weft_g_document_encode_snapshot() gives it; %NULL: now
 * @before: (nullable): an earlier moment, to compare with
 * @error: return location for an error: the bytes are no snapshot
 *
 * What the text was at a moment of its history, without making another document. With @before, also what was there
 * then and is no more: what differs has the attribute `ychange`, a dictionary with `type` (`added` or `removed`) and
 * `user`, the number of the copy that wrote it.
 *
 * Returns: (transfer full): as weft_g_text_to_delta()
 */
GVariant *
weft_g_text_to_delta_at (WeftGText *self,
                         GBytes    *snapshot,
                         GBytes    *before,
                         GError   **error)
{
  g_autoptr(WeftSnapshot) then = NULL, earlier = NULL;
  g_autoptr(WeftDelta) delta = NULL;

  g_return_val_if_fail (WEFT_G_IS_TEXT (self), NULL);

  if (snapshot != NULL && (then = weft_snapshot_decode (snapshot, WEFT_UPDATE_V1, error)) == NULL)
    return NULL;
  if (before != NULL && (earlier = weft_snapshot_decode (before, WEFT_UPDATE_V1, error)) == NULL)
    return NULL;
  delta = weft_text_to_delta_at (get_engine (self), then, earlier);

  return weft_g_value_delta_to_variant (delta);
}

/**
 * weft_g_text_index_of_char:
 * @self: a text
 * @n_chars: a place in weft_g_text_to_string(), in characters (as Python counts)
 *
 * Embedded values are not in that string; in a text that has some, the answer is too small behind them.
 *
 * Returns: the same place in UTF-16 code units; the length of the string where @n_chars is more
 */
guint64
weft_g_text_index_of_char (WeftGText *self,
                           guint64    n_chars)
{
  g_autofree char *string = NULL;
  guint64 index = 0;

  g_return_val_if_fail (WEFT_G_IS_TEXT (self), 0);

  string = weft_text_to_string (get_engine (self));
  for (const char *at = string; *at != '\0' && n_chars > 0; at = g_utf8_next_char (at), n_chars--)
    index += g_utf8_get_char (at) > 0xffff ? 2 : 1;

  return index;
}
