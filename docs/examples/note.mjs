// note.mjs - reads a note of a relay with stock Yjs clients, writes a line into it, and follows it
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// npm install yjs y-websocket ws
// node note.mjs ws://127.0.0.1:9338 NOTEBOOK TOKEN TITLE [LINE]
//
// See docs/relay.md for the token. Ends when the line is stored, or by Ctrl+C.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

// The packages of the folder in which it is started.
const require = createRequire(pathToFileURL(process.cwd() + '/'))
const Y = require('yjs')
const { WebsocketProvider } = require('y-websocket')
const { WebSocket } = require('ws')
const [relay, notebook, token, title, line] = process.argv.slice(2)

const answer = await fetch(`${relay.replace(/^ws/, 'http')}/api/workspaces/${notebook}/boards`, { headers: { Authorization: `Bearer ${token}` } })
if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.json()).detail}`)
const page = (await answer.json()).boards.find(board => board.name === title)
if (!page) throw new Error(`There is no page “${title}” in ${notebook}`)

const doc = new Y.Doc()
const provider = new WebsocketProvider(relay, page.room, doc, { params: { token }, WebSocketPolyfill: WebSocket, disableBc: true })
const text = doc.getText('quill')
provider.on('connection-close', event => event?.reason && console.error(event.reason))
provider.once('sync', () => {
  console.log(text.toString())
  text.observe(() => console.log(text.toString()))
  if (line !== undefined) {
    text.insert(text.length, line + '\n')
    // What a second client is told is stored.
    const other = new WebsocketProvider(relay, page.room, new Y.Doc(), { params: { token }, WebSocketPolyfill: WebSocket, disableBc: true })
    other.doc.on('update', () => { if (other.doc.getText('quill').toString() === text.toString()) process.exit(0) })
  }
})
