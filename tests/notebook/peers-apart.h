/* peers-apart.h - people who edit the same document, at times without each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "notebook/weft-conflicts.h"
#include "notebook/weft-stretches.h"
#include "notebook/weft-users.h"

#include "crdt/weft-undo.h"

#define LINA "Lina · laptop"
#define OTTO "Otto · phone"
#define MEI "Mei · desk"

#define root (&weft_page_id_root)

/* One person at one device. What they edit is a notebook, a note or a board. */
typedef struct
{
  WeftDoc             *doc;
  WeftNotebookDoc     *notebook;
  WeftPageTree        *tree;
  WeftType            *text;
  WeftUsers           *users;
  WeftStretchRecorder *recorder; /* NULL: a program that notes no people and stretches */
  gint64               now_ms;
} Peer;

typedef GPtrArray *(*PeersListFunc)  (Peer *a,
                                      Peer *b);
typedef char      *(*PeersPrintFunc) (Peer *a,
                                      Peer *b);

void                peer_init           (Peer             *peer,
                                         const char       *name);
void                peer_clear          (Peer             *peer);
void                peer_restart        (Peer             *peer,
                                         const char       *name);
void                peer_part           (Peer             *peer);
WeftUndoManager    *peer_begin_undo     (Peer             *peer);
WeftPageId          peer_add_page       (Peer             *peer,
                                         const WeftPageId *parent,
                                         const char       *title);
void                peer_set_number     (Peer             *peer,
                                         const char       *element,
                                         const char       *key,
                                         double            number);
void                peers_send          (Peer             *from,
                                         Peer             *to);
void                peers_meet          (Peer             *a,
                                         Peer             *b);
void                peers_clear         (Peer             *a,
                                         Peer             *b);
WeftPageId          peers_begin_apart   (Peer             *a,
                                         Peer             *b);
void                peers_begin_board   (Peer             *a,
                                         Peer             *b,
                                         const char       *name_a,
                                         const char       *name_b);

/* (transfer full): the cards, which are the same for both */
GPtrArray          *peers_list_pages    (Peer             *a,
                                         Peer             *b);
GPtrArray          *peers_list_elements (Peer             *a,
                                         Peer             *b);
GPtrArray          *peers_list_lines    (Peer             *a,
                                         Peer             *b);
void                assert_no_cards     (PeersListFunc     list,
                                         Peer             *a,
                                         Peer             *b);
const WeftConflict *only_card           (GPtrArray        *cards,
                                         WeftConflictKind  kind);
char               *print_cards         (GPtrArray        *cards,
                                         gboolean          with_place);
void                peers_check_undo    (Peer             *decider,
                                         Peer             *other,
                                         PeersListFunc     list,
                                         PeersPrintFunc    print,
                                         guint             n_choices);
