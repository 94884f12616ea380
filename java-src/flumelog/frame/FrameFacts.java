package flumelog.frame;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Describes the frame of a record for people, as names and values. All bytes of the frame are among them. */
public final class FrameFacts {
  private FrameFacts() {}

  /** Computes the frame from its data. That is exact: a log returns data only of frames whose lengths and trailer agree. */
  public static Map<String, Object> of(Framing framing, long start, byte[] data) {
    long end = start + framing.size(data.length);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("start", start);
    facts.put("length", (long) data.length);
    facts.put("end", end);
    facts.put("data", data);
    facts.put("bytes", bytes(framing, data, end));
    facts.put("framing", framing.framingName());
    if (framing instanceof FlumeFraming flume) facts.put("offset-bits", (long) flume.bits());
    return facts;
  }

  /** As {@link #of}, for a record whose data in the frame is not what the user appended. */
  public static Map<String, Object> ofProtected(Framing framing, long start, byte[] stored, byte[] payload) {
    Map<String, Object> facts = of(framing, start, stored);
    facts.put("data", payload);
    facts.put("length", (long) payload.length);
    return facts;
  }

  private static byte[] bytes(Framing framing, byte[] data, long end) {
    ByteBuffer bytes = ByteBuffer.allocate((int) framing.size(data.length));
    framing.putEnding(bytes.putInt(data.length).put(data), data.length, end);
    return bytes.array();
  }
}
