#!/bin/sh
# Changes into a private root file system and runs a program there.
#
#   unshare --mount [--user --map-root-user] sh enter.sh ROOT CWD UID:GID [PATH…] -- PROGRAM [ARGUMENT…]
#
# Runs inside a mount namespace of its own, so everything mounted here is gone when the program ends.
# Each PATH of the host appears at the same place in the root. UID:GID is empty for root; an ordinary
# user, who is root in the user namespace that allows the mounts, becomes himself again: Wine names
# its server's directory after the user id. Root himself may look like another user: PostgreSQL
# refuses root.
set -eu
root=$1 cwd=$2 ids=$3
shift 3
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then
    [ -d "$root$1" ] || mkdir -p "$root$1"
    mount -n --rbind "$1" "$root$1"
  elif [ -e "$1" ]; then
    [ -e "$root$1" ] || { mkdir -p "$root${1%/*}"; : >>"$root$1"; }
    mount -n --bind "$1" "$root$1"
  fi
  shift
done
shift
if [ -n "$ids" ]; then
  exec unshare --user --map-user="${ids%:*}" --map-group="${ids#*:}" --root="$root" --wd="$cwd" "$@"
fi
exec unshare --root="$root" --wd="$cwd" "$@"
