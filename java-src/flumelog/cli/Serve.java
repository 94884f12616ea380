package flumelog.cli;

/** The verb serve. */
final class Serve {
  static final String HELP = """
      Usage: flumelog serve LOG [OPTIONS]
      Shows a log in the browser: prints the address of a page, and serves it until it is interrupted. The page only reads. The address
      has a token in it, without which nothing is answered.

        -p, --port N       the port; else any that is free
        --address ADDRESS  where to listen; else 127.0.0.1, which no other machine reaches. Nothing is encrypted
        --open             open the page in the browser
      """ + Options.CODEC + """

      Examples:
        flumelog serve messages.log --open
        flumelog serve messages.log --port 8080 --codec json
      """;

  private Serve() {}
}
