/* weft-xml.c - XML: fragments, elements, texts and hooks
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * YXmlFragment.js and YXmlElement.js of Yjs. What a document looks like as a string is in weft-doc-json.c.
 */

#include "config.h"

#include "crdt/weft-xml.h"

#include "crdt/weft-doc-private.h"

const char *
weft_xml_get_name (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

WeftType *
weft_xml_insert_element (WeftType   *self,
                         guint64     index,
                         const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return weft_array_insert_named (self, index, WEFT_KIND_XML_ELEMENT, name);
}

WeftType *
weft_xml_insert_text (WeftType *self,
                      guint64   index)
{
  return weft_array_insert_type (self, index, WEFT_KIND_XML_TEXT);
}

WeftType *
weft_xml_insert_hook (WeftType   *self,
                      guint64     index,
                      const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return weft_array_insert_named (self, index, WEFT_KIND_XML_HOOK, name);
}

/**
 * weft_xml_insert_after:
 * @self: a fragment or an element
 * @sibling: (nullable): a child of @self
 * @kind: of the new child
 * @name: (nullable): of an element or a hook
 *
 * Returns: (transfer none) (nullable): the new child; %NULL where @self or @sibling was deleted
 */
WeftType *
weft_xml_insert_after (WeftType   *self,
                       WeftType   *sibling,
                       WeftKind    kind,
                       const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (sibling == NULL || sibling->parent == self, NULL);

  if (sibling == NULL)
    return weft_array_insert_named (self, 0, kind, name);
  if (weft_type_is_deleted (sibling))
    return NULL;

  return weft_array_insert_named (self, weft_order_index_of (self->doc, sibling->item) + 1, kind, name);
}

WeftType *
weft_xml_get_child (WeftType *self,
                    guint64   index)
{
  WeftType *type = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  if (index < weft_type_get_length (self))
    {
      WeftAny *value = weft_array_get (self, index, &type);

      g_clear_pointer (&value, weft_any_unref);
    }

  return type;
}

/* The first type from @handle on, or back from it, that is there. */
static WeftType *
find_type (WeftDoc   *doc,
           WeftHandle handle,
           gboolean   back)
{
  for (; handle != WEFT_NONE; handle = back ? weft_order_prev (doc, handle) : weft_order_next (doc, handle))
    {
      const WeftItem *item = weft_item (doc, handle);

      if (!item->deleted && item->kind == WEFT_CONTENT_TYPE)
        return weft_content_get_type (doc, item);
    }

  return NULL;
}

WeftType *
weft_xml_get_first_child (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return find_type (self->doc, weft_order_first (self->doc, self), FALSE);
}

static gboolean
is_child (WeftType *self)
{
  return self->item != WEFT_NONE && self->parent_key == 0 && !weft_type_is_deleted (self);
}

WeftType *
weft_xml_get_next_sibling (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return is_child (self) ? find_type (self->doc, weft_order_next (self->doc, self->item), FALSE) : NULL;
}

WeftType *
weft_xml_get_prev_sibling (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return is_child (self) ? find_type (self->doc, weft_order_prev (self->doc, self->item), TRUE) : NULL;
}

/**
 * weft_xml_walk:
 * @self: a fragment or an element
 * @func: (scope call): called for each type below @self
 * @user_data: for @func
 *
 * As the tree walker of Yjs: a type comes before its children. Texts and hooks have none.
 */
void
weft_xml_walk (WeftType   *self,
               WeftXmlFunc func,
               gpointer    user_data)
{
  WeftType *at;

  g_return_if_fail (self != NULL && func != NULL);

  at = weft_xml_get_first_child (self);
  while (at != NULL)
    {
      WeftType *next = NULL;

      if (!func (at, user_data))
        return;
      if (at->kind == WEFT_KIND_XML_ELEMENT || at->kind == WEFT_KIND_XML_FRAGMENT)
        next = weft_xml_get_first_child (at);
      for (; next == NULL && at != self; at = at->parent)
        next = weft_xml_get_next_sibling (at);
      at = next;
    }
}

typedef struct
{
  char     *name; /* folded */
  WeftType *found;
} Query;

static gboolean
compare_name_cb (WeftType *type,
                 gpointer  user_data)
{
  Query *query = user_data;
  g_autofree char *name = NULL;

  if (type->kind != WEFT_KIND_XML_ELEMENT)
    return TRUE;
  name = g_utf8_strup (type->name, -1);
  if (strcmp (name, query->name) == 0)
    query->found = type;

  return query->found == NULL;
}

WeftType *
weft_xml_find (WeftType   *self,
               const char *name)
{
  Query query = { NULL };

  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  query.name = g_utf8_strup (name, -1);
  weft_xml_walk (self, compare_name_cb, &query);
  g_free (query.name);

  return query.found;
}
