// faults-peer.mjs - a web peer that writes what no Weft would write
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node faults-peer.mjs write|check RELAY NOTEBOOK. `write` makes three pages of stock yjs documents, full of values of
// wrong kinds and sizes, says `written` and stays, with an awareness of the same sort, until its input ends; `check`
// demands that all of it is still there. Exit status 77 where the packages of tests/node are missing.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

const packages = new URL('../node/package.json', import.meta.url)
if (!existsSync(new URL('node_modules/yjs', packages))) process.exit(77)
const require = createRequire(packages)
const Y = require('yjs')
const { WebsocketProvider } = require('y-websocket')
const { WebSocket } = require('ws')
const encoding = require('lib0/encoding')

const [mode, relay, notebook] = process.argv.slice(2)

const spell = bytes => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  let bits = '', text = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  bits = bits.padEnd(130, '0')
  for (let i = 0; i < 130; i += 5) text += alphabet[parseInt(bits.slice(i, i + 5), 2)]
  return text
}
const pageBytes = n => new Uint8Array(16).fill(n)
const pageId = n => spell(pageBytes(n))

const join = (room) => {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(relay, room, doc, { WebSocketPolyfill: WebSocket, disableBc: true })
  const synced = new Promise(resolve => provider.once('sync', resolve))
  return { doc, provider, synced }
}

// A page of any kind: one move to the top of the notebook, then its properties.
const addPage = (doc, n, position, properties) => {
  let lamport = 100 * n
  const ops = doc.getArray('ops')
  const op = (kind, write) => {
    const e = encoding.createEncoder()
    encoding.writeVarUint(e, kind)
    encoding.writeVarUint(e, ++lamport)
    encoding.writeUint8Array(e, pageBytes(n))
    write(e)
    ops.push([encoding.toUint8Array(e)])
  }
  op(1, e => { encoding.writeUint8Array(e, new Uint8Array(16)); encoding.writeVarString(e, position) })
  for (const [key, value] of Object.entries(properties)) {
    op(2, e => { encoding.writeVarString(e, key); encoding.writeAny(e, value) })
  }
}

// Elements of the board that are unlike any that Weft makes.
const huge = 1e308
const elements = {
  'no-type': { x: 10, y: 10, width: 50, height: 50 },
  'type-is-number': { type: 42, x: 20, y: 20, width: 50, height: 50 },
  unknown: { type: 'hologram', x: 100, y: 100, width: 120, height: 80, label: 'From the future', depth: { z: [1, 2, 3] } },
  nan: { type: 'rectangle', x: NaN, y: NaN, width: NaN, height: NaN, angle: NaN, strokeWidth: NaN, opacity: NaN, roughness: NaN },
  infinite: { type: 'ellipse', x: Infinity, y: -Infinity, width: Infinity, height: 10, angle: Infinity },
  huge: { type: 'rectangle', x: -huge, y: -huge, width: huge, height: huge, fillStyle: 'hachure', backgroundColor: '#ff0000', roughness: 3 },
  'huge-hachure': { type: 'ellipse', x: -1e7, y: -1e7, width: 2e7, height: 2e7, fillStyle: 'cross-hatch', backgroundColor: '#00ff0010', strokeWidth: 0.0001, roughness: 3 },
  'huge-zigzag': { type: 'diamond', x: -1e7, y: -1e7, width: 2e7, height: 2e7, fillStyle: 'zigzag', backgroundColor: '#0000ff10', strokeWidth: 1e-300 },
  'fine-dashes': { type: 'line', x: -1e7, y: 60, points: [[0, 0], [2e7, 1]], strokeStyle: 'dotted', strokeWidth: 0.001 },
  'fine-dashed-box': { type: 'rectangle', x: -1e7, y: -1e7, width: 2e7, height: 2e7, strokeStyle: 'dashed', strokeWidth: 0.001 },
  thick: { type: 'arrow', x: 0, y: 0, points: [[0, 0], [5, 5]], strokeWidth: 1e300 },
  negative: { type: 'rectangle', x: 0, y: 0, width: -500, height: -1e300, opacity: -5, roundness: { type: 99, value: -1 } },
  'wrong-kinds': { type: 'rectangle', x: 'left', y: [], width: {}, height: null, strokeColor: 7, backgroundColor: 'url(#x)', groupIds: 'all', text: 12, points: 'none', locked: 'yes', link: {}, boundElements: 3, index: 9 },
  points: { type: 'line', x: 0, y: 0, points: [[NaN, 1], 'x', null, [], [1], [huge, -huge], {}, [3, 4, 5]] },
  'no-points': { type: 'arrow', x: 5, y: 5, startArrowhead: 'bomb', endArrowhead: 9 },
  ink: { type: 'freedraw', x: 0, y: 0, width: 10, height: 10, ink: new Uint8Array([1, 1, 2, 255, 255, 255, 255, 15, 1, 2, 3]) },
  'ink-text': { type: 'freedraw', x: 0, y: 0, ink: 'ink', points: [[0, 0], [1e9, NaN]], pressures: ['a', -4, 1e9] },
  'ink-version': { type: 'freedraw', x: 0, y: 0, ink: new Uint8Array([9, 0, 0, 1, 0, 0]) },
  self: { type: 'arrow', x: 0, y: 0, points: [[0, 0], [9, 9]], startBinding: { elementId: 'self', fixedPoint: [NaN, 7] }, endBinding: 'self', frameId: 'self' },
  pair: { type: 'arrow', x: 0, y: 0, points: [[0, 0], [9, 9]], startBinding: { elementId: 'pair2', fixedPoint: [1, 1] } },
  pair2: { type: 'arrow', x: 0, y: 0, points: [[0, 0], [9, 9]], startBinding: { elementId: 'pair', fixedPoint: [0, 0] } },
  frame: { type: 'frame', x: 300, y: 300, width: 50, height: 50, frameId: 'frame', name: 17 },
  font: { type: 'text', x: 200, y: 200, text: 'Big', fontSize: 1e9, fontFamily: 'Comic', lineHeight: -3, textAlign: 4 },
  'font-zero': { type: 'text', x: 200, y: 250, text: 'Zero', fontSize: 0, lineHeight: 0, autoResize: false, width: 0 },
  'font-nan': { type: 'text', x: 200, y: 280, text: 'NaN\u0000\u202e', fontSize: NaN, lineHeight: huge },
  'long-text': { type: 'note', x: 400, y: 100, width: 100, height: 100, text: '\u0301x'.repeat(30000) },
  image: { type: 'image', x: 500, y: 100, width: 100, height: 100, fileId: 'weft:asset/../../etc/passwd' },
  'image-url': { type: 'image', x: 600, y: 100, width: 100, height: 100, fileId: 'file:///etc/passwd' },
  '': { type: 'rectangle', x: 0, y: 400, width: 10, height: 10 },
  'line\nbreak': { type: 'rectangle', x: 20, y: 400, width: 10, height: 10 }
}
const strangers = { string: 'not an element', number: 5, nothing: null, list: [1, 2], object: { type: 'rectangle', x: 1 } }

const noteDelta = [
  { insert: 'Colourful', attributes: { sparkle: { a: [1, NaN] }, color: 'nonsense', bold: 'perhaps', size: 1e308 } },
  { insert: '\n', attributes: { header: 99, indent: 1e9, list: 17, align: {} } },
  { insert: { video: 'https://example.org/v' } },
  { insert: { formula: { deep: { deeper: 'x' } } } },
  { insert: { image: 12 }, attributes: { width: 'wide' } },
  { insert: { image: 'file:///etc/passwd' } },
  { insert: { divider: null } },
  { insert: 'A link', attributes: { link: 'javascript:alert(1)', code: 3 } },
  { insert: ' and <b>markup</b> \u202e\u0007\u2028' },
  { insert: '\n', attributes: { 'code-block': 9, list: 'unheard-of', blockquote: [] } },
  { insert: 'x'.repeat(20000) + '\n' },
  { insert: 'The end of the strange note' }
]

const later = ms => new Promise(resolve => setTimeout(resolve, ms))
const tree = join(notebook)
const pages = [1, 2, 3].map(n => join(`${notebook}/${pageId(n)}`))
const [table, note, board] = pages
await Promise.all([tree, ...pages].map(p => p.synced))

if (mode === 'write') {
  addPage(tree.doc, 1, 'a1', { title: 'Strange kind', kind: 'spreadsheet', icon: NaN, created: 'yesterday' })
  addPage(tree.doc, 2, 'a2', { title: 'Strange note', kind: 'note', icon: { a: 1 } })
  addPage(tree.doc, 3, 'a3', { title: 'Strange board', kind: 'board', tags: 5 })
  addPage(tree.doc, 4, 'a4', { title: 12, kind: ['note'] })
  tree.doc.getArray('ops').push(['no op', new Uint8Array([1, 1, 2]), new Uint8Array([99, 1, 2]), null])
  tree.doc.getMap('edited').set(pageId(2), 'not a number')
  tree.doc.getMap('users').set('Mallory', 5)
  tree.doc.getArray('stretches').push([[NaN, 'a', {}], 5, null])
  table.doc.getMap('cells').set('A1', '=SUM(B1:B9)')
  note.doc.getText('quill').applyDelta(noteDelta, { sanitize: false })
  note.doc.getText('quill').insertEmbed(0, new Y.Map([['kind', 'nested']]))
  note.doc.getMap('users').set('Mallory', new Y.Map([['ids', 'x'], ['ds', new Y.Array()]]))
  const map = board.doc.getMap('board')
  board.doc.transact(() => {
    for (const [id, properties] of Object.entries(elements)) map.set(id, new Y.Map(Object.entries(properties)))
    for (const [id, value] of Object.entries(strangers)) map.set(id, value)
    map.set('text-type', new Y.Text('not an element'))
    map.set('array-type', new Y.Array())
    map.set('label-array', new Y.Map([['type', 'rectangle'], ['text', new Y.Array()], ['x', new Y.Map()]]))
  })
  for (const { provider } of [tree, ...pages]) {
    provider.awareness.setLocalState({
      user: { name: 'Mallory <b>\n' + '\u202e'.repeat(300), color: 'url(x)', id: 7 },
      page: { not: 'a page' },
      cursor: { anchor: { type: 9, tname: 5, item: 'x' }, head: 'nowhere' },
      pointer: { x: NaN, y: 'b', tool: 9 },
      selectedElementIds: { self: true, nobody: 1, '': NaN },
      live: { id: 5, type: 'freedraw', ink: '!!!', x: 1e300, y: null, start: -1e99, strokeWidth: 1e9, move: { self: [NaN, 'x'], unknown: 5 } }
    })
  }
  await later(700)
  console.log('written')
  process.stdin.resume()
  await new Promise(resolve => process.stdin.on('end', resolve))
} else {
  const fail = what => { console.log(`lost: ${what}`); process.exit(1) }
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)
  await later(300)
  if (table.doc.getMap('cells').get('A1') !== '=SUM(B1:B9)') fail('the cell of a page of unknown kind')
  const map = board.doc.getMap('board')
  for (const [id, properties] of Object.entries(elements)) {
    for (const [key, value] of Object.entries(properties)) {
      const kept = map.get(id)?.get?.(key)
      if (!same(kept?.toJSON?.() ?? kept, value)) fail(`${key} of element “${id}”: ${JSON.stringify(kept)?.slice(0, 200)}`)
    }
  }
  for (const [id, value] of Object.entries(strangers)) if (!same(map.get(id), value)) fail(`“${id}” of the board`)
  const delta = note.doc.getText('quill').toDelta()
  const kept = delta.map(op => JSON.stringify(op))
  for (const op of noteDelta) {
    const text = typeof op.insert === 'string' ? op.insert : null
    const found = delta.some(d => same(d.attributes, op.attributes) && (text === null ? same(d.insert, op.insert)
      : typeof d.insert === 'string' && d.insert.includes(text)))
    if (!found) fail(`${JSON.stringify(op).slice(0, 200)} of the note: ${kept.join(' ').slice(0, 2000)}`)
  }
  console.log('all there')
}
process.exit(0)
