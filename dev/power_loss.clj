(ns power-loss
  "Real power loss, in rounds: a JVM appends to a log on a loop-mounted file system, which is shut down under it in the
   middle; then it is mounted again, its journal is replayed, and the log is opened and compared with what that JVM had
   been told was durable. `bin/power-loss` runs it, as root on Linux.

   Of what was not forced the file system keeps what it likes. To have it keep more than nothing, random ranges of the
   file are written back meanwhile, which is what makes holes, and some shutdowns flush the file system's own log.

   The values are made from a seed; when the power goes is up to the clock. So what a round with a violation found on
   the disk is kept in target/power-loss, and `--again FOLDER` checks that again.

   * `-main`: the rounds; exits with 1 on a violation and with 2 where they can't be done
   * `append-until-shut-down`: what the JVM that loses its disk does"
  (:require [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [flumelog.child :refer [say!]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [bytes= delete-folder! overhead read-bytes write-bytes!]]
            [flumelog.options :refer [log-options]]
            [flumelog.process :refer [kill! start]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)
           (flumelog.file DiskFolder LogFolder)
           (flumelog.log OffsetLog)
           (java.io BufferedReader File Writer)
           (java.nio ByteBuffer)
           (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)
           (java.util Arrays List Random)
           (java.util.concurrent TimeUnit)))

(set! *warn-on-reflection* true)

;; What is appended

(def ^:private header-bytes 16)

(defn- some-zeros!
  "Puts zeros over a random range of the data: a record may hold what a hole looks like."
  [^Random random ^bytes data]
  (let [from (+ (long header-bytes) (.nextInt random (- (alength data) (long header-bytes))))
        to (+ from 1 (.nextInt random (- (alength data) from)))]
    (Arrays/fill data (int from) (int to) (byte 0))))

(defn- body-length ^long [^Random random]
  (let [dice (.nextInt random 100)]
    (cond (< dice 60) (.nextInt random 200)
          (< dice 85) (.nextInt random 3000)
          (< dice 98) (.nextInt random 20000)
          :else (.nextInt random 150000))))

(defn- value
  "The data of the n-th record of a thread: who wrote it, and bytes that follow from that."
  ^bytes [[seed thread n :as id]]
  (let [random (Random. (hash id))
        data (byte-array (+ (long header-bytes) (body-length random)))]
    (.nextBytes random data)
    (doto (ByteBuffer/wrap data) (.putLong seed) (.putInt thread) (.putInt n))
    (when (and (< 600 (alength data)) (zero? (.nextInt random 8))) (some-zeros! random data))
    data))

(defn- id-of
  "Who wrote the data, as its header says."
  [^bytes data]
  (when (<= (long header-bytes) (alength data))
    (let [in (ByteBuffer/wrap data)]
      [(.getLong in) (.getInt in) (.getInt in)])))

;; A machine that was started anew, as far as the log can tell

(defn- folder-at
  "The folder on a machine that was started for the `boot`-th time. `identity` is for copies, which are another file."
  ^LogFolder [path boot identity]
  (let [disk (DiskFolder. (.toPath (io/file path)))]
    (reify LogFolder
      (openForReading [_ name] (.openForReading disk name))
      (openForWriting [_ name] (.openForWriting disk name))
      (exists [_ name] (.exists disk name))
      (rename [_ from to] (.rename disk from to))
      (identity [_ name] (or identity (.identity disk name)))
      (boot [_] boot)
      (lock [_ name file] (.lock disk name file))
      (path [_ name] (.path disk name)))))

(defn- open
  ^LogCollection [{:keys [folder boot identity options]} more]
  (let [options (log-options (merge {:codec :bytes} options more))]
    (LogCollection. (OffsetLog/open (folder-at folder boot identity) "a.log" options) (.codec options))))

;; The JVM that loses its disk

(def ^:private max-log-bytes 40000000)

(defn- act!
  "Does something to the log and says so before and after: [:deleting thread offset] [:deleted thread offset]."
  [before after thread arg f]
  (say! [before thread arg])
  (f)
  (say! [after thread arg]))

(defn- append-some! [log {:keys [seed thread n offsets] :as writer} how-many]
  (let [values (mapv #(value [seed thread %]) (range n (+ (long n) (long how-many))))
        placed (if (= 1 how-many) [(log/append! log (first values))] (log/append-all! log values))]
    (say! [:appended (mapv (fn [offset i] [offset thread i]) placed (iterate inc n))])
    (say! [:durable @(log/durable log)])
    (assoc writer :n (+ (long n) (long how-many)) :offsets (into offsets placed))))

(defn- reopen! [holder task thread]
  (let [^LogCollection log @holder]
    (act! :syncing :synced thread nil #(.close log))
    (say! [:opening])
    (let [again (open task nil)]
      (say! [:opened @(log/since again)])
      (reset! holder again))))

(defn- step!
  "One thing that a writer does, as the dice fall."
  [holder task ^Random random {:keys [thread offsets] :as writer}]
  (let [log @holder, dice (.nextInt random 1000)]
    (cond
      (< (long max-log-bytes) (long (:end (log/info log)))) (do (Thread/sleep 2) writer)
      (< dice 800) (append-some! log writer 1)
      (< dice 900) (append-some! log writer (+ 2 (.nextInt random 19)))
      (< dice 970) (do (when (seq offsets)
                         (let [offset (nth offsets (.nextInt random (count offsets)))]
                           (act! :deleting :deleted thread offset #(log/delete! log offset))))
                       writer)
      (< dice 995) (do (act! :syncing :synced thread nil #(log/sync! log)) writer)
      (= 1 (:threads task)) (do (reopen! holder task thread) writer)
      :else writer)))

(defn- write-for-ever
  "Goes on when it is refused, as a program that does not care: what it is then told must be true as well."
  [holder {:keys [seed old-offsets] :as task} thread]
  (let [random (Random. (hash [seed thread]))]
    (loop [writer {:seed seed :thread thread :n 0 :offsets (if (zero? (long thread)) (vec old-offsets) [])}]
      (recur (try (step! holder task random writer)
                  (catch LogException e
                    (say! [:refused (:flumelog/error (ex-data e))])
                    (Thread/sleep 1)
                    writer))))))

(defn append-until-shut-down
  "Reads a task, opens its log, and appends, deletes and syncs with some threads until it is killed. Each line that it
   says is in the pipe before it goes on."
  []
  (let [task (edn/read-string (read-line))
        _ (say! [:opening])
        holder (atom (try (open task nil) (catch LogException e (say! [:not-opened (ex-message e)]))))]
    (when @holder
      (say! [:opened @(log/since @holder)])
      (binding [*print-length* nil]
        (run! deref (mapv #(future (write-for-ever holder task %)) (range (:threads task))))))
    @(promise)))

;; What it said: what must be there and what may be

(defn- opened
  "What was not durable may be gone and overwritten. What was, must not."
  [{:keys [durable] :as said} last]
  (let [there #(<= (long %) (long last))
        there-in (fn [offsets] (into (empty offsets) (filter #(there (if (map-entry? %) (key %) %))) offsets))]
    (-> (reduce #(update %1 %2 there-in) said [:frames :maybe :deleting :deleted :gone])
        (cond-> (< (long last) (long durable))
          (update :problems conj (str "opened with " last " as the last record, but " durable " was durable")))
        (assoc :durable last))))

(defn- last-offset [{:keys [frames]}]
  (if (seq frames) (key (first (rseq frames))) -1))

(defn- now-durable [said offset]
  (update said :durable max offset))

(defn- appended [{:keys [seed options] :as said} placed]
  (let [said (update said :frames into (map (fn [[offset thread n]] [offset [seed thread n]])) placed)]
    (cond-> (update said :appended + (count placed))
      (= :each (:sync options)) (now-durable (first (peek placed))))))

(defn- deleted [{:keys [options] :as said} offset]
  (cond-> (update said :deleted conj offset)
    (= :each (:sync options)) (update :gone conj offset)))

(defn- synced [said thread]
  (let [{:keys [deleted last]} (get-in said [:syncing thread])]
    (-> (now-durable said last) (update :gone into deleted))))

(defn- hear
  "What is known, after one more line."
  [said [what a b]]
  (case what
    :opening (dissoc said :failed)
    :opened (opened said a)
    :appended (appended said a)
    :durable (now-durable said a)
    :deleting (update said :deleting conj b)
    :deleted (deleted said b)
    :syncing (assoc-in said [:syncing a] {:deleted (:deleted said) :last (last-offset said)})
    :synced (synced said a)
    said))

(defn- hear-late
  "What is known, after a line that was said when the power may have been gone. A force that is under way while a file
   system is shut down can return as if all were well (plain fdatasync in a loop shows it, on ext4 and on xfs), so
   nothing of it needs to be there. But a log that once was refused a force must not take anything any more."
  [{:keys [seed threads failed] :as said} [what a b :as line]]
  (cond-> said
    (= :deleting what) (update :deleting conj b)
    (= :appended what) (update :maybe into (map (fn [[offset thread n]] [offset [seed thread n]])) a)
    (= :opening what) (dissoc :failed)
    (= [:refused :failed] line) (assoc :failed true)
    (and failed (= 1 threads) (= :appended what))
    (update :problems conj (str "was failed, and yet " (pr-str line)))))

(defn- nothing-said [folder options]
  {:folder folder :options options :boot 0 :frames (sorted-map) :maybe {} :durable -1 :appended 0
   :deleting #{} :deleted #{} :gone #{} :problems []})

;; What is there

(defn- trailer-bytes ^long [options]
  (- (overhead options) 8))

(defn- uint ^long [^bytes data at n]
  (reduce (fn [sum i] (+ (* 256 (long sum)) (bit-and 255 (aget data (+ (long at) (long i)))))) 0 (range n)))

(defn- frame-at
  "[offset data end] of the whole frame there, read without flumelog; or nil."
  [^bytes file options offset]
  (let [offset (long offset)]
    (when (<= (+ offset (overhead options)) (alength file))
      (let [length (uint file offset 4)
            end (+ offset (overhead options) length)
            trailer (trailer-bytes options)]
        (when (and (pos? length) (<= end (alength file))
                   (= length (uint file (- end trailer 4) 4))
                   (or (zero? trailer) (= end (uint file (- end trailer) trailer))))
          [offset (Arrays/copyOfRange file (int (+ offset 4)) (int (+ offset 4 length))) end])))))

(defn- frames-of [file options]
  (take-while some? (iterate (fn [[_ _ end]] (frame-at file options end)) (frame-at file options 0))))

(defn- zeros? [^bytes data]
  (bytes= data (byte-array (alength data))))

(defn- what-differs [^bytes data]
  (let [good (value (id-of data))]
    (if (not= (alength data) (alength good))
      (str "has " (alength data) " bytes instead of " (alength good))
      (let [wrong (filter #(not= (aget data %) (aget good %)) (range (alength data)))]
        (str "differs in " (count wrong) " of its " (alength data) " bytes, from " (first wrong) " to " (last wrong)
             (when (every? #(zero? (aget data %)) wrong) ", which are zeros"))))))

(defn- record-problem
  "What is wrong with a record of which these are the bytes, or nil."
  [{:keys [frames maybe deleting gone seeds]} offset data]
  (let [wanted (get frames offset), [seed :as id] (id-of data)]
    (cond
      (zeros? data) (when-not (deleting offset) (str "the record at " offset " is deleted, which nobody asked for"))
      (not (contains? seeds seed)) (str "at " offset " is something that nobody appended"
                                        (when wanted (str " in the place of " wanted)))
      (and wanted (not= id wanted) (not= id (maybe offset))) (str "at " offset " is " id " and not " wanted)
      (not (bytes= data (value id))) (str "the record " id " at " offset " " (what-differs data)
                                          (when (deleting offset) "; its deletion had begun"))
      (gone offset) (str "the record at " offset " is there, but its deletion was durable"))))

(defn- order-problem
  "Whether the records of each thread are the first that it appended, in that order."
  [ids]
  (for [[[seed thread] ids] (group-by pop ids)
        :when (not= (map peek ids) (range (count ids)))]
    (str "the records of thread " thread " of " seed " are not its first " (count ids) ", in order: "
         (first (remove (fn [[a b]] (= a b)) (map vector (map peek ids) (range)))))))

(defn- lost
  "What was durable, or stands before what is there, and is missing."
  [{:keys [durable frames]} found]
  (let [offsets (into (sorted-set) (map first) found)
        last (or (first (rseq offsets)) -1)]
    (concat
      (when (< (long last) (long durable)) [(str "the last record is at " last ", but " durable " was durable")])
      (for [[offset id] frames :when (and (<= (long offset) (long (max last durable))) (not (offsets offset)))]
        (str "the record " id " at " offset " is missing")))))

(defn- file-problems [{:keys [frames maybe options] :as said} ^bytes file]
  (let [found (vec (frames-of file options))
        end (or (peek (peek found)) 0)]
    (concat
      (when (not= end (alength file)) [(str "whole frames end at " end ", the file at " (alength file))])
      (keep (fn [[offset data]] (record-problem said offset data)) found)
      (order-problem (keep (fn [[offset data]] (if (zeros? data) (or (frames offset) (maybe offset)) (id-of data)))
                           found))
      (lost said found))))

(defn- log-problems
  "Whether the log shows the live records of its file, and no others."
  [log {:keys [options]} file]
  (let [live (remove #(zeros? (second %)) (frames-of file options))
        shown (vec (log/entries log))]
    (when-not (and (= (map first live) (map key shown))
                   (every? true? (map (fn [[_ data] [_ value]] (bytes= data value)) live shown)))
      [(str "the log shows " (count shown) " records, its file has " (count live))])))

;; Checking

(defn- file-of ^File [said]
  (io/file (:folder said) "a.log"))

(defn- guarded
  "The problems that f finds; that it throws is one."
  [what f]
  (try (mapv #(str what ": " %) (f))
       (catch Exception e [(str what ": throws " (or (ex-message e) e) " " (dissoc (ex-data e) :path))])))

(defn- check-reading
  "A reader, before anybody has recovered the log: it sees whole records only, and writes nothing."
  [said]
  (when (.exists (file-of said))
    (let [before (read-bytes (file-of said))]
      (with-open [log (open said {:mode :read})]
        (let [problems (vec (keep (fn [[offset data]] (record-problem (assoc said :gone #{}) offset data))
                                  (log/entries log)))]
          (cond-> problems
            (< @(log/since log) (long (:durable said)))
            (conj (str "the last record is at " @(log/since log) ", but " (:durable said) " was durable"))
            (not (bytes= before (read-bytes (file-of said)))) (conj "it changed the file")))))))

(defn- check-kept
  "Whether what was cut lies beside the log."
  [before {:keys [tail end kept]}]
  (when (and (= :torn tail)
             (not (bytes= (read-bytes kept) (Arrays/copyOfRange ^bytes before (int end) (alength ^bytes before)))))
    ["the cut tail is not what was kept"]))

(defn- check-opened [said before recovery]
  (with-open [log (open said nil)]
    (deliver recovery (log/recovery log))
    (let [file (read-bytes (file-of said))]
      (concat (check-kept before @recovery)
              (file-problems said file)
              (log-problems log said file)))))

(defn- check-again [said]
  (let [before (read-bytes (file-of said))]
    (with-open [log (open said nil)]
      (concat
        (when-not (= :none (:tail (log/recovery log))) [(str "recovery again: " (log/recovery log))])
        (log-problems log said before)))
    (when-not (bytes= before (read-bytes (file-of said))) ["it changed the file"])))

(defn- check-going-on
  "The log takes appends, which stay."
  [{:keys [seed] :as said}]
  (let [ids (mapv (fn [n] [seed -1 n]) (range 3))
        before (read-bytes (file-of said))
        offsets (with-open [log (open said nil)]
                  (let [offsets (mapv #(log/append! log (value %)) ids)]
                    (log/sync! log)
                    offsets))]
    (with-open [log (open said nil)]
      (concat
        (when-not (= (alength before) (first offsets)) ["it does not append at the end"])
        (when-not (every? true? (map (fn [id offset] (bytes= (value id) (get log offset))) ids offsets))
          ["what was appended is not there"])
        (log-problems log said (read-bytes (file-of said)))))))

(defn- check-names [{:keys [folder]}]
  (for [name (.list (io/file folder))
        :when (not (re-matches #"a\.log(\.checkpoint|\.deletions|\.lock|\.torn-\d+(\.\d+)?)?" name))]
    (str "the file " name " is not ours")))

(defn- bytes-before ^bytes [said]
  (if (.exists (file-of said)) (read-bytes (file-of said)) (byte-array 0)))

(defn- check
  "Opens what the power loss left: [problems, what recovery did, the bytes of the file before]."
  [said]
  (let [before (bytes-before said)
        recovery (promise)
        reading (guarded "reading" #(check-reading said))
        opening (guarded "opening" #(check-opened said before recovery))
        problems (into (:problems said) (concat reading opening))]
    [(cond-> problems
       (realized? recovery)
       (into (concat (guarded "opening again" #(check-again said))
                     (guarded "going on" #(check-going-on said))
                     (guarded "the folder" #(check-names said)))))
     (deref recovery 0 nil)
     before]))

(defn- as-recovered
  "What is known of a log that was checked, for the next round on it: all that is there is durable."
  [{:keys [options] :as said}]
  (let [found (frames-of (read-bytes (file-of said)) options)
        zero (into #{} (comp (filter (comp zeros? second)) (map first)) found)
        known #(or (get (:frames said) %) (get (:maybe said) %))]
    (assoc said
           :frames (into (sorted-map)
                         (map (fn [[offset data]] [offset (if (zero offset) (known offset) (id-of data))]))
                         found)
           :durable (or (first (last found)) -1)
           :maybe {} :deleting zero :deleted zero :gone zero :appended 0 :syncing nil)))

;; Commands of the system

(defn- whole
  "As EDN, in a line; dev/user.clj limits what is printed."
  [x]
  (binding [*print-length* nil] (prn-str x)))

(defn- run-command
  "Runs a command for at most a minute: [exit output]."
  [& words]
  (try
    (let [process (.start (doto (ProcessBuilder. ^List (map str words)) (.redirectErrorStream true)))
          output (future (slurp (.getInputStream process)))]
      (if (.waitFor process 60 TimeUnit/SECONDS)
        [(.exitValue process) (str/trim @output)]
        (do (.destroyForcibly process) [-1 "did not end within a minute"])))
    (catch java.io.IOException e [-1 (ex-message e)])))

(defn- must [& words]
  (let [[exit output] (apply run-command words)]
    (when-not (zero? (long exit))
      (throw (ex-info (str (str/join " " words) ": " output) {:command words :exit exit})))
    output))

(defn- on-path? [command]
  (some #(.canExecute (io/file ^String % ^String command))
        (str/split (System/getenv "PATH") #":")))

(defn- missing-tool [file-systems]
  (let [packages (merge {"xfs_io" "xfsprogs" "losetup" "mount" "mount" "mount" "umount" "mount"}
                        (select-keys {"mkfs.ext4" "e2fsprogs" "mkfs.xfs" "xfsprogs"}
                                     (map #(str "mkfs." %) file-systems)))]
    (when-let [[tool package] (first (remove (comp on-path? key) packages))]
      (str "needs " tool ", of the package " package))))

;; A disk

(defn- make-file-system! [file-system image ^Random random]
  (let [block (rand-nth [1024 4096])]
    (if (= "xfs" file-system)
      (must "mkfs.xfs" "-q" "-f" "-b" (str "size=" block) image)
      (must "mkfs.ext4" "-q" "-F" "-m" "0" "-b" block image))))

(defn- mount! [{:keys [file-system device mount]}]
  (must "mount" "-t" file-system device mount))

(defn- unmount! [{:keys [mount]}]
  (loop [tries 50]
    (let [[exit output] (run-command "umount" mount)]
      (cond (zero? (long exit)) nil
            (zero? tries) (throw (ex-info (str "umount " mount ": " output) {}))
            :else (do (Thread/sleep 100) (recur (dec tries)))))))

(defn- mounted? [{:keys [mount]}]
  (some #(= (str mount) (second (str/split % #" "))) (Files/readAllLines (.toPath (io/file "/proc/mounts")))))

(defn- release!
  "Unmounts, frees the loop device, deletes the image; whatever is left of them, and as often as you like."
  [{:keys [^File folder device] :as disk}]
  (when (mounted? disk)
    (try (unmount! disk) (catch Exception _ (run-command "umount" "-l" (:mount disk)))))
  (when device (run-command "losetup" "-d" device))
  (when-not (mounted? disk) (delete-folder! folder)))

(defn- temp-folder ^File []
  (.toFile (Files/createTempDirectory "flumelog-power-loss" (make-array FileAttribute 0))))

(def ^:private disks
  "Those to release, also when this program is stopped."
  (atom #{}))

(defn- make-disk!
  "A new file system of 320 MiB (mkfs.xfs makes none below 300) in a sparse file, mounted."
  [file-system random]
  (let [folder (temp-folder)
        image (io/file folder "image")
        bare {:file-system file-system :folder folder :mount (doto (io/file folder "mount") .mkdir)}]
    (swap! disks conj bare)
    (with-open [file (java.io.RandomAccessFile. image "rw")] (.setLength file 335544320))
    (make-file-system! file-system image random)
    (let [disk (assoc bare :device (must "losetup" "--find" "--show" image))]
      (swap! disks #(-> % (disj bare) (conj disk)))
      (mount! disk)
      disk)))

(defn- discard! [disk]
  (release! disk)
  (swap! disks disj disk))

(defn- shut-down! [{:keys [mount]} flags]
  (apply must "xfs_io" "-x" "-c" (str/join " " (cons "shutdown" flags)) [mount]))

(defn- refusal
  "Why power loss can't be had on this file system here, or nil: it is tried."
  [file-system]
  (try
    (let [disk (make-disk! file-system nil)]
      (try
        (shut-down! disk [])
        (when (try (spit (io/file (:mount disk) "x") "x") true (catch java.io.IOException _ false))
          (str "a " file-system " that was shut down still takes writes"))
        (finally (discard! disk))))
    (catch Exception e (ex-message e))))

(defn- missing
  "What is missing on this machine, as a sentence; or nil."
  [file-systems]
  (cond
    (not= "Linux" (System/getProperty "os.name")) "needs Linux"
    (not= "root" (System/getProperty "user.name")) "needs root, to mount file systems and shut them down"
    :else (or (missing-tool file-systems) (some refusal file-systems))))

;; The JVMs

(defn- start-child []
  (start '(do (require 'power-loss) (power-loss/append-until-shut-down))))

(def ^:private children
  "Those that were started: the last one is for the next loss of power."
  (atom []))

(defn- take-child!
  "A fresh JVM, which was started while the one before was at work."
  ^Process []
  (when (empty? @children) (swap! children conj (start-child)))
  (let [child (peek @children)]
    (reset! children [child (start-child)])
    child))

(defn- clean-up! []
  (run! kill! @children)
  (run! discard! @disks))

;; A round

(def ^:private modes [:each {:every-ms 5} :none])

(def ^:private formats [{:offset-bits 53} {:offset-bits 53} {:offset-bits 48} {:offset-bits 32} {:framing :legacy}])

(defn- pick [^Random random from]
  (nth from (.nextInt random (count from))))

(defn- listen
  "Hears all that a child says: [the first line of some kinds as promises, all lines as a future]. How many they are
   goes to `lines-heard`."
  [^Process child lines-heard]
  (let [opened (promise)
        firsts {:opening (promise) :opened opened :not-opened opened}
        heard (fn [[what :as line]]
                (swap! lines-heard inc)
                (some-> (firsts what) (deliver line))
                line)]
    [firsts
     (future
       (let [lines (into [] (comp (filter #(str/ends-with? % "]"))      ; else the kill cut it short
                                  (map edn/read-string)
                                  (map heard))
                         (line-seq ^BufferedReader (.inputReader child)))]
         (run! #(deliver % nil) (vals firsts))
         lines))]))

(defn- write-back!
  "Has the system write some ranges of the log to disk, without what says that they belong to the file; or the newest
   checkpoint."
  [^Random random said]
  (let [size (.length (file-of said))
        range (fn [_] (let [from (if (pos? size) (.nextInt random (int size)) 0)]
                        ["-c" (str "sync_range -w " from " " (inc (.nextInt random 200000)))]))
        [file ranges] (case (.nextInt random 5)
                        0 [(str (file-of said) ".checkpoint") ["-c" "sync_range -w 0 8192"]]
                        [(file-of said) (mapcat range (clojure.core/range (inc (.nextInt random 4))))])]
    (apply run-command "xfs_io" (concat ranges [file]))))

(defn- wait-a-moment!
  "Waits until the child has said so many lines, or for three seconds, and a little longer."
  [^Random random said lines-heard]
  (let [lines (long (Math/exp (* (.nextDouble random) (Math/log 6000))))
        until (+ (System/nanoTime) 3000000000)]
    (while (and (< (long @lines-heard) lines) (< (System/nanoTime) until))
      (if (zero? (.nextInt random 20))
        (write-back! random said)
        (Thread/sleep 1)))
    (Thread/sleep 0 (.nextInt random 999999))))

(defn- await-line!
  "Waits until the child has said it; returns what it said, which is that it could not where that is so."
  [firsts what]
  (or (deref (firsts what) 120000 nil)
      (throw (ex-info "a child of this program ended, or said nothing for two minutes" {}))))

(defn- while-it-runs!
  "Waits for the moment when the power goes, in recovery or while records are written; what is wrong until then."
  [^Random random firsts lines-heard said]
  (await-line! firsts :opening)
  (if (and (pos? (long (:losses said))) (pick random [true false false]))
    (do (Thread/sleep (.nextInt random 50)) nil)
    (let [[what message] (await-line! firsts :opened)]
      (if (= :opened what)
        (do (wait-a-moment! random said lines-heard) nil)
        [(str "a child could not open it: " message)]))))

(defn- lose-power!
  "A child writes to the log until the file system is shut down; what it said goes with what is known."
  [^Random random disk said ^Process child flags]
  (let [lines-heard (atom 0)
        [firsts lines] (listen child lines-heard)
        task {:folder (:folder said) :options (:options said) :boot (:boot said) :seed (:seed said)
              :threads (:threads said) :old-offsets (take-last 50 (keys (:frames said)))}]
    (doto ^Writer (.outputWriter child) (.write ^String (whole task)) (.flush))
    (let [problems (while-it-runs! random firsts lines-heard said)
          sure @lines-heard]
      (shut-down! disk flags)
      (Thread/sleep (long (pick random [0 1 20])))
      (kill! child)
      (unmount! disk)
      (mount! disk)
      (as-> (reduce hear said (take sure @lines)) said
        (reduce hear-late said (drop sure @lines))
        (update said :problems into problems)))))

(defn- snapshot
  "The files of a log, by name, and what its identity is."
  [said]
  {:identity (when (.exists (file-of said)) (.identity (folder-at (:folder said) 1 nil) "a.log"))
   :files (into {} (for [^File file (.listFiles (io/file (:folder said)))] [(.getName file) (read-bytes file)]))})

(defn- next-loss [{:keys [losses boot seeds] :as said} round-seed]
  (let [seed (+ (* 10 (long round-seed)) (long losses))]
    (assoc said :seed seed :seeds (conj (or seeds #{}) seed) :boot (inc (long boot)) :syncing nil)))

(defn- lose-power-some-times!
  "Loses power up to three times before anybody looks; what is known then, and the files as the last one left them."
  [^Random random disk said round-seed]
  (loop [said (assoc said :losses 0 :flags [])]
    (let [flags (pick random [[] ["-f"]])
          said (-> (lose-power! random disk (next-loss said round-seed) (take-child!) flags)
                   (update :losses inc) (update :flags conj (or (first flags) "no flush")))]
      (if (and (< (long (:losses said)) 3) (zero? (.nextInt random 3)))
        (recur said)
        (update said :boot inc)))))

(defn- keep-it!
  "Writes what a round found on the disk to target/power-loss; the folder."
  [{:keys [identity files]} said problems]
  (let [folder (io/file "target/power-loss" (str (:file-system said) "-" (:round-seed said)))]
    (.mkdirs folder)
    (doseq [[name data] files] (write-bytes! (io/file folder name) data))
    (spit (io/file folder "said.edn") (whole (assoc said :identity identity :problems [] :found problems)))
    (str folder)))

(defn- count-durable [{:keys [frames durable]}]
  (count (subseq frames <= durable)))

(defn- hole?
  "Whether the tail that was cut begins with a frame whose lengths and trailer are right."
  [{:keys [options]} {:keys [tail end]} before]
  (and (= :torn tail) (some? (frame-at before options end))))

(defn- describe [{:keys [file-system options threads losses flags round-seed age] :as said} facts]
  (str "seed " round-seed " " file-system " " (pr-str options) " " threads " thread" (when (< 1 (long threads)) "s")
       ", " (if (zero? (long age)) "a new log" (str "a log that lost power " age " times"))
       ", " losses " power loss" (when (< 1 (long losses)) "es") " (shutdown " (str/join ", " flags) "): "
       "appended " (:appended facts) ", durable " (:durable facts) ", found " (:found facts) ", deleted " (:gone facts)
       "; tail " (:tail facts) ", " (:cut-bytes facts) " bytes cut" (when (:hole facts) ", a hole")
       ", watermark " (:watermark facts "none") ", scanned from " (:scanned-from facts)))

(defn- facts [said [problems recovery before]]
  (merge {:appended (:appended said) :durable (count-durable said) :found (:frames recovery) :gone (count (:gone said))
          :hole (when recovery (hole? said recovery before)) :problems problems}
         (select-keys recovery [:tail :cut-bytes :watermark :scanned-from])))

(defn- a-round
  "One round on the disk: what is known of the log afterwards, and the facts."
  [disk ^Random random round-seed old]
  (let [said (or old
                 (nothing-said (str (:mount disk) "/" round-seed (pick random ["" "/a/b"]))
                               (assoc (pick random formats) :sync (pick random modes))))
        said (assoc said :round-seed round-seed :file-system (:file-system disk) :threads (pick random [1 1 4])
                         :age (:age said 0))
        said (lose-power-some-times! random disk said round-seed)
        found (snapshot said)
        [problems :as checked] (check said)
        facts (facts said checked)]
    (println (describe said facts))
    (when (seq problems)
      (println (str "  VIOLATION, kept in " (keep-it! found said problems) ":"))
      (run! #(println "   " %) (take 8 problems))
      (when (< 8 (count problems)) (println "    and" (- (count problems) 8) "more")))
    (flush)
    [(when (empty? problems) (-> (as-recovered said) (update :age + (:losses said)))) facts said]))

;; All rounds

(defn- run-rounds
  "Rounds on disks of one kind; each disk is used for some, and each log."
  [file-system rounds seed]
  (loop [n 0, disk nil, old nil, results []]
    (if (= n rounds)
      (do (some-> disk discard!) results)
      (let [random (Random. (hash [file-system (+ (long seed) n)]))
            fresh? (or (nil? disk) (zero? (.nextInt random 8)))
            _ (when (and fresh? disk) (discard! disk))
            disk (if fresh? (make-disk! file-system random) disk)
            old (when (and old (not fresh?) (pick random [true false])
                           (< (.length (file-of old)) 60000000)) old)
            [old facts said] (a-round disk random (+ (long seed) n) old)]
        (recur (inc n) disk old
               (conj results (assoc facts :file-system file-system :sync (:sync (:options said))
                                          :losses (:losses said))))))))

(defn- total [results key]
  (reduce + (keep key results)))

(defn- summarize [results]
  (doseq [[[file-system sync] of] (sort-by (comp str key) (group-by (juxt :file-system :sync) results))]
    (println (str file-system " " sync ": " (count of) " rounds, " (total of :losses) " power losses, "
                  (total of :appended) " appended, " (total of :durable) " durable, " (total of :found) " found, "
                  (count (filter #(= :torn (:tail %)) of)) " torn tails, " (count (filter :hole of)) " holes, "
                  (count (filter (comp seq :problems) of)) " with violations")))
  (let [bad (count (filter (comp seq :problems) results))]
    (println (str "power-loss: " (count results) " rounds, "
                  (if (zero? bad) "no violation" (str bad " with violations"))))
    (if (zero? bad) 0 1)))

(defn- check-kept-folder
  "Checks once more what a round found on its disk."
  [kept]
  (let [folder (temp-folder)]
    (try
      (doseq [^File file (.listFiles (io/file kept)) :when (not= "said.edn" (.getName file))]
        (io/copy file (io/file folder (.getName file))))
      (let [said (-> (edn/read-string (slurp (io/file kept "said.edn")))
                     (assoc :folder (str folder)) (update :frames #(into (sorted-map) %)))
            [problems :as checked] (check said)]
        (println (describe said (facts said checked)))
        (run! #(println "   " %) problems)
        (if (seq problems) 1 0))
      (finally (delete-folder! folder)))))

(defn- all-rounds [rounds file-systems seed]
  (if-let [why (missing file-systems)]
    (do (println (str "power-loss: can't be tried here: " why)) 2)
    (summarize
      (let [share (fn [i] (quot (+ (long rounds) (- (count file-systems) 1 (long i))) (count file-systems)))]
        (vec (mapcat #(run-rounds %1 (share %2) seed) file-systems (range)))))))

(defn -main
  "[ROUNDS] [ext4|xfs] [SEED], or --again FOLDER."
  [& args]
  (.addShutdownHook (Runtime/getRuntime) (Thread. ^Runnable clean-up!))
  (let [numbers (keep parse-long args)
        [what folder] args
        code (try
               (if (= "--again" what)
                 (check-kept-folder folder)
                 (all-rounds (or (first numbers) 20)
                             (or (seq (filter #{"ext4" "xfs"} args)) ["ext4" "xfs"])
                             (or (second numbers) (quot (System/currentTimeMillis) 1000))))
               (catch Throwable t
                 (println (str "power-loss: broke off: " t))
                 (.printStackTrace t)
                 1)
               (finally (clean-up!)))]
    (shutdown-agents)
    (System/exit code)))
