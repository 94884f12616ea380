package flumelog.cli;

import flumelog.codec.Codecs;
import flumelog.codec.Looks;
import flumelog.log.Cursor;
import flumelog.log.Log;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Guesses the codec of a log by its first and last records. */
public final class WhichCodec {
  /** How many records at each end of the log are looked at. */
  private static final int MOST_RECORDS = 4;

  private WhichCodec() {}

  /**
   * Guesses the codec of a log, and says it on standard error, if there are records.
   *
   * @param log that is open for reading
   * @return the codec that most of the records look like; where none is clear, {@code ":edn"} for numbers and the like, which EDN
   *     and JSON write alike, {@code ":utf8"} for other text, or {@code ":bytes"}
   */
  public static String guess(Log log) {
    List<byte[]> samples = samples(log);
    String codec = of(samples);
    if (!samples.isEmpty()) Output.say("the records look like " + codec + "; --codec reads them with another");
    return codec;
  }

  private static List<byte[]> samples(Log log) {
    List<byte[]> samples = new ArrayList<>();
    Cursor cursor = log.cursor();
    for (int left = MOST_RECORDS; left > 0 && cursor.next(); left--) add(cursor.data(), samples);
    cursor = log.cursor().seek(Long.MAX_VALUE);
    for (int left = MOST_RECORDS; left > 0 && cursor.prev(); left--) add(cursor.data(), samples);
    cursor.release();
    return samples;
  }

  private static void add(byte[] data, List<byte[]> samples) {
    if (data != null) samples.add(data);
  }

  private static String of(List<byte[]> samples) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    boolean areEither = true;
    boolean areTexts = true;
    for (byte[] data : samples) {
      String like = Looks.like(data);
      if (like != null) counts.put(like, counts.getOrDefault(like, 0) + 1);
      areEither = areEither && Looks.isEither(data);
      areTexts = areTexts && isText(data);
    }
    if (!counts.isEmpty()) return mostOften(counts);
    return areEither ? ":edn" : areTexts ? ":utf8" : ":bytes";
  }

  private static String mostOften(Map<String, Integer> counts) {
    String found = null;
    for (Map.Entry<String, Integer> count : counts.entrySet()) {
      if (found == null || count.getValue() >= counts.get(found)) found = count.getKey();
    }
    return found;
  }

  private static boolean isText(byte[] data) {
    try {
      return Codecs.string(data, 0, data.length) != null;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
