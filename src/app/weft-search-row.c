/* weft-search-row.c - a page that was found, with the line that has what was looked for
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-search-row.h"

#include <glib/gi18n.h>

#include "app/weft-page-row.h"

struct _WeftSearchRow
{
  AdwBin    parent_instance;

  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *snippet;
};

G_DEFINE_FINAL_TYPE (WeftSearchRow, weft_search_row, ADW_TYPE_BIN)

static void
weft_search_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_SEARCH_ROW);

  G_OBJECT_CLASS (weft_search_row_parent_class)->dispose (object);
}

static void
weft_search_row_class_init (WeftSearchRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_search_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-search-row.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftSearchRow, icon);
  gtk_widget_class_bind_template_child (widget_class, WeftSearchRow, title);
  gtk_widget_class_bind_template_child (widget_class, WeftSearchRow, snippet);
}

static void
weft_search_row_init (WeftSearchRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* Bold, so that it is seen without colours too. */
static PangoAttrList *
make_attributes (WeftSearchResult *result)
{
  PangoAttrList *attributes = pango_attr_list_new ();
  GArray *matches = weft_search_result_get_matches (result);

  for (guint i = 0; i < matches->len; i++)
    {
      const WeftSearchMatch *match = &g_array_index (matches, WeftSearchMatch, i);
      PangoAttribute *bold = pango_attr_weight_new (PANGO_WEIGHT_BOLD);
      PangoAttribute *line = pango_attr_underline_new (PANGO_UNDERLINE_SINGLE);

      bold->start_index = line->start_index = match->start;
      bold->end_index = line->end_index = match->end;
      pango_attr_list_insert (attributes, bold);
      pango_attr_list_insert (attributes, line);
    }

  return attributes;
}

GtkWidget *
weft_search_row_new (void)
{
  return g_object_new (WEFT_TYPE_SEARCH_ROW, NULL);
}

/**
 * weft_search_row_bind:
 * @self: a row
 * @result: what it shows
 */
void
weft_search_row_bind (WeftSearchRow    *self,
                      WeftSearchResult *result)
{
  WeftPage *page = weft_search_result_get_page (result);
  const char *snippet = weft_search_result_get_snippet (result);
  PangoAttrList *attributes = make_attributes (result);

  gtk_image_set_from_icon_name (self->icon, weft_page_kind_get_icon_name (weft_page_get_kind (page)));
  gtk_label_set_text (self->title, weft_page_get_display_title (page));
  gtk_label_set_text (self->snippet, snippet);
  gtk_label_set_attributes (self->snippet, attributes);
  gtk_widget_set_visible (GTK_WIDGET (self->snippet), *snippet != '\0');
  pango_attr_list_unref (attributes);
}

/**
 * weft_search_row_dup_label:
 * @result: what a row shows
 *
 * Returns: (transfer full): what a screen reader says of it
 */
char *
weft_search_row_dup_label (WeftSearchResult *result)
{
  const char *title = weft_page_get_display_title (weft_search_result_get_page (result));
  const char *snippet = weft_search_result_get_snippet (result);

  if (*snippet == '\0')
    return g_strdup (title);

  /* Translators: the title of a page, and a line of its text */
  return g_strdup_printf (_ ("%s: %s"), title, snippet);
}
