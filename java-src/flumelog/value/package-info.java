/** Values as data, for the codecs: their text, and what it means that two of them are equal. */
package flumelog.value;
