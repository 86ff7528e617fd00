/* weft-stretches.c - what was written while apart
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-stretches.h"

#include "crdt/weft-type.h"
#include "notebook/weft-users.h"

/* Each is compared with each: beyond so many, years of train rides, only `met` tells who was apart together. */
#define MAX_COMPARED 4096

/* Deletions by others count as recent for so long, up to twice: whoever is online notes them before that. */
#define RECENT_MS (60 * 1000)
/* Beyond so many ranges in that time somebody clears whole documents, and no more are remembered. */
#define MAX_RECENT 4096

/* Between a person's name and their device. */
#define DEVICE_SEPARATOR " · "

enum
{
  FIELD_CLIENT,
  FIELD_FROM,
  FIELD_TO,
  FIELD_SEEN,
  FIELD_DELETIONS,
  FIELD_USER,
  FIELD_FROM_TIME,
  FIELD_TO_TIME,
  N_FIELDS,
  /* These may be absent */
  FIELD_MET = N_FIELDS,
  FIELD_TAKEN,
  FIELD_GONE,
};

struct _WeftStretchRecorder
{
  WeftDoc *doc; /* borrowed */
  guint observer_id;
  char *user;
  WeftNowFunc now;
  gpointer now_data;

  gboolean is_apart;
  WeftStateVector *seen; /* when we parted */
  WeftDeleteSet *taken;  /* by others since then */

  /* What others deleted lately */
  WeftDeleteSet *recent;
  WeftDeleteSet *less_recent;
  gsize n_recent; /* ranges in @recent, as they came */
  gint64 recent_from_ms;

  /* Edited while apart */
  gboolean has_edits;
  WeftClientId client;
  WeftClock from;
  WeftClock to;
  gint64 from_ms;
  gint64 to_ms;
  WeftDeleteSet *deletions;
  gboolean has_news; /* since the last notice */
};

void
weft_stretch_free (WeftStretch *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->seen, weft_state_vector_free);
  g_clear_pointer (&self->deletions, weft_delete_set_free);
  g_clear_pointer (&self->met, weft_state_vector_free);
  g_clear_pointer (&self->until, weft_state_vector_free);
  g_clear_pointer (&self->taken, weft_delete_set_free);
  g_clear_pointer (&self->gone, weft_delete_set_free);
  g_free (self->user);
  g_free (self);
}

gboolean
weft_stretch_contains (const WeftStretch *self,
                       WeftId             id)
{
  return id.client == self->client && id.clock >= self->from && id.clock < self->to;
}

gboolean
weft_stretch_missed (const WeftStretch *self,
                     WeftId             id)
{
  return self->until != NULL && id.client != self->client
         && id.clock >= weft_state_vector_get (self->seen, id.client)
         && id.clock < weft_state_vector_get (self->until, id.client);
}

/* Reading */

static gboolean
read_whole (const WeftAny *entry,
            guint          field,
            guint64       *value)
{
  const WeftAny *item = weft_any_get_item (entry, field);
  double number;

  if (weft_any_get_kind (item) != WEFT_ANY_NUMBER)
    return FALSE;
  number = weft_any_get_number (item);
  if (!(number >= 0 && number <= (double) WEFT_MAX_SAFE_INTEGER))
    return FALSE;

  *value = (guint64) number;
  return TRUE;
}

static WeftStateVector *
read_state (const WeftAny *entry,
            guint          field)
{
  GBytes *bytes = weft_any_get_bytes (weft_any_get_item (entry, field));

  return bytes != NULL ? weft_state_vector_decode (bytes, NULL) : NULL;
}

static WeftDeleteSet *
read_deletions (const WeftAny *entry,
                guint          field)
{
  GBytes *bytes = weft_any_get_bytes (weft_any_get_item (entry, field));

  return bytes != NULL ? weft_delete_set_decode (bytes, NULL) : NULL;
}

/* (transfer full) (nullable): %NULL where it is no stretch */
static WeftStretch *
read_entry (WeftId         id,
            const WeftAny *entry)
{
  g_autoptr(WeftStretch) stretch = g_new0 (WeftStretch, 1);
  guint64 from_ms, to_ms;

  if (weft_any_get_kind (entry) != WEFT_ANY_ARRAY || weft_any_get_n_items (entry) < N_FIELDS)
    return NULL;

  if (!read_whole (entry, FIELD_CLIENT, &stretch->client)
      || !read_whole (entry, FIELD_FROM, &stretch->from)
      || !read_whole (entry, FIELD_TO, &stretch->to)
      || !read_whole (entry, FIELD_FROM_TIME, &from_ms)
      || !read_whole (entry, FIELD_TO_TIME, &to_ms))
    return NULL;

  stretch->id = id;
  stretch->from_ms = (gint64) from_ms;
  stretch->to_ms = (gint64) to_ms;
  stretch->user = g_strdup (weft_any_get_string (weft_any_get_item (entry, FIELD_USER)));
  stretch->seen = read_state (entry, FIELD_SEEN);
  stretch->deletions = read_deletions (entry, FIELD_DELETIONS);
  if (weft_any_get_n_items (entry) > FIELD_MET)
    stretch->met = read_state (entry, FIELD_MET);
  if (stretch->met != NULL && weft_any_get_n_items (entry) > FIELD_GONE)
    {
      stretch->taken = read_deletions (entry, FIELD_TAKEN);
      stretch->gone = stretch->taken != NULL ? read_deletions (entry, FIELD_GONE) : NULL;
    }
  if (stretch->seen == NULL || stretch->deletions == NULL)
    return NULL;

  return g_steal_pointer (&stretch);
}

static void
read_entry_cb (guint64        index,
               WeftId         id,
               const WeftAny *value,
               WeftType      *type,
               gpointer       user_data)
{
  WeftStretch *stretch = value != NULL ? read_entry (id, value) : NULL;

  if (stretch != NULL)
    g_ptr_array_add (user_data, stretch);
}

/* By client; what tells most first; then by the id of the entry. */
static int
compare_stretches (gconstpointer a,
                   gconstpointer b)
{
  const WeftStretch *x = *(const WeftStretch **) a;
  const WeftStretch *y = *(const WeftStretch **) b;

  if (x->client != y->client)
    return x->client < y->client ? -1 : 1;
  if ((x->met != NULL) != (y->met != NULL))
    return x->met != NULL ? -1 : 1;
  if (x->to - x->from != y->to - y->from && x->to >= x->from && y->to >= y->from)
    return x->to - x->from > y->to - y->from ? -1 : 1;
  if (x->id.client != y->id.client)
    return x->id.client < y->id.client ? -1 : 1;

  return (x->id.clock > y->id.clock) - (x->id.clock < y->id.clock);
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const WeftStretch *x = *(const WeftStretch **) a;
  const WeftStretch *y = *(const WeftStretch **) b;

  if (x->client != y->client)
    return x->client < y->client ? -1 : 1;

  return (x->from > y->from) - (x->from < y->from);
}

static gboolean
overlap (const WeftStretch *a,
         const WeftStretch *b)
{
  /* A stretch of deletions only is empty; it stands for itself. */
  if (a->from == a->to || b->from == b->to)
    return a->client == b->client && a->from == b->from && a->to == b->to;

  return a->client == b->client && a->from < b->to && b->from < a->to;
}

/* Whether neither author knew of the other's stretch. */
static gboolean
are_apart (const WeftStretch *a,
           const WeftStretch *b)
{
  return a->client != b->client && weft_state_vector_get (b->seen, a->client) <= a->from
         && weft_state_vector_get (a->seen, b->client) <= b->from;
}

/* Who came back at the same moment had met the relay, but not each other: neither stretch is in the other's
 * `met`. That neither saw the other tells as much. */
static void
find_until (GPtrArray *stretches)
{
  for (guint i = 0; i < stretches->len; i++)
    {
      WeftStretch *stretch = stretches->pdata[i];

      if (stretch->met == NULL)
        continue;

      stretch->until = weft_state_vector_copy (stretch->met);
      for (guint j = 0; j < stretches->len && stretches->len <= MAX_COMPARED; j++)
        {
          const WeftStretch *other = stretches->pdata[j];

          if (are_apart (stretch, other)
              && other->to > weft_state_vector_get (stretch->until, other->client))
            weft_state_vector_set (stretch->until, other->client, other->to);
        }
    }
}

/**
 * weft_stretches_read:
 * @doc: any doc
 *
 * Returns: (transfer full) (element-type WeftStretch): the stretches written in @doc
 */
GPtrArray *
weft_stretches_read (WeftDoc *doc)
{
  g_autoptr(GPtrArray)
      entries = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_stretch_free);
  GPtrArray *stretches = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_stretch_free);

  weft_array_foreach (weft_doc_get_array (doc, "stretches"), read_entry_cb, entries);
  g_ptr_array_sort (entries, compare_stretches);

  for (guint i = 0, first = 0; i < entries->len; i++)
    {
      WeftStretch *entry = entries->pdata[i];
      gboolean is_told = entry->to < entry->from;

      if (first < stretches->len
          && ((WeftStretch *) stretches->pdata[first])->client != entry->client)
        first = stretches->len;
      for (guint j = first; j < stretches->len && !is_told; j++)
        is_told = overlap (stretches->pdata[j], entry);
      if (!is_told)
        {
          g_ptr_array_add (stretches, entry);
          entries->pdata[i] = NULL;
        }
    }
  g_ptr_array_sort (stretches, compare_places);
  find_until (stretches);

  return stretches;
}

/* Writing */

static void
take_bytes (WeftAny *array,
            GBytes  *bytes)
{
  weft_any_array_take (array, weft_any_new_bytes (bytes));
  g_bytes_unref (bytes);
}

typedef struct
{
  const WeftStateVector *seen;
  WeftDeleteSet *noted;
} Noted;

static void
add_noted_cb (WeftId         id,
              WeftDeleteSet *deletions,
              gpointer       user_data)
{
  const Noted *noted = user_data;

  if (id.clock < weft_state_vector_get (noted->seen, id.client))
    weft_delete_set_merge (noted->noted, deletions);
}

/* What of @recent nobody had noted at @seen. (transfer full) */
static WeftDeleteSet *
make_gone (WeftDoc               *doc,
           const WeftDeleteSet   *recent,
           const WeftStateVector *seen)
{
  WeftDeleteSet *gone = weft_delete_set_copy (recent);
  g_autoptr(WeftDeleteSet) set = weft_delete_set_new ();
  Noted noted = { seen, set };

  if (weft_delete_set_get_n_ranges (gone) > 0)
    {
      weft_users_foreach_noted (doc, add_noted_cb, &noted);
      weft_delete_set_subtract (gone, set);
    }

  return gone;
}

/* What of @taken was there at @seen. (transfer full) */
static WeftDeleteSet *
make_taken (WeftDeleteSet         *taken,
            const WeftStateVector *seen)
{
  WeftDeleteSet *known = weft_delete_set_new ();

  for (gsize i = 0; i < weft_delete_set_get_n_ranges (taken); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (taken, i);
      WeftClock end = weft_state_vector_get (seen, range->client);

      if (range->clock < end)
        weft_delete_set_add (known, range->client, range->clock, MIN (range->length, end - range->clock));
    }

  return known;
}

/* Writes @stretch, with what stands in it. */
static void
write_entry (WeftDoc           *doc,
             gconstpointer      origin,
             const WeftStretch *stretch)
{
  WeftType *array = weft_doc_get_array (doc, "stretches");
  g_autoptr(WeftAny) values = weft_any_new_array ();
  WeftAny *entry = weft_any_new_array ();

  weft_any_array_take (entry, weft_any_new_number ((double) stretch->client));
  weft_any_array_take (entry, weft_any_new_number ((double) stretch->from));
  weft_any_array_take (entry, weft_any_new_number ((double) stretch->to));
  take_bytes (entry, weft_state_vector_encode (stretch->seen));
  take_bytes (entry, weft_delete_set_encode (stretch->deletions));
  weft_any_array_take (entry, stretch->user != NULL ? weft_any_new_string (stretch->user)
                                                    : weft_any_new_null ());
  weft_any_array_take (entry, weft_any_new_number ((double) stretch->from_ms));
  weft_any_array_take (entry, weft_any_new_number ((double) stretch->to_ms));
  if (stretch->met != NULL)
    take_bytes (entry, weft_state_vector_encode (stretch->met));
  if (stretch->met != NULL && stretch->taken != NULL)
    {
      take_bytes (entry, weft_delete_set_encode (stretch->taken));
      take_bytes (entry, weft_delete_set_encode (stretch->gone));
    }
  weft_any_array_take (values, entry);

  weft_doc_begin (doc, origin);
  weft_array_insert (array, weft_type_get_length (array), values);
  weft_doc_commit (doc);
}

/* @met: (nullable): what we know after having met */
static void
write_own (WeftStretchRecorder *self,
           WeftStateVector     *met)
{
  g_autoptr(WeftDeleteSet) taken = met != NULL ? make_taken (self->taken, self->seen) : NULL;
  g_autoptr(WeftDeleteSet) recent = NULL, gone = NULL;
  WeftStretch stretch = {
    .client = self->client,
    .from = self->from,
    .to = self->to,
    .seen = self->seen,
    .deletions = self->deletions,
    .user = self->user,
    .from_ms = self->from_ms,
    .to_ms = self->to_ms,
    .met = met,
    .taken = taken,
  };

  if (met != NULL)
    {
      recent = weft_delete_set_copy (self->less_recent);
      weft_delete_set_merge (recent, self->recent);
      stretch.gone = gone = make_gone (self->doc, recent, self->seen);
    }
  weft_delete_set_normalize (self->deletions);
  write_entry (self->doc, self, &stretch);
  self->has_news = FALSE;
}

static void
forget_edits (WeftStretchRecorder *self)
{
  self->has_edits = FALSE;
  self->has_news = FALSE;
  g_clear_pointer (&self->deletions, weft_delete_set_free);
  self->deletions = weft_delete_set_new ();
}

static void
forget_taken (WeftStretchRecorder *self)
{
  g_clear_pointer (&self->taken, weft_delete_set_free);
  self->taken = weft_delete_set_new ();
}

static void
add_recent (WeftStretchRecorder *self,
            WeftDeleteSet       *deletions)
{
  gsize n_ranges = weft_delete_set_get_n_ranges (deletions);
  gint64 now_ms;

  if (n_ranges == 0)
    return;

  now_ms = self->now (self->now_data);
  if (now_ms - self->recent_from_ms >= RECENT_MS || now_ms < self->recent_from_ms)
    {
      g_clear_pointer (&self->less_recent, weft_delete_set_free);
      self->less_recent = g_steal_pointer (&self->recent);
      self->recent = weft_delete_set_new ();
      self->n_recent = 0;
      self->recent_from_ms = now_ms;
    }

  if (self->n_recent + n_ranges > MAX_RECENT)
    return;
  weft_delete_set_merge (self->recent, deletions);
  self->n_recent += n_ranges;
}

/* Whether anybody may ask some day what others deleted while we were apart. */
static gboolean
has_parted (WeftStretchRecorder *self)
{
  return self->has_edits || weft_type_get_length (weft_doc_get_array (self->doc, "stretches")) > 0;
}

static void
remote_transaction (WeftStretchRecorder *self,
                    WeftTransaction     *transaction)
{
  if (!self->is_apart)
    add_recent (self, weft_transaction_get_delete_set (transaction));
  else if (has_parted (self))
    weft_delete_set_merge (self->taken, weft_transaction_get_delete_set (transaction));
}

static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  WeftStretchRecorder *self = user_data;
  WeftClientId client = weft_doc_get_client_id (doc);
  WeftClock before, after;

  if (!weft_transaction_is_local (transaction))
    {
      remote_transaction (self, transaction);
      return;
    }
  if (!self->is_apart || weft_transaction_get_origin (transaction) == self)
    return;

  before = weft_state_vector_get (weft_transaction_get_before_state (transaction), client);
  after = weft_state_vector_get (weft_transaction_get_after_state (transaction), client);
  if (self->has_edits && self->client != client)
    {
      /* The document took another id. What was written under the old one is told by itself. */
      write_own (self, NULL);
      forget_edits (self);
    }
  if (!self->has_edits)
    {
      /* What came in since we parted, while a connection was being made, was there to be seen. */
      g_clear_pointer (&self->seen, weft_state_vector_free);
      self->seen = weft_state_vector_copy (weft_transaction_get_before_state (transaction));
      add_recent (self, self->taken);
      forget_taken (self);
      self->client = client;
      self->from = before;
      self->from_ms = self->now (self->now_data);
    }

  /* A stretch of deletions only has no length. */
  self->has_edits = TRUE;
  self->to = after;
  self->to_ms = self->now (self->now_data);
  self->has_news = TRUE;
  weft_delete_set_merge (self->deletions, weft_transaction_get_delete_set (transaction));
}

/**
 * weft_stretch_recorder_new:
 * @doc: any doc; borrowed
 * @now: the time, in ms since 1970
 * @now_data: given to @now
 *
 * Returns: (transfer full): a recorder for @doc
 */
WeftStretchRecorder *
weft_stretch_recorder_new (WeftDoc    *doc,
                           WeftNowFunc now,
                           gpointer    now_data)
{
  static const WeftDocObserver observer = { .transaction = transaction_cb };
  WeftStretchRecorder *self = g_new0 (WeftStretchRecorder, 1);

  self->doc = doc;
  self->now = now;
  self->now_data = now_data;
  self->deletions = weft_delete_set_new ();
  self->taken = weft_delete_set_new ();
  self->recent = weft_delete_set_new ();
  self->less_recent = weft_delete_set_new ();
  self->observer_id = weft_doc_add_observer (doc, &observer, self);

  return self;
}

void
weft_stretch_recorder_free (WeftStretchRecorder *self)
{
  if (self == NULL)
    return;

  weft_doc_remove_observer (self->doc, self->observer_id);
  g_clear_pointer (&self->seen, weft_state_vector_free);
  g_clear_pointer (&self->deletions, weft_delete_set_free);
  g_clear_pointer (&self->taken, weft_delete_set_free);
  g_clear_pointer (&self->recent, weft_delete_set_free);
  g_clear_pointer (&self->less_recent, weft_delete_set_free);
  g_free (self->user);
  g_free (self);
}

gconstpointer
weft_stretch_recorder_get_origin (WeftStretchRecorder *self)
{
  return self;
}

void
weft_stretch_recorder_set_user (WeftStretchRecorder *self,
                                const char          *user)
{
  g_free (self->user);
  self->user = g_strdup (user);
}

gboolean
weft_stretch_recorder_is_apart (WeftStretchRecorder *self)
{
  return self->is_apart;
}

void
weft_stretch_recorder_part (WeftStretchRecorder *self)
{
  if (self->is_apart)
    return;

  self->is_apart = TRUE;
  g_clear_pointer (&self->seen, weft_state_vector_free);
  self->seen = weft_doc_get_state_vector (self->doc);
  forget_taken (self);
}

void
weft_stretch_recorder_flush (WeftStretchRecorder *self)
{
  if (self->is_apart && self->has_news)
    write_own (self, NULL);
}

/* Whether both names, `<name> · <device>`, are of one device: people change their names. */
static gboolean
same_device (const char *a,
             const char *b)
{
  const char *device_a = a != NULL ? g_strrstr (a, DEVICE_SEPARATOR) : NULL;
  const char *device_b = b != NULL ? g_strrstr (b, DEVICE_SEPARATOR) : NULL;

  return device_a != NULL && device_b != NULL ? g_str_equal (device_a, device_b)
                                              : g_strcmp0 (a, b) == 0;
}

/* Whether all of others that is in @state was there when @stretch began. What ours wrote in between has no part
 * in it. */
static gboolean
saw_all (GPtrArray             *stretches,
         const WeftStretch     *stretch,
         const char            *user,
         const WeftStateVector *state)
{
  for (gsize i = 0; i < weft_state_vector_get_n_clients (state); i++)
    {
      WeftClientId client;
      WeftClock clock;
      gboolean is_own = FALSE;

      weft_state_vector_get_entry (state, i, &client, &clock);
      for (guint j = 0; j < stretches->len && !is_own; j++)
        {
          const WeftStretch *other = stretches->pdata[j];

          is_own = other->client == client && same_device (other->user, user);
        }
      if (!is_own && clock > weft_state_vector_get (stretch->seen, client))
        return FALSE;
    }

  return TRUE;
}

/* Earlier runs of ours that ended apart left notices. They have met what we have met.
 * @before: (nullable): what was known before, @taken: (nullable): what others deleted since */
static guint
complete_notices (WeftDoc *doc,
                  gconstpointer origin,
                  const char *user,
                  WeftClientId running, /* whose notices are written by itself; 0: none are */
                  const WeftStateVector *before,
                  const WeftDeleteSet *taken,
                  WeftStateVector *met)
{
  g_autoptr(GPtrArray) stretches = weft_stretches_read (doc);
  g_autoptr(WeftDeleteSet) all_taken = taken != NULL ? weft_delete_set_copy (taken) : NULL;
  guint n_completed = 0;

  for (guint i = 0; i < stretches->len; i++)
    {
      WeftStretch *stretch = stretches->pdata[i];

      if (stretch->met != NULL || (running != 0 && stretch->client == running)
          || !same_device (stretch->user, user))
        continue;
      stretch->met = weft_state_vector_copy (met);
      if (before != NULL && all_taken != NULL && saw_all (stretches, stretch, user, before))
        {
          stretch->taken = make_taken (all_taken, stretch->seen);
          stretch->gone = weft_delete_set_new ();
        }
      write_entry (doc, origin, stretch);
      n_completed++;
    }

  return n_completed;
}

/**
 * weft_stretches_complete:
 * @doc: a doc that no recorder watches, right after the changes of a peer were applied
 * @user: (nullable): `<name> · <device>`, as in weft_stretch_recorder_set_user()
 * @before: (nullable): what @doc knew before those changes
 * @taken: (nullable): what they deleted
 *
 * Runs of this device that ended apart left notices of what they wrote; now they have met the others.
 *
 * Returns: how many there were; each is a change of @doc
 */
guint
weft_stretches_complete (WeftDoc               *doc,
                         const char            *user,
                         const WeftStateVector *before,
                         const WeftDeleteSet   *taken)
{
  g_autoptr(WeftStateVector) met = weft_doc_get_state_vector (doc);

  return complete_notices (doc, NULL, user, 0, before, taken, met);
}

/**
 * weft_stretch_recorder_meet:
 * @self: a recorder
 *
 * To be called after the changes of the peer were applied: both know the same then.
 */
void
weft_stretch_recorder_meet (WeftStretchRecorder *self)
{
  g_autoptr(WeftStateVector) met = NULL;

  if (!self->is_apart)
    return;

  self->is_apart = FALSE;
  met = weft_doc_get_state_vector (self->doc);
  if (self->has_edits)
    write_own (self, met);
  complete_notices (self->doc, self, self->user, self->client, self->seen, self->taken, met);
  forget_edits (self);
  /* Who deleted it may note it only now. */
  add_recent (self, self->taken);
  forget_taken (self);
}
