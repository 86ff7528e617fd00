/* weft-relay-note-message.c - what a device says, taken apart
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "relay/weft-relay-note-sync.h"
#include "relay/weft-relay-notes-tree.h"

void
weft_relay_note_message_free (WeftRelayNoteMessage *self)
{
  g_ptr_array_unref (self->pushes);
  g_free (self);
}

gboolean
weft_relay_note_is_device (const char *device)
{
  if (device == NULL || *device == '\0' || strlen (device) > WEFT_RELAY_NOTE_MAX_DEVICE ||
      !g_utf8_validate (device, -1, NULL))
    return FALSE;

  for (const char *p = device; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return FALSE;
  return TRUE;
}

/* A string without a zero in it; %NULL: it is none. */
static const char *
get_string (const WeftAny *object,
            const char    *name)
{
  const WeftAny *value = weft_any_lookup (object, name);
  const char *text = value != NULL ? weft_any_get_string (value) : NULL;

  return text != NULL && strlen (text) == weft_any_get_string_length (value) ? text : NULL;
}

static gboolean
get_timestamp (const WeftAny *value,
               gint64        *timestamp)
{
  double number;

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_NUMBER)
    return FALSE;

  number = weft_any_get_number (value);
  if (!(number >= 0 && number <= (double) WEFT_RELAY_NOTE_MAX_TIMESTAMP))
    return FALSE;
  *timestamp = (gint64) number;
  return (double) *timestamp == number;
}

static const char *
parse_change (const WeftAny *json,
              const char    *device,
              GPtrArray     *pushes)
{
  const WeftAny *value = weft_any_get_kind (json) == WEFT_ANY_OBJECT ? weft_any_lookup (json, "value") : NULL;
  const char *key = value != NULL ? get_string (json, "key") : NULL;
  const char *text = value != NULL ? get_string (json, "value") : NULL;
  const char *author = value != NULL && weft_any_lookup (json, "device_id") != NULL ? get_string (json, "device_id") : device;
  WeftRelayNotePush *push;
  gint64 timestamp;
  char *normal;

  if (value == NULL)
    return "a change is an object with key, value and timestamp";
  if (key == NULL || strlen (key) > WEFT_RELAY_NOTE_MAX_KEY)
    return "a key is a string of at most 1024 bytes";
  if (weft_any_get_kind (value) != WEFT_ANY_NULL && text == NULL)
    return "a value is a string, or null";
  if (text != NULL && strlen (text) > WEFT_RELAY_NOTE_MAX_VALUE)
    return "a value has at most 1 MiB";
  if (!weft_relay_note_is_device (author))
    return "a device_id is a string of 1 to 64 bytes";
  if (!get_timestamp (weft_any_lookup (json, "timestamp"), &timestamp))
    return "a timestamp is a whole number from 0 to 2^52";

  normal = weft_relay_notes_tree_normal (key);
  if (normal == NULL)
    return "a key is note: and a path of titles, none of them empty";

  push = g_new0 (WeftRelayNotePush, 1);
  push->key = normal;
  push->value = g_strdup (text);
  push->timestamp = timestamp;
  push->device = g_strdup (author);
  g_ptr_array_add (pushes, push);
  return NULL;
}

WeftRelayNoteMessage *
weft_relay_note_message_parse (const WeftAny *json,
                               const char    *device,
                               const char   **problem)
{
  g_autoptr(WeftRelayNoteMessage) self = g_new0 (WeftRelayNoteMessage, 1);
  const WeftAny *changes = weft_any_get_kind (json) == WEFT_ANY_OBJECT ? weft_any_lookup (json, "changes") : NULL;
  const WeftAny *last_ack = weft_any_get_kind (json) == WEFT_ANY_OBJECT ? weft_any_lookup (json, "last_ack") : NULL;

  self->pushes = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_note_push_free);
  *problem = NULL;
  if (weft_any_get_kind (json) != WEFT_ANY_OBJECT)
    *problem = "a message is an object";
  else if (changes != NULL && weft_any_get_kind (changes) != WEFT_ANY_ARRAY)
    *problem = "changes is an array";
  else if (changes != NULL && weft_any_get_n_items (changes) > WEFT_RELAY_NOTE_MAX_CHANGES)
    *problem = "a message has at most 1000 changes";
  else if (last_ack != NULL && weft_any_get_kind (last_ack) != WEFT_ANY_NULL &&
           !get_timestamp (last_ack, &self->last_ack))
    *problem = "last_ack is a timestamp";

  for (gsize i = 0; *problem == NULL && changes != NULL && i < weft_any_get_n_items (changes); i++)
    *problem = parse_change (weft_any_get_item (changes, i), device, self->pushes);
  return *problem == NULL ? g_steal_pointer (&self) : NULL;
}
