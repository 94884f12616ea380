(ns flumelog.interop-test
  "What the original, flumelog-offset 3.4.4 under Node, writes we read, and what we write it reads, and both may append to
   the same file. More of it is in interop-stream-test, interop-cut-test, interop-deviation-test and
   interop-history-test: where the two differ on purpose, a test's name says how, and it asserts both answers, the
   original's where it is a stable one."
  (:require [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error path-in]]
            [flumelog.original :refer [bytes-of formats legacy? new-folder our-reading reading their-reading theirs
                                       they-write! we-write! with-original]]))

(set! *warn-on-reflection* true)

(def ^:private values-of
  {:utf8 ["plain" "Grüße, 世界 🦀" (str/join (range 100)) "a\u0000b\n" " " "the last"]
   :json [{:n 1 :text "Grüße, 世界 🦀"} "a string" {:long (str/join (range 100))} -7 {:list [1 [nil true 0.5]] :map {}}
          {:quote "\" \\ / \u0007 \u2028"}]})

(defn- options-and-deletes
  "Each format, codec and some block size, with what is deleted: nothing from a legacy log, where the original can't."
  []
  (for [format formats, codec [:utf8 :json], block-bytes [23 16384]]
    [(assoc format :codec codec :block-bytes block-bytes) (if (legacy? format) #{} #{0 2 5})]))

(deftest what-the-original-writes-we-read
  (with-original folder
    (doseq [[options deleted] (options-and-deletes)
            :let [values  (values-of (:codec options))
                  path    (path-in (new-folder folder) "log")
                  offsets (they-write! path options values deleted)
                  before  (bytes-of path)]]
      (testing options
        (is (= (reading values offsets deleted) (their-reading path options offsets)))
        (doseq [mode [:read :read-write], options [options {:codec (:codec options)}]]
          (is (= (reading values offsets deleted) (our-reading path (assoc options :mode mode) offsets)) mode))
        (is (= before (bytes-of path)))))))

(deftest what-we-write-the-original-reads
  (with-original folder
    (doseq [[options deleted] (options-and-deletes)
            :let [values  (values-of (:codec options))
                  path    (path-in (new-folder folder) "log")
                  offsets (we-write! path options values deleted)
                  before  (bytes-of path)]]
      (testing options
        (is (= (reading values offsets deleted) (our-reading path options offsets)))
        (is (= (reading values offsets deleted) (their-reading path options offsets)))
        (is (= before (bytes-of path)))))))

(deftest appends-in-turn-with-the-original-make-the-same-file
  (with-original folder
    (doseq [format formats, codec [:utf8 :json]
            :let [values  (values-of codec)
                  options (assoc format :codec codec :block-bytes 23)
                  [both theirs ours] (map #(path-in (new-folder folder) %) ["both" "theirs" "ours"])]]
      (testing options
        (doseq [write! [they-write! we-write! they-write! we-write! we-write! they-write!]]
          (write! both options values #{}))
        (dotimes [_ 6]
          (they-write! theirs options values #{})
          (we-write! ours options values #{}))
        (is (= (bytes-of theirs) (bytes-of both)))
        (is (= (bytes-of theirs) (bytes-of ours)))))))

(defn- log-with-room
  "A log of the values as a crash leaves it that has room; the values' offsets."
  [path options values]
  (let [open (str path ".open")]
    (with-open [l (log/open open (assoc options :sync :each :room-bytes 4096))]
      (let [offsets (mapv #(log/append! l %) values)]
        (io/copy (io/file open) (io/file path))
        (is (< (:end (log/info l)) (.length (io/file path))))
        offsets))))

(deftest the-original-cuts-the-room-that-a-crash-left
  (with-original folder
    (doseq [format (remove legacy? formats), codec [:utf8 :json]
            :let [path (path-in (new-folder folder) "log"), values (values-of codec)
                  options (assoc format :codec codec)
                  offsets (log-with-room path options values)]]
      (testing options
        (is (= (reading values offsets #{}) (their-reading path options offsets)))
        (they-write! path options values #{})
        (is (= (concat values values) (:values (our-reading path options []))))))))

(deftest the-original-reads-a-backup-and-appends-to-it
  (with-original folder
    (doseq [format formats, codec [:utf8 :json]
            :let [values (values-of codec), options (assoc format :codec codec)
                  [path copy] (map #(path-in (new-folder folder) %) ["log" "copy"])]]
      (testing options
        (with-open [l (log/open path (assoc options :sync :each :room-bytes 4096))]
          (let [offsets (log/append-all! l values)]
            (log/backup! l copy)
            (is (= (reading values offsets #{}) (their-reading copy options offsets)))
            (they-write! copy options values #{})
            (is (= :bad-option (error (log/backup! l copy))) "it is no backup any more, but a log of its own")))
        (is (= (concat values values) (:values (our-reading copy options []))))))))

(deftest a-reader-of-ours-follows-what-the-original-appends
  (with-original folder
    (let [path (path-in folder "log"), options {:framing :flume :offset-bits 32 :codec :utf8}]
      (theirs path options
        (fn [ask]
          (ask :append :value "first")
          (with-open [l (log/open path (assoc options :mode :read))]
            (is (= 0 @(log/since l)))
            (is (= ["first"] (vec l)))
            (ask :append :value "second")
            (is (= 17 @(log/since l)))
            (is (= ["first" "second"] (vec l)))))))))

;; ---- doc/coming-from-flumelog-offset.md

(def ^:private trailer-of-its-own
  "Makes old.offset, with an offsetCodec that we don't have: 4 bytes, the lowest first."
  "const mine = {byteWidth: 4, encode: (b, v, at) => b.writeUInt32LE(v, at), decode: (b, at) => b.readUInt32LE(at),
     decodeAsync: (blocks, at, cb) => blocks.read(at, at + 4, (err, b) => cb(err, b && b.readUInt32LE(0)))}
   require('flumelog-offset')('old.offset', {offsetCodec: mine}).append(['one', 'two'].map(x => Buffer.from(x)), () => {
   %s
   })")

(defn- javascript-of-the-page []
  (second (re-find #"(?s)```js\n(.*?)```" (slurp "doc/coming-from-flumelog-offset.md"))))

(deftest the-page-copies-a-log-with-a-trailer-of-its-own
  (with-original folder
    (spit (io/file folder "copy.js") (format trailer-of-its-own (javascript-of-the-page)))
    (is (= {:exit 0 :out "copied\n" :err ""}
           (shell/sh "node" "copy.js" :dir folder
                     :env (assoc (into {} (System/getenv)) "NODE_PATH" (str (.getAbsoluteFile (io/file "test/interop/node_modules")))))))
    (is (= :wrong-format (error (log/open (path-in folder "old.offset") {:offset-bits 32}))))
    (is (= {0 "one" 19 "two"} (with-open [l (log/open (path-in folder "new.offset") {:codec :utf8})] (into {} (log/entries l)))))))
