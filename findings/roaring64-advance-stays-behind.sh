#!/bin/sh
# `advanceIfNeeded(n)` of an iterator over a Roaring64Bitmap stays in front of n where all numbers of the bitmap lie in one block of 65536
# and n lies behind that block: the next number is then smaller than n, and should be none. So a merge of two bitmaps that leaps over what
# the other has not, as the method is meant for, gives numbers that are in one only. `getLongIteratorFrom(n)` is right.
#
# Seen with RoaringBitmap 1.6.29 and Java 17:
#
#   of 1,2 advanced to 65538: 1,2; the iterator from 65538: nothing; of 10000 bitmaps of up to 4 numbers, hundreds are wrong: true
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

cat > "$tmp/Advance.java" <<'JAVA'
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.roaringbitmap.longlong.LongIterator;
import org.roaringbitmap.longlong.PeekableLongIterator;
import org.roaringbitmap.longlong.Roaring64Bitmap;

public class Advance {
  public static void main(String[] args) {
    Roaring64Bitmap two = Roaring64Bitmap.bitmapOf(1, 2);
    int wrong = 0;
    Random random = new Random(3);
    for (int round = 0; round < 10_000; round++) {
      TreeSet<Long> numbers = new TreeSet<>();
      for (int i = random.nextInt(4); i >= 0; i--) numbers.add(number(random));
      Roaring64Bitmap bitmap = new Roaring64Bitmap();
      numbers.forEach(bitmap::addLong);
      long to = number(random);
      if (!advanced(bitmap, to).equals(text(numbers.tailSet(to)))) wrong++;
    }
    String said = "of 1,2 advanced to 65538: " + advanced(two, 65538) + "; the iterator from 65538: " + left(two.getLongIteratorFrom(65538))
        + "; of 10000 bitmaps of up to 4 numbers, hundreds are wrong: " + (wrong > 200);
    System.out.println(said);
    System.exit(said.equals("of 1,2 advanced to 65538: 1,2; the iterator from 65538: nothing; "
        + "of 10000 bitmaps of up to 4 numbers, hundreds are wrong: true") ? 0 : 1);
  }

  /** A number of few different ones, in blocks that are near and far. */
  static long number(Random random) {
    return (long) random.nextInt(3) << 32 | (long) random.nextInt(3) << 16 | random.nextInt(3);
  }

  static String advanced(Roaring64Bitmap bitmap, long to) {
    PeekableLongIterator numbers = bitmap.getLongIterator();
    numbers.advanceIfNeeded(to);
    return left(numbers);
  }

  static String left(LongIterator numbers) {
    List<Long> left = new ArrayList<>();
    while (numbers.hasNext()) left.add(numbers.next());
    return text(left);
  }

  static String text(Iterable<Long> numbers) {
    List<String> texts = new ArrayList<>();
    for (long n : numbers) texts.add(Long.toString(n));
    return texts.isEmpty() ? "nothing" : String.join(",", texts);
  }
}
JAVA
javac -proc:none -nowarn -cp "$tmp/lib/*" -d "$tmp" "$tmp/Advance.java"
java -cp "$tmp:$tmp/lib/*" Advance
