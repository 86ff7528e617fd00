/* test-sync-protocol.c - the messages of y-websocket
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-sync-protocol.h"

#include "support/test-bytes.h"

/* As y-protocols 1.0.7 writes them: writeSyncStep1, writeSyncStep2, writeUpdate, the awareness message of
 * y-websocket, writePermissionDenied, query awareness; and a receipt. */
static const struct
{
  const char         *hex;
  WeftSyncMessageType type;
  const char         *payload;
  guint64             version;
} good[] = {
  { "00000100", WEFT_SYNC_MESSAGE_STEP1, "00", 0 },
  { "000003014d05", WEFT_SYNC_MESSAGE_STEP1, "014d05", 0 },
  { "0001020000", WEFT_SYNC_MESSAGE_STEP2, "0000", 0 },
  { "0002020000", WEFT_SYNC_MESSAGE_UPDATE, "0000", 0 },
  { "0107014d01027b7d00", WEFT_SYNC_MESSAGE_AWARENESS, "014d01027b7d00", 0 },
  { "0200026e6f", WEFT_SYNC_MESSAGE_DENIED, "6e6f", 0 },
  { "03", WEFT_SYNC_MESSAGE_QUERY_AWARENESS, NULL, 0 },
  { "64ac0203014d05", WEFT_SYNC_MESSAGE_RECEIPT, "014d05", 300 },
  { "07", WEFT_SYNC_MESSAGE_UNKNOWN, NULL, 0 },
  { "07ffff", WEFT_SYNC_MESSAGE_UNKNOWN, NULL, 0 },
};

static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr(GBytes) bytes = test_bytes_from_hex (good[i].hex);
      g_auto(WeftSyncMessage) message = { 0 };
      g_autoptr(GError) error = NULL;

      g_assert_true (weft_sync_message_parse (&message, bytes, &error));
      g_assert_no_error (error);
      g_assert_cmpint (message.type, ==, good[i].type);
      g_assert_cmpuint (message.version, ==, good[i].version);
      if (good[i].payload == NULL)
        g_assert_null (message.payload);
      else
        test_assert_bytes_hex (message.payload, good[i].payload);

      if (message.type == WEFT_SYNC_MESSAGE_UNKNOWN)
        continue;

      /* No part of a message is a message, nor is one with something behind it. */
      for (gsize n = 0; n < g_bytes_get_size (bytes); n++)
        {
          g_autoptr(GBytes) prefix = g_bytes_new_from_bytes (bytes, 0, n);
          g_auto(WeftSyncMessage) none = { 0 };

          g_assert_false (weft_sync_message_parse (&none, prefix, NULL));
          g_assert_null (none.payload);
        }
    }
}

static void
test_bad (void)
{
  static const char *const bad[] = { "", "0003", "0009020000", "00000200", "0000ffffffff0f00", "0101", "0201", "020001ff",
                                     "0300", "0001020000ff", "64", "6401", "64010200", "80808080808080808001" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GBytes) bytes = test_bytes_from_hex (bad[i]);
      g_auto(WeftSyncMessage) message = { 0 };
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_false (weft_sync_message_parse (&message, bytes, &error));
      g_assert_true (error->domain == WEFT_CRDT_ERROR);
    }
}

static void
test_writers (void)
{
  g_autoptr(WeftStateVector) state_vector = weft_state_vector_new ();
  g_autoptr(GBytes) update = test_bytes_from_hex ("0000");
  g_autoptr(GBytes) awareness = test_bytes_from_hex ("014d01027b7d00");
  g_autoptr(GBytes) step1 = NULL;
  g_autoptr(GBytes) step2 = weft_sync_message_new_step2 (update);
  g_autoptr(GBytes) edit = weft_sync_message_new_update (update);
  g_autoptr(GBytes) here = weft_sync_message_new_awareness (awareness);
  g_autoptr(GBytes) denied = weft_sync_message_new_denied ("no");
  g_autoptr(GBytes) query = weft_sync_message_new_query ();
  g_autoptr(GBytes) receipt = NULL;

  weft_state_vector_set (state_vector, 77, 5);
  step1 = weft_sync_message_new_step1 (state_vector);
  receipt = weft_sync_message_new_receipt (300, state_vector);

  test_assert_bytes_hex (step1, "000003014d05");
  test_assert_bytes_hex (step2, "0001020000");
  test_assert_bytes_hex (edit, "0002020000");
  test_assert_bytes_hex (here, "0107014d01027b7d00");
  test_assert_bytes_hex (denied, "0200026e6f");
  test_assert_bytes_hex (query, "03");
  test_assert_bytes_hex (receipt, "64ac0203014d05");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sync/protocol/good", test_good);
  g_test_add_func ("/sync/protocol/bad", test_bad);
  g_test_add_func ("/sync/protocol/writers", test_writers);
  return g_test_run ();
}
