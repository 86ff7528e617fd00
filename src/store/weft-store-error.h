/* weft-store-error.h - what can go wrong between us and the disk
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_STORE_ERROR (weft_store_error_quark ())

/**
 * WeftStoreError:
 * @WEFT_STORE_ERROR_FAILED: an input or output error, or anything not named below
 * @WEFT_STORE_ERROR_FULL: the disk, or the quota, is full
 * @WEFT_STORE_ERROR_READ_ONLY: the file cannot be written
 * @WEFT_STORE_ERROR_NEWER: the file was written by a newer Weft
 * @WEFT_STORE_ERROR_FOREIGN: the file is no Weft notebook
 * @WEFT_STORE_ERROR_IN_USE: another process has the file open
 * @WEFT_STORE_ERROR_DAMAGED: the file is damaged
 * @WEFT_STORE_ERROR_CLOSED: the store was closed
 * @WEFT_STORE_ERROR_GONE: the file was moved, deleted or replaced while it was open
 * @WEFT_STORE_ERROR_OVERWRITTEN: another program wrote into the file while it was open
 */
typedef enum
{
  WEFT_STORE_ERROR_FAILED,
  WEFT_STORE_ERROR_FULL,
  WEFT_STORE_ERROR_READ_ONLY,
  WEFT_STORE_ERROR_NEWER,
  WEFT_STORE_ERROR_FOREIGN,
  WEFT_STORE_ERROR_IN_USE,
  WEFT_STORE_ERROR_DAMAGED,
  WEFT_STORE_ERROR_CLOSED,
  WEFT_STORE_ERROR_GONE,
  WEFT_STORE_ERROR_OVERWRITTEN,
} WeftStoreError;

GQuark weft_store_error_quark (void);

G_END_DECLS
