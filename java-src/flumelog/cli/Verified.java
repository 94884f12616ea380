package flumelog.cli;

import flumelog.codec.Codec;
import flumelog.log.VerificationReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What verify says of a file: the facts as a line of data on standard output, and a sentence. */
public final class Verified {
  private Verified() {}

  /**
   * The codec that verify judges records with: it takes plain text for good, and decodes the others.
   *
   * @param name of a codec, as {@code ":json"}
   * @return a codec that decodes what that codec decodes, to values that nobody looks at
   */
  public static Codec<Object> judge(String name) {
    return new LineValues(name, Lines.natural(name));
  }

  /**
   * Prints the facts.
   *
   * @param report what reading the file has found
   * @param asJson whether as JSON, else as EDN
   * @throws IOException if standard output can't be written
   */
  public static void print(VerificationReport report, boolean asJson) throws IOException {
    StringBuilder text = new StringBuilder();
    write(report, asJson, text);
    Output.write(null, text.toString().getBytes(StandardCharsets.UTF_8));
    Output.flush();
  }

  private static void write(Object fact, boolean asJson, StringBuilder text) {
    if (fact instanceof Map<?, ?> facts) {
      String before = "{";
      for (Map.Entry<?, ?> entry : facts.entrySet()) {
        text.append(before).append(asJson ? "\"" + entry.getKey() + "\":" : ":" + entry.getKey() + " ");
        if (entry.getKey().equals("log-id") || entry.getKey().equals("signed-by")) text.append('"').append(entry.getValue()).append('"');
        else write(entry.getValue(), asJson, text);
        before = asJson ? "," : ", ";
      }
      text.append('}');
    } else if (fact instanceof Collection<?> facts) {
      String before = "";
      text.append('[');
      for (Object item : facts) {
        text.append(before);
        write(item, asJson, text);
        before = asJson ? "," : " ";
      }
      text.append(']');
    } else if (fact instanceof String word) {
      String name = word.startsWith(":") ? word.substring(1) : word;
      text.append(asJson ? '"' + name + '"' : ":" + name);
    } else {
      text.append(fact);
    }
  }

  /**
   * Says what was found.
   *
   * @param report what reading the file has found
   * @return the beginning of a sentence
   */
  public static String sentence(VerificationReport report) {
    return "read " + Numbers.many(report.frames(), "record") + ", " + report.deleted() + " of them deleted, in " + Numbers.size(report.fileSize()) + ": "
        + (report.isOk() ? "all is good" : String.join("; ", whatIsWrong(report)));
  }

  private static List<String> whatIsWrong(VerificationReport report) {
    List<String> wrong = new ArrayList<>();
    if (!report.isHeadOk().orElse(true)) wrong.add("it does not go on from the head");
    report.damaged().entrySet().stream().limit(1)
        .forEach(one -> wrong.add("the first damage is at " + one.getKey() + ", of the kind " + one.getValue()));
    if (!report.unnoted().isEmpty()) {
      wrong.add("there are zeros at " + report.unnoted().get(0) + " of which no note says that they are a deleted record");
    }
    if (report.skippedBytes() > 0) wrong.add(Numbers.size(report.skippedBytes()) + " are no whole records");
    if (report.undecodableCount() > 0) {
      wrong.add(Numbers.many(report.undecodableCount(), "record") + " can't be decoded, the first one at " + report.undecodable().get(0));
    }
    return wrong;
  }
}
