package flumelog.protect;

import java.io.NotSerializableException;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import javax.crypto.SecretKey;

/** A key in memory. {@link #destroy} overwrites it, which {@code SecretKeySpec} can't. It prints and serializes nothing of itself. */
final class HeldKey implements SecretKey {
  private static final long serialVersionUID = 1L;

  private final String algorithm;
  private final transient byte[] bytes;
  private volatile boolean isDestroyed;

  /** @param bytes are overwritten by {@code destroy}: the caller gives the array away */
  HeldKey(String algorithm, byte[] bytes) {
    this.algorithm = algorithm;
    this.bytes = bytes;
  }

  @Override
  public String getAlgorithm() {
    return algorithm;
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  /** Returns a copy. A destroyed key gives none, since a record must never be encrypted with zeros for a key. */
  @Override
  public byte[] getEncoded() {
    byte[] copy = bytes.clone();
    VarHandle.loadLoadFence();               // destroy sets the flag before it overwrites
    if (isDestroyed) throw new IllegalStateException("this key was destroyed, because its log is closed");
    return copy;
  }

  @Override
  public void destroy() {
    isDestroyed = true;
    VarHandle.fullFence();
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public boolean isDestroyed() {
    return isDestroyed;
  }

  @Override
  public String toString() {
    return "a key of " + bytes.length + " bytes";
  }

  private Object writeReplace() throws NotSerializableException {
    throw new NotSerializableException("a key of a log");
  }
}
