/* weft-import-plan.h - files and folders, read and turned into pages that are not in a notebook yet
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The part of an import that takes time: it runs on a thread of its own and touches no notebook. Two
 * walks: the first finds the files and gives each its page id, so that the second, which reads them,
 * can turn links between them into links between pages. What cannot be read is left out and gives a
 * sentence in @problems; no page is ever made of half a file.
 *
 *   folder            a page; its own text is README.md, index.md or FOLDER.md in it, or FOLDER.md beside it
 *   *.md, *.markdown  a note
 *   *.excalidraw      a board
 *   pictures          assets of the pages that show them; only from the folder that is imported
 * Hidden files and symbolic links are left out.
 */

#pragma once

#include <gio/gio.h>

#include "notebook/weft-page-id.h"

G_BEGIN_DECLS

#define WEFT_IMPORT_MAX_NOTE_BYTES (16 * 1024 * 1024)
#define WEFT_IMPORT_MAX_FILES      10000
#define WEFT_IMPORT_MAX_DEPTH      64

typedef struct _WeftImportNode WeftImportNode;

struct _WeftImportNode
{
  WeftPageId      id;
  const char     *kind;     /* WEFT_PROFILE_NOTE or WEFT_PROFILE_BOARD */
  char           *title;
  GBytes         *update;   /* its document; %NULL: empty */
  GPtrArray      *children; /* of WeftImportNode */

  /* Of use while it is being read */
  GFile          *file;     /* its text; %NULL: a folder without any */
  GFile          *folder;   /* nullable */
  gboolean        failed;
};

typedef struct
{
  GPtrArray  *nodes;    /* of WeftImportNode: the pages at the top */
  GHashTable *assets;   /* sha256 -> GBytes */
  GPtrArray  *problems; /* of char *: "NAME: what is wrong" */
  guint       n_pages;
} WeftImportPlan;

/* @files: (element-type GFile). @author: (nullable): as in weft-users.h. %NULL with @error only when it was cancelled. */
WeftImportPlan *weft_import_plan_new  (GPtrArray       *files,
                                       const char      *author,
                                       GCancellable    *cancellable,
                                       GError         **error) G_GNUC_WARN_UNUSED_RESULT;
void            weft_import_plan_free (WeftImportPlan  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftImportPlan, weft_import_plan_free)

G_END_DECLS
