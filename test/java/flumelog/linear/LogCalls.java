package flumelog.linear;

import flumelog.error.LogException;
import flumelog.log.Cursor;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/** The calls that threads make on one log, with results that {@link SequentialLog} gives too. */
@Param(name = "value", gen = IntGen.class, conf = "1:9")
@Param(name = "index", gen = IntGen.class, conf = "0:3")
public class LogCalls {
  protected final OffsetLog log;

  public LogCalls() {
    this(Map.of(":sync", ":none"));
  }

  protected LogCalls(Map<String, Object> options) {
    log = OffsetLog.open(new FilesInMemory(), "a.log", LogOptions.of(options));
  }

  @Operation
  public String append(@Param(name = "value") int value) {
    return orKind(() -> Arrays.toString(new long[] {log.append(data(value))}));
  }

  @Operation
  public String appendTwo(@Param(name = "value") int first, @Param(name = "value") int second) {
    return orKind(() -> Arrays.toString(log.appendAll(List.of(data(first), data(second)))));
  }

  @Operation
  public String get(@Param(name = "index") int index) {
    return orKind(() -> value(log.get(index * SequentialLog.RECORD_BYTES)));
  }

  @Operation
  public String all() {
    return orKind(() -> {
      List<String> values = new ArrayList<>();
      Cursor cursor = log.cursor();
      while (cursor.next()) values.add(value(cursor.data()));
      return values.toString();
    });
  }

  @Operation
  public String since() {
    return Long.toString(log.since().get());
  }

  @Operation
  public void close() {
    log.close();
  }

  static byte[] data(int value) {
    return new byte[] {(byte) value};
  }

  static String value(byte[] data) {
    return data == null ? "null" : Integer.toString(data[0]);
  }

  /** What the call gives, or the kind of error that it throws. */
  static String orKind(Supplier<String> call) {
    try {
      return call.get();
    } catch (LogException e) {
      return e.kind().name();
    }
  }
}
