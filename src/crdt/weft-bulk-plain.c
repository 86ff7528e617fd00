/* weft-bulk-plain.c - what most structs of the first format are
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nearly all structs of the first format are plain: ASCII text, deleted content, one small value, a mark that was met
 * before, or a type, by clients that were named just before. Here items are made of these from the bytes as they stand.
 * Whatever else there is is left to the reader of any struct, which also says what is wrong with it.
 */

#include "config.h"

#include "crdt/weft-bulk-item-private.h"
#include "crdt/weft-plain-private.h"
#include "crdt/weft-quick-private.h"

/* So many bytes are there behind the beginning of a plain struct: more than all of its numbers take, and
 * what is looked at beyond. */
#define PLAIN_ROOM 80

#define PLAIN_KINDS                                                                                      \
  (1u << WEFT_CONTENT_STRING | 1u << WEFT_CONTENT_DELETED | 1u << WEFT_CONTENT_ANY | 1u << WEFT_CONTENT_FORMAT \
   | 1u << WEFT_CONTENT_TYPE)

static WeftBulkName
get_name (const WeftDoc *doc,
          guint32        index)
{
  const WeftClient *client = weft_client (doc, index);
  WeftBulkName name = { .n_bytes = client->n_id_bytes, .index = index };

  memcpy (&name.bytes, client->id_bytes, sizeof name.bytes);
  memcpy (&name.mask, client->id_mask, sizeof name.mask);

  return name;
}

/* Each function says NULL where it is not for it. */

/* What is older than @self->clock, where it is of the same client. */
static inline const guint8 *
get_id (WeftBulkPlain *self,
        const guint8  *at,
        guint32       *client,
        guint32       *clock)
{
  guint64 there, id;

  memcpy (&there, at, sizeof there);
  if (((there ^ self->own.bytes) & self->own.mask) == 0)
    {
      *client = self->index;
      at = weft_plain_get_small (at + self->own.n_bytes, clock);
      return at == NULL || *clock >= self->clock ? NULL : at;
    }
  if (((there ^ self->other.bytes) & self->other.mask) != 0)
    {
      const guint8 *after = weft_get_number (at, self->end, &id);

      if (after == NULL || !weft_bulk_has_room (self->bulk))
        return NULL;
      self->other = get_name (self->bulk->doc, weft_bulk_client_index (self->bulk, id));
      /* Not in its shortest form */
      if (self->other.index == self->index || self->other.n_bytes != after - at)
        return NULL;
      /* Runs may have moved. */
      self->run = &self->bulk->runs[self->index];
    }
  *client = self->other.index;

  return weft_plain_get_small (at + self->other.n_bytes, clock);
}

/* The parent and the key of a struct without origins. */
static inline const guint8 *
get_parent (WeftBulkPlain  *self,
            const guint8   *at,
            guint8          info,
            WeftBulkFields *fields)
{
  WeftBulk *bulk = self->bulk;
  guint32 length;

  if (*at == 1)
    {
      at = weft_plain_get_small (at + 1, &length);
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

  if (self->end - at < PLAIN_ROOM || (at = weft_plain_get_small (at, &length)) == NULL
      || length > (gsize) (self->end - at))
    return NULL;
  fields->key = weft_bulk_guess_key (bulk, at, length);
  if (fields->key == 0)
    {
      if (!weft_is_ascii (at, length))
        return NULL;
      fields->key = weft_keys_intern (bulk->doc, (const char *) at, length);
      weft_bulk_note_key (bulk, fields->key);
    }
  bulk->last_key = fields->key;
  bulk->is_flat = FALSE;

  return at + length;
}

/* Where marks of these bytes are kept. */
static inline WeftBulkMark *
mark_at (WeftBulkPlain *self,
         const guint8  *bytes,
         gsize          n_bytes)
{
  return &self->marks[(bytes[1] + bytes[n_bytes - 1] + n_bytes) & (WEFT_BULK_MARKS - 1)];
}

/* A mark that was read already, which is one whose value is no object: of these each is another one. */
static inline const guint8 *
get_mark (WeftBulkPlain *self,
          const guint8  *at,
          guint32       *format)
{
  gsize n_bytes = 1 + at[0];
  const WeftBulkMark *mark;

  if (at[0] >= PLAIN_ROOM / 2 || self->end - at < PLAIN_ROOM || at[n_bytes] >= PLAIN_ROOM / 4)
    return NULL;
  n_bytes += 1 + at[n_bytes];
  mark = mark_at (self, at, n_bytes);
  if (mark->n_bytes != n_bytes || memcmp (mark->bytes, at, n_bytes) != 0)
    return NULL;
  *format = mark->format;

  return at + n_bytes;
}

void
weft_bulk_plain_keep_mark (WeftBulkPlain    *self,
                           const WeftStruct *item)
{
  const WeftFormat *format = weft_format (self->bulk->doc, weft_item (self->bulk->doc, self->bulk->n)->content);
  WeftAnyKind kind = weft_any_get_kind (format->value);

  if (item->canonical && kind != WEFT_ANY_OBJECT && kind != WEFT_ANY_ARRAY)
    *mark_at (self, item->content, item->n_content)
        = (WeftBulkMark) { item->content, item->n_content, weft_item (self->bulk->doc, self->bulk->n)->content };
}

/* Makes an item of what begins at @at; returns where it ends. */
static inline const guint8 *
read_plain (WeftBulkPlain *self,
            const guint8  *at)
{
  WeftBulkFields fields = { .client = self->index, .clock = self->clock, .len = 1 };
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
  if (self->end - at < WEFT_BULK_SHORT)
    return NULL;
  switch (fields.kind)
    {
    case WEFT_CONTENT_STRING:
    case WEFT_CONTENT_DELETED:
      if ((at = weft_plain_get_small (at, &fields.len)) == NULL || fields.len == 0
          || fields.len > WEFT_CLOCK_LIMIT - fields.clock)
        return NULL;
      /* Which of the two comes is not to be foreseen. */
      fields.ascii = fields.kind == WEFT_CONTENT_STRING;
      n_content = fields.len & -(guint32) fields.ascii;
      if (!weft_plain_is_ascii (at, n_content, self->end))
        return NULL;
      fields.content = weft_bulk_append (self->client, at, n_content, self->end) & -(guint32) fields.ascii;
      at += n_content;
      break;
    case WEFT_CONTENT_ANY:
      if (*at++ != 1 || self->end - at < WEFT_BULK_SHORT || (n_content = weft_any_measure_plain (at, self->end)) == 0
          || fields.clock == WEFT_CLOCK_LIMIT)
        return NULL;
      fields.content = weft_bulk_append (self->client, at, n_content, self->end);
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
  weft_bulk_add_item (self->bulk, self->run, fields);
  self->clock += fields.len;

  return at;
}

/* Text and what was deleted, beside others of its client or of the one named last, is most of all. It is read here with
 * next to nothing looked up or written down twice. */
#define RUN_KINDS (1u << WEFT_CONTENT_STRING | 1u << WEFT_CONTENT_DELETED)

/* The same of an item of any client, as a word that can be added to another one */
#define ORIGIN_WORD(index) weft_item_word ((WeftItemBits) { .o_client = (index) })
#define RIGHT_WORD(index)  weft_item_word ((WeftItemBits) { .r_client = (index) })

/* Two neighbours have these in common where they may be one. */
#define JOIN_WORD weft_item_word ((WeftItemBits) { .r_client = WEFT_NO_CLIENT, .kind = 15 })

/* The clock of an id, whose client is the one named at @at or not. */
static G_ALWAYS_INLINE inline gboolean
is_named (const guint8       *at,
          const WeftBulkName *name)
{
  guint64 there;

  memcpy (&there, at, sizeof there);

  return ((there ^ name->bytes) & name->mask) == 0;
}

/* Makes items of runs from @at on, up to the first that is not as simple or for which there is no room yet; returns
 * where that begins. */
static const guint8 *
read_runs (WeftBulkPlain *self,
           const guint8  *at,
           guint64       *n_left)
{
  WeftBulk *bulk = self->bulk;
  WeftBulkRun *run = self->run;
  WeftClient *client = self->client;
  const WeftBulkName own = self->own, other = self->other;
  const WeftHandle first = bulk->n + 1;
  const WeftHandle slab_end = MIN (first | (WEFT_ITEM_SLAB_SIZE - 1), bulk->allocated) + 1;
  const WeftHandle end = (WeftHandle) MIN (slab_end, first + *n_left);
  const guint64 bits[2] = {
    weft_item_word ((WeftItemBits) { .client = own.index, .kind = WEFT_CONTENT_DELETED, .deleted = TRUE }),
    weft_item_word ((WeftItemBits) { .client = own.index, .kind = WEFT_CONTENT_STRING, .ascii = TRUE }),
  };
  const guint8 *update_end = self->end, *arena_end = client->arena + client->arena_allocated;
  guint8 *arena = client->arena + client->arena_used;
  guint32 *clocks = bulk->clocks, clock = self->clock, n_joinable = bulk->n_joinable, r_clock_before = 0;
  WeftHandle *joinable = bulk->joinable, handle;
  guint64 word_before = 0;
  WeftItem *item;

  if (end <= first || (first >> WEFT_ITEM_SLAB_BITS) >= bulk->doc->n_slabs || bulk->links_early)
    return at;
  item = weft_item (bulk->doc, first);
  if (first > run->first)
    {
      const WeftItem *before = weft_item (bulk->doc, first - 1);

      word_before = before->word;
      r_clock_before = before->r_client != WEFT_NO_CLIENT ? before->r_clock : 0;
    }

  for (handle = first; handle < end && update_end - at >= PLAIN_ROOM; handle++, item++)
    {
      const guint8 *to = at + 1;
      guint8 info = *at;
      guint kind = info & WEFT_INFO_KIND;
      guint32 o_clock = 0, r_clock = 0, len, n_text, is_text = kind == WEFT_CONTENT_STRING;
      WeftHandle origin = WEFT_NONE, right = WEFT_NONE;
      gboolean goes_on = FALSE;
      guint64 word = bits[is_text];

      if ((RUN_KINDS >> kind & 1) == 0 || (info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0)
        break;
      if ((info & WEFT_INFO_ORIGIN) == 0)
        {
          word |= ORIGIN_WORD (WEFT_NO_CLIENT);
        }
      else if (G_LIKELY (is_named (to, &own)))
        {
          word |= ORIGIN_WORD (own.index);
          if ((to = weft_plain_get_clock (to + own.n_bytes, &o_clock)) == NULL || o_clock >= clock)
            break;
          goes_on = o_clock + 1 == clock;
          origin = goes_on ? handle - 1 : weft_bulk_find (bulk, run, o_clock);
          if (clocks[origin + 1] != o_clock + 1)
            break;
        }
      else if (is_named (to, &other))
        {
          word |= ORIGIN_WORD (other.index);
          if ((to = weft_plain_get_clock (to + other.n_bytes, &o_clock)) == NULL)
            break;
          origin = WEFT_UNRESOLVED;
          bulk->has_unresolved = TRUE;
        }
      else
        {
          break;
        }
      if ((info & WEFT_INFO_RIGHT_ORIGIN) == 0)
        {
          word |= RIGHT_WORD (WEFT_NO_CLIENT);
        }
      else if (G_LIKELY (is_named (to, &own)))
        {
          word |= RIGHT_WORD (own.index);
          if ((to = weft_plain_get_clock (to + own.n_bytes, &r_clock)) == NULL || r_clock >= clock)
            break;
          right = weft_bulk_find (bulk, run, r_clock);
          if (clocks[right] != r_clock)
            break;
        }
      else if (is_named (to, &other))
        {
          word |= RIGHT_WORD (other.index);
          if ((to = weft_plain_get_clock (to + other.n_bytes, &r_clock)) == NULL)
            break;
          right = WEFT_UNRESOLVED;
          bulk->has_unresolved = TRUE;
        }
      else
        {
          break;
        }

      if ((to = weft_plain_get_small (to, &len)) == NULL || len == 0 || len > WEFT_CLOCK_LIMIT - clock)
        break;
      /* Which of the two it is is not to be foreseen. */
      n_text = len & -is_text;
      if (G_LIKELY (n_text <= WEFT_PLAIN_SPAN))
        {
          if (arena_end - arena < WEFT_PLAIN_SPAN || !weft_plain_copy_ascii (arena, to, n_text))
            break;
        }
      else
        {
          if (n_text > arena_end - arena || n_text > update_end - to || !weft_is_ascii (to, n_text))
            break;
          memcpy (arena, to, n_text);
        }

      joinable[n_joinable] = handle;
      n_joinable += goes_on & (((word ^ word_before) & JOIN_WORD) == 0) & (r_clock == r_clock_before);
      word_before = word;
      r_clock_before = r_clock;
      bulk->origin[handle] = origin;
      bulk->right_origin[handle] = right;
      item->clock = clock;
      item->len = len;
      item->o_clock = o_clock;
      item->r_clock = r_clock;
      item->word = word;
      item->place = 0;
      item->content = (guint32) (arena - client->arena) & -is_text;
      weft_bulk_add_clock (bulk, run, handle, clock, len);
      bulk->n = handle;
      arena += n_text;
      clock += len;
      at = to + n_text;
    }

  bulk->n_joinable = n_joinable;
  client->arena_used = (guint32) (arena - client->arena);
  self->clock = clock;
  *n_left -= handle - first;

  return at;
}

/* On a board most are values that overwrite another one of their client, or what is left of such values, and before
 * these the first values of maps that have the same keys. They are read here, as runs are above, and linked some items
 * later (weft-bulk-early.c). */
#define VALUE_KINDS (1u << WEFT_CONTENT_ANY | 1u << WEFT_CONTENT_DELETED)

/* Keys of more bytes are not read here. */
#define SHORT_NAME 24

static inline gboolean
is_maybe_value (const WeftBulkPlain *self,
                const guint8        *at)
{
  return self->end - at >= PLAIN_ROOM && (VALUE_KINDS >> (*at & WEFT_INFO_KIND) & 1) != 0
         && (*at & WEFT_INFO_RIGHT_ORIGIN) == 0;
}

/* What a value names that is the first of its key, in a map that its client made: @parent, and that one's clock, are
 * those of the value before. */
static inline const guint8 *
get_place (WeftBulkPlain *self,
           const guint8  *at,
           guint32        clock,
           guint32       *parent_clock,
           WeftHandle    *parent,
           guint32       *key)
{
  guint32 p_clock, length;

  if (*at != 0 || !is_named (at + 1, &self->own)
      || (at = weft_plain_get_clock (at + 1 + self->own.n_bytes, &p_clock)) == NULL || p_clock >= clock
      || (at = weft_plain_get_small (at, &length)) == NULL || length > SHORT_NAME
      || (*key = weft_bulk_guess_key (self->bulk, at, length)) == 0)
    return NULL;
  self->bulk->last_key = *key;
  if (*parent == WEFT_NONE || p_clock != *parent_clock)
    {
      *parent = weft_bulk_find (self->bulk, self->run, p_clock);
      *parent_clock = p_clock;
    }

  return at + length;
}

/* Makes items of values from @at on, up to the first struct that is something else or for which there is no room yet;
 * returns where that begins. */
static const guint8 *
read_values (WeftBulkPlain *self,
             const guint8  *at,
             guint64       *n_left)
{
  WeftBulk *bulk = self->bulk;
  WeftBulkRun *run = self->run;
  const WeftBulkName own = self->own;
  const WeftHandle first = bulk->n + 1;
  const WeftHandle slab_end = MIN (first | (WEFT_ITEM_SLAB_SIZE - 1), bulk->allocated) + 1;
  const WeftHandle end = (WeftHandle) MIN (slab_end, first + *n_left);
  const WeftItemBits dead = { .kind = WEFT_CONTENT_DELETED, .deleted = TRUE }, value = { .kind = WEFT_CONTENT_ANY };
  const guint64 later = weft_item_word ((WeftItemBits) {
    .client = own.index, .o_client = own.index, .r_client = WEFT_NO_CLIENT });
  const guint64 first_of_key = weft_item_word ((WeftItemBits) {
    .client = own.index, .o_client = WEFT_NO_CLIENT, .r_client = WEFT_NO_CLIENT, .in_map = TRUE });
  guint32 clock = self->clock, parent_clock = 0;
  WeftHandle handle, parent = WEFT_NONE;
  guint64 word_before = 0;
  WeftItem *item;

  if (end <= first || (first >> WEFT_ITEM_SLAB_BITS) >= bulk->doc->n_slabs)
    return at;
  item = weft_item (bulk->doc, first);
  if (first > run->first)
    word_before = weft_item (bulk->doc, first - 1)->word;

  for (handle = first; handle < end && bulk->links_early && is_maybe_value (self, at); handle++, item++)
    {
      const guint8 *to = at + 1;
      gboolean is_dead = (*at & WEFT_INFO_KIND) == WEFT_CONTENT_DELETED, goes_on = FALSE;
      guint32 o_clock, r_clock = 0, key = 0, len = 1, content = 0, n_content;
      guint64 word = is_dead ? weft_item_word (dead) : weft_item_word (value);
      WeftHandle origin = WEFT_NONE;

      if (clock == WEFT_CLOCK_LIMIT)
        break;
      if ((*at & WEFT_INFO_ORIGIN) != 0)
        {
          if (!is_named (to, &own) || (to = weft_plain_get_clock (to + own.n_bytes, &o_clock)) == NULL
              || o_clock >= clock)
            break;
          goes_on = o_clock + 1 == clock;
          origin = goes_on ? handle - 1 : weft_bulk_find (bulk, run, o_clock);
          if (bulk->clocks[origin + 1] != o_clock + 1)
            break;
          word |= later;
        }
      else
        {
          if ((*at & WEFT_INFO_PARENT_SUB) == 0 || is_dead
              || (to = get_place (self, to, clock, &parent_clock, &parent, &key)) == NULL)
            break;
          o_clock = parent;
          r_clock = WEFT_PARENT_IS_ITEM;
          word |= first_of_key;
        }
      if (is_dead)
        {
          if ((to = weft_plain_get_small (to, &len)) == NULL || len == 0
              || len > WEFT_CLOCK_LIMIT - clock)
            break;
        }
      else
        {
          if (*to++ != 1 || (n_content = weft_any_measure_plain (to, self->end)) == 0)
            break;
          content = weft_bulk_append (self->client, to, n_content, self->end);
          to += n_content;
        }

      bulk->joinable[bulk->n_joinable] = handle;
      bulk->n_joinable += goes_on & (((word ^ word_before) & JOIN_WORD) == 0);
      word_before = word;
      bulk->origin[handle] = origin;
      bulk->right_origin[handle] = WEFT_NONE;
      *item = (WeftItem) {
        .clock = clock,
        .len = len,
        .o_clock = o_clock,
        .r_clock = r_clock,
        .word = word,
        .place = key,
        .content = content,
      };
      weft_bulk_add_clock (bulk, run, handle, clock, len);
      bulk->n = handle;
      clock += len;
      at = to;
      weft_bulk_link_behind (bulk, handle);
    }

  bulk->is_flat = FALSE;
  self->clock = clock;
  *n_left -= handle - first;

  return at;
}

void
weft_bulk_plain_init (WeftBulkPlain *self,
                      WeftBulk      *bulk,
                      guint32        client)
{
  *self = (WeftBulkPlain) { .bulk = bulk, .client = weft_client (bulk->doc, client), .index = client };
  self->own = self->other = get_name (bulk->doc, client);
}

void
weft_bulk_plain_read (WeftBulkPlain    *self,
                      WeftUpdateReader *reader)
{
  WeftReader *rest = reader->rest;
  const guint8 *at = rest->data + rest->pos, *next;
  guint64 n_left = reader->structs_left;

  self->end = rest->data + rest->size;
  self->clock = (guint32) reader->clock;
  self->run = &self->bulk->runs[self->index];
  if (!weft_bulk_has_room (self->bulk))
    return;
  for (;;)
    {
      if (!self->bulk->links_early)
        at = read_runs (self, at, &n_left);
      else if (is_maybe_value (self, at))
        at = read_values (self, at, &n_left);
      if (n_left == 0 || (next = read_plain (self, at)) == NULL)
        break;
      at = next;
      n_left--;
    }
  reader->structs_left = n_left;
  reader->clock = self->clock;
  rest->pos = at - rest->data;
}
