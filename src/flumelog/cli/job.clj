(ns ^:no-doc flumelog.cli.job
  "Long jobs: they show how far they are, can be stopped at any moment, and end with a sentence in numbers.

   * `run`: does a job, and returns the exit code
   * `shown`: shows the progress of work that can be ended anywhere
   * `teller`: tells the progress of work that counts by itself
   * `waiting`: marks a part of a job that may wait for long, as for input; `stop`: the exception that ends a job
   * `report!`: prints what was done as data, on standard output
   * `number`, `size`, `many`: numbers for people"
  (:require [flumelog.cli.output :as output]
            [flumelog.facts :as facts])
  (:import (flumelog.cli EndOfProcess Numbers)
           (flumelog.log ProgressReport)
           (java.util.concurrent CountDownLatch TimeUnit)))

(set! *warn-on-reflection* true)

;; Numbers for people

(defn number [n] (Numbers/number n))

(defn size
  "A number of bytes."
  [bytes]
  (Numbers/size bytes))

(defn many
  "The number and the word, in the plural unless it is one."
  [n word]
  (Numbers/many n word))

(defn- amount [unit n]
  (case unit
    :bytes (size n)
    :seconds (str (number n) " s")
    (number n)))

(defn- seconds [nanos] (Numbers/seconds nanos))

(defn- how-far
  "How far the work is: of a report of progress, in words."
  [{:keys [phase done total unit]}]
  (str (name phase) ", " (amount unit done) (when total (str " of " (amount unit total)))))

;; Showing progress

(def ^:private lines-every-nanos 5000000000)
(def ^:private bar-after-nanos "Short jobs show none." 700000000)

(defn- terminal?
  "Whether standard error is a terminal. bin/flumelog knows it; elsewhere it is assumed when there is a console."
  []
  (if-let [said (System/getProperty "flumelog.terminal")]
    (= "true" said)
    (some? (System/console))))

(defn- lines
  "Shows progress as a line now and then. A function of a report, and of nil at the end."
  []
  (let [told (atom (System/nanoTime))]
    (fn [{:keys [unit per-second remaining-seconds] :as report}]
      (when (and report (< (long lines-every-nanos) (- (System/nanoTime) (long @told))))
        (reset! told (System/nanoTime))
        (output/say (how-far report) ", " (amount unit per-second) " a second"
                    (when remaining-seconds (str ", " (number remaining-seconds) " s left")))))))

(defn- bar
  "Shows progress as a bar, from a while after the start on."
  [after-nanos]
  (let [started (System/nanoTime), shown (atom nil)]
    (fn [report]
      (when (or @shown (and report (< (long after-nanos) (- (System/nanoTime) started))))
        (when-not @shown
          (reset! shown (try ((requiring-resolve 'flumelog.cli.bar/bar))
                             (catch Exception _ (lines))      ; without the library
                             (catch LinkageError _ (lines)))))
        (@shown report)))))

(defn shown
  "A function of a report of progress that shows it: as a bar on a terminal when the time is over, else as lines. Of nil it ends that."
  [after-nanos]
  (if (terminal?) (bar after-nanos) (lines)))

(defn teller
  "A function of how much is done and how much there will be, or nil, that tells `progress` now and then."
  [progress phase unit]
  (let [started (System/nanoTime), due (atom 0)]
    (fn [done total]
      (let [now (System/nanoTime)]
        (when (<= (long @due) (- now started))
          (reset! due (+ 50000000 (- now started)))
          (progress (assoc (facts/progress (ProgressReport/of (name phase) (name unit) 0 done (or total done) (- now started)))
                           :total total)))))))

;; Stopping

(def ^:private interrupted-code "What a shell sees of a process that SIGINT has ended." 130)
(def ^:private longest-end-seconds "A job that was stopped cleans up; after that time the process ends all the same." 60)

(defn stop
  "The exception that ends a job before its end, since the process is ending."
  []
  (ex-info "stopped" {::stopped true}))

(defn- stopped? [e]
  (some #(::stopped (ex-data %)) (take-while some? (take 20 (iterate ex-cause e)))))

(def ^:private state "Of the one job of the process." (atom nil))

(defn- say-stopped
  "Says how far the job has come. Only the first call says it."
  []
  (let [[{:keys [said told stopped]}] (swap-vals! state assoc :said true)]
    (when-not said
      (output/say "stopped" (when told (str " while " (how-far told))) ": " (stopped)))))

(defn- wait-for-the-end
  "When a signal ends the process: has the job stop, and waits until it has cleaned up. Work that waits for input has nothing
   to clean up."
  [^CountDownLatch finished]
  (swap! state assoc :stop true)
  (if (:waiting @state)
    (say-stopped)
    (.await finished longest-end-seconds TimeUnit/SECONDS)))

(defn- check-going []
  (when (:stop @state) (throw (stop))))

(defn waiting
  "Calls `f`, which may wait for long."
  [f]
  (check-going)
  (swap! state assoc :waiting true)
  (try (f) (finally (swap! state assoc :waiting false))))

(defn- progress-fn [show]
  (fn [report]
    (check-going)
    (swap! state assoc :told report)
    (show report)))

(defn- with-hook [^Thread hook ^CountDownLatch finished f]
  (when-not (EndOfProcess/add hook) (swap! state assoc :stop true))
  (try (f)
       (finally
         (.countDown finished)
         (EndOfProcess/remove hook))))

(defn- finish
  "Says the closing sentence, which ends with how long it took."
  [words nanos]
  (when (seq words) (output/say (apply str words) "; it took " (seconds nanos))))

(defn run
  "Does a job. `work` is a function of a function for `:progress`. `done` is a function of what `work` has returned, which gives the
   closing sentence, as `:said`, a list of words, and the exit code, as `:exit`, 0 if absent. A signal stops the job
   where it is: `stopped`, a function of nothing, gives the words for what is left then; and so does `failed`, if there is one, when it
   fails. Returns the exit code."
  [work {:keys [done stopped failed]}]
  (let [finished (CountDownLatch. 1), started (System/nanoTime), show (shown bar-after-nanos)]
    (reset! state {:stopped stopped})
    (with-hook (Thread. #(wait-for-the-end finished)) finished
      (fn []
        (try
          (let [result (try (check-going) (work (progress-fn show)) (finally (show nil)))
                {:keys [said exit]} (done result)]
            (finish said (- (System/nanoTime) started))
            (or exit 0))
          (catch Throwable e
            (if (stopped? e)
              (do (say-stopped) interrupted-code)
              (do (some-> failed (apply nil) output/say)
                  (throw e)))))))))

;; What was done, as data

(defn report!
  "Prints the facts on standard output: as EDN, or with `:json` as JSON."
  [{:keys [json]} facts]
  (output/write-line! nil (if json (output/json facts) (output/edn facts)))
  (output/flush!))
