package bench.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Appends that return when they are on disk. One thread forces for all threads that wait. The file may be extended with
 * zeros in advance, so that a force need not write its size.
 */
final class Forcing {
  static final int ROOM_BYTES = 4 << 20;

  private final FileChannel file;
  private final boolean preallocated;
  private ByteBuffer gathering = ByteBuffer.allocateDirect(Limit.BUFFER_BYTES);
  private ByteBuffer writing = ByteBuffer.allocateDirect(Limit.BUFFER_BYTES);
  private long end;
  private long room;
  private long durable;
  private boolean forcing;

  Forcing(FileChannel file, boolean preallocated) throws IOException {
    this.file = file;
    this.preallocated = preallocated;
    this.end = file.size();
    this.room = end;
    this.durable = end;
  }

  void append(byte[] record) throws IOException {
    long mine;
    synchronized (this) {
      Limit.frame(gathering, record, end + gathering.position());
      mine = end + gathering.position();
      while (forcing && durable < mine) await();
      if (durable >= mine) return;
      forcing = true;
      ByteBuffer full = gathering;
      gathering = writing;
      writing = full;
      end += full.position();
    }
    force();
  }

  private void await() {
    try {
      wait();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void force() throws IOException {
    writing.flip();
    long at = end() - writing.limit();
    prepareRoom(at + writing.limit());
    while (writing.hasRemaining()) at += file.write(writing, at);
    writing.clear();
    file.force(false);
    synchronized (this) {
      durable = at;
      forcing = false;
      notifyAll();
    }
  }

  private synchronized long end() {
    return end;
  }

  private void prepareRoom(long to) throws IOException {
    if (!preallocated || to <= room) return;
    for (ByteBuffer zeros = ByteBuffer.allocate(ROOM_BYTES); zeros.hasRemaining(); ) room += file.write(zeros, room);
    file.force(false);
  }

  void close() throws IOException {
    file.truncate(durable);
  }
}
