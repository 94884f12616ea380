(ns flumelog.typed-log-test
  "A log of values for Java: what it takes it gives back, and what a codec can't do is an error of that value alone."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [error failure path-in with-temp-folder]])
  (:import (flumelog.codec Codec Codecs TooLong)
           (flumelog.log LiveOptions LogOptions OffsetLog Range TypedEntry TypedLog)
           (java.util.concurrent ExecutionException Flow$Subscriber Flow$Subscription LinkedBlockingQueue TimeUnit)))

(set! *warn-on-reflection* true)

(defn- path-of ^java.nio.file.Path [folder] (.toPath (java.io.File. ^String (path-in folder "a.log"))))

(defn- open ^TypedLog [folder ^Codec codec]
  (TypedLog/open (path-of folder) (.withMaxRecordBytes (LogOptions/defaults) 100) codec))

(def ^:private numbers
  "Numbers as text. It can't encode nil, stops at 1000, and makes null of 7."
  (reify Codec
    (encode [_ n] (.getBytes (str (inc (long n)))))
    (encode [this n max-bytes]
      (cond (= 7 n) nil
            (= 1000 n) (throw (TooLong. max-bytes))
            :else (.encode ^Codec this n)))
    (decode [_ data] (dec (parse-long (String. ^bytes data))))
    (codecName [_] "numbers")))

(defn- pair [^TypedEntry e] [(.offset e) (.value e)])

(deftest values-come-back
  (with-temp-folder [folder]
    (with-open [l (open folder Codecs/UTF8)]
      (is (= 0 (.append l "a")))
      (is (= [17 34] (vec (.appendAll l ["b" "c"]))))
      (is (= 51 @(.appendAsync l "d")))
      (is (= [] (vec (.appendAll l []))))
      (is (= "b" (.get l 17) (.fetch l 17)))
      (is (nil? (.get l 5)))
      (is (= :not-a-record (error (.fetch l 5))))
      (is (= [[0 "a"] [17 "b"] [34 "c"] [51 "d"]] (map pair (.toList (.stream l)))))
      (is (= [[51 "d"] [34 "c"]] (map pair (.toList (.stream l (.atMost (.reversed (Range/all)) 2))))))
      (.delete (.log l) (long-array [17]))
      (is (nil? (.get l 17)))
      (is (= ":utf8" (get (.info (.log l)) "codec"))))
    (with-open [l (open folder Codecs/UTF8)]
      (is (= ["a" "c" "d"] (map second (map pair (.toList (.stream l)))))))))

(deftest a-value-that-the-codec-refuses-is-not-appended
  (with-temp-folder [folder]
    (with-open [l (open folder numbers)]
      (is (= :encode (error (.append l nil))))
      (is (= :encode (error (.append l 7))))
      (is (= :too-large (error (.append l 1000))))
      (is (= :encode (error (.appendAll l [1 2 nil]))))
      (let [future (.appendAsync l nil)]
        (is (.isCompletedExceptionally future))
        (is (= :encode (:flumelog/error (ex-data (ex-cause (try (.get future) (catch ExecutionException e e))))))))
      (is (= 0 (.count (.stream l)))))))

(deftest a-record-that-can-t-be-decoded-harms-no-other
  (with-temp-folder [folder]
    (with-open [l (open folder numbers)]
      (.append l 1)
      (let [bad (.append (.log l) (.getBytes "one")), good (.append l 2)]
        (is (= [:decode bad] ((juxt :flumelog/error :offset) (ex-data (failure (.get l bad))))))
        (is (= :decode (error (.fetch l bad))))
        (is (= 2 (.get l good)))
        (is (= :decode (error (.toList (.stream l)))))))))

(defn- told-by
  "What a subscriber to the values is told, in order."
  [^TypedLog l ^LiveOptions options]
  (let [told (LinkedBlockingQueue.)]
    (.subscribe (.live l options)
                (reify Flow$Subscriber
                  (onSubscribe [_ s] (.request ^Flow$Subscription s Long/MAX_VALUE))
                  (onNext [_ entry] (.put told (pair entry)))
                  (onError [_ thrown] (.put told (:flumelog/error (ex-data thrown))))
                  (onComplete [_] (.put told :complete))))
    (fn
      ([] (.poll told 20 TimeUnit/SECONDS))
      ([millis] (.poll told (long millis) TimeUnit/MILLISECONDS)))))

(deftest live-gives-values
  (with-temp-folder [folder]
    (with-open [l (open folder numbers)]
      (.append l 1)
      (let [next-told (told-by l (.atMost (LiveOptions/all) 2))]
        (is (= [0 1] (next-told)))
        (.append l 2)
        (is (= [17 2] (next-told)))
        (is (= :complete (next-told)))))))

(deftest live-ends-at-a-record-that-can-t-be-decoded
  (with-temp-folder [folder]
    (with-open [l (open folder numbers)]
      (.append l 1)
      (.append (.log l) (.getBytes "one"))
      (.append l 2)
      (let [next-told (told-by l (LiveOptions/all))]
        (is (= [0 1] (next-told)))
        (is (= :decode (next-told)))
        (is (nil? (next-told 100)) "nothing comes behind the error")))))

(deftest closing-it-closes-the-log
  (with-temp-folder [folder]
    (let [log (OffsetLog/open (path-of folder)), l (TypedLog/over log Codecs/UTF8)]
      (.append l "a")
      (is (str/starts-with? (str l) "#flumelog/TypedLog"))
      (.close l)
      (is (.isClosed log))
      (is (= :closed (error (.append l "b")))))))
