(ns flumelog.damage-test
  "Proves that opening a damaged file loses no good record, invents none, and throws no byte away: a log cut at every
   byte is a prefix of what it was, and damage to what frames it never goes unnoticed (doc/format.md, what a crash can
   leave). There is nothing beside the file that tells how much of it was durable.

   How a damaged file is judged is in `flumelog.damaged`."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.damaged :refer [after another-format-reads-further? check-going-on check-opened check-refused
                                      expect-only expect-records failed live-records named-options names open-error
                                      slice]]
            [flumelog.fixtures :refer [formats path-in read-bytes write-bytes!]]
            [flumelog.shapes :as shapes :refer [below clean! expect expect-bytes in-parallel pick rng seed]]
            [flumelog.test-support :refer [size]])
  (:import (java.util Arrays)))

(set! *warn-on-reflection* true)

;; Cut at every byte

(defn- refusal-is-due
  "A torn record whose data holds the end that its frame would have were it shorter, or a whole frame at its own place,
   can't be told from damage, so it is refused (ADR 0004). Of the first record the format isn't known: there it may be
   the end of a frame of any format. And where one frame is whole, another format may read further: a legacy record and
   just the 4 bytes of the length of one that is 12 bytes longer are, byte for byte, a good 32-bit log; a 32-bit record
   and a torn one that begins with a copy of it are two good legacy records."
  [trailer data good]
  (cond
    (zero? (long good)) (some #(shapes/forged-end % data 0) (vals shapes/trailer-bytes))
    (another-format-reads-further? data [good]) true
    :else (and (<= 4 (- (alength ^bytes data) (long good)))
               (or (shapes/forged-end trailer data good) (shapes/whole-frame-beyond trailer data good)))))

(defn- check-cut
  "Opens the first n bytes of a log as a file of its own, appends, and opens it again; whether it was refused."
  [folder {:keys [trailer ends] :as shape} n]
  (let [data (slice (:bytes shape) 0 n)
        path (path-in folder "a.log")
        whole (vec (take-while #(<= (long %) (long n)) ends))
        options (named-options shape (dec (count whole)) n)]
    (clean! folder)
    (write-bytes! path data)
    (let [l (open-error path options)]
      (if (keyword? l)
        (do (expect true (boolean (refusal-is-due trailer data (peek whole))) (str "refused as " l))
            (check-refused folder path options data whole))
        (do (with-open [^java.io.Closeable l l]
              (check-opened path data l whole)
              (expect (peek whole) (log/append! l after) "offset of the next record")
              (expect nil (log/sync! l) "sync"))
            (check-going-on folder path shape data whole (odd? (long n)))))
      (keyword? l))))

(defn- as-written
  "Checks that the log writes a shape as `flumelog.shapes` reads the format."
  [folder {:keys [options made deleted ends] :as shape}]
  (let [path (path-in folder "a.log")]
    (clean! folder)
    (with-open [l (log/open path options)]
      (expect (pop ends) (log/append-all! l made) "offsets")
      (expect (count deleted) (log/delete! l (map ends deleted)) "deleted"))
    (expect-bytes (:bytes shape) (read-bytes path) "the log as it was written")))

(defn- cuts
  "Every position of the file; of a big one those near the ends of frames and blocks, and some others."
  [random {:keys [ends] :as shape}]
  (let [total (count (:bytes shape))]
    (if (< total 4000)
      (range (inc total))
      (sort (into (set (repeatedly 60 #(below random total)))
                  (for [edge (concat ends (range 0 total 16384)), n (range -18 19)
                        :let [n (+ (long edge) (long n))] :when (<= 0 n total)]
                    n))))))

(defn- nth-shape
  "Formats and kinds take turns; every 31st log is a big one."
  [random n]
  (let [n (long n), format (nth (sort (keys formats)) (rem n 4))]
    (if (= 30 (rem n 31))
      (shapes/big-shape random format)
      (shapes/shape random {:format format, :kind (nth shapes/kinds (rem n (count shapes/kinds)))}))))

(defn- cut-everywhere [folder n]
  (let [random (rng (+ (long seed) (long n)))
        shape (nth-shape random n)
        at (atom "writing")]
    (try
      (as-written folder shape)
      (reduce (fn [counts n]
                (reset! at (str "cut at " n))
                (let [refused? (check-cut folder shape n)]
                  (cond-> (update counts :cases inc) refused? (update :refused inc))))
              {:cases 0 :refused 0 (:format shape) 1 (:kind shape) 1}
              (cuts random shape))
      (catch Throwable t (failed shape @at t)))))

(deftest a-log-cut-at-any-byte-is-a-prefix-of-itself-and-goes-on
  (let [{:keys [failures cases refused] :as counts} (in-parallel (size 1500 200000) cut-everywhere)]
    (is (= [] (map :failure failures)))
    (is (every? counts (keys formats)) "each format had its turn")
    (is (< 0 refused (quot cases 4)) "data that holds its own end was refused, and little else was cut there")))

;; Damage

(defn- flip [{:keys [^bytes bytes]} bit]
  (let [data (aclone bytes), i (int (quot (long bit) 8))]
    (aset data i (unchecked-byte (bit-xor (aget data i) (bit-shift-left 1 (rem (long bit) 8)))))
    data))

(defn- foreign
  "Bytes of something else: noise, text, or those at the same place of another log of the same format."
  [random {:keys [format]} from n]
  (let [other ^bytes (:bytes (shapes/shape random {:format format :kind :many}))
        from (min (long from) (alength other))]
    (case (below random 3)
      0 (shapes/random-bytes random n)
      1 (Arrays/copyOf (.getBytes "GET / HTTP/1.1\r\nHost: another.file\r\n\r\n") (int n))
      2 (slice other from (+ from (long n))))))

(defn- spoil
  "The bytes of a log with a sector damaged in the way that is named."
  [random {:keys [^bytes bytes] :as shape} how sector]
  (let [total (alength bytes), sector (long sector)
        place #(* sector (below random (inc (quot (dec total) sector))))
        from (long (place)), other (long (place))
        n (min sector (- total from) (- total other))
        there (slice bytes other (+ other n))]
    (case how
      :zero       (shapes/splice bytes from (byte-array n))
      :ones       (shapes/splice bytes from (doto (byte-array n) (Arrays/fill (byte -1))))
      :swapped    (-> bytes (shapes/splice from there) (shapes/splice other (slice bytes from (+ from n))))
      :duplicated (shapes/splice bytes from there)
      :foreign    (shapes/splice bytes from (foreign random shape from n)))))

(defn- good-frames-beyond?
  "Whether frames that were in the log are whole still, beyond the first that is not."
  [{:keys [trailer ends]} data good]
  (some (fn [[start end]] (and (< (long good) (long start)) (= end (shapes/whole-frame-end trailer data start))))
        (partition 2 1 ends)))

(defn- check-read-only
  "A reader sees the run of whole frames, or is refused; nothing is changed and no file made."
  [folder path options data run]
  (let [l (open-error path (assoc options :mode :read))]
    (if (keyword? l)
      (expect true (or (= [0] run) (another-format-reads-further? data run)) (str "refused for reading as " l))
      (with-open [^java.io.Closeable l l]
        (expect-records (live-records data run) l "of a reader")))
    (expect-bytes data (read-bytes path) "the file that was only read")
    (expect-only #{"a.log"} folder "after reading")))

(defn- invents?
  "Whether the run has a frame that was not there, with data. (Eight zeros and the number 12, the length of a deleted
   record moved elsewhere, are a 32-bit frame without data at the start of a file.)"
  [{:keys [ends trailer]} run]
  (let [frames (partial partition 2 1)]
    (some (fn [[start end]] (< (+ 8 (long trailer)) (- (long end) (long start))))
          (remove (set (frames ends)) (frames run)))))

(defn- outcome
  "What became of a damaged log: `:refused`; `:same-frames`, only the data of records was hit; `:cut`, the frames before
   the damage are there and the rest is kept, maybe `:cut-with-good-frames`; `:other-frames`, the damage is itself made
   of whole frames. Throws when it is none of these."
  [folder path {:keys [ends] :as shape} options data run]
  (let [l (open-error path options)]
    (if (keyword? l)
      (do (expect false (= (peek run) (alength ^bytes data)) (str "a file of whole frames was refused as " l))
          (check-refused folder path options data run)
          :refused)
      (do (with-open [^java.io.Closeable l l] (check-opened path data l run))
          (expect-only (names (peek run)) folder "after open")
          (cond (invents? shape run) :other-frames
                (= run ends) :same-frames
                (good-frames-beyond? shape data (peek run)) :cut-with-good-frames
                :else :cut)))))

(defn- check-damage
  "Opens a damaged log for reading and then for writing; its outcome."
  [folder {:keys [trailer] :as shape} data n]
  (let [path (path-in folder "a.log")
        run (shapes/whole-run trailer data)
        options (named-options shape (dec (count run)) n)]
    (clean! folder)
    (write-bytes! path data)
    (when (zero? (rem (long n) 4)) (check-read-only folder path options data run))
    (let [outcome (outcome folder path shape options data run)]
      (when (and (not= :refused outcome) (= 1 (rem (long n) 8)))
        (with-open [l (log/open path options)] (log/append! l after))
        (check-going-on folder path shape data run false))
      outcome)))

(def ^:private harmless-kinds
  "Data that forges the end of its own frame needs one bit less to deceive, so it is left to the cuts."
  (remove #{:own-end} shapes/kinds))

(defn- damage-all
  "Runs a number of damages, each made by a function of the shape; counts their outcomes, each beside what was done."
  [folder shape damages]
  (let [at (atom nil)]
    (try
      (reduce (fn [counts [n [what data]]]
                (reset! at [what n])
                (let [outcome (check-damage folder shape data n)]
                  (-> counts (update :cases inc) (update [(if (vector? what) (first what) what) outcome] (fnil inc 0)))))
              {:cases 0}
              (map-indexed vector damages))
      (catch Throwable t (failed shape (str "damage " @at) t)))))

(defn- frame-bit?
  "Whether the bit belongs to a length or a trailer of a frame that has another behind it."
  [{:keys [ends trailer]} bit]
  (let [at (quot (long bit) 8)
        [start end] (first (filter (fn [[_ end]] (< at (long end))) (partition 2 1 ends)))]
    (and (not= end (peek ends))
         (not (< (+ 3 (long start)) at (- (long end) (long trailer) 4))))))

(defn- flip-bits [folder n]
  (let [random (rng (+ (long seed) (long n)))
        shape (shapes/shape random {:format (nth (sort (keys formats)) (rem (long n) 4))
                                    :kind (if (even? (quot (long n) 4)) :tiny (pick random harmless-kinds))})
        bits (* 8 (count (:bytes shape)))]
    (damage-all folder shape
                (for [bit (if (< bits 800) (range bits) (distinct (repeatedly 400 #(below random bits))))]
                  [[(if (frame-bit? shape bit) :frame :other) bit] (flip shape bit)]))))

(deftest no-flipped-bit-of-a-frame-goes-unnoticed
  (let [{:keys [failures] :as counts} (in-parallel (size 1200 150000) flip-bits)]
    (is (= [] (map :failure failures)))
    (is (= [[:frame :refused]] (filter #(and (vector? %) (= :frame (first %))) (keys counts)))
        "a length or a trailer before the last record: refused, every time")
    (is (= #{[:other :same-frames] [:other :cut] [:other :refused]}
           (set (filter #(= :other (first %)) (filter vector? (keys counts)))))
        "data: the same frames; the last frame: cut or refused")))

(defn- spoil-sectors [folder n]
  (let [random (rng (+ (long seed) (long n)))
        format (nth (sort (keys formats)) (rem (long n) 4))
        shape (if (= 30 (rem (long n) 31))
                (shapes/big-shape random format)
                (shapes/shape random {:format format
                                      :kind (if (odd? (quot (long n) 4)) :many (pick random harmless-kinds))}))]
    (damage-all folder shape
                (for [how [:zero :ones :swapped :duplicated :foreign], sector [1 4 16 64 512], _ (range 4)]
                  [[(if (= "legacy" format) :legacy how) how sector] (spoil random shape how sector)]))))

(deftest no-damaged-sector-of-frames-goes-unnoticed
  (let [{:keys [failures] :as counts} (in-parallel (size 1200 150000) spoil-sectors)
        outcomes (fn [& hows] (set (map second (filter #(and (vector? %) (some #{(first %)} hows)) (keys counts)))))]
    (is (= [] (map :failure failures)))
    (is (not (contains? (outcomes :zero :ones :swapped :duplicated) :other-frames))
        "a trailer names its place: only another log's sectors, or those of a legacy log, can be whole frames elsewhere")
    ;; A length that was damaged into one that reaches past the end of the file looks like a torn append, unless its own
    ;; end is still there; then good frames behind it are cut too. Nothing of them is lost: check-opened has seen each
    ;; byte in the file that is kept.
    (is (< (reduce + 0 (keep (fn [[k n]] (when (and (vector? k) (= :cut-with-good-frames (second k))) n)) counts))
           (quot (long (:cases counts)) 50)))))
