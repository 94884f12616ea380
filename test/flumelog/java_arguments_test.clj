(ns flumelog.java-arguments-test
  "What the methods for Java say of null, of a path that is none of theirs, and of a log that is closed."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [error failure files-in path-in with-temp-folder]])
  (:import (flumelog.codec Codecs)
           (flumelog.log Entry LiveCursor LiveOptions Log$DeletionWatch LogOptions OffsetLog Position Progress Range Repair Rewrite Rewrite$Moved SideFiles
                         TypedLog Verification)
           (java.net URI)
           (java.nio.file FileSystems Path)
           (java.util Arrays Map)
           (java.util.function Function)))

(set! *warn-on-reflection* true)

(defn- name-of-null
  "The argument that a call says is null, or what else it came to."
  [f]
  (try [:value (f)] (catch NullPointerException e (ex-message e)) (catch Throwable t t)))

(def ^:private options (LogOptions/defaults))

(def ^:private ^Path no-path nil)
(def ^:private ^LogOptions no-options nil)

(defn- of-log
  "The calls of a log, by the argument that is null in them."
  [^OffsetLog log]
  {"data"     [#(.append log nil) #(.appendAsync log nil) #(Entry. 0 nil)]
   "batch"    [#(.appendAll log nil)]
   "batch[1]" [#(.appendAll log (Arrays/asList (object-array [(byte-array [1]) nil])))]
   "reader"   [#(.view log 0 nil)]
   "offsets"  [#(.delete log nil)]
   "watch"    [#(.watchDeletions log nil) #(.watch (.since log) nil) #(.watch (.durable log) nil)]
   "task"     [#(.whenClosed (.since log) nil)]
   "range"    [#(.stream log nil) #(.stream (TypedLog/over log Codecs/UTF8) nil)]
   "options"  [#(.live log nil) #(LiveCursor. log nil) #(.live (TypedLog/over log Codecs/UTF8) nil)]
   "log"      [#(LiveCursor. nil (LiveOptions/all)) #(LiveOptions/of nil {}) #(TypedLog/over nil Codecs/UTF8)]
   "others"   [#(LogOptions/of {} nil) #(Range/of log {} nil) #(LiveOptions/of log {} nil)]
   "codec"    [#(TypedLog/over log nil)]
   "values"   [#(.appendAll (TypedLog/over log Codecs/UTF8) nil)]
   "position" [#(.offsetOf log nil)]
   "text"     [#(Position/parse nil)]
   "to"       [#(.backup log no-path Progress/NONE)]
   "progress" [#(.backup log (Path/of "none" (make-array String 0)) nil)]})

(defn- of-files
  "The calls that take the path of a log, by the argument that is null in them."
  [^Path path ^Path to]
  {"path"    [#(OffsetLog/open no-path) #(OffsetLog/open no-path options) #(Verification/run no-path options)
              #(Repair/recover no-path options 0) #(Rewrite/compact no-path options Rewrite$Moved/NONE) #(SideFiles/drop no-path)]
   "options" [#(OffsetLog/open to no-options) #(Verification/run path no-options) #(Repair/recover path no-options 0)
              #(Repair/salvage path to no-options) #(Rewrite/compact path no-options Rewrite$Moved/NONE)]
   "from"    [#(Repair/salvage no-path to options) #(Rewrite/convert no-path to options options Rewrite$Moved/NONE)]
   "to"      [#(Repair/salvage path no-path options) #(Rewrite/convert path no-path options options Rewrite$Moved/NONE)]
   "source"  [#(Rewrite/convert path to no-options options Rewrite$Moved/NONE)]
   "target"  [#(Rewrite/convert path to options no-options Rewrite$Moved/NONE)]
   "moved"   [#(Rewrite/compact path options nil) #(Rewrite/convert path to options options nil)]})

(deftest an-argument-that-is-null-is-named-and-nothing-is-done
  (with-temp-folder [folder]
    (let [path (.toPath (io/file (path-in folder "a.log"))), to (.toPath (io/file (path-in folder "b.log")))]
      (with-open [log (OffsetLog/open path)]
        (.append log (byte-array [1 2 3]))
        (let [since (.get (.since log)), there (files-in folder)]
          (doseq [[argument calls] (of-log log), call calls] (is (= argument (name-of-null call))))
          (is (= since (.get (.since log))) "nothing was appended")
          (is (= there (files-in folder)))))
      (let [there (files-in folder)]
        (doseq [[argument calls] (of-files path to), call calls] (is (= argument (name-of-null call))))
        (is (= there (files-in folder)) "nothing was made")))))

(deftest a-path-in-another-file-system-is-a-bad-option
  (with-temp-folder [folder]
    (let [zip (URI/create (str "jar:" (.toUri (.toPath (io/file (path-in folder "a.zip"))))))]
      (with-open [files (FileSystems/newFileSystem zip ^Map (hash-map "create" "true"))
                  log (OffsetLog/open (.toPath (io/file (path-in folder "a.log"))))]
        (let [inside (.getPath files "/a.log" (make-array String 0)), outside (.toPath (io/file (path-in folder "b.log")))]
          (doseq [[argument calls] {"path" [#(OffsetLog/open inside) #(Verification/run inside options) #(SideFiles/drop inside)]
                                    "from" [#(Repair/salvage inside outside options)]
                                    "to"   [#(.backup log inside Progress/NONE) #(Repair/salvage (Path/of (.path log) (make-array String 0)) inside options)]}
                  call calls
                  :let [data (ex-data (failure (call)))]]
            (is (= [:bad-option argument] [(:flumelog/error data) (:argument data)]))))))))

(deftest a-closed-log-says-so-but-for-its-facts
  (with-temp-folder [folder]
    (let [path (.toPath (io/file (path-in folder "a.log")))]
      (with-open [log (OffsetLog/open path)] (.append log (byte-array [1 2 3])))
      (doseq [options [options (.readOnly ^LogOptions options)]]
        (let [^OffsetLog log (doto (OffsetLog/open path options) .close), start (Position/parse "/-1/")]
          (doseq [call [#(.append log (byte-array 1)) #(.appendAll log []) #(.get log 0) #(.view log 0 (reify Function (apply [_ b] b)))
                        #(.fetch log 0) #(.delete log (long-array [0])) #(.cursor log) #(.cursorPastCache log) #(.iterator log)
                        #(.spliterator log) #(.stream log) #(.oldest log) #(.position log 0) #(.traces log 0) #(.describe log 0)
                        #(.sync log) #(.backup log (.resolveSibling path "b.log") Progress/NONE)]]
            (is (= :closed (error (call)))))
          (is (= [:closed :closed] [(:flumelog/error (ex-data (failure (.get (.appendAsync log (byte-array [1])))))) (error (.await (.since log) 1000 1000))]))
          (.close log)
          (is (= [0 true -1 -1] [(.get (.since log)) (.isClosed log) (.offset (.position log -1)) (.offsetOf log start)]))
          (doseq [fact [#(.path log) #(.id log) #(.writable log) #(.spacing log) #(.info log) #(.recovery log) #(.durable log)
                        #(.live log (LiveOptions/all)) #(.watchDeletions log (reify Log$DeletionWatch))]]
            (is (some? (fact)))))))))
