(ns flumelog.after-error-test
  "What comes after the first error. Histories are generated: appends of all kinds, deletions, syncs, kills, and calls to
   the disk that fail, whichever they are. Nothing that was acknowledged is lost or doubled, nothing hangs, and the state
   of the log is told: by `info`, by the errors of later calls, and by what is there when the power goes."
  (:require [clojure.datafy :refer [datafy]]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error formats]]
            [flumelog.options :refer [log-options]]
            [flumelog.test-disk :as disk]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)
           (flumelog.error DiskFailures LogException)
           (flumelog.log Rewrite Rewrite$Moved)
           (java.nio.file FileSystemException)
           (java.util.concurrent CompletableFuture ExecutionException TimeUnit)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

;; A history is a map:
;;   :disk :l      the disk, and the log that is open on it, or nil
;;   :n            how many values were made; each is another one
;;   :there        {value offset} of what was acknowledged and not deleted
;;   :doomed       values whose deletion was asked for; :deleted, those for which it returned; :gone, then synced
;;   :maybe        values whose append ended with an error that leaves open whether they are there
;;   :durable      values that were said to be on disk
;;   :wrong        what is wrong, at the end of the history

(defn- wrong! [story what & more]
  (update story :wrong #(or % (into [what] more))))

(def ^:private documented #{:full :failed :closed})

(defn- outcome
  "What f returns, or its error, as [value nil] or [nil kind]; what is not documented as [nil exception]."
  [f]
  (try [(f) nil]
       (catch LogException e [nil (or (documented (:flumelog/error (ex-data e))) e)])
       (catch OutOfMemoryError _ [nil :no-memory])
       (catch ExecutionException e
         (let [cause (ex-cause e)]
           [nil (or (when (instance? OutOfMemoryError cause) :no-memory) (documented (:flumelog/error (ex-data cause))) cause)]))
       (catch Throwable t [nil t])))

(defn- told [story what kind]
  (cond-> story (instance? Throwable kind) (wrong! :undocumented what kind)))

(defn- failed? [{:keys [l]}] (and l (:failed (log/info l))))

(defn- text [n length] (str "v" n "-" (.repeat "x" (int length))))

(defn- with-values [story lengths]
  (let [values (map text (range (:n story) (+ (long (:n story)) (count lengths))) lengths)]
    [(update story :n + (count lengths)) values]))

(defn- appended [story values [offsets kind]]
  (cond
    offsets (update story :there into (map vector values offsets))
    ;; There may have been no memory to cut it back, or to wait for the force; or no room to cut, which comes later then.
    (or (failed? story) (= :no-memory kind) (:cuts-fail story)) (-> story (told :append kind) (update :maybe into values))
    :else (told story :append kind)))

(defn- await-future [^CompletableFuture f]
  (.get f 60 TimeUnit/SECONDS))

(defn- on-disk
  "All that was acknowledged is said to be on disk."
  [story]
  (-> story (update :durable into (keys (:there story))) (update :gone into (:deleted story))))

(defn- close! [{:keys [l] :as story}]
  (let [[_ kind] (outcome #(.close ^LogCollection l))]
    (cond-> (assoc (told story :close kind) :l nil)
      (nil? kind) on-disk)))

(defn- open! [{d :disk :keys [options] :as story}]
  (let [[l kind] (outcome #(disk/open d file options))]
    (-> story (told :open kind) (assoc :l l))))

(defn- kill!
  "A new process finds the disk, with the calls that fail; the old one does nothing any more."
  [{d :disk :as story}]
  (let [found (disk/kill d)]
    (swap! found assoc :faults (:faults @d))
    (disk/break-at! d 1)
    (assoc story :l nil :disk found)))

(defn- fail! [story {:keys [op] :as fault}]
  (disk/fail! (:disk story) fault)
  (cond-> story (= :truncate op) (assoc :cuts-fail true)))

(defn- run-open
  "A command on a log that is open."
  [{:keys [l] d :disk :as story} [op arg]]
  (case op
    :append (let [[story values] (with-values story [arg])]
              (appended story values (outcome #(vector (log/append! l (first values))))))
    :append-all (let [[story values] (with-values story arg)]
                  (appended story values (outcome #(log/append-all! l values))))
    :async (let [[story values] (with-values story arg)
                 futures (mapv #(log/append-async! l %) values)]
             (reduce (fn [story [value f]] (appended story [value] (outcome #(vector (await-future f)))))
                     story (map vector values futures)))
    :delete (if-let [[value offset] (nth (seq (sort-by val (:there story))) arg nil)]
              (let [story (-> story (update :doomed conj value) (update :there dissoc value) (update :durable disj value))
                    [n kind] (outcome #(log/delete! l offset))]
                (cond-> (told story :delete kind)
                  n (update :deleted conj value)))
              story)
    :sync (let [[_ kind] (outcome #(log/sync! l))]
            (cond-> (told story :sync kind) (nil? kind) on-disk))
    :reopen (open! (close! story))
    :kill (open! (kill! story))
    :fail (fail! story arg)
    :heal (do (disk/heal! d) story)))

(defn- run [{:keys [l] d :disk :as story} [op arg :as command]]
  (cond l (run-open story command)
        (= :fail op) (fail! story arg)
        (= :heal op) (do (disk/heal! d) story)
        :else (open! story)))

;; What must be true

(defn- check-values
  "What is wrong with the values that are found, where all that is in `there` has to be and nothing of what is `gone`."
  [{:keys [doomed maybe] :as story} where there gone found]
  (let [known (-> (set (keys (:there story))) (into doomed) (into maybe))
        ;; Less than a sector of a record that was half deleted when the power went is not known to be missing.
        torn? #(and (seq doomed) (= "power-loss" (subs (str (name where) "----------") 0 10)) (str/includes? % "\u0000"))
        found (remove torn? found)]
    (cond-> story
      (not (every? (set found) there)) (wrong! :lost where (remove (set found) there))
      (not (apply distinct? nil found)) (wrong! :doubled where found)
      (not-every? known found) (wrong! :invented where (remove known found))
      (some gone found) (wrong! :not-deleted where (filter gone found)))))

(defn- check-open
  "Reads the log without faults in its way; what its calls say of its state agrees."
  [{:keys [l] d :disk :as story}]
  (if-not l
    story
    (let [faults (:faults @d)]
      (swap! d assoc :faults [])
      (let [[found kind] (outcome #(into [] l))
            durable (long @(log/durable l))
            story (-> (told story :read kind)
                      (check-values :open (keys (:there story)) (:deleted story) found)
                      (update :durable into (keep (fn [[value offset]] (when (<= (long offset) durable) value))) (:there story)))
            state (:failed (log/info l))]
        (swap! d assoc :faults faults)
        (cond-> story
          (and state (not= :failed (error (log/sync! l)))) (wrong! :sync-of-a-failed-log)
          (and state (not (str/includes? (pr-str l) ":failed"))) (wrong! :prints-as-healthy (pr-str l)))))))

(defn- values-on [d options]
  (with-open [l (disk/open d file options)] (into [] l)))

(defn- check-disk
  "What is found on the disk by a new process, now and when the power goes: at once, and after the log was opened and
   closed, which says that all of it is on disk."
  [{d :disk :keys [options durable doomed gone deleted] :as story} seed]
  (let [killed (disk/kill d)
        after-loss (fn [story where disk there gone]
                     (check-values story where there gone (values-on (disk/lose-power disk seed) options)))
        story (after-loss story :power-loss d (remove doomed durable) gone)
        found (values-on killed options)]
    (-> story
        (check-values :killed (keys (:there story)) deleted found)
        (after-loss :power-loss-after-opening-again killed (remove doomed found) deleted))))

(defn- that-can-be-told
  "The commands without failing reads where a force fails too: before the note that it may fail the log's first record is
   read."
  [commands]
  (let [fails? (fn [op [command fault]] (and (= :fail command) (= op (:op fault))))]
    (cond->> commands (some #(fails? :force %) commands) (remove #(fails? :read %)))))

(defn- run-history [options commands seed]
  (let [step (fn [story command]
               (let [story (check-open (run story command))]
                 (if (:wrong story) (reduced story) story)))
        story (reduce step (open! {:disk (disk/disk) :options options :n 0 :there {} :doomed #{} :deleted #{} :gone #{}
                                   :maybe #{} :durable #{}})
                      (that-can-be-told commands))]
    (disk/heal! (:disk story))
    (if (:wrong story) story (check-disk story seed))))

(defn- wrong
  "What is wrong after a history, or nil."
  [options commands seed]
  (:wrong (deref (future (run-history options commands seed)) 120000 {:wrong [:hangs]})))

(def ^:private gen-fault
  (gen/let [op (gen/frequency [[4 (gen/return :append)] [3 (gen/return :force)] [2 (gen/return :truncate)]
                               [2 (gen/return :overwrite)] [1 (gen/return :open)] [1 (gen/return :read)]])
            with (if (#{:append :overwrite} op) (gen/elements [:full :io-error :half :no-memory]) (gen/elements [:io-error :full :no-memory]))
            after (gen/frequency [[4 (gen/return 1)] [2 (gen/choose 1 6)]])
            for-ever (gen/frequency [[3 (gen/return false)] [1 (gen/return true)]])
            ;; The checkpoint can be written: where neither a force works nor the note that it may fail, nothing is left to be
            ;; told by, and without one a torn first append is no log.
            name (if (#{:overwrite :open :read} op)
                   (gen/elements [#"log$" #"deletions$|buffer$"])
                   (gen/frequency [[3 (gen/return #"")] [2 (gen/return #"log$")] [1 (gen/return #"checkpoint$|deletions$|buffer$")]]))]
    {:op op :with with :after after :for-ever for-ever :file name}))

(def ^:private gen-length (gen/frequency [[6 (gen/choose 1 20)] [1 (gen/choose 600 1500)]]))

(def ^:private gen-command
  (gen/frequency [[5 (gen/tuple (gen/return :append) gen-length)]
                  [2 (gen/tuple (gen/return :append-all) (gen/vector gen-length 1 4))]
                  [2 (gen/tuple (gen/return :async) (gen/vector gen-length 1 4))]
                  [2 (gen/tuple (gen/return :delete) (gen/choose 0 4))]
                  [3 (gen/return [:sync])]
                  [2 (gen/return [:reopen])]
                  [2 (gen/return [:kill])]
                  [6 (gen/tuple (gen/return :fail) gen-fault)]
                  [2 (gen/return [:heal])]]))

(def ^:private gen-options
  (gen/let [format (gen/elements (vals formats))
            sync (gen/frequency [[3 (gen/return :none)] [2 (gen/return :each)] [1 (gen/return {:every-ms 1})]])
            room-bytes (gen/elements [nil nil 4096])
            write-buffer-bytes (gen/elements [nil nil 4096])]
    (merge format {:codec :utf8 :sync sync :room-bytes room-bytes :write-buffer-bytes write-buffer-bytes})))

(defspec after-an-error-nothing-is-lost-doubled-or-hidden (size 600 20000)
  (prop/for-all [options gen-options
                 commands (gen/vector gen-command 1 14)
                 seed gen/large-integer]
    (or (nil? (wrong options commands seed))
        (throw (ex-info (pr-str (wrong options commands seed)) {})))))

;; The state of a failed log

(defn- failed-log
  "A log on a test disk, of which a force has failed: of its records \"a\" and \"b\" the first is durable."
  []
  (let [d (disk/disk), l (disk/open d file {:codec :utf8 :sync :none})]
    (log/append! l "a")
    (log/sync! l)
    (log/append! l "b")
    (disk/fail! d {:op :force :file #"log$"})
    (is (= :failed (error (log/sync! l))))
    [d l]))

(deftest a-failed-log-says-so-in-every-view
  (let [[_ ^LogCollection l] (failed-log)]
    (is (str/includes? (:failed (log/info l)) "takes no more writes"))
    (is (str/includes? (pr-str l) ":failed true"))
    (is (string? (:failed (datafy l))))
    (is (= :failed (error (log/sync! l))))
    (is (= :failed (error (log/append! l "c"))))
    (is (= :failed (error (log/delete! l 0))))
    (is (= ["a" "b"] (into [] l)) "reading goes on")
    (is (= :failed (error (.close l))))
    (with-open [healthy (disk/open (disk/disk) file)]
      (is (nil? (:failed (log/info healthy))))
      (is (not (str/includes? (pr-str healthy) ":failed"))))))

(deftest waiting-for-durable-ends-when-the-log-fails
  (let [[_ ^LogCollection l] (failed-log)
        given (atom [])
        live (future (error (reduce (fn [_ [_ v]] (swap! given conj v)) nil (log/live l {:durable true}))))]
    (is (= :failed (deref live 30000 :waits)))
    (is (= ["a"] @given) "what is durable is given")
    (is (= :failed (error (.await (.durable (.log l)) 17 30000))))
    (is (.await (.durable (.log l)) 0 30000) "and can be waited for"))
  (testing "also who waits when it fails"
    (let [d (disk/disk), l (disk/open d file {:codec :utf8 :sync :none})
          _ (log/append! l "a")
          waiting (future (error (reduce (fn [_ _]) nil (log/live l {:durable true}))))]
      (disk/fail! d {:op :force :file #"log$"})
      (is (= :failed (error (log/sync! l))))
      (is (= :failed (deref waiting 30000 :waits))))))

(deftest a-cut-whose-force-fails-loses-no-durable-record
  (doseq [seed (range 10)]
    (let [d (disk/disk), ^LogCollection l (disk/open d file {:codec :utf8 :sync :none})]
      (log/append! l "a")
      (disk/fail! d {:op :append :with :half :file #"log$"})
      (disk/fail! d {:op :force :file #"log$"})
      (is (= :full (error (log/append! l "b"))))
      (is (:failed (log/info l)))
      (is (= :failed (error (.close l))) "since a may not be on disk")
      (with-open [again (disk/open d file {:codec :utf8})]
        (is (= ["a"] (into [] again)))
        (is (= 0 @(log/durable again))))
      (with-open [after (disk/open (disk/lose-power d seed) file {:codec :utf8})]
        (is (= ["a"] (into [] after)))))))

(deftest a-force-of-opening-that-fails-is-remembered
  (doseq [seed (range 10)]
    (let [d (disk/disk), l (disk/open d file {:codec :utf8 :sync :none})]
      (log/append! l "a")
      (let [killed (disk/kill d)]
        (disk/fail! killed {:op :force :file #"log$"})
        (is (= :failed (error (disk/open killed file {:codec :utf8}))))
        (with-open [again (disk/open killed file {:codec :utf8})] (is (= 0 @(log/durable again))))
        (with-open [after (disk/open (disk/lose-power killed seed) file {:codec :utf8})]
          (is (= ["a"] (into [] after))))))))

(deftest what-a-failed-force-dropped-is-written-again-also-after-a-mark-that-could-not-be-forced
  (doseq [seed (range 20)]
    (let [d (disk/disk), l (disk/open d file {:codec :utf8 :sync :none})]
      (log/append! l "a")
      (disk/fail! d {:op :force :with :no-memory :file #"checkpoint$"})
      (is (thrown? OutOfMemoryError (log/delete! l 0)))
      (log/append! l "b")
      (disk/fail! d {:op :force :file #"log$"})
      (is (= :failed (error (log/sync! l))))
      (let [killed (disk/kill d)]
        (with-open [again (disk/open killed file {:codec :utf8})] (is (= ["a" "b"] (into [] again))))
        (with-open [after (disk/open (disk/lose-power killed seed) file {:codec :utf8})]
          (is (= ["a" "b"] (into [] after)) seed))))))

(deftest a-half-done-deletion-shows-nothing-of-the-record
  (let [d (disk/disk), text (.repeat "x" 3000), l (disk/open d file {:codec :utf8 :sync :none})]
    (log/append-all! l [text "b"])
    (is (= text (get l 0)))
    (disk/fail! d {:op :overwrite :with :half :file #"log$"})
    (is (= :full (error (log/delete! l 0))))
    (is (nil? (get l 0)))
    (is (= ["b"] (into [] l)))
    (is (= ["b"] (vec (rseq l))))
    (with-open [again (disk/open (disk/kill d) file {:codec :utf8})]
      (is (= ["b"] (into [] again)) "the next open has finished it"))))

(deftest a-half-done-deletion-that-can-t-be-looked-at-shows-nothing-of-the-record
  (doseq [with [:no-memory :io-error]]
    (testing with
      (let [d (disk/disk), text (.repeat "x" 3000), l (disk/open d file {:codec :utf8 :sync :none})]
        (log/append-all! l [text "b"])
        (log/sync! l)
        (is (= text (get l 0)) "its block is in the cache")
        (disk/fail! d {:op :overwrite :with :half :file #"log$"})
        (disk/fail! d {:op :read :with with :file #"log$"})
        (is (= :full (error (log/delete! l 0))))
        (is (= ["b"] (into [] l)))))))

(deftest close-on-a-full-disk-says-where-the-records-are
  (let [d (disk/disk), ^LogCollection l (disk/open d file {:codec :utf8 :sync :none :write-buffer-bytes 4096})]
    (log/append-all! l ["a"])
    (log/append! l "held back")
    (disk/fail! d {:op :append :with :full :for-ever true :file #"log$"})
    (let [e (try (.close l) (catch LogException e e))]
      (is (= {:flumelog/error :full, :buffer "a.log.buffer"} (select-keys (ex-data e) [:flumelog/error :buffer])))
      (is (every? #(str/includes? (ex-message e) %) ["a.log.buffer" "the next open"])))
    (disk/heal! d)
    (with-open [again (disk/open d file {:codec :utf8})] (is (= ["a" "held back"] (into [] again))))))

(deftest a-compaction-succeeds-without-its-checkpoint
  (doseq [fault [{:op :force} {:op :append} {:op :overwrite} {:op :open :after 3}]]
    (let [d (disk/disk)]
      (with-open [l (disk/open d file {:codec :utf8})] (log/append-all! l ["a" "b"]) (log/delete! l 0))
      (let [made (atom false)
            moved (reify Rewrite$Moved
                    (record [_ _ _]
                      ;; From here on nothing but the checkpoint of the new file is written.
                      (when-not @made (reset! made true) (disk/fail! d (assoc fault :for-ever true :file #"checkpoint$")))))
            report (Rewrite/compact (disk/folder d) file (log-options {}) moved)]
        (disk/heal! d)
        (is (= {"frames" 1 "deleted" 1} (select-keys report ["frames" "deleted"])) (pr-str fault))
        (with-open [l (disk/open d file {:codec :utf8})] (is (= ["b"] (into [] l)) (pr-str fault)))))))

(deftest no-room-at-open-names-the-file-and-says-what-to-do
  (let [e (DiskFailures/cannotOpen "a.log" (FileSystemException. "a.log.torn-part" nil "No space left on device"))]
    (is (= {:flumelog/error :full, :file "a.log.torn-part"} (select-keys (ex-data e) [:flumelog/error :file])))
    (is (every? #(str/includes? (ex-message e) %) ["a.log.torn-part" "No space left" "free some" "for reading"])))
  (let [e (DiskFailures/io "a.log" "compacting" (FileSystemException. "a.log.compact-part" nil "Disk quota exceeded"))]
    (is (= {:flumelog/error :full, :file "a.log.compact-part"} (select-keys (ex-data e) [:flumelog/error :file])))
    (is (every? #(str/includes? (ex-message e) %) ["a.log.compact-part" "quota" "free some"]))))

(deftest a-cut-that-ran-out-of-memory-is-made-before-the-next-append
  (let [d (disk/disk), l (disk/open d file {:codec :utf8 :sync :none})]
    (log/append! l "a")
    (disk/fail! d {:op :append :with :half :file #"log$"})
    (disk/fail! d {:op :truncate :with :no-memory :file #"log$"})
    (is (thrown? OutOfMemoryError (log/append! l (.repeat "long" 100))))
    (is (= ["a"] (into [] l)))
    (is (= 17 (log/append! l "c")))
    (is (= ["a" "c"] (into [] l)))
    (with-open [again (disk/open (disk/kill d) file {:codec :utf8})]
      (is (= ["a" "c"] (into [] again)) "nothing is left behind it")
      (is (= :none (:tail (log/recovery again))) "nothing is left behind it"))))
