/* weft-g-subdocuments.c - documents within documents
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the outer document stands only a name, the guid. What is in the inner one is kept, sent and stored apart: the
 * outer document makes an object for it when somebody asks, one for each guid, and lets go of it with the last place
 * where it stood.
 */

#include "config.h"

#include "weft-g-private.h"

#include "crdt/weft-subdoc.h"

static char **
list_guids (GArray *subdocs)
{
  char **guids = g_new0 (char *, subdocs->len + 1);

  for (guint i = 0; i < subdocs->len; i++)
    guids[i] = g_strdup (g_array_index (subdocs, WeftSubdoc, i).guid);

  return guids;
}

char **
weft_g_document_list_changed_documents (WeftTransaction *transaction,
                                        WeftSubdocChange change)
{
  g_autoptr(GArray) subdocs = weft_transaction_list_subdocs (transaction, change);

  return list_guids (subdocs);
}

void
weft_g_document_close_documents (WeftGDocument     *self,
                                 const char *const *guids)
{
  g_auto(GStrv) there = weft_g_document_list_documents (self);

  for (guint i = 0; guids[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) there, guids[i]))
      g_hash_table_remove (weft_g_document_get_opened (self), guids[i]);
}

/**
 * weft_g_map_set_document:
 * @self: a map
 * @key: where
 * @guid: the name of a document, which no other has
 * @auto_load: whether everybody who gets @self loads it at once
 *
 * Sets @key to a document within this one. Its content is not in this one: see weft_g_document_load_document().
 */
void
weft_g_map_set_document (WeftGMap   *self,
                         const char *key,
                         const char *guid,
                         gboolean    auto_load)
{
  const WeftSubdocOptions options = { .guid = guid, .auto_load = auto_load, .should_load = TRUE };

  g_return_if_fail (WEFT_G_IS_MAP (self) && key != NULL && guid != NULL);

  weft_map_set_subdoc (weft_g_shared_type_get_engine (WEFT_G_SHARED_TYPE (self)), key, &options, NULL);
}

/**
 * weft_g_array_insert_document:
 * @self: an array
 * @index: where
 * @guid: the name of a document, which no other has
 * @auto_load: whether everybody who gets @self loads it at once
 *
 * Inserts a document within this one, as weft_g_map_set_document().
 */
void
weft_g_array_insert_document (WeftGArray *self,
                              guint64     index,
                              const char *guid,
                              gboolean    auto_load)
{
  const WeftSubdocOptions options = { .guid = guid, .auto_load = auto_load, .should_load = TRUE };
  WeftType *array;

  g_return_if_fail (WEFT_G_IS_ARRAY (self) && guid != NULL);
  array = weft_g_shared_type_get_engine (WEFT_G_SHARED_TYPE (self));
  g_return_if_fail (index <= weft_type_get_length (array));

  weft_array_insert_subdoc (array, index, &options, NULL);
}

/**
 * weft_g_document_list_documents:
 * @self: a document
 *
 * Returns: (transfer full) (array zero-terminated=1): the guids of the documents within this one; one that stands in
 *   two places comes twice
 */
char **
weft_g_document_list_documents (WeftGDocument *self)
{
  g_autoptr(GArray) subdocs = NULL;

  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), NULL);
  subdocs = weft_doc_list_subdocs (weft_g_document_get_doc (self));

  return list_guids (subdocs);
}

/**
 * weft_g_document_load_document:
 * @self: a document
 * @guid: the name of one within it
 *
 * Asks for its content: the first time, [signal@Document::documents-changed] tells that it is to be loaded. Whoever
 * connects documents (to a relay, to a file) hears it and fills what this returns, which is empty at first.
 *
 * Returns: (transfer none) (nullable): the document, the same at each call as long as it stands in @self; %NULL where
 *   it does not
 */
WeftGDocument *
weft_g_document_load_document (WeftGDocument *self,
                               const char    *guid)
{
  g_autoptr(GArray) subdocs = NULL;
  const WeftSubdoc *found = NULL;
  WeftGDocument *document;

  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && guid != NULL, NULL);

  subdocs = weft_doc_list_subdocs (weft_g_document_get_doc (self));
  for (guint i = 0; i < subdocs->len && found == NULL; i++)
    if (g_str_equal (g_array_index (subdocs, WeftSubdoc, i).guid, guid))
      found = &g_array_index (subdocs, WeftSubdoc, i);
  if (found == NULL)
    return NULL;

  document = g_hash_table_lookup (weft_g_document_get_opened (self), guid);
  if (document == NULL)
    {
      document = g_object_new (WEFT_G_TYPE_DOCUMENT, "gc", !found->keep_deleted, NULL);
      g_hash_table_insert (weft_g_document_get_opened (self), g_strdup (guid), document);
    }
  weft_doc_load_subdoc (weft_g_document_get_doc (self), found->id);

  return document;
}
