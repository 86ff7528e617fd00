// weft-doc.mjs - random documents of real Yjs through weft-doc, its answers compared with those of Yjs
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node weft-doc.mjs PROGRAM SEED COUNT: files come in any order, twice, or not at all; what is missing
// is pending. The removal of redundant marks after remote changes is off in Yjs here, as weft-doc has none.

import * as Y from 'yjs'
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
const folder = mkdtempSync(join(tmpdir(), 'weft-doc-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

const { random, int, chance, pick } = makeRandom(seed)

// --- edits ---

const letters = 'abc xyz\n<>&"'
const words = () => Array.from({ length: 1 + int(6) }, () => chance(0.1) ? pick(['é', '字', '😀', '\u0000', '\ue000']) : pick([...letters])).join('')
const scalar = () => pick([
  () => int(100), () => -int(1e6), () => random(), () => 1.5, () => 1e21, () => 5e-7, () => 'v' + int(50), () => true,
  () => false, () => null, () => 2 ** 40 + int(1000), () => 'ü😀"\\\n', () => -2147483648, () => -0
])()
const json = () => pick([scalar, scalar, () => ({ a: scalar(), b: [scalar()], 3: 1, '\ue000': 1, '😀': 2 }), () => [scalar(), null], () => ({})])()
const value = () => pick([
  json, json, () => new Uint8Array([int(256), int(256)]), () => BigInt(int(1000)) * -10000000000n, () => undefined,
  () => NaN, () => -Infinity, () => ({ u: undefined, d: [new Uint8Array([1]), 5n] }), () => new Y.Doc({ guid: 'g' + int(9) })
])()
// Arrays of Yjs take these only inside of others.
const arrayValue = () => {
  const v = value()
  return v === undefined || typeof v === 'bigint' ? [v] : v
}
const attributes = () => {
  const all = {}
  for (let n = 1 + int(2); n > 0; n--) all[pick(['bold', 'em', 'link', '\ue000', '😀'])] = pick([true, null, null, 'r😀d', { href: 'x', a: 1, b: null }, [1, 'z'], 7])
  return all
}
const keys = ['a', 'b', 'cc', 'ключ', '😀', '\ue000', 'x\u0000y']
const nested = depth => depth > 3
  ? new Y.Map()
  : pick([() => new Y.Map(), () => new Y.Array(), () => new Y.Text(), () => new Y.XmlElement(pick(['P', 'divÄ', 'x'])), () => new Y.XmlFragment(),
    () => new Y.XmlText(), () => new Y.XmlHook('hook' + int(3))])()
const xmlChild = () => pick([() => new Y.XmlElement(pick(['P', 'Ul', 'İ'])), () => new Y.XmlText(), () => new Y.XmlText(), () => new Y.XmlHook('h')])()

const isPairInside = (text, index) => {
  const s = text.toDelta().map(op => typeof op.insert === 'string' ? op.insert : '*').join('')
  const code = s.charCodeAt(index)
  return code >= 0xdc00 && code < 0xe000 && index > 0
}
const editText = text => {
  let at = int(text.length + 1)
  if (isPairInside(text, at)) at--
  let n = Math.min(int(6), text.length - at)
  if (isPairInside(text, at + n)) n--
  if (n > 0 && chance(0.25)) text.delete(at, n)
  else if (n > 0 && chance(0.4)) text.format(at, n, attributes())
  else if (chance(0.1)) text.insertEmbed(at, json() ?? { e: 1 }, chance(0.5) ? attributes() : undefined)
  else if (chance(0.05)) text.insertEmbed(at, nested(2))
  else text.insert(at, words(), chance(0.2) ? attributes() : undefined)
}
const editArray = (array, depth) => {
  const at = int(array.length + 1)
  const n = Math.min(int(3), array.length - at)
  if (n > 0 && chance(0.35)) array.delete(at, n)
  else if (chance(0.3)) array.insert(at, [nested(depth + 1)])
  else array.insert(at, Array.from({ length: 1 + int(3) }, arrayValue))
}
const editMap = (map, depth) => {
  const key = pick(keys)
  if (chance(0.2)) map.delete(key)
  else if (chance(0.25)) map.set(key, nested(depth + 1))
  else map.set(key, value())
}
const editXml = (xml, depth) => {
  const at = int(xml.length + 1)
  if (xml instanceof Y.XmlElement && chance(0.4)) {
    if (chance(0.2)) xml.removeAttribute(pick(keys))
    else xml.setAttribute(pick(keys), chance(0.1) ? nested(3) : json())
  } else if (at < xml.length && chance(0.25)) xml.delete(at, 1)
  else if (depth < 4) xml.insert(at, [xmlChild()])
}
const edit = (type, depth) => {
  const children = []
  if (type._start !== null || type._map.size > 0) {
    for (let item = type._start; item !== null; item = item.right) if (!item.deleted && item.content.type) children.push(item.content.type)
    for (const item of type._map.values()) if (!item.deleted && item.content.type) children.push(item.content.type)
  }
  if (children.length && chance(0.6)) return edit(pick(children), depth + 1)
  if (type instanceof Y.Text) editText(type)
  else if (type instanceof Y.Array) editArray(type, depth)
  else if (type instanceof Y.Map) editMap(type, depth)
  else editXml(type, depth)
}
const roots = { text: ['getText', 't'], array: ['getArray', ''], map: ['getMap', 'm=map'], xml: ['getXmlFragment', 'x"😀'] }

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
  if (result.status !== 0 || result.stderr.length > 0) die(`weft-doc ${args.join(' ')} ended with ${result.status ?? result.signal}: ${result.stderr}`, 0, result.status, [])
  return result.stdout
}
const sameBytes = (what, expected, got, files) => {
  if (Buffer.compare(Buffer.from(expected), got) !== 0) die(what, Buffer.from(expected).toString('hex'), got.toString('hex'), files)
}
const apply = (updates, gc) => {
  const doc = new Y.Doc({ gc })
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

const applyV2 = (files, gc) => {
  const doc = new Y.Doc({ gc })
  for (const file of files) Y.applyUpdateV2(doc, readFileSync(file))
  return doc
}

const makeUpdates = () => {
  const peers = Array.from({ length: 1 + int(3) }, (_, i) => {
    const doc = new Y.Doc({ gc: chance(0.7) })
    doc.clientID = chance(0.1) ? 2 ** 53 - 1 - i : i + 1 + int(3) * 1000
    return doc
  })
  const updates = []
  const types = Object.keys(roots).filter(() => chance(0.6))
  if (types.length === 0) types.push('text')
  for (const doc of peers) doc.on('update', (update, origin) => { if (origin !== 'remote') updates.push(update) })
  for (let n = 1 + int(25); n > 0; n--) {
    const doc = pick(peers)
    doc.transact(() => {
      for (let m = 1 + int(4); m > 0; m--) {
        const type = pick(types)
        edit(doc[roots[type][0]](roots[type][1]), 0)
      }
    })
    if (chance(0.3)) Y.applyUpdate(pick(peers), Y.encodeStateAsUpdate(doc), 'remote')
  }
  if (chance(0.3)) updates.push(Y.encodeStateAsUpdate(pick(peers)))
  return updates
}

// The document at a snapshot that was taken when some of the files had come.
const showAt = (updates, files, files2) => {
  const doc = new Y.Doc({ gc: false })
  const moment = int(updates.length + 1)
  let snapshot = Y.snapshot(doc)
  updates.forEach((update, n) => {
    if (n === moment) snapshot = Y.snapshot(doc)
    Y.applyUpdate(doc, update)
  })
  if (moment === updates.length) snapshot = Y.snapshot(doc)
  const restored = Y.createDocFromSnapshot(doc, snapshot)
  const at = join(folder, 'at')
  const at2 = join(folder, 'at.v2')
  writeFileSync(at, Y.encodeSnapshot(snapshot))
  writeFileSync(at2, Y.encodeSnapshotV2(snapshot))
  const types = Object.keys(roots)
  const options = types.flatMap(type => ['--root', `${roots[type][1]}=${type}`])
  const expected = { roots: Object.fromEntries(types.map(type => [roots[type][1], showRoot(restored, type, ...roots[type])])), pending: false }
  const wanted = JSON.parse(JSON.stringify(expected))
  for (const [option, names] of [[['--at', at], files], [['--v2', '--at', at2], files2]]) {
    const got = JSON.parse(run('json', ...option, ...options, '--', ...names).toString(), (key, v) => Object.is(v, -0) ? 0 : v)
    if (!isDeepStrictEqual(got, wanted)) die(`json ${option.join(' ')}`, JSON.stringify(wanted), JSON.stringify(got), [...names, at])
  }
}

for (let i = 0; i < count; i++) {
  let updates = makeUpdates()
  if (chance(0.3)) updates = updates.filter(() => chance(0.9))
  if (chance(0.3)) updates.push(pick(updates) ?? new Uint8Array([0, 0]))
  if (chance(0.4)) updates.sort(() => random() - 0.5)
  if (updates.length === 0) continue
  const files = updates.map((update, n) => {
    const file = join(folder, `${n}`)
    writeFileSync(file, update)
    return file
  })
  const doc = apply(updates, true)
  const out = join(folder, 'out')

  sameBytes('merge', Y.encodeStateAsUpdate(doc), run('merge', ...files), files)
  const kept = apply(updates, false)
  run('merge', '--no-gc', '-o', out, ...files)
  sameBytes('merge --no-gc', Y.encodeStateAsUpdate(kept), readFileSync(out), files)
  sameBytes('sv', Y.encodeStateVector(doc), run('sv', ...files), files)
  sameBytes('snapshot', Y.encodeSnapshot(Y.snapshot(kept)), run('snapshot', '--no-gc', ...files), files)

  // The second format, converted from the first and the other way.
  const files2 = updates.map((update, n) => {
    const file = join(folder, `${n}.v2`)
    const update2 = Y.convertUpdateFormatV1ToV2(update)
    sameBytes('convert --to v2', update2, run('convert', '--to', 'v2', files[n]), [files[n]])
    writeFileSync(file, update2)
    sameBytes('convert --to v1', Y.convertUpdateFormatV2ToV1(update2), run('convert', '--to', 'v1', file), [file])
    return file
  })
  const doc2 = applyV2(files2, true)
  sameBytes('merge --v2', Y.encodeStateAsUpdateV2(doc2), run('merge', '--v2', ...files2), files2)
  sameBytes('merge --v2 --no-gc', Y.encodeStateAsUpdateV2(applyV2(files2, false)), run('merge', '--v2', '--no-gc', ...files2), files2)
  sameBytes('sv --v2', Y.encodeStateVector(doc2), run('sv', '--v2', ...files2), files2)
  sameBytes('snapshot --v2', Y.encodeSnapshotV2(Y.snapshot(doc2)), run('snapshot', '--v2', ...files2), files2)

  // Another state, that of some of the files, as the other side.
  const other = apply(updates.slice(0, int(updates.length + 1)), true)
  const sv = join(folder, 'sv')
  writeFileSync(sv, Y.encodeStateVector(other))
  const whole = join(folder, 'whole')
  writeFileSync(whole, Y.encodeStateAsUpdate(doc))
  const whole2 = join(folder, 'whole.v2')
  writeFileSync(whole2, Y.encodeStateAsUpdateV2(doc2))
  const again2 = applyV2([whole2], true)
  sameBytes('diff --v2', Y.encodeStateAsUpdateV2(again2, Y.encodeStateVector(other)), run('diff', '--v2', whole2, sv), [...files2, sv])
  const again = apply([Y.encodeStateAsUpdate(doc)], true)
  sameBytes('diff', Y.encodeStateAsUpdate(again, Y.encodeStateVector(other)), run('diff', whole, sv), [...files, sv])

  showAt(updates, files, files2)

  const hinted = Object.keys(roots).filter(() => chance(0.8))
  const options = hinted.flatMap(type => ['--root', `${roots[type][1]}=${type}`])
  const expected = { roots: {}, pending: doc.store.pendingStructs !== null || doc.store.pendingDs !== null }
  for (const [type, [, name]] of Object.entries(roots)) {
    const shared = doc.share.get(name)
    if (hinted.includes(type)) continue
    if (shared !== undefined && (shared._start !== null || shared._map.size > 0)) expected.roots[name] = { type: 'unknown', value: null }
  }
  for (const type of hinted) expected.roots[roots[type][1]] = showRoot(doc, type, ...roots[type])
  if (run('json', ...options, '--', ...files).compare(run('json', '--v2', ...options, '--', ...files2)) !== 0) die('json --v2', '', '', files2)
  const printed = run('json', ...options, '--', ...files).toString()
  if (!printed.endsWith('}\n') || printed.indexOf('\n') !== printed.length - 1) die('json is one line', '', printed, files)
  const got = JSON.parse(printed, (key, v) => Object.is(v, -0) ? 0 : v)
  const wanted = JSON.parse(JSON.stringify(expected))
  if (!isDeepStrictEqual(got, wanted)) die('json', JSON.stringify(wanted), JSON.stringify(got), files)
}
console.log(`${count} documents are equal`)
