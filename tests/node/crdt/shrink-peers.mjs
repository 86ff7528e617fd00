// shrink-peers.mjs - the shortest history of peers.mjs that test-peers still fails on
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node shrink-peers.mjs PROGRAM SEED HISTORY OUT [odd.mjs]: leaves out steps, ever smaller parts of them, as long as PROGRAM
// fails, and writes what is left to OUT. Once the cause is mended, OUT goes to tests/data/crdt/NAME.peers.jsonl,
// where it is replayed for ever.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [program, seed, number, file, teller = 'peers.mjs'] = process.argv.slice(2)
const generator = join(dirname(fileURLToPath(import.meta.url)), teller)
const MOST_STEPS = 100
const deadline = Date.now() + 60000

const tell = steps => spawnSync(process.execPath, [generator, seed, '0', number, steps.join(',')], { maxBuffer: 1 << 28 }).stdout
const fails = steps => {
  const lines = tell(steps)
  if (lines.length === 0) return false
  writeFileSync(file, lines)
  return spawnSync(program, [file], { stdio: 'ignore' }).status !== 0
}

let steps = Array.from({ length: MOST_STEPS }, (_, i) => i)
if (!fails(steps)) {
  console.error(`history ${number} of seed ${seed} does not fail`)
  process.exit(1)
}
for (let size = steps.length >> 1; size > 0; size >>= 1) {
  for (let at = 0; at < steps.length && Date.now() < deadline;) {
    const fewer = [...steps.slice(0, at), ...steps.slice(at + size)]
    if (fails(fewer)) steps = fewer
    else at += size
  }
}
writeFileSync(file, tell(steps))
console.error(`${steps.length} steps are left: node tests/node/crdt/${teller} ${seed} 0 ${number} ${steps.join(',')}`)
console.error(`They are in ${file}; once mended, keep them as tests/data/crdt/NAME.peers.jsonl`)
