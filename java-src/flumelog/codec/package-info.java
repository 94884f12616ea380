/** From values to bytes and back. */
package flumelog.codec;
