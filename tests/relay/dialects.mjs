// dialects.mjs - the relay's other dialects, with clients that are not ours where there are any
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node dialects.mjs PATH-OF-WEFT.
import { Y, WebSocket, decoding, encoding, require, sleep, until, assert, Relay, client, message, editOf, raw, run } from './harness.mjs'

// --- Hocuspocus ---

// Versions of the provider choose WebSocket from the global scope.
globalThis.WebSocket ??= WebSocket
const { HocuspocusProvider, HocuspocusProviderWebsocket } = require('@hocuspocus/provider')

const sockets = []
const hocuspocus = (relay, name, options = {}) => {
  const socket = options.socket ?? hocuspocusSocket(relay)
  const doc = new Y.Doc()
  const h = { doc, text: doc.getText('t'), denied: [], closes: [], stateless: [] }
  h.provider = new HocuspocusProvider({
    websocketProvider: socket, name, document: doc, token: options.token ?? '', sessionAwareness: options.sessionAwareness ?? false,
    onAuthenticationFailed: ({ reason }) => h.denied.push(reason), onClose: ({ event }) => h.closes.push(event.code),
    onStateless: ({ payload }) => h.stateless.push(payload)
  })
  h.provider.attach()
  h.awareness = h.provider.awareness
  return h
}
const hocuspocusSocket = relay => {
  const socket = new HocuspocusProviderWebsocket({ url: `${relay.url}/hocuspocus`, WebSocketPolyfill: WebSocket, delay: 100, minDelay: 100, maxDelay: 300 })
  sockets.push(socket)
  return socket
}
const framed = (name, f) => message(e => { encoding.writeVarString(e, name); f(e) })
const readFrame = bytes => {
  const d = decoding.createDecoder(bytes)
  return { name: decoding.readVarString(d), type: decoding.readVarUint(d), rest: d }
}
const token = (name, text = '') => framed(name, e => { encoding.writeVarUint(e, 2); encoding.writeVarUint(e, 0); encoding.writeVarString(e, text) })

// --- JSON realtime ---

const realtime = async (relay, board, query = '') => {
  const r = await raw(relay, `/ws?boardId=${encodeURIComponent(board)}${query}`)
  r.doc = new Y.Doc()
  r.said = []
  const take = data => {
    const m = JSON.parse(Buffer.from(data).toString())
    r.said.push(m)
    if (m.type === 'yjs:sync') Y.applyUpdate(r.doc, typeof m.data === 'string' ? Buffer.from(m.data, 'base64') : Uint8Array.from(m.data), 'relay')
  }
  r.messages.forEach(take)
  r.socket.on('message', take)
  r.say = m => r.socket.send(JSON.stringify(m))
  r.heard = (type, f = () => true) => r.said.some(m => m.type === type && f(m))
  r.doc.on('update', (update, origin) => origin === 'relay' || r.say({ type: 'yjs:sync', data: r.base64 ? Buffer.from(update).toString('base64') : [...update] }))
  return r
}

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
    await until('Hana to be gone', () => !y.awareness.getStates().has(h.doc.clientID))
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
    await until('the flood to be cut', () => flood.code === 1013, 20000)
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
  }
}

await run(tests, () => { for (const socket of sockets.splice(0)) socket.destroy() })
