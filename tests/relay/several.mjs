// several.mjs - two and three relays of one database show their users one room
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// postgres.sh redis.sh node several.mjs PATH-OF-WEFT [PART-OF-A-NAME]. Stock y-websocket clients come through a proxy that takes
// the relays in turn, as a load balancer does.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { BEFORE_FORGOTTEN, PATIENCE, isPrompt, sleep, until, assert, Relay, client, clients, editOf, encoding, folder, message, relays, same, raw, get, run, updateMessage } from './harness.mjs'

const database = process.env.WEFT_TEST_POSTGRES
const redis = process.env.WEFT_TEST_REDIS
if (!database || !redis) {
  console.log('1..0 # SKIP PostgreSQL, or Redis or Valkey, is not installed')
  process.exit(77)
}
const ctl = (variable, ...words) => spawnSync(process.env[variable], words, { encoding: 'utf8', stdio: ['ignore', words[0] === 'cli' ? 'pipe' : 'ignore', 'ignore'] }).stdout
const cli = (...words) => ctl('WEFT_TEST_REDIS_CTL', 'cli', ...words).trim().split('\n').filter(l => l)

// Takes connections to @targets in turn; one that does not answer is passed over.
class Proxy {
  constructor (targets) { this.targets = targets; this.turn = 0 }

  async listen () {
    this.server = createServer(near => {
      near.on('error', () => {})
      near.pause()
      const dial = left => {
        const target = this.targets[this.turn++ % this.targets.length]
        const far = connect(target.port, '127.0.0.1')
        let through = false
        far.on('error', () => { if (!through && left > 1) dial(left - 1); else near.destroy() })
        far.on('connect', () => { through = true; near.pipe(far).pipe(near); near.on('close', () => far.destroy()); far.on('close', () => near.destroy()) })
      }
      dial(this.targets.length)
    })
    await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve))
    this.port = this.server.address().port
    this.url = `ws://127.0.0.1:${this.port}`
    return this
  }
}

let n = 0
const start = async count => {
  const all = []
  n++
  for (let i = 0; i < count; i++) all.push(await new Relay().start(`several-${n}-${i}`, 0, [`--database=${database}`, `--redis=${redis}`]))
  await untilAsync('all to hear each other', async () => (await Promise.all(all.map(r => metric(r, 'weft_relays')))).every(v => v === count))
  return { all, proxy: await new Proxy(all).listen() }
}
const metric = async (relay, name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(await (await get(relay, '/metrics')).text())?.[1])
const health = async relay => (await get(relay, '/health')).json()
const untilAsync = async (what, condition) => {
  const end = Date.now() + PATIENCE
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await sleep(50)
  }
}
const end = async all => { for (const c of clients.splice(0)) c.provider.destroy(); for (const r of all) if (!r.exit) { await r.end(); assert(r.exit.code === 0, `ended with ${r.exit.code} ${r.exit.signal}: ${r.log.slice(-2000)}`) } }
const sees = (c, other) => c.awareness.getStates().get(other.doc.clientID)?.user?.name
const enter = async (place, room, count) => {
  const all = []
  for (let i = 0; i < count; i++) {
    const c = client(place, room)
    c.name = `user ${i}`
    c.awareness.setLocalStateField('user', { name: c.name })
    all.push(c)
  }
  await until('all to be synced', () => all.every(c => c.provider.synced))
  return all
}

const tests = {
  'three relays behind a proxy show one room, with presence': async () => {
    const { all, proxy } = await start(3)
    const users = await enter(proxy, 'one', 6)
    assert((await Promise.all(all.map(health))).every(h => h.connections === 2 && h.redis === 'ok'), 'two users at each')
    await until('all to see all', () => users.every(a => users.every(b => sees(a, b) === b.name)))
    for (let i = 0; i < 300; i++) {
      const c = users[i % 6]
      c.text.insert(Math.floor(c.text.length / 2), `${i} `)
      if (i % 7 === 0) c.text.delete(0, 1)
      if (i % 12 === 0) await sleep(2)
    }
    await until('all to be the same', () => same(...users))
    await isPrompt('a letter', 500, async i => {
      users[0].text.insert(0, `${i}!`)
      await until('a letter to arrive', () => users.every(c => c.text.toString().startsWith(`${i}!`)))
    })
    users[0].awareness.setLocalStateField('cursor', 7)
    await until('a cursor to arrive', () => users.every(c => c.awareness.getStates().get(users[0].doc.clientID)?.cursor === 7))

    await untilAsync('Redis to know who is there', async () => cli('HLEN', 'board:one:presence')[0] === '6' && cli('SCARD', 'board:one:connections')[0] === '6')
    const noted = JSON.parse(cli('HGET', 'board:one:presence', String(users[0].doc.clientID))[0])
    assert(noted.state.user.name === 'user 0' && noted.clientId === users[0].doc.clientID, JSON.stringify(noted))
    assert(Number(cli('TTL', 'board:one:presence')[0]) > 30 && Number(cli('TTL', 'board:one:connections')[0]) > 30, 'they expire')

    users[5].provider.destroy()
    await until('one to be gone', () => users.slice(0, 5).every(c => !sees(c, users[5])), BEFORE_FORGOTTEN)
    await untilAsync('Redis to know that', async () => cli('HLEN', 'board:one:presence')[0] === '5' && cli('SCARD', 'board:one:connections')[0] === '5')
    const [late] = await enter(proxy, 'one', 1)
    await until('a late one to have all', () => same(late, users[0]))
    await end(all)
  },

  'one of three is killed: its users move and lose nothing': async () => {
    const { all, proxy } = await start(3)
    const users = await enter(proxy, 'killed', 6)
    await until('all to see all', () => users.every(a => users.every(b => sees(a, b) === b.name)))
    const words = []
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 60; i++) {
        const word = `${round}.${i} `
        words.push(word)
        users[i % 6].text.insert(users[i % 6].text.length, word)
        if (i === 30 && round < 2) all[round].process.kill('SIGKILL')
        if (i % 6 === 0) await sleep(2)
      }
    }
    await until('all to be the same', () => same(...users) && words.every(w => users[0].text.toString().includes(w)))
    await until('all to see all again', () => users.every(a => users.every(b => sees(a, b) === b.name)))
    await untilAsync('Redis to know who is there', async () => cli('SCARD', 'board:killed:connections')[0] === '6')
    assert(new Set(cli('SMEMBERS', 'board:killed:connections').map(m => m.split(':')[0])).size === 1, 'all at the last one')
    const fresh = client(all[2], 'killed')
    await until('it to be stored', () => same(fresh, users[0]))
    await end(all)
  },

  'who was at a killed relay and does not come back is gone': async () => {
    const { all } = await start(2)
    const [a] = await enter(all[0], 'gone', 1)
    const [b] = await enter(all[1], 'gone', 1)
    await until('b to see a', () => sees(b, a))
    a.provider.shouldConnect = false
    all[0].process.kill('SIGKILL')
    await until('a to be gone', () => !sees(b, a), BEFORE_FORGOTTEN)
    await untilAsync('Redis to know that', async () => cli('HLEN', 'board:gone:presence')[0] === '1' && cli('SCARD', 'board:gone:connections')[0] === '1')
    await end(all)
  },

  'Redis away and back: everybody goes on, and catches up': async () => {
    const { all } = await start(2)
    const [a, b] = await enter(all[0], 'redis', 2)
    const [c] = await enter(all[1], 'redis', 1)
    a.text.insert(0, 'before ')
    await until('c to have it', () => same(a, b, c))
    ctl('WEFT_TEST_REDIS_CTL', 'stop')
    await untilAsync('the relays to know', async () => (await health(all[0])).redis === 'failing' && (await health(all[1])).redis === 'failing')
    assert((await get(all[0], '/health')).status === 200, 'it serves')
    assert(await metric(all[0], 'weft_redis_up') === 0, 'the metrics say so')
    a.text.insert(0, 'alone ')
    await until('b to have it at once', () => b.text.toString().startsWith('alone '), 4000)
    c.text.insert(c.text.length, 'there ')
    await until('the database to bring them together', () => same(a, b, c) && a.text.toString() === 'alone before there ')
    ctl('WEFT_TEST_REDIS_CTL', 'start')
    await untilAsync('Redis to be back', async () => (await health(all[0])).redis === 'ok' && (await health(all[1])).redis === 'ok')
    await until('all to see all', () => [a, b, c].every(x => [a, b, c].every(y => sees(x, y))))
    await isPrompt('a letter', 500, async i => {
      c.text.insert(0, `back ${i} `)
      await until('a to have it', () => a.text.toString().startsWith(`back ${i} `))
    })
    await untilAsync('Redis to know who is there', async () => cli('SCARD', 'board:redis:connections')[0] === '3')
    await end(all)
  },

  'PostgreSQL away and back: nothing is acknowledged that is not stored': async () => {
    const { all } = await start(2)
    const [a] = await enter(all[0], 'database', 1)
    const [c] = await enter(all[1], 'database', 1)
    a.text.insert(0, 'before ')
    await until('c to have it', () => same(a, c))
    ctl('WEFT_TEST_POSTGRES_CTL', 'kill')
    a.text.insert(0, 'away ')
    await until('a to be sent away', () => a.closes.includes(1013))
    assert((await get(all[0], '/health')).status === 503, 'it says so')
    await sleep(500)
    assert(c.text.toString() === 'before ', 'nobody has seen what is not stored')
    ctl('WEFT_TEST_POSTGRES_CTL', 'start')
    await until('all to be the same', () => same(a, c) && c.text.toString() === 'away before ')
    await untilAsync('it to say so', async () => (await health(all[0])).db === 'ok')
    await end(all)
  },

  'rights: who is removed at one relay is cut off at the other at once': async () => {
    const [a, b] = [new Relay(), new Relay()]
    a.open = b.open = false
    await a.start('rights-a', 0, [`--database=${database}`, `--redis=${redis}`])
    mkdirSync(join(folder, 'rights-b'))
    copyFileSync(join(folder, 'rights-a', 'signing-keys.json'), join(folder, 'rights-b', 'signing-keys.json'))
    await b.start('rights-b', 0, [`--database=${database}`, `--redis=${redis}`])
    await untilAsync('both to hear each other', async () => await metric(a, 'weft_relays') === 2 && await metric(b, 'weft_relays') === 2)
    const ask = async (relay, method, path, token, body) => {
      const response = await fetch(`http://127.0.0.1:${relay.port}${path}`, { method, headers: token ? { Authorization: `Bearer ${token}` } : {}, body: body && JSON.stringify(body) })
      const text = await response.text()
      assert(response.status < 300, `${method} ${path}: ${response.status} ${text}`)
      return text ? JSON.parse(text) : null
    }
    const notebook = /notebook=(\w+)/.exec(b.out)[1]
    assert(notebook === /notebook=(\w+)/.exec(a.out)[1], 'one notebook')
    // Each start prints a fresh invite, which ends the one before.
    const owner = await ask(a, 'POST', `/api/invites/${/invite=([\w-]+)/.exec(b.out)[1]}/accept`, null, { name: 'Ada', device: 'test' })
    const { token } = await ask(b, 'POST', `/api/workspaces/${notebook}/invite`, owner.access_token, { role: 'member' })
    const bob = await ask(a, 'POST', `/api/invites/${token}/accept`, null, { name: 'Bob', device: 'test' })
    const there = client(b, notebook, { params: { token: bob.access_token } })
    there.awareness.setLocalStateField('user', { name: 'Bob' })
    await until('Bob to be in', () => there.provider.synced)
    await untilAsync('Redis to know him by his account', async () => cli('HKEYS', `board:${notebook}:presence`).includes(bob.user.id))

    // In every dialect at the one, as the other says.
    const { id: board } = await ask(a, 'POST', `/api/workspaces/${notebook}/boards`, owner.access_token, { name: 'Plan' })
    const t = `token=${bob.access_token}`
    const forged = () => editOf(d => d.getText('t').insert(0, 'forged'))
    const at = name => message(e => { encoding.writeVarString(e, name); encoding.writeVarUint(e, 2); encoding.writeVarUint(e, 0); encoding.writeVarString(e, '') })
    const page = `${notebook}/${board}`
    const doors = {
      yjs: await raw(b, `/${page}?${t}`), hocuspocus: await raw(b, `/hocuspocus?${t}`), realtime: await raw(b, `/ws?boardId=${board}&${t}`),
      notes: await raw(b, `/ws/sync?device_id=d&notebook=${notebook}&${t}`), patches: await raw(b, `/ws/patch/${page}?${t}`)
    }
    doors.hocuspocus.socket.send(at(page))
    await until('Bob to be in everywhere', () => doors.yjs.messages.length > 0 && doors.realtime.messages.length > 0 && doors.hocuspocus.messages.length > 0)
    await ask(a, 'PUT', `/api/workspaces/${notebook}/members/${bob.user.id}`, owner.access_token, { role: 'viewer' })
    const refusal = { yjs: m => m[0] === 2, hocuspocus: m => m[page.length + 1] === 8 && m[page.length + 2] === 0, realtime: m => /"error"/.test(Buffer.from(m)), notes: m => /"error"/.test(Buffer.from(m)), patches: m => /patch_rejected/.test(Buffer.from(m)) }
    const edit = {
      yjs: () => updateMessage(forged()), hocuspocus: () => Buffer.concat([message(e => encoding.writeVarString(e, page)), updateMessage(forged())]),
      realtime: () => JSON.stringify({ type: 'yjs:sync', data: Buffer.from(forged()).toString('base64') }),
      notes: n => JSON.stringify({ type: 'sync_push', changes: [{ key: 'note:Plan', value: `forged ${n}`, timestamp: n, device_id: 'd' }] }),
      patches: n => JSON.stringify({ type: 'patch', payload: { id: `p${n}`, clientId: 'c', op: 'create_node', nodeId: `n${n}`, label: 'rectangle', properties: {} } })
    }
    // What is said between two relays takes a moment.
    let n = 0
    for (const [name, door] of Object.entries(doors)) {
      await untilAsync(`${name}: writing to be refused`, async () => { door.socket.send(edit[name](++n)); await sleep(50); return door.messages.some(refusal[name]) })
    }
    await ask(a, 'DELETE', `/api/workspaces/${notebook}/members/${bob.user.id}`, owner.access_token)
    await until('Bob to be cut off', () => there.closes.includes(4403))
    for (const [name, door] of Object.entries(doors))
      await until(`${name}: Bob to be cut off`, () => door.code === 4403 || (name === 'hocuspocus' && door.messages.some(m => m[page.length + 1] === 2 && m[page.length + 2] === 1)))
    await end([a, b])
  },

  'versions of two relays that write at once have no gaps, patches carry them': async () => {
    const { all } = await start(2)
    const graphs = []
    for (const relay of all) {
      const socket = await raw(relay, '/ws/patch/graph')
      socket.patches = []
      socket.socket.on('message', d => { const m = JSON.parse(d); if (m.type === 'patch_broadcast') socket.patches.push(m.payload); if (m.type === 'snapshot') socket.snapshot = m })
      socket.socket.send(JSON.stringify({ type: 'hello' }))
      graphs.push(socket)
    }
    await until('snapshots', () => graphs.every(g => g.snapshot))
    for (let i = 0; i < 40; i++)
      graphs[i % 2].socket.send(JSON.stringify({ type: 'patch', payload: { id: `p${i}`, clientId: `c${i % 2}`, op: 'create_node', nodeId: `n${i}`, label: 'Task', properties: { x: i, y: 0 } } }))
    await until('all patches at both', () => graphs.every(g => g.patches.length >= 40))
    for (const g of graphs) {
      const versions = g.patches.map(p => p.version).sort((x, y) => x - y)
      assert(versions.every((v, i) => v === i + 1), `versions ${versions}`)
    }
    const byId = g => new Map(g.patches.map(p => [p.patch.nodeId, p.version]))
    const [x, y] = graphs.map(byId)
    assert(x.size === 40 && [...x].every(([id, v]) => y.get(id) === v), 'the same version at both')
    graphs.forEach(g => g.socket.close())
    await end(all)
  },
}

await run(tests, () => { for (const r of relays) if (!r.exit) r.process.kill('SIGKILL') })
