package flumelog.cli;

import picocli.CommandLine.Option;

/** Which records: what is in them. */
final class FilterOptions {
  @Option(names = "--grep", paramLabel = "REGEX", description = "only records whose text, as it is printed, has a match")
  String grep;

  @Option(names = "--where", paramLabel = "QUERY", description = {
      "only records that match, for example '[:= [:value :author] \"x\"]': also :not= :< :<= :> :>= :in :has :and :or :not"})
  String where;
}
