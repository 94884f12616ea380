(ns ^:no-doc flumelog.print
  "Prints a log, its views, references and cursors by their `toString`, which shows the most useful facts. Printing does
   no I/O."
  (:import (flumelog.coll Appender LiveView LogCollection LogCursor LogView SinceRef)
           (flumelog.log BlockCache)
           (java.io Writer)))

(set! *warn-on-reflection* true)

;; These classes are loaded now, because a process without a free file descriptor can't load a class from a folder
;; later.
(run! #(Class/forName (str "flumelog.coll." %)) ["CursorValues" "LiveReading" "LogSeq" "Reading"])

(doseq [type [LogCollection LogView LiveView SinceRef LogCursor Appender BlockCache]]
  (.addMethod ^clojure.lang.MultiFn print-method type (fn [thing ^Writer w] (.write w (str thing)))))
