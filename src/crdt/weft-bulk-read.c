/* weft-bulk-read.c - from the structs of an update to items of an empty document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every struct can be had from WeftUpdateReader. Nearly all structs of the first format are plain, though:
 * ASCII text, deleted content, one small value, a mark that was met before, or a type, by clients that were named just
 * before. read_plain() makes items of these from the bytes as they stand, and leaves whatever else it meets to the
 * reader, which also says what is wrong with it.
 */

#include "config.h"

#include "crdt/weft-bulk-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-quick-private.h"

/* So many bytes are there behind the beginning of a plain struct: more than all of its numbers take, and
 * what is looked at beyond. */
#define PLAIN_ROOM 80

#define PLAIN_KINDS                                                                                      \
  (1u << WEFT_CONTENT_STRING | 1u << WEFT_CONTENT_DELETED | 1u << WEFT_CONTENT_ANY | 1u << WEFT_CONTENT_FORMAT \
   | 1u << WEFT_CONTENT_TYPE)

/* Short contents are copied as one piece of this size. */
#define SHORT_CONTENT 16

/* For so much content of a struct there is room at first. */
#define CONTENT_GUESS 8

/* Marks that are known by their bytes; a power of two. */
#define N_MARKS 16

typedef struct
{
  const guint8 *bytes; /* key and value, as in the update; NULL: none */
  guint32       n_bytes, format;
} Mark;

/* A client as updates name it */
typedef struct
{
  guint64 bytes, mask;
  guint32 n_bytes, index;
} Name;

/* Where one is within a client's structs of the first format. */
typedef struct
{
  WeftBulk     *bulk;
  WeftBulkRun  *run;
  WeftClient   *client;
  const guint8 *end; /* of the update */
  guint32       index, clock;
  Name          own, other; /* the client, and that of the others that was named last */
  Mark          marks[N_MARKS];
} Plain;

/* Clients */

static guint32
client_index (WeftBulk    *bulk,
              WeftClientId id)
{
  guint32 index = weft_clients_ensure (bulk->doc, id);

  if (index == bulk->n_runs)
    {
      if (bulk->n_runs == bulk->runs_allocated)
        {
          bulk->runs_allocated = MAX (4, bulk->runs_allocated * 2);
          bulk->runs = g_renew (WeftBulkRun, bulk->runs, bulk->runs_allocated);
        }
      bulk->runs[bulk->n_runs++] = (WeftBulkRun) { 0 };
    }

  return index;
}

static inline gboolean
has_room (const WeftBulk *bulk)
{
  return bulk->doc->n_clients <= WEFT_MAX_CLIENTS - 3 && bulk->n <= WEFT_UNRESOLVED - 3;
}

static Name
get_name (const WeftDoc *doc,
          guint32        index)
{
  const WeftClient *client = weft_client (doc, index);
  Name name = { .n_bytes = client->n_id_bytes, .index = index };

  memcpy (&name.bytes, client->id_bytes, sizeof name.bytes);
  memcpy (&name.mask, client->id_mask, sizeof name.mask);

  return name;
}

/* Items */

/* An item as it is read */
typedef struct
{
  guint32         clock, len;
  guint32         o_clock, r_clock; /* see WEFT_PARENT_IS_ROOT */
  guint32         client, o_client, r_client;
  guint32         key;     /* 0: none */
  guint32         content; /* as in WeftItem */
  WeftContentKind kind;
  gboolean        ascii;
} Fields;

static inline WeftHandle
resolve_origin (WeftBulk    *bulk,
                WeftBulkRun *run,
                guint32      clock)
{
  WeftHandle at = weft_bulk_find (bulk, run, clock);

  if (G_UNLIKELY (bulk->clocks[at + 1] != clock + 1) && weft_item (bulk->doc, at)->kind != WEFT_CONTENT_GC)
    weft_bulk_add_cut (bulk, at, clock + 1);

  return at;
}

static inline WeftHandle
resolve_right_origin (WeftBulk    *bulk,
                      WeftBulkRun *run,
                      guint32      clock)
{
  WeftHandle at = weft_bulk_find (bulk, run, clock);
  const WeftItem *item;

  if (G_LIKELY (bulk->clocks[at] == clock))
    return at;
  item = weft_item (bulk->doc, at);
  if (item->clock != clock && item->kind != WEFT_CONTENT_GC)
    weft_bulk_add_cut (bulk, at, clock);

  return at;
}

/* Notes the item where it and that of the handle before, which is its origin and that of the clock before, may be one.
 * Nothing here can be foreseen, so that there is no branch. */
static inline void
note_joinable (WeftBulk     *bulk,
               WeftHandle    handle,
               const Fields *fields)
{
  const WeftItem *before = weft_item (bulk->doc, handle - 1);

  bulk->joinable[bulk->n_joinable] = handle;
  bulk->n_joinable += (before->kind == fields->kind) & (before->r_client == fields->r_client)
                      & ((fields->r_client == WEFT_NO_CLIENT) | (before->r_clock == fields->r_clock));
}

/* Makes an item of the next handle. What it names of its own client is there already. */
static G_ALWAYS_INLINE inline void
add_item (WeftBulk    *bulk,
          WeftBulkRun *run,
          Fields       fields)
{
  WeftDoc *doc = bulk->doc;
  WeftHandle handle = bulk->n + 1, origin = WEFT_NONE, right = WEFT_NONE;

  if (G_UNLIKELY (handle > bulk->allocated))
    weft_bulk_make_room (bulk, handle + handle / 2);
  if (G_UNLIKELY ((handle >> WEFT_ITEM_SLAB_BITS) >= doc->n_slabs))
    weft_pool_add_slab (doc);

  if (fields.o_client == fields.client)
    {
      if (fields.o_clock + 1 == fields.clock)
        {
          origin = handle - 1;
          note_joinable (bulk, handle, &fields);
        }
      else
        {
          origin = resolve_origin (bulk, run, fields.o_clock);
        }
    }
  else if (fields.o_client != WEFT_NO_CLIENT)
    {
      origin = WEFT_UNRESOLVED;
      bulk->has_unresolved = TRUE;
    }
  if (fields.r_client == fields.client)
    {
      right = resolve_right_origin (bulk, run, fields.r_clock);
    }
  else if (fields.r_client != WEFT_NO_CLIENT)
    {
      right = WEFT_UNRESOLVED;
      bulk->has_unresolved = TRUE;
    }
  else if (fields.o_client == WEFT_NO_CLIENT && fields.kind != WEFT_CONTENT_GC
           && fields.r_clock != WEFT_PARENT_IS_ROOT)
    {
      bulk->is_flat = FALSE;
      if (fields.r_clock == fields.client)
        {
          fields.o_clock = weft_bulk_find (bulk, run, fields.o_clock);
          fields.r_clock = WEFT_PARENT_IS_ITEM;
        }
      else
        {
          bulk->has_unresolved = TRUE;
        }
    }
  bulk->origin[handle] = origin;
  bulk->right_origin[handle] = right;
  weft_bulk_add_clock (bulk, run, handle, fields.clock, fields.len);
  bulk->n = handle;

  /* All at once: what is written bit by bit is slow to be copied. */
  *weft_item (doc, handle) = (WeftItem) {
    .clock = fields.clock,
    .len = fields.len,
    .o_clock = fields.o_clock,
    .r_clock = fields.r_clock,
    .client = fields.client,
    .o_client = fields.o_client,
    .r_client = fields.r_client,
    .kind = fields.kind,
    .deleted = fields.kind == WEFT_CONTENT_DELETED || fields.kind == WEFT_CONTENT_GC,
    .ascii = fields.ascii,
    .in_map = fields.key != 0,
    .place = fields.key,
    .content = fields.content,
  };
}

/* Any struct */

static guint32
intern_root (WeftBulk         *bulk,
             const WeftStruct *item)
{
  if (bulk->last_root == NULL || bulk->n_last_root != item->n_text
      || memcmp (bulk->last_root, item->text, item->n_text) != 0)
    {
      /* Another one */
      if (bulk->last_root != NULL)
        bulk->is_flat = FALSE;
      bulk->last_root = item->text;
      bulk->n_last_root = item->n_text;
      bulk->last_root_key = weft_keys_intern (bulk->doc, (const char *) item->text, item->n_text);
    }

  return bulk->last_root_key;
}

/* Until it is linked, an item without origins keeps its parent in the fields of the origins, and its key
 * in `place`. */
static gboolean
add_struct (WeftBulk         *bulk,
            const WeftStruct *from,
            guint32           client)
{
  WeftDoc *doc = bulk->doc;
  Fields fields = { 0 };
  WeftItem content = { 0 };

  if (!has_room (bulk) || from->origin.clock >= WEFT_CLOCK_LIMIT || from->right_origin.clock >= WEFT_CLOCK_LIMIT
      || from->parent.clock >= WEFT_CLOCK_LIMIT)
    return FALSE;
  fields.client = content.client = client;
  fields.clock = (guint32) from->clock;
  fields.len = (guint32) from->len;
  fields.kind = from->kind;
  fields.o_client = fields.r_client = WEFT_NO_CLIENT;
  if (from->kind == WEFT_CONTENT_GC || from->kind == WEFT_CONTENT_TYPE)
    bulk->is_flat = FALSE;
  if (from->kind == WEFT_CONTENT_GC)
    {
      add_item (bulk, &bulk->runs[client], fields);
      return TRUE;
    }
  if (from->info & WEFT_INFO_ORIGIN)
    {
      fields.o_client = client_index (bulk, from->origin.client);
      fields.o_clock = (guint32) from->origin.clock;
    }
  if (from->info & WEFT_INFO_RIGHT_ORIGIN)
    {
      fields.r_client = client_index (bulk, from->right_origin.client);
      fields.r_clock = (guint32) from->right_origin.clock;
    }
  if (from->parent_kind == WEFT_PARENT_ROOT)
    {
      fields.o_clock = intern_root (bulk, from);
      fields.r_clock = WEFT_PARENT_IS_ROOT;
    }
  else if (from->parent_kind == WEFT_PARENT_ITEM)
    {
      fields.o_clock = (guint32) from->parent.clock;
      fields.r_clock = client_index (bulk, from->parent.client);
    }
  if (from->parent_kind != WEFT_PARENT_UNKNOWN && (from->info & WEFT_INFO_PARENT_SUB) != 0)
    {
      fields.key = weft_keys_intern (doc, (const char *) from->sub, from->n_sub);
      bulk->is_flat = FALSE;
    }
  weft_struct_set_content (from, doc, &content);
  fields.content = content.content;
  fields.ascii = content.ascii;
  add_item (bulk, &bulk->runs[client], fields);

  return TRUE;
}

/* Plain structs. Each function says NULL where it is not for it. */

/* A number below 2^28; there are four bytes at least. */
static inline const guint8 *
get_small (const guint8 *at,
           guint32      *value)
{
  guint32 bytes, ends, n;

  if (*at < 0x80)
    {
      *value = *at;
      return at + 1;
    }
  memcpy (&bytes, at, sizeof bytes);
  bytes = GUINT32_FROM_LE (bytes);
  ends = ~bytes & 0x80808080;
  if (G_UNLIKELY (ends == 0))
    return NULL;
  /* Without a branch for each length: what stands up to the first byte that ends a number */
  n = __builtin_ctz (ends) + 1;
  bytes &= (ends ^ (ends - 1)) & 0x7f7f7f7f;
  bytes = (bytes & 0x7f007f) | (bytes & 0x7f007f00) >> 1;
  *value = (bytes & 0x3fff) | bytes >> 16 << 14;

  return at + n / 8;
}

/* What is older than @self->clock, where it is of the same client. */
static inline const guint8 *
get_id (Plain        *self,
        const guint8 *at,
        guint32      *client,
        guint32      *clock)
{
  guint64 there, id;

  memcpy (&there, at, sizeof there);
  if (((there ^ self->own.bytes) & self->own.mask) == 0)
    {
      *client = self->index;
      at = get_small (at + self->own.n_bytes, clock);
      return at == NULL || *clock >= self->clock ? NULL : at;
    }
  if (((there ^ self->other.bytes) & self->other.mask) != 0)
    {
      const guint8 *after = weft_get_number (at, self->end, &id);

      if (after == NULL || !has_room (self->bulk))
        return NULL;
      self->other = get_name (self->bulk->doc, client_index (self->bulk, id));
      /* Not in its shortest form */
      if (self->other.index == self->index || self->other.n_bytes != after - at)
        return NULL;
      /* Runs may have moved. */
      self->run = &self->bulk->runs[self->index];
    }
  *client = self->other.index;

  return get_small (at + self->other.n_bytes, clock);
}

/* The parent and the key of a struct without origins. */
static inline const guint8 *
get_parent (Plain        *self,
            const guint8 *at,
            guint8        info,
            Fields       *fields)
{
  WeftBulk *bulk = self->bulk;
  guint32 length;

  if (*at == 1)
    {
      at = get_small (at + 1, &length);
      if (at == NULL || bulk->last_root == NULL || length != bulk->n_last_root || length > (gsize) (self->end - at)
          || memcmp (at, bulk->last_root, length) != 0)
        return NULL;
      fields->o_clock = bulk->last_root_key;
      fields->r_clock = WEFT_PARENT_IS_ROOT;
      at += length;
    }
  else if (*at == 0)
    {
      at = get_id (self, at + 1, &fields->r_clock, &fields->o_clock);
      if (at == NULL)
        return NULL;
    }
  else
    {
      return NULL;
    }
  if ((info & WEFT_INFO_PARENT_SUB) == 0)
    return at;

  if (self->end - at < PLAIN_ROOM || (at = get_small (at, &length)) == NULL || length > (gsize) (self->end - at)
      || !weft_is_ascii (at, length))
    return NULL;
  fields->key = weft_keys_intern (bulk->doc, (const char *) at, length);
  bulk->is_flat = FALSE;

  return at + length;
}

/* Whether up to SHORT_CONTENT bytes are ASCII; so many are there. */
static inline gboolean
is_short_ascii (const guint8 *data,
                guint32       n_bytes)
{
  static const guint8 window[2 * SHORT_CONTENT] = {
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
  };
  guint64 bytes[2], mask[2];

  memcpy (bytes, data, sizeof bytes);
  memcpy (mask, window + SHORT_CONTENT - n_bytes, sizeof mask);

  return ((bytes[0] & mask[0]) | (bytes[1] & mask[1])) == 0;
}

/* Whether @n_bytes are there and ASCII. */
static inline gboolean
is_ascii (const Plain  *self,
          const guint8 *data,
          guint32       n_bytes)
{
  if (G_LIKELY (n_bytes <= SHORT_CONTENT && self->end - data >= SHORT_CONTENT))
    return is_short_ascii (data, n_bytes);

  return n_bytes <= (gsize) (self->end - data) && weft_is_ascii (data, n_bytes);
}

static inline guint32
append_content (Plain        *self,
                const guint8 *data,
                guint32       n_bytes)
{
  WeftClient *client = self->client;
  guint32 offset = client->arena_used;

  if (n_bytes > SHORT_CONTENT || client->arena_allocated - offset < SHORT_CONTENT || self->end - data < SHORT_CONTENT)
    return weft_arena_append (client, data, n_bytes);
  memcpy (client->arena + offset, data, SHORT_CONTENT);
  client->arena_used += n_bytes;

  return offset;
}

/* Where marks of these bytes are kept. */
static inline Mark *
mark_at (Plain        *self,
         const guint8 *bytes,
         gsize         n_bytes)
{
  return &self->marks[(bytes[1] + bytes[n_bytes - 1] + n_bytes) & (N_MARKS - 1)];
}

/* A mark that was read already, which is one whose value is no object: of these each is another one. */
static inline const guint8 *
get_mark (Plain        *self,
          const guint8 *at,
          guint32      *format)
{
  gsize n_bytes = 1 + at[0];
  const Mark *mark;

  if (at[0] >= PLAIN_ROOM / 2 || self->end - at < PLAIN_ROOM || at[n_bytes] >= PLAIN_ROOM / 4)
    return NULL;
  n_bytes += 1 + at[n_bytes];
  mark = mark_at (self, at, n_bytes);
  if (mark->n_bytes != n_bytes || memcmp (mark->bytes, at, n_bytes) != 0)
    return NULL;
  *format = mark->format;

  return at + n_bytes;
}

static void
keep_mark (Plain            *self,
           const WeftStruct *item)
{
  const WeftFormat *format = weft_format (self->bulk->doc, weft_item (self->bulk->doc, self->bulk->n)->content);
  WeftAnyKind kind = weft_any_get_kind (format->value);

  if (item->canonical && kind != WEFT_ANY_OBJECT && kind != WEFT_ANY_ARRAY)
    *mark_at (self, item->content, item->n_content)
        = (Mark) { item->content, item->n_content, weft_item (self->bulk->doc, self->bulk->n)->content };
}

/* Makes an item of what begins at @at; returns where it ends. */
static inline const guint8 *
read_plain (Plain        *self,
            const guint8 *at)
{
  Fields fields = { .client = self->index, .clock = self->clock, .len = 1 };
  guint32 n_content;
  guint8 info;

  if (self->end - at < PLAIN_ROOM)
    return NULL;
  info = *at++;
  fields.kind = info & WEFT_INFO_KIND;
  fields.o_client = fields.r_client = WEFT_NO_CLIENT;
  if ((PLAIN_KINDS >> fields.kind & 1) == 0)
    return NULL;
  if ((info & WEFT_INFO_ORIGIN) && (at = get_id (self, at, &fields.o_client, &fields.o_clock)) == NULL)
    return NULL;
  if ((info & WEFT_INFO_RIGHT_ORIGIN) && (at = get_id (self, at, &fields.r_client, &fields.r_clock)) == NULL)
    return NULL;
  if ((info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0 && (at = get_parent (self, at, info, &fields)) == NULL)
    return NULL;

  /* Origins take fewer bytes than there were; keys may have taken more. */
  if (self->end - at < SHORT_CONTENT)
    return NULL;
  switch (fields.kind)
    {
    case WEFT_CONTENT_STRING:
    case WEFT_CONTENT_DELETED:
      if ((at = get_small (at, &fields.len)) == NULL || fields.len == 0 || fields.len > WEFT_CLOCK_LIMIT - fields.clock)
        return NULL;
      /* Which of the two comes is not to be foreseen. */
      fields.ascii = fields.kind == WEFT_CONTENT_STRING;
      n_content = fields.len & -(guint32) fields.ascii;
      if (!is_ascii (self, at, n_content))
        return NULL;
      fields.content = append_content (self, at, n_content) & -(guint32) fields.ascii;
      at += n_content;
      break;
    case WEFT_CONTENT_ANY:
      if (*at++ != 1 || self->end - at < SHORT_CONTENT || (n_content = weft_any_measure_plain (at, self->end)) == 0
          || fields.clock == WEFT_CLOCK_LIMIT)
        return NULL;
      fields.content = append_content (self, at, n_content);
      at += n_content;
      break;
    case WEFT_CONTENT_FORMAT:
      if ((at = get_mark (self, at, &fields.content)) == NULL || fields.clock == WEFT_CLOCK_LIMIT)
        return NULL;
      break;
    default:
      if (*at > WEFT_KIND_XML_TEXT || *at == WEFT_KIND_XML_ELEMENT || *at == WEFT_KIND_XML_HOOK
          || fields.clock == WEFT_CLOCK_LIMIT)
        return NULL;
      fields.content = weft_type_new (self->bulk->doc, *at++)->index;
      self->bulk->is_flat = FALSE;
    }
  add_item (self->bulk, self->run, fields);
  self->clock += fields.len;

  return at;
}

static void
read_plain_structs (Plain            *self,
                    WeftUpdateReader *reader)
{
  WeftReader *rest = reader->rest;
  const guint8 *at = rest->data + rest->pos, *next;
  guint64 n_left = reader->structs_left;

  self->end = rest->data + rest->size;
  self->clock = (guint32) reader->clock;
  self->run = &self->bulk->runs[self->index];
  if (!has_room (self->bulk))
    return;
  for (; n_left > 0 && (next = read_plain (self, at)) != NULL; n_left--)
    at = next;
  reader->structs_left = n_left;
  reader->clock = self->clock;
  rest->pos = at - rest->data;
}

/* All */

/* Makes room for about what is to come. */
static void
expect (WeftBulk               *bulk,
        const WeftUpdateReader *reader,
        WeftClient             *client)
{
  /* A struct takes two bytes at least, but next to nothing in the second format; there room is made as it comes. */
  gsize n_bytes = MIN (weft_reader_get_remaining (reader->rest), G_MAXUINT32 / 4);
  guint32 n = (guint32) MIN (reader->structs_left, n_bytes / 2 + 1);

  if (bulk->clocks == NULL || bulk->n + n > bulk->allocated)
    weft_bulk_make_room (bulk, MAX (bulk->n + n, bulk->allocated / 2 * 3));
  bulk->clocks[bulk->n + 1] = G_MAXUINT32;
  client->arena_allocated = (guint32) MIN ((gsize) n * CONTENT_GUESS, n_bytes) + SHORT_CONTENT;
  client->arena = g_malloc (client->arena_allocated);
}

static gboolean
read_run (WeftBulk         *bulk,
          WeftUpdateReader *reader)
{
  WeftDoc *doc = bulk->doc;
  Plain plain = { .bulk = bulk };
  gboolean after_gc = FALSE;
  WeftHandle first = bulk->n + 1;
  WeftStruct item;
  guint32 client;

  if (doc->n_clients >= WEFT_MAX_CLIENTS)
    return FALSE;
  client = client_index (bulk, reader->client);
  if (bulk->runs[client].end != 0 || reader->clock != 0)
    return FALSE;
  bulk->runs[client].first = first;
  expect (bulk, reader, weft_client (doc, client));
  plain.index = client;
  plain.client = weft_client (doc, client);
  plain.own = plain.other = get_name (doc, client);
  for (;;)
    {
      if (reader->format == WEFT_UPDATE_V1)
        {
          WeftHandle before = bulk->n;

          read_plain_structs (&plain, reader);
          after_gc = after_gc && bulk->n == before;
        }
      if (!weft_update_reader_next (reader, &item))
        break;
      if (item.kind == WEFT_CONTENT_SKIP || item.clock + item.len > WEFT_CLOCK_LIMIT)
        return FALSE;
      if (item.kind == WEFT_CONTENT_GC && after_gc)
        weft_bulk_grow_last (bulk, &bulk->runs[client], (guint32) (item.clock + item.len));
      else if (!add_struct (bulk, &item, client))
        return FALSE;
      after_gc = item.kind == WEFT_CONTENT_GC;
      if (item.kind == WEFT_CONTENT_FORMAT && reader->format == WEFT_UPDATE_V1)
        keep_mark (&plain, &item);
    }
  bulk->runs[client].end = bulk->n + 1;
  bulk->clocks[bulk->n + 1] = G_MAXUINT32;
  weft_client (doc, client)->state = (guint32) reader->clock;
  weft_arena_trim (weft_client (doc, client));

  return !reader->rest->failed;
}

gboolean
weft_bulk_read (WeftBulk        *bulk,
                GBytes          *update,
                WeftUpdateFormat format)
{
  WeftDoc *doc = bulk->doc;
  WeftUpdateReader reader;
  gboolean good = TRUE;

  bulk->is_flat = TRUE;
  weft_update_reader_init (&reader, update, format);
  while (good && weft_update_reader_next_run (&reader))
    good = read_run (bulk, &reader);
  if (good && !reader.rest->failed)
    bulk->deletes = weft_update_reader_get_deletes (&reader);
  good = good && weft_reader_finish (reader.rest, TRUE, NULL);
  weft_update_reader_clear (&reader);
  doc->n_items = doc->items_live = bulk->n;

  /* What is named but not there would have to wait. */
  for (guint32 i = 0; i < bulk->n_runs && good; i++)
    good = bulk->runs[i].end > bulk->runs[i].first;

  return good;
}
