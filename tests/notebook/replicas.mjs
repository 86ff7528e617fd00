// replicas.mjs - stock yjs documents that get what test-conflicts-replicas.c wrote
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
//     node replicas.mjs NODE_MODULES < LINES
//
// A line is a history: its updates in base64, in the order of their arrival. For each a line comes back: the state
// of a document that keeps all, and of one that collects what was deleted.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'

const Y = createRequire(join(process.argv[2], '..', 'package.json'))('yjs')

const replay = (updates, gc) => {
  const doc = new Y.Doc({ gc })
  // A type must be there for yjs to read it, and to collect in it.
  doc.getText('quill')
  for (const update of updates) Y.applyUpdate(doc, update)
  return Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64')
}

for (const line of readFileSync(0, 'utf8').split('\n').filter(line => line !== '')) {
  const updates = line.split(' ').map(text => Buffer.from(text, 'base64'))
  process.stdout.write(`${replay(updates, false)} ${replay(updates, true)}\n`)
}
