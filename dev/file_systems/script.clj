(ns file-systems.script
  "One script for every file system. Other JVMs do its steps, so that this process does not keep the file system
   mounted.

   * `columns`: the names of the steps
   * `run`: the result of each step on a file system: nil, a note, or a Throwable
   * `started`, `step!`, `remounted`: used by tests"
  (:require [file-systems.mounts :as mounts]
            [flumelog.process :refer [answer kill! start tell!]])
  (:import (java.io File)))

(set! *warn-on-reflection* true)

(def columns
  [:create :append :sync :reopen :rseq :get :second :follow :buffer :room :delete :compact :kill :copy :rename :full :remount])

(defn- ask! [process step folder & more]
  (tell! process (list* (symbol "file-systems.steps" (name step)) (str folder) more)))

(defn- answered [process]
  (let [said (answer process), [what value data] (if (vector? said) said [:thrown said])]
    (case what
      :ok value
      :error (throw (ex-info (str value " " data) {}))
      (throw (ex-info (str (or value "the JVM has ended")) {})))))

(defn started
  "A JVM that does steps. `home` is the home of its Java, by default of this one."
  ([] (started (System/getProperty "java.home")))
  ([home]
   (doto (start [] home '(do (require 'flumelog.child) (flumelog.child/serve)))
     (tell! '(require 'file-systems.steps))
     answered)))

(defn step!
  "Lets a JVM do a step. Returns the step's result."
  [process step folder & more]
  (apply ask! process step folder more)
  (answered process))

(defn- copy-of [^File folder name]
  (let [copy (File. (.getParentFile folder) ^String name)]
    (mounts/must "cp" "-a" folder copy)
    copy))

(defn- killed! [folder step]
  (let [doomed (started)]
    (try (step! doomed step folder) (finally (kill! doomed)))))

(defn remounted
  "Unmounts the file system and mounts it again, with a closed log and one whose writer was killed, and checks both."
  [mounted folder children]
  (run! #(.delete ^File %) (filter #(.startsWith (.getName ^File %) "killed.log") (.listFiles ^File folder)))
  (killed! folder :append-and-wait)
  (run! kill! @children)
  (reset! children [])
  (mounts/remount! mounted)
  (let [again (started)]
    (swap! children conj again)
    (step! again :as-it-was folder)
    (step! again :after-kill folder)))

(defn- steps
  "The function that does the step of each column."
  [{:keys [folder] :as mounted} children]
  (let [a #(nth @children 0), b #(nth @children 1), do-a #(step! (a) % folder), do-b #(step! (b) % folder)]
    {:create #(do-a :create) :append #(do-a :append) :sync #(do-a :sync!) :reopen #(do-b :reopen)
     :rseq #(do-b :newest-first) :get #(do-b :look-up)
     :second #(do (do-a :hold) (try (do-b :refused) (finally (do-a :let-go))))
     :follow #(do (ask! (a) :followed folder) (try (do-b :follow) (finally (answered (a)))))
     :buffer #(let [note (do-a :buffer-held)] (do-b :buffer-read) (do-a :buffer-closed) note)
     :room #(do-a :room) :delete #(do-a :delete) :compact #(do-b :compact)
     :kill #(do (killed! folder :append-and-wait)
                (let [copy (copy-of folder "copy-of-killed")]
                  (do-b :after-kill)
                  (step! (b) :after-kill copy)))
     :copy #(step! (b) :as-it-was (copy-of folder "copy"))
     :rename #(do-b :renamed)
     :full #(do-a :full-disk)
     :remount #(remounted mounted folder children)}))

(defn- attempt [f]
  (try (let [note (f)] (when (string? note) note)) (catch Throwable t t)))

(defn- run-all [mounted columns]
  (let [children (atom [(started) (started)])]
    (try
      (let [what (steps mounted children)]
        (into {} (map (fn [column] [column (attempt (what column))])) columns))
      (finally (run! kill! @children)))))

(defn- run-read-only [{:keys [folder]}]
  (let [child (started)]
    (try
      (into {} (map (fn [[column step]] [column (attempt #(step! child step folder))]))
            {:reopen :newest-first :rseq :newest-first :get :look-up :second :no-writer})
      (finally (kill! child)))))

(defn- prepared
  "A folder with a log, for a read-only file system."
  ^File []
  (let [folder (mounts/temp-folder), child (started)]
    (try
      (step! child :prepare (doto (File. folder "logs") .mkdirs))
      folder
      (finally (kill! child)))))

(defn run
  "Mounts a file system and does the steps on it. Returns a map from column to nil, a note or a Throwable, without the
   columns whose step can't be done there."
  [{:keys [read-only forgets] :as file-system}]
  (if read-only
    (run-read-only (mounts/mount! file-system (prepared)))
    (run-all (mounts/mount! file-system nil) (if forgets (butlast columns) columns))))
