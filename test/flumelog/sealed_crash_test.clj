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
           (java.util Base64 HexFormat)))

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

(defn- delete-until
  "Makes a log, deletes two of its records in one call, and has the power go at that call of the disk. Gives the head before that, and how far it got."
  [d n options]
  (let [said (atom {})]
    (try
      (with-open [l (disk/open d file options)]
        (log/append-all! l ["one" secret "three"])
        (log/append! l (str secret " too"))
        (log/seal! l)
        (reset! said {:head (log/head l) :proof (log/prove l (second (log/offsets l)))})
        (disk/break-at! d n)
        (log/delete! l (map key (filter #(str/includes? (val %) secret) (log/entries l))))
        (log/sync! l)
        (swap! said assoc :done true))
      (catch LogException _ nil))
    @said))

(deftest a-head-from-before-a-deletion-is-proved-wherever-the-power-goes
  (doseq [protect (if (pos? (long (size 0 1))) protections [{:sign seed}]), n (range 1 30 (size 4 1))
          :let [options {:codec :utf8 :sync :none :protect protect}, d (disk/disk), {:keys [head proof done]} (delete-until d n options)]
          seed (range (size 1 3)), sector [1 512]
          :let [lost (if (= 0 seed) (disk/kill d) (disk/lose-power d (+ (long seed) (* 100 (long n))) {:sector-bytes sector}))]]
    (with-open [l (disk/open lost file (assoc options :head head))]
      (let [found (vec l)]
        (is-each (= true (contains? (if done #{["one" "three"]} #{["one" "three"] ["one" secret "three" (str secret " too")]}) found)) "at call " n)
        (is-each (= [true true] [(log/proves? (log/prove l head) nil) (= (:leaf proof) (:leaf (log/prove l (:offset proof))))]) "at call " n)
        (when (= ["one" "three"] found)
          (is-each (= nil (some #(when (str/includes? (String. (disk/contents lost %) "ISO-8859-1") secret) %) (remove #(str/includes? % ".buffer-") (disk/files lost)))) "at call " n))))
    (is-each (= true (get (verified lost (assoc options :head head)) "ok")) "at call " n)))

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
