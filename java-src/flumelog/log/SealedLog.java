package flumelog.log;

import flumelog.block.Blocks;
import flumelog.engine.Seals;
import flumelog.engine.Watermark;
import flumelog.error.DiskFailures;
import flumelog.error.IdentityFailures;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.frame.Frame;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.protect.TreeHead;
import flumelog.recovery.LogFiles;
import flumelog.recovery.LogTree;
import flumelog.recovery.TreeProofs;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The head and the proofs of a sealed log. The head is worth keeping elsewhere. {@link OffsetLog#sealed} returns this object. */
public final class SealedLog {
  private final OffsetLog log;
  private final LogFiles files;
  private final Blocks blocks;
  private final Watermark watermark;
  /** Null if the log is open for reading. */
  private final Seals seals;

  SealedLog(OffsetLog log, LogFiles files, Blocks blocks, Watermark watermark, Seals seals) {
    this.log = log;
    this.files = files;
    this.blocks = blocks;
    this.watermark = watermark;
    this.seals = seals;
  }

  private Protected by() {
    return files.protection();
  }

  private LogHead head(TreeHead state) {
    return state == null ? null : LogHead.of(state, by().head().id());
  }

  /**
   * What the log is now. A log that is open for writing is first made durable, so that no power loss takes back what the head says. A log
   * that is open for reading tells its last seal if its seals are signed.
   *
   * @return the head; null for a reader of a signed log that has no seal yet
   * @throws LogException {@code CLOSED}; {@code CORRUPT} if the log was changed
   */
  public @Nullable LogHead head() {
    log.checkOpenAndRefresh();
    return seals != null ? head(seals.head()) : head(withReadTree((tree, head) -> head.get()));
  }

  /**
   * Writes a seal behind the last record, unless nothing was appended since the last seal, and makes the log durable.
   *
   * @return the head that the seal says
   * @throws LogException as {@link OffsetLog#append}
   */
  public LogHead seal() {
    log.checkWritable();
    return head(seals.seal());
  }

  /**
   * Proves that a record is in the log. A deleted record can be proved too, without what it was.
   *
   * @param offset of the record
   * @return a proof that holds without the log, in the last seal if that has the record
   * @throws LogException {@code NOT_A_RECORD}; {@code UNAVAILABLE} to a reader of a signed log, if no seal covers the record yet; {@code
   *     CORRUPT} if the log was changed
   */
  public LogProof prove(long offset) {
    log.checkOpenAndRefresh();
    Frame record = log.record(offset);
    LogProof[] proof = {null};
    boolean isInSeal = withTree((tree, head) -> {
      boolean isSealed = tree.lastSeal() != null && offset < tree.lastSeal().end();
      TreeHead in = isSealed ? tree.lastSeal() : head.get();
      proof[0] = in == null || offset >= in.end() ? null : prove(tree, record, in);
      return isSealed;
    });
    if (proof[0] == null) throw RecordFailures.notSealed(files.path(), offset);
    if (!isInSeal && seals != null) log.sync();
    return proof[0];
  }

  private LogProof prove(LogTree tree, Frame record, TreeHead head) {
    Blocks bytes = bytes(tree);
    TreeProofs.OfFrame proof = new TreeProofs(tree, bytes).ofFrame(record.start(), head);
    byte[] data = bytes.read(record.data(), (int) record.length());
    boolean isPresent = data.length > 0 && Kind.isRecord(data[0] & 0xFF);
    return LogProof.ofRecord(record.start(), proof, isPresent ? data : null, by().isEncrypted(), head(head));
  }

  /**
   * Proves that the log goes on from a head that it had.
   *
   * @param old as {@link #head} gave it earlier
   * @return a proof that holds without the log
   * @throws LogException {@code WRONG_LOG} if it does not
   */
  public LogProof prove(LogHead old) {
    Objects.requireNonNull(old, "old");
    log.checkOpenAndRefresh();
    if (!old.id().equals(LogHead.hex(by().head().id()))) throw IdentityFailures.headOfAnother(files.path());
    return withTree((tree, head) -> {
      TreeHead now = head.get();
      List<byte[]> path = now == null ? null : new TreeProofs(tree, bytes(tree)).ofOlder(old.state(), now);
      if (path == null) throw IdentityFailures.notFromHead(files.path(), old.frames(), old.end());
      return LogProof.ofOlder(old, head(now), path);
    });
  }

  /** A log that is open for reading may have kept blocks in which a record is that is deleted now. */
  private Blocks bytes(LogTree tree) {
    return seals != null ? blocks : LogFiles.toScan(files.path(), files.file(), tree.end());
  }

  private <T> T withTree(BiFunction<LogTree, Supplier<TreeHead>, T> work) {
    return seals != null ? seals.withTree(work) : withReadTree(work);
  }

  private synchronized <T> T withReadTree(BiFunction<LogTree, Supplier<TreeHead>, T> work) {
    try {
      LogTree tree = files.treeOf(LogFiles.toScan(files.path(), files.file(), watermark.end()));
      return work.apply(tree, () -> readHead(tree));
    } catch (IOException e) {
      throw DiskFailures.io(files.path(), "reading", e);
    }
  }

  /** A reader can't sign: in a signed log its head is the last seal. */
  private TreeHead readHead(LogTree tree) {
    boolean isSeal = tree.unsealed() == 0 || by().head().signer() != null;
    return isSeal ? tree.lastSeal() : tree.state();
  }
}
