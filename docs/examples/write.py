#!/usr/bin/python3
# write.py RELAY ROOM TEXT - adds TEXT to a note (its text is called "quill"), and prints the note
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import sys
import gi
gi.require_version('Weft', '1')
from gi.repository import Weft

relay, room, text = sys.argv[1:]
document = Weft.Document()
provider = Weft.Provider.new(relay, room, document)
provider.sync(10000)
note = document.get_text('quill')
note.append(text)
provider.sync(10000)
print(note.to_string())
