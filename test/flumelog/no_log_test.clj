(ns flumelog.no-log-test
  "Files that hold no whole record: one rule, for all operations. They are left alone to the byte, unless our own checkpoint says
   that a writer was at its first append, or a format is named and the bytes are the beginning of one of its frames."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error files-in formats log-in overwrite! path-in read-bytes watched
                                       with-temp-folder write-bytes!]]
            [flumelog.shapes :as shapes]
            [flumelog.test-disk :as disk]
            [no-log-sweep :as sweep])
  (:import (flumelog.file LogFolder)
           (flumelog.log LogOptions Repair Rewrite Rewrite$Moved Verification)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(defn- data-of ^bytes [& parts]
  (byte-array (mapcat #(cond (string? %) (.getBytes ^String % "UTF-8")
                             (integer? %) [(unchecked-byte %)]
                             :else (map unchecked-byte %))
                      parts)))

(def ^:private utf-16 #(.getBytes "just some text\n" ^String %))

(def ^:private a-bipf-log
  "A block of async-append-only-log: a little-endian length, an object of BIPF that is as long, and zeros."
  (data-of 14 0 (bit-or 5 (bit-shift-left 13 3)) (repeat 13 8) (repeat (- 65536 16) 0)))

(def ^:private foreign
  "What a file is, in words of the sentence that refuses it, and its bytes."
  {"an SQLite database"   (data-of "SQLite format 3" 0 (range 100))
   "a gzip archive"       (data-of 0x1f 0x8b 8 (repeat 30 0))
   "a zip or jar archive" (data-of "PK" 3 4 (range 50))
   "an ELF program"       (data-of 0x7f "ELF" 2 1 1 (repeat 40 0))
   "a Java class file"    (data-of 0xCA 0xFE 0xBA 0xBE 0 0 0 61 (range 50))
   "a WebAssembly module" (data-of 0 "asm" 1 0 0 0 (range 60))
   "a TrueType font"      (data-of 0 1 0 0 0 12 (range 90))
   "a LevelDB table"      (data-of (range 90) 0x57 0xfb 0x80 0x8b 0x24 0x75 0x47 0xdb)
   "a RocksDB table"      (data-of (range 90) 0xf7 0xcf 0xf4 0x85 0xb7 0x41 0xe2 0x88)
   "a manifest of LevelDB" (data-of [0x56 0xf9 0xb8 0xf8 0x1c 0 1 1 0x1a] "leveldb.BytewiseComparator" [2 3 4])
   "a log.bipf of ssb-db2" a-bipf-log
   "JSON lines"           (data-of "{\"a\":1}\n{\"a\":2}\n")
   "JSON text"            (data-of "[1,2,3]")
   "UTF-16 text"          (data-of (utf-16 "UTF-16BE"))
   "like UTF-16 text"     (data-of (utf-16 "UTF-16"))
   "like text"            (data-of "gr\u00fc\u00dfe, and no log\n")
   "nothing but zeros"    (data-of (repeat 100 0))
   "no good record"       (data-of 1 0 0 0, 40 0 0 0, 3 0 0 0 (range 30)) ; an index of jitdb
   "no good record, one byte" (data-of 7)
   "no good record, millis"   (data-of (mapcat #(.array (.putLong (java.nio.ByteBuffer/allocate 8) (+ 1700000000000 (* 40 (long %))))) (range 9)))})

(deftest every-operation-refuses-another-file-and-says-what-it-is
  (with-temp-folder [folder]
    (with-temp-folder [others]
      (doseq [[what ^bytes data] foreign]
        (testing what
          (is (nil? (sweep/check folder others data)))
          (let [path (path-in folder "copy")
                refusals (for [f [#(.close (log/open path)) #(.close (log/open path {:mode :read})) #(log/verify path)
                                  #(log/salvage path (path-in others "new")) #(log/convert path (path-in others "new"))
                                  #(log/compact! path) #(log/recover! path {:cut-at 1})]]
                           (try (f) nil (catch Exception e e)))]
            (is (= [:wrong-format] (distinct (map (comp :flumelog/error ex-data) refusals))))
            (is (every? #(str/includes? (ex-message %) (first (str/split what #","))) refusals) (pr-str (map ex-message refusals)))
            (is (every? #(str/includes? (ex-message %) "cut it at 0 with recover! (in Java Repair.recover)") refusals))
            (is (= #{"copy"} (files-in folder)))
            (is (= #{} (files-in others)))
            (is (bytes= data (read-bytes path)))))))))

(deftest a-file-that-is-not-a-log-can-be-emptied-on-request
  (with-temp-folder [folder]
    (doseq [[what ^bytes data] foreign]
      (testing what
        (let [path (path-in folder "a.log")]
          (shapes/clean! folder)
          (write-bytes! path data)
          (is (= {:end 0 :cut-bytes (alength data) :kept (str path ".torn-0")} (log/recover! path {:cut-at 0})))
          (is (bytes= data (read-bytes (str path ".torn-0"))))
          (with-open [l (log/open path {:codec :utf8})]
            (is (= 0 (log/append! l "first")))
            (is (= :none (:tail (log/recovery l))))))))))

(deftest a-damaged-log-with-good-records-is-never-cut-to-nothing
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (write-bytes! path (data-of (first (shapes/log-bytes 8 [(data-of "a") (data-of "b")])) "rest"))
      (is (= :bad-option (error (log/recover! path {:cut-at 0}))))
      (is (= 34 (:end (log/recover! path {:cut-at 34})))))))

;; Our own first append

(defn- at-its-first-append
  "A disk with a log of which a killed writer has left the first n bytes of its first append, and the bytes of all of it."
  [format n]
  (let [d (disk/disk), left (atom nil)
        before (fn [op name] (when (= [:append "a.log"] [op name]) (swap! left #(or % (disk/kill d)))))]
    (with-open [l (log-in (watched (disk/folder d) before) "a.log" (merge {:codec :utf8 :sync :none} format))]
      (log/append! l "the first record"))
    (let [whole (disk/contents d "a.log")]
      (apply overwrite! (disk/folder @left) "a.log" 0 (take n whole))
      [@left whole])))

(deftest a-first-append-torn-anywhere-opens-as-an-empty-log
  (doseq [[format-name format] formats]
    (testing format-name
      (doseq [n (range 1 (alength ^bytes (second (at-its-first-append format 1))))]
        (let [[left ^bytes whole] (at-its-first-append format n)]
          (with-open [r (disk/open left "a.log" {:mode :read})]
            (is (= [] (vec r)) (str n " bytes"))
            (is (= {:tail :torn, :end 0} (select-keys (log/recovery r) [:tail :end])) (str n " bytes")))
          (with-open [l (disk/open left "a.log" {:codec :utf8})]
            (is (= {:tail :torn, :end 0, :cut-bytes n}
                   (select-keys (log/recovery l) [:tail :end :cut-bytes]))
                (str n " bytes"))
            (is (bytes= (Arrays/copyOf whole (int n)) (disk/contents left "a.log.torn-0")))))))))

(deftest verify-and-recover-judge-a-torn-first-append-as-open-does
  (let [[left] (at-its-first-append {} 10), ^LogFolder folder (disk/folder left), options (LogOptions/of {})]
    (is (= {"ok" false "frames" 0 "skipped" [[0 10]]}
           (select-keys (into {} (Verification/run folder "a.log" options)) ["ok" "frames" "skipped"])))
    (is (= 0 (get (Repair/salvage folder "a.log" folder "salvaged" options) "frames")))
    (is (= 0 (get (Rewrite/convert folder "a.log" folder "converted" options options Rewrite$Moved/NONE) "frames")))
    (is (= 10 (alength ^bytes (disk/contents left "a.log"))) "none of these has cut it")
    (is (= 0 (get (Rewrite/compact folder "a.log" options Rewrite$Moved/NONE) "frames")))
    (is (= [0 10] (map #(alength ^bytes (disk/contents left %)) ["a.log" "a.log.torn-0"])))))

(deftest a-file-swapped-in-at-the-first-append-is-not-a-log
  ;; What begins like a long record may be the first append: it is cut, and kept.
  (doseq [[what ^bytes data] (select-keys foreign ["an SQLite database" "a gzip archive" "a zip or jar archive" "an ELF program" "JSON lines"
                                                   "a Java class file" "a manifest of LevelDB" "a log.bipf of ssb-db2" "like text"])]
    (testing what
      (let [[left] (at-its-first-append {} 10)]
        (with-open [f (.openForWriting (disk/folder left) "a.log")]
          (.truncate f 0)
          (.overwrite f 0 (java.nio.ByteBuffer/wrap data)))
        (is (= :wrong-format (error (disk/open left "a.log"))))
        (is (bytes= data (disk/contents left "a.log")))))))

;; What the options name

(deftest a-named-format-accepts-only-its-own-torn-first-frame
  (doseq [[format-name format] formats, [other-name other] formats]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log")
            ^bytes frame (first (shapes/log-bytes (shapes/trailer-bytes format-name) [(data-of "data")]))
            taken? (fn [options n]
                     (shapes/clean! folder)
                     (write-bytes! path (Arrays/copyOf frame (int n)))
                     (= [nil (str path ".torn-0")]
                        (try (with-open [l (log/open path options)] [(first l) (:kept (log/recovery l))]) (catch Exception _ nil))))]
        (testing (str format-name " opened as " other-name)
          ;; Up to the end of the data all formats are alike.
          (doseq [n (range 1 12)] (is (taken? other n) (str n " bytes")))
          (when (= other-name format-name)
            (doseq [n (range 1 (alength frame))]
              (is (taken? other n) (str n " bytes, up to the last"))
              (is (not (taken? {} n)) (str n " bytes, without a name"))))))))
  (with-temp-folder [folder]
    (doseq [[what data] (select-keys foreign ["a gzip archive" "JSON lines" "a Java class file" "like text"]), options (vals formats)]
      (write-bytes! (path-in folder "copy") data)
      (is (= :wrong-format (error (log/open (path-in folder "copy") options))) what)
      (is (= #{"copy"} (files-in folder))))))
