// pair.mjs - what make.mjs and editors.mjs have alike: a page for the editors, and two copies of a document
//
// SPDX-License-Identifier: LGPL-2.1-or-later

import { JSDOM } from 'jsdom'

// The editors find their document in the global object.
const dom = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true })
for (const name of ['window', 'document', 'Node', 'Element', 'HTMLElement', 'HTMLAnchorElement', 'HTMLDivElement', 'Text', 'MutationObserver', 'Selection', 'Range',
  'DOMParser', 'DocumentFragment', 'XMLSerializer', 'getComputedStyle', 'Event', 'KeyboardEvent', 'MouseEvent', 'InputEvent', 'requestAnimationFrame', 'cancelAnimationFrame',
  'NodeFilter']) {
  globalThis[name] = name === 'window' ? dom.window : dom.window[name]
}
Object.defineProperty(globalThis, 'navigator', { value: dom.window.navigator, configurable: true })
// What jsdom lacks, and BlockNote asks for.
class Watcher { observe () {} unobserve () {} disconnect () {} }
globalThis.ResizeObserver = dom.window.ResizeObserver = Watcher
globalThis.IntersectionObserver = Watcher
dom.window.matchMedia = () => ({ matches: false, addEventListener () {}, removeEventListener () {} })

export const Y = await import('yjs')

export const words = 'der Garten, the garden, 花园 und 庭 мост 😀 über-all weaving threads of 𝄞 colour through a warp'.split(' ')
export const sentence = ({ int, pick }, list = words, most = 9) => Array.from({ length: 1 + int(most) }, () => pick(list)).join(' ')
export const tick = () => new Promise(resolve => setTimeout(resolve, 0))
export const addPlace = () => document.body.appendChild(document.createElement('div'))

// Two copies that give each other everything now and then; @updates: what either wrote, as it came.
export const makePair = () => {
  const updates = []
  const docs = [1001, 2002].map(id => {
    const doc = new Y.Doc()
    doc.clientID = id
    doc.on('update', (update, origin) => { if (origin !== 'other') updates.push(update) })
    return doc
  })
  const meet = () => {
    const [a, b] = docs
    const diff = Y.encodeStateAsUpdate(a, Y.encodeStateVector(b))
    Y.applyUpdate(a, Y.encodeStateAsUpdate(b, Y.encodeStateVector(a)), 'other')
    Y.applyUpdate(b, diff, 'other')
  }
  return { docs, meet, updates }
}
