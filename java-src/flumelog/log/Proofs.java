package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Frame;
import flumelog.protect.GivenSeal;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.HeadSearch;
import flumelog.recovery.LogId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The additional findings of {@link Verification} in a protected log: frames that are not proved, and zeros without a note. */
final class Proofs {
  private static final int MOST_LISTED = 100;
  private static final String CHECKSUM = ":checksum";

  private final Blocks blocks;
  private final Protected by;
  /** Null if the log is not sealed. */
  private final SealAudit seals;
  /** Through which the log is read. */
  private Window window;
  private final Map<Long, String> damaged = new LinkedHashMap<>();
  private final Set<Long> unnoted = new LinkedHashSet<>();
  /** Where frames start that were counted as skipped before their note was found. */
  private final Set<Long> explained = new LinkedHashSet<>();
  private final Set<Long> notYetDeleted = new LinkedHashSet<>();
  /** Where the batch under way starts; -1 if there is none. */
  private long batch = -1;

  Proofs(String path, Blocks blocks, Protected by, GivenSeal given, Supplier<Blocks> now) {
    this.blocks = blocks;
    this.by = by;
    if (!by.isSealed() && given.isChecking()) throw HeadSearch.notSealed(path, by, blocks.end(), given);
    this.seals = by.isSealed() ? new SealAudit(blocks, by, given, now) : null;
  }

  void reading(Window through) {
    window = through;
    if (seals != null) seals.reading(through);
  }

  /** Takes note of a frame, whatever it is. */
  void passed(Frame frame, boolean isProved) {
    if (seals != null) seals.add(frame, isProved, !damaged.isEmpty());
  }

  /** Takes note of bytes in which there is no frame. */
  void passedNoFrame() {
    if (seals != null) seals.breakOff();
  }

  int overhead() {
    return by.overhead();
  }

  /** Whether records can't be opened, since the key is not there. */
  boolean isLocked() {
    return by.isLocked();
  }

  void deleted(long start) {
    unnoted.add(start);
  }

  void unproved(Frame frame) {
    damaged.put(frame.start(), frame.start() == 0 ? ":head" : CHECKSUM);
  }

  void inBatch(long start, boolean hasMore) {
    if (!hasMore) batch = -1;
    else if (batch < 0) batch = start;
  }

  /** A note explains zeros before it, and a record before it that was half overwritten. */
  void own(Frame frame, int kind) {
    if (kind != Kind.NOTE) return;
    for (long offset : by.noted(window, frame)) {
      if (!unnoted.remove(offset) && offset >= 0) notYetDeleted.add(offset);
      if (damaged.remove(offset) != null) explained.add(offset);
    }
  }

  /** Whether the range of bytes was a record whose deletion was interrupted. */
  boolean isExplained(List<Long> range) {
    return explained.contains(range.get(0));
  }

  /** How many of the skipped bytes are of such records. */
  long explainedBytes() {
    return explained.stream().mapToLong(start -> by.framing().sizeAt(blocks, start)).sum();
  }

  void end() {
    if (batch >= 0) damaged.put(batch, ":batch");
    if (seals != null) seals.end(damaged);
  }

  /** Drops what the other proofs, which are of the same log at an earlier moment, have not found. */
  void retain(Proofs earlier) {
    unnoted.retainAll(earlier.unnoted);
    damaged.forEach((start, why) -> {
      if (why.equals(CHECKSUM) && !earlier.damaged.containsKey(start)) explained.add(start);
    });
    damaged.keySet().retainAll(earlier.damaged.keySet());
  }

  boolean isWhole() {
    return damaged.isEmpty() && unnoted.isEmpty();
  }

  void put(Map<String, Object> report) {
    report.put("protect", by.protectionName());
    report.put("log-id", LogId.of(by.head()).toString());
    List<List<Object>> pairs = new ArrayList<>();
    damaged.entrySet().stream().limit(MOST_LISTED).forEach(one -> pairs.add(List.of(one.getKey(), one.getValue())));
    report.put("damaged", pairs);
    report.put("unnoted", unnoted.stream().limit(MOST_LISTED).toList());
    if (seals != null) seals.put(report);
    if (!notYetDeleted.isEmpty()) report.put("not-yet-deleted", notYetDeleted.stream().limit(MOST_LISTED).toList());
  }
}
