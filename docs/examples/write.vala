// write.vala RELAY ROOM TEXT - adds TEXT to a note (its text is called "quill"), and prints the note
//
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// valac --pkg weft-1 write.vala

int main (string[] args) {
    try {
        var document = new Weft.Document ();
        var provider = new Weft.Provider (args[1], args[2], document);
        provider.sync (10000);
        document.get_text ("quill").append (args[3]);
        provider.sync (10000);
        stdout.printf ("%s\n", document.get_text ("quill").to_string ());
        return 0;
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
}
