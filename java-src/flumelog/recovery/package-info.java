/** Opening: what a file holds, what a dead writer has left in it and beside it, and how that is mended. */
package flumelog.recovery;
