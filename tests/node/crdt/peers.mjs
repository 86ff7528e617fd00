// peers.mjs - random histories of real Yjs peers with all that a document can hold, for test-peers.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node peers.mjs SEED COUNT [HISTORY [STEPS]]: prints, one JSON array a line, what each peer does and what
// Yjs then has. Beyond history.mjs: types of every kind in each other, XML, subdocuments, collection of
// deleted content on or off for each peer, both formats, events with path and old values, snapshots and
// what they show, and updates that are merged and cut without a document.
//
// Undo managers of some histories see a part of the document, set keys again over others, or spare embeds.
//
// Each step draws from a seed of its own, so that a history can be told again with some of its steps left
// out: HISTORY is its number, STEPS the numbers of those to keep ("0,4,5"). shrink-peers.mjs does so.

import * as Y from 'yjs'
import { makeRandom } from './random.mjs'
import {
  fresh, isLeftOut, isList, isPairInside, isText, isXml, kindOf, makeTeller, roots, say, seed, tellHistories, unitsOf
} from './teller.mjs'

const { random, int, chance, pick, reset } = makeRandom()
const STEP = 0x6d2b79f5 /* of the dice */
const reseed = (...numbers) => {
  let state = 0
  for (const n of numbers) state = (Math.imul(state ^ n, 0x9e3779b1) + 2 * STEP) >>> 0
  reset(state)
}

// Values as weft_any_to_json() prints them; types by their kind.
const plain = value => {
  if (value instanceof Y.Doc) return value.guid
  if (value instanceof Y.AbstractType) return { $type: kindOf(value) }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (typeof value === 'bigint') return { $bigint: String(value) }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) return { $number: Object.is(value, -0) ? '-0' : String(value) }
  if (value === undefined) return { $undefined: true }
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
  return value
}

const words = () => {
  let text = ''
  for (let n = 1 + int(chance(0.2) ? 10 : 3); n > 0; n--) text += chance(0.15) ? pick(['é', '字', '😀', '𝄞']) : 'abcdefg \n'[int(9)]
  return text
}
const scalar = () => pick([
  () => int(100), () => -int(1e6), () => random(), () => 1.5, () => 'v' + int(50), () => true, () => false, () => null,
  () => 2 ** 40 + int(1000), () => 'ü😀'
])()
const value = () => pick([scalar, scalar, () => ({ a: scalar(), b: [scalar()] }), () => [scalar()], () => ({}), () => new Uint8Array([int(256)])])()
const marks = () => {
  const attributes = {}
  for (let n = 1 + int(2); n > 0; n--) attributes[pick(['bold', 'em', 'link'])] = pick([true, true, null, null, 'red', { href: 'x' }])
  return attributes
}
const keys = ['a', 'b', 'c', 'ключ']

const rootsOf = doc => Object.fromEntries(Object.entries(roots).map(([name, get]) => [name, plain(doc[get](name).toJSON())]))

const teller = makeTeller({ int, chance, pick }, plain, rootsOf)
const { deliver, takeSnapshot, view } = teller

class Peer extends teller.Peer {
  constructor (index, id, gc, undo) {
    super(index, id, gc)
    if (undo) {
      this.undo = new Y.UndoManager(undo.whole ? this.doc : Object.values(this.roots).slice(0, undo.scope), {
        captureTimeout: 1e12,
        captureTransaction: tr => this.isEdit(tr),
        ignoreRemoteMapChanges: undo.ignore,
        deleteFilter: item => !undo.filter || !(item.content instanceof Y.ContentEmbed),
        trackedOrigins: new Set([null, 'tracked'])
      })
    }
  }
}

const names = ['Div', 'p', 'LI']
const anyKind = () => pick([0, 1, 2, 3, 4, 5, 6])
const subdoc = () => ({ guid: 'g' + int(5), autoLoad: chance(0.3), ...(chance(0.3) ? { meta: { n: int(9) } } : {}) })

const isMap = type => type instanceof Y.Map || type instanceof Y.XmlElement

const editText = (peer, config) => {
  const at = peer.index
  const text = chance(0.5) ? peer.roots.t : pick(peer.types(isText))
  const units = unitsOf(text)
  const path = peer.path(text)
  let position = int(text.length + 1)
  while (isPairInside(units, position)) position--
  const what = random()
  if (what < 0.45 || text.length === 0) {
    const string = words()
    const attributes = config.marks && chance(0.3) ? marks() : null
    say('insert', at, path, position, string, attributes)
    text.insert(position, string, attributes ?? undefined)
  } else if (what < 0.52 && config.marks) {
    const attributes = chance(0.5) ? marks() : null
    if (chance(0.5)) {
      const embed = pick([{ image: int(9) }, { image: int(9) }, { u: undefined, n: NaN, z: [-0] }, { b: new Uint8Array([1]) }])
      say('embed', at, path, position, plain(embed), attributes)
      text.insertEmbed(position, embed, attributes ?? undefined)
    } else {
      const kind = anyKind()
      const name = pick(names)
      say('embedtype', at, path, position, kind, name, attributes)
      text.insertEmbed(position, fresh(kind, name), attributes ?? undefined)
    }
  } else if (what < 0.8 || !config.marks) {
    if (position === text.length) position = 0
    let length = 1 + int(Math.min(text.length - position, chance(0.2) ? 20 : 3))
    while (isPairInside(units, position + length)) length++
    say('delete', at, path, position, length)
    text.delete(position, length)
  } else {
    if (position === text.length) position = 0
    let length = 1 + int(text.length - position)
    while (isPairInside(units, position + length)) length++
    const attributes = marks()
    say('format', at, path, position, length, attributes)
    text.format(position, length, attributes)
  }
}

const editMap = (peer, config) => {
  const at = peer.index
  const map = chance(0.3) ? peer.roots.m : pick(peer.types(isMap))
  const path = peer.path(map)
  const element = map instanceof Y.XmlElement
  const key = pick(keys)
  const what = random()
  if (what < 0.5) {
    const v = element ? pick([() => 'w' + int(20), () => int(9), () => true])() : value()
    say('set', at, path, key, plain(v))
    element ? map.setAttribute(key, v) : map.set(key, v)
  } else if (what < 0.7 && !element) {
    const kind = anyKind()
    const name = pick(names)
    say('settype', at, path, key, kind, name)
    map.set(key, fresh(kind, name))
  } else if (what < 0.76 && config.subdocs && !element) {
    const options = subdoc()
    say('setdoc', at, path, key, options)
    map.set(key, new Y.Doc(options))
  } else {
    say('remove', at, path, key)
    element ? map.removeAttribute(key) : map.delete(key)
  }
}

const editList = (peer, config) => {
  const at = peer.index
  const list = pick([peer.roots.a, peer.roots.x, pick(peer.types(isList)), pick(peer.types(isList))])
  const path = peer.path(list)
  const index = int(list.length + 1)
  const what = random()
  if (what < 0.35 && !isXml(list)) {
    const values = Array.from({ length: 1 + int(4) }, value)
    say('values', at, path, index, plain(values))
    list.insert(index, values)
  } else if (what < 0.6) {
    const kind = isXml(list) ? pick([3, 3, 5, 6, 6]) : anyKind()
    const name = pick(names)
    say('type', at, path, index, kind, name)
    list.insert(index, [fresh(kind, name)])
  } else if (what < 0.66 && config.subdocs && !isXml(list)) {
    const options = subdoc()
    say('doc', at, path, index, options)
    list.insert(index, [new Y.Doc(options)])
  } else if (list.length > 0) {
    const start = int(list.length)
    const length = 1 + int(Math.min(list.length - start, 4))
    say('cut', at, path, start, length)
    list.delete(start, length)
  }
}

const transaction = (peer, config) => {
  const n = chance(0.6) ? 1 : 2 + int(4)
  return teller.transact(peer, config.edits, config, n, config.undo ? pick([null, null, 'tracked', 'untracked']) : null)
}

const randomVector = peer => Y.encodeStateVector(teller.someClocks(peer))
const check = peer => teller.tellState(peer, randomVector(peer))

const merge = (peers, updates) => {
  let some = updates.filter(() => chance(pick([0.2, 0.6, 0.95])))
  if (some.length === 0) return
  if (chance(0.3)) some.push(pick(some))
  if (chance(0.5)) some.sort(() => random() - 0.5)
  if (chance(0.3)) some = [Y.mergeUpdates(some.slice(0, 3)), ...some.slice(2)]
  teller.tellMerged(some, randomVector(pick(peers)))
}

const undoOrRedo = peer => {
  const before = peer.sent.length
  const deed = pick(['undo', 'undo', 'undo', 'redo', 'redo', 'stop', 'stop', 'stop', 'clear', 'clearredo'])
  if (deed === 'stop') peer.undo.stopCapturing()
  else if (deed === 'clear') peer.undo.clear()
  else if (deed === 'clearredo') peer.undo.clear(false, true)
  else peer.undo[deed]()
  say(deed, peer.index)
  peer.told()
  return peer.sent.slice(before)
}

const history = number => {
  reseed(seed, number)
  const on = p => chance(p)
  const config = { marks: on(0.7), subdocs: on(0.4), undo: on(0.5) ? { whole: on(0.2), scope: 1 + int(4), ignore: on(0.3), filter: on(0.2) } : null }
  config.edits = [editText, editMap, editList].filter(() => on(0.7))
  if (config.edits.length === 0) config.edits.push(editText)
  const n = 2 + int(4)
  const ids = new Set()
  while (ids.size < n) ids.add(pick([() => int(128), () => int(2 ** 31) * 2 + int(2), () => 2 ** 53 - 1 - int(1000)])())
  const gc = pick([() => true, () => false, () => chance(0.5)])
  const peers = [...ids].map((id, i) => new Peer(i, id, gc(), config.undo))
  say('history', number, seed, [...ids], peers.map(peer => peer.gc), config.undo)

  const all = []
  const send = teller.makeSender(peers, all)

  const steps = 8 + int(chance(0.2) ? 90 : 30)
  for (let step = 0; step < steps; step++) {
    if (isLeftOut(step)) continue
    reseed(seed, number, step + 1)
    const peer = pick(peers)
    const what = random()
    if (what < 0.5) send(peer, transaction(peer, config))
    else if (what < 0.6 && peer.undo) send(peer, undoOrRedo(peer))
    else if (what < 0.66) takeSnapshot(peer)
    else if (what < 0.7) view(peer)
    else if (what < 0.73) check(peer)
    else for (let i = chance(0.3) ? peer.inbox.length : 1 + int(3); i > 0 && peer.inbox.length > 0; i--) send(peer, deliver(peer, peer.inbox.shift()))
  }

  reseed(seed, number, 1e6)
  teller.deliverAll(peers, send)
  for (const peer of peers) {
    check(peer)
    view(peer)
  }
  merge(peers, all)
  merge(peers, all)
}

tellHistories(history)
