package flumelog.cli;

import flumelog.error.LogException;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import flumelog.log.Verification;
import flumelog.log.VerificationReport;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The verb verify. */
final class Verify {
  static final String HELP = """
      Usage: flumelog verify LOG [OPTIONS]
      Reads all of a file, and says what is wrong with it. Changes nothing.

        --head FILE        also say whether the log goes on from this head, as flumelog head prints it
      """ + Options.CODEC + Options.FORMAT + Options.REPORT + Options.LONGEST + """

      Examples:
        flumelog verify messages.log
        flumelog verify messages.log --head messages.head --trust audit.key.pub --json
      """;

  /** Larger files take longer than that, so that the time is better spent in the job that shows how far it is. */
  private static final long MOST_BYTES = 64 << 20;
  private static final long MOST_NANOS = 700_000_000;

  private Verify() {}

  /** Reads the file without Clojure. What takes long, or needs Clojure anyway, is a job in Clojure, which begins anew. */
  static int run(Map<String, Object> given) throws Exception {
    Path path = Reading.path(given);
    boolean isUsual = !given.containsKey("framing") && !given.containsKey("offset-bits") && !given.containsKey("max-record-bytes");
    if (!isUsual || new File(path.toString()).length() > MOST_BYTES) return ClojureVerb.run("verify", given);
    String codec = codec(given, path);
    if (codec.equals(":nippy")) return ClojureVerb.run("verify", with(given, codec));
    try {
      return verify(path, codec, given);
    } catch (TakesLong e) {
      return ClojureVerb.run("verify", with(given, codec));
    }
  }

  private static Map<String, Object> with(Map<String, Object> given, String codec) {
    Map<String, Object> with = new LinkedHashMap<>(given);
    with.put("codec", codec);
    return with;
  }

  private static String codec(Map<String, Object> given, Path path) throws IOException {
    if (given.get("codec") instanceof String name) return LineValues.checked(name);
    try (OffsetLog log = Reading.open(path, KeyFile.with(LogOptions.defaults().readOnly(), given))) {
      return WhichCodec.guess(log);
    } catch (LogException e) {
      boolean isLocked = e.kind() == LogException.Kind.WRONG_KEY && given.containsKey("trust");
      boolean isOfOther = e.kind() == LogException.Kind.CORRUPT && given.containsKey("trust");
      if (isLocked || isOfOther) return ":bytes"; // the seals are checked all the same
      throw e;
    }
  }

  private static int verify(Path path, String codec, Map<String, Object> given) throws IOException {
    long started = System.nanoTime();
    LogOptions options = KeyFile.with(LogOptions.defaults(), given).withHead(HeadFile.of(given)).withCodec(Verified.judge(codec)).withProgress((done, total) -> {
      if (System.nanoTime() - started > MOST_NANOS) throw new TakesLong();
    });
    VerificationReport report = Verification.run(path, options);
    Verified.print(report, given.containsKey("json"));
    Output.say(Verified.sentence(report) + "; it took " + Numbers.seconds(System.nanoTime() - started));
    return report.isOk() ? ExitCode.FINE : ExitCode.DAMAGE;
  }

  private static final class TakesLong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TakesLong() {
      super(null, null, false, false);
    }
  }
}
