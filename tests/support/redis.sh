#!/usr/bin/env bash
# redis.sh - runs a command with a Redis or Valkey server of its own
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# redis.sh COMMAND... The server listens on a socket in a temporary folder only; its address is in WEFT_TEST_REDIS, and
# WEFT_TEST_REDIS_CTL is a command that takes stop, start or cli COMMAND.... Where neither is installed the command
# runs without them.

set -uo pipefail

server=
for name in valkey redis; do
  if [ -z "$server" ] && command -v "$name-server" >/dev/null && command -v "$name-cli" >/dev/null; then
    server=$name
  fi
done
if [ -z "$server" ]; then
  echo "redis.sh: neither Valkey nor Redis is installed" >&2
  exec "$@"
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/weft-redis-XXXXXX")
cat >"$folder/ctl" <<TEXT
#!/usr/bin/env bash
cli () { "$server-cli" -s "$folder/socket" "\$@"; }
case \$1 in
  start)
    "$server-server" --port 0 --unixsocket "$folder/socket" --dir "$folder" --save "" --appendonly no --daemonize yes \\
      --pidfile "$folder/pid" --logfile "$folder/log" >/dev/null
    for _ in \$(seq 100); do cli ping >/dev/null 2>&1 && exit 0; sleep 0.05; done
    exit 1 ;;
  stop)
    cli shutdown nosave >/dev/null 2>&1
    for _ in \$(seq 100); do [ -S "$folder/socket" ] || exit 0; sleep 0.05; done ;;
  cli) shift; cli "\$@" ;;
esac
TEXT
chmod 755 "$folder/ctl"

finish ()
{
  "$folder/ctl" stop
  rm -rf "$folder"
}
trap finish EXIT

if "$folder/ctl" start; then
  export WEFT_TEST_REDIS="redis+unix://$folder/socket"
  export WEFT_TEST_REDIS_CTL="$folder/ctl"
else
  echo "redis.sh: $server cannot be started here" >&2
fi

"$@"
