/* weft-import-private.h - what the two walks of an import share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-import-scan.c finds the files and gives each its page, weft-import-read.c reads them, with
 * weft-import-pictures.c for all that is bytes.
 */

#pragma once

#include "model/weft-import-plan.h"

G_BEGIN_DECLS

/* Of every file that is looked at. */
#define WEFT_IMPORT_ATTRIBUTES                                                                     \
  G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE                                \
                                 "," G_FILE_ATTRIBUTE_STANDARD_SIZE                                \
                                 "," G_FILE_ATTRIBUTE_STANDARD_IS_SYMLINK                          \
                                 "," G_FILE_ATTRIBUTE_STANDARD_IS_HIDDEN                           \
                                 "," G_FILE_ATTRIBUTE_STANDARD_DISPLAY_NAME

typedef struct
{
  WeftImportPlan *plan;
  const char     *author;
  GCancellable   *cancellable;

  GHashTable     *by_file;  /* GFile -> WeftImportNode, both borrowed */
  GHashTable     *by_name;  /* folded name -> WeftImportNode, for wiki links */
  GPtrArray      *left_out; /* of WeftImportNode: links may still find them */
  guint           n_files;
  guint           n_others; /* files of other kinds, in folders */
  gsize           n_bytes;
  gboolean        full;     /* a limit was reached, and told */

  /* The file in hand */
  GFile          *file;
  GFile          *top;      /* pictures come from below it */
  const char     *name;
} WeftImport;

/* weft-import-plan.c */
char           *weft_import_dup_shown_name (GFile          *file);
char           *weft_import_fold_name      (const char     *name);
void            weft_import_add_problem    (WeftImport     *self,
                                            const char     *name,
                                            const char     *format,
                                            ...) G_GNUC_PRINTF (3, 4);
/* @title: (transfer full) */
WeftImportNode *weft_import_node_new       (const char     *kind,
                                            char           *title);
void            weft_import_node_free      (gpointer        data);

/* weft-import-scan.c: a file or folder that was chosen */
void            weft_import_scan           (WeftImport     *self,
                                            GFile          *file);

/* weft-import-read.c: pages that could not be read are taken out, unless others stand below them */
void            weft_import_read           (WeftImport     *self,
                                            GPtrArray      *nodes,
                                            GFile          *top);

/* weft-import-pictures.c */
/* Whether it can be taken into memory too. */
gboolean        weft_import_take_bytes     (WeftImport     *self,
                                            gsize           n_bytes);
GBytes         *weft_import_load_file      (WeftImport     *self,
                                            GFile          *file,
                                            gsize           most,
                                            GError        **error);
/* The address of the asset that it is now; %NULL where it is left out, and told. */
char           *weft_import_add_picture    (WeftImport     *self,
                                            GBytes         *bytes,
                                            const char     *shown);
char           *weft_import_take_data_url  (WeftImport     *self,
                                            const char     *url);
char           *weft_import_take_picture   (WeftImport     *self,
                                            GFile          *file);

G_END_DECLS
