(ns flumelog.cli-stats-test
  "The verbs stats, view and bench, and recordings, as a shell sees them."
  (:require [clojure.data.json :as json]
            [clojure.edn :as edn]
            [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.db :as db]
            [flumelog.fixtures :refer [eventually files-in path-in with-temp-folder]]
            [flumelog.stats :as stats]
            [flumelog.test-support :refer [size]]
            [flumelog.view :as view])
  (:import (java.io Closeable)
           (java.util.concurrent TimeUnit)
           (jdk.jfr.consumer RecordedEvent RecordingFile)))

(set! *warn-on-reflection* true)

(def ^:private earthquakes "dev/data/earthquakes.log")

;; stats

(deftest stats-prints-what-the-library-counts
  (let [{:keys [exit out]} (command/run "stats" earthquakes "--edn" "--codec" "json" "--type" "[:net]")]
    (is (= 0 exit))
    (is (= (with-open [l (log/open earthquakes {:codec :json :mode :read})] (stats/stats l {:type [:net]}))
           (edn/read-string out)))))

(deftest stats-prints-a-picture-of-the-file
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (with-open [l (log/open path)]
        (let [offsets (log/append-all! l (map #(hash-map :n %) (range 1000)))]
          (log/delete! l (subvec offsets 250 500))))
      (let [{:keys [exit out]} (command/run "stats" path)]
        (is (= 0 exit))
        (doseq [part [#"  records      750 " #"  deleted      250 " #"\n  █{14,15}[▓▒░]?_{14,15}[▓▒░]?█{29,30}\n" #"\nsizes: smallest 6, median 8, 99th percentile 8, largest 8 bytes\n"
                      #"\nkeys\n  n  750  █{30}\n"]]
          (is (some? (re-find part out)) (str part " in\n" out)))))))

(deftest the-page-is-written-where-no-other-file-is
  (with-temp-folder [folder]
    (let [page (io/file folder "page.html")]
      (dotimes [_ (size 1 2)]                                ; the second one replaces the first
        (is (= {:exit 0 :out ""} (select-keys (command/run "stats" earthquakes "--codec" "json" "--html" page) [:exit :out])))
        (is (str/starts-with? (slurp page) "<!doctype html>"))
        (is (= #{"page.html"} (files-in folder))))
      (spit (io/file folder "other") "mine")
      (dotimes [_ (size 0 1)]
        (let [{:keys [exit err]} (command/run "stats" earthquakes "--html" (path-in folder "other"))]
          (is (= [2 "mine"] [exit (slurp (io/file folder "other"))]))
          (is (str/includes? err "an earlier page, which is replaced")))))))

;; view

(def ^:private views
  {:by-net {:kind :index :keys [[:net]]}, :fields {:kind :bitmap :fields {:type [:type]}}, :total {:kind :reduce}})

(defn- views-of-program []
  {:by-net (view/index {:keys [[:net]]}), :total (view/reduce {:init 0 :step (fn [n _ _] (inc n))})})

(defn- events [recording]
  (frequencies (map #(.getName (.getEventType ^RecordedEvent %)) (RecordingFile/readAllEvents (.toPath (io/file recording))))))

(deftest views-are-asked-while-a-program-has-them-open
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), dir (path-in folder "views"), file (path-in folder "views.edn"), recording (path-in folder "a.jfr")
          with-views (fn [& more] (concat more ["--views" file "--dir" dir]))]
      (io/copy (io/file earthquakes) (io/file path))
      (spit file (pr-str views))
      (with-open [l (log/open path {:codec :json}), ^Closeable db (db/open l {:dir dir :views (views-of-program)})]
        (db/await db)
        (is (eventually #(= 1707 (:records (:by-net (db/status db))))))
        (is (eventually #(= @(log/since l) (:persisted (:by-net (db/status db))))))
        (testing "what is not on disk yet is found too"
          (db/pause! db)
          (let [offset (log/append! l {:net "new" :type "explosion"})
                {:keys [exit out err]} (apply command/run "--jfr" recording (with-views "view" path "lookup" "by-net" "\"new\"" "--offsets"))]
            (is (= [0 (str offset "\t{\"net\":\"new\",\"type\":\"explosion\"}\n")] [exit out]))
            (is (= 1 (count (re-seq #"look like" err))) "the codec is told once")
            (is (= [1 1] (map (events recording) ["flumelog.Open" "flumelog.ViewBatch"])) "only what the view did not have was read")))
        (dotimes [_ (size 0 1)]
          (is (= [0 "16\n"] ((juxt :exit :out) (apply command/run (with-views "view" path "query" "fields" "[:= :type \"explosion\"]" "--count"))))
              "a view that no program keeps is made of the log"))
        (testing "the status is told of all views, and is what is on disk"
          (let [status (edn/read-string (:out (apply command/run (with-views "view" path "status" "--edn"))))]
            (is (= {:by-net :behind :fields :absent :total :behind} (update-vals status :state)))
            (is (= 1707 (:records (:by-net status))))))
        (testing "they are not rebuilt"
          (let [{:keys [exit err]} (apply command/run (with-views "view" path "rebuild"))]
            (is (= 3 exit))
            (is (str/includes? err "are open in another db"))))
        (is (= 1708 (do (db/resume! db) @(:total db))) "and the program goes on")))))

(deftest ^{:ci "starts several JVMs"} views-that-no-program-has-open-are-asked-and-rebuilt
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), dir (path-in folder "views"), file (path-in folder "views.edn")
          of (fn [& more] (apply command/run "view" path (concat more ["--views" file]))), answer (juxt :exit :out)]
      (with-open [l (log/open path {:codec :json})] (log/append-all! l [{:net "us" :type "a"} {:net "ci" :type "b"} {:net "us" :type "b"}]))
      (spit file (pr-str views))
      (is (= [0 "{\"net\":\"us\",\"type\":\"b\"}\n{\"net\":\"ci\",\"type\":\"b\"}\n"] (answer (of "query" "fields" "[:= :type \"b\"]"))))
      (is (= [0 "{\"net\":\"ci\",\"type\":\"b\"}\n"] (answer (of "query" "fields" "[:= :type \"b\"]" "--reverse" "--limit" 1))))
      (is (= [0 "2\n"] (answer (of "lookup" "by-net" "\"us\"" "--count"))))
      (is (= [1 ""] (answer (of "lookup" "by-net" "us"))))
      (is (= [2 2 2 2] (map :exit [(of "lookup" "total" "1") (of "lookup" "none" "1") (of "lookup" "by-net") (of "look" "by-net")])))
      (.mkdir (io/file dir))
      (is (= 0 (:exit (of "rebuild" "--dir" dir))))
      (is (= {:by-net :level :fields :level :total :absent}
             (update-vals (edn/read-string (:out (of "status" "--edn" "--dir" dir))) :state)))
      (is (= [0 "2\n"] (answer (of "lookup" "by-net" "\"us\"" "--count" "--dir" dir)))))))

;; bench

(def ^:private steps ["append" "append-batch" "force" "force-together" "scan" "scan-back" "get"])

(deftest bench-measures-and-leaves-nothing
  (with-temp-folder [folder]
    (let [{:keys [exit out err]} (command/run "bench" folder "--seconds" 1 "--json"), measured (json/read-str out)]
      (is (= 0 exit))
      (is (str/includes? err "where nothing is left"))
      (doseq [step steps, :let [{:strs [lowest lower-quartile median upper-quartile highest]} (measured step)]]
        (is (< 0 lowest) step)
        (is (<= lowest lower-quartile median upper-quartile highest) step))
      (is (= #{} (files-in folder))))))

(deftest ^{:ci "measures the disk"} bench-that-is-interrupted-leaves-nothing
  (with-temp-folder [folder]
    (let [process (command/start "bench" folder "--seconds" 600)]
      (is (eventually #(seq (.listFiles (io/file folder)))))
      (.destroy process)                                   ; SIGTERM
      (is (.waitFor process 60 TimeUnit/SECONDS))
      (is (= #{} (files-in folder))))))
