/* weft-excalidraw.h - boards from `.excalidraw` files, and back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reading checks the whole file before anything is written. What is told apart there and one thing here:
 * - the text bound to a shape or an arrow becomes the `text` of that shape; the rest of what the bound
 *   element said is kept in `excalidrawLabel`, and is a bound text again when it is written. Where the
 *   shape has no visible line (its text would have no colour) the text stays an element of its own;
 * - the points and pressures of a pen stroke become `ink`, and its `strokeWidth`, which Excalidraw
 *   multiplies by 4.25 when it draws, becomes the width that is seen;
 * - a sticky note of ours is a rectangle there, marked in its `customData`;
 * - pictures are files of the drawing there, and assets here;
 * - `index` is made anew where it is missing or not in order; deleted elements are left out.
 * Everything else, unknown types and properties included, is the same on both sides.
 */

#pragma once

#include "crdt/weft-type.h"

G_BEGIN_DECLS

#define WEFT_EXCALIDRAW_MAX_BYTES    (64 * 1024 * 1024)
#define WEFT_EXCALIDRAW_MAX_ELEMENTS 50000

/* Stores the bytes of a picture: gives its address, "weft:asset/<sha256>". (transfer full) (nullable): %NULL where it cannot be taken */
typedef char   *(*WeftExcalidrawAddFile)  (GBytes     *bytes,
                                           const char *media_type,
                                           gpointer    user_data);
/* The bytes of the picture at @address. (transfer full) (nullable) */
typedef GBytes *(*WeftExcalidrawLoadFile) (const char *address,
                                           gpointer    user_data);

/**
 * WeftExcalidraw:
 * @ids: (element-type utf8): the ids of the elements
 * @elements: (element-type WeftAny): their properties, as for weft_element_create()
 * @background: (nullable): the colour of the board, where it is not white
 * @grid: the size of its grid; 0: none
 * @n_missing: pictures that the file names but does not hold, or that are damaged
 */
typedef struct
{
  GPtrArray *ids;
  GPtrArray *elements;
  char      *background;
  double     grid;
  guint      n_missing;
} WeftExcalidraw;

/* @add_file: (nullable): %NULL leaves pictures without their data. Errors are of %WEFT_CRDT_ERROR, in sentences for people. */
WeftExcalidraw *weft_excalidraw_read   (const char             *json,
                                        gsize                   n_bytes,
                                        WeftExcalidrawAddFile   add_file,
                                        gpointer                user_data,
                                        GError                **error) G_GNUC_WARN_UNUSED_RESULT;
void            weft_excalidraw_free   (WeftExcalidraw         *self);
/* Writes everything into an empty board doc, in one transaction. */
void            weft_excalidraw_insert (const WeftExcalidraw   *self,
                                        WeftDoc                *doc);
/* A board doc as a file that Excalidraw opens; the same board always gives the same bytes.
 * @load_file: (nullable): pictures it does not give are named, without data. (transfer full) */
char           *weft_excalidraw_write  (WeftDoc                *doc,
                                        WeftExcalidrawLoadFile  load_file,
                                        gpointer                user_data) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftExcalidraw, weft_excalidraw_free)

G_END_DECLS
