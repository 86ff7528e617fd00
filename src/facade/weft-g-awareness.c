/* weft-g-awareness.c - who is here: one small state for each copy of the document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-g-awareness.h"

#include "weft-g-private.h"
#include "weft-g-value.h"

struct _WeftGAwareness
{
  GObject        parent_instance;

  /* Owned */
  WeftGDocument *document;
  WeftAwareness *awareness;
};

/**
 * WeftGAwareness:
 *
 * Who is here: a small state (name, colour, cursor) for each copy of a document that is open somewhere, forgotten
 * when it is silent for 30 seconds. A [class@Provider] carries it.
 */
G_DEFINE_FINAL_TYPE (WeftGAwareness, weft_g_awareness, G_TYPE_OBJECT)

enum
{
  CHANGED,
  LOCAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static gint64
get_now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* The document may have taken another id. */
static void
follow_client_id (WeftGAwareness *self)
{
  guint64 client_id = weft_g_document_get_client_id (self->document);

  if (weft_awareness_get_client_id (self->awareness) != client_id)
    weft_awareness_set_client_id (self->awareness, client_id, get_now_ms ());
}

static GVariant *
clients_to_variant (const GArray *clients)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, clients->data, clients->len, sizeof (guint64));
}

static void
awareness_cb (WeftAwareness *awareness,
              const GArray  *added,
              const GArray  *updated,
              const GArray  *removed,
              gconstpointer  origin,
              gpointer       user_data)
{
  g_autoptr(WeftGAwareness) self = g_object_ref (user_data);

  g_signal_emit (self, signals[CHANGED], 0, clients_to_variant (added), clients_to_variant (updated),
                 clients_to_variant (removed));
}

static void
weft_g_awareness_finalize (GObject *object)
{
  WeftGAwareness *self = WEFT_G_AWARENESS (object);

  g_clear_pointer (&self->awareness, weft_awareness_free);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (weft_g_awareness_parent_class)->finalize (object);
}

static void
weft_g_awareness_class_init (WeftGAwarenessClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_g_awareness_finalize;

  /**
   * WeftGAwareness::changed:
   * @self: the awareness
   * @added: `at`: the client ids of those who came
   * @updated: `at`: of those whose state changed
   * @removed: `at`: of those who went
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 3, G_TYPE_VARIANT, G_TYPE_VARIANT, G_TYPE_VARIANT);

  /**
   * WeftGAwareness::local-changed:
   * @self: the awareness
   *
   * The local state was set: whoever carries the awareness sends it.
   */
  signals[LOCAL_CHANGED] = g_signal_new ("local-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 0);
}

static void
weft_g_awareness_init (WeftGAwareness *self)
{
}

WeftAwareness *
weft_g_awareness_get_engine (WeftGAwareness *self)
{
  return self->awareness;
}

/**
 * weft_g_awareness_new:
 * @document: the document that people are in
 *
 * Returns: (transfer full): an awareness with the document's client id and no state of our own
 */
WeftGAwareness *
weft_g_awareness_new (WeftGDocument *document)
{
  WeftGAwareness *self;

  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (document), NULL);

  self = g_object_new (WEFT_G_TYPE_AWARENESS, NULL);
  self->document = g_object_ref (document);
  self->awareness = weft_awareness_new (weft_g_document_get_client_id (document));
  weft_awareness_set_observer (self->awareness, awareness_cb, self);

  return self;
}

/**
 * weft_g_awareness_get_document:
 * @self: an awareness
 *
 * Returns: (transfer none): the document that people are in
 */
WeftGDocument *
weft_g_awareness_get_document (WeftGAwareness *self)
{
  g_return_val_if_fail (WEFT_G_IS_AWARENESS (self), NULL);

  return self->document;
}

/**
 * weft_g_awareness_set_local_state:
 * @self: an awareness
 * @state: (nullable): `a{sv}`, what the others are to know of us; %NULL to say goodbye
 */
void
weft_g_awareness_set_local_state (WeftGAwareness *self,
                                  GVariant       *state)
{
  g_autoptr(WeftAny) value = NULL;

  g_return_if_fail (WEFT_G_IS_AWARENESS (self));

  value = weft_g_value_from_attributes (state);
  if (value == NULL && state != NULL)
    return;
  follow_client_id (self);
  weft_awareness_set_local_state (self->awareness, value, get_now_ms ());
  g_signal_emit (self, signals[LOCAL_CHANGED], 0);
}

/**
 * weft_g_awareness_set_local_field:
 * @self: an awareness
 * @field: a key of the local state; web editors read `user` (`name`, `color`) and `cursor`
 * @value: (nullable): %NULL drops it
 */
void
weft_g_awareness_set_local_field (WeftGAwareness *self,
                                  const char     *field,
                                  GVariant       *value)
{
  g_autoptr(WeftAny) any = NULL;

  g_return_if_fail (WEFT_G_IS_AWARENESS (self) && field != NULL);

  if (value != NULL && (any = weft_g_value_from_argument (value)) == NULL)
    return;
  follow_client_id (self);
  weft_awareness_set_local_field (self->awareness, field, any, get_now_ms ());
  g_signal_emit (self, signals[LOCAL_CHANGED], 0);
}

/**
 * weft_g_awareness_get_local_state:
 * @self: an awareness
 *
 * Returns: (transfer full) (nullable): our own state
 */
GVariant *
weft_g_awareness_get_local_state (WeftGAwareness *self)
{
  const WeftAny *state;

  g_return_val_if_fail (WEFT_G_IS_AWARENESS (self), NULL);
  state = weft_awareness_get_local_state (self->awareness);

  return state != NULL ? weft_g_value_to_variant (state) : NULL;
}

/**
 * weft_g_awareness_get_state:
 * @self: an awareness
 * @client_id: whose
 *
 * Returns: (transfer full) (nullable): the state of this client; %NULL where it is not here
 */
GVariant *
weft_g_awareness_get_state (WeftGAwareness *self,
                            guint64         client_id)
{
  const WeftAny *state;

  g_return_val_if_fail (WEFT_G_IS_AWARENESS (self), NULL);
  state = weft_awareness_get_state (self->awareness, client_id);

  return state != NULL ? weft_g_value_to_variant (state) : NULL;
}

/**
 * weft_g_awareness_get_states:
 * @self: an awareness
 *
 * Returns: (transfer full): `a{tv}`: everybody's state by client id, ours included
 */
GVariant *
weft_g_awareness_get_states (WeftGAwareness *self)
{
  g_autoptr(GArray) clients = NULL;
  GVariantBuilder states;

  g_return_val_if_fail (WEFT_G_IS_AWARENESS (self), NULL);

  clients = weft_awareness_list_clients (self->awareness);
  g_variant_builder_init (&states, G_VARIANT_TYPE ("a{tv}"));
  for (guint i = 0; i < clients->len; i++)
    {
      guint64 client = g_array_index (clients, guint64, i);
      g_autoptr(GVariant) state = weft_g_value_to_variant (weft_awareness_get_state (self->awareness, client));

      g_variant_builder_add (&states, "{tv}", client, state);
    }

  return g_variant_ref_sink (g_variant_builder_end (&states));
}

/**
 * weft_g_awareness_encode:
 * @self: an awareness
 *
 * Returns: (transfer full): everybody's state as an awareness update of y-protocols
 */
GBytes *
weft_g_awareness_encode (WeftGAwareness *self)
{
  g_return_val_if_fail (WEFT_G_IS_AWARENESS (self), NULL);

  return weft_awareness_encode (self->awareness, NULL, 0);
}

/**
 * weft_g_awareness_apply:
 * @self: an awareness
 * @update: an awareness update of y-protocols
 * @error: return location for an error
 *
 * Returns: whether it was well-formed; if not, nothing was changed
 */
gboolean
weft_g_awareness_apply (WeftGAwareness *self,
                        GBytes         *update,
                        GError        **error)
{
  g_return_val_if_fail (WEFT_G_IS_AWARENESS (self) && update != NULL, FALSE);

  return weft_awareness_apply (self->awareness, update, NULL, get_now_ms (), error);
}
