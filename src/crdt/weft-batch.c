/* weft-batch.c - many structs of an update at once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Somebody who was away for long sends thousands of structs. One by one each is searched in the id index, and put into
 * leaves that are split again and again. Here sequences are taken apart instead, into a list of which item comes after
 * which, all is linked in that list, and the leaves are built anew from left to right:
 *
 *   resolve   what each struct names: another struct of the update, or an item that is here already
 *   order     as integrate_all() of weft-update-apply.c would take them; who waits for whom
 *   cut       items that are here already, where structs come within them
 *   link      in that order: which item comes after which, conflicts as in weft_integrate()
 *   build     leaves and inner nodes
 *
 * It ends in the same document and the same notes of the transaction as one by one. The first two change nothing in the
 * document, and say no where something is not of sequences, is not here yet, or comes within another struct of the
 * update; then all go one by one. Where thousands wrote at one place, linking ends early, and the rest goes one by
 * one.
 */

#include "config.h"

#include "crdt/weft-crowd-private.h"
#include "crdt/weft-update-private.h"

/* Fewer structs gain nothing, and neither do those to each of which there are more items in their sequences. */
#define FEW_STRUCTS       32
#define ITEMS_FOR_EACH    8

/* A sequence that is taken apart */
typedef struct
{
  WeftType  *type;
  WeftHandle first;
} Sequence;

/* What one client wrote */
typedef struct
{
  WeftClientId id;
  guint32      client; /* WEFT_NO_CLIENT: new */
  guint        first, end, next;
  guint32     *starts;  /* the clock of each struct, and that after the last */
  guint        shift;   /* a bucket is so many clocks wide, as a power of two */
  guint32     *buckets; /* the struct at the beginning of each, counted from the first */
  gboolean     waits;   /* for another client */
} Run;

typedef struct
{
  guint32 client, clock; /* the right part begins here */
} Cut;

/* Which struct is next */
typedef struct
{
  guint32 run, at;
} Step;

typedef struct
{
  WeftTransaction  *tx;
  WeftDoc          *doc;
  const WeftStruct *structs;
  guint             n_structs;
  Run              *runs;
  guint             n_runs, other_run; /* the one that was asked for last */
  guint32          *starts, *buckets;  /* of all runs */
  WeftHandle        base;              /* of the first struct; that of the others follow */
  WeftHandle       *left, *right;      /* by struct: what it names */
  Step             *order;
  guint8           *placed;            /* by struct: whether it has its place in the order */
  WeftHandle       *next;              /* by handle */
  GArray           *cuts;
  GArray           *sequences;
  GHashTable       *numbers;           /* type -> its place in @sequences + 1 */
  guint             last_sequence;
  guint64           n_items;           /* at most so many are there in the sequences */
  guint             n_linked;          /* of the structs, in their order */
  guint64           n_steps;           /* of all walks to find out who comes first */
} Batch;

/* Clocks */

/* The clock after those of the run */
static inline guint64
get_end (const Batch *self,
         const Run   *run)
{
  const WeftStruct *last = &self->structs[run->end - 1];

  return last->clock + last->len;
}

/* Where the structs of a run begin, side by side, and which of them is the first in each bucket of clocks, so that what
 * holds a clock is mostly found at once. */
static void
index_run (const Batch *self,
           Run         *run,
           guint32     *starts,
           guint32     *buckets)
{
  guint n = run->end - run->first, filled = 0;

  run->starts = starts;
  run->buckets = buckets;
  for (guint i = 0; i < n; i++)
    starts[i] = (guint32) self->structs[run->first + i].clock;
  starts[n] = (guint32) get_end (self, run);
  while ((starts[n] - starts[0]) >> run->shift > n)
    run->shift++;
  for (guint i = 0; i < n; i++)
    for (guint last = (starts[i + 1] - 1 - starts[0]) >> run->shift; filled <= last; filled++)
      buckets[filled] = i;
}

/* Which struct of the run holds @clock, which is one of the run's. */
static inline guint
find_struct (const Run *run,
             guint32    clock)
{
  const guint32 *starts = run->starts;
  guint low = run->buckets[(clock - starts[0]) >> run->shift], high;

  /* Mostly it is one of the first; where is not to be foreseen, so these are passed without a branch. */
  low += starts[low + 1] <= clock;
  low += starts[low + 1] <= clock;
  if (G_LIKELY (starts[low + 1] > clock))
    return low;

  high = run->end - run->first - 1;
  while (low < high)
    {
      guint middle = high - (high - low) / 2;

      if (starts[middle] <= clock)
        low = middle;
      else
        high = middle - 1;
    }

  return low;
}

static Run *
find_run (Batch       *self,
          WeftClientId client)
{
  guint low = 0, high = self->n_runs;

  if (self->runs[self->other_run].id == client)
    return &self->runs[self->other_run];
  /* Descending */
  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (self->runs[middle].id == client)
        return &self->runs[self->other_run = middle];
      if (self->runs[middle].id > client)
        low = middle + 1;
      else
        high = middle;
    }

  return NULL;
}

static inline gboolean
is_new (const Batch *self,
        WeftHandle   handle)
{
  return handle - self->base < self->n_structs;
}

/* Resolve */

static guint64
guess_items (WeftDoc        *doc,
             const WeftType *type)
{
  if (type->root == WEFT_NONE)
    return 0;

  return type->height == 0 ? WEFT_NODE_SIZE
                           : (guint64) weft_inner (doc, type->root)->n * WEFT_NODE_SIZE << (5 * (type->height - 1));
}

/* The place of a type's sequence, which is taken apart once it is linked. */
static guint
ensure_sequence (Batch    *self,
                 WeftType *type)
{
  Sequence fresh = { type, WEFT_NONE };
  guint at = self->last_sequence;

  if (at < self->sequences->len && g_array_index (self->sequences, Sequence, at).type == type)
    return at;
  at = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, type));
  if (at == 0)
    {
      g_array_append_val (self->sequences, fresh);
      at = self->sequences->len;
      g_hash_table_insert (self->numbers, type, GUINT_TO_POINTER (at));
      self->n_items += guess_items (self->doc, type);
    }

  return self->last_sequence = at - 1;
}

/* As resolve(), of a client and clock that are here. */
static gboolean
resolve_item (Batch      *self,
              guint32     client,
              guint32     clock,
              gboolean    ends,
              WeftHandle *found)
{
  WeftDoc *doc = self->doc;
  const WeftItem *item;
  Cut cut = { client, clock + ends };
  WeftType *type;

  *found = weft_find_item (doc, client, clock);
  item = weft_item (doc, *found);
  if (item->kind == WEFT_CONTENT_GC || item->in_map)
    return FALSE;
  type = weft_leaf (doc, item->place)->type;
  if (weft_type_is_gone (type))
    return FALSE;
  ensure_sequence (self, type);
  if (cut.clock != item->clock && cut.clock != item->clock + item->len)
    g_array_append_val (self->cuts, cut);

  return TRUE;
}

/* Finds what is at one side of a struct: what ends, or begins, with the unit of @id. */
static gboolean
resolve (Batch      *self,
         const Run  *own,
         WeftId      id,
         gboolean    ends,
         WeftHandle *found)
{
  const Run *run = id.client == own->id ? own : find_run (self, id.client);
  guint32 client = run != NULL ? run->client : weft_clients_lookup (self->doc, id.client);
  guint at;

  if (run == NULL || id.clock < run->starts[0])
    return client != WEFT_NO_CLIENT && id.clock < weft_client (self->doc, client)->state
           && resolve_item (self, client, (guint32) id.clock, ends, found);

  if (id.clock >= run->starts[run->end - run->first])
    return FALSE;
  at = find_struct (run, (guint32) id.clock);
  *found = self->base + run->first + at;

  return ends ? run->starts[at + 1] == id.clock + 1 : run->starts[at] == id.clock;
}

/* A struct without neighbours, of a sequence that is a root */
static gboolean
resolve_root (Batch            *self,
              const WeftStruct *item)
{
  WeftDoc *doc = self->doc;
  WeftType *type;
  guint32 key;

  if (item->parent_kind != WEFT_PARENT_ROOT || (item->info & WEFT_INFO_PARENT_SUB) != 0)
    return FALSE;
  key = weft_keys_lookup (doc, (const char *) item->text, item->n_text);
  type = key != 0 ? g_hash_table_lookup (doc->root_index, GUINT_TO_POINTER (key)) : NULL;
  if (type != NULL)
    ensure_sequence (self, type);

  return TRUE;
}

static gboolean
resolve_struct (Batch     *self,
                const Run *run,
                guint      at)
{
  const WeftStruct *item = &self->structs[at];
  gboolean has_left = (item->info & WEFT_INFO_ORIGIN) != 0, has_right = (item->info & WEFT_INFO_RIGHT_ORIGIN) != 0;

  if (item->kind == WEFT_CONTENT_GC || item->kind == WEFT_CONTENT_SKIP || item->kind == WEFT_CONTENT_TYPE
      || item->kind == WEFT_CONTENT_DOC)
    return FALSE;
  self->left[at] = self->right[at] = WEFT_NONE;
  if (!has_left && !has_right)
    return resolve_root (self, item);
  if ((has_left && !resolve (self, run, item->origin, TRUE, &self->left[at]))
      || (has_right && !resolve (self, run, item->right_origin, FALSE, &self->right[at])))
    return FALSE;

  /* Nobody writes between what comes later in a run and what comes earlier: what is cut for one side moves the
   * other. */
  return !has_left || self->left[at] != self->right[at] || item->origin.clock < item->right_origin.clock;
}

/* Finds what all structs name; what is to be cut is noted. */
static gboolean
resolve_all (Batch *self)
{
  for (guint i = 0; i < self->n_runs; i++)
    for (guint at = self->runs[i].first; at < self->runs[i].end; at++)
      if (!resolve_struct (self, &self->runs[i], at))
        return FALSE;

  return self->n_items <= (guint64) self->n_structs * ITEMS_FOR_EACH;
}

/* Order */

/* Whom the struct waits for: NULL, nobody */
static Run *
find_awaited (Batch *self,
              guint  at)
{
  const WeftStruct *item = &self->structs[at];

  if (is_new (self, self->left[at]) && !self->placed[self->left[at] - self->base])
    return find_run (self, item->origin.client);
  if (is_new (self, self->right[at]) && !self->placed[self->right[at] - self->base])
    return find_run (self, item->right_origin.client);

  return NULL;
}

/* FALSE where clients wait for each other. */
static gboolean
put_in_order (Batch *self)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (Run *));
  guint n = 0;

  for (guint target = 0; target < self->n_runs;)
    {
      Run *run = &self->runs[target], *awaited;

      if (stack->len > 0)
        {
          run = g_array_index (stack, Run *, stack->len - 1);
          run->waits = FALSE;
          g_array_set_size (stack, stack->len - 1);
        }
      else if (run->next == run->end)
        {
          target++;
          continue;
        }

      while ((awaited = find_awaited (self, run->next)) != NULL)
        {
          run->waits = TRUE;
          g_array_append_val (stack, run);
          run = awaited;
          if (run->waits || run->next == run->end)
            return FALSE;
        }
      self->placed[run->next] = TRUE;
      self->order[n++] = (Step) { (guint32) (run - self->runs), run->next++ };
    }

  return TRUE;
}

/* Cut: from here on nothing fails. */

static void
find_again (const Batch *self,
            WeftId       id,
            WeftHandle  *handle)
{
  if (*handle != WEFT_NONE && !is_new (self, *handle))
    *handle = weft_find_item (self->doc, weft_clients_lookup (self->doc, id.client), (guint32) id.clock);
}

static void
cut_all (Batch *self)
{
  for (guint i = 0; i < self->cuts->len; i++)
    {
      const Cut *cut = &g_array_index (self->cuts, Cut, i);

      weft_clean_start (self->tx, cut->client, cut->clock);
    }
  for (guint at = 0; at < self->n_structs && self->cuts->len > 0; at++)
    {
      find_again (self, self->structs[at].origin, &self->left[at]);
      find_again (self, self->structs[at].right_origin, &self->right[at]);
    }
}

/* Link */

static void
take_apart (Batch    *self,
            Sequence *sequence)
{
  WeftDoc *doc = self->doc;
  WeftHandle *before = &sequence->first;

  for (WeftHandle at = sequence->type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    {
      const WeftLeaf *leaf = weft_leaf (doc, at);

      for (guint i = 0; i < leaf->n; i++)
        {
          *before = leaf->item[i];
          before = &self->next[leaf->item[i]];
        }
    }
  *before = WEFT_NONE;
}

/* The sequence of a struct: that of a neighbour, or one of a root. */
static guint
find_sequence (Batch *self,
               guint  at)
{
  const WeftStruct *item = &self->structs[at];
  WeftHandle neighbour = self->left[at] != WEFT_NONE ? self->left[at] : self->right[at];
  guint n = self->sequences->len, found;
  WeftType *type;

  /* All that are named are of one that is known. */
  if (neighbour != WEFT_NONE && n == 1)
    return 0;
  /* Until all is linked, a new item has it as its place. */
  if (is_new (self, neighbour))
    return weft_item (self->doc, neighbour)->place;
  type = neighbour != WEFT_NONE ? weft_leaf (self->doc, weft_item (self->doc, neighbour)->place)->type
                                : weft_doc_ensure_root (self->doc, (const char *) item->text, item->n_text);
  found = ensure_sequence (self, type);
  if (found == n)
    take_apart (self, &g_array_index (self->sequences, Sequence, found));

  return found;
}

static guint32
find_client (Batch       *self,
             const Run   *own,
             WeftClientId id)
{
  return id == own->id ? own->client : weft_clients_lookup (self->doc, id);
}

static void
make_item (Batch     *self,
           const Run *run,
           guint      at,
           guint32    sequence)
{
  const WeftStruct *from = &self->structs[at];
  WeftItem other = { .client = run->client };
  guint32 o_client = WEFT_NO_CLIENT, r_client = WEFT_NO_CLIENT;

  if (self->left[at] != WEFT_NONE)
    o_client = find_client (self, run, from->origin.client);
  if (self->right[at] != WEFT_NONE)
    r_client = find_client (self, run, from->right_origin.client);
  if (from->kind == WEFT_CONTENT_STRING)
    other.content = weft_arena_append_text (weft_client (self->doc, run->client), (const char *) from->content,
                                            from->n_content);
  else
    weft_struct_set_content (from, self->doc, &other);

  /* All at once: what is written bit by bit is slow to be copied. */
  *weft_item (self->doc, self->base + at) = (WeftItem) {
    .clock = (guint32) from->clock,
    .len = (guint32) from->len,
    .o_clock = (guint32) from->origin.clock,
    .r_clock = (guint32) from->right_origin.clock,
    .bits = {
      .client = run->client,
      .o_client = o_client,
      .r_client = r_client,
      .kind = from->kind,
      .deleted = from->kind == WEFT_CONTENT_DELETED,
      .ascii = from->kind == WEFT_CONTENT_STRING && from->ascii,
    },
    .place = sequence,
    .content = other.content,
  };
}

static void
link_struct (Batch   *self,
             guint    at,
             guint32 *first)
{
  WeftHandle handle = self->base + at, left = self->left[at], right = self->right[at], *next = self->next;

  if (left != WEFT_NONE ? next[left] != right : right == WEFT_NONE || *first != right)
    {
      const WeftChain chain = { *first, next, self->base, self->n_structs, self->left };

      left = weft_find_left_in_chain (self->doc, weft_item (self->doc, handle), left, right, &chain, &self->n_steps);
    }
  if (left != WEFT_NONE)
    {
      next[handle] = next[left];
      next[left] = handle;
    }
  else
    {
      next[handle] = *first;
      *first = handle;
    }
}

/* What comes with an item beside its place: see weft_integrate(). */
static void
note_item (Batch     *self,
           const Run *run,
           guint      at,
           WeftType  *type)
{
  WeftDoc *doc = self->doc;
  const WeftItem *item = weft_item (doc, self->base + at);
  WeftClient *client = weft_client (doc, run->client);

  if (at == run->first)
    {
      weft_transaction_touch (self->tx, run->client);
      if (client->ordinal == 0)
        client->ordinal = ++doc->next_ordinal;
    }
  weft_index_append (client, item->clock, self->base + at);
  client->state = item->clock + item->len;
  if (item->kind == WEFT_CONTENT_DELETED)
    weft_transaction_add_delete (self->tx, item->client, item->clock, item->len);
  weft_transaction_add_sequence (self->tx, type);
}

/* Gives back the items of what was not linked. */
static void
leave_rest (Batch *self)
{
  for (guint i = self->n_linked; i < self->n_structs; i++)
    weft_pool_free_item (self->doc, self->base + self->order[i].at);
}

static void
link_all (Batch *self)
{
  WeftDoc *doc = self->doc;

  self->next = g_new (WeftHandle, (gsize) doc->n_items + 1);
  for (guint i = 0; i < self->sequences->len; i++)
    take_apart (self, &g_array_index (self->sequences, Sequence, i));
  while (self->n_linked < self->n_structs && !weft_crowd_are_steps_many (doc, self->n_steps, self->n_structs))
    {
      const Step *step = &self->order[self->n_linked++];
      Run *run = &self->runs[step->run];
      guint at = step->at, number = find_sequence (self, at);
      Sequence *sequence = &g_array_index (self->sequences, Sequence, number);

      if (run->client == WEFT_NO_CLIENT)
        run->client = weft_clients_ensure (doc, run->id);
      make_item (self, run, at, number);
      link_struct (self, at, &sequence->first);
      note_item (self, run, at, sequence->type);
    }
  leave_rest (self);
}

static void
build_all (Batch *self)
{
  for (guint i = 0; i < self->sequences->len; i++)
    {
      const Sequence *sequence = &g_array_index (self->sequences, Sequence, i);

      if (sequence->first == WEFT_NONE)
        continue;
      weft_crowds_forget (self->doc, sequence->type);
      weft_order_drop (self->doc, sequence->type);
      weft_order_build (self->doc, sequence->type, sequence->first, self->next);
    }
}

/* All */

static void
begin (Batch            *self,
       const WeftUpdate *update)
{
  gsize n = self->n_structs;

  self->structs = (const WeftStruct *) update->structs->data;
  self->base = self->doc->n_items + 1;
  self->left = g_new (WeftHandle, n);
  self->right = g_new (WeftHandle, n);
  self->order = g_new (Step, n);
  self->placed = g_malloc0 (n);
  self->starts = g_new (guint32, n + self->n_runs);
  self->buckets = g_new (guint32, n + self->n_runs);
  self->runs = g_new0 (Run, self->n_runs);
  self->cuts = g_array_new (FALSE, FALSE, sizeof (Cut));
  self->sequences = g_array_new (FALSE, FALSE, sizeof (Sequence));
  self->numbers = g_hash_table_new (NULL, NULL);
}

static void
end (Batch *self)
{
  g_free (self->left);
  g_free (self->right);
  g_free (self->order);
  g_free (self->placed);
  g_free (self->starts);
  g_free (self->buckets);
  g_free (self->runs);
  g_free (self->next);
  g_array_unref (self->cuts);
  g_array_unref (self->sequences);
  g_hash_table_unref (self->numbers);
}

/* Each client's structs have to be those that come next. */
static gboolean
index_runs (Batch            *self,
            const WeftUpdate *update)
{
  guint32 *starts = self->starts, *buckets = self->buckets;

  for (guint i = 0; i < self->n_runs; i++)
    {
      const WeftStructRun *from = &g_array_index (update->runs, WeftStructRun, i);
      Run *run = &self->runs[i];

      run->id = from->client;
      run->client = weft_clients_lookup (self->doc, from->client);
      run->first = run->next = from->first;
      run->end = from->first + from->n;
      if (from->n == 0 || self->structs[run->first].clock != weft_clients_get_state (self->doc, from->client)
          || get_end (self, run) > WEFT_CLOCK_LIMIT)
        return FALSE;
      index_run (self, run, starts, buckets);
      starts += from->n + 1;
      buckets += from->n + 1;
    }

  return TRUE;
}

gboolean
weft_batch_integrate (WeftTransaction  *tx,
                      const WeftUpdate *update)
{
  Batch self = { .tx = tx, .doc = tx->doc, .n_structs = update->structs->len, .n_runs = update->runs->len };
  WeftDoc *doc = tx->doc;
  gboolean good;

  if (doc->general || self.n_structs < FEW_STRUCTS || self.n_structs > G_MAXINT32 - doc->n_items)
    return FALSE;

  begin (&self, update);
  good = index_runs (&self, update) && resolve_all (&self) && put_in_order (&self);
  if (good)
    {
      weft_cursor_forget (doc);
      weft_pool_new_items (doc, self.n_structs);
      cut_all (&self);
      link_all (&self);
      build_all (&self);
      good = self.n_linked == self.n_structs;
    }
  end (&self);

  return good;
}
