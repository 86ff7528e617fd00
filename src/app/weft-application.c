/* weft-application.c - the one running application
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It owns the notebooks: windows of one notebook share it, and it stays open, and synchronised,
 * until the application ends.
 */

#include "config.h"

#include "app/weft-application-private.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>
#include <locale.h>

#include "app/weft-accels.h"
#include "app/weft-resources.h"
#include "app/weft-settings.h"
#include "app/weft-turns.h"
#include "sync/weft-sync-poller.h"

/* How long the end of the application waits for a notebook to be written out. */
#define CLOSE_TIMEOUT_S 10

struct _WeftApplication
{
  AdwApplication  parent_instance;

  GHashTable     *notebooks; /* URI of the file -> WeftNotebook */
  GHashTable     *loading;   /* URI of the file -> GPtrArray of GTask that wait for it */
  gboolean        ending;
};

G_DEFINE_FINAL_TYPE (WeftApplication, weft_application, ADW_TYPE_APPLICATION)

/* --- Notebooks ---------------------------------------------------------------------------------------------- */

static void
tell_user (WeftNotebook *notebook)
{
  GSettings *settings = weft_settings_get_default ();
  g_autofree char *id = g_settings_get_string (settings, "user-id");
  g_autofree char *name = weft_settings_dup_name (settings);
  g_autofree char *color = weft_settings_dup_color (settings);

  weft_notebook_set_user (notebook, id, name, color);
}

static void
user_changed_cb (WeftApplication *self)
{
  GHashTableIter iter;
  gpointer notebook;

  g_hash_table_iter_init (&iter, self->notebooks);
  while (g_hash_table_iter_next (&iter, NULL, &notebook))
    tell_user (notebook);
}

/* How clients reach a relay, from their next connection on. */
static void
apply_polling (void)
{
  GSettings *settings = weft_settings_get_default ();

  weft_sync_polling_set (g_settings_get_uint (settings, "sync-interval-ms"),
                         !g_settings_get_boolean (settings, "enable-websocket"));
}

static void
interval_changed_cb (WeftApplication *self)
{
  apply_polling ();
}

static void
polling_changed_cb (WeftApplication *self)
{
  GHashTableIter iter;
  gpointer notebook;

  apply_polling ();
  g_hash_table_iter_init (&iter, self->notebooks);
  while (g_hash_table_iter_next (&iter, NULL, &notebook))
    if (!weft_notebook_get_work_offline (notebook))
      {
        /* All of them connect anew. */
        weft_notebook_set_work_offline (notebook, TRUE);
        weft_notebook_set_work_offline (notebook, FALSE);
      }
}

static void
notebook_opened_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(GTask) first = user_data;
  WeftApplication *self = g_task_get_source_object (first);
  const char *uri = g_task_get_task_data (first);
  g_autoptr(WeftNotebook) notebook = NULL;
  g_autoptr(GPtrArray) waiting = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *key = NULL;

  g_hash_table_steal_extended (self->loading, uri, (gpointer *) &key, (gpointer *) &waiting);
  notebook = weft_notebook_open_finish (result, &error);

  if (notebook != NULL)
    {
      tell_user (notebook);
      g_hash_table_insert (self->notebooks, g_strdup (uri), g_object_ref (notebook));
    }

  for (guint i = 0; i < waiting->len; i++)
    {
      GTask *task = g_ptr_array_index (waiting, i);

      if (notebook != NULL)
        g_task_return_pointer (task, g_object_ref (notebook), g_object_unref);
      else
        g_task_return_error (task, g_error_copy (error));
    }

  g_application_release (G_APPLICATION (self));
}

/**
 * weft_application_load_notebook_async:
 * @self: the application
 * @file: a notebook; made where it is not there
 * @notebook_id: (nullable): the id that it is made with
 * @callback: called when it is there
 * @user_data: for @callback
 *
 * Opens a notebook once for all windows.
 */
void
weft_application_load_notebook_async (WeftApplication     *self,
                                      GFile               *file,
                                      const char          *notebook_id,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autofree char *uri = NULL;
  WeftNotebook *notebook;
  GPtrArray *waiting;

  g_return_if_fail (WEFT_IS_APPLICATION (self));
  g_return_if_fail (G_IS_FILE (file));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, weft_application_load_notebook_async);
  uri = g_file_get_uri (file);
  notebook = g_hash_table_lookup (self->notebooks, uri);
  waiting = g_hash_table_lookup (self->loading, uri);
  g_task_set_task_data (task, g_strdup (uri), g_free);

  if (notebook != NULL)
    {
      g_task_return_pointer (task, g_object_ref (notebook), g_object_unref);
    }
  else if (waiting != NULL)
    {
      g_ptr_array_add (waiting, g_steal_pointer (&task));
    }
  else
    {
      waiting = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (waiting, g_object_ref (task));
      g_hash_table_insert (self->loading, g_steal_pointer (&uri), waiting);

      /* Not to end between closing the last window and the answer, which could not be taken then. */
      g_application_hold (G_APPLICATION (self));
      weft_notebook_open_async (file, notebook_id, NULL, notebook_opened_cb, g_steal_pointer (&task));
    }
}

/**
 * weft_application_load_notebook_finish:
 * @self: the application
 * @result: as given to the callback
 * @error: return location for a message for people
 *
 * Returns: (transfer full): the notebook, or %NULL with @error set
 */
WeftNotebook *
weft_application_load_notebook_finish (WeftApplication  *self,
                                       GAsyncResult     *result,
                                       GError          **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/*< private >
 * weft_application_get_unsaved:
 * @self: the application
 *
 * Returns: (transfer none) (nullable): a notebook that the disk does not take
 */
WeftNotebook *
weft_application_get_unsaved (WeftApplication *self)
{
  GHashTableIter iter;
  gpointer notebook;

  g_hash_table_iter_init (&iter, self->notebooks);
  while (!self->ending && g_hash_table_iter_next (&iter, NULL, &notebook))
    if (*weft_notebook_get_save_error (notebook) != '\0')
      return notebook;

  return NULL;
}

static void
notebook_closed_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  guint *n_open = user_data;
  g_autoptr(GError) error = NULL;

  if (!weft_notebook_close_finish (WEFT_NOTEBOOK (object), result, &error))
    g_warning ("A notebook was not closed properly: %s", error->message);

  (*n_open)--;
}

static gboolean
give_up_cb (gpointer user_data)
{
  gboolean *gave_up = user_data;

  *gave_up = TRUE;

  return G_SOURCE_CONTINUE;
}

/* The main loop has ended; this runs it until everything is on the disk. */
static void
close_notebooks (WeftApplication *self)
{
  guint n_open = g_hash_table_size (self->notebooks);
  gboolean gave_up = FALSE;
  guint timeout = g_timeout_add_seconds (CLOSE_TIMEOUT_S, give_up_cb, &gave_up);
  GHashTableIter iter;
  gpointer notebook;

  g_hash_table_iter_init (&iter, self->notebooks);
  while (g_hash_table_iter_next (&iter, NULL, &notebook))
    weft_notebook_close_async (notebook, notebook_closed_cb, &n_open);

  while (n_open > 0 && !gave_up)
    g_main_context_iteration (NULL, TRUE);

  g_source_remove (timeout);
  if (gave_up)
    g_warning ("A notebook took more than %d seconds to close", CLOSE_TIMEOUT_S);

  g_hash_table_remove_all (self->notebooks);
}

/* --- Windows ------------------------------------------------------------------------------------------------ */

/* A window with what the active one shows, or else with the notebook that was open last. */
WeftWindow *
weft_application_open_window (WeftApplication *self)
{
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (self));
  WeftNotebook *notebook = WEFT_IS_WINDOW (active) ? weft_window_get_notebook (WEFT_WINDOW (active)) : NULL;
  WeftWindow *window = weft_window_new (self);

  if (notebook != NULL)
    weft_window_open_notebook (window, weft_notebook_get_file (notebook), NULL);
  else
    weft_window_open_last (window);
  gtk_window_present (GTK_WINDOW (window));

  return window;
}

WeftWindow *
weft_application_ensure_window (WeftApplication *self)
{
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (!WEFT_IS_WINDOW (active))
    return weft_application_open_window (self);

  gtk_window_present (active);

  return WEFT_WINDOW (active);
}

static void
weft_application_activate (GApplication *application)
{
  weft_application_ensure_window (WEFT_APPLICATION (application));
}

static void
weft_application_open (GApplication  *application,
                       GFile        **files,
                       int            n_files,
                       const char    *hint)
{
  WeftApplication *self = WEFT_APPLICATION (application);
  g_autoptr(GListStore) imports = g_list_store_new (G_TYPE_FILE);
  WeftWindow *window = NULL;

  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *uri = g_file_get_uri (files[i]);
      g_autofree char *path = g_file_get_path (files[i]);

      if (g_str_has_prefix (uri, "weft:"))
        {
          GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (self));

          /* A window of its own would first open the last notebook, and create one where there is none. */
          window = WEFT_IS_WINDOW (active) ? WEFT_WINDOW (active) : weft_window_new (self);
          weft_window_open_link (window, uri);
          gtk_window_present (GTK_WINDOW (window));
        }
      else if (path != NULL && g_str_has_suffix (path, ".weft"))
        {
          window = weft_window_new (self);
          weft_window_open_notebook (window, files[i], NULL);
          gtk_window_present (GTK_WINDOW (window));
        }
      else
        {
          g_list_store_append (imports, files[i]);
        }
    }

  if (g_list_model_get_n_items (G_LIST_MODEL (imports)) > 0)
    weft_window_import (weft_application_ensure_window (self), G_LIST_MODEL (imports), NULL);
}

/* --- Starting and ending ------------------------------------------------------------------------------------ */

static void
color_scheme_changed_cb (GSettings *settings)
{
  static const AdwColorScheme schemes[] = {
    ADW_COLOR_SCHEME_DEFAULT,
    ADW_COLOR_SCHEME_FORCE_LIGHT,
    ADW_COLOR_SCHEME_FORCE_DARK,
  };
  int scheme = g_settings_get_enum (settings, "color-scheme");

  if (scheme >= 0 && scheme < (int) G_N_ELEMENTS (schemes))
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[scheme]);
}

/*< private >
 * weft_application_quit:
 * @self: the application
 *
 * Ends it without a question.
 */
void
weft_application_quit (WeftApplication *self)
{
  GtkApplication *application = GTK_APPLICATION (self);
  GtkWindow *window;

  self->ending = TRUE;

  /* Closing saves the size of the window; the application ends with the last one. */
  while ((window = gtk_application_get_active_window (application)) != NULL)
    {
      gtk_window_close (window);
      if (gtk_application_get_active_window (application) == window)
        gtk_window_destroy (window);
    }

  g_application_quit (G_APPLICATION (application));
}

static gboolean
terminate_cb (gpointer user_data)
{
  /* Nobody is there to be asked anything. */
  weft_application_quit (user_data);

  return G_SOURCE_CONTINUE;
}

static void
weft_application_startup (GApplication *application)
{
  WeftApplication *self = WEFT_APPLICATION (application);
  GSettings *settings = weft_settings_get_default ();

  weft_turns_watch ();
  G_APPLICATION_CLASS (weft_application_parent_class)->startup (application);

  gtk_source_init ();
  gtk_window_set_default_icon_name (WEFT_APPLICATION_ID);

  weft_settings_ensure_user (settings);
  apply_polling ();
  g_signal_connect_object (settings, "changed::user-name", G_CALLBACK (user_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::user-color", G_CALLBACK (user_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::sync-interval-ms", G_CALLBACK (interval_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::enable-websocket", G_CALLBACK (polling_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (settings, "changed::color-scheme", G_CALLBACK (color_scheme_changed_cb), NULL);
  color_scheme_changed_cb (settings);

  weft_application_install_actions (self);
  weft_accels_install (GTK_APPLICATION (self));

  g_unix_signal_add (SIGTERM, terminate_cb, self);
  g_unix_signal_add (SIGINT, terminate_cb, self);
}

static void
weft_application_shutdown (GApplication *application)
{
  WeftApplication *self = WEFT_APPLICATION (application);

  close_notebooks (self);
  gtk_source_finalize ();

  G_APPLICATION_CLASS (weft_application_parent_class)->shutdown (application);
}

/* The options become actions, of this process or of the one that runs already. */
static int
weft_application_handle_local_options (GApplication *application,
                                       GVariantDict *options)
{
  static const char *const names[] = { "new-window", "new-note", "new-board" };
  g_autoptr(GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (!g_variant_dict_contains (options, names[i]))
        continue;

      if (!g_application_register (application, NULL, &error))
        {
          g_printerr ("%s\n", error->message);
          return EXIT_FAILURE;
        }

      if (g_application_get_is_remote (application) || !g_str_equal (names[i], "new-window"))
        g_action_group_activate_action (G_ACTION_GROUP (application), names[i], NULL);

      /* A first process opens its window anyway, by being activated. */
      if (g_application_get_is_remote (application))
        return EXIT_SUCCESS;
    }

  return -1;
}

static void
weft_application_finalize (GObject *object)
{
  WeftApplication *self = WEFT_APPLICATION (object);

  g_clear_pointer (&self->notebooks, g_hash_table_unref);
  g_clear_pointer (&self->loading, g_hash_table_unref);

  G_OBJECT_CLASS (weft_application_parent_class)->finalize (object);
}

static void
weft_application_class_init (WeftApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_application_finalize;
  application_class->activate = weft_application_activate;
  application_class->open = weft_application_open;
  application_class->startup = weft_application_startup;
  application_class->shutdown = weft_application_shutdown;
  application_class->handle_local_options = weft_application_handle_local_options;
}

static void
weft_application_init (WeftApplication *self)
{
  static const GOptionEntry options[] = {
    { "new-window", 'w', 0, G_OPTION_ARG_NONE, NULL, N_ ("Open a new window"), NULL },
    { "new-note", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Begin a new note"), NULL },
    { "new-board", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Begin a new board"), NULL },
    { NULL },
  };

  weft_register_resource ();

  self->notebooks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->loading = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[FILE|LINK…]"));
}

/* Each data folder is used by one process: a folder of its own makes an application of its own. */
static char *
dup_application_id (void)
{
  const char *data_dir = g_getenv ("WEFT_DATA_DIR");

  if (data_dir == NULL || *data_dir == '\0')
    return g_strdup (WEFT_APPLICATION_ID);

  return g_strdup_printf (WEFT_APPLICATION_ID ".Folder%08x", g_str_hash (data_dir));
}

/**
 * weft_application_new:
 *
 * Returns: (transfer full): the application, not yet registered
 */
WeftApplication *
weft_application_new (void)
{
  g_autofree char *id = dup_application_id ();

  return g_object_new (WEFT_TYPE_APPLICATION,
                       "application-id", id,
                       "flags", G_APPLICATION_HANDLES_OPEN,
                       "resource-base-path", "/io/github/weftnotes/Weft",
                       NULL);
}

/**
 * weft_application_main:
 * @argc: as given to main ()
 * @argv: as given to main ()
 *
 * Returns: the exit status of the program
 */
int
weft_application_main (int    argc,
                       char **argv)
{
  g_autoptr(WeftApplication) self = NULL;
  /* Set where Weft runs from its build folder, as GSETTINGS_SCHEMA_DIR is. */
  const char *locale_dir = g_getenv ("WEFT_LOCALEDIR");

  setlocale (LC_ALL, "");
  bindtextdomain (WEFT_GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : WEFT_LOCALEDIR);
  bind_textdomain_codeset (WEFT_GETTEXT_PACKAGE, "UTF-8");
  textdomain (WEFT_GETTEXT_PACKAGE);
  g_set_application_name (_ ("Weft"));

  self = weft_application_new ();

  return g_application_run (G_APPLICATION (self), argc, argv);
}
