/**
 * Protection of records: the envelope around the data of a record in its frame, and the proof that this record was appended to this log at
 * this offset.
 *
 * <p>It is for: the kinds of frames, the head record, the envelope of each record, and deletion notes; keys and encryption; and the
 * tree of hashes by which a record is proved to be in a log. Nothing of it writes a file.
 *
 * <p>It may use: {@code error}, {@code file}, {@code block}, {@code frame}.
 *
 * <p>Begin with {@link flumelog.protect.Envelope}, of which each way to protect has one, and {@link flumelog.protect.Protected}; then with
 * {@link flumelog.protect.RecordCipher} for encryption and with {@link flumelog.protect.Tree} for proofs. Format: {@code
 * doc/format.md}. Promises: {@code doc/protection.md}. Decisions: ADR 40, ADR 42.
 */
package flumelog.protect;
