(ns flumelog.view-kill-test
  "Processes that are killed while they write views: the views of the next process answer what its log has."
  (:require [clojure.test :refer [deftest is testing]]
            [flumelog.core :as log]
            [flumelog.fixtures :refer [path-in with-temp-folder]]
            [flumelog.process :refer [answer kill! tell! with-fresh-children]]
            [flumelog.test-support :refer [size]]
            [flumelog.view-child :refer [views-in]]
            [flumelog.view-kinds :refer [difference versions]]))

(set! *warn-on-reflection* true)

(deftest after-a-kill-views-answer-what-the-log-has
  (with-temp-folder [folder]
    (with-fresh-children (size 2 30)
      (fn [n child]
        (testing (str "round " n)
          (tell! child (list 'do '(require 'flumelog.view-child) (list 'flumelog.view-child/work-until-killed (str folder) n)))
          (is (= :open (answer child)))
          (Thread/sleep (long (+ 20 (* 37 (rem (* 7 n) 23)))))
          (kill! child)
          (is (nil? (answer child)) "it found nothing wrong")
          (with-open [l (log/open (path-in folder "a.log")), db (views-in folder l)]
            (is (nil? (difference l db versions {:timeout-ms 60000})))))))))
