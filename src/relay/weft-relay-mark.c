/* weft-relay-mark.c - how far the database was, noted beside it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-mark.h"

#include <string.h>

#define HEAD "weft relay mark 1"

/* Beyond this, versions would no longer be whole numbers in JSON. */
#define MAX_EPOCH (G_GUINT64_CONSTANT (1) << 20)

gboolean
weft_relay_mark_read (const char    *path,
                      WeftRelayMark *mark)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;

  memset (mark, 0, sizeof *mark);
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;

  lines = g_strsplit (text, "\n", -1);
  if (g_strv_length (lines) != 5 || !g_str_equal (lines[0], HEAD) || strlen (lines[1]) >= sizeof mark->notebook ||
      !g_ascii_string_to_unsigned (lines[2], 10, 0, MAX_EPOCH, &mark->epoch, NULL) ||
      !g_ascii_string_to_unsigned (lines[3], 10, 0, G_MAXINT64, &mark->n_updates, NULL))
    return FALSE;

  g_strlcpy (mark->notebook, lines[1], sizeof mark->notebook);
  return TRUE;
}

gboolean
weft_relay_mark_write (const char          *path,
                       const WeftRelayMark *mark,
                       GError             **error)
{
  g_autofree char *text = g_strdup_printf (HEAD "\n%s\n%" G_GUINT64_FORMAT "\n%" G_GUINT64_FORMAT "\n", mark->notebook,
                                           mark->epoch, mark->n_updates);

  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

guint64
weft_relay_mark_get_ahead (const WeftRelayMark *noted,
                           const WeftRelayMark *found)
{
  /* A mark of a first start that did not come as far as its notebook says nothing of whose file it is. */
  gboolean same = *noted->notebook == '\0' || g_str_equal (noted->notebook, found->notebook);

  if (same && (found->epoch > noted->epoch || (found->epoch == noted->epoch && found->n_updates >= noted->n_updates)))
    return 0;

  return noted->epoch >= found->epoch ? noted->epoch - found->epoch + 1 : 1;
}
