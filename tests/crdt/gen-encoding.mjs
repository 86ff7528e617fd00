// gen-encoding.mjs - writes encoding-vectors.h with the real lib0, yjs and y-protocols
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Run `node tests/crdt/gen-encoding.mjs` after `npm ci` in tests/node; the versions are pinned there. The output
// is the same at every run.
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'

const here = new URL('.', import.meta.url)
const require = createRequire(new URL('../node/package.json', here))
const encoding = require('lib0/encoding')
const Y = require('yjs')
const { Awareness, encodeAwarenessUpdate } = require('y-protocols/awareness')
const version = name => JSON.parse(readFileSync(new URL(`../node/node_modules/${name}/package.json`, here))).version

const hex = bytes => Buffer.from(bytes).toString('hex')
const encode = f => { const e = encoding.createEncoder(); f(e); return hex(encoding.toUint8Array(e)) }
const c = text => '"' + [...Buffer.from(text)].map(b =>
  b === 34 || b === 92 ? '\\' + String.fromCharCode(b)
    : b >= 32 && b < 127 && b !== 63 ? String.fromCharCode(b)
      : '\\' + b.toString(8).padStart(3, '0')).join('') + '"'

let seed = 20261121
const random = n => { // mulberry32
  seed = (seed + 0x6D2B79F5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) % n
}

// How weft-doc.md says a value prints.
const print = v => {
  if (v === undefined) return '{"$undefined":true}'
  if (typeof v === 'bigint') return `{"$bigint":"${v}"}`
  if (typeof v === 'number' && !Number.isFinite(v)) return `{"$number":"${v}"}`
  if (v instanceof Uint8Array) return `{"$bytes":"${Buffer.from(v).toString('base64')}"}`
  if (Array.isArray(v)) return `[${v.map(print).join(',')}]`
  if (v !== null && typeof v === 'object') return `{${Object.keys(v).map(k => JSON.stringify(k) + ':' + print(v[k])).join(',')}}`
  return JSON.stringify(v)
}

const varuints = [0, 1, 127, 128, 255, 256, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]
const varints = [0, -0, 1, -1, 63, -63, 64, -64, 8191, 8192, -8192, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53 - 1)]
const strings = ['', 'a', 'grüße', '\u0000', 'a\u0000b', '\ufeffbom', '漢字', '😀', 'x'.repeat(127), 'é'.repeat(64)]

const numbers = [0, -0, 1, -1, 0.1, -0.1, 0.5, 1.5, 1 / 3, 100, 1e15, 1e16, 123456789012345680000, 1e20, 1e21, 1e22, 1.5e300,
  1e-5, 1e-6, 1e-7, 1.5e-7, 0.000001234, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2 ** 53, 2 ** 53 + 2, -(2 ** 53),
  2 ** 31, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1, 4294967296, 2 ** -44, 2 ** 89, 2 ** -1022, 9.5e-7, 99999999999999990000, 0.1 + 0.2, 3.4028234663852886e38,
  3.4028235677973366e38, 1e23, 4.35, 0.30000000000000004, 1234567890.125, 999999999999999.9, 123e-20, NaN, Infinity, -Infinity]
for (let i = -1074; i < 1024; i += 7) numbers.push(2 ** i)
const bits = new DataView(new ArrayBuffer(8))
while (numbers.length < 1500) {
  bits.setUint32(0, random(2 ** 32)); bits.setUint32(4, random(2 ** 32))
  const x = bits.getFloat64(0)
  numbers.push(Number.isNaN(x) ? random(1e6) / 1000 : random(3) === 0 ? Math.fround(x) : random(3) === 0 ? random(2 ** 31) / 1000 : x)
}

const letters = ['a', 'b', 'key', '7', '10', '007', 'ü', '"', '\\', '\n', '\u0001', '😀', '4294967294', ' ', '\u007f', '/', '\u2028']
const word = () => Array.from({ length: random(4) }, () => letters[random(letters.length)]).join('')
const anything = depth => {
  switch (random(depth > 0 ? 11 : 9)) {
    case 0: return undefined
    case 1: return null
    case 2: return random(2) === 0
    case 3: return random(200) - 100
    case 4: return random(2 ** 32) - 2 ** 31
    case 5: return numbers[random(numbers.length)]
    case 6: return BigInt.asIntN(64, BigInt(random(2 ** 32)) << BigInt(random(33)))
    case 7: return word()
    case 8: return Uint8Array.from({ length: random(6) }, () => random(256))
    case 9: return Array.from({ length: random(5) }, () => anything(depth - 1))
    default: {
      const o = {}
      for (let n = random(random(8) === 0 ? 40 : 5); n > 0; n--) o[word()] = anything(depth - 1)
      return o
    }
  }
}
const values = [undefined, null, true, false, 0n, 9223372036854775807n, -9223372036854775808n, '', 'a\u0000b', [], {}, new Uint8Array(0),
  { b: 1, a: 2, 2: 3, 1: 4 }, { '': { '': [] } }, [[[[]]]], { 'a\u0000': 1, a: 2 }]
for (let i = 0; i < 400; i++) values.push(anything(4))

const jsons = ['null', ' [ 1 , 2 ] ', '{"a":1,"a":2}', '{"b":1,"2":2,"1":3}', '"\\u00e9\\ud83d\\ude00\\n\\/\\b"', '-0', '-0.0', '1E3', '1e-7', '1e400',
  '0.1000000000000000055511151231257827', '[[],{}]', '"\\u0000"', '{"\\u0000":0}', '123456789012345678901234567890', '\t\n\r {}\n', '{"__x":[true,false,null]}']

const stateVectors = [[], [[1, 1]], [[1, 5], [7, 3]], [[2 ** 32 - 1, 2 ** 31], [3, 9], [2 ** 53 - 1, 2 ** 53 - 1]]]
const deleteSets = [[], [[1, 0, 1]], [[1, 5, 2], [1, 0, 3], [1, 3, 2]], [[4, 10, 5], [9, 1, 1], [4, 12, 9], [4, 30, 1]], [[2 ** 32, 2 ** 40, 2 ** 41]]]
const encodeDeleteSet = ranges => {
  const ds = Y.createDeleteSet()
  for (const [client, clock, len] of ranges) {
    if (!ds.clients.has(client)) ds.clients.set(client, [])
    ds.clients.get(client).push({ clock, len })
  }
  // Joins what touches, as Yjs does before it writes one.
  for (const [client, items] of ds.clients) {
    items.sort((a, b) => a.clock - b.clock)
    const joined = []
    for (const i of items) {
      const last = joined.at(-1)
      if (last && last.clock + last.len >= i.clock) last.len = Math.max(last.len, i.clock + i.len - last.clock)
      else joined.push(i)
    }
    ds.clients.set(client, joined)
  }
  return hex(Y.encodeSnapshot(Y.createSnapshot(ds, new Map()))).replace(/00$/, '')
}

const doc = new Y.Doc(); doc.clientID = 77
const awareness = new Awareness(doc)
clearInterval(awareness._checkInterval)
awareness.setLocalState({ user: { name: 'Ada', color: '#30bced' } })
const joined = hex(encodeAwarenessUpdate(awareness, [77]))
awareness.setLocalStateField('cursor', null)
const moved = hex(encodeAwarenessUpdate(awareness, [77]))
awareness.setLocalState(null)
const left = hex(encodeAwarenessUpdate(awareness, [77]))

const float = x => { bits.setFloat64(0, x); return '0x' + bits.getBigUint64(0).toString(16).padStart(16, '0') }
const table = (type, name, rows) => `static const ${type} ${name}[] = {\n${rows.map(r => `  { ${r} },\n`).join('')}};\n`
const any = v => encode(e => encoding.writeAny(e, v))

writeFileSync(new URL('encoding-vectors.h', here), `/* encoding-vectors.h - made by gen-encoding.mjs; do not edit
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * With lib0 ${version('lib0')}, yjs ${version('yjs')}, y-protocols ${version('y-protocols')}.
 */
/* clang-format off */

${table('VectorInteger', 'vector_varuints', varuints.map(v => `G_GINT64_CONSTANT (${v}), FALSE, "${encode(e => encoding.writeVarUint(e, v))}"`))}
${table('VectorInteger', 'vector_varints', varints.map(v => `G_GINT64_CONSTANT (${v}), ${Object.is(v, -0) ? 'TRUE' : 'FALSE'}, "${encode(e => encoding.writeVarInt(e, v))}"`))}
${table('VectorString', 'vector_strings', strings.map(v => `"${hex(Buffer.from(v))}", "${encode(e => encoding.writeVarString(e, v))}"`))}
/* The bits of a double, how JavaScript prints it, and writeAny. */
${table('VectorNumber', 'vector_numbers', numbers.map(v => `G_GUINT64_CONSTANT (${float(v)}), ${c(print(v))}, "${any(v)}"`))}
/* writeAny, and how the value prints. */
${table('VectorValue', 'vector_values', values.map(v => `"${any(v)}", ${c(print(v))}`))}
/* JSON text, and writeAny of what JSON.parse makes of it. */
${table('VectorJson', 'vector_jsons', jsons.map(v => `${c(v)}, "${any(JSON.parse(v))}"`))}
/* Pairs of client and clock in any order, and encodeStateVector. */
${table('VectorSet', 'vector_state_vectors', stateVectors.map(v => `"${v.flat().join(' ')}", "${hex(Y.encodeStateVector(new Map(v)))}"`))}
/* Client, clock, length in any order, and what Yjs writes for them. */
${table('VectorSet', 'vector_delete_sets', deleteSets.map(v => `"${v.flat().join(' ')}", "${encodeDeleteSet(v)}"`))}
#define VECTOR_AWARENESS_JOINED "${joined}"
#define VECTOR_AWARENESS_MOVED  "${moved}"
#define VECTOR_AWARENESS_LEFT   "${left}"
`)
