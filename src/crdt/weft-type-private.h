/* weft-type-private.h - types and the entries of their maps
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-item-pool-private.h"
#include "crdt/weft-keys-private.h"

G_BEGIN_DECLS

WeftType   *weft_type_new         (WeftDoc        *doc,
                                   WeftKind        kind);
void        weft_type_set_name    (WeftType       *type,
                                   const char     *name);
WeftType   *weft_doc_ensure_root  (WeftDoc        *doc,
                                   const char     *name,
                                   gsize           length);
WeftType   *weft_doc_ensure_root_key (WeftDoc     *doc,
                                      guint32      key);
WeftMapEntry *weft_type_find_entry (WeftType      *type,
                                    guint32        key,
                                    WeftHandle    *handle);
WeftHandle  weft_type_ensure_entry (WeftType      *type,
                                    guint32        key);
/* Of a key that has none yet. */
WeftHandle  weft_type_add_entry   (WeftType       *type,
                                   guint32         key);
/* Who moves a thing about names the same map and the same few keys again and again. @key is what
 * weft_key_first_bytes() says of a key of WEFT_SHORT_KEY bytes at most that has no zero among them. */
static inline WeftRecentEntry *
weft_type_recent_place (const WeftType *type,
                        guint64         key)
{
  guint64 mixed = (key ^ (guint64) type->index << 20) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  return &type->doc->recent[mixed >> (64 - WEFT_RECENT_BITS)];
}

/* WEFT_NONE where it is not among those. */
static inline WeftHandle
weft_type_find_recent (const WeftType *type,
                       guint64         key)
{
  const WeftRecentEntry *recent;

  if (type->doc->recent == NULL)
    return WEFT_NONE;
  recent = weft_type_recent_place (type, key);

  return recent->key == key && recent->type == type->index ? recent->entry : WEFT_NONE;
}

/* The entry of a short key of @length bytes where it is found at once: in a map of few keys where it stood last in such
 * maps, in another where it was named lately. Else NULL. */
static inline WeftMapEntry *
weft_type_find_short (const WeftType *type,
                      guint64         bytes,
                      gsize           length)
{
  const WeftDoc *doc = type->doc;
  WeftMapEntry *entry;
  WeftHandle found;
  guint32 key, place;

  if (type->is_hashed || type->n_entries == 0)
    {
      found = weft_type_find_recent (type, bytes);
      return found != WEFT_NONE ? weft_entry (doc, found) : NULL;
    }
  key = weft_keys_find_short (doc, bytes, weft_key_short_hash (doc, length, bytes));
  place = doc->key_places[key & (WEFT_KEY_PLACES - 1)];
  if (place >= type->n_entries)
    return NULL;
  entry = weft_entry (doc, type->first_entry + place);

  return entry->key == key ? entry : NULL;
}

void        weft_type_note_recent (WeftType       *type,
                                   guint64         key,
                                   WeftHandle      entry);
/* Forgets them all, before entries go. */
void        weft_types_forget_recent (WeftDoc     *doc);
void        weft_type_drop_map    (WeftType       *type);
/* Forgets all types from this one on. */
void        weft_types_truncate   (WeftDoc        *doc,
                                   guint32         n_types);
void        weft_types_clear      (WeftDoc        *doc);

/* weft-doc-json.c: toString() of Yjs. (transfer full) */
WeftAny    *weft_xml_to_any       (WeftType       *type);

G_END_DECLS
