#!/usr/bin/env bash
# headless.sh - runs a command on a virtual display of its own, with a session bus
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: headless.sh [--own-home] [--size WxH] [--wm] [--screenshot FILE [--keep]] -- COMMAND...
#
#   --own-home    an empty home folder, removed afterwards, and settings kept in memory: what tests need
#   --size        of the display; 1280x800 without it
#   --wm          also start a window manager (openbox), for tests that move focus between windows
#   --screenshot  save a picture of the display once the command's window is there and drawn, then end the command
#   --keep        keep the command running after that picture
#
# Many of these can run at once: each has its own display number, given by the X server.

set -euo pipefail

own_home=false
size=1280x800
wm=false
screenshot=
keep=false
while [ $# -gt 0 ]; do
  case $1 in
    --own-home) own_home=true; shift ;;
    --size) size=$2; shift 2 ;;
    --wm) wm=true; shift ;;
    --screenshot) screenshot=$2; shift 2 ;;
    --keep) keep=true; shift ;;
    --) shift; break ;;
    *) break ;;
  esac
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/weft-headless.XXXXXX")
command_pid=
server_pids=
display=
bus=

# shellcheck disable=SC2317 # the trap calls it
finish ()
{
  local pid

  for pid in $command_pid $server_pids; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a server that tells its address through a descriptor, given to it as @FD@, and reads the address into $1.
start_server ()
{
  # shellcheck disable=SC2034 # the caller reads it
  local -n address=$1
  local log=$scratch/$1.log fd

  shift
  mkfifo "$log.fd"
  exec {fd}<>"$log.fd"
  "${@//@FD@/$fd}" >"$log" 2>&1 &
  server_pids="$! $server_pids"
  if ! read -r -t 30 -u "$fd" address; then
    echo "headless.sh: $1 did not start:" >&2
    cat "$log" >&2
    exit 1
  fi
  exec {fd}>&-
}

start_server display Xvfb -displayfd @FD@ -screen 0 "${size}x24" -dpi 96 -noreset -nolisten tcp
export DISPLAY=:$display
unset WAYLAND_DISPLAY XAUTHORITY

# A quiet desktop: X, software drawing, nothing asked of portals.
export GDK_BACKEND=x11 GSK_RENDERER=${GSK_RENDERER:-cairo} LIBGL_ALWAYS_SOFTWARE=1
export GTK_A11Y=${GTK_A11Y:-none} ADW_DISABLE_PORTAL=1 GDK_DEBUG=no-portals NO_AT_BRIDGE=1
if $own_home; then
  export HOME=$scratch/home XDG_RUNTIME_DIR=$scratch/run TMPDIR=$scratch/tmp
  export XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share
  export XDG_CACHE_HOME=$HOME/.cache XDG_STATE_HOME=$HOME/.local/state
  export GSETTINGS_BACKEND=memory
  mkdir -p "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$XDG_CACHE_HOME" "$XDG_STATE_HOME" "$TMPDIR"
  mkdir -m 700 "$XDG_RUNTIME_DIR"
elif [ -z "${XDG_RUNTIME_DIR:-}" ]; then
  export XDG_RUNTIME_DIR=$scratch/run
  mkdir -m 700 "$XDG_RUNTIME_DIR"
fi

start_server bus dbus-daemon --session --nofork --nopidfile --print-address=@FD@
export DBUS_SESSION_BUS_ADDRESS=$bus

if $wm; then
  openbox --sm-disable >"$scratch/wm.log" 2>&1 &
  server_pids="$! $server_pids"
fi

# Saves the display as soon as a window is on it and two pictures in a row are alike.
take_picture ()
{
  local before=none now=

  for _ in $(seq 120); do
    kill -0 "$command_pid" 2>/dev/null || return 1
    if xdotool search --onlyvisible --name '.' >/dev/null 2>&1; then
      now=$(import -silent -window root "$scratch/picture.png" && identify -format '%# %k' "$scratch/picture.png")
      # Three colours at least: an empty display or an undrawn window has one or two.
      if [ "$now" = "$before" ] && [ "${now##* }" -gt 2 ]; then
        # The display around the window is black, and of no interest.
        convert "$scratch/picture.png" -trim +repage "$screenshot"
        return 0
      fi
      before=$now
    fi
    sleep 0.5
  done
  return 1
}

"$@" <&0 &
command_pid=$!

if [ -n "$screenshot" ]; then
  if take_picture; then
    echo "A picture of the window is in $screenshot" >&2
    $keep || exit 0
  elif kill -0 "$command_pid" 2>/dev/null; then
    echo "headless.sh: no window was drawn within a minute" >&2
    $keep || exit 1
  else
    echo "headless.sh: $1 ended before it showed a window" >&2
    wait "$command_pid" || exit $?
    exit 1
  fi
fi

status=0
wait "$command_pid" || status=$?
command_pid=
exit $status
