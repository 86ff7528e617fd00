/* weft-page.c - one page of the tree, as a thing that lists and bindings can show
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "model/weft-notebook-private.h"
#include "model/weft-page-private.h"

struct _WeftPage
{
  GObject parent_instance;

  char *id;
  char *title;
  char *icon;
  WeftPageKind kind;
  gboolean trashed;
  gboolean has_children;

  /* Borrowed, cleared by a weak pointer */
  WeftNotebook *notebook;
};

G_DEFINE_FINAL_TYPE (WeftPage, weft_page, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (WeftPageKind, weft_page_kind,
                    G_DEFINE_ENUM_VALUE (WEFT_PAGE_NOTE, "note"),
                    G_DEFINE_ENUM_VALUE (WEFT_PAGE_BOARD, "board"),
                    G_DEFINE_ENUM_VALUE (WEFT_PAGE_OTHER, "other"))

enum
{
  PROP_0,
  PROP_ID,
  PROP_TITLE,
  PROP_DISPLAY_TITLE,
  PROP_ICON,
  PROP_KIND,
  PROP_TRASHED,
  PROP_HAS_CHILDREN,
  PROP_KEEP_OFFLINE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
weft_page_finalize (GObject *object)
{
  WeftPage *self = WEFT_PAGE (object);

  g_clear_weak_pointer (&self->notebook);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->icon, g_free);

  G_OBJECT_CLASS (weft_page_parent_class)->finalize (object);
}

static void
weft_page_get_property (GObject    *object,
                        guint       prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  WeftPage *self = WEFT_PAGE (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_DISPLAY_TITLE:
      g_value_set_string (value, weft_page_get_display_title (self));
      break;
    case PROP_ICON:
      g_value_set_string (value, self->icon);
      break;
    case PROP_KIND:
      g_value_set_enum (value, self->kind);
      break;
    case PROP_TRASHED:
      g_value_set_boolean (value, self->trashed);
      break;
    case PROP_HAS_CHILDREN:
      g_value_set_boolean (value, self->has_children);
      break;
    case PROP_KEEP_OFFLINE:
      g_value_set_boolean (value, weft_page_get_keep_offline (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_page_class_init (WeftPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = weft_page_finalize;
  object_class->get_property = weft_page_get_property;

  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, "", flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", flags);
  properties[PROP_DISPLAY_TITLE] = g_param_spec_string ("display-title", NULL, NULL, "", flags);
  properties[PROP_ICON] = g_param_spec_string ("icon", NULL, NULL, "", flags);
  properties[PROP_KIND]
      = g_param_spec_enum ("kind", NULL, NULL, WEFT_TYPE_PAGE_KIND, WEFT_PAGE_NOTE, flags);
  properties[PROP_TRASHED] = g_param_spec_boolean ("trashed", NULL, NULL, FALSE, flags);
  properties[PROP_HAS_CHILDREN] = g_param_spec_boolean ("has-children", NULL, NULL, FALSE, flags);
  properties[PROP_KEEP_OFFLINE] = g_param_spec_boolean ("keep-offline", NULL, NULL, TRUE, flags);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
weft_page_init (WeftPage *self)
{
  self->title = g_strdup ("");
  self->icon = g_strdup ("");
}

WeftPage *
weft_page_new (WeftNotebook *notebook,
               const char   *id)
{
  WeftPage *self = g_object_new (WEFT_TYPE_PAGE, NULL);

  self->id = g_strdup (id);
  g_set_weak_pointer (&self->notebook, notebook);

  return self;
}

const char *
weft_page_kind_to_name (WeftPageKind kind)
{
  return kind == WEFT_PAGE_BOARD ? "board" : "note";
}

static WeftPageKind
kind_from_name (const char *name)
{
  /* A page whose `kind` has not arrived, or was never set, is a note. */
  if (name == NULL || *name == '\0' || g_str_equal (name, "note"))
    return WEFT_PAGE_NOTE;

  return g_str_equal (name, "board") ? WEFT_PAGE_BOARD : WEFT_PAGE_OTHER;
}

void
weft_page_refresh (WeftPage   *self,
                   const char *title,
                   const char *icon,
                   const char *kind,
                   gboolean    trashed,
                   gboolean    has_children)
{
  WeftPageKind new_kind = kind_from_name (kind);

  g_object_freeze_notify (G_OBJECT (self));

  if (g_strcmp0 (self->title, title ? title : "") != 0)
    {
      g_free (self->title);
      self->title = g_strdup (title ? title : "");
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DISPLAY_TITLE]);
    }

  if (g_strcmp0 (self->icon, icon ? icon : "") != 0)
    {
      g_free (self->icon);
      self->icon = g_strdup (icon ? icon : "");
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ICON]);
    }

  if (self->kind != new_kind)
    {
      self->kind = new_kind;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KIND]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DISPLAY_TITLE]);
    }

  if (self->trashed != trashed)
    {
      self->trashed = trashed;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TRASHED]);
    }

  if (self->has_children != has_children)
    {
      self->has_children = has_children;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HAS_CHILDREN]);
    }

  g_object_thaw_notify (G_OBJECT (self));
}

const char *
weft_page_get_id (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), NULL);

  return self->id;
}

const char *
weft_page_get_title (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), NULL);

  return self->title;
}

const char *
weft_page_get_display_title (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), NULL);

  if (*self->title != '\0')
    return self->title;

  switch (self->kind)
    {
    case WEFT_PAGE_BOARD:
      return _("Untitled Board");
    case WEFT_PAGE_NOTE:
      return _("Untitled Note");
    case WEFT_PAGE_OTHER:
    default:
      return _("Untitled Page");
    }
}

const char *
weft_page_get_icon (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), NULL);

  return self->icon;
}

WeftPageKind
weft_page_get_kind (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), WEFT_PAGE_NOTE);

  return self->kind;
}

gboolean
weft_page_get_trashed (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), FALSE);

  return self->trashed;
}

gboolean
weft_page_has_children (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), FALSE);

  return self->has_children;
}

/* (transfer none) (nullable): %NULL once the notebook is closed */
WeftNotebook *
weft_page_get_notebook (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), NULL);

  return self->notebook;
}

WeftPage *
weft_page_get_parent (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), NULL);

  return self->notebook ? weft_notebook_lookup_parent (self->notebook, self) : NULL;
}

GListModel *
weft_page_list_children (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), NULL);

  if (self->notebook == NULL)
    return G_LIST_MODEL (g_list_store_new (WEFT_TYPE_PAGE));

  return weft_notebook_list_children (self->notebook, self->id);
}

gboolean
weft_page_get_keep_offline (WeftPage *self)
{
  g_return_val_if_fail (WEFT_IS_PAGE (self), TRUE);

  return self->notebook == NULL || weft_notebook_get_keep_offline (self->notebook, self);
}

void
weft_page_offline_changed (WeftPage *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KEEP_OFFLINE]);
}
