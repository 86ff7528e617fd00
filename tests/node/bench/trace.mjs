// trace.mjs - reads and writes the editing traces of tests/bench/weft-bench-trace.h
//
// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { basename } from 'node:path'

const kinds = { X: 'seq', C: 'conc', A: 'arr', M: 'map', U: 'upd', F: 'fmt' }

export const readTrace = input => {
  if (/^B3\.[1-5]$/.test(input)) return { name: input, kind: 'b3', b3: Number(input[3]) }

  const bytes = gunzipSync(readFileSync(input))
  let at = 8
  const u8 = () => bytes[at++]
  const u32 = () => { at += 4; return bytes.readUInt32LE(at - 4) }
  const raw = n => { at += n; return bytes.subarray(at - n, at) }
  const str = () => raw(u32()).toString('utf8')
  const patch = () => ({ pos: u32(), del: u32(), ins: str() })
  const list = (n, read) => { const all = new Array(n); for (let i = 0; i < n; i++) all[i] = read(i); return all }
  const value = () => {
    const tag = u8()
    if (tag === 0) return u32()
    if (tag === 1) { at += 8; return bytes.readDoubleLE(at - 8) }
    return raw(u8()).toString('utf8')
  }

  const letter = String.fromCharCode(bytes[3])
  const trace = { name: basename(input).replace(/\.crt.\.gz$/, ''), kind: kinds[letter] }
  if (bytes.toString('latin1', 0, 3) !== 'CRT' || !trace.kind || bytes.readUInt32LE(4) !== 1) {
    throw new Error(`${input} is no trace`)
  }
  if (letter === 'X') {
    const n = u32()
    trace.base = str()
    trace.final = str()
    trace.ops = list(n, patch)
  } else if (letter === 'A') {
    trace.ops = list(u32(), () => ({ pos: u32(), values: list(u32(), u32) }))
  } else if (letter === 'C') {
    trace.nAgents = u32()
    const n = u32()
    const hasFinal = u32()
    trace.final = str()
    if (!hasFinal) trace.final = null
    trace.txns = list(n, () => ({ agent: u32(), parents: list(u32(), u32), patches: list(u32(), patch) }))
  } else if (letter === 'U') {
    u32()
    trace.final = str()
    trace.update = new Uint8Array(raw(u32()))
  } else if (letter === 'M') {
    const nElements = u32()
    const nKeys = u32()
    const n = u32()
    trace.keys = list(nKeys, () => raw(u8()).toString('utf8'))
    trace.elements = list(nElements, () => list(nKeys, value))
    trace.ops = list(n, () => ({ element: u32(), key: trace.keys[u8()], value: value() }))
  } else {
    const n = u32()
    trace.nBase = u32()
    trace.base = str()
    trace.ops = list(n, () => ({ deed: u8(), pos: u32(), len: u32(), text: str() }))
  }
  return trace
}

// Collects the fields of a trace and writes them as one file.
export class TraceWriter {
  constructor (letter) {
    this.buffer = Buffer.alloc(1 << 16)
    this.size = 0
    this.raw(Buffer.from('CRT' + letter))
    this.u32(1)
  }

  reserve (n) {
    while (this.size + n > this.buffer.length) this.buffer = Buffer.concat([this.buffer, Buffer.alloc(this.buffer.length)])
  }

  u8 (value) { this.reserve(1); this.buffer[this.size++] = value; return this }
  u32 (value) { this.reserve(4); this.size = this.buffer.writeUInt32LE(value, this.size); return this }
  f64 (value) { this.reserve(8); this.size = this.buffer.writeDoubleLE(value, this.size); return this }
  raw (bytes) { this.reserve(bytes.length); this.buffer.set(bytes, this.size); this.size += bytes.length; return this }
  str (text) { const bytes = Buffer.from(text); return this.u32(bytes.length).raw(bytes) }
  patch (pos, del, ins) { return this.u32(pos).u32(del).str(ins) }
  save (path) { writeFileSync(path, gzipSync(this.buffer.subarray(0, this.size), { level: 1 })) }
}
