// make-traces.mjs - editing traces from a seed, for whoever has no recorded ones
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node make-traces.mjs FOLDER [NAME...]: writes the named traces, or all, as FOLDER/NAME.crt?.gz; those that are there
// are left alone. The kinds are those of recorded sessions and of dmonad/crdt-benchmarks (the names B... and MAP say
// which); what they measure of an engine is the same, their figures are not.

import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as Y from 'yjs'
import { makeRandom } from '../crdt/random.mjs'
import { TraceWriter } from './trace.mjs'

const makeWriter = seed => {
  const { random, int } = makeRandom(seed)
  const letters = 'abcdefghijklmnopqrstuvwxyz '
  const word = n => { let text = ''; while (n-- > 0) text += letters[int(letters.length)]; return text }
  return { random, int, word, letter: () => letters[int(letters.length)] }
}

// A text that millions of edits at any place change fast: pieces of up to some thousand characters.
class Text {
  constructor (text = '') {
    this.pieces = []
    for (let i = 0; i < text.length; i += 1024) this.pieces.push(text.slice(i, i + 1024))
    if (!this.pieces.length) this.pieces.push('')
    this.length = text.length
  }

  edit (pos, del, ins) {
    this.length += ins.length - del
    let i = 0
    while (i + 1 < this.pieces.length && pos > this.pieces[i].length) pos -= this.pieces[i++].length
    this.pieces[i] = this.pieces[i].slice(0, pos) + ins + this.pieces[i].slice(pos)
    for (pos += ins.length; del > 0; i++, pos = 0) {
      const n = Math.min(del, this.pieces[i].length - pos)
      this.pieces[i] = this.pieces[i].slice(0, pos) + this.pieces[i].slice(pos + n)
      del -= n
      if (del === 0) break
    }
    if (this.pieces[i].length > 4096) this.pieces.splice(i, 1, this.pieces[i].slice(0, 2048), this.pieces[i].slice(2048))
  }

  toString () { return this.pieces.join('') }
}

const writeSequence = (path, base, ops) => {
  const text = new Text(base)
  for (const [pos, del, ins] of ops) text.edit(pos, del, ins)
  const writer = new TraceWriter('X').u32(ops.length).str(base).str(text.toString())
  for (const op of ops) writer.patch(...op)
  writer.save(path)
}

// Somebody writes a paper: one character at a time, words and then a few characters taken back, jumps that are mostly
// near. As in recorded sessions, 98 of 100 edits go on where the last one ended.
const paper = path => {
  const { random, int, letter } = makeWriter(1)
  const ops = []
  let length = 0
  let at = 0
  while (ops.length < 260000) {
    for (let n = 1 + int(70); n > 0; n--, length++) ops.push([at++, 0, letter()])
    if (random() < 0.6) for (let n = Math.min(1 + int(49), at); n > 0; n--, length--) ops.push([--at, 1, ''])
    if (random() < 0.8) at = random() < 0.8 ? Math.max(0, Math.min(length, at + int(513) - 256)) : int(length + 1)
  }
  writeSequence(path, '', ops)
}

const randomInMillion = path => {
  const { int, word, letter } = makeWriter(2)
  const base = word(1000000)
  const ops = []
  for (let i = 0; i < 20000; i++) ops.push([int(base.length + i + 1), 0, letter()])
  writeSequence(path, base, ops)
}

const appended = path => {
  const { letter } = makeWriter(3)
  writeSequence(path, '', Array.from({ length: 6000 }, (_, i) => [i, 0, letter()]))
}

const scattered = path => {
  const { int, letter } = makeWriter(4)
  writeSequence(path, '', Array.from({ length: 6000 }, (_, i) => [int(i + 1), 0, letter()]))
}

const scatteredWords = path => {
  const { int, word } = makeWriter(5)
  let length = 0
  writeSequence(path, '', Array.from({ length: 6000 }, () => {
    const ins = word(2 + int(8))
    length += ins.length
    return [int(length - ins.length + 1), 0, ins]
  }))
}

// Two write at the same time in what they share, and give each other everything in the end.
const twoSides = path => {
  const { int, word, random } = makeWriter(7)
  const base = word(100)
  const side = () => {
    let length = base.length
    return Array.from({ length: 6000 }, () => {
      if (random() < 0.5 && length > 20) {
        const del = Math.min(1 + int(9), length - 1)
        length -= del
        return [int(length + 1), del, '']
      }
      const ins = word(2 + int(8))
      length += ins.length
      return [int(length - ins.length + 1), 0, ins]
    })
  }
  const writer = new TraceWriter('C').u32(2).u32(3).u32(0).str('')
  writer.u32(0).u32(0).u32(1).patch(0, 0, base)
  for (const agent of [0, 1]) {
    const ops = side()
    writer.u32(agent).u32(1).u32(0).u32(ops.length)
    for (const op of ops) writer.patch(...op)
  }
  writer.save(path)
}

// Three people write with a delay: each transaction follows what its author had seen.
const people = path => {
  const { int, letter, random } = makeWriter(8)
  const docs = [0, 1, 2].map(i => { const doc = new Y.Doc(); doc.clientID = i + 1; return doc })
  const updates = []
  const seen = [0, 0, 0]
  const txns = []
  const cursors = [0, 0, 0]
  for (let i = 0; i < 24000; i++) {
    const agent = int(3)
    const text = docs[agent].getText('text')
    const last = txns.findLastIndex?.(t => t.agent === agent) ?? -1
    const parents = new Set(last >= 0 ? [last] : [])
    if (random() < 0.05) {
      for (; seen[agent] < i; seen[agent]++) Y.applyUpdate(docs[agent], updates[seen[agent]])
      for (const other of [0, 1, 2]) {
        const newest = txns.findLastIndex(t => t.agent === other)
        if (newest >= 0) parents.add(newest)
      }
    }
    if (int(40) === 0) cursors[agent] = int(text.length + 1)
    const at = Math.min(cursors[agent], text.length)
    const patch = at > 0 && random() < 0.25 ? [at - 1, 1, ''] : [at, 0, letter()]
    cursors[agent] = patch[0] + patch[2].length
    const before = Y.encodeStateVector(docs[agent])
    text.doc.transact(() => patch[1] ? text.delete(patch[0], patch[1]) : text.insert(patch[0], patch[2]))
    updates.push(Y.encodeStateAsUpdate(docs[agent], before))
    txns.push({ agent, parents: [...parents].sort((a, b) => a - b), patch })
  }
  const writer = new TraceWriter('C').u32(3).u32(txns.length).u32(0).str('')
  for (const { agent, parents, patch } of txns) {
    writer.u32(agent).u32(parents.length)
    for (const parent of parents) writer.u32(parent)
    writer.u32(1).patch(...patch)
  }
  writer.save(path)
}

// A whiteboard: elements of twelve properties, mostly moved about.
const board = (path, nElements = 10000, nUpdates = 200000) => {
  const { int, random } = makeWriter(9)
  const keys = ['id', 'type', 'x', 'y', 'width', 'height', 'angle', 'stroke', 'fill', 'seed', 'version', 'text']
  const writer = new TraceWriter('M').u32(nElements).u32(keys.length).u32(nUpdates)
  const text = s => writer.u8(2).u8(s.length).raw(Buffer.from(s))
  const put = (key, i) => {
    switch (key) {
      case 'id': return text('element-' + i)
      case 'type': return text(['rectangle', 'ellipse', 'arrow', 'text'][int(4)])
      case 'stroke': case 'fill': return text('#' + int(0x1000000).toString(16).padStart(6, '0'))
      case 'text': return text('note ' + int(1000))
      case 'seed': case 'version': return writer.u8(0).u32(int(2 ** 31))
      default: return random() < 0.5 ? writer.u8(0).u32(int(5000)) : writer.u8(1).f64(random() * 5000)
    }
  }
  for (const key of keys) writer.u8(key.length).raw(Buffer.from(key))
  for (let i = 0; i < nElements; i++) for (const key of keys) put(key, i)
  for (let i = 0; i < nUpdates; i++) {
    const key = random() < 0.7 ? 2 + int(2) : int(keys.length)
    writer.u32(int(nElements)).u8(key)
    put(keys[key], i)
  }
  writer.save(path)
}

const manyKeys = path => {
  const { int } = makeWriter(10)
  const writer = new TraceWriter('M').u32(100000).u32(1).u32(50000).u8(1).raw(Buffer.from('n'))
  for (let i = 0; i < 100000; i++) writer.u8(0).u32(i)
  for (let i = 0; i < 50000; i++) writer.u32(int(100000)).u8(0).u8(0).u32(i)
  writer.save(path)
}

const numbers = path => {
  const { int } = makeWriter(11)
  const writer = new TraceWriter('A').u32(6000)
  for (let i = 0; i < 6000; i++) writer.u32(int(i + 1)).u32(1).u32(int(2 ** 31))
  writer.save(path)
}

const millionNumbers = path => {
  const { int } = makeWriter(12)
  const writer = new TraceWriter('A').u32(20001).u32(0).u32(1000000)
  for (let i = 0; i < 1000000; i++) writer.u32(i)
  for (let i = 0; i < 20000; i++) writer.u32(int(1000000 + i)).u32(1).u32(int(2 ** 31))
  writer.save(path)
}

// A megabyte of text with 300,000 deletions in it, and then writing anywhere in it.
const deletions = path => {
  const { int, word, letter } = makeWriter(6)
  const writer = new TraceWriter('F').u32(302000).u32(300000).str(word(1000000))
  for (let i = 0; i < 300000; i++) writer.u8(1).u32(i * 3 + int(2)).u32(1).str('')
  for (let i = 0; i < 2000; i++) {
    const pos = int(690000)
    if (int(4) > 0) writer.u8(0).u32(pos).u32(0).str(letter())
    else writer.u8(1).u32(pos).u32(1 + int(3)).str('')
  }
  writer.save(path)
}

// A megabyte of text with 100,000 marks, and then writing and marking anywhere in it.
const formats = path => {
  const { int, word, letter } = makeWriter(13)
  const writer = new TraceWriter('F').u32(100500).u32(100000).str(word(1000000))
  // Apart from each other, or marks would join.
  for (let i = 0; i < 100000; i++) writer.u8(2).u32(i * 10).u32(3 + int(4)).str('')
  for (let i = 0; i < 500; i++) {
    const pos = int(990000)
    const deed = int(4)
    if (deed === 0) writer.u8(0).u32(pos).u32(0).str(letter())
    else writer.u8(deed).u32(pos).u32(1 + int(3)).str('')
  }
  writer.save(path)
}

// One update of the second format by two people who wrote at the same time, thousands of times.
const twoUsers = path => {
  const { int, word, random } = makeWriter(14)
  const docs = [11, 22].map(id => { const doc = new Y.Doc(); doc.clientID = id; return doc })
  for (let round = 0; round < 2500; round++) {
    for (const doc of docs) {
      const text = doc.getText('text')
      let at = int(text.length + 1)
      doc.transact(() => {
        for (let n = 0; n < 8; n++) {
          if (random() < 0.2 && at > 5) { at -= 4; text.delete(at, 4) } else { const ins = word(4 + int(40)); text.insert(at, ins); at += ins.length }
          if (int(3) === 0) at = int(text.length + 1)
        }
      })
    }
    if (round % 5 === 4) {
      const [a, b] = docs
      const diff = Y.encodeStateAsUpdate(a, Y.encodeStateVector(b))
      Y.applyUpdate(a, Y.encodeStateAsUpdate(b, Y.encodeStateVector(a)))
      Y.applyUpdate(b, diff)
    }
  }
  const update = Y.encodeStateAsUpdateV2(docs[0])
  new TraceWriter('U').u32(2).str(docs[0].getText('text').toString()).u32(update.length).raw(update).save(path)
}

export const traces = {
  paper: ['x', paper],
  'random-1M': ['x', randomInMillion],
  board: ['m', board],
  appended: ['x', appended],
  scattered: ['x', scattered],
  'scattered-words': ['x', scatteredWords],
  numbers: ['a', numbers],
  'two-sides': ['c', twoSides],
  people: ['c', people],
  'two-users': ['u', twoUsers],
  'deep-deletions': ['f', deletions],
  'deep-formats': ['f', formats],
  'deep-array': ['a', millionNumbers],
  'deep-map': ['m', manyKeys]
}

// The file of @name in @folder, made where it is missing.
export const makeTrace = (folder, name) => {
  const [letter, make] = traces[name]
  const path = join(folder, `${name}.crt${letter}.gz`)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    make(path + '.new')
    renameSync(path + '.new', path)
  }
  return path
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, ...names] = process.argv.slice(2)
  if (!folder || names.some(name => !traces[name])) {
    console.error('Usage: node make-traces.mjs FOLDER [NAME...]; names: ' + Object.keys(traces).join(' '))
    process.exit(64)
  }
  for (const name of names.length ? names : Object.keys(traces)) console.log(makeTrace(folder, name))
}
