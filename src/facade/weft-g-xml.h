/* weft-g-xml.h - shared XML: fragments, elements, and texts in them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-text.h"

G_BEGIN_DECLS

#define WEFT_G_TYPE_XML_FRAGMENT (weft_g_xml_fragment_get_type ())
G_DECLARE_DERIVABLE_TYPE (WeftGXmlFragment, weft_g_xml_fragment, WEFT_G, XML_FRAGMENT, WeftGSharedType)

struct _WeftGXmlFragmentClass
{
  WeftGSharedTypeClass parent_class;
};

#define WEFT_G_TYPE_XML_ELEMENT (weft_g_xml_element_get_type ())
G_DECLARE_FINAL_TYPE (WeftGXmlElement, weft_g_xml_element, WEFT_G, XML_ELEMENT, WeftGXmlFragment)

#define WEFT_G_TYPE_XML_TEXT (weft_g_xml_text_get_type ())
G_DECLARE_FINAL_TYPE (WeftGXmlText, weft_g_xml_text, WEFT_G, XML_TEXT, WeftGText)

WeftGXmlElement *weft_g_xml_fragment_insert_element  (WeftGXmlFragment *self,
                                                      guint64           index,
                                                      const char       *name);
WeftGXmlText    *weft_g_xml_fragment_insert_text     (WeftGXmlFragment *self,
                                                      guint64           index);
void             weft_g_xml_fragment_remove          (WeftGXmlFragment *self,
                                                      guint64           index,
                                                      guint64           length);
WeftGSharedType *weft_g_xml_fragment_get_child       (WeftGXmlFragment *self,
                                                      guint64           index);
char            *weft_g_xml_fragment_to_string       (WeftGXmlFragment *self);

char            *weft_g_xml_element_dup_name         (WeftGXmlElement  *self);
void             weft_g_xml_element_set_attribute    (WeftGXmlElement  *self,
                                                      const char       *name,
                                                      GVariant         *value);
GVariant        *weft_g_xml_element_get_attribute    (WeftGXmlElement  *self,
                                                      const char       *name);
void             weft_g_xml_element_remove_attribute (WeftGXmlElement  *self,
                                                      const char       *name);
char           **weft_g_xml_element_list_attributes  (WeftGXmlElement  *self);

G_END_DECLS
