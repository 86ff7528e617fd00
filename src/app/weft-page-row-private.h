/* weft-page-row-private.h - what the halves of WeftPageRow share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/weft-page-row.h"

/* Where a drop would put the page. */
typedef enum
{
  WEFT_DROP_NOWHERE,
  WEFT_DROP_ABOVE,
  WEFT_DROP_INTO,
  WEFT_DROP_BELOW,
} WeftDropPlace;

struct _WeftPageRow
{
  GtkWidget        parent_instance;

  GtkBox          *expander; /* its margin is the depth */
  GtkImage        *arrow;
  GtkImage        *kind_icon;
  GtkLabel        *title;

  /* NULL until they are needed for the first time */
  GtkLabel        *emoji;
  GtkWidget       *fetched_icon; /* what is not kept offline has it */
  GtkText         *entry; /* where the page is renamed */

  GtkDropTarget   *drop_target;

  WeftPage        *page;     /* nullable */
  WeftTreeRow     *list_row; /* nullable */
  gboolean         editing;

  WeftDropPlace    drop_place;
  guint            expand_source; /* opens the row that a drag rests on */
};

/* weft-page-row-dnd.c */
void weft_page_row_set_up_dnd   (WeftPageRow         *self);
void weft_page_row_clear_drop   (WeftPageRow         *self);
void weft_page_row_bind_dnd     (GtkWidgetClass      *widget_class);
