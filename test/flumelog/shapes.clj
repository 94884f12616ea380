(ns flumelog.shapes
  "Generated logs for the tests of damage, and a second implementation of doc/format.md to check the log: it shares no
   code with the log, and is plain rather than fast.

   * `frame`, `log-bytes`, `whole-run`, `whole-frame-end`, `forged-end`: the format
   * `shape`: a generated log; every random choice comes from a `rng`, so that the `seed` of a run repeats it
   * `in-parallel`: many cases on all processors, until enough are done or one fails; `in-turn`"
  (:require [flumelog.fixtures :refer [delete-folder! formats temp-folder]])
  (:import (java.io ByteArrayOutputStream File)
           (java.nio ByteBuffer)
           (java.util Arrays HexFormat SplittableRandom)
           (java.util.concurrent.atomic AtomicLong)))

(set! *warn-on-reflection* true)

;; The format

(def trailer-bytes {"flume 32" 4, "flume 48" 6, "flume 53" 8, "legacy" 0})

(defn- uint ^long [^bytes data ^long position ^long n]
  (loop [i 0, value 0]
    (if (= i n) value (recur (inc i) (bit-or (bit-shift-left value 8) (bit-and 0xFF (aget data (+ position i))))))))

(defn frame
  "The bytes of the frame that starts at `start`."
  ^bytes [trailer start ^bytes data]
  (let [length (alength data)
        end (+ (long start) 8 length (long trailer))
        out (doto (ByteBuffer/allocate (+ 8 length (long trailer))) (.putInt length) (.put data) (.putInt length))]
    (doseq [shift (range (* 8 (dec (long trailer))) -1 -8)]
      (.put out (unchecked-byte (bit-shift-right end shift))))
    (.array out)))

(defn log-bytes
  "The bytes of a log of records, and the positions where its frames end, with 0 as the first."
  [trailer records]
  (let [out (ByteArrayOutputStream.)
        ends (reduce (fn [ends data]
                       (.writeBytes out (frame trailer (peek ends) data))
                       (conj ends (long (.size out))))
                     [0] records)]
    [(.toByteArray out) ends]))

(defn whole-frame-end
  "The end of the whole frame that starts at `start`; -1 if there is none."
  ^long [^long trailer ^bytes data ^long start]
  (let [room (- (alength data) start 8 trailer)
        length (if (neg? room) Long/MAX_VALUE (uint data start 4))
        end (+ start 8 trailer (if (neg? room) 0 length))]
    (if (and (<= 0 length room)
             (= length (uint data (- end trailer 4) 4))
             (if (zero? trailer) (pos? length) (= end (uint data (- end trailer) trailer))))
      end
      -1)))

(defn whole-run
  "The ends of the longest run of whole frames from the start, with 0 as the first."
  ([trailer data] (whole-run trailer data 0))
  ([trailer data start]
   (loop [ends [start]]
     (let [end (whole-frame-end trailer data (peek ends))]
       (if (neg? end) ends (recur (conj ends end)))))))

(defn forged-end
  "The position where the frame that starts at `start` seems to end by its last length and trailer, whatever its first
   length is; or nil. In a format without trailers, whole frames must follow it up to the end of the data."
  [trailer ^bytes data start]
  (let [trailer (long trailer), start (long start), size (alength data)]
    (first (for [end (range (+ start 9 trailer) (inc size))
                 :when (and (= (uint data (- (long end) trailer 4) 4) (- (long end) start 8 trailer))
                            (if (zero? trailer)
                              (= size (peek (whole-run 0 data end)))
                              (= end (uint data (- (long end) trailer) trailer))))]
             end))))

(defn whole-frame-beyond
  "The start of the first whole frame above `start`, or nil. In a format without trailers, whole frames must follow it
   up to the end of the data."
  [trailer ^bytes data start]
  (first (for [at (range (inc (long start)) (alength data))
               :let [ends (whole-run trailer data at)]
               :when (and (next ends) (or (pos? (long trailer)) (= (alength data) (peek ends))))]
           at)))

;; Generated logs

(def seed
  "The seed of everything that a run generates. -Dflumelog.test.seed=N repeats a run."
  (or (parse-long (System/getProperty "flumelog.test.seed" "")) (rem (System/nanoTime) 1000000000)))

(defn rng ^SplittableRandom [seed] (SplittableRandom. (long seed)))

(defn below
  "A random whole number from 0 to n - 1."
  ^long [^SplittableRandom random ^long n]
  (.nextLong random n))

(defn pick [random choices]
  (nth choices (below random (count choices))))

(defn random-bytes ^bytes [^SplittableRandom random n]
  (let [data (byte-array n)]
    (.nextBytes random data)
    (when (and (pos? (alength data)) (every? zero? data)) (aset data 0 (byte 1)))
    data))

(defn splice
  "The data with the bytes of `piece` at the position."
  ^bytes [^bytes data position ^bytes piece]
  (let [out (aclone data)]
    (System/arraycopy piece 0 out (int position) (min (alength piece) (- (alength out) (int position))))
    out))

(defn- with-zeros [random n]
  (let [data (random-bytes random n), from (below random n), to (below random (inc (long n)))]
    (Arrays/fill data (int (min from to)) (int (max from to)) (byte 0))
    (aset data (int (below random n)) (byte (inc (below random 100))))
    data))

(defn- copy-of-frames
  "Data that contains the log before it, or a frame that would be whole at that position, with its trailer."
  [random trailer ^bytes before]
  (let [start (alength before)
        data (random-bytes random (+ 30 (below random 40)))]
    (if (zero? (below random 2))
      (splice data (below random 5) before)
      (let [at (below random 10)]
        (splice data at (frame trailer (+ start 4 at) (random-bytes random (inc (below random 5)))))))))

(defn- own-end
  "Data that contains the last length and the trailer that its own frame would have if it were shorter."
  [random trailer ^bytes before]
  (let [length (inc (below random 20))
        end (frame trailer (alength before) (random-bytes random length))]
    (splice (random-bytes random (+ length 12 (below random 30)))
            length (Arrays/copyOfRange end (int (+ 4 length)) (alength end)))))

(defn- records-of
  "Records of one kind. `before` is the log that comes before a record."
  [random kind trailer block-bytes]
  (let [same (inc (below random 24))
        make (fn [before]
               (case kind
                 :tiny    (random-bytes random (inc (below random 4)))
                 (:mixed :many) (random-bytes random (inc (below random 60)))
                 :equal   (random-bytes random same)
                 :zeros   (with-zeros random (inc (below random 40)))
                 :copies  (copy-of-frames random trailer before)
                 :own-end (own-end random trailer before)
                 :blocks  (random-bytes random (inc (below random (* 4 (long block-bytes)))))))]
    (loop [records [], n (inc (below random (case kind :tiny 6, :many 40, 5)))]
      (if (zero? n) records (recur (conj records (make (first (log-bytes trailer records)))) (dec n))))))

(defn- deleted-in [random n]
  (case (below random 6) 0 #{0}, 1 #{(quot (long n) 2)}, 2 #{(dec (long n))}, 3 (set (range n)), #{}))

(def kinds [:own-end :tiny :mixed :equal :zeros :copies :blocks])

(defn shape
  "A generated log: its format, its records (deleted ones are zeros), its bytes, the ends of its frames, and options to
   open it. The kind and the format are random unless `more` has them."
  [random more]
  (let [{:keys [kind format] :as chosen} (merge {:kind (pick random kinds), :format (pick random (sort (keys formats)))}
                                                more)
        block-bytes (pick random (if (= :blocks kind) [3 8 23 64 100] [1 2 3 4 5 7 8 11 16 23 64 512 16384]))
        trailer (trailer-bytes format)
        made (records-of random kind trailer block-bytes)
        deleted (deleted-in random (count made))
        records (vec (map-indexed (fn [i data] (if (deleted i) (byte-array (count data)) data)) made))
        [data ends] (log-bytes trailer records)]
    (merge chosen {:made made, :deleted (sort deleted), :trailer trailer, :bytes data, :ends ends
                   :options (merge (formats format) {:codec :bytes, :sync :none, :block-bytes block-bytes})})))

(defn big-shape
  "A log with records longer than the blocks of 16384 bytes that are the default."
  [random format]
  (let [trailer (trailer-bytes format)
        made (vec (repeatedly 3 #(random-bytes random (inc (below random 40000)))))
        [data ends] (log-bytes trailer made)]
    {:kind :big, :format format, :made made, :deleted (), :trailer trailer, :bytes data, :ends ends
     :options (merge (formats format) {:codec :bytes, :sync :none, :block-bytes 16384})}))

(defn hex [^bytes data] (.formatHex (HexFormat/of) data))

(defn describe
  "The shape as text, so that it can be made again."
  [{:keys [kind format options deleted ends] :as shape}]
  (str format " " kind " in blocks of " (:block-bytes options) ", ends " ends
       (when (seq deleted) (str ", deleted " (vec deleted)))
       (when (< (count (:bytes shape)) 300) (str ", bytes " (hex (:bytes shape))))))

;; Running

(defn expect
  "Throws, with the value that was found, if it is not the wanted one."
  [wanted found what]
  (when-not (= wanted found)
    (throw (ex-info (str what ": wanted " (pr-str wanted) ", found " (pr-str found)) {}))))

(defn expect-bytes [^bytes wanted ^bytes found what]
  (when-not (Arrays/equals wanted found)
    (throw (ex-info (str what ": wanted " (hex wanted) ", found " (hex found)) {}))))

(defn clean! [^File folder]
  (run! #(.delete ^File %) (.listFiles folder)))

(def ^:private fewest "So many calls are made, however many cases each has: each format has its turn." 14)

(defn- worker
  "Runs (run folder n) for each n of the counter, until `enough` cases are done in more than a few calls, or one fails."
  [run ^AtomicLong next-n ^AtomicLong done failures enough]
  (let [folder (temp-folder)]
    (try
      (loop [all {}]
        (if (or (and (<= (long enough) (.get done)) (<= (long fewest) (.get next-n))) (seq @failures))
          all
          (let [n (.getAndIncrement next-n)
                {:keys [rows failure]} (try (run folder n) (catch Throwable t {:failure t}))]
            (.addAndGet done (long (reduce + (vals rows))))
            (when failure (swap! failures conj {:n n :failure failure}))
            (recur (merge-with + all rows)))))
      (finally (delete-folder! folder)))))

(defn in-parallel
  "Calls (run folder n) for n = 0, 1, ... with one thread per processor, until they have done `enough` cases. Each call
   returns `:rows`, a map from a description of its cases to their number, or a `:failure`. Returns the `:rows` of all,
   and the `:failures`."
  [enough run]
  (let [next-n (AtomicLong.), done (AtomicLong.), failures (atom [])
        workers (vec (repeatedly (.availableProcessors (Runtime/getRuntime))
                                 #(future (worker run next-n done failures enough))))]
    {:rows (apply merge-with + (map deref workers)), :failures @failures}))

(defn in-turn
  "The n-th of the choices, in a cycle."
  [choices n]
  (nth choices (rem (long n) (count choices))))
