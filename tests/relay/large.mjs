// large.mjs - a large document is kept as its bytes as long as nobody changes it, and nobody notices
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node large.mjs PATH-OF-WEFT.
import { readFileSync } from 'node:fs'
import { Y, assert, client, leaveAll, Relay, run, until } from './harness.mjs'
import { graph, hocuspocus, realtime, sockets } from './peers.mjs'

// Of two writers who knew of each other, with something deleted and something overwritten; the dice are always the same.
const makeDocument = n => {
  const one = new Y.Doc(); const two = new Y.Doc()
  one.clientID = 1001
  two.clientID = 1002
  let seed = 7
  const random = limit => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed % limit }
  for (const [i, doc] of [one, two, one, two].entries()) {
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(i % 2 ? one : two))
    doc.transact(() => {
      const text = doc.getText('t'); const strokes = doc.getMap('strokes')
      for (let k = 0; k < n / 4; k++) strokes.set(`${(i & 1) * n + k}`, Array.from({ length: 60 }, () => random(4000)))
      for (let k = 0; k < 500; k++) text.insert(random(text.length + 1), 'warp ')
      text.delete(10, 200)
    })
  }
  Y.applyUpdate(one, Y.encodeStateAsUpdate(two))
  return one
}
// Cheap things first: this is asked often.
const vector = doc => Buffer.from(Y.encodeStateVector(doc)).toString('hex')
const equal = (a, b) => vector(a) === vector(b) && Buffer.from(Y.encodeStateAsUpdate(a)).equals(Buffer.from(Y.encodeStateAsUpdate(b)))
const alike = (a, b) => vector(a) === vector(b) && a.getText('t').length === b.getText('t').length && all(a) === all(b)
const all = doc => JSON.stringify([doc.getText('t').toString(), doc.getMap('strokes').toJSON(), doc.getMap('board').toJSON()])
const peak = relay => Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${relay.process.pid}/status`, 'utf8'))[1]) * 1024
const isWatched = relay => /asan|valgrind/.test(readFileSync(`/proc/${relay.process.pid}/maps`, 'utf8'))

// What a relay takes beside the bytes: the database's pages, packets. A document of these would take 3 MB, a copy 1.5 MB.
const around = 4 << 20

// What more memory it takes.
const joinersTake = async (relay, room, doc) => {
  const before = peak(relay)
  const joiners = Array.from({ length: 3 }, () => client(relay, room))
  await until('all to have it', () => joiners.every(c => c.provider.synced))
  assert(joiners.every(c => equal(c.doc, doc)), 'all have all of it')
  return peak(relay) - before
}

const tests = {
  'a large document is uploaded, joined, found again after a restart, and changed': async () => {
    const doc = makeDocument(14000)
    const size = Y.encodeStateAsUpdate(doc).length
    const relay = await new Relay().start('large')
    const base = peak(relay)
    const one = client(relay, 'page', { doc })
    const watch = client(relay, 'page')
    await until('it to be stored', () => watch.provider.synced && equal(watch.doc, doc))
    await joinersTake(relay, 'page', doc)
    if (!isWatched(relay)) assert(peak(relay) - base < size + around, `${peak(relay) - base} bytes more for ${size}`)
    leaveAll()
    await relay.end()

    await relay.start('large')
    // One who comes back with everything is told nothing, and tells nothing.
    const back = client(relay, 'page', { doc })
    await until('it to be in step', () => back.provider.synced)
    const taken = await joinersTake(relay, 'page', doc)
    if (!isWatched(relay)) assert(taken < size + around, `${taken} bytes more for ${size}, from the database`)

    const fresh = client(relay, 'page')
    await until('a fresh one', () => fresh.provider.synced)
    const h = hocuspocus(relay, 'page')
    await until('Hocuspocus to have it', () => h.provider.synced && equal(h.doc, doc))

    // A change, a deletion, by each.
    fresh.text.insert(0, 'from y-websocket ')
    h.text.insert(0, 'from Hocuspocus ')
    back.text.delete(40, 5)
    fresh.doc.getMap('strokes').delete('1')
    await until('all to be the same', () => [fresh, h, back].every(c => alike(c.doc, doc)) &&
      /from y-websocket/.test(doc.getText('t').toString()) && /from Hocuspocus/.test(doc.getText('t').toString()), 30000)
    const later = client(relay, 'page')
    await until('who comes later to have it too', () => later.provider.synced && alike(later.doc, doc))
    leaveAll()
    sockets.splice(0).forEach(s => s.destroy())
    await relay.end()

    await relay.start('large')
    const last = client(relay, 'page')
    await until('the next start to have it', () => last.provider.synced && alike(last.doc, doc))
    await relay.end()
  },

  'other dialects read and change what is kept as bytes, and are there when it comes': async () => {
    const doc = makeDocument(5000)
    const relay = await new Relay().start('dialects')
    const early = await graph(relay, 'early', 0)
    await until('who draws to be in', () => early.said.some(m => m.type === 'snapshot'))
    for (const room of ['early', 'late']) {
      const one = client(relay, room, { doc })
      const watch = client(relay, room)
      await until('it to be stored', () => watch.provider.synced && equal(watch.doc, doc))
      const r = await realtime(relay, room)
      await until('the JSON dialect to have it', () => alike(r.doc, doc))
      const g = room === 'early' ? early : await graph(relay, room, 0)
      g.patch('p1', 'create_node', { nodeId: room, label: 'Task', properties: { x: 1 } })
      await until('the node to be there', () => g.broadcast('p1').length > 0 && doc.getMap('board').has(room) &&
        alike(watch.doc, doc) && alike(r.doc, doc), 30000)
      one.text.insert(0, `seen in ${room} `)
      await until('the change to be seen', () => alike(watch.doc, doc) && alike(r.doc, doc))
      r.socket.close()
      leaveAll()
    }
    await relay.end()
  }
}

run(tests, () => sockets.splice(0).forEach(s => s.destroy()))
