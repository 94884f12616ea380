(ns flumelog.mapping-test
  "Records of a log that is longer than its cache, read from the mapped file."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error formats path-in with-temp-folder]]
            [flumelog.process :refer [answer kill! start-serving tell!]]
            [flumelog.shapes :refer [frame trailer-bytes]]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.block Blocks Bytes ClockCache Mapping)
           (flumelog.coll LogCollection)
           (flumelog.file ChannelFile)
           (java.io RandomAccessFile)
           (java.nio ByteBuffer)
           (java.util.function Function)))

(set! *warn-on-reflection* true)

(def ^:private often "So many gets of one log have it mapped." 100)

(defn- text [n] (str n "-" (apply str (repeat (rem n 200) "x"))))

(defn- uncached
  "A new log of n texts, none of which it keeps in memory; and their offsets."
  [path options n]
  (let [l (log/open path (merge {:codec :utf8 :cache-blocks 0} options))]
    [l (log/append-all! l (map text (range n)))]))

(defn- closed-when-cut
  "A reference to a log that somebody will have cut, and for `with-open`: closing the log tells of the cut."
  ^java.io.Closeable [l]
  (reify
    clojure.lang.IDeref (deref [_] l)
    java.io.Closeable (close [_] (is (= :failed (error (.close ^java.io.Closeable l)))))))

(deftest every-record-is-found-and-nothing-else
  (doseq [[name options] formats]
    (testing name
      (with-temp-folder [folder]
        (let [[l offsets] (uncached (path-in folder "a.log") options 500)]
          (with-open [l ^java.io.Closeable l]
            (dotimes [_ 2] (is (= (map text (range 500)) (map #(get l %) offsets))))
            (is (every? nil? (map #(get l (inc (long %))) offsets)))
            (is (every? nil? (map #(get l %) (remove (set offsets) (range (nth offsets 100))))))
            (is (= :not-a-record (error (log/fetch l (inc (long (last offsets)))))))))))))

(deftest a-frame-inside-of-data-is-no-record
  (doseq [[name options] formats]
    (testing name
      (with-temp-folder [folder]
        (with-open [l (log/open (path-in folder "a.log") (assoc options :codec :bytes :cache-blocks 0))]
          (let [inner (vec (for [n (range often)]
                             (let [start (+ 4 (long (:end (log/info l))))]
                               (log/append! l (frame (trailer-bytes name) start (byte-array (inc (rem (* 7 (long n)) 60)) (byte 7))))
                               start)))]
            (is (every? nil? (mapcat (fn [_] (map #(get l %) inner)) (range 3))))
            (is (every? nil? (map #(.view (.log ^LogCollection l) % (reify Function (apply [_ _] :seen))) inner)))
            (is (every? some? (map #(get l (- (long %) 4)) inner)))))))))

(deftest a-deleted-record-is-not-shown
  (with-temp-folder [folder]
    (let [[l offsets] (uncached (path-in folder "a.log") nil often)]
      (with-open [l ^java.io.Closeable l]
        (run! #(get l %) offsets)
        (log/delete! l (nth offsets 50))
        (is (nil? (get l (nth offsets 50))))
        (is (= :deleted (error (log/fetch l (nth offsets 50)))))
        (is (= (text 51) (get l (nth offsets 51))))))))

(deftest what-is-appended-after-the-log-was-mapped-is-found-too
  (with-temp-folder [folder]
    (let [[l offsets] (uncached (path-in folder "a.log") nil often)]
      (with-open [l ^java.io.Closeable l]
        (run! #(get l %) offsets)
        (doseq [n (range often (* 3 often))]
          (is (= (text n) (get l (log/append! l (text n))))))
        (testing "and mapped again when it is much longer"
          (let [long-text (apply str (repeat 1000000 \y))
                more (vec (repeatedly 40 #(log/append! l long-text)))]
            (is (every? #(= long-text (get l %)) more))
            (is (= (text 7) (get l (nth offsets 7))))))))))

(deftest a-mapped-file-that-is-cut-fails-only-the-call
  (doseq [[name options] formats]
    (testing name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              [l offsets] (uncached path options 20000)]
          (with-open [l (closed-when-cut l)]
            ;; Often enough to be compiled, and a number of times, since what a JVM does is a matter of luck.
            (dotimes [_ 3] (run! #(get @l %) offsets))
            (with-open [file (RandomAccessFile. path "rw")] (.setLength file 100000))
            (let [l @l
                  ends (rest offsets)
                  [below above] (split-at (count (take-while #(<= (long %) 100000) ends)) offsets)
                  asked (concat (take 50 above) (take-last (size 2000 20000) above))]
              ;; The first of these lie in the page that was cut, which reads as zeros; the others in pages that are gone.
              (is (= #{:corrupt} (set (map #(error (get l %)) asked))))
              (is (= (map text (range 100)) (map #(get l %) (take 100 below)))))))))))

(deftest reading-a-mapped-file-that-was-cut-is-an-error-on-request
  (with-temp-folder [folder]
    (let [path (path-in folder "a"), pages 256]
      (spit path (apply str (repeat (* pages 4096) \a)))
      (with-open [file (ChannelFile/openForReading (.toPath (io/file path)))]
        (let [blocks (Blocks. path file 16384 (ClockCache. 0) (.size file))
              ^Mapping mapped (last (repeatedly often #(.mapped blocks)))
              seen (long-array 1)                 ; a compiler leaves out a read that nobody looks at
              faults? (fn [^long page]
                        (try (aset seen 0 (.uint mapped (* 4096 page) 4))
                             (Mapping/throwFault)
                             false
                             (catch InternalError _ true)))]
          (is (not-any? faults? (take 200000 (cycle (range pages)))))
          (with-open [cut (RandomAccessFile. path "rw")] (.setLength cut 0))
          (is (every? faults? (range pages))))))))

(defn- viewed
  "The text at the offset as a reader sees it in place; nil where it is not called."
  [l offset]
  (.view (.log ^LogCollection l) offset
         (reify Function
           (apply [_ data]
             (let [^ByteBuffer data data, out (byte-array (.remaining data))]
               (assert (.isReadOnly data))
               (.get data out)
               (String. out "UTF-8"))))))

(deftest a-record-is-seen-in-place
  (doseq [[name options] formats, cache-blocks [0 1024]]
    (testing (str name " " cache-blocks)
      (with-temp-folder [folder]
        (let [[l offsets] (uncached (path-in folder "a.log") (assoc options :cache-blocks cache-blocks) 200)]
          (with-open [l ^java.io.Closeable l]
            (is (= (map text (range 200)) (map #(viewed l %) offsets)))
            (is (every? nil? (map #(viewed l %) [-1 1 (inc (long (last offsets))) Long/MAX_VALUE])))
            (log/delete! l (nth offsets 150))
            (is (nil? (viewed l (nth offsets 150))))
            (is (= (text 151) (viewed l (nth offsets 151))))
            (is (thrown? ArithmeticException
                         (.view (.log ^LogCollection l) 0 (reify Function (apply [_ _] (throw (ArithmeticException.))))))
                "what a reader throws is for its caller"))
          (is (= :closed (error (viewed l 0)))))))))

(deftest a-mapped-record-deleted-during-a-read-is-not-shown
  (with-temp-folder [folder]
    (let [[l offsets] (uncached (path-in folder "a.log") nil often)
          offset (nth offsets 50), seen (atom 0)]
      (with-open [l ^java.io.Closeable l]
        (run! #(get l %) offsets)
        (is (nil? (.view (.log ^LogCollection l) offset
                         (reify Function
                           (apply [_ _]
                             (when (= 1 (swap! seen inc)) (log/delete! l offset))
                             :seen)))))))))

(deftest bytes-of-a-mapped-file-that-was-cut-are-not-shown
  (doseq [[name options] formats]
    (testing name
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log"), [l offsets] (uncached path options 20000)]
          (with-open [l (closed-when-cut l)]
            (run! #(viewed @l %) offsets)
            (with-open [file (RandomAccessFile. path "rw")] (.setLength file 100000))
            (let [l @l
                  above (drop-while #(<= (long %) 100000) offsets)
                  asked (concat (take 50 above) (take-last (size 2000 20000) above))]
              (is (= #{:corrupt} (set (map #(error (viewed l %)) asked)))))))))))

(deftest an-interrupt-during-mapping-keeps-the-log-open-and-locked
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), [l offsets] (uncached path nil often)]
      (with-open [l ^java.io.Closeable l]
        (.interrupt (Thread/currentThread))
        (run! #(get l %) offsets)
        (is (Thread/interrupted) "the interrupt is handed on")
        (is (= (text 3) (get l (nth offsets 3))))
        (testing "whoever else reads and maps it meanwhile, and closes it"
          (with-open [reader (log/open path {:codec :utf8 :cache-blocks 0 :mode :read})]
            (dotimes [_ 2] (run! #(get reader %) offsets))))
        (let [other (start-serving)]
          (try
            (tell! other `(do (require 'flumelog.core)
                              (try ((resolve 'flumelog.core/open) ~path) :opened
                                   (catch Exception e# (:flumelog/error (ex-data e#))))))
            (is (= [:ok :locked] (answer other)))
            (finally (kill! other))))
        (is (pos? (long (log/append! l "still ours"))))))))

(deftest bytes-are-the-same-across-mapped-segments
  (with-temp-folder [folder]
    (let [gib (bit-shift-left 1 30)
          path (path-in folder "a.log")
          around (byte-array (map unchecked-byte (range 1 65)))]
      (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))]
        (.overwrite file (- gib 32) (ByteBuffer/wrap around))
        (let [blocks (Blocks. path file 16384 (ClockCache. 0) (.size file))
              mapped (last (repeatedly often #(.mapped blocks)))]
          (is (= (+ gib 32) (.end ^Bytes mapped)))
          (doseq [position (range (- gib 32) gib)]
            (is (= (vec (.read blocks position 32)) (vec (.read ^Bytes mapped position 32))))
            (doseq [n [1 4 6 8]]
              (is (= (.uint blocks position n) (.uint ^Bytes mapped position n))))))))))

(deftest an-internal-error-of-the-readers-code-is-passed-on
  (with-temp-folder [folder]
    (let [[l offsets] (uncached (path-in folder "a.log") nil 1000), calls (atom 0)
          throwing (reify Function (apply [_ _] (swap! calls inc) (throw (InternalError. "of the reader"))))]
      (with-open [l ^LogCollection l]
        (dotimes [_ often] (get l (first offsets)))
        (is (= "of the reader" (try (.view (.log l) (second offsets) throwing) (catch InternalError e (ex-message e)))))
        (is (= 1 @calls) "it is called once")
        (is (= (map text (range 1000)) (map #(get l %) offsets)))
        (is (= 1 (.view (.log l) (second offsets) (reify Function (apply [_ b] (if (.isDirect ^ByteBuffer b) 1 0)))))
            "and the file still is mapped")))))
