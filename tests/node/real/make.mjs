// make.mjs - documents as real editors write them, for tests/crdt/test-real.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// cd tests/node/real && npm ci --ignore-scripts --legacy-peer-deps && node make.mjs FOLDER
//
// Writes FOLDER/{quill,prosemirror,board}.json.gz, each with the document in both formats as yjs has it (base64), what yjs reads in it where that is not what is shown, and what the editor
// showed. `again` is what yjs writes after loading it, where that is not the same. From seeds: the same versions write the same
// files.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeRandom } from '../crdt/random.mjs'
import { Y, addPlace, makePair, sentence, tick, words } from './pair.mjs'

const { default: Quill } = await import('quill')
const { QuillBinding } = await import('y-quill')
const { EditorState } = await import('prosemirror-state')
const { EditorView } = await import('prosemirror-view')
const { Schema } = await import('prosemirror-model')
const { schema: basic } = await import('prosemirror-schema-basic')
const { addListNodes } = await import('prosemirror-schema-list')
const { ySyncPlugin, yUndoPlugin, undo } = await import('y-prosemirror')
const { generateKeyBetween } = await import('fractional-indexing')

const quill = async () => {
  // Quill's differ (fast-diff 1.3) never ends on some texts with surrogate pairs.
  const flat = words.filter(word => ![...word].some(c => c.length > 1))
  const chance = makeRandom(101)
  const { int, pick } = chance
  const { docs, meet } = makePair()
  const editor = new Quill(addPlace(), { modules: { toolbar: false } })
  const binding = new QuillBinding(docs[0].getText('quill'), editor)
  for (let i = 0; i < 700; i++) {
    const length = editor.getLength()
    const at = int(length)
    switch (int(10)) {
      case 0: case 1: case 2: case 3: editor.insertText(at, sentence(chance, flat), 'user'); break
      case 4: editor.insertText(at, '\n', 'user'); break
      case 5: editor.deleteText(at, int(12), 'user'); break
      case 6: editor.formatText(at, 1 + int(20), pick([{ bold: true }, { italic: true }, { bold: false }, { link: 'https://example.org/' + int(9) }, { color: '#' + (100 + int(900)) }]), 'user'); break
      case 7: editor.formatLine(at, 1, pick([{ header: 1 + int(3) }, { list: 'bullet' }, { blockquote: true }, { header: false }]), 'user'); break
      case 8: editor.insertText(at, sentence(chance, flat), pick([{ bold: true }, { code: true }, { underline: true }]), 'user'); break
      default: if (int(6) === 0) editor.insertEmbed(at, 'image', 'data:image/gif;base64,R0lGODlhAQABAAAAACw=', 'user')
    }
    // Somebody else writes, too, in the same text at the same time; not in another Quill, as two of them that show the same
    // text can disagree on where its last line break came from.
    const other = docs[1].getText('quill')
    if (int(3) === 0) other.insert(int(other.length), sentence(chance, flat), {})
    if (int(6) === 0 && other.length > 20) other.delete(int(other.length - 10), int(8))
    if (int(12) === 0) meet()
  }
  meet()
  const shown = editor.getContents().ops
  binding.destroy()
  return { doc: docs[0], roots: { quill: 'text' }, shown }
}

const prosemirror = async () => {
  const chance = makeRandom(202)
  const { int, pick } = chance
  const { docs, meet } = makePair()
  const schema = new Schema({ nodes: addListNodes(basic.spec.nodes, 'paragraph block*', 'block'), marks: basic.spec.marks })
  const views = docs.map(doc => new EditorView(addPlace(), {
    state: EditorState.create({ schema, plugins: [ySyncPlugin(doc.getXmlFragment('prosemirror')), yUndoPlugin()] })
  }))
  await tick()
  for (let i = 0; i < 700; i++) {
    const view = pick(views)
    const { state } = view
    const size = state.doc.content.size
    const places = []
    state.doc.descendants((node, pos) => { if (node.isTextblock) places.push([pos + 1, pos + 1 + node.content.size]) })
    const [from, to] = places.length ? pick(places) : [0, 0]
    const at = from + int(to - from + 1)
    let tr = state.tr
    const kind = int(9)
    if (!places.length || kind === 0) {
      const text = schema.text(sentence(chance), int(3) ? [] : [schema.marks.strong.create()])
      tr = tr.insert(size, pick([
        () => schema.nodes.paragraph.create(null, text),
        () => schema.nodes.heading.create({ level: 1 + int(3) }, text),
        () => schema.nodes.blockquote.create(null, schema.nodes.paragraph.create(null, text)),
        () => schema.nodes.bullet_list.create(null, [schema.nodes.list_item.create(null, schema.nodes.paragraph.create(null, text))]),
        () => schema.nodes.code_block.create(null, schema.text('let x = 1\nx++')),
        () => schema.nodes.horizontal_rule.create()
      ])())
    } else if (kind < 4) {
      tr = tr.insertText(sentence(chance), at)
    } else if (kind === 4) {
      tr = tr.delete(at, Math.min(to, at + int(8)))
    } else if (kind < 7 && to > at) {
      const mark = pick([schema.marks.strong.create(), schema.marks.em.create(), schema.marks.link.create({ href: 'https://example.org/', title: null })])
      tr = state.doc.resolve(at).parent.type.spec.code ? tr : tr.addMark(at, Math.min(to, at + 1 + int(10)), mark)
    } else if (kind === 7) {
      tr = state.doc.resolve(at).parent.type.spec.code ? tr : tr.split(at)
    } else if (int(4) === 0) {
      undo(view.state)
      continue
    }
    view.dispatch(tr)
    if (int(20) === 0) { meet(); await tick() }
  }
  meet()
  await tick()
  meet()
  await tick()
  const shown = views.map(view => JSON.stringify(view.state.doc.toJSON()))
  if (shown[0] !== shown[1]) throw new Error('the two editors show different texts')
  return { doc: docs[0], roots: { prosemirror: 'xml' }, shown: JSON.parse(shown[0]) }
}

// The layout of y-excalidraw: an array of maps, each an element (all its properties) and its place in the order.
const board = async () => {
  const { int, random, pick } = makeRandom(303)
  const { docs, meet } = makePair()
  const elements = doc => doc.getArray('elements')
  let last = null
  const element = i => ({
    id: 'el-' + i, type: pick(['rectangle', 'ellipse', 'diamond', 'arrow', 'line', 'text', 'freedraw']), x: random() * 4000 - 2000, y: int(3000),
    width: int(400), height: random() * 300, angle: 0, strokeColor: '#1e1e1e', backgroundColor: 'transparent', fillStyle: 'solid', strokeWidth: 2,
    strokeStyle: 'solid', roughness: 1, opacity: 100, groupIds: int(5) ? [] : ['g' + int(20)], frameId: null, roundness: int(2) ? { type: 3 } : null,
    seed: int(2 ** 31), version: 1 + int(300), versionNonce: int(2 ** 31), isDeleted: false, boundElements: int(4) ? null : [{ id: 'el-' + int(i + 1), type: 'arrow' }],
    updated: 1760000000000 + i, link: null, locked: false, points: int(3) ? undefined : Array.from({ length: 2 + int(30) }, () => [random() * 100, int(100)])
  })
  for (let i = 0; i < 800; i++) {
    const doc = pick(docs)
    last = generateKeyBetween(last, null)
    doc.transact(() => {
      const map = new Y.Map()
      map.set('pos', last)
      map.set('el', element(i))
      elements(doc).push([map])
    })
    for (let n = int(3); n > 0 && elements(doc).length; n--) {
      const map = elements(doc).get(int(elements(doc).length))
      const old = map.get('el')
      map.set('el', { ...old, x: old.x + int(50), y: old.y - random(), version: old.version + 1, versionNonce: int(2 ** 31) })
    }
    if (int(40) === 0 && elements(doc).length > 5) elements(doc).delete(int(elements(doc).length - 2), 1)
    if (int(60) === 0) meet()
  }
  docs[0].getMap('assets').set('file-1', new Uint8Array(Array.from({ length: 2000 }, () => int(256))))
  meet()
  return { doc: docs[0], roots: { elements: 'array', assets: 'map' }, shown: { elements: elements(docs[0]).toJSON() } }
}

const folder = process.argv[2]
if (!folder) { console.error('Usage: node make.mjs FOLDER'); process.exit(64) }
mkdirSync(folder, { recursive: true })
const base64 = bytes => Buffer.from(bytes).toString('base64')
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url)))
for (const [name, make] of Object.entries({ quill, prosemirror, board })) {
  const { doc, roots, shown } = await make()
  const v1 = Y.encodeStateAsUpdate(doc)
  const v2 = Y.encodeStateAsUpdateV2(doc)
  // A copy that was only loaded, as Weft's will be.
  const copy = new Y.Doc()
  Y.applyUpdate(copy, v1)
  const read = {}
  for (const [root, kind] of Object.entries(roots)) {
    read[root] = kind === 'text' ? copy.getText(root).toDelta() : kind === 'xml' ? copy.getXmlFragment(root).toString() : undefined
  }
  const again = [Y.encodeStateAsUpdate(copy), Y.encodeStateAsUpdateV2(copy)]
  const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
  const converted = { v1: sha256(Y.convertUpdateFormatV2ToV1(v2)), v2: sha256(Y.convertUpdateFormatV1ToV2(v1)) }
  const file = { name, packages: dependencies, roots, v1: base64(v1), v2: base64(v2), shown, read, converted }
  if (base64(again[0]) !== file.v1) file.v1Again = base64(again[0])
  if (base64(again[1]) !== file.v2) file.v2Again = base64(again[1])
  const bytes = gzipSync(JSON.stringify(file), { level: 9 })
  bytes.fill(0, 4, 8) // no time in it
  writeFileSync(join(folder, name + '.json.gz'), bytes)
  console.log(`${name}: v1 ${v1.length}, v2 ${v2.length} bytes; ${bytes.length} kept${file.v1Again ? '; yjs itself writes it anew otherwise' : ''}`)
}
process.exit(0)
