(ns ^:no-doc flumelog.print
  "A log and what belongs to it print as they say themselves: what one would ask next. Printing does no I/O."
  (:import (flumelog.block BlockCache)
           (flumelog.coll Appender LiveView LogCollection LogCursor LogView SinceRef)
           (java.io Writer)))

(set! *warn-on-reflection* true)

;; Loaded now: where there is no descriptor left for a file, a class in a folder can't be loaded.
(run! #(Class/forName (str "flumelog.coll." %)) ["CursorValues" "LiveReading" "LogSeq" "Reading"])

(doseq [type [LogCollection LogView LiveView SinceRef LogCursor Appender BlockCache]]
  (.addMethod ^clojure.lang.MultiFn print-method type (fn [thing ^Writer w] (.write w (str thing)))))
