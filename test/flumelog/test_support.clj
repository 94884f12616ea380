(ns flumelog.test-support
  "Used by all tests.

   * `skip`: reports that a test can't run here, and why
   * `is-each`: an assertion for a loop of thousands
   * `size`: how much work a test does"
  (:require [clojure.string :as str]
            [clojure.test :as t]))

(set! *warn-on-reflection* true)

(defn skip
  "Reports that the running test can't do its work on this machine, and why. It does not end the
   test, so it must stand in place of the work:

     (if (node?) (is ...) (skip \"needs node\"))"
  [reason]
  (t/do-report {:type :flumelog/skip :message reason}))

;; For `lein test` and the REPL. flumelog.test-runner has its own method, which counts skips and lists them at the end.
(defmethod t/report :flumelog/skip [{:keys [message]}]
  (t/with-test-out
    (println "SKIP in" (str "(" (str/join " " (map #(:name (meta %)) (reverse t/*testing-vars*))) ")")
             message)))

(defmacro is-each
  "`is` for a loop of thousands: evaluates each side once, and builds the message only for a case that fails.

     (doseq [n (range 100000)]
       (is-each (= n (get l n)) \"record \" n))"
  [[compare & sides :as form] & message]
  `(let [sides# [~@sides]]
     (if (apply ~compare sides#)
       (t/do-report {:type :pass})
       (t/do-report {:type :fail, :message (str ~@message), :expected '~form, :actual (list '~'not (cons '~compare sides#))}))))

(defn size
  "The number of cases of a test, by the system property flumelog.test.size: `quick` if it is not set, `ci` if it is
   \"ci\", and n times `ci` if it is a number n. bin/test sets it."
  [quick ci]
  (let [asked (System/getProperty "flumelog.test.size" "quick")]
    (case asked
      "quick" quick
      "ci"    ci
      (* (parse-long asked) ci))))
