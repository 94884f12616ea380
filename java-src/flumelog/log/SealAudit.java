package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Frame;
import flumelog.protect.Frontier;
import flumelog.protect.GivenSeal;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.protect.Tree;
import flumelog.protect.TreeHead;
import flumelog.recovery.FrameLeaves;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Hashes all frames of a sealed log, and compares the result with its seals, and with a head that was kept. */
final class SealAudit {
  private static final String ROOT = ":root";
  private static final String SIGNATURE = ":signature";

  private final Protected by;
  private final GivenSeal given;
  private final byte[] signer;
  private final FrameLeaves leaves;
  private final Frontier frontier = new Frontier(new Tree());
  private final Map<Long, String> damaged = new LinkedHashMap<>();
  private Window window;
  private long end;
  private long seals;
  private long signed;
  /** Where the last seal ends that holds. */
  private long sealedEnd;
  /** Whether frames are missing, so that nothing behind them has a number. */
  private boolean isBrokenOff;
  private boolean isKeptFound;

  SealAudit(Blocks blocks, Protected by, GivenSeal given, Supplier<Blocks> now) {
    this.by = by;
    this.given = given;
    this.signer = by.head().signer();
    this.leaves = new FrameLeaves(by, blocks, now);
    if (given.trust() != null && !Arrays.equals(given.trust(), signer)) damaged.put(0L, SIGNATURE);
  }

  void reading(Window through) {
    window = through;
  }

  void breakOff() {
    isBrokenOff = true;
  }

  /**
   * Hashes a frame.
   *
   * @param isProved whether it is one that was written to this log at this offset, and is not zeros
   * @param isDamaged whether damage was found before, so that it is no news that a seal does not hold
   */
  void add(Frame frame, boolean isProved, boolean isDamaged) {
    if (isBrokenOff) return;
    lookForKept();
    if (isProved && window.uint(frame.data(), 1) == Kind.SEAL) addSeal(frame, isDamaged);
    byte[] leaf = leaves.leaf(window, frame, isProved);
    frontier.add(leaf == null ? new byte[Tree.HASH_BYTES] : leaf);
    end = frame.end();
  }

  private void addSeal(Frame frame, boolean isDamaged) {
    seals++;
    TreeHead said = by.sealed(window, frame);
    boolean holds = said != null && said.end() == frame.start() && said.size() == frontier.size() && Arrays.equals(said.root(), frontier.root());
    boolean isSigned = signer == null || holds && said.isSignedBy(signer, by.head().id());
    if (isSigned && signer != null) signed++;
    if (holds && isSigned) sealedEnd = frame.end();
    else if (!isDamaged && damaged.isEmpty()) damaged.put(frame.start(), holds ? SIGNATURE : ROOT);
  }

  private void lookForKept() {
    TreeHead kept = given.kept();
    boolean isPlace = kept != null && !isKeptFound && frontier.size() == kept.size() && end == kept.end();
    if (isPlace) isKeptFound = Arrays.equals(kept.root(), frontier.root());
  }

  /** Adds what was found to the damage of the log. */
  void end(Map<Long, String> all) {
    lookForKept();
    if (given.kept() != null && !isOfLog()) damaged.putIfAbsent(0L, ":head");
    else if (given.kept() != null && !isKeptSigned()) damaged.putIfAbsent(0L, SIGNATURE);
    else if (given.kept() != null && !isKeptFound) damaged.putIfAbsent(Math.min(given.kept().end(), end), ":rolled-back");
    damaged.forEach(all::putIfAbsent);
  }

  private boolean isOfLog() {
    return Arrays.equals(given.keptId(), by.head().id());
  }

  private boolean isKeptSigned() {
    return given.trust() == null || given.kept().signature() == null || given.kept().isSignedBy(given.trust(), given.keptId());
  }

  void put(Map<String, Object> report) {
    report.put("seals", seals);
    report.put("sealed-end", sealedEnd);
    if (signer != null && seals > 0 && signed == seals) report.put("signed-by", LogHead.hex(signer));
    if (given.kept() != null) report.put("head-ok", isKeptFound && isOfLog() && isKeptSigned());
  }
}
