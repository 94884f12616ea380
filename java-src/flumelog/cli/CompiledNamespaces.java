package flumelog.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/**
 * The class loader with which Clojure loads namespaces. Clojure looks for three files of each namespace before it loads it, and the
 * search goes through all jars, whose lists of thousands of files take longer to read than most commands run. For a namespace
 * that is compiled, this loader answers without a search: its class is in the archive of classes.
 */
final class CompiledNamespaces extends ClassLoader {
  private static final String CLASS = "__init.class";

  private final ClassLoader classes;
  /**
   * The file of Clojure's jar with its version, which it reads when it starts. bin/compile-cli lays it beside the jars, where there
   * are no other files that Clojure reads then. Null elsewhere.
   */
  private final @Nullable Path version;

  CompiledNamespaces(ClassLoader classes) {
    super(classes);
    this.classes = classes;
    this.version = version();
  }

  private static @Nullable Path version() {
    try {
      Path file = Path.of(here().toURI()).resolveSibling("clojure-version.properties");
      return Files.exists(file) ? file : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    return classes.loadClass(name);
  }

  /** Of a namespace that is compiled, the file with its class is somewhere, and there is none with its source. */
  @Override
  public @Nullable URL getResource(String name) {
    if (name.endsWith(CLASS) && isCompiled(name.substring(0, name.length() - CLASS.length()))) return here();
    if (name.endsWith(".clj") && isCompiled(name.substring(0, name.length() - 4))) return null;
    if (name.endsWith(".cljc") && isCompiled(name.substring(0, name.length() - 5))) return null;
    return super.getResource(name);
  }

  private static URL here() {
    return CompiledNamespaces.class.getProtectionDomain().getCodeSource().getLocation();
  }

  private boolean isCompiled(String namespace) {
    try {
      return classes.loadClass(namespace.replace('/', '.') + "__init") != null;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Override
  public @Nullable InputStream getResourceAsStream(String name) {
    if (version == null || !name.equals("clojure/version.properties")) return super.getResourceAsStream(name);
    try {
      return Files.newInputStream(version);
    } catch (IOException e) {
      return super.getResourceAsStream(name);
    }
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    return version != null && name.startsWith("data_readers.clj") ? Collections.emptyEnumeration() : super.getResources(name);
  }
}
