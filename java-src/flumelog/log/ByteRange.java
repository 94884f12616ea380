package flumelog.log;

/**
 * A range of positions in a file.
 *
 * @param from the first position that belongs to it
 * @param to the first position behind it
 */
public record ByteRange(long from, long to) {}
