(ns bench.index-stores
  "Measures where an index can be kept: the sorted runs of `flumelog.run`, and MVStore with chunks of offsets, through one small
   contract. The decision is doc/adr/0033.

     lein with-profile +peers run -m bench.index-stores catch-up runs 2000000     an index of 500 authors, written each 50,000
     lein with-profile +peers run -m bench.index-stores live mvstore 20000        the same, written each 100 records
     lein with-profile +peers run -m bench.index-stores unique runs 10000000      a key of its own for each record
     lein with-profile +peers run -m bench.index-stores kill runs 30              kill -9 while it writes, so many times

   Prints a map. `unique` is to be run with `-Xmx64m`, see `JVM_OPTS` of lein."
  (:require [bench.index-stores.runs :as runs])
  (:import (flumelog.key Keys)
           (java.io File)
           (java.lang.management ManagementFactory)
           (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)
           (java.util SplittableRandom)))

(set! *warn-on-reflection* true)

(defn- open [store folder]
  (case store
    "runs"    (runs/open folder)
    "mvstore" ((requiring-resolve 'bench.index-stores.mvstore/open) folder)))

(defn- temp-folder ^File []
  (.toFile (Files/createTempDirectory "index-stores" (make-array FileAttribute 0))))

(defn- bytes-in [^File folder]
  (reduce + 0 (map #(.length ^File %) (filter #(.isFile ^File %) (file-seq folder)))))

(defn- delete! [^File folder]
  (run! #(.delete ^File %) (reverse (file-seq folder))))

(defn- cpu-nanos ^long []
  (.getProcessCpuTime ^com.sun.management.OperatingSystemMXBean (ManagementFactory/getOperatingSystemMXBean)))

(defn- timed
  "Seconds of wall time and of the processor, and what f returned."
  [f]
  (let [wall (System/nanoTime), cpu (cpu-nanos), result (f)]
    {:wall-s (/ (- (System/nanoTime) wall) 1e9), :cpu-s (/ (- (cpu-nanos) cpu) 1e9), :result result}))

(defn- id
  "A key as long as a message's id, the same for the same n."
  ^bytes [^long n]
  (let [random (SplittableRandom. n), text (StringBuilder. "%")]
    (dotimes [_ 4] (.append text (Long/toString (bit-and Long/MAX_VALUE (.nextLong random)) 36)))
    (Keys/encode (str text))))

(def ^:private authors (delay (mapv #(id (- -1 (long %))) (range 500))))

(defn- author ^bytes [^long n]
  (let [random (SplittableRandom. n), a (.nextDouble random)]
    (nth @authors (long (* 500 a a)))))                     ; some write more than others

(def ^:private ^:const record-bytes 600)

(defn- offset-of ^long [^long n] (* record-bytes n))

(defn- add-batch! [store key-of ^long from ^long n]
  (let [offsets (long-array n), keys (object-array n)]
    (dotimes [i n]
      (aset offsets i (offset-of (+ from i)))
      (aset keys i (key-of (+ from i))))
    ((:add! store) offsets keys n)))

(defn- fill!
  "Adds n records in batches, and writes every so many records."
  [store key-of n batch persist-every]
  (loop [from 0, unsaved 0]
    (when (< from (long n))
      (let [size (min (long batch) (- (long n) from)), unsaved (+ unsaved size)]
        (add-batch! store key-of from size)
        (if (>= unsaved (long persist-every))
          (do ((:persist! store) (offset-of (+ from size -1)))
              (recur (+ from size) 0))
          (recur (+ from size) unsaved)))))
  ((:persist! store) (offset-of (dec (long n)))))

(defn- per-second
  "How often in a second f can be called with a random number below n; the best of three."
  [times n f]
  (let [random (SplittableRandom. 7)]
    (apply max (for [_ (range 3)]
                 (let [{:keys [wall-s]} (timed #(dotimes [_ times] (f (.nextLong random (long n)))))]
                   (long (/ times (double wall-s))))))))

(defn- measured [store-name folder key-of n batch persist-every]
  (let [store (open store-name folder)
        {:keys [wall-s cpu-s]} (timed #(fill! store key-of n batch persist-every))]
    [store {:store store-name :records n :wall-s wall-s :cpu-s cpu-s :per-second (long (/ (long n) (double wall-s)))
            :bytes (bytes-in folder)}]))

(defn- authors-run [store-name folder n persist-every]
  (let [[store result] (measured store-name folder author n (min 4096 (long persist-every)) persist-every)
        ten (fn [i] (count ((:newest store) (author i) 10)))
        found (per-second 20000 n ten)]
    ((:close! store))
    (assoc result :newest-ten-per-second found :bytes-when-closed (bytes-in folder))))

(defn- unique-run [store-name folder n]
  (let [[store result] (measured store-name folder id n 4096 50000)
        there (per-second 100000 n (fn [i] (when (not= [(offset-of i)] ((:newest store) (id i) 1)) (throw (ex-info "not found" {:i i})))))
        absent (per-second 100000 n (fn [i] (when (seq ((:newest store) (id (- -1000 (long i))) 1)) (throw (ex-info "found" {:i i})))))]
    ((:close! store))
    (assoc result :found-per-second there :not-found-per-second absent :bytes-when-closed (bytes-in folder)
           :max-heap-mb (quot (.maxMemory (Runtime/getRuntime)) 1000000))))

;; kill -9

(defn- child-that-writes [store-name ^String folder]
  (let [store (open store-name (File. folder))]
    (loop [from (quot (+ (long ((:since store))) record-bytes) record-bytes)]
      (add-batch! store id from 100)
      ((:persist! store) (offset-of (+ from 99)))
      (println (+ from 99))
      (flush)
      (recur (+ from 100)))))

(defn- child ^Process [store-name folder]
  (.start (doto (ProcessBuilder. ^"[Ljava.lang.String;" (into-array String
                                  [(str (System/getProperty "java.home") "/bin/java") "-cp" (System/getProperty "java.class.path")
                                  "clojure.main" "-m" "bench.index-stores" "child" store-name (str folder)]))
            (.redirectError java.lang.ProcessBuilder$Redirect/INHERIT))))

(defn- killed-round
  "Lets a child write for a while, kills it, and returns how many records it said were written."
  [store-name folder random]
  (let [process (child store-name folder), lines (atom [])
        reader (future (with-open [in (.inputReader process)] (doseq [line (line-seq in)] (swap! lines conj line))))]
    (while (empty? @lines) (Thread/sleep 5))
    (Thread/sleep (.nextLong ^SplittableRandom random 300))
    (.destroyForcibly process)
    (.waitFor process)
    (try @reader (catch Exception _ nil))
    (parse-long (or (last (filter #(re-matches #"\d+" %) (butlast @lines))) "-1"))))

(defn- kill-run [store-name folder rounds]
  (let [random (SplittableRandom. 3)]
    (loop [round 0, lost 0, refused 0]
      (if (= round (long rounds))
        {:store store-name :rounds rounds :rounds-that-lost lost :rounds-that-did-not-open refused}
        (let [said (long (killed-round store-name folder random))
              outcome (try
                        (let [store (open store-name folder)
                              since (quot (long ((:since store))) record-bytes)
                              whole? (and (>= since said) (every? #(= [(offset-of %)] ((:newest store) (id %) 1)) (range 0 (inc since) 7)))]
                          ((:close! store))
                          (if whole? :whole :lost))
                        (catch Exception e (binding [*out* *err*] (println (ex-message e))) :refused))]
          (when (= :refused outcome) (delete! folder) (.mkdirs ^File folder))
          (recur (inc round) (if (= :lost outcome) (inc lost) lost) (if (= :refused outcome) (inc refused) refused)))))))

(defn -main [workload store-name & [n]]
  (if (= "child" workload)
    (child-that-writes store-name n)
    (let [folder (temp-folder), n (parse-long n)]
      (try
        (prn (case workload
               "catch-up" (authors-run store-name folder n 50000)
               "live"     (authors-run store-name folder n 100)
               "unique"   (unique-run store-name folder n)
               "kill"     (kill-run store-name folder n)))
        (finally (delete! folder)))
      (shutdown-agents))))
