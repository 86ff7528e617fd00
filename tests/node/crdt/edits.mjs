// edits.mjs - texts and arrays edited at random, as nested.mjs and apart.mjs tell it
//
// SPDX-License-Identifier: LGPL-2.1-or-later

import * as Y from 'yjs'
import { fresh, isPairInside, isText, kindOf, roots, say, unitsOf } from './teller.mjs'

export const plain = value => {
  if (value instanceof Y.AbstractType) return { $type: kindOf(value) }
  if (value === undefined) return { $undefined: true }
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
  return value
}
export const rootsOf = doc => Object.fromEntries(Object.entries(roots).map(([name, get]) => [name, plain(doc[get](name).toJSON())]))

const markValues = [true, null, null, 'x', { href: 1 }, [1]]

// @markKeys(): how marks are called now; @hasTypes(): whether arrays hold types
export const makeEdits = ({ random, int, chance, pick }, markKeys, hasTypes) => {
  const marks = () => Object.fromEntries(Array.from({ length: 1 + int(2) }, () => [pick(markKeys()), structuredClone(pick(markValues))]))

  const editText = peer => {
    const text = chance(0.7) ? peer.roots.t : pick(peer.types(isText))
    const path = peer.path(text)
    const units = unitsOf(text)
    let at = int(units.length + 1)
    while (isPairInside(units, at)) at--
    let length = Math.min(1 + int(4), units.length - at)
    while (isPairInside(units, at + length)) length++
    const what = random()
    if (what < 0.45 || length === 0) {
      const attributes = chance(0.4) ? marks() : null
      const string = pick(['a', 'b', 'ab', '😀', 'cde'])
      say('insert', peer.index, path, at, string, attributes)
      text.insert(at, string, attributes ?? undefined)
    } else if (what < 0.65) {
      say('delete', peer.index, path, at, length)
      text.delete(at, length)
    } else {
      const attributes = marks()
      say('format', peer.index, path, at, length, attributes)
      text.format(at, length, attributes)
    }
  }

  const editArray = peer => {
    const array = pick(peer.types(type => type instanceof Y.Array))
    const path = peer.path(array)
    if (chance(0.4) && array.length > 0) {
      const from = int(array.length)
      const length = 1 + int(array.length - from)
      say('cut', peer.index, path, from, length)
      array.delete(from, length)
    } else if (hasTypes() && chance(0.4)) {
      const at = int(array.length + 1)
      const kind = pick([0, 1, 2, 6])
      say('type', peer.index, path, at, kind, '')
      array.insert(at, [fresh(kind, '')])
    } else {
      const at = int(array.length + 1)
      const values = Array.from({ length: 1 + int(3) }, () => int(9))
      say('values', peer.index, path, at, values)
      array.insert(at, values)
    }
  }

  return { marks, editText, editArray }
}
