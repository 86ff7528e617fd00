// editors.mjs - what people do in editors and stores that keep a Yjs document, for told.mjs
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Each function edits with two clients at once, with the undo managers of the package itself, and returns the updates that came
// of it, in order, and the roots of the document.

import { makeRandom } from '../crdt/random.mjs'
import { Y, addPlace, makePair, sentence, tick, words } from './pair.mjs'

const say = (chance, most = 5) => sentence(chance, words, most)
// A place in a string that is not within a surrogate pair.
const spotIn = (string, int) => {
  const at = int(string.length + 1)
  const code = string.charCodeAt(at)
  return at > 0 && code >= 0xdc00 && code < 0xe000 ? at - 1 : at
}

// What the two ways of @lexical/yjs have alike. @connect: (editor, doc) -> who writes to the document
const lexicalEditors = async (docs, nodes, connect) => {
  const { createHeadlessEditor } = await import('@lexical/headless')
  const noop = () => {}
  const awareness = { getLocalState: () => null, getStates: () => new Map(), on: noop, off: noop, setLocalState: noop, setLocalStateField: noop }
  const provider = { awareness, connect: noop, disconnect: noop, on: noop, off: noop }
  return docs.map((doc, i) => {
    const editor = createHeadlessEditor({ namespace: 'editor' + i, nodes, onError: error => { throw error } })
    const { write, undo } = connect(editor, doc, provider)
    editor.registerUpdateListener(({ prevEditorState, editorState, dirtyLeaves, dirtyElements, normalizedNodes, tags }) => {
      if (!tags.has('skip-collab')) write(prevEditorState, editorState, dirtyElements, dirtyLeaves, normalizedNodes, tags)
    })
    return { editor, undo }
  })
}
const textsOf = (L, node) => L.$isTextNode(node) ? [node] : node.getChildren?.().flatMap(child => textsOf(L, child)) ?? []
const splice = ({ int }, node, text) => {
  const letters = [...node.getTextContent()]
  letters.splice(int(letters.length + 1), int(3), text)
  node.setTextContent(letters.join(''))
}

export const lexical = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick } = chance
  const { docs, meet, updates } = makePair()
  const L = await import('lexical')
  const LY = await import('@lexical/yjs')
  const { HeadingNode, QuoteNode, $createHeadingNode, $createQuoteNode } = await import('@lexical/rich-text')
  const { ListNode, ListItemNode, $createListNode, $createListItemNode } = await import('@lexical/list')
  const { LinkNode, $createLinkNode } = await import('@lexical/link')
  const clients = await lexicalEditors(docs, [HeadingNode, QuoteNode, ListNode, ListItemNode, LinkNode], (editor, doc, provider) => {
    const binding = LY.createBinding(editor, provider, 'main', doc, new Map([['main', doc]]))
    const root = binding.root.getSharedType()
    root.observeDeep((events, tr) => {
      if (tr.origin !== binding) LY.syncYjsChangesToLexical(binding, provider, events, tr.origin instanceof Y.UndoManager, () => {})
    })
    const undo = LY.createUndoManager(binding, root)
    undo.captureTimeout = 0
    return { undo, write: (...change) => LY.syncLexicalUpdateToYjs(binding, provider, ...change) }
  })
  const text = () => {
    const node = L.$createTextNode(say(chance))
    if (int(3) === 0) node.toggleFormat(pick(['bold', 'italic', 'code']))
    return node
  }
  const addBlock = root => {
    const block = pick([() => L.$createParagraphNode(), () => $createHeadingNode(pick(['h1', 'h2'])), () => $createQuoteNode()])()
    block.append(text(), L.$createLineBreakNode(), text())
    if (int(4) === 0) block.append($createLinkNode('https://example.org/' + int(9)).append(text()))
    const blocks = root.getChildren()
    blocks.length && int(2) ? pick(blocks).insertBefore(block) : root.append(block)
  }
  const edit = () => {
    const root = L.$getRoot()
    const all = textsOf(L, root)
    const what = int(9)
    if (what < 2 || all.length === 0) return addBlock(root)
    const node = pick(all)
    if (what === 2) root.append($createListNode(pick(['bullet', 'number', 'check'])).append($createListItemNode().append(text()), $createListItemNode().append(text())))
    else if (what < 6) splice(chance, node, say(chance, 2))
    else if (what === 6) node.toggleFormat(pick(['bold', 'underline']))
    else if (what === 7 && node.getTextContentSize() > 3) node.splitText(2)[1]?.setStyle('color: red')
    else pick([node, pick(root.getChildren())]).remove()
  }
  for (let i = 0; i < n; i++) {
    const { editor, undo } = pick(clients)
    if (int(12) === 0) int(2) ? undo.undo() : undo.redo()
    else editor.update(edit, { discrete: true })
    await tick()
    if (int(8) === 0) meet()
    await tick()
  }
  return { updates, roots: { root: Y.XmlText } }
}

// The second way of @lexical/yjs: elements instead of texts in each other.
export const lexical2 = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick } = chance
  const { docs, meet, updates } = makePair()
  const L = await import('lexical')
  const LY = await import('@lexical/yjs')
  const { HeadingNode, $createHeadingNode } = await import('@lexical/rich-text')
  const clients = await lexicalEditors(docs, [HeadingNode], (editor, doc, provider) => {
    const binding = LY.createBindingV2__EXPERIMENTAL(editor, 'main', doc, new Map([['main', doc]]))
    binding.root.observeDeep((events, tr) => {
      if (tr.origin !== binding) LY.syncYjsChangesToLexicalV2__EXPERIMENTAL(binding, provider, events, tr, false)
    })
    return { write: (...change) => LY.syncLexicalUpdateToYjsV2__EXPERIMENTAL(binding, provider, ...change) }
  })
  const edit = () => {
    const root = L.$getRoot()
    const all = textsOf(L, root)
    const what = int(9)
    if (what < 3 || all.length === 0) {
      const block = int(2) ? L.$createParagraphNode() : $createHeadingNode('h2')
      root.append(block.append(L.$createTextNode(say(chance)).toggleFormat('bold'), L.$createLineBreakNode(), L.$createTextNode(say(chance))))
    } else if (what < 6) splice(chance, pick(all), say(chance, 2))
    else if (what === 6) pick(all).toggleFormat(pick(['bold', 'underline']))
    else pick([pick(all), pick(root.getChildren())]).remove()
  }
  for (let i = 0; i < n; i++) {
    pick(clients).editor.update(edit, { discrete: true })
    if (int(8) === 0) meet()
    await tick()
  }
  return { updates, roots: { 'root-v2': Y.XmlElement } }
}

export const codemirror = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick } = chance
  const { docs, meet, updates } = makePair()
  const { EditorState } = await import('@codemirror/state')
  const { EditorView } = await import('@codemirror/view')
  const { yCollab } = await import('y-codemirror.next')
  const { Awareness } = await import('y-protocols/awareness')
  const clients = docs.map(doc => {
    const text = doc.getText('codemirror')
    const undoManager = new Y.UndoManager(text, { captureTimeout: 0 })
    const state = EditorState.create({ extensions: [yCollab(text, new Awareness(doc), { undoManager })] })
    return { undoManager, view: new EditorView({ state, parent: addPlace() }) }
  })
  for (let i = 0; i < n; i++) {
    const { view, undoManager } = pick(clients)
    const what = int(12)
    if (what === 0) undoManager.undo()
    else if (what === 1) undoManager.redo()
    else {
      // At several cursors at once
      const string = view.state.doc.toString()
      const ranges = Array.from({ length: 1 + int(3) }, () => [spotIn(string, int), spotIn(string, int)].sort((a, b) => a - b)).sort((a, b) => a[0] - b[0])
      const apart = ranges.filter(([from], k) => k === 0 || from > ranges[k - 1][1])
      view.dispatch({ changes: apart.map(([from, to]) => ({ from, to: what < 5 && to - from < 9 ? to : from, insert: int(5) ? say(chance, 3) + pick(['', '\n']) : '' })) })
    }
    if (int(10) === 0) meet()
  }
  for (const { view } of clients) view.destroy()
  return { updates, roots: { codemirror: 'getText' } }
}

export const slate = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick } = chance
  const { docs, meet, updates } = makePair()
  const { createEditor, Transforms, Editor, Text, Node } = await import('slate')
  const { YjsEditor, slateNodesToInsertDelta, withYHistory, withYjs } = await import('@slate-yjs/core')
  const root = doc => doc.get('content', Y.XmlText)
  root(docs[0]).applyDelta(slateNodesToInsertDelta([{ type: 'paragraph', children: [{ text: 'begin' }] }]))
  meet()
  const editors = docs.map(doc => {
    const editor = withYHistory(withYjs(createEditor(), root(doc), { autoConnect: false }))
    const { normalizeNode } = editor
    editor.normalizeNode = entry => {
      if (!Editor.isEditor(entry[0]) || entry[0].children.length) normalizeNode(entry)
      else Transforms.insertNodes(editor, { type: 'paragraph', children: [{ text: '' }] }, { at: [0] })
    }
    YjsEditor.connect(editor)
    return editor
  })
  const block = () => ({
    type: pick(['heading', 'quote']),
    level: int(4),
    data: { a: [int(3)], b: null },
    children: [{ text: say(chance), bold: true }, { type: 'link', url: 'x', children: [{ text: 'l' }] }, { text: '' }]
  })
  const edit = editor => {
    const [node, path] = pick([...Node.texts(editor)])
    const [a, b] = [spotIn(node.text, int), spotIn(node.text, int)].sort((x, y) => x - y)
    const range = { anchor: { path, offset: a }, focus: { path, offset: b } }
    const blocks = editor.children.length
    switch (int(12)) {
      case 0: case 1: case 2: case 3: return Transforms.insertText(editor, say(chance, 3), { at: range.anchor })
      case 4: return Transforms.splitNodes(editor, { at: range.anchor })
      case 5: return Transforms.insertNodes(editor, block(), { at: [int(blocks + 1)] })
      case 6: return a === b || Transforms.setNodes(editor, pick([{ bold: true }, { em: { x: 1 } }, { color: 'red' }]), { at: range, match: Text.isText, split: true })
      case 7: return Transforms.delete(editor, { at: range })
      case 8: return blocks < 3 || Transforms.removeNodes(editor, { at: [int(blocks)] })
      case 9: return Transforms.setNodes(editor, { type: pick(['paragraph', 'li']), align: pick(['left', undefined]) }, { at: [path[0]] })
      case 10: return path[0] === 0 || Transforms.mergeNodes(editor, { at: [path[0]] })
      default: return int(2) ? editor.undo() : editor.redo()
    }
  }
  for (let i = 0; i < n; i++) {
    const editor = pick(editors)
    edit(editor)
    await tick()
    YjsEditor.flushLocalChanges(editor)
    if (int(8) === 0) meet()
    await tick()
  }
  return { updates, roots: { content: Y.XmlText } }
}

export const syncedstore = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick, random } = chance
  const { docs, meet, updates } = makePair()
  const { boxed, syncedStore } = await import('@syncedstore/core')
  const stores = docs.map(doc => syncedStore({ todos: [], info: {}, text: 'text', fragment: 'xml' }, doc))
  for (let i = 0; i < n; i++) {
    const store = pick(stores)
    const what = int(9)
    const key = pick(['a', 'b', 'größe'])
    const at = int(store.todos.length)
    const todo = store.todos[at]
    if (what < 3 || !todo) store.todos.push({ title: say(chance), completed: false, tags: ['a', int(3)], at: { x: random(), y: -1 } })
    else if (what === 3) {
      todo.completed = !todo.completed
      todo.tags.push(say(chance, 1))
      todo.at.x = int(9)
    } else if (what === 4) store.todos.splice(at, 1)
    else if (what === 5) store.info[key] = pick([int(9), null, { deep: { er: [1, { x: 'y' }] } }, [1, 2], 'text'])
    else if (what === 6) { if (store.info[key] !== undefined) delete store.info[key] } else if (what === 7) store.text.insert(int(store.text.length + 1), 'abc')
    else store.info.boxed = boxed({ a: int(5), b: [say(chance)] })
    if (int(8) === 0) meet()
  }
  return { updates, roots: { todos: 'getArray', info: 'getMap', text: 'getText', fragment: 'getXmlFragment' } }
}

// The store that boards of tldraw are kept in.
export const keyvalue = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick, random } = chance
  const { docs, meet, updates } = makePair()
  const { YKeyValue } = await import('y-utility/y-keyvalue')
  const stores = docs.map(doc => new YKeyValue(doc.getArray('tl_default')))
  const managers = docs.map(doc => new Y.UndoManager(doc.getArray('tl_default'), { captureTimeout: 0 }))
  const shape = id => ({
    id,
    typeName: 'shape',
    type: pick(['geo', 'draw', 'arrow']),
    x: random() * 100,
    y: int(100),
    rotation: 0,
    index: 'a' + int(9),
    props: { text: say(chance), segments: [{ type: 'free', points: [{ x: 0, y: 0, z: 0.5 }, { x: random(), y: 1, z: 0.5 }] }], bend: -0 }
  })
  for (let i = 0; i < n; i++) {
    const k = int(2)
    const id = 'shape:' + int(30)
    const what = int(12)
    if (what < 8) stores[k].set(id, shape(id))
    else if (what === 8) stores[k].delete(id)
    else if (what === 9) docs[k].transact(() => { for (let j = 0; j < 5; j++) stores[k].set('binding:' + int(5), { a: j }) })
    else if (what === 10) managers[k].undo()
    else managers[k].redo()
    if (int(8) === 0) meet()
  }
  return { updates, roots: { tl_default: 'getArray' } }
}

// immer-yjs and valtio-yjs, each with a map of its own.
export const proxies = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick, random } = chance
  const { docs, meet, updates } = makePair()
  const { bind } = await import('immer-yjs')
  const { bind: bindProxy } = await import('valtio-yjs')
  const { proxy } = await import('valtio/vanilla')
  const binders = docs.map(doc => bind(doc.getMap('state')))
  const states = docs.map(doc => {
    const state = proxy({})
    bindProxy(state, doc.getMap('proxied'))
    return state
  })
  const draft = state => {
    state.list ??= []
    state.deep ??= { a: { b: {} } }
    if (int(2)) state.list.push({ t: say(chance, 2), n: [1, [2, [3]]] })
    if (int(3) === 0 && state.list.length > 2) state.list.splice(int(state.list.length), 1)
    if (int(3) === 0 && state.list.length > 2) state.list[0] = { t: 'first' }
    state.deep.a.b['k' + int(4)] = pick([random(), 'x', null, { z: [] }])
    if (int(5) === 0) delete state.deep.a.b['k' + int(4)]
  }
  const change = state => pick([
    () => { state['o' + int(3)] = { n: int(5), l: ['a', 'b'] } }, () => { if (state.o1) state.o1.n = int(99) },
    () => { state.o1?.l?.push('x') }, () => { state.o0?.l?.splice(0, 1) }, () => { delete state.o2 }
  ])()
  for (let i = 0; i < n; i++) {
    int(2) ? pick(binders).update(draft) : change(pick(states))
    await tick()
    if (int(8) === 0) meet()
    await tick()
  }
  return { updates, roots: { state: 'getMap', proxied: 'getMap' } }
}

export const blocknote = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick } = chance
  const { docs, meet, updates } = makePair()
  const { BlockNoteEditor } = await import('@blocknote/core')
  const { withCollaboration } = await import('@blocknote/core/yjs')
  const editors = docs.map((doc, i) => {
    const editor = BlockNoteEditor.create(withCollaboration({ collaboration: { fragment: doc.getXmlFragment('document-store'), user: { name: 'u' + i, color: '#f00' }, provider: {} } }))
    editor.mount(addPlace())
    return editor
  })
  await tick()
  meet()
  await tick()
  const styled = () => [{ type: 'text', text: say(chance), styles: pick([{}, { bold: true }, { italic: true, textColor: 'red' }]) }, { type: 'link', href: 'https://example.org', content: 'link' }]
  const block = () => pick([
    { type: 'paragraph', content: styled() }, { type: 'heading', props: { level: 2 }, content: say(chance) },
    { type: 'bulletListItem', content: 'item', children: [{ type: 'paragraph', content: 'nested' }] }, { type: 'checkListItem', content: 'todo' },
    { type: 'table', content: { type: 'tableContent', rows: [{ cells: ['a', 'b'] }, { cells: ['c', say(chance)] }] } }, { type: 'codeBlock', content: 'x = 1' }
  ])
  const within = list => list.flatMap(one => [one, ...within(one.children)])
  const edit = editor => {
    const all = within(editor.document)
    const one = pick(all)
    const what = int(12)
    if (what < 4) editor.insertBlocks([block()], one, pick(['before', 'after']))
    else if (what < 7) Array.isArray(one.content) && editor.updateBlock(one, { content: styled() })
    else if (what === 7) editor.updateBlock(one, { props: { textAlignment: pick(['left', 'center']), backgroundColor: pick(['default', 'red']) } })
    else if (what === 8) all.length > 3 && editor.removeBlocks([one])
    else if (what === 11) int(2) ? editor.undo() : editor.redo()
    else {
      editor.setTextCursorPosition(one, 'end')
      pick([() => editor.insertInlineContent(say(chance, 2)), () => editor.nestBlock(), () => editor.unnestBlock()])()
    }
  }
  for (let i = 0; i < n; i++) {
    edit(pick(editors))
    await tick()
    if (int(8) === 0) meet()
    await tick()
  }
  return { updates, roots: { 'document-store': 'getXmlFragment' } }
}

export const tiptap = async (seed, n) => {
  const chance = makeRandom(seed)
  const { int, pick } = chance
  const { docs, meet, updates } = makePair()
  const { Editor } = await import('@tiptap/core')
  const { default: StarterKit } = await import('@tiptap/starter-kit')
  const { default: Collaboration } = await import('@tiptap/extension-collaboration')
  const editors = docs.map(doc => new Editor({ element: addPlace(), extensions: [StarterKit.configure({ undoRedo: false }), Collaboration.configure({ document: doc, field: 'default' })] }))
  await tick()
  const content = () => pick([
    say(chance), { type: 'text', text: say(chance), marks: [{ type: 'bold' }] }, '<ul><li><p>one</p></li><li><p><em>two</em> <code>c</code></p></li></ul>',
    '<blockquote><p>q <a href="https://e.org">l</a></p></blockquote>', '<pre><code class="language-js">x</code></pre>', '<hr>'
  ])
  for (let i = 0; i < n; i++) {
    const { commands, state } = pick(editors)
    const size = state.doc.content.size
    const from = int(size + 1)
    const to = Math.min(size, from + int(12))
    const what = int(14)
    if (what < 6) commands.insertContentAt(from, content())
    else if (what < 9) {
      commands.setTextSelection({ from, to })
      pick([() => commands.toggleBold(), () => commands.toggleItalic(), () => commands.setLink({ href: 'x' })])()
    } else if (what === 9) {
      commands.setTextSelection(from)
      pick([() => commands.toggleBulletList(), () => commands.toggleBlockquote(), () => commands.setHeading({ level: 3 }), () => commands.splitBlock()])()
    } else if (what === 10) commands.deleteRange({ from, to })
    else int(2) ? commands.undo() : commands.redo()
    await tick()
    if (int(8) === 0) meet()
    await tick()
  }
  return { updates, roots: { default: 'getXmlFragment' } }
}
