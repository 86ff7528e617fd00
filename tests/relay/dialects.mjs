// dialects.mjs - the relay's other dialects, with clients that are not ours where there are any
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node dialects.mjs PATH-OF-WEFT.
import { BEFORE_FORGOTTEN, Y, decoding, encoding, sleep, until, assert, Relay, client, message, editOf, raw, run } from './harness.mjs'
import { graph, hocuspocus, hocuspocusSocket, realtime, sockets, sorted } from './peers.mjs'

const framed = (name, f) => message(e => { encoding.writeVarString(e, name); f(e) })
const readFrame = bytes => {
  const d = decoding.createDecoder(bytes)
  return { name: decoding.readVarString(d), type: decoding.readVarUint(d), rest: d }
}
const token = (name, text = '') => framed(name, e => { encoding.writeVarUint(e, 2); encoding.writeVarUint(e, 0); encoding.writeVarString(e, text) })

const tests = {
  'hocuspocus: a stock provider and a y-websocket client write together': async () => {
    const relay = await new Relay().start('hocuspocus')
    const h = hocuspocus(relay, 'nb/page'); const y = client(relay, 'nb/page')
    await until('both to be synced', () => h.provider.synced && y.provider.synced)
    assert(h.provider.isAuthenticated && h.provider.authorizedScope === 'read-write', 'let in')
    for (let i = 0; i < 100; i++) (i % 2 ? h : y).text.insert(0, `${i} `)
    await until('both to be the same', () => h.text.length === 290 && h.text.toString() === y.text.toString())
    await until('everything to be acknowledged', () => h.provider.unsyncedChanges === 0)

    h.awareness.setLocalStateField('user', { name: 'Hana' })
    y.awareness.setLocalStateField('user', { name: 'Yuri' })
    await until('each to see the other', () => y.awareness.getStates().get(h.doc.clientID)?.user?.name === 'Hana' &&
      h.awareness.getStates().get(y.doc.clientID)?.user?.name === 'Yuri')
    h.provider.destroy()
    await until('Hana to be gone', () => !y.awareness.getStates().has(h.doc.clientID), BEFORE_FORGOTTEN)
    await relay.end()
  },

  'hocuspocus: many documents on one socket, each leaves alone': async () => {
    const relay = await new Relay().start('many')
    const socket = hocuspocusSocket(relay)
    const all = Array.from({ length: 20 }, (_, i) => hocuspocus(relay, `page ${i}`, { socket }))
    await until('all to be synced', () => all.every(h => h.provider.synced))
    all.forEach((h, i) => h.text.insert(0, `text ${i}`))
    const peers = all.map((_, i) => client(relay, `page ${i}`))
    await until('each to have its own', () => peers.every((p, i) => p.text.toString() === `text ${i}`))
    const health = await (await fetch(`http://127.0.0.1:${relay.port}/health`)).json()
    assert(health.connections === 21 && health.rooms === 20, JSON.stringify(health))
    all[3].provider.destroy()
    peers[3].text.insert(0, 'alone ')
    peers[4].text.insert(0, 'together ')
    await until('those that stayed to hear', () => all[4].text.toString() === 'together text 4')
    assert(all[3].text.toString() === 'text 3', 'who left hears nothing')
    // And comes back.
    const again = hocuspocus(relay, 'page 3', { socket })
    await until('it to be back', () => again.text.toString() === 'alone text 3')
    await relay.end()
  },

  'hocuspocus: one document twice on one socket, by sessions': async () => {
    const relay = await new Relay().start('sessions')
    const socket = hocuspocusSocket(relay)
    const a = hocuspocus(relay, 'page', { socket, sessionAwareness: true })
    const b = hocuspocus(relay, 'page', { socket, sessionAwareness: true })
    await until('both to be synced', () => a.provider.synced && b.provider.synced)
    a.text.insert(0, 'from a'); b.doc.getMap('m').set('from', 'b')
    await until('each to hear of the other', () => b.text.toString() === 'from a' && a.doc.getMap('m').get('from') === 'b')
    b.awareness.setLocalStateField('user', { name: 'B' })
    await until('a to see b', () => a.awareness.getStates().get(b.doc.clientID)?.user?.name === 'B')
    await relay.end()
  },

  'hocuspocus: an update is acknowledged when it is stored; the relay restarts': async () => {
    let relay = await new Relay().start('acknowledged')
    const port = relay.port
    const h = hocuspocus(relay, 'page')
    await until('it to be synced', () => h.provider.synced && h.provider.unsyncedChanges === 0)
    for (let i = 0; i < 50; i++) {
      h.text.insert(h.text.length, 'x')
      await until('the acknowledgement', () => h.provider.unsyncedChanges === 0)
    }
    await relay.end('SIGKILL')
    h.text.insert(0, 'offline ')
    relay = await new Relay().start('acknowledged', port)
    const y = client(relay, 'page')
    await until('both parts to be there', () => y.text.toString() === 'offline ' + 'x'.repeat(50))
    await relay.end()
  },

  'hocuspocus: messages before the token wait; what is malformed is refused': async () => {
    const relay = await new Relay().start('raw')
    const r = await raw(relay, '/hocuspocus')
    const update = editOf(d => d.getText('t').insert(0, 'early'))
    r.socket.send(framed('room', e => { encoding.writeVarUint(e, 0); encoding.writeVarUint(e, 2); encoding.writeVarUint8Array(e, update) }))
    await sleep(100)
    assert(r.messages.length === 0, 'nothing before the token')
    r.socket.send(token('room'))
    r.socket.send(framed('', e => encoding.writeVarUint(e, 9)))
    const y = client(relay, 'room')
    await until('the update to have arrived', () => y.text.toString() === 'early')
    const types = r.messages.map(m => readFrame(m).type)
    assert(types.includes(2) && types.includes(8) && types.includes(10), `types ${types}`)

    for (const [what, bytes] of Object.entries({
      empty: new Uint8Array(), 'a name alone': framed('room', () => {}), 'no name': token(''), 'a long name': token('n'.repeat(300)),
      'a broken update': framed('room', e => { encoding.writeVarUint(e, 0); encoding.writeVarUint(e, 2); encoding.writeVarUint8Array(e, new Uint8Array([9, 9, 9])) }),
      'an unknown sync message': framed('room', e => { encoding.writeVarUint(e, 0); encoding.writeVarUint(e, 7); encoding.writeVarUint8Array(e, new Uint8Array()) }),
      'a length past the end': framed('room', e => { encoding.writeVarUint(e, 1); encoding.writeVarUint(e, 1000) })
    })) {
      const bad = await raw(relay, '/hocuspocus')
      bad.socket.send(token('room'))
      bad.socket.send(bytes)
      await until(`${what} to be refused`, () => bad.code !== null || bad.messages.some(m => readFrame(m).type === 7))
      bad.socket.close()
    }
    // Too much before a token.
    const flood = await raw(relay, '/hocuspocus')
    for (let i = 0; i < 1100; i++) flood.socket.send(framed('room', e => { encoding.writeVarUint(e, 3) }))
    await until('the flood to be cut', () => flood.code === 1013)
    y.text.insert(0, 'still ')
    await until('the relay to be well', () => r.messages.some(m => readFrame(m).type === 0))
    await relay.end()
  },

  'realtime: JSON clients and y-websocket clients share document and presence': async () => {
    const relay = await new Relay().start('realtime')
    const y = client(relay, 'nb/board')
    y.doc.getMap('board').set('e1', new Y.Map([['type', 'rectangle'], ['x', 10]]))
    y.awareness.setLocalState({ user: { name: 'Yuri', id: 'yuri' }, pointer: { x: 1, y: 2, tool: 'pointer' }, selectedElementIds: { e1: true } })
    await until('y to be synced', () => y.provider.synced)
    const a = await realtime(relay, 'nb/board')
    await until('a to have the board', () => a.doc.getMap('board').get('e1')?.get('x') === 10)
    await until('a to know Yuri', () => a.heard('presence:join', m => m.user_id === 'yuri' && m.user.name === 'Yuri') &&
      a.heard('presence:sync', m => m.user_id === 'yuri' && m.cursor.x === 1 && m.selection[0] === 'e1'))

    a.doc.getMap('board').get('e1').set('x', 20)
    const b = await realtime(relay, 'nb/board')
    b.base64 = true
    b.doc.getMap('board').set('e2', new Y.Map([['type', 'ellipse']]))
    await until('all to have both', () => [y, a, b].every(c => c.doc.getMap('board').get('e1')?.get('x') === 20 && c.doc.getMap('board').has('e2')))
    y.doc.getMap('board').delete('e2')
    await until('b to hear of it in base64', () => !b.doc.getMap('board').has('e2') && b.heard('yjs:sync', m => typeof m.data === 'string'))

    a.say({ type: 'presence:update', cursor: { x: 7, y: 8 }, selection: ['e1'] })
    a.say({ type: 'presence:viewport', x: 0, y: 0, zoom: 2 })
    const ofA = () => [...y.awareness.getStates().values()].find(s => s.pointer?.x === 7)
    await until('y to see a', () => ofA()?.selectedElementIds?.e1 === true && ofA().view?.zoom === 2)
    const id = ofA().user.id
    await until('b to see a', () => b.heard('presence:join', m => m.user_id === id) && b.heard('presence:sync', m => m.user_id === id && m.cursor?.y === 8 && m.viewport?.zoom === 2))
    a.say({ type: 'presence:update', cursor: null, selection: [] })
    await until('b to hear that a points nowhere', () => b.heard('presence:sync', m => m.user_id === id && m.cursor === null && m.selection.length === 0))
    a.socket.close()
    await until('b to hear that a left', () => b.heard('presence:leave', m => m.user_id === id))
    assert(!b.heard('presence:join', m => m.user_id === [...y.awareness.getStates().values()].find(s => s.user?.id?.startsWith('guest') && s.user.id !== id)?.user.id), 'b is not told of itself')
    y.provider.destroy()
    await until('b to hear that Yuri left', () => b.heard('presence:leave', m => m.user_id === 'yuri'))
    await relay.end()
  },

  'realtime: what is malformed is refused, what is unknown is passed over': async () => {
    const relay = await new Relay().start('realtime-bad')
    for (const text of ['', '5', '{}', '{"type":5}', '[', 'null', '{"type":"yjs:sync"}', '{"type":"yjs:sync","data":[256]}', '{"type":"yjs:sync","data":[1.5]}',
      '{"type":"yjs:sync","data":{}}', '{"type":"yjs:sync","data":[1,2,3]}', '{"type":"yjs:sync","data":"!!!!"}', '['.repeat(200000), '{"a":'.repeat(100000)]) {
      const bad = await realtime(relay, 'board')
      bad.socket.send(text)
      await until(`${text.slice(0, 30)} to be refused`, () => bad.code === 4400)
    }
    const odd = await realtime(relay, 'board')
    for (const m of [{ type: 'news' }, { type: 'presence:update', cursor: 'here', selection: 9 }, { type: 'presence:viewport', x: 'a' },
      { type: 'presence:update', cursor: { x: 'a', y: [1] }, selection: [1, 'x'.repeat(5000), ...Array.from({ length: 500 }, (_, i) => 'e' + i)] }]) odd.say(m)
    odd.doc.getText('t').insert(0, 'well')
    const y = client(relay, 'board')
    for (const state of [{}, { user: 5 }, { user: { id: 7, name: [] }, pointer: {}, selectedElementIds: 'all', view: 3 }, { pointer: { x: 'a', y: null } }]) {
      y.awareness.setLocalState(state)
      await sleep(40)
    }
    await until('odd people to be told of', () => odd.heard('presence:sync', m => m.user_id === `client:${y.doc.clientID}` && m.cursor?.x === 0))
    await until('the relay to be well', () => y.text.toString() === 'well')
    for (const path of ['/ws', '/ws?boardId=', '/ws?boardId=' + 'x'.repeat(300)]) {
      const status = await raw(relay, path).then(() => 'open', e => e.message)
      assert(status === 'status 400', `${path.slice(0, 20)}: ${status}`)
    }
    await relay.end()
  },

  'patches: numbered, told to all, the sender included; the board shows them': async () => {
    const relay = await new Relay().start('patches')
    const a = await graph(relay, 'nb/board', 0); const b = await graph(relay, 'nb/board', 0); const y = client(relay, 'nb/board')
    await until('two snapshots', () => a.said.length === 1 && b.said.length === 1)
    a.patch('p1', 'create_node', { nodeId: 'n1', label: 'Task', properties: { title: 'Tea', x: 10, y: 20, _version: 1 } })
    a.patch('p2', 'create_node', { nodeId: 'n2', label: 'rectangle', properties: { x: 300, y: 20, text: 'Shape' } })
    a.patch('p3', 'create_edge', { edgeId: 'e1', label: 'needs', sourceId: 'n1', targetId: 'n2', properties: {} })
    await until('all to arrive', () => [a, b].every(g => ['p1', 'p2', 'p3'].every(p => g.broadcast(p).length === 1)))
    assert(a.broadcast('p1')[0].payload.version + 2 === a.broadcast('p3')[0].payload.version, 'one version each')
    const board = y.doc.getMap('board')
    await until('y to have them', () => board.has('e1'))
    assert(board.get('n1').get('type') === 'card' && board.get('n1').get('label') === 'Task' && board.get('n1').get('_version') === 1, 'a card')
    assert(board.get('n2').get('text').toString() === 'Shape' && board.get('e1').get('startBinding').elementId === 'n1', 'a shape and an arrow')

    // What the application does arrives as patches.
    y.doc.transact(() => { board.get('n2').set('x', 500); board.get('n1').get('properties').set('title', 'Coffee'); board.get('n2').get('text').insert(5, 's') })
    board.set('n3', new Y.Map([['type', 'ellipse'], ['x', 1]]))
    board.delete('e1')
    await until('a and b to hear of it', () => [a, b].every(g => g.nodes.get('n2')?.properties.x === 500 && g.nodes.get('n2').properties.text === 'Shapes' &&
      g.nodes.get('n1').properties.title === 'Coffee' && g.nodes.get('n3')?.label === 'ellipse' && !g.edges.has('e1')))

    // A late one, by snapshot; one that was away, by what it missed.
    const late = await graph(relay, 'nb/board', 0)
    await until('the late one to have all', () => late.said.length === 1)
    const away = await graph(relay, 'nb/board', a.broadcast('p2')[0].payload.version)
    await until('the one that was away to have the rest', () => away.version === a.version)
    assert(away.said[0].type === 'patch_broadcast' && away.broadcast('p3').length === 1 && away.broadcast('p1').length === 0, 'only what it missed')
    for (const [what, g] of Object.entries({ a, b })) {
      g.say({ type: 'hello', since: 0 }) // and the patches made the same graph as a snapshot
      const nodes = sorted(g.nodes)
      await until('a second snapshot', () => g.said.filter(m => m.type === 'snapshot').length === 2)
      const fresh = sorted(new Map(g.said.filter(m => m.type === 'snapshot')[1].nodes.map(n => [n.nodeId, n])))
      const geometry = /"(index|width|height)":("[^"]*"|[0-9.]+),?/g
      assert(nodes.replace(geometry, '').replace(/,}/g, '}') === fresh.replace(geometry, '').replace(/,}/g, '}'), `${what}: ${nodes} is not ${fresh}`)
    }
    await relay.end()
  },

  'patches: repeated ones are answered once more, wrong ones rejected, nothing breaks': async () => {
    let relay = await new Relay().start('rejected')
    const a = await graph(relay, 'board', 0); const b = await graph(relay, 'board', 0)
    // Whoever says hello later than the patch gets it in the snapshot.
    await until('two snapshots', () => a.said.length === 1 && b.said.length === 1)
    a.patch('same', 'create_node', { nodeId: 'n', label: 'Task', properties: {} })
    a.patch('same', 'create_node', { nodeId: 'n', label: 'Task', properties: {} })
    await until('two answers to the sender', () => a.broadcast('same').length === 2)
    a.patch('again', 'create_node', { nodeId: 'n', label: 'Task', properties: {} })
    a.patch('nothing', 'update_node', { nodeId: 'n', properties: {} })
    a.patch('missing', 'update_node', { nodeId: 'm', properties: {} })
    a.patch('op', 'drop_table', { nodeId: "n'; DROP TABLE rooms; --" })
    a.patch('x'.repeat(65), 'delete_node', { nodeId: 'n' })
    a.say({ type: 'patch' }); a.say({ type: 'patch', payload: 5 }); a.say({ type: 'news' }); a.say({ type: 'hello', since: 'x' }); a.say({ type: 'hello', since: 1e300 })
    await until('rejections', () => a.rejected('again') && a.rejected('missing') && a.rejected('op') && a.said.filter(m => m.type === 'patch_rejected' && m.id === null).length === 3)
    await until('an answer to what changes nothing', () => a.broadcast('nothing').length === 1)
    await until('the other to hear of the change', () => b.broadcast('same').length > 0)
    const c0 = client(relay, 'board')
    await until('c0 to be synced', () => c0.provider.synced)
    c0.doc.getMap('board').get('n').set('x', 9)
    await until('the others to hear of a change after rejections', () => b.nodes.get('n')?.properties.x === 9 && !b.said.some(m => m.payload?.patch.id === 'missing'))
    assert(b.broadcast('same').length === 1 && b.broadcast('nothing').length === 0, 'the others hear of each change once')
    const version = a.version
    await relay.end('SIGKILL')
    relay = await new Relay().start('rejected')
    const c = await graph(relay, 'board', version)
    c.patch('more', 'update_node', { nodeId: 'n', properties: { done: true } })
    await until('it to be numbered after what was', () => c.broadcast('more')[0]?.payload.version === version + 1)
    await relay.end()
  }
}

await run(tests, () => { for (const socket of sockets.splice(0)) socket.destroy() })
