/* weft-g-text.h - a shared text with attributes and embedded values
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-shared-type.h"

G_BEGIN_DECLS

#define WEFT_G_TYPE_TEXT (weft_g_text_get_type ())
G_DECLARE_DERIVABLE_TYPE (WeftGText, weft_g_text, WEFT_G, TEXT, WeftGSharedType)

struct _WeftGTextClass
{
  WeftGSharedTypeClass parent_class;
};

void      weft_g_text_insert                 (WeftGText   *self,
                                              guint64      index,
                                              const char  *text);
void      weft_g_text_append                 (WeftGText   *self,
                                              const char  *text);
void      weft_g_text_insert_with_attributes (WeftGText   *self,
                                              guint64      index,
                                              const char  *text,
                                              GVariant    *attributes);
void      weft_g_text_insert_embed           (WeftGText   *self,
                                              guint64      index,
                                              GVariant    *embed,
                                              GVariant    *attributes);
void      weft_g_text_remove                 (WeftGText   *self,
                                              guint64      index,
                                              guint64      length);
void      weft_g_text_format                 (WeftGText   *self,
                                              guint64      index,
                                              guint64      length,
                                              GVariant    *attributes);
gboolean  weft_g_text_apply_delta_json       (WeftGText   *self,
                                              const char  *json,
                                              GError     **error);
char     *weft_g_text_to_string              (WeftGText   *self);
GVariant *weft_g_text_to_delta               (WeftGText   *self);
char     *weft_g_text_to_delta_json          (WeftGText   *self);
GVariant *weft_g_text_to_delta_at            (WeftGText   *self,
                                              GBytes      *snapshot,
                                              GBytes      *before,
                                              GError     **error);
guint64   weft_g_text_index_of_char          (WeftGText   *self,
                                              guint64      n_chars);

G_END_DECLS
