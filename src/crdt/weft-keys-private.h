/* weft-keys-private.h - strings and formats, each kept once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"

G_BEGIN_DECLS

guint32     weft_keys_intern      (WeftDoc        *doc,
                                   const char     *string,
                                   gsize           length);
/* 0 where it is not known */
guint32     weft_keys_lookup      (WeftDoc        *doc,
                                   const char     *string,
                                   gsize           length);
void        weft_keys_clear       (WeftDoc        *doc);
/* Forgets all keys and formats from these on. */
void        weft_keys_truncate    (WeftDoc        *doc,
                                   guint           n_keys,
                                   guint           n_formats);

static inline const WeftKey *
weft_key (const WeftDoc *doc,
          guint32        key)
{
  return &g_array_index (doc->keys, WeftKey, key);
}

guint32     weft_formats_intern   (WeftDoc        *doc,
                                   guint32         key,
                                   const char     *json,
                                   gsize           n_json,
                                   WeftAny        *value);

static inline const WeftFormat *
weft_format (const WeftDoc *doc,
             guint32        index)
{
  return &g_array_index (doc->formats, WeftFormat, index);
}

G_END_DECLS
