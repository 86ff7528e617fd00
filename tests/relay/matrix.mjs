// matrix.mjs - one page in every dialect at once: what is written in one is read in all the others
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node matrix.mjs PATH-OF-WEFT [PART-OF-A-NAME]. The page is a note and a board. Its note is written by y-websocket, Hocuspocus,
// JSON realtime, JSON note sync, and by both ways of polling; its board by the first three, polling, and graph patches.
// With WEFT_TEST_LONG everybody does everything; else everybody does half of it to the note, whose JSON takes its time.
import { BEFORE_FORGOTTEN, PATIENCE, Y, sleep, until, assert, Relay, client, get, run } from './harness.mjs'
import { change, device, graph, hocuspocus, poll, realtime, sockets, sorted } from './peers.mjs'

const NOTE = 'note:Matrix'
const long = Boolean(process.env.WEFT_TEST_LONG)

// Somebody with Yjs and without WebSockets.
const poller = async (relay, room) => {
  const p = { doc: new Y.Doc(), version: 0, waiting: [] }
  const url = `http://127.0.0.1:${relay.port}/api/boards/${encodeURIComponent(room)}/updates`
  p.doc.on('update', (update, origin) => { if (origin !== p) p.waiting.push(Buffer.from(update).toString('base64')) })
  p.poll = async () => {
    const answer = await (await fetch(url, { method: 'POST', body: JSON.stringify({ since: p.version, updates: p.waiting.splice(0) }) })).json()
    for (const update of answer.updates) Y.applyUpdate(p.doc, Buffer.from(update, 'base64'), p)
    p.version = answer.version
  }
  await p.poll()
  return p
}
// A device that polls; @value is what it has.
const pollingDevice = relay => {
  const d = { clock: 0 }
  d.poll = async (changes = []) => {
    const answer = await poll(relay, 'polls', changes)
    for (const c of answer.changes) {
      d.clock = Math.max(d.clock, c.timestamp)
      if (c.key === NOTE) d.value = c.value
    }
    d.clock = Math.max(d.clock, answer.ack_timestamp)
  }
  d.put = async value => { d.value = value; await d.poll([change(NOTE, value, d.clock + 1, 'polls')]) }
  return d
}

// All of them in one page.
const meet = async data => {
  const relay = await new Relay().start(data)
  const first = await device(relay, 'json')
  first.put(NOTE, 'begun\n')
  await until('the page to be there', () => first.said.length > 0)
  const { rooms } = await (await get(relay, '/api/rooms')).json()
  const room = rooms.map(r => r.room).find(r => r.startsWith('nb/'))
  const all = { relay, room, json: first, polls: pollingDevice(relay) }
  all.yjs = client(relay, room)
  all.hocuspocus = hocuspocus(relay, room)
  all.realtime = await realtime(relay, room)
  all.updates = await poller(relay, room)
  all.graph = await graph(relay, room, 0)
  all.docs = { yjs: all.yjs, hocuspocus: all.hocuspocus, realtime: all.realtime, updates: all.updates }
  await until('all to be in', () => all.yjs.provider.synced && all.hocuspocus.provider.synced && all.realtime.said.length > 0 && all.graph.said.length > 0)
  return all
}
// Waits while those who poll do so.
const untilPolled = async (all, what, condition) => {
  const end = Date.now() + PATIENCE
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await all.updates.poll()
    await all.polls.poll()
    await sleep(10)
  }
}
const quill = c => c.doc.getText('quill')
const plain = text => JSON.stringify(text.toDelta())

// What is done to a note, the delta that it then is, and its Markdown. Each begins where the one before it ended.
const EMOJI = '👩‍👩‍👧 e\u0301 漢字 עברית 𝒳'
const steps = [
  ['letters', t => { t.delete(0, t.length); t.insert(0, 'one\ntwo\n') }, [{ insert: 'one\ntwo\n' }], 'one\n\ntwo\n'],
  ['beyond ASCII', t => t.insert(3, ' ' + EMOJI), [{ insert: `one ${EMOJI}\ntwo\n` }], `one ${EMOJI}\n\ntwo\n`],
  ['inside of a pair', t => t.insert(t.toString().indexOf('𝒳'), '𝒴'), [{ insert: `one ${EMOJI.replace('𝒳', '𝒴𝒳')}\ntwo\n` }], `one ${EMOJI.replace('𝒳', '𝒴𝒳')}\n\ntwo\n`],
  ['a deletion', t => t.delete(3, t.toString().indexOf('\n') - 3), [{ insert: 'one\ntwo\n' }], 'one\n\ntwo\n'],
  ['marks', t => { t.format(0, 3, { bold: true }); t.format(4, 3, { link: 'https://a.example/?q=1' }) },
    [{ insert: 'one', attributes: { bold: true } }, { insert: '\n' }, { insert: 'two', attributes: { link: 'https://a.example/?q=1' } }, { insert: '\n' }], '**one**\n\n[two](https://a.example/?q=1)\n'],
  ['marks gone', t => t.format(0, t.length, { bold: null, link: null }), [{ insert: 'one\ntwo\n' }], 'one\n\ntwo\n'],
  ['lines of kinds', t => { t.format(3, 1, { header: 2 }); t.format(7, 1, { list: 'unchecked' }) },
    [{ insert: 'one' }, { insert: '\n', attributes: { header: 2 } }, { insert: 'two' }, { insert: '\n', attributes: { list: 'unchecked' } }], '## one\n\n- [ ] two\n'],
  ['a kind changed', t => t.format(7, 1, { list: 'checked' }),
    [{ insert: 'one' }, { insert: '\n', attributes: { header: 2 } }, { insert: 'two' }, { insert: '\n', attributes: { list: 'checked' } }], '## one\n\n- [x] two\n'],
  ['code', t => { t.delete(0, t.length); t.insert(0, 'a *b*'); t.insert(5, '\n', { 'code-block': 'c' }) },
    [{ insert: 'a *b*' }, { insert: '\n', attributes: { 'code-block': 'c' } }], '```c\na *b*\n```\n'],
  ['what looks like Markdown', t => { t.delete(0, t.length); t.insert(0, '# no *head* [x] <b>\n') }, [{ insert: '# no *head* [x] <b>\n' }], '\\# no \\*head\\* \\[x\\] \\<b>\n'],
  ['nothing', t => t.delete(0, t.length), [], '']
]

const tests = {
  'a note: each writes, all read': async () => {
    const all = await meet('note')
    const values = () => [all.json.value(NOTE), all.polls.value]
    const readsAll = async (what, delta, value) => {
      const wanted = JSON.stringify(delta)
      const is = () => Object.values(all.docs).every(c => plain(quill(c)) === wanted) && values().every(v => v === value)
      await untilPolled(all, what, is).catch(e => {
        throw new Error(`${e.message}: wanted ${wanted} and ${JSON.stringify(value)}\n` +
          Object.entries(all.docs).map(([n, c]) => `${n}: ${plain(quill(c))}`).join('\n') + '\n' + JSON.stringify(values()))
      })
    }
    const writers = ['yjs', 'hocuspocus', 'json', 'realtime', 'polls', 'updates']
    for (const pass of long ? [0, 1, 2, 3, 4, 5] : [0, 1, 3]) {
      for (const [i, [what, edit, delta, value]] of steps.entries()) {
        const writer = writers[(i + pass) % writers.length]
        if (all.docs[writer]) all.docs[writer].doc.transact(() => edit(quill(all.docs[writer])))
        else await all[writer].put(...(writer === 'json' ? [NOTE] : []), value)
        await readsAll(`${what}, by ${writer}`, delta, value)
      }
    }
    // Undone where it was done, by whoever can; by the others by saying what it was.
    for (const writer of long ? Object.keys(all.docs) : ['yjs', 'updates']) {
      const text = quill(all.docs[writer])
      const undo = new Y.UndoManager(text)
      text.insert(0, 'kept\n')
      undo.stopCapturing()
      text.insert(2, 'undone')
      await readsAll(`before it is undone by ${writer}`, [{ insert: 'keundonept\n' }], 'keundonept\n')
      undo.undo()
      await readsAll(`undone by ${writer}`, [{ insert: 'kept\n' }], 'kept\n')
      undo.redo()
      await readsAll(`redone by ${writer}`, [{ insert: 'keundonept\n' }], 'keundonept\n')
      text.delete(0, text.length)
      undo.destroy()
      await readsAll(`emptied by ${writer}`, [], '')
    }
    assert(all.graph.nodes.size === 0 && all.graph.edges.size === 0, 'the note is no element of the board')

    // And all of it is stored.
    all.yjs.doc.getText('quill').insert(0, 'last\n')
    await readsAll('the last word', [{ insert: 'last\n' }], 'last\n')
    await all.relay.end('SIGKILL')
    const again = await new Relay().start('note')
    assert((await poll(again, 'fresh')).get(NOTE).value === 'last\n', 'stored, for a device')
    const fresh = client(again, all.room)
    await until('stored, for Yjs', () => plain(quill(fresh)) === plain(quill(all.yjs)))
    await again.end()
  },

  'a board: each writes, all read': async () => {
    const all = await meet('board')
    const told = all.json.said.length
    const board = c => c.doc.getMap('board')
    // What every dialect can say of it.
    const ofDoc = c => JSON.stringify([...board(c)].sort(([a], [b]) => a < b ? -1 : 1).map(([id, e]) =>
      [id, e.get('label') ?? e.get('type'), e.get('x') ?? null, e.get('opacity') ?? null, e.get('text')?.toString() ?? '',
        e.get('startBinding')?.elementId ?? null, e.get('endBinding')?.elementId ?? null]))
    const ofGraph = g => JSON.stringify([...g.nodes.values(), ...g.edges.values()].map(o =>
      [o.nodeId ?? o.edgeId, o.label, o.properties.x ?? null, o.properties.opacity ?? null, o.properties.text ?? '', o.sourceId ?? null, o.targetId ?? null])
      .sort(([a], [b]) => a < b ? -1 : 1))
    const edge = (from, to) => new Y.Map([['type', 'arrow'], ['x', 0], ['startBinding', { elementId: from, fixedPoint: [1, 0.5] }], ['endBinding', { elementId: to, fixedPoint: [0, 0.5] }]])
    const node = (type, x, text) => new Y.Map([['type', type], ['x', x], ['text', new Y.Text(text)]])
    // By Yjs, by patches, and what is then there (of edges, x is left to whoever makes them).
    const doings = [
      ['elements', b => { b.set('n1', node('rectangle', 10, `a ${EMOJI}`)); b.set('n2', node('ellipse', 300.5, '')) },
        [['create_node', { nodeId: 'n1', label: 'rectangle', properties: { x: 10, text: `a ${EMOJI}` } }], ['create_node', { nodeId: 'n2', label: 'ellipse', properties: { x: 300.5, text: '' } }]],
        [['n1', 'rectangle', 10, null, `a ${EMOJI}`, null, null], ['n2', 'ellipse', 300.5, null, '', null, null]]],
      ['properties', b => { b.get('n1').set('x', -5); b.get('n1').set('opacity', 40); b.get('n2').get('text').insert(0, 'two\nlines') },
        [['update_node', { nodeId: 'n1', properties: { x: -5, opacity: 40 } }], ['update_node', { nodeId: 'n2', properties: { text: 'two\nlines' } }]],
        [['n1', 'rectangle', -5, 40, `a ${EMOJI}`, null, null], ['n2', 'ellipse', 300.5, null, 'two\nlines', null, null]]],
      ['an edge', b => b.set('z', edge('n1', 'n2')), [['create_edge', { edgeId: 'z', label: 'arrow', sourceId: 'n1', targetId: 'n2', properties: {} }]],
        [['n1', 'rectangle', -5, 40, `a ${EMOJI}`, null, null], ['n2', 'ellipse', 300.5, null, 'two\nlines', null, null], ['z', 'arrow', '*', null, '', 'n1', 'n2']]],
      ['a property gone', b => { b.get('n1').delete('opacity'); b.get('n1').get('text').delete(0, b.get('n1').get('text').length) },
        [['update_node', { nodeId: 'n1', properties: { opacity: null, text: '' } }]],
        [['n1', 'rectangle', -5, null, '', null, null], ['n2', 'ellipse', 300.5, null, 'two\nlines', null, null], ['z', 'arrow', '*', null, '', 'n1', 'n2']]],
      ['the edge gone', b => b.delete('z'), [['delete_edge', { edgeId: 'z' }]],
        [['n1', 'rectangle', -5, null, '', null, null], ['n2', 'ellipse', 300.5, null, 'two\nlines', null, null]]],
      ['all gone', b => { b.delete('n1'); b.delete('n2') }, [['delete_node', { nodeId: 'n1' }], ['delete_node', { nodeId: 'n2' }]], []]
    ]
    const loose = text => JSON.stringify(JSON.parse(text).map(e => e[5] ? Object.assign(e, { 2: '*' }) : e))
    const readsAll = async (what, wanted) => {
      const is = () => [...Object.values(all.docs).map(ofDoc), ofGraph(all.graph)].every(text => loose(text) === JSON.stringify(wanted))
      await untilPolled(all, what, is).catch(e => {
        throw new Error(`${e.message}: wanted ${JSON.stringify(wanted)}\n${Object.entries(all.docs).map(([n, c]) => `${n}: ${ofDoc(c)}`).join('\n')}\ngraph: ${ofGraph(all.graph)}`)
      })
    }
    let n = 0
    for (const writer of ['yjs', 'graph', 'hocuspocus', 'realtime', 'updates']) {
      for (const [what, edit, patches, wanted] of doings) {
        if (writer === 'graph') for (const [op, rest] of patches) all.graph.patch(`p${n++}`, op, rest)
        else all.docs[writer].doc.transact(() => edit(board(all.docs[writer])))
        await readsAll(`${what}, by ${writer}`, wanted)
      }
      assert(!all.graph.said.some(m => m.type === 'patch_rejected'), 'no patch is rejected')
    }
    // What is undone in Yjs is undone in the graph too.
    for (const writer of Object.keys(all.docs)) {
      const undo = new Y.UndoManager(board(all.docs[writer]))
      board(all.docs[writer]).set('u', node('diamond', 1, 'u'))
      const there = [['u', 'diamond', 1, null, 'u', null, null]]
      await readsAll(`made by ${writer}`, there)
      undo.undo()
      await readsAll(`undone by ${writer}`, [])
      undo.redo()
      await readsAll(`redone by ${writer}`, there)
      board(all.docs[writer]).delete('u')
      undo.destroy()
      await readsAll(`deleted by ${writer}`, [])
    }
    // A graph made of patches is the one that a snapshot shows.
    board(all.yjs).set('s', node('rectangle', 7, 's'))
    await readsAll('one more', [['s', 'rectangle', 7, null, 's', null, null]])
    const fresh = await graph(all.relay, all.room, 0)
    await until('a snapshot', () => fresh.said.length > 0)
    assert(fresh.version === all.graph.version && sorted(fresh.nodes) === sorted(all.graph.nodes), `${sorted(fresh.nodes)} is not ${sorted(all.graph.nodes)}`)
    assert(all.json.said.length === told && all.json.value(NOTE) === 'begun\n', 'the board is nothing of the note')
    await all.relay.end()
  },

  'people: each is seen by all who see people, and gone when they leave': async () => {
    const all = await meet('people')
    all.yjs.awareness.setLocalState({ user: { id: 'yuri', name: 'Yuri' }, pointer: { x: 1, y: 2 } })
    all.hocuspocus.awareness.setLocalState({ user: { id: 'hana', name: 'Hana' }, pointer: { x: 3, y: 4 } })
    all.realtime.say({ type: 'presence:update', cursor: { x: 5, y: 6 }, selection: [] })
    const seenBy = { // by whom, and how: where somebody points, or nothing
      yjs: x => [...all.yjs.awareness.getStates().values()].some(s => s.pointer?.x === x),
      hocuspocus: x => [...all.hocuspocus.awareness.getStates().values()].some(s => s.pointer?.x === x),
      realtime: x => {
        const last = new Map()
        for (const m of all.realtime.said) {
          if (m.type === 'presence:sync') last.set(m.user_id, m.cursor?.x)
          if (m.type === 'presence:leave') last.delete(m.user_id)
        }
        return [...last.values()].includes(x)
      }
    }
    await until('each to see the others', () => [3, 5].every(seenBy.yjs) && [1, 5].every(seenBy.hocuspocus) && [1, 3].every(seenBy.realtime))
    all.yjs.awareness.setLocalStateField('pointer', { x: 11, y: 2 })
    all.hocuspocus.awareness.setLocalStateField('pointer', { x: 13, y: 4 })
    all.realtime.say({ type: 'presence:update', cursor: { x: 15, y: 6 }, selection: [] })
    await until('all to see each move', () => [13, 15].every(seenBy.yjs) && [11, 15].every(seenBy.hocuspocus) && [11, 13].every(seenBy.realtime))
    all.realtime.socket.close()
    await until('one to be gone', () => !seenBy.yjs(15) && !seenBy.hocuspocus(15), BEFORE_FORGOTTEN)
    all.hocuspocus.provider.destroy()
    await until('the other to be gone', () => !seenBy.yjs(13), BEFORE_FORGOTTEN)
    await all.relay.end()
  }
}

await run(tests, () => { for (const socket of sockets.splice(0)) socket.destroy() })
