/**
 * An open log at work: appends in turn, forces, look-ups, following another writer, and announcing new records.
 *
 * <p>It is for: the work of several threads on one open log at the same time.
 *
 * <p>It may use: {@code error}, {@code file}, {@code block}, {@code frame}, {@code recovery}. It knows no options and no API.
 *
 * <p>Begin with {@link flumelog.engine.Writer}, where appends meet; then {@link flumelog.engine.Watermark}, which
 * announces them, and {@link flumelog.engine.Durability}, which makes them durable. {@link flumelog.engine.Lookup}
 * finds records by their offsets, and {@link flumelog.engine.Follower} takes in what another process appends. The table
 * of the locks is in {@code doc/architecture.md}. Decisions: ADR 6, 14, 17, 28.
 */
package flumelog.engine;
