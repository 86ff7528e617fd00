/* weft-update-private.h - updates without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A decoded update is an array of structs whose strings and contents point into the update's bytes.
 * Decoding checks everything that does not depend on a document.
 */

#pragma once

#include "crdt/weft-delete-set.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-update-v2-private.h"

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
  GArray        *runs;    /* WeftStructRun, clients descending */
  GArray        *structs; /* WeftStruct */
  WeftDeleteSet *deletes;
  GStringChunk  *made;    /* contents that do not stand in the input as in the first format; NULL: none */
} WeftUpdate;

/* A client as an update has it: the first @n_bytes of eight. */
typedef struct
{
  WeftClientId client;
  guint64      word, mask;
  guint        n_bytes; /* 0: none */
} WeftNamedClient;

/* Reads an update of either format struct by struct:
 *
 *   while (weft_update_reader_next_run (&reader))
 *     while (weft_update_reader_next (&reader, &item))
 *       …
 *   deletes = weft_update_reader_get_deletes (&reader);
 *   if (!weft_reader_finish (reader.rest, TRUE, error))
 *     …
 *
 * Structs point into the input, or into @made. */
typedef struct
{
  WeftReader      *rest;    /* where failures show: @input, or that of the source */
  WeftReader       input;   /* first format */
  WeftNamedClient  named[2]; /* of the first format: whom it named lately */
  guint            next_named;
  WeftUpdateSource source;  /* second format */
  WeftUpdateFormat format;  /* never WEFT_UPDATE_EXACT */
  gboolean         exact;   /* but this */
  gboolean         unlimited; /* also structs that no document has room for, or that the input does not pay for */
  GStringChunk    *made;
  gsize            n_made, made_limit;
  guint64          runs_left, structs_left;
  WeftClientId     client;
  guint64          clock;   /* of the struct that comes next */
} WeftUpdateReader;

void           weft_update_reader_init        (WeftUpdateReader *self,
                                               GBytes           *bytes,
                                               WeftUpdateFormat  format);
void           weft_update_reader_clear       (WeftUpdateReader *self);
gboolean       weft_update_reader_next_run    (WeftUpdateReader *self);
gboolean       weft_update_reader_next        (WeftUpdateReader *self,
                                               WeftStruct       *item);
WeftDeleteSet *weft_update_reader_get_deletes (WeftUpdateReader *self);
/* Of the second format: fills what follows the info byte. */
void           weft_update_reader_get_v2      (WeftUpdateReader *self,
                                               WeftStruct       *item);
/* Of the second format: what follows the origins, or the parent and its key. @item has its kind. */
void           weft_update_reader_get_v2_content (WeftUpdateReader *self,
                                               WeftStruct       *item);
/* The same of a mark whose key is read already. */
void           weft_update_reader_get_v2_mark (WeftUpdateReader *self,
                                               WeftStruct       *item,
                                               WeftSlice         key);
/* Of the first format: the next struct, where it is a plain one; else FALSE, and nothing is read. */
gboolean       weft_update_reader_get_plain   (WeftUpdateReader *self,
                                               WeftStruct       *item);
/* What a struct names must be older than it: of the same client, of a lower clock. */
void           weft_update_reader_check_older (WeftUpdateReader *self,
                                               WeftId            id);
/* Whether JSON is written as we would write it; fails where it is none. */
gboolean       weft_update_check_json         (WeftReader       *reader,
                                               const char       *json,
                                               gsize             n_json,
                                               gboolean          allow_undefined);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftUpdateReader, weft_update_reader_clear)

/* weft-batch.c: integrates all structs of @update. FALSE: all, or those that are not there then, go one by one. */
gboolean       weft_batch_integrate           (WeftTransaction  *tx,
                                               const WeftUpdate *update);

gboolean weft_update_decode     (WeftUpdate            *update,
                                 GBytes                *bytes,
                                 GError               **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean weft_update_decode_any (WeftUpdate            *update,
                                 GBytes                *bytes,
                                 WeftUpdateFormat       format,
                                 GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of our own making: see WeftUpdateSource.unlimited. */
gboolean weft_update_decode_own (WeftUpdate            *update,
                                 GBytes                *bytes,
                                 WeftUpdateFormat       format,
                                 GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of the first format, also where a client has written more than a document has room for. */
gboolean weft_update_is_well_formed (GBytes            *bytes,
                                     GError           **error) G_GNUC_WARN_UNUSED_RESULT;
void     weft_update_clear      (WeftUpdate            *update);
/* weft-update-encode.c: the delete set of the whole document */
void     weft_doc_write_deletes (WeftDoc               *doc,
                                 WeftUpdateFormat       format,
                                 WeftWriter            *writer);
/* weft-update-content.c */
void     weft_struct_set_content (const WeftStruct     *item,
                                  WeftDoc              *doc,
                                  WeftItem             *target);
/* weft-update-apply.c: an update of either format, but for the cursor's way */
gboolean weft_doc_apply_any     (WeftDoc               *self,
                                 GBytes                *update,
                                 WeftUpdateFormat       format,
                                 gconstpointer          origin,
                                 GError               **error);
/* weft-bulk-load.c: loads an update into an empty document. FALSE, with nothing changed, where that
 * takes the general way: also where the update is malformed. */
gboolean weft_bulk_load         (WeftDoc               *doc,
                                 GBytes                *update,
                                 WeftUpdateFormat       format);
/* Writes a struct; where @exact, for what waits in a document (WEFT_UPDATE_EXACT). */
void     weft_update_write_struct (const WeftStruct    *item,
                                   gboolean             exact,
                                   WeftWriter          *writer);
/* JSON text that was checked as weft_json_put_exact() writes its value. (transfer full) */
char    *weft_update_make_exact (const char            *json,
                                 gsize                  n_json,
                                 gsize                 *n_exact);
/* Writes the values of one whose content is not canonical, as we write them; where @exact, as they stand in a document:
 * embeds as weft_json_put_exact() has them, legacy JSON that would lose something as it came. */
void     weft_update_write_values_again (const WeftStruct *item,
                                         gboolean      exact,
                                         WeftWriter   *writer);
/* @updates: (element-type GBytes): checked ones, of any format, also WEFT_UPDATE_EXACT. Joins them as mergeUpdates() of
 * Yjs does. */
GBytes  *weft_update_merge      (GPtrArray             *updates,
                                 WeftUpdateFormat       format);
/* The same for updates without deletions, each joined with what came of those before it, as Yjs does with what waits. */
GBytes  *weft_update_fold       (GPtrArray             *updates,
                                 WeftUpdateFormat       format);
/* What of a checked update lies beyond @state_vector, as diffUpdate() of Yjs. */
GBytes  *weft_update_diff       (GBytes                *update,
                                 WeftUpdateFormat       format,
                                 const WeftStateVector *state_vector);
/* A checked update in another format; either may be WEFT_UPDATE_EXACT. */
GBytes  *weft_update_reformat   (GBytes                *update,
                                 WeftUpdateFormat       from,
                                 WeftUpdateFormat       to);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftUpdate, weft_update_clear)

G_END_DECLS
