(ns flumelog.stats-browser-test
  "The page of stats in a browser, Chromium: what test/browser/stats.js looks at."
  (:require [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.browser :as browser]
            [flumelog.command :as command]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in read-bytes with-temp-folder write-bytes!]]
            [flumelog.test-support :refer [skip]]))

(set! *warn-on-reflection* true)

(def ^:private evil "<img src=x onerror=\"window.evil=1\">")

(defn- message
  "With twenty types, one of which would be a picture if it were HTML, and with twenty fields."
  [n]
  (into {:timestamp (+ 1517966781617 (* 3600000 (long n))), :type (if (zero? (rem (long n) 20)) evil (str "type " (rem (long n) 20)))
         :text (apply str (repeat (rem (* 7 (long n)) 100) "x"))}
        (map #(vector (keyword (str "field" %)) n)) (range 17)))

(defn- make-log!
  "A log with live and deleted records and a torn end."
  [path]
  (with-open [l (log/open path {:sync :none})]
    (let [offsets (log/append-all! l (map message (range 2000)))]
      (log/delete! l (subvec offsets 500 900))))
  (write-bytes! path (byte-array (concat (read-bytes path) [0 1 0 0] (repeat 40000 65)))))    ; the beginning of a record of 65,536 bytes

(deftest the-page-of-stats-is-good-in-a-browser
  (if-let [reason (browser/why-not)]
    (skip reason)
    (with-temp-folder [folder]
      (let [path (path-in folder "messages.log"), page (io/file folder "page.html")]
        (make-log! path)
        (is (= 0 (:exit (command/run "stats" path "--codec" "edn" "--html" page))))
        (let [results (browser/results "stats.js" (str "file://" page) [] nil)]
          (is (= 4 (count results)))
          (doseq [{:keys [check error]} results]
            (testing check (is (nil? error)))))))))
