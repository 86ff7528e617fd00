/* weft-relay-log.c - what the relay says about itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-log.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Our own fields, beside MESSAGE: in the journal as they are, in JSON in lower case without the prefix. */
#define FIELD_PREFIX "WEFT_"
#define FIELD_EVENT  FIELD_PREFIX "EVENT"
#define FIELD_PEER   FIELD_PREFIX "PEER"
#define FIELD_ROOM   FIELD_PREFIX "ROOM"
#define FIELD_USER   FIELD_PREFIX "USER"
#define FIELD_CODE   FIELD_PREFIX "CODE"
#define FIELD_REASON FIELD_PREFIX "REASON"

static gboolean log_json;    /* set once, before there are threads */
static gboolean log_journal; /* the same */

/* For the log: without what could forge a line. */
static char *
printable (const char *text)
{
  return g_strescape (text != NULL ? text : "", NULL);
}

/* --- writing --- */

static const char *
level_name (GLogLevelFlags level)
{
  if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) != 0)
    return "error";
  return (level & G_LOG_LEVEL_WARNING) != 0 ? "warning" : "info";
}

static char *
format_time (void)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *seconds = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf ("%s.%03dZ", seconds, g_date_time_get_microsecond (now) / 1000);
}

static char *
field_text (const GLogField *field)
{
  char *text = field->length < 0 ? g_strdup (field->value) : g_strndup (field->value, (gsize) field->length);
  char *valid = g_utf8_make_valid (text, -1);

  g_free (text);
  return valid;
}

static void
write_json (GLogLevelFlags   level,
            const GLogField *fields,
            gsize            n_fields)
{
  g_autoptr(JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr(JsonObject) object = json_object_new ();
  g_autofree char *time = format_time ();
  g_autofree char *text = NULL;

  json_object_set_string_member (object, "time", time);
  json_object_set_string_member (object, "level", level_name (level));
  for (gsize i = 0; i < n_fields; i++)
    {
      g_autofree char *value = field_text (&fields[i]);

      if (g_str_equal (fields[i].key, "MESSAGE"))
        {
          json_object_set_string_member (object, "message", value);
        }
      else if (g_str_has_prefix (fields[i].key, FIELD_PREFIX))
        {
          g_autofree char *key = g_ascii_strdown (fields[i].key + strlen (FIELD_PREFIX), -1);

          json_object_set_string_member (object, key, value);
        }
    }

  json_node_set_object (node, object);
  text = json_to_string (node, FALSE);
  fprintf (stderr, "%s\n", text);
}

static void
write_text (GLogLevelFlags   level,
            const GLogField *fields,
            gsize            n_fields)
{
  g_autofree char *time = format_time ();
  g_autofree char *text = NULL;

  for (gsize i = 0; i < n_fields && text == NULL; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      text = field_text (&fields[i]);

  /* One line each: nobody writes others, whatever they have a message say. */
  for (char *c = text; c != NULL && *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';

  fprintf (stderr, "%s %s%s\n", time, g_str_equal (level_name (level), "info") ? "" : "WARNING: ",
           text != NULL ? text : "");
}

static GLogWriterOutput
log_writer (GLogLevelFlags   level,
            const GLogField *fields,
            gsize            n_fields,
            gpointer         user_data)
{
  if (g_log_writer_default_would_drop (level, NULL))
    return G_LOG_WRITER_HANDLED;

  if (log_journal && g_log_writer_journald (level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;

  if (log_json)
    write_json (level, fields, n_fields);
  else
    write_text (level, fields, n_fields);
  return G_LOG_WRITER_HANDLED;
}

void
weft_relay_log_start (gboolean as_json)
{
  log_json = as_json;
  log_journal = !as_json && g_log_writer_is_journald (fileno (stderr));
  g_log_set_writer_func (log_writer, NULL, NULL);
}

/* --- events --- */

void
weft_relay_log_entered (WeftRelayClient *client,
                        const char      *room)
{
  const char *user = client->grant != NULL && client->grant->user != NULL ? client->grant->user : "";
  g_autofree char *shown = printable (room);
  g_autofree char *shown_user = printable (user);

  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, FIELD_EVENT, "connect", FIELD_PEER, client->peer,
                    FIELD_ROOM, shown, FIELD_USER, shown_user, FIELD_PREFIX "DIALECT", client->dialect->name,
                    "MESSAGE", "%s entered \"%s\"%s%s", client->peer, shown, *user != '\0' ? " as " : "", shown_user);
}

void
weft_relay_log_left (WeftRelayClient *client,
                     guint16          code,
                     const char      *reason)
{
  g_autofree char *shown = printable (reason);
  g_autofree char *number = g_strdup_printf ("%u", code);

  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, FIELD_EVENT, "close", FIELD_PEER, client->peer,
                    FIELD_CODE, number, FIELD_REASON, shown, "MESSAGE", "%s left, %u %s", client->peer, code, shown);
}

void
weft_relay_log_refused (const char *peer,
                        guint       status,
                        const char *reason)
{
  g_autofree char *shown = printable (reason);
  g_autofree char *number = g_strdup_printf ("%u", status);

  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, FIELD_EVENT, "refuse", FIELD_PEER, peer,
                    FIELD_CODE, number, FIELD_REASON, shown, "MESSAGE", "%s refused, %u %s", peer, status, shown);
}
