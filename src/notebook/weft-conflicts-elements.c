/* weft-conflicts-elements.c - conflicts on a board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-conflicts-private.h"

#include <string.h>

#define PLACE "place"

/* An entry of a property of an element. */
typedef struct
{
  const char *key; /* borrowed from the document */
  WeftId id;
} Entry;

/* What one side wrote to one register of an element. */
typedef struct
{
  WeftType *element;
  const char *name; /* of the register: borrowed */
  GArray *entries;  /* Entry, the last one of each key */
} Register;

typedef struct
{
  WeftConflictFinder *finder;
  const WeftStretch *stretch;
  WeftType *board; /* the map of elements, nullable */
  WeftType *plain; /* a root map whose own keys are registers */
  gboolean is_missed;
  WeftClock to;
  GHashTable *registers; /* Register -> itself */
} Side;

/* These count versions or remember chance; nobody sees them. */
static const char *const ignored_keys[] = {
  "format", "index", "seed", "updated", "version", "versionNonce", NULL,
};

static const char *const place_keys[] = {
  "x", "y", "width", "height", "angle", "points", NULL,
};

static const char *
register_of (const char *key)
{
  return g_strv_contains (place_keys, key) ? PLACE : key;
}

static void
register_free (gpointer data)
{
  Register *reg = data;

  g_array_unref (reg->entries);
  g_free (reg);
}

static guint
register_hash (gconstpointer data)
{
  const Register *reg = data;

  return g_direct_hash (reg->element) ^ g_str_hash (reg->name);
}

static gboolean
register_equal (gconstpointer a,
                gconstpointer b)
{
  const Register *x = a, *y = b;

  return x->element == y->element && strcmp (x->name, y->name) == 0;
}

static Entry *
find_entry (const Register *reg,
            const char     *key)
{
  for (guint i = 0; i < reg->entries->len; i++)
    {
      Entry *entry = &g_array_index (reg->entries, Entry, i);

      if (strcmp (entry->key, key) == 0)
        return entry;
    }

  return NULL;
}

static gboolean
is_live_element (const Side *side,
                 WeftType   *map)
{
  if (map == side->plain)
    return TRUE;

  return side->board != NULL && weft_type_get_parent (map) == side->board
         && !weft_type_is_deleted (map) && weft_type_get_parent_key (map) != NULL
         && weft_map_get_type (side->board, weft_type_get_parent_key (map)) == map;
}

/* Which of two writes of one key by people of one side counts: the one in force, else the greater
 * id. */
static gboolean
comes_after (WeftType   *element,
             const char *key,
             WeftId      a,
             WeftId      b)
{
  WeftId now;

  if (a.client == b.client)
    return a.clock > b.clock;
  if (weft_map_get_entry_id (element, key, &now)
      && (weft_id_equal (now, a) || weft_id_equal (now, b)))
    return weft_id_equal (now, a);

  return a.client > b.client;
}

static gboolean
collect_item_cb (const WeftItemInfo *item,
                 gpointer            user_data)
{
  Side *side = user_data;
  Register asked = { item->parent, NULL, NULL };
  Register *reg;
  Entry *entry;
  Entry added;

  if (item->parent_sub == NULL || item->content == WEFT_CONTENT_TYPE || item->parent == NULL
      || !is_live_element (side, item->parent) || g_strv_contains (ignored_keys, item->parent_sub))
    return TRUE;

  added.key = item->parent_sub;
  added.id = (WeftId){ item->id.client, MIN (item->id.clock + item->length, side->to) - 1 };
  if (side->is_missed
      && weft_conflict_finder_knew (side->finder, added.id,
                                    (WeftId){ side->stretch->client, side->stretch->from }))
    return TRUE;

  asked.name = register_of (item->parent_sub);
  reg = g_hash_table_lookup (side->registers, &asked);
  if (reg == NULL)
    {
      reg = g_new0 (Register, 1);
      *reg = asked;
      reg->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
      g_hash_table_add (side->registers, reg);
    }

  entry = find_entry (reg, added.key);
  if (entry == NULL)
    g_array_append_val (reg->entries, added);
  else if (comes_after (item->parent, added.key, added.id, entry->id))
    *entry = added;

  return TRUE;
}

static void
collect_range (WeftClientId client,
               WeftClock    from,
               WeftClock    to,
               gpointer     user_data)
{
  Side *side = user_data;

  side->to = to;
  if (from < to)
    weft_doc_foreach_item (side->finder->doc, client, from, to, collect_item_cb, side);
}

static void
side_init (Side               *side,
           WeftConflictFinder *finder,
           const WeftStretch  *stretch,
           WeftType           *board,
           WeftType           *plain,
           gboolean            is_missed)
{
  side->finder = finder;
  side->stretch = stretch;
  side->board = board;
  side->plain = plain;
  side->is_missed = is_missed;
  side->registers = g_hash_table_new_full (register_hash, register_equal, register_free, NULL);

  if (is_missed)
    weft_stretch_foreach_missed (stretch, collect_range, side);
  else
    collect_range (stretch->client, stretch->from, stretch->to, side);
}

static gboolean
is_same_content (WeftDoc *doc,
                 WeftId   a,
                 WeftId   b)
{
  g_autoptr(WeftAny) value_a = weft_doc_dup_content (doc, a, 1);
  g_autoptr(WeftAny) value_b = weft_doc_dup_content (doc, b, 1);

  return value_a != NULL && value_b != NULL && weft_any_equal (value_a, value_b);
}

/* Whether both wrote the same. */
static gboolean
is_agreed (WeftDoc        *doc,
           const Register *a,
           const Register *b)
{
  for (guint i = 0; i < a->entries->len; i++)
    {
      const Entry *entry = &g_array_index (a->entries, Entry, i);
      const Entry *other = find_entry (b, entry->key);

      if (other == NULL || !is_same_content (doc, entry->id, other->id))
        return FALSE;
    }

  return a->entries->len == b->entries->len;
}

static gboolean
is_held (const Register *reg,
         const Entry    *entry)
{
  WeftId now;

  return weft_map_has (reg->element, entry->key)
         && weft_map_get_entry_id (reg->element, entry->key, &now)
         && weft_id_equal (now, entry->id);
}

/* Where a choice was taken back, undo wrote again what was in force before. */
static gboolean
is_held_again (WeftConflictFinder *finder,
               const Register     *reg,
               const Entry        *entry)
{
  WeftId now;

  return weft_map_has (reg->element, entry->key)
         && weft_map_get_entry_id (reg->element, entry->key, &now)
         && is_same_content (finder->doc, now, entry->id);
}

/* Which of the two is held: 0 or 1 for @a or @b; -1: neither. @again: by what undo wrote */
static int
find_held (WeftConflictFinder *finder,
           const Register     *a,
           const Register     *b,
           gboolean            again)
{
  gboolean has_common = FALSE;

  /* Where both wrote one key, that tells. */
  for (guint i = 0; i < a->entries->len; i++)
    {
      const Entry *entry = &g_array_index (a->entries, Entry, i);
      const Entry *other = find_entry (b, entry->key);

      if (other == NULL)
        continue;
      has_common = TRUE;
      if (again && is_same_content (finder->doc, entry->id, other->id))
        continue;
      if (again ? is_held_again (finder, a, entry) : is_held (a, entry))
        return 0;
      if (again ? is_held_again (finder, b, other) : is_held (b, other))
        return 1;
    }

  /* Else they hold both: one turned what the other moved. */
  for (guint i = 0; i < a->entries->len && !has_common; i++)
    {
      const Entry *entry = &g_array_index (a->entries, Entry, i);

      if (again ? is_held_again (finder, a, entry) : is_held (a, entry))
        return 0;
    }

  return -1;
}

/* Which of the two is in force: 0 or 1 for @a or @b; -1: somebody wrote later. */
static int
find_in_force (WeftConflictFinder *finder,
               const Register     *a,
               const Register     *b)
{
  int held = find_held (finder, a, b, FALSE);

  return held < 0 && finder->has_undone ? find_held (finder, a, b, TRUE) : held;
}

/* Adds what @reg was set to. */
static void
add_values (WeftDoc        *doc,
            const Register *reg,
            WeftAny        *object)
{
  for (guint i = 0; i < reg->entries->len; i++)
    {
      const Entry *entry = &g_array_index (reg->entries, Entry, i);
      WeftAny *value = weft_doc_dup_content (doc, entry->id, 1);

      weft_any_object_take (object, entry->key, value != NULL ? value : weft_any_new_undefined ());
    }
}

/* What a key was when the two parted. */
typedef struct
{
  const WeftStretch *stretch;
  WeftId id;
  gboolean found;
} Base;

static gboolean
find_base_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  Base *base = user_data;

  if ((item->id.client == base->stretch->client && item->id.clock >= base->stretch->from)
      || item->id.clock >= weft_state_vector_get (base->stretch->seen, item->id.client))
    return TRUE;

  base->id = (WeftId){ item->id.client, item->id.clock + item->length - 1 };
  base->found = TRUE;
  return FALSE;
}

/* Where only the other one wrote a key of the same register, this one left it as it was: who moved a shape to the
 * right did not move it down. */
static void
add_left_alone (WeftDoc           *doc,
                const WeftStretch *stretch,
                const Register    *reg,
                const Register    *other,
                WeftAny           *object)
{
  for (guint i = 0; i < other->entries->len; i++)
    {
      const Entry *entry = &g_array_index (other->entries, Entry, i);
      Base base = { .stretch = stretch };
      g_autoptr(WeftAny) value = NULL;

      if (find_entry (reg, entry->key) != NULL)
        continue;
      weft_map_foreach_entry (reg->element, entry->key, find_base_cb, &base);
      if (base.found)
        value = weft_doc_dup_content (doc, base.id, 1);
      if (value != NULL)
        weft_any_object_take (object, entry->key, g_steal_pointer (&value));
    }
}

/* The last id of the register, to name it by. */
static WeftId
last_of (const Register *reg)
{
  WeftId last = { 0, 0 };

  for (guint i = 0; i < reg->entries->len; i++)
    {
      WeftId id = g_array_index (reg->entries, Entry, i).id;

      if (id.client > last.client || (id.client == last.client && id.clock >= last.clock))
        last = id;
    }

  return last;
}

static void
raise_id (WeftId *id,
          WeftId  other)
{
  if (other.client > id->client || (other.client == id->client && other.clock > id->clock))
    *id = other;
}

/* A card that is being filled: one for each element and side that is in force. */
typedef struct
{
  WeftConflict *conflict;
  WeftType *element;
  int in_force;
  WeftAny *values[2];
  WeftId ids[2];
  guint n_registers;
} Card;

static Card *
ensure_card (GArray   *cards,
             WeftType *element,
             int       in_force)
{
  Card card = { .element = element, .in_force = in_force };

  for (guint i = 0; i < cards->len; i++)
    {
      Card *known = &g_array_index (cards, Card, i);

      if (known->element == element && known->in_force == in_force)
        return known;
    }

  card.values[0] = weft_any_new_object ();
  card.values[1] = weft_any_new_object ();
  g_array_append_val (cards, card);

  return &g_array_index (cards, Card, cards->len - 1);
}

/* @id_a and @id_b name the card. @stretch: (nullable): the one that @a or @b was written in */
static void
add_to_card (WeftConflictFinder *finder,
             const WeftStretch  *stretch,
             GArray             *cards,
             const Register     *a,
             WeftId              id_a,
             const Register     *b,
             WeftId              id_b)
{
  int in_force = find_in_force (finder, a, b);
  Card *card;

  if (in_force < 0 || is_agreed (finder->doc, a, b))
    return;

  card = ensure_card (cards, a->element, in_force);
  add_values (finder->doc, a, card->values[0]);
  add_values (finder->doc, b, card->values[1]);
  if (stretch != NULL)
    {
      add_left_alone (finder->doc, stretch, a, b, card->values[0]);
      add_left_alone (finder->doc, stretch, b, a, card->values[1]);
    }
  raise_id (&card->ids[0], id_a);
  raise_id (&card->ids[1], id_b);
  if (card->conflict == NULL)
    {
      card->conflict = g_new0 (WeftConflict, 1);
      card->conflict->kind = WEFT_CONFLICT_ELEMENT;
      card->conflict->element = g_strdup (weft_type_get_parent_key (a->element));
    }
  if (card->n_registers++ == 0)
    card->conflict->key = g_strdup (a->name);
  else
    g_clear_pointer (&card->conflict->key, g_free);
}

static void
take_cards (WeftConflictFinder *finder,
            GArray             *cards)
{
  for (guint i = 0; i < cards->len; i++)
    {
      Card *card = &g_array_index (cards, Card, i);
      int in_force = card->in_force, other = 1 - in_force;

      card->conflict->id = weft_conflict_make_id (
          "element", &(WeftOpId){ card->ids[0].client, card->ids[0].clock, 0 },
          &(WeftOpId){ card->ids[1].client, card->ids[1].clock, 0 });
      weft_conflict_finder_fill (finder, &card->conflict->sides[0], card->ids[in_force],
                                 card->values[in_force]);
      weft_conflict_finder_fill (finder, &card->conflict->sides[1], card->ids[other],
                                 card->values[other]);
      weft_conflict_finder_take (finder, card->conflict);
    }
}

static int
compare_registers (gconstpointer a,
                   gconstpointer b)
{
  return strcmp ((*(const Register **) a)->name, (*(const Register **) b)->name);
}

static void
check_stretch (WeftConflictFinder *finder,
               const WeftStretch  *stretch,
               WeftType           *board,
               WeftType           *plain)
{
  g_autoptr(GArray) cards = g_array_new (FALSE, FALSE, sizeof (Card));
  g_autoptr(GPtrArray) registers = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;
  Side mine, theirs;

  side_init (&mine, finder, stretch, board, plain, FALSE);
  side_init (&theirs, finder, stretch, board, plain, TRUE);

  g_hash_table_iter_init (&iter, mine.registers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (registers, value);
  g_ptr_array_sort (registers, compare_registers);
  for (guint i = 0; i < registers->len; i++)
    {
      const Register *other = g_hash_table_lookup (theirs.registers, registers->pdata[i]);

      if (other != NULL)
        add_to_card (finder, stretch, cards, registers->pdata[i], last_of (registers->pdata[i]), other,
                     last_of (other));
    }
  take_cards (finder, cards);

  g_hash_table_unref (mine.registers);
  g_hash_table_unref (theirs.registers);
}

void
weft_conflict_finder_check_maps (WeftConflictFinder *finder,
                                 WeftType           *board,
                                 WeftType           *plain)
{
  for (guint i = 0; i < finder->stretches->len; i++)
    {
      const WeftStretch *stretch = finder->stretches->pdata[i];

      if (stretch->met != NULL)
        check_stretch (finder, stretch, board, plain);
    }
}

/* Peers without stretches */

/* The newest entry of a key, and the newest one that is not in its chain of origins. @fork is the
 * entry of that chain next to it: it stays the same when its author writes on. */
typedef struct
{
  WeftId newest;
  WeftId fork;
  gboolean has_newest;
  WeftId expected; /* the next one in the chain */
  gboolean has_expected;
  WeftId beside;
  gboolean has_beside;
} Chain;

static gboolean
follow_chain_cb (const WeftItemInfo *item,
                 gpointer            user_data)
{
  Chain *chain = user_data;
  WeftId last = { item->id.client, item->id.clock + item->length - 1 };

  if (!chain->has_newest)
    {
      chain->newest = chain->expected = last;
      chain->has_newest = chain->has_expected = TRUE;
    }

  if (chain->has_expected && chain->expected.client == item->id.client
      && chain->expected.clock >= item->id.clock && chain->expected.clock <= last.clock)
    {
      chain->fork = item->id;
      chain->expected = item->origin;
      chain->has_expected = item->has_origin;
      return TRUE;
    }

  chain->beside = last;
  chain->has_beside = TRUE;
  return FALSE;
}

typedef struct
{
  WeftId of;
  gboolean found;
} Evidence;

static gboolean
find_evidence_cb (const WeftItemInfo *item,
                  gpointer            user_data)
{
  Evidence *evidence = user_data;
  WeftId of = evidence->of;

  evidence->found = (item->has_origin && item->origin.client == of.client
                     && item->origin.clock >= of.clock)
                    || (item->has_right_origin && item->right_origin.client == of.client
                        && item->right_origin.clock >= of.clock);

  return !evidence->found;
}

/* Whether whoever wrote @by knew @of: they built on it, or on something its author wrote later. */
static gboolean
has_evidence (WeftConflictFinder *finder,
              WeftId              by,
              WeftId              of)
{
  Evidence evidence = { of, FALSE };

  if (weft_conflict_finder_knew (finder, by, of))
    return TRUE;
  weft_doc_foreach_item (finder->doc, by.client, 0, by.clock + 1, find_evidence_cb, &evidence);

  return evidence.found;
}

static gboolean
writes_stretches (WeftConflictFinder *finder,
                  WeftClientId        client)
{
  for (guint i = 0; i < finder->stretches->len; i++)
    if (((const WeftStretch *) finder->stretches->pdata[i])->client == client)
      return TRUE;

  /* Whoever says who they are here is one of us, and tells when they were apart. */
  return finder->users != NULL && weft_users_lookup_client (finder->users, client) != NULL;
}

static void
check_key (WeftConflictFinder *finder,
           GArray             *cards,
           WeftType           *element,
           const char         *key)
{
  Chain chain = { 0 };
  Entry entries[2];
  Register sides[2];

  weft_map_foreach_entry (element, key, follow_chain_cb, &chain);
  if (!chain.has_beside
      || (writes_stretches (finder, chain.newest.client)
          && writes_stretches (finder, chain.beside.client))
      || has_evidence (finder, chain.newest, chain.beside)
      || has_evidence (finder, chain.beside, chain.newest))
    return;

  entries[0] = (Entry){ key, chain.newest };
  entries[1] = (Entry){ key, chain.beside };
  for (guint i = 0; i < 2; i++)
    {
      sides[i] = (Register){ element, register_of (key),
                             g_array_new (FALSE, FALSE, sizeof (Entry)) };
      g_array_append_val (sides[i].entries, entries[i]);
    }
  add_to_card (finder, NULL, cards, &sides[0], chain.fork, &sides[1], chain.beside);
  for (guint i = 0; i < 2; i++)
    g_array_unref (sides[i].entries);
}

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

static void
check_chains (WeftConflictFinder *finder)
{
  WeftType *board = weft_doc_get_map (finder->doc, "board");
  g_autoptr(GPtrArray) elements = weft_map_list_keys (board);

  for (guint i = 0; i < elements->len; i++)
    {
      WeftType *element = weft_map_get_type (board, elements->pdata[i]);
      g_autoptr(GArray) cards = g_array_new (FALSE, FALSE, sizeof (Card));
      g_autoptr(GPtrArray) keys = NULL;

      if (element == NULL || weft_type_get_kind (element) != WEFT_KIND_MAP)
        continue;
      keys = weft_map_list_keys (element);
      g_ptr_array_sort (keys, compare_keys);
      for (guint j = 0; j < keys->len; j++)
        if (!g_strv_contains (ignored_keys, keys->pdata[j])
            && weft_map_get_type (element, keys->pdata[j]) == NULL)
          check_key (finder, cards, element, keys->pdata[j]);
      take_cards (finder, cards);
    }
}

/**
 * weft_conflicts_list_elements:
 * @board: a board doc
 * @users: (nullable): the people of that doc
 *
 * Returns: (transfer full) (element-type WeftConflict): the open conflicts of its elements
 */
GPtrArray *
weft_conflicts_list_elements (WeftDoc   *board,
                              WeftUsers *users)
{
  WeftConflictFinder finder;

  weft_conflict_finder_init (&finder, board, users);
  weft_conflict_finder_check_maps (&finder, weft_doc_get_map (board, "board"),
                                   weft_doc_get_map (board, "meta"));
  check_chains (&finder);
  weft_conflict_finder_check_inside (&finder);

  return weft_conflict_finder_finish (&finder);
}

/**
 * weft_conflicts_may_be_in_elements:
 * @board: a board doc
 * @users: (nullable): the people of that doc
 *
 * Looks at who wrote in it, not at what.
 *
 * Returns: %FALSE where weft_conflicts_list_elements() is empty: nobody was apart, and everybody would say so
 */
gboolean
weft_conflicts_may_be_in_elements (WeftDoc   *board,
                                   WeftUsers *users)
{
  g_autoptr(WeftStateVector) state = NULL;

  if (weft_type_get_length (weft_doc_get_array (board, "stretches")) > 0 || users == NULL)
    return TRUE;

  state = weft_doc_get_state_vector (board);
  for (gsize i = 0; i < weft_state_vector_get_n_clients (state); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (state, i, &client, &clock);
      if (weft_users_lookup_client (users, client) == NULL)
        return TRUE;
    }

  return FALSE;
}

/* Writes the values of one side where the element holds others. A place is made whole. */
static void
write_values (WeftType      *element,
              const WeftAny *values)
{
  for (gsize i = 0; i < weft_any_get_n_items (values); i++)
    {
      const char *key = weft_any_get_key (values, i);
      const WeftAny *value = weft_any_get_item (values, i);
      g_autoptr(WeftAny) now = weft_map_get (element, key);

      /* Undefined: no longer kept by anybody here. */
      if (weft_any_get_kind (value) != WEFT_ANY_UNDEFINED
          && (now == NULL || !weft_any_equal (now, value)))
        weft_map_set (element, key, (WeftAny *) value);
    }
}

/**
 * weft_conflict_settle_content:
 * @self: a conflict of weft_conflicts_list_elements() or weft_conflicts_list_lines()
 * @doc: its doc
 * @origin: the origin of the edit
 * @keep_other: whether the values that are not in force shall be
 * @user: (nullable): who decides
 */
void
weft_conflict_settle_content (const WeftConflict *self,
                              WeftDoc            *doc,
                              gconstpointer       origin,
                              gboolean            keep_other,
                              const char         *user)
{
  const WeftConflictSide *side = &self->sides[keep_other ? 1 : 0];
  g_autoptr(WeftUsers) users = self->kind == WEFT_CONFLICT_LINE ? weft_users_new (doc) : NULL;

  weft_doc_begin (doc, origin);
  if (self->kind == WEFT_CONFLICT_ELEMENT && side->value != NULL)
    {
      WeftType *element = self->element != NULL
                              ? weft_map_get_type (weft_doc_get_map (doc, "board"), self->element)
                              : weft_doc_get_map (doc, "meta");

      if (element != NULL)
        write_values (element, side->value);
    }
  if (self->kind == WEFT_CONFLICT_INSIDE && keep_other)
    weft_conflict_revive_element (self, doc);
  if (self->kind == WEFT_CONFLICT_LINE)
    weft_conflict_rewrite_line (self, doc, users, keep_other ? 1 : 0);
  if (self->kind == WEFT_CONFLICT_TIE && keep_other)
    weft_conflict_put_value (self, doc);
  weft_conflict_note_resolved (self, doc, user);
  weft_doc_commit (doc);
}
