// without-cleanup.mjs - Yjs without the removal of redundant marks after remote changes, which weft-doc has none of
//
// SPDX-License-Identifier: LGPL-2.1-or-later

import * as Y from 'yjs'

const observe = Y.Text.prototype._callObserver
Y.Text.prototype._callObserver = function (transaction, subs) {
  observe.call(this, transaction, subs)
  transaction._needFormattingCleanup = false
}
