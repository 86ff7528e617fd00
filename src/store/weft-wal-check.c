/* weft-wal-check.c - whether a write-ahead log was damaged after it was written
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Offsets and checksums are those of https://www.sqlite.org/fileformat2.html, section 4.
 */

#include "config.h"

#include "store/weft-wal-check.h"

#include <string.h>

#define HEADER_SIZE 32
#define FRAME_HEADER 24
#define MAGIC 0x377f0682 /* the last bit: checksums of big-endian words */
#define DEFAULT_PAGE_SIZE 4096

typedef struct
{
  const guint8 *data;
  gsize size;
  gsize page_size;
  gsize n_frames;
  gboolean big_endian;
} Wal;

static guint32
read_be (const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return GUINT32_FROM_BE (value);
}

static guint32
read_word (const Wal    *self,
           const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return self->big_endian ? GUINT32_FROM_BE (value) : GUINT32_FROM_LE (value);
}

static void
add_to_sum (const Wal    *self,
            const guint8 *data,
            gsize         size,
            guint32       sum[2])
{
  for (gsize i = 0; i + 8 <= size; i += 8)
    {
      sum[0] += read_word (self, data + i) + sum[1];
      sum[1] += read_word (self, data + i + 4) + sum[0];
    }
}

static const guint8 *
get_frame (const Wal *self,
           gsize      index)
{
  return self->data + HEADER_SIZE + index * (FRAME_HEADER + self->page_size);
}

static gboolean
is_header_sound (const Wal *self)
{
  guint32 sum[2] = { 0, 0 };

  add_to_sum (self, self->data, 24, sum);
  return (read_be (self->data) & ~1u) == MAGIC && sum[0] == read_be (self->data + 24)
         && sum[1] == read_be (self->data + 28);
}

/* Whether frame @index is the one that was written after @before, a frame or the header. */
static gboolean
follows (const Wal *self,
         gsize      index)
{
  const guint8 *frame = get_frame (self, index);
  const guint8 *before = index > 0 ? get_frame (self, index - 1) + 16 : self->data + 24;
  const guint8 *salts = index > 0 ? get_frame (self, index - 1) + 8 : self->data + 16;
  guint32 sum[2] = { read_be (before), read_be (before + 4) };

  if (memcmp (frame + 8, salts, 8) != 0)
    return FALSE;

  add_to_sum (self, frame, 8, sum);
  add_to_sum (self, frame + FRAME_HEADER, self->page_size, sum);
  return sum[0] == read_be (frame + 16) && sum[1] == read_be (frame + 20);
}

static gboolean
is_commit (const Wal *self,
           gsize      index)
{
  return read_be (get_frame (self, index) + 4) != 0;
}

/* On disks that may spoil their last sector SQLite fills it with copies of a commit, of which it syncs the
 * beginning only. */
static gboolean
may_be_filling (const Wal *self,
                gsize      index)
{
  return index > 0 && is_commit (self, index - 1)
         && memcmp (get_frame (self, index), get_frame (self, index - 1), 8) == 0;
}

/* Whether some commit of this life of the log, from frame @from on, has a successor. */
static gboolean
has_commit_followed (const Wal    *self,
                     gsize         from,
                     const guint8 *salts)
{
  for (gsize i = from; i + 1 < self->n_frames; i++)
    if (is_commit (self, i) && memcmp (get_frame (self, i) + 8, salts, 8) == 0
        && !may_be_filling (self, i) && follows (self, i + 1) && !may_be_filling (self, i + 1))
      return TRUE;

  return FALSE;
}

static gboolean
is_damaged (Wal *self)
{
  guint32 page_size;
  gsize good = 0;

  if (self->size <= HEADER_SIZE + FRAME_HEADER)
    return FALSE;

  self->big_endian = read_be (self->data) & 1;
  page_size = read_be (self->data + 8);
  self->page_size = page_size >= 512 && page_size <= 65536 && (page_size & (page_size - 1)) == 0
                        ? page_size
                        : DEFAULT_PAGE_SIZE;
  self->n_frames = (self->size - HEADER_SIZE) / (FRAME_HEADER + self->page_size);

  /* The header is on the disk before the first frame is written. */
  if (!is_header_sound (self))
    {
      self->page_size = DEFAULT_PAGE_SIZE;
      self->n_frames = (self->size - HEADER_SIZE) / (FRAME_HEADER + self->page_size);
      for (int big_endian = 0; big_endian < 2; big_endian++)
        {
          self->big_endian = big_endian;
          for (gsize i = 1; i < self->n_frames; i++)
            if (follows (self, i))
              return TRUE;
        }

      /* A single transaction of one frame; its page is whole or not, and the rows in it know. */
      return self->n_frames > 0 && is_commit (self, 0);
    }

  while (good < self->n_frames && follows (self, good))
    good++;

  return good < self->n_frames && has_commit_followed (self, good, self->data + 16);
}

gboolean
weft_wal_is_damaged (const char *path)
{
  g_autofree char *wal_path = g_strconcat (path, "-wal", NULL);
  g_autoptr(GMappedFile) file = g_mapped_file_new (wal_path, FALSE, NULL);
  Wal self = { 0 };

  if (file == NULL)
    return FALSE;

  self.data = (const guint8 *) g_mapped_file_get_contents (file);
  self.size = g_mapped_file_get_length (file);
  return is_damaged (&self);
}
