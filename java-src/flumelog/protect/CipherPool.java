package flumelog.protect;

import java.security.GeneralSecurityException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.crypto.Cipher;

/**
 * A few Ciphers for the threads that seal and open records at the same time. A thread that finds none makes one, and one that
 * finds the pool full drops its own, so the pool is bounded however many threads there are.
 *
 * <p>A new Cipher takes several microseconds. A ThreadLocal would keep one for each virtual thread.
 */
final class CipherPool {
  private static final int SLOTS = Integer.highestOneBit(2 * Runtime.getRuntime().availableProcessors());
  private static final String AES_GCM = "AES/GCM/NoPadding";

  private final AtomicReferenceArray<Cipher> idle = new AtomicReferenceArray<>(SLOTS);

  /** Takes a Cipher out of the pool, or makes one. The caller gives it back. */
  Cipher take() throws GeneralSecurityException {
    int first = slotOfThread();
    for (int i = 0; i < SLOTS; i++) {
      int slot = first + i & SLOTS - 1;
      Cipher cipher = idle.getPlain(slot) == null ? null : idle.getAndSet(slot, null);
      if (cipher != null) return cipher;
    }
    return Cipher.getInstance(AES_GCM);
  }

  /** @param cipher null if taking it has failed */
  void giveBack(Cipher cipher) {
    if (cipher == null) return;
    int first = slotOfThread();
    for (int i = 0; i < SLOTS; i++) {
      if (idle.compareAndSet(first + i & SLOTS - 1, null, cipher)) return;
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
