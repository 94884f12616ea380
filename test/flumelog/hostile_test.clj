(ns flumelog.hostile-test
  "Proves that no file can do harm, whoever wrote it: arbitrary bytes through open, every reading and every codec end in
   a value or in an error of ours, under a heap of 64 MiB and without a hang, whatever lengths they claim; and a file
   that is not a log, or is one of another format than the one named, is left alone to the byte."
  (:require [clojure.edn :as edn]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= error files-in path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.shapes :as shapes :refer [below pick rng seed]]
            [flumelog.test-support :refer [size skip]]
            [no-log-sweep :as sweep])
  (:import (flumelog.error LogException)
           (java.io File)
           (java.nio ByteBuffer)
           (java.util Arrays List)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

;; Arbitrary bytes, in a JVM with a small heap

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

(deftest no-bytes-make-it-hang-fill-the-heap-or-fail-undocumented
  (let [n (size 200 100000)
        {:keys [exit outcomes grown giants holes] :as result}
        (run-child `(do (require 'flumelog.hostile)
                        ((resolve 'flumelog.hostile/child) ~seed ~n ~(< 200 (long n)))))]
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
        (is (= 5 (:first giant)))
        (is (= 5 (:last giant))))
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
          (is (= {:end (peek ends), :frames (dec (count ends)), :tail :none}
                 (select-keys (log/recovery l) [:end :frames :tail]))
              (str what ", opened without a name")))))))

;; Files that are no logs

(deftest ordinary-files-are-left-alone-by-all-operations
  (let [files (sweep/ordinary-files (size 20 2000) seed)]
    (if (empty? files)
      (skip "finds no files of a system to try")
      (is (= [] (:changed (sweep/sweep files identity))) (str "seed " seed)))))

(defn- may-be-named?
  "Whether a format that is named makes an empty log of the file: it begins with a number below 64 MiB that is larger than the
   rest of the file is, or is all zeros."
  [^bytes data]
  (let [length (.getInt (ByteBuffer/wrap (Arrays/copyOf data (max 4 (alength data)))))]
    (or (every? zero? data)
        (and (<= 0 length 0x4000000) (< (alength data) (+ 8 8 length))))))

(defn- check-named
  "Opens a copy of the file under a name of a format; nil, or what went wrong."
  [folder ^bytes data named]
  (let [path (path-in folder "copy"), outcome (error (.close (log/open path named)))]
    (cond
      (= :wrong-format outcome) (when-not (and (bytes= data (read-bytes path)) (= #{"copy"} (files-in folder)))
                                  {:touched (files-in folder)})
      outcome {:outcome outcome}
      (not (may-be-named? data)) {:taken-for-a-log (take 16 data)}
      (not (bytes= data (read-bytes (str path ".torn-0")))) {:not-kept (files-in folder)})))

(deftest a-file-opened-by-the-wrong-format-is-never-lost
  (with-temp-folder [folder]
    (doseq [^File file (sweep/ordinary-files (size 20 1000) seed), named (keys names)]
      (let [data (read-bytes file)]
        (shapes/clean! folder)
        (write-bytes! (path-in folder "copy") data)
        (is (nil? (check-named folder data named)) (str file " opened with " named ", seed " seed))))))
