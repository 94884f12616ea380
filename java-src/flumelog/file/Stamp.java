package flumelog.file;

/**
 * The file system's facts about a file at one moment. Two stamps of one name that match are only a hint that the file was not
 * changed in between. A stamp alone decides nothing except whether a deeper check may be skipped.
 *
 * @param inode inode number of the file; 0 if it is not known
 * @param size how many bytes the file has
 * @param modified time of the last change of the content, in nanoseconds since 1970
 * @param changed time of the last change of the content or the attributes, in nanoseconds since 1970
 * @param taken time when the stamp was taken, in nanoseconds since 1970
 */
public record Stamp(long inode, long size, long modified, long changed, long taken) {
  /** The stamp of a file of which nothing is known. */
  public static final Stamp NONE = new Stamp(0, 0, 0, 0, 0);

  /** The clock of a file system may be this coarse: a second change within that time may leave the stamp as it was. */
  private static final long SETTLED_NANOS = 1_000_000_000L;

  /** Whether both stamps have the same inode number. The content may differ. */
  public boolean isSameFile(Stamp other) {
    return inode == other.inode;
  }

  /** Whether the file was probably not changed between the two stamps. */
  public boolean matches(Stamp other) {
    return inode != 0 && inode == other.inode && size == other.size && modified == other.modified
        && changed == other.changed;
  }

  /** Whether a change after the stamp was taken would have given the file another stamp. */
  public boolean isSettled() {
    return taken - changed >= SETTLED_NANOS;
  }
}
