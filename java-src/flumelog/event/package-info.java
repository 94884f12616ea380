/**
 * The events that a log gives to a recording of JDK Flight Recorder, and the question whether there is one.
 *
 * <p>It is for: events whose classes are loaded only after this process has begun a recording.
 *
 * <p>It may use: nothing of the other packages.
 *
 * <p>Begin with {@link flumelog.event.Recorder}. Decision: ADR 29.
 */
package flumelog.event;
