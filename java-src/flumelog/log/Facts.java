package flumelog.log;

import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Facts by name, which the classes that extend it also give by methods. It is an unmodifiable map. Later versions may have more
 * facts and more methods.
 */
abstract class Facts extends AbstractMap<String, Object> {
  private final Map<String, Object> facts;

  Facts(Map<String, Object> facts) {
    this.facts = Collections.unmodifiableMap(facts);
  }

  /** {@return all facts by their names in Clojure} */
  public Map<String, Object> asMap() {
    return facts;
  }

  @Override
  public Set<Map.Entry<String, Object>> entrySet() {
    return facts.entrySet();
  }

  @Override
  public Object get(Object name) {
    return facts.get(name);
  }

  @Override
  public boolean containsKey(Object name) {
    return facts.containsKey(name);
  }

  String text(String name) {
    return (String) facts.get(name);
  }

  /** The number; 0 if there is no such fact. */
  long number(String name) {
    return facts.get(name) instanceof Number number ? number.longValue() : 0;
  }

  boolean flag(String name) {
    return Boolean.TRUE.equals(facts.get(name));
  }

  Optional<String> textIfAny(String name) {
    return Optional.ofNullable(text(name));
  }

  OptionalLong numberIfAny(String name) {
    return containsKey(name) ? OptionalLong.of(number(name)) : OptionalLong.empty();
  }

  Optional<Path> pathIfAny(String name) {
    return textIfAny(name).map(Path::of);
  }

  Optional<Format> format() {
    return textIfAny("framing").map(framing -> framing.equals("flume") ? Format.FLUME : Format.LEGACY);
  }

  Optional<OffsetWidth> offsetWidth() {
    return Optional.ofNullable(OffsetWidth.ofBits(number("offset-bits")));
  }
}
