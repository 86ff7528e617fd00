#!/bin/sh
# compile-blueprints.sh - compiles every template in one run, then leaves a stamp for the build
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: compile-blueprints.sh COMPILER STAMP SOURCE_DIR BLUEPRINT...

set -e

compiler=$1
stamp=$2
source_dir=$3
shift 3

"$compiler" batch-compile "$(dirname "$stamp")" "$source_dir" "$@"
touch "$stamp"
