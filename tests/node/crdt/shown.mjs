// shown.mjs - values of Yjs as weft-doc prints them
//
// SPDX-License-Identifier: LGPL-2.1-or-later

import * as Y from 'yjs'

export const show = value => {
  if (value === undefined) return { $undefined: true }
  if (typeof value === 'bigint') return { $bigint: String(value) }
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : { $number: String(value) }
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Y.Doc) return { $doc: value.guid }
  if (value instanceof Y.XmlHook) return { $hook: value.hookName }
  if (value instanceof Y.XmlText || value instanceof Y.XmlFragment) return { $xml: value.toString() }
  if (value instanceof Y.Text) return { $text: delta(value) }
  if (value instanceof Y.Array) return value.toArray().map(show)
  if (value instanceof Y.Map) return members(value)
  if (Array.isArray(value)) return value.map(show)
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, show(v)]))
}
const members = map => Object.fromEntries([...map.entries()].map(([k, v]) => [k, show(v)]))
const delta = text => text.toDelta().map(op => op.attributes
  ? { insert: show(op.insert), attributes: show(op.attributes) }
  : { insert: show(op.insert) })
// What a root is that Yjs has by doc[get] (name).
export const showRoot = (doc, type, get, name) => {
  const shared = doc[get](name)
  return { type, value: type === 'text' ? delta(shared) : type === 'array' ? shared.toArray().map(show) : type === 'map' ? members(shared) : shared.toString() }
}
