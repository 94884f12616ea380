package flumelog.protect;

import flumelog.error.UseFailures;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys of one log. Each is made of the user's key by {@link Hkdf}, with the id of the log as salt:
 *
 * <pre>
 *   record key := HKDF(id, user key, "flumelog 1 record" number(1) [span(2)])
 *   check key  := HKDF(id, user key of number 0, "flumelog 1 check")
 *   span       := uint16 BE, offset of the frame >>> 37; left out where it is 0
 * </pre>
 *
 * <p>A span is 128 GiB. Even of the shortest records it holds less than 2^32, which is as many as may be sealed under one key with
 * random nonces. So a longer log changes its key by itself, and nothing has to be counted.
 */
public final class LogKeys implements AutoCloseable {
  /** The first key of each log, from which the check in its head is made. */
  public static final int FIRST_NUMBER = 0;
  public static final int LAST_NUMBER = 255;
  public static final int CHECK_BYTES = 16;

  private static final int SPAN_SHIFT = 37;
  private static final byte[] FOR_RECORDS = "flumelog 1 record".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FOR_CHECK = "flumelog 1 check".getBytes(StandardCharsets.US_ASCII);

  private final KeySource source;
  private final String path;
  private final byte[] logId;
  private final Kdf kdf;
  /** The user's keys by number. */
  private final Map<Integer, HeldKey> given = new HashMap<>();
  /** By number and span. */
  private final Map<Integer, RecordCipher> ciphers = new ConcurrentHashMap<>();
  private final CipherPool pool = new CipherPool();
  private volatile boolean isClosed;

  /**
   * @param path the log, for errors
   * @param logId 16 bytes
   * @param kdf what the head of the log says
   */
  public LogKeys(KeySource source, String path, byte[] logId, Kdf kdf) {
    this.source = source;
    this.path = path;
    this.logId = logId.clone();
    this.kdf = kdf;
  }

  /** Returns the keys of another log, made of the same keys of the user, which are not asked for again. */
  synchronized LogKeys withId(byte[] newId) {
    LogKeys keys = new LogKeys(source, path, newId, kdf);
    given.forEach((number, key) -> keys.given.put(number, new HeldKey("HKDF", key.getEncoded())));
    return keys;
  }

  /** The Ciphers that records are sealed and opened with. */
  CipherPool pool() {
    return pool;
  }

  String path() {
    return path;
  }

  boolean isClosed() {
    return isClosed;
  }

  Kdf kdf() {
    return kdf;
  }

  /**
   * Returns what seals and opens the frame at an offset under the key with a number.
   *
   * @throws flumelog.error.LogException {@code WRONG_KEY} if there is no such key
   */
  public RecordCipher cipher(int number, long offset) {
    int span = (int) (offset >>> SPAN_SHIFT);
    RecordCipher known = ciphers.get(number << 16 | span);
    return known != null ? known : newCipher(number, span);
  }

  private synchronized RecordCipher newCipher(int number, int span) {
    return ciphers.computeIfAbsent(number << 16 | span, any -> new RecordCipher(derive(number, infoOf(number, span)), number, pool));
  }

  private static byte[] infoOf(int number, int span) {
    byte[] info = Arrays.copyOf(FOR_RECORDS, FOR_RECORDS.length + (span == 0 ? 1 : 3));
    info[FOR_RECORDS.length] = (byte) number;
    if (span == 0) return info;
    info[FOR_RECORDS.length + 1] = (byte) (span >>> 8);
    info[FOR_RECORDS.length + 2] = (byte) span;
    return info;
  }

  /** Returns the 16 bytes that prove in the head of the log that the key is the right one and that the fields are unchanged. */
  public synchronized byte[] check(byte[] fields) {
    byte[] key = derive(FIRST_NUMBER, FOR_CHECK);
    try {
      return Arrays.copyOf(Hkdf.hmac(key, fields), CHECK_BYTES);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** Whether a check that stands in a head was made with this key over these fields. */
  public boolean proves(byte[] check, byte[] fields) {
    return MessageDigest.isEqual(check, check(fields));
  }

  private byte[] derive(int number, byte[] info) {
    byte[] key = given(number).getEncoded();
    try {
      return Hkdf.derive(logId, key, info, AesGcm.KEY_BYTES);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private HeldKey given(int number) {
    if (isClosed) throw UseFailures.closed(path);
    int asked = source.isNumbered() ? number : FIRST_NUMBER;
    return given.computeIfAbsent(asked,
        any -> new HeldKey("HKDF", source.key(new KeySource.Request(path, logId, kdf, asked))));
  }

  /** Overwrites the keys. */
  @Override
  public synchronized void close() {
    isClosed = true;
    given.values().forEach(HeldKey::destroy);
    ciphers.values().forEach(RecordCipher::close);
    given.clear();
    ciphers.clear();
  }

  /** {@return nothing of the keys} */
  @Override
  public String toString() {
    return "the keys of " + path;
  }
}
