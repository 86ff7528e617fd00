// spot.mjs - random histories of many people who write at the same few places, for test-peers.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node spot.mjs SEED COUNT [HISTORY [STEPS]]: dozens who share a line write at one place of it, or at another, without
// hearing from each other, or from some only; they go on, write before what they wrote, format and delete. What each of
// them wrote is given to the peers, in any order and sometimes twice (src/crdt/weft-crowd.c).

import * as Y from 'yjs'
import { plain, rootsOf } from './edits.mjs'
import { makeRandom } from './random.mjs'
import { isLeftOut, makeTeller, say, seed, tellHistories } from './teller.mjs'

const { int, chance, pick, reseed } = makeRandom()

const teller = makeTeller({ int, chance, pick }, plain, rootsOf)

const write = (text, place) => {
  const at = Math.min(place.at, text.length)
  const length = Math.min(1 + int(3), text.length - at)
  switch (int(8)) {
    case 0:
      if (length > 0) text.delete(at, length)
      break
    case 1:
      if (length > 0) text.format(at, length, { [pick(['b', 'em'])]: pick([true, null]) })
      break
    case 2:
      text.insertEmbed(at, { image: int(9) })
      break
    default: {
      const word = pick(['a', 'bc', 'ü', 'some'])
      text.insert(at, word)
      if (chance(0.6)) place.at = at + int(word.length + 1)
    }
  }
}

const history = number => {
  reseed(seed, number)
  const peers = [0, 1].map(i => new teller.Peer(i, 2 ** 32 + i, chance(0.5)))
  say('history', number, seed, peers.map(peer => peer.doc.clientID), peers.map(peer => peer.gc), [])

  const line = new Y.Doc()
  line.clientID = 500
  if (chance(0.8)) line.getText('t').insert(0, 'what all know')
  const shared = Y.encodeStateAsUpdate(line)
  for (const peer of peers) teller.deliver(peer, shared)

  const inboxes = peers.map(() => [])
  const heard = chance(0.5)
  const docs = []
  for (let step = 0, steps = 10 + int(60); step < steps; step++) {
    if (isLeftOut(step)) continue
    reseed(seed, number, step + 1)
    const doc = new Y.Doc({ gc: chance(0.5) })
    doc.clientID = 1 + (step * 7919) % 613
    Y.applyUpdate(doc, shared)
    if (heard && docs.length > 0 && chance(0.3)) Y.applyUpdate(doc, Y.encodeStateAsUpdate(pick(docs)))
    doc.on('update', update => {
      for (const inbox of inboxes) {
        if (chance(0.3)) inbox.splice(int(inbox.length + 1), 0, update)
        else inbox.push(update)
        if (chance(0.03)) inbox.push(update)
      }
    })
    const place = { at: pick([0, 4, 4, 4]) }
    for (let i = 1 + int(4); i > 0; i--) write(doc.getText('t'), place)
    docs.push(doc)
  }

  reseed(seed, number, 1e6)
  peers.forEach((peer, i) => {
    for (const update of inboxes[i]) {
      teller.deliver(peer, update)
      if (chance(0.02)) teller.tellState(peer, Y.encodeStateVector(teller.someClocks(peer)))
    }
  })
  for (let i = 0; i < 2; i++) for (const from of peers) for (const to of peers) if (from !== to) teller.deliver(to, Y.encodeStateAsUpdate(from.doc))
  for (const peer of peers) teller.tellState(peer, Y.encodeStateVector(teller.someClocks(peer)))
}

tellHistories(history)
