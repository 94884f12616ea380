(ns flumelog.hostile-test
  "Proves that no file can do harm, whoever wrote it: arbitrary bytes through open, every reading and every codec end in
   a value or in an error of ours, under a heap of 64 MiB and without a hang, whatever lengths they claim; and a file
   that is not a log, or is one of another format than the one named, is left alone to the byte."
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error files-in path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.shapes :as shapes :refer [below pick rng]]
            [flumelog.test-support :refer [size skip]]
            [taoensso.nippy :as nippy])
  (:import (flumelog.coll LogCursor)
           (flumelog.error LogException)
           (flumelog.file ChannelFile)
           (java.io File)
           (java.nio ByteBuffer)
           (java.nio.file Files LinkOption)
           (java.util Arrays List)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

;; In the child: inputs

(def ^:private lengths
  "What a hostile file claims."
  [0 1 4 8 12 16 0x7FFF 0xFFFF 0x10000 0x3FFFFFF 0x4000000 0x4000001 0x7FFFFFFF 0x80000000 0xFFFFFFF0 0xFFFFFFFF])

(defn- int-bytes [n] (.array (.putInt (ByteBuffer/allocate 4) (unchecked-int n))))

(defn- text [& parts] (.getBytes ^String (apply str parts)))

(defn- hostile-text [random]
  (let [n (pick random [1 10 50 200 6000]), many #(apply str (repeat n %))]
    (case (below random 8)
      0 (text (many "["))
      1 (text (many "{\"a\":"))
      2 (text (many "#a "))
      3 (text (many "(") (many ")"))
      4 (text "1e" (many "9"))
      5 (text "\"" (many "\\u"))
      6 (text "#=(System/exit 1) #inst \"" (many "9") "\"")
      7 (text (many "[") "1" (many "]")))))

(def ^:private frozen
  (delay (mapv nippy/freeze [{:a [1 2.5 "text" 'sym #{:k}]} (vec (range 100)) (byte-array 50) (apply list (repeat 20 "x"))
                             {1 {2 {3 {}}}} #inst "2020-01-01" 12345678901234567890N 1.5M (long-array 5)
                             (apply str (repeat 3000 "long enough to be compressed "))])))

(defn- mutated
  "The bytes with a few changes of the kinds that break parsers."
  [random ^bytes data]
  (loop [data data, left (inc (below random 4))]
    (if (or (zero? left) (zero? (alength data)))
      data
      (let [at (below random (alength data))]
        (recur (case (below random 5)
                 0 (shapes/splice data at (byte-array [(unchecked-byte (below random 256))]))
                 1 (shapes/splice data at (int-bytes (pick random lengths)))
                 2 (Arrays/copyOf data (int at))
                 3 (shapes/splice (Arrays/copyOf data (int (+ at 9))) at (shapes/random-bytes random 9))
                 4 (shapes/splice data at (Arrays/copyOfRange data (int (below random (inc at))) (alength data))))
               (dec left))))))

(defn- payload [random]
  (case (below random 5)
    0 (shapes/random-bytes random (inc (below random 100)))
    1 (hostile-text random)
    2 (pick random @frozen)
    3 (mutated random (pick random @frozen))
    4 (mutated random (text (pick random ["{:a [1 2 #{3}] \"b\" \\c}" "{\"a\":[1,2.5e3,null,true]}" "#uuid \"0\""
                                          "\\u12 ##Inf ^:a x"])))))

(defn- input
  "The n-th hostile file."
  [random]
  (let [trailer (pick random [0 4 6 8])
        whole #(first (shapes/log-bytes trailer (repeatedly (inc (below random 4)) (fn [] (payload random)))))]
    (case (below random 5)
      0 (shapes/random-bytes random (below random 300))
      1 (mutated random (whole))
      (2 3) (whole)
      4 (byte-array (concat (whole) (int-bytes (pick random lengths)) (shapes/random-bytes random (below random 40)))))))

;; In the child: readings

(defn- ours
  "What f returns, or :flumelog/error where it throws one of ours; anything else goes on."
  [f]
  (try (f) (catch LogException e (:flumelog/error (ex-data e)))))

(defn- use-up [coll] (ours #(reduce (fn [n _] (inc (long n))) 0 coll)))

(defn- step-through [l ahead?]
  (let [^LogCursor c (log/cursor l)]
    (when-not ahead? (log/seek! c Long/MAX_VALUE))
    (loop [] (when (if ahead? (log/next! c) (log/prev! c)) (recur)))))

(defn- read-all
  "Every way to read a log."
  [random l total]
  (run! use-up [(log/entries l {:on-decode-error :skip}) (log/values l {:on-decode-error (constantly 0) :reverse true})
                (log/offsets l) l])
  (ours #(dorun (seq l)))
  (ours #(dorun (rseq l)))
  (ours #(reduce-kv (fn [_ k v] [k v]) nil l))
  (ours #(step-through l true))
  (ours #(step-through l false))
  (doseq [offset [0 (below random (inc (long total))) (pick random [-1 total Long/MAX_VALUE Long/MIN_VALUE])]]
    (ours #(get l offset))
    (ours #(log/fetch l offset))
    (ours #(first (subseq (log/entries l) > offset)))
    (ours #(first (rsubseq (log/entries l) < offset)))))

(defn- write-through
  "Every way to change a log; what it holds afterwards is there when it is opened again."
  [path options]
  (let [codec (:codec options)
        value (if (= :bytes codec) (byte-array [1 2]) "text")]
    (with-open [l (log/open path options)]
      (ours #(log/delete! l (first (log/offsets l))))
      (ours #(log/append-all! l [value value]))
      (ours #(log/sync! l)))
    (with-open [l (log/open path options)]
      (when-not (= :none (:tail (log/recovery l))) (throw (ex-info "torn after a clean close" (log/recovery l)))))))

(defn- try-input
  "Reads a file of these bytes, then writes to it; throws what is no LogException, and when a file that was only read
   or that was refused is not as it was."
  [^File folder random codec ^bytes data]
  (let [path (path-in folder "a.log")
        block-bytes (pick random (if (< (alength data) 1000) [1 7 64 16384] [512 16384]))
        options {:codec codec :sync :none :block-bytes block-bytes}
        unchanged #(when-not (bytes= data (read-bytes path)) (throw (ex-info (str "changed by " %) {})))]
    (shapes/clean! folder)
    (write-bytes! path data)
    (ours #(with-open [l (log/open path (assoc options :mode :read))] (read-all random l (alength data))))
    (unchanged "a reader")
    (let [l (ours #(log/open path options))]
      (if (keyword? l)
        (unchanged "an open that was refused")
        (do (with-open [^java.io.Closeable l l] (read-all random l (alength data)))
            (ours #(write-through path options))))
      (if (keyword? l) l :opened))))

(def ^:private patience-ms "For one input; far beyond what any takes." 180000)

(defn- watch-for-hangs!
  "Ends this JVM, with the input printed, when one takes too long."
  [current]
  (doto (Thread. (fn []
                   (loop [before nil]
                     (Thread/sleep (long patience-ms))
                     (let [now @current]
                       (when (and now (identical? before now))
                         (prn (assoc now :hangs true))
                         (flush)
                         (.halt (Runtime/getRuntime) 3))
                       (recur now)))))
    (.setDaemon true) (.start)))

(defn- used-bytes []
  (System/gc)
  (- (.totalMemory (Runtime/getRuntime)) (.freeMemory (Runtime/getRuntime))))

(defn- try-every
  "Tries inputs `from`, `from` + `step`, ... below n; counts what became of them, or says what the first one threw
   that is not ours."
  [current seed from step n]
  (with-temp-folder [folder]
    (loop [i (long from), outcomes {}]
      (if (<= (long n) i)
        (do (reset! current nil) outcomes)
        (let [random (rng (+ (long seed) i)), codec (nth [:edn :json :nippy :utf8 :bytes] (rem i 5)), data (input random)]
          (reset! current {:seed seed :n i :codec codec :input (shapes/hex data)})
          (let [outcome (try (try-input folder random codec data) (catch Throwable t t))]
            (if (instance? Throwable outcome)
              (assoc @current :threw (str outcome) :at (mapv str (take 12 (.getStackTrace ^Throwable outcome))))
              (recur (+ i (long step)) (update outcomes outcome (fnil inc 0))))))))))

(defn- try-inputs [seed n]
  (let [before (used-bytes)
        threads (.availableProcessors (Runtime/getRuntime))
        results (mapv deref (mapv #(let [current (atom nil)]
                                     (watch-for-hangs! current)
                                     (future (try-every current seed % threads n)))
                                  (range threads)))]
    (or (some #(when (:threw %) %) results)
        {:outcomes (apply merge-with + results) :grown (- (long (used-bytes)) (long before))})))

(defn- sparse-log!
  "A 53-bit log of records with these lengths, each a hole behind a first byte; returns where they start, and the end."
  [path lengths first-byte]
  (with-open [file (ChannelFile/openForWriting (.toPath (io/file path)))]
    (reduce (fn [starts length]
              (let [start (long (peek starts)), length (long length), end (+ start length 16)
                    word #(.putInt (ByteBuffer/allocate (int %)) (unchecked-int length))]
                (.overwrite file start (doto ^ByteBuffer (word 5) (.put (byte first-byte)) .flip))
                (.overwrite file (- end 12) (doto ^ByteBuffer (word 12) (.putLong end) .flip))
                (conj starts end)))
            [0] lengths)))

(defn- read-giants
  "Reads through a log with records of gigabytes; the starts of its frames and what was found of them."
  [folder first-byte mode]
  (let [path (path-in folder "giant.log")
        starts (sparse-log! path [5 0x80000000 0x4000001 0xFFFFFFFF 5] first-byte)]
    (with-open [l (log/open path {:codec :bytes :mode mode :sync :none})]
      {:starts starts
       :end (:end (log/info l))
       :offsets (into [] (log/offsets l))
       :backwards (into [] (log/offsets l {:reverse true}))
       :errors (mapv #(ours (fn [] (log/fetch l %) :read)) (pop starts))
       :first (count (first (seq l)))
       :last (count (first (rseq l)))})))

(defn child
  "What the child JVM does: prints one line of EDN."
  [seed n zeros?]
  (require 'flumelog.codec.json)
  (let [folder (flumelog.fixtures/temp-folder)]
    (try
      (prn (assoc (try-inputs seed n)
                  :giants [(read-giants folder 1 :read) (read-giants folder 1 :read-write)]
                  :holes (when zeros? (select-keys (read-giants folder 0 :read) [:offsets :errors]))))
      (finally (flumelog.fixtures/delete-folder! folder)))
    (shutdown-agents)))

;; The tests

(def ^:private seed
  "Of all that is generated here; -Dflumelog.test.seed=N brings a run back."
  (or (parse-long (System/getProperty "flumelog.test.seed" "")) (rem (System/nanoTime) 1000000000)))

(defn- run-child
  "The last line that a JVM with a heap of 64 MiB prints when it evaluates the form, as EDN."
  [form]
  (let [command [(str (System/getProperty "java.home") "/bin/java") "-Xmx64m" "-XX:+UseSerialGC" "-XX:TieredStopAtLevel=1"
                 "-cp" (System/getProperty "java.class.path") "clojure.main" "-e" (pr-str form)]
        process (.start (doto (ProcessBuilder. ^List command)
                          (.redirectError java.lang.ProcessBuilder$Redirect/INHERIT)))
        out (future (str/split-lines (slurp (.getInputStream process))))]
    (try
      (when-not (.waitFor process (long (size 10 60)) TimeUnit/MINUTES)
        (throw (ex-info "the child hangs outside of its inputs" {:seed seed})))
      (assoc (edn/read-string {:default tagged-literal} (peek @out)) :exit (.exitValue process))
      (finally (.destroyForcibly process)))))

(deftest no-bytes-of-a-file-make-it-fail-in-any-other-way-or-hang-or-take-the-heap
  (let [n (size 200 100000)
        {:keys [exit outcomes grown giants holes] :as result}
        (run-child `(do (require 'flumelog.hostile-test)
                        ((resolve 'flumelog.hostile-test/child) ~seed ~n ~(< 200 (long n)))))]
    (testing (str "seed " seed)
      (is (= 0 exit))
      (is (nil? (or (:threw result) (:hangs result))) (pr-str (dissoc result :giants)))
      (is (= n (reduce + 0 (vals outcomes))))
      (is (every? outcomes [:opened :corrupt :wrong-format]) "all of them happen")
      (is (< (long (or grown 0)) 20000000) "bytes of heap that are not given back")
      (doseq [{:keys [starts offsets backwards errors end] :as giant} giants]
        (is (= (pop starts) offsets (rseq backwards)))
        (is (= (peek starts) end))
        (is (= [:read :too-large :too-large :too-large :read] errors))
        (is (= [5 5] [(:first giant) (:last giant)])))
      (when holes
        (is (= [] (:offsets holes)) "gigabytes of zeros are deleted records")))))

;; Wrong formats

(def ^:private names
  "Every way to name a format, and the trailers that it allows."
  {{:offset-bits 32} #{4}, {:offset-bits 48} #{6}, {:offset-bits 53} #{8}
   {:framing :legacy} #{0}, {:framing :flume} #{4 6 8}})

(defn- adversarial-lengths
  "Lengths that read as something in another format too: nothing at all, or a multiple of 65536 as the end of the first
   frame, whose trailer then ends in zeros; and for legacy each record 12, 14 or 16 bytes longer than the one before."
  [random trailer]
  (let [k (* 65536 (inc (below random 3))), some-bytes (inc (below random 30)), more (pick random [12 14 16])]
    (if (zero? (long trailer))
      (pick random [[some-bytes] [some-bytes (+ some-bytes more)]
                    (take (+ 3 (below random 4)) (iterate #(+ (long more) (long %)) some-bytes))
                    [(- k 8) (+ k 4)] [k (+ k more) 1]])
      (pick random [[0] [0 0] [0 some-bytes 0] [(- k 8 (long trailer)) some-bytes] [(- k 8)] [k 0 k]
                    (take 4 (iterate #(+ (long more) (long %)) some-bytes)) [(- k 12 (long trailer)) (- k 4)]]))))

(defn- adversarial-log [random trailer]
  (shapes/log-bytes trailer (for [n (adversarial-lengths random trailer)]
                              (if (and (pos? (long n)) (< 0 (below random 5)))
                                (shapes/random-bytes random n)
                                (byte-array n)))))

(defn- check-wrong-name
  "Opens a file under a name that is not its own; nil, or what went wrong."
  [folder data ends trailer named]
  (let [path (path-in folder "a.log"), legacy-record? (and (= 0 trailer) (= 2 (count ends)))]
    (shapes/clean! folder)
    (write-bytes! path data)
    (let [outcome (try (with-open [l (log/open path named)] ((juxt :tail :end :cut-bytes :kept) (log/recovery l)))
                       (catch LogException e (:flumelog/error (ex-data e))))]
      (cond
        ;; A whole legacy record is also the first frame of a :flume log, torn before its trailer: cut, and kept.
        (and legacy-record? (vector? outcome))
        (when-not (and (= [:torn 0 (peek ends)] (pop outcome)) (bytes= data (read-bytes (peek outcome))))
          {:outcome outcome})
        (not= :wrong-format outcome) {:outcome outcome}
        (not (bytes= data (read-bytes path))) {:changed (shapes/hex (read-bytes path))}
        (not= #{"a.log"} (files-in folder)) {:made (files-in folder)}))))

(deftest a-log-of-another-format-than-the-one-named-is-left-alone
  (with-temp-folder [folder]
    (dotimes [n (size 60 300)]
      (let [random (rng (+ (long seed) n)), [format-name trailer] (nth (sort shapes/trailer-bytes) (rem n 4))
            [data ends] (adversarial-log random trailer)
            what (str "seed " seed ", file " n ", " format-name " with ends " ends)]
        (doseq [[named trailers] names :when (not (trailers trailer))]
          (is (nil? (check-wrong-name folder data ends trailer named)) (str what ", opened as " named)))
        (shapes/clean! folder)
        (write-bytes! (path-in folder "a.log") data)
        (with-open [l (log/open (path-in folder "a.log") {:codec :bytes})]
          (is (= [(peek ends) (dec (count ends)) :none] ((juxt :end :frames :tail) (log/recovery l)))
              (str what ", opened without a name")))))))

;; Files that are no logs

(defn- children [^File folder]
  (try (sort (.listFiles folder)) (catch Exception _ nil)))

(defn- plain-file? [^File file]
  (and (Files/isRegularFile (.toPath file) (into-array [LinkOption/NOFOLLOW_LINKS]))
       (.canRead file)
       (<= (.length file) 1000000)))

(defn- some-file
  "A file below the folder: the same one for the same random numbers on the same machine. Nil where it gets lost."
  [random ^File folder]
  (let [inside (children folder)]
    (when (seq inside)
      (let [^File chosen (pick random inside)]
        (cond (Files/isSymbolicLink (.toPath chosen)) nil
              (.isDirectory chosen) (recur random chosen)
              (plain-file? chosen) chosen)))))

(defn- ordinary-files [n]
  (let [random (rng 20251122)
        roots (filterv #(.isDirectory ^File %)
                       (map io/file [(System/getProperty "java.home") "/usr/share" "/usr/lib" "/etc"]))]
    (when (seq roots)
      (into [] (comp (keep (fn [_] (some-file random (pick random roots)))) (distinct) (take n))
            (range (* 100 (long n)))))))

(defn- like-a-torn-append?
  "What ADR 0004 says is taken for the torn first append of a new log: the file begins with a number below 64 MiB that
   is larger than the file is; or it is all zeros."
  [^bytes data]
  (let [length (.getInt (ByteBuffer/wrap (Arrays/copyOf data (max 4 (alength data)))))]
    (or (every? zero? data)
        (and (<= 0 length 0x4000000) (< (alength data) (+ 8 8 length))))))

(defn- check-ordinary
  "Opens a copy of the file; nil, or what went wrong."
  [folder ^bytes data named]
  (let [path (path-in folder "copy"), outcome (error (.close (log/open path named)))]
    (cond
      (zero? (alength data)) (when outcome {:empty-file outcome})
      (= :wrong-format outcome) (when-not (and (bytes= data (read-bytes path)) (= #{"copy"} (files-in folder)))
                                  {:touched (files-in folder)})
      outcome {:outcome outcome}
      (not (like-a-torn-append? data)) {:taken-for-a-log (take 16 data)}
      (not (bytes= data (read-bytes (str path ".torn-0")))) {:not-kept (files-in folder)})))

(deftest ordinary-files-are-left-alone
  (let [files (ordinary-files (size 100 1000))]
    (if (empty? files)
      (skip "finds no files of a system to try: neither the JVM's home nor /usr/share, /usr/lib, /etc")
      (with-temp-folder [folder]
        (doseq [^File file files, named (cons {} (keys names))]
          (let [data (read-bytes file)]
            (shapes/clean! folder)
            (write-bytes! (path-in folder "copy") data)
            (is (nil? (check-ordinary folder data named)) (str file " opened with " named))))))))
