/* test-relay-accounts.c - people, workspaces, boards, invites and refresh tokens, call by call
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The calls of the REST API without HTTP: each in a transaction of a database in a file of its own.
 */

#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "relay/weft-relay-call.h"
#include "relay/weft-relay-invites.h"
#include "relay/weft-relay-secret.h"
#include "relay/weft-relay-sql-sqlite.h"
#include "relay/weft-relay-throttle.h"

#define NOW G_GINT64_CONSTANT (1800000000000)
#define DAY (G_GINT64_CONSTANT (24) * 3600 * 1000)

static const WeftRelayEndpoint *const tables[] = {
  weft_relay_auth_endpoints, weft_relay_workspace_endpoints, weft_relay_board_endpoints, weft_relay_invite_endpoints,
};

typedef struct
{
  char          *folder;
  WeftDatabase  *database;
  WeftRelayKeys *keys;
  gint64         now_ms;
  GPtrArray     *rechecked; /* of the last call */
} Fixture;

static void
set_up (Fixture      *self,
        gconstpointer data)
{
  const char *const migrations[] = { WEFT_RELAY_ACCOUNTS_SCHEMA };
  const WeftDatabaseSchema schema = { WEFT_DATABASE_RELAY_ID, migrations, 1, NULL };
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *key_path = NULL;

  self->folder = g_dir_make_tmp ("weft-accounts-XXXXXX", NULL);
  path = g_build_filename (self->folder, "relay.db", NULL);
  key_path = g_build_filename (self->folder, "keys.json", NULL);
  self->database = weft_database_open (path, &schema, &error);
  g_assert_no_error (error);
  self->keys = weft_relay_keys_open (key_path, &error);
  g_assert_no_error (error);
  self->now_ms = NOW;
  self->rechecked = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture      *self,
           gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", self->folder);

  weft_database_close (self->database);
  weft_relay_keys_free (self->keys);
  g_ptr_array_unref (self->rechecked);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (self->folder);
}

/* The endpoint of @method for @path, and what stands in @path for its parameters. */
static const WeftRelayEndpoint *
find_endpoint (const char *method,
               const char *path,
               GHashTable *params)
{
  g_auto(GStrv) given = g_strsplit (path, "/", -1);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const WeftRelayEndpoint *row = tables[i]; row->method != NULL; row++)
      {
        g_auto(GStrv) parts = g_strsplit (row->path, "/", -1);
        gboolean fits = g_str_equal (method, row->method) && g_strv_length (parts) == g_strv_length (given);

        for (guint j = 0; fits && parts[j] != NULL; j++)
          fits = parts[j][0] == ':' || g_str_equal (parts[j], given[j]);
        for (guint j = 0; fits && parts[j] != NULL; j++)
          if (parts[j][0] == ':')
            g_hash_table_insert (params, g_strdup (parts[j] + 1), g_strdup (given[j]));
        if (fits)
          return row;
      }

  g_error ("there is no call %s %s", method, path);
}

/* Makes a call as the owner of @token (%NULL: a stranger). Returns: (nullable): its answer */
static JsonObject *
ask (Fixture    *self,
     const char *token,
     guint       status,
     const char *method,
     const char *target,
     const char *body)
{
  g_auto(GStrv) halves = g_strsplit (target, "?", 2);
  g_autoptr(WeftRelayCall) call = weft_relay_call_new (NULL);
  g_auto(WeftRelaySql) sql = { NULL };
  g_autoptr(GError) error = NULL;
  gboolean commit;

  call->endpoint = find_endpoint (method, halves[0], call->params);
  call->now_ms = self->now_ms;
  call->keys = self->keys;
  call->base_url = g_strdup ("https://relay.example");
  call->relay_url = g_strdup ("wss://relay.example");
  if (halves[1] != NULL)
    {
      g_autoptr(GHashTable) query = g_uri_parse_params (halves[1], -1, "&", G_URI_PARAMS_NONE, &error);
      GHashTableIter iter;
      gpointer key;
      gpointer value;

      g_hash_table_iter_init (&iter, query);
      while (g_hash_table_iter_next (&iter, &key, &value))
        g_hash_table_insert (call->params, g_strdup (key), g_strdup (value));
    }
  if (body != NULL || call->endpoint->body)
    {
      g_autoptr(JsonNode) node = json_from_string (body != NULL ? body : "{}", &error);

      g_assert_no_error (error);
      call->body = json_object_ref (json_node_get_object (node));
    }
  if (token != NULL)
    {
      g_autoptr(WeftAny) claims =
        weft_relay_jwt_verify (weft_relay_keys_get_trust (self->keys), token, self->now_ms / 1000, &error);

      g_assert_no_error (error);
      weft_relay_call_take_claims (call, claims, FALSE);
    }

  g_assert_true (weft_database_begin (self->database, &error));
  weft_relay_sql_init (&sql, weft_relay_sql_sqlite_query, self->database);
  commit = weft_relay_call_run (call, &sql);
  if (call->read_pages != NULL)
    {
      /* The notebook, of which nobody here has a room, was read. */
      g_clear_pointer (&call->read_pages, g_free);
      call->pages = g_ptr_array_new ();
      commit = weft_relay_call_run (call, &sql);
    }
  g_assert_no_error (sql.error);
  if (commit)
    g_assert_true (weft_database_commit (self->database, &error));
  else
    weft_database_rollback (self->database);

  g_ptr_array_set_size (self->rechecked, 0);
  for (guint i = 0; i < call->recheck->len; i++)
    g_ptr_array_add (self->rechecked, g_strdup (call->recheck->pdata[i]));
  if (call->status != status)
    g_error ("%s %s: %u %s instead of %u", method, target, call->status, call->problem != NULL ? call->problem : "", status);
  g_assert_true ((call->problem != NULL) == (status >= 400));
  return call->answer != NULL ? json_object_ref (json_node_get_object (call->answer)) : NULL;
}

/* The same where the answer does not matter. */
static void
check (Fixture    *self,
       const char *token,
       guint       status,
       const char *method,
       const char *target,
       const char *body)
{
  JsonObject *answer = ask (self, token, status, method, target, body);

  g_clear_pointer (&answer, json_object_unref);
}

static char *
dup_member (JsonObject *object,
            const char *name)
{
  char *text = g_strdup (json_object_get_string_member (object, name));

  json_object_unref (object);
  return text;
}

typedef struct
{
  char *id;
  char *token;
  char *refresh;
  char *workspace; /* their personal one */
} Person;

static void
person_clear (Person *self)
{
  g_free (self->id);
  g_free (self->token);
  g_free (self->refresh);
  g_free (self->workspace);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Person, person_clear)

/* Somebody new, come by an invite to @workspace; the relay itself makes it. */
static Person
person_new (Fixture    *self,
            const char *name,
            const char *workspace,
            const char *role)
{
  g_auto(WeftRelaySql) sql = { NULL };
  g_autofree char *invite = NULL;
  g_autofree char *path = NULL;
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\",\"device\":\"laptop\"}", name);
  JsonObject *answer;
  Person person = { NULL };

  weft_relay_sql_init (&sql, weft_relay_sql_sqlite_query, self->database);
  weft_relay_accounts_add_workspace (&sql, workspace, "Team", NULL, self->now_ms);
  invite = weft_relay_invites_add (&sql, workspace, NULL, role, NULL, self->now_ms, self->now_ms + DAY, NULL);
  g_assert_no_error (sql.error);

  path = g_strdup_printf ("/api/invites/%s/accept", invite);
  answer = ask (self, NULL, 200, "POST", path, body);
  person.token = g_strdup (json_object_get_string_member (answer, "access_token"));
  person.refresh = g_strdup (json_object_get_string_member (answer, "refresh_token"));
  person.id = g_strdup (json_object_get_string_member (json_object_get_object_member (answer, "user"), "id"));
  json_object_unref (answer);
  person.workspace = dup_member (ask (self, person.token, 200, "GET", "/api/auth/me", NULL), "personal_workspace_id");
  return person;
}

static char *
path_of (const char *format,
         ...) G_GNUC_PRINTF (1, 2);

/* Lives as long as the test. */
static char *
path_of (const char *format,
         ...)
{
  va_list arguments;
  char *path;

  va_start (arguments, format);
  path = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_test_queue_free (path);
  return path;
}

/* A role; or, where it depends on what the boards show, 100 and the number of those boards. */
static int
room_role (Fixture    *self,
           const char *user,
           const char *room,
           gboolean   *there)
{
  g_auto(WeftRelaySql) sql = { NULL };
  g_autoptr(GPtrArray) asset_of = NULL;
  WeftRelayRole role;
  gboolean found;

  weft_relay_sql_init (&sql, weft_relay_sql_sqlite_query, self->database);
  found = weft_relay_accounts_check_room (&sql, user, room, &role, &asset_of);
  if (there != NULL)
    *there = found;
  return asset_of != NULL && role == WEFT_RELAY_ROLE_NONE ? 100 + (int) asset_of->len : (int) role;
}

/* --- */

static void
test_personal_workspace (Fixture      *self,
                         gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  JsonObject *answer = ask (self, ada.token, 200, "GET", "/api/workspaces", NULL);

  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (answer, "workspaces")), ==, 2);
  json_object_unref (answer);
  g_assert_cmpint (room_role (self, ada.id, ada.workspace, NULL), ==, WEFT_RELAY_ROLE_OWNER);
  g_assert_cmpint (room_role (self, ada.id, team, NULL), ==, WEFT_RELAY_ROLE_OWNER);
  check (self, ada.token, 409, "DELETE", path_of ("/api/workspaces/%s", ada.workspace), NULL);
  check (self, NULL, 401, "GET", "/api/workspaces", NULL);
}

static void
test_adopt_workspace (Fixture      *self,
                      gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_autofree char *notebook = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  g_auto(Person) bob = person_new (self, "Bob", team, "member");
  const char *body = path_of ("{\"name\":\"Mine\",\"id\":\"%s\"}", notebook);

  check (self, ada.token, 201, "POST", "/api/workspaces", body);
  check (self, ada.token, 200, "POST", "/api/workspaces", body);
  check (self, bob.token, 409, "POST", "/api/workspaces", body);
  check (self, ada.token, 400, "POST", "/api/workspaces", "{\"name\":\"Mine\",\"id\":\"../../etc\"}");
  check (self, ada.token, 400, "POST", "/api/workspaces", "{\"name\":\"\\u202eevil\"}");
  check (self, ada.token, 400, "POST", "/api/workspaces", "{\"name\":[1]}");
  check (self, ada.token, 201, "POST", "/api/workspaces", "{\"name\":\"'; DROP TABLE users; --\"}");
  check (self, ada.token, 200, "GET", "/api/auth/me", NULL);
  g_assert_cmpint (room_role (self, ada.id, notebook, NULL), ==, WEFT_RELAY_ROLE_OWNER);
  g_assert_cmpint (room_role (self, bob.id, notebook, NULL), ==, WEFT_RELAY_ROLE_NONE);
}

static void
test_members (Fixture      *self,
              gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  g_auto(Person) bob = person_new (self, "Bob", team, "member");
  g_auto(Person) cem = person_new (self, "Cem", team, "admin");
  g_auto(Person) dan = person_new (self, "Dan", team, "viewer");
  const char *path = path_of ("/api/workspaces/%s/members/", team);

#define MEMBER(person) path_of ("%s%s", path, (person).id)
  check (self, bob.token, 403, "PUT", MEMBER (dan), "{\"role\":\"member\"}");
  check (self, cem.token, 200, "PUT", MEMBER (dan), "{\"role\":\"member\"}");
  g_assert_cmpuint (self->rechecked->len, ==, 1);
  g_assert_cmpstr (self->rechecked->pdata[0], ==, dan.id);
  check (self, cem.token, 403, "PUT", MEMBER (dan), "{\"role\":\"admin\"}");
  check (self, cem.token, 403, "PUT", MEMBER (ada), "{\"role\":\"viewer\"}");
  check (self, cem.token, 403, "PUT", MEMBER (cem), "{\"role\":\"owner\"}");
  check (self, ada.token, 409, "PUT", MEMBER (ada), "{\"role\":\"member\"}");
  check (self, ada.token, 409, "DELETE", MEMBER (ada), NULL);
  check (self, ada.token, 400, "PUT", MEMBER (dan), "{\"role\":\"god\"}");
  check (self, ada.token, 404, "PUT", path_of ("%snobody", path), "{\"role\":\"member\"}");
  check (self, ada.token, 200, "PUT", MEMBER (cem), "{\"role\":\"owner\"}");
  check (self, ada.token, 204, "DELETE", MEMBER (ada), NULL);
  check (self, ada.token, 404, "GET", MEMBER (cem), NULL);
  check (self, cem.token, 204, "DELETE", MEMBER (bob), NULL);
  g_assert_cmpint (room_role (self, bob.id, team, NULL), ==, WEFT_RELAY_ROLE_NONE);
  check (self, cem.token, 204, "DELETE", path_of ("/api/workspaces/%s", team), NULL);
  g_assert_cmpuint (self->rechecked->len, ==, 2);
  check (self, cem.token, 404, "GET", path_of ("/api/workspaces/%s", team), NULL);
#undef MEMBER
}

static void
test_boards (Fixture      *self,
             gconstpointer data)
{
  g_autofree char *nowhere = weft_relay_accounts_new_id ();
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  g_auto(Person) bob = person_new (self, "Bob", team, "member");
  g_auto(Person) dan = person_new (self, "Dan", team, "viewer");
  g_autofree char *elsewhere = weft_relay_accounts_new_id ();
  g_auto(Person) eve = person_new (self, "Eve", elsewhere, "owner");
  const char *boards = path_of ("/api/workspaces/%s/boards", team);
  g_autofree char *board = NULL;
  const char *path;
  gboolean there;

  check (self, dan.token, 403, "POST", boards, "{\"name\":\"Plan\"}");
  check (self, eve.token, 404, "POST", boards, "{\"name\":\"Plan\"}");
  check (self, bob.token, 400, "POST", boards, "{\"name\":\"\"}");
  board = dup_member (ask (self, bob.token, 201, "POST", boards, "{\"name\":\"Plan\"}"), "id");
  path = path_of ("/api/boards/%s", board);

  check (self, eve.token, 404, "GET", path, NULL);
  check (self, dan.token, 200, "GET", path, NULL);
  check (self, dan.token, 403, "PATCH", path, "{\"name\":\"Mine\"}");
  check (self, ada.token, 200, "PATCH", path, "{\"name\":\"Plan B\",\"thumbnail_url\":\"https://x.example/a.png\"}");
  check (self, ada.token, 200, "PATCH", path, "{\"thumbnail_url\":null}");
  check (self, ada.token, 400, "PATCH", path, "{\"thumbnail_url\":\"javascript:alert(1)\"}");

  /* Eve gets the board alone. */
  check (self, dan.token, 403, "PUT", path_of ("%s/members/%s", path, eve.id), "{\"role\":\"viewer\"}");
  check (self, bob.token, 200, "PUT", path_of ("%s/members/%s", path, eve.id), "{\"role\":\"viewer\"}");
  g_assert_cmpint (room_role (self, eve.id, path_of ("%s/%s", team, board), NULL), ==, WEFT_RELAY_ROLE_VIEWER);
  g_assert_cmpint (room_role (self, eve.id, team, NULL), ==, WEFT_RELAY_ROLE_NONE);
  g_assert_cmpint (room_role (self, eve.id, path_of ("%s/%s", team, eve.id), NULL), ==, WEFT_RELAY_ROLE_NONE);
  g_assert_cmpint (room_role (self, eve.id, path_of ("%s/%s", elsewhere, board), NULL), ==, WEFT_RELAY_ROLE_OWNER);
  g_assert_cmpint (room_role (self, eve.id, path_of ("%s/asset/%064d", team, 1), NULL), ==, 101);
  g_assert_cmpint (room_role (self, bob.id, path_of ("%s/asset/%064d", team, 1), NULL), ==, WEFT_RELAY_ROLE_EDITOR);
  check (self, eve.token, 200, "GET", path, NULL);
  check (self, eve.token, 403, "PATCH", path, "{\"name\":\"Hers\"}");
  check (self, eve.token, 200, "GET", boards, NULL);
  check (self, eve.token, 404, "GET", path_of ("/api/workspaces/%s", team), NULL);
  check (self, eve.token, 404, "GET", path_of ("/api/workspaces/%s/members", team), NULL);

  /* A soft delete */
  check (self, eve.token, 403, "DELETE", path, NULL);
  check (self, bob.token, 204, "DELETE", path, NULL);
  check (self, bob.token, 204, "DELETE", path, NULL);
  check (self, eve.token, 404, "GET", path, NULL);
  g_assert_cmpint (room_role (self, eve.id, path_of ("%s/%s", team, board), &there), ==, WEFT_RELAY_ROLE_NONE);
  g_assert_false (there);
  g_assert_cmpint (room_role (self, bob.id, path_of ("%s/%s", team, board), NULL), ==, WEFT_RELAY_ROLE_OWNER);
  check (self, dan.token, 403, "POST", path_of ("%s/restore", path), NULL);
  check (self, eve.token, 403, "POST", path_of ("%s/restore", path), NULL);
  check (self, bob.token, 200, "POST", path_of ("%s/restore", path), NULL);
  check (self, eve.token, 200, "GET", path, NULL);
  check (self, eve.token, 204, "DELETE", path_of ("%s/members/%s", path, eve.id), NULL);
  check (self, eve.token, 404, "GET", path, NULL);
  g_assert_cmpint (room_role (self, ada.id, nowhere, &there), ==, WEFT_RELAY_ROLE_NONE);
  g_assert_false (there);
}

/* Pages of a list neither lose nor repeat a board, however many were made in the same moment. */
static void
test_cursor (Fixture      *self,
             gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  const char *boards = path_of ("/api/workspaces/%s/boards", team);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *cursor = NULL;
  guint n_pages = 0;

  for (guint i = 0; i < 23; i++)
    {
      self->now_ms += i % 5 == 0;
      check (self, ada.token, 201, "POST", boards, "{\"name\":\"Plan\"}");
    }

  do
    {
      const char *path = cursor != NULL ? path_of ("%s?limit=4&cursor=%s", boards, cursor) : path_of ("%s?limit=4", boards);
      JsonObject *answer = ask (self, ada.token, 200, "GET", path, NULL);
      JsonArray *list = json_object_get_array_member (answer, "boards");

      g_assert_cmpuint (json_array_get_length (list), <=, 4);
      for (guint i = 0; i < json_array_get_length (list); i++)
        g_assert_true (g_hash_table_add (
          seen, g_strdup (json_object_get_string_member (json_array_get_object_element (list, i), "id"))));
      g_free (cursor);
      cursor = g_strdup (json_object_get_string_member_with_default (answer, "next_cursor", NULL));
      json_object_unref (answer);
      n_pages++;
    }
  while (cursor != NULL);

  g_assert_cmpuint (g_hash_table_size (seen), ==, 23);
  g_assert_cmpuint (n_pages, ==, 6);
  check (self, ada.token, 400, "GET", path_of ("%s?limit=0", boards), NULL);
  check (self, ada.token, 400, "GET", path_of ("%s?limit=1000", boards), NULL);
  check (self, ada.token, 400, "GET", path_of ("%s?cursor=x", boards), NULL);
}

static void
test_invites (Fixture      *self,
              gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  g_auto(Person) cem = person_new (self, "Cem", team, "admin");
  g_auto(Person) bob = person_new (self, "Bob", team, "member");
  const char *invite_path = path_of ("/api/workspaces/%s/invite", team);
  g_autofree char *token = NULL;
  g_autofree char *hash = NULL;
  g_autofree char *id = NULL;
  JsonObject *answer;
  const char *path;

  check (self, bob.token, 403, "POST", invite_path, "{\"role\":\"viewer\"}");
  check (self, cem.token, 403, "POST", invite_path, "{\"role\":\"owner\"}");
  check (self, ada.token, 400, "POST", invite_path, "{\"role\":\"viewer\",\"expires_in\":604801}");
  check (self, ada.token, 400, "POST", invite_path, "{\"role\":\"viewer\",\"expires_in\":0}");
  check (self, ada.token, 400, "POST", invite_path, "{\"role\":\"viewer\",\"expires_in\":\"9\"}");
  check (self, ada.token, 400, "POST", invite_path, "{\"role\":7}");

  answer = ask (self, ada.token, 201, "POST", invite_path, "{\"role\":\"viewer\",\"expires_in\":3600}");
  token = g_strdup (json_object_get_string_member (answer, "token"));
  id = g_strdup (json_object_get_string_member (answer, "id"));
  g_assert_cmpstr (json_object_get_string_member (answer, "url"), ==, path_of ("https://relay.example/invite/%s", token));
  g_assert_cmpstr (json_object_get_string_member (answer, "link"), ==,
                   path_of ("weft:join?relay=wss://relay.example&notebook=%s&invite=%s", team, token));
  json_object_unref (answer);

  /* Only its hash is kept. */
  {
    g_auto(WeftRelaySql) sql = { NULL };
    g_autoptr(WeftRelayRows) rows = NULL;

    weft_relay_sql_init (&sql, weft_relay_sql_sqlite_query, self->database);
    hash = weft_relay_secret_hash (token);
    rows = weft_relay_sql_query (&sql, "SELECT COUNT(*) FROM invites WHERE hash = ?1", "s", hash);
    g_assert_cmpint (weft_relay_rows_get_int64 (rows, 0, 0), ==, 1);
  }

  /* It expires. */
  path = path_of ("/api/invites/%s/accept", token);
  check (self, NULL, 400, "POST", path, "{}");
  self->now_ms += 3600 * 1000;
  check (self, NULL, 404, "POST", path, "{\"name\":\"Zoe\"}");
  self->now_ms -= 1;
  check (self, NULL, 200, "GET", path_of ("/api/invites/%s", token), NULL);
  check (self, NULL, 200, "POST", path, "{\"name\":\"Zoe\"}");
  check (self, NULL, 404, "POST", path, "{\"name\":\"Zoe\"}");
  check (self, NULL, 404, "GET", path_of ("/api/invites/%s", token), NULL);
  self->now_ms = NOW;
  check (self, ada.token, 409, "DELETE", path_of ("/api/invites/%s", id), NULL);

  /* It can be revoked, by those who may. */
  answer = ask (self, ada.token, 201, "POST", invite_path, "{}");
  g_free (token);
  token = g_strdup (json_object_get_string_member (answer, "token"));
  g_free (id);
  id = dup_member (answer, "id");
  check (self, bob.token, 404, "DELETE", path_of ("/api/invites/%s", id), NULL);
  check (self, cem.token, 204, "DELETE", path_of ("/api/invites/%s", id), NULL);
  check (self, NULL, 404, "POST", path_of ("/api/invites/%s/accept", token), "{\"name\":\"Zoe\"}");

  /* An invite never takes away what somebody has. */
  g_free (token);
  token = dup_member (ask (self, ada.token, 201, "POST", invite_path, "{\"role\":\"viewer\"}"), "token");
  check (self, ada.token, 200, "POST", path_of ("/api/invites/%s/accept", token), "{}");
  g_assert_cmpint (room_role (self, ada.id, team, NULL), ==, WEFT_RELAY_ROLE_OWNER);
}

static void
test_refresh (Fixture      *self,
              gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  g_autofree char *again = NULL;
  g_autofree char *fourth = NULL;
  const char *id = "0123456789abcdef0123456789";

#define WITH(token) path_of ("{\"refresh_token\":\"%s\"}", token)
#define WITH_ID(token, id) path_of ("{\"refresh_token\":\"%s\",\"request_id\":\"%s\"}", token, id)
  check (self, NULL, 401, "POST", "/api/auth/refresh", NULL);
  check (self, NULL, 401, "POST", "/api/auth/refresh", WITH ("x"));
  check (self, NULL, 400, "POST", "/api/auth/refresh", WITH_ID (ada.refresh, "short"));
  second = dup_member (ask (self, NULL, 200, "POST", "/api/auth/refresh", WITH (ada.refresh)), "refresh_token");
  g_assert_cmpstr (second, !=, ada.refresh);

  /* The answer got lost: the same question has the same answer... */
  third = dup_member (ask (self, NULL, 200, "POST", "/api/auth/refresh", WITH_ID (second, id)), "refresh_token");
  again = dup_member (ask (self, NULL, 200, "POST", "/api/auth/refresh", WITH_ID (second, id)), "refresh_token");
  g_assert_cmpstr (third, ==, again);
  fourth = dup_member (ask (self, NULL, 200, "POST", "/api/auth/refresh", WITH (third)), "refresh_token");
  check (self, ada.token, 200, "GET", "/api/auth/me", NULL);

  /* ...but not once that was used; and whoever brings an old one signs everybody out. */
  check (self, NULL, 401, "POST", "/api/auth/refresh", WITH_ID (second, id));
  g_assert_cmpuint (self->rechecked->len, ==, 1);
  check (self, NULL, 401, "POST", "/api/auth/refresh", WITH (fourth));
  check (self, ada.token, 401, "GET", "/api/auth/me", NULL);
}

static void
test_refresh_expires (Fixture      *self,
                      gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");

  self->now_ms = NOW + WEFT_RELAY_REFRESH_DAYS * DAY;
  check (self, NULL, 401, "POST", "/api/auth/refresh", WITH (ada.refresh));
  self->now_ms -= 1;
  check (self, NULL, 200, "POST", "/api/auth/refresh", WITH (ada.refresh));
}

static void
test_logout (Fixture      *self,
             gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  g_auto(Person) bob = person_new (self, "Bob", team, "member");

  check (self, ada.token, 204, "POST", "/api/auth/logout", NULL);
  check (self, ada.token, 401, "GET", "/api/auth/me", NULL);
  check (self, NULL, 401, "POST", "/api/auth/refresh", WITH (ada.refresh));
  check (self, NULL, 204, "POST", "/api/auth/logout", WITH (bob.refresh));
  check (self, bob.token, 401, "GET", "/api/auth/me", NULL);
  check (self, NULL, 204, "POST", "/api/auth/logout", NULL);
}

/* A stranger, and the owner of another workspace, get nothing from any call there is. */
static void
test_nothing_for_strangers (Fixture      *self,
                            gconstpointer data)
{
  g_autofree char *team = weft_relay_accounts_new_id ();
  g_autofree char *elsewhere = weft_relay_accounts_new_id ();
  g_auto(Person) ada = person_new (self, "Ada", team, "owner");
  g_auto(Person) eve = person_new (self, "Eve", elsewhere, "owner");
  g_autofree char *board = dup_member (ask (self, ada.token, 201, "POST", path_of ("/api/workspaces/%s/boards", team),
                                            "{\"name\":\"Plan\"}"), "id");
  g_autofree char *invite = dup_member (ask (self, ada.token, 201, "POST", path_of ("/api/boards/%s/invite", board), "{}"), "id");
  const char *body = "{\"name\":\"Mine\",\"role\":\"owner\"}";
  guint n_calls = 0;

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const WeftRelayEndpoint *row = tables[i]; row->method != NULL; row++)
      {
        g_auto(GStrv) parts = g_strsplit (row->path, "/", -1);
        g_autofree char *path = NULL;

        if (strchr (row->path, ':') == NULL)
          {
            if (row->access != WEFT_RELAY_CALL_ANYBODY)
              check (self, NULL, 401, row->method, row->path, row->body ? body : NULL);
            continue;
          }

        for (guint j = 0; parts[j] != NULL; j++)
          if (parts[j][0] == ':')
            {
              const char *own = g_str_has_prefix (row->path, "/api/boards") ? board : team;
              const char *value = g_str_equal (parts[j], ":user") ? ada.id : g_str_equal (parts[j], ":token") ? invite : own;

              g_free (parts[j]);
              parts[j] = g_strdup (value);
            }
        path = g_strjoinv ("/", parts);
        check (self, NULL, row->access == WEFT_RELAY_CALL_ANYBODY ? 404 : 401, row->method, path,
               row->body ? body : NULL);
        check (self, eve.token, 404, row->method, path, row->body ? body : NULL);
        n_calls++;
      }

  g_assert_cmpuint (n_calls, >=, 20);
  check (self, ada.token, 200, "GET", path_of ("/api/boards/%s", board), NULL);
}

static void
test_throttle (void)
{
  g_autoptr(WeftRelayThrottle) throttle = weft_relay_throttle_new (5, 60);

  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.1", 1, 1000), ==, 0);
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.1", 1, 1000), ==, 2);
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.2", 5, 1000), ==, 0);
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.1", 1, 2000), ==, 0);
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.1", 1, 2000), !=, 0);
  /* A clock that jumps back gives nothing and breaks nothing. */
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.1", 1, 0), !=, 0);

  /* One household has a /64. */
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "2001:db8:0:1::1", 5, 0), ==, 0);
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "2001:db8:0:1:ffff::1", 1, 0), !=, 0);
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "2001:db8:0:2::1", 1, 0), ==, 0);
}

/* The table of buckets does not grow with the number of addresses. */
static void
test_throttle_many (void)
{
  g_autoptr(WeftRelayThrottle) throttle = weft_relay_throttle_new (3, 1);

  for (guint i = 0; i < WEFT_RELAY_THROTTLE_MAX_BUCKETS; i++)
    {
      g_autofree char *address = g_strdup_printf ("10.%u.%u.%u", i >> 16, (i >> 8) & 255, i & 255);

      g_assert_cmpuint (weft_relay_throttle_take (throttle, address, 1, 0), ==, 0);
    }

  /* Everybody new shares one. */
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.1", 2, 0), ==, 0);
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.2", 2, 0), !=, 0);
  /* Time heals. */
  g_assert_cmpuint (weft_relay_throttle_take (throttle, "192.0.2.2", 2, 10 * 60 * 1000), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/relay/accounts/personal-workspace", test_personal_workspace);
  ADD ("/relay/accounts/adopt-workspace", test_adopt_workspace);
  ADD ("/relay/accounts/members", test_members);
  ADD ("/relay/accounts/boards", test_boards);
  ADD ("/relay/accounts/cursor", test_cursor);
  ADD ("/relay/accounts/invites", test_invites);
  ADD ("/relay/accounts/refresh", test_refresh);
  ADD ("/relay/accounts/refresh-expires", test_refresh_expires);
  ADD ("/relay/accounts/logout", test_logout);
  ADD ("/relay/accounts/nothing-for-strangers", test_nothing_for_strangers);
  g_test_add_func ("/relay/throttle/bucket", test_throttle);
  g_test_add_func ("/relay/throttle/many", test_throttle_many);
  return g_test_run ();
}
