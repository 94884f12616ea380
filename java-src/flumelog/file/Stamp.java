package flumelog.file;

/**
 * What the file system says of a file at one moment. Two stamps of one name that match are a hint that the file was not
 * changed in between, and no more: nothing rests on a stamp alone but the right to skip a deeper look.
 *
 * @param inode number of the file; 0 where it is not known
 * @param size bytes in the file
 * @param modified nanoseconds since 1970 at the last change of its content
 * @param changed nanoseconds since 1970 at the last change of its content or of what is known of it
 * @param taken nanoseconds since 1970 when the stamp was taken
 */
public record Stamp(long inode, long size, long modified, long changed, long taken) {
  /** Nothing is known. */
  public static final Stamp NONE = new Stamp(0, 0, 0, 0, 0);

  /** Clocks of file systems may stand still for so long: a change within that time may leave the stamp as it was. */
  private static final long SETTLED_NANOS = 1_000_000_000L;

  /** Whether both are of the same file as far as its number tells, whatever it holds. */
  public boolean isSameFile(Stamp other) {
    return inode == other.inode;
  }

  /** Whether the file seems not to have been changed between the two. */
  public boolean matches(Stamp other) {
    return inode != 0 && inode == other.inode && size == other.size && modified == other.modified
        && changed == other.changed;
  }

  /** Whether a change after the stamp was taken would have given the file another stamp. */
  public boolean isSettled() {
    return taken - changed >= SETTLED_NANOS;
  }
}
