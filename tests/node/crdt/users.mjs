// users.mjs - who wrote and who deleted, asked of yjs' PermanentUserData
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// users.mjs FILE: each line is [document in base64, [client, clock, removed, name], ...], as
// `test-changes --authors SEED` prints it.

import { readFileSync } from 'node:fs'
import * as Y from 'yjs'

let n = 0
for (const line of readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean)) {
  const [base64, ...authors] = JSON.parse(line)
  const doc = new Y.Doc({ gc: false })
  Y.applyUpdate(doc, new Uint8Array(Buffer.from(base64, 'base64')))
  const users = new Y.PermanentUserData(doc, doc.getMap('users'))
  // It reads the sets of deletions in a later turn.
  await new Promise(resolve => setTimeout(resolve, 0))
  for (const [client, clock, removed, name] of authors) {
    const theirs = removed ? users.getUserByDeletedId(Y.createID(client, clock)) : users.getUserByClientId(client)
    // Two may have deleted the same; then yjs names one of them, and knows of the other.
    const both = removed && name !== null && users.dss.has(name) && Y.isDeleted(users.dss.get(name), Y.createID(client, clock))
    if ((theirs ?? null) !== name && !both) {
      console.error(`${client}:${clock} ${removed ? 'deleted' : 'written'}: here by ${name}, in yjs by ${theirs}`)
      process.exit(1)
    }
    n++
  }
}
if (n < 1000) {
  console.error(`only ${n} authors compared`)
  process.exit(1)
}
console.log(`${n} authors alike`)
