/**
 * Protection of records: what stands around the data of a record in its frame, and what proves that the data is right.
 *
 * <p>It is for: keys and encryption, and the tree of hashes by which a record is proved to be in a log. All of it works on bytes,
 * and nothing of it reads or writes a file.
 *
 * <p>It may use: {@code error}.
 *
 * <p>Begin with {@link flumelog.protect.RecordCipher} for encryption and with {@link flumelog.protect.Tree} for proofs.
 */
package flumelog.protect;
