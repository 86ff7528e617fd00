/* weft-accels.h - every keyboard shortcut of the application, in one table
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The table is what installs the shortcuts of the application and of the window, and what the
 * Keyboard Shortcuts dialog shows. The shortcuts of notes, boards and the page list are bound by
 * these widgets themselves and stand here to be listed.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_ACCEL_GENERAL,
  WEFT_ACCEL_PAGES,
  WEFT_ACCEL_NOTE,
  WEFT_ACCEL_BOARD,
} WeftAccelSection;

#define WEFT_N_ACCEL_SECTIONS (WEFT_ACCEL_BOARD + 1)

/**
 * WeftAccelScope:
 * @WEFT_ACCEL_ANYWHERE: works wherever the focus is, before the focused widget sees the key
 * @WEFT_ACCEL_UNUSED_KEY: works when the focused widget has no use for the key
 * @WEFT_ACCEL_IN_WIDGET: bound by the widget it belongs to
 */
typedef enum
{
  WEFT_ACCEL_ANYWHERE,
  WEFT_ACCEL_UNUSED_KEY,
  WEFT_ACCEL_IN_WIDGET,
} WeftAccelScope;

typedef struct
{
  WeftAccelSection section;
  WeftAccelScope   scope;
  const char      *action; /* detailed name; %NULL for what is no action, such as a held key */
  const char      *keys;   /* accelerators as gtk_accelerator_parse () reads them, a space between two */
  const char      *title;  /* not translated */
} WeftAccel;

const WeftAccel *weft_accels_list               (guint            *n_accels);
const char      *weft_accel_section_get_title   (WeftAccelSection  section);
void             weft_accels_install            (GtkApplication   *application);
void             weft_accels_add_to_window      (GtkWindow        *window);

G_END_DECLS
