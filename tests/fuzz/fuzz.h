/* fuzz.h - what every fuzz target has, and what they share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A target is a function that takes any bytes and aborts where a promise is broken. libFuzzer calls
 * it (fuzz-libfuzzer.c, built with -Dfuzz=true), and the test `fuzz` does with the committed corpus
 * (fuzz-replay.c). Targets keep nothing between calls.
 */

#pragma once

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  void      (*run) (const guint8 *data,
                    gsize         size);
  gsize       max_size; /* longer inputs find nothing that shorter ones do not, only later */
} FuzzTarget;

/* Ends with a target without a name. */
extern const FuzzTarget fuzz_targets[];
/* %NULL where there is none of this name. */
const FuzzTarget *fuzz_target_lookup (const char       *name);
/* Passes over what is too long. */
void              fuzz_target_run    (const FuzzTarget *target,
                                      const guint8     *data,
                                      gsize             size);

/* Choices taken from an input, for targets that build something; 0 once the input is used up. */
typedef struct
{
  const guint8 *data;
  gsize         size;
  gsize         pos;
} FuzzInput;

guint8    fuzz_input_byte  (FuzzInput *self);
/* Below @n, which is at most 65536; 0 where @n is 0. */
guint     fuzz_input_below (FuzzInput *self,
                            guint      n);
gboolean  fuzz_input_done  (FuzzInput *self);
/* All that is left. */
GBytes   *fuzz_input_rest  (FuzzInput *self);
/* The next part of the input, whose length stands before it. */
GBytes   *fuzz_input_part  (FuzzInput *self);

/* Aborts with @what unless @ok. */
void      fuzz_check       (gboolean    ok,
                            const char *what);

/* Aborts with @what, and both, unless they are the same bytes. */
void      fuzz_check_equal (GBytes     *a,
                            GBytes     *b,
                            const char *what);

WeftDoc  *fuzz_doc_new     (WeftClientId client_id,
                            gboolean     gc);
/* A small document with a bit of everything; always the same. */
WeftDoc  *fuzz_doc_new_filled (gboolean  gc);
/* Aborts where an invariant is broken. */
void      fuzz_doc_check   (WeftDoc    *doc);
/* As weft-doc json prints it, with roots read as every type in turn. */
char     *fuzz_doc_to_json (WeftDoc    *doc);

/* Targets */
void fuzz_update_v1        (const guint8 *data, gsize size);
void fuzz_update_v2        (const guint8 *data, gsize size);
void fuzz_convert          (const guint8 *data, gsize size);
void fuzz_merge            (const guint8 *data, gsize size);
void fuzz_state_vector     (const guint8 *data, gsize size);
void fuzz_snapshot         (const guint8 *data, gsize size);
void fuzz_undo             (const guint8 *data, gsize size);
void fuzz_position         (const guint8 *data, gsize size);
void fuzz_structs          (const guint8 *data, gsize size);
void fuzz_history          (const guint8 *data, gsize size);
void fuzz_any              (const guint8 *data, gsize size);
void fuzz_json             (const guint8 *data, gsize size);
void fuzz_awareness        (const guint8 *data, gsize size);
void fuzz_sync_message     (const guint8 *data, gsize size);
void fuzz_link             (const guint8 *data, gsize size);
void fuzz_ws_frame         (const guint8 *data, gsize size);
void fuzz_room_path        (const guint8 *data, gsize size);
void fuzz_ops              (const guint8 *data, gsize size);
void fuzz_page_tree        (const guint8 *data, gsize size);
void fuzz_notebook         (const guint8 *data, gsize size);
void fuzz_ink              (const guint8 *data, gsize size);
void fuzz_element          (const guint8 *data, gsize size);
void fuzz_markdown         (const guint8 *data, gsize size);
void fuzz_excalidraw       (const guint8 *data, gsize size);
void fuzz_fractional_index (const guint8 *data, gsize size);

G_END_DECLS
