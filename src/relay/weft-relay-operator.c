/* weft-relay-operator.c - what whoever runs the relay does with people: list, lock out, sign out
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-operator.h"

#include <gio/gio.h>
#include <string.h>

#include "relay/weft-relay-control.h"
#include "relay/weft-relay-sqlite.h"
#include "relay/weft-relay-store.h"

/* From sysexits.h; 1: it was not done. */
#define EXIT_NOT_DONE 1
#define EXIT_NO_STORE 73

#define LIST        "SELECT u.id, u.name, u.email, u.created_ms, u.locked_ms,"                                         \
                    " (SELECT MAX(d.seen_ms) FROM devices d WHERE d.user_id = u.id),"                                  \
                    " (SELECT COUNT(*) FROM devices d WHERE d.user_id = u.id AND d.revoked_ms IS NULL),"               \
                    " (SELECT COUNT(*) FROM workspace_members m JOIN workspaces w ON w.id = m.workspace_id"            \
                    " WHERE m.user_id = u.id AND w.deleted_ms IS NULL)"                                                \
                    " FROM users u ORDER BY u.created_ms, u.id"
#define FIND_ID     "SELECT id, name FROM users WHERE id = ?1"
#define FIND_NAME   "SELECT id, name FROM users WHERE email = ?1 OR name = ?2 ORDER BY id"
#define LOCK        "UPDATE users SET locked_ms = ?1 WHERE id = ?2 AND locked_ms IS NULL RETURNING id"
#define UNLOCK      "UPDATE users SET locked_ms = NULL WHERE id = ?1 AND locked_ms IS NOT NULL RETURNING id"
#define END_INVITES "UPDATE invites SET revoked_ms = ?1 WHERE created_by = ?2 AND used_ms IS NULL AND revoked_ms IS NULL RETURNING id"
#define SIGN_OUT    "UPDATE devices SET revoked_ms = ?1 WHERE user_id = ?2 AND revoked_ms IS NULL RETURNING id"

static char *
make_date (gint64 ms)
{
  g_autoptr(GDateTime) date = ms != 0 ? g_date_time_new_from_unix_utc (ms / 1000) : NULL;

  return date != NULL ? g_date_time_format (date, "%Y-%m-%d") : g_strdup ("-");
}

/* Fields stand apart by tabs: names hold none. */
static char *
list_people (WeftRelaySql *sql)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, LIST, "");
  GString *text = g_string_new ("id\tname\te-mail\tsince\tseen\tdevices\tnotebooks\tstate\n");

  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    {
      const char *email = weft_relay_rows_get_text (rows, i, 2);
      g_autofree char *since = make_date (weft_relay_rows_get_int64 (rows, i, 3));
      g_autofree char *seen = make_date (weft_relay_rows_get_int64 (rows, i, 5));

      g_string_append_printf (text, "%s\t%s\t%s\t%s\t%s\t%" G_GINT64_FORMAT "\t%" G_GINT64_FORMAT "\t%s\n",
                              weft_relay_rows_get_text (rows, i, 0), weft_relay_rows_get_text (rows, i, 1),
                              email != NULL ? email : "-", since, seen, weft_relay_rows_get_int64 (rows, i, 6),
                              weft_relay_rows_get_int64 (rows, i, 7),
                              weft_relay_rows_get_text (rows, i, 4) != NULL ? "locked" : "-");
    }

  return g_string_free (text, FALSE);
}

/* An id before anything else: people choose their names, and might choose somebody's id.
 * @name: (out) (transfer full) */
static char *
find_person (WeftRelaySql *sql,
             const char   *who,
             char        **name,
             GError      **error)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, FIND_ID, "s", who);

  if (weft_relay_rows_get_n (rows) == 0)
    {
      g_clear_pointer (&rows, weft_relay_rows_free);
      rows = weft_relay_sql_query (sql, FIND_NAME, "ss", who, who);
    }

  if (weft_relay_rows_get_n (rows) != 1)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   weft_relay_rows_get_n (rows) == 0 ? "nobody here is “%s”; --people lists everybody"
                                                     : "several people here are “%s”; give the id that --people shows", who);
      return NULL;
    }

  *name = g_strdup (weft_relay_rows_get_text (rows, 0, 1));
  return g_strdup (weft_relay_rows_get_text (rows, 0, 0));
}

static char *
lock (WeftRelaySql *sql,
      const char   *user,
      const char   *name,
      gint64        now_ms)
{
  guint n_invites;

  if (weft_relay_sql_run (sql, LOCK, "is", now_ms, user) == 0)
    return g_strdup_printf ("%s (%s) is locked out already.\n", name, user);

  /* Nobody comes back by a door that they left open. */
  n_invites = weft_relay_sql_run (sql, END_INVITES, "is", now_ms, user);
  return g_strdup_printf ("%s (%s) is locked out: no token of theirs is good, and %u of their invites have ended.\n",
                          name, user, n_invites);
}

static char *
do_with_person (WeftRelaySql *sql,
                const char   *verb,
                const char   *user,
                const char   *name)
{
  gint64 now_ms = g_get_real_time () / 1000;

  if (g_str_equal (verb, "lock"))
    return lock (sql, user, name, now_ms);
  if (g_str_equal (verb, "unlock"))
    return g_strdup_printf (weft_relay_sql_run (sql, UNLOCK, "s", user) > 0 ? "%s (%s) may come in again.\n"
                                                                           : "%s (%s) was not locked out.\n", name, user);

  return g_strdup_printf ("%s (%s) is signed out on %u devices.\n", name, user,
                          weft_relay_sql_run (sql, SIGN_OUT, "is", now_ms, user));
}

gboolean
weft_relay_operator_knows (const char *verb)
{
  static const char *const verbs[] = { "people", "lock", "unlock", "sign-out", NULL };

  return g_strv_contains (verbs, verb);
}

char *
weft_relay_operator_do (WeftRelaySql *sql,
                        const char   *verb,
                        const char   *who,
                        char        **user,
                        GError      **error)
{
  g_autofree char *found = NULL;
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  *user = NULL;
  if (g_str_equal (verb, "people"))
    {
      text = list_people (sql);
    }
  else
    {
      g_autoptr(GError) failure = NULL;

      found = find_person (sql, who, &name, &failure);
      if (found == NULL && sql->error == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }
      if (found != NULL)
        text = do_with_person (sql, verb, found, name);
    }

  if (sql->error != NULL)
    {
      g_propagate_error (error, g_error_copy (sql->error));
      return NULL;
    }

  *user = g_steal_pointer (&found);
  return g_steal_pointer (&text);
}

/* --- on the command line --- */

typedef struct
{
  const char *verb;
  const char *who;
  char       *text;
  GError     *error;
} Here;

static gboolean
work_here (WeftRelaySql *sql,
           gpointer      data)
{
  Here *self = data;
  g_autofree char *user = NULL;

  self->text = weft_relay_operator_do (sql, self->verb, self->who, &user, &self->error);
  return self->text != NULL;
}

/* Without a relay that runs. */
static char *
do_here (const WeftRelayConfig *config,
         const char            *verb,
         const char            *who,
         GError               **error)
{
  g_autofree char *path = g_build_filename (config->data, WEFT_RELAY_SQLITE_FILE, NULL);
  g_autoptr(WeftRelayStore) store = NULL;
  Here here = { .verb = verb, .who = who };

  /* Opening it would make it. */
  if (config->database == NULL && !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no %s; --data names the data folder of the relay", path);
      return NULL;
    }

  store = weft_relay_store_open (config, error);
  if (store == NULL)
    return NULL;

  if (!weft_relay_store_run_now (store, work_here, &here, error))
    {
      g_clear_pointer (&here.text, g_free);
      g_clear_error (&here.error);
      return NULL;
    }

  if (here.error != NULL)
    g_propagate_error (error, here.error);
  return here.text;
}

int
weft_relay_operator_main (const WeftRelayConfig *config,
                          const char            *verb)
{
  const char *who = config->command_argument != NULL ? config->command_argument : "";
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  if (strpbrk (who, "\n\r") != NULL || !g_utf8_validate (who, -1, NULL))
    {
      g_printerr ("weft: that is nobody's name\n");
      return EXIT_NOT_DONE;
    }

  if (!weft_relay_control_ask (config->data, verb, who, &text, &error) &&
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED))
    {
      g_clear_error (&error);
      text = do_here (config, verb, who, &error);
      if (text == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        {
          g_printerr ("weft: %s\n", error->message);
          return EXIT_NO_STORE;
        }
    }

  if (error != NULL)
    {
      g_printerr ("weft: %s\n", error->message);
      return EXIT_NOT_DONE;
    }

  g_print ("%s", text);
  return 0;
}
