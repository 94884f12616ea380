#!/bin/sh
# A range of keys in lmdbjava, over a database with the flags of its own examples, misses keys that are there: LMDB sorts keys by their
# bytes from 0 to 255, but the range is compared in Java by `ByteBuffer.compareTo`, for which bytes from 128 on are negative. With keys
# of eight bytes, big-endian, 100 to 150, the range 110 to 130 is empty, and so is "at most 130". Ranges whose keys differ in bytes below
# 128 only are right, so that tests with small numbers pass. The flag MDB_UNSIGNEDKEY of 0.9.1 and later, which is no flag of LMDB, makes it
# right.
#
# Seen with lmdbjava 0.9.3 and Java 17:
#
#   all: 100,110,120,130,140,150; 110 to 130: none; at most 130: none
#   with MDB_UNSIGNEDKEY: 110 to 130: 110,120,130; at most 130: 100,110,120,130
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
<dependency><groupId>org.lmdbjava</groupId><artifactId>lmdbjava</artifactId><version>0.9.3</version></dependency>
</dependencies></project>
XML
(cd "$tmp" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1) ||
  { echo "Maven can't fetch lmdbjava"; exit 2; }

cat > "$tmp/Range.java" <<'JAVA'
import static java.nio.ByteBuffer.allocateDirect;

import java.io.File;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.KeyRange;
import org.lmdbjava.Txn;

public class Range {
  public static void main(String[] args) {
    try (Env<ByteBuffer> env = Env.create().setMapSize(1 << 20).setMaxDbs(2).open(new File(args[0]))) {
      Dbi<ByteBuffer> plain = filled(env, "plain", DbiFlags.MDB_CREATE);
      Dbi<ByteBuffer> flagged = filled(env, "flagged", DbiFlags.MDB_CREATE, DbiFlags.MDB_UNSIGNEDKEY);
      String said = "all: " + keys(env, plain, KeyRange.all()) + "; " + ranges(env, plain) + "\nwith MDB_UNSIGNEDKEY: " + ranges(env, flagged);
      System.out.println(said);
      System.exit(said.equals("all: 100,110,120,130,140,150; 110 to 130: none; at most 130: none\n"
          + "with MDB_UNSIGNEDKEY: 110 to 130: 110,120,130; at most 130: 100,110,120,130") ? 0 : 1);
    }
  }

  static String ranges(Env<ByteBuffer> env, Dbi<ByteBuffer> db) {
    return "110 to 130: " + keys(env, db, KeyRange.closed(key(110), key(130))) + "; at most 130: " + keys(env, db, KeyRange.atMost(key(130)));
  }

  static Dbi<ByteBuffer> filled(Env<ByteBuffer> env, String name, DbiFlags... flags) {
    Dbi<ByteBuffer> db = env.openDbi(name, flags);
    for (int n = 100; n <= 150; n += 10) db.put(key(n), key(n));
    return db;
  }

  static ByteBuffer key(long n) {
    return allocateDirect(8).putLong(n).flip();
  }

  static String keys(Env<ByteBuffer> env, Dbi<ByteBuffer> db, KeyRange<ByteBuffer> range) {
    List<String> keys = new ArrayList<>();
    try (Txn<ByteBuffer> txn = env.txnRead(); CursorIterable<ByteBuffer> found = db.iterate(txn, range)) {
      for (CursorIterable.KeyVal<ByteBuffer> entry : found) keys.add(Long.toString(entry.key().getLong(0)));
    }
    return keys.isEmpty() ? "none" : String.join(",", keys);
  }
}
JAVA
javac -proc:none -nowarn -cp "$tmp/lib/*" -d "$tmp" "$tmp/Range.java"
mkdir "$tmp/data"
java --add-opens java.base/java.nio=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED -cp "$tmp:$tmp/lib/*" Range "$tmp/data"
