/* weft-store-opening.c - opens a notebook file and reads what its owner wants to know at once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-store-opening.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#include "store/weft-database-private.h"
#include "store/weft-update-log.h"

#define DEVICE_ID "device-id"
#define DEVICE_PLACE "device-place"

#define READ_SETTINGS                                                                              \
  "SELECT name, value, checksum IS NULL OR checksum = weft_sum ('settings', name, value)"          \
  " FROM settings"

/* @n_damaged counts the rows that are not believed, and left out. */
static gboolean
read_settings (WeftDatabase    *database,
               WeftStoreOpened *opened,
               guint           *n_damaged,
               GError         **error)
{
  WeftStatement *query = weft_database_get (database, READ_SETTINGS);

  while (weft_statement_step (query))
    if (weft_statement_get_int64 (query, 2) != 0)
      g_hash_table_replace (opened->settings, g_strdup (weft_statement_get_text (query, 0)),
                            g_strdup (weft_statement_get_text (query, 1)));
    else
      (*n_damaged)++;

  return weft_statement_finish (query, error);
}

#define READ_JOURNAL                                                                               \
  "SELECT key, value, checksum IS NULL OR checksum = weft_sum ('journal', key, value, time)"       \
  " FROM journal"

static gboolean
read_journal (WeftDatabase    *database,
              WeftStoreOpened *opened,
              guint           *n_damaged,
              GError         **error)
{
  WeftStatement *query = weft_database_get (database, READ_JOURNAL);

  while (weft_statement_step (query))
    if (weft_statement_get_int64 (query, 2) != 0)
      g_hash_table_replace (opened->journal, g_strdup (weft_statement_get_text (query, 0)),
                            weft_statement_dup_bytes (query, 1));
    else
      (*n_damaged)++;

  return weft_statement_finish (query, error);
}

/* The beginning that most documents have in common. */
#define GUESS_NOTEBOOK_ID                                                                          \
  "SELECT substr (doc, 1, 26) AS id FROM updates"                                                  \
  " WHERE length (doc) = 26 OR substr (doc, 27, 1) = '/'"                                          \
  " GROUP BY id ORDER BY count (*) DESC LIMIT 1"

/* Where the setting is lost the notebook's name still stands in the names of its documents. */
static gboolean
restore_notebook_id (WeftDatabase    *database,
                     WeftStoreOpened *opened,
                     GError         **error)
{
  WeftStatement *query;

  if (opened->last_seq == 0 || g_hash_table_contains (opened->settings, WEFT_STORE_NOTEBOOK_ID))
    return TRUE;

  query = weft_database_get (database, GUESS_NOTEBOOK_ID);
  if (weft_statement_step (query))
    g_hash_table_replace (opened->settings, g_strdup (WEFT_STORE_NOTEBOOK_ID),
                          g_strdup (weft_statement_get_text (query, 0)));

  return weft_statement_finish (query, error);
}

/* 130 bits of randomness, in the alphabet of ids. */
static char *
make_device_id (void)
{
  static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  char id[27] = { 0 };

  for (guint i = 0; i < 26; i++)
    id[i] = alphabet[g_random_int () & 31];

  return g_strdup (id);
}

/* Tells this machine and this file from a copy elsewhere, without telling what they are. */
static char *
identify_place (const char *path)
{
  g_autofree char *machine = NULL;
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *canonical = realpath (folder, NULL);
  g_autofree char *text = NULL;

  g_file_get_contents ("/etc/machine-id", &machine, NULL, NULL);
  text = g_strdup_printf ("%s\n%s/%s", machine != NULL ? g_strstrip (machine) : "",
                          canonical != NULL ? canonical : folder, name);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static gboolean
set_setting (WeftDatabase *database,
             const char   *name,
             const char   *value,
             GError      **error)
{
  g_autoptr(WeftStatement) set = weft_database_prepare (
      database, "INSERT OR REPLACE INTO settings (name, value, checksum)"
                " VALUES (?1, ?2, weft_sum ('settings', ?1, ?2))");

  weft_statement_bind_text (set, 1, name);
  weft_statement_bind_text (set, 2, value);
  return weft_statement_finish (set, error);
}

/* Whether edits wait stays known. */
#define FORGET_ACKNOWLEDGED                                                                        \
  "UPDATE sync_states SET acknowledged = NULL,"                                                    \
  " checksum = weft_sum ('sync_states', doc, relay, NULL, unsynced, time)"

/* A copied file is another device: two that share an identity cannot be told apart. What relays are known to have is
 * forgotten: since the copy was made they may have more, of any page. */
static void
settle_device (WeftDatabase    *database,
               WeftStoreOpened *opened)
{
  g_autofree char *place = identify_place (weft_database_get_path (database));
  const char *known_id = g_hash_table_lookup (opened->settings, DEVICE_ID);
  const char *known_place = g_hash_table_lookup (opened->settings, DEVICE_PLACE);
  g_autoptr(GError) error = NULL;

  if (known_id != NULL && g_strcmp0 (place, known_place) == 0)
    {
      opened->device_id = g_strdup (known_id);
      return;
    }

  opened->device_id = make_device_id ();
  if (weft_database_is_read_only (database))
    return;

  /* On a full disk the identity holds for this session only. */
  if (!weft_database_begin (database, &error)
      || (known_id != NULL && !weft_database_run (database, FORGET_ACKNOWLEDGED, &error))
      || !set_setting (database, DEVICE_ID, opened->device_id, &error)
      || !set_setting (database, DEVICE_PLACE, place, &error)
      || !weft_database_commit (database, &error))
    {
      weft_database_rollback (database);
      g_message ("The identity of this device is not saved: %s", error->message);
    }
}

static char *
make_notice (WeftDatabase *database,
             guint         n_damaged)
{
  const char *damaged_path = weft_database_get_damaged_path (database);

  if (damaged_path != NULL)
    {
      g_autofree char *name = g_path_get_basename (damaged_path);
      g_autofree char *display = g_filename_display_name (name);

      return g_strdup_printf (
          /* Translators: %s is a file name */
          _ ("The notebook’s file was damaged. What could be read was brought over; "
             "the damaged file is kept as “%s”."),
          display);
    }

  if (n_damaged > 0)
    return g_strdup (_ ("Some settings of the notebook were damaged and are as in a new one. "
                        "Its pages are not concerned."));

  if (weft_database_is_read_only (database))
    return g_strdup (_ ("The notebook’s file cannot be written. Changes are kept only until the "
                        "notebook is closed."));

  return NULL;
}

WeftDatabase *
weft_store_open_database (GFile           *file,
                          WeftStoreOpened *opened,
                          GError         **error)
{
  g_autoptr(WeftDatabase) database = NULL;
  g_autofree char *path = g_file_get_path (file);
  guint n_damaged = 0;

  if (path == NULL)
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED,
                           _ ("A notebook must be a file on this computer"));
      return NULL;
    }

  database = weft_database_open (path, &weft_notebook_schema, error);
  if (database == NULL)
    return NULL;

  *opened = (WeftStoreOpened){
    .file = g_object_ref (file),
    .read_only = weft_database_is_read_only (database),
    .settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    .journal = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify) g_bytes_unref),
  };

  if (!read_settings (database, opened, &n_damaged, error)
      || !read_journal (database, opened, &n_damaged, error)
      || !weft_log_get_last_seq (database, &opened->last_seq, error)
      || !restore_notebook_id (database, opened, error))
    {
      weft_store_opened_clear (opened);
      return NULL;
    }

  opened->notice = make_notice (database, n_damaged);
  settle_device (database, opened);
  return g_steal_pointer (&database);
}

WeftDatabase *
weft_store_make_database (const char *path,
                          GError    **error)
{
  return weft_database_open (path, &weft_notebook_schema, error);
}

void
weft_store_opened_clear (WeftStoreOpened *opened)
{
  g_clear_object (&opened->file);
  g_clear_pointer (&opened->notice, g_free);
  g_clear_pointer (&opened->device_id, g_free);
  g_clear_pointer (&opened->settings, g_hash_table_unref);
  g_clear_pointer (&opened->journal, g_hash_table_unref);
}
