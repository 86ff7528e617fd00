// teller.mjs - what peers.mjs and odd.mjs have alike: peers of Yjs, and the words in which is told what they do
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Each line is a JSON array. peers-told.c and test-peers.c in tests/crdt read them.

import * as Y from 'yjs'

// SEED COUNT [HISTORY [STEPS]]
export const seed = Number(process.argv[2] ?? 1)
export const count = Number(process.argv[3] ?? 10)
const only = process.argv[4] === undefined ? null : Number(process.argv[4])
const keep = process.argv[5] === undefined ? null : new Set(process.argv[5].split(',').filter(s => s !== '').map(Number))

export const isLeftOut = step => keep !== null && !keep.has(step)

const out = []
const flush = () => {
  if (out.length) process.stdout.write(out.join('\n') + '\n')
  out.length = 0
}
export const say = (...line) => {
  out.push(JSON.stringify(line))
  if (out.length > 500) flush()
}
export const hex = bytes => Buffer.from(bytes).toString('hex')

export const tellHistories = history => {
  if (only !== null) history(only)
  else for (let i = 0; i < count; i++) history(i)
  flush()
}

// Kinds as on the wire; those that inherit first.
const kinds = [[Y.XmlElement, 3], [Y.XmlFragment, 4], [Y.XmlHook, 5], [Y.XmlText, 6], [Y.Array, 0], [Y.Map, 1], [Y.Text, 2]]
export const kindOf = type => kinds.find(([c]) => type instanceof c)[1]
export const fresh = (kind, name) => [() => new Y.Array(), () => new Y.Map(), () => new Y.Text(), () => new Y.XmlElement(name), () => new Y.XmlFragment(),
  () => new Y.XmlHook(name), () => new Y.XmlText()][kind]()

export const isText = type => type instanceof Y.Text
export const isXml = type => type instanceof Y.XmlFragment
export const isList = type => type instanceof Y.Array || isXml(type)

export const unitsOf = text => text.toDelta().map(op => typeof op.insert === 'string' ? op.insert : '*').join('')
export const isPairInside = (units, index) => {
  const code = units.charCodeAt(index)
  const before = units.charCodeAt(index - 1)
  return index > 0 && index < units.length && code >= 0xdc00 && code <= 0xdfff && before >= 0xd800 && before <= 0xdbff
}

export const roots = { t: 'getText', m: 'getMap', a: 'getArray', x: 'getXmlFragment' }
// @get: the name of a method of documents, or a class of types.
export const openRoot = (doc, name, get) => typeof get === 'string' ? doc[get](name) : doc.get(name, get)

export const same = (a, b) => JSON.stringify(Object.entries(a ?? {}).sort()) === JSON.stringify(Object.entries(b ?? {}).sort())

// What each update is in the second format, which may hold values that the first one has not.
const second = new WeakMap()
export const inSecond = update => second.get(update) ?? Y.convertUpdateFormatV1ToV2(update)

const change = (type, id) => ({ user: id.client, type })
// What is embedded has the change of the text before it in Yjs, its own here.
const withoutEmbeds = delta => delta.map(op => typeof op.insert === 'string' || !op.attributes?.ychange
  ? op
  : { ...op, attributes: Object.fromEntries(Object.entries(op.attributes).filter(([key]) => key !== 'ychange')) })
// To look cuts runs in Yjs, and what was redone is not joined again afterwards: so looking would show.
const isRedone = doc => [...doc.store.clients.values()].some(structs => structs.some(struct => struct.redone))

// @plain: a value as weft_any_to_json() prints it; @rootsOf: all that is in a document; @own: other roots than these.
export const makeTeller = ({ int, chance, pick }, plain, rootsOf, own = roots) => {
  // One operation for neighbours that say the same, one for each item of an array, no retain at the end.
  const flat = delta => {
    const ops = []
    for (const { attributes, ...op } of delta) {
      const marked = attributes && Object.keys(attributes).length > 0 ? { attributes: plain(attributes) } : {}
      const last = ops[ops.length - 1]
      if (Array.isArray(op.insert)) op.insert.forEach(v => ops.push({ insert: [plain(v)] }))
      else if (typeof op.insert === 'string' && typeof last?.insert === 'string' && same(last.attributes, marked.attributes)) last.insert += op.insert
      else if (op.retain && last?.retain && same(last.attributes, marked.attributes)) last.retain += op.retain
      else if (op.delete && last?.delete) last.delete += op.delete
      else ops.push({ ...op, ...('insert' in op ? { insert: plain(op.insert) } : {}), ...marked })
    }
    const last = ops[ops.length - 1]
    if (last?.retain && !last.attributes) ops.pop()
    return ops
  }

  class Peer {
    constructor (index, id, gc) {
      this.index = index
      this.gc = gc
      this.doc = new Y.Doc({ gc })
      this.doc.clientID = id
      this.roots = Object.fromEntries(Object.entries(own).map(([name, get]) => [name, openRoot(this.doc, name, get)]))
      this.sent = []
      this.emitted = []
      this.events = []
      this.cleanups = []
      this.inbox = []
      this.snapshots = []
      this.delivering = false
      this.looking = false
      this.looks = new WeakSet()
      this.doc.on('beforeTransaction', tr => { if (this.looking) this.looks.add(tr) })
      this.doc.on('update', (update, origin, doc, tr) => {
        if (this.isCleanup(tr)) this.cleanups.push(update)
        else this.emitted.push(update)
        this.sent.push(update)
      })
      this.doc.on('updateV2', update => second.set(this.sent[this.sent.length - 1], update))
      for (const [name, type] of Object.entries(this.roots)) {
        type.observeDeep((events, tr) => {
          if (!this.isCleanup(tr)) this.events.push([name, events.map(event => this.tellEvent(event))])
        })
      }
    }

    isCleanup (tr) {
      return this.delivering && tr.local
    }

    // Whether an undo manager is to see it: to look at a delta is a transaction, too.
    isEdit (tr) {
      return !this.isCleanup(tr) && !this.looks.has(tr)
    }

    // The delta of a text's event. Yjs deletes marks that say nothing new while it looks, which Weft does not: they come back.
    deltaOf (event) {
      if (!isText(event.target)) return event.delta
      const { delete: remove } = Y.Item.prototype
      const gone = []
      Y.Item.prototype.delete = function () {
        if (!this.deleted) gone.push(this)
        this.markDeleted()
      }
      this.looking = true
      try {
        return event.delta
      } finally {
        this.looking = false
        Y.Item.prototype.delete = remove
        gone.forEach(item => { item.deleted = false })
      }
    }

    tellEvent (event) {
      const changes = [...event.keys.entries()].map(([key, { action, oldValue }]) => [key, action, plain(oldValue)])
      return { path: event.path, delta: flat(this.deltaOf(event)), keys: changes.sort((a, b) => Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]))) }
    }

    types (test) {
      const found = []
      const walk = type => {
        if (test(type)) found.push(type)
        for (const item of type._map.values()) if (!item.deleted && item.content.type) walk(item.content.type)
        for (let item = type._start; item; item = item.right) if (!item.deleted && item.content.type) walk(item.content.type)
      }
      Object.values(this.roots).forEach(walk)
      return found
    }

    path (type) {
      return type._item === null ? Object.keys(own).find(name => this.roots[name] === type) : [type._item.id.client, type._item.id.clock]
    }

    // The text among the roots, that of an empty document if there is none.
    get text () {
      return Object.values(this.roots).find(isText) ?? new Y.Doc().getText()
    }

    // What came out of the last transaction.
    told () {
      say('emitted', this.index, this.emitted.map(hex), this.events)
      this.emitted = []
      this.events = []
    }
  }

  // Tells of a transaction that makes some edits at random; returns the updates.
  const transact = (peer, edits, config, n, origin) => {
    const before = peer.sent.length
    say('begin', peer.index, origin)
    peer.doc.transact(() => { for (let i = 0; i < n; i++) pick(edits)(peer, config) }, origin)
    say('commit', peer.index)
    peer.told()
    return peer.sent.slice(before)
  }

  // What Yjs cleaned up by itself: the other side gets it as an update.
  const tellCleanups = peer => {
    const cleanups = peer.cleanups
    for (const cleanup of cleanups) say('cleanup', peer.index, hex(cleanup))
    peer.cleanups = []
    return cleanups
  }

  const deliver = (peer, update) => {
    const other = chance(0.4)
    const bytes = other ? inSecond(update) : update
    peer.delivering = true
    say('apply', peer.index, other ? 2 : 1, hex(bytes))
    other ? Y.applyUpdateV2(peer.doc, bytes, 'remote') : Y.applyUpdate(peer.doc, bytes, 'remote')
    peer.delivering = false
    peer.told()
    return tellCleanups(peer)
  }

  // Who gets what: in order or not, once or twice. @all: of all that was ever sent
  const makeSender = (peers, all) => (from, updates) => {
    all.push(...updates)
    for (const peer of peers) {
      if (peer === from) continue
      for (const update of updates) {
        if (chance(0.4)) peer.inbox.splice(int(peer.inbox.length + 1), 0, update)
        else peer.inbox.push(update)
        if (chance(0.05)) peer.inbox.push(update)
      }
    }
  }

  // Until nobody has anything to be delivered; @sender sends what comes of it.
  const deliverAll = (peers, sender) => {
    for (let busy = true; busy;) {
      busy = false
      for (const peer of peers) {
        while (peer.inbox.length > 0) {
          busy = true
          sender(peer, deliver(peer, peer.inbox.shift()))
        }
      }
    }
  }

  const tellState = (peer, vector) => {
    say('check', peer.index, rootsOf(peer.doc), flat(peer.text.toDelta()), hex(Y.encodeStateVector(peer.doc)), hex(Y.encodeStateAsUpdate(peer.doc)),
      hex(Y.encodeStateAsUpdateV2(peer.doc)), [...peer.doc.subdocs].map(doc => doc.guid).sort())
    say('diff', peer.index, hex(vector), hex(Y.encodeStateAsUpdate(peer.doc, vector)), hex(Y.encodeStateAsUpdateV2(peer.doc, vector)))
  }

  const someClocks = peer => {
    const known = new Map()
    Y.decodeStateVector(Y.encodeStateVector(peer.doc)).forEach((clock, client) => {
      if (chance(0.8)) known.set(client, chance(0.2) ? clock + 3 : int(clock + 1))
    })
    return known
  }

  // Only where nothing is collected.
  const takeSnapshot = peer => {
    if (peer.gc) return
    const snapshot = Y.snapshot(peer.doc)
    peer.snapshots.push(snapshot)
    say('snapshot', peer.index, hex(Y.encodeSnapshot(snapshot)), hex(Y.encodeSnapshotV2(snapshot)))
  }

  const view = peer => {
    if (peer.snapshots.length === 0 || isRedone(peer.doc)) return
    const at = pick(peer.snapshots)
    const before = pick(peer.snapshots)
    const restored = Y.createDocFromSnapshot(peer.doc, at)
    say('view', peer.index, hex(Y.encodeSnapshot(at)), hex(Y.encodeSnapshot(before)), rootsOf(restored), flat(peer.text.toDelta(at)),
      flat(withoutEmbeds(peer.text.toDelta(at, before, change))), hex(Y.encodeStateAsUpdate(restored)))
  }

  // Tells of @some updates merged, and what is new to @vector; returns both in both formats.
  const tellMerged = (some, vector) => {
    const others = some.map(inSecond)
    const merged = Y.mergeUpdates(some)
    const merged2 = Y.mergeUpdatesV2(others)
    const range = Y.parseUpdateMeta(merged)
    const news = Y.diffUpdate(merged, vector)
    const news2 = Y.diffUpdateV2(merged2, vector)
    say('merge', some.map(hex), others.map(hex), hex(merged), hex(merged2), hex(Y.encodeStateVectorFromUpdate(merged)), hex(vector), hex(news), hex(news2),
      [...range.from.entries()].filter(e => e[1] > 0), [...range.to.entries()])
    return { merged, merged2, news, news2 }
  }

  return { flat, Peer, transact, tellCleanups, deliver, makeSender, deliverAll, tellState, someClocks, takeSnapshot, view, tellMerged }
}
