package bench.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Walks over frames in place, in blocks of 1 MiB. A frame that a block cuts is read again with the next block. */
final class Walking {
  private static final int BLOCK_BYTES = 1 << 20;

  private Walking() {}

  /** The sum of the first records, at most {@code limit} of them. */
  static int forward(FileChannel file, long end, int limit) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    int sum = 0;
    int left = limit;
    for (long from = 0; from < end && left > 0; ) {
      int filled = fill(file, block, from, Math.min(end, from + BLOCK_BYTES));
      int at = 0;
      while (left > 0 && at + 4 <= filled) {
        int length = block.getInt(at);
        if (at + Limit.OVERHEAD + length > filled) break;
        sum += Sum.of(block, at + 4, length);
        at += Limit.OVERHEAD + length;
        left--;
      }
      if (at == 0) throw new IOException("no whole frame in the block at " + from);
      from += at;
    }
    return sum;
  }

  /** The sum of the last records, at most {@code limit} of them. For few records it reads less than a whole block. */
  static int backward(FileChannel file, long end, int limit) throws IOException {
    int blockBytes = limit < 100 ? 16 << 10 : BLOCK_BYTES;
    ByteBuffer block = ByteBuffer.allocateDirect(blockBytes);
    int sum = 0;
    int left = limit;
    for (long to = end; to > 0 && left > 0; ) {
      int filled = fill(file, block, Math.max(0, to - blockBytes), to);
      int at = filled;
      while (left > 0 && at >= Limit.OVERHEAD) {
        int length = block.getInt(at - 12);
        int start = at - Limit.OVERHEAD - length;
        if (start < 0) break;
        sum += Sum.of(block, start + 4, length);
        at = start;
        left--;
      }
      if (at == filled) throw new IOException("no whole frame in the block before " + to);
      to -= filled - at;
    }
    return sum;
  }

  private static int fill(FileChannel file, ByteBuffer block, long from, long to) throws IOException {
    block.clear().limit((int) (to - from));
    while (block.hasRemaining()) {
      if (file.read(block, from + block.position()) < 0) throw new IOException("the file ends before " + to);
    }
    return block.position();
  }
}
