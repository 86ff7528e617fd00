/* weft-page-list.c - the children of one page, as a live list
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-page-list.h"

#include "model/weft-notebook-private.h"

struct _WeftPageList
{
  GObject parent_instance;

  WeftPageId parent;

  /* Borrowed, cleared by a weak pointer */
  WeftNotebook *notebook;
};

static GType
get_item_type (GListModel *model)
{
  return WEFT_TYPE_PAGE;
}

static guint
get_n_items (GListModel *model)
{
  WeftPageList *self = WEFT_PAGE_LIST (model);

  if (self->notebook == NULL)
    return 0;

  return weft_page_tree_get_n_children (weft_notebook_get_tree (self->notebook), &self->parent);
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  WeftPageList *self = WEFT_PAGE_LIST (model);
  WeftPageId child;

  if (self->notebook == NULL
      || !weft_page_tree_get_child (weft_notebook_get_tree (self->notebook), &self->parent,
                                    position, &child))
    return NULL;

  return g_object_ref (weft_notebook_ensure_page (self->notebook, &child));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WeftPageList,
                               weft_page_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
weft_page_list_finalize (GObject *object)
{
  WeftPageList *self = WEFT_PAGE_LIST (object);

  g_clear_weak_pointer (&self->notebook);

  G_OBJECT_CLASS (weft_page_list_parent_class)->finalize (object);
}

static void
weft_page_list_class_init (WeftPageListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_page_list_finalize;
}

static void
weft_page_list_init (WeftPageList *self)
{
}

WeftPageList *
weft_page_list_new (WeftNotebook     *notebook,
                    const WeftPageId *parent)
{
  WeftPageList *self = g_object_new (WEFT_TYPE_PAGE_LIST, NULL);

  self->parent = *parent;
  g_set_weak_pointer (&self->notebook, notebook);

  return self;
}

const WeftPageId *
weft_page_list_get_parent (WeftPageList *self)
{
  return &self->parent;
}
