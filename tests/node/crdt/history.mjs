// history.mjs - random histories of real Yjs peers, for test-history.c to replay
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node history.mjs SEED COUNT [KIND...]: prints, one JSON array a line, what each peer does and what
// Yjs then has: the updates that each transaction emitted, and at the end JSON, state vector and the
// whole update of every peer. KIND limits what is edited: text, typing, marks, map, array, nested, xml,
// undo, gc, surrogates.

import * as Y from 'yjs'
import { makeRandom } from './random.mjs'

const seed = Number(process.argv[2] ?? 1)
const count = Number(process.argv[3] ?? 10)
const kinds = process.argv.slice(4)

const { random, int, chance, pick } = makeRandom(seed)

const out = []
const hex = bytes => Buffer.from(bytes).toString('hex')
const say = (...line) => {
  out.push(JSON.stringify(line))
  if (out.length > 500) flush()
}
const flush = () => {
  if (out.length) process.stdout.write(out.join('\n') + '\n')
  out.length = 0
}

// Values as weft_any_to_json() prints them.
const plain = value => {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (typeof value === 'bigint') return { $bigint: String(value) }
  if (value === undefined) return { $undefined: true }
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
  }
  return value
}

const letters = 'abcdefghijklmnopqrstuvwxyz \n'
const wide = ['é', '字', '😀', '𝄞', 'ß', '\u{1F469}\u200D\u{1F4BB}']
const words = (surrogates) => {
  let text = ''
  for (let n = 1 + int(chance(0.2) ? 12 : 3); n > 0; n--) {
    text += chance(surrogates ? 0.5 : 0.05) ? pick(wide) : letters[int(letters.length)]
  }
  return text
}
const scalar = () => pick([
  () => int(100), () => -int(1e6), () => random(), () => 1.5, () => 'v' + int(50), () => true, () => false,
  () => null, () => 2 ** 40 + int(1000), () => 3e9, () => 'ü😀', () => -2147483648, () => 2147483648
])()
const value = () => pick([
  scalar, scalar, () => ({ a: scalar(), b: [scalar()] }), () => [scalar(), scalar()], () => ({}), () => [],
  () => new Uint8Array([int(256), int(256)]), () => BigInt(int(1000)) * 10000000000n
])()
const marks = () => {
  const attributes = {}
  for (let n = 1 + int(2); n > 0; n--) {
    attributes[pick(['bold', 'italic', 'color', 'link'])] = pick([true, true, null, null, 'red', 'blue', { href: 'x' }])
  }
  return attributes
}
const keys = ['a', 'b', 'c', 'dd', 'ключ']

const isPairInside = (text, index) => {
  const s = text.toDelta().map(op => typeof op.insert === 'string' ? op.insert : '*').join('')
  const code = s.charCodeAt(index)
  return index > 0 && index < s.length && code >= 0xdc00 && code <= 0xdfff
}

class Peer {
  constructor (index, id, gc, undo, foreign) {
    this.index = index
    this.foreign = foreign
    this.doc = new Y.Doc({ gc })
    this.doc.clientID = id
    this.roots = { t: this.doc.getText('t'), m: this.doc.getMap('m'), a: this.doc.getArray('a'), x: this.doc.getXmlFragment('x') }
    this.sent = []
    this.emitted = []
    this.cleanups = []
    this.inbox = []
    this.delivering = false
    this.doc.on('update', (update, origin, doc, tr) => {
      if (this.delivering && tr.local) this.cleanups.push(update)
      else this.emitted.push(update)
      this.sent.push(update)
    })
    if (undo) {
      this.undo = new Y.UndoManager(Object.values(this.roots), {
        captureTimeout: 1e12,
        // What Yjs cleans up by itself is no step; the other side gets it as a remote update.
        captureTransaction: tr => !this.delivering || !tr.local
      })
    }
  }

  types (test) {
    const found = []
    const walk = type => {
      if (test(type)) found.push(type)
      if (type._map) for (const item of type._map.values()) if (!item.deleted && item.content.type) walk(item.content.type)
      for (let item = type._start; item; item = item.right) if (!item.deleted && item.content.type) walk(item.content.type)
    }
    Object.values(this.roots).forEach(walk)
    return found
  }
}

const path = type => type._item === null
  ? Object.entries({ t: 't', m: 'm', a: 'a', x: 'x' }).find(([k]) => type.doc.share.get(k) === type)[0]
  : [type._item.id.client, type._item.id.clock]

const fresh = (kind) => [() => new Y.Array(), () => new Y.Map(), () => new Y.Text(), () => new Y.XmlElement('Div'), null, null,
  () => new Y.XmlText()][kind]()

const isText = type => type instanceof Y.Text
const isList = type => type instanceof Y.Array || (type instanceof Y.XmlFragment)
const isMap = type => type instanceof Y.Map || type instanceof Y.XmlElement

const edit = (peer, config) => {
  const at = peer.index
  const tell = peer.foreign ? () => {} : say
  const choice = random()
  if (config.text && choice < (config.map ? 0.55 : 1)) {
    const candidates = peer.types(isText)
    if (!candidates.length) return
    const text = chance(0.6) ? peer.roots.t : pick(candidates)
    let position = int(text.length + 1)
    if (!peer.foreign) while (isPairInside(text, position)) position--
    const what = random()
    if (what < 0.5 || text.length === 0) {
      if (config.marks && chance(0.1)) {
        const embed = { image: int(9) }
        const attributes = chance(0.5) ? marks() : null
        tell('embed', at, path(text), position, embed, attributes)
        text.insertEmbed(position, embed, attributes ?? undefined)
      } else {
        const string = words(config.surrogates)
        const attributes = config.marks && chance(0.3) ? marks() : null
        tell('insert', at, path(text), position, string, attributes)
        text.insert(position, string, attributes ?? undefined)
      }
    } else if (what < 0.8 || !config.marks) {
      if (position === text.length) position = 0
      let length = 1 + int(Math.min(text.length - position, chance(0.2) ? 20 : 3))
      if (!peer.foreign) while (isPairInside(text, position + length)) length++
      tell('delete', at, path(text), position, length)
      text.delete(position, length)
    } else if (what < 0.95) {
      if (position === text.length) position = 0
      let length = 1 + int(text.length - position)
      if (isPairInside(text, position)) position--
      while (isPairInside(text, position + length)) length++
      length = Math.min(length, text.length - position)
      const attributes = marks()
      tell('format', at, path(text), position, length, attributes)
      text.format(position, length, attributes)
    } else {
      const ops = []
      if (isPairInside(text, position)) position--
      if (position > 0) ops.push(chance(0.5) ? { retain: position } : { retain: position, attributes: marks() })
      ops.push({ insert: words(config.surrogates), attributes: marks() })
      if (position < text.length) {
        let length = 1 + int(text.length - position)
        while (isPairInside(text, position + length)) length++
        ops.push({ delete: length })
      }
      tell('delta', at, path(text), ops)
      text.applyDelta(ops)
    }
  } else if (config.map && choice < 0.8) {
    const candidates = peer.types(isMap)
    const map = chance(0.4) ? peer.roots.m : pick(candidates)
    const element = map instanceof Y.XmlElement
    const key = pick(keys)
    const what = random()
    if (what < 0.65) {
      const v = element ? 'w' + int(20) : value()
      tell('set', at, path(map), key, plain(v))
      element ? map.setAttribute(key, v) : map.set(key, v)
    } else if (what < 0.8 && config.nested && !element) {
      const kind = pick([0, 1, 2, 3, 6])
      tell('settype', at, path(map), key, kind, 'Div')
      map.set(key, fresh(kind))
    } else {
      tell('remove', at, path(map), key)
      element ? map.removeAttribute(key) : map.delete(key)
    }
  } else if (config.array) {
    const candidates = peer.types(isList)
    const list = chance(0.4) ? peer.roots.a : pick(candidates)
    const xml = list instanceof Y.XmlFragment
    const index = int(list.length + 1)
    const what = random()
    if (what < 0.4 && !xml) {
      const values = Array.from({ length: 1 + int(4) }, value).filter(v => typeof v !== 'bigint')
      if (!values.length) return
      tell('values', at, path(list), index, plain(values))
      list.insert(index, values)
    } else if (what < 0.6 && (config.nested || xml)) {
      const kind = xml ? pick([3, 6]) : pick([0, 1, 2, 3, 6])
      tell('type', at, path(list), index, kind, 'Div')
      list.insert(index, [fresh(kind)])
    } else if (list.length > 0) {
      const start = int(list.length)
      const length = 1 + int(Math.min(list.length - start, 4))
      tell('cut', at, path(list), start, length)
      list.delete(start, length)
    }
  }
}

// As people edit: on where the last edit ended, or somewhere else, key by key, each a transaction of its own.
const keystroke = (peer, config) => {
  const text = peer.roots.t
  let at = peer.cursor ?? 0
  if (at > text.length || chance(config.jumps)) at = int(text.length + 1)
  while (isPairInside(text, at)) at--
  const what = random()
  const n = chance(0.9) ? 1 : 2 + int(4)
  if (what < 0.6 || text.length === 0) {
    const string = chance(0.9) ? letters[int(letters.length)] : words(config.surrogates)
    say('insert', peer.index, 't', at, string, null)
    text.insert(at, string)
    peer.cursor = at + string.length
  } else {
    let from = what < 0.8 ? Math.max(at - n, 0) : at
    let to = what < 0.8 ? at : Math.min(at + n, text.length)
    while (isPairInside(text, from)) from--
    while (isPairInside(text, to)) to++
    if (to === from) return
    say('delete', peer.index, 't', from, to - from)
    text.delete(from, to - from)
    peer.cursor = from
  }
}

const typing = (peer, config) => {
  const before = peer.sent.length
  const hold = { ...config }
  for (let n = 1 + int(12); n > 0; n--) {
    keystroke(peer, hold)
    say('emitted', peer.index, peer.emitted.map(hex))
    peer.emitted = []
  }
  return peer.sent.slice(before)
}

const transaction = (peer, config, n) => {
  const tell = peer.foreign ? () => {} : say
  const before = peer.sent.length
  if (n > 1) tell('begin', peer.index)
  peer.doc.transact(() => { for (let i = 0; i < n; i++) edit(peer, config) })
  if (n > 1) tell('commit', peer.index)
  tell('emitted', peer.index, peer.emitted.map(hex))
  peer.emitted = []
  return peer.sent.slice(before)
}

const deliver = (peer, update) => {
  const tell = peer.foreign ? () => {} : say
  peer.delivering = true
  tell('apply', peer.index, hex(update))
  Y.applyUpdate(peer.doc, update, 'remote')
  peer.delivering = false
  tell('emitted', peer.index, peer.emitted.map(hex))
  peer.emitted = []
  // What Yjs cleaned up by itself: the other side gets it as an update.
  for (const cleanup of peer.cleanups) {
    tell('apply', peer.index, hex(cleanup))
    tell('emitted', peer.index, [hex(cleanup)])
  }
  const cleanups = peer.cleanups
  peer.cleanups = []
  return cleanups
}

// Neighbours that say the same are one operation here.
const join = delta => {
  const ops = []
  const sorted = object => JSON.stringify(Object.entries(object ?? {}).sort())
  for (const op of delta) {
    const last = ops[ops.length - 1]
    if (last && typeof op.insert === 'string' && typeof last.insert === 'string' && sorted(op.attributes) === sorted(last.attributes)) {
      last.insert += op.insert
    } else ops.push({ ...op })
  }
  return ops
}

// Relative positions made at one time by any peer are resolved later by others.
const positions = []
const makePosition = peer => {
  if (peer.foreign) return
  const list = pick([peer.roots.t, peer.roots.a])
  const index = int(list.length + 1)
  const assoc = pick([0, -1])
  const position = Y.createRelativePositionFromTypeIndex(list, index, assoc)
  say('position', peer.index, path(list), index, assoc, hex(Y.encodeRelativePosition(position)), Y.relativePositionToJSON(position))
  positions.push(position)
}
const resolvePosition = peer => {
  if (peer.foreign || positions.length === 0) return
  const position = pick(positions)
  const absolute = Y.createAbsolutePositionFromRelativePosition(position, peer.doc)
  say('resolve', peer.index, hex(Y.encodeRelativePosition(position)), absolute === null ? null : absolute.index)
}

const check = peer => {
  if (peer.foreign) return
  const json = Object.fromEntries(Object.entries(peer.roots).map(([name, type]) => [name, plain(type.toJSON())]))
  const delta = join(peer.roots.t.toDelta())
  say('check', peer.index, json, delta, hex(Y.encodeStateVector(peer.doc)), hex(Y.encodeStateAsUpdate(peer.doc)))
}

// What an empty document makes of an update that holds everything: of a state, and of all updates put
// together, whose structs are cut where no state would cut them.
const load = (update, gc) => {
  const doc = new Y.Doc({ gc })
  Y.applyUpdate(doc, update)
  doc.getText('t')
  const keys = [...doc.getMap('m').keys()]
  say('load', gc, hex(update), hex(Y.encodeStateAsUpdate(doc)), hex(Y.encodeStateAsUpdateV2(doc)), keys,
    hex(Y.convertUpdateFormatV1ToV2(update)))
}

const history = number => {
  const on = kind => kinds.length ? kinds.includes(kind) : chance(0.6)
  const config = {
    text: on('text'), marks: on('marks'), map: on('map'), array: on('array'), nested: on('nested'), surrogates: on('surrogates'),
    undo: on('undo'), gc: on('gc'), typing: on('typing')
  }
  config.jumps = pick([0.05, 0.05, 0.3, 0.8])
  // A history of text alone, without marks and undo, is what the engine's shortest way is for.
  if (config.typing && !kinds.length && chance(0.5)) config.marks = config.undo = config.map = config.array = false
  if (config.typing || (!config.text && !config.map && !config.array)) config.text = true
  if (config.marks) config.text = true
  const n = 2 + int(4)
  const ids = new Set()
  while (ids.size < n) ids.add(pick([() => int(128), () => int(2 ** 31) * 2 + int(2), () => 2 ** 53 - 1 - int(1000)])())
  // One peer may be Yjs alone; it may cut surrogate pairs.
  const foreign = config.surrogates && !config.undo && chance(0.5) ? 0 : -1
  const peers = [...ids].map((id, i) => new Peer(i, id, config.gc, config.undo, i === foreign))
  say('history', number, seed, [...ids], config.gc, config.undo, foreign >= 0)

  positions.length = 0
  const send = (from, updates) => {
    for (const peer of peers) {
      if (peer === from) continue
      for (const update of updates) {
        if (chance(0.4)) peer.inbox.splice(int(peer.inbox.length + 1), 0, update)
        else peer.inbox.push(update)
        if (chance(0.05)) peer.inbox.push(update)
      }
    }
  }

  for (let step = 10 + int(chance(0.2) ? 120 : 40); step > 0; step--) {
    const peer = pick(peers)
    const what = random()
    if (what < 0.55) {
      if (config.typing && !peer.foreign && chance(0.8)) send(peer, typing(peer, config))
      else send(peer, transaction(peer, config, chance(0.6) ? 1 : 1 + int(4)))
    } else if (what < 0.65 && peer.undo) {
      const before = peer.sent.length
      const deed = pick(['undo', 'undo', 'redo', 'stop'])
      if (deed === 'stop') peer.undo.stopCapturing()
      else peer.undo[deed]()
      say(deed, peer.index)
      say('emitted', peer.index, peer.emitted.map(hex))
      peer.emitted = []
      send(peer, peer.sent.slice(before))
    } else {
      for (let i = chance(0.3) ? peer.inbox.length : 1 + int(3); i > 0 && peer.inbox.length > 0; i--) {
        send(peer, deliver(peer, peer.inbox.shift()))
      }
      if (chance(0.1)) check(peer)
    }
    if (chance(0.1)) makePosition(peer)
    if (chance(0.2)) resolvePosition(peer)
  }

  for (let busy = true; busy;) {
    busy = false
    for (const peer of peers) {
      while (peer.inbox.length > 0) {
        busy = true
        send(peer, deliver(peer, peer.inbox.shift()))
      }
    }
  }
  peers.forEach(check)

  const whole = pick(peers)
  load(Y.encodeStateAsUpdate(whole.doc), chance(0.5))
  const all = peers.flatMap(peer => peer.sent)
  const some = all.filter(() => chance(0.95))
  if (all.length > 0) load(Y.mergeUpdates(all), config.gc)
  if (some.length > 0 && chance(0.3)) load(Y.mergeUpdates(some), config.gc)
}

for (let i = 0; i < count; i++) history(i)
flush()
