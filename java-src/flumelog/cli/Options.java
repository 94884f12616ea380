package flumelog.cli;

/** The options that several verbs have, as their help says them. */
final class Options {
  static final String RANGE = """
        --reverse          the newest first
        --gt OFFSET        only records behind this offset
        --gte OFFSET       only records at or behind this offset
        --lt OFFSET        only records before this offset
        --lte OFFSET       only records at or before this offset
      """;

  /** Of verbs that read records in their order. */
  static final String RECORD_KEY = """
        --key KEY          start or end: what offsets mean, where records start, or where they end
      """;

  static final String FILTER = """
        --grep REGEX       only records whose text, as it is printed, has a match
        --where QUERY      only records that match a query, as '[:= [:value :author] "x"]'; also :not=
                           :< :<= :> :>= [:in path [values]] [:has path] :and :or :not
      """;

  static final String CODEC = """
        --codec CODEC      edn, nippy, json, utf8 or bytes; else it is guessed, and told
      """;

  /** Ends with a list of options of which only one can be given. */
  static final String OUTPUT = CODEC + """
        --offsets          print the offset of each record, and a tab, before it

      One of:
        --edn              print values as EDN
        --json             print values as JSON
        --raw              print the bytes of each record as they are, and a line end
        --hex              print the bytes of each record in hexadecimal digits
      """;

  /** As RANGE, for verbs that keep the order of the log. */
  static final String BOUNDS = """
        --gt OFFSET        only records behind this offset
        --gte OFFSET       only records at or behind this offset
        --lt OFFSET        only records before this offset
        --lte OFFSET       only records at or before this offset
        -n, --limit N      at most N records
      """;

  static final String FORMAT = """
        --framing FRAMING   flume or legacy
        --offset-bits BITS  32, 48 or 53
      """;

  /** Of every verb with a log. */
  static final String KEY = """
        --key-file FILE    the key of an encrypted log, as flumelog keygen makes one
        --sign FILE        the private key of a signed log, as flumelog keygen --sign makes one
        --trust FILE       the public key of a signed log: one of another signer is refused
      """;

  /** Of verbs that make a new log: for its key, and for that of the old one. */
  static final String KEYS = """
        --key-file FILE    encrypts TO with this key, as flumelog keygen makes one
        --sign FILE        signs TO with this key, as flumelog keygen --sign makes one
        --from-key-file FILE     the key of LOG, where it is encrypted
      """;

  static final String OLD_FORMAT = """
        --from-framing FRAMING   that of LOG, where it can't be found out
        --from-offset-bits BITS  those of LOG, where they can't be found out
      """;

  /** Of verbs that make a log of another one. */
  static final String PROTECT = """
        --protect PROTECTION  checked: each record with a checksum; sealed: all hashed too; or none; else that of LOG
      """;

  /** Of verbs that work on a file. */
  static final String REPORT = """
        --json             print what was done as JSON; else as EDN
      """;

  static final String LONGEST = """
        --max-record-bytes BYTES  longer records are refused; 67108864 where it is not given
      """;

  /** For every verb that takes a topic. */
  static final String TOPIC = """
        --kafka-config FILE  properties of Kafka's clients, where the log is kafka://HOST:PORT/TOPIC
      """;

  /** For verbs that may make a topic. */
  static final String NEW_TOPIC = """
        --replication N    makes a missing topic, with N copies of each record
        --min-insync N     how many of them must be there before a record counts; N - 1 if absent, but 1 at least
      """;

  /** Of every verb. */
  static final String COMMON = """
        -h, --help         print this help
      """;

  private Options() {}
}
