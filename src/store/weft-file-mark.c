/* weft-file-mark.c - what a file was like when it was left: to know when somebody else wrote into it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-file-mark.h"

#include <sys/stat.h>
#include <unistd.h>

/* A millisecond's worth: the beginnings of so many pages, which tell how much is in each. */
#define N_SAMPLES 512
#define SAMPLE_SIZE 32
#define PAGE_SIZE 4096

static gint64
get_time_ns (const struct stat *info)
{
  return (gint64) info->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info->st_mtim.tv_nsec;
}

/* FNV-1a. */
static guint32
sample (int    fd,
        gint64 size)
{
  gint64 n_pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
  gint64 n_samples = MIN (n_pages, N_SAMPLES);
  guint32 hash = 2166136261u;

  for (gint64 i = 0; i < n_samples; i++)
    {
      guint8 bytes[SAMPLE_SIZE] = { 0 };
      ssize_t n_read = pread (fd, bytes, sizeof bytes, n_pages * i / n_samples * PAGE_SIZE);

      for (ssize_t j = 0; j < n_read; j++)
        hash = (hash ^ bytes[j]) * 16777619u;
    }

  return hash;
}

/**
 * weft_file_mark_take:
 * @self: a mark
 * @fd: a file
 *
 * Notes what the file is like.
 */
void
weft_file_mark_take (WeftFileMark *self,
                     int           fd)
{
  struct stat info;

  self->size = -1;
  if (fstat (fd, &info) != 0)
    return;

  self->size = info.st_size;
  self->time_ns = get_time_ns (&info);
  self->sample = sample (fd, info.st_size);
}

/**
 * weft_file_mark_fits:
 * @self: a mark that was taken
 * @fd: the same file
 *
 * Returns: whether the file is as it was, as far as can be told
 */
gboolean
weft_file_mark_fits (WeftFileMark *self,
                     int           fd)
{
  struct stat info;

  if (self->size < 0 || fstat (fd, &info) != 0)
    return TRUE;
  if (info.st_size != self->size)
    return FALSE;
  if (get_time_ns (&info) == self->time_ns)
    return TRUE;
  if (sample (fd, info.st_size) != self->sample)
    return FALSE;

  self->time_ns = get_time_ns (&info);
  return TRUE;
}
