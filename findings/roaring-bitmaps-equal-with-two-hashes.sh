#!/bin/sh
# Two bitmaps of RoaringBitmap that are `equal` have different hash codes when one of them was compressed by `runOptimize`, or was filled by
# a range: the hash goes by how the numbers are kept, equality by the numbers. A HashSet or HashMap then has both, and does not find the one by the
# other: a cache of answers by bitmap misses. The same holds for the 64-bit ones and the ones in buffers.
#
# Seen with RoaringBitmap 1.6.29 and Java 17, with the numbers 0 to 9:
#
#   RoaringBitmap: equal, found in a HashSet: false
#   MutableRoaringBitmap: equal, found in a HashSet: false
#   Roaring64Bitmap: equal, found in a HashSet: false
#   Roaring64NavigableMap: equal, found in a HashSet: false
#
# Needs a JDK of version 17 or later and Maven. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v mvn >/dev/null && command -v javac >/dev/null || { echo "needs a JDK and Maven"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

cat > "$tmp/pom.xml" <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.roaringbitmap</groupId><artifactId>RoaringBitmap</artifactId><version>1.6.29</version></dependency>
</dependencies></project>
XML
(cd "$tmp" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1) ||
  { echo "Maven can't fetch RoaringBitmap"; exit 2; }

cat > "$tmp/Hash.java" <<'JAVA'
import java.util.HashSet;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;
import org.roaringbitmap.buffer.MutableRoaringBitmap;
import org.roaringbitmap.longlong.Roaring64Bitmap;
import org.roaringbitmap.longlong.Roaring64NavigableMap;

public class Hash {
  static boolean asBefore = true;

  public static void main(String[] args) {
    RoaringBitmap[] plain = {new RoaringBitmap(), new RoaringBitmap()};
    MutableRoaringBitmap[] buffers = {new MutableRoaringBitmap(), new MutableRoaringBitmap()};
    Roaring64Bitmap[] longs = {new Roaring64Bitmap(), new Roaring64Bitmap()};
    Roaring64NavigableMap[] maps = {new Roaring64NavigableMap(), new Roaring64NavigableMap()};
    for (int n = 0; n < 10; n++) {
      for (int i = 0; i < 2; i++) {
        plain[i].add(n);
        buffers[i].add(n);
        longs[i].addLong(n);
        maps[i].addLong(n);
      }
    }
    plain[1].runOptimize();
    buffers[1].runOptimize();
    longs[1].runOptimize();
    maps[1].runOptimize();
    for (Object[] two : List.of(plain, buffers, longs, maps)) say(two[0], two[1]);
    System.exit(asBefore ? 0 : 1);
  }

  static void say(Object a, Object b) {
    boolean equal = a.equals(b) && b.equals(a);
    boolean found = new HashSet<>(List.of(a)).contains(b);
    System.out.println(a.getClass().getSimpleName() + ": " + (equal ? "equal" : "not equal") + ", found in a HashSet: " + found);
    asBefore &= equal && !found;
  }
}
JAVA
javac -proc:none -nowarn -cp "$tmp/lib/*" -d "$tmp" "$tmp/Hash.java"
java -cp "$tmp:$tmp/lib/*" Hash
