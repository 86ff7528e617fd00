// awareness.mjs - random histories of who is here, as y-protocols has them, for test-awareness.c
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node awareness.mjs SEED COUNT [HISTORY [STEPS]]: some clients set states, say goodbye, hear of each other late, twice or never, drop each
// other, fall silent while the clock runs; and somebody sends what nobody wrote: goodbyes in the name of others, clocks near the
// last one, clients that never were. After each step all that a client knows is told. Where Weft means to differ nothing is told:
// nobody else's state for our own client, no goodbye before a state.

import { clock } from './clock.mjs'
import * as Y from 'yjs'
import * as encoding from 'lib0/encoding'
import { makeRandom } from './random.mjs'
import { hex, isLeftOut, say, seed, tellHistories } from './teller.mjs'

const { random, int, chance, pick, reset } = makeRandom()
// So late that a client which outdoes it can still go on
const LAST_CLOCK = 2 ** 53 - 1000
const BEGINNING = 1000000

// What y-protocols does each few seconds
const ticks = []
globalThis.setInterval = tick => ticks.push(tick)
const { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } = await import('y-protocols/awareness')

const state = () => pick([{}, { user: { name: 'Ädä 😀', n: int(9) } }, { cursor: { anchor: int(9), head: null } }, { a: [1, 'x', { b: -0.5 }], 2: 1, 1: 2 }])
const forged = (id, clock, value) => {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 1)
  encoding.writeVarUint(encoder, id)
  encoding.writeVarUint(encoder, clock)
  encoding.writeVarString(encoder, JSON.stringify(value))
  return encoding.toUint8Array(encoder)
}

const history = number => {
  reset(Math.imul(seed ^ 0x9e3779b1, number + 1))
  clock.now = BEGINNING
  ticks.length = 0
  const ids = [1 + int(100), 2 ** 40 + int(9), 2 ** 53 - 1]
  const peers = ids.map(id => {
    const doc = new Y.Doc()
    doc.clientID = id
    return new Awareness(doc)
  })
  say('history', number, seed, ids)
  const set = (k, value) => {
    say('set', k, value, clock.now)
    peers[k].setLocalState(value)
  }
  peers.forEach((peer, k) => set(k, {}))
  const strangers = [7777, 2 ** 52]
  const sent = []

  for (let step = 0, steps = 5 + int(40); step < steps; step++) {
    const dice = int(2 ** 31)
    if (isLeftOut(step)) continue
    reset(dice)
    const k = int(peers.length)
    const peer = peers[k]
    const what = random()
    // Weft remembers those that went for five minutes.
    clock.now = Math.min(clock.now + pick([0, 1, 3000, 14999, 15000, 29999, 30000]), BEGINNING + 299999)
    if (what < 0.25) set(k, state())
    else if (what < 0.32) { if (peer.getLocalState() !== null) set(k, null) } else if (what < 0.7) {
      if (chance(0.7) || sent.length === 0) sent.push(encodeAwarenessUpdate(pick(peers), [...pick(peers).meta.keys()].filter(id => peers.every(p => p.meta.has(id)))))
      const update = pick(sent)
      say('apply', k, hex(update), clock.now)
      applyAwarenessUpdate(peer, update, 'other')
    } else if (what < 0.82) {
      const id = pick([...ids, ...strangers])
      const value = ids.includes(id) || chance(0.5) ? null : state()
      const update = forged(id, pick([0, 1, int(20), chance(0.1) ? LAST_CLOCK : 3]), value)
      say('apply', k, hex(update), clock.now)
      applyAwarenessUpdate(peer, update, 'other')
    } else if (what < 0.9) {
      const gone = [...ids, ...strangers].filter(id => id !== ids[k] && chance(0.5))
      say('remove', k, gone)
      removeAwarenessStates(peer, gone, 'other')
    } else {
      say('tick', k, clock.now)
      ticks[k]()
    }
    say('check', k, hex(encodeAwarenessUpdate(peer, [...peer.meta.keys()])), [...peer.meta.keys()], [...peer.states.keys()].sort((a, b) => a - b))
  }
}

tellHistories(history)
