/* weft-page-private.h - how the notebook makes and refreshes pages
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-notebook.h"
#include "model/weft-page.h"

G_BEGIN_DECLS

WeftPage *weft_page_new             (WeftNotebook *notebook,
                                     const char   *id) G_GNUC_WARN_UNUSED_RESULT;
/* Takes over what the tree says; notifies what changed. */
void      weft_page_refresh         (WeftPage     *self,
                                     const char   *title,
                                     const char   *icon,
                                     const char   *kind,
                                     gboolean      trashed,
                                     gboolean      has_children);
/* "keep-offline" may be another. */
void      weft_page_offline_changed (WeftPage     *self);
/* The name of a kind as it stands in the document. */
const char *weft_page_kind_to_name  (WeftPageKind  kind);

G_END_DECLS
