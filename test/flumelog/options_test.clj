(ns flumelog.options-test
  "Options and arguments are checked once, before anything is done, and what is wrong is said in one sentence."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [error files-in path-in with-temp-folder]])
  (:import (flumelog.coll LogCollection)
           (flumelog.log LogOptions)))

(set! *warn-on-reflection* true)

(defn- failure [f] (try (f) nil (catch Exception e e)))

(deftest an-unknown-option-is-refused-with-the-nearest-one
  (with-temp-folder [folder]
    (doseq [[wrong right] {:cache-size ":cache-blocks", :block-size ":block-bytes", :offsetbits ":offset-bits"
                           :codecs ":codec", :snyc ":sync", :max-bytes ":max-record-bytes", :framming ":framing", "mode!" ":mode"}]
      (let [e (failure #(log/open (path-in folder "a.log") {wrong 1}))]
        (is (= [:bad-option right] ((juxt :flumelog/error :did-you-mean) (ex-data e))))
        (is (str/includes? (ex-message e) (str "did you mean " right "?")))))
    (is (= #{} (files-in folder)) "nothing was opened")))

(deftest every-value-is-checked
  (with-temp-folder [folder]
    (doseq [[k bad] {:offset-bits [0 31 64 "32" 53.0], :framing [:flum "x" 1], :block-bytes [0 -1 1.5 "1" 67108865]
                     :cache-blocks [-1 0.5], :cache [1 {}], :mode [:write :r nil?], :codec [:ednn 1 {} {:encode inc}]
                     :sync [:always 100 {:every-ms 0} {:every-ms 1.5} {:every 1} {} {:every-ms 1 :x 2}]
                     :max-record-bytes [0 -1 2147483648]}
            value bad]
      (let [e (failure #(log/open (path-in folder "a.log") {k value}))]
        (is (= :bad-option (:flumelog/error (ex-data e))) (str k " " value))
        (is (str/includes? (str (ex-message e)) (if (= :sync k) "every-ms" (name k))) (ex-message e))))
    (is (= :bad-option (error (log/open (path-in folder "a.log") {:framing :legacy :offset-bits 32}))
           (error (log/open (path-in folder "a.log") {:cache (log/block-cache 10) :cache-blocks 1}))
           (error (log/open (path-in folder "a.log") [:codec :edn]))))
    (is (= #{} (files-in folder)))))

(deftest a-value-of-nil-is-the-default
  (with-temp-folder [folder]
    (with-open [given (log/open (path-in folder "a.log") (zipmap [:codec :offset-bits :framing :block-bytes :cache-blocks :cache :mode
                                                                  :sync :max-record-bytes :progress] (repeat nil)))
                absent (log/open (path-in folder "b.log"))]
      (is (= (dissoc (log/info absent) :path) (dissoc (log/info given) :path))))))

(deftest every-option-is-taken
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log")
                            {:codec :utf8 :offset-bits 32 :framing :flume :block-bytes 1 :cache-blocks 0 :mode :read-write
                             :sync {:every-ms 7} :max-record-bytes 9})]
      (is (= {:codec :utf8 :offset-bits 32 :framing :flume :block-bytes 1 :cache-bytes 0 :mode :read-write
              :sync {:every-ms 7} :max-record-bytes 9 :max-end 4294967295 :since -1 :durable -1 :end 0 :closed false
              :path (path-in folder "a.log")}
             (log/info l))))
    (with-open [l (log/open (path-in folder "b.log"))]
      (is (= {:codec :edn :offset-bits 53 :framing :flume :block-bytes 16384 :cache-bytes 16777216 :mode :read-write
              :sync {:every-ms 100} :max-record-bytes 67108864 :max-end 9007199254740991}
             (dissoc (log/info l) :path :since :durable :end :closed))))))

(deftest a-path-may-be-a-string-a-file-or-a-path
  (with-temp-folder [folder]
    (let [path (path-in folder "a.log")]
      (doseq [p [path (java.io.File. path) (.toPath (java.io.File. path))]]
        (with-open [l (log/open p)] (log/append! l :a)))
      (with-open [l (log/open path)] (is (= [:a :a :a] (into [] l))))
      (is (= [:bad-option :bad-option :bad-option] (map #(error (log/open %)) [nil "" 7]))))))

(deftest ranges-are-checked
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log"))]
      (doseq [options [{:gt "0"} {:lt 1.5} {:limit -1} {:reverse 1} {:reversed true} {:from 0} {:on-decode-error :ignore}
                       {:on-decode-error 1}]
              f [log/entries log/values log/offsets]]
        (is (= :bad-option (error (f l options))) (pr-str options)))
      (is (= ":reverse" (:did-you-mean (ex-data (failure #(log/entries l {:reversed true})))))))))

(deftest what-is-no-log-or-no-offset-is-named
  (with-temp-folder [folder]
    (with-open [l (log/open (path-in folder "a.log"))]
      (doseq [f [#(log/append! nil 1) #(log/append! "a.log" 1) #(log/entries {}) #(log/since nil) #(log/sync! 1)
                 #(log/fetch l "0") #(log/fetch l nil) #(log/delete! l "0") #(log/delete! l [0 nil]) #(log/appending nil)
                 #(log/seek! (log/cursor l) :start) #(log/block-cache -1) #(log/block-cache "1M") #(log/info [])]]
        (let [e (failure f)]
          (is (= :bad-option (:flumelog/error (ex-data e))))
          (is (re-find #"must be" (str (ex-message e)))))))))

(deftest java-programs-give-the-same-options-as-strings
  (let [options (LogOptions/of {"sync" "each", ":mode" "read", "block-bytes" (int 5), "framing" "legacy"})]
    (is (= [":each" false 5 ":legacy"] [(str (.sync options)) (.writable options) (.blockBytes options) (.framing options)]))))
