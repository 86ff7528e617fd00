/* weft-any.c - values: what JSON has, and bytes, big integers and undefined
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Encoded as by lib0's writeAny (encoding.js). Objects list their keys as a JavaScript object does:
 * array indexes first, ascending, then the others in the order in which they came; so what Yjs
 * writes is what we write. An object of more than a few keys has them sorted beside it, which finds
 * a key (and a repeated one) quickly whatever the keys are.
 */

#include "config.h"

#include "crdt/weft-any-private.h"

#include <math.h>
#include <string.h>

enum
{
  TAG_BYTES = 116,
  TAG_ARRAY = 117,
  TAG_OBJECT = 118,
  TAG_STRING = 119,
  TAG_TRUE = 120,
  TAG_FALSE = 121,
  TAG_BIGINT = 122,
  TAG_FLOAT64 = 123,
  TAG_FLOAT32 = 124,
  TAG_INTEGER = 125,
  TAG_NULL = 126,
  TAG_UNDEFINED = 127,
};

/* The greatest whole number that lib0 writes as a varInt: binary.BITS31. */
#define MAX_INTEGER 2147483647.0

/* Up to here a key is found by looking at all of them. */
#define MAX_UNSORTED_KEYS 12

typedef struct
{
  char    *key;
  gsize    n_bytes;
  WeftAny *value;
} Member;

struct _WeftAny
{
  /* 0: one of the constants below, which are never freed. */
  int         ref_count;
  WeftAnyKind kind;
  union
  {
    gboolean boolean;
    double   number;
    gint64   bigint;
    GBytes  *bytes;
    struct
    {
      gsize       n_bytes;
      const char *utf8; /* stands behind the struct */
    } string;
    struct
    {
      WeftAny **items;
      gsize     n_items;
      gsize     allocated;
    } array;
    struct
    {
      Member  *members;
      guint32 *sorted; /* indexes of members by key; %NULL where there are few */
      guint32  n_members;
      guint32  allocated;
    } object;
  } u;
};

/* Shared by all; a reference count of 0 says that it is not counted. */
static const WeftAny any_undefined = { .kind = WEFT_ANY_UNDEFINED };
static const WeftAny any_null = { .kind = WEFT_ANY_NULL };
static const WeftAny any_true = { .kind = WEFT_ANY_BOOLEAN, .u.boolean = TRUE };
static const WeftAny any_false = { .kind = WEFT_ANY_BOOLEAN, .u.boolean = FALSE };

static WeftAny *
any_new (WeftAnyKind kind)
{
  WeftAny *self = g_new0 (WeftAny, 1);

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
  WeftAny *self = g_malloc (sizeof (WeftAny) + length + 1);
  char *copy = (char *) (self + 1);

  if (length > 0)
    memcpy (copy, utf8, length);
  copy[length] = '\0';

  *self = (WeftAny){ .ref_count = 1, .kind = WEFT_ANY_STRING };
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
parse_index (const Member *member,
             guint64      *index)
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

static int
compare_sorted (gconstpointer a,
                gconstpointer b,
                gpointer      members)
{
  const Member *left = (const Member *) members + *(const guint32 *) a;
  const Member *right = (const Member *) members + *(const guint32 *) b;

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

static void
sort_keys (WeftAny *self)
{
  guint32 n_members = self->u.object.n_members;

  g_clear_pointer (&self->u.object.sorted, g_free);

  if (n_members <= MAX_UNSORTED_KEYS)
    return;

  self->u.object.sorted = g_new (guint32, n_members);
  for (guint32 i = 0; i < n_members; i++)
    self->u.object.sorted[i] = i;

  /* A stable sort: equal keys stay in the order in which they came. */
  g_qsort_with_data (self->u.object.sorted, (int) n_members, sizeof (guint32), compare_sorted,
                     self->u.object.members);
}

/* Gives the first of each run of equal keys the last value, as assigning to a JavaScript object does. */
static void
drop_repeated (WeftAny *self)
{
  Member *members = self->u.object.members;
  guint32 n_members = self->u.object.n_members;
  guint32 kept = 0;
  g_autofree guint32 *order = g_new (guint32, n_members);

  for (guint32 i = 0; i < n_members; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) n_members, sizeof (guint32), compare_sorted, members);

  for (guint32 i = 0, first = 0; i < n_members; i++)
    {
      Member *member = &members[order[i]];

      if (i == 0 || compare_sorted (&order[first], &order[i], members) != 0)
        {
          first = i;
          continue;
        }

      weft_any_unref (members[order[first]].value);
      members[order[first]].value = g_steal_pointer (&member->value);
    }

  for (guint32 i = 0; i < n_members; i++)
    {
      if (members[i].value == NULL)
        g_free (members[i].key);
      else
        members[kept++] = members[i];
    }

  self->u.object.n_members = kept;
}

static void
append_member (WeftAny *self,
               char    *key,
               gsize    n_bytes,
               WeftAny *value)
{
  if (self->u.object.n_members == self->u.object.allocated)
    {
      self->u.object.allocated = MAX (4, self->u.object.allocated * 2);
      self->u.object.members = g_renew (Member, self->u.object.members, self->u.object.allocated);
    }

  self->u.object.members[self->u.object.n_members++] = (Member){ key, n_bytes, value };
}

/* Appends without looking for the key; weft_any_object_seal() must follow. */
void
weft_any_object_append (WeftAny    *self,
                        const char *key,
                        gsize       n_bytes,
                        WeftAny    *value)
{
  char *copy = g_malloc (n_bytes + 1);

  if (n_bytes > 0)
    memcpy (copy, key, n_bytes);
  copy[n_bytes] = '\0';
  append_member (self, copy, n_bytes, value);
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
    g_qsort_with_data (self->u.object.members, (int) self->u.object.n_members, sizeof (Member),
                       compare_enumeration, NULL);

  sort_keys (self);
}

static Member *
find_member (const WeftAny *self,
             const char    *key,
             gsize          n_bytes)
{
  guint32 low = 0;
  guint32 high = self->u.object.n_members;

  if (self->u.object.sorted == NULL)
    {
      for (guint32 i = 0; i < high; i++)
        {
          Member *member = &self->u.object.members[i];

          if (member->n_bytes == n_bytes && memcmp (member->key, key, n_bytes) == 0)
            return member;
        }
      return NULL;
    }

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;
      Member *member = &self->u.object.members[self->u.object.sorted[middle]];
      int order = compare_keys (member->key, member->n_bytes, key, n_bytes);

      if (order == 0)
        return member;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }

  return NULL;
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
  Member *member;

  g_return_if_fail (self->kind == WEFT_ANY_OBJECT && value != NULL);

  member = find_member (self, key, n_bytes);
  if (member != NULL)
    {
      weft_any_unref (member->value);
      member->value = value;
      return;
    }

  append_member (self, g_strdup (key), n_bytes, value);
  if (!members_in_order (self))
    g_qsort_with_data (self->u.object.members, (int) self->u.object.n_members, sizeof (Member),
                       compare_enumeration, NULL);
  sort_keys (self);
}

WeftAny *
weft_any_ref (WeftAny *self)
{
  if (self->ref_count != 0)
    g_atomic_int_inc (&self->ref_count);

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
        weft_any_unref (self->u.array.items[i]);
      g_free (self->u.array.items);
      break;

    case WEFT_ANY_OBJECT:
      for (guint32 i = 0; i < self->u.object.n_members; i++)
        {
          g_free (self->u.object.members[i].key);
          weft_any_unref (self->u.object.members[i].value);
        }
      g_free (self->u.object.members);
      g_free (self->u.object.sorted);
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
  Member *member;

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
      const Member *member = &a->u.object.members[i];
      const Member *other = find_member (b, member->key, member->n_bytes);

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

static WeftAny *read_any (WeftReader *reader,
                          guint       depth);

static WeftAny *
read_array (WeftReader *reader,
            guint       depth)
{
  WeftAny *self = weft_any_new_array ();
  gsize n_items = weft_reader_get_count (reader, 1);

  for (gsize i = 0; i < n_items && !reader->failed; i++)
    weft_any_array_take (self, read_any (reader, depth + 1));

  return self;
}

/* Assigning to this key makes no member in JavaScript, and lib0 assigns what it reads. */
gboolean
weft_any_is_prototype (const char *key,
                       gsize       n_bytes)
{
  return n_bytes == strlen ("__proto__") && memcmp (key, "__proto__", n_bytes) == 0;
}

static WeftAny *
read_object (WeftReader *reader,
             guint       depth)
{
  WeftAny *self = weft_any_new_object ();
  gsize n_members = weft_reader_get_count (reader, 2);

  for (gsize i = 0; i < n_members && !reader->failed; i++)
    {
      gsize n_bytes;
      const char *key = weft_reader_get_string (reader, &n_bytes);
      WeftAny *value = read_any (reader, depth + 1);

      if (weft_any_is_prototype (key, n_bytes))
        weft_any_unref (value);
      else
        weft_any_object_append (self, key, n_bytes, value);
    }

  weft_any_object_seal (self);
  return self;
}

static double
read_float32 (WeftReader *reader)
{
  guint32 bits = weft_reader_get_be32 (reader);
  float value;

  memcpy (&value, &bits, sizeof value);
  return (double) value;
}

static double
read_float64 (WeftReader *reader)
{
  guint64 bits = weft_reader_get_be64 (reader);
  double value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static WeftAny *
read_integer (WeftReader *reader)
{
  gboolean negative_zero;
  gint64 value = weft_reader_get_varint (reader, &negative_zero);

  return weft_any_new_number (negative_zero ? -0.0 : (double) value);
}

static WeftAny *
read_bytes (WeftReader *reader)
{
  gsize n_bytes;
  const guint8 *raw = weft_reader_get_buffer (reader, &n_bytes);
  g_autoptr(GBytes) bytes = g_bytes_new (raw, n_bytes);

  return weft_any_new_bytes (bytes);
}

static WeftAny *
read_string (WeftReader *reader)
{
  gsize n_bytes;
  const char *text = weft_reader_get_string (reader, &n_bytes);

  return weft_any_new_string_len (text, (gssize) n_bytes);
}

/* Recursion is bounded by WEFT_MAX_DEPTH. */
static WeftAny *
read_any (WeftReader *reader,
          guint       depth)
{
  guint8 tag = weft_reader_get_byte (reader);

  if (reader->failed)
    return weft_any_new_undefined ();

  if (depth > WEFT_MAX_DEPTH)
    {
      weft_reader_fail (reader, WEFT_CRDT_ERROR_TOO_LARGE, "value is nested too deeply");
      return weft_any_new_undefined ();
    }

  switch (tag)
    {
    case TAG_BYTES:
      return read_bytes (reader);
    case TAG_ARRAY:
      return read_array (reader, depth);
    case TAG_OBJECT:
      return read_object (reader, depth);
    case TAG_STRING:
      return read_string (reader);
    case TAG_TRUE:
    case TAG_FALSE:
      return weft_any_new_boolean (tag == TAG_TRUE);
    case TAG_BIGINT:
      return weft_any_new_bigint ((gint64) weft_reader_get_be64 (reader));
    case TAG_FLOAT64:
      return weft_any_new_number (read_float64 (reader));
    case TAG_FLOAT32:
      return weft_any_new_number (read_float32 (reader));
    case TAG_INTEGER:
      return read_integer (reader);
    case TAG_NULL:
      return weft_any_new_null ();
    case TAG_UNDEFINED:
      return weft_any_new_undefined ();
    default:
      reader->pos--;
      weft_reader_fail (reader, WEFT_CRDT_ERROR_UNSUPPORTED, "unknown kind of value");
      return weft_any_new_undefined ();
    }
}

/**
 * weft_any_read:
 * @reader: stands where lib0's writeAny wrote a value
 *
 * Returns: (transfer full): the value; something meaningless, never %NULL, where @reader failed
 */
WeftAny *
weft_any_read (WeftReader *reader)
{
  return read_any (reader, 0);
}

/* At most nine bytes. */
static inline guint8 *
put_number (double  value,
            guint8 *at)
{
  guint64 bits;

  if (value >= -MAX_INTEGER && value <= MAX_INTEGER && (double) (gint64) value == value)
    {
      gboolean negative = value < 0 || (value == 0 && signbit (value));
      guint64 magnitude = (guint64) (gint64) fabs (value);

      *at++ = TAG_INTEGER;
      *at++ = (guint8) ((magnitude & 0x3f) | (negative ? 0x40 : 0) | (magnitude > 0x3f ? 0x80 : 0));
      for (magnitude >>= 6; magnitude > 0; magnitude >>= 7)
        *at++ = (guint8) ((magnitude & 0x7f) | (magnitude > 0x7f ? 0x80 : 0));
      return at;
    }

  if (isinf (value) || (fabs (value) <= (double) G_MAXFLOAT && (double) (float) value == value))
    {
      float narrow = (float) value;
      guint32 four;

      memcpy (&four, &narrow, sizeof four);
      four = GUINT32_TO_BE (four);
      *at++ = TAG_FLOAT32;
      memcpy (at, &four, sizeof four);
      return at + sizeof four;
    }

  /* JavaScript has only one NaN. */
  if (isnan (value))
    bits = G_GUINT64_CONSTANT (0x7ff8000000000000);
  else
    memcpy (&bits, &value, sizeof bits);
  bits = GUINT64_TO_BE (bits);
  *at++ = TAG_FLOAT64;
  memcpy (at, &bits, sizeof bits);

  return at + sizeof bits;
}

static void
write_number (double      value,
              WeftWriter *writer)
{
  guint8 small[16];

  weft_writer_put_raw (writer, small, (gsize) (put_number (value, small) - small));
}

/* Half of a surrogate pair, which only JSON text can hold, as UTF-8 would write it if it could. */
static gsize
find_lone (const char *utf8,
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

static void
replace_lone_in (char *utf8,
                 gsize n_bytes)
{
  for (gsize i = find_lone (utf8, n_bytes, 0); i < n_bytes; i = find_lone (utf8, n_bytes, i + 3))
    memcpy (utf8 + i, "\xef\xbf\xbd", 3);
}

void
weft_any_replace_lone (WeftAny *self)
{
  if (self->kind == WEFT_ANY_STRING)
    replace_lone_in ((char *) self->u.string.utf8, self->u.string.n_bytes);
  for (gsize i = 0; self->kind == WEFT_ANY_ARRAY && i < self->u.array.n_items; i++)
    weft_any_replace_lone (self->u.array.items[i]);
  for (guint32 i = 0; self->kind == WEFT_ANY_OBJECT && i < self->u.object.n_members; i++)
    {
      replace_lone_in (self->u.object.members[i].key, self->u.object.members[i].n_bytes);
      weft_any_replace_lone (self->u.object.members[i].value);
    }
  if (self->kind == WEFT_ANY_OBJECT)
    sort_keys (self);
}

static void
write_string (const char *utf8,
              gsize       n_bytes,
              WeftWriter *writer)
{
  g_autofree char *copy = NULL;

  if (G_LIKELY (find_lone (utf8, n_bytes, 0) == n_bytes))
    {
      weft_writer_put_string (writer, utf8, (gssize) n_bytes);
      return;
    }
  copy = g_memdup2 (utf8, n_bytes);
  replace_lone_in (copy, n_bytes);
  weft_writer_put_string (writer, copy, (gssize) n_bytes);
}

static void
write_array (const WeftAny *self,
             WeftWriter    *writer)
{
  weft_writer_put_byte (writer, TAG_ARRAY);
  weft_writer_put_varuint (writer, self->u.array.n_items);

  for (gsize i = 0; i < self->u.array.n_items; i++)
    weft_any_write (self->u.array.items[i], writer);
}

static void
write_object (const WeftAny *self,
              WeftWriter    *writer)
{
  weft_writer_put_byte (writer, TAG_OBJECT);
  weft_writer_put_varuint (writer, self->u.object.n_members);

  for (guint32 i = 0; i < self->u.object.n_members; i++)
    {
      const Member *member = &self->u.object.members[i];

      write_string (member->key, member->n_bytes, writer);
      weft_any_write (member->value, writer);
    }
}

guint8 *
weft_any_put_short (const WeftAny *self,
                    guint8        *at)
{
  gsize n_bytes;

  switch (self->kind)
    {
    case WEFT_ANY_NUMBER:
      return put_number (self->u.number, at);
    case WEFT_ANY_STRING:
      n_bytes = self->u.string.n_bytes;
      if (n_bytes > WEFT_SHORT_VALUE - 2 || memchr (self->u.string.utf8, 0xed, n_bytes) != NULL)
        return NULL;
      *at++ = TAG_STRING;
      *at++ = (guint8) n_bytes;
      memcpy (at, self->u.string.utf8, n_bytes);
      return at + n_bytes;
    case WEFT_ANY_BOOLEAN:
      *at++ = self->u.boolean ? TAG_TRUE : TAG_FALSE;
      return at;
    case WEFT_ANY_NULL:
      *at++ = TAG_NULL;
      return at;
    case WEFT_ANY_UNDEFINED:
      *at++ = TAG_UNDEFINED;
      return at;
    case WEFT_ANY_BIGINT:
    case WEFT_ANY_BYTES:
    case WEFT_ANY_ARRAY:
    case WEFT_ANY_OBJECT:
    default:
      return NULL;
    }
}

void
weft_any_write (const WeftAny *self,
                WeftWriter    *writer)
{
  switch (self->kind)
    {
    case WEFT_ANY_UNDEFINED:
      weft_writer_put_byte (writer, TAG_UNDEFINED);
      break;
    case WEFT_ANY_NULL:
      weft_writer_put_byte (writer, TAG_NULL);
      break;
    case WEFT_ANY_BOOLEAN:
      weft_writer_put_byte (writer, self->u.boolean ? TAG_TRUE : TAG_FALSE);
      break;
    case WEFT_ANY_NUMBER:
      write_number (self->u.number, writer);
      break;
    case WEFT_ANY_BIGINT:
      weft_writer_put_byte (writer, TAG_BIGINT);
      weft_writer_put_be64 (writer, (guint64) self->u.bigint);
      break;
    case WEFT_ANY_STRING:
      weft_writer_put_byte (writer, TAG_STRING);
      write_string (self->u.string.utf8, self->u.string.n_bytes, writer);
      break;
    case WEFT_ANY_BYTES:
      weft_writer_put_byte (writer, TAG_BYTES);
      weft_writer_put_buffer (writer, g_bytes_get_data (self->u.bytes, NULL),
                              g_bytes_get_size (self->u.bytes));
      break;
    case WEFT_ANY_ARRAY:
      write_array (self, writer);
      break;
    case WEFT_ANY_OBJECT:
      write_object (self, writer);
      break;
    }
}
