(ns flumelog.blocks-test
  "Ranges and integers are read right whatever the blocks and the cache are, and the cache never lies."
  (:require [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [failure path-in with-temp-folder]]
            [flumelog.test-support :refer [is-each size]])
  (:import (flumelog.block Blocks ClockCache Window)
           (flumelog.coll LogCollection)
           (flumelog.file LogFile)
           (java.nio ByteBuffer)))

(set! *warn-on-reflection* true)

(defn- file-of
  "A LogFile over an atom with a vector of bytes, which counts its reads."
  [contents reads]
  (reify LogFile
    (readAt [_ position into]
      (swap! reads inc)
      (let [n (max 0 (min (.remaining into) (- (count @contents) position)))]
        (.put into (byte-array (subvec @contents position (+ position n))))
        (int n)))
    (append [_ end data]
      (let [data' (byte-array (.remaining data))]
        (.get data data')
        (swap! contents #(into (subvec % 0 end) data'))))
    (overwrite [_ position data]
      (let [data' (byte-array (.remaining data))]
        (.get data data')
        (swap! contents #(reduce-kv (fn [v i b] (assoc v (+ (int i) position) b)) % (vec data')))))
    (truncate [_ size] (swap! contents subvec 0 size))
    (force [_])
    (size [_] (count @contents))
    (close [_])))

(defn- blocks-of ^Blocks [contents block-bytes cache-bytes]
  (Blocks. "test" (file-of contents (atom 0)) block-bytes (ClockCache. cache-bytes) (count @contents)))

(defn- uint [contents position n]
  (reduce #(+ (* 256 (long %1)) (bit-and 0xFF (long %2))) 0 (subvec contents position (+ position n))))

(defn- reads-right? [^Blocks blocks contents]
  (let [end (count contents)]
    (and (= end (.end blocks))
         (every? (fn [[position length]]
                   (let [wanted (subvec contents position (+ position length))]
                     (and (= wanted (vec (.read blocks position length)))
                          (= (every? zero? wanted) (.isZero blocks position length))
                          (or (not (<= 1 length 7)) (= (uint contents position length) (.uint blocks position length))))))
                 (for [position (range end), length [0 1 2 4 6 7 30] :when (<= (+ position length) end)]
                   [position length])))))

(def ^:private gen-change
  (gen/one-of [(gen/tuple (gen/return :append) (gen/fmap vec (gen/vector gen/byte 1 20)))
               (gen/tuple (gen/return :zero) (gen/choose 0 99) (gen/choose 0 12))
               (gen/tuple (gen/return :in-parts) (gen/vector (gen/fmap vec (gen/vector gen/byte 1 8)) 1 4))
               (gen/tuple (gen/return :rewound) (gen/fmap vec (gen/vector gen/byte 1 20)))]))

(defmulti ^:private change! (fn [_ [op]] op))
(defmethod change! :append [^Blocks blocks [_ data]]
  (.append blocks (ByteBuffer/wrap (byte-array data)))
  (.publish blocks))
(defmethod change! :in-parts [^Blocks blocks [_ parts]]
  (doseq [data parts]                 ; between two of them somebody reads what can be read, which ends within a block
    (.append blocks (ByteBuffer/wrap (byte-array data)))
    (.read blocks 0 (.end blocks)))
  (.publish blocks))
(defmethod change! :rewound [^Blocks blocks [_ data]]
  (.append blocks (ByteBuffer/wrap (byte-array data)))
  (.rewind blocks))
(defmethod change! :zero [^Blocks blocks [_ fraction length]]
  (let [position (quot (* fraction (.end blocks)) 100)]
    (.zero blocks position (min length (- (.end blocks) position)))))

(defspec blocks-are-the-bytes-of-the-file (size 100 1000)
  (prop/for-all [contents (gen/fmap vec (gen/vector gen/byte 0 40))
                 changes (gen/vector gen-change 0 8)
                 block-bytes (gen/frequency [[5 (gen/choose 1 9)] [1 (gen/return 64)]])
                 cache-bytes (gen/elements [0 1 8 20 1000])]
    (let [state (atom contents)
          blocks (blocks-of state block-bytes cache-bytes)]
      (every? (fn [change] (change! blocks change) (reads-right? blocks @state))
              (concat changes [[:append [1 2 3]]])))))

(deftest a-range-outside-the-file-is-an-error
  (let [blocks (blocks-of (atom [1 2 3]) 2 10)]
    (doseq [[position length] [[-1 1] [0 4] [3 1] [Long/MAX_VALUE 1] [0 -1]]]
      (is (thrown? IndexOutOfBoundsException (.read blocks position length))))))

(deftest a-cached-block-is-not-read-again
  (let [reads (atom 0)
        blocks (Blocks. "test" (file-of (atom (vec (range 100))) reads) 10 (ClockCache. 40) 100)]
    (dotimes [_ 5] (.read blocks 0 40))
    (is (= 4 @reads))
    (testing "and the cache holds no more than it may"
      (.read blocks 0 100)
      (let [before @reads]
        (.read blocks 0 100)
        (is (<= 6 (- @reads before) 10))))))

(deftest returned-bytes-are-copies-even-of-whole-blocks
  (let [blocks (blocks-of (atom [1 2 3 4]) 2 100)]
    (doseq [[position length] [[0 2] [2 2] [0 4] [1 2]]
            :let [wanted (vec (.read blocks position length))]]
      (java.util.Arrays/fill (.read blocks position length) (byte 9))
      (is (= wanted (vec (.read blocks position length)))))))

(deftest an-append-keeps-the-cached-tail-true
  (let [reads (atom 0)
        blocks (Blocks. "test" (file-of (atom [1 2 3]) reads) 10 (ClockCache. 40) 3)]
    (.read blocks 0 3)
    (.append blocks (ByteBuffer/wrap (byte-array [4 5])))
    (is (= 3 (.end blocks)) "what is not published can't be read")
    (.publish blocks)
    (is (= [1 2 3 4 5] (vec (.read blocks 0 5))))
    (is (= 1 @reads))))

(deftest a-block-that-was-read-between-two-appends-is-read-again
  (let [blocks (blocks-of (atom [1 2 3]) 10 40)]
    (.append blocks (ByteBuffer/wrap (byte-array [4 5])))
    (is (= [1 2 3] (vec (.read blocks 0 3))) "what is not published is not there yet, but the file has it")
    (.append blocks (ByteBuffer/wrap (byte-array [6 7])))
    (.publish blocks)
    (is (= [1 2 3 4 5 6 7] (vec (.read blocks 0 7))))))

(deftest a-cache-has-room-for-nothing-or-more
  (is (= 0 (.maxBytes (ClockCache. 0))))
  (is (= 7 (.maxBytes (ClockCache. 7))))
  (is (= {:flumelog/error :bad-option, :argument "maxBytes", :value -1}
         (select-keys (ex-data (failure (ClockCache. -1))) [:flumelog/error :argument :value]))))

(deftest logs-that-share-a-cache-don't-mix
  (with-temp-folder [folder]
    (let [cache (log/block-cache 100)
          logs (vec (for [n (range 3)]
                      (log/open (path-in folder (str n)) {:cache cache :block-bytes (+ 5 n) :codec :utf8 :sync :none})))]
      (doseq [n (range 100), i (range 3)] (log/append! (logs i) (str n " in log " i)))
      (doseq [i (range 3)]
        (is (= (map #(str % " in log " i) (range 100)) (into [] (logs i)) (reverse (rseq (logs i))))))
      (run! #(.close ^LogCollection %) logs))))

(deftest one-byte-anywhere-makes-a-range-not-all-zero
  (let [n 1200000]
    (doseq [[at zero?] {nil true, 0 false, 17 false, 524288 false, (dec n) false}, block-bytes [4096 16384]]
      (let [contents (atom (cond-> (vec (repeat n (byte 0))) at (assoc at (byte 1))))
            blocks (blocks-of contents block-bytes 65536)]
        (is (= zero? (.isZero blocks 0 n)) (str "a byte at " at))
        (is (true? (= zero? (.isZero (.windowToScan blocks) 0 n))))
        (is (= (boolean (contains? #{nil 0} at)) (.isZero blocks 1 (dec n))))))))

(deftest a-window-shows-the-bytes-of-the-file-in-both-directions
  (let [contents (atom (mapv unchecked-byte (range 1 3000)))
        blocks (blocks-of contents 16 64)]
    (doseq [^Window window [(.windowToWalk blocks) (.windowToScan blocks) (.windowPastCache blocks) (.windowToLookUp blocks)]
            [position length up?] (concat (for [p (range 0 2900 97)] [p 90 true]) (for [p (range 2900 0 -97)] [p 90 false]))]
      (if up? (.coverUpwards window position length) (.coverDownwards window (+ (long position) (long length)) length))
      (let [wanted (subvec @contents position (+ (long position) (long length)))]
        (is-each (= wanted (vec (.read window position length))) position)
        (is (= (uint @contents position 6) (.uint window position 6)))))
    (testing "and nothing that was overwritten since"
      (let [window (.windowToScan blocks)]
        (.coverUpwards window 0 100)
        (.zero blocks 10 5)
        (is (= [0 0 0 0 0] (vec (.read window 10 5))))
        (is (.isZero window 10 5))
        (is (nil? (.view window 10 5)) "until it is moved there again")))))

(deftest an-idle-window-holds-no-borrowed-memory
  (let [blocks (blocks-of (atom (vec (repeat 300000 (byte 1)))) 16384 65536)
        window (.windowToLookUp blocks)]
    (.coverUpwards window 0 200000)
    (is (.isDirect (.view window 0 200000)) "a long record is read outside of the heap")
    (.forget window)
    (.coverUpwards window 0 100)
    (is (= 1 (.get (.view window 0 100) 0)))
    (is (false? (.isDirect (.view window 0 100))))))
