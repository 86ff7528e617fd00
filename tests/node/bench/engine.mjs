// engine.mjs - the engine beside yjs, in one run, as one table with ratios
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node engine.mjs WEFT_BENCH FOLDER [--quick] [--json FILE] [CASE...]: FOLDER takes the traces that are made from a
// seed. Recorded ones are used instead where the folder WEFT_BENCH_INPUTS has them. Runs of the two peers take turns;
// what is printed is the median of the warm iterations, and the best one.
// Ends with 1 where sizes or contents differ; speed is only told.

import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeTrace } from './make-traces.mjs'

const usage = 'Usage: ./dev bench engine [--quick] [--json FILE] [CASE...]'
const bench = process.argv[2]
const folder = process.argv[3]
const wanted = []
let quick = false
let json = null
for (let i = 4; i < process.argv.length; i++) {
  const argument = process.argv[i]
  if (argument === '--quick') quick = true
  else if (argument === '--json') json = process.argv[++i]
  else if (argument === '--help' || argument === '-h') { console.log(usage); process.exit(0) }
  else if (argument.startsWith('-')) { console.error(usage); process.exit(64) }
  else wanted.push(argument)
}

const here = fileURLToPath(new URL('.', import.meta.url))
const inputs = process.env.WEFT_BENCH_INPUTS

// What is wanted of a figure: `must` in its unit (for a quiet core), `ratio` to yjs in the same run. Of memory and
// sizes less is better than yjs, so the ratio there is the other way round.
const ns = (key, label, must, ratio) => ({ key, label, must, ratio, unit: 'ns/op' })
const ms = (key, label, must, ratio) => ({ key, label, must, ratio, unit: 'ms' })
const memory = (key, label, must, ratio) => ({ key, label, must, ratio, unit: 'MB' })

const editing = (goals = {}) => [
  ns('local_ms', 'local edit', ...(goals.local ?? [])),
  ns('local_upd_ms', 'local edit, update v1 told', ...(goals.upd ?? [])),
  ns('apply_ms', 'apply one update', ...(goals.apply ?? [])),
  ms('load_v1_ms', 'load v1 and read', ...(goals.load ?? [])),
  ms('load_v2_ms', 'load v2 and read'),
  ms('enc_v1_ms', 'encode v1', ...(goals.enc ?? [])),
  ms('enc_v2_ms', 'encode v2', ...(goals.enc2 ?? [])),
  memory('mem_live', 'memory after edits', ...(goals.memory ?? [])),
  memory('memload_live', 'memory after loading', ...(goals.memory ?? []))
]
const local = must => [ms('local_ms', 'local edits', must), ms('local_upd_ms', 'local edits, updates told'), ms('apply_ms', 'apply the updates')]
const clients = [ms('apply_ms', '1,540 updates, one by one', 5), ms('apply_one_txn_ms', 'in one transaction'), ms('load_v1_ms', 'load v1 and read')]

// `made`: the trace that stands in where there is no recorded one.
const cases = [
  { name: 'automerge-paper', made: 'paper', letter: 'x', quick: true, slow: true, mem: true,
    lines: editing({ local: [25, 800], upd: [40, 600], apply: [80, 150], load: [0.7, 150], enc: [0.3], enc2: [0.5], memory: [0.9, 0.3] }) },
  { name: 'R1M', made: 'random-1M', letter: 'x', quick: true, slow: true, mem: true, lines: editing({ local: [150, 500], apply: [250] }) },
  { name: 'MAP', made: 'board', letter: 'm', quick: true, slow: true, mem: true,
    lines: [ms('create_ms', 'make 10,000 elements'), ...editing({ local: [100, 100], upd: [160], apply: [200, 80], load: [25, 60], enc: [6], memory: [16] })] },
  { name: 'B3.1', letter: '', quick: true, lines: clients },
  { name: 'B3.2', letter: '', lines: clients },
  { name: 'B3.3', letter: '', lines: clients },
  { name: 'B3.4', letter: '', lines: clients },
  { name: 'B3.5', letter: '', quick: true, lines: clients },
  { name: 'B1.1', made: 'appended', letter: 'x', lines: local(0.25) },
  { name: 'B1.4', made: 'scattered', letter: 'x', quick: true, lines: local(0.6) },
  { name: 'B1.5', made: 'scattered-words', letter: 'x', lines: local(0.7) },
  { name: 'B1.10', made: 'numbers', letter: 'a', lines: local() },
  { name: 'B2.4', made: 'two-sides', letter: 'c', lines: [ms('gen_ms', 'both sides editing', 4), ms('apply_ms', 'apply both', 3), ms('load_v1_ms', 'load v1 and read')] },
  { name: 'clownschool', made: 'people', letter: 'c', slow: true, lines: [ms('gen_ms', 'three editing'), ms('apply_ms', 'apply all'), ms('load_v1_ms', 'load v1 and read')] },
  { name: 'EGW-C1', made: 'two-users', letter: 'u', quick: true, lines: [ms('load_v2_ms', 'load v2 and read', 2.5), ms('load_v1_ms', 'load v1 and read'), ms('enc_v1_ms', 'encode v1'), ms('enc_v2_ms', 'encode v2')] },
  { name: 'deep-deletions', made: 'deep-deletions', letter: 'f', slow: true, mem: true, lines: editing() },
  { name: 'deep-formats', made: 'deep-formats', letter: 'f', slow: true, lines: editing() },
  { name: 'deep-array', made: 'deep-array', letter: 'a', slow: true, mem: true, lines: editing() },
  { name: 'deep-map', made: 'deep-map', letter: 'm', slow: true, mem: true, lines: [ms('create_ms', 'make 100,000 keys'), ...editing()] }
]

const chosen = cases.filter(({ name, made, quick: inQuick }) =>
  wanted.length ? wanted.includes(name) || wanted.includes(made) : !quick || inQuick)
if (!chosen.length) {
  console.error(`${usage}\nCases: ${cases.map(({ name }) => name).join(' ')}`)
  process.exit(64)
}

const run = (command, args) => {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] })
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${result.status ?? result.signal}`)
  // yjs writes warnings there, too.
  return JSON.parse(result.stdout.trim().split('\n').pop())
}
const weft = (input, mode, n) => run(bench, [input, mode, String(n)])
const yjs = (input, mode, n) => run(process.execPath, ['--expose-gc', '--max-old-space-size=8192', join(here, 'yjs-bench.mjs'), input, mode, String(n)])

// Each peer's runs, one beside the other; of each run the first iteration is cold and left out where there are more.
const measure = (input, { slow, mem }) => {
  const rounds = quick ? 1 : 2
  const counts = { weft: quick ? 3 : 5, yjs: slow ? (quick ? 1 : 2) : 3 }
  const peers = { weft, yjs }
  const all = { weft: {}, yjs: {} }
  const contents = new Set()
  for (let round = 0; round < rounds; round++) {
    for (const peer of ['weft', 'yjs']) {
      const line = peers[peer](input, 'time', counts[peer])
      contents.add(line.content)
      all[peer].version = line.version
      for (const [key, value] of Object.entries(line.metrics)) {
        if (Array.isArray(value)) (all[peer][key] ??= []).push(...(value.length > 1 ? value.slice(1) : value))
        else all[peer][key] = value
      }
    }
  }
  for (const mode of mem ? ['mem', 'memload'] : []) {
    for (const peer of ['weft', 'yjs']) {
      const line = peers[peer](input, mode, 1)
      contents.add(line.content)
      Object.assign(all[peer], line.metrics)
    }
  }
  return { ...all, sameContent: contents.size === 1 }
}

const median = list => {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted.length % 2 ? sorted[sorted.length >> 1] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2
}
const number = value => value >= 1000 ? Math.round(value).toLocaleString('en') : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3)

const columns = [16, 33, 11, 11, 12, 9, 15]
const row = cells => console.log(cells.map((cell, i) => i < 2 ? cell.padEnd(columns[i]) : cell.padStart(columns[i])).join(' ').trimEnd())
const sizes = ['enc_v1_bytes', 'enc_v2_bytes', 'upd_n', 'upd_total', 'upd_mean', 'upd_median']

const results = []
let different = 0
let versions = ''

console.log(`${cpus()[0]?.model ?? 'processor'}, ${cpus().length} of them; Node ${process.version}; ` +
  `${inputs ? 'recorded traces of ' + inputs : 'traces made from a seed'}; median (best) of the warm iterations`)
row(['case', 'figure', 'weft', '(best)', 'yjs', 'ratio', 'goal'])
for (const { name, made, letter, lines, ...how } of chosen) {
  const recorded = inputs && letter && join(inputs, `${name}.crt${letter}.gz`)
  const input = !letter ? name : recorded && existsSync(recorded) ? recorded : makeTrace(folder, made)
  const label = input === recorded || !letter ? name : made
  const figures = measure(input, how)

  versions = `weft ${figures.weft.version}, yjs ${figures.yjs.version}`
  for (const { key, label: figure, must, ratio, unit } of lines) {
    const one = figures.weft[key]
    const other = figures.yjs[key]
    if (one === undefined || other === undefined) throw new Error(`${label}: there is no figure ${key}`)
    const n = unit === 'ns/op' ? figures.weft.upd_n / 1e6 : unit === 'MB' ? 1e6 : 1
    const mine = unit === 'MB' ? one / n : median(one) / n
    const best = unit === 'MB' ? mine : Math.min(...one) / n
    const theirs = unit === 'MB' ? other / n : median(other) / n
    const times = theirs / mine
    const goal = []
    if (must !== undefined) goal.push(`${must} ${unit}`)
    if (ratio !== undefined) goal.push(unit === 'MB' ? `${ratio}x` : `${ratio}x`)
    row([label, `${figure}, ${unit}`, number(mine), unit === 'MB' ? '' : `(${number(best)})`, number(theirs),
      unit === 'MB' ? (mine / theirs).toFixed(2) + 'x' : number(times) + 'x', goal.join(' / ')])
    results.push({ case: label, figure: key, unit, weft: mine, best, yjs: theirs, ratio: times, must, wantedRatio: ratio })
  }
  const unequal = sizes.filter(key => figures.weft[key] !== figures.yjs[key])
  if (unequal.length || !figures.sameContent) different++
  row([label, 'bytes: ' + (unequal.length
    ? 'DIFFERENT ' + unequal.map(key => `${key} ${figures.weft[key]}, yjs ${figures.yjs[key]}`).join('; ')
    : `equal (v1 ${figures.weft.enc_v1_bytes}, v2 ${figures.weft.enc_v2_bytes}` +
      (figures.weft.upd_n ? `, ${figures.weft.upd_n} updates of ${figures.weft.upd_mean.toFixed(3)})` : ')')) +
    (figures.sameContent ? '; content equal' : '; content DIFFERENT')])
}
console.log(`${versions}; ${different ? different + ' cases DIFFER' : 'all sizes and contents are equal'}`)
if (json) writeFileSync(json, JSON.stringify({ date: new Date().toISOString(), processor: cpus()[0]?.model, inputs: inputs ?? null, results }, null, 1) + '\n')
process.exit(different ? 1 : 0)
