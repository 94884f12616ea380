/** Logs of values as Clojure collections. */
package flumelog.coll;
