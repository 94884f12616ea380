package flumelog.value;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** Reads times in the form in which Clojure prints them. Its own reader takes a regular expression and a calendar. */
final class Instants {
  private static final String FORM = "0000-00-00T00:00:00.000-00:00";
  private static final String ZONE = "00:00";
  private static final int FIRST_GREGORIAN_YEAR = 1583;
  private static final long MILLIS_OF_DAY = 86_400_000;

  private Instants() {}

  /** The time; null where Clojure's own reader has to say: of another form, of what is no date, and before the calendar of today. */
  static @Nullable Date read(String text) {
    return hasForm(text) ? date(text) : null;
  }

  /** The zone is that of UTC. */
  private static boolean hasForm(String text) {
    if (text.length() != FORM.length()) return false;
    for (int i = 0; i < FORM.length(); i++) {
      boolean isFree = FORM.charAt(i) == '0' && i < FORM.length() - ZONE.length();
      char c = text.charAt(i);
      if (isFree ? c < '0' || c > '9' : c != FORM.charAt(i)) return false;
    }
    return true;
  }

  private static @Nullable Date date(String text) {
    int year = digits(text, 0, 4);
    int hour = digits(text, 11, 2);
    int minute = digits(text, 14, 2);
    int second = digits(text, 17, 2);
    if (year < FIRST_GREGORIAN_YEAR || hour > 23 || minute > 59 || second > 59) return null;
    try {
      long day = LocalDate.of(year, digits(text, 5, 2), digits(text, 8, 2)).toEpochDay();
      return new Date(day * MILLIS_OF_DAY + ((hour * 60L + minute) * 60 + second) * 1000 + digits(text, 20, 3));
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static int digits(String text, int from, int count) {
    return Integer.parseInt(text, from, from + count, 10);
  }
}
