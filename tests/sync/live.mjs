// live.mjs - Weft's sync client against real relays, together with real yjs clients
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
//     node live.mjs WEFT-PEER npm
//     node live.mjs WEFT-PEER weft WEFT
//
// The first runs @y/websocket-server, which keeps nothing and collects deleted content; the second
// Weft's own relay.

import { createRequire } from 'node:module'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import assert from 'node:assert/strict'

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(here, '..', 'node', 'node_modules')
if (!existsSync(modules)) {
  console.log('The Node packages are missing; ./dev test fetches them.')
  process.exit(77)
}

const require = createRequire(join(modules, '..', 'package.json'))
const Y = require('yjs')
const { WebsocketProvider } = require('y-websocket')
const WebSocket = require('ws')

const [peerBinary, kind, weftBinary] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'weft-live-'))
process.setMaxListeners(100)
const children = new Set()
const providers = new Set()

const PATIENCE = 120000
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

async function until (what, check) {
  // Where all is well nothing takes so long; a machine may be many times as slow as ours.
  const end = Date.now() + PATIENCE
  for (;;) {
    const last = await check()
    if (last === true) return
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(last)}`)
    await sleep(25)
  }
}

// A port that no connection is given by itself, so that it is there for a second start.
function freePort () {
  return new Promise(resolve => {
    const port = 20000 + Math.floor(Math.random() * 12000)
    const server = createServer().listen(port, '127.0.0.1', () => server.close(() => resolve(port)))
    server.on('error', () => resolve(freePort()))
  })
}

function start (command, args, options) {
  const child = spawn(command, args, options)
  children.add(child)
  child.gone = new Promise(resolve => child.on('exit', code => { children.delete(child); resolve(code) }))
  return child
}

class Relay {
  async start () {
    this.port ??= await freePort()
    this.url = `ws://127.0.0.1:${this.port}`
    if (kind === 'npm') {
      this.child = start('node', [join(modules, '@y/websocket-server/src/server.js')],
        { env: { ...process.env, HOST: '127.0.0.1', PORT: String(this.port) }, stdio: 'ignore' })
    } else {
      this.child = start(weftBinary,
        ['--relay', '--open', '--listen', `127.0.0.1:${this.port}`, '--data', join(folder, 'relay')],
        { stdio: 'ignore' })
    }
    await until('relay listens', () => new Promise(resolve => {
      const socket = connect(this.port, '127.0.0.1')
      socket.on('connect', () => { socket.destroy(); resolve(true) })
      socket.on('error', () => resolve(false))
    }))
  }

  async kill () {
    this.child.kill('SIGKILL')
    await this.child.gone
  }
}

class Peer {
  constructor (relay, room, file) {
    this.child = start(peerBinary, [relay.url, room, ...(file ? [join(folder, file)] : [])],
      { stdio: ['pipe', 'pipe', 'inherit'] })
    this.waiting = []
    createInterface({ input: this.child.stdout }).on('line', line => {
      if (line.startsWith('{')) this.waiting.shift()?.(JSON.parse(line))
    })
  }

  say (command) {
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve)
      this.child.gone.then(code => reject(new Error(`${command}: the peer ended with ${code}`)))
      setTimeout(() => reject(new Error(`${command}: no answer`)), PATIENCE).unref()
      this.child.stdin.write(command + '\n')
    })
  }

  async text () { return (await this.say('print')).text }
  async quit () { this.child.stdin.write('quit\n'); assert.equal(await this.child.gone, 0) }
  async kill () { this.child.kill('SIGKILL'); await this.child.gone }
}

function stock (relay, room, options = {}) {
  const doc = new Y.Doc({ gc: true })
  const provider = new WebsocketProvider(relay.url, room, doc,
    { WebSocketPolyfill: WebSocket, disableBc: true, ...options })
  providers.add(provider)
  const text = doc.getText('quill')
  return { doc, provider, text, read: () => text.toString() }
}

async function converge (...peers) {
  let texts
  await until('converge', async () => {
    texts = await Promise.all(peers.map(peer => peer.text instanceof Function ? peer.text() : peer.read()))
    return texts.every(text => text === texts[0]) || texts.map(text => text.slice(0, 200))
  })
  return texts[0]
}

const tests = {
  async 'two write at once' (relay) {
    const a = new Peer(relay, 'room', 'a.weft')
    const b = new Peer(relay, 'room')
    const c = stock(relay, 'room')
    await Promise.all([a.say('sync'), b.say('sync')])
    await until('stock synced', () => c.provider.synced)
    await Promise.all([a.say('insert 0 Anna '), b.say('insert 0 Bob ')])
    c.text.insert(0, 'Clara ')
    await until('all there', async () => {
      const text = await a.text()
      return ['Anna ', 'Bob ', 'Clara '].every(name => text.includes(name)) || text
    })
    const text = await converge(a, b, c)
    assert.equal(text.length, 'Anna Bob Clara '.length)
    await a.say('delete 0 3')
    c.text.insert(c.text.length, 'und 😀 Ende')
    await until('end', async () => (await b.text()).endsWith('😀 Ende'))
    assert.equal((await converge(a, b, c)).length, text.length - 3 + 'und 😀 Ende'.length)
    await a.quit()
    await b.quit()
  },

  async 'joining late' (relay) {
    const a = new Peer(relay, 'late')
    await a.say('insert 0 first')
    const settled = await a.say('sync')
    assert.equal(settled.unsent, 0)
    await until('receipts', async () => (await a.say('print')).receipts === (kind === 'weft'))
    const b = new Peer(relay, 'late')
    assert.equal((await b.say('sync')).text, 'first')
    const c = stock(relay, 'late')
    await until('stock', () => c.read() === 'first')
    await a.quit()
    await b.quit()
  },

  async 'apart and together again' (relay) {
    const a = new Peer(relay, 'apart', 'apart.weft')
    const c = stock(relay, 'apart')
    await a.say('insert 0 middle')
    await converge(a, c)
    await until('stock', () => c.read() === 'middle')
    const offline = await a.say('offline')
    assert.equal(offline.state, 0)
    await a.say('insert 0 left-')
    assert.ok((await a.say('print')).unsent >= 0)
    c.text.insert(c.text.length, '-right')
    c.text.delete(0, 1)
    await sleep(200)
    assert.equal(await a.text(), 'left-middle')
    await a.say('online')
    assert.equal((await a.say('sync')).text, 'left-iddle-right')
    await converge(a, c)
    await a.quit()
  },

  async 'who is here' (relay) {
    const a = new Peer(relay, 'people')
    await a.say('name Anna')
    await a.say('sync')
    const c = stock(relay, 'people')
    c.provider.awareness.setLocalStateField('user', { name: 'Clara' })
    const names = () => [...c.provider.awareness.getStates().values()].map(s => s.user?.name).sort()
    await until('Clara sees Anna', () => names().join() === 'Anna,Clara' || names())
    const seen = async () => (await a.say('print')).people.map(s => s.user?.name).sort().join()
    await until('Anna sees Clara', async () => await seen() === 'Anna,Clara' || await seen())
    await a.say('name Anne')
    await until('renamed', () => names().join() === 'Anne,Clara' || names())
    c.provider.destroy()
    await until('Clara gone', async () => await seen() === 'Anne' || await seen())
    const d = stock(relay, 'people')
    const others = () => [...d.provider.awareness.getStates().values()].map(s => s.user?.name).filter(Boolean).join()
    await until('late comer sees Anne', () => others() === 'Anne' || others())
    await a.say('offline')
    await until('Anne went', () => others() === '' || others())
    await a.say('online')
    await until('Anne came back', () => others() === 'Anne' || others())
    // The npm relay does not notice that one who came back is gone again; their time-out of 30 s does.
    if (kind === 'weft') await a.kill()
    else await a.quit()
    await until('Anne is gone', () => others() === '' || others())
    const b = new Peer(relay, 'people')
    await b.say('name Berta')
    await until('Berta is here', () => others() === 'Berta' || others())
    await b.kill()
    await until('Berta was killed', () => others() === '' || others())
  },

  async 'relay killed and restarted' (relay) {
    const a = new Peer(relay, 'restart', 'restart.weft')
    const c = stock(relay, 'restart')
    await a.say('insert 0 before')
    await until('before', () => c.read() === 'before' || c.read())
    await a.say('sync')
    await relay.kill()
    await until('offline', async () => (await a.say('print')).state !== 3)
    await a.say('insert 0 A')
    c.text.insert(c.text.length, 'C')
    await relay.start()
    await until('A again', async () => (await a.say('sync')).text === 'AbeforeC' || a.text())
    await until('C again', () => c.read() === 'AbeforeC' || c.read())
    await a.quit()
    c.provider.destroy()
    if (kind === 'weft') {
      await relay.kill()
      await relay.start()
      const b = new Peer(relay, 'restart')
      assert.equal((await b.say('sync')).text, 'AbeforeC')
      await b.quit()
    }
  },

  async 'killed and opened again' (relay) {
    const a = new Peer(relay, 'killed', 'killed.weft')
    await a.say('insert 0 kept')
    await a.say('sync')
    await a.say('offline')
    await a.say('insert 4 -offline')
    await until('stored', async () => (await a.say('print')).uncommitted === 0)
    await a.kill()
    const again = new Peer(relay, 'killed', 'killed.weft')
    assert.equal((await again.say('sync')).text, 'kept-offline')
    const c = stock(relay, 'killed')
    await until('stock', () => c.read() === 'kept-offline' || c.read())
    await again.quit()
  },

  async 'pages that are not open' (relay) {
    const rooms = Array.from({ length: 9 }, (_, i) => `closed/page${i}`)
    for (const room of rooms) {
      const c = stock(relay, room)
      await until('stock', () => c.provider.synced)
      c.text.insert(0, `text of ${room}`)
    }
    for (const room of rooms) {
      const c = stock(relay, room)
      await until('there', () => c.read() === `text of ${room}` || c.read())
    }
    const a = new Peer(relay, 'open', 'closed.weft')
    await a.say('sync')
    const answers = await Promise.all(rooms.map(room => a.say(`fetch ${room}`)))
    assert.deepEqual(answers.map(x => x.fetched).sort(), rooms)
    assert.ok(answers.every(x => x.changed))
    assert.equal((await a.say(`fetch ${rooms[0]}`)).changed, false)
    await a.quit()
    const b = new Peer({ url: 'ws://127.0.0.1:9' }, rooms[3], 'closed.weft')
    assert.equal(await b.text(), `text of ${rooms[3]}`)
    // Written without a relay, brought by a fetch.
    await b.say('insert 0 More ')
    await b.quit()
    const d = new Peer(relay, 'open', 'closed.weft')
    assert.equal((await d.say(`fetch ${rooms[3]}`)).fetched, rooms[3])
    const c = stock(relay, rooms[3])
    await until('fetch sends', () => c.read() === `More text of ${rooms[3]}` || c.read())
    await d.quit()
  },

  async 'large documents' (relay) {
    const a = new Peer(relay, 'large')
    await a.say('sync')
    await a.say('offline')
    for (let i = 0; i < 4; i++) await a.say('fill 5000000')
    await a.say('online')
    assert.equal((await a.say('sync')).unsent, 0)
    const b = new Peer(relay, 'large-other')
    await b.say('sync')
    await b.quit()
    const c = stock(relay, 'large')
    // Weft's relay answers in pieces, too; the npm relay in one message of 20 MB.
    await until('stock', () => c.read().length === 20000000 || c.read().length)
    await a.quit()
  }
}

let failed = 0
const relay = new Relay()
await relay.start()
for (const [name, run] of Object.entries(tests)) {
  const begin = Date.now()
  try {
    await run(relay)
    console.log(`ok - ${kind}: ${name} (${Date.now() - begin} ms)`)
  } catch (error) {
    failed++
    console.log(`not ok - ${kind}: ${name}: ${error.stack}`)
  }
  for (const provider of providers) provider.destroy()
  providers.clear()
  for (const child of children) if (child !== relay.child) child.kill('SIGKILL')
}
for (const child of children) child.kill('SIGKILL')
rmSync(folder, { recursive: true, force: true })
process.exit(failed === 0 ? 0 : 1)
