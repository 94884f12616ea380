package flumelog.codec;

/**
 * A codec that can read some fields of a record from its data, without making the value. A view whose keys are paths then need
 * not decode its records.
 *
 * @param <T> the type of the values
 */
public interface FieldCodec<T> extends Codec<T> {
  /**
   * Makes a reader of the fields at these paths.
   *
   * @param paths at least one path; each is an array of keywords, strings and whole numbers from 0 to 2,147,483,647. A
   *     keyword or string is a key of a map, a number is an index of a vector
   * @return a reader that gives for each path exactly what {@code clojure.core/get-in} finds in the decoded value
   */
  FieldReader fields(Object[][] paths);
}
