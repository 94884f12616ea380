package flumelog.log;

import flumelog.codec.Codec;
import flumelog.error.LogException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The options that any log has, whatever it is kept in. They are for authors of back ends; {@link LogOptions} has them too, beside
 * those of a file.
 *
 * @param codec between values and data; it is for {@link Log#info}, since a log takes and gives bytes
 * @param writable whether the log is opened for writing
 * @param maxRecordBytes the largest number of bytes of data in a record
 * @param protection how the log is to be protected; null for the protection that it has
 */
public record CommonOptions(Codec<?> codec, boolean writable, int maxRecordBytes, @Nullable Protection protection) {
  private static final Map<String, Option<?>> KNOWN =
      Option.known(LogOptions.CODEC, LogOptions.MODE, LogOptions.MAX_RECORD_BYTES, LogOptions.PROTECT);

  /**
   * Checks that there is a codec.
   *
   * @param codec between values and data
   * @param writable whether the log is opened for writing
   * @param maxRecordBytes the largest number of bytes of data in a record
   * @param protection how the log is to be protected; null for the protection that it has
   */
  public CommonOptions {
    Objects.requireNonNull(codec, "codec");
  }

  /**
   * Reads {@code :codec}, {@code :mode}, {@code :max-record-bytes} and {@code :protect} from a map of options, as {@link
   * LogOptions#of(Map)} does. The map may have no other keys but those of the back end.
   *
   * @param map the options; null is an empty one
   * @param others the keys of the back end's own options, with their colons; their values are not looked at
   * @param maxRecordBytes the maximum if the map has none
   * @return the options; an absent one has its default
   * @throws LogException {@code BAD_OPTION}; its sentence says which keys or values are allowed
   */
  public static CommonOptions of(@Nullable Map<?, ?> map, List<String> others, int maxRecordBytes) {
    OptionMap given = OptionMap.of(map, KNOWN, others);
    Protection protection = given.has(LogOptions.PROTECT)
        ? LogOptions.protection(given.raw(LogOptions.PROTECT), given.written(LogOptions.PROTECT)) : null;
    int most = given.has(LogOptions.MAX_RECORD_BYTES) ? given.get(LogOptions.MAX_RECORD_BYTES) : maxRecordBytes;
    return new CommonOptions(given.get(LogOptions.CODEC), given.get(LogOptions.MODE).equals(":read-write"), most, protection);
  }
}
