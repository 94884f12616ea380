/** What the codecs need to turn values into data and back: EDN and JSON text, nippy's data, and when two values are the same. */
package flumelog.value;
