/* weft-notebook-offline.c - which pages are kept on this device, and which are fetched when they are opened
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A choice of this device, in its file, not in the notebook: one for the notebook, and exceptions for subtrees. What
 * stands nearest above a page holds for it. The tree itself is always here; so is what was fetched once, and what was
 * written here. What is not kept offline is merely not fetched before somebody opens it.
 */

#include "config.h"

#include <string.h>

#include "model/weft-notebook-private.h"
#include "model/weft-page-private.h"

/* The setting: "+" or "-" for the notebook, then the same and a page id for each exception, separated by spaces. Where it
 * is not there everything is kept. */
#define KEEP_OFFLINE "keep-offline"

void
weft_notebook_offline_attach (WeftNotebook *self)
{
  const char *setting = weft_store_get_setting (self->store, KEEP_OFFLINE);
  g_auto(GStrv) words = g_strsplit (setting != NULL ? setting : "+", " ", -1);

  self->fetches_on_opening = g_strcmp0 (words[0], "-") == 0;
  g_clear_pointer (&self->offline_exceptions, g_hash_table_unref);
  self->offline_exceptions = g_hash_table_new_full (weft_page_id_hash, weft_page_id_equal, g_free, NULL);

  for (guint i = 1; words[0] != NULL && words[i] != NULL; i++)
    {
      WeftPageId id;

      if ((words[i][0] == '+' || words[i][0] == '-') && weft_page_id_parse (&id, words[i] + 1))
        g_hash_table_insert (self->offline_exceptions, g_memdup2 (&id, sizeof id), GINT_TO_POINTER (words[i][0]));
    }
}

static void
save (WeftNotebook *self)
{
  g_autoptr(GString) setting = g_string_new (self->fetches_on_opening ? "-" : "+");
  GHashTableIter iter;
  gpointer id = NULL;
  gpointer sign = NULL;

  g_hash_table_iter_init (&iter, self->offline_exceptions);
  while (g_hash_table_iter_next (&iter, &id, &sign))
    {
      WeftPageIdText text;

      g_string_append_printf (setting, " %c%s", (char) GPOINTER_TO_INT (sign), weft_page_id_format (id, text));
    }

  weft_store_set_setting (self->store, KEEP_OFFLINE, setting->len == 1 && setting->str[0] == '+' ? NULL : setting->str);
}

gboolean
weft_notebook_keeps_offline (WeftNotebook     *self,
                             const WeftPageId *page)
{
  WeftPageTree *tree = weft_notebook_get_tree (self);
  WeftPageId id = *page;

  if (g_hash_table_size (self->offline_exceptions) == 0)
    return !self->fetches_on_opening;

  for (;;)
    {
      int sign = GPOINTER_TO_INT (g_hash_table_lookup (self->offline_exceptions, &id));

      if (sign != 0)
        return sign == '+';
      if (!weft_page_tree_get_parent (tree, &id, &id))
        return !self->fetches_on_opening;
    }
}

/**
 * weft_notebook_get_keep_offline:
 * @self: a notebook
 * @page: (nullable): a page, or %NULL for the notebook
 *
 * Returns: whether it is fetched before anybody opens it
 */
gboolean
weft_notebook_get_keep_offline (WeftNotebook *self,
                                WeftPage     *page)
{
  WeftPageId id;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), TRUE);

  if (page == NULL || !weft_page_id_parse (&id, weft_page_get_id (page)))
    return !self->fetches_on_opening;

  return weft_notebook_keeps_offline (self, &id);
}

/* Exceptions below @top say nothing any more: somebody chose for all of it. */
static void
forget_below (WeftNotebook     *self,
              const WeftPageId *top)
{
  GHashTableIter iter;
  gpointer id = NULL;

  g_hash_table_iter_init (&iter, self->offline_exceptions);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (top == NULL || weft_page_tree_is_below (weft_notebook_get_tree (self), id, top)
        || weft_page_id_equal (id, top))
      g_hash_table_iter_remove (&iter);
}

/**
 * weft_notebook_set_keep_offline:
 * @self: a notebook
 * @page: (nullable): a page, with all that is below it; %NULL for the notebook
 * @keep: whether to fetch it before anybody opens it
 *
 * Chosen for a page (or the notebook) it holds for all below it, whatever was chosen there before.
 */
void
weft_notebook_set_keep_offline (WeftNotebook *self,
                                WeftPage     *page,
                                gboolean      keep)
{
  WeftPageId id;
  GHashTableIter iter;
  gpointer known = NULL;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));

  if (page == NULL)
    {
      forget_below (self, NULL);
      self->fetches_on_opening = !keep;
    }
  else if (weft_page_id_parse (&id, weft_page_get_id (page)))
    {
      forget_below (self, &id);
      if (weft_notebook_keeps_offline (self, &id) != keep)
        g_hash_table_insert (self->offline_exceptions, g_memdup2 (&id, sizeof id),
                             GINT_TO_POINTER (keep ? '+' : '-'));
    }

  save (self);
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_KEEP_OFFLINE);
  g_hash_table_iter_init (&iter, self->pages);
  while (g_hash_table_iter_next (&iter, NULL, &known))
    weft_page_offline_changed (known);

  if (keep)
    weft_notebook_fetch_changed (self);
}
