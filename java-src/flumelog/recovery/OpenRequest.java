package flumelog.recovery;

import flumelog.frame.Framing;
import flumelog.frame.Progress;
import java.util.function.Predicate;

/**
 * The options that matter for opening a log.
 *
 * @param writable false if the log is opened for reading
 * @param create whether a missing file is created
 * @param bufferBytes the largest number of appended bytes in the write buffer; 0 for no write buffer
 * @param roomBytes bytes of room behind the end of the log; 0 for no room
 * @param namesFormat whether the options name a framing or a width
 * @param allowed which framings the options allow
 * @param otherwise the framing of a file that has no record yet
 * @param maxRecordBytes a longer record can't be a torn append of flumelog
 * @param progress is called while the file is read
 */
public record OpenRequest(
    boolean writable, boolean create, int bufferBytes, int roomBytes, boolean namesFormat, Predicate<Framing> allowed,
    Framing otherwise, long maxRecordBytes, Progress progress) {}
