package example;

import static java.nio.charset.StandardCharsets.UTF_8;

import flumelog.log.Log;
import java.util.concurrent.CompletableFuture;
import org.springframework.stereotype.Service;

/** Texts in a log. Reading is done by the threads of the common pool. */
@Service
class Messages {
  private final Log log;

  Messages(Log log) {
    this.log = log;
  }

  CompletableFuture<Long> send(String text) {
    return log.appendAsync(text.getBytes(UTF_8));
  }

  CompletableFuture<String> read(long offset) {
    return CompletableFuture.supplyAsync(() -> new String(log.fetch(offset), UTF_8));
  }

  /**
   * Whether the context class loader of the pool's threads finds the classes of the log. In an application that runs from one
   * jar it does not, because it is the loader of the JVM, which knows no jars within a jar. The log must work without.
   */
  CompletableFuture<Boolean> poolKnowsTheLog() {
    return CompletableFuture.supplyAsync(() ->
        Thread.currentThread().getContextClassLoader().getResource("flumelog/log/Log.class") != null);
  }
}
