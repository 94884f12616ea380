package flumelog.cli;

/** The verb view. */
final class View {
  static final String HELP = """
      Usage: flumelog view LOG ACTION [NAME] [WHAT] [OPTIONS]
      Asks the views of a log. ACTION is one of

        status             how far each view is, or the one with the NAME
        lookup             the records that the index NAME has under the key WHAT, or in a range of keys, as '{:gte 1 :lt 9}'
        query              the records that match the query WHAT of the bitmap NAME, newest first
        rebuild            build the view NAME, or all, anew from the log

      All but rebuild write nothing, and take no lock: a program may have the log and the views open meanwhile. They read the
      files of the views, and from the log what came since. For rebuild no program may have the folder of the views open.

        --views FILE       the views by field paths, as EDN, as {:by-author {:kind :index :keys [[:value :author]]}}
        --dir FOLDER       where a program keeps its views; without it lookup and query read all of the log
        -n, --limit N      at most N records
        --reverse          in the other order
        --count            print only how many there are
      """ + Options.OUTPUT + """

      Examples:
        flumelog view messages.log lookup by-author '"alice"' --views views.edn --dir views --limit 10
        flumelog view messages.log query fields '[:and [:= :type "post"] [:not [:= :author "bob"]]]' --views views.edn
      """;

  private View() {}
}
