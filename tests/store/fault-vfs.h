/* fault-vfs.h - a VFS of SQLite whose disk can fail and lose power
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands between SQLite and the system's own VFS, for every file of the process. It counts calls and lets
 * the n-th fail; and it records what is written and synced, so that afterwards the disk can be shown as it
 * might be found after a power cut at any moment: writes since the last sync of their file are lost, torn
 * at sectors of 512 bytes, and reordered.
 */

#pragma once

#include <glib.h>

typedef enum
{
  FAULT_IO,         /* any call: EIO */
  FAULT_FULL,       /* a write: ENOSPC */
  FAULT_SHORT_READ, /* a read: zeros at the end */
  FAULT_LOCK,       /* a lock: an error of the file system */
  FAULT_BUSY,       /* a lock: somebody else has it */
  N_FAULTS,
} Fault;

/* Before SQLite opens anything. */
void     fault_vfs_install   (void);

/* The call with the number @nth, of those that @fault is about, fails; all after it too if @for_ever. */
void     fault_vfs_arm       (Fault    fault,
                              guint    nth,
                              gboolean for_ever);
/* Returns: whether it came to that */
gboolean fault_vfs_disarm    (void);

/* Everything written from now on, into the folder @folder, is recorded. */
void     fault_vfs_record    (const char *folder);
void     fault_vfs_stop      (void);
/* Notes in the record that @value was told to somebody. */
void     fault_vfs_mark      (guint64  value);
/* Returns: the length of the record */
guint    fault_vfs_get_n_ops (void);

/* The disk while the record is played; begins empty. */
typedef struct _FaultDisk FaultDisk;

FaultDisk *fault_disk_new    (void);
void       fault_disk_free   (FaultDisk *self);
/* Plays the record up to the op @n. */
void       fault_disk_play   (FaultDisk *self,
                              guint      n);
/* (array): the marks that were played so far */
GArray    *fault_disk_get_marks (FaultDisk *self);
/* Writes the files to @folder as a power cut now might leave them; every call does it another way. */
void       fault_disk_cut    (FaultDisk  *self,
                              const char *folder);
