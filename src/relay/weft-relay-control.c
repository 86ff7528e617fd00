/* weft-relay-control.c - orders to a relay that runs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-control.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "relay/weft-relay-care.h"
#include "relay/weft-relay-operator.h"
#include "relay/weft-relay.h"

#define SOCKET_NAME "control"

/* How backups of --backup-every are called: BACKUP_PREFIX, a date that sorts, BACKUP_SUFFIX. */
#define BACKUP_PREFIX "relay-"
#define BACKUP_DATE   "%Y%m%d-%H%M%S"
#define BACKUP_SUFFIX ".db"
#define BACKUP_FOLDER "backups"

/* How often it is looked whether one is due; a failed one is tried again as often. */
#define BACKUP_CHECK_SECONDS 60

/* The first look, when the relay has begun to serve. */
#define BACKUP_FIRST_MS 500

struct _WeftRelayControl
{
  WeftRelay          *relay;
  GSocketService     *service;
  WeftRelayStorePort *port;
  char               *path;
  guint               n_under_way;
  guint               backup_source; /* 0: none */
};

/* What somebody asked for. */
typedef struct
{
  WeftRelayControl  *control;
  GSocketConnection *connection; /* %NULL: nobody asked, a backup was due */
  GDataInputStream  *input;

  /* A backup */
  char              *folder;
  char              *file;
  char              *target;

  /* Something with people */
  char              *verb;
  char              *who;
  char              *text;       /* what to print there */
  char              *user;       /* whose rights have changed */
  GError            *error;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  g_clear_object (&order->connection);
  g_clear_object (&order->input);
  g_free (order->folder);
  g_free (order->file);
  g_free (order->target);
  g_free (order->verb);
  g_free (order->who);
  g_free (order->text);
  g_free (order->user);
  g_clear_error (&order->error);
  g_free (order);
}

static void
answered_cb (GObject      *source_object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GSocketConnection) connection = user_data;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source_object), result, NULL, NULL);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
}

/* Lines to print, each behind a tab, and a last one that says how it ended. */
static void
answer (Order        *order,
        const GError *error)
{
  GString *lines = g_string_new (NULL);
  g_auto(GStrv) printed = g_strsplit (error == NULL && order->text != NULL ? order->text : "", "\n", -1);
  g_autofree char *reason = error != NULL ? g_strdelimit (g_strdup (error->message), "\n\r", ' ') : NULL;
  gsize n_bytes;
  char *all;

  if (order->connection == NULL)
    {
      g_string_free (lines, TRUE);
      return;
    }

  for (guint i = 0; printed[i] != NULL; i++)
    if (*printed[i] != '\0')
      g_string_append_printf (lines, "\t%s\n", printed[i]);
  g_string_append_printf (lines, error != NULL ? "error %s\n" : "ok\n", reason);

  /* However slowly it is read, nobody here waits for it. */
  n_bytes = lines->len;
  all = g_string_free (lines, FALSE);
  g_object_set_data_full (G_OBJECT (order->connection), "weft-answer", all, g_free);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (order->connection)), all, n_bytes,
                                   G_PRIORITY_DEFAULT, NULL, answered_cb, g_object_ref (order->connection));
}

/* --- backup --- */

static char *
make_backup_folder (WeftRelayControl *self)
{
  const WeftRelayConfig *config = weft_relay_get_config (self->relay);
  g_autofree char *folder = config->backup_folder != NULL ? g_strdup (config->backup_folder)
                                                          : g_build_filename (config->data, BACKUP_FOLDER, NULL);

  return g_canonicalize_filename (folder, NULL);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The names of those that are there, the oldest first. (transfer full) */
static GPtrArray *
list_backups (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  gsize length = strlen (BACKUP_PREFIX "YYYYMMDD-HHMMSS" BACKUP_SUFFIX);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, BACKUP_PREFIX) && g_str_has_suffix (name, BACKUP_SUFFIX) && strlen (name) == length &&
        strspn (name + strlen (BACKUP_PREFIX), "0123456789-") == strlen ("YYYYMMDD-HHMMSS"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
remove_old_backups (WeftRelayControl *self)
{
  guint keep = weft_relay_get_config (self->relay)->backup_keep;
  g_autofree char *folder = make_backup_folder (self);
  g_autoptr(GPtrArray) names = list_backups (folder);

  for (guint i = 0; keep > 0 && i + keep < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);

      if (g_unlink (path) != 0)
        g_warning ("backup: %s cannot be removed: %s", path, g_strerror (errno));
    }
}

static void
thawed_cb (const char   *file,
           const GError *error,
           gpointer      user_data)
{
}

static void
copy_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Order *order = task_data;
  GError *error = NULL;

  if (weft_relay_care_copy (order->file, order->folder, order->target, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
copied_cb (GObject      *source_object,
           GAsyncResult *result,
           gpointer      user_data)
{
  Order *order = g_task_get_task_data (G_TASK (result));
  g_autoptr(GError) error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  order->control->n_under_way--;
  weft_relay_store_freeze (order->control->port, FALSE, thawed_cb, NULL);
  if (error != NULL)
    g_warning ("backup: %s", error->message);
  else
    g_message ("backup: %s", order->target);
  if (error == NULL && order->connection == NULL)
    remove_old_backups (order->control);
  answer (order, error);
}

static void
frozen_cb (const char   *file,
           const GError *error,
           gpointer      user_data)
{
  Order *order = user_data;
  g_autoptr(GTask) task = NULL;

  if (file == NULL)
    {
      order->control->n_under_way--;
      g_warning ("backup: %s", error->message);
      answer (order, error);
      order_free (order);
      return;
    }

  order->file = g_strdup (file);
  task = g_task_new (NULL, NULL, copied_cb, NULL);
  g_task_set_task_data (task, order, order_free);
  g_task_run_in_thread (task, copy_thread);
}

static void
begin_backup (Order      *order,
              const char *target)
{
  WeftRelayControl *self = order->control;
  g_autoptr(GError) error = NULL;

  if (self->n_under_way > 0 || !g_path_is_absolute (target))
    {
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_BUSY, "%s",
                   self->n_under_way > 0 ? "another backup is under way" : "the path of the file is not absolute");
      answer (order, error);
      order_free (order);
      return;
    }

  self->n_under_way++;
  order->target = g_strdup (target);
  weft_relay_store_freeze (self->port, TRUE, frozen_cb, order);
}

/* --- backups that nobody asks for --- */

static gboolean
make_due_backup_cb (gpointer user_data)
{
  WeftRelayControl *self = user_data;
  const WeftRelayConfig *config = weft_relay_get_config (self->relay);
  g_autofree char *folder = make_backup_folder (self);
  g_autoptr(GPtrArray) names = list_backups (folder);
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *date = g_date_time_format (now, BACKUP_DATE);
  g_autofree char *name = g_strconcat (BACKUP_PREFIX, date, BACKUP_SUFFIX, NULL);
  g_autoptr(GDateTime) due = g_date_time_add_hours (now, -(int) config->backup_every);
  g_autofree char *due_date = g_date_time_format (due, BACKUP_DATE);
  g_autofree char *due_name = g_strconcat (BACKUP_PREFIX, due_date, BACKUP_SUFFIX, NULL);
  Order *order;

  /* Names are dates: the last one says when. */
  if (self->n_under_way == 0 && (names->len == 0 || strcmp (names->pdata[names->len - 1], due_name) <= 0))
    {
      if (g_mkdir_with_parents (folder, 0700) != 0)
        g_warning ("backup: the folder %s cannot be made: %s", folder, g_strerror (errno));
      order = g_new0 (Order, 1);
      order->control = self;
      order->folder = g_strdup (config->data);
      order->target = g_build_filename (folder, name, NULL);
      self->n_under_way++;
      weft_relay_store_freeze (self->port, TRUE, frozen_cb, order);
    }

  self->backup_source = g_timeout_add_seconds (BACKUP_CHECK_SECONDS, make_due_backup_cb, self);
  return G_SOURCE_REMOVE;
}

/* --- people --- */

static gboolean
work_cb (WeftRelaySql *sql,
         gpointer      data)
{
  Order *order = data;

  order->text = weft_relay_operator_do (sql, order->verb, order->who, &order->user, &order->error);
  return order->text != NULL;
}

static void
worked_cb (const GError *error,
           gpointer      data)
{
  Order *order = data;

  if (error == NULL)
    error = order->error;
  if (error == NULL && order->user != NULL)
    {
      g_message ("%s: %s, by whoever runs this relay", order->verb, order->user);
      /* Who may not be here any more is cut off, at the other relays too. */
      weft_relay_pool_recheck (weft_relay_get_pool (order->control->relay), order->user, NULL);
    }
  answer (order, error);
}

/* --- orders --- */

static void
line_cb (GObject      *source_object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Order *order = user_data;
  g_autofree char *line =
    g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source_object), result, NULL, NULL);
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = NULL;

  if (line != NULL && g_str_has_prefix (line, "backup "))
    {
      begin_backup (order, line + strlen ("backup "));
      return;
    }

  words = g_strsplit (line != NULL ? line : "", " ", 2);
  if (words[0] != NULL && words[1] != NULL && weft_relay_operator_knows (words[0]))
    {
      order->verb = g_strdup (words[0]);
      order->who = g_strdup (words[1]);
      weft_relay_store_run (order->control->port, work_cb, worked_cb, order, order_free);
      return;
    }

  g_set_error (&error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "this relay does not know that order");
  answer (order, error);
  order_free (order);
}

static gboolean
incoming_cb (GSocketService    *service,
             GSocketConnection *connection,
             GObject           *source_object,
             gpointer           user_data)
{
  WeftRelayControl *self = user_data;
  Order *order = g_new0 (Order, 1);

  order->control = self;
  order->connection = g_object_ref (connection);
  order->folder = g_strdup (weft_relay_get_config (self->relay)->data);
  order->input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_data_input_stream_read_line_async (order->input, G_PRIORITY_DEFAULT, NULL, line_cb, order);
  return TRUE;
}

WeftRelayControl *
weft_relay_control_new (WeftRelay *relay,
                        GError   **error)
{
  g_autoptr(WeftRelayControl) self = g_new0 (WeftRelayControl, 1);
  g_autoptr(GSocketAddress) address = NULL;

  self->relay = relay;
  self->path = g_build_filename (weft_relay_get_config (relay)->data, SOCKET_NAME, NULL);
  self->service = g_socket_service_new ();
  self->port = weft_relay_store_open_port (weft_relay_get_store (relay));

  /* The lock of the database says that no other relay is here: what is left was one that was killed. */
  g_unlink (self->path);
  address = g_unix_socket_address_new (self->path);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error))
    return NULL;

  g_chmod (self->path, 0600);
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  if (weft_relay_get_config (relay)->backup_every > 0)
    self->backup_source = g_timeout_add (BACKUP_FIRST_MS, make_due_backup_cb, self);
  return g_steal_pointer (&self);
}

void
weft_relay_control_free (WeftRelayControl *self)
{
  g_clear_handle_id (&self->backup_source, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  while (self->n_under_way > 0)
    g_main_context_iteration (NULL, TRUE);

  weft_relay_store_port_close (self->port);
  g_unlink (self->path);
  g_object_unref (self->service);
  g_free (self->path);
  g_free (self);
}

/* --- the other side --- */

gboolean
weft_relay_control_ask (const char *folder,
                        const char *verb,
                        const char *argument,
                        char      **text,
                        GError    **error)
{
  g_autofree char *path = g_build_filename (folder, SOCKET_NAME, NULL);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GSocketConnection) connection =
    g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  g_autofree char *line = g_strdup_printf ("%s %s\n", verb, argument);
  g_autoptr(GDataInputStream) input = NULL;
  g_autofree char *reply = NULL;
  GString *printed;

  if (text != NULL)
    *text = NULL;
  if (connection == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "no relay runs with the data folder %s", folder);
      return FALSE;
    }

  if (!g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), line, strlen (line), NULL,
                                  NULL, error))
    return FALSE;

  input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  printed = g_string_new (NULL);
  while ((reply = g_data_input_stream_read_line_utf8 (input, NULL, NULL, NULL)) != NULL && *reply == '\t')
    {
      g_string_append_printf (printed, "%s\n", reply + 1);
      g_clear_pointer (&reply, g_free);
    }
  if (text != NULL)
    *text = g_string_free (printed, FALSE);
  else
    g_string_free (printed, TRUE);
  if (g_strcmp0 (reply, "ok") == 0)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s",
               reply != NULL && g_str_has_prefix (reply, "error ") ? reply + strlen ("error ")
                                                                   : "the relay ended before it was done");
  return FALSE;
}
