/* weft-g-map.c - a shared map
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-g-private.h"
#include "weft-g-value.h"

struct _WeftGMap
{
  WeftGSharedType parent_instance;
};

/**
 * WeftGMap:
 *
 * A shared map of values and nested types. Of what several people set at the same time, one value holds.
 */
G_DEFINE_FINAL_TYPE (WeftGMap, weft_g_map, WEFT_G_TYPE_SHARED_TYPE)

static WeftType *
get_engine (WeftGMap *self)
{
  return weft_g_shared_type_get_engine (WEFT_G_SHARED_TYPE (self));
}

static void
weft_g_map_class_init (WeftGMapClass *klass)
{
}

static void
weft_g_map_init (WeftGMap *self)
{
}

/**
 * weft_g_map_set:
 * @self: a map
 * @key: where
 * @value: what
 */
void
weft_g_map_set (WeftGMap   *self,
                const char *key,
                GVariant   *value)
{
  g_autoptr(WeftAny) any = NULL;

  g_return_if_fail (WEFT_G_IS_MAP (self) && key != NULL && value != NULL);

  any = weft_g_value_from_argument (value);
  if (any != NULL)
    weft_map_set (get_engine (self), key, any);
}

static gpointer
set_type (WeftGMap   *self,
          const char *key,
          WeftKind    kind)
{
  return weft_g_document_wrap (weft_g_shared_type_get_document (WEFT_G_SHARED_TYPE (self)),
                               weft_map_set_type (get_engine (self), key, kind));
}

/**
 * weft_g_map_set_text:
 * @self: a map
 * @key: where
 *
 * Returns: (transfer none) (nullable): a new, empty text; %NULL where @self was deleted
 */
WeftGText *
weft_g_map_set_text (WeftGMap   *self,
                     const char *key)
{
  g_return_val_if_fail (WEFT_G_IS_MAP (self) && key != NULL, NULL);

  return set_type (self, key, WEFT_KIND_TEXT);
}

/**
 * weft_g_map_set_array:
 * @self: a map
 * @key: where
 *
 * Returns: (transfer none) (nullable): a new, empty array; %NULL where @self was deleted
 */
WeftGArray *
weft_g_map_set_array (WeftGMap   *self,
                      const char *key)
{
  g_return_val_if_fail (WEFT_G_IS_MAP (self) && key != NULL, NULL);

  return set_type (self, key, WEFT_KIND_ARRAY);
}

/**
 * weft_g_map_set_map:
 * @self: a map
 * @key: where
 *
 * Returns: (transfer none) (nullable): a new, empty map; %NULL where @self was deleted
 */
WeftGMap *
weft_g_map_set_map (WeftGMap   *self,
                    const char *key)
{
  g_return_val_if_fail (WEFT_G_IS_MAP (self) && key != NULL, NULL);

  return set_type (self, key, WEFT_KIND_MAP);
}

/**
 * weft_g_map_remove:
 * @self: a map
 * @key: which
 */
void
weft_g_map_remove (WeftGMap   *self,
                   const char *key)
{
  g_return_if_fail (WEFT_G_IS_MAP (self) && key != NULL);

  weft_map_remove (get_engine (self), key);
}

/**
 * weft_g_map_has:
 * @self: a map
 * @key: which
 *
 * Returns: whether @key holds something
 */
gboolean
weft_g_map_has (WeftGMap   *self,
                const char *key)
{
  g_return_val_if_fail (WEFT_G_IS_MAP (self) && key != NULL, FALSE);

  return weft_map_has (get_engine (self), key);
}

/**
 * weft_g_map_get:
 * @self: a map
 * @key: which
 *
 * Returns: (transfer full) (nullable): the value of @key, or the content of the type there; %NULL where it
 *   holds nothing
 */
GVariant *
weft_g_map_get (WeftGMap   *self,
                const char *key)
{
  g_autoptr(WeftAny) value = NULL;
  WeftType *type;

  g_return_val_if_fail (WEFT_G_IS_MAP (self) && key != NULL, NULL);

  type = weft_map_get_type (get_engine (self), key);
  value = type != NULL ? weft_type_to_any (type) : weft_map_get (get_engine (self), key);

  return value != NULL ? weft_g_value_to_variant (value) : NULL;
}

/**
 * weft_g_map_get_shared:
 * @self: a map
 * @key: which
 *
 * Returns: (transfer none) (nullable): the nested type under @key; %NULL where there is a value, or nothing
 */
WeftGSharedType *
weft_g_map_get_shared (WeftGMap   *self,
                       const char *key)
{
  g_return_val_if_fail (WEFT_G_IS_MAP (self) && key != NULL, NULL);

  return weft_g_document_wrap (weft_g_shared_type_get_document (WEFT_G_SHARED_TYPE (self)),
                               weft_map_get_type (get_engine (self), key));
}

/**
 * weft_g_map_list_keys:
 * @self: a map
 *
 * Returns: (transfer full) (array zero-terminated=1): the keys that hold something, in no order
 */
char **
weft_g_map_list_keys (WeftGMap *self)
{
  g_autoptr(GPtrArray) keys = NULL;
  char **copy;

  g_return_val_if_fail (WEFT_G_IS_MAP (self), NULL);

  keys = weft_map_list_keys (get_engine (self));
  copy = g_new0 (char *, keys->len + 1);
  for (guint i = 0; i < keys->len; i++)
    copy[i] = g_strdup (g_ptr_array_index (keys, i));

  return copy;
}
