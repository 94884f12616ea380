import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.BrokerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.raft.DynamicVoters;
import scala.Option;

/**
 * A Kafka broker on the loopback address, for tests and benchmarks. It is broker and controller at once, keeps all in one
 * folder, and makes no topic by itself.
 *
 * <p>{@code Broker FOLDER PORT [SETTING=VALUE | SCRAM-...=[...]]...} formats the folder if it is new, starts the broker and
 * prints its port, which is a free one where PORT is 0. The settings are added to those of this class, or replace them. The
 * users are those of a new folder, as {@code SCRAM-SHA-256=[name=a,password=b]}. It ends with its standard input, so that
 * it does not outlive the process that started it.
 */
final class Broker {
  private static final String LISTENER = "CLIENTS";

  public static void main(String[] words) throws Exception {
    String folder = words[0];
    Properties settings = settings(folder, words[1]);
    List<String> users = new ArrayList<>();
    for (String word : List.of(words).subList(2, words.length)) {
      int at = word.indexOf('=');
      if (word.startsWith("SCRAM-")) users.add(word);
      else settings.put(word.substring(0, at), word.substring(at + 1));
    }
    if (!Files.exists(Path.of(folder, "meta.properties"))) format(folder, users);
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
    server.startup();
    System.out.println(boundPort(server));
    awaitEndOfInput();
    Runtime.getRuntime().halt(0);
  }

  private static void format(String folder, List<String> users) throws Exception {
    Formatter formatter = new Formatter()
        .setPrintStream(new PrintStream(new ByteArrayOutputStream()))
        .setClusterId(Uuid.randomUuid().toString())
        .setNodeId(1)
        .setControllerListenerName("CONTROLLER")
        .addDirectory(folder)
        .setMetadataLogDirectory(folder)
        .setHasDynamicQuorum(true)
        .setInitialControllers(DynamicVoters.parse("1@127.0.0.1:0:" + Uuid.randomUuid()));
    if (!users.isEmpty()) formatter.setScramArguments(users);
    formatter.run();
  }

  private static Properties settings(String folder, String port) {
    Properties settings = new Properties();
    settings.putAll(Map.of(
        "process.roles", "broker,controller",
        "node.id", "1",
        "listeners", LISTENER + "://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:0",
        "listener.security.protocol.map", LISTENER + ":PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name", LISTENER,
        "controller.listener.names", "CONTROLLER",
        "controller.quorum.bootstrap.servers", "127.0.0.1:0",
        "log.dirs", folder,
        "auto.create.topics.enable", "false"));
    // One partition and one copy of what Kafka keeps for itself: else it makes fifty folders, and waits for three brokers.
    for (String of : List.of("transaction.state.log", "offsets.topic", "share.coordinator.state.topic")) {
      settings.put(of + ".replication.factor", "1");
      settings.put(of + ".num.partitions", "1");
    }
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("share.coordinator.state.topic.min.isr", "1");
    settings.put("log.cleaner.dedupe.buffer.size", "2097152"); // else 128 MiB of heap
    settings.put("num.io.threads", "2");
    settings.put("num.network.threads", "1");
    return settings;
  }

  /** The port that was bound, which Kafka tells only to itself. */
  private static int boundPort(KafkaRaftServer server) throws ReflectiveOperationException {
    Field field = KafkaRaftServer.class.getDeclaredField("broker");
    field.setAccessible(true);
    BrokerServer broker = (BrokerServer) ((Option<?>) field.get(server)).get();
    return broker.boundPort(new ListenerName(LISTENER));
  }

  private static void awaitEndOfInput() {
    try {
      while (System.in.read() >= 0) continue;
    } catch (IOException e) {
      // The other end is gone, which is an end too.
    }
  }
}
