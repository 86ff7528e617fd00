// graph-client.mjs - the example of docs/examples: two files, offline, rollback, rejection, and a board beside them
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node graph-client.mjs PATH-OF-WEFT.
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Relay, Y, assert, client, folder, run, until } from './harness.mjs'

const example = fileURLToPath(new URL('../../docs/examples/graph-client.py', import.meta.url))
const file = name => {
  const path = join(folder, name + '.sqlite')
  const f = (...words) => execFileSync('python3', [example, path, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  f.trying = (...words) => spawnSync('python3', [example, path, ...words], { encoding: 'utf8' })
  f.list = () => f('list').split('\n').filter(line => line).map(line => JSON.parse(line))
  return f
}

const tests = {
  'two people, apart and together': async () => {
    const relay = await new Relay().start('example')
    const url = `${relay.url}/ws/patch/board`
    const ana = file('ana'); const ben = file('ben'); const y = client(relay, 'board')
    const tea = ana('add', 'Task', 'title=Tea', 'x=40')
    const cup = ana('add', 'rectangle', 'x=400')
    assert(ana.list().length === 2, 'seen at once, without a relay')
    ana('sync', url)
    ben('sync', url)
    assert(ben.list().length === 2 && ben.list().find(o => o.nodeId === tea).properties.title === 'Tea', 'the other has it')
    await until('the board to have it', () => y.doc.getMap('board').get(tea)?.get('label') === 'Task')

    // Apart: both change the card, one removes what the other connects.
    ana('set', tea, 'title=Green tea', 'sugar=0')
    ben('set', tea, 'title=Black tea', 'milk=1')
    ben('remove', cup)
    const arrow = ana('connect', tea, cup, 'needs')
    ben('sync', url)
    const late = ana.trying('sync', url)
    assert(late.status === 0 && /rejected: an edge needs a source and a target/.test(late.stderr), late.stderr)
    assert(!ana.list().some(o => o.edgeId === arrow || o.nodeId === cup), 'the rejected edge is rolled back')
    ben('sync', url)
    const [a, b] = [ana, ben].map(f => JSON.stringify(f.list().map(o => ({ ...o, properties: Object.fromEntries(Object.entries(o.properties).filter(([k]) => !['index', 'width', 'height', 'y'].includes(k)).sort()) }))))
    assert(a === b && /Green tea/.test(a) && /milk/.test(a) && /sugar/.test(a), `${a} is not ${b}`)

    // A change on the board arrives, also in one call with nothing of its own to send. (While a program runs nothing is read
    // here, so what the board has is waited for: it would change an older title otherwise, and lose half of the time.)
    const card = () => y.doc.getMap('board').get(tea).get('properties')
    await until('the board to have both', () => card().get('title') === 'Green tea' && card().get('milk') === 1)
    card().set('title', 'Coffee')
    y.doc.transact(() => { card().set('cups', 2); y.doc.getMap('board').set('n_two', new Y.Map([['type', 'Task']])) })
    const z = client(relay, 'board')
    await until('the changes to be told', () => z.doc.getMap('board').get(tea)?.get('properties').get('cups') === 2)
    ben('sync', url)
    const seen = ben.list().find(o => o.nodeId === tea).properties
    assert(seen.title === 'Coffee' && seen.cups === 2 && ben.list().some(o => o.nodeId === 'n_two'), JSON.stringify(ben.list()))
    ana('set', tea, 'hot=true')
    ana('sync', url)
    assert(/Coffee/.test(JSON.stringify(ana.list())), JSON.stringify(ana.list()))
    assert(ana.list().find(o => o.nodeId === tea).properties.hot === true, 'and the own one stays')
    assert(ana.list().length === 2 && !ana.list().some(o => o.edgeId), 'nothing rejected came back')
    ana('remove', 'n_two')
    ana('sync', url)

    // The relay has forgotten what it told: a snapshot, with nothing or something of one's own to send.
    await until('the board to be without it', () => !y.doc.getMap('board').has('n_two'))
    card().set('title', 'Cocoa')
    await until('the change to be told', () => z.doc.getMap('board').get(tea)?.get('properties').get('title') === 'Cocoa')
    await relay.end()
    const again = await new Relay().start('example', relay.port)
    ana('set', tea, 'hot=false')
    for (const f of [ana, ben]) {
      f('sync', url)
      assert(f.list().length === 1 && f.list()[0].properties.title === 'Cocoa', JSON.stringify(f.list()))
    }
    assert(ben.list()[0].properties.hot === false, 'one sees what the other did')

    // Without a relay everything stays, and is said.
    await again.end()
    ana('set', tea, 'title=Water')
    const alone = ana.trying('sync', url)
    assert(alone.status !== 0 && ana.list()[0].properties.title === 'Water', 'it waits')
  }
}

await run(tests)
