package flumelog.protect;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;

/**
 * How the key of a log is made of a passphrase. It stands in the head of the log, in 20 bytes, which are zeros where the key is
 * not made of a passphrase:
 *
 * <pre>
 *   kdf  := function(1) cost(3) salt(16)
 *   cost := uint24 BE                            iterations, for PBKDF2
 *         | log2 of N(1) r(1) p(1)               for scrypt
 *         | log2 of KiB(1) iterations(1) lanes(1)   for Argon2id
 * </pre>
 *
 * @param function null where the key is not made of a passphrase
 * @param cost 3 bytes
 * @param salt 16 random bytes
 */
public record Kdf(Function function, byte[] cost, byte[] salt) {
  public static final int BYTES = 20;
  static final int COST_BYTES = 3;
  static final int SALT_BYTES = 16;
  public static final Kdf NONE = new Kdf(null, new byte[COST_BYTES], new byte[SALT_BYTES]);

  /** The functions. The ordinal plus one stands in the head. */
  public enum Function {
    /** PBKDF2 with HMAC-SHA512, which each Java has. */
    PBKDF2(0x03, 0x34, 0x50),       // 210,000 iterations
    /** scrypt of RFC 7914. */
    SCRYPT(16, 8, 1),               // 64 MiB
    /** Argon2id of RFC 9106. */
    ARGON2ID(16, 3, 4);             // 64 MiB

    private final byte[] cost;

    Function(int... cost) {
      this.cost = new byte[COST_BYTES];
      for (int i = 0; i < COST_BYTES; i++) this.cost[i] = (byte) cost[i];
    }

    /** Returns how the key of a new log is made. */
    Kdf withSalt(byte[] salt) {
      return new Kdf(this, cost.clone(), salt);
    }

    /** Returns the value of the option {@code :kdf} for this function, with its colon. */
    public String optionValue() {
      return ":" + name().toLowerCase(Locale.ROOT);
    }
  }

  /** Reads the 20 bytes in a head. Returns null if they are wrong, or ask for more than a GiB of memory. */
  public static Kdf of(byte[] bytes, int from) {
    int function = bytes[from];
    byte[] cost = Arrays.copyOfRange(bytes, from + 1, from + 1 + COST_BYTES);
    byte[] salt = Arrays.copyOfRange(bytes, from + 1 + COST_BYTES, from + BYTES);
    if (function == 0) return isZero(cost) && isZero(salt) ? NONE : null;
    if (function < 0 || function > Function.values().length) return null;
    Kdf kdf = new Kdf(Function.values()[function - 1], cost, salt);
    return kdf.isPossible() ? kdf : null;
  }

  private static boolean isZero(byte[] bytes) {
    return Arrays.equals(bytes, new byte[bytes.length]);
  }

  /** Returns the 20 bytes for a head. */
  public byte[] bytes() {
    int number = function == null ? 0 : function.ordinal() + 1;
    return ByteBuffer.allocate(BYTES).put((byte) number).put(cost).put(salt).array();
  }

  /** Whether the key is made of a passphrase. */
  public boolean isOfPassphrase() {
    return function != null;
  }

  int cost(int i) {
    return Byte.toUnsignedInt(cost[i]);
  }

  int iterations() {
    return cost(0) << 16 | cost(1) << 8 | cost(2);
  }

  private boolean isPossible() {
    return switch (function) {
      case PBKDF2 -> iterations() > 0;
      case SCRYPT -> cost(0) >= 1 && cost(0) <= 20 && cost(1) >= 1 && cost(2) >= 1 && cost(1) << cost(0) <= 1 << 23;
      case ARGON2ID -> cost(0) <= 20 && cost(1) >= 1 && cost(2) >= 1 && 1 << cost(0) >= 8 * cost(2);
    };
  }

  /** {@return the function} */
  @Override
  public String toString() {
    return function == null ? "Kdf[none]" : "Kdf[" + function.optionValue() + "]";
  }
}
