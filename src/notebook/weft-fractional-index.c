/* weft-fractional-index.c - keys that always leave room for one more between two
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * After David Greenspan, "Implementing Fractional Indexing" (2020).
 */

#include "config.h"

#include "notebook/weft-fractional-index.h"

#include <string.h>

#define BASE 62

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The smallest whole number. It is no key itself: nothing could come before it. */
static const char smallest_integer[] = "A00000000000000000000000000";

static int
value_of (char digit)
{
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'A' && digit <= 'Z')
    return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'z')
    return digit - 'a' + 36;
  return -1;
}

/* The length of the whole number, its head included; 0 where @head is none. */
static gsize
integer_length (char head)
{
  if (head >= 'a' && head <= 'z')
    return head - 'a' + 2;
  if (head >= 'A' && head <= 'Z')
    return 'Z' - head + 2;
  return 0;
}

/**
 * weft_fractional_index_is_valid:
 * @key: a string
 *
 * Returns: whether @key is of the scheme
 */
gboolean
weft_fractional_index_is_valid (const char *key)
{
  gsize n_integer, length;

  if (key == NULL || key[0] == '\0')
    return FALSE;

  n_integer = integer_length (key[0]);
  length = strlen (key);
  if (n_integer == 0 || length < n_integer || strcmp (key, smallest_integer) == 0)
    return FALSE;

  for (gsize i = 1; i < length; i++)
    if (value_of (key[i]) < 0)
      return FALSE;

  return length == n_integer || key[length - 1] != '0';
}

/* Appends the fraction in the middle of two: @lower may be empty (0), @upper may be %NULL (1). */
static void
append_midpoint (GString    *out,
                 const char *lower,
                 const char *upper)
{
  for (;;)
    {
      int low, high;

      /* What both begin with stays; @lower goes on with zeros for ever. */
      while (upper != NULL && upper[0] != '\0' && (lower[0] != '\0' ? lower[0] : '0') == upper[0])
        {
          g_string_append_c (out, upper[0]);
          upper++;
          if (lower[0] != '\0')
            lower++;
        }

      low = lower[0] != '\0' ? value_of (lower[0]) : 0;
      high = upper != NULL ? value_of (upper[0]) : BASE;
      if (high - low > 1)
        {
          g_string_append_c (out, digits[(low + high + 1) / 2]);
          return;
        }

      if (upper != NULL && upper[1] != '\0')
        {
          g_string_append_c (out, upper[0]);
          return;
        }

      g_string_append_c (out, digits[low]);
      if (lower[0] != '\0')
        lower++;
      upper = NULL;
    }
}

/* Returns: (transfer full) (nullable): %NULL where there is none greater */
static char *
increment_integer (const char *key)
{
  g_autofree char *integer = g_strndup (key, integer_length (key[0]));
  gsize length = strlen (integer);

  for (gsize i = length - 1; i > 0; i--)
    {
      int value = value_of (integer[i]) + 1;

      integer[i] = digits[value % BASE];
      if (value < BASE)
        return g_steal_pointer (&integer);
    }

  if (integer[0] == 'z')
    return NULL;
  if (integer[0] == 'Z')
    return g_strdup ("a0");

  integer[0]++;
  if (integer[0] > 'a')
    return g_strconcat (integer, "0", NULL);

  integer[length - 1] = '\0';
  return g_steal_pointer (&integer);
}

/* Returns: (transfer full): the number before that of @key, which is not the smallest */
static char *
decrement_integer (const char *key)
{
  g_autofree char *integer = g_strndup (key, integer_length (key[0]));
  gsize length = strlen (integer);

  for (gsize i = length - 1; i > 0; i--)
    {
      int value = value_of (integer[i]) - 1;

      integer[i] = digits[(value + BASE) % BASE];
      if (value >= 0)
        return g_steal_pointer (&integer);
    }

  if (integer[0] == 'a')
    return g_strdup ("Zz");

  integer[0]--;
  if (integer[0] < 'Z')
    return g_strconcat (integer, "z", NULL);

  integer[length - 1] = '\0';
  return g_steal_pointer (&integer);
}

/* Both are %NULL or keys of the scheme, and in order. */
static char *
between_valid (const char *lower,
               const char *upper)
{
  gsize n_lower = lower != NULL ? integer_length (lower[0]) : 0;
  gsize n_upper = upper != NULL ? integer_length (upper[0]) : 0;
  GString *key = NULL;

  if (lower == NULL && upper == NULL)
    return g_strdup ("a0");

  if (lower == NULL)
    {
      if (strncmp (upper, smallest_integer, n_upper) != 0)
        return upper[n_upper] != '\0' ? g_strndup (upper, n_upper) : decrement_integer (upper);

      key = g_string_new (smallest_integer);
      append_midpoint (key, "", upper + n_upper);
      return g_string_free (key, FALSE);
    }

  if (upper == NULL || n_lower != n_upper || strncmp (lower, upper, n_lower) != 0)
    {
      g_autofree char *next = increment_integer (lower);

      if (next != NULL && (upper == NULL || strcmp (next, upper) < 0))
        return g_steal_pointer (&next);
      upper = NULL;
    }

  key = g_string_new_len (lower, n_lower);
  append_midpoint (key, lower + n_lower, upper != NULL ? upper + n_upper : NULL);
  return g_string_free (key, FALSE);
}

/* Any strings, in byte order; @lower may be empty, @upper may be %NULL. */
static char *
between_any (const char *lower,
             const char *upper)
{
  g_autofree char *next = NULL;
  gsize n_lower = strlen (lower), n_zeros;
  guchar head = lower[0];
  const char *rest;

  /* The first whole number with a greater head leads back into the scheme. */
  if (head < 'z')
    {
      head = head < 'A' ? 'A' : head + 1;
      if (head < 'a')
        head = 'a';
      next = g_strnfill (integer_length (head), '0');
      next[0] = head;
      if (upper == NULL || strcmp (next, upper) < 0)
        return g_steal_pointer (&next);
      g_clear_pointer (&next, g_free);
    }

  next = g_strconcat (lower, "V", NULL);
  if (upper == NULL || strcmp (next, upper) < 0)
    return g_steal_pointer (&next);

  /* So @upper is @lower and something. */
  rest = upper + n_lower;
  n_zeros = strspn (rest, "0");
  if ((guchar) rest[n_zeros] > '0')
    {
      g_autofree char *start = g_strndup (upper, n_lower + n_zeros);

      return g_strconcat (start, "0V", NULL);
    }

  return g_steal_pointer (&next);
}

/**
 * weft_fractional_index_between:
 * @lower: (nullable): the key before, or %NULL
 * @upper: (nullable): the key after, or %NULL
 *
 * Returns: (transfer full): a key between the two
 */
char *
weft_fractional_index_between (const char *lower,
                               const char *upper)
{
  if (lower != NULL && upper != NULL && strcmp (lower, upper) >= 0)
    upper = NULL;

  if ((lower == NULL || weft_fractional_index_is_valid (lower))
      && (upper == NULL || weft_fractional_index_is_valid (upper)))
    return between_valid (lower, upper);

  return between_any (lower != NULL ? lower : "", upper);
}

/**
 * weft_fractional_index_jittered:
 * @lower: (nullable): the key before, or %NULL
 * @upper: (nullable): the key after, or %NULL
 * @random: a random number
 *
 * Returns: (transfer full): a key between the two, with three digits of chance
 */
char *
weft_fractional_index_jittered (const char *lower,
                                const char *upper,
                                guint32     random)
{
  g_autofree char *key = weft_fractional_index_between (lower, upper);
  const char jitter[] = { digits[random % BASE], digits[random / BASE % BASE],
                          digits[1 + random / (BASE * BASE) % (BASE - 1)], '\0' };
  g_autofree char *jittered = g_strconcat (key, jitter, NULL);

  /* The plain key may be the beginning of the upper one. */
  if (upper != NULL && strcmp (key, upper) < 0 && strcmp (jittered, upper) >= 0)
    return g_steal_pointer (&key);

  return g_steal_pointer (&jittered);
}

static void
fill_between (char      **keys,
              const char *lower,
              const char *upper,
              gsize       n)
{
  gsize middle = n / 2;

  if (n == 0)
    return;

  keys[middle] = weft_fractional_index_between (lower, upper);
  fill_between (keys, lower, keys[middle], middle);
  fill_between (keys + middle + 1, keys[middle], upper, n - middle - 1);
}

/**
 * weft_fractional_index_n_between:
 * @lower: (nullable): the key before, or %NULL
 * @upper: (nullable): the key after, or %NULL
 * @n: how many
 *
 * Returns: (transfer full): a zero-terminated array of @n keys in ascending order, between the two
 */
char **
weft_fractional_index_n_between (const char *lower,
                                 const char *upper,
                                 gsize       n)
{
  char **keys = g_new0 (char *, n + 1);

  if (lower != NULL && upper != NULL && strcmp (lower, upper) >= 0)
    upper = NULL;

  /* Towards an open end, counting gives shorter keys than halving. */
  if (upper == NULL)
    {
      for (gsize i = 0; i < n; i++)
        keys[i] = weft_fractional_index_between (i > 0 ? keys[i - 1] : lower, NULL);
    }
  else if (lower == NULL)
    {
      for (gsize i = n; i > 0; i--)
        keys[i - 1] = weft_fractional_index_between (NULL, i < n ? keys[i] : upper);
    }
  else
    fill_between (keys, lower, upper, n);

  return keys;
}
