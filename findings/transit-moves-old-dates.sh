#!/bin/sh
# The verbose JSON of Transit in Java gives back another date for one before 15 October 1582, without an error: ten days earlier for 1582,
# two days later for the year 1, and a year after Christ for one before. It writes the date in the calendar of its day (Julian), without the
# era, and reads it in today's. So does each reader in another language, for which such text is ISO 8601. The other two formats write
# milliseconds and are right.
#
# Seen with transit-java 1.1.403 (on which transit-clj is built) and Java 17:
#
#   1582-10-15: JSON 1582-10-15, MSGPACK 1582-10-15, JSON_VERBOSE 1582-10-15
#   1582-10-14: JSON 1582-10-14, MSGPACK 1582-10-14, JSON_VERBOSE 1582-10-04
#   0001-01-01: JSON 0001-01-01, MSGPACK 0001-01-01, JSON_VERBOSE 0001-01-03
#   -0044-03-15: JSON -0044-03-15, MSGPACK -0044-03-15, JSON_VERBOSE 0045-03-17
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
<dependency><groupId>com.cognitect</groupId><artifactId>transit-java</artifactId><version>1.1.403</version></dependency>
</dependencies></project>
XML
(cd "$tmp" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null 2>&1) ||
  { echo "Maven can't fetch transit-java"; exit 2; }

cat > "$tmp/Dates.java" <<'JAVA'
import com.cognitect.transit.TransitFactory;
import com.cognitect.transit.TransitFactory.Format;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Date;
import java.util.List;

public class Dates {
  public static void main(String[] args) {
    for (String day : List.of("1582-10-15", "1582-10-14", "0001-01-01", "-0044-03-15")) {
      Date date = Date.from(Instant.parse(day + "T00:00:00Z"));
      System.out.println(day + ": JSON " + back(Format.JSON, date) + ", MSGPACK " + back(Format.MSGPACK, date)
          + ", JSON_VERBOSE " + back(Format.JSON_VERBOSE, date));
    }
  }

  static String back(Format format, Date date) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TransitFactory.writer(format, out).write(date);
    Date read = TransitFactory.reader(format, new ByteArrayInputStream(out.toByteArray())).read();
    return read.toInstant().toString().split("T")[0];
  }
}
JAVA
javac -proc:none -nowarn -cp "$tmp/lib/*" -d "$tmp" "$tmp/Dates.java"
said=$(java -cp "$tmp:$tmp/lib/*" Dates)
echo "$said"
[ "$said" = "1582-10-15: JSON 1582-10-15, MSGPACK 1582-10-15, JSON_VERBOSE 1582-10-15
1582-10-14: JSON 1582-10-14, MSGPACK 1582-10-14, JSON_VERBOSE 1582-10-04
0001-01-01: JSON 0001-01-01, MSGPACK 0001-01-01, JSON_VERBOSE 0001-01-03
-0044-03-15: JSON -0044-03-15, MSGPACK -0044-03-15, JSON_VERBOSE 0045-03-17" ]
