package flumelog.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** Heads and proofs as a line of EDN or of JSON. */
final class Facts {
  private Facts() {}

  static String text(Object fact, boolean asJson) {
    if (fact instanceof Map<?, ?> facts) {
      List<String> pairs = new ArrayList<>();
      facts.forEach((name, value) -> pairs.add((asJson ? "\"" + name + "\":" : ":" + name + " ") + text(value, asJson)));
      return "{" + String.join(asJson ? "," : ", ", pairs) + "}";
    }
    if (fact instanceof Collection<?> facts) {
      List<String> items = new ArrayList<>();
      facts.forEach(item -> items.add(text(item, asJson)));
      return "[" + String.join(asJson ? "," : " ", items) + "]";
    }
    if (fact instanceof Date time) return (asJson ? "\"" : "#inst \"") + time.toInstant() + "\"";
    return fact instanceof String text ? "\"" + text + "\"" : String.valueOf(fact);
  }
}
