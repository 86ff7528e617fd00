// mirror.mjs - weft --relay --mirror: a copy elsewhere, of a relay with accounts; either one is killed
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node mirror.mjs PATH-OF-WEFT [PART-OF-A-NAME].
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PATIENCE, Relay, Y, assert, client, folder, get, raw, run, same, sleep, until, updateMessage, weft } from './harness.mjs'
import { change, device, graph, hocuspocus, poll, realtime, sockets } from './peers.mjs'

class Private extends Relay { open = false }

// A relay with accounts, whose data folder is there already, and tokens for it.
const issue = (data, ...words) => execFileSync(weft, ['--relay', `--data=${join(folder, data)}`, '--issue-token=test', ...words], { encoding: 'utf8' }).trim()
const tokensFor = data => {
  mkdirSync(join(folder, data), { recursive: true })
  const file = join(folder, data, 'everywhere')
  writeFileSync(file, issue(data, '--token-everywhere') + '\n')
  return { file, everywhere: issue(data, '--token-everywhere'), writer: room => issue(data, `--token-room=${room}`) }
}
const health = async relay => (await get(relay, '/health')).json()
const metric = async (relay, name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await get(relay, '/metrics')).text())?.[1])
const waitFor = async (what, condition) => {
  const end = Date.now() + PATIENCE
  for (;;) {
    const said = await condition().catch(() => false)
    if (said) return said
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await sleep(30)
  }
}
const isEven = mirror => waitFor('the copy to be even', async () => (await health(mirror)).mirror === 'ok').catch(e => { throw new Error(e.message + '\n' + mirror.log.slice(-1500)) })
// What is in a room, from a client of its own.
const read = async (relay, room) => {
  const c = client(relay, room)
  await until('the room to be read', () => c.provider.synced)
  const text = c.text.toString()
  c.provider.destroy()
  return text
}

const tests = {
  'every room, what comes later, what is deleted; both may be killed; nothing goes back': async () => {
    const main = await new Relay().start('main')
    const names = ['plain', 'with/slash', 'ünï cødé %2F', 'yjs', 'api/rooms', ...Array.from({ length: 40 }, (_, i) => `room${i}`)]
    const writers = names.map(name => client(main, `yjs/${encodeURIComponent(name)}`))
    writers.forEach((c, i) => c.text.insert(0, `text ${i}`))
    await until('all to be in', () => writers.every(c => c.provider.synced))
    // More than one message can hold: it comes in slices.
    const big = 'b'.repeat(9 << 20)
    writers[0].text.insert(0, big)
    writers[0].text.insert(0, big)
    await waitFor('it to be stored', async () => await metric(main, 'weft_updates_total') >= names.length + 2)

    const options = [`--mirror=${main.url}/`, '--mirror-every=1']
    let mirror = await new Relay().start('copy', 0, options)
    await isEven(mirror)
    assert(await metric(mirror, 'weft_mirror_rooms') === names.length && await metric(mirror, 'weft_mirror_up') === 1 &&
           await metric(mirror, 'weft_mirror_rooms_behind') === 0 && await metric(mirror, 'weft_mirror_complete_timestamp_seconds') > 1e9, 'metrics')
    for (const [i, name] of names.entries()) {
      const text = await read(mirror, `yjs/${encodeURIComponent(name)}`)
      assert(text === writers[i].text.toString(), `${name}: ${text.length} of ${writers[i].text.length}`)
    }

    // At once, while somebody reads there; deletions; a new room.
    const reader = client(mirror, 'plain')
    writers[0].text.delete(10, 18 << 20)
    writers[0].text.insert(0, 'later ')
    const fresh = client(main, 'fresh')
    fresh.text.insert(0, 'new room')
    await until('the change to be read', () => same(reader, writers[0]))
    await waitFor('the new room', async () => await read(mirror, 'fresh') === 'new room')

    // One way.
    reader.text.insert(0, 'written at the copy ')
    writers[0].text.insert(writers[0].text.length, ' and on')
    await until('what was written there to arrive', () => / and on$/.test(reader.text.toString()))
    assert(!/written/.test(writers[0].text.toString()) && !/written/.test(await read(mirror, 'plain')), 'nothing goes back, or is kept')
    reader.provider.destroy()

    // The copy is killed, the original goes on.
    await mirror.end('SIGKILL')
    writers[1].text.insert(0, 'while it was down ')
    writers[2].text.delete(0, 4)
    mirror = await new Relay().start('copy', 0, options)
    await isEven(mirror)
    assert(await read(mirror, 'yjs/with%2Fslash') === writers[1].text.toString() &&
           await read(mirror, `yjs/${encodeURIComponent(names[2])}`) === writers[2].text.toString(), 'what was missed')

    // The original is killed while it is written to, comes back, and goes on.
    const port = main.port
    for (let i = 0; i < 50; i++) writers[3].text.insert(0, `${i} `)
    await main.end('SIGKILL')
    await waitFor('the copy to say so', async () => (await health(mirror)).mirror === 'failing')
    assert((await get(mirror, '/health')).status === 200 && /mirror: .* cannot be followed/.test(mirror.log), mirror.log.slice(-500))
    writers[4].text.insert(0, 'offline ')
    const again = await new Relay().start('main', port)
    await until('the writers to be back', () => writers.every(c => c.provider.synced))
    const end = client(again, 'yjs/room7')
    await until('it to be in', () => end.provider.synced)
    end.text.insert(0, 'after ')
    await waitFor('the copy to have all', async () => /^after/.test(await read(mirror, 'room7')) && await read(mirror, 'yjs/yjs') === writers[3].text.toString() &&
      await read(mirror, 'yjs/api%2Frooms') === writers[4].text.toString())
    await isEven(mirror)
  },

  'nobody writes at the copy, and each is told why in their dialect': async () => {
    const main = await new Relay().start('origin')
    const w = client(main, 'nb/page')
    w.text.insert(0, 'text')
    const n = client(main, 'nb')
    n.doc.getMap('x').set('y', 1)
    await waitFor('it to be stored', async () => await metric(main, 'weft_updates_total') >= 2)
    const { file } = tokensFor('closed-copy')
    const mirror = await new Relay().start('read-copy', 0, [`--mirror=${main.url}`, '--mirror-every=1'])
    await isEven(mirror)
    const told = text => text.includes(`This relay only copies another one; write at ${main.url}`)

    const doc = new Y.Doc()
    doc.getText('t').insert(0, 'no')
    const update = Y.encodeStateAsUpdate(doc)
    const y = await raw(mirror, '/nb/page', 'weft.v1')
    y.socket.send(updateMessage(update))
    await until('y-websocket to be told', () => y.messages.some(m => m[0] === 2 && told(Buffer.from(m).toString())))

    const h = hocuspocus(mirror, 'nb/page')
    await until('Hocuspocus to be in', () => h.provider.synced && h.text.toString() === 'text')
    assert(h.provider.authorizedScope === 'readonly', h.provider.authorizedScope)
    h.text.insert(0, 'no')

    const r = await realtime(mirror, 'nb/page')
    r.say({ type: 'yjs:sync', data: [...update] })
    await until('JSON realtime to be told', () => r.heard('error', m => told(m.reason)))

    const g = await graph(mirror, 'nb/page', 0)
    g.patch('p', 'create_node', { nodeId: 'n', label: 'Task', properties: {} })
    await until('patches to be told', () => told(g.rejected('p') ?? ''))

    const d = await device(mirror, 'd1')
    d.put('note:No', 'no')
    await until('notes to be told', () => d.said.some(m => m.type === 'error' && told(m.reason)))
    const refused = await poll(mirror, 'd2', [change('note:No', 'no', 1, 'd2')])
    assert(refused.status === 403 && told(refused.detail), JSON.stringify(refused))
    assert((await poll(mirror, 'd2')).status === 200, 'reading by polling')

    // With accounts, too, whoever may write elsewhere.
    const { file: everywhere } = tokensFor('origin-closed')
    const guarded = await new Private().start('origin-closed')
    const token = issue('closed-copy', '--token-room=nb/page')
    const closed = await new Private().start('closed-copy', 0, [`--mirror=${guarded.url}`, `--mirror-token-file=${everywhere}`, '--mirror-every=1'])
    const p = await raw(closed, `/nb/page?token=${token}`)
    p.socket.send(updateMessage(update))
    await until('who has a token to be told', () => p.messages.some(m => m[0] === 2 && Buffer.from(m).toString().includes('only copies')))
    const brought = await fetch(`http://127.0.0.1:${closed.port}/api/boards/nb%2Fpage/updates`, { method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ updates: [Buffer.from(update).toString('base64')] }) })
    assert(brought.status >= 400, `brought: ${brought.status}`)

    // Nothing of it is anywhere; what is written at the right place arrives.
    w.text.insert(4, ' and more')
    await waitFor('the copy to follow', async () => await read(mirror, 'nb/page') === 'text and more')
    assert(w.text.toString() === 'text and more' && file, 'nothing of it went back')
    sockets.splice(0).forEach(s => s.destroy())
    for (const one of [y, r, g, d.r, p]) one.socket.close()
  },

  'who may list rooms; a wrong token is said': async () => {
    const { everywhere, writer } = tokensFor('guarded')
    const main = await new Private().start('guarded')
    const list = (query, token) => fetch(`http://127.0.0.1:${main.port}/api/rooms${query}`, { headers: token ? { authorization: `Bearer ${token}` } : {} })
    const w = client(main, 'one', { params: { token: writer('one') } })
    const w2 = client(main, 'two', { params: { token: writer('two') } })
    w.text.insert(0, '1'); w2.text.insert(0, '2')
    await waitFor('the rooms', async () => await metric(main, 'weft_updates_total') >= 2)
    assert((await list('')).status === 401 && (await list('', 'x.y.z')).status === 401, 'strangers')
    assert((await list('', writer('one'))).status === 403, 'a token for a room')
    assert((await list('?limit=0', everywhere)).status === 400 && (await list('?limit=1001', everywhere)).status === 400, 'limits')
    const first = await (await list('?limit=1', everywhere)).json()
    const second = await (await list(`?limit=1&after=${first.next}`, everywhere)).json()
    const third = await (await list(`?limit=1&after=${second.next}`, everywhere)).json()
    assert(first.rooms[0].room === 'one' && first.rooms[0].version === 1 && second.rooms[0].room === 'two' &&
           third.rooms.length === 0 && third.next === null, JSON.stringify([first, second, third]))

    // That token reads everything and writes nothing.
    const thief = await raw(main, `/one?token=${everywhere}`)
    const doc = new Y.Doc(); doc.getText('t').insert(0, 'no')
    thief.socket.send(updateMessage(Y.encodeStateAsUpdate(doc)))
    await until('the refusal', () => thief.messages.some(m => m[0] === 2))
    const bad = ['--token-everywhere --token-role=editor', '--token-everywhere --token-room=x', '']
    for (const words of bad) assert(spawnSync(weft, ['--relay', `--data=${join(folder, 'guarded')}`, '--issue-token=x', ...words.split(' ').filter(w => w)]).status === 64, words)

    const mirror = await new Relay().start('copy-denied', 0, [`--mirror=${main.url}`, '--mirror-every=1'])
    await waitFor('the copy to say so', async () => (await health(mirror)).mirror === 'failing' && /wants a token for all rooms/.test(mirror.log))
    const config = (...words) => spawnSync(weft, ['--relay', '--check-config', ...words], { encoding: 'utf8' })
    assert(config('--mirror=https://x').status === 64 && config('--mirror=wss://x:y:z').status === 64 && config('--mirror-token-file=x').status === 64 &&
           config('--mirror=wss://x', '--mirror-every=0').status === 64, 'wrong options are refused')
    assert(/^mirror=wss:\/\/x$/m.test(config('--mirror=wss://x').stdout), 'and right ones shown')
    const by = { ...process.env, WEFT_MIRROR: 'wss://y/', WEFT_MIRROR_EVERY: '60' }
    assert(/^mirror=wss:\/\/y\/$[^]*^mirror-every=60$/m.test(spawnSync(weft, ['--relay', '--check-config'], { encoding: 'utf8', env: by }).stdout), 'environment')
    thief.socket.close()

    const { file } = tokensFor('guarded')
    const good = await new Relay().start('copy-allowed', 0, [`--mirror=${main.url}`, `--mirror-token-file=${file}`, '--mirror-every=1'])
    await isEven(good)
    assert(await read(good, 'one') === '1' && await read(good, 'two') === '2', 'a good token')
  },

  'its own disk fails: said, and nothing is lost': async () => {
    const main = await new Relay().start('source')
    const w = client(main, 'r')
    w.text.insert(0, 'one')
    await until('it to be in', () => w.provider.synced)
    const mirror = await new Relay().start('small', 0, [`--mirror=${main.url}`, '--mirror-every=1', '--max-document=65536'])
    await isEven(mirror)
    w.text.insert(0, 'x'.repeat(100000))
    await waitFor('the copy to say so', async () => (await health(mirror)).mirror === 'failing' && await metric(mirror, 'weft_mirror_rooms_behind') === 1)
    await mirror.end()
    const larger = await new Relay().start('small', 0, [`--mirror=${main.url}`, '--mirror-every=1'])
    await isEven(larger)
    assert(await read(larger, 'r') === w.text.toString(), 'all of it')
  }
}

await run(tests)
