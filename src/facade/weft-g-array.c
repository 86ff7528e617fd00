/* weft-g-array.c - a shared array
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-g-private.h"
#include "weft-g-value.h"

struct _WeftGArray
{
  WeftGSharedType parent_instance;
};

/**
 * WeftGArray:
 *
 * A shared array of values and nested types.
 */
G_DEFINE_FINAL_TYPE (WeftGArray, weft_g_array, WEFT_G_TYPE_SHARED_TYPE)

static WeftType *
get_engine (WeftGArray *self)
{
  return weft_g_shared_type_get_engine (WEFT_G_SHARED_TYPE (self));
}

static void
weft_g_array_class_init (WeftGArrayClass *klass)
{
}

static void
weft_g_array_init (WeftGArray *self)
{
}

/**
 * weft_g_array_insert:
 * @self: an array
 * @index: where
 * @value: what
 */
void
weft_g_array_insert (WeftGArray *self,
                     guint64     index,
                     GVariant   *value)
{
  g_autoptr(WeftAny) values = NULL;
  WeftAny *item;

  g_return_if_fail (WEFT_G_IS_ARRAY (self) && value != NULL);
  g_return_if_fail (index <= weft_type_get_length (get_engine (self)));

  item = weft_g_value_from_argument (value);
  if (item == NULL)
    return;
  values = weft_any_new_array ();
  weft_any_array_take (values, item);
  weft_array_insert (get_engine (self), index, values);
}

/**
 * weft_g_array_insert_many:
 * @self: an array
 * @index: where
 * @values: what: an array of anything
 */
void
weft_g_array_insert_many (WeftGArray *self,
                          guint64     index,
                          GVariant   *values)
{
  g_autoptr(WeftAny) items = NULL;

  g_return_if_fail (WEFT_G_IS_ARRAY (self) && values != NULL);
  g_return_if_fail (index <= weft_type_get_length (get_engine (self)));

  items = weft_g_value_from_argument (values);
  g_return_if_fail (items != NULL && weft_any_get_kind (items) == WEFT_ANY_ARRAY);
  weft_array_insert (get_engine (self), index, items);
}

/**
 * weft_g_array_append:
 * @self: an array
 * @value: what
 *
 * Inserts at the end.
 */
void
weft_g_array_append (WeftGArray *self,
                     GVariant   *value)
{
  g_return_if_fail (WEFT_G_IS_ARRAY (self) && value != NULL);

  weft_g_array_insert (self, weft_type_get_length (get_engine (self)), value);
}

static gpointer
insert_type (WeftGArray *self,
             guint64     index,
             WeftKind    kind)
{
  return weft_g_document_wrap (weft_g_shared_type_get_document (WEFT_G_SHARED_TYPE (self)),
                               weft_array_insert_type (get_engine (self), index, kind));
}

/**
 * weft_g_array_insert_text:
 * @self: an array
 * @index: where
 *
 * Returns: (transfer none) (nullable): a new, empty text; %NULL where @self was deleted
 */
WeftGText *
weft_g_array_insert_text (WeftGArray *self,
                          guint64     index)
{
  g_return_val_if_fail (WEFT_G_IS_ARRAY (self), NULL);
  g_return_val_if_fail (index <= weft_type_get_length (get_engine (self)), NULL);

  return insert_type (self, index, WEFT_KIND_TEXT);
}

/**
 * weft_g_array_insert_array:
 * @self: an array
 * @index: where
 *
 * Returns: (transfer none) (nullable): a new, empty array; %NULL where @self was deleted
 */
WeftGArray *
weft_g_array_insert_array (WeftGArray *self,
                           guint64     index)
{
  g_return_val_if_fail (WEFT_G_IS_ARRAY (self), NULL);
  g_return_val_if_fail (index <= weft_type_get_length (get_engine (self)), NULL);

  return insert_type (self, index, WEFT_KIND_ARRAY);
}

/**
 * weft_g_array_insert_map:
 * @self: an array
 * @index: where
 *
 * Returns: (transfer none) (nullable): a new, empty map; %NULL where @self was deleted
 */
WeftGMap *
weft_g_array_insert_map (WeftGArray *self,
                         guint64     index)
{
  g_return_val_if_fail (WEFT_G_IS_ARRAY (self), NULL);
  g_return_val_if_fail (index <= weft_type_get_length (get_engine (self)), NULL);

  return insert_type (self, index, WEFT_KIND_MAP);
}

/**
 * weft_g_array_remove:
 * @self: an array
 * @index: where
 * @length: how many items; those past the end are not there
 */
void
weft_g_array_remove (WeftGArray *self,
                     guint64     index,
                     guint64     length)
{
  g_return_if_fail (WEFT_G_IS_ARRAY (self));

  weft_array_delete (get_engine (self), index, length);
}

/**
 * weft_g_array_get:
 * @self: an array
 * @index: where
 *
 * Returns: (transfer full) (nullable): the value there, or the content of the type that is there; %NULL past the end
 */
GVariant *
weft_g_array_get (WeftGArray *self,
                  guint64     index)
{
  g_autoptr(WeftAny) value = NULL;
  WeftType *type = NULL;

  g_return_val_if_fail (WEFT_G_IS_ARRAY (self), NULL);

  value = weft_array_get (get_engine (self), index, &type);
  if (type != NULL)
    value = weft_type_to_any (type);

  return value != NULL ? weft_g_value_to_variant (value) : NULL;
}

/**
 * weft_g_array_get_shared:
 * @self: an array
 * @index: where
 *
 * Returns: (transfer none) (nullable): the nested type there; %NULL where there is a value, or nothing
 */
WeftGSharedType *
weft_g_array_get_shared (WeftGArray *self,
                         guint64     index)
{
  g_autoptr(WeftAny) value = NULL;
  WeftType *type = NULL;

  g_return_val_if_fail (WEFT_G_IS_ARRAY (self), NULL);

  value = weft_array_get (get_engine (self), index, &type);

  return weft_g_document_wrap (weft_g_shared_type_get_document (WEFT_G_SHARED_TYPE (self)), type);
}
