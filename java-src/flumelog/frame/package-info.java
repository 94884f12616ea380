/** How records lie in a file, and how a file is looked through when it is opened. */
package flumelog.frame;
