import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How long commands take from start to end, beside `java -version` and the shell of SQLite: bin/bench --cli [ROUNDS].
 *
 * <p>Each round runs every command once, so that what else the machine does meets all alike. The ratio is that of the medians. The
 * targets are 2.5 for info and --help, and 5 for the other verbs.
 */
final class Cli {
  /** @param fresh files that are deleted before each run, because the command makes them or changes them */
  private record Row(String name, double target, String input, List<Path> fresh, String... command) {}

  private final List<Row> rows = new ArrayList<>();
  private final Path folder;

  private Cli(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length == 0 ? 21 : Integer.parseInt(arguments[0]);
    Path folder = Files.createTempDirectory("flumelog-bench");
    try {
      new Cli(folder).run(rounds);
    } finally {
      for (File file : folder.toFile().listFiles()) file.delete();
      Files.delete(folder);
    }
  }

  private void run(int rounds) throws Exception {
    String java = System.getenv().getOrDefault("JAVA_CMD", "java");
    String log = folder.resolve("a.log").toString();
    once("{\"n\":1}\n".repeat(1000), "bin/flumelog", "append", log, "--codec", "json", "--json");
    String few = folder.resolve("few.log").toString();
    once("{\"n\":1}\n".repeat(10), "bin/flumelog", "append", few, "--codec", "json", "--json");
    add("java -version", 0, java, "-version");
    add("flumelog --help", 2.5, "bin/flumelog", "--help");
    add("flumelog cat --help", 2.5, "bin/flumelog", "cat", "--help");
    add("flumelog info LOG", 2.5, "bin/flumelog", "info", log);
    add("flumelog cat LOG --limit 1", 5, "bin/flumelog", "cat", log, "--limit", "1");
    add("flumelog cat LOG --where ...", 5, "bin/flumelog", "cat", log, "--where", "[:= :n 1]", "--limit", "1");
    add("flumelog tail LOG -n 1", 5, "bin/flumelog", "tail", log, "-n", "1");
    add("flumelog get LOG 0", 5, "bin/flumelog", "get", log, "0");
    rows.add(new Row("flumelog append LOG, a line", 5, "{\"n\":1}\n", List.of(), "bin/flumelog", "append", log, "--json"));
    add("flumelog verify LOG", 5, "bin/flumelog", "verify", log);
    add("flumelog stats LOG, 10 records", 5, "bin/flumelog", "stats", few);
    addViews(few);
    add("flumelog export LOG --limit 1", 5, "bin/flumelog", "export", log, "--limit", "1");
    add("flumelog recover LOG --dry-run", 5, "bin/flumelog", "recover", log, "--dry-run");
    for (String verb : new String[] {"backup", "copy", "convert", "salvage"}) {
      String made = folder.resolve(verb + ".log").toString();
      rows.add(new Row("flumelog " + verb + " LOG TO", 5, "", filesOf(made), "bin/flumelog", verb, few, made));
    }
    String spare = folder.resolve("spare.log").toString();
    once("", "bin/flumelog", "copy", few, spare);
    add("flumelog compact LOG", 5, "bin/flumelog", "compact", spare);
    add("flumelog delete LOG 0", 5, "bin/flumelog", "delete", spare, "0");
    if (exists("sqlite3")) addSqlite();
    else System.out.println("sqlite3 is missing: it is in Debian's package sqlite3.");
    print(measured(rounds));
  }

  private void addViews(String log) throws IOException {
    Path views = folder.resolve("views.edn");
    Files.writeString(views, "{:by-n {:kind :index :keys [[:n]]}}");
    add("flumelog view LOG status", 5, "bin/flumelog", "view", log, "status", "--views", views.toString());
    add("flumelog view LOG lookup", 5, "bin/flumelog", "view", log, "lookup", "by-n", "1", "--views", views.toString());
  }

  private static List<Path> filesOf(String log) {
    return Stream.of("", ".checkpoint", ".lock", ".moves", ".offsets").map(end -> Path.of(log + end)).toList();
  }

  private void addSqlite() throws Exception {
    String db = folder.resolve("a.db").toString();
    once("create table t(v); insert into t select '{\"n\":1}' from generate_series(1, 1000);\n", "sqlite3", db);
    add("sqlite3 --version", 0, "sqlite3", "--version");
    add("sqlite3 DB 'select ... limit 1'", 0, "sqlite3", db, "select * from t limit 1");
    add("sqlite3 DB 'insert ...'", 0, "sqlite3", db, "insert into t values ('{\"n\":1}')");
  }

  private void add(String name, double target, String... command) {
    rows.add(new Row(name, target, "", List.of(), command));
  }

  private static void once(String input, String... command) throws Exception {
    time(new Row("", 0, input, List.of(), command));
  }

  private static boolean exists(String command) {
    try {
      return new ProcessBuilder(command, "--version").redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  private double[][] measured(int rounds) throws Exception {
    double[][] millis = new double[rows.size()][rounds];
    for (int round = -1; round < rounds; round++) {       // the first round fills the caches
      for (int i = 0; i < rows.size(); i++) {
        double time = time(rows.get(i));
        if (round >= 0) millis[i][round] = time;
      }
    }
    for (double[] times : millis) Arrays.sort(times);
    return millis;
  }

  /** Milliseconds from start to end. */
  private static double time(Row row) throws Exception {
    for (Path file : row.fresh()) Files.deleteIfExists(file);
    long start = System.nanoTime();
    Process process = new ProcessBuilder(row.command()).redirectErrorStream(true).start();
    try (var in = process.getOutputStream()) {
      in.write(row.input().getBytes());
    }
    process.getInputStream().readAllBytes();
    process.waitFor();
    return (System.nanoTime() - start) / 1e6;
  }

  private void print(double[][] millis) {
    int rounds = millis[0].length;
    System.out.printf(Locale.ROOT, "%n%-34s %9s %9s %12s %7s%n", rounds + " rounds, milliseconds", "least", "median", "/ java", "target");
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      System.out.printf(Locale.ROOT, "%-34s %9.1f %9.1f %12.1f %7s%n", row.name(), millis[i][0], millis[i][rounds / 2],
          millis[i][rounds / 2] / millis[0][rounds / 2], row.target() == 0 ? "" : row.target());
    }
  }
}
