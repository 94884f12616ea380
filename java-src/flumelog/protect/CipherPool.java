package flumelog.protect;

import java.security.GeneralSecurityException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;

/**
 * A few Ciphers for threads that encrypt and decrypt records at the same time. A thread that finds none makes one. A thread that finds
 * the pool full drops its own. So the pool is bounded, however many threads there are.
 *
 * <p>A Cipher is used with any key. A new one takes several microseconds. A ThreadLocal would keep one for each virtual thread.
 */
final class CipherPool {
  private static final int SLOTS = Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors());
  private static final String AES_GCM = "AES/GCM/NoPadding";

  private final AtomicReferenceArray<Lent> idle = new AtomicReferenceArray<>(SLOTS);

  /** A Cipher, and an array that is used again. For one thread at a time. */
  // cpu: a new array for each record costs about as much as copying the record.
  static final class Lent {
    private static final int MOST_BYTES = 1 << 16;

    final Cipher cipher;
    private byte[] array = {};

    private Lent(Cipher cipher) {
      this.cipher = cipher;
    }

    /** Returns an array of at least that many bytes, for encrypted bytes only: a plain text would stay in it. */
    byte[] array(int bytes) {
      if (bytes > MOST_BYTES) return new byte[bytes];
      if (bytes > array.length) array = new byte[Math.min(MOST_BYTES, 2 * bytes)];
      return array;
    }
  }

  /** Work that needs a Cipher. */
  @FunctionalInterface
  interface Work<T> {
    T with(Lent lent) throws GeneralSecurityException;
  }

  /** Lends a Cipher for some work. Null if a tag was not right. */
  <T> T lend(Work<T> work) {
    Lent lent = null;
    try {
      lent = take();
      return work.with(lent);
    } catch (AEADBadTagException notRight) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM failed (" + e.getClass().getName() + ")", e);
    } finally {
      giveBack(lent);
    }
  }

  /** Takes a Cipher out of the pool, or makes one. */
  private Lent take() throws GeneralSecurityException {
    int first = slotOfThread();
    for (int i = 0; i < SLOTS; i++) {
      int slot = first + i & SLOTS - 1;
      Lent lent = idle.getPlain(slot) == null ? null : idle.getAndSet(slot, null);
      if (lent != null) return lent;
    }
    return new Lent(Cipher.getInstance(AES_GCM));
  }

  /** @param lent null if taking it has failed */
  private void giveBack(Lent lent) {
    if (lent == null) return;
    int first = slotOfThread();
    for (int i = 0; i < SLOTS; i++) {
      if (idle.compareAndSet(first + i & SLOTS - 1, null, lent)) return;
    }
  }

  /** Returns how many Ciphers are idle in the pool. */
  int size() {
    int size = 0;
    for (int i = 0; i < SLOTS; i++) if (idle.get(i) != null) size++;
    return size;
  }

  void clear() {
    for (int i = 0; i < SLOTS; i++) idle.set(i, null);
  }

  /** Threads begin at different slots, so that they seldom meet. */
  private static int slotOfThread() {
    return (int) Thread.currentThread().getId() & SLOTS - 1;
  }
}
