(ns ^:no-doc flumelog.stats.words
  "Numbers, moments and names as people read them. `String/format` would take a short command 10 ms to set up, so it is not used."
  (:require [clojure.string :as str])
  (:import (java.math RoundingMode)
           (java.time ZoneOffset)
           (java.time.format DateTimeFormatter)
           (java.util Date Locale)))

(set! *warn-on-reflection* true)

(defn number
  "A whole number with commas between each three digits."
  [n]
  (let [text (str (long n)), sign (if (neg? (long n)) "-" ""), digits (subs text (count sign)), first-group (inc (rem (dec (count digits)) 3))]
    (str sign (str/join "," (cons (subs digits 0 first-group) (map #(apply str %) (partition 3 (subs digits first-group))))))))

(defn- fixed
  "A number with `places` digits behind the point."
  [n places]
  (.toPlainString (.setScale (BigDecimal/valueOf (double n)) (int places) RoundingMode/HALF_UP)))

(defn decimal
  "A number with two places, such as a coordinate."
  [n]
  (fixed n 2))

(defn- three-digits [^double n]
  (fixed n (cond (< n 10) 2 (< n 100) 1 :else 0)))

(defn size
  "Bytes: all digits up to a hundred thousand, then three of them."
  [n]
  (let [n (long n)]
    (if (< n 100000)
      (str (number n) (if (= 1 n) " byte" " bytes"))
      (let [[unit each] (first (filter #(< (/ (double n) (double (second %))) 999.5) [["kB" 1e3] ["MB" 1e6] ["GB" 1e9] ["TB" 1e12] ["PB" 1e15]]))]
        (str (three-digits (/ (double n) (double each))) " " unit)))))

(defn percent [part whole]
  (let [share (if (zero? (long whole)) 0.0 (/ (* 100.0 (double part)) (double whole)))]
    (cond
      (zero? share) "0 %"
      (< share 0.1) "less than 0.1 %"
      (and (< 99.9 share) (< share 100)) "more than 99.9 %"
      :else (str (fixed share (if (or (< 10 share) (= share (Math/rint share))) 0 1)) " %"))))

(defn counted
  "\"1 record\", \"2 records\"."
  [n word]
  (str (number n) " " word (when (not= 1 (long n)) "s")))

(defn path
  "A field path as one would say it: \"value author\"; the full form where a name has a space."
  [path]
  (let [words (map #(if (or (keyword? %) (symbol? %)) (subs (str (symbol %)) 0) (str %)) path)]
    (if (some #(str/includes? % " ") words) (pr-str path) (str/join " › " words))))

(defn item
  "A value of a type field."
  [item]
  (if (or (keyword? item) (symbol? item)) (str (symbol item)) (str item)))

(def ^:private day-format (delay (DateTimeFormatter/ofPattern "d MMM yyyy" Locale/ENGLISH)))
(def ^:private minute-format (delay (DateTimeFormatter/ofPattern "d MMM yyyy HH:mm" Locale/ENGLISH)))
(def ^:private second-format (delay (DateTimeFormatter/ofPattern "d MMM yyyy HH:mm:ss" Locale/ENGLISH)))

(defn moment
  "A date in UTC, as exactly as spans of this length are."
  [^Date date span-ms]
  (let [^DateTimeFormatter format @(cond (>= (long span-ms) 86400000) day-format, (>= (long span-ms) 60000) minute-format, :else second-format)]
    (.format format (.atOffset (.toInstant date) ZoneOffset/UTC))))

(def ^:private spans
  [[(* 24 3600000) "day"] [3600000 "hour"] [60000 "minute"] [1000 "second"]])

(defn span [span-ms]
  (let [[unit word] (first (filter #(zero? (rem (long span-ms) (long (first %)))) spans))
        n (quot (long span-ms) (long unit))]
    (if (= 1 n) word (str (number n) " " word "s"))))
