/* weft-backup.h - a copy of a database while it is in use
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Made page by page over the connection that the file has, between its other work; what is committed meanwhile is in
 * the copy too. It grows as TARGET.part, is read back and checked, and then gets its name: whatever has the name is
 * whole. One that is freed before that leaves nothing.
 */

#pragma once

#include "store/weft-database.h"

G_BEGIN_DECLS

typedef struct _WeftBackup WeftBackup;

/* @source outlives the backup. */
WeftBackup *weft_backup_new      (WeftDatabase *source,
                                  const char   *target,
                                  GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* Copies @n_pages more. Returns: whether there is more to do; %FALSE with @error set when it failed */
gboolean    weft_backup_step     (WeftBackup   *self,
                                  guint         n_pages,
                                  GError      **error);
/* From 0 to 1. */
double      weft_backup_get_progress (WeftBackup *self);
/* Ends the copying; on the thread that did it. The rest needs the source no more. */
gboolean    weft_backup_end      (WeftBackup   *self,
                                  GError      **error);
/* After that: to add what the source has not taken. (transfer none) */
WeftDatabase *weft_backup_get_copy (WeftBackup *self);
/* Reads all of the copy, checks it, and gives it its name. On any thread. */
gboolean    weft_backup_finish   (WeftBackup   *self,
                                  GError      **error);
void        weft_backup_free     (WeftBackup   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBackup, weft_backup_free)

G_END_DECLS
