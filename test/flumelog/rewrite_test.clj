(ns flumelog.rewrite-test
  "A log that is written anew, without its deleted records or in another format, has the same records in the same order."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error failure files-in formats overhead path-in read-bytes
                                       with-temp-folder write-bytes!]]
            [flumelog.options :refer [->moved log-options]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.error LogException)
           (flumelog.log Rewrite)
           (java.nio.file Files LinkOption)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(defn- make-log
  "Makes a log of the values and deletes those at the indices; the entries that are left."
  [path options values deleted]
  (with-open [l (log/open path (merge {:codec :utf8 :sync :none} options))]
    (let [offsets (log/append-all! l values)]
      (log/delete! l (map offsets deleted)))
    (into [] (log/entries l))))

(defn- entries-of [path options]
  (with-open [l (log/open path (merge {:codec :utf8} options))] (into [] (log/entries l))))

(defn- one-behind-the-other
  "The entries of a new log with these values."
  [options values]
  (mapv vector (reductions + 0 (map #(+ (overhead options) (count (.getBytes ^String % "UTF-8"))) values)) values))

(def ^:private gen-log
  (gen/let [values (gen/vector (gen/not-empty gen/string-alphanumeric) 1 20)
            deleted (gen/vector-distinct (gen/choose 0 (dec (count values))) {:max-elements (count values)})]
    [values deleted]))

(def ^:private gen-format (gen/elements (vals formats)))

(defspec the-records-of-a-compacted-log-are-those-that-were-not-deleted (size 100 2000)
  (prop/for-all [[values deleted] gen-log, format gen-format]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), before (make-log path format values deleted), moves (atom {})
            old-size (count (read-bytes path))
            report (log/compact! path {:moved #(swap! moves assoc %1 %2)})
            after (entries-of path {})]
        (if (and (seq before) (seq deleted))
          (and (= (one-behind-the-other format (map second before)) after)
               (= @moves (zipmap (map first before) (map first after)))
               (= report {:frames (count before) :deleted (count deleted) :end (count (read-bytes path))
                          :freed-bytes (- old-size (count (read-bytes path)))}))
          (= before after))))))

(defspec a-converted-log-has-the-same-records-in-the-other-format (size 100 2000)
  (prop/for-all [[values deleted] gen-log, from gen-format, to gen-format]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), target (path-in folder "b.log"), moves (atom {})
            before (make-log path from values deleted), bytes (read-bytes path)
            report (log/convert path target (assoc to :from from :moved #(swap! moves assoc %1 %2)))
            after (entries-of target to)]
        (and (= (one-behind-the-other to (map second before)) after)
             (= @moves (zipmap (map first before) (map first after)))
             (= (:end report) (count (read-bytes target)))
             (= (count values) (if (seq before) (+ (:frames report) (:deleted report)) (count values)))
             (bytes= bytes (read-bytes path)))))))

(deftest a-log-without-deleted-records-is-left-as-it-is
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), inode #(Files/getAttribute (.toPath (io/file path)) "unix:ino" (make-array LinkOption 0))]
      (make-log path {} ["a" "b"] [])
      (let [before (inode)]
        (is (= {:frames 2 :deleted 0 :freed-bytes 0 :end 34} (log/compact! path)))
        (is (= before (inode)))))))

(deftest a-log-of-which-all-is-deleted-keeps-its-format
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), converted (path-in folder "b.log"), small (inc (overhead format))]
          (make-log path format ["long enough" "b"] [0 1])
          (log/convert path converted format)
          (is (= {:frames 1 :deleted 1 :freed-bytes (+ 11 (overhead format)) :end small} (log/compact! path)))
          (is (= {:frames 1 :deleted 0 :freed-bytes 0 :end small} (log/compact! path)) "a second time there is nothing to do")
          (doseq [file [path converted]]
            (with-open [l (log/open file {:codec :utf8})]
              (is (= (merge {:framing :flume} format) (select-keys (log/info l) [:framing :offset-bits])))
              (is (= small (log/append! l "new")))
              (is (nil? (get l 0))))))))))

(deftest an-empty-log-stays-empty
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log")]
      (.close (log/open path))
      (is (= {:frames 0 :deleted 0 :freed-bytes 0 :end 0} (log/compact! path)))
      (is (= {:frames 0 :deleted 0 :end 0} (log/convert path target)))
      (is (= 0 (count (read-bytes target)))))))

(deftest a-compacted-log-is-opened-without-being-read
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (make-log path {} (map #(str % (.repeat "x" 1000)) (range 200)) (range 0 200 2))
      (let [{:keys [frames end]} (log/compact! path)]
        (with-open [l (log/open path {:codec :utf8})]
          (is (= {:frames frames, :end end} (select-keys (log/recovery l) [:frames :end])))
          (is (< 65536 (:scanned-from (log/recovery l)))))))))

(deftest a-rewrite-first-recovers-from-a-crash
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (make-log path {} ["a" "b" "torn"] [0])
      (write-bytes! path (Arrays/copyOf (read-bytes path) 40))
      (is (= {:frames 1 :deleted 1 :freed-bytes 17 :end 17} (log/compact! path)))
      (is (= [[0 "b"]] (entries-of path {})))
      (is (= 6 (count (read-bytes (str path ".torn-34"))))))))

(deftest a-killed-writers-buffer-is-compacted-and-converted-too
  (let [d (disk/disk), l (disk/open d "a.log" {:codec :utf8 :write-buffer-bytes 4096})
        left (do (run! #(log/append! l %) ["a" "b" "c"]) (disk/kill d))
        with-deleted (do (log/delete! l 0) (log/append! l "d") (disk/kill d))
        entries-on #(with-open [l (disk/open %1 %2 {:codec :utf8})] (into [] (log/entries l)))]
    (is (pos? (count (disk/contents left "a.log.buffer"))))
    (Rewrite/convert (disk/folder left) "a.log" (disk/folder left) "b.log" (log-options {}) (log-options {:framing :legacy})
                     (->moved nil))
    (is (= [[0 "a"] [9 "b"] [18 "c"]] (entries-on left "b.log")))
    (Rewrite/compact (disk/folder with-deleted) "a.log" (log-options {}) (->moved nil))
    (is (= [[0 "b"] [17 "c"] [34 "d"]] (entries-on with-deleted "a.log")))))

(deftest a-link-to-a-log-still-leads-to-it
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), link (.toPath (io/file (path-in folder "link")))]
      (make-log path {} ["a" "b"] [0])
      (Files/createSymbolicLink link (.toPath (io/file path)) (make-array java.nio.file.attribute.FileAttribute 0))
      (log/compact! link)
      (is (Files/isSymbolicLink link))
      (is (= [[0 "b"]] (entries-of path {})))
      (is (= [[0 "b"]] (entries-of link {}))))))

(deftest options-of-appends-play-no-part
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (make-log path {} ["a" "b"] [0])
      (doseq [option [{:room-bytes 4096} {:write-buffer-bytes 4096}]]
        (is (= :bad-option (error (log/compact! path option)))))
      (log/compact! path)
      (is (= 17 (count (read-bytes path))))
      (is (= #{"a.log" "a.log.checkpoint" "a.log.deletions" "a.log.lock" "a.log.moves"} (files-in folder))))))

;; Who may use it

(deftest owner-group-and-permissions-stay-what-they-were
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), file (.toPath (io/file path)), no-options (make-array LinkOption 0)
          mode #(bit-and 07777 (int (Files/getAttribute file "unix:mode" no-options)))
          owners #(map (fn [id] (Files/getAttribute file (str "unix:" id) no-options)) ["uid" "gid"])
          root? (= [0 0] (do (make-log path {} ["a" "b"] [0]) (owners)))]
      (when root?
        (Files/setAttribute file "unix:uid" (int 1234) no-options)
        (Files/setAttribute file "unix:gid" (int 4321) no-options))
      (Files/setAttribute file "unix:mode" (int 0600) no-options)
      (let [before (owners)]
        (is (= 1 (:deleted (log/compact! path))))
        (is (= 0600 (mode)))
        (is (= before (owners)))))))

(deftest a-rewrite-is-a-writer-and-readers-keep-the-old-file
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), while-it-works (atom #{})]
      (make-log path {} ["a" "b" "c"] [1])
      (with-open [_ (log/open path)]
        (is (= :locked (error (log/compact! path)))))
      (with-open [reader (log/open path {:codec :utf8 :mode :read})]
        (log/compact! path {:moved (fn [_ _] (swap! while-it-works conj (error (log/open path)) (error (log/compact! path))))})
        (is (= #{:locked} @while-it-works))
        (is (= ["a" "c"] (vec reader)))
        (is (= "c" (get reader 34))))
      (is (= [[0 "a"] [17 "c"]] (entries-of path {}))))))

(deftest a-log-that-is-open-can-be-converted
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log")]
      (with-open [l (log/open path {:codec :utf8 :write-buffer-bytes 4096})]
        (log/append-all! l ["a" "b"])
        (log/convert path target {:framing :legacy :moved (fn [_ _] (log/append! l "more"))}))
      (is (= [[0 "a"] [9 "b"]] (entries-of target {}))))))

;; What is refused, and what stops it

(defn- refused
  "The kind of error; and whether all files of the folder are as they were, but for those that any open leaves."
  [folder f]
  (let [logs #(into {} (for [name (files-in folder) :when (not (re-find #"\.(lock|checkpoint|deletions)$" name))]
                         [name (vec (read-bytes (path-in folder name)))]))
        before (logs)]
    [(try (f) (catch LogException e (:flumelog/error (ex-data e))) (catch Exception e (ex-message e)))
     (if (= before (logs)) :unchanged (keys (logs)))]))

(deftest contradictory-options-are-refused
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log")]
      (make-log path {:offset-bits 48} ["a" "bb" "ccc"] [1])
      (write-bytes! (path-in folder "no.log") (.getBytes "this is no log, but a text"))
      (doseq [[kind f] [[:bad-option #(log/compact! path {:mode :read})] [:bad-option #(log/compact! path {:moved 5})]
                        [:bad-option #(log/compact! path {:mooved vector})] [:bad-option #(log/compact! path [])]
                        [:bad-option #(log/compact! 5)] [:failed #(log/compact! (path-in folder "none"))]
                        [:failed #(log/compact! folder)] [:wrong-format #(log/compact! path {:offset-bits 32})]
                        [:wrong-format #(log/compact! (path-in folder "no.log"))]
                        [:too-large #(log/compact! path {:max-record-bytes 2})]
                        [:bad-option #(log/convert path path)] [:bad-option #(log/convert path target {:framing :jsonl})]
                        [:bad-option #(log/convert path target {:framing :legacy :offset-bits 32})]
                        [:bad-option #(log/convert path target {:from :legacy})]
                        [:bad-option #(log/convert path target {:from {:offset-bit 48}})]
                        [:bad-option #(log/convert path target {:moved 5})]
                        [:failed #(log/convert (path-in folder "none") target)]
                        [:wrong-format #(log/convert path target {:from {:framing :legacy}})]
                        [:too-large #(log/convert path target {:max-record-bytes 2})]]]
        (is (= [kind :unchanged] (refused folder f))))
      (is (not (.exists (io/file (path-in folder "none"))))))))

(deftest an-unknown-option-is-told-the-nearest-of-its-operation
  (let [nearest #(:did-you-mean (ex-data (failure (%1 "none" %2))))]
    (is (= :moved (nearest log/compact! {:mooved 1})))
    (is (= :cut-at (nearest log/recover! {:cutat 1})))
    (is (= :from (nearest #(log/convert %1 "b" %2) {:form {}})))
    (is (= :offset-bits (nearest #(log/convert %1 "b" {:from %2}) {:offset-bit 1})))
    (is (= :mode (nearest log/open {:mooved 1})) "open has no :moved"))
  (is (= :from (:option (ex-data (failure (log/convert "none" "b" {:from :legacy})))))))

(deftest no-other-file-is-overwritten
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log"), part (str target ".part")]
      (make-log path {} ["a" "b"] [0])
      (spit part "mine")
      (doseq [copy [#(log/convert path target %) #(log/salvage path target {:progress (:moved %)})]]
        (testing "that came meanwhile"
          (is (= :bad-option (error (copy {:moved (fn [& _] (spit target "mine too"))}))))
          (is (= "mine too" (slurp target)))
          (io/delete-file target))
        (testing "that has the name of an unfinished one"
          (copy {})
          (is (= "mine" (slurp part)))
          (is (= #{"a.log" "b.log" "b.log.part"} (set (remove #(re-find #"lock|checkpoint|deletions" %) (files-in folder)))))
          (io/delete-file target))))))

(deftest a-rewrite-reports-damage-and-changes-nothing
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log"), texts (map #(str % (.repeat "x" 1000)) (range 200))
          entries (make-log path {} texts [0]), [offset] (nth entries 50)
          data (read-bytes path)]
      (aset data (inc (int offset)) (byte 1))
      (with-open [file (java.io.RandomAccessFile. path "rw")] (.write file data))
      (testing "that open does not see"
        (is (= [:corrupt :unchanged] (refused folder #(log/compact! path))))
        (is (= [:corrupt :unchanged] (refused folder #(log/convert path target)))))
      (testing "that open refuses"
        (io/delete-file (str path ".checkpoint"))
        (is (= [:corrupt :unchanged] (refused folder #(log/compact! path))))
        (is (= [:corrupt :unchanged] (refused folder #(log/convert path target))))
        (is (= offset (:offset (ex-data (is (thrown? LogException (log/convert path target)))))))))))

(deftest a-rewrite-reports-progress-and-can-be-stopped
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), target (path-in folder "b.log"), seen (atom [])
          stop (fn [& _] (throw (ex-info "stop" {})))]
      (make-log path {} (map #(str % (.repeat "x" 300000)) (range 12)) [0 11])
      (doseq [work [#(log/convert path target %) #(log/compact! path %)], option [:progress :moved]]
        (is (= ["stop" :unchanged] (refused folder #(work {option stop})))))
      (doseq [work [#(log/convert path target %) #(log/compact! path %)]]
        (reset! seen [])
        (let [bytes (count (read-bytes path))]
          (work {:progress #(swap! seen conj %)})
          (is (= {:phase :copying :done bytes :total bytes :unit :bytes :remaining-seconds 0 :position bytes :size bytes}
                 (dissoc (peek @seen) :per-second)))
          (is (< 2 (count @seen)))))
      (testing "also while it finds that there is nothing to do"
        (reset! seen [])
        (is (= 0 (:deleted (log/compact! path {:progress #(swap! seen conj %)}))))
        (is (<= 2 (count @seen)))))))

(deftest the-next-open-removes-an-unfinished-compaction
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (make-log path {} ["a" "b"] [0])
      (write-bytes! (str path ".compact-part") (byte-array 1000))
      (with-open [l (log/open path {:codec :utf8 :mode :read})] (is (= ["b"] (vec l))))
      (is (.exists (io/file (str path ".compact-part"))) "readers write nothing")
      (is (= [[17 "b"]] (entries-of path {})))
      (is (not (.exists (io/file (str path ".compact-part"))))))))
