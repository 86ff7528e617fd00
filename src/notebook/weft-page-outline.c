/* weft-page-outline.c - a page tree as it once was, in bytes that are read where they lie
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-outline.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-page-order.h"

#define MAGIC "weft-pg2"
#define BYTE_ORDER_MARK 0x01020304u
#define KEY_SIZE 128

#define ROOT 0u
#define TRASH 1u
#define NOWHERE G_MAXUINT32

typedef struct
{
  char    magic[8];
  guint32 byte_order;
  guint32 n_records;
  guint64 n_string_bytes;
  guint64 n_state_bytes; /* behind the strings; 0: nothing is known */
  guint64 title; /* among the strings */
  char    key[KEY_SIZE];
} Header;

typedef struct
{
  WeftPageId id;
  guint32    parent;
  guint32    first_child;
  guint32    n_children;
  guint32    strings; /* one after the other, each with a zero */
} Record;

struct _WeftPageOutline
{
  GBytes        *bytes;
  const Record  *records;
  const guint32 *order;
  const char    *strings;
  guint32        n_records;
  gsize          n_string_bytes;
  gsize          n_state_bytes;
  gsize          title;
};

static const char *const string_keys[] = { WEFT_PAGE_TITLE, WEFT_PAGE_ICON, WEFT_PAGE_KIND, WEFT_PAGE_ROOM };

gboolean
weft_page_outline_has_key (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (string_keys); i++)
    if (strcmp (string_keys[i], key) == 0)
      return TRUE;

  return FALSE;
}

/* --- Writing --------------------------------------------------------------------------------------- */

/* Records are made where they stay, behind the header: for a million pages, twice would be much. */
static guint32
get_n_records (const GByteArray *all)
{
  return (guint32) ((all->len - sizeof (Header)) / sizeof (Record));
}

static Record *
get_record (GByteArray *all,
            guint32     index)
{
  return (Record *) (gpointer) (all->data + sizeof (Header)) + index;
}

static void
add_record (GByteArray   *all,
            GPtrArray    *pages,
            GByteArray   *strings,
            WeftPageTree *tree,
            Page         *page,
            guint32       parent)
{
  Record record = { .id = page->id, .parent = parent, .strings = strings->len };

  for (gsize i = 0; i < G_N_ELEMENTS (string_keys); i++)
    {
      const char *value = weft_page_tree_read_string (tree, page, string_keys[i]);

      if (value == NULL)
        value = "";
      g_byte_array_append (strings, (const guint8 *) value, (guint) strlen (value) + 1);
    }

  g_byte_array_append (all, (const guint8 *) &record, sizeof record);
  g_ptr_array_add (pages, page);
}

/* The beginning of an id as a number in its order: nearly always that is enough to tell two of them apart. */
typedef struct
{
  guint64 head;
  guint32 record;
} OrderEntry;

static int
compare_entries (gconstpointer a,
                 gconstpointer b,
                 gpointer      user_data)
{
  const OrderEntry *x = a, *y = b;
  const Record *records = user_data;

  if (x->head != y->head)
    return x->head < y->head ? -1 : 1;

  return weft_page_id_compare (&records[x->record].id, &records[y->record].id);
}

static void
append_order (GByteArray *all)
{
  guint32 n_records = get_n_records (all);
  g_autofree OrderEntry *entries = g_new (OrderEntry, n_records);

  for (guint32 i = 0; i < n_records; i++)
    {
      guint64 head;

      memcpy (&head, get_record (all, i)->id.bytes, sizeof head);
      entries[i] = (OrderEntry) { GUINT64_FROM_BE (head), i };
    }
  g_qsort_with_data (entries, (int) n_records, sizeof *entries, compare_entries, get_record (all, 0));

  for (guint32 i = 0; i < n_records; i++)
    g_byte_array_append (all, (const guint8 *) &entries[i].record, sizeof entries[i].record);
}

GBytes *
weft_page_outline_make (WeftPageTree *tree,
                        const char   *title,
                        GBytes       *state,
                        const char   *key)
{
  g_autoptr(GByteArray) all = g_byte_array_new ();
  g_autoptr(GPtrArray) pages = g_ptr_array_new ();
  g_autoptr(GByteArray) strings = g_byte_array_new ();
  Header header = { .byte_order = BYTE_ORDER_MARK };

  g_return_val_if_fail (tree->outline == NULL, NULL);

  if (strlen (key) >= KEY_SIZE)
    return NULL;

  memcpy (header.magic, MAGIC, sizeof header.magic);
  g_strlcpy (header.key, key, KEY_SIZE);
  g_byte_array_append (strings, (const guint8 *) (title != NULL ? title : ""),
                       title != NULL ? (guint) strlen (title) + 1 : 1);
  g_byte_array_append (all, (const guint8 *) &header, sizeof header);
  add_record (all, pages, strings, tree, tree->root, NOWHERE);
  add_record (all, pages, strings, tree, tree->trash, NOWHERE);

  for (guint32 i = 0; i < pages->len; i++)
    {
      const PageOrder *children = ((Page *) pages->pdata[i])->children;
      guint32 n_children = children != NULL ? weft_page_order_get_length (children) : 0;

      get_record (all, i)->first_child = pages->len;
      get_record (all, i)->n_children = n_children;

      /* GByteArray ends at 4 GB, long after the rest has become too much. */
      if (strings->len > G_MAXINT32 / 2 || all->len > G_MAXINT32)
        return NULL;

      for (WeftPageOrderIter iter = { 0 }; n_children > 0; n_children--)
        add_record (all, pages, strings, tree, weft_page_order_next (children, &iter), i);
    }

  header.n_records = pages->len;
  header.n_string_bytes = strings->len;
  header.n_state_bytes = state != NULL ? g_bytes_get_size (state) : 0;
  memcpy (all->data, &header, sizeof header);
  append_order (all);
  g_byte_array_append (all, strings->data, strings->len);
  if (state != NULL)
    g_byte_array_append (all, g_bytes_get_data (state, NULL), (guint) header.n_state_bytes);

  return g_byte_array_free_to_bytes (g_steal_pointer (&all));
}

/* --- Opening --------------------------------------------------------------------------------------- */

WeftPageOutline *
weft_page_outline_new (GBytes     *bytes,
                       const char *key)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gsize n_fixed;
  WeftPageOutline *self;
  Header header;

  if (size < sizeof header)
    return NULL;

  memcpy (&header, data, sizeof header);
  if (memcmp (header.magic, MAGIC, sizeof header.magic) != 0 || header.byte_order != BYTE_ORDER_MARK
      || memchr (header.key, '\0', KEY_SIZE) == NULL || strcmp (header.key, key) != 0 || header.n_records < 2)
    return NULL;

  /* 2^32 records of 36 bytes: nothing overflows. */
  n_fixed = sizeof header + (gsize) header.n_records * (sizeof (Record) + sizeof (guint32));
  if (header.n_string_bytes == 0 || header.title >= header.n_string_bytes
      || n_fixed > size || size - n_fixed < header.n_string_bytes
      || size - n_fixed - header.n_string_bytes != header.n_state_bytes
      || data[n_fixed + header.n_string_bytes - 1] != '\0')
    return NULL;

  self = g_new0 (WeftPageOutline, 1);
  self->bytes = g_bytes_ref (bytes);
  self->records = (const Record *) (gconstpointer) (data + sizeof header);
  self->order = (const guint32 *) (gconstpointer) (self->records + header.n_records);
  self->strings = (const char *) data + n_fixed;
  self->n_records = header.n_records;
  self->n_string_bytes = header.n_string_bytes;
  self->n_state_bytes = header.n_state_bytes;
  self->title = header.title;

  return self;
}

char *
weft_page_outline_dup_key (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  Header header;

  if (size < sizeof header)
    return NULL;

  memcpy (&header, data, sizeof header);
  return memcmp (header.magic, MAGIC, sizeof header.magic) == 0 && memchr (header.key, '\0', KEY_SIZE) != NULL
             ? g_strdup (header.key)
             : NULL;
}

void
weft_page_outline_free (WeftPageOutline *self)
{
  if (self == NULL)
    return;

  g_bytes_unref (self->bytes);
  g_free (self);
}

/* --- Reading --------------------------------------------------------------------------------------- */

static const Record *
lookup (const WeftPageOutline *self,
        const WeftPageId      *id)
{
  guint32 low = 0;
  guint32 high = self->n_records;

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;
      const Record *record;
      int order;

      if (self->order[middle] >= self->n_records)
        return NULL;

      record = &self->records[self->order[middle]];
      order = weft_page_id_compare (&record->id, id);
      if (order == 0)
        return record;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }

  return NULL;
}

/* %NULL above the root and the trash. A parent stands before its children, so going up ends. */
static const Record *
get_parent (const WeftPageOutline *self,
            const Record          *record)
{
  guint32 index = (guint32) (record - self->records);

  return index > TRASH && record->parent < index ? &self->records[record->parent] : NULL;
}

/* How many of the children that the record speaks of are there. */
static guint32
count_children (const WeftPageOutline *self,
                const Record          *record)
{
  guint32 index = (guint32) (record - self->records);

  if (record->first_child <= index || record->first_child >= self->n_records)
    return 0;

  return MIN (record->n_children, self->n_records - record->first_child);
}

static const char *
read_text (const char *text)
{
  return *text != '\0' && g_utf8_validate (text, -1, NULL) ? text : NULL;
}

GBytes *
weft_page_outline_pack_state (const WeftStateVector *state,
                              WeftDeleteSet         *deletes)
{
  g_autoptr(GBytes) vector = weft_state_vector_encode (state);
  WeftWriter writer;
  GBytes *bytes;

  weft_writer_init (&writer);
  weft_writer_put_buffer (&writer, g_bytes_get_data (vector, NULL), g_bytes_get_size (vector));
  weft_delete_set_write (deletes, &writer);
  bytes = weft_writer_steal_bytes (&writer);
  weft_writer_clear (&writer);

  return bytes;
}

GBytes *
weft_page_outline_encode_state (WeftDoc *doc)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (doc);
  g_autoptr(WeftDeleteSet) deletes = weft_doc_get_delete_set (doc);

  return weft_page_outline_pack_state (state, deletes);
}

gboolean
weft_page_outline_get_state (const WeftPageOutline *self,
                             WeftStateVector      **state,
                             WeftDeleteSet        **deletes)
{
  g_autoptr(GBytes) vector = NULL;
  WeftReader reader;
  const guint8 *data;
  gsize n_bytes;

  if (self->n_state_bytes == 0)
    return FALSE;

  weft_reader_init (&reader, (const guint8 *) self->strings + self->n_string_bytes, self->n_state_bytes);
  data = weft_reader_get_buffer (&reader, &n_bytes);
  vector = g_bytes_new (data, n_bytes);
  *deletes = weft_delete_set_read (&reader);
  *state = weft_reader_finish (&reader, TRUE, NULL) ? weft_state_vector_decode (vector, NULL) : NULL;
  if (*state != NULL)
    return TRUE;

  g_clear_pointer (deletes, weft_delete_set_free);
  return FALSE;
}

const char *
weft_page_outline_get_title (const WeftPageOutline *self)
{
  return read_text (self->strings + self->title);
}

guint
weft_page_outline_get_n_pages (const WeftPageOutline *self)
{
  return self->n_records - 2;
}

gboolean
weft_page_outline_contains (const WeftPageOutline *self,
                            const WeftPageId      *page)
{
  return lookup (self, page) != NULL;
}

guint
weft_page_outline_get_n_children (const WeftPageOutline *self,
                                  const WeftPageId      *parent)
{
  const Record *record = lookup (self, parent);

  return record != NULL ? count_children (self, record) : 0;
}

gboolean
weft_page_outline_get_child (const WeftPageOutline *self,
                             const WeftPageId      *parent,
                             guint                  index,
                             WeftPageId            *child)
{
  const Record *record = lookup (self, parent);

  if (record == NULL || index >= count_children (self, record))
    return FALSE;

  *child = self->records[record->first_child + index].id;
  return TRUE;
}

int
weft_page_outline_get_index (const WeftPageOutline *self,
                             const WeftPageId      *page)
{
  const Record *record = lookup (self, page);
  const Record *parent = record != NULL ? get_parent (self, record) : NULL;
  guint32 index;

  if (parent == NULL)
    return -1;

  index = (guint32) (record - self->records);
  return index >= parent->first_child && index - parent->first_child < count_children (self, parent)
             ? (int) (index - parent->first_child)
             : -1;
}

gboolean
weft_page_outline_get_parent (const WeftPageOutline *self,
                              const WeftPageId      *page,
                              WeftPageId            *parent)
{
  const Record *record = lookup (self, page);
  const Record *above = record != NULL ? get_parent (self, record) : NULL;

  if (above == NULL)
    return FALSE;

  *parent = above->id;
  return TRUE;
}

gboolean
weft_page_outline_is_below (const WeftPageOutline *self,
                            const WeftPageId      *page,
                            const WeftPageId      *ancestor)
{
  for (const Record *record = lookup (self, page); record != NULL; record = get_parent (self, record))
    if (weft_page_id_equal (&record->id, ancestor))
      return TRUE;

  return FALSE;
}

const char *
weft_page_outline_get_string (const WeftPageOutline *self,
                              const WeftPageId      *page,
                              const char            *key)
{
  const Record *record = lookup (self, page);
  gsize at;

  if (record == NULL)
    return NULL;

  at = record->strings;
  for (gsize i = 0; i < G_N_ELEMENTS (string_keys) && at < self->n_string_bytes; i++)
    {
      if (g_str_equal (key, string_keys[i]))
        return read_text (self->strings + at);

      at += strlen (self->strings + at) + 1;
    }

  return NULL;
}
