#!/bin/sh
# rsync does not copy what a program has stored to a mapped file: Linux moves the file's time when a page is first made dirty, and
# not again for later stores to that page, nor when they are forced or the file is closed. A file of fixed size whose program
# went on storing while rsync ran keeps its size and its time, so the next rsync, and each after it, takes it for the same. A
# backup of a mapped log stays behind in this way for ever, until another page is touched; `rsync --checksum` copies it.
#
# Seen with Linux 6.18 (ext4 and tmpfs), rsync 3.5.0, OpenJDK 17.0.15 and 25. A kernel that wrote the page back between the two stores
# moves the time:
#
#   time after the first store and after the last one, forced and closed: the same
#   rsync -a after that: the copy differs from byte 1 on; with --checksum: the copy is right
#
# Needs Linux, rsync and a JDK of version 17 or later. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v rsync >/dev/null && command -v java >/dev/null || { echo "needs rsync and java"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

cat > "$tmp/Store.java" <<'JAVA'
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;

public class Store {
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    Path copy = Path.of(args[1]);
    Files.write(file, new byte[65536]);
    FileTime first;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 65536);
      mapped.put(0, (byte) 1);
      first = Files.getLastModifiedTime(file);
      rsync("-a", file, copy);
      Thread.sleep(1100); // more than the smallest step of any file's time
      mapped.put(1, (byte) 2);
      mapped.force();
      channel.force(true);
    }
    boolean same = first.equals(Files.getLastModifiedTime(file));
    rsync("-a", file, copy);
    long differs = Files.mismatch(file, copy);
    rsync("-ac", file, copy);
    boolean right = Files.mismatch(file, copy) == -1;
    System.out.println("time after the first store and after the last one, forced and closed: " + (same ? "the same" : "another"));
    System.out.println("rsync -a after that: the copy " + (differs == -1 ? "is right" : "differs from byte " + differs + " on")
        + "; with --checksum: the copy " + (right ? "is right" : "differs"));
    System.exit(same && differs == 1 && right ? 0 : 1);
  }

  static void rsync(String how, Path from, Path to) throws Exception {
    if (new ProcessBuilder("rsync", how, from.toString(), to.toString()).inheritIO().start().waitFor() != 0) System.exit(2);
  }
}
JAVA
java "$tmp/Store.java" "$tmp/file" "$tmp/copy"
