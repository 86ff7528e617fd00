// shapes.mjs - random histories of a few shapes that hardly come about by chance, for test-peers.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node shapes.mjs SEED COUNT [HISTORY [STEPS]]: as peers.mjs, in the same words. Each history has one shape:
//
// crowd      dozens of people, who are not among the peers that are told of, write and delete at one spot, each from
//            what somebody had at some time; what they wrote comes in any order, twice, merged, in either format
// undo       up to four managers with scopes in each other, clocks and origins of their own, and hardly anything but
//            deletions, undo and redo, of text with marks across embeds and of XML with attributes and text
// snapshots  nothing is collected: a snapshot after each step, and in the end what each shows, and what is new since another
// positions  a relative position at every place with either association, and where each is after every step
// pieces     what peers get is cut and merged from what others wrote, so that much waits for long
// gathered   64 updates and more are merged, of people who collect what was deleted and of some who do not

import { makeRandom } from './random.mjs'

// Yjs keeps the clock that it finds.
let now = 0
Date.now = () => now
const Y = await import('yjs')
const { plain, rootsOf } = await import('./edits.mjs')
const { fresh, hex, isLeftOut, isPairInside, isText, isXml, makeTeller, openRoot, roots, say, seed, tellHistories, unitsOf } = await import('./teller.mjs')

const { random, int, chance, pick, reseed } = makeRandom()
const teller = makeTeller({ int, chance, pick }, plain, rootsOf)
const { deliver, takeSnapshot } = teller

class Peer extends teller.Peer {
  constructor (index, id, gc, managers) {
    super(index, id, gc)
    this.managers = managers.map(options => new Y.UndoManager(options.whole ? this.doc : options.scope.map(name => this.roots[name]), {
      captureTimeout: options.timeout,
      captureTransaction: tr => this.isEdit(tr),
      ignoreRemoteMapChanges: options.ignore,
      deleteFilter: item => !options.filter || !(item.content instanceof Y.ContentEmbed),
      trackedOrigins: new Set(options.tracked.map(name => name === '' ? null : name))
    }))
  }
}

// Somebody who is not told of: only what they send is.
class Stranger {
  constructor (id, gc, state) {
    this.doc = new Y.Doc({ gc })
    this.doc.clientID = id
    this.roots = Object.fromEntries(Object.entries(roots).map(([name, get]) => [name, openRoot(this.doc, name, get)]))
    if (state) Y.applyUpdate(this.doc, state, 'remote')
    this.sent = []
    this.doc.on('update', (update, origin) => { if (origin !== 'remote') this.sent.push(update) })
  }
}
Stranger.prototype.types = teller.Peer.prototype.types

const tell = (peer, verb, type, ...rest) => { if (peer.index !== undefined) say(verb, peer.index, peer.path(type), ...rest) }

// --- edits; config.spot: where in a type, from 0 to 1, or null for anywhere ---

const place = (length, config) => config.spot === null ? int(length + 1) : Math.max(0, Math.min(length, Math.round(length * config.spot) + int(3) - 1))
const snap = (units, at) => isPairInside(units, at) ? at - 1 : at

const words = ['a', 'b', 'xy', ' ', '\n', '😀', 'é字', 'hello ', '0123456789']
const markKeys = ['b', 'i', '7']
const marks = () => Object.fromEntries(Array.from({ length: 1 + int(2) }, () => [pick(markKeys), structuredClone(pick([true, true, null, null, 'r', { h: 1 }]))]))

const someText = (peer, config) => config.spot !== null || chance(0.5) ? peer.roots.t : pick(peer.types(isText))
const range = (text, config, most) => {
  const units = unitsOf(text)
  const from = snap(units, place(units.length, config))
  const to = snap(units, Math.min(units.length, from + 1 + int(most)))
  return [from, Math.max(0, to - from)]
}

const write = (peer, config) => {
  const text = someText(peer, config)
  const units = unitsOf(text)
  const at = snap(units, place(units.length, config))
  const string = pick(words)
  const attributes = config.marks && chance(0.3) ? marks() : null
  tell(peer, 'insert', text, at, string, attributes)
  text.insert(at, string, attributes ?? undefined)
}
// One unit after the other, to either side.
const type = (peer, config) => {
  const text = someText(peer, config)
  const units = unitsOf(text)
  let at = snap(units, place(units.length, config))
  const step = int(2)
  for (let n = 2 + int(4); n > 0; n--, at += step) {
    tell(peer, 'insert', text, at, 'q', null)
    text.insert(at, 'q')
  }
}
const erase = (peer, config) => {
  const text = someText(peer, config)
  const [at, length] = range(text, config, chance(0.2) ? 30 : 4)
  if (length === 0) return
  tell(peer, 'delete', text, at, length)
  text.delete(at, length)
}
const mark = (peer, config) => {
  const text = someText(peer, config)
  const [at, length] = range(text, config, 12)
  if (length === 0) return
  const attributes = marks()
  tell(peer, 'format', text, at, length, attributes)
  text.format(at, length, attributes)
}
const embed = (peer, config) => {
  const text = someText(peer, config)
  const units = unitsOf(text)
  const at = snap(units, place(units.length, config))
  const attributes = config.marks && chance(0.5) ? marks() : null
  if (chance(0.6)) {
    const value = { n: int(4) }
    tell(peer, 'embed', text, at, value, attributes)
    text.insertEmbed(at, value, attributes ?? undefined)
  } else {
    const kind = pick([0, 1, 2, 6])
    tell(peer, 'embedtype', text, at, kind, 'p', attributes)
    text.insertEmbed(at, fresh(kind, 'p'), attributes ?? undefined)
  }
}

const put = (peer, config) => {
  const list = config.spot !== null ? peer.roots.a : pick([peer.roots.a, ...peer.types(type => type instanceof Y.Array)])
  const at = place(list.length, config)
  if (chance(0.7)) {
    const values = Array.from({ length: 1 + int(3) }, () => pick([int(9), 'v', null, [1]]))
    tell(peer, 'values', list, at, values)
    list.insert(at, values)
  } else {
    const kind = pick([0, 1, 2, 3])
    tell(peer, 'type', list, at, kind, 'p')
    list.insert(at, [fresh(kind, 'p')])
  }
}
const take = (peer, config) => {
  const list = pick([peer.roots.a, peer.roots.a, peer.roots.x, ...peer.types(isXml)])
  if (list.length === 0) return
  const at = Math.min(place(list.length, config), list.length - 1)
  const length = Math.min(1 + int(3), list.length - at)
  tell(peer, 'cut', list, at, length)
  list.delete(at, length)
}
// What is in the arrays of an array, and goes with them.
const fill = peer => {
  const list = peer.roots.a
  const inner = list.toArray().filter(value => value instanceof Y.Array)
  const what = random()
  if (what < 0.3 || inner.length === 0) {
    const array = new Y.Array()
    list.insert(int(list.length + 1), [array])
    array.push([1, 2, 3])
  } else if (what < 0.75) {
    const array = pick(inner)
    for (let n = 1 + int(5); n > 0; n--) {
      if (array.length > 0 && chance(0.4)) array.delete(int(array.length), 1)
      else array.insert(int(array.length + 1), [pick([[1], 'x'])])
    }
  } else {
    list.delete(int(list.length), 1)
  }
}
const set = (peer, config) => {
  const map = config.spot !== null ? peer.roots.m : pick([peer.roots.m, ...peer.types(type => type instanceof Y.Map)])
  const key = config.spot !== null ? 'k' : pick(['k', 'l', '1'])
  const what = random()
  if (what < 0.5) {
    const value = pick([int(9), 'v', null, { a: 1 }])
    tell(peer, 'set', map, key, value)
    map.set(key, value)
  } else if (what < 0.8) {
    const kind = pick([0, 1, 2])
    tell(peer, 'settype', map, key, kind, 'p')
    map.set(key, fresh(kind, 'p'))
  } else {
    tell(peer, 'remove', map, key)
    map.delete(key)
  }
}
const grow = (peer, config) => {
  const parent = pick([peer.roots.x, ...peer.types(type => isXml(type))])
  const at = place(parent.length, config)
  const kind = pick([3, 3, 6, 6])
  tell(peer, 'type', parent, at, kind, 'p')
  parent.insert(at, [fresh(kind, 'p')])
}
const attribute = peer => {
  const found = peer.types(type => type instanceof Y.XmlElement || type instanceof Y.XmlText)
  if (found.length === 0) return
  const type = pick(found)
  const key = pick(['class', 'id'])
  if (chance(0.7)) {
    const value = 'w' + int(5)
    tell(peer, 'set', type, key, value)
    type.setAttribute(key, value)
  } else {
    tell(peer, 'remove', type, key)
    type.removeAttribute(key)
  }
}

// --- what happens ---

const anId = used => {
  for (;;) {
    const id = pick([() => int(200), () => int(2 ** 31) * 2 + int(2), () => 2 ** 53 - 1 - int(400)])()
    if (!used.has(id)) {
      used.add(id)
      return id
    }
  }
}
const transaction = (peer, config, n) => {
  now += pick([0, 1, 400, 600])
  say('clock', now)
  return teller.transact(peer, config.edits, config, n, pick([null, null, 'tracked', 'untracked']))
}
const undoOrRedo = peer => {
  const before = peer.sent.length
  const k = int(peer.managers.length)
  const manager = peer.managers[k]
  const deed = pick(['undo', 'undo', 'undo', 'undo', 'redo', 'redo', 'redo', 'stop', 'scope'])
  if (deed === 'scope') {
    const type = pick(peer.types(() => true))
    manager.addToScope(type)
    say('scope', peer.index, k, peer.path(type))
    return []
  }
  if (deed === 'stop') manager.stopCapturing()
  else manager[deed]()
  say(deed, peer.index, k)
  peer.told()
  say('can', peer.index, k, manager.canUndo(), manager.canRedo())
  return peer.sent.slice(before)
}
const check = peer => {
  teller.tellState(peer, Y.encodeStateVector(teller.someClocks(peer)))
  for (const text of peer.types(isText)) say('delta-of', peer.index, peer.path(text), teller.flat(text.toDelta()))
}
const deliverSome = (world, peer, n) => {
  for (; n > 0 && peer.inbox.length > 0; n--) world.send(peer, deliver(peer, peer.inbox.shift()))
}

// Strangers who begin with what somebody had; some know what the one before them wrote.
const crowdIn = world => {
  const state = pick(world.states)
  let before = null
  for (let n = 1 + int(world.most); n > 0; n--) {
    const stranger = new Stranger(anId(world.ids), chance(0.5), state)
    if (before && chance(0.2)) Y.applyUpdate(stranger.doc, before, 'remote')
    for (let i = 1 + int(3); i > 0; i--) stranger.doc.transact(() => pick(world.config.edits)(stranger, world.config))
    before = chance(0.5) ? Y.encodeStateAsUpdate(stranger.doc) : before
    if (stranger.sent.length > 1 && chance(0.4)) stranger.sent = [Y.mergeUpdates(stranger.sent)]
    world.send(stranger, stranger.sent)
  }
}

// What is cut and merged from all that was written, of either format.
const piece = world => {
  let some = Array.from({ length: 1 + int(5) }, () => pick(world.all))
  if (chance(0.3)) some.push(Y.encodeStateAsUpdate(pick(world.peers).doc, Y.encodeStateVector(teller.someClocks(pick(world.peers)))))
  if (chance(0.3)) some = [Y.mergeUpdates(some.slice(0, 2)), ...some.slice(1)]
  const vector = Y.encodeStateVector(teller.someClocks(pick(world.peers)))
  const { merged, news } = teller.tellMerged(some, vector)
  return chance(0.5) ? merged : news
}

// Something of what one of them has.
const gather = world => {
  const stranger = pick(world.strangers)
  stranger.doc.transact(() => fill(stranger))
  if (chance(0.4)) {
    const at = int(world.strangers.length)
    try {
      Y.applyUpdate(world.strangers[at].doc, Y.encodeStateAsUpdate(stranger.doc), 'remote')
    } catch (error) {
      // Yjs fails on a run whose first part was collected here.
      world.strangers[at] = new Stranger(anId(world.ids), chance(0.6))
    }
  }
  world.gathered.push(...stranger.sent.splice(0))
  for (const { doc } of world.strangers) if (chance(0.3)) world.gathered.push(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(teller.someClocks({ doc }))))
}
const tellGathered = (world, n) => {
  const some = Array.from({ length: n }, () => pick(world.gathered))
  teller.tellMerged(some, Y.encodeStateVector(teller.someClocks(pick(world.strangers))))
}

const positionsEverywhere = world => {
  const peer = pick(world.peers)
  for (const type of peer.types(type => isText(type) || type instanceof Y.Array || isXml(type)).slice(0, 5)) {
    for (let index = 0; index <= Math.min(type.length, 20); index++) {
      for (const assoc of [0, -1]) {
        const position = Y.createRelativePositionFromTypeIndex(type, index, assoc)
        say('position', peer.index, peer.path(type), index, assoc, hex(Y.encodeRelativePosition(position)), Y.relativePositionToJSON(position))
        world.positions.push(position)
      }
    }
  }
}
const resolveAll = world => {
  for (const peer of world.peers) {
    for (const position of world.positions) {
      let absolute
      try {
        absolute = Y.createAbsolutePositionFromRelativePosition(position, peer.doc)
      } catch (error) {
        continue
      }
      const alive = absolute !== null && (absolute.type._item === null || !absolute.type._item.deleted)
      say('resolve', peer.index, hex(Y.encodeRelativePosition(position)), absolute === null ? null : absolute.index, alive ? peer.path(absolute.type) : null)
    }
  }
}

const tellView = (peer, at, before) => {
  const isNoEmbed = op => typeof op.insert === 'string' || !op.attributes?.ychange
  const spare = delta => delta.map(op => isNoEmbed(op) ? op : { ...op, attributes: Object.fromEntries(Object.entries(op.attributes).filter(([key]) => key !== 'ychange')) })
  const restored = Y.createDocFromSnapshot(peer.doc, at)
  say('view', peer.index, hex(Y.encodeSnapshot(at)), hex(Y.encodeSnapshot(before)), rootsOf(restored), teller.flat(peer.roots.t.toDelta(at)),
    teller.flat(spare(peer.roots.t.toDelta(at, before, (type, id) => ({ user: id.client, type })))), hex(Y.encodeStateAsUpdate(restored)))
}

const shapes = {
  crowd: {
    edits: () => pick([[write, write, type, erase], [write, write, mark, mark, embed, erase], [put, put, take], [set], [write, put, set, type, erase, take, mark]]),
    step (world, peer) {
      const what = random()
      if (what < 0.25) world.send(peer, transaction(peer, world.config, 1 + int(3)))
      else if (what < 0.45 || world.states.length === 0) world.states.push(Y.encodeStateAsUpdate(peer.doc))
      else if (what < 0.65) crowdIn(world)
      else if (what < 0.75 && peer.managers.length > 0) world.send(peer, undoOrRedo(peer))
      else deliverSome(world, peer, 1 + int(30))
    }
  },
  undo: {
    edits: () => pick([[set], [set, attribute, grow], [write, erase, erase, erase, mark, embed], [grow, grow, attribute, attribute, write, mark, take], [put, put, take, take, set, write], [write, erase, mark, embed, grow, attribute, take, put, set]]),
    step (world, peer) {
      const what = random()
      if (what < 0.4) world.send(peer, transaction(peer, world.config, 1 + int(3)))
      else if (what < 0.8) world.send(peer, undoOrRedo(peer))
      else deliverSome(world, peer, chance(0.5) ? 1 : peer.inbox.length)
    }
  },
  snapshots: {
    edits: () => pick([[write, write, erase, mark, embed], [put, take, set], [write, erase, put, take, set, grow, attribute]]),
    step (world, peer) {
      if (chance(0.7)) world.send(peer, transaction(peer, world.config, 1 + int(2)))
      else deliverSome(world, peer, peer.inbox.length)
      takeSnapshot(peer)
    }
  },
  positions: {
    edits: () => pick([[write, write, erase, type, embed], [put, put, take], [grow, take, write, attribute], [write, mark, erase, put, take, grow]]),
    step (world, peer) {
      const what = random()
      if (world.positions.length < 150 && what < 0.3) positionsEverywhere(world)
      else if (what < 0.65) world.send(peer, transaction(peer, world.config, 1 + int(2)))
      else if (what < 0.8 && peer.managers.length > 0) world.send(peer, undoOrRedo(peer))
      else deliverSome(world, peer, 1 + int(3))
      resolveAll(world)
    }
  },
  pieces: {
    edits: () => pick([[write, write, type, erase, mark], [put, put, take, set], [write, erase, put, take, set, grow, attribute, embed, mark]]),
    step (world, peer) {
      const what = random()
      if (what < 0.4 || world.all.length === 0) world.send(peer, transaction(peer, world.config, 1 + int(3)))
      else if (what < 0.8) world.send(peer, deliver(peer, piece(world)))
      else if (what < 0.85) check(peer)
      else deliverSome(world, peer, 1 + int(2))
    }
  },
  gathered: {
    edits: () => [],
    step (world) {
      for (let i = 0; i < 4; i++) gather(world)
      if (world.gathered.length > 0 && chance(0.1)) tellGathered(world, pick([5, 63, 64, 65, 70, 100, 128, 200, 333]))
    }
  }
}
const someManagers = name => Array.from({ length: name === 'undo' ? 1 + int(4) : ['crowd', 'positions'].includes(name) ? int(2) : 0 }, () => ({
  whole: chance(0.1), scope: pick([['t'], ['x'], ['a', 'm'], ['t', 'x'], ['t', 'm', 'a', 'x']]), timeout: pick([0, 0, 500]), ignore: chance(0.3),
  filter: chance(0.2), tracked: pick([[''], ['', 'tracked'], ['tracked'], ['', 'remote'], ['', 'untracked', 'tracked']])
}))

const history = number => {
  reseed(seed, number)
  now = 1000000
  const name = pick(Object.keys(shapes))
  const shape = shapes[name]
  const managers = someManagers(name)
  const ids = new Set()
  const n = name === 'gathered' ? 1 : name === 'crowd' ? 1 + int(2) : 2 + int(3)
  while (ids.size < n) anId(ids)
  const gc = name === 'snapshots' ? () => false : pick([() => true, () => false, () => chance(0.5)])
  const peers = [...ids].map((id, i) => new Peer(i, id, gc(), managers))
  say('history', number, seed, [...ids], peers.map(peer => peer.gc), managers)

  const all = []
  const config = { edits: shape.edits(), spot: name === 'crowd' ? random() : null, marks: chance(0.6) }
  const world = { peers, all, config, ids, states: [], strangers: [], gathered: [], positions: [], most: chance(0.2) ? 100 : 15, send: teller.makeSender(peers, all) }
  if (name === 'gathered') world.strangers = Array.from({ length: 2 + int(4) }, () => new Stranger(anId(ids), chance(0.6)))
  for (let step = 0, steps = 10 + int(name === 'undo' ? 50 : 25); step < steps; step++) {
    if (isLeftOut(step)) continue
    reseed(seed, number, step + 1)
    shape.step(world, pick(peers))
  }

  reseed(seed, number, 1e6)
  teller.deliverAll(peers, world.send)
  for (const peer of peers) {
    check(peer)
    for (const at of peer.snapshots) tellView(peer, at, pick(peer.snapshots))
  }
  resolveAll(world)
  if (world.gathered.length > 0) tellGathered(world, 64 + int(chance(0.1) ? 900 : 100))
  if (all.length > 0) teller.tellMerged(all.filter(() => chance(0.8)).concat(pick(all)), Y.encodeStateVector(teller.someClocks(peers[0])))
}

tellHistories(history)
