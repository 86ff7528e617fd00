/* weft-board-pictures.h - the pictures on a board, decoded once, for every thread that draws
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-document.h"

#include <cairo.h>

G_BEGIN_DECLS

typedef struct _WeftBoardPictures WeftBoardPictures;

/* @arrived: called on the main thread when a picture that was asked for can be drawn */
WeftBoardPictures *weft_board_pictures_new          (void             (*arrived) (gpointer user_data),
                                                     gpointer           user_data) G_GNUC_WARN_UNUSED_RESULT;
WeftBoardPictures *weft_board_pictures_ref          (WeftBoardPictures *self);
void               weft_board_pictures_unref        (WeftBoardPictures *self);
/* Main thread. Forgets everything. @document: (nullable): where pictures are loaded from now on */
void               weft_board_pictures_set_document (WeftBoardPictures *self,
                                                     WeftDocument      *document);
/* Main thread: nobody is told any more. */
void               weft_board_pictures_disconnect   (WeftBoardPictures *self);
/* Any thread. What is not there yet is asked for. (transfer full) (nullable) */
cairo_surface_t   *weft_board_pictures_lookup       (const char        *file_id,
                                                     gpointer           pictures);

G_END_DECLS
