/* weft.h - the objects of libweft
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Yjs documents as GObjects, in C by the prefix weft_g_, in Python, Vala and others as the namespace Weft. The plain engine
 * below them is in crdt/weft-doc.h and the headers it names.
 */

#pragma once

#include "facade/weft-g-array.h"
#include "facade/weft-g-awareness.h"
#include "facade/weft-g-document.h"
#include "facade/weft-g-event.h"
#include "facade/weft-g-map.h"
#include "facade/weft-g-provider.h"
#include "facade/weft-g-shared-type.h"
#include "facade/weft-g-text.h"
#include "facade/weft-g-undo-manager.h"
#include "facade/weft-g-xml.h"
