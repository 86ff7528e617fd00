/* weft-update-sieve.c - the values of one root out of updates, without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is known of all items is to which parent they belong: the root, another one, or that of an item not seen yet.
 * It is kept for stretches of clocks, which are few where one client wrote for long. And which items of other clients
 * they stand beside is known, until it is clear that each can come after those: a document would not take it otherwise.
 */

#include "config.h"

#include "crdt/weft-update-sieve.h"

#include <string.h>

#include "crdt/weft-doc.h"
#include "crdt/weft-hash.h"
#include "crdt/weft-update-lazy-private.h"

/* As lib0 writes a value that is bytes. */
#define TAG_BYTES 116

typedef enum
{
  OTHER,   /* no value of the root */
  VALUE,   /* one */
  LIKE,    /* as the item that it names */
  ASKED,   /* the same, while the answer is being looked for */
} Belonging;

/* Items of one client, up to the next stretch of it. */
typedef struct
{
  guint64   clock;
  guint64   like_clock;
  guint32   like_client; /* by number */
  Belonging belonging;
  gboolean  is_plain; /* nothing but values that the sieve can hand out or pass over */
} Stretch;

/* What is written at @clock stands beside something of another client. */
typedef struct
{
  guint64 clock;
  guint64 other_clock;
  guint32 other; /* by number */
} Need;

typedef struct
{
  WeftClientId id;
  guint64      end;       /* of the clocks that were seen */
  guint64      read;      /* in the second round */
  GArray      *stretches;
  GArray      *needs;     /* Need, of the update that is being scanned, by clock */
  guint        n_met;
  gboolean     is_waiting;
} Client;

struct _WeftUpdateSieve
{
  char       *root;
  gsize       n_root;
  GPtrArray  *clients; /* of Client */
  GHashTable *numbers; /* client id, in Client -> number + 1 */
  guint32     last;    /* the client asked for last */
  GArray     *deletes; /* WeftIdRange: of all updates */
};

static void
client_free (gpointer data)
{
  Client *self = data;

  g_array_unref (self->stretches);
  g_array_unref (self->needs);
  g_free (self);
}

WeftUpdateSieve *
weft_update_sieve_new (const char *root)
{
  WeftUpdateSieve *self = g_new0 (WeftUpdateSieve, 1);

  self->root = g_strdup (root);
  self->n_root = strlen (root);
  self->clients = g_ptr_array_new_with_free_func (client_free);
  self->numbers = g_hash_table_new (weft_hash_client, g_int64_equal);
  self->deletes = g_array_new (FALSE, FALSE, sizeof (WeftIdRange));

  return self;
}

void
weft_update_sieve_free (WeftUpdateSieve *self)
{
  if (self == NULL)
    return;

  g_free (self->root);
  g_hash_table_unref (self->numbers);
  g_ptr_array_unref (self->clients);
  g_array_unref (self->deletes);
  g_free (self);
}

static Client *
get_client (WeftUpdateSieve *self,
            guint32          number)
{
  return g_ptr_array_index (self->clients, number);
}

static guint32
find_client (WeftUpdateSieve *self,
             WeftClientId     id)
{
  guint number;

  if (self->last < self->clients->len && get_client (self, self->last)->id == id)
    return self->last;

  number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, &id));
  if (number == 0)
    {
      Client *client = g_new0 (Client, 1);

      client->id = id;
      client->stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));
      client->needs = g_array_new (FALSE, FALSE, sizeof (Need));
      g_ptr_array_add (self->clients, client);
      number = self->clients->len;
      g_hash_table_insert (self->numbers, &client->id, GUINT_TO_POINTER (number));
    }
  self->last = number - 1;

  return self->last;
}

/* (nullable) */
static Stretch *
find_stretch (const Client *client,
              guint64       clock)
{
  guint low = 0, high = client->stretches->len;

  if (clock >= client->end)
    return NULL;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (client->stretches, Stretch, middle).clock <= clock)
        low = middle + 1;
      else
        high = middle;
    }

  return low > 0 ? &g_array_index (client->stretches, Stretch, low - 1) : NULL;
}

/* --- The first round -------------------------------------------------------------------------------- */

/* Of which item that is the parent too; %FALSE: of none. */
static gboolean
get_neighbour (const WeftLazyStruct *item,
               WeftId               *neighbour)
{
  if (item->info & WEFT_INFO_ORIGIN)
    *neighbour = item->origin;
  else if (item->info & WEFT_INFO_RIGHT_ORIGIN)
    *neighbour = item->right_origin;
  else
    return FALSE;

  return TRUE;
}

static void
add_need (WeftUpdateSieve      *self,
          Client               *writer,
          const WeftLazyStruct *item,
          WeftId                id)
{
  const Need *last = writer->needs->len > 0 ? &g_array_index (writer->needs, Need, writer->needs->len - 1) : NULL;
  Need need = { item->clock, id.clock, find_client (self, id.client) };

  /* Of the same client it is older, as the reader has checked. */
  if (id.client != writer->id && (last == NULL || last->other != need.other || last->other_clock < id.clock))
    g_array_append_val (writer->needs, need);
}

static gboolean
is_seen (WeftUpdateSieve *self,
         WeftId           id)
{
  return id.clock < get_client (self, find_client (self, id.client))->end;
}

/* What comes again can have been written differently: then it may stand beside something that never comes. */
static gboolean
stands_beside_seen (WeftUpdateSieve      *self,
                    const WeftLazyStruct *item)
{
  if (item->info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN))
    return (!(item->info & WEFT_INFO_ORIGIN) || is_seen (self, item->origin))
           && (!(item->info & WEFT_INFO_RIGHT_ORIGIN) || is_seen (self, item->right_origin));

  return item->parent_is_root || is_seen (self, item->parent);
}

static Stretch
classify (WeftUpdateSieve      *self,
          const WeftLazyStruct *item,
          Client               *writer)
{
  Stretch stretch = { .clock = item->clock };
  WeftId neighbour;

  stretch.is_plain = item->kind == WEFT_CONTENT_BINARY || item->kind == WEFT_CONTENT_ANY
                     || item->kind == WEFT_CONTENT_STRING || item->kind == WEFT_CONTENT_JSON
                     || item->kind == WEFT_CONTENT_EMBED;
  if (get_neighbour (item, &neighbour))
    {
      const Client *client;
      const Stretch *like;

      if (item->info & WEFT_INFO_RIGHT_ORIGIN)
        add_need (self, writer, item, item->right_origin);
      add_need (self, writer, item, neighbour);
      stretch.like_client = find_client (self, neighbour.client);
      client = get_client (self, stretch.like_client);
      stretch.like_clock = neighbour.clock;
      stretch.belonging = LIKE;
      like = client == writer && neighbour.clock + 1 == writer->end && writer->stretches->len > 0
                 ? &g_array_index (writer->stretches, Stretch, writer->stretches->len - 1)
                 : find_stretch (client, neighbour.clock);
      if (like != NULL)
        {
          stretch.belonging = like->belonging;
          stretch.like_client = like->like_client;
          stretch.like_clock = like->like_clock;
        }
    }
  else if (!item->parent_is_root)
    {
      add_need (self, writer, item, item->parent);
    }
  else if (item->root->len == self->n_root
           && memcmp (item->root->str, self->root, self->n_root) == 0)
    {
      stretch.belonging = VALUE;
      /* A key of a map can lose its value to another one without being deleted by anybody. */
      if (item->info & WEFT_INFO_PARENT_SUB)
        stretch.is_plain = FALSE;
    }

  return stretch;
}

static void
add_stretch (Client  *writer,
             Stretch *stretch)
{
  if (writer->stretches->len > 0)
    {
      const Stretch *before = &g_array_index (writer->stretches, Stretch, writer->stretches->len - 1);

      if (before->belonging == stretch->belonging
          && (stretch->belonging == OTHER || before->is_plain == stretch->is_plain)
          && (stretch->belonging != LIKE
              || (before->like_client == stretch->like_client && before->like_clock == stretch->like_clock)))
        return;
    }

  g_array_append_vals (writer->stretches, stretch, 1);
}

static void
tell (const WeftLazyStruct *item,
      guint64               from,
      WeftSieveFunc         func,
      gpointer              user_data)
{
  WeftReader reader;

  if (item->kind == WEFT_CONTENT_BINARY)
    {
      func ((WeftId) { item->client, item->clock }, item->raw, item->n_raw, user_data);
      return;
    }
  if (item->kind != WEFT_CONTENT_ANY)
    return;

  weft_reader_init (&reader, item->raw, item->n_raw);
  for (guint64 i = 0; i < item->len; i++)
    {
      gboolean is_bytes = reader.pos < reader.size && reader.data[reader.pos] == TAG_BYTES;
      gboolean canonical = TRUE;
      gsize start = reader.pos + 1;

      weft_any_skip (&reader, &canonical);
      if (is_bytes && !reader.failed && item->clock + i >= from)
        {
          WeftReader value;
          const guint8 *data;
          gsize n_bytes;

          weft_reader_init (&value, reader.data + start, reader.pos - start);
          data = weft_reader_get_buffer (&value, &n_bytes);
          func ((WeftId) { item->client, item->clock + i }, data, n_bytes, user_data);
        }
    }
}

/* The clocks of @client that can be reached: up to its next need. */
static guint64
get_reach (const Client *client)
{
  return client->n_met < client->needs->len ? g_array_index (client->needs, Need, client->n_met).clock : client->end;
}

/* Whether @waiting (nullable: it wants all) has got from @client what it waits for. */
static gboolean
has_enough (const Client *client,
            const Client *waiting)
{
  return waiting != NULL ? g_array_index (waiting->needs, Need, waiting->n_met).other_clock < get_reach (client)
                         : client->n_met == client->needs->len;
}

/* Whether everything of @client can come at some time. Who waits for whom is a stack: that one in it waits for another
 * one below means that neither comes. */
static gboolean
meet_needs (WeftUpdateSieve *self,
            Client          *client,
            GPtrArray       *stack)
{
  g_ptr_array_set_size (stack, 0);
  g_ptr_array_add (stack, client);
  client->is_waiting = TRUE;
  while (stack->len > 0)
    {
      Client *top = stack->pdata[stack->len - 1];
      const Need *need;
      Client *other;

      if (has_enough (top, stack->len > 1 ? stack->pdata[stack->len - 2] : NULL))
        {
          top->is_waiting = FALSE;
          g_ptr_array_set_size (stack, (gint) stack->len - 1);
          continue;
        }
      /* All that there is of it, and not enough. */
      if (top->n_met == top->needs->len)
        return FALSE;

      need = &g_array_index (top->needs, Need, top->n_met);
      other = get_client (self, need->other);
      if (need->other_clock < get_reach (other))
        {
          top->n_met++;
          continue;
        }
      if (other->is_waiting)
        return FALSE;

      other->is_waiting = TRUE;
      g_ptr_array_add (stack, other);
    }

  return TRUE;
}

/* Whether an update needs nothing that is not in it or before it: what a document makes wait for later may meet
 * something else with the same clocks there. */
static gboolean
can_all_come (WeftUpdateSieve *self)
{
  g_autoptr(GPtrArray) stack = g_ptr_array_new ();

  for (guint i = 0; i < self->clients->len; i++)
    if (!meet_needs (self, get_client (self, i), stack))
      return FALSE;

  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = get_client (self, i);

      client->n_met = 0;
      g_array_set_size (client->needs, 0);
    }

  return TRUE;
}

gboolean
weft_update_sieve_scan (WeftUpdateSieve *self,
                        GBytes          *update,
                        WeftSieveFunc    maybe,
                        gpointer         user_data)
{
  g_autoptr(GArray) deletes = NULL;
  WeftLazyReader reader;
  gboolean good = TRUE;

  weft_lazy_reader_init (&reader, update, WEFT_UPDATE_V1, FALSE, FALSE);
  for (; !reader.done && good; weft_lazy_reader_next (&reader))
    {
      const WeftLazyStruct *item = &reader.curr;
      Client *writer = get_client (self, find_client (self, item->client));
      Stretch stretch;

      /* What was collected could have been anything, and takes along what stands beside it. */
      if (item->kind == WEFT_CONTENT_SKIP || item->kind == WEFT_CONTENT_GC || item->clock > writer->end)
        {
          good = FALSE;
          break;
        }
      /* Two updates may hold the same. */
      if (item->clock < writer->end && !stands_beside_seen (self, item))
        {
          good = FALSE;
          break;
        }
      if (item->clock + item->len <= writer->end)
        continue;

      stretch = classify (self, item, writer);
      stretch.clock = writer->end;
      add_stretch (writer, &stretch);
      if (maybe != NULL && stretch.belonging != OTHER)
        tell (item, writer->end, maybe, user_data);
      writer->end = item->clock + item->len;
    }

  if (good)
    {
      deletes = weft_lazy_reader_get_deletes (&reader);
      good = weft_reader_finish (&reader.source.rest, TRUE, NULL) && !reader.unordered && can_all_come (self);
    }
  if (good && deletes->len > 0)
    g_array_append_vals (self->deletes, deletes->data, deletes->len);
  weft_lazy_reader_clear (&reader);

  return good;
}

/* --- Between ---------------------------------------------------------------------------------------- */

/* Follows from item to item, until one is known; without recursion, for an update can make that long. */
static gboolean
resolve (WeftUpdateSieve *self,
         Stretch         *stretch,
         GPtrArray       *path)
{
  Belonging found;

  g_ptr_array_set_size (path, 0);
  while (stretch->belonging == LIKE)
    {
      stretch->belonging = ASKED;
      g_ptr_array_add (path, stretch);
      stretch = find_stretch (get_client (self, stretch->like_client), stretch->like_clock);
      if (stretch == NULL || stretch->belonging == ASKED)
        return FALSE;
    }

  found = stretch->belonging;
  for (guint i = 0; i < path->len; i++)
    ((Stretch *) path->pdata[i])->belonging = found;

  return TRUE;
}

static gboolean
deletes_value (WeftUpdateSieve   *self,
               const WeftIdRange *range)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, &range->client));
  const Client *client;
  const Stretch *stretch;
  const Stretch *end;

  if (number == 0 || range->length == 0)
    return FALSE;

  client = get_client (self, number - 1);
  stretch = find_stretch (client, range->clock);
  end = &g_array_index (client->stretches, Stretch, client->stretches->len);
  for (; stretch != NULL && stretch < end && stretch->clock < range->clock + range->length; stretch++)
    if (stretch->belonging == VALUE)
      return TRUE;

  return FALSE;
}

gboolean
weft_update_sieve_resolve (WeftUpdateSieve *self)
{
  g_autoptr(GPtrArray) path = g_ptr_array_new ();

  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = get_client (self, i);

      for (guint j = 0; j < client->stretches->len; j++)
        {
          Stretch *stretch = &g_array_index (client->stretches, Stretch, j);

          if (!resolve (self, stretch, path) || (stretch->belonging == VALUE && !stretch->is_plain))
            return FALSE;
        }
    }

  for (guint i = 0; i < self->deletes->len; i++)
    if (deletes_value (self, &g_array_index (self->deletes, WeftIdRange, i)))
      return FALSE;

  return TRUE;
}

/* --- The second round ------------------------------------------------------------------------------- */

/* Values that lie side by side are one gap. */
typedef struct
{
  WeftLazyWriter writer;
  WeftLazyStruct gap;
} Rest;

static void
end_gap (Rest *rest)
{
  if (rest->gap.len > 0)
    weft_lazy_writer_put (&rest->writer, &rest->gap, 0);
  rest->gap.len = 0;
}

static void
widen_gap (Rest                 *rest,
           const WeftLazyStruct *item)
{
  if (rest->gap.len > 0
      && (rest->gap.client != item->client || rest->gap.clock + rest->gap.len != item->clock))
    end_gap (rest);
  if (rest->gap.len == 0)
    rest->gap = (WeftLazyStruct) { .client = item->client, .clock = item->clock, .kind = WEFT_CONTENT_GC };
  rest->gap.len += item->len;
}

GBytes *
weft_update_sieve_read (WeftUpdateSieve    *self,
                        GBytes             *update,
                        WeftSieveFunc       func,
                        WeftSievePassedFunc passed,
                        gpointer            user_data)
{
  g_autoptr(GArray) deletes = NULL;
  WeftLazyReader reader;
  Rest rest = { 0 };
  GBytes *left;

  weft_lazy_writer_init (&rest.writer, WEFT_UPDATE_V1);
  weft_lazy_reader_init (&reader, update, WEFT_UPDATE_V1, FALSE, FALSE);
  for (; !reader.done; weft_lazy_reader_next (&reader))
    {
      const WeftLazyStruct *item = &reader.curr;
      Client *writer = get_client (self, find_client (self, item->client));
      const Stretch *stretch = find_stretch (writer, item->clock);

      if (stretch != NULL && stretch->belonging == VALUE)
        {
          if (item->clock + item->len > writer->read)
            tell (item, writer->read, func, user_data);
          widen_gap (&rest, item);
        }
      else
        {
          end_gap (&rest);
          weft_lazy_writer_put (&rest.writer, item, 0);
        }

      writer->read = MAX (writer->read, item->clock + item->len);
      if (passed != NULL)
        passed (reader.source.rest.pos, user_data);
    }

  end_gap (&rest);
  deletes = weft_lazy_reader_get_deletes (&reader);
  weft_lazy_reader_clear (&reader);

  left = weft_lazy_writer_finish (&rest.writer, deletes);
  weft_lazy_writer_clear (&rest.writer);

  return left;
}

/* The next stretch of other items from @clock on; %FALSE: there is none before @end. */
static gboolean
find_others (const Client *client,
             guint64       end,
             guint64      *clock,
             guint64      *others_end)
{
  const Stretch *all = (const Stretch *) client->stretches->data;
  const Stretch *stretch = find_stretch (client, *clock);
  guint at;

  if (stretch == NULL)
    return FALSE;

  for (at = (guint) (stretch - all); at < client->stretches->len && all[at].belonging == VALUE; at++)
    *clock = at + 1 < client->stretches->len ? all[at + 1].clock : client->end;
  while (at < client->stretches->len && all[at].belonging != VALUE)
    at++;
  *others_end = MIN (end, at < client->stretches->len ? all[at].clock : client->end);

  return *clock < *others_end;
}

WeftDeleteSet *
weft_update_sieve_filter (WeftUpdateSieve *self,
                          WeftDeleteSet   *deleted)
{
  WeftDeleteSet *filtered = weft_delete_set_new ();

  for (gsize i = 0; i < weft_delete_set_get_n_ranges (deleted); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (deleted, i);
      guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, &range->client));
      guint64 clock = range->clock, end = range->clock + range->length, others_end;

      if (number == 0)
        continue;
      for (; find_others (get_client (self, number - 1), end, &clock, &others_end); clock = others_end)
        weft_delete_set_add (filtered, range->client, clock, others_end - clock);
    }
  weft_delete_set_normalize (filtered);

  return filtered;
}
