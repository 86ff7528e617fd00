#!/usr/bin/python3
# test-python.py - libweft as programs in Python see it
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Finds the library by GI_TYPELIB_PATH and LD_LIBRARY_PATH. Prints TAP; 77 where Python cannot do introspection.

import gc
import sys
import traceback

try:
    import gi
except ModuleNotFoundError:
    print('1..0 # SKIP there is no python3-gi')
    sys.exit(77)

gi.require_version('Weft', '1')
from gi.repository import GLib, Weft  # noqa: E402


def variant(kind, value):
    return GLib.Variant(kind, value)


def test_values_come_back_as_they_went():
    array = Weft.Document().get_array('a')
    cases = [
        (variant('b', True), True, 'true'), (variant('i', 5), 5, '5'), (variant('d', 1.5), 1.5, '1.5'),
        (variant('x', 2**53 - 1), 2**53 - 1, '9007199254740991'), (variant('s', 'ü😀'), 'ü😀', '"ü😀"'),
        (variant('mv', None), None, 'null'), (variant('()', ()), (), None),
        (variant('(x)', (2**62,)), (2**62,), None), (variant('x', 2**62), (2**62,), None),
        (variant('ay', b'abc'), [97, 98, 99], None),
        (variant('as', ['a', 'b']), ['a', 'b'], '["a","b"]'), (variant('av', []), [], '[]'),
        (variant('a{sv}', {'k': variant('a{sv}', {'n': variant('u', 1)})}), {'k': {'n': 1}}, '{"k":{"n":1}}'),
        (variant('a{sv}', {}), {}, '{}'), (variant('v', variant('s', 'in')), 'in', '"in"'),
    ]
    for value, back, json in cases:
        array.remove(0, 1)
        array.insert(0, value)
        assert array.get(0).unpack() == back, (value, array.get(0))
        assert json is None or array.to_json() == f'[{json}]', (json, array.to_json())
    assert array.get(9) is None
    array.insert_many(1, variant('ai', [1, 2, 3]))
    assert array.to_variant().unpack() == ['in', 1, 2, 3]


def test_deep_values_do_not_hurt():
    array = Weft.Document().get_array('a')
    value = variant('i', 1)
    for _ in range(40):
        value = variant('av', [value])
    array.append(value)
    assert array.to_json() == '[' + '[' * 40 + '1' + ']' * 40 + ']'
    array.append(array.get(0))
    for _ in range(3):
        array.append(array.to_variant())
    assert isinstance(array.to_variant().print_(False), str)


def test_types_tell_what_changed():
    document = Weft.Document()
    text, array, numbers = document.get_text('t'), document.get_array('a'), document.get_map('m')
    seen = []
    text.connect('changed', lambda _, event: seen.append((event.get_delta().unpack(), event.get_origin())))
    array.connect('changed', lambda _, event: seen.append((event.get_delta().unpack(), event.get_local())))
    numbers.connect('changed', lambda _, event: seen.append(
        (event.get_keys(), event.get_old_value('k') and event.get_old_value('k').unpack())))
    document.transact('me', lambda *_: (text.append('ab'), text.format(0, 1, variant('a{sv}', {'b': variant('b', True)}))))
    array.append(variant('i', 1))
    numbers.set('k', variant('i', 1))
    numbers.set('k', variant('i', 2))
    assert seen == [
        ([{'insert': 'a', 'attributes': {'b': True}}, {'insert': 'b'}], 'me'),
        ([{'insert': [1]}], True), (['k'], None), (['k'], 1)], seen


def test_deep_changes_are_told_above():
    document = Weft.Document()
    above = document.get_map('m')
    seen = []
    above.connect('deep-changed', lambda _, event: seen.append(type(event.get_target()).__name__))
    below = above.set_array('list')
    below.insert_text(0).append('x')
    assert seen == ['Map', 'Array', 'Text'], seen
    assert below.get_parent() is above and above.get_parent() is None
    assert above.get('list').unpack() == ['x'] and above.get_shared('list') is below


def test_events_say_where():
    document = Weft.Document()
    above, rows = document.get_map('m'), document.get_array('rows')
    seen = []
    above.connect('deep-changed', lambda me, event: seen.append((event.dup_path(me).unpack(), event.dup_path(None).unpack())))
    below = above.set_map('a').set_array('list')
    below.append(variant('i', 1))
    below.insert_map(1).set('k', variant('b', True))
    assert seen[-1] == (['a', 'list', 1], ['a', 'list', 1]), seen
    assert [path for path, _ in seen] == [[], ['a'], ['a', 'list'], ['a', 'list'], ['a', 'list', 1]], seen

    kept = []
    below.connect('deep-changed', lambda me, event: kept.append(event))
    below.get_shared(1).set('k', variant('b', False))
    below.insert(0, variant('i', 0))
    assert kept[0].dup_path(below).unpack() == [1] and kept[0].dup_path(above).unpack() == ['a', 'list', 1]
    assert kept[1].dup_path(below).unpack() == []
    assert kept[0].dup_path(rows) is None and kept[1].dup_path(below.get_shared(2)) is None


def test_documents_within_documents():
    document, other = Weft.Document(), Weft.Document()
    told = []
    for who in (document, other):
        who.connect('documents-changed', lambda me, *lists: told.append((me is other, *lists)))
    document.connect('update', lambda _, update, *rest: other.apply_update(update, 'wire'))
    document.get_map('m').set_document('key', 'first', False)
    document.get_array('a').insert_document(0, 'second', True)
    assert told == [(False, ['first'], ['first'], []), (True, ['first'], [], []),
                    (False, ['second'], ['second'], []), (True, ['second'], ['second'], [])] or told == [
                        (True, ['first'], [], []), (False, ['first'], ['first'], []),
                        (True, ['second'], ['second'], []), (False, ['second'], ['second'], [])], told
    assert sorted(other.list_documents()) == ['first', 'second'] and other.get_map('m').get('key').unpack() == 'first'

    del told[:]
    inner = other.load_document('first')
    assert told == [(True, [], ['first'], [])], told
    inner.get_text('t').append('inside')
    assert other.load_document('first') is inner and len(told) == 1
    assert other.load_document('third') is None

    del told[:]
    document.get_map('m').remove('key')
    assert sorted(told) == [(False, [], [], ['first']), (True, [], [], ['first'])], told
    assert other.list_documents() == ['second'] and other.load_document('first') is None
    assert inner.get_text('t').to_string() == 'inside'


def test_a_handler_may_edit():
    document = Weft.Document()
    text, log = document.get_text('t'), document.get_array('log')
    text.connect('changed', lambda *_: log.append(variant('u', text.get_length())))
    text.append('a')
    text.append('bc')
    assert log.to_json() == '[1,3]', log.to_json()


def test_updates_go_between_documents():
    here, there = Weft.Document(), Weft.Document()
    here.connect('update', lambda _, update, origin, local: local and there.apply_update(update, 'here'))
    there.connect('update', lambda _, update, origin, local: local and here.apply_update(update, 'there'))
    here.get_text('t').append('Hello')
    there.get_text('t').insert(5, ' world')
    assert here.get_text('t').to_string() == there.get_text('t').to_string() == 'Hello world'
    third = Weft.Document()
    third.apply_update_v2(here.encode_update_v2(None), None)
    assert third.encode_update(None).get_data() == here.encode_update(None).get_data()
    rest = here.encode_update(third.encode_state_vector())
    assert len(rest.get_data()) < 10
    for call in (lambda: third.apply_update(GLib.Bytes.new(b'\1\377'), None),
                 lambda: third.encode_update(GLib.Bytes.new(b'\377'))):
        try:
            call()
            raise AssertionError('malformed bytes are accepted')
        except GLib.Error as error:
            assert error.domain == 'weft-crdt-error-quark' or 'crdt' in error.domain, error.domain


def test_texts_have_formats_and_embeds():
    text = Weft.Document().get_text('t')
    text.apply_delta_json('[{"insert":"bold","attributes":{"bold":true}},{"insert":{"image":"x"}}]')
    text.insert_with_attributes(5, '!', variant('a{sv}', {}))
    assert text.to_delta().unpack() == [
        {'insert': 'bold', 'attributes': {'bold': True}}, {'insert': {'image': 'x'}}, {'insert': '!'}]
    text.format(0, 4, variant('a{sv}', {'bold': variant('mv', None)}))
    assert text.to_delta_json() == '[{"insert":"bold"},{"insert":{"image":"x"}},{"insert":"!"}]'
    text.remove(0, 100)
    text.append('a😀b')
    assert text.props.length == 4 and text.index_of_char(2) == 3
    try:
        text.apply_delta_json('nonsense')
        raise AssertionError('nonsense is accepted')
    except GLib.Error:
        pass


def test_xml():
    fragment = Weft.Document().get_xml_fragment('x')
    heading = fragment.insert_element(0, 'heading')
    heading.set_attribute('level', variant('s', '1'))
    heading.insert_text(0).append('Title')
    fragment.insert_element(1, 'paragraph')
    assert fragment.to_string() == '<heading level="1">Title</heading><paragraph></paragraph>', fragment.to_string()
    assert heading.dup_name() == 'heading' and heading.list_attributes() == ['level']
    assert isinstance(fragment.get_child(0), Weft.XmlElement) and fragment.get_child(5) is None
    assert isinstance(heading.get_child(0), Weft.XmlText) and isinstance(heading.get_child(0), Weft.Text)
    heading.remove_attribute('level')
    fragment.remove(1, 1)
    assert fragment.to_string() == '<heading>Title</heading>'


def test_undo():
    document = Weft.Document()
    text = document.get_text('t')
    undo = Weft.UndoManager.new(text, 0)
    undo.track('me')
    changes = []
    undo.connect('notify::can-undo', lambda *_: changes.append(undo.props.can_undo))
    text.append('one')
    document.transact('me', lambda *_: text.append(' two'))
    document.transact('somebody else', lambda *_: text.append(' three'))
    origins = []
    text.connect('changed', lambda _, event: origins.append(event.get_origin()))
    assert undo.undo() and text.to_string() == 'one three'
    assert undo.undo() and text.to_string() == ' three' and not undo.undo()
    assert undo.redo() and text.to_string() == 'one three' and undo.props.can_redo
    assert origins == ['undo'] * 3 and changes


def test_positions_move_with_their_neighbours():
    document = Weft.Document()
    text = document.get_text('t')
    text.append('ab')
    position = text.encode_position(1, 0)
    text.insert(0, 'xyz')
    known, found, index = document.resolve_position(position)
    assert known and found is text and index == 4


def test_snapshots_show_what_was():
    document = Weft.Document.new_with_id(7, False)
    text = document.get_text('t')
    text.append('before')
    moment = document.encode_snapshot()
    text.remove(0, 3)
    assert document.at_snapshot(moment).get_text('t').to_string() == 'before'
    collecting = Weft.Document.new_with_id(8, True)
    try:
        collecting.at_snapshot(collecting.encode_snapshot())
        assert False, 'a document that collects has no past'
    except GLib.Error as error:
        assert 'gc' in error.message
    text.append('!')
    now = document.encode_snapshot()
    text.remove(0, text.get_length())
    assert text.to_delta_at(moment, None).unpack() == [{'insert': 'before'}]
    assert text.to_delta_at(now, moment).unpack() == [
        {'insert': 'bef', 'attributes': {'ychange': {'user': 7, 'type': 'removed'}}}, {'insert': 'ore'},
        {'insert': '!', 'attributes': {'ychange': {'user': 7, 'type': 'added'}}}], text.to_delta_at(now, moment)
    assert text.to_delta_at(None, None).unpack() == []
    try:
        text.to_delta_at(GLib.Bytes.new(b'no'), None)
        raise AssertionError('no snapshot was taken for one')
    except GLib.Error as error:
        assert error.matches(GLib.quark_from_string('weft-crdt-error-quark'), error.code)
    assert document.props.client_id == 7 and not document.props.gc


def test_awareness():
    document, other = Weft.Document(), Weft.Document()
    here, there = Weft.Awareness.new(document), Weft.Awareness.new(other)
    seen = []
    there.connect('changed', lambda _, *lists: seen.append([v.unpack() for v in lists]))
    here.set_local_field('user', variant('a{sv}', {'name': variant('s', 'Ada')}))
    there.apply(here.encode())
    assert there.get_state(document.props.client_id).unpack() == {'user': {'name': 'Ada'}}
    assert seen == [[[document.props.client_id], [], []]], seen
    here.set_local_state(None)
    assert here.get_local_state() is None


def test_whoever_is_held_holds_the_rest():
    def take():
        return Weft.Document().get_map('m').set_text('t')
    text = take()
    gc.collect()
    text.append('alive')
    assert text.get_parent().to_json() == '{"t":"alive"}'
    document = text.get_document()
    calls = []
    document.get_array('a').connect('changed', lambda *_: calls.append(1))
    gc.collect()
    document.get_array('a').append(variant('i', 1))
    assert calls == [1]
    gone = []
    document.weak_ref(lambda: gone.append(True))
    del text, document
    gc.collect()
    assert gone == [True], 'the document is leaked'


def test_a_relay_that_is_not_there_is_an_error():
    document = Weft.Document()
    try:
        Weft.Provider.new('gopher://x', 'room', document)
        raise AssertionError('that is no relay')
    except GLib.Error:
        pass
    provider = Weft.Provider.new('ws://127.0.0.1:1', 'room', document)
    try:
        provider.sync(300)
        raise AssertionError('nobody is there')
    except GLib.Error as error:
        assert 'did not answer in time' in error.message, error.message
    provider.stop()


tests = [(name[5:].replace('_', ' '), function) for name, function in list(globals().items()) if name.startswith('test_')]
print(f'1..{len(tests)}')
failed = False
for number, (name, function) in enumerate(tests, 1):
    try:
        function()
        print(f'ok {number} - {name}', flush=True)
    except Exception:
        failed = True
        print(f'not ok {number} - {name}')
        print('# ' + traceback.format_exc().replace('\n', '\n# '), flush=True)
sys.exit(failed)
