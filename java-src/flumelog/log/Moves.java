package flumelog.log;

/**
 * Where the records of a log went when it was compacted. With it, what was kept for the offsets of the log as it was
 * can be changed to its new offsets. The order of the records is the same.
 */
public interface Moves {
  /** {@return the id that the log had} */
  String from();

  /** {@return the id of the log now} */
  String to();

  /**
   * Finds a record's new offset.
   *
   * @param old the offset that the record had
   * @return its offset now; -1 if the record is gone, since it was deleted. For a number that was not the offset of a
   *     record, any number
   */
  long newOffset(long old);
}
