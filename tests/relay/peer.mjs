// peer.mjs - Weft's own client as a program that a test drives (tests/sync/weft-peer.c)
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Takes its path off the arguments: node TEST.mjs PATH-OF-WEFT PATH-OF-WEFT-PEER [PART-OF-A-NAME].
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { PATIENCE, folder, sleep } from './harness.mjs'

export const OFFLINE = 0; export const SYNCED = 3; export const DENIED = 4
const [peerBinary] = process.argv.splice(3, 1)

const peers = []
export class Peer {
  constructor (url, room, env, file) {
    this.child = spawn(peerBinary, [url, room, ...(file ? [join(folder, file)] : [])], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] })
    this.waiting = []
    this.gone = new Promise(resolve => this.child.on('exit', resolve))
    createInterface({ input: this.child.stdout }).on('line', line => { if (line.startsWith('{')) this.waiting.shift()?.(JSON.parse(line)) })
    peers.push(this)
  }

  say (command) {
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve)
      this.gone.then(code => reject(new Error(`${command}: the peer ended with ${code}`)))
      setTimeout(() => reject(new Error(`${command}: no answer`)), PATIENCE).unref()
      this.child.stdin.write(command + '\n')
    })
  }

  async is (what, condition, ms = PATIENCE) {
    const end = Date.now() + ms
    let last
    while (!condition(last = await this.say('print'))) {
      if (Date.now() > end) throw new Error(`waited in vain: ${what}: ${JSON.stringify(last).slice(0, 300)}`)
      await sleep(30)
    }
    return last
  }
}

export const endPeers = () => peers.splice(0).forEach(p => p.child.kill('SIGKILL'))
process.on('exit', endPeers)
