/* weft-page-id.h - the ids of notebooks and pages, and the rooms named after them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An id is 16 random bytes. In room names, links and file names it is written as 26 characters of
 * lower-case base32 (RFC 4648, no padding). Two ids are never random: the root of the page tree (all
 * bytes 0) and its trash (all bytes 255).
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_PAGE_ID_N_BYTES 16
#define WEFT_PAGE_ID_N_CHARS 26

typedef struct
{
  guint8 bytes[WEFT_PAGE_ID_N_BYTES];
} WeftPageId;

/* Room for the text form and its final zero. */
typedef char WeftPageIdText[WEFT_PAGE_ID_N_CHARS + 1];

extern const WeftPageId weft_page_id_root;
extern const WeftPageId weft_page_id_trash;

/**
 * WeftRoomKind:
 * @WEFT_ROOM_OTHER: a name that is not one of ours
 * @WEFT_ROOM_NOTEBOOK: `<notebook id>`
 * @WEFT_ROOM_PAGE: `<notebook id>/<page id>`
 * @WEFT_ROOM_ASSET: `<notebook id>/asset/<sha256>`
 */
typedef enum
{
  WEFT_ROOM_OTHER,
  WEFT_ROOM_NOTEBOOK,
  WEFT_ROOM_PAGE,
  WEFT_ROOM_ASSET,
} WeftRoomKind;

void         weft_page_id_init_random (WeftPageId       *self);
gboolean     weft_page_id_parse       (WeftPageId       *self,
                                       const char       *text) G_GNUC_WARN_UNUSED_RESULT;
/* Fills @text and returns it. */
const char  *weft_page_id_format      (const WeftPageId *self,
                                       WeftPageIdText    text);
char        *weft_page_id_to_string   (const WeftPageId *self) G_GNUC_WARN_UNUSED_RESULT;
gboolean     weft_page_id_is_root     (const WeftPageId *self);
gboolean     weft_page_id_is_trash    (const WeftPageId *self);
int          weft_page_id_compare     (const WeftPageId *a,
                                       const WeftPageId *b);
/* For GHashTable */
guint        weft_page_id_hash        (gconstpointer     self);
gboolean     weft_page_id_equal       (gconstpointer     a,
                                       gconstpointer     b);

/* @page: (nullable): %NULL for the notebook's own room */
char        *weft_room_name_new       (const WeftPageId *notebook,
                                       const WeftPageId *page) G_GNUC_WARN_UNUSED_RESULT;
char        *weft_room_name_new_asset (const WeftPageId *notebook,
                                       const char       *sha256) G_GNUC_WARN_UNUSED_RESULT;
/* @notebook, @page and @sha256 (borrowed from @room) may be %NULL; only those that the kind has are set. */
WeftRoomKind weft_room_name_parse     (const char       *room,
                                       WeftPageId       *notebook,
                                       WeftPageId       *page,
                                       const char      **sha256);

G_END_DECLS
