// crowd.mjs - long documents that forty peers of real Yjs wrote, through weft-doc
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node crowd.mjs PROGRAM SEED COUNT: 1,500 transactions each, told one by one, some lost, often in no order. What
// weft-doc then has, with and without collected content, and after loading it whole, is what Yjs has.

import * as Y from 'yjs'
import { makeRandom } from './random.mjs'
import './without-cleanup.mjs'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const program = process.argv[2]
const seed = Number(process.argv[3] ?? 1)
const count = Number(process.argv[4] ?? 5)
const N_PEERS = 40
const N_EDITS = 1500
const folder = mkdtempSync(join(tmpdir(), 'weft-crowd-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

const { random, int, chance, pick } = makeRandom(seed)

const cut = (type, most) => {
  const at = int(type.length)
  return [at, Math.min(1 + int(most), type.length - at)]
}
const edit = doc => {
  const text = doc.getText('t')
  const array = doc.getArray('a')
  const map = doc.getMap('m')
  const what = random()
  if (what < 0.45) {
    const word = pick(['a', 'hello ', 'é', '字字', 'x\n'])
    text.insert(int(text.length + 1), word, chance(0.1) ? { b: pick([true, null]) } : undefined)
  } else if (what < 0.6 && text.length > 0) {
    text.delete(...cut(text, 9))
  } else if (what < 0.65 && text.length > 0) {
    text.format(...cut(text, 9), { [pick(['b', 'i'])]: pick([true, null]) })
  } else if (what < 0.75) {
    array.insert(int(array.length + 1), [int(9), 'v', null])
  } else if (what < 0.8 && array.length > 0) {
    array.delete(...cut(array, 2))
  } else if (what < 0.9) {
    map.set('k' + int(20), chance(0.1) ? new Y.Map([['z', 1]]) : int(100))
  } else if (what < 0.93) {
    map.delete('k' + int(20))
  } else {
    const inner = [...map.values()].filter(value => value instanceof Y.Map)
    if (inner.length > 0) pick(inner).set('y' + int(3), int(5))
  }
}

const makeUpdates = () => {
  const gc = chance(0.5)
  const updates = []
  const docs = Array.from({ length: N_PEERS }, (_, i) => {
    const doc = new Y.Doc({ gc })
    doc.clientID = chance(0.1) ? 2 ** 53 - 1 - i : i + 1
    doc.on('update', (update, origin) => { if (origin !== 'remote') updates.push(update) })
    return doc
  })
  for (let n = 0; n < N_EDITS; n++) {
    const doc = pick(docs)
    doc.transact(() => edit(doc))
    if (!chance(0.3)) continue
    const other = pick(docs)
    Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)), 'remote')
  }
  const ordered = chance(0.5) ? updates : updates.map(update => [random(), update]).sort((a, b) => a[0] - b[0]).map(pair => pair[1])
  return chance(0.3) ? ordered.filter(() => chance(0.97)) : ordered
}

for (let round = 0; round < count; round++) {
  const compare = (what, expected, ...args) => {
    const result = spawnSync(program, args, { maxBuffer: 1 << 28 })
    if (result.status === 0 && Buffer.compare(Buffer.from(expected), result.stdout) === 0) return
    console.error(`seed ${seed}, document ${round}: ${what} differs: ${result.status ?? result.signal} ${result.stderr}`)
    process.exit(1)
  }
  const keep = (name, bytes) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  const doc = new Y.Doc()
  const kept = new Y.Doc({ gc: false })
  const files = makeUpdates().map((update, n) => {
    Y.applyUpdate(doc, update)
    Y.applyUpdate(kept, update)
    return keep(String(n), update)
  })
  compare('merge', Y.encodeStateAsUpdate(doc), 'merge', ...files)
  compare('merge --no-gc', Y.encodeStateAsUpdate(kept), 'merge', '--no-gc', ...files)
  compare('sv', Y.encodeStateVector(doc), 'sv', ...files)

  const whole = Y.encodeStateAsUpdate(kept)
  const whole2 = Y.encodeStateAsUpdateV2(kept)
  const again = new Y.Doc()
  const again2 = new Y.Doc()
  Y.applyUpdate(again, whole)
  Y.applyUpdateV2(again2, whole2)
  compare('merge of one', Y.encodeStateAsUpdate(again), 'merge', keep('whole', whole))
  compare('merge --v2 of one', Y.encodeStateAsUpdateV2(again2), 'merge', '--v2', keep('whole.v2', whole2))
}
console.log(`${count} long documents are equal`)
