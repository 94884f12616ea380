(ns flumelog.damage-test
  "Proves that opening a damaged file loses no good record, invents none, and throws no byte away: a log cut at every
   byte is a prefix of what it was, and damage to what frames it never goes unnoticed (doc/format.md, what a crash can
   leave). There is nothing beside the file that tells how much of it was durable.

   How a damaged file is judged is in `flumelog.damaged`. What became of it is a row:

     {:format \"flume 48\", :kind :tiny, :what :zero, :outcome :cut}

   the format of the log, the kind of its records (`flumelog.shapes`), what was done to it, and what opening it gave.
   A test counts how often it met each row, and says which rows there may be."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.damaged :refer [after another-format-reads-further? check-going-on check-opened check-refused
                                      expect-only expect-records failed live-records named-options names open-error
                                      slice]]
            [flumelog.fixtures :refer [formats path-in read-bytes write-bytes!]]
            [flumelog.shapes :as shapes :refer [below clean! expect expect-bytes in-parallel in-turn pick rng seed]]
            [flumelog.test-support :refer [size]])
  (:import (java.util Arrays)))

(set! *warn-on-reflection* true)

;; Rows

(defn- matching
  "The rows, each with its number, that have these values."
  [rows values]
  (filter (fn [[row _]] (= values (select-keys row (keys values)))) rows))

(defn- outcomes
  "The outcomes of the rows that have these values."
  [rows values]
  (into #{} (map (comp :outcome key)) (matching rows values)))

(defn- total
  "How many cases had these values."
  [rows values]
  (transduce (map val) + 0 (matching rows values)))

;; Which log is damaged: the n-th of a run

(def ^:private format-names (sort (keys formats)))

(defn- big?
  "Whether the n-th log is a big one. One in 31 is, so that they meet each format: 31 is no multiple of 2 or 7."
  [n]
  (= 30 (rem (long n) 31)))

(defn- of-kind
  "The n-th log, with a format whose turn it is: a big one, or one whose records are of the kind."
  [random n kind]
  (let [format (in-turn format-names n)]
    (if (big? n)
      (shapes/big-shape random format)
      (shapes/shape random {:format format, :kind kind}))))

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
  "Opens the first n bytes of a log as a file of its own, appends, and opens it again; the outcome, :opened or :refused."
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
      (if (keyword? l) :refused :opened))))

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

(defn- cut-everywhere [folder n]
  (let [random (rng (+ (long seed) (long n)))
        shape (of-kind random n (in-turn shapes/kinds n))
        at (atom "writing")]
    (try
      (as-written folder shape)
      {:rows (frequencies (for [n (cuts random shape)]
                            (do (reset! at (str "cut at " n))
                                (assoc (select-keys shape [:format :kind]) :outcome (check-cut folder shape n)))))}
      (catch Throwable t (failed shape @at t)))))

(deftest a-log-cut-at-any-byte-is-a-prefix-of-itself-and-goes-on
  (let [{:keys [rows failures]} (in-parallel (size 900 200000) cut-everywhere)]
    (is (= [] (map :failure failures)))
    (doseq [format format-names]
      (is (pos? (total rows {:format format})) (str format " had its turn")))
    (when (size false true)                                  ; a few logs may have none
      (is (pos? (total rows {:outcome :refused})) "data that holds its own end was refused"))
    (is (< (total rows {:outcome :refused}) (quot (total rows {}) 4)) "and little else")))

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
  "Opens a damaged log for writing; its outcome. A quarter of the logs is opened for reading before, and an eighth goes
   on afterwards: all of them would take too long."
  [folder {:keys [trailer] :as shape} data n]
  (let [path (path-in folder "a.log")
        run (shapes/whole-run trailer data)
        options (named-options shape (dec (count run)) n)
        read-before? (= 0 (rem (long n) 4))
        go-on? (= 1 (rem (long n) 8))]
    (clean! folder)
    (write-bytes! path data)
    (when read-before? (check-read-only folder path options data run))
    (let [outcome (outcome folder path shape options data run)]
      (when (and go-on? (not= :refused outcome))
        (with-open [l (log/open path options)] (log/append! l after))
        (check-going-on folder path shape data run false))
      outcome)))

(def ^:private harmless-kinds
  "Data that forges the end of its own frame needs one bit less to deceive, so it is left to the cuts."
  (remove #{:own-end} shapes/kinds))

(defn- damage-all
  "Opens the log with each of the damages, which are [what it is, where, the damaged bytes]."
  [folder shape damages]
  (let [at (atom nil)]
    (try
      {:rows (frequencies (for [[n [what where data]] (map-indexed vector damages)]
                            (do (reset! at [n what where])
                                (assoc (select-keys shape [:format :kind])
                                       :what what
                                       :outcome (check-damage folder shape data n)))))}
      (catch Throwable t (failed shape (str "damage " @at) t)))))

(defn- frame-bit?
  "Whether the bit belongs to a length or a trailer of a frame that has another behind it."
  [{:keys [ends trailer]} bit]
  (let [at (quot (long bit) 8)
        [start end] (first (filter (fn [[_ end]] (< at (long end))) (partition 2 1 ends)))]
    (and (not= end (peek ends))
         (not (< (+ 3 (long start)) at (- (long end) (long trailer) 4))))))

(defn- by-turns
  "One of two kinds: which one changes whenever each format has had its turn."
  [n one other]
  (if (even? (quot (long n) (count format-names))) one other))

(defn- flip-bits [folder n]
  (let [random (rng (+ (long seed) (long n)))
        shape (shapes/shape random {:format (in-turn format-names n)
                                    :kind (by-turns n :tiny (pick random harmless-kinds))})
        bits (* 8 (count (:bytes shape)))]
    (damage-all folder shape
                (for [bit (if (< bits 800) (range bits) (distinct (repeatedly 400 #(below random bits))))]
                  [(if (frame-bit? shape bit) :bit-of-a-frame :bit-elsewhere) bit (flip shape bit)]))))

(deftest no-flipped-bit-of-a-frame-goes-unnoticed
  (let [{:keys [rows failures]} (in-parallel (size 700 150000) flip-bits)]
    (is (= [] (map :failure failures)))
    (is (= #{:refused} (outcomes rows {:what :bit-of-a-frame}))
        "a length or a trailer before the last record: refused, every time")
    (is (= #{:same-frames :cut :refused} (outcomes rows {:what :bit-elsewhere}))
        "data: the same frames; the last frame: cut or refused")))

(defn- spoil-sectors [folder n]
  (let [random (rng (+ (long seed) (long n)))
        shape (of-kind random n (by-turns n (pick random harmless-kinds) :many))]
    (damage-all folder shape
                (for [how [:zero :ones :swapped :duplicated :foreign], sector-bytes [1 4 16 64 512], _ (range 4)]
                  [how sector-bytes (spoil random shape how sector-bytes)]))))

(deftest no-damaged-sector-of-frames-goes-unnoticed
  (let [{:keys [rows failures]} (in-parallel (size 700 150000) spoil-sectors)]
    (is (= [] (map :failure failures)))
    ;; Only the sectors of another log can be whole frames at another place; and those of a legacy log, where no trailer
    ;; names the place of a frame.
    (doseq [format (remove #{"legacy"} format-names), what [:zero :ones :swapped :duplicated]]
      (is (not (contains? (outcomes rows {:format format, :what what}) :other-frames)) (str format ", " what)))
    ;; A length that was damaged into one that reaches past the end of the file looks like a torn append, unless its own
    ;; end is still there; then good frames behind it are cut too. Nothing of them is lost: check-opened has seen each
    ;; byte in the file that is kept.
    (is (< (total rows {:outcome :cut-with-good-frames}) (quot (total rows {}) 50)))))
