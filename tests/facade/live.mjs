// live.mjs - the examples of docs/examples write into a room of `weft --relay`, where a real yjs peer reads
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node live.mjs WEFT NAME=COMMAND...: each command is run as `COMMAND RELAY ROOM TEXT`. Prints TAP; 77: skipped.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import assert from 'node:assert/strict'

const packages = new URL('../node/package.json', import.meta.url)
if (!existsSync(new URL('node_modules/yjs', packages))) {
  console.log('1..0 # SKIP the packages of tests/node are not installed')
  process.exit(77)
}
const require = createRequire(packages)
const Y = require('yjs')
const { WebsocketProvider } = require('y-websocket')
const { WebSocket } = require('ws')

const [weft, ...commands] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'weft-facade-'))
const until = async (what, condition, ms = 120000) => {
  const end = Date.now() + ms
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

const relay = spawn(weft, ['--relay', '--open', '--listen=127.0.0.1:0', `--data=${folder}`],
  { env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' }, stdio: ['ignore', 'pipe', 'inherit'] })
process.on('exit', () => { relay.kill('SIGKILL'); rmSync(folder, { recursive: true, force: true }) })
let said = ''
relay.stdout.on('data', data => { said += data })
await until('the relay starts', () => /127\.0\.0\.1:(\d+)/.test(said))
const url = `ws://127.0.0.1:${/127\.0\.0\.1:(\d+)/.exec(said)[1]}`

// Not one of execFileSync's: the yjs peer below must go on meanwhile.
const run = (command, ...args) => new Promise((resolve, reject) => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', data => { out += data })
  child.on('error', reject)
  child.on('exit', (code, signal) => code === 0 ? resolve(out) : reject(new Error(`${command} ended with ${code ?? signal}`)))
})

console.log(`1..${commands.length}`)
let failed = 0
for (const [i, entry] of commands.entries()) {
  const name = entry.slice(0, entry.indexOf('='))
  const command = entry.slice(name.length + 1)
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(url, `example-${name}`, doc, { WebSocketPolyfill: WebSocket, disableBc: true })
  try {
    await until('yjs meets the relay', () => provider.synced)
    doc.getText('quill').insert(0, 'Von Yjs: ')
    const out = await run(command, url, `example-${name}`, `ein 😀 von ${name}`)
    const expected = `Von Yjs: ein 😀 von ${name}`
    assert.equal(out.trimEnd(), expected)
    await until('yjs has what the example wrote', () => doc.getText('quill').toString() === expected)
    console.log(`ok ${i + 1} - an example in ${name} writes into a note`)
  } catch (error) {
    failed++
    console.log(`not ok ${i + 1} - an example in ${name} writes into a note\n# ${String(error.stack).replaceAll('\n', '\n# ')}`)
  }
  provider.destroy()
  doc.destroy()
}
process.exit(failed ? 1 : 0)
