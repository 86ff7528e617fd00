/* weft-page-id.c - the ids of notebooks and pages, and the rooms named after them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-id.h"

#include <string.h>
#include <sys/random.h>

#define SHA256_N_CHARS 64

static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";

const WeftPageId weft_page_id_root;
const WeftPageId weft_page_id_trash = { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                          255, 255, 255, 255, 255 } };

/**
 * weft_page_id_init_random:
 * @self: (out): an id
 *
 * Makes an id that nobody else has.
 */
void
weft_page_id_init_random (WeftPageId *self)
{
  do
    {
      /* 16 bytes are always given whole once the system's pool is ready; the older way is for
       * sandboxes that forbid the call. */
      if (getrandom (self->bytes, sizeof self->bytes, 0) != sizeof self->bytes)
        for (guint i = 0; i < sizeof self->bytes; i++)
          self->bytes[i] = g_random_int_range (0, 256);
    }
  while (weft_page_id_is_root (self) || weft_page_id_is_trash (self));
}

static gboolean
parse_prefix (WeftPageId *self,
              const char *text)
{
  guint buffer = 0, n_bits = 0, n_bytes = 0;

  for (guint i = 0; i < WEFT_PAGE_ID_N_CHARS; i++)
    {
      const char *digit = text[i] != '\0' ? strchr (base32_digits, text[i]) : NULL;

      if (digit == NULL)
        return FALSE;

      buffer = (buffer << 5 | (guint) (digit - base32_digits)) & 0xffff;
      n_bits += 5;
      if (n_bits >= 8)
        {
          n_bits -= 8;
          self->bytes[n_bytes++] = (buffer >> n_bits) & 0xff;
        }
    }

  /* Two bits are left over. They must be 0, so that an id has one spelling only. */
  return (buffer & ((1u << n_bits) - 1)) == 0;
}

/**
 * weft_page_id_parse:
 * @self: (out): an id
 * @text: its text form
 *
 * Returns: whether @text is an id, in its one spelling
 */
gboolean
weft_page_id_parse (WeftPageId *self,
                    const char *text)
{
  WeftPageId parsed;

  g_return_val_if_fail (text != NULL, FALSE);

  if (!parse_prefix (&parsed, text) || text[WEFT_PAGE_ID_N_CHARS] != '\0')
    return FALSE;

  *self = parsed;
  return TRUE;
}

/**
 * weft_page_id_format:
 * @self: an id
 * @text: (out caller-allocates): room for its text form
 *
 * Returns: (transfer none): @text
 */
const char *
weft_page_id_format (const WeftPageId *self,
                     WeftPageIdText    text)
{
  guint buffer = 0, n_bits = 0, n_chars = 0;

  for (guint i = 0; i < WEFT_PAGE_ID_N_BYTES; i++)
    {
      buffer = (buffer << 8 | self->bytes[i]) & 0xffff;
      n_bits += 8;
      while (n_bits >= 5)
        {
          n_bits -= 5;
          text[n_chars++] = base32_digits[(buffer >> n_bits) & 31];
        }
    }

  text[n_chars++] = base32_digits[(buffer << (5 - n_bits)) & 31];
  text[n_chars] = '\0';

  return text;
}

/**
 * weft_page_id_to_string:
 * @self: an id
 *
 * Returns: (transfer full): its text form
 */
char *
weft_page_id_to_string (const WeftPageId *self)
{
  WeftPageIdText text;

  return g_strdup (weft_page_id_format (self, text));
}

gboolean
weft_page_id_is_root (const WeftPageId *self)
{
  return weft_page_id_equal (self, &weft_page_id_root);
}

gboolean
weft_page_id_is_trash (const WeftPageId *self)
{
  return weft_page_id_equal (self, &weft_page_id_trash);
}

int
weft_page_id_compare (const WeftPageId *a,
                      const WeftPageId *b)
{
  return memcmp (a->bytes, b->bytes, sizeof a->bytes);
}

guint
weft_page_id_hash (gconstpointer self)
{
  guint32 words[WEFT_PAGE_ID_N_BYTES / sizeof (guint32)];

  /* The bytes are random already. */
  memcpy (words, ((const WeftPageId *) self)->bytes, sizeof words);

  return words[0] ^ words[1] ^ words[2] ^ words[3];
}

gboolean
weft_page_id_equal (gconstpointer a,
                    gconstpointer b)
{
  return memcmp (a, b, sizeof (WeftPageId)) == 0;
}

/**
 * weft_room_name_new:
 * @notebook: the id of a notebook
 * @page: (nullable): the id of a page in it
 *
 * Returns: (transfer full): the room in which the doc of @page, or that of the notebook, is shared
 */
char *
weft_room_name_new (const WeftPageId *notebook,
                    const WeftPageId *page)
{
  WeftPageIdText notebook_text, page_text;

  weft_page_id_format (notebook, notebook_text);
  if (page == NULL)
    return g_strdup (notebook_text);

  return g_strconcat (notebook_text, "/", weft_page_id_format (page, page_text), NULL);
}

/**
 * weft_room_name_new_asset:
 * @notebook: the id of a notebook
 * @sha256: the hash of the asset, 64 lower-case hexadecimal digits
 *
 * Returns: (transfer full): the room in which the asset is shared
 */
char *
weft_room_name_new_asset (const WeftPageId *notebook,
                          const char       *sha256)
{
  WeftPageIdText text;

  g_return_val_if_fail (sha256 != NULL && strlen (sha256) == SHA256_N_CHARS, NULL);

  return g_strconcat (weft_page_id_format (notebook, text), "/asset/", sha256, NULL);
}

/**
 * weft_room_name_parse:
 * @room: the name of a room
 * @notebook: (out) (optional): the notebook that it belongs to
 * @page: (out) (optional): the page, where it is that of a page
 * @sha256: (out) (optional) (transfer none): the hash, where it is that of an asset
 *
 * Returns: what lives in the room
 */
WeftRoomKind
weft_room_name_parse (const char  *room,
                      WeftPageId  *notebook,
                      WeftPageId  *page,
                      const char **sha256)
{
  WeftPageId notebook_id, page_id;
  const char *rest;

  g_return_val_if_fail (room != NULL, WEFT_ROOM_OTHER);

  if (!parse_prefix (&notebook_id, room))
    return WEFT_ROOM_OTHER;

  rest = room + WEFT_PAGE_ID_N_CHARS;
  if (*rest == '\0')
    {
      if (notebook != NULL)
        *notebook = notebook_id;
      return WEFT_ROOM_NOTEBOOK;
    }

  if (g_str_has_prefix (rest, "/asset/"))
    {
      rest += strlen ("/asset/");
      if (strlen (rest) != SHA256_N_CHARS || strspn (rest, "0123456789abcdef") != SHA256_N_CHARS)
        return WEFT_ROOM_OTHER;
      if (notebook != NULL)
        *notebook = notebook_id;
      if (sha256 != NULL)
        *sha256 = rest;
      return WEFT_ROOM_ASSET;
    }

  if (*rest != '/' || !weft_page_id_parse (&page_id, rest + 1))
    return WEFT_ROOM_OTHER;

  if (notebook != NULL)
    *notebook = notebook_id;
  if (page != NULL)
    *page = page_id;
  return WEFT_ROOM_PAGE;
}
