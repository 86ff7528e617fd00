// nested.mjs - random histories in which much happens in one transaction, for test-peers.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node nested.mjs SEED COUNT [HISTORY [STEPS]]: as peers.mjs, but many updates come in one transaction, as when
// y-indexeddb loads: single ones, merged ones of either format, states, what waits for others and what others wait for.
// Texts have few letters and many marks, which are called like members of every object; keys are set in turns. Undo managers see
// what came as their own.

import * as Y from 'yjs'
import { makeEdits, plain, rootsOf } from './edits.mjs'
import { makeRandom } from './random.mjs'
import { fresh, hex, isLeftOut, makeTeller, roots, say, seed, tellHistories } from './teller.mjs'

const { random, int, chance, pick, reseed } = makeRandom()

const teller = makeTeller({ int, chance, pick }, plain, rootsOf)

class Peer extends teller.Peer {
  constructor (index, id, gc, managers) {
    super(index, id, gc)
    this.managers = managers.map(({ scope, ignore, tracked }) => new Y.UndoManager(scope.map(name => this.roots[name]), {
      captureTimeout: 0,
      captureTransaction: tr => this.isEdit(tr),
      ignoreRemoteMapChanges: ignore,
      trackedOrigins: new Set(tracked.map(origin => origin === '' ? null : origin))
    }))
  }
}

const usualKeys = ['b', '1', 'length', 'em']
const inheritedKeys = ['constructor', 'toString', 'valueOf', '__defineGetter__', 'b']
let markKeys = usualKeys
const { editText, editArray } = makeEdits({ random, int, chance, pick }, () => markKeys, () => true)
const mapKeys = ['constructor', 'toString', 'a', '1']

const editMap = peer => {
  const map = pick(peer.types(type => type instanceof Y.Map))
  const path = peer.path(map)
  const key = pick(mapKeys)
  const what = random()
  if (what < 0.5) {
    const value = int(9)
    say('set', peer.index, path, key, value)
    map.set(key, value)
  } else if (what < 0.75) {
    const kind = pick([0, 1, 2])
    say('settype', peer.index, path, key, kind, '')
    map.set(key, fresh(kind, ''))
  } else {
    say('remove', peer.index, path, key)
    map.delete(key)
  }
}
const history = number => {
  reseed(seed, number)
  markKeys = chance(0.3) ? inheritedKeys : usualKeys
  const edits = [editText, editText, editText, editMap, editArray].filter(() => chance(0.7))
  if (edits.length === 0) edits.push(editText)
  const managers = Array.from({ length: int(3) }, () => ({
    whole: false, filter: false, timeout: 0, scope: pick([['t'], ['t', 'm'], ['t', 'm', 'a', 'x']]), ignore: chance(0.3), tracked: pick([[''], ['remote'], ['', 'remote', 'tracked']])
  }))
  const ids = [...new Set(Array.from({ length: 2 + int(3) }, () => pick([1 + int(9), 2 ** 32 + int(9), 2 ** 53 - 1 - int(9)])))]
  const peers = ids.map((id, i) => new Peer(i, id, chance(0.6), managers))
  say('history', number, seed, ids, peers.map(peer => peer.gc), managers)

  const all = []
  const send = teller.makeSender(peers, all)
  const anything = peer => {
    const what = random()
    if (what < 0.4) return chance(0.5) && peer.inbox.length > 0 ? peer.inbox.shift() : pick(all)
    if (what < 0.7) return Y.mergeUpdates(Array.from({ length: 1 + int(4) }, () => pick(all)))
    const other = pick(peers).doc
    return Y.encodeStateAsUpdate(other, chance(0.5) ? Y.encodeStateVector(teller.someClocks(peer)) : undefined)
  }
  // Several updates in one transaction, which has an origin of its own. An edit there would cost the client its id.
  const load = peer => {
    const origin = pick([null, 'tracked', 'untracked', 'remote'])
    const updates = Array.from({ length: 2 + int(4) }, () => anything(peer))
    say('begin', peer.index, origin)
    peer.delivering = true
    peer.doc.transact(() => {
      for (const update of updates) {
        const v2 = chance(0.3)
        const bytes = v2 ? Y.convertUpdateFormatV1ToV2(update) : update
        say('apply', peer.index, v2 ? 2 : 1, hex(bytes))
        v2 ? Y.applyUpdateV2(peer.doc, bytes, 'remote') : Y.applyUpdate(peer.doc, bytes, 'remote')
      }
    }, origin)
    peer.delivering = false
    say('commit', peer.index)
    peer.told()
    return teller.tellCleanups(peer)
  }
  const undoOrRedo = peer => {
    const before = peer.sent.length
    const k = int(peer.managers.length)
    const deed = pick(['undo', 'undo', 'redo'])
    peer.managers[k][deed]()
    say(deed, peer.index, k)
    peer.told()
    return peer.sent.slice(before)
  }
  const check = peer => teller.tellState(peer, Y.encodeStateVector(teller.someClocks(peer)))

  for (let step = 0, steps = 6 + int(30); step < steps; step++) {
    if (isLeftOut(step)) continue
    reseed(seed, number, step + 1)
    const peer = pick(peers)
    const what = random()
    if (what < 0.3) send(peer, teller.transact(peer, edits, {}, 1 + int(4), pick([null, 'tracked', 'untracked'])))
    else if (what < 0.6 && all.length > 0) send(peer, load(peer))
    else if (what < 0.75 && peer.managers.length > 0) send(peer, undoOrRedo(peer))
    else if (what < 0.8) check(peer)
    else while (peer.inbox.length > 0) send(peer, teller.deliver(peer, peer.inbox.shift()))
  }

  reseed(seed, number, 1e6)
  teller.deliverAll(peers, send)
  for (const peer of peers) check(peer)
  if (all.length > 0) teller.tellMerged(all.filter(() => chance(0.8)).concat(Y.encodeStateAsUpdate(peers[0].doc)), Y.encodeStateVector(teller.someClocks(peers[0])))
}

tellHistories(history)
