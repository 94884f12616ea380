package flumelog.cli;

import flumelog.error.CommandFailures;
import flumelog.log.LogProof;
import java.util.Map;

/** The verb prove. */
final class Prove {
  static final String HELP = """
      Usage: flumelog prove LOG [OFFSET] [OPTIONS]
      Prints a proof that the record at the offset is in a sealed log, or that the log goes on from a head. flumelog.core/proves? checks it
      without the log.

        --head FILE        prove that the log goes on from this head, as flumelog head prints it
        --json             print the proof as JSON; else as EDN

      Examples:
        flumelog prove messages.log 4096 > record.proof
        flumelog prove messages.log --head messages.head
      """;

  private Prove() {}

  static int run(Map<String, Object> given) throws Exception {
    if (given.containsKey("offset") == given.containsKey("head")) throw CommandFailures.usedWrongly("prove", "it takes an OFFSET or --head");
    return Reading.runOnFile(given, log -> {
      LogProof proof = given.containsKey("head") ? log.sealed().prove(HeadFile.read((String) given.get("head")))
          : log.sealed().prove((Long) given.get("offset"));
      Output.print(Facts.text(proof, given.containsKey("json")) + "\n");
      return ExitCode.FINE;
    });
  }
}
