// people.mjs - a relay with accounts: who gets in, as what, and what a stranger gets
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node people.mjs PATH-OF-WEFT [PART-OF-A-NAME]
import { execFileSync, spawnSync } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { Relay, Y, assert, client, clients, databaseFor, decoding, editOf, encoding, folder, message, raw, run, sleep, until, updateMessage, weft } from './harness.mjs'

class People extends Relay {
  open = false

  async start (...args) {
    await super.start(...args)
    this.notebook = /notebook=(\w+)/.exec(this.out)?.[1] ?? this.notebook
    this.invite = /invite=([\w-]+)/.exec(this.out)?.[1]
    this.http = `http://127.0.0.1:${this.port}`
    return this
  }

  async ask (method, path, { token, body, headers = {} } = {}) {
    const response = await fetch(this.http + path, {
      method,
      redirect: 'manual',
      headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body)
    })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const json = /json/.test(type) ? JSON.parse(text) : null
    if (response.status >= 400 && !/^\/invite\//.test(path)) {
      assert(type === 'application/problem+json', `${method} ${path}: ${response.status} is ${type}`)
      assert(json.status === response.status && json.title && !/Unknown/.test(json.title + response.statusText) && json.detail, `${method} ${path}: ${text}`)
    }
    return { status: response.status, json, text, headers: response.headers }
  }

  async expect (status, method, path, options) {
    const answer = await this.ask(method, path, options)
    assert(answer.status === status, `${method} ${path}: ${answer.status} instead of ${status}: ${answer.text}`)
    return answer.json
  }

  async accept (invite, name) {
    const j = await this.expect(200, 'POST', `/api/invites/${invite}/accept`, { body: { name, device: 'test' } })
    return { name, id: j.user.id, token: j.access_token, refresh: j.refresh_token, workspace: j.workspace_id }
  }

  // Somebody new in the notebook, invited by @owner.
  async join (owner, name, role, path = `/api/workspaces/${this.notebook}/invite`) {
    const { token } = await this.expect(201, 'POST', path, { token: owner.token, body: { role } })
    return this.accept(token, name)
  }

  as (person, room, options = {}) {
    return client(this, room, { params: { token: person.token }, ...options })
  }
}

const start = async (name, extra = []) => {
  const relay = await new People().start(name, 0, ['--auth-burst=10000', ...extra])
  relay.owner = await relay.accept(relay.invite, 'Ada')
  return relay
}

// Ids are lower-case base32 of 16 bytes.
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const idBytes = id => Buffer.from((BigInt('0b' + [...id].map(c => ALPHABET.indexOf(c).toString(2).padStart(5, '0')).join('')) >> 2n).toString(16).padStart(32, '0'), 'hex')
const idText = bytes => (BigInt('0x' + bytes.toString('hex')) << 2n).toString(2).padStart(130, '0').match(/.{5}/g).map(b => ALPHABET[parseInt(b, 2)]).join('')
const b64 = x => Buffer.from(x).toString('base64url')
// A token that the relay's own key signs.
const forge = (relay, claims, header = {}) => {
  const file = JSON.parse(readFileSync(join(folder, relay.data, 'signing-keys.json')))
  const now = Math.floor(Date.now() / 1000)
  const text = b64(JSON.stringify({ alg: 'HS256', kid: file.keys[0].kid, typ: 'JWT', ...header })) + '.' +
    b64(JSON.stringify({ iss: file.name, aud: file.name, nbf: now, exp: now + 600, ...claims }))
  return text + '.' + createHmac('sha256', Buffer.from(file.keys[0].k, 'base64url')).update(text).digest('base64url')
}
const closed = async (relay, path, protocols) => {
  const r = await raw(relay, path, protocols)
  await until('a close', () => r.code !== null)
  return r.code
}
// What y-websocket sends first, and a change of somebody who may not make it.
const step1 = message(e => { encoding.writeVarUint(e, 0); encoding.writeVarUint(e, 0); encoding.writeVarUint8Array(e, new Uint8Array([0])) })
const secretEdit = text => updateMessage(editOf(doc => doc.getText('t').insert(0, text)))
// [method, path] of every call there is, as the router says.
const routesOf = data => execFileSync(weft, ['--relay', `--data=${join(folder, data)}`, '--routes']).toString().trim().split('\n').map(l => l.split(' '))
const denied = r => r.messages.some(m => m[0] === 2)

// y-websocket tells the console when it is refused, with the whole address.
console.warn = () => {}

await run({
  'the owner link is good once, and each start prints one until then': async () => {
    const relay = await new People().start('owner')
    const first = relay.invite
    await relay.end()
    const again = await new People().start('owner')
    assert(again.invite && again.invite !== first, again.out)
    await again.expect(404, 'POST', `/api/invites/${first}/accept`, { body: { name: 'Eve' } })
    const ada = await again.accept(again.invite, 'Ada')
    await again.expect(404, 'POST', `/api/invites/${again.invite}/accept`, { body: { name: 'Eve' } })
    const { workspaces } = await again.expect(200, 'GET', '/api/workspaces', { token: ada.token })
    assert(workspaces.length === 2 && workspaces.some(w => w.personal) && workspaces.every(w => w.role === 'owner'), JSON.stringify(workspaces))
    await again.end()
    const third = await new People().start('owner')
    assert(!third.invite, third.out)
    await third.expect(200, 'GET', '/api/auth/me', { token: ada.token })
    assert((statSync(join(folder, 'owner', 'signing-keys.json')).mode & 0o777) === 0o600, 'mode of the keys')
    await third.end()
  },

  'tokens come three ways, and none means 4401': async () => {
    const relay = await start('ways')
    const room = `/${relay.notebook}`
    assert(await closed(relay, room) === 4401, 'no token')
    assert(await closed(relay, `${room}?token=x`) === 4401, 'a bad token')
    const { WebSocket } = await import('./harness.mjs')
    for (const open of [
      () => new WebSocket(relay.url + `${room}?token=${relay.owner.token}`),
      () => new WebSocket(relay.url + room, { headers: { Authorization: `Bearer ${relay.owner.token}` } }),
      () => new WebSocket(relay.url + room, [`bearer.${relay.owner.token}`]),
      () => new WebSocket(relay.url + room, ['weft.v1', `bearer.${relay.owner.token}`])
    ]) {
      const socket = open()
      let got = 0
      socket.on('message', () => got++)
      await until('a first message', () => got > 0)
      socket.close()
    }
    assert(!relay.log.includes(relay.owner.token) && !relay.log.includes(relay.owner.refresh), 'tokens in the log')
    assert(await closed(relay, `/${'b'.repeat(25)}a?token=${relay.owner.token}`) === 4404, 'no such notebook')
    assert(await closed(relay, `/other?token=${relay.owner.token}`) === 4403, 'a room that is no notebook')
    // At every door that there is; whoever is refused leaves nothing behind, and nothing falls over.
    for (const [, path] of routesOf('ways-routes').filter(([method]) => method === 'WS')) {
      for (const token of ['x', forge(relay, { sub: relay.owner.id, exp: 1 })]) {
        const target = path.replace(/[*:]room/, relay.notebook) + `?boardId=${relay.notebook}&device_id=d&notebook=${relay.notebook}&token=${token}`
        assert(await closed(relay, target) === 4401, `${path} with a bad token`)
      }
    }
    await relay.expect(200, 'GET', '/health')
    await relay.end()
  },

  'one invite, a thousand tries at once, one gets in': async () => {
    const relay = await start('race')
    const { token } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/invite`, { token: relay.owner.token, body: { role: 'member' } })
    // Some requests at a time over many connections: a thousand descriptors here are no part of the test.
    let n = 0; const results = []
    await Promise.all(Array.from({ length: 50 }, async () => {
      while (n++ < 1000) results.push((await relay.ask('POST', `/api/invites/${token}/accept`, { body: { name: `T${n}` } })).status)
    }))
    assert(results.length === 1000 && results.filter(s => s === 200).length === 1 && results.every(s => s === 200 || s === 404), JSON.stringify(results.filter(s => s !== 404)))
    const { members } = await relay.expect(200, 'GET', `/api/workspaces/${relay.notebook}/members`, { token: relay.owner.token })
    assert(members.length === 2, JSON.stringify(members))
    await relay.end()
  },

  'an invite is used once also across SIGKILL': async () => {
    let relay = await start('kill')
    for (let i = 0; i < 5; i++) {
      const { token } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/invite`, { token: relay.owner.token, body: {} })
      const tries = Array.from({ length: 20 }, () => relay.ask('POST', `/api/invites/${token}/accept`, { body: { name: 'X' } }).catch(() => null))
      await sleep(i * 3)
      await relay.end('SIGKILL')
      const before = (await Promise.all(tries)).filter(a => a?.status === 200).length
      const owner = relay.owner
      const notebook = relay.notebook
      relay = new People()
      relay.notebook = notebook
      await relay.start('kill', 0, ['--auth-burst=10000'])
      relay.owner = owner
      const after = (await relay.ask('POST', `/api/invites/${token}/accept`, { body: { name: 'X' } })).status === 200 ? 1 : 0
      assert(before + after <= 1, `${before} + ${after}`)
    }
    await relay.end()
  },

  'guessing is slowed down, for that address and in every way': async () => {
    writeFileSync(join(folder, 'guess-secret'), 'a secret of many letters\n')
    const relay = await new People().start('guess', 0, ['--auth-burst=20', '--auth-minute=1', `--internal-secret-file=${join(folder, 'guess-secret')}`])
    const seen = []
    for (let i = 0; i < 12; i++) seen.push((await relay.ask('POST', `/api/invites/${randomBytes(32).toString('base64url')}/accept`, { body: { name: 'Eve' } })).status)
    assert(seen[0] === 404 && seen.at(-1) === 429, seen.join())
    const answer = await relay.ask('POST', '/api/auth/refresh', { body: { refresh_token: 'x' } })
    assert(answer.status === 429 && Number(answer.headers.get('retry-after')) > 0, String(answer.status))
    // A service that knows the secret is not slowed down.
    const internal = secret => relay.ask('GET', '/internal/boards/x/permission?userId=y', { headers: { Authorization: `Internal-Secret ${secret}` } })
    assert((await internal('a secret of many lettexs')).status === 429, 'a wrong secret')
    for (let i = 0; i < 30; i++) assert((await internal('a secret of many letters')).status === 404, 'the right one')
    await relay.end()
  },

  'a viewer reads, shows itself, and writes nothing': async () => {
    const relay = await start('viewer')
    const vic = await relay.join(relay.owner, 'Vic', 'viewer')
    const a = relay.as(relay.owner, relay.notebook)
    const v = relay.as(vic, relay.notebook)
    await until('both to be in', () => a.provider.synced && v.provider.synced)
    a.text.insert(0, 'hello')
    await until('the viewer to read', () => v.text.toString() === 'hello')
    v.awareness.setLocalStateField('user', { name: 'Vic' })
    await until('the viewer to be seen', () => [...a.awareness.getStates().values()].some(s => s.user?.name === 'Vic'))
    v.text.insert(0, 'forged ')
    await sleep(200)
    assert(a.text.toString() === 'hello', a.text.toString())
    assert(v.provider.wsconnected && v.closes.length === 0, 'the connection stays')
    a.text.insert(5, ' there')
    await until('the viewer to go on reading', () => v.text.toString().includes('there'))

    // By hand: message 2, and none for a step 2 that adds nothing.
    const r = await raw(relay, `/${relay.notebook}?token=${vic.token}`)
    r.socket.send(message(e => { encoding.writeVarUint(e, 0); encoding.writeVarUint(e, 1); encoding.writeVarUint8Array(e, new Uint8Array([0, 0])) }))
    r.socket.send(step1)
    await sleep(150)
    assert(!denied(r), 'an empty step 2 was denied')
    r.socket.send(secretEdit('x'))
    await until('a denial', () => denied(r))
    const m = decoding.createDecoder(r.messages.find(b => b[0] === 2))
    assert(decoding.readVarUint(m) === 2 && decoding.readVarUint(m) === 0 && decoding.readVarString(m).length > 0, 'message 2')
    assert(r.code === null, 'the connection stays')
    r.socket.close()
    await relay.end()
  },

  'who is removed is cut off at once, whose role changes has it at once': async () => {
    const relay = await start('revoke')
    const bob = await relay.join(relay.owner, 'Bob', 'member')
    const a = relay.as(relay.owner, relay.notebook)
    const b = relay.as(bob, relay.notebook)
    await until('both to be in', () => a.provider.synced && b.provider.synced)
    const member = `/api/workspaces/${relay.notebook}/members/${bob.id}`
    await relay.expect(200, 'PUT', member, { token: relay.owner.token, body: { role: 'viewer' } })
    await sleep(100)
    b.text.insert(0, 'too late')
    await sleep(200)
    assert(a.text.toString() === '', a.text.toString())
    await relay.expect(200, 'PUT', member, { token: relay.owner.token, body: { role: 'member' } })
    await sleep(100)
    const r = await raw(relay, `/${relay.notebook}?token=${bob.token}`)
    r.socket.send(secretEdit('allowed'))
    await until('to write again', () => a.text.toString().includes('allowed'))
    await relay.expect(204, 'DELETE', member, { token: relay.owner.token })
    await until('to be cut off', () => r.code === 4403)
    await until('to be cut off', () => b.closes.includes(4403))
    assert(a.provider.wsconnected, 'others stay')
    await relay.end()
  },

  'who is removed keeps nothing: no boards of their own, no invites that they gave': async () => {
    const relay = await start('take-back')
    const token = relay.owner.token
    const workspace = `/api/workspaces/${relay.notebook}`
    const settle = async (name, role) => {
      const person = await relay.join(relay.owner, name, role)
      const { id } = await relay.expect(201, 'POST', `${workspace}/boards`, { token: person.token, body: { name } })
      return { ...person, board: id, member: `${workspace}/members/${person.id}`,
        toBoard: (await relay.expect(201, 'POST', `/api/boards/${id}/invite`, { token: person.token, body: {} })).token }
    }
    const refused = invite => relay.expect(404, 'POST', `/api/invites/${invite}/accept`, { body: { name: 'Eve' } })
    const bob = await settle('Bob', 'admin')
    const toAll = (await relay.expect(201, 'POST', `${workspace}/invite`, { token: bob.token, body: { role: 'member' } })).token
    const kept = (await relay.expect(201, 'POST', `${workspace}/invite`, { token, body: { role: 'member' } })).token
    const at = relay.as(bob, `${relay.notebook}/${bob.board}`)
    await until('Bob to be at his board', () => at.provider.synced)
    await relay.expect(204, 'DELETE', bob.member, { token })
    await until('Bob to be cut off there too', () => at.closes.includes(4403))
    await relay.expect(404, 'GET', `/api/boards/${bob.board}`, { token: bob.token })
    await relay.expect(404, 'POST', `/api/boards/${bob.board}/invite`, { token: bob.token, body: {} })
    await refused(toAll)
    await refused(bob.toBoard)

    // Who may only read from now on reads what they made, too.
    const cleo = await settle('Cleo', 'member')
    await relay.expect(200, 'PUT', cleo.member, { token, body: { role: 'viewer' } })
    assert((await relay.expect(200, 'GET', `/api/boards/${cleo.board}`, { token: cleo.token })).role === 'viewer', 'a viewer there')
    await refused(cleo.toBoard)

    // Who owns a board no more has invited nobody to it.
    const dan = await settle('Dan', 'member')
    await relay.expect(200, 'PUT', `/api/boards/${dan.board}/members/${dan.id}`, { token, body: { role: 'editor' } })
    await refused(dan.toBoard)
    await relay.accept(kept, 'Finn')
    await relay.end()
  },

  'an old token opens nothing, however busy its device is': async () => {
    const relay = await start('old')
    const sid = JSON.parse(Buffer.from(relay.owner.token.split('.')[1], 'base64url')).sid
    const now = Math.floor(Date.now() / 1000)
    const old = forge(relay, { sub: relay.owner.id, sid, nbf: now - 7200, exp: now - 3600 })
    assert(await closed(relay, `/${relay.notebook}?token=${old}`) === 4401, 'a room')
    assert(await closed(relay, `/hocuspocus?token=${old}`) === 4401, 'Hocuspocus, by its handshake')
    const r = await raw(relay, '/hocuspocus')
    r.socket.send(message(e => { encoding.writeVarString(e, relay.notebook); encoding.writeVarUint(e, 2); encoding.writeVarUint(e, 0); encoding.writeVarString(e, old) }))
    await until('a word of that', () => r.messages.length > 0 || r.code !== null)
    assert(r.code !== null || r.messages[0][relay.notebook.length + 2] === 1, 'Hocuspocus, by a message')
    await relay.expect(401, 'GET', '/api/auth/me', { token: old })
    await relay.expect(401, 'GET', `/api/boards/${relay.notebook}/updates`, { token: old })
    await relay.expect(401, 'POST', `/api/sync?device_id=d&notebook=${relay.notebook}`, { token: old, body: { type: 'sync_push', changes: [] } })
    await relay.end()
  },

  'whoever runs it lists people, locks them out, lets them in again, and signs devices out': async () => {
    const relay = await start('operator')
    const operate = (...args) => spawnSync(weft, ['--relay', `--data=${join(folder, relay.data)}`, ...databaseFor(relay.data), ...args], { encoding: 'utf8' })
    const done = (...args) => { const r = operate(...args); assert(r.status === 0, `${args}: ${r.status} ${r.stderr}`); return r.stdout }
    const failed = (says, ...args) => { const r = operate(...args); assert(r.status === 1 && r.stderr.includes(says), `${args}: ${r.status} ${r.stderr}`) }
    const list = () => done('--people').trim().split('\n').map(l => l.split('\t'))
    const bea = await relay.join(relay.owner, 'Bea', 'admin')
    const twins = [await relay.join(relay.owner, 'Cleo', 'member'), await relay.join(relay.owner, 'Cleo', 'member')]
    const rest = await relay.join(relay.owner, bea.id, 'viewer') // a name that looks like somebody else
    assert(JSON.stringify(list().map(l => [l[0], l[1], l[5], l[6], l[7]])) === JSON.stringify([['id', 'name', 'devices', 'notebooks', 'state'],
      ...[relay.owner, bea, ...twins, rest].map(p => [p.id, p.name, '1', '2', '-'])]), JSON.stringify(list()))

    const { token: invite } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/invite`, { token: bea.token, body: { role: 'member' } })
    const r = await raw(relay, `/${relay.notebook}?token=${bea.token}`)
    const other = await raw(relay, `/${relay.notebook}?token=${twins[0].token}`)
    failed('nobody here', '--lock', 'Dan')
    failed('several people', '--lock', 'Cleo')
    assert(r.code === null && other.code === null, 'nobody is cut off yet')
    assert(/locked out.* 1 of their invites/.test(done('--lock', bea.id)), 'what it says')
    await until('the end', () => r.code === 4401)
    await relay.expect(401, 'GET', '/api/auth/me', { token: bea.token })
    await relay.expect(401, 'POST', '/api/auth/refresh', { body: { refresh_token: bea.refresh } })
    assert((await relay.ask('POST', `/api/invites/${invite}/accept`, { body: { name: 'Bea again' } })).status >= 400, 'no way back by an invite')
    assert(await closed(relay, `/${relay.notebook}?token=${bea.token}`) === 4401, 'a room')
    assert(list().find(l => l[0] === bea.id)[7] === 'locked' && /already/.test(done('--lock', bea.id)), 'locked')
    assert(other.code === null && (await relay.ask('GET', '/api/auth/me', { token: rest.token })).status === 200, 'the others are there')

    done('--unlock', bea.id)
    await relay.expect(200, 'GET', '/api/auth/me', { token: bea.token })
    const fresh = await relay.expect(200, 'POST', '/api/auth/refresh', { body: { refresh_token: bea.refresh } })
    assert(/signed out on 1 devices/.test(done('--sign-out', twins[0].id)), 'signed out')
    await until('the end of the device', () => other.code === 4401)
    await relay.expect(401, 'POST', '/api/auth/refresh', { body: { refresh_token: twins[0].refresh } })
    await relay.expect(200, 'GET', '/api/auth/me', { token: twins[1].token })

    // The same without a relay that runs.
    await relay.end()
    done('--lock', bea.id)
    assert(list().find(l => l[0] === bea.id)[7] === 'locked', 'locked while it was down')
    failed('nobody here', '--unlock', 'Dan')
    const nowhere = spawnSync(weft, ['--relay', `--data=${join(folder, 'nowhere')}`, '--people'], { encoding: 'utf8' })
    assert(nowhere.status === 1 && /--data names/.test(nowhere.stderr) && !existsSync(join(folder, 'nowhere', 'relay.db')), 'nothing is made by looking')
    await relay.start('operator')
    await relay.expect(401, 'GET', '/api/auth/me', { token: fresh.access_token })
    await relay.end()
  },

  'a token that expires closes with 4401; a device that fetches fresh ones stays': async () => {
    const relay = await start('expire')
    const now = Math.floor(Date.now() / 1000)
    const plain = await raw(relay, `/${relay.notebook}?token=${forge(relay, { sub: relay.owner.id, exp: now + 5 })}`)
    // The device's own id, in a token that ends soon.
    const sid = JSON.parse(Buffer.from(relay.owner.token.split('.')[1], 'base64url')).sid
    const device = await raw(relay, `/${relay.notebook}?token=${forge(relay, { sub: relay.owner.id, sid, exp: now + 5 })}`)
    await until('the expiry', () => plain.code === 4401)
    await sleep(1500)
    assert(device.code === null, `a device that holds a fresh token was closed with ${device.code}`)
    await relay.expect(204, 'POST', '/api/auth/logout', { token: relay.owner.token })
    await until('the end of the login', () => device.code === 4401)
    await relay.end()
  },

  'a board alone, and its pictures': async () => {
    const relay = await start('board')
    const { id } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/boards`, { token: relay.owner.token, body: { name: 'Plan' } })
    const other = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/boards`, { token: relay.owner.token, body: { name: 'Secret' } })
    const guest = await relay.join(relay.owner, 'Gus', 'editor', `/api/boards/${id}/invite`)
    const page = `${relay.notebook}/${id}`
    const [shown, hidden, fresh] = ['a', 'b', 'c'].map(c => `${relay.notebook}/asset/${c.repeat(64)}`)
    const t = `?token=${guest.token}`
    const a = relay.as(relay.owner, page)
    await until('the owner to be in', () => a.provider.synced)
    a.text.insert(0, `picture weft:asset/${'a'.repeat(64)}`)
    for (const room of [shown, hidden]) {
      const c = relay.as(relay.owner, room)
      await until('the owner to be in', () => c.provider.synced)
      c.text.insert(0, 'bytes')
    }
    for (const [room, words] of [[page, 'picture'], [shown, 'bytes'], [hidden, 'bytes']]) {
      const c = relay.as(relay.owner, room)
      await until('it to be stored', () => c.text.toString().includes(words))
    }
    const g = relay.as(guest, page)
    await until('the guest to read', () => g.text.toString().includes('picture'))
    const s = relay.as(guest, shown)
    await until('the guest to see the picture', () => s.text.toString() === 'bytes')
    assert(await closed(relay, `/${hidden}${t}`) === 4403, 'a picture of another page')
    assert(await closed(relay, `/${relay.notebook}${t}`) === 4403, 'the notebook')
    assert(await closed(relay, `/${relay.notebook}/${other.id}${t}`) === 4403, 'another page')
    const n = relay.as(guest, fresh)
    await until('the guest to bring a picture', () => n.provider.synced)
    n.text.insert(0, 'new bytes')
    const seen = relay.as(relay.owner, fresh)
    await until('it to be stored', () => seen.text.toString() === 'new bytes')
    const again = await raw(relay, `/${fresh}${t}`)
    await sleep(100)
    assert(again.code === null, 'their own picture')
    // It goes to the trash, and comes back.
    await relay.expect(204, 'DELETE', `/api/boards/${id}`, { token: relay.owner.token })
    await until('the guest to be sent away', () => g.closes.includes(4404))
    await relay.expect(200, 'POST', `/api/boards/${id}/restore`, { token: relay.owner.token })
    const back = relay.as(guest, page)
    await until('the guest to be back', () => back.provider.synced)
    await relay.end()
  },

  'pages that people make, name and delete in Weft are boards': async () => {
    const relay = await start('pages')
    const token = relay.owner.token
    const list = async (query = '') => (await relay.expect(200, 'GET', `/api/workspaces/${relay.notebook}/boards${query}`, { token })).boards
    const { id } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/boards`, { token, body: { name: 'By a call' } })

    // As Weft does it: ops in the notebook's document, and a room for each page.
    const a = relay.as(relay.owner, relay.notebook)
    const ops = a.doc.getArray('ops')
    const made = () => ops.toArray().map(op => Buffer.from(op)).filter(op => op.includes(idBytes(id)))
    await until('the ops', () => Buffer.concat(made()).includes('By a call'))
    const page = idBytes(id); page[15] ^= 8
    ops.push(made().map(op => {
      for (let at; (at = op.indexOf(idBytes(id))) >= 0;) page.copy(op, at)
      if (op.includes('By a call')) op.write('In Weft !', op.indexOf('By a call'))
      return new Uint8Array(op)
    }))
    const other = idText(page)
    const p = relay.as(relay.owner, `${relay.notebook}/${other}`)
    await until('the page to be in', () => p.provider.synced)
    p.text.insert(0, 'words')
    for (let i = 0; i < 5000 && (await relay.ask('GET', `/api/boards/${other}`, { token })).status !== 200; i++) await sleep(20)

    const board = await relay.expect(200, 'GET', `/api/boards/${other}`, { token })
    assert(board.name === 'In Weft !' && board.room === `${relay.notebook}/${other}` && board.role === 'owner', JSON.stringify(board))
    assert((await list()).map(b => b.name).sort().join() === 'By a call,In Weft !', 'both are listed')
    const guest = await relay.join(relay.owner, 'Gus', 'viewer', `/api/boards/${other}/invite`)
    await relay.expect(200, 'GET', `/api/boards/${other}`, { token: guest.token })
    await relay.expect(404, 'GET', `/api/boards/${id}`, { token: guest.token })
    assert((await relay.expect(200, 'GET', `/api/workspaces/${relay.notebook}/boards`, { token: guest.token })).boards.length === 1, 'a guest sees theirs alone')

    // A stranger who knows the id gets nothing of it, and it stays where it is.
    const stranger = await relay.expect(201, 'POST', '/api/workspaces', { token: guest.token, body: { name: 'Mine' } })
    await relay.expect(404, 'PATCH', `/api/workspaces/${relay.notebook}`, { token: guest.token, body: { name: 'x' } })
    assert((await relay.expect(200, 'GET', `/api/workspaces/${stranger.id}/boards`, { token: guest.token })).boards.length === 0, 'their own has none')
    await relay.end()
  },

  'a board that is made here is in the page tree of the notebook': async () => {
    const relay = await start('tree')
    const a = relay.as(relay.owner, relay.notebook)
    await until('to be in', () => a.provider.synced)
    const ops = a.doc.getArray('ops')
    const { id } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/boards`, { token: relay.owner.token, body: { name: 'Плани 🗺' } })
    await until('the op to arrive', () => ops.length > 0)
    const text = () => Buffer.concat(ops.toArray().map(o => Buffer.from(o))).toString()
    assert(text().includes('Плани 🗺') && text().includes('board'), text())
    const before = ops.length
    await relay.expect(200, 'PATCH', `/api/boards/${id}`, { token: relay.owner.token, body: { name: 'Renamed' } })
    await relay.expect(204, 'DELETE', `/api/boards/${id}`, { token: relay.owner.token })
    await relay.expect(200, 'POST', `/api/boards/${id}/restore`, { token: relay.owner.token })
    await until('three more ops', () => ops.length >= before + 3)
    assert(text().includes('Renamed'), text())
    await relay.end()
  },

  'snapshots can be resumed, updates come from a version on': async () => {
    const relay = await start('download')
    const { id } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/boards`, { token: relay.owner.token, body: { name: 'Plan' } })
    const token = relay.owner.token
    const headers = { Authorization: `Bearer ${token}` }
    const doc = new Y.Doc()
    const post = body => relay.expect(200, 'POST', `/api/boards/${id}/updates`, { token, body })
    doc.getText('t').insert(0, 'x'.repeat(200000))
    let answer = await post({ since: 0, updates: [Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64')] })
    assert(answer.version === 1 && answer.updates.length === 1, JSON.stringify(answer).slice(0, 200))
    const url = `${relay.http}/api/boards/${id}/snapshot`
    const whole = await fetch(url, { headers })
    const bytes = Buffer.from(await whole.arrayBuffer())
    const etag = whole.headers.get('etag')
    const read = new Y.Doc(); Y.applyUpdate(read, bytes)
    assert(read.getText('t').length === 200000 && etag, 'the whole')
    const first = Buffer.from(await (await fetch(url, { headers: { ...headers, Range: 'bytes=0-99999' } })).arrayBuffer())
    // Somebody writes meanwhile.
    const sv = Y.encodeStateVector(doc)
    doc.getText('t').insert(0, 'new ')
    answer = await post({ since: 1, updates: [Buffer.from(Y.encodeStateAsUpdate(doc, sv)).toString('base64')] })
    assert(answer.version === 2 && answer.updates.length === 1 && !answer.snapshot, JSON.stringify(answer))
    const rest = await fetch(url, { headers: { ...headers, Range: 'bytes=100000-', 'If-Range': etag } })
    assert(rest.status === 206 && rest.headers.get('content-range') === `bytes 100000-${bytes.length - 1}/${bytes.length}`, `${rest.status} ${rest.headers.get('content-range')}`)
    assert(Buffer.concat([first, Buffer.from(await rest.arrayBuffer())]).equals(bytes), 'resumed')
    assert((await fetch(url, { headers: { ...headers, Range: 'bytes=100000-', 'If-Range': '"v99"' } })).status === 200, 'another version is sent whole')
    assert((await fetch(url, { headers: { ...headers, Range: 'bytes=99999999-' } })).status === 416, 'beyond the end')
    const since = await relay.expect(200, 'GET', `/api/boards/${id}/updates?since=1`, { token })
    assert(since.version === 2 && since.updates.length === 1, JSON.stringify(since))
    Y.applyUpdate(read, Buffer.from(since.updates[0], 'base64'))
    assert(read.getText('t').toString().startsWith('new '), 'what came after')
    assert((await relay.expect(200, 'GET', `/api/boards/${id}/updates?since=2`, { token })).updates.length === 0, 'nothing new')
    await relay.expect(400, 'GET', `/api/boards/${id}/updates?since=x`, { token })
    await relay.expect(400, 'POST', `/api/boards/${id}/updates`, { token, body: { updates: ['AAAAAAAAAAAAAA////'] } })
    await relay.expect(400, 'POST', `/api/boards/${id}/updates`, { token, body: { updates: 'x' } })
    for (const body of [[], { updates: [5] }, { updates: [''] }, { since: -1 }, { since: 1.5 }, { since: '1' }, { since: 1e300 }, { updates: Array(1001).fill('AAA=') }]) {
      await relay.expect(400, 'POST', `/api/boards/${id}/updates`, { token, body })
    }
    const large = Buffer.from(editOf(d => d.getText('large').insert(0, 'weft '.repeat(600000))))
    await relay.expect(200, 'POST', `/api/boards/${id}/updates`, { token, body: { updates: [large.toString('base64')] } })
    const all = await relay.expect(200, 'GET', `/api/boards/${id}/updates?since=0`, { token })
    const copy = new Y.Doc()
    for (const update of all.updates) Y.applyUpdate(copy, Buffer.from(update, 'base64'))
    assert(copy.getText('large').length === 3000000, `${copy.getText('large').length} of a large update`)
    const vic = await relay.join(relay.owner, 'Vic', 'viewer')
    await relay.expect(403, 'POST', `/api/boards/${id}/updates`, { token: vic.token, body: { updates: [Buffer.from(editOf(d => d.getText('t').insert(0, 'no'))).toString('base64')] } })
    await relay.expect(200, 'POST', `/api/boards/${id}/updates`, { token: vic.token, body: { since: 1 } })
    await relay.end()
  },

  'whoever sends too much is told so; no answer is cut in pieces': async () => {
    const relay = await start('large')
    for (const size of [65537, 100000, 3000000]) {
      const response = await fetch(`${relay.http}/api/workspaces`, { method: 'POST', body: 'x'.repeat(size) })
      assert(response.status === 413 && response.headers.get('content-type') === 'application/problem+json', `${size}: ${response.status}`)
      const chunks = new ReadableStream({ start (c) { for (let left = size; left > 0; left -= 1000) c.enqueue(Buffer.alloc(Math.min(left, 1000), 'x')); c.close() } })
      const chunked = await fetch(`${relay.http}/api/workspaces`, { method: 'POST', body: chunks, duplex: 'half' })
      assert(chunked.status === 413 && chunked.headers.get('content-type') === 'application/problem+json', `chunked ${size}: ${chunked.status}`)
    }
    for (const Range of ['bytes=5-2', 'bytes=-5', 'bytes=0-18446744073709551615', 'bytes=18446744073709551615-', `bytes=${'0-,'.repeat(500)}0-`, 'x']) {
      for (const path of ['/health', '/', '/metrics', '/api/nothing']) {
        const answer = await relay.ask('GET', path, { headers: { Range } })
        assert(answer.status === (path === '/api/nothing' ? 404 : 200) && !answer.headers.get('content-range'), `${path} ${Range.slice(0, 40)}: ${answer.status}`)
      }
    }
    await relay.end()
    assert(!/assertion/.test(relay.log), relay.log)
  },

  'refresh tokens in a cookie: HttpOnly, SameSite, and not for pages from elsewhere': async () => {
    const relay = await start('cookie')
    const { token } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/invite`, { token: relay.owner.token, body: {} })
    const answer = await relay.ask('POST', `/api/invites/${token}/accept`, { body: { name: 'Bea', cookie: true } })
    const cookie = answer.headers.get('set-cookie')
    assert(/HttpOnly/.test(cookie) && /SameSite=Strict/.test(cookie) && /Path=\/api\/auth/.test(cookie) && !answer.json.refresh_token, cookie)
    const Cookie = cookie.split(';')[0]
    await relay.expect(403, 'POST', '/api/auth/refresh', { headers: { Cookie, Origin: 'https://evil.example' } })
    const fresh = await relay.ask('POST', '/api/auth/refresh', { headers: { Cookie, Origin: relay.http } })
    assert(fresh.status === 200 && fresh.headers.get('set-cookie') !== cookie, 'rotated')
    await relay.expect(401, 'POST', '/api/auth/refresh', { headers: { Cookie } })
    await relay.expect(401, 'POST', '/api/auth/refresh', { headers: { Cookie: fresh.headers.get('set-cookie').split(';')[0] } })
    await relay.end()
  },

  'the page of an invite escapes what people wrote': async () => {
    const relay = await start('page')
    await relay.expect(200, 'PATCH', `/api/workspaces/${relay.notebook}`, { token: relay.owner.token, body: { name: '<script>alert("1")</script>' } })
    const { token, url, link } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/invite`, { token: relay.owner.token, body: {} })
    assert(url === `${relay.http}/invite/${token}` && link.startsWith('weft:join?relay=ws://127.0.0.1'), link)
    const page = await relay.ask('GET', `/invite/${token}`)
    assert(page.status === 200 && !/<script/.test(page.text) && page.text.includes('&lt;script&gt;') && page.text.includes(link.replaceAll('&', '&amp;')), page.text)
    assert(/default-src 'none'/.test(page.headers.get('content-security-policy')) && page.headers.get('referrer-policy') === 'no-referrer', 'policy')
    const evil = await relay.ask('GET', `/invite/${token}`, { headers: { Host: '"><script>' } }).catch(() => null)
    assert(!evil || !/<script/.test(evil.text), 'a Host header')
    const none = await relay.ask('GET', '/invite/nothing')
    assert(none.status === 404 && !/weft:join/.test(none.text), none.text)
    assert(!relay.log.includes(token), 'the token in the log')
    await relay.end()
  },

  'JSON realtime finds a board by its id alone': async () => {
    const relay = await start('by-id')
    const { id, room } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/boards`, { token: relay.owner.token, body: { name: 'Plan' } })
    const guest = await relay.join(relay.owner, 'Gus', 'viewer', `/api/boards/${id}/invite`)
    const y = relay.as(relay.owner, room)
    await until('the owner to be in', () => y.provider.synced)
    y.text.insert(0, 'by its id')
    const read = person => async () => {
      const r = await raw(relay, `/ws?boardId=${id}&token=${person.token}`)
      const doc = new Y.Doc()
      const take = data => { const m = JSON.parse(Buffer.from(data)); if (m.type === 'yjs:sync') Y.applyUpdate(doc, Uint8Array.from(m.data)) }
      r.messages.forEach(take)
      r.socket.on('message', take)
      await until('the text', () => doc.getText('t').toString() === 'by its id')
      return r
    }
    const r = await read(relay.owner)()
    const g = await read(guest)()
    r.socket.send(JSON.stringify({ type: 'yjs:sync', data: [...editOf(doc => doc.getText('u').insert(0, 'back'))] }))
    await until('a change the other way', () => y.doc.getText('u').toString() === 'back')
    await relay.expect(204, 'DELETE', `/api/boards/${id}/members/${guest.id}`, { token: relay.owner.token })
    await until('the guest to be cut off', () => g.code === 4403)
    // Nobody else's, nothing that is not there, and in no other dialect.
    assert(await closed(relay, `/ws?boardId=${id}&token=${guest.token}`) === 4403, 'not theirs')
    assert(await closed(relay, `/ws?boardId=${'b'.repeat(25)}a&token=${relay.owner.token}`) === 4404, 'not there')
    assert(await closed(relay, `/${id}?token=${relay.owner.token}`) === 4404, 'no room')
    await relay.end()
  },

  'another service asks what somebody may do': async () => {
    writeFileSync(join(folder, 'secret'), 'a secret of many letters\n')
    const relay = await start('internal', [`--internal-secret-file=${join(folder, 'secret')}`])
    const { id } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/boards`, { token: relay.owner.token, body: { name: 'Plan' } })
    const path = `/internal/boards/${id}/permission?userId=${relay.owner.id}`
    await relay.expect(401, 'GET', path)
    await relay.expect(401, 'GET', path, { headers: { Authorization: 'Internal-Secret a secret of many letterx' } })
    const Authorization = 'Internal-Secret a secret of many letters'
    assert((await relay.expect(200, 'GET', path, { headers: { Authorization } })).role === 'owner', 'the owner')
    const nobody = await relay.expect(200, 'GET', `/internal/boards/${id}/permission?userId=nobody`, { headers: { Authorization } })
    assert(nobody.role === null && !nobody.can_read && !nobody.can_write, JSON.stringify(nobody))
    await relay.end()
  },

  'tokens that are issued are for one place': async () => {
    const relay = await start('issue')
    const issue = (...args) => execFileSync(weft, ['--relay', `--data=${join(folder, 'issue')}`, '--issue-token=robot', ...args]).toString().trim()
    const viewer = issue(`--token-notebook=${relay.notebook}`, '--token-role=viewer')
    const editor = issue('--token-room=plain room')
    const r = await raw(relay, `/${relay.notebook}?token=${viewer}`)
    r.socket.send(secretEdit('x'))
    await until('a denial', () => denied(r))
    assert(await closed(relay, `/plain%20room?token=${viewer}`) === 4403, 'another room')
    assert(await closed(relay, `/${relay.notebook}?token=${editor}`) === 4403, 'another room')
    const c = client(relay, 'plain room', { params: { token: editor } })
    await until('to be in', () => c.provider.synced)
    await relay.expect(403, 'GET', '/api/workspaces', { token: viewer })
    await relay.expect(200, 'GET', '/api/auth/me', { token: viewer })
    execFileSync(weft, ['--relay', `--data=${join(folder, 'issue')}`, '--rotate-keys'])
    await relay.end()
  },

  'the example of docs/relay.md: a script writes a note, stock clients read and follow it': async () => {
    const relay = await start('example')
    const source = new URL('../..', import.meta.url).pathname
    const block = /```sh\n(# The id stands[^]*?)```/.exec(readFileSync(join(source, 'docs/relay.md'), 'utf8'))[1]
    const script = block.replace(/^NOTEBOOK=.*$/m, `NOTEBOOK=${relay.notebook}`).replaceAll('127.0.0.1:9338', `127.0.0.1:${relay.port}`)
      .replaceAll('docs/examples/', join(source, 'docs/examples/')).replace('$(weft ', `$('${resolve(weft)}' `).replace(/^node /m, `'${process.execPath}' `)
    try { execFileSync('curl', ['--version'], { stdio: 'ignore' }) } catch { console.log('# curl is not installed'); await relay.end(); return }
    const out = execFileSync('sh', ['-ec', script], { cwd: join(source, 'tests/node'), env: { ...process.env, WEFT_DATA: join(folder, 'example') }, timeout: 20000, stdio: ['ignore', 'pipe', 'pipe'] }).toString()
    assert(/"sync_ack"/.test(out) && out.includes('milk\neggs\n') && out.includes('eggs\nbread, from Yjs\n'), out)
    // A token for a notebook sees its boards, and no others.
    const token = execFileSync(weft, ['--relay', `--data=${join(folder, 'example')}`, '--issue-token=x', `--token-notebook=${relay.notebook}`, '--token-role=viewer']).toString().trim()
    const { boards } = await relay.expect(200, 'GET', `/api/workspaces/${relay.notebook}/boards`, { token })
    assert(boards.length === 1 && boards[0].name === 'Shopping' && boards[0].role === 'viewer', JSON.stringify(boards))
    const { workspaces } = await relay.expect(200, 'GET', '/api/workspaces', { token: relay.owner.token })
    const own = workspaces.find(w => w.personal)
    await relay.expect(404, 'GET', `/api/workspaces/${own.id}/boards`, { token })
    await relay.expect(204, 'DELETE', `/api/workspaces/${relay.notebook}`, { token: relay.owner.token })
    await relay.expect(404, 'GET', `/api/workspaces/${relay.notebook}/boards`, { token })
    await relay.end()
  },

  'signing in elsewhere: code flow with PKCE, and what may go wrong on the way': async () => {
    const { createServer } = await import('node:http')
    const { createHash, generateKeyPairSync, sign } = await import('node:crypto')
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    let issuer; let asked; let claims = {}; let key = privateKey; let odd = null; const elsewhere = []
    const server = createServer(async (request, response) => {
      const answer = o => response.end(JSON.stringify(o))
      if (request.url.startsWith('/.well-known')) return answer({ issuer, authorization_endpoint: issuer + '/authorize', token_endpoint: issuer + '/token', jwks_uri: issuer + '/keys' })
      if (request.url === '/keys') return answer({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] })
      let body = ''; for await (const part of request) body += part
      if (request.url === '/elsewhere') elsewhere.push(request.headers)
      if (odd === 'redirect') { response.writeHead(307, { Location: '/elsewhere' }); return response.end() }
      if (odd === 'large') return answer({ id_token: 'x'.repeat(2000000) })
      const form = new URLSearchParams(body)
      const challenge = createHash('sha256').update(form.get('code_verifier')).digest('base64url')
      const basic = Buffer.from(request.headers.authorization.slice(6), 'base64').toString()
      if (challenge !== asked.get('code_challenge') || form.get('code') !== 'the-code' || form.get('redirect_uri') !== asked.get('redirect_uri') || basic !== 'weft:hush%20hush') {
        response.statusCode = 400
        return answer({ error: 'invalid_grant' })
      }
      const now = Math.floor(Date.now() / 1000)
      const text = b64(JSON.stringify({ alg: 'RS256', kid: 'k', typ: 'JWT' })) + '.' +
        b64(JSON.stringify({ iss: issuer, aud: 'weft', sub: 'u1', name: 'Zoe', nonce: asked.get('nonce'), iat: now, exp: now + 60, ...claims }))
      answer({ token_type: 'Bearer', id_token: text + '.' + sign('sha256', Buffer.from(text), key).toString('base64url') })
    })
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    issuer = `http://127.0.0.1:${server.address().port}`
    writeFileSync(join(folder, 'oidc-secret'), 'hush hush\n')
    const relay = await start('oidc', [`--oidc-issuer=${issuer}`, '--oidc-client-id=weft', `--oidc-secret-file=${join(folder, 'oidc-secret')}`])
    const begin = async () => {
      let answer
      for (let i = 0; i < 2000 && answer?.status !== 302; i++, await sleep(50)) answer = await relay.ask('GET', '/api/auth/oidc')
      assert(answer.status === 302, String(answer.status))
      const url = new URL(answer.headers.get('location'))
      asked = url.searchParams
      assert(url.href.startsWith(issuer + '/authorize?') && asked.get('code_challenge_method') === 'S256' && asked.get('client_id') === 'weft', url.href)
      return { Cookie: answer.headers.get('set-cookie').split(';')[0] }
    }
    const back = (headers, state = asked.get('state'), code = 'the-code') => relay.ask('GET', `/api/auth/oidc/callback?code=${code}&state=${state}`, { headers })
    const good = await back(await begin())
    assert(good.status === 200 && good.json.user.name === 'Zoe' && good.json.access_token, good.text)
    assert(/weft_refresh=[\w-]{43}.*HttpOnly/.test(good.headers.get('set-cookie')), good.headers.get('set-cookie'))
    await relay.expect(200, 'GET', '/api/workspaces', { token: good.json.access_token })
    const again = await back(await begin())
    assert(again.json.user.id === good.json.user.id, 'the same person')
    // A state of somebody else's browser, no browser, a wrong code.
    assert((await back(await begin(), 'x'.repeat(43))).status === 401, 'another state')
    await begin()
    assert((await back({})).status === 401, 'no cookie')
    assert((await back(await begin(), undefined, 'other')).status === 401, 'a wrong code')
    // ID tokens that are not good.
    for (const [what, wrong] of Object.entries({ nonce: { nonce: 'x' }, aud: { aud: 'other' }, iss: { iss: 'http://evil' }, exp: { exp: 1 } })) {
      claims = wrong
      assert((await back(await begin())).status === 401, what)
    }
    claims = {}
    // The relay's secret goes to no other place, and no answer is read without end.
    for (odd of ['redirect', 'large']) assert((await back(await begin())).status === 401, odd)
    assert(elsewhere.length === 0, 'sent on')
    odd = null
    key = other
    assert((await back(await begin())).status === 401, 'another key')
    assert((await relay.ask('GET', '/api/auth/other')).status === 404, 'another provider')
    server.close()
    await relay.end()
  },

  // Every call and every dialect there is, as the router says; a new one is walked without anybody's doing.
  'a stranger, a viewer, and the owner of something else get nothing that is not theirs': async () => {
    writeFileSync(join(folder, 'walk-secret'), 'a secret of many letters\n')
    const relay = await start('walk', [`--internal-secret-file=${join(folder, 'walk-secret')}`])
    const token = relay.owner.token
    const routes = routesOf('routes')
    assert(routes.length > 30 && routes.some(([m]) => m === 'WS'), routes.join('\n'))
    const { id: board } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/boards`, { token, body: { name: 'TOP SECRET' } })
    const { token: invite, id: inviteId } = await relay.expect(201, 'POST', `/api/workspaces/${relay.notebook}/invite`, { token, body: { role: 'owner' } })
    const viewer = await relay.join(relay.owner, 'Vic', 'viewer')
    const spare = await relay.join(relay.owner, 'Sam', 'member')
    // Eve has a workspace of her own, and no part in this one.
    const eve = await relay.join(relay.owner, 'Eve', 'viewer')
    await relay.expect(204, 'DELETE', `/api/workspaces/${relay.notebook}/members/${eve.id}`, { token })
    const page = `${relay.notebook}/${board}`
    const a = relay.as(relay.owner, page)
    await until('to be in', () => a.provider.synced)
    a.text.insert(0, 'TOP SECRET')
    const other = relay.as(relay.owner, page)
    await until('it to be stored', () => other.text.toString() === 'TOP SECRET')
    const state = async () => JSON.stringify([
      await relay.expect(200, 'GET', `/api/workspaces/${relay.notebook}`, { token }),
      // Names apart: one's own is one's own to change.
      (await relay.expect(200, 'GET', `/api/workspaces/${relay.notebook}/members`, { token })).members.map(m => [m.user_id, m.role]),
      (await relay.expect(200, 'GET', `/api/boards/${board}`, { token })),
      (await relay.expect(200, 'GET', `/api/boards/${board}/members`, { token })).members,
      (await relay.expect(200, 'GET', `/api/boards/${board}/updates`, { token })).version
    ])
    const before = await state()
    // Public by design: what a browser must get without a token.
    const anybody = new Set(['GET /', 'GET /health', 'GET /metrics', 'POST /api/auth/logout', 'POST /api/auth/refresh'])
    const body = { name: 'Mine', role: 'owner', thumbnail_url: null, since: 0, updates: [Buffer.from(editOf(d => d.getText('t').insert(0, 'x'))).toString('base64')], changes: [] }
    for (const [who, as] of [['stranger', null], ['other', eve], ['viewer', viewer]]) {
      // Whoever signs out on the way is a stranger for the rest of it.
      for (const [method, path] of routes.filter(([m, p]) => m !== 'WS' && !(as && p === '/api/auth/logout'))) {
        for (const guess of [inviteId, 'A'.repeat(43)]) {
          const filled = path.replace(':user', spare.id).replace(':token', guess).replace(/:provider/, 'oidc').replace(/[*:]room/, page)
            .replace(':id', path.includes('/workspaces/') ? relay.notebook : board)
          const answer = await relay.ask(method, filled, { token: as?.token, body: method === 'GET' ? undefined : body })
          const name = `${who}: ${method} ${filled} -> ${answer.status} ${answer.text.slice(0, 200)}`
          if (who === 'viewer') {
            // Reading is theirs, and what is their own; changing is not.
            const own = /^\/api\/(auth|workspaces$)/.test(path) || anybody.has(`${method} ${path}`)
            assert(method === 'GET' || own || answer.status >= 400, name)
            continue
          }
          assert(!answer.text.includes('TOP SECRET') && !answer.text.includes(spare.id) && !answer.text.includes(invite), name)
          if (anybody.has(`${method} ${path}`)) continue
          const mine = who === 'other' && (/^\/api\/auth\//.test(path) || path === '/api/workspaces')
          assert(mine || answer.status >= 400, name)
        }
      }
    }
    const dialects = routes.filter(([m]) => m === 'WS').map(([, path]) => path)
    for (const path of dialects) {
      for (const [who, as] of [['stranger', null], ['other', eve], ['viewer', viewer]]) {
        const target = path.replace('*room', page).replace(':room', encodeURIComponent(page))
        const query = `?boardId=${board}&device_id=d1${as ? `&token=${as.token}` : ''}`
        const r = await raw(relay, target + query).catch(e => ({ error: e, messages: [], code: 0, socket: { send () {}, close () {} } }))
        for (const bytes of [step1, secretEdit('forged'), message(e => { encoding.writeVarString(e, page); encoding.writeVarUint(e, 2); encoding.writeVarUint(e, 0); encoding.writeVarString(e, as?.token ?? '') }),
          message(e => { encoding.writeVarString(e, page); encoding.writeVarUint(e, 0); encoding.writeVarUint(e, 0); encoding.writeVarUint8Array(e, new Uint8Array([0])) }),
          message(e => { encoding.writeVarString(e, page); encoding.writeVarUint(e, 0); encoding.writeVarUint(e, 2); encoding.writeVarUint8Array(e, editOf(d => d.getText('t').insert(0, 'forged'))) })]) {
          if (r.code === null) r.socket.send(bytes)
        }
        for (const json of [{ type: 'hello', since: 0 }, { type: 'yjs:sync', data: Buffer.from(editOf(d => d.getText('t').insert(0, 'forged'))).toString('base64') },
          { type: 'sync_push', changes: [{ key: 'note:Plan', value: 'forged', timestamp: 1, device_id: 'd1' }], last_ack: 0 },
          { type: 'patch', payload: { id: 'p1', clientId: 'c1', op: 'create_node', nodeId: 'n_1', label: 'rectangle', properties: {} } }]) {
          if (r.code === null) r.socket.send(JSON.stringify(json))
        }
        await sleep(150)
        const text = Buffer.concat(r.messages.map(m => Buffer.from(m))).toString()
        if (who !== 'viewer') assert(!text.includes('TOP SECRET'), `${who} on ${path}: ${text.slice(0, 300)}`)
        r.socket.close()
      }
    }
    await sleep(200)
    const after = await state()
    assert(after === before, `${before}\n${after}`)
    assert(a.text.toString() === 'TOP SECRET', a.text.toString())
    await relay.end()
  }
})
