/* test-ws-frame.c - the WebSocket frame reader, fed by friends and by others
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-ws-frame.h"

#include "support/test-bytes.h"
#include "support/test-seed.h"

#include <string.h>

#define MAX_MESSAGE   1000
#define MAX_FRAGMENTS 8

/* Feeds @hex in pieces of @step bytes and notes what happens: "message 616263", "error 1002", ... */
static char *
read_all (const char *hex,
          gsize       step,
          gboolean    from_client)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex (hex);
  g_autoptr(WeftWsReader) reader = weft_ws_reader_new (MAX_MESSAGE, MAX_FRAGMENTS, from_client, WEFT_WS_OPCODE_BINARY);
  GString *log = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gboolean ended = FALSE;

  for (gsize start = 0; start < size && !ended; start += step)
    {
      const guint8 *piece = data + start;
      gsize n_bytes = MIN (step, size - start);

      while (n_bytes > 0 && !ended)
        {
          WeftWsEvent event = weft_ws_reader_feed (reader, &piece, &n_bytes);
          g_autoptr(GBytes) payload = event.payload;
          g_autofree char *shown = payload != NULL ? test_bytes_to_hex (payload) : NULL;

          switch (event.type)
            {
            case WEFT_WS_MESSAGE:
              g_string_append_printf (log, "message %s;", shown);
              break;
            case WEFT_WS_PING:
              g_string_append_printf (log, "ping %s;", shown);
              break;
            case WEFT_WS_PONG:
              g_string_append (log, "pong;");
              break;
            case WEFT_WS_CLOSE:
              g_string_append_printf (log, "close %u;", event.close_code);
              ended = TRUE;
              break;
            case WEFT_WS_ERROR:
              g_assert_nonnull (event.reason);
              g_string_append_printf (log, "error %u;", event.close_code);
              ended = TRUE;
              break;
            case WEFT_WS_MORE:
              break;
            }
        }
    }

  return g_string_free (log, FALSE);
}

typedef struct
{
  const char *path;
  const char *hex;
  const char *expected;
} Row;

/* With the mask 00000000, so that payloads can be read. */
#define M "00000000"

static const Row rows[] = {
  { "/relay/frame/empty-message", "8280" M, "message ;" },
  { "/relay/frame/message", "8283" M "616263", "message 616263;" },
  { "/relay/frame/masked", "8285" "37fa213d" "7f9f4d5158", "message 48656c6c6f;" },
  { "/relay/frame/two-messages", "8281" M "01" "8281" M "02", "message 01;message 02;" },
  { "/relay/frame/fragments", "0281" M "01" "0081" M "02" "8080" M, "message 0102;" },
  { "/relay/frame/ping-between-fragments", "0281" M "01" "8981" M "aa" "8081" M "02", "ping aa;message 0102;" },
  { "/relay/frame/ping-pong", "8980" M "8a82" M "0102", "ping ;pong;" },
  { "/relay/frame/close", "8882" M "03e8", "close 1000;" },
  { "/relay/frame/close-with-reason", "8884" M "0fa06f6b", "close 4000;" },
  { "/relay/frame/close-without-code", "8880" M, "close 1005;" },
  { "/relay/frame/16-bit-length", "82fe007e" M
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000", NULL },

  { "/relay/frame/reject/unmasked", "8203616263", "error 1002;" },
  { "/relay/frame/reject/text", "8183" M "616263", "error 1003;" },
  { "/relay/frame/reject/rsv1", "c283" M "616263", "error 1002;" },
  { "/relay/frame/reject/rsv2", "a283" M "616263", "error 1002;" },
  { "/relay/frame/reject/rsv3", "9283" M "616263", "error 1002;" },
  { "/relay/frame/reject/opcode-3", "8380" M, "error 1002;" },
  { "/relay/frame/reject/opcode-7", "8780" M, "error 1002;" },
  { "/relay/frame/reject/opcode-b", "8b80" M, "error 1002;" },
  { "/relay/frame/reject/opcode-f", "8f80" M, "error 1002;" },
  { "/relay/frame/reject/stray-continuation", "8080" M, "error 1002;" },
  { "/relay/frame/reject/continuation-after-message", "8281" M "01" "8081" M "02", "message 01;error 1002;" },
  { "/relay/frame/reject/interleaved", "0281" M "01" "8281" M "02", "error 1002;" },
  { "/relay/frame/reject/ping-in-pieces", "0980" M, "error 1002;" },
  { "/relay/frame/reject/long-ping", "89fe007e" M, "error 1002;" },
  { "/relay/frame/reject/long-close", "88ff", "error 1002;" },
  { "/relay/frame/reject/half-close-code", "8881" M "03", "error 1002;" },
  { "/relay/frame/reject/close-code-999", "8882" M "03e7", "error 1002;" },
  { "/relay/frame/reject/close-code-1005", "8882" M "03ed", "error 1002;" },
  { "/relay/frame/reject/close-code-1006", "8882" M "03ee", "error 1002;" },
  { "/relay/frame/reject/close-code-1015", "8882" M "03f7", "error 1002;" },
  { "/relay/frame/reject/close-code-2999", "8882" M "0bb7", "error 1002;" },
  { "/relay/frame/reject/close-code-5000", "8882" M "1388", "error 1002;" },
  { "/relay/frame/reject/close-reason-not-utf8", "8884" M "03e8c328", "error 1007;" },
  { "/relay/frame/reject/16-bit-for-125", "82fe007d" M, "error 1002;" },
  { "/relay/frame/reject/64-bit-for-65535", "82ff000000000000ffff" M, "error 1002;" },
  { "/relay/frame/reject/length-2-63", "82ff8000000000000000" M, "error 1002;" },
  { "/relay/frame/reject/length-2-40", "82ff0000010000000000" M, "error 1009;" },
  { "/relay/frame/reject/length-1001", "82fe03e9" M, "error 1009;" },
  { "/relay/frame/reject/fragments-too-large", "0281" M "01" "80fe03e8" M, "error 1009;" },
  { "/relay/frame/reject/too-many-fragments",
    "0281" M "01" "0080" M "0080" M "0080" M "0080" M "0080" M "0080" M "0080" M "0080" M, "error 1009;" },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autofree char *whole = read_all (row->hex, G_MAXSIZE / 2, TRUE);

  if (row->expected != NULL)
    g_assert_cmpstr (whole, ==, row->expected);
  else
    g_assert_cmpuint (strlen (whole), ==, strlen ("message ;") + 2 * 126);

  /* The same, in whatever pieces it arrives. */
  for (gsize step = 1; step < 8; step++)
    {
      g_autofree char *pieces = read_all (row->hex, step, TRUE);

      g_assert_cmpstr (pieces, ==, whole);
    }
}

static void
test_server_side (void)
{
  g_autofree char *masked = read_all ("8280" M, 100, FALSE);
  g_autofree char *plain = read_all ("820161", 100, FALSE);

  g_assert_cmpstr (masked, ==, "error 1002;");
  g_assert_cmpstr (plain, ==, "message 61;");
}

/* Whoever goes on feeding after an error must not turn in circles. */
static void
test_behind_error (void)
{
  static const guint8 bytes[] = { 0xff, 0xff, 0xff, 0xff };
  g_autoptr(WeftWsReader) reader = weft_ws_reader_new (100, 1, TRUE, WEFT_WS_OPCODE_BINARY);
  const guint8 *data = bytes;
  gsize n_bytes = sizeof bytes;
  WeftWsEvent event = weft_ws_reader_feed (reader, &data, &n_bytes);

  g_assert_cmpint (event.type, ==, WEFT_WS_ERROR);
  event = weft_ws_reader_feed (reader, &data, &n_bytes);
  g_assert_cmpint (event.type, ==, WEFT_WS_MORE);
  g_assert_cmpuint (n_bytes, ==, 0);
}

/* What the writer writes, the reader reads. */
static void
test_writer (void)
{
  static const gsize sizes[] = { 0, 1, 125, 126, 127, 65535, 65536, 70000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree guint8 *content = g_malloc0 (sizes[i] + 1);
      g_autoptr(WeftWsReader) reader = weft_ws_reader_new (100000, 1, FALSE, WEFT_WS_OPCODE_BINARY);
      g_autoptr(GBytes) payload = NULL;
      g_autoptr(GBytes) frame = NULL;
      g_autoptr(GBytes) read = NULL;
      const guint8 *data;
      gsize n_bytes;
      WeftWsEvent event;

      for (gsize k = 0; k < sizes[i]; k++)
        content[k] = (guint8) g_test_rand_int ();
      payload = g_bytes_new (content, sizes[i]);
      frame = weft_ws_frame_new (WEFT_WS_OPCODE_BINARY, payload);
      data = g_bytes_get_data (frame, &n_bytes);
      event = weft_ws_reader_feed (reader, &data, &n_bytes);
      read = event.payload;
      g_assert_cmpint (event.type, ==, WEFT_WS_MESSAGE);
      g_assert_cmpuint (n_bytes, ==, 0);
      g_assert_true (g_bytes_equal (read, payload));
    }
}

static void
test_close_writer (void)
{
  g_autofree char *long_reason = g_strnfill (500, 'x');
  g_autoptr(GBytes) frame = weft_ws_frame_new_close (WEFT_WS_CLOSE_TRY_LATER, long_reason);
  g_autofree char *hex = test_bytes_to_hex (frame);
  g_autofree char *log = read_all (hex, 1000, FALSE);

  g_assert_cmpuint (g_bytes_get_size (frame), ==, 127);
  g_assert_cmpstr (log, ==, "close 1013;");
}

/* Any bytes end in a message, an error or a wait, never in a crash; the sanitizers watch. */
static void
test_garbage (void)
{
  for (guint round = 0; round < 20000; round++)
    {
      GString *hex = g_string_new (NULL);
      guint length = g_test_rand_int_range (1, 40);

      for (guint i = 0; i < length; i++)
        g_string_append_printf (hex, "%02x",
                                g_test_rand_bit () ? (guint) g_test_rand_int_range (0, 256)
                                                   : "\x82\x02\x80\x00\x89\x88\xfe\xff\x81\x7e"[g_test_rand_int_range (0, 10)] & 0xffu);
      g_free (read_all (hex->str, g_test_rand_int_range (1, 41), TRUE));
      g_string_free (hex, TRUE);
    }
}

int
main (int    argc,
      char **argv)
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add_data_func (rows[i].path, &rows[i], test_row);
  g_test_add_func ("/relay/frame/server-side", test_server_side);
  g_test_add_func ("/relay/frame/behind-error", test_behind_error);
  g_test_add_func ("/relay/frame/writer", test_writer);
  g_test_add_func ("/relay/frame/close-writer", test_close_writer);
  g_test_add_func ("/relay/frame/garbage", test_garbage);

  return g_test_run ();
}
