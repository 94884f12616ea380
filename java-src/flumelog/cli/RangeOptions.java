package flumelog.cli;

import picocli.CommandLine.Option;

/** Which records: a range of offsets. */
final class RangeOptions {
  @Option(names = "--reverse", description = "the newest first")
  boolean reverse;

  @Option(names = "--gt", paramLabel = "OFFSET", description = "only records behind this offset")
  Long gt;

  @Option(names = "--gte", paramLabel = "OFFSET", description = "only records at or behind this offset")
  Long gte;

  @Option(names = "--lt", paramLabel = "OFFSET", description = "only records before this offset")
  Long lt;

  @Option(names = "--lte", paramLabel = "OFFSET", description = "only records at or before this offset")
  Long lte;
}
