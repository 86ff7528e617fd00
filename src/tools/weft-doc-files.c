/* weft-doc-files.c - what weft-doc reads and writes, and how it ends
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "tools/weft-doc-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nothing of a file, or of its name, does something to a terminal. */
static char *
make_harmless (const char *text)
{
  GString *line = g_string_new (NULL);

  while (*text != '\0')
    {
      gunichar c = g_utf8_get_char_validated (text, -1);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append_printf (line, "\\x%02x", (guint8) *text++);
          continue;
        }
      if (g_unichar_isprint (c))
        g_string_append_unichar (line, c);
      else
        g_string_append_printf (line, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
      text = g_utf8_next_char (text);
    }

  return g_string_free (line, FALSE);
}

static void
write_all (int         fd,
           const char *data,
           gsize       n_bytes,
           const char *name)
{
  while (n_bytes > 0)
    {
      gssize n = write (fd, data, n_bytes);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        weft_doc_fail (WEFT_DOC_UNWRITABLE, name, "%s", g_strerror (errno));
      data += n;
      n_bytes -= n;
    }
}

void
weft_doc_fail (WeftDocStatus status,
               const char   *name,
               const char   *format,
               ...)
{
  g_autofree char *message = NULL, *line = NULL, *harmless = NULL;
  gsize written = 0, n_bytes;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  line = name != NULL ? g_strdup_printf ("weft-doc: %s: %s", name, message)
                      : g_strdup_printf ("weft-doc: %s", message);
  harmless = make_harmless (line);
  n_bytes = strlen (harmless);
  harmless[n_bytes++] = '\n';
  while (written < n_bytes)
    {
      gssize n = write (STDERR_FILENO, harmless + written, n_bytes - written);

      if (n <= 0)
        break;
      written += n;
    }
  _exit (status);
}

/* Nothing may be allocated here. */
void
weft_doc_fail_for_memory (void)
{
  static const char line[] = "weft-doc: out of memory\n";

  if (write (STDERR_FILENO, line, strlen (line)) < 0)
    _exit (WEFT_DOC_SYSTEM);
  _exit (WEFT_DOC_SYSTEM);
}

/* GLib reports a failed allocation this way and would then abort. */
static void
log_cb (const char    *domain,
        GLogLevelFlags level,
        const char    *message,
        gpointer       user_data)
{
  if (level & G_LOG_LEVEL_ERROR)
    weft_doc_fail_for_memory ();
  g_log_default_handler (domain, level, message, user_data);
}

void
weft_doc_expect_no_memory (void)
{
  g_log_set_default_handler (log_cb, NULL);
}

static GBytes *
read_fd (int         fd,
         const char *name)
{
  GByteArray *all = g_byte_array_new ();
  guint8 *part = g_malloc (64 * 1024);

  for (;;)
    {
      gssize n = read (fd, part, 64 * 1024);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        weft_doc_fail (WEFT_DOC_UNREADABLE, name, "%s", g_strerror (errno));
      if (n == 0)
        break;
      if (all->len > G_MAXINT32 - n)
        weft_doc_fail (WEFT_DOC_MALFORMED, name, "file is too large at byte %u", all->len);
      g_byte_array_append (all, part, n);
    }
  g_free (part);

  return g_byte_array_free_to_bytes (all);
}

GBytes *
weft_doc_read_file (const char *name)
{
  static GBytes *standard_input;
  GBytes *bytes;
  int fd;

  if (strcmp (name, "-") == 0)
    {
      if (standard_input == NULL)
        standard_input = read_fd (STDIN_FILENO, "standard input");
      return g_bytes_ref (standard_input);
    }
  fd = open (name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    weft_doc_fail (WEFT_DOC_UNREADABLE, name, "%s", g_strerror (errno));
  bytes = read_fd (fd, name);
  close (fd);

  return bytes;
}

/* Devices and pipes are written to, never replaced. */
static void
write_special (const char *name,
               GBytes     *bytes)
{
  int fd = open (name, O_WRONLY | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    weft_doc_fail (WEFT_DOC_UNWRITABLE, name, "%s", g_strerror (errno));
  write_all (fd, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), name);
  if (close (fd) != 0)
    weft_doc_fail (WEFT_DOC_UNWRITABLE, name, "%s", g_strerror (errno));
}

void
weft_doc_write_file (const char *name,
                     GBytes     *bytes)
{
  g_autoptr(GError) error = NULL;
  char *target;
  struct stat status;

  if (name == NULL || strcmp (name, "-") == 0)
    {
      weft_doc_write_stdout (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      return;
    }
  if (stat (name, &status) == 0 && !S_ISREG (status.st_mode))
    {
      write_special (name, bytes);
      return;
    }

  /* A link stays one. */
  target = realpath (name, NULL);
  if (!g_file_set_contents_full (target != NULL ? target : name, g_bytes_get_data (bytes, NULL),
                                 g_bytes_get_size (bytes), G_FILE_SET_CONTENTS_CONSISTENT, 0666,
                                 &error))
    weft_doc_fail (WEFT_DOC_UNWRITABLE, name, "%s", error->message);
  free (target);
}

void
weft_doc_write_stdout (const char *data,
                       gsize       n_bytes)
{
  write_all (STDOUT_FILENO, data, n_bytes, "standard output");
}
