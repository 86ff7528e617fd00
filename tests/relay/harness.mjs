// harness.mjs - what the relay's tests in JavaScript share: a relay, clients, waiting, TAP
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For node TEST.mjs PATH-OF-WEFT [PART-OF-A-NAME]. Exit status 77 where the packages of tests/node are missing. With
// WEFT_TEST_IN_POSTGRES, and a server from postgres.sh, each relay keeps its data in a schema there, named after its folder.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const packages = new URL('../node/package.json', import.meta.url)
if (!existsSync(new URL('node_modules/yjs', packages))) {
  console.log('1..0 # SKIP the packages of tests/node are not installed')
  process.exit(77)
}
export const require = createRequire(packages)
export const Y = require('yjs')
export const { WebsocketProvider } = require('y-websocket')
// Hocuspocus' provider takes its listeners off before it closes. Where it is still connecting ws says 'error' then, which ends the process
// unless somebody listens.
export class WebSocket extends require('ws').WebSocket {
  constructor (...args) {
    super(...args)
    this.on('error', () => {})
  }
}
export const encoding = require('lib0/encoding')
export const decoding = require('lib0/decoding')

export const weft = process.argv[2]
export const folder = mkdtempSync(join(tmpdir(), 'weft-live-'))
export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
// What must come comes at once; only where something is wrong is waited for so long: a machine may be many times as slow as ours.
export const PATIENCE = 120000
// For people who go: after 30 s y-protocols forgets them by itself.
export const BEFORE_FORGOTTEN = 25000
export const until = async (what, condition, ms = PATIENCE) => {
  const end = Date.now() + ms
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await sleep(10)
  }
}
export const assert = (truth, what) => { if (!truth) throw new Error(what) }

// The option for a database of its own, or none.
export const databaseFor = data => {
  if (!process.env.WEFT_TEST_IN_POSTGRES) return []
  const schema = `s_${data.replace(/\W/g, '_')}`
  spawnSync(process.env.WEFT_TEST_POSTGRES_CTL, ['sql', `CREATE SCHEMA IF NOT EXISTS ${schema}`], { stdio: 'ignore' })
  return [`--database=${process.env.WEFT_TEST_POSTGRES}&options=-csearch_path%3D${schema}`]
}
if (process.env.WEFT_TEST_IN_POSTGRES && !process.env.WEFT_TEST_POSTGRES) {
  console.log('1..0 # SKIP PostgreSQL is not installed')
  process.exit(77)
}

export const relays = []
process.on('exit', () => relays.forEach(r => r.process.kill('SIGKILL')))
process.setMaxListeners(1000)

export class Relay {
  open = true // else: with accounts

  async start (data, port = 0, extra = []) {
    this.data = data
    this.log = ''
    this.process = spawn(weft, ['--relay', ...(this.open ? ['--open'] : []), `--listen=127.0.0.1:${port}`, `--data=${join(folder, data)}`, ...databaseFor(data), ...extra],
      { env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' } })
    relays.push(this)
    this.out = ''
    this.process.stdout.on('data', d => { this.out += d })
    this.process.stderr.on('data', d => { this.log += d })
    const { process: started } = this
    this.exit = undefined
    this.ended = new Promise(resolve => started.on('exit', (code, signal) => {
      if (this.process === started) this.exit = { code, signal }
      resolve({ code, signal })
    }))
    await until('the relay to start', () => /weft:join\S+|may come in/.test(this.out) || this.exit)
    this.port = Number(/127\.0\.0\.1:(\d+)/.exec(this.out)?.[1])
    this.url = `ws://127.0.0.1:${this.port}`
    return this
  }

  async end (signal = 'SIGTERM') {
    this.process.kill(signal)
    return this.ended
  }
}

export const clients = []
export const client = (relay, room, options = {}) => {
  const doc = options.doc ?? new Y.Doc()
  const provider = new WebsocketProvider(relay.url, room, doc, { WebSocketPolyfill: WebSocket, disableBc: true, maxBackoffTime: 200, ...options })
  const c = { doc, provider, text: doc.getText('t'), awareness: provider.awareness, closes: [] }
  provider.on('connection-close', e => e && c.closes.push(e.code))
  clients.push(c)
  return c
}
export const same = (...all) => all.every(c => c.text.toString() === all[0].text.toString())
export const leaveAll = () => { for (const c of clients.splice(0)) c.provider.destroy() }

// The fastest of five: that something comes promptly must not depend on what else the machine does.
export const isPrompt = async (what, ms, attempt) => {
  const took = []
  for (let i = 0; i < 5 && !(took.at(-1) < ms); i++) {
    const start = Date.now()
    await attempt(i)
    took.push(Date.now() - start)
  }
  assert(took.at(-1) < ms, `${what} took ${took} ms`)
}

// A WebSocket that says what it likes.
export const raw = (relay, path, protocols) => new Promise((resolve, reject) => {
  const socket = new WebSocket(relay.url + path, protocols)
  const r = { socket, messages: [], code: null }
  socket.binaryType = 'nodebuffer'
  socket.on('message', d => r.messages.push(new Uint8Array(d)))
  socket.on('close', code => { r.code = code })
  socket.on('open', () => resolve(r))
  socket.on('unexpected-response', (_, response) => reject(new Error(`status ${response.statusCode}`)))
  socket.on('error', reject)
})
export const message = f => { const e = encoding.createEncoder(); f(e); return encoding.toUint8Array(e) }
export const updateMessage = update => message(e => { encoding.writeVarUint(e, 0); encoding.writeVarUint(e, 2); encoding.writeVarUint8Array(e, update) })
export const editOf = f => { const doc = new Y.Doc(); f(doc); return Y.encodeStateAsUpdate(doc) }
export const get = async (relay, path) => fetch(`http://127.0.0.1:${relay.port}${path}`)

// Prints TAP. @after closes what a test left open.
export const run = async (tests, after = () => {}) => {
  const only = process.argv[3]
  const names = Object.keys(tests).filter(n => !only || n.includes(only))
  console.log(`1..${names.length}`)
  let failed = 0
  for (const [i, name] of names.entries()) {
    try {
      await tests[name]()
      console.log(`ok ${i + 1} ${name}`)
    } catch (e) {
      failed++
      console.log(`not ok ${i + 1} ${name}`)
      console.log(String(e.stack).replace(/^/gm, '# '))
    }
    after()
    leaveAll()
  }
  rmSync(folder, { recursive: true, force: true })
  process.exit(failed ? 1 : 0)
}
