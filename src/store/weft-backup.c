/* weft-backup.c - a copy of a database while it is in use
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-backup.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "store/weft-database-private.h"
#include "store/weft-statement-private.h"

struct _WeftBackup
{
  char *target;
  char *part;
  sqlite3 *db;
  sqlite3_backup *backup;
  WeftDatabase *copy; /* over @db, while something is written into it */
  double progress;
  gboolean has_part;
};

static void
delete_part (WeftBackup *self)
{
  static const char *const suffixes[] = { "", "-wal", "-journal" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (self->part, suffixes[i], NULL);

      g_unlink (path);
    }
}

/**
 * weft_backup_new:
 * @source: an open database
 * @target: a file name; what has it now is replaced when the backup is whole
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full): the backup, with nothing copied yet
 */
WeftBackup *
weft_backup_new (WeftDatabase *source,
                 const char   *target,
                 GError      **error)
{
  g_autoptr(WeftBackup) self = g_new0 (WeftBackup, 1);
  int fd, rc;

  self->target = g_strdup (target);
  self->part = g_strconcat (target, ".part", NULL);
  delete_part (self);

  /* SQLite would let everybody read it. */
  fd = g_open (self->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      int code = errno;

      g_set_error (error, WEFT_STORE_ERROR,
                   code == ENOSPC || code == EDQUOT ? WEFT_STORE_ERROR_FULL : WEFT_STORE_ERROR_FAILED,
                   /* Translators: a file name, and why */
                   _ ("“%s” cannot be made: %s"), target, g_strerror (code));
      return NULL;
    }
  close (fd);
  self->has_part = TRUE;

  rc = sqlite3_open_v2 (self->part, &self->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
  if (rc == SQLITE_OK)
    {
      sqlite3_exec (self->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
      self->backup = sqlite3_backup_init (self->db, "main", weft_database_get_handle (source), "main");
      rc = self->backup != NULL ? SQLITE_OK : sqlite3_errcode (self->db);
    }
  if (rc != SQLITE_OK)
    {
      weft_sqlite_set_error (error, self->db, rc);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * weft_backup_step:
 * @self: a backup
 * @n_pages: how many to copy
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether there is more to copy
 */
gboolean
weft_backup_step (WeftBackup *self,
                  guint       n_pages,
                  GError    **error)
{
  int rc, n_all;

  errno = 0;
  rc = sqlite3_backup_step (self->backup, (int) n_pages);
  n_all = sqlite3_backup_pagecount (self->backup);
  if (n_all > 0)
    self->progress = 1.0 - (double) sqlite3_backup_remaining (self->backup) / n_all;

  if (rc == SQLITE_DONE)
    return FALSE;
  if (rc == SQLITE_OK)
    return TRUE;

  weft_sqlite_set_error (error, self->db, rc);
  return FALSE;
}

/**
 * weft_backup_get_progress:
 * @self: a backup
 *
 * Returns: how much of it is copied, from 0 to 1
 */
double
weft_backup_get_progress (WeftBackup *self)
{
  return self->progress;
}

/**
 * weft_backup_end:
 * @self: a backup that weft_backup_step() has nothing more to do for
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether all of it is on the disk
 */
gboolean
weft_backup_end (WeftBackup *self,
                 GError    **error)
{
  int rc = sqlite3_backup_finish (g_steal_pointer (&self->backup));

  if (rc == SQLITE_OK)
    return TRUE;

  weft_sqlite_set_error (error, self->db, rc);
  return FALSE;
}

/**
 * weft_backup_get_copy:
 * @self: a backup that was ended
 *
 * Returns: (transfer none): the copy, to be written into until weft_backup_finish()
 */
WeftDatabase *
weft_backup_get_copy (WeftBackup *self)
{
  if (self->copy == NULL)
    self->copy = weft_database_new_for_copy (self->db);

  return self->copy;
}

/* A single file, that no log belongs to; and every page of it as it should be. */
static gboolean
check_copy (WeftBackup *self,
            GError    **error)
{
  g_autoptr(WeftStatement) mode = weft_statement_new (self->db, "PRAGMA journal_mode = DELETE", FALSE);
  g_autoptr(WeftStatement) check = weft_statement_new (self->db, "PRAGMA quick_check (1)", FALSE);
  gboolean is_sound = FALSE;

  while (weft_statement_step (mode))
    ;
  if (!weft_statement_finish (mode, error))
    return FALSE;

  if (weft_statement_step (check))
    is_sound = g_str_equal (weft_statement_get_text (check, 0), "ok");
  if (!weft_statement_finish (check, error))
    return FALSE;

  if (!is_sound)
    g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED,
                         _ ("The backup could not be read back as it was written"));
  return is_sound;
}

static void
sync_path (const char *path,
           int         flags)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | flags, 0);

  if (fd >= 0)
    {
      fsync (fd);
      close (fd);
    }
}

/**
 * weft_backup_finish:
 * @self: a backup that was ended
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether the backup has its name
 */
gboolean
weft_backup_finish (WeftBackup *self,
                    GError    **error)
{
  g_autofree char *folder = g_path_get_dirname (self->target);

  g_clear_pointer (&self->copy, weft_database_free_copy);
  if (!check_copy (self, error))
    return FALSE;

  sqlite3_close (g_steal_pointer (&self->db));
  sync_path (self->part, 0);
  if (g_rename (self->part, self->target) != 0)
    {
      int code = errno;

      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, _ ("“%s” cannot be made: %s"),
                   self->target, g_strerror (code));
      return FALSE;
    }

  self->has_part = FALSE;
  sync_path (folder, O_DIRECTORY);
  return TRUE;
}

/**
 * weft_backup_free:
 * @self: a backup
 *
 * What is not finished is deleted.
 */
void
weft_backup_free (WeftBackup *self)
{
  if (self->backup != NULL)
    sqlite3_backup_finish (self->backup);
  g_clear_pointer (&self->copy, weft_database_free_copy);
  sqlite3_close (self->db);
  if (self->has_part)
    delete_part (self);

  g_free (self->target);
  g_free (self->part);
  g_free (self);
}
