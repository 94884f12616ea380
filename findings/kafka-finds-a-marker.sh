#!/bin/sh
# Kafka answers a search by time, and for the newest time, with the offset of the marker that ends a transaction, which is no record: a
# reader that goes there finds nothing, or the record behind it. `offsetsForTimes` for a time after the last record should give
# null, as "no such message"; it gives that offset, with the time of the commit, so a program that takes null for "nothing since" waits for a
# record that is not there. Readers of committed records are answered so as well.
#
# Seen with Kafka 4.4.0 (broker, controller and client) on Java 17, three transactions of one record each:
#
#   records at 0, 2, 4; offsetsForTimes right after each record: 1, 3, 5; the offset of the newest time: 5; records from there on: 0
#
# Needs a JDK of version 17 or later and Maven. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v mvn >/dev/null && command -v javac >/dev/null || { echo "needs a JDK and Maven"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

cat > "$tmp/pom.xml" <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
XML
(cd "$tmp" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=lib >/dev/null) || exit 2

cat > "$tmp/Server.java" <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.raft.DynamicVoters;

public class Server {
  public static void main(String[] args) throws Exception {
    Properties p = new Properties();
    String[][] settings = {{"process.roles", "broker,controller"}, {"node.id", "1"},
        {"listeners", "PLAINTEXT://127.0.0.1:" + args[1] + ",CONTROLLER://127.0.0.1:0"}, {"controller.listener.names", "CONTROLLER"},
        {"controller.quorum.bootstrap.servers", "127.0.0.1:0"}, {"log.dirs", args[0]}, {"offsets.topic.replication.factor", "1"},
        {"transaction.state.log.replication.factor", "1"}, {"transaction.state.log.min.isr", "1"},
        {"transaction.state.log.num.partitions", "1"}, {"log.cleaner.dedupe.buffer.size", "2097152"},
        {"broker.session.timeout.ms", "2000"}, {"broker.heartbeat.interval.ms", "300"}};
    for (String[] one : settings) p.put(one[0], one[1]);
    if (!Files.exists(Path.of(args[0], "meta.properties"))) {
      new Formatter().setPrintStream(System.err).setClusterId(Uuid.randomUuid().toString()).setNodeId(1)
          .setControllerListenerName("CONTROLLER").addDirectory(args[0]).setMetadataLogDirectory(args[0]).setHasDynamicQuorum(true)
          .setInitialControllers(DynamicVoters.parse("1@127.0.0.1:0:" + Uuid.randomUuid())).run();
    }
    new KafkaRaftServer(new KafkaConfig(p, false), Time.SYSTEM).startup();
    Thread.sleep(Long.MAX_VALUE);
  }
}
JAVA
cat > "$tmp/Times.java" <<'JAVA'
import java.io.File;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Times {
  static final TopicPartition LOG = new TopicPartition("log", 0);

  public static void main(String[] args) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) { port = free.getLocalPort(); }
    String servers = "127.0.0.1:" + port;
    Process server = new ProcessBuilder("java", "-Xmx256m", "-cp", System.getProperty("java.class.path"), "Server", args[0], "" + port)
        .redirectErrorStream(true).redirectOutput(new File(args[0] + ".said")).start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        server.destroyForcibly().waitFor();
      } catch (InterruptedException e) {
        // This JVM ends anyway.
      }
    }));
    List<Long> records = new ArrayList<>();
    List<Long> found = new ArrayList<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers));
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", servers, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      admin.createTopics(List.of(new NewTopic("log", 1, (short) 1))).all().get();
      List<Long> times = append(servers, records);
      for (long time : times) {
        OffsetAndTimestamp answer = consumer.offsetsForTimes(Map.of(LOG, time + 1)).get(LOG);
        found.add(answer == null ? -1 : answer.offset());
      }
      long newest = admin.listOffsets(Map.of(LOG, OffsetSpec.maxTimestamp()), new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
          .partitionResult(LOG).get().offset();
      consumer.assign(List.of(LOG));
      consumer.seek(LOG, newest);
      int behind = 0;
      for (int poll = 0; poll < 5; poll++) behind += consumer.poll(Duration.ofSeconds(1)).count();
      String said = "records at " + text(records) + "; offsetsForTimes right after each record: " + text(found)
          + "; the offset of the newest time: " + newest + "; records from there on: " + behind;
      System.out.println(said);
      System.exit(said.equals("records at 0, 2, 4; offsetsForTimes right after each record: 1, 3, 5; the offset of the newest time: 5; "
          + "records from there on: 0") ? 0 : 1);
    }
  }

  /** Appends three records, each in a transaction, and returns their times. */
  static List<Long> append(String servers, List<Long> offsets) throws Exception {
    List<Long> times = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(Map.of("bootstrap.servers", servers, "transactional.id", "a"),
        new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      for (int n = 0; n < 3; n++) {
        producer.beginTransaction();
        RecordMetadata record = producer.send(new ProducerRecord<>("log", new byte[] {1})).get();
        Thread.sleep(50); // the marker is later than the record
        producer.commitTransaction();
        Thread.sleep(300);
        offsets.add(record.offset());
        times.add(record.timestamp());
      }
    }
    return times;
  }

  static String text(List<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
JAVA
mkdir "$tmp/classes"
javac -proc:none -nowarn -cp "$tmp/lib/*" -d "$tmp/classes" "$tmp/Server.java" "$tmp/Times.java"
java -cp "$tmp/classes:$tmp/lib/*" Times "$tmp/data"
