// raw.mjs - updates that no editing makes, but that Yjs reads: weft-doc must do with them what Yjs does
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node raw.mjs PROGRAM SEED COUNT [HISTORY]: writes structs by hand, in both formats: collected ones and gaps between
// others, contents of every kind in types of every kind, keys and values as no one writes them (keys twice, numbers
// as keys, halves of surrogate pairs, floats that are whole numbers), origins of other clients, some of them missing,
// deletions of what is not there. What Yjs throws at is left out: there weft-doc only has to end properly.

import * as Y from 'yjs'
import { makeRandom } from './random.mjs'
import './without-cleanup.mjs'
import * as encoding from 'lib0/encoding'
import { showRoot } from './shown.mjs'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

const program = process.argv[2]
const seed = Number(process.argv[3] ?? 1)
const count = Number(process.argv[4] ?? 50)
const only = process.argv[5] === undefined ? null : Number(process.argv[5])
const folder = mkdtempSync(join(tmpdir(), 'weft-raw-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

const { random, int, chance, pick, reset } = makeRandom()
const reseed = n => {
  reset(Math.imul(seed ^ 0x9e3779b1, n + 1))
  random()
}

// --- values, as functions that write them ---

const texts = ['', 'a', 'bold', 'key', 'ä😀', '\u0000', '\ufeff', '3', '03', '-1', '4294967294', '4294967295', 'length', 'constructor', 'toJSON', '12']
const any = depth => pick([
  e => encoding.write(e, 127), e => encoding.write(e, 126), e => encoding.write(e, 121), e => encoding.write(e, 120),
  ...Array(3).fill(e => { encoding.write(e, 125); encoding.writeVarInt(e, pick([0, -0, 1, -1, 63, 64, -64, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 40, -(2 ** 52), 2 ** 53 - 1, -(2 ** 53 - 1)])) }),
  e => { encoding.write(e, 124); encoding.writeFloat32(e, pick([0, -0, 1, 1.5, NaN, Infinity, -Infinity, 1e-45, 3.4028234663852886e38, 2 ** 31])) },
  e => { encoding.write(e, 123); encoding.writeFloat64(e, pick([0, -0, 1, 1.5, 0.1, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 2 ** 53, 1e21, 1e-7, 123456789012])) },
  e => { encoding.write(e, 122); encoding.writeBigInt64(e, pick([0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 60n])) },
  ...Array(3).fill(e => { encoding.write(e, 119); encoding.writeVarString(e, pick(texts)) }),
  e => { encoding.write(e, 116); encoding.writeVarUint8Array(e, new Uint8Array(Array.from({ length: int(4) }, () => int(256)))) },
  ...(depth > 3
    ? []
    : [
        e => {
          const n = int(3)
          encoding.write(e, 117)
          encoding.writeVarUint(e, n)
          for (let i = 0; i < n; i++) any(depth + 1)(e)
        },
        e => {
          const n = int(5)
          encoding.write(e, 118)
          encoding.writeVarUint(e, n)
          for (let i = 0; i < n; i++) {
            const lost = i === 0 && chance(0.2)
            encoding.writeVarString(e, lost ? '__proto__' : pick(texts))
            lost ? encoding.write(e, 120) : any(depth + 1)(e)
          }
        }
      ])
])

// Whether numbers are made that JSON text has and JSON.stringify() does not; else, a key that lib0 loses, and halves of
// surrogate pairs.
let odd = false
const jsonText = depth => pick([
  () => 'null', () => 'true', () => ' false', () => pick(['0', '1.0', '1e3', '123456789012345678901', '0.1', '5e-324', '1e21', '1e-7', ...(odd ? ['-0', '-1e-400', '1E400'] : [])]),
  () => JSON.stringify(pick(texts)), () => pick(['"\\u0041"', ...(odd ? [] : ['"\\ud800"', '"\\udc00\\ud800"']), '"\\ud83d\\ude00"', '"\\/"', '"\\u2028"', '"\u2028"', '"\\b\\f\\u001f"', '"\u007f"']),
  ...(depth > 3
    ? []
    : [() => '[' + Array.from({ length: int(3) }, () => jsonText(depth + 1)).join(' , ') + ' ]',
        () => '{ ' + Array.from({ length: int(5) }, () => JSON.stringify(!odd && chance(0.05) ? '__proto__' : pick(texts)) + ': ' + jsonText(depth + 1)).join(', ') + '}'])
])()

// --- structs ---

const roots = { text: ['getText', 't'], array: ['getArray', ''], map: ['getMap', 'm=map'], xml: ['getXmlFragment', 'x"'] }
const keys = ['a', 'b', '__proto__', 'constructor', '', '3', 'ключ', '😀']

// What a struct holds: its length, its kind, and who writes it into an encoder of either format.
const contentFor = list => {
  const kinds = {
    text: [4, 4, 4, 4, 6, 6, 6, 5, 7, 1, 8, 3],
    array: [8, 8, 8, 2, 3, 4, 5, 7, 7, 9, 1, 6],
    map: [8, 8, 8, 2, 3, 4, 5, 7, 7, 9, 1],
    xml: [7, 7, 7, 7, 4, 1, 6]
  }[list]
  const kind = pick(kinds)
  switch (kind) {
    case 1: { const n = 1 + int(5); return { kind, len: n, write: e => e.writeLen(n) } }
    case 2: {
      const values = Array.from({ length: 1 + int(3) }, () => chance(0.2) ? 'undefined' : jsonText(0))
      return {
        kind,
        len: values.length,
        write: e => {
          e.writeLen(values.length)
          values.forEach(v => e.writeString(v))
        }
      }
    }
    case 3: { const bytes = new Uint8Array(Array.from({ length: int(5) }, () => int(256))); return { kind, len: 1, write: e => e.writeBuf(bytes) } }
    case 4: { const text = Array.from({ length: 1 + int(6) }, () => pick(['a', 'b', ' ', '\n', 'é', '字', '😀', '𝄞', '\u0000', '\ufeff'])).join(''); return { kind, len: text.length, write: e => e.writeString(text) } }
    case 5: { const v = jsonOrAny(); return { kind, len: 1, write: v } }
    case 6: {
      const key = pick(['bold', 'em', 'link', 'constructor', '', '😀'])
      const v = chance(0.3) ? nothing : jsonOrAny()
      return {
        kind,
        len: 1,
        write: (e, format) => {
          e.writeKey(key)
          v(e, format)
        }
      }
    }
    case 7: {
      const type = list === 'xml' ? pick([3, 3, 3, 6, 6, 5, 4]) : int(7)
      const name = pick(['p', 'DIV', 'h', ''])
      return {
        kind,
        len: 1,
        type,
        write: e => {
          e.writeTypeRef(type)
          if (type === 3 || type === 5) e.writeKey(name)
        }
      }
    }
    case 8: {
      const states = []
      const n = 1 + int(3)
      for (let i = 0; i < n; i++) states.push(replayable(() => any(0)))
      return {
        kind,
        len: n,
        write: e => {
          e.writeLen(n)
          states.forEach(s => s(e.restEncoder))
        }
      }
    }
    case 9: {
      const options = replayable(() => e => {
        const n = int(3)
        encoding.write(e, 118)
        encoding.writeVarUint(e, n)
        for (let i = 0; i < n; i++) {
          encoding.writeVarString(e, pick(['gc', 'autoLoad', 'meta', 'other']))
          any(1)(e)
        }
      })
      const guid = pick(['g1', 'g2', ''])
      return {
        kind,
        len: 1,
        write: e => {
          e.writeString(guid)
          options(e.restEncoder)
        }
      }
    }
  }
}
// Draws once, writes the same as often as asked.
const replayable = make => {
  const encoder = encoding.createEncoder()
  make()(encoder)
  const bytes = encoding.toUint8Array(encoder)
  return e => encoding.writeUint8Array(e, bytes)
}
const nothing = (e, format) => format === 1 ? encoding.writeVarString(e.restEncoder, 'null') : encoding.write(e.restEncoder, 126)
const jsonOrAny = () => {
  const text = jsonText(0)
  const value = replayable(() => any(0))
  return (e, format) => format === 1 ? encoding.writeVarString(e.restEncoder, text) : value(e.restEncoder)
}

// Structs of some clients, each with what it names among those before it.
const makeStructs = () => {
  const ids = new Set()
  while (ids.size < 1 + int(4)) ids.add(pick([() => int(200), () => 2 ** 32 + int(5), () => 2 ** 53 - 1 - int(3)])())
  const clients = [...ids]
  const clocks = new Map(clients.map(c => [c, 0]))
  const structs = []
  const lists = Object.entries(roots).map(([kind, [, name]]) => ({ kind, root: name, units: [] }))
  const kindOfList = ['array', 'map', 'text', 'xml', 'xml', 'map', 'text']
  for (let n = 1 + int(30); n > 0; n--) {
    const client = pick(clients)
    const clock = clocks.get(client)
    if (chance(0.06)) {
      const len = chance(0.1) ? 2 ** 31 + int(9) : 1 + int(5)
      structs.push({ client, clock, len: Math.min(len, len), kind: chance(0.6) ? 0 : 10 })
      if (structs.at(-1).len > 100) structs.at(-1).len = 1 + int(5)
      clocks.set(client, clock + structs.at(-1).len)
      continue
    }
    const list = chance(0.6) ? pick(lists.slice(0, 4)) : pick(lists)
    // Where a type has children and attributes both, this is one of them.
    const keyed = list.kind === 'map' || (list.kind === 'xml' && list.root === undefined && chance(0.2))
    let content = contentFor(list.kind)
    // An attribute that is a string of several units would be half a pair, of which only Yjs makes an attribute.
    while (keyed && list.kind === 'xml' && content.kind === 4) content = contentFor('xml')
    const struct = { client, clock, ...content, origin: null, right: null, parent: list.root ?? list.id, sub: null }
    const known = keyed ? null : list.units
    if (keyed) {
      // Yjs puts attributes of XML into an object, where this name is lost.
      struct.sub = pick(list.kind === 'xml' ? keys.filter(key => key !== '__proto__') : keys)
      list.keyed ??= new Map()
      const old = list.keyed.get(struct.sub)
      if (old !== undefined && chance(0.7)) struct.origin = pick(old)
      if (old === undefined) list.keyed.set(struct.sub, [])
      for (let i = 0; i < content.len; i++) list.keyed.get(struct.sub).push({ client, clock: clock + i })
    } else if (known.length > 0) {
      const at = int(known.length + 1)
      if (at > 0 && chance(0.9)) struct.origin = known[at - 1]
      if (at < known.length && chance(0.8)) struct.right = known[chance(0.9) ? at : at + int(known.length - at)]
    }
    const own = Array.from({ length: content.len }, (_, i) => ({ client, clock: clock + i }))
    if (!keyed) known.splice(struct.origin === null ? 0 : known.indexOf(struct.origin) + 1, 0, ...own)
    // Of somebody unknown: of structs that wait for each other Yjs loses some.
    if (chance(0.02)) struct.origin = { client: 7777, clock: int(40) }
    if (chance(0.02)) struct.parent = chance(0.5) || structs.length === 0 ? { client: 7777, clock: int(10) } : (({ client, clock }) => ({ client, clock }))(pick(structs))
    if (content.kind === 7) lists.push({ kind: kindOfList[content.type], id: { client, clock }, units: [] })
    structs.push(struct)
    clocks.set(client, clock + content.len)
  }
  return { clients, clocks, structs }
}

const write = (runs, deletes, format) => {
  const e = format === 1 ? new Y.UpdateEncoderV1() : new Y.UpdateEncoderV2()
  encoding.writeVarUint(e.restEncoder, runs.length)
  for (const run of runs) {
    encoding.writeVarUint(e.restEncoder, run.length)
    e.writeClient(run[0].client)
    encoding.writeVarUint(e.restEncoder, run[0].clock)
    for (const s of run) {
      if (s.kind === 0) {
        e.writeInfo(0)
        e.writeLen(s.len)
        continue
      }
      if (s.kind === 10) {
        e.writeInfo(10)
        encoding.writeVarUint(e.restEncoder, s.len)
        continue
      }
      e.writeInfo(s.kind | (s.origin ? 128 : 0) | (s.right ? 64 : 0) | (s.sub !== null ? 32 : 0))
      if (s.origin) e.writeLeftID(s.origin)
      if (s.right) e.writeRightID(s.right)
      if (!s.origin && !s.right) {
        if (typeof s.parent === 'string') {
          e.writeParentInfo(true)
          e.writeString(s.parent)
        } else {
          e.writeParentInfo(false)
          e.writeLeftID(s.parent)
        }
        if (s.sub !== null) e.writeString(s.sub)
      }
      s.write(e, format)
    }
  }
  encoding.writeVarUint(e.restEncoder, deletes.length)
  for (const [client, ranges] of deletes) {
    e.resetDsCurVal()
    encoding.writeVarUint(e.restEncoder, client)
    encoding.writeVarUint(e.restEncoder, ranges.length)
    for (const [clock, len] of ranges) {
      e.writeDsClock(clock)
      e.writeDsLen(len)
    }
  }
  return e.toUint8Array()
}

// Some updates that hold the structs, each as one or two runs of each client, in a mixed order.
const makeUpdates = format => {
  const { clients, clocks, structs } = makeStructs()
  const n = 1 + int(4)
  const parts = Array.from({ length: n }, () => ({ runs: new Map(), deletes: new Map() }))
  for (const client of clients) {
    let part = 0
    for (const s of structs.filter(s => s.client === client)) {
      if (chance(0.2)) part = Math.min(part + 1, n - 1)
      const { runs } = parts[part]
      if (!runs.has(client)) runs.set(client, [])
      runs.get(client).push(s)
    }
  }
  for (const part of parts) {
    for (const client of clients) {
      if (!chance(0.5)) continue
      const ranges = []
      let at = int(4)
      for (let i = 1 + int(3); i > 0; i--) {
        const len = 1 + int(6)
        ranges.push([at, len])
        // Ranges that touch are one, whoever wrote them.
        at += len + 1 + int(8)
        if (at > clocks.get(client) && chance(0.9)) break
      }
      part.deletes.set(client, ranges)
    }
  }
  if (chance(0.3)) parts.sort(() => random() - 0.5)
  if (chance(0.2)) parts.pop()
  if (chance(0.1) && parts.length) parts.push(pick(parts))
  return parts.map(part => {
    const runs = [...part.runs.values()]
    // As all write them; Yjs loses some of what has to wait otherwise.
    runs.sort((a, b) => b[0].client - a[0].client)
    return write(runs, [...part.deletes].sort((a, b) => b[0] - a[0]), format)
  })
}

// --- values ---

// Half a pair cannot stand in UTF-8.
const wellFormed = value => typeof value === 'string'
  ? value.toWellFormed?.() ?? Buffer.from(value).toString()
  : Array.isArray(value)
    ? value.map(wellFormed)
    : value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [wellFormed(k), wellFormed(v)])) : value

// --- comparison ---

let history = 0
let compared = 0
let thrown = 0
let failures = 0
const tell = (what, expected, got, files) => {
  failures++
  console.error(`seed ${seed}, history ${history}: ${what}`)
  console.error('expected', expected)
  console.error('got     ', got)
  for (const file of files) console.error(`  ${readFileSync(file).toString('hex')}`)
}
const run = args => {
  const result = spawnSync(program, args, { maxBuffer: 1 << 28 })
  if (result.status !== 0 && result.status !== 65) tell(`weft-doc ${args.join(' ')} ended with ${result.status ?? result.signal}`, 0, String(result.stderr), args.filter(a => a.startsWith(folder)))
  return result
}
const maybe = make => {
  try {
    return make()
  } catch (error) {
    return null
  }
}

const check = (format, updates) => {
  const v2 = format === 2 ? ['--v2'] : []
  const files = updates.map((update, n) => {
    writeFileSync(join(folder, String(n)), update)
    return join(folder, String(n))
  })
  const compareBytes = (what, expected, args, used) => {
    const result = run(args)
    if (expected === null) {
      thrown++
      return
    }
    compared++
    if (result.status !== 0) tell(`${what} is refused: ${String(result.stderr).trim()}`, Buffer.from(expected).toString('hex'), '-', used)
    else if (Buffer.compare(Buffer.from(expected), result.stdout) !== 0) tell(what, Buffer.from(expected).toString('hex'), result.stdout.toString('hex'), used)
  }
  const docs = [true, false].map(gc => maybe(() => {
    const doc = new Y.Doc({ gc })
    for (const update of updates) format === 1 ? Y.applyUpdate(doc, update) : Y.applyUpdateV2(doc, update)
    return doc
  }))
  const encode = doc => format === 1 ? Y.encodeStateAsUpdate(doc) : Y.encodeStateAsUpdateV2(doc)
  docs.forEach((doc, n) => {
    const options = n === 0 ? v2 : [...v2, '--no-gc']
    compareBytes(`merge ${options}`, maybe(() => encode(doc)), ['merge', ...options, ...files], files)
  })
  compareBytes('sv', docs[0] && Y.encodeStateVector(docs[0]), ['sv', ...v2, ...files], files)
  for (const file of files) {
    const update = readFileSync(file)
    compareBytes(`convert from v${format}`, maybe(() => format === 1 ? Y.convertUpdateFormatV1ToV2(update) : Y.convertUpdateFormatV2ToV1(update)),
      ['convert', '--to', format === 1 ? 'v2' : 'v1', file], [file])
  }
  for (const type of docs[0] === null ? [] : Object.keys(roots)) {
    const result = run(['json', ...v2, '--root', `${roots[type][1]}=${type}`, ...files])
    const expected = maybe(() => showRoot(docs[0], type, ...roots[type]))
    if (result.status !== 0) {
      tell('json is refused', JSON.stringify(expected), String(result.stderr), files)
      break
    }
    if (expected === null) continue
    const got = JSON.parse(result.stdout.toString(), (key, v) => Object.is(v, -0) ? 0 : v)
    const wanted = wellFormed(JSON.parse(JSON.stringify(expected)))
    const value = wellFormed(got.roots[roots[type][1]])
    if (!isDeepStrictEqual(value, wanted)) tell(`json ${type}`, JSON.stringify(wanted), JSON.stringify(value), files)
    const pending = docs[0].store.pendingStructs !== null || docs[0].store.pendingDs !== null
    if (got.pending !== pending) tell('pending', pending, got.pending, files)
  }
}

for (let i = only ?? 0; i < (only === null ? count : only + 1) && failures < 5; i++) {
  history = i
  reseed(i)
  const format = chance(0.5) ? 1 : 2
  odd = chance(0.5)
  const updates = makeUpdates(format)
  if (updates.length > 0) check(format, updates)
}
console.log(`${compared} answers are equal, ${thrown} are of updates that Yjs refuses`)
process.exit(failures > 0 ? 1 : 0)
