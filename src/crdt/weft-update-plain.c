/* weft-update-plain.c - structs of the first format as nearly all of them are
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Text of ASCII, deleted content or one small value, between units of clients that were named just before: such a
 * struct is read here with one look at each number. Whatever else there is is left to weft-update-decode.c, which also
 * says what is wrong with it.
 */

#include "config.h"

#include "crdt/weft-plain-private.h"
#include "crdt/weft-update-private.h"

/* So many bytes are there behind the beginning of a plain struct: more than all of its numbers take, and what is looked
 * at beyond. */
#define ROOM 64

G_STATIC_ASSERT (ROOM > 1 + 2 * (8 + 4) + 4 + MAX (WEFT_PLAIN_SHORT, WEFT_PLAIN_ROOM));

/* Each function says NULL where it is not for it. */

/* What is older than the struct, of one of the clients that were named lately. */
static inline const guint8 *
get_id (const WeftUpdateReader *self,
        const guint8           *at,
        WeftId                 *id)
{
  const WeftNamedClient *named = self->named;
  guint64 there;
  guint32 clock = 0;

  memcpy (&there, at, sizeof there);
  if (((there ^ named->word) & named->mask) != 0)
    named++;
  if (((there ^ named->word) & named->mask) != 0 || named->n_bytes == 0)
    return NULL;
  at = weft_plain_get_small (at + named->n_bytes, &clock);
  *id = (WeftId) { named->client, clock };

  return named->client == self->client && clock >= self->clock ? NULL : at;
}

/* Fills @item from what begins at @at; returns where it ends. */
static inline const guint8 *
read_plain (const WeftUpdateReader *self,
            const guint8           *at,
            const guint8           *end,
            WeftStruct             *item)
{
  guint8 info = *at++;
  guint32 n;

  /* One by one: to clear it whole takes longer. */
  item->clock = self->clock;
  item->len = 1;
  item->origin = item->right_origin = item->parent = (WeftId) { 0 };
  item->text = item->sub = NULL;
  item->n_text = item->n_sub = item->n_content = 0;
  item->kind = info & WEFT_INFO_KIND;
  item->info = info;
  item->parent_kind = item->type_kind = 0;
  item->ascii = FALSE;
  item->canonical = TRUE;
  if ((info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0)
    return NULL;
  if ((info & WEFT_INFO_ORIGIN) && (at = get_id (self, at, &item->origin)) == NULL)
    return NULL;
  if ((info & WEFT_INFO_RIGHT_ORIGIN) && (at = get_id (self, at, &item->right_origin)) == NULL)
    return NULL;
  switch (item->kind)
    {
    case WEFT_CONTENT_STRING:
      if ((at = weft_plain_get_small (at, &n)) == NULL || n == 0 || !weft_plain_is_ascii (at, n, end))
        return NULL;
      item->ascii = TRUE;
      item->len = item->n_content = n;
      break;
    case WEFT_CONTENT_DELETED:
      if ((at = weft_plain_get_small (at, &n)) == NULL || n == 0)
        return NULL;
      item->len = n;
      break;
    case WEFT_CONTENT_ANY:
      if (*at++ != 1 || (item->n_content = weft_any_measure_plain (at, end)) == 0)
        return NULL;
      break;
    default:
      return NULL;
    }
  item->content = at;

  return at + item->n_content;
}

gboolean
weft_update_reader_get_plain (WeftUpdateReader *self,
                              WeftStruct       *item)
{
  WeftReader *rest = self->rest;
  const guint8 *at = rest->data + rest->pos, *end = rest->data + rest->size;

  if (end - at < ROOM || (at = read_plain (self, at, end, item)) == NULL)
    return FALSE;
  rest->pos = at - rest->data;

  return TRUE;
}
