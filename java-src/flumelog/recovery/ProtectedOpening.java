package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.file.LogFile;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
import flumelog.protect.Protected;

/** The steps of {@link Opening} that only a protected log needs. */
final class ProtectedOpening {
  private ProtectedOpening() {}

  /** Writes the head of a new log. Returns the log as it is then. */
  static Recovery writeHead(String path, LogFile file, Recovery found, Protected protection) {
    byte[] head = protection.headData(0);
    long end = found.framing().size(head.length);
    new FrameWriter(found.framing(), LogFiles.toMend(path, file, 0)).write(new byte[][] {head}, 0, end);
    return found.withHead(protection, end);
  }

  /** Finishes the deletions that notes above the mark say were under way. They are forced together with the mark. */
  static Deletions.Redone redoDeletions(Recovery found, Blocks blocks) {
    Framing framing = found.framing();
    long finished = 0;
    for (long offset : found.proved().noted()) {
      Frame frame = offset < 0 ? null : framing.at(blocks, offset, blocks.end());
      if (frame == null) continue;
      if (!framing.isDeleted(blocks, frame)) finished++;
      blocks.zero(frame.data(), frame.length()); // also where they are zeros: these may be in memory only
    }
    return new Deletions.Redone(finished, 0);
  }
}
