#!/bin/sh
# fallocate says that there is room, and a write into that room fails with "No space left on device": where the file shares its
# blocks with a copy (cp --reflink), xfs takes the shared blocks for room, but a write needs new ones. The manual page promises
# that later writes into the range don't fail for lack of space. A file whose blocks are its own keeps that promise, and so does one
# whose blocks were made its own first (FALLOC_FL_UNSHARE_RANGE). For a log that allocates room ahead, a copy of its folder undoes that.
#
# Seen with Linux 6.18, xfsprogs 6.1 and util-linux 2.38:
#
#   fallocate: done for each; a write on the full disk: into its own blocks done, into unshared ones done, into shared ones No space left on device
#
# Needs root on Linux, a loop device, mkfs.xfs and xfs_io (Debian: xfsprogs), fallocate (util-linux) and perl. Exits with 1 when the
# behaviour is another one, with 2 where it can't be tried.
set -eu
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] && command -v mkfs.xfs >/dev/null && command -v xfs_io >/dev/null && command -v fallocate >/dev/null &&
  command -v perl >/dev/null || { echo "needs root, mkfs.xfs, xfs_io, fallocate and perl"; exit 2; }
tmp=$(mktemp -d)
trap 'umount "$tmp/disk" 2>/dev/null || true; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

mkdir "$tmp/disk"
truncate -s 320M "$tmp/image"
mkfs.xfs -q "$tmp/image"
mount -o loop "$tmp/image" "$tmp/disk" || exit 2
for name in own unshared shared; do dd if=/dev/urandom of="$tmp/disk/$name" bs=64K count=1 status=none; done
sync
for name in unshared shared; do cp --reflink=always "$tmp/disk/$name" "$tmp/disk/copy-of-$name"; done
xfs_io -c "funshare 0 64k" "$tmp/disk/unshared" || exit 2
for name in own unshared shared; do fallocate -l 64K "$tmp/disk/$name"; done # sh ends here when one fails
sync
for bytes in 64K 4K 512; do dd if=/dev/zero of="$tmp/disk/ballast-$bytes" bs=$bytes status=none 2>/dev/null || true; done
sync

export LC_ALL=C
write() {
  perl -e 'open(my $file, "+<", $ARGV[0]) or die; sysseek($file, 8192, 0); print defined(syswrite($file, "x" x 4096)) ? "done" : "$!"' "$tmp/disk/$1"
}
own=$(write own)
unshared=$(write unshared)
shared=$(write shared)
echo "fallocate: done for each; a write on the full disk: into its own blocks $own, into unshared ones $unshared, into shared ones $shared"
[ "$own" = "done" ] && [ "$unshared" = "done" ] && [ "$shared" = "No space left on device" ]
