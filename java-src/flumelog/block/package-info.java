/** Files as blocks of one size, and the cache that holds some of them. */
package flumelog.block;
