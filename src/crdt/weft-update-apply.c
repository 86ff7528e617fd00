/* weft-update-apply.c - integrates a decoded update; what cannot be yet is kept pending
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Follows integrateStructs() and readUpdate() of Yjs' encoding.js: structs are taken client by
 * client; one that needs a struct of another client waits on a stack while that client's are taken.
 * Nothing here can fail: the update was checked by weft_update_decode().
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-quick-private.h"
#include "crdt/weft-update-private.h"

/* What may wait in one document. */
#define MAX_PENDING_BYTES (64 * 1024 * 1024)

/* What is missing is searched one by one up to here. */
#define FEW_MISSING 32

typedef struct
{
  WeftClientId client;
  guint        next, end; /* structs of this client still to come */
  gboolean     given_up;
  guint        rest;      /* first struct that could not be integrated, where given up */
} Run;

typedef struct
{
  WeftTransaction *tx;
  WeftDoc         *doc;
  WeftUpdate      *update;
  Run             *runs;
  guint            n_runs;
  GArray          *missing; /* WeftId: what the rest waits for */
} Apply;

static Run *
find_run (Apply       *apply,
          WeftClientId client)
{
  guint low = 0, high = apply->n_runs;

  /* Descending */
  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (apply->runs[middle].client == client)
        return &apply->runs[middle];
      if (apply->runs[middle].client > client)
        low = middle + 1;
      else
        high = middle;
    }

  return NULL;
}

/* Each client once, with its lowest clock; of many, some may come again. */
static void
add_missing (GArray      *missing,
             WeftClientId client,
             WeftClock    clock)
{
  WeftId id = { client, clock };

  for (guint i = 0; i < missing->len && i < FEW_MISSING; i++)
    {
      WeftId *have = &g_array_index (missing, WeftId, i);

      if (have->client == client)
        {
          have->clock = MIN (have->clock, clock);
          return;
        }
    }
  g_array_append_val (missing, id);
}

static gboolean
is_missing (Apply        *apply,
            WeftClientId  own,
            WeftId        id,
            WeftClientId *missing)
{
  if (id.client == own || id.clock < weft_clients_get_state (apply->doc, id.client))
    return FALSE;
  *missing = id.client;

  return TRUE;
}

/* Whether @item needs a struct that is not here yet: then of which client. */
static gboolean
get_missing (Apply            *apply,
             const WeftStruct *item,
             WeftClientId      client,
             WeftClientId     *missing)
{
  if (item->kind == WEFT_CONTENT_GC)
    return FALSE;

  return ((item->info & WEFT_INFO_ORIGIN) && is_missing (apply, client, item->origin, missing))
         || ((item->info & WEFT_INFO_RIGHT_ORIGIN)
             && is_missing (apply, client, item->right_origin, missing))
         || (item->parent_kind == WEFT_PARENT_ITEM
             && is_missing (apply, client, item->parent, missing));
}

/* Yjs cuts at the origins also of a struct that is known already. What was cut is joined again, but
 * not where it was redone by an undo manager: so this shows. */
static void
clean_origins (Apply            *apply,
               const WeftStruct *item)
{
  if (item->info & WEFT_INFO_ORIGIN)
    weft_clean_end (apply->tx, weft_clients_lookup (apply->doc, item->origin.client),
                    item->origin.clock);
  if (item->info & WEFT_INFO_RIGHT_ORIGIN)
    weft_clean_start (apply->tx, weft_clients_lookup (apply->doc, item->right_origin.client),
                      item->right_origin.clock);
}

/* Text and values mostly come between two neighbours. */
static gboolean
integrate_run (Apply            *apply,
               const WeftStruct *item,
               guint32           client)
{
  WeftDoc *doc = apply->doc;
  WeftRun run = { item->kind, client, (guint32) item->clock, WEFT_NO_CLIENT, 0, WEFT_NO_CLIENT, 0,
                  (const char *) item->content, item->n_content, item->len, item->ascii };

  if (item->kind != WEFT_CONTENT_STRING
      && ((item->kind != WEFT_CONTENT_ANY && item->kind != WEFT_CONTENT_BINARY) || !item->canonical))
    return FALSE;
  if (item->info & WEFT_INFO_ORIGIN)
    {
      run.o_client = weft_clients_lookup (doc, item->origin.client);
      run.o_clock = (guint32) item->origin.clock;
    }
  if (item->info & WEFT_INFO_RIGHT_ORIGIN)
    {
      run.r_client = weft_clients_lookup (doc, item->right_origin.client);
      run.r_clock = (guint32) item->right_origin.clock;
    }

  return weft_quick_integrate (apply->tx, &run);
}

/* Item.getMissing and Item.integrate of Yjs for an item of which nothing is missing. */
static void
integrate_struct (Apply            *apply,
                  const WeftStruct *item,
                  WeftClientId      client_id,
                  guint32           offset)
{
  WeftDoc *doc = apply->doc;
  WeftTransaction *tx = apply->tx;
  guint32 client = weft_clients_ensure (doc, client_id);
  WeftHandle left = WEFT_NONE, right = WEFT_NONE, start = WEFT_NONE, handle;
  WeftType *parent = NULL;
  guint32 key = 0, o_clock = 0;
  gboolean collected = FALSE;
  WeftItemBits bits;
  WeftItem *target;

  if (item->kind == WEFT_CONTENT_GC)
    {
      weft_integrate_gc (tx, client, item->clock + offset, item->len - offset);
      return;
    }

  if (offset == 0 && integrate_run (apply, item, client))
    return;
  if (item->info & WEFT_INFO_ORIGIN)
    {
      left = weft_clean_end (tx, weft_clients_lookup (doc, item->origin.client), item->origin.clock);
      /* Before the right origin cuts: an undo of Yjs may write one unit as both, and @left may end before it then. */
      o_clock = weft_item (doc, left)->clock + weft_item (doc, left)->len - 1;
    }
  if (item->info & WEFT_INFO_RIGHT_ORIGIN)
    right = weft_clean_start (tx, weft_clients_lookup (doc, item->right_origin.client),
                              item->right_origin.clock);

  if ((left != WEFT_NONE && weft_item (doc, left)->kind == WEFT_CONTENT_GC)
      || (right != WEFT_NONE && weft_item (doc, right)->kind == WEFT_CONTENT_GC))
    {
      collected = TRUE;
    }
  else if (left != WEFT_NONE || right != WEFT_NONE)
    {
      const WeftItem *neighbour = weft_item (doc, left != WEFT_NONE ? left : right);

      parent = weft_item_get_parent (doc, neighbour);
      key = weft_item_get_sub (doc, neighbour);
    }
  else if (item->parent_kind == WEFT_PARENT_ROOT)
    {
      parent = weft_doc_ensure_root (doc, (const char *) item->text, item->n_text);
      if (item->info & WEFT_INFO_PARENT_SUB)
        key = weft_keys_intern (doc, (const char *) item->sub, item->n_sub);
    }
  else
    {
      guint32 index = weft_clients_lookup (doc, item->parent.client);
      const WeftItem *holder = weft_item (doc, weft_find_item (doc, index, item->parent.clock));

      parent = weft_content_get_type (doc, holder);
      if (item->info & WEFT_INFO_PARENT_SUB)
        key = weft_keys_intern (doc, (const char *) item->sub, item->n_sub);
    }

  if (!collected && parent != NULL && offset > 0)
    {
      /* The first part is here already: the rest belongs where that is. */
      start = weft_clean_end (tx, client, item->clock + offset - 1);
      parent = weft_item_get_parent (doc, weft_item (doc, start));
      key = weft_item_get_sub (doc, weft_item (doc, start));
    }
  if (collected || parent == NULL)
    {
      weft_integrate_gc (tx, client, item->clock + offset, item->len - offset);
      return;
    }

  handle = weft_pool_new_item (doc);
  target = weft_item (doc, handle);
  target->clock = item->clock;
  target->len = item->len;
  bits = (WeftItemBits) { .client = client, .kind = item->kind };
  bits.o_client = bits.r_client = WEFT_NO_CLIENT;
  if (left != WEFT_NONE)
    {
      bits.o_client = weft_item (doc, left)->client;
      target->o_clock = o_clock;
    }
  if (right != WEFT_NONE)
    {
      bits.r_client = weft_item (doc, right)->client;
      target->r_clock = weft_item (doc, right)->clock;
    }
  target->bits = bits;
  weft_struct_set_content (item, doc, target);

  if (offset > 0)
    {
      WeftItem rest = *target;

      left = start;
      weft_content_split (doc, target, &rest, offset);
      rest.clock = target->clock + offset;
      rest.len = target->len - offset;
      rest.o_client = weft_item (doc, left)->client;
      rest.o_clock = weft_item (doc, left)->clock + weft_item (doc, left)->len - 1;
      *target = rest;
    }

  weft_integrate (tx, handle, left, right, parent, key);
}

/* A struct that waits for one of another client. */
typedef struct
{
  guint run;
  guint index;
} Waiting;

static void
push_waiting (GArray **stack,
              Waiting  waiting)
{
  if (*stack == NULL)
    *stack = g_array_new (FALSE, FALSE, sizeof (Waiting));
  g_array_append_val (*stack, waiting);
}

/* Nothing more of the clients on the stack can be integrated. */
static void
give_up (Apply  *apply,
         GArray *stack)
{
  for (guint i = 0; i < stack->len; i++)
    {
      const Waiting *waiting = &g_array_index (stack, Waiting, i);
      Run *run = &apply->runs[waiting->run];

      run->rest = run->given_up ? MIN (run->rest, waiting->index) : waiting->index;
      run->given_up = TRUE;
      run->next = run->end;
    }
  g_array_set_size (stack, 0);
}

static void
integrate_all (Apply *apply)
{
  g_autoptr(GArray) stack = NULL;
  WeftDoc *doc = apply->doc;
  guint target = 0;

  for (;;)
    {
      Run *run;
      const WeftStruct *item;
      guint32 state;

      if (stack != NULL && stack->len > 0)
        {
          /* This one waited for what was integrated last. */
          const Waiting *waiting = &g_array_index (stack, Waiting, stack->len - 1);

          run = &apply->runs[waiting->run];
          run->next = waiting->index;
          g_array_set_size (stack, stack->len - 1);
        }
      else
        {
          while (target < apply->n_runs && apply->runs[target].next == apply->runs[target].end)
            target++;
          if (target == apply->n_runs)
            return;
          run = &apply->runs[target];
        }

      for (;;)
        {
          Waiting waiting = { run - apply->runs, run->next };
          WeftClientId missing;
          Run *other;

          item = &g_array_index (apply->update->structs, WeftStruct, run->next++);
          if (item->kind == WEFT_CONTENT_SKIP)
            break;
          state = weft_clients_get_state (doc, run->client);
          if (item->clock > state)
            {
              add_missing (apply->missing, run->client, item->clock - 1);
              push_waiting (&stack, waiting);
              give_up (apply, stack);
              break;
            }
          if (!get_missing (apply, item, run->client, &missing))
            {
              if (state - item->clock < item->len)
                integrate_struct (apply, item, run->client, state - item->clock);
              else
                clean_origins (apply, item);
              break;
            }

          push_waiting (&stack, waiting);
          other = find_run (apply, missing);
          if (other == NULL || other->next == other->end)
            {
              add_missing (apply->missing, missing, weft_clients_get_state (doc, missing));
              give_up (apply, stack);
              break;
            }
          run = other;
        }
    }
}

/* What is left of the update after integration, as an update of its own (WEFT_UPDATE_EXACT). */
static GBytes *
encode_rest (Apply *apply)
{
  WeftWriter writer;
  guint n = 0;

  for (guint i = 0; i < apply->n_runs; i++)
    n += apply->runs[i].given_up;
  if (n == 0)
    return NULL;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n);
  for (guint i = 0; i < apply->n_runs; i++)
    {
      Run *run = &apply->runs[i];

      if (!run->given_up)
        continue;
      weft_writer_put_varuint (&writer, run->end - run->rest);
      weft_writer_put_varuint (&writer, run->client);
      weft_writer_put_varuint (&writer,
                               g_array_index (apply->update->structs, WeftStruct, run->rest).clock);
      for (guint j = run->rest; j < run->end; j++)
        weft_update_write_struct (&g_array_index (apply->update->structs, WeftStruct, j), TRUE, &writer);
    }
  weft_writer_put_byte (&writer, 0);

  return weft_writer_steal_bytes (&writer);
}

/* Deletes what is known of @set; the rest goes into @unapplied. */
static void
apply_deletes (WeftTransaction *tx,
               WeftDeleteSet   *set,
               WeftDeleteSet  **unapplied)
{
  WeftDoc *doc = tx->doc;

  for (gsize i = 0; i < weft_delete_set_get_n_ranges (set); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (set, i);
      guint32 client = weft_clients_lookup (doc, range->client);
      guint64 state = client == WEFT_NO_CLIENT ? 0 : weft_client (doc, client)->state;
      guint64 end = range->clock + range->length, known = MIN (end, state);

      if (range->clock < known)
        weft_delete_range (tx, client, range->clock, known);
      if (end > known)
        {
          guint64 from = MAX (range->clock, known);

          if (*unapplied == NULL)
            *unapplied = weft_delete_set_new ();
          weft_delete_set_add (*unapplied, range->client, from, end - from);
        }
    }
}

static void
retry_deletes (WeftTransaction *tx,
               WeftDeleteSet  **unapplied)
{
  g_autoptr(WeftDeleteSet) pending = g_steal_pointer (&tx->doc->pending_deletes);

  if (pending != NULL)
    apply_deletes (tx, pending, unapplied);
  if (*unapplied != NULL)
    weft_delete_set_normalize (*unapplied);
  tx->doc->pending_deletes = g_steal_pointer (unapplied);
}

static void
integrate_update (Apply *apply)
{
  WeftUpdate *update = apply->update;

  apply->missing = g_array_new (FALSE, FALSE, sizeof (WeftId));
  if (weft_batch_integrate (apply->tx, update))
    return;
  apply->n_runs = update->runs->len;
  apply->runs = g_new0 (Run, apply->n_runs);
  for (guint i = 0; i < apply->n_runs; i++)
    {
      WeftStructRun *run = &g_array_index (update->runs, WeftStructRun, i);

      apply->runs[i] = (Run) { run->client, run->first, run->first + run->n, FALSE, 0 };
    }
  integrate_all (apply);
}

/* What is pending waits for @client to get beyond @clock. */
static void
wait_for (WeftDoc      *doc,
          WeftClientId  client,
          WeftClock     clock)
{
  WeftId *have = g_hash_table_lookup (doc->pending_missing, &client);

  if (have == NULL)
    {
      have = g_new (WeftId, 1);
      *have = (WeftId) { client, clock };
      g_hash_table_insert (doc->pending_missing, &have->client, have);
    }
  have->clock = MIN (have->clock, clock);
  doc->pending_ready = doc->pending_ready || have->clock < weft_clients_get_state (doc, client);
}

static gboolean
has_come (WeftDoc      *doc,
          WeftClientId  client)
{
  const WeftId *id = g_hash_table_lookup (doc->pending_missing, &client);

  return id != NULL && id->clock < weft_clients_get_state (doc, client);
}

/* Whether something that is pending can be integrated now. Only what came with @update and what was written here can
 * have made that so: nothing else gets in while something waits. */
static gboolean
can_go_on (WeftDoc          *doc,
           const WeftUpdate *update)
{
  if (g_hash_table_size (doc->pending_missing) == 0)
    return FALSE;
  if (doc->pending_ready || has_come (doc, doc->client_id))
    return TRUE;
  for (guint i = 0; i < update->runs->len; i++)
    if (has_come (doc, g_array_index (update->runs, WeftStructRun, i).client))
      return TRUE;

  return FALSE;
}

/* Integrates what it can of a checked update, and keeps the rest. Returns whether something that
 * was pending can be integrated now. */
static gboolean
apply_update (WeftTransaction *tx,
              WeftUpdate      *update)
{
  WeftDoc *doc = tx->doc;
  WeftDeleteSet *unapplied = NULL;
  Apply apply = { tx, doc, update };
  GBytes *rest;
  gboolean retry;

  integrate_update (&apply);

  retry = can_go_on (doc, update);
  rest = encode_rest (&apply);
  if (rest != NULL)
    {
      doc->pending_size += g_bytes_get_size (rest);
      g_ptr_array_add (doc->pending, rest);
      for (guint i = 0; i < apply.missing->len; i++)
        {
          const WeftId *id = &g_array_index (apply.missing, WeftId, i);

          wait_for (doc, id->client, id->clock);
        }
    }
  g_array_unref (apply.missing);
  g_free (apply.runs);

  apply_deletes (tx, update->deletes, &unapplied);
  retry_deletes (tx, &unapplied);

  return retry;
}

/* Tries all that is pending once more, as one update. As in Yjs once only: what becomes possible by
 * that waits for the next update. */
static void
retry_pending (WeftTransaction *tx)
{
  WeftDoc *doc = tx->doc;
  g_autoptr(GBytes) merged = weft_update_fold (doc->pending, WEFT_UPDATE_EXACT);
  g_auto(WeftUpdate) update = { 0 };
  gboolean decoded = weft_update_decode_any (&update, merged, WEFT_UPDATE_EXACT, NULL);

  g_assert (decoded);
  g_ptr_array_set_size (doc->pending, 0);
  g_hash_table_remove_all (doc->pending_missing);
  doc->pending_ready = FALSE;
  doc->pending_size = 0;
  apply_update (tx, &update);
}

/* Whether there is room for the new clients that an update brings. */
static gboolean
check_room (WeftDoc    *doc,
            WeftUpdate *update,
            gsize       size,
            GError    **error)
{
  if (doc->n_clients + update->runs->len > WEFT_MAX_CLIENTS)
    {
      g_set_error_literal (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE,
                           "The document has too many clients");
      return FALSE;
    }
  if (doc->pending_size + size > MAX_PENDING_BYTES && doc->pending_size > 0)
    {
      g_set_error_literal (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE,
                           "Too many updates wait for others");
      return FALSE;
    }

  return TRUE;
}

/* The deleted units are followed by those that may be deleted next. */
static void
place_at_deletion (WeftDoc *doc,
                   guint32  client,
                   guint32  clock,
                   guint32  end)
{
  WeftHandle left = WEFT_NONE, right = WEFT_NONE;

  if (clock > 0)
    left = weft_find_item (doc, client, clock - 1);
  if (end < weft_client (doc, client)->state)
    right = weft_find_item (doc, client, end);
  weft_cursor_place_between (doc, left, right, G_MAXUINT64);
}

/* What somebody else types or deletes next may go on where this update ended. */
static void
place_cursor (WeftDoc    *doc,
              WeftUpdate *update)
{
  gsize n_ranges = weft_delete_set_get_n_ranges (update->deletes);

  if (doc->transaction != NULL || doc->cleaning)
    return;
  if (update->structs->len == 1 && n_ranges == 0)
    {
      WeftStructRun *run = &g_array_index (update->runs, WeftStructRun, 0);
      guint32 client = weft_clients_lookup (doc, run->client);

      if (client != WEFT_NO_CLIENT)
        weft_cursor_place_after (doc, client, G_MAXUINT64);
    }
  else if (update->structs->len == 0 && n_ranges == 1)
    {
      const WeftIdRange *range = weft_delete_set_get_range (update->deletes, 0);
      guint32 client = weft_clients_lookup (doc, range->client);

      if (client != WEFT_NO_CLIENT
          && range->clock + range->length <= weft_client (doc, client)->state)
        place_at_deletion (doc, client, range->clock, range->clock + range->length);
    }
}

gboolean
weft_doc_apply_any (WeftDoc         *self,
                    GBytes          *update,
                    WeftUpdateFormat format,
                    gconstpointer    origin,
                    GError         **error)
{
  g_auto(WeftUpdate) decoded = { 0 };

  if (weft_bulk_load (self, update, format))
    return TRUE;
  if (!weft_update_decode_any (&decoded, update, format, error)
      || !check_room (self, &decoded, g_bytes_get_size (update), error))
    return FALSE;

  weft_doc_begin (self, origin);
  self->transaction->local = FALSE;
  if (apply_update (self->transaction, &decoded))
    retry_pending (self->transaction);
  weft_doc_commit (self);
  place_cursor (self, &decoded);

  return TRUE;
}

/**
 * weft_doc_apply_update:
 * @self: a document
 * @update: an update of the first format
 * @origin: (nullable): where it comes from, compared by identity
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Checks all of @update, then applies it as one remote transaction. What depends on structs that
 * are not here yet is kept and applied when they come.
 *
 * Returns: whether @update was well-formed; the document is unchanged otherwise
 */
gboolean
weft_doc_apply_update (WeftDoc      *self,
                       GBytes       *update,
                       gconstpointer origin,
                       GError      **error)
{
  const guint8 *data;
  gsize size;

  g_return_val_if_fail (self != NULL && update != NULL, FALSE);

  data = g_bytes_get_data (update, &size);

  return weft_doc_apply_update_data (self, data, size, origin, error);
}

/**
 * weft_doc_apply_update_data:
 * @self: a document
 * @data: (array length=size): an update of the first format
 * @size: its length
 * @origin: (nullable): where it comes from, compared by identity
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * As weft_doc_apply_update(), for bytes that belong to somebody else.
 *
 * Returns: whether the update was well-formed; the document is unchanged otherwise
 */
gboolean
weft_doc_apply_update_data (WeftDoc      *self,
                            const guint8 *data,
                            gsize         size,
                            gconstpointer origin,
                            GError      **error)
{
  g_autoptr(GBytes) update = NULL;

  g_return_val_if_fail (self != NULL && (data != NULL || size == 0), FALSE);

  if (weft_cursor_apply (self, data, size, origin) || weft_quick_apply (self, data, size, origin))
    return TRUE;
  update = g_bytes_new_static (data, size);

  return weft_doc_apply_any (self, update, WEFT_UPDATE_V1, origin, error);
}

gboolean
weft_doc_has_pending (WeftDoc *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->pending->len > 0 || self->pending_deletes != NULL;
}

/**
 * weft_doc_knows_update:
 * @self: a document
 * @update: an update of the first format
 *
 * Returns: whether @update would add nothing: no unknown struct and no unknown deletion. %FALSE
 *   where it is malformed
 */
gboolean
weft_doc_knows_update (WeftDoc *self,
                       GBytes  *update)
{
  g_auto(WeftUpdate) decoded = { 0 };

  g_return_val_if_fail (self != NULL && update != NULL, FALSE);

  if (!weft_update_decode (&decoded, update, NULL))
    return FALSE;

  for (guint i = 0; i < decoded.runs->len; i++)
    {
      WeftStructRun *run = &g_array_index (decoded.runs, WeftStructRun, i);
      guint64 state = weft_clients_get_state (self, run->client);

      for (guint j = run->first; j < run->first + run->n; j++)
        {
          WeftStruct *item = &g_array_index (decoded.structs, WeftStruct, j);

          if (item->kind != WEFT_CONTENT_SKIP && item->clock + item->len > state)
            return FALSE;
        }
    }

  for (gsize i = 0; i < weft_delete_set_get_n_ranges (decoded.deletes); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (decoded.deletes, i);
      guint32 client = weft_clients_lookup (self, range->client);
      WeftIndexSpot spot;
      WeftHandle handle;

      if (range->length == 0)
        continue;
      if (client == WEFT_NO_CLIENT
          || range->clock + range->length > weft_client (self, client)->state)
        return FALSE;
      for (handle = weft_index_find (weft_client (self, client), range->clock, &spot);
           handle != WEFT_NONE && weft_item (self, handle)->clock < range->clock + range->length;
           handle = weft_index_next (&spot))
        if (!weft_item (self, handle)->deleted)
          return FALSE;
    }

  return TRUE;
}
