/* weft-g-xml.c - shared XML: fragments, elements, and texts in them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-g-private.h"
#include "weft-g-value.h"

struct _WeftGXmlElement
{
  WeftGXmlFragment parent_instance;
};

struct _WeftGXmlText
{
  WeftGText parent_instance;
};

/**
 * WeftGXmlFragment:
 *
 * A sequence of XML elements and texts, as ProseMirror keeps its documents.
 */
G_DEFINE_TYPE (WeftGXmlFragment, weft_g_xml_fragment, WEFT_G_TYPE_SHARED_TYPE)

/**
 * WeftGXmlElement:
 *
 * An XML element: a fragment with a name and attributes.
 */
G_DEFINE_FINAL_TYPE (WeftGXmlElement, weft_g_xml_element, WEFT_G_TYPE_XML_FRAGMENT)

/**
 * WeftGXmlText:
 *
 * A text among XML elements.
 */
G_DEFINE_FINAL_TYPE (WeftGXmlText, weft_g_xml_text, WEFT_G_TYPE_TEXT)

static WeftType *
get_engine (gpointer self)
{
  return weft_g_shared_type_get_engine (self);
}

static void
weft_g_xml_fragment_class_init (WeftGXmlFragmentClass *klass)
{
}

static void
weft_g_xml_fragment_init (WeftGXmlFragment *self)
{
}

static void
weft_g_xml_element_class_init (WeftGXmlElementClass *klass)
{
}

static void
weft_g_xml_element_init (WeftGXmlElement *self)
{
}

static void
weft_g_xml_text_class_init (WeftGXmlTextClass *klass)
{
}

static void
weft_g_xml_text_init (WeftGXmlText *self)
{
}

/**
 * weft_g_xml_fragment_insert_element:
 * @self: a fragment or an element
 * @index: where, among its children
 * @name: the name of the element
 *
 * Returns: (transfer none) (nullable): a new, empty element; %NULL where @self was deleted
 */
WeftGXmlElement *
weft_g_xml_fragment_insert_element (WeftGXmlFragment *self,
                                    guint64           index,
                                    const char       *name)
{
  g_return_val_if_fail (WEFT_G_IS_XML_FRAGMENT (self) && name != NULL, NULL);
  g_return_val_if_fail (index <= weft_type_get_length (get_engine (self)), NULL);

  return (gpointer) weft_g_document_wrap (
      weft_g_shared_type_get_document (WEFT_G_SHARED_TYPE (self)),
      weft_array_insert_named (get_engine (self), index, WEFT_KIND_XML_ELEMENT, name));
}

/**
 * weft_g_xml_fragment_insert_text:
 * @self: a fragment or an element
 * @index: where, among its children
 *
 * Returns: (transfer none) (nullable): a new, empty text; %NULL where @self was deleted
 */
WeftGXmlText *
weft_g_xml_fragment_insert_text (WeftGXmlFragment *self,
                                 guint64           index)
{
  g_return_val_if_fail (WEFT_G_IS_XML_FRAGMENT (self), NULL);
  g_return_val_if_fail (index <= weft_type_get_length (get_engine (self)), NULL);

  return (gpointer) weft_g_document_wrap (weft_g_shared_type_get_document (WEFT_G_SHARED_TYPE (self)),
                                          weft_array_insert_type (get_engine (self), index, WEFT_KIND_XML_TEXT));
}

/**
 * weft_g_xml_fragment_remove:
 * @self: a fragment or an element
 * @index: where, among its children
 * @length: how many children
 */
void
weft_g_xml_fragment_remove (WeftGXmlFragment *self,
                            guint64           index,
                            guint64           length)
{
  g_return_if_fail (WEFT_G_IS_XML_FRAGMENT (self));

  weft_array_delete (get_engine (self), index, length);
}

/**
 * weft_g_xml_fragment_get_child:
 * @self: a fragment or an element
 * @index: where, among its children
 *
 * Returns: (transfer none) (nullable): the element or text there; %NULL past the end
 */
WeftGSharedType *
weft_g_xml_fragment_get_child (WeftGXmlFragment *self,
                               guint64           index)
{
  g_autoptr(WeftAny) value = NULL;
  WeftType *type = NULL;

  g_return_val_if_fail (WEFT_G_IS_XML_FRAGMENT (self), NULL);

  value = weft_array_get (get_engine (self), index, &type);

  return weft_g_document_wrap (weft_g_shared_type_get_document (WEFT_G_SHARED_TYPE (self)), type);
}

/**
 * weft_g_xml_fragment_to_string:
 * @self: a fragment or an element
 *
 * Returns: (transfer full): it and all below it as XML, written as Yjs does
 */
char *
weft_g_xml_fragment_to_string (WeftGXmlFragment *self)
{
  g_autoptr(WeftAny) value = NULL;

  g_return_val_if_fail (WEFT_G_IS_XML_FRAGMENT (self), NULL);
  value = weft_type_to_any (get_engine (self));

  return g_strdup (weft_any_get_string (value));
}

/**
 * weft_g_xml_element_dup_name:
 * @self: an element
 *
 * Returns: (transfer full): its name
 */
char *
weft_g_xml_element_dup_name (WeftGXmlElement *self)
{
  g_return_val_if_fail (WEFT_G_IS_XML_ELEMENT (self), NULL);

  return g_strdup (weft_type_get_node_name (get_engine (self)));
}

/**
 * weft_g_xml_element_set_attribute:
 * @self: an element
 * @name: of the attribute
 * @value: mostly a string
 */
void
weft_g_xml_element_set_attribute (WeftGXmlElement *self,
                                  const char      *name,
                                  GVariant        *value)
{
  g_autoptr(WeftAny) any = NULL;

  g_return_if_fail (WEFT_G_IS_XML_ELEMENT (self) && name != NULL && value != NULL);

  any = weft_g_value_from_argument (value);
  if (any != NULL)
    weft_map_set (get_engine (self), name, any);
}

/**
 * weft_g_xml_element_get_attribute:
 * @self: an element
 * @name: of the attribute
 *
 * Returns: (transfer full) (nullable): its value; %NULL where it is not set
 */
GVariant *
weft_g_xml_element_get_attribute (WeftGXmlElement *self,
                                  const char      *name)
{
  g_autoptr(WeftAny) value = NULL;

  g_return_val_if_fail (WEFT_G_IS_XML_ELEMENT (self) && name != NULL, NULL);
  value = weft_map_get (get_engine (self), name);

  return value != NULL ? weft_g_value_to_variant (value) : NULL;
}

/**
 * weft_g_xml_element_remove_attribute:
 * @self: an element
 * @name: of the attribute
 */
void
weft_g_xml_element_remove_attribute (WeftGXmlElement *self,
                                     const char      *name)
{
  g_return_if_fail (WEFT_G_IS_XML_ELEMENT (self) && name != NULL);

  weft_map_remove (get_engine (self), name);
}

/**
 * weft_g_xml_element_list_attributes:
 * @self: an element
 *
 * Returns: (transfer full) (array zero-terminated=1): the names of its attributes, in no order
 */
char **
weft_g_xml_element_list_attributes (WeftGXmlElement *self)
{
  g_autoptr(GPtrArray) keys = NULL;
  char **copy;

  g_return_val_if_fail (WEFT_G_IS_XML_ELEMENT (self), NULL);

  keys = weft_map_list_keys (get_engine (self));
  copy = g_new0 (char *, keys->len + 1);
  for (guint i = 0; i < keys->len; i++)
    copy[i] = g_strdup (g_ptr_array_index (keys, i));

  return copy;
}
