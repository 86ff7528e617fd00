/* vectors.h - the shapes of the rows in encoding-vectors.h
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

typedef struct
{
  gint64      value;
  gboolean    negative_zero;
  const char *hex;
} VectorInteger;

typedef struct
{
  const char *text_hex;
  const char *hex;
} VectorString;

typedef struct
{
  guint64     bits;
  const char *json;
  const char *hex;
} VectorNumber;

typedef struct
{
  const char *hex;
  const char *json;
} VectorValue;

typedef struct
{
  const char *json;
  const char *hex;
} VectorJson;

typedef struct
{
  const char *numbers;
  const char *hex;
} VectorSet;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-const-variable"
#include "crdt/encoding-vectors.h"
#pragma GCC diagnostic pop
