// yjs-bench.mjs - what weft-bench does, by yjs: the same input, the same steps, the same line of figures
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node --expose-gc yjs-bench.mjs INPUT time|mem|memload ITERATIONS

import * as Y from 'yjs'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readTrace } from './trace.mjs'

const clients = 1540
const clientOf = agent => agent === 0 ? 0x5d2e9f02 : agent === 1 ? 0x7a3b1c01 : 0x60000000 + 7919 * agent
const newDoc = agent => { const doc = new Y.Doc(); doc.clientID = clientOf(agent); return doc }

const [input, mode, count] = process.argv.slice(2)
const trace = readTrace(input)
const metrics = {}
let expected = trace.final ?? null

const watch = () => ({ wall: performance.now(), cpu: process.cpuUsage() })
const addTime = (name, from) => {
  const wall = performance.now() - from.wall
  const cpu = process.cpuUsage(from.cpu)
  ;(metrics[name] ??= []).push(Number(Math.min(wall, (cpu.user + cpu.system) / 1000).toFixed(5)))
}

// JSON with sorted keys; a string as it is.
const canonical = value => {
  const write = v => {
    if (Array.isArray(v)) return '[' + v.map(write).join(',') + ']'
    if (v !== null && typeof v === 'object') {
      return '{' + Object.keys(v).sort().map(key => JSON.stringify(key) + ':' + write(v[key])).join(',') + '}'
    }
    return JSON.stringify(v)
  }
  return typeof value === 'string' ? value : trace.kind === 'fmt' ? JSON.stringify(value) : write(value)
}

const readContent = doc => {
  switch (trace.kind) {
    case 'fmt': return doc.getText('text').toDelta()
    case 'arr': return doc.getArray('array').toJSON()
    case 'map': return doc.getMap('els').toJSON()
    case 'b3': return trace.b3 === 5 ? doc.getText('text').toString() : trace.b3 === 4 ? doc.getArray('array').toJSON() : doc.getMap('map').toJSON()
    default: return doc.getText('text').toString()
  }
}
const check = (content, phase) => {
  const text = canonical(content)
  expected ??= text
  if (text !== expected) throw new Error(`${trace.name}: the content is wrong after ${phase}`)
}

const patch = (text, { pos, del, ins }) => {
  if (del > 0 && ins.length > 0) {
    text.doc.transact(() => {
      text.delete(pos, del)
      text.insert(pos, ins)
    })
  } else if (del > 0) {
    text.delete(pos, del)
  } else if (ins.length > 0) {
    text.insert(pos, ins)
  }
}

const formatOp = (text, op) => {
  if (op.deed === 0) text.insert(op.pos, op.text)
  else if (op.deed === 1) text.delete(op.pos, op.len)
  else text.format(op.pos, op.len, { bold: op.deed === 2 ? true : null })
}

// The first operations, which go upwards through the base text, as one delta.
const baseDelta = () => {
  const delta = []
  let at = 0
  for (const op of trace.ops.slice(0, trace.nBase)) {
    if (op.pos > at) delta.push({ retain: op.pos - at })
    delta.push(op.deed === 1 ? { delete: op.len } : { retain: op.len, attributes: { bold: true } })
    at = op.pos + op.len
  }
  return delta
}

// Names are input, as keys and values are.
const names = (trace.elements ?? []).map((_, i) => 'e' + i)

const begin = doc => {
  if (trace.base) doc.getText('text').insert(0, trace.base)
  if (trace.nBase) doc.getText('text').applyDelta(baseDelta())
  if (trace.kind === 'map') {
    const els = doc.getMap('els')
    trace.elements.forEach((values, i) => doc.transact(() => {
      const element = new Y.Map()
      els.set(names[i], element)
      values.forEach((value, j) => element.set(trace.keys[j], value))
    }))
  }
}
const edit = doc => {
  if (trace.kind === 'seq') {
    const text = doc.getText('text')
    for (const op of trace.ops) patch(text, op)
  } else if (trace.kind === 'arr') {
    const array = doc.getArray('array')
    for (const op of trace.ops) array.insert(op.pos, op.values)
  } else if (trace.kind === 'fmt') {
    const text = doc.getText('text')
    for (const op of trace.ops.slice(trace.nBase)) formatOp(text, op)
  } else {
    const els = doc.getMap('els')
    for (const op of trace.ops) els.get(names[op.element]).set(op.key, op.value)
  }
}
const applyAll = (doc, updates) => { for (const update of updates) Y.applyUpdate(doc, update) }

const measureLoading = (state, v2) => {
  const from = watch()
  const doc = newDoc(clients + 2)
  ;(v2 ? Y.applyUpdateV2 : Y.applyUpdate)(doc, state)
  const content = readContent(doc)
  addTime(v2 ? 'load_v2_ms' : 'load_v1_ms', from)
  check(content, 'loading')
}
const measureEncoding = doc => {
  let from = watch()
  const state = Y.encodeStateAsUpdate(doc)
  addTime('enc_v1_ms', from)
  metrics.enc_v1_bytes = state.length
  measureLoading(state, false)
  from = watch()
  const stateV2 = Y.encodeStateAsUpdateV2(doc)
  addTime('enc_v2_ms', from)
  metrics.enc_v2_bytes = stateV2.length
  if (trace.kind !== 'upd') measureLoading(stateV2, true)
}
const reportUpdates = updates => {
  const sizes = updates.map(update => update.length).sort((a, b) => a - b)
  metrics.upd_n = sizes.length
  metrics.upd_total = sizes.reduce((a, b) => a + b, 0)
  metrics.upd_mean = Number((metrics.upd_total / Math.max(sizes.length, 1)).toPrecision(10))
  metrics.upd_median = sizes.length ? sizes[sizes.length >> 1] : 0
}

const measureEdits = () => {
  let from = watch()
  const doc = newDoc(0)
  begin(doc)
  if (trace.kind === 'map') addTime('create_ms', from)
  from = watch()
  edit(doc)
  addTime('local_ms', from)
  from = watch()
  const content = readContent(doc)
  addTime('text_ms', from)
  check(content, 'local edits')

  const teller = newDoc(0)
  const updates = []
  begin(teller)
  const beginning = Y.encodeStateAsUpdate(teller)
  teller.on('update', update => updates.push(update))
  from = watch()
  edit(teller)
  addTime('local_upd_ms', from)
  reportUpdates(updates)
  check(readContent(teller), 'local edits with updates')

  const listener = newDoc(1)
  Y.applyUpdate(listener, beginning)
  from = watch()
  applyAll(listener, updates)
  addTime('apply_ms', from)
  check(readContent(listener), 'applying')
  measureEncoding(doc)
}

const makeConcurrentUpdates = () => {
  const docs = Array.from({ length: trace.nAgents }, (_, i) => newDoc(i))
  const known = docs.map(() => new Uint8Array(trace.txns.length))
  const updates = []
  let made = []
  const from = watch()
  trace.txns.forEach((txn, i) => {
    const doc = docs[txn.agent]
    const has = known[txn.agent]
    const stack = [...txn.parents]
    const missing = []
    while (stack.length) {
      const at = stack.pop()
      if (has[at]) continue
      has[at] = 1
      missing.push(at)
      stack.push(...trace.txns[at].parents)
    }
    for (const at of missing.sort((a, b) => a - b)) Y.applyUpdate(doc, updates[at])
    has[i] = 1
    const collect = update => made.push(update)
    doc.on('update', collect)
    doc.transact(() => { for (const op of txn.patches) patch(doc.getText('text'), op) })
    doc.off('update', collect)
    updates.push(made[0] ?? new Uint8Array(2))
    made = []
  })
  addTime('gen_ms', from)
  for (const doc of docs) {
    applyAll(doc, updates)
    check(readContent(doc), 'editing together')
  }
  return updates
}
const measureConcurrent = () => {
  const updates = makeConcurrentUpdates()
  reportUpdates(updates)
  const third = newDoc(trace.nAgents)
  const from = watch()
  applyAll(third, updates)
  addTime('apply_ms', from)
  check(readContent(third), 'applying')
  measureEncoding(third)
}

const makeB3Updates = () => Array.from({ length: clients }, (_, i) => {
  const doc = newDoc(i)
  switch (trace.b3) {
    case 1: doc.getMap('map').set('v', i); break
    case 2: doc.getMap('map').set('v', { name: String(i), address: 'here' }); break
    case 3: doc.getMap('map').set('v', String(i).repeat(clients)); break
    case 4: doc.getArray('array').insert(0, [String(i)]); break
    default: doc.getText('text').insert(0, String(i))
  }
  return Y.encodeStateAsUpdate(doc)
})
const measureB3 = () => {
  const updates = makeB3Updates()
  reportUpdates(updates)
  const oneByOne = newDoc(clients)
  let from = watch()
  applyAll(oneByOne, updates)
  addTime('apply_ms', from)
  check(readContent(oneByOne), 'applying')
  const together = newDoc(clients + 1)
  from = watch()
  together.transact(() => applyAll(together, updates))
  addTime('apply_one_txn_ms', from)
  check(readContent(together), 'applying at once')
  measureEncoding(oneByOne)
}
const measureUpdate = () => {
  measureLoading(trace.update, true)
  const doc = newDoc(0)
  Y.applyUpdateV2(doc, trace.update)
  measureEncoding(doc)
}

const several = trace.kind === 'conc' || trace.kind === 'b3'
const build = (doc, updates) => {
  if (several) applyAll(doc, updates)
  else if (trace.kind === 'upd') Y.applyUpdateV2(doc, trace.update)
  else {
    begin(doc)
    edit(doc)
  }
}
const live = () => {
  for (let i = 0; i < 3; i++) globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const measureMemory = load => {
  const updates = trace.kind === 'conc' ? makeConcurrentUpdates() : trace.kind === 'b3' ? makeB3Updates() : []
  delete metrics.gen_ms
  let state
  if (load) {
    const source = newDoc(several ? clients : 0)
    build(source, updates)
    state = Y.encodeStateAsUpdate(source)
  }
  const before = live()
  const doc = newDoc(load || several ? clients + 2 : 0)
  if (load) Y.applyUpdate(doc, state)
  else build(doc, updates)
  metrics[load ? 'memload_live' : 'mem_live'] = live() - before
  metrics[load ? 'memload_peak_rss' : 'mem_peak_rss'] = process.resourceUsage().maxRSS * 1024
  check(readContent(doc), 'building the document')
}

if (mode === 'time') {
  for (let i = 0; i < Number(count); i++) {
    globalThis.gc?.()
    if (trace.kind === 'conc') measureConcurrent()
    else if (trace.kind === 'b3') measureB3()
    else if (trace.kind === 'upd') measureUpdate()
    else measureEdits()
  }
} else {
  measureMemory(mode === 'memload')
}
const { version } = JSON.parse(readFileSync(new URL('../node_modules/yjs/package.json', import.meta.url)))
console.log(JSON.stringify({
  peer: 'yjs', version, case: trace.name, kind: trace.kind, mode, metrics,
  content: createHash('sha256').update(expected).digest('hex')
}))
