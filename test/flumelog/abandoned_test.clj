(ns flumelog.abandoned-test
  "A log that is garbage without having been closed keeps neither its descriptors nor its lock, and loses nothing."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [eventually logged messages path-in with-temp-folder]]
            [flumelog.process :as process]
            [flumelog.test-support :refer [skip]])
  (:import (java.io File)
           (java.nio.file Files)))

(set! *warn-on-reflection* true)

(defn- descriptors
  "How many descriptors this process has of files whose path begins so; nil where the system doesn't tell."
  [^String path]
  (when-let [all (.listFiles (io/file "/proc/self/fd"))]
    (count (filter #(try (str/starts-with? (str (Files/readSymbolicLink (.toPath ^File %))) path) (catch Exception _ false)) all))))

(defn- after-garbage
  "`eventually`, with a collection of garbage before each call."
  [f]
  (eventually (fn [] (System/gc) (f))))

(defn- append-and-forget!
  "A function of its own, whose frame is gone with the log in it."
  [path options]
  (let [l (log/open path options)]
    (log/append! l :a)
    (log/append-async! l :b)
    nil))

(deftest an-abandoned-writer-gives-up-its-lock-and-loses-nothing
  (doseq [options [{} {:sync :none} {:sync :none :write-buffer-bytes 4096} {:room-bytes 4096}]]
    (testing options
      (with-temp-folder [folder]
        (let [path (path-in folder "a.log")
              lines (messages
                      (logged
                        #(do (append-and-forget! path options)
                             (let [l (after-garbage (fn [] (try (log/open path) (catch Exception _ nil))))]
                               (is (some? l) "it can be opened again")
                               (when l
                                 (is (= [:a :b] (into [] l)))
                                 (is (= :none (:tail (log/recovery l))))
                                 (log/close! l))))))]
          (is (= 1 (count (filter #(str/starts-with? % (str path " was not closed")) lines))))
          (is (contains? #{nil 0} (descriptors path))))))))

(deftest an-abandoned-reader-gives-up-its-descriptors
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), other (path-in folder "b.log")]
      (with-open [l (log/open path)] (log/append! l :a))
      (if (descriptors path)
        (let [lines (messages
                      (logged
                        #(do (dotimes [_ 10] (first (log/open path {:mode :read})))
                             (is (true? (after-garbage (fn [] (log/close! (log/open other)) (= 0 (descriptors path)))))))))]
          (is (= 10 (count (filter #(str/starts-with? % (str path " was not closed")) lines))) "one warning for each"))
        (skip "there is no /proc/self/fd here")))))

(deftest a-log-that-is-open-when-its-process-ends-is-no-leak
  (with-temp-folder [folder]
    (let [form `(do (require '[flumelog.core :as ~'log])
                    (def ~'held (log/open ~(path-in folder "a.log")))
                    (log/append! ~'held :a)
                    (System/gc)
                    (log/close! (log/open ~(path-in folder "b.log")))
                    (println "end"))
          child (.start (.redirectErrorStream (ProcessBuilder. ^java.util.List (process/command ["-e" (pr-str form)])) true))]
      (is (= "end\n" (slurp (.getInputStream child))))
      (is (zero? (.waitFor child)))
      (is (= [:a] (with-open [l (log/open (path-in folder "a.log"))] (vec l)))))))

(deftest a-log-that-is-used-is-no-garbage
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log"), other (path-in folder "b.log")
          collect #(dotimes [_ 3] (System/gc) (Thread/sleep 5) (log/close! (log/open other)))
          entries (log/entries (doto (log/open path) (log/append-all! [:a :b])))
          cursor (log/cursor (log/open path {:mode :read}))]
      (collect)
      (is (= [[0 :a] [18 :b]] (into [] entries)) "its view is enough")
      (is (= [0 :a] (log/next! cursor)) "or a cursor")
      (.close (.log ^flumelog.coll.LogView entries)))))
