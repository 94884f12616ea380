/** An open log at work: appends in turn, forces, look-ups, following another writer, and announcing how far it has got. */
package flumelog.engine;
