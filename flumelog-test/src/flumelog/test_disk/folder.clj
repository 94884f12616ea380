;; A part of flumelog.test-disk: the disk as a LogFolder, in which a log can be opened.
(in-ns 'flumelog.test-disk)

(set! *warn-on-reflection* true)

(defn- change-file!
  "Applies f to a file. Does nothing when the file was deleted while it is open."
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
  (let [^bytes data (or (contents disk name) (get-in @disk [:unlinked name]) (byte-array 0))
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
  "Creates or renames a file, by a change of the state. With the fault `:half` the change is made before the call fails."
  [disk name change]
  (let [fault (called! disk :open name)]
    (when (contains? #{nil :half} fault) (swap! disk change))
    (fail-with fault)))

(defn- force-names
  "The state after all names in the folder were forced."
  [state]
  (-> state (update :files update-vals #(dissoc % :name-unforced)) (dissoc :gone)))

(defn- delete! [disk name]
  (fail-with (called! disk :open name))
  (swap! disk #(-> % (assoc-in [:gone name] (get-in % [:files name]))
                     (assoc-in [:unlinked name] (get-in % [:files name :now]))   ; a reader that has it open can still read it
                     (update :files dissoc name))))

(defn- created [files name]
  (cond-> files
    (not (files name)) (assoc name (tick {:now (byte-array 0) :durable (byte-array 0) :pending [] :id (hash name)}))))

(def ^:private ^:const settled-nanos
  "A file's stamp is trusted when its last change is this long ago."
  2000000000)

(defn folder
  "The disk as a LogFolder, for OffsetLog/open.

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
        (change-names! disk name #(force-names (update % :files created name))))
      (log-file disk name))
    (openPart [_ name _]
      (if (get-in @disk [:files name])
        (fail-with (called! disk :open name))
        (change-names! disk name #(-> % (update :files created name) (assoc-in [:files name :name-unforced] true))))
      (log-file disk name))
    (exists [_ name] (contains? (:files @disk) name))
    (rename [_ from to]
      (change-names! disk from #(force-names (update % :files (fn [files] (-> files (assoc to (get files from)) (dissoc from)))))))
    (delete [_ name] (delete! disk name))
    (share [_ name n] (share! disk name n))
    (stamp [_ name]
      (let [{:keys [id changed ^bytes now]} (get-in @disk [:files name])]
        (Stamp. id (alength now) changed changed (+ (long changed) settled-nanos))))
    (boot [_] (get @disk :boot 1))
    (lock [_ _ _] (reify WriterLock (confirm [_]) (close [_])))
    (path [_ name] name)))

(defn open
  "Opens a log on the disk with the options of `flumelog.core/open`. This disk has no locks: a log can be opened twice.

     (with-open [log (open d \"a.log\" {:codec :utf8})] (flumelog.core/append! log \"a\"))   ;=> 0"
  (^flumelog.coll.LogCollection [disk name] (open disk name nil))
  (^flumelog.coll.LogCollection [disk name options]
   (open-with options #(OffsetLog/open (folder disk) name %))))
