#!/bin/sh
# ftruncate to a smaller size fails with "No space left on device" on a full disk where the last block that stays can't be
# written in its place, as on xfs when the file shares its blocks with a copy (cp --reflink). The size stays as it was. To cut
# a file to nothing needs no block.
#
# Seen with Linux 6.18 and xfsprogs 6.1:
#
#   cut to 5000: No space left on device; size 65536; cut to 0: done
#
# Needs root on Linux, a loop device, mkfs.xfs (Debian: xfsprogs), and perl for the call. Exits with 1 when the behaviour is
# another one, with 2 where it can't be tried.
set -eu
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] && command -v mkfs.xfs >/dev/null && command -v perl >/dev/null ||
  { echo "needs root, mkfs.xfs and perl"; exit 2; }
tmp=$(mktemp -d)
trap 'umount "$tmp/disk" 2>/dev/null || true; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

mkdir "$tmp/disk"
truncate -s 320M "$tmp/image"
mkfs.xfs -q "$tmp/image"
mount -o loop "$tmp/image" "$tmp/disk" || exit 2
dd if=/dev/urandom of="$tmp/disk/file" bs=64K count=1 status=none
sync
cp --reflink=always "$tmp/disk/file" "$tmp/disk/copy"
for bytes in 64K 4K 512; do dd if=/dev/zero of="$tmp/disk/ballast-$bytes" bs=$bytes status=none 2>/dev/null || true; done
sync

export LC_ALL=C
said=$(perl -e 'print truncate($ARGV[0], 5000) ? "done" : "$!"' "$tmp/disk/file")
size=$(stat -c %s "$tmp/disk/file")
emptied=$(perl -e 'print truncate($ARGV[0], 0) ? "done" : "$!"' "$tmp/disk/file")
echo "cut to 5000: $said; size $size; cut to 0: $emptied"
[ "$said" = "No space left on device" ] && [ "$size" = 65536 ] && [ "$emptied" = "done" ]
