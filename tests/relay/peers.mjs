// peers.mjs - clients of every dialect but y-websocket's: not ours where there are any, else written from the protocol's text
//
// SPDX-License-Identifier: LGPL-2.1-or-later
import { Y, WebSocket, require, assert, raw } from './harness.mjs'

// --- Hocuspocus ---

// Versions of the provider choose WebSocket from the global scope.
globalThis.WebSocket ??= WebSocket
const { HocuspocusProvider, HocuspocusProviderWebsocket } = require('@hocuspocus/provider')

export const sockets = []
export const hocuspocus = (relay, name, options = {}) => {
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
export const hocuspocusSocket = relay => {
  const socket = new HocuspocusProviderWebsocket({ url: `${relay.url}/hocuspocus`, WebSocketPolyfill: WebSocket, delay: 100, minDelay: 100, maxDelay: 300 })
  sockets.push(socket)
  return socket
}
// --- JSON realtime ---

export const realtime = async (relay, board, query = '') => {
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

// --- JSON graph patches ---

export const graph = async (relay, room, since) => {
  const g = await raw(relay, `/ws/patch/${room}`)
  g.nodes = new Map(); g.edges = new Map(); g.version = 0; g.said = []
  const kind = op => op.endsWith('_node') ? [g.nodes, 'nodeId'] : [g.edges, 'edgeId']
  const take = data => {
    const m = JSON.parse(Buffer.from(data).toString())
    g.said.push(m)
    if (m.type === 'snapshot') {
      g.nodes = new Map(m.nodes.map(n => [n.nodeId, n])); g.edges = new Map(m.edges.map(e => [e.edgeId, e])); g.version = m.version
    } else if (m.type === 'patch_broadcast') {
      const { patch, version } = m.payload
      assert(patch.serverVersion === version && version >= g.version, `version ${version} after ${g.version}`)
      g.version = version
      const [all, key] = kind(patch.op)
      const id = patch[key]
      if (patch.op.startsWith('delete')) { all.delete(id); return }
      const { op, id: _, clientId, serverVersion, properties, ...rest } = patch
      const merged = { ...all.get(id)?.properties, ...properties }
      for (const k of Object.keys(merged)) if (merged[k] === null) delete merged[k]
      all.set(id, { ...all.get(id), ...rest, properties: merged })
    }
  }
  g.messages.forEach(take)
  g.socket.on('message', take)
  g.say = m => g.socket.send(JSON.stringify(m))
  g.patch = (id, op, rest) => g.say({ type: 'patch', payload: { id, clientId: g.name ?? 'c1', op, ...rest } })
  g.rejected = id => g.said.find(m => m.type === 'patch_rejected' && m.id === id)?.reason
  g.broadcast = id => g.said.filter(m => m.type === 'patch_broadcast' && m.payload.patch.id === id)
  if (since !== undefined) g.say({ type: 'hello', since })
  return g
}
export const sorted = map => JSON.stringify([...map.values()].map(o => Object.fromEntries(Object.entries({ ...o, properties: Object.fromEntries(Object.entries(o.properties).sort()) }).sort())).sort((a, b) => (a.nodeId ?? a.edgeId) < (b.nodeId ?? b.edgeId) ? -1 : 1))

// --- JSON note sync ---

// A device: a WebSocket, keys with timestamps, and nothing of CRDTs.
export const device = async (relay, id, { notebook = 'nb' } = {}) => {
  const r = await raw(relay, `/ws/sync?device_id=${id}&notebook=${notebook}`)
  const d = { id, r, notes: new Map(), clock: 0, acked: 0, said: [] }
  const take = data => {
    const m = JSON.parse(Buffer.from(data).toString())
    d.said.push(m)
    if (m.type !== 'sync_ack') return
    d.acked = Math.max(d.acked, m.ack_timestamp)
    d.clock = Math.max(d.clock, m.ack_timestamp)
    for (const c of m.changes) {
      d.clock = Math.max(d.clock, c.timestamp)
      if (c.timestamp >= (d.notes.get(c.key)?.timestamp ?? 0)) d.notes.set(c.key, c)
    }
  }
  r.messages.forEach(take)
  r.socket.on('message', take)
  d.say = m => r.socket.send(JSON.stringify(m))
  d.put = (key, value, timestamp = d.clock + 1) => {
    d.clock = Math.max(d.clock, timestamp)
    d.notes.set(key, { key, value, timestamp, device_id: id })
    d.say({ type: 'sync_push', changes: [{ key, value, timestamp, device_id: id }], last_ack: d.acked })
  }
  d.value = key => d.notes.get(key)?.value
  d.close = () => r.socket.close()
  return d
}
export const poll = async (relay, id, changes = [], { notebook = 'nb', last_ack, headers = {} } = {}) => {
  const response = await fetch(`http://127.0.0.1:${relay.port}/api/sync?notebook=${notebook}`, { method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ type: 'sync_push', device_id: id, changes, last_ack }) })
  const body = await response.json()
  return { status: response.status, ...body, get: key => body.changes?.find(c => c.key === key) }
}
export const change = (key, value, timestamp, device_id) => ({ key, value, timestamp, device_id })
