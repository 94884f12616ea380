/** The way to disk: files, folders, locks, and when records are made durable. */
package flumelog.file;
