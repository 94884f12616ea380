package example;

import flumelog.log.OffsetLog;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Sends the words it is called with, reads them again, and shows what a caller of {@link Messages} sees of a failure. */
@SpringBootApplication
public class Application {
  public static void main(String[] args) {
    SpringApplication.run(Application.class, args);
  }

  /** The log. Spring closes it when the application ends. */
  @Bean
  OffsetLog log(@Value("${messages.path}") Path path) {
    return OffsetLog.open(path);
  }

  @Bean
  CommandLineRunner run(Messages messages) {
    return words -> {
      for (String word : words) {
        long offset = messages.send(word).join();
        System.out.println("message " + offset + ": " + messages.read(offset).join());
      }
      System.out.println("failed: " + messages.read(7).handle((text, failure) -> failure).join());
      System.out.println("the pool's class loader knows the log: " + messages.poolKnowsTheLog().join());
    };
  }
}
