/* weft-relay-care.c - backup, restore, and the doctor
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-care.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crdt/weft-doc.h"
#include "relay/weft-relay-control.h"
#include "relay/weft-relay-people.h"
#include "relay/weft-relay-sqlite.h"

#define COPY_BYTES (256 * 1024)

/* The setting of a backup that holds the signing keys. */
#define SETTING_KEYS "backup:" WEFT_RELAY_KEYS_FILE

/* From sysexits.h; 1: the doctor found something. */
#define EXIT_FOUND    1
#define EXIT_NO_STORE 73

/* --- copies --- */

static gboolean
fail_with_errno (GError    **error,
                 const char *path)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s", path, g_strerror (saved));
  return FALSE;
}

static gboolean
copy_bytes (int         from,
            const char *from_path,
            int         to,
            const char *to_path,
            GError    **error)
{
  g_autofree char *buffer = g_malloc (COPY_BYTES);
  gssize n_read;

  while ((n_read = read (from, buffer, COPY_BYTES)) != 0)
    {
      gssize n_written = 0;

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return fail_with_errno (error, from_path);

      while (n_written < n_read)
        {
          gssize n = write (to, buffer + n_written, (gsize) (n_read - n_written));

          if (n < 0 && errno != EINTR)
            return fail_with_errno (error, to_path);
          n_written += MAX (n, 0);
        }
    }

  return fsync (to) == 0 || fail_with_errno (error, to_path);
}

/* A copy that is on the disk, for its owner's eyes only. */
static gboolean
copy_file (const char *source,
           const char *target,
           GError    **error)
{
  int from = open (source, O_RDONLY | O_CLOEXEC);
  int to;
  gboolean done;

  if (from < 0)
    return fail_with_errno (error, source);

  to = open (target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  done = to >= 0 ? copy_bytes (from, source, to, target, error) : fail_with_errno (error, target);
  close (from);
  if (to >= 0)
    close (to);
  return done;
}

/* Puts a finished file in its place, for good. */
static gboolean
move_into_place (const char *from,
                 const char *to,
                 GError    **error)
{
  g_autofree char *folder = g_path_get_dirname (to);
  int fd;

  if (g_rename (from, to) != 0)
    return fail_with_errno (error, to);

  fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    {
      fsync (fd);
      close (fd);
    }
  return TRUE;
}

static void
remove_beside (const char *path)
{
  static const char *const endings[] = { "", "-wal", "-shm", "-lock" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (path, endings[i], NULL);

      g_unlink (name);
    }
}

/* Opens the copy, which checks it, and puts the keys into it. */
static gboolean
finish_copy (const char *copy,
             const char *folder,
             GError    **error)
{
  g_autofree char *keys_path = g_build_filename (folder, WEFT_RELAY_KEYS_FILE, NULL);
  g_autofree char *keys = NULL;
  g_autofree char *lock = g_strconcat (copy, "-lock", NULL);
  WeftRelayBackend *backend = weft_relay_sqlite_open_file (copy, FALSE, NULL, error);
  gboolean done;

  if (backend == NULL)
    return FALSE;

  done = !g_file_get_contents (keys_path, &keys, NULL, NULL) ||
         backend->funcs->put_setting (backend, SETTING_KEYS, keys, error);
  backend->funcs->close (backend);
  g_unlink (lock);
  return done;
}

gboolean
weft_relay_care_copy (const char *source,
                      const char *folder,
                      const char *target,
                      GError    **error)
{
  g_autofree char *copy = g_strconcat (target, ".new", NULL);

  if (copy_file (source, copy, error) && finish_copy (copy, folder, error) && move_into_place (copy, target, error))
    return TRUE;

  remove_beside (copy);
  return FALSE;
}

/* --- backup --- */

/* Without a relay that runs. */
static gboolean
backup_here (const WeftRelayConfig *config,
             const char            *target,
             GError               **error)
{
  g_autofree char *path = g_build_filename (config->data, WEFT_RELAY_SQLITE_FILE, NULL);
  WeftRelayBackend *backend = weft_relay_sqlite_open_file (path, FALSE, NULL, error);
  g_autofree char *file = NULL;
  gboolean done;

  if (backend == NULL)
    return FALSE;

  file = backend->funcs->freeze (backend, TRUE, error);
  done = file != NULL && weft_relay_care_copy (file, config->data, target, error);
  backend->funcs->close (backend);
  return done;
}

int
weft_relay_care_backup (const WeftRelayConfig *config)
{
  g_autofree char *target = g_canonicalize_filename (config->command_argument, NULL);
  g_autoptr(GError) error = NULL;
  gboolean done = weft_relay_control_ask (config->data, "backup", target, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED))
    {
      g_clear_error (&error);
      done = backup_here (config, target, &error);
    }

  if (!done)
    {
      g_printerr ("weft: no backup was made: %s\n", error->message);
      return EXIT_NO_STORE;
    }

  g_print ("%s\n", target);
  return 0;
}

/* --- restore --- */

/* Takes the keys out of the restored file. */
static gboolean
unpack (const char *copy,
        const char *folder,
        GError    **error)
{
  g_autofree char *keys_path = g_build_filename (folder, WEFT_RELAY_KEYS_FILE, NULL);
  g_autofree char *lock = g_strconcat (copy, "-lock", NULL);
  WeftRelayBackend *backend = weft_relay_sqlite_open_file (copy, FALSE, NULL, error);
  g_autofree char *keys = NULL;
  g_auto(WeftRelaySql) sql = { NULL };
  gboolean done = TRUE;

  if (backend == NULL)
    return FALSE;

  keys = backend->funcs->get_setting (backend, SETTING_KEYS, NULL);
  if (keys != NULL && *keys != '\0')
    done = g_file_set_contents_full (keys_path, keys, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                     0600, error) &&
           backend->funcs->put_setting (backend, SETTING_KEYS, "", error);

  weft_relay_sql_init (&sql, backend->funcs->query, backend);
  weft_relay_sql_run (&sql, WEFT_RELAY_SQLITE_GO_AHEAD, "");
  if (done && sql.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&sql.error));
      done = FALSE;
    }
  backend->funcs->close (backend);
  g_unlink (lock);
  return done;
}

/* What is there now is never thrown away. @aside: (out) (transfer full) */
static gboolean
put_aside (const char *path,
           char      **aside,
           GError    **error)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d-%H%M%S");
  WeftRelayBackend *backend;

  *aside = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;

  /* Fails where a relay has it open; brings what is in its log into it. A damaged one is put aside as it is. */
  backend = weft_relay_sqlite_open_file (path, FALSE, NULL, error);
  if (backend != NULL)
    backend->funcs->close (backend);
  else if (!g_error_matches (*error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_DAMAGED))
    return FALSE;
  g_clear_error (error);

  *aside = g_strdup_printf ("%s.replaced-%s", path, date);
  return g_rename (path, *aside) == 0 || fail_with_errno (error, path);
}

int
weft_relay_care_restore (const WeftRelayConfig *config)
{
  g_autofree char *path = g_build_filename (config->data, WEFT_RELAY_SQLITE_FILE, NULL);
  g_autofree char *copy = g_strconcat (path, ".new", NULL);
  g_autofree char *aside = NULL;
  g_autoptr(GError) error = NULL;

  if (g_mkdir_with_parents (config->data, 0700) != 0)
    fail_with_errno (&error, config->data);
  else if (copy_file (config->command_argument, copy, &error) && put_aside (path, &aside, &error) &&
           unpack (copy, config->data, &error) && move_into_place (copy, path, &error))
    {
      g_print ("Restored: %s\n", path);
      if (aside != NULL)
        g_print ("What was there before: %s\n", aside);
      return 0;
    }

  g_printerr ("weft: nothing was restored: %s\n", error->message);
  if (aside != NULL && g_rename (aside, path) != 0)
    g_printerr ("weft: what was there before is %s\n", aside);
  remove_beside (copy);
  return EXIT_NO_STORE;
}

/* --- the doctor --- */

typedef struct
{
  WeftRelayBackend *backend;
  GPtrArray        *names;
  guint             n_ill;
} Doctor;

static gboolean
note_room (const char *room,
           guint64     version,
           guint64     n_bytes,
           gpointer    user_data)
{
  g_ptr_array_add (((Doctor *) user_data)->names, g_strdup (room));
  return TRUE;
}

static void
report (Doctor     *self,
        const char *room,
        const char *finding)
{
  g_autofree char *shown = g_strescape (room, NULL);

  g_print ("room \"%s\": %s\n", shown, finding);
}

/* Loads a room as the relay would, and looks at everything in it. */
static void
examine (Doctor     *self,
         const char *room)
{
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GError) error = NULL;
  guint64 version;
  guint n_log;
  guint n_damaged;
  gboolean ill = FALSE;

  if (!self->backend->funcs->load (self->backend, room, updates, &version, &n_log, &n_damaged, &error))
    {
      report (self, room, error->message);
      self->n_ill++;
      return;
    }

  for (guint i = 0; i < updates->len; i++)
    {
      g_autoptr(GError) failure = NULL;

      if (!weft_doc_apply_update (doc, updates->pdata[i], NULL, &failure))
        {
          report (self, room, failure->message);
          ill = TRUE;
        }
    }

  if (n_damaged > 0)
    {
      report (self, room, "rows are damaged and left out; clients that have their content will bring it back");
      ill = TRUE;
    }
  if (!weft_doc_validate (doc, &error))
    {
      report (self, room, error->message);
      ill = TRUE;
    }
  if (weft_doc_has_pending (doc))
    report (self, room, "updates wait for others that have not come yet");
  self->n_ill += ill;
}

int
weft_relay_care_doctor (const WeftRelayConfig *config)
{
  g_autofree char *path = g_build_filename (config->data, WEFT_RELAY_SQLITE_FILE, NULL);
  g_autofree char *damaged = NULL;
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  Doctor self = { .names = names };

  self.backend = weft_relay_sqlite_open_file (path, TRUE, &damaged, &error);
  if (self.backend == NULL)
    {
      g_printerr ("weft: %s\n", error->message);
      return EXIT_NO_STORE;
    }
  if (damaged != NULL)
    g_print ("The file was damaged. It is now %s, and what could be read of it is in %s.\n", damaged, path);

  if (!self.backend->funcs->list_rooms (self.backend, note_room, &self, &error))
    {
      g_print ("The rooms cannot be listed: %s\n", error->message);
      self.n_ill++;
    }
  for (guint i = 0; i < names->len; i++)
    examine (&self, names->pdata[i]);

  self.backend->funcs->close (self.backend);
  g_print ("%u rooms, %u with findings\n", names->len, self.n_ill);
  return self.n_ill > 0 || damaged != NULL ? EXIT_FOUND : 0;
}

/* --- whose it is --- */

void
weft_relay_care_hand_over (const WeftRelayConfig *config)
{
  g_autoptr(GDir) folder = geteuid () == 0 ? g_dir_open (config->data, 0, NULL) : NULL;
  const char *name;
  GStatBuf owner;

  if (folder == NULL || g_stat (config->data, &owner) != 0 || owner.st_uid == 0)
    return;

  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (config->data, name, NULL);
      struct stat info;
      int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

      /* By the descriptor, and only what has no other name: whoever owns the folder gets no other file by that. */
      if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_nlink == 1 && info.st_uid == 0 &&
          fchown (fd, owner.st_uid, owner.st_gid) != 0)
        g_warning ("%s belongs to root, and the relay cannot use it: %s", path, g_strerror (errno));
      if (fd >= 0)
        close (fd);
    }
}
