/** Logs of bytes: what Java programs use. {@link flumelog.log.OffsetLog} is the one in a file. */
package flumelog.log;
