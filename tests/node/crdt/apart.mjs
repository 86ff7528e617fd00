// apart.mjs - random histories of people who write for long without each other, for test-peers.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node apart.mjs SEED COUNT [HISTORY [STEPS]]: as peers.mjs, but each makes dozens of edits of texts and arrays before what the
// others do not have is sent as one update: such are linked at once (src/crdt/weft-batch.c).

import * as Y from 'yjs'
import { makeEdits, plain, rootsOf } from './edits.mjs'
import { makeRandom } from './random.mjs'
import { isLeftOut, makeTeller, say, seed, tellHistories } from './teller.mjs'

const { random, int, chance, pick, reseed } = makeRandom()

const teller = makeTeller({ int, chance, pick }, plain, rootsOf)

const markKeys = ['b', '1', 'length', 'em']
let hasTypes = false
const { editText, editArray } = makeEdits({ random, int, chance, pick }, () => markKeys, () => hasTypes)

const history = number => {
  reseed(seed, number)
  hasTypes = chance(0.3)
  const edits = [editText, editText, editText, editArray].filter(() => chance(0.8))
  if (edits.length === 0) edits.push(editText)
  const ids = [...new Set(Array.from({ length: 2 + int(2) }, () => pick([1 + int(9), 2 ** 32 + int(9), 2 ** 53 - 1 - int(9)])))]
  const peers = ids.map((id, i) => new teller.Peer(i, id, chance(0.6)))
  say('history', number, seed, ids, peers.map(peer => peer.gc), [])

  const sendDiff = (from, to) => {
    const vector = chance(0.8) ? Y.encodeStateVector(to.doc) : undefined
    teller.deliver(to, Y.encodeStateAsUpdate(from.doc, vector))
  }
  const check = peer => teller.tellState(peer, Y.encodeStateVector(teller.someClocks(peer)))

  for (let step = 0, steps = 3 + int(6); step < steps; step++) {
    if (isLeftOut(step)) continue
    reseed(seed, number, step + 1)
    for (const peer of peers) {
      for (let i = int(40); i > 0; i--) teller.transact(peer, edits, {}, 1 + int(3), null)
    }
    for (const from of peers) for (const to of peers) if (from !== to && chance(0.6)) sendDiff(from, to)
    if (chance(0.3)) check(pick(peers))
  }

  reseed(seed, number, 1e6)
  for (let i = 0; i < 2; i++) for (const from of peers) for (const to of peers) if (from !== to) sendDiff(from, to)
  for (const peer of peers) check(peer)
}

tellHistories(history)
