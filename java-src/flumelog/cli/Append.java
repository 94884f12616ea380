package flumelog.cli;

import flumelog.coll.LogCollection;
import flumelog.error.CommandFailures;
import flumelog.error.LogException;
import flumelog.log.Log;
import flumelog.log.LogOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verb append. */
final class Append {
  static final String HELP = """
      Usage: flumelog append LOG [OPTIONS]
      Appends each line of standard input as one record, and prints the offset of each. Empty lines are passed over. When
      the command ends with 0, all records are on disk. A missing log is made.

        --codec CODEC      edn, nippy, json, utf8 or bytes; else that of the records in the log, or edn in a new one
      """ + Options.NEW_TOPIC + """

      One of:
        --edn              lines are EDN; so they are, if absent, where the codec is edn or nippy
        --json             lines are JSON; so they are, if absent, where the codec is json
        --text             lines are text; so they are, if absent, where the codec is utf8
        --hex              lines are hexadecimal digits; so they are, if absent, where the codec is bytes

      Examples:
        echo '{:text "hello"}' | flumelog append messages.log
        flumelog cat old.log --json | flumelog append new.log --codec json
      """;

  /** The largest number of lines that are appended as one batch. */
  private static final int BATCH_LINES = 1024;

  private final LogCollection log;
  private final LineValues values;
  private final String form;
  private final BufferedReader in;
  private long lineNumber;
  private boolean anyRecord;

  private Append(LogCollection log, LineValues values, String form) {
    this.log = log;
    this.values = values;
    this.form = form;
    this.in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8.newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT)));
  }

  static int run(Map<String, Object> given) throws Exception {
    String codec = codec(given);
    String form = form(given, codec);
    LogOptions options = KeyFile.with(LogOptions.defaults(), given);
    LineValues values = new LineValues(codec, form);
    try (Log log = isTopic(given) ? Topics.open(given, true) : Reading.open(Reading.path(given), options)) {
      int maxBytes = ((Number) log.info().get("max-record-bytes")).intValue();
      return new Append(new LogCollection(log, values, false, maxBytes), values, form).run();
    }
  }

  private static boolean isTopic(Map<String, Object> given) {
    return Topics.isOne(given.get("log"));
  }

  /** The codec that was asked for, or that the records show; {@code :edn} where there are none. */
  private static String codec(Map<String, Object> given) throws IOException {
    if (given.get("codec") instanceof String asked) return LineValues.checked(asked);
    if (!isTopic(given) && !Files.exists(Reading.path(given))) return ":edn";
    try (Log log = Reading.open(given)) {
      return log.since().get() < 0 ? ":edn" : WhichCodec.guess(log);
    }
  }

  /** What a line is: what was asked for, or the form in which cat prints values of the codec. */
  private static String form(Map<String, Object> given, String codec) {
    for (String form : new String[] {"edn", "json", "text", "hex"}) if (given.containsKey(form)) return form;
    return Lines.natural(codec);
  }

  private int run() throws IOException {
    for (List<Object> batch = batch(); batch != null; batch = batch()) append(batch);
    return anyRecord ? ExitCode.FINE : ExitCode.NOTHING_FOUND;
  }

  private void append(List<Object> batch) throws IOException {
    for (long offset : log.appendAll(batch)) Output.write(null, Long.toString(offset).getBytes(StandardCharsets.US_ASCII));
    anyRecord |= !batch.isEmpty();
    Output.flush();
  }

  /**
   * The values of the lines that have come, after waiting for the first; null at the end. Appends those before a line that is none.
   */
  private @Nullable List<Object> batch() throws IOException {
    List<Object> batch = new ArrayList<>();
    try {
      for (int lines = 0; lines < BATCH_LINES && (lines == 0 || in.ready()); lines++) {
        String line = nextLine();
        if (line == null) return lines == 0 ? null : batch;
        if (!line.isBlank()) batch.add(value(line));
      }
      return batch;
    } catch (LogException e) {
      append(batch);
      throw e;
    }
  }

  private @Nullable String nextLine() throws IOException {
    lineNumber++;
    try {
      return in.readLine();
    } catch (CharacterCodingException e) {
      throw CommandFailures.badLine(lineNumber, "UTF-8", "its bytes are no text");
    }
  }

  private Object value(String line) {
    try {
      return values.value(line);
    } catch (Exception e) {
      throw CommandFailures.badLine(lineNumber, form, e.getMessage());
    }
  }
}
