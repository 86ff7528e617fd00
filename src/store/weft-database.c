/* weft-database.c - one SQLite file, opened the one way we open files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-database.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/weft-database-private.h"
#include "store/weft-file-mark.h"
#include "store/weft-row-sum.h"
#include "store/weft-statement-private.h"
#include "store/weft-wal-check.h"

/* What a lock file says. A file that has one beside it was ours once, whatever its first page says
 * now. */
#define LOCK_MARK "Weft keeps this file while the database beside it is in use.\n"
/* What it says in addition once that file was whole: it is not empty because its making was interrupted. */
#define MADE_MARK "The database was made.\n"

/* Offsets in the header of a database, from the SQLite file format. */
#define HEADER_SIZE 100
#define HEADER_APPLICATION_ID 68

/* A file up to this size is checked wholly at opening, indexes against tables; a larger one page by page. */
#define FULL_CHECK_SIZE (64 * 1024 * 1024)

/* How long another connection (a backup program, the sqlite3 shell) may keep us waiting. */
#define BUSY_TIMEOUT_MS 2000

/* Before this there is the WAL-reset bug; our one exclusive connection cannot meet it. */
#define WAL_RESET_FIXED 3051003

struct _WeftDatabase
{
  char *path;
  char *open_path; /* differs from @path for a private copy */
  char *copy_dir;  /* the folder of the private copy, or NULL */
  char *damaged_path;
  sqlite3 *db;
  int lock_fd;
  int watch_fd; /* closed after @db: closing it takes all locks of the process from the file */
  WeftFileMark mark;
  gboolean overwritten;
  guint wal_pages;
  int opening_code; /* what SQLite said when the opening failed */

  /* SQL constant -> WeftStatement */
  GHashTable *statements;
};

typedef enum
{
  PROBE_NEW,
  PROBE_OURS,
  PROBE_FOREIGN,
  PROBE_DAMAGED,
} Probe;

static char *
companion_path (const char *path,
                const char *suffix)
{
  return g_strconcat (path, suffix, NULL);
}

static gboolean
was_locked_by_us (const char *path,
                  const char *mark)
{
  g_autofree char *lock_path = companion_path (path, "-lock");
  g_autofree char *text = NULL;

  return g_file_get_contents (lock_path, &text, NULL, NULL) && g_str_has_prefix (text, mark);
}

static gboolean
has_wal (const char *path)
{
  g_autofree char *wal_path = companion_path (path, "-wal");
  GStatBuf info;

  return g_stat (wal_path, &info) == 0 && info.st_size > 32;
}

/* Looks at the first page without SQLite, so that a file of somebody else is not touched. */
static gboolean
probe_file (const char               *path,
            const WeftDatabaseSchema *schema,
            Probe                    *probe,
            GError                  **error)
{
  guint8 header[HEADER_SIZE] = { 0 };
  guint32 application_id;
  gboolean is_ours;
  ssize_t n_read;
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);

  if (fd < 0)
    {
      int code = errno;

      *probe = PROBE_NEW;
      if (code == ENOENT)
        return TRUE;

      /* Translators: a file name, and why */
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, _ ("Cannot read “%s”: %s"), path,
                   g_strerror (code));
      return FALSE;
    }

  n_read = read (fd, header, sizeof header);
  close (fd);
  if (n_read < 0)
    {
      /* Translators: %s is a file name */
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED, _ ("Cannot read “%s”"), path);
      return FALSE;
    }

  memcpy (&application_id, header + HEADER_APPLICATION_ID, sizeof application_id);
  is_ours = GUINT32_FROM_BE (application_id) == schema->application_id;

  /* SQLite takes an empty file for a new database and throws its log away. */
  if (n_read == 0)
    *probe = was_locked_by_us (path, has_wal (path) ? LOCK_MARK : LOCK_MARK MADE_MARK)
                 ? PROBE_DAMAGED
                 : PROBE_NEW;
  else if (is_ours || was_locked_by_us (path, LOCK_MARK))
    *probe = PROBE_OURS;
  else
    *probe = PROBE_FOREIGN;

  return TRUE;
}

/* Leaves lock_fd at -1, without an error, where no lock file can be made because the place cannot
 * be written. */
static gboolean
lock_file (WeftDatabase *self,
           gboolean     *writable,
           GError      **error)
{
  g_autofree char *lock_path = companion_path (self->path, "-lock");
  GStatBuf info;
  int fd;

  *writable = FALSE;

  fd = g_open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      int code = errno;

      if (code == EACCES || code == EPERM || code == EROFS)
        return TRUE;

      /* Translators: a file name, and why */
      g_set_error (error, WEFT_STORE_ERROR,
                   code == ENOSPC || code == EDQUOT ? WEFT_STORE_ERROR_FULL
                                                    : WEFT_STORE_ERROR_FAILED,
                   _ ("Cannot open “%s”: %s"), lock_path, g_strerror (code));
      return FALSE;
    }

  /* A file system without locks is no reason not to work. */
  if (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      close (fd);
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_IN_USE,
                           _ ("The file is in use by another program"));
      return FALSE;
    }

  if (fstat (fd, &info) == 0 && info.st_size == 0
      && write (fd, LOCK_MARK, strlen (LOCK_MARK)) != (ssize_t) strlen (LOCK_MARK))
    g_debug ("Cannot mark %s", lock_path);

  self->lock_fd = fd;
  *writable = g_access (self->path, F_OK) != 0 || g_access (self->path, W_OK) == 0;
  return TRUE;
}

/* From now on an empty file is a damaged one. */
static void
mark_made (WeftDatabase *self)
{
  GStatBuf info;

  if (fstat (self->lock_fd, &info) == 0 && info.st_size == (goffset) strlen (LOCK_MARK)
      && pwrite (self->lock_fd, MADE_MARK, strlen (MADE_MARK), info.st_size)
             != (ssize_t) strlen (MADE_MARK))
    g_debug ("Cannot mark the lock of %s", self->path);
}

static gboolean
copy_file (const char *from,
           const char *to,
           GError    **error)
{
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (from, &data, &size, error))
    return FALSE;

  return g_file_set_contents_full (to, data, size, G_FILE_SET_CONTENTS_NONE, 0600, error);
}

/* A WAL database cannot be read where nothing can be written beside it; so a copy is. */
static gboolean
make_private_copy (WeftDatabase *self,
                   GError      **error)
{
  g_autofree char *wal_path = companion_path (self->path, "-wal");
  g_autofree char *copy_wal_path = NULL;

  self->copy_dir = g_dir_make_tmp ("weft-XXXXXX", error);
  if (self->copy_dir == NULL)
    return FALSE;

  g_free (self->open_path);
  self->open_path = g_build_filename (self->copy_dir, "copy.weft", NULL);
  copy_wal_path = companion_path (self->open_path, "-wal");

  if (!copy_file (self->path, self->open_path, error))
    return FALSE;

  return !has_wal (self->path) || copy_file (wal_path, copy_wal_path, error);
}

static void
remove_private_copy (WeftDatabase *self)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = companion_path (self->open_path, suffixes[i]);

      g_unlink (path);
    }

  g_rmdir (self->copy_dir);
}

static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0)
    {
      fsync (fd);
      close (fd);
    }
}

static int
wal_hook_cb (void       *user_data,
             sqlite3    *db,
             const char *name,
             int         n_pages)
{
  WeftDatabase *self = user_data;

  self->wal_pages = n_pages;
  return SQLITE_OK;
}

static gboolean
query_int (WeftDatabase *self,
           const char   *sql,
           gint64       *value,
           GError      **error)
{
  g_autoptr(WeftStatement) query = weft_database_prepare (self, sql);

  if (weft_statement_step (query))
    *value = weft_statement_get_int64 (query, 0);

  return weft_statement_finish (query, error);
}

static void
prepare_connection (sqlite3                  *db,
                    const WeftDatabaseSchema *schema)
{
  weft_row_sum_register (db);
  if (schema->prepare != NULL)
    schema->prepare (db);
}

static gboolean
connect_file (WeftDatabase             *self,
              const WeftDatabaseSchema *schema,
              GError                  **error)
{
  int rc;

  rc = sqlite3_open_v2 (self->open_path, &self->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
                            | SQLITE_OPEN_EXRESCODE,
                        NULL);
  if (rc != SQLITE_OK)
    {
      weft_sqlite_set_error (error, self->db, rc);
      return FALSE;
    }

  prepare_connection (self->db, schema);
  sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  /* Until we know that the file is ours to write. */
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);

  /* In exclusive mode the index of the log lives in our memory, and nobody else can join. */
  return weft_database_run (self,
                            "PRAGMA locking_mode = EXCLUSIVE;"
                            "PRAGMA mmap_size = 0;"
                            "PRAGMA cell_size_check = ON;"
                            "PRAGMA foreign_keys = ON;"
                            "PRAGMA temp_store = MEMORY;"
                            "PRAGMA synchronous = FULL;",
                            error);
}

static gboolean
check_identity (WeftDatabase             *self,
                const WeftDatabaseSchema *schema,
                GError                  **error)
{
  gint64 application_id = 0;
  gint64 version = 0;
  gint64 n_tables = 0;
  gint64 n_newest = 0;
  g_autofree char *count_newest
      = g_strdup_printf ("SELECT count (*) FROM sqlite_schema WHERE name = '%s'",
                         schema->newest_table != NULL ? schema->newest_table : "");

  if (!query_int (self, "PRAGMA application_id", &application_id, error)
      || !query_int (self, "PRAGMA user_version", &version, error)
      || !query_int (self, "SELECT count (*) FROM sqlite_schema", &n_tables, error)
      || !query_int (self, count_newest, &n_newest, error))
    return FALSE;

  /* Nothing in it yet: its creation was interrupted. */
  if (application_id == 0 && version == 0 && n_tables == 0)
    return TRUE;

  if (application_id == schema->application_id
      && (version < 1 || n_tables == 0 || (version < schema->n_migrations && n_newest > 0)))
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED,
                           _ ("The file is damaged: its version is gone"));
      return FALSE;
    }

  if (application_id != schema->application_id)
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FOREIGN,
                           _ ("The file was not made by Weft"));
      return FALSE;
    }

  if (version > schema->n_migrations)
    {
      /* Translators: both are numbers of versions of the file format */
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_NEWER,
                   _ ("The file was written by a newer version of Weft (format %d; this one knows %u)"),
                   (int) version, schema->n_migrations);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_pages (WeftDatabase *self,
             GError      **error)
{
  GStatBuf info = { 0 };
  gboolean is_small = g_stat (self->open_path, &info) != 0 || info.st_size <= FULL_CHECK_SIZE;
  g_autoptr(WeftStatement) query = weft_database_prepare (
    self, is_small ? "PRAGMA integrity_check (1)" : "PRAGMA quick_check (1)");
  g_autofree char *verdict = NULL;

  if (weft_statement_step (query))
    verdict = g_strdelimit (g_strdup (weft_statement_get_text (query, 0)), "\n", ' ');

  if (!weft_statement_finish (query, error))
    return FALSE;

  if (g_strcmp0 (verdict, "ok") != 0)
    {
      /* Translators: %s is what SQLite says of it, in English */
      g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED, _ ("The file is damaged: %s"),
                   verdict);
      return FALSE;
    }

  return TRUE;
}

#define LIST_SCHEMA                                                                                \
  "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || ifnull (sql, '') FROM sqlite_schema"

static gboolean
read_schema (sqlite3    *db,
             GHashTable *objects,
             GError    **error)
{
  g_autoptr(WeftStatement) query = weft_statement_new (db, LIST_SCHEMA, FALSE);

  while (weft_statement_step (query))
    g_hash_table_add (objects, g_strdup (weft_statement_get_text (query, 0)));

  return weft_statement_finish (query, error);
}

/* Our tables as they should be, made in memory. */
static GHashTable *
expect_schema (const WeftDatabaseSchema *schema)
{
  g_autoptr(GHashTable) objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sqlite3 *db = NULL;

  if (sqlite3_open (":memory:", &db) == SQLITE_OK)
    {
      prepare_connection (db, schema);
      for (guint i = 0; i < schema->n_migrations; i++)
        sqlite3_exec (db, schema->migrations[i], NULL, NULL, NULL);
      read_schema (db, objects, NULL);
    }

  sqlite3_close (db);
  return g_steal_pointer (&objects);
}

/* What no check of SQLite notices: a changed byte in the text of the schema, or in the header. */
static gboolean
check_schema (WeftDatabase             *self,
              const WeftDatabaseSchema *schema,
              GError                  **error)
{
  g_autoptr(GHashTable) expected = expect_schema (schema);
  g_autoptr(GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 is_utf8 = 0;
  GHashTableIter iter;
  gpointer object;

  if (!read_schema (self->db, found, error) ||
      !query_int (self, "SELECT encoding = 'UTF-8' FROM pragma_encoding", &is_utf8, error))
    return FALSE;

  g_hash_table_iter_init (&iter, expected);
  while (g_hash_table_iter_next (&iter, &object, NULL))
    if (!is_utf8 || !g_hash_table_contains (found, object))
      {
        g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED,
                             _ ("The file is damaged: its tables are not described as they should be"));
        return FALSE;
      }

  return TRUE;
}

static gboolean
make_writable (WeftDatabase *self,
               GError      **error)
{
  if (!weft_database_run (self,
                          "PRAGMA journal_mode = WAL;"
                          "PRAGMA wal_autocheckpoint = 0;"
                          "PRAGMA journal_size_limit = 16777216;",
                          error))
    return FALSE;

  sqlite3_wal_hook (self->db, wal_hook_cb, self);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
  return TRUE;
}

static void
disconnect_file (WeftDatabase *self)
{
  g_hash_table_remove_all (self->statements);
  sqlite3_close (g_steal_pointer (&self->db));
  if (self->watch_fd >= 0)
    close (self->watch_fd);
  self->watch_fd = -1;
}

/* From here on only a checkpoint writes into it. */
static void
mark_file (WeftDatabase *self)
{
  if (self->watch_fd < 0 && self->copy_dir == NULL)
    self->watch_fd = g_open (self->open_path, O_RDONLY | O_CLOEXEC, 0);
  if (self->watch_fd >= 0)
    weft_file_mark_take (&self->mark, self->watch_fd);
}

static gboolean
open_connection (WeftDatabase             *self,
                 const WeftDatabaseSchema *schema,
                 GError                  **error)
{
  if (connect_file (self, schema, error) && check_identity (self, schema, error)
      && check_pages (self, error) && weft_migrations_run (self, schema, error)
      && check_schema (self, schema, error) && make_writable (self, error))
    {
      mark_file (self);
      return TRUE;
    }

  self->opening_code = self->db != NULL ? sqlite3_errcode (self->db) : SQLITE_OK;
  disconnect_file (self);
  return FALSE;
}

/* Whether a file that we once wrote cannot be what we wrote. */
static gboolean
is_broken (WeftDatabase *self,
           const GError *failure)
{
  if (g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED)
      || g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FOREIGN))
    return TRUE;

  /* The system lets us write; then it is the header that says no. */
  if (g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY))
    return !weft_database_is_read_only (self);

  /* SQLite understands neither the file's format nor its schema: no matter of the disk. */
  return g_error_matches (failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED)
         && (self->opening_code & 0xff) == SQLITE_ERROR;
}

/* Gives the damaged file and its log a name of their own beside the new one. Nothing is deleted. */
static gboolean
move_aside (WeftDatabase *self,
            GError      **error)
{
  static const char *const suffixes[] = { "-wal", "-journal", "" };
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d-%H%M%S");
  g_autofree char *target = NULL;

  for (guint i = 0; target == NULL || g_access (target, F_OK) == 0; i++)
    {
      g_free (target);
      target = i == 0 ? g_strdup_printf ("%s.damaged-%s", self->path, date)
                      : g_strdup_printf ("%s.damaged-%s-%u", self->path, date, i);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *from = companion_path (self->path, suffixes[i]);
      g_autofree char *to = companion_path (target, suffixes[i]);
      GStatBuf info;

      /* An empty log is what our own look at the file has left. */
      if (*suffixes[i] != '\0' && g_stat (from, &info) == 0 && info.st_size == 0)
        {
          g_unlink (from);
          continue;
        }

      if (g_rename (from, to) != 0 && errno != ENOENT)
        {
          int code = errno;

          /* Translators: %s is why */
          g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED,
                       _ ("The file is damaged, and cannot be moved aside: %s"), g_strerror (code));
          return FALSE;
        }
    }

  sync_folder (self->path);
  self->damaged_path = g_steal_pointer (&target);
  return TRUE;
}

/* Made whole under another name first: what fails half-way is started again at the next opening. */
static gboolean
replace_damaged (WeftDatabase             *self,
                 const WeftDatabaseSchema *schema,
                 GError                  **error)
{
  static const char *const suffixes[] = { "", "-wal", "-journal" };
  g_autofree char *fresh_path = companion_path (self->path, ".salvaged");
  g_autofree char *source = g_strdup (self->path);

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *left_over = companion_path (fresh_path, suffixes[i]);

      g_unlink (left_over);
    }

  g_free (self->open_path);
  self->open_path = g_steal_pointer (&fresh_path);

  if (!open_connection (self, schema, error))
    return FALSE;

  if (!schema->salvage (self, source, error) || !weft_database_checkpoint (self, error))
    {
      disconnect_file (self);
      return FALSE;
    }

  disconnect_file (self);
  if (!move_aside (self, error))
    return FALSE;

  if (g_rename (self->open_path, self->path) != 0)
    {
      int code = errno;

      /* Translators: two file names, and why */
      g_set_error (
          error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED,
          _ ("The file was damaged and is now “%s”; its repaired copy “%s” cannot be renamed: %s"),
          self->damaged_path, self->open_path, g_strerror (code));
      return FALSE;
    }

  sync_folder (self->path);
  g_free (self->open_path);
  self->open_path = g_strdup (self->path);
  return open_connection (self, schema, error);
}

static gboolean
open_locked (WeftDatabase             *self,
             const WeftDatabaseSchema *schema,
             Probe                     probe,
             GError                  **error)
{
  g_autoptr(GError) failure = NULL;

  if (probe == PROBE_NEW)
    {
      /* SQLite would let everybody read it. */
      int fd = g_open (self->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

      if (fd >= 0)
        close (fd);
    }

  if (probe == PROBE_DAMAGED)
    g_set_error_literal (&failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED,
                         _ ("The file is damaged: it is empty"));
  else if (weft_wal_is_damaged (self->open_path))
    g_set_error_literal (&failure, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED,
                         _ ("The file is damaged: its log is not as it was written"));
  else if (open_connection (self, schema, &failure))
    {
      if (probe == PROBE_NEW)
        sync_folder (self->path);
      return TRUE;
    }

  if (probe == PROBE_NEW || !is_broken (self, failure) || schema->salvage == NULL
      || weft_database_is_read_only (self))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }

  g_message ("%s: %s; what can be read is brought over", self->path, failure->message);
  return replace_damaged (self, schema, error);
}

static void
weft_database_free (WeftDatabase *self)
{
  if (self->db != NULL)
    disconnect_file (self);

  if (self->copy_dir != NULL)
    remove_private_copy (self);

  if (self->lock_fd >= 0)
    close (self->lock_fd);

  g_hash_table_unref (self->statements);
  g_free (self->path);
  g_free (self->open_path);
  g_free (self->copy_dir);
  g_free (self->damaged_path);
  g_free (self);
}

/**
 * weft_database_open:
 * @path: a file name
 * @schema: what the file holds
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: (transfer full): the open database, or %NULL with @error set
 */
WeftDatabase *
weft_database_open (const char               *path,
                    const WeftDatabaseSchema *schema,
                    GError                  **error)
{
  WeftDatabase *self;
  gboolean writable = FALSE;
  Probe probe;

  if (!probe_file (path, schema, &probe, error))
    return NULL;

  if (probe == PROBE_FOREIGN)
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FOREIGN,
                           _ ("The file was not made by Weft"));
      return NULL;
    }

  self = g_new0 (WeftDatabase, 1);
  self->path = g_strdup (path);
  self->open_path = g_strdup (path);
  self->lock_fd = -1;
  self->watch_fd = -1;
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) weft_statement_free);

  g_debug ("SQLite %s%s", sqlite3_libversion (),
           sqlite3_libversion_number () < WAL_RESET_FIXED ? ", with the WAL-reset bug" : "");

  if (lock_file (self, &writable, error))
    {
      if (writable && self->lock_fd >= 0)
        {
          if (open_locked (self, schema, probe, error))
            {
              mark_made (self);
              return self;
            }
        }
      else if (probe == PROBE_NEW)
        /* Translators: %s is a file name */
        g_set_error (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_READ_ONLY,
                     _ ("“%s” cannot be made: its folder cannot be written"), path);
      else if (make_private_copy (self, error) && open_locked (self, schema, probe, error))
        return self;
    }

  weft_database_free (self);
  return NULL;
}

/**
 * weft_database_close:
 * @self: (transfer full): a database
 */
void
weft_database_close (WeftDatabase *self)
{
  g_autoptr(GError) error = NULL;

  if (self->copy_dir == NULL && !weft_database_checkpoint (self, &error))
    g_message ("%s: the log stays beside the file: %s", self->path, error->message);

  weft_database_free (self);
}

WeftDatabase *
weft_database_new_for_copy (sqlite3 *db)
{
  WeftDatabase *self = g_new0 (WeftDatabase, 1);

  self->db = db;
  self->lock_fd = -1;
  self->watch_fd = -1;
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) weft_statement_free);
  weft_row_sum_register (db);

  return self;
}

void
weft_database_free_copy (WeftDatabase *self)
{
  g_hash_table_remove_all (self->statements);
  self->db = NULL;
  weft_database_free (self);
}

/**
 * weft_database_get_path:
 * @self: a database
 *
 * Returns: (transfer none): the file that was asked for
 */
const char *
weft_database_get_path (WeftDatabase *self)
{
  return self->path;
}

sqlite3 *
weft_database_get_handle (WeftDatabase *self)
{
  return self->db;
}

/**
 * weft_database_get_damaged_path:
 * @self: a database
 *
 * Returns: (transfer none) (nullable): where the damaged file was moved
 */
const char *
weft_database_get_damaged_path (WeftDatabase *self)
{
  return self->damaged_path;
}

/**
 * weft_database_is_read_only:
 * @self: a database
 *
 * Returns: whether this is a private copy of a file that cannot be written
 */
gboolean
weft_database_is_read_only (WeftDatabase *self)
{
  return self->copy_dir != NULL;
}

/**
 * weft_database_has_moved:
 * @self: a database
 *
 * Returns: whether the file that is open has its name no more: it was moved, deleted, or replaced by another
 */
gboolean
weft_database_has_moved (WeftDatabase *self)
{
  int has_moved = 0;

  return sqlite3_file_control (self->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved) == SQLITE_OK && has_moved != 0;
}

/* Our log belongs to what was in the file before; it would be taken for the log of what is in it now. */
static void
set_log_aside (WeftDatabase *self)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d-%H%M%S");
  g_autofree char *from = companion_path (self->open_path, "-wal");
  g_autofree char *to = g_strdup_printf ("%s.overwritten-%s-wal", self->open_path, date);

  if (g_rename (from, to) != 0 && errno != ENOENT)
    g_message ("%s cannot be set aside: %s", from, g_strerror (errno));
}

/**
 * weft_database_is_overwritten:
 * @self: a database
 *
 * Whether another program wrote into the file, as one does that copies another file over it. From then on nothing is
 * written into it, neither by a checkpoint nor at the end: two files would be mixed. It stays so until the file is
 * opened again.
 *
 * Returns: whether what is in the file is not what was put there
 */
gboolean
weft_database_is_overwritten (WeftDatabase *self)
{
  if (!self->overwritten && self->watch_fd >= 0 && !weft_file_mark_fits (&self->mark, self->watch_fd))
    {
      self->overwritten = TRUE;
      sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
      set_log_aside (self);
    }

  return self->overwritten;
}

/**
 * weft_database_get:
 * @self: a database
 * @sql: a constant
 *
 * Returns: (transfer none): the statement, ready for its bindings
 */
WeftStatement *
weft_database_get (WeftDatabase *self,
                   const char   *sql)
{
  WeftStatement *statement = g_hash_table_lookup (self->statements, sql);

  if (statement == NULL)
    {
      statement = weft_statement_new (self->db, sql, TRUE);
      g_hash_table_insert (self->statements, (gpointer) sql, statement);
    }

  return statement;
}

/**
 * weft_database_prepare:
 * @self: a database
 * @sql: one statement
 *
 * Returns: (transfer full): the statement
 */
WeftStatement *
weft_database_prepare (WeftDatabase *self,
                       const char   *sql)
{
  return weft_statement_new (self->db, sql, FALSE);
}

/**
 * weft_database_run:
 * @self: a database
 * @sql: statements without values
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether all of it ran
 */
gboolean
weft_database_run (WeftDatabase *self,
                   const char   *sql,
                   GError      **error)
{
  int rc;

  errno = 0;
  rc = sqlite3_exec (self->db, sql, NULL, NULL, NULL);
  if (rc == SQLITE_OK)
    return TRUE;

  weft_sqlite_set_error (error, self->db, rc);
  return FALSE;
}

/**
 * weft_database_begin:
 * @self: a database
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Returns: whether a transaction was begun
 */
gboolean
weft_database_begin (WeftDatabase *self,
                     GError      **error)
{
  return weft_statement_finish (weft_database_get (self, "BEGIN IMMEDIATE"), error);
}

/**
 * weft_database_commit:
 * @self: a database in a transaction
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * When this fails the transaction is rolled back.
 *
 * Returns: whether all of the transaction is on the disk
 */
gboolean
weft_database_commit (WeftDatabase *self,
                      GError      **error)
{
  if (weft_statement_finish (weft_database_get (self, "COMMIT"), error))
    return TRUE;

  weft_database_rollback (self);
  return FALSE;
}

/**
 * weft_database_rollback:
 * @self: a database
 *
 * Does nothing outside of a transaction: some failures have ended it already.
 */
void
weft_database_rollback (WeftDatabase *self)
{
  if (!sqlite3_get_autocommit (self->db))
    weft_statement_finish (weft_database_get (self, "ROLLBACK"), NULL);
}

/**
 * weft_database_get_wal_size:
 * @self: a database
 *
 * Returns: how many pages the log has
 */
guint
weft_database_get_wal_size (WeftDatabase *self)
{
  return self->wal_pages;
}

static gboolean
checkpoint (WeftDatabase *self,
            int           mode,
            GError      **error)
{
  int rc;

  if (weft_database_is_overwritten (self))
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_OVERWRITTEN,
                           _ ("Another program wrote over the file"));
      return FALSE;
    }

  errno = 0;
  rc = sqlite3_wal_checkpoint_v2 (self->db, NULL, mode, NULL, NULL);
  if (self->watch_fd >= 0)
    mark_file (self);
  if (rc != SQLITE_OK)
    {
      weft_sqlite_set_error (error, self->db, rc);
      return FALSE;
    }

  self->wal_pages = 0;
  return TRUE;
}

/**
 * weft_database_checkpoint:
 * @self: a database
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * Brings the log into the file and empties it. What was committed is safe either way.
 *
 * Returns: whether it was done
 */
gboolean
weft_database_checkpoint (WeftDatabase *self,
                          GError      **error)
{
  return checkpoint (self, SQLITE_CHECKPOINT_TRUNCATE, error);
}

/**
 * weft_database_checkpoint_keep:
 * @self: a database
 * @error: return location for an error of the %WEFT_STORE_ERROR domain
 *
 * The same, but the log keeps its size and is written from its beginning again: a commit into a file that does not grow
 * has one thing less to bring to the disk.
 *
 * Returns: whether it was done
 */
gboolean
weft_database_checkpoint_keep (WeftDatabase *self,
                               GError      **error)
{
  return checkpoint (self, SQLITE_CHECKPOINT_PASSIVE, error);
}
