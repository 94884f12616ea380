/** How a record lies in a file: the format, and where known frames start. */
package flumelog.frame;
