/* weft-shown-page-private.h - what the text and the board of a shown page share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "notebook/weft-changes-private.h"
#include "notebook/weft-shown-page.h"

G_BEGIN_DECLS

struct _WeftShownPage
{
  WeftDoc    *doc;
  GArray     *segments;   /* of the text that is shown */
  GHashTable *elements;   /* id -> WeftAny, as shown */
  WeftAny    *meta;       /* as shown; nullable */

  /* While it is being changed */
  GPtrArray  *updates;
};

/* What one update may change: a few milliseconds for whoever shows it. */
#define WEFT_SHOWN_MAX_UNITS    4096
#define WEFT_SHOWN_MAX_ELEMENTS 64

/* @before: never %NULL */
void weft_shown_page_show_board (WeftShownPage      *self,
                                 WeftDoc            *doc,
                                 WeftSnapshot       *before,
                                 WeftSnapshot       *at,
                                 WeftChanges        *changes,
                                 WeftShownColorFunc  color,
                                 gpointer            user_data,
                                 GPtrArray          *marks);

G_END_DECLS
