#!/bin/sh
# A cursor of H2's MVStore that skips more entries than are left is not at its end: it is at the first entry of the map again, also
# where it began in the middle, and a cursor that goes backward at the last one. Who takes a page by `skip(page * size)` gets the first
# page again behind the last one, and never an empty one. `skip` of ten or more asks the map for the key at that index, and takes the
# answer "there is none" for "from the start". Skips of less than ten go entry by entry, and are right.
#
# Seen with h2-mvstore 2.4.240 and Java 17, with 25 entries, 0 to 24:
#
#   skip 9 of the last 5: nothing; skip 10 of the last 5: 0; skip 30: 0; backward, skip 30: 24
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
<dependency><groupId>com.h2database</groupId><artifactId>h2-mvstore</artifactId><version>2.4.240</version></dependency>
</dependencies></project>
XML
(cd "$tmp" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1) ||
  { echo "Maven can't fetch h2-mvstore"; exit 2; }

cat > "$tmp/Skip.java" <<'JAVA'
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

public class Skip {
  public static void main(String[] args) {
    try (MVStore store = new MVStore.Builder().open()) {
      MVMap<Integer, String> map = store.openMap("map");
      for (int n = 0; n < 25; n++) map.put(n, "value");
      String said = "skip 9 of the last 5: " + next(map.cursor(20), 9) + "; skip 10 of the last 5: " + next(map.cursor(20), 10)
          + "; skip 30: " + next(map.cursor(null, null, false), 30) + "; backward, skip 30: " + next(map.cursor(null, null, true), 30);
      System.out.println(said);
      System.exit(said.equals("skip 9 of the last 5: nothing; skip 10 of the last 5: 0; skip 30: 0; backward, skip 30: 24") ? 0 : 1);
    }
  }

  static String next(Cursor<Integer, String> cursor, long skip) {
    cursor.skip(skip);
    return cursor.hasNext() ? cursor.next().toString() : "nothing";
  }
}
JAVA
javac -proc:none -nowarn -cp "$tmp/lib/*" -d "$tmp" "$tmp/Skip.java"
java -cp "$tmp:$tmp/lib/*" Skip
