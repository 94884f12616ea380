package flumelog.cli;

import picocli.CommandLine.Parameters;

/** A verb whose first argument is a log. */
abstract class LogVerb extends Verb {
  @Parameters(index = "0", paramLabel = "LOG", description = "the file of the log")
  String log;
}
