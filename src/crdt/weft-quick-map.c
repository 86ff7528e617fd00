/* weft-quick-map.c - a value put under a key, without a transaction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Setting a key, by us or by somebody else who knew the value that is there now, makes one item, the
 * newest of its key, and deletes the one before. Of what a transaction does at its end little is left:
 * the deleted item may be joined with the one deleted before it, where both were written one after the
 * other; the new one is never joined with anything. So it is done here in one go, where nobody watches
 * transactions. A nested type that is overwritten, writers who did not know of each other, and all else
 * go the general way.
 */

#include "config.h"

#include "crdt/weft-quick-overwrite-private.h"

/* Updates up to this size are put together on the stack. */
#define SMALL_UPDATE 512

/* What an update of one value holds beside the value, a root's name and a key: at most eleven numbers,
 * five of them clients or clocks of 53 bits, and the bytes between. */
#define UPDATE_OVERHEAD 100

/* A value that is put into a document. */
typedef struct
{
  WeftType     *type;
  guint32       key;
  WeftHandle    entry; /* WEFT_NONE: the key is new */
  WeftHandle    left;  /* the newest item so far; WEFT_NONE: none */
  guint32       o_client, o_clock; /* its last unit */
  guint32       client, clock;
  guint8        kind;    /* ANY or BINARY */
  guint32       content; /* where it is in the client's arena, as its last bytes */
  guint32       n_content;
} Setting;

/* The newest item of the entry may give way. */
static inline gboolean
can_overwrite (const WeftItem *item)
{
  WeftItemBits bits = item->bits;

  return bits.deleted || (bits.kind != WEFT_CONTENT_TYPE && !bits.keep && !bits.redone);
}

/* @item is what the value takes the place of. Its own value is asked for: it lies anywhere, and is looked at last. */
static inline void
set_left (WeftDoc        *doc,
          Setting        *set,
          WeftHandle      handle,
          const WeftItem *item)
{
  set->left = handle;
  set->o_client = item->client;
  set->o_clock = item->clock + item->len - 1;
  /* A number, as who wrote nothing but types has no arena: to look ahead is free to miss. */
  __builtin_prefetch ((const void *) ((guintptr) weft_client (doc, item->client)->arena + item->content));
}

static void
delete_left (WeftDoc    *doc,
             WeftHandle  handle,
             WeftRange  *deleted)
{
  WeftItem *item = weft_item (doc, handle);
  WeftItemBits bits = item->bits;
  WeftIndexSpot spot;

  if (bits.deleted)
    return;
  *deleted = (WeftRange) { bits.client, item->clock, item->len };
  bits.deleted = TRUE;
  if (doc->gc)
    bits.kind = WEFT_CONTENT_DELETED;
  item->bits = bits;
  if (bits.o_client == bits.client && item->o_clock + 1 == item->clock)
    {
      weft_index_find (weft_client (doc, item->client), item->clock, &spot);
      weft_merge_with_lefts (doc, &spot);
    }
}

/* Where the document collects, nobody needs what is overwritten: the value takes its place if it is no longer, so that
 * who moves a thing about does not fill the arena. @newest is the item of the value. */
static void
take_place_of_left (WeftDoc  *doc,
                    Setting  *set,
                    WeftItem *newest)
{
  const WeftItem *left = weft_item (doc, set->left);
  WeftClient *client = weft_client (doc, set->client), *owner = weft_client (doc, left->client);
  gsize n_left;

  if (left->deleted)
    return;
  if (left->kind != WEFT_CONTENT_ANY || left->len != 1)
    {
      weft_content_waste (doc, left);
      return;
    }
  n_left = weft_any_measure_within (owner->arena + left->content, owner->arena_allocated - left->content);
  if (owner != client || n_left > WEFT_SMALL_VALUE || set->n_content > n_left)
    {
      weft_arena_waste (owner, n_left);
      return;
    }
  memcpy (client->arena + left->content, client->arena + set->content, set->n_content);
  client->arena_used = set->content;
  set->content = newest->content = left->content;
  weft_arena_waste (client, n_left - set->n_content);
}

/* The value's clock is filled in. */
static WeftItem *
put_newest (WeftDoc *doc,
            Setting *set)
{
  WeftHandle handle = weft_pool_take_item (doc);
  WeftHandle entry = set->entry != WEFT_NONE ? set->entry : weft_type_ensure_entry (set->type, set->key);
  WeftClient *client = weft_client (doc, set->client);

  set->clock = client->state;
  /* At once, since most of it shares one word. */
  *weft_item (doc, handle) = (WeftItem) {
    .clock = set->clock,
    .len = 1,
    .o_clock = set->o_clock,
    .r_clock = set->left,
    .bits = {
      .client = set->client,
      .o_client = set->o_client,
      .r_client = WEFT_NO_CLIENT,
      .kind = set->kind,
      .in_map = TRUE,
    },
    .place = entry,
    .content = set->content,
  };
  weft_entry (doc, entry)->head = handle;
  weft_siblings_forget (doc, entry);

  if (client->ordinal == 0)
    client->ordinal = ++doc->next_ordinal;
  weft_index_append (client, set->clock, handle);
  client->state++;

  return weft_item (doc, handle);
}

static guint8 *
put_string (guint8        *at,
            const WeftKey *key)
{
  at = weft_put_number (at, key->length);
  memcpy (at, key->string, key->length);

  return at + key->length;
}

static guint8 *
put_parent (guint8         *at,
            WeftDoc        *doc,
            const WeftType *type)
{
  if (type->root_key != 0)
    {
      *at++ = 1;
      return put_string (at, weft_key (doc, type->root_key));
    }
  *at++ = 0;

  return weft_put_number (weft_put_number (at, type->id.client), type->id.clock);
}

static G_NO_INLINE void
tell (WeftDoc         *doc,
      const Setting   *set,
      const WeftRange *deleted,
      gconstpointer    origin,
      gboolean         local)
{
  guint8 small[SMALL_UPDATE], *data = small, *at;
  g_autofree guint8 *large = NULL;
  gsize size = UPDATE_OVERHEAD + set->n_content;

  if (set->o_client == WEFT_NO_CLIENT)
    size += weft_key (doc, set->key)->length
            + (set->type->root_key != 0 ? weft_key (doc, set->type->root_key)->length : 0);
  if (size > sizeof small)
    data = large = g_malloc (size);

  at = data;
  *at++ = 1;
  *at++ = 1;
  at = weft_put_id (at, weft_client (doc, set->client), set->clock);
  *at++ = set->kind | 0x20 | (set->o_client != WEFT_NO_CLIENT ? 0x80 : 0);
  if (set->o_client != WEFT_NO_CLIENT)
    at = weft_put_id (at, weft_client (doc, set->o_client), set->o_clock);
  else
    at = put_string (put_parent (at, doc, set->type), weft_key (doc, set->key));
  if (set->kind == WEFT_CONTENT_ANY)
    *at++ = 1;
  weft_quick_copy_value (at, weft_client (doc, set->client)->arena + set->content, set->n_content);
  at += set->n_content;
  *at++ = deleted->len > 0;
  if (deleted->len > 0)
    {
      at = weft_put_client (at, weft_client (doc, deleted->client));
      *at++ = 1;
      at = weft_put_number (weft_put_number (at, deleted->clock), deleted->len);
    }
  weft_quick_send (doc, data, at - data, origin, local);
}

static G_NO_INLINE void
apply_setting (WeftDoc      *doc,
               Setting      *set,
               gconstpointer origin,
               gboolean      local)
{
  WeftRange deleted = { 0 };
  WeftItem *newest;

  weft_cursor_forget (doc);
  newest = put_newest (doc, set);
  if (set->left != WEFT_NONE)
    {
      if (doc->gc)
        take_place_of_left (doc, set, newest);
      delete_left (doc, set->left, &deleted);
    }
  weft_doc_check (doc);
  if (doc->n_observers > 0)
    tell (doc, set, &deleted, origin, local);
  if (deleted.len > 0)
    weft_arena_tidy (doc, weft_client (doc, deleted.client));
}

/* The usual; see weft-quick-overwrite-private.h. */

void
weft_quick_tell_overwriting (WeftDoc               *doc,
                             const WeftOverwriting *told,
                             gconstpointer          origin,
                             gboolean               local)
{
  const Setting set = { .client = told->client, .clock = told->clock, .o_client = told->client,
                        .o_clock = told->o_clock, .kind = WEFT_CONTENT_ANY,
                        .content = (guint32) (told->content - told->writer->arena),
                        .n_content = (guint32) told->n_content };
  const WeftRange deleted = { told->client, told->o_clock, 1 };
  guint8 data[UPDATE_OVERHEAD + WEFT_SMALL_VALUE], *at = data;

  if (told->n_content > WEFT_SMALL_VALUE)
    {
      tell (doc, &set, &deleted, origin, local);
      return;
    }
  *at++ = 1;
  *at++ = 1;
  at = weft_put_id (at, told->writer, told->clock);
  *at++ = WEFT_CONTENT_ANY | 0x80 | 0x20;
  at = weft_put_id (at, told->writer, told->o_clock);
  *at++ = 1;
  if (told->few.n > 0)
    {
      at = weft_few_bytes_put (told->few, at);
    }
  else
    {
      weft_quick_copy_value (at, told->content, told->n_content);
      at += told->n_content;
    }
  *at++ = 1;
  at = weft_put_client (at, told->writer);
  *at++ = 1;
  at = weft_put_number (at, told->o_clock);
  *at++ = 1;
  weft_quick_send (doc, data, at - data, origin, local);
}

void
weft_quick_join_further (WeftDoc   *doc,
                         WeftHandle handle)
{
  const WeftItem *item = weft_item (doc, handle);
  WeftIndexSpot spot;

  weft_index_find (weft_client (doc, item->client), item->clock, &spot);
  weft_merge_with_lefts (doc, &spot);
}

void
weft_quick_join_with_older (WeftDoc   *doc,
                            WeftHandle handle,
                            WeftHandle older,
                            WeftHandle newest)
{
  const WeftItem *item = weft_item (doc, handle);
  WeftItem *left = weft_item (doc, older);
  guint32 client = item->client;
  WeftIndexSpot spot;

  weft_index_find (weft_client (doc, client), item->clock, &spot);
  left->len += item->len;
  weft_item (doc, newest)->r_clock = older;
  weft_index_remove (&spot);
  weft_pool_free_item (doc, handle);
  if (G_UNLIKELY (weft_quick_find_older_part (doc, left, client) != WEFT_NONE))
    weft_merge_with_lefts (doc, &spot);
}

/* Ours */

/* Writes a value that is no short one to the end of the client's arena. */
static void
put_long_value (Setting       *set,
                const WeftAny *value)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  if (weft_any_get_kind (value) == WEFT_ANY_BYTES)
    {
      gsize size;
      const void *data = g_bytes_get_data (weft_any_get_bytes (value), &size);

      set->kind = WEFT_CONTENT_BINARY;
      weft_writer_put_buffer (&writer, data, size);
    }
  else
    {
      weft_any_write (value, &writer);
    }
  set->content = weft_arena_append (weft_client (set->type->doc, set->client), writer.data, writer.size);
  set->n_content = (guint32) writer.size;
  weft_writer_clear (&writer);
}

/* The value stands behind the end of the client's arena where it is a short one, and @n_short is its size; else that
 * is 0. */
static G_NO_INLINE gboolean
set_unusual (WeftType      *type,
             guint32        key,
             WeftHandle     entry,
             const WeftAny *value,
             gsize          n_short)
{
  WeftDoc *doc = type->doc;
  Setting set = { .type = type, .key = key, .entry = entry, .o_client = WEFT_NO_CLIENT, .client = doc->own_client,
                  .kind = WEFT_CONTENT_ANY };
  WeftClient *client = weft_client (doc, set.client);

  if (entry != WEFT_NONE)
    {
      WeftHandle head = weft_entry (doc, entry)->head;
      const WeftItem *newest = weft_item (doc, head);

      if (!can_overwrite (newest))
        return FALSE;
      set_left (doc, &set, head, newest);
    }
  if (n_short > 0)
    {
      set.content = client->arena_used;
      set.n_content = (guint32) n_short;
      client->arena_used += (guint32) n_short;
    }
  else
    {
      put_long_value (&set, value);
    }
  apply_setting (doc, &set, NULL, TRUE);

  return TRUE;
}

gboolean
weft_quick_map_set (WeftType      *type,
                    guint32        key,
                    WeftHandle     entry,
                    const WeftAny *value)
{
  WeftDoc *doc = type->doc;
  WeftHandle head = WEFT_NONE;
  const guint8 *at = NULL, *end = NULL;
  WeftItem *newest = NULL;
  WeftClient *client;

  if (G_UNLIKELY (weft_cursor_is_watched (doc)))
    return FALSE;
  client = weft_client (doc, weft_clients_ensure_own (doc));
  if (G_UNLIKELY (client->state >= WEFT_CLOCK_LIMIT - 1))
    return FALSE;
  /* What is overwritten lies anywhere: it is asked for, and the value written meanwhile. */
  if (entry != WEFT_NONE)
    {
      head = weft_entry (doc, entry)->head;
      newest = weft_item (doc, head);
      __builtin_prefetch (newest);
    }
  if (G_LIKELY (client->arena_allocated - client->arena_used >= WEFT_SHORT_VALUE))
    {
      at = client->arena + client->arena_used;
      end = weft_any_put_short (value, client->arena + client->arena_used);
    }

  if (end != NULL && newest != NULL && newest->client == doc->own_client && weft_quick_is_usual (newest) && doc->gc)
    {
      weft_quick_overwrite (doc, client, head, newest, weft_entry (doc, entry), (WeftFewBytes) { 0 }, at,
                            (gsize) (end - at), NULL, TRUE);
      return TRUE;
    }

  return set_unusual (type, key, entry, value, end != NULL ? (gsize) (end - at) : 0);
}

/* Theirs */

/* Of a struct with an origin: that must be the newest item of its key. */
static const guint8 *
find_overwritten (WeftDoc      *doc,
                  const guint8 *at,
                  const guint8 *end,
                  Setting      *set)
{
  guint32 client, clock;
  const WeftItem *left;
  WeftHandle handle;

  at = weft_quick_get_known_id (doc, at, end, &client, &clock);
  if (at == NULL)
    return NULL;
  handle = weft_find_item (doc, client, clock);
  left = weft_item (doc, handle);
  if (!left->in_map || left->clock + left->len - 1 != clock || !can_overwrite (left)
      || weft_entry (doc, left->place)->head != handle)
    return NULL;
  set_left (doc, set, handle, left);
  set->entry = left->place;
  set->key = weft_entry (doc, set->entry)->key;
  set->type = weft_entry_type (doc, set->entry);

  return weft_type_is_deleted (set->type) ? NULL : at;
}

static const guint8 *
get_string (const guint8  *at,
            const guint8  *end,
            const guint8 **string,
            gsize         *length)
{
  guint64 number;

  at = weft_get_number (at, end, &number);
  if (at == NULL || number > (guint64) (end - at) || !weft_utf8_is_valid ((const char *) at, number))
    return NULL;
  *string = at;
  *length = number;

  return at + number;
}

/* Of a struct without one: a type that is here, or any root, and a key that is new to it. */
static const guint8 *
find_parent (WeftDoc      *doc,
             const guint8 *at,
             const guint8 *end,
             Setting      *set)
{
  const guint8 *root = NULL, *sub;
  gsize n_root = 0, n_sub;
  guint32 client, clock;

  if (at == end)
    return NULL;
  if (*at == 1)
    {
      at = get_string (at + 1, end, &root, &n_root);
    }
  else if (*at == 0)
    {
      at = weft_quick_get_known_id (doc, at + 1, end, &client, &clock);
      if (at != NULL)
        set->type = weft_content_get_type (doc, weft_item (doc, weft_find_item (doc, client, clock)));
      if (set->type == NULL || weft_type_is_deleted (set->type))
        return NULL;
    }
  else
    {
      return NULL;
    }
  if (at == NULL || (at = get_string (at, end, &sub, &n_sub)) == NULL)
    return NULL;

  /* A name that is interned shows nowhere, should the rest be refused; a root would. */
  if (root != NULL)
    {
      guint32 name = weft_keys_lookup (doc, (const char *) root, n_root);

      set->type = name != 0 ? g_hash_table_lookup (doc->root_index, GUINT_TO_POINTER (name)) : NULL;
    }
  if (set->type == NULL)
    return NULL;
  set->key = weft_keys_lookup (doc, (const char *) sub, n_sub);
  if (set->key == 0)
    return NULL;

  return weft_type_find_entry (set->type, set->key, NULL) == NULL ? at : NULL;
}

const guint8 *
weft_quick_get_value (const guint8 *at,
                      const guint8 *end,
                      guint         kind)
{
  gboolean canonical = TRUE;
  WeftReader reader;
  gsize length;

  if (kind == WEFT_CONTENT_ANY && end - at >= WEFT_PLAIN_ROOM && (length = weft_any_measure_plain (at, end)) > 0)
    return at + length;
  weft_reader_init (&reader, at, end - at);
  if (kind == WEFT_CONTENT_ANY)
    {
      weft_any_skip (&reader, &canonical);
    }
  else
    {
      weft_reader_get_buffer (&reader, &length);
      canonical = !weft_reader_was_overlong (&reader, 0, length);
    }

  return reader.failed || !canonical ? NULL : at + reader.pos;
}

static const guint8 *
get_value (const guint8  *at,
           const guint8  *end,
           Setting       *set,
           const guint8 **content)
{
  if (set->kind == WEFT_CONTENT_ANY && (at == end || *at++ != 1))
    return NULL;
  *content = at;
  at = weft_quick_get_value (at, end, set->kind);
  if (at != NULL)
    set->n_content = (guint32) (at - *content);

  return at;
}

/* Nothing may be deleted but what is overwritten. */
static gboolean
is_only_left (WeftDoc       *doc,
              const guint8  *at,
              const guint8  *end,
              const Setting *set)
{
  const WeftItem *left;
  guint64 clock = 0, length = 0;
  guint32 client;

  if (at == end)
    return FALSE;
  if (*at == 0)
    return at + 1 == end;
  if (*at != 1 || set->left == WEFT_NONE)
    return FALSE;
  left = weft_item (doc, set->left);
  at = weft_quick_get_client (doc, at + 1, end, &client);

  return at != NULL && at < end && *at == 1 && client == left->client
         && (at = weft_get_number (at + 1, end, &clock)) != NULL && weft_get_number (at, end, &length) == end
         && clock >= left->clock && length <= left->len && clock - left->clock <= left->len - length;
}

gboolean
weft_quick_apply_map (WeftDoc      *doc,
                      const guint8 *at,
                      const guint8 *end,
                      gconstpointer origin)
{
  Setting set = { .o_client = WEFT_NO_CLIENT };
  const guint8 *content;
  WeftClient *writer;
  WeftItem *left;
  guint64 clock;
  guint8 info;

  at = weft_quick_get_client (doc, at, end, &set.client);
  if (at == NULL || set.client == WEFT_NO_CLIENT || weft_client (doc, set.client)->id == doc->client_id
      || (at = weft_get_number (at, end, &clock)) == NULL || clock != weft_client (doc, set.client)->state
      || clock >= WEFT_CLOCK_LIMIT - 1 || at == end)
    return FALSE;
  info = *at++;
  set.kind = info & 0x1f;
  if ((set.kind != WEFT_CONTENT_ANY && set.kind != WEFT_CONTENT_BINARY) || (info & 0x40))
    return FALSE;
  if (info & 0x80)
    at = find_overwritten (doc, at, end, &set);
  else if (info & 0x20)
    at = find_parent (doc, at, end, &set);
  else
    return FALSE;
  if (at == NULL || (at = get_value (at, end, &set, &content)) == NULL || !is_only_left (doc, at, end, &set))
    return FALSE;
  writer = weft_client (doc, set.client);
  left = set.left != WEFT_NONE ? weft_item (doc, set.left) : NULL;
  if (left != NULL && set.kind == WEFT_CONTENT_ANY && left->client == set.client && weft_quick_is_usual (left)
      && doc->gc)
    {
      weft_quick_overwrite (doc, writer, set.left, left, weft_entry (doc, set.entry), (WeftFewBytes) { 0 }, content,
                            set.n_content, origin, FALSE);
      return TRUE;
    }
  set.content = weft_arena_append (writer, content, set.n_content);
  apply_setting (doc, &set, origin, FALSE);

  return TRUE;
}
