(ns flumelog.sealed-crash-test
  "After a power loss or a kill a sealed log goes on from each head that it told, has whole batches, and deletions are done or not begun. The
   original walks it, and Node's own crypto finds the same root."
  (:require [clojure.data.json :as json]
            [clojure.java.io :as io]
            [clojure.java.shell :as shell]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.options :refer [log-options]]
            [flumelog.original :refer [bytes-of their-reading with-original]]
            [flumelog.process :refer [answer kill! tell! with-fresh-children]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [is-each size skip]])
  (:import (flumelog.error LogException)
           (flumelog.log Verification)
           (java.nio ByteBuffer)
           (java.util Arrays Base64 HexFormat)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")
(def ^:private seed (byte-array (range 32)))
(def ^:private protections [:sealed {:sign seed} {:key seed :sign seed}])

(defn- verified [d options]
  (Verification/run (disk/folder d) file (log-options (select-keys options [:codec :protect :head]))))

(def ^:private gen-options
  (gen/let [protect (gen/elements protections), bits (gen/elements [32 53]), sync (gen/elements [:each :none :none]), every (gen/elements [1 3 1000])
            room (gen/elements [nil nil 4096]), buffer (gen/elements [nil nil 4096])]
    {:protect protect :offset-bits bits :codec :utf8 :sync sync :seal {:every-records every} :room-bytes room :write-buffer-bytes buffer}))

(def ^:private gen-batch
  (gen/vector (gen/one-of [(gen/return "") (gen/fmap #(str "v" %) gen/string-alphanumeric) (gen/fmap #(apply str (repeat % "long ")) (gen/choose 50 300))]) 1 6))

(defn- run-batches
  "Appends the batches until the power goes, and deletes a record now and then. Gives what was tried, and the heads that the log told, each with
   how many batches were appended by then, and whether the deletion was begun or done."
  [d options batches]
  (let [said (atom {:tried 0 :heads [] :deleting 0})]
    (try
      (let [l (disk/open d file options)]
        (doseq [[n batch] (map-indexed vector batches)]
          (swap! said update :tried inc)
          (log/append-all! l batch)
          (when (zero? (rem (long n) 3)) (swap! said update :heads conj [(inc (long n)) (log/head l)]))
          (when (= 4 n)
            (swap! said assoc :deleting 1)
            (log/delete! l (first (log/offsets l)))
            (swap! said assoc :deleting 2)))
        (.close ^java.io.Closeable l))
      (catch LogException _ nil))
    @said))

(defn- wrong-after
  "What is wrong with the log after a crash; nil if it goes on from each head."
  [d options batches {:keys [tried heads deleting]}]
  (let [durable (long (or (first (peek heads)) 0)), wholes (map #(vec (apply concat (take % batches))) (range durable (inc (long tried))))
        possible (case (long deleting) 0 (set wholes), 1 (into (set wholes) (map (comp vec rest)) wholes), 2 (into (set wholes) (map (comp vec rest)) wholes))
        found (with-open [l (disk/open d file (assoc options :head (second (peek heads))))]
                (let [proofs (mapv (fn [[_ head]] (log/proves? (log/prove l head) nil)) heads)] [(vec l) proofs]))]
    (cond
      (not (possible (first found))) {:found found :durable durable :tried tried}
      (some false? (second found)) :a-head-is-not-proved
      (not (get (verified d (assoc options :head (second (peek heads)))) "ok")) :not-whole
      (not= (conj (first found) "after") (with-open [l (disk/open d file options)] (log/append! l "after") (vec l))) :does-not-go-on)))

(defspec after-a-power-loss-a-log-goes-on-from-the-heads-that-it-told (size 4 120)
  (prop/for-all [options gen-options
                 batches (gen/vector gen-batch 1 10)
                 break-at (gen/frequency [[2 (gen/return nil)] [2 (gen/choose 1 80)]])
                 sector (gen/elements [1 16 512])
                 seed gen/large-integer]
    (let [d (disk/disk)
          _ (when break-at (disk/break-at! d break-at))
          history (run-batches d options batches)]
      (every? #(nil? (wrong-after (disk/lose-power d (+ seed (long %)) {:sector-bytes sector}) options batches history)) (range 3)))))

;; Deletions

(def ^:private ^String secret "the secret that is deleted")

(defn- data-at ^bytes [d offset]
  (let [bytes (disk/contents d file), from (+ 4 (long offset))]
    (Arrays/copyOfRange bytes from (+ from (.getInt (ByteBuffer/wrap bytes) (int offset))))))

(defn- delete-until
  "Makes a log, deletes two of its records in one call, and has the power go at that call of the disk. Gives the head before that, a proof of
   the first of the two, the data of both frames by their offsets, and whether the deletion was done."
  [d n options]
  (let [said (atom {})]
    (try
      (with-open [l (disk/open d file options)]
        (log/append-all! l ["one" secret "three"])
        (log/append! l (str secret " too"))
        (log/seal! l)
        (let [doomed (map key (filter #(str/includes? (val %) secret) (log/entries l)))]
          (reset! said {:head (log/head l) :proof (log/prove l (first doomed)) :data (into {} (map (juxt identity #(data-at d %))) doomed)})
          (disk/break-at! d n)
          (log/delete! l doomed)
          (log/sync! l)
          (swap! said assoc :done true)))
      (catch LogException _ nil))
    @said))

(defn- pieces
  "What the data has in any twelve bytes behind one another."
  [^bytes data]
  (map #(String. data (int %) 12 "ISO-8859-1") (range (- (alength data) 11))))

(defn- left-of
  "The files that have a piece of the data."
  [d data]
  (filter (fn [name] (let [bytes (String. (disk/contents d name) "ISO-8859-1")] (some #(str/includes? bytes %) (pieces data)))) (disk/files d)))

(defn- wrong-after-deletion
  "What is wrong with the log as the power or a kill has left it; nil if its old head and its old proof hold, and both records are there
   as they were, or nothing of either is in any file."
  [lost options {:keys [head proof data done]}]
  (with-open [l (disk/open lost file (assoc options :head head))]
    (let [kept? (= ["one" secret "three" (str secret " too")] (vec l))]
      (cond
        (not (or kept? (= ["one" "three"] (vec l)))) (vec l)
        (and kept? done) :came-back
        (not (log/proves? (log/prove l head) nil)) :old-head
        (not= (:leaf proof) (:leaf (log/prove l (:offset proof)))) :old-proof
        kept? (some (fn [[offset was]] (when-not (Arrays/equals ^bytes was (data-at lost offset)) [:changed offset])) data)
        :else (some (fn [[offset was]]
                      (cond (not-every? zero? (data-at lost offset)) [:no-zeros offset]
                            (seq (left-of lost was))                 [:left (left-of lost was)]))
                    data)))))

(deftest a-deletion-is-done-or-not-begun-wherever-the-power-goes
  (doseq [protect (if (pos? (long (size 0 1))) protections [{:sign seed}])
          :let [options {:codec :utf8 :sync :none :protect protect}]]
    (loop [n 1]                                                                    ; each call of the disk that a deletion makes, and one more
      (let [d (disk/disk), {:keys [head done] :as said} (delete-until d n options)]
        (doseq [seed (range (size 1 4)), sector (if (= 0 seed) [nil] [1 512])
                :let [lost (if (= 0 seed) (disk/kill d) (disk/lose-power d (+ (long seed) (* 100 n)) {:sector-bytes sector}))]]
          (is-each (= nil (wrong-after-deletion lost options said)) "at call " n ", seed " seed ", sector " sector)
          (is-each (= true (get (verified lost (assoc options :head head)) "ok")) "at call " n))
        (if done
          (do (is (< 5 n))
              (is (= [] (mapcat #(left-of d %) (vals (:data said)))) "without a crash nothing is left, not only after the next opening"))
          (recur (inc n)))))))

;; Other processes

(deftest a-kill-leaves-a-log-that-goes-on-from-the-heads-that-it-told
  (with-temp-folder [folder]
    (with-fresh-children (size 1 8)
      (fn [n child]
        (let [path (path-in folder (str n ".log"))]
          (tell! child `(let [l# (log/open ~path {:protect :sealed :sync :none :seal {:every-records 20}})]
                          (dotimes [n# 300] (log/append-all! l# (range n# (+ 3 n#))))
                          (flumelog.child/say! (log/head l#))
                          (doseq [n# (range)] (log/append! l# n#))))
          (let [head (answer child)]
            (Thread/sleep (long (rand-int 100)))
            (kill! child)
            (with-open [l (log/open path {:head head})]
              (is (log/proves? (log/prove l head) nil)))
            (is (= {:ok true :head-ok true} (select-keys (log/verify path {:head head}) [:ok :head-ok])))))))))

(deftest ^{:ci "kills JVMs"} a-kill-within-deletions-leaves-each-of-them-done-or-not-begun
  (with-temp-folder [folder]
    (with-fresh-children (size 1 6)
      (fn [n child]
        (let [path (path-in folder (str n ".log")), protect (nth [:sealed {:key (vec seed) :sealed true}] (rem (long n) 2))
              options (cond-> {:codec :utf8} (map? protect) (assoc :protect {:key seed}))]
          (tell! child `(let [protect# ~protect
                              l# (log/open ~path {:codec :utf8 :sync :none :protect (if (map? protect#) (update protect# :key byte-array) protect#)})
                              pairs# (mapv (fn [i#] (log/append-all! l# [(str "left " i#) (str "right " i#)])) (range 3000))]
                          (flumelog.child/say! [(log/head l#) pairs#])
                          (doseq [pair# pairs#] (log/delete! l# pair#))))
          (let [[head pairs] (answer child), before (read-bytes path)
                data (fn [^bytes file offset] (let [from (+ 4 (long offset))] (Arrays/copyOfRange file from (+ from (.getInt (ByteBuffer/wrap before) (int offset))))))]
            (Thread/sleep (long (rand-int 400)))
            (kill! child)
            (with-open [l (log/open path (assoc options :head head))]
              (is (log/proves? (log/prove l head) nil))
              (let [file (read-bytes path), gone (count (take-while #(nil? (get l (first %))) pairs))]
                (doseq [[i pair] (map-indexed vector pairs)]
                  (is-each (= (if (< (long i) gone) [nil nil] [(str "left " i) (str "right " i)]) (mapv #(get l %) pair)) "pair " i " of " gone)
                  (is-each (= true (if (< (long i) gone) (every? #(every? zero? (data file %)) pair) true)) "bytes of pair " i))))
            (is (= {:ok true :head-ok true} (select-keys (log/verify path (assoc options :head head)) [:ok :head-ok])))))))))

;; Other programs

(deftest the-original-walks-a-sealed-log
  (with-original folder
    (doseq [protect protections]
      (let [path (path-in folder (str (hash protect) ".log")), options {:offset-bits 53 :codec :base64}
            offsets (with-open [l (log/open path {:codec :utf8 :protect protect})]
                      (let [offsets (log/append-all! l ["one" "two" "three"])] (log/seal! l) (log/delete! l (second offsets)) offsets))
            before (bytes-of path)
            frames (with-open [l (log/open path {:codec :bytes :mode :read :protect :none})] (mapv vec l))]
        (is (= 6 (count frames)) "head, two records, two seals, a note")
        (is (= frames (mapv #(vec (.decode (Base64/getDecoder) ^String %)) (:values (their-reading path options (take 1 offsets))))))
        (is (= before (bytes-of path)))))))

(def ^:private golden (io/file "test" "protected"))

(defn- decoded [path & options]
  (let [{:keys [out err exit]} (apply shell/sh "node" "test/interop/protected.js" path options)]
    (if (zero? (long exit)) (json/read-str out :key-fn keyword) err)))

(defn- node? []
  (try (zero? (long (:exit (shell/sh "node" "--version")))) (catch java.io.IOException _ false)))

(deftest files-of-each-protection-that-were-written-once-are-read
  (doseq [[name-of protect] {"checked" nil, "sealed" nil, "signed" {:sign seed}, "encrypted" {:key seed}, "both" {:key seed :sign seed}}]
    (testing name-of
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), bytes (read-bytes (io/file golden (str name-of ".log"))), sealed? (contains? #{"sealed" "signed" "both"} name-of)]
          (write-bytes! path bytes)
          (is (= {:ok true :frames 5 :deleted 1} (select-keys (log/verify path {:protect protect :codec :utf8}) [:ok :frames :deleted])))
          (with-open [l (log/open path {:protect protect :codec :utf8 :mode :read})]
            (is (= ["one" "" "\u0000\u0000" "five"] (vec l)))
            (when (node?)
              (let [said (apply decoded path (when (re-find #"encrypted|both" name-of) ["--key" (.formatHex (HexFormat/of) seed)]))]
                (is (= (vec l) (for [{:keys [type value]} (:frames said) :when (= "record" type)] (String. (.parseHex (HexFormat/of) ^String value)))))
                (when sealed?
                  (is (= [(not= "sealed" name-of) (:root (log/head l))] [(:signed (last (:seals said))) (:root (last (:seals said)))]))))))
          (is (= (seq bytes) (seq (read-bytes path)))))))
    (when-not (node?) (skip "needs node"))))
