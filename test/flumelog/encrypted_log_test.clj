(ns flumelog.encrypted-log-test
  "An encrypted log is as any log to who has its key. To everybody else it is closed, and no file beside it has any of its text."
  (:require [clojure.datafy :refer [datafy]]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error failure path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.log KeyFunction LogOptions OffsetLog Protection)
           (java.io File)
           (java.nio ByteBuffer)
           (java.util Arrays)
           (javax.crypto.spec SecretKeySpec)))

(set! *warn-on-reflection* true)

(defn- key-of ^bytes [n] (byte-array (repeat 32 n)))
(def ^:private key-1 {:protect {:key (key-of 1)}})
(def ^:private ^String secret "the-secret-words-that-nobody-may-read")

(defn- values-of [path options] (with-open [l (log/open path options)] (vec l)))

(defn- write! [path options & batches]
  (with-open [l (log/open path options)]
    (into [] (mapcat #(log/append-all! l %)) batches)))

(deftest what-is-appended-comes-back
  (doseq [bits [32 48 53], block-bytes [23 16384]
          :let [options (assoc key-1 :offset-bits bits :block-bytes block-bytes :codec :bytes)
                values  (map byte-array [[] [0] (repeat 700 0) (range -128 128) [1] (repeat 70000 3)])]]
    (testing options
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), offsets (write! path options values [(byte-array 3)] values)
              options (dissoc options :offset-bits), expected (map vec (concat values [(byte-array 3)] values))]
          (doseq [mode [:read :read-write]]
            (with-open [l (log/open path (assoc options :mode mode))]
              (is (= expected (map vec l) (reverse (map vec (rseq l))) (map #(vec (log/fetch l %)) offsets)))
              (is (= offsets (vec (log/offsets l))))
              (is (= (count expected) (log/count l)))
              (is (= (peek offsets) @(log/since l)))
              (is (nil? (get l 0)) "the head is no record")
              (is (= {:protect :encrypted :key-number 0} (select-keys (log/info l) [:protect :key-number]))))))))))

(deftest a-key-of-any-kind-opens-the-log
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (write! path key-1 [1 2])
      (doseq [key [(key-of 1) (SecretKeySpec. (key-of 1) "AES") (fn [_ _] (key-of 1))]]
        (is (= [1 2] (values-of path {:protect {:key key}})))))))

;; Without the key

(defn- everything
  "The names and bytes of all files in the folder."
  [folder]
  (into {} (for [^File file (.listFiles (io/file folder)) :when (.isFile file)] [(.getName file) (vec (read-bytes file))])))

(deftest without-its-key-a-log-does-not-open-and-no-byte-is-written
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (write! path key-1 [1 2] [3])
      (doseq [torn? [false true]]
        (when torn? (with-open [out (io/output-stream path :append true)] (.write out (byte-array [0 0 0 99 1 2 3]))))
        (let [before (everything folder)]
          (doseq [[options kind] {{} :wrong-key
                                  {:protect {:key (key-of 2)}} :wrong-key
                                  {:protect {:key (fn [_ _] (throw (ex-info "gone" {})))}} :wrong-key
                                  {:protect {:key (fn [_ _] (byte-array 16))}} :wrong-key
                                  {:protect {:key (log/key-of-passphrase "words")}} :wrong-key
                                  {:protect :none} :wrong-key
                                  {:protect :checked} :wrong-format
                                  {:protect {:key (key-of 1) :key-number 256}} :bad-option
                                  {:protect {:key (key-of 1) :kei 1}} :bad-option
                                  {:protect {:key "words"}} :bad-option
                                  {:protect {:key nil}} :bad-option}
                  mode [:read-write :read]
                  :when (not= [{:protect :none} :read] [options mode])]
            (is (= kind (error (log/open path (assoc options :mode mode)))) [options mode])
            (is (= before (everything folder)) [options mode])))))))

(deftest a-protection-that-is-none-is-shown-unless-it-may-be-a-key
  (with-temp-folder [folder]
    (doseq [[given told] {:seald ":seald", (key-of 1) "a value of the class byte[]"
                          "0123456789abcdef0123456789abcdef" "a value of the class java.lang.String"}]
      (is (= (str "option :protect must be :none, :checked, :sealed, or a map with :key, :sign or :trust, was " told)
             (try (log/open (path-in folder "a.log") {:protect given}) (catch Exception e (ex-message e))))))))

(deftest a-program-without-the-key-can-copy-the-bytes
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (write! path key-1 [secret 2])
      (with-open [l (log/open path {:protect :none :mode :read :codec :bytes})]
        (is (= 3 (count (vec l))))
        (is (not-any? #(str/includes? (String. ^bytes % "ISO-8859-1") secret) l))))))

(deftest a-log-of-another-protection-is-none-of-this-key
  (with-temp-folder [folder]
    (let [[plain checked] (map #(path-in folder %) ["plain.log" "checked.log"])]
      (write! plain {} [1])
      (write! checked {:protect :checked} [1])
      (doseq [path [plain checked]]
        (is (= :wrong-format (error (log/open path key-1))) "somebody may have put it in place of an encrypted one")))))

;; Damage

(deftest every-flipped-bit-is-noticed
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "b.log")
          offsets (write! path key-1 ["a" ""] ["bcd"])]
      (with-open [l (log/open path key-1)] (log/delete! l (second offsets)))
      (let [bytes (read-bytes path), report (log/verify path key-1), whole {(nth offsets 0) "a", (nth offsets 2) "bcd"}]
        (doseq [bit (range 0 (* 8 (alength bytes)) (size 61 1)) :let [flipped (aclone bytes), at (quot (long bit) 8)]]
          (aset-byte flipped at (unchecked-byte (bit-xor (aget flipped at) (bit-shift-left 1 (rem (long bit) 8)))))
          (write-bytes! copy flipped)
          (is-each (not= report (try (log/verify copy key-1) (catch Exception _ nil))) "bit " bit)
          (let [seen (try (with-open [l (log/open copy (assoc key-1 :mode :read))]
                            (into {} (for [[offset value] whole] [offset (try (get l offset value) (catch Exception _ value))])))
                          (catch Exception _ whole))]
            (is-each (= whole seen) "bit " bit)))))))

(defn- spliced
  "The bytes, with those of the other file between two positions."
  ^bytes [^bytes bytes ^bytes others from to]
  (doto (aclone bytes) (#(System/arraycopy others (int from) % (int from) (int (- (long to) (long from)))))))

(deftest a-frame-of-another-log-or-an-older-state-is-refused
  (with-temp-folder [folder]
    (let [[a b] (map #(path-in folder %) ["a.log" "b.log"])
          [at next-at] (write! a key-1 ["one" "two"])]
      (write! b key-1 ["ONE" "TWO"])
      (write-bytes! a (spliced (read-bytes a) (read-bytes b) at next-at))
      (is (= [[at :checksum]] (:damaged (log/verify a key-1))) "another log under the same key, at the same offset"))))

(deftest records-behind-a-head-that-is-hurt-are-salvaged-with-the-key
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "b.log")]
      (write! path key-1 ["one" "two"])
      (write-bytes! path (doto (read-bytes path) (aset-byte 20 99)))
      (is (= :corrupt (error (log/open path key-1))))
      (is (= [[0 :head]] (:damaged (log/verify path key-1))))
      (is (= 2 (:frames (log/salvage path copy key-1))))
      (is (= ["one" "two"] (values-of copy key-1))))))

;; No text outside

(defn- has-secret? [folder]
  (some (fn [[_ bytes]] (str/includes? (String. (byte-array bytes) "ISO-8859-1") (subs secret 4 20))) (everything folder)))

(defn- copy-folder! [from to]
  (.mkdirs (io/file to))
  (doseq [^File file (.listFiles (io/file from)) :when (.isFile file)] (io/copy file (io/file to (.getName file)))))

(deftest no-file-has-any-of-the-text
  (doseq [options [{} {:write-buffer-bytes 65536} {:room-bytes 65536 :sync :each} {:sync :none}]
          :let [options (merge key-1 options)]]
    (testing options
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), killed (io/file folder "killed"), there? #(has-secret? folder)]
          (with-open [l (log/open path options)]
            (let [offsets (log/append-all! l (map #(str secret %) (range 20)))]
              (is (not (there?)) "open")
              (log/delete! l (nth offsets 3))
              (log/append! l {:again secret})
              (copy-folder! folder killed)
              (is (not (has-secret? killed)) "as a kill leaves it")
              (log/backup! l (path-in folder "backup.log"))))
          (is (not (there?)) "closed")
          (let [torn (str (io/file killed "a.log"))]
            (when-not (:write-buffer-bytes options)
              (with-open [out (io/output-stream torn :append true)] (.write out (byte-array (repeat 50 1)))))
            (with-open [l (log/open torn options)] (is (= 20 (log/count l))))
            (is (not (has-secret? killed)) "with a tail that was cut and kept"))
          (log/compact! path key-1)
          (is (not (there?)) "compacted")
          (log/convert path (path-in folder "convert.log") {:from key-1 :protect {:key (key-of 2)}})
          (log/salvage path (path-in folder "salvage.log") key-1)
          (log/copy! path (path-in folder "copy.log") {:from key-1})
          (is (not (there?)) "copied")
          (is (= 20 (count (values-of (path-in folder "convert.log") {:protect {:key (key-of 2)}}))
                 (count (values-of (path-in folder "salvage.log") key-1)) (count (values-of (path-in folder "copy.log") key-1))
                 (count (values-of (path-in folder "backup.log") key-1)))))))))

;; The way in, out, and to another key

(deftest a-log-is-converted-into-and-out-of-each-protection
  (with-temp-folder [folder]
    (let [ways {:plain [{:protect :none} {}], :checked [{:protect :checked} {}], :one [key-1 key-1], :two (repeat 2 {:protect {:key (key-of 2)}})}]
      (doseq [[from [make read]] ways :let [path (path-in folder (str (name from) ".log")), values ["a" {:b 2} [3]]]]
        (write! path make values)
        (doseq [[to [make-to read-to]] ways :let [copy (path-in folder (str (name from) "-" (name to) ".log"))]]
          (testing [from to]
            (log/convert path copy (merge {:from read} make-to))
            (is (= values (values-of copy read-to)))
            (is (not= (with-open [l (log/open path read)] (log/id l)) (with-open [l (log/open copy read-to)] (log/id l))))))))))

(deftest a-copy-of-an-encrypted-log-is-encrypted-unless-the-options-say-otherwise
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), copy (path-in folder "b.log")]
      (write! path key-1 [secret])
      (log/convert path copy {:from key-1 :offset-bits 32})
      (is (= [secret] (values-of copy key-1)))
      (is (not (has-secret? folder))))))

(defn- numbers-in
  "The numbers of the keys of the frames behind the head."
  [path]
  (let [bytes (ByteBuffer/wrap (read-bytes path))]
    (loop [at 115, numbers []]
      (if (= at (.capacity bytes))
        numbers
        (recur (+ at 16 (.getInt bytes at)) (conj numbers (bit-and 255 (.get bytes (int (+ at 5))))))))))

(deftest a-key-is-changed-by-its-number
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), asked (atom #{})
          keys (fn [most] (fn [number _] (swap! asked conj number) (if (<= (long number) (long most)) (key-of (+ 10 (long number))) (throw (ex-info "no such key" {})))))
          with (fn [most & [number]] {:protect (cond-> {:key (keys most)} number (assoc :key-number number))})]
      (write! path (with 0) [0])
      (write! path (with 3 3) [1 2])
      (write! path (with 3) [3])
      (is (= [0 3 3 3] (numbers-in path)))
      (is (= [0 1 2 3] (values-of path (with 3))))
      (is (= #{0 3} @asked))
      (testing "a smaller number, or a key that is missing"
        (let [before (everything folder)]
          (is (= "option :key-number must be at least 3, the number of the newest record in a.log, and is 2; nothing was changed: leave it out to go on with 3"
                 (str/replace (ex-message (failure (log/open path (with 3 2)))) path "a.log")))
          (is (= before (everything folder)))
          (doseq [mode [:read :read-write]]
            (is (= :wrong-key (error (log/open path (assoc (with 0) :mode mode))))))
          (is (= before (everything folder)))))
      (testing "a compaction seals all records under the newest key"
        (with-open [l (log/open path (with 3))] (log/delete! l (second (log/offsets l))))
        (log/compact! path (with 3))
        (is (= [3 3 3] (numbers-in path)))
        (is (= [0 2 3] (values-of path (with 3))))))))

(deftest a-passphrase-opens-its-log
  (with-temp-folder [folder]
    (doseq [kdf (take (size 1 3) [:pbkdf2 :scrypt :argon2id]) :let [path (path-in folder (str (name kdf) ".log"))]]
      (testing kdf
        (write! path {:protect {:key (log/key-of-passphrase "Grüße" {:kdf kdf})}} [secret])
        (is (= [secret] (values-of path {:protect {:key (log/key-of-passphrase (char-array "Grüße"))}})) "how it was made is in the file")
        (when (pos? (long (size 0 1)))                        ; each key takes a tenth of a second or more
          (is (= :wrong-key (error (log/open path {:protect {:key (log/key-of-passphrase "Grusse")}})))))
        (is (= :wrong-key (error (log/open path {:protect {:key (key-of 1)}}))))))
    (is (not (has-secret? folder)))
    (is (= :bad-option (error (log/key-of-passphrase "x" {:kdf :md5})) (error (log/key-of-passphrase "")) (error (log/key-of-passphrase 42))
           (error (log/key-of-passphrase "x" {:cost 1}))))))

;; What shows

(deftest nothing-shows-a-key
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), key (byte-array (map int "0123456789abcdefghijklmnopqrstuv"))
          shown? (fn [text] (some #(str/includes? text %) ["0123456789" "3031323334" "48, 49, 50"]))]
      (with-open [l (log/open path {:protect {:key key}})]
        (log/append! l 1)
        (doseq [text [(pr-str l) (str l) (pr-str (log/info l)) (pr-str (log/recovery l)) (pr-str (datafy l)) (pr-str (datafy (log/info l)))]]
          (is (not (shown? text)) text)))
      (doseq [options [{:protect {:key (Arrays/copyOf key 31)}} {:protect {:key "0123456789"}} {:protect {:key key :kei 1}} {:protect [key]} {:protect key} {:protect "0123456789"}
                       {:protect {:key {:k key}}} {:protect {:key (byte-array 32)}}]
              :let [e (failure (log/open path options))]]
        (is (not (shown? (str (ex-message e) (pr-str (ex-data e)) e))) (ex-message e))
        (is (not-any? #(or (bytes? %) (coll? %)) (vals (ex-data e))))))))

(deftest a-reader-follows-and-a-closed-log-says-so
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path key-1), r (log/open path (assoc key-1 :mode :read))]
        (log/append-all! l [1 2])
        (is (= @(log/since l) (log/await-since r @(log/since l) 10000 nil)))
        (is (= [1 2] (vec r))))
      (let [l (log/open path key-1)]
        (log/close! l)
        (is (= :closed (error (vec l)) (error (log/append! l 1))))))))

(defn- frames-in
  "The data of the frames behind the head."
  [path]
  (let [bytes (read-bytes path), in (ByteBuffer/wrap bytes)]
    (loop [at 115, frames []]
      (if (= at (alength bytes))
        frames
        (let [n (.getInt in (int at))] (recur (+ at 16 n) (conj frames (vec (Arrays/copyOfRange bytes (int (+ at 4)) (int (+ at 4 n)))))))))))

(deftest no-nonce-comes-twice-however-often-the-end-is-lost
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), seen (atom #{})]
      (write! path key-1 ["first"])
      (dotimes [n (size 20 200)]
        (let [before (.length (io/file path))]
          (write! path key-1 (range n) ["x"])
          (swap! seen into (frames-in path))
          ;; As after a power loss: the next append goes to the same offsets.
          (write-bytes! path (Arrays/copyOf (read-bytes path) (int before)))
          (io/delete-file (str path ".checkpoint") true)
          (write! path key-1 (range 3))
          (swap! seen into (frames-in path))))
      (is (< 200 (count @seen)))
      (is (= (count @seen) (count (set (map #(subvec % 2 14) @seen))))))))

(deftest java-programs-encrypt-too
  (with-temp-folder [folder]
    (let [path (.toPath (io/file (path-in folder "a.log"))), options (LogOptions/defaults)
          keys (reify KeyFunction (key [_ number _] (key-of (inc number))))]
      (with-open [l (OffsetLog/open path (.withProtection options (Protection/encrypted (key-of 1))))] (.append l (.getBytes secret)))
      (doseq [protection [(Protection/encrypted (key-of 1)) (Protection/encrypted (SecretKeySpec. (key-of 1) "AES")) (Protection/encrypted keys)]]
        (is (= ":encrypted" (str protection)))
        (with-open [l (OffsetLog/open path (.readOnly (.withProtection options protection)))]
          (is (= secret (String. (.get l 115))))))
      (with-open [l (OffsetLog/open path (.withProtection options (.withKeyNumber (Protection/encrypted keys) 1)))] (.append l (.getBytes secret)))
      (is (= [0 1] (numbers-in (str path))))
      (is (= :bad-option (error (.withKeyNumber Protection/CHECKED 1)) (error (.withKeyNumber (Protection/encrypted keys) 256))))
      (is (= :wrong-key (error (Protection/encrypted (byte-array 31))))))))
