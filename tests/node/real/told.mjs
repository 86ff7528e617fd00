// told.mjs - histories of peers that get what real editors wrote, and undo and edit on, for test-peers.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// cd tests/node/real && npm ci --ignore-scripts --legacy-peer-deps && node told.mjs NAME SEED EDITS >FILE
//
// NAME is one of editors.mjs, EDITS how often somebody edits there. Three peers of Yjs, with and without collection, get each update of the editors, in order or not; their undo
// managers take these for their own changes; they undo, redo, and edit any type of the document. Everything is told as peers.mjs does.

import * as editors from './editors.mjs'

const [name, seed, n] = [process.argv[2], Number(process.argv[3] ?? 1), Number(process.argv[4] ?? 100)]
if (!(name in editors)) {
  console.error(`Usage: node told.mjs ${Object.keys(editors).join('|')} SEED EDITS`)
  process.exit(64)
}
const { updates, roots: named } = await editors[name](seed, n)

// The teller has the Yjs of the tests; only bytes go from the editors to it, and the names of classes.
process.argv.splice(2, 3, String(seed), '1')
const Y = await import('../node_modules/yjs/dist/yjs.mjs')
const { fresh, isList, isPairInside, isText, isXml, kindOf, makeTeller, openRoot, say, tellHistories, unitsOf } = await import('../crdt/teller.mjs')
const { makeRandom } = await import('../crdt/random.mjs')
const { random, int, chance, pick } = makeRandom(seed * 7919 + 13)

const classes = { YXmlText: Y.XmlText, YXmlElement: Y.XmlElement }
const roots = Object.fromEntries(Object.entries(named).map(([root, get]) => [root, typeof get === 'string' ? get : classes[get.name]]))
const kindsOf = doc => Object.fromEntries(Object.entries(roots).map(([root, get]) => [root, kindOf(openRoot(doc, root, get))]))

const plain = value => {
  if (value instanceof Y.Doc) return value.guid
  if (value instanceof Y.AbstractType) return { $type: kindOf(value) }
  if (value === undefined) return { $undefined: true }
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
  return value
}
const rootsOf = doc => Object.fromEntries(Object.entries(roots).map(([root, get]) => [root, plain(openRoot(doc, root, get).toJSON())]))
const teller = makeTeller({ int, chance, pick }, plain, rootsOf, roots)

class Peer extends teller.Peer {
  constructor (index, id, gc, managers) {
    super(index, id, gc)
    this.managers = managers.map(({ scope, timeout, ignore, tracked }) => new Y.UndoManager(scope.map(root => this.roots[root]), {
      captureTimeout: timeout,
      captureTransaction: tr => this.isEdit(tr),
      ignoreRemoteMapChanges: ignore,
      trackedOrigins: new Set(tracked.map(origin => origin === '' ? null : origin))
    }))
  }
}

const editKeys = (peer, type, path) => {
  const key = chance(0.7) ? pick([...type._map.keys()]) : 'new' + int(3)
  const attribute = !(type instanceof Y.Map)
  if (chance(0.3)) {
    say('remove', peer.index, path, key)
    attribute ? type.removeAttribute(key) : type.delete(key)
  } else {
    const value = pick([1, 'x', true, { a: [1] }, null])
    say('set', peer.index, path, key, value)
    attribute ? type.setAttribute(key, value) : type.set(key, value)
  }
}
const editText = (peer, text, path) => {
  const units = unitsOf(text)
  let at = int(units.length + 1)
  while (isPairInside(units, at)) at--
  let length = Math.min(1 + int(6), units.length - at)
  while (isPairInside(units, at + length)) length++
  const what = random()
  if (what < 0.4 || length === 0) {
    const attributes = chance(0.3) ? { bold: pick([true, null]) } : null
    say('insert', peer.index, path, at, 'ed😀', attributes)
    text.insert(at, 'ed😀', attributes ?? undefined)
  } else if (what < 0.7) {
    say('delete', peer.index, path, at, length)
    text.delete(at, length)
  } else {
    const attributes = { [pick(['bold', 'em', 'link', 'color', '__format'])]: pick([true, null, 'x', { href: 'y' }]) }
    say('format', peer.index, path, at, length, attributes)
    text.format(at, length, attributes)
  }
}
const editList = (peer, list, path) => {
  if (chance(0.5) && list.length > 0) {
    const start = int(list.length)
    const length = 1 + int(Math.min(3, list.length - start))
    say('cut', peer.index, path, start, length)
    list.delete(start, length)
  } else {
    const at = int(list.length + 1)
    const kind = isXml(list) ? pick([3, 6]) : int(7)
    say('type', peer.index, path, at, kind, 'p')
    list.insert(at, [fresh(kind, 'p')])
  }
}
const edit = peer => {
  const type = pick(peer.types(() => true))
  const path = peer.path(type)
  const hasKeys = type instanceof Y.Map || type instanceof Y.XmlElement || type instanceof Y.Text
  if (hasKeys && type._map.size > 0 && (type instanceof Y.Map || chance(0.3))) editKeys(peer, type, path)
  else if (isText(type)) editText(peer, type, path)
  else if (isList(type)) editList(peer, type, path)
}

const undoOrRedo = peer => {
  const before = peer.sent.length
  const k = int(peer.managers.length)
  const deed = pick(['undo', 'undo', 'undo', 'redo', 'redo', 'stop'])
  deed === 'stop' ? peer.managers[k].stopCapturing() : peer.managers[k][deed]()
  say(deed, peer.index, k)
  peer.told()
  say('can', peer.index, k, peer.managers[k].canUndo(), peer.managers[k].canRedo())
  return peer.sent.slice(before)
}

const history = () => {
  const managers = [
    { scope: Object.keys(roots), timeout: 0, whole: false, filter: false, ignore: chance(0.3), tracked: ['remote', 'tracked', ''] },
    { scope: Object.keys(roots).slice(0, 1), timeout: 1e9, whole: false, filter: false, ignore: false, tracked: pick([['remote'], ['']]) }
  ]
  const ids = [7, 2 ** 40 + 3, 1500]
  const gc = [true, false, chance(0.5)]
  const peers = ids.map((id, i) => new Peer(i, id, gc[i], managers))
  say('history', 0, seed, ids, gc, managers, kindsOf(new Y.Doc()))

  const all = []
  const send = teller.makeSender(peers, all)
  const check = peer => teller.tellState(peer, Y.encodeStateVector(teller.someClocks(peer)))
  for (const update of updates) {
    send(null, [update])
    for (const peer of peers) if (chance(0.7)) while (peer.inbox.length > 0) send(peer, teller.deliver(peer, peer.inbox.shift()))
    const peer = pick(peers)
    if (chance(0.2)) send(peer, teller.transact(peer, [edit], {}, 1 + int(3), pick([null, 'tracked', 'untracked'])))
    if (chance(0.2)) send(peer, undoOrRedo(peer))
    if (chance(0.05)) teller.takeSnapshot(peer)
    if (chance(0.03)) teller.view(peer)
  }
  teller.deliverAll(peers, send)
  for (const peer of peers) {
    check(peer)
    teller.view(peer)
  }
  teller.tellMerged(all.filter(() => chance(0.9)), Y.encodeStateVector(teller.someClocks(pick(peers))))
}

tellHistories(history)
// Some editors leave timers behind.
process.stdout.write('', () => process.exit(0))
