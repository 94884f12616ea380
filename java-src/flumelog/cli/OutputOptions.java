package flumelog.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How values are read and printed. */
final class OutputOptions {
  @Option(names = "--codec", paramLabel = "CODEC", description = "edn, nippy, json, utf8 or bytes; else it is guessed, and told")
  String codec;

  @ArgGroup
  Form form;

  @Option(names = "--offsets", description = "print the offset of each record and a tab before it")
  boolean offsets;

  /** At most one of these. */
  static final class Form {
    @Option(names = "--edn", description = "print values as EDN")
    boolean edn;

    @Option(names = "--json", description = "print values as JSON")
    boolean json;

    @Option(names = "--raw", description = "print the bytes of each record as they are, and a line end")
    boolean raw;

    @Option(names = "--hex", description = "print the bytes of each record in hexadecimal digits")
    boolean hex;
  }
}
