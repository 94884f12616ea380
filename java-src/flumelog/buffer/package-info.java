/** The write buffer: memory that outlives the process, in which appends are held back, and its file as others see it. */
package flumelog.buffer;
