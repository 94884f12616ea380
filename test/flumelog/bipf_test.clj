(ns flumelog.bipf-test
  "The log.bipf of ssb-db2, as its own packages wrote one: test/interop/make-bipf.js."
  (:require [clojure.data.json :as json]
            [clojure.java.io :as io]
            [clojure.test :refer [deftest is testing]]
            [flumelog.cli.bipf :as bipf]
            [flumelog.fixtures :refer [bytes= error path-in read-bytes with-temp-folder write-bytes!]])
  (:import (java.util HexFormat)))

(set! *warn-on-reflection* true)

(def ^:private golden "test/interop/bipf/log.bipf")

(def ^:private held
  "What the file holds: [offset value], by the packages that wrote it."
  (delay (json/read-str (slurp (str golden ".json")) :key-fn keyword)))

(defn- read-all
  "The records, and the sizes of what is none."
  ([path] (read-all path -1))
  ([path skip]
   (let [damaged (atom [])]
     [(bipf/reduce-file path skip #(swap! damaged conj %) (fn [all {:keys [old value]}] (conj all [old value])) []) @damaged])))

(deftest every-record-of-the-packages-is-read
  (let [before (read-bytes golden), [records damaged] (read-all golden)]
    (is (= @held records))
    (is (= [] damaged))
    (is (= [[:a :b :c :d :f :g :h :i (keyword "key with space")] [:z :y :x :w :v :u :t :s :r :q]]
           (map (comp keys second) (take 2 (filter (comp map? second) records)))))
    (is (bytes= before (read-bytes golden)))
    (testing "behind an offset"
      (let [offset (first (nth @held 150))]
        (is (= (drop 151 @held) (first (read-all golden offset))))))))

(defn- decoded [hex]
  (let [value (bipf/decode (.parseHex (HexFormat/of) hex))]
    (if (bytes? value) (vec value) value)))

(deftest values-that-json-has-not-are-read
  (is (= [1 2 0 -1] (decoded "21010200ff")))
  (is (= [nil nil 0.5 9007199254740992] (map decoded ["06" "0e02" "43000000000000e03f" "430000000000004043"]))))

(deftest what-is-no-value-is-refused
  (doseq [hex ["" "20" "0e03" "1601" "2200" "07" "25" "0d2200000000" "ffffffffffff01" "0600" "25086109"]]
    (is (thrown? IllegalArgumentException (decoded hex)) hex)))

(deftest damage-costs-the-rest-of-its-block
  (with-temp-folder [folder]
    (let [path (path-in folder "log.bipf"), data (read-bytes golden)]
      (testing "a length that leads out of the block"
        (let [offset (long (first (nth @held 100)))]
          (aset data offset (byte -1))
          (aset data (inc offset) (byte -1))
          (write-bytes! path data)
          (let [[records damaged] (read-all path)]
            (is (= (remove (fn [[at _]] (= (quot (long at) 65536) (quot offset 65536))) (drop 100 @held)) (drop 100 records)))
            (is (= [(- 65536 (rem offset 65536))] damaged)))))
      (testing "a file that ends inside a block"
        (write-bytes! path (java.util.Arrays/copyOf (read-bytes golden) 1000))
        (let [[records damaged] (read-all path)]
          (is (= (take-while (fn [[at _]] (< (long at) 900)) @held) records))
          (is (= 1 (count damaged)))))
      (testing "bytes that are no value"
        (write-bytes! path (byte-array [1 0 7]))
        (is (= :bad-option (error (read-all path))))))))
