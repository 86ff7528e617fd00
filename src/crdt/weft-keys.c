/* weft-keys.c - keys and formats as small numbers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each key, and each pair of a format's key and value, has one number in the document. A key is found
 * by its hash in a table with open addressing, where the first bytes of a key stand beside its hash:
 * nearly all keys are short, and known there from one look at memory.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-hash.h"
#include "crdt/weft-marks-private.h"

/* The text of keys is kept in blocks of this size; of a greater key, in a block of its own. */
#define BLOCK_SIZE 4096

struct _WeftKeyBlock
{
  WeftKeyBlock *older;
  gsize         used, allocated;
  char          text[];
};

/* Keys */

/* There are buckets. */
static G_NO_INLINE guint32
find_long_key (const WeftDoc *doc,
               const char    *string,
               gsize          length,
               guint64        bytes,
               guint32        hash)
{
  guint32 mask = doc->n_key_buckets - 1;

  for (guint32 i = weft_key_first_place (doc, hash); doc->key_buckets[i].index != 0; i = (i + 1) & mask)
    {
      const WeftKeyBucket *bucket = &doc->key_buckets[i];
      const WeftKey *key = weft_key (doc, bucket->index);

      if (bucket->hash == hash && bucket->bytes == bytes && key->length == length
          && memcmp (key->string, string, length) == 0)
        return bucket->index;
    }

  return 0;
}

static inline guint32
find_key (const WeftDoc *doc,
          const char    *string,
          gsize          length,
          guint64        bytes,
          guint32        hash)
{
  if (doc->key_buckets == NULL)
    return 0;

  return length > WEFT_SHORT_KEY ? find_long_key (doc, string, length, bytes, hash)
                                 : weft_keys_find_short (doc, bytes, hash);
}

guint32
weft_keys_lookup (WeftDoc    *doc,
                  const char *string,
                  gsize       length)
{
  guint64 bytes = weft_key_first_bytes (string, length);

  return find_key (doc, string, length, bytes, weft_key_hash (doc, string, length, bytes));
}

static void
put_bucket (WeftDoc             *doc,
            const WeftKeyBucket *bucket)
{
  guint32 mask = doc->n_key_buckets - 1;
  guint32 i = weft_key_first_place (doc, bucket->hash);

  while (doc->key_buckets[i].index != 0)
    i = (i + 1) & mask;
  doc->key_buckets[i] = *bucket;
}

static void
grow_buckets (WeftDoc *doc)
{
  g_autofree WeftKeyBucket *old = doc->key_buckets;
  guint32 n_old = doc->n_key_buckets;

  doc->n_key_buckets = MAX (16, n_old * 2);
  doc->key_shift = n_old == 0 ? 28 : doc->key_shift - 1;
  doc->key_buckets = g_new0 (WeftKeyBucket, doc->n_key_buckets);
  for (guint32 i = 0; i < n_old; i++)
    if (old[i].index != 0)
      put_bucket (doc, &old[i]);
}

static char *
keep_text (WeftDoc    *doc,
           const char *string,
           gsize       length)
{
  WeftKeyBlock *block = doc->key_blocks;
  char *text;

  if (block == NULL || block->allocated - block->used < length + 1)
    {
      /* A document of a few keys does not need a whole block. */
      gsize size = MAX (length + 1, block == NULL ? BLOCK_SIZE / 16 : BLOCK_SIZE);

      block = g_malloc0 (sizeof *block + size + WEFT_KEY_SPARE);
      *block = (WeftKeyBlock) { .older = doc->key_blocks, .allocated = size };
      doc->key_blocks = block;
    }
  text = block->text + block->used;
  if (length > 0)
    memcpy (text, string, length);
  text[length] = '\0';
  block->used += length + 1;

  return text;
}

static G_NO_INLINE guint32
add_key (WeftDoc    *doc,
         const char *string,
         gsize       length,
         guint64     bytes,
         guint32     hash)
{
  WeftKeyBucket bucket;
  guint32 index;
  WeftKey key;

  key.string = keep_text (doc, string, length);
  key.length = length;
  g_array_append_val (doc->keys, key);
  index = doc->keys->len - 1;

  /* Up to three of four are taken. */
  if ((guint64) doc->keys->len * 4 > (guint64) doc->n_key_buckets * 3)
    grow_buckets (doc);
  bucket = (WeftKeyBucket) { hash, index, bytes };
  put_bucket (doc, &bucket);

  return index;
}

guint32
weft_keys_intern (WeftDoc    *doc,
                  const char *string,
                  gsize       length)
{
  guint64 bytes = weft_key_first_bytes (string, length);
  guint32 hash = weft_key_hash (doc, string, length, bytes);
  guint32 index = find_key (doc, string, length, bytes, hash);

  return index != 0 ? index : add_key (doc, string, length, bytes, hash);
}

static void
drop_block (WeftDoc *doc)
{
  WeftKeyBlock *block = doc->key_blocks;

  doc->key_blocks = block->older;
  g_free (block);
}

void
weft_keys_clear (WeftDoc *doc)
{
  while (doc->key_blocks != NULL)
    drop_block (doc);
  g_array_unref (doc->keys);
  g_free (doc->key_buckets);
  for (guint32 i = 0; i < doc->formats->len; i++)
    {
      WeftFormat *format = &g_array_index (doc->formats, WeftFormat, i);

      g_free (format->json);
      weft_any_unref (format->value);
    }
  g_array_unref (doc->formats);
  g_hash_table_unref (doc->format_index);
  g_array_unref (doc->format_keys);
}

/* Gives back the text from @from on, which stands where the first key that goes does. */
static void
drop_text (WeftDoc    *doc,
           const char *from)
{
  while (from < doc->key_blocks->text || from >= doc->key_blocks->text + doc->key_blocks->used)
    drop_block (doc);
  doc->key_blocks->used = from - doc->key_blocks->text;
}

static gboolean
is_format_from (gpointer key,
                gpointer value,
                gpointer first)
{
  return GPOINTER_TO_UINT (value) >= GPOINTER_TO_UINT (first);
}

void
weft_keys_truncate (WeftDoc *doc,
                    guint    n_keys,
                    guint    n_formats)
{
  for (guint32 i = n_formats; i < doc->formats->len; i++)
    {
      WeftFormat *format = &g_array_index (doc->formats, WeftFormat, i);

      g_free (format->json);
      weft_any_unref (format->value);
    }
  g_array_set_size (doc->formats, n_formats);
  g_hash_table_foreach_remove (doc->format_index, is_format_from, GUINT_TO_POINTER (n_formats));

  if (n_keys >= doc->keys->len)
    return;
  drop_text (doc, weft_key (doc, n_keys)->string);
  g_array_set_size (doc->keys, n_keys);
  memset (doc->key_buckets, 0, doc->n_key_buckets * sizeof (WeftKeyBucket));
  for (guint32 i = 1; i < n_keys; i++)
    {
      const WeftKey *key = weft_key (doc, i);
      guint64 bytes = weft_key_first_bytes (key->string, key->length);
      WeftKeyBucket bucket = { weft_key_hash (doc, key->string, key->length, bytes), i, bytes };

      put_bucket (doc, &bucket);
    }
}

/* Formats */

static gboolean
is_container (const WeftAny *value)
{
  return weft_any_get_kind (value) == WEFT_ANY_OBJECT || weft_any_get_kind (value) == WEFT_ANY_ARRAY;
}

/* The bit of a format's key; the last one is that of all for which none is left. */
static guint8
find_bit (WeftDoc *doc,
          guint32  key)
{
  guint bit = 0;

  while (bit < doc->format_keys->len && g_array_index (doc->format_keys, guint32, bit) != key)
    bit++;
  if (bit == doc->format_keys->len && bit < WEFT_ORDER_MARK_KEYS)
    g_array_append_val (doc->format_keys, key);

  return bit;
}

static guint32
add_format (WeftDoc    *doc,
            guint32     key,
            const char *json,
            gsize       n_json,
            WeftAny    *value)
{
  WeftFormat format = { .key = key };

  format.is_exact = n_json > 0 && json[0] == '\0';
  format.json = format.is_exact ? weft_json_normalize (json, n_json) : g_strndup (json, n_json);
  format.n_json = strlen (format.json);
  format.value = weft_any_ref (value);
  format.is_null = weft_any_get_kind (value) == WEFT_ANY_NULL;
  format.bit = find_bit (doc, key);
  doc->has_inherited_formats |= weft_marks_is_inherited (doc, key);
  g_array_append_val (doc->formats, format);

  return doc->formats->len - 1;
}

/* A number for (key, value): the same one for the same pair, so that comparing numbers is what `===`
 * is in JavaScript. There two objects are never identical, so each gets a number of its own. */
guint32
weft_formats_intern (WeftDoc    *doc,
                     guint32     key,
                     const char *json,
                     gsize       n_json,
                     WeftAny    *value)
{
  g_autofree char *bytes = NULL;
  gpointer found;
  guint32 index, name;

  if (is_container (value))
    return add_format (doc, key, json, n_json, value);

  bytes = g_malloc (n_json + sizeof key);
  memcpy (bytes, &key, sizeof key);
  memcpy (bytes + sizeof key, json, n_json);
  /* The pair as a key of its own */
  name = weft_keys_intern (doc, bytes, n_json + sizeof key);
  if (g_hash_table_lookup_extended (doc->format_index, GUINT_TO_POINTER (name), NULL, &found))
    return GPOINTER_TO_UINT (found);

  index = add_format (doc, key, json, n_json, value);
  g_hash_table_insert (doc->format_index, GUINT_TO_POINTER (name), GUINT_TO_POINTER (index));

  return index;
}
