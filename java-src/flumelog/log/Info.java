package flumelog.log;

import flumelog.block.BlockStore;
import flumelog.buffer.WriteBuffer;
import flumelog.engine.Durability;
import flumelog.engine.Watermark;
import flumelog.error.DiskFailures;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.recovery.LogFiles;
import java.util.LinkedHashMap;
import java.util.Map;

/** The facts that {@link Log#info} gives of a log in a file. */
final class Info {
  private Info() {}

  static Map<String, Object> of(
      LogFiles files, LogOptions options, BlockStore cache, Watermark since, Watermark durable, Durability durability,
      boolean isClosed) {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("path", files.path());
    if (since.end() > 0) info.put("id", files.id().toString());
    info.put("since", since.offset());
    info.put("durable", durable.offset());
    info.put("end", since.end());
    Framing framing = files.found().framing();
    info.put("framing", framing.framingName());
    if (framing instanceof FlumeFraming flume) info.put("offset-bits", (long) flume.bits());
    if (files.protection() != null) {
      info.put("protect", files.protection().protectionName());
      info.put("log-id", files.id().toString());
      if (files.protection().isEncrypted() && files.protection().isSealed()) info.put("sealed", true);
      if (files.protection().head().signer() != null) info.put("signer", LogHead.hex(files.protection().head().signer()));
      if (files.protection().isEncrypted()) info.put("key-number", (long) files.protection().keyNumber());
    }
    info.put("codec", options.codec().codecName());
    info.put("mode", options.writable() ? "read-write" : "read");
    info.put("sync", options.sync());
    info.put("block-bytes", (long) options.blockBytes());
    if (cache.maxBytes() != Long.MAX_VALUE) info.put("cache-bytes", cache.maxBytes());
    info.put("max-record-bytes", (long) options.maxRecordBytes());
    if (options.writeBufferBytes() > 0) info.put("write-buffer-bytes", (long) options.writeBufferBytes());
    if (files.appending() instanceof WriteBuffer buffer && buffer.unmappable() != null) info.put("write-buffer-off", buffer.unmappable());
    info.put("max-end", framing.maxEnd());
    if (options.roomBytes() > 0) info.put("room-bytes", (long) options.roomBytes());
    if (durability.failure() != null) info.put("failed", DiskFailures.failed(files.path(), durability.failure()).getMessage());
    info.put("closed", isClosed);
    return info;
  }
}
