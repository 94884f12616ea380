package flumelog.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "cat", description = "Prints records, one a line, the oldest first.", footer = {
    "", "Examples:",
    "  flumelog cat messages.log --reverse --limit 10",
    "  flumelog cat messages.log --where '[:= [:value :author] \"x\"]' --json --offsets"})
final class Cat extends LogVerb {
  @Mixin
  RangeOptions range;

  @Option(names = {"-n", "--limit"}, paramLabel = "N", description = "at most N records")
  Long limit;

  @Mixin
  FilterOptions filter;

  @Mixin
  OutputOptions output;
}
