/**
 * Fields of records: a path such as {@code [:value :author]} leads to one value in a record.
 *
 * <p>It is for: views, whose keys are often such fields. A codec that implements {@link flumelog.codec.FieldCodec} reads them from the
 * bytes. For other codecs the value is decoded.
 *
 * <p>It may use: {@code error}, {@code codec} and {@code value}, and {@code clojure.lang}, to look into values and to make them.
 *
 * <p>Begin with {@link flumelog.field.Fields}. {@link flumelog.field.JsonFields} reads JSON: it walks along a
 * {@link flumelog.field.FieldTree}, and steps over what no path needs with {@link flumelog.field.JsonText}. {@link flumelog.field.JsonValues}
 * takes the same steps, and makes all of the value.
 */
@NullMarked
package flumelog.field;

import org.jspecify.annotations.NullMarked;
