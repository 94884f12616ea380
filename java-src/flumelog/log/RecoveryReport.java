package flumelog.log;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What opening a log found and did. It is also a map of all facts by their names in Clojure. Later versions may have more facts.
 */
public final class RecoveryReport extends Facts {
  RecoveryReport(Map<String, Object> facts) {
    super(facts);
  }

  /** What the end of a file is like. */
  public enum Tail {
    /** The file ends with a whole frame. */
    NONE,
    /** The rest of an append that a crash cut short. */
    TORN,
    /** Damage. Only a log that is opened for reading reports it; opening for writing refuses it. */
    CORRUPT
  }

  /** {@return what the end of the file was like} */
  public Tail tail() {
    return Tail.valueOf(text("tail").toUpperCase(Locale.ROOT));
  }

  /** {@return how many whole frames were found; those of a protected log's own, its heads, notes and seals, count too} */
  public long frames() {
    return number("frames");
  }

  /** {@return the position behind them} */
  public long end() {
    return number("end");
  }

  /** {@return the size that the file had} */
  public long fileSize() {
    return number("size");
  }

  /** {@return how many bytes were cut off the end of the file} */
  public long cutBytes() {
    return number("cut-bytes");
  }

  /** {@return the position where reading began} */
  public long scannedFrom() {
    return number("scanned-from");
  }

  /** {@return the file that has the bytes that were cut off; empty if none is kept} */
  public Optional<Path> kept() {
    return pathIfAny("kept");
  }

  /** {@return the position below which all was durable when the last writer died; empty if it did not die, or that is not known} */
  public OptionalLong watermark() {
    return numberIfAny("watermark");
  }

  /** {@return the damage in a sentence; empty if there is none} */
  public Optional<String> damage() {
    return textIfAny("damage");
  }

  /** {@return the position of the next whole frame behind the damage; empty if there is none} */
  public OptionalLong nextGood() {
    return numberIfAny("next-good");
  }

  /** {@return how many zeros at the end of the file are the room of a writer} */
  public long roomBytes() {
    return number("room-bytes");
  }

  /** {@return how many of the last bytes came from the write buffer of a killed process} */
  public long bufferedBytes() {
    return number("buffered-bytes");
  }

  /** {@return how many records that a killed writer had begun to delete are deleted now} */
  public long deletionsFinished() {
    return number("deletions-finished");
  }

  /** {@return how many records that it was about to delete are as they were} */
  public long deletionsLeft() {
    return number("deletions-left");
  }
}
