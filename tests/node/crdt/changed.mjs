// changed.mjs - updates of real histories with some bytes changed: what both weft-doc and Yjs take, both must take alike
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node changed.mjs PROGRAM SEED COUNT: bytes are flipped, repeated, or made numbers of more bytes than they need. Either may
// refuse what the other takes (weft-doc refuses bad UTF-8, say), but weft-doc always ends properly.

import * as Y from 'yjs'
import { makeRandom } from './random.mjs'
import './without-cleanup.mjs'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = process.argv[2]
const seed = Number(process.argv[3] ?? 1)
const count = Number(process.argv[4] ?? 50)
const folder = mkdtempSync(join(tmpdir(), 'weft-changed-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

const { int, chance, pick } = makeRandom(seed)

// Yjs tells of what it finds odd.
console.warn = () => {}

const peers = join(dirname(fileURLToPath(import.meta.url)), 'peers.mjs')
const updates = execFileSync(process.execPath, [peers, String(seed), '12'], { maxBuffer: 1 << 28 }).toString().split('\n')
  .map(line => line.match(/"apply",\d+,1,"([0-9a-f]+)"/)).filter(match => match && match[1].length < 600)
  .map(match => Buffer.from(match[1], 'hex'))

const change = bytes => {
  let changed = Buffer.from(bytes)
  for (let n = int(3); n > 0; n--) {
    const at = int(changed.length)
    const from = int(changed.length)
    switch (int(6)) {
      case 0: if (changed[at] < 0x80) changed = Buffer.concat([changed.subarray(0, at), Buffer.from([changed[at] | 0x80, 0]), changed.subarray(at + 1)]); break
      case 1: changed[at] = int(256); break
      case 2: changed[at] ^= 1 << int(8); break
      case 3: changed[at] = (changed[at] + pick([1, 2, 255])) & 255; break
      case 4: changed[at] = pick([0, 1, 127, 128, 126, 125]); break
      default: changed = Buffer.concat([changed.subarray(0, at), changed.subarray(from, from + 1 + int(4)), changed.subarray(at)])
    }
  }
  return changed
}

// Deletions that overlap, or do not go up, become nonsense in the second format of Yjs, where they are differences.
const goUp = (update, v2) => {
  const { ds } = v2 ? Y.decodeUpdateV2(update) : Y.decodeUpdate(update)
  return [...ds.clients.values()].every(ranges => ranges.every((range, i) => range.len > 0 && (i === 0 || ranges[i - 1].clock + ranges[i - 1].len < range.clock)))
}

let equal = 0
let failures = 0
const tell = (what, updates, ...rest) => {
  console.error(`seed ${seed}: ${what}: ${updates.map(update => update.toString('hex')).join(' ')}`, ...rest)
  failures++
}
for (let i = 0; i < count && failures < 5; i++) {
  const v2 = chance(0.4)
  const some = Array.from({ length: 1 + int(3) }, () => pick(updates)).map(update => change(v2 ? Y.convertUpdateFormatV1ToV2(update) : update))
  const files = some.map((update, n) => {
    writeFileSync(join(folder, `${n}`), update)
    return join(folder, `${n}`)
  })
  const merge = () => {
    const doc = new Y.Doc()
    some.forEach(update => v2 ? Y.applyUpdateV2(doc, update) : Y.applyUpdate(doc, update))
    if (!some.every(update => goUp(update, v2))) throw new Error('not compared')
    return v2 ? Y.encodeStateAsUpdateV2(doc) : Y.encodeStateAsUpdate(doc)
  }
  const convert = () => {
    if (!goUp(some[0], v2)) throw new Error('not compared')
    return v2 ? Y.convertUpdateFormatV2ToV1(some[0]) : Y.convertUpdateFormatV1ToV2(some[0])
  }
  for (const [args, make] of [[['merge', ...(v2 ? ['--v2'] : []), ...files], merge], [['convert', '--to', v2 ? 'v1' : 'v2', files[0]], convert]]) {
    const { status, signal, stdout, stderr } = spawnSync(program, args, { maxBuffer: 1 << 28 })
    if (status !== 0 && (status !== 65 || stdout.length > 0 || !/^weft-doc: [^\n]*\n$/.test(stderr.toString()))) {
      tell(`weft-doc ${args[0]} ended with ${status ?? signal}: ${stderr}`, some)
      continue
    }
    let wanted = null
    try {
      wanted = Buffer.from(make())
    } catch {}
    if (status !== 0 || wanted === null) continue
    equal++
    if (!wanted.equals(stdout)) tell(args.slice(0, 3).join(' '), some, '\nexpected', wanted.toString('hex'), '\ngot     ', stdout.toString('hex'))
  }
}
console.log(`${equal} answers are equal`)
process.exit(failures > 0 ? 1 : 0)
