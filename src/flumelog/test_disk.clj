(ns flumelog.test-disk
  "A disk in memory on which power is lost and calls fail: for tests of flumelog, and of programs that use it.

     (let [d (disk)]
       (with-open [log (open d \"a.log\" {:sync :each})]
         (flumelog.core/append! log :kept))
       (with-open [log (open (lose-power d 42) \"a.log\")]
         (vec log)))   ;=> [:kept]

   * `disk`, `open`, `contents`, `put-contents`: files and logs on it
   * `kill`: the disk as a new process finds it; `lose-power`: as a machine finds it that was switched off
   * `break-at!`, `fail!`, `hold!`: the call at which the power goes, calls that fail, calls that wait
   * `calls`: how many there were

   What was not forced is lost, kept, torn and reordered as a seed says: each write is taken apart into sectors, and each
   sector may be on disk as it was at any time, as may be the size that they would have given the file. (With sectors of
   one byte, all is on disk up to any byte of any write.) What is stored to shared memory, as a
   write buffer does, is a write at the next call. A file that `openForWriting` created keeps its name once that
   returned; one that was deleted may come back, until a file is created or renamed. Nothing that was forced is touched.

   What a force that failed was to write may be lost, as on Linux: it is read as if it were there, and is not on disk
   after a force that succeeds, unless it was written again in between."
  (:require [clojure.string :as str]
            [flumelog.options :refer [open-with]]
            [flumelog.power-loss :as loss]
            [flumelog.print]
            [flumelog.stores :refer [notice-stores]])
  (:import (flumelog.error OptionFailures)
           (flumelog.file LogFile LogFolder SharedMemory Stamp WriterLock)
           (flumelog.log OffsetLog)
           (java.io FileNotFoundException IOException)
           (java.nio ByteBuffer)
           (java.util Random)))

(set! *warn-on-reflection* true)

;; The state: {:files {name file}, :gone {name file}, :calls {kind n}, :break-at n, :faults [...]}, where :gone has files
;; that were deleted and may come back, and a file is {:now bytes, :durable bytes, :pending [op ...], :id n, :memory what
;; is stored to}. An op is [:write position bytes] or [:truncate size]; see flumelog.power-loss.

(defn disk
  "A new, empty disk.

     (files (disk))   ;=> ()"
  []
  (atom {:files {} :calls {} :faults []}))

;; Memory that is the content of a file: what was stored is noticed as writes, at every call.

(defn- notice! [disk]
  (swap! disk update :files update-vals notice-stores))

(defn contents
  "The bytes of a file as programs see them now, or nil.

     (vec (contents (put-contents d \"b.log\" (byte-array [1 2])) \"b.log\"))   ;=> [1 2]"
  ^bytes [disk name]
  (get-in (notice! disk) [:files name :now]))

(defonce ^{:private true :doc "Counts all changes of all files: the time of their stamps."} clock (atom 0))

(defn- tick [file]
  (assoc file :changed (swap! clock inc)))

(defn put-contents
  "Puts a file on the disk, all of it durable; returns the disk.

     (files (put-contents d \"b.log\" (byte-array 3)))   ;=> (\"b.log\")"
  [disk name ^bytes data]
  (swap! disk assoc-in [:files name] (tick {:now data :durable data :pending [] :id (hash name)}))
  disk)

(defn files
  "The names of the files, sorted.

     (do (.close (open d \"a.log\")) (first (files d)))   ;=> \"a.log\""
  [disk]
  (sort (keys (:files @disk))))

;; Power and faults

(def ^:private kinds #{:read :append :overwrite :truncate :force :open})

(def ^:private messages
  {:io-error "Input/output error" :full "No space left on device" :half "No space left on device"
   :no-memory "Java heap space"})

(defn- check
  "The value, when it is one of those known: a fault that never comes would make a test pass."
  [argument known value]
  (when-not (known value)
    (throw (OptionFailures/badArgument (name argument) value (str "one of " (str/join " " (sort known))))))
  value)

(defn calls
  "How many calls the disk has had, or how many of one kind: `:read :append :overwrite :truncate :force :open`.

     (with-open [log (open d \"a.log\")]
       (let [before (calls d :append)]
         (flumelog.core/append-all! log [1 2 3])
         (- (calls d :append) before)))   ;=> 1"
  (^long [disk] (long (reduce + (vals (:calls @disk)))))
  (^long [disk kind] (long (get-in @disk [:calls (check :kind kinds kind)] 0))))

(defn break-at!
  "The power goes at the n-th call from now on, before it does anything: that call and all later ones throw.

     (let [log (open d \"a.log\")]
       (break-at! d 1)
       (flumelog.core/append! log 1))   ;=> throws ... the power is gone..."
  [disk n]
  (swap! disk assoc :break-at (+ (calls disk) (long n))))

(defn fail!
  "Makes calls fail: `:op` is one of `:read :append :overwrite :truncate :force :open`, the last also for creating, renaming
   and deleting; the call number `:after` (1, the next) of that kind fails, once or, with `:for-ever true`, from then on.
   `:with` is what happens: `:io-error`, `:full`, `:half` (half of the bytes are written, or the file is created or renamed,
   and then the disk is full), or `:no-memory` (an OutOfMemoryError, before anything is done). `:file`, a regex, limits it to some names.

     (with-open [log (open d \"a.log\")]
       (fail! d {:op :append :with :full})
       (try (flumelog.core/append! log 1) (catch Exception e (:flumelog/error (ex-data e)))))   ;=> :full"
  [disk {:keys [op after with for-ever file] :or {after 1 with :io-error file #""}}]
  (swap! disk update :faults conj {:op (check :op kinds op) :with (check :with (set (keys messages)) with)
                                   :left after :for-ever for-ever :file file}))

(defn hold!
  "Makes calls of the kind `op` on a file, from now on, wait until the promise is delivered: for tests of what others do
   meanwhile. `file` is a regex.

     (with-open [log (open d \"a.log\" {:sync :each})]
       (let [go-on (promise), _ (hold! d :force #\"a.log$\" go-on), offset (flumelog.core/append-async! log 1)]
         [(.isDone offset) (deliver go-on true) @offset]))   ;=> [false ... 0]"
  [disk op file go-on]
  (swap! disk update :holds (fnil conj []) {:op (check :op kinds op) :file file :go-on go-on})
  disk)

(defn heal!
  "No call fails or waits any more.

     (with-open [log (open d \"a.log\")]
       (fail! d {:op :append :for-ever true})
       (heal! d)
       (flumelog.core/append! log 1))   ;=> 0"
  [disk]
  (swap! disk assoc :faults [] :holds [] :break-at nil))

(defn- count-down [fault op name]
  (if (and (= op (:op fault)) (re-find (:file fault) name) (pos? (long (:left fault))))
    (update fault :left dec)
    fault))

(defn- fires? [fault op name before]
  (and (= op (:op fault)) (re-find (:file fault) name)
       (zero? (long (:left fault)))
       (or (:for-ever fault) (pos? (long (:left before))))))

(defn- wait-where-held [disk op name]
  (doseq [hold (:holds @disk) :when (and (= op (:op hold)) (re-find (:file hold) name))]
    (deref (:go-on hold))))

(defn- called!
  "Counts a call; what it is to fail with, or nil. Throws when the power is gone."
  [disk op name]
  (notice! disk)
  (let [[before after] (swap-vals! disk (fn [state]
                                          (-> state
                                              (update-in [:calls op] (fnil inc 0))
                                              (update :faults (partial mapv #(count-down % op name))))))]
    (wait-where-held disk op name)
    (when (and (:break-at after) (>= (calls (atom after)) (long (:break-at after))))
      (throw (IOException. "the power is gone")))
    (:with (first (keep (fn [[old new]] (when (fires? new op name old) new))
                        (map vector (:faults before) (:faults after)))))))

(defn- fail-with [fault]
  (case fault
    nil nil
    :no-memory (throw (OutOfMemoryError. (messages fault)))
    (throw (IOException. ^String (messages fault)))))

;; Files

(defn- change-file!
  "Does nothing to a file that was deleted while somebody has it open."
  [disk name f]
  (swap! disk (fn [state] (cond-> state (get-in state [:files name]) (update-in [:files name] f)))))

(defn- change! [disk name op]
  (change-file! disk name #(-> % (update :now loss/apply-op op) (update :pending conj op) (dissoc :memory) tick)))

(defn- taken ^bytes [^ByteBuffer from n]
  (let [data (byte-array n)]
    (.get from data)
    data))

(defn- write! [disk op name position ^ByteBuffer data]
  (let [fault (called! disk op name)]
    (when (= :half fault)
      (change! disk name [:write position (taken data (quot (.remaining data) 2))]))
    (fail-with fault)
    (change! disk name [:write position (taken data (.remaining data))])))

(defn- read! [disk name position ^ByteBuffer into]
  (fail-with (called! disk :read name))
  (let [data (or (contents disk name) (byte-array 0))       ; deleted, while somebody has it open
        n (max 0 (min (.remaining into) (- (alength data) (long position))))]
    (when (pos? n) (.put into data (int position) (int n)))
    (int n)))

(defn- force! [disk name]
  (let [fault (called! disk :force name)]
    (when-not (= :no-memory fault)
      (change-file! disk name (if fault loss/not-forced loss/forced)))
    (fail-with fault)))

(defn- log-file ^LogFile [disk name]
  (reify LogFile
    (readAt [_ position into] (read! disk name position into))
    (append [_ end data] (write! disk :append name end data) nil)
    (overwrite [_ position data] (write! disk :overwrite name position data) nil)
    (truncate [_ size] (fail-with (called! disk :truncate name)) (change! disk name [:truncate size]) nil)
    (force [_] (force! disk name) nil)
    (size [_] (alength (contents disk name)))
    (close [_])))

(defn- share! ^SharedMemory [disk name n]
  (let [fault (called! disk :open name)]
    (fail-with fault)
    (put-contents disk name (byte-array 0))
    (change! disk name [:write 0 (byte-array n)])
    (let [memory (ByteBuffer/allocateDirect n)]
      (swap! disk assoc-in [:files name :memory] memory)
      (reify SharedMemory
        (bytes [_] memory)
        (force [_] (force! disk name) nil)))))

(defn- change-names!
  "Creates or renames a file. With the fault `:half` that is done, and then its folder can't be forced."
  [disk name change]
  (let [fault (called! disk :open name)]
    (when (contains? #{nil :half} fault) (swap! disk #(-> % (update :files change) (dissoc :gone))))
    (fail-with fault)))

(defn- delete! [disk name]
  (fail-with (called! disk :open name))
  (swap! disk #(-> % (assoc-in [:gone name] (get-in % [:files name])) (update :files dissoc name))))

(defn- created [files name]
  (cond-> files
    (not (files name)) (assoc name (tick {:now (byte-array 0) :durable (byte-array 0) :pending [] :id (hash name)}))))
(def ^:private ^:const settled-nanos "So long after its last change a file's stamp is believed." 2000000000)

(defn folder
  "The disk as the LogFolder that OffsetLog opens.

     (with-open [log (flumelog.log.OffsetLog/open (folder d) \"a.log\" (flumelog.log.LogOptions/of {}))]
       (.append log (byte-array [1 2 3])))   ;=> 0"
  ^LogFolder [disk]
  (reify LogFolder
    (openForReading [this name]
      (fail-with (called! disk :open name))
      (if (.exists this name) (log-file disk name) (throw (FileNotFoundException. name))))
    (openForWriting [_ name]
      (if (get-in @disk [:files name])
        (fail-with (called! disk :open name))
        (change-names! disk name #(created % name)))
      (log-file disk name))
    (exists [_ name] (contains? (:files @disk) name))
    (rename [_ from to] (change-names! disk from #(-> % (assoc to (get % from)) (dissoc from))))
    (delete [_ name] (delete! disk name))
    (share [_ name n] (share! disk name n))
    (stamp [_ name]
      (let [{:keys [id changed ^bytes now]} (get-in @disk [:files name])]
        (Stamp. id (alength now) changed changed (+ (long changed) settled-nanos))))
    (boot [_] (get @disk :boot 1))
    (lock [_ _ _] (reify WriterLock (confirm [_]) (close [_])))
    (path [_ name] name)))

(defn open
  "Opens a log on the disk with the options of `flumelog.core/open`. There are no locks here.

     (with-open [log (open d \"a.log\" {:codec :utf8})] (flumelog.core/append! log \"a\"))   ;=> 0"
  (^flumelog.coll.LogCollection [disk name] (open disk name nil))
  (^flumelog.coll.LogCollection [disk name options]
   (open-with options #(OffsetLog/open (folder disk) name %))))

;; What is left

(defn kill
  "The disk as a new process finds it after this one was killed: all that was written is there.

     (let [log (open d \"a.log\" {:sync :none})]
       (flumelog.core/append! log :kept)
       (with-open [again (open (kill d) \"a.log\")] (vec again)))   ;=> [:kept]"
  [disk]
  (atom {:files (update-vals (:files (notice! disk)) #(dissoc % :memory)) :calls {} :faults [] :boot (:boot @disk 1)}))

(defn lose-power
  "The disk as a machine finds it that was switched off; what became of the bytes that were not forced depends on the
   seed, a long. `:sector-bytes` (512) is what is written whole or not at all.

     (let [log (open d \"a.log\" {:sync :none})]
       (flumelog.core/append! log :kept)
       (flumelog.core/sync! log)
       (with-open [again (open (lose-power d 42 {:sector-bytes 4096}) \"a.log\")] (vec again)))   ;=> [:kept]"
  ([disk seed] (lose-power disk seed nil))
  ([disk seed {:keys [sector-bytes] :or {sector-bytes 512}}]
   (let [random (Random. seed), {:keys [files gone]} (notice! disk)
         back (into {} (filter (fn [_] (.nextBoolean random))) (sort-by key gone))]
     (atom {:files (update-vals (into (sorted-map) (merge back files)) #(tick (loss/after-power-loss random sector-bytes %)))
            :calls {} :faults [] :boot (inc (long (:boot @disk 1)))}))))

(defn every-power-loss
  "All disks that can be found after a power loss in which each write reaches the disk whole or not at all, before or after
   the size that it gives the file: a lazy seq of at most 2^(n+1) of them for n unforced operations of a file. Files that
   were deleted are gone. With `:sector-bytes`, also those in which one write is torn: its sectors up to one of them, or from one on, are on disk.

     (let [log (open d \"a.log\" {:sync :each})]
       (flumelog.core/append! log :kept)
       (map #(with-open [again (open % \"a.log\")] (vec again)) (every-power-loss d)))   ;=> ([:kept]...)"
  ([disk] (every-power-loss disk nil))
  ([disk {:keys [sector-bytes]}]
   (let [files (:files (notice! disk))]
     (for [torn (if sector-bytes (keys files) [nil])
           left (reduce (fn [disks [name file]]
                          (for [d disks, data (loss/every-state (when (= name torn) sector-bytes) file)]
                            (assoc d name (tick (assoc file :now data :durable data :pending [] :memory nil)))))
                        [{}]
                        files)]
       (atom {:files left :calls {} :faults [] :boot (inc (long (:boot @disk 1)))})))))
