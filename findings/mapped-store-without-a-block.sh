#!/bin/sh
# A store to a mapped file that needs a new block on a full disk: the JVM skips it. JDK 17 goes on and throws an InternalError
# some time later; JDK 21 and later throw it at the next safepoint poll. The page keeps its old bytes, and can be read.
#
# A file whose blocks are shared with a copy (cp --reflink) is written to new blocks, although it is as long as before and
# was written in full. Seen with Linux 6.18, xfsprogs 6.1, OpenJDK 17.0.15 and 25:
#
#   17: store returned, byte is 0, InternalError came later: true
#   25: store threw InternalError at once, or right after it, byte is 0
#
# Needs root on Linux, a loop device, mkfs.xfs (Debian: xfsprogs) and a JDK of version 17 or later. Exits with 1 when the
# behaviour is another one, with 2 where it can't be tried.
set -eu
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] && command -v mkfs.xfs >/dev/null && command -v java >/dev/null ||
  { echo "needs root, mkfs.xfs and java"; exit 2; }
tmp=$(mktemp -d)
trap 'umount "$tmp/disk" 2>/dev/null || true; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

mkdir "$tmp/disk"
truncate -s 320M "$tmp/image"
mkfs.xfs -q "$tmp/image"
mount -o loop "$tmp/image" "$tmp/disk" || exit 2

cat > "$tmp/Store.java" <<'JAVA'
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

public class Store {
  static volatile int one = 1;
  static volatile Object made;

  public static void main(String[] args) throws Exception {
    MappedByteBuffer mapped;
    try (FileChannel file = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, 65536);
    }
    boolean atOnce = false;
    boolean later = false;
    try {
      mapped.put(8192, (byte) 7);
    } catch (InternalError e) {
      atOnce = true;
    }
    byte found = 0;
    try {
      found = mapped.get(8192);
      made = new byte[one][one]; // a call into the VM
    } catch (InternalError e) {
      later = true;
    }
    System.out.println("Java " + Runtime.version().feature() + ": byte is " + found + ", InternalError at once: " + atOnce
        + ", later: " + later);
    System.exit(found == 0 && (atOnce || later) && (!atOnce || Runtime.version().feature() > 17) ? 0 : 1);
  }
}
JAVA

dd if=/dev/zero of="$tmp/disk/file" bs=64K count=1 status=none
sync
cp --reflink=always "$tmp/disk/file" "$tmp/disk/copy"
dd if=/dev/zero of="$tmp/disk/ballast" bs=64K status=none 2>/dev/null || true
dd if=/dev/zero of="$tmp/disk/more" bs=4K status=none 2>/dev/null || true
sync
java "$tmp/Store.java" "$tmp/disk/file"
