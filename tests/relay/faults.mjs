// faults.mjs - what goes wrong between clients and the relay, with y-websocket, Hocuspocus and Weft's own client (docs/faults.md)
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node faults.mjs PATH-OF-WEFT PATH-OF-WEFT-PEER PATH-OF-THE-CLOCK-SHIM [PART-OF-A-NAME]
import { execFileSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'
import { BEFORE_FORGOTTEN, PATIENCE, Relay, WebSocket, Y, assert, client, folder, get, raw, require, run, sleep, until, updateMessage, weft } from './harness.mjs'
import { Peer, SYNCED, endPeers } from './peer.mjs'

const [clockShim] = process.argv.splice(3, 1)
const long = !!process.env.WEFT_TEST_LONG
globalThis.WebSocket ??= WebSocket
const { HocuspocusProvider, HocuspocusProviderWebsocket } = require('@hocuspocus/provider')

// A generator of numbers below n, the same each time but in the long run.
let seed = long ? Date.now() % 1e9 : 7
const random = n => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n

const ends = []
const hocuspocus = (relay, name) => {
  const socket = new HocuspocusProviderWebsocket({ url: `${relay.url}/hocuspocus`, WebSocketPolyfill: WebSocket, delay: 50, minDelay: 50, maxDelay: 200 })
  const doc = new Y.Doc()
  const provider = new HocuspocusProvider({ websocketProvider: socket, name, document: doc, token: '' })
  provider.attach()
  ends.push(() => { provider.destroy(); socket.destroy() })
  return { socket, provider, doc, text: doc.getText('quill') }
}
const stock = (relay, room, options) => {
  const c = client(relay, room, options)
  return { ...c, text: c.doc.getText('quill') }
}

// A way to the relay that can be bad: thin (bytes a second towards the client), dead (nothing goes either way, and nobody is told),
// or cut where nothing went for idle ms.
const wayTo = async (relay, { rate = 0, idle = 0 } = {}) => {
  const way = { sockets: new Set(), nCut: 0, nOpened: 0, dead: false }
  way.server = createServer({ pauseOnConnect: false }, near => {
    const far = connect(relay.port, '127.0.0.1')
    const both = [near, far]
    let timer
    const touch = () => {
      clearTimeout(timer)
      if (idle) timer = setTimeout(() => { way.nCut++; both.forEach(s => s.destroy()) }, idle)
    }
    way.nOpened++
    way.sockets.add(both)
    both.forEach(s => s.on('error', () => {}).on('close', () => { clearTimeout(timer); if (!way.dead) both.forEach(o => o.destroy()); if (both.every(o => o.destroyed)) way.sockets.delete(both) }))
    near.on('data', d => { touch(); if (!way.dead) far.write(d) })
    far.on('data', async d => {
      touch()
      if (way.dead) return
      if (rate) {
        far.pause()
        for (let at = 0; at < d.length && !near.destroyed; at += rate / 20) { near.write(d.subarray(at, at + rate / 20)); await sleep(50) }
        far.resume()
      } else near.write(d)
    })
    touch()
  })
  await new Promise(resolve => way.server.listen(0, '127.0.0.1', resolve))
  way.url = `ws://127.0.0.1:${way.server.address().port}`
  way.port = way.server.address().port
  ends.push(() => { way.server.close(); way.sockets.forEach(both => both.forEach(s => s.destroy())) })
  return way
}
const metric = async (relay, name) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await (await get(relay, '/metrics')).text())?.[1])

const restored = byHand => async () => {
  const name = byHand ? 'by-hand' : 'restored'
  let relay = await new Relay().start(name)
  const port = relay.port; const data = join(folder, name); const backup = join(folder, `${name}.backup`)
  const a = stock(relay, 'room')
  await until('it to be in', () => a.provider.synced)
  a.text.insert(0, 'old ')
  const p = new Peer(relay.url, 'room', { WEFT_PEER_POLL: '100' }, `${name}.weft`)
  await p.is('what is there', s => s.text === 'old ')
  execFileSync(weft, ['--relay', '--backup', backup, '--data', data])
  a.provider.destroy()

  // What is written now is not in the backup.
  for (let i = 0; i < 20; i++) await p.say('insert 0 p')
  assert((await p.say('sync')).unsent === 0, 'all is safe')
  p.child.kill('SIGSTOP')
  await relay.end()
  if (byHand) copyFileSync(backup, join(data, 'relay.db'))
  else execFileSync(weft, ['--relay', '--restore', backup, '--data', data], { stdio: 'ignore' })
  relay = await new Relay().start(name, port)

  // Others go on from there, further than the poller knew.
  const b = stock(relay, 'room')
  await until('the old text', () => b.text.toString() === 'old ')
  for (let i = 0; i < 40; i++) { b.text.insert(b.text.length, 'b'); await sleep(10) }
  p.child.kill('SIGCONT')
  const text = 'p'.repeat(20) + 'old ' + 'b'.repeat(40)
  await p.is('what it missed', s => s.text === text)
  await until('others to have what the backup did not', () => b.text.toString() === text)
  assert((await p.say('sync')).unsent === 0, 'all is safe again')
  await relay.end()
}

const tests = {
  'restarted again and again under four kinds of clients': async () => {
    let relay = await new Relay().start('restarts')
    const port = relay.port
    const a = stock(relay, 'room'); const b = stock(relay, 'room')
    const h = hocuspocus(relay, 'room')
    const p = new Peer(relay.url, 'room', {}, 'restarts.weft')
    await until('all to be in', () => a.provider.synced && b.provider.synced && h.provider.synced)
    await p.is('it to be in', s => s.state === SYNCED)

    const rounds = long ? 100 : 12
    for (let i = 0; i < rounds; i++) {
      // Edits before, while and after it is away.
      a.text.insert(0, `a${i} `); h.text.insert(0, `h${i} `); p.say(`insert 0 p${i}_`)
      const ended = relay.end(i % 3 ? 'SIGKILL' : 'SIGTERM')
      b.text.insert(b.text.length, `b${i} `)
      await ended
      a.text.insert(a.text.length, `A${i} `)
      relay = await new Relay().start('restarts', port)
      if (i % 4 === 3) await until('both to be back', () => a.provider.synced && b.provider.synced && h.provider.synced)
    }
    const words = Array.from({ length: rounds }, (_, i) => [`a${i} `, `h${i} `, `p${i}_`, `b${i} `, `A${i} `]).flat()
    await until('all to have everything', () => [a, b, h].every(c => c.text.length === words.join('').length))
    const all = a.text.toString()
    assert(words.every(w => all.split(w).length === 2), 'each once')
    assert(b.text.toString() === all && h.text.toString() === all, 'the same')
    await p.is('the same', s => s.text === all && s.state === SYNCED && s.unsent === 0)
    const late = stock(relay, 'room')
    await until('one who comes late to have it', () => late.text.toString() === all)
    await relay.end()
  },

  'duplicated, delayed and out of order': async () => {
    const relay = await new Relay().start('order')
    const docs = Array.from({ length: 3 }, () => new Y.Doc())
    const updates = []
    docs.forEach((doc, i) => doc.on('update', (u, origin) => { if (origin !== 'remote') updates.push(u) }))
    for (let i = 0; i < 300; i++) {
      const doc = docs[random(3)]; const text = doc.getText('quill')
      if (random(4) === 0) Y.applyUpdate(doc, Y.encodeStateAsUpdate(docs[random(3)]), 'remote')
      text.insert(random(text.length + 1), `${i} `)
      if (random(5) === 0) text.delete(random(text.length), 1)
    }
    const witness = stock(relay, 'room')
    const counts = await raw(relay, '/room')
    await until('it to be in', () => witness.provider.synced)
    const senders = await Promise.all([0, 1, 2].map(() => raw(relay, '/room')))
    const order = updates.concat(updates, updates.slice(0, 100))
    for (let i = order.length - 1; i > 0; i--) { const j = random(i + 1); [order[i], order[j]] = [order[j], order[i]] }
    for (const u of order) senders[random(3)].socket.send(updateMessage(u))
    docs.forEach(doc => docs.forEach(other => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other), 'remote')))
    await until('the witness to have it', () => witness.text.toString() === docs[0].getText('quill').toString())

    // Again: it changes nothing, is not stored, and nobody hears of it.
    const stored = await metric(relay, 'weft_updates_total'); const heard = counts.messages.filter(m => m[0] === 0).length
    assert(stored <= order.length && stored > 0, `${stored} stored`)
    for (const u of order) senders[0].socket.send(updateMessage(u))
    senders[0].messages.length = 0
    senders[0].socket.send(new Uint8Array([0, 0, 1, 0]))
    await until('all of it to have come', () => senders[0].messages.some(m => m[0] === 0 && m[1] === 1))
    assert(await metric(relay, 'weft_updates_total') === stored, 'nothing more is stored')
    assert(counts.messages.filter(m => m[0] === 0).length === heard, 'nothing more is told')
    await relay.end()
  },

  'a line goes dead without a word': async () => {
    const relay = await new Relay().start('half-open', 0, ['--ping-time=1', '--dead-time=3'])
    const way = await wayTo(relay)
    const a = stock(way, 'room'); const b = stock(relay, 'room')
    const p = new Peer(way.url, 'room', {}, 'half-open.weft')
    a.awareness.setLocalStateField('user', { name: 'Ada' })
    await until('both to be in', () => a.provider.synced && b.awareness.getStates().get(a.doc.clientID)?.user)
    await p.is('it to be in', s => s.state === SYNCED)

    way.dead = true
    a.text.insert(0, 'offline '); await p.say('insert 0 peer_'); b.text.insert(0, 'online ')
    await until('Ada to be gone for the other', () => !b.awareness.getStates().has(a.doc.clientID), BEFORE_FORGOTTEN)
    for (let n = 0; (await (await get(relay, '/health')).json()).connections !== 1; n++) { assert(n < 3000, 'they are forgotten'); await sleep(20) }

    // The network is back, on another way, as after a change of it: the old one is gone.
    way.dead = false
    way.sockets.forEach(both => both.forEach(s => s.destroy()))
    await until('all to be together', () => a.text.length === 20 && a.text.toString() === b.text.toString())
    await p.is('the same', s => s.text === b.text.toString() && s.unsent === 0)
    await relay.end()
  },

  'a proxy that cuts what is idle': async () => {
    const relay = await new Relay().start('idle', 0, ['--keepalive=1'])
    const way = await wayTo(relay, { idle: 4000 })
    const a = stock(way, 'room'); const h = hocuspocus(way, 'room')
    const p = new Peer(way.url, 'room')
    await until('all to be in', () => a.provider.synced && h.provider.synced)
    await p.is('it to be in', s => s.state === SYNCED)
    const opened = way.nOpened
    await sleep(6000)
    assert(way.nCut === 0 && way.nOpened === opened, `nothing was idle for so long (${way.nCut} cut)`)
    await relay.end()
  },

  'the wall clock jumps': async () => {
    const clock = join(folder, 'clock')
    const env = { LD_PRELOAD: clockShim, WEFT_TEST_CLOCK: clock, ASAN_OPTIONS: 'verify_asan_link_order=0:detect_leaks=0' }
    const year = 365 * 86400
    writeFileSync(clock, '0')
    Object.assign(process.env, env)
    const relay = await new Relay().start('clock-jumps', 0, ['--log-format=json'])
    const p = new Peer(relay.url, 'room', {}, 'clock.weft')
    Object.keys(env).forEach(k => delete process.env[k])
    const a = stock(relay, 'room'); const b = stock(relay, 'room')
    a.awareness.setLocalStateField('user', { name: 'Ada' })
    await until('both to be in', () => a.provider.synced && b.awareness.getStates().get(a.doc.clientID)?.user)
    await p.is('it to be in', s => s.state === SYNCED)

    const jumps = [-10 * year, 80 * year, -56 * year, 0, ...Array.from({ length: 16 }, (_, i) => i % 2 ? 3600 : -3600), 79 * year]
    for (const [i, jump] of jumps.entries()) {
      writeFileSync(clock, String(jump))
      a.text.insert(0, `a${i} `); b.text.insert(b.text.length, `b${i} `); p.say(`insert 0 p${i}_`)
      await sleep(i === 1 ? 1500 : 100)
    }
    await until('both to be the same', () => a.text.length > 0 && a.text.toString() === b.text.toString() && a.text.toString().includes(`p${jumps.length - 1}_`))
    await p.is('the same', s => s.text === a.text.toString() && s.unsent === 0)
    assert(a.closes.length === 0 && b.closes.length === 0, `nobody was sent away: ${a.closes} ${b.closes}`)
    assert(b.awareness.getStates().get(a.doc.clientID)?.user?.name === 'Ada', 'Ada is still there')
    // The clock did jump, for the relay.
    const late = stock(relay, 'other')
    await until('another to be in', () => late.provider.synced)
    await until('its line in the log', () => /"room":\s*"other"/.test(relay.log))
    assert(/"time":"21\d\d/.test(relay.log), 'its log is of another century')
    await relay.end()
  },

  'restored from an older backup, under one that polls': restored(false),
  'an older copy put in place by hand, under one that polls': restored(true),

  'a large document for Hocuspocus comes in messages that anybody takes': async () => {
    const relay = await new Relay().start('large')
    const p = new Peer(relay.url, 'room')
    await p.say('sync'); await p.say('offline')
    for (let i = 0; i < 4; i++) await p.say('fill 5000000')
    await p.say('online')
    assert((await p.say('sync')).unsent === 0, 'it is there')
    const h = hocuspocus(relay, 'room')
    const sizes = []
    h.socket.on('message', ({ data }) => sizes.push(data.byteLength))
    await until('all of it', () => h.text.length === 20000000 && h.provider.synced)
    assert(sizes.every(n => n <= 16 * 1024 * 1024), `messages of ${sizes.filter(n => n > 1e6)}`)
    await relay.end()
  },

  'certificates that nobody vouches for': async () => {
    const file = name => join(folder, name)
    let nAsked = 0
    for (const host of ['localhost', 'other.example']) {
      const key = file(`${host}.key`); const cert = file(`${host}.pem`)
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '10',
        '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`], { stdio: 'ignore' })
      const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, () => nAsked++)
      server.on('upgrade', () => nAsked++)
      await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
      const p = new Peer(`wss://localhost:${server.address().port}`, 'room', { WEFT_PEER_TOKEN: 'secret' })
      const state = await p.is('it to be refused', s => s.error !== '')
      assert(/certificate/i.test(state.error), state.error)
      server.close(); server.closeAllConnections()
    }
    assert(nAsked === 0, 'nothing was said to them, no token either')
  },

  ...long && {
    // 60 kB/s: the relay and Weft hang up after 45 s without a word.
    'a line so thin that a document takes minutes': async () => {
      const relay = await new Relay().start('thin')
      const way = await wayTo(relay, { rate: 60000 })
      const writer = stock(relay, 'room')
      await until('it to be in', () => writer.provider.synced)
      for (let i = 0; i < 60; i++) writer.text.insert(i * 70000, String.fromCharCode(97 + i % 26).repeat(70000))
      const near = stock(relay, 'room')
      await until('it to be stored', () => near.text.length === 4200000)
      near.provider.destroy()
      const p = new Peer(way.url, 'room')
      await p.is('all of it, at the first try', s => s.text.length === 4200000, 3 * PATIENCE)
      assert(way.nOpened === 1, `${way.nOpened} connections`)
      await relay.end()
    }
  }
}

await run(tests, () => { ends.splice(0).forEach(end => end()); endPeers() })
