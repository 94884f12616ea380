(ns flumelog.kafka-ahead-test
  "What a cursor over a topic reads ahead. These facts need no broker, so the classes inside flumelog.kafka are called."
  (:require [clojure.test :refer [deftest is testing]])
  (:import (java.lang.reflect AccessibleObject Constructor Method)
           (java.util.function Supplier)))

(set! *warn-on-reflection* true)

(defn- opened [^AccessibleObject member] (doto member (.setAccessible true)))

(defn- make [^Class c types & values]
  (let [^Constructor found (opened (.getDeclaredConstructor c (into-array Class types)))]
    (.newInstance found (object-array values))))

(defn- call [object method types & values]
  (let [^Method found (opened (.getDeclaredMethod (class object) method (into-array Class types)))]
    (.invoke found object (object-array values))))

(defn- stretch-of
  "The stretch of a range without records; its end is exclusive."
  [from to]
  (call (make (Class/forName "flumelog.kafka.Stretch$Builder") [Long/TYPE] from) "build" [Long/TYPE] to))

(defn- taken
  "What a cursor at a place is given, if a range was read ahead and `stretch` is what that reading found."
  [forward? [from to] stretch at]
  (let [ahead (make (Class/forName "flumelog.kafka.Ahead") [String] "a topic")]
    (call ahead "begin" [Boolean/TYPE Long/TYPE Long/TYPE Supplier] forward? from to (reify Supplier (get [_] stretch)))
    (call ahead "take" [Boolean/TYPE Long/TYPE] forward? at)))

(deftest what-was-read-ahead-is-given-only-if-it-has-the-cursors-place
  (doseq [[what forward? [from to] at given?]
          [["the whole range"                                        true  [100 200] 100 true]
           ["the stretch before has reached into the range"          true  [100 200] 150 true]
           ["a shorter stretch of the cache, from its start"         true  [100 110] 100 true]
           ["a shorter stretch of the cache that ends at the cursor" true  [100 110] 110 false]
           ["a shorter stretch of the cache that ends before"        true  [100 110] 150 false]
           ["the topic begins later"                                 true  [150 200] 100 false]
           ["backwards, the whole range"                             false [100 200] 200 true]
           ["backwards, the stretch before has reached into it"      false [100 200] 150 true]
           ["backwards, a shorter stretch that begins at the cursor" false [190 200] 190 false]
           ["backwards, a shorter stretch that begins above"         false [190 200] 150 false]]]
    (testing what
      (let [stretch (stretch-of from to)]
        (is (= (when given? stretch) (taken forward? [100 200] stretch at)))))))
