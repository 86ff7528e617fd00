/* weft-any.c - values: what JSON has, and bytes, big integers and undefined
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Objects list their keys as a JavaScript object does: array indexes first, ascending, then the others in the order
 * in which they came; so what Yjs writes is what we write (weft-any-codec.c). An object of more than a few keys has a
 * table of their hashes beside it.
 *
 * A container can have numbers and short strings in blocks of its own, so that reading a large one
 * takes few allocations. Whoever holds such a value holds the container.
 */

#include "config.h"

#include "crdt/weft-any-layout.h"
#include "crdt/weft-hash.h"

#include <math.h>
#include <string.h>

/* The least block of a container */
#define MIN_BLOCK 64

/* About what the key and the value of a member take */
#define MEMBER_GUESS 32

/* Up to here a key is found by looking at all of them. */
#define MAX_UNHASHED_KEYS 12

/* Shared by all; a reference count of 0 says that it is not counted. */
static const WeftAny any_undefined = { .kind = WEFT_ANY_UNDEFINED };
static const WeftAny any_null = { .kind = WEFT_ANY_NULL };
static const WeftAny any_true = { .kind = WEFT_ANY_BOOLEAN, .u.boolean = TRUE };
static const WeftAny any_false = { .kind = WEFT_ANY_BOOLEAN, .u.boolean = FALSE };

/* What is beyond the size of a scalar is not there: a copy of the function for one kind alone makes GCC warn of it. */
#ifdef __clang__
#define NOT_COPIED G_NO_INLINE
#else
#define NOT_COPIED __attribute__ ((noinline, noclone))
#endif

static NOT_COPIED WeftAny *
any_new (WeftAnyKind kind)
{
  gsize size = kind == WEFT_ANY_ARRAY || kind == WEFT_ANY_OBJECT ? sizeof (WeftAny) : WEFT_ANY_SCALAR_SIZE;
  WeftAny *self = g_malloc0 (size);

  self->ref_count = 1;
  self->kind = kind;
  return self;
}

WeftAny *
weft_any_new_undefined (void)
{
  return (WeftAny *) &any_undefined;
}

WeftAny *
weft_any_new_null (void)
{
  return (WeftAny *) &any_null;
}

WeftAny *
weft_any_new_boolean (gboolean value)
{
  return (WeftAny *) (value ? &any_true : &any_false);
}

WeftAny *
weft_any_new_number (double value)
{
  WeftAny *self = any_new (WEFT_ANY_NUMBER);

  self->u.number = value;
  return self;
}

WeftAny *
weft_any_new_bigint (gint64 value)
{
  WeftAny *self = any_new (WEFT_ANY_BIGINT);

  self->u.bigint = value;
  return self;
}

WeftAny *
weft_any_new_string (const char *utf8)
{
  return weft_any_new_string_len (utf8, -1);
}

WeftAny *
weft_any_new_string_len (const char *utf8,
                         gssize      n_bytes)
{
  gsize length = n_bytes < 0 ? strlen (utf8) : (gsize) n_bytes;
  WeftAny *self = g_malloc (WEFT_ANY_STRING_SIZE + length + 1);
  char *copy = (char *) self + WEFT_ANY_STRING_SIZE;

  if (length > 0)
    memcpy (copy, utf8, length);
  copy[length] = '\0';

  self->ref_count = 1;
  self->kind = WEFT_ANY_STRING;
  self->u.string.n_bytes = length;
  self->u.string.utf8 = copy;
  return self;
}

WeftAny *
weft_any_new_bytes (GBytes *bytes)
{
  WeftAny *self = any_new (WEFT_ANY_BYTES);

  self->u.bytes = g_bytes_ref (bytes);
  return self;
}

WeftAny *
weft_any_new_array (void)
{
  return any_new (WEFT_ANY_ARRAY);
}

/* The container in whose block the value stands. */
static inline WeftAny *
get_owner (const WeftAny *self)
{
  return ((const WeftAnyBlock *) ((const char *) self + self->ref_count))->owner;
}

static WeftAnyBlock **
get_block (WeftAny *container)
{
  return container->kind == WEFT_ANY_ARRAY ? &container->u.array.block : &container->u.object.block;
}

/* About what the values take for which there is room, and their keys */
static guint32
guess_size (WeftAny *container)
{
  gsize size = container->kind == WEFT_ANY_ARRAY ? container->u.array.allocated * 16
                                                 : (gsize) container->u.object.allocated * MEMBER_GUESS;

  return (guint32) CLAMP (size + sizeof (WeftAnyBlock), MIN_BLOCK, WEFT_ANY_MAX_BLOCK);
}

/* At most WEFT_ANY_MAX_WITHIN bytes and a little more that live as long as @container. */
static gpointer
take_room (WeftAny *container,
           guint32  size)
{
  WeftAnyBlock **newest = get_block (container), *block = *newest;
  gpointer room;

  size = (size + 7) & ~7u;
  if (block == NULL || block->allocated - block->used < size)
    {
      guint32 wanted = block == NULL ? guess_size (container) : MIN (block->allocated * 2, WEFT_ANY_MAX_BLOCK);

      wanted = MAX (wanted, size + (guint32) sizeof (WeftAnyBlock));
      block = g_malloc (wanted);
      *block = (WeftAnyBlock) { container, *newest, sizeof (WeftAnyBlock), wanted };
      *newest = block;
    }
  room = (char *) block + block->used;
  block->used += size;

  return room;
}

WeftAny *
weft_any_new_within (WeftAny    *container,
                     WeftAnyKind kind,
                     guint32     size)
{
  WeftAny *self = take_room (container, size);

  self->ref_count = -(int) ((char *) self - (char *) *get_block (container));
  self->kind = kind;

  return self;
}

static void
drop_blocks (WeftAny *container)
{
  gboolean is_whole = container->kind == WEFT_ANY_OBJECT && container->u.object.is_whole;

  for (WeftAnyBlock *block = *get_block (container), *older; block != NULL; block = older)
    {
      older = block->older;
      if (older != NULL || !is_whole)
        g_free (block);
    }
}

void
weft_any_release (WeftAny *container,
                  WeftAny *value)
{
  if (value->ref_count >= 0 || get_owner (value) != container)
    weft_any_unref (value);
}

void
weft_any_array_reserve (WeftAny *self,
                        gsize    n_items)
{
  if (n_items > self->u.array.allocated)
    {
      self->u.array.allocated = n_items;
      self->u.array.items = g_renew (WeftAny *, self->u.array.items, n_items);
    }
}

/**
 * weft_any_array_take:
 * @item: (transfer full): what is appended
 */
void
weft_any_array_take (WeftAny *self,
                     WeftAny *item)
{
  g_return_if_fail (self->kind == WEFT_ANY_ARRAY && item != NULL);

  if (self->u.array.n_items == self->u.array.allocated)
    {
      self->u.array.allocated = MAX (4, self->u.array.allocated * 2);
      self->u.array.items = g_renew (WeftAny *, self->u.array.items, self->u.array.allocated);
    }

  self->u.array.items[self->u.array.n_items++] = item;
}

WeftAny *
weft_any_new_object (void)
{
  return any_new (WEFT_ANY_OBJECT);
}

static void
grow_members (WeftAny *self,
              guint32  n_members)
{
  WeftAnyMember *within = self->u.object.members_within ? self->u.object.members : NULL;

  self->u.object.allocated = n_members;
  self->u.object.members = g_renew (WeftAnyMember, within != NULL ? NULL : self->u.object.members, n_members);
  if (within != NULL && self->u.object.n_members > 0)
    memcpy (self->u.object.members, within, self->u.object.n_members * sizeof (WeftAnyMember));
  self->u.object.members_within = FALSE;
}

WeftAny *
weft_any_new_object_for (guint32 n_members)
{
  guint64 size = sizeof (WeftAnyBlock) + (guint64) n_members * (sizeof (WeftAnyMember) + MEMBER_GUESS);
  WeftAnyBlock *block;
  WeftAny *self;

  if (size > WEFT_ANY_MAX_BLOCK)
    {
      self = any_new (WEFT_ANY_OBJECT);
      grow_members (self, n_members);
      return self;
    }
  self = g_malloc (sizeof (WeftAny) + size);
  block = (WeftAnyBlock *) (self + 1);
  *self = (WeftAny) { .ref_count = 1, .kind = WEFT_ANY_OBJECT };
  *block = (WeftAnyBlock) { self, NULL, sizeof (WeftAnyBlock), (guint32) size };
  self->u.object.block = block;
  self->u.object.is_whole = self->u.object.members_within = TRUE;
  self->u.object.allocated = n_members;
  self->u.object.members = take_room (self, n_members * sizeof (WeftAnyMember));

  return self;
}

static int
compare_keys (const char *a,
              gsize       n_a,
              const char *b,
              gsize       n_b)
{
  int order = memcmp (a, b, MIN (n_a, n_b));

  return order != 0 ? order : n_a < n_b ? -1 : n_a > n_b;
}

/* Whether @key is an array index of JavaScript, 0 to 2^32 - 2 in its shortest form. */
static gboolean
parse_index (const WeftAnyMember *member,
             guint64             *index)
{
  guint64 value = 0;

  *index = 0;
  if (member->n_bytes == 0 || member->n_bytes > 10 || (member->key[0] == '0' && member->n_bytes > 1))
    return FALSE;

  for (gsize i = 0; i < member->n_bytes; i++)
    {
      if (!g_ascii_isdigit (member->key[i]))
        return FALSE;
      value = value * 10 + (guint64) (member->key[i] - '0');
    }

  if (value >= G_MAXUINT32)
    return FALSE;
  *index = value;
  return TRUE;
}

/* For finding repeated keys: the first of them first. */
static int
compare_sorted (gconstpointer a,
                gconstpointer b,
                gpointer      members)
{
  const WeftAnyMember *left = (const WeftAnyMember *) members + *(const guint32 *) a;
  const WeftAnyMember *right = (const WeftAnyMember *) members + *(const guint32 *) b;

  return compare_keys (left->key, left->n_bytes, right->key, right->n_bytes);
}

static int
compare_enumeration (gconstpointer a,
                     gconstpointer b,
                     gpointer      user_data)
{
  guint64 left = 0;
  guint64 right = 0;
  gboolean left_is_index = parse_index (a, &left);
  gboolean right_is_index = parse_index (b, &right);

  if (left_is_index != right_is_index)
    return left_is_index ? -1 : 1;

  return left < right ? -1 : left > right;
}

static gboolean
members_in_order (const WeftAny *self)
{
  guint64 index;
  guint32 first = 0;

  /* Mostly there is no index among the keys. */
  while (first < self->u.object.n_members && !parse_index (&self->u.object.members[first], &index))
    first++;
  if (first == self->u.object.n_members)
    return TRUE;

  for (guint32 i = 1; i < self->u.object.n_members; i++)
    if (compare_enumeration (&self->u.object.members[i - 1], &self->u.object.members[i], NULL) > 0)
      return FALSE;

  return TRUE;
}

static guint32
first_bucket (const WeftAny *self,
              const char    *key,
              gsize          n_bytes)
{
  return weft_hash_bytes (self->u.object.secret | (guint64) 1 << 40, key, n_bytes) & (self->u.object.n_buckets - 1);
}

static void
put_bucket (WeftAny *self,
            guint32  index)
{
  const WeftAnyMember *member = &self->u.object.members[index];
  guint32 i = first_bucket (self, member->key, member->n_bytes);

  while (self->u.object.buckets[i] != 0)
    i = (i + 1) & (self->u.object.n_buckets - 1);
  self->u.object.buckets[i] = index + 1;
}

/* Makes the table anew. */
static void
hash_keys (WeftAny *self)
{
  guint32 n_members = self->u.object.n_members;

  g_clear_pointer (&self->u.object.buckets, g_free);
  if (n_members <= MAX_UNHASHED_KEYS)
    return;

  self->u.object.n_buckets = MAX (self->u.object.n_buckets, 32);
  while (self->u.object.n_buckets / 2 < n_members)
    self->u.object.n_buckets *= 2;
  self->u.object.secret = g_random_int ();
  self->u.object.buckets = g_new0 (guint32, self->u.object.n_buckets);
  for (guint32 i = 0; i < n_members; i++)
    put_bucket (self, i);
}

/* Gives the first of each run of equal keys the last value, as assigning to a JavaScript object does. */
static void
drop_repeated (WeftAny *self)
{
  WeftAnyMember *members = self->u.object.members;
  guint32 n_members = self->u.object.n_members;
  guint32 kept = 0;
  g_autofree guint32 *order = g_new (guint32, n_members);

  for (guint32 i = 0; i < n_members; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) n_members, sizeof (guint32), compare_sorted, members);

  for (guint32 i = 0, first = 0; i < n_members; i++)
    {
      WeftAnyMember *member = &members[order[i]];

      if (i == 0 || compare_sorted (&order[first], &order[i], members) != 0)
        {
          first = i;
          continue;
        }

      weft_any_release (self, members[order[first]].value);
      members[order[first]].value = g_steal_pointer (&member->value);
    }

  for (guint32 i = 0; i < n_members; i++)
    {
      if (members[i].value != NULL)
        members[kept++] = members[i];
      else if (!members[i].within)
        g_free (members[i].key);
    }

  self->u.object.n_members = kept;
}

static void
append_member (WeftAny *self,
               char    *key,
               gsize    n_bytes,
               gboolean within,
               WeftAny *value)
{
  const WeftAnyMember member = { .key = key, .n_bytes = n_bytes, .within = within, .value = value };

  if (self->u.object.n_members == self->u.object.allocated)
    grow_members (self, MAX (4, self->u.object.allocated * 2));
  self->u.object.members[self->u.object.n_members++] = member;
}

char *
weft_any_object_add (WeftAny *self,
                     gsize    n_bytes,
                     WeftAny *value)
{
  gboolean within = n_bytes < WEFT_ANY_MAX_WITHIN;
  char *copy = within ? take_room (self, (guint32) n_bytes + 1) : g_malloc ((n_bytes + 8) & ~(gsize) 7);

  append_member (self, copy, n_bytes, within, value);

  return copy;
}

/* Appends without looking for the key; weft_any_object_seal() must follow. */
void
weft_any_object_append (WeftAny    *self,
                        const char *key,
                        gsize       n_bytes,
                        WeftAny    *value)
{
  char *copy = weft_any_object_add (self, n_bytes, value);

  if (n_bytes > 0)
    memcpy (copy, key, n_bytes);
  copy[n_bytes] = '\0';
}

/* Brings what was appended into the order and shape that the rest relies on. */
void
weft_any_object_seal (WeftAny *self)
{
  if (self->u.object.n_members > 1)
    drop_repeated (self);
  weft_any_object_seal_unique (self);
}

void
weft_any_object_seal_unique (WeftAny *self)
{
  if (!members_in_order (self))
    g_qsort_with_data (self->u.object.members, (int) self->u.object.n_members, sizeof (WeftAnyMember),
                       compare_enumeration, NULL);

  hash_keys (self);
}

static WeftAnyMember *
find_member (const WeftAny *self,
             const char    *key,
             gsize          n_bytes)
{
  if (self->u.object.buckets == NULL)
    {
      for (guint32 i = 0; i < self->u.object.n_members; i++)
        {
          WeftAnyMember *member = &self->u.object.members[i];

          if (member->n_bytes == n_bytes && memcmp (member->key, key, n_bytes) == 0)
            return member;
        }
      return NULL;
    }

  for (guint32 i = first_bucket (self, key, n_bytes); self->u.object.buckets[i] != 0;
       i = (i + 1) & (self->u.object.n_buckets - 1))
    {
      WeftAnyMember *member = &self->u.object.members[self->u.object.buckets[i] - 1];

      if (member->n_bytes == n_bytes && memcmp (member->key, key, n_bytes) == 0)
        return member;
    }

  return NULL;
}

/* The last member is an array index and comes before others. */
static void
move_last (WeftAny *self)
{
  WeftAnyMember *members = self->u.object.members, last = members[self->u.object.n_members - 1];
  guint32 low = 0, high = self->u.object.n_members - 1;

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;

      if (compare_enumeration (&members[middle], &last, NULL) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  memmove (members + low + 1, members + low, (self->u.object.n_members - 1 - low) * sizeof (WeftAnyMember));
  members[low] = last;
  hash_keys (self);
}

/**
 * weft_any_object_take:
 * @key: the key, of any UTF-8
 * @value: (transfer full): its value; replaces the one that is there
 */
void
weft_any_object_take (WeftAny    *self,
                      const char *key,
                      WeftAny    *value)
{
  gsize n_bytes = strlen (key);
  WeftAnyMember *member;

  g_return_if_fail (self->kind == WEFT_ANY_OBJECT && value != NULL);

  member = find_member (self, key, n_bytes);
  if (member != NULL)
    {
      weft_any_release (self, member->value);
      member->value = value;
      return;
    }

  append_member (self, g_strdup (key), n_bytes, FALSE, value);
  member = &self->u.object.members[self->u.object.n_members - 1];
  if (self->u.object.n_members > 1 && compare_enumeration (member - 1, member, NULL) > 0)
    move_last (self);
  else if (self->u.object.buckets != NULL && self->u.object.n_members <= self->u.object.n_buckets / 2)
    put_bucket (self, self->u.object.n_members - 1);
  else
    hash_keys (self);
}

WeftAny *
weft_any_ref (WeftAny *self)
{
  if (self->ref_count > 0)
    g_atomic_int_inc (&self->ref_count);
  else if (self->ref_count < 0)
    weft_any_ref (get_owner (self));

  return self;
}

static void
free_content (WeftAny *self)
{
  switch (self->kind)
    {
    case WEFT_ANY_BYTES:
      g_bytes_unref (self->u.bytes);
      break;

    case WEFT_ANY_ARRAY:
      for (gsize i = 0; i < self->u.array.n_items; i++)
        weft_any_release (self, self->u.array.items[i]);
      g_free (self->u.array.items);
      drop_blocks (self);
      break;

    case WEFT_ANY_OBJECT:
      for (guint32 i = 0; i < self->u.object.n_members; i++)
        {
          if (!self->u.object.members[i].within)
            g_free (self->u.object.members[i].key);
          weft_any_release (self, self->u.object.members[i].value);
        }
      if (!self->u.object.members_within)
        g_free (self->u.object.members);
      g_free (self->u.object.buckets);
      drop_blocks (self);
      break;

    case WEFT_ANY_UNDEFINED:
    case WEFT_ANY_NULL:
    case WEFT_ANY_BOOLEAN:
    case WEFT_ANY_NUMBER:
    case WEFT_ANY_BIGINT:
    case WEFT_ANY_STRING:
      break;
    }
}

void
weft_any_unref (WeftAny *self)
{
  if (self->ref_count < 0)
    self = get_owner (self);
  if (self->ref_count == 0 || !g_atomic_int_dec_and_test (&self->ref_count))
    return;

  free_content (self);
  g_free (self);
}

WeftAnyKind
weft_any_get_kind (const WeftAny *self)
{
  return self->kind;
}

gboolean
weft_any_get_boolean (const WeftAny *self)
{
  return self->kind == WEFT_ANY_BOOLEAN && self->u.boolean;
}

double
weft_any_get_number (const WeftAny *self)
{
  return self->kind == WEFT_ANY_NUMBER ? self->u.number : 0;
}

gint64
weft_any_get_bigint (const WeftAny *self)
{
  return self->kind == WEFT_ANY_BIGINT ? self->u.bigint : 0;
}

const char *
weft_any_get_string (const WeftAny *self)
{
  return self->kind == WEFT_ANY_STRING ? self->u.string.utf8 : NULL;
}

gsize
weft_any_get_string_length (const WeftAny *self)
{
  return self->kind == WEFT_ANY_STRING ? self->u.string.n_bytes : 0;
}

GBytes *
weft_any_get_bytes (const WeftAny *self)
{
  return self->kind == WEFT_ANY_BYTES ? self->u.bytes : NULL;
}

gsize
weft_any_get_n_items (const WeftAny *self)
{
  return self->kind == WEFT_ANY_ARRAY    ? self->u.array.n_items
         : self->kind == WEFT_ANY_OBJECT ? self->u.object.n_members
                                         : 0;
}

const WeftAny *
weft_any_get_item (const WeftAny *self,
                   gsize          index)
{
  g_return_val_if_fail (index < weft_any_get_n_items (self), NULL);

  return self->kind == WEFT_ANY_ARRAY ? self->u.array.items[index] : self->u.object.members[index].value;
}

const char *
weft_any_get_key (const WeftAny *self,
                  gsize          index)
{
  return weft_any_get_key_len (self, index, NULL);
}

/* As weft_any_get_key(), for keys that may hold U+0000. @n_bytes: (nullable) */
const char *
weft_any_get_key_len (const WeftAny *self,
                      gsize          index,
                      gsize         *n_bytes)
{
  g_return_val_if_fail (self->kind == WEFT_ANY_OBJECT && index < self->u.object.n_members, NULL);

  if (n_bytes != NULL)
    *n_bytes = self->u.object.members[index].n_bytes;
  return self->u.object.members[index].key;
}

const WeftAny *
weft_any_lookup (const WeftAny *self,
                 const char    *key)
{
  WeftAnyMember *member;

  if (self->kind != WEFT_ANY_OBJECT)
    return NULL;

  member = find_member (self, key, strlen (key));
  return member != NULL ? member->value : NULL;
}

static gboolean
arrays_equal (const WeftAny *a,
              const WeftAny *b)
{
  if (a->u.array.n_items != b->u.array.n_items)
    return FALSE;

  for (gsize i = 0; i < a->u.array.n_items; i++)
    if (!weft_any_equal (a->u.array.items[i], b->u.array.items[i]))
      return FALSE;

  return TRUE;
}

static gboolean
objects_equal (const WeftAny *a,
               const WeftAny *b)
{
  if (a->u.object.n_members != b->u.object.n_members)
    return FALSE;

  for (guint32 i = 0; i < a->u.object.n_members; i++)
    {
      const WeftAnyMember *member = &a->u.object.members[i];
      const WeftAnyMember *other = find_member (b, member->key, member->n_bytes);

      if (other == NULL || !weft_any_equal (member->value, other->value))
        return FALSE;
    }

  return TRUE;
}

/**
 * weft_any_equal:
 *
 * Two objects are equal when they have the same keys and values, in whatever order. NaN equals NaN.
 */
gboolean
weft_any_equal (const WeftAny *a,
                const WeftAny *b)
{
  if (a == b)
    return TRUE;
  if (a->kind != b->kind)
    return FALSE;

  switch (a->kind)
    {
    case WEFT_ANY_BOOLEAN:
      return a->u.boolean == b->u.boolean;
    case WEFT_ANY_NUMBER:
      return a->u.number == b->u.number || (isnan (a->u.number) && isnan (b->u.number));
    case WEFT_ANY_BIGINT:
      return a->u.bigint == b->u.bigint;
    case WEFT_ANY_STRING:
      return a->u.string.n_bytes == b->u.string.n_bytes &&
             memcmp (a->u.string.utf8, b->u.string.utf8, a->u.string.n_bytes) == 0;
    case WEFT_ANY_BYTES:
      return g_bytes_equal (a->u.bytes, b->u.bytes);
    case WEFT_ANY_ARRAY:
      return arrays_equal (a, b);
    case WEFT_ANY_OBJECT:
      return objects_equal (a, b);
    case WEFT_ANY_UNDEFINED:
    case WEFT_ANY_NULL:
      break;
    }

  return TRUE;
}

/* Half of a surrogate pair, which only JSON text can hold, as UTF-8 would write it if it could. */
gsize
weft_any_find_lone (const char *utf8,
                    gsize       n_bytes,
                    gsize       from)
{
  for (gsize i = from; i + 2 < n_bytes; i++)
    {
      const char *at = memchr (utf8 + i, 0xed, n_bytes - 2 - i);

      if (at == NULL)
        break;
      i = (gsize) (at - utf8);
      if ((guint8) utf8[i + 1] >= 0xa0)
        return i;
    }

  return n_bytes;
}

void
weft_any_replace_lone_in (char *utf8,
                          gsize n_bytes)
{
  for (gsize i = weft_any_find_lone (utf8, n_bytes, 0); i < n_bytes; i = weft_any_find_lone (utf8, n_bytes, i + 3))
    memcpy (utf8 + i, "\xef\xbf\xbd", 3);
}

void
weft_any_replace_lone (WeftAny *self)
{
  if (self->kind == WEFT_ANY_STRING)
    weft_any_replace_lone_in ((char *) self->u.string.utf8, self->u.string.n_bytes);
  for (gsize i = 0; self->kind == WEFT_ANY_ARRAY && i < self->u.array.n_items; i++)
    weft_any_replace_lone (self->u.array.items[i]);
  for (guint32 i = 0; self->kind == WEFT_ANY_OBJECT && i < self->u.object.n_members; i++)
    {
      weft_any_replace_lone_in (self->u.object.members[i].key, self->u.object.members[i].n_bytes);
      weft_any_replace_lone (self->u.object.members[i].value);
    }
  if (self->kind == WEFT_ANY_OBJECT)
    hash_keys (self);
}
