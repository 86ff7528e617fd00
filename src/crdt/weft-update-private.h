/* weft-update-private.h - updates without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A decoded update is an array of structs whose strings and contents point into the update's bytes.
 * Decoding checks everything that does not depend on a document.
 */

#pragma once

#include "crdt/weft-delete-set.h"
#include "crdt/weft-doc.h"

G_BEGIN_DECLS

#define WEFT_INFO_ORIGIN       0x80
#define WEFT_INFO_RIGHT_ORIGIN 0x40
#define WEFT_INFO_PARENT_SUB   0x20
#define WEFT_INFO_KIND         0x1f

typedef enum
{
  WEFT_PARENT_UNKNOWN, /* that of a neighbour */
  WEFT_PARENT_ROOT,
  WEFT_PARENT_ITEM,
} WeftParentKind;

typedef struct
{
  guint64       clock, len;
  WeftId        origin, right_origin, parent;
  const guint8 *text;    /* name of the root */
  const guint8 *sub;
  const guint8 *content; /* bytes, without counts; as on the wire */
  guint32       n_text, n_sub;
  guint32       n_content;
  guint8        kind; /* WeftContentKind */
  guint8        info;
  guint8        parent_kind;
  guint8        type_kind;
  guint8        ascii;
  guint8        canonical; /* @content is written as we write it */
} WeftStruct;

typedef struct
{
  WeftClientId client;
  guint        first, n; /* in the array of structs */
} WeftStructRun;

typedef struct
{
  GArray        *runs;    /* WeftStructRun, in the order of the update */
  GArray        *structs; /* WeftStruct */
  WeftDeleteSet *deletes;
} WeftUpdate;

gboolean weft_update_decode     (WeftUpdate            *update,
                                 GBytes                *bytes,
                                 GError               **error) G_GNUC_WARN_UNUSED_RESULT;
void     weft_update_clear      (WeftUpdate            *update);
/* Writes a struct from its unit @offset on. */
void     weft_update_write_struct (const WeftStruct    *item,
                                   WeftClientId         client,
                                   guint64              offset,
                                   WeftWriter          *writer);
/* Writes the values of one whose content is not canonical, from unit @offset on, as we write them. */
void     weft_update_write_values_again (const WeftStruct *item,
                                         guint64       offset,
                                         WeftWriter   *writer);
/* @updates: (element-type GBytes): checked ones. Joins them as mergeUpdates() of Yjs does. */
GBytes  *weft_update_merge      (GPtrArray             *updates);
/* What of a checked update lies beyond @state_vector, as diffUpdate() of Yjs. */
GBytes  *weft_update_diff       (GBytes                *update,
                                 const WeftStateVector *state_vector);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftUpdate, weft_update_clear)

G_END_DECLS
