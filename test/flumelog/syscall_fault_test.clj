(ns flumelog.syscall-fault-test
  "Calls of the system that fail, below a real JVM: `strace` makes the k-th write, force, cut or read of the log's file
   fail. A failed append leaves the log as it was and usable; a failed force fails the log, and is not tried again; a
   failed read is an error and never the end of the log."
  (:require [clojure.edn :as edn]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.child :as child]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.process :refer [kill! start tell! why-no-strace]]
            [flumelog.test-support :refer [size skip]])
  (:import (java.io BufferedReader)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

;; What fails, and what is done meanwhile

(def ^:private faults
  "What strace injects: each of these calls with its error, and the kind of failure that this is. `:once` is the k-th
   call alone, `:on` all from the k-th."
  [{:calls {"pwrite64" "ENOSPC"} :kind :full}
   {:calls {"fdatasync" "EIO"} :kind :failed}
   {:calls {"pread64" "EIO"} :kind :failed}
   {:calls {"pwrite64" "EIO"} :kind :failed}
   {:calls {"pwrite64" "EDQUOT"} :kind :full}
   {:calls {"fdatasync" "ENOSPC"} :kind :failed}
   {:calls {"pwrite64" "EINTR"} :kind nil :times [:once]}])     ; done again by the JVM, as often as it takes

(def ^:private script
  "Reads between all writes. The long record is written in two pieces, the 6th and the 7th pwrite64."
  (let [look [[:entries]]]
    (concat look
            [[:append "one"] [:sync]] look
            [[:append-all ["two" "three" (.repeat "four" 300)]]] look
            [[:append "five"] [:get 0] [:sync] [:append "six"]] look
            [[:append-all ["seven" "eight"]] [:sync]] look
            [[:append (.repeat "long" 400000)]] look
            [[:append "nine"] [:sync] [:delete 0] [:sync] [:get 0]] look
            [[:close]])))

(def ^:private a-write-that-cant-be-undone
  "The second piece of the long record can't be written, and the first not be cut off."
  {:calls {"pwrite64" "ENOSPC", "ftruncate" "EIO"} :kind :full :k {"pwrite64" 7, "ftruncate" 1} :times :once :sync :none})

(defn- strace-command [{:keys [calls k times]} path trace]
  (concat ["strace" "-f" "--seccomp-bpf" "-qq" "-o" trace "-P" path
           "-e" "trace=pwrite64,pread64,fdatasync,fsync,ftruncate"]
          (mapcat (fn [[call errno]]
                    ["-e" (str "inject=" call ":error=" errno ":when=" (if (map? k) (k call) k) (when (= :on times) "+"))])
                  calls)))

;; What is promised of each outcome

(defn- write-op? [[op]] (contains? #{:append :append-all :delete} op))

(defn- appended
  "The entries that an append or batch which returned these offsets adds."
  [[op arg] result]
  (if (= :append op)
    [[result (child/abbreviated arg)]]
    (map vector result (map child/abbreviated arg))))

(defn- after-success [{:keys [entries maybe failed] :as state} [op arg :as call] result]
  (case op
    (:append :append-all) (do (is (not failed) "a failed log takes no writes")
                              (update state :entries into (appended call result)))
    :delete (do (is (not failed))
                (update state :entries (partial into [] (remove #(= arg (first %))))))
    :sync (do (is (not= :force failed) "what could not be forced is never said to be on disk") state)
    :entries (do (is (or (= entries result) (= maybe (mapv second result))) "what was appended, no more and no less")
                 (assoc state :entries result :maybe nil))
    :get (do (is (= (get (into {} entries) arg) result)) state)
    :close state))

(defn- perhaps-done
  "The values that the log may hold after a call whose force failed, or half of whose work was done."
  [entries [op arg]]
  (let [values (mapv second entries)]
    (case op
      :append (conj values (child/abbreviated arg))
      :append-all (into values (map child/abbreviated) arg)
      :delete (into [] (keep (fn [[offset value]] (when (not= arg offset) value))) entries)
      nil)))

(defn- after-failure
  "A force that failed fails the log; so does a deletion, and a write that could not be undone. Other failures must be
   of the call that was to fail, and are forgotten with it."
  [{:keys [failed fault entries] :as state} [op :as call] kind]
  (let [failing? (fn [name] (contains? (:calls fault) name))
        why (cond
              (failing? "fdatasync") :force
              (or (= :delete op) (and (write-op? call) (failing? "ftruncate"))) :write)]
    (is (contains? #{:failed :full} kind))
    (is (or (not (contains? #{:entries :get} op)) (failing? "pread64")) "reads go on")
    (cond-> (update state :errors inc)
      (not failed) (update :kinds conj kind)
      (not failed) (assoc :failed why)
      (and (not failed) why) (assoc :maybe (perhaps-done entries call), :reopened (perhaps-done entries call)))))

(defn- judge [state [call [what result]]]
  (testing (pr-str (mapv #(if (string? %) (child/abbreviated %) %) call))
    (is (contains? #{:ok :error} what) (pr-str result))
    (if (= :ok what)
      (after-success state call result)
      (after-failure state call result))))

(defn- failures-told
  "Of the calls that failed, one at least was told; of one that failed, no call but one heard, until the log failed."
  [{:keys [errors kinds fault]} injected]
  (let [{:keys [kind times calls]} fault]
    (cond
      (nil? kind) (is (= 0 errors) "what is interrupted is done again")
      (pos? (long injected)) (do (is (pos? errors) "a failure is told")
                          (is (every? (set [kind :failed]) kinds))
                          (when (and (= :once times) (= 1 (count calls))) (is (= 1 (count kinds)))))
      :else (is (= 0 errors)))))

(defn- check-no-force-after-one-failed [trace]
  (let [forces (filter #(re-find #"fdatasync|fsync" %) trace)
        after (rest (drop-while #(not (str/includes? % "INJECTED")) forces))]
    (is (= [] after) "a force is never tried again")))

(defn- check-file
  "What the log holds when it is opened without faults: all that the child saw, and at most what it could not make sure."
  [path options {:keys [entries reopened]}]
  (with-open [l (log/open path options)]
    (let [found (mapv #(update (vec %) 1 child/abbreviated) (log/entries l))]
      (is (or (= entries found) (= reopened (mapv second found)))))
    (let [offset (log/append! l "after")]
      (is (= "after" (get l offset))))))

;; Running it

(defn- outcomes
  "What the calls of the script gave in a JVM with the fault: the outcome of opening first."
  [path options fault trace]
  (let [child (start (strace-command fault path trace)
                     '(do (require 'flumelog.child) (apply flumelog.child/run-script (read))))]
    (try
      (tell! child [path options script])
      (deref (future (mapv edn/read-string (line-seq ^BufferedReader (.inputReader child)))) 120000 [[:hung]])
      (finally (kill! child)))))

(defn- check-run [folder {:keys [k times sync] :as fault}]
  (let [path (path-in folder "a.log"), trace (str path ".trace")
        options {:codec :utf8 :sync sync :block-bytes 4096 :cache-blocks 0}
        start-entries (with-open [l (log/open path options)]
                        (mapv vector (log/append-all! l ["a" "b"]) ["a" "b"]))
        before (vec (read-bytes path))
        [[opened kind] & results] (outcomes path options fault trace)
        trace-lines (str/split-lines (slurp trace))
        injected (count (filter #(str/includes? % "INJECTED") trace-lines))]
    (if (= :ok opened)
      (let [state (reduce judge {:entries start-entries :kinds [] :errors 0 :fault fault} (map vector script results))]
        (is (= (count script) (count results)) "no call hung or killed the JVM")
        (failures-told state injected)
        (when (contains? (:calls fault) "fdatasync") (check-no-force-after-one-failed trace-lines))
        (check-file path options state))
      (do (is (= :error opened))
          (is (contains? #{:full :failed} kind))
          (is (pos? injected))
          (is (= before (vec (read-bytes path))) "not one byte was written")
          (check-file path options {:entries start-entries})))))

(defn- runs
  "Endless: all faults at one k, then at the next."
  []
  (for [[k sync] (map vector (concat [2 1 5] (range 3 100)) (cycle [:none :each]))
        fault faults, times (:times fault [:once :on])]
    (assoc fault :k k :times times :sync sync)))

(deftest a-failing-system-call-is-reported-and-harms-nothing
  (if-let [reason (why-no-strace)]
    (skip reason)
    (doseq [fault (cons a-write-that-cant-be-undone (take (size 1 49) (runs)))]
      (testing (pr-str fault)
        (with-temp-folder [folder] (check-run folder fault))))))

(deftest a-torn-tail-that-cant-be-cut-is-an-error-and-stays
  (if-let [reason (why-no-strace)]
    (skip reason)
    (with-temp-folder [folder]
      (let [path (path-in folder "a.log"), options {:codec :utf8}]
        (with-open [l (log/open path options)] (log/append-all! l ["good" "torn"]))
        (write-bytes! path (Arrays/copyOf (read-bytes path) 30))
        (let [torn (vec (read-bytes path))
              fault {:calls {"ftruncate" "EIO"} :k 1 :times :once}]
          (is (= [[:error :failed {}]] (outcomes path options fault (str path ".trace"))))
          (is (= torn (vec (read-bytes path)))))
        (with-open [l (log/open path options)]
          (is (= ["good"] (into [] l)))
          (is (= :torn (:tail (log/recovery l)))))))))
