#!/bin/sh
# The number of a file (its inode) is another one when its file system is mounted anew, on some file systems in user space:
# they count the files as they are looked up. Two files can have swapped theirs.
#
# Seen with exfat-fuse 1.3.0 (Debian 12) and Linux 6.18:
#
#   exfat-fuse: a had 3 and has 4, b had 4 and has 3
#
# Needs root on Linux, a loop device, /dev/fuse, mkfs.exfat (Debian: exfatprogs) and mount.exfat-fuse (exfat-fuse). Exits with 1 when the
# behaviour is another one, with 2 where it can't be tried.
set -eu
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] && command -v mkfs.exfat >/dev/null && command -v mount.exfat-fuse >/dev/null ||
  { echo "needs root, mkfs.exfat and mount.exfat-fuse"; exit 2; }
tmp=$(mktemp -d)
device=
trap 'umount "$tmp/disk" 2>/dev/null || true; [ -z "$device" ] || losetup -d "$device"; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
mkdir "$tmp/disk"

truncate -s 32M "$tmp/image"
mkfs.exfat "$tmp/image" >/dev/null
device=$(losetup -f --show "$tmp/image") || exit 2
mount.exfat-fuse "$device" "$tmp/disk" >/dev/null 2>&1 || exit 2
echo a > "$tmp/disk/a"
echo b > "$tmp/disk/b"
a=$(stat -c %i "$tmp/disk/a")
b=$(stat -c %i "$tmp/disk/b")
umount "$tmp/disk"
mount.exfat-fuse "$device" "$tmp/disk" >/dev/null 2>&1
b2=$(stat -c %i "$tmp/disk/b") # in another order
a2=$(stat -c %i "$tmp/disk/a")
echo "exfat-fuse: a had $a and has $a2, b had $b and has $b2"
[ "$a" != "$a2" ]
