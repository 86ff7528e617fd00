// odd.mjs - random histories of real Yjs peers that edit as hardly anybody does, for test-peers.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node odd.mjs SEED COUNT [HISTORY [STEPS]]: as peers.mjs, in the same words, with what that has not: formats whose keys
// are numbers and whose values are objects in objects, put over each other by several peers; deltas that reach past the
// end; attributes of texts; values of every kind under odd keys; types that are filled before they are put somewhere;
// lists whose items are moved; several undo managers for one document, whose clock runs and whose scopes grow; relative
// positions in every type, resolved by everyone at any time.

import { makeRandom } from './random.mjs'

// Yjs keeps the clock that it finds.
let now = 0
Date.now = () => now
const Y = await import('yjs')
const {
  fresh, hex, isLeftOut, isList, isPairInside, isText, isXml, kindOf, makeTeller, roots, same, say, seed, tellHistories, unitsOf
} = await import('./teller.mjs')

const { random, int, chance, pick, reset } = makeRandom()
const reseed = (...numbers) => reset(numbers.reduce((state, n) => Math.imul(state ^ n, 0x85ebca6b) + 0x1b873593, 1))

// Values as weft_any_to_json() prints them; @exact: as test-peers.c reads those that it is to write.
const tell = (value, exact) => {
  if (value instanceof Y.Doc) return value.guid
  if (value instanceof Y.AbstractType) return { $type: kindOf(value) }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (typeof value === 'bigint') return { $bigint: String(value) }
  if (Object.is(value, -0)) return exact ? { $number: '-0' } : 0
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) }
  if (value === undefined) return { $undefined: true }
  if (Array.isArray(value)) return value.map(v => tell(v, exact))
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, tell(v, exact)]))
  return value
}
const plain = value => tell(value, false)
const given = value => tell(value, true)

// --- what is written ---

const letters = ['a', 'b', 'c', ' ', '\n', '\t', 'é', '字', '😀', '𝄞', '\ufeff', '\u2028', '<', '&', '"']
const words = () => Array.from({ length: 1 + int(chance(0.05) ? 300 : 5) }, () => pick(letters)).join('')
const scalar = () => pick([
  0, -0, 1, -1, 63, 64, -64, 127, 128, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e21, 1e-7, 0.1, 1.5, 5e-324,
  1.7976931348623157e308, 3.4028234663852886e38, 16777217, NaN, Infinity, -Infinity, '', 'a', 'ü😀', 'true', true, false, null
])
const bytes = () => new Uint8Array(Array.from({ length: int(5) }, () => int(256)))
const deep = n => n === 0 ? scalar() : chance(0.5) ? [deep(n - 1)] : { d: deep(n - 1) }
const inner = depth => pick([
  scalar, scalar, () => undefined, () => BigInt(pick(['0', '-1', '9223372036854775807', '-9223372036854775808'])), bytes,
  ...(depth > 2 ? [] : [() => Array.from({ length: int(4) }, () => inner(depth + 1)), () => object(depth + 1)])
])()
const words3 = ['a', '', 'constructor', 'length', 'ключ', '😀', '7', '10', '03', 'x y']
// Yjs asks a value for its constructor.
const object = depth => Object.fromEntries(Array.from({ length: int(4) }, () => [pick(depth === 0 ? words3.filter(key => key !== 'constructor') : words3), inner(depth)]))
const anyValue = () => pick([scalar, scalar, () => object(0), () => [inner(1)], bytes, () => deep(20), () => words().repeat(chance(0.02) ? 400 : 1)])()

// No key that every object of JavaScript has: Yjs takes these for marks that are there. Marks are JSON text in the first format. Two that look alike are two objects, which Yjs compares one level deep.
const markKeys = ['0', '3', '12', '4294967294', '4294967295', 'b', 'i', '', '😀']
const markValues = [true, true, null, null, null, false, 0, 1, '', 'red', 'é😀', { href: 'x' }, { href: 'x', n: null }, { a: { b: 1 } }, { a: { b: 1 } }, [], {}, [1], { 0: 1 }, [[1]], 1.5, 1e21]
let markSet = markKeys
const marks = () => Object.fromEntries(Array.from({ length: 1 + int(3) }, () => [pick(markSet), structuredClone(pick(markValues))]))
const maybeMarks = p => chance(p) ? (chance(0.15) ? {} : marks()) : null

const mapKeys = ['a', 'b', 'constructor', '__proto__', '', '0', '10', '2', 'ключ', '😀', 'toJSON']
const attributeKeys = mapKeys.filter(key => key !== '__proto__')

// Without the objects of Yjs, in which some keys are lost.
const jsonOf = value => {
  if (value instanceof Y.Map) return Object.fromEntries([...value.entries()].map(([key, v]) => [key, jsonOf(v)]))
  if (value instanceof Y.Array) return value.toArray().map(jsonOf)
  if (value instanceof Y.AbstractType) return plain(value.toJSON())
  return plain(value)
}
const rootsOf = doc => Object.fromEntries(Object.entries(roots).map(([name, get]) => [name, jsonOf(doc[get](name))]))

const teller = makeTeller({ int, chance, pick }, plain, rootsOf)
const { deliver, flat, takeSnapshot, view } = teller

class Peer extends teller.Peer {
  constructor (index, id, gc, managers) {
    super(index, id, gc)
    this.managers = (managers ?? []).map(options => new Y.UndoManager(options.whole ? this.doc : options.scope.map(name => this.roots[name]), {
      captureTimeout: options.timeout,
      captureTransaction: tr => this.isEdit(tr),
      ignoreRemoteMapChanges: options.ignore,
      deleteFilter: item => !options.filter || !(item.content instanceof Y.ContentEmbed),
      trackedOrigins: new Set(options.tracked.map(name => name === '' ? null : name))
    }))
  }
}

const names = ['Div', 'p', 'İx', '']
const subdoc = () => ({ guid: pick(['', 'g', 'g2', 'ü']), autoLoad: chance(0.3), ...(chance(0.3) ? { meta: pick([null, 0, 'm', { n: [1] }]) } : {}) })

const isMap = type => !(type instanceof Y.Array) && !(type instanceof Y.XmlFragment && !(type instanceof Y.XmlElement))

// --- edits ---

const spot = (units, at) => {
  while (isPairInside(units, at)) at--
  return at
}
const someText = peer => {
  const nested = peer.types(isText)
  return chance(0.6) ? peer.roots.t : pick(nested)
}

const insertText = peer => {
  const text = someText(peer)
  const units = unitsOf(text)
  const at = spot(units, pick([0, units.length, int(units.length + 1)]))
  const string = words()
  const attributes = maybeMarks(0.3)
  say('insert', peer.index, peer.path(text), at, string, attributes)
  text.insert(at, string, attributes ?? undefined)
}
const embed = peer => {
  const text = someText(peer)
  const units = unitsOf(text)
  const at = spot(units, int(units.length + 1))
  const attributes = maybeMarks(0.5)
  if (chance(0.6)) {
    const value = pick([{ i: 1 }, {}, { a: [{}] }, { u: undefined, n: NaN, }, { constructor: 'x', 10: 1, 9: 2 }])
    say('embed', peer.index, peer.path(text), at, given(value), attributes)
    text.insertEmbed(at, value, attributes ?? undefined)
  } else {
    const kind = int(7)
    const name = pick(names)
    say('embedtype', peer.index, peer.path(text), at, kind, name, attributes)
    text.insertEmbed(at, fresh(kind, name), attributes ?? undefined)
  }
}
const deleteText = peer => {
  const text = someText(peer)
  const units = unitsOf(text)
  const at = spot(units, int(units.length + 1))
  let length = pick([1, int(4), units.length - at, units.length + 5])
  while (isPairInside(units, at + length)) length++
  // Of a text that never had anything Yjs can delete nothing.
  if (length === 0 || text._start === null) return
  say('delete', peer.index, peer.path(text), at, length)
  text.delete(at, length)
}
// The same few ranges, so that what several peers put there meets.
const format = peer => {
  const text = someText(peer)
  const units = unitsOf(text)
  if (units.length === 0) return
  const cuts = [0, units.length >> 2, units.length >> 1, units.length, int(units.length)].map(at => spot(units, at)).sort((a, b) => a - b)
  const from = pick(cuts)
  // Past the end Yjs would put lines, which weft_text_format() does not.
  const to = pick(cuts)
  if (to <= from) return
  const attributes = marks()
  say('format', peer.index, peer.path(text), from, to - from, attributes)
  text.format(from, to - from, attributes)
}
const delta = peer => {
  const text = someText(peer)
  const units = unitsOf(text)
  const ops = []
  // A WeftDelta joins neighbours that say the same, as editors do.
  const add = op => {
    const last = ops[ops.length - 1]
    if (last && ((op.delete && last.delete) || ('retain' in op && 'retain' in last && same(op.attributes, last.attributes)) ||
      (typeof op.insert === 'string' && typeof last.insert === 'string' && same(op.attributes, last.attributes)))) return false
    ops.push(op)
    return true
  }
  for (let at = 0, n = 1 + int(5); n > 0; n--) {
    const attributes = maybeMarks(0.4)
    const rest = attributes === null ? {} : { attributes }
    const what = random()
    if (what < 0.4 || text._start === null) add({ insert: chance(0.9) ? words() : { e: int(3) }, ...rest })
    else {
      // Past the end too.
      let to = spot(units, at + 1 + int(units.length - at + 2))
      if (to <= at) to = at + 2
      if (at >= units.length && chance(0.8)) break
      if (add(what < 0.7 ? { retain: to - at, ...rest } : { delete: to - at })) at = to
    }
  }
  if (ops.length === 0) return
  say('delta', peer.index, peer.path(text), given(ops))
  text.applyDelta(ops)
}

const setKey = peer => {
  const map = chance(0.4) ? peer.roots.m : pick(peer.types(isMap))
  const text = map instanceof Y.Text
  const attribute = text || map instanceof Y.XmlElement
  const key = pick(attribute ? attributeKeys : mapKeys)
  const what = random()
  const set = value => attribute ? map.setAttribute(key, value) : map.set(key, value)
  if (what < 0.5) {
    const value = pick([anyValue, anyValue, () => undefined, () => 12345678901234567n])()
    say('set', peer.index, peer.path(map), key, given(value))
    set(value)
  } else if (what < 0.7) {
    const kind = int(7)
    const name = pick(names)
    say('settype', peer.index, peer.path(map), key, kind, name)
    set(fresh(kind, name))
  } else if (what < 0.78) {
    const options = subdoc()
    say('setdoc', peer.index, peer.path(map), key, options)
    set(new Y.Doc(options))
  } else {
    say('remove', peer.index, peer.path(map), key)
    attribute ? map.removeAttribute(key) : map.delete(key)
  }
}

const editList = peer => {
  const list = pick([peer.roots.a, peer.roots.x, pick(peer.types(isList))])
  const path = peer.path(list)
  const at = pick([0, list.length, int(list.length + 1)])
  const what = random()
  if (what < 0.35 && !isXml(list)) {
    const values = Array.from({ length: 1 + int(5) }, anyValue)
    say('values', peer.index, path, at, given(values))
    list.insert(at, values)
  } else if (what < 0.6) {
    const kind = isXml(list) ? pick([3, 3, 4, 5, 6, 6, 0, 1, 2]) : int(7)
    const name = pick(names)
    say('type', peer.index, path, at, kind, name)
    list.insert(at, [fresh(kind, name)])
  } else if (what < 0.66 && !isXml(list)) {
    const options = subdoc()
    say('doc', peer.index, path, at, options)
    list.insert(at, [new Y.Doc(options)])
  } else if (list.length > 0) {
    const start = int(list.length)
    const length = pick([1, list.length - start, 1 + int(list.length - start)])
    say('cut', peer.index, path, start, length)
    list.delete(start, length)
  }
}
// As people move what cannot be moved.
const move = peer => {
  const list = peer.roots.a
  if (list.length < 2) return
  const from = int(list.length)
  const value = list.get(from)
  if (value instanceof Y.AbstractType || value instanceof Y.Doc || typeof value === 'bigint' || value === undefined) return
  say('cut', peer.index, 'a', from, 1)
  list.delete(from, 1)
  const to = int(list.length + 1)
  say('values', peer.index, 'a', to, given([value]))
  list.insert(to, [value])
}

// A type that was filled before it had a place: the same as filled afterwards.
const prelim = peer => {
  const at = int(peer.roots.a.length + 1)
  const clock = Y.getState(peer.doc.store, peer.doc.clientID)
  const path = [peer.doc.clientID, clock]
  const what = int(4)
  const type = [new Y.Map(), new Y.Array(), new Y.Text(), new Y.XmlElement('p')][what]
  say('type', peer.index, 'a', at, [1, 0, 2, 3][what], 'p')
  if (what === 0) {
    for (const key of new Set([pick(mapKeys), pick(mapKeys)])) {
      const value = anyValue()
      type.set(key, value)
      say('set', peer.index, path, key, given(value))
    }
  } else if (what === 1) {
    const values = [anyValue(), anyValue()]
    type.push(values)
    say('values', peer.index, path, 0, given(values))
  } else if (what === 2) {
    const string = words()
    const attributes = marks()
    const length = 1 + int(2)
    type.insert(0, string)
    type.insert(0, 'xyz', attributes)
    type.format(1, length, structuredClone(attributes))
    say('insert', peer.index, path, 0, string, null)
    say('insert', peer.index, path, 0, 'xyz', attributes)
    say('format', peer.index, path, 1, length, attributes)
  } else {
    type.insert(0, [new Y.XmlText()])
    type.setAttribute('k', 1)
    say('type', peer.index, path, 0, 6, '')
    say('set', peer.index, path, 'k', 1)
  }
  peer.roots.a.insert(at, [type])
}

// --- what happens ---

const transaction = (peer, config) => {
  const n = chance(0.5) ? 1 : 2 + int(5)
  const origin = pick([null, null, 'tracked', 'untracked'])
  now += pick([0, 1, 100, 499, 500, 501, 10000])
  say('clock', now)
  return teller.transact(peer, config.edits, config, n, origin)
}

const randomVector = peer => {
  const known = teller.someClocks(peer)
  if (chance(0.2)) known.set(int(100), int(3))
  return Y.encodeStateVector(known)
}

const check = peer => {
  teller.tellState(peer, randomVector(peer))
  for (const text of peer.types(isText)) say('delta-of', peer.index, peer.path(text), flat(text.toDelta()))
}

const positions = []
const makePosition = peer => {
  const type = pick(peer.types(type => isText(type) || isList(type)))
  const index = pick([0, type.length, int(type.length + 1)])
  const assoc = pick([0, 1, -1, -1, -5])
  const position = Y.createRelativePositionFromTypeIndex(type, index, assoc)
  say('position', peer.index, peer.path(type), index, assoc, hex(Y.encodeRelativePosition(position)), Y.relativePositionToJSON(position))
  positions.push(position)
}
const resolvePosition = peer => {
  if (positions.length === 0) return
  const position = pick(positions)
  let absolute = null
  try {
    absolute = Y.createAbsolutePositionFromRelativePosition(position, peer.doc)
  } catch (error) {
    return
  }
  const alive = absolute !== null && (absolute.type._item === null || !absolute.type._item.deleted)
  say('resolve', peer.index, hex(Y.encodeRelativePosition(position)), absolute === null ? null : absolute.index, alive ? peer.path(absolute.type) : null)
}

const merge = (peers, updates) => {
  let some = updates.filter(() => chance(pick([0.1, 0.5, 0.9])))
  if (some.length === 0) return
  if (chance(0.3)) some.push(pick(some), pick(some))
  if (chance(0.3)) some.push(Y.encodeStateAsUpdate(pick(peers).doc), Y.encodeStateAsUpdate(pick(peers).doc, randomVector(pick(peers))))
  if (chance(0.7)) some.sort(() => random() - 0.5)
  if (chance(0.3)) some = [Y.mergeUpdates(some.slice(0, 4)), Y.mergeUpdates(some.slice(2)), ...some.slice(1, 3)]
  const { merged, merged2, news, news2 } = teller.tellMerged(some, randomVector(pick(peers)))
  for (const update of [merged, news, pick(updates)]) say('convert', hex(update), hex(Y.convertUpdateFormatV1ToV2(update)))
  for (const update of [merged2, news2]) say('convert-back', hex(update), hex(Y.convertUpdateFormatV2ToV1(update)))
}

const undoOrRedo = peer => {
  const before = peer.sent.length
  const k = int(peer.managers.length)
  const manager = peer.managers[k]
  const deed = pick(['undo', 'undo', 'undo', 'redo', 'redo', 'stop', 'clear', 'clearredo', 'scope'])
  if (deed === 'scope') {
    const type = pick(peer.types(() => true))
    manager.addToScope(type)
    say('scope', peer.index, k, peer.path(type))
    return []
  }
  if (deed === 'stop') manager.stopCapturing()
  else if (deed === 'clear') manager.clear()
  else if (deed === 'clearredo') manager.clear(false, true)
  else manager[deed]()
  say(deed, peer.index, k)
  peer.told()
  say('can', peer.index, k, manager.canUndo(), manager.canRedo())
  return peer.sent.slice(before)
}

const history = number => {
  reseed(seed, number)
  now = 1000000
  positions.length = 0
  const on = p => chance(p)
  markSet = on(0.5) ? markKeys : [pick(markKeys), pick(markKeys)]
  const config = { edits: [[insertText, insertText, deleteText, format, format], [delta], [embed], [setKey, setKey], [editList, editList], [move], [prelim]].filter(() => on(0.55)).flat() }
  if (config.edits.length === 0) config.edits.push(insertText, format, deleteText)
  if (config.edits.includes(delta) || config.edits.includes(embed)) config.edits.push(insertText)
  const managers = on(0.5)
    ? Array.from({ length: 1 + int(3) }, () => ({
      whole: on(0.15), scope: Object.keys(roots).filter(() => on(0.6)).concat('t').slice(0, 3), timeout: pick([0, 500, 1e12]), ignore: on(0.3), filter: on(0.2), tracked: pick([[''], ['tracked'], ['', 'tracked'], ['untracked']])
    })).map(m => ({ ...m, scope: [...new Set(m.scope)] }))
    : null
  const n = 2 + int(3)
  const ids = new Set()
  while (ids.size < n) ids.add(pick([() => int(3), () => int(2 ** 31) * 2 + int(2), () => 2 ** 53 - 1 - int(10), () => 127 + int(3)])())
  const gc = pick([() => true, () => false, () => chance(0.5)])
  const peers = [...ids].map((id, i) => new Peer(i, id, gc(), managers))
  say('history', number, seed, [...ids], peers.map(peer => peer.gc), managers)

  const all = []
  const send = teller.makeSender(peers, all)

  const steps = 6 + int(chance(0.2) ? 90 : 30)
  for (let step = 0; step < steps; step++) {
    if (isLeftOut(step)) continue
    reseed(seed, number, step + 1)
    const peer = pick(peers)
    const what = random()
    if (what < 0.45) send(peer, transaction(peer, config))
    else if (what < 0.6 && peer.managers.length > 0) send(peer, undoOrRedo(peer))
    else if (what < 0.65) takeSnapshot(peer)
    else if (what < 0.68) view(peer)
    else if (what < 0.72) check(peer)
    else if (what < 0.76) makePosition(peer)
    else if (what < 0.82) resolvePosition(peer)
    // All that somebody else has, or what is next.
    else if (what < 0.85) send(peer, deliver(peer, Y.encodeStateAsUpdate(pick(peers).doc, chance(0.5) ? randomVector(peer) : undefined)))
    else for (let i = chance(0.3) ? peer.inbox.length : 1 + int(3); i > 0 && peer.inbox.length > 0; i--) send(peer, deliver(peer, peer.inbox.shift()))
  }

  reseed(seed, number, 1e6)
  teller.deliverAll(peers, send)
  for (const peer of peers) {
    check(peer)
    view(peer)
    for (let i = 0; i < 3; i++) resolvePosition(peer)
  }
  merge(peers, all)
  merge(peers, all)
}

tellHistories(history)
