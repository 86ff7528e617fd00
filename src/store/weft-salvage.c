/* weft-salvage.c - what can still be read in a damaged notebook file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
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
#define MAX_COLUMNS 6

typedef struct
{
  const guint8 *data;
  gsize size;
  const guint8 *wal;
  gsize wal_size;
  gsize page_size;
  gsize usable_size;

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
read_be (const guint8 *data, guint n_bytes)
{
  guint32 value = 0;

  for (guint i = 0; i < n_bytes; i++)
    value = value << 8 | data[i];

  return value;
}

/* SQLite's varint: up to nine bytes, high bits first. Returns: bytes used, 0 past the end */
static gsize
read_varint (const guint8 *data, gsize size, guint64 *value)
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
get_page (Salvage *self, guint32 number, gboolean use_log)
{
  const guint8 *page = NULL;

  if (use_log)
    page = g_hash_table_lookup (self->logged, GUINT_TO_POINTER (number));
  if (page == NULL && number > 0 && (guint64) number * self->page_size <= self->size)
    page = self->data + (gsize) (number - 1) * self->page_size;

  return page;
}

/* Collects a payload of @size bytes that starts at @cell and goes on in overflow pages. */
static guint8 *
read_payload (Salvage *self, const guint8 *cell, gsize left, guint64 size, gboolean use_log)
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
parse_record (Record *record, const guint8 *payload, gsize size)
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
take_update (Salvage *self, const Record *record)
{
  const Column *columns = record->columns;
  guint8 sum[WEFT_CHECKSUM_SIZE];
  g_autoptr (WeftLogRow) row = NULL;
  g_autoptr (GBytes) checksum = NULL;
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

#define TAKE_SETTING "INSERT OR IGNORE INTO settings (name, value) VALUES (?1, ?2)"
#define TAKE_JOURNAL "INSERT OR IGNORE INTO journal (key, value, time) VALUES (?1, ?2, ?3)"
#define TAKE_HISTORY                                                                               \
  "INSERT INTO history (doc, client, clock, length, kind, time) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"

static gboolean
take_setting (Salvage *self, const Record *record, GError **error)
{
  WeftStatement *insert = weft_database_get (self->fresh, TAKE_SETTING);
  g_autofree char *name = dup_text (&record->columns[0]);
  g_autofree char *value = dup_text (&record->columns[1]);

  if (name == NULL || value == NULL)
    return TRUE;

  weft_statement_bind_text (insert, 1, name);
  weft_statement_bind_text (insert, 2, value);
  return weft_statement_finish (insert, error);
}

static gboolean
take_journal (Salvage *self, const Record *record, GError **error)
{
  WeftStatement *insert = weft_database_get (self->fresh, TAKE_JOURNAL);
  g_autofree char *key = dup_text (&record->columns[0]);
  g_autoptr (GBytes) value = g_bytes_new (record->columns[1].data, record->columns[1].size);

  if (key == NULL)
    return TRUE;

  weft_statement_bind_text (insert, 1, key);
  weft_statement_bind_bytes (insert, 2, value);
  weft_statement_bind_int64 (insert, 3, get_integer (&record->columns[2]));
  return weft_statement_finish (insert, error);
}

static gboolean
take_history (Salvage *self, const Record *record, GError **error)
{
  WeftStatement *insert = weft_database_get (self->fresh, TAKE_HISTORY);
  g_autofree char *doc_id = dup_text (&record->columns[0]);

  if (doc_id == NULL)
    return TRUE;

  weft_statement_bind_text (insert, 1, doc_id);
  for (int i = 1; i < 6; i++)
    weft_statement_bind_int64 (insert, i + 1, get_integer (&record->columns[i]));
  return weft_statement_finish (insert, error);
}

/* Rows without a checksum are known by their shape, and taken from the newest version of a page
 * only. */
static gboolean
take_other (Salvage *self, const Record *record, GError **error)
{
  const Column *columns = record->columns;

  if (record->n_columns == 2 && is_text (&columns[0]) && is_text (&columns[1]))
    return take_setting (self, record, error);

  if (record->n_columns == 3 && is_text (&columns[0]) && is_blob (&columns[1])
      && is_integer (&columns[2]))
    return take_journal (self, record, error);

  if (record->n_columns == 6 && is_text (&columns[0]) && is_integer (&columns[1])
      && is_integer (&columns[2]) && is_integer (&columns[3]) && is_integer (&columns[4])
      && is_integer (&columns[5]))
    return take_history (self, record, error);

  return TRUE;
}

static gboolean
scan_cell (Salvage *self, const guint8 *page, gsize offset, gboolean is_newest, GError **error)
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

      if (is_newest && use_log)
        return take_other (self, &record, error);
    }

  return TRUE;
}

static gboolean
scan_page (Salvage *self, const guint8 *page, gboolean is_first, gboolean is_newest, GError **error)
{
  gsize header = is_first ? FILE_HEADER_SIZE : 0;
  guint n_cells;

  if (page[header] != TABLE_LEAF)
    return TRUE;

  n_cells = read_be (page + header + 3, 2);
  for (guint i = 0; i < n_cells && header + 10 + 2 * i <= self->page_size; i++)
    {
      gsize offset = read_be (page + header + 8 + 2 * i, 2);

      if (offset < self->page_size && !scan_cell (self, page, offset, is_newest, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
is_page_size (guint32 size)
{
  return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

/* From either header; they may be what is damaged. */
static void
find_page_size (Salvage *self)
{
  guint32 size = 0;

  if (self->size >= FILE_HEADER_SIZE && memcmp (self->data, "SQLite format 3", 16) == 0)
    {
      size = read_be (self->data + 16, 2);
      size = size == 1 ? 65536 : size;
      self->usable_size = self->data[20];
    }
  else if (self->wal_size >= WAL_HEADER_SIZE)
    size = read_be (self->wal + 8, 4);

  self->page_size = is_page_size (size) ? size : DEFAULT_PAGE_SIZE;
  /* Until here the number of reserved bytes at the end of each page. */
  self->usable_size = self->page_size - self->usable_size;
  if (self->usable_size < 480)
    self->usable_size = self->page_size;
}

/* Only frames of the log's present life count: the others belong to the file already. */
static const guint8 *
get_frame (Salvage *self, gsize index)
{
  gsize at = WAL_HEADER_SIZE + index * (WAL_FRAME_HEADER + self->page_size);
  const guint8 *frame = self->wal + at;

  if (self->wal_size < at + WAL_FRAME_HEADER + self->page_size)
    return NULL;

  return memcmp (frame + 8, self->wal + 16, 8) == 0 ? frame : NULL;
}

static gboolean
scan (Salvage *self, GError **error)
{
  const guint8 *frame;

  find_page_size (self);

  for (gsize i = 0; (frame = get_frame (self, i)) != NULL; i++)
    g_hash_table_insert (self->logged, GUINT_TO_POINTER (read_be (frame, 4)),
                         (gpointer) (frame + WAL_FRAME_HEADER));

  for (gsize i = 0; (frame = get_frame (self, i)) != NULL; i++)
    {
      guint32 number = read_be (frame, 4);
      const guint8 *page = frame + WAL_FRAME_HEADER;

      if (!scan_page (self, page, number == 1, get_page (self, number, TRUE) == page, error))
        return FALSE;
    }

  for (guint32 number = 1; get_page (self, number, FALSE) != NULL; number++)
    {
      const guint8 *page = get_page (self, number, FALSE);

      if (!scan_page (self, page, number == 1, get_page (self, number, TRUE) == page, error))
        return FALSE;
    }

  return TRUE;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const WeftLogRow *row = *(const WeftLogRow *const *) a;
  const WeftLogRow *other = *(const WeftLogRow *const *) b;

  if (row->seq != other->seq)
    return row->seq < other->seq ? -1 : 1;

  return (int) row->kind - (int) other->kind;
}

/* Numbered anew: a snapshot has the number of a row that it replaced, which may be here too. */
static gboolean
write_rows (Salvage *self, GError **error)
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
run (Salvage *self, GError **error)
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
weft_salvage (WeftDatabase *fresh, const char *damaged_path, GError **error)
{
  g_autofree char *wal_path = g_strconcat (damaged_path, "-wal", NULL);
  g_autoptr (GMappedFile) file = g_mapped_file_new (damaged_path, FALSE, NULL);
  g_autoptr (GMappedFile) wal = g_mapped_file_new (wal_path, FALSE, NULL);
  g_autoptr (GHashTable) logged = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_log_row_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
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
