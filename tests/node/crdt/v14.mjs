// v14.mjs - what Yjs 14 writes: weft-doc reads it as Yjs 13.6 does, and shows what Yjs 14 itself has
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node v14.mjs PROGRAM SEED COUNT: peers of Yjs 14 edit types that are text, list, map and element in one, undo, and
// collect or keep what was deleted. Their updates come in both formats and in any order, some twice or not at all; merged,
// or cut by Yjs 14, or as the whole state of a document with gaps. (What intersectUpdateWithContentIds() of rc.7 makes has wrong clocks.)

import * as Y from 'yjs'
import * as Y14 from '@y/y'
import { makeRandom } from './random.mjs'
import './without-cleanup.mjs'
import { showRoot } from './shown.mjs'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

const program = process.argv[2]
const seed = Number(process.argv[3] ?? 1)
const count = Number(process.argv[4] ?? 50)
const folder = mkdtempSync(join(tmpdir(), 'weft-v14-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

const { random, int, chance, pick } = makeRandom(seed)

// Yjs says at each start that it was loaded twice, and warns of what is odd.
console.warn = () => {}

// --- edits ---

const words = () => Array.from({ length: 1 + int(6) }, () => chance(0.1) ? pick(['é', '字', '😀', '\u0000']) : pick([...'abc xyz\n<&"'])).join('')
const value = () => pick([
  () => int(100), () => -int(1e6), () => random(), () => 1e21, () => 'v' + int(50), () => chance(0.5), () => null, () => 2 ** 40 + int(1000),
  () => BigInt(int(1000)) * -10000000000n, () => ({ a: int(5), b: [null, 'ü😀'] }), () => [int(3), { c: 1.5 }], () => new Uint8Array([int(256)])
])()
const formats = () => Object.fromEntries(Array.from({ length: 1 + int(2) }, () => [pick(['bold', 'em', 'link']), pick([true, null, { href: 'x' }, 'r'])]))
const keys = ['a', 'b', 'ключ', '😀']
const child = () => chance(0.2) ? new Y14.Doc({ guid: 'g' + int(9) }) : new Y14.Type(pick([null, 'p', 'DIV', 'h1']))
// Units that no edit may part.
const splits = (type, at) => {
  const [left, right] = [type.get(at - 1), type.get(at)]
  return typeof left === 'string' && typeof right === 'string' && left >= '\ud800' && left < '\udc00' && right >= '\udc00' && right < '\ue000'
}
const edit = (type, depth) => {
  const children = [...type.toArray(), ...Object.values(type.getAttrs())].filter(c => c instanceof Y14.Type)
  if (children.length && depth < 4 && chance(0.6)) return edit(pick(children), depth + 1)
  let at = int(type.length + 1)
  if (splits(type, at)) at--
  let n = Math.min(int(6), type.length - at)
  if (n > 0 && splits(type, at + n)) n--
  if (chance(0.2)) chance(0.2) ? type.deleteAttr(pick(keys)) : type.setAttr(pick(keys), chance(0.2) ? child() : value())
  else if (n > 0 && chance(0.3)) type.delete(at, n)
  else if (n > 0 && chance(0.3)) type.format(at, n, formats())
  else if (chance(0.25)) type.insert(at, [chance(0.4) ? child() : value(), ...(chance(0.3) ? [value()] : [])], chance(0.2) ? formats() : undefined)
  else type.insert(at, words(), chance(0.25) ? formats() : undefined)
}
const names = ['t', '', 'x"😀']

// What peers send, in the second format; what one of them has in the end; and whether nothing is missing.
const makeUpdates = () => {
  const peers = Array.from({ length: 1 + int(3) }, (_, i) => {
    const doc = new Y14.Doc({ gc: chance(0.7) })
    doc.clientID = i + 1 + int(3) * 1000
    return doc
  })
  const undo = peers.map(doc => new Y14.UndoManager(names.map(name => doc.get(name)), { captureTimeout: 0 }))
  const updates = []
  for (const doc of peers) doc.on('updateV2', (update, origin) => { if (origin !== 'remote') updates.push(update) })
  for (let n = 1 + int(25); n > 0; n--) {
    const at = int(peers.length)
    if (chance(0.15)) chance(0.7) ? undo[at].undo() : undo[at].redo()
    else peers[at].transact(() => { for (let m = 1 + int(4); m > 0; m--) edit(peers[at].get(pick(names)), 0) })
    if (chance(0.3)) Y14.applyUpdateV2(pick(peers), Y14.encodeStateAsUpdateV2(peers[at]), 'remote')
  }
  return { updates, state: Y14.encodeStateAsUpdateV2(pick(peers)) }
}

// The same as others pass it on.
const passOn = updates => {
  const some = () => updates.filter(() => chance(0.6))
  return pick([
    () => updates,
    () => updates.filter(() => chance(0.85)),
    () => [Y14.mergeUpdatesV2(updates)],
    () => [Y14.mergeUpdatesV2(some()), ...some()],
    () => { // one that has gaps, and knows what comes after them
      const doc = new Y14.Doc()
      for (const update of some()) Y14.applyUpdateV2(doc, update)
      return [Y14.encodeStateAsUpdateV2(doc), ...some()]
    },
    () => [Y14.diffUpdateV2(Y14.mergeUpdatesV2(updates), Y14.encodeStateVectorFromUpdateV2(Y14.mergeUpdatesV2(some()))), ...some()]
  ])()
}

// --- what Yjs 14 itself shows, of what can be told from it without knowing how Yjs 13 calls a nested type ---

const plain = value => {
  if (typeof value === 'bigint') return { $bigint: String(value) }
  if (value === null || typeof value !== 'object') return typeof value === 'number' ? value + 0 : value
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Y14.Doc) return { $doc: value.guid }
  if (value instanceof Y14.Type) return 'a type'
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
}
const withoutTypes = value => {
  if (value === null || typeof value !== 'object') return value
  if ('$xml' in value) return 'a type'
  if (Array.isArray(value)) return value.map(withoutTypes)
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withoutTypes(v)]))
}
// Text in runs of equal formats; a Y.Text of Yjs 13 shows no plain values.
const runs = ops => {
  const all = []
  for (const { insert, attributes = {} } of ops) {
    const last = all.at(-1)
    if (typeof insert === 'string' && typeof last?.insert === 'string' && isDeepStrictEqual(last.attributes, attributes)) last.insert += insert
    else all.push({ insert, attributes })
  }
  return all
}
const show14 = (doc, name) => {
  const type = doc.get(name)
  const text = []
  for (const { insert, format } of type.toDelta().children) {
    const attributes = plain(format ?? {})
    if (typeof insert === 'string') text.push({ insert, attributes })
    else for (const v of insert) if (v instanceof Y14.Type) text.push({ insert: 'a type', attributes })
  }
  return {
    text: runs(text),
    array: type.toArray().flatMap(v => [plain(v)]),
    map: plain(type.getAttrs())
  }
}

// --- comparison ---

const die = (what, expected, got, files) => {
  console.error(`seed ${seed}: ${what}`)
  console.error('expected', expected)
  console.error('got     ', got)
  for (const file of files) console.error(`${file}: ${readFileSync(file).toString('hex')}`)
  process.exit(1)
}
const run = (...args) => {
  const result = spawnSync(program, args, { maxBuffer: 1 << 28 })
  if (result.status !== 0 || result.stderr.length > 0) die(`weft-doc ${args.join(' ')} ended with ${result.status ?? result.signal}: ${result.stderr}`, 0, result.status, args.filter(arg => arg.startsWith(folder)))
  return result.stdout
}
const sameBytes = (what, expected, got, files) => {
  if (!Buffer.from(expected).equals(got)) die(what, Buffer.from(expected).toString('hex'), got.toString('hex'), files)
}
const sameJson = (what, expected, got, files) => {
  if (!isDeepStrictEqual(expected, got)) die(what, JSON.stringify(expected), JSON.stringify(got), files)
}
// What toString() of Yjs 13 throws at, as null and undefined within elements, nobody can compare.
const maybe = make => {
  try {
    return make()
  } catch {
    return null
  }
}
const roots = { text: 'getText', array: 'getArray', map: 'getMap', xml: 'getXmlFragment' }
const printed = args => JSON.parse(run(...args).toString(), (key, v) => Object.is(v, -0) ? 0 : v)
const json = (files, v2, type) => printed(['json', ...v2, ...names.flatMap(name => ['--root', `${name}=${type}`]), '--', ...files])

let gaps = 0
for (let i = 0; i < count; i++) {
  const { updates, state } = makeUpdates()
  const sent = passOn(updates.length > 0 ? updates : [state])
  if (chance(0.3)) sent.push(state)
  if (chance(0.3)) sent.sort(() => random() - 0.5)
  if (sent.length === 0) continue
  const files = sent.map((update, n) => {
    const v1 = Y14.convertUpdateFormatV2ToV1(update)
    writeFileSync(join(folder, `${n}`), v1)
    writeFileSync(join(folder, `${n}.v2`), update)
    return join(folder, `${n}`)
  })
  const files2 = files.map(name => name + '.v2')
  const make = (gc, v2) => {
    const doc = new Y.Doc({ gc })
    sent.forEach((update, n) => v2 ? Y.applyUpdateV2(doc, update) : Y.applyUpdate(doc, readFileSync(files[n])))
    return doc
  }
  const doc = make(true, false)
  const doc2 = make(true, true)
  const pending = doc.store.pendingStructs !== null || doc.store.pendingDs !== null

  sameBytes('merge', Y.encodeStateAsUpdate(doc), run('merge', ...files), files)
  sameBytes('merge --v2', Y.encodeStateAsUpdateV2(doc2), run('merge', '--v2', ...files2), files2)
  sameBytes('merge --no-gc', Y.encodeStateAsUpdate(make(false, false)), run('merge', '--no-gc', ...files), files)
  sameBytes('sv', Y.encodeStateVector(doc), run('sv', ...files), files)
  const n = int(files.length)
  sameBytes('convert --to v1', readFileSync(files[n]), run('convert', '--to', 'v1', files2[n]), [files2[n]])
  sameBytes('convert --to v2', Y14.convertUpdateFormatV1ToV2(readFileSync(files[n])), run('convert', '--to', 'v2', files[n]), [files[n]])

  const type = pick(Object.keys(roots))
  const shown = json(files, [], type)
  sameJson('pending', pending, shown.pending, files)
  for (const name of names) {
    const wanted = maybe(() => showRoot(doc, type, roots[type], name))
    if (wanted !== null) sameJson(`json ${type}`, JSON.parse(JSON.stringify(wanted)), shown.roots[name], files)
  }
  sameJson(`json --v2 ${type}`, shown, json(files2, ['--v2'], type), files2)

  // Where nothing is missing, Yjs 14 has the same contents; and it takes back what weft-doc writes.
  if (pending) {
    gaps++
    continue
  }
  const [doc14, back] = [new Y14.Doc(), new Y14.Doc()]
  doc14.cleanupFormatting = back.cleanupFormatting = false
  for (const update of sent) Y14.applyUpdateV2(doc14, update)
  Y14.applyUpdate(back, run('merge', ...files))
  const all = { text: json(files, [], 'text'), map: json(files, [], 'map'), array: json(files, [], 'array') }
  for (const name of names) {
    const wanted = show14(doc14, name)
    sameJson('the map of Yjs 14', wanted.map, withoutTypes(all.map.roots[name].value), files)
    sameJson('the text of Yjs 14', wanted.text, runs(withoutTypes(all.text.roots[name].value)), files)
    sameJson('what Yjs 14 reads back', wanted, show14(back, name), files)
  }
  sameBytes('the state vector of Yjs 14', Y14.encodeStateVector(doc14), run('sv', ...files), files)
}
console.log(`${count} documents of Yjs 14 are equal, ${gaps} of them with something missing`)
