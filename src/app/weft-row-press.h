/* weft-row-press.h - rows of a list that assistive technology can press
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void weft_row_add_press (GtkListBoxRow *row);

G_END_DECLS
