(ns flumelog.print-test
  "A log and what belongs to it say what one would ask next, printed and as text, for Java too; a closed one says so."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.memory :as memory])
  (:import (flumelog.coll LogCollection)
           (flumelog.log LiveCursor LiveOptions LogOptions OffsetLog)))

(set! *warn-on-reflection* true)

(defn- things [^LogCollection l]
  {:log l, :entries (log/entries l), :values (log/values l), :offsets (log/offsets l), :live (log/live l)
   :since (log/since l), :durable (log/durable l), :cursor (doto (log/cursor l) log/next!), :appender ((log/appending l))
   :cache (log/block-cache 5)})

(defn- shown [path closed]
  {:log      (str "#flumelog/Log[" path " {" closed ":since 22 :end 44 :framing :flume :offset-bits 53}]")
   :entries  (str "#flumelog/Entries[" path " {" closed ":since 22 :end 44}]")
   :values   (str "#flumelog/Values[" path " {" closed ":since 22 :end 44}]")
   :offsets  (str "#flumelog/Offsets[" path " {" closed ":since 22 :end 44}]")
   :live     (str "#flumelog/Live[" path " {" closed ":since 22}]")
   :since    "#flumelog/Since[22]"
   :durable  "#flumelog/Since[22]"
   :cursor   (str "#flumelog/Cursor[" path " {:offset 0}]")
   :appender (str "#flumelog/Appender[" path " {:waiting 0}]")
   :cache    "#flumelog/BlockCache[{:max-bytes 5}]"})

(deftest a-log-and-its-parts-print-readably
  (with-temp-folder [folder]
    (doseq [[path ^LogCollection l] {(pr-str (path-in folder "a.log")) (log/open (path-in folder "a.log"))
                                     "\"memory\"" (memory/open)}]
      (log/append-all! l [{:n 1} {:n 2}])
      (when (not= "\"memory\"" path) (log/sync! l))
      (let [things (things l)]
        (is (= (shown path "") (update-vals things pr-str) (update-vals things str)))
        (log/close! l)
        (testing "a closed one says so"
          (is (= (shown path ":closed true ") (update-vals things pr-str) (update-vals things str))))))))

(deftest a-path-is-quoted
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a \"b\".log"))]
      (is (str/includes? (str l) "/a \\\"b\\\".log\" {")))))

(deftest java-types-describe-themselves
  (with-temp-folder [folder]
    (with-open [l (OffsetLog/open (.toPath (java.io.File. (path-in folder "a.log"))) (LogOptions/defaults))]
      (.append l (byte-array [1]))
      (doseq [[thing start] {l "#flumelog/Log[" , (.cursor l) "#flumelog/Cursor[", (.since l) "#flumelog/Since[0]"
                             (.live l (LiveOptions/all)) "#flumelog/Live[" (LiveCursor. l (LiveOptions/all)) "#flumelog/LiveCursor["}]
        (is (str/starts-with? (str thing) start))))))

(deftest close-needs-no-type-hint
  (with-temp-folder [folder]
    (doseq [l [(log/open (path-in folder "a.log")) (memory/open)]]
      (is (nil? (log/close! l)))
      (is (nil? (log/close! l)))
      (is (:closed (log/info l))))))
