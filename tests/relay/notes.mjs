// notes.mjs - notes as keys and values: devices written from the protocol's text, beside Yjs editors
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node notes.mjs PATH-OF-WEFT.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { folder, weft, sleep, until, assert, Relay, client, raw, run } from './harness.mjs'
import { change, device, poll } from './peers.mjs'

const tests = {
  'the message of the protocol, and what another device gets': async () => {
    const relay = await new Relay().start('first')
    const a = await device(relay, 'dev1'); const b = await device(relay, 'dev2')
    await sleep(50)
    a.say({ type: 'sync_push', changes: [change('note:Shopping', 'milk\n', 123456, 'dev1')], last_ack: 123450 })
    await until('the answer', () => a.said.length === 1)
    assert(a.said[0].type === 'sync_ack' && a.said[0].ack_timestamp === 123456, JSON.stringify(a.said))
    assert(a.said[0].changes.length === 0 && a.said[0].conflicts.length === 0, JSON.stringify(a.said))
    await until('the other to get it', () => b.value('note:Shopping') === 'milk\n')
    assert(b.notes.get('note:Shopping').timestamp === 123456 && b.notes.get('note:Shopping').device_id === 'dev1', 'as it was')
    b.put('note:Shopping', 'milk\n\neggs\n')
    await until('the first to get that', () => a.value('note:Shopping') === 'milk\n\neggs\n')
    a.put('note:Shopping', null)
    await until('the deletion', () => b.value('note:Shopping') === null)
    await relay.end()
  },
  'higher wins, lower is answered, the same again changes nothing': async () => {
    const relay = await new Relay().start('lww')
    assert((await poll(relay, 'a', [change('note:n', 'first\n', 100, 'a')])).ack_timestamp === 100, 'taken')
    const b = await poll(relay, 'b', [change('note:n', 'second\n', 200, 'b')])
    assert(b.ack_timestamp === 200, 'taken')
    const a = await poll(relay, 'a')
    assert(a.get('note:n').value === 'second\n' && a.get('note:n').timestamp === 200 && a.get('note:n').device_id === 'b', JSON.stringify(a))
    const late = await poll(relay, 'a', [change('note:n', 'too late\n', 150, 'a')])
    assert(late.get('note:n').value === 'second\n' && late.get('note:n').timestamp === 200, JSON.stringify(late))
    const same = await poll(relay, 'b', [change('note:n', 'second\n', 200, 'b')])
    assert(same.changes.length === 0 && same.conflicts.length === 0, JSON.stringify(same))
    const deep = await poll(relay, 'c', [change('note:a/b%2Fc/d', 'deep\n', 300, 'c')])
    assert(deep.get('note:a') && deep.get('note:a/b%2Fc') && deep.get('note:n'), JSON.stringify(deep))
    const late2 = await poll(relay, 'a', [], { last_ack: 1e6 })
    assert(late2.get('note:a/b%2Fc/d').value === 'deep\n', 'delivered whatever last_ack says')
    const early = await poll(relay, 'd', [change('note:early', 'e\n', 5, 'd')])
    assert(early.ack_timestamp === 5, 'a low timestamp')
    assert((await poll(relay, 'a', [], { last_ack: 1e6 })).get('note:early').timestamp === 5, 'a late change with a lower timestamp')
    await relay.end()
    const again = await new Relay().start('lww')
    assert((await poll(again, 'a')).changes.length === 0, 'nothing is sent twice after a restart')
    assert((await poll(again, 'new')).get('note:n').value === 'second\n', 'and all to who is new')
    await again.end()
  },
  'equal timestamps: the greater device wins, both are listed and kept': async () => {
    const relay = await new Relay().start('ties')
    for (const [key, first, second] of [['note:x', 'dev1', 'dev2'], ['note:y', 'dev2', 'dev1']]) {
      await poll(relay, first, [change(key, `by ${first}\n`, 50, first)])
      const r = await poll(relay, second, [change(key, `by ${second}\n`, 50, second)])
      assert(r.conflicts.length === 1 && r.conflicts[0].key === key && r.conflicts[0].winner === 'dev2', JSON.stringify(r))
      assert(r.conflicts[0].values.map(v => v.value).sort().join('') === 'by dev1\nby dev2\n', JSON.stringify(r))
      const third = await poll(relay, 'third')
      assert(third.get(key).value === 'by dev2\n', JSON.stringify(third))
    }
    const same = await poll(relay, 'dev0', [change('note:x', 'by dev2\n', 50, 'dev0')])
    assert(same.conflicts.length === 0, 'the same value is no conflict')
    await relay.end()
  },
  'what a device pushed is marked: who keeps pages offline fetches it': async () => {
    const relay = await new Relay().start('marks')
    await poll(relay, 'dev1', [change('note:x', 'one\n', 50, 'dev1'), change('note:y', 'two\n', 50, 'dev1')])
    const edited = client(relay, 'nb').doc.getMap('edited')
    await until('a mark of each', () => edited.size === 2)
    const before = JSON.stringify(edited)
    await poll(relay, 'dev1', [change('note:x', 'one\n', 50, 'dev1')])
    await poll(relay, 'dev1', [change('note:x', 'one more\n', 60, 'dev1')])
    await until('another mark', () => JSON.stringify(edited) !== before)
    const [was, is] = [JSON.parse(before), edited.toJSON()]
    assert(Object.keys(is).filter(page => is[page] !== was[page]).length === 1, `${before} ${JSON.stringify(is)}`)
    await relay.end()
  },
  'what is malformed is refused': async () => {
    const relay = await new Relay().start('bad')
    const bad = ['no json', '[]', '{"type":"other"}', { type: 'sync_push', changes: {} },
      { type: 'sync_push', changes: [change('other:x', 'y', 1)] }, { type: 'sync_push', changes: [change('note:', 'y', 1)] },
      { type: 'sync_push', changes: [change('note:a//b', 'y', 1)] }, { type: 'sync_push', changes: [change('note:a', 5, 1)] },
      { type: 'sync_push', changes: [{ key: 'note:a', timestamp: 1 }] }, { type: 'sync_push', changes: [change('note:a', 'y', -1)] },
      { type: 'sync_push', changes: [change('note:a', 'y', 1.5)] }, { type: 'sync_push', changes: [change('note:a', 'y', 2 ** 53)] },
      { type: 'sync_push', changes: [change('note:a', 'y', 1, 'd'.repeat(65))] }, { type: 'sync_push', changes: [change('note:' + 'k'.repeat(1020), 'y', 1)] },
      { type: 'sync_push', changes: [change('note:a', 'y'.repeat(1024 * 1024 + 1), 1)] }, { type: 'sync_push', changes: [], last_ack: 'x' },
      { type: 'sync_push', changes: Array.from({ length: 1001 }, (_, i) => change(`note:${i}`, 'y', 1)) }]
    for (const m of bad) {
      const text = typeof m === 'string' ? m : JSON.stringify(m)
      const d = await device(relay, 'x')
      d.r.socket.send(text)
      await until(`4400 for ${text.slice(0, 80)}`, () => d.r.code === 4400)
      const status = (await fetch(`http://127.0.0.1:${relay.port}/api/sync?device_id=x&notebook=nb`, { method: 'POST', body: text })).status
      assert(status === 400 || text === '{"type":"other"}', `${status} for ${text.slice(0, 80)}`)
    }
    for (const query of ['', '?device_id=', '?device_id=' + 'd'.repeat(65)]) {
      const status = await raw(relay, `/ws/sync${query}`).then(() => 101, e => Number(/status (\d+)/.exec(e.message)?.[1]))
      assert(status === 400, `${status} for ${query}`)
    }
    const most = await poll(relay, 'x', [change('note:large', 'y'.repeat(1024 * 1024 - 1) + '\n', 1, 'x')])
    assert(most.ack_timestamp === 1, 'the largest value')
    await relay.end()
  },
  'the notebook comes from the token; viewers only read': async () => {
    const notebook = 'aeaqcaibaeaqcaibaeaqcaibae'
    const relay = new Relay()
    relay.open = false
    await relay.start('people')
    const issue = role => execFileSync(weft, ['--relay', `--data=${join(folder, 'people')}`, '--issue-token=robot', `--token-notebook=${notebook}`, `--token-role=${role}`]).toString().trim()
    const [editor, viewer] = [issue('editor'), issue('viewer')]
    const post = async (token, changes, query = '') => {
      const response = await fetch(`http://127.0.0.1:${relay.port}/api/sync?device_id=d${query}`, { method: 'POST',
        headers: token ? { Authorization: `Bearer ${token}` } : {}, body: JSON.stringify({ type: 'sync_push', changes }) })
      return { status: response.status, body: await response.json() }
    }
    assert((await post(editor, [change('note:n', 'kept\n', 3, 'd')])).status === 200, 'an editor')
    assert((await post(viewer, [change('note:n', 'no\n', 9, 'd')])).status === 403, 'a viewer')
    assert((await post(viewer, [])).body.changes.length === 0, 'a viewer reads')
    const statuses = [(await post(null, [])).status, (await post(null, [], `&notebook=${notebook}`)).status, (await post('not.a.token', [], `&notebook=${notebook}`)).status,
      (await post(editor, [], '&notebook=baaqcaibaeaqcaibaeaqcaibae')).status]
    assert(statuses.join() === '400,401,401,403' || statuses.join() === '400,401,401,404', statuses.join())
    const w = await raw(relay, `/ws/sync?device_id=w&token=${viewer}`)
    w.socket.send(JSON.stringify({ type: 'sync_push', changes: [change('note:n', 'no\n', 9, 'w')] }))
    await until('both answers', () => w.messages.length >= 2)
    const [error, ack] = w.messages.map(m => JSON.parse(Buffer.from(m).toString()))
    assert(error.type === 'error' && ack.changes[0].value === 'kept\n' && ack.changes[0].timestamp === 3, JSON.stringify([error, ack]))
    await relay.end()
  },
  'what people type meanwhile is kept': async () => {
    const relay = await new Relay().start('typing')
    const d = await device(relay, 'dev'); const e = await device(relay, 'other')
    d.put('note:Plan', 'one\n\ntwo\n\nthree\n')
    await until('both', () => e.value('note:Plan') === 'one\n\ntwo\n\nthree\n')
    const page = await findPage(relay)
    const y = client(relay, page); const text = y.doc.getText('quill')
    await until('the editor', () => text.toString().includes('three'))
    text.insert(text.toString().indexOf('two') + 3, ' and a half')
    await until('the typed to arrive', () => d.value('note:Plan')?.includes('two and a half'))
    assert(d.notes.get('note:Plan').timestamp === 2 && d.notes.get('note:Plan').device_id === 'weft', JSON.stringify(d.notes.get('note:Plan')))
    // Away, then back with a change made on what it had; somebody typed meanwhile.
    d.close()
    text.insert(0, 'Title: ')
    await until('the other to hear', () => e.value('note:Plan')?.startsWith('Title: one'))
    const back = await poll(relay, 'dev', [change('note:Plan', d.value('note:Plan').replace('three', 'THREE'), 900, 'dev')])
    assert(back.get('note:Plan').value === 'Title: one\n\ntwo and a half\n\nTHREE\n', JSON.stringify(back))
    assert(back.get('note:Plan').timestamp === 901, JSON.stringify(back))
    await until('the editor to have both', () => text.toString().includes('THREE') && text.toString().startsWith('Title: one'))
    // What the device has and takes out goes.
    const out = await poll(relay, 'dev', [change('note:Plan', 'two and a half\n\nTHREE\n', 1000, 'dev')], { last_ack: back.ack_timestamp })
    assert(out.changes.length === 0, JSON.stringify(out))
    await until('the editor to lose it', () => !text.toString().includes('Title'))
    await relay.end()
  },
  'random histories: devices and editors come to the same, and nothing typed is lost': async () => {
    const rounds = process.env.WEFT_TEST_LONG ? 40 : 4
    let state = Number(process.env.WEFT_TEST_SEED ?? 7)
    const random = n => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor(state / 65536) % n }
    for (let round = 0; round < rounds; round++) {
      let relay = await new Relay().start(`random${round}`)
      const devices = [await device(relay, 'd1'), await device(relay, 'd2')]
      devices[0].put('note:r', 'alpha\n\nbeta\n\ngamma\n')
      await until('the start', () => devices[1].value('note:r') === 'alpha\n\nbeta\n\ngamma\n')
      const page = await findPage(relay)
      const editors = [client(relay, page), client(relay, page)]
      const texts = editors.map(c => c.doc.getText('quill'))
      await until('the editors', () => texts.every(t => t.toString().includes('gamma')))
      const typed = []
      for (let step = 0; step < 24; step++) {
        if (random(3)) {
          const t = texts[random(2)]; const word = `w${round}x${step}q`
          // Inside a word of the first text, so that no edit of a device is about it.
          const lines = t.toString(); const at = lines.indexOf(['alpha', 'beta', 'gamma'][random(3)])
          if (at >= 0) { t.insert(at, word + ' '); typed.push(word) }
        } else {
          const d = devices[random(2)]; const value = d.value('note:r')
          d.put('note:r', value.trimEnd() + `\n\ndevice ${d.id} ${step}\n`)
        }
        if (random(2)) await sleep(random(120))
        if (step === 12 && round % 2) {
          const port = relay.port
          devices.forEach(d => d.close())
          await relay.end(round % 4 === 1 ? 'SIGTERM' : 'SIGKILL')
          relay = await new Relay().start(`random${round}`, port)
          for (const [i, old] of devices.entries()) {
            const d = await device(relay, old.id)
            for (const k of ['notes', 'clock', 'acked']) if (k !== 'notes') d[k] = old[k]; else for (const [key, v] of old.notes) if (!d.notes.has(key)) d.notes.set(key, v)
            devices[i] = d
          }
        }
      }
      const all = () => [texts[0].toString().replace(/\n/g, ''), texts[1].toString().replace(/\n/g, ''), ...devices.map(d => d.value('note:r').replace(/\n/g, ''))]
      await until(`the same in round ${round}`, () => new Set(all()).size === 1).catch(e => { throw new Error(e.message + '\n' + all().join('\n')) })
      const fresh = await poll(relay, 'fresh')
      assert(fresh.get('note:r').value === devices[0].value('note:r'), 'a new device gets the same')
      for (const word of typed) assert(all()[0].includes(word), `${word} is lost in round ${round}: ${all()[0]}`)
      devices.forEach(d => d.close())
      await relay.end()
    }
  }
}

// The one page that there is: the notebook's document names it.
const findPage = async (relay, notebook = 'nb') => {
  const c = client(relay, notebook)
  await until('the tree', () => c.provider.synced && c.doc.share.size > 0 && c.doc.getArray('ops').length > 0)
  const bytes = c.doc.getArray('ops').get(0)
  const id = findId(bytes)
  c.provider.destroy()
  return `${notebook}/${id}`
}
// kind, Lamport timestamp, 16 bytes page id
const findId = bytes => {
  let at = 1
  while (bytes[at] & 128) at++
  const page = bytes.subarray(at + 1, at + 17)
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  let bits = ''
  for (const b of page) bits += b.toString(2).padStart(8, '0')
  return bits.padEnd(130, '0').match(/.{5}/g).map(b => letters[parseInt(b, 2)]).join('')
}

await run(tests)
