(ns flumelog.model-test
  "Generated commands run on the log in a file, on the log in memory, and on the model: a vector of entries. They give
   the same answers under every format, block size, cache size and write buffer, before and after
   reopening."
  (:require [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.generators :as gen]
            [clojure.test.check.properties :as prop]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error formats in-range overhead path-in read-bytes with-temp-folder]]
            [flumelog.memory :as memory]
            [flumelog.test-support :refer [size]])
  (:import (flumelog.coll LogCollection)))

(set! *warn-on-reflection* true)

;; The model: {:entries [[offset value-or-deleted] ...] :end n}

(def ^:private deleted ::deleted)

(defn- live [model] (filterv #(not= deleted (val %)) (:entries model)))

(defn- entry [offset value] (clojure.lang.MapEntry/create offset value))

(defn- model-append [{:keys [entries end extra] :as model} ^String value]
  (assoc model :entries (conj entries (entry end value))
               :end (+ end extra (alength (.getBytes value "UTF-8")))))

(defn- pick
  "The offset that a fraction of 0 to 99 points at; nil in an empty log."
  [model fraction]
  (when-let [entries (seq (:entries model))]
    (key (nth entries (quot (* fraction (count entries)) 100)))))

(defmulti ^:private run-model
  "The model after a command, and what the command answers."
  (fn [_ [op]] op))
(defmulti ^:private run-log (fn [_ _ [op]] op))

(defmethod run-model :append [model [_ value]]
  [(model-append model value) (:end model)])
(defmethod run-log :append [l _ [_ value]] (log/append! l value))

(defmethod run-model :append-all [model [_ values]]
  (let [after (reduce model-append model values)]
    [after (mapv key (drop (count (:entries model)) (:entries after)))]))
(defmethod run-log :append-all [l _ [_ values]] (log/append-all! l values))

(defmethod run-model :delete [model [_ fraction]]
  (let [offset (pick model fraction)
        was-live (some #(and (= offset (key %)) (not= deleted (val %))) (:entries model))]
    [(cond-> (update model :entries (partial mapv #(if (= offset (key %)) (entry offset deleted) %)))
       was-live (update :end + (:note model)))
     (if was-live 1 0)]))
(defmethod run-log :delete [l model [_ fraction]]
  (log/delete! l (keep identity [(pick model fraction)])))

(defmethod run-model :get [model [_ offset]]
  [model (get (into {} (live model)) offset)])
(defmethod run-log :get [l _ [_ offset]] (get l offset))

(defmethod run-model :range [model [_ options]]
  [model (in-range (live model) options)])
(defmethod run-log :range [l _ [_ options]] (into [] (log/entries l options)))

(defmethod run-model :seqs [model _]
  (let [values (map val (live model))]
    [model [values (reverse values) (or (some-> (peek (:entries model)) key) -1) (:end model)]]))
(defmethod run-log :seqs [l _ _]
  [(or (seq l) []) (or (rseq l) []) @(log/since l) (:end (log/info l))])

(defmethod run-model :reopen [model _] [model nil])
(defmethod run-log :reopen [_ _ _] nil)

(def ^:private gen-value
  (gen/frequency [[6 (gen/such-that #(re-find #"[^\u0000]" %) gen/string 100)]
                  [1 (gen/fmap #(apply str (repeat % "long ")) (gen/choose 1 60))]
                  [1 (gen/return "\u0000\u0001é😀")]]))

(def ^:private gen-bound
  (gen/frequency [[6 (gen/choose -2 400)] [1 gen/large-integer] [1 (gen/elements [Long/MIN_VALUE Long/MAX_VALUE])]]))

(def ^:private gen-range
  (gen/let [bounds (gen/map (gen/elements [:gt :gte :lt :lte]) gen-bound {:max-elements 3})
            more (gen/elements [{} {:reverse true} {:limit 2} {:reverse true :limit 3}])]
    (merge bounds more)))

(def ^:private gen-command
  (gen/frequency [[6 (gen/tuple (gen/return :append) gen-value)]
                  [3 (gen/tuple (gen/return :append-all) (gen/vector gen-value 0 5))]
                  [2 (gen/tuple (gen/return :delete) (gen/choose 0 99))]
                  [2 (gen/tuple (gen/return :get) (gen/choose -1 300))]
                  [3 (gen/tuple (gen/return :range) gen-range)]
                  [1 (gen/return [:seqs])]
                  [1 (gen/return [:reopen])]]))

(def ^:private gen-options
  (gen/let [format (gen/elements (vals formats))
            block-bytes (gen/one-of [(gen/choose 1 40) (gen/return 16384)])
            cache-blocks (gen/choose 0 5)
            sync (gen/elements [:none :each {:every-ms 5}])
            room-bytes (gen/elements [nil 4096])
            write-buffer-bytes (gen/elements [nil 4096 65536])]
    (merge format {:codec :utf8 :block-bytes block-bytes :cache-blocks cache-blocks :sync sync :room-bytes room-bytes
                   :write-buffer-bytes write-buffer-bytes})))

(defn- empty-model
  "A protected log has 5 bytes more in each frame, begins with a head of 99 bytes of data, and has a note of 8 behind a deletion."
  [options]
  (let [extra (overhead options)]
    (if (:protect options)
      {:entries [] :end (+ 99 extra) :extra (+ 5 extra) :note (+ 13 extra)}
      {:entries [] :end 0 :extra extra :note 0})))

(defn- check
  "Runs the commands on a log; the first that answers otherwise than the model, or nil."
  [open options commands]
  (loop [^LogCollection l (open options)
         model (empty-model options)
         [command & more] (concat commands [[:reopen] [:seqs]])]
    (if (nil? command)
      (.close l)
      (let [[after wanted] (run-model model command)
            got (run-log l model command)]
        (cond
          (not= wanted got) (do (.close l) {:command command :wanted wanted :got got})
          (and (= [:reopen] command) (not= memory/open open)) (do (.close l) (recur (open options) after more))
          :else (recur l after more))))))

(defspec the-log-in-a-file-is-the-model (size 300 3000)
  (prop/for-all [options gen-options, commands (gen/vector gen-command 1 30)]
    (with-temp-folder [folder]
      (nil? (check #(log/open (path-in folder "a.log") %) options commands)))))

(def ^:private gen-any-command
  "A command with values that only a protected log takes."
  (gen/let [command gen-command, value (gen/elements ["" "\u0000" "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"]), other? (gen/elements [true false false])]
    (if (and other? (= :append (first command))) [:append value] command)))

(defspec a-checked-log-is-the-model (size 120 3000)
  (prop/for-all [options (gen/such-that :offset-bits gen-options 100), commands (gen/vector gen-any-command 1 30)]
    (with-temp-folder [folder]
      (nil? (check #(log/open (path-in folder "a.log") %) (assoc options :protect :checked) commands)))))

(defspec the-log-in-memory-is-the-model (size 200 2000)
  (prop/for-all [options gen-options, commands (gen/vector gen-command 1 30)]
    (nil? (check memory/open options commands))))

(defn- while-read-by
  "Calls f while so many threads read the log that `opened` holds."
  [threads opened f]
  (let [stop (promise)
        read-on #(while (not (realized? stop))
                   (when-let [failure (#{:corrupt :failed} (error (some->> @opened (into []))))]
                     (throw (ex-info (str "a reader saw " failure) {})))
                   (Thread/sleep 1))
        readers (vec (repeatedly threads #(future (read-on))))]
    (try (f) (finally (deliver stop true) (run! deref readers)))))

(defn- bytes-after
  "The bytes of the file that the commands leave behind, which other threads read meanwhile."
  [options threads commands]
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), opened (atom nil)]
      (while-read-by threads opened
        #(check (fn [options] (reset! opened (log/open path options))) options commands))
      (vec (read-bytes path)))))

(def ^:private gen-way
  "What the bytes don't depend on."
  (gen/let [options gen-options, sync (gen/elements [:none :each {:every-ms 1}]), threads (gen/choose 0 2)]
    [(-> options (dissoc :offset-bits :framing) (assoc :sync sync)) threads]))

(defspec the-bytes-depend-on-the-format-alone (size 50 3000)
  (prop/for-all [format (gen/elements (vals formats)), [one threads] gen-way, [other more-threads] gen-way
                 commands (gen/vector gen-command 1 30)]
    (= (bytes-after (merge one format) threads commands) (bytes-after (merge other format) more-threads commands))))
