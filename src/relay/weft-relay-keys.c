/* weft-relay-keys.c - the keys that this relay signs tokens with
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-keys.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "relay/weft-relay-secret.h"

#define KEY_BYTES  32
#define KID_BYTES  9
#define NAME_BYTES 12

#define NAME_PREFIX "weft:"

/* A key file is never so large. */
#define MAX_FILE_BYTES (256 * 1024)

struct _WeftRelayKeys
{
  char              *path;
  char              *name;
  WeftRelayJwtTrust *trust;   /* owns the keys, newest first */
  GArray            *retired; /* gint64, seconds; as many as keys; 0: in use */
};

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
refuse (WeftRelayKeys *self,
        GError       **error,
        const char    *why)
{
  g_set_error (error, WEFT_RELAY_JWT_ERROR, WEFT_RELAY_JWT_ERROR_KEY, "the file of signing keys %s: %s", self->path, why);
  return FALSE;
}

static char *
random_text (gsize n_bytes)
{
  g_autoptr(GBytes) bytes = weft_relay_secret_random_bytes (n_bytes);

  return weft_relay_base64url_encode (g_bytes_get_data (bytes, NULL), n_bytes);
}

static void
add_fresh_key (WeftRelayKeys *self)
{
  g_autoptr(GBytes) secret = weft_relay_secret_random_bytes (KEY_BYTES);
  g_autofree char *id = random_text (KID_BYTES);
  gint64 in_use = 0;

  g_ptr_array_insert (self->trust->keys, 0, weft_relay_jwt_key_new_secret (id, secret, NULL));
  g_array_insert_val (self->retired, 0, in_use);
}

static gboolean
write_file (WeftRelayKeys *self,
            GError       **error)
{
  g_autoptr(WeftAny) file = weft_any_new_object ();
  WeftAny *list = weft_any_new_array ();
  g_autofree char *text = NULL;

  for (guint i = 0; i < self->trust->keys->len; i++)
    {
      WeftRelayJwtKey *key = self->trust->keys->pdata[i];
      GBytes *secret = weft_relay_jwt_key_get_secret (key);
      g_autofree char *encoded =
        weft_relay_base64url_encode (g_bytes_get_data (secret, NULL), g_bytes_get_size (secret));
      WeftAny *item = weft_any_new_object ();

      weft_any_object_take (item, "kty", weft_any_new_string ("oct"));
      weft_any_object_take (item, "alg", weft_any_new_string ("HS256"));
      weft_any_object_take (item, "kid", weft_any_new_string (weft_relay_jwt_key_get_id (key)));
      weft_any_object_take (item, "k", weft_any_new_string (encoded));
      if (g_array_index (self->retired, gint64, i) != 0)
        weft_any_object_take (item, "retired", weft_any_new_number ((double) g_array_index (self->retired, gint64, i)));
      weft_any_array_take (list, item);
    }

  weft_any_object_take (file, "name", weft_any_new_string (self->name));
  weft_any_object_take (file, "keys", list);
  text = weft_any_to_json (file);
  return g_file_set_contents_full (self->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, error);
}

static const char *
get_string (const WeftAny *object,
            const char    *name)
{
  const WeftAny *value = weft_any_get_kind (object) == WEFT_ANY_OBJECT ? weft_any_lookup (object, name) : NULL;

  return value != NULL ? weft_any_get_string (value) : NULL;
}

static gboolean
read_key (WeftRelayKeys *self,
          const WeftAny *item,
          GError       **error)
{
  const char *id = get_string (item, "kid");
  const char *text = get_string (item, "k");
  const WeftAny *value = weft_any_get_kind (item) == WEFT_ANY_OBJECT ? weft_any_lookup (item, "retired") : NULL;
  g_autoptr(GBytes) secret = text != NULL ? weft_relay_base64url_decode (text, strlen (text)) : NULL;
  gint64 retired = value != NULL ? (gint64) weft_any_get_number (value) : 0;
  WeftRelayJwtKey *key;

  if (id == NULL || secret == NULL || g_strcmp0 (get_string (item, "kty"), "oct") != 0 ||
      g_strcmp0 (get_string (item, "alg"), "HS256") != 0)
    return refuse (self, error, "it holds something that is no key for HS256");

  key = weft_relay_jwt_key_new_secret (id, secret, error);
  if (key == NULL)
    return FALSE;

  g_ptr_array_add (self->trust->keys, key);
  g_array_append_val (self->retired, retired);
  return TRUE;
}

static gboolean
read_file (WeftRelayKeys *self,
           GError       **error)
{
  g_autofree char *text = NULL;
  g_autoptr(WeftAny) file = NULL;
  const WeftAny *list;
  gsize size;

  if (!g_file_get_contents (self->path, &text, &size, error))
    return FALSE;

  file = size <= MAX_FILE_BYTES ? weft_relay_json_parse (text, (gssize) size, NULL) : NULL;
  list = file != NULL && weft_any_get_kind (file) == WEFT_ANY_OBJECT ? weft_any_lookup (file, "keys") : NULL;
  if (list == NULL || weft_any_get_kind (list) != WEFT_ANY_ARRAY || get_string (file, "name") == NULL)
    return refuse (self, error, "it is no key set; put back the one that was there, or move it away and everybody has to come in anew");

  self->name = g_strdup (get_string (file, "name"));
  for (gsize i = 0; i < weft_any_get_n_items (list); i++)
    if (!read_key (self, weft_any_get_item (list, i), error))
      return FALSE;

  if (self->trust->keys->len == 0 || g_array_index (self->retired, gint64, 0) != 0)
    return refuse (self, error, "it has no key that is in use");
  return TRUE;
}

/* Others could sign whatever they like. */
static gboolean
close_to_others (WeftRelayKeys *self,
                 GError       **error)
{
  GStatBuf info;

  if (g_stat (self->path, &info) != 0 || (info.st_mode & 0077) == 0)
    return TRUE;

  if (g_chmod (self->path, 0600) != 0)
    return refuse (self, error, "others can read it, and that cannot be changed");
  g_warning ("%s could be read by others; that is ended, but make a fresh key (--rotate-keys) if anybody did", self->path);
  return TRUE;
}

WeftRelayKeys *
weft_relay_keys_open (const char *path,
                      GError    **error)
{
  g_autoptr(WeftRelayKeys) self = g_new0 (WeftRelayKeys, 1);

  self->path = g_strdup (path);
  self->retired = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->trust = weft_relay_jwt_trust_new (
    NULL, NULL, g_ptr_array_new_with_free_func ((GDestroyNotify) weft_relay_jwt_key_free), FALSE);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      if (!read_file (self, error) || !close_to_others (self, error))
        return NULL;
    }
  else
    {
      g_autofree char *random = random_text (NAME_BYTES);

      self->name = g_strconcat (NAME_PREFIX, random, NULL);
      add_fresh_key (self);
      if (!write_file (self, error))
        return NULL;
    }

  self->trust->issuer = g_strdup (self->name);
  self->trust->audience = g_strdup (self->name);
  return g_steal_pointer (&self);
}

void
weft_relay_keys_free (WeftRelayKeys *self)
{
  g_clear_pointer (&self->trust, weft_relay_jwt_trust_free);
  g_array_unref (self->retired);
  g_free (self->name);
  g_free (self->path);
  g_free (self);
}

const char *
weft_relay_keys_get_name (WeftRelayKeys *self)
{
  return self->name;
}

const WeftRelayJwtTrust *
weft_relay_keys_get_trust (WeftRelayKeys *self)
{
  return self->trust;
}

WeftRelayJwtKey *
weft_relay_keys_get_first (WeftRelayKeys *self)
{
  return self->trust->keys->pdata[0];
}

gboolean
weft_relay_keys_rotate (WeftRelayKeys *self,
                        GError       **error)
{
  gint64 oldest = now_s () - (gint64) WEFT_RELAY_KEYS_RETIRED_DAYS * 24 * 3600;

  for (guint i = self->trust->keys->len; i-- > 0;)
    {
      gint64 *retired = &g_array_index (self->retired, gint64, i);

      if (*retired == 0)
        *retired = now_s ();
      else if (*retired < oldest)
        {
          g_ptr_array_remove_index (self->trust->keys, i);
          g_array_remove_index (self->retired, i);
        }
    }

  add_fresh_key (self);
  return write_file (self, error);
}
