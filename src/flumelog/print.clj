(ns ^:no-doc flumelog.print
  "How a log and what belongs to it print: what one would ask next. Printing does no I/O."
  (:import (flumelog.block BlockCache)
           (flumelog.coll Appender LiveView LogCollection LogCursor LogView SinceRef)
           (flumelog.log Log)
           (java.io Writer)))

(set! *warn-on-reflection* true)

(defn- write-facts [^Writer w ^Log log keys]
  (let [facts (.info log)]
    (.write w (str (pr-str (.path log)) " {"))
    (.write w ^String (apply str (interpose " " (for [k keys :let [v (get facts k)] :when (some? v)]
                                                  (str ":" k " " (if (string? v) (str ":" v) v))))))
    (.write w "}]")))

(defmethod print-method LogCollection [^LogCollection log ^Writer w]
  (.write w "#flumelog/Log[")
  (write-facts w (.log log) ["since" "end" "framing" "offset-bits"]))

(defmethod print-method LogView [^LogView view ^Writer w]
  (.write w (str "#flumelog/" (case (str (.projection view)) "ENTRIES" "Entries" "VALUES" "Values" "Offsets") "["))
  (write-facts w (.log view) ["since" "end"]))

(defmethod print-method LiveView [^LiveView view ^Writer w]
  (.write w "#flumelog/Live[")
  (write-facts w (.log view) ["since"]))

(defmethod print-method SinceRef [^SinceRef ref ^Writer w]
  (.write w (str "#flumelog/Since[" (.lastSeen (.since ref)) "]")))

(defmethod print-method LogCursor [^LogCursor cursor ^Writer w]
  (.write w (str "#flumelog/Cursor[" (pr-str (.path cursor)) " {:offset " (.offset cursor) "}]")))

(defmethod print-method Appender [^Appender appender ^Writer w]
  (.write w (str "#flumelog/Appender[" (pr-str (.path appender)) " {:waiting " (.waiting appender) "}]")))

(defmethod print-method BlockCache [^BlockCache cache ^Writer w]
  (.write w (str "#flumelog/BlockCache[{:max-bytes " (.maxBytes cache) "}]")))
