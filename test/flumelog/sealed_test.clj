(ns flumelog.sealed-test
  "A sealed log tells what it is, proves its records, and does not hide that it was changed or cut back."
  (:require [clojure.datafy :refer [datafy]]
            [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.log LogHead LogOptions OffsetLog Protection)
           (flumelog.protect CheckedEnvelope Signers)
           (java.nio ByteBuffer)
           (java.security KeyPair KeyPairGenerator PrivateKey PublicKey)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private ^KeyPair pair (.generateKeyPair (KeyPairGenerator/getInstance "Ed25519")))
(def ^:private ^PrivateKey sign (.getPrivate pair))
(def ^:private ^PublicKey trust (.getPublic pair))
(def ^:private key-1 (byte-array (repeat 32 1)))

(def ^:private modes
  "How a log is written, how it is read, and what the value of a proof needs."
  {:sealed    {:write :sealed, :read :sealed, :proving {}}
   :signed    {:write {:sign sign}, :read {:trust trust}, :proving {:trust trust}}
   :encrypted {:write {:key key-1 :sealed true}, :read {:key key-1}, :proving {:key key-1}}
   :both      {:write {:key key-1 :sign sign}, :read {:key key-1 :trust trust}, :proving {:key key-1 :trust trust}}})

(defn- why [e] (select-keys (ex-data e) [:flumelog/error :why]))

(defn- make!
  "A log of `n` records `{:n i}`, with a seal after each 50. Gives offsets."
  [path write n]
  (with-open [l (log/open path {:protect write :seal {:every-records 50}})]
    (into [] (mapcat #(log/append-all! l %)) (partition-all 7 (map #(hash-map :n %) (range n))))))

;; Heads and proofs

(deftest each-record-and-each-older-head-is-proved
  (doseq [[mode {:keys [write read proving]}] modes]
    (testing mode
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), n (long (size 300 1200)), heads (atom [])
              offsets (with-open [l (log/open path {:protect write :seal {:every-records 100}})]
                        (mapv (fn [i] (when (zero? (rem (long i) 60)) (swap! heads conj (log/head l))) (log/append! l {:n i})) (range n)))]
          (doseq [options [{:protect read :mode :read} {:protect write}]]
            (with-open [l (log/open path options)]
              (doseq [[i offset] (map-indexed vector offsets) :when (zero? (rem (long i) (long (size 37 1))))]
                (let [proof (log/prove l offset)]
                  (is-each (= [true true false] [(log/proves? proof {:n i} proving) (log/proves? proof nil) (log/proves? proof {:n -1} proving)]) "record " i)
                  (is-each (= true (<= (count (:path proof)) 12)))))
              (doseq [head @heads] (is-each (= true (log/proves? (log/prove l (edn/read-string (pr-str head))) nil (select-keys proving [:trust]))) head))
              (is (= (log/head l) (log/head l)))
              (is (= :not-a-record (error (log/prove l 7)) (error (log/prove l 0)) (error (log/prove l 1000000000)))))))))))

(deftest proofs-hold-over-many-groups-of-frames
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), random (java.util.Random. 5), heads (atom [])
          offsets (with-open [l (log/open path {:protect :sealed :sync :none})]
                    (into [] (mapcat (fn [part] (let [some (log/append-all! l part)] (swap! heads conj (log/head l)) some)))
                          (partition-all 257 (range (size 2600 70000)))))]
      (doseq [options [{:mode :read} {}]]
        (with-open [l (log/open path options)]
          (dotimes [_ (size 12 100)]
            (let [n (.nextInt random (count offsets)), head (nth @heads (.nextInt random (count @heads)))]
              (is-each (= [true true] [(log/proves? (log/prove l (offsets n)) n) (log/proves? (log/prove l head) nil)]) n " " (:size head)))))))))

(deftest a-head-is-what-the-next-opening-finds
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")
          head (with-open [l (log/open path {:protect :sealed})] (log/append! l 1) (log/seal! l))]
      (is (= {:size 2 :end 153} (select-keys head [:size :end])))
      (is (= head (with-open [l (log/open path)] (log/head l)) (with-open [l (log/open path {:mode :read})] (log/head l))
             (with-open [l (log/open path)] (log/seal! l))) "nothing is sealed twice")
      (is (= head (edn/read-string (pr-str head))))
      (is (= {:protect :sealed :seals 1 :head-ok true :ok true :damaged [] :unnoted []}
             (select-keys (log/verify path {:head head}) [:protect :seals :head-ok :ok :damaged :unnoted]))))))

(deftest what-is-not-sealed-has-no-head
  (with-temp-folder [folder]
    (doseq [protect [:none :checked {:key key-1}]]
      (with-open [l (log/open (path-in folder (str (hash protect) ".log")) {:protect protect})]
        (log/append! l 1)
        (is (= [:unsupported :unsupported :unsupported] [(error (log/head l)) (error (log/seal! l)) (error (log/prove l 0))]))))))

(deftest the-options-of-seals-are-checked
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (doseq [options [{:protect {:sign "words"}} {:protect {:sign nil :key nil}} {:protect {:trust (byte-array 31)}} {:protect {:sealed 1}} {:protect {:signs sign}}
                       {:protect :sealed :seal {:every-records 0}} {:protect :sealed :seal {:every-minutes 1}} {:protect :sealed :head {:size 1}} {:protect {:sign (.getPublic pair)}}]]
        (is (= :bad-option (error (log/open path options))) options))
      (is (= :wrong-key (error (log/open path {:protect {:trust trust}}))) "a new log can't be sealed by who only trusts")
      (is (not-any? #(re-find #"PrivateKey|private" (str %)) [(LogOptions/of {:protect (.signedBy Protection/SEALED sign)})])))))

(deftest a-log-without-seals-takes-no-times-for-them
  (with-temp-folder [folder]
    (let [times {:seal {:every-records 3}}, [plain sealed both new] (map #(path-in folder %) ["plain.log" "sealed.log" "both.log" "new.log"])
          refused (fn [path options] (try (.close ^java.io.Closeable (log/open path options)) (catch Exception e (select-keys (ex-data e) [:flumelog/error :option]))))]
      (doseq [protect [nil :none :checked {:key key-1}]]
        (is (= {:flumelog/error :bad-option :option :seal} (refused new (cond-> times protect (assoc :protect protect)))) protect)
        (is (= [] (vec (.list (io/file folder)))) "and no file is made"))
      (doseq [[path options] {plain {}, sealed {:protect :sealed}, both {:protect {:key key-1 :sealed true}}}]
        (with-open [l (log/open path options)] (log/append! l 1)))
      (doseq [mode [:read :read-write]]
        (is (= {:flumelog/error :bad-option :option :seal} (refused plain (assoc times :mode mode)))))
      (is (nil? (refused plain {:seal {:every-records 65536}})) "what a log does without the option")
      (is (= [nil nil nil] [(refused sealed times) (refused both (assoc times :protect {:key key-1})) (refused new (assoc times :protect :sealed))])
          "whether a log is sealed is in the file, not in the options"))))

;; Deletions

(deftest a-deleted-record-stays-provable-and-confirms-no-guess
  (doseq [[mode {:keys [write read proving]}] modes]
    (testing mode
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), offsets (make! path write 120), gone (mapv offsets [0 1 50 119])
              before (with-open [l (log/open path {:protect write})]
                       (let [head (log/head l), proofs (mapv #(log/prove l %) gone)]
                         (is (= 4 (log/delete! l gone)))
                         (is (every? #(log/proves? (log/prove l %) nil) gone))
                         [head proofs]))]
          (with-open [l (log/open path {:protect read :mode :read :head (first before)})]
            (is (log/proves? (log/prove l (first before)) nil))
            (is (= :wrong-log (error (log/prove l (update (first before) :root #(apply str (reverse %))))) (error (log/prove l (assoc (first before) :id (apply str (repeat 32 "0")))))))
            (doseq [[offset old n] (map vector gone (second before) [0 1 50 119])]
              (let [proof (log/prove l offset)]
                (is (= (:leaf old) (:leaf proof)))
                (is (not (log/proves? (assoc proof :kind 0xF8 :blind (apply str (repeat 32 \0))) {:n n} proving)) "what went with it is no constant")
                (is (= [true false nil nil nil] [(log/proves? proof nil) (log/proves? proof {:n n} proving) (:kind proof) (:blind proof) (:data proof)])))))
          (is (= {:ok true :deleted 4 :head-ok true} (select-keys (log/verify path {:protect read :head (first before)}) [:ok :deleted :head-ok]))))))))

;; Changes

(deftest every-flipped-bit-of-a-signed-log-is-noticed
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "b.log"), read {:protect {:trust trust}}]
      (with-open [l (log/open path {:protect {:sign sign}})]
        (let [offsets (log/append-all! l ["a" ""])] (log/seal! l) (log/delete! l (first offsets)) (log/append! l "b")))
      (let [bytes (read-bytes path), report (log/verify path read)]
        (is (:ok report))
        (doseq [bit (range 0 (* 8 (alength bytes)) (size 29 1)) :let [flipped (aclone bytes), at (quot (long bit) 8)]]
          (aset-byte flipped at (unchecked-byte (bit-xor (aget flipped at) (bit-shift-left 1 (rem (long bit) 8)))))
          (write-bytes! copy flipped)
          (is-each (not= report (try (log/verify copy read) (catch Exception _ nil))) "bit " bit))))))

(defn- mend-crc!
  "Replaces a byte of a record's payload, and its checksum, as who can write the file may do."
  [path offset value]
  (let [bytes (read-bytes path), in (ByteBuffer/wrap bytes), length (.getInt in (int offset)), data (+ (long offset) 4)
        id (.getLong in 15), payload (Arrays/copyOfRange bytes (int (inc data)) (int (+ data length -4)))]
    (aset-byte payload 16 (unchecked-byte value))
    (let [out (ByteBuffer/allocate length)]
      (.enclose (CheckedEnvelope. id) out payload (long offset) (bit-and 0xFF (aget bytes data)))
      (System/arraycopy (.array out) 0 bytes (int data) length))
    (write-bytes! path bytes)))

(deftest a-record-that-was-changed-together-with-its-checksum-is-noticed
  (doseq [mode [:sealed :signed] :let [{:keys [write read]} (modes mode)]]
    (testing mode
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), offsets (make! path write 120), head (with-open [l (log/open path {:protect read :mode :read})] (log/head l))]
          (mend-crc! path (offsets 60) 65)
          (let [{:keys [ok damaged]} (log/verify path {:protect read})]
            (is (= [false [:root]] [ok (map second damaged)]))
            (is (< (long (offsets 60)) (long (ffirst damaged)))))
          (is (= {:flumelog/error :corrupt :why :root}
                 (why (failure (log/open path {:protect write :head head}))) (why (failure (log/open path {:protect read :mode :read :head head})))))
          (is (= :corrupt (error (with-open [l (log/open path {:protect read :mode :read})] (log/prove l (offsets 60)))))))))))

(deftest a-log-that-was-cut-back-or-replaced-is-refused-with-the-head-that-was-kept
  (doseq [[mode {:keys [write read]}] modes]
    (testing mode
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), old (path-in folder "old.log"), other (path-in folder "other.log"), _ (make! path write 60), _ (make! other write 60)
              _ (io/copy (io/file path) (io/file old))
              head (with-open [l (log/open path {:protect write})] (log/append! l {:n 60}) (log/head l))
              refused (fn [file] (let [before (vec (read-bytes file))]
                                   [(why (failure (log/open file {:protect write :head head}))) (why (failure (log/open file {:protect read :mode :read :head head})))
                                    (select-keys (log/verify file {:protect read :head head}) [:ok :head-ok]) (= before (vec (read-bytes file)))]))]
          (is (= [{:flumelog/error :corrupt :why :rolled-back} {:flumelog/error :corrupt :why :rolled-back} {:ok false :head-ok false} true] (refused old)))
          (with-open [l (log/open old {:protect write})] (log/append-all! l [7 8 9]))
          (is (= [{:flumelog/error :corrupt :why :rolled-back} {:flumelog/error :corrupt :why :rolled-back} {:ok false :head-ok false} true] (refused old)) "and grew again")
          (is (= [{:flumelog/error :corrupt :why :head} {:flumelog/error :corrupt :why :head} {:ok false :head-ok false} true] (refused other)) "another log")
          (with-open [l (log/open path {:protect write :head head})] (is (= {:n 60} (last l))))
          (is (= {:ok true :head-ok true} (select-keys (log/verify path {:protect read :head head}) [:ok :head-ok])))
          (is (= :failed (error (log/open (path-in folder "missing.log") {:protect write :head head}))) "a missing file is not made anew"))))))

(deftest a-log-of-another-signer-is-refused
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), plain (path-in folder "b.log"), _ (make! path {:sign (byte-array 32)} 3), _ (make! plain :sealed 3)]
      (is (= {:flumelog/error :corrupt :why :signature} (why (failure (log/open path {:protect {:trust trust} :mode :read})))))
      (is (= [[0 :signature]] (:damaged (log/verify path {:protect {:trust trust}}))))
      (is (= :wrong-key (error (log/open path {:protect {:sign sign}})) (error (log/open path)) (error (log/open path {:protect :sealed}))))
      (is (= :wrong-format (error (log/open plain {:protect {:sign sign}}))) "a log that is not signed is no signed log")
      (is (= [{:n 0} {:n 1} {:n 2}] (with-open [l (log/open path {:mode :read})] (vec l))) "reading needs no key")
      (is (= {:protect :sealed :seals 1} (select-keys (log/verify path) [:protect :seals]))))))

(deftest a-forged-seal-is-noticed
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), offsets (make! path {:sign sign} 3)
          bytes (read-bytes path), in (ByteBuffer/wrap bytes), end (alength bytes), length (.getInt in (- end 12)), start (- end 16 length), id (.getLong in 15)
          body (Arrays/copyOfRange bytes (int (+ start 5)) (int (+ start length)))]
      (is (= [120 3] [(- length 5) (count offsets)]) "a seal with a signature has 120 bytes")
      (aset-byte body 119 (unchecked-byte (bit-xor 1 (aget body 119))))
      (let [out (ByteBuffer/allocate length)]
        (.enclose (CheckedEnvelope. id) out (Arrays/copyOf body (- length 5)) start 0xFE)
        (System/arraycopy (.array out) 0 bytes (int (+ start 4)) length))
      (write-bytes! path bytes)
      (is (= [[start :signature]] (:damaged (log/verify path {:protect {:trust trust}}))))
      (is (= {:flumelog/error :corrupt :why :signature} (why (failure (log/open path {:protect {:sign sign}}))))))))

;; Who has only the public key

(deftest who-only-trusts-verifies-an-encrypted-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), offsets (make! path {:key key-1 :sign sign} 100)
          head (with-open [l (log/open path {:protect {:key key-1 :sign sign}})] (log/delete! l (offsets 3)) (log/seal! l))]
      (is (= {:ok true :frames 100 :deleted 1 :head-ok true :protect :encrypted}
             (select-keys (log/verify path {:protect {:trust trust} :head head}) [:ok :frames :deleted :head-ok :protect])))
      (let [bytes (read-bytes path)]
        (aset-byte bytes (+ 30 (long (offsets 50))) (unchecked-byte (inc (aget bytes (+ 30 (long (offsets 50)))))))
        (write-bytes! path bytes))
      (is (= [:root] (map second (:damaged (log/verify path {:protect {:trust trust}})))))
      (is (= :wrong-key (error (log/verify path)) (error (log/open path {:protect {:trust trust} :mode :read})))))))

;; Other ways to a log

(deftest a-log-is-converted-between-all-protections
  (with-temp-folder [folder]
    (let [protections {:none :none, :checked :checked, :sealed :sealed, :signed {:sign sign}, :key {:key key-1}, :both {:key key-1 :sign sign}}]
      (doseq [[from-name from] protections, [to-name to] protections
              :let [[a b] (map #(path-in folder (str (name from-name) (name to-name) %)) [1 2])]]
        (with-open [l (log/open a {:protect from})] (log/append-all! l [1 2 3]))
        (let [report (log/convert a b {:from {:protect from} :protect to})]
          (is-each (= [1 2 3] (with-open [l (log/open b {:protect to})] (vec l))) from-name to-name)
          (is-each (= (contains? #{:sealed :signed :both} to-name) (some? (:head report))) from-name to-name)
          (is-each (= (contains? #{:sealed :signed :both} from-name) (some? (:from report))) from-name to-name)
          (when-let [head (:head report)] (is-each (= head (with-open [l (log/open b {:protect to})] (log/head l))) from-name to-name)))))))

(deftest a-sealed-log-that-was-changed-is-not-converted
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "b.log"), offsets (make! path :sealed 60)]
      (mend-crc! path (offsets 50) 65)
      (is (= {:flumelog/error :corrupt :why :root} (why (failure (log/convert path copy {:protect :checked})))))
      (is (not (.exists (io/file copy)))))))

(deftest a-compacted-log-begins-a-new-tree
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), offsets (make! path {:sign sign} 100), options {:protect {:sign sign}}
          old (with-open [l (log/open path options)] (log/delete! l (offsets 5)) (log/head l))
          {:keys [from head frames]} (log/compact! path options)]
      (is (= 99 frames))
      (is (not= (:id from) (:id head)))
      (is (= (:id old) (:id from)))
      (is (= {:flumelog/error :corrupt :why :head} (why (failure (log/open path (assoc options :head old))))))
      (with-open [l (log/open path (assoc options :head head))] (is (= 99 (count (vec l)))))
      (is (:ok (log/verify path {:protect {:trust trust} :head head}))))))

(deftest what-is-saved-of-a-signed-log-is-signed-by-who-has-the-key
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), [b c] (map #(path-in folder %) ["b.log" "c.log"]), offsets (make! path {:sign sign} 60)]
      (with-open [l (log/open path {:protect {:sign sign}})] (log/delete! l (offsets 3)))
      (is (= 60 (:frames (log/salvage path b)) (:frames (log/salvage path c {:protect {:sign sign}}))))
      (is (= [{:ok true :deleted 1} {:ok true :deleted 1}] (map #(select-keys % [:ok :deleted]) [(log/verify b) (log/verify c {:protect {:trust trust}})])))
      (is (= 59 (with-open [l (log/open b)] (count (vec l))) (with-open [l (log/open c {:protect {:sign sign}})] (count (vec l))))))))

(deftest a-backup-is-the-same-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "copy.log"), options {:protect {:sign sign}}, _ (make! path {:sign sign} 100)
          head (with-open [l (log/open path options)]
                 (log/backup! l copy) (log/append! l 1) (log/seal! l) (log/backup! l copy) (log/head l))]
      (is (= {:ok true :head-ok true} (select-keys (log/verify copy {:protect {:trust trust} :head head}) [:ok :head-ok])))
      (with-open [l (log/open copy (assoc options :head head))] (is (= head (log/head l)))))))

(deftest the-side-file-is-no-part-of-the-truth
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), tree (str path ".tree"), _ (make! path :sealed 700), offsets (with-open [l (log/open path)] (vec (log/offsets l)))
          head (with-open [l (log/open path)] (log/head l)), good (read-bytes tree)
          proved? #(with-open [l (log/open path %)] (and (= head (log/head l)) (every? (fn [n] (log/proves? (log/prove l (offsets n)) {:n n})) [0 255 256 600])))]
      (is (proved? {}))
      (doseq [bytes (concat [(byte-array 0) (byte-array 5000) (Arrays/copyOf good 4100) (Arrays/copyOf good 4137)]
                            (for [at (range 0 (alength good) (size 61 7)) :when (or (< at 200) (< 4095 at))] (doto (aclone good) (aset-byte at (unchecked-byte (bit-xor 85 (aget good at)))))))
              mode [:read :read-write]]
        (write-bytes! tree bytes)
        (is-each (= true (proved? {:mode mode})) mode " " (alength ^bytes bytes)))
      (io/delete-file tree true)
      (is (proved? {:mode :read}))
      (is (not (.exists (io/file tree))) "a reader writes nothing")
      (is (= 1 (count (filter #(= tree %) (:removed (do (proved? {}) (write-bytes! tree good) (log/drop-side-files! path))))))))))

(deftest a-follower-tells-heads-and-proofs
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:protect {:sign sign}}), follower (log/open path {:protect {:trust trust} :mode :read})]
        (is (nil? (log/head follower)))
        (let [a (log/append! l {:n 1})]
          (is (= :unavailable (error (log/prove follower a))))
          (let [head (log/seal! l), b (log/append! l {:n 2})]
            (is (= head (log/head follower)))
            (is (log/proves? (log/prove follower a) {:n 1} {:trust trust}))
            (is (= :unavailable (error (log/prove follower b))))
            (log/delete! l a)
            (log/seal! l)
            (is (log/proves? (log/prove follower a) nil {:trust trust}))
            (is (log/proves? (log/prove follower head) nil {:trust trust}))))))))

(deftest a-log-is-sealed-in-time
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:protect :sealed :seal {:every-ms 20}})]
        (log/append! l 1)
        (is (= 1 (loop [n 0] (let [seals (:seals (log/verify path))] (if (or (pos? (long seals)) (= n 500)) seals (do (Thread/sleep 10) (recur (inc n))))))))))))

(deftest datafy-and-info-tell-the-protection
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path {:protect {:sign sign}})]
        (log/append! l 1)
        (is (= {:protect :sealed} (select-keys (log/info l) [:protect])))
        (is (string? (:signer (log/info l))))
        (is (= :sealed (:protect (datafy l))))))))

(deftest java-programs-have-the-same
  (with-temp-folder [folder]
    (let [path (.toPath (io/file (path-in folder "a.log"))), options (.withProtection (LogOptions/defaults) (.signedBy Protection/SEALED pair))
          public (.publicKey (Signers/of pair))]
      (with-open [l (OffsetLog/open path options)]
        (let [sealed (.sealed l), offset (.append l (.getBytes "one")), old (.head sealed), _ (.append l (.getBytes "two")), head (.seal sealed)
              proof (.prove sealed offset)]
          (is (= [true true false false] [(.proves proof (.getBytes "one") public) (.holds (.prove sealed ^LogHead old) public)
                                          (.proves proof (.getBytes "two") public) (.holds proof (byte-array 32))]))
          (is (= head (LogHead/of (into {} head))))
          (is (.isSignedBy head public))))
      (with-open [l (OffsetLog/open path (-> (LogOptions/defaults) (.withProtection (.trusting Protection/SEALED trust)) .readOnly))]
        (is (= 3 (.frames (.head (.sealed l)))))))))
