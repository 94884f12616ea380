#!/bin/sh
# RoaringBitSet is a java.util.BitSet, but each operation of a plain BitSet that is given one takes it for empty, without an error: `or` adds
# nothing, `and` removes all, `intersects` and `equals` say no. BitSet reads the fields of its own class in the other set, and those of a
# RoaringBitSet are never filled. The same calls on the RoaringBitSet are right, but for `equals`.
#
# Seen with RoaringBitmap 1.6.29 and Java 17, plain {1,2}, roaring {2,3}:
#
#   plain or roaring: {1, 2}; plain and roaring: {}; they intersect: false; roaring or plain: {1,2,3}
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

cat > "$tmp/Sets.java" <<'JAVA'
import java.util.BitSet;
import org.roaringbitmap.RoaringBitSet;

public class Sets {
  public static void main(String[] args) {
    BitSet or = plain();
    or.or(roaring());
    BitSet and = plain();
    and.and(roaring());
    BitSet other = roaring();
    other.or(plain());
    String said = "plain or roaring: " + or + "; plain and roaring: " + and + "; they intersect: " + plain().intersects(roaring())
        + "; roaring or plain: " + other;
    System.out.println(said);
    System.exit(said.equals("plain or roaring: {1, 2}; plain and roaring: {}; they intersect: false; roaring or plain: {1,2,3}") ? 0 : 1);
  }

  static BitSet plain() {
    BitSet set = new BitSet();
    set.set(1, 3);
    return set;
  }

  static BitSet roaring() {
    BitSet set = new RoaringBitSet();
    set.set(2, 4);
    return set;
  }
}
JAVA
javac -proc:none -nowarn -cp "$tmp/lib/*" -d "$tmp" "$tmp/Sets.java"
java -cp "$tmp:$tmp/lib/*" Sets
