/* weft-version-list.c - the versions of a page as a list for a view, newest first, with a section a day
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-version-list.h"

#include <string.h>

#include "app/weft-moment.h"

struct _WeftVersionItem
{
  GObject parent_instance;

  guint   index;
};

G_DEFINE_FINAL_TYPE (WeftVersionItem, weft_version_item, G_TYPE_OBJECT)

/* What a row tells of a version. */
typedef struct
{
  gint64      to_ms;
  const char *people; /* names in a row; in @strings */
} Row;

struct _WeftVersionList
{
  GObject       parent_instance;

  /* Owned */
  GArray       *rows;   /* Row, oldest first */
  GStringChunk *strings;
  GArray       *days;   /* guint: where each day begins, in the order of the list */
};

static void list_model_init (GListModelInterface *iface);
static void section_model_init (GtkSectionModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (WeftVersionList, weft_version_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init)
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SECTION_MODEL, section_model_init))

static void
weft_version_item_class_init (WeftVersionItemClass *klass)
{
}

static void
weft_version_item_init (WeftVersionItem *self)
{
}

guint
weft_version_item_get_index (WeftVersionItem *self)
{
  g_return_val_if_fail (WEFT_IS_VERSION_ITEM (self), 0);

  return self->index;
}

/* GListModel */

static GType
get_item_type (GListModel *model)
{
  return WEFT_TYPE_VERSION_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return WEFT_VERSION_LIST (model)->rows->len;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  WeftVersionList *self = WEFT_VERSION_LIST (model);
  WeftVersionItem *item;

  if (position >= self->rows->len)
    return NULL;

  item = g_object_new (WEFT_TYPE_VERSION_ITEM, NULL);
  item->index = self->rows->len - 1 - position;

  return item;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* GtkSectionModel */

static void
get_section (GtkSectionModel *model,
             guint            position,
             guint           *start,
             guint           *end)
{
  WeftVersionList *self = WEFT_VERSION_LIST (model);
  guint low = 0, high = self->days->len;

  if (position >= self->rows->len)
    {
      *start = self->rows->len;
      *end = G_MAXUINT;
      return;
    }

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->days, guint, middle) <= position)
        low = middle;
      else
        high = middle;
    }

  *start = g_array_index (self->days, guint, low);
  *end = low + 1 < self->days->len ? g_array_index (self->days, guint, low + 1) : self->rows->len;
}

static void
section_model_init (GtkSectionModelInterface *iface)
{
  iface->get_section = get_section;
}

/* Reading */

static const char *
keep_people (GStringChunk      *strings,
             const WeftVersion *version)
{
  g_autoptr(GString) people = g_string_new (NULL);

  for (guint i = 0; i < version->people->len; i++)
    {
      g_string_append (people, version->people->pdata[i]);
      g_string_append_c (people, '\n');
    }

  return g_string_chunk_insert_const (strings, people->str);
}

static gboolean
is_same (const Row *a,
         const Row *b)
{
  return a->to_ms == b->to_ms && strcmp (a->people, b->people) == 0;
}

static GArray *
find_days (GArray    *rows,
           GTimeZone *zone)
{
  GArray *days = g_array_new (FALSE, FALSE, sizeof (guint));
  gint64 start = 0, end = 0;

  for (guint position = 0; position < rows->len; position++)
    {
      gint64 time = g_array_index (rows, Row, rows->len - 1 - position).to_ms;

      if (position > 0 && time >= start && time < end)
        continue;

      /* Nobody knows when: such versions stand together. */
      if (time > 0)
        weft_moment_find_day (time, zone, &start, &end);
      else
        start = 0, end = 1;
      g_array_append_val (days, position);
    }

  return days;
}

static void
weft_version_list_finalize (GObject *object)
{
  WeftVersionList *self = WEFT_VERSION_LIST (object);

  g_array_unref (self->rows);
  g_string_chunk_free (self->strings);
  g_array_unref (self->days);

  G_OBJECT_CLASS (weft_version_list_parent_class)->finalize (object);
}

static void
weft_version_list_class_init (WeftVersionListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_version_list_finalize;
}

#define STRINGS_SIZE 1024

static void
weft_version_list_init (WeftVersionList *self)
{
  self->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  self->strings = g_string_chunk_new (STRINGS_SIZE);
  self->days = g_array_new (FALSE, FALSE, sizeof (guint));
}

WeftVersionList *
weft_version_list_new (void)
{
  return g_object_new (WEFT_TYPE_VERSION_LIST, NULL);
}

/**
 * weft_version_list_read:
 * @self: a list
 * @history: (nullable): whose versions it is to have
 * @zone: in which days begin
 *
 * What is told as changed are the newest rows, from the first version on that differs. The newest of before is among
 * them where another one took its place.
 */
void
weft_version_list_read (WeftVersionList *self,
                        WeftHistory     *history,
                        GTimeZone       *zone)
{
  guint n_before, n, same = 0;
  g_autoptr(GArray) before = NULL;
  GStringChunk *strings_before;

  g_return_if_fail (WEFT_IS_VERSION_LIST (self));

  n = history != NULL ? weft_history_get_n_versions (history) : 0;
  before = self->rows;
  n_before = before->len;
  strings_before = self->strings;
  self->strings = g_string_chunk_new (STRINGS_SIZE);
  self->rows = g_array_sized_new (FALSE, FALSE, sizeof (Row), n);
  for (guint i = 0; i < n; i++)
    {
      const WeftVersion *version = weft_history_get_version (history, i);
      const Row row = { version->to_ms, keep_people (self->strings, version) };

      g_array_append_val (self->rows, row);
    }
  g_array_unref (self->days);
  self->days = find_days (self->rows, zone);

  while (same < n && same < n_before
         && is_same (&g_array_index (self->rows, Row, same), &g_array_index (before, Row, same)))
    same++;
  /* The newest is said to be it. */
  if (n != n_before && same > 0 && (same == n || same == n_before))
    same--;
  g_string_chunk_free (strings_before);

  if (n_before > same || n > same)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before - same, n - same);
}
