package flumelog.error;

import flumelog.error.LogException.Kind;
import java.util.List;

/** Failures of a log over Kafka that a log in a file does not have. */
public final class TopicFailures {
  private TopicFailures() {}

  /** A property of Kafka's clients that the log sets itself. {@code instead} says why, or what to do. */
  public static LogException ownProperty(String name, String instead) {
    return new LogException(Kind.BAD_OPTION, null, "option :properties can't have " + name + ", which the log sets itself: " + instead,
        "option", ":properties", "property", name);
  }

  /** A client of Kafka does not take its settings. */
  public static LogException badProperties(Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        "option :properties has what Kafka's clients don't take: " + Reason.brief(cause), "option", ":properties");
  }

  /** There is no such topic, and the options don't allow to create it. */
  public static LogException missing(String path) {
    return new LogException(Kind.FAILED, Kind.NOT_A_RECORD.category, null,
        "cannot open " + path + ": there is no such topic; name another, or give :create {:replication n :min-insync n} to make one",
        "path", path);
  }

  /** @param wrong what is wrong, each with what it must be: {@code "retention.ms is 604800000 and must be -1"} */
  public static LogException wrongSettings(String path, List<String> wrong) {
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " can't be a log, because its topic could lose or refuse records: " + String.join(", ", wrong)
            + "; change the topic's settings, or take a new topic with :create; nothing was changed", "path", path, "wrong", wrong);
  }

  /** The topic was deleted while the log was open. */
  public static LogException gone(String path, Throwable cause) {
    return new LogException(Kind.CORRUPT, cause,
        path + " is gone: its topic was deleted, or the brokers don't show it to this user; close the log", "path", path);
  }

  /** Another topic has the name now. */
  public static LogException madeAnew(String path, String id, String now) {
    return new LogException(Kind.CORRUPT, null,
        path + " was deleted and made anew while it was open here: its topic had the id " + id + " and has " + now
            + "; close the log, open it again, and don't use the old offsets", "path", path, "id", id, "now", now);
  }

  /** The first offsets are gone, and no {@code forget-before!} has told so. */
  public static LogException startMoved(String path, long before, long now) {
    return new LogException(Kind.CORRUPT, null,
        path + " has lost its first records: it began at offset " + before + " and begins at " + now
            + ", and nobody called forget-before!; look at the retention of the topic, and open the log again to go on with what is left",
        "path", path, "offset", before, "oldest", now);
  }

  /** The log ends below records that were seen. */
  public static LogException lost(String path, long seen, long end) {
    return new LogException(Kind.CORRUPT, null,
        path + " has lost records that its brokers had acknowledged: the offset " + seen + " was seen, and now it ends at " + end
            + "; what was made of the records from there on has to be undone", "path", path, "offset", seen, "end", end);
  }

  /** Another writer has the transactional id. */
  public static LogException takenOver(String path) {
    return new LogException(Kind.LOCKED, null,
        path + " was taken over by another writer, or this one was out of reach for longer than a transaction may last; nothing was"
            + " appended: close it, and open it again to take it over, or open it for reading", "path", path);
  }

  /** It is not known whether the last append was done. */
  public static LogException uncertain(String path, long records, Throwable cause) {
    return new LogException(Kind.FAILED, cause,
        "appending " + records + " records to " + path + " has not ended in time (" + Reason.brief(cause)
            + "), and they may be in the log; it takes no more writes: close it, open it again, and look at its last records",
        "path", path, "records", records);
  }

  /** The brokers don't know the user, or don't allow the call. */
  public static LogException refused(String path, String doing, Throwable cause) {
    return new LogException(Kind.FAILED, "forbidden", cause,
        doing + " " + path + " was refused by the brokers (" + Reason.brief(cause) + "); give what they ask for in :properties", "path", path);
  }

  /** The topic takes only shorter records than it did when the log was opened. */
  public static LogException tooLarge(String path, Throwable cause) {
    return new LogException(Kind.TOO_LARGE, cause,
        "a record is larger than the topic of " + path + " takes (" + Reason.brief(cause) + "); raise its max.message.bytes; nothing was appended",
        "path", path);
  }

  public static LogException failed(String path, String doing, Throwable cause) {
    return new LogException(Kind.FAILED, cause, doing + " " + path + " failed: " + Reason.brief(cause), "path", path);
  }

  /** The log was closed, and some appends could not be ended. */
  public static LogException notAllAppended(String path, Throwable cause) {
    return new LogException(Kind.FAILED, cause,
        path + " is closed, and the last records could not be appended: " + Reason.brief(cause), "path", path);
  }

  /** The options have a key, and the newest record is not encrypted. */
  public static LogException notEncrypted(String path) {
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " has records that are not encrypted, and :protect has a key; leave it out, or take a new topic; nothing was changed",
        "path", path, "found", "none");
  }

  public static LogException unproved(String path, long offset) {
    return new LogException(Kind.CORRUPT, null,
        "the record at offset " + offset + " in " + path + " was not sealed with the key of this log for its place, or was changed since",
        "path", path, "offset", offset, "why", ":checksum");
  }
}
