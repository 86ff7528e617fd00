/* weft-g-undo-manager.c - takes back only what was done here
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-g-undo-manager.h"

#include "weft-g-private.h"

#include "crdt/weft-undo.h"

struct _WeftGUndoManager
{
  GObject          parent_instance;

  /* Owned */
  WeftGDocument   *document;
  WeftUndoManager *undo;
};

/**
 * WeftGUndoManager:
 *
 * Takes back, step by step, what was done to some shared types here. What others did stays. Its own transactions have
 * the origin `undo`.
 */
G_DEFINE_FINAL_TYPE (WeftGUndoManager, weft_g_undo_manager, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CAN_UNDO,
  PROP_CAN_REDO,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static gint64
get_now_ms (gpointer user_data)
{
  return g_get_monotonic_time () / 1000;
}

static void
changed_cb (gpointer user_data)
{
  g_object_notify_by_pspec (user_data, properties[PROP_CAN_UNDO]);
  g_object_notify_by_pspec (user_data, properties[PROP_CAN_REDO]);
}

static void
weft_g_undo_manager_finalize (GObject *object)
{
  WeftGUndoManager *self = WEFT_G_UNDO_MANAGER (object);

  g_clear_pointer (&self->undo, weft_undo_manager_free);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (weft_g_undo_manager_parent_class)->finalize (object);
}

static void
weft_g_undo_manager_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  WeftGUndoManager *self = WEFT_G_UNDO_MANAGER (object);

  switch (prop_id)
    {
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, weft_g_undo_manager_get_can_undo (self));
      break;
    case PROP_CAN_REDO:
      g_value_set_boolean (value, weft_g_undo_manager_get_can_redo (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_g_undo_manager_class_init (WeftGUndoManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = weft_g_undo_manager_finalize;
  object_class->get_property = weft_g_undo_manager_get_property;

  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
weft_g_undo_manager_init (WeftGUndoManager *self)
{
}

/**
 * weft_g_undo_manager_new:
 * @scope: what is watched: this type and all below it
 * @capture_timeout_ms: changes that follow each other within so many milliseconds are one step; Yjs' own is 500
 *
 * Records the transactions without an origin, and those of the origins given to weft_g_undo_manager_track().
 *
 * Returns: (transfer full): an undo manager
 */
WeftGUndoManager *
weft_g_undo_manager_new (WeftGSharedType *scope,
                         guint            capture_timeout_ms)
{
  WeftGUndoManager *self;
  WeftType *type;

  g_return_val_if_fail (WEFT_G_IS_SHARED_TYPE (scope), NULL);

  self = g_object_new (WEFT_G_TYPE_UNDO_MANAGER, NULL);
  self->document = g_object_ref (weft_g_shared_type_get_document (scope));
  type = weft_g_shared_type_get_engine (scope);
  self->undo = weft_undo_manager_new (weft_g_document_get_doc (self->document), &type, 1, capture_timeout_ms,
                                      get_now_ms, NULL);
  weft_undo_manager_set_changed (self->undo, changed_cb, self);
  weft_g_document_name_origin (self->document, self->undo, "undo");

  return self;
}

/**
 * weft_g_undo_manager_add_scope:
 * @self: an undo manager
 * @scope: what is watched, too; a type of the same document
 */
void
weft_g_undo_manager_add_scope (WeftGUndoManager *self,
                               WeftGSharedType  *scope)
{
  g_return_if_fail (WEFT_G_IS_UNDO_MANAGER (self) && WEFT_G_IS_SHARED_TYPE (scope));
  g_return_if_fail (weft_g_shared_type_get_document (scope) == self->document);

  weft_undo_manager_add_scope (self->undo, weft_g_shared_type_get_engine (scope));
}

/**
 * weft_g_undo_manager_track:
 * @self: an undo manager
 * @origin: transactions of this origin are recorded, too
 */
void
weft_g_undo_manager_track (WeftGUndoManager *self,
                           const char       *origin)
{
  g_return_if_fail (WEFT_G_IS_UNDO_MANAGER (self) && origin != NULL);

  weft_undo_manager_track (self->undo, weft_g_document_get_origin (self->document, origin));
}

/**
 * weft_g_undo_manager_undo:
 * @self: an undo manager
 *
 * Returns: whether there was a step to take back
 */
gboolean
weft_g_undo_manager_undo (WeftGUndoManager *self)
{
  g_return_val_if_fail (WEFT_G_IS_UNDO_MANAGER (self), FALSE);

  return weft_undo_manager_undo (self->undo);
}

/**
 * weft_g_undo_manager_redo:
 * @self: an undo manager
 *
 * Returns: whether there was a step to do again
 */
gboolean
weft_g_undo_manager_redo (WeftGUndoManager *self)
{
  g_return_val_if_fail (WEFT_G_IS_UNDO_MANAGER (self), FALSE);

  return weft_undo_manager_redo (self->undo);
}

/**
 * weft_g_undo_manager_get_can_undo: (get-property can-undo)
 * @self: an undo manager
 *
 * Returns: whether there is a step to take back
 */
gboolean
weft_g_undo_manager_get_can_undo (WeftGUndoManager *self)
{
  g_return_val_if_fail (WEFT_G_IS_UNDO_MANAGER (self), FALSE);

  return self->undo != NULL && weft_undo_manager_can_undo (self->undo);
}

/**
 * weft_g_undo_manager_get_can_redo: (get-property can-redo)
 * @self: an undo manager
 *
 * Returns: whether there is a step to do again
 */
gboolean
weft_g_undo_manager_get_can_redo (WeftGUndoManager *self)
{
  g_return_val_if_fail (WEFT_G_IS_UNDO_MANAGER (self), FALSE);

  return self->undo != NULL && weft_undo_manager_can_redo (self->undo);
}

/**
 * weft_g_undo_manager_stop_capturing:
 * @self: an undo manager
 *
 * The next change begins a step of its own.
 */
void
weft_g_undo_manager_stop_capturing (WeftGUndoManager *self)
{
  g_return_if_fail (WEFT_G_IS_UNDO_MANAGER (self));

  weft_undo_manager_stop_capturing (self->undo);
}

/**
 * weft_g_undo_manager_clear:
 * @self: an undo manager
 *
 * Forgets all steps.
 */
void
weft_g_undo_manager_clear (WeftGUndoManager *self)
{
  g_return_if_fail (WEFT_G_IS_UNDO_MANAGER (self));

  weft_undo_manager_clear (self->undo);
}

/**
 * weft_g_undo_manager_save:
 * @self: an undo manager
 *
 * Returns: (transfer full) (nullable): all steps, to be kept across a restart; %NULL where there are none
 */
GBytes *
weft_g_undo_manager_save (WeftGUndoManager *self)
{
  g_return_val_if_fail (WEFT_G_IS_UNDO_MANAGER (self), NULL);

  return weft_undo_manager_save (self->undo);
}

/**
 * weft_g_undo_manager_restore:
 * @self: an undo manager that has recorded nothing yet, of a copy of the document and with the same scope
 * @bytes: what weft_g_undo_manager_save() gave
 * @error: return location for an error
 *
 * In a document that collects what was deleted, load it and restore in one transaction: what the steps would bring
 * back is kept once they are restored, and lost before.
 *
 * Returns: whether the steps are back
 */
gboolean
weft_g_undo_manager_restore (WeftGUndoManager *self,
                             GBytes           *bytes,
                             GError          **error)
{
  g_return_val_if_fail (WEFT_G_IS_UNDO_MANAGER (self) && bytes != NULL, FALSE);

  return weft_undo_manager_restore (self->undo, bytes, error);
}
