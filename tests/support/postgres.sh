#!/usr/bin/env bash
# postgres.sh - runs a command with a PostgreSQL server of its own
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# postgres.sh COMMAND... The server lives in a temporary folder and listens on a socket there only; its address is in
# WEFT_TEST_POSTGRES, and WEFT_TEST_POSTGRES_CTL is a command that takes stop, start, kill or sql STATEMENT. Where PostgreSQL is not
# installed, or cannot be started, the command runs without them. As root the server runs as nobody.

set -uo pipefail

bin=
for folder in /usr/lib/postgresql/*/bin /usr/bin /usr/local/bin; do
  if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
    bin=$folder
    [ "$folder" = /usr/local/bin ] || break
  fi
done
if [ -z "$bin" ]; then
  echo "postgres.sh: PostgreSQL is not installed" >&2
  exec "$@"
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/weft-postgres-XXXXXX")
as=()
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  chown 65534:65534 "$folder" 2>/dev/null
fi

cat >"$folder/ctl" <<TEXT
#!/usr/bin/env bash
cd "$folder" || exit 1
case \$1 in
  start) ${as[*]} env HOME="$folder" "$bin/pg_ctl" -s -w -t 30 -D "$folder/data" -l "$folder/log" -o "-k $folder -c listen_addresses=''" start ;;
  stop) ${as[*]} env HOME="$folder" "$bin/pg_ctl" -s -w -t 30 -D "$folder/data" -m fast stop ;;
  sql) "$bin/psql" -q -h "$folder" -U weft -d postgres -c "\$2" ;;
  kill) ${as[*]} env HOME="$folder" "$bin/pg_ctl" -s -w -t 30 -D "$folder/data" -m immediate stop ;;
esac
TEXT
chmod 755 "$folder/ctl"

finish ()
{
  "$folder/ctl" kill >/dev/null 2>&1
  rm -rf "$folder"
}
trap finish EXIT

if (cd "$folder" && "${as[@]}" env HOME="$folder" LC_ALL=C "$bin/initdb" -D "$folder/data" -U weft -A trust -E UTF8 --no-sync) \
     >"$folder/initdb.log" 2>&1 && "$folder/ctl" start </dev/null >/dev/null 2>&1; then
  # Percent-encoded: a host that begins with a slash is a folder.
  export WEFT_TEST_POSTGRES="postgresql:///postgres?host=${folder//\//%2F}&user=weft"
  export WEFT_TEST_POSTGRES_CTL="$folder/ctl"
else
  echo "postgres.sh: PostgreSQL cannot be started here" >&2
  tail -3 "$folder/initdb.log" >&2
fi

"$@"
