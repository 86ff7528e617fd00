// polling.mjs - Weft's own client without WebSockets, through the real relay, beside yjs clients that have them
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// node polling.mjs PATH-OF-WEFT PATH-OF-WEFT-PEER.
import { execFileSync } from 'node:child_process'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { Relay, assert, client, folder, get, run, sleep, until, weft } from './harness.mjs'
import { DENIED, OFFLINE, Peer, SYNCED, endPeers } from './peer.mjs'

const quill = c => c.doc.getText('quill')
const connections = async relay => (await (await get(relay, '/health')).json()).connections
const POLL = { WEFT_PEER_POLL: '150' }

// A way that lets plain requests through and no WebSockets: they are refused, or hang up.
const proxyTo = async (relay, refuse) => {
  const server = createServer((req, res) => {
    req.pipe(request({ port: relay.port, host: '127.0.0.1', method: req.method, path: req.url, headers: req.headers }, answer => {
      res.writeHead(answer.statusCode, answer.headers)
      answer.pipe(res)
    }).on('error', () => res.destroy()))
  })
  server.on('upgrade', (req, socket) => { server.upgrades = (server.upgrades ?? 0) + 1; refuse(socket) })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `ws://127.0.0.1:${server.address().port}` }
}

const tests = {
  'both ways, deletions, receipts, many edits, a restart of the relay': async () => {
    let relay = await new Relay().start('polling')
    const port = relay.port
    const y = client(relay, 'room/one%252F')
    await until('it to be in', () => y.provider.synced)
    quill(y).insert(0, 'from yjs ')
    const a = new Peer(relay.url, 'room/one%2F', POLL, 'a.weft')
    let state = await a.is('what is there', s => s.state === SYNCED && s.text === 'from yjs ')
    assert(state.receipts && state.unsent === 0 && state.error === '', JSON.stringify(state))
    assert(await connections(relay) === 1, 'it has no WebSocket')

    await a.say('insert 0 hello ')
    await until('yjs to have it', () => quill(y).toString() === 'hello from yjs ')
    quill(y).delete(0, 6)
    await a.is('the deletion', s => s.text === 'from yjs ')
    await a.say('delete 0 5')
    await until('yjs to have the deletion', () => quill(y).toString() === 'yjs ')
    state = await a.say('sync')
    assert(state.unsent === 0, 'deletions are confirmed too')

    // More than one request takes, and one that is large.
    for (let i = 0; i < 520; i++) a.say('insert 0 x')
    await a.say('fill 1000000')
    await until('yjs to have all', () => quill(y).length === 4 + 520 + 1000000)
    assert((await a.say('sync')).unsent === 0, 'all is safe')
    await a.say('delete 0 1000520')
    await until('and to be short again', () => quill(y).toString() === 'yjs ')

    // While the relay is away both go on; it comes back.
    await relay.end('SIGKILL')
    await a.is('that to be told', s => s.state === OFFLINE && /cannot be reached/.test(s.error))
    await a.say('insert 0 away ')
    assert((await a.say('print')).unsent > 0, 'that is not safe yet')
    quill(y).insert(quill(y).length, 'too')
    relay = await new Relay().start('polling', port)
    await until('yjs to have it', () => quill(y).toString() === 'away yjs too')
    await a.is('all', s => s.text === 'away yjs too' && s.state === SYNCED && s.unsent === 0)

    // Killed itself; another one that polls; a page that is not open.
    await a.say('insert 0 1 ')
    a.child.kill('SIGKILL')
    await a.gone
    const again = new Peer(relay.url, 'room/one%2F', POLL, 'a.weft')
    const b = new Peer(relay.url, 'room/one%2F', POLL)
    await b.is('what was stored here', s => s.text.endsWith('away yjs too'))
    await again.say('insert 0 back ')
    await b.is('from poller to poller', s => s.text.startsWith('back '))
    const other = client(relay, 'page')
    quill(other).insert(0, 'closed page')
    await until('it to be in', () => other.provider.synced)
    assert((await again.say('fetch page')).changed === true, 'a page is fetched')
  },

  'where WebSockets do not get through': async () => {
    const relay = await new Relay().start('blocked')
    const y = client(relay, 'r')
    quill(y).insert(0, 'text')
    await until('it to be in', () => y.provider.synced)
    const ways = [
      socket => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
      socket => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n')
    ]
    for (const [i, way] of ways.entries()) {
      const { server, url } = await proxyTo(relay, way)
      const a = new Peer(url, 'r', { WEFT_PEER_FALLBACK: '150' })
      const state = await a.is('it to poll', s => s.state === SYNCED && s.text.startsWith('text'))
      assert(/WebSockets do not get through/.test(state.error) && server.upgrades >= 1, JSON.stringify(state))
      await a.say(`insert 4 -${i}`)
      await until('the other to have it', () => quill(y).toString().includes(`-${i}`))
      a.child.kill()
      // Without leave to poll it is as before.
      const no = new Peer(url, 'r', {})
      await no.is('it to say so', s => s.error !== '' && s.state === (i === 0 ? DENIED : OFFLINE))
      no.child.kill()
      server.close()
      server.closeAllConnections()
    }
  },

  'rights: a stranger, a reader, a writer whose token ends': async () => {
    class Private extends Relay { open = false }
    const relay = await new Private().start('guarded')
    const issue = (...words) => execFileSync(weft, ['--relay', `--data=${join(folder, 'guarded')}`, '--issue-token=t', '--token-room=r', ...words], { encoding: 'utf8' }).trim()
    const writer = new Peer(relay.url, 'r', { ...POLL, WEFT_PEER_TOKEN: issue() })
    await writer.say('insert 0 words')
    assert((await writer.say('sync')).unsent === 0, 'a writer writes')

    const stranger = new Peer(relay.url, 'r', POLL)
    await stranger.is('a stranger to be refused', s => s.state === DENIED && /invite/.test(s.error))
    const elsewhere = new Peer(relay.url, 'secret', { ...POLL, WEFT_PEER_TOKEN: issue() })
    await elsewhere.is('another room to be refused', s => s.state === DENIED && s.text === '')

    const reader = new Peer(relay.url, 'r', { ...POLL, WEFT_PEER_TOKEN: issue('--token-role=viewer') })
    await reader.is('a reader to read', s => s.text === 'words' && s.state === SYNCED && s.error === '')
    await reader.say('insert 0 mine ')
    await reader.is('it to be told', s => /does not take changes/.test(s.error) && s.state === SYNCED)
    await writer.say('insert 5 !')
    await reader.is('it to go on reading', s => s.text.includes('words!'))
    assert((await writer.say('sync')).text === 'words!', 'nothing of it came')

    await writer.say('token x.y.z')
    await writer.is('a token that is no good', s => s.state === DENIED)
    await writer.say(`token ${issue()}`)
    await writer.say('online')
    await writer.is('a good one', s => s.state === SYNCED)
  }
}

await run(tests, endPeers)
