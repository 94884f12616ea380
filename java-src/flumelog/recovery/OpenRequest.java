package flumelog.recovery;

import flumelog.frame.Framing;
import flumelog.frame.Progress;
import java.util.function.Predicate;

/**
 * What the options of a log ask of opening it.
 *
 * @param writable false when the log is only read
 * @param create whether the file is made where it is missing
 * @param bufferBytes most bytes of appends that are held back in a write buffer; 0 for none
 * @param roomBytes bytes of room behind the end of the log; 0 for none
 * @param namesFormat whether the options name a framing or a width
 * @param allowed which framings the options allow
 * @param otherwise the framing of a file that has no record yet
 * @param maxRecordBytes a longer record can't be a torn append of ours
 * @param progress told while the file is read
 */
public record OpenRequest(
    boolean writable, boolean create, int bufferBytes, int roomBytes, boolean namesFormat, Predicate<Framing> allowed,
    Framing otherwise, long maxRecordBytes, Progress progress) {}
