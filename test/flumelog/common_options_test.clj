(ns flumelog.common-options-test
  "The options that any log has, as a back end reads them from a map."
  (:require [clojure.test :refer [deftest is]]
            [flumelog.fixtures :refer [error failure]])
  (:import (flumelog.codec Codecs)
           (flumelog.log CommonOptions LogOptions Protection)))

(set! *warn-on-reflection* true)

(deftest the-common-options-are-read-beside-those-of-the-back-end
  (let [options (CommonOptions/of {:codec Codecs/UTF8 :mode :read :protect :checked :topic "t"} [":topic"] 500)]
    (is (= [Codecs/UTF8 false 500 Protection/CHECKED]
           [(.codec options) (.writable options) (.maxRecordBytes options) (.protection options)])))
  (is (= (CommonOptions. Codecs/BYTES true 7 nil) (CommonOptions/of nil [] 7)))
  (is (= 9 (.maxRecordBytes (CommonOptions/of {"max-record-bytes" "9"} [] 7))))
  (is (= (.common (LogOptions/of {:max-record-bytes 5})) (CommonOptions/of {:max-record-bytes 5} [] 7))))

(deftest other-options-and-wrong-values-are-refused
  (is (= :bad-option (error (CommonOptions/of {:mode :append} [] 7))))
  (is (= :topic (:did-you-mean (ex-data (failure (CommonOptions/of {:topik "t"} [":topic"] 7)))))))
