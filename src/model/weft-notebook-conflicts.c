/* weft-notebook-conflicts.c - the notebook's conflict cards
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-notebook-private.h"

GListModel *
weft_notebook_get_conflicts (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return G_LIST_MODEL (self->conflicts);
}

void
weft_notebook_resolve_conflict (WeftNotebook       *self,
                                WeftConflictItem   *item,
                                WeftConflictChoice  choice)
{
  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
}

void
weft_notebook_conflicts_changed (WeftNotebook *self)
{
}

void
weft_notebook_look_for_conflicts (WeftNotebook     *self,
                                  const WeftPageId *page)
{
}
