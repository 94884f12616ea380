(ns flumelog.open-damage-test
  "What is done to the file of a log that is open, by somebody who holds no lock, is an error where it is met: never the
   end of the log, never a record that was not appended."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [await-blocked error formats log-in overwrite! watched]]
            [flumelog.test-disk :as disk])
  (:import (flumelog.coll LogCollection)
           (flumelog.error LogException)))

(set! *warn-on-reflection* true)

(def ^:private file "a.log")

(defn- failure
  "The error and the offset that the call ends with; what it returns when it ends with none."
  [f]
  (try (f) (catch LogException e ((juxt :flumelog/error :offset) (ex-data e)))))

(defn- damaged
  "An open log of three records of which the file is overwritten with ones from a position on, which f tells from where
   the records start; the log, and where they start."
  [format f]
  (let [d (disk/disk)
        l (disk/open d file (merge {:codec :utf8 :sync :none :cache-blocks 0} format))
        starts (log/append-all! l ["first" "second" "third"])]
    (apply overwrite! (disk/folder d) file (f starts) (repeat 4 1))
    [l starts]))

(defn- newest
  "The last record, read from the end of the file."
  [l]
  (first (into [] (take 1) (log/values l {:reverse true}))))

(deftest a-damaged-first-length-stops-reading-at-it-from-either-side
  (doseq [[format-name format] formats]
    (testing format-name
      (let [[l [_ b c]] (damaged format second)]
        (is (= [:corrupt b] (failure #(into [] l))))
        (is (= [:corrupt b] (failure #(get l b))))
        (is (= [:corrupt b] (failure #(log/fetch l b))))
        (is (= [:corrupt c] (failure #(into [] (log/values l {:reverse true})))) "the frame that ends at c is not whole")
        (is (= [:corrupt c] (failure #(get l c))) "where c starts is told by the lengths before it")
        (is (= [:corrupt c] (failure #(log/seek! (log/cursor l) c))) "where c starts is told by the lengths before it")
        (is (= "first" (get l 0)))
        (is (= "third" (newest l)))))))

(deftest a-damaged-last-length-stops-reading-at-it-from-either-side
  (doseq [[format-name format] formats]
    (testing format-name
      (let [[l [_ b c]] (damaged format (fn [[_ b]] (+ (long b) 4 6)))]
        (is (= [:corrupt b] (failure #(into [] l))))
        (is (= [:corrupt b] (failure #(get l b))))
        (is (= [:corrupt b] (failure #(log/fetch l b))))
        (is (= [:corrupt c] (failure #(into [] (log/values l {:reverse true})))))
        (is (= "first" (get l 0)))
        (is (= "third" (get l c)))))))

(deftest a-damaged-trailer-stops-reading-at-it
  (doseq [bits [32 48 53] :let [format {:offset-bits bits}]]
    (testing bits
      (let [[l [_ b c]] (damaged format (fn [[_ _ c]] (- (long c) 4)))]
        (is (= [:corrupt b] (failure #(into [] l))))
        (is (= [:corrupt b] (failure #(get l b))))
        (is (= [:corrupt c] (failure #(into [] (log/values l {:reverse true})))))))))

(deftest a-record-behind-a-damaged-length-is-not-found-or-deleted
  (let [[l [_ b c]] (damaged {} second)]
    (is (= [:corrupt c] (failure #(log/delete! l c))))
    (is (= [:corrupt b] (failure #(log/delete! l b))))
    (let [offset (log/append! l "goes on")]
      (is (= "goes on" (newest l)))
      (is (= [:corrupt offset] (failure #(get l offset)))))))

(deftest a-file-cut-below-the-known-end-is-reported
  (let [d (disk/disk)]
    (with-open [l (disk/open d file {:codec :utf8 :sync :none :cache-blocks 0})]
      (let [end (long (do (log/append-all! l ["first" "second"]) (:end (log/info l))))]
        (with-open [f (.openForWriting (disk/folder d) file)] (.truncate f (- end 3)))
        (let [e (try (into [] l) (catch LogException e e))]
          (is (= {:flumelog/error :corrupt :offset (- end 3) :end end}
                 (select-keys (ex-data e) [:flumelog/error :offset :end])))
          (is (str/includes? (ex-message e) "cut")))))))

;; The log is closed while somebody reads

(deftest a-waiting-look-ends-when-the-log-is-closed
  (let [d (disk/disk)
        _ (with-open [l (disk/open d file {:codec :utf8})] (log/append! l "a"))
        looks (atom nil), looking (promise), go-on (promise)
        ;; One reader looks at the size of the file, and holds up who closes the log and who wants to look too.
        before (fn [op name]
                 (when (and @looks (= [:size file] [op name]))
                   (swap! looks inc)
                   (deliver looking true)
                   (deref go-on 30000 nil)))
        l (log-in (watched (disk/folder d) before) file {:codec :utf8 :mode :read})
        start (fn [f] (doto (Thread. ^Runnable f) .start))
        outcome (promise)]
    (reset! looks 0)
    (start #(deref (log/since l)))
    @looking
    (await-blocked (start #(.close ^LogCollection l)))
    (await-blocked (start #(deliver outcome (failure (fn [] @(log/since l))))))
    (deliver go-on true)
    (is (= 0 (deref outcome 30000 :never)))
    (is (= 1 @looks))
    (is (= :closed (error (get l 0))))))
