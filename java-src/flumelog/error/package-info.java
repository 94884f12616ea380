/** What goes wrong: one exception, a sentence and the same as data. */
package flumelog.error;
