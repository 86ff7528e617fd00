/* fault-vfs.c - a VFS of SQLite whose disk can fail and lose power
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/fault-vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#define SECTOR 512

typedef struct
{
  sqlite3_file base;
  sqlite3_file *real;
  char *name; /* nullable: a file without a name, or elsewhere */
} FaultFile;

typedef enum
{
  OP_WRITE,
  OP_TRUNCATE,
  OP_SYNC,
  OP_DELETE,
  OP_MARK,
} OpKind;

typedef struct
{
  OpKind kind;
  char *name;
  guint64 at; /* offset, size, mark; of a delete: whether the folder was synced */
  GBytes *data;
} Op;

static struct
{
  GMutex mutex;
  sqlite3_vfs *real;
  sqlite3_vfs vfs;

  gboolean armed;
  Fault fault;
  guint left;
  gboolean for_ever;
  gboolean fired;

  char *folder;
  GPtrArray *ops;
} disk;

/* --- Failing --------------------------------------------------------------------------------------- */

typedef enum
{
  CALL_READ,
  CALL_WRITE,
  CALL_LOCK,
  CALL_OTHER,
} Call;

static gboolean
is_about (Fault fault,
          Call  call)
{
  switch (fault)
    {
    case FAULT_IO:
      return TRUE;
    case FAULT_FULL:
      return call == CALL_WRITE;
    case FAULT_SHORT_READ:
      return call == CALL_READ;
    case FAULT_LOCK:
    case FAULT_BUSY:
      return call == CALL_LOCK;
    case N_FAULTS:
    default:
      g_assert_not_reached ();
    }
}

/* Whether this call is one that fails. */
static gboolean
fails (Call call)
{
  gboolean now = FALSE;

  g_mutex_lock (&disk.mutex);
  if (disk.armed && is_about (disk.fault, call))
    {
      if (disk.left > 0)
        disk.left--;
      now = disk.left == 0 && (disk.for_ever || !disk.fired);
      disk.fired = disk.fired || now;
    }
  g_mutex_unlock (&disk.mutex);

  return now;
}

void
fault_vfs_arm (Fault    fault,
               guint    nth,
               gboolean for_ever)
{
  g_mutex_lock (&disk.mutex);
  disk.armed = TRUE;
  disk.fault = fault;
  disk.left = nth;
  disk.for_ever = for_ever;
  disk.fired = FALSE;
  g_mutex_unlock (&disk.mutex);
}

gboolean
fault_vfs_disarm (void)
{
  gboolean fired;

  g_mutex_lock (&disk.mutex);
  disk.armed = FALSE;
  fired = disk.fired;
  g_mutex_unlock (&disk.mutex);

  return fired;
}

/* --- Recording ------------------------------------------------------------------------------------- */

static void
op_free (Op *op)
{
  g_free (op->name);
  g_clear_pointer (&op->data, g_bytes_unref);
  g_free (op);
}

static void
record (OpKind      kind,
        const char *name,
        guint64     at,
        GBytes     *data)
{
  g_mutex_lock (&disk.mutex);
  if (disk.folder != NULL && (name != NULL || kind == OP_MARK))
    {
      Op *op = g_new (Op, 1);

      *op = (Op){ kind, g_strdup (name), at, data != NULL ? g_bytes_ref (data) : NULL };
      g_ptr_array_add (disk.ops, op);
    }
  g_mutex_unlock (&disk.mutex);
}

void
fault_vfs_record (const char *folder)
{
  g_mutex_lock (&disk.mutex);
  disk.folder = g_strdup (folder);
  g_clear_pointer (&disk.ops, g_ptr_array_unref);
  disk.ops = g_ptr_array_new_with_free_func ((GDestroyNotify) op_free);
  g_mutex_unlock (&disk.mutex);
}

void
fault_vfs_stop (void)
{
  g_mutex_lock (&disk.mutex);
  g_clear_pointer (&disk.folder, g_free);
  g_mutex_unlock (&disk.mutex);
}

void
fault_vfs_mark (guint64 value)
{
  record (OP_MARK, NULL, value, NULL);
}

guint
fault_vfs_get_n_ops (void)
{
  return disk.ops->len;
}

/* --- The methods of a file ------------------------------------------------------------------------- */

static int
file_close (sqlite3_file *file)
{
  FaultFile *self = (FaultFile *) file;
  int rc = self->real->pMethods != NULL ? self->real->pMethods->xClose (self->real) : SQLITE_OK;

  g_free (self->name);
  return rc;
}

static int
file_read (sqlite3_file *file,
           void         *data,
           int           size,
           sqlite3_int64 at)
{
  FaultFile *self = (FaultFile *) file;
  int rc;

  if (!fails (CALL_READ))
    return self->real->pMethods->xRead (self->real, data, size, at);

  if (disk.fault == FAULT_IO)
    return SQLITE_IOERR_READ;

  rc = self->real->pMethods->xRead (self->real, data, size, at);
  memset ((char *) data + size / 2, 0, (gsize) (size - size / 2));
  return rc == SQLITE_OK ? SQLITE_IOERR_SHORT_READ : rc;
}

static int
file_write (sqlite3_file *file,
            const void   *data,
            int           size,
            sqlite3_int64 at)
{
  FaultFile *self = (FaultFile *) file;
  g_autoptr(GBytes) bytes = NULL;
  int rc;

  if (fails (CALL_WRITE))
    {
      errno = disk.fault == FAULT_FULL ? ENOSPC : EIO;
      return disk.fault == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }

  rc = self->real->pMethods->xWrite (self->real, data, size, at);
  bytes = g_bytes_new (data, (gsize) size);
  if (rc == SQLITE_OK)
    record (OP_WRITE, self->name, (guint64) at, bytes);
  return rc;
}

static int
file_truncate (sqlite3_file *file,
               sqlite3_int64 size)
{
  FaultFile *self = (FaultFile *) file;
  int rc;

  if (fails (CALL_OTHER))
    return SQLITE_IOERR_TRUNCATE;

  rc = self->real->pMethods->xTruncate (self->real, size);
  if (rc == SQLITE_OK)
    record (OP_TRUNCATE, self->name, (guint64) size, NULL);
  return rc;
}

static int
file_sync (sqlite3_file *file,
           int           flags)
{
  FaultFile *self = (FaultFile *) file;
  int rc;

  if (fails (CALL_OTHER))
    return SQLITE_IOERR_FSYNC;

  rc = self->real->pMethods->xSync (self->real, flags);
  if (rc == SQLITE_OK)
    record (OP_SYNC, self->name, 0, NULL);
  return rc;
}

static int
file_size (sqlite3_file  *file,
           sqlite3_int64 *size)
{
  FaultFile *self = (FaultFile *) file;

  if (fails (CALL_OTHER))
    return SQLITE_IOERR_FSTAT;

  return self->real->pMethods->xFileSize (self->real, size);
}

static int
file_lock (sqlite3_file *file,
           int           level)
{
  FaultFile *self = (FaultFile *) file;

  if (fails (CALL_LOCK))
    return disk.fault == FAULT_BUSY ? SQLITE_BUSY : SQLITE_IOERR_LOCK;

  return self->real->pMethods->xLock (self->real, level);
}

static int
file_unlock (sqlite3_file *file,
             int           level)
{
  FaultFile *self = (FaultFile *) file;

  return self->real->pMethods->xUnlock (self->real, level);
}

static int
file_check_lock (sqlite3_file *file,
                 int          *reserved)
{
  FaultFile *self = (FaultFile *) file;

  return self->real->pMethods->xCheckReservedLock (self->real, reserved);
}

static int
file_control (sqlite3_file *file,
              int           op,
              void         *data)
{
  FaultFile *self = (FaultFile *) file;

  return self->real->pMethods->xFileControl (self->real, op, data);
}

static int
file_sector_size (sqlite3_file *file)
{
  return SECTOR;
}

/* Nothing that SQLite could lean on: no safe append, no power-safe overwrite. */
static int
file_traits (sqlite3_file *file)
{
  return 0;
}

/* The first version has no shared memory, which an exclusive connection does without. */
static const sqlite3_io_methods methods = {
  .iVersion = 1,
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_lock,
  .xFileControl = file_control,
  .xSectorSize = file_sector_size,
  .xDeviceCharacteristics = file_traits,
};

/* --- The VFS --------------------------------------------------------------------------------------- */

/* (nullable) (transfer full): the name of a file whose changes are recorded */
static char *
dup_recorded_name (const char *path)
{
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;

  return disk.folder != NULL && g_strcmp0 (folder, disk.folder) == 0 ? g_path_get_basename (path) : NULL;
}

static int
vfs_open (sqlite3_vfs     *vfs,
          sqlite3_filename path,
          sqlite3_file    *file,
          int              flags,
          int             *out_flags)
{
  FaultFile *self = (FaultFile *) file;
  int rc;

  self->base.pMethods = NULL;
  if (fails (CALL_OTHER))
    return SQLITE_CANTOPEN;

  self->real = (sqlite3_file *) (self + 1);
  rc = disk.real->xOpen (disk.real, path, self->real, flags, out_flags);
  if (rc == SQLITE_OK)
    {
      self->name = dup_recorded_name (path);
      self->base.pMethods = &methods;
    }

  return rc;
}

static int
vfs_delete (sqlite3_vfs *vfs,
            const char  *path,
            int          sync_folder)
{
  g_autofree char *name = dup_recorded_name (path);
  int rc;

  if (fails (CALL_OTHER))
    return SQLITE_IOERR_DELETE;

  rc = disk.real->xDelete (disk.real, path, sync_folder);
  if (rc == SQLITE_OK)
    record (OP_DELETE, name, (guint64) sync_folder, NULL);
  return rc;
}

static int
vfs_access (sqlite3_vfs *vfs,
            const char  *path,
            int          flags,
            int         *result)
{
  if (fails (CALL_OTHER))
    return SQLITE_IOERR_ACCESS;

  return disk.real->xAccess (disk.real, path, flags, result);
}

static int
vfs_full_path (sqlite3_vfs *vfs,
               const char  *path,
               int          size,
               char        *full)
{
  return disk.real->xFullPathname (disk.real, path, size, full);
}

static int
vfs_randomness (sqlite3_vfs *vfs,
                int          size,
                char        *bytes)
{
  return disk.real->xRandomness (disk.real, size, bytes);
}

static int
vfs_sleep (sqlite3_vfs *vfs,
           int          us)
{
  return disk.real->xSleep (disk.real, us);
}

static int
vfs_time (sqlite3_vfs *vfs,
          double      *now)
{
  return disk.real->xCurrentTime (disk.real, now);
}

static int
vfs_last_error (sqlite3_vfs *vfs,
                int          size,
                char        *text)
{
  return 0;
}

void
fault_vfs_install (void)
{
  disk.real = sqlite3_vfs_find (NULL);
  disk.vfs = (sqlite3_vfs){
    .iVersion = 1,
    .szOsFile = (int) sizeof (FaultFile) + disk.real->szOsFile,
    .mxPathname = disk.real->mxPathname,
    .zName = "fault",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
    .xGetLastError = vfs_last_error,
  };
  g_assert_cmpint (sqlite3_vfs_register (&disk.vfs, 1), ==, SQLITE_OK);
}

/* --- A disk without power -------------------------------------------------------------------------- */

typedef struct
{
  GByteArray *durable; /* NULL: the file is not there */
  GPtrArray *unsynced; /* of Op, borrowed */
} DiskFile;

struct _FaultDisk
{
  GHashTable *files; /* name -> DiskFile */
  GArray *marks;
  guint played;
};

static void
disk_file_free (DiskFile *file)
{
  g_clear_pointer (&file->durable, g_byte_array_unref);
  g_ptr_array_unref (file->unsynced);
  g_free (file);
}

FaultDisk *
fault_disk_new (void)
{
  FaultDisk *self = g_new0 (FaultDisk, 1);

  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) disk_file_free);
  self->marks = g_array_new (FALSE, FALSE, sizeof (guint64));
  return self;
}

void
fault_disk_free (FaultDisk *self)
{
  g_hash_table_unref (self->files);
  g_array_unref (self->marks);
  g_free (self);
}

GArray *
fault_disk_get_marks (FaultDisk *self)
{
  return self->marks;
}

static DiskFile *
get_file (FaultDisk  *self,
          const char *name)
{
  DiskFile *file = g_hash_table_lookup (self->files, name);

  if (file == NULL)
    {
      file = g_new0 (DiskFile, 1);
      file->unsynced = g_ptr_array_new ();
      g_hash_table_insert (self->files, g_strdup (name), file);
    }

  return file;
}

/* A file grows by zeros. */
static void
resize (GByteArray *bytes,
        gsize       size)
{
  gsize before = bytes->len;

  g_byte_array_set_size (bytes, (guint) size);
  if (size > before)
    memset (bytes->data + before, 0, size - before);
}

static void
write_part (GByteArray *bytes,
            const Op   *op,
            gsize       from,
            gsize       to)
{
  if (bytes->len < op->at + to)
    resize (bytes, op->at + to);
  memcpy (bytes->data + op->at + from, (const guint8 *) g_bytes_get_data (op->data, NULL) + from, to - from);
}

static void
apply (GByteArray *bytes,
       const Op   *op)
{
  if (op->kind == OP_TRUNCATE)
    resize (bytes, op->at);
  else
    write_part (bytes, op, 0, g_bytes_get_size (op->data));
}

static void
sync_file (DiskFile *file)
{
  if (file->durable == NULL)
    file->durable = g_byte_array_new ();
  for (guint i = 0; i < file->unsynced->len; i++)
    apply (file->durable, g_ptr_array_index (file->unsynced, i));
  g_ptr_array_set_size (file->unsynced, 0);
}

void
fault_disk_play (FaultDisk *self,
                 guint      n)
{
  for (; self->played < n; self->played++)
    {
      const Op *op = g_ptr_array_index (disk.ops, self->played);

      switch (op->kind)
        {
        case OP_WRITE:
        case OP_TRUNCATE:
          g_ptr_array_add (get_file (self, op->name)->unsynced, (gpointer) op);
          break;
        case OP_SYNC:
          sync_file (get_file (self, op->name));
          break;
        case OP_DELETE:
          g_hash_table_remove (self->files, op->name);
          break;
        case OP_MARK:
          g_array_append_val (self->marks, op->at);
          break;
        default:
          g_assert_not_reached ();
        }
    }
}

/* Lost, whole, or some sectors of it. */
static void
apply_by_chance (GByteArray *bytes,
                 const Op   *op)
{
  int chance = g_test_rand_int_range (0, 4);
  gsize size;

  if (chance == 0)
    return;

  if (chance == 1 || op->kind == OP_TRUNCATE)
    {
      apply (bytes, op);
      return;
    }

  size = g_bytes_get_size (op->data);
  for (gsize from = 0; from < size;)
    {
      /* Sectors lie at multiples of their size in the file, not in the write. */
      gsize to = MIN (size, from + SECTOR - (op->at + from) % SECTOR);

      if (g_test_rand_int_range (0, 2) == 0)
        write_part (bytes, op, from, to);
      from = to;
    }
}

static void
shuffle (GPtrArray *ops)
{
  for (guint i = ops->len; i > 1; i--)
    {
      guint j = (guint) g_test_rand_int_range (0, (gint32) i);
      gpointer op = ops->pdata[j];

      ops->pdata[j] = ops->pdata[i - 1];
      ops->pdata[i - 1] = op;
    }
}

void
fault_disk_cut (FaultDisk  *self,
                const char *folder)
{
  /* Now and then nothing of what was not synced is there, or all of it. */
  int mood = g_test_rand_int_range (0, 8);
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      DiskFile *file = value;
      g_autoptr(GByteArray) bytes = g_byte_array_new ();
      g_autoptr(GPtrArray) ops = g_ptr_array_new ();
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (file->durable != NULL)
        g_byte_array_append (bytes, file->durable->data, file->durable->len);
      else if (mood == 0)
        continue;

      for (guint i = 0; i < file->unsynced->len; i++)
        g_ptr_array_add (ops, g_ptr_array_index (file->unsynced, i));
      if (mood > 1)
        shuffle (ops);
      for (guint i = 0; i < ops->len && mood != 0; i++)
        if (mood == 1)
          apply (bytes, g_ptr_array_index (ops, i));
        else
          apply_by_chance (bytes, g_ptr_array_index (ops, i));

      g_assert_true (g_file_set_contents (path, (const char *) bytes->data, bytes->len, NULL));
    }
}
