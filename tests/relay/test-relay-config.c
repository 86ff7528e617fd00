/* test-relay-config.c - options from the command line, the environment and a key file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-config.h"

#include <glib/gstdio.h>
#include <string.h>

static WeftRelayConfig *
parse (const char *const *arguments,
       const char *const *environment,
       GError           **error)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();

  g_ptr_array_add (argv, (gpointer) "weft");
  for (guint i = 0; arguments != NULL && arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);

  return weft_relay_config_new ((int) argv->len - 1, (char **) argv->pdata,
                                (char **) (environment != NULL ? environment : (const char *const[]){ NULL }), error);
}

static void
test_defaults (void)
{
  const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftRelayConfig) config = parse (NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (config->command, ==, WEFT_RELAY_COMMAND_RUN);
  g_assert_cmpstr (config->listen, ==, "127.0.0.1:9338");
  g_assert_false (config->open);

  /* Every default lies within its own bounds. */
  for (guint i = 0; weft_relay_limit_infos[i].name != NULL; i++)
    {
      guint64 value = weft_relay_limits_get (&limits, &weft_relay_limit_infos[i]);

      g_assert_cmpuint (weft_relay_limits_get (&config->limits, &weft_relay_limit_infos[i]), ==, value);
      g_assert_cmpuint (value, >=, weft_relay_limit_infos[i].least);
      g_assert_cmpuint (value, <=, weft_relay_limit_infos[i].most);
    }
}

static char *
write_file (const char *text)
{
  char *path = NULL;
  int fd = g_file_open_tmp ("weft-relay-XXXXXX.conf", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
test_order (void)
{
  g_autofree char *path = write_file ("[relay]\nlisten=[::1]:1\nopen=true\nsync=normal\n"
                                      "[limits]\nmax-message=1M\nping-time=7\nmax-queue=9MiB\n");
  const char *environment[] = { "WEFT_LISTEN=127.0.0.1:2", "WEFT_MAX_MESSAGE=2m", "WEFT_LOG_FORMAT=json", NULL, NULL };
  const char *arguments[] = { "--listen=127.0.0.1:3", NULL };
  g_autofree char *variable = g_strconcat ("WEFT_CONFIG=", path, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftRelayConfig) config = NULL;

  environment[3] = variable;
  config = parse (arguments, environment, &error);
  g_assert_no_error (error);

  /* The command line, then the environment, then the file. */
  g_assert_cmpstr (config->listen, ==, "127.0.0.1:3");
  g_assert_cmpuint (config->limits.max_message, ==, 2 * 1024 * 1024);
  g_assert_cmpuint (config->limits.ping_seconds, ==, 7);
  g_assert_cmpuint (config->limits.max_queue, ==, 9 * 1024 * 1024);
  g_assert_true (config->open);
  g_assert_true (config->sync_normal);
  g_assert_true (config->log_json);
  g_unlink (path);
}

/* What --check-config prints is a key file that says the same. */
static void
test_round_trip (void)
{
  const char *arguments[] = { "--listen=0.0.0.0:0", "--open", "--max-state=99", "--threads=3", "--sync=normal", NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftRelayConfig) config = parse (arguments, NULL, &error);
  g_autofree char *text = weft_relay_config_to_text (config);
  g_autofree char *path = write_file (text);
  const char *again[] = { "--config", path, NULL };
  g_autoptr(WeftRelayConfig) second = parse (again, NULL, &error);
  g_autofree char *second_text = NULL;

  g_assert_no_error (error);
  second_text = weft_relay_config_to_text (second);
  g_assert_cmpstr (text, ==, second_text);
  g_assert_nonnull (strstr (text, "max-state=99\n"));
  g_unlink (path);
}

static const struct
{
  const char *url;
  const char *shown;
} secrets[] = {
  { "postgresql://weft@db/weft", "postgresql://weft@db/weft" },
  { "postgresql://weft:hush@db/weft", "postgresql://weft:***@db/weft" },
  { "postgresql://weft:hu@sh:er@db/weft", "postgresql://weft:***@db/weft" },
  { "postgresql://db:5432/weft?user=weft&password=hush&sslmode=require",
    "postgresql://db:5432/weft?user=weft&password=***&sslmode=require" },
  { "postgresql://db:5432/weft?application_name=a@b", "postgresql://db:5432/weft?application_name=a@b" },
};

/* What --check-config prints is shown to others. */
static void
test_secrets (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autofree char *argument = g_strconcat ("--database=", secrets[i].url, NULL);
      g_autofree char *line = g_strconcat ("\ndatabase=", secrets[i].shown, "\n", NULL);
      const char *arguments[] = { argument, NULL };
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftRelayConfig) config = parse (arguments, NULL, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = weft_relay_config_to_text (config);
      g_assert_nonnull (strstr (text, line));
    }
}

static const struct
{
  const char *argument;
  const char *says;
} bad_arguments[] = {
  { "--max-message=12x", "--max-message" },
  { "--max-message=-1", "--max-message" },
  { "--max-message=", "--max-message" },
  { "--max-message=99999999999999999999G", "--max-message" },
  { "--max-message=5G", "out of range" },
  { "--ping-time=0", "out of range" },
  { "--ping-time=1K", "--ping-time" },
  { "--sync=half", "full or normal" },
  { "--threads=9999", "--threads" },
  { "--dead-time=20", "dead-time" },
  { "--soft-queue=9M", "soft-queue" },
  { "--public-url=http://x", "ws://" },
  { "--oidc-issuer=http://accounts.example.org", "https://" },
  { "--oidc-issuer=accounts.example.org", "https://" },
  { "--oidc-issuer=file:///etc/passwd", "https://" },
  { "--oidc-issuer=https://accounts.example.org", "oidc-client-id" },
  { "--oidc-issuer=http://127.0.0.1:8080/x", "oidc-client-id" },
  { "--no-such-option", "no-such-option" },
  { "stray", "stray" },
  { "--config=/nonexistent/file", "/nonexistent/file" },
};

static void
test_bad_arguments (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_arguments); i++)
    {
      const char *arguments[] = { bad_arguments[i].argument, NULL };
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftRelayConfig) config = parse (arguments, NULL, &error);

      g_test_message ("%s", bad_arguments[i].argument);
      g_assert_null (config);
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, bad_arguments[i].says));
    }
}

static const struct
{
  const char *text;
  const char *says;
} bad_files[] = {
  { "[relay]\nlisten=127.0.0.1:1\nlissten=x\n", "[relay] lissten" },
  { "[relay]\nmax-message=1M\n", "[relay] max-message" },
  { "[limits]\nlisten=127.0.0.1:1\n", "[limits] listen" },
  { "[relay]\ncheck-config=true\n", "check-config" },
  { "[limits]\nmax-message=many\n", "[limits] max-message" },
  { "[other]\nx=y\n", "[other]" },
  { "nonsense\n", ".conf" },
};

static void
test_bad_files (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      g_autofree char *path = write_file (bad_files[i].text);
      const char *arguments[] = { "--config", path, NULL };
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftRelayConfig) config = parse (arguments, NULL, &error);

      g_assert_null (config);
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, bad_files[i].says));
      g_unlink (path);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/relay-config/defaults", test_defaults);
  g_test_add_func ("/relay-config/order", test_order);
  g_test_add_func ("/relay-config/round-trip", test_round_trip);
  g_test_add_func ("/relay-config/secrets", test_secrets);
  g_test_add_func ("/relay-config/bad-arguments", test_bad_arguments);
  g_test_add_func ("/relay-config/bad-files", test_bad_files);

  return g_test_run ();
}
