import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * A mapped log read through byte buffers, as flumelog reads it, and through a memory segment of JDK 22 and later:
 * bin/bench --segments [ROUNDS].
 *
 * <p>Both readers do the same for a record: the first length, a copy of the data, the last length and the trailer. Each measure is
 * a process of its own, which does the same for two seconds before the clock starts. A round measures both readers of each row in
 * turn; a ratio is the median of the rounds' own.
 */
final class Segments {
  private static final String[] READERS = {"buffers", "segment"};
  private static final String[] ROWS = {"get", "get, in place", "scan", "scan, in place", "walk"};
  private static final int[][] SIZES = {{100, 100, 5_000_000}, {200, 1500, 1_000_000}}; // from, to, records: S and W
  private static final int ENDING_BYTES = 12;
  private static final int OVERHEAD = 4 + ENDING_BYTES;
  private static final long MEASURED_NANOS = 2_000_000_000L;

  /** What both ways read. Positions are those of the file; ints and longs are big-endian. */
  private sealed interface Reader permits Buffers, Segment {
    int getInt(long position);

    long getLong(long position);

    void copy(long position, byte[] out);

    /** Two bytes of the data, by an object that shows the record in place. */
    int inPlace(long position, int length);
  }

  /** Buffers of 1 GiB each, and the slice that OffsetLog.view gives. */
  private record Buffers(ByteBuffer[] parts) implements Reader {
    private static final int SHIFT = 30;

    static Buffers of(FileChannel file) throws IOException {
      ByteBuffer[] parts = new ByteBuffer[(int) (file.size() - 1 >>> SHIFT) + 1];
      for (int i = 0; i < parts.length; i++) {
        long from = (long) i << SHIFT;
        parts[i] = file.map(MapMode.READ_ONLY, from, Math.min(1 << SHIFT, file.size() - from));
      }
      return new Buffers(parts);
    }

    private ByteBuffer part(long position) {
      return parts[(int) (position >>> SHIFT)];
    }

    private static int at(long position) {
      return (int) position & (1 << SHIFT) - 1;
    }

    @Override
    public int getInt(long position) {
      return part(position).getInt(at(position));
    }

    @Override
    public long getLong(long position) {
      return part(position).getLong(at(position));
    }

    @Override
    public void copy(long position, byte[] out) {
      part(position).get(at(position), out);
    }

    @Override
    public int inPlace(long position, int length) {
      ByteBuffer slice = part(position).slice(at(position), length);
      return slice.get(0) + slice.get(length - 1);
    }
  }

  /** One segment for the whole file, in the scope that needs no check of an owner. */
  private record Segment(MemorySegment file) implements Reader {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    static Segment of(FileChannel file) throws IOException {
      return new Segment(file.map(MapMode.READ_ONLY, 0, file.size(), Arena.global()));
    }

    @Override
    public int getInt(long position) {
      return file.get(INT, position);
    }

    @Override
    public long getLong(long position) {
      return file.get(LONG, position);
    }

    @Override
    public void copy(long position, byte[] out) {
      MemorySegment.copy(file, ValueLayout.JAVA_BYTE, position, out, 0, out.length);
    }

    @Override
    public int inPlace(long position, int length) {
      MemorySegment slice = file.asSlice(position, length);
      return slice.get(ValueLayout.JAVA_BYTE, 0) + slice.get(ValueLayout.JAVA_BYTE, length - 1);
    }
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 3) {
      System.out.println(measure(arguments[0], arguments[1], Path.of(arguments[2])));
      return;
    }
    int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
    System.out.printf(Locale.ROOT, "JDK %s, %d rounds, nanoseconds a record%n%n", Runtime.version().feature(), rounds);
    System.out.println("| | buffers | segment | buffers / segment |\n| --- | ---: | ---: | ---: |");
    for (int[] sizes : SIZES) {
      Path log = Files.createTempFile("flumelog-bench", ".log");
      try {
        write(log, sizes);
        for (String row : ROWS) print(row, sizes, measured(row, log, rounds));
      } finally {
        Files.delete(log);
      }
    }
  }

  private static void print(String row, int[] sizes, double[][] nanos) {
    double[] ratios = new double[nanos[0].length];
    for (int i = 0; i < ratios.length; i++) ratios[i] = nanos[0][i] / nanos[1][i];
    Arrays.sort(ratios);
    System.out.printf(Locale.ROOT, "| %s, %,d records of %s bytes | %s | %s | %.2f (%.2f to %.2f) |%n", row, sizes[2],
        sizes[0] == sizes[1] ? sizes[0] : sizes[0] + " to " + sizes[1], figure(nanos[0]), figure(nanos[1]),
        ratios[ratios.length / 2], ratios[0], ratios[ratios.length - 1]);
  }

  /** The median, and the difference of the highest and the lowest as a part of it. */
  private static String figure(double[] nanos) {
    double[] sorted = nanos.clone();
    Arrays.sort(sorted);
    double median = sorted[sorted.length / 2];
    return String.format(Locale.ROOT, "%.1f (%.0f %%)", median, 100 * (sorted[sorted.length - 1] - sorted[0]) / median);
  }

  private static double[][] measured(String row, Path log, int rounds) throws Exception {
    double[][] nanos = new double[READERS.length][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < READERS.length; i++) {
        int reader = (i + round) % READERS.length; // each begins in every second round
        nanos[reader][round] = child(READERS[reader], row, log);
      }
    }
    return nanos;
  }

  private static double child(String reader, String row, Path log) throws Exception {
    List<String> command = new ArrayList<>(ProcessHandle.current().info().command().stream().toList());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "-Xms2g", "-Xmx2g", "-XX:+UseSerialGC", "Segments"));
    command.addAll(List.of(reader, row, log.toString()));
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes()).trim();
    if (process.waitFor() != 0) throw new IllegalStateException(command + " failed: " + out);
    return Double.parseDouble(out);
  }

  private static void write(Path log, int[] sizes) throws IOException {
    Random random = new Random(1);
    ByteBuffer frames = ByteBuffer.allocate(1 << 20);
    try (FileChannel out = FileChannel.open(log, StandardOpenOption.WRITE)) {
      long end = 0;
      for (int i = 0; i < sizes[2]; i++) {
        byte[] data = new byte[sizes[0] + random.nextInt(sizes[1] - sizes[0] + 1)];
        random.nextBytes(data);
        end += data.length + OVERHEAD;
        if (frames.remaining() < data.length + OVERHEAD) flush(frames, out);
        frames.putInt(data.length).put(data).putInt(data.length).putLong(end);
      }
      flush(frames, out);
    }
  }

  private static void flush(ByteBuffer frames, FileChannel out) throws IOException {
    frames.flip();
    while (frames.hasRemaining()) out.write(frames);
    frames.clear();
  }

  /** Nanoseconds a record in the hot state: the same for two seconds first, then the median of the passes of two seconds. */
  private static double measure(String reader, String row, Path log) throws IOException {
    try (FileChannel file = FileChannel.open(log)) {
      Reader bytes = reader.equals("buffers") ? Buffers.of(file) : Segment.of(file);
      long[] starts = starts(bytes, file.size());
      LongSupplier pass = pass(row, bytes, starts, file.size());
      long sum = passes(pass, new ArrayList<>());
      List<Long> times = new ArrayList<>();
      if (sum != passes(pass, times)) throw new IllegalStateException("the sums of two passes differ");
      times.sort(null);
      return (double) times.get(times.size() / 2) / starts.length;
    }
  }

  private static long passes(LongSupplier pass, List<Long> times) {
    long until = System.nanoTime() + MEASURED_NANOS;
    long sum = 0;
    for (long now = System.nanoTime(); now < until || times.size() < 3; ) {
      sum = pass.getAsLong();
      long then = System.nanoTime();
      times.add(then - now);
      now = then;
    }
    return sum;
  }

  private static LongSupplier pass(String row, Reader bytes, long[] starts, long end) {
    long[] shuffled = starts.clone();
    Random random = new Random(2);
    for (int i = shuffled.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      long other = shuffled[i];
      shuffled[i] = shuffled[j];
      shuffled[j] = other;
    }
    return switch (row) {
      case "get" -> () -> gets(bytes, shuffled);
      case "get, in place" -> () -> getsInPlace(bytes, shuffled);
      case "scan" -> () -> scan(bytes, end);
      case "scan, in place" -> () -> scanInPlace(bytes, end);
      case "walk" -> () -> walk(bytes, end);
      default -> throw new IllegalArgumentException(row);
    };
  }

  private static long[] starts(Reader bytes, long end) {
    long[] starts = new long[1 << 10];
    int n = 0;
    for (long at = 0; at < end; at += bytes.getInt(at) + OVERHEAD) {
      if (n == starts.length) starts = Arrays.copyOf(starts, 2 * n);
      starts[n++] = at;
    }
    return Arrays.copyOf(starts, n);
  }

  private static long gets(Reader bytes, long[] starts) {
    long sum = 0;
    for (long start : starts) sum += data(bytes, start, bytes.getInt(start))[0];
    return sum;
  }

  private static long getsInPlace(Reader bytes, long[] starts) {
    long sum = 0;
    for (long start : starts) sum += inPlace(bytes, start, bytes.getInt(start));
    return sum;
  }

  private static long scan(Reader bytes, long end) {
    long sum = 0;
    for (long at = 0; at < end; ) {
      byte[] data = data(bytes, at, bytes.getInt(at));
      sum += data[0];
      at += data.length + OVERHEAD;
    }
    return sum;
  }

  private static long scanInPlace(Reader bytes, long end) {
    long sum = 0;
    for (long at = 0; at < end; ) {
      int length = bytes.getInt(at);
      sum += inPlace(bytes, at, length);
      at += length + OVERHEAD;
    }
    return sum;
  }

  private static long walk(Reader bytes, long end) {
    long sum = 0;
    for (long at = 0; at < end; ) {
      int length = bytes.getInt(at);
      check(bytes, at, length);
      sum += length;
      at += length + OVERHEAD;
    }
    return sum;
  }

  private static byte[] data(Reader bytes, long start, int length) {
    byte[] data = new byte[length];
    bytes.copy(start + 4, data);
    check(bytes, start, length);
    return data;
  }

  private static int inPlace(Reader bytes, long start, int length) {
    int seen = bytes.inPlace(start + 4, length);
    check(bytes, start, length);
    return seen;
  }

  private static void check(Reader bytes, long start, int length) {
    long lastLength = start + 4 + length;
    if (bytes.getInt(lastLength) != length || bytes.getLong(lastLength + 4) != lastLength + ENDING_BYTES) {
      throw new IllegalStateException("no frame at " + start);
    }
  }
}
