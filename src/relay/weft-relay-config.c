/* weft-relay-config.c - what the relay is told when it starts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-config.h"

#include "relay/weft-relay-keys.h"
#include "sync/weft-link.h"

#include <string.h>

#define GROUP_OPTIONS "relay"
#define GROUP_LIMITS  "limits"
#define ENVIRONMENT   "WEFT_"

#define MAX_THREADS      64
#define MAX_BACKUP_HOURS (366 * 24)
#define BACKUP_KEEP      7
#define MIRROR_SECONDS   10
#define MAX_MIRROR_SECONDS 86400

typedef enum
{
  KIND_TEXT,
  KIND_FLAG,
  KIND_NUMBER,
  KIND_CHOICE,  /* a flag that has two names, in @argument: "unset|set" */
  KIND_COMMAND, /* only on the command line; @offset is the WeftRelayCommand */
} Kind;

typedef struct
{
  const char *name;
  Kind        kind;
  gsize       offset;
  guint       most;     /* of a number */
  const char *argument; /* what help calls it */
  const char *help;
} Option;

#define FIELD(name) G_STRUCT_OFFSET (WeftRelayConfig, name)

/* One row for each option; a secret is given as the name of the file that holds it. */
static const Option options[] = {
  { "listen", KIND_TEXT, FIELD (listen), 0, "HOST:PORT",
    "Where to listen (default " WEFT_RELAY_DEFAULT_HOST ":9338; port 0 takes a free one)" },
  { "data", KIND_TEXT, FIELD (data), 0, "DIR", "The data folder (default: weft-relay in the user's data folder)" },
  { "database", KIND_TEXT, FIELD (database), 0, "URL",
    "A PostgreSQL server, as in postgresql://weft@db/weft (default: a file in the data folder)" },
  { "redis", KIND_TEXT, FIELD (redis), 0, "URL",
    "Where several relays of one --database talk, as in redis://cache:6379 (Redis, Valkey, Dragonfly)" },
  { "redis-password-file", KIND_TEXT, FIELD (redis_password_file), 0, "FILE", "Holds the password there" },
  { "open", KIND_FLAG, FIELD (open), 0, NULL, "Serve everybody who can reach it, as an editor of everything" },
  { "public-url", KIND_TEXT, FIELD (public_url), 0, "URL", "How others reach it, as in wss://notes.example.org" },
  { "origins", KIND_TEXT, FIELD (origins), 0, "LIST",
    "Web pages from elsewhere that may connect: https://a.example,https://b.example or *" },
  { "behind-proxy", KIND_FLAG, FIELD (behind_proxy), 0, NULL, "Believe the X-Forwarded-For of a proxy in front" },
  { "threads", KIND_NUMBER, FIELD (threads), MAX_THREADS, "N", "Threads for connections (default: one for each core)" },
  { "sync", KIND_CHOICE, FIELD (sync_normal), 0, "full|normal",
    "When a change counts as stored: on the disk (full), or given to the system (normal)" },
  { "log-format", KIND_CHOICE, FIELD (log_json), 0, "text|json", "How to log" },
  { "internal-secret-file", KIND_TEXT, FIELD (internal_secret_file), 0, "FILE",
    "Holds the secret of services that ask at /internal" },
  { "oidc-issuer", KIND_TEXT, FIELD (oidc_issuer), 0, "URL", "Where people may sign in: an issuer of OpenID Connect" },
  { "oidc-name", KIND_TEXT, FIELD (oidc_name), 0, "NAME", "What it is called in /api/auth/NAME (default: oidc)" },
  { "oidc-client-id", KIND_TEXT, FIELD (oidc_client_id), 0, "ID", "Who this relay is there" },
  { "oidc-secret-file", KIND_TEXT, FIELD (oidc_secret_file), 0, "FILE", "Holds the relay's secret there" },
  { "backup-every", KIND_NUMBER, FIELD (backup_every), MAX_BACKUP_HOURS, "HOURS", "Make a backup that often (default: never)" },
  { "backup-keep", KIND_NUMBER, FIELD (backup_keep), G_MAXINT, "N", "How many of them to keep (default: 7; 0 keeps all)" },
  { "backup-folder", KIND_TEXT, FIELD (backup_folder), 0, "DIR", "Where (default: backups in the data folder)" },
  { "mirror", KIND_TEXT, FIELD (mirror), 0, "URL", "Copy the rooms of another relay, as in wss://notes.example.org, and keep up" },
  { "mirror-token-file", KIND_TEXT, FIELD (mirror_token_file), 0, "FILE", "Holds a token of that relay (--token-everywhere)" },
  { "mirror-every", KIND_NUMBER, FIELD (mirror_every), MAX_MIRROR_SECONDS, "SECONDS",
    "How often to look there for what is new (default: 10)" },
  { "token-role", KIND_TEXT, FIELD (token_role), 0, "ROLE", "What --issue-token gives: viewer, editor (default) or owner" },
  { "token-notebook", KIND_TEXT, FIELD (token_notebook), 0, "ID", "In which notebook: the id that stands in its link" },
  { "token-room", KIND_TEXT, FIELD (token_room), 0, "ROOM", "Or in which room alone" },
  { "token-everywhere", KIND_FLAG, FIELD (token_everywhere), 0, NULL, "Or in every room, as a viewer: for --mirror elsewhere" },
  { "token-days", KIND_NUMBER, FIELD (token_days), WEFT_RELAY_KEYS_RETIRED_DAYS, "DAYS", "For how long (default: 30)" },
  { "issue-token", KIND_COMMAND, WEFT_RELAY_COMMAND_ISSUE_TOKEN, 0, "NAME",
    "Print a token for a script or another program, and end" },
  { "rotate-keys", KIND_COMMAND, WEFT_RELAY_COMMAND_ROTATE_KEYS, 0, NULL,
    "Sign with a fresh key from the next start on, and end" },
  { "people", KIND_COMMAND, WEFT_RELAY_COMMAND_PEOPLE, 0, NULL, "List who has an account here, also while the relay runs, and end" },
  { "lock", KIND_COMMAND, WEFT_RELAY_COMMAND_LOCK, 0, "WHO",
    "Lock somebody out at once, by id, e-mail address or name, and end" },
  { "unlock", KIND_COMMAND, WEFT_RELAY_COMMAND_UNLOCK, 0, "WHO", "Let them in again, and end" },
  { "sign-out", KIND_COMMAND, WEFT_RELAY_COMMAND_SIGN_OUT, 0, "WHO",
    "End the keys of all their devices, as when one was lost, and end" },
  { "routes", KIND_COMMAND, WEFT_RELAY_COMMAND_ROUTES, 0, NULL, "Print every call and WebSocket path there is, and end" },
  { "backup", KIND_COMMAND, WEFT_RELAY_COMMAND_BACKUP, 0, "FILE",
    "Copy everything into FILE, also while the relay runs, and end" },
  { "restore", KIND_COMMAND, WEFT_RELAY_COMMAND_RESTORE, 0, "FILE", "Put a backup into the data folder, and end" },
  { "doctor", KIND_COMMAND, WEFT_RELAY_COMMAND_DOCTOR, 0, NULL,
    "Examine every room, save what can be saved of a damaged file, and end" },
  { "check-config", KIND_COMMAND, WEFT_RELAY_COMMAND_CHECK_CONFIG, 0, NULL, "Print the options as understood, and end" },
};

/* A value that some source gives. */
typedef struct
{
  const Option             *option; /* or: */
  const WeftRelayLimitInfo *limit;
  char                     *value;
  char                     *source; /* for messages: "--listen", "WEFT_LISTEN", "relay.conf: [relay] listen" */
} Given;

typedef struct
{
  GPtrArray *given; /* of Given */
  char      *config_file;
} CommandLine;

static void
given_free (gpointer data)
{
  Given *given = data;

  g_free (given->value);
  g_free (given->source);
  g_free (given);
}

/* Finds the option or the limit of @name. Returns: whether there is one */
static gboolean
find_option (const char                *name,
             const Option             **option,
             const WeftRelayLimitInfo **limit)
{
  *option = NULL;
  *limit = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (g_str_equal (options[i].name, name))
      *option = &options[i];
  for (guint i = 0; weft_relay_limit_infos[i].name != NULL; i++)
    if (g_str_equal (weft_relay_limit_infos[i].name, name))
      *limit = &weft_relay_limit_infos[i];

  return *option != NULL || *limit != NULL;
}

static void
note_given (GPtrArray                *all,
            const Option             *option,
            const WeftRelayLimitInfo *limit,
            const char               *value,
            const char               *source)
{
  Given *given = g_new0 (Given, 1);

  given->option = option;
  given->limit = limit;
  given->value = g_strdup (value);
  given->source = g_strdup (source);
  g_ptr_array_add (all, given);
}

/* --- values --- */

static gboolean
fail (GError    **error,
      const char *source,
      const char *format,
      ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (GError    **error,
      const char *source,
      const char *format,
      ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: %s", source, text);
  return FALSE;
}

/* A number, and for sizes a K, M or G behind it. */
static gboolean
parse_number (const char *text,
              gboolean    is_size,
              guint64    *number)
{
  static const char units[] = "kmg";
  const char *unit = NULL;
  char *end;

  if (!g_ascii_isdigit (*text))
    return FALSE;

  *number = g_ascii_strtoull (text, &end, 10);
  if (is_size && *end != '\0')
    unit = strchr (units, g_ascii_tolower (*end));
  if (unit == NULL)
    return *end == '\0' && *number < G_MAXINT64;

  /* 16M, 16MiB and 16MB are the same here: nobody means the other thing by a limit. */
  if (end[1] != '\0' && g_ascii_strcasecmp (end + 1, "b") != 0 && g_ascii_strcasecmp (end + 1, "ib") != 0)
    return FALSE;
  if (*number > G_MAXUINT32)
    return FALSE;

  *number <<= 10 * (unit - units + 1);
  return TRUE;
}

static gboolean
apply_limit (WeftRelayConfig          *self,
             const WeftRelayLimitInfo *limit,
             const Given              *given,
             GError                  **error)
{
  gboolean is_size = limit->kind == WEFT_RELAY_LIMIT_BYTES;
  guint64 number;

  if (!parse_number (given->value, is_size, &number))
    return fail (error, given->source, is_size ? "“%s” is no size; write a number of bytes, or one with K, M or G"
                                               : "“%s” is no number", given->value);
  if (number < limit->least || number > limit->most)
    return fail (error, given->source,
                 "%s is out of range; it can be %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                 given->value, limit->least, limit->most);

  weft_relay_limits_set (&self->limits, limit, number);
  return TRUE;
}

static gboolean
apply_flag (gboolean    *field,
            const Given *given,
            GError     **error)
{
  static const char *const yes[] = { "true", "yes", "1", "on", NULL };
  static const char *const no[] = { "false", "no", "0", "off", NULL };

  if (!g_strv_contains (yes, given->value) && !g_strv_contains (no, given->value))
    return fail (error, given->source, "“%s” is neither true nor false", given->value);

  *field = g_strv_contains (yes, given->value);
  return TRUE;
}

static gboolean
apply_choice (gboolean    *field,
              const Given *given,
              GError     **error)
{
  g_auto(GStrv) names = g_strsplit (given->option->argument, "|", 2);

  if (!g_strv_contains ((const char *const *) names, given->value))
    return fail (error, given->source, "“%s” is not possible here; it can be %s or %s", given->value, names[0],
                 names[1]);

  *field = g_str_equal (given->value, names[1]);
  return TRUE;
}

static gboolean
apply_given (WeftRelayConfig *self,
             const Given     *given,
             GError         **error)
{
  const Option *option = given->option;
  gpointer field;
  guint64 number;

  if (given->limit != NULL)
    return apply_limit (self, given->limit, given, error);

  field = (guint8 *) self + option->offset;
  switch (option->kind)
    {
    case KIND_TEXT:
      if (!g_utf8_validate (given->value, -1, NULL))
        return fail (error, given->source, "the value is not UTF-8");
      g_free (*(char **) field);
      *(char **) field = *given->value != '\0' ? g_strdup (given->value) : NULL;
      return TRUE;
    case KIND_FLAG:
      return apply_flag (field, given, error);
    case KIND_CHOICE:
      return apply_choice (field, given, error);
    case KIND_NUMBER:
      if (!parse_number (given->value, FALSE, &number) || number > option->most)
        return fail (error, given->source, "“%s” is no number from 0 to %u", given->value, option->most);
      *(guint *) field = (guint) number;
      return TRUE;
    case KIND_COMMAND:
      if (self->command != WEFT_RELAY_COMMAND_RUN)
        return fail (error, given->source, "only one thing can be done at a time");
      self->command = (WeftRelayCommand) option->offset;
      self->command_argument = option->argument != NULL ? g_strdup (given->value) : NULL;
      return TRUE;
    }

  g_assert_not_reached ();
}

/* --- sources --- */

static gboolean
collect_group (GKeyFile   *file,
               const char *path,
               const char *group,
               GPtrArray  *all,
               GError    **error)
{
  g_auto(GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *source = g_strdup_printf ("%s: [%s] %s", path, group, keys[i]);
      g_autofree char *value = NULL;
      const WeftRelayLimitInfo *limit;
      const Option *option;

      if (!find_option (keys[i], &option, &limit) || (limit != NULL) != g_str_equal (group, GROUP_LIMITS) ||
          (option != NULL && option->kind == KIND_COMMAND))
        return fail (error, source, "there is no such option here");

      value = g_key_file_get_string (file, group, keys[i], error);
      if (value == NULL)
        {
          g_prefix_error (error, "%s: ", source);
          return FALSE;
        }
      note_given (all, option, limit, g_strstrip (value), source);
    }

  return TRUE;
}

static gboolean
collect_file (const char *path,
              GPtrArray  *all,
              GError    **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_auto(GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }

  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    {
      if (!g_str_equal (groups[i], GROUP_OPTIONS) && !g_str_equal (groups[i], GROUP_LIMITS))
        return fail (error, path, "there is no group [%s]; options are in [" GROUP_OPTIONS "], limits in ["
                     GROUP_LIMITS "]", groups[i]);
      if (!collect_group (file, path, groups[i], all, error))
        return FALSE;
    }

  return TRUE;
}

/* WEFT_MAX_MESSAGE for max-message. */
static char *
make_variable (const char *name)
{
  g_autofree char *upper = g_ascii_strup (name, -1);

  return g_strconcat (ENVIRONMENT, g_strdelimit (upper, "-", '_'), NULL);
}

static void
collect_variable (char                    **environment,
                  const char               *name,
                  const Option             *option,
                  const WeftRelayLimitInfo *limit,
                  GPtrArray                *all)
{
  g_autofree char *variable = make_variable (name);
  const char *value = g_environ_getenv (environment, variable);

  if (value != NULL)
    note_given (all, option, limit, value, variable);
}

static void
collect_environment (char     **environment,
                     GPtrArray *all)
{
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (options[i].kind != KIND_COMMAND)
      collect_variable (environment, options[i].name, &options[i], NULL, all);

  for (guint i = 0; weft_relay_limit_infos[i].name != NULL; i++)
    collect_variable (environment, weft_relay_limit_infos[i].name, NULL, &weft_relay_limit_infos[i], all);
}

static gboolean
option_cb (const char *option_name,
           const char *value,
           gpointer    data,
           GError    **error)
{
  CommandLine *line = data;
  const WeftRelayLimitInfo *limit;
  const Option *option;
  gboolean found = find_option (option_name + strlen ("--"), &option, &limit);

  g_assert (found);
  note_given (line->given, option, limit, value != NULL ? value : "true", option_name);
  return TRUE;
}

/* The entries of GOption for both tables. */
static void
add_entries (GOptionContext *context,
             CommandLine    *line)
{
  GOptionGroup *main_group = g_option_group_new ("relay", "Options", "Show them", line, NULL);
  GOptionGroup *limits_group = g_option_group_new ("limits", "Limits:", "Show the limits", line, NULL);
  const GOptionEntry config[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &line->config_file, "A key file with options and limits", "FILE" },
    { NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      const Option *option = &options[i];
      const gboolean bare = option->kind == KIND_FLAG || option->argument == NULL;
      const GOptionEntry entries[] = {
        { option->name, 0, bare ? G_OPTION_FLAG_NO_ARG : option->kind == KIND_COMMAND ? G_OPTION_FLAG_FILENAME : 0,
          G_OPTION_ARG_CALLBACK, (gpointer) (void (*) (void)) option_cb, option->help, option->argument },
        { NULL },
      };

      g_option_group_add_entries (main_group, entries);
    }

  for (guint i = 0; weft_relay_limit_infos[i].name != NULL; i++)
    {
      const WeftRelayLimitInfo *limit = &weft_relay_limit_infos[i];
      static const char *const arguments[] = { "BYTES", "N", "SECONDS", "MS" };
      const GOptionEntry entries[] = {
        { limit->name, 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) (void (*) (void)) option_cb, limit->help,
          arguments[limit->kind] },
        { NULL },
      };

      g_option_group_add_entries (limits_group, entries);
    }

  g_option_group_add_entries (main_group, config);
  g_option_context_set_main_group (context, main_group);
  g_option_context_add_group (context, limits_group);
}

static gboolean
collect_command_line (int          argc,
                      char       **argv,
                      CommandLine *line,
                      GError     **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  /* GOption takes what it understands out of the array, not out of the caller's. */
  g_autofree char **arguments = g_new0 (char *, (gsize) argc + 1);

  memcpy (arguments, argv, (gsize) argc * sizeof *argv);
  g_option_context_set_summary (context, "Keeps the rooms of notebooks and passes on what people change in them.");
  g_option_context_set_description (context, "Every option can also be given in the environment (--max-message is "
                                             "WEFT_MAX_MESSAGE)\nor in the key file, group [relay], limits in group "
                                             "[limits]. See docs/relay.md.\n");
  add_entries (context, line);
  if (!g_option_context_parse (context, &argc, &arguments, error))
    return FALSE;

  if (argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "“%s” is no option of the relay", arguments[1]);
      return FALSE;
    }
  return TRUE;
}

/* --- all of it --- */

WeftRelayConfig *
weft_relay_config_new_default (void)
{
  static const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;
  WeftRelayConfig *self = g_new0 (WeftRelayConfig, 1);

  self->listen = g_strdup_printf ("%s:%u", WEFT_RELAY_DEFAULT_HOST, WEFT_RELAY_DEFAULT_PORT);
  self->data = g_build_filename (g_get_user_data_dir (), "weft-relay", NULL);
  self->token_days = 30;
  self->backup_keep = BACKUP_KEEP;
  self->mirror_every = MIRROR_SECONDS;
  self->oidc_name = g_strdup ("oidc");
  self->limits = limits;
  return self;
}

static gboolean
check_mirror (WeftRelayConfig *self,
              GError         **error)
{
  g_autoptr(GError) failure = NULL;
  g_autofree char *address = NULL;

  if (self->mirror == NULL)
    return self->mirror_token_file == NULL || fail (error, "mirror-token-file", "it is of no use without mirror");
  if (!g_str_has_prefix (self->mirror, "ws://") && !g_str_has_prefix (self->mirror, "wss://"))
    return fail (error, "mirror", "“%s” does not begin with ws:// or wss://", self->mirror);

  address = weft_relay_address_parse (self->mirror, NULL, &failure);
  if (address == NULL)
    return fail (error, "mirror", "“%s”: %s", self->mirror, failure->message);
  if (self->mirror_every == 0)
    return fail (error, "mirror-every", "it must be a second at least");
  return TRUE;
}

/* Whoever listens on the way could be anybody's issuer. */
static gboolean
is_issuer (const char *text)
{
  g_autoptr(GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0')
    return FALSE;
  return g_str_equal (g_uri_get_scheme (uri), "https") ||
         (g_str_equal (g_uri_get_scheme (uri), "http") &&
          (g_str_has_prefix (host, "127.") || g_str_equal (host, "::1") || g_ascii_strcasecmp (host, "localhost") == 0));
}

/* What single values cannot show. */
static gboolean
check_whole (WeftRelayConfig *self,
             GError         **error)
{
  const WeftRelayLimits *limits = &self->limits;

  if (limits->dead_seconds <= limits->ping_seconds)
    return fail (error, "dead-time", "it must be longer than ping-time, or nobody has time to answer");
  if (limits->soft_queue > limits->max_queue)
    return fail (error, "soft-queue", "it cannot be more than max-queue");
  if (self->oidc_issuer != NULL && !is_issuer (self->oidc_issuer))
    return fail (error, "oidc-issuer", "“%s” does not begin with https:// (on this computer itself: http://)", self->oidc_issuer);
  if (self->oidc_issuer != NULL && (self->oidc_client_id == NULL || self->oidc_name == NULL))
    return fail (error, "oidc-issuer", "it needs oidc-client-id, the name of this relay there");
  if (self->public_url != NULL && !g_str_has_prefix (self->public_url, "ws://") &&
      !g_str_has_prefix (self->public_url, "wss://"))
    return fail (error, "public-url", "“%s” does not begin with ws:// or wss://", self->public_url);
  return check_mirror (self, error);
}

WeftRelayConfig *
weft_relay_config_new (int      argc,
                       char   **argv,
                       char   **environment,
                       GError **error)
{
  g_autoptr(WeftRelayConfig) self = weft_relay_config_new_default ();
  g_autoptr(GPtrArray) on_line = g_ptr_array_new_with_free_func (given_free);
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func (given_free);
  g_auto(GStrv) own_environment = environment == NULL ? g_get_environ () : NULL;
  CommandLine line = { .given = on_line };
  g_autofree char *config_file = NULL;
  gboolean parsed = collect_command_line (argc, argv, &line, error);

  if (environment == NULL)
    environment = own_environment;

  config_file = line.config_file;
  if (!parsed)
    return NULL;
  if (config_file == NULL)
    config_file = g_strdup (g_environ_getenv (environment, ENVIRONMENT "CONFIG"));
  if (config_file != NULL && !collect_file (config_file, all, error))
    return NULL;

  collect_environment (environment, all);
  g_ptr_array_extend_and_steal (all, g_steal_pointer (&on_line));

  /* What comes later replaces what came before. */
  for (guint i = 0; i < all->len; i++)
    if (!apply_given (self, all->pdata[i], error))
      return NULL;

  if (!check_whole (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

/* An address as it may be shown: without the password. (transfer full) */
static char *
hide_password (const char *url)
{
  const char *host = url != NULL ? strstr (url, "://") : NULL;
  const char *end = host != NULL ? host + strlen ("://") + strcspn (host + strlen ("://"), "/?") : NULL;
  const char *at = host != NULL ? g_strrstr_len (host, end - host, "@") : NULL;
  const char *colon = at != NULL ? g_strstr_len (host + strlen ("://"), at - host - strlen ("://"), ":") : NULL;
  GString *shown = g_string_new (NULL);
  const char *query;

  if (url != NULL && colon != NULL)
    g_string_append_printf (shown, "%.*s:***%s", (int) (colon - url), url, at);
  else if (url != NULL)
    g_string_append (shown, url);

  /* libpq takes one here, too. */
  query = strstr (shown->str, "password=");
  if (host != NULL && query != NULL)
    {
      gsize start = (gsize) (query - shown->str) + strlen ("password=");

      g_string_erase (shown, (gssize) start, (gssize) strcspn (shown->str + start, "&"));
      g_string_insert (shown, (gssize) start, "***");
    }
  return g_string_free (shown, FALSE);
}

static void
append_option (GString         *text,
               WeftRelayConfig *self,
               const Option    *option)
{
  gconstpointer field = (const guint8 *) self + option->offset;
  g_auto(GStrv) names = NULL;
  g_autofree char *shown = NULL;

  switch (option->kind)
    {
    case KIND_TEXT:
      shown = hide_password (*(char *const *) field);
      g_string_append_printf (text, "%s=%s\n", option->name, shown);
      break;
    case KIND_FLAG:
      g_string_append_printf (text, "%s=%s\n", option->name, *(const gboolean *) field ? "true" : "false");
      break;
    case KIND_NUMBER:
      g_string_append_printf (text, "%s=%u\n", option->name, *(const guint *) field);
      break;
    case KIND_CHOICE:
      names = g_strsplit (option->argument, "|", 2);
      g_string_append_printf (text, "%s=%s\n", option->name, names[*(const gboolean *) field ? 1 : 0]);
      break;
    case KIND_COMMAND:
      break;
    }
}

char *
weft_relay_config_to_text (WeftRelayConfig *self)
{
  GString *text = g_string_new ("[" GROUP_OPTIONS "]\n");

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    append_option (text, self, &options[i]);

  g_string_append (text, "\n[" GROUP_LIMITS "]\n");
  for (guint i = 0; weft_relay_limit_infos[i].name != NULL; i++)
    g_string_append_printf (text, "%s=%" G_GUINT64_FORMAT "\n", weft_relay_limit_infos[i].name,
                            weft_relay_limits_get (&self->limits, &weft_relay_limit_infos[i]));

  return g_string_free (text, FALSE);
}

void
weft_relay_config_free (WeftRelayConfig *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (options[i].kind == KIND_TEXT)
      g_free (*(char **) ((guint8 *) self + options[i].offset));

  g_free (self->command_argument);
  g_free (self);
}
