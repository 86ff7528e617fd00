/* weft-notebook-undo.c - what one did to pages, taken back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pages moved, renamed, made, or moved to the trash, in this run and while the notebook doc is held: see
 * weft-notebook-rest.c. What others did meanwhile stays.
 */

#include "config.h"

#include "model/weft-notebook-private.h"

static gboolean
revert (WeftNotebook *self,
        gboolean      (*step) (WeftNotebookDoc *),
        WeftPage     **page)
{
  WeftPageIdText text;
  WeftPageId id;

  *page = NULL;
  if (self->reader || weft_notebook_is_behind (self) || !step (self->tree_doc))
    return FALSE;

  if (weft_notebook_doc_get_undone_page (self->tree_doc, &id))
    *page = weft_notebook_lookup_page (self, weft_page_id_format (&id, text));
  weft_notebook_conflicts_changed (self);

  return TRUE;
}

/**
 * weft_notebook_undo_pages:
 * @self: a notebook
 * @page: (out) (transfer none) (nullable): what it was about
 *
 * Takes back the last thing that was done to a page here: where it is, what it is called, that it is there.
 *
 * Returns: whether there was one; none is while much is arriving
 */
gboolean
weft_notebook_undo_pages (WeftNotebook  *self,
                          WeftPage     **page)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self) && page != NULL, FALSE);

  return revert (self, weft_notebook_doc_undo, page);
}

/**
 * weft_notebook_redo_pages:
 * @self: a notebook
 * @page: (out) (transfer none) (nullable): what it was about
 *
 * Does again what weft_notebook_undo_pages() took back last.
 *
 * Returns: whether there was something
 */
gboolean
weft_notebook_redo_pages (WeftNotebook  *self,
                          WeftPage     **page)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self) && page != NULL, FALSE);

  return revert (self, weft_notebook_doc_redo, page);
}
