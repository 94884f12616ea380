/**
 * What only an author of a back end needs.
 *
 * <p>It is for: {@link flumelog.spi.LastOffset}, which a back end moves and everybody else sees as a {@code Since}.
 *
 * <p>It may use: all packages but {@code coll} and {@code value}.
 *
 * <p>Begin with {@code doc/back-ends.md}.
 */
@NullMarked
package flumelog.spi;

import org.jspecify.annotations.NullMarked;
