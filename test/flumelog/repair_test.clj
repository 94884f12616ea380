(ns flumelog.repair-test
  "What can be done with a damaged file: look into it, copy what is good, cut it with consent."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error failure files-in formats overhead path-in read-bytes
                                       with-temp-folder write-bytes!]]
            [flumelog.options :refer [log-options]]
            [flumelog.shapes :as shapes]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.log Repair Verification)))

(set! *warn-on-reflection* true)

(defn- make-log [path options values]
  (with-open [l (log/open path (merge {:codec :utf8 :sync :none} options))]
    (log/append-all! l values)))

(defn- damage!
  "Writes bytes over a file; forgets what the log had noted beside it, as for a file that was copied."
  [path position & values]
  (let [data (read-bytes path)]
    (dorun (map-indexed (fn [i v] (aset data (+ (int position) (int i)) (unchecked-byte v))) values))
    (io/delete-file (str path ".checkpoint") true)
    (write-bytes! path data)
    data))

(deftest verify-reads-everything-and-changes-nothing
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              offsets (make-log path format ["a" "bb" "ccc"])
              before (do (with-open [l (log/open path {:codec :utf8})] (log/delete! l (second offsets))) (read-bytes path))
              seen (atom [])
              report (log/verify path {:codec :utf8 :progress #(swap! seen conj %)})]
          (is (= (merge {:ok true :frames 3 :deleted 1 :since (last offsets) :size (count before) :skipped [] :skipped-bytes 0
                         :undecodable [] :undecodable-count 0 :framing :flume}
                        format)
                 report))
          (is (= (let [n (count before)]
                   {:phase :verifying :done n :total n :unit :bytes :remaining-seconds 0 :position n :size n})
                 (dissoc (peek @seen) :per-second)))
          (is (bytes= before (read-bytes path))))))))

(deftest verify-tells-what-can-t-be-decoded-and-what-is-no-frame
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          [_ b c] (make-log path {} ["[1]" "[2" "[3]" "[4]"])]
      (is (= {:ok false, :undecodable [b], :skipped []} (select-keys (log/verify path) [:ok :undecodable :skipped])))
      (damage! path c 9)
      (is (= {:ok false, :undecodable [b], :skipped [[c (+ 19 (long c))]], :frames 3}
             (select-keys (log/verify path) [:ok :undecodable :skipped :frames])))
      (is (= :wrong-format (error (log/verify path {:offset-bits 32}))))
      (is (= :failed (error (log/verify (path-in folder "none")))))
      (is (= :bad-option (error (log/verify path {:progres identity}))))
      (is (= :bad-option (error (log/verify path {:progress 1}))))
      (testing "and can be stopped"
        (is (thrown-with-msg? Exception #"enough" (log/verify path {:progress (fn [_] (throw (ex-info "enough" {})))})))))))

(deftest verify-knows-an-empty-log-and-a-log-of-one-record
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              facts (juxt :ok :frames :since :framing :offset-bits)
              wanted [(:framing format :flume) (:offset-bits format)]]
          (write-bytes! path (byte-array 0))
          (is (= (into [true 0 -1] wanted) (facts (log/verify path format))))
          (make-log path format ["a"])
          (is (= (into [true 1 0] wanted) (facts (log/verify path {:codec :utf8})))))))))

(deftest a-frame-inside-the-only-legacy-record-changes-nothing
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          inner (byte-array [0 0 0 1 9 0 0 0 1 0 0 0 0 0 0 0 21])]           ; which ends at 21, as it says
      (with-open [l (log/open path {:framing :legacy :codec :bytes})] (log/append! l inner))
      (is (= {:ok true, :frames 1, :framing :legacy}
             (select-keys (log/verify path {:codec :bytes}) [:ok :frames :framing]))))))

(deftest verify-lists-a-hundred-of-each-problem-and-counts-all
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          offsets (make-log path {} (flatten (repeat 150 ["[" "good" "1"])))]    ; 17, 20 and 17 bytes each
      (doseq [[_ good] (partition 3 offsets)] (damage! path good 9))
      (is (= {:ok false :frames 300 :skipped-bytes (* 150 20) :undecodable-count 150}
             (select-keys (log/verify path) [:ok :frames :skipped-bytes :undecodable-count])))
      (let [found (log/verify path)]
        (is (= (take 100 (for [[_ good after] (partition 3 offsets)] [good after])) (:skipped found)))
        (is (= (take 100 (map first (partition 3 offsets))) (:undecodable found)))))))

(deftest a-record-above-the-maximum-is-not-read-and-not-copied
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), to (path-in folder "saved.log")
          [_ b] (make-log path {} ["a" "bbbbb" "c"])]
      (is (= {:ok false, :undecodable [b]}
             (select-keys (log/verify path {:codec :utf8 :max-record-bytes 4}) [:ok :undecodable])))
      (is (= {:flumelog/error :too-large, :offset b}
             (select-keys (ex-data (failure (log/salvage path to {:max-record-bytes 4}))) [:flumelog/error :offset])))
      (is (not-any? #{"saved.log"} (files-in folder)) "what is not whole is no log")
      (is (= 3 (:frames (log/salvage path to {:max-record-bytes 5})))))))

(deftest a-disk-that-fails-is-no-damage
  (let [d (disk/disk), folder (disk/folder d), options (log-options {:codec :utf8})]
    (with-open [l (disk/open d "a.log" {:codec :utf8})] (log/append-all! l ["first" "second" "third"]))
    (let [damaged (doto (disk/contents d "a.log") (aset 24 (byte 9)))]
      (disk/put-contents d "a.log" damaged)
      (disk/fail! d {:op :read :file #"log$" :for-ever true})
      (is (= :failed (error (Verification/run folder "a.log" options))))
      (is (= :failed (error (Repair/recover folder "a.log" options 21))))
      (is (= :failed (error (Repair/salvage folder "a.log" folder "b.log" options))))
      (disk/heal! d)
      (doseq [op [:append :force]]
        (disk/fail! d {:op op :file #"torn|part" :with :full})
        (is (= :full (error (Repair/recover folder "a.log" options 21))) (str op))
        (disk/fail! d {:op op :file #"torn|part" :with :full})
        (is (= :full (error (Repair/salvage folder "a.log" folder "b.log" options))) (str op)))
      (is (bytes= damaged (disk/contents d "a.log")) "what could not be kept was not cut")
      (is (nil? (disk/contents d "b.log")))
      (is (= 42 (get (Repair/salvage folder "a.log" folder "b.log" options) "end")))
      (is (= 21 (get (Repair/recover folder "a.log" options 21) "end"))))))

(deftest recover-cuts-with-consent-and-keeps-what-it-cuts
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              [_ b] (make-log path format ["first" "second" "third"])
              before (damage! path b 9)
              refused (ex-data (failure (log/open path)))]
          (is (= {:flumelog/error :corrupt, :offset b} (select-keys refused [:flumelog/error :offset])))
          (doseq [wrong [{} {:cut-at 0} {:cut-at (inc (long b))} {:cut-at "x"} nil]]
            (is (= :bad-option (error (log/recover! path wrong))))
            (is (bytes= before (read-bytes path))))
          (let [{:keys [end cut-bytes kept]} (log/recover! path {:cut-at (:offset refused)})]
            (is (= b end))
            (is (= (- (count before) (long b)) cut-bytes))
            (is (bytes= (java.util.Arrays/copyOfRange ^bytes before (int b) (int (count before))) (read-bytes kept))))
          (with-open [l (log/open path {:codec :utf8})]
            (is (= ["first"] (into [] l)))
            (is (= b (log/append! l "again")))
            (is (= :locked (error (log/recover! path {:cut-at b}))))))))))

(deftest a-file-that-is-not-there-is-named
  (with-temp-folder [folder]
    (let [none (path-in folder "none")]
      (doseq [call [#(log/verify none) #(log/salvage none (path-in folder "b.log")) #(log/recover! none {:cut-at 0})
                    #(log/open none {:mode :read})]
              :let [e (failure (call))]]
        (is (= {:flumelog/error :failed, :path none} (select-keys (ex-data e) [:flumelog/error :path])))
        (is (str/ends-with? (ex-message e) (str ": there is no " none)))
        (is (= #{} (files-in folder)))))))

(deftest consent-is-a-number
  (with-temp-folder [folder]
    (make-log (path-in folder "a.log") {} ["a"])
    (let [refusal #(try (log/recover! (path-in folder "a.log") %) (catch Exception e e))]
      (doseq [cut-at ["17" 17.0 :end]]
        (is (= {:flumelog/error :bad-option, :option :cut-at, :value cut-at}
               (select-keys (ex-data (refusal {:cut-at cut-at})) [:flumelog/error :option :value]))))
      (doseq [none [nil {} {:cut-at nil}]]
        (is (str/includes? (ex-message (refusal none)) "must be 17"))))))

(deftest recover-makes-no-file
  (with-temp-folder [folder]
    (is (= :failed (error (log/recover! (path-in folder "none") {:cut-at 0}))))
    (is (= #{} (files-in folder)))))

(deftest salvage-copies-what-is-behind-the-damage-too
  (doseq [[format-name format] formats]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), to (path-in folder "saved.log")
              [_ b c] (make-log path format ["first" "second" "third" "fourth"])
              before (damage! path b 9)
              report (log/salvage path to)]
          (is (= {:frames 3 :skipped-bytes (- (long c) (long b)) :skipped [[b c]]} (dissoc report :end)))
          (with-open [l (log/open to {:codec :utf8})]
            (is (= ["first" "third" "fourth"] (into [] l)))
            (is (= (:framing format :flume) (:framing (log/info l)))))
          (is (bytes= before (read-bytes path)))
          (is (= :bad-option (error (log/salvage path to))) "a file is never written over"))))))

(deftest salvage-finds-records-behind-a-damaged-beginning
  (doseq [bits [32 48 53]]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), to (path-in folder "saved.log")
            [_ b] (make-log path {:offset-bits bits} ["first" "second" "third"])]
        (damage! path 0 255 255)
        (is (= :wrong-format (error (log/open path))))
        (is (= [[0 b]] (:skipped (log/salvage path to))))
        (with-open [l (log/open to {:codec :utf8})] (is (= ["second" "third"] (into [] l))))))))

(deftest salvage-keeps-offsets-and-deletions-before-the-damage
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), to (path-in folder "saved.log")
          [a b c] (make-log path {} ["a" "bb" "ccc"])]
      (with-open [l (log/open path {:codec :utf8})] (log/delete! l a))
      (damage! path c 9)
      (log/salvage path to)
      (with-open [l (log/open to {:codec :utf8})]
        (is (= [[b "bb"]] (into [] (log/entries l))))
        (is (= :deleted (error (log/fetch l a))))))))

(deftest a-recovery-that-is-stopped-changes-nothing
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), offsets (make-log path {} (repeat 20 (.repeat "x" 100000)))
          damaged (damage! path (peek offsets) 9), seen (atom [])
          stop (fn [_] (throw (ex-info "stop" {})))]
      (is (thrown-with-msg? Exception #"stop" (log/recover! path {:cut-at (peek offsets) :progress stop})))
      (is (bytes= damaged (read-bytes path)))
      (is (= (peek offsets) (:end (log/recover! path {:cut-at (peek offsets) :progress #(swap! seen conj %)}))))
      (is (seq @seen) "where it is"))))

(deftest a-salvage-that-is-stopped-leaves-no-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (make-log path {} ["a" "b"])
      (is (thrown? Exception (log/salvage path (path-in folder "b.log") {:progress (fn [_] (throw (ex-info "stop" {})))})))
      (is (not-any? #{"b.log" "b.log.part"} (files-in folder)))
      (is (= :wrong-format (do (spit (path-in folder "text") "no log at all, just text")
                               (error (log/salvage (path-in folder "text") (path-in folder "c.log")))))))))

(defn- in-order?
  "Whether all of `wanted` are in `xs`, in that order; others may stand between them."
  [wanted xs]
  (empty? (reduce (fn [[w & more :as left] x] (if (and (seq left) (= w x)) more left)) wanted xs)))

(defspec salvage-saves-all-but-what-is-damaged (size 40 400)
  (prop/for-all [format (gen/elements (vals (dissoc formats "legacy")))
                 texts (gen/vector (gen/fmap #(str "v" %) gen/string-alphanumeric) 1 12)
                 where (gen/choose 0 10000)
                 garbage (gen/vector gen/byte 1 8)]
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), to (path-in folder "b.log")
            offsets (make-log path format texts)
            end (count (read-bytes path))
            position (rem where end)
            before (read-bytes path)
            _ (apply damage! path position (take (- end position) garbage))
            touched? (fn [offset ^String text]
                       (let [after (+ (long offset) (long (overhead format)) (count text))]
                         (and (< position after) (> (+ position (count garbage)) (long offset)))))
            safe (remove nil? (map #(when-not (touched? %1 %2) %2) offsets texts))]
        (if (and (empty? safe) (not (bytes= before (read-bytes path))))
          true
          (do (log/salvage path to)
              (with-open [l (log/open to {:codec :utf8})]
                (let [saved (into [] (log/values l {:on-decode-error :skip}))]
                  (and (<= (count saved) (count texts))
                       (in-order? safe saved))))))))))

(deftest a-record-without-data-is-saved-too
  (doseq [[format-name trailer] shapes/trailer-bytes :when (pos? (long trailer))]
    (testing format-name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), data (byte-array [1 2 3])
              [whole] (shapes/log-bytes trailer [data (byte-array 0) data])]
          (write-bytes! path whole)
          (is (= {:frames 3 :skipped-bytes 0} (select-keys (log/salvage path (path-in folder "saved")) [:frames :skipped-bytes])))
          (is (bytes= whole (read-bytes (path-in folder "saved")))))))))
