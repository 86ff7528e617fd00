/* weft-salvage.c - what can still be read in a damaged notebook file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A row of the update log is found wherever its bytes are, in a page that its tree still knows or not,
 * through the pointers of its page or by the look of its header; its checksum says whether it is whole.
 *
 * Offsets and encodings are those of https://www.sqlite.org/fileformat2.html: leaf pages of table
 * trees (type 0x0d), records, overflow chains, and the frames of the write-ahead log.
 */

#include "config.h"

#include "store/weft-salvage.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "store/weft-update-log.h"

#define DEFAULT_PAGE_SIZE 4096
#define FILE_HEADER_SIZE 100
#define WAL_HEADER_SIZE 32
#define WAL_FRAME_HEADER 24
#define TABLE_LEAF 0x0d
#define MAX_COLUMNS 7
/* The serial type of a checksum, a blob of 16 bytes. */
#define CHECKSUM_TYPE (12 + 2 * WEFT_CHECKSUM_SIZE)
/* A varint is at most so long in a page of ours. */
#define MAX_VARINT 9

typedef struct
{
  const guint8 *data;
  gsize size;
  const guint8 *wal;
  gsize wal_size;
  gsize page_size;
  gsize usable_size;

  /* The end of a file that was cut, filled up with zeros to a page; and the number of that page */
  guint8 *tail;
  guint32 tail_number;

  /* Of the frames that count */
  guint8 salts[8];

  /* Page number -> its last version in the log */
  GHashTable *logged;

  WeftDatabase *fresh;

  /* (element-type WeftLogRow), and the checksums of those in it */
  GPtrArray *rows;
  GHashTable *seen;
} Salvage;

typedef struct
{
  guint64 type;
  const guint8 *data;
  gsize size;
} Column;

typedef struct
{
  gint64 rowid;
  Column columns[MAX_COLUMNS];
  guint n_columns;
} Record;

static guint32
read_be (const guint8 *data,
         guint         n_bytes)
{
  guint32 value = 0;

  for (guint i = 0; i < n_bytes; i++)
    value = value << 8 | data[i];

  return value;
}

/* SQLite's varint: up to nine bytes, high bits first. Returns: bytes used, 0 past the end */
static gsize
read_varint (const guint8 *data,
             gsize         size,
             guint64      *value)
{
  *value = 0;

  for (gsize i = 0; i < MIN (size, 9); i++)
    {
      if (i == 8)
        {
          *value = *value << 8 | data[i];
          return 9;
        }

      *value = *value << 7 | (data[i] & 0x7f);
      if ((data[i] & 0x80) == 0)
        return i + 1;
    }

  return 0;
}

static const guint8 *
get_page (Salvage *self,
          guint32  number,
          gboolean use_log)
{
  const guint8 *page = NULL;

  if (use_log)
    page = g_hash_table_lookup (self->logged, GUINT_TO_POINTER (number));
  if (page == NULL && number > 0 && (guint64) number * self->page_size <= self->size)
    page = self->data + (gsize) (number - 1) * self->page_size;
  if (page == NULL && number > 0 && number == self->tail_number)
    page = self->tail;

  return page;
}

/* Collects a payload of @size bytes that starts at @cell and goes on in overflow pages. */
static guint8 *
read_payload (Salvage      *self,
              const guint8 *cell,
              gsize         left,
              guint64       size,
              gboolean      use_log)
{
  gsize usable = self->usable_size;
  gsize most = usable - 35;
  gsize least = (usable - 12) * 32 / 255 - 23;
  gsize local = size;
  g_autofree guint8 *payload = NULL;
  gsize filled;
  guint32 next;

  if (size > self->size + self->wal_size)
    return NULL;

  if (size > most)
    {
      local = least + (size - least) % (usable - 4);
      if (local > most)
        local = least;
    }

  if (local + (local < size ? 4 : 0) > left)
    return NULL;

  payload = g_malloc (size + 1);
  memcpy (payload, cell, local);
  if (local == size)
    return g_steal_pointer (&payload);

  next = read_be (cell + local, 4);
  for (filled = local; filled < size;)
    {
      const guint8 *page = get_page (self, next, use_log);
      gsize part = MIN (size - filled, usable - 4);

      if (page == NULL)
        return NULL;

      memcpy (payload + filled, page + 4, part);
      filled += part;
      next = read_be (page, 4);
    }

  return g_steal_pointer (&payload);
}

static gsize
get_serial_size (guint64 type)
{
  static const guint8 sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };

  if (type >= 12)
    return (gsize) ((type - 12) / 2);

  return type < G_N_ELEMENTS (sizes) ? sizes[type] : 0;
}

static gboolean
parse_record (Record       *record,
              const guint8 *payload,
              gsize         size)
{
  guint64 header_size;
  gsize at = read_varint (payload, size, &header_size);
  gsize body = (gsize) header_size;

  record->n_columns = 0;
  if (at == 0 || header_size > size)
    return FALSE;

  while (at < header_size)
    {
      Column *column = &record->columns[record->n_columns];
      gsize used;

      if (record->n_columns == MAX_COLUMNS)
        return FALSE;

      used = read_varint (payload + at, header_size - at, &column->type);
      if (used == 0)
        return FALSE;

      at += used;
      column->data = payload + body;
      column->size = get_serial_size (column->type);
      if (column->type / 2 > size || column->size > size - body)
        return FALSE;
      body += column->size;
      record->n_columns++;
    }

  return TRUE;
}

static gboolean
is_text (const Column *column)
{
  return column->type >= 13 && column->type % 2 == 1;
}

static gboolean
is_blob (const Column *column)
{
  return column->type >= 12 && column->type % 2 == 0;
}

static gboolean
is_integer (const Column *column)
{
  return (column->type >= 1 && column->type <= 6) || column->type == 8 || column->type == 9;
}

static gint64
get_integer (const Column *column)
{
  guint64 value = 0;

  if (column->type == 8 || column->type == 9)
    return column->type - 8;

  /* Sign-extended. */
  if (column->size > 0 && column->data[0] & 0x80)
    value = G_MAXUINT64;
  for (gsize i = 0; i < column->size; i++)
    value = value << 8 | column->data[i];

  return (gint64) value;
}

/* (nullable) (transfer full) */
static char *
dup_text (const Column *column)
{
  if (!g_utf8_validate ((const char *) column->data, (gssize) column->size, NULL))
    return NULL;

  return g_strndup ((const char *) column->data, column->size);
}

static gboolean
take_update (Salvage      *self,
             const Record *record)
{
  const Column *columns = record->columns;
  guint8 sum[WEFT_CHECKSUM_SIZE];
  g_autoptr(WeftLogRow) row = NULL;
  g_autoptr(GBytes) checksum = NULL;
  g_autofree char *doc_id = NULL;

  if (record->n_columns != 6 || columns[0].type != 0 || !is_text (&columns[1])
      || !is_integer (&columns[2]) || !is_integer (&columns[3]) || !is_blob (&columns[4])
      || columns[4].size != WEFT_CHECKSUM_SIZE || !is_blob (&columns[5]))
    return FALSE;

  doc_id = dup_text (&columns[1]);
  if (doc_id == NULL)
    return FALSE;

  row = weft_log_row_new (doc_id, (guint64) record->rowid, (guint) get_integer (&columns[2]),
                          get_integer (&columns[3]),
                          g_bytes_new (columns[5].data, columns[5].size));
  weft_log_row_checksum (row, sum);
  if (memcmp (sum, columns[4].data, sizeof sum) != 0)
    return FALSE;

  checksum = g_bytes_new (sum, sizeof sum);
  if (g_hash_table_add (self->seen, g_steal_pointer (&checksum)))
    g_ptr_array_add (self->rows, g_steal_pointer (&row));

  return TRUE;
}

/* Rows of the small tables. One with a checksum is taken where that fits; one without was written by
 * the first version, and known by its shape alone. */
typedef struct
{
  const char *types;  /* of the columns: t text, b blob, i integer, n NULL; the newest without their checksum */
  guint n_columns;
  const char *insert;
  const char *insert_unchecked; /* NULL: the table came later */
} Table;

static const Table tables[] = {
  { "tt", 2,
    "INSERT OR IGNORE INTO settings (name, value, checksum)"
    " SELECT ?1, ?2, ?3 WHERE ?3 = weft_sum ('settings', ?1, ?2)",
    "INSERT OR IGNORE INTO settings (name, value, checksum)"
    " VALUES (?1, ?2, weft_sum ('settings', ?1, ?2))" },
  { "tbi", 3,
    "INSERT OR IGNORE INTO journal (key, value, time, checksum)"
    " SELECT ?1, ?2, ?3, ?4 WHERE ?4 = weft_sum ('journal', ?1, ?2, ?3)",
    "INSERT OR IGNORE INTO journal (key, value, time, checksum)"
    " VALUES (?1, ?2, ?3, weft_sum ('journal', ?1, ?2, ?3))" },
  { "tti", 3,
    "INSERT OR IGNORE INTO assets (sha256, doc, n_bytes, checksum)"
    " SELECT ?1, ?2, ?3, ?4 WHERE ?4 = weft_sum ('assets', ?1, ?2, ?3)",
    "INSERT OR IGNORE INTO assets (sha256, doc, n_bytes, checksum)"
    " VALUES (?1, ?2, ?3, weft_sum ('assets', ?1, ?2, ?3))" },
  { "tiiiii", 6,
    "INSERT INTO history (doc, client, clock, length, kind, time, checksum)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?7 = weft_sum ('history', ?1, ?2, ?3, ?4, ?5, ?6)"
    " AND NOT EXISTS (SELECT 1 FROM history WHERE doc = ?1 AND client = ?2 AND clock = ?3)",
    "INSERT INTO history (doc, client, clock, length, kind, time, checksum)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, weft_sum ('history', ?1, ?2, ?3, ?4, ?5, ?6)"
    " WHERE NOT EXISTS (SELECT 1 FROM history WHERE doc = ?1 AND client = ?2 AND clock = ?3)" },
  { "tiiiii", 6,
    "INSERT INTO deletions (doc, client, clock, length, kind, time, checksum)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?7 = weft_sum ('deletions', ?1, ?2, ?3, ?4, ?5, ?6)"
    " AND NOT EXISTS (SELECT 1 FROM deletions WHERE doc = ?1 AND client = ?2 AND clock = ?3)",
    NULL },
  { "tbi", 3,
    "INSERT OR IGNORE INTO seen (doc, snapshot, time, checksum)"
    " SELECT ?1, ?2, ?3, ?4 WHERE ?4 = weft_sum ('seen', ?1, ?2, ?3)",
    NULL },
};

static char
get_type_letter (const Column *column)
{
  return is_text (column) ? 't' : is_blob (column) ? 'b' : is_integer (column) ? 'i' : 'n';
}

static gboolean
has_shape (const Record *record,
           const Table  *table)
{
  for (guint i = 0; i < table->n_columns; i++)
    if (get_type_letter (&record->columns[i]) != table->types[i])
      return FALSE;

  return TRUE;
}

static gboolean
insert_record (Salvage      *self,
               const Record *record,
               const char   *sql,
               GError      **error)
{
  WeftStatement *insert = weft_database_get (self->fresh, sql);
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < record->n_columns; i++)
    {
      const Column *column = &record->columns[i];

      if (is_text (column))
        {
          g_autofree char *text = dup_text (column);

          weft_statement_bind_text (insert, (int) i + 1, text != NULL ? text : "");
        }
      else if (is_integer (column))
        weft_statement_bind_int64 (insert, (int) i + 1, get_integer (column));
      else
        {
          GBytes *bytes = g_bytes_new (column->data, column->size);

          g_ptr_array_add (kept, bytes);
          weft_statement_bind_bytes (insert, (int) i + 1, bytes);
        }
    }

  return weft_statement_finish (insert, error);
}

/* What each relay has is not brought over: every room is looked at again. Where tables look alike, the
 * checksum, which covers the table's name, takes a row into its own. */
static gboolean
take_other (Salvage      *self,
            const Record *record,
            gboolean      is_newest,
            GError      **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      const Table *table = &tables[i];

      if (record->n_columns < table->n_columns || !has_shape (record, table))
        continue;

      if (record->n_columns == table->n_columns + 1 && is_integer (&record->columns[table->n_columns])
          && !insert_record (self, record, table->insert, error))
        return FALSE;
      if (record->n_columns == table->n_columns && is_newest && table->insert_unchecked != NULL)
        return insert_record (self, record, table->insert_unchecked, error);
    }

  return TRUE;
}

/* The newest versions of all pages are read first, then what the log and the file have of older ones. */
typedef enum
{
  PAGE_NEWEST,
  PAGE_OLDER,
} PageAge;

static gboolean
scan_cell (Salvage      *self,
           const guint8 *page,
           gsize         offset,
           PageAge       age,
           GError      **error)
{
  guint64 size, rowid;
  Record record = { 0 };

  for (int use_log = 1; use_log >= 0; use_log--)
    {
      g_autofree guint8 *payload = NULL;
      gsize at = offset;
      gsize used = read_varint (page + at, self->page_size - at, &size);

      if (used == 0)
        return TRUE;
      at += used;

      used = read_varint (page + at, self->page_size - at, &rowid);
      if (used == 0)
        return TRUE;
      at += used;

      payload = read_payload (self, page + at, self->page_size - at, size, use_log);
      if (payload == NULL || !parse_record (&record, payload, size))
        continue;

      record.rowid = (gint64) rowid;
      if (take_update (self, &record))
        return TRUE;

      if (use_log)
        return take_other (self, &record, age == PAGE_NEWEST, error);
    }

  return TRUE;
}

/* The start of the varint that ends before @end, at most @most bytes long. Returns: its length, 0: none */
static gsize
measure_back (const guint8 *page,
              gsize         end,
              gsize         most)
{
  gsize length = 1;

  if (end == 0 || page[end - 1] >= 0x80)
    return 0;

  while (length < most && length < end && page[end - 1 - length] >= 0x80)
    length++;

  return length;
}

static gboolean
is_small_integer_type (guint8 type)
{
  return (type >= 1 && type <= 6) || type == 8 || type == 9;
}

/* A row of the log whose header has the type of its checksum at @at: finds where its cell begins. The header
 * is its size, 0 (the row's number), a text, two integers, the checksum, a blob. */
static gboolean
find_cell (Salvage      *self,
           const guint8 *page,
           gsize         at,
           gsize        *offset)
{
  gsize text_length = at >= 3 && at >= 4 && page[at - 4] >= 0x80 ? 2 : 1;
  gsize header, length;
  guint64 text_type, data_type, payload_size;
  gsize data_length;

  if (at < text_length + 6 || !is_small_integer_type (page[at - 1])
      || !is_small_integer_type (page[at - 2]))
    return FALSE;

  /* At the size of the header. */
  header = at - 2 - text_length - 2;
  data_length = read_varint (page + at + 1, self->page_size - at - 1, &data_type);
  if (page[header + 1] != 0 || data_length == 0 || page[header] != text_length + 5 + data_length
      || read_varint (page + header + 2, text_length, &text_type) != text_length || text_type < 13)
    return FALSE;

  payload_size = page[header] + get_serial_size (text_type) + get_serial_size (page[at - 2])
                 + get_serial_size (page[at - 1]) + WEFT_CHECKSUM_SIZE + get_serial_size (data_type);

  length = measure_back (page, header, MAX_VARINT);
  if (length == 0)
    return FALSE;
  header -= length;

  /* Of what stands before, as much as makes the size that the columns have. */
  for (length = 1; length <= MIN (MAX_VARINT, header); length++)
    {
      guint64 value;

      if (read_varint (page + header - length, length, &value) == length && value == payload_size)
        {
          *offset = header - length;
          return TRUE;
        }
    }

  return FALSE;
}

/* Rows of the log that no pointer of the page leads to any more. */
static gboolean
scan_bytes (Salvage      *self,
            const guint8 *page,
            GError      **error)
{
  const guint8 *end = page + self->page_size;

  for (const guint8 *at = page; (at = memchr (at, CHECKSUM_TYPE, (gsize) (end - at))) != NULL; at++)
    {
      gsize offset;

      if (find_cell (self, page, (gsize) (at - page), &offset)
          && !scan_cell (self, page, offset, PAGE_OLDER, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
scan_pointers (Salvage      *self,
               const guint8 *page,
               gsize         header,
               PageAge       age,
               GError      **error)
{
  guint n_cells = read_be (page + header + 3, 2);

  for (guint i = 0; i < n_cells && header + 10 + 2 * i <= self->page_size; i++)
    {
      gsize offset = read_be (page + header + 8 + 2 * i, 2);

      if (offset < self->page_size && !scan_cell (self, page, offset, age, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
scan_page (Salvage      *self,
           const guint8 *page,
           guint32       number,
           PageAge       age,
           GError      **error)
{
  gsize header = number == 1 ? FILE_HEADER_SIZE : 0;
  gboolean is_newest = get_page (self, number, TRUE) == page;

  if (is_newest != (age == PAGE_NEWEST))
    return TRUE;

  if (page[header] == TABLE_LEAF && !scan_pointers (self, page, header, age, error))
    return FALSE;

  return scan_bytes (self, page, error);
}

static gboolean
is_page_size (guint32 size)
{
  return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

/* What the headers say, if they can be believed. */
static void
find_page_size (Salvage *self)
{
  guint32 size = 0;
  gsize reserved = 0;

  if (self->size >= FILE_HEADER_SIZE && memcmp (self->data, "SQLite format 3", 16) == 0)
    {
      size = read_be (self->data + 16, 2);
      size = size == 1 ? 65536 : size;
      reserved = self->data[20];
    }
  else if (self->wal_size >= WAL_HEADER_SIZE)
    size = read_be (self->wal + 8, 4);

  self->page_size = is_page_size (size) ? size : DEFAULT_PAGE_SIZE;
  self->usable_size = self->page_size - reserved;
  if (self->usable_size < 480)
    self->usable_size = self->page_size;
}

/* Past the end of the log: %NULL. Frames of an earlier life of the log belong to the file already; where its
 * header is damaged, the first frame tells which life it is in. */
static const guint8 *
get_frame (Salvage  *self,
           gsize     index,
           gboolean *is_current)
{
  gsize at = WAL_HEADER_SIZE + index * (WAL_FRAME_HEADER + self->page_size);
  const guint8 *frame = self->wal + at;

  if (self->wal_size < at + WAL_FRAME_HEADER + self->page_size)
    return NULL;

  *is_current = memcmp (frame + 8, self->salts, sizeof self->salts) == 0;
  return frame;
}

static void
find_salts (Salvage *self)
{
  gsize n_frames = 0;
  gboolean is_current;

  memset (self->salts, 0, sizeof self->salts);
  if (self->wal_size < WAL_HEADER_SIZE + WAL_FRAME_HEADER)
    return;

  memcpy (self->salts, self->wal + 16, sizeof self->salts);
  for (gsize i = 0; get_frame (self, i, &is_current) != NULL; i++)
    n_frames += is_current;

  if (n_frames == 0)
    memcpy (self->salts, self->wal + WAL_HEADER_SIZE + 8, sizeof self->salts);
}

static gboolean
scan_pages (Salvage *self,
            PageAge  age,
            GError **error)
{
  const guint8 *frame;
  gboolean is_current;

  for (gsize i = 0; (frame = get_frame (self, i, &is_current)) != NULL; i++)
    if (is_current && !scan_page (self, frame + WAL_FRAME_HEADER, read_be (frame, 4), age, error))
      return FALSE;

  for (guint32 number = 1; get_page (self, number, FALSE) != NULL; number++)
    if (!scan_page (self, get_page (self, number, FALSE), number, age, error))
      return FALSE;

  return TRUE;
}

static gboolean
scan_as (Salvage *self,
         gsize    page_size,
         gsize    usable_size,
         GError **error)
{
  g_autofree guint8 *tail = g_malloc0 (page_size);
  gsize n_whole = self->size / page_size;
  const guint8 *frame;
  gboolean is_current;

  self->page_size = page_size;
  self->usable_size = usable_size;
  self->tail_number = 0;
  if (self->size % page_size > 0)
    {
      memcpy (tail, self->data + n_whole * page_size, self->size % page_size);
      self->tail = tail;
      self->tail_number = (guint32) n_whole + 1;
    }

  find_salts (self);
  g_hash_table_remove_all (self->logged);
  for (gsize i = 0; (frame = get_frame (self, i, &is_current)) != NULL; i++)
    if (is_current)
      g_hash_table_insert (self->logged, GUINT_TO_POINTER (read_be (frame, 4)),
                           (gpointer) (frame + WAL_FRAME_HEADER));

  return scan_pages (self, PAGE_NEWEST, error) && scan_pages (self, PAGE_OLDER, error);
}

/* As the headers say; and as we make files, if it is the headers that are damaged. */
static gboolean
scan (Salvage *self,
      GError **error)
{
  find_page_size (self);

  if (self->page_size != DEFAULT_PAGE_SIZE || self->usable_size != DEFAULT_PAGE_SIZE)
    {
      if (!scan_as (self, self->page_size, self->usable_size, error))
        return FALSE;
    }

  return scan_as (self, DEFAULT_PAGE_SIZE, DEFAULT_PAGE_SIZE, error);
}

static int
compare_rows (gconstpointer a,
              gconstpointer b)
{
  const WeftLogRow *row = *(const WeftLogRow *const *) a;
  const WeftLogRow *other = *(const WeftLogRow *const *) b;

  if (row->seq != other->seq)
    return row->seq < other->seq ? -1 : 1;

  return (int) row->kind - (int) other->kind;
}

/* Numbered anew: a snapshot has the number of a row that it replaced, which may be here too. */
static gboolean
write_rows (Salvage *self,
            GError **error)
{
  g_ptr_array_sort (self->rows, compare_rows);

  for (guint i = 0; i < self->rows->len; i++)
    {
      WeftLogRow *row = g_ptr_array_index (self->rows, i);

      row->seq = i + 1;
      if (!weft_log_append (self->fresh, row, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
run (Salvage *self,
     GError **error)
{
  if (!weft_database_begin (self->fresh, error))
    return FALSE;

  if (!scan (self, error) || !write_rows (self, error))
    {
      weft_database_rollback (self->fresh);
      return FALSE;
    }

  return weft_database_commit (self->fresh, error);
}

gboolean
weft_salvage (WeftDatabase *fresh,
              const char   *damaged_path,
              GError      **error)
{
  g_autofree char *wal_path = g_strconcat (damaged_path, "-wal", NULL);
  g_autoptr(GMappedFile) file = g_mapped_file_new (damaged_path, FALSE, NULL);
  g_autoptr(GMappedFile) wal = g_mapped_file_new (wal_path, FALSE, NULL);
  g_autoptr(GHashTable) logged = g_hash_table_new (NULL, NULL);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_log_row_free);
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                      (GDestroyNotify) g_bytes_unref, NULL);
  Salvage self = { .fresh = fresh, .logged = logged, .rows = rows, .seen = seen };

  if (file == NULL)
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED,
                           _ ("The damaged file cannot be read"));
      return FALSE;
    }

  self.data = (const guint8 *) g_mapped_file_get_contents (file);
  self.size = g_mapped_file_get_length (file);
  if (wal != NULL)
    {
      self.wal = (const guint8 *) g_mapped_file_get_contents (wal);
      self.wal_size = g_mapped_file_get_length (wal);
    }

  if (!run (&self, error))
    return FALSE;

  g_message ("%u rows of the update log were brought over", rows->len);
  return TRUE;
}
