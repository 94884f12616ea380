package flumelog.log;

/**
 * A record of a {@link TypedLog}: its key and its value.
 *
 * @param offset the key of the record, see {@link Log}
 * @param value the value of the record, decoded
 * @param <T> the type of the values
 */
public record TypedEntry<T>(long offset, T value) {}
