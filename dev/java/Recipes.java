import com.fasterxml.jackson.databind.ObjectMapper;
import flumelog.codec.Codec;
import flumelog.codec.Codecs;
import flumelog.log.Entry;
import flumelog.log.LiveCursor;
import flumelog.log.LiveOptions;
import flumelog.log.Log;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import flumelog.log.Range;
import flumelog.log.TypedEntry;
import flumelog.log.TypedLog;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reactivex.rxjava3.core.Flowable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.reactivestreams.FlowAdapters;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/** The recipes of doc/java.md, with libraries that flumelog does not need. Its argument is a folder. */
public final class Recipes {
  private Recipes() {}

  record Order(String id, int cents) {}

  /** Orders as text. */
  static final class OrderCodec implements Codec<Order> {
    @Override
    public byte[] encode(Order order) throws IOException {
      return Codecs.utf8(order.id() + " " + order.cents());
    }

    @Override
    public Order decode(byte[] data) throws IOException {
      String[] parts = Codecs.string(data, 0, data.length).split(" ");
      return new Order(parts[0], Integer.parseInt(parts[1]));
    }
  }

  /** Values of a class as JSON, by Jackson. */
  static final class JsonCodec<T> implements Codec<T> {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private final Class<T> type;

    JsonCodec(Class<T> type) {
      this.type = type;
    }

    @Override
    public byte[] encode(T value) throws IOException {
      return MAPPER.writeValueAsBytes(value);
    }

    @Override
    public T decode(byte[] data) throws IOException {
      return MAPPER.readValue(data, type);
    }
  }

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    try (OffsetLog log = OffsetLog.open(folder.resolve("text.log"))) {
      log.appendAll(List.of(data("a"), data("b"), data("c")));
      log.sync();
      react(log);
      keepThePlace(log);
      measure(log);
    }
    typed(folder, new OrderCodec(), "orders.log");
    typed(folder, new JsonCodec<>(Order.class), "orders.json.log");
  }

  private static void react(OffsetLog log) {
    Flux<Entry> live = JdkFlowAdapter.flowPublisherToFlux(log.live(LiveOptions.all()));
    Flux<Entry> bounded = Flux.fromStream(() -> log.stream(Range.all().atMost(100)));
    Flowable<Entry> flowable = Flowable.fromPublisher(FlowAdapters.toPublisher(log.live(LiveOptions.all())));
    System.out.println("Reactor, live: " + live.map(Recipes::text).take(3).collectList().block());
    System.out.println("Reactor, bounded: " + bounded.map(Recipes::text).collectList().block());
    System.out.println("RxJava, live: " + flowable.map(Recipes::text).take(3).toList().blockingGet());
  }

  /** Counts the records in a database, which also has the offset of the last one that it counts. */
  private static void keepThePlace(Log log) throws SQLException, InterruptedException {
    try (Connection db = DriverManager.getConnection("jdbc:h2:mem:"); Statement setUp = db.createStatement()) {
      setUp.execute("create table counted (n bigint, last_offset bigint)");
      setUp.execute("insert into counted values (0, -1)");
      db.setAutoCommit(false);
      count(log, db, 2);
      count(log, db, Long.MAX_VALUE);
      System.out.println("counted: " + number(db, "select n from counted"));
    }
  }

  private static void count(Log log, Connection db, long most) throws SQLException, InterruptedException {
    try (PreparedStatement step = db.prepareStatement("update counted set n = n + 1, last_offset = ?")) {
      long last = number(db, "select last_offset from counted");
      LiveCursor cursor = new LiveCursor(log, LiveOptions.all().after(last).onlyDurable());
      for (long n = 0; n < most && cursor.next(0); n++) {
        step.setLong(1, cursor.offset());
        step.executeUpdate();            // the work and the offset of its record,
        db.commit();                     // in one transaction
      }
    }
  }

  private static long number(Connection db, String query) throws SQLException {
    try (Statement statement = db.createStatement(); ResultSet result = statement.executeQuery(query)) {
      result.next();
      return result.getLong(1);
    }
  }

  private static void measure(Log log) {
    MeterRegistry registry = new SimpleMeterRegistry();
    bind(log, registry);
    System.out.println("appends: " + registry.get("flumelog.appends").functionCounter().count());
  }

  static void bind(Log log, MeterRegistry registry) {
    for (String name : List.of("appends", "appended-bytes", "forces", "cache-misses")) {
      FunctionCounter.builder("flumelog." + name, log, l -> count(l, name)).tag("log", log.path()).register(registry);
    }
    Gauge.builder("flumelog.waiting", log, l -> count(l, "waiting")).tag("log", log.path()).register(registry);
    Gauge.builder("flumelog.longest-force", log, l -> count(l, "longest-force-nanos") / 1e9).tag("log", log.path()).register(registry);
  }

  static double count(Log log, String name) {
    return log.info().get(name) instanceof Long count ? count : 0;
  }

  private static void typed(Path folder, Codec<Order> codec, String name) {
    try (TypedLog<Order> log = TypedLog.open(folder.resolve(name), LogOptions.defaults(), codec)) {
      long offset = log.append(new Order("o-1", 250));
      log.appendAll(List.of(new Order("o-2", 100), new Order("o-3", 50)));
      System.out.println(log.fetch(offset));
      System.out.println(log.stream().map(TypedEntry::value).mapToInt(Order::cents).sum());
    }
  }

  private static byte[] data(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Entry entry) {
    return new String(entry.data(), StandardCharsets.UTF_8);
  }
}
