// live.mjs - real yjs and y-websocket clients through `weft --relay`
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node live.mjs PATH-OF-WEFT.
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Y, WebSocket, decoding, encoding, weft, folder, sleep, until, assert, Relay, clients, client, same, raw, message, updateMessage, editOf, get, run } from './harness.mjs'

// One state as an awareness update.
const awarenessOf = (client, clock, state) => message(e => {
  encoding.writeVarUint(e, 1); encoding.writeVarUint(e, client); encoding.writeVarUint(e, clock); encoding.writeVarString(e, JSON.stringify(state))
})

const tests = {
  'two clients converge, a late one joins': async () => {
    const relay = await new Relay().start('converge')
    const a = client(relay, 'room'); const b = client(relay, 'room')
    await until('both to be synced', () => a.provider.synced && b.provider.synced)
    for (let i = 0; i < 200; i++) {
      const c = i % 2 ? a : b
      c.text.insert(Math.floor(c.text.length / 2), `${i} `)
      if (i % 7 === 0) c.text.delete(0, 1)
      if (i % 20 === 0) await sleep(2)
    }
    await until('a and b to be the same', () => same(a, b))
    const late = client(relay, 'room')
    await until('the late one to have it', () => late.provider.synced && same(a, b, late))
    late.doc.getMap('m').set('k', { deep: [1, null, 'ü'] })
    await until('a map entry to arrive', () => a.doc.getMap('m').get('k')?.deep[2] === 'ü')
    assert(a.text.length > 500, 'there is text')
    assert((await get(relay, '/health')).status === 200, 'healthy')
    const health = await (await get(relay, '/health')).json()
    assert(health.status === 'ok' && health.connections === 3 && health.rooms === 1, JSON.stringify(health))
    await relay.end()
    assert(relay.exit.code === 0, `ended with ${relay.exit.code}`)
  },

  'awareness appears and disappears': async () => {
    const relay = await new Relay().start('awareness')
    const a = client(relay, 'room'); const b = client(relay, 'room')
    a.awareness.setLocalStateField('user', { name: 'Ada' })
    await until('b to see Ada', () => b.awareness.getStates().get(a.doc.clientID)?.user?.name === 'Ada')
    a.awareness.setLocalStateField('cursor', { anchor: 3 })
    await until('b to see her cursor', () => b.awareness.getStates().get(a.doc.clientID)?.cursor?.anchor === 3)
    const late = client(relay, 'room')
    await until('the late one to see Ada', () => late.awareness.getStates().get(a.doc.clientID)?.user?.name === 'Ada')
    a.awareness.setLocalState(null)
    await until('Ada to say goodbye', () => !b.awareness.getStates().has(a.doc.clientID))
    // One that vanishes without a word.
    b.provider.ws.terminate()
    b.provider.shouldConnect = false
    await until('b to vanish', () => !late.awareness.getStates().has(b.doc.clientID))
    await relay.end()
  },

  'offline edits merge on return': async () => {
    const relay = await new Relay().start('offline')
    const a = client(relay, 'room'); const b = client(relay, 'room')
    a.text.insert(0, 'common ')
    await until('b to have it', () => same(a, b) && b.text.length > 0)
    b.provider.disconnect()
    a.text.insert(0, 'from a '); b.text.insert(b.text.length, 'from b')
    await sleep(100)
    b.provider.connect()
    await until('both to have both', () => same(a, b) && a.text.toString() === 'from a common from b')
    await relay.end()
  },

  'killed with SIGKILL, nothing acknowledged is lost': async () => {
    let relay = await new Relay().start('killed')
    const port = relay.port
    const writer = client(relay, 'room'); const witness = client(relay, 'room')
    await until('both to be synced', () => writer.provider.synced && witness.provider.synced)
    for (let cycle = 0; cycle < 5; cycle++) {
      for (let i = 0; i < 40; i++) {
        writer.text.insert(writer.text.length, `${cycle}.${i} `)
        if (i % 5 === 0) await sleep(1)
      }
      await sleep(3 * cycle)
      const seen = witness.text.toString() // delivered to somebody else: acknowledged
      witness.provider.disconnect(); writer.provider.disconnect()
      await relay.end('SIGKILL')
      relay = await new Relay().start('killed', port)
      const fresh = client(relay, 'room')
      await until('the fresh one to be synced', () => fresh.provider.synced)
      assert(fresh.text.toString().startsWith(seen), `cycle ${cycle}: lost what was delivered`)
      fresh.provider.destroy()
      writer.provider.connect(); witness.provider.connect()
      await until('all to be the same again', () => same(writer, witness) && writer.text.length === witness.text.length && witness.text.toString().includes(`${cycle}.39 `))
    }
    await relay.end()
  },

  'restarted with SIGTERM within 5 s, clients return': async () => {
    let relay = await new Relay().start('restart')
    const port = relay.port
    const a = client(relay, 'room')
    await until('a to be synced', () => a.provider.synced)
    a.text.insert(0, 'before')
    await until('it to be stored', () => true)
    const start = Date.now()
    const exit = await relay.end('SIGTERM')
    assert(exit.code === 0, `ended with ${exit.code} ${exit.signal}`)
    assert(Date.now() - start < 15000, `took ${Date.now() - start} ms`)
    assert(a.closes[0] === 1012, `closed with ${a.closes}`)
    relay = await new Relay().start('restart', port)
    await until('a to return', () => a.provider.synced)
    const b = client(relay, 'room')
    await until('b to have it', () => b.text.toString() === 'before')
    await relay.end()
  },

  'rooms: slashes, escapes and Unicode in names, /yjs/, reserved names': async () => {
    const relay = await new Relay().start('rooms')
    for (const [one, other] of [['a/b', 'a%2Fb'], ['n/p', 'yjs/n/p'], ['漢字 x', '%E6%BC%A2%E5%AD%97%20x']]) {
      const writer = new Y.Doc(); writer.getText('t').insert(0, one)
      const s = await raw(relay, '/' + one.split('/').map(p => p.includes('%') ? p : encodeURIComponent(p)).join('/')).catch(e => { throw new Error(`${one}: ${e.message}`) })
      s.socket.send(updateMessage(Y.encodeStateAsUpdate(writer)))
      const b = client(relay, other)
      await until(`${other} to be ${one}`, () => b.text.toString() === one)
      s.socket.close()
    }
    const a = client(relay, 'a/b'); const c = client(relay, 'a')
    await until('both to be synced', () => a.provider.synced && c.provider.synced)
    assert(c.text.toString() === '', 'another room is another room')
    const reserved = client(relay, 'yjs/api')
    await until('/yjs/api to be synced', () => reserved.provider.synced)
    for (const path of ['/api', '/ws/other', '/%61pi/x', '/']) {
      const error = await raw(relay, path).then(() => null, e => e)
      assert(/404/.test(error?.message), `${path}: ${error?.message}`)
    }
    assert(/414/.test((await raw(relay, '/' + 'x'.repeat(257)).then(() => null, e => e))?.message), 'too long')
    assert(/400/.test((await raw(relay, '/a%00b').then(() => null, e => e))?.message), 'U+0000')
    const fits = await raw(relay, '/' + 'x'.repeat(256))
    fits.socket.close()
    await relay.end()
  },

  'too large is refused, what is just small enough is not': async () => {
    const relay = await new Relay().start('large')
    const size = 16 * 1024 * 1024
    const s = await raw(relay, '/large')
    s.socket.send(new Uint8Array(size + 1))
    await until('it to be closed', () => s.code !== null)
    assert(s.code === 1009, `closed with ${s.code}`)
    const big = new Y.Doc(); big.getText('t').insert(0, 'x'.repeat(size - 64))
    const update = updateMessage(Y.encodeStateAsUpdate(big))
    assert(update.length <= size, 'it fits')
    const t = await raw(relay, '/large')
    t.socket.send(update)
    const b = client(relay, 'large')
    await until('b to have it', () => b.text.length === size - 64)
    assert(t.code === null, 'still connected')
    t.socket.close()
    await relay.end()
  },

  'malformed messages close only their sender and leave no trace': async () => {
    const relay = await new Relay().start('malformed')
    const a = client(relay, 'room')
    a.text.insert(0, 'fine')
    await until('a to be synced', () => a.provider.synced)
    const bad = [[], [0], [0, 0, 5, 1], [0, 9, 0], [0, 2, 1, 0xff], [0, 2, 3, 1, 1, 1], [1, 1, 0x7f], [1, 5, 1, 7, 1, 1, 0x7b], [0, 1, 0x80]]
    for (const bytes of bad) {
      const s = await raw(relay, '/room')
      s.socket.send(Uint8Array.from(bytes))
      await until(`${bytes} to be refused`, () => s.code !== null)
      assert(s.code === 4400, `${bytes}: closed with ${s.code}`)
    }
    const t = await raw(relay, '/room')
    t.socket.send('text')
    await until('text to be refused', () => t.code !== null)
    assert(t.code === 1003, `closed with ${t.code}`)
    const unknown = await raw(relay, '/room')
    unknown.socket.send(Uint8Array.from([55, 1, 2]))
    await sleep(100)
    assert(unknown.code === null, 'unknown kinds are passed over')
    unknown.socket.close()
    const b = client(relay, 'room')
    await until('b to have it', () => b.text.toString() === 'fine')
    assert(a.closes.length === 0, 'a never noticed')
    await relay.end()
  },

  'updates that wait for others are kept over a SIGKILL': async () => {
    let relay = await new Relay().start('pending')
    const updates = []
    const doc = new Y.Doc(); doc.on('update', u => updates.push(u))
    doc.getText('t').insert(0, 'first'); doc.getText('t').insert(5, ' second'); doc.getText('t').insert(12, ' third')
    const s = await raw(relay, '/room')
    s.socket.send(updateMessage(updates[2]))
    s.socket.send(updateMessage(updates[1]))
    const w = client(relay, 'room')
    await until('w to be synced', () => w.provider.synced)
    // What somebody was told is stored.
    const waiting = () => {
      const pending = w.doc.store.pendingStructs
      return pending === null ? 0 : Y.decodeUpdateV2(pending.update).structs.filter(s => !(s instanceof Y.Skip)).reduce((n, s) => n + s.length, 0)
    }
    await until('both to be told', () => waiting() === ' second third'.length)
    assert(w.text.toString() === '', 'nothing to see yet')
    await relay.end('SIGKILL')
    relay = await new Relay().start('pending')
    const t = await raw(relay, '/room')
    t.socket.send(updateMessage(updates[0]))
    const b = client(relay, 'room')
    await until('b to have all', () => b.text.toString() === 'first second third')
    t.socket.close()
    await relay.end()
  },

  'weft.v1 clients get receipts after the commit, others do not': async () => {
    const relay = await new Relay().start('receipts')
    const s = await raw(relay, '/room', ['weft.v1'])
    assert(s.socket.protocol === 'weft.v1', `subprotocol ${s.socket.protocol}`)
    const other = await raw(relay, '/room', ['something', 'else'])
    assert(other.socket.protocol === 'something', `subprotocol ${other.socket.protocol}`)
    const plain = await raw(relay, '/room')
    const doc = new Y.Doc(); doc.getText('t').insert(0, 'abc')
    const known = new Map(); let version = 0
    const read = () => {
      for (const m of s.messages.splice(0)) {
        const d = decoding.createDecoder(m)
        if (decoding.readVarUint(d) !== 100) continue
        version = decoding.readVarUint(d)
        for (const [k, v] of Y.decodeStateVector(decoding.readVarUint8Array(d))) known.set(k, v)
      }
    }
    s.socket.send(updateMessage(Y.encodeStateAsUpdate(doc)))
    await until('the receipt', () => { read(); return known.get(doc.clientID) === 3 })
    assert(version === 1, `version ${version}`)
    other.socket.send(updateMessage(editOf(d => { d.clientID = 5; d.getText('t').insert(0, 'z') })))
    await until("the other's receipt", () => { read(); return known.get(5) === 1 })
    // One that comes later is told everything.
    const late = await raw(relay, '/room', ['x', 'weft.v1'])
    await until('a receipt for the late one', () => late.messages.some(m => m[0] === 100 && m[1] === 2))
    assert(![...other.messages, ...plain.messages].some(m => m[0] === 100), 'receipts for nobody else')
    for (const c of [s, other, plain, late]) c.socket.close()
    await relay.end()
  },

  'who comes back to an empty room is told what there is': async () => {
    const relay = await new Relay().start('empty')
    for (let i = 0; i < 3; i++) {
      const r = await raw(relay, '/room', ['weft.v1'])
      r.socket.send(message(e => { encoding.writeVarUint(e, 1); encoding.writeVarUint8Array(e, awarenessOf(7, 1 + i, { user: { name: 'Ida' } })) }))
      await until('a receipt and the awareness', () => r.messages.some(m => m[0] === 100) && r.messages.some(m => m[0] === 1))
      r.socket.close()
      await until('the room to be empty', () => r.code !== null)
      await sleep(150)
    }
    await relay.end()
  },

  'nobody gets back their own update, everybody their awareness': async () => {
    const relay = await new Relay().start('echo')
    const s = await raw(relay, '/room'); const t = await raw(relay, '/room')
    s.socket.send(updateMessage(editOf(d => d.getText('t').insert(0, 'q'))))
    s.socket.send(Uint8Array.from([1, 6, 1, 9, 1, 2, 0x7b, 0x7d]))
    const has = (c, ...start) => c.messages.some(m => start.every((b, i) => m[i] === b))
    await until('the other to get both', () => has(t, 0, 2) && has(t, 1))
    await until('the echo', () => has(s, 1))
    assert(!has(s, 0, 2), 'no echo of updates')
    // The same again changes nothing and is told to nobody.
    const n = t.messages.length
    s.socket.send(updateMessage(new Uint8Array([0, 0])))
    await sleep(200)
    assert(t.messages.length === n, 'nothing new, nothing said')
    s.socket.close(); t.socket.close()
    await relay.end()
  },

  'no compression, whoever asks': async () => {
    const relay = await new Relay().start('extensions')
    const s = await raw(relay, '/room')
    assert(s.socket.extensions === '', `extensions ${s.socket.extensions}`)
    s.socket.close()
    await relay.end()
  },

  'it starts, or says why not': async () => {
    const relay = await new Relay().start('start')
    const link = /weft:join\?relay=(\S+)&notebook=([a-z2-7]{26})/.exec(relay.out)
    assert(link && link[1] === relay.url, relay.out)
    const again = await new Relay().start('start-2', relay.port)
    assert(again.exit && again.exit.code !== 0 && /cannot listen/.test(again.log), `port taken: ${again.log}`)
    // A database server is there to be shared.
    const locked = process.env.WEFT_TEST_IN_POSTGRES ? null : await new Relay().start('start')
    assert(!locked || locked.exit && locked.exit.code !== 0 && /cannot be used/.test(locked.log), `data folder in use: ${locked?.log}`)
    await relay.end()
    const second = await new Relay().start('start')
    assert(second.out.includes(link[2]), 'the same notebook on every start')
    await second.end()
    const unwritable = await new Relay().start('../../../proc/nothing')
    assert(unwritable.exit && /cannot be used/.test(unwritable.log), unwritable.log)
  },

  'a hundred clients in ten rooms': async () => {
    const relay = await new Relay().start('hundred')
    const all = Array.from({ length: 100 }, (_, i) => client(relay, `room ${i % 10}`))
    await until('all to be synced', () => all.every(c => c.provider.synced))
    all.forEach((c, i) => c.text.insert(0, `<${i}>`))
    await until('each room to be the same', () => all.every((c, i) => same(c, all[i % 10]) && c.text.toString().split('<').length === 11))
    await relay.end()
  },

  'bytes behind the handshake are not lost': async () => {
    const relay = await new Relay().start('early')
    const update = updateMessage(editOf(d => d.getText('t').insert(0, 'early')))
    const frame = Buffer.concat([Buffer.from([0x82, 0x80 | update.length, 0, 0, 0, 0]), Buffer.from(update)])
    const socket = connect(relay.port, '127.0.0.1')
    socket.write(Buffer.concat([Buffer.from('GET /room HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'), frame]))
    const b = client(relay, 'room')
    await until('it to arrive', () => b.text.toString() === 'early')
    socket.destroy()
    await relay.end()
  }
}

await run(tests)
