(ns flumelog.race-test
  "One writer, of however many processes that open the log at the same moment, under whatever name: the others hear
   `:locked` at once, and who has it. The lock is free when its holder dies, and not before."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing use-fixtures]]
            [flumelog.child :as child]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in with-temp-folder write-bytes! read-bytes]]
            [flumelog.process :refer [answer kill! start-serving tell!]]
            [flumelog.test-support :refer [size]])
  (:import (java.nio.file Files)
           (java.nio.file.attribute FileAttribute)
           (java.util Arrays)))

(set! *warn-on-reflection* true)

(def ^:private ^:dynamic *children* "An atom with the JVMs that are there to race." nil)

(defn- children
  "Three JVMs; what was killed is replaced."
  []
  (swap! *children* #(into % (repeatedly (- 3 (count %)) start-serving))))

(use-fixtures :once
  (fn [run]
    (binding [*children* (atom [])]
      (try (run) (finally (run! kill! @*children*))))))

(defn- kill-child! [child]
  (kill! child)
  (swap! *children* (fn [all] (vec (remove #(identical? child %) all)))))

(defn- ask
  "What the child answers to the form: its value."
  [child form]
  (tell! child form)
  (let [[what value :as all] (answer child)]
    (is (= :ok what) (pr-str all))
    value))

(defn- race
  "Has each child open the name that stands beside it, all at one moment; [child outcome] of each."
  [child-names]
  (doseq [[child] child-names] (ask child '(+ 1 1)))
  (let [at (+ 20 (System/currentTimeMillis))]
    (doseq [[child name] child-names] (tell! child `(child/race! ~name ~at)))
    (vec (for [[child] child-names] [child (second (answer child))]))))

(defn- race-alone [child name]
  (second (first (race [[child name]]))))

(defn- pid [^Process process] (.pid process))

(defn- names-of
  "Three names of one log in the folder: its own, a symlink and a hard link."
  [folder]
  (let [[path :as names] (map #(path-in folder %) ["a.log" "symlink.log" "hard.log"])
        [file symlink hard] (map #(.toPath (io/file %)) names)]
    (with-open [l (log/open path)] (log/append-all! l ["theirs" "torn"]))
    (write-bytes! path (Arrays/copyOf (read-bytes path) 40))       ; the race is for a log that is to be cut, too
    (Files/createSymbolicLink symlink file (make-array FileAttribute 0))
    (Files/createLink hard file)
    (vec names)))

;; Racing

(defn- check-locked
  "All but the winner were told so; while the winner was still opening the log it may not have left its pid."
  [outcomes winner allowed-pids]
  (doseq [[child [kind {:keys [pid]}]] outcomes :when (not= winner child)]
    (is (= :locked kind))
    (is (contains? allowed-pids pid))))

(defn- check-freed-by-death
  "Kills the holder of the log; the next one has it with all that was there."
  [winner loser path values]
  (kill-child! winner)
  (is (= [:won] (race-alone loser path)))
  (ask loser `(child/leave!))
  (with-open [l (log/open path)]
    (is (= values (into [] l)))))

(defn- race-round
  "Three children race for the log under three names; `before` is what it holds."
  [names before]
  (let [children (children)
        outcomes (race (map vector children names))
        [winner :as winners] (for [[child outcome] outcomes :when (= [:won] outcome)] child)
        losers (remove #{winner} children)]
    (is (= 1 (count winners)) (pr-str (map second outcomes)))
    (when winner
      (check-locked outcomes winner #{0 (pid winner)})
      (is (int? (ask winner `(child/add! "winner's"))))
      (testing "later on they hear who has it"
        (check-locked (race (map vector losers (repeat (first names)))) winner #{(pid winner)}))
      (check-freed-by-death winner (first losers) (first names) (conj before "winner's")))))

(deftest only-one-of-many-simultaneous-opens-gets-the-log
  (doseq [round (range (size 2 50))]
    (with-temp-folder [folder]
      (testing (str "round " round)
        (if (even? round)
          (race-round (names-of folder) ["theirs"])
          (race-round (repeat 3 (path-in folder "new.log")) []))))))

;; Readers beside the writer

(deftest readers-in-the-process-of-the-writer-free-no-lock
  (with-temp-folder [folder]
    (let [[path symlink hard :as names] (names-of folder)
          [child] (children)]
      (with-open [l (log/open path)]
        (doseq [name names, _ (range (size 3 50))]
          (with-open [r (log/open name {:mode :read})] (is (= ["theirs"] (into [] r)))))
        (doseq [name names]
          (is (= :locked (first (race-alone child name))) name))
        (log/append! l "still mine"))
      (is (= [:won] (race-alone child symlink)))
      (ask child `(child/leave!)))))

(deftest readers-in-other-processes-free-no-lock
  (with-temp-folder [folder]
    (let [[path :as names] (names-of folder)
          [child other] (children)]
      (with-open [l (log/open path)]
        (doseq [name names]
          (ask child `(with-open [l# (log/open ~name {:mode :read})] (count (seq l#)))))
        (doseq [name names]
          (is (= :locked (first (race-alone other name))) name))))))
